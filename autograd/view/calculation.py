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
import operator
from collections import Counter
from collections.abc import Callable, Collection, Container, Iterable, Mapping, Sequence
from functools import cached_property, reduce
from itertools import chain, count
from typing import Any

from ..graph import reverse_sweep, topological_order
from ..nn.module import Module
from ..primitives import Primitive, add, number, sum_
from ..text import given, shown
from ..value import Value
from .names import free_letter, labels, networks, public, unique_names, values
from .notation.expression import Expr, Name, Num, as_written
from .notation.formula import Formula, Term, rules
from .notation.text import name

__all__ = ["ROUNDING", "Calculation", "excess", "number_of", "same", "several", "whole"]

ROUNDING = 1e-9  # how far, relative to its terms, the order of its calculation may move a number
EDGES = 6  # the most edges for each Value that may be drawn: Graphviz takes minutes for more, and nobody can read them


class Calculation:
    """A graph as a person reads it; what takes time is found on first use.

    Args:
        nodes: the graph in topological order.
        names: a mapping of names to Values and modules, for Values that have no label.
        others: Values that need a name although they may not be in the graph.
        module: a network, whose parameters are called by their paths in it, such as "layers.0.weight[2][1]"; if it is
            among `names`, these paths begin with its name.

    Attributes:
        order: the whole graph in topological order.
        nodes: the same without the additions inside a sum: `sum(xs)` of Python adds one after the other to 0, which
            reads as one operation on all of them.
        output: the last of them.
    """

    def __init__(
        self,
        nodes: Sequence[Value],
        names: Mapping[str, object] | None = None,
        others: Iterable[Value] = (),
        module: Module | None = None,
    ) -> None:
        self.order = nodes
        self.output = nodes[-1]
        self._words, self._others = public(names), tuple(others)
        if module is not None and not any(x is module for x in self._words.values()):
            self._words[""] = module
        self._names: dict[Value, Name] = {}
        self._sums: dict[Value, tuple[Value | float, ...]] = {}  # what is added up
        self._parts: dict[Value, tuple[Value, int | None]] = {}  # the sum of an addition, and which parent it adds
        self._find_sums()
        self.nodes = [node for node in nodes if self._parts.get(node, (node,))[0] is node] if self._sums else nodes

    @classmethod
    def of(
        cls,
        output: Value,
        names: Mapping[str, object] | None = None,
        wrt: Iterable[Value] = (),
        module: Module | None = None,
    ) -> Calculation:
        """Return the calculation of a result; `wrt` are the Values that something is asked about."""
        return cls(topological_order(output), names, wrt, module)

    @cached_property
    def labels(self) -> dict[Value, str]:
        """What the user calls each node; "" for a node without label and name."""
        return self._labels_and_modules[0]

    @cached_property
    def modules(self) -> dict[str, Module]:
        """The networks among the names, and those that parameters in the graph belong to.

        The keys begin the paths of their parameters: a network without a name has "" or, if it is not the only one,
        its class.
        """
        return self._labels_and_modules[1]

    @cached_property
    def _labels_and_modules(self) -> tuple[dict[Value, str], dict[str, Module]]:
        nodes = dict.fromkeys((*self.order, *self._others))
        modules = networks(nodes, self._words)
        try:
            return labels(nodes, self._words | modules), modules
        except ValueError:  # of a network without a name, some parameters have the same path
            return labels(nodes, self._words), networks((), self._words)

    @cached_property
    def names(self) -> dict[Value, str]:
        """A name on one line for each node; no two are the same."""
        nodes = dict.fromkeys((*self.nodes, *self._others))
        labels = {node: self.labels[node] for node in (*self.by_use(self.nodes), *nodes)}
        own = [*(self.labels[node] for node in self.nodes), *values(self._words).values()]
        return unique_names(nodes, labels, self.output, free_letter(own))

    # --- the graph as it reads ---

    def _find_sums(self) -> None:
        """Find the chains of additions that begin with 0 + a, as `sum(xs)` of Python makes them.

        A result in between that has a name, a hook or another use, or that was asked about, ends its chain.
        """
        if not any(node.op is add and _is_zero(node.operands[0]) for node in self.order):
            return
        uses = Counter(parent for node in self.order for parent in node.parents)
        kept = {self.output, *self._others}
        chains: dict[Value, list[tuple[Value, Value | float]]] = {}  # the last addition, with all additions and terms
        for node in self.order:
            if node.op is add:
                first, term = node.operands
                if _is_zero(first):
                    chains[node] = [(node, term)]
                elif isinstance(first, Value) and first in chains and uses[first] == 1 and first not in kept:
                    hooked = first.notes is not None and first.notes.hooks
                    if not hooked and not self.labels[first].strip():
                        chains[node] = chains.pop(first)
                        chains[node].append((node, term))
        for total, additions in chains.items():
            if len(additions) > 1:
                self._sums[total] = tuple(term for _, term in additions)
                places = count()
                for node, term in additions:
                    self._parts[node] = total, next(places) if isinstance(term, Value) else None

    def op(self, node: Value) -> Primitive | None:
        """Return the operation that made a node, None for a leaf."""
        return sum_ if node in self._sums else node.op

    def operands(self, node: Value) -> tuple[Value | float, ...]:
        """Return what a node was computed from."""
        return self._sums.get(node) or node.operands

    def parents(self, node: Value) -> tuple[Value, ...]:
        """Return the Values among the operands."""
        if node not in self._sums:
            return node.parents
        return tuple(operand for operand in self._sums[node] if isinstance(operand, Value))

    def partials(self, node: Value) -> tuple[float, ...]:
        """Return the local derivatives by the parents."""
        return node.partials if node not in self._sums else (1.0,) * len(self.parents(node))

    def now(self, node: Value) -> float:
        """Return what the operation gives for the present numbers of its operands."""
        numbers = list(map(number_of, self.operands(node)))
        if node in self._sums:
            return reduce(operator.add, numbers, 0.0)
        assert node.op is not None
        return node.op.value(*numbers)

    def by_use(self, nodes: Iterable[Value]) -> dict[Value, None]:
        """Return nodes in topological order and their operands, each operand before what uses it first."""
        used = ((*self.parents(node), node) for node in nodes if node.op is not None)
        return dict.fromkeys(chain.from_iterable(used))

    # --- the way back ---

    @cached_property
    def gradients(self) -> dict[Value, float]:
        """The derivative of the output with respect to each node, by one sweep in which hooks are called."""
        swept = reverse_sweep(self.output, order=self.order)
        return {node: x.data if isinstance(x, Value) else x for node, x in swept.items()}  # a hook may return a Value

    def edges(self, node: Value) -> list[tuple[Value, int, Value, float]]:
        """Return the edges along which a sweep passes on the gradient of a node of the whole graph.

        Each is a node, which of its parents that is, the parent, and the slope. An addition inside a sum passes on the
        gradient of the sum.
        """
        if node in self._parts:
            total, place = self._parts[node]
            return [] if place is None else [(total, place, self.parents(total)[place], 1.0)]
        slopes = zip(node.parents, node.partials, strict=True)
        return [(node, i, parent, slope) for i, (parent, slope) in enumerate(slopes)]

    @cached_property
    def _arriving(self) -> dict[Value, float]:
        hooked = [node for node in self.order if node.notes is not None and node.notes.hooks]
        return {node: reduce(operator.add, parts) for node, parts in self.received(hooked).items()}

    def arriving(self, node: Value) -> float:
        """Return the gradient that arrives at a node, before a hook may replace it."""
        return self._arriving.get(node, self.gradients[node])

    def is_hooked(self, node: Value) -> bool:
        """Whether a hook replaced the gradient of a node."""
        return not same(self.arriving(node), self.gradients[node])

    def received(self, nodes: Iterable[Value]) -> dict[Value, list[float]]:
        """Return for each of some nodes what each use gives to its gradient, in the order in which the sweep adds."""
        found: dict[Value, list[float]] = {node: [1.0] if node is self.output else [] for node in nodes}
        for user in reversed(self.order) if found else ():
            for node, _, parent, slope in self.edges(user):
                if parent in found:
                    found[parent].append(self.gradients[node] * slope)
        return found

    # --- names and formulas ---

    def name(self, node: Value) -> Name:
        """Return the name of a node as formulas write it; an addition inside a sum has that of the sum."""
        if node not in self._names:
            self._names[node] = name(self.names[self._parts.get(node, (node,))[0]])
        return self._names[node]

    def term(self, operand: Value | float) -> Term:
        """Return an operand as formulas write it, and its number."""
        x = number_of(operand)
        return (self.name(operand), x) if isinstance(operand, Value) else (Num(x), x)

    def expression(self, node: Value, term: Callable[[Value | float], Term] | None = None) -> Expr:
        """Return the operation that made a node, as the user wrote it; `term` says how operands are written."""
        op = self.op(node)
        assert op is not None
        return as_written(op, [expr for expr, _ in map(term or self.term, self.operands(node))])

    def rules(self, node: Value) -> list[Formula]:
        """Return the local derivatives by the parents of a node as formulas.

        One that a leaf no longer agrees with, since it has changed, is a plain number.
        """
        return [
            rule if math.isclose(rule.data, slope, rel_tol=1e-9) else Formula(Num(slope), slope)
            for slope, rule, _ in self.slopes(node, self.term)
        ]

    def slopes(
        self, node: Value, term: Callable[[Value | float], Term], by: Container[Value] | None = None
    ) -> list[tuple[float, Formula, Value]]:
        """Return the local derivatives of a node, each as recorded and as a formula, with its operand.

        Args:
            node: an operation's result.
            term: how the node and its operands are written, and their numbers.
            by: the operands to differentiate by; all of them if None.
        """
        op, operands = self.op(node), self.operands(node)
        assert op is not None
        places = [i for i, x in enumerate(operands) if isinstance(x, Value)]
        every = zip(places, self.partials(node), self.parents(node), strict=True)
        wanted = [(i, slope, x) for i, slope, x in every if by is None or x in by]
        found = rules(op, term(node), list(map(term, operands)), {i: slope for i, slope, _ in wanted})
        return [(slope, rule, x) for (_, slope, x), rule in zip(wanted, found, strict=True)]


def _is_zero(operand: Value | float) -> bool:
    return not isinstance(operand, Value) and operand == 0


# --- numbers ---


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


# --- what can be asked, and read ---


def several(wrt: Value | Iterable[Value]) -> list[Value]:
    """Return the Values that something is asked about: one, or several."""
    values: list[Any]
    try:
        values = [wrt] if isinstance(wrt, Value) else list(wrt)
    except TypeError:
        values = [wrt]  # refused below
    for value in values:
        if not isinstance(value, Value):
            raise TypeError(
                f"wrt must be a Value or several, such as w, [w1, w2] or model.parameters(), but got {given(value)}"
            )
    if not values:
        raise ValueError("wrt is empty: give a Value or several, or leave it out for all that have a name")
    return values


def whole(what: str, n: object, low: int, high: int | None = None) -> None:
    """Raise a TypeError unless n is a whole number, and a ValueError unless it is at least `low` and at most `high`.

    >>> whole("digits", 0, 1, 17)
    Traceback (most recent call last):
        ...
    ValueError: digits must be a whole number from 1 to 17, but got 0
    """
    accepted = f"a whole number of at least {low}" if high is None else f"a whole number from {low} to {high}"
    if isinstance(n, bool) or not isinstance(n, int):
        raise TypeError(f"{what} must be {accepted}, but got {given(n)}")
    if n < low or (high is not None and n > high):
        raise ValueError(f"{what} must be {accepted}, but got {shown(n)}")


def excess(outputs: Collection[Value], most: float, edges: float | None = None) -> str:
    """Return what a graph has too much of, in words, or "" if it has not; looks no further than it must.

    Args:
        outputs: what the graph was computed for.
        most: the largest number of Values.
        edges: the largest number of edges; by default what can be drawn with `most` Values.

    >>> x = Value(3.0)
    >>> excess([x * x], 1), excess([x * x], 2)
    ('1 Values', '')
    """
    edges = EDGES * most if edges is None else edges
    seen = set(outputs)
    waiting = list(seen)
    count = 0
    while waiting:
        parents = waiting.pop().parents
        count += len(parents)
        new = set(parents) - seen
        seen |= new
        waiting.extend(new)
        if len(seen) > most:
            return f"{most:,} Values"
        if count > edges:
            return f"{edges:,} edges"
    return ""
