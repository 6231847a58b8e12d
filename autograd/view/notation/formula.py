"""Rules of the table as formulas: run a rule on a `Formula`, and it says what it calculated.

A `Formula` is a number that remembers its expression. Rules run on it as they run on floats; what they compare is
answered by the number, so the branch that a rule takes for this number is the one that is recorded.

>>> from autograd import sigmoid
>>> from autograd.view.notation.expression import Name
>>> from autograd.view.notation.text import text
>>> z, a = (Name("z"), 0.86), (Name("a"), 0.7027)
>>> [text(rule.expr) for rule in rules(sigmoid, a, [z], {0: 0.2089})]
['a × (1 − a)']
"""

from __future__ import annotations

import math
import operator
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from ... import primitives as p
from ...primitives import Primitive, Traced, number
from .expression import Call, Expr, Minus, Num, as_written, replaced, simplified
from .text import text

__all__ = ["Condition", "Formula", "Term", "decisive", "rules"]

Condition = tuple[Expr, str, Expr]  # (left, relation, right)
Term = tuple[Expr, float]  # an expression and its number
Operator = Callable[["Formula", Any], "Formula"]


# The results of comparing two numbers for which a relation holds: two relations that both hold are one, ≥ and ≠ are >.
OUTCOMES = {"<": {"<"}, "=": {"="}, ">": {">"}, "≤": {"<", "="}, "≥": {">", "="}, "≠": {"<", ">"}}


def _operators(op: Primitive) -> tuple[Operator, Operator]:
    """Return the operator of an entry of the table, and the reflected one."""
    return lambda self, other: self.apply(op, (self, other)), lambda self, other: self.apply(op, (other, self))


class Formula(Traced):
    """A number with the expression that it came from.

    Args:
        expr: the expression.
        data: the number.
        asked: where comparisons are noted, as conditions that hold; one list for all that belong together.
    """

    __slots__ = ("asked", "data", "expr")

    def __init__(self, expr: Expr, data: float, asked: list[Condition] | None = None) -> None:
        self.expr = expr
        self.data = data
        self.asked = [] if asked is None else asked

    def apply(self, op: Primitive, operands: tuple[Any, ...]) -> Formula:
        """Return `op` of the operands, its expression simplified where its number is finite."""
        formulas = [self.of(operand) for operand in operands]
        data = op.value(*[formula.data for formula in formulas])
        args = [formula.expr for formula in formulas]
        expr = simplified(op, args) if math.isfinite(data) else as_written(op, args)
        return Formula(expr, data, self.asked)

    def of(self, x: Any) -> Formula:
        """Return `x`, a number or a Formula, as a Formula."""
        if isinstance(x, Formula):
            return x
        constant = number(x)
        return Formula(Num(constant), constant, self.asked)

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
        return self != 0.0

    __add__, __radd__ = _operators(p.add)
    __sub__, __rsub__ = _operators(p.sub)
    __mul__, __rmul__ = _operators(p.mul)
    __truediv__, __rtruediv__ = _operators(p.div)
    __pow__, __rpow__ = _operators(p.pow_)
    __mod__, __rmod__ = _operators(p.mod)
    __floordiv__, __rfloordiv__ = _operators(p.floor_divide)

    def __neg__(self) -> Formula:
        return self.apply(p.neg, (self,))

    def __abs__(self) -> Formula:
        return self.apply(p.abs_, (self,))


SATURATED = 0.01  # 1 − y is of no use if reading y with four digits changes it by a larger part
LONGEST = 100  # characters of a formula that replaces a textbook's; of a longer one only the number is shown


def rules(op: Primitive, result: Term, operands: Sequence[Term], recorded: Mapping[int, float]) -> list[Formula]:
    """Return the derivatives of an operation as formulas: its rules in the table, run on formulas.

    A rule that calculates the result again gets the name of the result instead. If a rule of the user's works on floats
    alone, the derivatives are the recorded numbers.

    Args:
        op: the operation.
        result, operands: what its result and its operands are called, with their numbers.
        recorded: the positions of the operands to differentiate by, each with that derivative as a number.
    """

    def formulas() -> tuple[Formula, list[Formula]]:
        asked: list[Condition] = []  # one list for all that a rule compares
        return Formula(*result, asked), [Formula(*operand, asked) for operand in operands]

    found: list[Formula] = []
    try:
        if op.variadic:
            y, xs = formulas()
            partials = op.all_partials(y, *xs)
            found = [y.of(partials[i]) for i in recorded]
        else:
            for i in recorded:
                y, xs = formulas()
                found.append(y.of(_slope(op, i, y, xs)))
    except Exception:  # a user's rule that works on floats alone raises what it likes
        return [Formula(Num(x), x) for x in recorded.values()]
    again = as_written(op, [expr for expr, _ in operands])
    if isinstance(again, Call):
        found = [Formula(replaced(rule.expr, {again: result[0]}), rule.data, rule.asked) for rule in found]
    return found


def _slope(op: Primitive, i: int, y: Formula, operands: Sequence[Formula]) -> Any:
    """Return the derivative by the i-th operand: as textbooks have it, or, if that cancels, as the table does."""
    if op.textbook:
        numbers = [operand.data for operand in operands]
        exact, read = op.partial(i, y.data, numbers), op.textbook[i](float(f"{y.data:.4g}"), *numbers)
        if abs(read - exact) <= SATURATED * abs(exact):
            return op.textbook[i](y, *operands)
        known = len(y.asked)
        stable = y.of(op.partial(i, y, operands))
        if len(text(stable.expr)) <= LONGEST:
            return stable
        del y.asked[known:]
        return y.of(exact)
    return op.partial(i, y, operands)


def decisive(asked: Sequence[Condition]) -> tuple[Condition, ...]:
    """Return the comparisons that tell something, a ≥ b and a ≠ b as a > b; none where it takes many to tell it.

    >>> from autograd.view.notation.expression import Name
    >>> a, zero = Name("a"), Num(0.0)
    >>> decisive([(a, "≥", zero), (zero, "<", Num(1.0)), (a, "≠", zero)]) == ((a, ">", zero),)
    True
    """
    told: dict[tuple[Expr, Expr], str] = {}
    for a, relation, b in asked:
        if a != b and not (_is_number(a) and _is_number(b)):
            both = OUTCOMES[relation] & OUTCOMES[told.get((a, b), relation)]
            told[a, b] = next(name for name, outcomes in OUTCOMES.items() if outcomes == both)
    return tuple((a, relation, b) for (a, b), relation in told.items()) if len(told) <= 2 else ()


def _is_number(expr: Expr) -> bool:
    return isinstance(expr.of if isinstance(expr, Minus) else expr, Num)
