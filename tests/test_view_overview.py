"""A large graph: its modules as one box each."""

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


def boxes(graph: Graph) -> dict[str, list[str]]:
    """The texts of every box, by its first one."""
    space = "{http://www.w3.org/2000/svg}"
    groups = [g for g in ElementTree.fromstring(graph.svg).iter(f"{space}g") if g.get("class") == "node"]
    texts = [[text.text.strip() for text in g.iter(f"{space}text")] for g in groups]
    return {first: others for first, *others in texts}


def edges(graph: Graph) -> dict[tuple[str, str], str]:
    """How many Values go from one box to another, by the bold or first text of the boxes."""
    names = {i: re.search(r">([^<>]+)<", label)[1] for i, label in re.findall(r"\t(m\d+) \[label=<(.*)", graph.dot)}
    found = re.findall(r'(m\d+) -> (m\d+) \[label=(?:<.*?<TD>|" )([\d,]+)', graph.dot)
    return {(names[start], names[end]): count for start, end, count in found}


@pytest.fixture
def digits() -> tuple[nn.MLP, Value]:
    model = nn.MLP(64, [8, 10], seed=0)
    rows = [[((7 * i + 3 * j) % 16) / 16 for j in range(64)] for i in range(4)]
    return model, nn.CrossEntropyLoss()(model(rows), [0, 1, 2, 3]).named("loss")


def test_a_graph_of_many_values_becomes_one_box_for_each_module(digits):
    model, loss = digits
    graph = draw(loss, group=model)
    assert len(autograd.graph.topological_order(loss)) > 500
    shown = boxes(graph)
    assert shown["layers.0: Layer"] == ["520 parameters", "32 dot, 32 relu", "|grad| –"]
    assert shown["layers.1: Layer"] == ["90 parameters", "40 dot", "|grad| –"]
    assert shown["loss"][0] == f"{loss.data:.4g}" and "4 log_softmax" in shown["loss"][1]
    assert edges(graph) == {("layers.0: Layer", "layers.1: Layer"): "32", ("layers.1: Layer", "loss"): "40"}
    assert "610" not in graph.dot and repr(graph).startswith(f"<Graph of {graph._size:,} Values")


def test_the_gradient_of_a_module_is_the_norm_of_those_of_its_parameters(digits):
    model, loss = digits
    loss.backward()
    shown = boxes(draw(loss, names={"model": model}))
    for i, layer in enumerate(model.layers):
        norm = math.hypot(*[p.grad for p in layer.parameters()])
        assert shown[f"model.layers.{i}: Layer"][-1] == f"|grad| {norm:.4g}"


def test_every_value_and_every_operation_is_in_one_box_and_no_more(digits):
    model, loss = digits
    nodes = autograd.graph.topological_order(loss)
    lines = [line for texts in boxes(draw(loss, group=model)).values() for line in texts]
    counted = sum(int(n) for line in lines for n in re.findall(r"(\d+) [a-z_]+(?:,|$)", line) if "param" not in line)
    assert counted == sum(node.op is not None for node in nodes)


def test_inputs_that_are_values_have_a_box_and_what_lies_between_modules_another():
    model = nn.Sequential(nn.Linear(4, 8, seed=0), nn.BatchNorm1d(8), nn.ReLU(), nn.Linear(8, 1, seed=1))
    rows = [[Value(float((i * j) % 5)) for j in range(4)] for i in range(8)]
    loss = sum((y**2 for [y] in model(rows)), Value(0.0))
    graph = draw(loss, group=model, max_nodes=100)
    shown = boxes(graph)
    assert "33 Values" in shown
    assert {"0: Linear", "1: BatchNorm1d", "3: Linear"} <= shown.keys()
    assert ("1: BatchNorm1d", "3: Linear") in edges(graph)
    between = [start for start, end in edges(graph) if end == "1: BatchNorm1d" and "Linear" not in start]
    assert len(between) == 1 and "mean" in between[0]


def test_the_path_around_a_residual_block_is_seen():
    model = nn.Residual(nn.Linear(3, 3, seed=0))
    xs = [Value(1.0), Value(2.0), Value(3.0)]
    y = sum(model(xs), Value(0.0))
    found = edges(draw(y, group=model, max_nodes=3))
    inputs = next(start for start, end in found if end == "module: Linear")
    assert sum(start == inputs for start, _ in found) == 2


def test_what_a_recurrent_module_does_between_its_steps_is_in_its_box():
    model = nn.LSTM(1, 2, seed=0)
    outputs, _ = model([[0.5]] * 6)
    shown = boxes(draw(*outputs[-1], group=model, max_nodes=20))
    assert len(shown) == 1
    assert "mul" in shown["LSTM"][2] or "mul" in " ".join(shown["LSTM"])


@pytest.mark.slow
def test_a_graph_of_a_million_values_has_an_overview():
    line = nn.Linear(1, 1, seed=0)
    y = Value(1.0)
    for _ in range(333_333):
        y = autograd.sin(y + line.weight[0][0]) * 0.5
    assert len(boxes(draw(y, group=line))) >= 2


def test_without_a_module_that_is_known_a_large_graph_is_refused(digits):
    _, loss = digits
    with pytest.raises(ValueError, match="group=model"):
        draw(loss)
    with pytest.raises(ValueError, match="group=model"):
        draw(loss, group=False, names={"model": nn.Linear(1, 1)})


def test_the_same_model_gives_the_same_overview_in_every_process():
    code = (
        "from autograd import draw, nn\n"
        "model = nn.MLP(4, [5, 3], seed=0)\n"
        "ys = model([[1.0, 2.0, 3.0, 4.0], [4.0, 3.0, 2.0, 1.0]])\n"
        "print(draw(*ys[0], *ys[1], group=model, max_nodes=9).dot)"
    )
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)}
    dots = {subprocess.check_output([sys.executable, "-c", f"pad = [[] for _ in range({n})]\n{code}"], env=environment)
            for n in (0, 1000, 5000)}  # fmt: skip
    assert len(dots) == 1


def test_outputs_are_called_by_their_names_and_of_many_the_first_ones_are_shown():
    line = nn.Linear(1, 9, seed=0)
    first, *others = [y * 2 for y in line([Value(1.0)])]
    graph = draw(first, *others, group=line, names={"first": first}, max_nodes=5)
    assert "first" in graph.dot and repr(others[-1].data) in graph.dot  # the last one in the tooltip
    [shown] = [texts for name, texts in boxes(graph).items() if "…" in texts]
    assert sum(bool(re.fullmatch(r"-?[\d.]+", text)) for text in shown) == 4


def test_an_overview_speaks_chinese_where_that_is_spoken(digits):
    model, loss = digits
    loss.backward()
    with speaking("zh"):
        shown = boxes(draw(loss, group=model))
    assert shown["layers.0: Layer"][0] == "520 个参数" and shown["layers.0: Layer"][-1].startswith("|梯度| ")


def test_an_overview_with_an_unused_parameter_has_the_gradient_of_the_others():
    model = nn.Sequential(nn.Linear(1, 2, seed=0), nn.Linear(2, 1, seed=1))
    [y] = model([Value(1.0)])
    y.backward()
    shown = boxes(draw(y * 2, group=model, max_nodes=5))
    assert not any("–" in line for lines in shown.values() for line in lines)
