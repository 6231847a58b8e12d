"""A graph that is drawn Value by Value: boxes, edges, and frames around neurons and layers."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from itertools import pairwise
from typing import TYPE_CHECKING

from ...primitives import Primitive
from ...value import Value
from ..calculation import Calculation, number_of
from ..network import Frame, Owner, entering, far_edges
from ..notation.expression import Num
from ..notation.formula import Term
from ..notation.text import name, numeral, sign, text
from ..words import sentences
from . import style

if TYPE_CHECKING:
    import graphviz

__all__ = ["Boxes"]


class Boxes:
    """The DOT source of a graph whose Values are drawn one by one.

    Args:
        calculation: the graph.
        outputs: the Values that it was computed for.
        owned: the owners of the parameters.
        show: what to show with labels and operations.
        gradients: the gradients of those Values that have one.
        rankdir: the direction of the data.
    """

    def __init__(
        self,
        calculation: Calculation,
        outputs: Collection[Value],
        owned: Mapping[Value, Owner],
        show: Collection[str],
        gradients: Mapping[Value, float],
        rankdir: str,
    ) -> None:
        self.calculation = calculation
        self.nodes = calculation.nodes  # Graphviz puts what it meets first on top: of two operands, the first
        self.outputs, self.owned, self.show, self.gradients = set(outputs), owned, show, gradients
        self.rankdir = rankdir
        self.far = far_edges(calculation)  # replaced by tags with the parents' names
        self.ids = {node: f"v{i}" for i, node in enumerate(self.nodes)}  # where edges end: at a box, or at a row of one
        self.boxes = dict(self.ids)
        self.rows = {parameter: (owner.row, i) for i, (parameter, owner) in enumerate(owned.items())}
        self.labels = {
            node: node.label or (owned[node].within(label) if node in owned else label)
            for node, label in calculation.labels.items()
        }
        for node, _ in self.far:
            self.labels[node] = self.labels[node] or calculation.names[node]

    def dot(self, frames: Sequence[Frame]) -> str:
        """Return the source, with these frames."""
        picture = style.empty(self.rankdir, legend=bool(self.gradients) and "grad" in self.show)
        framed = self._framed(picture, frames)
        for node in self.nodes:
            if node not in framed:
                self._box(picture, node)
        for node in self.nodes:
            self._edges(picture, node)
        self._arrange(picture, [pair for frame in frames for pair in entering(frame, self.calculation)])
        return str(picture.source)

    # --- boxes ---

    def _framed(self, picture: graphviz.Digraph, frames: Sequence[Frame]) -> set[Value]:
        """Draw each frame with what is in it, and return that; in a module's frame, parameters tell their neuron."""
        for i, frame in enumerate(reversed(frames)):
            title = frame.title if self.owned else _neuron(frame)
            with picture.subgraph(name=f"cluster_{i}") as part:
                part.attr(label=f"<{style.excerpt(title)}>", tooltip=style.tooltip(title), **style.FRAME)
                self._contents(part, frame.nodes)
                for neuron in frame.inside:
                    self._contents(part, neuron.nodes, _neuron(neuron))
                leaves = [next((node for node in neuron.nodes if node.op is None), None) for neuron in frame.inside]
                self._in_order(part, [leaf for leaf in leaves if leaf is not None], framed=True)
        return {node for frame in frames for part in (frame, *frame.inside) for node in part.nodes}

    def _contents(self, picture: graphviz.Digraph, nodes: Sequence[Value], title: str = "") -> None:
        operations = [node for node in nodes if node.op is not None]
        parameters = [node for node in nodes if node.op is None]
        if parameters:
            self._stack(picture, self._in_rows(parameters, operations), title)
        for node in operations:
            self._box(picture, node)

    def _in_rows(self, parameters: Sequence[Value], operations: Sequence[Value]) -> list[Value]:
        """Parameters in the order of their neurons, and of each in the module's; without a module, in that of use."""
        if self.owned:
            return sorted(parameters, key=self.rows.__getitem__)
        own = set(parameters)  # membership by identity, where a list would compare numbers
        return [
            *dict.fromkeys(parent for node in operations for parent in self.calculation.parents(node) if parent in own)
        ]

    def _stack(self, picture: graphviz.Digraph, parameters: Sequence[Value], title: str) -> None:
        """Draw parameters as one box, with a row for each."""
        stack = f"{self.ids[parameters[0]]}s"
        rows = [style.cell(style.small(title), 'COLSPAN="3"')] if title else []
        for parameter in parameters:
            cells: list[tuple[str, ...]] = [(style.bold(self.labels[parameter]), 'ALIGN="LEFT"')]
            if "data" in self.show:
                cells.append((numeral(parameter.data), 'ALIGN="RIGHT"'))
            if "grad" in self.show:
                cells.append(style.chip(self.gradients.get(parameter)))
            port = self.ids[parameter]
            last, *look = cells[-1]
            cells[-1] = (last, f'PORT="{port}"', *look)  # where its edges begin
            rows.append("".join(style.cell(*cell) for cell in cells))
            self.ids[parameter], self.boxes[parameter] = f"{stack}:{port}", stack
        told = "\n".join([*filter(None, [title]), *map(self._told, parameters)])
        picture.node(stack, f"<{style.table(rows)}>", tooltip=style.tooltip(told), fillcolor=style.LEAF)

    def _box(self, picture: graphviz.Digraph, node: Value) -> None:
        label = self.labels[node]
        rows = [style.cell(style.bold(label))] if label.strip() else []
        rows += [style.cell(numeral(node.data))] if "data" in self.show else []
        rows += [style.cell(*style.chip(self.gradients.get(node)))] if "grad" in self.show else []
        content = style.table(rows or [style.cell(" ")])
        if (op := self.calculation.op(node)) is not None:
            content = style.beside(_sign(op, self.calculation.operands(node)), content if rows else "")
        picture.node(
            self.ids[node], f"<{content}>", tooltip=style.tooltip(self._told(node)),
            fillcolor=style.OUTPUT if node in self.outputs else style.LEAF if node.op is None else style.INNER,
        )  # fmt: skip

    def _told(self, node: Value) -> str:
        """How a Value was calculated, and its gradient, with every digit."""
        steps = [self.labels[node], repr(node.data)]
        if node.op is not None:
            steps.insert(1, text(self.calculation.expression(node, self._operand)))
        words = sentences("draw")
        gradient = words["gradient"].format(self.gradients[node]) if node in self.gradients else words["no gradient"]
        return words["value"].format(value=" = ".join(filter(None, steps)), gradient=gradient)

    def _operand(self, x: Value | float) -> Term:
        number = number_of(x)
        return (name(self.labels[x]) if isinstance(x, Value) and self.labels[x] else Num(number)), number

    # --- edges ---

    def _edges(self, picture: graphviz.Digraph, node: Value) -> None:
        beside = style.above if self.rankdir in ("LR", "RL") else " {}".format  # above the arrow, or right of it
        slopes = zip(self.calculation.parents(node), self.calculation.partials(node), strict=True)
        close = "2" if len(node.parents) == 1 else "1"  # an activation stays near its input
        for i, (parent, slope) in enumerate(slopes):
            start = self.ids[parent]
            if (parent, node) in self.far:
                start, tag = f"{self.ids[node]}_{i}", style.excerpt(self.labels[parent])
                picture.node(start, f"<{tag}>", tooltip=style.tooltip(self._told(parent)), **style.TAG)
            label = beside(numeral(slope)) if "partial" in self.show else ""
            told = sentences("draw")["local"].format(slope)
            picture.edge(start, self.ids[node], label=label, tooltip=told, weight=close)

    def _arrange(self, picture: graphviz.Digraph, pairs: Sequence[tuple[Sequence[Value], Sequence[Value]]]) -> None:
        """Place layers behind what comes into them, and the inputs in their order."""
        behind = [(self.boxes[v], self.boxes[leaves[0]]) for leaves, inputs in pairs for v in inputs]
        for start, end in dict.fromkeys(behind):
            picture.edge(start, end, style="invis")
        for inputs in dict.fromkeys(tuple(inputs) for _, inputs in pairs):
            if all(v.op is None and self.boxes[v] == self.ids[v] for v in inputs):
                self._in_order(picture, inputs, framed=False)

    def _in_order(self, picture: graphviz.Digraph, leaves: Sequence[Value], framed: bool) -> None:
        """Place the boxes of leaves below one another or, if the data goes down or up, side by side."""
        boxes = list(dict.fromkeys(self.boxes[leaf] for leaf in leaves))
        if framed and self.rankdir in ("LR", "RL"):  # there Graphviz goes from bottom to top
            boxes.reverse()
        with picture.subgraph() as same:
            same.attr(rank="same")
            for one, other in pairwise(boxes):
                same.edge(one, other, style="invis")


def _neuron(frame: Frame) -> str:
    return frame.title.replace("neuron", sentences("draw")["neuron"], 1)


def _sign(op: Primitive, operands: Sequence[Value | float]) -> str:
    """The sign of an operation; its constants are small and grey."""
    before, symbol, after = map(style.escaped, sign(op, operands))
    shown = (before and style.small(before), f'<FONT POINT-SIZE="13">{symbol}</FONT>', after and style.small(after))
    return " ".join(filter(None, shown))
