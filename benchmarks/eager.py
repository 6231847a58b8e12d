"""One operation at a time: this engine beside micrograd and xad, on the same chain of 100,002 operations, in one run.

    python benchmarks/eager.py

The chain is s = s + tanh(s*w + b)**2 / d, 16,667 times over. All engines must give the same number and the same
gradients before anything is timed. Every figure is a median over rounds in which they take turns on one pinned core;
the lines with ratios, this engine over another, are what can be compared between machines. xad, a C++ tape under
Python, takes part where it is installed.
"""

from __future__ import annotations

import gc
import math
import statistics
import tracemalloc
from collections.abc import Callable
from typing import Any

import autograd

try:
    from .peers import CORE, Micrograd, Xad, pin, seconds
except ImportError:  # run as a file
    from peers import CORE, Micrograd, Xad, pin, seconds  # type: ignore[no-redef]

LINKS = 16_667
OPERATIONS = 6 * LINKS
ROUNDS = 9
START = [0.5, 0.8, -0.3, 3.0]

Run = tuple[tuple[float, float, float], list[float]]  # seconds forward, backward and for freeing; what came out


def run_values(make: Any) -> Run:
    """Run the chain on an engine whose Values have `tanh`, `backward`, `data` and `grad`."""
    start = seconds()
    s, w, b, d = leaves = [make(x) for x in START]
    for _ in range(LINKS):
        s = s + (s * w + b).tanh() ** 2 / d
    built = seconds()
    s.backward()
    differentiated = seconds()
    answers = [s.data, *(leaf.grad for leaf in leaves)]
    done = seconds()
    del s, w, b, d, leaves
    if make is Micrograd:  # its cycles are freed by nothing else
        gc.collect()
    freed = seconds()
    return (built - start, differentiated - built, freed - done), answers


def run_xad(engine: Xad) -> Run:
    """Run the chain on xad's tape."""
    tanh = engine.tanh
    start = seconds()
    s, w, b, d = leaves = engine.start(START)
    for _ in range(LINKS):
        s = s + tanh(s * w + b) ** 2 / d
    built = seconds()
    engine.backward(s)
    differentiated = seconds()
    answers = [s.getValue(), *(leaf.getDerivative() for leaf in leaves)]
    done = seconds()
    engine.end()
    freed = seconds()
    return (built - start, differentiated - built, freed - done), answers


def engines() -> dict[str, Callable[[], Run]]:
    """Return a run of the chain for each engine, ours first."""
    found: dict[str, Callable[[], Run]] = {
        "autograd": lambda: run_values(autograd.Value),
        "micrograd": lambda: run_values(Micrograd),
    }
    try:
        xad = Xad()
    except ImportError:
        print("xad is not installed")
    else:
        found["xad"] = lambda: run_xad(xad)
    return found


def check(runs: dict[str, Callable[[], Run]]) -> None:
    """Stop unless all engines agree on the result and on every gradient."""
    answers = {name: run()[1] for name, run in runs.items()}
    ours = answers["autograd"]
    for name, theirs in answers.items():
        assert all(math.isclose(a, b, rel_tol=1e-9) for a, b in zip(ours, theirs, strict=True)), (name, ours, theirs)
    print(f"{OPERATIONS:,} operations; result {ours[0]:.12g}, gradients {ours[1:]}: all agree")


def compare(runs: dict[str, Callable[[], Run]], rounds: int, mode: str) -> None:
    """Print the medians of all engines in ns per operation, and the ratios to the first."""
    taken: dict[str, list[list[float]]] = {name: [] for name in runs}
    for _ in range(rounds):
        for name, run in runs.items():
            gc.collect()
            forward, backward, free = run()[0]
            taken[name].append([forward, backward, forward + backward, free])
    medians = {name: [statistics.median(column) for column in zip(*lists)] for name, lists in taken.items()}
    for name, figures in medians.items():
        print(f"{mode:15}{name:24}" + "".join(f"{x / OPERATIONS * 1e9:10.0f}" for x in figures))
    for name in list(runs)[1:]:
        ratios = [ours / theirs for ours, theirs in zip(medians["autograd"], medians[name])]
        print(f"{mode:15}{'ratio to ' + name:24}" + "".join(f"{x:10.3f}" for x in ratios))


def memory(make: Any) -> float:
    """Return bytes per operation after forward and backward."""
    gc.collect()
    tracemalloc.start()
    before = tracemalloc.get_traced_memory()[0]
    s, w, b, d = [make(x) for x in START]
    for _ in range(LINKS):
        s = s + (s * w + b).tanh() ** 2 / d
    s.backward()
    gc.collect()
    used = tracemalloc.get_traced_memory()[0] - before
    tracemalloc.stop()
    return used / OPERATIONS


def main() -> None:
    pin()
    print(CORE)
    sizes = [memory(make) for make in (autograd.Value, Micrograd)]  # first, while no node is spare
    runs = engines()
    check(runs)
    print(f"{'':15}{'ns/op':24}{'forward':>10}{'backward':>10}{'both':>10}{'freeing':>10}")
    gc.disable()
    compare(runs, ROUNDS, "collector off")
    gc.enable()
    compare(runs, max(3, ROUNDS // 3), "collector on")
    print(f"bytes/op: autograd {sizes[0]:.0f}, micrograd {sizes[1]:.0f}, ratio {sizes[0] / sizes[1]:.3f}")


if __name__ == "__main__":
    main()
