"""What a compiled function returns, and what it says about itself.

The form of a result is what its numbers are put into: "float", "int" or "bool" for a number, "value" for a Value
without a graph; a class with the number of floats in a list or tuple, or with the forms of parts. `made` puts numbers
into it, `written` writes Python code that does.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Callable, Collection, Iterator, Sequence
from itertools import repeat
from typing import Any, NamedTuple, Protocol

from ..language import say
from ..structure import Structure, number_fields, remade
from ..value import Value
from ..whole import Whole
from .arguments import NotCompiled
from .recording.looks import is_same

__all__ = ["Assembly", "Gradients", "Numbers", "Stats", "agree", "form_of", "has_nan", "made", "written"]

ROUNDING = 1e-9  # far more than sums in another order differ by, except where they cancel
AMPLIFIED = 1e-5  # of parameters: an optimizer that divides by the size of a gradient also does it for one of rounding


class Stats(NamedTuple):
    """The calls of a compiled function so far.

    Attributes:
        calls: how often it was called.
        compiled: how many of the calls ran as compiled code.
        recorded: how many ran as they are and were recorded.
        recordings: the ways through the function that were recorded.
        operations: the lines of the code that is compiled.
        misses: the guards whose outcome was new, by their places in the user's code, and how often.
        reasons: why calls were not compiled, and how many.
        nests: the loop nests in which the operations are, 0 if they are Python code.
        backends: what runs: "python", "numpy" or "c".
        seconds: how long a compiler of C took, 0.0 if it had compiled this before.
        notes: why something faster does not run.
    """

    calls: int
    compiled: int
    recorded: int
    recordings: int
    operations: int
    misses: dict[str, int]
    reasons: dict[str, int]
    nests: int = 0
    backends: tuple[str, ...] = ()
    seconds: float = 0.0
    notes: tuple[str, ...] = ()

    def with_those_of(self, other: Stats) -> Stats:
        """Return the sums of these and others."""
        return Stats(*[_sum(a, b) for a, b in zip(self, other, strict=True)])

    def __str__(self) -> str:
        calls, compiled, recorded = self.calls, self.compiled, self.recorded
        rest, recordings, operations = calls - compiled - recorded, self.recordings, self.operations
        nests = say(f" in {self.nests} loop nests", f"，{self.nests} 个循环嵌套") if self.nests else ""
        backends = say(", ", "，") + say(" and ", "、").join(self.backends) if self.backends else ""
        took = f"{self.seconds:.1f}"
        seconds = say(f", compiled in {took} s", f"，编译用了 {took} 秒") if self.seconds else ""
        lines = [
            say(f"{calls} calls: {compiled} compiled, {recorded} recorded, {rest} as they are",
                f"调用 {calls} 次：{compiled} 次运行编译后的代码，{recorded} 次边运行边记录，{rest} 次照原样运行"),
            say(f"{recordings} recordings, {operations} operations", f"记录了 {recordings} 条路，{operations} 个运算")
            + nests + backends + seconds,
            *self.notes,
            *(say(f"another way at {line}: {n} times", f"在 {line} 走了另一条路：{n} 次")
              for line, n in self.misses.items()),
            *(say(f"as it is, {n} times: {reason}", f"照原样运行 {n} 次：{reason}")
              for reason, n in self.reasons.items()),
        ]  # fmt: skip
        return "\n".join(lines)


def _sum(a: Any, b: Any) -> Any:
    if isinstance(a, dict):
        return dict(Counter(a) + Counter(b))
    return tuple(dict.fromkeys(a + b)) if isinstance(a, tuple) else a + b


# --- forms ---


class Like:
    """An object that others of its form are made from: those of its class with the same constants in other fields."""

    __slots__ = ("constants", "x")

    def __init__(self, x: Any, numbers: Collection[str]) -> None:
        self.x = x
        self.constants = tuple([getattr(x, name, None) for name in x.__dataclass_fields__ if name not in numbers])

    def __eq__(self, other: object) -> bool:
        return (
            isinstance(other, Like)
            and type(self.x) is type(other.x)
            and len(self.constants) == len(other.constants)
            and all(map(is_same, self.constants, other.constants))
        )

    def __hash__(self) -> int:
        return hash(type(self.x))


class Array(NamedTuple):
    """An array of floats."""

    shape: tuple[int, ...]


class Record(NamedTuple):
    """A dataclass's instance."""

    like: Like
    fields: tuple[tuple[str, Any], ...]
    are_derivatives: bool


class Constant(NamedTuple):
    """A result, or a part of one, that is no float; texts and ints are equal only if their classes are."""

    kind: type
    x: Any


def form_of(
    x: Any, outputs: list[Any], are_derivatives: bool = False, is_value: Callable[[Any], bool] | None = None
) -> Any:
    """Return the form of a result; append its numbers, floats or Values, to `outputs`.

    Args:
        x: the result.
        outputs: the list for its numbers.
        are_derivatives: whether a dataclass in it is made without a call of its constructor.
        is_value: whether a number is a Value in the result, called in the order of `outputs`; none are by default.

    Raises:
        NotCompiled: something in it is neither a number nor a container of numbers nor a plain constant.
    """
    kind = x.__class__
    if isinstance(x, (Value, float)):
        outputs.append(x)
        return "value" if is_value is not None and is_value(x) else "float"
    if isinstance(x, Whole):
        outputs.append(x.number)
        if is_value is not None:
            is_value(x)
        return "bool" if isinstance(x, bool) else "int"
    if kind is list or kind is tuple:
        if is_value in (None, _is_value) and x and all([item.__class__ is float for item in x]):
            outputs += x
            return kind, len(x)
        parts = tuple([form_of(item, outputs, are_derivatives, is_value) for item in x])
        return kind, len(parts) if parts and all([part == "float" for part in parts]) else parts
    if kind is dict:
        return kind, tuple([(key, form_of(item, outputs, are_derivatives, is_value)) for key, item in x.items()])
    if x is None or kind in (int, bool, str, bytes):
        return Constant(kind, x)
    if getattr(x, "ndim", 0) and hasattr(x, "tobytes") and x.dtype.kind in "fO":
        items = x.ravel().tolist()
        if all(isinstance(item, (Value, float)) for item in items):
            if is_value is not None and any(map(is_value, items)):
                raise NotCompiled("it returns an array of Values: return a list of them")
            outputs += items
            return Array(x.shape)
    if isinstance(x, tuple) and hasattr(x, "_fields"):
        return kind, tuple([form_of(item, outputs, are_derivatives, is_value) for item in x])
    if (names := number_fields(x)) is not None:
        fields = tuple([(name, form_of(getattr(x, name), outputs, are_derivatives, is_value)) for name in names])
        return Record(Like(x, names), fields, are_derivatives)
    raise NotCompiled(f"it returns a {kind.__name__}: return numbers, or lists, tuples, dicts and arrays of numbers")


def made(form: Any, numbers: Iterator[float]) -> Any:
    """Return the next numbers in a form."""
    if form == "float":
        return next(numbers)
    if form in ("int", "bool"):
        return (int if form == "int" else bool)(next(numbers))
    if form == "value":
        return Value(next(numbers))
    if isinstance(form, Constant):
        return form.x
    if isinstance(form, Array):
        import numpy

        return numpy.array([next(numbers) for _ in range(math.prod(form.shape))]).reshape(form.shape)
    if isinstance(form, Record):
        return remade(form.like.x, {name: made(part, numbers) for name, part in form.fields}, form.are_derivatives)
    kind, parts = form
    if isinstance(parts, int):
        return kind([next(numbers) for _ in range(parts)])
    if kind is dict:
        return {key: made(part, numbers) for key, part in parts}
    found = [made(part, numbers) for part in parts]
    return kind(found) if kind in (list, tuple) else kind(*found)


class Numbers(Protocol):
    """Python code for the numbers of a result, one after the other, and for objects that it needs."""

    def one(self) -> str:
        """Return code for the next number."""
        ...

    def nested(self, form: Any, count: int) -> str | None:
        """Return code for the next numbers in lists and tuples of this form; None to have it written part by part."""

    def array(self, shape: tuple[int, ...]) -> str:
        """Return code for a new array of the next numbers."""
        ...

    def known(self, x: Any) -> str:
        """Return code for an object."""
        ...


def written(form: Any, numbers: Numbers) -> str:
    """Return Python code for the next numbers in a form."""
    if form == "float":
        return numbers.one()
    if form in ("int", "bool"):
        return f"{form}({numbers.one()})"
    if form == "value":
        return f"{numbers.known(Value)}({numbers.one()})"
    if isinstance(form, Constant):
        return "None" if form.x is None else numbers.known(form.x)
    if isinstance(form, Array):
        return numbers.array(form.shape)
    if isinstance(form, Record):
        changes = ", ".join([f"{name!r}: {written(part, numbers)}" for name, part in form.fields])
        return f"{numbers.known(remade)}({numbers.known(form.like.x)}, {{{changes}}}, {form.are_derivatives})"
    kind, parts = form
    if (count := count_nested(form)) is not None and (nested := numbers.nested(form, count)) is not None:
        return nested
    if kind is dict:
        return "{" + ", ".join([f"{numbers.known(key)}: {written(part, numbers)}" for key, part in parts]) + "}"
    items = [written(part, numbers) for part in (("float",) * parts if isinstance(parts, int) else parts)]
    if kind is list:
        return f"[{', '.join(items)}]"
    code = "".join([f"{item}, " for item in items])
    return f"({code})" if kind is tuple else f"{numbers.known(kind)}({code})"


def count_nested(form: Any) -> int | None:
    """Return the number of floats in lists and tuples; None if something else is in them."""
    if form == "float":
        return 1
    if form.__class__ is not tuple or form[0] not in (list, tuple):
        return None
    if isinstance(form[1], int):
        return form[1]
    counts = [count_nested(part) for part in form[1]]
    return None if None in counts else sum([count or 0 for count in counts])


# --- the result of a whole call ---


class Assembly(NamedTuple):
    """The form of a result, and which of a program's outputs and then slopes are its numbers, in their order."""

    form: Any
    order: Sequence[int]

    def of(self, numbers: Sequence[float]) -> Any:
        return made(self.form, iter([numbers[i] for i in self.order]))


class Gradients(NamedTuple):
    """How the result of a gradient is put together of the result, what is beside it, and the derivatives."""

    forms: list[Any]
    size: int
    is_one: bool
    has_aux: bool
    gives_value: bool

    @classmethod
    def of(cls, structures: Sequence[Structure], is_one: bool, has_aux: bool, gives_value: bool) -> Gradients:
        numbers: list[Any] = []
        forms = [form_of(structure.of_derivatives(repeat(0.0)), numbers, True) for structure in structures]
        return cls(forms, len(numbers), is_one, has_aux, gives_value)

    def assembly(self, aux: Any, outputs: int) -> Assembly:
        """Return how a run ends.

        Args:
            aux: the form of what is beside the result.
            outputs: the number of outputs, the result and those beside it.
        """
        derivative = self.forms[0] if self.is_one else (tuple, tuple(self.forms))
        beside, slopes = range(1, outputs), range(outputs, outputs + self.size)
        if self.gives_value:
            head = (tuple, ("float", aux)) if self.has_aux else "float"
            return Assembly((tuple, (head, derivative)), range(outputs + self.size))
        if self.has_aux:
            return Assembly((tuple, (derivative, aux)), [*slopes, *beside])
        return Assembly(derivative, slopes)


def _is_value(x: Any) -> bool:
    return isinstance(x, Value)


def has_nan(x: Any) -> bool:
    """Whether one of the numbers of a result is nan."""
    numbers: list[Any] = []
    form_of(x, numbers)
    return any([number != number for number in [getattr(number, "_data", number) for number in numbers]])


def agree(found: Any, expected: Any, rounding: float = ROUNDING) -> bool:
    """Whether two results are of the same form, and their numbers the same up to rounding."""
    numbers: list[list[float]] = []
    forms = []
    for x in (found, expected):
        outputs: list[Any] = []
        try:
            forms.append(form_of(x, outputs, is_value=_is_value))
        except NotCompiled:
            return False
        numbers.append([getattr(x, "_data", x) for x in outputs])
    if forms[0] != forms[1]:
        return False
    largest = max([abs(x) for x in numbers[1] if abs(x) < float("inf")], default=0.0)
    return all(a == b or (a != a and b != b) or abs(a - b) <= rounding * largest for a, b in zip(*numbers, strict=True))
