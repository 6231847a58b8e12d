"""Computation graphs as pictures: every Value a box with its operation, label, number and gradient.

>>> from autograd import Value, draw
>>> w, x = Value(0.5, "w"), Value(3.0, "x")
>>> draw((w * x).named("z"))
<Graph of 3 Values: .svg, .dot, .save("graph.svg")>
"""

from __future__ import annotations

import html
import math
import re
from collections.abc import Collection, Iterable, Mapping, Sequence
from functools import cached_property
from pathlib import Path
from typing import Literal, NoReturn

from ...files import writable, write
from ...graph import topological_order
from ...language import Language, chosen, speaking
from ...nn.module import Module
from ...text import given
from ...value import Value
from ..calculation import EDGES, Calculation, excess, number_of, whole
from ..names import labels
from ..network import frames, owners
from ..notebook import picture
from .boxes import Boxes
from .overview import overview
from .render import RenderError, render
from .samples import FirstSamples

__all__ = ["Graph", "draw"]

FORMATS = (".svg", ".png", ".pdf", ".dot")
DIRECTIONS = ("auto", "LR", "TB", "RL", "BT")
SHOWN = ("data", "grad", "partial")
FEW = 30  # Values of a graph whose samples are all drawn
BATCH = 100  # how many times as many Values as are drawn a graph may have that is searched for samples

_COLOR = re.compile("white|black|transparent|#[0-9a-fA-F]{6}")


class Graph:
    """A drawing of a computation graph; it is laid out when a picture is first asked for.

    Attributes:
        dot: the DOT source.
        svg: the picture as an `<svg>` element.

    Shows itself as a picture in a notebook, as wide as its cell at most: hover over a box to see the calculation, click
    to see the picture in its natural size. If no picture can be made, it shows the reason and what to install.
    """

    def __init__(self, dot: str, size: int) -> None:
        self.dot = dot
        self._size = size

    @cached_property
    def svg(self) -> str:
        """The picture as an `<svg>` element. Raises RenderError where no Graphviz is installed."""
        try:
            return render(self.dot, "svg").decode("utf-8")
        except RenderError as error:
            raise RenderError(f'{error}\n.save("graph.dot") writes the DOT source.') from None

    def save(self, path: str | Path, *, scale: float | None = None, background: str | None = None) -> Path:
        """Write the picture to a file whose suffix is .svg, .png, .pdf or .dot, and return its absolute path.

        Args:
            path: the file to write.
            scale: how many times as large as in a notebook; by default 2 for a .png, which is then sharp on a
                projector, else 1.
            background: "white", "black", "transparent" or a colour such as "#fdf6e3"; by default white for a .png,
                else transparent.

        Raises:
            TypeError: `scale` is not a number.
            ValueError: another suffix, scale or background; nothing is written.
            FileNotFoundError: the folder does not exist.
            RenderError: no Graphviz is installed; the DOT source is then saved next to the path.

        >>> draw(Value(2.0)).save("graph.png", background="grey")
        Traceback (most recent call last):
            ...
        ValueError: background must be white, black, transparent or a colour such as #fdf6e3, but got 'grey' of type str
        """
        path = writable(path, *FORMATS)
        kind = path.suffix[1:].lower()
        source = self._source(kind, scale, background)
        try:
            picture = source.encode("utf-8") if kind == "dot" else render(source, kind)
        except RenderError as error:
            self.keep_source(error, path.with_suffix(".dot"))
        return write(path, picture)

    def _source(self, kind: str, scale: float | None = None, background: str | None = None) -> str:
        """The DOT source for a format, with what differs from that of a notebook's SVG."""
        if scale is not None and (isinstance(scale, bool) or not isinstance(scale, (int, float))):
            raise TypeError(f"scale must be a number, such as 2, but got {given(scale)}")
        if scale is not None and not 0.1 <= scale <= 10:
            raise ValueError(f"scale must be from 0.1 to 10, but got {given(scale)}")
        if background is not None and not _COLOR.fullmatch(str(background)):
            raise ValueError(
                f"background must be white, black, transparent or a colour such as #fdf6e3, but got {given(background)}"
            )
        added = {}
        if kind == "png":
            added = {"dpi": f"{96 * (scale or 2):g}", "bgcolor": background or "white"}
        else:
            added = {"dpi": f"{72 * scale:g}" if scale else "", "bgcolor": background or ""}
        lines = [f'\t{name}="{value}"' for name, value in added.items() if value]
        return "\n".join([self.dot.rstrip().removesuffix("}").rstrip(), *lines, "}", ""])

    def keep_source(self, error: RenderError, dot_path: Path) -> NoReturn:
        """Save the DOT source of a picture that could not be made, and raise the error with the place added."""
        saved = write(dot_path, self.dot)
        raise RenderError(f"{error}\nThe DOT source was saved as {saved}.") from None

    def _repr_html_(self) -> str:
        try:
            return picture(self.svg, repr(self))
        except Exception as error:  # a notebook shows no traceback, but why there is no picture
            return f"<p>{html.escape(repr(self))}</p><pre>{html.escape(str(error))}</pre>"

    def _repr_svg_(self) -> str | None:
        try:
            return self.svg
        except Exception:
            return None  # _repr_html_ says why

    def _repr_png_(self) -> tuple[bytes, dict[str, int]] | None:
        try:
            png = render(self._source("png", background="transparent"), "png")
        except Exception:
            return None
        return png, {"width": int.from_bytes(png[16:20], "big") // 2}  # it is twice as large as it is shown

    def __repr__(self) -> str:
        return f'<Graph of {self._size:,} Values: .svg, .dot, .save("graph.svg")>'


def draw(
    *outputs: Value,
    show: Collection[str] = SHOWN,
    names: Mapping[str, object] | None = None,
    lang: Language | None = None,
    group: bool | Module = True,
    max_nodes: int = 500,
    rankdir: str = "auto",
    samples: Literal["first", "all"] = "first",
) -> Graph:
    """Draw everything that `outputs` were computed from.

    Every Value is a box: the operation that made it with its constants, the label, the number and, once there is one,
    the gradient, whose colour tells its size. The edges into it show the local derivatives, by which a gradient that
    comes back is multiplied. Hover over a box to see the calculation with every digit.

    Args:
        outputs: one or more Values.
        show: what to show with labels and operations, of "data", "grad" and "partial".
        names: a mapping of names to Values, such as `globals()`, used for Values without a label.
        lang: "en" or "zh"; if not given, the language of `autograd.language.speaking`.
        group: put neurons into frames: each weighted sum, its activation, and the weights that are its own. With a
            module in place of True, or modules among `names`, layers are framed too, with their names; and a graph
            of more than `max_nodes` Values becomes an overview, in which each module is one box.
        max_nodes: the largest number of Values that are drawn node by node, with up to six times as many edges.
        rankdir: the direction of the data: "LR" (left to right), "TB" (top to bottom), "RL" or "BT". By default "auto":
            from left to right, unless that is too wide to read in a notebook and from top to bottom is less wide.
        samples: with "first", of the samples of a batch that have the same shape, a graph of more than 30 Values shows
            the first, with its values and its gradients, and says for how many it stands. The gradients of parameters
            are those of the whole batch. "all" draws each sample.

    Returns:
        A `Graph`: `.svg`, `.dot`, `.save("x.svg")`.

    Raises:
        TypeError: an output is not a Value, or there is none; another argument is of a wrong type.
        ValueError: the graph is too large and no module is known, `show`, `rankdir` or `samples` has an unknown word,
            `lang` is unknown, or `max_nodes` is less than 1.
    """
    for output in outputs:
        if not isinstance(output, Value):
            hint = "; of a sequence of Values, write draw(*values)" if isinstance(output, Iterable) else ""
            hint = f"; to write a file, draw(value).save({output!r})" if isinstance(output, str) else hint
            raise TypeError(f"draw takes Values, but got {given(output)}{hint}")
    if not outputs:
        raise TypeError("draw takes at least one Value, such as draw(loss)")
    if isinstance(show, str) or not isinstance(show, Collection):
        raise TypeError(f"show must be a collection of words, some of {SHOWN}, but got {given(show)}")
    if not all(word in SHOWN for word in show):
        raise ValueError(f"show takes some of {SHOWN}, but got {given(show)}")
    if rankdir not in DIRECTIONS:
        raise ValueError(f"rankdir must be one of {', '.join(DIRECTIONS)}, but got {given(rankdir)}")
    if samples not in ("first", "all"):
        raise ValueError(f"samples must be 'first' or 'all', but got {given(samples)}")
    lang = chosen(lang)
    whole("max_nodes", max_nodes, 1)
    owned = owners(group, names)
    drawn, beyond = None, excess(outputs, max_nodes)
    if not beyond or (samples == "first" and not excess(outputs, BATCH * max_nodes)):
        module = group if isinstance(group, Module) else None
        calculation = Calculation(topological_order(*outputs), names, outputs, module)
        drawn = FirstSamples(calculation, outputs, FEW if samples == "first" else math.inf)
        if len(drawn.nodes) > max_nodes or sum(map(len, map(drawn.parents, drawn.nodes))) > EDGES * max_nodes:
            drawn = None
    if drawn is None and not owned:
        raise ValueError(
            f"this graph has more than {beyond}, too many to read: draw its modules as one box each with "
            "group=model, or a part of it, such as the output of one layer or the loss of one sample, or give a larger "
            "max_nodes"
        )
    with speaking(lang):
        if drawn is None:
            nodes = topological_order(*outputs)
            gradients = _gradients(list(owned), outputs)  # those of parameters alone
            return Graph(overview(nodes, labels(outputs, names), owned, gradients, rankdir), len(nodes))
        outer = frames(drawn, owned) if group is not False else []
        boxes = Boxes(drawn, outputs, owned, outer, show, _gradients(drawn.order, outputs), rankdir)
        return Graph(boxes.dot(), len(drawn.whole.nodes))


def _gradients(nodes: Sequence[Value], outputs: Sequence[Value]) -> dict[Value, float]:
    """The gradients of the nodes that backward() reached: of what some Value with a gradient was computed from."""
    reached = nodes
    if not all(number_of(output.grad) for output in outputs):
        reached = topological_order(*[node for node in nodes if number_of(node.grad)])
    return {node: number_of(node.grad) for node in reached}
