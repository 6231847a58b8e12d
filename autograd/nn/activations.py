"""Activations as modules: for a number, a sample or a batch.

>>> from autograd import nn
>>> nn.ReLU()([[-1.0, 2.0], [3.0, -4.0]])
[[0.0, 2.0], [3.0, 0.0]]
"""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any, ClassVar

from .. import functions, primitives
from ..primitives import Primitive, number
from ..text import shown
from ..value import Value
from .arguments import as_list, is_sequence, per_number, per_sample
from .kinds import PerNumber

__all__ = [
    "ELU", "GELU", "Identity", "LeakyReLU", "LogSoftmax", "Mish", "ReLU", "SiLU", "Sigmoid", "Sine", "Softmax",
    "Softplus", "Tanh",
]  # fmt: skip


class Identity(PerNumber):
    """y = x."""

    def forward(self, x: Any) -> Any:
        """Return x."""
        return x


class _Activation(PerNumber):
    """The same function for every number."""

    def _function(self, x: Any) -> Any:
        raise NotImplementedError

    def forward(self, x: Any) -> Any:
        """Return the function of every number in x."""
        return per_number(self._function, x, type(self).__name__)


class _Unary(_Activation):
    """An operation of the table on one number; the methods of Value are the fastest way."""

    _op: ClassVar[Primitive]
    _of_value: ClassVar[Callable[[Any], Any]]

    def __init_subclass__(cls) -> None:
        cls._of_value = getattr(Value, cls._op.name)

    def _function(self, x: Any) -> Any:
        cls = type(self)
        return cls._of_value(x) if isinstance(x, Value) else cls._op(x)


class ReLU(_Unary):
    """y = max(0, x); the derivative at 0 is 0."""

    _op = primitives.relu


class Sigmoid(_Unary):
    """y = 1 / (1 + exp(-x)); its derivative y(1 - y) is at most 1/4."""

    _op = primitives.sigmoid


class Tanh(_Unary):
    """y = tanh(x); its derivative 1 - y**2 is at most 1."""

    _op = primitives.tanh


class SiLU(_Unary):
    """y = x * sigmoid(x) (Hendrycks and Gimpel 2016; Elfwing et al. 2017), also called swish."""

    _op = primitives.silu


class Mish(_Unary):
    """y = x * tanh(softplus(x)) (Misra 2019)."""

    _op = primitives.mish


class LeakyReLU(_Activation):
    """y = x if x > 0, else negative_slope * x (Maas et al. 2013)."""

    def __init__(self, negative_slope: float = 0.01) -> None:
        self.negative_slope = number(negative_slope, "negative_slope")

    def _function(self, x: Any) -> Any:
        return functions.leaky_relu(x, self.negative_slope)

    def extra_repr(self) -> str:
        return f"negative_slope={self.negative_slope}"


class ELU(_Activation):
    """y = x if x > 0, else alpha * (exp(x) - 1) (Clevert et al. 2015)."""

    def __init__(self, alpha: float = 1.0) -> None:
        self.alpha = number(alpha, "alpha")

    def _function(self, x: Any) -> Any:
        return functions.elu(x, self.alpha)

    def extra_repr(self) -> str:
        return f"alpha={self.alpha}"


class GELU(_Activation):
    """y = x * P(X <= x) for a standard normal X (Hendrycks and Gimpel 2016).

    Args:
        approximate: "none", or "tanh" for x/2 * (1 + tanh(sqrt(2/pi) * (x + 0.044715 x**3))).
    """

    def __init__(self, approximate: str = "none") -> None:
        if approximate not in ("none", "tanh"):
            raise ValueError(f"approximate must be 'none' or 'tanh', but got {shown(approximate)}")
        self.approximate = approximate

    def _function(self, x: Any) -> Any:
        if self.approximate == "none":
            return functions.gelu(x)
        inner = math.sqrt(2.0 / math.pi) * (x + 0.044715 * (x * x * x))
        return 0.5 * x * (1.0 + functions.tanh(inner))

    def extra_repr(self) -> str:
        return f"approximate={self.approximate!r}"


class Softplus(_Activation):
    """y = log(1 + exp(beta * x)) / beta, a smooth max(0, x).

    Args:
        beta: the sharpness of the bend.
        threshold: y = x if beta * x is above it, as in PyTorch; math.inf for the exact function everywhere.
    """

    def __init__(self, beta: float = 1.0, threshold: float = 20.0) -> None:
        self.beta, self.threshold = number(beta, "beta"), number(threshold, "threshold")
        if self.beta == 0.0:
            raise ValueError("beta must not be 0")

    def _function(self, x: Any) -> Any:
        if x * self.beta > self.threshold:
            return x
        return functions.softplus(x) if self.beta == 1.0 else functions.softplus(x * self.beta) / self.beta

    def extra_repr(self) -> str:
        return f"beta={self.beta}, threshold={self.threshold}"


class Sine(_Activation):
    """y = sin(frequency * x), for periodic functions (Sitzmann et al. 2020); not in PyTorch.

    >>> Sine(frequency=0.0)([1.0, 2.0])
    [0.0, 0.0]
    """

    def __init__(self, frequency: float = 1.0) -> None:
        self.frequency = number(frequency, "frequency")

    def _function(self, x: Any) -> Any:
        return functions.sin(x if self.frequency == 1.0 else x * self.frequency)

    def extra_repr(self) -> str:
        return f"frequency={self.frequency}"


class Softmax(PerNumber):
    """yi = exp(xi) / (exp(x1) + exp(x2) + ...) of every sample: positive numbers that sum to 1.

    Args:
        dim: the dimension that sums to 1; must be the last dimension of the input, so 1 is accepted for a batch.

    >>> Softmax(dim=1)([[0.0, 0.0], [5.0, 5.0]])
    [[0.5, 0.5], [0.5, 0.5]]
    """

    def __init__(self, dim: int = -1) -> None:
        if isinstance(dim, bool) or not isinstance(dim, int):
            raise TypeError(f"dim must be an int, but got {shown(dim)}")
        self.dim = dim

    def forward(self, x: Any) -> list[Any]:
        """Return the probabilities of a sample, or of every sample of a batch."""
        return per_sample(functions.softmax, self._checked(x), type(self).__name__)

    def _checked(self, x: Any) -> Any:
        """x, if its last dimension is dim."""
        dimensions, row = 0, x
        while is_sequence(row) and len(row):
            dimensions, row = dimensions + 1, as_list(row, type(self).__name__)[0]
        if self.dim not in (-1, dimensions - 1) and dimensions:
            raise ValueError(
                f"{type(self).__name__} works along the last dimension: dim must be -1 or {dimensions - 1} "
                f"for an input of {dimensions} dimension{'s' * (dimensions > 1)}, but is {self.dim}"
            )
        return x

    def extra_repr(self) -> str:
        return f"dim={self.dim}"


class LogSoftmax(Softmax):
    """yi = xi - log(exp(x1) + exp(x2) + ...) of every sample, without cancellation; see `Softmax`."""

    def forward(self, x: Any) -> list[Any]:
        """Return the logarithms of the probabilities of a sample, or of every sample of a batch."""
        return per_sample(functions.log_softmax, self._checked(x), type(self).__name__)
