"""A graph that is too large to draw Value by Value: every module one box, and what lies between modules one box."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from ...value import Value
from ..network import Owner, operations
from ..notation.text import numeral
from ..words import sentences
from . import style
from .boxes import RANKS

__all__ = ["overview"]

SHOWN = 4  # the largest number of outputs and of kinds of operations in a box; the tooltip has all


@dataclass
class _Part:
    """The Values of one box.

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
    called: Mapping[Value, str],
    owned: Mapping[Value, Owner],
    gradients: Mapping[Value, float],
    rankdir: str,
) -> str:
    """Return the DOT source of a graph with a box for every module, for its inputs, and for what lies in between.

    An edge says how many Values go from one box to the other. A module's gradient is the Euclidean norm of those of
    its parameters.

    Args:
        nodes: the graph in topological order.
        called: the Values that it was computed for, with their labels.
        owned: the owners of the parameters.
        gradients: the gradients of those Values that have one.
        rankdir: the direction of the data, or "auto": from left to right, unless that is too wide to read.
    """
    parts, edges = _collapsed(nodes, called, owned)
    if rankdir == "auto":
        rankdir = "TB" if len({rank for rank, _ in parts}) > RANKS else "LR"
    picture = style.empty(rankdir, legend=bool(gradients))
    ids = {key: f"m{i}" for i, key in enumerate(parts)}
    for key, part in parts.items():
        color = style.OUTPUT if part.outputs else style.LEAF if not part.operations else style.INNER
        rows = _rows(part, called, gradients)
        told = style.tooltip("\n".join(_told(part, called)))
        picture.node(ids[key], f"<{style.table(rows)}>", fillcolor=color, tooltip=told)
    for (start, end), count in edges.items():
        label = style.arrow_label(f"{count:,}", rankdir)
        picture.edge(ids[start], ids[end], label=label, tooltip=_counted(count, "Value"))
    return str(picture.source)


Key = tuple[float, str]  # a part's rank, which grows along the data, and its module's path: "" for what lies between
INPUTS: Key = (0.0, "")


def _collapsed(
    nodes: Sequence[Value], outputs: Iterable[Value], owned: Mapping[Value, Owner]
) -> tuple[dict[Key, _Part], Counter[tuple[Key, Key]]]:
    """The parts, and how many Values go from each to each other."""
    home = _homes(nodes, owned)
    parts: dict[Key, _Part] = {}
    crossing: dict[tuple[Value, Key], None] = {}
    for node in nodes:
        key = home[node]
        part = parts.get(key) or parts.setdefault(key, _Part())
        if node.op is not None:
            part.operations[node.op.name] += 1
            for parent in node.parents:
                if home[parent] != key:
                    crossing[parent, key] = None
        elif node in owned:
            part.title = owned[node].title
            part.parameters.append(node)
        else:
            part.inputs += 1
    for output in outputs:
        parts[home[output]].outputs.append(output)
    return parts, Counter((home[parent], key) for parent, key in crossing)


def _homes(nodes: Sequence[Value], owned: Mapping[Value, Owner]) -> dict[Value, Key]:
    """The part of every node: operations outside of modules follow the last module that they depend on."""
    at_home = operations(nodes, owned)
    home: dict[Value, Key] = {}
    modules: dict[str, Key] = {}

    def of_module(path: str) -> Key:
        return modules.setdefault(path, (len(modules) + 1.0, path))

    for node in nodes:
        if node.op is None:
            home[node] = INPUTS
        elif node in at_home:
            home[node] = of_module(at_home[node].path)
        else:
            before = max([home[parent] for parent in node.parents])
            home[node] = (before[0] + 0.5, "") if before[1] else before
    for leaf in nodes:
        if leaf.op is None and leaf in owned:
            home[leaf] = of_module(owned[leaf].path)
    return home


def _rows(part: _Part, called: Mapping[Value, str], gradients: Mapping[Value, float]) -> list[str]:
    rows = [style.cell(style.bold(part.title))] if part.title else []
    for output in part.outputs[:SHOWN]:
        rows += [style.cell(style.bold(called[output]))] if called[output].strip() else []
        rows.append(style.cell(numeral(output.data)))
    rows += [style.cell("…")] * (len(part.outputs) > SHOWN)
    if part.inputs:
        rows.append(style.cell(_counted(part.inputs, "Value")))
    if count := len(part.parameters):
        rows.append(style.cell(_counted(count, "parameter")))
    if part.operations:
        shown = [f"{count:,} {name}" for name, count in part.operations.most_common(SHOWN)]
        shown += ["…"] * (len(part.operations) > SHOWN)
        rows.append(style.cell(style.small(style.escaped(", ".join(shown)))))
    if part.parameters:
        known = [gradients[p] for p in part.parameters if p in gradients]
        rows.append(style.cell(*style.chip(math.hypot(*known) if known else None, what="|{}|")))
    return rows


def _told(part: _Part, called: Mapping[Value, str]) -> list[str]:
    """What the pointer on a box shows: everything in it, whatever the box has no room for."""
    told = [part.title] * bool(part.title)
    told += [f"{called[output] or sentences('draw')['output']} = {output.data!r}" for output in part.outputs]
    return told + [f"{count:,} {name}" for name, count in part.operations.most_common()] or [
        _counted(part.inputs, "Value")
    ]


def _counted(count: int, what: str) -> str:
    return sentences("draw")[f"one {what}" if count == 1 else f"{what}s"].format(count)
