"""Looking at a graph of 1,000,000 Values: nothing hangs, each way to look answers or refuses within about two seconds.

    python benchmarks/view.py

The graph is 333,333 times sin(y + w) * 0.5, all with the one weight of an `nn.Linear`. Beside them, the layout of the
largest graphs that are drawn Value by Value. Figures are medians in seconds on one pinned core.
"""

from __future__ import annotations

import os
import random
import statistics
import tempfile
from collections.abc import Callable
from pathlib import Path
from time import perf_counter
from typing import Any

import autograd
from autograd import Value, backward_steps, diagnose, draw, explain, nn, play, why

LINKS = 333_333
ROUNDS = 3


def main() -> None:
    """Print a line for each way to look."""
    if hasattr(os, "sched_setaffinity"):
        os.sched_setaffinity(0, {min(os.sched_getaffinity(0))})
    model, output = million()
    weight, near = model.weight[0][0], output.parents[0]
    print(f"{len(autograd.graph.topological_order(output)):,} Values")
    for name, look in {
        "draw(y), refused": lambda: refused(lambda: draw(output)),
        "draw(y, group=model).svg": lambda: draw(output, group=model).svg,
        "explain(y), refused": lambda: refused(lambda: explain(output)),
        "explain(y, wrt=near the end)": lambda: str(explain(output, wrt=near)),
        "explain(y, wrt=w), refused": lambda: refused(lambda: explain(output, wrt=weight)),
        "why(y, w)": lambda: str(why(output, weight)),
        "play(y), refused": lambda: refused(lambda: play(output)),
        "backward_steps(y), first step": lambda: next(backward_steps(output)),
        "diagnose(model, y)": lambda: str(diagnose(model, output)),
    }.items():
        print(f"{name:32} {median(look):8.3f}")
    for name, graph in {"a loop that uses x 166 times": loop(166), "490 Values at random": entangled(490)}.items():
        print(f"draw, {name:26} {median(lambda graph=graph: draw(graph).svg):8.3f}")
        with tempfile.TemporaryDirectory() as folder:
            page = Path(folder) / "page.html"
            print(f"play, {name:26} {median(lambda graph=graph, page=page: play(graph, page)):8.3f}")


def million() -> tuple[nn.Linear, Value]:
    """A graph of a million Values and the module whose weight they all use."""
    model = nn.Linear(1, 1, seed=0)
    y = Value(1.0)
    for _ in range(LINKS):
        y = autograd.sin(y + model.weight[0][0]) * 0.5
    return model, y


def loop(times: int) -> Value:
    """y = y * x + 1, again and again."""
    y = x = Value(0.5, "x")
    for _ in range(times):
        y = y * x + 1
    return y


def entangled(size: int) -> Value:
    """Products of a recent Value and any other."""
    rng = random.Random(0)
    values = [Value(rng.random()) for _ in range(5)]
    while len(values) < size:
        values.append(rng.choice(values) * rng.choice(values[-10:]))
    return autograd.sum(values)


def refused(look: Callable[[], Any]) -> str:
    """The advice with which something is refused."""
    try:
        look()
    except ValueError as error:
        return str(error)
    raise AssertionError("this should have been refused")


def median(look: Callable[[], Any]) -> float:
    """The median time of a few rounds."""
    times = []
    for _ in range(ROUNDS):
        start = perf_counter()
        look()
        times.append(perf_counter() - start)
    return statistics.median(times)


if __name__ == "__main__":
    main()
