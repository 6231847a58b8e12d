"""One training step of a GPT of scalars, compiled and eager: the model of the demo `microgpt`."""

from __future__ import annotations

import math
import random
from collections.abc import Callable
from typing import Any

from autograd import dot, nn, optim, softmax, training_step

from ..microgpt import BOUNDARY, HEADS, LETTERS, PLACES, WIDTH, WORDS
from .timing import Comparison

__all__ = ["gpt"]


def normalized(xs: Any) -> Any:
    """Each vector over the root of its mean square."""
    scales = [(dot(x, x) / WIDTH + 1e-5) ** -0.5 for x in xs]
    return [[a * scale for a in x] for x, scale in zip(xs, scales)]


def added(xs: Any, ys: Any) -> Any:
    return [[a + b for a, b in zip(x, y)] for x, y in zip(xs, ys)]


class Head(nn.Module):
    """The values of the places that each place looks at, weighted by softmax."""

    def __init__(self, rng: random.Random) -> None:
        self.query, self.key, self.value = (nn.Linear(WIDTH, WIDTH // HEADS, bias=False, seed=rng) for _ in range(3))

    def forward(self, xs: Any) -> Any:
        queries, keys, values = self.query(xs), self.key(xs), self.value(xs)
        found = []
        for i, query in enumerate(queries):
            shares = softmax([dot(query, key) / math.sqrt(len(query)) for key in keys[: i + 1]])
            found.append([dot(shares, column) for column in zip(*values[: i + 1])])
        return found


class GPT(nn.Module):
    """One block; scores for the next token at each place."""

    def __init__(self, seed: int = 1) -> None:
        rng = random.Random(seed)
        self.token = nn.Embedding(BOUNDARY + 1, WIDTH, seed=rng)
        self.place = nn.Embedding(PLACES, WIDTH, seed=rng)
        self.heads = [Head(rng) for _ in range(HEADS)]
        self.mix = nn.Linear(WIDTH, WIDTH, bias=False, seed=rng)
        self.up = nn.Linear(WIDTH, 4 * WIDTH, bias=False, seed=rng)
        self.down = nn.Linear(4 * WIDTH, WIDTH, bias=False, seed=rng)
        self.scores = nn.Linear(WIDTH, BOUNDARY + 1, bias=False, seed=rng)

    def forward(self, tokens: Any) -> Any:
        xs = added(self.token(tokens), self.place(list(range(len(tokens)))))
        seen = normalized(xs)
        found = zip(*[head(seen) for head in self.heads])
        xs = added(xs, self.mix([[a for part in parts for a in part] for parts in found]))
        hidden = [[h.relu() for h in x] for x in self.up(normalized(xs))]
        return self.scores(added(xs, self.down(hidden)))


def steps(make: Callable[[Any, Any], Callable[[Any, Any], Any]]) -> Callable[[], Any]:
    """Return a call that takes one step for each word; `make` returns a step of a model and its optimizer."""
    model = GPT()
    step = make(model, optim.Adam(model.parameters(), lr=0.01, betas=(0.85, 0.99)))
    words = [[BOUNDARY, *map(LETTERS.index, word), BOUNDARY] for word in WORDS]
    return lambda: [step(tokens[:-1], tokens[1:]) for tokens in words]


def eager(model: Any, optimizer: Any) -> Any:
    loss = nn.CrossEntropyLoss()

    def step(inputs: Any, targets: Any) -> Any:
        value = loss(model(inputs), targets)
        optimizer.zero_grad()
        value.backward()
        optimizer.step()
        return value.data

    return step


def gpt(options: Any) -> Comparison:
    found = Comparison("microgpt, one training step", {"eager": 1 / 40}, checked=2, tolerance=1e-7, quick=options.quick)

    def ours(model: Any, optimizer: Any) -> Any:
        step = training_step(model, nn.CrossEntropyLoss(), optimizer)
        found.stats = step.stats
        return step

    found.add("autograd", lambda: steps(ours), times=len(WORDS))
    found.add("eager", lambda: steps(eager), times=len(WORDS))
    return found
