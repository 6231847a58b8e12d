"""A graph that is drawn Value by Value: boxes, edges, and frames around neurons and layers."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable, Mapping, Sequence
from itertools import accumulate, pairwise
from typing import TYPE_CHECKING

from ...primitives import Primitive
from ...value import Value
from ..calculation import number_of
from ..network import Frame, Owner, entering, far_edges
from ..notation.expression import Num
from ..notation.formula import Term
from ..notation.text import name, numeral, sign, text
from ..words import sentences
from . import style
from .samples import FirstSamples

if TYPE_CHECKING:
    import graphviz

__all__ = ["RANKS", "Boxes"]

# From left to right, this number of ranks is the most that a notebook shows in letters that can be read. How wide a
# drawing is: about the first number for each rank if the data goes sideways, else the second for each edge that crosses
# the gap between two ranks.
RANKS = 10
RANK_WIDTH, EDGE_WIDTH = 190, 75


class Boxes:
    """The DOT source of a graph whose Values are drawn one by one.

    Args:
        calculation: the graph.
        outputs: the Values that it was computed for.
        owned: the owners of the parameters.
        frames: the frames around neurons and layers.
        show: what to show with labels and operations.
        gradients: the gradients of those Values that have one.
        rankdir: the direction of the data, or "auto".
    """

    def __init__(
        self,
        calculation: FirstSamples,
        outputs: Collection[Value],
        owned: Mapping[Value, Owner],
        frames: Sequence[Frame],
        show: Collection[str],
        gradients: Mapping[Value, float],
        rankdir: str,
    ) -> None:
        self.calculation, self.frames = calculation, frames
        self.nodes = calculation.nodes  # Graphviz puts what it meets first on top: of two operands, the first
        self.outputs, self.owned, self.show, self.gradients = set(outputs), owned, show, gradients
        self.far = far_edges(calculation)  # replaced by tags with the parents' names
        self.rankdir = self._readable() if rankdir == "auto" else rankdir
        self.ids = {node: f"v{i}" for i, node in enumerate(self.nodes)}  # where edges end: at a box, or at a row of one
        self.boxes = dict(self.ids)
        self.rows = {parameter: (owner.row, i) for i, (parameter, owner) in enumerate(owned.items())}
        self.labels = {
            node: node.label or (owned[node].within(label) if node in owned else label)
            for node, label in calculation.labels.items()
        }
        for node, _ in self.far:
            self.labels[node] = self.labels[node] or calculation.names[node]

    def dot(self) -> str:
        """Return the source."""
        picture = style.empty(self.rankdir, legend=bool(self.gradients) and "grad" in self.show)
        framed = self._framed(picture)
        for node in self.nodes:
            if node not in framed:
                self._box(picture, node)
        for node in self.nodes:
            self._edges(picture, node)
        for first, (total, count) in self.calculation.others.items():
            self._note(picture, first, total, count)
        self._arrange(picture, [pair for frame in self.frames for pair in entering(frame, self.calculation)])
        return str(picture.source)

    def _readable(self) -> str:
        """From left to right, unless that is too wide to read in a notebook and from top to bottom is less wide."""
        stacks = {leaf: i for i, part in enumerate(_parts(self.frames)) for leaf in part.nodes if leaf.op is None}
        rank: dict[Value, int] = {}
        first: dict[object, int] = {}  # where a leaf or a stack of leaves is used first; it is placed just before that
        edges: list[tuple[object, Value]] = []
        for node in self.nodes:
            parents = [parent for parent in self.calculation.parents(node) if (parent, node) not in self.far]
            stacked = sum(parent in stacks for parent in parents)
            if node.op is not None:
                rank[node] = max([rank.get(parent, 0) for parent in parents], default=0)
                rank[node] += 2 if 0 < stacked < len(parents) else 1  # the stack is behind what comes in
            for parent in parents:
                start: object = stacks.get(parent, parent)
                edges.append((start, node))
                if parent.op is None:
                    first[start] = min(first.get(start, rank[node]), rank[node])
        crossing: Counter[int] = Counter()  # how many more edges cross the gap behind a rank than the gap before it
        for start, node in edges:
            crossing[rank[start] if isinstance(start, Value) and start in rank else first[start] - 1] += 1
            crossing[rank[node]] -= 1
        ranks = max(rank.values(), default=0) + 1
        widest = max(accumulate(crossing[i] for i in range(ranks)))
        return "TB" if ranks > RANKS and widest * EDGE_WIDTH < ranks * RANK_WIDTH else "LR"

    # --- boxes ---

    def _framed(self, picture: graphviz.Digraph) -> set[Value]:
        """Draw each frame with what is in it, and return that; in a module's frame, parameters tell their neuron."""
        for i, frame in enumerate(reversed(self.frames)):
            title = frame.title if self.owned else _neuron(frame)
            with picture.subgraph(name=f"cluster_{i}") as part:
                part.attr(label=f"<{style.excerpt(title)}>", tooltip=style.tooltip(title), **style.FRAME)
                self._contents(part, frame.nodes)
                for neuron in frame.inside:
                    self._contents(part, neuron.nodes, _neuron(neuron))
                leaves = [next((node for node in neuron.nodes if node.op is None), None) for neuron in frame.inside]
                self._in_order(part, [leaf for leaf in leaves if leaf is not None], framed=True)
        return {node for part in _parts(self.frames) for node in part.nodes}

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
        slopes = zip(self.calculation.parents(node), self.calculation.partials(node), strict=True)
        close = "2" if len(node.parents) == 1 else "1"  # an activation stays near its input
        for i, (parent, slope) in enumerate(slopes):
            start = self.ids[parent]
            if (parent, node) in self.far:
                start, tag = f"{self.ids[node]}_{i}", style.excerpt(self.labels[parent])
                picture.node(start, f"<{tag}>", tooltip=style.tooltip(self._told(parent)), **style.TAG)
            label = style.arrow_label(numeral(slope), self.rankdir) if "partial" in self.show else ""
            told = sentences("draw")["local"].format(slope)
            picture.edge(start, self.ids[node], label=label, tooltip=told, weight=close)

    def _note(self, picture: graphviz.Digraph, first: Value, total: Value, count: int) -> None:
        """Say that a sample represents others, and that the numbers are those of this sample."""
        words = sentences("draw")
        told = words["one more sample" if count == 1 else "more samples"].format(count)
        note, label = f"{self.ids[first]}_more", style.escaped(f"{told}\n{words['first sample']}")
        picture.node(note, f"<{label}>", tooltip=style.tooltip(words["samples"]), **style.TAG)
        picture.edge(note, self.ids[total], style="dashed", tooltip=style.tooltip(told))

    def _arrange(self, picture: graphviz.Digraph, pairs: Sequence[tuple[Sequence[Value], Sequence[Value]]]) -> None:
        """Place layers behind what comes into them, and the inputs in their order."""
        behind = [(self.boxes[v], self.boxes[leaves[0]]) for leaves, inputs in pairs for v in inputs if v in self.boxes]
        for start, end in dict.fromkeys(behind):
            picture.edge(start, end, style="invis")
        for inputs in dict.fromkeys(tuple(inputs) for _, inputs in pairs):
            if all(v.op is None and v in self.boxes and self.boxes[v] == self.ids[v] for v in inputs):
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


def _parts(frames: Iterable[Frame]) -> list[Frame]:
    """The frames and those inside them."""
    return [part for frame in frames for part in (frame, *frame.inside)]


def _neuron(frame: Frame) -> str:
    return frame.title.replace("neuron", sentences("draw")["neuron"], 1)


def _sign(op: Primitive, operands: Sequence[Value | float]) -> str:
    """The sign of an operation; its constants are small and grey."""
    before, symbol, after = map(style.escaped, sign(op, operands))
    shown = (before and style.small(before), f'<FONT POINT-SIZE="13">{symbol}</FONT>', after and style.small(after))
    return " ".join(filter(None, shown))
