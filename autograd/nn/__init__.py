"""Neurons, layers and networks of Values.

>>> from autograd import nn
>>> nn.MLP(2, [3, 1], "tanh", seed=0)
MLP(2 -> 3 -> 1, tanh)
"""

from __future__ import annotations

import random
from collections.abc import Sequence
from typing import Any

from .. import functions
from ..primitives import TABLE, number
from ..value import Value

__all__ = ["MLP", "Layer", "Neuron"]


def _activation(name: str) -> str:
    unary = [n for n, op in TABLE.items() if len(op.rules) == 1]
    if name != "linear" and name not in (*unary, "leaky_relu", "elu"):
        raise ValueError(f"activation must be 'linear' or a function of one number, such as 'relu', but got {name!r}")
    return name


def _size(n: Any, what: str) -> int:
    if isinstance(n, bool) or not isinstance(n, int) or n < 1:
        raise ValueError(f"{what} must be a whole number of at least 1, but got {n!r}")
    return n


class Neuron:
    """activation(w1*x1 + w2*x2 + ... + b); `w` (a list of Values) and `b` (a Value) can be set.

    Args:
        n_in: how many inputs.
        activation: the name of a function of one number, or "linear".
        seed: an int or a `random.Random`: weights start uniform in [-1, 1] / sqrt(n_in), the bias at 0.

    >>> n = Neuron(1, "relu")
    >>> n.w, n.b = [0.5], 0.2
    >>> n([3]).data
    1.7
    """

    def __init__(self, n_in: int, activation: str = "relu", *, seed: int | random.Random | None = None) -> None:
        n_in = _size(n_in, "n_in")
        self.activation = _activation(activation)
        rng = seed if isinstance(seed, random.Random) else random.Random(seed)
        self._w = [Value(rng.uniform(-1, 1) / n_in**0.5, f"w{i + 1}") for i in range(n_in)]
        self._b = Value(0.0, "b")

    @property
    def w(self) -> list[Value]:
        """The weights, one for each input."""
        return self._w

    @w.setter
    def w(self, weights: Sequence[Any]) -> None:
        if len(weights) != len(self._w):
            raise ValueError(f"this neuron has {len(self._w)} weights, but got {len(weights)}")
        self._w = [w if isinstance(w, Value) else Value(number(w, "a weight")) for w in weights]

    @property
    def b(self) -> Value:
        """The bias."""
        return self._b

    @b.setter
    def b(self, bias: Any) -> None:
        self._b = bias if isinstance(bias, Value) else Value(number(bias, "the bias"))

    def __call__(self, x: Sequence[Any]) -> Value:
        if len(x) != len(self._w):
            raise ValueError(f"this neuron takes {len(self._w)} inputs, but got {len(x)}")
        z: Value = functions.dot(self._w, x, self._b)
        return z if self.activation == "linear" else getattr(z, self.activation)()

    def parameters(self) -> list[Value]:
        """Return the weights and the bias."""
        return [*self._w, self._b]

    def __repr__(self) -> str:
        return f"Neuron({len(self._w)}, {self.activation})"


class Layer:
    """`n_out` neurons that see the same `n_in` inputs; gives a list of `n_out` Values."""

    def __init__(self, n_in: int, n_out: int, activation: str = "relu", *, seed: int | random.Random | None = None):
        rng = seed if isinstance(seed, random.Random) else random.Random(seed)
        self.neurons = [Neuron(n_in, activation, seed=rng) for _ in range(_size(n_out, "n_out"))]

    def __call__(self, x: Sequence[Any]) -> list[Value]:
        return [neuron(x) for neuron in self.neurons]

    def parameters(self) -> list[Value]:
        """Return the parameters of all neurons."""
        return [p for neuron in self.neurons for p in neuron.parameters()]

    def __repr__(self) -> str:
        return f"Layer({len(self.neurons[0].w)}, {len(self.neurons)}, {self.neurons[0].activation})"


class MLP:
    """Layers one after another; the last one is linear unless `output` names its activation.

    Gives one Value where the last layer has one neuron, else a list.
    """

    def __init__(
        self,
        n_in: int,
        sizes: Sequence[int],
        activation: str = "relu",
        *,
        output: str = "linear",
        seed: int | random.Random | None = None,
    ) -> None:
        if not sizes:
            raise ValueError("MLP takes the sizes of its layers, such as [16, 1], but got none")
        rng = seed if isinstance(seed, random.Random) else random.Random(seed)
        widths, last = [n_in, *sizes], len(sizes) - 1
        self.layers = [
            Layer(widths[i], widths[i + 1], output if i == last else activation, seed=rng) for i in range(len(sizes))
        ]

    def __call__(self, x: Sequence[Any]) -> Any:
        out: Sequence[Any] = x
        for layer in self.layers:
            out = layer(out)
        return out[0] if len(out) == 1 else out

    def parameters(self) -> list[Value]:
        """Return the parameters of all layers."""
        return [p for layer in self.layers for p in layer.parameters()]

    def zero_grad(self) -> None:
        """Set the gradient of every parameter to 0."""
        for p in self.parameters():
            p.grad = 0.0

    def __repr__(self) -> str:
        widths = [len(self.layers[0].neurons[0].w), *(len(layer.neurons) for layer in self.layers)]
        return f"MLP({' -> '.join(map(str, widths))}, {self.layers[0].neurons[0].activation})"
