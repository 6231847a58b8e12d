"""softmax, log_softmax and logsumexp: their values and derivatives, and the common part of results for several indices.

The functions of the table take `shared` by keyword: n results of n numbers then take n exponentials, not n squared.
They work on floats and on `Value`s alike.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from functools import cached_property
from typing import Any

from .modes import no_grad, recorder
from .operation import BLOCKED, TABLE, alone

__all__ = [
    "Shared",
    "at_index",
    "exp_difference",
    "log_softmax",
    "log_softmax_partials",
    "logsumexp_partials",
    "softmax",
    "softmax_partials",
]

inf, nan = math.inf, math.nan


@alone
def exp_difference(a: Any, b: Any) -> Any:
    """Return exp(a - b) for a <= b; the rounding error of a - b is found by Knuth's TwoSum."""
    d = a - b
    y = TABLE["exp"](d)
    if not d > -800.0:
        return y
    t = d - a
    return y + y * ((a - (d - t)) - (b + t))


class Shared:
    """What softmax and its relatives compute of the same numbers, each part once, when it is needed."""

    def __init__(self, *xs: Any) -> None:
        self.xs = xs
        if recorder() is None:
            data = [getattr(x, "data", x) for x in xs]
            self.largest = max(data) if data[0].__class__ is float else TABLE["max"](*data)  # any constant would do
        else:  # which a recorder would take for one that is the same in all runs
            with no_grad():
                self.largest = TABLE["max"](*xs)

    @cached_property
    def weights(self) -> list[Any]:
        """exp(x - largest) for every x, without the rounding of the difference, which exp would magnify."""
        return [exp_difference(x, self.largest) for x in self.xs]

    @cached_property
    def log_total(self) -> float:
        """The logarithm of the sum of exp(x - largest), of floats."""
        return math.log(math.fsum(math.exp(x - self.largest) for x in self.xs))

    @cached_property
    def probabilities(self) -> list[Any]:
        """The weights divided by their sum."""
        total = TABLE["sum"](*self.weights)
        return [w / total for w in self.weights]


def softmax(index: float, *xs: float, shared: Shared | None = None) -> float:
    """Return exp(xi) / (exp(x1) + exp(x2) + ...) for i = index."""
    if len(xs) == 1:
        return 1.0 if xs[0] == xs[0] else nan
    weights = (shared or Shared(*xs)).weights
    weight: float = weights[int(index)]
    return weight / math.fsum(weights)


def log_softmax(index: float, *xs: float, shared: Shared | None = None) -> float:
    """Return the logarithm of softmax, without cancellation."""
    shared = shared or Shared(*xs)
    x, m = xs[int(index)], shared.largest
    if x == m and (math.isfinite(m) or len(xs) == 1):
        rest = list(shared.weights)
        del rest[xs.index(m)]
        return 0.0 - math.log1p(math.fsum(rest))  # never -0.0
    result: float = (x - m) - shared.log_total
    return result


def softmax_partials(y: Any, index: Any, *xs: Any, shared: Shared | None = None) -> list[Any]:
    """Return the derivatives of softmax."""
    p = (shared or Shared(*xs)).probabilities
    others = TABLE["sum"](*at_index(index, 0.0, p))
    return [BLOCKED, *at_index(index, y * others, [-y * q for q in p])]


def log_softmax_partials(y: Any, index: Any, *xs: Any, shared: Shared | None = None) -> list[Any]:
    """Return the derivatives of log_softmax."""
    p = (shared or Shared(*xs)).probabilities
    others = TABLE["sum"](*at_index(index, 0.0, p))
    return [BLOCKED, *at_index(index, others, [-q for q in p])]


def at_index(index: Any, there: Any, elsewhere: Sequence[Any]) -> list[Any]:
    """Return the numbers of `elsewhere`, with `there` in the place that the index names, if there is one."""
    i, n = getattr(index, "data", index), len(elsewhere)
    if i.__class__ is not float:
        return [_either(i, float(k), float(k - n), there, x) for k, x in enumerate(elsewhere)]
    found = list(elsewhere)
    if -n <= i < n:
        found[int(i)] = there
    return found


@alone
def _either(i: Any, k: float, from_end: float, there: Any, elsewhere: Any) -> Any:
    return there if i in (k, from_end) else elsewhere


def logsumexp_partials(y: Any, *xs: Any) -> list[Any]:
    """Return the derivatives of logsumexp."""
    if -inf < y < inf:
        return Shared(*xs).probabilities
    if y == -inf:
        return [0.0 for _ in xs]
    return [_at_infinity(x, y, *xs[:i], *xs[i + 1 :]) for i, x in enumerate(xs)]


@alone
def _at_infinity(x: Any, y: Any, *others: Any) -> Any:
    """Return the derivative by x: one inf outweighs all other numbers, several do not say by how much."""
    return 1.0 if x == y and TABLE["max"](-inf, *others) < y else TABLE["exp"](x - y)
