"""What an operation does at other numbers than those that it was given: asked of the operation, so for a user's too.

>>> from autograd import Value, exp, log
>>> overflows(exp(Value(1000.0))), overflows(log(Value(0.0)))
(True, False)
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence

from ...value import Value
from ..numbers import number_of, same
from .path import Factor

__all__ = ["jumps", "overflows", "slope_at"]

HUGE = 1e150  # a result this large near by has no singularity here: it grew too large on its way
STEP = 1e-3


def slope_at(step: Factor, x: float) -> float:
    """The size of the slope of the step's operation with x in the place of the operand; nan outside of its domain."""
    op = step.result.op
    assert op is not None  # it has an operand
    at, numbers = _with(step, x)
    return _asked(lambda: float(abs(op.partial(at, op.value(*numbers), numbers))))


def jumps(step: Factor) -> bool:
    """Whether the step's operation gives another result than here anywhere else, on both sides of 0 and far away."""
    op = step.result.op
    assert op is not None
    x = abs(step.operand.data) or 1.0
    places = [sign * x * 2.0**n for sign in (1, -1) for n in range(-12, 13)]
    found = (_asked(lambda: op.value(*_with(step, place)[1])) for place in places)
    return any(not same(y, step.result.data) for y in found)


def overflows(node: Value) -> bool:
    """Whether an infinite result is a number too large for a float: then it is huge for numbers near by as well."""
    op, numbers = node.op, [number_of(operand) for operand in node.operands]
    if op is None or not math.isinf(node.data) or not all(map(math.isfinite, numbers)):
        return False
    shrunk = [x * (1 - STEP) or STEP for x in numbers]
    grown = [x * (1 + STEP) or -STEP for x in numbers]
    return all(_asked(lambda: abs(op.value(*near))) > HUGE for near in (shrunk, grown))


def _with(step: Factor, x: float) -> tuple[int, list[float]]:
    """The position of the step's operand, and the operands' numbers with x there."""
    operands: Sequence[Value | float] = step.result.operands
    at = next(i for i, operand in enumerate(operands) if operand is step.operand)
    return at, [*map(number_of, operands[:at]), x, *map(number_of, operands[at + 1 :])]


def _asked(f: Callable[[], float]) -> float:
    try:
        return f()
    except (ArithmeticError, TypeError, ValueError):  # a user's function may raise where it is not defined
        return math.nan
