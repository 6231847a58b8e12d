"""How much a picture of a graph can hold: whether a person could read it, and which edges are too long to draw.

>>> from autograd import Value
>>> x = Value(3.0, "x")
>>> excess([x * x], 1)
'1 Values'
"""

from __future__ import annotations

from collections.abc import Collection, Sequence

from ...value import Value

__all__ = ["excess", "far_edges"]

EDGES = 6  # the most edges for each Value that may be drawn: Graphviz takes minutes for more, and nobody can read them
SPRAWLING = 500  # ranks that all edges leap over in total; beyond it, long edges are replaced by tags
REACH = 4  # ranks that an edge may leap over in such a graph; a tag with the name of its Value replaces a longer one


def excess(outputs: Collection[Value], max_nodes: int) -> str:
    """Return what a graph has more of than can be drawn, in words, or "" if it can; looks no further than it must."""
    seen = set(outputs)
    waiting = list(seen)
    edges = 0
    while waiting:
        parents = waiting.pop().parents
        edges += len(parents)
        new = set(parents) - seen
        seen |= new
        waiting.extend(new)
        if len(seen) > max_nodes:
            return f"{max_nodes:,} Values"
        if edges > EDGES * max_nodes:
            return f"{EDGES * max_nodes:,} edges"
    return ""


def far_edges(nodes: Sequence[Value]) -> set[tuple[Value, Value]]:
    """Return the edges of a sprawling graph that leap over many ranks, each from a parent to a node.

    Args:
        nodes: the graph in topological order.
    """
    rank: dict[Value, int] = {}
    for node in nodes:
        rank[node] = 1 + max((rank[parent] for parent in node.parents), default=0)
    place = {node: rank[node] if node.op is not None else len(nodes) for node in nodes}
    for node in nodes:
        for parent in node.parents:
            place[parent] = min(place[parent], rank[node] - 1)  # a leaf stands just before what uses it first
    leaps = {(parent, node): rank[node] - 1 - place[parent] for node in nodes for parent in node.parents}
    return {edge for edge, leap in leaps.items() if leap > REACH} if sum(leaps.values()) > SPRAWLING else set()
