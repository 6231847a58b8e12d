"""The doctor on duty: what is kept of every step, what raises an alarm, and the verdict on each layer."""

from __future__ import annotations

import base64
import math
import re
import xml.etree.ElementTree as ElementTree
from pathlib import Path
from typing import Any

import pytest

from autograd import GradientMonitor, Value, fit, nn, optim
from autograd.language import speaking


def two_layers() -> nn.Sequential:
    return nn.Sequential(nn.Linear(2, 3, seed=0), nn.Tanh(), nn.Linear(3, 1, seed=1))


def loss_of(model: nn.Module) -> Value:
    return (model([1.0, -2.0])[0] - 3.0) ** 2


def with_gradients(monitor: GradientMonitor, model: nn.Module, *gradients: float) -> None:
    """Record a step in which every parameter of the k-th layer has the k-th gradient."""
    layers = [module for module in model.modules() if module.parameters(recurse=False)]
    for layer, gradient in zip(layers, gradients, strict=True):
        for p in layer.parameters():
            p.grad = gradient
    monitor.record()


# --- what is kept ---


def test_a_monitor_keeps_the_norms_and_the_true_update_ratio_of_every_layer():
    model = two_layers()
    optimizer, monitor = optim.Adam(model.parameters(), lr=0.01), GradientMonitor(model)
    gradients, sizes, updates = [], [], [math.nan]
    for _ in range(4):
        optimizer.zero_grad()
        loss_of(model).backward()
        monitor.record()
        first = model[0].parameters()
        gradients.append(math.hypot(*(p.grad for p in first)))
        sizes.append(math.hypot(*(p.data for p in first)))
        before = [p.data for p in first]
        optimizer.step()
        updates.append(math.hypot(*(p.data - old for p, old in zip(first, before))) / math.hypot(*before))
    assert monitor.history["0"] == pytest.approx(gradients, rel=1e-12)
    assert monitor.parameter_norms["0"] == pytest.approx(sizes, rel=1e-12)
    assert monitor.update_ratios["0"] == pytest.approx(updates[:4], rel=1e-12, nan_ok=True)
    assert list(monitor.history) == ["0", "2"] and len(monitor) == 4 and monitor.alarms == []


def test_fit_takes_it_as_a_hook():
    model = two_layers()
    monitor = GradientMonitor(model)
    batches = [([1.0, -2.0], [3.0])]
    optimizer = optim.SGD(model.parameters(), lr=0.01)
    fit(model, batches, nn.MSELoss(), optimizer, 5, before_step=monitor.record, progress=False)
    assert len(monitor) == 5 and all(ratio > 0 for ratio in monitor.update_ratios["2"][1:])


def test_normalization_and_every_level_of_a_recurrent_network_are_watched():
    model = nn.Sequential(nn.BatchNorm1d(2), nn.GRU(2, 2, num_layers=2))
    assert list(GradientMonitor(model).history) == ["0", "1.l0", "1.l1"]


def test_gradients_that_are_values_themselves_are_numbers_here():
    model = two_layers()
    monitor = GradientMonitor(model)
    loss_of(model).backward(create_graph=True)
    monitor.record()
    assert all(isinstance(norms[0], float) and norms[0] > 0 for norms in monitor.history.values())


def test_weights_that_are_replaced_and_layers_that_are_added_while_it_watches_do_no_harm():
    mlp = nn.MLP(1, [1, 1], seed=0)
    monitor = GradientMonitor(mlp)
    with_gradients(monitor, mlp, 1.0, 1.0)
    mlp.layers[0].neurons[0].w = [5.0]
    mlp.layers.append(nn.Layer(1, 1))
    with_gradients(monitor, mlp, 2.0, 2.0, 2.0)
    assert monitor.history["layers.0"] == pytest.approx([math.sqrt(2), 2 * math.sqrt(2)])
    assert list(monitor.history) == ["layers.0", "layers.1"]


# --- alarms ---


def test_each_alarm_is_raised_once_and_names_the_layers_that_share_it():
    model = two_layers()
    monitor = GradientMonitor(model)
    for gradients in ((1.0, 1.0), (1e5, 1.0), (1.0, 1.0), (1e5, 1.0), (math.nan, math.nan), (1.0, math.inf)):
        with_gradients(monitor, model, *gradients)
    assert monitor.alarms == ["step 2: the gradient of 0 leapt: 3 → 3e+05", "step 5: the gradient of 0, 2 is nan"]


def test_an_infinite_gradient_is_an_alarm_of_its_own():
    model = two_layers()
    monitor = GradientMonitor(model)
    with_gradients(monitor, model, -math.inf, 1.0)
    assert monitor.alarms == ["step 1: the gradient of 0 is inf"]
    assert monitor.verdicts == {"0": "nan", "2": "healthy"}


@pytest.mark.parametrize("zero", [False, True])
def test_a_record_without_any_gradient_is_explained(zero: bool):
    model = two_layers()
    monitor = GradientMonitor(model)
    if zero:
        loss_of(model).backward()
        model.zero_grad()
    monitor.record()
    monitor.record()
    (alarm,) = monitor.alarms
    assert "after backward() and before zero_grad()" in alarm and "step 1" in alarm
    assert set(monitor.verdicts.values()) == {"no gradient"}


# --- verdicts ---


@pytest.mark.parametrize(
    "first, verdict, remedy",
    [
        (1e-5, "vanishing", "ReLU"),
        (1e5, "exploding", "clip"),
        (1.0, "healthy", ""),
        (math.nan, "nan", "detect_anomaly"),
    ],
)
def test_a_layer_is_judged_by_its_gradient_compared_with_the_last_one(first: float, verdict: str, remedy: str):
    model = two_layers()
    monitor = GradientMonitor(model)
    for _ in range(3):
        with_gradients(monitor, model, first, 1.0)
    assert monitor.verdicts == {"0": verdict, "2": "healthy"}
    assert remedy in str(monitor) and (verdict == "healthy") == ("- " not in str(monitor))


def test_one_odd_batch_does_not_change_a_verdict_but_the_latest_records_do():
    model = two_layers()
    monitor = GradientMonitor(model)
    for first in (1.0, 1.0, 1e-9, 1.0):
        with_gradients(monitor, model, first, 1.0)
    assert monitor.verdicts["0"] == "healthy"
    for _ in range(10):
        with_gradients(monitor, model, 1e-9, 1.0)
    assert monitor.verdicts["0"] == "vanishing"


def test_a_layer_that_the_optimizer_does_not_have_is_stalled():
    model = two_layers()
    optimizer, monitor = optim.SGD(model[2].parameters(), lr=0.01), GradientMonitor(model)
    for _ in range(3):
        model.zero_grad()
        loss_of(model).backward()
        monitor.record()
        optimizer.step()
    assert monitor.verdicts == {"0": "stalled", "2": "healthy"}
    assert "see that the optimizer has its parameters" in str(monitor)


def test_a_deep_sigmoid_network_is_seen_to_vanish_while_it_trains():
    model = nn.MLP(1, [2] * 8 + [1], "sigmoid", seed=0)
    monitor = GradientMonitor(model)
    optimizer = optim.SGD(model.parameters(), lr=0.1)
    fit(model, [([1.0], 0.5)], nn.MSELoss(), optimizer, 12, before_step=monitor.record, progress=False)
    assert monitor.verdicts["layers.0"] == "vanishing" and monitor.verdicts["layers.8"] == "healthy"


# --- how it is shown ---


def test_the_table_has_a_row_for_each_layer_before_the_first_record_too():
    model = two_layers()
    monitor = GradientMonitor(model)
    assert [line.split("  ")[0] for line in str(monitor).splitlines()[:3]] == ["layer", "0: Linear", "2: Linear"]
    assert monitor.verdicts == {} and monitor._repr_html_() and repr(monitor) == str(monitor)
    for first in (2.0, 8.0, 4.0):
        with_gradients(monitor, model, first / 3, 1.0)
    _, row, _ = str(monitor).splitlines()
    assert row.split()[2:6] == ["2", "4", "2", "8"]


def test_it_speaks_chinese_where_it_is_asked_to_or_where_that_is_spoken():
    model = two_layers()
    with speaking("zh"):
        spoken = GradientMonitor(model)
    asked = GradientMonitor(model, lang="zh")
    for monitor in (spoken, asked):
        with_gradients(monitor, model, math.nan, 1.0)
        assert monitor.alarms == ["第 1 步：层 0 的梯度是 nan"]
        assert "nan 或 inf" in str(monitor) and "gradient" not in str(monitor) and "梯度" in monitor.svg


def test_its_picture_has_a_curve_for_each_layer_and_marks_what_is_nan(tmp_path: Path):
    model = two_layers()
    monitor = GradientMonitor(model)
    for first in (1.0, 2.0, math.nan):
        with_gradients(monitor, model, first, 1.0)
    path = monitor.save(tmp_path / "gradients.svg")
    root = ElementTree.fromstring(path.read_text(encoding="utf-8"))
    texts = {element.text for element in root.iter("{http://www.w3.org/2000/svg}text")}
    assert {"0: Linear", "2: Linear", "step", "nan"} <= texts
    assert len(list(root.iter("{http://www.w3.org/2000/svg}polyline"))) == 2


def test_a_notebook_sees_the_table_the_remedies_and_the_picture_and_no_markup_of_names():
    model = nn.Sequential({"<b>&": nn.Linear(1, 1), "last": nn.Linear(1, 1)})
    monitor = GradientMonitor(model)
    with_gradients(monitor, model, 1e5, 1.0)
    table, _, shown = monitor._repr_html_().partition("<div")
    root = ElementTree.fromstring(f"<div>{table}</div>")
    assert [row[0].text for row in root.iter("tr")][1] == "<b>&: Linear"
    assert any("clip" in (item.text or "") for item in root.iter("li"))
    assert "<svg" not in shown and "&lt;svg" in shown


def test_a_notebook_that_is_not_trusted_shows_its_curves_as_an_image():
    monitor = GradientMonitor(model := two_layers())
    with_gradients(monitor, model, 1.0, 0.1)
    html = monitor._repr_html_()
    (data,) = re.findall(r'<img [^>]*src="data:image/svg\+xml;base64,([^"]*)" alt="\|grad\|, step">', html)
    assert base64.b64decode(data).decode("utf-8") == monitor.svg
    assert "<text" not in re.sub(r"<iframe.*?</iframe>", "", html)  # of an <svg> such a notebook would leave the words


@pytest.mark.parametrize("given", [None, 3, [Value(1.0)]])
def test_what_is_no_module_is_refused(given: Any):
    with pytest.raises(TypeError, match="takes a Module"):
        GradientMonitor(given)


def test_a_model_without_parameters_and_a_file_that_is_no_svg_are_refused(tmp_path: Path):
    with pytest.raises(ValueError, match="no parameters"):
        GradientMonitor(nn.ReLU())
    with pytest.raises(ValueError, match=r"ends in \.svg"):
        GradientMonitor(two_layers()).save(tmp_path / "gradients.png")
    assert list(tmp_path.iterdir()) == []


def test_a_last_layer_without_a_gradient_does_not_condemn_the_others():
    model = nn.ModuleList([nn.Linear(1, 1, seed=0), nn.Linear(1, 1, seed=1)])
    monitor = GradientMonitor(model)
    (model[0]([1.0])[0] ** 2).backward()
    monitor.record()
    assert monitor.verdicts == {"0": "healthy", "1": "no gradient"}


def test_a_layer_that_is_removed_before_the_first_record_is_a_row_without_numbers():
    model = nn.Sequential(nn.Linear(1, 1, seed=0), nn.Linear(1, 1, seed=1))
    monitor = GradientMonitor(model)
    del model._items["1"]
    model([1.0])[0].backward()
    monitor.record()
    assert len(monitor) == 1 and monitor.verdicts == {"0": "healthy"}
    assert "1: Linear" in repr(monitor) and "1: Linear" in monitor._repr_html_()


@pytest.mark.parametrize("lang, words", [("en", "nothing is recorded yet"), ("zh", "还没有记录")])
def test_before_the_first_record_it_says_how_to_begin(lang, words):
    monitor = GradientMonitor(nn.Linear(1, 1), lang=lang)
    assert words in str(monitor) and words in monitor._repr_html_()
    assert "<img" not in monitor._repr_html_()  # axes without a curve


def test_a_new_monitor_is_true_so_that_one_can_ask_whether_there_is_one():
    assert GradientMonitor(nn.Linear(1, 1))


def test_training_that_diverges_is_called_exploding():
    model = nn.Linear(1, 1, seed=0)
    optimizer, monitor = optim.SGD(model.parameters(), lr=1.5), GradientMonitor(model)
    for _ in range(20):
        optimizer.zero_grad()
        sum((model([x])[0] - 2 * x - 1) ** 2 for x in (-3.0, 0.0, 3.0)).backward()
        monitor.record()
        optimizer.step()
    assert monitor.verdicts == {"Linear": "exploding"} and "clip" in str(monitor)
    assert "change parameters by more than all that they are" in " ".join(str(monitor).split())


@pytest.mark.parametrize("lang, exploded", [("en", "the gradient explodes"), ("zh", "梯度爆炸：")])
def test_a_gradient_is_said_to_explode_only_where_it_is_large(lang: Any, exploded: str):
    model = two_layers()
    monitor = GradientMonitor(model, lang=lang)
    for _ in range(20):
        for parameter in model.parameters():
            parameter.grad = 1e-3
        monitor.record()
        for parameter in model.parameters():
            parameter.data *= -3.0
    assert set(monitor.verdicts.values()) == {"exploding"} and exploded not in str(monitor)


def test_without_any_gradient_it_says_that_the_loss_is_stationary_or_cut_off():
    monitor = GradientMonitor(two_layers())
    monitor.record()
    assert set(monitor.verdicts.values()) == {"no gradient"}
    assert "the loss is stationary, as at its minimum" in " ".join(str(monitor).split())


def test_an_easy_sample_between_others_is_no_leap():
    model = two_layers()
    monitor = GradientMonitor(model)
    for gradient in (1.0, 1e-5, 0.5, 1e-5, 2.0):
        with_gradients(monitor, model, gradient, gradient)
    assert monitor.alarms == []


def test_layers_whose_names_would_be_the_same_are_told_apart():
    model = nn.Module()
    model.w, model.Module = [nn.Parameter(1.0)], nn.Linear(1, 1, seed=0)
    monitor = GradientMonitor(model)
    monitor.record()
    assert {name: len(norms) for name, norms in monitor.history.items()} == {"Module": 1, "Module#2": 1}
