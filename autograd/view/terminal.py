"""Text in the columns of a terminal, Chinese text too: widths, wrapped sentences, tables.

>>> wrapped("One word and another one", 12)
['One word and', 'another one']
>>> wrapped("梯度消失，因为饱和。", 10)
['梯度消失，', '因为饱和。']
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence

__all__ = ["padded", "table", "width", "wrapped"]

# Chinese text can be broken between any two characters, but not before a closing mark.
_PIECE = re.compile(r"\s+|(?:[\u2e80-\uffef]|[^\s\u2e80-\uffef]+)[，。：；、）]*")


def wrapped(sentence: str, columns: int = 88) -> list[str]:
    """Return the lines of a sentence, no wider than so many columns of a terminal where that can be."""
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
    return sum(map(_columns, text))


def _columns(character: str) -> int:
    if unicodedata.category(character) in ("Mn", "Me", "Cf"):  # marks above and below others, joiners
        return 0
    return 2 if unicodedata.east_asian_width(character) in "WF" else 1


def padded(text: str, columns: int) -> str:
    """Return the text with spaces behind it up to so many columns."""
    return text + " " * (columns - width(text))


def table(rows: Sequence[Sequence[str]], gap: str = "  ") -> list[str]:
    """Return the lines of a table whose columns stand below one another; rows may be shorter than the longest."""
    columns = range(max(map(len, rows), default=0))
    widths = [max(width(row[i]) for row in rows if i < len(row)) for i in columns]
    return [gap.join(padded(cell, room) for cell, room in zip(row, widths, strict=False)).rstrip() for row in rows]
