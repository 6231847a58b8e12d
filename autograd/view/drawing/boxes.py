"""A graph that is drawn Value by Value: boxes, edges, and frames around neurons and layers."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from functools import partial
from itertools import pairwise
from typing import TYPE_CHECKING

from ...value import Value
from ..calculation import Calculation, number_of
from ..network import Frame, Owner, entering
from ..notation.expression import Expr, Num, as_written
from ..notation.names import name
from ..notation.text import numeral, sign, text
from ..words import sentences
from . import style

if TYPE_CHECKING:
    import graphviz

__all__ = ["Boxes", "gradient"]


class Boxes:
    """The DOT source of a graph whose Values are drawn one by one.

    Args:
        calculation: the graph; names of modules are not among its names, since their frames have them.
        outputs: the Values that it was computed for.
        owned: the owners of the parameters.
        show: what to show beside labels and operations.
        differentiated: the Values that have a gradient.
        far: edges that are replaced by a tag with a name.
        rankdir: the direction of the data.
    """

    def __init__(
        self,
        calculation: Calculation,
        outputs: Collection[Value],
        owned: Mapping[Value, Owner],
        show: Collection[str],
        differentiated: Collection[Value],
        far: Collection[tuple[Value, Value]],
        rankdir: str,
    ) -> None:
        self.nodes = nodes = calculation.nodes  # Graphviz puts what it meets first on top: of two operands, the first
        self.outputs, self.show, self.differentiated = set(outputs), show, differentiated
        self.rankdir, self.owned, self.far = rankdir, owned, far
        self.place = {parameter: i for i, parameter in enumerate(owned)}
        self.ids = {node: f"v{i}" for i, node in enumerate(nodes)}  # where edges end: at a box, or at a row of one
        self.boxes = dict(self.ids)
        self.labels = dict(calculation.labels)
        for node in nodes:
            if not self.labels[node] and node in owned:
                self.labels[node] = owned[node].name  # the name of its module is that of the frame
        for node, _ in self.far:
            self.labels[node] = self.labels[node] or calculation.names[node]

    def dot(self, outer: Sequence[Frame]) -> str:
        """Return the source, with these frames."""
        import graphviz

        picture = graphviz.Digraph(
            graph_attr={"rankdir": self.rankdir, **style.DRAWING}, node_attr=style.NODE, edge_attr=style.EDGE
        )
        if self.differentiated and "grad" in self.show:
            picture.attr(label=style.legend(), labelloc="b")
        space = " " if self.rankdir in ("TB", "BT") else ""  # the label is right of the arrow
        framed = self._framed(picture, outer)
        for node in self.nodes:
            if node not in framed:
                self._box(picture, node)
        for node in self.nodes:
            for i, (parent, slope) in enumerate(zip(node.parents, node.partials, strict=True)):
                start = self.ids[parent]
                if (parent, node) in self.far:
                    start = f"{self.ids[node]}_{i}"
                    tag = style.escaped(style.clipped(self.labels[parent]))
                    picture.node(start, f"<{tag}>", tooltip=style.tooltip(self._told(parent)), **style.TAG)
                label = f"{space}{numeral(slope)}" if "partial" in self.show else ""
                told = sentences("draw")["local"].format(slope)
                close = "2" if len(node.parents) == 1 else "1"  # an activation stays near its input
                picture.edge(start, self.ids[node], label=label, tooltip=told, weight=close)
        self._arrange(picture, [pair for frame in outer for pair in entering(frame, self.nodes)])
        return str(picture.source)

    def _framed(self, picture: graphviz.Digraph, outer: Sequence[Frame]) -> set[Value]:
        """Draw each frame and what is in it; in a module's frame, a neuron is told by the title of its parameters."""
        drawn: set[Value] = set()
        for i, frame in enumerate(reversed(outer)):
            title = frame.title if self.owned else _neuron(frame.title)
            with picture.subgraph(name=f"cluster_{i}") as part:
                part.attr(label=f"<{style.escaped(style.clipped(title))}>", tooltip=style.tooltip(title), **style.FRAME)
                drawn |= self._contents(part, frame.nodes)
                for neuron in frame.inside:
                    drawn |= self._contents(part, neuron.nodes, _neuron(neuron.title))
                leaves = [leaf for neuron in frame.inside if (leaf := _leaf(neuron)) is not None]
                self._in_order(part, leaves, framed=True)
        return drawn

    def _arrange(self, picture: graphviz.Digraph, pairs: Sequence[tuple[Sequence[Value], Sequence[Value]]]) -> None:
        """Let layers stand behind what comes into them, not beside it, and the inputs in their order."""
        behind = [(self.boxes[v], self.boxes[leaves[0]]) for leaves, given in pairs for v in given]
        for start, end in dict.fromkeys(behind):
            picture.edge(start, end, style="invis")
        for given in dict.fromkeys(tuple(given) for _, given in pairs):
            if all(v.op is None and self.boxes[v] == self.ids[v] for v in given):
                self._in_order(picture, given, framed=False)

    def _in_order(self, picture: graphviz.Digraph, leaves: Sequence[Value], framed: bool) -> None:
        """Let the boxes of leaves stand below one another, or, if the data goes down or up, side by side."""
        boxes = list(dict.fromkeys(self.boxes[leaf] for leaf in leaves))
        if framed and self.rankdir in ("LR", "RL"):  # there Graphviz goes from bottom to top
            boxes.reverse()
        with picture.subgraph() as same:
            same.attr(rank="same")
            for one, other in pairwise(boxes):
                same.edge(one, other, style="invis")

    def _contents(self, picture: graphviz.Digraph, nodes: Sequence[Value], title: str = "") -> set[Value]:
        inside = set(nodes)  # membership by identity, where a list would compare numbers
        operations = [node for node in nodes if node.op is not None]
        parameters = [node for node in nodes if node.op is None]
        if parameters:
            self._stack(picture, self._in_rows(parameters, operations), title)
        for node in operations:
            self._box(picture, node)
        return inside

    def _in_rows(self, parameters: Sequence[Value], operations: Sequence[Value]) -> list[Value]:
        """Parameters in the order of their neurons, and of each in the module's; without a module, in that of use."""
        if self.owned:
            return sorted(parameters, key=lambda v: (self.owned[v].row, self.place[v]))
        used = [parent for node in operations for parent in node.parents]
        own = set(parameters)
        return [*dict.fromkeys(parent for parent in used if parent in own)]

    def _stack(self, picture: graphviz.Digraph, parameters: Sequence[Value], title: str) -> None:
        """Draw parameters as one box, with a row for each."""
        stack = f"{self.ids[parameters[0]]}s"
        rows = [style.cell(style.small(title), 'COLSPAN="3"')] if title else []
        for parameter in parameters:
            cells: list[Callable[..., str]] = [partial(style.cell, style.bold(self.labels[parameter]), 'ALIGN="LEFT"')]
            if "data" in self.show:
                cells.append(partial(style.cell, numeral(parameter.data), 'ALIGN="RIGHT"'))
            if "grad" in self.show:
                cells.append(partial(style.chip, self._known(parameter)))
            *others, last = cells
            port = self.ids[parameter]
            rows.append("".join(cell() for cell in others) + last(f'PORT="{port}"'))  # where its edges begin
            self.ids[parameter], self.boxes[parameter] = f"{stack}:{port}", stack
        told = "\n".join([title] * bool(title) + [self._told(parameter) for parameter in parameters])
        picture.node(stack, f"<{style.table(rows)}>", tooltip=style.tooltip(told), fillcolor=style.LEAF)

    def _known(self, node: Value) -> float | None:
        return gradient(node) if node in self.differentiated else None

    def _box(self, picture: graphviz.Digraph, node: Value) -> None:
        label = self.labels[node]
        rows = [style.cell(style.bold(label))] if label.strip() else []
        rows += [style.cell(numeral(node.data))] if "data" in self.show else []
        rows += [style.chip(self._known(node))] if "grad" in self.show else []
        content = style.table(rows or [style.cell(" ")])
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
            told.append(text(as_written(node.op, [self._operand(x) for x in node.operands])))
        told.append(repr(node.data))
        known = self._known(node)
        words = sentences("draw")
        size = words["no gradient"] if known is None else words["gradient"].format(known)
        return words["value"].format(value=" = ".join(told), gradient=size)

    def _operand(self, x: Value | float) -> Expr:
        if isinstance(x, Value):
            return name(self.labels[x]) if self.labels[x] else Num(x.data)
        return Num(number_of(x))


def gradient(node: Value) -> float:
    """Return a Value's gradient as a number, also where it is a Value itself."""
    return float(getattr(node.grad, "data", node.grad))


def _neuron(title: str) -> str:
    return title.replace("neuron", sentences("draw")["neuron"], 1)


def _leaf(frame: Frame) -> Value | None:
    return next((node for node in frame.nodes if node.op is None), None)


def _operation(node: Value) -> str:
    """The sign of an operation; its constants are small and grey."""
    before, symbol, after = map(style.escaped, sign(node))
    shown = (before and style.small(before), f'<FONT POINT-SIZE="13">{symbol}</FONT>', after and style.small(after))
    return " ".join(filter(None, shown))
