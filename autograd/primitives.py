"""THE table: every differentiable operation, its value and its partial derivatives, one entry each.

An entry gives a name, a symbol for people, how the value is computed from floats, and one partial derivative per
operand. A partial is a function of the result `y` and the operands, in plain arithmetic that works on floats and on
`Value`s alike; one that never changes is written as a number. Everything else in the package reads this table.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

from . import ieee
from .operation import TABLE, Primitive, Traced, is_number, number, primitive

__all__ = ["TABLE", "Primitive", "Traced", "is_number", "number", "primitive"]


def _entry(name: str, value: Any, partials: Any, symbol: str | None = None) -> Primitive:
    TABLE[name] = Primitive(name, value, partials, symbol)
    return TABLE[name]


inf, nan = math.inf, math.nan
TINY = 2.0**-1022  # the smallest number with all of its digits


# --- exp without the rounding of its argument, which it would magnify; these work on floats and on Values ---


def _square(x: Any) -> tuple[Any, Any]:
    """Return x*x in two parts; the first one is exact where x, kept to 25 bits in it, is below 64."""
    grid = 1.5 * 2.0**33
    high = (x + grid) - grid
    return high * high, (x - high) * (x + high)


def _bell(c: float, x: Any) -> Any:
    """Return exp(c*x*x) for a c that is a power of 2."""
    if not -40.0 < x < 40.0:
        return exp(c * x * x)
    square, rest = _square(x)
    return exp(c * square) * exp(c * rest)


def _exp_difference(a: Any, b: Any) -> Any:
    """Return exp(a - b) for a <= b; what a - b rounds away is found again by Knuth's TwoSum."""
    d = a - b
    y = exp(d)
    if not d > -800.0:
        return y
    t = d - a
    return y + y * ((a - (d - t)) - (b + t))


# --- values that need it ---


def _gelu(x: float) -> float:
    z = -x / ROOT2
    y = 0.5 * x * math.erfc(z)
    if not -40.0 < x < 0.0:
        return y
    (z2, z2_rest), (x2, x2_rest) = _square(z), _square(x)
    return y * math.exp((z2 - 0.5 * x2) + (z2_rest - 0.5 * x2_rest))  # erfc magnifies what z rounds away


def _softmax(index: float, *xs: float) -> float:
    m = max(xs)
    weight: float = _exp_difference(xs[int(index)], m)
    return weight / math.fsum(_exp_difference(x, m) for x in xs)


def _log_softmax(index: float, *xs: float) -> float:
    x, m = xs[int(index)], max(xs)
    if x == m and math.isfinite(m):
        rest = list(xs)
        rest.remove(m)
        return -math.log1p(math.fsum(_exp_difference(other, m) for other in rest))
    return (x - m) - math.log(math.fsum(math.exp(other - m) for other in xs))


# --- partials that take more than a line ---


def _sech_squared(x: Any) -> Any:
    e = exp(-2 * abs(x))
    return 4 * e / ((1 + e) * (1 + e))


def _over_squares(a: Any, x: Any, y: Any) -> Any:
    """Return a / (x*x + y*y), 0 where x = y = 0; the squares would leave the range."""
    r = hypot(x, y)
    return a / r / r if r != 0 else 0.0


def _power_rule(y: Any, x: Any, n: Any) -> Any:
    """Return n * x**(n - 1); as n*y/x where n - 1 may round, which the power would magnify log(x) times."""
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
    hits = [x == y or (x != x and y != y) for x in xs]
    share = 1.0 / max(1, sum(hits))
    return [share if hit else 0.0 for hit in hits]


def _probabilities(xs: Sequence[Any]) -> list[Any]:
    m = max(getattr(x, "data", x) for x in xs)  # any constant would do
    weights = [_exp_difference(x, m) for x in xs]
    total = sum_(*weights)
    return [w / total for w in weights]


def _logsumexp_partials(y: Any, *xs: Any) -> list[Any]:
    return _probabilities(xs) if -inf < y < inf else [exp(x - y) for x in xs]


def _softmax_partials(y: Any, index: Any, *xs: Any) -> list[Any]:
    i, p = int(number(getattr(index, "data", index))), _probabilities(xs)
    others = sum_(*p[:i], *p[i + 1 :])
    return [0.0, *(y * others if k == i else -y * q for k, q in enumerate(p))]


def _log_softmax_partials(y: Any, index: Any, *xs: Any) -> list[Any]:
    i, p = int(number(getattr(index, "data", index))), _probabilities(xs)
    others = sum_(*p[:i], *p[i + 1 :])
    return [0.0, *(others if k == i else -q for k, q in enumerate(p))]


# --- the table ---

LOG2_E, LOG10_E, ROOT2 = math.log2(math.e), math.log10(math.e), math.sqrt(2)
TWO_OVER_ROOT_PI, ONE_OVER_ROOT_TWO_PI = 2 / math.sqrt(math.pi), 1 / math.sqrt(2 * math.pi)

add = _entry("add", lambda a, b: a + b, [1.0, 1.0], "+")
sub = _entry("sub", lambda a, b: a - b, [1.0, -1.0], "−")
mul = _entry("mul", lambda a, b: a * b, [lambda y, a, b: b, lambda y, a, b: a], "×")
div = _entry("div", ieee.div, [lambda y, a, b: 1 / b, lambda y, a, b: -y / b], "÷")
neg = _entry("neg", lambda x: -x, [-1.0], "−")
pow_: Primitive = _entry(
    "pow",
    ieee.pow,
    [  # x**0 is constant, at x = 0 as well; 0**n is constant for n >= 0
        lambda y, x, n: n * x ** (n - 1) if x > 0 and n >= 0.5 else _power_rule(y, x, n),
        lambda y, x, n: 0.0 if x == 0 and n >= 0 else y * log(x),
    ],
    "^",
)
mod = _entry("mod", ieee.mod, [1.0, lambda y, a, b: -(a // b)], "%")
floor_divide = _entry("floor_divide", ieee.floor_divide, [0.0, 0.0], "//")

exp = _entry("exp", ieee.quiet(math.exp), [lambda y, x: y])
expm1 = _entry("expm1", ieee.quiet(math.expm1), [lambda y, x: exp(x)])
log: Primitive = _entry("log", ieee.log_with_pole(math.log, 0.0), [lambda y, x: 1 / x])
log1p = _entry("log1p", ieee.log_with_pole(math.log1p, -1.0), [lambda y, x: 1 / (1 + x)])
log2 = _entry("log2", ieee.log_with_pole(math.log2, 0.0), [lambda y, x: LOG2_E / x])
log10 = _entry("log10", ieee.log_with_pole(math.log10, 0.0), [lambda y, x: LOG10_E / x])
sqrt = _entry("sqrt", ieee.quiet(math.sqrt), [lambda y, x: 0.5 / y], "√")
cbrt = _entry("cbrt", ieee.cbrt, [lambda y, x: 1 / (3 * y * y)], "∛")
square = _entry("square", lambda x: x * x, [lambda y, x: 2 * x], "x²")
reciprocal = _entry("reciprocal", lambda x: ieee.div(1.0, x), [lambda y, x: -y * y], "1/x")
abs_ = _entry("abs", abs, [lambda y, x: sign(x)], "|x|")
sign: Primitive = _entry("sign", ieee.sign, [0.0])

sin = _entry("sin", ieee.quiet(math.sin), [lambda y, x: cos(x)])
cos: Primitive = _entry("cos", ieee.quiet(math.cos), [lambda y, x: -sin(x)])
tan = _entry("tan", ieee.quiet(math.tan), [lambda y, x: 1 + y * y])
asin = _entry("asin", ieee.quiet(math.asin), [lambda y, x: 1 / sqrt((1 - x) * (1 + x))])
acos = _entry("acos", ieee.quiet(math.acos), [lambda y, x: -1 / sqrt((1 - x) * (1 + x))])
atan = _entry("atan", ieee.quiet(math.atan), [lambda y, x: 1 / (1 + x * x) if -1e9 < x < 1e9 else 1 / x / x])
atan2 = _entry("atan2", math.atan2, [lambda r, y, x: _over_squares(x, x, y), lambda r, y, x: -_over_squares(y, x, y)])
sinh = _entry("sinh", ieee.quiet(math.sinh, lambda x: math.copysign(inf, x)), [lambda y, x: cosh(x)])
cosh: Primitive = _entry("cosh", ieee.quiet(math.cosh), [lambda y, x: sinh(x)])
# 1 - tanh(x)**2 cancels as |y| nears 1; 1/cosh(x)**2 is the same number without the subtraction
tanh = _entry("tanh", math.tanh, [lambda y, x: 1 - y * y if -0.5 < y < 0.5 else _sech_squared(x)])
asinh = _entry("asinh", ieee.quiet(math.asinh), [lambda y, x: 1 / hypot(1.0, x)])
acosh = _entry("acosh", ieee.quiet(math.acosh), [lambda y, x: 1 / (sqrt(x - 1) * sqrt(x + 1))])
atanh = _entry("atanh", ieee.atanh, [lambda y, x: 1 / ((1 - x) * (1 + x))])

# 1 - sigmoid(x) cancels for large x; sigmoid(-x) is the same number without the subtraction
sigmoid: Primitive = _entry("sigmoid", ieee.sigmoid, [lambda y, x: y * (1 - y) if x < 1 else y * sigmoid(-x)], "σ")
softplus = _entry("softplus", lambda x: ieee.maximum(x, 0.0) + math.log1p(math.exp(-abs(x))), [lambda y, x: sigmoid(x)])
relu = _entry("relu", lambda x: 0.0 if x <= 0 else x, [lambda y, x: 0.0 if x <= 0 else 1.0], "ReLU")
leaky_relu = _entry(
    "leaky_relu",
    lambda x, slope: x if x > 0 else slope * x,
    [lambda y, x, slope: 1.0 if x > 0 else slope, lambda y, x, slope: 0.0 if x > 0 else x],
)
elu = _entry(
    "elu",
    lambda x, alpha: x if x >= 0 else alpha * math.expm1(x),
    [lambda y, x, alpha: 1.0 if x > 0 else alpha * exp(x), lambda y, x, alpha: 0.0 if x > 0 else expm1(x)],
)
gelu = _entry(
    "gelu",
    _gelu,
    [lambda y, x: 0.5 * erfc(-x / ROOT2) + x * (ONE_OVER_ROOT_TWO_PI * _bell(-0.5, x))],
)
silu = _entry("silu", lambda x: x * ieee.sigmoid(x), [lambda y, x: sigmoid(x) * (1 + x * sigmoid(-x))])
erf = _entry("erf", math.erf, [lambda y, x: TWO_OVER_ROOT_PI * _bell(-1.0, x)])
erfc: Primitive = _entry("erfc", math.erfc, [lambda y, x: -TWO_OVER_ROOT_PI * _bell(-1.0, x)])
hypot: Primitive = _entry("hypot", math.hypot, [lambda y, a, b: a / y, lambda y, a, b: b / y])

maximum = _entry(
    "maximum",
    ieee.maximum,
    [
        lambda y, a, b: 0.0 if a < b else 0.5 if a == b else 1.0,
        lambda y, a, b: 0.0 if a > b else 0.5 if a == b else 1.0,
    ],
)
minimum = _entry(
    "minimum",
    ieee.minimum,
    [
        lambda y, a, b: 0.0 if a > b else 0.5 if a == b else 1.0,
        lambda y, a, b: 0.0 if a < b else 0.5 if a == b else 1.0,
    ],
)
where = _entry(
    "where",
    lambda condition, a, b: a if condition else b,
    [0.0, lambda y, c, a, b: 1.0 if c else 0.0, lambda y, c, a, b: 0.0 if c else 1.0],
)
clip = _entry(
    "clip",
    lambda x, lo, hi: ieee.minimum(ieee.maximum(x, lo), hi),
    [
        lambda y, x, lo, hi: 1.0 if lo <= x <= hi else 0.0,
        lambda y, x, lo, hi: 1.0 if x < lo <= hi else 0.0,
        lambda y, x, lo, hi: 1.0 if x > hi or lo > hi else 0.0,
    ],
)

sum_ = _entry("sum", ieee.sum, lambda y, *xs: (1.0,) * len(xs), "Σ")
mean = _entry("mean", ieee.mean, lambda y, *xs: (1.0 / len(xs),) * len(xs))
prod = _entry("prod", lambda *xs: math.prod(xs), _prod_partials, "Π")
dot = _entry("dot", ieee.dot, _dot_partials)
max_ = _entry("max", ieee.extreme(max), _tie_partials)
min_ = _entry("min", ieee.extreme(min), _tie_partials)
logsumexp = _entry("logsumexp", ieee.log_sum_exp, _logsumexp_partials)
softmax = _entry("softmax", _softmax, _softmax_partials)
log_softmax = _entry("log_softmax", _log_softmax, _log_softmax_partials)
