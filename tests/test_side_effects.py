"""Functions that change something besides computing: jit runs them as they are, and each call has its effect once."""

from __future__ import annotations

import math
import random

import pytest

from autograd import Value, jit, nn, optim, training_step

XS = [0.5, 1.5, 2.5, 3.5, 4.5, 5.5]


def moving_average():
    state = {"v": 0.0}

    def f(x):
        state["v"] = 0.9 * state["v"] + 0.1 * x
        return state["v"]

    return f


def difference():
    before = 0.0

    def f(x):
        nonlocal before
        found, before = x - before, x
        return found

    return f


def history():
    seen = []

    def f(x):
        seen.append(2 * x)
        return sum(seen)

    return f


def counter_then_plain_number():
    calls = [0]

    def f(x):
        calls[0] += 1
        return float(x) * calls[0]

    return f


def own_random_numbers_then_plain_number():
    rng = random.Random(3)
    return lambda x: math.sqrt(x * rng.random())


def shared_random_numbers_then_plain_number():
    random.seed(4)
    return lambda x: math.sqrt(x * random.random())


def numpy_random_numbers_then_plain_number():
    rng = pytest.importorskip("numpy").random.default_rng(3)
    return lambda x: math.sqrt(x * rng.random())


def array():
    sums = pytest.importorskip("numpy").zeros(2)

    def f(x):
        sums[0] += 1.0
        return math.floor(x) * float(sums[0])

    return f


class Filter:
    def __init__(self):
        self.x, self.seen = 1.0, 0

    def __call__(self, z):
        self.x = self.x + 0.5 * (z - self.x)
        self.seen += 1
        return math.floor(z) * self.x


@pytest.mark.parametrize(
    "make",
    [
        moving_average,
        difference,
        history,
        counter_then_plain_number,
        own_random_numbers_then_plain_number,
        numpy_random_numbers_then_plain_number,
        array,
        Filter,
    ],
)
def test_each_call_has_its_effect_once(make):
    as_it_is, fast = make(), jit(make())
    for x in XS:
        expected, found = as_it_is(x), fast(x)
        assert found == expected
        assert type(found) is type(expected)
    assert fast.stats().compiled == 0


def test_the_random_numbers_of_all_are_those_of_a_run_without_jit():
    f = shared_random_numbers_then_plain_number()
    expected = [f(x) for x in XS]
    fast = jit(shared_random_numbers_then_plain_number())
    assert [fast(x) for x in XS] == expected


@pytest.mark.parametrize(
    "change",
    [
        lambda o, p: o.zero_grad(),
        lambda o, p: o.step(),
        lambda o, p: optim.clip_grad_norm_([p], 0.25),
        lambda o, p: optim.clip_grad_value_([p], 0.25),
    ],
    ids=["zero_grad", "step", "clip_grad_norm_", "clip_grad_value_"],
)
def test_an_optimizer_inside_of_a_function_does_its_work_at_each_call(change):
    def course(wrapped):
        p = Value(2.0)
        optimizer = optim.SGD([p], lr=0.1)

        def f(x):
            change(optimizer, p)
            return 2 * x

        f, found = wrapped(f), []
        for x in XS:
            p.grad = 0.5
            found.append((f(x), p.data, p.grad))
        return found

    assert course(jit) == course(lambda f: f)


@pytest.mark.parametrize("backend", ["python", "numpy"])
def test_a_training_step_goes_on_after_the_state_of_its_optimizer_was_reset(backend):
    def course(compiled):
        model = nn.Linear(3, 2, seed=0)
        optimizer, loss = optim.Adam(model.parameters()), nn.CrossEntropyLoss()
        empty, found = optimizer.state_dict(), []
        step = training_step(model, loss, optimizer, backend=backend)
        for i in range(12):
            if i == 6:
                optimizer.load_state_dict(empty)
            if i == 9:
                optimizer.state.clear()
            if compiled:
                found.append(step([[1.0, 2.0, 3.0]], [1]))
            else:
                value = loss(model([[1.0, 2.0, 3.0]]), [1])
                optimizer.zero_grad()
                value.backward()
                optimizer.step()
                found.append(value.data)
        return found

    assert course(True) == pytest.approx(course(False), rel=1e-12)


def test_a_model_that_counts_and_then_takes_a_plain_number_is_trained_as_it_is():
    class Counting(nn.Module):
        def __init__(self):
            self.layer, self.calls = nn.Linear(1, 1, seed=0), 0

        def forward(self, xs):
            self.calls += 1
            return [[y * math.exp(-abs(x)) * self.calls for y in self.layer([x])] for (x,) in xs]

    def course(compiled):
        model = Counting()
        optimizer, loss = optim.SGD(model.parameters(), lr=0.01), nn.MSELoss()
        step = training_step(model, loss, optimizer)
        for _ in range(6):
            if compiled:
                step([[0.5], [1.0]], [[1.0], [2.0]])
            else:
                optimizer.zero_grad()
                loss(model([[0.5], [1.0]]), [[1.0], [2.0]]).backward()
                optimizer.step()
        return model.calls, [p.data for p in model.parameters()]

    assert course(True) == course(False)


def test_an_error_of_the_users_code_is_shown_alone():
    def f(x):
        raise ValueError("no such number")

    with pytest.raises(ValueError, match="no such number") as jitted:
        jit(f)(1.0)
    model = nn.MLP(2, [8, 1], seed=0)
    step = training_step(model, nn.MSELoss(), optim.SGD(model.parameters(), lr=0.1))
    with pytest.raises(ValueError, match="same shape") as trained:
        step([[1.0, 2.0], [3.0, 4.0]], [[1.0], [2.0]])
    assert [found.value.__context__ for found in (jitted, trained)] == [None, None]
