"""How far an explanation goes: long and wide graphs, operations of a user's own, and what is refused."""

from __future__ import annotations

import decimal
import math
import re

import pytest

import autograd
from autograd import Value, primitive
from autograd.graph import reverse_sweep
from autograd.view.explanation.explain import explain
from autograd.view.notation.text import rounded


def lines(explanation: object) -> list[str]:
    return [line.strip() for line in str(explanation).splitlines() if line]


# --- long chains, operations of a user's own, and other people's settings ---


def test_a_chain_of_negations_costs_no_recursion():
    y = Value(2.0, "x")
    for _ in range(500):
        y = -y
    explanation = explain(y)
    assert explanation.gradients == {"x": 1.0}
    assert lines(explanation)[-1] == "backward() finds the same."
    assert "\\begin{aligned}" in explanation.latex


def test_a_chain_of_squares_is_cut_into_readable_lines():
    y = Value(1.0, "x")
    for _ in range(300):
        y = autograd.square(y)
    explanation = explain(y)
    assert explanation.gradients == {"x": 2.0**300}
    assert 30 <= len(explanation.forward) <= 60
    assert lines(explanation)[-1] == "backward() finds the same."


def lookup(x: float) -> float:
    return {2.0: 7.0}[float(x)]


@pytest.mark.parametrize(
    ("value", "rule", "slope"),
    [
        (math.exp, lambda y, x: math.exp(x), math.exp(2.0)),
        (lookup, lambda y, x: {2.0: 7.0}[x], 7.0),
    ],
    ids=["works on floats alone", "looks its number up"],
)
def test_a_users_rule_that_takes_no_formulas_is_explained_by_its_number(value, rule, slope):
    tab = primitive("tab", value, [rule])
    explanation = explain(tab(Value(2.0, "x")))
    assert explanation.gradients == {"x": slope}
    assert f"dy/dx = {slope:.4g}" in lines(explanation)


def test_an_infinite_gradient_that_does_not_reach_an_operand_is_not_explained_as_nan():
    x = Value(-1.0, "x")
    h = autograd.relu(x).named("h")
    y = autograd.sqrt(h).named("y")
    text = str(explain(y, x))
    assert "dy/dx = dy/dh × dh/dx = inf × 0 = 0" in text and text.endswith("backward() finds the same.")
    short = autograd.sqrt(autograd.relu(x * 2.0)).named("y")  # one line
    assert "= 0" in str(explain(short, x)) and "nan" not in str(explain(short, x))


def test_paths_are_added_from_left_to_right_on_every_python():
    x = Value(1.0, "x")
    parts = [(x * c).named(f"p{i}") for i, c in enumerate((1e16, 1.0, -1e16))]
    y = (parts[0] + parts[1] + parts[2]).named("y")
    assert "dy/dx = path 1 + path 2 + path 3 = (-1e+16) + 1 + 1e+16 = 0" in str(explain(y, x))


def test_rounding_is_no_business_of_the_users_decimal_context():
    x = Value(123456.78905, "x")
    expected = str(explain(x * 3, rounding=4))
    assert "x = 123456.7891  (exact 123456.78905, off by +5e-05)" in expected
    with decimal.localcontext() as context:
        context.prec = 5
        assert str(explain(x * 3, rounding=4)) == expected


def test_a_large_number_is_rounded_to_as_many_decimals_as_a_small_one():
    assert rounded(1e14, 15) == 1e14
    assert explain(Value(1e14, "x") * 3, rounding=15).forward[0].result == 3e14


# --- too much, and wrong arguments ---


def test_an_operation_of_more_operands_than_can_be_read_is_refused():
    x = Value(1.0, "x")
    operands = [x * float(i) for i in range(10_000)]
    with pytest.raises(ValueError, match="too many to read"):
        explain(autograd.functions.sum(operands), wrt=operands[-1])


@pytest.mark.parametrize("function", ["softmax", "logsumexp", "prod", "max"])
def test_a_wide_operation_is_explained_for_each_of_its_operands(function):
    xs = [Value(0.01 * i, f"x{i}") for i in range(100)]
    result = getattr(autograd.functions, function)(xs)
    output = result if isinstance(result, Value) else result[0]
    explanation = explain(output)
    assert explanation.gradients == {x.label: reverse_sweep(output)[x] for x in xs}
    assert "backward() finds the same." in str(explanation)


def test_a_long_sum_that_is_squared_has_a_line_of_its_own_and_is_not_repeated():
    xs = [Value(float(i), f"x{i}") for i in range(1, 7)]
    shown = lines(explain(autograd.functions.sum(xs) ** 2, wrt=xs[0]))
    assert "y = v1² = 21² = 441" in shown and "dy/dv1 = 2 × v1 = 2 × 21 = 42" in shown


@pytest.mark.parametrize("wrt", [None, "x"])
def test_a_graph_that_is_too_large_is_refused_with_advice(wrt):
    x = Value(1.0, "x")
    node = x
    for _ in range(100_000):
        node = node + 1.0
    with pytest.raises(ValueError, match=r"more than 500 local derivatives.*wrt=.*max_steps"):
        explain(node, wrt=None if wrt is None else x)


def test_the_end_of_a_long_chain_is_explained_with_wrt_near_the_output():
    node = Value(1.0, "x")
    for _ in range(10_000):
        node = node * 1.0
    near = node.named("near")
    assert "dy/dnear = 2 × near = 2 × 1 = 2" in lines(explain(near**2, wrt=near))


def test_a_long_unnamed_chain_is_cut_into_readable_lines():
    node = Value(1.0, "x")
    for _ in range(200):
        node = node * 1.01
    explanation = explain(node)
    assert 20 <= len(explanation.forward) <= 30
    assert "..." in str(explanation)


def test_a_leaf_that_changed_since_is_an_error_not_a_wrong_calculation():
    x = Value(3.0, "x")
    y = x * x
    x.data = 4.0
    with pytest.raises(ValueError, match=r"x or another input has changed .* compute the output again"):
        explain(y)


@pytest.mark.parametrize(
    ("arguments", "error", "message"),
    [
        ({"output": 3.0}, TypeError, "explain takes a Value"),
        ({"wrt": "w"}, TypeError, "wrt must be a Value or several"),
        ({"wrt": 3}, TypeError, "wrt must be a Value or several"),
        ({"wrt": []}, ValueError, "wrt is empty"),
        ({"lang": "fr"}, ValueError, "lang must be one of 'en', 'zh'"),
        ({"digits": 0}, ValueError, "digits must be a whole number from 1 to 17, but got 0"),
        ({"digits": "4"}, TypeError, "digits must be a whole number from 1 to 17, but got '4' of type str"),
        ({"rounding": 1.5}, TypeError, r"rounding must be a whole number from 0 to 15, but got 1\.5 of type float"),
        ({"rounding": True}, TypeError, "rounding must be a whole number"),
        ({"rounding": 16}, ValueError, "rounding must be a whole number from 0 to 15, but got 16"),
        ({"max_steps": 0}, ValueError, "max_steps must be a whole number of at least 1, but got 0"),
        ({"max_steps": None}, TypeError, "max_steps must be a whole number of at least 1, but got None"),
        ({"max_steps": math.inf}, TypeError, "max_steps must be a whole number of at least 1, but got inf"),
        (
            {"names": ["x"]},
            TypeError,
            r"names must be a mapping of names to Values, such as globals\(\), but got \['x'\]",
        ),
        ({"names": 0}, TypeError, "names must be a mapping of names to Values"),
    ],
)
def test_a_wrong_argument_is_refused_with_what_is_accepted(arguments, error, message):
    with pytest.raises(error, match=message):
        explain(**{"output": Value(1.0, "x") * 2, **arguments})


@pytest.mark.parametrize("given", [{"output": [Value(1.0)] * 100_000}, {"wrt": [[Value(1.0)] * 100_000]}])
def test_a_message_repeats_no_more_of_an_argument_than_can_be_read(given):
    with pytest.raises(TypeError, match=r"\.\.\.\] of type list") as caught:
        explain(**{"output": Value(1.0), **given})
    assert len(str(caught.value)) < 500


def test_several_inputs_stand_in_a_list():
    a, b = Value(2.0, "a"), Value(3.0, "b")
    with pytest.raises(TypeError, match=r"several of these in a list, explain\(L, \[a, b\]\), and all else by name"):
        explain(a * b, a, b)
    with pytest.raises(TypeError, match=r"by name, such as digits=6, but got 4 of type int behind wrt"):
        explain(a * b, a, 4)
    assert explain(a * b, [a, b]).gradients == {"a": 3.0, "b": 2.0}


def test_what_follows_the_inputs_is_given_by_name_in_any_order():
    x = Value(1 / 3, "x")
    assert "已知\n  x = 0.33" in str(explain(x * 2, wrt=x, digits=2, lang="zh"))
    assert str(explain(x * 2, x, lang="zh", digits=2)) == str(explain(x * 2, wrt=x, digits=2, lang="zh"))


def test_the_output_comes_first():
    x = Value(2.0, "x")
    y = (x * x).named("y")
    with pytest.raises(ValueError, match=r"the result comes first, explain\(result, inputs\)"):
        explain(x, y)


@pytest.mark.parametrize(
    "lang, one, more", [("en", "1 Value without", "2 Values without"), ("zh", "有 1 个", "有 2 个")]
)
def test_values_without_a_name_that_stand_as_numbers_are_counted(lang, one, more):
    a, b, c = Value(2.0, "a"), Value(3.0), Value(4.0)
    assert one in str(explain(a * b, lang=lang)) and more in str(explain(a * b + c, lang=lang))
    assert one not in str(explain(a * b, names={"b": b}, lang=lang)) and one not in str(explain(a * 3.0, lang=lang))


@pytest.mark.parametrize("rounding", [None, 2])
def test_a_zero_times_infinity_that_is_not_nan_says_that_the_side_was_not_taken(rounding):
    x = Value(-1.0, "x")
    remark = "  (the side that was not taken gets nothing)\n"
    one_line = explain(autograd.where(x > 0, x, 1.0) * math.inf, x, rounding=rounding)
    assert "dy/dx = inf × 0 = 0" + remark in str(one_line)
    assert "the side that was not taken" in one_line.latex
    two_lines = autograd.sqrt(autograd.relu(x).named("h")).named("y")
    assert re.search(
        r"= inf × 0 = 0\n? +\(the side that was not taken gets", str(explain(two_lines, x, rounding=rounding))
    )
    beside = explain(autograd.where(x > 0, x, 1.0) * math.inf + x * 2, x, rounding=rounding)
    assert "inf × 0 + 2 = 2" + remark in str(beside)
    in_chinese = explain(autograd.where(x > 0, x, 1.0) * math.inf, x, lang="zh")
    assert "= inf × 0 = 0（未被选取的一侧得不到任何梯度）" in str(in_chinese)


def test_a_side_that_was_not_taken_needs_no_remark_if_its_gradient_is_finite():
    x = Value(-1.0, "x")
    assert "not taken" not in str(explain(autograd.where(x > 0, x, 1.0) * 3.0, x))
    assert "not taken" not in str(explain((x * 0.0) * math.inf, x))
