"""Where a nest reads and writes, in as few and as regular dimensions as possible, and whether the order matters.

>>> from autograd.compilation.nests.nest import Nest, Stream
>>> from autograd.expressions import Symbol
>>> nest = Nest((10, 3), Stream(30, (3, 1)), "=", Symbol("s0"), (Stream(0, (3, 1)),))
>>> space(nest).dims
(30,)
"""

from __future__ import annotations

from collections.abc import Sequence
from math import gcd, prod
from typing import TYPE_CHECKING, NamedTuple

from ...expressions import Expression
from ..nests.addresses import addresses, are_distinct, span
from ..nests.nest import Nest, Stream

if TYPE_CHECKING:
    from numpy import int64
    from numpy.typing import NDArray

__all__ = ["Place", "Space", "space"]

LEAST_RUN = 8  # of regular addresses in a table
MOST_ADDRESSES = 1_000_000  # in a table that is looked at


class Place(NamedTuple):
    """Addresses in the buffer: base + strides . (i, j, ...), and table[position + steps . (i, j, ...)] if there is one.

    Args:
        base: the first address, without that in the table.
        strides: how far a step in each dimension goes.
        move: what each round of the `Loop` around it adds.
        table: the irregular part of the addresses.
        position: where in the table the first one is.
        steps: how far a step in each dimension goes in the table.
    """

    base: int
    strides: tuple[int, ...] = ()
    move: int = 0
    table: NDArray[int64] | None = None
    position: int = 0
    steps: tuple[int, ...] = ()

    def varies(self, d: int) -> bool:
        """Whether the address depends on dimension d."""
        return bool(self.strides[d]) or self.is_irregular(d)

    def is_irregular(self, d: int) -> bool:
        """Whether it depends on dimension d by the table."""
        return self.table is not None and bool(self.steps[d])


class Space(NamedTuple):
    """A nest by its places.

    Args:
        dims: how often each loop runs.
        target: where the results go.
        mode: how, as in a `Nest`.
        expression: what is computed.
        places: what the symbols s0, s1, ... refer to.
        is_free: whether the rounds may run in any order.
        is_injective: whether each round has another target.
        is_assigned: whether the sum of all that is added to a target is assigned, as that is 0.0 before.
    """

    dims: tuple[int, ...]
    target: Place
    mode: str
    expression: Expression
    places: tuple[Place, ...]
    is_free: bool
    is_injective: bool
    is_assigned: bool = False

    @property
    def is_sum(self) -> bool:
        """Whether all rounds are added up."""
        return self.mode == "+=" and bool(self.dims) and not any(map(self.target.varies, range(len(self.dims))))

    def reordered(self, order: Sequence[int]) -> Space:
        """Return the same with the dimensions in another order."""

        def new(place: Place) -> Place:
            steps = place.steps and tuple([place.steps[d] for d in order])
            return place._replace(strides=tuple([place.strides[d] for d in order]), steps=steps)

        dims = tuple([self.dims[d] for d in order])
        return self._replace(dims=dims, target=new(self.target), places=tuple(map(new, self.places)))


def space(nest: Nest, times: int = 1) -> Space:
    """Return a nest by its places, within a Loop that runs `times` times."""
    target = nest.target
    is_injective = are_distinct(target, nest.dims)
    is_free = is_injective or nest.mode != "="
    for stream in nest.streams:
        alike = stream[:2] == target[:2] and stream.table is target.table and stream.step == target.step
        if not (alike and is_injective) and _may_meet(stream, target, nest.dims, times):
            is_free = False
    dims, places = _places((target, *nest.streams), nest.dims)
    found = Space(dims, places[0], nest.mode, nest.expression, tuple(places[1:]), is_free, is_injective)
    return _merged(found)


def _may_meet(stream: Stream, target: Stream, dims: tuple[int, ...], times: int) -> bool:
    """Return whether a round may write what another round of the same nest reads, as far as ranges and steps tell."""
    (low, high), (lowest, highest) = span(stream, dims), span(target, dims)
    move = (stream.step - target.step) * (times - 1)
    if (high < lowest and high + move < lowest) or (low > highest and low + move > highest):
        return False
    if stream.table is not None or target.table is not None:
        return True
    steps = [s * (n > 1) for strides in (stream.strides, target.strides) for s, n in zip(strides, dims, strict=True)]
    grid = gcd(*steps, stream.step - target.step)
    return not grid or (stream.base - target.base) % grid == 0


# --- tables ---


def _places(streams: Sequence[Stream], dims: tuple[int, ...]) -> tuple[tuple[int, ...], list[Place]]:
    """Return streams as places; dimensions are split if the addresses in tables are regular in runs."""
    tables = [addresses(s, dims) for s in streams if s.table is not None and prod(dims) <= MOST_ADDRESSES]
    split = [_run(tables, d, n) for d, n in enumerate(dims)]
    new = tuple([part for n, run in zip(dims, split, strict=True) for part in ((n // run, run) if run else (n,))])
    found = []
    for stream in streams:
        strides = tuple(
            [part for s, run in zip(stream.strides, split, strict=True) for part in ((s * run, s) if run else (s,))]
        )
        if stream.table is None:
            found.append(Place(stream.base, strides, stream.step))
        elif prod(dims) > MOST_ADDRESSES:
            found.append(Place(0, (0,) * len(new), stream.step, stream.table, stream.base, strides))
        else:
            found.append(_place(addresses(stream, dims).reshape(new), stream.step))
    return new, found


def _run(tables: Sequence[NDArray[int64]], d: int, n: int) -> int:
    """Return the length of the runs of regular addresses in which a dimension can be split, 0 if it should not be."""
    from numpy import diff, flatnonzero, moveaxis, unique

    lengths = []
    for table in tables if n >= 2 * LEAST_RUN else ():
        steps = diff(moveaxis(table, d, 0).reshape(n, -1), axis=0)
        found, counts = unique(steps, return_counts=True)
        irregular = flatnonzero((steps != found[counts.argmax()]).any(axis=1)) + 1
        length = gcd(n, *irregular.tolist())
        if length >= LEAST_RUN:
            lengths.append(length)
    length = gcd(*lengths)
    return length if LEAST_RUN <= length < n else 0


def _place(found: NDArray[int64], move: int) -> Place:
    """Return addresses as a place with the smallest possible table."""
    from numpy import diff

    strides = []
    shape = list(found.shape)
    rest = found
    for d, n in enumerate(found.shape):
        steps = diff(found, axis=d)
        is_regular = n == 1 or bool((steps == steps.flat[0]).all())
        strides.append(int(steps.flat[0]) if is_regular and n > 1 else 0)
        if is_regular:
            rest, shape[d] = rest.take([0], axis=d), 1
    if rest.size == 1:
        return Place(int(rest.flat[0]), tuple(strides), move)
    steps_in_table = tuple([prod(shape[d + 1 :]) if n > 1 else 0 for d, n in enumerate(shape)])
    return Place(0, tuple(strides), move, rest.ravel(), 0, steps_in_table)


# --- fewer dimensions ---


def _merged(found: Space) -> Space:
    """Return the same with dimensions in the order of memory, if the order is free, and as few as possible."""
    places = (found.target, *found.places)
    order = [d for d, n in enumerate(found.dims) if n != 1]
    if found.is_free:
        order.sort(key=lambda d: [-abs(p.strides[d]) - abs(p.steps[d] if p.steps else 0) for p in places])
    found = found.reordered(order)
    d = 1
    while d < len(found.dims):
        n = found.dims[d]
        if all(_follow(place, d, n) for place in (found.target, *found.places)):
            kept = [e for e in range(len(found.dims)) if e != d - 1]
            dims = (*found.dims[: d - 1], found.dims[d - 1] * n, *found.dims[d + 1 :])
            found = found.reordered(kept)._replace(dims=dims)
        else:
            d += 1
    return found


def _follow(place: Place, d: int, n: int) -> bool:
    """Whether dimension d is followed by the next round of the one before as if it went on."""
    return all(not steps or steps[d - 1] == steps[d] * n for steps in (place.strides, place.steps))
