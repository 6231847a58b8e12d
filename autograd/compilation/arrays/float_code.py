"""Nests as plain Python on the items of the buffer: for few numbers, where calls of NumPy are slow.

    x7 = buffer[7]
    x9 = buffer[9] = x7 * 2.0

A number that was just read or written is in a variable, until something else may have written to its address.
"""

from __future__ import annotations

from typing import Any

from ...expressions import Call, Expression, Symbol, call
from ...primitives import TABLE
from ...writers import PYTHON, statements
from ..nests.addresses import addresses
from ..nests.nest import Nest, Stream
from .buffer_code import BufferCode

__all__ = ["FloatCode"]

SAFE = PYTHON._replace(  # functions of C as the entries with their values, which raise no exceptions
    functions={
        name: entry if (entry := name.rpartition(".")[2]) in TABLE else text for name, text in PYTHON.functions.items()
    }
    | {f"gamma.{name}": name for name in ("lgamma", "digamma", "polygamma")}
)
RESULT, BEFORE = Symbol("result"), Symbol("before")


class FloatCode:
    """Writes nests as plain Python.

    Args:
        code: takes the lines.
    """

    def __init__(self, code: BufferCode) -> None:
        self.code, self.put = code, code.put
        self.known: dict[int, dict[int, str]] = {}  # variables by step and address
        self.templates: dict[Any, tuple[list[str], str]] = {}
        self.functions: dict[str, Any] = {}

    def forget(self) -> None:
        """Something else writes to the buffer from here on, or another round of a loop begins."""
        self.known.clear()

    def read(self, address: int, step: int = 0) -> str:
        """Return a variable with the number at an address."""
        found = self.known.setdefault(step, {})
        if address not in found:
            found[address] = _variable(address, step)
            self.put(f"{found[address]} = {self._item(address, step)}")
        return found[address]

    def _item(self, address: int, step: int) -> str:
        if not step:
            return f"buffer[{address}]"
        return f"buffer[{self.code.iterate(range(address, address + step * self.code.times, step))}]"

    def unrolled(self, nest: Nest) -> None:
        """Write a statement for each round of a nest."""
        target, *streams = [addresses(s, nest.dims).ravel().tolist() for s in (nest.target, *nest.streams)]
        for to, *others in zip(target, *streams, strict=True):
            names = [self.read(at, s.step) for at, s in zip(others, nest.streams, strict=True)]
            before = "" if nest.mode == "=" else self.read(to, nest.target.step)
            value = self._value(nest, names, before)
            self._written(to, nest.target.step)
            variable = self.known.setdefault(nest.target.step, {})[to] = _variable(to, nest.target.step)
            self.put(f"{variable} = {self._item(to, nest.target.step)} = {value}")

    def _written(self, address: int, step: int) -> None:
        """Forget the variables of addresses that are this one in some round of the loop."""
        for other, found in self.known.items():
            if other != step:
                for t in range(self.code.times):
                    found.pop(address + (step - other) * t, None)

    def rolled(self, nest: Nest) -> None:
        """Write a loop over the rounds of a nest."""
        self.forget()
        streams: list[Stream] = [nest.target, *nest.streams]
        names = [f"a{k}" for k in range(len(streams))]
        every = [self.code.bind(addresses(s, nest.dims).ravel().tolist()) for s in streams]
        steps = {s.step: self.code.iterate(range(0, s.step * self.code.times, s.step)) for s in streams if s.step}
        items = [
            f"buffer[{name} + {steps[s.step]}]" if s.step else f"buffer[{name}]"
            for name, s in zip(names, streams, strict=True)
        ]
        self.put(f"for {', '.join(names)} in zip({', '.join(every)}):" if len(names) > 1 else f"for a0 in {every[0]}:")
        self.put(f"    {items[0]} = {self._value(nest, items[1:], items[0], '    ')}")

    def _value(self, nest: Nest, names: list[str], before: str, indent: str = "") -> str:
        """Write what comes before the value of a round of a nest; return its text.

        Args:
            nest: the nest.
            names: the texts of the numbers of the streams.
            before: that of the number at the target.
            indent: what lines begin with.
        """
        key = nest.mode, nest.expression
        if key not in self.templates:
            self.templates[key] = self._template(nest)
        lines, text = self.templates[key]
        for line in lines:
            self.put(indent + line.format(*names, before=before))
        return text.format(*names, before=before)

    def _template(self, nest: Nest) -> tuple[list[str], str]:
        e = nest.expression
        places: dict[Expression, str] = {Symbol(f"s{k}"): f"{{{k}}}" for k in range(len(nest.streams))}
        places |= {BEFORE: "{before}", RESULT: "result"}
        lines: list[str] = []
        if nest.mode == "+=":
            e = Call("add", (BEFORE, e))
        elif nest.mode != "=":
            lines, (text,) = self._statements(e, places)
            lines.append(f"result = {text}")
            larger = Call("gt" if nest.mode == "max=" else "lt", (RESULT, BEFORE))
            e = call("select", Call("or", (Call("ne", (RESULT, RESULT)), larger)), RESULT, BEFORE)
        more, (text,) = self._statements(e, places)
        return [*lines, *more], text

    def _statements(self, e: Expression, places: dict[Expression, str]) -> tuple[list[str], list[str]]:
        self._note(e)
        return statements([e], SAFE, places)

    def _note(self, e: Expression) -> None:
        """Remember which functions an expression calls."""
        if isinstance(e, Call):
            name = e.function.rpartition(".")[2]
            if name in TABLE:
                self.functions[name] = TABLE[name].value
            for argument in e.arguments:
                self._note(argument)


def _variable(address: int, step: int) -> str:
    return f"x{address}_{step}".replace("-", "n") if step else f"x{address}"
