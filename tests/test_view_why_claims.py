"""What why says is so: every count, product and reason in its sentences, looked up in the graph by another way."""

from __future__ import annotations

import math
import random
import re
from collections import Counter
from collections.abc import Callable

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import autograd
from autograd import Value, exp, log, primitive, relu, sigmoid, sqrt, tanh
from autograd.graph import topological_order
from autograd.view.reasons.why import Reason, why
from autograd.view.words import sentences
from tests.test_view_why_order import calculation

pytestmark = pytest.mark.slow

NUMBER = re.compile(r"(?<![\w.])[-+]?(?:\d+(?:\.\d+)?(?:e[-+]\d+)?|inf|nan)(?!\w)")
PRODUCTS = ("mul", "dot", "prod")


def chain(length: int, *fs: Callable[[Value], Value]) -> Callable[[Value], Value]:
    def repeated(x: Value) -> Value:
        for _ in range(length):
            for f in fs:
                x = f(x)
        return x

    return repeated


def hooked(hook: Callable[[float], float]) -> Callable[[Value], Value]:
    def f(x: Value) -> Value:
        y = x * 1.0
        y.register_hook(hook)
        return y

    return f


def cancelling(x: Value) -> Value:
    return x * 1e-304 - x * (1e-304 * (1 - 1e-12))


def adding(x: Value) -> Value:
    return autograd.sum([x * 1e305] * 1000)


overflowing = primitive("steep", lambda x: x, [math.inf])

# One of each kind, with the part of the sentence that is its own: (f, x, cause, words).
EXAMPLES: list[tuple[Callable[[Value], Value], float, str, str]] = [
    (exp, math.inf, "given", "x, which was given, is inf. Look where it comes from."),
    (lambda x: exp(x) * 2, 1000.0, "made inf", "exp makes v1 = inf, of 1000: too large for a float."),
    (lambda x: (x * 1e200) ** 2, 1e200, "made inf", "× makes v1 = inf, of 1e+200, 1e+200: too large for a float."),
    (lambda x: exp(log(x)) * x, 0.0, "0 × inf", "Keep x away from 0, or write what log is used in without it."),
    (lambda x: autograd.atanh(x), 1.0, "pole", "atanh at x has an infinite slope: its input is 1."),
    (lambda x: autograd.acos(x), 1.0, "pole", "Keep x below that, for example by subtracting a small number."),
    (lambda x: autograd.acos(x), -1.0, "pole", "Keep x away from there, for example by adding a small number."),
    (lambda x: exp(autograd.atanh(x)), 1.0, "made inf", "atanh makes v1 = inf, of 1: a singularity."),
    (lambda x: x + log(Value(0.0)) * x, 1.0, "made inf", "log makes v2 = -inf, of 0: a singularity."),
    (lambda x: x * log(x * 0.0), 1.0, "log of 0", "Further on it meets a slope of 0, and that makes nan."),
    (lambda x: (x + math.inf) * x, 1.0, "made inf", "+ makes v1 = inf, of 1, inf. Keep its operands finite."),
    (lambda x: sigmoid(x * math.inf), 1.0, "0 × inf", "and x is multiplied by inf there. Keep that factor finite."),
    (lambda x: sqrt(x), -1.0, "made nan", "sqrt makes y = nan, of -1. Keep its operands where sqrt is defined."),
    (lambda x: sqrt(x) * 0, -1.0, "made nan", "sqrt makes v1 = nan, of -1."),
    (lambda x: tanh(autograd.sum([x, math.inf, -math.inf])), 1.0, "made inf - inf", "inf − inf: sum makes v1 = nan"),
    (lambda x: tanh(autograd.sin(x + math.inf)), 1.0, "made inf", "+ makes v1 = inf, of 1, inf."),
    (lambda x: sqrt(autograd.sin(x * 0 + 0.0)) * 0.0, 0.0, "0 × inf", "Keep v3 away from 0"),
    (lambda x: autograd.hypot(x, x * 2), 0.0, "undefined", "hypot at v1 has no derivative there: of 0, 0"),
    (lambda x: autograd.hypot(x, 0.0) ** 2, 0.0, "undefined", "Write what hypot is used in without it, as x*x + y*y"),
    (lambda x: 1 / x, 0.0, "division by 0", "Keep the divisor away from 0."),
    (lambda x: x**0.5, 0.0, "pole", "^ at x has an infinite slope: its input is 0."),
    (lambda x: autograd.log2(x), 0.0, "log of 0", "log2 at x is -inf, and its slope divides by 0."),
    (lambda x: x * math.inf, 2.0, "factor", "x is multiplied by inf in y. Keep that factor finite."),
    (chain(40, lambda x: x * 1e10), 1e-300, "overflow", "the product of 40 factors, 1e+10 each on average, is above"),
    (lambda x: sqrt(x * x), 0.0, "pole", "Further on it meets a slope of 0, and that makes nan."),
    (lambda x: sqrt(x) - sqrt(x), 0.0, "pole", ""),
    (lambda x: hooked(lambda g: math.nan)(overflowing(x)), 1.0, "hook", "replaced the gradient 1 by nan."),
    (lambda x: overflowing(hooked(lambda g: math.nan)(x)), 1.0, "pole", "Further on it becomes nan."),
    (lambda x: x * 1e308 * 10 - x * 1e308 * 10, 1e-300, "paths inf - inf", "so that the parts stay finite."),
    (lambda x: relu(x * 1e-200 * 1e-200), -1.0, "dead", "ReLU is dead at v2"),
    (lambda x: relu(x) * 1e-200 * 1e-200, -1.0, "dead", "ReLU is dead at x: its input is -1 ≤ 0"),
    (chain(400, lambda x: x * 0.1), 3.0, "underflow", "the product of 400 factors, 0.1 each on average, is below"),
    (lambda x: cancelling(x * 1e-9), 1.0, "underflow", "times the slope 1e-09 of ×, is below all floats."),
    (lambda x: adding(x * 10), 1e-310, "overflow", "times the slope 10 of ×, is above all floats."),
]  # fmt: skip


@pytest.mark.parametrize(("f", "x", "cause", "words"), EXAMPLES)
def test_each_kind_of_trouble_with_inf_and_nan_is_called_what_it_is(f, x, cause, words):
    v = Value(x, "x")
    reason = why(f(v).named("y"), v)
    assert (reason.cause, words in reason.sentence) == (cause, True), reason


@pytest.mark.parametrize(("f", "x", "cause", "words"), EXAMPLES)
def test_the_same_numbers_are_claimed_in_chinese(f, x, cause, words):
    v = Value(x, "x")
    y = f(v).named("y")
    sentences = [why(y, v, lang=lang).sentence for lang in ("en", "zh")]
    assert Counter(NUMBER.findall(sentences[0])) == Counter(NUMBER.findall(sentences[1])), sentences


def test_each_sentence_on_inf_and_nan_has_an_example():
    kinds = ("given", "made", "0 ×", "undefined", "division", "log of", "pole", "paths inf", "over", "under", "then")
    found = [str(why(f(v := Value(x, "x")).named("y"), v).sentence) for f, x, _, _ in EXAMPLES]
    for key, words in sentences("why", "en").items():
        if key.startswith(kinds) and key != "made up for":
            pattern = re.escape(words).replace(r"\{", "{").replace(r"\}", "}")
            pattern = re.sub(r"{\w+}", ".*", pattern)
            assert any(re.search(pattern, sentence) for sentence in found), key


# --- every claim, on random calculations ---


def factors(reason: Reason) -> dict[str, list[float]]:
    """The slopes of the path by operation, without operations whose slopes are all 1."""
    found: dict[str, list[float]] = {}
    for step in reason.steps:
        is_factor = step.op in PRODUCTS or (step.op == "div" and step.operand is step.result.operands[0])
        found.setdefault("" if is_factor else step.op, []).append(step.slope)
    return {op: slopes for op, slopes in found.items() if set(slopes) != {1.0}}


def close(text: str, x: float) -> bool:
    return float(text) == pytest.approx(x, rel=1e-3, nan_ok=True)


def check(reason: Reason, output: Value) -> None:
    sentence, step, steps = reason.sentence, reason.culprit, reason.steps
    if match := re.search(r"(\d+) factors(?: \(and (\d+) of 1\))?", sentence):
        count = sum(map(len, factors(reason).values()))
        assert int(match[1]) == count and int(match[2] or 0) == len(steps) - count
    if reason.cause == "shrink":
        product = re.search(r"on average, multiply to (\S+)\. ?", sentence)
        assert product and close(product[1], math.prod(s.slope for s in steps))
    if "Of these" in sentence:
        group = r"(?:the slopes of (\S+)|(weights) and other factors) \((\d+)\) (?:multiply )?to ([^,\s]+)(?=[,.])"
        groups = re.findall(group, sentence)
        found = factors(reason)
        symbols = {"ReLU": "relu", "^": "pow", "÷": "div", "−": "neg"}
        for op, _, count, product in groups:
            slopes = found[symbols.get(op, op) if op else ""]
            assert (int(count), close(product.rstrip("."), math.prod(slopes))) == (len(slopes), True)
    if reason.cause == "dead":
        assert step is not None and step.slope == 0.0
        assert ("≤ 0" in sentence) == (step.operand.data <= 0.0) != ("≥ 0" in sentence)
    if reason.cause == "choice":
        assert step is not None and step.slope == 0.0
        assert any(x is not step.operand for x in step.result.operands)
    if match := re.search(r"^(\d+) paths meet", sentence):
        assert step is not None
        uses = sum(x is step.operand for node in topological_order(output) for x in node.parents)
        assert int(match[1]) == uses and uses > 1
    if "Further on it meets a slope of 0" in sentence:
        assert step is not None and any(s.slope == 0 for s in steps[steps.index(step) + 1 :])
    if sentence.startswith("No factor is 0"):
        assert all(s.slope != 0 for s in steps)
        assert sum(math.log2(abs(s.slope)) for s in steps) < -1074
    if sentence.startswith("No factor is infinite"):
        assert all(math.isfinite(s.slope) for s in steps)
        assert sum(math.log2(abs(s.slope)) for s in steps) > 1024
    if sentence.startswith("Every step passes"):
        assert all(1e-3 <= abs(s.slope) <= 1e3 for s in steps)
    if "Other factors make up" in sentence:
        assert abs(math.prod(s.slope for s in steps)) >= 1e-3
    if "too large for a float" in sentence:
        wrong = [n for n in topological_order(output) if math.isinf(n.data)]
        assert wrong and not re.search(r"(log\w*|÷|atanh) makes", sentence)
    if reason.cause == "spread":
        assert step is not None
        low, high = re.findall(r"from (\S+) to (\S+),", sentence)[0]
        numbers = [x.data for x in step.result.parents]
        assert close(low, min(numbers)) and close(high, max(numbers))


@settings(max_examples=400, deadline=None)
@given(st.integers(0, 10**9))
def test_every_claim_is_so(seed: int) -> None:
    output, inputs = calculation(seed, 0)
    for x in inputs:
        check(why(output, x), output)


@settings(max_examples=200, deadline=None)
@given(st.integers(0, 10**9))
def test_every_claim_on_a_long_chain_is_so(seed: int) -> None:
    rng = random.Random(seed)
    x = h = Value(rng.choice((0.5, -1.0, 3.0)), "x")
    rates = [lambda h: h * 0.5, lambda h: h * 3, lambda h: h / 2, lambda h: h * 1e40, lambda h: h + 1, lambda h: -h]
    steps = [
        tanh,
        sigmoid,
        autograd.sin,
        lambda h: h**2,
        lambda h: autograd.mean([h, 1.0]),
        autograd.leaky_relu,
        *rates,
    ]
    chosen = rng.sample(steps, rng.randint(1, 5))
    for _ in range(rng.randint(1, 60)):
        h = rng.choice(chosen)(h)
    check(why(h, x), h)


def test_counts_and_products_are_of_what_the_sentence_names() -> None:
    h = x = Value(0.5, "x")
    for _ in range(10):
        h = sigmoid(h)
    loss = autograd.mean([(h - 1) ** 2, 0.0]).named("L")
    sentence = why(loss, x).sentence
    assert "12 factors (and 1 of 1)" in sentence
    assert sentence.endswith(
        "Of these, the slopes of sigmoid (10) multiply to 3.483e-07, the slopes of ^ (1) to -0.6819, "
        "the slopes of mean (1) to 0.5."
    ), sentence
    assert "其中 sigmoid 的导数（10 个）连乘得" in why(loss, x, lang="zh").sentence


def test_the_index_of_a_softmax_is_not_one_of_its_operands() -> None:
    x = Value(100.0, "x")
    reason = why(autograd.softmax([x, 900.0, 500.0])[0], x)
    assert "its operands reach from 100 to 900" in reason.sentence
    reason = why(autograd.softmax([900.0, -5.0, x])[2], x)
    assert "its operands reach from -5 to 900" in reason.sentence


def test_a_divisor_is_not_multiplied() -> None:
    x = Value(1e5, "x")
    assert why((1.0 / x).named("y"), x).cause == "saturated"
    assert why((x / 1e9).named("y"), x).sentence == "x is multiplied by only 1e-09 in y."


def test_the_condition_of_a_choice_is_not_an_operand_that_was_passed_over() -> None:
    c = Value(1.0, "c")
    reason = why(autograd.primitives.TABLE["where"](c, Value(2.0), 3.0), c)
    assert "chose" not in reason.sentence


def test_a_product_that_no_float_can_hold_is_written_out() -> None:
    h = x = Value(1.0, "x")
    for _ in range(150):
        h = sigmoid(h * 1e-3) * 1e3
    for _ in range(150):
        h = h * 1e3
    text = why(h, x).sentence
    assert not re.search(r"to -?(0|inf)[,.]", text), text


def test_a_power_of_0_is_no_choice_of_its_base() -> None:
    x, n = Value(0.0, "x"), Value(1.0, "n")
    assert why(x**n, n).cause == "flat"


def test_a_number_that_is_nan_at_once_does_not_become_it_further_on() -> None:
    x = Value(0.0, "x")
    assert "Further on" not in why(x / x, x).sentence


@pytest.mark.parametrize("error", [AssertionError, IndexError, KeyError, RuntimeError])
def test_an_own_operation_may_raise_anything_at_numbers_that_it_was_not_given(error: type[Exception]) -> None:
    def value(x: float) -> float:
        if x != 1.0:
            raise error(x)
        return 0.0

    x = Value(1.0, "x")
    assert why(primitive("picky", value, [0.0])(x), x).cause == "flat"


def test_a_factor_of_minus_1_is_a_factor() -> None:
    x, w = Value(2.0, "x"), Value(-1.0, "w")
    reason = why(chain(9, lambda x: x * 0.1)(tanh(x * w)), x)
    assert reason.cause == "shrink" and "weights and other factors (10) to" in reason.sentence
