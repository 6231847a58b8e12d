"""The exact value and the exact partial derivatives of every operation, as textbook formulas in mpmath.

The formulas are the plainest there are, 1/(1 + exp(-x)) and 1 - tanh(x)**2, since 400 digits leave room for whatever
cancels: 5e-324 beside 1 still has 76 digits. `test_primitives.py` holds the derivatives to mpmath's numerical ones.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from functools import wraps
from typing import Any, NamedTuple

from mpmath import mp, mpf

__all__ = ["DIGITS", "EXACT", "Exact", "Interval"]

DIGITS = 400


class Interval(NamedTuple):
    """Where an operand lies: between `low` and `high`, no nearer to 0 than `tiny`, and whether it is a whole number."""

    low: float
    high: float
    tiny: float = 5e-324
    whole: bool = False


REAL = Interval(-1e308, 1e308)
POSITIVE = Interval(0.0, 1e308)
UNIT = Interval(-1.0, 1.0)
ARGUMENT = Interval(-100.0, 1e308)  # of gamma, whose poles are the whole numbers up to 0
EXPONENT = Interval(-2000.0, 2000.0)  # the result is 0, 1 or out of range well before
FACTOR = Interval(-1e150, 1e150, 1e-150)  # the product of two is in range
FACTOR_OF_MANY = Interval(-1e9, 1e9, 1e-9)  # the product of 30 is in range


@dataclass(frozen=True)
class Exact:
    """An operation's exact value and partials.

    Attributes:
        value: the result as a function of mpmath numbers.
        partials: one function of the operands for each operand; of any number of operands, one of (i, *operands).
        domain: the interval of each operand; of any number of operands, the one that all of them share.
        samples: makes the operands of an operation with any number of them out of numbers; None for a fixed number.
    """

    value: Callable[..., Any]
    partials: Sequence[Callable[..., Any]] | Callable[..., Any]
    domain: tuple[Interval, ...] = (REAL,)
    operands: Callable[[Sequence[float]], list[float]] | None = field(default=None)

    def partial(self, i: int, *xs: Any) -> Any:
        """Return d(value)/d(operand i)."""
        return self.partials(i, *xs) if callable(self.partials) else self.partials[i](*xs)


def _digits(n: int) -> Callable[[Callable[..., Any]], Callable[..., Any]]:
    """Work with n digits: fewer where erf would take too long, more where a quotient needs all of its own."""

    def decorate(f: Callable[..., Any]) -> Callable[..., Any]:
        @wraps(f)
        def with_digits(*xs: Any) -> Any:
            with mp.workdps(n):
                return f(*xs)

        return with_digits

    return decorate


@_digits(80)
def _erf(x: Any) -> Any:
    return mp.erf(x)


@_digits(80)
def _erfc(x: Any) -> Any:
    return mp.erfc(x) if x < 1e6 else mpf(0)


@_digits(80)
def _bell(x: Any) -> Any:
    return 2 / mp.sqrt(mp.pi) * mp.exp(-x * x)


@_digits(80)
def _normal_cdf(x: Any) -> Any:
    return _erfc(-x / mp.sqrt(2)) / 2


@_digits(80)
def _normal_pdf(x: Any) -> Any:
    return mp.npdf(x)


@_digits(1000)  # cos(pi*x) and sinc(x) differ by x squared
def _sinc_derivative(x: Any) -> Any:
    return (mp.cospi(x) - mp.sincpi(x)) / x if x else mpf(0)


@_digits(700)  # a quotient of two floats has up to 617 digits before the point
def _quotient(a: Any, b: Any) -> Any:
    return mp.floor(a / b)


@_digits(700)
def _remainder(a: Any, b: Any) -> Any:
    return a - b * mp.floor(a / b)


@_digits(80)
def _lgamma(x: Any) -> Any:
    if x > 0:
        return mp.loggamma(x)
    return mp.log(mp.pi / abs(x * mp.sinpi(x))) - mp.loggamma(-x)


@_digits(80)
def _digamma(x: Any) -> Any:
    return _polygamma(0, x)


@_digits(80)
def _polygamma(n: Any, x: Any) -> Any:
    if n != int(n) or n < 0:
        raise ZeroDivisionError
    try:
        return mp.psi(int(n), x)
    except ValueError:  # at a pole
        raise ZeroDivisionError from None


def _logistic(x: Any) -> Any:
    return 1 / (1 + mp.exp(-x))


def _step(condition: bool) -> Any:
    return mpf(1 if condition else 0)


def _share(a: Any, b: Any) -> Any:
    """What a gets of the gradient where the larger one gets it all and a tie gives half to each."""
    return mpf(0.5) if a == b else _step(a > b)


def _tie_share(i: int, xs: Sequence[Any], best: Any) -> Any:
    return _step(xs[i] == best) / sum(1 for x in xs if x == best)


def _softmax(i: int, xs: Sequence[Any]) -> Any:
    return mp.exp(xs[i]) / mp.fsum(mp.exp(x) for x in xs)


def _softmax_partial(j: int, index: Any, *xs: Any) -> Any:
    if j == 0:
        return mpf(0)
    i, j = int(index), j - 1
    return _softmax(i, xs) * (_step(i == j) - _softmax(j, xs))


def _log_softmax_partial(j: int, index: Any, *xs: Any) -> Any:
    return mpf(0) if j == 0 else _step(int(index) == j - 1) - _softmax(j - 1, xs)


def _dot(*operands: Any) -> Any:
    n = len(operands) // 2
    return mp.fdot(operands[:n], operands[n : 2 * n]) + sum(operands[2 * n :])


def _dot_partial(i: int, *operands: Any) -> Any:
    n = len(operands) // 2
    return mpf(1) if i == 2 * n else operands[i + n if i < n else i - n]


def _prod_partial(i: int, *xs: Any) -> Any:
    return mp.fprod(x for j, x in enumerate(xs) if j != i)


def _norm(*xs: Any) -> Any:
    return mp.sqrt(mp.fsum(x * x for x in xs))


def _norm_partial(i: int, *xs: Any) -> Any:
    return xs[i] / _norm(*xs) if any(xs) else mpf(0)


def _first_index(xs: Sequence[float]) -> list[float]:
    """Operands of softmax: the index of the first number, then the numbers."""
    return [0.0, *xs]


def _function(value: Any, derivative: Any, domain: Interval = REAL) -> Exact:
    return Exact(value, [derivative], (domain,))


def _of_two(value: Any, by_a: Any, by_b: Any, a: Interval = REAL, b: Interval = REAL) -> Exact:
    return Exact(value, [by_a, by_b], (a, b))


def _of_many(value: Any, partial: Any, domain: Interval = REAL, operands: Any = list) -> Exact:
    return Exact(value, partial, (domain,), operands)


EXACT: dict[str, Exact] = {
    "add": _of_two(lambda a, b: a + b, lambda a, b: mpf(1), lambda a, b: mpf(1)),
    "sub": _of_two(lambda a, b: a - b, lambda a, b: mpf(1), lambda a, b: mpf(-1)),
    "mul": _of_two(lambda a, b: a * b, lambda a, b: b, lambda a, b: a),
    "div": _of_two(lambda a, b: a / b, lambda a, b: 1 / b, lambda a, b: -a / b**2),
    "neg": _function(lambda x: -x, lambda x: mpf(-1)),
    "pow": _of_two(
        lambda x, n: x**n,
        lambda x, n: n * x ** (n - 1) if n else mpf(0),
        lambda x, n: x**n * mp.log(x) if x or n < 0 else mpf(0),
        a=POSITIVE,
        b=Interval(-1e6, 1e6),
    ),
    "mod": _of_two(_remainder, lambda a, b: mpf(1), lambda a, b: -_quotient(a, b)),
    "floor_divide": _of_two(_quotient, lambda a, b: mpf(0), lambda a, b: mpf(0)),
    "exp": _function(mp.exp, mp.exp, EXPONENT),
    "exp2": _function(lambda x: mpf(2) ** x, lambda x: mpf(2) ** x * mp.log(2), EXPONENT),
    "expm1": _function(mp.expm1, mp.exp, EXPONENT),
    "log": _function(mp.log, lambda x: 1 / x, POSITIVE),
    "log1p": _function(lambda x: mp.log(1 + x), lambda x: 1 / (1 + x), Interval(-1.0, 1e308)),
    "log2": _function(lambda x: mp.log(x) / mp.log(2), lambda x: 1 / (x * mp.log(2)), POSITIVE),
    "log10": _function(lambda x: mp.log(x) / mp.log(10), lambda x: 1 / (x * mp.log(10)), POSITIVE),
    "sqrt": _function(mp.sqrt, lambda x: 1 / (2 * mp.sqrt(x)), POSITIVE),
    "cbrt": _function(lambda x: mp.sign(x) * mp.cbrt(abs(x)), lambda x: 1 / (3 * mp.cbrt(abs(x)) ** 2)),
    "square": _function(lambda x: x * x, lambda x: 2 * x),
    "reciprocal": _function(lambda x: 1 / x, lambda x: -1 / x**2),
    "abs": _function(abs, mp.sign),
    "sign": _function(mp.sign, lambda x: mpf(0)),
    "floor": _function(mp.floor, lambda x: mpf(0)),
    "ceil": _function(mp.ceil, lambda x: mpf(0)),
    "trunc": _function(lambda x: mp.sign(x) * mp.floor(abs(x)), lambda x: mpf(0)),
    "rint": _function(mp.nint, lambda x: mpf(0)),
    "radians": _function(mp.radians, lambda x: mp.pi / 180),
    "degrees": _function(mp.degrees, lambda x: 180 / mp.pi),
    "sin": _function(mp.sin, mp.cos),
    "cos": _function(mp.cos, lambda x: -mp.sin(x)),
    "tan": _function(mp.tan, lambda x: mp.sec(x) ** 2),
    "asin": _function(mp.asin, lambda x: 1 / mp.sqrt(1 - x * x), UNIT),
    "acos": _function(mp.acos, lambda x: -1 / mp.sqrt(1 - x * x), UNIT),
    "atan": _function(mp.atan, lambda x: 1 / (1 + x * x)),
    "atan2": _of_two(mp.atan2, lambda y, x: x / (x * x + y * y), lambda y, x: -y / (x * x + y * y)),
    "sinc": _function(mp.sincpi, _sinc_derivative),
    "sinh": _function(mp.sinh, mp.cosh, EXPONENT),
    "cosh": _function(mp.cosh, mp.sinh, EXPONENT),
    "tanh": _function(mp.tanh, lambda x: mp.sech(x) ** 2, EXPONENT),
    "asinh": _function(mp.asinh, lambda x: 1 / mp.sqrt(1 + x * x)),
    "acosh": _function(mp.acosh, lambda x: 1 / mp.sqrt(x * x - 1), Interval(1.0, 1e308)),
    "atanh": _function(mp.atanh, lambda x: 1 / (1 - x * x), UNIT),
    "sigmoid": _function(_logistic, lambda x: _logistic(x) * _logistic(-x), EXPONENT),
    "softplus": _function(lambda x: mp.log(1 + mp.exp(x)), _logistic, EXPONENT),
    "relu": _function(lambda x: max(x, mpf(0)), lambda x: _step(x > 0)),
    "leaky_relu": _of_two(
        lambda x, slope: x if x > 0 else slope * x,
        lambda x, slope: mpf(1) if x > 0 else slope,
        lambda x, slope: mpf(0) if x > 0 else x,
    ),
    "elu": _of_two(
        lambda x, alpha: x if x > 0 else alpha * mp.expm1(x),
        lambda x, alpha: mpf(1) if x > 0 else alpha * mp.exp(x),
        lambda x, alpha: mpf(0) if x > 0 else mp.expm1(x),
        a=EXPONENT,
        b=Interval(-4.0, 4.0),
    ),
    "gelu": _function(lambda x: x * _normal_cdf(x), lambda x: _normal_cdf(x) + x * _normal_pdf(x), EXPONENT),
    "silu": _function(lambda x: x * _logistic(x), lambda x: _logistic(x) + x * _logistic(x) * _logistic(-x), EXPONENT),
    "mish": _function(
        lambda x: x * mp.tanh(mp.log1p(mp.exp(x))),
        lambda x: mp.tanh(mp.log1p(mp.exp(x))) + x * _logistic(x) * mp.sech(mp.log1p(mp.exp(x))) ** 2,
        EXPONENT,
    ),
    "erf": _function(_erf, _bell, EXPONENT),
    "erfc": _function(_erfc, lambda x: -_bell(x), EXPONENT),
    "lgamma": _function(_lgamma, _digamma, ARGUMENT),
    "digamma": _function(_digamma, lambda x: _polygamma(mpf(1), x), ARGUMENT),
    "polygamma": _of_two(
        _polygamma, lambda n, x: mpf(0), lambda n, x: _polygamma(n + 1, x), a=Interval(0.0, 4.0, whole=True), b=ARGUMENT
    ),
    "logaddexp": _of_two(
        lambda a, b: mp.log(mp.exp(a) + mp.exp(b)),
        lambda a, b: _logistic(a - b),
        lambda a, b: _logistic(b - a),
        a=EXPONENT,
        b=EXPONENT,
    ),
    "hypot": _of_two(mp.hypot, lambda a, b: a / mp.hypot(a, b), lambda a, b: b / mp.hypot(a, b)),
    "maximum": _of_two(max, _share, lambda a, b: _share(b, a)),
    "minimum": _of_two(min, lambda a, b: _share(b, a), _share),
    "less": _of_two(lambda a, b: _step(a < b), *[lambda a, b: mpf(0)] * 2),
    "less_equal": _of_two(lambda a, b: _step(a <= b), *[lambda a, b: mpf(0)] * 2),
    "equal": _of_two(lambda a, b: _step(a == b), *[lambda a, b: mpf(0)] * 2),
    "where": Exact(
        lambda c, a, b: a if c else b,
        [lambda c, a, b: mpf(0), lambda c, a, b: _step(c != 0), lambda c, a, b: _step(c == 0)],
        (REAL, REAL, REAL),
    ),
    "clip": Exact(
        lambda x, lo, hi: min(max(x, lo), hi),
        [
            lambda x, lo, hi: _step(lo <= x <= hi),
            lambda x, lo, hi: _step(x < lo <= hi),
            lambda x, lo, hi: _step(x > hi or lo > hi),
        ],
        (REAL, REAL, REAL),
    ),
    "sum": _of_many(lambda *xs: mp.fsum(xs), lambda i, *xs: mpf(1)),
    "mean": _of_many(lambda *xs: mp.fsum(xs) / len(xs), lambda i, *xs: 1 / mpf(len(xs))),
    "prod": _of_many(lambda *xs: mp.fprod(xs), _prod_partial, FACTOR_OF_MANY),
    "dot": _of_many(_dot, _dot_partial, FACTOR),
    "norm": _of_many(_norm, _norm_partial),
    "max": _of_many(lambda *xs: max(xs), lambda i, *xs: _tie_share(i, xs, max(xs))),
    "min": _of_many(lambda *xs: min(xs), lambda i, *xs: _tie_share(i, xs, min(xs))),
    "logsumexp": _of_many(lambda *xs: mp.log(mp.fsum(map(mp.exp, xs))), lambda i, *xs: _softmax(i, xs), EXPONENT),
    "softmax": _of_many(lambda i, *xs: _softmax(int(i), xs), _softmax_partial, EXPONENT, _first_index),
    "log_softmax": _of_many(lambda i, *xs: mp.log(_softmax(int(i), xs)), _log_softmax_partial, EXPONENT, _first_index),
    "take": _of_many(lambda i, *xs: xs[int(i)], lambda j, i, *xs: _step(j - 1 == i), REAL, _first_index),
}
