"""Saving and loading the numbers of a module: JSON for people, safetensors for exchange with PyTorch.

A file holds what `state_dict()` gives: names as in PyTorch, such as "layers.0.weight", with nested lists of numbers.

>>> import tempfile, os
>>> from autograd import nn
>>> path = os.path.join(tempfile.mkdtemp(), "model.json")
>>> model, twin = nn.Linear(2, 1, seed=0), nn.Linear(2, 1, seed=1)
>>> save(model, path)
>>> load(twin, path).state_dict() == model.state_dict()
True
"""

from __future__ import annotations

import math
import os
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Protocol, TypeVar

from .dtypes import nested, unpacked
from .files import writable, write
from .text import printable, shown

__all__ = ["load", "save"]

SUFFIXES = (".json", ".safetensors")
DIGITS = 400  # a number of more digits before the point is beyond all floats
FORMAT = "scalar-autograd state_dict"
INSTALL = 'safetensors files need two packages: pip install safetensors numpy (or save as ".json")'


class HasState(Protocol):
    """What can be saved: a Module, an Optimizer."""

    def state_dict(self) -> dict[str, Any]:
        """Return the state as names and numbers."""
        ...

    def load_state_dict(self, state: dict[str, Any], /) -> Any:
        """Load a state, or raise an error that names the mismatch, and change nothing."""


Stateful = TypeVar("Stateful", bound=HasState)


def save(module: HasState, path: str | os.PathLike[str]) -> None:
    """Write the state of a module to a file.

    An existing file is replaced whole or not at all, and keeps its mode; a symbolic link stays.

    Args:
        module: a module or an optimizer.
        path: a file that ends in .json or .safetensors.

    Raises:
        ValueError: the suffix is another one, or two parts of the module have the same name.
        FileNotFoundError: the folder does not exist.
        OSError: the file cannot be written; an existing one is unchanged.
        ImportError: .safetensors without the packages safetensors and numpy.
    """
    path = writable(path, *SUFFIXES)
    write(path, _to_json(module) if path.suffix.lower() == ".json" else _to_safetensors(module))


def load(module: Stateful, path: str | os.PathLike[str]) -> Stateful:
    """Read a state from a file into a module, and return the module.

    A .safetensors file may come from PyTorch; numbers of any precision, bfloat16 and float8 too, become floats.

    Args:
        module: a module with the same architecture as the one that was saved.
        path: a file that ends in .json or .safetensors.

    Raises:
        ValueError: another suffix, or a file that is not of this kind, or names and shapes that do not fit the module.
            The module is then as it was.
        OSError: the file cannot be read.
        ImportError: .safetensors without the package safetensors.
    """
    path = Path(path).expanduser()
    if path.suffix.lower() not in SUFFIXES:
        raise ValueError(f"the file must end in {' or '.join(SUFFIXES)}, but got {str(path)!r}")
    content = path.read_bytes()
    state = _from_json(content, path) if path.suffix.lower() == ".json" else _from_safetensors(content, path)
    module.load_state_dict(state)
    return module


def _to_json(module: HasState) -> bytes:
    import json

    # float.hex would be exact too, but repr is: Python prints the shortest digits that read back as the same float
    return json.dumps({"format": FORMAT, "state": module.state_dict()}, indent=1).encode("utf-8")


def _from_json(content: bytes, path: Path) -> dict[str, Any]:
    import json

    try:
        found = json.loads(content, object_pairs_hook=_distinct, parse_int=_whole, parse_float=_fraction)
    except ValueError as error:
        raise ValueError(f"{printable(path)} is not JSON: {error}") from None
    except RecursionError:
        raise ValueError(
            f"{printable(path)} is not a state that autograd.save wrote: its lists are nested too deeply"
        ) from None
    if not isinstance(found, dict) or found.get("format") != FORMAT or not isinstance(found.get("state"), dict):
        raise ValueError(
            f'{printable(path)} is not a state that autograd.save wrote: it has no "format": "{FORMAT}" and "state"'
        )
    state: dict[str, Any] = found["state"]
    for name, entry in state.items():
        for x in _too_large(entry):
            raise ValueError(
                f"{printable(path)} cannot be loaded: {shown(name)} must be within the range of floats, but got {x}; "
                "write an infinite number as Infinity"
            )
    return state


def _distinct(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    """A JSON object without duplicate names, of which the parser would keep the last one."""
    found = dict(pairs)
    if len(found) < len(pairs):
        twice = next(name for name, count in Counter(name for name, _ in pairs).items() if count > 1)
        raise ValueError(f"the name {shown(twice)} is in one object twice")
    return found


class _TooLarge(str):
    """A number of a JSON file that is beyond the range of floats, as it is written there, shortened."""

    __slots__ = ()


def _whole(digits: str) -> Any:
    if len(digits) <= DIGITS:
        whole = int(digits)
        try:
            float(whole)
        except OverflowError:
            pass
        else:
            return whole
    return _TooLarge(f"a whole number of {len(digits.lstrip('-')):,} digits")


def _fraction(text: str) -> Any:
    found = float(text)
    return found if math.isfinite(found) else _TooLarge(shown(text)[1:-1])


def _too_large(x: Any) -> Iterator[str]:
    """The numbers in x that are beyond the range of floats."""
    stack = [x]
    while stack:
        x = stack.pop()
        if isinstance(x, _TooLarge):
            yield x
        elif isinstance(x, (list, dict)):
            stack += x.values() if isinstance(x, dict) else x


def _to_safetensors(module: HasState) -> bytes:
    numpy, safetensors = _libraries()
    arrays = {}
    for name, numbers in module.state_dict().items():
        array = numpy.array(numbers)
        if array.dtype == object or array.dtype.kind not in "fiub":
            raise ValueError(f"{name!r} is not an array of numbers, which .safetensors cannot hold: save as .json")
        if name == "__metadata__":
            raise ValueError(f"{name!r} has another meaning in .safetensors: rename the attribute, or save as .json")
        arrays[name] = numpy.ascontiguousarray(array) if array.ndim else array
    content: bytes = safetensors.save(arrays, metadata={"format": "pt"})
    return content


def _from_safetensors(content: bytes, path: Path) -> dict[str, Any]:
    try:
        import safetensors
    except ImportError:
        raise ImportError(INSTALL) from None
    library: Any = safetensors  # its functions have no types
    try:
        arrays = library.deserialize(content)
    except Exception as error:  # the library's own error types differ from version to version
        raise ValueError(f"{printable(path)} is not a safetensors file: {str(error)[:200]}") from None
    state = {}
    for name, array in arrays:
        try:
            state[name] = nested(unpacked(array["dtype"], bytes(array["data"])), array["shape"])
        except ValueError as error:
            raise ValueError(f"{printable(path)} cannot be loaded: of {shown(name)} {error}") from None
    return state


def _libraries() -> tuple[Any, Any]:
    try:
        import numpy
        import safetensors.numpy
    except ImportError:
        raise ImportError(INSTALL) from None
    return numpy, safetensors.numpy
