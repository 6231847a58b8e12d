"""How text and objects that users supply are shown: they move and hide nothing, and a message stays short.

>>> printable("tab\\there")
'tab␉here'
>>> listed(range(100_000), 3)
'0, 1, 2 and 99,997 more'
"""

from __future__ import annotations

import reprlib
from collections.abc import Callable, Collection, Iterable
from itertools import islice
from typing import Any

__all__ = ["closest", "did_you_mean", "given", "listed", "printable", "shown", "unquoted"]

# Control characters are shown as their pictures. Marks replace characters that break a line, that reorder or hide text,
# and that no page or picture can hold (halves of surrogate pairs, U+FFFE, U+FFFF). The joiners
# U+200C and U+200D stay: scripts of India and Persia, and emoji, are spelled with them.
_PICTURES = {code: 0x2400 + code for code in range(0x20)} | {0x7F: 0x2421}
_LINES = (0x2028, 0x2029)
_DIRECTIONS = (0x061C, 0x200E, 0x200F, *range(0x202A, 0x202F), *range(0x2066, 0x206A))
_HIDDEN = (*range(0x80, 0xA0), 0xAD, 0x180E, 0x200B, *range(0x2060, 0x2066), *range(0x206A, 0x2070), 0xFEFF)
_IMPOSSIBLE = (*range(0xD800, 0xE000), 0xFFFE, 0xFFFF)
_MARKED = (*_LINES, *_DIRECTIONS, *_HIDDEN, *_IMPOSSIBLE)
_SHOWN = _PICTURES | dict.fromkeys(_MARKED, 0xFFFD)


def printable(text: object, lines: bool = False) -> str:
    """Return text with all of its characters shown rather than obeyed; with `lines`, newlines are kept."""
    return str(text).translate(_SHOWN | {0x0A: 0x0A} if lines else _SHOWN)


class _Short(reprlib.Repr):
    """Representations of bounded length, whatever the object holds."""

    def __init__(self) -> None:
        super().__init__()
        self.maxlevel, self.maxstring, self.maxother = 2, 100, 100  # by default 6 levels of up to 6 items

    def repr_int(self, x: int, level: int) -> str:
        if abs(x) < 10**self.maxlong:
            return repr(x)
        return f"a whole number of {x.bit_length():,} bits"  # Python refuses to write the longest ones


def shown(x: Any) -> str:
    """Return `repr(x)`, shortened in the middle if it is long."""
    return _Short().repr(x)


def given(x: Any) -> str:
    """Return an object and its type on one short line: of a long list, the first elements.

    >>> given([1.0] * 100_000)
    '[1.0, 1.0, 1.0, 1.0, 1.0, 1.0, ...] of type list'
    """
    return f"{shown(x)} of type {type(x).__name__}"


def unquoted(name: Any) -> str:
    """Return a name as `shown`, without quotes."""
    return shown(name).strip("'\"")


def listed(items: Collection[Any], most: int = 5, show: Callable[[Any], str] = shown) -> str:
    """Return the first items, as `show` has them, and how many more there are."""
    rest = len(items) - most
    first = ", ".join(map(show, islice(items, most)))
    return f"{first} and {rest:,} more" if rest > 0 else first


def did_you_mean(name: Any, known: Iterable[str]) -> str:
    """Return "; did you mean 'sigmoid'?" for the known name that is most like this one, "" if none is.

    >>> did_you_mean("sigmod", ["relu", "sigmoid"])
    "; did you mean 'sigmoid'?"
    """
    close = closest(name, known)
    return f"; did you mean {close!r}?" if close else ""


def closest(name: Any, known: Iterable[str]) -> str:
    """Return the known name that is most like this one, "" if none is."""
    import difflib

    if not isinstance(name, str) or len(name) > 100:
        return ""
    by_letters = {candidate.lower(): candidate for candidate in known}
    close = difflib.get_close_matches(name.lower(), by_letters, 1)
    return by_letters[close[0]] if close else ""
