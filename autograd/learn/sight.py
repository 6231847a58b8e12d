"""What a model answers over the part of its inputs in which the data are: on a line, or on a square."""

from __future__ import annotations

import math
import random
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Literal

from ..modes import no_grad
from ..nn.arrays import flat, plain
from ..operation import number
from ..text import given, shown
from ..value import Value

__all__ = ["Answers", "Sight"]

Kind = Literal["score", "classes", "value", "loss"]
Rows = list[list[float]]  # for every sample the outputs

MARGIN = 0.12  # of the width of the data, on either side
LINE = 121  # the points of a line
MOST_SAMPLES = 300  # more are not shown, and not asked about


@dataclass(frozen=True, slots=True)
class Answers:
    """The outputs at one moment: on the grid, row by row from the top, and for the data."""

    grid: Rows
    samples: Rows


class Sight:
    """Where a model is asked, and how its answers are to be read.

    Attributes:
        kind: "score", one number for two classes; "classes", a number for each class; "value", numbers that are what
            the model answers; "loss" if nothing but the loss is shown.
        reason: the key of the sentence that says why, if the kind is "loss".
        dimensions: the number of inputs.
        bounds: for each of the first two inputs the smallest and the largest number.
        side: the number of points along each direction.
        samples, targets: the data that are shown.
        classes: the class of each sample, counted from 0, if the kind is "score" or "classes".
    """

    def __init__(self, model: Callable[[Any], Any], xs: Any, ys: Any, resolution: int) -> None:
        inputs, targets = _rows("inputs", xs), _rows("targets", ys)
        if len(inputs) != len(targets):
            raise ValueError(
                f"each sample needs a target, but got {len(inputs)} samples and {len(targets)} targets: "
                "pass the whole data, not a batch"
            )
        kept = range(0, len(inputs), math.ceil(len(inputs) / MOST_SAMPLES))
        self._bare = not isinstance(plain(xs, "the inputs")[0], list)
        self.samples, self.targets = [inputs[i] for i in kept], [targets[i] for i in kept]
        self.dimensions = len(self.samples[0])
        self.outputs, self._takes_batches = self._asked(model)
        self.kind, self.reason, self.classes = self._read()
        self.bounds = [_bounds([x[i] for x in self.samples]) for i in range(min(self.dimensions, 2))]
        self.side = LINE if self.dimensions == 1 else resolution

    def _asked(self, model: Callable[[Any], Any]) -> tuple[int, bool]:
        """The number of outputs, and whether the model takes batches, as in `fit`, or else one sample at a time."""
        three = [self.samples[i % len(self.samples)] for i in range(3)]
        problem: Exception | None = None
        for takes_batches in (True, False):
            try:
                rows = self._outputs(model, three, takes_batches)
            except Exception as error:  # whatever the model raises for what it does not take
                problem = error
            else:
                if len(rows) == 3 and rows[0] and len({len(row) for row in rows}) == 1:
                    return len(rows[0]), takes_batches
        raise TypeError(
            f"watch needs a model that takes a batch of samples or one sample such as "
            f"{shown(self._sample(three[0]))}, and returns numbers, but the one given does not"
            f"{f' ({problem})' if problem else ''}: pass the model and the inputs that it is trained on"
        ) from problem

    def _read(self) -> tuple[Kind, str, list[int]]:
        distinct = {y for row in self.targets for y in row}
        binary = distinct <= {0.0, 1.0} or distinct <= {-1.0, 1.0}
        kind: Kind = "value"
        classes: list[int] = []
        if self.outputs == 1 and binary and all(len(row) == 1 for row in self.targets):
            kind, classes = "score", [int(row[0] > 0.0) for row in self.targets]
        elif self.outputs > 1 and all(len(row) == 1 for row in self.targets):
            if all(y in range(self.outputs) for y in distinct):
                kind, classes = "classes", [int(row[0]) for row in self.targets]
        elif self.outputs > 1 and binary and all(sum(row) == 1.0 and min(row) == 0.0 for row in self.targets):
            kind, classes = "classes", [row.index(1.0) for row in self.targets]
        if self.dimensions > 2:
            return "loss", "many inputs", []
        if self.dimensions == 2 and kind == "value" and self.outputs > 1:
            return "loss", "many outputs", []
        return kind, "", classes

    # --- asking ---

    def answers(self, model: Callable[[Any], Any]) -> Answers:
        """Ask the model on the grid and for the data; it is left as it is, and so is Python's random generator."""
        if self.kind == "loss":
            return Answers([], [])
        xs = _spread(self.bounds[0], self.side)
        if self.dimensions == 1:
            grid = [[x] for x in xs]
        else:
            grid = [[x, y] for y in reversed(_spread(self.bounds[1], self.side)) for x in xs]
        rows = self._outputs(model, [*grid, *self.samples], self._takes_batches)
        return Answers(rows[: len(grid)], rows[len(grid) :])

    def _outputs(self, model: Callable[[Any], Any], points: Rows, takes_batches: bool) -> Rows:
        before = random.getstate()
        try:
            with no_grad():
                samples = [self._sample(x) for x in points]
                found = model(samples) if takes_batches else [model(x) for x in samples]
                return [[_number(y) for y in flat(_listed(row))] for row in _listed(found)]
        finally:
            random.setstate(before)

    def _sample(self, x: list[float]) -> Any:
        return x[0] if self._bare else list(x)


def _rows(what: str, given_rows: Any) -> Rows:
    """The data as lists of floats, one for each sample."""
    rows = plain(given_rows, f"an entry of the {what}")
    if not isinstance(rows, list):
        raise TypeError(
            f"watch takes lists of inputs and targets, but got {given(given_rows)} as {what}: pass the data"
        )
    if not rows:
        raise ValueError(f"watch needs at least one sample, but got no {what}: pass the data that the model learns")
    found = [[float(x) for x in flat(row)] for row in rows]
    if len({len(row) for row in found}) > 1:
        raise ValueError(
            f"all {what} must have the same length, but got {sorted({len(row) for row in found})}: pad the rows"
        )
    bad = next((x for row in found for x in row if not math.isfinite(x)), None)
    if bad is not None:
        raise ValueError(f"the {what} must be finite, but got {bad}: remove such samples")
    return found


def _bounds(xs: Sequence[float]) -> tuple[float, float]:
    low, high = min(xs), max(xs)
    margin = MARGIN * (high - low) or 1.0
    return low - margin, high + margin


def _spread(bounds: tuple[float, float], count: int) -> list[float]:
    low, high = bounds
    return [low + (high - low) * i / (count - 1) for i in range(count)]


def _listed(x: Any) -> Any:
    return x.tolist() if hasattr(x, "tolist") else x


def _number(y: Any) -> float:
    return y.data if isinstance(y, Value) else number(y, "an output of the model")
