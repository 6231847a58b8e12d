"""One loop nest as C: the order of its loops, sums in registers, products of matrices, functions of vectors.

The rounds of a nest may run in any order if none reads what another one writes. Where addresses prove that, the loops
are merged and ordered so that the innermost one walks through memory, and compilers are told that it may run on
vectors.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from ..expressions import Expression, Symbol
from ..writers import statements
from .c_formulas import for_vectors, work
from .c_places import Space, space
from .c_products import products
from .c_text import LETTERS, C, Used, address, indented, nested
from .nest import Nest

__all__ = ["loops"]

WIDTH = 8  # of the vectors that loops are ordered for


def loops(nest: Nest, times: int, used: Used) -> list[str]:
    """Return a nest as lines of C.

    Args:
        nest: the nest to write.
        times: how often the Loop around it runs, which has the variable t; 1 if there is none.
        used: gets what the lines refer to.
    """
    found = space(nest, times)
    return (_assignment(found, used) if not found.dims else products(found, used)) or _ordered(found, used)


def _assignment(space: Space, used: Used) -> list[str]:
    used.expressions.append(space.expression)
    before, (result,) = statements([space.expression], C, _names(space, (), used))
    lines = [*before, *_stored(space.mode, address(space.target, (), used), result)]
    return ["{", *indented(lines), "}"] if len(lines) > 1 else lines


# --- in which order ---


def _cost(space: Space, d: int) -> float:
    """Return roughly what an element costs if the loop over dimension d is the innermost one."""
    n = space.dims[d]
    cost = 4.0 / n + work(space.expression) * -(-n // WIDTH) / n
    for k, place in enumerate((space.target, *space.places)):
        if place.varies(d):
            is_row = not place.is_irregular(d) and abs(place.strides[d]) == 1
            cost += (1.0 / WIDTH if is_row else 1.0 if place.is_irregular(d) else 0.8) * (1 if k else 2)
    if not space.target.varies(d):
        cost += 8.0 / n if space.mode == "+=" else 4.0
    return cost


def _ordered(space: Space, used: Used) -> list[str]:
    """Return a nest as loops, in the best order."""
    order = list(range(len(space.dims)))
    if space.is_free:
        order.remove(inner := min(order, key=lambda d: _cost(space, d)))
        space = space.reordered([*order, inner])
    letters = LETTERS[: len(space.dims)]
    heads = [
        f"for (long {letter} = 0; {letter} < {n}; {letter}++)" for letter, n in zip(letters, space.dims, strict=True)
    ]
    target = address(space.target, letters, used)
    before, result = _formula(space, letters, used)
    varies = [space.target.varies(d) for d in range(len(space.dims))]
    if not space.is_free or space.mode == "=" or varies[-1]:
        body = [*before, *_stored(space.mode, target, result)]
        return nested(heads, body, "INDEPENDENT" if space.is_free and space.is_injective else "")
    outside = [head for head, is_outside in zip(heads, varies, strict=True) if is_outside]
    inside = [head for head, is_outside in zip(heads, varies, strict=True) if not is_outside]
    is_sum = space.mode == "+="
    body = [
        f"double total = {'0.0' if is_sum else target};",
        *nested(
            inside,
            [*before, *_stored(space.mode, "total", result)],
            "#pragma omp simd reduction(+ : total)" if is_sum else "",
        ),
        f"{target} {'+' if is_sum else ''}= total;",
    ]
    return nested(outside, body, "") if outside else ["{", *indented(body), "}"]


def _names(space: Space, letters: Sequence[str], used: Used) -> Mapping[Expression, str]:
    return {Symbol(f"s{k}"): address(place, letters, used) for k, place in enumerate(space.places)}


def _stored(mode: str, target: str, result: str) -> list[str]:
    if mode in ("=", "+="):
        return [f"{target} {mode} {result};"]
    sign = ">" if mode == "max=" else "<"
    return [f"const double x = {result};", f"if (x {sign} {target} || x != x) {target} = x;"]


# --- formulas on vectors ---


def _formula(space: Space, letters: Sequence[str], used: Used) -> tuple[list[str], str]:
    """Return assignments and the result of the expression of a nest, without branches if that is possible."""
    names = _names(space, letters, used)
    expression, functions = for_vectors(space.expression)
    if functions is None:
        used.expressions.append(space.expression)
        before, (result,) = statements([space.expression], C, names)
        return before, result
    used.functions |= functions
    before, (result,) = statements([expression], C, names, everywhere=True)
    return before, result
