"""A graph that is too large to draw Value by Value: every module one box, and what lies between modules one box."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field

from ..value import Value
from . import style
from .modules import Owner, is_activation
from .notation import number

__all__ = ["overview"]

OPERATIONS = 4  # so many kinds of operations a box names


@dataclass
class _Part:
    """Values that one box stands for.

    Attributes:
        title: what it is.
        parameters: a module's own, those that this graph uses.
        inputs: how many other leaves.
        operations: how many of each, by name.
        outputs: those among them.
    """

    title: str = ""
    parameters: list[Value] = field(default_factory=list)
    inputs: int = 0
    operations: Counter[str] = field(default_factory=Counter)
    outputs: list[Value] = field(default_factory=list)


def overview(
    nodes: Sequence[Value],
    outputs: Collection[Value],
    owned: Mapping[Value, Owner],
    differentiated: Collection[Value],
    rankdir: str,
) -> str:
    """Return the DOT source of a graph with a box for every module, for its inputs, and for what lies in between.

    An edge says how many Values go from one box to the other. A module's gradient is the Euclidean norm of those of
    its parameters.

    Args:
        nodes: the graph in topological order.
        outputs: the Values that it was computed for.
        owned: the owners of the parameters.
        differentiated: the Values that have a gradient.
        rankdir: the direction of the data.
    """
    import graphviz

    parts, edges = _collapsed(nodes, set(outputs), owned)
    picture = graphviz.Digraph(
        graph_attr={"rankdir": rankdir, **style.DRAWING}, node_attr=style.NODE, edge_attr=style.EDGE
    )
    if differentiated:
        picture.attr(label=style.legend(), labelloc="b")
    ids = {key: f"m{i}" for i, key in enumerate(parts)}
    for key, part in parts.items():
        color = style.OUTPUT if part.outputs else style.LEAF if not part.operations else style.INNER
        picture.node(ids[key], f"<{style.table(_rows(part, differentiated))}>", fillcolor=color)
    for (start, end), count in edges.items():
        picture.edge(ids[start], ids[end], label=f"{count:,}", tooltip=f"{count:,} Values")
    return str(picture.source)


Key = tuple[float, str]  # a part's rank, which grows along the data, and its module's path: "" for what lies between
INPUTS: Key = (0.0, "")


def _collapsed(
    nodes: Sequence[Value], outputs: Collection[Value], owned: Mapping[Value, Owner]
) -> tuple[dict[Key, _Part], Counter[tuple[Key, Key]]]:
    """The parts, and how many Values each gives to each other.

    An operation is its module's if a parameter enters it, or if it is an activation of such a one; any other stands
    behind the last module that it depends on, or in that module if its result comes back to it, as in a recurrent one.
    """
    home, recurrent = _homes(nodes, owned)
    parts: dict[Key, _Part] = {}
    given: dict[tuple[Value, Key], None] = {}
    for node in nodes:
        key = recurrent.get(home[node], home[node])
        part = parts.get(key) or parts.setdefault(key, _Part())
        if node in outputs:
            part.outputs.append(node)
        if node.op is not None:
            part.operations[node.op.name] += 1
            for parent in node.parents:
                if home[parent] is not home[node] and recurrent.get(home[parent], home[parent]) != key:
                    given[parent, key] = None
        elif node in owned:
            part.title = owned[node].title
            part.parameters.append(node)
        else:
            part.inputs += 1
    edges = Counter((recurrent.get(home[parent], home[parent]), key) for parent, key in given)
    return parts, edges


def _homes(nodes: Sequence[Value], owned: Mapping[Value, Owner]) -> tuple[dict[Value, Key], dict[Key, Key]]:
    """The part of every node, and which parts between modules belong to the module before them."""
    modules: dict[str, Key] = {}
    behind: dict[Key, Key] = {}
    home: dict[Value, Key] = {}
    recurrent: dict[Key, Key] = {}
    for node in nodes:
        if node.op is None:
            home[node] = INPUTS
            continue
        owner = next((owned[parent] for parent in node.parents if parent in owned), None)
        before = [home[parent] for parent in node.parents]
        if owner is None:
            key = max(before)
            if key[1] and not is_activation(node):
                key = behind.setdefault(key, (key[0] + 0.5, ""))
        else:
            key = modules.get(owner.path) or modules.setdefault(owner.path, (len(modules) + 1.0, owner.path))
            if (after := behind.get(key)) is not None and after in before:
                recurrent[after] = key
        home[node] = key
    for leaf in nodes:
        if leaf.op is None and leaf in owned:
            home[leaf] = modules[owned[leaf].path]
    return home, recurrent


def _rows(part: _Part, differentiated: Collection[Value]) -> list[str]:
    rows = [f"<TD>{style.bold(part.title)}</TD>"] if part.title else []
    for output in part.outputs:
        rows += [f"<TD>{style.bold(output.label)}</TD>"] if output.label else []
        rows.append(f"<TD>{number(output.data)}</TD>")
    if part.inputs:
        rows.append(f"<TD>{part.inputs:,} Value{'s' * (part.inputs != 1)}</TD>")
    if count := len(part.parameters):
        rows.append(f"<TD>{count:,} parameter{'s' * (count != 1)}</TD>")
    if part.operations:
        shown = [f"{count:,} {name}" for name, count in part.operations.most_common(OPERATIONS)]
        shown += ["…"] if len(part.operations) > OPERATIONS else []
        rows.append(f'<TD><FONT POINT-SIZE="9" COLOR="{style.SOFT}">{style.text(", ".join(shown))}</FONT></TD>')
    if part.parameters:
        known = part.parameters[0] in differentiated
        norm = math.hypot(*[getattr(p.grad, "data", p.grad) for p in part.parameters]) if known else None
        rows.append(style.chip(norm, "|grad|"))
    return rows
