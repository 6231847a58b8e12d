"""Functions of floats and Values: floats in, float out; a Value among them, a Value out.

Every operation of the table of primitives is here under its own name. Those that take a sequence or a condition are
written out; those on a fixed number of numbers come from the table, at the end of the file.

    >>> import autograd
    >>> autograd.exp(0.0)
    1.0
    >>> autograd.exp(autograd.Value(0.0)).data
    1.0
"""

from __future__ import annotations

import builtins
import math
from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, Any, cast

from . import primitives as p
from .core import compiled
from .gamma import LARGEST_ORDER
from .modes import recorder
from .node import record_each, unary_method
from .operation import as_function
from .text import given, shown
from .value import Value
from .whole import Whole, largest

if TYPE_CHECKING:
    from collections.abc import Callable

    # isort: off
    from .elementwise import (  # operations, written by `python -m docs.make stubs`
        add, sub, mul, div, neg, pow, mod, floor_divide, exp, exp2, expm1, log, log1p, log2, log10, sqrt, cbrt, square,
        reciprocal, abs, sign, floor, ceil, trunc, rint, radians, degrees, sin, cos, tan, asin, acos, atan, atan2,
        sinc, sinh, cosh, tanh, asinh, acosh, atanh, sigmoid, softplus, relu, leaky_relu, elu, gelu, silu, mish, erf,
        erfc, lgamma, digamma, hypot, logaddexp, maximum, minimum, less, less_equal, equal, clip,
    )  # fmt: skip

    # isort: on
    from .signatures import DotProduct, ForEach, OfOrder, OfRows, OfSequence, Selection

Number = Any  # a float or a Value; a result is a Value if an operand is one

__all__ = [
    "dot", "log_softmax", "logsumexp", "max", "mean", "min", "norm", "polygamma", "prod", "softmax", "sum", "take",
    "where",
]  # fmt: skip
__all__ += [  # operations, written by `python -m docs.make stubs`
    "add", "sub", "mul", "div", "neg", "pow", "mod", "floor_divide", "exp", "exp2", "expm1", "log", "log1p", "log2",
    "log10", "sqrt", "cbrt", "square", "reciprocal", "abs", "sign", "floor", "ceil", "trunc", "rint", "radians",
    "degrees", "sin", "cos", "tan", "asin", "acos", "atan", "atan2", "sinc", "sinh", "cosh", "tanh", "asinh", "acosh",
    "atanh", "sigmoid", "softplus", "relu", "leaky_relu", "elu", "gelu", "silu", "mish", "erf", "erfc", "lgamma",
    "digamma", "hypot", "logaddexp", "maximum", "minimum", "less", "less_equal", "equal", "clip",
]  # fmt: skip


# --- types of the functions, for type checkers alone ---


def _of_sequence(function: Callable[..., Any]) -> OfSequence:
    return cast("OfSequence", function)


def _for_each(function: Callable[..., Any]) -> ForEach:
    return cast("ForEach", function)


def _dot_product(function: Callable[..., Any]) -> DotProduct:
    return cast("DotProduct", function)


def _selection(function: Callable[..., Any]) -> Selection:
    return cast("Selection", function)


def _of_order(function: Callable[..., Any]) -> OfOrder:
    return cast("OfOrder", function)


def _of_rows(function: Callable[..., Any]) -> OfRows:
    return cast("OfRows", function)


# --- functions of a sequence or with a condition ---


def _numbers(xs: Iterable[Number], name: str, may_be_empty: bool = False) -> list[Number]:
    try:
        numbers = list(xs)
    except TypeError:
        raise TypeError(f"{name} takes one sequence of numbers, such as {name}([a, b]), but got {shown(xs)}") from None
    if not numbers and not may_be_empty:
        raise ValueError(f"{name} of an empty sequence: give at least one number")
    return numbers


@_of_sequence
def sum(xs: Iterable[Number]) -> Number:
    """Return the sum of a sequence, rounded once; 0.0 if it is empty. One node.

    >>> sum([0.1] * 10)
    1.0
    """
    numbers = _numbers(xs, "sum", may_be_empty=True)
    return p.sum_(*numbers) if numbers else 0.0


@_of_sequence
def mean(xs: Iterable[Number]) -> Number:
    """Return the mean of a sequence that is not empty."""
    return p.mean(*_numbers(xs, "mean"))


@_of_sequence
def prod(xs: Iterable[Number]) -> Number:
    """Return the product of a sequence; 1.0 if it is empty."""
    numbers = _numbers(xs, "prod", may_be_empty=True)
    return p.prod(*numbers) if numbers else 1.0


@_of_sequence
def norm(xs: Iterable[Number]) -> Number:
    """Return the Euclidean norm of a sequence, sqrt(x1**2 + x2**2 + ...); its derivatives are 0 if it is 0.

    >>> norm([3.0, 4.0])
    5.0
    """
    numbers = _numbers(xs, "norm", may_be_empty=True)
    return p.norm(*numbers) if numbers else 0.0


@_of_sequence
def max(xs: Iterable[Number]) -> Number:
    """Return the largest of a sequence; several that tie share the gradient."""
    return p.max_(*_numbers(xs, "max"))


@_of_sequence
def min(xs: Iterable[Number]) -> Number:
    """Return the smallest of a sequence; several that tie share the gradient."""
    return p.min_(*_numbers(xs, "min"))


@_of_sequence
def logsumexp(xs: Iterable[Number]) -> Number:
    """Return log(exp(x1) + exp(x2) + ...), without overflow."""
    return p.logsumexp(*_numbers(xs, "logsumexp"))


@_for_each
def softmax(xs: Iterable[Number]) -> list[Number]:
    """Return exp(xi) / (exp(x1) + exp(x2) + ...) for every xi.

    >>> softmax([0.0, 0.0])
    [0.5, 0.5]
    """
    numbers = _numbers(xs, "softmax")
    return record_each(p.softmax, numbers)


@_for_each
def log_softmax(xs: Iterable[Number]) -> list[Number]:
    """Return xi - logsumexp(xs) for every xi, without cancellation."""
    numbers = _numbers(xs, "log_softmax")
    return record_each(p.log_softmax, numbers)


@_dot_product
def dot(ws: Iterable[Number], xs: Iterable[Number], bias: Number | None = None) -> Number:
    """Return w1*x1 + w2*x2 + ... + bias as one node.

    >>> dot([0.5, 2.0], [4.0, 1.0], bias=1.0)
    5.0
    """
    if compiled is not None and (found := compiled.dot(ws, xs, bias)) is not None:
        return found
    try:
        ws, xs = list(ws), list(xs)
    except TypeError:
        raise TypeError(f"dot takes two sequences of numbers, but got {shown(ws)} and {shown(xs)}") from None
    if len(ws) != len(xs):
        raise ValueError(f"dot takes two sequences of one length, but got {len(ws)} and {len(xs)} numbers")
    if not ws:
        return 0.0 if bias is None else p.sum_(bias)
    return p.dot(*ws, *xs) if bias is None else p.dot(*ws, *xs, bias)


@_selection
def where(condition: Any, a: Number, b: Number) -> Number:
    """Return a if the condition holds, else b."""
    if isinstance(condition, Whole) or (isinstance(condition, Value) and recorder() is not None):
        return p.where(condition, a, b)  # the condition is a number of the program that is recorded
    return p.where(1.0 if condition else 0.0, a, b)


@_of_rows
def take(rows: Any, i: Any) -> Any:
    """Return rows[i], of a list of numbers or of nested lists; for several indices a list of these.

    In a compiled function (see `jit`) an index that is an argument is an input: another one needs no other recording,
    as it does with rows[i].

    Args:
        rows: a sequence of numbers or of rows of numbers, or an array.
        i: a whole number, negative ones from the end; or a sequence of them, as nested as you like.

    Raises:
        IndexError: there is no such row.

    >>> take([[0.5, 1.0], [2.0, 3.0], [4.0, 5.0]], [2, 0])
    [[4.0, 5.0], [0.5, 1.0]]
    """
    rows = rows.tolist() if hasattr(rows, "tolist") else rows
    if not isinstance(i, int):
        i = i.tolist() if hasattr(i, "tolist") else i
        if isinstance(i, Sequence) and not isinstance(i, (str, bytes)):
            return [take(rows, each) for each in i]
        if not isinstance(i, int):
            raise TypeError(f"take needs a whole number or a sequence of them as index, but got {given(i)}")
    n = len(rows)
    is_negative = i < 0
    at = i + n if is_negative else i
    if at < 0 if is_negative else at >= n:
        raise IndexError(f"there is no row {i} among {n}: give an index from {-n} to {n - 1}")
    return _taken(rows, at) if isinstance(at, Whole) else rows[at]


def _taken(rows: Sequence[Any], i: Whole) -> Any:
    """Return rows[i] by operations whose operands are all rows."""
    if all(isinstance(row, (list, tuple)) and len(row) == len(rows[0]) for row in rows):
        found = [_taken(column, i) for column in zip(*rows, strict=True)]
        return tuple(found) if isinstance(rows[0], tuple) else found
    if all(isinstance(x, int) for x in rows):
        return Whole(p.take(i, *rows), builtins.max(map(largest, rows)))
    if all(isinstance(x, (int, float, Value)) for x in rows):
        return p.take(i, *rows)
    return rows[int(i)]  # anything else is looked up by the number itself


@_of_order
def polygamma(n: int, x: Number) -> Number:
    """Return the n-th derivative of `digamma` at x; n is a whole number, 0 for `digamma` itself.

    Raises:
        ValueError: n is not a whole number from 0 to 170.

    >>> polygamma(1, 1.0)  # pi**2 / 6
    1.6449340668482264
    """
    if isinstance(n, Value) or n not in range(LARGEST_ORDER + 1):
        raise ValueError(f"polygamma takes a whole number n from 0 to {LARGEST_ORDER}, but got {given(n)}")
    return p.polygamma(float(n), x)


def _document(function: Any, derivatives: str) -> None:
    """Add the derivatives to a docstring, as far to the right as its lines are, which depends on Python's version."""
    first, *others = (function.__doc__ or "").rstrip().split("\n")
    margin = " " * builtins.min((len(line) - len(line.lstrip()) for line in others if line.strip()), default=0)
    added = [margin + line for line in derivatives.split("\n")]
    function.__doc__ = "\n".join([first, *others, "", *added])


# --- the table's part: functions of a fixed number of numbers, the derivatives in help(), and methods: x.exp() ---

for _op in p.TABLE.values():
    if _op.variadic or _op.selector:  # written out above
        _document(globals()[_op.name], _op.derivatives)
    else:
        globals()[_op.name] = _op if _op.defaults is None else as_function(_op)
    if _op.methods:
        _method = unary_method(_op, _op.name) if _op.arity == 1 else as_function(_op, "self")
        _method.__name__, _method.__qualname__, _method.__doc__ = _op.name, f"Value.{_op.name}", _op.help
        for _name in _op.methods:
            setattr(Value, _name, _method)

# --- names for `sympy.lambdify(arguments, expression, modules=[autograd.sympy_names])` ---

sympy_names: dict[str, Any] = {name: globals()[name] for name in __all__} | {
    "max": lambda *xs: max(xs),
    "min": lambda *xs: min(xs),
    "sinc": lambda x: sinc(x / math.pi),  # which is sin(x) / x there
    "copysign": lambda size, x: size * sign(x),  # SymPy writes sign(x) as copysign(1, x) if x is not 0
    "pi": math.pi,
    "e": math.e,
}
