"""Which Values of a graph belong to which module of a network, and to which of its neurons."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import NamedTuple

from ..nn.module import Module
from ..value import Value

__all__ = ["Frame", "Owner", "frames", "is_activation", "owners"]

_NEURON = re.compile(r"weight\[(\d+)\]\[\d+\]")  # the name of a parameter in a matrix whose rows are neurons


class Owner(NamedTuple):
    """The module that a parameter belongs to.

    Attributes:
        path: the module's name in its network, such as "layers.0".
        module: the module.
        name: the parameter's name in the module, such as "weight[0][1]".
    """

    path: str
    module: Module
    name: str

    @property
    def title(self) -> str:
        """The module as people know it, such as "layers.0: Linear"."""
        kind = type(self.module).__name__
        return f"{self.path}: {kind}" if self.path else kind


class Frame(NamedTuple):
    """Values that a drawing puts into one frame.

    Attributes:
        title: what stands above it.
        nodes: the Values in it, those of the frames inside left out.
        inside: the frames in this one.
    """

    title: str
    nodes: list[Value]
    inside: list[Frame]


def owners(group: bool | Module, names: Mapping[str, object] | None) -> dict[Value, Owner]:
    """Return the owner of every parameter of a module, or, where `group` is just True, of the modules among `names`."""
    if isinstance(group, Module):
        roots: dict[str, Module] = {"": group}
    else:
        roots = {name: value for name, value in (names or {}).items() if isinstance(value, Module) and name[:1] != "_"}
    found: dict[Value, Owner] = {}
    for prefix, root in roots.items():
        for path, module in root.named_modules(prefix):
            for name, parameter in module.named_parameters(recurse=False):
                found.setdefault(parameter, Owner(path, module, name))
    return found


def is_activation(node: Value) -> bool:
    """Whether a node is a function, not an operator, of one Value."""
    return node.op is not None and len(node.parents) == 1 and node.op.symbol.isidentifier()


def frames(nodes: Sequence[Value], owned: Mapping[Value, Owner]) -> list[Frame]:
    """Return the frames of a graph: modules and in them their neurons; where no module is known, neurons alone.

    A module's frame holds its parameters, the operations that they enter and the activations that follow these.
    """
    homes = _homes(nodes, owned)
    titles = {owner.path: owner.title for owner in owned.values()}
    modules: dict[str, Frame] = {}
    neurons: dict[Home, Frame] = {}
    for node in sorted(homes, key=lambda node: node.op is None):  # along the data: operations are in topological order
        home = homes[node]
        path, neuron = home
        module = modules.setdefault(path or "", Frame(titles.get(path or "", ""), [], []))
        if neuron is None:
            module.nodes.append(node)
        elif home in neurons:
            neurons[home].nodes.append(node)
        else:
            neurons[home] = Frame("neuron" if path is None else f"neuron {neuron}", [node], [])
            module.inside.append(neurons[home])
    bare = modules.pop("").inside if not owned and modules else []
    return [*modules.values(), *bare]


# A module's path, None where no module is known; and which neuron in it: its row, its first weight, or None.
Home = tuple[str | None, object]


def _homes(nodes: Sequence[Value], owned: Mapping[Value, Owner]) -> dict[Value, Home]:
    users: dict[Value, list[Value]] = {}
    for node in nodes:
        for parent in dict.fromkeys(node.parents):
            users.setdefault(parent, []).append(node)
    homes: dict[Value, Home] = {}
    weights: set[Value] = set()
    for node in nodes:
        owner = next((owned[parent] for parent in node.parents if parent in owned), None)
        if owner is not None:
            row = _NEURON.fullmatch(owner.name)
            homes[node] = owner.path, int(row[1]) if row else None
        elif not owned and (own := _weights(node)):
            homes[node] = None, own[0]
            weights.update(own)
        elif is_activation(node) and node.parents[0] in homes and len(users[node.parents[0]]) == 1:
            homes[node] = homes[node.parents[0]]
    for leaf, using in users.items():
        together = {homes.get(user) for user in using}
        home = together.pop() if len(together) == 1 else None
        if leaf in owned:
            path = owned[leaf].path
            homes[leaf] = home if home is not None and home[0] == path else (path, None)
        elif leaf in weights and home is not None:
            homes[leaf] = home
    return homes


def _weights(node: Value) -> list[Value]:
    """The weights and the bias of a neuron that is one `dot` node, where its first weight is a leaf."""
    if node.op is None or node.op.name != "dot":
        return []
    terms, odd = divmod(len(node.operands), 2)
    own = [v for v in (*node.operands[:terms], *node.operands[-1:][:odd]) if isinstance(v, Value) and v.op is None]
    return own if own and own[0] is node.operands[0] else []
