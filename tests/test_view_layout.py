"""What every picture of a graph needs to know."""

import pytest

import autograd
from autograd import Value, nn
from autograd.view.calculation import Calculation, excess
from autograd.view.network import entering, far_edges, frames, owners
from autograd.view.notation.text import sign


def chain(length: int) -> Value:
    x = Value(1.0)
    for _ in range(length - 1):
        x = x + 1.0
    return x


def test_a_graph_may_have_as_many_values_as_the_limit_and_no_more():
    assert (excess([chain(50)], 50), excess([chain(51)], 50)) == ("", "50 Values")


def test_a_graph_may_have_six_times_as_many_edges():
    x = Value(1.0)
    assert excess([autograd.sum([x] * 12)], 2) == ""
    assert excess([autograd.sum([x] * 13)], 2) == "12 edges"


def test_a_graph_far_too_large_is_not_walked_to_its_end(monkeypatch):
    output, walked = chain(5000), []
    parents = Value.parents.__get__
    monkeypatch.setattr(Value, "parents", property(lambda node: walked.append(node) or parents(node)))
    assert excess([output], 10) and len(walked) < 20


def test_no_edge_of_a_graph_that_keeps_together_is_far():
    assert far_edges(Calculation.of(chain(400))) == set()


@pytest.mark.parametrize(
    ("operation", "shown"),
    [
        (lambda x: 1 - x, ("1", "−", "")),
        (lambda x: x - 1, ("", "−", "1")),
        (lambda x: x.tanh(), ("", "tanh", "")),
        (lambda x: autograd.dot([x], [2.0]), ("", "dot", "2")),
        (lambda x: autograd.sum([x, 1.0, 2.0, 3.0, 4.0]), ("", "Σ", "1, 2, 3, …")),
    ],
)
def test_constants_stand_on_their_side_of_the_symbol(operation, shown):
    node = operation(Value(0.5))
    assert sign(node.op, node.operands) == shown


def test_what_enters_a_layer_is_what_its_weights_meet_even_where_the_layer_feeds_itself():
    layer = nn.Linear(1, 1, seed=0)
    x = Value(1.0, "x")
    once = layer([x])
    calculation = Calculation.of(layer(once)[0])
    owned = owners(layer, None)
    (frame,) = frames(calculation, owned)
    found = [(set(leaves), others) for leaves, others in entering(frame, calculation)]
    assert len(found) == 1 and found[0][0] == set(layer.parameters()) and found[0][1][0] is x
