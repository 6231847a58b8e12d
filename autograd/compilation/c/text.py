"""Parts of C text: elements of the buffer, loops in each other, and what these refer to."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING

from ... import writers
from ...expressions import Expression
from .places import Place

if TYPE_CHECKING:
    from numpy import int64
    from numpy.typing import NDArray

__all__ = ["C", "LETTERS", "Used", "address", "base", "head", "indented", "nested"]

C = writers.C._replace(blocked="0.0")
LETTERS = "ijklmnopqr"


class Used:
    """The names that the text of loops refers to.

    Attributes:
        expressions: what was written as it is, with calls of entries of the table.
        functions: functions of C in loops over vectors.
        products: whether products.h is needed.
        tables: arrays of addresses; their names are table0, table1, ...
    """

    def __init__(self) -> None:
        self.expressions: list[Expression] = []
        self.functions: set[str] = set()
        self.products = False
        self.tables: list[NDArray[int64]] = []
        self._numbers: dict[bytes, int] = {}

    def table(self, table: NDArray[int64]) -> str:
        number = self._numbers.setdefault(table.tobytes(), len(self.tables))
        if number == len(self.tables):
            self.tables.append(table)
        return f"table{number}"


def address(place: Place, letters: Sequence[str], used: Used) -> str:
    """Return an element of the buffer as C, for variables of loops."""
    index = _sum(place.base, place.strides, letters)
    if place.table is not None:
        row = f"{used.table(place.table)}[{_sum(place.position, place.steps, letters)}]"
        index = row if index == "0" else f"{row} + {index}" if index[0] != "-" else f"{row} - {index[1:].strip()}"
    return f"{base(place.move)}[{index}]"


def _sum(start: int, strides: Sequence[int], letters: Sequence[str]) -> str:
    terms = [str(start)] if start or not any(strides) else []
    for letter, stride in zip(letters, strides, strict=True):
        if stride:
            factor = f"{abs(stride)} * " if abs(stride) != 1 else ""
            terms.append(f"{'-' if stride < 0 else '+' if terms else ''} {factor}{letter}".strip())
    return " ".join(terms)


def base(step: int) -> str:
    """Return the name of a pointer to the buffer that moves by `step` in each round of a Loop."""
    return "v" if not step else f"v{step}" if step > 0 else f"v_{-step}"


def head(letter: str, n: int) -> str:
    """Return the head of a loop."""
    return f"for (long {letter} = 0; {letter} < {n}; {letter}++)"


def nested(heads: Sequence[str], body: Sequence[str], pragma: str) -> list[str]:
    """Return loops in each other; the last one is after a pragma."""
    lines = list(body)
    for depth, line in enumerate(reversed(heads)):
        lines = [line + " {", *indented(lines), "}"] if len(lines) > 1 else [line, *indented(lines)]
        if depth == 0 and pragma:
            lines.insert(0, pragma)
    return lines


def indented(lines: Iterable[str]) -> list[str]:
    return [line if line.startswith("#") else "    " + line for line in lines]
