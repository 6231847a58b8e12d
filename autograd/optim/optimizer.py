"""What every optimizer has: groups of parameters with their options, a state for each parameter, step and zero_grad."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any, ClassVar

from .. import ieee
from ..primitives import number
from ..text import printable, shown
from ..value import Value

__all__ = ["Optimizer", "Params", "sqrt"]

Params = Iterable[Value] | Iterable[tuple[str, Value]] | Iterable[dict[str, Any]]
Group = dict[str, Any]
State = dict[str, Any]

sqrt = ieee.quiet(math.sqrt)  # nan of a negative number, where math.sqrt raises


class Optimizer:
    """The base of all optimizers; one more is a subclass with `update`, `fresh_state` and its options.

    A parameter is a leaf `Value`; a step sets its `data`. A gradient of nan or inf is applied as it is, as in PyTorch.
    A gradient of 0.0 is a gradient: unlike PyTorch's None it does not leave its parameter out.

    Args:
        params: Values, or (name, Value) pairs, or dicts, each a group: its "params" and the options that differ.
        defaults: the options of a group that does not say otherwise.

    Attributes:
        param_groups: one dict for each group, "params" and every option in it; options can be set at any time.
        state: what the optimizer remembers of each parameter.

    Raises:
        TypeError: a parameter is not a Value, or an option not a number.
        ValueError: there is no parameter, one stands there twice or is not a leaf, or an option is out of range.
    """

    nonnegative: ClassVar[tuple[str, ...]] = ("lr",)  # the options that are numbers from 0 up
    remembered: ClassVar[tuple[str, ...]] = ()  # the names that a parameter's state may have

    def __init__(self, params: Params, defaults: dict[str, Any]) -> None:
        if isinstance(params, (Value, Mapping, str)) or not isinstance(params, Iterable):
            raise TypeError(
                "an optimizer takes a sequence of Values or of groups, such as model.parameters(), but got "
                f"{shown(params)} of type {type(params).__name__}"
            )
        self.defaults = self.checked(defaults)
        self.state: dict[Value, State] = {}
        self.param_groups: list[Group] = []
        self.has_stepped = False
        entries = list(params)
        if not entries:
            raise ValueError("an optimizer needs at least one parameter, but got an empty list")
        for group in entries if isinstance(entries[0], dict) else [{"params": entries}]:
            self.add_param_group(group)  # type: ignore[arg-type]  # it checks what it is given

    # --- what an optimizer says of itself ---

    def update(self, group: Group) -> None:
        """Move the parameters of one group."""
        raise NotImplementedError(f"{type(self).__name__} does not say how it updates a group; define update()")

    def fresh_state(self, group: Group) -> State:
        """Return the state of a parameter before its first step."""
        return {}

    def checked(self, options: Mapping[str, Any]) -> dict[str, Any]:
        """Return the options as they are used; raise where one is out of range."""
        found = dict(options)
        for name in self.nonnegative:
            found[name] = number(found[name], name)
            if not 0.0 <= found[name] < math.inf:
                raise ValueError(f"{name} must be a finite number of at least 0, but got {options[name]!r}")
        return found

    # --- what all of them do ---

    def step(self, closure: Callable[[], Any] | None = None) -> Any:
        """Move every parameter by its gradient.

        Args:
            closure: computes the loss and its gradients; called first, its result is returned.
        """
        loss = closure() if closure is not None else None
        for group in self.param_groups:
            self.update(group)
        self.has_stepped = True
        return loss

    def zero_grad(self) -> None:
        """Set the gradient of every parameter to 0."""
        for group in self.param_groups:
            for p in group["params"]:
                p._grad = 0.0

    def gradients(self, group: Group, weight_decay: float = 0.0) -> Iterator[tuple[Value, float, State]]:
        """Yield each parameter, its gradient and its state; the gradient of loss + weight_decay/2 * parameter**2."""
        maximize, state = group.get("maximize", False), self.state
        for p in group["params"]:
            gradient = p._grad
            if gradient.__class__ is not float:  # a Value after backward(create_graph=True)
                gradient = number(getattr(gradient, "data", gradient), "a gradient")
            if maximize:
                gradient = -gradient
            if weight_decay:
                gradient += weight_decay * p._data
            if p not in state:
                state[p] = self.fresh_state(group)
            yield p, gradient, state[p]

    def add_param_group(self, param_group: dict[str, Any]) -> None:
        """Add a group: a dict with "params" and the options that differ from the defaults."""
        if not isinstance(param_group, dict) or "params" not in param_group:
            raise TypeError(f"a group is a dict such as {{'params': [w, b], 'lr': 0.1}}, but got {param_group!r}")
        given = param_group["params"]
        if isinstance(given, set):
            raise TypeError("a set of parameters has no order that stays: give a list")
        entries = [given] if isinstance(given, Value) else list(given)
        params = [entry[1] if isinstance(entry, tuple) and len(entry) == 2 else entry for entry in entries]
        self._check_parameters(params)
        group = self.checked(self.defaults | param_group)
        group["params"] = params
        names = [entry[0] for entry in entries if isinstance(entry, tuple)]
        if len(names) not in (0, len(params)):
            raise ValueError(f"either all parameters have names or none, but {len(names)} of {len(params)} have one")
        if names:
            group["param_names"] = names
        self.param_groups.append(group)

    def _check_parameters(self, params: list[Any]) -> None:
        if not params:
            raise ValueError("a group needs at least one parameter, but got an empty list")
        seen = {p for group in self.param_groups for p in group["params"]}
        for i, p in enumerate(params):
            if not isinstance(p, Value):
                raise TypeError(f"a parameter is a Value, but parameter {i} is {p!r} of type {type(p).__name__}")
            if p.op is not None:
                raise ValueError(
                    f"a parameter is a leaf, but parameter {i} was computed by {p.op.name!r}: "
                    "give the Values that it was computed from, or p.detach()"
                )
            if p in seen:
                raise ValueError(f"a parameter stands in one place only, but parameter {i} was given before: {p!r}")
            seen.add(p)

    # --- saving and loading ---

    def state_dict(self) -> dict[str, Any]:
        """Return all but the parameters themselves, which stand there by number; fit for JSON, as PyTorch lays it out.

        Returns:
            {"state": {number: state}, "param_groups": [{option: value, ..., "params": [number, ...]}, ...]}
        """
        numbers = {p: i for i, p in enumerate(p for group in self.param_groups for p in group["params"])}
        return {
            "state": {i: dict(self.state[p]) for p, i in numbers.items() if self.state.get(p)},
            "param_groups": [group | {"params": [numbers[p] for p in group["params"]]} for group in self.param_groups],
        }

    def load_state_dict(self, state_dict: Mapping[str, Any]) -> None:
        """Go on from what `state_dict` returned, also after a journey through JSON.

        Raises:
            ValueError: groups, parameters, options or states are not those of this optimizer; nothing has changed.
        """
        missing = {"state", "param_groups"} - set(state_dict)
        if missing:
            raise ValueError(f"this is not the state of an optimizer: it has no {' and no '.join(sorted(missing))}")
        saved = state_dict["param_groups"]
        sizes, found = [len(g["params"]) for g in self.param_groups], [len(g["params"]) for g in saved]
        if sizes != found:
            raise ValueError(f"this optimizer has groups of {sizes} parameters, but the loaded state has {found}")
        groups, state = [], {}
        saved_states = {int(key): entry for key, entry in state_dict["state"].items()}
        for i, (group, loaded) in enumerate(zip(self.param_groups, saved, strict=True)):
            if missing := set(self.defaults) - set(loaded):
                raise ValueError(f"group {i} of the loaded state has no {', '.join(sorted(missing))}")
            names = {"param_names": group["param_names"]} if "param_names" in group else {}
            groups.append(names | self.checked(loaded) | {"params": group["params"]})
            for p, key in zip(group["params"], loaded["params"], strict=True):
                if key in saved_states:
                    state[p] = self._checked_state(saved_states.pop(key), groups[-1], key)
        if saved_states:
            raise ValueError(f"the loaded state remembers parameters that no group has: {sorted(saved_states)}")
        self.param_groups, self.state = groups, state

    def _checked_state(self, loaded: Mapping[str, Any], group: Group, key: int) -> State:
        missing, unexpected = set(self.fresh_state(group)) - set(loaded), set(loaded) - set(self.remembered)
        if missing or unexpected:
            raise ValueError(
                f"{type(self).__name__} remembers {', '.join(self.remembered) or 'nothing'} of a parameter, but the "
                f"loaded state of parameter {key} has {printable(', '.join(loaded)) or 'nothing'}"
            )
        return {name: None if x is None else number(x, f"{name} of parameter {key}") for name, x in loaded.items()}

    def __repr__(self) -> str:
        lines = [f"{type(self).__name__} ("]
        for i, group in enumerate(self.param_groups):
            lines.append(f"Parameter Group {i}")
            lines += [f"    {name}: {group[name]}" for name in sorted(group) if name != "params"]
        return printable("\n".join([*lines, ")"]), lines=True)
