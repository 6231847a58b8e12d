"""Many numbers at once, between Values or lists of floats and a buffer.

A buffer is an `array.array('d')`, a NumPy array of float64, or a memoryview of doubles, in one dimension.

>>> from array import array
>>> buffer = array("d", [0.0] * 4)
>>> floats_to_buffer([(1.0, 2.0), 3.0], (list, ((tuple, 2), "float")), buffer, 1)
True
>>> floats_to_buffer([1, 2.0], (list, 2), buffer, 0)
False
>>> buffer
array('d', [0.0, 1.0, 2.0, 3.0])
"""

from __future__ import annotations

from array import array
from collections.abc import Iterator, Sequence
from itertools import islice
from typing import Any, cast

from .core import compiled
from .operation import Traced
from .text import given
from .value import Value

__all__ = [
    "Form",
    "floats_from_buffer",
    "floats_to_buffer",
    "numbers_from_buffer",
    "numbers_to_buffer",
    "trained_from_buffer",
]

Form = Any  # "float", or (list or tuple, the number of floats in it), or (list or tuple, the forms of its items)


def numbers_to_buffer(values: list[Value], buffer: Any, at: int) -> None:
    """Write the numbers of Values to a buffer, from a position on."""
    if compiled is not None:
        compiled.numbers_to_buffer(values, buffer, at)
        return
    room = _room(buffer, at, len(values), writes=True)
    _expect_values(values)
    room[:] = array("d", [value._data for value in values])


def numbers_from_buffer(values: list[Value], buffer: Any, at: int) -> None:
    """Set the numbers of Values to those in a buffer, from a position on."""
    if compiled is not None:
        compiled.numbers_from_buffer(values, buffer, at)
        return
    room = _room(buffer, at, len(values), writes=False)
    _expect_values(values)
    for value, x in zip(values, room, strict=True):
        value._data = x


def trained_from_buffer(values: list[Value], buffer: Any, at: int, gradients_at: int) -> None:
    """Set the numbers of Values, and their gradients, to numbers in a buffer, from two positions on."""
    if compiled is not None:
        compiled.trained_from_buffer(values, buffer, at, gradients_at)
        return
    numbers = _room(buffer, at, len(values), writes=False)
    gradients = _room(buffer, gradients_at, len(values), writes=False)
    _expect_values(values)
    for value, x, gradient in zip(values, numbers, gradients, strict=True):
        value._data, value._grad = x, gradient


def floats_to_buffer(x: Any, form: Form, buffer: Any, at: int) -> bool:
    """Write floats in lists and tuples to a buffer, from a position on; return False if they do not have the form.

    An object of a subclass has none, nor has an int. What is written before the difference is found stays.
    """
    if compiled is not None:
        return cast("bool", compiled.floats_to_buffer(x, form, buffer, at))
    numbers: list[float] = []
    if not _collect(x, form, numbers):
        return False
    _room(buffer, at, len(numbers), writes=True)[:] = array("d", numbers)
    return True


def floats_from_buffer(form: Form, buffer: Any, at: int) -> Any:
    """Return floats from a buffer, from a position on, in lists and tuples of this form."""
    if compiled is not None:
        return compiled.floats_from_buffer(form, buffer, at)
    numbers = _room(buffer, at, _count(form), writes=False).tolist()
    return _made(form, iter(numbers))


def _room(buffer: Any, at: int, count: int, writes: bool) -> memoryview:
    """Return a part of a buffer."""
    try:
        view = memoryview(buffer)
    except TypeError:
        view = None
    if view is None or not view.c_contiguous or (writes and view.readonly):
        raise TypeError("numbers need a contiguous buffer that can be written to")
    if view.ndim != 1 or view.format != "d":
        raise TypeError("numbers need a buffer of doubles in one dimension")
    if at < 0 or at + count > len(view):
        raise ValueError("numbers do not fit into the buffer")
    return view[at : at + count]


def _expect_values(values: Sequence[Any]) -> None:
    for value in values:
        if not isinstance(value, Traced):
            raise TypeError(f"a graph is made of Values, but got {given(value)}: give a Value")


def _collect(x: Any, form: Form, numbers: list[float]) -> bool:
    if form == "float":
        numbers.append(x)
        return x.__class__ is float
    kind, parts = form
    if x.__class__ is not kind or len(x) != (parts if isinstance(parts, int) else len(parts)):
        return False
    if isinstance(parts, int):
        numbers += x
        return all([item.__class__ is float for item in x])
    return all(_collect(item, part, numbers) for item, part in zip(x, parts, strict=True))


def _count(form: Form) -> int:
    if form == "float":
        return 1
    return form[1] if isinstance(form[1], int) else sum(map(_count, form[1]))


def _made(form: Form, numbers: Iterator[float]) -> Any:
    if form == "float":
        return next(numbers)
    kind, parts = form
    return kind(list(islice(numbers, parts)) if isinstance(parts, int) else [_made(part, numbers) for part in parts])
