"""Where training starts: numbers for weights, drawn so that signals and gradients keep their size from layer to layer.

Each function sets parameters, a weight matrix (rows are outputs, columns inputs) or a list, and returns them.
`generator` is a `random.Random`; without one, each call draws other numbers.

>>> import random
>>> from autograd import nn
>>> layer = nn.Linear(3, 2)
>>> weight = nn.init.xavier_uniform_(layer.weight, generator=random.Random(0))
>>> all(abs(w.data) <= (6 / (3 + 2)) ** 0.5 for row in weight for w in row)
True
"""

from __future__ import annotations

import math
import random
from collections.abc import Callable
from typing import Any

from ..functions import dot
from ..primitives import number
from ..text import shown
from ..value import Value
from .arguments import generator as generator_of

__all__ = [
    "calculate_gain", "constant_", "kaiming_normal_", "kaiming_uniform_", "normal_", "ones_", "orthogonal_",
    "uniform_", "xavier_normal_", "xavier_uniform_", "zeros_",
]  # fmt: skip

Tensor = Any  # a Value, a list of Values, or a list of lists of them
Generator = random.Random | None

_GAINS = {
    "linear": 1.0, "identity": 1.0, "conv1d": 1.0, "sigmoid": 1.0, "tanh": 5.0 / 3.0, "relu": math.sqrt(2.0),
    "selu": 0.75,
}  # fmt: skip


def calculate_gain(nonlinearity: str, param: float | None = None) -> float:
    """Return the factor by which to scale weights to compensate for the activation.

    Args:
        nonlinearity: "linear", "sigmoid", "tanh" (5/3), "relu" (sqrt(2)), "leaky_relu" or "selu" (3/4).
        param: the negative slope of leaky_relu, 0.01 if not given: sqrt(2 / (1 + slope**2)).

    >>> calculate_gain("tanh")
    1.6666666666666667
    """
    if nonlinearity == "leaky_relu":
        slope = 0.01 if param is None else number(param, "the negative slope")
        return math.sqrt(2.0 / (1.0 + slope * slope))
    if nonlinearity not in _GAINS:
        known = ", ".join(sorted([*_GAINS, "leaky_relu"]))
        raise ValueError(f"nonlinearity must be one of {known}, but got {shown(nonlinearity)}")
    return _GAINS[nonlinearity]


def uniform_(tensor: Tensor, a: float = 0.0, b: float = 1.0, generator: Generator = None) -> Tensor:
    """Draw every parameter from the uniform distribution between a and b."""
    a, b = number(a, "a"), number(b, "b")
    if not a <= b:
        raise ValueError(f"uniform_ takes a <= b, but got a={a!r}, b={b!r}")
    rng = generator_of(generator)
    return _fill(tensor, lambda: rng.uniform(a, b))


def normal_(tensor: Tensor, mean: float = 0.0, std: float = 1.0, generator: Generator = None) -> Tensor:
    """Draw every parameter from the normal distribution with this mean and standard deviation."""
    mean, std = number(mean, "mean"), number(std, "std")
    if not std >= 0:
        raise ValueError(f"normal_ takes a standard deviation of at least 0, but got std={std!r}")
    rng = generator_of(generator)
    return _fill(tensor, lambda: rng.gauss(mean, std))


def constant_(tensor: Tensor, val: float) -> Tensor:
    """Set every parameter to one number."""
    value = number(val, "val")
    return _fill(tensor, lambda: value)


def zeros_(tensor: Tensor) -> Tensor:
    """Set every parameter to 0."""
    return constant_(tensor, 0.0)


def ones_(tensor: Tensor) -> Tensor:
    """Set every parameter to 1."""
    return constant_(tensor, 1.0)


def xavier_uniform_(tensor: Tensor, gain: float = 1.0, generator: Generator = None) -> Tensor:
    """Draw weights from U(-a, a), a = gain * sqrt(6 / (fan_in + fan_out)): Glorot and Bengio (2010), for tanh."""
    bound = _xavier_std(tensor, gain) * math.sqrt(3.0)
    return uniform_(tensor, -bound, bound, generator)


def xavier_normal_(tensor: Tensor, gain: float = 1.0, generator: Generator = None) -> Tensor:
    """Draw weights from a normal distribution of std gain * sqrt(2 / (fan_in + fan_out)): Glorot and Bengio (2010)."""
    return normal_(tensor, 0.0, _xavier_std(tensor, gain), generator)


def kaiming_uniform_(
    tensor: Tensor,
    a: float = 0.0,
    mode: str = "fan_in",
    nonlinearity: str = "leaky_relu",
    generator: Generator = None,
) -> Tensor:
    """Draw weights from U(-b, b), b = gain * sqrt(3 / fan): He et al. (2015), for ReLU.

    Args:
        tensor: a weight matrix.
        a: the negative slope, for "leaky_relu".
        mode: "fan_in" keeps the size of signals going forward, "fan_out" that of gradients going backward.
        nonlinearity: the activation that follows, see `calculate_gain`.
        generator: a `random.Random`.
    """
    bound = _kaiming_std(tensor, a, mode, nonlinearity) * math.sqrt(3.0)
    return uniform_(tensor, -bound, bound, generator)


def kaiming_normal_(
    tensor: Tensor,
    a: float = 0.0,
    mode: str = "fan_in",
    nonlinearity: str = "leaky_relu",
    generator: Generator = None,
) -> Tensor:
    """Draw weights from a normal distribution of std gain / sqrt(fan): He et al. (2015); see `kaiming_uniform_`."""
    return normal_(tensor, 0.0, _kaiming_std(tensor, a, mode, nonlinearity), generator)


def orthogonal_(tensor: Tensor, gain: float = 1.0, generator: Generator = None) -> Tensor:
    """Make the rows (or the columns, if they are fewer) perpendicular and of length `gain`: Saxe et al. (2014).

    Gram and Schmidt's process on normal numbers; done twice, since once loses digits.
    """
    gain = number(gain, "gain")
    fan_out, fan_in = _matrix_shape(tensor)
    rng = generator_of(generator)
    basis: list[list[float]] = []
    for _ in range(min(fan_out, fan_in)):
        vector = [rng.gauss(0.0, 1.0) for _ in range(max(fan_out, fan_in))]
        for other in [*basis, *basis]:
            overlap = dot(vector, other)
            vector = [v - overlap * o for v, o in zip(vector, other, strict=True)]
        length = math.hypot(*vector)
        basis.append([v / length for v in vector])
    rows = basis if fan_out <= fan_in else zip(*basis, strict=True)
    numbers = (gain * x for row in rows for x in row)
    return _fill(tensor, lambda: next(numbers))


def _fill(tensor: Tensor, draw: Callable[[], float]) -> Tensor:
    for value in _checked(tensor):
        value.data = draw()
    return tensor


def _checked(tensor: Tensor) -> list[Value]:
    if isinstance(tensor, (list, tuple)):
        return [value for item in tensor for value in _checked(item)]
    if not isinstance(tensor, Value) or tensor.op is not None:
        raise TypeError(f"nn.init sets parameters, such as layer.weight, but got {shown(tensor)}")
    return [tensor]


def _matrix_shape(tensor: Tensor) -> tuple[int, int]:
    """The numbers of rows and of columns, fan_out and fan_in."""
    if isinstance(tensor, (list, tuple)) and tensor and all(isinstance(row, (list, tuple)) and row for row in tensor):
        widths = {len(row) for row in tensor}
        if len(widths) == 1:
            return len(tensor), widths.pop()
    raise ValueError(
        "fan_in and fan_out need a weight matrix, a list of rows of one length such as layer.weight; "
        "use zeros_, constant_, uniform_ or normal_ for a bias"
    )


def _xavier_std(tensor: Tensor, gain: float) -> float:
    return number(gain, "gain") * math.sqrt(2.0 / sum(_matrix_shape(tensor)))


def _kaiming_std(tensor: Tensor, a: float, mode: str, nonlinearity: str) -> float:
    if mode not in ("fan_in", "fan_out"):
        raise ValueError(f"mode must be 'fan_in' or 'fan_out', but got {shown(mode)}")
    fan_out, fan_in = _matrix_shape(tensor)
    return calculate_gain(nonlinearity, a) / math.sqrt(fan_in if mode == "fan_in" else fan_out)
