"""Schedules for the learning rate: each `step()` sets "lr" in every group of an optimizer.

Call `optimizer.step()` first, then `scheduler.step()`. As in PyTorch, most schedules go from the learning rate of the
last step to the next one, so several of them can work on one optimizer.

>>> from autograd import Value, optim
>>> optimizer = optim.SGD([Value(0.0)], lr=1.0)
>>> scheduler = optim.lr_scheduler.StepLR(optimizer, step_size=2, gamma=0.5)
>>> for _ in range(4):
...     optimizer.step()
...     print(scheduler.get_last_lr())
...     scheduler.step()
[1.0]
[1.0]
[0.5]
[0.5]
"""

from typing import TYPE_CHECKING

from .base import LRScheduler
from .formulas import CosineAnnealingLR, ExponentialLR, LambdaLR, LinearLR, MultiStepLR, StepLR
from .one_cycle import OneCycleLR
from .plateau import ReduceLROnPlateau
from .sequential import SequentialLR

__all__ = [
    "CosineAnnealingLR", "ExponentialLR", "LRScheduler", "LambdaLR", "LinearLR", "MultiStepLR", "OneCycleLR",
    "ReduceLROnPlateau", "SequentialLR", "StepLR",
]  # fmt: skip

if not TYPE_CHECKING:
    from ..._lazy import public_names, suggest

    __getattr__ = suggest(__name__)
    __dir__ = public_names(__name__)
