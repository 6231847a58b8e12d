"""The definitions of the table's functions, as the beginning of a program that runs without this package.

They are read from the source of `ieee` and from the expressions of `rules`. What exists as Python code only, such as an
operation of the user's own, is imported or has to be supplied.
"""

from __future__ import annotations

import ast
import inspect
import math
from collections.abc import Callable, Iterator, Mapping
from typing import Any

from ... import ieee
from ...expressions import Call, Expression
from ...primitives import TABLE
from ...rules import operands, value
from ...writers import PYTHON, function
from .slopes import SlopesOf

__all__ = ["prelude"]

FACTORIES = {"quiet": "f", "log_with_pole": "f", "whole": "f", "extreme": "pick"}  # of values, and what they wrap
WITHOUT = ("add", "sub", "mul", "neg", "abs")  # operators, and a function that Python has


def prelude(functions: Mapping[str, Callable[..., Any]]) -> str:
    """Return imports and definitions for functions of the table and others, by the names that a program calls."""
    writer = _Prelude()
    for name, found in functions.items():
        if name not in WITHOUT:
            writer.define(name, found)
    text = "\n".join([*writer.constants, "", *writer.definitions])
    head = [f"import {name}" for name in ("math", "operator", "sys") if name == "math" or f"{name}." in text]
    return "\n".join([*head, *writer.imports, "", text])


class _Prelude:
    def __init__(self) -> None:
        self.imports: list[str] = []
        self.constants: list[str] = []
        self.definitions: list[str] = []
        self.known: set[str] = set()
        self.parts = dict(_parts())

    def define(self, name: str, found: Callable[..., Any]) -> None:
        """Add what gives a name to a function, after what that needs."""
        if name in self.known:
            return
        self.known.add(name)
        kind, module = getattr(found, "__qualname__", "").partition(".")[0], getattr(found, "__module__", "")
        own = found.__name__ if getattr(ieee, getattr(found, "__name__", ""), None) is found else ""
        op = next((op for op in TABLE.values() if op.value is found), None)
        if module == "math" or found in vars(math).values():
            self.definitions.append(f"{name} = math.{found.__name__}\n")
        elif own:
            self.include(own)
            if own != name:
                self.definitions.append(f"{name} = {own}\n")
        elif kind in FACTORIES and module == ieee.__name__:
            self.include(kind)
            self.definitions.append(f"{name} = {kind}({', '.join(_arguments(kind, found))})\n")
        elif op is not None and (expression := value(op)) is not None and not _uses_gamma(expression):
            self.needs(expression)
            text = function(name, [s.name for s in operands(op)], expression, PYTHON)
            self.definitions.append(f"{text}\n")
        elif op is not None:
            self.imported(f"{name} = TABLE[{op.name!r}].value")
        elif isinstance(found, SlopesOf) and TABLE.get(found.op.name) is found.op:
            self.imported(f"{name} = TABLE[{found.op.name!r}].all_partials")
        else:
            self.definitions.append(f"# {name} is a function of your program: define it here\n")

    def imported(self, line: str) -> None:
        if not self.imports:
            self.imports.append("\nfrom autograd.primitives import TABLE")
        self.definitions.append(f"{line}\n")

    def needs(self, e: Expression) -> None:
        """Define the functions that an expression calls."""
        if isinstance(e, Call):
            if e.function in TABLE and e.function not in WITHOUT:
                self.define(e.function, TABLE[e.function].value)
            for argument in e.arguments:
                self.needs(argument)

    def include(self, name: str) -> None:
        """Add a part of the module ieee, after what it needs."""
        if name in self.known and name not in TABLE or name in self.parts and self.parts[name] is None:
            return
        self.known.add(name)
        node, self.parts[name] = self.parts[name], None
        for inner in ast.walk(node):
            if isinstance(inner, ast.Name) and inner.id != name and inner.id in self.parts:
                self.include(inner.id)
        if isinstance(node, ast.FunctionDef):
            self.definitions.append(ast.unparse(node) + "\n")
        elif (line := ast.unparse(node)) not in self.constants:
            self.constants.append(line)


def _parts() -> Iterator[tuple[str, Any]]:
    """Yield the functions and constants of the module ieee by name, without annotations and decorators."""
    for node in ast.parse(inspect.getsource(ieee)).body:
        if isinstance(node, ast.FunctionDef):
            for inner in ast.walk(node):
                if isinstance(inner, ast.FunctionDef):
                    inner.decorator_list, inner.returns = [], None
                elif isinstance(inner, ast.arg):
                    inner.annotation = None
            yield node.name, node
        elif isinstance(node, ast.Assign):
            for target in ast.walk(node.targets[0]):
                if isinstance(target, ast.Name):
                    yield target.id, node


def _arguments(kind: str, found: Callable[..., Any]) -> Iterator[str]:
    """Yield what a value was made of, as code."""
    cells = inspect.getclosurevars(found).nonlocals
    wrapped = cells[FACTORIES[kind]]
    yield wrapped.__name__ if kind == "extreme" else f"math.{wrapped.__name__}"
    if "pole" in cells:
        yield repr(cells["pole"])
    if "overflow" in cells and cells["overflow"](-1.0) < 0:
        yield "lambda x: math.copysign(inf, x)"


def _uses_gamma(e: Expression) -> bool:
    return isinstance(e, Call) and (e.function.startswith("gamma.") or any(map(_uses_gamma, e.arguments)))
