"""Arguments and results made of many numbers: lists, tuples, dicts, NumPy arrays and dataclasses, in any nesting.

`flatten` takes such a structure apart into its numbers and a `Structure` that can put others in their places.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence, Set
from itertools import chain, product
from typing import Any, NamedTuple

from .operation import number
from .text import given, listed, shown
from .value import Value

__all__ = ["Derivatives", "Structure", "flatten", "number_fields", "one_number", "remade", "same_structure"]

ACCEPTED = "a number, or a list, tuple, dict, NumPy array or dataclass of numbers"


class Derivatives(chain[Any]):
    """Derivatives in the places of numbers: a dataclass takes them without the checks of its constructor."""


class Structure(NamedTuple):
    """The number of numbers in a structure, how to build it of others, and their places.

    Attributes:
        size: the number of numbers.
        build: a function of an iterator over other numbers, which it puts in the places of these.
        paths: the place of each number, such as "[0]['w']".
    """

    size: int
    build: Callable[[Iterator[Any]], Any]
    paths: tuple[str, ...]

    def unflatten(self, numbers: Iterable[Any]) -> Any:
        """Return the structure with these in the places of its numbers; a dataclass is constructed anew."""
        return self.build(iter(numbers))

    def of_derivatives(self, derivatives: Iterable[Any]) -> Any:
        """Return the structure with derivatives in the places of its numbers; a dataclass is not constructed."""
        return self.build(Derivatives(derivatives))


def flatten(x: Any, what: str) -> tuple[list[Any], Structure]:
    """Return the numbers in `x`, floats or Values, and the structure without them.

    Args:
        x: a number, or lists, tuples, dicts, NumPy arrays and dataclasses of numbers; None is not a number.
        what: a name for x in messages.

    Raises:
        TypeError: something in x is not a number; the message says where.
    """
    numbers: list[Any] = []
    paths: list[str] = []
    build = _take_apart(x, what, "", numbers, paths)
    return numbers, Structure(len(numbers), build, tuple(paths))


def same_structure(found: Structure, expected: Structure, what: str, of_what: str) -> None:
    """Raise a ValueError if two structures differ in the places of their numbers."""
    if found.paths != expected.paths:
        raise ValueError(
            f"{what} must have the structure of {of_what}, with {expected.size} numbers at "
            f"{listed(expected.paths)}, but got {found.size} at {listed(found.paths)}"
        )


def one_number(result: Any) -> Any:
    """The result of a function that must return one number."""
    if isinstance(result, Value):
        return result
    if getattr(result, "shape", None) == () and isinstance(result.item(), Value):
        return result.item()
    shape = getattr(result, "shape", ())
    if not shape:
        try:
            numbers, structure = flatten(result, "the result of f")
            if structure.paths == ("",):
                return numbers[0]
        except TypeError:
            pass
    size = f" of shape {shape}" if shape else f" of length {len(result)}" if hasattr(result, "__len__") else ""
    raise TypeError(
        f"f must return one number, a float or a Value, but it returned a {type(result).__name__}{size}: "
        f"{shown(result)}; for several results use jacobian or vjp"
    )


def _take_apart(x: Any, what: str, path: str, numbers: list[Any], paths: list[str]) -> Callable[[Iterator[Any]], Any]:
    if x.__class__ is float or isinstance(x, Value):
        numbers.append(x)
        paths.append(path)
        return next
    if x.__class__ is list:
        if all([item.__class__ is float for item in x]):
            numbers += x
            paths += [f"{path}[{i}]" for i in range(len(x))]
            times = range(len(x))
            return lambda values: [next(values) for _ in times]
        parts = _parts(enumerate(x), what, path, numbers, paths)
        return lambda values: [part(values) for part in parts]
    if x is None:
        return lambda values: None
    if isinstance(x, Mapping):
        keys, parts = list(x), _parts(x.items(), what, path, numbers, paths)
        return lambda values: {key: part(values) for key, part in zip(keys, parts, strict=True)}
    if isinstance(x, tuple):
        parts = _parts(enumerate(x), what, path, numbers, paths)
        make = getattr(type(x), "_make", tuple)  # a named tuple stays one
        return lambda values: make([part(values) for part in parts])
    if getattr(x, "ndim", 0) or (hasattr(x, "to_numpy") and getattr(x, "shape", ())):
        _check_array(x, what + path)
        shape = x.shape
        places = [f"{path}[{', '.join(index)}]" for index in product(*[list(map(str, range(n))) for n in shape])]
        if x.dtype.kind == "f" and x.dtype.itemsize == 8:
            numbers += x.ravel().tolist()
            paths += places
        else:
            for place, child in zip(places, x.flat, strict=True):
                _number(child, what, place, numbers, paths)
        return lambda values: _array([next(values) for _ in range(x.size)], shape)
    if isinstance(x, Sequence) and not isinstance(x, (str, bytes, bytearray)):
        parts = _parts(enumerate(x), what, path, numbers, paths)
        return lambda values: [part(values) for part in parts]
    if (names := number_fields(x)) is not None:
        for name in names:
            field = getattr(x, name)
            if isinstance(field, (str, bytes)) or callable(field):
                raise TypeError(
                    f"{what}{path}.{name} must be {ACCEPTED}, but got {given(field)}: declare a constant field as "
                    "dataclasses.field(metadata={'static': True})"
                )
        parts = [_take_apart(getattr(x, name), what, f"{path}.{name}", numbers, paths) for name in names]
        return lambda values: remade(
            x, {name: part(values) for name, part in zip(names, parts, strict=True)}, isinstance(values, Derivatives)
        )
    _number(x, what, path, numbers, paths)
    return next


def number_fields(x: Any) -> list[str] | None:
    """Return the names of the fields of a dataclass's instance that hold numbers; None if x is something else.

    These are the fields that its constructor takes, without those of metadata {"static": True}.
    """
    return None if isinstance(x, type) else number_fields_of(type(x))


def number_fields_of(kind: type) -> list[str] | None:
    """Return the names of the fields with numbers of the instances of a dataclass; None for another class."""
    if not hasattr(kind, "__dataclass_fields__"):
        return None
    from dataclasses import fields

    return [field.name for field in fields(kind) if field.init and not field.metadata.get("static")]


def remade(x: Any, changes: dict[str, Any], are_derivatives: bool = False) -> Any:
    """Return a dataclass's instance like x with other numbers; with derivatives, without a call of its constructor.

    A constructor may refuse derivatives, which can be negative where the field must be positive. Fields that it does
    not take are then None.
    """
    from dataclasses import fields, replace

    if not are_derivatives:
        return replace(x, **changes)
    made = object.__new__(type(x))
    for field in fields(x):
        kept = getattr(x, field.name) if field.init else None
        object.__setattr__(made, field.name, changes.get(field.name, kept))  # a frozen one refuses setattr
    return made


def _parts(
    items: Iterable[tuple[Any, Any]], what: str, path: str, numbers: list[Any], paths: list[str]
) -> list[Callable[[Iterator[Any]], Any]]:
    return [_take_apart(child, what, f"{path}[{key!r}]", numbers, paths) for key, child in items]


def _check_array(x: Any, what: str) -> None:
    """Refuse arrays of other packages, and those of NumPy that an object array cannot replace."""
    shown = f"{type(x).__name__} of shape {tuple(x.shape)}"
    if not hasattr(x, "flat"):  # a Series or DataFrame, a tensor
        ways = {"to_numpy": "x.to_numpy()", "detach": "x.detach().numpy()", "__array__": "numpy.asarray(x)"}
        way = next((way for name, way in ways.items() if hasattr(x, name)), "a list")
        raise TypeError(f"{what} must be an array of NumPy or a list, but got {shown}; give {way}")
    if hasattr(x, "mask"):
        raise TypeError(f"{what} must be without a mask, but got {shown}; give x.filled(0.0) or x.compressed()")
    if hasattr(x, "A1"):  # NumPy's matrix
        raise TypeError(f"{what} must be an array, but got {shown} with another *; give numpy.asarray(x)")


def _number(x: Any, what: str, path: str, numbers: list[Any], paths: list[str]) -> None:
    if isinstance(x, (Set, Iterator)):
        raise TypeError(
            f"{what}{path} must be {ACCEPTED}, but got {given(x)}; give list(x), which has an order and a length"
        )
    if not isinstance(x, Value):
        item = x.item() if getattr(x, "ndim", None) == 0 else x
        x = item if isinstance(item, Value) else number(item, what + path)
    numbers.append(x)
    paths.append(path)


def _array(entries: list[Any], shape: tuple[int, ...]) -> Any:
    """An array of numbers, or of arrays that all have one shape; an object array for anything else."""
    import numpy

    if all(isinstance(entry, float) for entry in entries):
        return numpy.array(entries, dtype=float).reshape(shape)
    if entries and all(isinstance(entry, numpy.ndarray) for entry in entries):
        return numpy.stack(entries).reshape(shape + entries[0].shape)
    array = numpy.empty(len(entries), dtype=object)
    array[:] = entries
    return array.reshape(shape)
