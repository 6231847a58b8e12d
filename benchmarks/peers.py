"""What the benchmarks have in common: engines to compare with, one pinned core, and how time is taken.

Time is the CPU time of the process, so that other work on the machine counts as little as possible. Compare ratios from
one run, never times from two.
"""

from __future__ import annotations

import math
import os
from collections.abc import Callable
from time import process_time_ns
from typing import Any

from autograd.core import native

__all__ = ["CORE", "Micrograd", "Tuples", "Xad", "pin", "seconds"]

CORE = f"autograd's core: {'compiled' if native else 'pure Python'}"


def pin() -> None:
    """Stay on one core, where the system can do that."""
    if hasattr(os, "sched_setaffinity"):
        os.sched_setaffinity(0, {max(os.sched_getaffinity(0))})


def seconds() -> float:
    """Return the CPU time that this process has taken."""
    return process_time_ns() / 1e9


class Micrograd:
    """micrograd's Value as its README and engine show it: a closure on every node, parents in a set.

    Its `backward` recurses, which ends at depth 1000; here the same order is found with a stack, in its favour.
    """

    def __init__(self, data: float, _children: tuple[Any, ...] = (), _op: str = "") -> None:
        self.data = data
        self.grad = 0
        self._backward: Callable[[], None] = lambda: None
        self._prev = set(_children)
        self._op = _op

    def __add__(self, other: Any) -> Micrograd:
        other = other if isinstance(other, Micrograd) else Micrograd(other)
        out = Micrograd(self.data + other.data, (self, other), "+")

        def _backward() -> None:
            self.grad += out.grad
            other.grad += out.grad

        out._backward = _backward
        return out

    def __mul__(self, other: Any) -> Micrograd:
        other = other if isinstance(other, Micrograd) else Micrograd(other)
        out = Micrograd(self.data * other.data, (self, other), "*")

        def _backward() -> None:
            self.grad += other.data * out.grad
            other.grad += self.data * out.grad

        out._backward = _backward
        return out

    def __pow__(self, other: float) -> Micrograd:
        out = Micrograd(self.data**other, (self,), f"**{other}")

        def _backward() -> None:
            self.grad += (other * self.data ** (other - 1)) * out.grad

        out._backward = _backward
        return out

    def tanh(self) -> Micrograd:
        t = math.tanh(self.data)
        out = Micrograd(t, (self,), "tanh")

        def _backward() -> None:
            self.grad += (1 - t**2) * out.grad

        out._backward = _backward
        return out

    def relu(self) -> Micrograd:
        out = Micrograd(0 if self.data < 0 else self.data, (self,), "ReLU")

        def _backward() -> None:
            self.grad += (out.data > 0) * out.grad

        out._backward = _backward
        return out

    def __truediv__(self, other: Any) -> Micrograd:
        return self * other**-1

    def __neg__(self) -> Micrograd:
        return self * -1

    __radd__, __rmul__ = __add__, __mul__

    def backward(self) -> None:
        topo: list[Micrograd] = []
        visited: set[Micrograd] = set()
        stack = [(self, False)]
        while stack:
            v, children_done = stack.pop()
            if children_done:
                topo.append(v)
            elif v not in visited:
                visited.add(v)
                stack.append((v, True))
                stack.extend((child, False) for child in v._prev)
        self.grad = 1
        for v in reversed(topo):
            v._backward()


class Tuples:
    """An engine in the style of microgpt's: operands and local derivatives in tuples, taken when a node is made."""

    __slots__ = ("below", "data", "grad", "slopes")

    def __init__(self, data: float, below: tuple[Tuples, ...] = (), slopes: tuple[float, ...] = ()) -> None:
        self.data = data
        self.grad = 0.0
        self.below = below
        self.slopes = slopes

    def __add__(self, other: Any) -> Tuples:
        if not isinstance(other, Tuples):
            other = Tuples(other)
        return Tuples(self.data + other.data, (self, other), (1.0, 1.0))

    def __mul__(self, other: Any) -> Tuples:
        if not isinstance(other, Tuples):
            other = Tuples(other)
        return Tuples(self.data * other.data, (self, other), (other.data, self.data))

    def __pow__(self, n: float) -> Tuples:
        return Tuples(self.data**n, (self,), (n * self.data ** (n - 1),))

    def exp(self) -> Tuples:
        y = math.exp(self.data)
        return Tuples(y, (self,), (y,))

    def log(self) -> Tuples:
        return Tuples(math.log(self.data), (self,), (1.0 / self.data,))

    def relu(self) -> Tuples:
        return Tuples(self.data, (self,), (1.0,)) if self.data > 0.0 else Tuples(0.0, (self,), (0.0,))

    def __neg__(self) -> Tuples:
        return self * -1.0

    def __sub__(self, other: Any) -> Tuples:
        return self + (-other)

    def __rsub__(self, other: Any) -> Tuples:
        return -self + other

    def __truediv__(self, other: Any) -> Tuples:
        return self * other**-1

    def __rtruediv__(self, other: Any) -> Tuples:
        return self**-1 * other

    __radd__, __rmul__ = __add__, __mul__

    def backward(self) -> None:
        order: list[Tuples] = []
        seen: set[Tuples] = set()

        def visit(node: Tuples) -> None:
            seen.add(node)
            for child in node.below:
                if child not in seen:
                    visit(child)
            order.append(node)

        visit(self)
        self.grad = 1.0
        for node in reversed(order):
            gradient = node.grad
            for child, slope in zip(node.below, node.slopes):
                child.grad += slope * gradient


class Xad:
    """xad's C++ tape under the words of the others; a run makes its leaves, then calls `backward` once."""

    def __init__(self) -> None:
        import xad.adj_1st
        import xad.math

        self._xad, self.tanh = xad.adj_1st, xad.math.tanh
        self._tape: Any = None

    def start(self, numbers: list[float]) -> list[Any]:
        """Return leaves for a run on a new tape."""
        self._tape = self._xad.Tape()
        self._tape.activate()
        leaves = [self._xad.Real(x) for x in numbers]
        self._tape.registerInputs(leaves)
        self._tape.newRecording()
        return leaves

    def backward(self, result: Any) -> None:
        """Find the gradients of the leaves."""
        self._tape.registerOutput(result)
        result.setAdjoint(1.0)
        self._tape.computeAdjoints()

    def end(self) -> None:
        """Free the tape."""
        self._tape.deactivate()
        self._tape = None
