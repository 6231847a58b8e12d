"""Operations: a value, a derivative for each operand, and facts; and the numbers that may be operands.

The operations themselves are in primitives.py.
"""

from __future__ import annotations

import math
import numbers
import re
from collections.abc import Callable, Iterable, Mapping, Sequence, Set
from functools import update_wrapper
from types import FunctionType
from typing import Any

from .spelling import spelled
from .text import given, printable, shown

__all__ = ["BLOCKED", "TABLE", "Primitive", "Traced", "alone", "as_function", "is_number", "number", "primitive"]

Partial = float | Callable[..., Any]


class Traced:
    """A number that records the operations done to it; `Value` is one."""

    __slots__ = ()

    def apply(self, op: Primitive, operands: tuple[Any, ...]) -> Any:
        """Return the result of `op` on `operands`, remembering how it was made."""
        raise TypeError(f"{type(self).__name__} does not say how it records {op.name!r}; define apply()")

    def alone(self, function: Callable[..., Any], operands: tuple[Any, ...]) -> Any:
        """Return `function(*operands)`, whose comparisons are about its result only."""
        return function(*operands)


def alone(function: Callable[..., Any]) -> Callable[..., Any]:
    """Return a function of numbers, as a part of a rule whose comparisons `rules` follows apart from the others."""

    def called(x: Any, *others: Any) -> Any:
        return x.alone(function, (x, *others)) if isinstance(x, Traced) else function(x, *others)

    return called


def number(x: Any, what: str = "a number") -> float:
    """Return `x` as a float: a Python or NumPy real number or an array of size 1; else raise a TypeError."""
    if is_number(x):
        real: Any = x if isinstance(x, numbers.Real) else x.item()
        try:
            return float(real)
        except OverflowError:
            return math.inf if real >= 0 else -math.inf
    hint = "give v.data for the number alone" if isinstance(x, Traced) else "give one number at a time, as a float"
    raise TypeError(
        f"{printable(what)} must be a real number (int, float, NumPy scalar or array of size 1), but got {given(x)}; "
        f"{hint}"
    )


def is_number(x: Any) -> bool:
    """Return whether x is a real number, or an array of one."""
    if isinstance(x, numbers.Real):
        return getattr(getattr(x, "dtype", None), "kind", "f") in "biuf"  # NumPy's time spans count as integers
    return hasattr(x, "dtype") and getattr(x, "size", 1) == 1 and getattr(x.dtype, "kind", "?") in "biuf"


class _Blocked(float):
    """A derivative of 0.0 that stays 0.0 whatever gradient it meets: 0 * inf and 0 * nan are 0 here."""

    __slots__ = ()

    def __mul__(self, other: Any) -> Any:
        return 0.0 if isinstance(other, (float, int)) else NotImplemented

    def __rmul__(self, other: Any) -> Any:
        return 0.0  # Python asks the right factor first if its class is derived from that of the left one

    def __pos__(self) -> Any:
        return self

    def __reduce__(self) -> str:
        return "BLOCKED"


BLOCKED = _Blocked()  # the derivative by an operand that was not taken, such as the other side of `where`


class _PerInstance:
    """A special attribute of instances, made on demand; the class itself has `of_class`, if that is given."""

    def __init__(self, make: Callable[[Any], Any], *of_class: Any) -> None:
        self.make, self.of_class = make, of_class

    def __get__(self, instance: Any, owner: type) -> Any:
        if instance is not None:
            return self.make(instance)
        if not self.of_class:
            raise AttributeError(f"{owner.__name__} itself has no such attribute")
        return self.of_class[0]


class Primitive:
    """A differentiable operation: call it with floats for a float, with a `Value` among them for a `Value`.

    Args:
        name: the name in the table, such as "mul".
        value: the result as a function of float operands; IEEE results, no exceptions.
        partials: one rule for each operand, or, for any number of operands, one function that returns them all.
        symbol: the symbol in drawings; the name if not given.
        doc: one line of help.
        slopes: the derivatives as text, one for each operand; for any number of operands in words.
        latex: the function's name in LaTeX, or the whole expression, with #1, #2, ... for the operands.
        form: the expression that it abbreviates, as a function of the operands that calls other operations.
        textbook: derivatives as textbooks have them, like `partials`, if the rules are more stable forms of these.
        defaults: default values for the last operands. If given, even if empty, operands can be passed by keyword.
        methods: the names as a method of `Value`; by default the name, unless the operation has an infix symbol.
        again: rules for Values, if those of `partials` would give wrong higher derivatives.
        selector: whether the first operand is an index or a condition, which has no derivative.
        shared: the common part of the results for several indices, as a function of the operands after the index;
            `value` and `partials` take it by the keyword `shared`.
        example: names for operands in the documentation of an operation on any number of them.

    >>> from autograd.primitives import TABLE
    >>> TABLE["mul"](3.0, 4.0)
    12.0
    """

    def __init__(
        self,
        name: str,
        value: Callable[..., float],
        partials: Sequence[Partial] | Callable[..., Sequence[Any]],
        symbol: str | None = None,
        *,
        doc: str = "",
        slopes: str | tuple[str, ...] = (),
        latex: str | None = None,
        form: Callable[..., Any] | None = None,
        textbook: Sequence[Callable[..., Any]] = (),
        again: Sequence[Callable[..., Any]] | None = None,
        defaults: tuple[float, ...] | None = None,
        methods: tuple[str, ...] | None = None,
        selector: bool = False,
        shared: Callable[..., Any] | None = None,
        example: tuple[str, ...] = ("x1", "x2"),
    ) -> None:
        self.name = self.__name__ = self.__qualname__ = name
        self.symbol = symbol or name
        self.value = value
        self.variadic = callable(partials)
        self.arity: int | None = None  # the number of operands; None for any number
        self.constant: tuple[float, ...] | None = None  # the partials, if none of them ever changes
        self.rules: tuple[Callable[..., Any], ...] = ()  # the partials of a fixed number of operands
        if callable(partials):
            self.all_partials = partials
        else:
            self.arity = len(partials)
            fixed = [partial for partial in partials if not callable(partial)]
            self.rules = tuple(partial if callable(partial) else _always(partial) for partial in partials)
            self.all_partials = lambda y, *operands: [rule(y, *operands) for rule in self.rules]
            if len(fixed) == len(partials):
                self.constant = tuple(fixed)
        self.again = self.rules if again is None else tuple(again)
        self.doc = doc
        self.slopes = (slopes,) if isinstance(slopes, str) else slopes
        self.latex, self.form, self.textbook, self.defaults = latex, form, textbook, defaults
        self.selector, self.shared, self.example = selector, shared, example
        self.is_infix = self.arity == 2 and not any(map(str.isalnum, self.symbol))  # a + b
        self.methods = methods if methods is not None else () if self.is_infix or self.variadic else (name,)

    @property
    def names(self) -> tuple[str, ...]:
        """The names of the result and the operands in its rules; "*xs" is any number of operands."""
        found = [_parameters(rule) for rule in (self.rules or (self.all_partials,))]
        longest = max(found, key=len)
        if self.arity is None:
            return longest if longest and longest[-1].startswith("*") else ("y", "*xs")
        if len(longest) == self.arity + 1 and not longest[-1].startswith("*"):
            return longest
        return ("y", *{1: ("x",), 2: ("a", "b")}.get(self.arity, [f"x{i + 1}" for i in range(self.arity)]))

    @property
    def derivatives(self) -> str:
        """Its derivatives as text: a line for each operand, or, for any number of operands, one in words."""
        y, *operands = self.names
        mention = re.compile(rf"\b{y}\b").search
        if self.variadic:
            words = "".join(self.slopes)
            return words and f"Derivative{' of the result y' if mention(words) else ''}: {words}."
        d = "d" if self.arity == 1 else "∂"
        result = f", with {y} = {printable(self.name)}({', '.join(operands)})"
        pairs = zip(operands, self.slopes, strict=False)
        return "\n".join(f"{d}{y}/{d}{x} = {slope}{result if mention(slope) else ''}" for x, slope in pairs)

    @property
    def help(self) -> str:
        """Its line of help and its derivatives."""
        return "\n\n".join(filter(None, [self.doc, self.derivatives]))

    def _signature(self) -> Any:
        from inspect import Parameter, Signature

        kinds = {True: Parameter.VAR_POSITIONAL, False: Parameter.POSITIONAL_ONLY}
        return Signature([Parameter(x.lstrip("*"), kinds[x.startswith("*")]) for x in self.names[1:]])

    def _documentation(self) -> str:
        return f"{printable(self.name)}{self.__signature__}\n\n{self.help}".rstrip()

    __signature__: Any = _PerInstance(_signature)
    __doc__: Any = _PerInstance(_documentation, __doc__)

    def __repr__(self) -> str:
        return f"<primitive {spelled(printable(self.name))}>"

    def __reduce__(self) -> Any:
        """Pickle and copy an operation of the table by name, so that a copy is the same object."""
        return (_named, (self.name,)) if TABLE.get(self.name) is self else super().__reduce__()

    def __call__(self, *operands: Any, **named: Any) -> Any:
        """Return the result: a float of floats, a `Value` if one is among the operands."""
        if named:
            words = ", ".join(f"{printable(name)}={shown(x)}" for name, x in named.items())
            raise TypeError(
                f"{printable(self.name)} takes its operands by position, but got {words}: leave out the names"
            )
        if len(operands) == 1:
            x = operands[0]
            if x.__class__ is float and self.arity in (1, None):
                return self.value(x)
        if self.arity is not None and len(operands) != self.arity:
            count = f"{self.arity} number{'s' if self.arity > 1 else ''}"
            raise TypeError(f"{printable(self.name)} takes {count}, but got {len(operands)}: {operands!r}")
        for operand in operands:
            if isinstance(operand, Traced):
                return operand.apply(self, operands)
        return self.value(*[number(x, f"an operand of {self.name}") for x in operands])

    def partial(self, i: int, y: Any, operands: Sequence[Any]) -> Any:
        """Return dy/d(operand i); operands are floats, or Traced numbers for a result that can be derived again."""
        return self.all_partials(y, *operands)[i] if self.variadic else self.rules[i](y, *operands)


def _parameters(rule: Callable[..., Any]) -> tuple[str, ...]:
    """The names of a function's parameters; none if it is not written in Python."""
    code = getattr(getattr(rule, "__wrapped__", rule), "__code__", None)
    if code is None:
        return ()
    count = code.co_argcount
    names: tuple[str, ...] = code.co_varnames[:count]
    if not code.co_flags & 0x04:  # CO_VARARGS
        return names
    return (*names, f"*{code.co_varnames[count + code.co_kwonlyargcount]}")


def _always(slope: float) -> Callable[..., float]:
    return lambda *operands: slope


def as_function(op: Primitive, first: str = "") -> Callable[..., Any]:
    """Return a function whose parameters have the operands' names and defaults.

    Args:
        op: an operation on one, two or three numbers.
        first: another name for the first operand, such as "self".

    >>> as_function(primitive("twice", lambda x: 2 * x, [2.0]), "number")(number=3.0)
    6.0
    """
    _, *names = op.names
    parameters = ", ".join([first or names[0], *names[1:]])
    source = f"def {op.name}({parameters}): return operation({parameters})"
    made: dict[str, Any] = {"operation": op, "__name__": "autograd.functions"}
    exec(compile(source, f"{__file__}/{op.name}", "exec"), made)
    function: FunctionType = made.pop(op.name)
    function.__defaults__, function.__doc__ = op.defaults, op.help
    return function


TABLE: dict[str, Primitive] = {}  # the built-in operations by name; primitives.py fills it


def _named(name: str) -> Primitive:
    return TABLE[name]


def primitive(
    name: str,
    value: Callable[..., float],
    partials: Sequence[Partial] | Callable[..., Sequence[Any]],
    symbol: str | None = None,
    *,
    latex: str | None = None,
    doc: str = "",
) -> Primitive:
    """Make a new operation that behaves like a built-in one: derivatives of any order, drawings, checks.

    Args:
        name: the name in messages.
        value: the result as a function of floats.
        partials: for each operand its partial derivative: a number, or a function of the result `y` and the operands
            in arithmetic that works on Values, such as `autograd.cos` instead of `math.cos`, if there are to be higher
            derivatives; or, for any number of operands, one function that returns all of them.
        symbol: the symbol in drawings; the name if not given.
        latex: the function's name in LaTeX, such as r"\\arcsin", or the whole expression with #1, #2, ... for the
            operands, such as r"\\lfloor #1 \\rfloor".
        doc: one line of help, which `help(operation)` shows.

    Raises:
        TypeError, ValueError: an argument is not of this kind; later, a function returns something other than real
            numbers, or not one partial for each operand.

    >>> import math
    >>> from autograd import cos, grad
    >>> sine = primitive("sine", math.sin, [lambda y, x: cos(x)], doc="Return the sine of x.")
    >>> grad(sine)(0.0), grad(grad(grad(sine)))(0.0)
    (1.0, -1.0)
    >>> print(sine.__doc__)
    sine(x, /)
    <BLANKLINE>
    Return the sine of x.
    """
    if not isinstance(name, str):
        raise TypeError(f"the name must be a string, but got {name!r}")
    if not callable(value):
        raise TypeError(f"value must be a function of floats, but got {value!r}")
    if not callable(partials):
        partials = tuple(partials)
        if not partials:
            raise ValueError("partials must hold at least one entry, one for each operand")
        for partial in partials:
            if not callable(partial) and not isinstance(partial, (float, int)):
                raise TypeError(f"partials must be numbers and functions of (y, operands), but got {partial!r}")
    for what, words in (("symbol", symbol), ("latex", latex), ("doc", doc)):
        if words is not None and not isinstance(words, str):
            raise TypeError(f"{what} must be a string, but got {words!r}")
    if callable(partials):
        rules: Any = _checked_partials(name, partials)
    else:
        rules = [
            _checked(f"partial {i} of {name}", rule) if callable(rule) else rule for i, rule in enumerate(partials)
        ]
    return Primitive(name, _checked(f"the value of {name}", value), rules, symbol, latex=latex, doc=doc)


# --- results of a user's functions are checked at each call; the built-in ones pay nothing for it ---


def _checked(what: str, function: Callable[..., Any]) -> Callable[..., Any]:
    def checked(*operands: Any) -> Any:
        found = function(*operands)
        return found if found.__class__ is float else _returned(found, what, operands)

    return _with_names_of(function, checked)


def _checked_partials(name: str, function: Callable[..., Any]) -> Callable[..., Any]:
    def checked(y: Any, *operands: Any) -> tuple[Any, ...]:
        found = function(y, *operands)
        if not isinstance(found, Iterable) or isinstance(found, (str, bytes, Set, Mapping)):
            raise TypeError(
                f"the partials of {printable(name)} must be a sequence of numbers, but got {given(found)}; "
                "return a list with one partial for each operand"
            )
        partials = tuple(found)
        if len(partials) != len(operands):
            raise ValueError(
                f"{printable(name)} has {len(operands)} operands here and so needs {len(operands)} partials, "
                f"but got {len(partials)}: {shown(partials)}; return one for each operand, in order"
            )
        return tuple(
            partial if partial.__class__ is float else _returned(partial, f"partial {i} of {name}", operands)
            for i, partial in enumerate(partials)
        )

    return _with_names_of(function, checked)


def _with_names_of(function: Callable[..., Any], checked: Callable[..., Any]) -> Callable[..., Any]:
    return update_wrapper(checked, function, assigned=(), updated=())  # its parameters have the names to show


def _returned(found: Any, what: str, operands: Sequence[Any]) -> Any:
    """The result of a user's function of these operands: a float, or a Traced number if one of them is Traced."""
    if isinstance(found, Traced) and any(isinstance(x, Traced) for x in operands):
        return found
    if found is BLOCKED:
        return found
    if is_number(found):
        return number(found)
    is_of_numpy = hasattr(getattr(found, "dtype", None), "kind")  # NumPy's complex numbers have a __float__
    if hasattr(type(found), "__float__") and not is_of_numpy and not isinstance(found, Traced):
        return float(found)
    advice = "make that Value an operand, or take its v.data" if isinstance(found, Traced) else "return a float"
    raise TypeError(f"{printable(what)} must be a real number, but got {given(found)}; {advice}")
