"""The chain rule on nests: the derivatives of a program of nests are further nests.

Every address has a second one for the derivative of the result by its number. A nest in reverse is a loop over the
same rounds that adds, to the derivative by each operand, the derivative by the target times the partial derivative.
That of a matrix product is therefore two matrix products, and that of a broadcast is a sum.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np

from ...expressions import COMPARISONS, CONNECTIVES, Call, Constant, Expression, Symbol, call, substitute
from ...primitives import TABLE
from ...rules import partials
from ..chain_rule import Partials, times
from ..recording.record import uncollected
from .addresses import span
from .first_writes import with_first_writes
from .nest import Loop, Nest, NestProgram, NotNested, Stream
from .streams import once, shifted

__all__ = ["differentiated"]

GRADIENT, RESULT = Symbol("gradient"), Symbol("result")  # the numbers -1 and -2 of operands
Mask = tuple[tuple[Expression, bool], ...]  # conditions, and whether they hold, under which an operand is taken
Term = tuple[int, Expression, tuple[int, ...]]  # an operand, what is added for it, and the operands in that


@uncollected()
def differentiated(program: NestProgram, wanted: Sequence[int]) -> NestProgram:
    """Return a program that also computes the derivatives of its first output.

    Args:
        program: one without a backward part.
        wanted: the addresses of the inputs and leaves to differentiate by.

    Raises:
        NotNested: an operation has partial derivatives that are known as a Python function only.
    """
    output = program.outputs[0]
    if isinstance(output, float):
        return program._replace(slopes=(0.0,) * len(wanted))
    reverse = _Reverse(program, wanted)
    begin, end = reverse.zeros(output)
    found = program._replace(
        backward=(Nest((), Stream(output + program.size), "=", Constant(1.0)), *reverse.items),
        zeros=(begin, end),
        slopes=tuple([x + program.size if begin <= x + program.size < end else 0.0 for x in wanted]),
        size=reverse.size,
    )
    return with_first_writes(found)


class _Reverse:
    """Goes backwards through a program."""

    def __init__(self, program: NestProgram, wanted: Sequence[int]) -> None:
        self.items: list[Nest] = []
        self.offset, self.size = program.size, 2 * program.size
        self._rules, self._terms = Partials(), dict[Any, list[Term]]()
        depends = bytearray(program.size)
        all_depend = np.frombuffer(depends, bool)
        all_depend[list(wanted)] = True
        nests: list[tuple[Nest, tuple[bool, ...]]] = []
        for nest in program.forward:
            if isinstance(nest, Loop):
                raise NotNested("a loop has no reverse: differentiate before nests are rolled into loops")
            if not nest.stops:
                if not nest.dims:
                    active = tuple([depends[s.base] > 0 for s in nest.streams])
                else:
                    active = tuple([bool(all_depend[once(s, nest.dims)].any()) for s in nest.streams])
                if True in active:
                    all_depend[once(nest.target, nest.dims) if nest.dims else nest.target.base] = True
                    nests.append((nest, active))
        for nest, active in reversed(nests):
            if nest.mode in ("max=", "min="):
                self._share(nest)
            else:
                self._add(nest, self._terms_of(nest, active))

    def zeros(self, output: int) -> tuple[int, int]:
        """Return the beginning and the end of what is added to."""
        ranges = [span(nest.target, nest.dims) for nest in self.items]
        first = output + self.offset
        return min([first, *[low for low, _ in ranges]]), max([first, *[high for _, high in ranges]]) + 1

    def _add(self, nest: Nest, terms: Sequence[Term]) -> None:
        dims, offset = nest.dims, self.offset
        every = (*nest.streams, nest.target, shifted(nest.target, offset))
        for k, expression, used in terms:
            target = shifted(every[k], offset)
            self.items.append(Nest(dims, target, "+=", expression, tuple([every[i] for i in used])))

    def _terms_of(self, nest: Nest, active: tuple[bool, ...]) -> list[Term]:
        """Return what a nest adds to the derivatives by its operands; for nests that are alike it is found once."""
        key = nest.mode, nest.expression, active
        if key not in self._terms:
            result = RESULT if nest.mode == "=" else None  # a sum has other terms besides
            found: dict[int, Expression] = {}
            for k, term in self._spread(nest.expression, GRADIENT, (), active, result):
                found[k] = Call("add", (found[k], term)) if k in found else term
            self._terms[key] = [_numbered(k, term) for k, term in found.items() if term != Constant(0.0)]
        return self._terms[key]

    def _spread(
        self, e: Expression, gradient: Expression, mask: Mask, active: tuple[bool, ...], result: Expression | None
    ) -> Iterator[tuple[int, Expression]]:
        """Yield the operands in an expression that are active, with the derivatives by them.

        Args:
            e: the expression.
            gradient: the derivative of the result by its value.
            mask: where it is taken; elsewhere, the derivatives are 0.0, whatever they are multiplied by.
            active: for each operand, whether it depends on a wanted number.
            result: a symbol for the value; None if it has to be computed again.
        """
        if isinstance(e, Symbol):
            for condition, holds in reversed(mask):
                both = (gradient, Constant(0.0)) if holds else (Constant(0.0), gradient)
                gradient = call("select", condition, *both)
            yield int(e.name[1:]), gradient
        if not isinstance(e, Call) or e.function in COMPARISONS or e.function in CONNECTIVES:
            return
        wanted = [_depends(a, active) for a in e.arguments]
        if e.function == "select":
            for a, holds in zip(e.arguments[1:], (True, False), strict=True):
                if _depends(a, active):
                    yield from self._spread(a, gradient, (*mask, (e.arguments[0], holds)), active, None)
            return
        slopes = self._rules.of(TABLE[e.function], e if result is None else result, e.arguments, wanted)
        if slopes is None:
            raise NotNested(f"the derivatives of {e.function!r} are known as a Python function only")
        for a, slope in zip(e.arguments, slopes, strict=True):
            if slope is not None:
                yield from self._spread(a, times(gradient, slope), mask, active, None)

    def _share(self, nest: Nest) -> None:
        """Divide the derivative by an extreme among all operands that are equal to it."""
        first, last = span(nest.target, nest.dims)
        count = shifted(nest.target, self.size - first)
        self.size += last - first + 1
        operand, target = Symbol("s0"), Symbol("s1")
        (is_hit,) = partials(TABLE["max"], [operand])
        is_hit = substitute(is_hit, {Symbol("y"): target})
        share = times(call("div", Symbol("s2"), Symbol("s3")), is_hit)
        x, gradient = nest.streams[0], shifted(nest.target, self.offset)
        self.items += [
            Nest(nest.dims, count, "+=", is_hit, (x, nest.target)),
            Nest(nest.dims, shifted(x, self.offset), "+=", share, (x, nest.target, gradient, count)),
        ]


def _depends(e: Expression, active: tuple[bool, ...]) -> bool:
    """Whether an active operand is in an expression."""
    if isinstance(e, Call):
        return any(_depends(a, active) for a in e.arguments)
    return isinstance(e, Symbol) and active[int(e.name[1:])]


def _numbered(k: int, term: Expression) -> Term:
    """Return the term of an operand with the symbols that are in it numbered from 0."""
    symbols: dict[Symbol, int] = {}
    _collect(term, symbols)
    names: dict[Expression, Expression] = {symbol: Symbol(f"s{i}") for i, symbol in enumerate(symbols)}
    at = {GRADIENT: -1, RESULT: -2}
    return k, substitute(term, names), tuple([at[s] if s in at else int(s.name[1:]) for s in symbols])


def _collect(e: Expression, symbols: dict[Symbol, int]) -> None:
    if isinstance(e, Symbol):
        symbols.setdefault(e, 0)
    elif isinstance(e, Call):
        for a in e.arguments:
            _collect(a, symbols)
