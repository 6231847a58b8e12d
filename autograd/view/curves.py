"""Curves over steps as an SVG picture, on a logarithmic scale; small enough to write by hand.

Every curve ends at its name. What a logarithm cannot show is not left out: a mark at the upper edge says where a curve
is nan or infinite, one at the lower edge where it is 0.
"""

from __future__ import annotations

import html
import math
from collections.abc import Iterator, Mapping, Sequence

from ..text import printable
from .drawing.style import FAINT
from .terminal import clipped, width

__all__ = ["FIRST", "LAST", "colors", "curves"]

WIDTH, HEIGHT, LEFT, TOP, BOTTOM = 640, 320, 60, 44, 46
LINE, CHARACTER = 14.0, 6.4  # of a name: its height and the width of a letter
LONGEST = 26  # columns of the longest name that is shown whole
NAMED = 24  # the largest number of curves that are all named; of more, some are
MOST_POINTS = 400  # more would fall on the same pixels

# readable on white and on black; neighbours differ in lightness too
COLORS = (
    "#2f7fd1", "#e07b00", "#2e9b4f", "#d6453d", "#9467c8", "#a0714f",
    "#d860ac", "#1c9fb0", "#8a8d1c", "#6b78e8", "#64748b",
)  # fmt: skip
FIRST, LAST = (72, 104, 214), (226, 122, 38)  # of more curves than colours: from blue for the first to orange


def curves(series: Mapping[str, Sequence[float]], x_label: str, y_label: str, moments: Sequence[int] = ()) -> str:
    """Return an SVG element with a curve for each name, over 1, 2, 3, ... on a logarithmic scale.

    Args:
        series: the numbers of each curve.
        x_label, y_label: what the axes show.
        moments: steps, counted from 1, that an upright line of the class "moment" points out.

    >>> curves({"a": [1.0, 0.1]}, "step", "norm").startswith("<svg")
    True
    """
    return _Picture(series).svg(x_label, y_label, moments)


class _Picture:
    def __init__(self, series: Mapping[str, Sequence[float]]) -> None:
        self.series = {name: list(ys) for name, ys in _distinct(series)}
        shown = [math.log10(y) for ys in self.series.values() for y in ys if _is_shown(y)]
        self.low, self.high = _room(min(shown), max(shown)) if shown else (-1.0, 1.0)
        if any({"0", "< 0"} & _first_marks(ys).keys() for ys in self.series.values()):
            self.low -= 0.1 * (self.high - self.low)  # room for the marks
        self.steps = max([len(ys) for ys in self.series.values()], default=0)
        self.named = _some(list(self.series), NAMED)
        self.height = max(HEIGHT, TOP + BOTTOM + LINE * len(self.named))
        self.right = WIDTH - 24 - CHARACTER * max(map(width, self.series), default=0)

    # --- scales ---

    def x(self, i: float) -> float:
        return LEFT + 8 + (self.right - LEFT - 16) * (i / (self.steps - 1) if self.steps > 1 else 0.5)

    def y(self, y: float) -> float:
        return self._y(math.log10(y))

    def _y(self, exponent: float) -> float:
        return self.height - BOTTOM - (self.height - TOP - BOTTOM) * (exponent - self.low) / (self.high - self.low)

    # --- the picture ---

    def svg(self, x_label: str, y_label: str, moments: Sequence[int]) -> str:
        lines = (
            f'<path class="moment" d="M{self.x(step - 1):.1f} {TOP}V{self.height - BOTTOM:.1f}" stroke="{FAINT}"/>'
            for step in moments
        )
        inside = "".join([*lines, *self._axes(x_label, y_label), *self._curves(), *self._marks(), *self._names()])
        title = html.escape(printable(f"{y_label}, {x_label}"))
        return (
            f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {self.height:.0f}" width="{WIDTH}" '
            f'height="{self.height:.0f}" font-family="Helvetica,Arial,sans-serif" font-size="12" role="img" '
            f'aria-label="{title}">{inside}</svg>'
        )

    def _axes(self, x_label: str, y_label: str) -> Iterator[str]:
        for exponent, label in _y_ticks(self.low, self.high):
            y = self._y(exponent)
            yield f'<path d="M{LEFT} {y:.1f}H{self.right:.1f}" stroke="{FAINT}" opacity="0.3"/>'
            yield _text(LEFT - 8, y + 4, label, "end")
        bottom = self.height - BOTTOM
        for step in _x_ticks(self.steps):
            x = self.x(step - 1)
            yield f'<path d="M{x:.1f} {bottom:.1f}v4" stroke="{FAINT}"/>' + _text(x, bottom + 18, str(step), "middle")
        yield _text((LEFT + self.right) / 2, self.height - 8, x_label, "middle")
        yield _text(4, TOP - 26, y_label, "start")

    def _curves(self) -> Iterator[str]:
        for (name, ys), color in zip(self.series.items(), colors(len(self.series)), strict=True):
            yield f'<g stroke="{color}" fill="none" stroke-width="1.8" stroke-linejoin="round">'
            yield f"<title>{html.escape(name)}</title>"
            for run in _runs(ys):
                points = " ".join(f"{self.x(i):.1f},{self.y(y):.1f}" for i, y in _thinned(run))
                if len(run) > 1:
                    yield f'<polyline points="{points}"/>'
                else:
                    x, y = points.split(",")
                    yield f'<circle cx="{x}" cy="{y}" r="2.5" fill="{color}" stroke="none"/>'
            yield "</g>"

    def _marks(self) -> Iterator[str]:
        """Triangles that point out of the picture, at the first places where it cannot show curves."""
        found: dict[tuple[int, str], list[str]] = {}
        for ys, color in zip(self.series.values(), colors(len(self.series)), strict=True):
            for mark, i in _first_marks(ys).items():
                found.setdefault((i, mark), []).append(color)
        for (i, mark), tints in found.items():
            x, color = self.x(i), tints[0] if len(tints) == 1 else FAINT
            edge, tip, words = (TOP, -6, -9) if mark in ("nan", "inf") else (self.height - BOTTOM, 6, -5)
            yield f'<path d="M{x - 4:.1f} {edge:.1f}h8l-4 {tip}z" fill="{color}"/>'
            yield _text(x, edge + words, mark if len(tints) == 1 else f"{mark} ×{len(tints)}", "middle", color)

    def _names(self) -> Iterator[str]:
        ends = {}
        for name, color in zip(self.series, colors(len(self.series)), strict=True):
            last = next((i for i in reversed(range(len(self.series[name]))) if _is_shown(self.series[name][i])), None)
            if name in self.named:
                at = None if last is None else (self.x(last), self.y(self.series[name][last]))
                ends[name] = (at, color)
        wanted = [TOP if at is None else at[1] for at, _ in ends.values()]
        places = _spread(wanted, TOP, self.height - BOTTOM)
        for (name, (at, color)), y in zip(ends.items(), places, strict=True):
            if at is not None:
                yield (
                    f'<path d="M{at[0] + 3:.1f} {at[1]:.1f}L{self.right + 8:.1f} {y:.1f}" stroke="{color}" '
                    f'stroke-dasharray="1 3" fill="none"/>'
                )
            yield _text(self.right + 11, y + 4, name, "start", color)


# --- numbers ---


def _is_shown(y: float) -> bool:
    return 0.0 < y < math.inf


def _room(low: float, high: float) -> tuple[float, float]:
    """The ends of the scale, as exponents: with some room around the numbers, and never less than half a decade."""
    margin = max(0.04 * (high - low), 0.25 - 0.5 * (high - low), 0.02)
    return low - margin, high + margin


def _y_ticks(low: float, high: float) -> list[tuple[float, str]]:
    """Powers of ten; if there would be fewer than three, 2 and 5 times those as well, or every digit."""
    every = next(n for n in (1, 2, 5, 10, 20, 50, 100) if (high - low) / n < 9)
    powers = range(math.ceil(low), math.floor(high) + 1)
    ticks = [(float(n), _power(n)) for n in powers if n % every == 0]
    for digits in ((1, 2, 5), range(1, 10)):
        if len(ticks) >= 3:
            break
        found = [(n + math.log10(d), f"{d}e{n}") for n in range(math.floor(low), math.ceil(high)) for d in digits]
        ticks = [(exponent, f"{float(number):g}") for exponent, number in found if low <= exponent <= high]
    return ticks


def _power(n: int) -> str:
    return f"{10.0**n:g}" if -3 <= n <= 3 else f"1e{n}"


def _x_ticks(steps: int) -> list[int]:
    """1, and about five round numbers."""
    if steps < 1:
        return []
    size = 10 ** math.floor(math.log10(steps))
    every = next(n for n in (size // 5 or 1, size // 2 or 1, size, 2 * size, 5 * size) if steps / n <= 8)
    ticks = [step for step in range(every, steps + 1, every) if step > 1]
    return [1, *(step for step in ticks if step - 1 > 0.06 * steps)]


def _runs(ys: Sequence[float]) -> list[list[tuple[int, float]]]:
    """The stretches of numbers that can be shown, each number with its place."""
    runs: list[list[tuple[int, float]]] = [[]]
    for i, y in enumerate(ys):
        if _is_shown(y):
            runs[-1].append((i, y))
        elif runs[-1]:
            runs.append([])
    return [run for run in runs if run]


def _thinned(run: list[tuple[int, float]]) -> list[tuple[int, float]]:
    """At most as many points as can be told apart: of each stretch the smallest and the largest, in order."""
    size = math.ceil(2 * len(run) / MOST_POINTS)
    if size <= 2:
        return run
    stretches = [run[i : i + size] for i in range(0, len(run), size)]
    kept = [point for s in stretches for point in sorted({min(s, key=_number), max(s, key=_number)})]
    return [run[0], *(point for point in kept if point not in (run[0], run[-1])), run[-1]]


def _number(point: tuple[int, float]) -> float:
    return point[1]


def _first_marks(ys: Sequence[float]) -> dict[str, int]:
    """Where a curve is for the first time nan, infinite, zero or negative."""
    first: dict[str, int] = {}
    for i, y in enumerate(ys):
        if not _is_shown(y):
            first.setdefault("nan" if math.isnan(y) else "inf" if y > 0 else "< 0" if y else "0", i)
    return first


# --- names and colours ---


def _distinct(series: Mapping[str, Sequence[float]]) -> Iterator[tuple[str, Sequence[float]]]:
    """Names that are still different if they are too long to be shown whole."""
    taken: dict[str, int] = {}
    for name, ys in series.items():
        shown = clipped(printable(name), LONGEST, keep_end=True)  # the end of a name is where layers differ
        taken[shown] = taken.get(shown, 0) + 1
        yield (shown if taken[shown] == 1 else f"{shown}#{taken[shown]}"), ys


def _some(names: list[str], count: int) -> set[str]:
    """At most `count` of the names, the first and the last included."""
    if len(names) <= count:
        return set(names)
    return {names[round(k * (len(names) - 1) / (count - 1))] for k in range(count)}


def colors(count: int) -> list[str]:
    """Return colours that are readable on white and on black, for this number of curves."""
    if count <= len(COLORS):
        return list(COLORS[:count])
    parts = [k / (count - 1) for k in range(count)]
    return ["#" + "".join(f"{round(a + (b - a) * t):02x}" for a, b in zip(FIRST, LAST, strict=True)) for t in parts]


def _spread(wanted: Sequence[float], low: float, high: float) -> list[float]:
    """Places near the wanted ones, at least a line apart, and between low and high if there is room for all."""
    order = sorted(range(len(wanted)), key=wanted.__getitem__)
    places = [0.0] * len(wanted)
    place = low - LINE
    for i in order:
        place = places[i] = max(wanted[i], place + LINE)
    place = high + LINE
    for i in reversed(order):
        place = places[i] = min(places[i], place - LINE)
    return places


def _text(x: float, y: float, text: str, anchor: str, color: str = FAINT) -> str:
    return f'<text x="{x:.1f}" y="{y:.1f}" text-anchor="{anchor}" fill="{color}">{html.escape(printable(text))}</text>'
