"""What explain says last, and beside its lines, is so: compared with a sweep of its own."""

from __future__ import annotations

import math
import random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from autograd.graph import reverse_sweep, topological_order
from autograd.view.explanation.explain import explain
from tests.test_view_why_order import calculation

pytestmark = pytest.mark.slow


@settings(max_examples=300, deadline=None)
@given(st.integers(0, 10**9), st.booleans())
def test_the_last_sentence_says_what_backward_finds(seed: int, with_hook: bool) -> None:
    output, inputs = calculation(seed, 0)
    changed = False
    if with_hook:
        node = random.Random(seed).choice(topological_order(output))
        node.register_hook(lambda gradient: gradient * 3)
        changed = reverse_sweep(output)[node] not in (0.0, math.inf, -math.inf)
    found = reverse_sweep(output)
    explanation = explain(output, inputs)
    last = " ".join(str(explanation).rpartition("\n\n")[2].splitlines())
    assert last.startswith("backward() finds the same")
    differing = []
    for line, x in zip(explanation.chain[-len(inputs) :], inputs, strict=False):
        if line.name.text.endswith(f"/d{x.label}"):
            expected = found.get(x, 0.0)
            same = math.isclose(line.exact, expected, rel_tol=1e-9) or (
                line.exact != line.exact and expected != expected
            )
            assert same == (line.backward is None)
            if not same:
                differing.append(line)
                assert line.backward == expected or (line.backward != line.backward and expected != expected)
    if last == "backward() finds the same.":
        assert not differing
    if "inf or nan" in last:
        lines = [line for line in explanation.chain if line.apart == "inf"]
        assert lines and not any(math.isfinite(line.exact) and math.isfinite(line.backward) for line in lines)
    if "rounding" in last:
        lines = [line for line in explanation.chain if line.apart == "rounding"]
        assert lines and all(math.isfinite(line.exact) and math.isfinite(line.backward) for line in lines)
    if "hook" in last:
        assert changed
