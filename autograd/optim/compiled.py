"""An optimizer's step as rules for compiled code, and its state in a buffer."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from ..compilation.updates import LIMIT, NORM, Rule
from ..expressions import Call, Constant, Expression, Symbol
from ..rules import Untraceable, on_symbols, trace
from .clip import clip_factor
from .formulas import Formulas, formulas, numbers_of
from .optimizer import Group, Optimizer, State

__all__ = ["CLIP", "CompiledUpdate", "is_known"]

CLIP = trace(on_symbols(clip_factor), NORM, LIMIT)


def is_known(optimizer: Any) -> bool:
    """Return whether an optimizer's step is the one of this package."""
    kind = type(optimizer)
    return (
        isinstance(optimizer, Optimizer)
        and kind.update.__module__.startswith("autograd.optim.")
        and kind.step is Optimizer.step
        and kind.gradients is Optimizer.gradients
        and "step" not in vars(optimizer)
    )


class CompiledUpdate:
    """The step of an optimizer, as it is now.

    Attributes:
        rules: one for each group.
        size: the number of numbers in the state.

    Raises:
        Untraceable: the state is not complete yet.
    """

    def __init__(self, optimizer: Optimizer) -> None:
        self.rules: list[Rule] = []
        self.size = 0
        self._formulas: list[Formulas] = []
        self._parameters = [(group["params"], len(group["params"])) for group in optimizer.param_groups]
        self._names = list(optimizer.defaults)
        self._constants = self._others(optimizer.param_groups)
        self._options: list[Any] = []
        states = optimizer.state
        first = 0
        for group in optimizer.param_groups:
            found = [states.get(p, {}) for p in group["params"]]
            names = tuple(found[0])
            if not set(optimizer.fresh_state(group)) <= {*names, *optimizer.optional}:
                raise Untraceable("the state of a parameter is not complete yet")
            _complete(found, names)
            self._formulas.append(formulas(optimizer, group, names))
            assignments = self._formulas[-1].assignments
            is_shared = _shared(names, assignments, found)
            each = tuple([name for name in names if name not in is_shared])
            rule = Rule(first, len(found), assignments, each, is_shared, tuple(numbers_of(group)))
            self.rules.append(rule)
            self.size += len(each) * len(found) + len(is_shared)
            first += len(found)

    def options(self, groups: list[Group]) -> list[float] | None:
        """Return the options for the next step if one has changed since the last call, None if not.

        Raises:
            Untraceable: the rules are not right for them, or for the groups.
        """
        found = [group[name] for group in groups for name in self._names]
        if len(groups) != len(self.rules) or not all(
            [group["params"] is params and len(params) == n for group, (params, n) in zip(groups, self._parameters)]
        ):
            raise Untraceable("the optimizer has other groups now")
        if found == self._options:
            return None
        numbers: list[float] = []
        for group, rule, known in zip(groups, self.rules, self._formulas, strict=True):
            options = numbers_of(group)
            if tuple(options) != rule.options or not known.hold(options):
                raise Untraceable("an option of the optimizer is of another kind now")
            numbers += options.values()
        if self._others(groups) != self._constants:
            raise Untraceable("an option of the optimizer is of another kind now")
        self._options = found
        return numbers

    def _others(self, groups: list[Group]) -> list[Any]:
        """Return the options that are not numbers."""
        numbers = [numbers_of(group) for group in groups]
        return [
            group[name]
            for group, found in zip(groups, numbers, strict=True)
            for name in self._names
            if name not in found and name != "betas"
        ]

    def states_of(self, optimizer: Optimizer) -> list[list[State]]:
        """Return the states of all parameters, group by group."""
        states = optimizer.state
        return [[states.get(p, {}) for p in group["params"]] for group in optimizer.param_groups]

    def load(self, states: list[list[State]]) -> list[float]:
        """Return the numbers of the state.

        Raises:
            Untraceable: the rules are not right for it.
        """
        numbers: list[float] = []
        for rule, found in zip(self.rules, states, strict=True):
            _complete(found, (*rule.each, *rule.shared))
            for name in rule.each:
                numbers += [state[name] for state in found]
            for name in rule.shared:
                numbers.append(found[0][name])
                if any([state[name] != numbers[-1] for state in found]):
                    raise Untraceable(f"{name} differs among the parameters now")
        return numbers

    def store(self, states: list[list[State]], numbers: list[float]) -> None:
        """Set the states to numbers."""
        given = iter(numbers)
        for rule, found in zip(self.rules, states, strict=True):
            for name in rule.each:
                for state in found:
                    state[name] = next(given)
            for name in rule.shared:
                x = next(given)
                for state in found:
                    state[name] = x


def _complete(states: list[State], names: tuple[str, ...]) -> None:
    """Refuse states that do not have numbers for the same names."""
    for state in states:
        if len(state) != len(names) or not all([state.get(name).__class__ is float for name in names]):
            raise Untraceable("the state of a parameter is not complete yet")


def _shared(names: tuple[str, ...], assignments: Any, states: list[State]) -> tuple[str, ...]:
    """Return the names whose numbers are the same for all parameters and stay so."""
    own = {"p", "gradient", *[name for name in names if any([state[name] != states[0][name] for state in states])]}
    while True:
        more = {name for name, e in assignments if name not in own and not own.isdisjoint(_symbols(e))}
        if not more:
            return tuple([name for name in names if name not in own])
        own |= more


def _symbols(e: Expression) -> Iterator[str]:
    if isinstance(e, Call):
        for a in e.arguments:
            yield from _symbols(a)
    elif not isinstance(e, Constant):
        assert isinstance(e, Symbol)
        yield e.name
