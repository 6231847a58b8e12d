"""The partial derivatives of the table as expressions in the operands at hand, and their product with a gradient."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from ..expressions import Call, Constant, Expression, Symbol, call, substitute
from ..primitives import BLOCKED, TABLE, Primitive
from ..rules import Untraceable, operands, partial, partials

__all__ = ["Partials", "times"]


class Partials:
    """The partial derivatives of operations; a rule is read from the table once."""

    def __init__(self) -> None:
        self._rules: dict[Any, Expression] = {}
        self._simple: dict[Primitive, bool] = {}

    def of(
        self, op: Primitive, y: Expression, arguments: Sequence[Expression], wanted: Sequence[bool]
    ) -> list[Expression | None] | None:
        """Return the partial derivatives by the wanted operands; None if only their function is known."""
        if op.variadic:
            if not self._are_simple(op):
                return None
            return [y if e == Symbol("y") else e for e in partials(op, arguments)]
        symbols = operands(op)
        replaced: dict[Expression, Expression] = dict(zip((Symbol("y"), *symbols), (y, *arguments), strict=True))
        named = tuple([a if isinstance(a, Constant) else s for a, s in zip(arguments, symbols, strict=True)])
        slopes: list[Expression | None] = []
        for i, is_wanted in enumerate(wanted):
            key = op, i, named
            if is_wanted and key not in self._rules:
                try:
                    self._rules[key] = partial(op, i, named)
                except Untraceable:
                    return None
            slopes.append(substitute(self._rules[key], replaced) if is_wanted else None)
        return slopes

    def _are_simple(self, op: Primitive) -> bool:
        """Whether the partials of an operation on any number of operands take no arithmetic, such as those of a sum."""
        if op not in self._simple:
            self._simple[op] = False
            if TABLE.get(op.name) is op and op.shared is None:
                try:
                    found = partials(op, [Symbol("x1"), Symbol("x2"), Symbol("x3")])
                except Untraceable:
                    return False
                self._simple[op] = not any(isinstance(e, Call) for e in found)
        return self._simple[op]


def times(gradient: Expression, slope: Expression) -> Expression:
    """Return the product, 0.0 where the operand was not taken: there, inf and nan are not handed on."""
    if isinstance(slope, Constant) and slope.number is BLOCKED:
        return Constant(0.0)
    if isinstance(slope, Call) and slope.function == "select":
        condition, yes, no = slope.arguments
        return call("select", condition, times(gradient, yes), times(gradient, no))
    if isinstance(slope, Symbol) and slope.name.endswith("]"):  # of a function, perhaps BLOCKED: 1.0 times it is not
        return Call("mul", (gradient, slope))
    return call("mul", gradient, slope)
