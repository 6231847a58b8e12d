"""What Values are called, in plain text and in LaTeX, and columns of text for terminals.

>>> labels([Value(2.0, "w")], None).values()
dict_values(['w'])
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Mapping, Sequence

from ..nn.module import Module
from ..text import printable
from ..value import Value
from .arguments import given

__all__ = ["OUTPUT", "labels", "latex_name", "latex_text", "padded", "table", "width"]

OUTPUT = ("y", "out")  # what an output without a name is called: the first of these that is free

_LATEX_SPECIAL = {
    "\\": r"\backslash ", "{": r"\{", "}": r"\}", "$": r"\$", "&": r"\&", "#": r"\#", "%": r"\%", "_": r"\_",
    "^": r"{\wedge}", "~": r"{\sim}", "<": r"{\lt}", ">": r"{\gt}",
}  # fmt: skip


def latex_name(label: str) -> str:
    """Return a label for LaTeX's maths: a letter or a word with its number below, anything else as `latex_text`.

    >>> print(latex_name("w1"), latex_name("loss"), latex_name("w#2"), latex_name("a_b"))
    w_{1} \\mathrm{loss} w^{(2)} {\\text{a}\\_\\text{b}}
    """
    if match := re.fullmatch(r"([A-Za-z])(\d*)((?:#\d+)?)", label):
        letter, digits, again = match.groups()
        return f"{letter}{f'_{{{digits}}}' if digits else ''}{f'^{{({again[1:]})}}' if again else ''}"
    if match := re.fullmatch(r"([A-Za-z]{2,})(\d*)", label):
        word, digits = match.groups()
        return rf"\mathrm{{{word}}}{f'_{{{digits}}}' if digits else ''}"
    return latex_text(label)


def latex_text(words: str) -> str:
    """Return words for LaTeX's maths, where none of their characters does anything."""
    pieces = re.split(r"([\\{}$&#%_^~<>])", printable(words))
    safe = "".join(_LATEX_SPECIAL.get(piece) or rf"\text{{{piece}}}" for piece in pieces if piece)
    return f"{{{safe}}}"


def labels(nodes: Iterable[Value], names: Mapping[str, object] | None) -> dict[Value, str]:
    """Return what the user calls each node: its label, else its name in `names`, such as `globals()`, else "".

    Names that begin with an underscore do not count: at a prompt, _ is whatever came last. A module among `names` names
    its parameters, such as "model.layers.0.weight[0][1]".

    Raises:
        TypeError: `names` is no mapping.
    """
    if names is not None and not isinstance(names, Mapping):
        raise TypeError(f"names must be a mapping of names to Values, such as globals(), but got {given(names)}")
    known: dict[Value, str] = {}
    modules: dict[str, Module] = {}
    for name, value in (names or {}).items():
        if isinstance(name, str) and not name.startswith("_"):
            if isinstance(value, Value):
                known[value] = name
            elif isinstance(value, Module):
                modules[name] = value
    for name, module in modules.items():
        for path, parameter in module.named_parameters(name):
            known.setdefault(parameter, path)
    return {node: node.label or known.get(node, "") for node in nodes}


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
