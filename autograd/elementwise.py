"""The functions of a fixed number of numbers, straight from the table, under their names there.

What type checkers know of them stands in elementwise.pyi and methods.pyi, which `python tests/make_stubs.py` writes
from the table too.
"""

from __future__ import annotations

from .primitives import TABLE

WITH_OPTIONS = {"leaky_relu", "elu", "where", "clip"}  # written out in functions.py

__all__ = [name for name, op in TABLE.items() if not op.variadic and name not in WITH_OPTIONS]

globals().update({name: TABLE[name] for name in __all__})
