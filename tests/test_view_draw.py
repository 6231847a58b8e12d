"""Drawings: what a picture shows, which files it becomes, and what happens without Graphviz."""

import io
import math
import os
import re
import subprocess
import sys
import xml.etree.ElementTree as ElementTree

import pytest

import autograd
from autograd import Graph, Value, draw, nn
from autograd.language import speaking
from autograd.text import printable
from autograd.view.drawing import style
from autograd.view.notation.text import numeral

SVG = "{http://www.w3.org/2000/svg}"


def texts(graph: Graph) -> list[str]:
    """Every piece of text that the picture shows, tooltips left out."""
    root = ElementTree.fromstring(graph.svg)
    found = [
        (element.text or "").replace("\xa0", " ").strip() for element in root.iter("{http://www.w3.org/2000/svg}text")
    ]
    return [text for text in found if text]


@pytest.fixture
def loss() -> Value:
    w, x = Value(0.5, "w"), Value(3.0, "x")
    return ((w * x).named("z") ** 2).named("L")


def test_a_picture_shows_label_number_and_gradient_of_every_value_and_the_symbol_of_every_operation(loss):
    loss.backward()
    shown = texts(draw(loss))
    assert {"w", "x", "z", "L", "0.5", "3", "1.5", "2.25", "×", "^", "2"} <= set(shown)
    assert {"grad 9", "grad 1.5", "grad 3", "grad 1"} <= set(shown)


def test_before_backward_a_gradient_is_a_dash_not_a_zero(loss):
    shown = texts(draw(loss))
    assert "grad –" in shown
    assert not any("grad 0" in text for text in shown)


def test_what_backward_did_not_reach_has_a_dash_beside_what_it_did_reach():
    x = Value(2.0, "x")
    y, z = x * x, Value(3.0, "z") * x
    y.backward()
    shown = texts(draw(y, z))
    assert {"grad 4", "grad 1", "grad –"} <= set(shown) and shown.count("grad –") == 2


def test_a_gradient_that_is_zero_is_shown_as_zero():
    x = Value(-1.0, "x")
    y = x.relu()
    y.backward()
    assert "grad 0" in texts(draw(y))


def test_the_local_derivative_stands_on_the_way_into_every_operation():
    w, x = Value(0.5, "w"), Value(7.0, "x")
    assert {"7", "0.5"} <= set(texts(draw(w * x, show=["partial"])))


def test_what_is_shown_can_be_chosen(loss):
    loss.backward()
    everything, bare = texts(draw(loss)), texts(draw(loss, show=()))
    assert {"1.5", "grad 9"} <= set(everything)
    assert not {"1.5", "grad 9", "0.5"} & set(bare) and {"w", "x", "z", "L"} <= set(bare)
    with pytest.raises(ValueError, match=r"show takes some of .*, but got \['colour'\] of type list"):
        draw(loss, show=["colour"])


@pytest.mark.parametrize(
    "gradient, verdict",
    [(0.0, "zero"), (1e-9, "vanished"), (-1e-4, "small"), (1.0, "healthy"), (-5e4, "exploded"), (1e9, "exploded"),
     (math.inf, "exploded"), (math.nan, "exploded")],
)  # fmt: skip
def test_the_colour_of_a_gradient_tells_its_size_and_a_legend_explains_it(gradient, verdict):
    y = (Value(1.0, "x") * 2).named("y")
    y.backward()
    y.parents[0].grad = gradient
    picture = draw(y).dot
    color = style.COLORS[verdict]
    assert picture.count(color) == 2 + (verdict == "healthy")  # its box, the legend; y's own is healthy
    assert {"healthy", "exploded > 1e3"} <= {text.strip() for text in texts(draw(y))}
    assert "healthy" not in draw(Value(1.0) * 2).dot


@pytest.mark.parametrize("slope", [1e-9, 1e-6, 2e-5, 1e-3, 0.5, 1e3, 1024.0, 5e4, 1e9])
@pytest.mark.parametrize("lang", ["en", "zh"])
def test_the_word_of_the_legend_for_a_gradients_colour_is_the_one_that_why_says(slope, lang):
    x = Value(1.0, "x")
    y = (x * slope).named("y")
    y.backward()
    with speaking(lang):
        picture = draw(y).dot
        said = re.search(r"\w+$", str(autograd.why(y, x)).splitlines()[0])[0]
    color = re.search(rf'BGCOLOR="(#\w+)"[^>]*>[^>]*>(?:grad|梯度) {re.escape(numeral(slope))}<', picture)[1]
    legend = dict(re.findall(r'BGCOLOR="(#\w+)" STYLE="ROUNDED"><FONT COLOR="#\w+"> (\w+)', picture))
    assert legend[color] == said


@pytest.mark.parametrize(
    "operation, shown",
    [(lambda x: x - 1, ["−", "1"]), (lambda x: 1 - x, ["1", "−"]), (lambda x: x**3, ["^", "3"]),
     (lambda x: autograd.clip(x, -1.5, 2.5), ["clip", "-1.5, 2.5"]), (lambda x: x.exp(), ["exp"]),
     (lambda x: autograd.sum([x, 1.0, 2.0, 3.0, 4.0]), ["Σ", "1, 2, 3, …"])],
)  # fmt: skip
def test_constants_stand_small_and_grey_beside_the_symbol_of_their_operation(operation, shown):
    y = operation(Value(2.0, "x"))
    graph = draw(y, show=())
    assert [text for text in texts(graph) if text != "x"] == shown
    root = ElementTree.fromstring(graph.svg)
    sizes = {e.text.strip(): (e.get("font-size"), e.get("fill")) for e in root.iter("{http://www.w3.org/2000/svg}text")}
    for constant in (text for text in shown if any(map(str.isdigit, text))):
        assert sizes[constant] == ("9.00", style.SOFT)


def test_a_neuron_is_framed_with_its_activation_and_its_own_weights_in_the_order_of_their_use():
    w, b = [Value(0.1, "w1"), Value(0.2, "w2")], Value(0.3, "b")
    x = [Value(1.0, "x1"), Value(2.0, "x2")]
    y = autograd.dot(w, x, b).tanh().named("y")
    graph = draw(y, (x[0] * x[1]).named("other"))
    frame = graph.dot.split("subgraph cluster_0")[1].split("}")[0]
    assert "neuron" in frame and "tanh" in frame
    assert [name for name in re.findall("<B>(.*?)</B>", frame)] == ["w1", "w2", "b", "y"]
    assert "neuron" not in draw(y, group=False).dot


def test_a_neuron_without_a_bias_keeps_its_inputs_outside():
    x = Value(2.0, "x")
    frame = draw(autograd.dot([Value(0.1, "w")], [x])).dot.split("subgraph cluster_0")[1].split("}")[0]
    assert "<B>w</B>" in frame and "<B>x</B>" not in frame


@pytest.mark.parametrize("known", [lambda mlp: {"group": mlp}, lambda mlp: {"names": {"model": mlp}}])
def test_with_its_module_a_layer_is_framed_by_name_with_all_its_neurons(known):
    mlp = nn.MLP(2, [2, 1], "tanh", seed=0)
    loss = sum((y - 1) ** 2 for y in mlp([[Value(1.0, "x"), 2.0], [0.5, -1.0]]))
    graph = draw(loss, **known(mlp))
    prefix = "model." if "names" in known(mlp) else ""
    assert {f"{prefix}layers.0: Layer", f"{prefix}layers.1: Layer"} <= set(texts(graph))
    second, first = graph.dot.split("subgraph cluster_")[1:]
    assert first.count(">dot<") == 4 and first.count(">tanh<") == 4  # two neurons, two samples
    assert {"neuron 0", "neuron 1"} <= set(re.findall(r"neuron \d", first)) and second.count(">neuron 0<") == 1
    assert "<B>x</B>" not in first.split("\t}")[0]


def test_parameters_without_a_label_are_called_by_their_names_in_the_module():
    layer = nn.Linear(2, 1, seed=0)
    assert {"weight[0][0]", "weight[0][1]", "bias[0]"} <= set(texts(draw(layer([1.0, 2.0])[0], group=layer)))


def test_other_modules_are_framed_with_what_their_parameters_enter():
    norm = nn.BatchNorm1d(1)
    y = sum(row[0] for row in norm([[Value(1.0, "x")], [2.0]]))
    graph = draw(y, group=norm)
    frame = graph.dot.split("subgraph cluster_0")[1].split("}")[0]
    assert "BatchNorm1d" in texts(graph) and "weight[0]" in frame and "<B>x</B>" not in frame


def test_drawing_changes_nothing(loss):
    loss.backward()
    nodes = autograd.graph.topological_order(loss)
    before = [(n.data, n.grad, n.label, n.parents) for n in nodes]
    draw(loss, names={"other": nodes[0]}).svg
    assert [(n.data, n.grad, n.label, n.parents) for n in nodes] == before


def test_a_value_used_twice_by_one_operation_has_two_arrows_to_it():
    x = Value(2.0, "x")
    assert draw(x + x).dot.count("v0 -> v1 ") == 2


def test_values_with_equal_numbers_are_different_boxes():
    a, b = Value(1.0, "a"), Value(1.0, "b")
    assert {"a", "b"} <= set(texts(draw(a * b)))
    assert draw(a * b).dot.count(style.OUTPUT) == 1


def test_several_outputs_share_one_picture(loss):
    z = loss.parents[0]
    assert len(autograd.graph.topological_order(loss)) == draw(loss, z)._size
    assert draw(loss, z).dot.count(style.OUTPUT) == 2


def test_names_label_what_has_no_label():
    p, q = Value(1.0), Value(2.0, "kept")
    shown = texts(draw(p + q, names={"p": p, "q": q, "unrelated": 3}))
    assert "p" in shown and "kept" in shown and "q" not in shown


def test_the_same_graph_gives_the_same_dot(loss):
    assert draw(loss).dot == draw(loss).dot


@pytest.mark.parametrize(
    "label",
    [
        "<script>alert(1)</script>", "</TABLE>>", 'a"b', "a'b", "a\\nb", "\\N", "\\G \\E \\", "{a|b}", "&amp; &lt;",
        "--", "->", "node", "digraph {", "ключ", "权重₁", "😀", "two\nlines", "\x00\x1b[31m", "\ud800", "\uffff",
        " ", "%s {0}",
    ],
)  # fmt: skip
def test_any_label_is_shown_as_it_is_and_cannot_break_the_picture(label):
    graph = draw(Value(1.0, label) * 2)
    root = ElementTree.fromstring(graph.svg)
    assert not list(root.iter("{http://www.w3.org/2000/svg}script"))
    shown = printable(label, lines=True)
    assert "".join(shown.split()) in "".join("".join(texts(graph)).split())


def test_svg_is_one_element_that_a_page_can_embed(loss):
    svg = draw(loss).svg
    assert svg.startswith("<svg") and svg.rstrip().endswith("</svg>")
    assert draw(loss)._repr_svg_() == svg


@pytest.mark.parametrize(
    "suffix, start", [("svg", b"<svg"), ("png", b"\x89PNG"), ("pdf", b"%PDF"), ("dot", b"digraph")]
)
def test_save_writes_the_format_of_the_suffix_and_returns_the_path(loss, tmp_path, suffix, start):
    path = draw(loss).save(tmp_path / f"picture.{suffix}")
    assert path == (tmp_path / f"picture.{suffix}").resolve()
    assert path.read_bytes().startswith(start)


def size_of(png: bytes) -> tuple[int, int]:
    return int.from_bytes(png[16:20], "big"), int.from_bytes(png[20:24], "big")


def corner_of(png: bytes) -> tuple[int, ...]:
    image = pytest.importorskip("PIL.Image", reason="Pillow is not installed")
    return image.open(io.BytesIO(png)).convert("RGBA").getpixel((0, 0))


def test_a_png_is_white_and_twice_as_large_as_in_a_notebook_unless_it_is_told_otherwise(loss, tmp_path):
    def saved(**options) -> bytes:
        return draw(loss).save(tmp_path / "picture.png", **options).read_bytes()

    width, height = size_of(saved(scale=1))
    for scale in (None, 2, 3.5):
        found = size_of(saved(scale=scale))
        assert found == pytest.approx(((scale or 2) * width, (scale or 2) * height), abs=4)
    assert corner_of(saved()) == corner_of(saved(background="white")) == (255, 255, 255, 255)
    assert corner_of(saved(background="#fdf6e3")) == (0xFD, 0xF6, 0xE3, 255)
    assert corner_of(saved(background="transparent"))[3] == 0


def test_an_svg_and_a_pdf_take_a_scale_and_a_background_too(loss, tmp_path):
    def root(**options) -> tuple[float, str]:
        svg = draw(loss).save(tmp_path / "picture.svg", **options).read_text(encoding="utf-8")
        return float(re.search(r'width="([\d.]+)pt"', svg)[1]), svg

    width, plain = root()
    assert root(scale=2)[0] == pytest.approx(2 * width, abs=2) and 'fill="black"' not in plain
    assert 'fill="black"' in root(background="black")[1]
    graph = draw(loss)
    assert graph.save(tmp_path / "a.pdf").read_bytes() != graph.save(tmp_path / "b.pdf", scale=2).read_bytes()
    assert 'bgcolor="black"' in graph.save(tmp_path / "a.dot", background="black").read_text(encoding="utf-8")
    assert graph.save(tmp_path / "a.dot").read_text(encoding="utf-8") == graph.dot


@pytest.mark.parametrize(
    "options, error, message",
    [({"scale": "2"}, TypeError, "scale must be a number, such as 2, but got '2' of type str"),
     ({"scale": True}, TypeError, "but got True"), ({"scale": 0}, ValueError, "from 0.1 to 10, but got 0"),
     ({"scale": math.nan}, ValueError, "from 0.1 to 10, but got nan"),
     ({"background": "wite"}, ValueError, "white, black, transparent or a colour such as #fdf6e3, but got 'wite'"),
     ({"background": 'white" x="'}, ValueError, "background must be"),
     ({"background": 3}, ValueError, "background must be white.* but got 3 of type int")],
)  # fmt: skip
@pytest.mark.parametrize("suffix", ["svg", "png", "pdf", "dot"])
def test_a_wrong_scale_or_background_is_refused_and_nothing_is_written(loss, tmp_path, suffix, options, error, message):
    with pytest.raises(error, match=message):
        draw(loss).save(tmp_path / f"picture.{suffix}", **options)
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize("name", ["picture.jpeg", "picture", ".svg"])
def test_another_suffix_is_refused_and_nothing_is_written(loss, tmp_path, name):
    with pytest.raises(ValueError, match=r"ends in \.svg, \.png, \.pdf or \.dot, but got"):
        draw(loss).save(tmp_path / name)
    assert not list(tmp_path.iterdir())


def test_what_is_not_a_value_is_refused():
    with pytest.raises(TypeError, match=r"draw takes Values, but got 3\.0 of type float"):
        draw(3.0)
    with pytest.raises(TypeError, match="at least one"):
        draw()
    with pytest.raises(TypeError, match=r"of type list; of a sequence of Values, write draw\(\*values\)") as refused:
        draw([Value(1.0)] * 100_000)
    assert len(str(refused.value)) < 1000
    with pytest.raises(ValueError, match="LR, TB, RL, BT"):
        draw(Value(1.0), rankdir="down")


def test_a_graph_too_large_to_read_is_refused_with_advice():
    x = Value(1.0)
    for _ in range(1000):
        x = x + 1.0
    with pytest.raises(ValueError, match="more than 500 Values.*group=model.*max_nodes"):
        draw(x)
    assert draw(Value(1.0) + 1, max_nodes=2)._size == 2


def test_a_value_used_again_and_again_far_away_is_named_there_by_a_tag_instead_of_a_long_edge():
    def powers(count: int) -> Value:
        y = x = Value(0.5, "x")
        for _ in range(count):
            y = y * x + 1
        return y

    assert "label=<x>" not in draw(powers(8)).dot
    picture = draw(powers(48)).dot
    tags = len(re.findall(r"v\d+_\d \[label=<x> ", picture))
    assert 40 < tags < 49
    assert picture.count("local derivative") == 3 * 48  # no edge is lost: 48 products of two, 48 sums of one


def test_what_a_tag_refers_to_has_a_name():
    y = shared = Value(0.5) * 2
    for _ in range(48):
        y = shared * y + 1
    shown = texts(draw(y))
    assert shown.count("v2") > 40  # its own box and its tags


def test_importing_the_package_does_not_import_graphviz():
    code = "import sys, autograd; print([m for m in ('graphviz', 'pygraphviz', 'numpy') if m in sys.modules])"
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)}
    assert subprocess.check_output([sys.executable, "-c", code], env=environment, text=True).strip() == "[]"


@pytest.mark.parametrize(
    "arguments, error, message",
    [({"group": 3}, TypeError, "group must be True, False or a Module, but got 3 of type int"),
     ({"group": None}, TypeError, "group must be True"), ({"max_nodes": 0}, ValueError, "at least 1, but got 0"),
     ({"max_nodes": "5"}, TypeError, "whole number"), ({"max_nodes": True}, TypeError, "but got True of type bool"),
     ({"show": 3}, TypeError, "show must be a collection of words, some of .*, but got 3 of type int"),
     ({"show": "data"}, TypeError, "but got 'data' of type str"), ({"show": None}, TypeError, "but got None"),
     ({"show": [["data"]]}, ValueError, "show takes some of"), ({"lang": "fr"}, ValueError, "'en', 'zh', but got 'fr'"),
     ({"names": 3}, TypeError, r"mapping of names to Values, such as globals\(\), but got 3 of type int")],
)  # fmt: skip
def test_a_wrong_argument_is_refused_with_what_is_accepted(arguments, error, message):
    with pytest.raises(error, match=message):
        draw(Value(1.0) * 2, **arguments)


def test_unnamed_parameters_are_drawn_too():
    y = autograd.dot([Value(0.25), Value(0.5)], [Value(1.0, "x"), 2.0], Value(0.75))
    assert {"0.25", "0.5", "0.75"} <= set(texts(draw(y, show=["data"])))


def test_parameters_with_equal_numbers_are_rows_of_their_own():
    w, b = [Value(1.0, "w1"), Value(1.0, "w2")], Value(1.0, "b")
    y = autograd.dot(w, [Value(1.0, "x1"), Value(1.0, "x2")], b)
    assert re.findall("<B>(.*?)</B>", draw(y).dot) == ["w1", "w2", "b", "x1", "x2"]


def places(graph: Graph, kind: str) -> dict[str, tuple[float, float, float, float]]:
    """Left, top, right and bottom of every "node" or "cluster", by its first text."""
    found = {}
    for group in ElementTree.fromstring(graph.svg).iter(f"{SVG}g"):
        if group.get("class") == kind:
            numbers = re.findall(r"(-?[\d.]+),(-?[\d.]+)", next(group.iter(f"{SVG}path")).get("d"))
            xs, ys = zip(*((float(x), float(y)) for x, y in numbers), strict=True)
            first = next(text.text.strip() for text in group.iter(f"{SVG}text") if text.text.strip())
            found[first] = min(xs), min(ys), max(xs), max(ys)
    return found


def test_one_layer_stands_behind_the_other_and_the_inputs_before_both():
    mlp = nn.MLP(2, [2, 2, 1], "tanh", seed=0)
    graph = draw(mlp([Value(1.0, "x1"), Value(2.0, "x2")]), group=mlp)
    first, second, third = (places(graph, "cluster")[f"layers.{i}: Layer"] for i in range(3))
    assert first[2] < second[0] and second[2] < third[0]
    boxes = places(graph, "node")
    assert boxes["x1"][2] < first[0] and boxes["x2"][2] < first[0]


@pytest.mark.parametrize("samples", [1, 2])
def test_the_neurons_of_a_layer_stand_in_their_order_from_top_to_bottom(samples):
    layer = nn.Linear(3, 5, seed=0)
    rows = [[Value(1.0, "x1"), Value(2.0, "x2"), Value(3.0, "x3")], [Value(float(i)) for i in range(3)]]
    boxes = places(draw(*[y for row in layer(rows[:samples]) for y in row], group=layer), "node")
    tops = [boxes[f"neuron {i}"][1] for i in range(5)]
    assert tops == sorted(tops)
    if samples == 1:
        assert boxes["x1"][1] < boxes["x2"][1] < boxes["x3"][1]


def test_of_two_operands_the_first_stands_on_top():
    boxes = places(draw(Value(1.0, "a") * Value(2.0, "b")), "node")
    assert boxes["a"][1] < boxes["b"][1]


class Twice(nn.Module):
    """One layer, another one, and the first one again."""

    def __init__(self) -> None:
        self.a, self.b = nn.Linear(1, 1, seed=0), nn.Linear(1, 1, seed=1)

    def forward(self, x):
        return self.a(self.b(self.a(x)))


def test_the_data_goes_one_way_where_a_layer_is_used_again_after_another_one():
    model = Twice()
    root = ElementTree.fromstring(draw(*model([Value(1.0, "x")]), group=model).svg)
    edges = [g for g in root.iter(f"{SVG}g") if g.get("class") == "edge"]
    assert len(edges) == 9
    for edge in edges:
        xs = [float(x) for x in re.findall(r"(-?[\d.]+),", next(edge.iter(f"{SVG}path")).get("d"))]
        assert xs[0] < xs[-1]


def test_what_leads_from_a_module_straight_back_to_it_is_in_its_frame():
    class Quadratic(nn.Module):
        def __init__(self) -> None:
            self.a, self.b, self.c = nn.Parameter(1.0), nn.Parameter(2.0), nn.Parameter(3.0)

        def forward(self, x):
            return self.a * x**2 + self.b * x + self.c

    model = Quadratic()
    dot = draw(model(Value(2.0, "x")), names={"model": model, "_hidden": nn.Linear(1, 1)}).dot
    frame = dot.split("subgraph cluster_0")[1].split("\t}")[0]
    assert [frame.count(f">{symbol}<") for symbol in ("×", "+", "^")] == [2, 2, 0]
    assert re.findall("<B>(.*?)</B>", frame) == ["a", "b", "c"] and "model: Quadratic" in frame


def test_a_neuron_with_the_weights_of_another_layer_is_in_the_layer_of_its_own_bias():
    class Tied(nn.Module):
        def __init__(self) -> None:
            self.code, self.back = nn.Linear(2, 1, seed=0), nn.Linear(1, 2, seed=1)
            self.back.weight = [[w] for w in self.code.weight[0]]

        def forward(self, x):
            return self.back(self.code(x))

    model = Tied()
    back, code = draw(*model([1.0, 2.0]), group=model).dot.split("subgraph cluster_")[1:]
    assert back.split("\t}")[0].count(">dot<") == 2 and code.split("\t}")[0].count(">dot<") == 1
    assert "neuron" not in back.split("\t}")[0]


def test_a_loss_is_not_taken_for_an_activation():
    layer = nn.Linear(1, 1, seed=0)
    frame = draw(-layer([1.0])[0].sigmoid().log(), group=layer).dot.split("subgraph cluster_0")[1].split("\t}")[0]
    assert ">σ<" in frame and ">log<" not in frame


def titles(graph: Graph) -> list[str]:
    return [title.text for title in ElementTree.fromstring(graph.svg).iter(f"{SVG}title")]


def test_the_pointer_shows_every_digit_and_the_calculation(loss):
    loss.backward()
    y = (loss / 3).sigmoid()
    shown = titles(draw(y))
    assert f"sigmoid(0.75) = {y.data!r}, no gradient yet" in shown
    assert "L = z² = 2.25, gradient 1.0" in shown
    assert "w = 0.5, gradient 9.0" in shown
    assert f"local derivative {1 / 3}" in shown


def test_the_pointer_on_a_layer_shows_all_its_parameters():
    layer = nn.Linear(2, 1, seed=0)
    told = next(title for title in titles(draw(*layer([1.0, 2.0]), group=layer)) if title.startswith("neuron 0"))
    w1, w2, b = layer.parameters()
    assert told.split("\n")[1:] == [
        f"weight[0][0] = {w1.data!r}, no gradient yet", f"weight[0][1] = {w2.data!r}, no gradient yet",
        f"bias[0] = {b.data!r}, no gradient yet",
    ]  # fmt: skip


def test_no_identifier_of_graphviz_is_seen():
    mlp = nn.MLP(1, [2, 1], "tanh", seed=0)
    graph = draw(mlp([Value(1.0, "x")]), group=mlp)
    assert not [title for title in titles(graph) if re.search(r"^(v\d+|%3|cluster)|->", title)]


@pytest.mark.parametrize(
    "label",
    ["long " * 60, "长" * 300, "x" * 300, "e" + "\u0301" * 300, "line\n" * 50, "👩‍👩‍👧" * 60, "שלום עולם " * 30],
)
def test_a_long_label_is_cut_in_the_picture_and_whole_in_its_tooltip(label):
    graph = draw(Value(1.0, label) * 2)
    left, top, right, bottom = places(graph, "node")[max(texts(graph), key=len) if "\n" not in label else "line"]
    assert right - left < 320 and bottom - top < 120
    assert "…" in "".join(texts(graph))
    assert any("".join(label.split()) in "".join(title.split()) for title in titles(graph))


def test_a_label_of_spaces_is_no_label():
    assert draw(Value(1.0, "  ")).dot.count("<TR>") == draw(Value(1.0)).dot.count("<TR>")


def test_a_gradient_of_a_leaf_from_before_is_shown_in_a_new_graph():
    w = Value(2.0, "w")
    (w * 3).backward()
    shown = texts(draw((w * 4).named("y")))
    assert "grad 3" in shown and "grad –" in shown


def test_a_gradient_is_known_behind_an_output_whose_own_is_zero():
    x = Value(-1.0, "x")
    z = x.relu()
    (z * 0.0).backward()
    y = x * 2
    (y + z).backward()
    x.grad = z.grad = 0.0
    assert "grad –" in texts(draw(z)) and texts(draw(z, y)).count("grad 0") == 1


def test_a_graph_with_too_many_edges_to_lay_out_is_refused_though_it_has_few_values():
    xs = [Value(float(i)) for i in range(30)]
    for _ in range(8):
        xs = [autograd.sum(xs) for _ in xs]
    with pytest.raises(ValueError, match="more than 3,000 edges.*group=model"):
        draw(*xs)
    assert draw(*xs, max_nodes=2000)._size == 270


def test_every_word_is_in_the_language_that_is_spoken():
    mlp = nn.MLP(1, [2, 1], "tanh", seed=0)
    y = mlp([Value(1.0, "x")])
    with speaking("zh"):
        before = draw(y, group=mlp)
        assert any("还没有梯度" in title for title in titles(before))
        y.backward()
        graph = draw(y)
        shown = {text.strip() for text in texts(draw(y, group=mlp))}
    assert {"梯度：", "消失 < 1e-6", "正常", "爆炸 > 1e3", "神经元 0", "梯度 1"} <= shown
    assert "神经元" in texts(graph) and not re.search("neuron|grad|healthy|derivative", graph.dot)


def test_the_language_can_be_given(loss):
    with speaking("zh"):
        assert "grad –" in texts(draw(loss, lang="en"))
    assert "梯度 –" in texts(draw(loss, lang="zh")) and "grad –" in texts(draw(loss))


@pytest.mark.parametrize("rankdir", ["LR", "TB", "RL", "BT"])
@pytest.mark.parametrize("show", [(), ("data",), ("grad",), ("partial",), ("data", "grad"), ("grad", "partial")])
def test_every_choice_of_direction_and_content_is_drawn(show, rankdir):
    mlp = nn.MLP(1, [2, 1], "tanh", seed=0)
    y = mlp([Value(1.0, "x")])
    y.backward()
    assert "tanh" in texts(draw(y, y, y.parents[0], mlp.parameters()[0], group=mlp, show=show, rankdir=rankdir))


@pytest.mark.parametrize("number", [math.inf, -math.inf, math.nan, -1e-300, 1e300, 0.0, 5e-324])
def test_numbers_of_every_size_are_drawn(number):
    x = Value(number, "x")
    y = x * number
    y.backward()
    assert any("inf" in t or "nan" in t or "e" in t or t == "0" for t in texts(draw(y)))


def test_gradients_that_are_values_are_drawn():
    x = Value(3.0, "x")
    y = x**3
    x.grad = autograd.grad(lambda v: v**3)(x)
    y.grad = Value(1.0)
    assert {"grad 27", "grad 1"} <= set(texts(draw(y)))


def test_parameters_that_nothing_was_calculated_from_yet_are_in_the_frame_of_their_layer():
    layer = nn.Linear(2, 1, seed=0)
    graph = draw(*layer.parameters(), group=layer)
    assert "Linear" in texts(graph)
    assert re.findall("<B>(.*?)</B>", graph.dot) == ["weight[0][0]", "weight[0][1]", "bias[0]"]


def test_the_pointer_on_a_tag_shows_the_value_that_it_stands_for():
    y = x = Value(0.5, "x")
    for _ in range(48):
        y = y * x + 1
    assert titles(draw(y)).count("x = 0.5, no gradient yet") > 40
