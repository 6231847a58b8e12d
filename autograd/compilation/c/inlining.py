"""Numbers that need not be stored: a nest's formula is put in place of its result where that is read.

Between two loops a number goes through memory. If one other nest reads it, or computing it again is cheap, both loops
become one. Nothing is put anywhere else if what it is computed from changes in between.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from math import prod
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from ...expressions import Call, Expression, Symbol, call, substitute
from ..nests.addresses import are_distinct, simplified, span, touched
from ..nests.nest import Item, Loop, Nest, NestProgram, Stream
from .formulas import for_vectors, work

if TYPE_CHECKING:
    from numpy import int64
    from numpy.typing import NDArray

__all__ = ["inlined"]

MOST_NESTS = 1_000  # of a program that is looked at
MOST_REPEATED = 4.0  # additions that are done again
MOST_WORK = 60.0  # of one formula
MOST_STREAMS = 12  # of one nest


class _Reader(NamedTuple):
    """A stream of a nest that reads what another nest writes, and how its rounds follow from those of the reader.

    Args:
        nest: the position of the nest in the program.
        stream: the position of the stream in it.
        start: the round of the other nest that the first round reads.
        steps: how far a step in each dimension goes; None if both have the same rounds.
    """

    nest: int
    stream: int
    start: int
    steps: tuple[int, ...] | None


def inlined(program: NestProgram, kept: Iterable[int] = ()) -> NestProgram:
    """Return a program with the same outputs, derivatives, inputs and results of checks, which stores less.

    Args:
        program: the program; what other addresses hold after it ran is not the same.
        kept: further addresses that hold the same.
    """
    if len(program.forward) + len(program.backward) > MOST_NESTS:
        return program
    return _Inlining(program, kept).program()


class _Inlining:
    def __init__(self, program: NestProgram, kept: Iterable[int]) -> None:
        self._program = program
        self._items: list[Item | None] = [*program.forward, None, *program.backward]  # None: zeros are written
        self._middle = len(program.forward)
        size = program.size
        self._writers, self._is_kept = np.zeros(size, int), np.zeros(size, bool)
        self._is_kept[: program.inputs + program.leaves] = True
        looked_at = [*kept, *program.outputs, *program.slopes, *[x for c in program.checks for x in (c.left, c.right)]]
        self._is_kept[[x for x in looked_at if isinstance(x, int)]] = True
        self._written: list[NDArray[int64]] = [np.arange(*program.zeros)] * len(self._items)  # by each item
        for i, item in enumerate(self._items):
            found = [_moved(nest.target, nest.dims, times) for nest, times in _nests(item)]
            for written in found:
                self._writers[written] += 1
            if item is not None:
                self._written[i] = np.concatenate(found)
            if isinstance(item, Loop):
                for nest in item.body:
                    for stream in nest.streams:
                        self._is_kept[_moved(stream, nest.dims, item.times)] = True
        self._reads = [
            [span(s, item.dims) for s in item.streams] if isinstance(item, Nest) else [] for item in self._items
        ]

    def program(self) -> NestProgram:
        for i, item in enumerate(self._items):
            if isinstance(item, Nest) and item.mode == "=":
                self._try(i, item)
        forward, backward = (
            tuple([item for item in part if item is not None])
            for part in (self._items[: self._middle], self._items[self._middle + 1 :])
        )
        return self._program._replace(forward=forward, backward=backward)

    def _try(self, i: int, nest: Nest) -> None:
        """Put a nest into those that read its results, if that is possible and pays."""
        if nest.target.table is not None or for_vectors(nest.expression)[1] is None:
            return
        target = touched(nest.target, nest.dims)
        if self._is_kept[target].any() or (self._writers[target] > 1).any() or not are_distinct(nest.target, nest.dims):
            return
        flat = simplified(nest)
        readers = []
        for found in self._readers(i, nest, flat, target):
            if found is None:
                return
            readers.append(found)
        cost = work(nest.expression)
        if cost * (len(readers) - 1) > MOST_REPEATED or self._changes(nest, i, max([i, *[r.nest for r in readers]])):
            return
        for reader in readers:
            into = self._items[reader.nest]
            assert isinstance(into, Nest)
            if work(into.expression) + cost > MOST_WORK or len(into.streams) + len(nest.streams) > MOST_STREAMS:
                return
        for reader in sorted(readers, key=lambda reader: (reader.nest, -reader.stream)):
            self._put(nest if reader.steps is None else flat, reader)
        self._items[i], self._reads[i] = None, []

    def _changes(self, nest: Nest, first: int, last: int) -> bool:
        """Whether one of these items writes what a nest reads."""
        operands = [(span(s, nest.dims), touched(s, nest.dims)) for s in nest.streams]
        for written in self._written[first : last + 1]:
            if len(written):
                low, high = int(written.min()), int(written.max())
                for (lowest, highest), read in operands:
                    if low <= highest and lowest <= high and np.isin(read, written).any():
                        return True
        return False

    def _readers(self, i: int, nest: Nest, flat: Nest, target: NDArray[int64]) -> Iterator[_Reader | None]:
        """Yield the streams that read results of a nest; None for one that a formula cannot take the place of."""
        (low, high), rounds = span(nest.target, nest.dims), prod(nest.dims)
        is_free = not isinstance(nest.expression, Call)
        for j, spans in enumerate(self._reads):
            for k, (lowest, highest) in enumerate(spans):
                if highest < low or lowest > high:
                    continue
                other = self._items[j]
                assert isinstance(other, Nest)
                found = _position(other.streams[k], other.dims, nest, flat)
                if found is None:
                    if np.isin(touched(other.streams[k], other.dims), target).any():
                        yield None
                else:
                    is_once = is_free or prod(other.dims) <= rounds
                    yield _Reader(j, k, *found) if j > i and is_once else None

    def _put(self, nest: Nest, reader: _Reader) -> None:
        """Replace a symbol of the reader by the formula of a nest."""
        into = self._items[reader.nest]
        assert isinstance(into, Nest)
        streams = [s for k, s in enumerate(into.streams) if k != reader.stream]
        symbols: dict[Expression, Expression] = {
            Symbol(f"s{k}"): Symbol(f"s{k - (k > reader.stream)}") for k in range(len(into.streams))
        }
        names: dict[Expression, Expression] = {}
        for k, stream in enumerate(nest.streams):
            new = stream if reader.steps is None else _within(stream, reader.start, reader.steps)
            same = [j for j, other in enumerate(streams) if _are_same(other, new)]
            if not same:
                streams.append(new)
            names[Symbol(f"s{k}")] = Symbol(f"s{same[0] if same else len(streams) - 1}")
        symbols[Symbol(f"s{reader.stream}")] = substitute(nest.expression, names)
        expression = _simplified(substitute(into.expression, symbols))
        self._items[reader.nest] = into._replace(expression=expression, streams=tuple(streams))
        self._reads[reader.nest] = [span(s, into.dims) for s in streams]


def _nests(item: Item | None) -> Iterable[tuple[Nest, int]]:
    """Return the nests in an item, with how often they run."""
    if isinstance(item, Loop):
        return [(nest, item.times) for nest in item.body]
    return [(item, 1)] if item is not None else []


def _moved(stream: Stream, dims: tuple[int, ...], times: int) -> NDArray[int64]:
    """Return the addresses of a stream in a loop."""
    found = touched(stream, dims)
    return found if times == 1 or not stream.step else (found + stream.step * np.arange(times)[:, None]).ravel()


def _position(
    stream: Stream, dims: tuple[int, ...], nest: Nest, flat: Nest
) -> tuple[int, tuple[int, ...] | None] | None:
    """Return which round of a nest wrote what the first round reads, and the steps in each dimension, or None."""
    if stream.table is not None:
        return None
    if dims == nest.dims and stream[:2] == nest.target[:2]:
        return 0, None
    if len(flat.dims) > 1:
        return None
    stride, n = (flat.target.strides[0], flat.dims[0]) if flat.dims else (1, 1)
    if (stream.base - flat.target.base) % stride or any(s % stride for s in stream.strides):
        return None
    start, steps = (stream.base - flat.target.base) // stride, tuple([s // stride for s in stream.strides])
    first, last = span(Stream(start, steps), dims)
    return (start, steps) if first >= 0 and last < n else None


def _within(stream: Stream, start: int, steps: tuple[int, ...]) -> Stream:
    """Return a stream of a nest of at most one dimension, for the rounds of another nest."""
    stride = stream.strides[0] if stream.strides else 0
    return stream._replace(base=stream.base + stride * start, strides=tuple([stride * step for step in steps]))


def _are_same(a: Stream, b: Stream) -> bool:
    return a[:2] == b[:2] and a.table is b.table


def _simplified(e: Expression) -> Expression:
    """Return an expression in which constants that came in are calculated with."""
    return call(e.function, *map(_simplified, e.arguments)) if isinstance(e, Call) else e
