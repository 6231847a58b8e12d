"""What a notebook shows of a Value, a module, a training and steps that are the last line of a cell."""

import xml.etree.ElementTree as ElementTree

import pytest

import autograd
from autograd import DataLoader, Value, backward_steps, fit, nn, optim, sigmoid
from autograd.language import speaking
from autograd.training import History
from autograd.view.glance import module_rows, value_rows


def cells(shown: str) -> list[list[str]]:
    return [["".join(cell.itertext()) for cell in row] for row in ElementTree.fromstring(shown).iter("tr")]


def test_a_value_shows_its_formula_its_number_its_gradient_and_those_of_its_operands():
    w, x = Value(0.1, "w"), Value(3.0, "x")
    z = (w * x).named("z")
    y = (z**2).named("y")
    y.backward()
    assert cells(z._repr_html_()) == [
        ["", "data", "local derivative", "grad"],
        ["z = w × x", repr(0.1 * 3.0), "", "0.6"],
        ["w", "0.1", "3", "1.8"],
        ["x", "3", "0.1", "0.06"],
    ]


def test_the_number_of_a_value_has_every_digit_and_an_operand_without_a_name_is_a_number():
    y = sigmoid(Value(0.5) * 2)
    assert value_rows(y) == [("sigmoid(1)", repr(y.data), "", "–"), ("", "1", "0.1966", "–")]


def test_a_gradient_that_no_backward_pass_has_reached_is_a_dash():
    w = Value(2.0, "w")
    (w * 3).backward()
    assert [row[-1] for row in value_rows((w * w).named("y"))] == ["–", "3", "3"]
    dead = autograd.relu(Value(-1.0, "x"))
    dead.backward()
    assert [row[-1] for row in value_rows(dead)] == ["1", "0"]


def test_a_value_of_many_operands_shows_some_and_says_how_many_more_there_are():
    total = autograd.sum([Value(float(i), f"x{i}") for i in range(1000)])
    rows = value_rows(total)
    assert len(rows) == 10 and rows[0][0] == "sum(…)" and rows[-1] == ("… and 992 more",)
    assert len(cells(total._repr_html_())) == 11


def test_pythons_own_sum_is_one_sum_as_in_a_drawing():
    terms = [Value(float(i), f"a{i}") for i in range(3)]
    assert [row[0] for row in value_rows(sum(terms))] == ["a0 + a1 + a2", "a0", "a1", "a2"]
    assert [row[2] for row in value_rows(sum(terms))] == ["", "1", "1", "1"]
    assert value_rows(terms[0] + terms[1] + terms[2])[0][0] == "1 + a2"  # two additions, as they were written
    many = value_rows(sum(Value(1.0) for _ in range(20)))
    assert many[0][0] == "sum(…)" and many[-1] == ("… and 12 more",)


def test_parameters_of_a_network_have_their_paths_and_labels_are_text():
    model = nn.Linear(1, 1, seed=0)
    [y] = model([Value(1.0, "<script>alert(1)</script>")])
    assert [row[0] for row in value_rows(y)[1:]] == ["weight[0][0]", "<script>alert(1)</script>", "bias[0]"]
    assert "<script>" not in y._repr_html_()


def test_looking_at_a_value_changes_nothing_and_does_not_look_at_the_graph_behind_its_operands():
    y = Value(1.0, "x")
    for _ in range(200_000):
        y = y + 1.0
    calls = []
    y.parents[0].register_hook(calls.append)
    shown = y._repr_html_()
    assert "200001.0" in shown and calls == [] and y.grad == 0.0


def test_a_module_shows_its_layers_and_their_parameters():
    model = nn.Sequential(nn.Linear(2, 3), nn.ReLU(), nn.MLP(3, [4, 1], "tanh"))
    rows = module_rows(model)
    assert [row[0] for row in rows[1:-1]] == ["0", "1", "2.layers.0", "2.layers.1"]
    assert [row[2] for row in rows] == ["parameters", "9", "–", "16", "5", "30"]
    assert cells(model._repr_html_())[1][1].startswith("Linear(") and rows[-1][1] == "Sequential"
    assert len(module_rows(nn.Linear(2, 3))) == 2
    many = module_rows(nn.Sequential(*[nn.Linear(1, 1) for _ in range(80)]))
    assert many[-2] == ("… and 30 more",) and many[-1][2] == "160"


def test_a_training_shows_the_curve_of_its_losses():
    model = nn.Linear(1, 1, seed=0)
    batches = DataLoader([[1.0], [2.0]], [[2.0], [4.0]], 2)
    history = fit(model, batches, nn.MSELoss(), optim.SGD(model.parameters(), 0.1), epochs=5, progress=False)
    shown = history._repr_html_()
    assert "data:image/svg+xml" in shown and "epoch" in shown and f'alt="{repr(history)}"'.replace(">", "&gt;") in shown
    assert History()._repr_html_() is None


def test_all_of_them_speak_chinese():
    with speaking("zh"):
        assert cells((Value(1.0, "x") * 2)._repr_html_())[0] == ["", "数值", "局部导数", "梯度"]
        assert module_rows(nn.Linear(1, 1))[0] == ("", "模块", "参数")


def test_steps_show_themselves_as_a_list_and_are_still_to_be_gone_through():
    w, x = Value(0.5, "w"), Value(3.0, "x")
    steps = backward_steps(((w * x).named("z") ** 2).named("L"))
    assert str(next(steps)) == "z = w × x = 0.5 × 3 = 1.5"
    lines = repr(steps).splitlines()
    assert lines == [str(step) for step in backward_steps(((w * x).named("z") ** 2).named("L"))]
    assert [str(step) for step in steps] == lines[1:]


def test_many_steps_show_the_first_ones():
    y = Value(1.0, "x")
    for _ in range(300):
        y = y * 1.0
    lines = repr(backward_steps(y)).splitlines()
    assert len(lines) == 201 and lines[-1] == "…"


def test_a_look_at_steps_calls_no_hook():
    x, calls = Value(1.0, "x"), []
    x.register_hook(calls.append)
    assert "hooks" in repr(backward_steps(x * x)) and calls == []


@pytest.mark.parametrize("number", [float("nan"), float("inf"), -1e-300, 0.0])
def test_numbers_of_every_size_are_shown(number):
    x = Value(number, "x")
    y = x * number
    y.backward()
    assert repr(y.data) in y._repr_html_()
