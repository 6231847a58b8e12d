"""Arrays of a module: nested lists of Values, and of the numbers that they are set to.

>>> fitting([Value(1.0), Value(2.0)], (3, 4.5))
[3.0, 4.5]
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from ..primitives import number
from ..text import listed, shown
from ..value import Value

__all__ = ["Array", "data", "fitting", "flat", "numbered", "plain", "shape"]

Array = Any  # a Value, or a list of Arrays of one shape


def numbered(array: Array, index: str = "") -> Iterator[tuple[str, Value]]:
    """Yield every Value with its index, such as "[2][1]"."""
    if isinstance(array, Value):
        yield index, array
    else:
        for i, item in enumerate(array):
            yield from numbered(item, f"{index}[{i}]")


def flat(array: Array) -> list[Any]:
    """Return the numbers or Values of nested lists, in order."""
    if not isinstance(array, (list, tuple)):
        return [array]
    if array and not isinstance(array[0], (list, tuple)):
        return list(array)
    return [x for item in array for x in flat(item)]


def data(array: Array) -> Any:
    """Return the numbers of the Values, in nested lists."""
    if isinstance(array, (list, tuple)):
        return [data(item) for item in array]
    return array.data if isinstance(array, Value) else array


def shape(array: Array) -> tuple[int, ...]:
    """Return the lengths of nested lists, outermost first; a ValueError if those of one level differ."""
    if not isinstance(array, (list, tuple)):
        return ()
    inner = {shape(item) for item in array}
    if len(inner) > 1:
        raise ValueError(f"its rows have different shapes: {listed(sorted(inner))}")
    return (len(array), *(inner.pop() if inner else ()))


def plain(x: Any, what: str, bools: bool = True) -> Any:
    """Return a copy of a number or of nested lists or arrays of numbers: floats in lists; a lone int stays one.

    Raises:
        TypeError: something in x is not a number, or is True or False without `bools`.
        ValueError: a whole number is beyond the range of floats.
    """
    x = x.tolist() if hasattr(x, "tolist") else x
    if isinstance(x, (list, tuple)):
        items = [plain(item, what, bools) for item in x]
        return [float(item) if isinstance(item, int) else item for item in items]
    if isinstance(x, bool) and not bools:
        raise TypeError(f"{what} must be a number, but got {x}: give 1.0 or 0.0")
    if isinstance(x, bool) or not isinstance(x, int):
        return number(x, what)
    try:
        float(x)
    except OverflowError:
        raise ValueError(f"{what} must be within the range of floats, but got {shown(x)}") from None
    return x


def fitting(member: Array, given: Any, bools: bool = True) -> Any:
    """Return the given numbers as floats in lists, if they have the shape of the member and it can be set.

    Without `bools`, as always for Values, True and False are refused.

    Raises:
        TypeError, ValueError: it does not fit.
    """
    values = [value for value in flat(member) if isinstance(value, Value)]
    try:
        numbers = plain(given, "an entry", bools=bools and not values)
        expected, found = shape(member), shape(numbers)
    except RecursionError:
        raise ValueError(f"expected the shape {shape(member)}, but got lists that are nested too deeply") from None
    if found != expected:
        raise ValueError(f"expected the shape {shown(expected)}, but got {shown(found)}")
    if any(value.op is not None for value in values):
        raise ValueError("holds the result of an operation, which cannot be set")
    return numbers
