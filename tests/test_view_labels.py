"""Names of Values, and text from users that is shown whatever it holds."""

import json
import random
import re

import pytest

from autograd import Value, backward_steps, explain, nn, play, why
from autograd.graph import reverse_sweep, topological_order
from autograd.text import printable
from autograd.view.calculation import Calculation
from autograd.view.names import labels
from autograd.view.terminal import padded, table, width


def test_a_label_comes_before_a_name_and_private_names_do_not_count():
    a, b, c = Value(1.0, "kept"), Value(2.0), Value(3.0)
    assert labels([a, b, c], {"a": a, "b": b, "_c": c, "": c, "n": 3}) == {a: "kept", b: "b", c: ""}


def test_only_a_mapping_gives_names_and_only_its_strings_do():
    a, b = Value(1.0), Value(2.0)
    assert labels([a, b], {1: a, None: b, "b": b}) == {a: "", b: "b"}
    for names in ([a], "a", 0, False):
        with pytest.raises(
            TypeError, match=r"names must be a mapping of names to Values, such as globals\(\), but got"
        ):
            labels([a], names)


def test_every_node_gets_a_name_of_its_own():
    nodes = [Value(1.0, "w"), Value(2.0), Value(3.0, "w"), Value(4.0, "x1"), Value(5.0, "w#2")]
    assert list(Calculation(nodes).names.values()) == ["w", "v1", "w#3", "x1", "w#2"]


def test_names_of_unnamed_values_never_look_like_those_of_the_user():
    def found(*user, names=None):
        nodes = [Value(1.0), *(Value(2.0, label) for label in user), Value(3.0, "y")]
        return next(iter(Calculation(nodes, names).names.values()))

    assert found("w", "x1", "value", "v_total") == "v1"
    for label in ("v", "v11", "v_1", "v[0]", "v₂", "v′"):
        assert found(label) == "u1"
    assert found("v1", "u", "t7") == "s1"
    assert found(*"vutsrqp") == "vv1"
    assert found(names={"v": Value(5.0)}) == "u1"  # although it is not in this calculation


def test_a_value_without_a_name_has_one_name_in_all_views_beside_a_v_of_the_user(tmp_path):
    v = [Value(i + 0.5, f"v{i}") for i in range(2)]
    square = (v[0] * v[1]) ** 2
    y = square + square.tanh()
    (step,) = [step for step in backward_steps(y) if step.node is square and step.kind == "forward"]
    assert str(step).startswith("u2 = ")
    assert "u2 = (v0 × v1)²" in str(explain(y))
    assert str(why(y, square)).startswith("dy/du2 = ")
    assert '"name":"u2"' in play(y, tmp_path / "p.html").html


def test_an_output_without_a_name_is_y_or_out_and_else_numbered_like_others():
    x, y, out, last = Value(1.0), Value(2.0, "y"), Value(3.0, "out"), Value(4.0)

    def found(*nodes, names=None):
        return list(Calculation(nodes, names).names.values())

    assert found(x, last) == ["v1", "y"]
    assert found(x, y, last) == ["v1", "y", "out"]
    assert found(x, y, out, last) == ["v1", "y", "out", "v2"]
    assert found(x, last, names={"y": x}) == ["y", "out"]


def test_of_very_many_values_with_one_name_each_is_told_apart():
    nodes = [Value(0.0, "w") for _ in range(20_000)]
    assert list(Calculation(nodes).names.values()) == ["w", *(f"w#{i}" for i in range(2, 20_001))]


@pytest.mark.parametrize(
    "text, shown",
    [("two\nlines", "two␊lines"), ("\t", "␉"), ("\x1b[31m", "␛[31m"), ("\u202eabc", "�abc"), ("\ud800", "�"),
     ("权重₁ 😀 ключ é", "权重₁ 😀 ключ é")],
)  # fmt: skip
def test_no_character_is_obeyed(text, shown):
    assert printable(text) == shown


@pytest.mark.parametrize(
    "code",
    [
        0x200E,
        0x200F,
        0x061C,
        0x202A,
        0x202E,
        0x2066,
        0x2069,
        0x200B,
        0xFEFF,
        0x00AD,
        0x2060,
        0x2064,
        0x180E,
        0x85,
        0x2028,
    ],
    ids=hex,
)
def test_what_moves_or_hides_text_is_marked(code):
    assert printable(f"a{chr(code)}b") == "a�b"


@pytest.mark.parametrize("text", ["👩\u200d🔬", "می\u200cخواهم", "क्\u200dष", "❤\ufe0f", "שלום", "ﺍﻟﺴﻼﻡ"])
def test_what_a_script_or_an_emoji_is_spelled_with_stays(text):
    assert printable(text) == text


def test_lines_can_be_kept():
    assert printable("two\nlines\r", lines=True) == "two\nlines␍"


@pytest.mark.parametrize(
    ("text", "columns"),
    [
        ("กี่", 1),
        ("ปัญหา", 4),
        ("हिन्दी", 5),
        ("שָׁלוֹם", 4),
        ("1\u20dd", 1),
        ("か\u3099", 2),
        ("می\u200cخواهم", 7),
        ("层 a", 4),
    ],
)
def test_marks_above_and_below_a_character_take_no_column(text, columns):
    assert width(text) == columns
    assert width(padded(text, 10)) == 10


def test_a_chinese_character_takes_two_columns_and_an_accent_none():
    assert width("层a\u0301") == 3
    assert padded("层", 4) == "层  "
    assert table([["层", "a"], ["x", "bb", "c"]]) == ["层  a", "x   bb  c"]


def test_one_weight_has_one_name_in_explanation_reason_steps_and_player(tmp_path):
    model = nn.MLP(2, [3, 1], "tanh", seed=0)
    y = model([1.0, 2.0])
    weight = model.layers[0].neurons[1].w[0]
    gradient = reverse_sweep(y)[weight]
    (step,) = [step for step in backward_steps(y) if step.parent is weight]
    (named,) = [part[2] for part in step.parts if part[0] == "gradient" and len(part) == 3]
    assert named == "dlayers.0.weight[1][0]"
    assert str(why(y, weight)).startswith(f"dy/{named} = ")
    assert explain(y, weight).gradients == {"layers.0.weight[1][0]": gradient}
    assert explain(y, model.parameters()).gradients["layers.0.weight[1][0]"] == gradient
    page = json.loads(re.search(r'<script id="data"[^>]*>(.*?)</script>', play(y, tmp_path / "p.html").html, re.S)[1])
    place = next(i for i, node in enumerate(topological_order(y)) if node is weight)
    assert page["nodes"][place]["name"] == "layers.0.weight[1][0]"


def test_a_module_among_the_names_names_its_parameters():
    layer = nn.Linear(2, 1, seed=0)
    y = layer([1.0, 2.0])[0]
    assert set(explain(y, names={"model": layer}).gradients) == {
        "model.weight[0][0]", "model.weight[0][1]", "model.bias[0]",
    }  # fmt: skip
    assert "dy/dmodel.bias[0]" in str(why(y, layer.bias[0], names={"model": layer}))
    assert labels([layer.bias[0]], {"b": layer.bias[0], "model": layer}) == {layer.bias[0]: "b"}


@pytest.mark.parametrize("seed", range(20))
def test_explain_and_why_call_every_leaf_the_same(seed):
    rng = random.Random(seed)
    leaves = [Value(rng.uniform(0.5, 2), rng.choice(["", "", "w", "v1", "u", "y", "a b"])) for _ in range(4)]
    pool = list(leaves)
    for _ in range(8):
        a, b = rng.choices(pool, k=2)
        pool.append(rng.choice([a * b, a + b, a.tanh(), sum([a, b, a]), (a - b).named(rng.choice(["", "w", "out"]))]))
    loss = sum(pool).named("L")
    names = {"first": leaves[0]} if seed % 2 else None
    for leaf, name in zip(leaves, explain(loss, leaves, names=names).gradients, strict=True):
        assert str(why(loss, leaf, names=names)).startswith(f"dL/d{name} = ")


def test_the_path_of_a_parameter_is_its_name_where_labels_do_not_tell_parameters_apart(tmp_path):
    model = nn.MLP(2, [2, 1], "tanh", seed=0)  # a textbook network, each of whose neurons has a w1
    y = model([1.0, 2.0])
    paths = {path for path, _ in model.named_parameters("net")}
    assert explain(y, names={"net": model}).gradients.keys() == paths
    assert "dy/dnet.layers.0.weight[1][0] = " in str(why(y, model.layers[0].neurons[1].w[0], names={"net": model}))
    assert '"name":"layers.0.weight[1][0]"' in play(y, tmp_path / "p.html", group=model).html
    for i, parameter in enumerate(model.parameters()):
        parameter.label = f"p{i}"
    assert set(explain(y, names={"net": model}).gradients) == {f"p{i}" for i in range(9)}


def test_an_unnamed_value_has_one_name_in_explanation_reason_and_steps():
    a, b = Value(2.0, "a"), Value(3.0, "b")
    shared = (a * b + 1).exp()
    y = (shared / (a - b) + shared.tanh()).named("y")
    (named,) = {s.parts[0][1] for s in backward_steps(y) if s.node is shared and s.kind == "forward"}
    assert named == "v3"  # after a * b and a * b + 1
    assert [line.name.text for line in explain(y).forward][0] == named
    assert str(why(y, shared)).startswith(f"dy/d{named} = ")
    assert f"d{named}/dv2" in str(why(y, a))


def test_a_parameter_is_called_by_its_path_in_the_network_that_it_belongs_to_without_names():
    first, second = nn.MLP(1, [2, 1], seed=0), nn.MLP(1, [2, 1], seed=1)
    weight = first.layers[0].weight[1][0]
    assert Calculation.of(first([1.0])).names[weight] == "layers.0.weight[1][0]"
    both = Calculation.of(first([1.0]) + second([1.0]))
    assert both.names[weight] == "MLP.layers.0.weight[1][0]"
    assert both.names[second.layers[1].bias[0]] == "MLP#2.layers.1.bias[0]"
    given = Calculation.of(first([1.0]) + second([1.0]), {"policy": second})
    assert given.names[second.layers[1].bias[0]] == "policy.layers.1.bias[0]"
    assert given.names[weight] == "MLP.layers.0.weight[1][0]"


def test_a_name_that_begins_with_a_digit_is_in_parentheses_in_a_derivative(tmp_path):
    model = nn.Sequential(nn.Linear(1, 1, seed=0))
    loss = model([1.0])[0] ** 2
    loss.backward()
    bias = model[0].bias[0]
    for shown in (str(why(loss, bias)), str(explain(loss, bias)), str(backward_steps(loss))):
        assert "/d(0.bias[0])" in shown and "d0.bias" not in shown
    assert "d(0.bias[0])" in play(loss, tmp_path / "page.html").html


def test_a_network_whose_names_are_ambiguous_names_nothing():
    model = nn.Sequential({"a.b": nn.Linear(1, 1), "a": nn.Sequential({"b": nn.Linear(1, 1)})})
    assert str(why(model([1.0])[0])).startswith("dy/dv")
