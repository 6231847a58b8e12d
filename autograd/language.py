"""The language in which explanations speak: English, or Chinese on request.

>>> from autograd.language import say, speaking
>>> with speaking("zh"):
...     print(say("gradient", "梯度"))
梯度
"""

from __future__ import annotations

import os
from typing import Literal, get_args

from .modes import Mode, decision

__all__ = ["LANGUAGES", "Language", "chosen", "from_locale", "say", "speaking"]

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
    """Return the one of two texts that is in the language spoken here, the one in English for any third language."""
    return zh if chosen(None) == "zh" else en


def from_locale() -> Language:
    """Return the language of the locale, which `python -m autograd` speaks; nothing else depends on the locale.

    The first of the environment variables LC_ALL, LC_MESSAGES and LANG that is set counts, as POSIX has it; without
    them, as on Windows, the locale that the system reports.
    """
    variables = ("LC_ALL", "LC_MESSAGES", "LANG")
    name = next(filter(None, map(os.environ.get, variables)), None) or _system_locale()
    spoken = "zh" if name.lower().startswith("chinese") else name.lower()[:2]
    for lang in LANGUAGES:
        if lang == spoken:
            return lang
    return "en"


def _system_locale() -> str:
    import locale

    return locale.getlocale()[0] or ""
