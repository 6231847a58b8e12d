"""no_grad, detect_anomaly, watchers and languages hold exactly as long as their contexts are open."""

import asyncio
import contextvars
import gc
import threading
import weakref

import pytest

from autograd import Value, detect_anomaly, grad, modes, no_grad
from autograd.language import chosen, speaking
from autograd.modes import is_plain, is_recording, recording, watched_by, watcher


def holding(*contexts):
    """A generator that holds contexts open while it is suspended."""
    for context in contexts:
        context.__enter__()
    try:
        yield
    finally:
        for context in reversed(contexts):
            context.__exit__(None, None, None)


def suspended(*contexts):
    generator = holding(*contexts)
    next(generator)
    return generator


class Watcher:
    def forward(self, op, operands, result):
        pass

    def backward(self, gradients):
        pass


def gradient():
    x = Value(2.0)
    (x * 3).backward()
    return x.grad


def stops_at_inf():
    try:
        Value(1e308) * 10.0
    except RuntimeError:
        return True
    return False


# --- in any order ---


def test_no_grad_that_ends_while_grad_calls_its_function_does_not_come_back():
    generator = suspended(no_grad())
    assert grad(lambda x: (generator.close(), x * x)[1])(2.0) == 4.0
    assert gradient() == 3.0


def test_no_grad_that_begins_while_grad_calls_its_function_outlives_it():
    kept = []
    assert grad(lambda x: (x * x, kept.append(suspended(no_grad())))[0])(2.0) == 4.0
    assert gradient() == 0.0
    kept.pop().close()
    assert gradient() == 3.0


def test_detect_anomaly_in_two_generators_that_end_in_another_order_goes_off_with_the_last():
    first, second = suspended(detect_anomaly()), suspended(detect_anomaly())
    first.close()
    assert stops_at_inf()
    second.close()
    assert not stops_at_inf()


def test_detect_anomaly_that_was_opened_outside_and_closed_inside_another_one_counts_no_more():
    outer = suspended(detect_anomaly())
    with detect_anomaly():
        outer.close()
        assert stops_at_inf()
    assert not stops_at_inf()


def test_a_watcher_that_was_sent_away_comes_back_when_the_one_who_sent_it_ends():
    by = Watcher()
    with watched_by(by):
        away = suspended(watched_by(None))
        other = suspended(watched_by(Watcher()))
        away.close()
        assert watcher() is not by
        other.close()
        assert watcher() is by


def test_of_two_languages_the_latest_that_is_still_open_is_spoken():
    first, second = suspended(speaking("zh")), suspended(speaking("en"))
    first.close()
    assert chosen(None) == "en"
    third = suspended(speaking("zh"))
    second.close()
    assert chosen(None) == "zh"
    third.close()
    assert chosen(None) == "en"


# --- in other threads and tasks ---


def test_a_context_that_another_thread_ends_is_over_where_it_began():
    generators = [suspended(no_grad()), suspended(detect_anomaly()), suspended(speaking("zh"))]
    thread = threading.Thread(target=lambda: [generator.close() for generator in generators])
    thread.start()
    thread.join()
    assert gradient() == 3.0 and not stops_at_inf() and chosen(None) == "en"
    assert is_plain()


def test_a_context_that_nobody_can_end_any_more_ends_without_setting_a_variable(monkeypatch):
    x = Value(2.0)
    context = no_grad()
    context.__enter__()
    assert not (x * x).parents
    calls = []
    with monkeypatch.context() as during:
        during.setattr(modes, "_hold", calls.append)
        del context
    assert calls == []
    assert (x * x).parents and is_recording() and is_plain() is True


def test_an_asynchronous_generator_that_another_task_closes_ends_its_context_in_both():
    async def numbers():
        with no_grad(), speaking("zh"):
            yield

    async def main():
        generator = numbers()
        await anext(generator)
        assert gradient() == 0.0
        await asyncio.create_task(generator.aclose())
        return gradient(), chosen(None)

    assert asyncio.run(main()) == (3.0, "en")


def test_a_task_inherits_a_mode_for_as_long_as_its_context_is_open():
    async def twice(closed):
        before = gradient()
        await closed.wait()
        return before, gradient()

    async def main():
        closed = asyncio.Event()
        with no_grad():
            task = asyncio.create_task(twice(closed))
            await asyncio.sleep(0)
        closed.set()
        return await task

    assert asyncio.run(main()) == (0.0, 3.0)


def test_no_grad_around_grad_counts_again_in_a_copy_that_outlives_grad():
    copies = []
    with no_grad():
        grad(lambda x: (copies.append(contextvars.copy_context()), x * x)[1])(2.0)
        assert copies[0].run(gradient) == 0.0
    assert copies[0].run(gradient) == 3.0


def test_contexts_that_end_elsewhere_are_forgotten():
    elsewhere = contextvars.Context()
    with no_grad():
        watchers = []
        for _ in range(5):
            by = Watcher()
            watchers.append(weakref.ref(by))
            generator = suspended(watched_by(by))
            del by
            elsewhere.run(generator.close)
        with recording():
            pass
        assert [by() for by in watchers] == [None] * 5


# --- the context managers themselves ---


def test_a_context_is_over_when_nobody_can_end_it_any_more():
    contexts = [no_grad(), detect_anomaly(), speaking("zh")]
    for context in contexts:
        context.__enter__()
    assert gradient() == 0.0 and chosen(None) == "zh"
    del contexts, context
    gc.collect()
    assert gradient() == 3.0 and not stops_at_inf() and chosen(None) == "en"


def test_a_decorated_function_works_in_the_mode_however_deep_it_calls_itself():
    @no_grad()
    def count(n):
        """Count down."""
        assert gradient() == 0.0
        return [n, *count(n - 1), gradient()] if n else []

    assert (count.__name__, count.__doc__) == ("count", "Count down.")
    assert count(3) == [3, 2, 1, 0.0, 0.0, 0.0] and count(1) == [1, 0.0]
    assert gradient() == 3.0
    assert detect_anomaly()(stops_at_inf)() and speaking("zh")(chosen)(None) == "zh"


@pytest.mark.parametrize("make", [no_grad, recording, detect_anomaly, lambda: speaking("zh"), lambda: watched_by(None)])
def test_a_function_that_runs_after_its_call_is_not_decorated(make):
    def generator():
        yield gradient()

    async def coroutine():
        return gradient()

    async def asynchronous_generator():
        yield gradient()

    for function in (generator, coroutine, asynchronous_generator):
        with pytest.raises(TypeError, match=f"{function.__name__}' runs: open the context by `with` inside"):
            make()(function)


@pytest.mark.parametrize("make", [no_grad, recording, detect_anomaly, lambda: speaking("zh"), lambda: watched_by(None)])
def test_one_context_cannot_be_opened_twice(make):
    context = make()
    with context, pytest.raises(RuntimeError, match="make one for each"), context:
        pass
    with pytest.raises(RuntimeError, match="opened before"), context:
        pass
    assert is_plain() and is_recording() and watcher() is None and chosen(None) == "en"
