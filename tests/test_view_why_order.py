"""A cause does not depend on the order of siblings: operands, terms, pairs of a dot product, parameters in a list."""

from __future__ import annotations

import math
import random
from collections.abc import Callable

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import autograd
from autograd import Value, dot, exp, log, relu, sigmoid, sqrt, tanh, where
from autograd.graph import topological_order
from autograd.view.reasons.why import Reason, why

UNARY = (tanh, sigmoid, relu, exp, log, sqrt, autograd.square, autograd.sin, autograd.sign, lambda x: x * 0.5)
NUMBERS = (0.0, 0.0, 0.5, -0.5, 1.0, -1.0, 2.0, 30.0, -30.0, 400.0, 1e-9, 1e9)


def calculation(seed: int, order: int) -> tuple[Value, list[Value]]:
    """Return the result of a random calculation, and its inputs: another order, the same calculation."""
    make, swap = random.Random(seed), random.Random(order)

    def shuffled(items: list) -> list:
        return swap.sample(items, len(items))

    labelled = make.random() < 0.3
    inputs = [Value(make.choice(NUMBERS), f"x{i}") for i in range(make.randint(1, 3))]
    nodes = list(inputs)
    for i in range(make.randint(2, 12)):
        kind = make.choice(("unary", "unary", "twins", "add", "mul", "sum", "dot", "max", "where"))
        a, b, c, d = (make.choice(nodes[-6:]) for _ in range(4))
        f, g = make.choice(UNARY), make.choice(UNARY)
        if kind == "unary":
            new = f(a)
        elif kind == "twins":  # two equal siblings that are different Values
            new = shuffled([f(a), f(a)])[0] + shuffled([f(g(a)), f(g(a))])[0]
        elif kind == "add":
            left, right = shuffled([f(a), g(b)])
            new = left + right
        elif kind == "mul":
            left, right = shuffled([f(a), g(b)])
            new = left * right
        elif kind == "sum":
            new = autograd.sum(shuffled([f(a), g(a), b, f(c), f(a)]))
        elif kind == "dot":
            pairs = shuffled([(a, b), (f(a), c), (b, g(d))])
            new = dot(*zip(*(shuffled(list(pair)) for pair in pairs), strict=True))
        elif kind == "max":
            new = autograd.max(shuffled([a, f(b), g(c)]))
        else:
            new = where(a > b, f(a), g(b))
        nodes.append(new.named(f"n{i}") if labelled else new)
    left, right = shuffled(nodes[-2:])
    return left + right, inputs


def structure(output: Value) -> dict[Value, int]:
    """What each Value below an output is, whatever the order of its operands: the same number for the same thing."""
    found: dict[Value, int] = {}
    for node in topological_order(output):
        operands = sorted((found[x], "") if isinstance(x, Value) else (-1, str(x)) for x in node.operands)
        found[node] = hash((node.op and node.op.name, tuple(operands), f"{node.data + 0.0:.9g}", node.label))
    return found


def same_but_for_order(reason: Reason, other: Reason, output: Value, other_output: Value) -> None:
    assert reason.cause == other.cause
    ours, theirs = structure(output), structure(other_output)
    assert ours.get(reason.wrt) == theirs.get(other.wrt)
    assert [(ours[s.result], ours[s.operand]) for s in reason.steps] == [
        (theirs[s.result], theirs[s.operand]) for s in other.steps
    ]
    for step, other_step in zip(reason.steps, other.steps, strict=True):
        assert step.slope == pytest.approx(other_step.slope, rel=1e-9, nan_ok=True)
        assert (step is reason.culprit) == (other_step is other.culprit)


@pytest.mark.slow
@settings(max_examples=300, deadline=None)
@given(st.integers(0, 10**9))
def test_a_cause_does_not_depend_on_the_order_of_operands_terms_and_pairs(seed: int) -> None:
    output, inputs = calculation(seed, 0)
    for order in range(1, 4):
        other, other_inputs = calculation(seed, order)
        for x, other_x in zip(inputs, other_inputs, strict=True):
            reason, other_reason = why(output, x), why(other, other_x)
            if reason.verdict == other_reason.verdict:  # the sum of a gradient, rounded in another order, may be 0
                same_but_for_order(reason, other_reason, output, other)


@settings(max_examples=100, deadline=None)
@given(st.integers(0, 10**9), st.randoms(use_true_random=False))
def test_the_worst_of_several_does_not_depend_on_their_order(seed: int, rng: random.Random) -> None:
    output, inputs = calculation(seed, 0)
    reason = why(output, inputs)
    other = why(output, rng.sample(inputs, len(inputs)))
    assert reason.wrt is other.wrt and str(reason) == str(other)


def both(f: Callable[[Value, Value], Value], first: Callable, second: Callable, x: float) -> set[tuple[str, float]]:
    """The cause and the product for a result of two siblings, in both orders."""
    found = set()
    for swapped in (False, True):
        v = Value(x, "x")
        a, b = first(v), second(v)
        reason = why(f(b, a) if swapped else f(a, b), v)
        found.add((reason.cause, reason.steps[-1].product))
    return found


@pytest.mark.parametrize(
    "join", [lambda a, b: a + b, lambda a, b: dot([a, b], [1.0, 1.0]), lambda a, b: autograd.sum([a, b])]
)
def test_two_siblings_that_carry_as_much_are_told_apart_by_what_they_do(join) -> None:
    assert len(both(join, relu, autograd.sign, -1.0)) == 1
    assert len(both(join, lambda x: x * 0, relu, -1.0)) == 1
    assert len(both(join, lambda x: x * 0, lambda x: tanh(x * 400), -1.0)) == 1
    assert len(both(join, lambda x: x * 1e4, lambda x: x * 1e2 * 1e2, 1.0)) == 1


def test_of_siblings_that_carry_as_much_the_longest_way_is_shown() -> None:
    for swapped in (False, True):
        x = Value(1.0, "x")
        parts = [x * 4, x * 2 * 2, x * 4.0]
        reason = why(autograd.sum(parts[::-1] if swapped else parts), x)
        assert [step.slope for step in reason.steps] == [1.0, 2.0, 2.0]


def test_of_several_numbers_that_are_not_finite_the_same_is_named_in_any_order() -> None:
    sentences = set()
    for swapped in (False, True):
        x = Value(0.0, "x")
        a, b = log(x).named("a"), exp(x + 1000).named("b")
        y = (b * a if swapped else a * b).named("y")
        sentences.add(why(y, x).sentence)
        sentences.add(why((tanh(y) * 0).named("z"), x).sentence)
    assert len(sentences) <= 2


def test_a_number_that_was_not_finite_elsewhere_is_not_blamed() -> None:
    x, z = Value(0.0, "x"), Value(1000.0, "z")
    reason = why(log((x + 1 / exp(z)).named("small")).named("y"), x)  # 1 / inf is 0
    assert (reason.verdict, reason.cause) == ("inf", "log of 0")


def test_equal_factors_are_named_by_their_labels_in_any_order() -> None:
    found = set()
    for swapped in (False, True):
        x, a, b = Value(1.0, "x"), Value(0.0, "a"), Value(0.0, "b")
        pairs = [(x, b), (x, a)] if swapped else [(x, a), (x, b)]
        found.add(why(dot(*zip(*pairs, strict=True)).named("y"), x).sentence)
    assert found == {"x is multiplied by a = 0 in y."}


@pytest.mark.parametrize("swapped", [False, True])
@pytest.mark.parametrize("number", [math.nan, math.inf])
def test_what_was_not_taken_gets_nothing_of_a_gradient_that_is_not_finite(number: float, swapped: bool) -> None:
    x = Value(-1.0, "x")
    parts = [relu(x) * number, autograd.maximum(x, 5.0) * number]
    y = (parts[1] + parts[0] if swapped else parts[0] + parts[1]).named("y")
    reason = why(y, x)
    assert (reason.verdict, reason.steps[-1].product) == ("zero", 0.0)
    assert reason.culprit is reason.steps[-1] and reason.cause in ("dead", "choice")
