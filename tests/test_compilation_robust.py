"""Compiled functions among threads, processes, tasks, interrupts and contexts that outlive a recording."""

import asyncio
import contextvars
import inspect
import os
import subprocess
import sys
import threading

import pytest

import autograd
from autograd import Value, jit, no_grad, primitive, value_and_grad
from autograd.compilation.recording.record import Run


def network(w, x):
    h = [autograd.tanh(autograd.dot(w[4 * i : 4 * i + 4], x)) for i in range(4)]
    y = autograd.dot(w[16:20], h)
    return y * y if y > 0 else -y


def weights(seed):
    return [((seed + 1) * (i + 3) % 17 - 8) / 16.0 for i in range(20)]


def close(a, b):
    return all(abs(x - y) <= 1e-12 for x, y in zip(a, b, strict=True))


def in_threads(work, count=8):
    errors = []

    def guarded(i):
        try:
            work(i)
        except BaseException as error:
            errors.append(error)

    threads = [threading.Thread(target=guarded, args=(i,)) for i in range(count)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert not errors, errors[0]


@pytest.mark.parametrize("backend", [None, "python", "numpy", "c"])
def test_eight_threads_call_one_function_with_arguments_of_their_own(backend):
    compiled, eager = jit(value_and_grad(network), backend=backend), value_and_grad(network)

    def work(i):
        for k in range(40):
            w, x = weights(i + 8 * k), [0.1 * i, -0.2, 0.05 * k, 1.0]
            value, gradient = compiled(w, x)
            expected, exact = eager(w, x)
            assert abs(value - expected) <= 1e-12 and close(gradient, exact)

    in_threads(work)  # some of them while it is recorded
    before = compiled.stats().compiled
    in_threads(work)
    assert compiled.stats().compiled == before + 320


def test_what_another_thread_computes_meanwhile_is_not_recorded():
    run, found = Run([1.0], []), []

    def other(i):
        y = Value(3.0)
        for _ in range(100):
            y = y * 1.01
        y.backward()
        found.append(y.data)

    with run.recording():
        y = run.inputs[0] * 2.0
        in_threads(other)
        y = y + 1.0
    run.end([y])
    del y
    assert len(found) == 8
    assert [getattr(what, "name", "end") for what in run.without_temporaries(0).happened] == ["mul", "add", "end"]


def test_tasks_call_it_in_turns():
    compiled = jit(lambda x: x * x if x > 2.0 else -x)

    async def work(i):
        found = []
        for k in range(20):
            x = 0.3 * i + k - 4.0
            found.append(compiled(x) == (x * x if x > 2.0 else -x))
            await asyncio.sleep(0)
        return all(found)

    async def together():
        return await asyncio.gather(*map(work, range(8)))

    assert all(asyncio.run(together()))
    assert compiled.stats().recordings == 2


@pytest.mark.slow
def test_two_processes_compile_the_same_program_at_once(tmp_path):
    code = (
        "import autograd\nfrom autograd import jit, value_and_grad\n"
        f"{inspect.getsource(network)}{inspect.getsource(weights)}{inspect.getsource(close)}"
        "compiled, eager = jit(value_and_grad(network), backend='c'), value_and_grad(network)\n"
        "x = [0.5, -0.2, 0.1, 1.0]\n"
        "assert all(close(compiled(weights(k), x)[1], eager(weights(k), x)[1]) for k in range(20))\n"
        "print(compiled.stats().backends)\n"
    )
    command = [sys.executable, "-c", code]
    environment = os.environ | {"XDG_CACHE_HOME": str(tmp_path)}
    running = [
        subprocess.Popen(command, env=environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
        for _ in range(2)
    ]
    for process in running:
        output, errors = process.communicate(timeout=60)
        assert (process.returncode, output) == (0, "('c',)\n"), errors


def test_a_cache_that_cannot_be_made_costs_nothing_but_the_cache(tmp_path, monkeypatch):
    (tmp_path / "file").write_text("no folder")
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "file"))
    compiled, x = jit(value_and_grad(network), backend="c"), [0.5, -0.2, 0.1, 1.0]
    for k in range(4):
        assert close(compiled(weights(k), x)[1], value_and_grad(network)(weights(k), x)[1])
    assert compiled.stats().backends == ("c",)


def test_an_interrupt_while_it_is_recorded_leaves_it_usable():
    def interrupted(x):
        if x == 13.0:
            raise KeyboardInterrupt
        return 3.0 * x

    tripled = primitive("tripled", interrupted, [3.0])
    compiled = jit(lambda x: tripled(x) + x)
    for x in (1.0, 13.0, 2.0, 3.0, 13.0, 4.0):
        if x == 13.0:
            with pytest.raises(KeyboardInterrupt):
                compiled(x)
            assert (Value(2.0) * 3.0).parents  # no recorder and no mode is left open
        else:
            assert compiled(x) == 4.0 * x
    assert compiled.stats().recordings == 1 and compiled.stats().compiled == 2


def test_a_compiled_function_can_call_itself():
    @jit
    def power(x, n):
        return 1.0 * x if n < 1.5 else x * power(x, n - 1.0)

    for n in (1.0, 3.0, 3.0, 2.0, 3.0, 3.0, 5.0):
        assert power(2.0, n) == 2.0**n
    assert power.stats().compiled > 0


def test_a_context_that_outlives_the_recording_writes_nothing_down():
    kept = []

    def f(x):
        kept.append(contextvars.copy_context())
        return x * 2.0

    compiled = jit(f)
    assert [compiled(x) for x in (1.0, 2.0)] == [2.0, 4.0]  # it changes a list, so it is not compiled
    y = kept[0].run(lambda: Value(3.0) * Value(2.0) + 1.0)
    y.backward()
    assert y.data == 7.0 and len(y.parents) == 1
    with no_grad():
        assert compiled(3.0) == 6.0


def test_a_mode_that_is_opened_inside_holds_inside():
    def f(x):
        with no_grad():
            y = x * x
        return x * y

    slope = jit(value_and_grad(f))
    for x in (1.0, 2.0, 3.0, 4.0):
        assert slope(x) == value_and_grad(f)(x) == (x**3, x * x)
    assert slope.stats().compiled == 2
