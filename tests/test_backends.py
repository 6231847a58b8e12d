"""jit on its back ends: Python code, calls of NumPy and C give what the function gives, and C takes over when ready."""

import gc
import os
import pickle
import random
import sys
import threading
import time
import weakref

import numpy
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from test_compilation import NUMBERS, WAYS, close, programs, same

import autograd
from autograd import dot, exp, grad, jit, primitive, relu, sigmoid, value_and_grad
from autograd.compilation import choice
from autograd.compilation.c.compiler import Build, NotBuilt

BACKENDS = ["python", "numpy", "c"]


@pytest.fixture(autouse=True, scope="module")
def caches(tmp_path_factory):
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("XDG_CACHE_HOME", str(tmp_path_factory.mktemp("caches")))
        patch.delenv("CC", raising=False)
        yield


def network(layers, x):
    for weight in layers:
        x = [sigmoid(dot(row[:-1], x, row[-1])) for row in weight]
    return x[0]


POINTS = [[0.1 * i, 0.5 - 0.05 * i] for i in range(8)]


def loss(layers):
    return autograd.sum([autograd.square(network(layers, x) - x[0]) for x in POINTS])


def some_layers(seed=0):
    rng = random.Random(seed)
    return [[[rng.uniform(-1.0, 1.0) for _ in range(3)] for _ in range(n)] for n in (2, 2, 1)]


def sum_of_exponentials(xs):
    return autograd.sum([exp(x * 0.5) for x in xs])


def nearly(a, b):
    if isinstance(a, (list, tuple)):
        return type(a) is type(b) and len(a) == len(b) and all(map(nearly, a, b))
    return close(a, b)


@pytest.mark.parametrize("backend", BACKENDS)
def test_a_network_of_scalars_has_its_gradient_in_the_structure_of_its_parameters(backend):
    compiled = jit(value_and_grad(loss), backend=backend)
    for seed in range(6):
        assert nearly(compiled(some_layers(seed)), value_and_grad(loss)(some_layers(seed)))
    stats = compiled.stats()
    assert (stats.compiled, stats.backends, stats.notes) == (4, (backend,), ())
    assert (stats.nests > 0) == (backend != "python")
    assert f"{stats.operations} operations" in str(stats) and backend in str(stats)


@pytest.mark.parametrize("backend", BACKENDS)
@pytest.mark.parametrize("f", WAYS, ids=lambda f: f.__name__)
def test_guards_lead_to_the_right_way_on_each_back_end(f, backend):
    rng, compiled = random.Random(3), jit(value_and_grad(f, (0, 1)), backend=backend)
    for _ in range(40):
        a, b = rng.uniform(-4.0, 4.0), rng.choice([rng.uniform(-4.0, 4.0), 0.0, 1.0, -2.0])
        value, gradient = compiled(a, b)
        assert same(value, value_and_grad(f, (0, 1))(a, b)[0])
        assert close(gradient, value_and_grad(f, (0, 1))(a, b)[1])
    assert compiled.stats().compiled > 0 or "a_read" in f.__name__


def check_random_program(f, points, backend):
    slopes = jit(value_and_grad(f, (0, 1, 2)), backend=backend)
    for point in points * 3:
        value, gradient = slopes(*point)
        eager_value, eager = value_and_grad(f, (0, 1, 2))(*point)
        scale = max([1.0, *[abs(x) for x in (eager_value, *eager) if abs(x) < float("inf")]])
        if not any(abs(x) > 1e15 or x != x for x in (eager_value, *eager)):
            assert close((value, *gradient), (eager_value, *eager), scale)


@settings(max_examples=60, deadline=None)
@given(programs(), st.lists(st.tuples(NUMBERS, NUMBERS, NUMBERS), min_size=1, max_size=4))
def test_random_programs_with_calls_of_numpy(f, points):
    check_random_program(f, points, "numpy")


@settings(max_examples=15, deadline=None, suppress_health_check=list(HealthCheck))
@given(programs(), st.lists(st.tuples(NUMBERS, NUMBERS, NUMBERS), min_size=1, max_size=4))
def test_random_programs_in_c(f, points):
    check_random_program(f, points, "c")


@pytest.mark.parametrize("backend", ["numpy", "c"])
@pytest.mark.parametrize(
    "make",
    [
        lambda xs: xs, tuple, numpy.array, lambda xs: numpy.array(xs).reshape(2, 4),
        lambda xs: numpy.array(xs, dtype="f4"),
        lambda xs: [xs[:3], tuple(xs[3:])], lambda xs: {"a": xs[0], "b": xs[1:]}, lambda xs: numpy.array(xs * 2)[::2],
        lambda xs: [*map(numpy.float64, xs)], lambda xs: [1, *xs],
    ],
)  # fmt: skip
def test_arguments_of_every_structure_go_to_the_buffer_and_gradients_come_back(make, backend):
    def f(x):
        return sum_of_exponentials(autograd.structure.flatten(x, "x")[0])

    compiled = jit(grad(f), backend=backend)
    for i in range(5):
        x = make([0.25 * i + 0.5 * j for j in range(8)])
        found, expected = compiled(x), grad(f)(x)
        assert type(found) is type(expected)
        if isinstance(x, numpy.ndarray):
            assert found.dtype == expected.dtype
            numpy.testing.assert_allclose(found, expected, rtol=1e-15)
        else:
            assert nearly(autograd.structure.flatten(found, "")[0], autograd.structure.flatten(expected, "")[0])
    assert compiled.stats().compiled == 3


@pytest.mark.parametrize("backend", ["numpy", "c"])
def test_parameters_that_a_function_uses_are_read_anew_at_each_call(backend):
    weights = [autograd.Value(0.5), autograd.Value(-1.0)]
    compiled = jit(grad(lambda x: exp(dot(weights, x))), backend=backend)
    for i in range(6):
        weights[0].data = 0.1 * i
        x = [1.0, 0.5 * i]
        assert nearly(compiled(x), grad(lambda x: exp(dot([w.data for w in weights], x)))(x))
    assert compiled.stats().compiled == 4


@pytest.mark.parametrize("backend", ["numpy", "c"])
def test_results_that_are_constants_or_do_not_depend_on_an_argument(backend):
    compiled = jit(
        value_and_grad(lambda x, y: (x[0] * 2.0, [3.0, y, None]), argnums=(0, 1), has_aux=True), backend=backend
    )
    for i in range(5):
        assert compiled([1.0 + i, 5.0], 7.0) == ((2.0 + 2.0 * i, [3.0, 7.0, None]), ([2.0, 0.0], 0.0))
    assert compiled.stats().compiled == 3


@pytest.mark.parametrize("backend", ["numpy", "c"])
def test_results_of_calls_share_no_memory(backend):
    compiled = jit(value_and_grad(lambda x: sum_of_exponentials(list(x))), backend=backend)
    found = [compiled(numpy.full(9, float(i)))[1] for i in range(6)]
    for i, x in enumerate(found):
        numpy.testing.assert_allclose(x, 0.5 * numpy.exp(0.5 * i))


@pytest.mark.parametrize("backend", ["numpy", "c"])
def test_threads_have_a_buffer_each(backend):
    slope = value_and_grad(loss)
    compiled = jit(slope, backend=backend)
    expected = [slope(some_layers(seed)) for seed in range(6)]
    for _ in range(3):
        compiled(some_layers())
    wrong = []

    def work(seed):
        layers = some_layers(seed)
        wrong.extend(seed for _ in range(200) if not nearly(compiled(layers), expected[seed]))

    threads = [threading.Thread(target=work, args=(seed,)) for seed in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert not wrong


# --- which one runs ---


class Ready:
    """A C program that is compiled as soon as the test says so."""

    def __init__(self, monkeypatch, error=None):
        self.is_ready = False
        done, result = Build.done, Build.result

        finished_before = set()

        def is_done(build):
            while self.is_ready and not done(build):
                time.sleep(0.01)
            if self.is_ready:
                finished_before.add(build)
            return build in finished_before

        def finished(build, timeout=None):
            if error is not None:
                raise NotBuilt(error)
            return result(build, timeout)

        monkeypatch.setattr(Build, "done", is_done)
        monkeypatch.setattr(Build, "result", finished)


@pytest.mark.parametrize(("least", "interim"), [(10**6, "python"), (0, "numpy")])
def test_c_takes_over_when_it_is_compiled(monkeypatch, least, interim):
    monkeypatch.setattr(choice, "MOST_WHILE_WAITING", least)
    ready, compiled = Ready(monkeypatch), jit(value_and_grad(loss))
    for seed in range(5):
        assert nearly(compiled(some_layers(seed)), value_and_grad(loss)(some_layers(seed)))
    assert compiled.stats().backends == (f"{interim} until C is compiled",)
    ready.is_ready = True
    for seed in range(5):
        assert nearly(compiled(some_layers(seed)), value_and_grad(loss)(some_layers(seed)))
    stats = compiled.stats()
    assert (stats.backends, stats.compiled, stats.notes) == (("c",), 8, ())


def test_a_compiler_that_fails_leaves_what_runs_and_stats_say_so(monkeypatch):
    ready, compiled = Ready(monkeypatch, "it is broken"), jit(value_and_grad(loss))
    for seed in range(4):
        assert nearly(compiled(some_layers(seed)), value_and_grad(loss)(some_layers(seed)))
    ready.is_ready = True
    for seed in range(4):
        assert nearly(compiled(some_layers(seed)), value_and_grad(loss)(some_layers(seed)))
    assert compiled.stats().backends[0] in ("python", "numpy")
    assert compiled.stats().notes == ("C does not run: it is broken",)
    assert "it is broken" in str(compiled.stats())


def test_c_that_gives_another_result_does_not_take_over(monkeypatch):
    ready, compiled = Ready(monkeypatch), jit(value_and_grad(loss))
    for _ in range(4):
        compiled(some_layers())
    monkeypatch.setattr(choice, "agree", lambda found, expected: False)
    ready.is_ready = True
    for seed in range(4):
        assert nearly(compiled(some_layers(seed)), value_and_grad(loss)(some_layers(seed)))
    assert "another one" in compiled.stats().notes[0]
    assert compiled.stats().backends[0] in ("python", "numpy")


@pytest.mark.parametrize("backend", [None, "c"])
def test_without_a_compiler_something_else_runs_and_stats_say_what_to_install(monkeypatch, backend):
    monkeypatch.setenv("PATH", "/nowhere")
    monkeypatch.setattr("importlib.util.find_spec", lambda name: None)
    compiled = jit(value_and_grad(loss), backend=backend)
    for seed in range(4):
        assert nearly(compiled(some_layers(seed)), value_and_grad(loss)(some_layers(seed)))
    stats = compiled.stats()
    assert stats.compiled == 2 and stats.backends[0] in ("python", "numpy")
    assert "no C compiler: install one" in stats.notes[0]


@pytest.mark.parametrize("backend", [None, "numpy", "c"])
def test_without_numpy_python_code_runs_and_stats_say_what_to_install(monkeypatch, backend):
    monkeypatch.setitem(sys.modules, "autograd.compilation.nest_runner", None)
    compiled = jit(value_and_grad(loss), backend=backend)
    for seed in range(4):
        assert nearly(compiled(some_layers(seed)), value_and_grad(loss)(some_layers(seed)))
    assert compiled.stats().backends == ("python",)
    assert "pip install numpy" in compiled.stats().notes[0]


def test_few_operations_are_python_code():
    compiled = jit(value_and_grad(lambda x: sum_of_exponentials(x)))
    for _ in range(4):
        compiled([1.0, 2.0, 3.0])
    assert compiled.stats().backends == ("python",)


def test_an_operation_that_is_known_as_a_function_only_runs_as_python_code():
    own = primitive("own", lambda x: x * x, [lambda y, x: 2.0 * x])
    compiled = jit(grad(lambda xs: autograd.sum([own(x) for x in xs])), backend="c")
    for i in range(4):
        assert compiled([1.0 + i] * 100) == [2.0 + 2.0 * i] * 100
    stats = compiled.stats()
    assert (stats.backends, stats.compiled) == (("python",), 2)
    assert "own" in stats.notes[0]
    with pytest.raises(RuntimeError, match="own"):
        compiled.source("c")


def test_operations_in_no_loop_are_python_code_and_too_many_run_as_they_are(monkeypatch):
    monkeypatch.setattr(choice, "MOST_SINGLES", 10)

    def f(x):
        for op in (autograd.sin, exp, autograd.tanh, sigmoid, relu, autograd.cos, autograd.atan) * 12:
            x = op(x * 0.5)
        return x

    compiled = jit(f)
    for i in range(4):
        assert compiled(0.1 * i) == f(0.1 * i)
    assert compiled.stats().backends == ("python",)
    assert "in no loop" in compiled.stats().notes[0]
    monkeypatch.setattr(choice, "MOST_AS_PYTHON", 100)
    refused = jit(f)
    for i in range(4):
        assert refused(0.1 * i) == f(0.1 * i)
    assert refused.stats().compiled == 0
    assert "jit a part of it" in str(refused.stats())


def test_a_fault_in_writing_code_leaves_what_can_run_and_stats_say_so(monkeypatch):
    def fails(*given, **named):
        raise ZeroDivisionError("a fault")

    monkeypatch.setattr(choice, "nested", fails)
    as_python = jit(value_and_grad(loss), backend="c")
    for seed in range(4):
        assert nearly(as_python(some_layers(seed)), value_and_grad(loss)(some_layers(seed)))
    assert as_python.stats().backends == ("python",) and as_python.stats().compiled == 2
    assert "a fault" in as_python.stats().notes[0]
    monkeypatch.setattr(choice, "PythonRunner", fails)
    as_it_is = jit(value_and_grad(loss))
    for seed in range(4):
        assert as_it_is(some_layers(seed)) == value_and_grad(loss)(some_layers(seed))
    assert as_it_is.stats().compiled == 0
    assert "a fault" in str(as_it_is.stats())


def test_a_back_end_that_there_is_not_is_refused():
    with pytest.raises(ValueError, match="python, numpy, c"):
        jit(loss, backend="fortran")
    with pytest.raises(ValueError, match="language"):
        jit(loss).source("fortran")


# --- what is done with the functions ---


def test_source_in_c_has_the_loops_and_names_the_arguments():
    compiled = jit(value_and_grad(loss))
    for _ in range(2):
        compiled(some_layers())
    text = compiled.source("c")
    assert "long run(double *restrict v)" in text
    assert "for (" in text


def test_a_pickled_function_has_its_back_end():
    again = pickle.loads(pickle.dumps(jit(sum_of_exponentials, backend="numpy")))
    for _ in range(4):
        assert close(again([1.0, 2.0]), sum_of_exponentials([1.0, 2.0]))
    assert again.stats().backends == ("numpy",)


@pytest.mark.parametrize("backend", BACKENDS)
def test_compiled_functions_are_freed_without_the_collector(backend):
    def made():
        compiled = jit(value_and_grad(lambda x: sum_of_exponentials(x)), backend=backend)
        for i in range(4):
            compiled([float(i)] * 4)
        assert compiled.stats().compiled == 2
        return weakref.ref(compiled), weakref.ref(next(iter(compiled._recordings.values())).runner)

    gc.collect()
    gc.disable()
    try:
        assert [x() for x in made()] == [None, None]
    finally:
        gc.enable()


@pytest.mark.skipif(not hasattr(os, "fork"), reason="there is no fork here")
@pytest.mark.parametrize("ready", [True, False])
def test_a_child_after_a_fork_goes_on(monkeypatch, ready):
    if not ready:
        monkeypatch.setenv("CC", "sh -c 'sleep 0.2; exec cc \"$@\"' --")
        monkeypatch.setenv("XDG_CACHE_HOME", "/nowhere")
    compiled = jit(value_and_grad(loss), backend="c" if ready else None)
    for _ in range(3):
        compiled(some_layers())
    child = os.fork()
    if child == 0:
        is_right = all(nearly(compiled(some_layers(s)), value_and_grad(loss)(some_layers(s))) for s in range(3))
        os._exit(0 if is_right else 1)
    assert os.waitpid(child, 0)[1] == 0
    assert nearly(compiled(some_layers(1)), value_and_grad(loss)(some_layers(1)))


@pytest.mark.skipif(not hasattr(os, "fork"), reason="there is no fork here")
def test_a_child_records_even_if_another_thread_was_recording_at_the_fork():
    begun, goes_on, compiled = threading.Event(), threading.Event(), jit(lambda x: x * x)

    def record():
        assert compiled._lock.acquired()
        begun.set()
        goes_on.wait(10.0)
        compiled._lock.release()

    thread = threading.Thread(target=record)
    thread.start()
    begun.wait(10.0)
    assert compiled(5.0) == 25.0 and "another thread" in str(compiled.stats())
    child = os.fork()
    if child == 0:
        is_right = [compiled(x) for x in (1.0, 2.0, 3.0, 4.0)] == [1.0, 4.0, 9.0, 16.0]
        os._exit(0 if is_right and compiled.stats().compiled == 2 else 1)
    goes_on.set()
    thread.join()
    assert os.waitpid(child, 0)[1] == 0


def test_ways_that_are_in_c_stay_there_while_another_one_is_compiled(monkeypatch):
    monkeypatch.setattr(choice, "MOST_WHILE_WAITING", 0)

    def f(layers):
        found = loss(layers)
        return found if layers[0][0][0] > 0.0 else found * 2.0

    first, second = ([[[x, 0.1, 0.2], [0.3, 0.4, 0.5]], *some_layers()[1:]] for x in (1.0, -1.0))
    ready, compiled = Ready(monkeypatch), jit(value_and_grad(f))
    ready.is_ready = True
    for _ in range(4):
        assert nearly(compiled(first), value_and_grad(f)(first))
    assert compiled.stats().backends == ("c",)
    ready.is_ready, in_c, on_c = False, [], choice.on_c
    monkeypatch.setattr(choice, "on_c", lambda built: in_c.append(built) or on_c(built))
    for x in (second, first) * 3:
        assert nearly(compiled(x), value_and_grad(f)(x))
    assert len(in_c) == 1
    assert compiled.stats().backends == ("numpy until C is compiled",)
