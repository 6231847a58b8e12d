"""Which core runs: the compiled one, or the pure one if it was not built or is not wanted.

The pure core is node.py and the sweep in graph.py; `autograd/_native/` is their compiled twin. Both give the same
results, bit for bit. Set the environment variable AUTOGRAD_PURE_PYTHON=1 to use the pure one.

>>> from autograd import native
>>> native in (True, False)
True
"""

from __future__ import annotations

import os
import warnings
from collections.abc import Callable
from importlib import import_module
from types import ModuleType
from typing import ParamSpec, TypeVar

from . import _native

__all__ = ["FASTER", "compiled", "is_pure_wanted", "native", "twin"]

P = ParamSpec("P")
R = TypeVar("R")

FASTER = (  # in English and in Chinese
    "The pure Python core runs. With a C compiler and Python's headers (Debian: sudo apt install gcc "
          "python3-dev), installing again builds the compiled one, about ten times as fast.",
    "现在运行的是纯 Python 核心。装好 C 编译器和 Python 头文件（Debian：sudo apt install gcc python3-dev）"
          "后重新安装，就会编译原生核心，速度约为十倍。",
)  # fmt: skip


def is_pure_wanted() -> bool:
    """Return whether the environment asks for the pure core."""
    return os.environ.get("AUTOGRAD_PURE_PYTHON", "0") not in ("", "0")


def _compiled() -> ModuleType | None:
    if is_pure_wanted():
        return None
    try:
        module = import_module("autograd._native.core")
    except ImportError:
        return None
    if _native.digest() not in ("", module.SOURCES):
        warnings.warn(
            "the compiled core was built from other sources than those in autograd/_native, so the pure Python core "
            "runs: install again (pip install -e .)",
            RuntimeWarning,
            stacklevel=2,
        )
        return None
    return module


compiled = _compiled()
native = compiled is not None


def twin(function: Callable[P, R]) -> Callable[P, R]:
    """Return the compiled function of this name, for code that calls it often; the function itself if there is none."""
    found: Callable[P, R] = getattr(compiled, function.__name__, function)
    return found
