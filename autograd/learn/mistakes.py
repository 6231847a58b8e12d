"""Classic mistakes: each one as an engine that makes it and is right in everything else.

An engine under examination is convicted of a mistake if an engine that makes it finds the same wrong numbers.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Sequence
from typing import Any, NamedTuple

from .engine import ComposedEngine, Engine, SetEngine

__all__ = ["MISTAKES", "STYLES", "Mistake", "made_with"]


class Mistake(NamedTuple):
    """A mistake.

    Attributes:
        key: what is wrong, as a key of sentences.
        op: the operation in which it is made; "" for all of them.
        changes: a class that overrides the method of `Engine` in which the mistake is made.
    """

    key: str
    op: str
    changes: type[Engine]


STYLES: tuple[type[Engine], ...] = (Engine, ComposedEngine, SetEngine)


def made_with(style: type[Engine], *made: Mistake) -> type[Engine]:
    """Return the engine of a style that makes some mistakes."""
    return type("Value", (*(mistake.changes for mistake in made), style), {})


# --- in the derivative of one operation ---


def _slope(key: str, op: str, *rules: Callable[..., float]) -> Mistake:
    class Changes(Engine):
        def slopes(self) -> Iterable[float]:
            if self.op != op:
                return super().slopes()
            right, xs = list(super().slopes()), [x.data for x in self.parents]
            return [*(rule(self.data, *xs) for rule in rules), *right[len(rules) :]]

    return Mistake(key, op, Changes)


_SLOPES = [
    _slope("sign of b", "sub", lambda y, a, b: 1.0, lambda y, a, b: 1.0),
    _slope("sign of -a", "neg", lambda y, a: 1.0),
    _slope("own factor", "mul", lambda y, a, b: a, lambda y, a, b: b),
    _slope("like a sum", "mul", lambda y, a, b: 1.0, lambda y, a, b: 1.0),
    _slope("sign of b", "div", lambda y, a, b: 1 / b, lambda y, a, b: a / b**2),
    _slope("square of b", "div", lambda y, a, b: 1 / b, lambda y, a, b: -a / b),
    _slope("like a product", "div", lambda y, a, b: b, lambda y, a, b: a),
    _slope("exponent as a factor", "pow", lambda y, a, n: a ** (n - 1)),
    _slope("exponent minus one", "pow", lambda y, a, n: n * a**n),
    _slope("relu at 0", "relu", lambda y, x: float(x >= 0)),
    _slope("no mask", "relu", lambda y, x: 1.0),
    _slope("value for slope", "relu", lambda y, x: y),
    _slope("value for slope", "tanh", lambda y, x: y),
    _slope("value for slope", "sigmoid", lambda y, x: y),
    _slope("z for a", "tanh", lambda y, x: 1 - x * x),
    _slope("square of a", "tanh", lambda y, x: 1 - y),
    _slope("derivative of another function", "tanh", lambda y, x: y * (1 - y)),
    _slope("z for a", "sigmoid", lambda y, x: x * (1 - x)),
    _slope("derivative of another function", "sigmoid", lambda y, x: 1 - y * y),
    _slope("1 - a alone", "sigmoid", lambda y, x: 1 - y),
    _slope("z for a", "exp", lambda y, x: x),
    _slope("like a power", "exp", lambda y, x: x * math.exp(x - 1)),
    _slope("value for slope", "log", lambda y, x: y),
    _slope("a for z", "log", lambda y, x: 1 / y),
]


# --- in how gradients are passed on, in one operation or in all ---


def _passing(op: str) -> list[Mistake]:
    def here(node: Engine) -> bool:
        return op in ("", node.op)

    class Overwrites(Engine):
        ordered = True

        def give(self, place: int, parent: Engine, part: float) -> None:
            if here(self):
                parent.grad = part
            else:
                super().give(place, parent, part)

    class OverwritesFirst(Engine):
        ordered = True

        def give(self, place: int, parent: Engine, part: float) -> None:
            if here(self) and place == 0:
                parent.grad = part
            else:
                super().give(place, parent, part)

    class OverwritesSecond(Engine):
        ordered = True

        def give(self, place: int, parent: Engine, part: float) -> None:
            if here(self) and place == 1:
                parent.grad = part
            else:
                super().give(place, parent, part)

    class ForgetsGradient(Engine):
        def part(self, slope: float) -> float:
            return slope if here(self) else super().part(slope)

    class ForgetsSecond(Engine):
        def give(self, place: int, parent: Engine, part: float) -> None:
            if not (here(self) and place == 1):
                super().give(place, parent, part)

    class ForgetsSlope(Engine):
        def part(self, slope: float) -> float:
            return self.grad if here(self) else super().part(slope)

    class AddsSlope(Engine):
        def part(self, slope: float) -> float:
            return slope + self.grad if here(self) else super().part(slope)

    class NotRecorded(Engine):
        def siblings(self) -> Sequence[Engine]:
            return () if here(self) else super().siblings()

    class NothingBack(Engine):
        def pass_on(self) -> None:
            if not here(self):
                super().pass_on()

    changes = {
        "overwritten": Overwrites, "first overwritten": OverwritesFirst, "second overwritten": OverwritesSecond,
        "gradient forgotten": ForgetsGradient, "second forgotten": ForgetsSecond, "slope forgotten": ForgetsSlope,
        "slope added": AddsSlope, "nothing passed": NothingBack,
        "not recorded": NotRecorded,
    }  # fmt: skip
    if not op:
        del changes["not recorded"]  # that of all is the order that is not reversed
    return [Mistake(key, op, change) for key, change in changes.items()]


_OPERATIONS = ("", "add", "mul", "sub", "div", "neg", "pow", "relu", "tanh", "exp", "log", "sigmoid")


# --- in the sweep ---


def _met(node: Engine, take: int, again: bool) -> list[Engine]:
    """Return the graph in the order in which a search meets it: depth first for take = -1, breadth first for 0."""
    found: list[Engine] = []
    waiting = [node]
    while waiting:
        met = waiting.pop(take)
        if again or all(met is not other for other in found):
            found.append(met)
            waiting.extend(met.siblings())
    return found


def _order(key: str, order: Callable[[Engine], list[Engine]]) -> Mistake:
    class Changes(Engine):
        ordered = True

        def order(self) -> list[Any]:
            return order(self)

    return Mistake(key, "", Changes)


class _OverwritesInSweep(Engine):
    """Gradients of one sweep overwrite each other, as in a dictionary; those of different sweeps are added."""

    ordered = True

    def backward(self) -> None:
        nodes = self.order()
        before = [0.0 if node.op else node.grad for node in nodes]
        for node in nodes:
            node.grad = 0.0
        self.begin(nodes)
        for node in nodes:
            node.pass_on()
        for node, earlier in zip(nodes, before, strict=True):
            node.grad += earlier

    def give(self, place: int, parent: Engine, part: float) -> None:
        parent.grad = part


class _NoSeed(Engine):
    def begin(self, nodes: Sequence[Engine]) -> None:
        super().begin(nodes)
        self.grad = 0.0


class _Clears(Engine):
    def begin(self, nodes: Sequence[Engine]) -> None:
        for node in nodes:
            node.grad = 0.0
        super().begin(nodes)


# --- in the operators ---


def _operator(key: str, op: str, **methods: Callable[..., Any]) -> Mistake:
    return Mistake(key, op, type("Changes", (Engine,), methods))


def _missing(self: Engine, other: Any) -> Any:
    return NotImplemented


def _no_constants(refusing: str) -> Mistake:
    class Changes(Engine):
        def record(self, op: str, *others: Any) -> Any:
            if op == refusing and not all(isinstance(x, Engine) for x in others):
                raise AttributeError
            return super().record(op, *others)

    return Mistake("no constants", refusing, Changes)


class _NoConstants(Engine):
    def wrapped(self, x: Any) -> Engine:
        if not isinstance(x, Engine):
            raise AttributeError
        return x


class _NoWholeNumbers(Engine):
    def wrapped(self, x: Any) -> Engine:
        if isinstance(x, int):
            raise AttributeError
        return super().wrapped(x)


def _in_place(self: Engine, other: Any) -> Engine:
    self.data += self.wrapped(other).data
    return self


MISTAKES: list[Mistake] = [
    *_SLOPES,
    *(mistake for op in _OPERATIONS for mistake in _passing(op)),
    Mistake("overwritten", "", _OverwritesInSweep),
    Mistake("no seed", "", _NoSeed),
    Mistake("clears", "", _Clears),
    _order("visits again", lambda node: node.sorted(again=True)[::-1]),
    _order("visits again", lambda node: _met(node, -1, again=True)),
    _order("visits again", lambda node: _met(node, 0, again=True)),
    _order("wrong order", lambda node: _met(node, -1, again=False)),
    _order("wrong order", lambda node: _met(node, 0, again=False)),
    _order("stops at the operands", lambda node: node.sorted()),
    _order("equal numbers", lambda node: node.sorted(key=lambda x: x.data)[::-1]),
    Mistake("no constants", "", _NoConstants),
    *(_no_constants(op) for op in ("add", "mul", "sub", "div")),
    Mistake("no whole numbers", "", _NoWholeNumbers),
    _operator("in place", "add", __iadd__=_in_place),
    _operator("no reflection", "add", __radd__=_missing),
    _operator("no reflection", "mul", __rmul__=_missing),
    _operator("no reflection", "sub", __rsub__=_missing),
    _operator("no reflection", "div", __rtruediv__=_missing),
    _operator("reflected order", "sub", __rsub__=lambda self, other: self - other),
    _operator("reflected order", "div", __rtruediv__=lambda self, other: self / other),
]
