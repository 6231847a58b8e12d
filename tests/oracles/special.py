"""Special operands, what IEEE-754 and PyTorch's conventions give for them, and where we differ from PyTorch."""

from __future__ import annotations

import math
from collections.abc import Callable

__all__ = ["COMBINATIONS", "DERIVATIVES", "DIFFERENCES_FROM_TORCH", "POINTS", "VALUES", "equal"]

inf, nan, pi = math.inf, math.nan, math.pi
EPSILON = 2.0**-53

# where exact answers are looked for: zero, subnormals, ties, bounds of domains, where exp runs out of range, extremes
POINTS = [
    0.0, 5e-324, -5e-324, 1e-310, 2.2250738585072014e-308, 1e-308, -1e-300, 1e-20, -1e-8, 0.5, -0.5, 1 - EPSILON, 1.0,
    1 + 2 * EPSILON, EPSILON - 1, -1.0, 2.0, 3.0, -3.0, 20.0, -37.5, -709.0, 709.5, -745.0, -746.0, 1e10, -1e16, 1e155,
    1e300, -1e308, 1e308,
]  # fmt: skip

# which nothing may stumble over, in every combination
COMBINATIONS = [
    0.0, -0.0, inf, -inf, nan, 1e308, -1e308, 5e-324, -5e-324, 1.0, -1.0, 0.5, -0.5, 2.0, -2.0, 3.0,
]  # fmt: skip

VALUES = [
    ("add", (inf, -inf), nan), ("add", (1e308, 1e308), inf), ("sub", (inf, inf), nan), ("mul", (0.0, inf), nan),
    ("mul", (-1e308, 10.0), -inf), ("neg", (0.0,), -0.0),
    ("div", (1.0, 0.0), inf), ("div", (1.0, -0.0), -inf), ("div", (-1.0, 0.0), -inf), ("div", (0.0, 0.0), nan),
    ("div", (nan, 0.0), nan), ("div", (1.0, -inf), -0.0), ("reciprocal", (0.0,), inf), ("reciprocal", (-0.0,), -inf),
    ("pow", (0.0, -1.0), inf), ("pow", (-0.0, -1.0), -inf), ("pow", (-0.0, -2.0), inf), ("pow", (-0.0, -0.5), inf),
    ("pow", (-0.0, EPSILON - 1), inf),
    ("pow", (0.0, 0.0), 1.0), ("pow", (nan, 0.0), 1.0), ("pow", (1.0, nan), 1.0), ("pow", (-1.0, inf), 1.0),
    ("pow", (-8.0, 1 / 3), nan), ("pow", (-2.0, 3.0), -8.0), ("pow", (2.0, -inf), 0.0), ("pow", (0.5, -inf), inf),
    ("pow", (-inf, 3.0), -inf), ("pow", (-inf, -3.0), -0.0), ("pow", (10.0, 400.0), inf), ("pow", (-10.0, 401.0), -inf),
    ("mod", (5.0, -3.0), -1.0), ("mod", (-5.0, 3.0), 1.0), ("mod", (1.0, 0.0), nan), ("mod", (inf, 1.0), nan),
    ("mod", (-1.0, inf), inf), ("floor_divide", (-5.0, 3.0), -2.0), ("floor_divide", (1.0, 0.0), inf),
    ("floor_divide", (-1.0, inf), -1.0), ("floor_divide", (0.0, 0.0), nan),
    ("exp", (710.0,), inf), ("exp", (-inf,), 0.0), ("expm1", (710.0,), inf), ("expm1", (-inf,), -1.0),
    ("log", (0.0,), -inf), ("log", (-0.0,), -inf), ("log", (-1.0,), nan), ("log", (inf,), inf), ("log", (-inf,), nan),
    ("log1p", (-1.0,), -inf), ("log1p", (-2.0,), nan), ("log2", (0.0,), -inf), ("log2", (8.0,), 3.0),
    ("log10", (-0.0,), -inf), ("log10", (1000.0,), 3.0),
    ("sqrt", (-1.0,), nan), ("sqrt", (-0.0,), -0.0), ("cbrt", (-8.0,), -2.0), ("cbrt", (-0.0,), -0.0),
    ("cbrt", (-inf,), -inf), ("abs", (-0.0,), 0.0), ("sign", (-0.0,), 0.0),
    ("exp2", (1024.0,), inf), ("exp2", (-1080.0,), 0.0), ("exp2", (10.0,), 1024.0), ("exp2", (-inf,), 0.0),
    ("floor", (-0.5,), -1.0), ("floor", (0.5,), 0.0), ("floor", (-0.0,), -0.0), ("floor", (1e300,), 1e300),
    ("floor", (-inf,), -inf), ("ceil", (-0.5,), -0.0), ("ceil", (0.5,), 1.0), ("ceil", (nan,), nan),
    ("trunc", (-1.5,), -1.0), ("trunc", (-0.5,), -0.0), ("trunc", (inf,), inf), ("rint", (0.5,), 0.0),
    ("rint", (1.5,), 2.0), ("rint", (-2.5,), -2.0), ("rint", (-0.25,), -0.0), ("rint", (2.0**53 + 2,), 2.0**53 + 2),
    ("radians", (180.0,), pi), ("degrees", (pi,), 180.0), ("degrees", (1e308,), inf),
    ("lgamma", (1.0,), 0.0), ("lgamma", (2.0,), 0.0), ("lgamma", (0.5,), 0.5723649429247001),
    ("lgamma", (-0.0,), inf), ("lgamma", (-3.0,), inf), ("lgamma", (-inf,), inf), ("lgamma", (1e306,), inf),
    ("lgamma", (5e-324,), 744.4400719213812), ("lgamma", (3.0,), 0.6931471805599453),
    ("digamma", (0.0,), -inf), ("digamma", (-0.0,), inf), ("digamma", (-1.0,), nan), ("digamma", (inf,), inf),
    ("digamma", (-inf,), nan), ("digamma", (-1e300,), nan), ("digamma", (1.0,), -0.5772156649015329),
    ("polygamma", (0.0, 1.0), -0.5772156649015329), ("polygamma", (1.0, 1.0), 1.6449340668482264),
    ("polygamma", (1.0, -2.0), inf), ("polygamma", (2.0, -2.0), nan), ("polygamma", (2.0, 0.0), -inf),
    ("polygamma", (2.0, -0.0), inf), ("polygamma", (0.5, 1.0), nan), ("polygamma", (-1.0, 1.0), nan),
    ("polygamma", (171.0, 1.0), nan), ("polygamma", (inf, 1.0), nan), ("polygamma", (3.0, inf), 0.0),
    ("logaddexp", (1000.0, 1000.0), 1000.6931471805599), ("logaddexp", (-inf, -inf), -inf),
    ("logaddexp", (inf, -inf), inf), ("logaddexp", (inf, inf), inf), ("logaddexp", (-inf, 2.0), 2.0),
    ("logaddexp", (nan, inf), nan),
    ("sin", (inf,), nan), ("cos", (-inf,), nan), ("tan", (inf,), nan), ("asin", (2.0,), nan), ("acos", (-2.0,), nan),
    ("atan", (inf,), pi / 2), ("atan2", (0.0, -1.0), pi), ("atan2", (-0.0, -1.0), -pi), ("atan2", (0.0, -0.0), pi),
    ("atan2", (inf, inf), pi / 4), ("atan2", (-1.0, inf), -0.0), ("atan2", (nan, 1.0), nan),
    ("sinh", (-1000.0,), -inf), ("cosh", (-1000.0,), inf), ("tanh", (-inf,), -1.0), ("tanh", (-0.0,), -0.0),
    ("asinh", (-inf,), -inf), ("acosh", (0.5,), nan), ("acosh", (1.0,), 0.0), ("atanh", (1.0,), inf),
    ("atanh", (-1.0,), -inf), ("atanh", (1.5,), nan),
    ("sigmoid", (-1000.0,), 0.0), ("sigmoid", (inf,), 1.0), ("sigmoid", (-inf,), 0.0), ("sigmoid", (nan,), nan),
    ("softplus", (1000.0,), 1000.0), ("softplus", (-inf,), 0.0), ("softplus", (nan,), nan), ("relu", (nan,), nan),
    ("leaky_relu", (-inf, 0.1), -inf), ("elu", (-inf, 2.0), -2.0), ("gelu", (inf,), inf), ("silu", (inf,), inf),
    ("mish", (inf,), inf), ("mish", (-1000.0,), -0.0), ("sinc", (0.0,), 1.0), ("sinc", (-3.0,), 0.0),
    ("sinc", (inf,), nan), ("sinc", (5e-324,), 1.0), ("sinc", (1e308,), 0.0),
    ("erf", (-inf,), -1.0), ("erfc", (inf,), 0.0), ("hypot", (inf, nan), inf), ("hypot", (1e308, 0.0), 1e308),
    ("maximum", (1.0, nan), nan), ("maximum", (nan, 1.0), nan), ("minimum", (1.0, nan), nan),
    ("clip", (nan, 0.0, 1.0), nan), ("clip", (5.0, 0.0, nan), nan), ("clip", (5.0, 3.0, 1.0), 1.0),
    ("less", (1.0, 1.0), 0.0), ("less", (-inf, inf), 1.0), ("less", (nan, 1.0), 0.0), ("less_equal", (inf, inf), 1.0),
    ("less_equal", (1.0, nan), 0.0), ("equal", (0.0, -0.0), 1.0), ("equal", (nan, nan), 0.0),
    ("where", (0.0, nan, 1.0), 1.0),
    ("sum", (inf, -inf), nan), ("sum", (1e308, 1e308, -1e308), 1e308), ("sum", (1e308, 1e308), inf),
    ("sum", (1e308, 1e308, inf, -inf), nan), ("mean", (1e308, 1e308), 1e308), ("prod", (0.0, inf), nan),
    ("norm", (0.0, -0.0), 0.0), ("norm", (1e308, 1e308), 1.4142135623730951e308), ("norm", (5e-324,), 5e-324),
    ("norm", (inf, nan), nan), ("norm", (-inf, 1.0), inf), ("sum", (-0.0,), 0.0), ("mean", (-0.0, -0.0), 0.0),
    ("prod", (-0.0,), -0.0), ("prod", (-0.0, 1.0), -0.0), ("dot", (-0.0, 1.0), 0.0), ("max", (-0.0, -0.0), -0.0),
    ("min", (-0.0, -0.0), -0.0), ("logsumexp", (-0.0,), 0.0), ("logsumexp", (0.0, -1000.0), 0.0),
    ("dot", (0.0, inf), nan), ("max", (1.0, nan, 2.0), nan), ("min", (-inf, 1.0), -inf),
    ("logsumexp", (1000.0, 1000.0), 1000.6931471805599), ("logsumexp", (-inf, -inf), -inf),
    ("logsumexp", (inf, 0.0), inf), ("softmax", (0.0, 1000.0, 1000.0), 0.5), ("softmax", (0.0, -inf, 0.0), 0.0),
    ("softmax", (0.0, -inf, -inf), nan), ("softmax", (0.0, -inf), 1.0), ("softmax", (0.0, inf), 1.0),
    ("softmax", (0.0, nan), nan), ("log_softmax", (0.0, 3.0), 0.0), ("log_softmax", (0.0, -inf), 0.0),
    ("log_softmax", (0.0, inf), 0.0), ("log_softmax", (0.0, nan), nan), ("log_softmax", (0.0, 0.0, -1000.0), 0.0),
    ("log_softmax", (0.0, -inf, -inf), nan), ("softmax", (0.0, inf, 0.0), nan),
    ("log_softmax", (1.0, 0.0, -1000.0), -1000.0), ("log_softmax", (0.0, -inf, 0.0), -inf),
    ("log_softmax", (0.0, inf, 0.0), nan),
]  # fmt: skip

DERIVATIVES = [
    ("relu", (0.0,), (0.0,)), ("relu", (-0.0,), (0.0,)), ("relu", (5e-324,), (1.0,)),
    ("abs", (0.0,), (0.0,)), ("abs", (-5e-324,), (-1.0,)), ("sign", (0.0,), (0.0,)), ("sign", (3.0,), (0.0,)),
    ("leaky_relu", (0.0, 0.1), (0.1, 0.0)), ("leaky_relu", (-2.0, 0.1), (0.1, -2.0)),
    ("elu", (0.0, 2.0), (2.0, 0.0)), ("elu", (5e-324, 2.0), (1.0, 0.0)), ("gelu", (0.0,), (0.5,)),
    ("silu", (0.0,), (0.5,)), ("sinc", (0.0,), (0.0,)), ("sinc", (2.0,), (0.5,)),
    ("sigmoid", (0.0,), (0.25,)), ("tanh", (inf,), (0.0,)), ("sigmoid", (-inf,), (0.0,)),
    ("maximum", (2.0, 2.0), (0.5, 0.5)), ("maximum", (0.0, -0.0), (0.5, 0.5)), ("maximum", (1.0, 2.0), (0.0, 1.0)),
    ("minimum", (2.0, 2.0), (0.5, 0.5)), ("minimum", (1.0, 2.0), (1.0, 0.0)),
    ("max", (3.0, 3.0, 1.0, 3.0), (1 / 3, 1 / 3, 0.0, 1 / 3)), ("max", (1.0, nan, nan), (0.0, 0.5, 0.5)),
    ("min", (3.0, 1.0, 1.0), (0.0, 0.5, 0.5)),
    ("clip", (0.0, 0.0, 1.0), (1.0, 0.0, 0.0)), ("clip", (1.0, 0.0, 1.0), (1.0, 0.0, 0.0)),
    ("clip", (-1.0, 0.0, 1.0), (0.0, 1.0, 0.0)), ("clip", (2.0, 0.0, 1.0), (0.0, 0.0, 1.0)),
    ("where", (1.0, 2.0, 3.0), (0.0, 1.0, 0.0)), ("where", (0.0, 2.0, nan), (0.0, 0.0, 1.0)),
    ("pow", (0.0, 0.0), (0.0, 0.0)), ("pow", (0.0, 2.0), (0.0, 0.0)), ("pow", (0.0, 1.0), (1.0, 0.0)),
    ("pow", (0.0, 0.5), (inf, 0.0)), ("pow", (0.0, -1.0), (-inf, -inf)), ("pow", (-2.0, 2.0), (-4.0, nan)),
    ("pow", (5e-324, 0.0), (0.0, math.log(5e-324))), ("pow", (nan, 0.0), (0.0, nan)),
    ("sqrt", (0.0,), (inf,)), ("cbrt", (0.0,), (inf,)), ("log", (0.0,), (inf,)), ("log", (-0.0,), (-inf,)),
    ("log1p", (-1.0,), (inf,)), ("reciprocal", (0.0,), (-inf,)), ("asin", (1.0,), (inf,)), ("acos", (1.0,), (-inf,)),
    ("acosh", (1.0,), (inf,)), ("atanh", (1.0,), (inf,)), ("div", (1.0, 0.0), (inf, -inf)),
    ("hypot", (0.0, 0.0), (nan, nan)), ("atan2", (0.0, 0.0), (0.0, 0.0)), ("floor_divide", (7.0, 2.0), (0.0, 0.0)),
    ("mod", (7.0, 2.0), (1.0, -3.0)), ("prod", (0.0, 3.0), (3.0, 0.0)), ("prod", (0.0, 0.0, 2.0), (0.0, 0.0, 0.0)),
    ("softmax", (0.0, -inf, 0.0), (0.0, 0.0, 0.0)), ("logsumexp", (-inf, 0.0), (0.0, 1.0)),
    ("logsumexp", (-inf, -inf), (0.0, 0.0)), ("logsumexp", (-inf,), (0.0,)), ("logsumexp", (1.0, inf), (0.0, 1.0)),
    ("logsumexp", (inf,), (1.0,)), ("logsumexp", (inf, 1.0, inf), (nan, 0.0, nan)),
    ("logsumexp", (1.0, nan), (nan, nan)),
    ("softmax", (0.0, -inf), (0.0, 0.0)), ("log_softmax", (0.0, -inf), (0.0, 0.0)),
    ("norm", (0.0, -0.0), (0.0, 0.0)), ("norm", (3.0, -4.0), (0.6, -0.8)), ("norm", (5e-324, 0.0), (1.0, 0.0)),
    ("norm", (inf, 1.0), (nan, 0.0)),
    ("floor", (2.0,), (0.0,)), ("ceil", (nan,), (0.0,)), ("rint", (0.5,), (0.0,)), ("trunc", (inf,), (0.0,)),
    ("logaddexp", (-inf, -inf), (0.0, 0.0)), ("logaddexp", (inf, 1.0), (1.0, 0.0)),
    ("logaddexp", (2.0, 2.0), (0.5, 0.5)), ("logaddexp", (inf, inf), (nan, nan)), ("lgamma", (0.0,), (-inf,)),
    ("digamma", (0.0,), (inf,)), ("polygamma", (1.0, 0.0), (0.0, -inf)),
]  # fmt: skip


def equal(a: float, b: float, signed_zero: bool = False) -> bool:
    """Whether two floats agree to nine digits, nan with nan; that they agree to the last is tested elsewhere."""
    if a != a or b != b:
        return a != a and b != b
    if a == 0 and b == 0 and signed_zero:
        return math.copysign(1, a) == math.copysign(1, b)
    return a == b or math.isclose(a, b, rel_tol=1e-9, abs_tol=1e-300)


def _has_nan(*xs: float) -> bool:
    return any(x != x for x in xs)


def _has_extremes(*xs: float) -> bool:
    return any(abs(x) in (5e-324, 1e308) for x in xs)


def _zeros(*xs: float) -> bool:
    return sum(x == 0 for x in xs) > 1


# (operation, "value" or "d" for its partials): the reason, and for which operands
DIFFERENCES_FROM_TORCH: dict[tuple[str, str], tuple[str, Callable[..., bool]]] = {
    ("mod", "value"): (
        "a zero has the sign of the divisor, as Python's %; PyTorch gives nan where the quotient is out of range",
        lambda a, b: math.remainder(a, b) == 0,
    ),
    ("clip", "d"): ("lo takes the gradient where x < lo = hi; PyTorch drops it", lambda x, lo, hi: x < lo == hi),
    ("relu", "value"): ("no -0.0", lambda x: x == 0),
    ("elu", "value"): ("sign of zero", lambda x, alpha: x == 0),
    ("elu", "d"): ("a nan is not hidden", _has_nan),
    ("abs", "d"): ("a nan is not hidden, as in NumPy's sign", _has_nan),
    ("sign", "value"): ("a nan is not hidden, as in NumPy's sign", _has_nan),
    ("pow", "d"): (
        "x**(n - 1) is right where n - 1 rounds to n, which for x = -1 has the wrong sign, or to -1",
        lambda x, n: abs(n) >= 1e308 or (abs(x) == 5e-324 and abs(n) == 5e-324),
    ),
    ("atan2", "d"): ("x*x + y*y does not underflow", lambda y, x: 0 < max(abs(x), abs(y)) == 5e-324),
    ("acosh", "d"): ("no slope where there is no value", lambda x: x < 1),
    ("sinc", "value"): ("exactly 0 at whole numbers, and no argument is rounded", lambda x: abs(x) >= 1),
    ("sinc", "d"): ("no argument is rounded, and no cosine of a huge one", lambda x: abs(x) >= 1),
    ("sum", "value"): ("rounded and overflows only at the end", _has_extremes),
    ("mean", "value"): ("rounded and overflows only at the end", _has_extremes),
    ("dot", "value"): ("rounded and overflows only at the end", _has_extremes),
    ("max", "value"): ("which zero of several", _zeros),
    ("min", "value"): ("which zero of several", _zeros),
    ("norm", "value"): ("squares neither overflow nor underflow", _has_extremes),
    ("norm", "d"): ("squares neither overflow nor underflow", _has_extremes),
    ("digamma", "d"): ("PyTorch's trigamma has nine digits, and is finite at poles", lambda x: x < 100),
    ("logaddexp", "d"): ("0 if both are -inf, as for logsumexp, rather than nan", lambda a, b: a == b == -inf),
    ("logsumexp", "d"): (
        "PyTorch's probabilities of huge numbers add up to more than 1; where its inf - inf is nan, a single inf has "
        "derivative 1, and all -inf have derivative 0",
        lambda *xs: max(map(abs, xs)) == 1e308 or xs.count(inf) == 1 or max(xs) == -inf,
    ),
    ("softmax", "value"): ("softmax of a single number is 1, of an infinite one too", lambda i, *xs: len(xs) == 1),
    ("softmax", "d"): ("softmax of a single number is constant", lambda i, *xs: len(xs) == 1),
    ("log_softmax", "value"): (
        "log_softmax of a single number is 0, of an infinite one too",
        lambda i, *xs: len(xs) == 1,
    ),
    ("log_softmax", "d"): ("log_softmax of a single number is constant", lambda i, *xs: len(xs) == 1),
}
