"""Numbers that are compared: those of operands, and two that should be the same."""

from __future__ import annotations

import math

from ..primitives import number
from ..value import Value

__all__ = ["ROUNDING", "number_of", "same"]

ROUNDING = 1e-9  # how far, relative to its terms, the order of its calculation may move a number


def number_of(operand: Value | float) -> float:
    """Return the number of an operand, which is a Value or a constant; a whole number above all floats is inf."""
    return operand.data if isinstance(operand, Value) else number(operand)


def same(a: float, b: float, tolerance: float = 0.0, size: float = 0.0) -> bool:
    """Return whether two numbers are equal or both nan.

    With a tolerance they may differ by so much, relative to the larger of them or to `size`.

    >>> same(math.nan, math.nan), same(0.1 + 0.2, 0.3), same(0.1 + 0.2, 0.3, ROUNDING)
    (True, False, True)
    """
    return math.isclose(a, b, rel_tol=tolerance, abs_tol=tolerance * size) or (a != a and b != b)
