"""What every optimizer has: groups of parameters with their options, a state for each parameter, step and zero_grad."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any, ClassVar, Protocol

from .. import ieee
from ..modes import recorder
from ..operation import Traced
from ..primitives import number
from ..spelling import spelled
from ..text import given, listed, printable, shown, unquoted
from ..value import Value

__all__ = ["Group", "Optimizer", "Params", "State", "at_least_0", "finite", "outside_of_compiled", "real", "sqrt"]

Params = Iterable[Value] | Iterable[tuple[str, Value]] | Iterable[dict[str, Any]]
Group = dict[str, Any]
State = dict[str, Any]

SCHEDULED = ("initial_lr", "max_lr", "min_lr", "base_momentum", "max_momentum")  # options that schedules add

sqrt = ieee.quiet(math.sqrt)  # nan of a negative number, where math.sqrt raises


def real(x: Any) -> Any:
    """Return a number as a float; a symbol, on which `formulas` runs an update, as it is."""
    return x if isinstance(x, Traced) and not isinstance(x, Value) else float(x)


def finite(x: Any, name: str) -> float:
    """Return x as a float if it is finite, else raise a ValueError."""
    found = number(x, name)
    if not math.isfinite(found):
        raise ValueError(f"{name} must be a finite number, but got {shown(x)}")
    return found


def at_least_0(x: Any, name: str) -> float:
    """Return x as a float if it is finite and at least 0, else raise a ValueError."""
    found = number(x, name)
    if not 0.0 <= found < math.inf:
        raise ValueError(f"{name} must be a finite number of at least 0, but got {shown(x)}")
    return found


class Lender(Protocol):
    """The keeper of the numbers of a state until it is looked up."""

    def bring_back(self) -> None:
        """Write the numbers to the state."""


def outside_of_compiled(call: str) -> None:
    """End the recording of a function that changes numbers, which its compiled code would not do."""
    by = recorder()
    if by is not None:
        by.abandon(f"it calls {call}: do that outside, or compile the whole step with training_step")


class Optimizer:
    """The base of all optimizers; one more is a subclass with `update`, `fresh_state` and its options.

    A parameter is a leaf `Value`; a step sets its `data`. A gradient of nan or inf is applied as it is, as in PyTorch.
    A gradient of 0.0 is a gradient: unlike PyTorch's None it does not leave its parameter out.

    Args:
        params: Values, or (name, Value) pairs, or dicts, each a group: its "params" and the options that differ.
        defaults: the options of a group that does not say otherwise.

    Attributes:
        param_groups: one dict for each group, "params" and every option in it; options can be set at any time.
        state: the optimizer's state of each parameter. Compiled steps bring it up to date when it is looked up here.
        lender: what keeps the numbers of the state meanwhile; None if they are there.

    Raises:
        TypeError: a parameter is not a Value, or an option not a number.
        ValueError: there is no parameter, a parameter is a duplicate or not a leaf, or an option is out of range.
    """

    nonnegative: ClassVar[tuple[str, ...]] = ("lr",)  # the options that are numbers from 0 up
    flags: ClassVar[tuple[str, ...]] = ("maximize",)  # the options that are True or False
    remembered: ClassVar[tuple[str, ...]] = ()  # the names that a parameter's state may have
    squares: ClassVar[tuple[str, ...]] = ()  # those of them that are never negative
    optional: ClassVar[tuple[str, ...]] = ()  # those of them that a state may lack, for an option that was set later
    unset: ClassVar[tuple[str, ...]] = ()  # those of them that may be None

    lender: Lender | None = None

    def __init__(self, params: Params, defaults: dict[str, Any]) -> None:
        is_model = hasattr(params, "parameters")  # of which a Sequential can be iterated over as well
        if is_model or isinstance(params, (Value, Mapping, str)) or not isinstance(params, Iterable):
            raise TypeError(
                "an optimizer takes a sequence of Values or of groups, such as model.parameters(), "
                f"but got {given(params)}"
            )
        self.defaults = self.checked(defaults)
        self.state = {}
        self.param_groups: list[Group] = []
        self.has_stepped = False
        entries = list(params)
        if not entries:
            raise ValueError("an optimizer needs at least one parameter, but got an empty list")
        for group in entries if isinstance(entries[0], dict) else [{"params": entries}]:
            self.add_param_group(group)  # type: ignore[arg-type]  # it checks what it is given

    # --- how an optimizer is shown ---

    def update(self, group: Group) -> None:
        """Move the parameters of one group."""
        raise NotImplementedError(f"{type(self).__name__} does not say how it updates a group; define update()")

    def fresh_state(self, group: Group) -> State:
        """Return the state of a parameter before its first step."""
        return {}

    def checked(self, options: Mapping[str, Any]) -> dict[str, Any]:
        """Return the options as they are used; raise if one is out of range."""
        found = dict(options)
        for name in self.nonnegative:
            scheduled = name == "lr" and "initial_lr" in found  # schedules may go below 0, as PyTorch's do
            found[name] = (finite if scheduled else at_least_0)(found[name], name)
        for name in self.flags:
            if found.get(name, False) not in (False, True):
                raise ValueError(f"{name} must be True or False, but got {shown(found[name])}")
        return found

    # --- common to all of them ---

    def step(self, closure: Callable[[], Any] | None = None) -> Any:
        """Move every parameter by its gradient.

        Args:
            closure: computes the loss and its gradients; called first, its result is returned.
        """
        outside_of_compiled("optimizer.step()")
        loss = closure() if closure is not None else None
        for group in self.param_groups:
            self.update(group)
        self.has_stepped = True
        return loss

    def zero_grad(self, set_to_none: bool = True) -> None:
        """Set the gradient of every parameter to 0.0, also with `set_to_none`: None is 0.0 here."""
        outside_of_compiled("optimizer.zero_grad()")
        for group in self.param_groups:
            for p in group["params"]:
                p._grad = 0.0

    def gradients(self, group: Group, weight_decay: float = 0.0) -> Iterator[tuple[Value, float, State]]:
        """Yield each parameter, its gradient and its state; the gradient of loss + weight_decay/2 * parameter**2."""
        maximize, state = group.get("maximize", False), self.state
        for p in group["params"]:
            gradient = p._grad
            if gradient.__class__ is not float:  # a Value after backward(create_graph=True)
                gradient = real(getattr(gradient, "_data", gradient))
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
            raise TypeError(f"a group is a dict such as {{'params': [w, b], 'lr': 0.1}}, but got {shown(param_group)}")
        members = param_group["params"]
        if isinstance(members, set):
            raise TypeError("a set of parameters has no order that stays: give a list")
        entries = [members] if isinstance(members, Value) else list(members)
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
                raise TypeError(f"a parameter is a Value, but parameter {i} is {given(p)}")
            if p.op is not None:
                raise ValueError(
                    f"a parameter is a leaf, but parameter {i} was computed by {p.op.name!r}: "
                    "give the Values that it was computed from, or p.detach()"
                )
            if p in seen:
                raise ValueError(f"duplicate parameter: parameter {i} was passed before: {p!r}")
            seen.add(p)

    # --- the state ---

    @property
    def state(self) -> dict[Value, State]:
        lender, self.lender = self.lender, None
        if lender is not None:
            lender.bring_back()
        return self._state

    @state.setter
    def state(self, state: dict[Value, State]) -> None:
        self.lender = None
        self._state = state

    def __getstate__(self) -> dict[str, Any]:
        return vars(self) | {"_state": self.state, "lender": None}  # for copies and pickles

    # --- saving and loading ---

    def state_dict(self) -> dict[str, Any]:
        """Return the options and states, with a number for each parameter; fit for JSON, in PyTorch's layout.

        Returns:
            {"state": {number: state}, "param_groups": [{option: value, ..., "params": [number, ...]}, ...]}
        """
        numbers = {p: i for i, p in enumerate(p for group in self.param_groups for p in group["params"])}
        return {
            "state": {i: dict(self.state[p]) for p, i in numbers.items() if self.state.get(p)},
            "param_groups": [group | {"params": [numbers[p] for p in group["params"]]} for group in self.param_groups],
        }

    def load_state_dict(self, state_dict: Mapping[str, Any]) -> None:
        """Continue from a result of `state_dict`, also after a round trip through JSON.

        Raises:
            ValueError: groups, parameters, options or states are not those of this optimizer; nothing has changed.
        """
        saved, saved_states = self._parts(state_dict)
        sizes, found = [len(g["params"]) for g in self.param_groups], [len(g["params"]) for g in saved]
        if sizes != found:
            raise ValueError(
                f"this optimizer has groups of {shown(sizes)} parameters, but the loaded state has {shown(found)}"
            )
        ids = [key for group in saved for key in group["params"]]
        if len(set(ids)) < len(ids):
            raise ValueError(f"every parameter needs a different number, but the loaded state has [{listed(ids)}]")
        groups, state = [], {}
        for i, (group, loaded) in enumerate(zip(self.param_groups, saved, strict=True)):
            groups.append(group | self._checked_group(loaded, i) | {"params": group["params"]})
            for p, key in zip(group["params"], loaded["params"], strict=True):
                if key in saved_states:
                    state[p] = self._checked_state(saved_states.pop(key), groups[-1], key)
        if saved_states:
            raise ValueError(
                f"the loaded state remembers parameters that no group has: [{listed(sorted(saved_states))}]"
            )
        self.param_groups, self.state = groups, state

    def _parts(self, state_dict: Any) -> tuple[list[dict[str, Any]], dict[int, Any]]:
        """The groups and the states of a state_dict, if it is built like one."""
        if not isinstance(state_dict, Mapping):
            raise ValueError(f"the state of an optimizer is a dict, but got {shown(state_dict)}")
        if missing := {"state", "param_groups"} - set(state_dict):
            raise ValueError(f"this is not the state of an optimizer: it has no {' and no '.join(sorted(missing))}")
        groups, states = state_dict["param_groups"], state_dict["state"]
        if not isinstance(groups, (list, tuple)) or not isinstance(states, Mapping):
            raise ValueError(
                f"param_groups must be a list and state a dict, but got {shown(groups)} and {shown(states)}"
            )
        for i, group in enumerate(groups):
            ids = group.get("params") if isinstance(group, Mapping) else None
            if not isinstance(ids, (list, tuple)) or not all(type(key) is int for key in ids):
                raise ValueError(f"group {i} must be a dict whose 'params' are whole numbers, but got {shown(group)}")
        by_number = {int(key): entry for key, entry in states.items() if str(key).isdecimal()}  # JSON has only strings
        if len(by_number) < len(states):
            raise ValueError(f"the keys of state must be the numbers of parameters, but got {listed(states)}")
        return list(groups), by_number

    def _checked_group(self, loaded: Mapping[str, Any], i: int) -> Group:
        """The options of a group that is loaded."""
        if missing := set(self.defaults) - set(loaded):
            raise ValueError(f"group {i} of the loaded state has no {', '.join(sorted(missing))}")
        try:
            for name, x in loaded.items():
                if not isinstance(name, str):
                    raise ValueError(f"the name of an option must be a string, but got {shown(name)}")
                if isinstance(x, bool) and isinstance(self.defaults.get(name), float):
                    raise ValueError(f"{name} must be a number, but got {x}")
            scheduled = {name: finite(loaded[name], name) for name in SCHEDULED if name in loaded}
            names = loaded.get("param_names", [""] * len(loaded["params"]))
            if not isinstance(names, (list, tuple)) or len(names) != len(loaded["params"]):
                raise ValueError(f"param_names must be a name for each parameter, but got {shown(names)}")
            return self.checked(loaded) | scheduled
        except (TypeError, ValueError) as error:
            raise ValueError(f"group {i} of the loaded state does not fit: {error}") from None

    def _checked_state(self, loaded: Any, group: Group, key: int) -> State:
        """The loaded state of a parameter."""
        if not isinstance(loaded, Mapping):
            raise ValueError(f"the state of parameter {key} must be a dict, but got {shown(loaded)}")
        missing = set(self.fresh_state(group)) - set(loaded) - set(self.optional)
        unexpected = set(loaded) - set(self.remembered)
        if missing or unexpected:
            raise ValueError(
                f"{type(self).__name__} keeps {', '.join(self.remembered) or 'nothing'} for a parameter, but the "
                f"loaded state of parameter {key} has {listed(loaded, show=unquoted) or 'nothing'}"
            )
        found: State = {}
        for name, x in loaded.items():
            if (x is None and name not in self.unset) or isinstance(x, bool):
                raise ValueError(f"{name} of parameter {key} must be a number, but got {x}")
            try:
                found[name] = None if x is None else number(x, f"{name} of parameter {key}")
            except TypeError as error:
                raise ValueError(str(error)) from None
            if name in self.squares and found[name] < 0.0:
                raise ValueError(f"{name} of parameter {key} must be at least 0, but got {x}")
            if name == "step" and not (found[name] >= 0.0 and found[name].is_integer()):
                raise ValueError(f"step of parameter {key} must be a whole number of at least 0, but got {shown(x)}")
        return found

    def __repr__(self) -> str:
        lines = [f"{type(self).__name__} ("]
        for i, group in enumerate(self.param_groups):
            lines.append(f"Parameter Group {i}")
            lines += [f"    {name}: {group[name]}" for name in sorted(group) if name != "params"]
        return spelled(printable("\n".join([*lines, ")"]), lines=True))
