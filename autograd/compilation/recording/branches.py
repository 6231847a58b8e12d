"""Rules with branches as rules without: while a derivative is recorded, no comparison in a rule becomes a guard.

Both sides of a branch are computed and one is chosen. Nothing of the other one is handed on, neither inf nor nan, as a
result or backwards: all numbers that a side is made of pass a `where` on its condition.

One nan is not that of the function: if such a derivative is differentiated again, the gradient that was not handed on
is 0.0, and 0.0 times an infinite derivative of something before it is nan. So a nan of such a program is doubtful.
"""

from __future__ import annotations

from collections.abc import Container, Iterator, Mapping
from functools import lru_cache
from typing import Any

from ...expressions import COMPARISONS, CONNECTIVES, Call, Constant, Expression, Symbol
from ...graph import local_derivatives
from ...primitives import BLOCKED, TABLE, Primitive
from ...rules import Untraceable, partials, trace
from ...value import Value

__all__ = ["derivatives"]

MOST = 30  # expressions for each operand; a longer rule keeps its guards
SAFE = 0.5  # in the place of the numbers of the other side
where = TABLE["where"]


def derivatives(node: Value, wanted: Container[Any], shared: Any = None) -> tuple[list[tuple[Value, Any]], bool]:
    """Return what `local_derivatives` does, by rules without branches if there are such; and whether these choose."""
    op, given = node.op, node.operands
    named = tuple([_Number(x) if isinstance(x, (float, int)) else None for x in given])
    is_known = op is not None and TABLE.get(op.name) is op and op.shared is None
    rules, chooses = _rules(op, named) if op is not None and is_known else (None, False)
    if rules is None:
        return local_derivatives(node, wanted, shared), False
    sides = _Sides({Symbol("y"): node, **dict(zip(_symbols(len(given)), given, strict=True))})
    found = [
        (x, sides.slope(rule)) for x, rule in zip(given, rules, strict=True) if isinstance(x, Value) and x in wanted
    ]
    return [(x, slope) for x, slope in found if slope is not BLOCKED], chooses


# --- which rules ---


class _Number(float):
    """A constant operand, equal to one with the same bits."""

    def __eq__(self, other: object) -> bool:
        return isinstance(other, _Number) and self.hex() == other.hex()

    def __hash__(self) -> int:
        return hash(self.hex())


def _symbols(n: int) -> list[Symbol]:
    return [Symbol(f"x{i}") for i in range(n)]


@lru_cache(1000)
def _rules(op: Primitive, constants: tuple[_Number | None, ...]) -> tuple[tuple[Expression, ...] | None, bool]:
    """Return the partial derivatives of an operation as expressions, None if they are to be computed as they are, and
    whether they have branches.
    """
    named: list[Expression] = [
        symbol if x is None else Constant(float(x))
        for symbol, x in zip(_symbols(len(constants)), constants, strict=True)
    ]
    try:
        if op.variadic:
            found = tuple(partials(op, named))
        else:
            rules = zip(op.again, constants, strict=True)
            found = tuple([trace(rule, Symbol("y"), *named) if x is None else Constant(BLOCKED) for rule, x in rules])
    except Untraceable:
        return None, False
    parts = set[Expression]()
    for rule in found:
        _add_parts(rule, parts)
    functions = {part.function for part in parts if isinstance(part, Call)}
    is_known = functions <= {*TABLE, *COMPARISONS, *CONNECTIVES, "select"}
    chooses = "select" in functions
    if not is_known or (op.variadic and (not chooses or len(parts) > MOST * len(named))):
        return None, False
    return found, chooses


def _add_parts(e: Expression, found: set[Expression]) -> None:
    if e not in found:
        found.add(e)
        for argument in e.arguments if isinstance(e, Call) else ():
            _add_parts(argument, found)


# --- both sides of a branch ---


class _Sides:
    """Expressions evaluated on Values."""

    def __init__(self, numbers: Mapping[Symbol, Any]) -> None:
        self.numbers = numbers
        self._known: dict[Expression, Any] = {}

    def slope(self, e: Expression) -> Any:
        """Return a derivative, to be multiplied by a gradient."""
        if not (isinstance(e, Call) and e.function == "select"):
            return e.number if isinstance(e, Constant) else self.value(e)
        condition, yes, no = e.arguments
        holds = self.condition(condition)
        if not isinstance(holds, Value):
            return self.slope(yes if holds else no)
        return _Either(holds, self._behind(holds, True, yes).slope(yes), self._behind(holds, False, no).slope(no))

    def value(self, e: Expression) -> Any:
        if isinstance(e, Constant):
            return e.number if e.number is not BLOCKED else 0.0
        if isinstance(e, Symbol):
            return self.numbers[e]
        if e not in self._known:
            self._known[e] = self._called(e)
        return self._known[e]

    def condition(self, e: Expression) -> Any:
        """Return whether a condition holds: a bool, or 1.0 or 0.0 as a Value."""
        if not isinstance(e, Call):
            raise Untraceable(f"{e!r} is not a condition")
        if e not in self._known:
            self._known[e] = self._joined(e) if e.function in CONNECTIVES else self._compared(e)
        return self._known[e]

    def _compared(self, e: Call) -> Any:
        a, b = map(self.value, e.arguments)
        if not isinstance(a, Value) and not isinstance(b, Value):
            return COMPARISONS[e.function](a, b)
        if e.function in ("gt", "ge"):
            a, b = b, a
        if e.function == "ne":
            return 1.0 - TABLE["equal"](a, b)
        return TABLE["equal" if e.function == "eq" else "less" if e.function in ("lt", "gt") else "less_equal"](a, b)

    def _joined(self, e: Call) -> Any:
        one, other = map(self.condition, e.arguments)
        if isinstance(one, Value) and isinstance(other, Value):
            return TABLE["minimum" if e.function == "and" else "maximum"](one, other)
        known, asked = (other, one) if isinstance(one, Value) else (one, other)
        return asked if known is (e.function == "and") else known

    def _called(self, e: Call) -> Any:
        if e.function != "select":
            return TABLE[e.function](*map(self.value, e.arguments))
        condition, yes, no = e.arguments
        holds = self.condition(condition)
        if not isinstance(holds, Value):
            return self.value(yes if holds else no)
        return where(holds, self._behind(holds, True, yes).value(yes), self._behind(holds, False, no).value(no))

    def _behind(self, holds: Value, side: bool, e: Expression) -> _Sides:
        """Return what evaluates one side, of numbers that take part only if that is the side."""
        symbols = set(_differentiable(e))
        if not symbols:
            return self
        return _Sides({s: _gate(holds, side, x) if s in symbols else x for s, x in self.numbers.items()})


def _differentiable(e: Expression) -> Iterator[Symbol]:
    """Yield the symbols in an expression, those in conditions excepted."""
    if isinstance(e, Symbol):
        yield e
    elif isinstance(e, Call):
        for argument in e.arguments[1:] if e.function == "select" else e.arguments:
            yield from _differentiable(argument)


def _gate(holds: Value, side: bool, x: Any) -> Any:
    if not isinstance(x, Value):
        return x
    return where(holds, x, SAFE) if side else where(holds, SAFE, x)


class _Either:
    """A derivative that is one of two."""

    def __init__(self, holds: Value, yes: Any, no: Any) -> None:
        self.holds, self.yes, self.no = holds, yes, no

    def __rmul__(self, gradient: Any) -> Any:
        return where(self.holds, self._side(gradient, True, self.yes), self._side(gradient, False, self.no))

    def __pos__(self) -> Any:
        return 1.0 * self

    def _side(self, gradient: Any, side: bool, slope: Any) -> Any:
        if slope is BLOCKED:
            return 0.0
        if slope.__class__ is float:
            return gradient if slope == 1.0 else gradient * slope
        return _gate(self.holds, side, gradient) * slope
