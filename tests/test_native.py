"""The compiled core: the same results as the pure one, bit for bit, and how one or the other is chosen."""

from __future__ import annotations

import gc
import os
import shutil
import subprocess
import sys
from importlib.util import find_spec
from pathlib import Path

import pytest

from autograd import Value, dot, grad, log_softmax, native
from autograd.core import compiled
from autograd.graph import topological_order

ROOT = Path(__file__).parent.parent
needs_both = pytest.mark.skipif(not native, reason="the compiled core is not built here, or not wanted")


def run(*arguments: str, **environment: str) -> str:
    path = os.pathsep.join([str(ROOT), os.environ.get("PYTHONPATH", "")])
    found = subprocess.run(
        [sys.executable, "-W", "ignore", *arguments], cwd=ROOT, capture_output=True, text=True, check=True,
        env=os.environ | {"PYTHONPATH": path} | environment,
    )  # fmt: skip
    return found.stdout


@needs_both
def test_random_programs_give_the_same_bits_with_both_cores():
    both = [run("-m", "tests.parity"), run("-m", "tests.parity", AUTOGRAD_PURE_PYTHON="1")]
    first, second = ([line for line in text.splitlines()] for text in both)
    assert len(first) > 1000
    for i, (ours, pure) in enumerate(zip(first, second, strict=True)):
        assert ours == pure, f"line {i} of python -m tests.parity"


def test_an_environment_variable_asks_for_the_pure_core():
    program = "import autograd; print(autograd.native)"
    assert run("-c", program, AUTOGRAD_PURE_PYTHON="1") == "False\n"
    built = find_spec("autograd._native.core") is not None
    assert run("-c", program, AUTOGRAD_PURE_PYTHON="0") == f"{built}\n"


@needs_both
def test_a_node_is_no_larger_than_in_pure_python():
    assert sys.getsizeof(Value(1.0) + 1.0) <= 112


@needs_both
def test_the_cyclic_collector_learns_of_a_graph_only_when_a_cycle_is_possible():
    w = [Value(0.1 * i) for i in range(3)]
    scores = [dot(w, [1.0, 2.0, k], w[0]) for k in (3.0, 4.0)]
    loss = -log_softmax(scores)[1]
    assert not any(map(gc.is_tracked, topological_order(loss)))
    assert not any(gc.is_tracked(score.operands) or gc.is_tracked(score.parents) for score in scores)
    loss.register_hook(print)
    assert all(map(gc.is_tracked, topological_order(loss)))
    assert all(gc.is_tracked(score.operands) and gc.is_tracked(score.parents) for score in scores)


@needs_both
def test_arguments_of_a_transform_are_not_tracked_either():
    seen = []

    def inner(y):
        seen.append(gc.is_tracked(y * y))
        return y * y

    grad(lambda x: grad(inner)(x))(2.0)
    assert seen == [False]


@needs_both
def test_a_core_that_was_built_from_other_sources_is_not_used_and_one_line_says_so(tmp_path):
    shutil.copytree(ROOT / "autograd", tmp_path / "autograd")
    program = "import autograd; print(autograd.native, autograd.grad(autograd.sin)(0.0))"

    def imported():
        return subprocess.run(
            [sys.executable, "-c", program], cwd=tmp_path, capture_output=True, text=True, check=True,
            env=os.environ | {"PYTHONPATH": str(tmp_path)},
        )  # fmt: skip

    assert (imported().stdout, imported().stderr) == ("True 1.0\n", "")
    with open(tmp_path / "autograd" / "_native" / "node.c", "a") as file:
        file.write("\n")
    found = imported()
    assert found.stdout == "False 1.0\n"
    assert found.stderr.count("RuntimeWarning") == 1
    assert "install again (pip install -e .)" in found.stderr


INTROSPECTION = """
import inspect, typing
from autograd import Value, exp
from autograd.graph import reverse_sweep, topological_order

class EqualToAll(Value):
    def __eq__(self, other):
        return True
    __hash__ = Value.__hash__

class Greedy(Value):
    def __new__(cls, *arguments):
        return super().__new__(cls, *arguments)

def refusal(function, *arguments, **named):
    try:
        return function(*arguments, **named)
    except Exception as error:
        return type(error).__name__, str(error)

x = Value(2.0)
print(list(inspect.signature(Value).parameters))
print(inspect.signature(Value.exp), inspect.signature(x.exp), inspect.signature(type(exp).__call__))
print(typing.get_type_hints(Value.exp), inspect.getsource(Value.exp))
print(inspect.getdoc(Value.grad), inspect.getdoc(Value.apply), inspect.getdoc(type(exp).__call__))
print(repr(Value.exp)[:22], repr(exp.__call__))
print(refusal(Value), refusal(Value, 1, "x", 3), refusal(Value, 1, lable="x"), refusal(Value, label="x"))
print(refusal(x.exp, 2), refusal(x.exp, y=2), refusal(Value.exp), refusal(Value.exp, 2.0), refusal(Value.exp, "x"))
print(refusal(topological_order, 3), refusal(reverse_sweep, 3), refusal(reverse_sweep, x, ["x"]))
print(refusal(Value.backward, 3), refusal(Value.zero_grad, 3), refusal(Greedy, 3))
print(x != EqualToAll(1.0), EqualToAll(1.0) != x, x != 2.0, x != "x", x != None)
print((x * 2).partials, (3 * x).partials, (x * True).partials, (x / 4).partials, (5 - x).partials, (x**2).partials)
"""


@needs_both
def test_both_cores_look_the_same_from_outside():
    first, second = (run("-c", INTROSPECTION, AUTOGRAD_PURE_PYTHON=pure).splitlines() for pure in ("0", "1"))
    assert len(first) > 11
    for ours, pure in zip(first, second, strict=True):
        assert ours == pure


def test_numbers_of_an_array_are_operands_as_floats_are():
    numpy = pytest.importorskip("numpy")
    x, numbers = Value(2.0), list(numpy.array([0.5, 3.0]))
    for y in (x * numbers[0], numbers[0] * x, x ** numbers[1], dot([x, x], numbers)):
        constants = [operand for operand in y.operands if operand is not x]
        assert constants and {type(constant) for constant in constants} == {float}
    assert compiled is None or compiled.dot([x, x], numbers, None) is not None
