"""Operations on any number of operands as nests: sums, extremes, and what is made of them.

Their derivatives need no formulas here, since each step is a sum, a product, an extreme or an entry of the table. No
derivative goes through the largest number, which is subtracted so that `exp` does not overflow.
"""

from __future__ import annotations

import math
import sys
from collections.abc import Callable
from typing import TYPE_CHECKING

import numpy as np

from ...expressions import Call, Constant, Expression
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
    """Return the order by the first operand."""
    return np.lexsort((nests.address[ids[:, -1]], nests.address[ids[:, 0]]))


def _sum(
    nests: Builder, target: Addresses, term: Expression, operands: list[Addresses], stops: bool, start: Constant = ZERO
) -> None:
    nests.nest("=", target, start)
    nests.nest("+=", target, term, operands, stops)


def _sums(nests: Builder, group: Group, ids: Addresses) -> None:
    order = _ordered(nests, ids)
    target = nests.results(group, order)
    if group.kind in ("chain", "difference"):  # it begins with its first number, which may be -0.0
        first = nests.operand(ids[order, 0])
        if isinstance(first, Constant):
            nests.nest("=", target, first)
        else:
            nests.nest("=", target, S[0], [first], group.stops)
        term = S[0] if group.kind == "chain" else _call("neg", S[0])
        nests.nest("+=", target, term, [nests.address[ids[order, 1:]]], group.stops)
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
    """Add square roots of sums of squares; numbers whose squares leave the range are scaled by a power of 2."""
    order = _ordered(nests, ids)
    target, operands = nests.results(group, order), nests.address[ids[order]]
    largest, scale, total = (nests.new(len(target)) for _ in range(3))
    _largest(nests, largest, _call("abs", S[0]), operands)
    is_small, is_large = _call("lt", S[0], Constant(2.0**-480)), _call("gt", S[0], Constant(2.0**480))
    chosen = _call("select", is_small, Constant(2.0**600), _call("select", is_large, Constant(2.0**-600), ONE))
    nests.nest("=", scale, chosen, [largest], True)
    _sum(nests, total, _call("square", _call("mul", S[0], S[1])), [operands, scale], group.stops)
    root = _call("div", _call("sqrt", S[0]), S[1])
    is_zero = _call("eq", S[0], ZERO)  # the derivative of sqrt is infinite there, that of the sum is 0
    nests.nest("=", target, _call("select", is_zero, S[0], root), [total, scale], group.stops)


# --- exponentials ---


def _weights(
    nests: Builder, operands: Addresses, exponent: Expression, subtracted: Addresses, stops: bool
) -> Addresses:
    """Add exp(x - subtracted) for every number of each row; return their addresses."""
    weights = nests.new(operands.size).reshape(operands.shape[::-1]).T  # the longest loop goes along them
    if operands.shape[1] > operands.shape[0]:
        weights = weights.T.reshape(operands.shape)
    nests.nest("=", weights, _call("exp", exponent), [operands, subtracted], stops)
    return weights


def _log_sums(nests: Builder, group: Group, ids: Addresses) -> None:
    """Add logarithms of sums of exponentials.

    If the largest number is inf, the exponentials are 1 for it and 0 for the others. A single one has the derivative
    1; several have nan, as that of sqrt(inf) ** 2 is. If all are -inf, the exponentials and so the derivatives are 0.
    """
    order = _ordered(nests, ids)
    operands, stops = nests.address[ids[order]], group.stops
    largest, subtracted, total, infinite = (nests.new(len(ids)) for _ in range(4))
    _largest(nests, largest, S[0], operands)
    is_inf, is_minus_inf = _call("eq", S[0], INFINITY), _call("eq", S[0], Constant(-math.inf))
    finite = _call("select", is_inf, Constant(sys.float_info.max), _call("select", is_minus_inf, ZERO, S[0]))
    nests.nest("=", subtracted, finite, [largest], True)
    difference = _call("sub", S[0], S[1])
    exponent = _call("select", _call("gt", difference, ZERO), ZERO, difference)
    weights = _weights(nests, operands, exponent, subtracted, stops)
    _sum(nests, total, S[0], [weights], stops)
    _sum(nests, infinite, _call("select", is_inf, S[0], ZERO), [operands], stops)
    logarithm = _call("select", _call("eq", S[1], ZERO), _call("add", S[1], Constant(-math.inf)), _call("log", S[1]))
    infinity = _call("select", _call("eq", S[1], ONE), S[3], _call("square", _call("sqrt", S[3])))
    is_infinite = _call("eq", S[2], INFINITY)
    expression = _call("add", _call("add", S[0], logarithm), _call("select", is_infinite, infinity, ZERO))
    nests.nest("=", nests.results(group, order), expression, [subtracted, total, largest, infinite], stops)


def _probabilities(nests: Builder, group: Group, ids: Addresses) -> None:
    """Add softmax or log_softmax; results for several indices of the same numbers have their exponentials in common."""
    index, numbers = ids[:, 0], ids[:, 1:]
    if numbers.shape[1] == 1:
        one, other = (ONE, _call("mul", S[0], S[0])) if group.kind == "softmax" else (ZERO, NAN)
        certain = _call("select", _call("eq", S[0], S[0]), one, other)
        order = _ordered(nests, numbers)
        nests.nest("=", nests.results(group, order), certain, [nests.address[numbers[order, 0]]], group.stops)
        return
    rows, of_row = np.unique(nests.address[numbers], axis=0, return_inverse=True)
    of_row = of_row.reshape(-1)
    largest, total = nests.new(len(rows)), nests.new(len(rows))
    _largest(nests, largest, S[0], rows)
    weights = _weights(nests, rows, _call("sub", S[0], S[1]), largest, group.stops)
    _sum(nests, total, S[0], [weights], group.stops)
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
    if group.stops:
        nests.nest("=", nests.results(group, np.arange(len(ids))), S[0], [picked], True)
    else:
        nests.address[group.places] = picked


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
        found, result = nests.new(len(members)), nests.new(len(members))
        indices, of_index = np.unique(nests.address[index[members]], return_inverse=True)
        whole, count = _call("trunc", S[0]), Constant(float(n))
        from_end = _call("select", _call("lt", whole, ZERO), _call("add", whole, count), whole)
        at = nests.new(len(indices))
        nests.nest("=", at, from_end, [indices], True)
        at = at[of_index.reshape(-1)]
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
    "difference": _sums,
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
