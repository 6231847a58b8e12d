"""How far a float may lie from the exact answer: the contract, its exceptions, and the measure."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

from mpmath import mp, mpf

__all__ = ["EXCEPTIONS", "PARTIAL_ULPS", "VALUE_ULPS", "Exceptions", "allowed_error", "error", "ulp"]

VALUE_ULPS = 2
PARTIAL_ULPS = 4
TINIEST = mpf(2) ** -1074  # what a subnormal number is rounded to, however few digits that leaves it
OUT_OF_RANGE = mpf(2) ** 1024  # where an infinity begins

Exceptions = dict[tuple[str, str], tuple[str, Callable[..., Any]]]


def ulp(exact: Any) -> Any:
    """Return the distance of the floats around an exact number."""
    exponent = min(max(mp.mag(exact) - 53, -1074), 971) if exact else -1074
    return mpf(2) ** exponent


def error(got: float, exact: Any) -> Any:
    """Return |got - exact|, where everything that is out of range counts as the first number that is."""
    if math.isnan(got):
        return mp.inf
    number = math.copysign(1, got) * OUT_OF_RANGE if math.isinf(got) else mpf(got)
    return abs(number - min(max(exact, -OUT_OF_RANGE), OUT_OF_RANGE))


def allowed_error(name: str, what: str, exact: Any, operands: list[Any]) -> Any:
    """Return the error that the contract or, if larger, its exception allows; `what` is "value" or "d0", "d1", ..."""
    error = (VALUE_ULPS if what == "value" else PARTIAL_ULPS) * ulp(exact)
    for key in ((name, what), (name, "d" if what != "value" else "")):
        if key in EXCEPTIONS:
            error = max(error, EXCEPTIONS[key][1](exact, *operands))
    return error


def _products(*operands: Any) -> list[Any]:
    n = len(operands) // 2
    return [w * x for w, x in zip(operands[:n], operands[n : 2 * n], strict=True)]


def _digamma(y: Any, x: Any) -> Any:
    """The error of digamma: of its largest term between the poles, and next to its zero at 1.46."""
    return 4 * ulp(1 / abs(x - mp.nint(x))) if x < 0 else 5e-18 if x < 2 else 0


def _polygamma(y: Any, n: Any, x: Any) -> Any:
    """The error of polygamma: of its value, or of its largest term between the poles."""
    return (n + 3) * ulp(mp.factorial(n) / abs(x - mp.nint(x)) ** (n + 1) if x < 0 else y)


# (operation, "value" or the partial by one operand, d0, or by any of them, d): the reason, with the largest error
# that was measured over 10,000 points, and the error allowed as a function of the exact answer and the operands
EXCEPTIONS: Exceptions = {
    ("erfc", "value"): ("C's erfc: 3.4 ulp", lambda y, x: 4 * ulp(y)),
    ("tanh", "value"): ("C's tanh: 2.1 ulp", lambda y, x: 2.5 * ulp(y)),
    ("softmax", "value"): (
        "an exponential, its sum and their quotient each round: 2.1 ulp",
        lambda y, *xs: 2.5 * ulp(y),
    ),
    ("softmax", "d"): ("a product of two such probabilities: 4.2 ulp", lambda y, *xs: 5 * ulp(y)),
    ("prod", "value"): ("n - 1 products round: 6.0 ulp of 30", lambda y, *xs: len(xs) * ulp(y) / 2),
    ("prod", "d"): ("n - 2 products round: 7.2 ulp of 30", lambda y, *xs: len(xs) * ulp(y) / 2),
    ("dot", "value"): (
        "each product rounds before the sum, which rounds once",
        lambda y, *xs: ulp(y) + sum(ulp(product) for product in _products(*xs)) / 2,
    ),
    ("logsumexp", "value"): (
        "a negative largest number m and the logarithm that is added to it cancel: 1.6 ulp of the larger term",
        lambda y, *xs: 2 * ulp(max(-max(xs), y - max(xs))),
    ),
    ("logaddexp", "value"): (
        "the larger number, if negative, and the logarithm that is added to it cancel: 1.5 ulp of the larger term; the "
        "difference rounds before its exponential",
        lambda y, a, b: 2 * ulp(max(-max(a, b), y - max(a, b))) + mp.exp(-abs(a - b)) * ulp(a - b),
    ),
    ("lgamma", "value"): (
        "near 1.4 and between the poles its two terms cancel: 3.8 ulp, and 2.1 ulp of the larger term, which is a "
        "logarithm of rounded numbers",
        lambda y, x: 3 * ulp(max(1, abs(mp.loggamma(-x)), abs(y + mp.loggamma(-x)))) if x < 0 else 4 * ulp(y),
    ),
    ("lgamma", "d"): ("as digamma", _digamma),
    ("digamma", "value"): (
        "between the poles its terms cancel: 2.9 ulp of the largest; 4e-18 next to its zero at 1.46",
        _digamma,
    ),
    ("digamma", "d"): ("as polygamma for n = 1", lambda y, x: _polygamma(y, 1, x)),
    ("polygamma", "value"): (
        "n products round: 3.7 ulp for n = 4; between the poles its terms cancel: 5.5 ulp of the largest",
        _polygamma,
    ),
    ("polygamma", "d"): ("as its value for n + 1", lambda y, n, x: _polygamma(y, n + 1, x)),
    ("gelu", "d0"): (
        "around its zero at -0.75 the two terms, of 0.23, cancel: 4.8 ulp of them; "
        "below -37 the exponential has lost digits before x multiplies it",
        lambda y, x: 5 * ulp(0.23) if -1 < x < -0.5 else abs(x) * TINIEST if x < -37 else 0,
    ),
    ("silu", "d0"): (
        "around its zero at -1.28 the two terms, of 0.22, cancel: 2.1 ulp of them; "
        "below -708 the sigmoid has lost digits before x multiplies it",
        lambda y, x: 3 * ulp(0.22) if -2 < x < -1 else abs(x) * TINIEST if x < -708 else 0,
    ),
    ("mish", "d0"): (
        "around its zero at -1.19 the two terms, of 0.3, cancel: 3.5 ulp of them; "
        "below -708 the sigmoid has lost digits before x multiplies it",
        lambda y, x: 5 * ulp(0.3) if -4 < x < -0.5 else 2 * abs(x) * TINIEST if x < -708 else 0,
    ),
    ("mish", "value"): (
        "six roundings: 2.1 ulp; below -708 the exponential has lost digits before x multiplies it",
        lambda y, x: 2.5 * ulp(y) if x > -708 else abs(x) * TINIEST,
    ),
    ("sinc", "value"): ("the sine, its argument, pi*x and their quotient each round: 2.5 ulp", lambda y, x: 3 * ulp(y)),
    ("sinc", "d0"): (
        "beyond 1/2 the two terms, of 1/x, cancel around every zero: 1.8 ulp of them",
        lambda y, x: 2.5 * ulp(1 / max(1, abs(x))),
    ),
    ("gelu", "value"): (
        "C's erfc: 3.6 ulp; below -37 it has lost digits before x multiplies it",
        lambda y, x: 4 * ulp(y) if x > -37 else abs(x) * TINIEST,
    ),
    ("silu", "value"): ("below -708 the sigmoid has lost digits before x multiplies it", lambda y, x: abs(x) * TINIEST),
    ("div", "d1"): ("a subnormal a/b has lost digits before b divides it", lambda y, a, b: TINIEST / abs(b)),
    ("hypot", "d"): ("a subnormal hypot has lost digits", lambda y, a, b: TINIEST / mp.hypot(a, b)),
    ("norm", "d"): ("a subnormal norm has lost digits", lambda y, *xs: TINIEST / (mp.norm(xs) or 1)),
    ("pow", "d0"): ("a subnormal x**(n - 1) has lost digits before n multiplies it", lambda y, x, n: abs(n) * TINIEST),
    ("pow", "d1"): (
        "a subnormal x**n has lost digits before log(x) multiplies it",
        lambda y, x, n: abs(mp.log(x)) * TINIEST if x else 0,
    ),
}
