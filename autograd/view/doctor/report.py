"""What a doctor writes: a table with a row for each layer, with the verdict last, and notes below it.

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
from ..terminal import Rows, html_table, table, width, wrapped
from ..verdicts import LIKE_GRADIENT

__all__ = ["as_html", "as_text", "short"]

NARROW = 88  # columns of a terminal that notes have at least


def short(x: float) -> str:
    """Return a number in three digits, a dash for one that could not be measured."""
    return "–" if math.isnan(x) else f"{x:.3g}"


def as_text(rows: Rows, notes: Sequence[str]) -> str:
    """Return the table and the notes for the terminal; the notes are as wide as the table."""
    lines = table([list(map(printable, row)) for row in rows], _numbers(rows))
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
    colors = [COLORS[LIKE_GRADIENT[verdict]] for verdict in verdicts]
    looks = [f"background: {color}; color: {INK}; border-radius: 4px; padding: 1px 6px" for color in colors]
    items = "".join(f"<li>{html.escape(printable(note))}</li>" for note in notes)
    return html_table(rows, _numbers(rows), looks) + (f"<ul>{items}</ul>" if items else "")


def _numbers(rows: Rows) -> range:
    return range(1, len(rows[0]) - 1)
