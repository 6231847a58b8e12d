"""Python's own sum() of Values: a chain of additions that begins with 0 and reads as one operation."""

import operator
import random
import time
from functools import reduce

import pytest

from autograd import Value, backward_steps, draw, explain, play, why
from autograd.graph import reverse_sweep
from autograd.primitives import add, sum_
from autograd.view.calculation import Calculation
from autograd.view.notation.text import text


def values(count: int) -> list[Value]:
    return [Value(i + 0.5, f"x{i}") for i in range(count)]


def sums(output: Value, **options) -> list[str]:
    """The operations of a calculation that are written as sums."""
    calculation = Calculation.of(output, **options)
    return [text(calculation.expression(node)) for node in calculation.nodes if calculation.op(node) in (add, sum_)]


def test_a_sum_is_one_operation_of_all_that_it_adds():
    a, b, c = values(3)
    total = sum([a, b * c, 3, a])
    calculation = Calculation.of(total)
    assert [node.op and node.op.name for node in calculation.nodes] == [None, None, None, "mul", "add"]
    assert calculation.operands(total) == (a, b * c, 3, a)
    assert calculation.op(total) is sum_
    assert calculation.partials(total) == (1.0, 1.0, 1.0)
    assert [rule.data for rule in calculation.rules(total)] == [1.0, 1.0, 1.0]
    assert text(calculation.expression(total)) == "x0 + v1 + 3 + x0"


def test_additions_that_do_not_begin_with_0_stay_as_they_are_typed():
    a, b, c = values(3)
    assert sums(a + b + c) == ["x0 + x1", "v1 + x2"]
    assert sums(sum([b, c], a)) == ["x0 + x1", "v1 + x2"]
    assert sums(0 + a) == ["0 + x0"]
    assert sums((0 + a) * b) == ["0 + x0"]
    assert sums(a + 0 + b) == ["x0 + 0", "v1 + x1"]


def test_a_result_in_between_that_is_looked_at_is_not_left_out():
    a, b, c = values(3)
    part = 0 + a + b
    assert sums(part + c) == ["x0 + x1 + x2"]
    assert sums((part + c) * part) == ["x0 + x1", "v1 + x2"]  # used again
    assert sums(part + c, names={"part": part}) == ["x0 + x1", "part + x2"]
    assert sums(part + c, wrt=[part]) == ["x0 + x1", "v1 + x2"]
    assert list(explain(part + c, part).gradients.values()) == [1.0]
    assert draw(part + c, part).dot.count("Σ") == 1 and draw(part + c, part).dot.count("−") == 0
    part.register_hook(lambda g: 2 * g)
    assert sums(part + c) == ["x0 + x1", "v1 + x2"]
    assert explain(part + c, a).gradients == {"x0": 2.0}
    named = (0 + a + b).named("half")
    assert sums(named + c) == ["x0 + x1", "half + x2"]


def test_every_view_shows_the_sum_and_none_the_0(tmp_path):
    x = values(4)
    y = sum(x).exp()
    assert "y = exp(x0 + x1 + x2 + x3) = exp(0.5 + 1.5 + 2.5 + 3.5) = 2981\n" in str(explain(y))
    assert [str(step) for step in backward_steps(y)][:1] == ["v1 = x0 + x1 + x2 + x3 = 0.5 + 1.5 + 2.5 + 3.5 = 8"]
    assert draw(y).dot.count("Σ") == 1 and "<Graph of 6 Values" in repr(draw(y))
    page = play(y, tmp_path / "page.html").html
    assert page.count('"operation":"\\u03a3"') == 1 and page.count('"operation":"+"') == 0
    assert str(why(y, x[3])).splitlines()[-1].split() == ["dv1/dx3", "1", "2981", "sum"]


def test_the_steps_of_a_sum_add_up_to_the_gradients_of_backward_to_the_last_bit():
    for seed in range(30):
        rng = random.Random(seed)
        leaves = [Value(rng.uniform(-2, 2)) for _ in range(3)]
        pool = list(leaves)
        for _ in range(12):
            a, b = rng.choices(pool, k=2)
            made = [a * b, a.tanh(), sum(rng.choices(pool, k=4)), sum([a, 1.5, b * a]), 0 + a + b]
            pool.append(rng.choice(made))
        output = sum(pool)
        totals = {step.node if step.parent is None else step.parent: step.accumulated
                  for step in backward_steps(output) if step.kind != "forward"}  # fmt: skip
        gradients = reverse_sweep(output)
        assert totals == {node: gradients[node] for node in Calculation.of(output).nodes}
        received = Calculation.of(output).received(leaves)
        assert {leaf: reduce(operator.add, received[leaf], 0.0) for leaf in leaves} == {
            leaf: gradients.get(leaf, 0.0) for leaf in leaves
        }


def test_what_adds_up_to_inf_on_the_way_is_told_of_the_sum():
    big, x = Value(1e308, "big"), Value(1.0, "x")
    sentence = why(sum([big, big, x]) ** 2, x).sentence
    assert sentence == "+ makes v1 = inf, of 1e+308, 1e+308: too large for a float. Scale its operands down."


def test_a_changed_term_of_a_sum_is_noticed():
    a, b, c = values(3)
    total = sum([a, b, c])
    b.data = 7.0
    with pytest.raises(ValueError, match="x0 or another input has changed"):
        explain(total)
    assert "recorded before a leaf got new data" in str(next(iter(backward_steps(total))))


def test_a_sum_of_very_many_values_takes_no_time():
    terms = [Value(0.5) for _ in range(100_000)]
    start = time.perf_counter()
    calculation = Calculation.of(sum(terms))
    assert len(calculation.nodes) == 100_001 and len(calculation.operands(calculation.output)) == 100_000
    assert time.perf_counter() - start < 5
