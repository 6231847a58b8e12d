"""Gradients of a batch whose chunks are calculated by other processes: equal to those of one process, or an error."""

import math
import multiprocessing
import random
import sys
from array import array
from concurrent.futures import Future, ProcessPoolExecutor, ThreadPoolExecutor

import pytest

from autograd import DataLoader, Value, dot, fit, functions, mean, nn, optim, parallel, sqrt, value_and_grad

SAMPLES = 24


class Here:
    """An executor that does everything at once."""

    def submit(self, function, *args):
        future = Future()
        try:
            future.set_result(function(*args))
        except Exception as error:
            future.set_exception(error)
        return future


class Backwards(Here):
    """An executor that is done with the last job first."""

    def __init__(self):
        self.jobs = []

    def submit(self, function, *args):
        future = Future()
        self.jobs.append((future, function, args))
        future.result = lambda: self.run() or Future.result(future)
        return future

    def run(self):
        while self.jobs:
            future, function, args = self.jobs.pop()
            future.set_result(function(*args))


@pytest.fixture(scope="module")
def processes():
    with ProcessPoolExecutor(2, mp_context=multiprocessing.get_context("spawn")) as executor:
        yield executor


@pytest.fixture(scope="module")
def threads():
    with ThreadPoolExecutor(3) as executor:
        yield executor


@pytest.fixture(scope="module")
def dask_cluster():
    distributed = pytest.importorskip("distributed", reason="Dask is not installed: pip install 'dask[distributed]'")
    with (
        distributed.LocalCluster(n_workers=2, threads_per_worker=1, dashboard_address=None) as cluster,
        distributed.Client(cluster) as client,
    ):
        yield client.get_executor()


EXECUTORS = ["processes", "threads", pytest.param("dask_cluster", marks=pytest.mark.slow)]


@pytest.fixture(params=EXECUTORS)
def executor(request):
    return request.getfixturevalue(request.param)


# --- batches, models and losses ---


def batch(n=SAMPLES, classes=3):
    rng = random.Random(5)
    xs = [[rng.gauss(0, 1) for _ in range(4)] for _ in range(n)]
    return xs, [rng.randrange(classes) for _ in xs]


def network(seed=0):
    return nn.Sequential(nn.Linear(4, 6, seed=seed), nn.Tanh(), nn.LayerNorm(6), nn.Linear(6, 3, seed=seed + 1))


def root_of_mean_square(outputs, targets):
    return sqrt(mean([(y[t] - 1.0) ** 2 for y, t in zip(outputs, targets, strict=True)]))


class Penalized:
    """A loss that refers to the parameters of a model."""

    def __init__(self, model, reduction):
        self.loss, self.parameters = nn.CrossEntropyLoss(reduction=reduction), model.parameters()

    def __call__(self, outputs, targets):
        return self.loss(outputs, targets) + 0.1 * dot(self.parameters, self.parameters)


def zero_sum(outputs, targets):
    """A sum that is 0 for outputs of 0, as is its mean: nothing but the slopes tells them apart."""
    return functions.sum([y[t] for y, t in zip(outputs, targets, strict=True)])


def largest(outputs, targets):
    """One sample decides, and the others have no gradient, whatever their chunks say."""
    return functions.max([y[t] * y[t] * (i + 1) for i, (y, t) in enumerate(zip(outputs, targets, strict=True))])


def distance(outputs, targets):
    """Every sample with every other one."""
    return mean([(a[0] - b[0]) ** 2 * a[1] for a in outputs for b in outputs])


LOSSES = {
    "mean": nn.CrossEntropyLoss(),
    "sum": nn.CrossEntropyLoss(reduction="sum"),
    "weights": nn.CrossEntropyLoss(weight=[0.2, 1.0, 7.0]),
    "ignored": nn.CrossEntropyLoss(ignore_index=1),
    "smoothed": nn.CrossEntropyLoss(label_smoothing=0.1),
    "margin": nn.MultiMarginLoss(),
    "function": root_of_mean_square,
    "largest": largest,
}


def serial(loss, model, xs, ys):
    model.zero_grad()
    value = loss(model(xs), ys)
    value.backward()
    gradients = [p.grad for p in model.parameters()]
    model.zero_grad()
    return value.data, gradients


def assert_equal(found, expected):
    """The loss has the same bits; gradients are sums in another order, so they are compared with the largest."""
    assert found[0] == expected[0]
    assert len(found[1]) == len(expected[1])
    size = max(map(abs, expected[1]))
    assert size > 0.0
    assert max(abs(a - b) for a, b in zip(found[1], expected[1], strict=True)) <= 1e-15 * size


# --- equal to one process ---


@pytest.mark.parametrize("loss", LOSSES.values(), ids=LOSSES)
def test_the_gradients_are_those_of_one_process(executor, loss):
    model = network()
    xs, ys = batch()
    found = parallel.value_and_grad(loss, model, xs, ys, executor=executor, chunks=3)
    assert_equal(found, serial(loss, model, xs, ys))


@pytest.mark.parametrize("reduction", ["mean", "sum"])
def test_a_penalty_on_the_parameters_counts_once(executor, reduction):
    model = network()
    xs, ys = batch()
    loss = Penalized(model, reduction)
    found = parallel.value_and_grad(loss, model, xs, ys, executor=executor, chunks=3)
    assert_equal(found, serial(loss, model, xs, ys))


@pytest.mark.parametrize("chunks", [1, 2, 5, SAMPLES, 10 * SAMPLES, None])
def test_any_number_of_chunks_will_do(chunks):
    model = network()
    xs, ys = batch()
    found = parallel.value_and_grad(nn.CrossEntropyLoss(), model, xs, ys, executor=Here(), chunks=chunks)
    assert_equal(found, serial(nn.CrossEntropyLoss(), model, xs, ys))


def test_the_bits_do_not_depend_on_which_worker_is_done_first():
    model = network()
    xs, ys = batch()
    arguments = (nn.CrossEntropyLoss(), model, xs, ys)
    results = [parallel.value_and_grad(*arguments, executor=ex, chunks=5) for ex in (Here(), Backwards(), Here())]
    assert results[0] == results[1] == results[2]


def test_a_sum_whose_value_is_that_of_a_mean_is_a_sum():
    model = nn.Linear(4, 3)
    nn.init.zeros_(model.weight), nn.init.zeros_(model.bias)
    xs, ys = batch()
    found = parallel.value_and_grad(zero_sum, model, xs, ys, executor=Here(), chunks=4)
    assert found[0] == 0.0
    assert_equal(found, serial(zero_sum, model, xs, ys))


def test_outputs_may_be_values_lists_or_arrays_and_samples_may_be_arrays():
    numpy = pytest.importorskip("numpy")
    xs, _ = batch()
    ys = [x[0] for x in xs]
    for model in (nn.MLP(4, [3, 1], "tanh", seed=0), nn.Sequential(nn.Linear(4, 2, seed=0), Flat())):
        expected = serial(nn.MSELoss(), model, xs, ys)
        for samples, targets in ((xs, ys), (numpy.array(xs), numpy.array(ys))):
            found = parallel.value_and_grad(nn.MSELoss(), model, samples, targets, executor=Here(), chunks=4)
            assert_equal(found, expected)


class Flat(nn.Module):
    def forward(self, x):
        return [a * b for a, b in x]


def test_a_recurrent_network_is_split_by_its_samples():
    model = Last(nn.LSTM(2, 3, seed=0))
    rng = random.Random(1)
    xs = [[[rng.gauss(0, 1), rng.gauss(0, 1)] for _ in range(4)] for _ in range(6)]
    ys = [[1.0, 0.0, -1.0]] * 6
    found = parallel.value_and_grad(nn.MSELoss(), model, xs, ys, executor=Here(), chunks=4)
    assert_equal(found, serial(nn.MSELoss(), model, xs, ys))


class Last(nn.Module):
    """The last state of a recurrent network, sample by sample."""

    def __init__(self, network):
        self.network = network

    def forward(self, x):
        return [self.network(sample)[0][-1] for sample in x]


def test_gradients_of_the_model_are_not_changed_and_its_hooks_see_the_whole_gradient():
    model = network()
    xs, ys = batch()
    p = model.parameters()[0]
    p.grad = 7.0
    seen = []
    p.register_hook(lambda gradient: seen.append(gradient) or 2.0)
    _, gradients = parallel.value_and_grad(nn.CrossEntropyLoss(), model, xs, ys, executor=Here(), chunks=3)
    assert p.grad == 7.0 and gradients[0] == 2.0 and len(seen) == 1
    fresh = serial(nn.CrossEntropyLoss(), network(), xs, ys)[1]
    assert seen[0] == pytest.approx(fresh[0], rel=1e-12)


def test_fit_with_an_executor_trains_as_without(executor):
    runs = []
    for ex in (None, executor):
        model = network()
        xs, ys = batch()
        optimizer = optim.Adam(model.parameters(), lr=0.01)
        loader = DataLoader(xs, ys, batch_size=10, shuffle=True, seed=2)
        history = fit(model, loader, nn.CrossEntropyLoss(), optimizer, 4, executor=ex, chunks=3, progress=False)
        runs.append((history.losses, [p.data for p in model.parameters()]))
    assert runs[1][0] == pytest.approx(runs[0][0], rel=1e-13)
    assert runs[1][1] == pytest.approx(runs[0][1], rel=1e-9, abs=1e-12)
    assert runs[0][0][-1] < runs[0][0][0]


def test_modules_that_are_not_training_need_not_be_split():
    xs, ys = batch()
    model = nn.Sequential(nn.Linear(4, 3, seed=0), nn.BatchNorm1d(3), nn.Dropout(0.5)).eval()
    found = parallel.value_and_grad(nn.CrossEntropyLoss(), model, xs, ys, executor=Here(), chunks=3)
    assert_equal(found, serial(nn.CrossEntropyLoss(), model, xs, ys))


def test_no_executor_is_needed_to_compare_with_the_transforms():
    model = nn.Linear(1, 1, bias=False)
    model.load_state_dict({"weight": [[2.0]]})
    xs, ys = [[1.0], [3.0]], [[0.0], [0.0]]
    assert parallel.value_and_grad(nn.MSELoss(), model, xs, ys, executor=Here()) == (20.0, [20.0])
    assert value_and_grad(lambda w: mean([(w * x) ** 2 for (x,) in xs]))(2.0) == (20.0, 20.0)


# --- what cannot be split says so ---


@pytest.mark.parametrize(
    "module, message",
    [
        (nn.BatchNorm1d(3), "cannot be split for BatchNorm1d '1', which normalizes by .* use LayerNorm"),
        (nn.BatchNorm1d(3, track_running_stats=False), "cannot be split for BatchNorm1d '1'"),
        (nn.Dropout(0.5), "cannot be split for Dropout '1', which draws .* set its p to 0"),
    ],
)
def test_a_model_whose_samples_depend_on_each_other_or_on_chance_is_refused_before_anything_changes(module, message):
    xs, ys = batch()
    model = nn.Sequential(nn.Linear(4, 3, seed=0), module)
    with pytest.raises(ValueError, match=message):
        parallel.value_and_grad(nn.CrossEntropyLoss(), model, xs, ys, executor=Here())
    model.eval()
    state = model.state_dict()
    with pytest.raises(ValueError, match=message):
        optimizer = optim.SGD(model.parameters())
        fit(model, DataLoader(xs, ys, 8), nn.CrossEntropyLoss(), optimizer, executor=Here(), progress=False)
    assert model.state_dict() == state and not model.training


class Counting(nn.Module):
    def __init__(self):
        self.inner = nn.Linear(4, 3, seed=0)
        self.register_buffer("seen", 0.0)

    def forward(self, x):
        self.seen += 1.0
        return self.inner(x)


def test_a_model_that_changes_its_buffers_is_refused():
    xs, ys = batch()
    with pytest.raises(ValueError, match="changes its buffer 'seen' with every batch"):
        parallel.value_and_grad(nn.CrossEntropyLoss(), Counting(), xs, ys, executor=Here(), chunks=3)


def test_a_loss_that_does_not_follow_from_those_of_the_chunks_is_refused():
    xs, ys = batch()
    with pytest.raises(ValueError, match="does not follow from those of its chunks.* Use a mean or a sum"):
        parallel.value_and_grad(distance, network(), xs, ys, executor=Here(), chunks=3)
    found = parallel.value_and_grad(distance, network(), xs, ys, executor=Here(), chunks=1)
    assert_equal(found, serial(distance, network(), xs, ys))


@pytest.mark.parametrize("loss", [lambda outputs, targets: 1.0, nn.MSELoss(reduction="none")])
def test_a_loss_that_is_not_one_value_is_refused(loss):
    xs, _ = batch()
    with pytest.raises(TypeError, match="the loss must be one Value, but got .*: sum or average it"):
        parallel.value_and_grad(loss, nn.Linear(4, 4), xs, xs, executor=Here(), chunks=3)


def test_a_model_that_does_not_return_an_output_for_each_sample_is_refused():
    xs, ys = batch()
    for forward in (lambda x: Value(1.0), lambda x: [1.0]):
        model = nn.Linear(4, 3)
        model.forward = forward
        with pytest.raises(ValueError, match="must return one output for each sample, but for 8 samples it returned"):
            parallel.value_and_grad(nn.MSELoss(), model, xs, ys, executor=Here(), chunks=3)


@pytest.mark.parametrize(
    "wrong, error, message",
    [
        ({"executor": None}, TypeError, "executor must be a concurrent.futures.Executor, but got None .*make one"),
        ({"executor": ProcessPoolExecutor}, TypeError, "executor must be a concurrent.futures.Executor"),
        ({"chunks": 0}, ValueError, "chunks must be a whole number of at least 1, but got 0"),
        ({"chunks": True}, ValueError, "chunks must be a whole number of at least 1, but got True"),
        ({"model": abs}, TypeError, "the model must be a Module, but got"),
        ({"xs": iter([])}, TypeError, "xs must be a list or an array, but got"),
        ({"xs": []}, ValueError, "a batch needs samples and a target for each, but got 0 samples"),
        ({"ys": [1]}, ValueError, "but got 24 samples and 1 targets"),
    ],
)
def test_an_argument_that_cannot_work_is_refused(wrong, error, message):
    xs, ys = batch()
    arguments = {"loss": nn.CrossEntropyLoss(), "model": network(), "xs": xs, "ys": ys, "executor": Here()}
    with pytest.raises(error, match=message):
        parallel.value_and_grad(**(arguments | wrong))


def test_a_loss_that_is_not_finite_has_no_gradients_and_ends_training():
    model = network()
    xs, ys = batch()
    xs[-1][0] = math.nan
    value, gradients = parallel.value_and_grad(nn.CrossEntropyLoss(), model, xs, ys, executor=Here(), chunks=3)
    assert math.isnan(value) and all(map(math.isnan, gradients)) and len(gradients) == len(model.parameters())
    state = model.state_dict()
    optimizer = optim.SGD(model.parameters())
    history = fit(model, [(xs, ys)], nn.CrossEntropyLoss(), optimizer, executor=Here(), progress=False)
    assert "is nan" in history.stopped and model.state_dict() == state


def test_an_error_of_a_worker_is_the_error_of_the_call(processes):
    xs, ys = batch()
    with pytest.raises(ValueError, match="Linear takes 4 inputs, but got 1"):
        parallel.value_and_grad(nn.CrossEntropyLoss(), network(), [[1.0]] * 24, ys, executor=processes)
    found = parallel.value_and_grad(nn.CrossEntropyLoss(), network(), xs, ys, executor=processes, chunks=2)
    assert_equal(found, serial(nn.CrossEntropyLoss(), network(), xs, ys))


# --- what travels ---


def test_a_function_inside_another_one_travels_if_cloudpickle_is_installed(processes):
    pytest.importorskip("cloudpickle")
    xs, ys = batch()

    def loss(outputs, targets):
        return nn.CrossEntropyLoss()(outputs, targets) * 2

    found = parallel.value_and_grad(loss, network(), xs, ys, executor=processes, chunks=2)
    assert_equal(found, serial(loss, network(), xs, ys))


def test_without_it_the_error_says_what_cannot_travel_and_what_to_do(monkeypatch):
    monkeypatch.setitem(sys.modules, "cloudpickle", None)
    xs, ys = batch()
    with pytest.raises(TypeError, match="the loss cannot be sent to another process: .*lambda.* top level of a module"):
        parallel.value_and_grad(lambda outputs, targets: outputs, network(), xs, ys, executor=Here())
    model = network()
    model.forward = lambda x: x
    with pytest.raises(TypeError, match="the model cannot be sent to another process: .*lambda.* pip install cloudp"):
        parallel.value_and_grad(nn.CrossEntropyLoss(), model, xs, ys, executor=Here())


class Scaled(nn.Module):
    def __init__(self):
        self.w = nn.Parameter(0.5)
        self.w.scale = 3.0

    def forward(self, x):
        return [self.w * self.w.scale * number for (number,) in x]


def test_attributes_of_parameters_travel():
    found = parallel.value_and_grad(nn.MSELoss(), Scaled(), [[1.0], [2.0]], [0.0, 0.0], executor=Here())
    assert_equal(found, serial(nn.MSELoss(), Scaled(), [[1.0], [2.0]], [0.0, 0.0]))


def test_only_numbers_come_back():
    xs, ys = batch()
    seen = []

    class Looking(Here):
        def submit(self, function, *args):
            seen.append((args, super().submit(function, *args).result()))
            return super().submit(function, *args)

    parallel.value_and_grad(nn.CrossEntropyLoss(), network(), xs, ys, executor=Looking(), chunks=3)

    def kinds(x):
        return set().union(*map(kinds, x)) if isinstance(x, (list, tuple)) else {type(x)}

    assert len(seen) == 3
    for args, done in seen:
        assert kinds(done) == {float} and kinds(args) == {bytes, array, float, int}
