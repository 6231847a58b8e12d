"""Drawings: what a picture shows, which files it becomes, and what happens without Graphviz."""

import math
import os
import subprocess
import sys
import time
import xml.etree.ElementTree as ElementTree
from pathlib import Path

import pytest

import autograd
from autograd import Graph, Value, draw, nn
from autograd.view import RenderError, dot
from autograd.view.labels import printable


def texts(graph: Graph) -> list[str]:
    """Every piece of text that the picture shows, tooltips left out."""
    root = ElementTree.fromstring(graph.svg)
    return [element.text or "" for element in root.iter("{http://www.w3.org/2000/svg}text")]


@pytest.fixture
def loss() -> Value:
    w, x = Value(0.5, "w"), Value(3.0, "x")
    return ((w * x).named("z") ** 2).named("L")


@pytest.fixture
def nothing_installed(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """No `dot` on PATH and no pygraphviz."""
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.setitem(sys.modules, "pygraphviz", None)


def test_a_picture_shows_label_number_and_gradient_of_every_value_and_the_symbol_of_every_operation(loss):
    loss.backward()
    shown = texts(draw(loss))
    assert {"w", "x", "z", "L", "0.5", "3", "1.5", "2.25", "×", "^", "2"} <= set(shown)
    assert {"grad 9", "grad 1.5", "grad 3", "grad 1"} <= set(shown)


def test_before_backward_a_gradient_is_a_dash_not_a_zero(loss):
    shown = texts(draw(loss))
    assert "grad –" in shown
    assert not any("grad 0" in text for text in shown)


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
    for wrong in ("data", ["colour"]):
        with pytest.raises(ValueError, match="show takes some of"):
            draw(loss, show=wrong)


@pytest.mark.parametrize(
    "gradient, color",
    [(0.0, dot.ZERO), (1e-9, dot.SCALE[0][1]), (-1e-4, dot.SCALE[1][1]), (1.0, dot.SCALE[2][1]),
     (-1e4, dot.SCALE[3][1]), (1e9, dot.EXPLODED), (math.inf, dot.EXPLODED), (math.nan, dot.EXPLODED)],
)  # fmt: skip
def test_the_colour_of_a_gradient_tells_its_size_and_a_legend_explains_it(gradient, color):
    y = (Value(1.0, "x") * 2).named("y")
    y.backward()
    y.parents[0].grad = gradient
    picture = draw(y).dot
    assert picture.count(color) == 2 + (color == dot.SCALE[2][1])  # in its box and in the legend; y's own is healthy
    assert {"healthy", "exploded > 1e6"} <= {text.strip() for text in texts(draw(y))}
    assert "healthy" not in draw(Value(1.0) * 2).dot


def test_a_neuron_is_framed_with_its_weights_and_its_activation_and_named_after_its_layer():
    mlp = nn.MLP(2, [2, 1], "tanh", seed=0)
    y = mlp([Value(1.0, "x"), 2.0])
    framed = draw(y, group=mlp)
    assert {"layers.0[0]", "layers.0[1]", "layers.1[0]"} <= set(texts(framed))
    assert texts(draw(y)).count("neuron") == 3
    assert "neuron" not in draw(y, group=False).dot
    frame = framed.dot.split("subgraph cluster_0")[1].split("subgraph")[0]
    assert frame.count("<B>w") == 2 and frame.count("<B>b<") == 1 and "tanh" in frame


def test_drawing_changes_nothing(loss):
    loss.backward()
    nodes = autograd.graph.topological_order(loss)
    before = [(n.data, n.grad, n.label, n.parents) for n in nodes]
    draw(loss, names={"other": nodes[0]}).svg
    assert [(n.data, n.grad, n.label, n.parents) for n in nodes] == before


def test_a_value_used_twice_by_one_operation_has_two_arrows_to_it():
    x = Value(2.0, "x")
    assert draw(x + x).dot.count("v0 -> v1_op") == 2


def test_values_with_equal_numbers_are_different_boxes():
    a, b = Value(1.0, "a"), Value(1.0, "b")
    assert {"a", "b"} <= set(texts(draw(a * b)))
    assert draw(a * b).dot.count(dot.OUTPUT) == 1


def test_several_outputs_share_one_picture(loss):
    z = loss.parents[0]
    assert len(autograd.graph.topological_order(loss)) == draw(loss, z)._size
    assert draw(loss, z).dot.count(dot.OUTPUT) == 2


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
    assert "".join(shown.split()) in "".join("".join(texts(graph)).replace("\xa0", " ").split())


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


@pytest.mark.parametrize("name", ["picture.jpeg", "picture", ".svg"])
def test_another_suffix_is_refused_and_nothing_is_written(loss, tmp_path, name):
    with pytest.raises(ValueError, match=r"\.svg, \.png, \.pdf, \.dot"):
        draw(loss).save(tmp_path / name)
    assert not list(tmp_path.iterdir())


def test_what_is_not_a_value_is_refused():
    with pytest.raises(TypeError, match=r"draw takes Values, but got 3\.0 of type float"):
        draw(3.0)
    with pytest.raises(TypeError, match="at least one"):
        draw()
    with pytest.raises(ValueError, match="LR, TB, RL, BT"):
        draw(Value(1.0), rankdir="down")


def test_a_graph_too_large_to_read_is_refused_with_advice_and_at_once():
    x = Value(1.0)
    for _ in range(200_000):
        x = x + 1.0
    start = time.perf_counter()
    with pytest.raises(ValueError, match="more than 500 Values.*max_nodes"):
        draw(x)
    assert time.perf_counter() - start < 10  # a hang, not a speed, is what this line is for
    assert draw(Value(1.0) + 1, max_nodes=2)._size == 2


def test_pygraphviz_draws_where_dot_is_not_on_the_path(loss, monkeypatch, tmp_path):
    pytest.importorskip("pygraphviz")
    monkeypatch.setenv("PATH", str(tmp_path))
    assert {"w", "z", "L", "1.5"} <= set(texts(draw(loss)))


@pytest.mark.usefixtures("nothing_installed")
def test_without_graphviz_the_error_says_how_to_install_it_and_where_the_dot_source_is(loss, tmp_path):
    target = tmp_path / "picture.svg"
    with pytest.raises(RenderError, match="apt install graphviz(.|\n)*pip install(.|\n)*picture.dot"):
        draw(loss).save(target)
    assert not target.exists()
    assert target.with_suffix(".dot").read_text(encoding="utf-8") == draw(loss).dot
    with pytest.raises(RenderError, match="saved as") as error:
        _ = draw(loss).svg
    assert Path(str(error.value).rsplit("saved as ", 1)[1].rstrip(".")).read_text(encoding="utf-8") == draw(loss).dot


@pytest.mark.usefixtures("nothing_installed")
def test_without_graphviz_a_notebook_shows_text_instead_of_a_traceback_and_dot_can_still_be_saved(loss, tmp_path):
    graph = draw(loss)
    assert graph._repr_svg_() is None
    assert "Graph of 4 Values" in repr(graph)
    assert graph.save(tmp_path / "picture.dot").exists()


def test_importing_the_package_does_not_import_graphviz():
    code = "import sys, autograd; print([m for m in ('graphviz', 'pygraphviz', 'numpy') if m in sys.modules])"
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)}
    assert subprocess.check_output([sys.executable, "-c", code], env=environment, text=True).strip() == "[]"
