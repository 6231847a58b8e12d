"""Which addresses nests read and write, and whether the order in which they do that matters."""

from __future__ import annotations

from collections.abc import Iterator
from math import prod
from typing import TYPE_CHECKING

from .nest import Nest, Stream

if TYPE_CHECKING:
    from numpy import int64
    from numpy.typing import NDArray

__all__ = ["addresses", "are_distinct", "overlaps", "reads_come_first", "simplified", "span", "touched"]

MOST = 5_000_000  # addresses to compare


def addresses(stream: Stream, dims: tuple[int, ...]) -> NDArray[int64]:
    """Return the addresses of a stream as an array with these dimensions."""
    import numpy

    found = numpy.array(stream.base, numpy.int64)
    for length, stride in zip(dims, stream.strides, strict=True):
        found = found[..., None] + stride * numpy.arange(length)
    return found if stream.table is None else numpy.asarray(stream.table, numpy.int64)[found]


def touched(stream: Stream, dims: tuple[int, ...]) -> NDArray[int64]:
    """Return the addresses of a stream in a row, without repeating them for loops in which they stay the same."""
    moves = [(n, stride) for n, stride in zip(dims, stream.strides, strict=True) if stride]
    strides = tuple([stride for _, stride in moves])
    return addresses(stream._replace(strides=strides), tuple([n for n, _ in moves])).ravel()


def span(stream: Stream, dims: tuple[int, ...]) -> tuple[int, int]:
    """Return the lowest and the highest address of a stream; `dims` are not 0."""
    if stream.table is not None:
        found = addresses(stream, dims)
        return int(found.min()), int(found.max())
    ways = [stride * (length - 1) for length, stride in zip(dims, stream.strides, strict=True)]
    return stream.base + sum(min(way, 0) for way in ways), stream.base + sum(max(way, 0) for way in ways)


def are_distinct(stream: Stream, dims: tuple[int, ...]) -> bool:
    """Return whether each round has another address."""
    import numpy

    if stream.table is None:
        if any(n > 1 and not stride for n, stride in zip(dims, stream.strides, strict=True)):
            return False
        reach = 0
        for stride, length in sorted((abs(s), n) for s, n in zip(stream.strides, dims, strict=True) if n > 1):
            if stride <= reach:
                break
            reach += stride * (length - 1)
        else:
            return True
    found = addresses(stream, dims)
    return len(numpy.unique(found)) == found.size


def simplified(nest: Nest) -> Nest:
    """Return a nest that does the same in the same order, in fewer dimensions if possible."""
    streams = (nest.target, *nest.streams)
    dims: list[int] = []
    strides: list[tuple[int, ...]] = []  # of all streams, by dimension
    for length, steps in zip(nest.dims, zip(*[s.strides for s in streams], strict=True), strict=True):
        if length == 1:
            continue
        if dims and all(outer == inner * length for outer, inner in zip(strides[-1], steps, strict=True)):
            dims[-1], strides[-1] = dims[-1] * length, steps
        else:
            dims.append(length)
            strides.append(steps)
    target, *others = [s._replace(strides=tuple([steps[k] for steps in strides])) for k, s in enumerate(streams)]
    return nest._replace(dims=tuple(dims), target=target, streams=tuple(others))


def overlaps(nest: Nest, stream: Stream, times: int) -> bool:
    """Return whether a nest, in a loop that runs `times` times, may write where a stream reads at the same time."""
    return next(_meetings(nest, stream, times), None) is not None


def _meetings(nest: Nest, stream: Stream, times: int) -> Iterator[int]:
    """Yield by how much the addresses of a stream have moved, with those of the target, where the ranges overlap."""
    (low, high), (lowest, highest) = span(stream, nest.dims), span(nest.target, nest.dims)
    step = stream.step - nest.target.step
    for t in range(times if step else min(times, 1)):
        if low + step * t <= highest and lowest <= high + step * t:
            yield step * t


def reads_come_first(nest: Nest, times: int = 1) -> bool:
    """Return whether each address is read before it is written, so that all may be read before any is written.

    Args:
        nest: a nest whose dimensions are not 0.
        times: how often the loop around it runs.
    """
    import numpy

    target = nest.target
    budget = MOST
    for stream in nest.streams:
        same = stream[:2] == target[:2] and stream.table is target.table and stream.step == target.step
        if same and are_distinct(target, nest.dims):
            continue
        for move in _meetings(nest, stream, times):
            budget -= prod(nest.dims)
            if budget < 0:
                return False
            written, first = numpy.unique(addresses(target, nest.dims), return_index=True)
            read, last = numpy.unique((addresses(stream, nest.dims) + move).ravel()[::-1], return_index=True)
            _, i, j = numpy.intersect1d(written, read, assume_unique=True, return_indices=True)
            if (prod(nest.dims) - 1 - last[j] > first[i]).any():
                return False
    return True
