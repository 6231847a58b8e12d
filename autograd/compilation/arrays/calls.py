"""A program of nests as calls of NumPy on one buffer: the back end for machines without a C compiler.

A program becomes a Python function that has its views, index arrays and arrays for results in between at hand. Nests of
few rounds, and those whose rounds depend on each other, are plain Python; products that are added up are matrix
products.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Sequence
from typing import TYPE_CHECKING

from ...expressions import Call, Constant, Expression, Symbol
from ...writers import PYTHON, write
from ..nests.addresses import addresses, are_distinct, overlaps, reads_come_first, simplified
from ..nests.nest import Check, Item, Loop, Nest, NestProgram
from ..recording.record import constant
from .buffer_code import BufferCode
from .float_code import FloatCode
from .nests import ArrayNests, in_order_of_memory, last, moving

if TYPE_CHECKING:
    from numpy import float64
    from numpy.typing import NDArray

__all__ = ["prepare"]

FEW = 6  # rounds of a nest that are faster as plain Python


def prepare(program: NestProgram, buffer: NDArray[float64]) -> Callable[[], int]:
    """Return a function that runs a program on its buffer.

    Args:
        program: the program.
        buffer: `program.size` numbers, of which the constants are there already; inputs and leaves are written there
            before each run.

    Returns:
        A function that returns -1, or the position of the first check that fails.
    """
    writer = _Writer(buffer)
    writer.items(program.forward)
    writer.checks(program.checks)
    writer.zeros(*program.zeros)
    writer.items(program.backward)
    return writer.function()


class _Writer:
    """Writes the parts of a program, one after another.

    Attributes:
        waiting: an assignment that is written with the sum that begins with it, or before anything else.
        are_zero: whether the number at an address is known to be 0.0.
    """

    def __init__(self, buffer: NDArray[float64]) -> None:
        import numpy

        self.code = BufferCode(buffer)
        self.floats, self.arrays = FloatCode(self.code), ArrayNests(self.code)
        self.waiting: Nest | None = None
        self.are_zero = numpy.zeros(len(buffer), bool)

    def function(self) -> Callable[[], int]:
        import numpy

        space = self.floats.functions | {"math": math, "errstate": numpy.errstate, "constant": constant}
        found: Callable[[], int] = self.code.function(space, "with errstate(all='ignore'):", "return -1")
        return found

    def items(self, items: Iterable[Item]) -> None:
        for item in items:
            if not isinstance(item, Loop):
                self._nest(simplified(item))
            elif item.times > 0:
                self._finish()
                self.floats.forget()
                with self.code.loop(item.times):
                    self.items(item.body)
                self.floats.forget()
        self._finish()

    def checks(self, checks: Sequence[Check]) -> None:
        for i, check in enumerate(checks):
            left, right = (self.floats.read(x) if isinstance(x, int) else _number(x) for x in (check.left, check.right))
            if check.guard.relation == "data":
                self.code.put(f"if constant({left}) != {self.code.bind(check.outcome)}: return {i}")
            else:
                names: dict[Expression, str] = {Symbol("a"): left, Symbol("b"): right}
                found = write(Call(check.guard.relation, (Symbol("a"), Symbol("b"))), PYTHON, names)
                self.code.put(f"if {f'not {found}' if check.outcome else found}: return {i}")

    def zeros(self, start: int, end: int) -> None:
        if end > start:
            self.floats.forget()
            self.are_zero[start:end] = True
            self.code.put(f"{self.code.view(start, [end - start], [1]).text}.fill(0.0)")

    # --- nests ---

    def _nest(self, nest: Nest) -> None:
        if 0 in nest.dims:
            return
        few = math.prod(nest.dims) <= FEW
        if few or not self._is_for_arrays(nest):
            self._finish()
            (self.floats.unrolled if few else self.floats.rolled)(nest)
        else:
            self._calls(in_order_of_memory(nest))
        self._note(nest)

    def _calls(self, nest: Nest) -> None:
        first = self.waiting
        if first is not None and self._begins_with(nest, first):
            self.waiting = None
        else:
            self._finish()
            if nest.mode == "=":
                self.waiting = nest
                return
            first = self._zeros_of(nest)
        self.floats.forget()
        self.arrays.write(nest, first)

    def _finish(self) -> None:
        """Write the assignment that waits."""
        if self.waiting is not None:
            self.floats.forget()
            self.arrays.write(self.waiting)
            self.waiting = None

    def _is_for_arrays(self, nest: Nest) -> bool:
        if not reads_come_first(nest, self.code.times):
            return False
        return nest.mode != "=" or are_distinct(*last(nest)[1:])

    def _begins_with(self, nest: Nest, first: Nest) -> bool:
        """Return whether a nest adds to what another one assigns, all of it, and no stream reads that."""
        if nest.mode != "+=":
            return False
        (target, dims), (other, others) = moving(nest), (first.target, first.dims)
        here, there = (simplified(Nest(d, s, "=", Constant(0.0))) for s, d in ((target, dims), (other, others)))
        return (
            target.table is None and other.table is None
            and here.dims == there.dims and here.target == there.target and are_distinct(target, dims)
            and not any(overlaps(nest, s, self.code.times) for s in nest.streams)
            and not any(overlaps(first, s, self.code.times) for s in first.streams)
        )  # fmt: skip

    def _zeros_of(self, nest: Nest) -> Nest | None:
        """Return an assignment of 0.0 to the targets of a nest that is the first to add to them, if it is."""
        target, dims = moving(nest)
        if self.code.times > 1 or not self.are_zero[addresses(target, dims)].all():
            return None
        first = Nest(dims, target, "=", Constant(0.0))
        return first if self._begins_with(nest, first) else None

    def _note(self, nest: Nest) -> None:
        """Note whether the targets of a nest are 0.0 now."""
        found = addresses(nest.target, nest.dims)
        if self.code.times == 1:
            self.are_zero[found] = nest.mode == "=" and nest.expression == Constant(0.0)
        else:
            way = nest.target.step * (self.code.times - 1)
            self.are_zero[found.min() + min(way, 0) : found.max() + max(way, 0) + 1] = False


def _number(x: float) -> str:
    return write(Constant(float(x)), PYTHON)
