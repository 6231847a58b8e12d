"""training_step: compiled steps make the same curve as a loop by hand, or run as they are and say why."""

import copy
import gc
import math
import pickle
import random
import threading
import time
import weakref

import numpy
import pytest

import autograd
from autograd import Value, fit, nn, optim, training_step
from autograd.nn.utils import clip_grad_norm_
from autograd.training import DataLoader

RNG = random.Random(5)
XS = [[RNG.gauss(0.0, 1.0), RNG.gauss(0.0, 1.0)] for _ in range(6)]
YS = [[x * y] for x, y in XS]


@pytest.fixture(params=["python", "numpy", "c"])
def backend(request):
    return request.param


def network():
    return nn.Sequential(nn.Linear(2, 5, seed=0), nn.Tanh(), nn.Linear(5, 1, seed=1))


def by_hand(model, loss, optimizer, batches, penalty=None, max_norm=None):
    losses = []
    for xs, ys in batches:
        value = loss(model(xs), ys)
        if penalty is not None:
            value = value + penalty(model)
        optimizer.zero_grad()
        value.backward()
        if max_norm is not None:
            clip_grad_norm_([p for group in optimizer.param_groups for p in group["params"]], max_norm)
        optimizer.step()
        losses.append(value.data)
    return losses


def close(a, b):
    return a == b or abs(a - b) <= 1e-11 * max(1.0, abs(a), abs(b)) or (a != a and b != b)


def same_course(backend, make, loss, optimize, batches, compiled=None, **options):
    """Train two copies of a model, by hand and compiled; compare everything that is left behind; return the step."""
    (a, b), batches = (make(), make()), list(batches)
    of_a, of_b = optimize(a), optimize(b)
    expected = by_hand(a, loss, of_a, batches, **options)
    step = training_step(b, loss, of_b, backend=backend, **options)
    found = [step(xs, ys) for xs, ys in batches]
    assert all(map(close, found, expected))
    for p, q in zip(a.parameters(), b.parameters(), strict=True):
        assert close(p.data, q.data)
        assert close(p.grad, q.grad)
    for p, q in zip(numbers(of_a.state_dict()), numbers(of_b.state_dict()), strict=True):
        assert close(p, q)
    assert all(map(close, numbers(a.state_dict()), numbers(b.state_dict())))
    assert step.stats().compiled == (len(batches) - 2 if compiled is None else compiled), step.stats()
    assert step.stats().backends == (backend,), step.stats()
    return step


def numbers(x):
    if isinstance(x, dict):
        x = list(x.values())
    return [n for item in x for n in numbers(item)] if isinstance(x, (list, tuple)) else [x] if type(x) is float else []


def sgd(model):
    return optim.SGD(model.parameters(), lr=0.1)


OPTIMIZERS = [
    (optim.SGD, {"lr": 0.1}),
    (optim.SGD, {"lr": 0.05, "momentum": 0.9, "weight_decay": 0.1}),
    (optim.SGD, {"lr": 0.05, "momentum": 0.9, "nesterov": True}),
    (optim.SGD, {"lr": 1e-4, "maximize": True}),
    (optim.Adam, {"lr": 0.05}),
    (optim.Adam, {"lr": 0.05, "amsgrad": True, "weight_decay": 0.1, "betas": (0.4, 0.9)}),
    (optim.AdamW, {"lr": 0.05, "weight_decay": 0.2}),
    (optim.RMSprop, {"lr": 0.01}),
    (optim.RMSprop, {"lr": 0.01, "centered": True, "momentum": 0.5}),
    (optim.Adagrad, {"lr": 0.1, "lr_decay": 0.1}),
]


@pytest.mark.parametrize(("make", "options"), OPTIMIZERS, ids=lambda x: getattr(x, "__name__", None))
def test_every_optimizer_makes_the_same_curve(backend, make, options):
    same_course(backend, network, nn.MSELoss(), lambda model: make(model.parameters(), **options), [(XS, YS)] * 8)


LAYERS = {
    "activations": lambda: nn.Sequential(nn.Linear(2, 3, seed=0), nn.GELU(), nn.Linear(3, 3, seed=1), nn.SiLU()),
    "residual": lambda: nn.Sequential(nn.Residual(nn.Linear(2, 2, seed=0)), nn.ReLU()),
    "batch norm": lambda: nn.Sequential(nn.Linear(2, 3, seed=0), nn.BatchNorm1d(3), nn.Linear(3, 1, seed=1)),
    "batch norm with averages": lambda: nn.Sequential(
        nn.BatchNorm1d(2, momentum=None, affine=False), nn.Linear(2, 1, seed=0)
    ),
    "dropout": lambda: nn.Sequential(nn.Linear(2, 9, seed=0), nn.Dropout(0.5, seed=3), nn.Linear(9, 1, seed=1)),
    "dropout and batch norm": lambda: nn.Sequential(
        nn.Dropout(0.5, seed=3), nn.BatchNorm1d(2), nn.Linear(2, 1, seed=1)
    ),
    "layer norm": lambda: nn.Sequential(nn.Linear(2, 4, seed=0), nn.LayerNorm(4), nn.Linear(4, 1, seed=1)),
}


@pytest.mark.parametrize("name", LAYERS)
def test_layers_make_the_same_curve(backend, name):
    same_course(
        backend, LAYERS[name], lambda out, ys: autograd.mean([x * x for row in out for x in row]), sgd, [(XS, YS)] * 6
    )


@pytest.mark.parametrize("kind", ["RNN", "LSTM", "GRU"])
def test_recurrent_cells_make_the_same_curve(backend, kind):
    class Reader(nn.Module):
        def __init__(self):
            self.cell, self.head = getattr(nn, kind)(2, 3, seed=0), nn.Linear(3, 1, seed=1)

        def forward(self, xs):
            out, _ = self.cell(xs)
            return self.head(out[-1])

    same_course(backend, Reader, lambda out, ys: (out[0] - 1.0) ** 2, sgd, [(XS, YS)] * 5)


def test_a_class_of_values_needs_no_module(backend):
    class Line:
        def __init__(self):
            self.w, self.b = Value(0.5), Value(0.0)

        def parameters(self):
            return [self.w, self.b]

        def state_dict(self):
            return {}

        def __call__(self, xs):
            return [self.w * x[0] + self.b for x in xs]

    same_course(
        backend, Line, lambda out, ys: autograd.sum([(o - y[0]) ** 2 for o, y in zip(out, ys)]), sgd, [(XS, YS)] * 5
    )


def test_a_penalty_is_added_to_the_loss(backend):
    def penalty(model):
        return 0.01 * autograd.sum([p * p for p in model.parameters()])

    same_course(backend, network, nn.MSELoss(), sgd, [(XS, YS)] * 5, penalty=penalty)
    model = network()
    step = training_step(model, nn.MSELoss(), sgd(model), penalty=lambda: penalty(model), backend=backend)
    assert close(step(XS, YS), (nn.MSELoss()(network()(XS), YS) + penalty(network())).data)


@pytest.mark.parametrize("max_norm", [0.01, 1e9])
def test_gradients_are_clipped_to_a_norm(backend, max_norm):
    same_course(backend, network, nn.MSELoss(), sgd, [(XS, YS)] * 5, max_norm=max_norm)


@pytest.mark.parametrize("scale", [1e200, 1e-200, 0.0])
def test_a_norm_is_clipped_without_overflow(backend, scale):
    def loss(out, ys):
        return autograd.mean([scale * (o[0] - y[0]) for o, y in zip(out, ys, strict=True)])

    same_course(backend, network, loss, sgd, [(XS, YS)] * 5, max_norm=0.01)


def test_a_learning_rate_of_numpy_can_change(backend):
    models = network(), network()
    optimizers = [optim.SGD(model.parameters(), lr=0.05, momentum=0.5) for model in models]
    step = training_step(models[1], nn.MSELoss(), optimizers[1], backend=backend)
    for i in range(8):
        for optimizer in optimizers:
            optimizer.param_groups[0]["lr"] = numpy.float64(0.01 * i) if i % 3 else 0
        by_hand(models[0], nn.MSELoss(), optimizers[0], [(XS, YS)])
        step(XS, YS)
    assert all(map(close, *[numbers(model.state_dict()) for model in models]))
    assert step.stats().compiled == 6


def test_batches_of_two_sizes_are_recorded_each(backend):
    batches = [(XS[:4], YS[:4]), (XS[4:], YS[4:])] * 5
    step = same_course(
        backend,
        network,
        nn.MSELoss(),
        lambda m: optim.Adam(m.parameters(), lr=0.05),
        batches,
        compiled=len(batches) - 4,
    )
    assert step.stats().recordings == 2


def test_what_the_user_changes_between_steps_counts(backend):
    models = network(), network()
    optimizers = [optim.Adam(model.parameters(), lr=0.05) for model in models]
    step = training_step(models[1], nn.MSELoss(), optimizers[1], backend=backend)
    for i in range(12):
        for model, optimizer in zip(models, optimizers, strict=True):
            if i == 4:
                model.parameters()[0].data = 0.25
            if i == 6:
                optimizer.state[model.parameters()[1]]["exp_avg"] = 0.5
            if i == 7:
                optimizer.param_groups[0]["weight_decay"] = 0.1
            if i == 9:
                optimizer.load_state_dict(optimizer.state_dict())
            optimizer.param_groups[0]["lr"] = 0.05 / (1 + i)
        by_hand(models[0], nn.MSELoss(), optimizers[0], [(XS, YS)])
        step(XS, YS)
        assert all(close(p.data, q.data) for p, q in zip(models[0].parameters(), models[1].parameters(), strict=True))
        if i % 5 == 0:
            states = [numbers(optimizer.state_dict()["state"]) for optimizer in optimizers]
            assert all(map(close, *states))
    assert step.stats().compiled == (10 if backend == "python" else 9)  # a new kind of update is tried first


def test_batches_are_lists_tuples_or_arrays_with_labels(backend):
    model, twin = (nn.Sequential(nn.Linear(2, 4, seed=0), nn.Tanh(), nn.Linear(4, 3, seed=1)) for _ in range(2))
    step = training_step(model, nn.CrossEntropyLoss(), sgd(model), backend=backend)
    rng = random.Random(4)
    for i in range(12):
        xs, ys = [[rng.gauss(0.0, 1.0), rng.gauss(0.0, 1.0)] for _ in range(5)], [rng.randrange(3) for _ in range(5)]
        expected = by_hand(twin, nn.CrossEntropyLoss(), sgd(twin), [(xs, ys)])[0]
        kinds = [(xs, ys), (tuple(xs), ys), (numpy.array(xs), numpy.array(ys)), (numpy.array(xs), ys)]
        assert close(step(*kinds[i % 4]), expected)
        assert all(map(close, numbers(model.state_dict()), numbers(twin.state_dict())))
    assert step.stats().compiled == 4
    assert step.stats().recordings == 4


@pytest.mark.parametrize("kind", [list, numpy.array])
def test_tokens_are_inputs(backend, kind):
    class Reader(nn.Module):
        def __init__(self):
            self.tokens, self.head = nn.Embedding(5, 3, seed=0), nn.Linear(3, 5, seed=1)

        def forward(self, xs):
            return [self.head(row) for row in self.tokens(xs)]

    rng = random.Random(8)
    batches = [tuple(kind([rng.randrange(5) for _ in range(4)]) for _ in range(2)) for _ in range(6)]
    same_course(backend, Reader, nn.CrossEntropyLoss(), lambda model: optim.Adam(model.parameters(), lr=0.05), batches)


def test_groups_frozen_and_unused_parameters(backend):
    class Two(nn.Module):
        def __init__(self):
            self.body, self.head, self.unused = (
                nn.Linear(2, 3, seed=0),
                nn.Linear(3, 1, seed=1),
                nn.Linear(1, 1, seed=2),
            )

        def forward(self, xs):
            return self.head(self.body(xs))

    def two_groups(model):
        groups = [
            {"params": model.head.parameters(), "lr": 0.2},
            {"params": model.unused.parameters(), "weight_decay": 0.1},
        ]
        return optim.SGD(groups, lr=0.1, momentum=0.5)

    a, b = Two(), Two()
    of_a, of_b = two_groups(a), two_groups(b)
    step = training_step(b, nn.MSELoss(), of_b, backend=backend)
    assert all(map(close, by_hand(a, nn.MSELoss(), of_a, [(XS, YS)] * 6), [step(XS, YS) for _ in range(6)]))
    b.body.weight[0][0].data = a.body.weight[0][0].data = 0.125  # not in the optimizer: read anew
    assert all(map(close, by_hand(a, nn.MSELoss(), of_a, [(XS, YS)] * 3), step.run(XS, YS, 3)))
    assert all(map(close, numbers(a.state_dict()), numbers(b.state_dict())))
    assert b.unused.weight[0][0].grad == 0.0
    assert step.stats().compiled == 7


def test_a_shared_parameter_gets_all_its_gradients(backend):
    class Tied(nn.Module):
        def __init__(self):
            self.layer = nn.Linear(2, 2, seed=0)

        def forward(self, xs):
            return self.layer(self.layer(xs))

    same_course(backend, Tied, nn.L1Loss(), sgd, [([x], [[*y, *y]]) for x, y in zip(XS, YS, strict=True)])


def test_run_does_many_steps_and_returns_their_losses(backend):
    a, b = network(), network()
    of_a, of_b = (optim.Adam(model.parameters(), lr=0.05) for model in (a, b))
    expected = by_hand(a, nn.MSELoss(), of_a, [(XS, YS)] * 30)
    step = training_step(b, nn.MSELoss(), of_b, backend=backend)
    found = [*step.run(XS, YS, 20), *step.run(XS, YS, steps=10)]
    assert all(map(close, found, expected))
    assert all(map(close, numbers(of_a.state_dict()), numbers(of_b.state_dict())))
    for wrong in (0, -1, 1.5, True):
        with pytest.raises(ValueError, match="steps must be"):
            step.run(XS, YS, wrong)


class Kinked(nn.Module):
    """Goes another way if its first weight is below a bound."""

    def __init__(self):
        self.layer = nn.Linear(2, 1, seed=0)

    def forward(self, xs):
        out = self.layer(xs)
        return [[y * 0.5 for y in row] for row in out] if self.layer.bias[0] > 0.0 else out


def test_a_comparison_in_the_model_is_a_guard(backend):
    for batches in ([(XS, [[3.0]] * 6)] * 5 + [(XS, [[-3.0]] * 6)] * 5) * 3, [(XS, [[0.0]] * 6)] * 5:
        a, b = Kinked(), Kinked()
        step = training_step(b, nn.MSELoss(), sgd(b), backend=backend)
        assert all(map(close, by_hand(a, nn.MSELoss(), sgd(a), batches), [step(*batch) for batch in batches]))
        assert all(map(close, numbers(a.state_dict()), numbers(b.state_dict())))
    assert step.stats().compiled > 0


def test_too_many_ways_run_as_they_are_and_say_what_to_write_instead(backend):
    def kinks(out, ys):
        return autograd.sum([o[0] * o[0] if o[0] > y[0] else o[0] * 0.5 for o, y in zip(out, ys, strict=True)])

    rng = random.Random(2)
    xs = [[rng.gauss(0.0, 1.0), 1.0] for _ in range(9)]
    batches = [(xs, [[rng.gauss(0.0, 3.0)] for _ in xs]) for _ in range(60)]
    a, b = network(), network()
    step = training_step(b, kinks, sgd(b), backend=backend)
    assert all(map(close, by_hand(a, kinks, sgd(a), batches), [step(*batch) for batch in batches]))
    assert "relu(z)" in str(step.stats())


def test_a_derivative_in_the_loss_is_trained_too(backend):
    def smooth(model):
        slopes = [autograd.grad(lambda x: model([[x, x]])[0][0])(Value(x)) for x in (0.1, 0.5)]
        return 0.1 * autograd.sum([s * s for s in slopes])

    same_course(backend, network, nn.MSELoss(), sgd, [(XS, YS)] * 5, penalty=smooth)


def test_sequences_of_many_lengths_are_recorded_each():
    w = Value(0.5)
    step = training_step(
        lambda xs: autograd.dot([w] * len(xs), xs),
        lambda out, y: (out - y) ** 2,
        optim.SGD([w], lr=1e-4),
        backend="python",
    )
    for n in [*range(1, 41)] * 3:
        step([0.1] * n, 1.0)
    assert (step.stats().compiled, step.stats().recordings) == (40, 40)
    assert not step.stats().reasons


def test_a_step_is_freed_without_the_cyclic_collector(backend):
    gc.collect()
    gc.disable()
    try:
        model = nn.Sequential(nn.Linear(2, 3, seed=0), nn.BatchNorm1d(3), nn.Linear(3, 1, seed=1))
        step = training_step(model, nn.MSELoss(), optim.Adam(model.parameters()), backend=backend)
        step.run(XS, YS, 4)
        freed = weakref.ref(model), weakref.ref(step)
        del model, step
        assert [ref() for ref in freed] == [None, None]
    finally:
        gc.enable()


def test_threads_take_steps_at_the_same_time(backend):
    model, twin = network(), network()
    step = training_step(model, nn.MSELoss(), sgd(model), backend=backend)
    threads = [threading.Thread(target=lambda: [step(XS, YS) for _ in range(25)]) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    by_hand(twin, nn.MSELoss(), sgd(twin), [(XS, YS)] * 100)
    assert all(map(close, numbers(model.state_dict()), numbers(twin.state_dict())))
    assert step.stats().calls == 100


def test_a_loss_that_is_not_finite_is_returned_and_changes_nothing(backend):
    model = network()
    optimizer = optim.Adam(model.parameters(), lr=0.1)
    step = training_step(model, nn.MSELoss(), optimizer, backend=backend)
    step.run(XS, YS, 5)
    before = model.state_dict(), optimizer.state_dict()
    for bad in (math.nan, math.inf):
        assert not math.isfinite(step(XS, [[bad], *YS[1:]]))
        assert len(step.run(XS, [*YS[1:], [bad]], 7)) == 1
        assert before == (model.state_dict(), optimizer.state_dict())
    new = training_step(model, nn.MSELoss(), optimizer, backend=backend)
    assert [math.isfinite(new([[math.nan, 1.0]], [[1.0]])) for _ in range(5)] == [False] * 5
    assert before == (model.state_dict(), optimizer.state_dict())


def test_statistics_of_batches_are_read_anew_and_up_to_date(backend):
    models = [nn.Sequential(nn.Linear(2, 2, seed=0), nn.BatchNorm1d(2), nn.Linear(2, 1, seed=1)) for _ in range(2)]
    step = training_step(models[1], nn.MSELoss(), sgd(models[1]), backend=backend)
    for i in range(8):
        if i == 5:
            for model in models:
                model[1].running_mean = [1.0, -1.0]
        by_hand(models[0], nn.MSELoss(), sgd(models[0]), [(XS, YS)] * 3)
        step.run(XS, YS, 3)
        assert all(map(close, numbers(models[0].state_dict()), numbers(models[1].state_dict())))
        assert models[1][1].num_batches_tracked == 3 * i + 3
        assert type(models[1][1].running_var) is list
        assert {type(x) for x in models[1][1].running_var} == {float}
    assert step.stats().compiled == 22
    assert not step.stats().misses


def test_statistics_of_batches_are_constants_in_evaluation_and_refused_by_jit():
    model = nn.Sequential(nn.Linear(2, 2, seed=0), nn.BatchNorm1d(2))
    before, twin = (
        nn.Sequential(nn.Linear(2, 2, seed=0), nn.BatchNorm1d(2)),
        autograd.jit(autograd.grad(lambda xs: autograd.sum([y * y for row in model(xs) for y in row]))),
    )
    for _ in range(4):
        before(XS)
        twin(XS)
        assert numbers(before.state_dict()) == numbers(model.state_dict())
    assert twin.stats().compiled == 0
    assert "running_mean" in " ".join(twin.stats().reasons)
    model.eval()
    compiled = autograd.jit(autograd.grad(lambda xs: autograd.sum([y * y for row in model(xs) for y in row])))
    first = [compiled(XS) for _ in range(4)][-1]
    model[1].running_var = [4.0, 9.0]
    assert compiled(XS) != first
    assert compiled.stats().compiled == 2


# --- what is not compiled runs as it is ---


def reasons(step):
    return " ".join(step.stats().reasons)


def test_a_hook_on_a_gradient_runs(backend):
    models = network(), network()
    for model in models:
        model.parameters()[0].register_hook(lambda gradient: gradient * 0.5)
    step = training_step(models[1], nn.MSELoss(), sgd(models[1]), backend=backend)
    expected = by_hand(models[0], nn.MSELoss(), sgd(models[0]), [(XS, YS)] * 5)
    assert all(map(close, expected, [step(XS, YS) for _ in range(5)]))
    assert "hook" in reasons(step)


def test_a_model_that_counts_its_calls_runs_as_it_is(backend):
    class Counting(nn.Module):
        def __init__(self):
            self.layer, self.calls = nn.Linear(2, 1, seed=0), 0

        def forward(self, xs):
            self.calls += 1
            return [[y / self.calls for y in row] for row in self.layer(xs)]

    a, b = Counting(), Counting()
    step = training_step(b, nn.MSELoss(), sgd(b), backend=backend)
    assert all(map(close, by_hand(a, nn.MSELoss(), sgd(a), [(XS, YS)] * 6), [step(XS, YS) for _ in range(6)]))
    assert (a.calls, step.stats().compiled) == (6, 0)
    assert "it changes" in reasons(step)


def test_variables_around_the_loss_are_compared(backend):
    factor = 1.0
    models = network(), network()

    def loss(out, ys):
        return factor * nn.MSELoss()(out, ys)

    step = training_step(models[1], loss, sgd(models[1]), backend=backend)
    for i in range(9):
        factor = 1.0 if i < 5 else 2.0
        assert close(by_hand(models[0], loss, sgd(models[0]), [(XS, YS)])[0], step(XS, YS))
    assert step.stats().compiled == 5


def test_what_is_not_known_of_an_optimizer_runs_in_python(backend):
    class Signs(optim.SGD):
        def update(self, group):
            for p in group["params"]:
                p.data -= group["lr"] * (1.0 if p.grad > 0.0 else -1.0)

    step = same_course(
        backend, network, nn.MSELoss(), lambda model: Signs(model.parameters(), lr=0.01), [(XS, YS)] * 6, max_norm=0.5
    )
    assert "Signs runs in Python" in " ".join(step.stats().notes)


def test_a_state_that_is_not_complete_is_completed_by_a_step_as_it_is(backend):
    models = network(), network()
    optimizers = [optim.Adam(model.parameters(), lr=0.05) for model in models]
    step = training_step(models[1], nn.MSELoss(), optimizers[1], backend=backend)
    for i in range(10):
        for optimizer in optimizers:
            optimizer.param_groups[0]["amsgrad"] = i >= 5
        by_hand(models[0], nn.MSELoss(), optimizers[0], [(XS, YS)])
        step(XS, YS)
        assert all(close(p.data, q.data) for p, q in zip(models[0].parameters(), models[1].parameters(), strict=True))
    assert all(map(close, *[numbers(optimizer.state_dict()) for optimizer in optimizers]))
    assert step.stats().compiled >= 6


def test_parameters_that_join_later_are_trained(backend):
    models = [nn.Sequential(nn.Linear(2, 3, seed=0), nn.Linear(3, 1, seed=1)) for _ in range(2)]
    optimizers = [optim.SGD(model[0].parameters(), lr=0.05, momentum=0.5) for model in models]
    step = training_step(models[1], nn.MSELoss(), optimizers[1], backend=backend)
    for i in range(12):
        if i == 5:
            for model, optimizer in zip(models, optimizers, strict=True):
                optimizer.add_param_group({"params": model[1].parameters(), "lr": 0.2})
        by_hand(models[0], nn.MSELoss(), optimizers[0], [(XS, YS)])
        step(XS, YS)
        assert all(close(p.data, q.data) for p, q in zip(models[0].parameters(), models[1].parameters(), strict=True))
    assert step.stats().compiled >= 6


def test_two_steps_share_an_optimizer(backend):
    models = network(), network()
    optimizers = [optim.Adam(model.parameters(), lr=0.05) for model in models]
    losses = nn.MSELoss(), nn.L1Loss()
    steps = [training_step(models[1], loss, optimizers[1], backend=backend) for loss in losses]
    for i in range(16):
        by_hand(models[0], losses[i // 2 % 2], optimizers[0], [(XS, YS)])
        steps[i // 2 % 2](XS, YS)
    assert all(map(close, *[numbers(optimizer.state_dict()) for optimizer in optimizers]))
    assert all(map(close, *[numbers(model.state_dict()) for model in models]))
    assert [step.stats().compiled for step in steps] == [6, 6]


def test_steps_in_no_grad_and_while_something_watches_run_as_they_are():
    model = network()
    step = training_step(model, nn.MSELoss(), sgd(model))
    step.run(XS, YS, 4)
    with autograd.detect_anomaly():
        step(XS, YS)
    assert "watches" in reasons(step)
    assert step.stats().calls == 5


def test_a_copy_of_a_step_trains_a_copy_of_the_model():
    model = network()
    step = training_step(model, nn.MSELoss(), optim.Adam(model.parameters(), lr=0.1), max_norm=1.0)
    step.run(XS, YS, 5)
    before = model.state_dict()
    copied = copy.deepcopy(step)
    assert all(map(close, copied.run(XS, YS, 5), pickle.loads(pickle.dumps(step)).run(XS, YS, 5)))
    assert model.state_dict() == before


def test_machine_code_takes_over_when_it_is_compiled(tmp_path, monkeypatch):
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    monkeypatch.setenv("AUTOGRAD_CFLAGS", "-O0")
    a, b = network(), network()
    of_a, of_b = (optim.SGD(model.parameters(), lr=0.01, momentum=0.5) for model in (a, b))
    step = training_step(b, nn.MSELoss(), of_b)
    done, deadline = 0, time.monotonic() + 60.0
    while step.stats().backends != ("c",) and time.monotonic() < deadline:
        assert close(by_hand(a, nn.MSELoss(), of_a, [(XS, YS)])[0], step(XS, YS))
        done += 1
        time.sleep(0.02)
    expected = by_hand(a, nn.MSELoss(), of_a, [(XS, YS)] * 5)
    assert all(map(close, expected, step.run(XS, YS, 5)))
    assert all(map(close, numbers(of_a.state_dict()), numbers(of_b.state_dict())))
    stats = step.stats()
    assert stats.backends == ("c",)
    assert stats.seconds > 0.0
    assert stats.calls == done + 5
    assert stats.recorded in (2, 3)  # once more if Python code, rather than NumPy, ran until then


def test_without_a_compiler_numpy_or_python_runs(monkeypatch):
    monkeypatch.setenv("CC", "there-is-no-such-compiler")
    for backend in (None, "c"):
        model = network()
        step = training_step(model, nn.MSELoss(), sgd(model), backend=backend)
        twin = network()
        assert all(map(close, step.run(XS, YS, 6), by_hand(twin, nn.MSELoss(), sgd(twin), [(XS, YS)] * 6)))
        assert step.stats().compiled == 4
        assert "there-is-no-such-compiler" in " ".join(step.stats().notes)


def test_an_operation_that_is_known_as_a_function_only_runs_in_python(backend):
    cube = autograd.primitive("cubed", lambda x: x * x * x, [lambda y, x: 3 * x * x])
    a, b = network(), network()
    step = training_step(
        b, lambda out, ys: autograd.sum([cube(o[0] - y[0]) ** 2 for o, y in zip(out, ys)]), sgd(b), backend=backend
    )
    expected = by_hand(
        a, lambda out, ys: autograd.sum([cube(o[0] - y[0]) ** 2 for o, y in zip(out, ys)]), sgd(a), [(XS, YS)] * 5
    )
    assert all(map(close, expected, step.run(XS, YS, 5)))
    assert step.stats().backends == ("python",)
    assert backend == "python" or "cubed" in " ".join(step.stats().notes)


def test_bad_arguments_are_refused():
    model = network()
    for arguments, message in (
        ((3, nn.MSELoss(), sgd(model)), "model must be a function, but got 3"),
        ((model, None, sgd(model)), "loss must be a function"),
        ((model, nn.MSELoss(), model), "optim.SGD"),
        ((model, nn.MSELoss(), sgd(model), 0.1), "penalty must be a function"),
    ):
        with pytest.raises(TypeError, match=message):
            training_step(*arguments)
    with pytest.raises(ValueError, match="backend must be 'c', 'numpy', 'python' or None, but got 'gpu'"):
        training_step(model, nn.MSELoss(), sgd(model), backend="gpu")
    with pytest.raises(ValueError, match="max_norm"):
        training_step(model, nn.MSELoss(), sgd(model), max_norm=-1.0)
    step = training_step(model, lambda out, ys: 0.0, sgd(model))
    with pytest.raises(TypeError, match="the loss must be one Value"):
        step(XS, YS)
    with pytest.raises(RuntimeError, match="do a step first"):
        training_step(model, nn.MSELoss(), sgd(model)).source()


def test_the_source_is_the_gradient_of_the_loss():
    w = Value(0.5, "w")
    optimizer = optim.SGD([w], lr=0.25)
    step = training_step(lambda x: w * x, lambda out, y: autograd.square(out - y), optimizer)
    assert step(3.0, 1.0) == 0.25
    assert w.data == 0.5 - 0.25 * 3.0
    space = {}
    exec(step.source(), space)
    assert space["loss"](0.5, 3.0, 1.0) == (0.25, 3.0)


# --- fit ---


def same_fit(**options):
    """Compare the histories of two models that learn for some epochs, one of them compiled."""
    histories = []
    for compiled in (False, True):
        model = network()
        optimizer = optim.Adam(model.parameters(), lr=0.05)
        loader = DataLoader(XS, YS, batch_size=4, shuffle=True, seed=1)
        made = {name: make(model, optimizer) for name, make in options.items()}
        history = fit(model, loader, nn.MSELoss(), optimizer, 6, progress=False, compile=compiled, **made)
        histories.append((history, numbers(model.state_dict())))
    (a, weights), (b, found) = histories
    assert all(map(close, a.losses, b.losses))
    assert all(map(close, weights, found))
    assert a.metrics == b.metrics
    assert a.compiled is None
    assert b.compiled.compiled == 8
    return b


def test_fit_compiles_with_the_same_history():
    history = same_fit(
        scheduler=lambda model, optimizer: optim.lr_scheduler.StepLR(optimizer, 2),
        each_epoch=lambda model, optimizer: lambda epoch, loss: optimizer.param_groups[0]["lr"],
    )
    assert history.metrics == pytest.approx([0.05, 0.005, 0.005, 0.0005, 0.0005, 0.00005])


def test_fit_calls_before_step_between_the_gradients_and_the_update():
    norms = []
    same_fit(before_step=lambda model, optimizer: lambda: norms.append(clip_grad_norm_(model.parameters(), 0.05)))
    assert len(norms) == 24
    assert all(map(close, norms[:12], norms[12:]))


def test_fit_clips_to_a_norm_compiled_or_not():
    clipped = same_fit(max_norm=lambda model, optimizer: 0.05)
    assert clipped.losses != same_fit().losses
    models = network(), network()
    for model, options in zip(models, ({"max_norm": 0.05}, {"before_step": None}), strict=True):
        optimizer = optim.SGD(model.parameters(), lr=0.1)
        if options.get("before_step", 0) is None:
            options = {"before_step": lambda: clip_grad_norm_(models[1].parameters(), 0.05)}
        fit(model, [(XS, YS)], nn.MSELoss(), optimizer, 3, progress=False, **options)
    assert numbers(models[0].state_dict()) == numbers(models[1].state_dict())
    with pytest.raises(ValueError, match="max_norm must be"):
        fit(models[0], [(XS, YS)], nn.MSELoss(), sgd(models[0]), max_norm=-1.0)


def test_fit_compiles_or_has_workers_not_both():
    from concurrent.futures import ThreadPoolExecutor

    model = network()
    with ThreadPoolExecutor(1) as executor, pytest.raises(ValueError, match="leave out one"):
        fit(model, [(XS, YS)], nn.MSELoss(), sgd(model), executor=executor, compile=True)


def test_fit_stops_at_a_loss_that_is_not_finite():
    model = network()
    before = model.state_dict()
    batches = [([[math.nan, 1.0]], [[1.0]])]
    history = fit(model, batches, nn.MSELoss(), sgd(model), 3, progress=False, compile=True)
    assert "is nan" in history.stopped
    assert model.state_dict() == before
