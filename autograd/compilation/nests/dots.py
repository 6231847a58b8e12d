"""Dot products as nests: all those of the rows of one matrix with those of another are a matrix product."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from ...expressions import Call, Constant, Expression
from .builder import MOST_SEGMENTS, NOTHING, SMALL, ZERO, Builder, S
from .columns import Group
from .nest import Nest
from .streams import is_regular, matrix, segments

if TYPE_CHECKING:
    from numpy import int64
    from numpy.typing import NDArray

    Addresses = NDArray[int64]

__all__ = ["dots"]

MOST_PRODUCTS = 32  # of matrices, in one group
MOST_ROUNDS = 2_000_000  # of which loops are looked for one by one
ODD = 6364136223846793005  # its powers are a hash function of rows


def dots(nests: Builder, group: Group, ids: Addresses) -> None:
    """Add dot products; the operands are the left factors, the right ones, and perhaps a bias."""
    n = ids.shape[1] // 2
    left, right, bias = ids[:, :n], ids[:, n : 2 * n], ids[:, 2 * n :]
    if not n:
        order = np.arange(len(ids))
        _start(nests, group, nests.results(group, order), bias)
        return
    (rows, of_row), (columns, of_column) = _classes(nests, left), _classes(nests, right)
    order = np.lexsort((of_column, of_row))
    products = _products(of_row, of_column, order)
    lefts, rights = _rows(nests, rows), _rows(nests, columns)
    if len(products) > 1:
        factors = [lefts[of_row[order]], rights[of_column[order]]]
        parts = segments(factors, MOST_SEGMENTS)
        is_one = all(is_regular(found[:, start:end].ravel()) for found in factors for start, end in parts)
        if is_one or len(products) > min(MOST_PRODUCTS, len(ids) // SMALL):
            target = nests.results(group, order)
            _start(nests, group, target, bias[order])
            same = np.array_equal(factors[0], factors[1])
            nests.nest("+=", target, _product(group, same), factors[: 2 - same], group.stops)
            return
    for members in products:
        target = nests.results(group, members.ravel())
        _start(nests, group, target, bias[members.ravel()])
        _matrix_product(nests, group, target, lefts[of_row[members[:, 0]]], rights[of_column[members[0]]])


def _classes(nests: Builder, ids: Addresses) -> tuple[Addresses, Addresses]:
    """Return the rows that differ, sorted by their addresses, and for each row its position among them."""
    hashes = ids @ np.cumprod(np.full(ids.shape[1], ODD, np.int64))
    _, first, inverse = np.unique(hashes, return_index=True, return_inverse=True)
    if not (ids[first][inverse] == ids).all():  # two rows with the same hash
        _, first, inverse = np.unique(ids, return_index=True, return_inverse=True, axis=0)
    rows, inverse = ids[first], inverse.reshape(-1)
    order = np.lexsort((nests.address[rows[:, -1]], nests.address[rows[:, 0]]))
    rank = np.empty_like(order)
    rank[order] = np.arange(len(order))
    return rows[order], rank[inverse]


def _products(of_row: Addresses, of_column: Addresses, order: Addresses) -> list[Addresses]:
    """Return the members of complete products of rows with columns, each as a matrix."""
    edges = np.flatnonzero(np.diff(of_row[order])) + 1
    by_columns: dict[bytes, list[Addresses]] = {}
    for members in np.split(order, edges):
        by_columns.setdefault(of_column[members].tobytes(), []).append(members)
    return [np.array(found) for found in by_columns.values()]


def _rows(nests: Builder, ids: Addresses) -> Addresses:
    """Return the addresses of rows; constants that have no regular ones are copied."""
    found: Addresses = nests.address[ids]
    if (ids < 0).all() and not is_regular(found.ravel()):
        return nests.constant([nests.numbers[-1 - i] for i in ids.ravel().tolist()]).reshape(ids.shape)
    return found


def _start(nests: Builder, group: Group, target: Addresses, bias: Addresses) -> None:
    """Begin the sums with the bias; a sum that is rounded once is never -0.0."""
    start = ZERO if group.kind == "dot" else NOTHING
    if not bias.size:
        nests.nest("=", target, start)
        return
    found = nests.operand(bias[:, 0])
    first = found if isinstance(found, Constant) else S[0]
    expression = Call("add", (first, ZERO)) if group.kind == "dot" else first
    nests.nest("=", target, expression, [] if isinstance(found, Constant) else [found], group.stops)


def _product(group: Group, same: bool) -> Expression:
    found = Call("mul", (S[0], S[0] if same else S[1]))
    return Call("neg", (found,)) if group.kind == "difference dot" else found


def _matrix_product(nests: Builder, group: Group, target: Addresses, a: Addresses, b: Addresses) -> None:
    """Add target[i, k] += sum over j of a[i, j] * b[k, j]."""
    same = len(a) == len(b) == 1 and np.array_equal(a, b)
    expression, parts = _product(group, same), segments([a, b], MOST_SEGMENTS)
    for start, end in parts:
        shape = len(a), end - start, len(b)
        dims = tuple([n for n in shape if n > 1])
        to = matrix(target.reshape(len(a), len(b)), (0, 2), shape)
        streams = matrix(a[:, start:end], (0, 1), shape), matrix(b[:, start:end], (2, 1), shape)
        is_table = len(parts) > 1 or any(s.table is not None for s in streams)
        if is_table and target.size * a.shape[1] <= MOST_ROUNDS and all(is_regular(x.ravel()) for x in (a, b)):
            every = len(a), len(b), a.shape[1]  # more than three loops, such as those of a convolution
            found = target.reshape(len(a), len(b), 1), a[:, None], b[None]
            to_each, *factors = [np.broadcast_to(x, every).ravel() for x in found]
            nests.nest("+=", to_each, expression, factors[: 2 - same], group.stops)
            return
        nests.items.append(Nest(dims, to, "+=", expression, streams[: 2 - same], group.stops))
