"""A program as a user writes it, which type checkers accept: tests/test_stubs.py checks and runs it in another folder.

A regression with a module of the user's own, derivatives of functions, and files.
"""

import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import assert_type

import autograd
from autograd import Value, dot, exp, grad, load, nn, no_grad, optim, save, softmax, tanh, value_and_grad, where


@dataclass
class Line:
    """Parameters that are not in a module."""

    slope: float
    offset: float

    def at(self, x: float) -> float:
        return self.slope * x + self.offset


class Regression(nn.Module):
    """Two layers, and a temperature of its own."""

    def __init__(self, hidden: int, seed: int = 0) -> None:
        self.first = nn.Linear(2, hidden, seed=seed)
        self.second = nn.Linear(hidden, 1, seed=seed + 1)
        self.temperature = nn.Parameter(1.0, "temperature")

    def forward(self, sample: Sequence[float], sharp: bool = False) -> Value:
        activated = [tanh(hidden) for hidden in self.first(sample)]
        return self.second(activated)[0] * (2.0 if sharp else 1.0) / self.temperature


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
    assert_type(grad(Line.at)(Line(2.0, 1.0), 3.0), Line)
    assert_type(value_and_grad(cube)(2.0), tuple[float, float])
    assert grad(grad(cube))(2.0) == 12.0


def layers(x: Value) -> None:
    linear, sample = nn.Linear(2, 3), [0.5 * x, x]
    mixed: list[Value | float] = [1.0, x]
    assert_type(linear([1.0, 2.0]), list[Value])
    assert_type(linear(sample), list[Value])
    assert_type(linear(mixed), list[Value])
    assert_type(linear([sample, sample]), list[list[Value]])
    assert_type(nn.Layer(2, 3, "tanh")([1.0, 2.0]), list[Value])
    assert_type(nn.LayerNorm(2)([x, x]), list[Value])
    assert_type(nn.BatchNorm1d(2)([[x, x], [x, 2 * x]]), list[list[Value]])
    assert_type(nn.Tanh()(x), Value)
    assert_type(nn.Tanh()(0.5), float)
    assert_type(nn.ReLU()([x, x]), list[Value])
    assert_type(nn.GELU()([[1.0], [2.0]]), list[list[float]])
    assert_type(nn.Softmax()([x, x]), list[Value])
    assert_type(nn.Dropout(0.5)([x, x]), list[Value])
    assert_type(nn.Identity()([x, x]), list[Value])
    assert_type(nn.Neuron(2)([1.0, 2.0]), Value)
    assert_type(nn.Neuron(2)([[1.0, 2.0]]), list[Value])
    assert len(nn.GRUCell(2, 3)([1.0, 2.0])) == 3
    outputs, (h, c) = nn.LSTM(2, 3)([[1.0, 2.0]])
    assert len(outputs) == len(h) == len(c) == 1


def losses_of(outputs: list[Value], targets: list[float]) -> None:
    functional = nn.functional
    assert_type(functional.mse_loss(outputs, targets), Value)
    assert_type(functional.l1_loss([1.0, 2.0], targets, "sum"), float)
    assert_type(functional.huber_loss([outputs], [targets], delta=0.5), Value)
    assert_type(functional.hinge_loss(outputs, [1, -1], reduction="sum", margin=2.0), Value)
    assert_type(functional.cross_entropy([outputs], [0], label_smoothing=0.1), Value)
    assert_type(functional.nll_loss(outputs, 1), Value)
    assert_type(functional.multi_margin_loss(outputs, 1, p=2), Value)
    assert_type(nn.MSELoss()(outputs, targets), Value)
    assert_type(nn.CrossEntropyLoss()([outputs], [0]), Value)
    each: list[Value] = functional.mse_loss(outputs, targets, "none")
    assert len(each) == 2


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
    layers(Value(0.5))
    losses_of([Value(0.5), Value(1.5)], [1.0, 2.0])
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
