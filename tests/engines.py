"""Engines as learners write them, and the classic mistakes that they make in them."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

__all__ = ["BROKEN", "CLOSURES", "PATHS", "TAPE", "TUPLES", "changed", "engine"]

CLOSURES = '''
import math


class Value:
    """Remembers a function that passes the gradient on."""

    def __init__(self, data, _children=()):
        self.data, self.grad = data, 0.0
        self._prev, self._backward = tuple(_children), lambda: None

    def __add__(self, other):
        other = other if isinstance(other, Value) else Value(other)
        out = Value(self.data + other.data, (self, other))

        def _backward():
            self.grad += out.grad
            other.grad += out.grad

        out._backward = _backward
        return out

    def __mul__(self, other):
        other = other if isinstance(other, Value) else Value(other)
        out = Value(self.data * other.data, (self, other))

        def _backward():
            self.grad += other.data * out.grad
            other.grad += self.data * out.grad

        out._backward = _backward
        return out

    def __pow__(self, n):
        out = Value(self.data**n, (self,))

        def _backward():
            self.grad += n * self.data ** (n - 1) * out.grad

        out._backward = _backward
        return out

    def relu(self):
        out = Value(max(self.data, 0.0), (self,))

        def _backward():
            self.grad += (out.data > 0) * out.grad

        out._backward = _backward
        return out

    def tanh(self):
        out = Value(math.tanh(self.data), (self,))

        def _backward():
            self.grad += (1 - out.data**2) * out.grad

        out._backward = _backward
        return out

    def exp(self):
        out = Value(math.exp(self.data), (self,))

        def _backward():
            self.grad += out.data * out.grad

        out._backward = _backward
        return out

    def __neg__(self):
        return self * -1

    def __radd__(self, other):
        return self + other

    def __rmul__(self, other):
        return self * other

    def __sub__(self, other):
        return self + (-other)

    def __rsub__(self, other):
        return other + (-self)

    def __truediv__(self, other):
        return self * other**-1

    def __rtruediv__(self, other):
        return other * self**-1

    def backward(self):
        topo, visited = [], set()

        def build(v):
            if v not in visited:
                visited.add(v)
                for child in v._prev:
                    build(child)
                topo.append(v)

        build(self)
        self.grad = 1.0
        for v in reversed(topo):
            v._backward()
'''

TUPLES = '''
import math


class Value:
    """Remembers its parents and the derivatives by them; the sweep uses a list as its stack."""

    __slots__ = ("data", "grad", "parents", "slopes", "__weakref__")

    def __init__(self, data, parents=(), slopes=()):
        self.data, self.grad, self.parents, self.slopes = float(data), 0.0, parents, slopes

    def __add__(a, b):
        b = wrap(b)
        return Value(a.data + b.data, (a, b), (1.0, 1.0))

    def __mul__(a, b):
        b = wrap(b)
        return Value(a.data * b.data, (a, b), (b.data, a.data))

    def __sub__(a, b):
        b = wrap(b)
        return Value(a.data - b.data, (a, b), (1.0, -1.0))

    def __truediv__(a, b):
        b = wrap(b)
        return Value(a.data / b.data, (a, b), (1 / b.data, -a.data / b.data**2))

    def __neg__(a):
        return Value(-a.data, (a,), (-1.0,))

    def __pow__(a, n):
        return Value(a.data**n, (a,), (n * a.data ** (n - 1),))

    def __radd__(a, b):
        return wrap(b) + a

    def __rmul__(a, b):
        return wrap(b) * a

    def __rsub__(a, b):
        return wrap(b) - a

    def __rtruediv__(a, b):
        return wrap(b) / a

    def relu(a):
        return Value(max(a.data, 0.0), (a,), (1.0 if a.data > 0 else 0.0,))

    def tanh(a):
        y = math.tanh(a.data)
        return Value(y, (a,), (1 - y * y,))

    def exp(a):
        y = math.exp(a.data)
        return Value(y, (a,), (y,))

    def log(a):
        return Value(math.log(a.data), (a,), (1 / a.data,))

    def sigmoid(a):
        y = 1 / (1 + math.exp(-a.data))
        return Value(y, (a,), (y * (1 - y),))

    def backward(self):
        order, seen, stack = [], set(), [(self, False)]
        while stack:
            node, done = stack.pop()
            if done:
                order.append(node)
            elif node not in seen:
                seen.add(node)
                stack.append((node, True))
                stack.extend((parent, False) for parent in node.parents)
        for node in order:
            if node.parents:
                node.grad = 0.0
        self.grad = 1.0
        for node in reversed(order):
            for parent, slope in zip(node.parents, node.slopes):
                parent.grad += slope * node.grad


def wrap(x):
    return x if isinstance(x, Value) else Value(x)
'''

# the order is that in which the operations were recorded
TAPE = (
    TUPLES.replace(
        TUPLES[TUPLES.index("        order, seen") : TUPLES.index("        for node in order:")],
        "        stack, seen = [self], set()\n"
        "        while stack:\n"
        "            node = stack.pop()\n"
        "            seen.add(node)\n"
        "            stack += [parent for parent in node.parents if parent not in seen]\n"
        "        order = sorted(seen, key=lambda node: node.number)\n",
    )
    .replace(
        '"__weakref__")',
        '"__weakref__", "number")',
    )
    .replace(
        "parents, slopes\n",
        "parents, slopes\n        self.number = next(numbers)\n",
        1,
    )
    .replace("import math\n", "import itertools\nimport math\n\nnumbers = itertools.count()\n")
)

# every path from the result is walked: slow, and right
PATHS = TUPLES.replace(
    TUPLES[TUPLES.index("        order, seen") : TUPLES.index("def wrap(x)")],
    "        self.grad = 0.0\n"
    "        stack = [(self, 1.0)]\n"
    "        while stack:\n"
    "            node, part = stack.pop()\n"
    "            node.grad += part\n"
    "            stack += [(parent, part * slope) for parent, slope in zip(node.parents, node.slopes)]\n\n\n",
)

BROKEN: dict[tuple[str, str], tuple[str, Mapping[str, str]]] = {  # (mistake, operation): an engine, and what is changed
    ("overwritten", ""): (CLOSURES, {"self.grad +=": "self.grad =", "other.grad +=": "other.grad ="}),
    ("overwritten", "add"): (
        CLOSURES,
        {"self.grad += out.grad": "self.grad = out.grad", "other.grad += out.grad": "other.grad = out.grad"},
    ),
    ("overwritten", "mul"): (
        CLOSURES,
        {"self.grad += other.data": "self.grad = other.data", "other.grad += self.data": "other.grad = self.data"},
    ),
    ("not recorded", "pow"): (CLOSURES, {"Value(self.data**n, (self,))": "Value(self.data**n)"}),
    ("first overwritten", "add"): (CLOSURES, {"self.grad += out.grad": "self.grad = out.grad"}),
    ("value for slope", "sigmoid"): (TUPLES, {"(y * (1 - y),)": "(y,)"}),
    ("second overwritten", "mul"): (CLOSURES, {"other.grad += self.data": "other.grad = self.data"}),
    ("gradient forgotten", "mul"): (
        CLOSURES,
        {"other.data * out.grad": "other.data", "other.grad += self.data * out.grad": "other.grad += self.data"},
    ),
    ("gradient forgotten", ""): (TUPLES, {"slope * node.grad": "slope"}),
    ("gradient forgotten", "tanh"): (CLOSURES, {"(1 - out.data**2) * out.grad": "1 - out.data**2"}),
    ("second forgotten", "add"): (CLOSURES, {"            other.grad += out.grad\n": ""}),
    ("slope forgotten", ""): (TUPLES, {"slope * node.grad": "node.grad"}),
    ("slope added", ""): (TUPLES, {"slope * node.grad": "slope + node.grad"}),
    ("nothing passed", "relu"): (
        CLOSURES,
        {"(out.data > 0) * out.grad\n\n        out._backward = _backward\n": "(out.data > 0) * out.grad\n\n"},
    ),
    ("no seed", ""): (CLOSURES, {"        self.grad = 1.0\n": ""}),
    ("clears", ""): (TUPLES, {"if node.parents:\n                node.grad = 0.0": "node.grad = 0.0"}),
    ("visits again", ""): (CLOSURES, {"if v not in visited:": "if True:"}),
    ("wrong order", ""): (
        CLOSURES,
        {
            "                topo.append(v)\n": "",
            "visited.add(v)\n": "visited.add(v)\n                topo.append(v)\n",
            "reversed(topo)": "topo",
        },
    ),
    ("stops at the operands", ""): (CLOSURES, {"reversed(topo)": "topo"}),
    ("equal numbers", ""): (
        CLOSURES,
        {
            "    def relu(self)": "    def __eq__(self, other):\n        return self.data == other.data\n\n"
            "    def __hash__(self):\n        return hash(self.data)\n\n    def relu(self)"
        },
    ),
    ("sign of b", "sub"): (TUPLES, {"(1.0, -1.0)": "(1.0, 1.0)"}),
    ("sign of b", "div"): (TUPLES, {"-a.data / b.data**2": "a.data / b.data**2"}),
    ("square of b", "div"): (TUPLES, {"-a.data / b.data**2": "-a.data / b.data"}),
    ("sign of -a", "neg"): (TUPLES, {"(-1.0,)": "(1.0,)"}),
    ("own factor", "mul"): (TUPLES, {"(b.data, a.data)": "(a.data, b.data)"}),
    ("exponent as a factor", "pow"): (CLOSURES, {"n * self.data": "self.data"}),
    ("exponent minus one", "pow"): (CLOSURES, {"self.data ** (n - 1)": "self.data ** n"}),
    ("relu at 0", "relu"): (TUPLES, {"if a.data > 0": "if a.data >= 0"}),
    ("no mask", "relu"): (CLOSURES, {"(out.data > 0) * out.grad": "out.grad"}),
    ("z for a", "tanh"): (CLOSURES, {"1 - out.data**2": "1 - self.data**2"}),
    ("square of a", "tanh"): (CLOSURES, {"1 - out.data**2": "1 - out.data"}),
    ("z for a", "sigmoid"): (TUPLES, {"y * (1 - y)": "a.data * (1 - a.data)"}),
    ("derivative of another function", "sigmoid"): (TUPLES, {"y * (1 - y)": "1 - y * y"}),
    ("z for a", "exp"): (CLOSURES, {"self.grad += out.data * out.grad": "self.grad += self.data * out.grad"}),
    ("like a power", "exp"): (TUPLES, {"(y,)": "(a.data * math.exp(a.data - 1),)"}),
    ("a for z", "log"): (TUPLES, {"1 / a.data": "1 / math.log(a.data)"}),
    ("no reflection", "mul"): (CLOSURES, {"    def __rmul__(self, other):\n        return self * other\n": ""}),
    ("no reflection", "sub"): (CLOSURES, {"    def __rsub__(self, other):\n        return other + (-self)\n": ""}),
    ("reflected order", "sub"): (TUPLES, {"return wrap(b) - a": "return a - wrap(b)"}),
    ("reflected order", "div"): (CLOSURES, {"return other * self**-1": "return self * other**-1"}),
    ("no whole numbers", ""): (TUPLES, {"return x if isinstance(x, Value)": "return x if not isinstance(x, float)"}),
    ("in place", "add"): (
        TUPLES,
        {"    def __neg__": "    def __iadd__(a, b):\n        a.data += b.data\n        return a\n\n    def __neg__"},
    ),
    ("recursion", ""): (CLOSURES, {}),
    ("cycles", ""): (CLOSURES, {}),
    ("inner gradients", ""): (CLOSURES, {}),
    ("never freed", ""): (
        TUPLES,
        {
            "        self.data, self.grad": "        kept.append(self)\n        self.data, self.grad",
            "def wrap": "kept = []\n\n\ndef wrap",
        },
    ),
}


def changed(source: str, changes: Mapping[str, str]) -> str:
    """Return the source with some of its text replaced."""
    for old, new in changes.items():
        assert old in source, old
        source = source.replace(old, new)
    return source


def engine(source: str) -> Any:
    """Return the class of a source."""
    space = {"__name__": "engine", "math": math}
    exec(source, space)
    return space["Value"]
