"""nn.init: the distributions that weights start from."""

import math
import random

import pytest

from autograd import DataLoader, Value, nn
from autograd.nn import init

ROWS, COLUMNS = 60, 90


def fresh(rows=ROWS, columns=COLUMNS):
    return [[nn.Parameter(9.0) for _ in range(columns)] for _ in range(rows)]


def drawn(function, *args, **kwargs):
    weight = fresh()
    assert function(weight, *args, generator=random.Random(0), **kwargs) is weight
    return [w.data for row in weight for w in row]


@pytest.mark.parametrize(
    "name, param, gain",
    [
        ("linear", None, 1.0), ("sigmoid", None, 1.0), ("tanh", None, 5 / 3), ("relu", None, math.sqrt(2)),
        ("leaky_relu", None, math.sqrt(2 / (1 + 0.01**2))), ("leaky_relu", 0.5, math.sqrt(1.6)), ("selu", None, 0.75),
    ],
)  # fmt: skip
def test_the_gain_of_an_activation_is_pytorchs(name, param, gain):
    assert init.calculate_gain(name, param) == gain


@pytest.mark.parametrize(
    "function, options, std",
    [
        (init.xavier_uniform_, {}, math.sqrt(2 / (ROWS + COLUMNS))),
        (init.xavier_normal_, {"gain": 3.0}, 3 * math.sqrt(2 / (ROWS + COLUMNS))),
        (init.kaiming_uniform_, {}, math.sqrt(2 / COLUMNS)),
        (init.kaiming_normal_, {"nonlinearity": "relu", "mode": "fan_out"}, math.sqrt(2 / ROWS)),
        (init.kaiming_normal_, {"a": 1.0}, math.sqrt(1 / COLUMNS)),
        (init.uniform_, {"a": -2.0, "b": 2.0}, math.sqrt(4 / 3)),
        (init.normal_, {"std": 0.5}, 0.5),
    ],
)
def test_weights_have_mean_0_and_the_standard_deviation_of_the_formula(function, options, std):
    numbers = drawn(function, **options)
    n = len(numbers)
    assert abs(sum(numbers) / n) < 4 * std / math.sqrt(n)
    assert math.isclose(math.sqrt(sum(x * x for x in numbers) / n), std, rel_tol=0.04)
    if "uniform" in function.__name__:
        assert 0.99 * math.sqrt(3) * std < max(map(abs, numbers)) <= math.sqrt(3) * std


@pytest.mark.slow
@pytest.mark.parametrize(
    "function",
    [
        init.uniform_, init.normal_, init.xavier_uniform_, init.xavier_normal_, init.kaiming_uniform_,
        init.kaiming_normal_, init.orthogonal_,
    ],
)  # fmt: skip
def test_a_generator_makes_every_draw_reproducible(function):
    before = random.getstate()
    assert drawn(function) == drawn(function)
    assert random.getstate() == before
    a, b = function(fresh(3, 4)), function(fresh(3, 4))
    assert [w.data for row in a for w in row] != [w.data for row in b for w in row]


@pytest.mark.parametrize("rows, columns", [(4, 7), (7, 4), (5, 5)])
def test_an_orthogonal_matrix_has_perpendicular_rows_or_columns_of_length_gain(rows, columns):
    weight = init.orthogonal_(fresh(rows, columns), gain=2.0, generator=random.Random(1))
    numbers = [[w.data for w in row] for row in weight]
    short = numbers if rows <= columns else list(zip(*numbers, strict=True))
    for i, u in enumerate(short):
        for k, v in enumerate(short):
            product = math.fsum(a * b for a, b in zip(u, v, strict=True))
            assert math.isclose(product, 4.0 if i == k else 0.0, abs_tol=1e-14)


def test_constants_fill_weights_biases_and_single_parameters():
    layer = nn.Linear(2, 2)
    init.zeros_(layer.weight)
    init.constant_(layer.bias, 3)
    assert layer.state_dict() == {"weight": [[0.0, 0.0], [0.0, 0.0]], "bias": [3.0, 3.0]}
    assert init.ones_(nn.Parameter(5.0)).data == 1.0


def test_bad_arguments_are_refused_and_change_nothing():
    layer = nn.Linear(2, 3, seed=0)
    before = layer.state_dict()
    weight = layer.weight
    for call, error, message in (
        (lambda: init.xavier_uniform_(layer.bias), ValueError, "need a weight matrix, a list of rows"),
        (lambda: init.orthogonal_([weight[0], weight[1][:1]]), ValueError, "need a weight matrix"),
        (lambda: init.kaiming_normal_(weight, mode="in"), ValueError, "'fan_in' or 'fan_out', but got 'in'"),
        (lambda: init.kaiming_normal_(weight, nonlinearity="rleu"), ValueError, "nonlinearity must be one of .*'rleu'"),
        (lambda: init.uniform_(weight, 1.0, 0.0), ValueError, "a <= b, but got a=1.0, b=0.0"),
        (lambda: init.normal_(weight, std=-1.0), ValueError, "at least 0, but got std=-1.0"),
        (lambda: init.constant_([*weight[0], weight[0][0] * 2], 1.0), TypeError, "sets parameters"),
        (lambda: init.zeros_([*weight[0], 1.0]), TypeError, "sets parameters, such as layer.weight, but got 1.0"),
        (lambda: init.constant_(weight, Value(1.0)), TypeError, "val must be a real number"),
        (lambda: init.uniform_(weight, generator="x"), TypeError, "a random.Random or None, but got 'x'"),
    ):
        with pytest.raises(error, match=message):
            call()
    assert layer.state_dict() == before


def test_the_seed_of_pythons_generator_makes_everything_without_a_seed_reproducible():
    def program():
        random.seed(1337)
        model = nn.Sequential(nn.Linear(2, 3), nn.Dropout(0.5), nn.MLP(3, [2]), nn.LSTM(2, 2))
        nn.init.normal_(model[0].weight)
        order = [x for xs, _ in DataLoader(range(20), range(20), shuffle=True) for x in xs]
        return model.state_dict(), model[1]([1.0] * 20), order

    assert program() == program()
    assert nn.Linear(2, 3).state_dict() != nn.Linear(2, 3).state_dict()
