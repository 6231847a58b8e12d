"""Engines that take turns at the same calculation, after it was checked that they agree."""

from __future__ import annotations

import gc
import statistics
import sys
from collections.abc import Callable, Mapping
from time import perf_counter, sleep
from typing import Any

from ..peers import seconds
from .engines import is_settled

__all__ = ["Comparison", "numbers_of"]

BATCH = 0.004  # seconds of calls between two looks at the clock
ROUNDS = 31
MOST_SECONDS = 30.0  # to wait for a compiler
SLOW = 0.1  # seconds: a call that takes longer is made three times only

Call = Callable[[], Any]


class Comparison:
    """One workload on several engines.

    Args:
        title: the name of the workload.
        targets: what to reach: the largest ratio to the time of another engine, or under "us" the time itself.
        checked: the number of calls whose results are compared. Calls that train a network return losses, and each
            starts where the last one ended.
        tolerance: the largest difference of two results, relative to their largest number.
    """

    def __init__(
        self,
        title: str,
        targets: Mapping[str, float],
        *,
        checked: int = 1,
        tolerance: float = 1e-9,
        quick: bool = False,
    ) -> None:
        self.title, self.targets, self.checked, self.tolerance = title, dict(targets), checked, tolerance
        self.rounds = 5 if quick else ROUNDS
        self.calls: dict[str, tuple[Call, int]] = {}
        self.notes: list[str] = []
        self.stats: Callable[[], Any] | None = None  # of ours, if its code may not be final yet

    def add(self, name: str, make: Callable[[], Call], *, times: int = 1, **installed: Any) -> None:
        """Add an engine; note it if it is not installed.

        Args:
            name: the name of the engine; ours is "autograd" and comes first.
            make: returns the call to be timed, which returns the result.
            times: how often one call does the calculation.
        """
        try:
            self.calls[name] = make(), times
        except (ImportError, OSError) as error:
            self.notes.append(f"{name}: {error}")

    def check(self) -> float:
        """Return the largest difference to our results, relative to their largest number; it must be small."""
        call, _ = self.calls["autograd"]
        results = {"autograd": [numbers_of(call()) for _ in range(self.checked)]}
        if self.stats is not None:
            end = perf_counter() + MOST_SECONDS
            while not is_settled(self.stats()) and perf_counter() < end:
                sleep(0.1)
                results["autograd"].append(numbers_of(call()))
            results["autograd"].append(numbers_of(call()))
            print(self.stats(), file=sys.stderr)
        for name, (call, _) in self.calls.items():
            if name != "autograd":
                results[name] = [numbers_of(call()) for _ in results["autograd"]]
        ours = [x for numbers in results["autograd"] for x in numbers]
        assert ours and all(abs(x) < float("inf") for x in ours), f"{self.title}: the result is not finite"
        largest, apart = max(map(abs, ours)), 0.0
        for name, found in results.items():
            theirs = [x for numbers in found for x in numbers]
            assert len(theirs) == len(ours), (self.title, name, len(ours), len(theirs))
            difference = max(abs(a - b) for a, b in zip(ours, theirs)) / largest
            assert difference <= self.tolerance, f"{self.title}: {name} differs by {difference:g}"
            apart = max(apart, difference)
        return apart

    def measure(self) -> dict[str, float]:
        """Return microseconds of CPU time per calculation: medians over rounds in which the engines take turns."""
        taken: dict[str, list[float]] = {name: [] for name in self.calls}
        counts = {name: _batch(call) for name, (call, _) in self.calls.items()}
        for i in range(self.rounds):
            for name, (call, times) in self.calls.items():
                count = counts[name]
                if count and (count > 1 or i < 3 or name == "autograd"):
                    taken[name].append(_time(call, count) / count / times * 1e6)
            gc.collect()
        return {name: statistics.median(found) for name, found in taken.items()}


def _time(call: Call, count: int) -> float:
    repeat = range(count)
    start = seconds()
    for _ in repeat:
        call()
    return seconds() - start


def _batch(call: Call) -> int:
    """Return how many calls to make between two looks at the clock; 1 means that a call is slow."""
    start = perf_counter()
    call()
    once = perf_counter() - start
    if once > SLOW:
        return 1
    count = 2
    while _time(call, count) < BATCH:
        count *= 2
    return count


def numbers_of(x: Any) -> list[float]:
    """Return the numbers in a result, in their order: floats, arrays and tensors in lists and tuples."""
    if isinstance(x, (list, tuple)):
        return [y for item in x for y in numbers_of(item)]
    if hasattr(x, "detach"):
        x = x.detach()
    if hasattr(x, "ravel"):
        return [float(y) for y in x.ravel().tolist()]
    return [float(x)]
