"""Why a gradient is what it is: the verdict, the first culprit, the factors on the path."""

from __future__ import annotations

import math
import random
import re
from collections.abc import Callable

import pytest

import autograd
from autograd import Value, dot, exp, log, nn, primitive, relu, sigmoid, sqrt, tanh
from autograd.graph import reverse_sweep, topological_order
from autograd.view.reasons.why import Reason, why
from autograd.view.terminal import width


def asked(f: Callable[[Value], Value], x: float, lang: str = "en") -> Reason:
    v = Value(x, "x")
    return why(f(v).named("y"), v, lang=lang)


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
    (lambda x: x * 0, 3.0, "zero", "factor", "x is multiplied by 0 in y."),
    (lambda x: dot([x, 2.0], [0.0, 1.0]), 3.0, "zero", "factor", "x is multiplied by 0 in y."),
    (lambda x: x**2, 0.0, "zero", "flat", "^ at x has the slope 0 there: its input is 0."),
    (lambda x: x * 2 - x * 2, 3.0, "zero", "cancel",
     "2 paths meet at x and cancel: parts as large as 2 add up to 0."),
    (chain(lambda x: x * 0.1, 400), 3.0, "zero", "underflow",
     "No factor is 0, but the product of 400 factors, 0.1 each on average, is below all floats."),
    (lambda x: x * 1e-9, 3.0, "vanished", "factor", "x is multiplied by only 1e-09 in y."),
    (lambda x: autograd.mean([x] + [Value(0.0)] * 2000) * 2e-3, 3.0, "vanished", "small",
     "mean at x multiplies the gradient by only 0.0004998."),
    (chain(lambda x: tanh(x * 0.5), 40), 0.1, "vanished", "shrink", ""),
    (chain(lambda x: x * 1.5, 40), 0.1, "exploded", "shrink",
     "No single step is to blame: 40 factors, 1.5 each on average, multiply to 1.106e+07."),
    (lambda x: x * 1e5, 0.1, "exploded", "factor", "x is multiplied by 100000 in y."),
    (lambda x: exp(x), 20.0, "exploded", "large", "exp at x multiplies the gradient by 4.852e+08."),
    (lambda x: autograd.sum([x] * 3000), 1.0, "exploded", "add up",
     "3000 paths meet at x and add up to 3000: the largest part is 1."),
    (chain(lambda x: x + x, 100), 1.0, "exploded", "all add up",
     "No single step is to blame: what the paths carry adds up."),
    (chain(lambda x: x * 2 - x * 1.99, 4), 1.0, "vanished", "all cancel",
     "No single step is to blame: what the paths carry cancels."),
    (lambda x: x - x * (1 - 1e-9), 1.0, "vanished", "cancel",
     "2 paths meet at x and cancel: parts as large as 1 add up to 1e-09."),
    (lambda x: autograd.softmax([x, 1000.0, 2000.0])[0], 0.0, "zero", "spread",
     "softmax is saturated at x: its operands reach from 0 to 2000, its slope there is 0."),
    (lambda x: autograd.where(x > 0, sqrt(x), x * 2), 0.0, "nan", "unchosen",
     "0 × inf: where did not choose v1, so the gradient 0 arrives there, but sqrt at x has the slope inf, and the "
     "product is nan. Give sqrt a harmless operand where it is not chosen."),
    (lambda x: x * 0 * math.inf, 2.0, "nan", "factor",
     "v1 is multiplied by inf in y. Keep that factor finite. Further on it meets a slope of 0, and that makes nan."),
    (lambda x: exp(x) / (exp(x) + 1), 1000.0, "nan", "made inf",
     "exp makes v2 = inf, of 1000: too large for a float. Scale its operands down."),
    (lambda x: log(x), -1.0, "healthy", "fine",
     "Every step passes the gradient on at a reasonable size. But the result is not finite: log makes y = nan, of -1. "
     "Keep its operands where log is defined."),
    (lambda x: sigmoid(x) * 1e9, 20.0, "healthy", "saturated",
     "sigmoid is saturated at x: its input is 20, where its slope is 2.061e-09. Other factors make up for it."),
    (lambda x: x * 1e-9 * 1e9, 20.0, "healthy", "balanced", "Its factors reach from 1e-09 to 1e+09, but they balance."),
    (lambda x: log(x), 0.0, "inf", "log of 0",
     "the log of 0: log at x is -inf, and its slope divides by 0. "
     "Keep x above 0, for example by adding a small number."),
    (lambda x: 1 / x, 0.0, "inf", "division by 0", "a division by 0 makes y: its derivative by x is -inf. "
     "Keep the divisor away from 0."),
    (lambda x: x / 0, 3.0, "inf", "division by 0", "a division by 0 makes y: its derivative by x is inf. "
     "Keep the divisor away from 0."),
    (lambda x: sqrt(x), 0.0, "inf", "pole",
     "sqrt at x has an infinite slope: its input is 0. Keep x away from there, for example by adding a small number."),
    (lambda x: sqrt(x * x), 0.0, "nan", "pole",
     "sqrt at v1 has an infinite slope: its input is 0. Keep v1 away from there, for example by adding a small number. "
     "Further on it meets a slope of 0, and that makes nan."),
    (lambda x: sqrt(x) * 0, 0.0, "nan", "0 × inf",
     "0 × inf: the gradient that arrives at v1 is 0, the slope of sqrt is inf. Keep x away from 0, or write what sqrt "
     "is used in without it."),
    (lambda x: exp(x), 1000.0, "inf", "made inf",
     "exp makes y = inf, of 1000: too large for a float. Scale its operands down."),
    (chain(lambda x: x * 1e10, 40), 1e-300, "inf", "overflow",
     "No factor is infinite, but the product of 40 factors, 1e+10 each on average, is above all floats. "
     "Scale them down."),
    (lambda x: x * 1e308 * 10 - x * 1e308 * 10, 1e-300, "nan", "paths inf - inf",
     "inf − inf: paths of opposite infinite parts meet at x. Scale the numbers down, so that the parts stay finite."),
    (lambda x: exp(exp(x) - exp(x)), 1000.0, "nan", "made inf",
     "exp makes v2 = inf, of 1000: too large for a float. Scale its operands down."),
    (lambda x: exp(x), math.nan, "nan", "given", "x, which was given, is nan. Look where it comes from."),
    (lambda x: (-1.0) ** x, 2.0, "nan", "undefined",
     "^ at x has no derivative there: of -1, 2 its slope is nan. Keep its operands where it has one."),
    (lambda x: x * math.inf, 2.0, "inf", "factor", "x is multiplied by inf in y. Keep that factor finite."),
    (lambda x: x * 1e-4, 3.0, "small", "factor", "x is multiplied by only 0.0001 in y."),
    (chain(lambda x: x * 0.1, 5), 3.0, "small", "shrink",
     "No single step is to blame: 5 factors, 0.1 each on average, multiply to 1e-05."),
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
        "dy/dq = 0: not connected\ny does not depend on q: no operation recorded on the way to y uses it."
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
        "  dL/da       2        2   × 2\n"
        "  da/dz       0        0   ReLU at -6  ←\n"
        "  dz/dw       3        0   × 3"
    )


def test_activations_and_weights_are_told_apart():
    x = Value(0.5, "x")
    h = x
    for _ in range(30):
        h = tanh(h * 0.5)
    assert (
        "the slopes of tanh (30) multiply to 0.9215, weights and other factors (30) to 9.313e-10" in why(h, x).sentence
    )


@pytest.mark.slow
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
    assert "ReLU in here is dead: its input is" in shown and "  ReLU in here " in shown and "  ←" in shown
    assert "  step 51 " in shown
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
        ((3.0, Value(1.0)), TypeError, r"first and then its inputs, why\(loss, weight\), but output is 3.0"),
        (
            (Value(1.0), 3.0),
            TypeError,
            r"wrt must be a Value or several, .* model.parameters\(\), but got 3.0",
        ),
        ((Value(1.0), [Value(1.0), "w"]), TypeError, "but got 'w' of type str"),
        ((Value(1.0), []), ValueError, "wrt is empty: give a Value or several, or leave it out"),
    ],
)
def test_a_wrong_argument_is_refused_with_what_is_accepted(arguments, error, message):
    with pytest.raises(error, match=message):
        why(*arguments)
    with pytest.raises(ValueError, match=r"lang must be one of .en., .zh."):
        why(Value(1.0), lang="fr")


def test_what_is_refused_is_quoted_in_short():
    for arguments in ([Value(1.0)] * 100_000,), (Value(1.0), [[Value(1.0)] * 100_000]):
        with pytest.raises(TypeError) as refused:
            why(*arguments)
        assert len(str(refused.value)) < 1000


# --- names ---


def test_an_unnamed_value_gets_a_name_that_no_other_has():
    y = Value(2.0, "y")
    assert str(why(y * 3.0, y)).startswith("dout/dy = 3")
    x = Value(2.0)
    assert str(why((x * Value(3.0, "x")).named("z"), x)).startswith("dz/dv1 = 3")
    v1 = Value(2.0, "v1")
    assert [line.split()[0] for line in str(why(autograd.sin(autograd.sin(v1)), v1)).splitlines()[4:]] == [
        "dy/du1",
        "du1/dv1",
    ]


def test_of_two_values_with_one_label_one_is_numbered():
    w = Value(2.0, "w")
    assert "dw#2/dw" in (shown := str(why((w * 3.0).named("w"), w))) and "dw/dw " not in shown


def test_a_label_of_spaces_is_no_name():
    x = Value(2.0, " ")
    assert str(why(x * 3.0, x)).startswith("dy/dv1 = 3")


# --- which input ---


def test_without_an_input_the_worst_of_the_named_ones_is_explained():
    good, dead, worse, unnamed = Value(1.0, "good"), Value(-1.0, "dead"), Value(1.0, "worse"), Value(0.0)
    loss = (good + relu(dead) + sigmoid(worse * 40) + log(unnamed)).named("L")
    reason = why(loss)
    assert reason.wrt is worse and reason.cause == "saturated"
    assert str(reason).splitlines()[1] == "The worst of 3 inputs, and the only one with this verdict."


def test_of_several_with_one_verdict_it_says_how_many():
    ws = [Value(-1.0, f"w{i}") for i in range(5)]
    loss = autograd.sum([*map(relu, ws[:4]), ws[4]]).named("L")
    assert why(loss).wrt in set(ws[:4])
    assert str(why(loss)).splitlines()[1] == "The worst of 5 inputs; with the same verdict: 3 more."
    assert "5 个输入中最严重的一个；另有 3 个诊断结论相同。" in str(why(loss, lang="zh"))


@pytest.mark.parametrize("worst", range(6))
def test_the_order_of_troubles_is_nan_inf_the_most_extreme_size_none_zero_healthy(worst):
    values = [
        Value(0.0, "nan"),
        Value(0.0, "inf"),
        Value(1.0, "tiny"),
        Value(1.0, "huge"),
        Value(0.0, "zero"),
        Value(1.0, "fine"),
    ]
    parts = [sqrt(values[0]) * 0, log(values[1]), values[2] * 1e-20, values[3] * 1e10, values[4] * 0, values[5]]
    assert why(autograd.sum(parts), reversed(values[worst:])).wrt is values[worst]


def test_parameters_come_before_other_leaves_and_leaves_before_nothing():
    w, x = nn.Parameter(0.5), Value(0.0)
    assert why(w * log(x)).wrt is w
    assert why(2 * log(x)).wrt is x
    assert why(x).cause == "itself"


def test_the_parameters_of_a_model_can_be_asked_about_at_once():
    model = nn.MLP(2, [3, 1], "relu", seed=0)
    unused = Value(1.0, "unused")
    loss = (model([1.0, -2.0]) - 1) ** 2
    reason = why(loss, model.parameters())
    assert reason.wrt in set(model.parameters()) and f"worst of {len(model.parameters())} parameters" in str(reason)
    assert why(loss, [unused, *(p for p in model.parameters() if reverse_sweep(loss)[p])]).wrt is unused


def test_the_wrong_order_is_understood():
    w = Value(2.0, "w")
    loss = (w * 3).named("L")
    assert why(w, loss).sentence == "w does not depend on L; L depends on w. The result comes first: why(L, w)."


# --- what else there is on the way ---


@pytest.mark.parametrize(
    ("hook", "verdict", "sentence"),
    [
        (lambda g: 0.0, "zero", "A hook on z replaced the gradient 2 by 0."),
        (lambda g: math.nan, "nan", "A hook on z replaced the gradient 2 by nan."),
        (lambda g: g * 1e9, "exploded", "A hook on z replaced the gradient 2 by 2e+09."),
        (lambda g: g * 1e-9, "vanished", "A hook on z replaced the gradient 2 by 2e-09."),
        (lambda g: None, "healthy", "Every step passes the gradient on at a reasonable size."),
        (lambda g: g, "healthy", "Every step passes the gradient on at a reasonable size."),
    ],
)
@pytest.mark.parametrize("place", ["middle", "input"])
def test_a_hook_is_blamed_for_what_it_does(hook, verdict, sentence, place):
    x = Value(2.0, "x" if place == "middle" else "z")
    z = (x * 3).named("z") if place == "middle" else x
    z.register_hook(hook)
    reason = why((z * 2).named("y"), x)
    assert (reason.verdict, reason.sentence) == (verdict, sentence)
    assert ("hook: 2 → " in str(reason)) == (verdict != "healthy")


def test_a_hook_sees_the_sum_of_its_paths_and_one_on_the_output_is_found():
    x = Value(3.0, "x")
    x.register_hook(lambda g: 0.0)
    assert "hook: 6 → 0" in str(why((x * x).named("y"), x))
    y = (Value(1.0, "a") * 2).named("y")
    y.register_hook(lambda g: g * 0)
    assert why(y).sentence == "A hook on y replaced the gradient 1 by 0."


def test_hooks_are_called_once():
    calls = []
    x = Value(3.0, "x")
    x.register_hook(calls.append)
    why(x * x)
    assert calls == [6.0]


def test_many_hooks_do_not_walk_the_graph_many_times(monkeypatch):
    h = x = Value(1.0, "x")
    for _ in range(300):
        h = h * 1.001
        h.register_hook(lambda g: g)
    walked = 0
    parents = Value.parents.__get__

    def counted(node: Value):
        nonlocal walked
        walked += 1
        return parents(node)

    monkeypatch.setattr(Value, "parents", property(counted))
    why(h, x)
    assert walked < 20 * 300


def test_a_dead_unit_is_found_behind_the_mean_of_a_batch():
    w = Value(-1.0, "w")
    loss = autograd.mean([relu(w * x) for x in range(1, 5000)]).named("L")
    assert why(loss, w).cause == "dead"


def test_a_weight_in_every_step_of_a_long_recurrence_is_shown_with_its_longest_path():
    u, h = Value(0.9, "u"), Value(1.0)
    for _ in range(1000):
        h = h * u
    reason = why(h, u)
    assert (reason.verdict, reason.cause, len(reason.steps)) == ("vanished", "shrink", 1000)
    assert reason.sentence.startswith("No single step is to blame: 1000 factors, 0.9 each on average")
    assert "with all paths (1000)" in str(reason)


def test_the_other_factor_of_a_product_is_named():
    w, a = Value(2.0, "w"), Value(-1.0, "x").relu().named("a")
    assert why((w * a).named("z"), w).sentence == "w is multiplied by a = 0 in z."
    assert why(dot([w, 1.0], [a, 3.0]).named("z"), w).sentence == "w is multiplied by a = 0 in z."


def test_a_saturated_step_far_worse_than_an_earlier_small_one_is_to_blame():
    x = Value(30.0, "x")
    assert why((sigmoid(x) * 1e-4).named("y"), x).cause == "saturated"
    assert why((sigmoid(x - 20) * 1e-4).named("y"), x).cause == "factor"


def hard_sigmoid(x: float) -> float:
    return min(max(x / 6 + 0.5, 0.0), 1.0)


OWN = [
    (primitive("hard", hard_sigmoid, [lambda y, x: 1 / 6 if -3 < x < 3 else 0.0]), 10.0, "saturated"),
    (primitive("hard", hard_sigmoid, [lambda y, x: 1 / 6 if -3 < x < 3 else 0.0]), -10.0, "saturated"),
    (primitive("ramp", lambda x: max(x, 0.0), [lambda y, x: 1.0 if x > 0 else 0.0]), -2.0, "dead"),
    (primitive("ramp", lambda x: max(x, 0.0), [lambda y, x: 1.0 if x > 0 else 0.0]), 0.0, "dead"),
    (primitive("stair", math.floor, [0.0]), 2.5, "step"),
    (primitive("bowl", lambda x: x * x, [lambda y, x: 2 * x]), 0.0, "flat"),
    (primitive("swish", lambda x: x / (1 + math.exp(-x)), [lambda y, x: y / x + y * (1 - y / x)]), -40.0, "saturated"),
    (primitive("log of", math.log, [lambda y, x: 1 / x]), 1e9, "small"),
    (primitive("lame", lambda x: 1.0, [lambda y, x: 0.0 if x == 2.0 else 1 / 0]), 2.0, "flat"),
    (primitive("mirrored ramp", lambda x: max(-x, 0.0), [lambda y, x: -1.0 if x < 0 else 0.0]), 2.0, "dead"),
    (primitive("late stair", lambda x: float(x >= 100), [0.0]), 2.5, "step"),
    (primitive("constant", lambda x: 1.0, [0.0]), 2.5, "flat"),
]  # fmt: skip


@pytest.mark.parametrize(("own", "x", "cause"), OWN)
def test_how_an_operation_of_ones_own_is_flat_is_told_by_its_slopes(own, x, cause):
    v = Value(x, "x")
    assert why(own(v), v).cause == cause


@pytest.mark.parametrize("seed", range(200))
def test_slopes_times_paths_give_the_gradient_and_every_report_can_be_shown(seed):
    r = random.Random(seed)
    leaves = [Value(r.gauss(0, 1), name) for name in "abc"]
    pool = list(leaves)
    for _ in range(20):
        a, b = r.choice(pool), r.choice(pool)
        pool.append(
            r.choice([a + b, a * b, a - b, tanh(a), sigmoid(b), relu(a), autograd.max([a, b]), dot([a, b], [b, a])])
        )
    for leaf in leaves:
        reason = why(pool[-1], leaf)
        assert repr(reason) == str(reason) and reason._repr_html_()
        if reason.gradient:
            factors = math.prod(step.slope * step.paths for step in reason.steps)
            assert factors == pytest.approx(reason.gradient, rel=1e-9)


def test_a_notebook_shows_a_table_in_which_labels_are_text():
    w = Value(-1.0, "<img src=x onerror=alert(1)>")
    shown = why(relu(w).named("a"), w)._repr_html_()
    assert "<img" not in shown and "&lt;img" in shown
    assert shown.startswith("<p><strong>da/d") and shown.count("<tr>") == 2 and "ReLU is dead" in shown
    assert why(w, w)._repr_html_().count("<table>") == 0


@pytest.mark.parametrize("lang", ["en", "zh"])
def test_no_line_is_wider_than_a_terminal_and_no_word_is_lost(lang):
    x = Value(0.5, "x")
    reason = why(chain(lambda h: tanh(h * 0.5), 40)(x), [x, Value(1.0)], lang=lang)
    above = str(reason).split("\n\n")[0].splitlines()
    assert len(above) > 3 and all(width(line) <= 88 for line in above)
    joined = "".join(above[2:]).replace(" ", "")
    assert joined == reason.sentence.replace(" ", "") and not any(line[0] in "，。：；、）" for line in above)


def test_the_prompt_shows_the_text():
    x = Value(-1.0, "x")
    assert repr(why(relu(x), x)) == str(why(relu(x), x))


def test_the_table_says_by_what_an_operation_changes_the_gradient():
    x, d = Value(3.0, "x"), Value(-4.0, "d")
    shown = str(why(((1 - x**2 / 16) / d).named("y"), x))
    assert [line.split("  ")[-1].strip() for line in shown.splitlines()[4:]] == ["÷ (-4)", "1 −", "÷ 16", "^ 2"]


# --- what Values and steps are called ---


def deep(activation: str = "sigmoid") -> tuple[nn.Module, Value]:
    model = nn.MLP(2, [3, 3, 3, 1], activation, seed=0)
    outputs = model([[0.5, -1.0], [2.0, 1.0], [0.0, 1.0]])
    return model, autograd.sum([(y - 1) ** 2 for y in outputs]) / 3


def test_a_step_without_a_name_is_called_by_its_operation_layer_and_neuron():
    _, loss = deep()
    shown = str(why(loss))
    assert re.match(r"dy/dlayers\.0\.weight\[\d]\[\d] = ", shown)
    assert re.search(r"^  ÷ in y +0\.3333 +0\.3333 +÷ 3$", shown, re.M)
    assert re.search(r"^  \^ after layers\.3 .* \^ 2$", shown, re.M)
    assert re.search(r"^  dot in layers\.3, neuron 0 .* × weight\[0]\[\d]$", shown, re.M)
    assert re.search(r"^  sigmoid in layers\.2, neuron (\d) .* at \S+\n  dot in layers\.2, neuron \1 ", shown, re.M)
    assert not re.search(r"\bd?v\d", shown)


def test_the_same_step_in_chinese():
    _, loss = deep()
    shown = str(why(loss, lang="zh"))
    assert "layers.3 之后的 ^" in shown and re.search(
        r"layers\.2 的神经元 \d 中的 sigmoid +\S+ +\S+ +输入 \S+$", shown, re.M
    )
    assert "个参数中" in shown and not re.search(r"\bd?v\d", shown)


def test_a_dead_neuron_is_named():
    model = nn.Sequential(nn.Linear(1, 2, seed=0), nn.ReLU(), nn.Linear(2, 1, seed=1))
    for bias in model[0].bias:
        bias.data = -100.0
    loss = (model([1.0])[0] - 1) ** 2
    reason = why(loss, model[0].weight[1][0])
    assert reason.sentence.startswith("ReLU in layer 0, neuron 1 is dead: its input is -99")
    assert "dy/d(0.weight[1][0]) = 0: zero" in str(reason)
    assert why(loss, model[0].weight[1][0], lang="zh").sentence.startswith("层 0 的神经元 1 中的 ReLU 是死神经元：")
    named = why(loss, model[0].weight[1][0], names={"model": model})
    assert named.sentence.startswith("ReLU in model.0, neuron 1 is dead")


def test_steps_through_time_are_told_apart():
    cell = nn.RNN(1, 1, seed=0)
    first = Value(0.5, "first")
    outputs, _ = cell([[first], *[[0.5]] * 4])
    shown = str(why(outputs[-1][0], first))
    assert "  tanh in y " in shown and "  dot in RNN, step 2 " in shown and "  tanh in RNN, step 3 " in shown
    assert "  RNN 中（第 3 步）的 tanh " in str(why(outputs[-1][0], first, lang="zh"))


def test_a_factor_between_layers_is_placed():
    model = nn.MLP(1, [1, 1], "tanh", seed=0)
    y = model.layers[1]([x * 1e-9 for x in model.layers[0]([1.0])])[0]
    reason = why(y, model.layers[0].weight[0][0])
    assert reason.sentence == "tanh in layers.0, neuron 0 is multiplied by only 1e-09 after layers.0."
    assert (
        why(y, reason.wrt, lang="zh").sentence == "layers.0 之后，layers.0 的神经元 0 中的 tanh 所乘的因子只有 1e-09。"
    )


@pytest.mark.parametrize("lang", ["en", "zh"])
def test_every_cause_in_a_network_is_said_without_a_number_for_a_value(lang):
    model = nn.Linear(1, 1, bias=False, seed=0)
    weight = model.weight[0][0]
    for f, x, *_ in CASES:
        weight.data = x
        (z,) = model([1.0])
        for y in (f(z), autograd.sum([f(z), *(z * 0 + i for i in range(30))])):
            for shown in (str(why(y, lang=lang)), str(why(y, weight, lang=lang))):
                assert (
                    "{n}" not in shown and " ." not in shown.replace(" ...", "") and not re.search(r"\bd?v\d", shown)
                ), shown


@pytest.mark.parametrize("lang", ["en", "zh"])
def test_of_many_values_without_names_steps_are_counted(lang):
    for f, x, *_ in CASES:
        v = Value(x)
        y = f(v)
        for i in range(30):
            y = autograd.maximum(y, 0.0 * i) if i == 15 else y + i
        shown = str(why(y, v, lang=lang))
        assert "{n}" not in shown and not re.search(r"\bd?v\d", shown), shown
        assert "the unnamed Value" in shown or "未命名的 Value" in shown


def test_names_of_the_user_stay_in_a_network():
    model = nn.MLP(1, [2, 1], "tanh", seed=0)
    hidden = [h.named(f"h{i}") for i, h in enumerate(model.layers[0]([1.0]))]
    (y,) = model.layers[1](hidden)
    shown = str(why(y.named("out"), hidden[0]))
    assert shown.startswith("dout/dh0 = ") and "  dout/dh0 " in shown


def test_parameters_are_called_parameters_and_other_leaves_inputs():
    model, x = nn.Linear(1, 1, seed=0), Value(2.0, "x")
    (y,) = model([x])
    assert "The worst of 2 parameters" in str(why(y, model.parameters()))
    assert "The worst of 3 Values" in str(why(y, [x, *model.parameters()]))
    assert "The worst of 2 inputs" in str(why(x * Value(3.0, "w")))


def test_an_unnamed_step_from_a_named_value_is_called_after_it():
    a = Value(0.5, "a0")
    for i in range(1, 30):
        a = tanh(dot([0.5], [a], 0.1)).named(f"a{i}")
    shown = str(why(a, a.parents[0].parents[0]))
    assert "  tanh in a29 " in shown and re.search(r"^  dot of a28 +0\.5 +\S+ +× 0\.5$", shown, re.M)
    assert "a28 的 dot" in str(why(a, a.parents[0].parents[0], lang="zh"))
