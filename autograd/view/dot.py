"""Computation graphs as pictures: every Value a box with its label, number and gradient, every operation its symbol.

>>> from autograd import Value, draw
>>> w, x = Value(0.5, "w"), Value(3.0, "x")
>>> draw((w * x).named("z"))
<Graph of 3 Values: .svg, .dot, .save("graph.svg")>

Graphviz does the layout: the `dot` on PATH if there is one, else the copy inside pygraphviz's wheels.
"""

from __future__ import annotations

import html
import math
from collections.abc import Collection, Mapping
from contextlib import nullcontext
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any, NoReturn

from ..graph import topological_order
from ..primitives import number
from ..value import Value
from .labels import labels, printable

if TYPE_CHECKING:
    import graphviz

__all__ = ["Graph", "RenderError", "draw"]

FORMATS = ("svg", "png", "pdf", "dot")
DIRECTIONS = ("LR", "TB", "RL", "BT")

INK, FAINT = "#1f2933", "#8a94a0"  # text on a box; lines and constants, readable on white and on black
LEAF, INNER, OUTPUT, OPERATION = "#dcecfb", "#f4f5f7", "#fdebc8", "#ffffff"
FONT = {"fontname": "Helvetica,Arial,sans-serif"}
SHOWN = ("data", "grad", "partial")

ZERO = "#d5d9de"
SCALE = (  # the sizes of gradients: below the limit, this colour, and what the legend says
    (1e-6, "#b9c9f2", "vanished < 1e-6"),
    (1e-3, "#d9e4fb", "small < 1e-3"),
    (1e3, "#d3efd7", "healthy"),
    (1e6, "#fbdfb5", "large > 1e3"),
    (math.inf, "#f5b8b1", "exploded > 1e6"),
)
EXPLODED = SCALE[-1][1]

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
    *outputs: Value,
    show: Collection[str] = SHOWN,
    names: Mapping[str, object] | None = None,
    group: Any = True,
    max_nodes: int = 500,
    rankdir: str = "LR",
) -> Graph:
    """Draw everything that `outputs` were computed from.

    Every Value is a box with its label, its number and, once there is one, its gradient, whose colour tells its size;
    every operation is its symbol, and on the way into it stands the local derivative, by which a gradient that comes
    back is multiplied.

    Args:
        outputs: one or more Values.
        show: what to show beside the labels, of "data", "grad" and "partial".
        names: labels for Values that have none, by the names that they go by there, such as `globals()`.
        group: put each neuron into a frame: its weighted sum, its activation, and the weights that are its own. A
            Module in place of True names the frames after its layers.
        max_nodes: refuse a graph of more Values than this, since nobody could read it.
        rankdir: the direction of the data: "LR" (left to right), "TB" (top to bottom), "RL" or "BT".

    Returns:
        A `Graph`: `.svg`, `.dot`, `.save("x.svg")`.

    Raises:
        TypeError: an output is not a Value, or there is none.
        ValueError: the graph is too large, or `show` or `rankdir` has an unknown word.
    """
    for output in outputs:
        if not isinstance(output, Value):
            raise TypeError(f"draw takes Values, but got {output!r} of type {type(output).__name__}")
    if not outputs:
        raise TypeError("draw takes at least one Value, such as draw(loss)")
    if isinstance(show, str) or not set(show) <= set(SHOWN):
        raise ValueError(f"show takes some of {SHOWN}, but got {show!r}")
    if rankdir not in DIRECTIONS:
        raise ValueError(f"rankdir must be one of {', '.join(DIRECTIONS)}, but got {rankdir!r}")
    if _has_more_than(max_nodes, outputs):
        raise ValueError(
            f"this graph has more than {max_nodes} Values, too many to read: draw a part of it, such as the output "
            "of one layer or the loss of one sample, or give a larger max_nodes"
        )
    nodes = topological_order(*outputs)
    frames = _frames(nodes, group) if group else {}
    return Graph(_dot(nodes, outputs, labels(nodes, names), frames, set(show), rankdir), len(nodes))


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


def _frames(nodes: list[Value], group: Any) -> dict[str, tuple[str, list[Value]]]:
    """The neurons in the graph: for each frame its title and the Values inside."""
    users: dict[Value, list[Value]] = {}
    for node in nodes:
        for parent in set(node.parents):
            users.setdefault(parent, []).append(node)
    rows = _rows(group)
    frames: dict[str, tuple[str, list[Value]]] = {}
    for node in nodes:
        if node.op is not None and node.op.name == "dot" and isinstance(node.operands[0], Value):
            weights = {*node.operands[: len(node.operands) // 2], node.operands[-1]}
            own = [v for v in weights if isinstance(v, Value) and v.op is None and users[v] == [node]]
            after = users.get(node, [])
            activation = after if len(after) == 1 and len(after[0].operands) == 1 else []
            title = rows.get(node.operands[0], "neuron")
            frames[f"cluster_{len(frames)}"] = (title, [*own, node, *activation])
    return frames


def _rows(group: Any) -> dict[Any, str]:
    """The names of a module's neurons by their first weights."""
    rows: dict[Any, str] = {}
    for path, module in group.named_modules() if hasattr(group, "named_modules") else ():
        weight = getattr(module, "weight", None)
        if isinstance(weight, list) and weight and isinstance(weight[0], list):
            rows |= {row[0]: f"{path or type(module).__name__}[{i}]" for i, row in enumerate(weight)}
    return rows


def _dot(
    nodes: list[Value],
    outputs: tuple[Value, ...],
    labels: Mapping[Value, str],
    frames: Mapping[str, tuple[str, list[Value]]],
    show: Collection[str],
    rankdir: str,
) -> str:
    import graphviz

    differentiated = any(output.grad != 0.0 for output in outputs)  # backward() gives the output itself 1
    picture = graphviz.Digraph(
        graph_attr={"rankdir": rankdir, "bgcolor": "transparent", "nodesep": "0.25", "ranksep": "0.35", **FONT},
        node_attr={"fontsize": "11", "fontcolor": INK, "color": FAINT, **FONT},
        edge_attr={"color": FAINT, "arrowsize": "0.6", "fontsize": "9", "fontcolor": FAINT, **FONT},
    )
    if differentiated and "grad" in show:
        picture.attr(label=_legend(), labelloc="b", fontsize="9")
    ends = set(outputs)  # a set compares by identity here, where a tuple would compare numbers
    names = {node: f"v{i}" for i, node in enumerate(nodes)}
    framed = {node: frame for frame, (_, inside) in frames.items() for node in inside}
    for frame in (*frames, None):
        with picture.subgraph(name=frame) if frame else nullcontext(picture) as part:
            if frame:
                part.attr(label=f"<{_text(frames[frame][0])}>", style="rounded,dashed", color=FAINT, fontcolor=FAINT)
                part.attr(fontsize="9", labelloc="t")
            for node, name in names.items():
                if framed.get(node) == frame:
                    fill = OUTPUT if node in ends else LEAF if node.op is None else INNER
                    _box(part, name, node, labels[node], fill, show, differentiated)
                    if node.op is not None:
                        _operation(part, f"{name}_op", node.op.symbol, node.op.name)
    for node, name in names.items():
        if node.op is not None:
            _edges(picture, node, names, show)
    return str(picture.source)


def _edges(picture: graphviz.Digraph, node: Value, names: Mapping[Value, str], show: Collection[str]) -> None:
    name = names[node]
    picture.edge(f"{name}_op", name)
    partials = iter(node.partials)
    for i, operand in enumerate(node.operands):
        if isinstance(operand, Value):
            partial = next(partials)
            label = f"{partial:.3g}" if "partial" in show else ""
            picture.edge(names[operand], f"{name}_op", label=label, tooltip=f"local derivative {partial}")
        else:
            constant = f"{name}_c{i}"
            picture.node(constant, f"{number(operand):.4g}", shape="plain", fontsize="9", fontcolor=FAINT)
            picture.edge(constant, f"{name}_op", arrowsize="0.4")


def _box(
    picture: graphviz.Digraph,
    name: str,
    node: Value,
    label: str,
    fill: str,
    show: Collection[str],
    differentiated: bool,
) -> None:
    full = getattr(node.grad, "data", node.grad)
    rows = [f"<TD><B>{_text(label)}</B></TD>"] if label else []
    if "data" in show:
        rows.append(f"<TD>{node.data:.4g}</TD>")
    if "grad" in show:
        color = f' BGCOLOR="{_gradient_color(full)}" STYLE="ROUNDED"' if differentiated else ""
        shown = f"{full:.4g}" if differentiated else "–"
        rows.append(f'<TD{color}><FONT POINT-SIZE="9" COLOR="#3e4c59">grad {shown}</FONT></TD>')
    table = "".join(f"<TR>{row}</TR>" for row in rows) or "<TR><TD> </TD></TR>"
    picture.node(
        name,
        f'<<TABLE BORDER="0" CELLBORDER="0" CELLSPACING="0" CELLPADDING="2">{table}</TABLE>>',
        shape="box", style="filled,rounded", fillcolor=fill, margin="0.06,0.03",
        tooltip=_tooltip(f"{label} = {node.data!r}, gradient {full}".removeprefix(" = ")),
    )  # fmt: skip


def _gradient_color(gradient: float) -> str:
    size = abs(gradient)
    if size == 0.0:
        return ZERO
    return next((color for limit, color, _ in SCALE if size < limit), EXPLODED)  # nan is less than nothing


def _legend() -> str:
    chips = [(ZERO, "0"), *((color, text) for _, color, text in SCALE)]
    cells = "".join(
        f'<TD BGCOLOR="{color}" STYLE="ROUNDED"><FONT COLOR="{INK}"> {_text(text)} </FONT></TD>'
        for color, text in chips
    )
    title = f'<TD><FONT COLOR="{FAINT}">gradient: </FONT></TD>'
    return f'<<TABLE BORDER="0" CELLBORDER="0" CELLSPACING="4" CELLPADDING="2"><TR>{title}{cells}</TR></TABLE>>'


def _operation(picture: graphviz.Digraph, name: str, symbol: str, description: str) -> None:
    shape = "circle" if len(symbol) == 1 else "box"
    picture.node(
        name, f"<{_text(symbol)}>", shape=shape, style="filled,rounded" if shape == "box" else "filled",
        fillcolor=OPERATION, fontsize="13", margin="0.02" if shape == "circle" else "0.08,0.02",
        width="0.35", height="0.35", tooltip=_tooltip(description),
    )  # fmt: skip


def _text(text: str) -> str:
    """Escape for an HTML-like label, where Graphviz also gives a meaning to a backslash."""
    return html.escape(printable(text, lines=True)).replace("\\", "\\\\").replace("\n", "<BR/>")


def _tooltip(text: str) -> str:
    import graphviz

    return str(graphviz.escape(html.escape(printable(text))))
