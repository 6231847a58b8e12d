"""Expressions on arrays: calls of NumPy that write into arrays made beforehand.

Entries of the table that NumPy lacks are computed by their expressions in `rules`, those that have none, such as the
gamma functions, by the table's own function, one number after another. Both sides of a select are computed.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Callable, Mapping
from typing import Any

from ...expressions import COMPARISONS, CONNECTIVES, Call, Constant, Expression, call, evaluate
from ...primitives import TABLE
from ...rules import operands, value
from .buffer_code import BufferCode, Operand

__all__ = ["ArrayValues"]

OPERATORS = {
    "add": "add", "sub": "subtract", "mul": "multiply", "div": "divide", "neg": "negative", "abs": "absolute",
    "pow": "power", "mod": "remainder", "floor_divide": "floor_divide", "and": "logical_and", "or": "logical_or",
    "lt": "less", "le": "less_equal", "gt": "greater", "ge": "greater_equal", "eq": "equal", "ne": "not_equal",
}  # fmt: skip
FROM_MATH = {  # functions with the results of C; NumPy 1 has only its own names for some
    f"math.{name}": name
    for name in (
        "exp", "expm1", "log", "log1p", "log2", "log10", "sqrt", "cbrt", "sin", "cos", "tan", "sinh", "cosh", "tanh",
        "hypot", "copysign", "floor", "ceil", "trunc",
    )
} | {f"math.a{name}": f"arc{name}" for name in ("sin", "cos", "tan", "tan2", "sinh", "cosh", "tanh")}  # fmt: skip
EXTREMES = {"numpy.maximum": "maximum", "numpy.minimum": "minimum"}  # keep nan; the sign of a zero is that of either
UFUNCS = OPERATORS | FROM_MATH | EXTREMES
CONDITIONS = (*COMPARISONS, *CONNECTIVES)
LARGE = 256  # from this size on, a select by bits is faster than one by branches, which processors mispredict


class ArrayValues:
    """Writes expressions as calls of NumPy.

    Args:
        code: takes the lines.
    """

    def __init__(self, code: BufferCode) -> None:
        self.put, self.bind, self.operand = code.put, code.bind, code.operand
        self.expressions: dict[str, Expression | None] = {}  # of entries; None if NumPy lacks a part
        self.functions: dict[str, str] = {}
        self.constants: dict[str, Operand] = {}  # by their bits
        self.spare: list[Any] = []  # arrays of bytes, to be used again
        self.used: dict[str, Any] = {}  # by the text of the operand

    # --- arrays for results in between ---

    def new(self, shape: tuple[int, ...], dtype: str = "float64") -> Operand:
        """Return an array of this shape that is in use until `release`."""
        import numpy

        size = math.prod(shape) * numpy.dtype(dtype).itemsize
        fitting = [i for i, memory in enumerate(self.spare) if size <= len(memory)]
        if fitting:
            memory = self.spare.pop(min(fitting, key=lambda i: len(self.spare[i])))
        else:
            memory = numpy.zeros(max(64, 1 << (size - 1).bit_length()), numpy.uint8)
        found = self.operand(memory[:size].view(dtype).reshape(shape), False)
        self.used[found.text] = memory
        return found

    def release(self, *found: Operand) -> None:
        """Let arrays be used again; all if none are given."""
        for text in [x.text for x in found] or list(self.used):
            if text in self.used:
                self.spare.append(self.used.pop(text))

    # --- expressions ---

    def constant(self, x: float) -> Operand:
        """Return a number as an operand: calls take arrays without dimensions faster than floats."""
        import numpy

        key = x.hex()
        if key not in self.constants:
            self.constants[key] = Operand(self.bind(numpy.array(x)), number=x)
        return self.constants[key]

    def numpy(self, name: str) -> str:
        """Return what the code calls a function of NumPy."""
        import numpy

        return self._function(f"numpy.{name}", lambda: getattr(numpy, name))

    def _entry(self, name: str) -> str:
        """Return what the code calls the value of an entry of the table, as a function of arrays."""
        import numpy

        return self._function(name, lambda: numpy.vectorize(TABLE[name].value, otypes=[float]))

    def _function(self, name: str, make: Callable[[], Any]) -> str:
        if name not in self.functions:
            self.functions[name] = self.bind(make())
        return self.functions[name]

    def native(self, e: Expression, arguments: Mapping[Expression, Expression] | None = None) -> Expression:
        """Return an expression with those of the entries that NumPy lacks in their places.

        Args:
            e: an expression.
            arguments: what to put in the places of symbols.
        """
        if not isinstance(e, Call):
            return (arguments or {}).get(e, e)
        found = [self.native(a, arguments) for a in e.arguments]
        if e.function in UFUNCS or e.function == "select":
            return _simpler(e.function, found)
        entry = TABLE[e.function.rpartition(".")[2]]
        if entry.name not in self.expressions:
            expression = value(entry)
            is_known = expression is not None and _is_made_of_ufuncs(expression)
            self.expressions[entry.name] = expression if is_known else None
        expression = self.expressions[entry.name]
        if expression is None:
            return _simpler(entry.name, found)
        return self.native(expression, dict(zip(operands(entry), found, strict=True)))

    def compute(self, e: Expression, leaves: Mapping[Expression, Operand], out: Operand | None = None) -> Operand:
        """Write the calls that compute an expression; return the result.

        Args:
            e: an expression.
            leaves: the operands of its symbols.
            out: an array for the result, used if its shape is that of the result; no leaf may share its memory, except
                the same elements for a function of one call.
        """
        e = self.native(e)
        known: dict[Expression, Operand] = dict(leaves)
        uses: Counter[Expression] = Counter()
        seen: set[Expression] = set()
        _count(e, uses, seen)

        def computed(e: Expression) -> Operand:
            if e in known:
                return known[e]
            if not isinstance(e, Call):
                assert isinstance(e, Constant)
                return self.constant(float(e.number))
            arguments = [computed(a) for a in e.arguments]
            shape = _broadcast([a.shape for a in arguments])
            last = out if e is whole and out is not None and out.shape == shape else None
            uses.subtract(set(e.arguments))
            dead = [known[a] for a in set(e.arguments) if not uses[a] and a not in leaves and a in known]
            if e.function == "select":
                known[e] = self._select(arguments, last or self.new(shape))
            else:
                dtype = "bool" if e.function in CONDITIONS else "float64"
                fitting = [x for x in dead if x.shape == shape and x.array.dtype == dtype]
                if last is None and fitting:
                    dead.remove(fitting[0])
                known[e] = last or (fitting[0] if fitting else self.new(shape, dtype))
                self._call(e.function, arguments, known[e])
            if dead:
                self.release(*dead)
            return known[e]

        whole = e
        return computed(e)

    def _call(self, function: str, arguments: list[Operand], out: Operand) -> None:
        texts = ", ".join([a.text for a in arguments])
        if function not in UFUNCS:
            self.put(f"{out.text}[...] = {self._entry(function)}({texts})")
        elif function in EXTREMES:
            self.put(f"{self.numpy(UFUNCS[function])}({texts}, out={out.text})")
        else:
            self.put(f"{self.numpy(UFUNCS[function])}({texts}, {out.text})")

    # --- select ---

    def _select(self, arguments: list[Operand], out: Operand) -> Operand:
        import numpy

        condition, yes, no = arguments
        if math.prod(out.shape) < LARGE:
            texts = ", ".join([a.text for a in arguments])
            self.put(f"{self.numpy('copyto')}({out.text}, {self.numpy('where')}({texts}))")
            return out
        mask = self.new(condition.shape, "int8")
        keeps, truth = self.numpy("bitwise_and"), self._bits(condition, "int8")
        if _is_zero(yes):
            one = self._function("one", lambda: numpy.array(1, numpy.int8))
            self.put(f"{self.numpy('subtract')}({truth}, {one}, {mask.text})")
            self.put(f"{keeps}({self._bits(no)}, {mask.text}, {self._bits(out)})")
        else:
            self.put(f"{self.numpy('negative')}({truth}, {mask.text})")
            if _is_zero(no):
                self.put(f"{keeps}({self._bits(yes)}, {mask.text}, {self._bits(out)})")
            else:
                differs = self.numpy("bitwise_xor")
                self.put(f"{differs}({self._bits(yes)}, {self._bits(no)}, {self._bits(out)})")
                self.put(f"{keeps}({self._bits(out)}, {mask.text}, {self._bits(out)})")
                self.put(f"{differs}({self._bits(out)}, {self._bits(no)}, {self._bits(out)})")
        self.release(mask)
        return out

    def _bits(self, x: Operand, dtype: str = "int64") -> str:
        """Return what the code calls the bits of an array or a number."""
        import numpy

        array = numpy.array(x.number) if x.array is None else x.array
        return self.operand(array.view(dtype), x.moves).text


def _is_zero(x: Operand) -> bool:
    return x.number == 0.0 and math.copysign(1.0, x.number) > 0


def _simpler(function: str, arguments: list[Expression]) -> Expression:
    """Return a call of a function that NumPy has, as a faster one if there is one with the same results."""
    if function == "pow" and arguments[1] == Constant(2.0):
        return call("mul", arguments[0], arguments[0])
    if function == "select" and isinstance(arguments[0], Call) and len(arguments[0].arguments) == 2:
        (left, right), (_, yes, no) = arguments[0].arguments, arguments
        if (left, right) == (no, yes) and isinstance(right, Constant) and right.number == right.number:
            which = {"lt": "maximum", "le": "maximum", "gt": "minimum", "ge": "minimum"}.get(arguments[0].function)
            if which is not None:  # x if x > c, else c
                extreme = Call(f"numpy.{which}", (left, right))
                return extreme if right.number else Call("add", (extreme, Constant(0.0)))
    found = call(function, *arguments)
    if isinstance(found, Call) and all(isinstance(a, Constant) for a in found.arguments):
        return Constant(float(evaluate(found, {})))
    return found


def _is_made_of_ufuncs(e: Expression) -> bool:
    if not isinstance(e, Call):
        return True
    if e.function not in UFUNCS and e.function != "select":
        found = value(TABLE[e.function]) if e.function in TABLE else None
        if found is None or not _is_made_of_ufuncs(found):
            return False
    return all(map(_is_made_of_ufuncs, e.arguments))


def _count(e: Expression, uses: Counter[Expression], seen: set[Expression]) -> None:
    """Count by how many others each part is used."""
    if isinstance(e, Call) and e not in seen:
        seen.add(e)
        for argument in set(e.arguments):
            uses[argument] += 1
            _count(argument, uses, seen)


def _broadcast(shapes: list[tuple[int, ...]]) -> tuple[int, ...]:
    whole = [shape for shape in shapes if shape]
    return tuple([max(lengths) for lengths in zip(*whole, strict=True)])
