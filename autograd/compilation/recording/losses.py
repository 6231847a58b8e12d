"""Recordings of a loss: what it does with batches of one form, as code that computes its gradient too.

The parameters are inputs, before the numbers of the batch, so that derivatives are by inputs alone.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any, NamedTuple

from ...value import Value
from ..program import Branch, Unrepeatable, insert
from ..python.prelude import prelude
from ..python.source import Names, Source, source
from .record import End, Guard, Leaf, Run
from .surroundings import Surroundings

if TYPE_CHECKING:
    from ..training import Way, Ways
    from .draws import Draws
    from .held import Attribute

__all__ = ["Gradient", "LossRecordings", "source_of"]

MOST_OPERATIONS = 10_000  # more take seconds to compile


class Gradient(NamedTuple):
    """Python code for recorded ways through a loss.

    Args:
        run: a function of the parameters, the numbers of the batch, and the leaves.
        draws: those of them that are random numbers; None before the first run.
        ends: those of the ways.
        guards: the guards in the order of the numbers that it returns if one does not hold.
        operations: how many lines it has.
    """

    run: Callable[..., Any]
    ends: Sequence[Branch]
    guards: list[Guard]
    operations: int

    def __call__(self, parameters: Sequence[Value], numbers: list[float], leaves: Sequence[Value]) -> Any:
        """Return the loss, other outputs, the derivatives, and the position of the end; or the guard that fails."""
        found = self.run(*[p._data for p in parameters], *numbers, *[leaf._data for leaf in leaves])
        return found if found.__class__ is tuple else self.guards[found]


class LossRecordings:
    """All runs of a loss with batches of one form.

    Attributes:
        surroundings: what the runs used besides their batches.
        root: the tree of the runs.
        inputs: the names of the parameters and of the numbers in a batch.
        leaves: the Values that the runs used besides the parameters.
        ends: those of the ways that were seen twice.
        count: the number of ways that were recorded.
        gradient: the ways as Python code; None if that was not needed yet.
        ways: the ways on buffers; None if they are not built.
        known: those that were built, by their ends.
        is_python: whether they cannot be built.
    """

    def __init__(self) -> None:
        self.surroundings: Surroundings | None = None
        self.is_python = False
        self.forget()

    def forget(self) -> None:
        self.root = Branch()
        self.leaves: list[Value] = []
        self.draws: Draws | None = None
        self.labels: dict[Any, str] = {}
        self.inputs: list[str] = []
        self.wanted = 0
        self.ends: list[Branch] = []
        self.count = 0
        self.gradient: Gradient | None = None
        self.ways: Ways | None = None
        self.known: dict[Branch, Way] = {}

    def change(self) -> str:
        """Return the name of something that has changed around the runs, "" if nothing has."""
        return self.surroundings.change() if self.surroundings is not None else ""

    def add(self, run: Run, known: int, inputs: list[str], wanted: int) -> tuple[Guard | None, bool]:
        """Add a run; return the guard whose outcome was new, if there is one, and whether a way can be compiled now.

        Args:
            run: a run that has ended; its Values are dropped.
            known: the number of leaves before it.
            inputs: the names of its inputs.
            wanted: how many of them are parameters.

        Raises:
            Unrepeatable: it differs from another run without a reason.
        """
        self.draws, steps = run.draws, run.without_temporaries(known)
        end, new = insert(self.root, steps, len(inputs))
        if end.seen == 1:
            self.count += 1
            self.labels = {**run.labels, **self.labels}
        self.inputs, self.wanted = inputs, wanted
        if end.seen == 2:
            self.ends.append(end)
        return new, end.seen == 2

    def as_python(self) -> Gradient:
        """Return the ways that were seen twice as Python code.

        Raises:
            Unrepeatable: this would take too long.
        """
        if self.gradient is None or len(self.gradient.ends) < len(self.ends):
            count = sum([len(node.operations) for node in nodes(self.root)])
            if count > MOST_OPERATIONS:
                raise Unrepeatable(f"it does {count} operations, which takes long to compile: take smaller batches")
            found = self._source(ends=self.ends)
            space: dict[str, Any] = {"math": math, **found.functions}
            exec(compile(found.text, "<training step>", "exec"), space)
            self.gradient = Gradient(space["compiled"], list(self.ends), found.guards, found.operations)
        return self.gradient

    def end(self, position: int) -> tuple[int, Sequence[Attribute]]:
        """Return the number of outputs of a way, and the attributes that are among them."""
        assert self.gradient is not None
        last = self.gradient.ends[position].last
        assert isinstance(last, End)
        return len(last.outputs), last.form

    def to_read(self) -> Source:
        """Return the code to be read."""
        return self._source(to_read=True)

    def _source(self, **options: Any) -> Source:
        leaves = [self.labels.get(Leaf(i), f"parameter{i}") for i in range(len(self.leaves))]
        names = Names(self.inputs, leaves)
        return source(self.root, names, wanted=range(self.wanted), **options)


def source_of(found: Sequence[LossRecordings]) -> str:
    """Return recordings as a Python program that runs by itself."""
    parts = [r.to_read() for r in found]
    functions: dict[str, Any] = {}
    for part in parts:
        functions |= part.functions
    texts = [part.text.replace("compiled", f"loss{i + 1 if i else ''}", 1) for i, part in enumerate(parts)]
    return "\n\n".join([prelude(functions).rstrip("\n") + "\n", *texts]).rstrip() + "\n"


def nodes(root: Branch) -> list[Branch]:
    """Return all nodes of a tree."""
    found = [root]
    for node in found:
        found += node.children.values()
    return found
