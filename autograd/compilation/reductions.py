"""Operations on any number of operands as nests: sums, extremes, and what is made of them.

None of them has a derivative: the steps are sums, products and entries of the table, or no derivative goes through
them, such as the number that is subtracted before `exp` so that it does not overflow.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import TYPE_CHECKING

import numpy as np

from ..expressions import Call, Constant, Expression
from .builder import NOTHING, ZERO, Builder, S
from .columns import Group

if TYPE_CHECKING:
    from numpy import int64
    from numpy.typing import NDArray

    Addresses = NDArray[int64]

__all__ = ["REDUCTIONS"]

ONE, INFINITY, NAN = Constant(1.0), Constant(math.inf), Constant(math.nan)


def _call(function: str, *arguments: Expression) -> Call:
    return Call(function, arguments)


def _ordered(nests: Builder, ids: Addresses) -> Addresses:
    return np.lexsort((nests.address[ids[:, -1]], nests.address[ids[:, 0]]))


def _sum(
    nests: Builder, target: Addresses, term: Expression, operands: list[Addresses], stops: bool, start: Constant = ZERO
) -> None:
    nests.nest("=", target, start)
    nests.nest("+=", target, term, operands, stops)


def _sums(nests: Builder, group: Group, ids: Addresses) -> None:
    order = _ordered(nests, ids)
    target = nests.results(group, order)
    if group.kind == "chain":  # it begins with its first number, which may be -0.0
        first = nests.operand(ids[order, 0])
        if isinstance(first, Constant):
            nests.nest("=", target, first)
        else:
            nests.nest("=", target, S[0], [first], group.stops)
        nests.nest("+=", target, S[0], [nests.address[ids[order, 1:]]], group.stops)
        return
    total = nests.new(len(target)) if group.kind == "mean" else target
    _sum(nests, total, S[0], [nests.address[ids[order]]], group.stops)
    if group.kind == "mean":
        nests.nest("=", target, _call("div", S[0], Constant(float(ids.shape[1]))), [total], group.stops)


def _extremes(nests: Builder, group: Group, ids: Addresses) -> None:
    order = _ordered(nests, ids)
    target, operands = nests.results(group, order), nests.address[ids[order]]
    if group.kind == "max":
        _largest(nests, target, S[0], operands, group.stops)
    else:
        nests.nest("=", target, INFINITY)
        nests.nest("min=", target, S[0], [operands], group.stops)


def _largest(nests: Builder, target: Addresses, term: Expression, operands: Addresses, stops: bool = True) -> None:
    nests.nest("=", target, Constant(-math.inf))
    nests.nest("max=", target, term, [operands], stops)


def _products(nests: Builder, group: Group, ids: Addresses) -> None:
    order = _ordered(nests, ids)
    operands = nests.address[ids[order]]
    found = operands[:, 0]
    for k in range(1, ids.shape[1] - 1):
        target = nests.new(len(ids))
        nests.nest("=", target, _call("mul", S[0], S[1]), [found, operands[:, k]], group.stops)
        found = target
    target = nests.results(group, order)
    if ids.shape[1] == 1:
        nests.nest("=", target, S[0], [found], group.stops)
    else:
        nests.nest("=", target, _call("mul", S[0], S[1]), [found, operands[:, -1]], group.stops)


def _norms(nests: Builder, group: Group, ids: Addresses) -> None:
    """Add square roots of sums of squares; numbers whose squares leave the range are scaled."""
    order = _ordered(nests, ids)
    target, operands = nests.results(group, order), nests.address[ids[order]]
    largest, scale, total = (nests.new(len(target)) for _ in range(3))
    _largest(nests, largest, _call("abs", S[0]), operands)
    fits = _call("and", _call("gt", S[0], Constant(1e-140)), _call("lt", S[0], Constant(1e140)))
    scales = _call("and", _call("gt", S[0], ZERO), _call("lt", S[0], INFINITY))
    nests.nest("=", scale, _call("select", fits, ONE, _call("select", scales, S[0], ONE)), [largest], True)
    _sum(nests, total, _call("square", _call("div", S[0], S[1])), [operands, scale], group.stops)
    root = _call("mul", S[1], _call("sqrt", S[0]))
    is_zero = _call("eq", S[0], ZERO)  # the derivative of sqrt is infinite there
    nests.nest("=", target, _call("select", is_zero, ZERO, root), [total, scale], group.stops)


# --- exponentials ---


def _weights(nests: Builder, operands: Addresses, stops: bool, finite: bool) -> tuple[Addresses, Addresses, Addresses]:
    """Add exp(x - largest) for every number of each row; return the largest, the weights and their sums.

    Args:
        operands: the addresses of the numbers.
        stops: whether no derivative goes through.
        finite: whether 0 is subtracted if the largest number is not finite.
    """
    largest, total = nests.new(len(operands)), nests.new(len(operands))
    weights = nests.new(operands.size).reshape(operands.shape[::-1]).T  # the longest loop goes along them
    if operands.shape[1] > operands.shape[0]:
        weights = weights.T.reshape(operands.shape)
    _largest(nests, largest, S[0], operands)
    if finite:
        subtracted = nests.new(len(operands))
        is_finite = _call("lt", _call("abs", S[0]), INFINITY)
        nests.nest("=", subtracted, _call("select", is_finite, S[0], ZERO), [largest], True)
    else:
        subtracted = largest
    nests.nest("=", weights, _call("exp", _call("sub", S[0], S[1])), [operands, subtracted], stops)
    _sum(nests, total, S[0], [weights], stops)
    return subtracted, weights, total


def _log_sums(nests: Builder, group: Group, ids: Addresses) -> None:
    order = _ordered(nests, ids)
    operands = nests.address[ids[order]]
    largest, _, total = _weights(nests, operands, group.stops, finite=True)
    nests.nest("=", nests.results(group, order), _call("add", S[1], _call("log", S[0])), [total, largest], group.stops)


def _probabilities(nests: Builder, group: Group, ids: Addresses) -> None:
    """Add softmax or log_softmax; results for several indices of the same numbers have their exponentials in common."""
    index, numbers = ids[:, 0], ids[:, 1:]
    if numbers.shape[1] == 1:
        certain = _call("select", _call("eq", S[0], S[0]), ONE if group.kind == "softmax" else ZERO, NAN)
        order = _ordered(nests, numbers)
        nests.nest("=", nests.results(group, order), certain, [nests.address[numbers[order, 0]]], True)
        return
    rows, of_row = np.unique(nests.address[numbers], axis=0, return_inverse=True)
    of_row = of_row.reshape(-1)
    largest, weights, total = _weights(nests, rows, group.stops, finite=False)
    source = weights if group.kind == "softmax" else rows
    picked = _picked(nests, index, source, of_row, group.stops)
    order = np.lexsort((picked, of_row))
    operands = [picked[order], total[of_row[order]]]
    if group.kind == "softmax":
        expression = _call("div", S[0], S[1])
    else:
        expression = _call("sub", _call("sub", S[0], S[2]), _call("log", S[1]))
        operands.append(largest[of_row[order]])
    nests.nest("=", nests.results(group, order), expression, operands, group.stops)


def _takes(nests: Builder, group: Group, ids: Addresses) -> None:
    rows, of_row = np.unique(nests.address[ids[:, 1:]], axis=0, return_inverse=True)
    picked = _picked(nests, ids[:, 0], rows, of_row.reshape(-1), group.stops)
    order = np.argsort(picked, kind="stable")
    nests.nest("=", nests.results(group, order), S[0], [picked[order]], group.stops)


def _picked(nests: Builder, index: Addresses, rows: Addresses, of_row: Addresses, stops: bool) -> Addresses:
    """Return the addresses of the numbers at the positions `index` of their rows; -1 is the last one.

    A position that is known only when the program runs is compared with all of them.
    """
    n = rows.shape[1]
    picked = np.empty_like(index)
    known = index < 0
    if known.any():
        at = np.array([int(nests.numbers[-1 - i]) for i in index[known].tolist()])
        picked[known] = rows[of_row[known], at]
    members = np.flatnonzero(~known)
    if len(members):
        members = members[np.lexsort((nests.address[index[members]], of_row[members]))]
        at, found, result = (nests.new(len(members)) for _ in range(3))
        whole, count = _call("trunc", S[0]), Constant(float(n))
        from_end = _call("select", _call("lt", whole, ZERO), _call("add", whole, count), whole)
        nests.nest("=", at, from_end, [nests.address[index[members]]], True)
        positions = nests.constant(map(float, range(n)))
        term = _call("select", _call("eq", S[1], S[2]), S[0], NOTHING)
        every = [rows[of_row[members]], np.tile(positions, (len(members), 1)), at]
        _sum(nests, found, term, every, stops, NOTHING)
        inside = _call("and", _call("ge", S[1], ZERO), _call("lt", S[1], count))
        nests.nest("=", result, _call("select", inside, S[0], NAN), [found, at], stops)
        picked[members] = result
    return picked


REDUCTIONS: dict[str, Callable[[Builder, Group, Addresses], None]] = {
    "sum": _sums,
    "chain": _sums,
    "mean": _sums,
    "max": _extremes,
    "min": _extremes,
    "prod": _products,
    "norm": _norms,
    "logsumexp": _log_sums,
    "softmax": _probabilities,
    "log_softmax": _probabilities,
    "take": _takes,
}
