"""Computation graphs as pictures: every Value a box with its operation, label, number and gradient.

>>> from autograd import Value, draw
>>> w, x = Value(0.5, "w"), Value(3.0, "x")
>>> draw((w * x).named("z"))
<Graph of 3 Values: .svg, .dot, .save("graph.svg")>
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, NoReturn

from ..graph import topological_order
from ..nn.module import Module
from ..value import Value
from . import style
from .labels import labels, unique_names
from .modules import Frame, Owner, frames, owners
from .notation import number
from .overview import overview
from .render import RenderError, render

if TYPE_CHECKING:
    import graphviz

__all__ = ["Graph", "RenderError", "draw", "render"]

FORMATS = ("svg", "png", "pdf", "dot")
DIRECTIONS = ("LR", "TB", "RL", "BT")
SHOWN = ("data", "grad", "partial")
CONSTANTS = 3  # so many constants of an operation are shown; of more, the first ones
SPRAWLING = 500  # ranks that edges leap over, all together: beyond, nobody follows them and Graphviz takes minutes
REACH = 4  # ranks that an edge of such a graph may leap over; a tag with the name of its Value stands for a longer one


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
        except Exception:
            return None  # a notebook then shows repr() instead of a traceback

    def __repr__(self) -> str:
        return f'<Graph of {self._size:,} Values: .svg, .dot, .save("graph.svg")>'


def draw(
    *outputs: Value,
    show: Collection[str] = SHOWN,
    names: Mapping[str, object] | None = None,
    group: bool | Module = True,
    max_nodes: int = 500,
    rankdir: str = "LR",
) -> Graph:
    """Draw everything that `outputs` were computed from.

    Every Value is a box: the operation that made it with its constants, the label, the number and, once there is one,
    the gradient, whose colour tells its size. On the way into it stands the local derivative, by which a gradient that
    comes back is multiplied.

    Args:
        outputs: one or more Values.
        show: what to show beside labels and operations, of "data", "grad" and "partial".
        names: labels for Values that have none, by the names that they go by there, such as `globals()`.
        group: put neurons into frames: each weighted sum, its activation, and the weights that are its own. With a
            module in place of True, or modules among `names`, layers are framed too, with their names; and a graph
            of more than `max_nodes` Values becomes an overview, in which each module is one box.
        max_nodes: so many Values are drawn one by one; nobody could read more.
        rankdir: the direction of the data: "LR" (left to right), "TB" (top to bottom), "RL" or "BT".

    Returns:
        A `Graph`: `.svg`, `.dot`, `.save("x.svg")`.

    Raises:
        TypeError: an output is not a Value, or there is none.
        ValueError: the graph is too large and no module is known, or `show` or `rankdir` has an unknown word.
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
    if not isinstance(group, (bool, Module)):
        raise TypeError(f"group takes True, False or a Module, but got {group!r} of type {type(group).__name__}")
    if isinstance(max_nodes, bool) or not isinstance(max_nodes, int) or max_nodes < 1:
        raise ValueError(f"max_nodes must be a whole number of at least 1, but got {max_nodes!r}")
    owned = owners(group, names) if group is not False else {}
    large = _has_more_than(max_nodes, outputs)
    if large and not owned:
        raise ValueError(
            f"this graph has more than {max_nodes} Values, too many to read: draw its modules as one box each with "
            "group=model, or a part of it, such as the output of one layer or the loss of one sample, or give a larger "
            "max_nodes"
        )
    nodes = topological_order(*outputs)
    differentiated = set(topological_order(*[output for output in outputs if _gradient(output) != 0.0]))
    if large:
        return Graph(overview(nodes, outputs, owned, differentiated, rankdir), len(nodes))
    picture = _Picture(nodes, outputs, names, owned, set(show), differentiated, rankdir)
    return Graph(picture.dot(frames(nodes, owned) if group is not False else []), len(nodes))


def _gradient(node: Value) -> float:
    return float(getattr(node.grad, "data", node.grad))


def _has_more_than(limit: int, outputs: tuple[Value, ...]) -> bool:
    seen = set(outputs)
    waiting = list(seen)
    while waiting and len(seen) <= limit:
        new = set(waiting.pop().parents) - seen
        seen |= new
        waiting.extend(new)
    return len(seen) > limit


class _Picture:
    """The DOT source of a graph whose Values are drawn one by one."""

    def __init__(
        self,
        nodes: Sequence[Value],
        outputs: Sequence[Value],
        names: Mapping[str, object] | None,
        owned: Mapping[Value, Owner],
        show: Collection[str],
        differentiated: Collection[Value],
        rankdir: str,
    ) -> None:
        self.nodes, self.outputs, self.show, self.differentiated = nodes, set(outputs), show, differentiated
        self.rankdir = rankdir
        self.ids = {node: f"v{i}" for i, node in enumerate(nodes)}
        self.labels = labels(nodes, names)
        self.far = _far(nodes)
        own = unique_names(nodes, names)
        for node in nodes:
            if not self.labels[node] and node in owned:
                self.labels[node] = owned[node].name
        for node, _ in self.far:
            self.labels[node] = self.labels[node] or own[node]

    def dot(self, outer: Sequence[Frame]) -> str:
        """Return the source, with these frames."""
        import graphviz

        picture = graphviz.Digraph(
            graph_attr={"rankdir": self.rankdir, **style.DRAWING}, node_attr=style.NODE, edge_attr=style.EDGE
        )
        if self.differentiated and "grad" in self.show:
            picture.attr(label=style.legend(), labelloc="b")
        space = " " if self.rankdir in ("TB", "BT") else ""  # where the label stands right of the arrow
        framed = self._framed(picture, outer)
        for node in self.nodes:
            if node not in framed:
                self._box(picture, node)
        for node in self.nodes:
            for i, (parent, partial) in enumerate(zip(node.parents, node.partials, strict=True)):
                start = self.ids[parent]
                if (parent, node) in self.far:
                    start = f"{self.ids[node]}_{i}"
                    picture.node(start, f"<{style.text(self.labels[parent])}>", **style.TAG)
                label = f"{space}{number(partial, 3)}" if "partial" in self.show else ""
                picture.edge(start, self.ids[node], label=label, tooltip=f"local derivative {partial}")
        return str(picture.source)

    def _framed(self, picture: graphviz.Digraph, outer: Sequence[Frame]) -> set[Value]:
        """Draw each frame and what is in it; in a module's frame, a neuron is told by the title of its parameters."""
        drawn: set[Value] = set()
        for i, frame in enumerate(outer):
            with picture.subgraph(name=f"cluster_{i}") as part:
                part.attr(label=f"<{style.text(frame.title)}>", **style.FRAME)
                drawn |= self._contents(part, frame.nodes)
                for neuron in frame.inside:
                    drawn |= self._contents(part, neuron.nodes, neuron.title)
        return drawn

    def _contents(self, picture: graphviz.Digraph, nodes: Sequence[Value], title: str = "") -> set[Value]:
        inside = set(nodes)  # membership by identity, where a list would compare numbers
        operations = [node for node in nodes if node.op is not None]
        entering = dict.fromkeys(parent for node in operations for parent in node.parents)
        parameters = dict.fromkeys([*(v for v in entering if v in inside), *nodes])
        if stack := [v for v in parameters if v.op is None]:
            self._stack(picture, stack, title, [v for v in entering if v not in inside])
        for node in operations:
            self._box(picture, node)
        return inside

    def _stack(
        self, picture: graphviz.Digraph, parameters: Sequence[Value], title: str, inputs: Sequence[Value]
    ) -> None:
        """Draw parameters as one box, with a row for each, in the order in which they are used."""
        name = f"{self.ids[parameters[0]]}s"
        rows = [f'<TD COLSPAN="3"><FONT POINT-SIZE="9" COLOR="{style.SOFT}">{title}</FONT></TD>'] if title else []
        for parameter in parameters:
            cells = [f'ALIGN="LEFT">{style.bold(self.labels[parameter])}</TD>']
            cells += [f'ALIGN="RIGHT">{number(parameter.data)}</TD>'] if "data" in self.show else []
            cells += [style.chip(self._known(parameter)).removeprefix("<TD ")] if "grad" in self.show else []
            *others, last = cells
            rows.append("".join(f"<TD {cell}" for cell in others) + f'<TD PORT="{self.ids[parameter]}" {last}')
            self.ids[parameter] = f"{name}:{self.ids[parameter]}"
        picture.node(name, f"<{style.table(rows)}>", fillcolor=style.LEAF)
        for before in {self.ids[v]: v for v in inputs if v.op is not None}:
            picture.edge(before, name, style="invis")  # so that a layer stands behind the one before it, not below

    def _known(self, node: Value) -> float | None:
        return _gradient(node) if node in self.differentiated else None

    def _box(self, picture: graphviz.Digraph, node: Value) -> None:
        label, gradient = self.labels[node], self._known(node)
        rows = [f"<TD>{style.bold(label)}</TD>"] if label else []
        rows += [f"<TD>{number(node.data)}</TD>"] if "data" in self.show else []
        rows += [style.chip(gradient)] if "grad" in self.show else []
        content = style.table(rows or ["<TD> </TD>"])
        if node.op is not None:
            content = style.beside(_operation(node), content if rows else "")
        told = f"{label} = {node.data!r}, gradient {'not known yet' if gradient is None else gradient}"
        picture.node(
            self.ids[node], f"<{content}>", tooltip=style.tooltip(told.removeprefix(" = ")),
            fillcolor=style.OUTPUT if node in self.outputs else style.LEAF if node.op is None else style.INNER,
        )  # fmt: skip


def _far(nodes: Sequence[Value]) -> set[tuple[Value, Value]]:
    """The edges of a sprawling graph that leap over many ranks."""
    rank: dict[Value, int] = {}
    for node in nodes:
        rank[node] = 1 + max((rank[parent] for parent in node.parents), default=0)
    place = {node: rank[node] if node.op is not None else len(nodes) for node in nodes}
    for node in nodes:
        for parent in node.parents:
            place[parent] = min(place[parent], rank[node] - 1)  # a leaf stands just before what uses it first
    leaps = {(parent, node): rank[node] - 1 - place[parent] for node in nodes for parent in node.parents}
    return {edge for edge, leap in leaps.items() if leap > REACH} if sum(leaps.values()) > SPRAWLING else set()


def _operation(node: Value) -> str:
    """The symbol of an operation with its constants, small and grey, where they stand: "1 −", "− 1", "^ 2"."""
    assert node.op is not None
    constants = [number(float(x)) for x in node.operands if not isinstance(x, Value)]
    shown = ", ".join(constants[:CONSTANTS]) + (", …" if len(constants) > CONSTANTS else "")
    small = f'<FONT POINT-SIZE="9" COLOR="{style.SOFT}">{style.text(shown)}</FONT>'
    symbol = f'<FONT POINT-SIZE="13">{style.text(node.op.symbol)}</FONT>'
    if not constants:
        return symbol
    before = len(node.operands) == 2 and not isinstance(node.operands[0], Value)
    return f"{small} {symbol}" if before else f"{symbol} {small}"
