"""Comparisons while a function is compiled: numbers of the program where no code asks for their outcome."""

from __future__ import annotations

import math
import random

import pytest

import autograd
from autograd import Value, equal, jit, less, less_equal, value_and_grad, where


def test_where_with_a_comparison_is_compiled_as_one_way():
    def f(xs):
        return autograd.sum([where((x > 0) & (x < 0.5) | (x == 2.0), x * x, -3 * x) for x in xs])

    fast, eager = jit(value_and_grad(f)), value_and_grad(f)
    rng = random.Random(0)
    for _ in range(100):
        xs = [rng.choice([rng.uniform(-1, 1), 2.0, 0.0, math.nan]) for _ in range(10)]
        (y, slopes), (expected, exact) = fast(xs), eager(xs)
        assert y == pytest.approx(expected, rel=1e-14, nan_ok=True)
        assert repr(slopes) == repr(exact)
    stats = fast.stats()
    assert (stats.recordings, stats.misses, stats.compiled) == (1, {}, 98)


def test_where_with_a_number_for_its_condition_is_compiled_as_one_way():
    fast = jit(lambda x: where(x, 1.0 + x, 2.0 * x))
    assert [fast(x) for x in (1.0, 2.0, 0.0, -0.0, math.nan)][:4] == [2.0, 3.0, 0.0, 0.0]
    assert fast.stats().recordings == 1


@pytest.mark.parametrize(
    "f",
    [
        lambda x: x > 0,
        lambda x: (x >= 1.0, x <= 1.0, x == 1.0),
        lambda x: builtin_sum([x > 0, x > 1, x == 1.0]),
        lambda x: (x > 0) * x + (x > 1),
        lambda x: 1.0 - (x < 1),
    ],
    ids=["a bool", "bools", "a count", "products", "a difference"],
)
def test_a_comparison_in_a_result_or_in_arithmetic_is_no_guard(f):
    fast = jit(f)
    for x in (0.5, 2.0, -1.0, 1.0, 0.0, math.inf, math.nan, -2.0):
        assert repr(fast(x)) == repr(f(x))
    assert fast.stats().recordings == 1


builtin_sum = sum


@pytest.mark.parametrize(
    "f",
    [
        lambda x: 1.0 * x if x > 0 else 2.0 * x,
        lambda x: 1.0 * x if not x > 0 else 2.0 * x,
        lambda x: [x, 2 * x][x > 0],
        lambda x: {True: x, False: 2 * x}[x > 0],
        lambda x: x if (x > 0) is True else 2 * x,
        lambda x: x if (x > 0) is not False else 2 * x,
        lambda x: x if x != 0.5 else 2 * x,
        lambda x: f"{x > 0}"[0] == "T" and x or 2 * x,
        lambda x: 3 * x if isinstance(x > 0, bool) and x > 0 and x < 1 else x,
        lambda x: x * (True & (x > 0)),
        lambda x: x * (not (x > 0) ^ (x > 1)),
    ],
)
def test_code_that_asks_for_the_outcome_has_a_way_for_each(f):
    fast = jit(f)
    for x in (0.5, 2.0, -1.0, 1.0, 0.5, 2.0, -1.0, 0.25, -3.0, 5.0):
        assert fast(x) == f(x)


def test_a_condition_that_nobody_uses_costs_nothing():
    def f(x):
        x > 0  # a comparison without use
        return 2 * x

    fast = jit(f)
    assert [fast(x) for x in (1.0, -1.0, 2.0)] == [2.0, -2.0, 4.0]
    assert fast.stats().recordings == 1


def test_comparisons_are_operations_whose_derivative_is_0():
    x = Value(2.0)
    assert [less(x, 3.0).data, less_equal(x, 1.0).data, equal(x, 2.0).data] == [1.0, 0.0, 1.0]
    less(x, 3.0).backward()
    assert x.grad == 0.0
    assert less(1.0, 2.0) == 1.0
