"""A program of nests on a back end, with buffers for its calls.

A buffer is taken for a call and given back, so that several threads can run a program at once.
"""

from __future__ import annotations

import ctypes
import math
from collections.abc import Callable, Sequence
from functools import partial
from typing import TYPE_CHECKING, NamedTuple

from ..core import compiled
from .nests.nest import Loop, NestProgram

if TYPE_CHECKING:
    from numpy import float64
    from numpy.typing import NDArray

    from .c.compiler import Built

__all__ = ["Bound", "Prepared", "count_nests", "on_c", "on_numpy", "singles"]

ALIGNMENT = 64  # bytes, of the longest vectors
SHORT = 4096  # numbers in the buffer of a program that takes some microseconds


class Bound(NamedTuple):
    """A program on a buffer of its own.

    Args:
        run: runs the program on the buffer; it returns -1, or the position of the first check that fails.
        buffer: an array of floats, with the constants of the program in it.
        numbers: the same memory as a memoryview, whose items are read and written faster.
        views: arrays of parts of the same memory.
    """

    run: Callable[[], int]
    buffer: NDArray[float64]
    numbers: memoryview
    views: tuple[NDArray[float64], ...]


class Prepared:
    """A program that can run.

    Args:
        program: the program.
        bind: makes what runs it on a buffer.
        constants: numbers that the buffer has beyond the program's own, at the addresses from its size on.
        views: the first address and the shape of each view.
    """

    def __init__(
        self,
        program: NestProgram,
        bind: Callable[[NDArray[float64]], Callable[[], int]],
        constants: tuple[float, ...] = (),
        views: Sequence[tuple[int, tuple[int, ...]]] = (),
    ) -> None:
        self.program, self.constants, self.views = program, constants, views
        self.pool: list[Bound] = []
        self._bind = bind

    def new(self) -> Bound:
        """Return the program on another buffer."""
        import numpy

        size = self.program.size
        memory = numpy.zeros(size + len(self.constants) + ALIGNMENT // 8)
        start = -(memory.ctypes.data // 8) % (ALIGNMENT // 8)
        buffer = memory[start : start + size + len(self.constants)]
        buffer[list(self.program.constants)] = list(self.program.constants.values())
        buffer[size:] = self.constants
        views = [buffer[at : at + math.prod(shape)].reshape(shape) for at, shape in self.views]
        return Bound(self._bind(buffer), buffer, buffer.data, tuple(views))

    def take(self) -> Bound:
        """Return the program on a buffer that nobody else uses, until it is put back into the pool."""
        try:
            return self.pool.pop()
        except IndexError:
            return self.new()


def on_c(built: Built) -> Callable[[NDArray[float64]], Callable[[], int]]:
    """Return what binds a compiled program to a buffer."""
    if compiled is None:
        return lambda buffer: partial(built.run, buffer.ctypes.data)
    run, function = compiled.run_program, ctypes.cast(built.run, ctypes.c_void_p).value  # type: ignore[arg-type]
    return lambda buffer: partial(run, function, buffer.ctypes.data, len(buffer) < SHORT)


def on_numpy(program: NestProgram) -> Callable[[NDArray[float64]], Callable[[], int]]:
    """Return what binds a program to a buffer as calls of NumPy."""
    from .arrays.calls import prepare

    return partial(prepare, program)


def count_nests(program: NestProgram) -> int:
    """Return the number of nests, those in loops once."""
    items = (*program.forward, *program.backward)
    return sum([len(item.body) if isinstance(item, Loop) else 1 for item in items])


def singles(program: NestProgram) -> int:
    """Return the number of nests without dimensions, those in loops once."""
    items = (*program.forward, *program.backward)
    return sum([sum([not nest.dims for nest in (item.body if isinstance(item, Loop) else (item,))]) for item in items])
