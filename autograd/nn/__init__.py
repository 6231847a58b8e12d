"""Modules: layers and networks of Values under PyTorch's names, for one sample or a batch of them.

>>> from autograd import nn
>>> model = nn.Sequential(nn.Linear(2, 8, seed=0), nn.Tanh(), nn.Linear(8, 1, seed=1))
>>> model
Sequential(
  (0): Linear(in_features=2, out_features=8, bias=True)
  (1): Tanh()
  (2): Linear(in_features=8, out_features=1, bias=True)
)  # 33 parameters
>>> len(model([0.5, -0.5])), len(model([[0.5, -0.5], [1.0, 2.0], [3.0, 4.0]]))
(1, 3)
"""

from typing import TYPE_CHECKING

from . import activations, functional, init, layers, losses, normalization, recurrent, textbook, utils
from .activations import *
from .layers import *
from .losses import *
from .module import Module, Parameter
from .normalization import *
from .recurrent import *
from .textbook import *

__all__ = ["Module", "Parameter", "functional", "init", "losses", "utils"]
__all__ += activations.__all__
__all__ += layers.__all__
__all__ += losses.__all__
__all__ += normalization.__all__
__all__ += recurrent.__all__
__all__ += textbook.__all__

if not TYPE_CHECKING:
    from .._lazy import public_names, suggest

    __getattr__ = suggest(__name__)
    __dir__ = public_names(__name__)
