"""Written expressions: every equation that explain prints is true, on any graph, exactly and on paper's rounding."""

from __future__ import annotations

import math
import re
from collections.abc import Mapping

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from test_view_explain import as_python, vocabulary

from autograd import Value, primitive, softmax
from autograd.graph import reverse_sweep
from autograd.primitives import TABLE
from autograd.view.explanation.derivation import Line
from autograd.view.explanation.explain import Explanation, explain
from autograd.view.notation.expression import Minus, Name, Num, Product, Sum
from autograd.view.notation.formula import Condition, Formula, decisive
from autograd.view.notation.text import joined, name, on_paper, pieces, text

X = Name("x")

# --- random graphs: each entry is an operation, the places of its operands among what there is, and whether it is named

UNARY = [
    "neg", "square", "exp", "sin", "cos", "tanh", "sigmoid", "softplus", "atan", "asinh", "gelu", "silu", "erf", "cbrt",
    "relu", "abs",
]  # fmt: skip
BINARY = ["add", "sub", "mul", "div", "maximum", "minimum", "hypot", "atan2"]
VARIADIC = ["sum", "mean", "prod", "max", "logsumexp", "dot"]
PLACES = st.lists(st.integers(0, 99), min_size=4, max_size=4)
OPERATIONS = st.tuples(st.sampled_from(UNARY + BINARY + BINARY + VARIADIC), PLACES, st.booleans())
NUMBERS = st.floats(0.25, 2.0).flatmap(lambda x: st.sampled_from([x, -x, round(x, 1)]))


@st.composite
def graphs(draw: st.DrawFn) -> Value:
    """A random calculation from up to three named leaves and a few constants."""
    values: list[Value | float] = [
        Value(x, "abc"[i]) for i, x in enumerate(draw(st.lists(NUMBERS, min_size=1, max_size=3)))
    ]
    values += draw(st.lists(NUMBERS, max_size=2))
    for i, (operation, places, named) in enumerate(draw(st.lists(OPERATIONS, min_size=1, max_size=8))):
        count = 1 if operation in UNARY else 2 if operation in BINARY else 4 if operation == "dot" else 3
        operands = [values[0], *(values[place % len(values)] for place in places)][-count:]
        if isinstance(result := TABLE[operation](*operands), Value):
            values.append(result.named(f"h{i}") if named else result)
    return next(value for value in reversed(values) if isinstance(value, Value))


def evaluate(written: str, numbers: Mapping[str, float]) -> float:
    """What a printed expression comes to, by Python's own arithmetic."""
    for called in sorted(numbers, key=len, reverse=True):
        written = re.sub(rf"(?<![\w/]){re.escape(called)}(?![A-Za-z0-9/])", f"({numbers[called]!r})", written)
    try:
        return float(eval(as_python(written), vocabulary() | {"inf": math.inf}))
    except ArithmeticError:  # where IEEE's arithmetic has inf or nan
        return math.nan


def steps(explanation: Explanation) -> tuple[Line, ...]:
    return explanation.forward + explanation.local + explanation.chain


def is_whole(written: str) -> bool:
    return "..." not in written  # a long sum leaves terms out


@settings(max_examples=200, deadline=None)
@given(graphs())
def test_every_equation_is_true(output):
    explanation = explain(output)
    numbers = {step.name.text: step.result for step in explanation.given}
    for step in steps(explanation):
        numbers[step.name.text] = step.result
        for side in (step.formula, step.numbers):
            if side is not None and is_whole(written := text(side, repr)):
                found = evaluate(written, numbers)
                assert found == pytest.approx(step.result, rel=1e-6, abs=1e-9) or not math.isfinite(found), step


@settings(max_examples=200, deadline=None)
@given(graphs())
def test_the_gradients_are_those_of_the_reverse_sweep_and_no_line_says_otherwise(output):
    explanation = explain(output)
    sweep = {node.label: gradient for node, gradient in reverse_sweep(output).items() if node.op is None}
    assert explanation.gradients == pytest.approx(
        {label: sweep[label] for label in explanation.gradients}, rel=0, nan_ok=True
    )
    assert all(step.backward is None for step in explanation.chain if math.isfinite(step.result))


@pytest.mark.slow
@settings(max_examples=200, deadline=None)
@given(graphs(), st.integers(0, 6))
def test_on_paper_every_equation_is_true_to_the_digits_that_are_printed(output, places):
    for step in steps(explain(output, rounding=places)):
        if step.numbers is not None and is_whole(written := text(step.numbers, lambda x: repr(on_paper(x, places)))):
            found = evaluate(written, {})
            assert not abs(found - step.result) > 0.5 * 10.0**-places + 1e-9 * max(1.0, abs(found)), step


# --- what is written ---


def test_on_paper_the_derivative_is_calculated_from_what_stands_there():
    x = Value(1.95, "x")
    (step,) = explain(x.tanh(), rounding=2).local  # the rule avoids 1 − y², where digits would cancel
    assert (text(step.formula), text(step.numbers), step.result) == ("1 − y²", "1 − 0.96²", 0.08)


def test_large_logits_keep_what_was_subtracted_from_them_and_small_ones_do_not():
    a, b = Value(1000.0, "a"), Value(999.0, "b")
    assert (
        text(explain(softmax([a, b])[0], a).local[0].formula) == "y × exp(b − 1000) ÷ (exp(a − 1000) + exp(b − 1000))"
    )
    a.data, b.data = 1.0, 2.0
    assert text(explain(softmax([a, b])[0], a).local[0].formula) == "y × exp(b) ÷ (exp(a) + exp(b))"


@pytest.mark.parametrize("called", ["abs", "dot", "softmax", "sigmoid", "exp"])
def test_an_operation_of_the_users_own_is_itself_whatever_it_is_called(called):
    own = primitive(called, lambda x, y, z: x * y + z, [lambda u, x, y, z: y, lambda u, x, y, z: x, 1.0])
    x = Value(3.0, "x")
    (first,) = explain(own(x, 2.0, 1.0)).forward
    assert (text(first.formula), first.result) == (f"{called}(x, 2, 1)", 7.0)
    assert rf"\operatorname{{{called}}}(x, 2, 1)" in explain(own(x, 2.0, 1.0)).latex


def test_the_name_of_an_operation_of_the_users_own_is_text_and_nothing_else():
    own = primitive("立方\n$\x1b", lambda x: x**3, [lambda y, x: 3 * x * x])
    explanation = explain(own(Value(2.0, "x")))
    assert "y = 立方␊$␛(x) = 立方␊$␛(2) = 8" in str(explanation)
    assert r"y &= {\text{立方␊}\$\text{␛}}(x)" in explanation.latex


@pytest.mark.parametrize(
    ("label", "written"),
    [
        ("w1", "w1"), ("x'", "x'"), ("layers.0.weight", "layers.0.weight"), ("权重", "权重"), ("a b", '"a b"'),
        ("2.5", '"2.5"'), ("1e5", '"1e5"'), ("inf", '"inf"'), ("...", '"..."'), ("[", '"["'), ("a-b", '"a-b"'),
    ],
)  # fmt: skip
def test_a_label_that_could_be_read_as_something_else_stands_in_quotes(label, written):
    assert name(label).text == written


def test_pieces_say_what_is_a_name_a_value_or_a_number():
    two_x = Product((Num(2.0), X))
    assert pieces(Sum((two_x, Minus(Num(-1.0))))) == (
        ("number", "2"), ("", " × "), ("name", "x"), ("", " − "), ("number", "(-1)"),
    )  # fmt: skip
    assert pieces(two_x, values={X: -3.0}) == (("number", "2"), ("", " × "), ("value", "(-3)"))
    assert pieces(X, values={X: -3.0}) == (("value", "-3"),)  # nothing is next to it


def test_pieces_joined_are_the_text():
    expr = Product((Sum((X, Minus(Product((X, X))))), Num(0.5)))
    assert joined(pieces(expr)) == text(expr) == "(x − x × x) × 0.5"


@pytest.mark.parametrize(
    ("x", "places", "seen"), [(0.0625, 3, 0.063), (0.00012345, 3, 0.00012), (0.0, 3, 0.0), (-7.0, 0, -7.0)]
)
def test_a_number_on_paper_is_rounded_but_never_to_nothing(x, places, seen):
    assert on_paper(x, places) == seen


@pytest.mark.parametrize(
    ("relations", "told"),
    [
        (["≥", "≠"], ">"), (["≠", "≥"], ">"), (["≤", "≠"], "<"), (["≥", "="], "="), (["≤", "≥"], "="),
        ([">", "≠"], ">"), (["<"], "<"),
    ],
)  # fmt: skip
def test_relations_that_hold_together_are_told_as_one(relations, told):
    a, b = Name("a"), Name("b")
    assert decisive([(a, relation, b) for relation in relations]) == ((a, told, b),)


def test_comparisons_that_tell_nothing_are_left_out_and_many_are_not_told():
    a, b, c = Name("a"), Name("b"), Name("c")
    assert decisive([(Num(1.0), ">", Minus(Num(2.0))), (a, "≥", a), (a, "<", b)]) == ((a, "<", b),)
    assert decisive([(a, "<", b), (b, "<", c), (a, "<", c)]) == ()


def test_a_rule_that_asks_whether_a_number_is_true_asks_whether_it_is_0():
    asked: list[Condition] = []
    assert Formula(Name("c"), 2.0, asked) and not Formula(Name("d"), 0.0, asked)
    assert asked == [(Name("c"), "≠", Num(0.0)), (Name("d"), "=", Num(0.0))]
    own = primitive("gate", lambda c, x: x if c else 0.0, [lambda y, c, x: 0.0, lambda y, c, x: 1.0 if c else 0.0])
    c, x = Value(2.0, "c"), Value(3.0, "x")
    assert "dy/dx = 1  (since c ≠ 0)" in str(explain(own(c, x), x))
