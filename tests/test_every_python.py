"""One result on every supported Python: the builtin sum() of floats compensates since 3.12, so nothing relies on it."""

from __future__ import annotations

import builtins
import functools
import math
import operator
import random
import sys
from collections.abc import Callable
from typing import Any

import pytest

import autograd
from autograd import (
    GradientMonitor,
    Value,
    diagnose,
    dot,
    draw,
    explain,
    fit,
    grad,
    gradcheck,
    jvp,
    nn,
    optim,
    play,
    softmax,
    why,
)  # fmt: skip
from autograd.graph import forward_sweep, reverse_sweep

builtin_sum = builtins.sum


@pytest.fixture
def refused(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Makes sum() of floats an error in the package; the list has the modules that called sum() on anything."""
    callers: list[str] = []

    def sum_of_no_floats(items: Any, /, start: Any = 0) -> Any:
        module = sys._getframe(1).f_globals.get("__name__", "")
        found = list(items)
        if module.startswith("autograd"):
            callers.append(module)
            if any(isinstance(x, float) for x in [*found, start]):
                raise AssertionError(f"{module} adds floats with sum(), which rounds differently since Python 3.12")
        return builtin_sum(found, start)

    monkeypatch.setattr(builtins, "sum", sum_of_no_floats)
    return callers


def network() -> tuple[nn.Module, list[tuple[list[float], list[float]]]]:
    rng = random.Random(0)
    batch = [([rng.gauss(0, 1), rng.gauss(0, 1)], [rng.gauss(0, 1)]) for _ in range(6)]
    return nn.Sequential(nn.Linear(2, 4, seed=0), nn.BatchNorm1d(4), nn.ReLU(), nn.Linear(4, 1, seed=1)), batch


def trained() -> nn.Module:
    model, batch = network()
    optimizer = optim.Adam(model.parameters(), lr=0.01)
    monitor = GradientMonitor(model)
    inputs, targets = [x for x, _ in batch], [y for _, y in batch]
    fit(
        model, [(inputs, targets)], nn.functional.mse_loss, optimizer, epochs=2,
        before_step=monitor.record, progress=False,
    )  # fmt: skip
    optim.clip_grad_norm_(model.parameters(), 0.1, norm_type=3.0)
    optim.get_total_norm([p.grad for p in model.parameters()], 0.0)
    return model


def loss() -> Value:
    x, y = Value(0.3, "x"), Value(-0.7, "y")
    hidden = [(x * 0.1 * k + y).tanh().named(f"h{k}") for k in range(1, 5)]
    weights = softmax(hidden)
    return (autograd.mean(hidden) + dot(weights, hidden) + autograd.logsumexp(hidden) + autograd.norm(hidden)).named(
        "L"
    )


USES: dict[str, Callable[[Any], Any]] = {
    "training": lambda folder: trained(),
    "diagnose": lambda folder: str(diagnose(*diagnosed())),
    "explain": lambda folder: str(explain(loss())),
    "why": lambda folder: [str(why(loss(), node)) for node in leaves(loss())],
    "draw": lambda folder: draw(loss()).dot,
    "play": lambda folder: play(loss(), folder / "page.html"),
    "transforms": lambda folder: jvp(grad(lambda p: autograd.sum(softmax(p)) * p[0]), ([0.1, 0.2],), ([1.0, 2.0],)),
    "gradcheck": lambda folder: gradcheck(lambda p: autograd.prod(p) + autograd.max(p), ([0.5, 0.7],), order=2),
    "losses": lambda folder: nn.functional.cross_entropy([[0.1, 0.9], [0.3, 0.2]], [0, 1], weight=[0.1, 0.7]),
    "init": lambda folder: nn.init.kaiming_normal_(nn.Linear(3, 2).weight),
}


def diagnosed() -> tuple[Any, ...]:
    model, batch = network()
    return model, nn.functional.mse_loss(model([x for x, _ in batch]), [y for _, y in batch])


def leaves(output: Value) -> list[Value]:
    return [node for node in reverse_sweep(output) if node.op is None]


@pytest.mark.parametrize("use", USES)
def test_nothing_in_the_package_adds_floats_with_the_builtin_sum(use: str, refused: list[str], tmp_path: Any) -> None:
    USES[use](tmp_path)


def test_the_sum_that_refuses_floats_is_the_one_that_the_package_calls(refused: list[str], tmp_path: Any) -> None:
    explain(loss())
    assert any(caller.startswith("autograd.view") for caller in refused)


@pytest.mark.parametrize("numbers", [[1e16, 1.0, -1e16], [0.1] * 10, [1.0, 1e100, 1.0, -1e100]])
def test_sums_round_as_they_promise_whatever_the_builtin_sum_does(numbers: list[float]) -> None:
    x, in_order = Value(1.0), functools.reduce(operator.add, numbers)
    y = functools.reduce(operator.add, [x * c for c in numbers])
    order = list(reverse_sweep(y))
    assert autograd.sum(numbers) == math.fsum(numbers)  # rounded once
    assert y.data == in_order
    assert forward_sweep(order, {x: 1.0})[y] == in_order  # from left to right
