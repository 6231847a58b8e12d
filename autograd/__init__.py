"""A small automatic differentiation package: scalar reverse mode that reads like the chain rule."""

from typing import TYPE_CHECKING

from . import functions, graph, language, primitives
from ._clash import warn_of_namesake
from .checks import GradcheckError, detect_anomaly, gradcheck
from .core import native
from .elementwise import *  # noqa: F403
from .functions import *  # noqa: F403
from .modes import no_grad
from .primitives import Primitive, primitive
from .transforms import grad, hessian, hvp, jacobian, jvp, stop_gradient, value_and_grad, vjp
from .value import Value

if TYPE_CHECKING:
    from . import nn, optim, view
    from .serialization import load, save
    from .training import DataLoader, History, fit
    from .view.doctor.diagnose import diagnose
    from .view.doctor.monitor import GradientMonitor
    from .view.drawing.draw import Graph, draw
    from .view.explanation.explain import explain
    from .view.player.page import play
    from .view.player.steps import backward_steps
    from .view.reasons.why import why
else:
    from ._lazy import load_on_first_use, names_with_lazy

    __getattr__ = load_on_first_use(
        __name__,
        nn=["nn"],
        optim=["optim"],
        view=["view", "GradientMonitor", "Graph", "backward_steps", "diagnose", "draw", "explain", "play", "why"],
        serialization=["load", "save"],
        training=["DataLoader", "History", "fit"],
    )
    __dir__ = names_with_lazy(__name__)

__version__ = "0.2.0.dev0"
_BUILTIN_NAMES = {"abs", "max", "min", "pow", "sum"}  # reachable as autograd.sum, never brought by `import *`
__all__ = [
    "DataLoader", "GradcheckError", "GradientMonitor", "Graph", "History", "Primitive", "Value", "backward_steps",
    "detect_anomaly", "diagnose", "draw", "explain", "fit", "functions", "grad", "gradcheck", "graph", "hessian", "hvp",
    "jacobian", "jvp", "language", "load", "native", "nn", "no_grad", "optim", "play", "primitive", "primitives",
    "save", "stop_gradient", "value_and_grad", "view", "vjp", "why",
]  # fmt: skip
__all__ += [name for name in primitives.TABLE if name not in _BUILTIN_NAMES]

warn_of_namesake()
