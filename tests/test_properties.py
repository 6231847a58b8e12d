"""What holds for every expression: random graphs with shared nodes, and all the ways to their derivatives agree."""

from __future__ import annotations

import operator
from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import autograd
from autograd import Value, grad, gradcheck, hessian, hvp, jvp, value_and_grad, vjp
from autograd.graph import topological_order

pytestmark = pytest.mark.slow

# smooth and of ordinary size wherever they are asked, so that no property fails for want of digits
UNARY: list[Callable[[Any], Any]] = [
    autograd.sin,
    autograd.cos,
    autograd.tanh,
    autograd.sigmoid,
    autograd.softplus,
    autograd.gelu,
    autograd.atan,
    lambda x: autograd.exp(autograd.sin(x)),
    lambda x: autograd.log(x * x + 1),
    lambda x: (x * x + 1) ** 0.5,
    lambda x: 2 - x,
    lambda x: x / 3,
    lambda x: autograd.tanh(x) ** 3,
]
BINARY: list[Callable[[Any, Any], Any]] = [
    operator.add,
    operator.sub,
    lambda a, b: a * autograd.tanh(b),
    lambda a, b: autograd.sin(a) * autograd.cos(b),
    lambda a, b: a / (b * b + 1),
    lambda a, b: (autograd.sigmoid(a) + 0.5) ** autograd.tanh(b),
    lambda a, b: autograd.atan2(a, autograd.exp(autograd.sin(b))),
    lambda a, b: autograd.logsumexp([a, b, a]),
    lambda a, b: autograd.dot([a, b], [autograd.cos(b), 0.5], a),
    lambda a, b: autograd.softmax([a, b])[1] + autograd.mean([a, b]),
]
INPUTS = 3


class Program(NamedTuple):
    """Steps of (function, where its operands stand among the inputs and the results before): straight-line code."""

    steps: tuple[tuple[Callable[..., Any], tuple[int, ...]], ...]

    def __call__(self, xs: Sequence[Any]) -> Any:
        return self.run(xs)[-1]

    def run(self, xs: Sequence[Any]) -> list[Any]:
        results = list(xs)
        for f, where in self.steps:
            results.append(f(*[results[i] for i in where]))
        return results


@st.composite
def programs(draw: st.DrawFn, most: int = 8) -> Program:
    """Graphs whose nodes are used any number of times, the latest ones most often."""
    steps: list[tuple[Callable[..., Any], tuple[int, ...]]] = []
    for _ in range(draw(st.integers(1, most))):
        known = INPUTS + len(steps)
        node = st.integers(0, known - 1) | st.just(known - 1)
        if draw(st.booleans()):
            steps.append((draw(st.sampled_from(UNARY)), (draw(node),)))
        else:
            steps.append((draw(st.sampled_from(BINARY)), (draw(node), draw(node))))
    return Program(tuple(steps))


numbers = st.integers(-60, 60).map(lambda k: k / 32)  # exact in float, never within rounding of each other
vectors = st.lists(numbers, min_size=INPUTS, max_size=INPUTS)

few = settings(max_examples=40, deadline=None, derandomize=True)
some = settings(max_examples=100, deadline=None, derandomize=True)


def dot(u: Sequence[float], v: Sequence[float]) -> float:
    return sum(a * b for a, b in zip(u, v, strict=True))


def close(expected: Any, scale: float = 1.0) -> Any:
    return pytest.approx(expected, rel=1e-9, abs=1e-11 * scale)


def backward(f: Callable[[Sequence[Any]], Any], xs: Sequence[float]) -> list[float]:
    values = [Value(x) for x in xs]
    f(values).backward()
    return [v.grad for v in values]


# --- the ways to a derivative agree ---


@some
@given(programs(), vectors)
def test_backward_and_grad_agree_to_the_last_digit(f: Program, xs: list[float]) -> None:
    assert backward(f, xs) == grad(f)(xs)


@some
@given(programs(), vectors)
def test_the_value_on_values_is_that_on_floats(f: Program, xs: list[float]) -> None:
    assert value_and_grad(f)(xs)[0] == f([Value(x) for x in xs]).data
    assert f([Value(x) for x in xs]).data == pytest.approx(f(xs), rel=1e-12, abs=1e-12)


@some
@given(programs(), vectors, vectors)
def test_jvp_is_the_gradient_times_the_direction(f: Program, xs: list[float], direction: list[float]) -> None:
    value, change = jvp(f, (xs,), (direction,))
    assert value == value_and_grad(f)(xs)[0]
    assert change == close(dot(grad(f)(xs), direction))


@some
@given(programs(), vectors, vectors, numbers)
def test_vjp_is_the_transpose_of_jvp(f: Program, xs: list[float], direction: list[float], weight: float) -> None:
    weights = [weight, 1 - weight]

    def last_two(v: Sequence[Any]) -> list[Any]:
        return f.run(v)[-2:]

    (pulled,) = vjp(last_two, xs)[1](weights)
    pushed = jvp(last_two, (xs,), (direction,))[1]
    assert dot(pulled, direction) == close(dot(weights, pushed))


@few
@given(programs(5), vectors, vectors)
def test_hvp_is_the_hessian_times_the_vector(f: Program, xs: list[float], v: list[float]) -> None:
    expected = [dot(row, v) for row in hessian(f)(xs)]
    assert hvp(f, xs, v) == close(expected, 100)


@few
@given(programs(5), vectors)
def test_hessians_are_symmetric(f: Program, xs: list[float]) -> None:
    h = hessian(f)(xs)
    assert [list(column) for column in zip(*h, strict=True)] == [close(row, 100) for row in h]


@few
@given(programs(5), vectors)
def test_the_gradient_of_a_gradients_entry_is_the_row_of_the_hessian(f: Program, xs: list[float]) -> None:
    for i, row in enumerate(hessian(f)(xs)):
        assert grad(lambda v, i=i: grad(f)(v)[i])(xs) == row


@few
@given(programs(5), vectors, vectors)
def test_backward_with_a_graph_gives_the_same_second_derivatives(
    f: Program, xs: list[float], direction: list[float]
) -> None:
    values = [Value(x) for x in xs]
    f(values).backward(create_graph=True)
    slopes = [v.grad for v in values]
    for v in values:
        v.zero_grad()
    along = autograd.sum([d * g for d, g in zip(direction, slopes, strict=True)])
    if isinstance(along, Value):  # a constant slope is a float
        along.backward()
        assert [v.grad for v in values] == close(hvp(f, xs, direction), 100)
    else:
        assert hvp(f, xs, direction) == close([0.0] * INPUTS)


@settings(max_examples=15, deadline=None, derandomize=True)
@given(programs(4), vectors)
def test_finite_differences_agree_in_first_and_second_order(f: Program, xs: list[float]) -> None:
    assert gradcheck(f, (xs,), rtol=1e-5, atol=1e-7)
    assert gradcheck(f, (xs,), order=2, rtol=1e-4, atol=1e-6)


# --- the rules of calculus ---


@some
@given(programs(5), programs(5), vectors, numbers, numbers)
def test_the_gradient_is_linear(f: Program, g: Program, xs: list[float], a: float, b: float) -> None:
    combined = grad(lambda v: a * f(v) + b * g(v))(xs)
    assert combined == close([a * df + b * dg for df, dg in zip(grad(f)(xs), grad(g)(xs), strict=True)])


@some
@given(programs(5), programs(5), vectors)
def test_products_and_quotients_follow_their_rules(f: Program, g: Program, xs: list[float]) -> None:
    (u, du), (v, dv) = value_and_grad(f)(xs), value_and_grad(g)(xs)
    pairs = list(zip(du, dv, strict=True))
    scale = 1 + max(abs(u * b) + abs(v * a) for a, b in pairs)
    assert grad(lambda w: f(w) * g(w))(xs) == close([a * v + u * b for a, b in pairs], scale)
    bottom = v * v + 1
    expected = [a / bottom - u * 2 * v * b / bottom**2 for a, b in pairs]
    assert grad(lambda w: f(w) / (g(w) ** 2 + 1))(xs) == close(expected, scale)


@some
@given(programs(5), programs(5), vectors)
def test_a_function_of_a_function_follows_the_chain_rule(f: Program, g: Program, xs: list[float]) -> None:
    inner, slope = value_and_grad(g)(xs)
    outer = grad(lambda y: f([y, xs[1], 0.5]))(inner)
    assert grad(lambda v: f([g(v), xs[1], 0.5]))(xs) == close([outer * s for s in slope], 1 + abs(outer))


@some
@given(programs(), vectors)
def test_a_function_plus_itself_has_twice_the_gradient(f: Program, xs: list[float]) -> None:
    def twice(v: Sequence[Any]) -> Any:
        y = f(v)
        return y + y

    assert grad(twice)(xs) == close([2 * g for g in grad(f)(xs)])


# --- the graph ---


@some
@given(programs(), vectors, st.randoms(use_true_random=False))
def test_the_gradient_does_not_depend_on_the_order_in_which_nodes_were_made(
    f: Program, xs: list[float], rng: Any
) -> None:
    def in_another_order(v: Sequence[Any]) -> Any:
        results: dict[int, Any] = dict(enumerate(v))
        waiting = list(enumerate(f.steps, INPUTS))
        while waiting:
            ready = [step for step in waiting if all(i in results for i in step[1][1])]
            chosen = rng.choice(ready)
            waiting.remove(chosen)
            i, (function, where) = chosen
            results[i] = function(*[results[k] for k in where])
        return results[max(results)]

    assert backward(in_another_order, xs) == backward(f, xs)


@some
@given(programs(), vectors)
def test_every_node_comes_once_and_after_its_parents(f: Program, xs: list[float]) -> None:
    order = topological_order(f([Value(x) for x in xs]))
    place = {node: i for i, node in enumerate(order)}
    assert len(place) == len(order)
    assert all(place[parent] < place[node] for node in order for parent in node.parents)


@few
@given(programs(), vectors)
def test_a_drawing_has_every_node_is_the_same_each_time_and_changes_no_number(f: Program, xs: list[float]) -> None:
    y = f([Value(x) for x in xs])
    y.backward()
    order = topological_order(y)
    before = [(node.data, node.grad, node.parents) for node in order]
    dot = autograd.draw(y).dot
    assert autograd.draw(y).dot == dot
    assert f"of {len(order)} Values" in repr(autograd.draw(y))
    assert [(node.data, node.grad, node.parents) for node in order] == before


@some
@given(programs(), vectors)
def test_backward_twice_doubles_the_leaves_and_nothing_else(f: Program, xs: list[float]) -> None:
    values = [Value(x) for x in xs]
    y = f(values)
    y.backward()
    inner = {node: node.grad for node in topological_order(y) if node.parents}
    once = [v.grad for v in values]
    y.backward()
    assert [v.grad for v in values] == [g + g for g in once]
    assert all(node.grad == g for node, g in inner.items())


@some
@given(programs(), vectors)
def test_grad_leaves_no_trace_on_the_values_it_is_given(f: Program, xs: list[float]) -> None:
    values = [Value(x) for x in xs]
    grad(f)(values)
    assert all((v.grad, v.op, v.parents) == (0.0, None, ()) for v in values)
