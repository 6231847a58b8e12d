"""A recorded program, evaluated again with other numbers: a learner's, or those that a mistake makes.

>>> from autograd import Value
>>> w, x = Value(2.0, "w"), Value(3.0, "x")
>>> replay = Replay(Calculation.of(w * x + w))
>>> run = replay.run()
>>> run.values, run.derivative(3, 0), run.derivative(3, 0, {(2, 0): -1.0})
([2.0, 3.0, 6.0, 8.0], 4.0, 0.0)
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from functools import cached_property
from types import MappingProxyType
from typing import Any, NamedTuple

from ..operation import Primitive
from ..value import Value
from ..view.calculation import ROUNDING, Calculation, number_of, same
from ..view.notation.text import rounded

__all__ = ["NOTHING", "NO_PINS", "Pins", "Replay", "Run", "Step"]

Edge = tuple[int, int]  # the place of a node, and which of its Values among the operands
NOTHING: Mapping[Any, float] = MappingProxyType({})


class Pins(NamedTuple):
    """Numbers that are taken as given.

    Attributes:
        values: of nodes, by place.
        derivatives: of one node by another, by both places.
    """

    values: Mapping[int, float] = NOTHING
    derivatives: Mapping[tuple[int, int], float] = NOTHING


NO_PINS = Pins()


class Step(NamedTuple):
    """How a node is computed.

    Attributes:
        op: the operation.
        operands: the places of its operands; None for a constant.
        constants: the numbers of its operands, as recorded.
    """

    op: Primitive
    operands: tuple[int | None, ...]
    constants: tuple[float, ...]

    @property
    def parents(self) -> list[int]:
        """The places of the Values among the operands."""
        return [place for place in self.operands if place is not None]

    def numbers(self, values: list[float]) -> list[float]:
        """Return the numbers of the operands."""
        pairs = zip(self.operands, self.constants, strict=True)
        return [constant if place is None else values[place] for place, constant in pairs]

    def value(self, numbers: list[float]) -> float:
        """Return the result for some operands."""
        try:
            return self.op.value(*numbers)
        except Exception:  # a user's function raises what it likes for numbers that it was not made for
            return math.nan

    def slopes(self, y: float, numbers: list[float]) -> tuple[float, ...]:
        """Return the local derivatives by the Values among the operands, for any numbers, even a wrong result."""
        try:
            if self.op.variadic:
                every = self.op.all_partials(y, *numbers)
            else:
                every = [rule(y, *numbers) for rule in (self.op.textbook or self.op.rules)]
        except Exception:
            every = [math.nan] * len(numbers)
        return tuple(slope for place, slope in zip(self.operands, every, strict=True) if place is not None)


class Replay:
    """A program that can be run again.

    Args:
        calculation: the recorded program.

    Raises:
        ValueError: a leaf has changed since the result was computed, and its old number cannot be found.
    """

    def __init__(self, calculation: Calculation) -> None:
        self.nodes = list(calculation.nodes)
        self.place = {node: i for i, node in enumerate(self.nodes)}
        self.steps = [self._step(calculation, node) for node in self.nodes]
        self.recorded = [node.data for node in self.nodes]
        self._slopes = [tuple(calculation.partials(node)) if node.op else () for node in self.nodes]
        self._restore(calculation)

    def _step(self, calculation: Calculation, node: Value) -> Step | None:
        op = calculation.op(node)
        if op is None:
            return None
        operands = calculation.operands(node)
        places = tuple(self.place[x] if isinstance(x, Value) else None for x in operands)
        return Step(op, places, tuple(map(number_of, operands)))

    def _restore(self, calculation: Calculation) -> None:
        """Find the numbers of leaves that have changed since, such as parameters after an update.

        In a product, the old number is a recorded derivative; in a sum, it is what the other terms leave. A number
        counts only if the recorded results follow from it.
        """
        for i, step in enumerate(self.steps):
            if step is None or self._agrees(i):
                continue
            leaves = [k for k in step.parents if self.steps[k] is None]
            if not any(self._restored(i, leaf) for leaf in leaves):
                changed = ", ".join(calculation.names[self.nodes[leaf]] for leaf in leaves)
                raise ValueError(
                    f"a number has changed since the result was computed, one of {changed}: compute the result again, "
                    "and check that"
                )

    def _restored(self, i: int, leaf: int) -> bool:
        step, now = self.steps[i], self.recorded[leaf]
        assert step is not None
        others = step.value(
            [0.0 if k == leaf else x for k, x in zip(step.operands, step.numbers(self.recorded), strict=True)]
        )
        users = [k for k, user in enumerate(self.steps) if user is not None and leaf in user.parents]
        for old in (*self._slopes[i], self.recorded[i] - others, others - self.recorded[i]):
            self.recorded[leaf] = old
            if all(map(self._agrees, users)):
                return True
        self.recorded[leaf] = now
        return False

    def _agrees(self, i: int) -> bool:
        """Return whether the recorded result of a step follows from its operands."""
        step = self.steps[i]
        if step is None:
            return True
        numbers = step.numbers(self.recorded)
        size = max(map(abs, numbers), default=0.0)
        return same(step.value(numbers), self.recorded[i], ROUNDING, size if math.isfinite(size) else 0.0)

    @cached_property
    def _reach(self) -> list[int]:
        found: list[int] = []  # a bit for each node
        for i, step in enumerate(self.steps):
            bits = 1 << i
            for parent in step.parents if step is not None else ():
                bits |= found[parent]
            found.append(bits)
        return found

    def reaches(self, of: int, by: int) -> bool:
        """Return whether one node was computed from another, or is the same."""
        return bool(self._reach[of] >> by & 1)

    def run(self, pins: Pins = NO_PINS, places: int | None = None) -> Run:
        """Return a run of the program, with every number rounded to some places if these are given."""
        return Run(self, pins, places)

    def known_slopes(self, i: int, y: float, numbers: list[float]) -> tuple[float, ...]:
        """Return the local derivatives of a node: the recorded ones for the recorded numbers."""
        step = self.steps[i]
        if step is None:
            return ()
        if y == self.recorded[i] and numbers == step.numbers(self.recorded):
            return self._slopes[i]
        return step.slopes(y, numbers)


class Run:
    """The numbers of a program with some of them given.

    Attributes:
        values: the number of each node.
    """

    def __init__(self, replay: Replay, pins: Pins, places: int | None) -> None:
        self.replay, self.pins, self.places = replay, pins, places
        self.values = list(replay.recorded)
        if not pins.values and places is None:
            return
        for i, step in enumerate(replay.steps):
            if i in pins.values:
                self.values[i] = pins.values[i]
            elif step is not None:
                self.values[i] = self._rounded(step.value(step.numbers(self.values)))

    def _rounded(self, x: float) -> float:
        return x if self.places is None else rounded(x, self.places)

    @cached_property
    def slopes(self) -> list[tuple[float, ...]]:
        """The local derivatives of each node; one that the learner gave, as given."""
        found: list[tuple[float, ...]] = []
        for i, step in enumerate(self.replay.steps):
            slopes = () if step is None else self.replay.known_slopes(i, self.values[i], step.numbers(self.values))
            if self.places is not None:
                slopes = tuple(map(self._rounded, slopes))
            found.append(slopes)
        for (of, by), slope in self.pins.derivatives.items():
            edge = self._only_edge(of, by)
            if edge is not None:
                found[of] = tuple(slope if j == edge else x for j, x in enumerate(found[of]))
        return found

    def _only_edge(self, of: int, by: int) -> int | None:
        """Return which parent of a node another one is, if that is the only path between them; else None."""
        step = self.replay.steps[of]
        on_way = [] if step is None else [j for j, x in enumerate(step.parents) if self.replay.reaches(x, by)]
        return on_way[0] if step is not None and len(on_way) == 1 and step.parents[on_way[0]] == by else None

    def derivative(self, of: int, by: int, changed: Mapping[Edge, float] = NOTHING) -> float:
        """Return the derivative of one node by another, with other local derivatives along some edges."""
        return self.gradients(of, changed, by).get(by, 0.0)

    def value(self, i: int) -> float:
        """Return the number of a node, which is not rounded itself."""
        step = self.replay.steps[i]
        return self.values[i] if self.places is None or step is None else step.value(step.numbers(self.values))

    def gradients(self, of: int, changed: Mapping[Edge, float] = NOTHING, last: int = -1) -> dict[int, float]:
        """Return the derivative of one node by each that it was computed from; the last one is not rounded itself."""
        found = {of: 1.0}
        fixed = {by: x for (a, by), x in self.pins.derivatives.items() if a == of and by != of}
        chains = self._chains(of)
        for i in range(of, -1, -1):
            if i not in found:
                continue
            if i in fixed:
                found[i] = fixed[i]
            elif i in chains:
                through, slope = chains[i]
                found[i] = found[through] * slope
            gradient = self._rounded(found[i])
            found[i] = found[i] if i == last else gradient
            step = self.replay.steps[i]
            if step is not None:
                for j, (parent, slope) in enumerate(zip(step.parents, self.slopes[i], strict=True)):
                    found[parent] = found.get(parent, 0.0) + gradient * changed.get((i, j), slope)
        return found

    def _chains(self, of: int) -> dict[int, tuple[int, float]]:
        """Return derivatives that the learner gave over several operations, where every path passes them."""
        return {
            by: (a, slope)
            for (a, by), slope in self.pins.derivatives.items()
            if a != of and by != a and self.replay.reaches(of, a)
            if self._only_edge(a, by) is None and self._all_pass(of, a, by)
        }

    def _all_pass(self, of: int, through: int, by: int) -> bool:
        """Return whether each path from one node back to another passes a third."""
        waiting, seen = [of], {of}
        while waiting:
            i = waiting.pop()
            if i == by:
                return False
            step = self.replay.steps[i]
            for parent in step.parents if step is not None and i != through else ():
                if parent not in seen:
                    seen.add(parent)
                    waiting.append(parent)
        return True
