"""Schedules one after another."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Mapping, Sequence
from typing import Any

from ...text import shown
from ..optimizer import Optimizer
from .base import LRScheduler, check_optimizer
from .checks import each, milestone
from .plateau import ReduceLROnPlateau

__all__ = ["SequentialLR"]


def rising(milestones: Any, name: str) -> list[Any]:
    """Check the numbers of the steps at which the next schedule takes over."""
    found: list[Any] = each(milestone)(milestones, name)
    if found != sorted(found):
        raise ValueError(f"milestones must rise, but got {shown(found)}")
    return found


class SequentialLR(LRScheduler):
    """The first schedule up to the first milestone, the second one up to the second, and so on.

    Each begins at its own step 0 with the first learning rate of the optimizer. As
    `torch.optim.lr_scheduler.SequentialLR`, without one inside another.

    Args:
        optimizer: the optimizer; its learning rates are set.
        schedulers: schedules of this optimizer, at least one.
        milestones: the rising numbers of the steps at which the next one takes over, one fewer than schedules.

    Raises:
        TypeError, ValueError: the schedules are not for this optimizer, or their number does not fit the milestones.

    >>> from autograd import Value, optim
    >>> optimizer = optim.SGD([Value(0.0)], lr=1.0)
    >>> warm_up = optim.lr_scheduler.LinearLR(optimizer, start_factor=0.25, total_iters=3)
    >>> decay = optim.lr_scheduler.ExponentialLR(optimizer, gamma=0.5)
    >>> scheduler, lrs = SequentialLR(optimizer, [warm_up, decay], milestones=[3]), []
    >>> for _ in range(6):
    ...     optimizer.step()
    ...     lrs += scheduler.get_last_lr()
    ...     scheduler.step()
    >>> lrs
    [0.25, 0.5, 0.75, 1.0, 0.5, 0.25]
    """

    checks = {"_milestones": rising, "_schedulers": each(lambda state, name: state)}

    def __init__(self, optimizer: Optimizer, schedulers: Sequence[LRScheduler], milestones: Sequence[int]) -> None:
        check_optimizer(optimizer)
        self._schedulers, self._milestones = list(schedulers), list(milestones)
        for i, scheduler in enumerate(self._schedulers):
            if not isinstance(scheduler, LRScheduler) or isinstance(scheduler, (ReduceLROnPlateau, SequentialLR)):
                raise TypeError(f"schedule {i} must be one that needs only the step, but got {shown(scheduler)}")
            if scheduler.optimizer is not optimizer:
                raise ValueError(f"schedule {i} is for another optimizer: give all of them the same one")
        if len(self._schedulers) != len(self._milestones) + 1:
            raise ValueError(
                "there must be one milestone fewer than schedules, "
                f"but got {len(self._schedulers)} schedules and {len(self._milestones)} milestones"
            )
        rising(self._milestones, "milestones")
        self.optimizer = optimizer
        self.last_epoch = 0
        for group in optimizer.param_groups:
            group["lr"] = group["initial_lr"]
        for scheduler in self._schedulers:  # each has made its first step already: take it back
            scheduler.last_epoch -= 1
        first = self._schedulers[bisect_right(self._milestones, 0)]
        first._step_count = 0
        first.step()
        self._last_lr = first.get_last_lr()

    def step(self) -> None:
        """Go on by one and set the learning rates."""
        self.last_epoch += 1
        i = bisect_right(self._milestones, self.last_epoch)
        scheduler = self._schedulers[i]
        if i > 0 and self._milestones[i - 1] == self.last_epoch:
            scheduler.restart()
        else:
            scheduler.step()
        self._last_lr = scheduler.get_last_lr()

    def state_dict(self) -> dict[str, Any]:
        """Return all but the optimizer, fit for JSON."""
        return super().state_dict() | {"_schedulers": [scheduler.state_dict() for scheduler in self._schedulers]}

    def load_state_dict(self, state_dict: Mapping[str, Any]) -> None:
        """Go on from what `state_dict` returned.

        Raises:
            ValueError: it is not the state of such schedules; nothing has changed.
        """
        found = self._checked_state(state_dict)
        loaded = found.pop("_schedulers")
        if len(loaded) != len(self._schedulers):
            raise ValueError(f"there are {len(self._schedulers)} schedules, but the loaded state has {len(loaded)}")
        if len(found["_milestones"]) != len(self._milestones):
            raise ValueError(
                f"there are {len(self._milestones)} milestones, but the loaded state has {len(found['_milestones'])}"
            )
        pairs = list(zip(self._schedulers, loaded, strict=True))
        states = [scheduler._checked_state(state) for scheduler, state in pairs]
        for scheduler, state in zip(self._schedulers, states, strict=True):
            vars(scheduler).update(state)
        vars(self).update(found)
