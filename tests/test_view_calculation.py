"""What every way to look begins with: a calculation read once."""

import ast
import math
from functools import cached_property
from pathlib import Path

import pytest

from autograd import Value, backward_steps, explain, play, why
from autograd.operation import primitive
from autograd.view import calculation as module
from autograd.view.calculation import Calculation
from autograd.view.notation.expression import Num
from autograd.view.notation.text import text
from autograd.view.terminal import clipped, html_table, table, width

VIEW = Path(module.__file__).parent


def neuron():
    w, x = Value(0.5, "w"), Value(3.0, "x")
    return ((w * x).named("z").sigmoid() - 1) ** 2


@pytest.mark.parametrize(
    "look",
    [lambda y, folder: explain(y), lambda y, folder: why(y), lambda y, folder: play(y, folder / "page.html")],
    ids=["explain", "why", "play"],
)
def test_a_look_puts_the_graph_in_order_once_and_names_it_once(look, tmp_path, monkeypatch):
    called = []
    ordered, named = module.topological_order, Calculation.names.func
    monkeypatch.setattr(module, "topological_order", lambda *outputs: called.append("order") or ordered(*outputs))
    names = cached_property(lambda calculation: called.append("names") or named(calculation))
    names.__set_name__(Calculation, "names")
    monkeypatch.setattr(Calculation, "names", names)
    look(neuron(), tmp_path)
    assert sorted(called) == ["names", "order"]


def test_hooks_are_called_once_by_a_look_at_gradients():
    for look in (explain, why):
        w, calls = Value(0.5, "w"), []
        z = (w * 3).named("z")
        z.register_hook(calls.append)
        look(z * z, w)
        assert calls == [3.0]


def test_a_hook_may_return_a_value():
    w = Value(2.0, "w")
    z = (w * 3).named("z")
    z.register_hook(lambda g: Value(5.0) * g)
    y = z * z
    assert explain(y).gradients == {"w": 180.0}
    assert why(y, w).gradient == 180.0
    assert [step.accumulated for step in backward_steps(y)][-1] == 180.0


def test_the_rules_of_a_node_are_formulas_of_names_one_for_each_parent():
    y = neuron()
    calculation = Calculation.of(y)
    (a,) = [node for node in calculation.nodes if node.op is not None and node.op.name == "sigmoid"]
    assert [text(rule.expr) for rule in calculation.rules(a)] == ["v1 × (1 − v1)"]
    assert [rule.data for rule in calculation.rules(a)] == pytest.approx(list(a.partials))
    assert text(calculation.expression(a)) == "sigmoid(z)"


def test_a_rule_that_works_on_floats_alone_or_that_a_leaf_no_longer_agrees_with_is_a_number():
    bump = primitive("bump", math.cos, [lambda y, x: -math.sin(x)])
    x = Value(0.5, "x")
    (rule,) = Calculation.of(y := bump(x)).rules(y)
    assert rule.expr == Num(-math.sin(0.5))
    square = x * x
    x.data = 2.0
    assert [rule.expr for rule in Calculation.of(square).rules(square)] == [Num(0.5), Num(0.5)]


def test_a_name_is_the_same_whatever_else_is_asked_about():
    y, outside = neuron(), Value(7.0)
    alone, both = Calculation.of(y), Calculation.of(y, wrt=[outside])
    assert {node: both.names[node] for node in alone.nodes} == alone.names
    assert both.names[outside] not in alone.names.values()


# --- text ---


def test_what_is_clipped_fits_and_keeps_the_end_that_matters():
    for words in ("layers.0.weight", "隐藏层的权重矩阵", "e\u0301" * 30, ""):
        for columns in range(2, 20):
            for keep_end in (False, True):
                assert width(clipped(words, columns, keep_end)) <= columns
    assert clipped("exact", 5) == "exact"
    assert clipped("layers.10", 5) == "laye…"
    assert clipped("layers.10", 5, keep_end=True) == "…s.10"


def test_numbers_end_below_one_another_and_a_row_of_one_cell_takes_the_line():
    rows = [("层", "n"), ("...a long remark...",), ("x", "12")]
    assert table(rows, right=[1]) == ["层   n", "...a long remark...", "x   12"]
    page = html_table(rows, right=[1], looks=["", "color: red"])
    assert page.startswith('<table><tr><th style="text-align: left; padding: 2px 8px">层</th>')
    assert '<td colspan="2" style="text-align: left; padding: 2px 8px"><span style="">...a long remark' in page
    assert page.endswith('text-align: right; padding: 2px 8px"><span style="color: red">12</span></td></tr></table>')
    assert html_table([("<b>\n",)]).count("&lt;b&gt;␊") == 1 and html_table([]) == "" and table([]) == []


# --- which part uses which ---


def imported(part):
    """The parts of view that a part imports."""
    found = set()
    for file in (VIEW / part).glob("*.py"):
        for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
            if isinstance(node, ast.ImportFrom) and node.level == 2 and node.module:
                found.add(node.module.split(".")[0])
    return found


def test_drawings_and_explanations_need_neither_the_doctor_nor_one_another():
    looks = {"drawing", "explanation", "reasons", "player", "doctor"}
    assert imported("drawing") & looks == set()
    assert imported("explanation") & looks == set()
    assert imported("reasons") & looks == set()
    assert imported("notation") & looks == set()
    assert imported("doctor") & looks <= {"drawing"} >= imported("player") & looks
