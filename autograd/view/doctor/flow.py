"""The layers of a model, found in a graph, and what they do to the gradient on its way back.

A layer is a module that has parameters itself, and in a graph the operations that these enter: of a Linear the nodes
z = W a + b, of a recurrent network those of all its gates at all times. The gradient arrives at these operations,
|dL/dz|, and leaves them for their inputs, |W' dL/dz|. All sizes are Euclidean norms.
"""

from __future__ import annotations

import math
import re
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import NamedTuple

from ...nn.module import Module
from ...primitives import mul
from ...value import Value
from ..response import Response, response

__all__ = ["Flow", "ModelLayer", "flows", "layers_of", "norm"]

FLAT = 0.05  # an activation whose slope is below this, and can be 0.25 or 1, is saturated

_LEVEL = re.compile(r"_l(\d+)(?=\[|$)")  # weight_ih_l0: RNN, LSTM and GRU number their levels so, as in PyTorch


@dataclass(frozen=True, eq=False)
class ModelLayer:
    """A module that has parameters itself, or one level of a recurrent network of several.

    Attributes:
        name: the module's name in the model; that of its class if it is the model itself.
        kind: the name of its class.
        module: the module.
        parameters: its own, without those of the modules inside it.
    """

    name: str
    kind: str
    module: Module
    parameters: tuple[Value, ...]

    @property
    def title(self) -> str:
        """The layer as people know it, such as "layers.0: Linear"."""
        return self.name if self.name == self.kind else f"{self.name}: {self.kind}"


def layers_of(model: Module) -> list[ModelLayer]:
    """Return the layers of a model, in the order of its modules.

    >>> from autograd import nn
    >>> [layer.title for layer in layers_of(nn.Sequential(nn.Linear(1, 2), nn.ReLU(), nn.RNN(2, 2, num_layers=2)))]
    ['0: Linear', '2.l0: RNN', '2.l1: RNN']
    """
    found: list[ModelLayer] = []
    taken: dict[str, int] = {}
    for path, module in model.named_modules():
        kind, levels = type(module).__name__, dict[str, list[Value]]()
        for name, parameter in module.named_parameters(recurse=False):
            level = _LEVEL.search(name)
            levels.setdefault(f"l{level[1]}" if level else "", []).append(parameter)
        for level_name, parameters in levels.items():
            name = ".".join(part for part in (path, level_name if len(levels) > 1 else "") if part) or kind
            taken[name] = taken.get(name, 0) + 1  # an attribute can have the name of a class or of a level
            name += f"#{taken[name]}" if taken[name] > 1 else ""
            found.append(ModelLayer(name, kind, module, tuple(parameters)))
    return found


@dataclass(frozen=True)
class Flow:
    """What one layer does to a gradient; nan if there is nothing to measure.

    Attributes:
        layer: whose it is.
        follows: whether numbers come to it from the layer before it in the list.
        arriving: |dL/dz|, as it comes from outside the layer.
        leaving: what its operations pass on to their inputs; of a recurrent layer not to its own results of the time
            step before.
        activation: |dL/du| / |dL/da| over the activations a = f(u) of the layer; 1 if it has none.
        dead: the share of units whose activation, one that does not level off gradually, has the slope 0 wherever they
            were used.
        saturated: the share of activations that level off gradually and whose slope is below 0.05.
        uses: how many times a unit was used: samples, times time steps.
        steps: how many time steps there are; 1 for a layer that never meets its own results again.
        first_step, last_step: |dL/dz| at the first and at the last time step, if there are several.
    """

    layer: ModelLayer
    follows: bool
    arriving: float
    leaving: float
    activation: float
    dead: float
    saturated: float
    uses: int
    steps: int
    first_step: float
    last_step: float


def norm(numbers: Iterable[float]) -> float:
    """Return the Euclidean norm; nan if a number is nan, even if another one is infinite."""
    found = list(numbers)
    return math.nan if any(x != x for x in found) else math.hypot(*found)


def flows(layers: Iterable[ModelLayer], gradients: Mapping[Value, float]) -> list[Flow]:
    """Return what the layers do to the gradient, in the order in which numbers pass through them.

    Args:
        layers: those to look for; a parameter that two share is the first one's.
        gradients: what `reverse_sweep` returned: the nodes in topological order, with their gradients.
    """
    return _Flows(layers, gradients).flows()


class _Slope(NamedTuple):
    """An activation a = f(u): the unit that u comes from, dL/da, f'(u), and whether f levels off."""

    unit: Value
    arriving: float
    slope: float
    saturates: bool


class _Flows:
    """The layers' operations in a graph, each with its unit: the first parameter that enters, of a row the first."""

    def __init__(self, layers: Iterable[ModelLayer], gradients: Mapping[Value, float]) -> None:
        self.gradients = gradients
        self.owner: dict[Value, ModelLayer] = {}
        for layer in layers:
            for parameter in layer.parameters:
                self.owner.setdefault(parameter, layer)
        self.unit: dict[Value, Value] = {}
        self.nodes: dict[ModelLayer, list[Value]] = {}
        for node in gradients:
            unit = next((parent for parent in node.parents if parent in self.owner), None)
            if unit is None or not self._takes_data(node):
                continue
            if (scaled := self._scaled(node, unit)) is not None:  # 0.01 * w * w is a penalty as well
                del self.unit[scaled]
                continue
            self.unit[node] = unit
            self.nodes.setdefault(self.owner[unit], []).append(node)
        kept = {layer: [node for node in nodes if node in self.unit] for layer, nodes in self.nodes.items()}
        self.nodes = {layer: nodes for layer, nodes in kept.items() if nodes}
        self.layers = self._in_order()
        self.rank = {layer: i for i, layer in enumerate(self.layers)}
        self.looped: dict[ModelLayer, int] = {}
        self.fed_by = self._order()
        self.clocks = self._clocks() if self.looped else {}

    def _takes_data(self, node: Value) -> bool:
        """Whether it is more than a penalty on the weights, such as w * w or w ** 2."""
        assert node.op is not None
        if any(parent not in self.owner for parent in node.parents):
            return True
        has_constant = len(node.parents) < len(node.operands)
        return has_constant and (node.op.variadic or response(node, node.parents[0]).is_linear)

    def _scaled(self, node: Value, unit: Value) -> Value | None:
        """Of a constant times a parameter times itself, the first product, which is not an operation of a layer."""
        assert node.op is not None
        others = [parent for parent in node.parents if parent is not unit]
        is_product = node.op is mul and len(others) == 1 and others[0] in self.unit
        return others[0] if is_product and others[0].parents == (unit,) else None

    def flows(self) -> list[Flow]:
        slopes = self._slopes()
        return [self._flow(layer, slopes.get(layer, [])) for layer in self.layers]

    def _flow(self, layer: ModelLayer, slopes: list[_Slope]) -> Flow:
        before = norm(s.arriving for s in slopes)
        after = norm(s.arriving * s.slope for s in slopes)
        dead: dict[Value, bool] = {}
        for s in slopes:
            dead[s.unit] = dead.get(s.unit, True) and s.slope == 0.0 and not s.saturates
        flat = sum(s.saturates and abs(s.slope) < FLAT for s in slopes)
        arriving, leaving = self._ends(layer)
        return Flow(
            layer, 0 < self.rank[layer] <= self.fed_by[layer] + 1, arriving, leaving,
            1.0 if not slopes else after / before if before else math.nan,
            sum(dead.values()) / max(len(dead), 1), flat / max(len(slopes), 1),
            *self._times(layer),
        )  # fmt: skip

    def _ends(self, layer: ModelLayer) -> tuple[float, float]:
        """The gradient that comes into the layer's operations from outside, and that which goes out of them."""
        arriving = {node: self.gradients[node] for node in self.nodes[layer]}
        leaving: dict[Value, float] = {}
        for node in self.nodes[layer]:
            gradient = self.gradients[node]
            for parent, partial in zip(node.parents, node.partials, strict=True):
                if parent in arriving:
                    arriving[parent] -= gradient * partial
                elif parent not in self.owner and not self._clock(parent, layer):
                    leaving[parent] = leaving.get(parent, 0.0) + gradient * partial
        return norm(arriving.values()), norm(leaving.values()) if leaving else math.nan

    # --- activations ---

    def _slopes(self) -> dict[ModelLayer, list[_Slope]]:
        """The activations of every layer, found along operands of the highest layer: z - mean, x + z are still z's."""
        last = self.layers[-1] if self.layers else None
        source: dict[Value, Value] = {}  # from a node that is still a z's to the z's unit
        found: dict[ModelLayer, list[_Slope]] = {}
        responses: dict[Response, Response] = {}  # those that were measured, by themselves
        uses = Counter(parent for node in self.gradients for parent in node.parents if parent in self.unit)
        for node, gradient in self.gradients.items():
            if node in self.unit:
                source[node] = self.unit[node]
            elif node.op is not None and (sources := [i for i, parent in enumerate(node.parents) if parent in source]):
                i = max(sources, key=lambda i: self.rank[self.owner[source[node.parents[i]]]])
                first = node.parents[i]
                unit = source[first]
                layer = self.owner[unit]
                if layer is last and first not in self.unit:
                    continue  # an operation of the loss is not an activation
                if len(sources) > 1:
                    source[node] = unit
                    continue
                function = response(node, first).with_operand(0.0)
                function = responses.setdefault(function, function)
                bends = not function.is_linear
                if layer is last and bends and function.is_loss:
                    continue  # softplus(z) is the cross entropy of a logit
                is_all = first in self.unit and uses[first] == 1 and layer is not last  # that becomes of z
                if function.is_activation or (bends and is_all):
                    found.setdefault(layer, []).append(_Slope(unit, gradient, node.partials[i], function.levels_off))
                else:
                    source[node] = unit
        return found

    # --- the order of the layers, and time ---

    def _in_order(self) -> list[ModelLayer]:
        """The layers, by how many operations of layers lead to their last unit where it is used first.

        The last unit, since some need not wait for the layer before: those of a GRU that see the state alone.
        """
        depths: dict[Value, int] = {}
        first: dict[Value, int] = {}
        for node in self.gradients:
            depth = max([depths.get(parent, 0) for parent in node.parents], default=0)
            unit = self.unit.get(node)
            if unit is not None:
                first[unit] = min(first.get(unit, depth), depth)
            if depth or unit is not None:
                depths[node] = depth + (unit is not None)
        last = dict.fromkeys(self.nodes, 0)
        for unit, depth in first.items():
            last[self.owner[unit]] = max(last[self.owner[unit]], depth)
        return sorted(last, key=last.__getitem__)

    def _order(self) -> dict[ModelLayer, int]:
        """For every layer the highest rank among those that its operands come from; finds the looped ones."""
        highest: dict[Value, int] = {}
        found = dict.fromkeys(self.layers, -1)
        for node in self.gradients:
            rank = max([highest.get(parent, -1) for parent in node.parents], default=-1)
            if node in self.unit:
                layer = self.owner[self.unit[node]]
                own = self.rank[layer]
                if rank >= own:
                    self.looped.setdefault(layer, len(self.looped))
                found[layer] = max(found[layer], rank)
                rank = max(rank, own)
            if rank >= 0:
                highest[node] = rank
        return found

    def _clocks(self) -> dict[Value, tuple[int, ...]]:
        """For every node how many operations of each looped layer the longest path from the leaves to it passes."""
        clocks: dict[Value, tuple[int, ...]] = {}
        start = (0,) * len(self.looped)
        for node in self.gradients:
            seen = {clocks[parent] for parent in node.parents if parent in clocks}
            clock = tuple(map(max, zip(*seen, strict=True))) if len(seen) > 1 else seen.pop() if seen else start
            if node in self.unit and (i := self.looped.get(self.owner[self.unit[node]])) is not None:
                clock = (*clock[:i], clock[i] + 1, *clock[i + 1 :])
            if clock is not start:
                clocks[node] = clock
        return clocks

    def _clock(self, node: Value, layer: ModelLayer) -> int:
        return self.clocks[node][self.looped[layer]] if layer in self.looped and node in self.clocks else 0

    def _times(self, layer: ModelLayer) -> tuple[int, int, float, float]:
        """How often a unit is used, how many time steps there are, and |dL/dz| at the first and the last of them.

        The times of a unit are the different readings of its clock: an inner gate of a GRU comes after the others, but
        one time step after itself.
        """
        units: dict[Value, list[tuple[int, float]]] = {}
        for node in self.nodes[layer]:
            units.setdefault(self.unit[node], []).append((self._clock(node, layer), self.gradients[node]))
        uses = max(map(len, units.values()))
        times = {unit: {time for time, _ in used} for unit, used in units.items()}
        steps = max(map(len, times.values()))
        if steps == 1:
            return uses, 1, math.nan, math.nan
        first, last = ({unit: end(passed) for unit, passed in times.items()} for end in (min, max))
        at_first = norm(gradient for unit, used in units.items() for time, gradient in used if time == first[unit])
        at_last = norm(gradient for unit, used in units.items() for time, gradient in used if time == last[unit])
        return uses, steps, at_first, at_last
