"""Backpropagation as a page that plays: one file, no network, every step forwards and back.

>>> from autograd import Value
>>> from autograd.view import play
>>> w, x = Value(0.5, "w"), Value(3.0, "x")
>>> play(((w * x).named("z") ** 2).named("L"), "backprop.html")
<Player of 4 Values in 6 steps: backprop.html>

Graphviz finds the places of the boxes; the picture itself is drawn here, without any text. Names and numbers travel as
JSON and become text in the browser, so nothing in them can become markup.
"""

from __future__ import annotations

import base64
import hashlib
import html
import json
import math
import re
import unicodedata
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ..graph import topological_order
from ..language import Language, chosen
from ..value import Value
from .dot import RenderError, draw, render
from .labels import printable, unique_names
from .notation import text
from .steps import MANY, WORDS, backward_steps, short
from .symbolic import Formula, Name

__all__ = ["Player", "play"]

HERE = Path(__file__).parent
SUFFIXES = (".html", ".htm")

# Sizes in the picture's own unit, of which Graphviz has 72 to the inch.
NAME_SIZE, NUMBER_WIDTH, HEIGHT, MARGIN = 14, 90, 78, 12
FEW = 16  # Values that can stand close together
LONGEST_NAME = 24  # characters of a name that a box shows


class Player:
    """A page that plays a backward pass.

    Attributes:
        html: the page.
        path: where it was written.

    Shows itself in a notebook, in a frame that can reach neither the notebook nor the network.
    """

    def __init__(self, page: str, path: Path, nodes: int, frames: int) -> None:
        self.html = page
        self.path = path
        self._nodes, self._frames = nodes, frames

    def _repr_html_(self) -> str:
        return (
            f'<iframe srcdoc="{html.escape(self.html)}" sandbox="allow-scripts" title="Backpropagation, step by step" '
            'width="100%" height="760" style="border:0"></iframe>'
        )

    def __repr__(self) -> str:
        return f"<Player of {self._nodes} Values in {self._frames} steps: {self.path.name}>"


def play(
    output: Value,
    path: str | Path = "backprop.html",
    names: Mapping[str, object] | None = None,
    lang: Language | None = None,
    max_nodes: int = 500,
) -> Player:
    """Write a page on which forward and backward of `output` play step by step.

    The page needs no network and forbids itself one. It works by mouse, touch and keyboard: → and ← step, Space plays,
    Home and End jump. It has both languages; `lang` is the one that it opens in.

    Args:
        output: what to differentiate, such as a loss.
        path: the file to write, ending in .html.
        names: names for Values that have no label, by those that they go by there, such as `globals()`.
        lang: "en" or "zh"; if not given, the language of `autograd.language.speaking`.
        max_nodes: refuse a graph of more Values than this, since nobody could read it.

    Returns:
        A `Player`: `.html`, `.path`. It shows itself in a notebook.

    Raises:
        TypeError: `output` is not a Value.
        ValueError: the graph is too large, the language unknown, or the path no page; nothing is written.
        RenderError: no Graphviz is installed; a DOT source is then saved beside the path.
    """
    if not isinstance(output, Value):
        raise TypeError(f"play takes a Value, such as a loss, but got {output!r} of type {type(output).__name__}")
    lang = chosen(lang)
    path = Path(path)
    if path.suffix.lower() not in SUFFIXES:
        raise ValueError(f"play writes a page: give a path that ends in .html, but got {str(path)!r}")
    drawing = draw(output, names=names, max_nodes=max_nodes)  # what draw refuses is refused here
    nodes = topological_order(output)
    known = unique_names(nodes, names)
    boxes = [_Box.of(node, known[node]) for node in nodes]
    try:
        pictures = _picture(boxes, nodes, "LR") + _picture(boxes, nodes, "TB")
    except RenderError as error:
        drawing.keep_source(error, path.with_suffix(".dot"))
    frames = _frames(output, nodes, names)
    texts = json.loads(_template("player.json"))
    for language, sentences in texts.items():
        sentences["words"] = WORDS[language]
    data = {"lang": lang, "text": texts, "nodes": [box.data() for box in boxes], "frames": frames}
    page = _page(pictures, data)
    path.write_text(page, encoding="utf-8")
    return Player(page, path.resolve(), len(nodes), len(frames) - 1)


# --- what happens ---


def _frames(output: Value, nodes: list[Value], names: Mapping[str, object] | None) -> list[dict[str, Any]]:
    """Return the frames of the player: the start, then one for each step."""
    place = {node: i for i, node in enumerate(nodes)}
    steps = list(backward_steps(output, names=names))
    last_of = {step.parent: step for step in steps if step.parent is not None}  # completes the gradient of its parent
    known = unique_names(nodes, names)
    question = (("name", known[output]), ("", " = "), ("value", "?"))
    frames: list[dict[str, Any]] = [{"kind": "start", "say": ["start"], "line": question}]
    arrived: set[Value] = set()
    rules: dict[Value, list[str]] = {}
    for step in steps:
        frame: dict[str, Any] = {"kind": step.kind, "say": [step.kind], "line": step.parts, "node": place[step.node]}
        if step.parent is not None:
            assert step.index is not None and step.local is not None  # as for every backward step
            frame |= {"parent": place[step.parent], "index": step.index, "local": short(step.local)}
            rule = rules.setdefault(step.node, _rules(step.node, known))[step.index]
            if step.node is output:
                frame["say"] = ["direct"]
            if rule and rule != frame["local"]:
                frame["rule"] = rule
                frame["say"].append("rule")
            if step.incoming == 0.0:
                frame["say"].append("nothing")
            elif step.local == 0.0:
                frame["say"].append("blocked")
            if step.parent in arrived:
                frame["say"].append("again")
            if last_of[step.parent] is step:
                frame["complete"] = True
                frame["say"].append("complete")
            arrived.add(step.parent)
        if step.accumulated is not None:
            frame["gradient"] = [short(step.accumulated), repr(step.accumulated)]
        frames.append(frame)
    frames[-1]["say"].append("end")
    return frames


def _rules(node: Value, names: Mapping[Value, str]) -> list[str]:
    """Return the local derivative with respect to each parent as a formula, "" where the table has none to show."""
    op = node.op
    assert op is not None  # it has parents
    if len(node.operands) > MANY:
        return [""] * len(node.parents)
    result = Formula(Name(names[node]), node.data)
    operands = [Formula(Name(names[x]), x.data) if isinstance(x, Value) else x for x in node.operands]
    try:
        partials = op.all_partials(result, *operands)
    except (TypeError, ValueError, ArithmeticError, AttributeError):  # a user's rule that only works on floats
        return [""] * len(node.parents)
    rules: list[str] = []
    for partial, operand in zip(partials, node.operands, strict=True):
        if isinstance(operand, Value):
            recorded = node.partials[len(rules)]
            shown = isinstance(partial, Formula) and math.isclose(partial.data, recorded, rel_tol=1e-9)
            rules.append(text(partial.expr) if shown else "")
    return rules


# --- the picture: places from Graphviz, everything else drawn here ---


@dataclass(frozen=True)
class _Box:
    """A Value in the picture: the operation in a cell on the left, name, value and gradient on the right."""

    node: Value
    name: str
    title: str
    operation: str
    cell: float
    width: float

    @classmethod
    def of(cls, node: Value, name: str) -> _Box:
        title, operation = _clipped(name), _clipped(_operation(node))
        cell = max(28.0, 1.15 * _text_width(operation) + 16) if operation else 0.0
        return cls(node, name, title, operation, cell, cell + max(NUMBER_WIDTH, _text_width(title) + 20))

    def data(self) -> dict[str, Any]:
        return {
            "name": self.name, "title": self.title, "operation": self.operation,
            "value": [short(self.node.data), repr(self.node.data)], "leaf": self.node.op is None,
        }  # fmt: skip


def _operation(node: Value) -> str:
    """Return the symbol of an operation with its constants where they stand: "− 1", "2 ×"."""
    if node.op is None:
        return ""
    symbol = printable(node.op.symbol)
    constants = [short(x) for x in node.operands if not isinstance(x, Value)]
    if len(constants) != 1 or len(node.operands) != 2:
        return symbol
    return f"{symbol} {constants[0]}" if isinstance(node.operands[0], Value) else f"{constants[0]} {symbol}"


def _clipped(words: str) -> str:
    return words if len(words) <= LONGEST_NAME else words[: LONGEST_NAME - 1] + "…"


def _text_width(words: str) -> float:
    return NAME_SIZE * sum(map(_character_width, words))


def _character_width(character: str) -> float:
    """Return about how wide a character is, in units of the font's size: bold Helvetica's widths, rounded up."""
    if unicodedata.east_asian_width(character) in "WF" or character in "MWmw%@…":
        return 1.0
    return 0.75 if character.isupper() else 0.6


def _picture(boxes: list[_Box], nodes: list[Value], rankdir: str) -> str:
    """Return the graph as SVG without text, laid out by Graphviz from left to right or from top to bottom."""
    place = {node: i for i, node in enumerate(nodes)}
    edges = [(place[parent], i, k) for i, node in enumerate(nodes) for k, parent in enumerate(node.parents)]
    gap = 0.12 if len(boxes) <= FEW else 0.4  # many edges side by side need room
    dot = [
        f"digraph {{ rankdir={rankdir}; nodesep=0.22; ranksep={gap};",
        "node [shape=box, fixedsize=true, label=x];",
        'edge [arrowhead=none, fontsize=12, label="0000000"];',
        *(f"{i} [width={box.width / 72:.3f}, height={HEIGHT / 72:.3f}];" for i, box in enumerate(boxes)),
        *(f"{parent} -> {child};" for parent, child, _ in edges),
        "}",
    ]
    kind = rankdir.lower()
    size, centers, curves = _layout(render("\n".join(dot), "plain").decode("ascii"))
    drawn = [f'<svg class="graph {kind}" viewBox="{_numbers(-MARGIN, -MARGIN)} '
             f'{_numbers(size[0] + 2 * MARGIN, size[1] + 2 * MARGIN)}" aria-hidden="true"><defs>']  # fmt: skip
    drawn += [
        f'<marker id="{kind}-{name}" class="{name}" viewBox="0 0 8 8" refX="7" refY="4" markerWidth="8" '
        'markerHeight="8" markerUnits="userSpaceOnUse" orient="auto-start-reverse">'
        '<path d="M0 0.5 8 4 0 7.5z"/></marker>'
        for name in ("idle", "forward", "backward")
    ]
    drawn.append("</defs>")
    for parent, child, k in edges:
        points, (x, y) = curves[parent, child].pop(0)
        path = f"M{_numbers(*points[0])}C" + " ".join(_numbers(*point) for point in points[1:])
        drawn.append(
            f'<g class="edge" data-edge="{child}.{k}"><path d="{path}"/><text x="{x:.1f}" y="{y + 2:.1f}"></text></g>'
        )
    output = len(boxes) - 1
    for i, box in enumerate(boxes):
        drawn.append(_drawn_box(i, box, *centers[i], "output" if i == output else "inner" if box.cell else "leaf"))
    drawn.append('<circle class="pulse" r="6"/></svg>')
    return "".join(drawn)


def _drawn_box(i: int, box: _Box, x: float, y: float, kind: str) -> str:
    left, top = x - box.width / 2, y - HEIGHT / 2
    middle = left + (box.cell + box.width) / 2
    cell = (
        f'<path class="cell" d="M{_numbers(left + box.cell, top)}v{HEIGHT}h{_numbers(9 - box.cell)}a9 9 0 0 1 -9 -9'
        f'v{18 - HEIGHT}a9 9 0 0 1 9 -9z"/>'
        f'<text class="operation" x="{left + box.cell / 2:.1f}" y="{y + 5:.1f}"></text>'
    )
    return (
        f'<g class="node {kind}" data-node="{i}"><title></title><rect class="box" x="{left:.1f}" y="{top:.1f}" '
        f'width="{box.width:.1f}" height="{HEIGHT}" rx="9"/>{cell if box.cell else ""}'
        f'<text class="name" x="{middle:.1f}" y="{top + 19:.1f}"></text>'
        f'<text class="value" x="{middle:.1f}" y="{top + 40:.1f}"></text>'
        f'<rect class="pill" x="{middle - 40:.1f}" y="{top + 49:.1f}" width="80" height="22" rx="11"/>'
        f'<text class="gradient" x="{middle:.1f}" y="{top + 65:.1f}"></text></g>'
    )


Point = tuple[float, float]
Curves = dict[tuple[int, int], list[tuple[list[Point], Point]]]


def _layout(plain: str) -> tuple[Point, dict[int, Point], Curves]:
    """Read Graphviz's `plain` format: the size, the center of every node, and each edge's curve and label place."""
    size: Point = (0.0, 0.0)
    centers: dict[int, Point] = {}
    curves: Curves = {}
    for kind, *words in map(str.split, plain.splitlines()):
        if kind == "graph":
            size = float(words[1]) * 72, float(words[2]) * 72
        elif kind == "node":
            centers[int(words[0])] = float(words[1]) * 72, size[1] - float(words[2]) * 72
        elif kind == "edge":
            count = int(words[2])
            points = list(_points(words[3 : 3 + 2 * count], size[1]))
            label = next(_points(words[4 + 2 * count : 6 + 2 * count], size[1]))
            curves.setdefault((int(words[0]), int(words[1])), []).append((points, label))
    return size, centers, curves


def _points(words: list[str], height: float) -> Iterator[Point]:
    """Graphviz counts inches upwards."""
    for x, y in zip(words[::2], words[1::2], strict=True):
        yield float(x) * 72, height - float(y) * 72


def _numbers(*numbers: float) -> str:
    return " ".join(f"{x:.1f}" for x in numbers)


# --- the page ---


def _page(pictures: str, data: Mapping[str, Any]) -> str:
    """Put the pieces in their places; the policy lets this script and this style run, and nothing else."""
    script, style = _template("player.js"), _template("player.css")
    pieces = {
        "policy": f"default-src 'none'; script-src '{_digest(script)}'; style-src '{_digest(style)}'; "
                  "base-uri 'none'; form-action 'none'",
        "lang": "zh-CN" if data["lang"] == "zh" else "en",
        "title": data["text"][data["lang"]]["title"],
        "noscript": data["text"][data["lang"]]["noscript"],
        "style": style,
        "pictures": pictures,
        "data": _json(data),
        "script": script,
    }  # fmt: skip
    return re.sub(r"\{\{(\w+)\}\}", lambda match: pieces[match[1]], _template("player.html"))


def _template(name: str) -> str:
    return (HERE / name).read_text(encoding="utf-8")


def _digest(text: str) -> str:
    return "sha256-" + base64.b64encode(hashlib.sha256(text.encode("utf-8")).digest()).decode("ascii")


def _json(data: object) -> str:
    """Return JSON that cannot end the element that holds it: ASCII, and no < > &."""
    written = json.dumps(data, separators=(",", ":"))
    return written.replace("<", "\\u003c").replace(">", "\\u003e").replace("&", "\\u0026")
