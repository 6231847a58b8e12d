"""Recordings of a loss: what it does with batches of one form, as code that computes its gradient too.

The parameters are inputs, before the numbers of the batch, so that derivatives are by inputs alone.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

from ..value import Value
from .program import Branch, Unrepeatable, insert
from .python_source import Names, source
from .record import Guard, Leaf, Run
from .surroundings import Surroundings

__all__ = ["Gradient", "LossRecordings", "recorded_run"]

MOST_OPERATIONS = 10_000  # more take seconds to compile


class Gradient(NamedTuple):
    """Python code for all recorded ways through a loss.

    Args:
        run: a function of the parameters, the numbers of the batch, and the leaves.
        guards: the guards in the order of the numbers that it returns if one does not hold.
        operations: how many lines it has.
    """

    run: Callable[..., Any]
    guards: list[Guard]
    operations: int

    def __call__(self, parameters: Sequence[Value], numbers: list[float], leaves: Sequence[Value]) -> Any:
        """Return the loss, the derivatives, and the position of the end; or the guard whose outcome is new."""
        found = self.run(*[p._data for p in parameters], *numbers, *[leaf._data for leaf in leaves])
        return found if found.__class__ is tuple else self.guards[found]


def recorded_run(parameters: Sequence[Value], numbers: Sequence[float], leaves: list[Value]) -> Run:
    """Return a recorder for a run with these numbers in a batch; its inputs are the parameters and Values for those."""
    return Run(numbers, leaves, parameters)


class LossRecordings:
    """All runs of a loss with batches of one form.

    Attributes:
        surroundings: what the runs used besides their batches.
        leaves: the Values that they used besides the parameters.
        ends: the ends that are compiled.
        count: the number of ways that were recorded.
        gradient: the code; None before a way was seen twice.
    """

    def __init__(self) -> None:
        self.surroundings: Surroundings | None = None
        self.forget()

    def forget(self) -> None:
        self.root = Branch()
        self.leaves: list[Value] = []
        self.labels: dict[Any, str] = {}
        self.inputs: list[str] = []
        self.wanted = 0
        self.ends: list[Branch] = []
        self.count = 0
        self.gradient: Gradient | None = None

    def names(self) -> Names:
        leaves = [self.labels.get(Leaf(i), f"parameter{i}") for i in range(len(self.leaves))]
        return Names(self.inputs, leaves)

    def add(self, run: Run, known: int, inputs: list[str], wanted: int) -> Guard | None:
        """Add a run; return the guard whose outcome was new, if there is one.

        Args:
            run: a run that has ended; its Values are dropped.
            known: the number of leaves before it.
            inputs: the names of its inputs.
            wanted: how many of them are parameters.

        Raises:
            Unrepeatable: it cannot be compiled.
        """
        steps = run.without_temporaries(known)
        end, new = insert(self.root, steps, len(inputs))
        if end.seen == 1:
            self.count += 1
            self.labels = {**run.labels, **self.labels}
        self.inputs, self.wanted = inputs, wanted
        if end.seen == 2:
            if len(steps.places) > MOST_OPERATIONS:
                raise Unrepeatable(
                    f"it does {len(steps.places)} operations, which takes long to compile: take smaller batches"
                )
            self.ends.append(end)
            self.gradient = self._compiled()
        return new

    def _compiled(self) -> Gradient:
        found = source(self.root, self.names(), wanted=range(self.wanted), ends=self.ends)
        space: dict[str, Any] = {"math": math, **found.functions}
        exec(compile(found.text, "<training step>", "exec"), space)
        return Gradient(space["compiled"], found.guards, found.operations)

    def to_read(self) -> Any:
        """Return the code to be read."""
        return source(self.root, self.names(), wanted=range(self.wanted), to_read=True)
