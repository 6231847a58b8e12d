"""What a model answers at one moment, as colours, a border or a curve, and points.

The colours of all moments are places in one palette, whose colours are transparent, so they suit light and dark pages.
"""

from __future__ import annotations

import math
import struct
import zlib
from base64 import b64encode
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property

from ..view.curves import FIRST, LAST, colors
from ..view.drawing.style import FAINT
from .sight import Answers, Sight

__all__ = ["SIZE", "Look", "Plot"]

SIZE = 1000  # of the square in which borders and curves are drawn
FAINTEST, STRONGEST = 0.13, 0.62  # opacity of an answer that is uncertain, and of one that is certain
MARKS = ("M{x} {y}m-{r} 0a{r} {r} 0 1 0 {d} 0a{r} {r} 0 1 0-{d} 0z", "M{x} {y}m-{r}-{r}h{d}v{d}h-{d}z",
         "M{x} {y}m0-{r}l{r} {d}h-{d}z", "M{x} {y}m0-{d}l{r} {d}l-{r} {d}l-{r}-{d}z")  # fmt: skip


@dataclass(frozen=True, slots=True)
class Look:
    """One moment: the places of the colours in the palette, the paths of the border or the curves, and the hits."""

    field: bytes
    paths: list[str]
    right: int | None  # of the samples that are shown


class Plot:
    """How the moments of a training are drawn, all on the same scales.

    Args:
        sight: where the model was asked.
        moments: its answers.
        threshold: the score at which one class ends and the other begins; if None, 0.5 if all answers are from 0 to
            1, else 0.
    """

    def __init__(self, sight: Sight, moments: Sequence[Answers], threshold: float | None) -> None:
        self.sight = sight
        outputs = [y for moment in moments for row in (*moment.grid, *moment.samples) for y in row]
        targets = [y for row in sight.targets for y in row]
        self.is_probability = all(0.0 <= y <= 1.0 for y in outputs) and min(targets) >= 0.0
        self.threshold = (0.5 if self.is_probability else 0.0) if threshold is None else threshold
        last = [y for row in (moments[-1].grid if moments else ()) for y in row if math.isfinite(y)]
        if sight.kind == "score":
            targets = [0.0, 1.0] if self.is_probability else [self.threshold]
        wanted = [*last, *targets] if sight.dimensions == 1 else targets
        low, high = min(wanted), max(wanted)
        margin = 0.06 * (high - low) or 1.0
        self.low, self.high = low - margin, high + margin

    # --- one moment ---

    def look(self, answers: Answers) -> Look:
        """Return what one moment looks like."""
        paths = list(self._curves(answers.grid) if self.sight.dimensions == 1 else self._borders(answers.grid))
        colored = self.sight.kind != "value" or self.sight.dimensions == 2
        right = None
        if self.sight.classes:
            said = [self._said(row) for row in answers.samples]
            right = sum(a == b for a, b in zip(said, self.sight.classes, strict=True))
        return Look(bytes(self._place(row) for row in answers.grid) if colored else b"", paths, right)

    def _said(self, row: Sequence[float]) -> int | None:
        """The class that the outputs name; None if one is nan."""
        if any(math.isnan(y) for y in row):
            return None
        return int(row[0] > self.threshold) if self.sight.kind == "score" else row.index(max(row))

    def _place(self, row: Sequence[float]) -> int:
        """The place in the palette: 0 for nan."""
        said = self._said(row)
        if said is None:
            return 0
        if self.sight.kind == "value":
            part = (row[0] - self.low) / (self.high - self.low)
            return 1 + round(253 * min(max(part, 0.0), 1.0))
        if self.sight.kind == "score":
            distance = row[0] - self.threshold
            certain = abs(2.0 * distance if self.is_probability else math.tanh(distance / 2.0))
        else:
            certain = (_probability(row, said) * len(row) - 1.0) / (len(row) - 1.0)
        return 1 + said * self._levels + min(int(max(certain, 0.0) * self._levels), self._levels - 1)

    @property
    def _levels(self) -> int:
        return 254 // max(2, self.sight.outputs)

    @cached_property
    def palette(self) -> list[tuple[int, int, int, int]]:
        """The colours, red, green, blue and opacity, each up to 255."""
        found = [(128, 128, 128, 110)]
        if self.sight.kind == "value":
            for part in (i / 253 for i in range(254)):
                red, green, blue = (round(a + (b - a) * part) for a, b in zip(FIRST, LAST, strict=True))
                found.append((red, green, blue, 150))
            return found
        for color in self.colors:
            red, green, blue = (int(color[i : i + 2], 16) for i in (1, 3, 5))
            for level in range(self._levels):
                certain = level / (self._levels - 1)
                found.append((red, green, blue, round(255 * (FAINTEST + (STRONGEST - FAINTEST) * certain))))
        return found

    @property
    def colors(self) -> list[str]:
        """The colour of each class, or of each curve."""
        return colors(max(2, self.sight.outputs))

    # --- lines ---

    def _borders(self, grid: Sequence[Sequence[float]]) -> Iterator[str]:
        """The border between the classes, in each square of the grid by itself: between two corners of different
        classes it is where, on a straight line, the scores of both would be equal."""
        if not self.sight.classes:
            return
        side, said = self.sight.side, [self._said(row) for row in grid]
        scores = [[self.threshold, *row] if self.sight.kind == "score" else row for row in grid]

        def crossing(a: int, b: int) -> tuple[int, int]:
            one, other = said[a] or 0, said[b] or 0
            lead, deficit = scores[a][one] - scores[a][other], scores[b][one] - scores[b][other]
            part = lead / (lead - deficit) if 0.0 < lead - deficit < math.inf else 0.5
            (i, j), (k, m) = divmod(a, side), divmod(b, side)
            return round(SIZE * (j + (m - j) * part) / (side - 1)), round(SIZE * (i + (k - i) * part) / (side - 1))

        pieces = []
        for corner in (i * side + j for i in range(side - 1) for j in range(side - 1)):
            corners = [corner, corner + 1, corner + side + 1, corner + side]
            edges = [(a, b) for a, b in zip(corners, corners[1:] + corners[:1], strict=True) if said[a] != said[b]]
            if not edges or any(said[a] is None for a in corners):
                continue
            start, *ends = [crossing(a, b) for a, b in edges]
            if len(ends) > 1:  # several borders meet here: in the middle
                ends.append(start)
                start = round(sum(x for x, _ in ends) / len(ends)), round(sum(y for _, y in ends) / len(ends))
            pieces += [f"M{start[0]} {start[1]}l{x - start[0]} {y - start[1]}" for x, y in ends]
        yield "".join(pieces)

    @property
    def strokes(self) -> list[str]:
        """The colour of each path; "" for that of the text."""
        if self.sight.dimensions == 2:
            return [""] if self.sight.classes else []
        return [""] if self.sight.outputs == 1 else self.colors

    def _curves(self, grid: Sequence[Sequence[float]]) -> Iterator[str]:
        for outputs in zip(*grid, strict=True):
            pieces, pen = [], "M"
            for i, y in enumerate(outputs):
                if not math.isnan(y):
                    height = min(max(self.y(y), -1.0), 2.0)
                    pieces.append(f"{pen}{round(SIZE * i / (len(outputs) - 1))} {round(SIZE * height)}")
                pen = "M" if math.isnan(y) else "L"
            yield "".join(pieces)

    def y(self, y: float) -> float:
        """Where a number is between the top, 0, and the bottom, 1, of a plot of one input."""
        return (self.high - y) / (self.high - self.low)

    # --- as SVG ---

    def points(self, width: float, height: float, radius: float) -> str:
        """Return the data as SVG, in a box of this size: a mark for each sample, its form and colour are its class."""
        (low, high), *other = self.sight.bounds
        by_class: dict[int, list[str]] = {}
        for i, x in enumerate(self.sight.samples):
            kind = self.sight.classes[i] if self.sight.classes else 0
            for k, target in enumerate(self.sight.targets[i] if self.sight.kind == "value" else [0.0]):
                if other:
                    down = (other[0][1] - x[1]) / (other[0][1] - other[0][0])
                elif self.sight.kind == "value":
                    down = self.y(target)
                else:  # class by class, the last one at the top
                    count = max(2, self.sight.outputs)
                    down = 0.95 - 0.9 * kind / (count - 1)
                mark = MARKS[(kind + k) % len(MARKS)].format(
                    x=_short(width * (x[0] - low) / (high - low)), y=_short(height * down), r=radius, d=2 * radius
                )
                by_class.setdefault(kind + k, []).append(mark)
        plain = self.sight.kind == "value" and bool(other)  # the colours are numbers
        fills = [FAINT if plain else self.colors[kind % len(self.colors)] for kind in by_class]
        return "".join(
            f'<path class="points" d="{"".join(marks)}" fill="{fill}" stroke="#fff" '
            f'stroke-width="{_short(radius / 5)}"/>'
            for marks, fill in zip(by_class.values(), fills, strict=True)
        )

    def image(self, field: bytes) -> str:
        """Return the colours of a moment as a PNG, as a data URL; not compressed, so every zlib writes the same."""
        columns = self.sight.side
        rows = [field[i : i + columns] for i in range(0, len(field), columns)]
        header = struct.pack(">IIBBBBB", columns, len(rows), 8, 3, 0, 0, 0)
        parts = (
            (b"IHDR", header),
            (b"PLTE", bytes(x for color in self.palette for x in color[:3])),
            (b"tRNS", bytes(color[3] for color in self.palette)),
            (b"IDAT", zlib.compress(b"".join(b"\0" + row for row in rows), 0)),
            (b"IEND", b""),
        )
        png = b"\x89PNG\r\n\x1a\n" + b"".join(
            struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))
            for kind, data in parts
        )
        return "data:image/png;base64," + b64encode(png).decode("ascii")


def _probability(row: Sequence[float], k: int) -> float:
    """The probability of the class k: the softmax of the outputs, unless they are probabilities."""
    if math.isinf(row[k]):
        return 1.0
    if min(row) >= 0.0 and abs(math.fsum(row) - 1.0) < 1e-6:
        return row[k]
    return 1.0 / math.fsum(math.exp(y - row[k]) for y in row)


def _short(x: float) -> str:
    return f"{x:.1f}".removesuffix(".0")
