"""Values of operations on floats: C's functions, with IEEE-754 results even if Python's raise an exception.

`wraps` marks a function with the results of C or IEEE-754 for the function that it wraps; `rules` writes the latter in
other languages. Names are those of the table of primitives; they shadow builtins on purpose, so import the module, not
the names.
"""

from __future__ import annotations

import math
import operator
import sys
from collections.abc import Callable
from functools import wraps
from typing import Any

inf, nan = math.inf, math.nan
LARGEST = sys.float_info.max
ROOT2 = math.sqrt(2)
LOG_2 = math.log(2)


def quiet(f: Callable[[float], float], overflow: Callable[[float], float] = lambda x: inf) -> Callable[[float], float]:
    @wraps(f, (), ())
    def value(x: float) -> float:
        try:
            return f(x)
        except ValueError:
            return nan
        except OverflowError:
            return overflow(x)

    return value


def log_with_pole(f: Callable[[float], float], pole: float) -> Callable[[float], float]:
    @wraps(f, (), ())
    def value(x: float) -> float:
        return -inf if x == pole else f(x) if x > pole else nan

    return value


@wraps(operator.truediv, (), ())
def div(a: float, b: float) -> float:
    try:
        return a / b
    except ZeroDivisionError:
        return nan if a == 0 or a != a else math.copysign(inf, a) * math.copysign(1.0, b)


@wraps(operator.pow, (), ())
def pow(x: float, n: float) -> float:
    try:
        return math.pow(x, n)
    except OverflowError:
        base, exponent = (inf if v > LARGEST else -inf if v < -LARGEST else v for v in (x, n))
        if (base, exponent) != (x, n):  # an int beyond every float
            return math.pow(base, exponent)
        return -inf if x < 0 and _is_odd(n) else inf
    except ValueError:
        if x != 0:
            return nan
        return math.copysign(inf, x) if _is_odd(n) else inf


def _is_odd(n: float) -> bool:
    return abs(math.fmod(n, 2.0)) == 1.0  # the result of % would be rounded: -1 + 2**-53 is not odd


def pow_at_zero(a: float, b: float, x: float, n: float) -> float:
    """Return the derivative of x**n, a times by x and b times by n, at x = 0.

    It is the limit from above of x**(n - a) times a polynomial in log(x), but 0 for the convention that x**0 is
    constant, and 0**n for n >= 0.
    """
    if a == 0 and n >= 0:
        return 0.0
    factor, slope = 1.0, 0.0  # n * (n - 1) * ... * (n - a + 1), the coefficient of the highest power, and its slope
    for k in range(int(a)):
        factor, slope = factor * (n - k), slope * (n - k) + factor
    power = pow(x, n - a)
    if b == 0:
        return factor * power if factor != 0 else 0.0
    if n > a:
        return 0.0  # any power outweighs the logarithms
    return factor * power * pow(-inf, b) if factor != 0 else b * slope * power * pow(-inf, b - 1)


def sum(*xs: float) -> float:
    try:
        return math.fsum(xs)
    except OverflowError:  # an intermediate overflow: sum at a smaller scale
        return sum(*[x * 2.0**-64 for x in xs]) * 2.0**64
    except ValueError:  # inf - inf
        return nan


def mean(*xs: float) -> float:
    total = sum(*xs)
    return sum(*[x / len(xs) for x in xs]) if math.isinf(total) else total / len(xs)


def dot(*operands: float) -> float:
    n = len(operands) // 2
    terms = [*map(operator.mul, operands[:n], operands[n:]), *operands[2 * n :]]
    try:
        return math.fsum(terms)
    except (OverflowError, ValueError):
        return sum(*terms)


@wraps(math.atanh, (), ())
def atanh(x: float) -> float:
    return math.copysign(inf, x) if x in (-1.0, 1.0) else quiet(math.atanh)(x)


def cbrt(x: float) -> float:
    y = math.cbrt(x)
    return y - (y - x / (y * y)) / 3 if y and math.isfinite(y) else math.copysign(y, x)  # C's is up to 4 ulp off


def norm(*xs: float) -> float:
    return nan if any(x != x for x in xs) else math.hypot(*xs)


def sign(x: float) -> float:
    return 1.0 if x > 0 else -1.0 if x < 0 else 0.0 if x == 0 else nan


def whole(f: Callable[[float], int]) -> Callable[[float], float]:
    @wraps(f, (), ())
    def value(x: float) -> float:
        return math.copysign(f(x), x) if math.isfinite(x) else x

    return value


def rint(x: float) -> float:
    return math.copysign((abs(x) + 2.0**52) - 2.0**52, x) if abs(x) < 2.0**52 else x


def sigmoid(x: float) -> float:
    return 1.0 / (1.0 + math.exp(-x)) if x > -700.0 else math.exp(x)  # exp(-x) would overflow


def square_in_two(x: Any) -> tuple[Any, Any]:
    """Return x*x in two parts; the first one, of x rounded to 25 bits, is exact if |x| is below 64.

    It works on Values too.
    """
    grid = 1.5 * 2.0**33
    high = (x + grid) - grid
    return high * high, (x - high) * (x + high)


def gelu(x: float) -> float:
    z = -x / ROOT2
    y = 0.5 * x * math.erfc(z)
    if not -40.0 < x < 0.0:
        return y
    (z2, z2_rest), (x2, x2_rest) = square_in_two(z), square_in_two(x)
    return y * math.exp((z2 - 0.5 * x2) + (z2_rest - 0.5 * x2_rest))  # erfc magnifies what z rounds away


def mish(x: float) -> float:
    e = math.exp(-abs(x))
    if x > 0:
        return x * (1.0 - 2.0 * e * e / (1.0 + 2.0 * e * (1.0 + e)))
    return x * (e - e * (e * (1.0 + e) / (2.0 + e * (2.0 + e))))


def sinc(x: float) -> float:
    x = abs(x)
    if not 0.0 < x < inf:
        return 1.0 if x == 0.0 else nan
    turn = x % 2.0  # exact, so that the zeros are
    half = turn - 1.0 if turn > 1.0 else turn
    y = math.sin(math.pi * (1.0 - half if half > 0.5 else half))
    return (-y if turn > 1.0 else y) / (math.pi * x)


def maximum(a: float, b: float) -> float:
    return a if a > b or a != a else b


def minimum(a: float, b: float) -> float:
    return a if a < b or a != a else b


def logaddexp(a: float, b: float) -> float:
    return a + LOG_2 if a == b else maximum(a, b) + math.log1p(math.exp(-abs(a - b)))


def take(index: float, *xs: float) -> float:
    return xs[int(index)] if -len(xs) <= index < len(xs) else nan


def extreme(pick: Callable[..., float]) -> Callable[..., float]:
    return lambda *xs: nan if any(x != x for x in xs) else pick(xs)


def log_sum_exp(*xs: float) -> float:
    m = extreme(max)(*xs)
    if math.isinf(m) or m != m:
        return m
    rest = list(xs)
    rest.remove(m)  # its own exp(0) = 1 is the 1 of log1p
    return m + math.log1p(math.fsum(math.exp(x - m) for x in rest))


@wraps(operator.mod, (), ())
def mod(a: float, b: float) -> float:
    return a % b if b and not math.isinf(a) else nan


@wraps(operator.floordiv, (), ())
def floor_divide(a: float, b: float) -> float:
    return a // b if b else div(a, b)
