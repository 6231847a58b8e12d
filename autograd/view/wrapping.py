"""Sentences in lines that fit a terminal, Chinese ones too.

>>> wrapped("One word and another one", 12)
['One word and', 'another one']
>>> wrapped("梯度消失，因为饱和。", 10)
['梯度消失，', '因为饱和。']
"""

from __future__ import annotations

import re

from .labels import width

__all__ = ["wrapped"]

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
