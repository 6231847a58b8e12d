"""Special operands give what PyTorch's float64 gives: values, first and second derivatives.

The reference values are in `oracles/torch_special.json`, which `oracles/make_torch_special.py` writes.
"""

from __future__ import annotations

import copy
import json
import math
import pickle
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from oracles.special import DIFFERENCES_FROM_TORCH, equal

from autograd import Value, draw, grad, hessian, jvp, primitive, relu
from autograd.primitives import TABLE

REFERENCE = json.loads((Path(__file__).parent / "oracles" / "torch_special.json").read_text(encoding="utf-8"))
OPERATIONS = sorted({case["operation"] for case in REFERENCE["cases"]})
every_operation = pytest.mark.parametrize("name", OPERATIONS)
inf = math.inf


def _large(*xs: float) -> bool:
    return any(abs(x) >= 1e200 for x in xs)


def _bound(*xs: float) -> bool:
    return abs(xs[0]) == 1


def _far(x: float) -> bool:
    return abs(x) == 40


def _not_finite(*xs: float) -> bool:
    return not all(map(math.isfinite, xs))


# (operation, "value", "d" for the first derivatives or "dd" for the second): the reason, and for which operands
DIFFERENCES: dict[tuple[str, str], tuple[str, Callable[..., bool]]] = DIFFERENCES_FROM_TORCH | {
    ("maximum", "value"): ("which zero of two", lambda a, b: a == b == 0),
    ("minimum", "value"): ("which zero of two", lambda a, b: a == b == 0),
    ("expm1", "d"): ("exp(x); PyTorch's y + 1 cancels", lambda x: x == -40),
    ("asinh", "d"): ("x*x does not overflow", _large),
    ("sigmoid", "d"): ("PyTorch's 1 - y cancels", _far),
    ("tanh", "d"): ("PyTorch's 1 - y*y cancels", _far),
    ("prod", "d"): ("the product of the others; PyTorch divides the whole product by x", _not_finite),
    ("softplus", "dd"): ("PyTorch takes x itself above 20", _far),
    ("silu", "dd"): ("PyTorch's 1 - y cancels", _far),
    ("asinh", "dd"): ("x*x does not overflow", _large),
    ("atan", "dd"): ("0, the limit; PyTorch's inf/inf is nan", math.isinf),
    ("erf", "dd"): ("0, the limit; PyTorch's x*x overflows", _large),
    ("erfc", "dd"): ("0, the limit; PyTorch's x*x overflows", _large),
    ("gelu", "dd"): ("0, the limit; PyTorch's x*x overflows", _large),
    ("lgamma", "dd"): ("PyTorch's trigamma has nine digits, and is finite at poles", lambda x: x < 100),
    ("logaddexp", "dd"): ("0, the limit; PyTorch's exponentials overflow", _large),
    ("norm", "dd"): ("0, the limit beside an inf; PyTorch's inf/inf is nan", lambda *xs: any(map(math.isinf, xs))),
    ("logsumexp", "dd"): ("0, the limit beside an inf; PyTorch's inf - inf is nan", lambda *xs: inf in xs),
    ("asin", "dd"): ("nan at the pole, where 1 - x and 1 + x contribute inf and 0 * inf", _bound),
    ("acos", "dd"): ("nan at the pole, where 1 - x and 1 + x contribute inf and 0 * inf", _bound),
    ("acosh", "dd"): ("nan at the pole, where x - 1 and x + 1 contribute inf and 0 * inf", _bound),
    ("atanh", "dd"): (
        "nan at the pole, as asin; x*x does not overflow; 1 - x and 1 + x cancel in the last digit of 1",
        lambda x: abs(x) in (1, 1e308, 1e-300),
    ),
    ("atan2", "dd"): (
        "constant at the origin, as its first derivatives; x*x and y*y round apart where |x| = |y|",
        lambda y, x: abs(x) == abs(y),
    ),
    ("pow", "dd"): (
        "x**0 and 0**n are constant, as in the first derivatives, where PyTorch has nan; n * x**(n - 1) has the "
        "slope 1/x in n at n = 0, where PyTorch has 0",
        lambda x, n: x == 0 or n == 0,
    ),
    ("leaky_relu", "dd"): ("at 0 the side below, as its first derivatives", lambda x, slope: x == 0),
    ("elu", "dd"): ("at 0 the side below, as its first derivatives", lambda x, alpha: x == 0),
}


def cases(name: str) -> list[tuple[list[float], dict[str, Any]]]:
    return [([float(x) for x in case["operands"]], case) for case in REFERENCE["cases"] if case["operation"] == name]


def on_purpose(name: str, what: str, xs: list[float]) -> bool:
    _, differs = DIFFERENCES.get((name, what), ("", lambda *xs: False))
    return differs(*xs)


def f(name: str) -> Callable[[list[Any]], Any]:
    return lambda xs: TABLE[name](*xs)


@every_operation
def test_values_are_those_of_pytorch(name: str) -> None:
    for xs, case in cases(name):
        their = float(case["value"])
        assert equal(TABLE[name](*xs), their, signed_zero=True) or on_purpose(name, "value", xs), (xs, their)


@every_operation
def test_first_derivatives_are_those_of_pytorch(name: str) -> None:
    for xs, case in cases(name):
        for i, (our, their) in enumerate(zip(grad(f(name))(xs), case["gradient"], strict=True)):
            if their is not None:
                assert equal(our, float(their)) or on_purpose(name, "d", xs), (xs, i, our, their)


@every_operation
def test_second_derivatives_are_those_of_pytorch(name: str) -> None:
    for xs, case in cases(name):
        if on_purpose(name, "d", xs) or on_purpose(name, "dd", xs):
            continue
        for i, row in enumerate(hessian(f(name))(xs)):
            for j, our in enumerate(row):
                their = case["hessian"][i][j]
                if their is not None:
                    assert equal(our, float(their)), (xs, i, j, our, their)


@pytest.mark.parametrize(("name", "what"), DIFFERENCES)
def test_every_difference_on_purpose_is_of_an_operation_and_has_a_reason(name: str, what: str) -> None:
    assert name in TABLE and what in ("value", "d", "dd") and DIFFERENCES[name, what][0]


@pytest.mark.parametrize(("name", "what"), sorted(set(DIFFERENCES) - set(DIFFERENCES_FROM_TORCH)))
def test_a_difference_on_purpose_is_still_one(name: str, what: str) -> None:
    found = []
    for xs, case in cases(name):
        if on_purpose(name, what, xs):
            if what == "value":
                pairs = [(TABLE[name](*xs), case["value"])]
            elif what == "d":
                pairs = list(zip(grad(f(name))(xs), case["gradient"], strict=True))
            else:
                rows = zip(hessian(f(name))(xs), case["hessian"], strict=True)
                pairs = [pair for ours, theirs in rows for pair in zip(ours, theirs, strict=True)]
            found += [equal(our, float(t), signed_zero=what == "value") for our, t in pairs if t is not None]
    assert not all(found)


# --- an operand that was not taken gets no gradient, not even an infinite one; PyTorch's answers are the same ---

NOT_TAKEN: list[tuple[str, tuple[float, ...], tuple[bool, ...]]] = [  # which of the operands were taken
    ("where", (1.0, 2.0, 3.0), (False, True, False)),
    ("where", (0.0, 2.0, 3.0), (False, False, True)),
    ("maximum", (1.0, 2.0), (False, True)),
    ("maximum", (2.0, 1.0), (True, False)),
    ("minimum", (1.0, 2.0), (True, False)),
    ("minimum", (2.0, 1.0), (False, True)),
    ("max", (1.0, 3.0, 3.0), (False, True, True)),
    ("min", (1.0, 3.0, 3.0), (True, False, False)),
    ("clip", (-1.0, 0.0, 1.0), (False, True, False)),
    ("clip", (0.5, 0.0, 1.0), (True, False, False)),
    ("clip", (2.0, 0.0, 1.0), (False, False, True)),
    ("relu", (-1.0,), (False,)),
    ("relu", (0.0,), (False,)),
    ("relu", (1.0,), (True,)),
    ("leaky_relu", (1.0, 0.1), (True, False)),
    ("leaky_relu", (-1.0, 0.1), (True, True)),
    ("elu", (1.0, 2.0), (True, False)),
    ("elu", (-1.0, 2.0), (True, True)),
    ("sign", (2.0,), (False,)),
    ("floor_divide", (7.0, 2.0), (False, False)),
]


@pytest.mark.parametrize(("name", "xs", "taken"), NOT_TAKEN)
@pytest.mark.parametrize("gradient", [inf, -inf, math.nan])
def test_an_operand_that_was_not_taken_gets_0_whatever_the_gradient(
    name: str, xs: tuple[float, ...], taken: tuple[bool, ...], gradient: float
) -> None:
    for create_graph in (False, True):
        operands = [Value(x) for x in xs]
        (TABLE[name](*operands) * gradient).backward(create_graph=create_graph)
        for x, used in zip(operands, taken, strict=True):
            assert (x.grad == 0.0) is not used
            assert used or type(x.grad) is float
    numbers = list(xs)
    for i, used in enumerate(taken):
        tangents = [gradient if k == i else 0.0 for k in range(len(xs))]
        _, change = jvp(f(name), (numbers,), (tangents,))
        assert (change == 0.0) is not used
        _, change = jvp(lambda xs: grad(lambda a: a * f(name)(xs))(1.0), (numbers,), (tangents,))  # Values within
        assert (change == 0.0) is not used
    slopes = grad(lambda a: grad(lambda xs: a * f(name)(xs))(numbers)[0])
    assert slopes(gradient) == 0.0 or taken[0]


def test_what_is_multiplied_by_a_slope_of_0_is_not_blocked_if_the_operand_was_taken() -> None:
    for name, xs in (("abs", (0.0,)), ("mul", (2.0, 0.0)), ("leaky_relu", (-1.0, 0.0)), ("norm", (0.0, 0.0))):
        operands = [Value(x) for x in xs]
        (TABLE[name](*operands) * inf).backward()
        assert math.isnan(operands[0].grad)


def test_a_blocked_slope_is_a_float_of_0_to_everybody_and_keeps_blocking_when_it_is_copied() -> None:
    (slope,) = relu(Value(-1.0)).partials
    assert isinstance(slope, float) and (slope, repr(slope), f"{slope:g}", str(slope)) == (0.0, "0.0", "0", "0.0")
    for again in (slope, copy.copy(slope), copy.deepcopy([slope])[0], pickle.loads(pickle.dumps(slope))):
        assert inf * again == again * inf == math.nan * again == 0.0
    assert json.dumps(slope) == "0.0" and type(slope + 0.0) is float
    assert "0" in draw(relu(Value(-1.0, "x"))).dot


def test_a_users_rule_may_hand_on_a_blocked_slope() -> None:
    own = primitive("own", lambda x: max(x, 0.0), TABLE["relu"].rules)
    assert grad(lambda x: own(x) * inf)(-1.0) == 0.0
