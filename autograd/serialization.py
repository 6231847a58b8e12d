"""Saving and loading the numbers of a module: JSON to read, safetensors to exchange with PyTorch.

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

import os
from pathlib import Path
from typing import Any, Protocol, TypeVar

from .files import writable, write

__all__ = ["load", "save"]

SUFFIXES = (".json", ".safetensors")
FORMAT = "scalar-autograd state_dict"
INSTALL = 'safetensors files need two packages: pip install safetensors numpy (or save as ".json")'


class HasState(Protocol):
    """What can be saved: a Module, an Optimizer."""

    def state_dict(self) -> dict[str, Any]:
        """Return the state as names and numbers."""

    def load_state_dict(self, state_dict: dict[str, Any]) -> Any:
        """Take a state over, or raise an error that says what does not fit, and change nothing."""


Stateful = TypeVar("Stateful", bound=HasState)


def save(module: HasState, path: str | os.PathLike[str]) -> None:
    """Write the state of a module to a file; an old file stays as it is if that fails.

    Args:
        module: what to save.
        path: a file that ends in .json or .safetensors.

    Raises:
        ValueError: another suffix.
        FileNotFoundError: the folder does not exist.
        ImportError: .safetensors without the packages safetensors and numpy.
    """
    path = writable(path, *SUFFIXES)
    write(path, _to_json(module) if path.suffix.lower() == ".json" else _to_safetensors(module))


def load(module: Stateful, path: str | os.PathLike[str]) -> Stateful:
    """Read a state from a file into a module, and return the module.

    A .safetensors file may come from PyTorch; numbers of any precision become floats.

    Args:
        module: a module with the same architecture as the one that was saved.
        path: a file that ends in .json or .safetensors.

    Raises:
        ValueError: another suffix, or a file that is not of this kind, or names and shapes that do not fit the module.
            The module is then as it was.
        OSError: the file cannot be read.
        ImportError: .safetensors without the packages safetensors and numpy.
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
        found = json.loads(content)
    except ValueError as error:
        raise ValueError(f"{path} is not JSON: {error}") from None
    if not isinstance(found, dict) or found.get("format") != FORMAT or not isinstance(found.get("state"), dict):
        raise ValueError(f'{path} is not a state that autograd.save wrote: it has no "format": "{FORMAT}" and "state"')
    state: dict[str, Any] = found["state"]
    return state


def _to_safetensors(module: HasState) -> bytes:
    numpy, safetensors = _libraries()
    arrays = {}
    for name, numbers in module.state_dict().items():
        array = numpy.array(numbers)
        if array.dtype == object or array.dtype.kind not in "fiub":
            raise ValueError(f"{name!r} is not an array of numbers, which .safetensors cannot hold: save as .json")
        arrays[name] = numpy.ascontiguousarray(array) if array.ndim else array
    content: bytes = safetensors.save(arrays, metadata={"format": "pt"})
    return content


def _from_safetensors(content: bytes, path: Path) -> dict[str, Any]:
    _, safetensors = _libraries()
    try:
        arrays = safetensors.load(content)
    except Exception as error:  # the library's own error types differ from version to version
        raise ValueError(f"{path} is not a safetensors file: {error}") from None
    return {name: array.tolist() for name, array in arrays.items()}


def _libraries() -> tuple[Any, Any]:
    try:
        import numpy
        import safetensors.numpy
    except ImportError:
        raise ImportError(INSTALL) from None
    return numpy, safetensors.numpy
