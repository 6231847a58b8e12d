"""The functions of a fixed number of numbers, straight from the table, under their names there.

What type checkers know of them is in elementwise.pyi and methods.pyi, which `python -m docs.make stubs` writes from
the table too.
"""

from __future__ import annotations

from .operation import as_function
from .primitives import TABLE

__all__ = [name for name, op in TABLE.items() if not op.variadic and not op.selector]

globals().update({name: TABLE[name] if TABLE[name].defaults is None else as_function(TABLE[name]) for name in __all__})
