"""Derivatives that are written rather than added to zeros.

The chain rule adds every term to a derivative that starts at 0.0. Most derivatives have one term, or a first one that
comes before all others: it can be assigned, and its place need not be filled with zeros.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Sequence
from itertools import chain
from typing import TYPE_CHECKING

import numpy as np

from ...expressions import Constant
from .addresses import are_distinct, touched
from .nest import Nest, NestProgram, Stream

if TYPE_CHECKING:
    from numpy import int64
    from numpy.typing import NDArray

    Places = list[int] | NDArray[int64]

__all__ = ["with_first_writes"]

MOST_TERMS = 16  # of a derivative whose first term is assigned; in a loop, the round that does it would be apart
LEAST_GAP = 64  # zeros at addresses that are closer are one range
MOST_RANGES = 8
FEW = 8  # rounds, for which lists are faster than arrays


def with_first_writes(program: NestProgram) -> NestProgram:
    """Return a program with the same meaning, up to the sign of zeros, that fills less with zeros.

    Args:
        program: one whose backward part has no loops.
    """
    begin, end = program.zeros
    nests = [item for item in program.backward if isinstance(item, Nest)]
    targets = [_places(nest.target, nest.dims) for nest in nests]
    marks = _Marks(program.size, targets)
    backward: list[Nest] = []
    for nest, places in zip(nests, targets, strict=True):
        for stream in nest.streams:
            marks.use(_places(stream, nest.dims))
        if nest.mode == "+=" and marks.are_first(places) and are_distinct(nest.target, nest.dims):
            nest = Nest(nest.dims, nest.target, "=", nest.expression, nest.streams)
        elif nest.mode != "=":
            marks.use(places)
        marks.write(places)
        backward.append(nest)
    marks.use([slope for slope in program.slopes if isinstance(slope, int)])
    ranges = _ranges(np.flatnonzero(np.frombuffer(marks.needed, bool)[begin:end]) + begin)
    if not ranges:
        return program._replace(backward=tuple(backward), zeros=(begin, begin))
    zeros = max(ranges, key=lambda found: found[1] - found[0])
    zero = Constant(0.0)
    fill = [Nest((last - first,), Stream(first, (1,)), "=", zero) for first, last in ranges if (first, last) != zeros]
    return program._replace(backward=(*fill, *backward), zeros=zeros)


def _places(stream: Stream, dims: tuple[int, ...]) -> Places:
    """Return the addresses in a stream: one for each round as a list if they are few, else each one once."""
    if math.prod(dims) > FEW:
        return touched(stream, dims)
    found = [stream.base]
    for n, stride in zip(dims, stream.strides, strict=True):
        found = [base + i * stride for base in found for i in range(n)]
    return found if stream.table is None else [int(stream.table[at]) for at in found]


class _Marks:
    """The text and the names so far.

    Args:
        size: the length of the buffer.
        targets: what each nest writes.

    Attributes:
        needed: where numbers were used before anything was written, so that they must be 0.0.
    """

    def __init__(self, size: int, targets: Sequence[Places]) -> None:
        self.needed, self._written = bytearray(size), bytearray(size)
        self._all_needed, self._all_written = np.frombuffer(self.needed, bool), np.frombuffer(self._written, bool)
        self._terms = np.zeros(size, np.int64)
        few = Counter(chain.from_iterable([places for places in targets if isinstance(places, list)]))
        self._terms[list(few)] = list(few.values())
        for places in targets:
            if not isinstance(places, list):
                self._terms[places] += 1
        self._many = frozenset(np.flatnonzero(self._terms > MOST_TERMS).tolist())

    def use(self, places: Places) -> None:
        if isinstance(places, list):
            for place in places:
                if not self._written[place]:
                    self.needed[place] = 1
        else:
            self._all_needed[places] |= ~self._all_written[places]

    def write(self, places: Places) -> None:
        if isinstance(places, list):
            for place in places:
                self._written[place] = 1
        else:
            self._all_written[places] = True

    def are_first(self, places: Places) -> bool:
        """Whether terms for these are the first of a few."""
        if isinstance(places, list):
            return not any([self._written[place] or self.needed[place] or place in self._many for place in places])
        used = self._all_written[places] | self._all_needed[places] | (self._terms[places] > MOST_TERMS)
        return not used.any()


def _ranges(places: NDArray[int64]) -> list[tuple[int, int]]:
    """Return a few ranges that contain all places."""
    if not len(places):
        return []
    gaps = np.flatnonzero(np.diff(places) > LEAST_GAP)
    breaks = [(int(places[gap]) + 1, int(places[gap + 1])) for gap in gaps]
    if len(breaks) >= MOST_RANGES:
        breaks = sorted(sorted(breaks, key=lambda gap: gap[0] - gap[1])[: MOST_RANGES - 1])
    edges = [int(places[0]), *[edge for gap in breaks for edge in gap], int(places[-1]) + 1]
    return list(zip(edges[::2], edges[1::2]))
