"""The numbers in arguments, and what they are put into.

`read` takes arguments apart into numbers, which are inputs of a program, and a key: recordings are for arguments of one
key. Texts and other objects are part of the key. `place` puts Values in the places of floats, and Wholes in those of
ints.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator
from numbers import Integral
from typing import Any, Literal

from ..primitives import is_number, number
from ..structure import number_fields, remade
from ..value import Value
from ..whole import LARGEST, Whole

__all__ = ["ByIdentity", "Ints", "NotCompiled", "floats_of", "has_ints", "objects_in", "place", "read", "values_in"]

Ints = Literal["inputs", "floats", "constants"]


class NotCompiled(Exception):
    """Why a call runs as it is."""


class ByIdentity:
    """An object in a key, equal to itself alone."""

    __slots__ = ("x",)

    def __init__(self, x: Any) -> None:
        self.x = x

    def __eq__(self, other: object) -> bool:
        return isinstance(other, ByIdentity) and self.x is other.x

    def __hash__(self) -> int:
        return id(self.x)


def read(x: Any, name: str, numbers: list[float], names: list[str] | None, ints: Ints = "inputs") -> Any:
    """Return the key of an argument; append its numbers to `numbers` and what they are called to `names`.

    Args:
        x: an argument.
        name: what it is called.
        numbers: the list for its floats, and its ints as floats.
        names: the list for their names; None if nobody wants them.
        ints: "floats" if they are like floats, as those are that a derivative is taken by; "constants" if they are a
            part of the key.

    Raises:
        NotCompiled: a Value is in it.
    """
    kind = x.__class__
    if kind is float:
        numbers.append(x)
        if names is not None:
            names.append(name)
        return "float"
    if ints == "inputs" and _is_input(x):
        numbers.append(float(x))
        if names is not None:
            names.append(name)
        return "int"
    if kind is list or kind is tuple:
        if x and all([item.__class__ is float for item in x]):
            numbers += x
            if names is not None:
                names += [f"{name}_{i}" for i in range(len(x))]
            return kind, len(x)
        parts = tuple([read(item, f"{name}_{i}", numbers, names, ints) for i, item in enumerate(x)])
        return kind, len(parts) if parts and all([part == "float" for part in parts]) else parts
    if isinstance(x, Value):
        raise NotCompiled("an argument is a Value, so that the result can be differentiated further: pass its .data")
    if isinstance(x, float) or (ints == "floats" and is_number(x) and not getattr(x, "ndim", 0)):
        numbers.append(number(x))
        if names is not None:
            names.append(name)
        return "float"
    if kind is dict:
        return kind, tuple([(key, read(item, f"{name}_{key}", numbers, names, ints)) for key, item in x.items()])
    if x is None or kind in (int, bool, str, bytes):
        return kind, x
    if hasattr(kind, "dtype") and issubclass(kind, Integral):  # of NumPy
        return kind, int(x)
    if getattr(x, "ndim", 0) and hasattr(x, "tobytes"):
        if _holds_inputs(x, ints):
            found = x.ravel().tolist()
            numbers += map(float, found)
            if names is not None:
                names += [f"{name}_{i}" for i in range(len(found))]
            return kind, x.shape, x.dtype.str
        if x.dtype.kind == "O":
            raise NotCompiled("an argument is an array of objects: pass an array of floats")
        return kind, x.shape, x.dtype.str, x.tobytes()
    if (fields := number_fields(x)) is not None:
        return (
            kind,
            tuple([read(getattr(x, field), f"{name}_{field}", numbers, names, ints) for field in fields]),
            ByIdentity(x) if len(fields) < len(kind.__dataclass_fields__) else None,
        )
    if isinstance(x, tuple) and hasattr(x, "_fields"):
        fields = list(vars(kind)["_fields"])
        return kind, tuple([read(y, f"{name}_{key}", numbers, names, ints) for key, y in zip(fields, x, strict=True)])
    return kind, ByIdentity(x)


def floats_of(x: Any, key: Any, at: int, wanted: Collection[int], found: list[float]) -> bool:
    """Collect the floats in lists and tuples of this key, also those of other classes that `read` takes as floats.

    Args:
        x: the argument.
        key: "float", or (list or tuple, the number of floats in it), or (list or tuple, the keys of its items).
        at: the position of the first float among all inputs.
        wanted: the positions of those that a derivative is taken by, which may be ints.
        found: the list for the floats.

    Returns:
        Whether x has the key.
    """
    if key == "float":
        is_wanted = at + len(found) in wanted
        if isinstance(x, float) or (is_wanted and is_number(x) and not getattr(x, "ndim", 0)):
            found.append(float(x) if isinstance(x, float) else number(x))
            return True
        return False
    kind, parts = key
    if x.__class__ is not kind or len(x) != (parts if isinstance(parts, int) else len(parts)):
        return False
    keys = ("float",) * parts if isinstance(parts, int) else parts
    return all([floats_of(item, part, at, wanted, found) for item, part in zip(x, keys, strict=True)])


def _is_input(x: Any) -> bool:
    """Whether x is an int that is an input: others would not be exact as floats, or are True and False."""
    if x.__class__ is int:
        return bool(-LARGEST <= x <= LARGEST)
    is_of_numpy = x.__class__ is not float and _is_int64(getattr(x, "dtype", None)) and not x.ndim
    return is_of_numpy and bool(-LARGEST <= x <= LARGEST)


def _is_int64(dtype: Any) -> bool:
    """Whether ints of NumPy's calculate like Python's; smaller ones, and those without a sign, soon overflow."""
    return getattr(dtype, "kind", "") == "i" and dtype.itemsize == 8


def _holds_inputs(x: Any, ints: Ints) -> bool:
    """Whether the numbers of an array are inputs."""
    if x.dtype.kind == "f" or (ints == "floats" and x.dtype.kind in "biu"):
        return True
    return ints == "inputs" and _is_int64(x.dtype) and (not x.size or (x.min() >= -LARGEST and x.max() <= LARGEST))


def place(x: Any, values: Iterator[Any], ints: Ints = "inputs") -> Any:
    """Return an argument with Values in the places of its floats, and Wholes in those of its ints.

    Args:
        x: an argument.
        values: the Values.
        ints: as for `read`.
    """
    kind = x.__class__
    if ints == "inputs" and _is_input(x):
        return Whole(next(values))
    if isinstance(x, float) or (ints == "floats" and is_number(x) and not getattr(x, "ndim", 0)):
        return next(values)
    if kind is list or kind is tuple:
        return kind([next(values) if item.__class__ is float else place(item, values, ints) for item in x])
    if kind is dict:
        return {key: place(item, values, ints) for key, item in x.items()}
    if getattr(x, "ndim", 0) and hasattr(x, "tobytes"):
        if not _holds_inputs(x, ints):
            return x
        import numpy

        is_float = ints == "floats" or x.dtype.kind == "f"
        made = numpy.empty(x.size, dtype=object)
        made[:] = [next(values) if is_float else Whole(next(values)) for _ in range(x.size)]
        return made.reshape(x.shape)
    if (fields := number_fields(x)) is not None:
        return remade(x, {field: place(getattr(x, field), values, ints) for field in fields})
    if isinstance(x, tuple) and hasattr(x, "_fields"):
        return type(x)(*[place(item, values, ints) for item in x])
    return x


def values_in(x: Any) -> list[Value]:
    """Return the Values in an argument, in the order of `place`."""
    found: list[Value] = []
    _add_values(x, found)
    return found


def _add_values(x: Any, found: list[Value]) -> None:
    if isinstance(x, (Value, Whole)):
        found.append(x if isinstance(x, Value) else x.number)
    elif isinstance(x, (list, tuple)):
        if all([item.__class__ is Value for item in x]):
            found += x
        else:
            for item in x:
                _add_values(item, found)
    elif isinstance(x, dict):
        _add_values(list(x.values()), found)
    elif getattr(getattr(x, "dtype", None), "kind", "") == "O":
        _add_values(x.ravel().tolist(), found)
    elif (fields := number_fields(x)) is not None:
        _add_values([getattr(x, field) for field in fields], found)


def objects_in(key: Any) -> Iterator[Any]:
    """Yield the objects that are part of a key by their identity."""
    if isinstance(key, ByIdentity):
        yield key.x
    elif isinstance(key, tuple):
        for part in key:
            yield from objects_in(part)


def has_ints(key: Any) -> bool:
    """Whether ints are among the inputs in arguments of a key."""
    if not isinstance(key, tuple):
        return bool(key == "int")
    is_array = len(key) == 3 and isinstance(key[2], str)
    return key[2][1] in "iu" if is_array else any(map(has_ints, key))
