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

from . import functional, init, losses, utils
from .activations import (
    ELU,
    GELU,
    Identity,
    LeakyReLU,
    LogSoftmax,
    Mish,
    ReLU,
    Sigmoid,
    SiLU,
    Sine,
    Softmax,
    Softplus,
    Tanh,
)
from .layers import Dropout, Linear, ModuleList, Residual, Sequential
from .losses import *  # noqa: F403
from .module import Module, Parameter
from .neurons import MLP, Layer, Neuron
from .normalization import BatchNorm1d, LayerNorm
from .recurrent import GRU, LSTM, RNN, GRUCell, LSTMCell, RNNCell

__all__ = [
    "ELU", "GELU", "GRU", "LSTM", "MLP", "RNN", "BatchNorm1d", "Dropout", "GRUCell", "Identity", "LSTMCell", "Layer",
    "LayerNorm", "LeakyReLU", "Linear", "LogSoftmax", "Mish", "Module", "ModuleList", "Neuron", "Parameter", "RNNCell",
    "ReLU", "Residual", "Sequential", "SiLU", "Sigmoid", "Sine", "Softmax", "Softplus", "Tanh", "functional",
    "init", "losses", "utils",
]  # fmt: skip
__all__ += losses.__all__

if not TYPE_CHECKING:
    from .._lazy import public_names, suggest

    __getattr__ = suggest(__name__)
    __dir__ = public_names(__name__)
