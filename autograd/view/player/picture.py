"""The player's picture: Graphviz finds the places, and the SVG is drawn here, without any text.

The page writes names and numbers into it, as text that cannot become markup.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import reduce
from operator import add
from typing import Any

from ...text import printable
from ...value import Value
from ..drawing.render import render
from ..network import Frame, entering, far_edges
from ..notation.text import name, numeral, sign
from ..terminal import clipped

__all__ = ["Box", "picture", "titles"]

# Sizes in the picture's own unit, of which Graphviz has 72 to the inch.
NAME_SIZE, DIGIT_WIDTH, HEIGHT, MARGIN = 14, 8.6, 78, 12
NUMBER_WIDTH = 90  # the room that most numbers need
TAG_HEIGHT = 24
PADDING, HEADING = 9, 16  # between a frame and what is in it, and for its title
FEW = 16  # Values that can stand close together
LONGEST_NAME = 24  # columns of a name that a box shows

Point = tuple[float, float]
Rectangle = tuple[float, float, float, float]  # left, top, right, bottom
Curves = dict[tuple[str, str], list[tuple[list[Point], Point]]]


@dataclass(frozen=True)
class Box:
    """A Value in the picture: the operation in a cell on the left, name, value and gradient on the right.

    Attributes:
        node: the Value.
        name: what it is called.
        title: as much of that as there is room for.
        operation: its operation.
        cell, pill, width: how wide are the operation's cell, the gradient's and the box.
    """

    node: Value
    name: str
    title: str
    operation: str
    cell: float
    pill: float
    width: float

    @classmethod
    def of(cls, node: Value, called: str, gradients: Sequence[str]) -> Box:
        """Return a box that has room for the Value's name, its number, and the gradients that it will have."""
        title, operation = clipped(called, LONGEST_NAME), clipped(_operation(node), LONGEST_NAME)
        cell = max(28.0, 1.15 * _text_width(operation) + 16) if operation else 0.0
        numbers = DIGIT_WIDTH * max(map(len, [numeral(node.data), *gradients])) + 24
        room = max(NUMBER_WIDTH, numbers, _text_width(title) + 20)
        return cls(node, called, title, operation, cell, max(NUMBER_WIDTH, numbers) - 10, cell + room)

    def data(self) -> dict[str, Any]:
        """What the page writes into the box, and elsewhere about its Value."""
        return {
            "name": self.name, "written": name(self.name).text, "title": self.title, "operation": self.operation,
            "value": [numeral(self.node.data), repr(self.node.data)], "leaf": self.node.op is None,
        }  # fmt: skip


def _operation(node: Value) -> str:
    return printable(" ".join(filter(None, sign(node)))) if node.op is not None else ""


def _text_width(words: str) -> float:
    return NAME_SIZE * reduce(add, map(_character_width, words), 0.0)  # one result on every Python, unlike sum()


def _character_width(character: str) -> float:
    """Return about how wide a character is, in units of the font's size: bold Helvetica's widths, rounded up."""
    if unicodedata.east_asian_width(character) in "WF" or character in "MWmw%@…":
        return 1.0
    return 0.75 if character.isupper() else 0.6


# --- Graphviz: DOT in, places out ---


def picture(boxes: Sequence[Box], outer: Sequence[Frame], rankdir: str) -> str:
    """Return the graph as SVG without text, from left to right ("LR") or from top to bottom ("TB").

    Raises:
        RenderError: no Graphviz is installed.
    """
    nodes = [box.node for box in boxes]
    place = {node: i for i, node in enumerate(nodes)}
    far = far_edges(nodes)
    edges = [
        _Edge(f"t{i}_{k}" if (parent, node) in far else f"{place[parent]}", i, k, place[parent], numeral(slope))
        for i, node in enumerate(nodes)
        for k, (parent, slope) in enumerate(zip(node.parents, node.partials, strict=True))
    ]
    size, centers, curves = _layout(render(_dot(boxes, edges, outer, place, rankdir), "plain").decode("ascii"))
    kind = rankdir.lower()
    drawn = [f'<svg class="graph {kind}" viewBox="{_numbers(-MARGIN, -MARGIN)} '
             f'{_numbers(size[0] + 2 * MARGIN, size[1] + 2 * MARGIN)}" aria-hidden="true"><defs>']  # fmt: skip
    drawn += [
        f'<marker id="{kind}-{name}" class="{name}" viewBox="0 0 8 8" refX="7" refY="4" markerWidth="8" '
        'markerHeight="8" markerUnits="userSpaceOnUse" orient="auto-start-reverse">'
        '<path d="M0 0.5 8 4 0 7.5z"/></marker>'
        for name in ("idle", "forward", "backward")
    ]
    drawn.append("</defs>")
    corners = {node: _corners(centers[str(i)], boxes[i].width) for i, node in enumerate(nodes)}
    for i, (frame, inside) in enumerate(_all(outer)):
        drawn.append(_drawn_frame(i, frame, inside, corners))
    for edge in edges:
        drawn.append(_drawn_edge(edge, boxes[edge.parent], centers, curves))
    for i, box in enumerate(boxes):
        drawn.append(_drawn_box(i, box, corners[box.node], i == len(boxes) - 1))
    drawn.append('<circle class="pulse" r="6"/></svg>')
    return "".join(drawn)


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


def _dot(
    boxes: Sequence[Box], edges: Sequence[_Edge], outer: Sequence[Frame], place: Mapping[Value, int], rankdir: str
) -> str:
    gap = 0.12 if len(boxes) <= FEW else 0.4  # many edges side by side need room
    lines = [
        f"digraph {{ rankdir={rankdir}; nodesep=0.22; ranksep={gap};",
        "node [shape=box, fixedsize=true, label=x];",
        "edge [arrowhead=none, fontsize=12];",
    ]
    lines += [  # Graphviz puts what it meets first on top: of two operands, the first
        f"{i} [width={boxes[i].width / 72:.3f}, height={HEIGHT / 72:.3f}];" for i in range(len(boxes))
    ]
    lines += [
        f"{edge.start} [width={_tag_width(boxes[edge.parent]) / 72:.3f}, height={TAG_HEIGHT / 72:.3f}];"
        for edge in edges
        if edge.is_far
    ]
    nodes = [box.node for box in boxes]
    behind = dict.fromkeys(pair for frame in outer for pair in _behind(frame, nodes))
    lines += [f"{place[before]} -> {place[leaf]} [style=invis];" for before, leaf in behind]  # a layer behind the other
    for i, frame in enumerate(outer):
        lines.append(f"subgraph cluster_{i} {{ margin={PADDING}; label=x; fontsize={HEADING - 4};")
        lines += [f"{place[node]};" for node in frame.nodes]
        for j, neuron in enumerate(frame.inside):
            lines.append(f"subgraph cluster_{i}_{j} {{ {' '.join(f'{place[node]};' for node in neuron.nodes)} }}")
        lines.append("}")
    lines += [
        f'{edge.start} -> {edge.node} [label="{"0" * max(7, len(edge.local) + 1)}"];'
        for edge in sorted(edges, key=lambda edge: (edge.node, edge.index))
    ]
    return "\n".join([*lines, "}"])


def _behind(frame: Frame, nodes: Sequence[Value]) -> Iterator[tuple[Value, Value]]:
    """An operation whose result enters a part of a frame, with each leaf of that part."""
    for leaves, given in entering(frame, nodes):
        before = next((value for value in given if value.op is not None), None)
        if before is not None:
            yield from ((before, leaf) for leaf in leaves)


def _layout(plain: str) -> tuple[Point, dict[str, Point], Curves]:
    """Read Graphviz's `plain` format: the size, the center of every node, and each edge's curve and label place."""
    size: Point = (0.0, 0.0)
    centers: dict[str, Point] = {}
    curves: Curves = {}
    for kind, *words in map(str.split, plain.splitlines()):
        if kind == "graph":
            size = float(words[1]) * 72, float(words[2]) * 72
        elif kind == "node":
            centers[words[0]] = float(words[1]) * 72, size[1] - float(words[2]) * 72
        elif kind == "edge":
            count = int(words[2])
            if len(words) < 2 * count + 8:  # without a label: an invisible one
                continue
            points = list(_points(words[3 : 3 + 2 * count], size[1]))
            label = next(_points(words[4 + 2 * count : 6 + 2 * count], size[1]))
            curves.setdefault((words[0], words[1]), []).append((points, label))
    return size, centers, curves


def _points(words: list[str], height: float) -> Iterator[Point]:
    """Graphviz counts inches upwards."""
    for x, y in zip(words[::2], words[1::2], strict=True):
        yield float(x) * 72, height - float(y) * 72


# --- drawing ---


def titles(outer: Sequence[Frame]) -> list[str]:
    """The titles of the frames, in the order in which the picture has them."""
    return [frame.title for frame, _ in _all(outer)]


def _all(outer: Sequence[Frame]) -> list[tuple[Frame, bool]]:
    """Every frame, and whether it is inside another; each one before those in it."""
    return [(each, each is not frame) for frame in outer for each in (frame, *frame.inside)]


def _corners(center: Point, width: float) -> Rectangle:
    return center[0] - width / 2, center[1] - HEIGHT / 2, center[0] + width / 2, center[1] + HEIGHT / 2


def _around(frame: Frame, corners: Mapping[Value, Rectangle]) -> Rectangle:
    inside = [*(corners[node] for node in frame.nodes), *(_around(neuron, corners) for neuron in frame.inside)]
    lefts, tops, rights, bottoms = zip(*inside, strict=True)
    return min(lefts) - PADDING, min(tops) - PADDING - HEADING, max(rights) + PADDING, max(bottoms) + PADDING


def _drawn_frame(i: int, frame: Frame, inside: bool, corners: Mapping[Value, Rectangle]) -> str:
    left, top, right, bottom = _around(frame, corners)
    return (
        f'<g class="frame{" inside" if inside else ""}" data-frame="{i}"><rect x="{left:.1f}" y="{top:.1f}" '
        f'width="{right - left:.1f}" height="{bottom - top:.1f}" rx="12"/>'
        f'<text x="{left + 10:.1f}" y="{top + 15:.1f}"></text></g>'
    )


def _drawn_edge(edge: _Edge, parent: Box, centers: Mapping[str, Point], curves: Curves) -> str:
    points, (x, y) = curves[edge.start, str(edge.node)].pop(0)
    path = f"M{_numbers(*points[0])}C" + " ".join(_numbers(*point) for point in points[1:])
    tag = _drawn_tag(edge.parent, centers[edge.start], _tag_width(parent)) if edge.is_far else ""
    return (
        f'<g class="edge" data-edge="{edge.node}.{edge.index}"><path d="{path}"/>{tag}'
        f'<text class="factor" x="{x:.1f}" y="{y + 2:.1f}"></text></g>'
    )


def _tag_width(box: Box) -> float:
    return _text_width(box.title) + 16


def _drawn_tag(parent: int, center: Point, width: float) -> str:
    x, y = center
    return (
        f'<g class="tag" data-of="{parent}"><rect x="{x - width / 2:.1f}" y="{y - TAG_HEIGHT / 2:.1f}" '
        f'width="{width:.1f}" height="{TAG_HEIGHT}" rx="12"/><text x="{x:.1f}" y="{y + 5:.1f}"></text></g>'
    )


def _drawn_box(i: int, box: Box, corners: Rectangle, is_output: bool) -> str:
    left, top, right, _ = corners
    middle = (left + box.cell + right) / 2
    kind = "output" if is_output else "inner" if box.cell else "leaf"
    cell = (
        f'<path class="cell" d="M{_numbers(left + box.cell, top)}v{HEIGHT}h{_numbers(9 - box.cell)}a9 9 0 0 1 -9 -9'
        f'v{18 - HEIGHT}a9 9 0 0 1 9 -9z"/>'
        f'<text class="operation" x="{left + box.cell / 2:.1f}" y="{top + HEIGHT / 2 + 5:.1f}"></text>'
    )
    return (
        f'<g class="node {kind}" data-node="{i}"><title></title><rect class="box" x="{left:.1f}" y="{top:.1f}" '
        f'width="{box.width:.1f}" height="{HEIGHT}" rx="9"/>{cell if box.cell else ""}'
        f'<text class="name" x="{middle:.1f}" y="{top + 19:.1f}"></text>'
        f'<text class="value" x="{middle:.1f}" y="{top + 40:.1f}"></text>'
        f'<rect class="pill" x="{middle - box.pill / 2:.1f}" y="{top + 49:.1f}" width="{box.pill:.1f}" height="22" '
        f'rx="11"/><text class="gradient" x="{middle:.1f}" y="{top + 65:.1f}"></text></g>'
    )


def _numbers(*numbers: float) -> str:
    return " ".join(f"{x:.1f}" for x in numbers)
