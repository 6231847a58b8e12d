"""Expressions: as the user wrote them, and simplified as a person would write them.

>>> x = Name("x")
>>> times(ONE, x, x, Minus(Num(3.0))) == Minus(Product((Num(3.0), Power(x, Num(2.0)))))
True
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from ... import ieee
from ... import primitives as p
from ...primitives import Primitive, Traced, number

__all__ = [
    "Call", "Derivative", "Expr", "Minus", "Name", "Num", "Power", "Product", "Quotient", "Sum",
    "as_written", "evaluated", "replaced", "simplified", "terms_of",
]  # fmt: skip


class Expr:
    """An expression; the classes below are all there are."""

    __slots__ = ()


@dataclass(frozen=True, slots=True)
class Num(Expr):
    """A number."""

    value: float


@dataclass(frozen=True, slots=True)
class Name(Expr):
    """Something with a name, as text has it; `label` is the same without the quotes that text may need."""

    text: str
    label: str = field(default="", compare=False)


@dataclass(frozen=True, slots=True)
class Derivative(Name):
    """d(of)/d(by), as a name; if `direct`, with everything in between kept as it is."""

    of: Name = field(kw_only=True)
    by: Name = field(kw_only=True)
    direct: bool = field(default=False, kw_only=True)


@dataclass(frozen=True, slots=True)
class Sum(Expr):
    """a + b + ...; a term that is a `Minus` is subtracted."""

    terms: tuple[Expr, ...]


@dataclass(frozen=True, slots=True)
class Product(Expr):
    """a × b × ..."""

    factors: tuple[Expr, ...]


@dataclass(frozen=True, slots=True)
class Quotient(Expr):
    """numerator ÷ denominator"""

    numerator: Expr
    denominator: Expr


@dataclass(frozen=True, slots=True)
class Power(Expr):
    """base to the exponent"""

    base: Expr
    exponent: Expr


@dataclass(frozen=True, slots=True)
class Minus(Expr):
    """−a"""

    of: Expr


@dataclass(frozen=True, slots=True)
class Call(Expr):
    """Any other operation."""

    op: Primitive
    args: tuple[Expr, ...]


ZERO, ONE = Num(0.0), Num(1.0)


# --- as written: what the user's own code says, nothing simplified ---


def terms_of(a: Expr) -> tuple[Expr, ...]:
    """Return the terms of a sum; any other expression is a single term."""
    return a.terms if isinstance(a, Sum) else (a,)


def _factors(a: Expr) -> tuple[Expr, ...]:
    return a.factors if isinstance(a, Product) else (a,)


# The operations that have a notation; what others are short for, such as x² for a square, their entries say.
_AS_WRITTEN: dict[Primitive, Callable[..., Expr]] = {
    p.add: lambda a, b: Sum((*terms_of(a), b)),
    p.sub: lambda a, b: Sum((*terms_of(a), Minus(b))),
    p.mul: lambda a, b: Product((*_factors(a), b)),
    p.div: Quotient,
    p.neg: Minus,
    p.pow_: Power,
    p.sum_: lambda first, *others: Sum((first, *others)) if others else first,
    p.prod: lambda first, *others: Product((first, *others)) if others else first,
}


def as_written(op: Primitive, args: Sequence[Expr]) -> Expr:
    """Return the expression of an operation, the way that the user's code has it."""
    return _expression(op, args, _AS_WRITTEN)


def _expression(op: Primitive, args: Sequence[Expr], notation: Mapping[Primitive, Callable[..., Expr]]) -> Expr:
    if op in notation:
        return notation[op](*args)
    if op.form is None:
        return Call(op, tuple(args))
    result: _Form = op.form(*[_Form(arg, notation) for arg in args])
    return result.expr


class _Form(Traced):
    """A number as an expression: what an operation is short for is a function of such numbers."""

    __slots__ = ("expr", "notation")

    def __init__(self, expr: Expr, notation: Mapping[Primitive, Callable[..., Expr]]) -> None:
        self.expr, self.notation = expr, notation

    def apply(self, op: Primitive, operands: tuple[Any, ...]) -> _Form:
        args = [x.expr if isinstance(x, _Form) else Num(number(x)) for x in operands]
        return _Form(_expression(op, args, self.notation), self.notation)


# --- simplified: what the rules of the table say, the way that a person writes it ---


def plus(*terms: Expr) -> Expr:
    """Return the sum; what is both added and subtracted disappears."""
    kept: list[Expr] = []
    counts: Counter[Expr] = Counter()
    for term in (part for each in terms for part in _signed_terms(each)):
        opposite = minus(term)
        if counts[opposite]:
            kept.remove(opposite)
            counts[opposite] -= 1
        elif term != ZERO:
            kept.append(term)
            counts[term] += 1
    if all(isinstance(term, Num) for term in kept):
        return Num(ieee.sum(*[term.value for term in kept if isinstance(term, Num)]))
    if len(kept) > 1 and all(isinstance(term, Quotient) and term.denominator == _denominator(kept[0]) for term in kept):
        return over(plus(*map(_numerator, kept)), _denominator(kept[0]))
    kept[1:] = [Minus(minus(term)) if isinstance(term, Num) and term.value < 0 else term for term in kept[1:]]
    return Sum(tuple(kept)) if len(kept) > 1 else kept[0]


def _signed_terms(a: Expr) -> list[Expr]:
    """The terms of a sum, −(a + b) as −a and −b."""
    if isinstance(a, Minus) and isinstance(a.of, Sum):
        return [minus(term) for term in a.of.terms]
    return [minus(term.of) if isinstance(term, Minus) else term for term in terms_of(a)]


def minus(a: Expr) -> Expr:
    """Return −a without a double minus."""
    if isinstance(a, Num):
        return Num(-a.value)
    return a.of if isinstance(a, Minus) else Minus(a)


def times(*factors: Expr) -> Expr:
    """Return the product: number in front, sign before it, quotients as one, x × x as x²."""
    powers: dict[Expr, float] = {}
    denominators: list[Expr] = []
    number, waiting = 1.0, list(reversed(factors))
    while waiting:
        factor = waiting.pop()
        if isinstance(factor, Num):
            number *= factor.value
        elif isinstance(factor, Minus):
            number = -number
            waiting.append(factor.of)
        elif isinstance(factor, Product):
            waiting.extend(reversed(factor.factors))
        elif isinstance(factor, Quotient):
            denominators.append(factor.denominator)
            waiting.append(factor.numerator)
        else:
            base, exponent = _power(factor)
            powers[base] = powers.get(base, 0.0) + exponent
    if number == 0:
        return ZERO
    numerators = [power(base, Num(exponent)) for base, exponent in powers.items() if exponent]
    if abs(number) != 1 or not numerators:
        numerators.insert(0, Num(abs(number)))
    result: Expr = Product(tuple(numerators)) if len(numerators) > 1 else numerators[0]
    if denominators:
        result = Quotient(result, times(*denominators))
    return minus(result) if number < 0 else result


def _power(a: Expr) -> tuple[Expr, float]:
    if isinstance(a, Power) and isinstance(a.exponent, Num):
        return a.base, a.exponent.value
    return a, 1.0


LARGEST_EXPONENT = 700.0  # exp of more, and one divided by it, leave the range of floats


def over(a: Expr, b: Expr) -> Expr:
    """Return a ÷ b as one quotient."""
    if isinstance(b, Num):
        return times(a, Num(1 / b.value)) if b.value in (1.0, -1.0) else _quotient(a, b)
    if isinstance(b, Minus):
        return minus(over(a, b.of))
    return _shares(a, b) or _quotient(a, b)


def _quotient(a: Expr, b: Expr) -> Expr:
    if isinstance(a, Num):
        if isinstance(b, Num) and b.value != 0:
            return Num(a.value / b.value)
        return a if a.value == 0 else Minus(Quotient(Num(-a.value), b)) if a.value < 0 else Quotient(a, b)
    if isinstance(a, Minus):
        return minus(_quotient(a.of, b))
    if isinstance(a, Quotient):
        return Quotient(a.numerator, times(a.denominator, b))
    return Quotient(a, b)


def _shares(a: Expr, b: Expr) -> Expr | None:
    """Write exp(u − c) ÷ (exp(u − c) + exp(v − c)) without the c that code subtracts, unless exp(c) has no float."""
    terms = terms_of(b)
    parts = [*terms, *terms_of(a)]
    if len(terms) < 2 or not all(isinstance(part, Call) and part.op is p.exp for part in parts):
        return None
    shifts = {_shift(part.args[0]) for part in parts if isinstance(part, Call)}
    if len(shifts) != 1 or abs(shift := shifts.pop()) > LARGEST_EXPONENT:
        return None
    plain = [Call(p.exp, (plus(part.args[0], Num(-shift)),)) for part in parts if isinstance(part, Call)]
    return Quotient(plus(*plain[len(terms) :]), Sum(tuple(plain[: len(terms)])))


def _shift(u: Expr) -> float:
    numbers = [term.value for term in _signed_terms(u) if isinstance(term, Num)]
    return numbers[-1] if numbers else 0.0


def _numerator(a: Expr) -> Expr:
    return a.numerator if isinstance(a, Quotient) else a


def _denominator(a: Expr) -> Expr:
    return a.denominator if isinstance(a, Quotient) else ONE


def power(base: Expr, exponent: Expr) -> Expr:
    """Return base to the exponent; x to the first is x."""
    if exponent == ZERO:
        return ONE
    return base if exponent == ONE else Power(base, exponent)


def _exp(x: Expr) -> Expr:
    return ONE if x == ZERO else Call(p.exp, (x,))


def _abs(x: Expr) -> Expr:
    return Num(abs(x.value)) if isinstance(x, Num) else Call(p.abs_, (x.of if isinstance(x, Minus) else x,))


_SIMPLIFIED: dict[Primitive, Callable[..., Expr]] = {
    p.add: plus,
    p.sub: lambda a, b: plus(a, minus(b)),
    p.mul: times,
    p.div: over,
    p.neg: minus,
    p.pow_: power,
    p.exp: _exp,
    p.abs_: _abs,
    p.sum_: plus,
    p.prod: times,
}


def simplified(op: Primitive, args: Sequence[Expr]) -> Expr:
    """Return the expression of an operation as a person writes it."""
    return _expression(op, args, _SIMPLIFIED)


# --- numbers for names ---


def replaced(expr: Expr, parts: Mapping[Expr, Expr]) -> Expr:
    """Return the expression with some of its parts replaced, each by what the mapping says."""
    if expr in parts:
        return parts[expr]
    match expr:
        case Sum(terms):
            return Sum(tuple(replaced(term, parts) for term in terms))
        case Product(factors):
            return Product(tuple(replaced(factor, parts) for factor in factors))
        case Quotient(a, b):
            return Quotient(replaced(a, parts), replaced(b, parts))
        case Power(base, exponent):
            return Power(replaced(base, parts), replaced(exponent, parts))
        case Minus(of):
            return Minus(replaced(of, parts))
        case Call(op, args):
            return Call(op, tuple(replaced(arg, parts) for arg in args))
    return expr


def evaluated(expr: Expr, read: Callable[[float], float] = float) -> float:
    """Return the value of an expression without names, each of its numbers converted by `read`."""
    match expr:
        case Num(value):
            return read(value)
        case Sum(terms):
            return p.sum_.value(*[evaluated(term, read) for term in terms])
        case Product(factors):
            return math.prod(evaluated(factor, read) for factor in factors)
        case Quotient(a, b):
            return p.div.value(evaluated(a, read), evaluated(b, read))
        case Power(base, exponent):
            return p.pow_.value(evaluated(base, read), evaluated(exponent, read))
        case Minus(of):
            return -evaluated(of, read)
        case Call(op, args):
            return op.value(*[evaluated(arg, read) for arg in args])
    raise TypeError(f"an expression with a name has no value: {expr!r}")
