"""Computation graphs as pictures: every Value a box with its label, number and gradient, every operation its symbol.

>>> from autograd import Value, draw
>>> w, x = Value(0.5, "w"), Value(3.0, "x")
>>> draw((w * x).named("z"))
<Graph of 3 Values: .svg, .dot, .save("graph.svg")>

Graphviz does the layout: the `dot` on PATH if there is one, else the copy inside pygraphviz's wheels.
"""

from __future__ import annotations

import html
from collections.abc import Mapping
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, NoReturn

from ..graph import topological_order
from ..primitives import number
from ..value import Value

if TYPE_CHECKING:
    import graphviz

__all__ = ["Graph", "RenderError", "draw"]

FORMATS = ("svg", "png", "pdf", "dot")
DIRECTIONS = ("LR", "TB", "RL", "BT")

INK, FAINT = "#1f2933", "#8a94a0"  # text on a box; lines and constants, readable on white and on black
LEAF, INNER, OUTPUT, OPERATION = "#dcecfb", "#f4f5f7", "#fdebc8", "#ffffff"

HOW_TO_INSTALL = """\
  Debian, Ubuntu:  sudo apt install graphviz
  Fedora:          sudo dnf install graphviz
  macOS:           brew install graphviz
  Windows:         winget install graphviz
  without a system package:  pip install "pygraphviz>=2.0.4"  (its wheels carry Graphviz)"""


class RenderError(RuntimeError):
    """A picture could not be made; the message says why, what to install and where the DOT source is."""


class Graph:
    """A drawing of a computation graph; it is laid out when a picture is first asked for.

    Attributes:
        dot: the DOT source.
        svg: the picture as an `<svg>` element.

    Shows itself as a picture in a notebook.
    """

    def __init__(self, dot: str, size: int) -> None:
        self.dot = dot
        self._size = size

    @cached_property
    def svg(self) -> str:
        """The picture as an `<svg>` element. Raises RenderError where no Graphviz is installed."""
        return self._render("svg").decode("utf-8")

    def save(self, path: str | Path) -> Path:
        """Write the picture to a file whose suffix is .svg, .png, .pdf or .dot, and return its absolute path.

        Raises:
            ValueError: another suffix; nothing is written.
            RenderError: no Graphviz is installed; the DOT source is then saved beside the path.
        """
        path = Path(path)
        kind = path.suffix[1:].lower()
        if kind not in FORMATS:
            raise ValueError(f"save takes a path that ends in .{', .'.join(FORMATS)}, but got {str(path)!r}")
        dot_path = path.with_suffix(".dot")
        path.write_bytes(self.dot.encode("utf-8") if kind == "dot" else self._render(kind, dot_path))
        return path.resolve()

    def _render(self, kind: str, dot_path: Path | None = None) -> bytes:
        try:
            picture = render(self.dot, kind)
            return picture[picture.index(b"<svg") :] if kind == "svg" else picture  # no prologue, so pages can embed it
        except RenderError as error:
            if dot_path is None:
                import tempfile

                dot_path = Path(tempfile.mkdtemp(prefix="autograd-")) / "graph.dot"
            self.keep_source(error, dot_path)

    def keep_source(self, error: RenderError, dot_path: Path) -> NoReturn:
        """Save the DOT source of a picture that could not be made, and raise the error with the place added."""
        dot_path.write_text(self.dot, encoding="utf-8")
        raise RenderError(f"{error}\nThe DOT source was saved as {dot_path.resolve()}.") from None

    def _repr_svg_(self) -> str | None:
        try:
            return self.svg
        except RenderError:
            return None  # a notebook then shows repr() instead of a traceback

    def __repr__(self) -> str:
        return f'<Graph of {self._size} Values: .svg, .dot, .save("graph.svg")>'


def draw(
    *outputs: Value, names: Mapping[str, object] | None = None, max_nodes: int = 500, rankdir: str = "LR"
) -> Graph:
    """Draw everything that `outputs` were computed from.

    Args:
        outputs: one or more Values.
        names: labels for Values that have none, by the names that they go by there, such as `globals()`.
        max_nodes: refuse a graph of more Values than this, since nobody could read it.
        rankdir: the direction of the data: "LR" (left to right), "TB" (top to bottom), "RL" or "BT".

    Returns:
        A `Graph`: `.svg`, `.dot`, `.save("x.svg")`.

    Raises:
        TypeError: an output is not a Value, or there is none.
        ValueError: the graph is too large, or `rankdir` is unknown.
    """
    for output in outputs:
        if not isinstance(output, Value):
            raise TypeError(f"draw takes Values, but got {output!r} of type {type(output).__name__}")
    if not outputs:
        raise TypeError("draw takes at least one Value, such as draw(loss)")
    if rankdir not in DIRECTIONS:
        raise ValueError(f"rankdir must be one of {', '.join(DIRECTIONS)}, but got {rankdir!r}")
    if _has_more_than(max_nodes, outputs):
        raise ValueError(
            f"this graph has more than {max_nodes} Values, too many to read: draw a part of it, such as the output "
            "of one layer or the loss of one sample, or give a larger max_nodes"
        )
    nodes = topological_order(*outputs)
    return Graph(_dot(nodes, outputs, _labels(nodes, names or {}), rankdir), len(nodes))


def render(dot: str, kind: str) -> bytes:
    """Return the picture of DOT source in a format of Graphviz's: the `dot` on PATH, else pygraphviz's own."""
    import graphviz

    try:
        picture: bytes = graphviz.Source(dot).pipe(format=kind)
        return picture
    except graphviz.ExecutableNotFound:
        pass
    except graphviz.CalledProcessError as error:
        raise RenderError(f"Graphviz could not draw the graph: {error.stderr!r}") from None
    try:
        import pygraphviz
    except ImportError:
        raise RenderError(f"drawing needs Graphviz, which is not installed:\n{HOW_TO_INSTALL}") from None
    try:
        picture = pygraphviz.AGraph(string=dot).draw(format=kind, prog="dot")
    except (ValueError, OSError) as error:
        raise RenderError(
            f"the Graphviz inside pygraphviz could not write {kind}: {error}; a full one can:\n{HOW_TO_INSTALL}"
        ) from None
    return picture


def _has_more_than(limit: int, outputs: tuple[Value, ...]) -> bool:
    seen = set(outputs)
    waiting = list(seen)
    while waiting and len(seen) <= limit:
        new = set(waiting.pop().parents) - seen
        seen |= new
        waiting.extend(new)
    return len(seen) > limit


def _labels(nodes: list[Value], names: Mapping[str, object]) -> dict[Value, str]:
    by_identity = {value: name for name, value in names.items() if isinstance(value, Value) and name[0] != "_"}
    return {node: node.label or by_identity.get(node, "") for node in nodes}


def _dot(nodes: list[Value], outputs: tuple[Value, ...], labels: Mapping[Value, str], rankdir: str) -> str:
    import graphviz

    picture = graphviz.Digraph(
        graph_attr={"rankdir": rankdir, "bgcolor": "transparent", "nodesep": "0.25", "ranksep": "0.35"},
        node_attr={"fontname": "Helvetica,Arial,sans-serif", "fontsize": "11", "fontcolor": INK, "color": FAINT},
        edge_attr={"color": FAINT, "arrowsize": "0.6"},
    )
    differentiated = any(output.grad != 0.0 for output in outputs)  # backward() gives the output itself 1
    ends = set(outputs)  # a set compares by identity here, where a tuple would compare numbers
    names = {node: f"v{i}" for i, node in enumerate(nodes)}
    for node, name in names.items():
        fill = OUTPUT if node in ends else LEAF if node.op is None else INNER
        _box(picture, name, node, labels[node], fill, differentiated)
        if node.op is not None:
            operation = f"{name}_op"
            _operation(picture, operation, node.op.symbol, node.op.name)
            picture.edge(operation, name)
            for i, operand in enumerate(node.operands):
                if isinstance(operand, Value):
                    picture.edge(names[operand], operation)
                else:
                    constant = f"{name}_c{i}"
                    picture.node(constant, f"{number(operand):.4g}", shape="plain", fontsize="9", fontcolor=FAINT)
                    picture.edge(constant, operation, arrowsize="0.4")
    return str(picture.source)


def _box(picture: graphviz.Digraph, name: str, node: Value, label: str, fill: str, differentiated: bool) -> None:
    full = getattr(node.grad, "data", node.grad)
    gradient = f"{full:.4g}" if differentiated else "–"
    rows = [f"<B>{_text(label)}</B>"] if label else []
    rows += [f"{node.data:.4g}", f'<FONT POINT-SIZE="9" COLOR="#52606d">grad {gradient}</FONT>']
    table = "".join(f"<TR><TD>{row}</TD></TR>" for row in rows)
    picture.node(
        name,
        f'<<TABLE BORDER="0" CELLBORDER="0" CELLSPACING="0" CELLPADDING="1">{table}</TABLE>>',
        shape="box", style="filled,rounded", fillcolor=fill, margin="0.08,0.04",
        tooltip=_tooltip(f"{label} = {node.data!r}, gradient {full}".removeprefix(" = ")),
    )  # fmt: skip


def _operation(picture: graphviz.Digraph, name: str, symbol: str, description: str) -> None:
    shape = "circle" if len(symbol) == 1 else "box"
    picture.node(
        name, f"<{_text(symbol)}>", shape=shape, style="filled,rounded" if shape == "box" else "filled",
        fillcolor=OPERATION, fontsize="13", margin="0.02" if shape == "circle" else "0.08,0.02",
        width="0.35", height="0.35", tooltip=_tooltip(description),
    )  # fmt: skip


# What XML cannot hold: control characters are shown as their pictures, halves of surrogate pairs as a mark.
_PICTURES = {code: 0x2400 + code for code in range(0x20) if code != 0x0A} | {0x7F: 0x2421}
_MARKS = dict.fromkeys((*range(0xD800, 0xE000), 0xFFFE, 0xFFFF), 0xFFFD)
_PRINTABLE = _PICTURES | _MARKS


def _text(text: str) -> str:
    """Escape for an HTML-like label, where Graphviz also gives a meaning to a backslash."""
    return html.escape(str(text).translate(_PRINTABLE)).replace("\\", "\\\\").replace("\n", "<BR/>")


def _tooltip(text: str) -> str:
    import graphviz

    return str(graphviz.escape(html.escape(text.translate(_PRINTABLE).replace("\n", " "))))
