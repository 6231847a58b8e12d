"""The questions of the examination: small programs, each with numbers that a correct engine finds.

A program is plain Python in which `Value` is the class that is examined. The report shows the program itself.
"""

from __future__ import annotations

import gc
import math
from collections.abc import Callable
from functools import cache
from types import CodeType
from typing import Any, Literal, NamedTuple

from ..value import Value

__all__ = ["ENDS", "OPERATIONS", "PROBES", "Outcome", "Probe", "expected", "outcome", "same"]

Outcome = tuple[float, ...] | str  # the numbers that were asked for, or the name of the error that was raised
ENDS = ("time", "crash")  # outcomes of programs that were stopped, or that ended the process


class Probe(NamedTuple):
    """A small program and the expressions that are asked for at its end.

    Attributes:
        subject: the operation or the part of the engine that it is about.
        program: the lines that come before.
        asked: the expressions.
        needs: other operations that it uses; it is left out if the engine lacks them.
        answer: the right answer, if it is not that of this package.
        accepted: other right answers.
        optional: whether the engine need not have the operation.
        limit: what it means if an engine fails here, as a key of sentences: its derivatives are right, at a price.
        typical: the answers that mean so; an error by its name.
    """

    subject: str
    program: str
    asked: tuple[str, ...]
    needs: tuple[str, ...] = ()
    answer: Outcome | None = None
    accepted: tuple[Outcome, ...] = ()
    optional: bool = False
    limit: str = ""
    typical: tuple[Outcome, ...] = ()

    @property
    def is_price(self) -> bool:
        """Whether an engine that fails here has right derivatives all the same, at a price."""
        return self.limit != ""

    def is_lacking(self, found: Outcome) -> bool:
        """Return whether an answer means that the engine does not have the operation."""
        errors = {"TypeError", "NotImplementedError"} | (
            {"AttributeError"} if "()" in OPERATIONS.get(self.subject, "") else set()
        )
        return self.optional and found in errors

    def is_typical(self, found: Outcome) -> bool:
        """Return whether an answer means what `limit` says."""
        return any(found == answer if isinstance(found, str) else same(found, answer) for answer in self.typical)

    @property
    def text(self) -> str:
        """The whole program."""
        return "\n".join([self.program, ", ".join(self.asked)])


def outcome(probe: Probe, engine: Callable[..., Any]) -> Outcome:
    """Run a probe with an engine; return the numbers that it finds or the name of the error that it raises."""
    space: dict[str, Any] = {"Value": engine}
    collecting = gc.isenabled()
    try:
        exec(_compiled(probe.program, "exec"), space)
        return tuple(_single(eval(_compiled(expression, "eval"), space)) for expression in probe.asked)
    except Exception as error:
        return type(error).__name__
    finally:
        if collecting:  # a program may have ended the collection of garbage
            gc.enable()


def _single(x: Any) -> float:
    """Return a number as a float, also if it is in an array or a tensor of size 1."""
    return float(x.item() if hasattr(x, "item") else x)


@cache
def _compiled(source: str, mode: Literal["exec", "eval"]) -> CodeType:
    return compile(source, "<program>", mode)


def expected(probe: Probe) -> Outcome:
    """Return the right answer: that of this package."""
    return probe.answer or outcome(probe, Value)


def same(a: Outcome, b: Outcome) -> bool:
    """Return whether two outcomes are the same: equal numbers up to rounding, or errors of whatever kind."""
    if isinstance(a, str) or isinstance(b, str):
        return type(a) is type(b) and (a in ENDS) == (b in ENDS)
    pairs = zip(a, b, strict=True)
    return all(math.isclose(x, y, rel_tol=1e-9, abs_tol=1e-12) or (x != x and y != y) for x, y in pairs)


# --- the questions, the smallest first ---

OPERATIONS = {  # how each operation is written with the operands a and b
    "add": "a + b", "mul": "a * b", "sub": "a - b", "div": "a / b", "neg": "-a", "pow": "a ** 3",
    "relu": "a.relu()", "tanh": "a.tanh()", "exp": "a.exp()", "log": "a.log()", "sigmoid": "a.sigmoid()",
}  # fmt: skip
_BACK = "\ny.backward()"


def _about(op: str) -> list[Probe]:
    """The questions about one operation."""
    expression, binary = OPERATIONS[op], OPERATIONS[op].endswith("b")
    leaves = "a, b = Value(2.0), Value(-3.0)\n" if binary else "a = Value(0.5)\n"
    grads = ("a.grad", "b.grad") if binary else ("a.grad",)
    twice = expression.replace("b", "a") if binary else f"{expression} + {expression}"
    again = f"y = ({expression}) + a{' + b' if binary else ''}"
    inner = Probe(op, f"{leaves}c = a + 0.75\ny = {expression.replace('a', 'c', 1)}{_BACK}", grads, ("add",))
    return [
        Probe(op, f"{leaves}y = {expression}", ("y.data",), optional=op not in ("add", "mul")),
        Probe(op, f"{leaves}y = {expression}{_BACK}", grads),
        Probe(op, f"{leaves}y = ({expression}) * 5.0{_BACK}", grads, ("mul",)),
        Probe(op, f"{leaves}y = {twice}{_BACK}", ("a.grad",), ("add",)),
        Probe(op, f"{leaves}{again}{_BACK}", grads, ("add",)),
        *([] if binary else [inner]),
    ]


def _constants(op: str) -> list[Probe]:
    """The questions about an operator and plain numbers."""
    right, left = OPERATIONS[op].replace("b", "{}"), OPERATIONS[op].replace("a", "{}").replace("b", "a")
    return [
        Probe(op, f"a = Value(2.0)\ny = {expression.format(number)}{_BACK}", ("y.data", "a.grad"))
        for expression, number in ((right, "3"), (right, "3.0"), (left, "3.0"), (left, "3"))
    ]


PROBES: list[Probe] = [
    Probe("leaf", "y = Value(2.0)\ny.backward()", ("y.grad",)),
    *(probe for op in OPERATIONS for probe in _about(op)),
    *(probe for op in ("add", "mul", "sub", "div") for probe in _constants(op)),
    Probe("add", "a, b = Value(2.0), Value(-3.0)\ny = sum([a, b])" + _BACK, ("y.data", "a.grad", "b.grad")),
    Probe("pow", "a = Value(2.0)\ny = a ** -1" + _BACK, ("y.data", "a.grad")),
    Probe("relu", "a = Value(-2.0)\ny = a.relu()" + _BACK, ("y.data", "a.grad")),
    Probe("relu", "a = Value(0.0)\ny = a.relu()" + _BACK, ("y.data", "a.grad")),
    Probe("add", "a = Value(2.0)\nb = a\nb += Value(1.0)", ("a.data", "b.data")),
    # shared results: the diamond
    Probe("order", "a = Value(2.0)\nb = a * a\ny = b + b" + _BACK, ("a.grad", "b.grad")),
    Probe("order", "a = Value(2.0)\nb = a * a\nc = b + a\ny = c * b" + _BACK, ("a.grad", "b.grad", "c.grad")),
    Probe("order", "a = Value(2.0)\nb = a * a\nc = a + b\ny = b * c" + _BACK, ("a.grad", "b.grad", "c.grad")),
    Probe(
        "order",
        "a = Value(1.5)\nb = a * a\nc = b * b\nd = c + b\ne = d * c\ny = e + b" + _BACK,
        ("a.grad", "b.grad", "c.grad", "d.grad"),
    ),
    Probe(
        "order",
        "a = Value(1.5)\nb = a * a\nc = b * b\nd = b + c\ne = c * d\ny = b + e" + _BACK,
        ("a.grad", "b.grad", "c.grad", "d.grad"),
    ),
    Probe("order", "a, b = Value(2.0), Value(2.0)\np = a + b\nq = a * b\ny = p * q" + _BACK, ("a.grad", "b.grad")),
    Probe("order", "y = a = Value(1.0)\nfor _ in range(10):\n    y = y + y" + _BACK, ("a.grad",)),
    # several sweeps
    Probe(
        "sweeps",
        "a, b = Value(2.0), Value(-3.0)\ny = a * b\ny.backward()\nz = a + b\nz.backward()",
        ("a.grad", "b.grad"),
    ),
    Probe(
        "again",
        "a, b = Value(2.0), Value(-3.0)\nc = a + b\ny = c * b\ny.backward()\ny.backward()",
        ("a.grad", "b.grad"),
        accepted=("RuntimeError",),
        limit="inner gradients",
        typical=((-9.0, -11.0),),
    ),
    # what an engine costs
    Probe(
        "depth",
        "y = a = Value(1.0)\nfor _ in range(20_000):\n    y = y + a" + _BACK,
        ("y.data", "a.grad"),
        limit="recursion",
        typical=("RecursionError", *ENDS),
    ),
    *(
        Probe(
            "memory",
            "import gc, weakref\ngc.disable()\na, b = Value(2.0), Value(-3.0)\ny = a * b\nalive = weakref.ref(y)\n"
            f"del y{then}",
            ("alive() is None",),
            answer=(1.0,),
            accepted=("TypeError",),  # a class without weak references
            limit=limit,
            typical=((0.0,),),
        )
        for then, limit in (("\ngc.collect()", "never freed"), ("", "cycles"))
    ),
]
