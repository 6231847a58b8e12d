"""How text that users supply is shown: whatever it holds, it moves and hides nothing.

>>> printable("tab\\there")
'tab␉here'
"""

from __future__ import annotations

__all__ = ["printable"]

# Control characters are shown as their pictures. Marks stand for what breaks a line, for what reorders the text around
# it or hides in it, and for what no page or picture can hold (halves of surrogate pairs, U+FFFE, U+FFFF). The joiners
# U+200C and U+200D stay: scripts of India and Persia, and emoji, are spelled with them.
_PICTURES = {code: 0x2400 + code for code in range(0x20)} | {0x7F: 0x2421}
_LINES = (0x2028, 0x2029)
_DIRECTIONS = (0x061C, 0x200E, 0x200F, *range(0x202A, 0x202F), *range(0x2066, 0x206A))
_HIDDEN = (*range(0x80, 0xA0), 0xAD, 0x180E, 0x200B, *range(0x2060, 0x2066), *range(0x206A, 0x2070), 0xFEFF)
_IMPOSSIBLE = (*range(0xD800, 0xE000), 0xFFFE, 0xFFFF)
_MARKED = (*_LINES, *_DIRECTIONS, *_HIDDEN, *_IMPOSSIBLE)
_SHOWN = _PICTURES | dict.fromkeys(_MARKED, 0xFFFD)


def printable(text: str, lines: bool = False) -> str:
    """Return text whose characters are all shown rather than obeyed; with `lines`, newlines stay what they are."""
    return str(text).translate(_SHOWN | {0x0A: 0x0A} if lines else _SHOWN)
