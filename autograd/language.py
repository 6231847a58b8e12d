"""The language in which explanations speak: English, or Chinese on request.

>>> from autograd.language import say, speaking
>>> with speaking("zh"):
...     print(say("gradient", "梯度"))
梯度
"""

from __future__ import annotations

from typing import Literal, get_args

from .modes import Mode, decision

__all__ = ["LANGUAGES", "Language", "chosen", "say", "speaking"]

Language = Literal["en", "zh"]
LANGUAGES: tuple[Language, ...] = get_args(Language)


def speaking(lang: Language) -> Mode:
    """Inside, everything that takes a `lang` and is given none speaks this language. Per thread and task, nestable.

    Args:
        lang: "en" or "zh".

    Raises:
        ValueError: another language.
    """
    return Mode("language", chosen(lang))


def chosen(lang: Language | None) -> Language:
    """Return `lang`, or the current language if it is None; a ValueError for any other."""
    if lang is None:
        spoken: Language = decision("language", "en")
        return spoken
    if lang not in LANGUAGES:
        raise ValueError(f"lang must be one of {', '.join(map(repr, LANGUAGES))}, but got {lang!r}")
    return lang


def say(en: str, zh: str) -> str:
    """Return the one of two texts that is in the language spoken here."""
    return zh if chosen(None) == "zh" else en
