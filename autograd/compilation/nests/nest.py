"""Loop nests over one flat buffer of floats: what a recorded program becomes before it is C or NumPy calls.

    for i in range(2):                      Nest((2, 3), Stream(9, (1, 0)), "+=",
        for j in range(3):                       mul(s0, s1), (Stream(0, (3, 1)), Stream(6, (0, 1))))
            buffer[9 + i] += buffer[3 * i + j] * buffer[6 + j]

A single operation is a nest without dimensions, a layer of a network is a nest of three dimensions, and a gradient is
again nests. The buffer begins with the numbers of the arguments and those of the leaves; values, constants and
derivatives come after them.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal, NamedTuple

from ...expressions import Expression
from ..recording.record import Guard

if TYPE_CHECKING:
    from numpy import int64
    from numpy.typing import NDArray

__all__ = ["Check", "Item", "Loop", "Nest", "NestProgram", "NotNested", "Stream"]


class NotNested(Exception):
    """Why a program cannot be written as loop nests."""


class Stream(NamedTuple):
    """Addresses in the buffer, one for each round of a nest: base + strides . (i, j, ...), or a table of them.

    Args:
        base: the first address; with a table, the first position in it.
        strides: how far a step in each dimension goes.
        table: addresses at base + strides . (i, j, ...); None if these are the addresses.
        step: what each round of the `Loop` around the nest adds to an address.
    """

    base: int
    strides: tuple[int, ...] = ()
    table: NDArray[int64] | None = None
    step: int = 0


class Nest(NamedTuple):
    """A formula for every round of loops: `for dims: buffer[target] (= | += | max= | min=) expression`.

    Args:
        dims: how often each loop runs, the outermost first; () for a single assignment.
        target: where the results go.
        mode: "=", "+=", "max=" or "min="; the last two keep nan, as `autograd.max` does.
        expression: made of entries of the table, comparisons and select; the symbols s0, s1, ... are from the streams.
        streams: what the symbols refer to.
        stops: whether no derivative goes through it.
    """

    dims: tuple[int, ...]
    target: Stream
    mode: Literal["=", "+=", "max=", "min="]
    expression: Expression
    streams: tuple[Stream, ...] = ()
    stops: bool = False


class Loop(NamedTuple):
    """Nests that run again and again, their streams moved by `step` each time."""

    times: int
    body: tuple[Nest, ...]


Item = Nest | Loop


class Check(NamedTuple):
    """A guard and the outcome for which a program is right; numbers by their addresses, or as constants."""

    guard: Guard
    outcome: object  # a bool; for "data", the Bits of the number
    left: int | float
    right: int | float


class NestProgram(NamedTuple):
    """One way through a function.

    Running it means: the inputs and the leaves are written to the buffer, `forward` runs, the checks are made in their
    order, `zeros` is filled with 0.0, and `backward` runs. The first check that fails ends the run.

    Args:
        inputs: the number of arguments, at the addresses from 0 on.
        leaves: the number of other Values, at the addresses after them.
        forward: computes the outputs.
        checks: whether this way is the right one.
        backward: computes the derivatives.
        constants: numbers that are in the buffer from the beginning, by their addresses.
        zeros: the beginning and the end of what `backward` adds to.
        outputs: the results: addresses, or constants.
        slopes: the derivatives by the wanted inputs: addresses, or constants.
        size: the length of the buffer.
    """

    inputs: int
    leaves: int
    forward: tuple[Item, ...]
    checks: tuple[Check, ...]
    backward: tuple[Item, ...]
    constants: dict[int, float]
    zeros: tuple[int, int]
    outputs: tuple[int | float, ...]
    slopes: tuple[int | float, ...]
    size: int
