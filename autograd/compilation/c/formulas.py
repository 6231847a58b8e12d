"""Formulas for loops over vectors: entries of the table written out, without branches."""

from __future__ import annotations

from collections.abc import Iterator
from functools import lru_cache

from ...expressions import Call, Expression, Symbol, call, substitute
from ...primitives import TABLE
from ...rules import OPERATORS, operands, value
from ...writers import entries
from .text import C

__all__ = ["ON_VECTORS", "for_vectors", "work"]

# Functions that the GNU C library has for vectors as well, with the version 2.x since when.
ON_VECTORS = dict.fromkeys(["exp", "log", "sin", "cos", "pow"], 22) | dict.fromkeys(
    ["acos", "acosh", "asin", "asinh", "atan", "atan2", "atanh", "cbrt", "cosh", "erf", "erfc", "expm1", "log10"]
    + ["log1p", "log2", "sinh", "tan", "tanh"],
    35,
)
INSTRUCTIONS = {"fabs", "sqrt", "floor", "ceil", "trunc", "copysign"}


@lru_cache(maxsize=2000)
def for_vectors(e: Expression) -> tuple[Expression, frozenset[str] | None]:
    """Return an expression with entries of the table written out, and its functions; None if it stays as it is."""
    found = _merged(_written_out(e))
    functions = {C.call(part.function) for part in _calls(found) if part.function in C.functions}
    if not functions <= ON_VECTORS.keys() | INSTRUCTIONS or any(_is_entry(part) for part in _calls(found)):
        return e, None
    return found, frozenset(functions & ON_VECTORS.keys())


@lru_cache(maxsize=2000)
def work(e: Expression) -> float:
    """Return roughly how long an expression takes, in additions."""
    return sum(20.0 if C.functions.get(part.function) in ON_VECTORS else 1.0 for part in _calls(for_vectors(e)[0]))


def _is_entry(e: Call) -> bool:
    return bool(entries(Call(e.function, tuple([Symbol("x") for _ in e.arguments])), C))


def _written_out(e: Expression) -> Expression:
    """Replace calls of entries of the table by what they calculate."""
    if not isinstance(e, Call):
        return e
    arguments = [_written_out(a) for a in e.arguments]
    found = value(TABLE[e.function]) if e.function in TABLE and e.function not in (*OPERATORS, *C.functions) else None
    if found is None:
        return call(e.function, *arguments)
    return substitute(_written_out(found), dict(zip(operands(TABLE[e.function]), arguments, strict=True)))


def _merged(e: Expression) -> Expression:
    """Let both outcomes of a comparison share a call: c ? exp(a) : 1 / exp(b) has one exp, that of c ? a : b."""
    if not isinstance(e, Call):
        return e
    e = call(e.function, *[_merged(a) for a in e.arguments])
    while isinstance(e, Call) and e.function == "select":
        condition, yes, no = e.arguments
        ours, theirs = _costly(yes), _costly(no)
        pairs = [
            (a, b)
            for a in ours
            for b in theirs
            if a.function == b.function and a not in theirs and b not in ours
        ]  # fmt: skip
        if not pairs:
            break
        a, b = pairs[0]
        shared = call(a.function, *[call("select", condition, *x) for x in zip(a.arguments, b.arguments, strict=True)])
        e = call("select", condition, substitute(yes, {a: shared}), substitute(no, {b: shared}))
    return e


def _costly(e: Expression) -> list[Call]:
    return [part for part in _calls(e) if C.functions.get(part.function) in ON_VECTORS]


def _calls(e: Expression) -> Iterator[Call]:
    """Yield the calls in an expression, those in operands first."""
    if isinstance(e, Call):
        for argument in e.arguments:
            yield from _calls(argument)
        yield e
