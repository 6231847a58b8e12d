"""Optimizers, learning rate schedules and gradient clipping, under PyTorch's names.

>>> from autograd import Value, optim
>>> w = Value(4.0)
>>> optimizer = optim.SGD([w], lr=0.1)
>>> for _ in range(100):
...     optimizer.zero_grad()
...     ((w - 3) ** 2).backward()
...     optimizer.step()
>>> round(w.data, 6)
3.0
"""

from typing import TYPE_CHECKING

from . import lr_scheduler
from .adagrad import Adagrad
from .adam import Adam, AdamW
from .clip import clip_grad_norm_, clip_grad_value_, get_total_norm
from .optimizer import Optimizer
from .rmsprop import RMSprop
from .sgd import SGD

__all__ = [
    "SGD", "Adagrad", "Adam", "AdamW", "Optimizer", "RMSprop",
    "clip_grad_norm_", "clip_grad_value_", "get_total_norm", "lr_scheduler",
]  # fmt: skip

if not TYPE_CHECKING:
    from .._lazy import public_names, suggest

    __getattr__ = suggest(__name__)
    __dir__ = public_names(__name__)
