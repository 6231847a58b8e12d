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
from collections.abc import Callable, Container, Iterator, Sequence
from contextvars import ContextVar
from functools import cache

from ..spelling import charset, spelled
from ..text import printable

__all__ = [
    "clipped", "columns", "for_stdout", "html_table", "is_styled", "padded", "refilled", "table", "tell", "width",
    "with_names_above", "wrapped",
]  # fmt: skip

Rows = Sequence[Sequence[str]]

USUAL, LEAST = 88, 20  # columns without a terminal, so that files and documentation do not depend on one; the fewest

# The encoding of the stream that text is written for, if it lacks characters: their spellings have other widths.
_encoding: ContextVar[str | None] = ContextVar("encoding", default=None)


# --- the terminal ---


def for_stdout(compose: Callable[[int], str]) -> str:
    """Return the text that `compose` makes for a number of columns, in the width and the characters of sys.stdout.

    >>> for_stdout(lambda columns: f"{columns} columns")
    '88 columns'
    """
    token = _encoding.set(charset(sys.stdout))
    try:
        return spelled(compose(columns()))
    finally:
        _encoding.reset(token)


def columns() -> int:
    """Return how many columns a line on sys.stdout may take: COLUMNS if it is set, the terminal's width, else 88."""
    if not os.environ.get("COLUMNS", "").isdecimal() and (sys.stdout is None or not sys.stdout.isatty()):
        return USUAL
    room = shutil.get_terminal_size((USUAL, 24)).columns
    return max(LEAST, room - (os.name == "nt"))  # a console of Windows adds an empty line after a full one


def tell(prose: str, bold: bool = False) -> None:
    """Print prose in the width and the characters of sys.stdout; bold if it is a terminal that can and may do so."""
    text = for_stdout(lambda columns: refilled(prose, columns))
    print(f"\x1b[1m{text}\x1b[0m" if bold and is_styled() else text)


def is_styled() -> bool:
    """Whether sys.stdout is a terminal that takes escape sequences, and NO_COLOR does not forbid them."""
    if sys.stdout is None or not sys.stdout.isatty() or os.environ.get("NO_COLOR"):
        return False
    usual = "windows" if "WT_SESSION" in os.environ else "dumb"  # of those of Windows only the newer one takes them
    return os.environ.get("TERM", usual) != "dumb"


# --- lines ---


def wrapped(sentence: str, room: int = USUAL) -> list[str]:
    """Return the lines of a sentence, no wider than a number of columns if its words are not."""
    lines = [""]
    for piece in _pieces().findall(sentence):
        if width(lines[-1]) + width(piece) > room and not piece.isspace():
            lines.append("")
        lines[-1] += piece
    return [line.strip() for line in lines if line.strip()]


def refilled(prose: str, room: int) -> str:
    """Return prose with each paragraph wrapped again that is too wide. Items begin with "- ", code with four spaces.

    >>> print(refilled("A word and\\nanother.\\n\\n- one item of\\n  two\\n\\n    x = y + 2", 9))
    A word
    and
    another.
    <BLANKLINE>
    - one
      item of
      two
    <BLANKLINE>
        x = y + 2
    """
    parts: list[list[str]] = []
    for line in prose.split("\n"):
        follows = parts and parts[-1][-1].strip() and not line.startswith(("- ", "    ")) and line.strip()
        if follows and not parts[-1][-1].startswith("    "):
            parts[-1].append(line)
        else:
            parts.append([line])
    return "\n".join(line for part in parts for line in _fitted(part, room))


def _fitted(paragraph: list[str], room: int) -> list[str]:
    """Return the lines of a paragraph, or of an item, no wider than a number of columns."""
    if paragraph[0].startswith("    ") or max(map(width, paragraph)) <= room:
        return paragraph
    text = ""
    for line in map(str.strip, paragraph):
        text += " " * (bool(text) and _is_spaced(text[-1], line[0])) + line
    indent = "  " if text.startswith("- ") else ""
    return [indent * bool(i) + line for i, line in enumerate(wrapped(text, room - len(indent)))]


def _is_spaced(before: str, after: str) -> bool:
    """Whether a space stands between the end of a line and the beginning of the next: not in Chinese."""
    chinese = [unicodedata.east_asian_width(character) in "WF" for character in (before, after)]
    return not all(chinese) and not any(mark in "，。：；、（）《》？！" for mark in (before, after))


@cache
def _pieces() -> re.Pattern[str]:
    """What a line is not broken in: a word, a Chinese term or character, with the marks that open and close it."""
    from .words.zh import TERMS

    terms = "|".join(sorted(TERMS.split(), key=len, reverse=True))
    return re.compile(rf"\s+|[（“《]*(?:{terms}|[\u2e80-\uffef]|[^\s\u2e80-\uffef]+)[，。：；、）”》？！]*")


def width(text: str) -> int:
    """Return how many columns of a terminal the text takes: two for a Chinese character, none for an accent.

    >>> width("层"), width("é"), width("e\\u0301"), width("กี่")
    (2, 1, 1, 1)
    """
    encoding = _encoding.get()
    if encoding is not None:
        text = spelled(text, encoding)
    others = [character for character in text if character > "\x7f"]
    return len(text) - len(others) + sum(_columns(character, encoding) for character in others)


def _columns(character: str, encoding: str | None) -> int:
    if unicodedata.category(character) in ("Mn", "Me", "Cf"):  # marks above and below others, joiners
        return 0
    kind = unicodedata.east_asian_width(character)
    if kind == "A" and encoding:  # as wide as in the charset: two columns for the two bytes that a sign has in GBK
        return min(len(character.encode(encoding)), 2)
    return 2 if kind in "WF" else 1


def padded(text: str, room: int, right: bool = False) -> str:
    """Return the text with spaces up to a width in columns: after it, or before it for numbers that end aligned."""
    spaces = " " * (room - width(text))
    return spaces + text if right else text + spaces


def clipped(text: str, room: int, keep_end: bool = False) -> str:
    """Return the text if it fits into a width in columns, else its start or its end, with an ellipsis.

    >>> clipped("layers.0.weight", 9), clipped("layers.0.weight", 9, keep_end=True), clipped("隐藏层", 5)
    ('layers.0…', '…0.weight', '隐藏…')
    """
    if len(text) <= room and width(text) <= room:
        return text
    text = text[-room:] if keep_end else text[:room]  # marks that take no column are characters too
    while width(text) + width("…") > room:
        text = text[1:] if keep_end else text[:-1]
    return f"…{text}" if keep_end else f"{text}…"


# --- tables ---


def table(rows: Rows, right: Container[int] = (), gap: str = "  ", room: int | None = None) -> list[str]:
    """Return the lines of an aligned table.

    Args:
        rows: the cells, the header first; a row can be shorter than others, and one of a single cell takes the whole
            line.
        right: the columns that are aligned on the right.
        gap: the space between columns.
        room: the largest width. In a wider table, titles have two lines and gaps are narrow. If this is not enough,
            its columns go into several tables, one below the other, each of which begins with the first column, and
            words that still do not fit go on below themselves.

    >>> table([("layer", "|grad|/|w|", "dead"), ("0", "0.25", "50%")], (1, 2), room=20)
    ['       |grad|/', 'layer      |w|  dead', '0         0.25   50%']
    >>> table([("layer", "|grad|/|w|", "dead"), ("0", "0.25", "50%")], (1, 2), room=14)
    ['       |grad|/', 'layer      |w|', '0         0.25', '', 'layer  dead', '0       50%']
    """
    stacked = _stacked(rows) if room is not None and rows else rows
    for cells, space in ((rows, gap), (stacked, gap), (stacked, " ")):
        widths = _widths(cells)
        if room is None or sum(widths) + width(space) * (len(widths) - 1) <= room:
            return _aligned(cells, right, space, range(len(widths)), room)
    lines: list[str] = []
    for shown in _side_by_side(widths, width(gap), room):
        lines += [""] * bool(lines) + _aligned(stacked, right, gap, shown, room)
    return lines


def with_names_above(rows: Rows, room: int) -> Rows:
    """Return the rows of a table with each first cell on a line of its own, if first cells take a third of the room.

    >>> with_names_above([("layer", "dead"), ("a long name", "50%")], 20)
    [('layer',), ('', 'dead'), ('a long name',), ('', '50%')]
    """
    names = [width(row[0]) for row in rows if len(row) > 1]
    if not names or max(names) <= room // 3:
        return rows
    return [part for first, *others in rows for part in ((first,), ("", *others)) if part != ("",)]


def _widths(rows: Rows) -> list[int]:
    full = [row for row in rows if len(row) > 1] or rows
    return [max(width(row[i]) for row in full if i < len(row)) for i in range(max(map(len, full), default=0))]


def _aligned(rows: Rows, right: Container[int], gap: str, shown: Sequence[int], room: int | None) -> list[str]:
    """Return the lines of a table with some of its columns; words that are wider than the room go on below."""
    lines, widths = [], _widths(rows)
    before = sum(widths[i] + width(gap) for i in shown[:-1])
    for row in rows:
        cells, below = [padded(row[i], widths[i], i in right) for i in shown if i < len(row)], []
        if room is not None and len(cells) == len(shown) and before + width(cells[-1].rstrip()) > room:
            cells[-1], *below = wrapped(cells[-1], room - before) or [""]
        lines += [gap.join(cells).rstrip(), *(" " * before + words for words in below)]
    return lines if lines[:1] != [""] else lines[1:]  # nothing is above the titles of this part


_TITLE = re.compile(r"(\S.*(?: |\|/))(\S+)")  # in two parts: "so far", or the sizes |a| and |b| of |a|/|b|


def _stacked(rows: Rows) -> Rows:
    """Return the rows with long titles in two lines."""
    titles, *others = rows
    room = _widths([[""] * len(titles), *others])
    long = [width(title) > room[i] for i, title in enumerate(titles)]
    found = [_TITLE.fullmatch(title) if is_long else None for title, is_long in zip(titles, long, strict=True)]
    if not any(found):
        return rows
    above = [part[1].rstrip() if part else "" for part in found]
    return [above, [part[2] if part else title for part, title in zip(found, titles, strict=True)], *others]


def _side_by_side(widths: Sequence[int], gap: int, room: int | None) -> Iterator[list[int]]:
    """Yield the columns of each part of a table."""
    shown = [0]
    for i in range(1, len(widths)):
        if room is not None and len(shown) > 1 and sum(widths[j] + gap for j in shown) + widths[i] > room:
            yield shown
            shown = [0]
        shown.append(i)
    yield shown


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
