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
from collections import Counter
from collections.abc import Callable, Collection, Container, Iterable, Mapping, Sequence
from functools import cached_property
from itertools import chain, count

from ..graph import reverse_sweep, topological_order
from ..nn.module import Module
from ..nn.parameter import outermost
from ..primitives import number
from ..text import given, printable, shown
from ..value import Value
from .notation.expression import Expr, Name, Num, as_written
from .notation.formula import Formula, Term, rules
from .notation.text import name

__all__ = [
    "ROUNDING", "Calculation", "excess", "labels", "number_of", "order_of_use", "public", "same", "whole",
]  # fmt: skip

ROUNDING = 1e-9  # how far, relative to its terms, the order of its calculation may move a number
OUTPUT = ("y", "out")  # names for an output without one: the first of these that is free
LETTERS = "vutsrqp"  # what the names of Values without a name begin with: the first of these that is free
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
        nodes: the graph in topological order.
        output: the last of them.
    """

    def __init__(
        self,
        nodes: Sequence[Value],
        names: Mapping[str, object] | None = None,
        others: Iterable[Value] = (),
        module: Module | None = None,
    ) -> None:
        self.nodes = nodes
        self.output = nodes[-1]
        self._words, self._others = public(names), tuple(others)
        if module is not None and not any(x is module for x in self._words.values()):
            self._words[""] = module
        self._names: dict[Value, Name] = {}

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
        nodes = dict.fromkeys((*self.nodes, *self._others))
        named = {word: x for word, x in self._words.items() if isinstance(x, Module)}
        inside = {module for x in named.values() for module in x.modules()}
        modules = named.copy()
        unnamed = [module for module in outermost(nodes) if module not in inside]
        for module in unnamed:
            kind = type(module).__name__ if modules or len(unnamed) > 1 else ""
            more = (f"{kind}#{i}" for i in count(2))
            modules[next(word for word in chain([kind], more) if word not in self._words | modules)] = module
        try:
            return labels(nodes, self._words | modules), modules
        except ValueError:  # of a network without a name, some parameters have the same path
            return labels(nodes, self._words), named

    @cached_property
    def names(self) -> dict[Value, str]:
        """A name on one line for each node: what the user calls it, or else v1, v2, ..., counted as one reads.

        Another letter takes the place of v if a name of the user's looks like one of these. The output without a name
        is y, as in y = f(x), or out if that is taken. No two names are the same: of several Values that the user calls
        w, the second is w#2, as the whole calculation is read.
        """
        known = {
            node: label
            for node in dict.fromkeys((*order_of_use(self.nodes), *self.labels))
            if (label := printable(self.labels[node]).strip())
        }
        first: dict[str, Value] = {}  # who has a name as the user gave it
        for node, label in known.items():
            first.setdefault(label, node)
        free = next((label for label in OUTPUT if label not in first), "")
        if self.output not in known and free:
            known[self.output], first[free] = free, self.output
        letter = _free_letter([*(self.labels[node] for node in self.nodes), *_values(self._words).values()])
        numbered = (label for i in count(1) if (label := f"{letter}{i}") not in first)
        unnamed = (node for node in self.labels if node not in known)
        found = dict(zip(unnamed, numbered, strict=False))
        taken = set(first)
        again: dict[str, count[int]] = {}
        for node, label in known.items():
            unique = label
            if first[label] is not node:
                more = again.setdefault(label, count(2))
                unique = next(other for i in more if (other := f"{label}#{i}") not in taken)
            taken.add(unique)
            found[node] = unique
        return {node: found[node] for node in self.labels}

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

    def term(self, operand: Value | float) -> Term:
        """Return an operand as formulas write it, and its number."""
        x = number_of(operand)
        return (self.name(operand), x) if isinstance(operand, Value) else (Num(x), x)

    def expression(self, node: Value, term: Callable[[Value | float], Term] | None = None) -> Expr:
        """Return the operation that made a node, as the user wrote it; `term` says how operands are written."""
        assert node.op is not None
        return as_written(node.op, [expr for expr, _ in map(term or self.term, node.operands)])

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
        assert node.op is not None
        places = [i for i, x in enumerate(node.operands) if isinstance(x, Value)]
        every = zip(places, node.partials, node.parents, strict=True)
        wanted = [(i, slope, x) for i, slope, x in every if by is None or x in by]
        found = rules(node.op, term(node), list(map(term, node.operands)), {i: slope for i, slope, _ in wanted})
        return [(slope, rule, x) for (_, slope, x), rule in zip(wanted, found, strict=True)]


# --- names ---


def labels(nodes: Iterable[Value], names: Mapping[str, object] | None) -> dict[Value, str]:
    """Return what the user calls each node: its label, else its name in `names`, such as `globals()`, else "".

    A module among `names` names its parameters, such as "model.layers.0.weight[0][1]", also in place of labels if these
    do not tell them apart.

    >>> w, x = Value(2.0, "w"), Value(3.0)
    >>> list(labels([w, x], {"w": x, "x": x}).values())
    ['w', 'x']
    """
    words = public(names)
    paths: dict[Value, str] = {}
    alike: set[Value] = set()
    for word, x in words.items():
        if isinstance(x, Module):
            own = {parameter: path for path, parameter in x.named_parameters(word)}
            paths = own | paths
            if max(Counter(parameter.label for parameter in own if parameter.label).values(), default=0) > 1:
                alike.update(own)
    known = paths | _values(words)
    return {node: (node.label if node not in alike else "") or known.get(node, "") for node in nodes}


def _values(words: Mapping[str, object]) -> dict[Value, str]:
    """The Values among what is named, with their names."""
    return {x: word for word, x in words.items() if isinstance(x, Value)}


def _free_letter(labels: Iterable[str]) -> str:
    """Return the first letter that, with a number, looks like none of the labels: v, else u, t, ...

    >>> _free_letter(["w", "x1"]), _free_letter(["v11", "u_total", "t"]), _free_letter(["v", "u[0]"])
    ('v', 'u', 't')
    """
    taken = {"".join(filter(str.isalpha, label)) for label in set(labels)}
    return next(letter * n for n in count(1) for letter in LETTERS if letter * n not in taken)


def public(names: Mapping[str, object] | None) -> dict[str, object]:
    """Return what names name, without names that begin with an underscore: at a prompt, _ is whatever came last.

    Raises:
        TypeError: `names` is not a mapping.
    """
    if names is not None and not isinstance(names, Mapping):
        raise TypeError(f"names must be a mapping of names to Values, such as globals(), but got {given(names)}")
    return {word: x for word, x in (names or {}).items() if isinstance(word, str) and not word.startswith("_")}


def order_of_use(nodes: Iterable[Value]) -> dict[Value, None]:
    """Return the nodes of an order and their operands, each operand before what uses it first."""
    return dict.fromkeys(value for node in nodes if node.op is not None for value in (*node.parents, node))


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


# --- what can be read ---


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
