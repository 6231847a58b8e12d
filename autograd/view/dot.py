"""Computation graphs as pictures: every Value a box with its operation, label, number and gradient.

>>> from autograd import Value, draw
>>> w, x = Value(0.5, "w"), Value(3.0, "x")
>>> draw((w * x).named("z"))
<Graph of 3 Values: .svg, .dot, .save("graph.svg")>
"""

from __future__ import annotations

import reprlib
from collections.abc import Collection, Iterable, Mapping, Sequence
from functools import cached_property
from pathlib import Path
from typing import NoReturn

from ..graph import topological_order
from ..nn.module import Module
from ..value import Value
from .detail import Detail, gradient
from .labels import labels
from .modules import frames, owners
from .overview import overview
from .render import RenderError, embeddable, render

__all__ = ["Graph", "RenderError", "draw", "render"]

FORMATS = ("svg", "png", "pdf", "dot")
DIRECTIONS = ("LR", "TB", "RL", "BT")
SHOWN = ("data", "grad", "partial")
EDGES = 6  # so many for each Value that may be drawn: of more, Graphviz takes minutes and makes a thicket
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
            return embeddable(picture) if kind == "svg" else picture
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
        TypeError: an output is not a Value, or there is none; `names` or `group` is something else.
        ValueError: the graph is too large and no module is known, or `show` or `rankdir` has an unknown word.
    """
    for output in outputs:
        if not isinstance(output, Value):
            hint = "; give those of a sequence as draw(*values)" if isinstance(output, Iterable) else ""
            raise TypeError(f"draw takes Values, but got {reprlib.repr(output)} of type {type(output).__name__}{hint}")
    if not outputs:
        raise TypeError("draw takes at least one Value, such as draw(loss)")
    if isinstance(show, str) or not isinstance(show, Collection) or not all(word in SHOWN for word in show):
        raise ValueError(f"show takes some of {SHOWN}, but got {show!r}")
    if names is not None and not isinstance(names, Mapping):
        raise TypeError(f"names takes a mapping, such as globals(), but got {names!r} of type {type(names).__name__}")
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
    if all(gradient(output) != 0.0 for output in outputs):
        differentiated = set(nodes)
    else:  # what backward() reached lies behind something that has a gradient
        differentiated = set(topological_order(*[node for node in nodes if gradient(node) != 0.0]))
    if excess:
        return Graph(overview(nodes, labels(outputs, names), owned, differentiated, rankdir), len(nodes))
    picture = Detail(nodes, outputs, names, owned, set(show), differentiated, _far(nodes), rankdir)
    return Graph(picture.dot(frames(nodes, owned) if group is not False else []), len(nodes))


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
