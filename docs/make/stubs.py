"""What type checkers know of the functions and methods that come from the table of primitives.

tests/test_stubs.py checks that the files are up to date, so that an operation is added in the table alone.
"""

from __future__ import annotations

import builtins
import re
import textwrap
from pathlib import Path

import autograd
from autograd.primitives import TABLE, Primitive

__all__ = ["NAMES", "PACKAGE", "functions_stub", "make", "methods_stub", "with_names"]

PACKAGE = Path(autograd.__file__).parent
HEADER = "# Written by `python -m docs.make stubs` from the table of primitives.\n"
FIXED = {name: op for name, op in TABLE.items() if not op.variadic and not op.selector}
NAMES = {  # the operations that modules list; `from autograd import *` shadows no builtin
    "__init__.py": [name for name in TABLE if not hasattr(builtins, name)],
    "functions.py": [*FIXED],
}
LISTS = re.compile(r"( *)([^ \n].*[\[(]  # operations, written by .+\n)(?:.*\n)*?( *[\])]  # fmt: skip)")


def functions_stub() -> str:
    """Return elementwise.pyi: floats in, float out; a Value among them, a Value out."""
    names = "".join(f'    "{name}",\n' for name in FIXED)
    lines = [HEADER + "from typing import overload", "", "from .value import Value", "", f"__all__ = [\n{names}]\n"]
    for name, op in FIXED.items():
        _, *operands = op.names
        for first in (None, *range(len(operands))):
            parameters = [
                _parameter(op, i, "float" if first is None or i < first else "Value" if i == first else "Value | float",
                           may_be_left_out=i != first)
                for i in range(len(operands))
            ]  # fmt: skip
            if op.defaults is None:
                parameters.append("/")
            result = "float" if first is None else "Value"
            body = f"{_body(op, 1)}\n" if first is None else " ..."
            lines.append(f"@overload\ndef {name}({', '.join(parameters)}) -> {result}:{body}")
    return "\n".join(lines) + "\n"


def methods_stub() -> str:
    """Return methods.pyi: the methods of Value that are operations."""
    lines = [HEADER + "from .node import Node", "from .value import Value", "", "class Methods(Node):"]
    for op, name in ((op, name) for op in TABLE.values() for name in op.methods):
        parameters = ["self", *(_parameter(op, i, "Value | float") for i in range(1, op.arity or 0))]
        lines.append(f"    def {name}({', '.join(parameters)}) -> Value:{_body(op, 2)}")
    return "\n".join(lines) + "\n"


def with_names(module: str) -> str:
    """Return the source of a module in NAMES, with them in the lists that are marked as written here."""

    def written(found: re.Match[str]) -> str:
        margin, begin, end = found.groups()
        names = [f'"{name}"' if "[" in begin else name for name in NAMES[module]]
        indent = margin + "    "
        rows = textwrap.fill(", ".join(names), 119, initial_indent=indent, subsequent_indent=indent)
        return f"{margin}{begin}{rows},\n{end}"

    return LISTS.sub(written, (PACKAGE / module).read_text(encoding="utf-8"))


def _parameter(op: Primitive, i: int, kind: str, may_be_left_out: bool = True) -> str:
    """The i-th operand, with "..." for its default, if it has one and may be left out."""
    first_default = len(op.names) - 1 - len(op.defaults or ())
    return f"{op.names[i + 1]}: {kind}{' = ...' if i >= first_default and may_be_left_out else ''}"


def _body(op: Primitive, level: int) -> str:
    return textwrap.indent(f'\n"""{op.help}\n"""', "    " * level)


def make() -> None:
    """Write both stubs, and the names of operations that modules list."""
    for module in NAMES:
        (PACKAGE / module).write_text(with_names(module), encoding="utf-8")
    (PACKAGE / "elementwise.pyi").write_text(functions_stub(), encoding="utf-8")
    (PACKAGE / "methods.pyi").write_text(methods_stub(), encoding="utf-8")
