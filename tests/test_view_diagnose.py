"""The doctor: what it measures, what it finds, and what it advises."""

import math
import xml.etree.ElementTree as ElementTree

import pytest

from autograd import Value, nn
from autograd.view import curves
from autograd.view.diagnose import GradientMonitor, diagnose


def chain(depth: int, activation: str, weight: float) -> nn.MLP:
    """One neuron a layer, all with the same weight and no bias."""
    mlp = nn.MLP(1, [1] * depth, activation, output=activation, seed=0)
    for layer in mlp.layers:
        layer.neurons[0].w, layer.neurons[0].b = [weight], 0.0
    return mlp


def test_the_factors_of_a_layer_are_the_slope_and_the_weight():
    mlp = chain(4, "sigmoid", 0.5)
    report = diagnose(mlp, mlp([0.0]))
    second = report.layers[1]
    z = mlp.layers[1].neurons[0].w[0].data * 0.5
    slope = Value(z).sigmoid().data * (1 - Value(z).sigmoid().data)
    assert second.activation_factor == pytest.approx(slope, rel=1e-12)
    assert second.weight_factor == pytest.approx(0.5, rel=1e-12)


def test_the_product_of_all_factors_is_the_way_of_the_gradient():
    mlp = chain(6, "tanh", 0.7)
    layers = diagnose(mlp, mlp([0.3])).layers
    product = layers[0].activation_factor * math.prod(x.activation_factor * x.weight_factor for x in layers[1:])
    loss = mlp([0.3])
    z1 = next(n for n in _nodes(loss) if n.op and n.op.name == "dot")
    loss.backward()
    assert abs(z1.grad) == pytest.approx(product, rel=1e-12)


def _nodes(loss):
    from autograd.graph import topological_order

    return topological_order(loss)


@pytest.mark.parametrize(
    "model, verdict",
    [
        (lambda: chain(10, "sigmoid", 0.5), "vanishing"),
        (lambda: chain(12, "linear", 2.0), "exploding"),
        (lambda: chain(5, "tanh", 0.9), "healthy"),
        (lambda: chain(4, "relu", -1.0), "dead"),
    ],
)
def test_the_verdict_names_what_is_wrong_and_the_table_the_remedy(model, verdict):
    mlp = model()
    report = diagnose(mlp, mlp([1.0]))
    assert report.verdict == verdict
    remedies = [line for line in str(report).splitlines() if line.startswith("- ")]
    assert bool(remedies) == (verdict != "healthy")


def test_a_gradient_that_is_not_finite_is_named():
    mlp = chain(3, "linear", 1e200)
    report = diagnose(mlp, mlp([1.0]))
    assert report.verdict == "nan" and "detect_anomaly" in str(report)


def test_a_batch_a_linear_layer_and_activation_modules_are_understood():
    model = nn.Sequential(nn.Linear(2, 3, seed=0), nn.Tanh(), nn.Linear(3, 1, seed=1))
    loss = sum((row[0] ** 2 for row in model([[1.0, 2.0], [0.5, -1.0]])), Value(0.0))
    report = diagnose(model, loss)
    assert [layer.name for layer in report.layers] == ["0", "2"]
    assert 0.0 < report.layers[0].activation_factor < 1.0


def test_the_graph_and_its_gradients_are_left_alone():
    mlp = chain(3, "tanh", 0.5)
    loss = mlp([1.0])
    diagnose(mlp, loss)
    assert loss.grad == 0.0 and all(p.grad == 0.0 for p in mlp.parameters())


def test_the_table_speaks_chinese_and_stays_aligned():
    mlp = chain(10, "sigmoid", 0.5)
    text = str(diagnose(mlp, mlp([1.0]), lang="zh"))
    assert "梯度消失" in text and "Xavier" in text
    assert "<th>layer</th>" in diagnose(mlp, mlp([1.0]))._repr_html_()


def test_what_is_no_module_or_no_loss_of_it_is_refused():
    mlp = chain(2, "tanh", 0.5)
    with pytest.raises(TypeError, match="takes a Module"):
        diagnose(3, mlp([1.0]))
    with pytest.raises(TypeError, match="loss as a Value"):
        diagnose(mlp, 3.0)
    with pytest.raises(ValueError, match="not computed by a layer"):
        diagnose(mlp, Value(1.0) * 2)
    with pytest.raises(ValueError, match="lang"):
        diagnose(mlp, mlp([1.0]), lang="fr")
    with pytest.raises(TypeError, match="takes a Module"):
        GradientMonitor(None)


# --- GradientMonitor ---


def test_a_monitor_keeps_the_norms_of_every_layer():
    mlp = chain(3, "tanh", 0.9)
    monitor = GradientMonitor(mlp)
    for _ in range(3):
        mlp.zero_grad()
        (mlp([1.0]) ** 2).backward()
        monitor.record()
    layer = mlp.layers[1]
    norm = math.hypot(*(p.grad for p in layer.parameters()))
    assert monitor.history["layers.1"] == [norm] * 3 and monitor.alarms == []
    assert "layers.2" in str(monitor)


def test_a_monitor_raises_the_alarm_once_for_nan_and_for_a_jump():
    mlp = chain(2, "linear", 1.0)
    monitor = GradientMonitor(mlp)
    for gradient in (1.0, 1e5, math.nan, math.nan):
        for p in mlp.parameters():
            p.grad = gradient
        monitor.record()
    assert len([a for a in monitor.alarms if "nan" in a]) == 2  # one for each of the two layers
    assert len([a for a in monitor.alarms if "grew from" in a]) == 2


def test_the_curves_are_a_picture_with_a_name_for_each_layer():
    mlp = chain(2, "tanh", 0.5)
    monitor = GradientMonitor(mlp)
    assert ElementTree.fromstring(monitor.svg).tag.endswith("svg")  # nothing recorded yet
    mlp([1.0]).backward()
    monitor.record()
    monitor.record()
    root = ElementTree.fromstring(monitor._repr_svg_())
    texts = {element.text for element in root.iter("{http://www.w3.org/2000/svg}text")}
    assert {"layers.0", "layers.1", "step"} <= texts
    assert len(list(root.iter("{http://www.w3.org/2000/svg}polyline"))) == 2


def test_curves_leave_out_what_a_logarithm_cannot_show_and_escape_names():
    svg = curves.curves({"<b>&": [1.0, 0.0, math.nan, 10.0, math.inf]}, "step", "norm")
    line = next(ElementTree.fromstring(svg).iter("{http://www.w3.org/2000/svg}polyline"))
    assert len(line.get("points").split()) == 2 and "&lt;b&gt;&amp;" in svg
