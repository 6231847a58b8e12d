"""Every back end of jit gives what the function gives, up to rounding: values, derivatives, inf and nan."""

import itertools
import math
import random

import nest_oracle
import numpy
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from random_functions import NUMBERS, bounds, exact_functions, functions
from random_nests import BUFFER, programs

import autograd
from autograd import dot, exp, floor, hessian, jit, logsumexp, maximum, mean, relu, sigmoid, tanh, value_and_grad
from autograd.compilation.c.compiler import build
from autograd.compilation.c.source import source
from autograd.primitives import TABLE
from autograd.structure import flatten

BACK_ENDS = ["python", "numpy", "c"]
QUICK = 100  # examples that are always the same, so that a rare one fails only where many are looked at
POINTS = st.integers(1, 9).flatmap(
    lambda n: st.lists(st.lists(NUMBERS, min_size=n, max_size=n), min_size=1, max_size=3)
)
WHOLE = st.lists(st.sampled_from([0.0, 0.0, 1.0, -1.0, 2.0, -2.0]), min_size=1, max_size=5)


def check(f, points, backend):
    """Compare a function and its derivatives with what is compiled, at each point several times."""
    compiled = jit(value_and_grad(f), backend=backend)
    for point in points:
        expected, expected_gradient = value_and_grad(f)(point)
        bound, slopes = bounds(f, point)
        for _ in range(3):
            value, gradient = compiled(point)
            assert agree(value, expected, bound), (value, expected, bound)
            for found, wanted, slope in zip(gradient, expected_gradient, slopes, strict=True):
                assert bound == math.inf or agree(found, wanted, slope), (gradient, expected_gradient, slopes)


def agree(a, b, bound):
    return a == b or (a != a and b != b) or bound == math.inf or abs(a - b) <= 4 * bound


@pytest.mark.parametrize(("backend", "count"), [("python", 50), ("numpy", 50), ("c", 8)])
def test_random_functions_and_their_derivatives_are_those_of_eager_runs(backend, count):
    @settings(max_examples=count, deadline=None, derandomize=count < QUICK)
    @given(functions(), POINTS)
    def run(f, points):
        check(f, points, backend)

    run()


@pytest.mark.slow
@pytest.mark.parametrize(("backend", "count"), [("python", 2000), ("numpy", 2000), ("c", 400)])
def test_thousands_of_random_functions_and_their_derivatives_are_those_of_eager_runs(backend, count):
    test_random_functions_and_their_derivatives_are_those_of_eager_runs(backend, count)


@pytest.mark.parametrize(("backend", "count"), [("python", 25), ("numpy", 25), ("c", 4)])
def test_second_derivatives_are_those_of_eager_runs_where_functions_have_kinks(backend, count):
    @settings(max_examples=count, deadline=None, derandomize=count < QUICK)
    @given(exact_functions(), WHOLE)
    def run(f, point):
        compiled, expected = jit(hessian(f), backend=backend), hessian(f)(point)
        for _ in range(3):
            for row, wanted in zip(compiled(point), expected, strict=True):
                assert all([agree(a, b, 1e-13 * abs(b)) for a, b in zip(row, wanted, strict=True)]), (row, wanted)

    run()


HANDED_ON = {
    "a comparison": lambda x, c: autograd.where(x * c > 0.5, 2.0 * x, x) + x,
    "a comparison of an extreme": lambda x, c: autograd.where(maximum(x * c, 1.0) < 2.0, 2.0 * x, x),
    "a number as a condition": lambda x, c: autograd.where(x * c, 2.0 * x, x),
    "a comparison of a whole number": lambda x, c: autograd.where(floor(x * c) > 0.5, 2.0 * x, x) + x,
    "a whole number": lambda x, c: floor(x * c) + x,
    "a quotient": lambda x, c: (x * c) // c + x,
    "the other side of a constant condition": lambda x, c: autograd.where(0.0, x * c, 2.0 * x),
    "the other side": lambda x, c: autograd.where(x > 0.0, x * c, x),
    "what is not handed on": lambda x, c: relu(-abs(x * c)) + x,
    "a bound": lambda x, c: autograd.clip(x, -1.0, x * c),
    "a remainder": lambda x, c: x % (x * c),
}


@pytest.mark.parametrize("backend", BACK_ENDS)
@pytest.mark.parametrize("name", HANDED_ON)
def test_nan_and_inf_come_from_where_they_come_from_in_eager_runs(name, backend):
    f = value_and_grad(HANDED_ON[name])
    compiled = jit(f, backend=backend)
    for x in (1.0, -1.0, 0.5):
        for _ in range(3):
            compiled(x, 2.0)
    before = compiled.stats().compiled
    for x, c in itertools.product([1.0, 0.0, -1.0, -2.0], [math.nan, math.inf, -math.inf]):
        assert all([agree(a, b, 0.0) for a, b in zip(compiled(x, c), f(x, c), strict=True)]), (x, c)
    assert compiled.stats().compiled > before


# --- programs of nests ---


@pytest.mark.parametrize("count", [10, pytest.param(400, marks=pytest.mark.slow)])
def test_random_programs_of_nests_are_the_same_in_c_and_in_plain_loops(count):
    @settings(max_examples=count, deadline=None, derandomize=count < QUICK)
    @given(programs(), st.integers(0, BUFFER), st.integers(0, BUFFER))
    def run(found, start, end):
        program, numbers = found
        seen = tuple(range(*sorted((start, end))))  # other numbers need not be stored
        program = program._replace(outputs=seen, slopes=seen, zeros=(0, 0))
        buffer, expected = numpy.array(numbers), list(numbers)
        failed = build(source(program), ["-O1"]).result().run(buffer.ctypes.data)
        assert failed == nest_oracle.run(program, expected)
        if failed < 0:
            numpy.testing.assert_array_equal(buffer[list(seen)], numpy.array(expected)[list(seen)])

    run()


# --- programs that people write ---

RNG = random.Random(1)


def uniform(*shape):
    return [uniform(*shape[1:]) for _ in range(shape[0])] if shape else RNG.uniform(-1.0, 1.0)


def network(layers, x):
    for layer in layers[:-1]:
        x = [relu(dot(w[:-1], x, w[-1])) for w in layer]
    return [dot(w[:-1], x, w[-1]) for w in layers[-1]]


def classes(layers, batch):
    return -mean([TABLE["log_softmax"](i % 3, *network(layers, x)) for i, x in enumerate(batch)])


def margins(layers, batch):
    return mean([relu(1.0 - (-1) ** i * network(layers, x)[0]) for i, x in enumerate(batch)])


def mixture(weights, means, scales, points):
    total = 0.0
    for x in points:
        terms = []
        for w, m, s in zip(weights, means, scales, strict=True):
            square = 0.0
            for a, b in zip(x, m, strict=True):
                square = square + (a - b) * (a - b)
            terms.append(w + s - 0.5 * exp(s) * square)
        total = total + logsumexp(terms)
    return total


def memory(gates, readout, sequences):
    total, units = 0.0, len(readout)
    for xs in sequences:
        h, c = [0.0] * units, [0.0] * units
        for x in xs:
            z = [dot(row[:-1], [*x, *h], row[-1]) for row in gates]
            c = [sigmoid(z[k]) * c[k] + sigmoid(z[units + k]) * tanh(z[2 * units + k]) for k in range(units)]
            h = [sigmoid(z[3 * units + k]) * tanh(c[k]) for k in range(units)]
        total = total + dot(readout, h) ** 2
    return total


def predators(p, start):
    (a, b, c, d), (x, y) = p, start
    for _ in range(100):
        u, v = x + 0.01 * (a * x - b * x * y), y + 0.01 * (d * x * y - c * y)
        x, y = x + 0.005 * (a * (x + u) - b * (x * y + u * v)), y + 0.005 * (d * (x * y + u * v) - c * (y + v))
    return x * x + y


def valley(x):
    total = 0.0
    for a, b in zip(x, x[1:], strict=False):
        total = total + (100 * (b - a**2) ** 2 + (1 - a) ** 2)
    return total


def product(x):
    total = 1.0
    for a in x:
        total = total * a
    return total


def convolution(kernel, signal):
    found = [dot(kernel, signal[i : i + len(kernel)]) for i in range(len(signal) - len(kernel) + 1)]
    return autograd.sum([maximum(a, b) ** 2 for a, b in zip(found[::2], found[1::2], strict=False)])


def attention(queries, keys, values):
    total = 0.0
    for q in queries:
        scores = [dot(q, k) / math.sqrt(len(q)) for k in keys]
        weights = [TABLE["softmax"](i, *scores) for i in range(len(scores))]
        for column in zip(*values, strict=True):
            total = total + dot(weights, list(column)) ** 2
    return total


PROGRAMS = {
    "classes": (classes, [uniform(9, 6), uniform(3, 10)], uniform(25, 5)),
    "margins": (margins, [uniform(16, 3), uniform(16, 17), uniform(1, 17)], uniform(20, 2)),
    "mixture": (mixture, uniform(4), uniform(4, 2), uniform(4), uniform(40, 2)),
    "memory": (memory, uniform(16, 3 + 4 + 1), uniform(4), uniform(3, 12, 3)),
    "predators": (predators, uniform(4), [1.0, 0.5]),
    "valley": (valley, uniform(50)),
    "product": (product, [1.0 + 0.01 * x for x in uniform(100)]),
    "convolution": (convolution, uniform(5), uniform(60)),
    "attention": (attention, uniform(7, 4), uniform(9, 4), uniform(9, 3)),
}


@pytest.mark.parametrize("backend", BACK_ENDS)
@pytest.mark.parametrize("name", PROGRAMS)
def test_programs_and_their_gradients_by_all_arguments_are_those_of_eager_runs(name, backend):
    f, *arguments = PROGRAMS[name]
    f = value_and_grad(f, tuple(range(len(arguments))))
    compiled, (expected, gradient) = jit(f, backend=backend), f(*arguments)
    for _ in range(3):
        value, found = compiled(*arguments)
    assert compiled.stats().backends == (backend,)
    assert agree(value, expected, 1e-14 * abs(expected))
    found, wanted = flatten(found, "found")[0], flatten(gradient, "wanted")[0]
    size = max(map(abs, wanted))
    assert all([agree(a, b, 1e-13 * size) for a, b in zip(found, wanted, strict=True)])
