"""Curves over steps as an SVG picture, on a logarithmic scale; small enough to write by hand."""

from __future__ import annotations

import html
import math
from collections.abc import Mapping, Sequence

__all__ = ["curves"]

WIDTH, HEIGHT, LEFT, RIGHT, TOP, BOTTOM = 640, 320, 64, 150, 32, 44
COLORS = ("#1f77b4", "#e07b00", "#2e8b3d", "#c7352b", "#8059b3", "#8c6044", "#d053a3", "#6f7781", "#9a9a1e", "#1497a6")
INK = "#7a8591"  # readable on white and on black


def curves(series: Mapping[str, Sequence[float]], x_label: str, y_label: str) -> str:
    """Return an SVG element with one curve for each name; points that are not positive and finite are left out.

    >>> curves({"a": [1.0, 0.1]}, "step", "norm").startswith("<svg")
    True
    """
    shown = [y for ys in series.values() for y in ys if y > 0.0 and math.isfinite(y)]
    low = math.floor(math.log10(min(shown))) if shown else -1
    high = max(math.ceil(math.log10(max(shown))) if shown else 1, low + 1)
    steps = max((len(ys) for ys in series.values()), default=1)

    def x_at(i: int) -> float:
        return LEFT + (WIDTH - LEFT - RIGHT) * i / max(steps - 1, 1)

    def y_at(y: float) -> float:
        return HEIGHT - BOTTOM - (HEIGHT - TOP - BOTTOM) * (math.log10(y) - low) / (high - low)

    parts = []
    every = max(1, math.ceil((high - low) / 8))
    for exponent in range(low, high + 1, every):
        y = y_at(10.0**exponent)
        parts.append(
            f'<line x1="{LEFT}" x2="{WIDTH - RIGHT}" y1="{y:.1f}" y2="{y:.1f}" stroke="{INK}" opacity="0.25"/>'
        )
        parts.append(_text(LEFT - 8, y + 4, f"1e{exponent}", "end"))
    for i in sorted({0, (steps - 1) // 2, steps - 1}):
        parts.append(_text(x_at(i), HEIGHT - BOTTOM + 18, str(i + 1), "middle"))
    parts.append(_text((LEFT + WIDTH - RIGHT) / 2, HEIGHT - 8, x_label, "middle"))
    parts.append(_text(LEFT - 56, TOP - 14, y_label, "start"))  # above the topmost number
    for k, (name, ys) in enumerate(series.items()):
        color = COLORS[k % len(COLORS)]
        points = " ".join(f"{x_at(i):.1f},{y_at(y):.1f}" for i, y in enumerate(ys) if y > 0.0 and math.isfinite(y))
        dash = ' stroke-dasharray="5 3"' if k >= len(COLORS) else ""
        parts.append(f'<polyline points="{points}" fill="none" stroke="{color}" stroke-width="1.8"{dash}/>')
        y = TOP + 14 + 17 * k
        parts.append(f'<line x1="{WIDTH - RIGHT + 12}" x2="{WIDTH - RIGHT + 32}" y1="{y - 4}" y2="{y - 4}" stroke="{color}" stroke-width="2.5"{dash}/>')  # fmt: skip  # noqa: E501
        parts.append(_text(WIDTH - RIGHT + 38, y, name, "start"))
    height = max(HEIGHT, TOP + 14 + 17 * len(series) + 8)
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {height}" width="{WIDTH}" height="{height}" '
        f'font-family="Helvetica,Arial,sans-serif" font-size="12" role="img">{"".join(parts)}</svg>'
    )


def _text(x: float, y: float, text: str, anchor: str) -> str:
    return f'<text x="{x:.1f}" y="{y:.1f}" text-anchor="{anchor}" fill="{INK}">{html.escape(text)}</text>'
