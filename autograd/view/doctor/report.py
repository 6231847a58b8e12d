"""What a doctor writes: a table with a row for each layer, whose verdict stands last, and notes below it.

>>> print(as_text([("layer", "|grad|", "verdict"), ("0: Linear", "0.1", "healthy")], ["all is well"]))
layer      |grad|  verdict
0: Linear     0.1  healthy
- all is well
"""

from __future__ import annotations

import html
import math
from collections.abc import Sequence

from ...text import printable
from ..drawing.style import COLORS, INK
from ..terminal import table, width, wrapped

__all__ = ["as_html", "as_text", "short"]

Rows = Sequence[Sequence[str]]  # the header first; numbers between the first column and the last

_COLORS = {  # of verdicts on layers: those of the gradients that they are about
    "vanishing": COLORS["vanished"], "stalled": COLORS["small"], "healthy": COLORS["healthy"],
    "exploding": COLORS["exploded"], "nan": COLORS["nan"], "dead": COLORS["zero"], "no gradient": COLORS["zero"],
}  # fmt: skip

NARROW = 88  # columns of a terminal that notes have at least
_PADDING = "padding: 2px 8px"


def short(x: float) -> str:
    """Return a number in three digits, a dash for one that could not be measured."""
    return "–" if math.isnan(x) else f"{x:.3g}"


def as_text(rows: Rows, notes: Sequence[str]) -> str:
    """Return the table and the notes for the terminal; numbers end below one another, notes fit below it."""
    columns = [[printable(cell) for cell in column] for column in zip(*rows, strict=True)]
    for i, column in enumerate(columns[1:-1], start=1):
        room = max(map(width, column))
        columns[i] = [" " * (room - width(cell)) + cell for cell in column]
    lines = table(list(zip(*columns, strict=True)))
    room = max(NARROW, *map(width, lines)) - 2
    for note in notes:
        first, *others = wrapped(printable(note), room)
        lines += [f"- {first}", *(f"  {other}" for other in others)]
    return "\n".join(lines)


def as_html(rows: Rows, verdicts: Sequence[str], notes: Sequence[str]) -> str:
    """Return the table and the notes for notebooks, light or dark; each verdict has its colour.

    Args:
        rows: the header and a row for each layer.
        verdicts: "healthy" or what else it is, for each layer, whatever language the rows are in.
        notes: sentences.
    """
    head, *body = rows
    lines = [_row(head, ["th"] * len(head))]
    for row, verdict in zip(body, verdicts, strict=True):
        *cells, word = row
        look = f"background: {_COLORS[verdict]}; color: {INK}; border-radius: 4px; padding: 1px 6px"
        chip = (
            f'<td style="text-align: left; {_PADDING}"><span style="{look}">{html.escape(printable(word))}</span></td>'
        )
        lines.append(_row(cells, ["td"] * len(cells), chip))
    items = "".join(f"<li>{html.escape(printable(note))}</li>" for note in notes)
    return f"<table>{''.join(lines)}</table>" + (f"<ul>{items}</ul>" if items else "")


def _row(cells: Sequence[str], tags: Sequence[str], more: str = "") -> str:
    sides = ("left", *["right"] * (len(cells) - 1)) if more else ("left", *["right"] * (len(cells) - 2), "left")
    written = "".join(
        f'<{tag} style="text-align: {side}; {_PADDING}">{html.escape(printable(cell))}</{tag}>'
        for cell, tag, side in zip(cells, tags, sides, strict=True)
    )
    return f"<tr>{written}{more}</tr>"
