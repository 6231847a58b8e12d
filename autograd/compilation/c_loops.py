"""One loop nest as C: the order of its loops, sums in registers, products of matrices, functions of vectors.

The rounds of a nest may run in any order if none reads what another one writes. Where addresses prove that, the loops
are merged and ordered so that the innermost one walks through memory, and compilers are told that it may run on
vectors.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from math import gcd
from typing import NamedTuple

from ..expressions import Expression, Symbol
from ..writers import statements
from .addresses import are_distinct, span
from .c_formulas import for_vectors
from .c_products import products
from .c_text import LETTERS, C, Used, address, indented, nested
from .nest import Nest, Stream

__all__ = ["assignment", "loops"]

WIDTH = 8  # of the vectors that loops are ordered for


def loops(nest: Nest, times: int, used: Used) -> list[str]:
    """Return a nest as lines of C.

    Args:
        nest: the nest to write.
        times: how often the Loop around it runs, which has the variable t; 1 if there is none.
        used: gets what the lines refer to.
    """
    space = _space(nest, times)
    if not space.dims:
        return assignment(space.nest, used)
    return (space.is_free and products(space.nest, used)) or _ordered(space, used)


def assignment(nest: Nest, used: Used) -> list[str]:
    """Return a nest without dimensions as lines of C."""
    names = _names(nest, (), used)
    used.expressions.append(nest.expression)
    before, (result,) = statements([nest.expression], C, names)
    lines = [*before, *_stored(nest.mode, address(nest.target, (), used), result)]
    return ["{", *indented(lines), "}"] if len(lines) > 1 else lines


# --- in which order ---


class _Space(NamedTuple):
    """A nest in as few dimensions as possible.

    Args:
        nest: the nest.
        is_free: whether its rounds may run in any order.
        is_injective: whether each round has another target.
    """

    nest: Nest
    is_free: bool
    is_injective: bool

    @property
    def dims(self) -> tuple[int, ...]:
        return self.nest.dims

    @property
    def streams(self) -> tuple[Stream, ...]:
        return (self.nest.target, *self.nest.streams)


def _space(nest: Nest, times: int) -> _Space:
    target = nest.target
    is_injective = are_distinct(target, nest.dims)
    is_free = is_injective or nest.mode != "="
    for stream in nest.streams:
        alike = stream[:2] == target[:2] and stream.table is target.table and stream.step == target.step
        if not (alike and is_injective) and _may_meet(stream, target, nest.dims, times):
            is_free = False
    streams = (target, *nest.streams)
    columns = [(n, steps) for n, *steps in zip(nest.dims, *[s.strides for s in streams], strict=True) if n != 1]
    if is_free:
        columns.sort(key=lambda column: [-abs(step) for step in column[1]])
    merged: list[tuple[int, list[int]]] = []
    for n, steps in columns:
        if merged and all(outer == inner * n for outer, inner in zip(merged[-1][1], steps, strict=True)):
            merged[-1] = merged[-1][0] * n, steps
        else:
            merged.append((n, steps))
    new = [s._replace(strides=tuple([steps[k] for _, steps in merged])) for k, s in enumerate(streams)]
    dims = tuple([n for n, _ in merged])
    return _Space(nest._replace(dims=dims, target=new[0], streams=tuple(new[1:])), is_free, is_injective)


def _may_meet(stream: Stream, target: Stream, dims: tuple[int, ...], times: int) -> bool:
    """Return whether a round may write what another round of the same nest reads, as far as ranges and steps tell."""
    (low, high), (lowest, highest) = span(stream, dims), span(target, dims)
    move = (stream.step - target.step) * (times - 1)
    if (high < lowest and high + move < lowest) or (low > highest and low + move > highest):
        return False
    if stream.table is not None or target.table is not None:
        return True
    steps = [s * (n > 1) for strides in (stream.strides, target.strides) for s, n in zip(strides, dims, strict=True)]
    grid = gcd(*steps, stream.step - target.step)
    return not grid or (stream.base - target.base) % grid == 0


def _cost(space: _Space, d: int) -> float:
    """Return roughly what an element costs if the loop over dimension d is the innermost one."""
    nest, n = space.nest, space.dims[d]
    cost = 4.0 / n
    for k, stream in enumerate(space.streams):
        stride = abs(stream.strides[d])
        if stride:
            cost += (1.0 if stream.table is not None else 1.0 / WIDTH if stride == 1 else 0.8) * (1 if k else 2)
    if nest.target.strides[d] == 0:
        cost += 8.0 / n if nest.mode == "+=" else 4.0
    return cost


def _ordered(space: _Space, used: Used) -> list[str]:
    """Return a nest as loops, in the best order."""
    nest, dims = space.nest, space.dims
    order = list(range(len(dims)))
    if space.is_free:
        order.sort(key=lambda d: (-abs(nest.target.strides[d]), -dims[d]))
        inner = min(order, key=lambda d: _cost(space, d))
        order.remove(inner)
        order.append(inner)
    inner = order[-1]
    letters = [""] * len(dims)
    for letter, d in zip(LETTERS, order, strict=False):
        letters[d] = letter
    heads = [f"for (long {letters[d]} = 0; {letters[d]} < {dims[d]}; {letters[d]}++)" for d in order]
    target = address(nest.target, letters, used)
    before, result = _formula(nest, letters, used)
    is_regular = nest.target.table is None
    if not space.is_free or nest.mode == "=" or not is_regular or nest.target.strides[inner]:
        body = [*before, *_stored(nest.mode, target, result)]
        return nested(heads, body, "INDEPENDENT" if space.is_free and space.is_injective else "")
    outside = [head for head, d in zip(heads, order, strict=True) if nest.target.strides[d]]
    inside = [head for head, d in zip(heads, order, strict=True) if not nest.target.strides[d]]
    pragma = "#pragma omp simd reduction(+ : total)" if nest.mode == "+=" else ""
    start = "0.0" if nest.mode == "+=" else target
    body = [
        f"double total = {start};",
        *nested(inside, [*before, *_stored(nest.mode, "total", result)], pragma),
        f"{target} {'+' if nest.mode == '+=' else ''}= total;",
    ]
    return nested(outside, body, "") if outside else ["{", *indented(body), "}"]


def _names(nest: Nest, letters: Sequence[str], used: Used) -> Mapping[Expression, str]:
    return {Symbol(f"s{k}"): address(s, letters, used) for k, s in enumerate(nest.streams)}


def _stored(mode: str, target: str, result: str) -> list[str]:
    if mode in ("=", "+="):
        return [f"{target} {mode} {result};"]
    sign = ">" if mode == "max=" else "<"
    return [f"const double x = {result};", f"if (x {sign} {target} || x != x) {target} = x;"]


# --- formulas on vectors ---


def _formula(nest: Nest, letters: Sequence[str], used: Used) -> tuple[list[str], str]:
    """Return assignments and the result of the expression of a nest, without branches if that is possible."""
    names = _names(nest, letters, used)
    expression, functions = for_vectors(nest.expression)
    if functions is None:
        used.expressions.append(nest.expression)
        before, (result,) = statements([nest.expression], C, names)
        return before, result
    used.functions |= functions
    before, (result,) = statements([expression], C, names, everywhere=True)
    return before, result
