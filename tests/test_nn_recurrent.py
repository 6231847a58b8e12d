"""Recurrent cells and networks: steps, states and shapes."""

import pytest

from autograd import Value, nn

SEQUENCE = [[0.5, -1.0], [1.0, 2.0], [-0.25, 0.0]]
NETWORKS = [nn.RNN, nn.LSTM, nn.GRU]


def numbers(x):
    return [numbers(item) for item in x] if isinstance(x, (list, tuple)) else getattr(x, "data", x)


def shape(x):
    return (len(x), *shape(x[0])) if isinstance(x, (list, tuple)) else ()


@pytest.mark.parametrize("cell, network", [(nn.RNNCell, nn.RNN), (nn.LSTMCell, nn.LSTM), (nn.GRUCell, nn.GRU)])
def test_a_network_is_its_cell_repeated(cell, network):
    one, whole = cell(2, 3, seed=0), network(2, 3, seed=1)
    whole.load_state_dict({f"{name}_l0": array for name, array in one.state_dict().items()})
    output, last = whole(SEQUENCE)
    state, steps = None, []
    for x in SEQUENCE:
        state = one(x, state)
        steps.append(state[0] if isinstance(state, tuple) else state)
    assert numbers(output) == numbers(steps)
    last = [part[0] for part in last] if isinstance(last, tuple) else last[0]
    assert numbers(last) == numbers(state)


@pytest.mark.parametrize("network", NETWORKS)
def test_every_layer_above_the_first_reads_the_one_below(network):
    both = network(2, 3, num_layers=2, seed=0)
    names = [name for name in both.state_dict() if name.endswith("_l1")]
    assert names == ["weight_ih_l1", "weight_hh_l1", "bias_ih_l1", "bias_hh_l1"]
    lower, upper = network(2, 3), network(3, 3)
    state = both.state_dict()
    lower.load_state_dict({name: state[name] for name in lower.state_dict()})
    upper.load_state_dict({name: state[name.replace("_l0", "_l1")] for name in upper.state_dict()})
    assert numbers(both(SEQUENCE)[0]) == numbers(upper(lower(SEQUENCE)[0])[0])


@pytest.mark.parametrize("network", NETWORKS)
def test_a_batch_gives_what_its_sequences_give_step_first_or_batch_first(network):
    first = network(2, 3, num_layers=2, batch_first=True, seed=0)
    steps = network(2, 3, num_layers=2, seed=0)
    batch = [SEQUENCE, SEQUENCE[::-1]]
    output, last = first(batch)
    assert shape(output) == (2, 3, 3)
    assert numbers(output) == [numbers(first(sequence)[0]) for sequence in batch]
    transposed, same = steps([list(step) for step in zip(*batch, strict=True)])
    assert shape(transposed) == (3, 2, 3)
    assert numbers(transposed) == [list(step) for step in zip(*numbers(output), strict=True)]
    assert numbers(same) == numbers(last)
    assert shape(last[0] if network is nn.LSTM else last) == (2, 2, 3)


@pytest.mark.parametrize("network", NETWORKS)
def test_a_sequence_can_be_read_in_two_parts(network):
    for layers in (1, 2):
        module = network(2, 3, num_layers=layers, seed=0)
        output, last = module(SEQUENCE)
        begun, state = module(SEQUENCE[:1])
        ended, end = module(SEQUENCE[1:], state)
        assert numbers(begun + ended) == numbers(output) and numbers(end) == numbers(last)


def test_a_pre_activation_is_one_node_of_input_state_and_both_biases():
    cell = nn.RNNCell(2, 3, seed=0)
    z = cell([1.0, 2.0], [0.1, 0.2, 0.3])[0].parents[0]
    assert z.op.name == "dot" and len(z.parents) == 2 + 3 + 2


def test_gradients_go_back_to_the_first_step_through_the_state():
    x = [[Value(a) for a in step] for step in SEQUENCE]
    output, _ = nn.LSTM(2, 3, seed=0)(x)
    output[-1][0].backward()
    assert all(a.grad != 0.0 for step in x for a in step)


def test_an_open_forget_gate_keeps_the_cell_and_its_gradient():
    cell = nn.LSTMCell(1, 1)
    nn.init.zeros_(cell.parameters())
    cell.bias_ih[0].data, cell.bias_ih[1].data = -100.0, 100.0  # nothing in, nothing forgotten
    c = start = Value(0.7)
    h = [0.0]
    for _ in range(50):
        h, (c,) = cell([1.0], (h, [c]))
    c.backward()
    assert (c.data, start.grad) == (0.7, 1.0)


@pytest.mark.parametrize("network", NETWORKS)
def test_sequences_and_states_of_wrong_shapes_are_refused(network):
    module = network(2, 3, batch_first=True, seed=0)
    name = network.__name__
    state = (lambda h: (h, h)) if network is nn.LSTM else (lambda h: h)
    for wrong, hx, message in (
        ([[1.0, 2.0, 3.0]], None, f"{name} takes 2 inputs, but got 3"),
        ([1.0, 2.0], None, f"{name} takes a sequence of samples .2 dimensions.*got 1 dimension$"),
        ([[SEQUENCE]], None, "got 4 dimensions"),
        ([], None, f"{name} got nothing"),
        ([SEQUENCE, SEQUENCE[:2]], None, r"must have one length, but got \[2, 3\]"),
        (SEQUENCE, state([0.0] * 3), rf"h of {name} must have the shape \(1, 3\), but has \(3,\)"),
        (SEQUENCE, state([[0.0] * 2]), f"h of {name} takes 3 inputs, but got 2"),
        ([SEQUENCE] * 2, state([[[0.0] * 3]]), r"must have the shape \(1, 2, 3\), but has \(1, 1, 3\)"),
    ):
        with pytest.raises(ValueError, match=message):
            module(wrong, hx)


def test_cells_refuse_wrong_samples_and_states():
    cell = nn.LSTMCell(2, 3)
    for wrong, hx, message in (
        ([1.0], None, "LSTMCell takes 2 inputs, but got 1"),
        ([SEQUENCE], None, "got a batch of batches"),
        ([1.0, 2.0], [0.0] * 3, r"takes its state as a tuple \(h, c\), but got a list"),
        (SEQUENCE, ([[0.0] * 3] * 2,) * 2, r"h of LSTMCell must have the shape \(3, 3\), but has \(2, 3\)"),
    ):
        with pytest.raises(ValueError, match=message):
            cell(wrong, hx)
    for make in (nn.RNN, nn.RNNCell):
        with pytest.raises(ValueError, match="'tanh' or 'relu', but got 'sigmoid'"):
            make(1, 1, nonlinearity="sigmoid")
