"""Every operation of the table up to its third derivatives: against exact arithmetic, and where nothing is finite.

The first derivatives are the textbook formulas of `oracles/exact.py`, the second and third ones their numerical
derivatives at 400 digits, which leaves room for a step of 1e-400 beside 5e-324.
"""

from __future__ import annotations

import ast
import inspect
import math
import random
from collections.abc import Callable, Iterator, Sequence
from itertools import combinations_with_replacement, islice, permutations
from typing import Any, NamedTuple

import pytest
from mpmath import mp, mpf
from oracles.exact import DIGITS, EXACT
from oracles.rounding import OUT_OF_RANGE
from test_primitives import (
    combinations,
    differentiable,
    intervals,
    lies_in,
    operands_of,
    ordinary_points,
    random_points,
    special_combinations,
    special_points,
)

from autograd import Value, grad, hessian, jacobian, jvp, primitives, sinc
from autograd.primitives import TABLE

every_operation = pytest.mark.parametrize("name", TABLE)
inf, nan = math.inf, math.nan
EPSILON = 2.0**-52
SMALLEST = 2.0**-1022  # below it, numbers lose digits

# made of straight lines: all derivatives after the first are 0, at the kinks by convention
STRAIGHT = {
    "add", "sub", "neg", "sum", "mean", "abs", "sign", "relu", "maximum", "minimum", "max", "min", "clip", "where",
    "mod", "floor_divide", "floor", "ceil", "trunc", "rint", "radians", "degrees",
}  # fmt: skip

# what is slow or short of digits to difference: the derivative of this order in closed form
CLOSED_FORMS: dict[str, tuple[int, Callable[..., Any]]] = {
    "erf": (1, lambda x: 2 / mp.sqrt(mp.pi) * mp.exp(-x * x)),
    "erfc": (1, lambda x: -2 / mp.sqrt(mp.pi) * mp.exp(-x * x)),
    "gelu": (2, lambda x: mp.npdf(x) * (2 - x * x)),
}
OF_ANY_ORDER: dict[str, Callable[..., Any]] = {
    "lgamma": lambda order, x: mp.psi(order - 1, x),
    "digamma": lambda order, x: mp.psi(order, x),
    "polygamma": lambda order, n, x: mp.psi(int(n) + order, x),
}


class Inexact(NamedTuple):
    """Where derivatives after the first are less than exact, at extreme points.

    Attributes:
        reason: why.
        error: the absolute error allowed to the derivatives of an order, a function of order and operands.
        overflows: for which operands a nan or an inf may stand for the answer.
    """

    reason: str
    error: Callable[..., Any] = lambda order, *xs: 0.0
    overflows: Callable[..., bool] = lambda *xs: False


def _last_digit(order: int, *xs: float) -> float:
    return EPSILON


def _between_poles(n: float, x: float) -> Any:
    return EPSILON * (n + 3) * mp.factorial(n) / abs(x - round(x)) ** (n + 1) if x < 0 else 0.0


EXCEPTIONS = {
    "asin": Inexact("near 0, the derivatives of the two factors of 1 - x*x cancel", _last_digit),
    "acos": Inexact("near 0, the derivatives of the two factors of 1 - x*x cancel", _last_digit),
    "atanh": Inexact("near 0, the derivatives of the two factors of 1 - x*x cancel", _last_digit),
    "sigmoid": Inexact("near 0, its inflection, y and 1 - y cancel", _last_digit),
    "softplus": Inexact("as sigmoid, its derivative", _last_digit),
    "silu": Inexact("as sigmoid", _last_digit),
    "gelu": Inexact("its terms cancel at the zeros of its derivatives", _last_digit),
    "logsumexp": Inexact("probabilities near 1 cancel", _last_digit),
    "softmax": Inexact("probabilities near 1 cancel", _last_digit),
    "log_softmax": Inexact("probabilities near 1 cancel", _last_digit),
    "logaddexp": Inexact("as sigmoid, its derivative", _last_digit),
    "lgamma": Inexact("between the poles its terms cancel", lambda order, x: _between_poles(order - 1, x)),
    "digamma": Inexact("between the poles its terms cancel", lambda order, x: _between_poles(order, x)),
    "polygamma": Inexact("between the poles its terms cancel", lambda order, n, x: _between_poles(n + order, x)),
    "hypot": Inexact(
        "1/r and a*a/r**3 cancel where the other operand is small; 1/r/r overflows",
        lambda order, *xs: EPSILON * 8 / mp.hypot(*xs) ** (order - 1),
        lambda *xs: math.hypot(*xs) < 1e-100,
    ),
    "norm": Inexact(
        "1/y and x*x/y**3 cancel where the other operands are small; 1/y/y overflows",
        lambda order, *xs: EPSILON * 8 / (mp.norm(xs) or 1) ** (order - 1),
        lambda *xs: math.hypot(*xs) < 1e-100,
    ),
    "atan2": Inexact(
        "x*x and y*y cancel where the two are alike; 1/r/r overflows",
        lambda order, *xs: EPSILON * 8 / mp.hypot(*xs) ** order,
        lambda *xs: math.hypot(*xs) < 1e-100,
    ),
    "div": Inexact("1/b/b overflows", overflows=lambda a, b: abs(b) < 1e-100),
    "cbrt": Inexact("1/y**5 overflows", overflows=lambda x: abs(x) < 1e-150),
    "pow": Inexact("y/x/x overflows", overflows=lambda x, n: x < 1e-100),
}


@pytest.fixture(autouse=True)
def exact_arithmetic() -> Iterator[None]:
    with mp.workdps(DIGITS):
        yield


@every_operation
def test_every_mixed_derivative_up_to_the_third_is_exact_at_ordinary_points(name: str) -> None:
    with mp.workdps(60):
        for xs in ordinary_points(name, 4):
            for by, got, exact in compared(name, xs):
                allowed = max(1e-12 * abs(exact) + 1e-30, EXCEPTIONS.get(name, Inexact("")).error(len(by), *xs))
                assert abs(got - exact) <= allowed, (xs, by, got, mp.nstr(exact, 20))


@pytest.mark.slow
@every_operation
def test_every_mixed_derivative_up_to_the_third_is_right_at_extreme_and_special_points(name: str) -> None:
    for xs in extreme_points(name):
        for by, got, exact in compared(name, xs):
            assert is_right(name, xs, len(by), got, exact), (xs, by, got, mp.nstr(exact, 20))


@every_operation
def test_nested_grads_and_the_jacobian_of_the_hessian_agree(name: str) -> None:
    for xs in ordinary_points(name, 2):
        *_, third = derivatives(name, xs)
        start = differentiable(name, xs).start
        for i in range(start, len(xs)):
            nested = grad(grad(grad(TABLE[name], i), i), i)(*xs)
            assert nested == pytest.approx(third[i - start][i - start][i - start], rel=1e-14, abs=1e-300)


@every_operation
def test_no_exception_escapes_at_any_order_whatever_the_operands(name: str) -> None:
    points = special_combinations(name)
    for xs in random.Random(name).sample(points, min(len(points), 40)):
        for entry in flat(derivatives(name, xs)):
            assert type(entry) is float, xs


@pytest.mark.parametrize("name", sorted(STRAIGHT))
def test_derivatives_after_the_first_of_what_is_made_of_straight_lines_are_zero_everywhere(name: str) -> None:
    for xs in [*special_points(name)[:60], *ordinary_points(name, 4)]:
        assert not any(flat(derivatives(name, xs)[1:])), xs


@pytest.mark.parametrize(
    ("name", "xs", "second", "third"),
    [
        ("elu", [0.0, 2.0], 2.0, 2.0),  # the side of alpha * expm1(x), as for the first derivative
        ("leaky_relu", [0.0, 0.1], 0.0, 0.0),
        ("pow", [0.0, 0.0], 0.0, 0.0),
        ("pow", [0.0, 1.0], 0.0, 0.0),
        ("pow", [0.0, 2.0], 2.0, 0.0),
        ("pow", [0.0, 3.0], 0.0, 6.0),
        ("pow", [-2.0, 3.0], -12.0, 6.0),
        ("pow", [0.0, 2.5], 0.0, inf),
        ("pow", [0.0, 0.5], -inf, inf),
        ("sqrt", [0.0], -inf, inf),
        ("log", [0.0], -inf, inf),
        ("reciprocal", [0.0], inf, -inf),
        ("sigmoid", [inf], 0.0, 0.0),
        ("sigmoid", [-inf], 0.0, 0.0),
        ("tanh", [inf], 0.0, 0.0),
        ("exp", [-inf], 0.0, 0.0),
        ("exp", [inf], inf, inf),
        ("square", [inf], 2.0, 0.0),
        ("sin", [inf], nan, nan),
    ],
)
def test_second_and_third_derivatives_at_kinks_and_poles(
    name: str, xs: list[float], second: float, third: float
) -> None:
    twice = grad(grad(TABLE[name]))
    assert [twice(*xs), grad(twice)(*xs)] == pytest.approx([second, third], rel=1e-15, nan_ok=True)


# --- where a rule branches ---


def compared_with() -> set[float]:
    """Every number that the table compares an operand or a result with."""
    tree = ast.parse(inspect.getsource(primitives))
    compared = [part for node in ast.walk(tree) if isinstance(node, ast.Compare) for part in ast.walk(node)]
    return {
        abs(float(part.value))
        for part in compared
        if isinstance(part, ast.Constant) and not isinstance(part.value, str)
    }


# those numbers, what tanh makes of 0.5, and where functions become constant or linear
BRANCHES = sorted({*compared_with(), 0.0, 1.0, math.atanh(0.5), 40.0, 800.0, 1e9})


def test_the_numbers_that_the_table_compares_with_are_found() -> None:
    assert {0.25, 0.5, 0.75, 1e9} <= compared_with()


@pytest.mark.slow
@every_operation
def test_second_and_third_derivatives_are_right_on_either_side_of_every_branch(name: str) -> None:
    for xs in branch_points(name, 12):
        for by, got, exact in compared(name, xs):
            assert is_right(name, xs, len(by), got, exact), (xs, by, got, mp.nstr(exact, 20))


@pytest.mark.parametrize("name", [name for name, op in TABLE.items() if op.arity != 1])
def test_second_and_third_derivatives_are_symmetric_or_nan_at_every_branch(name: str) -> None:
    for xs in [*branch_points(name, 60), *([[0.0, n] for n in POWERS] if name == "pow" else [])]:
        if not math.isfinite(TABLE[name](*xs)) and 0.0 not in xs:  # it overflows, and so do the rules
            continue
        _, second, third = derivatives(name, xs)
        for order, tensor in ((2, second), (3, third)):
            n = len(tensor)
            for by in combinations_with_replacement(range(n), order):
                entries = [at(tensor, same) for same in set(permutations(by))]
                allowed = EPSILON * 16 * max(1.0, *(abs(x) for x in flat(tensor) if math.isfinite(x)), 0.0)
                assert alike(entries, allowed), (xs, by, entries)


POWERS = (-2.0, -1.0, -0.5, 0.0, 0.5, 1.0, 1.5, 2.0, 2.5, 3.0, 4.0)


@pytest.mark.parametrize("n", POWERS)
@pytest.mark.parametrize("by", ["n", "xn", "nn", "xxn", "xnn", "nnn"])
def test_mixed_derivatives_of_a_power_at_zero_are_the_limits_from_above(n: float, by: str) -> None:
    found = derivatives("pow", [0.0, n])[len(by) - 1]
    for letter in by:
        found = found["xn".index(letter)]
    if "x" not in by:
        assert found == 0.0 if n >= 0 else found == limit_of_power(n, 0, len(by))  # 0**n is constant for n >= 0
    else:
        assert found == limit_of_power(n, by.count("x"), by.count("n"))


def limit_of_power(n: float, a: int, b: int) -> float:
    """What x**n, derived a times by x and b times by n, approaches as x falls to 0."""

    def derivative(x: Any) -> Any:
        # x**n = exp(n log x); by n each time a factor log x, then by x in closed form: x**(n - a) * P(log x)
        powers = {b: mpf(1)}  # of log x
        exponent = mpf(n)
        for _ in range(a):
            following: dict[int, Any] = {}
            for power, factor in powers.items():
                following[power] = following.get(power, 0) + exponent * factor
                if power:
                    following[power - 1] = following.get(power - 1, 0) + power * factor
            powers, exponent = following, exponent - 1
        return x**exponent * mp.fsum(factor * mp.log(x) ** power for power, factor in powers.items())

    near, nearer = (derivative(mpf(10) ** -k) for k in (10**5, 10**6))
    if abs(nearer) > abs(near) * 5 and abs(nearer) > 1e4:
        return math.copysign(inf, nearer)
    return 0.0 if abs(nearer) < 1e-100 else float(nearer)


@pytest.mark.parametrize(
    ("xs", "expected"),
    [
        ([0.0, 1.0], [[0.0, -inf], [-inf, 0.0]]),
        ([0.0, 0.5], [[-inf, -inf], [-inf, 0.0]]),
        ([0.0, 2.0], [[2.0, 0.0], [0.0, 0.0]]),
        ([-2.0, 3.0], [[-12.0, nan], [nan, nan]]),
    ],
)
def test_the_hessian_of_a_power_is_symmetric_at_and_below_zero(xs: list[float], expected: list[list[float]]) -> None:
    assert flat(hessian(lambda v: v[0] ** v[1])(xs)) == pytest.approx(flat(expected), rel=0, abs=0, nan_ok=True)


def branch_points(name: str, count: int) -> list[list[float]]:
    """Branch points of either sign and their neighbours, as operands; of many combinations a sample."""
    points = [
        sign * x for c in BRANCHES for x in (c, math.nextafter(c, inf), math.nextafter(c, 0.0)) for sign in (1, -1)
    ]
    points = [x for x in dict.fromkeys(points) if x == 0 or abs(x) > SMALLEST]
    found = combinations(name, points, lengths=(1, 2, 3), most=400)
    found = [xs for xs in found if all(map(lies_in, intervals(EXACT[name], len(xs)), xs))]
    if len(found) > len(points):
        found = random.Random(name).sample(found, count)
    return [operands_of(EXACT[name], xs) for xs in found]


def at(tensor: Any, by: Sequence[int]) -> float:
    for i in by:
        tensor = tensor[i]
    return float(tensor)


def alike(entries: Sequence[float], allowed: float) -> bool:
    """Whether all are nan, all are the same infinity, or all are finite and close."""
    first = entries[0]
    if not math.isfinite(first):
        return all(repr(x) == repr(first) for x in entries)
    return all(abs(x - first) <= 1e-9 * abs(first) + allowed for x in entries)


# --- the points, the oracle and the measure ---


def extreme_points(name: str) -> list[list[float]]:
    """Operands of any magnitude, and special ones; of operations on many numbers those on up to three."""
    few = [xs for xs in special_points(name) if len(xs) <= 3]
    rng = random.Random(name)
    return [
        *islice((xs for xs in random_points(name) if len(xs) <= 3), 10),
        *rng.sample(few, min(len(few), 16)),
    ]


def derivatives(name: str, xs: Sequence[float]) -> tuple[Any, Any, Any]:
    """Gradient, Hessian and the Jacobian of the Hessian, by the operands that have a derivative."""
    start = differentiable(name, list(xs)).start

    def f(numbers: Sequence[Any]) -> Any:
        return TABLE[name](*xs[:start], *numbers)

    numbers = list(xs[start:])
    return grad(f)(numbers), hessian(f)(numbers), jacobian(hessian(f))(numbers)


def compared(name: str, xs: Sequence[float]) -> Iterator[tuple[tuple[int, ...], float, Any]]:
    """Every derivative up to the third: by which operands, what was found, and the exact one where that is finite."""
    operands = differentiable(name, list(xs))
    rng = random.Random(repr(xs))
    for order, found in enumerate(derivatives(name, xs), 1):
        choices = list(combinations_with_replacement(operands, order))
        for by in rng.sample(choices, min(len(choices), 4)):
            exact = exact_derivative(name, xs, by)
            if exact is not None:
                entry = found
                for i in by:
                    entry = entry[i - operands.start]
                yield by, entry, exact


def exact_derivative(name: str, xs: Sequence[float], by: tuple[int, ...]) -> Any:
    """Return the derivative by these operands, None at a pole or a kink."""
    at = tuple(map(mpf, xs))
    if name in STRAIGHT and len(by) > 1:
        return mpf(0)
    if name in OF_ANY_ORDER:
        try:
            return OF_ANY_ORDER[name](len(by), *at)
        except (ArithmeticError, ValueError):  # at a pole
            return None
    known, f = 1, lambda *at: EXACT[name].partial(by[0], *at)
    if name in CLOSED_FORMS and len(by) >= CLOSED_FORMS[name][0]:
        known, f = CLOSED_FORMS[name]
    rest = by[known:]
    try:
        if not rest:
            sides = [f(*at)]
        else:
            orders = tuple(rest.count(i) for i in range(len(xs)))
            sides = [mp.diff(f, at, orders, direction=side) for side in (1, -1)]
    except (ArithmeticError, ValueError, TypeError):  # beyond the domain
        return None
    if not all(mp.isfinite(side) and mp.im(side) == 0 for side in sides):
        return None
    if abs(f(*at)) > mpf(10) ** 300:  # the step is lost beside such a number
        return None
    return sides[0] if abs(sides[0] - sides[-1]) <= 1e-20 * abs(sides[0]) + mpf(SMALLEST) / 2**60 else None


def is_right(name: str, xs: Sequence[float], order: int, got: float, exact: Any) -> bool:
    inexact = EXCEPTIONS.get(name, Inexact(""))
    if not math.isfinite(got) and inexact.overflows(*xs):
        return True
    if math.isnan(got):
        return False
    number = math.copysign(1, got) * OUT_OF_RANGE if math.isinf(got) else mpf(got)
    nearest = min(max(exact, -OUT_OF_RANGE), OUT_OF_RANGE)
    error = abs(number - nearest)
    return bool(error <= 1e-9 * abs(nearest) + SMALLEST or error <= inexact.error(order, *xs))


def flat(x: Any) -> list[float]:
    if isinstance(x, (list, tuple)):
        return [entry for part in x for entry in flat(part)]
    return [x]


def test_derivatives_of_a_division_by_a_constant_0_are_those_of_ieee_arithmetic():
    for zero in (0, 0.0, -0.0):
        x = Value(1.0)
        (x / zero).backward(create_graph=True)
        assert x.grad.data == math.copysign(math.inf, zero)
        assert grad(lambda x, zero=zero: x / zero)(1.0) == math.copysign(math.inf, zero)
    assert grad(grad(lambda x: x / 0))(1.0) == 0.0  # a multiple of x, infinite as it is
    assert jvp(lambda x: x / 0, (1.0,), (Value(1.0),))[1].data == math.inf


def test_the_hole_in_sinc_is_filled_for_derivatives_of_any_order():
    second = grad(grad(sinc))
    third, fourth = grad(second), grad(grad(second))
    for x in (0.0, -0.0, 1e-300, 1e-9, -1e-5):
        assert second(x) == pytest.approx(-(math.pi**2) / 3, rel=1e-9)
        assert fourth(x) == pytest.approx(math.pi**4 / 5, rel=1e-9)
    assert third(0.0) == 0.0


@pytest.mark.parametrize("x", [0.499999, 0.5, -0.75, 1.0, -2.0, 3.0, 4.25])
def test_higher_derivatives_of_sinc_are_right_where_its_rule_changes(x):
    f = sinc
    for order in range(1, 5):
        f = grad(f)
        assert f(x) == pytest.approx(float(mp.diff(mp.sincpi, mpf(x), order)), rel=1e-9, abs=1e-12)
