"""Python code that takes the arguments of a call apart, written for arguments of one key.

Such code compares the structure of the arguments with the key: classes, lengths, dict keys, shapes, constants. If
something differs, the call returns OTHER and is read by `arguments.read`, which takes more kinds of numbers. What
nobody can tell from the code is that a check is missing: tests compare it with `read` on arguments of many kinds.
"""

from __future__ import annotations

import math
from array import array
from collections.abc import Sequence
from typing import Any, NamedTuple

from ..buffers import floats_to_buffer
from ..core import twin
from ..structure import number_fields_of
from ..whole import LARGEST
from .arguments import ByIdentity, floats_of
from .recording.record import Guard
from .results import count_nested

__all__ = ["OTHER", "Code", "NotReadable", "count", "in_buffer", "in_variables"]

OTHER = Guard("other", 0, 0, "")  # no guard of a program: the arguments are not of the key, or variables changed


class NotReadable(Exception):
    """Code for arguments of this key would not be simpler than `read`."""


class Code:
    """Lines of a function, and the objects that it refers to by names."""

    def __init__(self) -> None:
        self.lines: list[str] = []
        self.depth = 1
        self.space: dict[str, Any] = {"OTHER": OTHER}
        self.views: list[tuple[int, tuple[int, ...]]] = []
        self._names: dict[int, str] = {}

    def known(self, x: Any) -> str:
        """Return a name for an object."""
        name = self._names.setdefault(id(x), f"known{len(self._names)}")
        self.space[name] = x
        return name

    def view(self, at: int, shape: tuple[int, ...]) -> str:
        """Return code for a view of the buffer as an array of this shape that begins at a position."""
        self.views.append((at, shape))
        return f"views[{len(self.views) - 1}]"

    def put(self, line: str) -> None:
        self.lines.append("    " * self.depth + line)

    def expect(self, conditions: Sequence[str]) -> None:
        """Return OTHER from the function unless all conditions hold."""
        if conditions:
            found = " and ".join(conditions)
            self.put(f"if not ({found}):")
            self.put("    return OTHER")


def count(key: Any) -> int:
    """Return the number of inputs in an argument of this key."""
    if key in ("float", "int"):
        return 1
    if key[0] in (list, tuple):
        return key[1] if isinstance(key[1], int) else sum(map(count, key[1]))
    if key[0] is dict:
        return sum([count(part) for _, part in key[1]])
    if len(key) == 3 and isinstance(key[2], str):
        return math.prod(key[1])
    is_nested = key[1].__class__ is tuple and (len(key) == 3 or hasattr(key[0], "_fields"))
    return sum(map(count, key[1])) if is_nested else 0


def in_variables(key: Any, names: Sequence[str], code: Code, wanted: Sequence[int] | None = None) -> None:
    """Write code that assigns the numbers in `args` and `kwargs` to variables.

    Args:
        key: that of the arguments.
        names: the variables.
        code: where the lines go.
        wanted: the positions of the numbers that a derivative is taken by; None for no derivatives.
    """
    _Reader(code, names, wanted).arguments(key)


def in_buffer(key: Any, code: Code, wanted: Sequence[int] | None = None) -> None:
    """Write code that writes the numbers in `args` and `kwargs` to the memoryview `numbers` or to `views`."""
    _Reader(code, None, wanted).arguments(key)


class _Item(NamedTuple):
    """A part of the arguments: its key, the variable for it, and the position of its first number."""

    key: Any
    variable: str
    at: int


class _Reader:
    def __init__(self, code: Code, names: Sequence[str] | None, wanted: Sequence[int] | None) -> None:
        self.code, self.names, self.wanted = code, names, frozenset(wanted or ())
        self.count = 0

    def arguments(self, key: Any) -> None:
        named = [part for part in key if part.__class__ is tuple and isinstance(part[0], str)]
        given = key[: len(key) - len(named)]
        if named:
            self.code.expect([f"len(args) == {len(given)}", f"(*kwargs,) == {tuple([name for name, _ in named])!r}"])
        else:
            if self.names is None and count_nested((tuple, key)):
                self.code.expect(["not kwargs", self._copied(_Item((tuple, key), "args", 0))])
                return
            self.code.expect(["not kwargs", f"len(args) == {len(given)}"])
        at = self._unpack("args", given, 0)
        self._unpack("kwargs.values()", [part for _, part in named], at)

    def _unpack(self, source: str, keys: Sequence[Any], at: int) -> int:
        """Write code for the items of an iterable that has their number; return the position after their numbers."""
        items = []
        for key in keys:
            if key == "float" and self.names is not None:
                variable = self.names[at]
            else:
                variable = f"given{self.count}"
                self.count += 1
            items.append(_Item(key, variable, at))
            at += count(key)
        if items:
            self.code.put(f"{', '.join([item.variable for item in items])}, = {source}")
            self._floats([item for item in items if item.key == "float"])
        for item in items:
            if item.key != "float":
                self._item(item)
        return at

    def _floats(self, items: Sequence[_Item]) -> None:
        if not items:
            return
        variables = "".join([f"{item.variable}, " for item in items])
        positions = [item.at for item in items]
        self.code.put(f"if not ({' is '.join([*[f'{item.variable}.__class__' for item in items], 'float'])}):")
        convert = f"{self.code.known(_converted)}(({variables}), {self.code.known(positions)}"
        self.code.put(f"    given{self.count} = {convert}, {self.code.known(self.wanted)})")
        self.code.put(f"    if given{self.count} is None:")
        self.code.put("        return OTHER")
        self.code.put(f"    {variables}= given{self.count}")
        self.count += 1
        if self.names is None:
            for item in items:
                self.code.put(f"numbers[{item.at}] = {item.variable}")

    def _item(self, item: _Item) -> None:
        key, x = item.key, item.variable
        known, expect = self.code.known, self.code.expect
        if key == "int":
            expect([f"{x}.__class__ is int", f"{-LARGEST} <= {x} <= {LARGEST}"])
            self.code.put(f"numbers[{item.at}] = {x}" if self.names is None else f"{self.names[item.at]} = float({x})")
            return
        kind, what = key[0], key[1]
        if self.names is None and count_nested(key):
            expect([self._copied(item)])
        elif kind in (list, tuple) or hasattr(kind, "_fields"):
            keys = ("float",) * what if isinstance(what, int) else what
            expect([f"{x}.__class__ is {known(kind)}", f"len({x}) == {len(keys)}"])
            self._unpack(x, keys, item.at)
        elif kind is dict:
            expect([f"{x}.__class__ is dict", f"[*{x}] == {known([name for name, _ in what])}"])
            self._unpack(f"{x}.values()", [part for _, part in what], item.at)
        elif isinstance(what, ByIdentity):
            expect([f"{x} is {known(what.x)}"])
        elif len(key) == 2:
            expect([f"{x} is None"] if what is None else [f"{x}.__class__ is {known(kind)}", f"{x} == {known(what)}"])
        elif isinstance(key[2], str):
            self._array(item)
        else:
            self._dataclass(item)

    def _copied(self, item: _Item) -> str:
        """Return the condition that floats in lists and tuples were copied to the buffer."""
        known = self.code.known
        given = f"({item.variable}, {known(item.key)}, numbers, {item.at}"
        return f"({known(twin(floats_to_buffer))}{given}) or {known(_copied)}{given}, {known(self.wanted)}))"

    def _array(self, item: _Item) -> None:
        import numpy

        (kind, shape, name, *constant), x = item.key, item.variable
        if kind is not numpy.ndarray:
            raise NotReadable
        dtype = numpy.dtype(name)
        expected = self.code.known(dtype)  # nearly always the same object, which is compared faster
        conditions = [
            f"{x}.__class__ is {self.code.known(kind)}",
            f"({x}.dtype is {expected} or {x}.dtype == {expected})",
        ]
        conditions.append(f"{x}.shape == {shape!r}")
        if constant:
            self.code.expect([*conditions, f"{x}.tobytes() == {self.code.known(constant[0])}"])
            return
        size = count(item.key)
        if size and dtype.kind in "iu" and dtype.itemsize >= 4:
            conditions.append(f"{-LARGEST} <= {x}.min() and {x}.max() <= {LARGEST}")
        self.code.expect(conditions)
        if self.names is None:
            self.code.put(f"{self.code.view(item.at, shape)}[...] = {x}")
        elif size:
            flat = f"{x}.ravel()" if dtype.str == numpy.dtype(float).str else f"{x}.ravel().astype(float)"
            self.code.put(f"{', '.join(self.names[item.at : item.at + size])}, = {flat}.tolist()")

    def _dataclass(self, item: _Item) -> None:
        (kind, keys, same), x = item.key, item.variable
        conditions = [f"{x}.__class__ is {self.code.known(kind)}"]
        self.code.expect(conditions if same is None else [*conditions, f"{x} is {self.code.known(same.x)}"])
        self._unpack("".join([f"{x}.{name}, " for name in number_fields_of(kind) or ()]), keys, item.at)


def _converted(xs: Sequence[Any], positions: Sequence[int], wanted: frozenset[int]) -> list[float] | None:
    """Return numbers of other classes, such as NumPy's, as floats; None if `read` would not take one as a float."""
    found: list[list[float]] = [[] for _ in xs]
    is_read = [floats_of(x, "float", at, wanted, to) for x, at, to in zip(xs, positions, found, strict=True)]
    return [x for (x,) in found] if all(is_read) else None


def _copied(x: Any, key: Any, numbers: memoryview, at: int, wanted: frozenset[int]) -> bool:
    """Write floats and numbers of other classes to a buffer, from a position on; return False if x has another key."""
    found: list[float] = []
    if not floats_of(x, key, at, wanted, found):
        return False
    numbers[at : at + len(found)] = array("d", found)
    return True
