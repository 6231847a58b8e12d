"""A run of nests that repeats, with addresses that move by constant steps, becomes a loop.

    nest of v[0], v[5]    nest of v[1], v[5]    nest of v[2], v[5]  ...    ->    Loop(times, (nest of v[0 + t], v[5],))

Nests are of one kind if they differ in addresses only. A run of period p repeats where nest n, n + p and n + 2p are of
one kind and their addresses have equal differences; that is asked of all n at once, for every p that may be a period.
"""

from __future__ import annotations

from bisect import bisect, insort
from collections.abc import Sequence
from heapq import heapify, heappop, heappush
from operator import attrgetter
from typing import TYPE_CHECKING, Any, NamedTuple

from .addresses import addresses
from .nest import Item, Loop, Nest, Stream

if TYPE_CHECKING:
    from numpy import int64
    from numpy.typing import NDArray

__all__ = ["rerolled"]

LEAST_TIMES, LEAST_SAVED = 3, 8  # how often a loop runs, and how many nests it saves
SHORT = 64  # all periods up to this length are tried
GRAM, MOST_LAGS, MOST_PERIODS = 8, 16, 200  # longer ones: the most frequent distances of 8 nests to the same 8 kinds


def rerolled(items: Sequence[Item]) -> tuple[Item, ...]:
    """Return items with the same meaning, to the last bit, in which repeating runs of nests are loops."""
    if len(items) < LEAST_TIMES:
        return tuple(items)
    sequence = _Sequence(items)
    found: list[Item] = []
    at = 0
    for run in sequence.chosen():
        found += items[at : run.start]
        found.append(Loop(run.times, sequence.body(run)))
        at = run.end
    return (*found, *items[at:])


class _Run(NamedTuple):
    """Items that are `times` times `period` items."""

    start: int
    period: int
    times: int

    @property
    def end(self) -> int:
        return self.start + self.period * self.times


class _Sequence:
    """Items as arrays.

    Attributes:
        kinds: a number for each item; equal ones are of items that differ in addresses only.
        addresses: those of all nests, one after another: of the target, then of the streams.
        starts: where those of each item begin, and the end.
        sums: a number for each item, linear in its addresses modulo 2**64: what differs there differs in addresses.
    """

    def __init__(self, items: Sequence[Item]) -> None:
        import numpy

        self.items = items
        known: dict[Any, int] = {}
        tables: dict[Any, tuple[int, bytes]] = {}
        kinds, addresses, starts = list[int](), list[int](), [0]
        for i, item in enumerate(items):
            kind: Any = i
            if isinstance(item, Nest):
                streams = [_described(s, item.dims, tables) for s in (item.target, *item.streams)]
                addresses += [address for address, _ in streams]
                kind = item.dims, item.mode, item.expression, item.stops, *[shape for _, shape in streams]
            starts.append(len(addresses))
            kinds.append(known.setdefault(kind, len(known)))
        self.kinds = numpy.array(kinds, numpy.int64)
        self.addresses = numpy.array(addresses, numpy.int64)
        self.starts = numpy.array(starts, numpy.int64)
        position = numpy.arange(len(addresses)) - numpy.repeat(self.starts[:-1], numpy.diff(self.starts))
        running = numpy.concatenate(([0], numpy.cumsum(self.addresses * _scattered(position))))
        self.sums = running[self.starts[1:]] - running[self.starts[:-1]]

    def chosen(self) -> list[_Run]:
        """Return the loops in order; where they overlap, those that save most come first."""
        queue = [(-_saved(*region), *region) for p in self._periods() for region in self._regions(p)]
        heapify(queue)
        found: list[_Run] = []
        while queue:
            _, start, end, period = heappop(queue)
            for a, b in _free(start, end, found):
                run = _Run(a, period, (b - a) // period)
                if (a, b) != (start, end):
                    if saved := _saved(a, b, period):
                        heappush(queue, (-saved, a, b, period))
                elif self._repeats(run):
                    insort(found, run)
        return found

    def body(self, run: _Run) -> tuple[Nest, ...]:
        """Return the nests of a loop, with the steps of their streams."""
        found = []
        for n in range(run.start, run.start + run.period):
            nest = self.items[n]
            assert isinstance(nest, Nest)
            steps = self._of(n + run.period, 1) - self._of(n, 1)
            target, *streams = [
                s._replace(step=int(step)) for s, step in zip((nest.target, *nest.streams), steps, strict=True)
            ]
            found.append(nest._replace(target=target, streams=tuple(streams)))
        return tuple(found)

    def _periods(self) -> set[int]:
        import numpy

        n = len(self.items)
        found = set(range(1, min(SHORT, n // LEAST_TIMES) + 1))
        if n <= SHORT * LEAST_TIMES:
            return found
        grams: Any = sum(numpy.roll(self.kinds, -k) * factor for k, factor in enumerate(_scattered(numpy.arange(GRAM))))
        order = numpy.argsort(grams, kind="stable")
        grams = grams[order]
        gaps = [(order[k:] - order[:-k])[grams[k:] == grams[:-k]] for k in range(1, MOST_LAGS + 1)]
        periods, counts = numpy.unique(numpy.concatenate(gaps), return_counts=True)
        usable = (periods > SHORT) & (periods <= n // LEAST_TIMES)
        periods, counts = periods[usable], counts[usable]
        best = numpy.argsort(-counts * periods, kind="stable")[:MOST_PERIODS]
        return found | {int(p) for p in periods[best]}

    def _regions(self, p: int) -> list[tuple[int, int, int]]:
        """Return where nests repeat with period p: start, end, p."""
        import numpy

        same = self.kinds[p:] == self.kinds[:-p]
        moves = self.sums[p:] - self.sums[:-p]
        goes_on = same[p:] & same[:-p] & (moves[p:] == moves[:-p])
        edges = numpy.flatnonzero(numpy.diff(goes_on, prepend=False, append=False))
        regions = [(a, b + 2 * p, p) for a, b in edges.reshape(-1, 2).tolist() if b - a >= p]
        return [region for region in regions if _saved(*region)]

    def _of(self, start: int, count: int) -> NDArray[int64]:
        """Return the addresses of items."""
        return self.addresses[self.starts[start] : self.starts[start + count]]

    def _repeats(self, run: _Run) -> bool:
        """Return whether the addresses of a run, and not only their sums, move by constant steps."""
        import numpy

        rounds = self._of(run.start, run.end - run.start).reshape(run.times, -1)
        return not numpy.diff(rounds, n=2, axis=0).any()


def _described(stream: Stream, dims: tuple[int, ...], tables: dict[Any, tuple[int, bytes]]) -> tuple[int, Any]:
    """Return the first address of a stream, and the others relative to it."""
    if stream.table is None:
        return stream.base, stream.strides
    key = id(stream.table), stream.base, stream.strides, dims
    if key not in tables:
        found = addresses(stream, dims).ravel()
        first = int(found[0]) if len(found) else 0
        tables[key] = first, (found - first).tobytes()
    return tables[key]


def _scattered(positions: NDArray[int64]) -> NDArray[int64]:
    """Return a factor for each position, unlike those of all others."""
    import numpy

    x = (positions + 1) * numpy.int64(0x1E3779B97F4A7C15)
    return (x ^ (x >> 29)) * numpy.int64(0x3F58476D1CE4E5B9) | 1


def _saved(start: int, end: int, period: int) -> int:
    """Return how many nests a loop saves; 0 if it does not pay."""
    times = (end - start) // period
    saved = (times - 1) * period
    return saved if times >= LEAST_TIMES and saved >= LEAST_SAVED else 0


def _free(start: int, end: int, taken: list[_Run]) -> list[tuple[int, int]]:
    """Return the parts of a range that belong to no run; `taken` is in order."""
    found = []
    i = max(0, bisect(taken, start, key=attrgetter("start")) - 1)
    while i < len(taken) and taken[i].start < end:
        if taken[i].end > start:
            found.append((start, taken[i].start))
            start = taken[i].end
        i += 1
    return [(a, b) for a, b in (*found, (start, end)) if a < b]
