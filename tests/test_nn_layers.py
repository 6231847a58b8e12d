"""Linear, activations, Residual, Dropout: samples and batches, and what is refused."""

import math
import random
import statistics
from collections import deque

import pytest

import autograd
from autograd import Value, nn, no_grad


def numbers(x):
    return [numbers(item) for item in x] if isinstance(x, list) else getattr(x, "data", x)


def test_a_linear_layer_is_one_dot_node_for_each_output():
    layer = nn.Linear(50, 2, seed=0)
    x = [Value(0.1)] * 50
    for y, row, b in zip(layer(x), layer.weight, layer.bias, strict=True):
        assert y.op.name == "dot" and y.parents == (*row, *x, b)
    assert nn.Linear(2, 1, bias=False).bias is None


def test_a_linear_layer_starts_uniform_within_one_over_the_root_of_its_inputs():
    layer = nn.Linear(100, 100, seed=0)
    weights = [w.data for row in layer.weight for w in row]
    assert max(map(abs, weights)) <= 0.1 and max(map(abs, numbers(layer.bias))) <= 0.1
    assert math.isclose(sum(w * w for w in weights) / 10_000, 0.1**2 / 3, rel_tol=0.05)


def test_a_batch_gives_what_its_samples_give_in_any_nesting_and_kind_of_sequence():
    layer = nn.Linear(2, 3, seed=0)
    samples = [[1, 2.0], (3, 4), range(5, 7), deque([7, 8])]
    each = [numbers(layer(sample)) for sample in samples]
    assert numbers(layer(samples)) == each
    assert numbers(layer((samples[:2], samples[2:]))) == [each[:2], each[2:]]


def test_numpy_arrays_are_samples_and_batches():
    np = pytest.importorskip("numpy")
    layer = nn.Linear(2, 1, seed=0)
    batch = [[1.0, 2.0], [3.0, 4.0]]
    expected = numbers(layer(batch))
    for array in (
        np.array(batch),
        np.array(batch, dtype=np.float32),
        np.array(batch, dtype=int),
        list(np.array(batch)),
    ):
        assert numbers(layer(array)) == expected
    values = np.array([Value(1.0), Value(2.0)], dtype=object)
    layer(values)[0].backward()
    assert [v.grad for v in values] == numbers(layer.weight[0])
    assert nn.ReLU()(np.array([[-1.0, 2.0]])) == [[0.0, 2.0]]


@pytest.mark.parametrize(
    "module, owner", [(nn.Linear(3, 2), "Linear"), (nn.LayerNorm(3), "LayerNorm"), (nn.Neuron(3), "this neuron")]
)
def test_a_wrong_width_or_nothing_is_refused_with_what_is_expected_and_given(module, owner):
    for wrong in ([1.0, 2.0], [[1.0, 2.0, 3.0], [1.0, 2.0]]):
        with pytest.raises(ValueError, match=f"{owner} takes 3 inputs, but got 2"):
            module(wrong)
    for nothing in ([], [[]], [[1.0, 2.0, 3.0], []]):
        with pytest.raises(ValueError, match=f"{owner} got nothing: give it a sample .3 numbers. or a batch"):
            module(nothing)
    for wrong in (1.0, Value(1.0), "abc", None, {1.0, 2.0, 3.0}, [[1.0, 2.0, 3.0], 5.0]):
        with pytest.raises(TypeError, match=f"{owner} takes a sample .* or a batch"):
            module(wrong)
    for wrong in ([1.0, "2", 3.0], [1.0, None, 3.0], [1.0, [2.0], 3.0]):
        with pytest.raises(TypeError, match=f"an input of {owner} must be a real number"):
            module(wrong)


@pytest.mark.parametrize("make", [nn.Linear, nn.RNN, nn.LSTMCell])
def test_sizes_must_be_whole_numbers_of_at_least_1(make):
    for wrong in (0, -1, 1.5, "2", True):
        with pytest.raises(ValueError, match="must be a whole number of at least 1, but got"):
            make(wrong, 2)
        with pytest.raises(ValueError, match="must be a whole number of at least 1, but got"):
            make(2, wrong)


@pytest.mark.parametrize(
    "make",
    [
        lambda s: nn.Linear(3, 2, seed=s),
        lambda s: nn.RNN(2, 2, seed=s),
        lambda s: nn.LSTMCell(2, 2, seed=s),
        lambda s: nn.GRU(2, 2, num_layers=2, seed=s),
    ],
)
def test_one_seed_gives_one_module_and_leaves_pythons_random_state_alone(make):
    before = random.getstate()
    states = [make(seed).state_dict() for seed in (7, 7, random.Random(7), 8)]
    assert states[0] == states[1] == states[2] != states[3]
    assert random.getstate() == before
    assert make(None).state_dict() != make(None).state_dict()
    with pytest.raises(TypeError, match="seed must be an int, a random.Random or None, but got 'x'"):
        make("x")


# --- activations ---

ACTIVATIONS = [
    nn.ReLU(), nn.LeakyReLU(), nn.ELU(), nn.Sigmoid(), nn.Tanh(), nn.GELU(), nn.GELU("tanh"), nn.SiLU(), nn.Mish(),
    nn.Softplus(), nn.Identity(), nn.Sine(2.0),
]  # fmt: skip


@pytest.mark.parametrize("module", ACTIVATIONS, ids=repr)
def test_an_activation_takes_a_number_a_sample_or_a_batch_of_floats_or_values(module):
    batch = [[-1.5, 0.25], [0.0, 3.0]]
    each = [[module(x) for x in row] for row in batch]
    assert module(batch) == each and module(batch[0]) == each[0]
    assert all(isinstance(y, float) for row in each for y in row)
    assert [[module(Value(x)).data for x in row] for row in batch] == each


@pytest.mark.parametrize("module", ACTIVATIONS, ids=repr)
def test_the_derivatives_of_activations_are_those_of_differences(module):
    assert autograd.gradcheck(module, [-1.25]) and autograd.gradcheck(module, [0.75])


def test_identity_gives_what_it_gets():
    x = [object()]
    assert nn.Identity()(x) is x


def test_softplus_is_x_itself_above_the_threshold_as_in_pytorch():
    assert nn.Softplus(beta=2.0, threshold=6.0)(3.1) == 3.1
    assert nn.Softplus(beta=2.0, threshold=math.inf)(3.1) == math.log1p(math.exp(-6.2)) / 2 + 3.1
    with pytest.raises(ValueError, match="beta must not be 0"):
        nn.Softplus(beta=0)


def test_softmax_is_along_the_last_dimension_and_any_other_is_refused():
    x = [[1.0, 2.0], [3.0, 3.0]]
    assert nn.Softmax()(x) == nn.Softmax(dim=1)(x) and nn.Softmax(dim=0)(x[1]) == [0.5, 0.5]
    assert nn.LogSoftmax(-1)(x[1]) == [-math.log(2)] * 2
    with pytest.raises(ValueError, match="dim must be -1 or 1 for an input of 2 dimensions, but is 0"):
        nn.Softmax(dim=0)(x)
    with pytest.raises(TypeError, match="dim must be an int"):
        nn.Softmax("last")
    with pytest.raises(ValueError, match="Softmax got nothing"):
        nn.Softmax()([])


def test_an_unknown_approximation_is_refused():
    with pytest.raises(ValueError, match="'none' or 'tanh', but got 'sigmoid'"):
        nn.GELU("sigmoid")


# --- Residual ---


def test_a_residual_block_adds_its_input_so_a_gradient_of_1_always_comes_through():
    block = nn.Residual(nn.Linear(2, 2, seed=0))
    nn.init.zeros_(block.module.weight)
    x = [Value(3.0), Value(4.0)]
    sum(block(x), Value(0.0)).backward()
    assert [v.grad for v in x] == [1.0, 1.0]


def test_a_residual_block_whose_module_changes_the_width_is_refused():
    with pytest.raises(ValueError, match="keeps the width, but it made 3 numbers of 2"):
        nn.Residual(nn.Linear(2, 3))([1.0, 2.0])
    with pytest.raises(TypeError, match="expected a Module"):
        nn.Residual(autograd.relu)


# --- Embedding ---


def test_an_embedding_gives_the_row_of_each_token_and_adds_up_the_gradients_of_one_that_is_repeated():
    table = nn.Embedding(3, 2)
    table.load_state_dict({"weight": [[0.5, 1.0], [2.0, 3.0], [4.0, 5.0]]})
    rows = table([[2, 0], [2, 1]])
    assert numbers(rows) == [[[4.0, 5.0], [0.5, 1.0]], [[4.0, 5.0], [2.0, 3.0]]]
    nn.functional.mse_loss(rows, [[[1.0, 1.0]] * 2] * 2, "sum").backward()
    assert [[w.grad for w in row] for row in table.weight] == [[-1.0, 0.0], [2.0, 4.0], [12.0, 16.0]]  # PyTorch's
    assert table.state_dict() == {"weight": [[0.5, 1.0], [2.0, 3.0], [4.0, 5.0]]}
    assert repr(table) == "Embedding(3, 2)  # 6 parameters"


def test_an_embedding_takes_arrays_and_starts_with_normal_numbers():
    numpy = pytest.importorskip("numpy")
    table = nn.Embedding(100, 20, seed=0)
    assert table(numpy.array([3, 5]))[1] == table(numpy.int64(5)) == table.weight[5]
    weights = [w.data for row in table.weight for w in row]
    assert abs(statistics.mean(weights)) < 0.1
    assert abs(statistics.stdev(weights) - 1.0) < 0.05
    assert table.weight[0][0].data == nn.Embedding(100, 20, seed=0).weight[0][0].data


def test_what_is_not_a_row_of_an_embedding_is_refused():
    table = nn.Embedding(3, 2)
    for i in (-1, 3):
        with pytest.raises(IndexError, match=f"Embedding has rows 0 to 2, but got {i}: give another index"):
            table([0, i])
    for x in (1.0, None, "1", True, Value(1.0)):
        with pytest.raises(TypeError, match="Embedding takes whole numbers, but got"):
            table(x)
    with pytest.raises(ValueError, match="num_embeddings must be a whole number of at least 1"):
        nn.Embedding(0, 2)


# --- Dropout ---


def test_dropout_drops_the_given_share_and_keeps_the_mean():
    out = nn.Dropout(0.25, seed=0)([1.0] * 10_000)
    assert set(out) == {0.0, 1.0 / 0.75}
    assert abs(out.count(0.0) / 10_000 - 0.25) < 0.02


def test_dropout_passes_the_gradient_of_what_it_kept_and_none_of_what_it_dropped():
    x = [Value(1.0) for _ in range(20)]
    out = nn.Dropout(0.5, seed=3)(x)
    sum(out, Value(0.0)).backward()
    assert [v.grad for v in x] == [2.0 if y else 0.0 for y in out] and {0.0, 2.0} == {v.grad for v in x}


def test_dropout_does_nothing_in_evaluation():
    x = [[1.0, Value(2.0)]]
    assert nn.Dropout(0.9).eval()(x) is x
    assert nn.Dropout(0.0)(x) is x
    assert nn.Dropout(1.0)([1.0, 2.0]) == [0.0, 0.0]


def test_a_seed_makes_dropout_reproducible_and_every_call_another():
    x = [1.0] * 64
    first, second = nn.Dropout(0.5, seed=1), nn.Dropout(0.5, seed=1)
    a, b = first(x), first(x)
    assert a != b and [second(x), second(x)] == [a, b]


def test_a_probability_outside_0_to_1_is_refused():
    for wrong in (-0.1, 1.1, math.nan):
        with pytest.raises(ValueError, match="p must be a probability from 0 to 1"):
            nn.Dropout(wrong)


def test_under_no_grad_a_network_gives_the_same_numbers_and_remembers_nothing():
    module = nn.Sequential(nn.Linear(2, 3, seed=0), nn.BatchNorm1d(3), nn.ReLU(), nn.LayerNorm(3)).eval()
    with no_grad():
        out = module([1.0, 2.0])
    assert numbers(out) == numbers(module([1.0, 2.0])) and all(y.op is None for y in out)
