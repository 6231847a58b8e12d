"""Sums and products over many numbers, a mixture of normal distributions, and functions that take less than a call."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any

import numpy

import autograd
from autograd import exp, logsumexp, relu, sigmoid, value_and_grad

from . import engines
from .timing import Comparison

__all__ = ["four_floats", "gmm", "odd_even", "product", "rosenbrock_100", "rosenbrock_10000"]


# --- Rosenbrock ---


def rosenbrock_loss(x: Any) -> Any:
    total = 0.0
    for i in range(len(x) - 1):
        total = total + 100.0 * (x[i + 1] - x[i] ** 2) ** 2 + (1.0 - x[i]) ** 2
    return total


def rosenbrock_of_arrays(engine: Any, x: Any) -> Any:
    return (100.0 * (x[1:] - x[:-1] ** 2) ** 2 + (1.0 - x[:-1]) ** 2).sum()


ROSENBROCK_C = """
double f(const double *restrict x, double *restrict g) {
    enum { N = %d };
    double y = 0;
    for (int i = 0; i < N; i++) g[i] = 0;
    for (int i = 0; i < N - 1; i++) {
        const double a = x[i + 1] - x[i]*x[i], b = 1 - x[i];
        y += 100*a*a + b*b;
        g[i + 1] += 200*a; g[i] += -400*a*x[i] - 2*b;
    }
    return y;
}
"""


def rosenbrock_by_numpy(x: Any) -> Callable[[], Any]:
    def call() -> Any:
        a, b = x[1:] - x[:-1] ** 2, 1.0 - x[:-1]
        gradient = numpy.zeros_like(x)
        gradient[1:] = 200.0 * a
        gradient[:-1] -= 400.0 * a * x[:-1] + 2.0 * b
        return 100.0 * (a @ a) + b @ b, gradient

    return call


def rosenbrock_by_casadi(x: Any) -> Callable[[], Any]:
    import casadi

    kind = casadi.SX if len(x) <= 1000 else casadi.MX
    s = kind.sym("x", len(x))
    value = casadi.sum1(100.0 * (s[1:] - s[:-1] ** 2) ** 2 + (1.0 - s[:-1]) ** 2)
    return engines.casadi_function(casadi.Function("whole", [s], [value, casadi.gradient(value, s)]), x)


def rosenbrock(options: Any, count: int, targets: dict[str, float]) -> Comparison:
    x = numpy.random.default_rng(1).uniform(-1.0, 1.0, count)
    found = Comparison(f"Rosenbrock, {count:,} numbers", targets, quick=options.quick)
    found.add("autograd", lambda: options.compiled(value_and_grad(rosenbrock_loss), x))
    found.add("jax", lambda: engines.Jax().gradient(rosenbrock_of_arrays, x))
    found.add("torch", lambda: engines.Torch().gradient(rosenbrock_of_arrays, x))
    found.add("NumPy by hand", lambda: rosenbrock_by_numpy(x))
    text = ROSENBROCK_C % count
    found.add("C by hand", lambda: engines.c_function(text, x, count))
    found.add("C by hand, in C", lambda: engines.c_function(text, x, count, repeat=100), times=100)
    found.add("casadi, gcc", lambda: rosenbrock_by_casadi(x))
    if not options.quick:
        found.add("xad", lambda: engines.xad_function(rosenbrock_loss, x))
    return found


def rosenbrock_100(options: Any) -> Comparison:
    return rosenbrock(options, 100, {"jax": 1 / 4, "C by hand": 4})


def rosenbrock_10000(options: Any) -> Comparison:
    return rosenbrock(options, 10_000, {"jax": 1 / 2, "C by hand": 4})


# --- a product ---


def product_loss(x: Any) -> Any:
    total = 1.0
    for xi in x:
        total = total * xi
    return total


def product_of_arrays(engine: Any, x: Any) -> Any:
    return x.prod()


PRODUCT_C = """
double f(const double *restrict x, double *restrict g) {
    enum { N = 1000 };
    double y = 1, d = 1;
    for (int i = 0; i < N; i++) { g[i] = y; y *= x[i]; }
    for (int i = N - 1; i >= 0; i--) { g[i] *= d; d *= x[i]; }
    return y;
}
"""


def product_by_casadi(x: Any) -> Callable[[], Any]:
    import casadi

    s = casadi.SX.sym("x", len(x))
    value = product_loss([s[i] for i in range(len(x))])
    return engines.casadi_function(casadi.Function("whole", [s], [value, casadi.gradient(value, s)]), x)


def product(options: Any) -> Comparison:
    x = numpy.random.default_rng(1).uniform(0.8, 1.25, 1000)
    found = Comparison("product of 1000 numbers", {"C by hand": 4}, quick=options.quick)
    found.add("autograd", lambda: options.compiled(value_and_grad(product_loss), x))
    found.add("jax", lambda: engines.Jax().gradient(product_of_arrays, x))
    found.add("torch", lambda: engines.Torch().gradient(product_of_arrays, x))
    found.add("C by hand", lambda: engines.c_function(PRODUCT_C, x, 1000))
    found.add("C by hand, in C", lambda: engines.c_function(PRODUCT_C, x, 1000, repeat=100), times=100)
    if not options.quick:
        found.add("casadi, gcc", lambda: product_by_casadi(x))
        found.add("xad", lambda: engines.xad_function(product_loss, x))
    return found


# --- a mixture ---


def gmm_loss(weights: Any, means: Any, factors: Any, points: Any) -> Any:
    """The log-likelihood of a mixture; a row of `factors` has the logs of a diagonal, then the triangle below it."""
    d = len(means[0])
    diagonals = [[exp(c) for c in row[:d]] for row in factors]
    scales = [w + autograd.sum(row[:d]) for w, row in zip(weights, factors)]
    total = []
    for x in points:
        terms = []
        for mean, diagonal, row, scale in zip(means, diagonals, factors, scales):
            centred, square, at = [xi - m for xi, m in zip(x, mean)], 0.0, d
            for i in range(d):
                s = diagonal[i] * centred[i]
                for j in range(i):
                    s = s + row[at] * centred[j]
                    at += 1
                square = square + s * s
            terms.append(scale - 0.5 * square)
        total.append(logsumexp(terms))
    return autograd.sum(total) - len(points) * logsumexp(list(weights))


def gmm_of_arrays(engine: Any, parameters: Any, points: Any) -> Any:
    weights, means, factors = parameters
    diagonal, centred = engine.exp(factors[:, :2]), points[:, None] - means[None]
    a = diagonal[:, 0] * centred[..., 0]
    b = diagonal[:, 1] * centred[..., 1] + factors[:, 2] * centred[..., 0]
    terms = weights + factors[:, :2].sum(1) - 0.5 * (a * a + b * b)
    return engine.norm(terms).sum() - len(points) * engine.norm(weights)


def gmm_by_casadi(weights: Any, means: Any, factors: Any, points: Any) -> Callable[[], Any]:
    """casadi: the term of one point and its gradient, mapped over the points and compiled."""
    import casadi

    flat = numpy.concatenate([weights, means.ravel(), factors.ravel()])
    k = len(weights)
    p, x = casadi.SX.sym("p", len(flat)), casadi.SX.sym("x", 2)
    terms = []
    for i in range(k):
        mean, row = p[k + 2 * i : k + 2 * i + 2], p[3 * k + 3 * i : 3 * k + 3 * i + 3]
        u, v = x[0] - mean[0], x[1] - mean[1]
        a, b = casadi.exp(row[0]) * u, casadi.exp(row[1]) * v + row[2] * u
        terms.append(p[i] + row[0] + row[1] - 0.5 * (a * a + b * b))
    value = casadi.logsumexp(casadi.vertcat(*terms)) - casadi.logsumexp(p[:k])
    one = casadi.Function("one", [p, x], [value, casadi.gradient(value, p)])
    whole = one.map("whole", "serial", len(points), [0], [0, 1])
    return engines.casadi_function(whole, flat, points.T)


def gmm(options: Any) -> Comparison:
    rng = numpy.random.default_rng(1)
    weights, means, factors = rng.normal(size=5), rng.normal(size=(5, 2)), rng.normal(size=(5, 3))
    points = rng.normal(size=(1000, 2))

    def ours() -> Callable[[], Any]:
        return options.compiled(value_and_grad(gmm_loss, (0, 1, 2)), weights, means, factors, points)

    found = Comparison("mixture of 5 in 2 dimensions, 1000 points", {"jax": 1}, quick=options.quick)
    found.add("autograd", ours)
    found.add("jax", lambda: engines.Jax().gradient(gmm_of_arrays, [weights, means, factors], points))
    found.add("torch", lambda: engines.Torch().gradient(gmm_of_arrays, [weights, means, factors], points))
    found.add("casadi, gcc", lambda: gmm_by_casadi(weights, means, factors, points))
    return found


# --- calls ---


def odd_even_loss(p: Any, x: Any, target: Any) -> Any:
    error = sigmoid(p[2] * relu(p[0] * x + p[1]) + p[3]) - target
    return error * error


def odd_even(options: Any) -> Comparison:
    p, x, target = [0.5, -0.25, 1.0, 0.125], 3.0, 1.0
    found = Comparison("odd or even, from a list", {"us": 2.5}, quick=options.quick)
    found.add("autograd", lambda: options.compiled(value_and_grad(odd_even_loss), p, x, target))
    found.add("eager", lambda: lambda: value_and_grad(odd_even_loss)(p, x, target))
    return found


def four_floats(options: Any) -> Comparison:
    def f(a: Any, b: Any, c: Any, d: Any) -> Any:
        return a * b + c * d

    found = Comparison("a function of 4 floats", {"us": 1.0}, quick=options.quick)
    found.add("autograd", lambda: options.compiled(f, 1.5, 2.5, 3.5, 4.5))
    found.add("plain Python", lambda: partial(f, 1.5, 2.5, 3.5, 4.5))
    return found
