"""Derivatives inside a compiled function: rules with branches make no guards, and every point has its derivatives."""

import itertools
import math
import random

import pytest

import autograd
from autograd import grad, hessian, hvp, jit, value_and_grad
from autograd.compilation.function import DOUBT
from autograd.primitives import TABLE

POINTS = [0.0, -0.0, 1.0, -1.0, 0.5, 2.0, -2.5, math.inf, -math.inf, math.nan, 1e-310, 1e200, -1e200, 700.0, -800.0]
INDEXED = ("polygamma", "softmax", "log_softmax", "take")  # whose first operand is a whole number
OPERATIONS = [op for op in TABLE.values() if op.name not in (*INDEXED, "pow")]


def close(a, b):
    if isinstance(a, list):
        return len(a) == len(b) and all(map(close, a, b))
    return a == b or (a != a and b != b) or abs(a - b) <= 1e-12 * max(abs(a), abs(b), 1e-290)


@pytest.mark.parametrize("op", OPERATIONS, ids=lambda op: op.name)
def test_one_recording_has_the_second_derivatives_of_an_operation_at_every_point(op):
    n = op.arity or 3
    points = list(itertools.product(POINTS, repeat=n))
    eager, compiled = hessian(lambda v: op(*v) * 1.0), jit(hessian(lambda v: op(*v) * 1.0))
    for point in points if len(points) < 50 else random.Random(0).sample(points, 50):
        assert close(compiled(list(point)), eager(list(point))), point
    stats = compiled.stats()
    assert stats.recordings == 1 and set(stats.reasons) <= {DOUBT}


PROGRAMS = {
    "relu": lambda v: autograd.relu(v[0] * v[1] - 0.5) * v[2] + autograd.relu(v[2]) ** 2,
    "abs": lambda v: abs(v[0] * v[1]) * v[2] + abs(v[2]) ** 3,
    "max": lambda v: autograd.max([v[0] * v[1], v[1] * v[2], v[2] * v[0]]) ** 2,
    "where": lambda v: autograd.where(1.0, v[0] ** 2 * v[1], v[2] ** 3) * autograd.maximum(v[0], v[1]),
    "sigmoid": lambda v: autograd.sigmoid(v[0] * v[1] * 3.0) * autograd.tanh(v[2]),
    "powers": lambda v: (v[0] * v[1]) ** 3 + v[2] ** 2,
    "logsumexp": lambda v: autograd.logsumexp([v[0] * v[1], v[1], v[2]]) ** 2,
    "normal": lambda v: autograd.norm(v) * autograd.gelu(v[0]) + autograd.clip(v[1], -0.5, 0.5) * v[2],
}


@pytest.mark.parametrize("name", PROGRAMS)
def test_one_recording_has_the_hessian_of_a_program_at_branch_points_too(name):
    f, rng = PROGRAMS[name], random.Random(1)
    eager, compiled = hessian(f), jit(hessian(f))
    for _ in range(60):
        v = [rng.choice(POINTS[:7]) if rng.random() < 0.5 else rng.uniform(-2.0, 2.0) for _ in range(3)]
        found, expected = compiled(v), eager(v)
        largest = max(abs(x) for row in expected for x in row)
        assert all(abs(a - b) <= 1e-11 * largest for a, b in zip(sum(found, []), sum(expected, []), strict=True)), v
    stats = compiled.stats()
    assert stats.recordings == 1 and stats.compiled == 58 and not stats.reasons


def test_third_derivatives_and_products_with_hessians_make_no_guards_either():
    def f(x):
        return autograd.relu(x) ** 3 * autograd.sigmoid(2.0 * x)

    third, product = jit(grad(grad(grad(f)))), jit(lambda x: hvp(lambda v: f(v[0]) * f(v[1]), [x, 1.0], [1.0, 2.0]))
    for x in (1.0, -1.0, 0.0, 0.5, 2.0, -3.0):
        assert close(third(x), grad(grad(grad(f)))(x))
        assert close(product(x), hvp(lambda v: f(v[0]) * f(v[1]), [x, 1.0], [1.0, 2.0]))
    assert third.stats().recordings == product.stats().recordings == 1


def test_an_infinite_gradient_is_not_handed_on_to_the_side_that_was_not_taken():
    def f(v):
        return autograd.sqrt(autograd.relu(v[0]) * v[1])

    compiled = jit(hessian(f))
    for v in ([1.0, 2.0], [2.0, 1.0], [0.0, 1.0], [-1.0, 1.0], [1.0, 0.0]):
        assert close(compiled(v), hessian(f)(v)), v
    assert compiled.stats().reasons == {DOUBT: 3}
    assert close(jit(hessian(f))([0.0, 1.0]), hessian(f)([0.0, 1.0]))


def test_a_comparison_of_a_derivative_that_may_be_another_one_is_not_trusted():
    def f(v):
        curvature = hessian(lambda w: autograd.sqrt(autograd.relu(w[0]) * w[1]))(v)
        return v[0] if curvature[0][1] <= 0.0 else 2.0 * v[1]

    compiled = jit(f)
    for v in ([1.0, 2.0], [2.0, 1.0], [3.0, 1.0], [0.0, 1.0], [0.0, 3.0], [-1.0, 1.0]):
        assert compiled(v) == f(v), v


def test_a_power_with_a_variable_exponent_keeps_its_guards():
    compiled = jit(hessian(lambda v: v[0] ** v[1]))
    for v in ([2.0, 3.0], [2.0, 3.0], [0.0, 2.0], [0.0, 2.0], [-1.0, 2.0], [0.0, 0.5]):
        assert close(compiled(v), hessian(lambda v: v[0] ** v[1])(v)), v
    assert compiled.stats().recordings > 1


def test_a_gradient_inside_a_gradient_is_compiled_by_the_chain_rule():
    def penalty(w):
        slope = grad(lambda x: autograd.relu(w[0] * x) ** 2 + w[1] * abs(x))(0.5)
        return slope * slope

    compiled = jit(value_and_grad(penalty))
    for w in ([1.0, 2.0], [-1.0, 2.0], [0.0, 0.5], [3.0, -1.0]):
        value, gradient = value_and_grad(penalty)(w)
        assert compiled(w)[0] == value and close(compiled(w)[1], gradient)
    assert compiled.stats().recordings == 1


@pytest.mark.parametrize("backend", ["numpy", "c"])
def test_every_back_end_chooses_the_same_side(backend):
    def f(v):
        return autograd.relu(v[0] * v[1]) ** 2 + autograd.max(v) * abs(v[2]) + autograd.sigmoid(3.0 * v[1]) * v[0]

    compiled = jit(hessian(f), backend=backend)
    for v in ([1.0, 2.0, 3.0], [-1.0, 2.0, 0.0], [0.0, 0.0, 0.0], [2.0, 2.0, -2.0], [0.5, -0.5, 0.5]):
        assert close(compiled(v), hessian(f)(v)), v
    assert compiled.stats().recordings == 1 and compiled.stats().backends == (backend,)


# --- random programs ---

UNARY = [op for op in TABLE.values() if op.arity == 1]
BINARY = [op for op in TABLE.values() if op.arity == 2 and not op.selector and op.name != "pow"]
MANY = [TABLE[name] for name in ("sum", "prod", "dot", "max", "min", "norm", "logsumexp", "clip")]
KINKS = [0.0, -0.0, 1.0, -1.0, 0.5, 2.0, -2.0, 3.0]


def random_program(rng):
    """Return a function of three numbers: operations on earlier results, powers, choices and branches."""
    steps = []
    for i in range(rng.randint(1, 6)):
        kind = rng.choice(["one", "one", "two", "two", "many", "where", "power", "constant", "if"])
        op = rng.choice({"one": UNARY, "many": MANY}.get(kind, BINARY))
        steps.append((kind, op, [rng.randrange(3 + i) for _ in range(3)], rng.choice(KINKS)))

    def f(v):
        xs = list(v)
        for kind, op, at, constant in steps:
            x, y, z = (xs[i] for i in at)
            if kind == "where":
                xs.append(autograd.where(x > constant, y, z))
            elif kind == "if":
                xs.append(x * y if x < y else z * 0.5)
            elif kind == "power":
                xs.append(x ** abs(constant))
            else:
                given = {"one": [x], "two": [x, y], "constant": [x, constant], "many": [x, y, z]}[kind]
                xs.append(op(*given))
        return xs[-1] * 1.0 + xs[len(xs) // 2]

    return f, steps


def compare_hessians(seed, programs):
    """Compare Hessians of random programs at random points and at kinks; return how often compiled code ran."""
    rng, compiled = random.Random(seed), 0
    for _ in range(programs):
        f, steps = random_program(rng)
        eager, fast = hessian(f), jit(hessian(f))
        points = [[rng.choice(KINKS) if rng.random() < 0.6 else rng.uniform(-2, 2) for _ in range(3)] for _ in range(4)]
        for point in points * 3:
            expected, found = sum(eager(point), []), sum(fast(point), [])
            finite = [abs(x) for x in expected if math.isfinite(x)]
            scale = 1e-8 * max([1e-3, *finite])
            if scale < 1e-3:  # rounding has no share in what is infinite
                assert all(
                    a == b or (a != a and b != b) or abs(a - b) <= scale for a, b in zip(found, expected, strict=True)
                ), (steps, point)
        compiled += fast.stats().compiled
    return compiled


def test_hessians_of_random_programs_are_those_of_eager_runs():
    assert compare_hessians(0, 15) > 50


@pytest.mark.slow
def test_hessians_of_many_random_programs_are_those_of_eager_runs():
    assert compare_hessians(1, 100) > 400
