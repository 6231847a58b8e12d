"""Which lines the explanation of a calculation has, and what they are called.

Values with a name get a line each. An unnamed one that is used once becomes a part of the line that uses it, as long as
that line stays readable; any other one gets a name.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

from ...graph import descendants, topological_order
from ...value import Value
from ..calculation import ROUNDING, Calculation, same
from ..notation.expression import Call, Expr, Minus, Name, Num, Power, Product, Quotient, Sum

__all__ = ["Lines", "too_large"]

LONGEST_LINE = 9  # the most names and numbers in a formula, unless one operation alone has more
LONGEST_FACTOR = 4  # the same for a sum that is squared or multiplied, since the derivatives repeat it
READABLE = 4  # the largest number of operands to explain is `max_steps` times this
PART = Name("")  # any operand, if only the kind of expression matters


class Lines:
    """The nodes of a graph, sorted into lines, parts of lines, and numbers that are given.

    Attributes:
        targets: the inputs asked for; without any, the leaves that have a name, or else all leaves.
        below: the targets and everything that depends on them.
        operations: what is calculated: everything, or, where inputs are asked for, what depends on them.
        lines: those of the operations that have a line to themselves.
        names: what lines and given Values are called.

    Raises:
        ValueError: there is more than `max_steps` to explain, or a leaf has changed since.
    """

    def __init__(self, calculation: Calculation, wrt: Sequence[Value] | None, max_steps: int) -> None:
        self.calculation, self.parents = calculation, calculation.parents
        self.output, nodes = calculation.output, calculation.nodes
        self.labels = {node: label.strip() for node, label in calculation.labels.items()}
        self.targets = self._leaves(nodes) if wrt is None else list(dict.fromkeys(wrt))
        self.below = self._extent(nodes, max_steps)
        inner = [node for node in nodes if node.op is not None and (wrt is None or self._uses(node))]
        self.operations = inner if wrt is None else self._with_little_beside(inner, nodes)
        if sum(len(self.parents(node)) for node in self.operations) > READABLE * max_steps:
            raise ValueError(too_large(max_steps))
        self._check_unchanged()
        self.lines = self._lines()
        self.names = {node: calculation.name(node) for node in self._named()}

    def _leaves(self, nodes: Sequence[Value]) -> list[Value]:
        """The inputs if none are asked for: the leaves with a name, or else all of them."""
        leaves = [node for node in self.calculation.by_use(nodes) or nodes if node.op is None]
        return [leaf for leaf in leaves if self.labels[leaf]] or leaves

    def _extent(self, nodes: Sequence[Value], max_steps: int) -> set[Value]:
        """What depends on the inputs; refuses what is too much to read."""
        known = set(nodes)
        if any(target not in known and self.output in set(topological_order(target)) for target in self.targets):
            raise ValueError(
                "what was asked about was computed from the output, not the other way round: the result comes first, "
                "explain(result, inputs)"
            )
        below = set(descendants(self.calculation.order, set(self.targets)))
        steps = sum(1 for node in nodes if node in below for parent in self.parents(node) if parent in below)
        if steps > max_steps:
            raise ValueError(too_large(max_steps))
        return below

    def _with_little_beside(self, inner: Sequence[Value], nodes: Sequence[Value]) -> list[Value]:
        """What lies between the inputs and the output, and what is easily calculated on the way."""
        beside = {
            parent
            for node in inner
            for parent in self.parents(node)
            if parent not in self.below and parent.op is not None and not self.labels[parent]
            and all(operand.op is None or self.labels[operand] for operand in self.parents(parent))
        }  # fmt: skip
        chosen = beside.union(inner)
        return [node for node in nodes if node in chosen] if beside else list(inner)

    def _check_unchanged(self) -> None:
        for node in self.operations:
            now = self.calculation.now(node)
            if not same(now, node.data, ROUNDING):
                assert node.op is not None  # it is an operation
                changed = next(
                    (self.labels[p] for p in self.parents(node) if p.op is None and self.labels[p]), "a leaf"
                )
                raise ValueError(
                    f"{changed} or another input has changed since the output was computed ({node.op.name!r} gave "
                    f"{node.data!r} then and gives {now!r} now): compute the output again and explain that"
                )

    def _lines(self) -> dict[Value, None]:
        uses = Counter(parent for node in self.operations for parent in self.parents(node))
        ends = {self.output, *self.targets}
        size: dict[Value, int] = {}  # how many names and numbers the formula of an operation has
        lines: set[Value] = set()
        for node in self.operations:
            folded = [parent for parent in self.parents(node) if parent in size and parent not in lines]
            own = max(len(self.calculation.operands(node)), 2)  # a sign or a square is a part of a line as well
            while own - len(folded) + sum(size[parent] for parent in folded) > LONGEST_LINE and folded:
                largest = max(size[parent] for parent in folded)
                lines.update(parent for parent in folded if size[parent] == largest)
                folded = [parent for parent in folded if parent not in lines]
            form = self._form(node)
            if isinstance(form, Product | Quotient | Power) and not self._is_sum(node):
                lines.update(parent for parent in folded if size[parent] > LONGEST_FACTOR and self._is_sum(parent))
                folded = [parent for parent in folded if parent not in lines]
            size[node] = own - len(folded) + sum(size[parent] for parent in folded)
            composed = folded and isinstance(form, Call)  # its derivatives name it: 1 − y², not 1 − tanh(...)²
            if self.labels[node] or uses[node] > 1 or node in ends or composed:
                lines.add(node)
        return dict.fromkeys(node for node in self.operations if node in lines)

    def _named(self) -> list[Value]:
        operations, targets = set(self.operations), set(self.targets)
        shown = dict.fromkeys([*self.calculation.by_use(self.operations), self.output, *self.targets])
        return [
            node
            for node in shown
            if self.labels[node] or node is self.output or node in self.lines or node in targets
            or (node.op is not None and node not in operations)
        ]  # fmt: skip

    def _uses(self, node: Value) -> bool:
        return any(parent in self.below for parent in self.parents(node))

    def _form(self, node: Value) -> Expr:
        """The kind of expression that an operation is written as."""
        return self.calculation.expression(node, lambda operand: (PART, 0.0))

    def _is_sum(self, node: Value) -> bool:
        """Whether it is written as a sum, or as one with a sign before it or a number below it."""
        if node.op is None:
            return False
        form = self._form(node)
        return form is PART or isinstance(form, Sum | Minus) or isinstance(getattr(form, "denominator", None), Num)


def too_large(max_steps: int) -> str:
    """Return the message that refuses a calculation with more local derivatives."""
    return (
        f"this calculation has more than {max_steps} local derivatives, too many to read: explain a part of it, with "
        "wrt=[...] near the output or the loss of one small sample, or give a larger max_steps"
    )
