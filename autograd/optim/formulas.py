"""An optimizer's update of one number as expressions, so that compiled code can do it for all parameters of a group.

`Optimizer.update` is written for floats. Here it runs on symbols, in the places of a parameter, its gradient, its state
and the options, so that each formula is written once.

>>> from autograd import Value, optim
>>> optimizer = optim.SGD([Value(1.0)], lr=0.5, weight_decay=0.1)
>>> formulas(optimizer, optimizer.param_groups[0], []).assignments
(('p', sub(p, mul(lr, add(gradient, mul(weight_decay, p))))),)
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, NamedTuple

from ..expressions import Call, Expression, Symbol, evaluate, substitute
from ..primitives import TABLE
from ..rules import Untraceable, on_symbols, traces
from .optimizer import Group, Optimizer

__all__ = ["Formulas", "formulas", "numbers_of"]


class Formulas(NamedTuple):
    """The formulas of a step for one parameter.

    Args:
        assignments: new numbers for the state, by name, and for the parameter, "p", in this order: a symbol is what
            was assigned before, or the old number. Other symbols are "gradient" and the options that are numbers.
        assumed: comparisons of options and their outcomes.
    """

    assignments: tuple[tuple[str, Expression], ...]
    assumed: dict[Expression, bool]

    def hold(self, options: Mapping[str, float]) -> bool:
        """Return whether the formulas are right for other numbers for the options."""
        numbers: dict[Expression, float] = {Symbol(name): x for name, x in options.items()}
        return all(bool(evaluate(condition, numbers)) is outcome for condition, outcome in self.assumed.items())


class _Parameter:
    """The stand-in for a parameter in an update."""

    def __init__(self, data: Any, gradient: Any) -> None:
        self._data, self._grad = data, gradient


def numbers_of(group: Group) -> dict[str, float]:
    """Return the options of a group that are numbers, by the names of their symbols."""
    return {name: float(x) for name, x in _options(group) if isinstance(x, (float, int)) and not isinstance(x, bool)}


def _options(group: Group) -> Iterator[tuple[str, Any]]:
    for name, x in group.items():
        if name == "betas":
            yield from ((f"beta{i}", item) for i, item in enumerate(x, 1))
        else:
            yield name, x


def formulas(optimizer: Optimizer, group: Group, state: Sequence[str]) -> Formulas:
    """Return the formulas of an optimizer's step.

    Args:
        optimizer: an optimizer of this package.
        group: one of its groups; what is not a number in its options is a constant of the formulas.
        state: the names of what its parameters have in their state.

    Raises:
        Untraceable: the update is not in plain arithmetic, or it adds to the state.
    """
    known = numbers_of(group)

    def moved(data: Any, gradient: Any, *numbers: Any) -> list[Any]:
        parameter, before = _Parameter(data, gradient), dict(zip(state, numbers, strict=False))
        options = dict(group) | dict(zip(known, numbers[len(state) :], strict=True)) | {"params": [parameter]}
        if "betas" in group:
            options["betas"] = (options["beta1"], options["beta2"])
        stand_in: Any = object.__new__(type(optimizer))
        stand_in.state = {parameter: before}
        update(stand_in, options)
        if len(before) > len(state):
            raise Untraceable(f"a step adds {', '.join(set(before) - set(state))} to the state of a parameter")
        return [parameter._data, *before.values()]

    update = on_symbols(type(optimizer).update, sqrt=TABLE["sqrt"])
    symbols = [Symbol(name) for name in ("p", "gradient", *state, *known)]
    (p, *after), assumed = traces(moved, symbols, {Symbol(name): x for name, x in known.items()})
    return Formulas(tuple(_in_order(dict(zip(state, after, strict=True)), p)), assumed)


def _in_order(state: dict[str, Expression], p: Expression) -> Iterator[tuple[str, Expression]]:
    """Yield assignments in an order in which no number is lost before it is used."""
    new: dict[Expression, Expression] = {e: Symbol(f"new {name}") for name, e in state.items() if isinstance(e, Call)}
    left = {name: _with_parts(e, new) for name, e in state.items()} | {"p": substitute(p, new)}
    while left:
        for name, e in left.items():
            needed = _symbols(e)
            others = set[str]().union(*[_symbols(other) for key, other in left.items() if key != name])
            if name not in others and not any(f"new {key}" in needed for key in left):
                break
        else:
            raise Untraceable("a step needs both old and new numbers of a state")
        yield name, substitute(left.pop(name), {Symbol(f"new {key}"): Symbol(key) for key in state})


def _with_parts(e: Expression, parts: Mapping[Expression, Expression]) -> Expression:
    """Return an expression with its parts, but not itself, replaced."""
    return substitute(e, {part: name for part, name in parts.items() if part != e})


def _symbols(e: Expression) -> set[str]:
    if isinstance(e, Call):
        return set[str]().union(*map(_symbols, e.arguments))
    return {e.name} if isinstance(e, Symbol) else set()
