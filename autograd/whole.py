"""Whole and Condition: an int among the arguments of a function, and the outcome of a comparison, while `jit` records.

Both can so be numbers of the compiled program, rather than constants that it depends on.

>>> from autograd import Value
>>> label = Whole(Value(2.0))
>>> isinstance(label, int), ["a", "b", "c"][label], label * 2 + 1, label * Value(0.5)
(True, 'c', 5, Value(1.0, op='mul'))
"""

from __future__ import annotations

import operator
from collections.abc import Callable
from numbers import Number
from typing import TYPE_CHECKING, Any

from .operation import Primitive, Traced
from .primitives import TABLE

if TYPE_CHECKING:
    from .value import Value

__all__ = ["LARGEST", "Condition", "Whole", "as_number", "largest"]

LARGEST = 2**31  # sums and small multiples of such numbers are exact without a check
EXACT = 2**53  # up to here floats and ints are the same numbers
ENTRIES = {"add": "add", "sub": "sub", "mul": "mul", "mod": "mod", "floordiv": "floor_divide", "truediv": "div"}
ONLY_OF_INTS = ("and", "or", "xor", "lshift", "rshift")
RELATIONS = ("eq", "ne", "lt", "le", "gt", "ge")


class Whole(Traced):
    """An int to those who use it; with Values and floats a number, which a recorder sees as a Value.

    Sums, differences, products and remainders of ints are Wholes too. Whatever needs the int itself, such as an index
    of a list, looks at the number, which a recorder writes down.

    Args:
        number: the Value.
        most: what its size cannot exceed.
    """

    __slots__ = ("_number", "most")
    __class__: Any = property(lambda self: int)  # what isinstance asks

    def __init__(self, number: Value, most: int = LARGEST) -> None:
        self._number, self.most = number, most

    @property
    def number(self) -> Value:
        """The Value."""
        return self._number

    def apply(self, op: Primitive, operands: tuple[Any, ...]) -> Any:
        """Return the result of an operation on its number."""
        return op(*map(as_number, operands))

    # --- as an int ---

    def __index__(self) -> int:
        return int(self.number.data)

    __int__ = __trunc__ = __floor__ = __ceil__ = __index__

    def __float__(self) -> float:
        return self.number.data

    def __hash__(self) -> int:
        return hash(int(self))

    def __bool__(self) -> bool:
        return bool(self.number)

    def __repr__(self) -> str:
        return repr(int(self))

    def __format__(self, spec: str) -> str:
        return format(int(self), spec)

    def __round__(self, digits: int | None = None) -> int:
        return round(int(self), digits)

    def __getattr__(self, name: str) -> Any:
        if not hasattr(int, name):
            raise AttributeError(f"'int' object has no attribute {name!r}")
        return getattr(int(self), name)

    def __copy__(self) -> Whole:
        return self

    def __deepcopy__(self, known: Any) -> Whole:
        return self

    def __reduce__(self) -> Any:
        return int, (int(self),)

    # --- arithmetic ---

    def __pos__(self) -> Whole:
        return self

    def __neg__(self) -> Any:
        return _of_ints("sub", operator.sub, 0, self)  # rather than -x, which is -0.0 for 0

    def __abs__(self) -> Whole:
        return Whole(TABLE["abs"](self.number), self.most)

    def __invert__(self) -> int:
        return ~int(self)

    def __pow__(self, n: Any, modulus: Any = None) -> Any:
        if modulus is not None or (_is_int(n) and (isinstance(n, Whole) or not 0 < n <= 4)):
            return pow(int(self), _plain(n), modulus)
        if not _is_int(n):
            return _of_numbers(TABLE["pow"], operator.pow, self, n)
        result: Any = self
        for _ in range(n - 1):
            result = result * self
        return result

    def __rpow__(self, x: Any) -> Any:
        return x ** int(self) if _is_int(x) else _of_numbers(TABLE["pow"], operator.pow, x, self)

    def __divmod__(self, other: Any) -> Any:
        return self // other, self % other

    def __rdivmod__(self, other: Any) -> Any:
        return other // self, other % self


class Condition(Whole):
    """A bool to those who ask for one; in `where` and in arithmetic the number 1.0 or 0.0, without asking.

    Args:
        number_of: makes the Value with that number.
        ask: returns the outcome, and tells the recorder that the program depends on it.

    >>> from autograd import Value, less, where
    >>> x = Value(2.0)
    >>> positive = Condition(lambda: less(0.0, x), lambda: x.data > 0.0)
    >>> where(positive, 3 * x, x), isinstance(positive, bool), "yes" if positive else "no"
    (Value(6.0, op='where'), True, 'yes')
    """

    __slots__ = ("ask", "number_of")
    __class__: Any = property(lambda self: bool)

    def __init__(self, number_of: Callable[[], Value], ask: Callable[[], bool]) -> None:
        self.number_of, self.ask, self.most = number_of, ask, 1

    @property
    def number(self) -> Value:
        """The Value, which is made when it is needed first: most conditions are only asked."""
        if not hasattr(self, "_number"):
            self._number = self.number_of()
        return self._number

    def __bool__(self) -> bool:
        return self.ask()

    def __index__(self) -> int:
        return int(self.ask())

    __int__ = __index__

    def __repr__(self) -> str:
        return repr(self.ask())

    def __format__(self, spec: str) -> str:
        return format(self.ask(), spec)

    def __reduce__(self) -> Any:
        return bool, (self.ask(),)

    def __and__(self, other: Any) -> Any:
        return self._joined("minimum", operator.and_, other)

    def __or__(self, other: Any) -> Any:
        return self._joined("maximum", operator.or_, other)

    def _joined(self, entry: str, function: Callable[[Any, Any], Any], other: Any) -> Any:
        if not isinstance(other, Condition):
            return function(self.ask(), _plain(other))
        return Condition(
            lambda: TABLE[entry](self.number, other.number), lambda: bool(function(self.ask(), other.ask()))
        )

    @staticmethod
    def of(relation: str, a: Any, b: Any, ask: Callable[[], bool]) -> Condition:
        """Return the condition of a comparison: its `relation` is one of "lt", "le", "gt", "ge", "eq"."""
        if relation in ("gt", "ge"):
            a, b = b, a
        entry = "equal" if relation == "eq" else "less" if relation[1] == "t" else "less_equal"
        return Condition(lambda: TABLE[entry](a, b), ask)


def _is_int(x: Any) -> bool:
    return isinstance(x, int) or (getattr(getattr(x, "dtype", None), "kind", None) in ("i", "u") and not x.ndim)


def as_number(x: Any) -> Any:
    """Return the Value of a Whole, anything else as it is."""
    return x.number if isinstance(x, Whole) else x


def _plain(x: Any) -> Any:
    if isinstance(x, Condition):
        return x.ask()
    return int(x) if isinstance(x, Whole) else x


def largest(x: Any) -> int:
    """Return what the size of an int cannot exceed."""
    return x.most if isinstance(x, Whole) else abs(int(x))


def _of_numbers(entry: Primitive, function: Callable[[Any, Any], Any], a: Any, b: Any) -> Any:
    """Return the result of an operator on a Whole and something other than an int."""
    other = b if isinstance(a, Whole) else a
    if getattr(other, "ndim", 0):
        return NotImplemented  # an array works element by element
    if isinstance(other, (Traced, float)) or hasattr(other, "dtype"):
        return entry(as_number(a), as_number(b))
    return function(_plain(a), _plain(b))


def _of_ints(name: str, function: Callable[[Any, Any], Any], a: Any, b: Any) -> Any:
    """Return the result of an operator on two ints, as a Whole if it is exact as a float."""
    limits = {
        "add": largest(a) + largest(b), "sub": largest(a) + largest(b), "mul": largest(a) * largest(b),
        "mod": largest(b), "floordiv": largest(a), "truediv": 0,
    }  # fmt: skip
    is_division = name in ("mod", "floordiv", "truediv")
    if name not in limits or max(largest(a), largest(b)) > EXACT or (is_division and not b):
        return function(_plain(a), _plain(b))  # the last one raises an error
    y = TABLE[ENTRIES[name]](*[x.number if isinstance(x, Whole) else float(x) for x in (a, b)])
    if name == "truediv":
        return y
    if name not in ("add", "sub"):
        y = y + 0.0  # there is no -0 among ints
    if limits[name] > EXACT and not -EXACT < y < EXACT:
        return function(_plain(a), _plain(b))
    return Whole(y, min(limits[name], EXACT))


def _give_operators() -> None:
    def result(name: str, function: Callable[[Any, Any], Any], a: Any, b: Any) -> Any:
        if _is_int(a) and _is_int(b):
            return _of_ints(name, function, a, b)
        if name in ONLY_OF_INTS:
            return function(_plain(a), _plain(b))
        return _of_numbers(TABLE[ENTRIES[name]], function, a, b)

    def give(name: str, function: Callable[[Any, Any], Any]) -> None:
        setattr(Whole, f"__{name}__", lambda self, other: result(name, function, self, other))
        setattr(Whole, f"__r{name}__", lambda self, other: result(name, function, other, self))

    def compare(name: str, relation: Callable[[Any, Any], Any]) -> None:
        def compared(self: Whole, other: Any) -> Any:
            if isinstance(other, (Traced, float)) or _is_int(other):
                return relation(self.number, as_number(other))
            return relation(int(self), other) if isinstance(other, Number) else NotImplemented

        setattr(Whole, f"__{name}__", compared)

    for name in (*ENTRIES, *ONLY_OF_INTS):
        give(name, getattr(operator, f"{name}_" if name in ("and", "or") else name))
    for name in RELATIONS:
        compare(name, getattr(operator, name))


_give_operators()
