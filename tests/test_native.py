"""The compiled core: the same results as the pure one, bit for bit, and how one or the other is chosen."""

from __future__ import annotations

import gc
import os
import runpy
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
def test_the_compiled_core_was_built_from_these_sources():
    digest = runpy.run_path(str(ROOT / "setup.py"))["digest"]()
    assert compiled is not None
    assert digest == compiled.SOURCES, "the C sources changed since the core was built: run pip install -e . again"


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
