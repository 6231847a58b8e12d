"""The path that carries most of a gradient, from the output to an input, with what every step of it does.

At every step d(output)/d(operand) = arriving × slope × paths, so all of these multiplied give the gradient exactly.

>>> from autograd import Value, tanh
>>> x = Value(0.5, "x")
>>> y = tanh(3 * x) * 2
>>> paths = Paths(Calculation.of(y), x)
>>> [round(step.slope, 4) for step in paths.steps], paths.count(10)
([2.0, 0.1807, 3.0], 1)
"""

from __future__ import annotations

import math
from functools import cached_property, reduce
from itertools import pairwise
from operator import add
from typing import NamedTuple

from ...graph import descendants
from ...ieee import div
from ...value import Value
from ..calculation import Calculation
from .routes import Routes, steepest

__all__ = ["Factor", "Paths"]


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
        wrt: the Value at the other end.

    Attributes:
        steps: the path that carries most, from the output to the input.
    """

    def __init__(self, calculation: Calculation, wrt: Value) -> None:
        self.output, self.wrt = calculation.output, wrt
        self._calculation, self._adjoint = calculation, calculation.gradients
        between = descendants(calculation.nodes, [wrt])
        self._backward = [node for node in reversed(calculation.nodes) if node in between]
        self._way = Routes(calculation, between).way(wrt)
        self.steps = tuple(self._steps())

    def parts(self, node: Value) -> list[float]:
        """What each path that meets at a node of the main one gives to its gradient, as the sweep adds them."""
        return self._parts[node]

    @cached_property
    def _parts(self) -> dict[Value, list[float]]:
        return self._calculation.received(self._way)

    def count(self, limit: int) -> int:
        """Return how many paths there are, or `limit` where there are more."""
        paths = dict.fromkeys(self._backward, 0)
        paths[self.output] = 1
        for node in self._backward:
            for parent in node.parents:
                if parent in paths:
                    paths[parent] = min(paths[parent] + paths[node], limit)
        return paths[self.wrt]

    def _steps(self) -> list[Factor]:
        steps = self._hooks(self.output, 1.0, 1.0)
        for user, node in pairwise(self._way):
            arriving = self._adjoint[user]
            slope = steepest(user, node)
            product = slope * (steps[-1].product if steps else 1.0)
            hooked = node.notes is not None and node.notes.hooks
            gradient = reduce(add, self.parts(node)) if hooked else self._adjoint[node]  # sum() would round differently
            steps.append(Factor(user, node, slope, product, arriving, gradient))
            if hooked:
                steps += self._hooks(node, product, gradient)
        return steps

    def _hooks(self, node: Value, product: float, before: float) -> list[Factor]:
        """The step in which hooks replaced the gradient of a node, if any did."""
        after = self._adjoint[node]
        if after == before or (after != after and before != before):
            return []
        slope = div(after, before)
        return [Factor(node, node, slope, product * slope if before else after, before, after)]
