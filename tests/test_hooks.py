"""Hooks see the gradient of a Value once it is complete, and may replace it."""

import copy
import pickle
import sys
import threading
from concurrent.futures import ThreadPoolExecutor

import pytest

from autograd import Value, hooks
from autograd.graph import reverse_sweep
from autograd.hooks import Notes


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
    with pytest.raises(TypeError, match="the result of a hook"):
        (x * 2).backward()
    assert x.grad == 0.0


# --- handles ---


def test_the_handle_of_a_removed_hook_never_takes_another_one_away():
    x = Value(1.0)
    old = x.register_hook(lambda g: 0.0)
    old.remove()
    new = x.register_hook(lambda g: g * 10)
    old.remove()
    (x * 5).backward()
    assert x.grad == 50.0
    new.remove()
    x.zero_grad()
    (x * 5).backward()
    assert x.grad == 5.0


def test_hooks_that_come_and_go_while_hooks_run_count_from_the_next_backward_pass_on():
    x = Value(1.0)
    calls = []

    def first(gradient):
        calls.append("first")
        second.remove()
        x.register_hook(lambda g: calls.append("third"))

    once = x.register_hook(first)
    second = x.register_hook(lambda g: calls.append("second"))
    (x * 2).backward()
    assert calls == ["first", "second"]
    once.remove()
    (x * 2).backward()
    assert calls == ["first", "second", "third"]


def test_a_hook_may_remove_itself():
    x = Value(1.0)
    handle = x.register_hook(lambda g: handle.remove())
    (x * 2).backward()
    assert x.grad == 2.0 and not x.notes.hooks


def test_a_copy_has_no_hooks_and_leaves_those_of_the_original():
    x = Value(1.0, "x")
    handle = x.register_hook(lambda g: g * 10)
    copies = [copy.copy(x), copy.deepcopy(x), pickle.loads(pickle.dumps(x))]
    for v in (x, *copies):
        (v * 2).backward()
    assert [v.grad for v in (x, *copies)] == [20.0, 2.0, 2.0, 2.0]
    handle.remove()
    assert not x.notes.hooks


# --- threads ---


@pytest.fixture
def hurried():
    """Threads take turns as often as they can."""
    interval = sys.getswitchinterval()
    sys.setswitchinterval(1e-6)
    yield
    sys.setswitchinterval(interval)


def together(*jobs):
    """Run jobs in a thread each; raise what one of them raised."""
    start = threading.Barrier(len(jobs))
    with ThreadPoolExecutor(len(jobs)) as pool:
        for done in [pool.submit(lambda job=job: (start.wait(10), job())) for job in jobs]:
            done.result()


def test_hooks_that_threads_register_at_once_are_all_kept_and_all_removed(hurried):
    x = Value(1.0)
    calls = []
    handles = []

    def register():
        for _ in range(500):
            handles.append(x.register_hook(calls.append))

    together(*[register] * 8)
    (x * 2).backward()
    assert calls == [2.0] * 4000

    def remove(part):
        for handle in part:
            handle.remove()

    together(*[lambda i=i: remove(handles[i::4]) for i in range(4)])
    assert not x.notes.hooks


def test_hooks_can_be_registered_and_removed_while_another_thread_runs_them(hurried):
    x = Value(1.0)

    def change():
        for _ in range(3000):
            x.register_hook(lambda g: None).remove()

    def run():
        for _ in range(300):
            (x * 2).backward()

    together(change, run, change)
    assert x.grad == 600.0


def test_what_threads_note_first_about_a_value_is_all_kept(monkeypatch):
    meeting = threading.Barrier(2)

    class Slow(Notes):
        def __init__(self):
            super().__init__()
            meeting.wait(10)  # both threads have seen that there are no notes yet

    monkeypatch.setattr(hooks, "Notes", Slow)
    x = Value(1.0)
    together(lambda: x.named("x"), lambda: x.register_hook(lambda g: g * 10))
    (x * 2).backward()
    assert (x.label, x.grad) == ("x", 20.0)


def test_a_value_with_a_label_alone_is_not_asked_for_hooks(monkeypatch):
    asked = []
    monkeypatch.setattr(Notes, "hooked", lambda notes, gradient: asked.append(notes.label) or gradient)
    x, y = Value(3.0, "x"), Value(2.0, "y")
    x.register_hook(lambda g: None)
    z = (x * y).named("z")
    z.backward()
    z.backward(create_graph=True)
    reverse_sweep(z, [x, y])
    assert set(asked) == {"x"}
