"""A small automatic differentiation package: scalar reverse mode that reads like the chain rule."""

from typing import Any

from . import functions, graph, nn, primitives
from ._clash import warn_of_namesake
from .checks import GradcheckError, detect_anomaly, gradcheck
from .functions import *  # noqa: F403
from .modes import no_grad
from .primitives import Primitive, primitive
from .transforms import grad, hessian, hvp, jacobian, jvp, stop_gradient, value_and_grad, vjp
from .value import Value
from .view import Graph, draw

_BUILTIN_NAMES = {"abs", "max", "min", "pow", "sum"}  # reachable as autograd.sum, never brought by `import *`
__all__ = [
    "Graph", "GradcheckError", "Primitive", "Value", "detect_anomaly", "draw", "functions", "grad", "gradcheck",
    "graph", "hessian", "hvp", "jacobian", "jvp", "nn", "no_grad", "primitive", "primitives", "stop_gradient",
    "value_and_grad", "vjp",
]  # fmt: skip
__all__ += [name for name in primitives.TABLE if name not in _BUILTIN_NAMES]

warn_of_namesake()


def __getattr__(name: str) -> Any:
    return getattr(functions, name)  # tells what there is
