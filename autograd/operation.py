"""What an operation is: a value, a derivative for each operand, and facts; and what may be its operand.

The operations themselves are in primitives.py.
"""

from __future__ import annotations

import math
import numbers
import reprlib
from collections.abc import Callable, Sequence
from typing import Any

from .text import printable

__all__ = ["TABLE", "Primitive", "Traced", "is_number", "number", "primitive"]

Partial = float | Callable[..., Any]


class Traced:
    """A number that records the operations done to it; `Value` is one."""

    __slots__ = ()

    def apply(self, op: Primitive, operands: tuple[Any, ...]) -> Any:
        """Return the result of `op` on `operands`, remembering how it was made."""
        raise TypeError(f"{type(self).__name__} does not say how it records {op.name!r}; define apply()")


def number(x: Any, what: str = "a number") -> float:
    """Return `x` as a float: a Python or NumPy real number or an array of size 1; else raise a TypeError."""
    if is_number(x):
        try:
            return float(x if isinstance(x, numbers.Real) else x.item())
        except OverflowError:
            return math.inf if x >= 0.0 else -math.inf
    hint = "give v.data for the number alone" if isinstance(x, Traced) else "give one number at a time, as a float"
    raise TypeError(
        f"{printable(what)} must be a real number (int, float, NumPy scalar or array of size 1), "
        f"but got {reprlib.repr(x)} of type {type(x).__name__}; {hint}"
    )


def is_number(x: Any) -> bool:
    """Return whether x is a real number, or an array of one."""
    if isinstance(x, numbers.Real):
        return getattr(getattr(x, "dtype", None), "kind", "f") in "biuf"  # NumPy's time spans count as integers
    return hasattr(x, "dtype") and getattr(x, "size", 1) == 1 and getattr(x.dtype, "kind", "?") in "biuf"


class Primitive:
    """A differentiable operation: call it with floats for a float, with a `Value` among them for a `Value`.

    Args:
        name: the name in the table, such as "mul".
        value: the result as a function of float operands; IEEE results, no exceptions.
        partials: one rule for each operand, or, for any number of operands, one function that returns them all.
        symbol: what people see in drawings; the name if not given.

    >>> from autograd.primitives import TABLE
    >>> TABLE["mul"](3.0, 4.0)
    12.0
    """

    def __init__(
        self,
        name: str,
        value: Callable[..., float],
        partials: Sequence[Partial] | Callable[..., Sequence[Any]],
        symbol: str | None = None,
    ) -> None:
        self.name = name
        self.symbol = symbol or name
        self.value = value
        self.variadic = callable(partials)
        self.arity: int | None = None  # how many operands it takes; None for any number
        self.constant: tuple[float, ...] | None = None  # the partials, where none of them ever changes
        self.rules: tuple[Callable[..., Any], ...] = ()  # the partials of a fixed number of operands
        if callable(partials):
            self.all_partials = partials
        else:
            self.arity = len(partials)
            self.rules = tuple(rule if callable(rule) else _always(float(rule)) for rule in partials)
            self.all_partials = lambda y, *operands: [rule(y, *operands) for rule in self.rules]
            if not any(callable(rule) for rule in partials):
                self.constant = tuple(float(rule) for rule in partials)  # type: ignore[arg-type]  # numbers, as checked

    def __repr__(self) -> str:
        return f"<primitive {printable(self.name)}>"

    def __reduce__(self) -> Any:
        """Pickle and copy an operation of the table as what it is, so that a copy is the same one."""
        return (_named, (self.name,)) if TABLE.get(self.name) is self else super().__reduce__()

    def __call__(self, *operands: Any) -> Any:
        """Return the result: a float of floats, a `Value` where one is among the operands."""
        if len(operands) == 1:
            x = operands[0]
            if x.__class__ is float and self.arity in (1, None):
                return self.value(x)
        if self.arity is not None and len(operands) != self.arity:
            count = f"{self.arity} number{'s' if self.arity > 1 else ''}"
            raise TypeError(f"{printable(self.name)} takes {count}, but got {len(operands)}: {operands!r}")
        for operand in operands:
            if isinstance(operand, Traced):
                return operand.apply(self, operands)
        return self.value(*[number(x, f"an operand of {self.name}") for x in operands])

    def partial(self, i: int, y: Any, operands: Sequence[Any]) -> Any:
        """Return dy/d(operand i); operands are floats, or Traced numbers for a result that can be derived again."""
        return self.all_partials(y, *operands)[i] if self.variadic else self.rules[i](y, *operands)


def _always(slope: float) -> Callable[..., float]:
    return lambda *operands: slope


TABLE: dict[str, Primitive] = {}  # the built-in operations by name; primitives.py fills it


def _named(name: str) -> Primitive:
    return TABLE[name]


def primitive(
    name: str,
    value: Callable[..., float],
    partials: Sequence[Partial] | Callable[..., Sequence[Any]],
    symbol: str | None = None,
) -> Primitive:
    """Make a new operation that behaves like a built-in one: derivatives of any order, drawings, checks.

    Args:
        name: what messages call it.
        value: the result as a function of floats.
        partials: for each operand its partial derivative: a number, or a function of the result `y` and the operands
            in arithmetic that works on Values, such as `autograd.cos` instead of `math.cos`, if there are to be higher
            derivatives; or, for any number of operands, one function that returns all of them.
        symbol: what drawings show; the name if not given.

    Raises:
        TypeError, ValueError: an argument is not of this kind.

    >>> import math
    >>> from autograd import cos, grad
    >>> sine = primitive("sine", math.sin, [lambda y, x: cos(x)])
    >>> grad(sine)(0.0), grad(grad(grad(sine)))(0.0)
    (1.0, -1.0)
    """
    if not isinstance(name, str):
        raise TypeError(f"the name must be a string, but got {name!r}")
    if not callable(value):
        raise TypeError(f"value must be a function of floats, but got {value!r}")
    if not callable(partials):
        partials = tuple(partials)
        if not partials:
            raise ValueError("partials must hold at least one entry, one for each operand")
        for partial in partials:
            if not callable(partial) and not isinstance(partial, (float, int)):
                raise TypeError(f"partials must be numbers and functions of (y, operands), but got {partial!r}")
    return Primitive(name, lambda *operands: float(value(*operands)), partials, symbol)
