"""Samples of a batch that have one shape, of which a drawing shows the first; and the direction that it chooses."""

import builtins
import math
import re
import time
import xml.etree.ElementTree as ElementTree
from functools import reduce

import pytest

import autograd
from autograd import Graph, Value, draw, nn, tanh
from autograd.graph import topological_order
from autograd.view.calculation import Calculation

ROWS, TARGETS = [[0.0, 0.0], [0.0, 1.0], [1.0, 0.0], [1.0, 1.0]], [0, 1, 1, 0]


@pytest.fixture
def xor() -> nn.Module:
    return nn.MLP(2, [4, 1], "tanh", seed=0)


def shown(graph: Graph) -> str:
    """All text of a picture."""
    texts = ElementTree.fromstring(graph.svg).iter("{http://www.w3.org/2000/svg}text")
    return " ".join(" ".join((text.text or "").split()) for text in texts)


def boxes(graph: Graph) -> int:
    """How many operations are drawn."""
    return graph.dot.count("<VR/>")


LOSSES = {
    "mean": lambda ys: nn.MSELoss()(ys, TARGETS),
    "sum": lambda ys: autograd.sum([(y - t) ** 2 for y, t in zip(ys, TARGETS, strict=True)]) / 4,
    "builtin sum": lambda ys: builtins.sum((y - t) ** 2 for y, t in zip(ys, TARGETS, strict=True)),
    "loop": lambda ys: reduce(lambda total, y: total + (y - 1) ** 2, ys, Value(0.0)),
    "sum of two": lambda ys: (ys[0] ** 2 + ys[1] ** 2) + (ys[2] ** 2 + ys[3] ** 2),
}


@pytest.mark.parametrize("loss", LOSSES)
def test_samples_of_one_shape_are_drawn_once_and_a_note_says_for_how_many(xor, loss):
    total = LOSSES[loss](xor(ROWS))
    graph, every = draw(total, group=xor), draw(total, group=xor, samples="all")
    assert "the same for 3 more samples shown: the first one; parameters have the gradient of all" in shown(graph)
    assert "more sample" not in every.dot and repr(graph) == repr(every)
    assert boxes(every) == builtins.sum(node.op is not None for node in Calculation.of(total).nodes)
    first = LOSSES[loss](xor(ROWS[:1] * 4)).parents[-1]
    depth = len({id(node) for node in topological_order(first) if node.op is not None})
    assert boxes(graph) <= depth + 2


def test_what_is_drawn_is_the_first_sample_with_its_own_numbers(xor):
    rows = [[Value(a, "x1"), Value(b, "x2")] for a, b in [(0.25, 0.75), (1.5, 2.5), (3.5, 4.5)]]
    ys = xor(rows)
    loss = nn.MSELoss()(ys, [1.0, 2.0, 3.0]).named("loss")
    loss.backward()
    graph = draw(loss, group=xor)
    first = {node for node in topological_order(loss.parents[0])} | {loss}
    for node in topological_order(loss):
        told = f"= {node.data!r}, gradient {node.grad!r}"
        assert (told in graph.dot) == (node in first), node
    assert "0.75" in shown(graph) and "4.5" not in shown(graph)
    for parameter in xor.parameters():
        assert f"= {parameter.data!r}, gradient {parameter.grad!r}" in graph.dot  # that of the whole batch


def test_samples_of_two_shapes_are_drawn_once_each(xor):
    graph = draw(nn.BCEWithLogitsLoss()(xor(ROWS), TARGETS), group=xor)
    assert shown(graph).count("the same for 1 more sample") == 2


def test_the_rest_of_a_sum_is_drawn_with_the_first_sample(xor):
    penalty = (0.1 * autograd.sum([p * p for p in xor.parameters()])).named("penalty")
    loss = builtins.sum(((y - t) ** 2 for y, t in zip(xor(ROWS), TARGETS, strict=True)), penalty)
    graph = draw(loss, group=xor)
    assert "3 more samples" in shown(graph) and "penalty" in shown(graph)
    assert len(re.findall(r" -> v\d+ \[label=[^\n]*local derivative 1\.0", graph.dot)) >= 2


def batch(make, count: int = 12) -> Value:
    return autograd.sum([make(i) for i in range(count)])


x, w = Value(0.5), Value(1.5)
APART = {
    "terms of a polynomial": lambda: batch(lambda i: Value(1.0) * x**i),
    "terms with names of their own": lambda: batch(lambda i: (w * Value(float(i), f"x{i}")).tanh()),
    "results with names of their own": lambda: batch(lambda i: (w * float(i)).tanh().named(f"y{i}")),
    "neurons with parameters of their own": lambda: batch(lambda i: (nn.Parameter(0.1) * x).tanh()),
    "factors of a product": lambda: autograd.prod([(w * 2.0).tanh() for _ in range(12)]),
    "operations that differ": lambda: batch(lambda i: [tanh, autograd.exp, autograd.sin][i % 3](w * 2.0), 3) * 1.0**x,
}


@pytest.mark.parametrize("kind", APART)
def test_what_is_no_batch_is_drawn_whole(kind):
    total = APART[kind]()
    for _ in range(12):
        total = total * 1.0
    assert draw(total).dot == draw(total, samples="all").dot


def test_samples_that_depend_on_one_another_are_all_drawn():
    model = nn.Sequential(nn.Linear(2, 3, seed=0), nn.BatchNorm1d(3), nn.Linear(3, 1, seed=1))
    loss = nn.MSELoss()([y for [y] in model(ROWS)], TARGETS)
    assert draw(loss, group=model).dot == draw(loss, group=model, samples="all").dot


def test_a_sample_that_is_asked_for_is_drawn(xor):
    ys = xor(ROWS)
    graph = draw(nn.MSELoss()(ys, TARGETS), ys[2], group=xor)
    assert repr(ys[2].data) in graph.dot and "2 more samples" in shown(graph)


def test_a_small_graph_is_drawn_whole():
    loss = autograd.mean([(w * x - y) ** 2 for x, y in [(1.0, 2.0), (2.0, 3.0), (3.0, 5.0)]])
    assert "more sample" not in draw(loss).dot and boxes(draw(loss)) == 10


def test_a_batch_too_large_to_draw_is_drawn_by_its_first_sample():
    model = nn.MLP(2, [3, 1], "tanh", seed=0)
    loss = nn.MSELoss()(model([[i / 100, -i / 100] for i in range(100)]), [0.5] * 100)
    assert len(topological_order(loss)) > 500
    assert "the same for 99 more samples" in shown(draw(loss, group=model)) and "99 more" in draw(loss).dot
    with pytest.raises(ValueError, match="more than 500 Values"):
        draw(loss, samples="all")


def test_the_note_is_in_the_language_that_is_spoken(xor):
    graph = draw(nn.MSELoss()(xor(ROWS), TARGETS), group=xor, lang="zh")
    assert "另有 3 个样本与此相同" in shown(graph) and "sample stands" not in graph.dot


def test_drawing_a_batch_changes_nothing(xor):
    loss = nn.MSELoss()(xor(ROWS), TARGETS)
    loss.backward()
    nodes = topological_order(loss)
    before = [(node.data, node.grad, node.label, node.parents) for node in nodes]
    draw(loss, group=xor)
    assert [(node.data, node.grad, node.label, node.parents) for node in nodes] == before


@pytest.mark.parametrize(
    "make",
    [lambda y, i: y + tanh(y), lambda y, i: y + Value(1.0), lambda y, i: autograd.mean([y, y * 1.0]),
     lambda y, i: y * w + 1.0],
)  # fmt: skip
def test_looking_for_samples_takes_no_longer_than_the_graph_is_large(make):
    y = Value(0.001)
    for i in range(12_000):
        y = make(y, i)
    begun = time.perf_counter()
    with pytest.raises(ValueError, match="more than 500"):
        draw(y)
    assert time.perf_counter() - begun < 5  # the square of the size would take minutes


def test_another_word_for_samples_is_refused():
    with pytest.raises(ValueError, match="samples must be 'first' or 'all', but got 'one' of type str"):
        draw(Value(1.0), samples="one")


# --- the direction ---


def direction(graph: Graph) -> str:
    return re.search(r"rankdir=(\w+)", graph.dot)[1]


def width(graph: Graph) -> float:
    return float(re.search(r'width="([\d.]+)pt"', graph.svg)[1])


def chain(length: int) -> Value:
    y = Value(0.5, "x")
    for _ in range(length):
        y = (y * 1.5).tanh()
    return y


def test_a_drawing_goes_from_left_to_right_if_that_can_be_read_in_a_notebook():
    assert direction(draw(chain(4))) == "LR" and direction(draw(chain(5))) == "TB"
    assert direction(draw(chain(20), rankdir="LR")) == "LR"


@pytest.mark.parametrize("sizes", [[2, 1], [3, 2, 1], [4, 4, 1], [2] * 6 + [1], [6, 6, 6]])
@pytest.mark.parametrize("known", [True, False])
def test_a_drawing_goes_from_top_to_bottom_only_where_that_is_less_wide(sizes, known):
    model = nn.MLP(2, sizes, "tanh", seed=0)
    ys = model([Value(1.0, "x1"), Value(2.0, "x2")])
    group = model if known else True
    outputs = ys if isinstance(ys, list) else [ys]
    chosen = draw(*outputs, group=group)
    other = draw(*outputs, group=group, rankdir="LR" if direction(chosen) == "TB" else "TB")
    if direction(chosen) == "TB":
        assert width(chosen) < width(other)
    else:
        assert width(chosen) < 1550 or width(chosen) < 1.5 * width(other)


def test_an_overview_of_many_layers_goes_from_top_to_bottom():
    for layers, expected in ((4, "LR"), (14, "TB")):
        model = nn.MLP(8, [8] * layers, "tanh", seed=0)
        assert direction(draw(*model([0.5] * 8), group=model, max_nodes=20)) == expected


def test_arrows_do_not_touch_their_own_numbers():
    a, b = Value(1.7, "x"), Value(0.8, "w")
    loss = ((((a * b) - 0.5).sigmoid() - 1) ** 2).named("L")
    count = 0
    for group in ElementTree.fromstring(draw(loss, rankdir="LR").svg).iter("{http://www.w3.org/2000/svg}g"):
        if group.get("class") != "edge":
            continue
        [text] = group.iter("{http://www.w3.org/2000/svg}text")
        path = next(group.iter("{http://www.w3.org/2000/svg}path")).get("d")
        points = [(float(x), float(y)) for x, y in re.findall(r"(-?[\d.]+),(-?[\d.]+)", path)]
        baseline = float(text.get("y"))
        if points[0][1] == pytest.approx(points[-1][1], abs=0.5):  # a horizontal arrow
            count += 1
            assert points[0][1] - baseline > 2.5
    assert count == 4


def test_numbers_that_cannot_be_compared_are_no_obstacle():
    total = autograd.sum([(w * math.nan).tanh() for _ in range(3)])
    for _ in range(30):
        total = total * 1.0
    assert "2 more samples" in draw(total).dot
