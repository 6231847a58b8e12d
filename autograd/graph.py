"""The chain rule: put a graph in order, then walk it backwards once.

    dL/dparent  +=  dL/dnode x dnode/dparent        for every edge from a node to a parent

A node's own dL/dnode is complete once every node that uses it has been visited, which is what the reverse of a
topological order promises. Both functions use a list as their stack, so depth costs memory and never recursion.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from .value import Value

__all__ = ["reverse_sweep", "topological_order"]


def topological_order(*outputs: Value) -> list[Value]:
    """Return every node that `outputs` were computed from, inputs first, each node after all of its parents.

    >>> from autograd import Value
    >>> x = Value(2.0, "x")
    >>> [node.data for node in topological_order(x * x + x)]
    [2.0, 4.0, 6.0]
    """
    return list(_ordered(*outputs))


def _ordered(*outputs: Value) -> dict[Value, float]:
    """The nodes in topological order, each with 0.0: what a sweep starts from."""
    entered: set[Value] = set()
    finished: dict[Value, float] = {}
    stack = list(outputs)
    while stack:
        node = stack.pop()
        if node in entered:  # met again, after everything below it
            finished[node] = 0.0
        else:
            entered.add(node)
            stack.append(node)
            stack.extend(node.parents)
    return finished


def reverse_sweep(output: Value) -> dict[Value, float]:
    """Return d(output)/d(node) for every node below `output`, `output` itself included; changes nothing.

    >>> from autograd import Value
    >>> x = Value(3.0)
    >>> reverse_sweep(x * x)[x]
    6.0
    """
    adjoint = _ordered(output)
    adjoint[output] = 1.0
    for node in reversed(adjoint):
        gradient = adjoint[node]
        for parent, partial in zip(node.parents, node.partials):
            adjoint[parent] += gradient * partial
    return adjoint
