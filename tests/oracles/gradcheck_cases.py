"""Functions that are hard for a derivative check, with their exact derivatives, and wrong derivatives to plant in them.

Six kinds make f noisy compared with its change, and one is a control:

    huge      sin and the like at 1e3 to 1e9: the rounding of the argument is most of the noise
    offset    g(x) + c with c up to 1e10
    cancel    (g(x) + c) - c, sqrt(g**2 + c**2) - c and the like: the noise is larger than the rounding of f
    scales    terms and inputs of 1e-8 with terms and inputs of 1e8
    steep     sigmoid(k*(x - c)), tanh and the like, with k up to 1e6, in the transition and outside
    kink      abs, relu, maximum, leaky relu at 1e-5 to 1e-3 from the kink
    ordinary  compositions at ordinary points

A formula is written once, for a library `m` of functions: `autograd` for numbers and Values, `Exact` for mpmath.
`measure_gradcheck.py` runs the check over thousands of them, `test_gradcheck_fuzz.py` over some.
"""

from __future__ import annotations

import math
import random
from collections.abc import Callable, Iterator, Sequence
from functools import cached_property
from typing import Any

from mpmath import mp, mpf

import autograd
from autograd import grad, primitive

__all__ = ["KINDS", "Case", "cases"]

Formula = Callable[..., Any]  # of a library and the inputs


class Exact:
    """The functions of the formulas, for mpmath numbers."""

    sin, cos, exp, log, sqrt, tanh, atan, sinh = mp.sin, mp.cos, mp.exp, mp.log, mp.sqrt, mp.tanh, mp.atan, mp.sinh
    abs = staticmethod(abs)
    maximum = staticmethod(lambda a, b: max(a, b))
    relu = staticmethod(lambda a: max(a, mpf(0)))
    leaky_relu = staticmethod(lambda a: a if a > 0 else mpf(0.01) * a)
    sigmoid = staticmethod(lambda a: 1 / (1 + mp.exp(-a)))
    softplus = staticmethod(lambda a: mp.log(1 + mp.exp(a)))


class Case:
    """A function at a point.

    Attributes:
        kind: one of KINDS.
        f: the formula.
        xs: the inputs, floats.
        mistakes: formulas whose derivative by the first input is taken for that of f: one without a term, one without
            the inner factor of the chain rule, the line of the other side of a kink.
    """

    def __init__(self, kind: str, f: Formula, xs: Sequence[float], mistakes: dict[str, Formula] | None = None) -> None:
        self.kind, self.f, self.xs, self.mistakes = kind, f, tuple(xs), mistakes or {}

    def exact(self, *xs: Any) -> Any:
        """The value with 60 digits."""
        with mp.workdps(60):
            return self.f(Exact, *map(mpf, xs or self.xs))

    def slope(self, i: int, formula: Formula | None = None) -> float:
        """The derivative by input i: a quotient of differences so small, with 120 digits, that 40 of them are right."""
        formula = formula or self.f
        with mp.workdps(120):
            at = [mpf(x) for x in self.xs]
            h = mpf(10) ** -45 * (abs(at[i]) or 1)
            up, down = [[x + s * h if k == i else x for k, x in enumerate(at)] for s in (1, -1)]
            return float((formula(Exact, *up) - formula(Exact, *down)) / (2 * h))

    @cached_property
    def slopes(self) -> list[float]:
        """The exact derivatives, rounded."""
        return [self.slope(i) for i in range(len(self.xs))]

    def plain(self, *xs: Any) -> Any:
        """f of numbers or Values, as a user would write it."""
        return self.f(autograd, *xs)

    def is_exact(self) -> bool:
        """Whether the package's derivatives are the exact ones up to rounding, and all numbers are finite.

        Else the rounding of an argument, as of x + y beside x = 1e9, changes the derivative itself: nobody can say
        whether the exact one is right for the f that is computed.
        """
        if not math.isfinite(self.plain(*self.xs)) or not all(map(math.isfinite, self.slopes)):
            return False
        found = grad(self.plain, tuple(range(len(self.xs))))(*self.xs)
        return all(abs(a - b) <= 1e-10 + 1e-8 * abs(b) for a, b in zip(found, self.slopes, strict=True))

    def with_slopes(self, slopes: Sequence[float]) -> Callable[..., Any]:
        """f as one operation, with these derivatives."""
        planted = primitive("planted", self.plain, [lambda y, *xs, s=s: s for s in slopes])
        return lambda *xs: planted(*xs)

    def wrong(self) -> Iterator[tuple[str, float, Callable[..., Any]]]:
        """Each mistake: its name, the relative error of the derivative by the first input, and f with it."""
        right = self.slopes[0]
        planted = {
            "sign": -right,
            "factor 2": 2 * right,
            "zero": 0.0,
            "plus 1 %": 1.01 * right,
            "plus 1e-3": 1.001 * right,
            "plus 1e-4": 1.0001 * right,
            "plus 1e-5": 1.00001 * right,
            "added 1e-3": right + 1e-3,
        }
        planted |= {name: self.slope(0, formula) for name, formula in self.mistakes.items()}
        for name, slope in planted.items():
            error = abs(slope - right) / max(abs(slope), abs(right), 1e-300)
            if error >= 5e-6:
                yield name, error, self.with_slopes([slope, *self.slopes[1:]])

    @cached_property
    def visible(self) -> float:
        """The smallest absolute error of the derivative by the first input that differences of f can show at all.

        The smallest over all steps of the error of an exact difference, extrapolated once, plus the error that the
        rounding of f makes in it: measured, as the largest difference between f and the exact f at points near by.
        """
        x, rest = self.xs[0], self.xs[1:]
        scale = abs(x) or 1.0

        def at(t: float) -> Any:
            return self.exact(t, *rest)

        rng = random.Random(0)
        near = [x + scale * rng.uniform(-r, r) for r in (1e-9, 1e-3) for _ in range(10)]
        noise = max(abs(float(self.plain(t, *rest) - at(t))) for t in near)
        best = math.inf
        for k in range(2, 36):
            h = scale * 2.0**-k
            with mp.workdps(60):
                fine, coarse = ((at(x + s) - at(x - s)) / (mpf(x + s) - mpf(x - s)) for s in (h, 2 * h))
                best = min(best, float(abs((4 * fine - coarse) / 3 - self.slopes[0])) + noise / h)
        return best


# --- formulas ---

SMOOTH: dict[str, Formula] = {
    "sin": lambda m, x: m.sin(x),
    "cos": lambda m, x: m.cos(x),
    "tanh": lambda m, x: m.tanh(x),
    "sigmoid": lambda m, x: m.sigmoid(x),
    "atan": lambda m, x: m.atan(x),
    "softplus": lambda m, x: m.softplus(x),
    "exp(sin)": lambda m, x: m.exp(m.sin(x)),
    "log(x^2+1)": lambda m, x: m.log(x * x + 1),
    "sqrt(x^2+1)": lambda m, x: m.sqrt(x * x + 1),
    "x^3": lambda m, x: x**3,
    "1/(x^2+1)": lambda m, x: 1 / (x * x + 1),
    "x/3": lambda m, x: x / 3,
    "x*sin": lambda m, x: x * m.sin(x),
}
PERIODIC = ("sin", "cos", "exp(sin)", "x*sin")
STEEP = ("sigmoid", "tanh", "atan", "softplus")


def ten(rng: random.Random, low: float, high: float) -> float:
    """A number of any size from 10**low to 10**high."""
    return float(10 ** rng.uniform(low, high))


def sign(rng: random.Random) -> int:
    return rng.choice((-1, 1))


def smooth(rng: random.Random, names: Sequence[str] = tuple(SMOOTH)) -> Formula:
    return SMOOTH[rng.choice(names)]


def huge(rng: random.Random) -> Case:
    g, x, k, a = smooth(rng, PERIODIC), sign(rng) * ten(rng, 3, 9), rng.uniform(0.1, 5), rng.uniform(-2, 2)
    form = rng.randrange(4)
    if form == 0:
        return Case("huge", g, [x])
    if form == 1:
        return Case("huge", lambda m, x: g(m, k * x), [x], {"inner dropped": lambda m, x: g(m, k * x) / k})
    if form == 2:
        h = smooth(rng, PERIODIC)
        return Case("huge", lambda m, x: g(m, x) + a * h(m, k * x), [x], {"term missing": g})
    return Case("huge", lambda m, x, y: g(m, x + y) * y, [x, rng.uniform(0.5, 2)])


def offset(rng: random.Random) -> Case:
    g, h, k, x = smooth(rng), smooth(rng), rng.uniform(0.2, 3), rng.uniform(-2, 2)
    c = sign(rng) * ten(rng, 3, 10)
    if rng.random() < 0.5:
        return Case("offset", lambda m, x: g(m, x) + c, [x])
    return Case(
        "offset",
        lambda m, x: g(m, x) + c + h(m, k * x),
        [x],
        {"term missing": g, "inner dropped": lambda m, x: g(m, x) + h(m, k * x) / k},
    )


def cancel(rng: random.Random) -> Case:
    g, x, c = smooth(rng), rng.uniform(-2, 2), ten(rng, 2, 10)
    small = ten(rng, 1, 4)
    form = rng.randrange(5)
    if form == 0:
        return Case("cancel", lambda m, x: (x + c) - c, [x])
    if form == 1:
        return Case("cancel", lambda m, x: (g(m, x) + c) - c, [x])
    if form == 2:
        return Case("cancel", lambda m, x: m.sqrt(g(m, x) ** 2 + small * small) - small, [x])
    if form == 3:
        return Case("cancel", lambda m, x: (x + small) ** 2 - small * small - 2 * small * x, [x])
    return Case("cancel", lambda m, x: (g(m, x) * c + c) / c - 1, [x])


def scales(rng: random.Random) -> Case:
    g, h = smooth(rng), smooth(rng)
    a, b = ten(rng, -8, 8), ten(rng, -8, 8)
    s, t = ten(rng, -8, 8), ten(rng, -8, 8)
    x, y = s * rng.uniform(-2, 2), t * rng.uniform(-2, 2)
    form = rng.randrange(3)
    if form == 0:
        return Case("scales", lambda m, x: a * g(m, x / s), [x], {"inner dropped": lambda m, x: a * s * g(m, x / s)})
    if form == 1:
        return Case("scales", lambda m, x, y: a * g(m, x / s) + b * h(m, y / t), [x, y])
    return Case("scales", lambda m, x, y: g(m, x / s) * h(m, y / t) + a, [x, y])


def steep(rng: random.Random) -> Case:
    g, k, c, d = smooth(rng, STEEP), ten(rng, 2, 6), rng.uniform(-1, 1), rng.uniform(-2, 2)
    x = c + (rng.uniform(-8, 8) / k if rng.random() < 0.75 else rng.uniform(-1, 1))
    form = rng.randrange(3)
    if form == 0:
        f: Formula = lambda m, x: g(m, k * (x - c))  # noqa: E731
        return Case("steep", f, [x], {"inner dropped": lambda m, x: f(m, x) / k})
    if form == 1:
        return Case("steep", lambda m, x: g(m, k * (x - c)) * m.sin(x), [x])
    h = smooth(rng)
    return Case("steep", lambda m, x: g(m, k * (x - c)) + d * h(m, x), [x], {"term missing": lambda m, x: d * h(m, x)})


def kink(rng: random.Random) -> Case:
    g, k, away = smooth(rng), rng.uniform(0.3, 3), sign(rng) * ten(rng, -5, -3)
    c, a, b = rng.uniform(-2, 2) * rng.choice((1, 1, 100)), rng.uniform(-2, 2), rng.choice((0.0, 0.0, 1e3, 1e6))
    bend: Callable[[Any, Any], Any] = [
        lambda m, u: m.abs(u),
        lambda m, u: m.relu(u),
        lambda m, u: m.leaky_relu(u),
        lambda m, u: m.maximum(u, 2 * u),
        lambda m, u: m.relu(u) ** 2 + m.relu(-u),
    ][rng.randrange(5)]

    def f(m: Any, x: Any) -> Any:
        return bend(m, k * (x - c)) * a + g(m, x) + b

    def other(m: Any, x: Any) -> Any:  # as f, but on the line of the other side
        u = k * (x - c)
        sample = 1e-9 * (-1 if away > 0 else 1)
        slope = (bend(m, mpf(sample)) - bend(m, mpf(sample) / 2)) / (mpf(sample) / 2)
        return slope * u * a + g(m, x) + b

    return Case("kink", f, [c + away], {"the other side": other, "term missing": g})


def ordinary(rng: random.Random) -> Case:
    g, h, j, k, a = smooth(rng), smooth(rng), smooth(rng), rng.uniform(0.2, 3), rng.uniform(-2, 2)
    x, y = rng.uniform(-2, 2), rng.uniform(-2, 2)
    form = rng.randrange(4)
    if form == 0:
        return Case("ordinary", lambda m, x: g(m, h(m, x)), [x])
    if form == 1:
        inner: Formula = lambda m, x: g(m, k * x)  # noqa: E731
        return Case("ordinary", inner, [x], {"inner dropped": lambda m, x: inner(m, x) / k})
    if form == 2:
        return Case("ordinary", lambda m, x: g(m, x) + a * h(m, j(m, x)), [x], {"term missing": g})
    return Case("ordinary", lambda m, x, y: g(m, x * y) * h(m, y) + a * j(m, x), [x, y])


KINDS: dict[str, Callable[[random.Random], Case]] = {
    "huge": huge,
    "offset": offset,
    "cancel": cancel,
    "scales": scales,
    "steep": steep,
    "kink": kink,
    "ordinary": ordinary,
}


def cases(seed: int, count: int, kinds: Sequence[str] = tuple(KINDS)) -> Iterator[Case]:
    """`count` cases, of each kind in turn; the same ones for the same seed."""
    rng = random.Random(seed)
    made = 0
    while made < count:
        case = KINDS[kinds[made % len(kinds)]](rng)
        if case.is_exact():
            made += 1
            yield case
