"""Rules of the table as formulas: run a rule on a `Formula`, and it says what it calculated.

A `Formula` is a number that remembers its expression. Rules run on it as they run on floats; what they compare is
answered by the number, so the branch that a rule takes for this number is the one that is recorded.

>>> from autograd.primitives import TABLE
>>> from autograd.view.notation import text
>>> z, a = Formula(Name("z"), 0.86), Formula(Name("a"), 0.7027)
>>> text(TABLE["sigmoid"].partial(0, a, [z]).expr)
'a × (1 − a)'
"""

from __future__ import annotations

import math
import operator
from collections.abc import Callable
from typing import Any

from ..primitives import TABLE, Primitive, Traced
from .formula import Expr, Name, Num, as_written, simplified, textbook

__all__ = ["Formula", "Name"]

Operator = Callable[["Formula", Any], "Formula"]


def _operators(name: str) -> tuple[Operator, Operator]:
    """Return the operator of an entry of the table, and the reflected one."""
    op = TABLE[name]
    return lambda self, other: self.apply(op, (self, other)), lambda self, other: self.apply(op, (other, self))


class Formula(Traced):
    """A number with the expression that it came from.

    Args:
        expr: the expression.
        data: the number.
        asked: where comparisons are noted, as (left, relation, right) that hold; one list for all that belong together.
    """

    __slots__ = ("asked", "data", "expr")

    def __init__(self, expr: Expr, data: float, asked: list[tuple[Expr, str, Expr]] | None = None) -> None:
        self.expr = expr
        self.data = data
        self.asked = [] if asked is None else asked

    def apply(self, op: Primitive, operands: tuple[Any, ...]) -> Formula:
        """Return `op` of the operands, its expression simplified where its number is finite."""
        formulas = [self.of(operand) for operand in operands]
        data = op.value(*[formula.data for formula in formulas])
        args = [formula.expr for formula in formulas]
        expr = simplified(op, args) if math.isfinite(data) else as_written(op, args)
        return Formula(textbook(expr, data), data, self.asked)

    def of(self, x: Any) -> Formula:
        """Return `x`, a number or a Formula, as a Formula."""
        return x if isinstance(x, Formula) else Formula(Num(float(x)), float(x), self.asked)

    def _compare(self, other: Any, holds: Callable[[float, float], bool], relation: str, opposite: str) -> bool:
        other = self.of(other)
        answer = holds(self.data, other.data)
        if not math.isnan(self.data) and not math.isnan(other.data):  # with nan the opposite does not hold either
            self.asked.append((self.expr, relation if answer else opposite, other.expr))
        return answer

    def __eq__(self, other: object) -> bool:
        return self._compare(other, operator.eq, "=", "≠")

    def __ne__(self, other: object) -> bool:
        return self._compare(other, operator.ne, "≠", "=")

    def __lt__(self, other: Any) -> bool:
        return self._compare(other, operator.lt, "<", "≥")

    def __le__(self, other: Any) -> bool:
        return self._compare(other, operator.le, "≤", ">")

    def __gt__(self, other: Any) -> bool:
        return self._compare(other, operator.gt, ">", "≤")

    def __ge__(self, other: Any) -> bool:
        return self._compare(other, operator.ge, "≥", "<")

    __hash__ = object.__hash__

    def __bool__(self) -> bool:
        return self.data != 0.0

    __add__, __radd__ = _operators("add")
    __sub__, __rsub__ = _operators("sub")
    __mul__, __rmul__ = _operators("mul")
    __truediv__, __rtruediv__ = _operators("div")
    __pow__, __rpow__ = _operators("pow")
    __mod__, __rmod__ = _operators("mod")
    __floordiv__, __rfloordiv__ = _operators("floor_divide")

    def __neg__(self) -> Formula:
        return self.apply(TABLE["neg"], (self,))

    def __abs__(self) -> Formula:
        return self.apply(TABLE["abs"], (self,))
