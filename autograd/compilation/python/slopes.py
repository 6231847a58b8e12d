"""Partial derivatives of operations that are known as Python functions only."""

from __future__ import annotations

from collections.abc import Sequence

from ...primitives import Primitive
from ...value import Value

__all__ = ["SlopesOf"]


class SlopesOf:
    """The partial derivatives of an operation as a function of floats, which raises no arithmetic error."""

    def __init__(self, op: Primitive) -> None:
        self.op = op

    def __call__(self, y: float, *operands: float) -> Sequence[float]:
        try:
            return self.op.all_partials(y, *operands)
        except ArithmeticError:  # floats raise where IEEE-754 has a result; Values do not
            found = self.op.all_partials(Value(y), *map(Value, operands))
            return [getattr(slope, "_data", slope) for slope in found]
