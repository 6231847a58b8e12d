"""Which Values of a graph belong to which module of a network, neuron and layer; what lies near in it, and what far."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from typing import NamedTuple

from ..graph import descendants
from ..nn.module import Module
from ..primitives import dot
from ..text import given
from ..value import Value
from .calculation import Calculation
from .names import public
from .response import Response, response

__all__ = ["Frame", "Owner", "Place", "entering", "far_edges", "frames", "operations", "owners", "places"]

SPRAWLING = 500  # ranks that all edges leap over in total; beyond it, long edges are replaced by tags
REACH = 4  # ranks that an edge may leap over in such a graph; a tag with the name of its Value replaces a longer one

_INDEX = re.compile(r"\[(\d+)\]")
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
    def row(self) -> int:
        """The first index of the parameter, which for a matrix of weights and for their biases is the neuron; or -1."""
        index = _INDEX.search(self.name)
        return int(index[1]) if index else -1

    @property
    def title(self) -> str:
        """The module as people know it, such as "layers.0: Linear"."""
        kind = type(self.module).__name__
        return f"{self.path}: {kind}" if self.path else kind

    def within(self, label: str) -> str:
        """Return what a label says within the frame of the module, which has the module's path."""
        return self.name if not label or label.endswith(f"{self.path}.{self.name}".lstrip(".")) else label


class Frame(NamedTuple):
    """Values that a drawing puts into one frame.

    Attributes:
        title: the text above it.
        nodes: the Values in it, those of the frames inside left out.
        inside: the frames in this one.
    """

    title: str
    nodes: list[Value]
    inside: list[Frame]


def owners(group: bool | Module, names: Mapping[str, object] | None) -> dict[Value, Owner]:
    """Return the owner of every parameter: of the module `group`, or, if it is True, of the modules among `names`.

    Raises:
        TypeError: `group` is neither a bool nor a Module, or `names` is not a mapping.
    """
    if not isinstance(group, (bool, Module)):
        raise TypeError(f"group must be True, False or a Module, but got {given(group)}")
    known = {word: x for word, x in public(names).items() if isinstance(x, Module)}
    roots = {"": group} if isinstance(group, Module) else known if group else {}
    found: dict[Value, Owner] = {}
    for prefix, root in roots.items():
        for path, module in root.named_modules(prefix):
            for name, parameter in module.named_parameters(recurse=False):
                found.setdefault(parameter, Owner(path, module, name))
    return found


def operations(
    nodes: Sequence[Value], owned: Mapping[Value, Owner], activations: _Activations | None = None
) -> dict[Value, Owner]:
    """Return the operations that are a module's, each with the owner of a parameter of that module.

    They are those that a parameter enters (the last one decides, since a bias is seldom shared with another module),
    the activations of such ones, and what leads from the module straight back to it, as from one step of a recurrent
    network to the next.

    Args:
        nodes: a graph in topological order.
        owned: the owners of its parameters.
        activations: those that are known already.
    """
    activations = activations or _Activations()
    home: dict[Value, Owner] = {}
    last: dict[Value, Owner] = {}  # the module passed last on the way to an operation
    rank: dict[str, int] = {}
    for node in nodes:
        if node.op is None:
            continue
        owner = before = None
        for parent in node.parents:
            if parent in owned:
                owner = owned[parent]
            elif (passed := last.get(parent)) and (before is None or rank[passed.path] > rank[before.path]):
                before = passed
        if owner is None and node.parents[0] in home and activations.has(node):
            owner = home[node.parents[0]]
        if owner is not None:
            rank.setdefault(owner.path, len(rank))
            home[node] = last[node] = owner
        elif before is not None:
            last[node] = before
    for node in reversed(nodes):
        if node in home:
            for parent in node.parents:
                if parent in last and parent not in home and last[parent].path == home[node].path:
                    home[parent] = last[parent]
    return home


class _Activations:
    """Finds the operations that are a neuron's activation: of one number, the others being leaves."""

    def __init__(self) -> None:
        self._responses: dict[Response, Response] = {}

    def has(self, node: Value) -> bool:
        """Whether a node is such an operation on its first parent."""
        first, *others = node.parents
        if any(parent.op is not None for parent in others):
            return False
        function = response(node, first).with_operand(0.0)
        return self._responses.setdefault(function, function).is_activation


def frames(calculation: Calculation, owned: Mapping[Value, Owner]) -> list[Frame]:
    """Return the frames of a graph: modules and in them their neurons; if no module is known, neurons alone.

    A module's frame holds its parameters and its operations, a neuron's its weighted sum, the activation of that, and
    the weights that nothing else uses.
    """
    homes = _homes(calculation, owned)
    titles = {owner.path: owner.title for owner in owned.values()}
    modules: dict[str, Frame] = {}
    neurons: dict[Home, Frame] = {}
    for node in sorted(homes, key=lambda node: node.op is None):  # along the data: operations are in topological order
        home = homes[node]
        path, neuron = home
        module = modules.setdefault(path or "", Frame(titles.get(path or "", ""), [], []))
        if neuron is None:
            module.nodes.append(node)
        else:
            title = "neuron" if path is None else f"neuron {neuron}"
            neurons.setdefault(home, Frame(title, [], [])).nodes.append(node)
    for path, row in sorted(neurons, key=lambda home: home[1] if isinstance(home[1], int) else 0):
        modules[path or ""].inside.append(neurons[path, row])
    bare = modules.pop("").inside if not owned and modules else []
    return [*modules.values(), *bare]


class Place(NamedTuple):
    """Where in a network an operation is.

    Attributes:
        owner: the owner of a parameter of the module that it is in, or after.
        neuron: which neuron of the module; None if it is of no single one.
        is_after: whether it is after the module, in no other one.
    """

    owner: Owner
    neuron: int | None
    is_after: bool


def places(way: Sequence[Value], owned: Mapping[Value, Owner]) -> dict[Value, Place]:
    """Return where the operations on a way through a network are: in the module passed last, or after it.

    Args:
        way: Values, each computed from the one before it.
        owned: the owners of the parameters.
    """
    activations = _Activations()
    found: dict[Value, Place] = {}
    last: Place | None = None
    for node in way:
        here = _entered(node, owned)
        if here is None and node.op is not None and activations.has(node):
            here = _entered(node.parents[0], owned)
        last = here or (last and last._replace(neuron=None, is_after=True))
        if last is not None:
            found[node] = last
    return found


def _entered(node: Value, owned: Mapping[Value, Owner]) -> Place | None:
    """The place of an operation that a parameter enters; the last one decides, as a bias is seldom shared."""
    owner = next((owned[parent] for parent in reversed(node.parents) if parent in owned), None)
    return None if owner is None else Place(owner, _neuron(node.parents, owned, owner.path), False)


def _neuron(parents: Sequence[Value], owned: Mapping[Value, Owner], path: str) -> int | None:
    """Which neuron of a module has an operation, by the row of a weight among its parents."""
    names = [owned[parent].name for parent in parents if parent in owned and owned[parent].path == path]
    row = next(filter(None, map(_NEURON.fullmatch, names)), None)
    return int(row[1]) if row else None


# A module's path, None if no module is known; and which neuron in it: its row, its first weight, or None.
Home = tuple[str | None, object]


def _homes(calculation: Calculation, owned: Mapping[Value, Owner]) -> dict[Value, Home]:
    nodes, parents = calculation.nodes, calculation.parents
    homes: dict[Value, Home] = {}
    weights: set[Value] = set()
    activations = _Activations()
    at_home = operations(calculation.order, owned, activations)
    for node in nodes:
        if node.op is not None and node.parents[0] in homes and activations.has(node):
            homes[node] = homes[node.parents[0]]
        elif node in at_home:
            path = at_home[node].path
            homes[node] = path, _neuron(parents(node), owned, path)
        elif not owned and (own := _weights(node)):
            homes[node] = None, own[0]
            weights.update(own)
    together: dict[Value, set[Home | None]] = {node: set() for node in nodes if node in owned}
    for node in nodes:
        for parent in parents(node):
            if parent in owned or parent in weights:
                together.setdefault(parent, set()).add(homes.get(node))
    for leaf, used in together.items():
        home = used.pop() if len(used) == 1 else None
        if leaf in owned:
            path = owned[leaf].path
            homes[leaf] = home if home is not None and home[0] == path else (path, None)
        elif home is not None:
            homes[leaf] = home
    return homes


def _weights(node: Value) -> list[Value]:
    """The weights and the bias of a neuron that is one `dot` node, if its first weight is a leaf."""
    if node.op is not dot:
        return []
    terms, odd = divmod(len(node.operands), 2)
    own = [v for v in (*node.operands[:terms], *node.operands[-1:][:odd]) if isinstance(v, Value) and v.op is None]
    return own if own and own[0] is node.operands[0] else []


def entering(frame: Frame, calculation: Calculation) -> Iterator[tuple[list[Value], list[Value]]]:
    """Return what comes into a frame: the leaves of each part of it, with the other inputs of its first operations.

    Such an operation needs of the frame only parameters. A picture puts the leaves behind these inputs, so that one
    layer is behind the other.

    Args:
        frame: a frame; its parts are itself and the frames inside.
        calculation: the graph.
    """
    parts = (frame, *frame.inside)
    own = {node for part in parts for node in part.nodes if node.op is None}
    after = descendants(calculation.order, own)
    for part in parts:
        leaves = [node for node in part.nodes if node.op is None]
        for node in part.nodes if leaves else ():
            parents = calculation.parents(node)
            others = [parent for parent in parents if parent not in own]
            if len(others) < len(parents) and after.isdisjoint(others):
                yield leaves, others


def far_edges(calculation: Calculation) -> set[tuple[Value, Value]]:
    """Return the edges of a sprawling graph that leap over many ranks, each from a parent to a node."""
    nodes, parents = calculation.nodes, calculation.parents
    rank: dict[Value, int] = {}
    for node in nodes:
        rank[node] = 1 + max((rank[parent] for parent in parents(node)), default=0)
    place = {node: rank[node] if node.op is not None else len(nodes) for node in nodes}
    for node in nodes:
        for parent in parents(node):
            place[parent] = min(place[parent], rank[node] - 1)  # a leaf is placed just before its first use
    leaps = {(parent, node): rank[node] - 1 - place[parent] for node in nodes for parent in parents(node)}
    return {edge for edge, leap in leaps.items() if leap > REACH} if sum(leaps.values()) > SPRAWLING else set()
