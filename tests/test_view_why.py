"""Why a gradient is what it is: the verdict, the first culprit, the factors on the path."""

from __future__ import annotations

import math
from collections.abc import Callable

import pytest

import autograd
from autograd import Value, dot, exp, log, relu, sigmoid, sqrt, tanh
from autograd.graph import reverse_sweep, topological_order
from autograd.view.why import Reason, why


def asked(f: Callable[[Value], Value], x: float, lang: str = "en") -> Reason:
    v = Value(x, "x")
    return why(f(v).named("y"), v, lang)


def chain(f: Callable[[Value], Value], length: int) -> Callable[[Value], Value]:
    def repeated(x: Value) -> Value:
        for _ in range(length):
            x = f(x)
        return x

    return repeated


CASES: list[tuple[Callable[[Value], Value], float, str, str, str]] = [
    (lambda x: relu(x * 2), -3.0, "zero", "dead", "ReLU is dead at v1: its input is -6 ≤ 0, so its slope is 0."),
    (lambda x: sigmoid(x * 10), 3.0, "vanished", "saturated",
     "sigmoid is saturated at v1: its input is 30, where its slope is 9.358e-14."),
    (lambda x: tanh(x), 400.0, "zero", "saturated", "tanh is saturated at x: its input is 400, where its slope is 0."),
    (lambda x: autograd.sign(x) * 2, 3.0, "zero", "step",
     "sign at x is a step function: flat except where it jumps, so its slope is 0."),
    (lambda x: x // 2, 3.0, "zero", "step",
     "// at x is a step function: flat except where it jumps, so its slope is 0."),
    (lambda x: autograd.where(False, x, 1.0), 3.0, "zero", "choice",
     "where chose another of its operands, so nothing flows to x."),
    (lambda x: autograd.maximum(x, 5.0), 3.0, "zero", "choice",
     "maximum chose another of its operands, so nothing flows to x."),
    (lambda x: x * 0, 3.0, "zero", "factor 0", "x is multiplied by 0 in y."),
    (lambda x: dot([x, 2.0], [0.0, 1.0]), 3.0, "zero", "factor 0", "x is multiplied by 0 in y."),
    (lambda x: x**2, 0.0, "zero", "flat", "^ at x has the slope 0 there: its input is 0."),
    (lambda x: x * 2 - x * 2, 3.0, "zero", "cancel",
     "2 paths meet at x and cancel: their parts add up to 0 but are as large as 2."),
    (chain(lambda x: x * 0.1, 400), 3.0, "zero", "underflow",
     "No factor is 0, but the product of 400 factors, 0.1 each on average, is below all floats."),
    (lambda x: x * 1e-9, 3.0, "vanished", "small", "× at x multiplies the gradient by only 1e-09."),
    (chain(lambda x: tanh(x * 0.5), 40), 0.1, "vanished", "shrink", ""),
    (chain(lambda x: x * 1.5, 40), 0.1, "exploded", "shrink",
     "No single step is to blame: 40 factors, 1.5 each on average, multiply to 1.106e+07."),
    (lambda x: x * 1e5, 0.1, "exploded", "large", "× at x multiplies the gradient by 100000."),
    (lambda x: log(x), 0.0, "inf", "log of 0", "the log of 0: log at x is -inf, and its slope there is 1 ÷ 0."),
    (lambda x: 1 / x, 0.0, "inf", "division by 0", "a division by 0 makes y: its derivative by x is -inf."),
    (lambda x: x / 0, 3.0, "inf", "division by 0", "a division by 0 makes y: its derivative by x is inf."),
    (lambda x: sqrt(x), 0.0, "inf", "pole", "sqrt at x has an infinite slope: its input is 0."),
    (lambda x: sqrt(x * x), 0.0, "nan", "pole",
     "sqrt at v1 has an infinite slope: its input is 0. Further on it meets a slope of 0 or its own opposite, "
     "and that makes nan."),
    (lambda x: sqrt(x) * 0, 0.0, "nan", "0 × inf",
     "0 × inf: the gradient that arrives at v1 is 0, the slope of sqrt is inf."),
    (lambda x: exp(x), 1000.0, "inf", "made inf", "exp makes y = inf, of 1000: too large for a float."),
    (chain(lambda x: x * 1e10, 40), 1e-300, "inf", "overflow",
     "No factor is infinite, but the product of 40 factors, 1e+10 each on average, is above all floats."),
    (lambda x: x * 1e308 * 10 - x * 1e308 * 10, 1e-300, "nan", "paths inf - inf",
     "inf − inf: paths of opposite infinite parts meet at x."),
    (lambda x: exp(exp(x) - exp(x)), 1000.0, "nan", "made inf", "exp makes v1 = inf, of 1000: too large for a float."),
    (lambda x: exp(x), math.nan, "nan", "given", "x, which was given, is nan."),
    (lambda x: (-1.0) ** x, 2.0, "nan", "undefined", "^ at x has no derivative there: its input is 2."),
    (lambda x: x * math.inf, 2.0, "inf", "large", "× at x multiplies the gradient by inf."),
    (lambda x: x * x + x, 3.0, "healthy", "fine", "Every step passes the gradient on at a reasonable size."),
]  # fmt: skip


@pytest.mark.parametrize(("f", "x", "verdict", "cause", "sentence"), CASES)
def test_the_first_culprit_is_named(f, x, verdict, cause, sentence):
    reason = asked(f, x)
    assert (reason.verdict, reason.cause) == (verdict, cause)
    assert reason.sentence == sentence or not sentence
    v = Value(x)
    expected = reverse_sweep(f(v))[v]
    assert reason.gradient == expected or (math.isnan(expected) and math.isnan(reason.gradient))


@pytest.mark.parametrize(("f", "x", "verdict", "cause", "sentence"), CASES)
def test_the_same_is_said_in_chinese(f, x, verdict, cause, sentence):
    reason = asked(f, x, "zh")
    assert (reason.verdict, reason.cause) == (verdict, cause)
    assert any("\u4e00" <= c <= "\u9fff" for c in reason.sentence)
    assert not any(word in str(reason) for word in (" the ", " is ", "slope", "step"))


def test_an_input_that_was_not_used_is_not_connected():
    x, q = Value(3.0, "x"), Value(2.0, "q")
    reason = why((x * 2).named("y"), q)
    assert (reason.verdict, reason.gradient, reason.steps) == ("not connected", 0.0, ())
    assert str(reason) == (
        "dy/dq = 0: not connected\ny does not depend on q: nothing that y was computed from uses it."
    )


def test_a_value_asked_about_itself_is_healthy():
    x = Value(3.0, "x")
    assert (why(x, x).verdict, why(x, x).gradient, why(x, x).steps) == ("healthy", 1.0, ())


def test_the_culprit_is_the_first_one_from_the_output():
    x = Value(-3.0, "x")
    inner = relu(x).named("inner")
    outer = relu(inner - 1).named("outer")
    reason = why(outer, x)
    assert reason.culprit is not None and reason.culprit.result is outer
    assert reason.culprit is reason.steps[0]


def test_every_step_has_its_slope_and_the_product_so_far():
    x = Value(0.5, "x")
    reason = why(tanh(x * 3) * 2, x)
    slopes = [step.slope for step in reason.steps]
    assert slopes == [2.0, pytest.approx(1 - math.tanh(1.5) ** 2), 3.0]
    for n, step in enumerate(reason.steps, 1):
        assert step.product == pytest.approx(math.prod(slopes[:n]))
    assert reason.steps[-1].product == pytest.approx(reason.gradient)
    assert reason.steps[0].result.data == pytest.approx(2 * math.tanh(1.5)) and reason.steps[-1].operand is x


def test_the_path_is_the_one_that_carries_most():
    x = Value(1.0, "x")
    weak, strong = (x * 0.001).named("weak"), (x * 5).named("strong")
    reason = why(weak + strong, x)
    assert [step.operand.label for step in reason.steps] == ["strong", "x"]
    assert "This path alone gives 5; with all paths (2) it is 5.001." in str(reason)


def test_the_report_is_a_table_of_the_path_with_the_culprit_marked():
    w, x = Value(-2.0, "w"), Value(3.0, "x")
    assert str(why((relu((w * x).named("z")).named("a") * 2).named("L"), w)) == (
        "dL/dw = 0: zero\n"
        "ReLU is dead at z: its input is -6 ≤ 0, so its slope is 0.\n\n"
        "  step    slope   so far   by\n"
        "  dL/da   2       2        × 2\n"
        "  da/dz   0       0        ReLU at -6  ←\n"
        "  dz/dw   3       0        × 3"
    )


def test_activations_and_weights_are_told_apart():
    x = Value(0.5, "x")
    h = x
    for _ in range(30):
        h = tanh(h * 0.5)
    assert "30 weights and other factors to 9.313e-10" in why(h, x).sentence


def test_a_path_of_a_hundred_thousand_steps_is_shown_by_its_ends():
    x = Value(1.0, "x")
    h = x
    for _ in range(100_000):
        h = h * 0.999
    reason = why(h, x)
    assert len(reason.steps) == 100_000
    assert "... 99992 more steps ..." in str(reason)
    assert len(str(reason).splitlines()) < 20


def test_a_culprit_in_the_middle_of_a_long_path_is_shown():
    x = Value(1.0, "x")
    h = x
    for i in range(100):
        h = relu(h - 500).named("here") if i == 50 else h * 1.1
    shown = str(why(h, x))
    assert "ReLU is dead at v" in shown and "  ←" in shown
    assert "... 44 more steps ..." in shown and "... 46 more steps ..." in shown


def test_exponentially_many_paths_are_not_walked():
    x = Value(1.0, "x")
    h = x
    for _ in range(100):
        h = h + h
    reason = why(h, x)
    assert (reason.verdict, reason.gradient) == ("exploded", 2.0**100)
    assert "with all paths (more than 1,000,000)" in str(reason)


def test_names_from_a_mapping_label_values_that_have_none():
    p = Value(-1.0)
    assert "relu" not in (text := str(why(relu(p), p, names={"p": p}))) and "ReLU is dead at p" in text


def test_asking_changes_nothing_and_needs_no_backward():
    x = Value(0.5, "x")
    y = sigmoid(x * 3) * x
    before = [(n.data, n.grad, n.label, n.parents) for n in topological_order(y)]
    str(why(y, x))
    assert [(n.data, n.grad, n.label, n.parents) for n in topological_order(y)] == before


def test_labels_are_shown_as_text():
    w = Value(-1.0, "a\nb\x1b[31m")
    shown = str(why(relu(w), w))
    assert "\x1b" not in shown and '"a␊b␛[31m"' in shown


@pytest.mark.parametrize(
    ("arguments", "error", "message"),
    [
        ((3.0, Value(1.0)), TypeError, r"why takes two Values, why\(loss, weight\), but output is 3.0"),
        ((Value(1.0), None), TypeError, "wrt is None"),
        ((Value(1.0), Value(1.0), "fr"), ValueError, "lang must be one of .en., .zh."),
    ],
)
def test_a_wrong_argument_is_refused_with_what_is_accepted(arguments, error, message):
    with pytest.raises(error, match=message):
        why(*arguments)
