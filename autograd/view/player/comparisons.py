"""The comparisons that a user's program makes while it computes a result, on which the way that it takes may depend."""

from __future__ import annotations

import linecache
from collections.abc import Callable, Container, Sequence
from pathlib import Path
from random import Random
from typing import Any, NamedTuple

from ...graph import local_derivatives
from ...modes import users_line
from ...text import printable
from ...value import Value
from ..calculation import Calculation
from ..terminal import clipped

__all__ = ["Comparison", "Comparisons"]

RELATIONS = ("lt", "le", "eq", "ne", "gt", "ge")


class Comparison(NamedTuple):
    """A comparison and what it found; `line` is the user's code, or where it is."""

    relation: str
    left: Any
    right: Any
    found: bool
    line: str


class Comparisons:
    """Writes down comparisons: use `with recorded_by(Comparisons()) as ...`, as `play` does for a function."""

    def __init__(self) -> None:
        self.tape = None
        self.made: list[Comparison] = []

    def forward(self, op: Any, operands: Sequence[Any], result: Value) -> None:
        """Operations are in the graph already."""

    def looked(self, relation: str, value: Any, other: Any, found: Any) -> Any:
        if relation in RELATIONS:
            self.made.append(Comparison(relation, value, other, bool(found), _line()))
        return found

    def abandon(self, reason: str) -> None:
        """As `refuse`."""

    def refuse(self, reason: str) -> None:
        """A graph is drawn as it is, whatever else the program does."""

    def drawn(self, generator: Random, draw: Callable[[Random, int], list[float]]) -> float:
        return draw(generator, 1)[0]

    def held(self, owner: Any, name: str) -> Any:
        return getattr(owner, name)

    def hold(self, owner: Any, name: str, numbers: Any) -> None:
        found = [getattr(x, "_data", x) for x in (numbers if isinstance(numbers, list) else [numbers])]
        setattr(owner, name, found if isinstance(numbers, list) else found[0])

    def local_derivatives(self, node: Value, wanted: Container[Any], shared: Any = None) -> list[tuple[Value, Any]]:
        return local_derivatives(node, wanted, shared)

    def of(self, calculation: Calculation) -> list[dict[str, Any]]:
        """Return for the page those between numbers that it computes and constants: places in the order, or text."""
        places = {node: i for i, node in enumerate(calculation.nodes)}
        found = []
        for comparison in self.made:
            sides = [places.get(x, x) if isinstance(x, Value) else repr(float(x)) for x in comparison[1:3]]
            if not any(isinstance(side, Value) for side in sides) and any(isinstance(side, int) for side in sides):
                left, right = sides
                found.append(
                    {"relation": comparison.relation, "left": left, "right": right, "found": comparison.found,
                     "line": comparison.line}
                )  # fmt: skip
        return found


def _line() -> str:
    """Return the user's code that runs, or its file and number if there is no code."""
    path, number, _ = users_line()
    code = linecache.getline(path, number).strip()
    return clipped(printable(code or f"{Path(path).name}:{number}"), 60)
