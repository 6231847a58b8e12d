"""Formulas with one mistake in them: what people write in place of a formula.

>>> from autograd.view.notation.expression import Num, Product, Sum
>>> from autograd.view.notation.text import text
>>> a = Name("a")
>>> [f"{mutation.kind}: {text(mutation.expr)}" for mutation in mutations(Product((Num(2.0), a)), [])]
['factor: a', 'factor: 2', 'plus: 2 + a']
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import NamedTuple

from ..operation import Primitive
from ..primitives import TABLE
from ..view.notation.expression import Call, Expr, Minus, Name, Power, Product, Quotient, Sum, replaced

__all__ = ["FUNCTIONS", "Mutation", "mutations", "names_in", "swaps"]

# The functions that one may take for another: those on one number, the usual activations first.
FUNCTIONS: tuple[Primitive, ...] = tuple(
    TABLE[name]
    for name in ("sigmoid", "tanh", "relu", "softplus", "exp", "log", "sqrt", "sin", "cos", "silu", "gelu", "square")
)


class Mutation(NamedTuple):
    """A formula with a mistake.

    Attributes:
        kind: the mistake.
        expr: the formula.
        part: the part that is missing or wrong.
        function: the function that was taken instead.
    """

    kind: str
    expr: Expr
    part: Expr
    function: Primitive | None = None


def mutations(expr: Expr, functions: Sequence[Primitive]) -> Iterator[Mutation]:
    """Yield the formula with one mistake: a factor, term, sign, exponent or function is missing or wrong."""
    yield from _here(expr, functions)
    for part, build in _parts(expr):
        for mutation in mutations(part, functions):
            yield mutation._replace(expr=build(mutation.expr))


def _here(expr: Expr, functions: Sequence[Primitive]) -> Iterator[Mutation]:
    match expr:
        case Sum(terms) if len(terms) > 1:
            for i, term in enumerate(terms):
                yield Mutation("term", _joined(Sum, terms[:i] + terms[i + 1 :]), term)
            for i, term in enumerate(terms):
                yield Mutation("term sign", Sum((*terms[:i], _negative(term), *terms[i + 1 :])), term)
            if len(terms) == 2 and not isinstance(terms[1], Minus):
                yield Mutation("times", Product(terms), expr)
        case Product(factors) if len(factors) > 1:
            for i, factor in enumerate(factors):
                rest = factors[:i] + factors[i + 1 :]
                yield Mutation("factor", _joined(Product, rest), factor)
            if len(factors) == 2:
                yield Mutation("plus", Sum(factors), expr)
        case Quotient(a, b):
            yield Mutation("factor", a, b)
            yield Mutation("upside down", Quotient(b, a), expr)
        case Power(base, exponent):
            yield Mutation("exponent", base, exponent)
            yield Mutation("times exponent", Product((base, exponent)), expr)
        case Minus(of):
            yield Mutation("minus", of, expr)
        case Call(op, (of,)):
            yield Mutation("function", of, expr)
            for other in functions:
                if other is not op:
                    yield Mutation("other function", Call(other, (of,)), expr, other)


def _joined(kind: type[Sum] | type[Product], parts: tuple[Expr, ...]) -> Expr:
    return kind(parts) if len(parts) != 1 else next(iter(parts))


def _negative(a: Expr) -> Expr:
    return a.of if isinstance(a, Minus) else Minus(a)


def _parts(expr: Expr) -> Iterator[tuple[Expr, Build]]:
    """Yield the parts of an expression, and how to put another part in the place of each."""
    match expr:
        case Sum(parts) | Product(parts) | Call(_, parts):
            for i, part in enumerate(parts):
                yield part, Build(expr, i)
        case Quotient(a, b) | Power(a, b):
            yield a, Build(expr, 0)
            yield b, Build(expr, 1)
        case Minus(a):
            yield a, Build(expr, 0)


class Build(NamedTuple):
    """An expression with a place for another part."""

    expr: Expr
    place: int

    def __call__(self, part: Expr) -> Expr:
        i = self.place
        match self.expr:
            case Sum(parts):
                return Sum((*parts[:i], part, *parts[i + 1 :]))
            case Product(parts):
                return Product((*parts[:i], part, *parts[i + 1 :]))
            case Call(op, parts):
                return Call(op, (*parts[:i], part, *parts[i + 1 :]))
            case Quotient(a, b):
                return Quotient(part, b) if i == 0 else Quotient(a, part)
            case Power(a, b):
                return Power(part, b) if i == 0 else Power(a, part)
        return Minus(part)


def names_in(expr: Expr) -> tuple[Name, ...]:
    """Return the names in an expression, each once, as they are read."""
    if isinstance(expr, Name):
        return (expr,)
    return tuple(dict.fromkeys(name for part, _ in _parts(expr) for name in names_in(part)))


def swaps(expr: Expr, others: Iterable[Name]) -> Iterator[tuple[Name, Name, Expr]]:
    """Yield the formula with one name in the place of another: which, by which, and the formula."""
    found = list(others)
    for name in names_in(expr):
        for other in found:
            if other != name:
                yield name, other, replaced(expr, {name: other})
