"""Write what type checkers know of the functions and methods that come from the table of primitives.

    python tests/make_stubs.py

tests/test_stubs.py holds that the files are what this writes, so that an operation is added in the table alone.
"""

from __future__ import annotations

from pathlib import Path

from autograd import elementwise, functions
from autograd.primitives import TABLE

PACKAGE = Path(functions.__file__).parent
OVERLOADS = {
    1: [("float",), ("Value",)],
    2: [("float", "float"), ("Value", "Value | float"), ("float", "Value")],
}
HEADER = "# Written by tests/make_stubs.py from the table of primitives.\n"


def functions_stub() -> str:
    """Return elementwise.pyi: floats in, float out; a Value among them, a Value out."""
    lines = [HEADER + "from typing import overload", "", "from .value import Value", "", "__all__: list[str]"]
    lines[-1] = "__all__ = [\n" + "".join(f'    "{name}",\n' for name in elementwise.__all__) + "]\n"
    for name in elementwise.__all__:
        for kinds in OVERLOADS[TABLE[name].arity or 0]:
            arguments = ", ".join(f"{a}: {kind}" for a, kind in zip("xy", kinds, strict=False))
            result = "Value" if "Value" in kinds else "float"
            lines.append(f"@overload\ndef {name}({arguments}, /) -> {result}: ...")
    return "\n".join(lines) + "\n"


def methods_stub() -> str:
    """Return methods.pyi: the methods of Value that are operations."""
    lines = [HEADER + "from .primitives import Traced", "from .value import Value", "", "class Methods(Traced):"]
    written = {
        "leaky_relu": "negative_slope: Value | float = ...",
        "elu": "alpha: Value | float = ...",
        "clip": "lo: Value | float, hi: Value | float",
    }
    for name, alias in functions.METHODS:
        arity = TABLE[name].arity or 0
        rest = written.get(name) or ("other: Value | float" if arity == 2 else "")
        lines.append(f"    def {alias}(self{', ' if rest else ''}{rest}) -> Value: ...")
    return "\n".join(lines) + "\n"


if __name__ == "__main__":
    (PACKAGE / "elementwise.pyi").write_text(functions_stub(), encoding="utf-8")
    (PACKAGE / "methods.pyi").write_text(methods_stub(), encoding="utf-8")
