"""The order in which a person reads a calculation, and names that are counted in it, the same wherever it is shown."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from ..value import Value
from .labels import labels, unique_names

__all__ = ["names_of", "order_of_use", "reading_order"]


def reading_order(output: Value) -> list[Value]:
    """Return a topological order in which the left operand of an operation comes before the right one."""
    entered: set[Value] = set()
    finished: dict[Value, None] = {}
    stack = [output]
    while stack:
        node = stack.pop()
        if node in entered:
            finished[node] = None
        else:
            entered.add(node)
            stack.append(node)
            stack.extend(reversed(node.parents))
    return list(finished)


def order_of_use(nodes: Iterable[Value]) -> dict[Value, None]:
    """Return the nodes of an order and their operands, each operand before what uses it first."""
    return dict.fromkeys(value for node in nodes if node.op is not None for value in (*node.parents, node))


def names_of(nodes: Sequence[Value], names: Mapping[str, object] | None, order: Sequence[Value]) -> dict[Value, str]:
    """Return a name for every node, see `unique_names`.

    Values of one name are counted as a whole calculation is read, so that w#2 is the same one in an explanation of a
    part, in the steps and in the player.

    Args:
        nodes: what needs a name.
        names: names for Values that have no label.
        order: the `reading_order` of the whole calculation.
    """
    called = labels(order_of_use(order), names)
    return unique_names(nodes, names, [value for value, label in called.items() if label])
