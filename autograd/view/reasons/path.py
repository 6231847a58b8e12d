"""The path that carries most of a gradient, from the output to an input, with what every step of it does.

At every step d(output)/d(operand) = arriving × slope × paths, so all of these multiplied give the gradient exactly.

Of several operations that pass on alike to a Value, the one with the longest way to the output counts, since it shows
every factor; of several as long, the first one in the order of what they do: names of operations, slopes, numbers,
labels, and what they were computed from. None of these is a position, so that a calculation with its operands swapped
gives the same path.

>>> from autograd import Value
>>> x = Value(0.5, "x")
>>> a, b = x.tanh(), x.sinh() * 0.25
>>> for y in (a * b, b * a):
...     paths = Paths(Calculation.of(y), [x])
...     [step.op for step in paths.steps], paths.count(10)
(['mul', 'mul', 'sinh'], 2)
(['mul', 'mul', 'sinh'], 2)
"""

from __future__ import annotations

import hashlib
import math
from collections.abc import Container, Iterator, Sequence
from functools import cached_property
from itertools import pairwise
from typing import NamedTuple

from ...graph import descendants
from ...ieee import div
from ...operation import BLOCKED
from ...value import Value
from ..calculation import Calculation
from ..response import Response, response

__all__ = ["Factor", "Paths"]

NEARLY = 0.99  # parts that differ by less are alike, but for rounding

Step = tuple[Value, Value | None]  # a Value and the operation that passes on the most to it; None for the output
Facts = tuple[str, ...]  # what is compared of a step, in the order of importance
Part = tuple[float, float, Value]  # what a user gives to the gradient of its operand, what arrives at it, the user


class Factor(NamedTuple):
    """One step of a path, from a result to one of its operands; or a hook, whose result and operand are one Value.

    Attributes:
        result, operand: the two Values.
        slope: d(result)/d(operand); of a hook, the factor by which it changed the gradient.
        product: the slopes of all steps from the output up to this one, multiplied.
        arriving, gradient: d(output)/d(result) and d(output)/d(operand), over all paths.
    """

    result: Value
    operand: Value
    slope: float
    product: float
    arriving: float
    gradient: float

    @property
    def is_hook(self) -> bool:
        """Whether this is a hook, which replaced the gradient of a Value."""
        return self.result is self.operand

    @property
    def op(self) -> str:
        """The operation's name in the table; "hook" for a hook."""
        return "hook" if self.is_hook or self.result.op is None else self.result.op.name

    @property
    def part(self) -> float:
        """What this step alone gives to the gradient of its operand."""
        return self.arriving * self.slope

    @property
    def paths(self) -> float:
        """What all paths that meet at the operand give, in multiples of this one's part."""
        return self.gradient / self.part if self.part and math.isfinite(self.part) and not self.is_hook else 1.0


class Paths:
    """Everything that leads from an output to one of the Values below it.

    Args:
        calculation: that of the output.
        candidates: Values whose gradients are equally bad.

    Attributes:
        output: the Value at the one end.
        wrt: the Value at the other: of the candidates, the one with the longest way to the output.
        gradient: d(output)/d(wrt); None if nothing leads there.
        way: the Values on the path that carries most, from the output to `wrt`.
        steps: what the path does to the gradient.
    """

    def __init__(self, calculation: Calculation, candidates: Sequence[Value]) -> None:
        self._calculation, self._gradients = calculation, calculation.gradients
        self._responses: dict[Response, Response] = {}  # those that were measured, by themselves
        between = descendants(calculation.order, candidates)
        self._backward = [node for node in reversed(calculation.order) if node in between]
        self._length: dict[Value | None, int] = {calculation.output: 0}  # of the way from each Value to the output
        self._user: dict[Value, Value | None] = {}  # the operation that passes on the most to each Value
        self._choose(between)
        self.output = calculation.output
        self.wrt = self._least([(node, self._user.get(node)) for node in candidates])[0]
        self.gradient = self._gradients.get(self.wrt)
        self.way = [node for node, _ in self._upward((self.wrt, self._user.get(self.wrt)))][::-1]
        self.steps: tuple[Factor, ...] = tuple(self._steps()) if self.gradient is not None else ()

    def parts(self, node: Value) -> list[float]:
        """What each path that meets at a node of the main one gives to its gradient, as the sweep adds them."""
        return self._parts[node]

    @cached_property
    def _parts(self) -> dict[Value, list[float]]:
        return self._calculation.received(self.way)

    def count(self, limit: int) -> int:
        """Return how many paths there are, or `limit` if there are more."""
        paths = dict.fromkeys(self._backward, 0)
        paths[self.output] = 1
        for node in self._backward:
            for parent in node.parents:
                if parent in paths:
                    paths[parent] = min(paths[parent] + paths[node], limit)
        return paths[self.wrt]

    def is_product(self, step: Factor) -> bool:
        """Whether a step multiplies its operand by something, as by a weight; a divisor is not multiplied.

        It is measured once for all operands of the same sizes.
        """
        if step.is_hook:
            return False
        rough = response(step.result, step.operand).rough()
        return self._responses.setdefault(rough, rough).is_product

    # --- the steps ---

    def _steps(self) -> list[Factor]:
        steps = self._hooks(self.output, 1.0)
        for user, node in pairwise(self.way):
            arriving = self._gradients[user]
            slope = self._steepest(user, node)
            product = slope * (steps[-1].product if steps else 1.0)
            steps.append(Factor(user, node, slope, product, arriving, self._calculation.arriving(node)))
            steps += self._hooks(node, product)
        return steps

    def _hooks(self, node: Value, product: float) -> list[Factor]:
        """The step in which hooks replaced the gradient of a node, if any did."""
        if not self._calculation.is_hooked(node):
            return []
        before, after = self._calculation.arriving(node), self._gradients[node]
        slope = div(after, before)
        return [Factor(node, node, slope, product * slope if before else after, before, after)]

    # --- the choice of the way ---

    def _choose(self, between: Container[Value]) -> None:
        """Find for each Value below the output the operation that passes on the most to it."""
        parts: dict[Value, list[Part]] = {}
        for node in self._backward:
            if node in parts:
                _, user = self._least([(node, user) for user in _largest(parts.pop(node))])
                self._user[node], self._length[node] = user, self._length[user] + 1
            for user, _, parent, slope in self._calculation.edges(node):
                if parent in between:
                    arriving = self._gradients[user]
                    parts.setdefault(parent, []).append((arriving * slope, arriving, user))

    def _upward(self, start: Step) -> Iterator[Step]:
        """Yield the steps of a way from its start to the output."""
        yield start
        while (user := start[1]) is not None:
            start = user, self._user.get(user)
            yield start

    def _least(self, starts: Sequence[Step]) -> Step:
        """The start of the longest of some ways; of several as long, the first one in the order of what is on them."""
        if len(starts) == 1:
            return starts[0]
        longest = max(self._length.get(user, -1) for _, user in starts)
        best, *others = [start for start in starts if self._length.get(start[1], -1) == longest]
        for other in others:
            its, best_facts = next(self._differences(other, best), ((), ()))
            if its < best_facts:
                best = other
        return best

    def _differences(self, start: Step, other_start: Step) -> Iterator[tuple[Facts, Facts]]:
        """Compare two ways up to where they meet: first what is seen on them, then what their Values come from."""
        for facts in (self._seen, self._beneath):
            for step, other in zip(self._upward(start), self._upward(other_start), strict=True):
                if (found := facts(*step)) != (others := facts(*other)):
                    yield found, others
                if step[1] is other[1]:
                    break

    def _seen(self, node: Value, user: Value | None) -> Facts:
        """What a step does to the gradient, and what is known of its operand."""
        if user is None:
            return self._own(node)
        return user.op.name if user.op is not None else "", _rounded(self._steepest(user, node)), *self._own(node)

    def _own(self, node: Value) -> Facts:
        hooked = "hook" if node.notes is not None and node.notes.hooks else ""
        return hooked, _rounded(node.data), self._calculation.labels[node]

    def _beneath(self, node: Value, user: Value | None) -> Facts:
        """What a Value was computed from."""
        return (self._origins.get(node, ""),)

    def _steepest(self, user: Value, node: Value) -> float:
        """Return d(user)/d(node): of a node that is several operands of its user, the largest in size."""
        slopes = zip(self._calculation.parents(user), self._calculation.partials(user), strict=True)
        found = max(
            (slope for parent, slope in slopes if parent is node),
            key=lambda slope: (math.inf, 0.0) if slope != slope else (abs(slope), slope),
        )
        return found if found is BLOCKED else float(found)

    @cached_property
    def _origins(self) -> dict[Value, str]:
        """For each Value a text that is the same for those that were computed alike, whatever the order of operands."""
        found: dict[Value, str] = {}
        for node in self._calculation.order:
            operands = sorted(found[x] if isinstance(x, Value) else repr(x) for x in node.operands)
            what = (node.op.name if node.op is not None else "", *self._own(node), *operands)
            found[node] = hashlib.blake2b(repr(what).encode(), digest_size=16).hexdigest()
        return found


def _largest(parts: Sequence[Part]) -> dict[Value, None]:
    """The users whose parts are as large as the largest, but for rounding; nan is larger than any other."""
    sizes = [_size(part) for part, _, _ in parts]
    if not max(sizes)[1]:
        sizes = [_size(arriving) for _, arriving, _ in parts]
    is_nan, largest = max(sizes)
    alike = (is_nan, NEARLY * largest)
    return dict.fromkeys(user for (_, _, user), size in zip(parts, sizes, strict=True) if size >= alike)


def _size(x: float) -> tuple[bool, float]:
    return (True, math.inf) if x != x else (False, abs(x))


def _rounded(x: float) -> str:
    """A number as text that can be compared, without the digits that the order of a sum decides."""
    return f"{x + 0.0:.9g}"  # -0.0 + 0.0 is 0.0
