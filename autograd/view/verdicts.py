"""What gradients are called by their size: one scale for `why`, for drawings and for the doctor.

>>> verdict_of(9.3e-10), verdict_of(0.25), verdict_of(-1024.0)
('vanished', 'healthy', 'exploded')
>>> word("vanished", "zh")
'消失'
"""

from __future__ import annotations

import math
from typing import Literal

from ..language import Language
from .words import sentences

__all__ = [
    "EXPLODED", "LIKE_GRADIENT", "SMALL", "VANISHED", "WORST_FIRST", "WORST_LAYER_FIRST", "Verdict", "compared",
    "verdict_of", "word",
]  # fmt: skip

Verdict = Literal["zero", "vanished", "small", "healthy", "exploded", "inf", "nan", "not connected"]

# A gradient below the first two or above the third is called so; the same bounds hold for a factor, and for what a
# layer receives compared with the last one.
VANISHED, SMALL, EXPLODED = 1e-6, 1e-3, 1e3

WORST_FIRST: tuple[Verdict, ...] = ("nan", "inf", "exploded", "vanished", "not connected", "zero", "small", "healthy")
WORST_LAYER_FIRST = ("nan", "exploding", "vanishing", "dead", "no gradient", "healthy")

LIKE_GRADIENT: dict[str, Verdict] = {  # verdicts on layers, each with the one on a gradient that has its colour
    "vanishing": "vanished", "stalled": "small", "healthy": "healthy", "exploding": "exploded", "nan": "nan",
    "dead": "zero", "no gradient": "zero",
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


def compared(gradient: float, last: float) -> str:
    """Return what the gradient of a layer is called in comparison with that of the last layer that has one.

    >>> compared(1e-4, 0.5), compared(1e-4, 1e-3), compared(0.0, 0.5)
    ('vanishing', 'healthy', 'no gradient')
    """
    if not math.isfinite(gradient):
        return "nan"
    if gradient == 0.0:
        return "no gradient"
    if gradient > EXPLODED * last:
        return "exploding"
    return "vanishing" if gradient < SMALL * last else "healthy"


def word(verdict: Verdict, lang: Language | None = None) -> str:
    """Return a verdict in a language, by default the one that is spoken here."""
    return sentences("verdicts", lang)[verdict]
