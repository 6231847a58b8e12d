"""check: which line of a hand calculation is wrong, and which slip leads to it."""

import math
import random
import re
from pathlib import Path

import pytest
from measure_check import NAMES, measure

import autograd
from autograd import Value, check, exp, log, nn, quiz, relu, sigmoid, tanh
from autograd.learn import paper, slips
from autograd.learn.paper import Written, written
from autograd.view.words import sentences


def network():
    """Return the network of the tutorial's complete example, as labelled Values by name."""
    v = {name: Value(x, name) for name, x in {"x": 3, "y": 1, "w1": 0.5, "b1": 0.2, "w2": 0.8, "b2": -0.5}.items()}
    v["z1"] = (v["w1"] * v["x"] + v["b1"]).named("z1")
    v["a1"] = relu(v["z1"]).named("a1")
    v["z2"] = (v["w2"] * v["a1"] + v["b2"]).named("z2")
    v["a2"] = sigmoid(v["z2"]).named("a2")
    v["L"] = ((v["a2"] - v["y"]) ** 2).named("L")
    return v


def loss():
    return network()["L"]


def only(line, **more):
    """Return the one line of a check of the tutorial's network."""
    (found,) = check(loss(), line, **more).lines
    return found


# --- the tutorial's complete example ---

TUTORIAL = """
z1 = w1 × x + b1 = 0.5 × 3 + 0.2 = 1.7
a1 = ReLU(z1) = 1.7
z2 = w2 × a1 + b2 = 0.8 × 1.7 + (-0.5) = 0.86
a2 = Sigmoid(z2) ≈ 0.702
L = (a2 - y)^2 = (0.702 - 1)^2 = 0.089
∂L/∂a2 = 2(a2 - y) = 2(0.702 - 1) = -0.596
∂a2/∂z2 = a2(1-a2) = 0.702(1-0.702) ≈ 0.209
∂z2/∂w2 = a1 = 1.7
∂L/∂w2 = (-0.596) × 0.209 × 1.7 ≈ -0.212
∂L/∂a1 = (-0.596) × 0.209 × 0.8 ≈ −0.100
∂a1/∂z1 = 1
∂z1/∂w1 = x = 3
∂L/∂w1 = (-0.100) × 1 × 3 = -0.300
w_{2,new} = 0.8 - 0.1 × (-0.212) = 0.821
w_{1,new} = 0.5 - 0.1 × (-0.300) = 0.530
z1' = 0.530 × 3 + 0.2 = 1.79
a1' = ReLU(1.79) = 1.79
z2' = 0.821 × 1.79 + (-0.5) = 0.97
a2' = Sigmoid(0.97) ≈ 0.725
L' = (0.725 - 1)^2 ≈ 0.076
"""


def test_of_the_tutorial_the_roundings_are_accepted_and_the_digit_that_was_cut_off_is_named():
    result = check(loss(), TUTORIAL, lr=0.1)
    given = {"L": ("a2",), "dL/da2": ("a2",), "dL/dw2": ("dL/da2",), "dL/da1": ("dL/da2",), "dL/dw1": ("dL/da1",)}
    for line in result.lines:
        if line.name == "a2":
            assert (line.verdict, line.sentence) == ("digit", "cut off rather than rounded: 0.703")
            assert line.exact == 0.7026606543447316
        elif line.name in given:
            assert (line.verdict, line.given) == ("given", given[line.name]), line
        else:
            assert (line.verdict, line.given) == ("right", ()), line
    assert len(result.lines) == 20
    assert result.first_wrong is None and not result.right
    exact = {line.name: line.exact for line in result.lines}
    assert exact["w2'"] == 0.8211217216751898 and exact["w1'"] == 0.5298189011885033
    assert exact["L'"] == pytest.approx(0.07562925343183712, rel=1e-14)
    assert exact["dL/dw1"] == -0.2981890118850329


def test_a_number_of_the_tutorial_alone_is_what_roundings_on_the_way_can_do():
    line = only("dL/dw1 = -0.300")
    assert line.verdict == "rounded" and line.sentence == "off by no more than roundings on the way"


def test_the_other_forward_pass_of_the_tutorial_is_right():
    w1, b1, w2, b2, x = (Value(n) for n in (0.5, 0.2, 0.8, -1.0, 5.0))
    z1 = w1 * x + b1
    a1 = relu(z1)
    z2 = w2 * a1 + b2
    a2 = sigmoid(z2)
    assert check(a2, "z1 = 2.7\na1 = 2.7\nz2 = 1.16\na2 = 0.76", names=locals()).right


# --- what is written ---


@pytest.mark.parametrize(
    "line",
    [
        "dL/dw1 = -0.298", "∂L/∂w1 ≈ −0.298", "dL/dw1: -0.298", "dL/dw1：-0.298", "  dL / dw1 = -0.2982 # exact",
        "Step 2: dL/dw1 = -0.298", "dL/dw₁ = -0.298", "∂L/∂w_1 = 2×(-0.149) = -.298", "dL/dw1 = -2.98e-1",
        "dL/dw1 = -2.98×10^-1", "dL_dw1 = -0.298", "w1.grad = -0.298", "dL/d(w1) = −0.298。", "∂L/∂w1 ＝ -0.298",
    ],
)  # fmt: skip
def test_a_line_is_read_as_it_is_written_on_paper(line):
    found = only(line)
    assert (found.name, found.verdict) == ("dL/dw1", "right")


@pytest.mark.parametrize("name", ["w2'", "w2′", "w2_new", "new w2", "new_w2", "w_{2,new}", "新的 w2"])
def test_a_parameter_after_a_step_has_a_prime_or_is_called_new(name):
    assert only({name: 0.821}, lr=0.1).name == "w2'"


@pytest.mark.parametrize(
    "text",
    [
        "dL/da2 = -0.595, a2 = sigmoid(0.86) = 0.703",
        "∂L/∂a₂＝−0.595，a₂≈70.3%",
        "dL/d(a2) = -0.595, a2 = max(0.703, 0) = 0.703",
        "1. dL/da2 = -0.595\n2. a2 ~ 0.703",
        "* dL/da2 = -0.595\n① a2 = 0.703",
        r"$\frac{\partial L}{\partial a_{2}} = 2(a_2 - y) \approx -0.595$, $a_2 = \sigma(z_2) = 7.03 \times 10^{-1}$",
        r"\begin{aligned} \dfrac{d\mathcal{L}}{d a_2} &= -0.595 \\ a_2 &= 0.703 \end{aligned}",
    ],
)
def test_several_results_on_a_line_bullets_percent_and_latex_are_read(text):
    found = check(loss(), text)
    assert [line.name for line in found.lines] == ["dL/da2", "a2"]
    assert found.right


def test_names_that_differ_in_underscores_alone_are_told_apart():
    w1, w_1 = Value(1.5, "w1"), Value(-2.5, "w_1")
    product = (w1 * w_1).named("L")
    assert check(product, "dL/dw1 = -2.5, dL/dw_1 = 1.5, dL/dw₁ = -2.5").right
    with pytest.raises(ValueError, match="is called 'w_\\{1\\}'; did you mean"):
        check(product, "dL/dw_{1} = -2.5")


@pytest.mark.parametrize("number", ["nan", "inf", "-inf"])
def test_what_is_not_a_finite_number_is_wrong_where_the_exact_one_is(number):
    assert only(f"dL/dw2 = {number}").verdict == "wrong"


def test_a_new_parameter_without_its_prime_is_said_to_be_the_number_of_that_line():
    assert only("w2 = 0.821", lr=0.1).remark == "w2: you get 0.821 if you take the number of another line: it is w2'."


def test_a_decimal_comma_is_refused_with_a_decimal_point():
    with pytest.raises(ValueError, match="a2: a line must end in a number, but got '0,703': write a decimal point"):
        check(loss(), "a2 = 0,703")


def test_lines_are_text_or_a_mapping_and_keywords_in_their_order():
    lines = ["a2", "dL/da2", "dL/dw2"]
    for result in (
        check(loss(), "a2 = 0.702; dL/da2 = -0.596\n\n# backward\ndL/dw2 = -0.212"),
        check(loss(), {"a2": 0.702, "dL/da2": "-0.596", "dL/dw2": -0.212}),
        check(loss(), {"a2": 0.702}, dL_da2=-0.596, dL_dw2="-0.212"),
    ):
        assert [line.name for line in result.lines] == lines
        assert [line.verdict for line in result.lines] == ["digit", "given", "given"]


def test_a_string_keeps_its_digits_and_a_float_has_those_that_python_shows():
    assert written("-0.300") == Written("-0.300", -0.3, 0.001)
    assert written(-0.3).unit == 0.1 and written(3).unit == 1 and written(1e-7).unit == 1e-7
    assert only({"dL/dw1": -0.3}).verdict == "right"
    assert only({"dL/dw1": "-0.30"}).verdict == "right"
    assert only({"dL/dw1": "-0.3000"}).verdict != "right"


def test_a_number_is_right_if_the_exact_one_rounds_to_its_digits_and_halves_go_either_way():
    for text, exact in (
        ("0.12", 0.125),
        ("0.13", 0.125),
        ("1.0", 0.96),
        ("12", 12.4),
        ("0.000", 0.0004),
        ("inf", math.inf),
    ):
        assert written(text).accepts(exact), text
    for text, exact in (("0.12", 0.1251), ("0", 0.3), ("0", 1e-3), ("1", 0.8), ("12", 12.6), ("nan", 1.0)):
        assert not written(text).accepts(exact), text


def test_derivatives_of_any_value_by_any_other_can_be_written():
    result = check(loss(), "da2/dz2 = 0.2089\ndz2/dx = 0.4\ndz2/dw1 = 2.4\nda2/db2 = 0.2089\ndL/dL = 1\ndz1/dw2 = 0")
    assert result.right


def test_values_without_a_label_are_called_by_names():
    w, x = Value(2.0), Value(3.0)
    L = (w * x) ** 2
    assert check(L, "dL/dw = 36", names={"w": w, "x": x, "L": L}).right


def test_a_value_without_any_name_is_called_as_in_every_view():
    w = Value(2.0, "w")
    assert check((w * 3) ** 2, "v1 = 6\ny = 36\ndy/dv1 = 12\ndy/dw = 36").right


# --- given earlier numbers ---


def test_a_number_that_follows_from_an_earlier_wrong_one_is_right_given_that_one():
    result = check(loss(), "z2 = 1.36\na2 = 0.796\ndL/da2 = -0.408\ndL/dw2 = -0.1126")
    assert [line.verdict for line in result.lines] == ["wrong", "given", "given", "given"]
    assert result.first_wrong is result.lines[0] and result.first_wrong.slips[0] == "term"
    assert result.lines[1].given == ("z2",) and result.lines[1].sentence == "right, given your z2"
    assert not check(loss(), "a2 = 0.796\nz2 = 1.36").lines[0].given  # only what comes before counts


def test_a_derivative_over_several_operations_is_used_by_those_that_follow():
    result = check(loss(), "dz2/dw2 = 3\ndL/dz2 = -0.1242\ndL/dw2 = -0.3726")
    assert [(line.verdict, line.given) for line in result.lines] == [
        ("wrong", ()), ("right", ()), ("given", ("dz2/dw2", "dL/dz2")),
    ]  # fmt: skip


def test_a_new_loss_is_computed_with_the_parameters_whose_new_numbers_are_given():
    every = "w1' = 0.5298\nw2' = 0.8211\nb1' = 0.2099\nb2' = -0.4876\nL' = 0.0734"
    assert check(loss(), every, lr=0.1).right
    assert only({"w2'": 0.821}, lr=0.1).verdict == "right"
    assert check(loss(), "L' = 0.0840\nw2' = 0.8211", lr=0.1).right


# --- slips ---

SLIPS = {
    "dL/dw1 = 0.298": ("sign", "you get 0.298 if you turn the sign around"),
    "dL/dw1 = -0.1491": ("factor", "leave the factor 2 out of dL/d(a2 − y) = 2 × (a2 − y)"),
    "L = -0.2973": ("exponent", "leave the exponent 2 out of L = (a2 − y)²"),
    "da2/dz2 = 0.1204": ("name", "use z2 = 0.86 in place of a2 = 0.7027 in da2/dz2 = a2 × (1 − a2)"),
    "da2/dz2 = -1.19": ("name", "use a1 = 1.7 in place of a2 = 0.7027 in da2/dz2 = a2 × (1 − a2)"),
    "da2/dz2 = 0.7027": ("factor", "leave the factor 1 − a2 out of da2/dz2"),
    "da2/dz2 = 0.5063": ("other slope", "use the derivative of tanh for sigmoid(z2)"),
    "dL/dw2 = -0.09940": ("name", "use w2 = 0.8 in place of a1 = 1.7 in d(w2 × a1)/dw2 = a1"),
    "dL/dw1 = -1.427": ("left out", "leave the factor da2/dz2 = a2 × (1 − a2) = 0.2089 out of the chain"),
    "dL/dw1 = -0.0623": ("twice", "use the factor da2/dz2 = a2 × (1 − a2) = 0.2089 twice"),
    "dL/dz1 = -0.12424": ("left out", "leave the factor d(w2 × a1)/da1 = w2 = 0.8 out of the chain"),
    "dL/dw1 = -2.982": ("point", "put the decimal point in the wrong place"),
    "L = 0.8600": ("other", "it is z2"),
    "z2 = 1.36": ("term", "leave b2 out of z2 = w2 × a1 + b2"),
    "z2 = 1.86": ("term sign", "give b2 the opposite sign in z2 = w2 × a1 + b2"),
    "a2 = 0.86": ("function", "leave sigmoid out of a2 = sigmoid(z2)"),
    "a2 = 0.6963": ("other function", "use tanh in place of sigmoid in a2 = sigmoid(z2)"),
    "z1 = 2.6": ("name", "use w2 = 0.8 in place of w1 = 0.5 in w1 × x"),
    "w2' = 0.77888": ("added", "add the step rather than subtract it"),
    "w2' = 0.80211": ("rate twice", "multiply by the learning rate twice"),
    "w2' = 1.0112": ("no rate", "forget the learning rate"),
    "w2' = 0.02112": ("only change", "write the change alone"),
    "w2' = 0.8": ("not updated", "use w2 = 0.8, the number before the update"),
    "w2' = 0.82982": ("other gradient", "use dL/dw1, the gradient of another parameter"),
    "w2' = 0.81056": ("factor", "leave the factor 2 out of"),
}


@pytest.mark.parametrize("line", SLIPS)
def test_the_slip_that_leads_to_a_wrong_number_is_named_first(line):
    kind, words = SLIPS[line]
    found = only(line, lr=0.1)
    assert found.verdict == "wrong"
    assert found.slips[0] == kind, found
    assert words in found.remark, found.remark


def test_a_path_that_was_forgotten_is_named():
    x = Value(2.0, "x")
    a, b = (x * 3).named("a"), exp(x).named("b")
    L = (a * b).named("L")
    (line,) = check(L, {"dL/dx": f"{3 * math.exp(2):.5f}"}).lines
    assert line.slips[0] == "path" and "forget one of the paths" in line.remark


def test_the_weight_after_the_update_in_place_of_the_one_before_is_named_and_the_other_way_round():
    v = network()
    result = check(v["L"], "w2' = 0.82112\ndL/da1 = -0.102021\nw1' = 0.5298\nL' = 0.08217", lr=0.1)
    assert (
        result.lines[1].slips[0] == "updated"
        and "use w2 = 0.8211, the number after the update" in result.lines[1].remark
    )
    result = check(v["L"], "w2' = 0.82112\nw1' = 0.52982\nL' = 0.08841", lr=0.1)
    assert result.lines[2].slips[0] == "nothing updated"
    result = check(v["L"], "w2' = 0.82112\nw1' = 0.52982\nL' = 0.08404", lr=0.1)
    assert result.lines[2].slips[0] == "not updated" and "use w1 = 0.5" in result.lines[2].remark


def test_rounding_too_early_is_named():
    line = only("dL/dw2 = -0.221")  # a2 = 0.70, dL/da2 = -0.60, da2/dz2 = 0.21, dL/dz2 = -0.126, written as -0.13
    assert line.verdict == "wrong" and line.slips[0] == "rounded"
    assert "you get -0.221 if you round every number on the way to 2 decimals" in line.remark


def test_two_mistakes_at_once_are_a_slip_and_the_opposite_sign():
    assert "leave the factor 2 out of" in only("dL/dw1 = 0.1491").remark
    assert "with the opposite sign" in only("dL/dw1 = 0.1491").remark


def test_a_number_that_no_slip_gives_is_said_to_be_so():
    line = only("dL/dw2 = -0.0715832")
    assert line.slips == () and line.remark == "dL/dw2: no known slip gives -0.0715832. The exact number is -0.2112172."


def test_every_slip_has_a_sentence_in_every_language():
    source = "".join(
        Path(slips.__file__).with_name(f"{name}.py").read_text("utf-8") for name in ("slips", "mutations", "judge")
    )
    kinds = set(re.findall(r'(?:Slip|Mutation)\(\s*"([\w ]+)"', source)) | {"left out", "path"}
    assert len(kinds) > 25
    for lang in ("en", "zh"):
        told = {key.removeprefix("slip ") for key in sentences("check", lang) if key.startswith("slip ")}
        assert told == kinds


def test_a_chinese_report_names_the_slip_in_chinese():
    result = check(loss(), "a2 = 0.702\ndL/dw1 = -0.149", lang="zh")
    assert "第一个错误的行是 dL/dw1。" in str(result)
    assert "在 dL/d(a2 − y) = 2 × (a2 − y) 中漏掉因数 2，就会得到 -0.149" in str(result).replace("\n", "").replace(
        "  ", ""
    )
    assert "末位是截断的，四舍五入应为 0.703" in str(result)


@pytest.mark.slow
def test_planted_slips_are_named_and_no_right_line_is_accused():
    tally = measure(30, 5)
    assert tally.planted == 30 and tally.named >= 27, tally.missed
    assert not tally.accused
    assert set(tally.kinds) <= set(NAMES)


# --- the program ---


@pytest.mark.parametrize("activation", [relu, tanh, sigmoid, exp])
def test_the_program_evaluated_again_gives_the_recorded_numbers_and_gradients(activation):
    rng = random.Random(0)
    x = [Value(rng.uniform(0.1, 2), f"x{i}") for i in range(4)]
    y = activation(x[0] * x[1] - x[2]) / (x[3] + 1) + sum(x) * log(x[0] + x[1])
    gradients = autograd.graph.reverse_sweep(y)
    assert check(y, {"y": y.data} | {f"dy/dx{i}": gradients[leaf] for i, leaf in enumerate(x)}).right


def test_nothing_in_the_graph_is_changed():
    v = network()
    v["L"].backward()
    before = {name: (value.data, value.grad) for name, value in v.items()}
    check(v["L"], TUTORIAL, lr=0.1)
    check(v["L"], "dL/dw1 = 0.123456")
    assert {name: (value.data, value.grad) for name, value in v.items()} == before


def test_a_calculation_is_checked_after_its_parameters_were_updated():
    v = network()
    for name in ("w1", "w2", "b2"):
        v[name].data -= 0.05
    assert check(v["L"], "w1 = 0.5\na2 = 0.7027\ndL/dw1 = -0.2982\nw1' = 0.5298\nb2 = -0.5", lr=0.1).right
    v["x"].data = 7.0
    with pytest.raises(ValueError, match="a number has changed since the result was computed, one of w1, x"):
        check(v["L"], "a2 = 0.7027")


def test_neurons_of_a_network_are_checked_too():
    model = nn.MLP(2, [2, 1], "tanh", seed=0)
    L = ((model([0.5, -1.0]) - 1) ** 2).named("L")
    slope = autograd.graph.reverse_sweep(L)[model.layers[0].weight[0][0]]
    name = "dL/dmodel.layers.0.weight[0][0]"
    assert check(L, {name: f"{slope:.5f}"}, names={"model": model}).right
    (line,) = check(L, {name: f"{slope / 2:.5f}"}, names={"model": model}).lines
    assert line.slips[0] == "factor"


def test_a_calculation_that_is_too_large_is_refused_at_once():
    x = Value(0.5, "x")
    y = x
    for _ in range(100_000):
        y = y * 0.99 + x
    with pytest.raises(ValueError, match="too large to be checked: it has more than 1,000 Values; check that of one"):
        check(y, "dy/dx = 1")


def test_the_cost_of_a_large_calculation_is_bounded():
    xs = [Value(0.01 * i, f"x{i}") for i in range(300)]
    y = sigmoid(sum(x * (i % 7 - 3) for i, x in enumerate(xs))).named("y")
    (line,) = check(y, "dy/dx5 = 0.123456").lines
    assert line.verdict == "wrong"


# --- how it shows itself ---


def test_a_notebook_shows_a_table_in_which_labels_are_escaped():
    w = Value(3.0, "<b>w</b>")
    result = check((w * w).named("L"), {"dL/d<b>w</b>": 3})
    page = result._repr_html_()
    assert "<b>" not in page and "dL/d&lt;b&gt;w&lt;/b&gt;" in page and page.startswith("<table>")


@pytest.mark.parametrize("lang", ["en", "zh"])
@pytest.mark.parametrize("room", [60, 80, 120])
def test_no_line_of_a_report_is_wider_than_the_terminal(room, lang, monkeypatch):
    monkeypatch.setenv("COLUMNS", str(room))
    for lines in (TUTORIAL, "dL/dw1 = -0.149\nz2 = 1.36"):
        for line in str(check(loss(), lines, lr=0.1, lang=lang)).splitlines():
            assert autograd.view.terminal.width(line) <= room, line


# --- errors ---


@pytest.mark.parametrize(
    ("lines", "error", "message"),
    [
        ("dL/dw3 = 1", ValueError, "nothing in this calculation is called 'w3'; its names are w2, w1, x"),
        ("a22 = 1", ValueError, "nothing in this calculation is called 'a22'; did you mean 'a2'?"),
        ("z1", ValueError, "a line must say what is how much, as in dL/dw = -0.3, but got 'z1'"),
        ("z1 = 0.5*3", ValueError, r"z1: a line must end in a number, but got '0\.5\*3': write the result last"),
        ("w1' = 0.5", ValueError, r"\"w1'\" is a number after one step .* the learning rate is missing: give it"),
        ("", ValueError, "there is nothing to check: give lines"),
        ({1: 2}, TypeError, "what a number belongs to must be a string such as 'dL/dw', but got 1 of type int"),
        ({"a2": None}, TypeError, "must be a real number"),
        (3, TypeError, "lines must be text such as 'dL/dw = -0.3' or a mapping"),
    ],
)
def test_what_cannot_be_checked_is_refused_with_what_to_do(lines, error, message):
    with pytest.raises(error, match=message):
        check(loss(), lines)


def test_a_new_loss_without_new_parameters_is_refused():
    with pytest.raises(ValueError, match="is computed with new parameters, but no new parameter is given"):
        check(loss(), "L' = 0.07", lr=0.1)


def test_arguments_of_the_wrong_kind_are_refused():
    with pytest.raises(TypeError, match="the result must be a Value"):
        check(3.0, "a = 1")
    with pytest.raises(TypeError, match="lr must be a number such as 0.1"):
        check(loss(), "a2 = 0.7", lr="0.1")
    with pytest.raises(ValueError, match="lang must be one of"):
        check(loss(), "a2 = 0.7", lang="fr")


def test_a_keyword_is_read_like_a_line():
    assert check(loss(), dL_dw1=-0.298).right
    assert check(loss(), w2_new=0.821, lr=0.1).right
    assert list(paper.read("# only a remark\n")) == []


# --- questions ---


@pytest.mark.parametrize("stop", [EOFError, KeyboardInterrupt])
def test_a_quiz_that_is_ended_at_the_keyboard_shows_the_score_on_a_line_of_its_own(stop, capsys):
    def ask(question):
        print(question, end="")
        raise stop

    quiz(loss(), ask=ask)
    assert capsys.readouterr().out.splitlines()[-2:] == ["[1/12] dL/da2 = ? ", "0 of 0 at once, 0 after a hint."]
