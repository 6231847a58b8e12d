"""Looks at what variables and containers hold, made again at each call: is it still the same?

A look compares by identity, in some nanoseconds. What differs then may still be an equal number: `is_same` says so.
"""

from __future__ import annotations

import builtins
from collections.abc import Callable, Collection, Mapping
from operator import is_
from types import CellType, FunctionType
from typing import Any, NamedTuple, cast

from ...core import compiled

__all__ = [
    "PLAIN", "Look", "at_array", "at_attribute", "at_call", "at_cell", "at_entry", "at_function", "at_items",
    "contents", "first_change", "is_same",
]  # fmt: skip

PLAIN = (float, int, bool, str, bytes, complex, type(None))
CELL, ENTRY, ITEMS, FUNCTION, ATTRIBUTE, ARRAY, CALL = range(7)  # in the order of the compiled core


class Look(NamedTuple):
    """The contents of a holder at one time.

    Attributes:
        kind: the number of a way to look.
        holder: a cell, a mapping, a list, a function or an object; for a call, what is called.
        key: of a mapping's entry or an object's attribute.
        expected: what was found, of an array a copy.
        name: what messages call it.
    """

    kind: int
    holder: Any
    key: Any
    expected: Any
    name: str

    def found(self) -> Any:
        """Look again."""
        kind, x = self.kind, self.holder
        if kind == CELL:
            return contents(x)
        if kind == ENTRY:
            return x.get(self.key)
        if kind == ITEMS:
            return _items(x)
        if kind == FUNCTION:
            return x.__code__, x.__defaults__, x.__kwdefaults__
        if kind == ARRAY:
            return self.expected if _is_same_array(x, self.expected) else x.copy()
        return getattr(x, self.key, None) if kind == ATTRIBUTE else x()

    def restore(self) -> bool:
        """Let the holder hold again what it held; return whether that is possible."""
        kind, x, expected = self.kind, self.holder, self.expected
        if kind == CELL:
            if expected is x:
                del x.cell_contents
            else:
                x.cell_contents = expected
        elif kind == ENTRY and isinstance(x, dict):
            if expected is None and self.key in vars(builtins):
                x.pop(self.key, None)
            else:
                x[self.key] = expected
        elif kind == ITEMS and x.__class__ is list:
            x[:] = expected
        elif kind == ITEMS and x.__class__ is dict:
            half = len(expected) // 2
            x.clear()
            x.update(zip(expected[:half], expected[half:], strict=True))
        elif kind == ATTRIBUTE:
            setattr(x, self.key, expected)
        elif kind == ARRAY and x.shape == expected.shape:
            x[...] = expected
        else:
            return False
        return True


def at_cell(name: str, cell: CellType) -> Look:
    return Look(CELL, cell, None, contents(cell), name)


def at_entry(name: str, mapping: Mapping[str, Any], key: str) -> Look:
    return Look(ENTRY, mapping, key, mapping.get(key), name)


def at_items(name: str, x: Collection[Any]) -> Look:
    if x.__class__ in (list, dict):
        return Look(ITEMS, x, None, _items(x), name)
    return at_call(name, lambda: _items(x))


def at_function(f: FunctionType) -> Look:
    return Look(FUNCTION, f, None, (f.__code__, f.__defaults__, f.__kwdefaults__), f.__qualname__)


def at_attribute(name: str, x: Any, key: str) -> Look:
    return Look(ATTRIBUTE, x, key, getattr(x, key, None), name)


def at_array(name: str, x: Any) -> Look:
    try:
        memoryview(x)
    except (TypeError, ValueError):  # dates and the like
        return at_call(name, lambda: (x.shape, x.dtype.str, x.tobytes()))
    return Look(ARRAY, x, None, x.copy(), name)


def at_call(name: str, look: Callable[[], Any]) -> Look:
    return Look(CALL, look, None, look(), name)


def contents(cell: CellType) -> Any:
    """Return what a variable holds; the cell itself if nothing yet."""
    try:
        return cell.cell_contents
    except ValueError:
        return cell


def first_change(looks: list[Look], start: int) -> int:
    """Return the position of the first look, from `start` on, that finds another object; -1 if there is none."""
    if compiled is not None:
        return cast("int", compiled.first_change(looks, start))
    for i in range(start, len(looks)):
        found, expected = looks[i].found(), looks[i].expected
        if found is not expected and not (
            found.__class__ is tuple
            and expected.__class__ is tuple
            and len(found) == len(expected)
            and all(map(is_, found, expected))
        ):
            return i
    return -1


def is_same(a: Any, b: Any) -> bool:
    """Whether these are the same object, or numbers with the same bits, or equal texts, or tuples of such."""
    if a is b:
        return True
    if a.__class__ is not b.__class__ or not isinstance(a, PLAIN):
        return a.__class__ is tuple and b.__class__ is tuple and len(a) == len(b) and all(map(is_same, a, b))
    return a == b and (not isinstance(a, (float, complex)) or repr(a) == repr(b)) or a != a and b != b


def _is_same_array(x: Any, expected: Any) -> bool:
    return bool(x.shape == expected.shape and x.dtype == expected.dtype and x.tobytes() == expected.tobytes())


def _items(x: Collection[Any]) -> tuple[Any, ...]:
    return (*x, *x.values()) if isinstance(x, Mapping) else tuple(x)
