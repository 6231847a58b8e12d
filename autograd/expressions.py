"""Expressions of numbers as data, equal if they are written alike: made by `rules`, written by `writers`.

>>> call("add", Symbol("x"), Constant(2.0))
add(x, 2.0)
"""

from __future__ import annotations

import math
import operator
from collections.abc import Callable, Mapping
from typing import Any

from . import gamma
from .primitives import TABLE

__all__ = [
    "COMPARISONS", "CONNECTIVES", "Call", "Constant", "Expression", "Symbol", "call", "evaluate", "substitute",
]  # fmt: skip

COMPARISONS: dict[str, Callable[[float, float], bool]] = {
    name: getattr(operator, name) for name in ("lt", "le", "gt", "ge", "eq", "ne")
}
CONNECTIVES = ("and", "or")


class Constant:
    """A float in an expression, equal to one of the same class with the same bits."""

    __slots__ = ("number",)

    def __init__(self, number: float) -> None:
        self.number = number

    def __repr__(self) -> str:
        return repr(self.number)

    def __eq__(self, other: object) -> bool:
        return (
            isinstance(other, Constant)
            and self.number.__class__ is other.number.__class__
            and float.hex(self.number) == float.hex(other.number)
        )

    def __hash__(self) -> int:
        return hash(float.hex(self.number))


class Symbol:
    """A number without a value yet: an operand, or the result."""

    __slots__ = ("name",)

    def __init__(self, name: str) -> None:
        self.name = name

    def __repr__(self) -> str:
        return self.name

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Symbol) and self.name == other.name

    def __hash__(self) -> int:
        return hash(self.name)


class Call:
    """A function of expressions.

    Args:
        function: an entry of the table ("mul", "sigmoid"); a function of C ("math.exp", "gamma.lgamma"); a comparison
            ("lt"), which gives a condition; "and", "or" of two conditions; "select" of a condition, a number for
            true, and a number for false.
        arguments: the arguments of the function.
    """

    __slots__ = ("_hash", "arguments", "function")

    def __init__(self, function: str, arguments: tuple[Expression, ...]) -> None:
        self.function, self.arguments = function, arguments
        self._hash = hash((function, arguments))

    def __reduce__(self) -> Any:
        return Call, (self.function, self.arguments)  # the hash of a text is another one in another process

    def __repr__(self) -> str:
        return f"{self.function}({', '.join(map(repr, self.arguments))})"

    def __eq__(self, other: object) -> bool:
        if self is other or not isinstance(other, Call):
            return self is other
        return self._hash == other._hash and self.function == other.function and self.arguments == other.arguments

    def __hash__(self) -> int:
        return self._hash


Expression = Constant | Symbol | Call


def call(function: str, *arguments: Expression) -> Expression:
    """Return `Call(function, arguments)`, simplified only if that changes no bit of any result but the sign of a nan.

    >>> call("mul", Symbol("x"), Constant(-1.0)), call("add", Symbol("x"), Constant(0.0)), call("exp", Constant(0.0))
    (neg(x), add(x, 0.0), 1.0)
    """
    if function == "select":
        condition, yes, no = arguments
        if isinstance(condition, Constant):
            return yes if condition.number else no
        if yes == no:
            return yes
        if isinstance(yes, Call) and yes.function == "select" and yes.arguments[2] == no:
            return call("select", Call("and", (condition, yes.arguments[0])), yes.arguments[1], no)
        if isinstance(no, Call) and no.function == "select" and no.arguments[1] == yes:
            return call("select", Call("or", (condition, no.arguments[0])), yes, no.arguments[2])
        return Call(function, arguments)
    if function in CONNECTIVES:
        for this, other in (arguments, arguments[::-1]):
            if isinstance(this, Constant):
                return other if bool(this.number) == (function == "and") else this
    if all(isinstance(a, Constant) for a in arguments):
        numbers = [a.number for a in arguments if isinstance(a, Constant)]
        if function in COMPARISONS:
            return Constant(float(COMPARISONS[function](*numbers)))
        if function in TABLE:
            return Constant(TABLE[function].value(*numbers))
    if function == "mul":
        for x, factor in (arguments, arguments[::-1]):
            if factor == Constant(1.0):
                return x
            if factor == Constant(-1.0):
                return call("neg", x)
    if function in ("div", "pow") and arguments[1] == Constant(1.0):
        return arguments[0]
    x = arguments[0]
    if function == "neg" and isinstance(x, Call) and x.function == "neg":
        return x.arguments[0]
    return Call(function, arguments)


def substitute(expression: Expression, replacements: Mapping[Expression, Expression]) -> Expression:
    """Return an expression with parts of it replaced, and simplified as by `call`."""
    if expression in replacements:
        return replacements[expression]
    if isinstance(expression, Call):
        return call(expression.function, *[substitute(a, replacements) for a in expression.arguments])
    return expression


def evaluate(expression: Expression, numbers: Mapping[Expression, float]) -> float:
    """Return the value of an expression for values of its symbols, calculated by Python's functions.

    >>> evaluate(call("mul", Symbol("a"), Symbol("b")), {Symbol("a"): 2.0, Symbol("b"): 3.0})
    6.0
    """
    if isinstance(expression, Constant):
        return expression.number
    if isinstance(expression, Symbol):
        return numbers[expression]
    function, arguments = expression.function, expression.arguments
    if function == "select":
        return evaluate(arguments[1 if evaluate(arguments[0], numbers) else 2], numbers)
    found = [evaluate(a, numbers) for a in arguments]
    if function in CONNECTIVES:
        return all(found) if function == "and" else any(found)
    if function in COMPARISONS:
        return COMPARISONS[function](*found)
    if function in TABLE:
        return TABLE[function].value(*found)
    return float(_of_c(function)(*found))


def _of_c(function: str) -> Callable[..., float]:
    """Return a function of C: that of the module math, or the entry with the same values and without exceptions."""
    module, _, name = function.partition(".")
    found: Callable[..., float] = getattr({"math": math, "gamma": gamma}[module], name)
    entry = TABLE.get(name)
    return entry.value if entry and getattr(entry.value, "__wrapped__", None) is found else found
