"""Losses as modules, and as the functions of `functional`, under PyTorch's names.

>>> from autograd import Value
>>> loss = MSELoss()([Value(1.0), Value(2.0)], [1.0, 4.0])
>>> loss.data
2.0
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from .functional import (
    binary_cross_entropy,
    binary_cross_entropy_with_logits,
    cross_entropy,
    hinge_loss,
    huber_loss,
    l1_loss,
    mse_loss,
    multi_margin_loss,
    nll_loss,
    smooth_l1_loss,
)
from .kinds import PerBatch
from .loss_inputs import check_reduction

__all__ = [
    "BCELoss", "BCEWithLogitsLoss", "CrossEntropyLoss", "HingeLoss", "HuberLoss", "L1Loss", "MSELoss",
    "MultiMarginLoss", "NLLLoss", "SmoothL1Loss",
    "binary_cross_entropy", "binary_cross_entropy_with_logits", "cross_entropy", "hinge_loss", "huber_loss", "l1_loss",
    "mse_loss", "multi_margin_loss", "nll_loss", "smooth_l1_loss",
]  # fmt: skip


class _Loss(PerBatch):
    """A loss with its options: call it with input and target."""

    def __init__(self, reduction: str = "mean") -> None:
        check_reduction(reduction)
        self.reduction = reduction


class MSELoss(_Loss):
    """`mse_loss` as a module."""

    def forward(self, input: Any, target: Any) -> Any:
        """Return the loss."""
        return mse_loss(input, target, self.reduction)


class L1Loss(_Loss):
    """`l1_loss` as a module."""

    def forward(self, input: Any, target: Any) -> Any:
        """Return the loss."""
        return l1_loss(input, target, self.reduction)


class HuberLoss(_Loss):
    """`huber_loss` as a module."""

    def __init__(self, reduction: str = "mean", delta: float = 1.0) -> None:
        super().__init__(reduction)
        self.delta = delta

    def forward(self, input: Any, target: Any) -> Any:
        """Return the loss."""
        return huber_loss(input, target, self.reduction, self.delta)


class SmoothL1Loss(_Loss):
    """`smooth_l1_loss` as a module."""

    def __init__(self, reduction: str = "mean", beta: float = 1.0) -> None:
        super().__init__(reduction)
        self.beta = beta

    def forward(self, input: Any, target: Any) -> Any:
        """Return the loss."""
        return smooth_l1_loss(input, target, self.reduction, self.beta)


class BCELoss(_Loss):
    """`binary_cross_entropy` as a module."""

    def forward(self, input: Any, target: Any) -> Any:
        """Return the loss."""
        return binary_cross_entropy(input, target, self.reduction)


class BCEWithLogitsLoss(_Loss):
    """`binary_cross_entropy_with_logits` as a module."""

    def __init__(self, reduction: str = "mean", pos_weight: float | Sequence[float] | None = None) -> None:
        super().__init__(reduction)
        self.pos_weight = pos_weight

    def forward(self, input: Any, target: Any) -> Any:
        """Return the loss."""
        return binary_cross_entropy_with_logits(input, target, self.reduction, self.pos_weight)


class HingeLoss(_Loss):
    """`hinge_loss` as a module."""

    def __init__(self, reduction: str = "mean", margin: float = 1.0) -> None:
        super().__init__(reduction)
        self.margin = margin

    def forward(self, input: Any, target: Any) -> Any:
        """Return the loss."""
        return hinge_loss(input, target, self.reduction, self.margin)


class CrossEntropyLoss(_Loss):
    """`cross_entropy` as a module."""

    def __init__(
        self,
        weight: Sequence[float] | None = None,
        ignore_index: int = -100,
        reduction: str = "mean",
        label_smoothing: float = 0.0,
    ) -> None:
        super().__init__(reduction)
        self.weight, self.ignore_index, self.label_smoothing = weight, ignore_index, label_smoothing

    def forward(self, input: Any, target: Any) -> Any:
        """Return the loss."""
        return cross_entropy(input, target, self.weight, self.ignore_index, self.reduction, self.label_smoothing)


class NLLLoss(_Loss):
    """`nll_loss` as a module."""

    def __init__(
        self, weight: Sequence[float] | None = None, ignore_index: int = -100, reduction: str = "mean"
    ) -> None:
        super().__init__(reduction)
        self.weight, self.ignore_index = weight, ignore_index

    def forward(self, input: Any, target: Any) -> Any:
        """Return the loss."""
        return nll_loss(input, target, self.weight, self.ignore_index, self.reduction)


class MultiMarginLoss(_Loss):
    """`multi_margin_loss` as a module."""

    def __init__(
        self, p: int = 1, margin: float = 1.0, weight: Sequence[float] | None = None, reduction: str = "mean"
    ) -> None:
        super().__init__(reduction)
        self.p, self.margin, self.weight = p, margin, weight

    def forward(self, input: Any, target: Any) -> Any:
        """Return the loss."""
        return multi_margin_loss(input, target, self.p, self.margin, self.weight, self.reduction)
