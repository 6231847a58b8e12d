"""Computation graphs as pictures: every Value a box with its operation, label, number and gradient.

>>> from autograd import Value, draw
>>> w, x = Value(0.5, "w"), Value(3.0, "x")
>>> draw((w * x).named("z"))
<Graph of 3 Values: .svg, .dot, .save("graph.svg")>
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Mapping, Sequence
from functools import cached_property
from itertools import pairwise
from pathlib import Path
from typing import TYPE_CHECKING, NoReturn

from ..graph import descendants, topological_order
from ..language import say
from ..nn.module import Module
from ..value import Value
from . import style
from .formula import Num, as_written
from .labels import labels, unique_names
from .modules import Frame, Owner, frames, owners
from .notation import name, number, text
from .overview import overview
from .render import RenderError, render

if TYPE_CHECKING:
    import graphviz

__all__ = ["Graph", "RenderError", "draw", "render"]

FORMATS = ("svg", "png", "pdf", "dot")
DIRECTIONS = ("LR", "TB", "RL", "BT")
SHOWN = ("data", "grad", "partial")
EDGES = 6  # so many for each Value that may be drawn: of more, Graphviz takes minutes and makes a thicket
CONSTANTS = 3  # so many constants of an operation are shown; of more, the first ones
SPRAWLING = 500  # ranks that edges leap over, all together: beyond, nobody follows them and Graphviz takes minutes
_TITLE = re.compile(r'<title>[^<]*</title>(?:\s*(<g id="a_[^"]*"><a) xlink:title="([^"]*)">)?')
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
            return _embeddable(picture) if kind == "svg" else picture
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
    comes back is multiplied. The pointer on a box shows the calculation, with every digit. Words are in the language
    of `autograd.language.speaking`.

    Args:
        outputs: one or more Values.
        show: what to show beside labels and operations, of "data", "grad" and "partial".
        names: labels for Values that have none, by the names that they go by there, such as `globals()`.
        group: put neurons into frames: each weighted sum, its activation, and the weights that are its own. With a
            module in place of True, or modules among `names`, layers are framed too, with their names; and a graph
            of more than `max_nodes` Values becomes an overview, in which each module is one box.
        max_nodes: so many Values, with up to six times as many edges, are drawn one by one; nobody could read more.
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
    excess = _excess(max_nodes, outputs)
    if excess and not owned:
        raise ValueError(
            f"this graph has more than {excess}, too many to read: draw its modules as one box each with "
            "group=model, or a part of it, such as the output of one layer or the loss of one sample, or give a larger "
            "max_nodes"
        )
    nodes = topological_order(*outputs)
    if all(_gradient(output) != 0.0 for output in outputs):
        differentiated = set(nodes)
    else:  # what backward() reached lies behind something that has a gradient
        differentiated = set(topological_order(*[node for node in nodes if _gradient(node) != 0.0]))
    if excess:
        return Graph(overview(nodes, labels(outputs, names), owned, differentiated, rankdir), len(nodes))
    picture = _Picture(nodes, outputs, names, owned, set(show), differentiated, rankdir)
    return Graph(picture.dot(frames(nodes, owned) if group is not False else []), len(nodes))


def _gradient(node: Value) -> float:
    return float(getattr(node.grad, "data", node.grad))


def _excess(limit: int, outputs: tuple[Value, ...]) -> str:
    """What a graph has more of than can be drawn, in words; "" if it can."""
    seen = set(outputs)
    waiting = list(seen)
    edges = 0
    while waiting:
        parents = waiting.pop().parents
        edges += len(parents)
        new = set(parents) - seen
        seen |= new
        waiting.extend(new)
        if len(seen) > limit:
            return f"{limit} Values"
        if edges > EDGES * limit:
            return f"{EDGES * limit} edges"
    return ""


def _embeddable(picture: bytes) -> bytes:
    """An SVG as one element that a page can hold, with tooltips in place of Graphviz's ids as its titles."""

    def title(found: re.Match[str]) -> str:
        link, told = found.groups()
        return f"<title>{told}</title>\n{link}>" if told else ""

    return _TITLE.sub(title, picture[picture.index(b"<svg") :].decode("utf-8")).encode("utf-8")


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
        self.nodes = nodes[::-1]  # Graphviz puts what it meets first on top: of two operands, the first
        self.outputs, self.show, self.differentiated = set(outputs), show, differentiated
        self.rankdir, self.owned = rankdir, owned
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
                    tag = style.text(style.clipped(self.labels[parent]))
                    picture.node(start, f"<{tag}>", tooltip=style.tooltip(self._told(parent)), **style.TAG)
                label = f"{space}{number(partial, 3)}" if "partial" in self.show else ""
                told = f"{say('local derivative', '局部导数')} {partial}"
                close = "2" if len(node.parents) == 1 else "1"  # an activation stays near its input
                picture.edge(start, self.ids[node], label=label, tooltip=told, weight=close)
        self._arrange(picture, [pair for frame in outer for pair in _entering(frame, self.nodes[::-1])])
        return str(picture.source)

    def _framed(self, picture: graphviz.Digraph, outer: Sequence[Frame]) -> set[Value]:
        """Draw each frame and what is in it; in a module's frame, a neuron is told by the title of its parameters."""
        drawn: set[Value] = set()
        for i, frame in enumerate(reversed(outer)):
            title = frame.title if self.owned else _neuron(frame.title)
            with picture.subgraph(name=f"cluster_{i}") as part:
                part.attr(label=f"<{style.text(style.clipped(title))}>", tooltip=style.tooltip(title), **style.FRAME)
                drawn |= self._contents(part, frame.nodes)
                for neuron in frame.inside:
                    drawn |= self._contents(part, neuron.nodes, _neuron(neuron.title))
                leaves = [leaf for neuron in frame.inside if (leaf := _leaf(neuron)) is not None]
                self._in_order(part, leaves, framed=True)
        return drawn

    def _arrange(self, picture: graphviz.Digraph, entering: Sequence[tuple[Value, Sequence[Value]]]) -> None:
        """Let layers stand behind what comes into them, not beside it, and the inputs in their order."""
        behind = [(self._box_of(v), self._box_of(leaf)) for leaf, given in entering for v in given]
        for start, end in dict.fromkeys(behind):
            picture.edge(start, end, style="invis")
        for given in dict.fromkeys(tuple(given) for _, given in entering):
            if all(v.op is None and ":" not in self.ids[v] for v in given):
                self._in_order(picture, given, framed=False)

    def _in_order(self, picture: graphviz.Digraph, leaves: Sequence[Value], framed: bool) -> None:
        """Let the boxes of leaves stand below one another, or, if the data goes down or up, side by side."""
        boxes = list(dict.fromkeys(self._box_of(leaf) for leaf in leaves))
        if framed and self.rankdir in ("LR", "RL"):  # there Graphviz goes from bottom to top
            boxes.reverse()
        with picture.subgraph() as same:
            same.attr(rank="same")
            for one, other in pairwise(boxes):
                same.edge(one, other, style="invis")

    def _box_of(self, node: Value) -> str:
        return self.ids[node].partition(":")[0]

    def _contents(self, picture: graphviz.Digraph, nodes: Sequence[Value], title: str = "") -> set[Value]:
        inside = set(nodes)  # membership by identity, where a list would compare numbers
        operations = [node for node in nodes if node.op is not None]
        parameters = [node for node in nodes if node.op is None]
        if parameters:
            self._stack(picture, self._in_rows(parameters, operations), title)
        for node in reversed(operations):
            self._box(picture, node)
        return inside

    def _in_rows(self, parameters: Sequence[Value], operations: Sequence[Value]) -> list[Value]:
        """Parameters in the order of their neurons, and of each in the module's; without a module, in that of use."""
        used = [parent for node in operations for parent in node.parents]
        place = {v: i for i, v in enumerate(dict.fromkeys([*(self.owned or used), *parameters]))}
        return sorted(parameters, key=lambda v: (self.owned[v].row if v in self.owned else 0, place[v]))

    def _stack(self, picture: graphviz.Digraph, parameters: Sequence[Value], title: str) -> None:
        """Draw parameters as one box, with a row for each."""
        stack = f"{self.ids[parameters[0]]}s"
        rows = [f'<TD COLSPAN="3"><FONT POINT-SIZE="9" COLOR="{style.SOFT}">{title}</FONT></TD>'] if title else []
        for parameter in parameters:
            cells = [f'ALIGN="LEFT">{style.bold(self.labels[parameter])}</TD>']
            cells += [f'ALIGN="RIGHT">{number(parameter.data)}</TD>'] if "data" in self.show else []
            cells += [style.chip(self._known(parameter)).removeprefix("<TD ")] if "grad" in self.show else []
            *others, last = cells
            rows.append("".join(f"<TD {cell}" for cell in others) + f'<TD PORT="{self.ids[parameter]}" {last}')
            self.ids[parameter] = f"{stack}:{self.ids[parameter]}"
        told = "\n".join([title] * bool(title) + [self._told(parameter) for parameter in parameters])
        picture.node(stack, f"<{style.table(rows)}>", tooltip=style.tooltip(told), fillcolor=style.LEAF)

    def _known(self, node: Value) -> float | None:
        return _gradient(node) if node in self.differentiated else None

    def _box(self, picture: graphviz.Digraph, node: Value) -> None:
        label = self.labels[node]
        rows = [f"<TD>{style.bold(label)}</TD>"] if label.strip() else []
        rows += [f"<TD>{number(node.data)}</TD>"] if "data" in self.show else []
        rows += [style.chip(self._known(node))] if "grad" in self.show else []
        content = style.table(rows or ["<TD> </TD>"])
        if node.op is not None:
            content = style.beside(_operation(node), content if rows else "")
        picture.node(
            self.ids[node], f"<{content}>", tooltip=style.tooltip(self._told(node)),
            fillcolor=style.OUTPUT if node in self.outputs else style.LEAF if node.op is None else style.INNER,
        )  # fmt: skip

    def _told(self, node: Value) -> str:
        """How a Value was calculated, and its gradient, with every digit."""
        told = [self.labels[node]] * bool(self.labels[node])
        if node.op is not None:
            operands = [x if isinstance(x, Value) else None for x in node.operands]
            known = [name(self.labels[v]) if v is not None and self.labels[v] else None for v in operands]
            numbers = [Num(x.data if isinstance(x, Value) else float(x)) for x in node.operands]
            told.append(text(as_written(node.op, [a or b for a, b in zip(known, numbers, strict=True)])))
        gradient = self._known(node)
        unknown = say("no gradient yet", "还没有梯度")
        return (
            f"{' = '.join([*told, repr(node.data)])}{say(', ', '，')}"
            f"{unknown if gradient is None else say(f'gradient {gradient!r}', f'梯度 {gradient!r}')}"
        )


def _neuron(title: str) -> str:
    return title.replace("neuron", say("neuron", "神经元"), 1)


def _entering(frame: Frame, nodes: Sequence[Value]) -> Iterator[tuple[Value, list[Value]]]:
    """For every operation that needs of a frame only parameters: one of these, and what else is given to it."""
    parts = (frame, *frame.inside)
    own = {node for part in parts for node in part.nodes if node.op is None}
    after = descendants(nodes, own)
    for part in parts:
        if (leaf := _leaf(part)) is not None:
            for node in part.nodes:
                given = [parent for parent in node.parents if parent not in own]
                if len(given) < len(node.parents) and after.isdisjoint(given):
                    yield leaf, given


def _leaf(frame: Frame) -> Value | None:
    return next((node for node in frame.nodes if node.op is None), None)


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
    sign = "dot" if node.op.name == "dot" else node.op.symbol  # a lone · is easily overlooked
    symbol = f'<FONT POINT-SIZE="13">{style.text(sign)}</FONT>'
    if not constants:
        return symbol
    before = len(node.operands) == 2 and not isinstance(node.operands[0], Value)
    return f"{small} {symbol}" if before else f"{symbol} {small}"
