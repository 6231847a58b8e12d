"""Names of Values that are counted as a person reads a calculation, the same wherever it is shown."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from itertools import count

from ..text import printable
from ..value import Value
from .labels import OUTPUT, labels

__all__ = ["order_of_use", "unique_names"]


def order_of_use(nodes: Iterable[Value]) -> dict[Value, None]:
    """Return the nodes of an order and their operands, each operand before what uses it first."""
    return dict.fromkeys(value for node in nodes if node.op is not None for value in (*node.parents, node))


def unique_names(
    nodes: Iterable[Value], names: Mapping[str, object] | None, order: Sequence[Value]
) -> dict[Value, str]:
    """Return a name on one line for every node: what the user calls it, or else v1, v2, ..., counted as one reads.

    The output without a name is y, as in y = f(x), or out where that is taken. No two names are the same: of several
    Values that the user calls w, the second is w#2, as the whole calculation is read. So a Value has the same name in
    an explanation of a part, in the steps and in the player.

    Args:
        nodes: what needs a name.
        names: names for Values that have no label.
        order: the `topological_order` of the whole calculation; the output is its last.
    """
    needed = dict.fromkeys(nodes)
    known = labels(dict.fromkeys((*order_of_use(order), *order, *needed)), names)
    called = {node: label for node, words in known.items() if words and (label := printable(words).strip())}
    first: dict[str, Value] = {}  # who has a name just as the user gave it
    for node, label in called.items():
        first.setdefault(label, node)
    if order and order[-1] not in called and (free := next((label for label in OUTPUT if label not in first), "")):
        called[order[-1]] = free
        first[free] = order[-1]
    unnamed = (node for node in dict.fromkeys((*order, *needed)) if node not in called)
    numbers = (number for number in count(1) if f"v{number}" not in first)
    numbered = {node: number for node, number in zip(unnamed, numbers, strict=False) if node in needed}
    found: dict[Value, str] = {}
    taken = set(first)
    counters: dict[str, count[int]] = {}
    for node in dict.fromkeys((*called, *needed)):
        base = name = called.get(node) or f"v{numbered[node]}"
        if first.get(base) is not node:
            more = counters.setdefault(base, count(2))
            while name in taken:
                name = f"{base}#{next(more)}"
        found[node] = name
        taken.add(name)
    return {node: found[node] for node in needed}
