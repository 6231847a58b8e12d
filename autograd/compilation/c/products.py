"""Nests that are products of matrices and vectors, or sums of rows, as calls of the functions in products.h."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import NamedTuple

from ...expressions import Call, Expression, Symbol
from ..nests.addresses import are_distinct
from ..nests.nest import Stream
from .places import Place, Space
from .text import LETTERS, Used, address, head, nested

__all__ = ["products"]

WIDTH = 8  # of the vectors that calls are chosen for
LEAST_PRODUCTS = 64  # fewer take longer as a call


class _Factor(NamedTuple):
    """An operand or the result of a product: C for its first element, and its strides by the letters of loops."""

    first: str
    strides: dict[str, int]


ONE = _Factor("&one", {})


def products(space: Space, used: Used) -> list[str]:
    """Return a nest as a call of a function in products.h if it is a product of matrices, or []."""
    dims, c = space.dims, space.target
    factors = _factors(space.expression)
    if factors is None or space.mode != "+=" or not space.is_free:
        return []
    one = Place(0, (0,) * len(dims))
    a, b = (one if k is None else space.places[k] for k in factors)
    roles: dict[str, list[int]] = {"k": [], "i": [], "j": [], "": []}
    for d in range(len(dims)):
        of_c, of_a, of_b = (place.varies(d) for place in (c, a, b))
        is_irregular = any(place.is_irregular(d) for place in (c, a, b))
        role = "k" if not of_c else "i" if of_a and not of_b else "j" if of_b and not of_a else ""
        roles["" if is_irregular else role].append(d)
    letters, lengths = [""] * len(dims), {"i": 1, "j": 1, "k": 1}
    for role in "ijk":
        if roles[role]:
            d = max(roles[role], key=dims.__getitem__)
            letters[d], lengths[role] = role, dims[d]
    block = [d for d in range(len(dims)) if letters[d] in ("i", "j")]
    strides = Stream(0, tuple([c.strides[d] for d in block]))
    if lengths["k"] == 1 or not block or not are_distinct(strides, tuple([dims[d] for d in block])):
        return []
    if lengths["i"] * lengths["j"] * lengths["k"] < LEAST_PRODUCTS:
        return []
    outside = [d for d in range(len(dims)) if not letters[d]]
    if space.is_assigned and not all(map(c.varies, outside)):
        return []
    for letter, d in zip(LETTERS[3:], outside, strict=False):
        letters[d] = letter
    factors_of = [
        _Factor(_first(p, letters, used), dict(zip(letters, p.strides, strict=True))) if p is not one else ONE
        for p in (c, a, b)
    ]
    found = _best_call(factors_of[0], factors_of[1], factors_of[2], lengths, int(space.is_assigned))
    if not found:
        return []
    used.products = True
    product = " * ".join(address(place, letters, used) for place in space.places)
    comment = f"// {address(c, letters, used)} {'' if space.is_assigned else '+'}= {product}"
    return [comment, *nested([head(letters[d], dims[d]) for d in outside], [found], "")]


def _factors(e: Expression) -> tuple[int | None, int] | None:
    """Return which streams are multiplied; None for 1.0."""
    if e == Symbol("s0"):
        return None, 0
    if e == Call("mul", (Symbol("s0"), Symbol("s1"))):
        return 0, 1
    if e == Call("mul", (Symbol("s1"), Symbol("s0"))):
        return 1, 0
    return (0, 0) if e == Call("mul", (Symbol("s0"), Symbol("s0"))) else None


def _first(place: Place, letters: Sequence[str], used: Used) -> str:
    """Return a pointer to the first element of a matrix."""
    strides = tuple([0 if letter in "ijk" else s for letter, s in zip(letters, place.strides, strict=True)])
    return "&" + address(place._replace(strides=strides), letters, used)


def _best_call(c: _Factor, a: _Factor, b: _Factor, lengths: Mapping[str, int], is_assigned: int) -> str:
    """Return the cheapest call, of those with rows and columns exchanged as well; "" if loops are better."""
    ways = [way for way in (("i", "j", a, b), ("j", "i", b, a)) if lengths[way[1]] > 1]
    i, j, a, b = min(ways, key=lambda way: _cost(c, way[3], way[1], lengths))
    rows, columns, depth = lengths[i], lengths[j], lengths["k"]
    ci, cj, ai = c.strides.get(i, 0), c.strides.get(j, 0), a.strides.get(i, 0)
    (ak, bk), bj = (x.strides.get("k", 0) for x in (a, b)), b.strides.get(j, 0)
    if rows == 1 and bj != 1:
        if ak != 1 or bk != 1 or depth < 2 * WIDTH:
            return ""
        return f"products_dot({c.first}, {cj}, {a.first}, {b.first}, {bj}, {columns}, {depth}, {is_assigned});"
    strides = f"{c.first}, {ci}, {cj}, {a.first}, {ai}, {ak}, {b.first}, {bk}, {bj}"
    return f"products({strides}, {rows}, {depth}, {columns}, {is_assigned});"


def _cost(c: _Factor, b: _Factor, j: str, lengths: Mapping[str, int]) -> float:
    """Return roughly how long products take with the columns along j."""
    rows, columns, depth = lengths["i" if j == "j" else "j"], lengths[j], lengths["k"]
    work = rows * -(-columns // (2 * WIDTH)) * depth
    packing = columns * depth * (0.25 if b.strides.get(j, 0) == 1 else 1.0)
    storing = rows * columns * (0.25 if c.strides.get(j, 0) == 1 else 2.0)
    return work + packing + storing
