"""The doctor: what it measures, what it finds, and what it advises."""

from __future__ import annotations

import math
import random
import xml.etree.ElementTree as ElementTree
from collections.abc import Callable
from typing import Any

import pytest

import autograd
from autograd import GradientMonitor, Value, explain, mean, nn, relu, why
from autograd.language import speaking
from autograd.view.doctor.diagnose import Diagnosis, diagnose
from autograd.view.doctor.flow import layers_of
from autograd.view.terminal import width


def chain(depth: int, activation: str, weight: float) -> nn.MLP:
    """One neuron a layer, all with the same weight and no bias."""
    mlp = nn.MLP(1, [1] * depth, activation, output=activation, seed=0)
    for layer in mlp.layers:
        layer.neurons[0].w, layer.neurons[0].b = [weight], 0.0
    return mlp


class Watched(nn.Linear):
    """A Linear that keeps its outputs, so that their gradients can be read after backward()."""

    def _outputs(self, xs: list[Any]) -> list[Any]:
        zs = super()._outputs(xs)
        vars(self).setdefault("zs", []).extend(zs)
        return zs


class Double(nn.Module):
    def forward(self, x: Any) -> Any:
        return [[2.0 * v for v in row] for row in x]


class Line(nn.Module):
    def __init__(self, slope: float, offset: float) -> None:
        self.slope, self.offset = nn.Parameter(slope), nn.Parameter(offset)

    def forward(self, x: Any) -> Any:
        return self.slope * x + self.offset


class Reader(nn.Module):
    """A recurrent network and a linear layer on its last output."""

    def __init__(self, net: nn.Module, head: nn.Linear) -> None:
        self.net, self.head = net, head

    def forward(self, xs: Any) -> Any:
        return self.head(self.net(xs)[0][-1])


def rows(count: int = 8, width: int = 4) -> list[list[float]]:
    rng = random.Random(1)
    return [[rng.gauss(0.0, 1.0) for _ in range(width)] for _ in range(count)]


def squares(outputs: Any) -> Value:
    return mean([y * y for row in outputs for y in row])


def named(report: Diagnosis, name: str) -> Any:
    return next(layer for layer in report.layers if layer.name == name)


# --- what is measured ---


def test_ten_sigmoids_at_0_with_weights_of_one_half_pass_on_an_eighth_each():
    mlp = chain(10, "sigmoid", 0.5)
    for layer in mlp.layers[1:]:
        layer.neurons[0].b = -0.25  # so that z = 0.5 * 0.5 - 0.25 = 0
    layers = diagnose(mlp, mlp([0.0])).layers
    assert all(layer.activation_factor == 0.25 for layer in layers)
    assert all(layer.weight_factor == 0.5 for layer in layers[1:])
    assert [layer.gradient_through for layer in layers] == [0.25 * 0.125**k for k in reversed(range(10))]


def test_the_factors_of_a_layer_are_the_slope_and_the_weight():
    mlp = chain(4, "sigmoid", 0.5)
    second = diagnose(mlp, mlp([0.0])).layers[1]
    z = 0.5 * 0.5
    slope = math.exp(-z) / (1 + math.exp(-z)) ** 2
    assert second.activation_factor == pytest.approx(slope, rel=1e-12)
    assert second.weight_factor == pytest.approx(0.5, rel=1e-12)


@pytest.mark.parametrize(
    "between",
    [
        lambda: [nn.Tanh()],
        lambda: [],
        lambda: [nn.BatchNorm1d(4), nn.ReLU()],
        lambda: [nn.BatchNorm1d(4, affine=False), nn.Sigmoid(), nn.Dropout(0.3, seed=0)],
        lambda: [nn.LayerNorm(4), nn.GELU()],
        lambda: [nn.LayerNorm(4, elementwise_affine=False), nn.LeakyReLU()],
        lambda: [nn.Softmax()],
    ],
)
@pytest.mark.parametrize("residual", [False, True])
def test_the_product_of_the_factors_is_the_way_of_the_gradient(between: Callable[[], list[nn.Module]], residual: bool):
    watched = [Watched(4, 4, seed=seed) for seed in range(4)]
    blocks = [nn.Sequential(linear, *between()) for linear in watched]
    model = nn.Sequential(*(nn.Residual(block) if residual else block for block in blocks))
    loss = squares(model(rows()))
    layers = diagnose(model, loss).layers
    loss.backward()
    norms = [math.hypot(*(z.grad for z in linear.zs)) for linear in watched]
    assert [layer.gradient_through for layer in layers] == pytest.approx(norms, rel=1e-12)
    product = norms[-1]
    for below, above in zip(layers[:-1], layers[1:], strict=True):
        product *= above.weight_factor * below.rest_factor * below.activation_factor
    assert product == pytest.approx(norms[0], rel=1e-12)


def test_the_weights_part_is_what_the_transposed_matrix_makes_of_the_gradient():
    first, second = Watched(4, 4, seed=0), Watched(4, 3, seed=1)
    model = nn.Sequential(first, nn.Residual(nn.Tanh()), second)
    loss = squares(model(rows()))
    report = diagnose(model, loss).layers[1]
    loss.backward()
    batches = [second.zs[i : i + 3] for i in range(0, len(second.zs), 3)]
    passed = [sum(w[j].data * z.grad for w, z in zip(second.weight, zs)) for zs in batches for j in range(4)]
    assert report.weight_factor == pytest.approx(math.hypot(*passed) / report.gradient_through, rel=1e-12)


def test_between_plain_layers_there_is_no_rest_and_what_doubles_the_numbers_is_a_rest_of_2():
    plain = nn.Sequential(nn.Linear(4, 4, seed=0), nn.Tanh(), nn.Linear(4, 1, seed=1))
    double = nn.Sequential(plain[0], plain[1], Double(), plain[2])
    assert diagnose(plain, squares(plain(rows()))).layers[0].rest_factor == pytest.approx(1.0, rel=1e-12)
    report = diagnose(double, squares(double(rows())))
    assert report.layers[0].rest_factor == pytest.approx(2.0, rel=1e-12)
    assert "x rest" in report.text(120) and "x rest" not in diagnose(plain, squares(plain(rows()))).text(120)


@pytest.mark.parametrize("name", [n for n in nn.activations.__all__ if n not in ("Identity", "Softmax", "LogSoftmax")])
def test_every_activation_is_known_and_its_part_is_the_size_of_its_slope(name: str):
    model = nn.Sequential(nn.Linear(1, 1, seed=0), getattr(nn.activations, name)(), nn.Linear(1, 1, seed=1))
    x = [[0.7]]
    z = model[0](x)[0][0].data
    slope = autograd.grad(lambda v: model[1](v))(z)
    first = diagnose(model, squares(model(x))).layers[0]
    assert first.activation_factor == pytest.approx(abs(slope), rel=1e-9)


def test_the_norms_and_the_update_ratio_are_those_of_a_step_of_gradient_descent():
    model = nn.Sequential(nn.Linear(4, 3, seed=0))
    loss = squares(model(rows()))
    report = diagnose(model, loss, lr=0.1).layers[0]
    loss.backward()
    before = [p.data for p in model.parameters()]
    autograd.optim.SGD(model.parameters(), lr=0.1).step()
    change = math.hypot(*(p.data - old for p, old in zip(model.parameters(), before)))
    assert report.gradient_norm == pytest.approx(math.hypot(*(p.grad for p in model.parameters())), rel=1e-12)
    assert report.parameter_norm == pytest.approx(math.hypot(*before), rel=1e-12)
    assert report.update_ratio == pytest.approx(change / math.hypot(*before), rel=1e-9)


def test_units_that_are_off_for_every_sample_are_dead_and_flat_slopes_are_saturated():
    model = nn.Sequential(nn.Linear(1, 4, seed=0), nn.ReLU(), nn.Linear(4, 2, seed=1), nn.Sigmoid())
    for linear, biases in ((model[0], [-9.0, 1.0, 1.0, 1.0]), (model[2], [8.0, 0.0])):
        nn.init.zeros_(linear.weight)
        for b, value in zip(linear.bias, biases, strict=True):
            b.data = value
    first, second = diagnose(model, squares(model([[1.0], [2.0]]))).layers
    assert (first.dead, first.saturated) == (0.25, 0.0)
    assert (second.dead, second.saturated) == (0.0, 0.5)


def test_units_are_found_behind_a_normalization_too():
    model = nn.Sequential(nn.Linear(4, 4, seed=0), nn.BatchNorm1d(4), nn.ReLU(), nn.Linear(4, 1, seed=1))
    nn.init.constant_(model[1].bias, -100.0)
    layers = diagnose(model, squares(model(rows()))).layers
    assert [(layer.name, layer.dead) for layer in layers] == [("0", 1.0), ("3", 0.0)]


def test_what_a_loss_does_is_no_activation_of_the_last_layer():
    model = nn.Sequential(nn.Linear(1, 1, seed=0))
    model[0].bias[0].data = -50.0
    batch, targets = [[0.1], [0.2]], [[0.0], [0.0]]
    for loss in (nn.BCEWithLogitsLoss()(model(batch), targets), relu(1.0 + model(batch)[0][0])):
        report = diagnose(model, loss).layers[0]
        assert (report.dead, report.saturated, report.activation_factor) == (0.0, 0.0, 1.0)


# --- what a layer is ---


def test_any_module_with_parameters_of_its_own_is_a_layer():
    model = nn.Sequential(Line(2.0, 1.0), nn.Tanh(), Line(3.0, 0.0))
    x = Value(0.1)
    first, second = diagnose(model, model(x)).layers
    assert (first.name, first.kind, first.weight_factor) == ("0", "Line", 2.0)
    assert second.weight_factor == 3.0 and second.gradient_through == 1.0
    assert first.gradient_through == pytest.approx(3.0 * (1 - math.tanh(1.2) ** 2), rel=1e-12)


def test_a_neuron_alone_is_a_layer_named_after_its_class():
    neuron = nn.Neuron(2, "tanh", seed=0)
    report = diagnose(neuron, neuron([1.0, 2.0]))
    assert [layer.name for layer in report.layers] == ["Neuron"] and str(report).splitlines()[1].startswith("Neuron ")


def test_a_batch_a_linear_layer_and_activation_modules_are_understood():
    model = nn.Sequential(nn.Linear(4, 3, seed=0), nn.Tanh(), nn.Linear(3, 1, seed=1))
    report = diagnose(model, squares(model(rows())))
    assert [layer.name for layer in report.layers] == ["0", "2"]
    assert [line.split("  ")[0] for line in str(report).splitlines()[1:3]] == ["0: Linear", "2: Linear"]


def test_layers_stand_in_the_order_in_which_data_pass_through_them():
    class Reversed(nn.Module):
        def __init__(self) -> None:
            self.output, self.hidden = nn.Linear(3, 1, seed=0), nn.Linear(4, 3, seed=1)

        def forward(self, x: Any) -> Any:
            return self.output(nn.Dropout(0.5, seed=0)(self.hidden(x)))

    model = Reversed()
    assert [layer.name for layer in diagnose(model, squares(model(rows()))).layers] == ["hidden", "output"]


def test_two_heads_have_no_factor_between_them():
    trunk, left, right = nn.Linear(4, 4, seed=0), nn.Linear(4, 1, seed=1), nn.Linear(4, 1, seed=2)
    model = nn.ModuleList([trunk, left, right])
    h = trunk(rows())
    report = diagnose(model, squares(left(h)) + squares(right(h)))
    assert not math.isnan(named(report, "0").rest_factor) and math.isnan(named(report, "1").rest_factor)


@pytest.mark.parametrize("penalty", [lambda w: w * w, lambda w: w**2, lambda w: abs(w), lambda w: 0.5 * (w * w)])
def test_a_penalty_on_the_weights_is_no_way_of_the_data(penalty: Callable[[Value], Value]):
    model = nn.Sequential(nn.Linear(4, 4, seed=0), nn.Tanh(), nn.Linear(4, 1, seed=1))
    loss = squares(model(rows()))
    punished = loss + sum(penalty(p) for p in model.parameters())
    with_it, without = diagnose(model, punished).layers, diagnose(model, loss).layers
    for a, b in zip(with_it, without, strict=True):
        assert a.gradient_through == b.gradient_through
        assert a.weight_factor == pytest.approx(b.weight_factor, rel=1e-15, nan_ok=True)


def test_a_power_of_a_number_is_a_way_of_the_data_whatever_the_parameter_is():
    class Power(nn.Module):
        def __init__(self) -> None:
            self.p = nn.Parameter(3.0)

        def forward(self, x: Any) -> Any:
            return x**self.p

    model, x = Power(), Value(2.0)
    assert diagnose(model, model(x)).layers[0].weight_factor == 12.0


# --- time ---


@pytest.mark.parametrize("weight, verdict, remedy", [(2.0, "exploding", "clip"), (0.5, "vanishing", "LSTM")])
def test_a_recurrent_layer_shows_what_one_time_step_does(weight: float, verdict: str, remedy: str):
    net = nn.RNN(1, 1, nonlinearity="relu", bias=False)
    nn.init.ones_(net.weight_ih_l0)
    nn.init.constant_(net.weight_hh_l0, weight)
    outputs, _ = net([[1.0]] * 50)
    report = diagnose(net, outputs[-1][0])
    assert (report.layers[0].steps, report.layers[0].step_factor) == (50, weight)
    assert report.verdict == verdict and remedy in str(report) and f"{weight:g}^49" in str(report)


@pytest.mark.parametrize("kind", [nn.RNN, nn.LSTM, nn.GRU])
@pytest.mark.parametrize("batch", [1, 3])
def test_each_level_of_a_recurrent_network_is_a_layer_with_as_many_steps_as_the_sequence(kind: Any, batch: int):
    model = Reader(kind(2, 3, num_layers=2, seed=0), nn.Linear(3, 1, seed=1))
    report = diagnose(model, squares(model([rows(batch, 2) for _ in range(7)])))
    assert [(layer.name, layer.steps) for layer in report.layers] == [("net.l0", 7), ("net.l1", 7), ("head", 1)]
    low, high, head = report.layers
    product = head.gradient_through
    for below, above in ((high, head), (low, high)):
        product *= above.weight_factor * below.rest_factor * below.activation_factor
    assert product == pytest.approx(low.gradient_through, rel=1e-12)


def test_a_cell_in_a_loop_of_ones_own_is_recurrent_too():
    cell, h = nn.GRUCell(1, 2, seed=0), None
    for _ in range(5):
        h = cell([1.0], h)
    assert diagnose(cell, sum(h)).layers[0].steps == 5


def test_gates_that_forget_are_not_told_to_become_gates():
    net = nn.LSTM(1, 2, seed=0)
    for b in net.bias_ih_l0[2:4]:
        b.data = -4.0
    outputs, _ = net([[1.0]] * 20)
    text = str(diagnose(net, sum(outputs[-1])))
    assert "forget" in text and "use LSTM" not in text


@pytest.mark.slow
def test_a_long_sequence_and_many_layers_take_one_pass_each():
    net = nn.RNN(1, 1, seed=0)
    outputs, _ = net([[0.1]] * 20_000)
    assert diagnose(net, outputs[-1][0]).layers[0].steps == 20_000
    deep = nn.Sequential(*(nn.Linear(1, 1, seed=k) for k in range(2_000)))
    assert len(diagnose(deep, deep([1.0])[0]).layers) == 2_000


# --- the verdict ---


@pytest.mark.parametrize(
    "model, verdict, remedies",
    [
        (lambda: chain(10, "sigmoid", 0.5), "vanishing", ["ReLU", "residual", "batch normalization", "Xavier/He"]),
        (lambda: chain(12, "linear", 2.0), "exploding", ["clip_grad_norm_", "Xavier/He", "learning rate"]),
        (lambda: chain(5, "tanh", 0.9), "healthy", []),
        (lambda: chain(4, "relu", -1.0), "dead", ["leaky ReLU", "ELU"]),
        (lambda: chain(3, "linear", 1e200), "nan", ["detect_anomaly", "clip", "learning rate"]),
    ],
)
def test_the_verdict_names_what_is_wrong_and_the_table_the_remedy(model, verdict: str, remedies: list[str]):
    mlp = model()
    report = diagnose(mlp, mlp([1.0]))
    assert report.verdict == verdict
    assert all(remedy in layer.remedy for layer in report.layers if layer.verdict == verdict for remedy in remedies)
    shown = " ".join(str(report).split())  # wrapped lines as one
    assert all(layer.remedy in shown for layer in report.layers)
    assert (verdict == "healthy") == all(layer.remedy == "" for layer in report.layers)


def test_units_that_are_off_in_few_samples_are_not_called_dead():
    model = nn.Sequential(nn.Linear(4, 4, seed=0), nn.ReLU(), nn.Linear(4, 1, seed=1))
    for b, value in zip(model[0].bias, (-50.0, -50.0, -50.0, 50.0), strict=True):
        b.data = value
    single, batch = (diagnose(model, squares(model(rows(n)))).layers[0] for n in (8, 32))
    assert single.dead == batch.dead == 0.75
    assert (single.verdict, batch.verdict) == ("healthy", "dead")


def test_the_average_of_the_factors_is_written_below_the_table():
    text = str(diagnose(mlp := chain(12, "linear", 2.0), mlp([1.0])))
    assert "multiplies the gradient by 2 on average: weights 2 × activation 1" in " ".join(text.split())


# --- how it is shown ---


def test_the_graph_and_its_gradients_are_left_alone():
    mlp = chain(3, "tanh", 0.5)
    loss = mlp([1.0])
    diagnose(mlp, loss)
    assert loss.grad == 0.0 and all(p.grad == 0.0 for p in mlp.parameters())


def test_it_speaks_chinese_where_it_is_asked_to_or_where_that_is_spoken():
    mlp = chain(10, "sigmoid", 0.5)
    asked = diagnose(mlp, mlp([1.0]), lang="zh")
    with speaking("zh"):
        spoken = diagnose(mlp, mlp([1.0]))
    assert str(asked) == str(spoken) and "梯度消失" in str(asked) and "残差连接" in str(asked)
    assert "vanish" not in str(asked)


def test_the_numbers_of_a_column_end_below_one_another():
    mlp = chain(4, "tanh", 0.9)
    head, *body = diagnose(mlp, mlp([1.0])).text(120).splitlines()[:5]
    end = head.index("|grad|") + len("|grad|")
    assert all(line[end - 1] != " " and line[end] == " " for line in body)


def test_at_the_prompt_it_shows_itself_as_the_table():
    mlp = chain(3, "tanh", 0.5)
    report = diagnose(mlp, mlp([1.0]))
    assert repr(report) == str(report) and "layers.2: Layer" in repr(report)


def test_a_notebook_sees_table_and_remedies_and_no_markup_of_names():
    model = nn.Sequential({"<b>&": nn.Linear(1, 1, seed=0), "\u202eb\n": nn.Linear(1, 1, seed=1)})
    model[1].weight[0][0].data = 1e5
    page = diagnose(model, model([1.0])[0])._repr_html_()
    root = ElementTree.fromstring(f"<div>{page}</div>")
    assert [row[0].text for row in root.iter("tr")][1] == "<b>&: Linear"
    assert "\u202e" not in page and "\n" not in page
    assert any("clip_grad_norm_" in item.text for item in root.iter("li"))


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
    for lr in (0.0, -1.0, math.inf, math.nan):
        with pytest.raises(ValueError, match="lr must be above 0"):
            diagnose(mlp, mlp([1.0]), lr=lr)


def test_layers_are_named_as_the_modules_are():
    model = nn.Sequential(nn.Linear(1, 2), nn.ReLU(), nn.Residual(nn.Linear(2, 2)), nn.LSTM(2, 2))
    assert [layer.title for layer in layers_of(model)] == ["0: Linear", "2.module: Linear", "3: LSTM"]
    assert [len(layer.parameters) for layer in layers_of(model)] == [4, 6, 48]


class Heads(nn.Module):
    """One body, a head that the loss uses, and one that it does not, or only times 0."""

    def __init__(self) -> None:
        self.body, self.head, self.other = nn.Linear(2, 3, seed=0), nn.Linear(3, 1, seed=1), nn.Linear(3, 1, seed=2)

    def forward(self, x):
        hidden = [z.tanh() for z in self.body(x)]
        return self.head(hidden)[0] ** 2 + 0.0 * self.other(hidden)[0]


@pytest.mark.parametrize("lang, word", [("en", "why(loss, parameter)"), ("zh", "截断")])
def test_a_layer_without_any_gradient_says_so_and_does_not_spoil_the_verdicts_on_others(lang, word):
    model = Heads()
    report = diagnose(model, model([1.0, -0.5]), lang=lang)
    assert {layer.name: layer.verdict for layer in report.layers} == {
        "body": "healthy", "head": "healthy", "other": "no gradient",
    }  # fmt: skip
    assert report.verdict == "no gradient" and word in str(report)


def test_the_model_comes_first():
    model = Heads()
    with pytest.raises(TypeError, match=r"the model comes first, diagnose\(model, loss\)"):
        diagnose(model([1.0, 2.0]), model)


@pytest.mark.parametrize("lang", ["en", "zh"])
def test_a_diagnosis_fits_80_columns_as_one_table_with_what_helps_below(lang):
    model = chain(10, "sigmoid", 0.5)
    lines = diagnose(model, model([1.0]), lang=lang).text(80).splitlines()
    assert all(width(line) <= 80 for line in lines) and any(line.startswith("  ") for line in lines)
    assert sum(line.startswith("layers.9: Layer") for line in lines) == 1


@pytest.mark.parametrize(
    "penalty", [lambda p: 0.01 * p * p, lambda p: p * 0.01 * p, lambda p: 0.01 * (p * p), lambda p: 0.01 * p**2]
)
def test_a_penalty_on_the_weights_is_no_operation_of_a_layer(penalty):
    model = nn.Sequential(nn.Linear(2, 3, seed=0), nn.Tanh(), nn.Linear(3, 1, seed=1))
    model[0].bias[0].data = 0.0  # the penalty on it is 0, and a penalty all the same
    loss = squares(model([[0.5, -1.0], [1.5, 2.0]]))
    plain = diagnose(model, loss)
    decayed = diagnose(model, loss + sum(penalty(p) for p in model.parameters()))
    assert [r.gradient_through for r in decayed.layers] == [r.gradient_through for r in plain.layers]
    assert [(r.name, r.steps, r.weight_factor) for r in decayed.layers[1:]] == [
        (r.name, r.steps, r.weight_factor) for r in plain.layers[1:]
    ]


def test_a_saturated_output_unit_makes_the_gradient_vanish():
    model = nn.Sequential(nn.Linear(2, 4, seed=0), nn.Tanh(), nn.Linear(4, 1, seed=1), nn.Sigmoid())
    model[2].bias[0].data = 25.0
    report = diagnose(model, squares(model([[0.5, -1.0], [1.5, 2.0]])))
    assert [layer.verdict for layer in report.layers] == ["vanishing", "vanishing"]
    assert report.layers[1].saturated == 1.0 and report.layers[1].dead == 0.0


def test_a_sigmoid_whose_slope_is_exactly_0_is_saturated_and_not_dead():
    model = nn.Sequential(nn.Linear(1, 1, seed=0), nn.Sigmoid(), nn.Linear(1, 1, seed=1))
    model[0].bias[0].data = 800.0
    (first, _) = diagnose(model, squares(model([[0.5]]))).layers
    assert (first.dead, first.saturated, first.verdict) == (0.0, 1.0, "no gradient")


@pytest.mark.parametrize(
    "off",
    [lambda z: autograd.maximum(z, 0.0), lambda z: autograd.maximum(0.0, z), lambda z: autograd.clip(z, 0.0, 6.0),
     lambda z: (Value(1.0) * 0.5 + z - 0.5).relu()],
)  # fmt: skip
def test_units_are_dead_however_their_relu_is_written(off):
    first, second = nn.Linear(2, 4, seed=0), nn.Linear(4, 1, seed=1)
    for b, value in zip(first.bias, (-50.0, -50.0, -50.0, 3.0), strict=True):
        b.data = value
    both = nn.ModuleList([first, second])
    outputs = [second([off(z) for z in first(row)]) for row in ([0.5, -1.0], [0.2, 0.3])]
    assert diagnose(both, squares(outputs)).layers[0].dead == 0.75


def test_an_activation_behind_a_layer_normalization_is_the_layers():
    model = nn.Sequential(nn.Linear(2, 4, seed=0), nn.LayerNorm(4), nn.ReLU(), nn.Linear(4, 1, seed=1))
    for b, value in zip(model[1].bias, (-50.0, -50.0, -50.0, 50.0), strict=True):
        b.data = value
    report = diagnose(model, squares(model([[0.5, -1.0], [1.5, 2.0]])))
    assert report.layers[0].dead == 0.75 and report.layers[0].activation_factor < 1.0


@pytest.mark.parametrize("lang, words", [("en", "the loss is stationary"), ("zh", "损失处于驻点")])
def test_at_a_minimum_it_says_so(lang, words):
    model = nn.Sequential(nn.Linear(2, 3, seed=0), nn.Tanh(), nn.Linear(3, 1, seed=1))
    target = [[y.data for y in row] for row in model([[0.5, -1.0]])]
    report = diagnose(model, nn.MSELoss()(model([[0.5, -1.0]]), target), lang=lang)
    assert report.verdict == "no gradient" and words in " ".join(str(report).split())


def test_the_verdicts_are_in_the_first_part_of_a_table_that_goes_on_below_itself():
    deep = nn.MLP(2, [4] * 3 + [1], "sigmoid", seed=0)
    lines = diagnose(deep, (deep([1.0, 2.0]) - 1) ** 2).text(50).splitlines()
    assert lines[0].split() == ["layer", "verdict", "|dL/dz|", "|grad|", "|param|"]
    assert lines[7].split() == ["layer", "|param|", "weights", "activation"]


LONG = "the_encoder_of_the_first_language_model_block_attention"


@pytest.mark.parametrize("columns", [40, 60, 80])
def test_long_names_of_layers_are_on_lines_of_their_own(columns):
    model = nn.Module()
    setattr(model, LONG, nn.Linear(2, 3, seed=0))
    model.head = nn.Linear(3, 1, seed=0)
    loss = model.head(getattr(model, LONG)([1.0, 2.0]))[0]
    loss.backward()
    monitor = GradientMonitor(model)
    monitor.record()
    for shown in (diagnose(model, loss).text(columns), monitor.text(columns)):
        assert f"\n{LONG}: Linear\n" in shown
        assert all(width(line) <= columns for line in shown.splitlines() if LONG not in line)
        assert "healthy" in shown.partition("\n\n")[0]


@pytest.mark.parametrize(
    ("columns", "error", "said"),
    [
        (0, ValueError, "columns must be a whole number of at least 1, but got 0"),
        (-5, ValueError, "columns must be a whole number of at least 1, but got -5"),
        (60.0, TypeError, "columns must be a whole number of at least 1, but got 60.0 of type float"),
        ("60", TypeError, "columns must be a whole number of at least 1, but got '60' of type str"),
        (None, TypeError, "columns must be a whole number of at least 1, but got None"),
    ],
)
def test_a_width_is_a_whole_number_of_columns(columns, error, said):
    model = nn.Linear(1, 1, seed=0)
    loss = model([1.0])[0]
    for view in (explain(loss), why(loss), diagnose(model, loss), GradientMonitor(model)):
        with pytest.raises(error, match=said):
            view.text(columns)
