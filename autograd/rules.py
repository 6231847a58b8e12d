"""The table's values and partial derivatives as expressions: calculus for languages other than Python.

An entry of the table is Python code. `trace` runs such code on symbols, follows both outcomes of every comparison
and joins them with `select`, so that the result is data without control flow; `writers` writes it as C, JavaScript or
Python.

>>> from autograd.primitives import TABLE
>>> partial(TABLE["div"], 1), partial(TABLE["relu"], 0)
(div(neg(y), b), select(le(x, 0.0), 0.0, 1.0))
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from inspect import unwrap
from types import FunctionType, SimpleNamespace
from typing import Any, cast

from . import gamma, ieee
from .expressions import COMPARISONS, Constant, Expression, Symbol, call, evaluate
from .primitives import TABLE, Primitive, Traced
from .text import given

__all__ = ["OPERATORS", "Untraceable", "on_symbols", "operands", "partial", "partials", "trace", "traces", "value"]

# Python's operators with IEEE-754 results: entries of the table that every language writes differently
OPERATORS = ("add", "sub", "mul", "div", "neg", "abs", "pow", "mod", "floor_divide")
MOST_PATHS, MOST_COMPARISONS = 1000, 100


class Untraceable(TypeError):
    """Code that cannot be written as an expression."""


# --- tracing: Python code runs on symbols ---


class _Path:
    """One path through a function: the outcomes of its comparisons, the first ones as planned, the others true.

    `apart` is whether functions that are marked as `alone` are followed by themselves: of many operands, the outcomes
    together would be too many. A comparison of `known` symbols alone has one outcome.
    """

    def __init__(
        self, planned: Sequence[bool], apart: bool = False, known: Mapping[Expression, float] | None = None
    ) -> None:
        self.planned, self.apart, self.known = planned, apart, known
        self.outcomes: dict[Expression, bool] = {}
        self.assumed: dict[Expression, bool] = {}

    def decide(self, condition: Expression) -> bool:
        if isinstance(condition, Constant):
            return bool(condition.number)
        if self.known is not None:
            try:
                return self.assumed.setdefault(condition, bool(evaluate(condition, self.known)))
            except KeyError:  # there is another symbol in it
                pass
        if condition not in self.outcomes:
            n = len(self.outcomes)
            if n == MOST_COMPARISONS:
                raise Untraceable(f"more than {MOST_COMPARISONS} comparisons follow one another")
            self.outcomes[condition] = self.planned[n] if n < len(self.planned) else True
        return self.outcomes[condition]


class _Condition:
    """The result of a comparison of symbols, which is true or false, not a number."""

    __slots__ = ("condition", "path")

    def __init__(self, condition: Expression, path: _Path) -> None:
        self.condition, self.path = condition, path

    def __bool__(self) -> bool:
        return self.path.decide(self.condition)


class _Symbolic(Traced):
    """A number that records the operations done to it as an expression."""

    __slots__ = ("expression", "path")

    def __init__(self, expression: Expression, path: _Path) -> None:
        self.expression, self.path = expression, path

    def apply(self, op: Primitive, operands: tuple[Any, ...]) -> _Symbolic:
        return self.call(op.name, *operands)

    def call(self, function: str, *arguments: Any) -> _Symbolic:
        return _Symbolic(call(function, *map(_expression, arguments)), self.path)

    def alone(self, function: Callable[..., Any], operands: tuple[Any, ...]) -> _Symbolic:
        if not self.path.apart:
            return cast("_Symbolic", function(*operands))
        return _Symbolic(trace(function, *map(_expression, operands)), self.path)

    def __bool__(self) -> bool:
        return self.path.decide(self.call("ne", self, 0.0).expression)

    @property
    def constant(self) -> Any:
        """Its number if it represents one, else itself."""
        return self.expression.number if isinstance(self.expression, Constant) else self

    def __pos__(self) -> _Symbolic:
        return self


def _expression(x: Any) -> Expression:
    if isinstance(x, _Symbolic):
        return x.expression
    if isinstance(x, (float, int)):
        return Constant(x if isinstance(x, float) else float(x))
    raise Untraceable(f"an expression is made of numbers, but got {given(x)}")


def _give_symbols_their_operators() -> None:
    def forward(name: str) -> Callable[..., Any]:
        return lambda self, *other: self.call(name, self, *other)

    def reflected(name: str) -> Callable[..., Any]:
        return lambda self, other: self.call(name, other, self)

    def comparison(name: str) -> Callable[..., Any]:
        return lambda self, other: _Condition(self.call(name, self, other).expression, self.path)

    for name in OPERATORS:
        method = {"div": "truediv", "floor_divide": "floordiv"}.get(name, name)
        setattr(_Symbolic, f"__{method}__", forward(name))
        if name not in ("neg", "abs"):
            setattr(_Symbolic, f"__r{method}__", reflected(name))
    for name in COMPARISONS:
        setattr(_Symbolic, f"__{name}__", comparison(name))


_give_symbols_their_operators()


def trace(function: Callable[..., Any], *arguments: Expression) -> Expression:
    """Return a Python function of numbers as an expression, for all outcomes of its comparisons.

    Args:
        function: a function in the arithmetic of the table's rules: operators, entries of the table, comparisons.
        arguments: its arguments; a `Constant` for a constant operand.

    Raises:
        Untraceable: the function does something else, or makes too many comparisons.

    >>> trace(lambda x: x if x > 0 else 2 * x, Symbol("x"))
    select(gt(x, 0.0), x, mul(2.0, x))
    """
    return _traces(function, lambda *xs: [function(*xs)], arguments, apart=False)[0]


def traces(
    function: Callable[..., Sequence[Any]], arguments: Sequence[Expression], known: Mapping[Expression, float]
) -> tuple[list[Expression], dict[Expression, bool]]:
    """Return the numbers that a Python function returns as expressions, and what they assume.

    Args:
        function: a function that returns several numbers; see `trace`.
        arguments: its arguments.
        known: numbers for some of the symbols: of a comparison of these alone, only this outcome is followed.

    Returns:
        An expression for each number, and the outcomes of these comparisons.

    >>> traces(lambda x, n: [x if n > 0 else 2 * x], [Symbol("x"), Symbol("n")], {Symbol("n"): 3.0})
    ([x], {gt(n, 0.0): True})
    """
    assumed: dict[Expression, bool] = {}
    return _traces(function, function, arguments, False, known, assumed), assumed


def _traces(
    named: object,
    function: Callable[..., Any],
    arguments: Sequence[Expression],
    apart: bool,
    known: Mapping[Expression, float] | None = None,
    assumed: dict[Expression, bool] | None = None,
) -> list[Expression]:
    """Return the numbers that a function returns as expressions; in messages it is called `named`."""
    paths = 0

    def explore(planned: tuple[bool, ...]) -> list[Expression]:
        nonlocal paths
        paths += 1
        path = _Path(planned, apart, known)
        try:
            if paths > MOST_PATHS:
                raise Untraceable(f"its comparisons have more than {MOST_PATHS} outcomes")
            result = list(map(_expression, function(*[_Symbolic(a, path) for a in arguments])))
        except (TypeError, AttributeError) as error:
            raise Untraceable(f"{named!r} cannot be written as an expression: {error}") from error
        if assumed is not None:
            assumed.update(path.assumed)
        conditions = list(path.outcomes)[len(planned) :]
        for n in range(len(conditions) - 1, -1, -1):  # all outcomes after the plan were true: try false for each
            otherwise = explore((*planned, *[True] * n, False))
            result = [call("select", conditions[n], *both) for both in zip(result, otherwise, strict=True)]
        return result

    return explore(())


# --- the table ---


def operands(op: Primitive) -> tuple[Symbol, ...]:
    """Return the symbols of an operation's operands in the expressions of `value` and `partial`."""
    arity = op.arity or 0
    if arity == 1:
        return (Symbol("x"),)
    return tuple(Symbol("abc"[i] if arity <= 3 else f"x{i}") for i in range(arity))


def partial(op: Primitive, i: int, arguments: Sequence[Expression] | None = None) -> Expression:
    """Return the partial derivative of an operation in operand `i`, as an expression in the result y and the operands.

    Args:
        op: an operation with a fixed number of operands.
        i: the position of the operand.
        arguments: the operands, such as a `Constant` for a constant one; `operands(op)` by default.

    Raises:
        Untraceable: the operation takes any number of operands, or its rule is not in plain arithmetic.
    """
    if op.arity is None:
        raise Untraceable(f"{op.name} takes any number of operands; ask its all_partials for the derivatives")
    return trace(op.rules[i], Symbol("y"), *(operands(op) if arguments is None else arguments))


def partials(op: Primitive, arguments: Sequence[Expression | float]) -> list[Expression]:
    """Return the partial derivatives of an operation in all of its operands, as expressions in the result y and them.

    Args:
        op: an operation with any number of operands.
        arguments: the operands; a float is a constant that the rule may use as an index.

    Raises:
        Untraceable: the rule is not in plain arithmetic.

    >>> partials(TABLE["prod"], [Symbol("a"), Symbol("b"), Symbol("c")])
    [mul(c, b), mul(a, c), mul(a, b)]
    """
    symbols = [a for a in arguments if isinstance(a, Expression)]

    def rule(y: Any, *xs: Any) -> Any:
        left = iter(xs)
        return on_symbols(op.all_partials)(y, *[a if isinstance(a, float) else next(left) for a in arguments])

    return _traces(op, rule, [Symbol("y"), *symbols], apart=True)


def value(op: Primitive, arguments: Sequence[Expression] | None = None) -> Expression | None:
    """Return the value of an operation as an expression in its operands; None if it is known as a function only.

    >>> value(TABLE["silu"]), value(TABLE["log"]), value(TABLE["sum"])
    (mul(x, sigmoid(x)), math.log(x), None)
    """
    if op.arity is None or TABLE.get(op.name) is not op:  # a user's function may raise or return anything
        return None
    try:
        return trace(on_symbols(op.value), *(operands(op) if arguments is None else arguments))
    except Untraceable:
        return None


def on_symbols(function: Callable[..., Any], **others: Callable[..., Any]) -> Callable[..., Any]:
    """Return a function of floats as one of symbols, with functions of symbols in the places of `math` and `ieee`.

    Args:
        function: the function.
        others: functions of symbols in the places of other names that it uses.
    """
    function = unwrap(function)
    if not isinstance(function, FunctionType):
        of_math = getattr(_MATH, function.__name__, None)
        return of_math if getattr(function, "__module__", "") == "math" and of_math is not None else function
    if function.__module__ == gamma.__name__:
        known: Callable[..., Any] = _of_module("gamma", function)
        return known
    instead: dict[Any, Any] = {math: _MATH, ieee: SimpleNamespace(**TABLE)}
    names = {
        name: instead[found] if isinstance(found, type(math)) and found in instead else found
        for name, found in function.__globals__.items()
    } | others
    copy = FunctionType(function.__code__, names, function.__name__, function.__defaults__, function.__closure__)
    copy.__kwdefaults__ = function.__kwdefaults__
    return copy


def _of_module(module: str, found: Any) -> Any:
    """Return a function of a module as one that is known by its name alone; anything else as it is."""
    if not callable(found):
        return found

    def called(*arguments: Any) -> Any:
        symbols = [a for a in arguments if isinstance(a, _Symbolic)]
        return symbols[0].call(f"{module}.{found.__name__}", *arguments) if symbols else found(*arguments)

    return called


_MATH = SimpleNamespace(**{name: _of_module("math", found) for name, found in vars(math).items() if name[0] != "_"})
_MATH.isinf = lambda x: abs(x) == math.inf
_MATH.isfinite = lambda x: abs(x) < math.inf
