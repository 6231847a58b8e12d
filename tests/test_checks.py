"""gradcheck finds wrong derivatives and raises no false alarm; detect_anomaly names the first nan or inf."""

import math
import random
import threading

import pytest

import autograd
from autograd import GradcheckError, Value, cos, detect_anomaly, gradcheck, primitive
from autograd.primitives import TABLE


def sample(name: str, rng: random.Random) -> tuple[float, ...]:
    """Operands inside the domain of an operation."""
    op = TABLE[name]
    xs = [rng.uniform(0.1, 0.9) for _ in range(len(op.rules) or 4)]
    if name == "acosh":
        xs[0] += 1.0
    return tuple(xs)


@pytest.mark.parametrize("name", TABLE)
def test_every_operation_passes_to_second_order(name):
    rng = random.Random(name)
    for _ in range(3):
        xs = sample(name, rng)
        if name in ("softmax", "log_softmax"):
            assert gradcheck(lambda *v, name=name: TABLE[name](1.0, *v), xs, order=2)
        else:
            assert gradcheck(TABLE[name], xs, order=2)


def slopes(name: str, xs: tuple[float, ...]) -> list[float]:
    return [TABLE[name].partial(i, TABLE[name].value(*xs), xs) for i in range(len(xs))]


FIXED = [name for name, op in TABLE.items() if op.rules]
SLOPING = [name for name in FIXED if any(slopes(name, sample(name, random.Random(1))))]


@pytest.mark.parametrize(
    "name, wrong",
    [(name, lambda slope: slope + 1e-3) for name in FIXED]
    + [(name, lambda slope: slope * 1.0001) for name in SLOPING]
    + [(name, lambda slope: -slope) for name in SLOPING],
)
def test_a_wrong_rule_is_found(name, wrong):
    op, xs = TABLE[name], sample(name, random.Random(1))
    bad = primitive(name, op.value, [lambda y, *v, rule=rule: wrong(rule(y, *v)) for rule in op.rules])
    with pytest.raises(GradcheckError, match=r"df/dinputs\[\d\].*central differences"):
        gradcheck(bad, xs)
    assert gradcheck(bad, xs, raise_exception=False) is False


@pytest.mark.parametrize("x", [0.5, 100.0, 1e6])
def test_a_rule_that_gives_0_is_found_far_from_0_too(x):
    flat = primitive("flat", math.sin, [0.0])
    with pytest.raises(GradcheckError):
        gradcheck(flat, (x,))


@pytest.mark.parametrize("f, x", [(autograd.log, -1.0), (lambda x: x * x, 1e200), (autograd.sqrt, 0.0)])
def test_where_nothing_is_finite_it_says_so(f, x):
    with pytest.raises(GradcheckError, match="cannot be compared.*finite"):
        gradcheck(f, (x,))


def test_a_wrong_second_derivative_is_found_at_order_two_only():
    half_right = primitive("half", math.sin, [lambda y, x: cos(x.data) if isinstance(x, Value) else math.cos(x)])
    assert gradcheck(half_right, (0.7,))
    with pytest.raises(GradcheckError, match=r"d\(df/dinputs\[0\]\)/dinputs\[0\]"):
        gradcheck(half_right, (0.7,), order=2)


@pytest.mark.parametrize(
    "f, x",
    [
        (lambda x: x.log(), 1e-12),
        (lambda x: x.sqrt(), 1e-8),
        (lambda x: x.exp(), 300.0),
        (lambda x: x**3, 1e5),
        (lambda x: x**3, 1e-5),
        (lambda x: (1 / x).sin(), 0.01),
        (lambda x: x.tanh(), 20.0),
        (lambda x: 1e9 * x * x, 0.0),
        (lambda x: x * 0.0 + 5.0, 3.0),
        (lambda x: x.relu(), 0.0),
        (lambda x: abs(x), 0.0),
        (lambda x: x.maximum(0.0), 0.0),
        (lambda x: x.relu() * 3 + x, 0.0),
        (lambda x: x.acos(), 0.999999),
        (lambda x: x.sin(), 1000.0),
        (lambda x: (100 * x).sin(), 1.0),
        (lambda x: x * x, 1e10),
        (lambda x: (-((x * 1e3) ** 2)).exp(), 1e-3),
    ],
)
def test_there_are_no_false_alarms(f, x):
    assert gradcheck(f, (x,))


def test_structures_are_checked_and_the_message_names_the_place():
    bad = primitive("bad", lambda x: x * x, [lambda y, x: 3 * x])
    with pytest.raises(GradcheckError, match=r"inputs\[0\]\['w'\]\[1\] at 2\.0: the derivative is 6\.0.* 4\.0"):
        gradcheck(lambda p: p["w"][0] + bad(p["w"][1]), ({"w": [1.0, 2.0]},))


def test_bad_arguments_are_refused():
    with pytest.raises(TypeError, match="inputs as a tuple"):
        gradcheck(lambda x: x, 1.0)
    with pytest.raises(ValueError, match="order must be"):
        gradcheck(lambda x: x, (1.0,), order=0)
    with pytest.raises(TypeError, match="must return one number"):
        gradcheck(lambda x: [x], (1.0,))


# --- detect_anomaly ---


def test_the_first_nan_or_inf_is_an_error_that_names_operation_operands_and_line():
    x = Value(0.0, "p")
    with (
        pytest.raises(RuntimeError, match=r"log\(p = 0\.0\) gives -inf, from finite numbers, at .*test_checks\.py:\d+"),
        detect_anomaly(),
    ):
        y = x + 1
        (y * x.log()).exp()
    for make in (lambda: Value(1.0) / 0, lambda: 1 / Value(0.0), lambda: Value(-1.0) ** 0.5, lambda: Value(1e308) * 10):
        with pytest.raises(RuntimeError, match="from finite numbers"), detect_anomaly():
            make()


def test_what_was_infinite_already_raises_no_alarm():
    with detect_anomaly():
        assert (Value(math.inf) + 1).data == math.inf
        assert math.isnan((Value(math.nan) * 2).data)


def test_the_backward_pass_is_watched_too():
    with detect_anomaly():
        x = Value(0.0, "q")
        y = x.sqrt() * 2
        with pytest.raises(RuntimeError, match=r"backward pass of sqrt\(q = 0\.0\).*inf.*test_checks\.py:\d+"):
            y.backward()
    assert x.grad == 0.0


def test_gradients_of_transforms_are_watched():
    with detect_anomaly(), pytest.raises(RuntimeError, match="backward pass of sqrt"):
        autograd.grad(lambda x: x.sqrt())(0.0)


def test_outside_and_in_other_threads_nothing_is_checked():
    results = []
    with detect_anomaly():
        thread = threading.Thread(target=lambda: results.append(Value(0.0).log().data))
        thread.start()
        thread.join()
    assert results == [-math.inf] and Value(0.0).log().data == -math.inf


def test_inside_the_results_and_gradients_are_the_same():
    def gradient():
        x = Value(0.7)
        y = (x * x + 1).tanh() ** 2 / 3 - 2 * x
        y.backward()
        return y.data, x.grad

    expected = gradient()
    with detect_anomaly():
        assert gradient() == expected


def test_looking_at_a_gradient_that_is_not_finite_is_no_anomaly():
    x = Value(0.0, "x")
    y = autograd.sqrt(x)
    with detect_anomaly():
        assert autograd.why(y, x).verdict == "inf"
        assert autograd.explain(y).gradients == {"x": math.inf}
        assert list(autograd.backward_steps(y))[-1].accumulated == math.inf
        with pytest.raises(RuntimeError, match="backward pass of sqrt"):
            y.backward()
