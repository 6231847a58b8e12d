"""The logarithm of the gamma function and its derivatives, with the same bits in both cores.

C's lgamma loses digits near 1 and 2, and neither Python nor C has the derivatives. `_native/gamma.h` does the same,
operation by operation; the generator of the kernels hands it the numbers that are written here.
"""

from __future__ import annotations

import math

from . import ieee

__all__ = ["LARGEST_ORDER", "digamma", "lgamma", "polygamma"]

inf, nan = math.inf, math.nan

BERNOULLI = (1 / 6, -1 / 30, 1 / 42, -1 / 30, 5 / 66, -691 / 2730, 7 / 6, -3617 / 510, 43867 / 798, -174611 / 330)
STIRLING = tuple(b / (2 * j * (2 * j - 1)) for j, b in enumerate(BERNOULLI, 1))
SLOPES = tuple(b / (2 * j) for j, b in enumerate(BERNOULLI, 1))
NEAR_2 = (  # the derivatives of lgamma at 2 divided by factorials: 1 - Euler's constant, (zeta(2) - 1) / 2, ...
    0.42278433509846713, 0.3224670334241132, -0.0673523010531981, 0.020580808427784546, -0.007385551028673986,
    0.0028905103307415234, -0.001192753911703261, 0.0005096695247430425, -0.00022315475845357939,
    9.945751278180853e-05, -4.492623673813314e-05, 2.050721277567069e-05, -9.439488275268397e-06,
    4.374866789907488e-06, -2.039215753801366e-06, 9.55141213040742e-07, -4.492469198764566e-07,
    2.1207184805554665e-07, -1.0043224823968099e-07, 4.7698101693639804e-08, -2.2711094608943164e-08,
    1.0838659214896955e-08, -5.183475041970047e-09, 2.4836745438024785e-09, -1.1921401405860912e-09,
    5.731367241678862e-10, -2.7595228851242334e-10, 1.330476437424449e-10, -6.4229645638381e-11,
    3.1044247747322276e-11, -1.5021384080754142e-11, 7.275974480239079e-12, -3.527742476575915e-12,
    1.711991790559618e-12, -8.315385841420285e-13,
)  # fmt: skip
LOG_16 = (2.772588722239781, 9.276187255385198e-17)  # in two parts
LOG_ROOT_2_PI = (0.9189385332046728, -3.8782941580672414e-17)
WHOLE = 2.0**52  # floats from here on are whole numbers
LARGEST_ORDER = 170  # of polygamma: the factorial of the next one is beyond the range of floats


def _series(coefficients: tuple[float, ...], w: float) -> float:
    """Return c1*w + c2*w**2 + ..."""
    total = 0.0
    for c in reversed(coefficients):
        total = (total + c) * w
    return total


def _product_rest(a: float, b: float, product: float) -> float:
    """Return a*b - product, exactly: Dekker's multiplication of halves."""
    split = 134217729.0 * a
    a1 = split - (split - a)
    split = 134217729.0 * b
    b1 = split - (split - b)
    a2, b2 = a - a1, b - b1
    return ((a1 * b1 - product) + a1 * b2 + a2 * b1) + a2 * b2


def _from_whole(x: float) -> float:
    """Return x minus the whole number next to it, for x from -2**52 to 0."""
    return x + ((WHOLE - x) - WHOLE)


# --- the logarithm ---


def lgamma(x: float) -> float:
    if x != x or math.isinf(x):
        return abs(x)
    if x > 0.0:
        return _lgamma(x)
    rest = abs(_from_whole(x)) if x > -WHOLE else 0.0
    if rest == 0.0:
        return inf
    if x > -1e-17:
        return -math.log(-x)
    return -math.log(-x * math.sin(math.pi * rest) / math.pi) - _lgamma(-x)


def _lgamma(x: float) -> float:
    """lgamma for x > 0: its series at 2, shifted if x < 10, else Stirling's."""
    if x < 0.5:
        return (_series(NEAR_2, x) - math.log1p(x)) - math.log(x)
    if x < 1.35:  # nearer to 1.5, the two would cancel
        return _series(NEAR_2, x - 1.0) - math.log1p(x - 1.0)
    if x < 10.0:
        product = 1.0
        while x >= 2.5:
            x -= 1.0
            product *= x
        return _series(NEAR_2, x - 2.0) + math.log(product)
    log = math.log(x)
    if x > 1e290:
        return x * (log - 1.0)
    product, rest = (x - 0.5) * log, 1.0 / x
    terms = (product, _product_rest(x - 0.5, log, product), -x, *LOG_ROOT_2_PI, _series(STIRLING, rest * rest) * x)
    return ieee.sum(*terms)


# --- its first derivative ---


def digamma(x: float) -> float:
    if x > 0.0:
        return _digamma(x)
    if not -WHOLE < x < 0.0:
        return ieee.div(-1.0, x) if x == 0.0 else nan
    rest = _from_whole(x)
    if rest == 0.0:
        return nan
    return ieee.sum(-1.0 / rest, _digamma(1.0 + rest), -_digamma(1.0 - rest), _digamma(1.0 - x))


def _digamma(x: float) -> float:
    """digamma for x > 0: its series for large numbers, shifted if x < 16."""
    if x < 1e-17:
        return -1.0 / x
    terms = []
    if x < 16.5:
        whole = math.floor(x + 0.5)
        part = x - whole
        terms = [*LOG_16, math.log1p(part / 16.0)]
        for i in range(whole, 16):  # 1/(i + part), in two parts
            y = i + part
            quotient = 1.0 / y
            product = quotient * y
            error = _product_rest(quotient, y, product) + quotient * (part - (y - i))
            terms += [-quotient, -((1.0 - product) - error) * quotient]
        y = 16.0 + part
    else:
        y = x
        terms = [math.log(x)]
    return ieee.sum(*terms, -0.5 / y, -_series(SLOPES, 1.0 / (y * y)))


# --- the others ---


def polygamma(n: float, x: float) -> float:
    if not 0.0 <= n <= LARGEST_ORDER or n != math.floor(n) or x != x:
        return nan
    if n == 0.0:
        return digamma(x)
    sign = 1.0 if n % 2.0 == 1.0 else -1.0
    if x > 0.0:
        return sign * _polygamma(n, x)
    if x == 0.0:
        return sign * _term(n, x)
    rest = _from_whole(x) if x > -WHOLE else 0.0
    if rest == 0.0:  # a pole; both sides have the same sign for an odd n
        return inf if sign > 0.0 and x > -inf else nan
    pole = _term(n, rest)
    if math.isinf(pole):
        return sign * pole
    others = _polygamma(n, 1.0 + rest), sign * _polygamma(n, 1.0 - rest), -sign * _polygamma(n, 1.0 - x)
    return sign * ieee.sum(pole, *others)


def _polygamma(n: float, x: float) -> float:
    """The absolute value of polygamma for x > 0 and n > 0: its series for large numbers, shifted if x < 16 + n."""
    terms, y = [], x
    while y < 16.0 + n:
        terms.append(_term(n, y))
        y = x + len(terms)
    first, w, power, rest = _term(n - 1.0, y), 1.0 / (y * y), 1.0, 0.5 * n / y
    for j, b in enumerate(BERNOULLI, 1):
        power *= (n + 2 * j - 2) * (n + 2 * j - 1) / ((2 * j - 1) * (2 * j)) * w
        rest += b * power
    return ieee.sum(*terms, first, first * rest)


def _term(n: float, x: float) -> float:
    """Return n! / x**(n + 1)."""
    factorial, power = 1.0, x
    for i in range(1, int(n) + 1):
        factorial *= i
        power *= x
    if math.isfinite(power):
        return ieee.div(factorial, power)
    quotient = 1.0 / x  # the power is out of range, but the quotient may not be
    for i in range(1, int(n) + 1):
        quotient *= i / x
    return quotient
