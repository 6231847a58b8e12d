"""The order of a graph and the one reverse sweep."""

import functools
import itertools
import operator
import random
import sys
import warnings
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import autograd
from autograd import Value, jvp, primitive, vjp
from autograd.graph import descendants, forward_sweep, reverse_sweep, topological_order


def random_graph(seed: int, size: int = 30) -> tuple[Value, list[Value]]:
    """A graph with shared nodes, and its leaves."""
    rng = random.Random(seed)
    leaves = [Value(rng.uniform(0.5, 1.5)) for _ in range(3)]
    nodes = list(leaves)
    for _ in range(size):
        a, b = rng.choice(nodes), rng.choice(nodes[-5:])
        nodes.append(rng.choice([lambda: a + b, lambda: a * b, lambda: (a - b).tanh(), lambda: a / (b * b + 1)])())
    return sum(nodes[-3:], Value(0.0)), leaves


@given(seed=st.integers(0, 10_000))
@settings(max_examples=50)
def test_every_node_comes_after_its_parents_and_once(seed):
    output, _ = random_graph(seed)
    order = topological_order(output)
    position = {node: i for i, node in enumerate(order)}
    assert len(position) == len(order) and order[-1] is output
    assert all(position[parent] < position[node] for node in order for parent in node.parents)


def test_a_node_reached_by_several_outputs_comes_once():
    x = Value(2.0)
    y = x * x
    a, b = y + 1, y + 2
    order = topological_order(a, b)
    assert {id(n) for n in order} == {id(n) for n in (x, y, a, b)} and len(order) == 4


def test_the_sweep_gives_every_derivative_and_changes_nothing():
    x, y = Value(2.0), Value(3.0)
    z = x * y
    result = z * z + x
    gradients = reverse_sweep(result)
    assert [gradients[n] for n in (result, z, x, y)] == [1.0, 12.0, 37.0, 24.0]
    assert [n.grad for n in (result, z, x, y)] == [0.0] * 4


def test_a_node_used_along_several_paths_gets_the_sum_over_the_paths():
    x = Value(3.0)
    a, b = x * 2, x * 5
    assert reverse_sweep(a * b + x)[x] == 2 * 15 + 5 * 6 + 1


@given(seed=st.integers(0, 10_000))
@settings(max_examples=50)
def test_the_gradient_is_the_sum_over_all_paths_of_the_products_of_local_derivatives(seed):
    output, leaves = random_graph(seed, size=8)

    def over_paths(node: Value, target: Value) -> float:
        if node is target:
            return 1.0
        return sum(d * over_paths(p, target) for p, d in zip(node.parents, node.partials, strict=True))

    gradients = reverse_sweep(output)
    for leaf in leaves:
        assert abs(gradients.get(leaf, 0.0) - over_paths(output, leaf)) <= 1e-9 * (1 + abs(over_paths(output, leaf)))


def test_the_gradient_does_not_depend_on_the_order_in_which_nodes_were_made():
    answers = set()
    for order in itertools.permutations(range(3)):
        x, y = Value(1.25), Value(-0.5)
        makers = [lambda: x * y, lambda: x.sin(), lambda: y.exp()]
        parts: dict[int, Value] = {}
        for i in order:
            parts[i] = makers[i]()
        gradients = reverse_sweep(parts[0] * parts[1] + parts[2])
        answers.add((gradients[x], gradients[y]))
    assert len(answers) == 1


def test_depth_is_not_bounded_by_the_recursion_limit():
    x = Value(1.0)
    y = x
    for _ in range(10 * sys.getrecursionlimit()):
        y = -y
    assert reverse_sweep(y)[x] == 1.0


def test_a_sweep_stops_at_its_inputs():
    x = Value(3.0)
    y = x * x
    gradients = reverse_sweep(y * y, [y])
    assert gradients[y] == 18.0 and x not in gradients


def test_several_outputs_with_weights_of_their_own_are_swept_together_with_and_without_a_graph():
    for create_graph in (False, True):
        x = Value(3.0)
        a, b = x * x, -x
        gradient = reverse_sweep({a: 2.0, b: 10.0}, create_graph=create_graph)[x]
        assert gradient == 2 * 6.0 - 10.0


@pytest.mark.parametrize("create_graph", [False, True])
@pytest.mark.parametrize("order", [None, topological_order])
def test_inputs_count_once_however_often_and_in_whatever_collection_they_are_given(create_graph, order):
    x = Value(3.0)
    h = x * x
    y = h * h * x
    for collection in (list, tuple, iter, dict.fromkeys, lambda nodes: (node for node in nodes), object_array):
        for inputs in ([h], [h, h], [h, x, h, x]):
            known = None if order is None else iter(order(y, inputs=collection(inputs)))
            found = reverse_sweep(y, collection(inputs), create_graph=create_graph, order=known)
            assert found[h] == 2 * 9.0 * 3.0
            assert x not in inputs or found[x] == 81.0


def test_a_sweep_over_an_order_of_the_whole_graph_stops_at_its_inputs_too():
    x = Value(3.0)
    h = x * x
    y = h * h
    assert reverse_sweep(y, [h], order=topological_order(y))[h] == 18.0


def test_hooks_of_inputs_that_are_given_twice_are_called_once():
    x = Value(3.0)
    seen = []
    x.register_hook(lambda gradient: seen.append(gradient))
    reverse_sweep(x * x, [x, x])
    assert seen == [6.0]


def test_one_shot_iterators_will_do_for_every_collection_of_nodes():
    x = Value(3.0)
    y = x * x
    order = topological_order(y, y, inputs=iter([x, x]))
    assert len(order) == 2 and order[0] is x
    assert descendants(iter(order), iter([x, x])) == {x, y}
    assert forward_sweep(iter(order), {x: 1.0})[y] == 6.0


def test_both_sweeps_add_from_left_to_right_on_every_python():
    x = Value(1.0)
    for terms in ([1e16, 1.0, -1e16], [1.0, 1e16, -1e16], [0.1] * 10):
        node = primitive("weighted", lambda *xs: 0.0, lambda y, *xs, terms=terms: terms)(*[x] * len(terms))
        in_order = functools.reduce(operator.add, terms)
        assert forward_sweep([x, node], {x: 1.0})[node] == in_order == reverse_sweep(node)[x]


def object_array(values: list[Value]) -> Any:
    numpy = pytest.importorskip("numpy")
    array = numpy.empty(len(values), dtype=object)
    array[:] = values
    return array


@pytest.mark.parametrize("number", [np.float64("inf"), np.float64("nan"), np.float32(2.0), 3, np.array(2.0)])
def test_sweeps_start_from_plain_floats_whatever_kind_of_number_is_given(number):
    x = Value(-1.0)
    y = x.relu()
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        back, forth = reverse_sweep({y: number}), forward_sweep(topological_order(y), {x: number})
        assert vjp(lambda x: x.relu(), -1.0)[1](number) == (0.0,)
        assert jvp(lambda x: x.relu(), (-1.0,), (number,))[1] == 0.0
    assert back[x] == forth[y] == 0.0 and type(back[x]) is type(back[y]) is type(forth[x]) is type(forth[y]) is float


def test_what_is_no_gradient_or_tangent_of_a_value_is_refused_with_what_to_give():
    x = Value(2.0)
    y = x * x
    with pytest.raises(TypeError, match="a gradient must be a real number .* but got 'a' of type str; give"):
        reverse_sweep({y: "a"})
    with pytest.raises(TypeError, match="a tangent must be a real number .* but got None"):
        forward_sweep(topological_order(y), {x: None})
    for sweep in (reverse_sweep, lambda seeds: forward_sweep([y], seeds)):
        with pytest.raises(TypeError, match="a sweep starts from Values, but got 'x' of type str: give a dict of Val"):
            sweep({"x": 1.0})


def test_the_order_is_that_of_reading_operands_from_left_to_right_each_with_all_that_is_below_it():
    a, b, c, d = (Value(1.0, name) for name in "abcd")
    left, right = (a * b).named("left"), (c / d).named("right")
    assert [node.label for node in topological_order((left - right).named("y"))] == [*"ab", "left", *"cd", "right", "y"]
    many = autograd.sum([right, a, left]).named("many")
    assert [node.label for node in topological_order(many)] == [*"cd", "right", *"ab", "left", "many"]
    assert [node.label for node in topological_order(right, left)] == [*"cd", "right", *"ab", "left"]
    assert [node.label for node in topological_order((2.0 * right).named("z"))] == [*"cd", "right", "z"]


def test_what_is_not_a_value_is_refused_by_both_cores_in_a_short_message():
    refusal = r"^a graph is made of Values, but got \(0, 0, 0, 0, 0, 0, \.\.\.\) of type tuple: give a Value$"
    for look in (topological_order, lambda x: reverse_sweep(Value(1.0) * 2, [x])):
        with pytest.raises(TypeError, match=refusal):
            look((0,) * 1000)
