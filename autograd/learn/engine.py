"""A small correct engine, made of parts that a mistake replaces one at a time.

It has the interface of micrograd, and takes values and derivatives from the table of primitives. Each method is one
decision of the author of an engine; mistakes.py overrides them.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import Any

from ..primitives import TABLE

__all__ = ["ComposedEngine", "Engine", "SetEngine"]


class Engine:
    """A number with a gradient; operations on it record how to pass gradients on.

    Attributes:
        flips: a bit for each height of a number in the graph: whether a search visits the left operand first there. An
            engine that keeps the operands in a set does so at random.
    """

    flips = 0
    ordered = False  # whether the order of operands can change what is found

    def __init__(self, data: float, parents: Sequence[Engine] = (), op: str = "") -> None:
        self.data: float = float(data)
        self.grad: float = 0.0
        self.parents, self.op = parents, op
        self.height: int = 1 + max((parent.height for parent in parents), default=-1)

    # --- recording ---

    def record(self, op: str, *others: Any) -> Any:
        """Return the result of an operation on this number and others."""
        operands = [self, *map(self.wrapped, others)]
        return type(self)(TABLE[op].value(*(x.data for x in operands)), operands, op)

    def wrapped(self, x: Any) -> Engine:
        """Return a Value as it is, a plain number as a new Value."""
        return x if isinstance(x, Engine) else type(self)(x)

    def slopes(self) -> Iterable[float]:
        """Return the local derivatives by the operands."""
        xs = [x.data for x in self.parents]
        return [rule(self.data, *xs) for rule in TABLE[self.op].rules] if self.op else []

    # --- the chain rule ---

    def backward(self) -> None:
        """Compute the gradients of everything that this number depends on."""
        nodes = self.order()
        self.begin(nodes)
        for node in nodes:
            node.pass_on()

    def order(self) -> list[Any]:
        """Return the graph, each number before its operands."""
        return self.sorted()[::-1]

    def sorted(self, again: bool = False, key: Callable[[Engine], Any] = id) -> list[Any]:
        """Return the graph in topological order, the result last; again: a number once for each of its uses."""
        found: list[Engine] = []
        seen: set[Any] = set()
        stack: list[tuple[Engine, bool]] = [(self, False)]
        while stack:
            node, done = stack.pop()
            if done:
                found.append(node)
            elif again or key(node) not in seen:
                seen.add(key(node))
                stack.append((node, True))
                stack.extend((parent, False) for parent in node.siblings())
        return found

    def siblings(self) -> Sequence[Engine]:
        """Return the operands, the one that is visited first last."""
        return self.parents[::-1] if self.flips >> self.height & 1 else self.parents

    def begin(self, nodes: Sequence[Engine]) -> None:
        """Set the gradients with which the sweep begins."""
        for node in nodes:
            if node.op:
                node.grad = 0.0
        self.grad = 1.0

    def pass_on(self) -> None:
        """Give each operand its part of the gradient."""
        for place, (parent, slope) in enumerate(zip(self.parents, self.slopes(), strict=True)):
            self.give(place, parent, self.part(slope))

    def part(self, slope: float) -> float:
        """Return the part of the gradient that goes along one edge."""
        return slope * self.grad

    def give(self, place: int, parent: Engine, part: float) -> None:
        """Add a part to the gradient of an operand."""
        parent.grad += part

    # --- operators ---

    def __add__(self, other: Any) -> Any:
        return self.record("add", other)

    def __mul__(self, other: Any) -> Any:
        return self.record("mul", other)

    def __sub__(self, other: Any) -> Any:
        return self.record("sub", other)

    def __truediv__(self, other: Any) -> Any:
        return self.record("div", other)

    def __pow__(self, other: Any) -> Any:
        return self.record("pow", float(other))

    def __neg__(self) -> Any:
        return self.record("neg")

    def __radd__(self, other: Any) -> Any:
        return self + other

    def __rmul__(self, other: Any) -> Any:
        return self * other

    def __rsub__(self, other: Any) -> Any:
        return self.wrapped(other) - self

    def __rtruediv__(self, other: Any) -> Any:
        return self.wrapped(other) / self


def _function(name: str) -> Callable[[Any], Any]:
    return lambda self: self.record(name)


for _name in ("relu", "tanh", "exp", "log", "sigmoid"):
    setattr(Engine, _name, _function(_name))


class ComposedEngine(Engine):
    """The same, with subtraction, negation and division made of sums, products and powers, as micrograd has them."""

    def __sub__(self, other: Any) -> Any:
        return self + (-self.wrapped(other))

    def __neg__(self) -> Any:
        return self * -1.0

    def __truediv__(self, other: Any) -> Any:
        return self * self.wrapped(other) ** -1.0

    def __rsub__(self, other: Any) -> Any:
        return other + (-self)

    def __rtruediv__(self, other: Any) -> Any:
        return other * self**-1.0


class SetEngine(ComposedEngine):
    """The same, with operands in a set, as micrograd has them: one that is used twice is there once."""

    def siblings(self) -> Sequence[Engine]:
        return list({id(parent): parent for parent in super().siblings()}.values())
