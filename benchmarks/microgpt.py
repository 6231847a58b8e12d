"""A GPT of scalars, trained on words: one step with this engine and with one in the style of microgpt's.

    python benchmarks/microgpt.py

The network has the size and the operations of Karpathy's microgpt: 4,192 parameters, embeddings of tokens and places,
RMSNorm, attention with 4 heads over 16 numbers, a perceptron of 64 ReLUs, cross entropy, and Adam as a loop over
`p.data` and `p.grad`. The program is the same for both engines and uses what both have: + - * / **, exp, log, relu and
Python's own sum. All losses of both trainings are compared before anything is printed. Figures are medians of seconds
over steps in which the two take turns on one pinned core, the cyclic collector on, as it is for users.
"""

from __future__ import annotations

import gc
import math
import random
import statistics
import sys
from typing import Any

import autograd

try:
    from .peers import CORE, Tuples, pin, seconds
except ImportError:  # run as a file
    from peers import CORE, Tuples, pin, seconds  # type: ignore[no-redef]

WIDTH, HEADS, PLACES, LETTERS = 16, 4, 16, "abcdefghijklmnopqrstuvwxyz"
BOUNDARY = len(LETTERS)  # the token before and after a word
PART = WIDTH // HEADS
WORDS = ["operand", "formula", "network", "textbook", "weights", "average", "cascade", "product", "numbers", "problem"]

Vector = list[Any]
Matrix = list[Vector]


class Network:
    """The parameters of one block, as matrices of an engine's Values."""

    def __init__(self, value: Any, seed: int = 1) -> None:
        rng = random.Random(seed)

        def matrix(rows: int, columns: int) -> Matrix:
            return [[value(rng.gauss(0.0, 0.08)) for _ in range(columns)] for _ in range(rows)]

        tokens = BOUNDARY + 1
        self.token, self.place, self.readout = matrix(tokens, WIDTH), matrix(PLACES, WIDTH), matrix(tokens, WIDTH)
        self.query, self.key, self.value, self.mixed = (matrix(WIDTH, WIDTH) for _ in range(4))
        self.up, self.down = matrix(4 * WIDTH, WIDTH), matrix(WIDTH, 4 * WIDTH)

    def parameters(self) -> list[Any]:
        return [p for matrix in vars(self).values() for row in matrix for p in row]

    def logits(self, token: int, place: int, keys: Matrix, values: Matrix) -> Vector:
        """Return a score for each next token; `keys` and `values` have those of earlier places and get this one's."""
        x = normalized(added(self.token[token], self.place[place]))
        y = normalized(x)
        query = times(self.query, y)
        keys.append(times(self.key, y))
        values.append(times(self.value, y))
        heads: Vector = []
        for start in range(0, WIDTH, PART):
            part = slice(start, start + PART)
            scores = [sum(q * k for q, k in zip(query[part], key[part])) / PART**0.5 for key in keys]
            shares = softmax(scores)
            heads += [sum(s * v[i] for s, v in zip(shares, values)) for i in range(start, start + PART)]
        x = added(times(self.mixed, heads), x)
        hidden = [h.relu() for h in times(self.up, normalized(x))]
        return times(self.readout, added(times(self.down, hidden), x))

    def loss(self, word: str) -> Any:
        """Return the mean cross entropy of the letters of a word, each predicted from those before it."""
        tokens = [BOUNDARY, *map(LETTERS.index, word), BOUNDARY]
        keys: Matrix = []
        values: Matrix = []
        losses = []
        for place, (token, following) in enumerate(zip(tokens, tokens[1:])):
            losses.append(-softmax(self.logits(token, place, keys, values))[following].log())
        return (1.0 / len(losses)) * sum(losses)


def times(matrix: Matrix, x: Vector) -> Vector:
    return [sum(w * xi for w, xi in zip(row, x)) for row in matrix]


def added(a: Vector, b: Vector) -> Vector:
    return [x + y for x, y in zip(a, b)]


def softmax(x: Vector) -> Vector:
    largest = max(v.data for v in x)
    weights = [(v - largest).exp() for v in x]
    total = sum(weights)
    return [w / total for w in weights]


def normalized(x: Vector) -> Vector:
    """RMSNorm: x over the root of its mean square."""
    scale = (sum(v * v for v in x) / len(x) + 1e-5) ** -0.5
    return [v * scale for v in x]


class Training:
    """A network on one engine, and Adam's memory of it."""

    def __init__(self, value: Any) -> None:
        self.network = Network(value)
        self.parameters = self.network.parameters()
        self.first, self.second = [0.0] * len(self.parameters), [0.0] * len(self.parameters)
        self.losses: list[float] = []
        self.taken: list[tuple[float, float, float]] = []

    def step(self, word: str) -> None:
        """Learn from a word: forward, backward, update."""
        start = seconds()
        loss = self.network.loss(word)
        built = seconds()
        loss.backward()
        differentiated = seconds()
        self.update(len(self.losses) + 1)
        updated = seconds()
        self.losses.append(loss.data)
        self.taken.append((built - start, differentiated - built, updated - differentiated))

    def update(self, t: int) -> None:
        """Adam, with a rate that falls to 0."""
        rate, beta1, beta2 = 0.01 * (1.0 - t / (2 * len(WORDS))), 0.85, 0.99
        first, second = self.first, self.second
        for i, p in enumerate(self.parameters):
            g = p.grad
            m = first[i] = beta1 * first[i] + (1.0 - beta1) * g
            v = second[i] = beta2 * second[i] + (1.0 - beta2) * g * g
            p.data -= rate * (m / (1.0 - beta1**t)) / ((v / (1.0 - beta2**t)) ** 0.5 + 1e-8)
            p.grad = 0.0


def main() -> None:
    pin()
    print(CORE)
    sys.setrecursionlimit(100_000)  # the peer's backward recurses
    trainings = {"autograd": Training(autograd.Value), "tuples": Training(Tuples)}
    for word in WORDS:
        for training in trainings.values():
            gc.collect()
            training.step(word)
    ours, theirs = (training.losses for training in trainings.values())
    apart = max(abs(a - b) / math.ulp(b) for a, b in zip(ours, theirs))
    assert all(math.isclose(a, b, rel_tol=1e-9) for a, b in zip(ours, theirs)), (ours, theirs)
    count = len(trainings["autograd"].parameters)
    print(
        f"{count:,} parameters, {len(WORDS)} steps, loss {ours[0]!r} -> {ours[-1]!r}; largest difference {apart:g} ulp"
    )
    print(f"{'seconds':12}{'forward':>10}{'backward':>10}{'update':>10}{'step':>10}")
    medians = {}
    for name, training in trainings.items():
        columns = [*zip(*training.taken), tuple(map(sum, training.taken))]
        medians[name] = [statistics.median(column) for column in columns]
        print(f"{name:12}" + "".join(f"{x:10.4f}" for x in medians[name]))
    ratios = [a / b for a, b in zip(*medians.values())]
    print(f"{'ratio':12}" + "".join(f"{x:10.3f}" for x in ratios))


if __name__ == "__main__":
    main()
