"""The player's picture: Graphviz finds the places, and the SVG is drawn here, without any text.

The page writes names and numbers into it, as text that cannot become markup.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import reduce
from operator import add
from typing import Any

from ...text import printable
from ...value import Value
from ..calculation import Calculation
from ..drawing.render import render
from ..network import Frame, entering, far_edges
from ..notation.text import numeral, sign

__all__ = ["SCALES", "Box", "Picture"]

# Sizes in the picture's own unit, of which Graphviz has 72 to the inch.
NAME_SIZE, DIGIT_WIDTH, HEIGHT, MARGIN = 14, 8.6, 78, 12
NUMBER_WIDTH = 90  # the room that most numbers need
TAG_HEIGHT = 24
PADDING, HEADING = 9, 16  # between a frame and what is in it, and for its title
FEW = 16  # Values that can stand close together
WIDEST_NAME = 200
# A picture is shown whole if it is not smaller than this then, else a part of it is, in a readable size.
SCALES = {"whole": 0.45, "readable": 0.75, "largest": 1.25}

Point = tuple[float, float]
Rectangle = tuple[float, float, float, float]  # left, top, right, bottom


@dataclass(frozen=True)
class Box:
    """A Value in the picture: the operation in a strip on the left, name, value and gradient on the right.

    Attributes:
        node: the Value.
        name: its name.
        written: its name as formulas write it.
        title: as much of its name as there is room for.
        operation: the sign of its operation, with constants; "" for a leaf.
        strip, pill, width: the widths of the operation's strip, of the gradient's frame and of the box.
    """

    node: Value
    name: str
    written: str
    title: str
    operation: str
    strip: float
    pill: float
    width: float

    @classmethod
    def of(cls, node: Value, calculation: Calculation, gradients: Iterable[str]) -> Box:
        """Return a box that has room for the Value's name, its number, and the gradients that it will have."""
        name = calculation.names[node]
        op = calculation.op(node)
        operation = printable(" ".join(filter(None, sign(op, calculation.operands(node))))) if op is not None else ""
        title, operation = _clipped(name), _clipped(operation)
        strip = max(28.0, 1.15 * _text_width(operation) + 16) if operation else 0.0
        numbers = DIGIT_WIDTH * max(map(len, [numeral(node.data), *gradients])) + 24
        room = max(NUMBER_WIDTH, numbers, _text_width(title) + 20)
        pill = max(NUMBER_WIDTH, numbers) - 10
        return cls(node, name, calculation.name(node).text, title, operation, strip, pill, strip + room)

    def data(self) -> dict[str, Any]:
        """What the page writes into the box, and elsewhere about its Value."""
        return {
            "name": self.name, "written": self.written, "title": self.title, "operation": self.operation,
            "value": [numeral(self.node.data), repr(self.node.data)], "leaf": self.node.op is None,
        }  # fmt: skip

    @property
    def tag(self) -> float:
        """The width of a tag with the name, which replaces a long edge."""
        return _text_width(self.title) + 16


def _clipped(words: str) -> str:
    """Return as much of a name as a box has room for, with an ellipsis for the rest."""
    shown = words[:WIDEST_NAME]
    while _text_width(shown) > WIDEST_NAME:
        shown = shown[:-1]
    return words if shown == words else f"{shown}…"


def _text_width(words: str) -> float:
    return NAME_SIZE * reduce(add, map(_character_width, words), 0.0)  # one result on every Python, unlike sum()


def _character_width(character: str) -> float:
    """Return about how wide a character is, in units of the font's size: bold Helvetica's widths, rounded up."""
    if unicodedata.east_asian_width(character) in "WF" or character in "MWmw%@…":
        return 1.0
    return 0.75 if character.isupper() else 0.6


@dataclass(frozen=True)
class _Edge:
    """Where an edge starts (a box, or a tag in place of a far one), where it ends, and its local derivative."""

    start: str
    node: int
    index: int
    parent: int
    local: str

    @property
    def is_far(self) -> bool:
        return self.start[0] == "t"


class Picture:
    """The graph as SVG without text.

    Args:
        calculation: the graph.
        boxes: its nodes.
        outer: the frames around them.

    Attributes:
        titles: the titles of all frames, in the order in which they are drawn.
    """

    def __init__(self, calculation: Calculation, boxes: Sequence[Box], outer: Sequence[Frame]) -> None:
        self.calculation, self.boxes, self.outer = calculation, boxes, outer
        self.nodes = [box.node for box in boxes]
        self.place = {node: i for i, node in enumerate(self.nodes)}
        self.frames = list(_with_kinds(outer))
        self.titles = [frame.title for frame, _ in self.frames]
        far = far_edges(calculation)
        self.edges = [
            _Edge(f"t{i}_{k}" if (parent, node) in far else f"{self.place[parent]}", i, k, self.place[parent],
                  numeral(slope))
            for i, node in enumerate(self.nodes)
            for k, (parent, slope) in enumerate(zip(calculation.parents(node), calculation.partials(node), strict=True))
        ]  # fmt: skip

    def svg(self, rankdir: str) -> str:
        """Return the picture from left to right ("LR") or from top to bottom ("TB").

        Raises:
            RenderError: no Graphviz is installed.
        """
        places = _Places(render(self._dot(rankdir), "plain").decode("ascii"))
        width, height = places.size
        side = rankdir.lower()
        markers = (
            f'<marker id="{side}-{name}" class="{name}" viewBox="0 0 8 8" refX="7" refY="4" markerWidth="8" '
            'markerHeight="8" markerUnits="userSpaceOnUse" orient="auto-start-reverse">'
            '<path d="M0 0.5 8 4 0 7.5z"/></marker>'
            for name in ("idle", "forward", "backward")
        )
        corners = [_around(places.centers[str(i)], box.width, HEIGHT) for i, box in enumerate(self.boxes)]
        return "".join([
            f'<svg class="graph {side}" viewBox="{_xy(-MARGIN, -MARGIN)} '
            f'{_xy(width + 2 * MARGIN, height + 2 * MARGIN)}" aria-hidden="true"><defs>', *markers, "</defs>",
            *(self._frame(i, frame, kind, corners) for i, (frame, kind) in enumerate(self.frames)),
            *(self._edge(edge, places) for edge in self.edges),
            *(self._box(i, box, corners[i]) for i, box in enumerate(self.boxes)),
            '<circle class="pulse" r="6"/></svg>',
        ])  # fmt: skip

    def _dot(self, rankdir: str) -> str:
        place = self.place
        gap = 0.12 if len(self.boxes) <= FEW else 0.4  # many edges side by side need room
        lines = [
            f"digraph {{ rankdir={rankdir}; nodesep=0.22; ranksep={gap};",
            "node [shape=box, fixedsize=true, label=x];",
            "edge [arrowhead=none, fontsize=12];",
        ]
        # Graphviz puts what it meets first on top: of two operands, the first.
        sizes = {str(i): (box.width, HEIGHT) for i, box in enumerate(self.boxes)}
        sizes |= {edge.start: (self.boxes[edge.parent].tag, TAG_HEIGHT) for edge in self.edges if edge.is_far}
        lines += [f"{i} [width={width / 72:.3f}, height={height / 72:.3f}];" for i, (width, height) in sizes.items()]
        behind = dict.fromkeys(pair for frame in self.outer for pair in self._behind(frame))
        lines += [f"{place[before]} -> {place[leaf]} [style=invis];" for before, leaf in behind]
        for i, frame in enumerate(self.outer):
            lines.append(f"subgraph cluster_{i} {{ margin={PADDING}; label=x; fontsize={HEADING - 4};")
            lines += [f"{place[node]};" for node in frame.nodes]
            for j, neuron in enumerate(frame.inside):
                lines.append(f"subgraph cluster_{i}_{j} {{ {' '.join(f'{place[node]};' for node in neuron.nodes)} }}")
            lines.append("}")
        for edge in self.edges:
            room = "0" * max(7, len(edge.local) + 1)
            lines.append(f'{edge.start} -> {edge.node} [label="{room}"];')
        return "\n".join([*lines, "}"])

    def _behind(self, frame: Frame) -> Iterator[tuple[Value, Value]]:
        """An operation whose result enters a part of a frame, with each leaf of that part: one layer behind another."""
        for leaves, sources in entering(frame, self.calculation):
            before = next((value for value in sources if value.op is not None), None)
            if before is not None:
                yield from ((before, leaf) for leaf in leaves)

    def _frame(self, i: int, frame: Frame, kind: str, corners: Sequence[Rectangle]) -> str:
        left, top, right, bottom = self._extent(frame, corners)
        return (
            f'<g class="{kind}" data-frame="{i}">{_rect(left, top, right - left, bottom - top, 12)}'
            f"{_text(left + 10, top + 15)}</g>"
        )

    def _extent(self, frame: Frame, corners: Sequence[Rectangle]) -> Rectangle:
        parts = [corners[self.place[node]] for node in frame.nodes]
        parts += [self._extent(neuron, corners) for neuron in frame.inside]
        lefts, tops, rights, bottoms = zip(*parts, strict=True)
        return min(lefts) - PADDING, min(tops) - PADDING - HEADING, max(rights) + PADDING, max(bottoms) + PADDING

    def _edge(self, edge: _Edge, places: _Places) -> str:
        points, (x, y) = places.curves[edge.start, str(edge.node)].pop(0)
        path = f"M{_xy(*points[0])}C" + " ".join(_xy(*point) for point in points[1:])
        tag = self._tag(edge.parent, places.centers[edge.start]) if edge.is_far else ""
        return (
            f'<g class="edge" data-edge="{edge.node}.{edge.index}"><path d="{path}"/>{tag}'
            f"{_text(x, y + 2, 'factor')}</g>"
        )

    def _tag(self, parent: int, center: Point) -> str:
        width = self.boxes[parent].tag
        left, top, _, _ = _around(center, width, TAG_HEIGHT)
        return (
            f'<g class="tag" data-of="{parent}">{_rect(left, top, width, TAG_HEIGHT, 12)}'
            f"{_text(center[0], center[1] + 5)}</g>"
        )

    def _box(self, i: int, box: Box, corners: Rectangle) -> str:
        left, top, right, _ = corners
        middle = (left + box.strip + right) / 2
        kind = "output" if i == len(self.boxes) - 1 else "inner" if box.strip else "leaf"
        strip = (
            f'<path class="strip" d="M{_xy(left + box.strip, top)}v{HEIGHT}h{_xy(9 - box.strip)}a9 9 0 0 1 -9 -9'
            f'v{18 - HEIGHT}a9 9 0 0 1 9 -9z"/>{_text(left + box.strip / 2, top + HEIGHT / 2 + 5, "operation")}'
        )
        return "".join([
            f'<g class="node {kind}" data-node="{i}"><title></title>', _rect(left, top, box.width, HEIGHT, 9, "box"),
            strip if box.strip else "", _text(middle, top + 19, "name"), _text(middle, top + 40, "value"),
            _rect(middle - box.pill / 2, top + 49, box.pill, 22, 11, "pill"), _text(middle, top + 65, "gradient"),
            "</g>",
        ])  # fmt: skip


def _with_kinds(outer: Sequence[Frame]) -> Iterator[tuple[Frame, str]]:
    """Every frame, those inside another one after it."""
    for frame in outer:
        yield frame, "frame"
        yield from ((neuron, "frame inside") for neuron in frame.inside)


class _Places:
    """Where Graphviz puts what, from its `plain` format.

    Attributes:
        size: the width and height of the picture.
        centers: the center of each box and tag.
        curves: for each start and end, the points of each edge's curve and the place of its label.
    """

    def __init__(self, plain: str) -> None:
        self.size: Point = (0.0, 0.0)
        self.centers: dict[str, Point] = {}
        self.curves: dict[tuple[str, str], list[tuple[list[Point], Point]]] = {}
        for kind, *words in map(str.split, plain.splitlines()):
            if kind == "graph":
                self.size = float(words[1]) * 72, float(words[2]) * 72
            elif kind == "node":
                (self.centers[words[0]],) = self._points(words[1:3])
            elif kind == "edge":
                count = int(words[2])
                if len(words) < 2 * count + 8:  # without a label: an invisible one
                    continue
                *points, label = self._points([*words[3 : 3 + 2 * count], *words[4 + 2 * count : 6 + 2 * count]])
                self.curves.setdefault((words[0], words[1]), []).append((points, label))

    def _points(self, words: Sequence[str]) -> Iterator[Point]:
        """Graphviz counts inches upwards."""
        for x, y in zip(words[::2], words[1::2], strict=True):
            yield float(x) * 72, self.size[1] - float(y) * 72


# --- elements ---


def _around(center: Point, width: float, height: float) -> Rectangle:
    x, y = center
    return x - width / 2, y - height / 2, x + width / 2, y + height / 2


def _rect(left: float, top: float, width: float, height: float, radius: int, kind: str = "") -> str:
    x, y, w, h = map(_short, (left, top, width, height))
    return f'<rect{_of(kind)} x="{x}" y="{y}" width="{w}" height="{h}" rx="{radius}"/>'


def _text(x: float, y: float, kind: str = "") -> str:
    return f'<text{_of(kind)} x="{_short(x)}" y="{_short(y)}"></text>'


def _of(kind: str) -> str:
    return f' class="{kind}"' if kind else ""


def _xy(*numbers: float) -> str:
    return " ".join(map(_short, numbers))


def _short(x: float) -> str:
    return f"{x:.1f}".removesuffix(".0")
