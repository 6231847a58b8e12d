"""The network of the textbooks: neurons with an activation, layers of neurons, and layers one after another.

>>> from autograd import nn
>>> nn.MLP(2, [3, 1], "tanh", seed=0)
MLP(
  (layers.0): Layer(2, 3, tanh)
  (layers.1): Layer(3, 1, linear)
)  # 13 parameters
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from operator import pos
from typing import TYPE_CHECKING, Any, ParamSpec, TypeVar, overload

from ..functions import dot
from ..primitives import TABLE, number
from ..text import did_you_mean, shown
from ..value import Value
from .arguments import Seed, generator, is_sequence, per_sample, size
from .layers import Linear, vector
from .module import Module, Parameter

if TYPE_CHECKING:
    from ..signatures import Forward

__all__ = ["MLP", "Layer", "Neuron"]

P = ParamSpec("P")
R = TypeVar("R")


def _activation(name: str) -> Callable[[Value], Value]:
    if name == "linear":
        return pos
    if not _is_unary(name):
        raise ValueError(
            "activation must be 'linear' or the name of a function of one number, such as 'relu', "
            f"but got {shown(name)}" + did_you_mean(name, ["linear", *filter(_is_unary, TABLE)])
        )
    method: Callable[[Value], Value] = getattr(Value, name)
    return method


def _is_unary(name: str) -> bool:
    op = TABLE.get(name) if isinstance(name, str) else None
    return op is not None and len(op.rules) - len(op.defaults or ()) == 1


class Layer(Linear):
    """`n_out` neurons that see the same `n_in` inputs; gives a list of `n_out` Values.

    Args:
        n_in: the number of inputs.
        n_out: the number of neurons.
        activation: the name of a function of one number, or "linear".
        seed: an int or a `random.Random`: weights start uniform in [-1, 1] / sqrt(n_in), biases at 0.

    Attributes:
        weight: the weights, a list for every neuron.
        bias: the biases, one for every neuron.
    """

    bias: list[Value]

    def __init__(self, n_in: int, n_out: int, activation: str = "relu", *, seed: Seed = None) -> None:
        function = _activation(activation)
        super().__init__(size(n_in, "n_in"), size(n_out, "n_out"), bias=False, seed=seed)
        self.bias = list(vector(n_out))
        self.activation, self._function = activation, function
        for neuron in self.neurons:
            neuron.b.label = "b"
            for i, w in enumerate(neuron.w):
                w.label = f"w{i + 1}"

    @property
    def neurons(self) -> list[Neuron]:
        """The neurons; setting their weights sets those of the layer."""
        return [Neuron._of(self, i) for i in range(self.out_features)]

    def _outputs(self, xs: list[Any]) -> list[Any]:
        return [self._function(z) for z in super()._outputs(xs)]

    def _members(self) -> Iterator[tuple[str, Any]]:
        yield from (("weight", self.weight), ("bias", self.bias))

    def extra_repr(self) -> str:
        return f"{self.in_features}, {self.out_features}, {self.activation}"


class Neuron(Module):
    """activation(w1*x1 + w2*x2 + ... + b); `w` (a list of Values) and `b` (a Value) can be set.

    Args:
        n_in: the number of inputs.
        activation: the name of a function of one number, or "linear".
        seed: an int or a `random.Random`: weights start uniform in [-1, 1] / sqrt(n_in), the bias at 0.

    >>> n = Neuron(1, "relu")
    >>> n.w, n.b = [0.5], 0.2
    >>> n([3]).data
    1.7
    """

    _layer: Layer  # a neuron is a row of a layer, perhaps the only one
    _row: int

    def __init__(self, n_in: int, activation: str = "relu", *, seed: Seed = None) -> None:
        self._layer, self._row = Layer(n_in, 1, activation, seed=seed), 0

    @classmethod
    def _of(cls, layer: Layer, row: int) -> Neuron:
        neuron = cls.__new__(cls)
        neuron._layer, neuron._row = layer, row
        return neuron

    @property
    def w(self) -> list[Value]:
        """The weights, one for each input."""
        return self._layer.weight[self._row]

    @w.setter
    def w(self, weights: Sequence[Any]) -> None:
        if len(weights) != len(self.w):
            raise ValueError(f"this neuron has {len(self.w)} weights, but got {len(weights)}")
        self._layer.weight[self._row] = [_value(w, "a weight") for w in weights]

    @property
    def b(self) -> Value:
        """The bias."""
        return self._layer.bias[self._row]

    @b.setter
    def b(self, bias: Any) -> None:
        self._layer.bias[self._row] = _value(bias, "the bias")

    @property
    def activation(self) -> str:
        """The name of the activation."""
        return self._layer.activation

    if TYPE_CHECKING:

        @overload
        def __call__(self, x: Sequence[float | Value]) -> Value: ...
        @overload
        def __call__(self, x: Sequence[Sequence[float | Value]]) -> list[Value]: ...
        @overload
        def __call__(self: Forward[P, R], *args: P.args, **kwargs: P.kwargs) -> R: ...
        def __call__(self, *args: Any, **kwargs: Any) -> Any: ...

    def forward(self, x: Any) -> Any:
        """Return a Value for a sample, a list of them for a batch."""
        function = self._layer._function
        return per_sample(lambda xs: function(dot(self.w, xs, self.b)), x, "this neuron", len(self.w))

    def _members(self) -> Iterator[tuple[str, Any]]:
        yield from (("weight", self.w), ("bias", self.b))

    def extra_repr(self) -> str:
        return f"{len(self.w)}, {self.activation}"


def _value(x: Any, what: str) -> Value:
    return x if isinstance(x, Value) else Parameter(number(x, what))


class MLP(Module):
    """Layers one after another; the last one is linear unless `output` names its activation.

    Gives one Value if the last layer has one neuron, else a list; for a batch a list of these.

    Args:
        n_in: the number of inputs.
        sizes: the number of neurons in each layer.
        activation: of all layers but the last: the name of a function of one number, or "linear".
        output: the activation of the last layer.
        seed: an int or a `random.Random`, see `Layer`.
    """

    def __init__(
        self,
        n_in: int,
        sizes: Sequence[int],
        activation: str = "relu",
        *,
        output: str = "linear",
        seed: Seed = None,
    ) -> None:
        if not is_sequence(sizes) or not sizes:
            raise ValueError(f"MLP takes the sizes of its layers as a list, such as [16, 1], but got {shown(sizes)}")
        _activation(activation)  # a name that no layer needs is a mistake all the same
        rng = generator(seed)
        widths, last = [n_in, *sizes], len(sizes) - 1
        self.layers = [
            Layer(widths[i], widths[i + 1], output if i == last else activation, seed=rng) for i in range(len(sizes))
        ]

    def forward(self, x: Any) -> Any:
        """Return the outputs of the last layer."""
        for layer in self.layers:
            x = layer(x)
        return _single(x) if self.layers[-1].out_features == 1 else x


def _single(outputs: list[Any]) -> Any:
    """Take the lists of one number off the innermost level."""
    return [_single(item) for item in outputs] if is_sequence(outputs[0]) else outputs[0]
