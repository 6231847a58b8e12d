"""Slips: the numbers that known mistakes lead to. Each is built into the program, which is run again."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import cached_property
from typing import NamedTuple

from ..operation import Primitive
from ..view.calculation import Calculation
from ..view.notation.expression import Expr, Name, Num, evaluated, replaced
from .mutations import FUNCTIONS, mutations, names_in, swaps
from .paper import Subject
from .replay import NOTHING, Pins, Replay, Run

__all__ = ["OutOfWork", "Slip", "Slips"]

RANKS = {  # of slips that need more of a coincidence than others to lead to the same number; 0 for all others
    "name": 1, "value": 1, "other slope": 1, "other function": 1, "other": 1, "point": 1, "times exponent": 1,
    "rounded": 1, "plus": 2, "times": 2, "upside down": 2,
}  # fmt: skip
MOST_NAMES = 30  # the most numbers that are tried in the place of another


class OutOfWork(Exception):
    """There are more slips to try than are worth the time."""


class Slip(NamedTuple):
    """A mistake, and the number that it leads to.

    Attributes:
        kind: the mistake.
        number: the number.
        node: the place of the node in whose formula it is made; -1 for none.
        edge: of a local derivative, which of the node's parents it is taken by; -1 for the value of the node.
        part: the part of the formula that is missing or wrong.
        used: what is used instead.
        amount: a number that belongs to the mistake.
        far: how far-fetched it is: 0 if it is made in the line itself.
    """

    kind: str
    number: float
    node: int = -1
    edge: int = -1
    part: Expr | None = None
    used: Name | Primitive | Subject | None = None
    amount: float = math.nan
    far: int = 0

    @property
    def rank(self) -> int:
        """How likely it is compared with others: 0 for the likeliest."""
        return self.far + RANKS.get(self.kind, 0)


class Slips:
    """The slips of one program.

    Args:
        calculation: the program.
        replay: the same, to be run again.
        rate: the learning rate, if there is one.
    """

    def __init__(self, calculation: Calculation, replay: Replay, rate: float | None) -> None:
        self.calculation, self.replay, self.rate = calculation, replay, rate
        self.output = len(replay.nodes) - 1
        labels = calculation.labels
        named = [i for i, node in enumerate(replay.nodes) if labels[node].strip()] or range(len(replay.nodes))
        self.named = tuple(named)
        self._names = [calculation.name(node) for node in replay.nodes]
        self._places = {name: i for i, name in enumerate(self._names)}
        self._rules: dict[int, list[Expr]] = {}
        self.left = 0  # how many Values may still be computed again

    # --- formulas and their numbers ---

    @cached_property
    def _equations(self) -> list[Expr | None]:
        return [None if node.op is None else self.calculation.expression(node) for node in self.replay.nodes]

    def equation(self, i: int) -> Expr | None:
        """Return the formula of a node; None for a leaf."""
        return self._equations[i]

    def rule(self, i: int, j: int) -> Expr:
        """Return a local derivative of a node as a formula."""
        if i not in self._rules:
            self._rules[i] = [rule.expr for rule in self.calculation.rules(self.replay.nodes[i])]
        return self._rules[i][j]

    def _near(self, i: int) -> list[Name]:
        """Return what may be used in place of another number in a formula of a node, the likeliest first."""
        step = self.replay.steps[i]
        own = [i, *(step.parents if step is not None else ())]
        near = sorted(self.named, key=lambda k: abs(k - i))[:MOST_NAMES]
        return [self._names[k] for k in dict.fromkeys([*own[:MOST_NAMES], *near])]

    def _number(self, expr: Expr, values: Sequence[float], also: Mapping[Name, float] = NOTHING) -> float:
        """Return the number of a formula, with other numbers for some of its names."""
        names = names_in(expr)
        self._spend(len(names) + 2)
        numbers: dict[Expr, Expr] = {
            name: Num(also[name] if name in also else values[self._places[name]]) for name in names
        }
        try:
            return evaluated(replaced(expr, numbers))
        except Exception:  # a user's function raises what it likes
            return math.nan

    def _mutated(self, expr: Expr, i: int, values: Sequence[float], edge: int) -> Iterator[Slip]:
        """Yield the numbers of a formula with a mistake in it."""
        for mutation in mutations(expr, () if edge >= 0 else FUNCTIONS):
            yield Slip(mutation.kind, self._number(mutation.expr, values), i, edge, mutation.part, mutation.function)

    def _swapped(self, expr: Expr, i: int, values: Sequence[float], edge: int) -> Iterator[Slip]:
        """Yield the numbers of a formula with a wrong name in it."""
        for name, other, swapped in swaps(expr, self._near(i)):
            yield Slip("name", self._number(swapped, values), i, edge, name, other)

    def _spend(self, work: int) -> None:
        """Count Values that are computed again.

        Raises:
            OutOfWork: there were more than allowed.
        """
        self.left -= work
        if self.left < 0:
            raise OutOfWork

    # --- values ---

    def of_value(self, run: Run, i: int) -> Iterator[Slip]:
        """Yield the numbers of a node that mistakes in its formula, or in one before it, lead to."""
        exact = run.values[i]
        yield Slip("sign", -exact)
        for changed, slip in self._values(run, i):
            yield slip._replace(number=slip.number if slip.node == i else self._again(run, changed).values[i])

    def _values(self, run: Run, of: int) -> Iterator[tuple[dict[int, float], Slip]]:
        """Yield wrong values of the nodes that one was computed from, the nearest first, and slips in the same order.

        Wrong names come last, of all nodes.
        """
        nodes = [
            k
            for k in range(of, -1, -1)
            if self.replay.steps[k] is not None and self.replay.reaches(of, k) and (k == of or k not in run.pins.values)
        ]
        own = self._own(of)
        for formulas in (self._mutated, self._swapped):
            for k in nodes:
                for slip in formulas(self._equations[k] or Num(0.0), k, run.values, -1):
                    if slip.number != run.values[k]:
                        yield {k: slip.number}, slip._replace(far=(k not in own) * (1 + (slip.kind == "name")))

    def _own(self, of: int) -> set[int]:
        """Return a node and those without a name that its line consists of."""
        found, waiting = {of}, [of]
        while waiting:
            step = self.replay.steps[waiting.pop()]
            parents = [] if step is None else [k for k in step.parents if k not in self.named and k not in found]
            found.update(parents)
            waiting += parents
        return found

    def _again(self, run: Run, changed: Mapping[int, float]) -> Run:
        self._spend(len(self._names))
        return self.replay.run(Pins({**run.pins.values, **changed}, run.pins.derivatives))

    # --- derivatives ---

    def of_derivative(self, run: Run, of: int, by: int, news: Mapping[int, float]) -> Iterator[Slip]:
        """Yield the derivatives that mistakes lead to: along the way, in a local derivative, or in a value."""
        exact = run.derivative(of, by)
        edges = self._edges(run, of, by)
        ways = {edge: self._way(run, of, by, edge) for edge in edges}
        local = {(i, j): list(self._slopes(run, i, j, news)) for i, j in edges}
        likely = ("factor", "exponent", "minus", "term sign", "updated")
        yield from self._through(ways, local, likely)
        yield Slip("sign", -exact)
        for kind, change in (("left out", 1.0), ("path", 0.0)):
            for (i, j), (base, rate) in ways.items():
                if kind == "left out" or base:  # without any other path nothing is left
                    yield Slip(kind, base + rate * change, i, j)
        for (i, j), (base, rate) in ways.items():
            yield Slip("twice", base + rate * run.slopes[i][j] ** 2, i, j)
        for (i, j), (base, rate) in ways.items():
            if base or run.slopes[i][j] < 0:  # else it is the sign of all
                yield Slip("edge sign", base - rate * run.slopes[i][j], i, j)
        yield from self._through(ways, local, ("name", "value", "other slope"))
        yield from self._through(ways, local, ())
        for leaf, new in news.items():
            yield Slip("updated", self._again(run, {leaf: new}).derivative(of, by), used=self._names[leaf], amount=new)
        for changed, slip in self._values(run, of):
            yield slip._replace(number=self._again(run, changed).derivative(of, by), far=slip.far + 1)

    def _through(
        self,
        ways: Mapping[tuple[int, int], tuple[float, float]],
        local: Mapping[tuple[int, int], list[Slip]],
        kinds: Sequence[str],
    ) -> Iterator[Slip]:
        """Yield the derivatives that wrong local derivatives of some kinds lead to; of all kinds if there are none."""
        for kind in kinds or ("",):
            for edge, (base, rate) in ways.items():
                for slip in local[edge]:
                    if not kind or slip.kind == kind:
                        yield slip._replace(number=base + rate * slip.number)

    def _edges(self, run: Run, of: int, by: int) -> list[tuple[int, int]]:
        """Return the edges on the paths between two nodes, those next to the second first."""
        replay = self.replay
        return [
            (i, j)
            for i, step in enumerate(replay.steps[: of + 1])
            if step is not None and i != by and replay.reaches(of, i)
            for j, parent in enumerate(step.parents)
            if replay.reaches(parent, by)
        ]

    def _way(self, run: Run, of: int, by: int, edge: tuple[int, int]) -> tuple[float, float]:
        """Return the derivative without an edge, and how much it grows with the local derivative of that edge."""
        self._spend(2 * len(self._names))
        base = run.derivative(of, by, {edge: 0.0})
        return base, run.derivative(of, by, {edge: 1.0}) - base

    def _slopes(self, run: Run, i: int, j: int, news: Mapping[int, float]) -> Iterator[Slip]:
        """Yield what mistakes make of a local derivative."""
        rule, step, slope = self.rule(i, j), self.replay.steps[i], run.slopes[i][j]
        assert step is not None
        if (i, step.parents[j]) in run.pins.derivatives:
            return
        numbers = step.numbers(run.values)
        equation = self._equations[i]
        inside = numbers[next(k for k, place in enumerate(step.operands) if place is not None)]
        if len(step.parents) == 1 and not step.op.is_infix and step.op.arity == 1:
            yield Slip("value", run.values[i], i, j, self._names[i])
            for function in FUNCTIONS:
                if function is not step.op:
                    for y in (function.value(inside), run.values[i]):
                        for rules in filter(None, (function.textbook, function.rules)):
                            yield Slip("other slope", _quiet(rules[0], y, inside), i, j, equation, function)
        for leaf, new in news.items():
            if self._names[leaf] in names_in(rule):
                number = self._number(rule, run.values, {self._names[leaf]: new})
                yield Slip("updated", number, i, j, self._names[leaf], self._names[leaf], new)
        for formulas in (self._mutated, self._swapped):
            for slip in formulas(rule, i, run.values, j):
                if slip.number != slope:
                    yield slip

    # --- after one step of gradient descent ---

    def unmoved(self, leaf: int) -> Slip:
        """Return the slip of a parameter that stays what it was."""
        w = self.replay.recorded[leaf]
        return Slip("not updated", w, leaf, used=self._names[leaf], amount=w)

    def of_step(self, run: Run, leaf: int) -> Iterator[Slip]:
        """Yield what mistakes in a step of gradient descent make of a parameter."""
        rate, w, slope = self.rate or 0.0, run.values[leaf], run.derivative(self.output, leaf)
        yield Slip("added", w + rate * slope, leaf)
        yield Slip("rate twice", w - rate * rate * slope, leaf)
        yield Slip("no rate", w - slope, leaf)
        yield Slip("only change", rate * slope, leaf)
        yield Slip("only change", -rate * slope, leaf)
        yield self.unmoved(leaf)
        gradients = run.gradients(self.output)
        for other in self.named:
            if other != leaf and other in gradients:
                title = Subject("derivative", self.output, other)
                yield Slip("other gradient", w - rate * gradients[other], leaf, used=title)
        if (self.output, leaf) not in run.pins.derivatives:
            for slip in self.of_derivative(run, self.output, leaf, {}):
                yield slip._replace(number=w - rate * slip.number, far=slip.far + 1)

    def of_after(self, run: Run, i: int, before: Mapping[int, float], untouched: Mapping[int, float]) -> Iterator[Slip]:
        """Yield what mistakes make of a value after the step.

        Args:
            run: the program with the new parameters.
            i: the place of the node.
            before: the parameters before the step.
            untouched: new numbers of the parameters that stay.
        """
        for leaf, old in before.items():
            yield Slip("not updated", self._again(run, {leaf: old}).values[i], used=self._names[leaf], amount=old)
        yield Slip("nothing updated", self._again(run, before).values[i])
        for leaf, new in untouched.items():
            yield Slip("updated", self._again(run, {leaf: new}).values[i], used=self._names[leaf], amount=new)
        yield Slip("all updated", self._again(run, untouched).values[i])
        yield from self.of_value(run, i)

    # --- the number of another line ---

    def others(self, run: Run, subject: Subject) -> Iterator[Slip]:
        """Yield the numbers of other lines."""
        if subject.kind == "derivative":
            found = run.gradients(subject.of)
            yield from (
                Slip("other", found[k], used=Subject("derivative", subject.of, k))
                for k in reversed(self.named)
                if k in found and k not in (subject.of, subject.by)
            )
            for k in self.named:
                if k not in (subject.of, subject.by) and self.replay.reaches(k, subject.by):
                    self._spend(len(self._names))
                    other = Subject("derivative", k, subject.by)
                    yield Slip("other", run.derivative(k, subject.by), used=other)
        for k in self.named:
            if Subject("value", k) != subject:
                yield Slip("other", run.values[k], used=Subject("value", k))


def _quiet(rule: Callable[..., float], y: float, x: float) -> float:
    try:
        return float(rule(y, x))
    except ArithmeticError:
        return math.nan
