"""Copies of what the views found, for pickle and copy: with the Values that it is about, without their graph.

>>> import pickle
>>> from autograd import Value, why
>>> x = Value(3.0, "x")
>>> reason = pickle.loads(pickle.dumps(why(x * x, x)))
>>> reason.steps[0].op, reason.steps[0].result.parents
('mul', ())
"""

from __future__ import annotations

from dataclasses import fields
from typing import Any

from ..primitives import Primitive
from ..value import Value

__all__ = ["Seen", "reduced"]


class Seen(Value):
    """A Value whose graph was left behind: its number, gradient, label and operation, without operands."""

    __slots__ = ()

    def __reduce__(self) -> tuple[Any, ...]:
        return _seen, (self._data, self._grad, self.label, self.op)


def _seen(data: float, grad: float, label: str, op: Primitive) -> Seen:
    value = Seen(data, label)
    value._grad, value.op = grad, op
    return value


def reduced(record: Any) -> tuple[Any, ...]:
    """Return what `__reduce__` of a dataclass returns, with every computed Value in its fields as a `Seen`."""
    known: dict[int, Any] = {}
    return type(record), tuple(_without_graph(getattr(record, field.name), known) for field in fields(record))


def _without_graph(x: Any, known: dict[int, Any]) -> Any:
    if id(x) not in known:
        if isinstance(x, Value) and x.op is not None:
            known[id(x)] = _seen(x.data, getattr(x.grad, "data", x.grad), x.label, x.op)
        elif isinstance(x, tuple):
            make = getattr(type(x), "_make", tuple)  # a named tuple stays one
            known[id(x)] = make([_without_graph(item, known) for item in x])
        else:
            return x
    return known[id(x)]
