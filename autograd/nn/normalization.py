"""Normalization: numbers shifted and scaled to mean 0 and variance 1, over a batch or within a sample."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

from .. import functions
from ..functions import dot, mean
from ..modes import recorder
from ..primitives import number
from ..text import shown
from ..value import Value
from .arguments import as_list, is_sequence, per_sample, size
from .kinds import PerSample
from .layers import vector

__all__ = ["BatchNorm1d", "LayerNorm"]


def _data(x: Value | float) -> float:
    return x.data if isinstance(x, Value) else x


def _deviations(xs: Sequence[Any]) -> tuple[Any, list[Any], Any]:
    """Return the mean, how far every number is from it, and the biased variance."""
    m = mean(xs)
    deviations = [x - m for x in xs]
    return m, deviations, dot(deviations, deviations) / len(xs)


def _at_least_0(eps: Any) -> float:
    checked = number(eps, "eps")
    if not checked >= 0.0:
        raise ValueError(f"eps must be at least 0, but got {shown(eps)}")
    return checked


class BatchNorm1d(PerSample):
    """y = (x - mean) / sqrt(variance + eps) * weight + bias, for every feature over the batch.

    In training, mean and (biased) variance are those of the batch, and the running statistics move towards them by
    the fraction `momentum`, the variance as its unbiased estimate. After `eval()` the running statistics are used, so
    that one sample will do. Ioffe and Szegedy (2015).

    Args:
        num_features: the number of numbers in a sample.
        eps: a small number that keeps the root away from 0.
        momentum: the weight of the newest batch; None for the plain average of all batches.
        affine: whether to add a weight and a bias for each feature, initially 1 and 0.
        track_running_stats: whether to keep running statistics; without them, those of the batch are always used.

    Raises:
        ValueError: there is a single sample, but the statistics of a batch are needed.

    >>> norm = BatchNorm1d(1, eps=0.0, affine=False)
    >>> norm([[1.0], [3.0]])
    [[-1.0], [1.0]]
    >>> norm.running_mean, norm.running_var
    ([0.2], [1.1])
    """

    _bools = False
    running_mean: list[float]
    running_var: list[float]
    num_batches_tracked: int

    def __init__(
        self,
        num_features: int,
        eps: float = 1e-5,
        momentum: float | None = 0.1,
        affine: bool = True,
        track_running_stats: bool = True,
    ) -> None:
        self.num_features = size(num_features, "num_features")
        self.eps = _at_least_0(eps)
        self.momentum = None if momentum is None else number(momentum, "momentum")
        self.affine, self.track_running_stats = affine, track_running_stats
        self.weight = vector(num_features, 1.0) if affine else None
        self.bias = vector(num_features) if affine else None
        if track_running_stats:
            self.register_buffer("running_mean", [0.0] * num_features)
            self.register_buffer("running_var", [1.0] * num_features)
            self.register_buffer("num_batches_tracked", 0)

    def _checked_buffer(self, name: str, numbers: Any) -> Any:
        if name == "running_var" and any(variance < 0.0 for variance in numbers):
            raise ValueError(f"a variance must be at least 0, but got {min(numbers)}")
        if name == "num_batches_tracked":
            if not (numbers >= 0 and math.isfinite(numbers) and numbers == int(numbers)):
                raise ValueError(f"a count must be a whole number of at least 0, but got {numbers}")
            return int(numbers)
        return numbers

    def forward(self, x: Any) -> list[Any]:
        """Return the normalized batch, or, with the running statistics, the normalized sample."""
        xs = as_list(x, "BatchNorm1d")
        if xs and not is_sequence(xs[0]):
            return self._normalized([per_sample(list, xs, "BatchNorm1d", self.num_features)])[0]
        batch = [per_sample(list, sample, "BatchNorm1d", self.num_features) for sample in xs]
        if not batch or is_sequence(batch[0][0]):
            raise ValueError(
                f"BatchNorm1d takes a batch of samples of {self.num_features} numbers, but got "
                + ("an empty one" if not batch else "a batch of batches")
            )
        return self._normalized(batch)

    def _normalized(self, batch: list[list[Any]]) -> list[list[Any]]:
        columns = zip(*batch, strict=True)
        if self.training or not self.track_running_stats:
            if len(batch) < 2:
                when, instead = ("when training", "call eval() to use the running statistics")
                if not self.track_running_stats:
                    when, instead = ("without running statistics", "make it with track_running_stats=True")
                raise ValueError(
                    f"BatchNorm1d expected more than 1 value per channel {when}, but got a batch of 1, whose variance "
                    f"is 0: give it more samples, or {instead}"
                )
            found = [_deviations(column) for column in columns]
            if self.track_running_stats:
                self._track([(m, variance) for m, _, variance in found], len(batch))
        else:
            running = zip(columns, self.running_mean, self.running_var, strict=True)
            found = [(m, [x - m for x in column], variance) for column, m, variance in running]
        return [list(row) for row in zip(*map(self._scaled, range(self.num_features), found), strict=True)]

    def _scaled(self, feature: int, found: tuple[Any, list[Any], Any]) -> list[Any]:
        _, deviations, variance = found
        scale = 1.0 / functions.sqrt(variance + self.eps)
        if self.weight is None or self.bias is None:
            return [d * scale for d in deviations]
        scale, bias = scale * self.weight[feature], self.bias[feature]
        return [dot((d,), (scale,), bias) for d in deviations]

    def _track(self, statistics: list[tuple[Any, Any]], n: int) -> None:
        """Move the running statistics towards those of a batch; a recorder is told, since compiled code does it too."""
        by = recorder()
        if by is None:
            statistics = [(_data(m), _data(variance)) for m, variance in statistics]
        means, variances, count = [getattr(self, name) if by is None else by.held(self, name) for name in self._buffers]
        count = count + 1
        new = 1.0 / count if self.momentum is None else self.momentum
        old, unbiased = 1.0 - new, n / (n - 1)
        before = zip(means, variances, statistics, strict=True)
        moved = [(old * m + new * m_new, old * v + new * v_new * unbiased) for m, v, (m_new, v_new) in before]
        for name, found in zip(self._buffers, ([m for m, _ in moved], [v for _, v in moved], count), strict=True):
            if by is None:
                setattr(self, name, found)
            else:
                by.hold(self, name, found)

    def extra_repr(self) -> str:
        return (
            f"{self.num_features}, eps={self.eps}, momentum={self.momentum}, affine={self.affine}, "
            f"track_running_stats={self.track_running_stats}"
        )


class LayerNorm(PerSample):
    """y = (x - mean) / sqrt(variance + eps) * weight + bias, within every sample (Ba et al. 2016).

    Args:
        normalized_shape: the number of numbers in a sample: an int, or a sequence of one, as in PyTorch.
        eps: a small number that keeps the root away from 0.
        elementwise_affine: whether to add a weight for each number, initially 1.
        bias: whether to add a bias too, initially 0.

    >>> LayerNorm(2, eps=0.0, elementwise_affine=False)([1.0, 3.0])
    [-1.0, 1.0]
    """

    def __init__(
        self,
        normalized_shape: int | Sequence[int],
        eps: float = 1e-5,
        elementwise_affine: bool = True,
        bias: bool = True,
    ) -> None:
        shape = [normalized_shape] if isinstance(normalized_shape, int) else list(normalized_shape)
        if len(shape) != 1:
            raise ValueError(
                f"normalized_shape must be the last dimension alone, an int, but got {shown(normalized_shape)}"
            )
        width = size(shape[0], "normalized_shape")
        self.normalized_shape = (width,)
        self.eps = _at_least_0(eps)
        self.elementwise_affine = elementwise_affine
        self.weight = vector(width, 1.0) if elementwise_affine else None
        self.bias = vector(width) if elementwise_affine and bias else None

    def forward(self, x: Any) -> list[Any]:
        """Return the normalized sample, or all samples of a batch normalized, each by itself."""
        return per_sample(self._normalized, x, "LayerNorm", self.normalized_shape[0])

    def _normalized(self, xs: list[Any]) -> list[Any]:
        _, deviations, variance = _deviations(xs)
        scale = 1.0 / functions.sqrt(variance + self.eps)
        scaled = [d * scale for d in deviations]
        if self.weight is None:
            return scaled
        if self.bias is None:
            return [w * y for w, y in zip(self.weight, scaled, strict=True)]
        return [dot((w,), (y,), b) for w, y, b in zip(self.weight, scaled, self.bias, strict=True)]

    def extra_repr(self) -> str:
        return f"{self.normalized_shape}, eps={self.eps}, elementwise_affine={self.elementwise_affine}"
