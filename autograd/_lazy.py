"""Names of a package: looked up, with their modules, on first use; a wrong one gets a suggestion."""

from __future__ import annotations

import sys
from collections.abc import Callable, Sequence
from importlib import import_module
from typing import Any

from .text import did_you_mean

__all__ = ["load_on_first_use", "public_names", "suggest"]


BUILTIN = {"abs", "max", "min", "pow", "sum"}  # functions here that `import *` does not bring


def load_on_first_use(package: str, **modules: Sequence[str]) -> Callable[[str], Any]:
    """Return a `__getattr__` for a package (PEP 562), so that importing it is quick.

    Args:
        package: the package's name.
        modules: the names that each of its modules gives; a module's own name gives the module itself.
    """
    homes = {name: module for module, names in modules.items() for name in names}

    def __getattr__(name: str) -> Any:
        if name not in homes:
            raise _missing(package, name)
        module = import_module(f"{package}.{homes[name]}")
        found = module if name == homes[name] else getattr(module, name)
        setattr(sys.modules[package], name, found)
        return found

    return __getattr__


def suggest(package: str) -> Callable[[str], Any]:
    """Return a `__getattr__` for a package that suggests the name that was meant."""

    def __getattr__(name: str) -> Any:
        raise _missing(package, name)

    return __getattr__


def public_names(package: str) -> Callable[[], list[str]]:
    """Return a `__dir__` for a package: its public names, loaded or not, and nothing that it uses itself."""

    def __dir__() -> list[str]:
        module = sys.modules[package]
        special = {name for name in vars(module) if name.startswith("__") and name.endswith("__")}
        return sorted({*special, *module.__all__, *(BUILTIN & vars(module).keys())})

    return __dir__


def _missing(package: str, name: str) -> AttributeError:
    module = sys.modules[package]
    hint = "" if name.startswith("_") else did_you_mean(name, module.__all__)  # tools ask for names with underscores
    message = f"module {package!r} has no attribute {name!r}{hint}"
    if hint:
        return AttributeError(message, name=name)  # without obj, so that Python does not add its own suggestion
    return AttributeError(message, name=name, obj=module)
