"""For every Value below an output: the operation that passes on the most to it, whatever the order of operands.

Of several that pass on alike, the one with the longest way to the output counts, since it shows every factor; of
several as long, the first one in the order of what they do: names of operations, slopes, numbers, labels. None of
these is a position, so that a calculation with its operands swapped gives the same way.

>>> from autograd import Value
>>> from autograd.graph import reverse_sweep, topological_order
>>> x = Value(0.5, "x")
>>> a, b = x.tanh(), x.sinh() * 0.25
>>> for y in (a * b, b * a):
...     nodes = topological_order(y)
...     [node.op.name for node in Routes(nodes, reverse_sweep(y)).way(x)[:-1]]
['mul', 'mul', 'sinh']
['mul', 'mul', 'sinh']
"""

from __future__ import annotations

import math
from collections.abc import Container, Iterable, Mapping, Sequence

from ...value import Value

__all__ = ["Routes", "steepest"]

NEARLY = 0.99  # parts that differ by less are alike, but for rounding

Part = tuple[float, float, Value]  # what a user gives to the gradient of its operand, what arrives at it, the user


class Routes:
    """The ways from an output down to the Values that it was computed from.

    Args:
        nodes: a topological order whose last is the output.
        adjoint: the gradients of `reverse_sweep`.
        wanted: the Values to which ways are looked for; all that lies above one of them must be among them.
        labels: names for Values; without, their own labels.
    """

    def __init__(
        self,
        nodes: Sequence[Value],
        adjoint: Mapping[Value, float],
        wanted: Container[Value] | None = None,
        labels: Mapping[Value, str] | None = None,
    ) -> None:
        self._labels = labels or {}
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
        best, *others = [node for node in candidates if self._length.get(node, -1) == longest]
        for other in others:
            own, others_own = self._own(best), self._own(other)
            order = self._order(best, other)
            if order > 0 or (order == 0 and others_own < own):
                best = other
        return best

    def _best(self, node: Value, parts: Sequence[Part]) -> Value:
        if len(parts) == 1:
            return parts[0][2]
        users = list(dict.fromkeys(user for _, _, user in _alike(parts)))
        longest = max(self._length[user] for user in users)
        best, *others = [user for user in users if self._length[user] == longest]
        for other in others:
            if self._compared(node, best, node, other) > 0:
                best = other
        return best

    def _order(self, a: Value, b: Value) -> int:
        up, across = self._user.get(a), self._user.get(b)
        return self._compared(a, up, b, across) if up is not None and across is not None else 0

    def _compared(self, a: Value, user_of_a: Value, b: Value, user_of_b: Value) -> int:
        """Compare two ways to the output that are equally long, step by step: -1, 0 or 1."""
        while True:
            ours, theirs = self._step(a, user_of_a), self._step(b, user_of_b)
            if ours != theirs:
                return -1 if ours < theirs else 1
            a, b = user_of_a, user_of_b
            if a is b or a not in self._user:
                return 0
            user_of_a, user_of_b = self._user[a], self._user[b]

    def _step(self, node: Value, user: Value) -> tuple[str, ...]:
        return user.op.name if user.op is not None else "", _rounded(steepest(user, node)), *self._own(user)

    def _own(self, node: Value) -> tuple[str, ...]:
        hooked = "hook" if node.notes is not None and node.notes.hooks else ""
        return hooked, _rounded(node.data), self._labels.get(node, node.label)


def steepest(user: Value, node: Value) -> float:
    """Return d(user)/d(node): of a node that is several operands of its user, the largest in size."""
    slopes = [slope for parent, slope in zip(user.parents, user.partials, strict=True) if parent is node]
    return float(max(slopes, key=lambda slope: (math.inf, 0.0) if slope != slope else (abs(slope), slope)))


def _alike(parts: Sequence[Part]) -> list[Part]:
    """The parts that are as large as the largest, but for rounding; nan is larger than any other."""
    unknown = [part for part in parts if part[0] != part[0]]
    if unknown:
        return unknown
    largest = max(abs(part) for part, _, _ in parts)
    if largest:
        return [part for part in parts if abs(part[0]) >= NEARLY * largest]
    largest = max(abs(arriving) for _, arriving, _ in parts)
    return [part for part in parts if abs(part[1]) >= NEARLY * largest]


def _rounded(x: float) -> str:
    """A number as text that can be compared, without the digits that the order of a sum decides."""
    return f"{x:.9g}"
