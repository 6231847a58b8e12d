"""A small automatic differentiation package: scalar reverse mode that reads like the chain rule."""

from typing import Any

from . import functions, graph, nn, primitives
from ._clash import warn_of_namesake
from .primitives import Primitive, primitive
from .value import Value, no_grad
from .view import Graph, draw

_BUILTIN_NAMES = {"abs", "max", "min", "pow", "sum"}  # reachable as autograd.sum, never brought by `import *`
__all__ = [
    "Graph", "Primitive", "Value", "draw", "functions", "graph", "nn", "no_grad", "primitive", "primitives",
]  # fmt: skip
__all__ += [name for name in primitives.TABLE if name not in _BUILTIN_NAMES]

warn_of_namesake()


def __getattr__(name: str) -> Any:
    return getattr(functions, name)
