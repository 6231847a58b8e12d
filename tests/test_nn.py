"""The first neurons, layers and networks."""

import random

import pytest

from autograd import Value, nn


def test_a_neuron_is_its_activation_of_the_weighted_sum_plus_bias():
    neuron = nn.Neuron(2, "tanh")
    neuron.w, neuron.b = [0.5, -1.0], 0.25
    x = [Value(2.0), 3]
    assert neuron(x).data == (Value(0.5) * 2.0 - 3.0 + 0.25).tanh().data


def test_a_neuron_is_two_nodes_whatever_its_width():
    neuron = nn.Neuron(100, "relu", seed=0)
    z = neuron([1.0] * 100).parents[0]
    assert z.op.name == "dot" and len(z.parents) == 101


def test_parameters_come_in_order_and_their_gradients_are_found():
    mlp = nn.MLP(3, [4, 2], "tanh", seed=1)
    assert len(mlp.parameters()) == (3 * 4 + 4) + (4 * 2 + 2)
    out = mlp([0.1, -0.2, 0.3])
    (out[0] * out[1]).backward()
    assert all(p.grad != 0.0 for p in mlp.parameters())
    mlp.zero_grad()
    assert all(p.grad == 0.0 for p in mlp.parameters())


def test_weights_that_are_set_may_be_values_of_the_users_and_are_used_as_they_are():
    w, b = Value(2.0, "mine"), Value(1.0)
    neuron = nn.Neuron(1, "linear")
    neuron.w, neuron.b = [w], b
    neuron([3.0]).backward()
    assert neuron.parameters() == [w, b] and neuron.w[0] is w and (w.grad, b.grad) == (3.0, 1.0)


@pytest.mark.parametrize(
    "make", [lambda s: nn.Neuron(3, seed=s), lambda s: nn.Layer(3, 2, seed=s), lambda s: nn.MLP(3, [2, 1], seed=s)]
)
def test_one_seed_gives_one_network_and_another_seed_another(make):
    numbers = [[p.data for p in make(seed).parameters()] for seed in (7, 7, 8, random.Random(7))]
    assert numbers[0] == numbers[1] == numbers[3] != numbers[2]


def test_a_seed_leaves_pythons_global_random_state_alone():
    random.seed(5)
    expected = random.random()
    random.seed(5)
    nn.MLP(3, [4, 1], seed=0)
    assert random.random() == expected


def test_the_last_layer_is_linear_unless_told_otherwise():
    kinds = [layer.neurons[0].activation for layer in nn.MLP(2, [3, 1], "relu").layers]
    assert kinds == ["relu", "linear"]
    assert nn.MLP(2, [3, 1], "relu", output="sigmoid").layers[-1].neurons[0].activation == "sigmoid"


def test_one_output_is_a_value_and_several_are_a_list():
    assert isinstance(nn.MLP(2, [3, 1], seed=0)([1, 2]), Value)
    assert len(nn.MLP(2, [3, 2], seed=0)([1, 2])) == 2


def test_a_network_learns_exclusive_or():
    mlp = nn.MLP(2, [4, 1], "tanh", output="sigmoid", seed=3)
    data = [((0, 0), 0), ((0, 1), 1), ((1, 0), 1), ((1, 1), 0)]
    for _ in range(1000):
        loss = sum(((mlp(x) - y) ** 2 for x, y in data), Value(0.0))
        mlp.zero_grad()
        loss.backward()
        for p in mlp.parameters():
            p.data -= p.grad
    assert [mlp(x).data > 0.5 for x, _ in data] == [False, True, True, False]


def test_bad_arguments_are_refused_and_change_nothing():
    neuron = nn.Neuron(2, seed=0)
    before = [p.data for p in neuron.parameters()]
    with pytest.raises(ValueError, match="takes 2 inputs, but got 3"):
        neuron([1.0, 2.0, 3.0])
    with pytest.raises(ValueError, match="has 2 weights, but got 1"):
        neuron.w = [1.0]
    with pytest.raises(TypeError, match="a weight must be a real number"):
        neuron.w = [1.0, "2"]
    with pytest.raises(TypeError, match="the bias must be a real number"):
        neuron.b = None
    assert [p.data for p in neuron.parameters()] == before
    for wrong in (0, -1, 1.5, "2", True):
        with pytest.raises(ValueError, match="n_in must be a whole number of at least 1"):
            nn.Neuron(wrong)
    with pytest.raises(ValueError, match="activation must be .*'rleu'"):
        nn.Neuron(1, "rleu")
    with pytest.raises(ValueError, match="sizes of its layers"):
        nn.MLP(2, [])


def test_a_layers_state_has_pytorchs_names_and_its_neurons_are_its_rows():
    mlp = nn.MLP(2, [3, 1], seed=0)
    assert list(mlp.state_dict()) == ["layers.0.weight", "layers.0.bias", "layers.1.weight", "layers.1.bias"]
    neuron = mlp.layers[0].neurons[1]
    neuron.w, neuron.b = [5.0, 6.0], 7.0
    assert mlp.state_dict()["layers.0.weight"][1] == [5.0, 6.0] and mlp.layers[0].bias[1].data == 7.0
    assert neuron.state_dict() == {"weight": [5.0, 6.0], "bias": 7.0}
    assert len(neuron.parameters()) == 3


def test_neurons_layers_and_networks_take_batches():
    batch = [[1.0, 2.0], [3.0, 4.0]]
    for module in (nn.Neuron(2, seed=0), nn.Layer(2, 3, seed=0), nn.MLP(2, [3, 1], seed=0), nn.MLP(2, [2], seed=0)):
        assert module(batch) == [module(sample) for sample in batch]
    assert isinstance(nn.MLP(2, [3, 1])(batch)[0], Value)


def test_a_weight_that_was_computed_cannot_be_loaded_into():
    neuron = nn.Neuron(1, "linear")
    neuron.w = [Value(2.0) * 3]
    with pytest.raises(ValueError, match="'weight': holds the result of an operation, which cannot be set"):
        neuron.load_state_dict({"weight": [1.0], "bias": 4.0})
    assert neuron.b.data == 0.0


def test_a_network_says_what_its_sizes_and_its_activation_must_be():
    with pytest.raises(ValueError, match=r"as a list, such as \[16, 1\], but got 4"):
        nn.MLP(2, 4)
    with pytest.raises(ValueError, match="must be 'linear' or the name of a function of one number.*'sigmod'"):
        nn.MLP(2, [4], "sigmod")


@pytest.mark.parametrize(
    "name, meant", [("sigmod", "sigmoid"), ("ReLU", "relu"), ("lineer", "linear"), ("soft_plus", "softplus")]
)
def test_an_activation_that_is_not_known_gets_the_one_that_was_meant(name, meant):
    for make in (
        lambda: nn.MLP(2, [2, 1], name),
        lambda: nn.MLP(2, [1], output=name),
        lambda: nn.Layer(2, 1, name),
        lambda: nn.Neuron(2, name),
    ):
        with pytest.raises(ValueError, match=f"activation must be .* got '{name}'; did you mean '{meant}'\\?$"):
            make()


def test_an_activation_that_is_not_a_name_is_refused_as_well():
    for wrong in (None, ["relu"], nn.ReLU(), Value.tanh, "x" * 1000, "dot"):
        with pytest.raises(ValueError, match="activation must be 'linear' or the name of a function of one number"):
            nn.MLP(2, [2, 1], wrong)
