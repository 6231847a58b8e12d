"""A small automatic differentiation package: scalar reverse mode that reads like the chain rule."""

from . import functions, graph, nn, primitives
from ._clash import warn_of_namesake
from .checks import GradcheckError, detect_anomaly, gradcheck
from .elementwise import *  # noqa: F403
from .functions import *  # noqa: F403
from .modes import no_grad
from .primitives import Primitive, primitive
from .serialization import load, save
from .training import DataLoader, History, fit
from .transforms import grad, hessian, hvp, jacobian, jvp, stop_gradient, value_and_grad, vjp
from .value import Value
from .view import Graph, draw

_BUILTIN_NAMES = {"abs", "max", "min", "pow", "sum"}  # reachable as autograd.sum, never brought by `import *`
__all__ = [
    "DataLoader", "Graph", "GradcheckError", "History", "Primitive", "Value", "detect_anomaly", "draw", "fit",
    "functions", "grad", "gradcheck", "graph", "hessian", "hvp", "jacobian", "jvp", "load", "nn", "no_grad",
    "primitive", "primitives", "save", "stop_gradient", "value_and_grad", "vjp",
]  # fmt: skip
__all__ += [name for name in primitives.TABLE if name not in _BUILTIN_NAMES]

warn_of_namesake()
