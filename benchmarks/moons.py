"""One training step of micrograd's demo: two moons, 100 samples, MLP(2, [16, 16, 1]), ReLU, max-margin loss plus L2.

    python benchmarks/moons.py

The same network with the same 337 parameters, once of `nn`, whose neuron is one node, and once of neurons written out
with `*` and `+` on micrograd's Value, as its demo does; where torch is installed, a third time on its tensors, one for
each layer. All must give the same loss and the same gradients before anything is timed. Figures are medians of ms over
rounds in which they take turns on one pinned core, the cyclic collector on, as it is for users; `both` is the gradient,
and an SGD update of the 337 parameters comes on top in none of them. The last line, this engine over micrograd, is what
can be compared between machines.
"""

from __future__ import annotations

import gc
import math
import random
import statistics
from collections.abc import Callable, Sequence
from typing import Any

import autograd
from autograd import nn

try:
    from .peers import CORE, Micrograd, pin, seconds
except ImportError:  # run as a file
    from peers import CORE, Micrograd, pin, seconds  # type: ignore[no-redef]

SAMPLES, ALPHA, ROUNDS = 100, 1e-4, 15


def moons(seed: int = 0) -> tuple[list[list[float]], list[float]]:
    """Return points on two half circles that reach into each other, with noise 0.1, and their labels 1 and -1."""
    rng = random.Random(seed)
    points, labels = [], []
    for i in range(SAMPLES):
        angle, upper = math.pi * (i // 2) / (SAMPLES // 2 - 1), i % 2 == 0
        x, y = (math.cos(angle), math.sin(angle)) if upper else (1 - math.cos(angle), 0.5 - math.sin(angle))
        points.append([x + rng.gauss(0, 0.1), y + rng.gauss(0, 0.1)])
        labels.append(1.0 if upper else -1.0)
    return points, labels


class Written:
    """The network of micrograd's demo: every neuron is written out with operators. Takes its weights from `model`."""

    def __init__(self, model: nn.MLP) -> None:
        self.layers = [
            [([Micrograd(w.data) for w in neuron.w], Micrograd(neuron.b.data)) for neuron in layer.neurons]
            for layer in model.layers
        ]

    def __call__(self, x: Sequence[Any]) -> Any:
        for layer in self.layers:
            z = [sum((w * xi for w, xi in zip(ws, x, strict=True)), b) for ws, b in layer]
            x = z if layer is self.layers[-1] else [zi.relu() for zi in z]
        return x[0]

    def parameters(self) -> list[Any]:
        """In the order of nn: a layer's weights, then its biases."""
        return [p for layer in self.layers for p in (*(w for ws, _ in layer for w in ws), *(b for _, b in layer))]


def written_loss(losses: list[Any], parameters: list[Any]) -> Any:
    """The mean plus L2 as micrograd's demo writes them."""
    return sum(losses) * (1.0 / len(losses)) + ALPHA * sum(p * p for p in parameters)


def loss(losses: list[Any], parameters: list[Any]) -> Any:
    """The same with one node for each sum."""
    return autograd.mean(losses) + ALPHA * autograd.dot(parameters, parameters)


def step(model: Any, total: Callable[..., Any], points: Any, labels: Any) -> tuple[float, float, Any]:
    """Return ms forward and ms backward, and the loss; gradients start at 0."""
    parameters = model.parameters()
    for p in parameters:
        p.grad = 0.0
    start = seconds()
    margins = [(1 + -y * model(x)).relu() for x, y in zip(points, labels, strict=True)]
    result = total(margins, parameters)
    built = seconds()
    result.backward()
    return (built - start) * 1e3, (seconds() - built) * 1e3, result


def torch_rounds(model: nn.MLP, points: Any, labels: Any, expected: float) -> Callable[[], tuple[float, float]] | None:
    """Return a step on torch's tensors with the model's weights; None where torch is not installed."""
    try:
        import torch
    except ImportError:
        return None
    torch.set_num_threads(1)
    layers = [torch.nn.Linear(2, 16), torch.nn.ReLU(), torch.nn.Linear(16, 16), torch.nn.ReLU(), torch.nn.Linear(16, 1)]
    peer = torch.nn.Sequential(*layers).double()
    with torch.no_grad():
        for p, numbers in zip(peer.parameters(), model.state_dict().values(), strict=True):
            p.copy_(torch.tensor(numbers, dtype=torch.float64))
    x, y = torch.tensor(points, dtype=torch.float64), torch.tensor(labels, dtype=torch.float64)

    def once() -> tuple[float, float]:
        peer.zero_grad()
        start = seconds()
        margins = (1 - y * peer(x)[:, 0]).relu()
        result = margins.mean() + ALPHA * sum((p * p).sum() for p in peer.parameters())
        built = seconds()
        result.backward()
        done = seconds()
        assert math.isclose(result.item(), expected, rel_tol=1e-12)
        return (built - start) * 1e3, (done - built) * 1e3

    return once


def main() -> None:
    pin()
    print(CORE)
    points, labels = moons()
    model = nn.MLP(2, [16, 16, 1], "relu", seed=1337)
    written = Written(model)
    kinds = {"autograd": (model, loss), "micrograd": (written, written_loss)}
    results = {name: step(*kind, points, labels)[2].data for name, kind in kinds.items()}
    assert math.isclose(*results.values(), rel_tol=1e-12), results
    for ours, theirs in zip(model.parameters(), written.parameters(), strict=True):
        assert math.isclose(ours.grad, theirs.grad, rel_tol=1e-9, abs_tol=1e-12)
    print(f"loss {results['autograd']:.6g}, {len(model.parameters())} gradients: both agree")
    torch_step = torch_rounds(model, points, labels, results["autograd"])
    rounds: dict[str, list[tuple[float, float]]] = {name: [] for name in kinds}
    for i in range(ROUNDS):
        for name, kind in kinds.items():
            if name == "autograd" or i < 3:
                gc.collect()
                rounds[name].append(step(*kind, points, labels)[:2])
        if torch_step is not None:
            rounds.setdefault("torch", []).append(torch_step())
    print(f"{'ms per step':12}{'forward':>10}{'backward':>10}{'both':>10}")
    medians = {}
    for name, runs in rounds.items():
        columns = [*zip(*runs, strict=True), tuple(f + b for f, b in runs)]
        medians[name] = [statistics.median(column) for column in columns]
        print(f"{name:12}" + "".join(f"{x:10.2f}" for x in medians[name]))
    ratios = [a / b for a, b in zip(medians["autograd"], medians["micrograd"])]
    print(f"{'ratio':12}" + "".join(f"{x:10.4f}" for x in ratios))


if __name__ == "__main__":
    main()
