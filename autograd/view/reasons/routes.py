"""For every Value below an output: the operation that passes on the most to it, whatever the order of operands.

Of several that pass on alike, the one with the longest way to the output counts, since it shows every factor; of
several as long, the first one in the order of what they do: names of operations, slopes, numbers, labels, and what they
were computed from. None of these is a position, so that a calculation with its operands swapped gives the same way.

>>> from autograd import Value
>>> x = Value(0.5, "x")
>>> a, b = x.tanh(), x.sinh() * 0.25
>>> for y in (a * b, b * a):
...     [node.op.name for node in Routes(Calculation.of(y)).way(x)[:-1]]
['mul', 'mul', 'sinh']
['mul', 'mul', 'sinh']
"""

from __future__ import annotations

import hashlib
import math
from collections.abc import Callable, Container, Iterable, Iterator, Sequence
from functools import cached_property

from ...operation import BLOCKED
from ...value import Value
from ..calculation import Calculation

__all__ = ["Routes", "steepest"]

NEARLY = 0.99  # parts that differ by less are alike, but for rounding

Facts = Callable[[Value, Value | None], tuple[str, ...]]  # what is compared of a step, in the order of importance
Part = tuple[float, float, Value]  # what a user gives to the gradient of its operand, what arrives at it, the user


class Routes:
    """The ways from an output down to the Values that it was computed from.

    Args:
        calculation: that of the output.
        wanted: the Values to which ways are looked for; all that lies above one of them must be among them.
    """

    def __init__(self, calculation: Calculation, wanted: Container[Value] | None = None) -> None:
        self._calculation = calculation
        nodes, adjoint = calculation.nodes, calculation.gradients
        self._user: dict[Value, Value] = {}
        self._length = {nodes[-1]: 0}
        parts: dict[Value, list[Part]] = {}
        for node in reversed(nodes):
            found = parts.pop(node, None)
            if found:
                self._user[node] = user = self._best(node, found)
                self._length[node] = self._length[user] + 1
            elif node not in self._length:
                continue
            arriving = adjoint[node]
            for parent, slope in zip(node.parents, node.partials, strict=True):
                if wanted is None or parent in wanted:
                    parts.setdefault(parent, []).append((arriving * slope, arriving, node))

    def way(self, node: Value) -> list[Value]:
        """Return the Values from the output to a node."""
        found = [node]
        while (user := self._user.get(found[-1])) is not None:
            found.append(user)
        return found[::-1]

    def first(self, nodes: Iterable[Value]) -> Value:
        """Return the node with the longest way; of several the first in the order of what is on their ways."""
        candidates = list(nodes)
        longest = max(self._length.get(node, -1) for node in candidates)
        return self._least([self._way_up(node) for node in candidates if self._length.get(node, -1) == longest])[0]

    def _best(self, node: Value, parts: Sequence[Part]) -> Value:
        if len(parts) == 1:
            return parts[0][2]
        users = list(dict.fromkeys(user for _, _, user in _alike(parts)))
        longest = max(self._length[user] for user in users)
        return self._least([(node, *self._way_up(user)) for user in users if self._length[user] == longest])[1]

    def _way_up(self, node: Value) -> tuple[Value, ...]:
        """The start of the way from a node to the output; `_compared` goes on from there."""
        return (node, self._user[node]) if node in self._user else (node,)

    def _least(self, starts: Sequence[tuple[Value, ...]]) -> tuple[Value, ...]:
        """Return the first of several starts of ways that are equally long."""
        best, *others = starts
        for other in others:
            if (self._compared(best, other, self._seen) or self._compared(best, other, self._beneath)) > 0:
                best = other
        return best

    def _compared(self, ours: tuple[Value, ...], theirs: tuple[Value, ...], facts: Facts) -> int:
        """Compare two ways step by step up to where they meet: -1, 0 or 1."""
        a, b = iter(self._onward(ours)), iter(self._onward(theirs))
        node, other = next(a), next(b)
        while True:
            user, other_user = next(a, None), next(b, None)
            mine, its = facts(node, user), facts(other, other_user)
            if mine != its:
                return -1 if mine < its else 1
            if user is None or other_user is None or user is other_user:
                return 0
            node, other = user, other_user

    def _onward(self, start: tuple[Value, ...]) -> Iterator[Value]:
        yield from start
        node = start[-1]
        while node in self._user:
            node = self._user[node]
            yield node

    # --- what is compared ---

    def _seen(self, node: Value, user: Value | None) -> tuple[str, ...]:
        """What a step does to the gradient, and what is known of its operand."""
        if user is None:
            return self._own(node)
        return user.op.name if user.op is not None else "", _rounded(steepest(user, node)), *self._own(node)

    def _own(self, node: Value) -> tuple[str, ...]:
        hooked = "hook" if node.notes is not None and node.notes.hooks else ""
        return hooked, _rounded(node.data), self._calculation.labels[node]

    def _beneath(self, node: Value, user: Value | None) -> tuple[str, ...]:
        """What a Value was computed from."""
        return (self._origins.get(node, ""),)

    @cached_property
    def _origins(self) -> dict[Value, str]:
        """For each Value a text that is the same for those that were computed alike, whatever the order of operands."""
        found: dict[Value, str] = {}
        for node in self._calculation.nodes:
            operands = sorted(found[x] if isinstance(x, Value) else repr(x) for x in node.operands)
            what = (node.op.name if node.op is not None else "", *self._own(node), *operands)
            found[node] = hashlib.blake2b(repr(what).encode(), digest_size=16).hexdigest()
        return found


def steepest(user: Value, node: Value) -> float:
    """Return d(user)/d(node): of a node that is several operands of its user, the largest in size."""
    slopes = [slope for parent, slope in zip(user.parents, user.partials, strict=True) if parent is node]
    found = max(slopes, key=lambda slope: (math.inf, 0.0) if slope != slope else (abs(slope), slope))
    return found if found is BLOCKED else float(found)


def _alike(parts: Sequence[Part]) -> list[Part]:
    """The parts that are as large as the largest, but for rounding; nan is larger than any other."""
    sizes = [_size(part) for part, _, _ in parts]
    if not max(sizes)[1]:
        sizes = [_size(arriving) for _, arriving, _ in parts]
    is_nan, largest = max(sizes)
    return [part for part, size in zip(parts, sizes, strict=True) if size >= (is_nan, NEARLY * largest)]


def _size(x: float) -> tuple[bool, float]:
    return (True, math.inf) if x != x else (False, abs(x))


def _rounded(x: float) -> str:
    """A number as text that can be compared, without the digits that the order of a sum decides."""
    return f"{x + 0.0:.9g}"  # -0.0 + 0.0 is 0.0
