"""A small automatic differentiation package: scalar reverse mode that reads like the chain rule."""

from typing import TYPE_CHECKING

from . import functions, graph, language, primitives
from ._clash import warn_of_namesake
from .checks import GradcheckError, detect_anomaly, gradcheck
from .core import native
from .functions import abs as abs  # not for `import *`, which would hide a builtin
from .functions import max as max
from .functions import min as min
from .functions import pow as pow
from .functions import sum as sum
from .functions import sympy_names
from .modes import no_grad
from .primitives import Primitive, primitive
from .transforms import elementwise_grad, grad, hessian, hvp, jacobian, jvp, stop_gradient, value_and_grad, vjp
from .value import Value

# isort: off
from .functions import (  # operations, written by `python -m docs.make stubs`
    add, sub, mul, div, neg, mod, floor_divide, exp, exp2, expm1, log, log1p, log2, log10, sqrt, cbrt, square,
    reciprocal, sign, floor, ceil, trunc, rint, radians, degrees, sin, cos, tan, asin, acos, atan, atan2, sinc, sinh,
    cosh, tanh, asinh, acosh, atanh, sigmoid, softplus, relu, leaky_relu, elu, gelu, silu, mish, erf, erfc, lgamma,
    digamma, polygamma, hypot, logaddexp, maximum, minimum, less, less_equal, equal, where, clip, mean, prod, dot,
    logsumexp, softmax, log_softmax, take, norm,
)  # fmt: skip
# isort: on

if TYPE_CHECKING:
    from . import learn, nn, optim, parallel, view
    from .compilation.function import jit
    from .learn.check import check
    from .learn.grade import grade
    from .learn.quiz import quiz
    from .learn.watch import watch
    from .serialization import load, save
    from .step import training_step
    from .training import DataLoader, History, fit
    from .view.doctor.diagnose import diagnose
    from .view.doctor.monitor import GradientMonitor
    from .view.drawing.draw import Graph, draw
    from .view.explanation.explain import explain
    from .view.player.page import play
    from .view.player.steps import backward_steps
    from .view.reasons.why import why
else:
    from ._lazy import load_on_first_use, public_names

    __getattr__ = load_on_first_use(
        __name__,
        nn=["nn"],
        optim=["optim"],
        parallel=["parallel"],
        learn=["learn", "check", "grade", "quiz", "watch"],
        **{"compilation.function": ["jit"]},
        view=["view", "GradientMonitor", "Graph", "backward_steps", "diagnose", "draw", "explain", "play", "why"],
        serialization=["load", "save"],
        step=["training_step"],
        training=["DataLoader", "History", "fit"],
    )
    __dir__ = public_names(__name__)

__version__ = "0.2.0.dev0"
__all__ = [
    "DataLoader", "GradcheckError", "GradientMonitor", "Graph", "History", "Primitive", "Value", "backward_steps",
    "check", "detect_anomaly", "diagnose", "draw", "elementwise_grad", "explain", "fit", "functions", "grad",
    "gradcheck", "grade", "graph", "hessian", "hvp", "jacobian", "jit", "jvp", "language", "learn", "load", "native",
    "nn", "no_grad", "optim", "parallel", "play", "primitive", "primitives", "quiz", "save", "stop_gradient",
    "sympy_names", "training_step", "value_and_grad", "view", "vjp", "watch", "why",
]  # fmt: skip
__all__ += [  # operations, written by `python -m docs.make stubs`
    "add", "sub", "mul", "div", "neg", "mod", "floor_divide", "exp", "exp2", "expm1", "log", "log1p", "log2", "log10",
    "sqrt", "cbrt", "square", "reciprocal", "sign", "floor", "ceil", "trunc", "rint", "radians", "degrees", "sin",
    "cos", "tan", "asin", "acos", "atan", "atan2", "sinc", "sinh", "cosh", "tanh", "asinh", "acosh", "atanh",
    "sigmoid", "softplus", "relu", "leaky_relu", "elu", "gelu", "silu", "mish", "erf", "erfc", "lgamma", "digamma",
    "polygamma", "hypot", "logaddexp", "maximum", "minimum", "less", "less_equal", "equal", "where", "clip", "mean",
    "prod", "dot", "logsumexp", "softmax", "log_softmax", "take", "norm",
]  # fmt: skip

warn_of_namesake()
