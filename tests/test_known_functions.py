"""Functions that everybody differentiates, at known and random points: gradients and Hessians in closed form."""

from __future__ import annotations

import random
from collections.abc import Callable, Sequence
from math import fsum, log, prod, sqrt
from typing import Any, NamedTuple

import pytest

import autograd
from autograd import Value, grad, gradcheck, hessian, hvp, value_and_grad

Vector = list[float]
Matrix = list[list[float]]


class Known(NamedTuple):
    """A function of a list of numbers, and its derivatives in closed form."""

    f: Callable[[Sequence[Any]], Any]
    gradient: Callable[[Vector], Vector]
    hessian: Callable[[Vector], Matrix]
    size: int
    low: float = -3.0
    high: float = 3.0


# --- Rosenbrock 1960, "An automatic method for finding the greatest or least value of a function" ---


def rosenbrock(v: Sequence[Any]) -> Any:
    return sum(100 * (b - a**2) ** 2 + (1 - a) ** 2 for a, b in zip(v, v[1:], strict=False))


def rosenbrock_gradient(v: Vector) -> Vector:
    g = [0.0] * len(v)
    for i in range(len(v) - 1):
        a, b = v[i], v[i + 1]
        g[i] += -400 * a * (b - a * a) - 2 * (1 - a)
        g[i + 1] += 200 * (b - a * a)
    return g


def rosenbrock_hessian(v: Vector) -> Matrix:
    h = zeros(len(v))
    for i in range(len(v) - 1):
        a, b = v[i], v[i + 1]
        h[i][i] += 1200 * a * a - 400 * b + 2
        h[i + 1][i + 1] += 200
        h[i][i + 1] = h[i + 1][i] = -400 * a
    return h


# --- Himmelblau 1972, "Applied nonlinear programming" ---


def himmelblau(v: Sequence[Any]) -> Any:
    x, y = v
    return (x**2 + y - 11) ** 2 + (x + y**2 - 7) ** 2


def himmelblau_gradient(v: Vector) -> Vector:
    x, y = v
    p, q = x * x + y - 11, x + y * y - 7
    return [4 * x * p + 2 * q, 2 * p + 4 * y * q]


def himmelblau_hessian(v: Vector) -> Matrix:
    x, y = v
    mixed = 4 * x + 4 * y
    return [[12 * x * x + 4 * y - 42, mixed], [mixed, 12 * y * y + 4 * x - 26]]


# --- Beale 1958, "On an iterative method of finding a local minimum of a function of more than one variable" ---

BEALE = (1.5, 2.25, 2.625)


def beale(v: Sequence[Any]) -> Any:
    x, y = v
    return sum((c - x + x * y**k) ** 2 for k, c in enumerate(BEALE, 1))


def beale_gradient(v: Vector) -> Vector:
    x, y = v
    r = [c - x + x * y**k for k, c in enumerate(BEALE, 1)]
    return [
        fsum(2 * r[k - 1] * (y**k - 1) for k in (1, 2, 3)),
        fsum(2 * r[k - 1] * k * x * y ** (k - 1) for k in (1, 2, 3)),
    ]


def beale_hessian(v: Vector) -> Matrix:
    x, y = v
    r = [c - x + x * y**k for k, c in enumerate(BEALE, 1)]
    by_x = [y**k - 1 for k in (1, 2, 3)]
    by_y = [k * x * y ** (k - 1) for k in (1, 2, 3)]
    mixed = fsum(2 * (by_x[k - 1] * by_y[k - 1] + r[k - 1] * k * y ** (k - 1)) for k in (1, 2, 3))
    y_twice = [by_y[k - 1] ** 2 + r[k - 1] * k * (k - 1) * x * y ** max(k - 2, 0) for k in (1, 2, 3)]
    return [[2 * fsum(a * a for a in by_x), mixed], [mixed, 2 * fsum(y_twice)]]


# --- Speelpenning 1980, "Compiling fast partial derivatives of functions given by algorithms" ---


def speelpenning(v: Sequence[Any]) -> Any:
    result = v[0]
    for x in v[1:]:
        result = result * x
    return result


def speelpenning_gradient(v: Vector) -> Vector:
    return [prod(x for k, x in enumerate(v) if k != i) for i in range(len(v))]


def speelpenning_hessian(v: Vector) -> Matrix:
    n = range(len(v))
    return [[0.0 if i == j else prod(x for k, x in enumerate(v) if k not in (i, j)) for j in n] for i in n]


# --- Griewank 1989, "On automatic differentiation": the Helmholtz energy of a mixed fluid, with RT = 1 ---

ATTRACTION = [[1.0 / (i + j + 1) for j in range(5)] for i in range(5)]  # a Hilbert matrix: symmetric, positive definite
VOLUME = [0.01 + 0.005 * i for i in range(5)]
U, W = 1 + sqrt(2), 1 - sqrt(2)
ROOT8 = sqrt(8)


def helmholtz(x: Sequence[Any]) -> Any:
    bx = autograd.dot(VOLUME, x)
    xax = autograd.dot(x, [autograd.dot(row, x) for row in ATTRACTION])
    mixing = autograd.sum([xi * autograd.log(xi / (1 - bx)) for xi in x])
    return mixing - xax / (ROOT8 * bx) * autograd.log((1 + U * bx) / (1 + W * bx))


class _Parts(NamedTuple):
    """b'x, x'Ax, Ax and, for f = ... - x'Ax/sqrt(8) * c(b'x) with c(t) = log((1 + Ut)/(1 + Wt))/t, c and its slopes."""

    t: float
    q: float
    ax: Vector
    total: float
    c: float
    c1: float
    c2: float


def parts(x: Vector) -> _Parts:
    t = fsum(b * v for b, v in zip(VOLUME, x, strict=True))
    ax = [fsum(a * v for a, v in zip(row, x, strict=True)) for row in ATTRACTION]
    q = fsum(v * a for v, a in zip(x, ax, strict=True))
    p, r = 1 + U * t, 1 + W * t
    l0, l1, l2 = log(p / r), U / p - W / r, -((U / p) ** 2) + (W / r) ** 2
    return _Parts(t, q, ax, fsum(x), l0 / t, l1 / t - l0 / t**2, l2 / t - 2 * l1 / t**2 + 2 * l0 / t**3)


def helmholtz_gradient(x: Vector) -> Vector:
    s = parts(x)
    return [
        log(x[i] / (1 - s.t)) + 1 + s.total * VOLUME[i] / (1 - s.t)
        - (2 * s.ax[i] * s.c + s.q * s.c1 * VOLUME[i]) / ROOT8
        for i in range(len(x))
    ]  # fmt: skip


def helmholtz_hessian(x: Vector) -> Matrix:
    s, n, b, a = parts(x), range(len(x)), VOLUME, ATTRACTION
    return [
        [
            (1 / x[i] if i == j else 0.0) + (b[i] + b[j]) / (1 - s.t) + s.total * b[i] * b[j] / (1 - s.t) ** 2
            - (2 * a[i][j] * s.c + 2 * (s.ax[i] * b[j] + s.ax[j] * b[i]) * s.c1 + s.q * s.c2 * b[i] * b[j]) / ROOT8
            for j in n
        ]
        for i in n
    ]  # fmt: skip


def zeros(n: int) -> Matrix:
    return [[0.0] * n for _ in range(n)]


KNOWN = {
    "rosenbrock of 2": Known(rosenbrock, rosenbrock_gradient, rosenbrock_hessian, 2),
    "rosenbrock of 10": Known(rosenbrock, rosenbrock_gradient, rosenbrock_hessian, 10),
    "himmelblau": Known(himmelblau, himmelblau_gradient, himmelblau_hessian, 2, -5.0, 5.0),
    "beale": Known(beale, beale_gradient, beale_hessian, 2),
    "speelpenning": Known(speelpenning, speelpenning_gradient, speelpenning_hessian, 12, 0.5, 2.0),
    "prod": Known(autograd.prod, speelpenning_gradient, speelpenning_hessian, 12, 0.5, 2.0),
    "helmholtz": Known(helmholtz, helmholtz_gradient, helmholtz_hessian, 5, 0.1, 2.0),
}

every_function = pytest.mark.parametrize("known", KNOWN.values(), ids=KNOWN)


def points(known: Known, count: int = 5) -> list[Vector]:
    rng = random.Random(known.size)
    return [[rng.uniform(known.low, known.high) for _ in range(known.size)] for _ in range(count)]


def assert_close(got: Any, expected: Any) -> None:
    """To 1e-12 of the largest entry, which is what its terms round to."""
    largest = max(map(abs, expected))
    assert got == pytest.approx(expected, rel=1e-12, abs=1e-14 * largest)


@every_function
def test_the_gradient_is_the_closed_form(known: Known) -> None:
    for x in points(known):
        assert_close(grad(known.f)(x), known.gradient(x))


@every_function
def test_backward_gives_the_same_gradient(known: Known) -> None:
    for x in points(known, 2):
        values = [Value(v) for v in x]
        known.f(values).backward()
        assert [v.grad for v in values] == pytest.approx(grad(known.f)(x), rel=1e-15)


@every_function
def test_the_hessian_is_the_closed_form_and_symmetric(known: Known) -> None:
    for x in points(known, 2):
        found, expected = hessian(known.f)(x), known.hessian(x)
        for row, expected_row in zip(found, expected, strict=True):
            assert_close(row, expected_row)
        for i in range(known.size):
            assert [row[i] for row in found] == pytest.approx(found[i], rel=1e-12, abs=1e-12)


@every_function
def test_the_hessian_times_a_vector_is_the_closed_form(known: Known) -> None:
    for x in points(known, 2):
        v = points(known, 3)[-1]
        expected = [fsum(a * b for a, b in zip(row, v, strict=True)) for row in known.hessian(x)]
        assert_close(hvp(known.f, x, v), expected)


@every_function
def test_gradcheck_agrees(known: Known) -> None:
    assert gradcheck(known.f, (points(known, 1)[0],))


@pytest.mark.parametrize(
    ("f", "minimum"),
    [
        (rosenbrock, [1.0] * 10),
        (beale, [3.0, 0.5]),
        (himmelblau, [3.0, 2.0]),
        (himmelblau, [-2.805118086952745, 3.131312518250573]),
        (himmelblau, [-3.779310253377747, -3.283185991286170]),
        (himmelblau, [3.584428340330492, -1.848126526964404]),
    ],
)
def test_at_a_known_minimum_value_and_gradient_vanish_and_the_hessian_is_positive(f: Any, minimum: Vector) -> None:
    value, gradient = value_and_grad(f)(minimum)
    assert value == pytest.approx(0, abs=1e-25)
    assert gradient == pytest.approx([0.0] * len(minimum), abs=1e-12)
    assert is_positive_definite(hessian(f)(minimum))


def is_positive_definite(h: Matrix) -> bool:
    """Whether Cholesky's factorization finds a positive pivot in every column."""
    n = len(h)
    factor = zeros(n)
    for i in range(n):
        for j in range(i + 1):
            rest = h[i][j] - fsum(factor[i][k] * factor[j][k] for k in range(j))
            if i == j and rest <= 0:
                return False
            factor[i][j] = sqrt(rest) if i == j else rest / factor[j][j]
    return True


def test_speelpennings_product_telescopes_and_so_does_its_gradient() -> None:
    """ADOL-C's first example: x_i = (i + 1)/(2 + i), whose product telescopes to 1/(n + 1)."""
    n = 20
    x = [(i + 1) / (2 + i) for i in range(n)]
    value, gradient = value_and_grad(speelpenning)(x)
    assert value == pytest.approx(1 / (n + 1), rel=1e-14)
    assert gradient == pytest.approx([1 / (n + 1) / v for v in x], rel=1e-13)
