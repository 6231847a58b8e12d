"""Nests with the same rounds become one loop, so that what one computes is a variable for the next and not memory.

A nest joins an earlier one if each round of it needs of that one nothing but the same round, and nothing in between
hinders it. A nest of a few rounds becomes single assignments.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from functools import lru_cache
from itertools import product
from math import gcd, prod
from typing import TYPE_CHECKING, NamedTuple

from ..nests.addresses import addresses
from ..nests.nest import Item, Loop, Nest, Stream
from .formulas import for_vectors
from .places import Place, Space, space

if TYPE_CHECKING:
    from numpy import int64
    from numpy.typing import NDArray

__all__ = ["Block", "Rounds", "blocks", "locations", "may_meet", "same"]

FEW = 4  # rounds that are written one by one
MOST_TOGETHER = 40  # nests in a loop
MOST_STRAIGHT = 400  # assignments in a row
LOOK_BACK = 12  # blocks


class Block(NamedTuple):
    """Nests that are done together, in each round of the same loops in this order."""

    spaces: tuple[Space, ...]
    times: int  # how often the Loop around it runs

    @property
    def dims(self) -> tuple[int, ...]:
        return self.spaces[0].dims


class Rounds(NamedTuple):
    """A Loop of blocks."""

    times: int
    blocks: tuple[Block, ...]


def blocks(items: Iterable[Item]) -> list[Block | Rounds]:
    """Return nests and Loops as blocks, with the same meaning in this order."""
    found: list[Block | Rounds] = []
    run: list[Nest] = []
    for item in items:
        if isinstance(item, Loop):
            found += _joined(run, 1)
            run = []
            found.append(Rounds(item.times, tuple(_joined(item.body, item.times))))
        else:
            run.append(item)
    return [*found, *_joined(run, 1)]


def _joined(nests: Iterable[Nest], times: int) -> list[Block]:
    found: list[list[Space]] = [[]]  # the first one is for assignments, over which loops can join
    for nest in nests:
        for one in _one_by_one(nest):
            _add(space(one, times), found, times)
    return [Block(tuple(spaces), times) for spaces in found if spaces]


def _one_by_one(nest: Nest) -> Iterator[Nest]:
    """Yield the rounds of a nest with few of them as nests without dimensions."""
    if not nest.dims or prod(nest.dims) > FEW:
        yield nest
        return
    for indices in product(*map(range, nest.dims)):
        target, *streams = (_at(s, indices) for s in (nest.target, *nest.streams))
        yield nest._replace(dims=(), target=target, streams=tuple(streams))


def _at(stream: Stream, indices: Sequence[int]) -> Stream:
    found = stream.base + sum(i * stride for i, stride in zip(indices, stream.strides, strict=True))
    return Stream(found if stream.table is None else int(stream.table[found]), (), None, stream.step)


def _add(new: Space, found: list[list[Space]], times: int) -> None:
    """Add a nest to the last block that it can join, or as a block."""
    for spaces in found[: -LOOK_BACK - 1 : -1]:
        joined = _join(spaces, new, times)
        if joined is not None:
            spaces[:] = joined
            return
        if len(spaces) > MOST_TOGETHER or any(_depend(old, new, times) for old in spaces):
            break
    found.append([new])


def _join(spaces: list[Space], new: Space, times: int) -> list[Space] | None:
    """Return the nests of a block with a new one at the end, None if it does not fit there."""
    if not new.dims and not (spaces and spaces[0].dims):
        return [*spaces, new] if len(spaces) < MOST_STRAIGHT else None
    if not (new.dims and spaces and spaces[0].dims) or len(spaces) >= MOST_TOGETHER:
        return None
    if not all(map(_can_join, (*spaces, new))):
        return None
    old = spaces
    if new.dims != old[0].dims:
        if len(new.dims) == 1 and prod(old[0].dims) == new.dims[0]:
            new = _split(new, old[0].dims)
        elif len(old[0].dims) == 1 and old[0].dims[0] == prod(new.dims):
            old = [_split(each, new.dims) for each in old]
        else:
            return None
    return None if any(_hinders(each, new, times) for each in old) else [*old, new]


def _hinders(old: Space, new: Space, times: int) -> bool:
    """Whether some round of two nests needs more than the same round of the other one."""
    if old.is_sum and new.is_sum and same(old.target, new.target):
        pairs = [(old.target, place) for place in new.places] + [(place, new.target) for place in old.places]
    else:
        pairs = list(_meetings(old, new))
    sums = [each.target for each in (old, new) if each.is_sum]  # which are complete after all rounds
    return any(
        may_meet(p, old.dims, q, new.dims, times)
        for p, q in pairs
        if not same(p, q) or any(p is total or q is total for total in sums)
    )


def _can_join(each: Space) -> bool:
    is_one = each.mode in ("=", "+=") and each.is_injective
    return each.is_free and (each.is_sum or is_one) and for_vectors(each.expression)[1] is not None


def _split(each: Space, dims: tuple[int, ...]) -> Space:
    """Return a nest of one dimension as one of several."""
    factors = [prod(dims[d + 1 :]) for d in range(len(dims))]

    def new(place: Place) -> Place:
        steps = place.steps and tuple([place.steps[0] * f for f in factors])
        return place._replace(strides=tuple([place.strides[0] * f for f in factors]), steps=steps)

    return each._replace(dims=dims, target=new(each.target), places=tuple(map(new, each.places)))


# --- who needs whom ---


def same(p: Place, q: Place) -> bool:
    """Whether two places are one in each round."""
    return p[:3] == q[:3] and p.table is q.table is None


def _meetings(old: Space, new: Space) -> Iterator[tuple[Place, Place]]:
    """Yield pairs of places of which one is written, by an old nest or a new one."""
    yield from ((old.target, place) for place in (new.target, *new.places))
    yield from ((place, new.target) for place in old.places)


def _depend(old: Space, new: Space, times: int) -> bool:
    """Whether the order of two nests may matter."""
    return any(may_meet(p, old.dims, q, new.dims, times) for p, q in _meetings(old, new))


def may_meet(p: Place, dims: tuple[int, ...], q: Place, others: tuple[int, ...], times: int) -> bool:
    """Whether some address of one place may be one of another in the same round of a Loop."""
    (low, high), (lowest, highest) = _span(p, dims), _span(q, others)
    move = (p.move - q.move) * (times - 1)
    if (high < lowest and high + move < lowest) or (low > highest and low + move > highest):
        return False
    if p.table is not None or q.table is not None:
        return True
    grid = gcd(*p.strides, *q.strides, p.move - q.move)
    return (p.base - q.base) % grid == 0 if grid else p.base == q.base


def _span(place: Place, dims: tuple[int, ...]) -> tuple[int, int]:
    low, high = _reach(place.strides, dims)
    if place.table is None:
        return place.base + low, place.base + high
    return place.base + low + int(place.table.min()), place.base + high + int(place.table.max())


@lru_cache(maxsize=10_000)
def _reach(strides: tuple[int, ...], dims: tuple[int, ...]) -> tuple[int, int]:
    ends = [(n - 1) * stride for n, stride in zip(dims, strides, strict=True)]
    return sum([min(end, 0) for end in ends]), sum([max(end, 0) for end in ends])


def locations(place: Place, dims: tuple[int, ...], times: int) -> NDArray[int64]:
    """Return all addresses of a place, each at least once."""
    moves = Stream(place.base, (*place.strides, place.move))
    lengths = [n if place.varies(d) else 1 for d, n in enumerate(dims)]
    found = addresses(moves, (*lengths, times if place.move else 1))
    if place.table is not None:
        rows = addresses(Stream(place.position, place.steps, place.table), tuple(lengths))
        found = found + rows[..., None]
    return found.ravel()
