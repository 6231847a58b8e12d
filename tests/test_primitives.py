"""Every operation of the table: its value and its derivatives, against exact arithmetic, IEEE-754 and PyTorch.

The list of operations is the table's own, so one that is added without an oracle in `oracles/exact.py` fails here.
"""

from __future__ import annotations

import math
import operator
import random
import sys
import warnings
from collections.abc import Callable, Iterator
from itertools import islice, product
from types import FrameType
from typing import Any

import pytest
from mpmath import mp, mpf
from oracles.exact import DIGITS, EXACT, Exact, Interval
from oracles.rounding import allowed_error, error
from oracles.special import COMBINATIONS, DERIVATIVES, DIFFERENCES_FROM_TORCH, POINTS, VALUES, equal
from oracles.torch_functions import torch_functions

from autograd import Value
from autograd.core import native
from autograd.primitives import TABLE, Primitive

every_operation = pytest.mark.parametrize("name", TABLE)
inf, nan = math.inf, math.nan


@pytest.fixture(autouse=True)
def exact_arithmetic() -> Iterator[None]:
    with mp.workdps(DIGITS):
        yield


# --- the oracles ---


@every_operation
def test_every_operation_has_an_exact_oracle(name: str) -> None:
    assert name in EXACT, f"add {name!r} to EXACT in tests/oracles/exact.py: its exact value, partials and domain"


def test_no_oracle_is_left_of_an_operation_that_is_gone() -> None:
    assert set(EXACT) <= set(TABLE)


@every_operation
def test_the_oracles_partials_are_the_numerical_derivatives_of_its_value(name: str) -> None:
    exact = EXACT[name]
    for xs in ordinary_points(name, 4):
        for i in differentiable(name, xs):
            numerical = derivative(exact.value, xs, i)
            with mp.workdps(50):
                assert mp.almosteq(exact.partial(i, *map(mpf, xs)), numerical, 1e-20, 1e-20), (xs, i)


# --- accuracy ---


@pytest.mark.slow
@every_operation
def test_values_and_partials_are_exact_to_the_last_digits_at_random_points(name: str) -> None:
    for xs in islice(random_points(name), 150 if EXACT[name].operands else 1000):
        assert_exact(name, xs)


@every_operation
def test_values_and_partials_are_exact_to_the_last_digits_at_special_points(name: str) -> None:
    for xs in special_points(name):
        assert_exact(name, xs)


@pytest.mark.parametrize("name", ["sum", "mean"])
def test_sums_that_cancel_are_rounded_once(name: str) -> None:
    rng = random.Random(name)
    for length in (1, 2, 10, 100):
        half = [rng.uniform(-1, 1) * 10 ** rng.uniform(-20, 20) for _ in range(length)]
        xs = [*half, *(-x for x in half), rng.uniform(-1e-30, 1e-30)]
        rng.shuffle(xs)
        assert TABLE[name](*xs) == float(mp.fsum(map(mpf, xs))) / (len(xs) if name == "mean" else 1)


def test_a_dot_whose_products_are_exact_is_rounded_once() -> None:
    rng = random.Random("dot")
    for length in (1, 2, 10, 100):
        ws, xs = ([rng.randint(-(2**26), 2**26) * 2.0 ** rng.randint(-60, 60) for _ in range(length)] for _ in "wx")
        ws, xs = [*ws, *(-w for w in ws)], [*xs, *xs]  # everything cancels but the bias
        assert TABLE["dot"](*ws, *xs, 1e-30) == 1e-30


@every_operation
def test_a_partial_of_values_can_be_derived_again(name: str) -> None:
    op, exact = TABLE[name], EXACT[name]
    for xs in ordinary_points(name, 4):
        for i in differentiable(name, xs):
            operands = [Value(x) for x in xs]
            partial = op.partial(i, op(*operands), operands)
            if isinstance(partial, Value):
                partial.backward()
            for j in differentiable(name, xs):
                expected = derivative(lambda *at, i=i: exact.partial(i, *at), xs, j)
                assert operands[j].grad == pytest.approx(float(expected), rel=1e-9, abs=1e-12), (xs, i, j)


# --- IEEE-754 and conventions ---


@every_operation
def test_no_exception_escapes_whatever_the_operands(name: str) -> None:
    for xs in special_combinations(name):
        operands = [Value(x) for x in xs]
        result = TABLE[name](*operands)
        result.backward()
        assert all(type(x) is float for x in (result.data, *(v.grad for v in operands))), xs
        assert equal(TABLE[name](*xs), result.data), xs


@pytest.mark.parametrize(("name", "operands", "value"), VALUES)
def test_special_values_are_those_of_ieee_754(name: str, operands: tuple[float, ...], value: float) -> None:
    assert repr(TABLE[name](*operands)) == repr(value)


@pytest.mark.parametrize(("name", "operands", "gradients"), DERIVATIVES)
def test_derivatives_at_kinks_and_poles_follow_pytorch(
    name: str, operands: tuple[float, ...], gradients: tuple[float, ...]
) -> None:
    values = [Value(x) for x in operands]
    TABLE[name](*values).backward()
    assert [v.grad for v in values] == pytest.approx(gradients, rel=0, abs=0, nan_ok=True)


@pytest.fixture(scope="module")
def torch() -> Any:
    return pytest.importorskip("torch")


@every_operation
def test_special_values_and_gradients_are_those_of_pytorch(name: str, torch: Any) -> None:
    function = torch_functions(torch).get(name)
    if function is None:
        pytest.skip(f"PyTorch has no {name}")
    for cases in by_length(special_combinations(name)):
        columns = [torch.tensor(xs, dtype=torch.float64, requires_grad=True) for xs in zip(*cases, strict=True)]
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            results = function(*columns)
            gradients = torch.autograd.grad(results.sum(), columns, allow_unused=True)
        for row, xs in enumerate(cases):
            operands = [Value(x) for x in xs]
            result = TABLE[name](*operands)
            result.backward()
            theirs = {"value": results[row].item()}
            theirs |= {f"d{i}": g[row].item() for i, g in enumerate(gradients) if g is not None}
            ours = {"value": result.data} | {f"d{i}": v.grad for i, v in enumerate(operands)}
            for what, their in theirs.items():
                key = (name, what if what == "value" else "d")
                _, differs = DIFFERENCES_FROM_TORCH.get(key, ("", lambda *xs: False))
                assert equal(ours[what], their, signed_zero=what == "value") or differs(*xs), (xs, what)


# --- constants ---


@pytest.mark.parametrize("name", [name for name, op in TABLE.items() if len(op.rules) > 1 and not op.constant])
def test_the_rule_of_a_constant_is_never_evaluated(name: str) -> None:
    op = TABLE[name]
    written = {"div": operator.truediv, "floor_divide": operator.floordiv}.get(name, getattr(operator, name, op))
    for i in range(len(op.rules)):
        operands: list[Any] = [0.5] * len(op.rules)
        operands[i] = Value(0.5)
        expected = set() if native else {i}  # the compiled core has rules of its own
        assert rules_evaluated(op, lambda operands=operands: op(*operands).backward()) == expected
        assert rules_evaluated(op, lambda operands=operands: written(*operands).backward()) == expected


def rules_evaluated(op: Primitive, compute: Callable[[], None]) -> set[int]:
    evaluated: set[int] = set()

    def notice(frame: FrameType, event: str, argument: Any) -> None:
        evaluated.update(i for i, rule in enumerate(op.rules) if event == "call" and frame.f_code is rule.__code__)

    before = sys.getprofile()
    sys.setprofile(notice)
    try:
        compute()
    finally:
        sys.setprofile(before)
    return evaluated


def test_a_constant_exponent_brings_no_logarithm_of_the_base() -> None:
    for base, exponent, gradient in ((-2.0, 3, 12.0), (0.0, 2, 0.0), (-1.0, -1, -1.0)):
        x = Value(base)
        (x**exponent).backward()
        assert x.grad == gradient


# --- the points and the measure ---


def assert_exact(name: str, xs: list[float]) -> None:
    """Hold value and partials to the exact ones, wherever those are finite."""
    op, exact, numbers = TABLE[name], EXACT[name], [mpf(x) for x in xs]
    value = finite(exact.value, numbers)
    if value is None:
        return
    y = op.value(*xs)
    assert error(y, value) <= allowed_error(name, "value", value, numbers), (xs, y, mp.nstr(value, 20))
    if math.isinf(y):
        return
    operands = [Value(x) for x in xs]
    op(*operands).backward()
    for i in range(len(xs)) if len(xs) <= 4 else random.Random(len(xs)).sample(range(len(xs)), 4):
        partial = finite(lambda *at, i=i: exact.partial(i, *at), numbers)
        if partial is None:
            continue
        allowed = allowed_error(name, f"d{i}", partial, numbers)
        assert error(operands[i].grad, partial) <= allowed, (xs, i, operands[i].grad, mp.nstr(partial, 20))
        assert partial_of_floats(op, i, y, xs) in (operands[i].grad, None), (xs, i)


def partial_of_floats(op: Primitive, i: int, y: float, xs: list[float]) -> float | None:
    try:
        return float(op.partial(i, y, xs))
    except ArithmeticError:  # Python's float has an exception for what a Value gives as inf
        return None


def finite(f: Any, numbers: list[Any]) -> Any:
    """Return f of the numbers, None at a pole."""
    try:
        result = f(*numbers)
    except ZeroDivisionError:
        return None
    return result if mp.isfinite(result) else None


def derivative(f: Any, xs: list[float], i: int) -> Any:
    """Return df/d(operand i), numerically."""
    with mp.workdps(50):
        return mp.diff(f, tuple(map(mpf, xs)), tuple(int(j == i) for j in range(len(xs))))


def differentiable(name: str, xs: list[float]) -> range:
    """The operands that have a derivative: all but softmax's index and where's condition."""
    return range(1 if TABLE[name].selector else 0, len(xs))


def draw(rng: random.Random, interval: Interval) -> float:
    """Return a number of any magnitude in the interval: tiny, ordinary, large or near a bound."""
    low, high, tiny, whole = interval
    if whole:
        return float(rng.randint(int(low), int(high)))
    largest = max(abs(low), abs(high))
    while True:
        sign = rng.choice((-1, 1))
        x = rng.choice(
            (
                sign * 10 ** rng.uniform(math.log10(tiny), -3),
                rng.uniform(-4, 4),
                rng.uniform(-50, 50),
                sign * 10 ** rng.uniform(0, max(0, math.log10(largest))),
                rng.choice((low, high, 1.0)) * (1 + sign * 10 ** rng.uniform(-16, -1)),
            )
        )
        if low < x < high and abs(x) >= tiny:
            return x


def random_points(name: str) -> Iterator[list[float]]:
    exact, rng = EXACT[name], random.Random(name)
    while True:
        if exact.operands is None:
            yield [draw(rng, interval) for interval in exact.domain]
        else:
            (interval,), length = exact.domain, rng.choice((1, 2, 3, 10, 30))
            some = [draw(rng, interval) for _ in range(3)]
            numbers = rng.choice(
                (
                    [rng.uniform(-5, 5) for _ in range(length)],
                    [draw(rng, interval) for _ in range(length)],
                    rng.choices([*some, *(-x for x in some)], k=length),  # ties, and sums that cancel
                )
            )
            yield exact.operands(numbers)


def ordinary_points(name: str, count: int) -> list[list[float]]:
    """Points of ordinary size well inside the domain, no two operands equal: no kink is near."""
    exact, rng = EXACT[name], random.Random(name)

    def inside(interval: Interval) -> float:
        if interval.whole:
            return draw(rng, interval)
        return rng.uniform(max(interval.low + 0.1, -3), min(interval.high - 0.1, 3))

    if exact.operands is None:
        return [[inside(interval) for interval in exact.domain] for _ in range(count)]
    return [exact.operands([inside(exact.domain[0]) for _ in range(n + 1)]) for n in range(count)]


def special_points(name: str) -> list[list[float]]:
    """Zero, subnormals, bounds, ties and the ends of the range, as far as they lie in the domain."""
    exact = EXACT[name]
    points = combinations(name, POINTS, lengths=(1, 2, 3), most=200)
    return [operands_of(exact, xs) for xs in points if all(map(lies_in, intervals(exact, len(xs)), xs))]


def special_combinations(name: str) -> list[list[float]]:
    """Every combination of special operands, infinities and nan included; of many operands a sample."""
    points = combinations(name, COMBINATIONS, lengths=(1, 2, 3, 4), most=400 if EXACT[name].operands else 4096)
    return [operands_of(EXACT[name], xs) for xs in points]


def combinations(name: str, points: list[float], lengths: tuple[int, ...], most: int) -> list[tuple[float, ...]]:
    """All combinations of the points, of each length at most so many; `lengths` are for any number of operands."""
    exact, rng = EXACT[name], random.Random(name)
    return [
        xs
        for n in (lengths if exact.operands else (len(exact.domain),))
        for xs in (
            product(points, repeat=n)
            if len(points) ** n <= most
            else [tuple(rng.choices(points, k=n)) for _ in range(most)]
        )
    ]


def operands_of(exact: Exact, xs: tuple[float, ...]) -> list[float]:
    return exact.operands(xs) if exact.operands else list(xs)


def intervals(exact: Exact, length: int) -> tuple[Interval, ...]:
    return exact.domain * length if exact.operands else exact.domain


def lies_in(interval: Interval, x: float) -> bool:
    inside = interval.low <= x <= interval.high and (x == 0 or abs(x) >= interval.tiny)
    return inside and (not interval.whole or x.is_integer())


def by_length(cases: list[list[float]]) -> list[list[list[float]]]:
    return [[xs for xs in cases if len(xs) == n] for n in sorted({len(xs) for xs in cases})]
