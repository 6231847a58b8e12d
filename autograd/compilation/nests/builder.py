"""Nests while they are made: new addresses in the buffer, and loops found in the addresses of operands."""

from __future__ import annotations

from array import array
from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, Any, Literal

import numpy as np

from ...expressions import Constant, Expression, Symbol
from .columns import Columns, Group
from .nest import Nest, Stream
from .streams import is_regular, matched, segments

if TYPE_CHECKING:
    from numpy import int64
    from numpy.typing import NDArray

    Addresses = NDArray[int64]

__all__ = ["MOST_RUNS", "MOST_SEGMENTS", "NOTHING", "SMALL", "ZERO", "Builder", "S"]

SMALL = 8  # operations, which are single assignments if they have no regular addresses
MOST_SEGMENTS = 8  # of a sum
MOST_RUNS = 4  # nests in the place of one with tables
Mode = Literal["=", "+=", "max=", "min="]
S = [Symbol(f"s{k}") for k in range(8)]
ZERO, NOTHING = Constant(0.0), Constant(-0.0)  # NOTHING + x is x, -0.0 included


class Builder:
    """Makes nests of groups, and places their results in the buffer.

    Attributes:
        items: the nests.
        numbers: those of the constants of the program.
        constants: the numbers in the buffer, by their addresses.
        size: the length of the buffer so far.
        address, at: the addresses of numbers, as an array of NumPy and as one whose elements are read faster.
        origins: the address of the first result of each group.
        formulas: expressions that are used again.
    """

    def __init__(self, columns: Columns, inputs: int, leaves: int) -> None:
        self.items: list[Nest] = []
        self.numbers = columns.constants
        self.constants: dict[int, float] = {}
        self.size = inputs + leaves
        self.origins = [self.size]
        self.formulas: dict[Any, Expression] = {}
        self.at = array("q", bytes(8 * columns.length))
        self.address = np.frombuffer(self.at, np.int64)
        self.address[:inputs] = np.arange(inputs)
        self.address[columns.leaves : columns.leaves + leaves] = inputs + np.arange(leaves)
        if columns.constants:
            self.address[-len(columns.constants) :] = self.constant(columns.constants)[::-1]

    # --- the buffer ---

    def new(self, n: int) -> Addresses:
        """Return n new addresses."""
        self.size += n
        return np.arange(self.size - n, self.size)

    def constant(self, numbers: Iterable[float]) -> Addresses:
        """Return new addresses of constants."""
        numbers = list(numbers)
        found = self.new(len(numbers))
        self.constants.update(zip(found.tolist(), numbers, strict=True))
        return found

    def one_constant(self, number: float) -> int:
        """Return the new address of a constant."""
        self.constants[self.size] = number
        self.size += 1
        return self.size - 1

    def results(self, group: Group, order: Addresses) -> Addresses:
        """Return new addresses for the results of a group in this order."""
        self.origins.append(self.size)
        found = self.new(len(order))
        self.address[np.array(group.places)[order]] = found
        return found

    def claim(self, places: Sequence[int]) -> int:
        """Return the first of new addresses for results, which are in their order."""
        base = self.size
        self.origins.append(base)
        for i, place in enumerate(places):
            self.at[place] = base + i
        self.size += len(places)
        return base

    def operand(self, ids: Addresses) -> Constant | Addresses:
        """Return the addresses of numbers, or the constant that they all are."""
        if (ids < 0).all():
            if (ids == ids[0]).all():
                return Constant(self.numbers[-1 - int(ids[0])])
            if not is_regular(self.address[ids]):
                return self.constant([self.numbers[-1 - i] for i in ids.tolist()])
        found: Addresses = self.address[ids]
        return found

    # --- nests ---

    def nest(
        self, mode: Mode, target: Addresses, expression: Expression, operands: Sequence[Any] = (), stops: bool = False
    ) -> None:
        """Add a nest for target addresses and those of operands, which are named s0, s1, ... in the expression.

        Args:
            mode: how a result is stored.
            target: one address for each round, or one for each row of the operands.
            expression: what is computed.
            operands: addresses as columns or, for loops of two, as matrices whose rows belong to the target's.
            stops: whether no derivative goes through it.
        """
        every = (target, *operands)
        width = max([x.shape[1] for x in every if x.ndim == 2], default=0)
        wide = [x for x in every if x.ndim == 2]
        is_whole = mode != "+=" or all(is_regular(x.ravel()) for x in wide)
        for start, end in [(0, width)] if is_whole else segments(wide, MOST_SEGMENTS):
            flat: list[Addresses] = []
            for x in every:
                if x.ndim == 2:
                    flat.append(x[:, start:end].ravel())
                else:
                    flat.append(np.repeat(x, end - start) if wide else x)
            self._flat(mode, flat[0], expression, flat[1:], stops)

    def _flat(
        self, mode: Mode, target: Addresses, expression: Expression, operands: Sequence[Any], stops: bool
    ) -> None:
        n = len(target)
        if n > 1:
            dims, (to, *streams) = matched([target, *operands])
            is_regular = all(x.table is None for x in (to, *streams))
            is_whole = mode in ("max=", "min=") and not stops  # in reverse, the operands share the derivative
            parts = [(0, n)] if is_regular or is_whole else segments([x[None] for x in (target, *operands)], MOST_RUNS)
            if len(parts) > 1 and n > SMALL:
                for start, end in parts:
                    self._flat(mode, target[start:end], expression, [x[start:end] for x in operands], stops)
                return
            if n > SMALL or is_regular or is_whole:
                self.items.append(Nest(dims, to, mode, expression, tuple(streams), stops))
                return
        for i in range(n):
            streams = [Stream(int(x[i])) for x in operands]
            self.items.append(Nest((), Stream(int(target[i])), mode, expression, tuple(streams), stops))
