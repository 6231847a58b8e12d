"""Hooks see the gradient of a Value once it is complete, and may replace it."""

import pytest

from autograd import Value


def test_a_hook_sees_the_complete_gradient_once():
    x = Value(3.0)
    y = x * 2
    seen = []
    y.register_hook(seen.append)
    (y * y + y).backward()
    assert seen == [13.0] and x.grad == 26.0


def test_what_a_hook_returns_takes_the_place_of_the_gradient_here_and_below():
    x = Value(3.0)
    y = x * 2
    y.register_hook(lambda g: g * 10)
    y.register_hook(lambda g: g + 1)
    (y * 1.0).backward()
    assert y.grad == 11.0 and x.grad == 22.0


def test_a_hook_on_a_leaf_changes_what_is_accumulated():
    w = Value(2.0)
    w.register_hook(lambda g: max(-1.0, min(1.0, g)))
    for _ in range(3):
        (w * 100).backward()
    assert w.grad == 3.0


def test_a_removed_hook_is_not_called_again():
    x = Value(1.0)
    handle = x.register_hook(lambda g: 0.0)
    handle.remove()
    handle.remove()
    (x * 5).backward()
    assert x.grad == 5.0


def test_labels_and_hooks_live_side_by_side():
    x = Value(1.0, "w")
    x.register_hook(lambda g: None)
    assert x.label == "w" and x.named("v").label == "v"
    (x * 2).backward()
    assert x.grad == 2.0


def test_with_create_graph_a_hook_gets_a_value():
    x = Value(2.0)
    kinds = []
    y = x**3
    x.register_hook(lambda g: kinds.append(type(g)))
    y.backward(create_graph=True)
    assert kinds == [Value]


def test_what_is_not_a_function_or_not_a_number_is_refused():
    x = Value(1.0)
    with pytest.raises(TypeError, match="takes a function"):
        x.register_hook(3)
    x.register_hook(lambda g: "text")
    with pytest.raises(TypeError, match="what a hook returns"):
        (x * 2).backward()
    assert x.grad == 0.0
