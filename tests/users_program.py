"""A program as a user writes it, which type checkers accept: tests/test_stubs.py checks and runs it in another folder.

A regression with a module of the user's own, derivatives of functions, and files.
"""

import sys
from collections.abc import Sequence
from pathlib import Path
from typing import assert_type

import autograd
from autograd import Value, dot, exp, grad, load, nn, no_grad, optim, save, softmax, tanh, value_and_grad, where


class Regression(nn.Module):
    """Two layers, and a temperature of its own."""

    def __init__(self, hidden: int, seed: int = 0) -> None:
        self.first = nn.Linear(2, hidden, seed=seed)
        self.second = nn.Linear(hidden, 1, seed=seed + 1)
        self.temperature = nn.Parameter(1.0, "temperature")

    def forward(self, sample: Sequence[float], sharp: bool = False) -> Value:
        hidden: list[Value] = self.first(sample)
        activated = [tanh(h) for h in hidden]
        outputs: list[Value] = self.second(activated)
        return outputs[0] * (2.0 if sharp else 1.0) / self.temperature


def functions_of_numbers_and_values() -> None:
    a, b = Value(2.0, "a"), Value(-3.0, "b")
    assert_type(exp(1.0), float)
    assert_type(exp(a), Value)
    assert_type(a * 2 + b**2, Value)
    assert_type(a.clip(0.0, 1.0), Value)
    assert_type(autograd.sum([1.0, 2.0]), float)
    assert_type(autograd.sum([a, b]), Value)
    assert_type(autograd.sum(x * x for x in (a, b)), Value)
    assert_type(autograd.mean([1, 2, 3]), float)
    assert_type(autograd.max([a, b]), Value)
    assert_type(autograd.norm([a, b]), Value)
    assert_type(autograd.logsumexp([a, b]), Value)
    assert_type(dot([0.5, 2.0], [4.0, 1.0]), float)
    assert_type(dot([a, b], [4.0, 1.0], bias=1.0), Value)
    assert_type(dot([4.0, 1.0], [a, b]), Value)
    assert_type(softmax([a, b]), list[Value])
    assert_type(softmax([0.0, 1.0]), list[float])
    assert_type(where(a > b, a, 0.0), Value)
    assert_type(where(True, 1.0, 0.0), float)


def derivatives() -> None:
    def cube(x: Value) -> Value:
        return x**3

    def product(p: list[Value]) -> Value:
        return p[0] * p[1]

    assert_type(grad(cube)(2.0), float)
    assert_type(grad(cube)(2), float)
    assert_type(grad(cube)(Value(2.0)), Value)
    assert_type(grad(grad(cube))(2.0), float)
    assert_type(grad(autograd.sin)(0.0), float)
    assert_type(grad(product)([2.0, 3.0]), list[float])
    assert_type(value_and_grad(cube)(2.0), tuple[float, float])
    assert grad(grad(cube))(2.0) == 12.0


def mean_squared(outputs: list[Value], targets: list[float]) -> Value:
    return autograd.mean([(y - t) ** 2 for y, t in zip(outputs, targets)])


def train(model: Regression, samples: list[list[float]], targets: list[float]) -> list[float]:
    optimizer = optim.Adam(model.parameters(), lr=0.05)
    losses: list[float] = []
    for _ in range(20):
        loss = mean_squared([model(sample) for sample in samples], targets)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        losses.append(loss.data)
    save(optimizer, "optimizer.json")
    assert_type(load(optimizer, "optimizer.json"), optim.Adam)
    return losses


def main() -> None:
    functions_of_numbers_and_values()
    derivatives()
    samples, targets = [[0.0, 1.0], [1.0, 0.5], [-1.0, 2.0]], [1.0, 0.0, -1.0]
    model = Regression(4)
    assert_type(model(samples[0], sharp=True), Value)
    losses = train(model, samples, targets)
    assert losses[-1] < losses[0]
    save(model, Path("model.json"))
    twin = load(Regression(4, seed=7), "model.json")
    assert_type(twin, Regression)
    with no_grad():
        same = [twin(sample).data == model(sample).data for sample in samples]
    loss = nn.functional.mse_loss([model(sample) for sample in samples], targets)
    sys.stdout.write(f"{all(same)} {len(model.state_dict())} {loss.data == losses[-1]}\n")


if __name__ == "__main__":
    main()
