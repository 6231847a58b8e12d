"""gradcheck finds wrong derivatives and raises no false alarm; detect_anomaly names the first nan or inf."""

import math
import random
import threading

import numpy as np
import pytest

import autograd
from autograd import GradcheckError, Value, cos, detect_anomaly, gradcheck, polygamma, primitive
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
        elif name == "polygamma":
            assert gradcheck(lambda x: polygamma(2, x), xs[1:], order=2)
        else:
            assert gradcheck(TABLE[name], xs, order=2)


def slopes(name: str, xs: tuple[float, ...]) -> list[float]:
    return [TABLE[name].partial(i, TABLE[name].value(*xs), xs) for i in range(len(xs))]


FIXED = [name for name, op in TABLE.items() if op.rules and name != "polygamma"]  # whose order is a whole number
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
        (lambda x: x.sin() + 2, 1e-300),
        (lambda x: x.log(), 1e-300),
        (lambda x: x.sin() + 2, 5e-324),
        (lambda x: x * (-((x * 1e6) ** 2)).exp(), 0.0),
        (lambda x: x.asin(), 1 - 1e-12),
        (lambda x: (1 - x.cos()) / (x * x), 1e-7),
        (lambda x: x // 1, 2.0),
        (lambda x: x.sign(), 0.0),
    ],
)
def test_there_are_no_false_alarms(f, x):
    assert gradcheck(f, (x,))


C = 1e7
NOISY = [
    (lambda x: x.sin(), (239862995.51649365,)),
    (lambda x: x.sin() + 1e7, (0.5,)),
    (lambda x: (x + C) - C, (0.3,)),
    (lambda x: (x + 1e12) - 1e12, (0.3,)),
    (lambda x: (x * x + C) - C, (0.7,)),
    (lambda x, y: 1e8 * x.sin() + 1e-8 * y.cos(), (0.4, 0.9)),
    (lambda x, y: 1e-8 * (x * 1e8).sin() * (y * 1e-8).cos(), (0.4e-8, 0.9e8)),
    (lambda x: (1e4 * (x - 0.3)).sigmoid(), (0.3,)),
    (lambda x: (1e4 * (x - 0.3)).sigmoid(), (0.3004,)),
    (lambda x: (1e4 * (x - 0.3)).sigmoid() + x.sin(), (0.8,)),
    (lambda x: abs(x - 0.5) * 3 + x * x + 1e5, (0.5001,)),
    (lambda x: (x - 0.5).relu() + x.sin(), (0.4999,)),
    (lambda x, y: (x + y).sin() * y, (1e8 / 3, 1.7)),  # x + y is constant for small changes of y
    (lambda x: (x + 957.0) ** 2 - 957.0**2 - 2 * 957.0 * x, (0.045,)),  # x + 957 is constant for small changes of x
]


@pytest.mark.parametrize("f, xs", NOISY)
def test_rounding_noise_is_no_false_alarm(f, xs):
    assert gradcheck(f, xs)


@pytest.mark.parametrize("f, xs", NOISY[:3] + NOISY[4:])  # 1e12 hides all but large errors
@pytest.mark.parametrize("factor", [-1.0, 0.0, 1.01, 2.0])
def test_a_wrong_derivative_is_found_in_spite_of_rounding_noise(f, xs, factor):
    first, *others = autograd.grad(f, tuple(range(len(xs))))(*xs)
    slopes = [first * factor, *others]
    bad = primitive("bad", lambda *v: f(*map(Value, v)).data, [lambda y, *v, s=s: s for s in slopes])
    with pytest.raises(GradcheckError, match=r"df/dinputs\[0\]"):
        gradcheck(bad, xs)


@pytest.mark.parametrize("away", [1e-2, 1e-4, 1e-6, 1e-8])
def test_the_slope_of_the_other_side_of_a_kink_is_found_near_it(away):
    other = primitive("other", lambda x: max(x - 0.5, 0.0), [lambda y, x: 0.0 if x > 0.5 else 1.0])
    for x in (0.5 - away, 0.5 + away):
        with pytest.raises(GradcheckError):
            gradcheck(other, (x,))


def test_a_tiny_ripple_is_not_taken_for_rounding_noise():
    def ripple(x):
        return x + 1e-8 * math.sin(1e8 * x)

    right = primitive("right", ripple, [lambda y, x: 1 + math.cos(1e8 * x)])
    smooth = primitive("smooth", ripple, [1.0])
    assert gradcheck(right, (0.5,))
    with pytest.raises(GradcheckError):
        gradcheck(smooth, (0.5,))


def test_a_kink_allows_the_slopes_between_and_no_other():
    for slope in (-1.0, -0.3, 0.0, 1.0):
        assert gradcheck(primitive("abs", abs, [slope]), (0.0,))
    for slope in (-1.1, 1.1):
        with pytest.raises(GradcheckError):
            gradcheck(primitive("abs", abs, [slope]), (0.0,))


def test_a_check_of_two_inputs_costs_at_most_50_calls():
    calls = []

    def f(x, y):
        calls.append(0)
        return x.sin() * y

    assert gradcheck(f, (0.5, 2.0)) and len(calls) <= 50


def test_where_f_raises_an_error_it_is_not_defined():
    root = primitive("root", lambda x: math.sqrt(x) + 1e6, [lambda y, x: 0.5 / math.sqrt(x)])
    assert gradcheck(root, (1e-3,))


def test_a_function_that_is_defined_on_one_side_only_cannot_be_compared():
    with pytest.raises(GradcheckError, match="cannot be compared: f is 0.0 there, but not finite on both sides; check"):
        gradcheck(lambda x: x**1.5, (0.0,))


def test_a_function_with_another_result_at_each_call_is_refused():
    rng = random.Random(0)
    with pytest.raises(GradcheckError, match=r"f cannot be checked: f gives .* for the same inputs; seed"):
        gradcheck(lambda x: x * rng.random(), (1.0,))


def test_the_message_says_how_much_of_the_allowed_difference_is_noise():
    bad = primitive("bad", lambda x: math.sin(x) + 1e7, [lambda y, x: 2 * math.cos(x)])
    with pytest.raises(GradcheckError, match=r"give 0\.8775\d+, 0\.88 apart \(allowed difference \S+\): look at"):
        gradcheck(bad, (0.5,))
    with pytest.raises(
        GradcheckError, match=r"apart \(allowed .*, most of it for the rounding noise of f, \S+\): look"
    ):
        gradcheck(bad, (0.5,), rtol=1e-12)


# --- several outputs ---


def test_every_output_is_checked_to_second_order():
    assert gradcheck(autograd.nn.Linear(2, 1), ([1.0, 2.0],), order=2)
    assert gradcheck(autograd.nn.Linear(2, 3), (np.array([1.0, 2.0]),))
    assert gradcheck(lambda x, y: {"product": x * y, "rest": [x.sin(), (y**3, x / y)]}, (0.5, 2.0), order=2)
    assert gradcheck(lambda v: np.array([v[0] * v[1], v[1].exp()]), (np.array([0.5, 2.0]),), order=2)
    assert gradcheck(lambda x: [x * x, 3, True, 2.5, None], (Value(0.5),))


def test_the_message_names_the_output():
    bad = primitive("bad", lambda x: x * x, [lambda y, x: 3 * x])
    with pytest.raises(GradcheckError, match=r"^df\['loss'\]\[1\]/dinputs\[0\]\[1\] at 2\.0: .* is 6\.0, .* give 4\.0"):
        gradcheck(lambda v: {"loss": (v[0] * v[1], v[0] + bad(v[1])), "size": v[0]}, ([1.0, 2.0],))
    half = primitive("half", math.sin, [lambda y, x: cos(x.data) if isinstance(x, Value) else math.cos(x)])
    with pytest.raises(GradcheckError, match=r"^d\(df\[1\]/dinputs\[0\]\)/dinputs\[0\] at 0\.7"):
        gradcheck(lambda x: [x.exp(), half(x)], (0.7,), order=2)


def test_structures_are_checked_and_the_message_names_the_place():
    bad = primitive("bad", lambda x: x * x, [lambda y, x: 3 * x])
    with pytest.raises(GradcheckError, match=r"inputs\[0\]\['w'\]\[1\] at 2\.0: the derivative is 6\.0.* 4\.0"):
        gradcheck(lambda p: p["w"][0] + bad(p["w"][1]), ({"w": [1.0, 2.0]},))


def test_bad_arguments_are_refused():
    with pytest.raises(TypeError, match="inputs as a tuple"):
        gradcheck(lambda x: x, 1.0)
    with pytest.raises(ValueError, match="order must be"):
        gradcheck(lambda x: x, (1.0,), order=0)
    with pytest.raises(TypeError, match="result of f must be a real number"):
        gradcheck(lambda x: "x", (1.0,))
    for nothing in (None, [], {}):
        with pytest.raises(
            TypeError, match=r"must return at least one number, but it returned .*: return what to check"
        ):
            gradcheck(lambda x, nothing=nothing: nothing, (1.0,))


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
