"""A schedule that watches the loss."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

from ...primitives import number
from ...value import Value
from ..optimizer import Optimizer
from .base import LRScheduler, check_optimizer, for_each_group
from .checks import between, each, finite, one_of, real, whole

__all__ = ["ReduceLROnPlateau"]


class ReduceLROnPlateau(LRScheduler):
    """lr <- lr * factor once a loss has not become better for more than `patience` steps.

    As `torch.optim.lr_scheduler.ReduceLROnPlateau`; a loss of nan is not better.

    Args:
        optimizer: the optimizer; its learning rates are set.
        mode: "min" if lower is better, "max" if higher is.
        factor: the factor of a reduction, below 1.
        patience: the number of steps without improvement to wait for.
        threshold: the smallest improvement that counts.
        threshold_mode: "rel" for a part of the best loss, "abs" for a number.
        cooldown: the number of steps after a reduction that do not count.
        min_lr: the smallest learning rate, one number or one for each group.
        eps: the smallest reduction that is made.

    Raises:
        TypeError, ValueError: this is not an optimizer, or an argument is out of range.

    >>> from autograd import Value, optim
    >>> optimizer = optim.SGD([Value(0.0)], lr=1.0)
    >>> scheduler = ReduceLROnPlateau(optimizer, factor=0.5, patience=1)
    >>> for loss in (3.0, 2.0, 2.0, 2.0):
    ...     scheduler.step(loss)
    >>> scheduler.get_last_lr()
    [0.5]
    """

    checks = {
        "mode": one_of("min", "max"),
        "factor": between(0.0, math.nextafter(1.0, 0.0), "from 0 up to but not including 1"),
        "patience": whole(0),
        "threshold": real,
        "threshold_mode": one_of("rel", "abs"),
        "cooldown": whole(0),
        "min_lrs": each(finite),
        "eps": real,
        "best": real,
        "cooldown_counter": whole(0),
        "num_bad_epochs": whole(0),
    }
    mode: str
    factor: float
    patience: int
    threshold: float
    threshold_mode: str
    cooldown: int
    min_lrs: list[float]
    eps: float
    best: float
    cooldown_counter: int
    num_bad_epochs: int

    def __init__(
        self,
        optimizer: Optimizer,
        mode: str = "min",
        factor: float = 0.1,
        patience: int = 10,
        threshold: float = 1e-4,
        threshold_mode: str = "rel",
        cooldown: int = 0,
        min_lr: float | Sequence[float] = 0.0,
        eps: float = 1e-8,
    ) -> None:
        check_optimizer(optimizer)
        self._take(
            mode=mode,
            factor=factor,
            patience=patience,
            threshold=threshold,
            threshold_mode=threshold_mode,
            cooldown=cooldown,
            min_lrs=for_each_group(min_lr, optimizer, "min_lr"),
            eps=eps,
            best=math.inf if mode == "min" else -math.inf,
            cooldown_counter=0,
            num_bad_epochs=0,
        )
        self.optimizer = optimizer
        self.last_epoch = 0
        self._last_lr = self.current()

    def step(self, metrics: Any) -> None:  # type: ignore[override]  # PyTorch's signature
        """Take note of a loss, a float or a Value, and set the learning rates."""
        current = number(metrics.data if isinstance(metrics, Value) else metrics, "metrics")
        self.last_epoch += 1
        if self._is_better(current):
            self.best = current
            self.num_bad_epochs = 0
        else:
            self.num_bad_epochs += 1
        if self.cooldown_counter > 0:
            self.cooldown_counter -= 1
            self.num_bad_epochs = 0
        lrs = self.current()
        if self.num_bad_epochs > self.patience:
            reduced = [max(lr * self.factor, low) for lr, low in zip(lrs, self.min_lrs, strict=True)]
            lrs = [new if old - new > self.eps else old for old, new in zip(lrs, reduced, strict=True)]
            self.cooldown_counter = self.cooldown
            self.num_bad_epochs = 0
        self._set(lrs)

    def _is_better(self, current: float) -> bool:
        sign = 1.0 if self.mode == "min" else -1.0
        if self.threshold_mode == "abs":
            return sign * current < sign * self.best - self.threshold
        return sign * current < sign * (self.best * (1.0 - sign * self.threshold))
