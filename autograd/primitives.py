"""THE table: every differentiable operation, its value and its partial derivatives, one entry each.

An entry gives a name, how the value is computed from floats, and one partial derivative per operand. A partial is a
function of the result `y` and the operands, in plain arithmetic that works on floats and on `Value`s alike; one that
never changes is written as a number. The docstring of `Primitive` lists the other facts of an entry, such as its line
of help. Everything else in the package reads this table.
"""

from __future__ import annotations

import math
from typing import Any

from . import gamma, ieee, probabilities
from .operation import BLOCKED, TABLE, Primitive, Traced, alone, is_number, number, primitive

__all__ = ["BLOCKED", "TABLE", "Primitive", "Traced", "is_number", "number", "primitive"]


def _entry(name: str, value: Any, partials: Any, symbol: str | None = None, doc: str = "", **facts: Any) -> Primitive:
    TABLE[name] = Primitive(name, value, partials, symbol, doc=doc, **facts)
    return TABLE[name]


inf, nan = math.inf, math.nan
TINY = 2.0**-1022  # the smallest number with all of its digits


# --- exp without the rounding error of its argument; these work on floats and on Values ---


def _bell(c: float, x: Any) -> Any:
    """Return exp(c*x*x) for a c that is a power of 2."""
    if not -40.0 < x < 40.0:
        return exp(c * x * x)
    square, rest = ieee.square_in_two(x)
    return exp(c * square) * exp(c * rest)


# --- partials that take more than a line ---


def _sech_squared(x: Any) -> Any:
    e = exp(-2 * abs(x))
    return 4 * e / ((1 + e) * (1 + e))


def _over_squares(a: Any, x: Any, y: Any) -> Any:
    """Return a / (x*x + y*y), 0 if x = y = 0; the squares would leave the range."""
    r = hypot(x, y)
    return a / r / r if r != 0 else 0.0


def _is_natural(n: Any) -> bool:
    """Whether an exponent is a constant 0, 1, 2, ...: its power is a polynomial."""
    found = getattr(n, "constant", n)  # of a symbol
    return not isinstance(found, Traced) and found >= 0 and found % 1 == 0


def _power_rule(y: Any, x: Any, n: Any) -> Any:
    """Return n * x**(n - 1); as n*y/x if n - 1 may round, since the power magnifies the error log(x) times."""
    if n < 0.5 and (x > 0 or x < 0) and TINY <= abs(y) < inf:
        return n * y / x
    return n * pow_(x, n - 1) if n != 0 else 0.0


def _prod_partials(y: Any, *xs: Any) -> list[Any]:
    before: list[Any] = [1.0]
    for x in xs[:-1]:
        before.append(before[-1] * x)
    after: Any = 1.0
    partials: list[Any] = []
    for x, left in zip(reversed(xs), reversed(before), strict=True):
        partials.append(left * after)
        after = after * x
    return partials[::-1]


def _dot_partials(y: Any, *operands: Any) -> tuple[Any, ...]:
    n = len(operands) // 2
    return operands[n : 2 * n] + operands[:n] + (1.0,) * (len(operands) % 2)


def _tie_partials(y: Any, *xs: Any) -> list[float]:
    hits = [_hits(x, y) for x in xs]
    total = hits[0]
    for hit in hits[1:]:
        total = total + hit
    return [_part(hit, total) for hit in hits]


def _take_partials(y: Any, index: Any, *xs: Any) -> list[Any]:
    return [BLOCKED, *probabilities.at_index(index, 1.0, [BLOCKED] * len(xs))]


@alone
def _hits(x: Any, y: Any) -> float:
    return 1.0 if x == y or (x != x and y != y) else 0.0


@alone
def _part(hit: Any, total: Any) -> Any:
    return 1.0 / total if hit else BLOCKED


def _share(a: Any, b: Any) -> Any:
    """Return exp(a) / (exp(a) + exp(b))."""
    if a >= b:
        return 1 / (1 + probabilities.exp_difference(b, a))
    e = probabilities.exp_difference(a, b)
    return e / (1 + e)


def _cos_pi(x: Any) -> Any:
    """Return cos(pi*x) for x != 0, and its derivatives, exact to the last digits around their zeros."""
    turn = abs(x) % 2.0 - 1.0
    if -0.25 < turn < 0.25:
        return -cos(math.pi * turn)
    turn = abs(turn)
    return cos(math.pi * (1.0 - turn)) if turn > 0.75 else sin(math.pi * (turn - 0.5))


def _sinc_series(x: Any) -> Any:
    """Return the derivative of sinc for |x| <= 1/2; the two terms of its formula would cancel."""
    square, total = (math.pi * x) * (math.pi * x), 0.0
    for k in range(14, 0, -1):
        total = (-1) ** k * 2 * k / math.factorial(2 * k + 1) + square * total
    return math.pi * math.pi * x * total


# --- the table ---

LOG2_E, LOG10_E, LOG_2, ROOT2 = math.log2(math.e), math.log10(math.e), ieee.LOG_2, ieee.ROOT2
DEGREE, RADIAN = math.pi / 180, 180 / math.pi
TWO_OVER_ROOT_PI, ONE_OVER_ROOT_TWO_PI = 2 / math.sqrt(math.pi), 1 / math.sqrt(2 * math.pi)
NAMED_NUMBERS = {  # as formulas write them
    LOG2_E: "log2(e)", LOG10_E: "log10(e)", LOG_2: "log(2)", ROOT2: "√2", math.pi: "π", DEGREE: "π/180",
    RADIAN: "180/π", TWO_OVER_ROOT_PI: "2/√π", ONE_OVER_ROOT_TWO_PI: "1/√(2π)",
}  # fmt: skip

# fmt: off
add = _entry("add", lambda a, b: a + b, [1.0, 1.0], "+", "Return a + b.", slopes=("1", "1"))
sub = _entry("sub", lambda a, b: a - b, [1.0, -1.0], "−", "Return a - b.", slopes=("1", "-1"))
mul = _entry("mul", lambda a, b: a * b, [lambda y, a, b: b, lambda y, a, b: a], "×", "Return a * b.", slopes=("b", "a"))
div = _entry(
    "div", ieee.div, [lambda y, a, b: 1 / b, lambda y, a, b: -y / b], "÷",
    "Return a / b.", slopes=("1 / b", "-y / b"))
neg = _entry("neg", lambda x: -x, [-1.0], "−", "Return -x.", slopes="-1")
# x**0 is constant, at x = 0 as well; 0**n is constant for n >= 0
pow_: Primitive = _entry(
    "pow", ieee.pow,
    [
        lambda y, x, n: n * x ** (n - 1) if x > 0 and n >= 0.5 else _power_rule(y, x, n),
        lambda y, x, n: 0.0 if x == 0 and n >= 0 else y * log(x),
    ], "^",
    "Return x**n.", slopes=("n * x**(n - 1)", "y * log(x)"), methods=("pow",),
    again=[
        lambda y, x, n: pow_.rules[0](y, x, n) if x != 0 or _is_natural(n) else _pow_at_zero(1.0, 0.0, x, n),
        lambda y, x, n: pow_.rules[1](y, x, n) if x != 0 else _pow_at_zero(0.0, 1.0, x, n),
    ])
_pow_at_zero: Primitive = Primitive(  # of all derivatives there, whatever their order
    "pow_at_zero", ieee.pow_at_zero,
    [
        BLOCKED, BLOCKED,
        lambda y, a, b, x, n: _pow_at_zero(a + 1, b, x, n),
        lambda y, a, b, x, n: _pow_at_zero(a, b + 1, x, n),
    ])
mod = _entry(
    "mod", ieee.mod, [1.0, lambda y, a, b: -(a // b)], "%",
    "Return a - b * floor(a / b), the remainder with the sign of b.", slopes=("1", "-(a // b)"), latex=r"#1 \bmod #2")
floor_divide = _entry(
    "floor_divide", ieee.floor_divide, [BLOCKED, BLOCKED], "//",
    "Return floor(a / b).", slopes=("0", "0"), latex=r"\left\lfloor\frac{#1}{#2}\right\rfloor")

exp = _entry("exp", ieee.quiet(math.exp), [lambda y, x: y], doc="Return e**x.", slopes="y", latex="e^{#1}")
exp2 = _entry(
    "exp2", lambda x: ieee.pow(2.0, x), [lambda y, x: LOG_2 * y],
    doc="Return 2**x.", slopes="log(2) * y", latex="2^{#1}")
expm1 = _entry(
    "expm1", ieee.quiet(math.expm1), [lambda y, x: exp(x)],
    doc="Return exp(x) - 1, exact near 0.", slopes="exp(x)")
log: Primitive = _entry(
    "log", ieee.log_with_pole(math.log, 0.0), [lambda y, x: 1 / x],
    doc="Return the natural logarithm of x.", slopes="1 / x", latex=r"\log")
log1p = _entry(
    "log1p", ieee.log_with_pole(math.log1p, -1.0), [lambda y, x: 1 / (1 + x)],
    doc="Return log(1 + x), exact near 0.", slopes="1 / (1 + x)")
log2 = _entry(
    "log2", ieee.log_with_pole(math.log2, 0.0), [lambda y, x: LOG2_E / x],
    doc="Return the logarithm of x to base 2.", slopes="log2(e) / x")
log10 = _entry(
    "log10", ieee.log_with_pole(math.log10, 0.0), [lambda y, x: LOG10_E / x],
    doc="Return the logarithm of x to base 10.", slopes="log10(e) / x")
sqrt = _entry(
    "sqrt", ieee.quiet(math.sqrt), [lambda y, x: 0.5 / y], "√",
    "Return the square root of x.", slopes="0.5 / y", latex=r"\sqrt{#1}")
cbrt = _entry(
    "cbrt", ieee.cbrt, [lambda y, x: 1 / (3 * y * y)], "∛",
    "Return the cube root of x, of negative numbers too.", slopes="1 / (3 * y**2)", latex=r"\sqrt[3]{#1}")
square = _entry(
    "square", lambda x: x * x, [lambda y, x: 2 * x], "x²",
    "Return x * x.", slopes="2 * x", form=lambda x: pow_(x, 2.0))
reciprocal = _entry(
    "reciprocal", lambda x: ieee.div(1.0, x), [lambda y, x: -y * y], "1/x",
    "Return 1 / x.", slopes="-y**2", form=lambda x: div(1.0, x))
abs_ = _entry(
    "abs", abs, [lambda y, x: sign(x)], "|x|",
    "Return the absolute value of x.", slopes="sign(x)", latex=r"\left|#1\right|", methods=("abs", "fabs"))
sign: Primitive = _entry("sign", ieee.sign, [BLOCKED], doc="Return the sign of x: -1.0, 0.0 or 1.0.", slopes="0")
floor = _entry(
    "floor", ieee.whole(math.floor), [BLOCKED], methods=("floor", "__floor__"),
    doc="Return the largest whole number <= x.", slopes="0", latex=r"\left\lfloor #1\right\rfloor")
ceil = _entry(
    "ceil", ieee.whole(math.ceil), [BLOCKED], methods=("ceil", "__ceil__"),
    doc="Return the smallest whole number >= x.", slopes="0", latex=r"\left\lceil #1\right\rceil")
trunc = _entry(
    "trunc", ieee.whole(math.trunc), [BLOCKED], methods=("trunc", "__trunc__"),
    doc="Return x without the digits after the point.", slopes="0")
rint = _entry(
    "rint", ieee.rint, [BLOCKED],
    doc="Return the whole number nearest to x, the even one if there are two.", slopes="0")

radians = _entry(
    "radians", lambda x: x * DEGREE, [DEGREE], methods=("radians", "deg2rad"),
    doc="Return x * pi / 180, an angle in radians from one in degrees.", slopes="pi / 180")
degrees = _entry(
    "degrees", lambda x: x * RADIAN, [RADIAN], methods=("degrees", "rad2deg"),
    doc="Return x * 180 / pi, an angle in degrees from one in radians.", slopes="180 / pi")
sin = _entry(
    "sin", ieee.quiet(math.sin), [lambda y, x: cos(x)],
    doc="Return the sine of x.", slopes="cos(x)", latex=r"\sin")
cos: Primitive = _entry(
    "cos", ieee.quiet(math.cos), [lambda y, x: -sin(x)],
    doc="Return the cosine of x.", slopes="-sin(x)", latex=r"\cos")
tan = _entry(
    "tan", ieee.quiet(math.tan), [lambda y, x: 1 + y * y],
    doc="Return the tangent of x.", slopes="1 + y**2", latex=r"\tan")
asin = _entry(
    "asin", ieee.quiet(math.asin), [lambda y, x: 1 / sqrt((1 - x) * (1 + x))], methods=("asin", "arcsin"),
    doc="Return the angle between -pi/2 and pi/2 whose sine is x.", slopes="1 / sqrt(1 - x**2)")
acos = _entry(
    "acos", ieee.quiet(math.acos), [lambda y, x: -1 / sqrt((1 - x) * (1 + x))], methods=("acos", "arccos"),
    doc="Return the angle between 0 and pi whose cosine is x.", slopes="-1 / sqrt(1 - x**2)")
atan = _entry(
    "atan", ieee.quiet(math.atan), [lambda y, x: 1 / (1 + x * x) if -1e9 < x < 1e9 else 1 / x / x],
    doc="Return the angle between -pi/2 and pi/2 whose tangent is x.",
    slopes="1 / (1 + x**2)", methods=("atan", "arctan"))
atan2 = _entry(
    "atan2", math.atan2, [lambda r, y, x: _over_squares(x, x, y), lambda r, y, x: -_over_squares(y, x, y)],
    doc="Return the angle of the point (x, y), between -pi and pi.",
    slopes=("x / (x**2 + y**2)", "-y / (x**2 + y**2)"), methods=("atan2", "arctan2"))
sinc = _entry(
    "sinc", ieee.sinc, [lambda y, x: _sinc_series(x) if -0.5 < x < 0.5 else (_cos_pi(x) - y) / x],
    doc="Return sin(pi * x) / (pi * x), 1 at 0.", slopes="(cos(pi * x) - y) / x if x != 0 else 0",
    textbook=[lambda y, x: (cos(math.pi * x) - y) / x if x != 0 else 0.0])
sinh = _entry(
    "sinh", ieee.quiet(math.sinh, lambda x: math.copysign(inf, x)), [lambda y, x: cosh(x)],
    doc="Return (exp(x) - exp(-x)) / 2, the hyperbolic sine.", slopes="cosh(x)", latex=r"\sinh")
cosh: Primitive = _entry(
    "cosh", ieee.quiet(math.cosh), [lambda y, x: sinh(x)],
    doc="Return (exp(x) + exp(-x)) / 2, the hyperbolic cosine.", slopes="sinh(x)", latex=r"\cosh")
# 1 - tanh(x)**2 cancels as |y| nears 1; 1/cosh(x)**2 is the same number without the subtraction
tanh = _entry(
    "tanh", math.tanh, [lambda y, x: 1 - y * y if -0.5 < y < 0.5 else _sech_squared(x)],
    doc="Return sinh(x) / cosh(x), the hyperbolic tangent, between -1 and 1.", slopes="1 - y**2",
    textbook=[lambda y, x: 1 - y * y], latex=r"\tanh")
asinh = _entry(
    "asinh", ieee.quiet(math.asinh), [lambda y, x: 1 / hypot(1.0, x)],
    doc="Return the number whose hyperbolic sine is x.", slopes="1 / sqrt(1 + x**2)", methods=("asinh", "arcsinh"))
acosh = _entry(
    "acosh", ieee.quiet(math.acosh), [lambda y, x: 1 / (sqrt(x - 1) * sqrt(x + 1))], methods=("acosh", "arccosh"),
    doc="Return the number >= 0 whose hyperbolic cosine is x.", slopes="1 / sqrt(x**2 - 1)")
atanh = _entry(
    "atanh", ieee.atanh, [lambda y, x: 1 / ((1 - x) * (1 + x))],
    doc="Return the number whose hyperbolic tangent is x.", slopes="1 / (1 - x**2)", methods=("atanh", "arctanh"))

# 1 - sigmoid(x) cancels for large x; sigmoid(-x) is the same number without the subtraction
sigmoid: Primitive = _entry(
    "sigmoid", ieee.sigmoid, [lambda y, x: y * (1 - y) if x < 1 else y * sigmoid(-x)], "σ",
    "Return 1 / (1 + exp(-x)), the logistic function, between 0 and 1.", slopes="y * (1 - y)",
    textbook=[lambda y, x: y * (1 - y)], latex=r"\sigma")
softplus = _entry(
    "softplus", lambda x: ieee.maximum(x, 0.0) + math.log1p(math.exp(-abs(x))), [lambda y, x: sigmoid(x)],
    doc="Return log(1 + exp(x)), a smooth relu.", slopes="sigmoid(x)")
relu = _entry(
    "relu", lambda x: 0.0 if x <= 0 else x, [lambda y, x: BLOCKED if x <= 0 else 1.0], "ReLU",
    "Return x if x > 0, else 0.", slopes="1 if x > 0 else 0")
leaky_relu = _entry(
    "leaky_relu", lambda x, negative_slope: x if x > 0 else negative_slope * x,
    [
        lambda y, x, negative_slope: 1.0 if x > 0 else negative_slope,
        lambda y, x, negative_slope: BLOCKED if x > 0 else x,
    ], defaults=(0.01,),
    doc="Return x if x > 0, else negative_slope * x.", slopes=("1 if x > 0 else negative_slope", "0 if x > 0 else x"))
elu = _entry(
    "elu", lambda x, alpha: x if x >= 0 else alpha * math.expm1(x),
    [lambda y, x, alpha: 1.0 if x > 0 else alpha * exp(x), lambda y, x, alpha: BLOCKED if x > 0 else expm1(x)],
    doc="Return x if x > 0, else alpha * (exp(x) - 1).",
    slopes=("1 if x > 0 else alpha * exp(x)", "0 if x > 0 else exp(x) - 1"), defaults=(1.0,))
gelu = _entry(
    "gelu", ieee.gelu, [lambda y, x: 0.5 * erfc(-x / ROOT2) + x * (ONE_OVER_ROOT_TWO_PI * _bell(-0.5, x))],
    doc="Return x * P(X <= x) for a standard normal X, x * (1 + erf(x / sqrt(2))) / 2.",
    slopes="(1 + erf(x / sqrt(2))) / 2 + x * exp(-x**2 / 2) / sqrt(2*pi)")
silu = _entry(
    "silu", lambda x: x * ieee.sigmoid(x), [lambda y, x: sigmoid(x) * (1 + x * sigmoid(-x))],
    doc="Return x * sigmoid(x), also called swish.", slopes="sigmoid(x) * (1 + x * (1 - sigmoid(x)))",
    textbook=[lambda y, x: sigmoid(x) * (1 + x * (1 - sigmoid(x)))])
mish = _entry(
    "mish", ieee.mish, [lambda y, x: tanh(softplus(x)) + x * (sigmoid(x) * _sech_squared(softplus(x)))],
    doc="Return x * tanh(softplus(x)).",
    slopes="tanh(softplus(x)) + x * sigmoid(x) * (1 - tanh(softplus(x))**2)",
    textbook=[lambda y, x: tanh(softplus(x)) + x * sigmoid(x) * (1 - tanh(softplus(x)) ** 2)])
erf = _entry(
    "erf", math.erf, [lambda y, x: TWO_OVER_ROOT_PI * _bell(-1.0, x)],
    doc="Return the error function of x, between -1 and 1.", slopes="2 / sqrt(pi) * exp(-x**2)")
erfc: Primitive = _entry(
    "erfc", math.erfc, [lambda y, x: -TWO_OVER_ROOT_PI * _bell(-1.0, x)],
    doc="Return 1 - erf(x), exact for large x.", slopes="-2 / sqrt(pi) * exp(-x**2)")
lgamma = _entry(
    "lgamma", gamma.lgamma, [lambda y, x: digamma(x)],
    doc="Return log(abs(gamma(x))); gamma(n + 1) is the factorial of n.", slopes="digamma(x)",
    latex=r"\log\left|\Gamma\left(#1\right)\right|")
digamma: Primitive = _entry(
    "digamma", gamma.digamma, [lambda y, x: polygamma(1.0, x)],
    doc="Return the derivative of lgamma at x.", slopes="polygamma(1, x)", latex=r"\psi")
polygamma: Primitive = _entry(
    "polygamma", gamma.polygamma, [BLOCKED, lambda y, n, x: polygamma(n + 1, x)],
    doc="Return the n-th derivative of digamma at x.", slopes=("0", "polygamma(n + 1, x)"),
    latex=r"\psi^{(#1)}\left(#2\right)", selector=True, methods=())
hypot: Primitive = _entry(
    "hypot", math.hypot, [lambda y, a, b: a / y, lambda y, a, b: b / y],
    doc="Return sqrt(a**2 + b**2), without overflow.", slopes=("a / y", "b / y"))

logaddexp = _entry(
    "logaddexp", ieee.logaddexp,
    [lambda y, a, b: _share(a, b) if y != -inf else 0.0, lambda y, a, b: _share(b, a) if y != -inf else 0.0],
    doc="Return log(exp(a) + exp(b)), without overflow.", slopes=("exp(a - y)", "exp(b - y)"),
    textbook=[lambda y, a, b: exp(a - y), lambda y, a, b: exp(b - y)])
maximum = _entry(
    "maximum", ieee.maximum,
    [
        lambda y, a, b: BLOCKED if a < b else 0.5 if a == b else 1.0,
        lambda y, a, b: BLOCKED if a > b else 0.5 if a == b else 1.0,
    ], doc="Return the larger of a and b.",
    slopes=("1 if a > b else 0.5 if a == b else 0", "1 if b > a else 0.5 if a == b else 0"))
minimum = _entry(
    "minimum", ieee.minimum,
    [
        lambda y, a, b: BLOCKED if a > b else 0.5 if a == b else 1.0,
        lambda y, a, b: BLOCKED if a < b else 0.5 if a == b else 1.0,
    ], doc="Return the smaller of a and b.",
    slopes=("1 if a < b else 0.5 if a == b else 0", "1 if b < a else 0.5 if a == b else 0"))
less = _entry(
    "less", lambda a, b: 1.0 if a < b else 0.0, [BLOCKED, BLOCKED],
    doc="Return 1.0 if a < b, else 0.0.", slopes=("0", "0"), methods=())
less_equal = _entry(
    "less_equal", lambda a, b: 1.0 if a <= b else 0.0, [BLOCKED, BLOCKED],
    doc="Return 1.0 if a <= b, else 0.0.", slopes=("0", "0"), methods=())
equal = _entry(
    "equal", lambda a, b: 1.0 if a == b else 0.0, [BLOCKED, BLOCKED],
    doc="Return 1.0 if a == b, else 0.0.", slopes=("0", "0"), methods=())
where = _entry(
    "where", lambda condition, a, b: a if condition else b,
    [BLOCKED, lambda y, condition, a, b: 1.0 if condition else BLOCKED,
     lambda y, condition, a, b: BLOCKED if condition else 1.0],
    doc="Return a if the condition holds, else b.",
    slopes=("0", "1 if condition else 0", "0 if condition else 1"), selector=True, methods=())
clip = _entry(
    "clip", lambda x, lo, hi: ieee.minimum(ieee.maximum(x, lo), hi),
    [
        lambda y, x, lo, hi: 1.0 if lo <= x <= hi else BLOCKED,
        lambda y, x, lo, hi: 1.0 if x < lo <= hi else BLOCKED,
        lambda y, x, lo, hi: 1.0 if x > hi or lo > hi else BLOCKED,
    ],
    doc="Return x kept between lo and hi; hi if lo > hi, as in NumPy.",
    slopes=("1 if lo <= x <= hi else 0", "1 if x < lo <= hi else 0", "1 if x > hi or lo > hi else 0"), defaults=())

sum_ = _entry(
    "sum", ieee.sum, lambda y, *xs: (1.0,) * len(xs), "Σ",
    "Return x1 + x2 + ..., rounded once.", slopes="1 by every number")
mean = _entry(
    "mean", ieee.mean, lambda y, *xs: (1.0 / len(xs),) * len(xs),
    doc="Return (x1 + x2 + ...) / n.", slopes="1 / n by every number", form=lambda *xs: div(sum_(*xs), float(len(xs))))
prod = _entry(
    "prod", lambda *xs: math.prod(xs), _prod_partials, "Π",
    "Return x1 * x2 * ...", slopes="the product of the other numbers")
dot = _entry(
    "dot", ieee.dot, _dot_partials,
    doc="Return w1*x1 + w2*x2 + ... + b, of the operands w1, w2, ..., x1, x2, ... and, if there is a bias, b.",
    slopes="xi by wi, wi by xi, 1 by b",
    form=lambda *xs: sum_(*map(mul, xs[: len(xs) // 2], xs[len(xs) // 2 :]), *xs[len(xs) // 2 * 2 :]),
    example=("w1", "w2", "x1", "x2", "b"))
max_ = _entry(
    "max", ieee.extreme(max), _tie_partials,
    doc="Return the largest of x1, x2, ...", slopes="1 by the largest, 0 by the others; several that tie share the 1")
min_ = _entry(
    "min", ieee.extreme(min), _tie_partials,
    doc="Return the smallest of x1, x2, ...",
    slopes="1 by the smallest, 0 by the others; several that tie share the 1")
logsumexp = _entry(
    "logsumexp", ieee.log_sum_exp, probabilities.logsumexp_partials,
    doc="Return log(exp(x1) + exp(x2) + ...), without overflow.", slopes="exp(xi - y) by xi")
softmax = _entry(
    "softmax", probabilities.softmax, probabilities.softmax_partials,
    doc="Return exp(xi) / (exp(x1) + exp(x2) + ...) for i = index, counted from 0.",
    slopes="yi * (1 - yi) by xi, -yi * yk by another xk", selector=True, shared=probabilities.Shared)
log_softmax = _entry(
    "log_softmax", probabilities.log_softmax, probabilities.log_softmax_partials,
    doc="Return xi - logsumexp(x1, x2, ...) for i = index, counted from 0.",
    slopes="1 - exp(yi) by xi, -exp(yk) by another xk", selector=True, shared=probabilities.Shared)
take = _entry(
    "take", ieee.take, _take_partials,
    doc="Return xi for i = index, counted from 0.", slopes="1 by xi, 0 by the others", selector=True)
norm = _entry(
    "norm", ieee.norm, lambda y, *xs: [x / y if y != 0 else 0.0 for x in xs], "‖·‖",
    "Return sqrt(x1**2 + x2**2 + ...), the Euclidean norm, without overflow.", slopes="xi / y by xi, 0 if y is 0")
# fmt: on
