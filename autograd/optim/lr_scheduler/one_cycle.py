"""One rise and one fall of the learning rate, the momentum going the other way."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Any

from ..optimizer import Optimizer
from .base import LRScheduler, check_optimizer, for_each_group
from .checks import between, finite, flag, one_of, positive_int, real

__all__ = ["OneCycleLR"]

Phase = tuple[float, str, str, str, str]  # the last step, then the group's entries to go from and to: lr and momentum


class OneCycleLR(LRScheduler):
    """lr rises from max_lr / div_factor to max_lr, then falls to max_lr / div_factor / final_div_factor.

    As `torch.optim.lr_scheduler.OneCycleLR`; Smith & Topin, "Super-convergence: very fast training of neural networks
    using large learning rates", arXiv:1708.07120.

    Args:
        optimizer: the optimizer; its learning rates and its momentum or first beta are set.
        max_lr: the highest learning rate, one number or one for each group.
        total_steps: the number of steps in the cycle; or give epochs and steps_per_epoch.
        epochs, steps_per_epoch: their product is total_steps.
        pct_start: the part of the steps with a rising learning rate.
        anneal_strategy: "cos" or "linear".
        cycle_momentum: let the momentum fall from max_momentum to base_momentum while the learning rate rises.
        base_momentum, max_momentum: one number or one for each group.
        div_factor, final_div_factor: see above.
        three_phase: fall as steeply as it rose, and then go on to the final learning rate.
        last_epoch: the number of steps that were made before; -1 to begin.

    Raises:
        TypeError, ValueError: this is not an optimizer, it has no momentum to cycle, or an argument is out of range;
            also a step beyond the last one.

    >>> from autograd import Value, optim
    >>> optimizer = optim.SGD([Value(0.0)], lr=1.0)
    >>> scheduler = OneCycleLR(optimizer, max_lr=1.0, total_steps=5, pct_start=0.6, anneal_strategy="linear")
    >>> lrs = scheduler.get_last_lr()
    >>> for _ in range(4):
    ...     optimizer.step()
    ...     scheduler.step()
    ...     lrs += scheduler.get_last_lr()
    >>> [round(lr, 6) for lr in lrs]
    [0.04, 0.52, 1.0, 0.500002, 4e-06]
    """

    checks = {
        "total_steps": positive_int,
        "pct_start": between(0.0, 1.0, "from 0 to 1"),
        "anneal_strategy": one_of("cos", "linear"),
        "cycle_momentum": flag,
        "three_phase": flag,
    }
    total_steps: int
    pct_start: float
    anneal_strategy: str
    cycle_momentum: bool
    three_phase: bool

    def __init__(
        self,
        optimizer: Optimizer,
        max_lr: float | Sequence[float],
        total_steps: int | None = None,
        epochs: int | None = None,
        steps_per_epoch: int | None = None,
        pct_start: float = 0.3,
        anneal_strategy: str = "cos",
        cycle_momentum: bool = True,
        base_momentum: float | Sequence[float] = 0.85,
        max_momentum: float | Sequence[float] = 0.95,
        div_factor: float = 25.0,
        final_div_factor: float = 1e4,
        three_phase: bool = False,
        last_epoch: int = -1,
    ) -> None:
        check_optimizer(optimizer)
        if total_steps is None:
            if epochs is None or steps_per_epoch is None:
                raise ValueError("OneCycleLR needs total_steps, or both epochs and steps_per_epoch")
            total_steps = positive_int(epochs, "epochs") * positive_int(steps_per_epoch, "steps_per_epoch")
        self._take(
            total_steps=total_steps,
            pct_start=pct_start,
            anneal_strategy=anneal_strategy,
            cycle_momentum=cycle_momentum,
            three_phase=three_phase,
        )
        if cycle_momentum and not {"momentum", "betas"} & set(optimizer.defaults):
            raise ValueError(
                f"{type(optimizer).__name__} has neither momentum nor betas to cycle: set cycle_momentum=False"
            )
        div_factor, final_div_factor = real(div_factor, "div_factor"), real(final_div_factor, "final_div_factor")
        if not (div_factor > 0 and final_div_factor > 0):
            raise ValueError(f"div_factor and final_div_factor must be above 0: got {div_factor}, {final_div_factor}")
        max_lrs = [finite(lr, "max_lr") for lr in for_each_group(max_lr, optimizer, "max_lr")]
        base_momenta = for_each_group(base_momentum, optimizer, "base_momentum")
        max_momenta = for_each_group(max_momentum, optimizer, "max_momentum")
        if cycle_momentum:
            self.optimizer = optimizer
            for group, *momenta in zip(optimizer.param_groups, base_momenta, max_momenta, strict=True):
                for momentum in momenta:
                    self._momentum(group, momentum)
        if last_epoch == -1:
            for group, top, low, high in zip(optimizer.param_groups, max_lrs, base_momenta, max_momenta, strict=True):
                group["initial_lr"], group["max_lr"] = top / div_factor, top
                group["min_lr"] = group["initial_lr"] / final_div_factor
                if cycle_momentum:
                    group["base_momentum"], group["max_momentum"] = low, high
        super().__init__(optimizer, last_epoch)

    def get_lr(self) -> list[float]:
        """Return the learning rates of this step, and set the momentum."""
        step = self.last_epoch
        if step > self.total_steps:
            raise ValueError(f"this cycle has {self.total_steps} steps and is over: step {step} is one too many")
        start, phases = 0.0, self._phases()
        while step > phases[0][0] and len(phases) > 1:
            start = phases.pop(0)[0]
        end, lr_from, lr_to, momentum_from, momentum_to = phases[0]
        part = (step - start) / (end - start) if end != start else 1.0
        groups = self.optimizer.param_groups
        if self.cycle_momentum:
            momenta = [self._between(group[momentum_from], group[momentum_to], part) for group in groups]
            moved = [self._momentum(group, momentum) for group, momentum in zip(groups, momenta, strict=True)]
            for group, momentum in zip(groups, moved, strict=True):
                group.update(momentum)
        return [self._between(group[lr_from], group[lr_to], part) for group in groups]

    def _momentum(self, group: dict[str, Any], momentum: float) -> dict[str, Any]:
        """The option of a group that is its momentum, if the optimizer accepts it."""
        name = "betas" if "betas" in group else "momentum"
        option = {name: (momentum, group["betas"][1]) if name == "betas" else momentum}
        return {name: self.optimizer.checked(group | option)[name]}

    def _checked_state(self, state_dict: Mapping[str, Any]) -> dict[str, Any]:
        found = super()._checked_state(state_dict)
        if found["cycle_momentum"] and not self.cycle_momentum:
            raise ValueError("the loaded state cycles the momentum, but this schedule has cycle_momentum=False")
        return found

    def _phases(self) -> list[Phase]:
        rise, last = self.pct_start * self.total_steps, self.total_steps - 1
        up = (rise - 1, "initial_lr", "max_lr", "max_momentum", "base_momentum")
        if not self.three_phase:
            return [up, (last, "max_lr", "min_lr", "base_momentum", "max_momentum")]
        down = (2 * rise - 2, "max_lr", "initial_lr", "base_momentum", "max_momentum")
        return [up, down, (last, "initial_lr", "min_lr", "max_momentum", "max_momentum")]

    def _between(self, start: float, end: float, part: float) -> float:
        if self.anneal_strategy == "linear":
            return (end - start) * part + start
        return end + (start - end) / 2.0 * (math.cos(math.pi * part) + 1)
