"""What a compiled function returns, and what it says about itself."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any, NamedTuple

from ..structure import Structure
from .arguments import NotCompiled, result_of

__all__ = ["Gradients", "Stats", "agree"]

ROUNDING = 1e-9  # far more than sums in another order differ by, except where they cancel


class Stats(NamedTuple):
    """What a compiled function did so far.

    Attributes:
        calls: how often it was called.
        compiled: how many of the calls ran as compiled code.
        recorded: how many ran as they are and were recorded.
        recordings: the ways through the function that were recorded.
        operations: the lines of the code that is compiled.
        misses: the guards whose outcome was new, by their places in the user's code, and how often.
        reasons: why calls were not compiled, and how many.
    """

    calls: int
    compiled: int
    recorded: int
    recordings: int
    operations: int
    misses: dict[str, int]
    reasons: dict[str, int]

    def __str__(self) -> str:
        lines = [
            f"{self.calls} calls: {self.compiled} compiled, {self.recorded} recorded, "
            f"{self.calls - self.compiled - self.recorded} as they are",
            f"{self.recordings} recordings, {self.operations} operations",
            *(f"another way at {line}: {n} times" for line, n in self.misses.items()),
            *(f"as it is, {n} times: {reason}" for reason, n in self.reasons.items()),
        ]
        return "\n".join(lines)


class Gradients(NamedTuple):
    """Makes the result of a gradient of numbers: the result, what is beside it, and the derivatives."""

    structures: list[Structure]
    is_one: bool
    has_aux: bool
    gives_value: bool
    aux: Callable[[Iterator[float]], Any]

    def __call__(self, numbers: Iterator[float]) -> Any:
        value = next(numbers)
        aux = self.aux(numbers)
        found = tuple([structure.of_derivatives(numbers) for structure in self.structures])
        derivative = found[0] if self.is_one else found
        if self.gives_value:
            return ((value, aux) if self.has_aux else value), derivative
        return (derivative, aux) if self.has_aux else derivative


def agree(found: Any, expected: Any) -> bool:
    """Whether two results are of the same form, and their numbers the same up to rounding."""
    numbers: tuple[list[Any], list[Any]] = [], []
    try:
        forms = [result_of(x, outputs)[0] for x, outputs in zip((found, expected), numbers, strict=True)]
    except NotCompiled:
        return False
    if forms[0] != forms[1] or not all(isinstance(x, float) for outputs in numbers for x in outputs):
        return False
    largest = max([abs(x) for x in numbers[1] if abs(x) < float("inf")], default=0.0)
    return all(a == b or (a != a and b != b) or abs(a - b) <= ROUNDING * largest for a, b in zip(*numbers, strict=True))
