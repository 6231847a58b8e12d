"""What a stream can carry: the ASCII spelling of the characters that it cannot, and the language that is left to it.

>>> spelled("dz/dw = x² − 1 ≤ 10⁻⁷", "latin-1"), spelled("∇L → √2", "ascii")
('dz/dw = x² - 1 <= 10^-7', 'grad L -> sqrt(2)')
"""

from __future__ import annotations

import codecs
import io
import re
import sys
import warnings
from functools import lru_cache
from typing import Any

from .language import Language

__all__ = ["charset", "readable", "spell_on", "spelled", "unreadable"]

_EXPONENTS = "⁰¹²³⁴⁵⁶⁷⁸⁹⁺⁻"
_PLAIN = str.maketrans(_EXPONENTS + "─→←", "0123456789+--><")
_SIGNS = {
    "−": "-", "×": "*", "÷": "/", "·": "*", "±": "+-", "√": "sqrt", "∛": "cbrt", "∂": "del ", "∇": "grad ", "∞": "inf",
    "≤": "<=", "≥": ">=", "≠": "!=", "≈": "~", "∑": "sum", "Σ": "sum", "∏": "prod", "Π": "prod", "‖": "||", "½": "1/2",
    "→": "->", "←": "<-", "↑": "up", "↓": "down", "⌊": "floor(", "⌋": ")", "°": "deg", "✓": "ok", "\u0302": "_hat",
    "–": "-", "—": "--", "…": "...", "′": "'", "‘": "'", "’": "'", "“": '"', "”": '"', "。": ".", "、": ",", "�": "?",
}  # fmt: skip

# What is spelled as one: an exponent, a root with its number, an arrow, a Greek letter and the name that it multiplies.
_UNIT = r"[⁰¹²³⁴-⁹⁺⁻]+|√\w+|─+→|←─+|[Α-Ωα-ω][A-Za-z]|[^\x00-\x7f]"
_CHINESE = (
    "简体中文的各种说法：“梯度”、导数与链式法则。"  # in a charset that has these, the package's sentences are too
)


def charset(stream: Any) -> str | None:
    """Return the encoding of a stream that lacks some characters; None if it has all, or is none."""
    encoding = getattr(stream, "encoding", None)
    if not isinstance(encoding, str):
        return None
    try:
        name = codecs.lookup(encoding).name
    except LookupError:
        return None
    return None if name.startswith("utf") else name


def spelled(text: str, encoding: str | None = None) -> str:
    """Return text with an ASCII spelling in place of each character that an encoding, of sys.stdout by default, lacks.

    Mathematical signs, arrows, lines and Greek letters are spelled as one types them, letters with marks without these,
    and pictures by their names. Any other character is escaped as in Python, so that two names stay two.

    >>> spelled("naïve 权重 🍎", "ascii")
    'naive \\\\u6743\\\\u91cd (red apple)'
    """
    if text.isascii():
        return text
    encoding = encoding or charset(sys.stdout)
    return text if encoding is None else re.sub(_UNIT, lambda unit: _unit(unit[0], encoding), text)


@lru_cache(4096)
def _unit(unit: str, encoding: str) -> str:
    try:
        unit.encode(encoding)
        return unit
    except UnicodeEncodeError:
        return _in_ascii(unit)


def _in_ascii(unit: str) -> str:
    first = unit[0]
    if first in _EXPONENTS:
        return "^" + unit.translate(_PLAIN)
    if len(unit) == 1:
        return _letter(unit)
    if "─" in unit:
        return unit.translate(_PLAIN)
    rest = "".join(map(_letter, unit[1:]))
    return f"sqrt({rest})" if first == "√" else f"{_letter(first)} {rest}"


def _letter(x: str) -> str:
    import unicodedata

    code, name = ord(x), unicodedata.name(x, "")
    if x.isascii() or x in _SIGNS:
        return _SIGNS.get(x, x)
    if 0x2400 <= code <= 0x2421:  # the picture of a control character
        return "^?" if code == 0x2421 else f"^{chr(code - 0x2400 + 0x40)}"
    if name.startswith("BOX DRAWINGS"):
        return "-" if name.endswith("HORIZONTAL") else "|" if name.endswith("VERTICAL") else "+"
    if name.startswith("GREEK") and " LETTER " in name:
        word = name.split(" LETTER ")[1].split()[-1].lower()
        return word.capitalize() if "CAPITAL" in name else word
    if plain := "".join(c for c in unicodedata.normalize("NFKD", x) if not unicodedata.combining(c)):
        if plain.isascii():
            return plain
    elif unicodedata.combining(x):
        return ""
    if unicodedata.category(x).startswith("S") and name:
        return f"({name.lower()})"
    return x.encode("ascii", "backslashreplace").decode()


def spell_on(stream: Any) -> None:
    """Let a stream spell what it cannot carry, whoever writes to it; for programs, which own their streams."""
    if isinstance(stream, io.TextIOWrapper) and charset(stream):
        stream.reconfigure(errors="autograd.spelled")


def _handle(error: UnicodeError) -> tuple[str, int]:
    if not isinstance(error, UnicodeEncodeError):
        raise error
    return spelled(error.object[error.start : error.end], "ascii"), error.end


codecs.register_error("autograd.spelled", _handle)


# --- the language ---


def unreadable(lang: Language, stream: Any = None) -> str:
    """Return why a stream, sys.stdout by default, has no such language and what to do about it; "" if it has it."""
    encoding = charset(sys.stdout if stream is None else stream)
    if lang == "en" or encoding is None or spelled(_CHINESE, encoding) == _CHINESE:
        return ""
    return f"the output's encoding, {encoding}, has no Chinese, so this is in English: set PYTHONIOENCODING=utf-8"


def readable(lang: Language) -> Language:
    """Return a language if sys.stdout can carry it, else English, and say so, once for each encoding."""
    if notice := unreadable(lang):
        shown = globals().setdefault("__warningregistry__", {})  # where warnings remember what they have shown
        warnings.warn_explicit(notice, UnicodeWarning, "autograd", 0, registry=shown)
        return "en"
    return lang
