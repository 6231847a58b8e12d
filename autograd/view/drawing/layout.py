"""What every picture of a graph needs to know: whether a person could read it, what is far apart, what comes first.

>>> from autograd import Value
>>> x = Value(3.0, "x")
>>> sign(1 - x), sign(x**2), sign(x + x)
(('1', '−', ''), ('', '^', '2'), ('', '+', ''))
>>> excess([x * x], 1)
'1 Values'
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence

from ...graph import descendants
from ...nn.module import Module
from ...value import Value
from ..arguments import given, whole
from ..formulas.notation import number
from ..labels import labels
from ..numbers import number_of
from .modules import Frame

__all__ = ["check", "entering", "excess", "far_edges", "sign"]

EDGES = 6  # the most edges for each Value that may be drawn: Graphviz takes minutes for more, and nobody can read them
SPRAWLING = 500  # ranks that all edges leap over in total; beyond it, long edges are replaced by tags
REACH = 4  # ranks that an edge may leap over in such a graph; a tag with the name of its Value replaces a longer one
CONSTANTS = 3  # the number of constants of an operation that are shown, the first ones


def check(names: Mapping[str, object] | None, group: bool | Module, max_nodes: int) -> None:
    """Refuse wrong options of a picture.

    Raises:
        TypeError: `names` is not a mapping, `group` not a bool or a Module, or `max_nodes` not a whole number.
        ValueError: `max_nodes` is less than 1.
    """
    labels((), names)  # refuses names that are not a mapping
    if not isinstance(group, (bool, Module)):
        raise TypeError(f"group must be True, False or a Module, but got {given(group)}")
    whole("max_nodes", max_nodes, 1)


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


def entering(frame: Frame, nodes: Sequence[Value]) -> Iterator[tuple[list[Value], list[Value]]]:
    """Return what comes into a frame: the leaves of each part of it, with what else its first operations are given.

    Such an operation needs of the frame only parameters. A picture puts the leaves behind what is given, so that one
    layer stands behind the other.

    Args:
        frame: a frame; its parts are itself and the frames inside.
        nodes: the graph in topological order.
    """
    parts = (frame, *frame.inside)
    own = {node for part in parts for node in part.nodes if node.op is None}
    after = descendants(nodes, own)
    for part in parts:
        leaves = [node for node in part.nodes if node.op is None]
        for node in part.nodes if leaves else ():
            others = [parent for parent in node.parents if parent not in own]
            if len(others) < len(node.parents) and after.isdisjoint(others):
                yield leaves, others


def sign(node: Value) -> tuple[str, str, str]:
    """Return an operation's symbol with its constants before and after it, where they stand: "1 −", "− 1", "^ 2"."""
    assert node.op is not None  # it is an operation's result
    constants = [number(number_of(x)) for x in node.operands if not isinstance(x, Value)]
    shown = ", ".join(constants[:CONSTANTS]) + (", …" if len(constants) > CONSTANTS else "")
    symbol = node.op.symbol
    first = len(node.operands) == 2 and not isinstance(node.operands[0], Value)
    return (shown, symbol, "") if first else ("", symbol, shown)
