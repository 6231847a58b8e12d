"""Parameter: a Value that a Module finds, and that knows the outermost module it belongs to.

A parameter refers to that module weakly, so it keeps no module alive. It is told when a module has been made: by
`__init__`, a copy or a pickle. Whoever makes a network inside another one is told last.

>>> from autograd import nn
>>> model = nn.Sequential(nn.Linear(1, 1), nn.ReLU())
>>> outermost([model[0].weight[0][0], Value(1.0)]) == [model]
True
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from functools import wraps
from typing import TYPE_CHECKING, Any
from weakref import ref

from ..value import Value

if TYPE_CHECKING:
    from .module import Module

__all__ = ["Parameter", "claim", "claiming", "outermost"]


class Parameter(Value):
    """A Value that a `Module` finds: a number to be trained. It can have attributes, which other Values cannot.

    >>> p = Parameter(0.5, "w")
    >>> p.momentum = 0.0  # of an optimizer, for instance
    >>> p
    Parameter(0.5, label='w')
    """

    __slots__ = ("__dict__", "_home")
    _home: ref[Module]

    def __reduce__(self) -> tuple[Any, ...]:
        make, leaf, *more = super().__reduce__()
        for _, slots in more:
            slots.pop("_home", None)  # a copy belongs to the copy of the module
        return (make, leaf, *more)


def outermost(values: Iterable[Value]) -> list[Module]:
    """Return the modules that the parameters among some Values belong to, without those that are inside another."""
    homes = [home for home in dict.fromkeys(map(_home, values)) if home is not None]
    inside = {module for home in homes for module in home.modules() if module is not home}
    return [home for home in homes if home not in inside]


def claim(module: Module) -> None:
    """Tell the parameters of a new module that they belong to it, but for those of a module outside of it."""
    inside, reference = set(module.modules()), ref(module)
    for parameter in module.parameters():
        if isinstance(parameter, Parameter) and ((home := _home(parameter)) is None or home in inside):
            parameter._home = reference


def claiming(init: Callable[..., None]) -> Callable[..., None]:
    """Return the `__init__` of a class of modules, followed by `claim`."""

    @wraps(init)
    def __init__(self: Module, *args: Any, **kwargs: Any) -> None:
        init(self, *args, **kwargs)
        if type(self).__init__ is __init__:  # else that of a subclass called it, and is not done
            claim(self)

    return __init__


def _home(value: Value) -> Module | None:
    reference = getattr(value, "_home", None)
    return reference() if reference is not None else None
