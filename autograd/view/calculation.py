"""A result read once: its nodes in one order, their names, their gradients, their expressions and rules.

Every way to look at a graph begins here, so a Value has one name wherever it is shown.

>>> from autograd.view.notation.text import text
>>> w, x = Value(0.5, "w"), Value(3.0, "x")
>>> calculation = Calculation.of((w * x).tanh())
>>> list(calculation.names.values())
['w', 'x', 'v1', 'y']
>>> [text(rule.expr) for rule in calculation.rules(calculation.output)]
['1 − y²']
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from functools import cached_property

from ..graph import reverse_sweep, topological_order
from ..primitives import number
from ..value import Value
from .notation.expression import Expr, Name, Num, as_written
from .notation.formula import Formula, Term, rules
from .notation.names import labels, name, unique_names

__all__ = ["ROUNDING", "Calculation", "number_of", "same"]

ROUNDING = 1e-9  # how far, relative to its terms, the order of its calculation may move a number


class Calculation:
    """A graph as a person reads it; what takes time is found on first use.

    Args:
        nodes: the graph in topological order.
        names: names for Values that have no label.
        others: Values that need a name although they may not be in the graph.

    Attributes:
        nodes: the graph in topological order.
        output: the last of them.
    """

    def __init__(
        self, nodes: Sequence[Value], names: Mapping[str, object] | None = None, others: Iterable[Value] = ()
    ) -> None:
        self.nodes = nodes
        self.output = nodes[-1]
        self._given, self._others = names, tuple(others)
        self._names: dict[Value, Name] = {}

    @classmethod
    def of(cls, output: Value, names: Mapping[str, object] | None = None, wrt: Iterable[Value] = ()) -> Calculation:
        """Return the calculation of a result; `wrt` are the Values that something is asked about."""
        return cls(topological_order(output), names, wrt)

    @cached_property
    def labels(self) -> dict[Value, str]:
        """What the user calls each node; "" for a node without label and name."""
        return labels(dict.fromkeys((*self.nodes, *self._others)), self._given)

    @cached_property
    def names(self) -> dict[Value, str]:
        """A name for each node, on one line; no two are the same."""
        return unique_names((*self.nodes, *self._others), self._given, self.nodes)

    @cached_property
    def gradients(self) -> dict[Value, float]:
        """The derivative of the output with respect to each node, by one sweep in which hooks are called."""
        return reverse_sweep(self.output, order=self.nodes)

    def received(self, nodes: Iterable[Value]) -> dict[Value, list[float]]:
        """Return for each of some nodes what each use gives to its gradient, in the order in which the sweep adds."""
        found: dict[Value, list[float]] = {node: [1.0] if node is self.output else [] for node in nodes}
        for user in reversed(self.nodes) if found else ():
            for parent, slope in zip(user.parents, user.partials, strict=True):
                if parent in found:
                    found[parent].append(self.gradients[user] * slope)
        return found

    def name(self, node: Value) -> Name:
        """Return the name of a node as formulas write it."""
        if node not in self._names:
            self._names[node] = name(self.names[node])
        return self._names[node]

    def expression(self, node: Value) -> Expr:
        """Return the operation that made a node, as the user wrote it."""
        assert node.op is not None
        return as_written(node.op, [expr for expr, _ in map(self._term, node.operands)])

    def rules(self, node: Value) -> list[Formula]:
        """Return the local derivatives by the parents of a node as formulas.

        One that a leaf no longer agrees with, since it has changed, is a plain number.
        """
        assert node.op is not None
        places = [i for i, x in enumerate(node.operands) if isinstance(x, Value)]
        recorded = dict(zip(places, node.partials, strict=True))
        found = rules(node.op, (self.name(node), node.data), list(map(self._term, node.operands)), recorded)
        return [
            rule if math.isclose(rule.data, x, rel_tol=1e-9) else Formula(Num(x), x)
            for rule, x in zip(found, node.partials, strict=True)
        ]

    def _term(self, operand: Value | float) -> Term:
        x = number_of(operand)
        return (self.name(operand), x) if isinstance(operand, Value) else (Num(x), x)


def number_of(operand: Value | float) -> float:
    """Return the number of an operand, which is a Value or a constant; a whole number above all floats is inf."""
    return operand.data if isinstance(operand, Value) else number(operand)


def same(a: float, b: float, tolerance: float = 0.0, size: float = 0.0) -> bool:
    """Return whether two numbers are equal or both nan.

    With a tolerance they may differ by so much, relative to the larger of them or to `size`.

    >>> same(math.nan, math.nan), same(0.1 + 0.2, 0.3), same(0.1 + 0.2, 0.3, ROUNDING)
    (True, False, True)
    """
    return math.isclose(a, b, rel_tol=tolerance, abs_tol=tolerance * size) or (a != a and b != b)
