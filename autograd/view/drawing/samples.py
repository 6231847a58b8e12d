"""The samples of a batch, of which a drawing shows the first: parts of one shape that meet in a sum or a mean.

They share nothing but what does not depend on the sample, such as parameters. Numbers that enter an operation as plain
numbers may differ, since data does; but not exponents, by which the terms of a polynomial differ.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Sequence
from functools import cached_property

from ...nn.parameter import Parameter
from ...primitives import Primitive, add, mean, pow_, sum_
from ...value import Value
from ..calculation import Calculation

__all__ = ["FirstSamples"]


class FirstSamples(Calculation):
    """A calculation without the samples that have the shape of another one.

    Args:
        whole: the calculation.
        outputs: the Values that it was computed for; all of them are kept.
        few: the largest number of Values of which none is left out.

    Attributes:
        whole: the calculation.
        nodes: the Values that are left.
        others: for the result of a sample that represents others, where they meet, and how many these are.
    """

    def __init__(self, whole: Calculation, outputs: Collection[Value], few: float = 0) -> None:
        vars(self).update(vars(whole))
        self.whole = whole
        self.others: dict[Value, tuple[Value, int]] = {}
        self._terms: dict[Value, tuple[Value, ...]] = {}  # of a sum or mean from which samples are left out: the others
        if len(whole.nodes) > few:
            self._leave_out(outputs)

    def _leave_out(self, outputs: Collection[Value]) -> None:
        whole, inside = self.whole, _Inside(self.whole, outputs)
        hidden: set[Value] = set()
        passed: set[Value] = set()  # sums on the way to another one
        for total in reversed(whole.nodes):
            if total in hidden or total in passed or whole.op(total) not in (add, sum_, mean):
                continue
            met, steps = _met(total, whole, inside)
            passed |= steps
            gates = {total, *steps}
            shapes: dict[object, list[Value]] = {}
            sizes = Counter((term.op, inside.size[term]) for term in met)
            for term in met:
                alike = sizes[term.op, inside.size[term]] > 1
                if alike and term.op is not None and inside.uses[term] == 1 and inside.gate[term] in gates:
                    shapes.setdefault(_shape(inside.of(term), whole), []).append(term)
            left_out = [term for samples in shapes.values() for term in samples[1:]]
            if left_out:
                hidden |= steps.union(*map(inside.of, left_out))
                self._terms[total] = tuple(term for term in met if term not in hidden)
                self.others |= {first: (total, len(more)) for first, *more in shapes.values() if more}
        self.nodes = [node for node in whole.nodes if node not in hidden]

    @cached_property
    def names(self) -> dict[Value, str]:
        """The same names as in the whole calculation."""
        return self.whole.names

    def parents(self, node: Value) -> tuple[Value, ...]:
        """Return the Values among the operands that are left."""
        return self._terms.get(node) or self.whole.parents(node)

    def partials(self, node: Value) -> tuple[float, ...]:
        """Return the local derivatives by the parents; a sum or a mean has one for all."""
        slopes = self.whole.partials(node)
        return slopes[:1] * len(self._terms[node]) if node in self._terms else slopes


class _Inside:
    """For each node, which others have an effect through it alone."""

    def __init__(self, whole: Calculation, outputs: Collection[Value]) -> None:
        nodes = whole.nodes
        self.uses = Counter(parent for node in nodes for parent in whole.parents(node))
        self.gate: dict[Value, Value | None] = dict.fromkeys(outputs)  # the next node through which all paths lead
        self._depth: dict[Value | None, int] = {None: 0}
        self._jump: dict[Value | None, Value | None] = {
            None: None
        }  # a gate further on, so that few steps lead anywhere
        self.size = dict.fromkeys(nodes, 1)
        self._directly: dict[Value, list[Value]] = {}
        for node in reversed(nodes):
            gate = self.gate[node]
            self._depth[node] = self._depth[gate] + 1
            far = self._jump[gate]
            farther = self._jump[far]
            evenly = self._depth[gate] - self._depth[far] == self._depth[far] - self._depth[farther]
            self._jump[node] = farther if evenly else gate
            for parent in whole.parents(node):
                self.gate[parent] = self._common(self.gate[parent], node) if parent in self.gate else node
        for node in nodes:
            gate = self.gate[node]
            if gate is not None:
                self.size[gate] += self.size[node]
                self._directly.setdefault(gate, []).append(node)

    def _common(self, a: Value | None, b: Value | None) -> Value | None:
        """The first node through which all paths from both lead."""
        if self._depth[a] < self._depth[b]:
            a, b = b, a
        while a is not None and self._depth[a] > self._depth[b]:
            far = self._jump[a]
            a = far if self._depth[far] >= self._depth[b] else self.gate[a]
        while a is not None and b is not None and a is not b:
            if self._jump[a] is self._jump[b]:
                a, b = self.gate[a], self.gate[b]
            else:
                a, b = self._jump[a], self._jump[b]
        return a

    def of(self, node: Value) -> list[Value]:
        """The node and all that has an effect through it alone, operands before what uses them, in one order."""
        found, waiting = [], [node]
        while waiting:
            found.append(node := waiting.pop())
            waiting += self._directly.get(node, [])
        return found[::-1]


def _met(total: Value, whole: Calculation, inside: _Inside) -> tuple[list[Value], set[Value]]:
    """The terms of a total, and the sums on the way to it: a loop adds one term after the other."""
    terms: list[Value] = []
    steps: set[Value] = set()
    waiting = [*reversed(whole.parents(total))]
    while waiting:
        node = waiting.pop()
        if add is total.op is whole.op(node) and inside.uses[node] == 1 and not whole.labels[node]:
            steps.add(node)
            waiting += reversed(node.parents)
        else:
            terms.append(node)
    return terms, steps


def _shape(nodes: Sequence[Value], whole: Calculation) -> object:
    """What is the same for every sample: operations, their order, names, and what it shares with others."""
    place = {node: i for i, node in enumerate(nodes)}

    def told(node: Value) -> tuple[object, ...]:
        op, label = whole.op(node), whole.labels[node]
        if op is None:
            return (id(node) if isinstance(node, Parameter) else None, label)
        return (op, label, *(operand(x, op) for x in whole.operands(node)))

    def operand(x: Value | float, op: Primitive) -> object:
        if isinstance(x, Value):
            return ("own", place[x]) if x in place else ("shared", id(x))
        is_data = op.variadic or (op.is_infix and op is not pow_)
        return None if is_data else x

    return tuple(map(told, nodes))
