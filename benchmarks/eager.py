"""One operation at a time: this engine beside micrograd, on the same chain of 100,002 operations, in one run.

    python benchmarks/eager.py

The chain is s = s + tanh(s*w + b)**2 / d, 16,667 times over. Both engines must give the same number and the same
gradients before anything is timed. Every figure is a median over rounds in which the two take turns on one pinned
core; the last column, this engine over micrograd, is what can be compared between machines.
"""

from __future__ import annotations

import gc
import math
import os
import statistics
import tracemalloc
from collections.abc import Callable
from time import perf_counter_ns
from typing import Any

import autograd

LINKS = 16_667
OPERATIONS = 6 * LINKS
ROUNDS = 9


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


def chain(make: Any) -> tuple[Any, list[Any]]:
    """Build the chain from the leaves up; return the result and its leaves."""
    s, w, b, d = leaves = [make(0.5), make(0.8), make(-0.3), make(3.0)]
    for _ in range(LINKS):
        s = s + (s * w + b).tanh() ** 2 / d
    return s, leaves


def measure(make: Any) -> tuple[float, float, float]:
    """Return ns per operation forward, backward and for freeing the graph."""
    gc.collect()
    start = perf_counter_ns()
    result, leaves = chain(make)
    built = perf_counter_ns()
    result.backward()
    differentiated = perf_counter_ns()
    del result, leaves
    if make is Micrograd:  # its cycles are freed by nothing else
        gc.collect()
    freed = perf_counter_ns()
    steps = built - start, differentiated - built, freed - differentiated
    return tuple(step / OPERATIONS for step in steps)  # type: ignore[return-value]


def memory(make: Any) -> float:
    """Return bytes per operation after forward and backward."""
    gc.collect()
    tracemalloc.start()
    before = tracemalloc.get_traced_memory()[0]
    result, leaves = chain(make)
    result.backward()
    gc.collect()
    used = tracemalloc.get_traced_memory()[0] - before
    tracemalloc.stop()
    return used / OPERATIONS


def check() -> None:
    """Stop unless both engines agree on the result and on every gradient."""
    answers = []
    for make in (autograd.Value, Micrograd):
        result, leaves = chain(make)
        result.backward()
        answers.append([result.data, *(leaf.grad for leaf in leaves)])
        del result
        gc.collect()
    for ours, theirs in zip(*answers, strict=True):
        assert math.isclose(ours, theirs, rel_tol=1e-9), answers
    print(f"{OPERATIONS:,} operations; result {answers[0][0]:.12g}, gradients {answers[0][1:]}: both agree")


def main() -> None:
    if hasattr(os, "sched_setaffinity"):
        os.sched_setaffinity(0, {min(os.sched_getaffinity(0))})
    check()
    print(f"{'':16}{'ns/op':24}{'forward':>10}{'backward':>10}{'both':>10}{'freeing':>10}")
    for collector in ("off", "on"):
        (gc.disable if collector == "off" else gc.enable)()
        rounds: dict[Any, list[tuple[float, float, float]]] = {autograd.Value: [], Micrograd: []}
        for _ in range(ROUNDS if collector == "off" else max(3, ROUNDS // 3)):
            for make, runs in rounds.items():
                runs.append(measure(make))
        medians = []
        for make, runs in rounds.items():
            forward, backward, free = (statistics.median(column) for column in zip(*runs, strict=True))
            both = statistics.median(f + b for f, b, _ in runs)
            medians.append((forward, backward, both, free))
            name = "autograd" if make is autograd.Value else "micrograd"
            print(f"collector {collector:6}{name:24}" + "".join(f"{x:10.0f}" for x in medians[-1]))
        ratios = [ours / theirs for ours, theirs in zip(*medians, strict=True)]
        print(f"collector {collector:6}{'ratio':24}" + "".join(f"{x:10.3f}" for x in ratios))
    gc.enable()
    sizes = [memory(make) for make in (autograd.Value, Micrograd)]
    print(f"bytes/op: autograd {sizes[0]:.0f}, micrograd {sizes[1]:.0f}, ratio {sizes[0] / sizes[1]:.3f}")


if __name__ == "__main__":
    main()
