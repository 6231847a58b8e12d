"""Handwritten digits and two moons, learned by small networks in pure Python: accuracy and seconds.

    python benchmarks/digits.py                  both
    python benchmarks/digits.py --epochs 5       a shorter training on the digits

Digits: scikit-learn's 1797 pictures of 8 x 8 pixels (UCI, "Optical recognition of handwritten digits"), a network of
64-32-16-10 behind a dropout of a tenth of the pixels, AdamW with a cosine schedule, gradients clipped at 1; a fifth of
the pictures is kept for the test.
The seconds at which the test first reaches 95 % are printed, too.
Two moons: micrograd's demo, its data, first weights, loss and schedule: 100 points, MLP(2, [16, 16, 1]) with ReLU,
max-margin loss with an L2 term, all points in every step, 100 steps; so its losses and accuracies come out, too.
"""

from __future__ import annotations

import argparse
import random
import sys
from collections.abc import Sequence
from pathlib import Path
from time import perf_counter, process_time
from typing import NamedTuple

if __name__ == "__main__":
    sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from autograd import DataLoader, dot, fit, nn, no_grad, optim

try:
    from .peers import CORE, pin
except ImportError:  # run as a file
    from peers import CORE, pin  # type: ignore[no-redef]

Pictures = list[list[float]]


class Split(NamedTuple):
    """Pictures to learn from, and pictures to be tested on."""

    train: Pictures
    train_labels: list[int]
    test: Pictures
    test_labels: list[int]


def load_digits(seed: int = 0) -> Split:
    """Return scikit-learn's digits in a random order, pixels from 0 to 1, the last fifth for the test."""
    from sklearn.datasets import load_digits as load

    data = load()
    order = list(range(len(data.target)))
    random.Random(seed).shuffle(order)
    pictures = [[float(pixel) / 16.0 for pixel in data.data[i]] for i in order]
    labels = [int(data.target[i]) for i in order]
    end = len(order) * 4 // 5
    return Split(pictures[:end], labels[:end], pictures[end:], labels[end:])


def accuracy(model: nn.Module, pictures: Pictures, labels: Sequence[int]) -> float:
    """Return the share of the pictures whose largest output is that of their label; the model's mode stays."""
    training = model.training
    model.eval()
    with no_grad():
        outputs = model(pictures)
    model.train(training)
    found = [max(range(len(scores)), key=lambda k: scores[k].data) for scores in outputs]
    return sum(a == b for a, b in zip(found, labels, strict=True)) / len(labels)


def digits(epochs: int) -> float:
    """Train 64-32-16-10 on the digits; print each epoch; return the accuracy on the pictures of the test."""
    data = load_digits()
    model = nn.Sequential(nn.Dropout(0.1, seed=2), nn.MLP(64, [32, 16, 10], seed=1))
    optimizer = optim.AdamW(model.parameters(), lr=0.01, weight_decay=0.1)
    start = process_time()
    reached: list[float] = []

    def report(epoch: int, loss: float) -> float:
        right, taken = accuracy(model, data.test, data.test_labels), process_time() - start
        print(f"  epoch {epoch + 1:2}  loss {loss:.6f}  test {right:.2%}  {taken:.1f} s of CPU", flush=True)
        if right >= 0.95 and not reached:
            reached.append(taken)
            print(f"  95 % after {taken:.1f} s of CPU", flush=True)
        return right

    history = fit(
        model,
        DataLoader(data.train, data.train_labels, batch_size=32, shuffle=True, seed=0),
        nn.CrossEntropyLoss(),
        optimizer,
        epochs,
        scheduler=optim.lr_scheduler.CosineAnnealingLR(optimizer, T_max=epochs),
        before_step=lambda: optim.clip_grad_norm_(model.parameters(), max_norm=1.0),
        each_epoch=report,
        progress=False,
    )
    result: float = history.metrics[-1]
    return result


def load_moons() -> tuple[list[list[float]], list[int]]:
    """Return micrograd's two moons, labels -1 and 1."""
    import numpy as np
    from sklearn.datasets import make_moons

    np.random.seed(1337)
    points, labels = make_moons(n_samples=100, noise=0.1)
    return [[float(x) for x in point] for point in points], [2 * int(label) - 1 for label in labels]


def moons(steps: int = 100) -> list[tuple[float, float]]:
    """Train MLP(2, [16, 16, 1]) on the two moons as micrograd's demo does; return loss and accuracy at each step."""
    points, labels = load_moons()
    model = nn.MLP(2, [16, 16, 1])
    rng = random.Random(1337)
    for layer in model.layers:
        nn.init.uniform_(layer.weight, -1.0, 1.0, rng)
    parameters = model.parameters()
    optimizer = optim.SGD(parameters, lr=1.0)
    schedule = optim.lr_scheduler.LambdaLR(optimizer, lambda k: 1.0 - 0.9 * k / 100)
    history = []
    for _ in range(steps):
        scores = model(points)
        loss = nn.HingeLoss()(scores, labels) + 1e-4 * dot(parameters, parameters)
        right = sum((score > 0.0) == (label > 0) for score, label in zip(scores, labels, strict=True))
        history.append((loss.data, right / len(labels)))
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        schedule.step()
    return history


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--epochs", type=int, default=30)
    given = parser.parse_args()
    pin()
    print(CORE)
    start, cpu = perf_counter(), process_time()
    loss, right = moons()[-1]
    print(f"moons: {right:.0%}, loss {loss:.6f}, {perf_counter() - start:.1f} s, {process_time() - cpu:.1f} s of CPU")
    start, cpu = perf_counter(), process_time()
    right = digits(given.epochs)
    print(f"digits: {right:.2%} in the test, {perf_counter() - start:.1f} s, {process_time() - cpu:.1f} s of CPU")


if __name__ == "__main__":
    main()
