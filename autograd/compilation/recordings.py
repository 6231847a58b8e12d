"""All recorded runs with arguments of one key, and what they are compiled to."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from ..value import Value
from .choice import Nested, nested
from .program import Branch
from .python.source import Names, Source, source
from .recording.draws import Draws
from .recording.record import Leaf
from .recording.surroundings import Surroundings
from .results import Gradients
from .runners import Plan, Runner

__all__ = ["Recordings"]


class Recordings:
    """The tree of the runs, and what is known of its numbers.

    Attributes:
        surroundings: what the latest run used besides its arguments.
        leaves: the Values that are not arguments.
        draws: those of them that are random numbers; None before the first run.
        ends: those of all ways.
        labels: names for leaves.
        inputs: names of the inputs.
        wanted: the inputs to differentiate by; None for no derivatives.
        gradients: how a gradient is put together.
        nested: ways that were written as nests, by their ends.
        runner: the compiled code.
    """

    def __init__(self) -> None:
        self.surroundings: Surroundings | None = None
        self.forget()

    def forget(self) -> None:
        """Begin anew, since what a run used has changed."""
        self.root = Branch()
        self.leaves: list[Value] = []
        self.draws: Draws | None = None
        self.ends: list[Branch] = []
        self.labels: dict[Any, str] = {}
        self.inputs: list[str] = []
        self.wanted: list[int] | None = None
        self.gradients: Gradients | None = None
        self.nested: dict[Branch, Nested] = {}
        self.runner: Runner | None = None

    def names(self) -> Names:
        leaves = [self.labels.get(Leaf(i), f"parameter{i}") for i in range(len(self.leaves))]
        return Names(self.inputs, leaves)

    def plan(self, key: Any, surroundings: Surroundings, title: str) -> Plan:
        """Return what is to be compiled: the ways that were gone twice."""
        return self._plan(key, [end for end in self.ends if end.seen > 1], surroundings, title)

    def _plan(self, key: Any, ends: Sequence[Branch], surroundings: Surroundings, title: str) -> Plan:
        return Plan(
            key, self.root, ends, self.wanted, self.names(), list(self.leaves), surroundings, self.gradients, title
        )  # fmt: skip

    def to_read(self) -> Source:
        """Return all ways as Python code with comments."""
        return source(self.root, self.names(), wanted=self.wanted, to_read=True)

    def in_c(self) -> list[str]:
        """Return each way as C.

        Raises:
            NotNested: one cannot be written as loop nests.
        """
        from .c.inlining import inlined
        from .c.source import source as c_source

        assert self.surroundings is not None
        plan = self._plan(None, self.ends, self.surroundings, "")
        names = dict(enumerate([*plan.names.inputs, *plan.names.leaves]))
        return [c_source(inlined(way.program), names) for way in nested(plan, self.nested)]
