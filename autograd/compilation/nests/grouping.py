"""The operations of one way through a function, as loop nests: the user's own loops, found again.

Operations that are alike and do not need one another are a group. Sorted by their operands, their addresses are mostly
those of nested loops. All dot products of the rows of one matrix with those of another are a matrix product.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from ...expressions import Call, Constant, Expression
from ..program import Branch
from ..recording.record import uncollected
from .builder import MOST_RUNS, SMALL, Builder, S
from .columns import COPY, Columns, Group
from .dots import dots
from .few import ARITHMETIC, few, is_small
from .nest import Check, NestProgram, NotNested, Stream
from .reductions import REDUCTIONS
from .streams import is_regular, matched, segments

if TYPE_CHECKING:
    from numpy import int64
    from numpy.typing import NDArray

__all__ = ["NotNested", "group"]

MANY = 50  # groups; what repeats among them may become a loop
MOST_PARTS = 8  # of a group
LONG = 16  # rounds of a loop that is worth to be the innermost one
KINDS: dict[str, Callable[[Builder, Group, NDArray[int64]], None]] = {
    **REDUCTIONS,
    "dot": dots,
    "chain dot": dots,
    "difference dot": dots,
}


@uncollected()
def group(path: Sequence[Branch], inputs: int, leaves: int) -> NestProgram:
    """Return one way through a function as nests, without derivatives.

    Args:
        path: the nodes of the tree from the root to an end.
        inputs: the number of arguments.
        leaves: the number of other Values.

    Raises:
        NotNested: an operation is not in the table.
    """
    columns = Columns(path, inputs, leaves)
    nests = Builder(columns, inputs, leaves)
    groups = columns.groups()
    for each in groups:
        if is_small(each):
            few(nests, each, len(groups) > MANY)
        else:
            ids = np.array(each.rows, np.int64).reshape(len(each.rows), -1)
            for members in _parts(nests, columns, each, ids):
                is_whole = len(members) == len(ids)  # then nothing is copied
                part = each if is_whole else each._replace(places=[each.places[i] for i in members.tolist()])
                KINDS.get(each.kind, _elementwise)(nests, part, ids if is_whole else ids[members])

    def where(x: int) -> int | float:
        return columns.constants[-1 - x] if x < 0 else int(nests.address[x])

    checks = [Check(guard, outcome, where(a), where(b)) for guard, outcome, a, b in columns.checked]
    return NestProgram(
        inputs, leaves, tuple(nests.items), tuple(checks), (), nests.constants, (nests.size, nests.size),
        tuple(map(where, columns.outputs)), (), nests.size,
    )  # fmt: skip


def _parts(nests: Builder, columns: Columns, group: Group, ids: NDArray[int64]) -> Iterator[NDArray[int64]]:
    """Yield the members of a group; apart if they have a few constants that make a rule simpler, such as exponents."""
    if group.kind.endswith("dot"):
        yield np.arange(len(ids))
        return
    of = np.zeros(len(ids), np.int64)
    if group.kind not in KINDS and group.kind not in ARITHMETIC:
        constants = ids[:, (ids < 0).all(axis=0)]
        if constants.size:
            found, parts = np.unique(constants, axis=0, return_inverse=True)
            of = parts.reshape(-1) if len(found) <= MOST_PARTS else of
    for k in range(of.max() + 1):
        yield from _loops(nests, columns, group, ids, np.flatnonzero(of == k))


def _loops(
    nests: Builder, columns: Columns, group: Group, ids: NDArray[int64], members: NDArray[int64]
) -> list[NDArray[int64]]:
    """Return members of a group, apart if all together have no regular addresses.

    It may be that they are of several loops: their operands come from other nests, or they are on other lines.
    """
    ids = ids[members]
    if len(ids) <= SMALL:
        return [members]
    order = _sorted(nests, ids)
    if not _irregular(nests, ids[order]):
        return [members]
    if len(segments([nests.address[column][None] for column in ids[order].T], MOST_RUNS)) > 1:
        return [members]  # a few nests one after another
    _, origins = np.unique(np.searchsorted(nests.origins, nests.address[ids], "right"), axis=0, return_inverse=True)
    known: dict[Any, int] = {}
    lines = [known.setdefault(columns.lines.get(group.places[i]), len(known)) for i in members.tolist()]
    for labels in (origins.reshape(-1), np.array(lines)):
        if 0 < labels.max() < MOST_PARTS:
            return [members[labels == k] for k in range(labels.max() + 1)]
    return [members]


def _irregular(nests: Builder, ids: NDArray[int64]) -> int:
    """Return how many of the operands are not at regular addresses."""
    return sum(not is_regular(nests.address[column]) for column in _ends(ids))


def _ends(ids: NDArray[int64]) -> Sequence[NDArray[int64]]:
    """Return the operands as columns, of many the first one and the last one."""
    return list(ids.T) if ids.shape[1] < 4 else [ids[:, 0], ids[:, -1]]


def _sorted(nests: Builder, ids: NDArray[int64]) -> NDArray[int64]:
    """Return the order by operands that are not constant."""
    keys = [nests.address[column] for column in _ends(ids) if (column >= 0).any()]
    return np.lexsort(keys[::-1]) if keys else np.arange(len(ids))


def _elementwise(nests: Builder, group: Group, ids: NDArray[int64]) -> None:
    """Add operations on a fixed number of operands, sorted by these or as the user's loops went."""
    order, as_it_was = _sorted(nests, ids), np.arange(len(ids))
    if _irregular(nests, ids) < _irregular(nests, ids[order]):
        order = as_it_was
    _alike(nests, group, ids, order)


def _alike(nests: Builder, group: Group, ids: NDArray[int64], order: NDArray[int64]) -> None:
    """Add a nest for operations in this order, or with another loop as the innermost one."""
    operands: list[NDArray[int64]] = []
    arguments: list[Expression] = []
    for column in ids[order].T:
        found = nests.operand(column)
        if isinstance(found, Constant):
            arguments.append(found)
            continue
        same = [k for k, other in enumerate(operands) if np.array_equal(found, other)]
        if not same:
            operands.append(found)
        arguments.append(S[same[0] if same else len(operands) - 1])
    dims, streams = matched(operands) if operands else ((), [])
    inner = _innermost(dims, streams)
    if inner < len(dims) - 1:
        order, *operands = [np.moveaxis(x.reshape(dims), inner, -1).ravel() for x in (order, *operands)]
    expression = arguments[0] if group.kind == COPY else Call(group.kind, tuple(arguments))
    nests.nest("=", nests.results(group, order), expression, operands, group.stops)


def _innermost(dims: tuple[int, ...], streams: Sequence[Stream]) -> int:
    """Return the loop along which results are placed one after another: a long one, with steps of 1 if possible."""
    longest = min(max(dims, default=0), LONG)
    if any(s.table is not None for s in streams) or not dims:
        return len(dims) - 1
    return max(
        [k for k, n in enumerate(dims) if n >= longest],
        key=lambda k: (sum(abs(s.strides[k]) == 1 for s in streams), k),
    )
