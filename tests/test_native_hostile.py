"""Programs that break what breaks easily in a compiled core end as they should, in both cores."""

from __future__ import annotations

import abc
import copy
import gc
import math
import operator
import pickle
import random
import subprocess
import sys
import threading
import weakref
from collections.abc import Callable, Iterator
from contextlib import suppress
from contextvars import copy_context
from functools import partial
from importlib.util import find_spec
from typing import Any

import pytest
from fuzzing import seed_and_count

import autograd
from autograd import Value, detect_anomaly, grad, native, no_grad, primitive
from autograd.graph import reverse_sweep, topological_order

inf, nan = math.inf, math.nan


def run(program: str, *options: str) -> str:
    """Run a program in a Python of its own, in which a crash is an error here; return what it printed."""
    command = [sys.executable, "-X", "faulthandler", *options, "-c", program]
    done = subprocess.run(command, capture_output=True, text=True, timeout=100)
    assert done.returncode == 0, (done.returncode, done.stdout, done.stderr)
    return done.stdout


# --- what must not be done to a Value, and what may be ---


def test_a_value_that_its_finalizer_revives_goes_on_working():
    kept = []

    class Stubborn(Value):
        __slots__ = ()

        def __del__(self):
            kept.append(self)

    Stubborn(3.0)
    (x,) = kept
    x.register_hook(lambda g: g * 2)
    y = x * x
    y.grad = Value(1.0)
    y.backward()
    assert x.grad == 12.0
    kept.clear()


def test_an_order_that_lacks_a_parent_is_refused():
    x = Value(1.0)
    y = x * 2
    z = autograd.sum([y, y * 3, x])
    for order in ([], [z], [y, z], [x, z], [z, y]):
        with pytest.raises(KeyError):
            reverse_sweep(z, order=order)
    assert reverse_sweep(z)[x] == 9.0


def test_a_leaf_that_is_initialized_again_is_a_new_one():
    x = Value(2.0, "x")
    x.grad = Value(3.0)
    x.register_hook(lambda g: g * 10)
    with pytest.raises(TypeError, match="must be a real number"):
        x.__init__("text")
    assert (x.data, x.label) == (2.0, "x")
    x.__init__(5.0)
    assert (x.data, x.grad, x.label, x.op) == (5.0, 0.0, "", None)
    (x * x).backward()
    assert x.grad == 10.0


def test_a_result_that_is_initialized_again_is_refused_or_a_leaf():
    x = Value(2.0)
    for y in (x * 3, autograd.sum([x, x, x])):
        try:
            y.__init__(5.0)
        except TypeError as error:
            assert "cannot be initialized again" in str(error) and native
            assert y.data == 6.0 and y.parents
        else:
            assert (y.data, y.op, y.parents) == (5.0, None, ())


def test_a_value_without_init_does_no_harm():
    x = Value.__new__(Value)
    for use in (lambda: x + 1, lambda: x.exp(), lambda: x.backward(), lambda: repr(x), lambda: autograd.sum([x, x, x])):
        try:
            use()
        except AttributeError:
            assert not native


def test_an_abstract_subclass_has_no_instances():
    for members in ({"__slots__": ()}, {}):
        kind = abc.ABCMeta("Kind", (Value,), {**members, "rate": abc.abstractmethod(lambda self: None)})
        with pytest.raises(TypeError, match="abstract"):
            kind(1.0)


def test_attributes_that_are_rubbish_or_gone_do_no_harm():
    for name in ("op", "notes", "grad", "data", "_grad", "_data", "_left", "_d_right", "operands", "partials"):
        for make in (lambda: Value(2.0), lambda: Value(2.0) * 3, lambda: autograd.sum([Value(1.0)] * 3)):
            for rubbish in (None, 5, "text", [Value(1.0)], object()):
                x = make()
                for change in (partial(setattr, x, name, rubbish), partial(delattr, x, name)):
                    for use in (change, x.backward, lambda x=x: repr(x * x), x.zero_grad, lambda x=x: copy.copy(x)):
                        with suppress(AttributeError, TypeError, ValueError):
                            use()


def test_a_finalizer_that_somebody_gives_to_all_values_runs_for_each():
    calls = []
    Value.__del__ = lambda self: calls.append(self.data)
    try:
        for _ in range(3):
            x = Value(1e9 + 1)
            y = autograd.sum([x * 2, x + 3, 5.0])
            del x, y
        gc.collect()
    finally:
        del Value.__del__
    found = sorted(x for x in calls if x > 1e9)  # Values that other tests left behind may end here, too
    assert found == [1e9 + 1] * 3 + [1e9 + 4] * 3 + [2e9 + 2] * 3 + [3e9 + 11] * 3
    count = len(calls)
    assert (Value(1.0) * 2).data == 2.0 and len(calls) == count


def test_a_value_may_change_its_class_to_one_of_the_same_layout():
    class Same(Value):
        __slots__ = ()

    class Larger(Value):
        __slots__ = ("more",)

    class Open(Value):
        pass

    for _ in range(100):
        x = Value(2.0)
        x.__class__ = Same
        y = Same(3.0)
        y.__class__ = Value
        for kind in (Larger, Open):
            with pytest.raises(TypeError, match="layout"):
                x.__class__ = kind
        (x * y).backward()
        assert (x.grad, y.grad, type(x), type(y)) == (3.0, 2.0, Same, Value)


KINDS: dict[str, dict[str, Any]] = {
    "bare": {"__slots__": ()}, "open": {}, "slots": {"__slots__": ("more", "other")},
    "weak": {"__slots__": ("__weakref__",)}, "both": {"__slots__": ("__dict__", "__weakref__")},
}  # fmt: skip


@pytest.mark.parametrize("kind", KINDS)
def test_a_class_ends_with_its_last_instance(kind):
    """Also if that is an operand of what is freed, and if the class refers to its instance."""

    def made() -> list[weakref.ref[type]]:
        temporary = [type(kind, (Value,), dict(KINDS[kind])) for _ in range(3)]
        graph = temporary[0](2.0) * temporary[1](3.0) + autograd.sum([temporary[0](1.0), 2.0, temporary[2](1.0)])
        graph.backward()
        temporary[2].instance = temporary[2](1.0)
        return [weakref.ref(x) for x in temporary]

    found = [x for _ in range(20) for x in made()]
    gc.collect()
    assert [x() for x in found] == [None] * 60


def test_a_subclass_may_take_part_in_everything():
    class Loud(Value):
        __slots__ = ("__weakref__", "more")

        def __init__(self, *data):
            super().__init__(data[0] if data else 7.0)
            self.more = self

        def __getattr__(self, name):
            return name

        def __radd__(self, other):
            return "radd"

        def __hash__(self):
            return 1

    x, y = Loud(2.0), Loud()
    assert Value(1.0) + x == "radd" and x.anything == "anything" and type(x * y) is Value
    z = autograd.dot([x, y], [y, y]) + x * y
    assert list(reverse_sweep(z, [x])) == [x, y] + topological_order(z)[2:]
    z.backward()
    assert (x.grad, y.grad) == (14.0, 18.0)
    seen = weakref.ref(x)
    del x, y, z
    gc.collect()
    assert seen() is None


def test_a_hash_that_fails_or_an_equality_that_changes_things_ends_in_its_exception():
    class Unhashable(Value):
        __slots__ = ()
        working = False

        def __hash__(self):
            if not self.working:
                raise ZeroDivisionError
            return 1

        def __eq__(self, other):
            gc.collect()
            raise LookupError

    x, y = Unhashable(1.0), Unhashable(2.0)
    z = x * y
    for sweep in (lambda: topological_order(z), lambda: reverse_sweep(z)):
        with pytest.raises(ZeroDivisionError):
            sweep()
        Unhashable.working = True
        with pytest.raises(LookupError):
            sweep()
        Unhashable.working = False
    w = Value(2.0) * 3 + z.data
    w.backward()
    assert w.parents[0].grad == 1.0


@pytest.mark.slow
def test_an_operand_that_changes_others_while_it_is_read_gives_one_of_two_results():
    x = Value(2.0)

    class Shifting(float):
        def __float__(self):
            x.data = -1.0
            gc.collect()
            return 5.0

    for use in (lambda: x * Shifting(5.0), lambda: x - Shifting(5.0), lambda: autograd.maximum(x, Shifting(5.0))):
        x.data = 2.0
        z = use()
        assert z.operands == (x, 5.0) and z.data in (z.op.value(2.0, 5.0), z.op.value(-1.0, 5.0))


def test_a_call_of_many_operands_is_one_node():
    leaves = [Value(float(i % 7)) for i in range(200_000)]
    total = autograd.sum(leaves)
    total.backward()
    assert len(total.parents) == 200_000 and {x.grad for x in leaves} == {1.0}
    mixed = autograd.prod([leaves[1], 1.0] * 1000)
    mixed.backward()
    assert len(mixed.parents) == 1000 and leaves[1].grad == 1001.0


def test_copies_of_a_result_are_refused_at_any_depth():
    x = Value(1.0)
    for _ in range(100_000):
        x = x * 1.0
    assert len(repr(x)) < 100
    for copied in (copy.copy, copy.deepcopy, pickle.dumps):
        with pytest.raises(TypeError, match="cannot copy or pickle"):
            copied(x)


# --- cycles ---


def hooked_after() -> Any:
    x = Value(2.0)
    x.register_hook(lambda g: y.grad)
    y = x * x
    return x


def hooked_before() -> Any:
    x = Value(2.0)
    y = (x * x).exp() + autograd.sum([x, x, x])
    x.register_hook(lambda g: y.grad)
    return x


def hooked_by_default() -> Any:
    x = Value(2.0)
    y = x * x
    x.register_hook(lambda g, y=y: y.grad)
    return x


def hooked_by_partial() -> Any:
    x = Value(2.0)
    y = x * x
    x.register_hook(partial(lambda y, g: None, [{"deep": (y, 1)}]))
    return x


def hooked_by_method() -> Any:
    class Logger:
        def __init__(self, *values):
            self.values = values

        def log(self, gradient):
            pass

    x = Value(2.0)
    x.register_hook(Logger(x * 3, x * x).log)
    return x


def hooked_by_list() -> Any:
    x = Value(2.0)
    y = x * 3
    x.register_hook([y, y * x].append)
    return x


def hooked_keeps_gradient() -> Any:
    x = Value(2.0)
    y = x.exp()
    x.register_hook([].append)
    reverse_sweep(y, [x], create_graph=True)
    return x


def gradient_of_gradient() -> Any:
    x = Value(2.0)
    y = x * x * x
    y.backward(create_graph=True)
    x.grad.backward(create_graph=True)
    return x


def gradient_set() -> Any:
    x = Value(2.0)
    x.grad = x * x
    return x


def own_gradient() -> Any:
    x = Value(2.0)
    x.grad = x
    return x


def attribute() -> Any:
    class Open(Value):
        pass

    x = Open(2.0)
    x.result = autograd.sum([x, x, x * 2.0])
    return x


def slot() -> Any:
    class Slotted(Value):
        __slots__ = ("result",)

    x = Slotted(2.0)
    x.result = x.exp()
    return x


def class_attribute() -> Any:
    class Constant(Value):
        __slots__ = ()

    Constant.one = Constant(1.0)
    return Constant.one


def own_operation() -> Any:
    found: list[Value] = []
    double = primitive("double", lambda x: 2 * x + len(found), [2.0])
    x = Value(2.0)
    found.append(double(x) * 3)
    return found[0]


def closed_over_by_operation() -> Any:
    found: list[Value] = []
    double = primitive("double", lambda x: 2 * x, [lambda y, x: 2.0 + len(found)])
    x = Value(2.0)
    found += [x * 2, autograd.sum([double(double(x) * 3), x, 1.0])]
    return x


CYCLES = [
    hooked_after, hooked_before, hooked_by_default, hooked_by_partial, hooked_by_method, hooked_by_list,
    hooked_keeps_gradient, gradient_of_gradient, gradient_set, own_gradient, attribute, slot, class_attribute,
    own_operation, closed_over_by_operation,
]  # fmt: skip


def growth(once: Callable[[], Any], collect: bool, times: int = 300) -> float:
    """How many blocks of memory are left over each time, once free lists and caches are full."""
    gc.collect()
    gc.disable()
    try:
        found = []
        for _ in range(6):
            before = sys.getallocatedblocks()
            for _ in range(times):
                once()
            if collect:
                gc.collect()
            found.append((sys.getallocatedblocks() - before) / times)
        return min(found)
    finally:
        gc.enable()


@pytest.mark.slow
@pytest.mark.parametrize("cycle", CYCLES)
def test_the_garbage_collector_frees_a_cycle(cycle):
    assert growth(lambda: (cycle() * 2).backward(), collect=True) < 0.5


def test_nothing_but_a_cycle_needs_the_garbage_collector():
    double = primitive("double", lambda x: 2 * x, [lambda y, x: 2.0])

    class Open(Value):
        pass

    def once() -> None:
        w, b = Value(2.0, "w"), Open(1.0)
        handle = w.register_hook(lambda g: g * 2)
        y = autograd.sum([w * b, double(w), b, 3.0]).tanh() ** 2
        y.backward()
        handle.remove()
        y.backward(create_graph=True)
        y.zero_grad()
        w.grad = b.grad = 0.0
        grad(grad(lambda x: x**3))(2.0)
        with detect_anomaly():
            w * b
        with no_grad():
            w * b

    assert growth(once, collect=False) < 0.5


@pytest.mark.slow
def test_an_operation_that_fails_leaves_nothing_behind():
    x = Value(2.0)
    broken = primitive("broken", lambda x: 1 / 0, [1.0])
    halfway = primitive("halfway", lambda a, b, c: a, [1.0, lambda y, a, b, c: "text", 1.0])
    failing = Value(1.0)
    failing.register_hook(lambda g: {}[g])

    class Foreign:
        def __radd__(self, other):
            raise LookupError

    uses: list[Callable[[], Any]] = [
        lambda: x + "text", lambda: x + None, lambda: x + Foreign(), lambda: x < "text", lambda: autograd.sum([x, "a"]),
        lambda: autograd.dot([x], [x, x]), lambda: broken(x), lambda: halfway(x, x, x), lambda: halfway(x, 1.0),
        lambda: autograd.exp(x, x), lambda: (failing * x).backward(), lambda: Value("text"), lambda: Value(1.0, 5),
        lambda: pow(x, 2, 3), lambda: setattr(x, "grad", "text"), lambda: setattr(x, "data", []), lambda: x.exp(3),
        lambda: reverse_sweep({x * 2: 1.0}, order=[]), lambda: x.register_hook(5), lambda: float(x), lambda: x[0],
        lambda: topological_order(5), lambda: (x * 2).__init__(),
    ]  # fmt: skip

    def once() -> None:
        for i, use in enumerate(uses):
            try:
                use()
            except (TypeError, LookupError, ValueError, ZeroDivisionError, AttributeError):
                pass
            else:
                raise AssertionError(f"use {i} does not fail")

    assert growth(once, collect=True, times=50) < 0.5
    assert x.data == 2.0


# --- depth, memory, threads ---


@pytest.mark.slow
def test_a_deep_graph_needs_no_stack():
    done = []

    def work() -> None:
        x = Value(1.0)
        for made in (lambda y: y * 1.0, lambda y: autograd.sum([y, 0.0, 0.0]), lambda y: y + x):
            y = x
            for _ in range(100_000):
                y = made(y)
            y.backward()
            y.zero_grad()
            y.register_hook(lambda g: None)  # and now the collector knows all of it
            y.backward()
            gc.collect()
            del y
        done.append(x.grad)

    size = threading.stack_size((128 if native else 4096) * 1024)  # Python frees up to 10,000 things in each other
    try:
        thread = threading.Thread(target=work)
        thread.start()
        thread.join()
    finally:
        threading.stack_size(size)
    assert done == [100_001.0]


def test_hooks_that_hold_hooked_values_are_freed_at_any_depth():
    x = Value(1.0)
    for _ in range(50_000):
        y = Value(1.0)
        y.register_hook(lambda g, x=x: None)
        x = y
    gone = weakref.ref(x.notes.hooks[next(iter(x.notes.hooks))])
    del x, y
    gc.collect()
    assert gone() is None


def test_freeing_goes_on_while_a_destructor_runs():
    """What a destructor drops is freed at once, whoever waits for it."""
    found = []

    class Witness:
        def __call__(self, gradient):
            pass

    class Slow:
        def __call__(self, gradient):
            pass

        def __del__(self):
            y = Value(1.0)
            witness = Witness()
            y.register_hook(witness)
            gone = weakref.ref(witness)
            del y, witness
            found.append(gone() is None)

    for _ in range(3):
        x = Value(2.0)
        x.register_hook(Slow())
        y = x * 3 + autograd.sum([x, x, x])
        del x, y
    gc.collect()
    assert found == [True] * 3


@pytest.mark.slow
def test_threads_make_sweep_and_free_graphs_at_once():
    shared = Value(2.0)
    failures: list[BaseException] = []

    def work(seed: int) -> None:
        rng = random.Random(seed)
        try:
            for _ in range(100):
                x = Value(rng.random())
                y = autograd.sum([x * shared, x.exp(), shared])
                if rng.random() < 0.3:
                    x.register_hook(lambda g, y=y: None)
                for _ in range(rng.randrange(30)):
                    y = y * x + shared
                assert reverse_sweep(y, [x])[x] == reverse_sweep(y, [x], order=topological_order(y, inputs=[x]))[x]
                y.backward(create_graph=rng.random() < 0.1)
                if rng.random() < 0.1:
                    gc.collect()
        except BaseException as error:
            failures.append(error)

    interval = sys.getswitchinterval()
    sys.setswitchinterval(1e-6)
    try:
        threads = [threading.Thread(target=work, args=(i,)) for i in range(6)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    finally:
        sys.setswitchinterval(interval)
        shared.grad = 0.0
    assert failures == []


NO_MEMORY = """
import _testcapi, gc, operator
from functools import partial
from autograd import Value
from autograd.core import compiled as core
from autograd.primitives import TABLE
x, z = Value(2.0), Value(3.0)
z.register_hook(lambda g: None)
deep = x
for _ in range(300):
    deep = deep * 1.0 + x
nodes = list(core.ordered([deep], []))
many = TABLE["sum"](x, 1.0, deep)
uses = [
    partial(operator.mul, x, z), partial(operator.add, deep, z), partial(operator.neg, x), partial(operator.pow, x, 2),
    partial(TABLE["sum"], *[x, 1, z, deep] * 30), partial(TABLE["where"], x, x, 1), partial(TABLE["exp"], x),
    partial(core.backward, deep), partial(core.zero_grad, deep), partial(core.ordered, [deep], [x]),
    partial(core.swept, [deep], [1.0], [], None), partial(core.swept, [deep], [1.0], [x], nodes), partial(Value, 3.0),
    partial(core.make, TABLE["add"], 1.0, (x, z), (x, z), (1.0, 1.0)), partial(setattr, x, "grad", deep),
    partial(core.make, None, 1.0, (x, 1.0, z), (x, z), (1.0, 1.0)), partial(operator.lt, x, 3),
    partial(setattr, x, "grad", 0), partial(core.dot, [x, z, deep], [x, 1.0, 2.0], 1.0),
    *[partial(getattr, y, name) for y in (deep, many) for name in ("data", "grad", "operands", "parents", "partials")],
]
failures = 0
for use in uses:
    for start in range(60):
        try:
            _testcapi.set_nomemory(start, start + 1)
            use()
        except MemoryError:
            failures += 1
        finally:
            _testcapi.remove_mem_hooks()
    gc.collect()
    x.grad = 0.0
    deep.backward()
    assert x.grad == 301.0 and list(core.ordered([deep], [])) == nodes, use
    x.grad = 0.0
print(failures)
"""


@pytest.mark.skipif(not native, reason="in pure Python this would test Python")
def test_without_memory_there_is_a_memory_error_and_no_trace_of_it():
    pytest.importorskip("_testcapi", reason="this Python was built without its test modules")
    assert int(run(NO_MEMORY)) > 20


# --- the process ---


SHUTDOWN = """
import atexit, gc, sys, threading, time
import autograd
from autograd import Value, no_grad, detect_anomaly

class Late(Value):
    def __del__(self):
        y = self * 2 + autograd.exp(self)
        y.backward()
        y.register_hook(lambda g: y)

class Bare(Value):
    __slots__ = ()
    def __del__(self):
        (self * self).backward()

def hook(gradient):
    (kept * gradient).zero_grad()

kept = Late(1.0)
bare = Bare(2.0)
chain = kept
for _ in range(1000):
    chain = autograd.sum([chain * 1.0, bare, kept])
chain.register_hook(hook)
chain.backward()
kept.grad = chain
own = autograd.primitive("own", lambda x: x, [lambda y, x: y])
cycle = own(chain)
sys.kept = [Late(3.0) * Bare(1.0), cycle]
mode = no_grad()
mode.__enter__()
atexit.register(lambda: (Late(1.0) * chain).backward())

def work():
    y = Value(1.0)
    while True:
        y = autograd.sum([y * 0.5, 1.0, y])
        if y.op and len(y.parents) and gc.isenabled():
            y.backward()
            y = Value(1.0)

for _ in range(3):
    threading.Thread(target=work, daemon=True).start()
time.sleep(0.05)
print("end")
"""


def test_a_process_may_end_with_live_graphs_hooks_modes_and_threads():
    for _ in range(3):
        assert run(SHUTDOWN) == "end\n"


def test_a_second_import_and_another_interpreter_have_classes_of_their_own():
    again = """
import sys
for i in range(5):
    import autograd
    x = autograd.Value(2.0)
    y = x * x + x.exp() + autograd.sum([x, x, x])
    y.backward()
    assert type(y) is autograd.Value
    kept = globals().get("kept", (x, y))
    for name in [name for name in sys.modules if name.split(".")[0] == "autograd"]:
        del sys.modules[name]
    x, y = kept
    assert type(x * y) is type(x)
    (x * y).backward()
print(round(x.grad, 3))
"""
    assert float(run(again)) > 0
    other = """
import autograd
try:
    import _interpreters as interpreters
except ImportError:
    import _xxsubinterpreters as interpreters
def create(isolated):
    try:
        return interpreters.create(isolated=isolated)
    except TypeError:
        return interpreters.create("isolated" if isolated else "legacy")
x = autograd.Value(2.0)
for isolated in (False, True):
    one = create(isolated)
    interpreters.run_string(one, "import autograd as a; x = a.Value(3.0); (x * x).backward(); print(x.grad)")
    assert type(x * x) is autograd.Value
    interpreters.destroy(one)
    (x * x.exp()).backward()
    assert type(x.exp()) is autograd.Value
print(x.grad > 0)
"""
    if not (find_spec("_interpreters") or find_spec("_xxsubinterpreters")):
        pytest.skip("this Python has no other interpreters")
    assert run(other) == "6.0\n6.0\nTrue\n"


def test_the_compiled_core_does_nothing_before_the_package_is_there():
    program = """
import os
os.environ["AUTOGRAD_PURE_PYTHON"] = "1"
try:
    from autograd._native import core
except ImportError:
    print("refused")
else:
    for use in (lambda: core.Node(1.0) + 1, lambda: core.make(None, 1.0, (1,), (1,), (1,)), lambda: core.backward(5),
                lambda: core.ordered([1], []), lambda: core.unary_method(1), lambda: core.expect_hook(1),
                lambda: core.track([1]), lambda: core.local_derivatives(1, 2), lambda: core.dot([1], [1], None)):
        try:
            use()
        except (TypeError, RuntimeError):
            pass
    print("refused")
"""
    assert run(program) == "refused\n"


@pytest.mark.skipif(not native, reason="the compiled core does not run")
def test_the_compiled_core_keeps_its_class_of_results():
    from autograd.core import compiled

    class Other(type(Value(1.0)).__mro__[1]):
        __slots__ = ()

    for kind in (Value, Other):
        with pytest.raises(RuntimeError, match="start Python anew"):
            compiled.setup(kind, autograd.primitives.TABLE, autograd.primitives.Primitive, {})
    assert type(Value(1.0) * 2) is Value


def test_a_trace_function_sees_operations_and_may_fail():
    x = Value(2.0)
    calls = []

    def profile(frame, event, arg):
        calls.append(event)
        if len(calls) % 7 == 0:
            raise LookupError

    for _ in range(20):
        try:
            sys.setprofile(profile)
            y = autograd.sum([x * 2, x.exp(), x])
            y.backward()
        except LookupError:
            pass
        finally:
            sys.setprofile(None)
    x.grad = 0.0
    y = x * 2 + x
    y.backward()
    assert calls and x.grad == 3.0


# --- anything, in any order ---


ORDINARY = TypeError, ValueError, ArithmeticError, LookupError, AttributeError, RuntimeError, pickle.PicklingError


class Fuzz:
    """Random operations on a pool of Values; what may fail fails with an ordinary exception."""

    def __init__(self, seed: int) -> None:
        self.rng = random.Random(seed)
        self.values: list[Value] = [Value(self.rng.gauss(0, 1)) for _ in range(3)]
        self.kept: list[Any] = []
        self.depth = 0

    def pick(self) -> Value:
        return self.rng.choice(self.values[-12:])

    def add(self, x: Any) -> None:
        if isinstance(x, Value):
            self.values.append(x)
            if len(self.values) > 40:
                del self.values[self.rng.randrange(len(self.values)) :]
                self.values += [Value(self.rng.gauss(0, 1)) for _ in range(2)]

    # --- what is done ---

    def leaf(self) -> None:
        self.add(self.rng.choice([Value, *SUBCLASSES])(self.rng.choice([self.rng.gauss(0, 1), inf, nan, 0.0, -0.0, 3])))

    def binary(self) -> None:
        other = self.rng.choice([self.pick(), self.pick(), 2, 0.5, True, 10**400, "text", None, Shy(), 2**60])
        a, b = self.rng.choice([(self.pick(), other), (other, self.pick())])
        self.add(self.rng.choice(BINARY)(a, b))

    def unary(self) -> None:
        name = self.rng.choice(["exp", "tanh", "relu", "log", "__neg__", "__abs__", "detach"])
        self.add(getattr(self.pick(), name)())

    def n_ary(self) -> None:
        xs = [self.rng.choice([self.pick(), self.pick(), 1.0, 2]) for _ in range(self.rng.choice([1, 2, 3, 5, 70]))]
        functions: list[Any] = [autograd.sum, autograd.prod, autograd.max, autograd.logsumexp, autograd.softmax]
        functions += [lambda xs: own(xs[0]), lambda xs: autograd.dot(xs, xs[::-1]), lambda xs: autograd.where(*xs[:3])]
        found = self.rng.choice(functions)(xs)
        self.add(found[0] if isinstance(found, list) else found)

    def backward(self) -> None:
        if self.depth < 3:
            self.depth += 1
            try:
                self.pick().backward(create_graph=self.rng.random() < 0.1)
            finally:
                self.depth -= 1

    def sweep(self) -> None:
        y, inputs = self.pick(), [self.pick() for _ in range(self.rng.randrange(3))]
        order = topological_order(y, inputs=inputs)
        self.rng.choice([order.reverse, order.pop, lambda: None, order.sort])()
        reverse_sweep({y: self.rng.choice([1.0, 1, self.pick()])}, inputs, order=order)

    def hook(self) -> None:
        x, y = self.pick(), self.pick()
        kinds: list[Any] = [
            lambda g: g * 2, lambda g: y, lambda g: x.grad, lambda g: 1 / 0, lambda g: self.act(), lambda g: "text",
            self.values.append, lambda g: self.values.clear(), lambda g: gc.collect() and None, lambda g: x.zero_grad(),
            lambda g: x.register_hook(lambda g: y), Hook(self, y), lambda g: self.kept.clear(), lambda g: y.backward(),
            lambda g: [handle.remove() for handle in self.kept if hasattr(handle, "remove")] and None,
        ]  # fmt: skip
        self.kept.append(x.register_hook(self.rng.choice(kinds)))

    def remove(self) -> None:
        for handle in self.kept[:]:
            if hasattr(handle, "remove"):
                handle.remove()
        self.kept.clear()

    def forget(self) -> None:
        del self.values[self.rng.randrange(len(self.values))]
        self.values.append(Value(self.rng.gauss(0, 1)))

    def assign(self) -> None:
        x = self.pick()
        name = self.rng.choice(["grad", "data", "_grad", "label", "notes", "more", "__class__"])
        setattr(x, name, self.rng.choice([self.pick(), 1.0, "text", None, Value]))

    def initialize(self) -> None:
        self.pick().__init__(self.rng.choice([1.0, "text", self.pick(), 2]))

    def mode(self) -> None:
        opened = self.rng.choice([no_grad, detect_anomaly])()
        opened.__enter__()
        self.kept.append(opened)
        try:
            self.act()
        finally:
            if self.rng.random() < 0.8:
                opened.__exit__(None, None, None)

    def copies(self) -> None:
        self.add(self.rng.choice([copy.copy, copy.deepcopy, lambda x: pickle.loads(pickle.dumps(x))])(self.pick()))

    def transform(self) -> None:
        y = self.pick()
        self.kept.append(grad(grad(lambda x: x * x * y))(self.rng.choice([2.0, self.pick()])))

    def look(self) -> None:
        x = self.pick()
        self.kept.append((x.operands, x.parents, x.partials, repr(x), gc.get_referents(x)))

    def collect(self) -> None:
        gc.collect()

    def thread(self) -> None:
        thread = threading.Thread(target=self.acts, args=(10,))
        thread.start()
        self.act()
        thread.join()

    # --- the whole ---

    def act(self) -> None:
        """Do one thing; an exception of Python's own kinds is part of the game."""
        if not self.values:
            self.values.append(Value(1.0))
        name = self.rng.choices(*zip(*WEIGHTS.items(), strict=True))[0]
        with suppress(*ORDINARY):
            getattr(self, name)()

    def acts(self, count: int) -> None:
        for _ in range(count):
            self.act()

    def check(self) -> None:
        """Whatever happened, a graph on top of what is left has the derivatives that its partials give."""
        self.values = [x for x in self.values if isinstance(x, Value)]
        output = Value(1.0) * 2
        for x in self.values[:10]:
            output = autograd.sum([output, x * 3, x])
        order = topological_order(output)
        assert list(map(id, order)) == list(map(id, plain_order(output)))


def plain_order(output: Value) -> list[Value]:
    """The topological order as autograd/graph.py finds it, in Python."""
    finished: dict[int, Value] = {}
    entered: set[int] = set()
    stack = [output]
    while stack:
        node = stack.pop()
        if id(node) in entered:
            finished.setdefault(id(node), node)
        else:
            entered.add(id(node))
            stack.append(node)
            stack += [x for x in reversed(node.parents) if id(x) not in entered]
    return list(finished.values())


class Shy:
    """A number of another library, that answers when it is asked."""

    def __radd__(self, other: Any) -> Any:
        gc.collect()
        return other

    __rmul__ = __rsub__ = __radd__


class Hook:
    def __init__(self, *parts: Any) -> None:
        self.parts = parts

    def __call__(self, gradient: Any) -> None:
        pass

    def __del__(self) -> None:
        fuzz = self.parts[0]
        if fuzz.rng.random() < 0.2:
            copy_context().run(fuzz.act)  # Python 3.11 may crash if a finalizer sets a variable of the context


class Open(Value):
    pass


class Late(Value):
    __slots__ = ("__weakref__", "more")

    def __init__(self, *data: Any) -> None:
        self.more = (self,)
        super().__init__(*data)

    def __del__(self) -> None:
        copy_context().run((self * 2 + 1).backward)


class Revived(Value):
    __slots__ = ()
    again: list[Value] = []

    def __del__(self) -> None:
        if len(self.again) < 20:
            self.again.append(self)


class Odd(Value):
    __slots__ = ()

    def __getattr__(self, name: str) -> Any:
        gc.collect(0)
        return self

    def __hash__(self) -> int:
        return object.__hash__(Value(1.0) and self)


SUBCLASSES = [Open, Late, Revived, Odd]
BINARY = [
    operator.add, operator.sub, operator.mul, operator.truediv, operator.pow, operator.mod, operator.floordiv,
    operator.lt, divmod, operator.eq,
]  # fmt: skip
own = primitive("own", lambda x: x, [lambda y, x: autograd.exp(x)])
WEIGHTS = {
    "leaf": 6, "binary": 30, "unary": 10, "n_ary": 10, "backward": 10, "sweep": 4, "hook": 6, "remove": 1, "forget": 5,
    "assign": 3, "initialize": 1, "mode": 3, "copies": 2, "transform": 1, "look": 4, "collect": 1, "thread": 0.3,
}  # fmt: skip


@pytest.fixture
def eager_collector() -> Iterator[None]:
    """Garbage is collected at almost every allocation."""
    threshold = gc.get_threshold()
    gc.collect()
    gc.freeze()  # what was there before is not looked through each time
    gc.set_threshold(3, 2, 2)
    yield
    gc.set_threshold(*threshold)
    gc.unfreeze()


def test_random_hostile_programs_end_without_a_crash(eager_collector, monkeypatch):
    for where, name in ((sys, "unraisablehook"), (threading, "excepthook")):
        monkeypatch.setattr(where, name, lambda report: None)  # exceptions in finalizers and threads are expected
    rng, count = seed_and_count(40)
    for _ in range(count):
        fuzz = Fuzz(rng.getrandbits(64))
        fuzz.acts(100)
        for mode in fuzz.kept:
            if hasattr(mode, "__exit__"):
                mode.__exit__(None, None, None)
        fuzz.kept.clear()
        fuzz.check()
        Revived.again.clear()
