"""Text in the columns of a terminal, Chinese text too: its width, lines, excerpts, and tables, as text or HTML.

>>> wrapped("One word and another one", 12)
['One word and', 'another one']
>>> wrapped("梯度消失，因为饱和。", 10)
['梯度消失，', '因为饱和。']
"""

from __future__ import annotations

import html
import os
import re
import shutil
import sys
import unicodedata
from collections.abc import Container, Sequence

from ..text import printable

__all__ = ["clipped", "columns", "html_table", "padded", "table", "width", "wrapped"]

Rows = Sequence[Sequence[str]]

USUAL, LEAST = 88, 20  # columns without a terminal, so that files and documentation do not depend on one; the fewest


def columns() -> int:
    """Return how many columns a line on sys.stdout may take: COLUMNS if it is set, the terminal's width, else 88."""
    if not os.environ.get("COLUMNS", "").isdecimal() and (sys.stdout is None or not sys.stdout.isatty()):
        return USUAL
    room = shutil.get_terminal_size((USUAL, 24)).columns
    return max(LEAST, room - (os.name == "nt"))  # a console of Windows adds an empty line after a full one


# Chinese text can be broken between any two characters, but not before a closing mark.
_PIECE = re.compile(r"\s+|(?:[\u2e80-\uffef]|[^\s\u2e80-\uffef]+)[，。：；、）]*")


def wrapped(sentence: str, columns: int = 88) -> list[str]:
    """Return the lines of a sentence, no wider than a number of columns if its words are not."""
    lines = [""]
    for piece in _PIECE.findall(sentence):
        if width(lines[-1]) + width(piece) > columns and not piece.isspace():
            lines.append("")
        lines[-1] += piece
    return [line.strip() for line in lines if line.strip()]


def width(text: str) -> int:
    """Return how many columns of a terminal the text takes: two for a Chinese character, none for an accent.

    >>> width("层"), width("é"), width("e\\u0301"), width("กี่")
    (2, 1, 1, 1)
    """
    others = [character for character in text if character > "\x7f"]
    return len(text) - len(others) + sum(map(_columns, others))


def _columns(character: str) -> int:
    if unicodedata.category(character) in ("Mn", "Me", "Cf"):  # marks above and below others, joiners
        return 0
    return 2 if unicodedata.east_asian_width(character) in "WF" else 1


def padded(text: str, columns: int, right: bool = False) -> str:
    """Return the text with spaces up to a width in columns: after it, or before it for numbers that end aligned."""
    spaces = " " * (columns - width(text))
    return spaces + text if right else text + spaces


def clipped(text: str, columns: int, keep_end: bool = False) -> str:
    """Return the text if it fits into a width in columns, else its start or its end, with an ellipsis.

    >>> clipped("layers.0.weight", 9), clipped("layers.0.weight", 9, keep_end=True), clipped("隐藏层", 5)
    ('layers.0…', '…0.weight', '隐藏…')
    """
    if len(text) <= columns and width(text) <= columns:
        return text
    text = text[-columns:] if keep_end else text[:columns]  # marks that take no column are characters too
    while width(text) >= columns:
        text = text[1:] if keep_end else text[:-1]
    return f"…{text}" if keep_end else f"{text}…"


def table(rows: Rows, right: Container[int] = (), gap: str = "  ") -> list[str]:
    """Return the lines of an aligned table.

    Args:
        rows: the cells; a row can be shorter than others, and one of a single cell takes the whole line.
        right: the columns that are aligned on the right.
        gap: the space between columns.
    """
    full = [row for row in rows if len(row) > 1] or rows
    columns = range(max(map(len, full), default=0))
    widths = [max(width(row[i]) for row in full if i < len(row)) for i in columns]
    return [gap.join(padded(cell, widths[i], i in right) for i, cell in enumerate(row)).rstrip() for row in rows]


def html_table(rows: Rows, right: Container[int] = (), looks: Sequence[str] = ()) -> str:
    """Return the same table as HTML for notebooks, light or dark; "" without rows.

    Args:
        rows: the cells, the header first.
        right: the columns that are aligned on the right.
        looks: the style of the last cell of each row below the header.
    """
    most = max(map(len, rows), default=0)
    lines = []
    for n, row in enumerate(rows):
        cells = [html.escape(printable(cell)) for cell in row]
        if n and looks:
            cells[-1] = f'<span style="{looks[n - 1]}">{cells[-1]}</span>'
        tag, span = "td" if n else "th", f' colspan="{most}"' if len(row) == 1 < most else ""
        lines.append(
            "".join(
                f'<{tag}{span} style="text-align: {"right" if i in right else "left"}; padding: 2px 8px">{cell}</{tag}>'
                for i, cell in enumerate(cells)
            )
        )
    return f"<table>{''.join(f'<tr>{line}</tr>' for line in lines)}</table>" if lines else ""
