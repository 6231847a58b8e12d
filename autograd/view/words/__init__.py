"""Every sentence that views say, by section and key: one file for each language.

Another language is one more file with the same keys as en.py, and its name in `autograd.language.Language`.
"""

from __future__ import annotations

from collections.abc import Mapping
from importlib import import_module

from ...language import Language, chosen

__all__ = ["sentences"]


def sentences(section: str, lang: Language | None = None) -> Mapping[str, str]:
    """Return the sentences of a section by key, in a language or, for None, in the one that is spoken here.

    >>> sentences("draw", "en")["no gradient"], sentences("draw", "zh")["no gradient"]
    ('no gradient yet', '还没有梯度')
    """
    found: Mapping[str, str] = import_module(f".{chosen(lang)}", __name__).WORDS[section]
    return found
