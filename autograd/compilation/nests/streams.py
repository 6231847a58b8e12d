"""Regular addresses found among many: lists of addresses as nested loops with constant steps.

>>> dims, found = matched([np.array([9, 9, 9, 10, 10, 10]), np.arange(6), np.array([6, 7, 8, 6, 7, 8])])
>>> dims, [(stream.base, stream.strides) for stream in found]
((2, 3), [(9, (1, 0)), (0, (3, 1)), (6, (0, 1))])
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from itertools import pairwise
from typing import TYPE_CHECKING

import numpy as np

from .addresses import addresses
from .nest import Stream

if TYPE_CHECKING:
    from numpy import int64
    from numpy.typing import NDArray

    Addresses = NDArray[int64]

__all__ = ["is_regular", "matched", "matrix", "once", "segments", "shifted"]


def _run(v: Addresses) -> int:
    """Return the number of addresses before the first step that differs from the one before."""
    if len(v) < 3:
        return len(v)
    breaks = v[2:] - v[1:-1] != v[1] - v[0]
    first = int(breaks.argmax())
    return first + 2 if breaks[first] else len(v)


def _in_rows(v: Addresses, length: int) -> tuple[Addresses, int] | None:
    """Return the beginnings of rows of this length, and their step; None if they do not all have the same."""
    rows = v.reshape(-1, length)
    step = int(rows[0, 1] - rows[0, 0])
    return (rows[:, 0], step) if (rows[:, 1:] - rows[:, :-1] == step).all() else None


def is_regular(v: Addresses) -> bool:
    """Whether addresses are those of nested loops."""
    while len(v) > 1:
        length = _run(v)
        rows = None if len(v) % length else _in_rows(v, length)
        if rows is None:
            return False
        v = rows[0]
    return True


def matched(vectors: Sequence[Addresses]) -> tuple[tuple[int, ...], list[Stream]]:
    """Return nested loops whose rounds have these addresses, and a stream for each vector.

    Args:
        vectors: addresses, of the same number.
    """
    n = len(vectors[0])
    rest: list[Addresses | None] = [v if is_regular(v) else None for v in vectors]
    dims: list[int] = []
    strides: list[list[int]] = [[] for _ in vectors]
    while n > 1:
        runs = [_run(v) for v in rest if v is not None]
        length = math.gcd(n, *runs)
        if length == 1:  # they do not fit together: some become tables
            length = max(runs)
        for k, v in enumerate(rest):
            if v is not None:
                rows = _in_rows(v, length)
                rest[k] = None if rows is None else rows[0]
                strides[k].append(0 if rows is None else rows[1])
        dims.append(length)
        n //= length
    dims.reverse()
    return tuple(dims), [
        _table(v, dims) if left is None else Stream(int(v[0]), tuple(steps[::-1]))
        for v, left, steps in zip(vectors, rest, strides, strict=True)
    ]


def _table(v: Addresses, dims: Sequence[int]) -> Stream:
    """Return irregular addresses as a table, without the loops in which they stay the same."""
    found = v.reshape(tuple(dims))
    shape = list(dims)
    for axis in range(len(dims)):
        first = found.take([0], axis)
        if (found == first).all():
            found, shape[axis] = first, 1
    strides = [math.prod(shape[axis + 1 :]) if shape[axis] > 1 else 0 for axis in range(len(dims))]
    return Stream(0, tuple(strides), np.ascontiguousarray(found).ravel())


def matrix(found: Addresses, axes: tuple[int, int], loops: Sequence[int]) -> Stream:
    """Return the addresses of a matrix as a stream in several loops, of which two go along its axes.

    Loops with a single round are left out.
    """
    rows, columns = found.shape
    down = int(found[1, 0] - found[0, 0]) if rows > 1 else 0
    along = int(found[0, 1] - found[0, 0]) if columns > 1 else 0
    regular = found[0, 0] + np.arange(rows)[:, None] * down + np.arange(columns) * along
    is_regular = bool((found == regular).all())
    steps = dict(zip(axes, (down, along) if is_regular else (columns, 1), strict=True))
    strides = tuple([steps.get(k, 0) for k, n in enumerate(loops) if n > 1])
    if is_regular:
        return Stream(int(found[0, 0]), strides)
    return Stream(0, strides, np.ascontiguousarray(found).ravel())


def segments(matrices: Sequence[Addresses], most: int) -> list[tuple[int, int]]:
    """Return the ranges of columns within which all steps are the same; one of all columns if they are too many."""
    columns = matrices[0].shape[1]
    cuts, changes = np.zeros(max(columns - 1, 0), bool), np.zeros(max(columns - 1, 0), bool)
    for found in matrices:
        steps = found[:, 1:] - found[:, :-1]
        cuts |= (steps != steps[:1]).any(axis=0)  # rows take different steps there
        changes[1:] |= steps[0, 1:] != steps[0, :-1]
    breaks = cuts | changes
    edges = [0]
    for j in np.flatnonzero(breaks)[: 2 * most + 2].tolist():
        if cuts[j] or j > edges[-1]:
            is_pair = j == edges[-1] + 1 and not cuts[j]  # two that are before a longer range, to which one belongs
            edges.append(j if is_pair and j + 2 < columns and not breaks[j + 1] else j + 1)
    return [(0, columns)] if len(edges) > most else list(pairwise([*edges, columns]))


def once(stream: Stream, dims: Sequence[int]) -> Addresses:
    """Return the addresses in a stream, each one once for loops in which it stays the same."""
    moving = [(n, stride) for n, stride in zip(dims, stream.strides, strict=True) if stride]
    return addresses(stream._replace(strides=tuple([s for _, s in moving])), tuple([n for n, _ in moving])).ravel()


def shifted(stream: Stream, by: int) -> Stream:
    """Return the stream of addresses that are larger by a number."""
    base, strides, table, _ = stream
    return Stream(base + by, strides) if table is None else Stream(base, strides, table + by)
