"""What a gradient is called by its size: one word for it in `why`, in drawings and wherever it has a colour.

>>> verdict_of(9.3e-10), verdict_of(0.25), verdict_of(-1024.0)
('vanished', 'healthy', 'exploded')
>>> word("vanished", "zh")
'消失'
"""

from __future__ import annotations

import math
from typing import Literal

from ..language import Language

__all__ = ["EXPLODED", "SMALL", "VANISHED", "Verdict", "verdict_of", "word"]

Verdict = Literal["zero", "vanished", "small", "healthy", "exploded", "inf", "nan", "not connected"]

VANISHED, SMALL, EXPLODED = 1e-6, 1e-3, 1e3  # below the first two and above the third a gradient is called so

CHINESE: dict[Verdict, str] = {
    "zero": "为零", "vanished": "消失", "small": "偏小", "healthy": "正常", "exploded": "爆炸", "inf": "无穷大（inf）",
    "nan": "不是数（nan）", "not connected": "无关",
}  # fmt: skip


def verdict_of(gradient: float) -> Verdict:
    """Return what a gradient of this size is called."""
    size = abs(gradient)
    if size != size:
        return "nan"
    if size == math.inf:
        return "inf"
    if size > EXPLODED:
        return "exploded"
    return "healthy" if size >= SMALL else "small" if size >= VANISHED else "vanished" if size else "zero"


def word(verdict: Verdict, lang: Language) -> str:
    """Return a verdict in English or Chinese."""
    return CHINESE[verdict] if lang == "zh" else verdict
