"""The hand calculation: line by line against exact values, on paper's rounding, with any graph, operation and label."""

from __future__ import annotations

import importlib
import itertools
import math
import re

import pytest

import autograd
from autograd import Value, dot, primitive, relu, sigmoid
from autograd.graph import reverse_sweep, topological_order
from autograd.primitives import TABLE
from autograd.view.explanation.explain import explain
from autograd.view.notation.text import rounded
from autograd.view.terminal import width


@pytest.fixture
def network() -> dict[str, Value]:
    """The document's complete example."""
    v = {label: Value(x, label) for label, x in {"x": 3, "w1": 0.5, "b1": 0.2, "w2": 0.8, "b2": -0.5, "y": 1}.items()}
    v["z1"] = (v["w1"] * v["x"] + v["b1"]).named("z1")
    v["a1"] = relu(v["z1"]).named("a1")
    v["z2"] = (v["w2"] * v["a1"] + v["b2"]).named("z2")
    v["a2"] = sigmoid(v["z2"]).named("a2")
    v["L"] = ((v["a2"] - v["y"]) ** 2).named("L")
    return v


def lines(explanation: object) -> list[str]:
    return [line.strip() for line in str(explanation).splitlines() if line]


# --- the document's complete example ---

COMPLETE = """\
Given
  w1 = 0.5,   x = 3,   b1 = 0.2,   w2 = 0.8,   b2 = -0.5,   y = 1

Forward
  z1 = w1 × x + b1 = 0.5 × 3 + 0.2 = 1.7
  a1 = ReLU(z1) = ReLU(1.7) = 1.7
  z2 = w2 × a1 + b2 = 0.8 × 1.7 + (-0.5) = 0.86
  a2 = sigmoid(z2) = sigmoid(0.86) = 0.7027
  L = (a2 − y)² = (0.7027 − 1)² = 0.08841

Local derivatives
  dL/da2 = 2 × (a2 − y) = 2 × (0.7027 − 1) = -0.5947
  da2/dz2 = a2 × (1 − a2) = 0.7027 × (1 − 0.7027) = 0.2089
  dz2/dw2 = a1 = 1.7
  dz2/da1 = w2 = 0.8
  da1/dz1 = 1  (since z1 > 0)
  dz1/dw1 = x = 3

Chain rule
  dL/dw2 = dL/da2 × da2/dz2 × dz2/dw2 = (-0.5947) × 0.2089 × 1.7 = -0.2112
  dL/da1 = dL/da2 × da2/dz2 × dz2/da1 = (-0.5947) × 0.2089 × 0.8 = -0.0994
  dL/dw1 = dL/da1 × da1/dz1 × dz1/dw1 = (-0.0994) × 1 × 3 = -0.2982

backward() finds the same."""

EXACT = {
    "z1": 1.7, "a1": 1.7, "z2": 0.86, "a2": 0.7026606543447316, "L": 0.0884106864747032,
    "dL/da2": -0.5946786913105369, "da2/dz2": 0.20892865918056527, "dz2/dw2": 1.7, "dz2/da1": 0.8, "da1/dz1": 1.0,
    "dz1/dw1": 3.0, "dL/dw2": -0.21121721675189828, "dL/da1": -0.09939633729501096, "dL/dw1": -0.2981890118850329,
}  # fmt: skip

ON_PAPER = {
    "z1": 1.7,
    "a1": 1.7,
    "z2": 0.86,
    "da2/dz2": 0.209,
    "dz2/dw2": 1.7,
    "dz2/da1": 0.8,
    "da1/dz1": 1.0,
    "dz1/dw1": 3.0,
}


def test_the_documents_complete_example_is_written_out_line_by_line(network):
    assert str(explain(network["L"], wrt=[network["w2"], network["a1"], network["w1"]])) == COMPLETE


def test_every_number_of_the_complete_example_is_exact(network):
    explanation = explain(network["L"], wrt=[network["w2"], network["a1"], network["w1"]])
    found = {s.name.text: s for s in explanation.forward + explanation.local + explanation.chain}
    assert found.keys() == EXACT.keys()
    for what, exact in EXACT.items():
        assert found[what].exact == found[what].result
        assert math.isclose(found[what].result, exact, rel_tol=4e-16), what


def test_rounding_to_three_decimals_gives_the_documents_printed_numbers_where_those_are_right(network):
    explanation = explain(network["L"], wrt=[network["w2"], network["a1"], network["w1"]], rounding=3)
    found = {s.name.text: s.result for s in explanation.forward + explanation.local + explanation.chain}
    assert {what: found[what] for what in ON_PAPER} == ON_PAPER
    # the document has 0.702, 0.089, -0.596, -0.212, -0.100, -0.300: it cut a2 off where it should have rounded up
    carried = {"a2": 0.703, "L": 0.088, "dL/da2": -0.594, "dL/dw2": -0.211, "dL/da1": -0.099, "dL/dw1": -0.297}
    assert {what: found[what] for what in carried} == carried


def test_rounding_shows_how_far_each_result_has_drifted(network):
    shown = lines(explain(network["L"], wrt=network["w2"], rounding=3))
    assert "a2 = sigmoid(z2) = sigmoid(0.86) = 0.703  (exact 0.702661, off by +0.00034)" in shown
    assert "z2 = w2 × a1 + b2 = 0.8 × 1.7 + (-0.5) = 0.86" in shown


@pytest.mark.parametrize(("places", "closing"), [(0, "a whole number"), (1, "1 decimal"), (2, "2 decimals")])
def test_the_last_line_says_how_numbers_are_rounded(network, places, closing):
    assert (
        lines(explain(network["L"], rounding=places))[-1] == f"Every number is rounded to {closing} before it is used."
    )


def test_drift_is_shown_beyond_the_digits_that_are_kept():
    assert "x = 0.33333333  (exact 0.33333333333, off by -3.3e-09)" in lines(explain(Value(1 / 3, "x") * 2, rounding=8))


def test_drift_is_the_rounded_result_less_the_exact_one(network):
    gradients = reverse_sweep(network["L"])
    steps = explain(network["L"], rounding=2).chain
    assert len(steps) == 6
    for step in steps:
        assert step.exact == gradients[network[step.name.text.removeprefix("dL/d")]]
        assert step.result == rounded(step.result, 2) != step.exact


@pytest.mark.parametrize(
    ("x", "places", "expected"),
    [
        (0.0625, 3, 0.063),
        (-0.0625, 3, -0.063),
        (2.675, 2, 2.68),
        (0.1 + 0.2 - 0.05, 1, 0.3),
        (1e300, 3, 1e300),
        (5, 0, 5),
    ],
)
def test_paper_rounds_half_away_from_zero_in_decimal(x, places, expected):
    assert rounded(x, places) == expected


def test_by_default_every_named_leaf_is_explained(network):
    explanation = explain(network["L"])
    gradients = reverse_sweep(network["L"])
    assert explanation.gradients == {label: gradients[network[label]] for label in ("w1", "x", "b1", "w2", "b2", "y")}


def test_with_wrt_what_does_not_depend_on_it_is_given_as_a_number(network):
    shown = lines(explain(network["L"], wrt=network["w2"]))
    assert "w2 = 0.8,   a1 = 1.7,   b2 = -0.5,   y = 1" in shown
    assert not any(line.startswith("z1") for line in shown)


def test_in_chinese_headings_and_connecting_words_are_chinese(network):
    shown = str(explain(network["L"], wrt=network["w1"], lang="zh"))
    assert all(word in shown for word in ("已知", "正向传播", "局部导数", "链式法则", "因为 z1 > 0", "一致"))
    assert not re.search(r"Given|Forward|Local|Chain|since", shown)


def test_explaining_changes_nothing_and_needs_no_backward(network):
    nodes = topological_order(network["L"])
    before = [(n.data, n.grad, n.label, n.parents, n.partials) for n in nodes]
    str(explain(network["L"]))
    assert [(n.data, n.grad, n.label, n.parents, n.partials) for n in nodes] == before


def test_digits_says_how_many_are_shown(network):
    assert "a2 = sigmoid(z2) = sigmoid(0.86) = 0.70266065" in lines(explain(network["L"], digits=8))


# --- lines and names ---


def test_unnamed_values_used_once_are_folded_and_others_are_named():
    a, b = Value(2.0, "a"), Value(-3.0, "b")
    shared = a * b
    assert "y = (v1 + a) × v1 = ((-6) + 2) × (-6) = 24" in lines(explain((shared + a) * shared))


def test_names_from_a_mapping_label_values_that_have_none():
    p, q = Value(2.0), Value(3.0)
    assert "dy/dp = q = 3" in lines(explain(p * q, names={"_": p, "p": p, "q": q, "three": 3}))


def test_the_left_operand_is_calculated_first():
    a, b = Value(2.0, "a"), Value(3.0, "b")
    u, v = (a + 1).named("u"), (b + 1).named("v")
    assert [step.name.text for step in explain(u * v).forward] == ["u", "v", "y"]


def test_two_values_with_one_label_are_told_apart():
    a, b = Value(2.0, "w"), Value(3.0, "w")
    assert "y = w × w#2 = 2 × 3 = 6" in lines(explain(a * b))


def test_a_label_that_looks_like_a_second_one_is_not_mistaken_for_it():
    a, b, c = Value(2.0, "w"), Value(3.0, "w"), Value(4.0, "w#2")
    assert explain(a * b * c).gradients == {"w": 12.0, "w#2": 6.0, "w#3": 8.0}


def test_a_neuron_that_is_not_named_gets_a_line():
    m = autograd.nn.MLP(1, [2, 1], "tanh", seed=0)
    (out,) = [y] if isinstance(y := m([1.0]), Value) else y
    first, second, *_ = explain(out).forward
    assert list(explain(out).gradients) == [
        "layers.0.weight[0][0]", "layers.0.bias[0]", "layers.0.weight[1][0]", "layers.0.bias[1]",
        "layers.1.weight[0][0]", "layers.1.weight[0][1]", "layers.1.bias[0]",
    ]  # fmt: skip
    assert [first.name.text, second.name.text] == ["v2", "v4"]
    assert "v2 = tanh(layers.0.weight[0][0] × 1 + layers.0.bias[0])" in str(explain(out))


def test_leaves_without_a_name_are_plain_numbers_unless_nothing_has_a_name():
    x = Value(2.0, "x")
    assert "y = x × 3 = 2 × 3 = 6" in lines(explain(x * Value(3.0)))
    assert "y = v1 × v2 = 2 × 3 = 6" in lines(explain(Value(2.0) * Value(3.0)))


A, B, C = Value(2.0, "a"), Value(-3.0, "b"), Value(5.0, "c")


@pytest.mark.parametrize(
    ("value", "written"),
    [
        (A - (B - C), "y = a − (b − c) = 2 − ((-3) − 5) = 10"),
        (A * (B + C), "y = a × (b + c) = 2 × ((-3) + 5) = 4"),
        (A / (B / C), "y = a ÷ (b ÷ c) = 2 ÷ ((-3) ÷ 5) = -3.333"),
        (A / B / C, "y = a ÷ b ÷ c = 2 ÷ (-3) ÷ 5 = -0.1333"),
        (-A * B, "y = (−a) × b = (−2) × (-3) = 6"),
        (-(A + B), "y = −(a + b) = −(2 + (-3)) = 1"),
        ((-B) ** 2, "y = (−b)² = (−(-3))² = 9"),
        (-(B**2), "y = −b² = −(-3)² = -9"),
        ((A**2) ** 3, "y = (a²)³ = (2²)³ = 64"),
        (A ** (B + C), "y = a^(b + c) = 2^((-3) + 5) = 4"),
        (A**-1, "y = a^(-1) = 2^(-1) = 0.5"),
        (abs(B) + C, "y = |b| + c = |-3| + 5 = 8"),
        (C % A, "y = c % a = 5 % 2 = 1"),
        (dot([A, B], [C, 2.0], bias=1.0), "y = a × c + b × 2 + 1 = 2 × 5 + (-3) × 2 + 1 = 5"),
        (autograd.functions.mean([A, B, C]), "y = (a + b + c) ÷ 3 = (2 + (-3) + 5) ÷ 3 = 1.333"),
        (autograd.functions.max([A, B, C]), "y = max(a, b, c) = max(2, -3, 5) = 5"),
        (autograd.softmax([A, A])[1], "y = softmax(a, a)[1] = softmax(2, 2)[1] = 0.5"),
    ],
)
def test_precedence_parentheses_and_negative_numbers_are_written_as_in_a_textbook(value, written):
    assert written in lines(explain(value))


def test_long_sums_are_abbreviated():
    xs = [Value(float(i), f"x{i}") for i in range(1, 31)]
    assert "y = x1 + x2 + x3 + ... + x30 = 1 + 2 + 3 + ... + 30 = 465" in lines(explain(autograd.functions.sum(xs)))


def test_no_line_is_wider_than_asked_and_continuations_stand_under_the_equals_sign(network):
    shown = explain(network["L"]).text(columns=60)
    assert max(map(len, shown.splitlines())) <= 60
    assert "  dL/dw2 = dL/da2 × da2/dz2 × dz2/dw2\n         = (-0.5947)" in shown


@pytest.mark.parametrize("columns", range(38, 60))
def test_the_rows_of_what_is_given_are_no_wider_than_asked(columns):
    weights = [Value(float(i), f"weight{i}" + "x" * (i % 3)) for i in range(9)]
    assert max(map(len, explain(autograd.functions.sum(weights)).text(columns=columns).splitlines())) <= columns


@pytest.mark.parametrize("label", ["权重" * 30, "learning rate " * 15, "w" * 200])
def test_a_long_label_is_never_broken_and_indents_nothing(label):
    w = Value(2.0, label)
    shown = explain(w * w.exp() * Value(3.0, "b") + w).text(columns=60)
    assert all(len(line) - len(line.lstrip()) <= 10 for line in shown.splitlines())
    assert all(label.strip() in line for line in shown.splitlines() if label[:3] in line)


def test_chinese_labels_take_two_columns_of_a_line():
    weights = [Value(float(i), f"权重{i}") for i in range(6)]
    shown = explain(autograd.functions.sum(weights)).text(columns=40)
    assert max(map(width, shown.splitlines())) <= 40


def test_a_line_continues_before_an_operator():
    xs = [Value(0.123456, f"parameter{i}") for i in range(4)]
    shown = explain(autograd.functions.sum([x * x for x in xs]) * 2).text(columns=50).splitlines()
    continued = [line for line in shown if line.startswith("      ")]
    assert continued and not any(line.rstrip().endswith(("+", "×", "−", "÷")) for line in shown)


# --- the chain rule ---


def test_within_one_line_the_parts_of_a_derivative_are_added():
    x = Value(3.0, "x")
    assert "dy/dx = x + x + 1 = 3 + 3 + 1 = 7" in lines(explain(x * x + x))


def test_where_paths_meet_each_is_shown_and_their_sum():
    x = Value(3.0, "x")
    u = (x * x).named("u")
    shown = lines(explain(u * u + x))
    assert "∂y/∂x = 1  (the direct way alone)" in shown
    assert "path 1 = ∂y/∂x = 1" in shown
    assert "path 2 = dy/du × du/dx = 18 × 6 = 108" in shown
    assert "dy/dx = path 1 + path 2 = 1 + 108 = 109" in shown


def test_many_paths_are_grouped_by_their_last_step_and_never_walked():
    x = Value(1.0, "x")
    node = x
    for i in range(60):  # 2**60 paths
        node = (node.sin().named(f"s{i}") + node.cos().named(f"c{i}")).named(f"n{i}")
    explanation = explain(node)
    assert explanation.gradients == {"x": reverse_sweep(node)[x]}
    assert "dn59/dx = dn59/dc0 × dc0/dx + dn59/ds0 × ds0/dx" in str(explanation)
    assert "backward() finds the same." in str(explanation)


def test_a_gradient_that_does_not_exist_is_zero_and_says_so():
    x, q = Value(3.0, "x"), Value(1.0, "q")
    assert "dy/dq = 0  (y does not use it)" in lines(explain(x * x, wrt=[x, q]))


def test_the_output_itself_has_the_derivative_1():
    x = Value(3.0, "x")
    assert lines(explain(x)) == ["Given", "x = 3", "Chain rule", "dx/dx = 1", "backward() finds the same."]


def test_infinite_and_undefined_numbers_are_explained_too():
    x = Value(0.0, "x")
    shown = str(explain(x.log() * x))
    assert "nan" in shown
    assert explain(x.log()).gradients == {"x": math.inf}


def test_a_hook_that_changes_a_gradient_is_named_where_backward_finds_something_else():
    x = Value(2.0, "x")
    z = (3 * x).named("z")
    z.register_hook(lambda gradient: gradient * 10)
    shown = lines(explain(z * z))
    assert "dy/dx = dy/dz × dz/dx = 12 × 3 = 36  (backward() finds 360, by a hook on z)" in shown
    assert shown[-1] == "backward() finds the same, except where a hook changes a gradient on its way."
    assert explain(z * z).gradients == {"x": 360.0}
    assert "= 36（backward() 得到 360，因为 z 上有钩子（hook））" in str(explain(z * z, lang="zh"))


def test_a_hook_that_only_looks_changes_no_line():
    x = Value(2.0, "x")
    x.register_hook(lambda gradient: None)
    assert lines(explain(x * x))[-1] == "backward() finds the same."


def test_where_infinities_meet_the_line_says_what_backward_finds():
    a = Value(-3.0, "a")
    rest = (a % autograd.functions.mean([a, a, a])).named("rest")  # 0, with a slope that only rounding keeps from 0
    shown = lines(explain(rest.cbrt()))
    assert "dy/da = dy/drest × drest/da = inf × 1.11e-16 = inf  (backward() finds nan)" in shown
    assert shown[-1] == "backward() finds the same, except where inf or nan is at work."
    assert lines(explain(rest.cbrt(), lang="zh"))[-1] == "除出现 inf 或 nan 之处外，与 backward() 的结果一致。"


def test_a_difference_within_rounding_is_shown_and_called_rounding():
    w = Value(3.0, "w")
    y = autograd.functions.max([w, w, w]) % w  # a third three times, less 1
    assert reverse_sweep(y)[w] == -(2.0**-53)
    assert lines(explain(y))[-2:] == [
        "dy/dw = 0  (backward() finds -1.11e-16)",
        "backward() finds the same, except where rounding is at work.",
    ]


def test_a_gradient_that_is_0_but_for_rounding_is_not_said_to_be_the_same():
    x = Value(1.0, "x")
    y = autograd.silu(autograd.tan(autograd.softmax([x] * 9)[0]))
    found = reverse_sweep(y)[x]
    shown = str(explain(y, x))
    assert abs(found) > 0.0 and f"(backward() finds {found:.4g})" in shown
    assert lines(explain(y, x))[-1] == "backward() finds the same, except where rounding is at work."


def test_a_difference_in_digits_that_are_not_shown_needs_no_line():
    x = Value(1.0, "x")
    y = autograd.sum([x * 1e8, x * 1e-3, x * -1e8]).named("y")
    explanation = explain(y, x)
    assert all("finds" not in line for line in lines(explanation)[:-1])
    exact, found = explanation.chain[-1].exact, reverse_sweep(y)[x]
    same = math.isclose(exact, found, rel_tol=1e-9)
    assert lines(explanation)[-1].startswith("backward() finds the same.") == same


def test_only_a_hook_that_changed_a_gradient_is_named():
    x = Value(0.0, "x")
    z, u = (3 * x).named("z"), None
    z.register_hook(lambda gradient: gradient)
    u = (autograd.functions.maximum(z, z) % autograd.functions.mean([z, z, z])).named("u")
    shown = str(explain((u + x.log() * 0).named("y"), x))
    assert "hook" not in shown


def test_no_comparison_with_nan_is_claimed():
    nan = Value(math.nan, "n")
    assert "since" not in str(explain(autograd.maximum(nan, Value(1.0, "x"))))


# --- LaTeX, Markdown and hostile labels ---


def test_latex_has_indices_fractions_and_an_aligned_environment(network):
    latex = explain(network["L"], wrt=network["w2"]).latex
    assert latex.startswith("\\begin{aligned}\n") and latex.endswith("\n\\end{aligned}")
    assert (
        r"\frac{\partial L}{\partial w_{2}} &= \frac{\partial L}{\partial a_{2}} \times "
        r"\frac{\partial a_{2}}{\partial z_{2}} \times \frac{\partial z_{2}}{\partial w_{2}} "
        r"= (-0.5947) \times 0.2089 \times 1.7 = -0.2112" in latex
    )
    assert r"L &= {\left(a_{2} - y\right)}^{2} = {\left(0.7027 - 1\right)}^{2} = 0.08841" in latex


def test_a_notebook_shows_latex_and_markdown_has_headings(network):
    explanation = explain(network["L"])
    assert explanation._repr_latex_() == rf"$\displaystyle {explanation.latex}$"
    assert "**Chain rule**\n\n$$\n\\begin{aligned}" in explanation.markdown


def test_a_prompt_shows_the_calculation_itself(network):
    explanation = explain(network["L"], lang="zh")
    assert repr(explanation) == str(explanation) == explanation.text()


def test_a_representation_that_fails_falls_back_to_plain_text(network, monkeypatch):
    explanation = explain(network["L"])
    module = importlib.import_module("autograd.view.explanation.explain")
    monkeypatch.setattr(module, "latex", None)
    assert explanation._repr_latex_() is None
    monkeypatch.setattr(module, "pieces", None)
    assert repr(explanation).startswith("<Explanation that cannot be shown: TypeError")


def test_powers_of_ten_are_written_out_in_latex():
    x = Value(1e-9, "x")
    assert r"10^{-9}" in explain(x * x).latex
    assert not re.search(r"\de[-+]?\d", explain(x * x).latex)


HOSTILE = [
    "$$", "a_b^c", "{", "}}", "<script>alert(1)</script>", "100% & #1", "~", "`x`", "两个 权重", "w\n\nz",
    "\\end{aligned}",
    "\x1b[31mred", "\u202eevil", "\\input{/etc/passwd}", "a - b", "", " ", "λ", "🙂", "**bold**", "|", "d/dx", '"',
]  # fmt: skip


@pytest.mark.parametrize("label", HOSTILE)
def test_a_label_is_text_and_nothing_else(label):
    w = Value(2.0, label)
    explanation = explain((w * 3).named(f"z{label}") ** 2, wrt=w)
    shown = str(explanation)
    assert not set(shown) & {"\x1b", "\u202e", "\r"}
    for latex in (explanation.latex, *re.findall(r"\$\$\n(.*?)\n\$\$", explanation.markdown, re.S)):
        assert latex.count(r"\begin{aligned}") == latex.count(r"\end{aligned}") == 1
        assert not re.search(r"<[^} ]", latex)  # what follows begins no tag of HTML
        assert "$" not in latex.replace(r"\$", "")
        assert "\n\n" not in latex
        bare = re.sub(r"\\[{}]", "", latex)
        depths = list(itertools.accumulate({"{": 1, "}": -1}.get(c, 0) for c in bare))
        assert min(depths) == 0 == depths[-1]
        commands = set(re.findall(r"\\([a-zA-Z]+)", latex))
        assert commands <= {
            "begin", "end", "textbf", "text", "frac", "partial", "times", "left", "right", "backslash", "wedge", "sim",
            "lambda", "mathrm",
        }  # fmt: skip


# --- every operation of the table ---

POINTS: dict[str, list[list[float]]] = {
    "pow": [[1.5, 2.0], [1.5, 0.3], [2.5, -1.3], [-1.5, 3.0]],
    "mod": [[5.5, 2.0]],
    "atan2": [[0.3, -0.7]],
    "acosh": [[1.7]],
    "leaky_relu": [[1.3, 0.01], [-1.3, 0.01]],
    "elu": [[1.3, 0.5], [-1.3, 0.5]],
    "where": [[1.0, 2.0, 3.0], [0.0, 2.0, 3.0]],
    "clip": [[0.3, -1.0, 1.0], [2.0, -1.0, 1.0], [-2.0, -1.0, 1.0]],
    "softmax": [[0.0, 1.0, 2.0, 0.5], [2.0, 1.0, 2.0, 0.5]],
    "log_softmax": [[0.0, 1.0, 2.0, 0.5], [1.0, 1.0, 2.0, 0.5]],
    "dot": [[0.5, 2.0, -3.0, 4.0], [0.5, 2.0, -3.0, 4.0, 1.5]],
    "lgamma": [[0.3], [1.7], [-1.7]],
    "digamma": [[0.3], [1.7], [-1.7]],
    "polygamma": [[2.0, 0.7], [1.0, -1.6]],
}
SIGNED = [[0.3], [-0.3], [0.8], [-0.8], [1.7], [-1.7], [6.0], [-6.0]]
PARTLY_DEFINED = {"asin", "acos", "atanh", "log", "log1p", "log2", "log10", "sqrt"}
CASES = [
    (name, point)
    for name, op in TABLE.items()
    for point in POINTS.get(
        name,
        [[0.3], [0.8]] if name in PARTLY_DEFINED
        else SIGNED if op.arity == 1
        else [[0.7, -1.6], [-2.5, 1.2]] if op.arity == 2
        else [[0.7, -1.6, 2.1], [0.5, 0.5]],
    )
]  # fmt: skip


def as_python(formula: str) -> str:
    """The printed formula, with its signs as Python has them."""
    for sign, python in {"×": "*", "÷": "/", "−": "-", "²": "**2", "³": "**3", "^": "**", "ReLU": "relu"}.items():
        formula = formula.replace(sign, python)
    return re.sub(r"\|([^|]*)\|", r"abs(\1)", formula)


def vocabulary() -> dict[str, object]:
    one_sequence = {"max", "min", "softmax", "log_softmax", "logsumexp"}
    functions = {name: getattr(autograd, name) for name in TABLE}
    return functions | {"nan": math.nan} | {name: lambda *xs, f=functions[name]: f(xs) for name in one_sequence}


@pytest.mark.parametrize(("name", "point"), CASES, ids=lambda part: str(part))
def test_every_operation_is_explained_and_its_printed_formula_gives_its_derivative(name, point):
    index = name in ("softmax", "log_softmax", "polygamma")
    operands = [x if index and i == 0 else Value(x, f"x{i}") for i, x in enumerate(point)]
    y = TABLE[name](*operands).named("y")
    explanation = explain(y, digits=17)
    names = {o.label: o.data for o in operands if isinstance(o, Value)} | {"y": y.data}
    assert len(explanation.local) == len(y.parents)
    for step, parent, slope in zip(explanation.local, y.parents, y.partials, strict=True):
        assert step.name.text == f"dy/d{parent.label}"
        sides = next(line for line in lines(explanation.text(10**6)) if line.startswith(step.name.text + " = "))
        formula, *_ = sides.split("  (")[0].split(" = ")[1:]
        numbers = sides.split("  (")[0].split(" = ")[1:]
        assert len(formula) < 130
        for side in [formula, *numbers]:
            assert eval(as_python(side), vocabulary() | names) == pytest.approx(
                slope, rel=1e-6, abs=1e-13, nan_ok=True
            ), side
    assert explanation.gradients == pytest.approx({p.label: reverse_sweep(y)[p] for p in y.parents}, rel=0, nan_ok=True)
    assert "\\begin{aligned}" in explain(y, rounding=3, lang="zh").latex


@pytest.mark.parametrize(
    ("value", "formula"),
    [
        (lambda x: x.sigmoid(), "y × (1 − y)"),
        (lambda x: x.tanh(), "1 − y²"),
        (lambda x: x.exp(), "y"),
        (lambda x: x.log(), "1 ÷ x"),
        (lambda x: x.sqrt(), "0.5 ÷ y"),
        (lambda x: x**3, "3 × x²"),
        (lambda x: x.square(), "2 × x"),
        (lambda x: x.silu(), "sigmoid(x) × (1 + x × (1 − sigmoid(x)))"),
        (lambda x: x.softplus(), "sigmoid(x)"),
        (lambda x: x.atan(), "1 ÷ (1 + x²)"),
        (lambda x: x.erf(), "1.128 × exp(−x²)"),
        (lambda x: 5 / x, "−y ÷ x"),
        (lambda x: 2 * (x - 4) ** 2, "4 × (x − 4)"),
    ],
)
@pytest.mark.parametrize("x", [0.3, 1.5])
def test_local_derivatives_read_as_a_person_writes_them(value, formula, x):
    x = Value(x, "x")
    (step,) = explain(value(x).named("y")).local
    line = next(line for line in lines(explain(value(x).named("y"))) if line.startswith("dy/dx = "))
    written = line.split(" = ")[1]
    assert written == formula
    assert step.result == reverse_sweep(value(x))[x]


def test_softmax_derivatives_are_written_with_plain_exponentials():
    a, b = Value(1.0, "a"), Value(2.0, "b")
    assert "dy/db = −y × exp(b) ÷ (exp(a) + exp(b))" in str(explain(autograd.softmax([a, b])[0]))


def test_where_a_function_saturates_the_formula_that_keeps_its_digits_is_shown():
    x = Value(20.0, "x")
    assert "dy/dx = y × sigmoid(−x) = 1 × sigmoid(−20) = 2.061e-09" in lines(explain(x.sigmoid()))


@pytest.mark.parametrize(
    ("value", "reason"),
    [
        (lambda x: relu(x), "da/dx = 0  (since x ≤ 0)"),
        (lambda x: relu(-x), "da/dx = -1  (since −x > 0)"),
        (lambda x: autograd.maximum(x, 1.0), "da/dx = 0  (since x < 1)"),
        (lambda x: autograd.minimum(x, 1.0), "da/dx = 1  (since x < 1)"),
        (lambda x: autograd.clip(x, -3.0, 0.0), "da/dx = 1  (since -3 ≤ x and x ≤ 0)"),
    ],
)
def test_the_branch_that_was_taken_says_why(value, reason):
    shown = lines(explain(value(Value(-2.0, "x")).named("a")))
    assert reason in shown


def test_a_new_operation_is_explained_without_further_ado():
    cube = primitive("cube", lambda x: x * x * x, [lambda y, x: 3 * x * x])
    x = Value(2.0, "x")
    shown = lines(explain(cube(x)))
    assert "y = cube(x) = cube(2) = 8" in shown
    assert "dy/dx = 3 × x² = 3 × 2² = 12" in shown


def test_a_branch_that_was_taken_inside_a_line_is_given_its_reason():
    a, b, c = Value(1.0, "a"), Value(1.0, "b"), Value(-1.0, "c")
    assert "dm/dc = ReLU(c) = ReLU(-1) = 0  (since c ≤ 0)" in lines(explain((relu(c) * c).named("m")))
    halves = lines(explain((autograd.maximum(a, b) * a).named("m")))
    assert "dm/db = 0.5 × a = 0.5 × 1 = 0.5  (since a = b)" in halves
    assert not any("since" in line for line in lines(explain(sigmoid(a * b + 1) * 2)))  # its formula says enough
