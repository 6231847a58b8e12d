"""When an executor pays: one gradient of a batch by processes, compared with one process.

    python benchmarks/parallel.py [--workers 2]

A network 64-128-64-10 with 17,226 parameters and cross entropy, for batches of several sizes. Both ways must give the
same loss, and gradients equal to 2e-15 of the largest. Figures are medians of ms over rounds in which both take turns:
CPU time of one process, of the process that hands out the chunks, and of the slowest worker. The ratio is that of the
last two together to the first: what the wall clock shows if each worker has a core to itself. The last column is the
ratio of the wall clock on this machine as it was.
"""

from __future__ import annotations

import argparse
import multiprocessing
import random
import statistics
from collections.abc import Callable
from concurrent.futures import Future, ProcessPoolExecutor
from time import perf_counter, process_time
from typing import Any

from autograd import nn, parallel

try:
    from .peers import CORE
except ImportError:  # run as a file
    from peers import CORE  # type: ignore[no-redef]

BATCHES, ROUNDS = (32, 128, 512, 2048), 5
LOSS = nn.CrossEntropyLoss()


class Timed:
    """An executor that notes the CPU time of each job."""

    def __init__(self, executor: ProcessPoolExecutor) -> None:
        self.executor = executor
        self.seconds: list[float] = []

    def submit(self, function: Callable[..., Any], *args: Any) -> Future[Any]:
        """Submit a function, whose future gives its result alone."""
        future = self.executor.submit(timed, function, *args)
        wait = future.result
        future.result = lambda timeout=None: self._noted(*wait(timeout))  # type: ignore[method-assign]
        return future

    def _noted(self, result: Any, seconds: float) -> Any:
        self.seconds.append(seconds)
        return result


def timed(function: Callable[..., Any], *args: Any) -> tuple[Any, float]:
    """The result of a function, and the CPU time that it took."""
    start = process_time()
    result = function(*args)
    return result, process_time() - start


def serial(model: nn.Module, xs: Any, ys: Any) -> tuple[float, list[float]]:
    """The loss and the gradients by one process."""
    model.zero_grad()
    value = LOSS(model(xs), ys)
    value.backward()
    return value.data, [p.grad for p in model.parameters()]


def main() -> None:
    parser = argparse.ArgumentParser(description="When an executor pays.")
    parser.add_argument("--workers", type=int, default=2)
    workers = parser.parse_args().workers
    layers = [nn.Linear(64, 128, seed=0), nn.Tanh(), nn.Linear(128, 64, seed=1), nn.Tanh(), nn.Linear(64, 10, seed=2)]
    model, rng = nn.Sequential(*layers), random.Random(0)
    print(f"{CORE}, {workers} workers, {len(model.parameters())} parameters")
    print("".join(f"{column:>10}" for column in ("samples", "one", "here", "worker", "ratio", "clock")))
    with ProcessPoolExecutor(workers, mp_context=multiprocessing.get_context("spawn")) as pool:
        for count in BATCHES:
            xs = [[rng.random() for _ in range(64)] for _ in range(count)]
            ys = [rng.randrange(10) for _ in xs]
            rows = []
            for _ in range(ROUNDS):
                executor: Any = Timed(pool)
                clock, start = perf_counter(), process_time()
                value, expected = serial(model, xs, ys)
                one, clock_of_one = process_time() - start, perf_counter() - clock
                clock, start = perf_counter(), process_time()
                found = parallel.value_and_grad(LOSS, model, xs, ys, executor=executor, chunks=workers)
                here, slowest = process_time() - start, max(executor.seconds)
                rows.append((one, here, slowest, (here + slowest) / one, (perf_counter() - clock) / clock_of_one))
                assert found[0] == value
                error = max(abs(a - b) for a, b in zip(found[1], expected, strict=True))
                assert error <= 2e-15 * max(map(abs, expected)), error
            *ms, ratio, wall = (statistics.median(column) for column in zip(*rows, strict=True))
            print(f"{count:10}" + "".join(f"{x * 1e3:10.1f}" for x in ms) + f"{ratio:10.2f}{wall:10.2f}", flush=True)


if __name__ == "__main__":
    main()
