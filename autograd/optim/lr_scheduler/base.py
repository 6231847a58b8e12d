"""What every schedule has: an optimizer whose learning rates it sets, and the number of the step."""

from __future__ import annotations

import warnings
from collections.abc import Mapping, Sequence
from typing import Any, ClassVar

from ...text import listed, shown, unquoted
from ..optimizer import Optimizer
from .checks import Check, each, finite, whole

__all__ = ["LRScheduler", "check_optimizer", "for_each_group"]

FOR_EACH_GROUP = ("base_lrs", "_last_lr", "min_lrs")  # the lists of one number for each group
STATE_CHECKS: dict[str, Check] = {
    "base_lrs": each(finite), "_last_lr": each(finite), "last_epoch": whole(-1), "_step_count": whole(0),
}  # fmt: skip


class LRScheduler:
    """The base of all schedules; one more is a subclass with `get_lr`.

    Args:
        optimizer: the optimizer; its learning rates are set.
        last_epoch: the number of steps that were made before; -1 to begin.

    Raises:
        TypeError: this is not an optimizer.
        ValueError: an argument is out of range, or a schedule is to go on that never began.
    """

    checks: ClassVar[dict[str, Check]] = {}  # a check for each argument, given or loaded

    def __init__(self, optimizer: Optimizer, last_epoch: int = -1) -> None:
        check_optimizer(optimizer)
        STATE_CHECKS["last_epoch"](last_epoch, "last_epoch")
        for i, group in enumerate(optimizer.param_groups):
            if last_epoch == -1:
                group.setdefault("initial_lr", group["lr"])
            elif "initial_lr" not in group:
                raise ValueError(
                    f"to go on from last_epoch={last_epoch}, group {i} of the optimizer needs its 'initial_lr': "
                    "load the optimizer's state first, or start with last_epoch=-1"
                )
        self.optimizer = optimizer
        self.base_lrs: list[float] = [group["initial_lr"] for group in optimizer.param_groups]
        self.last_epoch = last_epoch
        self._step_count = 0
        self.step()

    def get_lr(self) -> list[float]:
        """Return the learning rate of every group in step `last_epoch`, from those of the step before."""
        raise NotImplementedError(f"{type(self).__name__} does not say its learning rates; define get_lr()")

    def get_last_lr(self) -> list[float]:
        """Return the learning rates that were set last, one for each group."""
        return self._last_lr

    def step(self) -> None:
        """Go on by one and set the learning rates."""
        if self._step_count == 1 and not self.optimizer.has_stepped:
            warnings.warn(
                "scheduler.step() came before optimizer.step(), so the first learning rate is never used: "
                "call optimizer.step() first",
                stacklevel=2,
            )
        before = self._step_count, self.last_epoch
        self._step_count += 1
        self.last_epoch += 1
        try:
            self._set(self.get_lr())
        except Exception:
            self._step_count, self.last_epoch = before
            raise

    def _set(self, lrs: Sequence[float]) -> None:
        """Set learning rates that the optimizer accepts."""
        groups = self.optimizer.param_groups
        checked = [self.optimizer.checked(group | {"lr": lr})["lr"] for group, lr in zip(groups, lrs, strict=True)]
        for group, lr in zip(groups, checked, strict=True):
            group["lr"] = lr
        self._last_lr = checked

    def _take(self, **arguments: Any) -> None:
        """Set arguments as attributes, each as its check returns it."""
        for name, x in arguments.items():
            setattr(self, name, self.checks[name](x, name))

    def restart(self) -> None:
        """Begin at step 0 from the optimizer's first learning rates."""
        self.last_epoch = 0
        for group, lr in zip(self.optimizer.param_groups, self.base_lrs, strict=True):
            group["lr"] = lr
        self._set(self.get_lr())

    def current(self) -> list[float]:
        """Return the learning rates that the optimizer has now."""
        return [group["lr"] for group in self.optimizer.param_groups]

    def begins(self) -> bool:
        """Whether this is the first step, also of a run that continues an earlier one."""
        return self._step_count == 1 or self.last_epoch == 0

    def state_dict(self) -> dict[str, Any]:
        """Return all but the optimizer, fit for JSON."""
        return {name: value for name, value in vars(self).items() if name != "optimizer"}

    def load_state_dict(self, state_dict: Mapping[str, Any]) -> None:
        """Go on from what `state_dict` returned; the optimizer's own state has the learning rates.

        Raises:
            ValueError: it is not the state of such a schedule; nothing has changed.
        """
        vars(self).update(self._checked_state(state_dict))

    def check_state_dict(self, state_dict: Mapping[str, Any]) -> None:
        """Raise a ValueError where `load_state_dict` would."""
        self._checked_state(state_dict)

    def _checked_state(self, state_dict: Mapping[str, Any]) -> dict[str, Any]:
        """The state that is loaded, every part of it checked as an argument is."""
        kind, expected = type(self).__name__, self.state_dict()
        if not isinstance(state_dict, Mapping) or set(state_dict) != set(expected):
            found = listed(sorted(state_dict, key=str), 20, unquoted) if isinstance(state_dict, Mapping) else "no dict"
            raise ValueError(f"the state of {kind} has {', '.join(sorted(expected))}, but got {found or 'nothing'}")
        checks, checked = STATE_CHECKS | self.checks, dict[str, Any]()
        for name, x in state_dict.items():
            try:
                if isinstance(x, bool) and not isinstance(expected[name], bool):
                    raise ValueError(f"{name} must be a number, but got {x}")
                checked[name] = checks[name](x, name) if name in checks else x
            except (TypeError, ValueError) as error:
                raise ValueError(f"the loaded state of {kind} does not fit: {error}") from None
            if name in FOR_EACH_GROUP and len(checked[name]) != len(self.optimizer.param_groups):
                raise ValueError(
                    f"the optimizer has {len(self.optimizer.param_groups)} parameter groups, but the loaded state has "
                    f"{len(checked[name])} values of {name}"
                )
        return checked


def check_optimizer(optimizer: Any) -> None:
    if not isinstance(optimizer, Optimizer):
        raise TypeError(f"a schedule takes an optimizer such as optim.SGD, but got {shown(optimizer)}")


def for_each_group(x: Any, optimizer: Optimizer, name: str) -> list[Any]:
    """Return one x for each group, of one for all or a list of them."""
    groups = len(optimizer.param_groups)
    if not isinstance(x, (list, tuple)):
        return [x] * groups
    if len(x) != groups:
        raise ValueError(f"the optimizer has {groups} parameter groups, but got {len(x)} values of {name}")
    return list(x)
