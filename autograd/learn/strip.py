"""Moments of a training as SVG: the frame of the page, in which a script draws, and a strip of pictures."""

from __future__ import annotations

import html
import math
from collections.abc import Iterator, Sequence

from ..view.drawing.style import FAINT
from .plot import SIZE, Look, Plot

__all__ = ["axes", "box", "strip"]

LEFT, TOP, RIGHT, BOTTOM = 46, 10, 12, 30  # around the plot of the page
TILE, GAP, LINE = 184, 16, 17  # of the strip
FONT = 'font-family="Helvetica,Arial,sans-serif"'


def _size(plot: Plot) -> tuple[int, int]:
    return (440, 440) if plot.sight.dimensions == 2 else (560, 380)


def box(plot: Plot) -> list[int]:
    """Return where colours are in the picture of the page: left, top, width and height, and the size of the whole."""
    width, height = _size(plot)
    return [LEFT, TOP, width, height, LEFT + width + RIGHT, TOP + height + BOTTOM]


def axes(plot: Plot) -> str:
    """Return the picture of the page without a moment: axes, data, and paths for a script to fill."""
    left, top, width, height, whole, tall = box(plot)
    inside = "".join(
        f'<path class="answer" d=""{f" stroke={color!r}" if color else ""} transform="{_scale(width, height)}" '
        'vector-effect="non-scaling-stroke"/>'
        for color in plot.strokes
    )
    return (
        f'<svg class="plot" viewBox="0 0 {whole} {tall}" font-size="13" {FONT} aria-hidden="true">'
        f"{''.join(_ticks(plot, width, height))}"
        f'<svg x="{left}" y="{top}" width="{width}" height="{height}">{_threshold(plot, width, height)}{inside}'
        f"{plot.points(width, height, 4)}</svg>"
        f'<rect class="rim" x="{left}" y="{top}" width="{width}" height="{height}"/></svg>'
    )


def strip(plot: Plot, looks: Sequence[Look], titles: Sequence[Sequence[str]], told: str) -> str:
    """Return moments side by side, each with lines of text above it."""
    width, height = TILE, TILE if plot.sight.dimensions == 2 else round(0.7 * TILE)
    head = LINE * len(titles[0]) + 6
    pieces = []
    for i, (look, lines) in enumerate(zip(looks, titles, strict=True)):
        x = 1 + i * (TILE + GAP)
        for k, line in enumerate(lines):
            weight = ' font-weight="bold"' if k == 0 else ""
            pieces.append(f'<text x="{x}" y="{13 + k * LINE}" fill="{FAINT}"{weight}>{html.escape(line)}</text>')
        pieces.append(
            f'<svg x="{x}" y="{head}" width="{width}" height="{height}">{_image(plot, look, width, height)}'
            f"{_threshold(plot, width, height)}{''.join(_paths(plot, look, width, height))}"
            f"{plot.points(width, height, 2.2)}</svg>"
            f'<rect x="{x}" y="{head}" width="{width}" height="{height}" fill="none" stroke="{FAINT}"/>'
        )
    whole, tall = 2 + len(looks) * (TILE + GAP) - GAP, head + height + 1
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {whole} {tall}" width="{whole}" height="{tall}" '
        f'font-size="13" {FONT} role="img" aria-label="{html.escape(told)}">{"".join(pieces)}</svg>'
    )


def _image(plot: Plot, look: Look, width: float, height: float) -> str:
    """The colours: the outer points are on the edges of the box, so half of their squares is outside."""
    if not look.field:
        return ""
    half = 0.5 / (plot.sight.side - 1)
    down = half if plot.sight.dimensions == 2 else 0.0
    return (
        f'<image x="{-half * width:.2f}" y="{-down * height:.2f}" width="{(1 + 2 * half) * width:.2f}" '
        f'height="{(1 + 2 * down) * height:.2f}" preserveAspectRatio="none" href="{plot.image(look.field)}"/>'
    )


def _paths(plot: Plot, look: Look, width: float, height: float) -> Iterator[str]:
    for path, color in zip(look.paths, plot.strokes, strict=True):
        yield (
            f'<path d="{path}" fill="none" stroke="{color or FAINT}" stroke-width="2" '
            f'transform="{_scale(width, height)}" vector-effect="non-scaling-stroke"/>'
        )


def _scale(width: float, height: float) -> str:
    return f"scale({width / SIZE:g} {height / SIZE:g})"


def _threshold(plot: Plot, width: float, height: float) -> str:
    if plot.sight.dimensions == 2 or plot.sight.kind != "score":
        return ""
    return f'<path d="M0 {height * plot.y(plot.threshold):.1f}H{width}" stroke="{FAINT}" stroke-dasharray="4 4"/>'


def _ticks(plot: Plot, width: float, height: float) -> Iterator[str]:
    (low, high), *other = plot.sight.bounds
    for x in _round_numbers(low, high):
        at = LEFT + width * (x - low) / (high - low)
        yield f'<path d="M{at:.1f} {TOP + height}v4" stroke="{FAINT}"/>'
        yield f'<text x="{at:.1f}" y="{TOP + height + 18}" text-anchor="middle" fill="{FAINT}">{x:g}</text>'
    low, high = other[0] if other else (plot.low, plot.high)
    for y in _round_numbers(low, high):
        at = TOP + height * (high - y) / (high - low)
        yield f'<path d="M{LEFT} {at:.1f}h-4" stroke="{FAINT}"/>'
        yield f'<text x="{LEFT - 7}" y="{at + 4.5:.1f}" text-anchor="end" fill="{FAINT}">{y:g}</text>'


def _round_numbers(low: float, high: float) -> list[float]:
    """About five round numbers between two numbers.

    >>> _round_numbers(-0.3, 2.2)
    [0.0, 0.5, 1.0, 1.5, 2.0]
    """
    size = 10.0 ** math.floor(math.log10((high - low) / 6.0))
    every = next(k * size for k in (1, 2, 5, 10) if (high - low) / (k * size) <= 6)
    return [round(i * every, 12) + 0.0 for i in range(math.ceil(low / every), math.floor(high / every) + 1)]
