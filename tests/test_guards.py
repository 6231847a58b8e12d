"""Programs whose way depends on their numbers: whatever they are called with, compiled code gives no wrong answer."""

import math
import random

import pytest

import autograd
from autograd import Value, jit, value_and_grad

CORNERS = [0.0, -0.0, 1.0, -1.0, 0.5, 2.0, 3.0]


def number(x):
    return x.data if isinstance(x, Value) else x


def newton(xs):
    a, x = abs(xs[0]) + 0.1, abs(xs[1]) + 1.0
    while abs(x * x - a) > 1e-9 * a:
        x = 0.5 * (x + a / x)
    return x


def bisection(xs):
    low, high, aim = -4.0, 4.0, xs[0] * 0.5
    for _ in range(6):
        middle = 0.5 * (low + high)
        if middle * middle * middle < aim:
            low = middle
        else:
            high = middle
    return 0.5 * (low + high) * xs[1]


def sorting(xs):
    ordered = sorted(xs[:3])
    return ordered[0] + 2.0 * ordered[1] + 3.0 * ordered[2] * xs[3]


def insertion(xs):
    found = []
    for x in xs:
        i = 0
        while i < len(found) and found[i] < x:
            i += 1
        found.insert(i, x)
    return found[1] * found[1] - found[2]


def largest_by_comparison(xs):
    best = xs[0]
    for x in xs[1:]:
        if x > best:
            best = x
    return best * best


def argmin_by_loop(xs):
    at = 0
    for i, x in enumerate(xs):
        if x < xs[at]:
            at = i
    return xs[at] * (at + 1) + xs[0]


def relu_by_if(xs):
    total = 0.0
    for w, x in zip((0.5, -1.0, 2.0, 1.5), xs, strict=True):
        z = w * x + xs[0]
        total = total + (z if z > 0 else 0.0 * z)
    return total


def builtin_extremes(xs):
    return max(xs) * 3.0 - min(xs[0], xs[1], -0.5)


def a_read(xs):
    return xs[0] * (1.0 if round(number(xs[1])) % 2 == 0 else -1.0) + xs[2]


def a_read_of_many(xs):
    return xs[0] * number(xs[1])


def early_return(xs):
    for i, x in enumerate(xs):
        if x > i:
            return x * i + xs[0]
    return xs[3]


def recursion(xs):
    def half(a, b):
        return b if abs(a) < 0.5 else half(a * 0.5, a + b)

    return half(xs[0], xs[1])


def logic(xs):
    a, b, c, d = xs
    if (a > b and not c < d) or a == b:
        return (a and a * c) or d
    return b - a if a != 0.0 and -1.0 <= c < 2.0 else autograd.sin(d)


def steps_of_size(xs):
    x, n = xs[0], 0
    while abs(x) > 1.0 and n < 5:
        x, n = x * 0.5 if x > 0 else x + 1.5, n + 1
    return x * n + xs[1]


def chosen(xs):
    positive = xs[0] > 0.0
    y = autograd.where(positive, xs[1] * xs[1], xs[2])
    return y + xs[3] * positive if y < 4.0 else y - xs[3]


def piecewise(xs):
    x = xs[0]
    if x <= -1.0:
        return -x * xs[1]
    if x < 1.0:
        return x * x * xs[1]
    return math.e * x if x < 3.0 else xs[1]


PROGRAMS = [
    newton, bisection, sorting, insertion, largest_by_comparison, argmin_by_loop, relu_by_if, builtin_extremes, a_read,
    a_read_of_many, early_return, recursion, logic, steps_of_size, chosen, piecewise,
]  # fmt: skip


def same(a, b):
    return a == b or (a != a and b != b)


def close(a, b):
    return all(same(x, y) or abs(x - y) <= 1e-12 * max(abs(x), abs(y), 1.0) for x, y in zip(a, b, strict=True))


def compare(f, calls, **options):
    """Call a function and its gradient compiled and as they are; return how often compiled code ran."""
    rng, compiled, slopes = random.Random(f.__name__), jit(f, **options), jit(value_and_grad(f), **options)
    eager = value_and_grad(f)
    for i in range(calls):
        xs = [rng.choice(CORNERS) if rng.random() < 0.2 else rng.uniform(-4.0, 4.0) for _ in range(4)]
        assert same(compiled(xs), f(xs)), xs
        if i % 4 == 0:
            (value, gradient), (expected, exact) = slopes(xs), eager(xs)
            assert same(value, expected) and close(gradient, exact), xs
    return compiled.stats().compiled + slopes.stats().compiled


@pytest.mark.parametrize("f", PROGRAMS, ids=lambda f: f.__name__)
def test_no_call_of_ten_thousand_gives_a_wrong_answer(f):
    compare(f, 10_000)


@pytest.mark.parametrize("backend", ["numpy", "c"])
@pytest.mark.parametrize("f", [largest_by_comparison, early_return, chosen], ids=lambda f: f.__name__)
def test_guards_of_loop_nests_give_no_wrong_answer(f, backend):
    assert compare(f, 60, backend=backend) > 10


def test_ways_that_were_recorded_are_taken_and_not_recorded_again():
    compiled, rng = jit(steps_of_size), random.Random(0)
    for _ in range(3000):
        xs = [rng.uniform(-4.0, 4.0) for _ in range(4)]
        assert same(compiled(xs), steps_of_size(xs))
    stats = compiled.stats()
    assert stats.recordings < 20 and stats.compiled > 2900 and not stats.reasons


def test_a_way_that_raises_an_error_raises_it_whenever_it_is_gone():
    def checked(xs):
        if xs[0] < 0.0:
            raise ValueError("negative")
        return xs[0] * xs[1]

    compiled = jit(checked)
    for x in (1.0, 2.0, 3.0, -1.0, 4.0, -2.0, 5.0):
        if x < 0.0:
            with pytest.raises(ValueError, match="negative"):
                compiled([x, 2.0])
        else:
            assert compiled([x, 2.0]) == 2.0 * x
