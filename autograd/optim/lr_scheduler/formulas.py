"""Schedules that are one formula of the step."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Sequence
from typing import Any

from ... import ieee
from ...primitives import number
from ...text import shown
from ..optimizer import Optimizer
from .base import LRScheduler, check_optimizer, for_each_group
from .checks import between, each, finite, milestone, positive_int

__all__ = ["CosineAnnealingLR", "ExponentialLR", "LambdaLR", "LinearLR", "MultiStepLR", "StepLR"]


class LambdaLR(LRScheduler):
    """lr = initial lr * lr_lambda(step), with one function for all groups or a list of functions.

    `state_dict` cannot hold the functions themselves.

    >>> from autograd import Value, optim
    >>> optimizer = optim.SGD([Value(0.0)], lr=1.0)
    >>> LambdaLR(optimizer, lambda step: 1 / (step + 2)).get_last_lr()
    [0.5]
    """

    def __init__(
        self,
        optimizer: Optimizer,
        lr_lambda: Callable[[int], float] | Sequence[Callable[[int], float]],
        last_epoch: int = -1,
    ) -> None:
        check_optimizer(optimizer)
        self.lr_lambdas = for_each_group(lr_lambda, optimizer, "lr_lambda")
        for function in self.lr_lambdas:
            if not callable(function):
                raise TypeError(
                    f"lr_lambda must be a function of the step or a list of them, but got {shown(function)}"
                )
        super().__init__(optimizer, last_epoch)

    def get_lr(self) -> list[float]:
        """Return initial lr * lr_lambda(step)."""
        factors = [number(f(self.last_epoch), "what lr_lambda returns") for f in self.lr_lambdas]
        return [lr * factor for lr, factor in zip(self.base_lrs, factors, strict=True)]

    def state_dict(self) -> dict[str, Any]:
        """Return all but the optimizer and the functions, fit for JSON."""
        return {name: value for name, value in super().state_dict().items() if name != "lr_lambdas"}


class StepLR(LRScheduler):
    """lr <- lr * gamma after every `step_size` steps."""

    checks = {"step_size": positive_int, "gamma": finite}
    step_size: int
    gamma: float

    def __init__(self, optimizer: Optimizer, step_size: int, gamma: float = 0.1, last_epoch: int = -1) -> None:
        self._take(step_size=step_size, gamma=gamma)
        super().__init__(optimizer, last_epoch)

    def get_lr(self) -> list[float]:
        """Return lr, times gamma in every `step_size`-th step."""
        factor = self.gamma if self.last_epoch and self.last_epoch % self.step_size == 0 else 1.0
        return [lr * factor for lr in self.current()]


class MultiStepLR(LRScheduler):
    """lr <- lr * gamma in each of the steps that `milestones` names, twice if it names one twice."""

    checks = {"milestones": lambda x, name: sorted(each(milestone)(x, name)), "gamma": finite}
    milestones: list[int]
    gamma: float

    def __init__(
        self, optimizer: Optimizer, milestones: Iterable[int], gamma: float = 0.1, last_epoch: int = -1
    ) -> None:
        self._take(milestones=list(milestones) if isinstance(milestones, Iterable) else milestones, gamma=gamma)
        super().__init__(optimizer, last_epoch)

    def get_lr(self) -> list[float]:
        """Return lr, times gamma at a milestone."""
        factor = ieee.pow(self.gamma, float(self.milestones.count(self.last_epoch)))
        return [lr * factor for lr in self.current()]


class ExponentialLR(LRScheduler):
    """lr <- lr * gamma in every step."""

    checks = {"gamma": finite}
    gamma: float

    def __init__(self, optimizer: Optimizer, gamma: float, last_epoch: int = -1) -> None:
        self._take(gamma=gamma)
        super().__init__(optimizer, last_epoch)

    def get_lr(self) -> list[float]:
        """Return lr * gamma."""
        return self.current() if self.begins() else [lr * self.gamma for lr in self.current()]


class LinearLR(LRScheduler):
    """The factor of the learning rate goes from `start_factor` to `end_factor` in `total_iters` steps: a warm-up.

    >>> from autograd import Value, optim
    >>> optimizer = optim.SGD([Value(0.0)], lr=1.0)
    >>> scheduler, lrs = LinearLR(optimizer, start_factor=0.25, total_iters=3), []
    >>> for _ in range(5):
    ...     optimizer.step()
    ...     lrs += scheduler.get_last_lr()
    ...     scheduler.step()
    >>> lrs
    [0.25, 0.5, 0.75, 1.0, 1.0]
    """

    checks = {
        "start_factor": between(math.ulp(0.0), 1.0, "above 0 and at most 1"),
        "end_factor": between(0.0, 1.0, "from 0 to 1"),
        "total_iters": positive_int,
    }
    start_factor: float
    end_factor: float
    total_iters: int

    def __init__(
        self,
        optimizer: Optimizer,
        start_factor: float = 1.0 / 3,
        end_factor: float = 1.0,
        total_iters: int = 5,
        last_epoch: int = -1,
    ) -> None:
        self._take(start_factor=start_factor, end_factor=end_factor, total_iters=total_iters)
        super().__init__(optimizer, last_epoch)

    def get_lr(self) -> list[float]:
        """Return lr * factor(step) / factor(step - 1)."""
        if self.last_epoch == 0:
            return [lr * self.start_factor for lr in self.current()]
        if self.begins() or self.last_epoch > self.total_iters:
            return self.current()
        rise = self.end_factor - self.start_factor
        factor = 1.0 + rise / (self.total_iters * self.start_factor + (self.last_epoch - 1) * rise)
        return [lr * max(0.0, factor) for lr in self.current()]  # rounding makes a last factor of 0 negative


class CosineAnnealingLR(LRScheduler):
    """lr = eta_min + (initial lr - eta_min) * (1 + cos(pi * step / T_max)) / 2, down and up again every 2 T_max steps.

    Loshchilov & Hutter, "SGDR: stochastic gradient descent with warm restarts", ICLR 2017, without the restarts.
    """

    checks = {"T_max": positive_int, "eta_min": finite}
    T_max: int
    eta_min: float

    def __init__(self, optimizer: Optimizer, T_max: int, eta_min: float = 0.0, last_epoch: int = -1) -> None:
        self._take(T_max=T_max, eta_min=eta_min)
        super().__init__(optimizer, last_epoch)

    def get_lr(self) -> list[float]:
        """Return the next lr of the cosine."""
        if self.begins():
            return self.current()
        before = self._height(self.last_epoch - 1)
        if before == 0.0 or (self.last_epoch - 1 - self.T_max) % (2 * self.T_max) == 0:  # up again: the ratio is 0/0
            rise = (1 - math.cos(math.pi / self.T_max)) / 2
            lows = zip(self.base_lrs, self.current(), strict=True)
            return [lr + (base - self.eta_min) * rise for base, lr in lows]
        ratio = self._height(self.last_epoch) / before
        return [ratio * (lr - self.eta_min) + self.eta_min for lr in self.current()]

    def _height(self, step: int) -> float:
        return 1 + math.cos(math.pi * step / self.T_max)
