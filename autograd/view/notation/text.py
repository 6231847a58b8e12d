"""How numbers, names and expressions are written as text, and the conventions that every writer follows.

>>> from autograd.view.notation.expression import Num, Product, Sum
>>> text(Product((Num(-0.5), Sum((Num(1.0), Num(2.0))))))
'(-0.5) × (1 + 2)'
"""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Mapping, Sequence
from decimal import ROUND_HALF_UP, Context, Decimal
from itertools import takewhile
from types import MappingProxyType

from ...primitives import Primitive, number
from ...text import printable
from ...value import Value
from ..terminal import width
from .expression import Call, Derivative, Expr, Minus, Name, Num, Power, Product, Quotient, Sum

__all__ = [
    "ATOM", "AT_MOST", "POWER", "PRODUCT", "SUM", "Pieces", "Write", "Writer", "broken", "derivative", "function_name",
    "joined", "line_of", "name", "numeral", "on_paper", "pieces", "rounded", "sign", "signed", "text",
]  # fmt: skip

Write = Callable[[float], str]
Piece = tuple[str, str]  # (role, text)
Pieces = tuple[Piece, ...]

CONSTANTS = 3  # the largest number of constants that are shown with an operation's sign, the first ones
AT_MOST = 8  # the most terms, factors or arguments that are all written; of more, the first three and the last
SUM, PRODUCT, POWER, ATOM = range(4)  # precedence, the loosest first
SUPERSCRIPTS = {2.0: "²", 3.0: "³"}
DOTS = Name("...")  # in place of the terms, factors or arguments that are left out
EXACT = Context(prec=40, rounding=ROUND_HALF_UP)  # a calculation's own, whatever the user's decimal context is
NOTHING: Mapping[Name, float] = MappingProxyType({})


# --- numbers ---


def numeral(x: float, digits: int = 4) -> str:
    """Return a number with `digits` significant digits; up to seven before the point are written out."""
    if x == 0 or not math.isfinite(x):
        return "0" if x == 0 else str(x)
    written = f"{x:.{digits}g}"
    return f"{x:.0f}" if "e+" in written and abs(x) < 1e7 else written


def rounded(x: float, places: int) -> float:
    """Return `x` to `places` decimals, halves away from zero, by its 15 significant digits rather than its bits."""
    if not math.isfinite(x) or abs(x) >= 1e15:
        return x
    return float(Decimal(f"{x:.15g}").quantize(Decimal(1).scaleb(-places, EXACT), context=EXACT))


def on_paper(x: float, places: int) -> float:
    """Return `x` to `places` decimals or, if that gives 0, to two significant digits."""
    return rounded(x, places) or float(numeral(x, 2))


# --- names ---

_WORD = re.compile(r"[\w.\[\]′'#]*[^\W\d][\w.\[\]′'#]*")


def name(label: str) -> Name:
    """Return a user's label as a name: safe for terminals, and quoted unless it is an identifier.

    >>> name("layers.0.weight[1]").text, name("learning rate").text, name("inf").text
    ('layers.0.weight[1]', '"learning rate"', '"inf"')
    """
    label = printable(label)
    return Name(label if _WORD.fullmatch(label) and not _is_number(label) else f'"{label}"', label)


def _is_number(label: str) -> bool:
    try:
        float(label)
    except ValueError:
        return False
    return True


def differential(of: Name, direct: bool = False) -> str:
    """Return d(of), or ∂(of), as the parts of a derivative are written: in parentheses if it would read as d0, d1, ...

    >>> differential(name("layers.0.bias[0]")), differential(name("0.bias[0]"))
    ('dlayers.0.bias[0]', 'd(0.bias[0])')
    """
    return ("∂" if direct else "d") + (f"({of.text})" if of.text[:1].isdigit() else of.text)


def derivative(of: Name, by: Name, direct: bool = False) -> Derivative:
    """Return the name of d(of)/d(by); `direct` is what is left when everything in between stays as it is."""
    return Derivative(f"{differential(of, direct)}/{differential(by, direct)}", of=of, by=by, direct=direct)


# --- expressions ---

_BRACKETS = re.compile(r"(\W)x(\W)")  # a symbol that encloses the operand: |x|


def text(expr: Expr, write: Write = numeral) -> str:
    """Return the expression as a line of text."""
    return joined(pieces(expr, write))


def pieces(expr: Expr, write: Write = numeral, values: Mapping[Name, float] = NOTHING) -> Pieces:
    """Return the expression as a line of text in pieces, each with its role.

    Args:
        expr: the expression.
        write: how a number is written.
        values: numbers to write in place of names.

    Returns:
        Pairs of role and text: "name", "number" (one of the expression itself), "value" (one of `values`), and "" for
        everything between them.
    """
    return Writer(write, values).alone(expr)


def joined(line: Pieces) -> str:
    """Return pieces as one string."""
    return "".join(part for _, part in line)


# Where a line can go on below: before an operator, and after a comma or a semicolon, a Chinese one too.
_BREAKS = re.compile(r" (?=(?:[−+×÷%=]|//|\+=) )|(?<=[,;]) |(?<=[，；])")
_SIDE, _TERM, _FACTOR = range(3)  # what an operator separates, the loosest first


def broken(line: Pieces, room: int) -> list[str]:
    """Return pieces as lines no wider than a number of columns if names and numbers are not.

    A line ends where the pieces hold together least. If a factor goes on below, the next term begins a line too.

    >>> broken((("", "("), ("name", "a"), ("", " + "), ("name", "b"), ("", ") × "), ("name", "c")), 10)
    ['(a + b)', '× c']
    """
    written, bare = joined(line), "".join("_" * len(words) if role else words for role, words in line)
    breaks: dict[int, tuple[int, int]] = {}  # where a line can end: in how many parentheses, and what it separates
    depth = 0
    for i, character in enumerate(bare):
        depth += (character in "([") - (character in ")]")
        if _BREAKS.match(bare, i):
            sign = bare[i + 1 : i + 3]
            is_side = "=" in sign or bare[i - 1] in ";；，"
            breaks[i] = depth, _SIDE if is_side else _FACTOR if sign[:1] in "×÷%/" else _TERM
    lines, start, is_split = [], 0, False  # whether a term was broken before its end
    while left := [i for i in breaks if i > start]:
        fitting = list(takewhile(lambda i: width(written[start:i]) <= room, left)) or left[:1]
        term = next((i for i in fitting if breaks[i] == (0, _TERM)), 0) if is_split else 0
        if not term and width(written[start : start + 2 * room]) <= room:
            break
        long = [i for i in fitting if width(written[start:i]) > room // 3] or fitting
        end = term or min(long, key=lambda i: (*breaks[i], -i))
        lines.append(written[start:end])
        start, is_split = end + (bare[end] == " "), breaks[end] == (0, _FACTOR)
    return [*lines, written[start:]]


def signed(written: str) -> str:
    """Return a written number, parenthesized if it has a sign."""
    return f"({written})" if written.startswith("-") else written


def line_of(*parts: str | Pieces) -> Pieces:
    """Return pieces one after the other; plain strings have no role."""
    line: list[Piece] = []
    for part in parts:
        for role, words in (("", part),) if isinstance(part, str) else part:
            if line and not role and not line[-1][0]:
                line[-1] = "", line[-1][1] + words
            else:
                line.append((role, words))
    return tuple(line)


def _between(separator: str, parts: Sequence[Pieces]) -> Pieces:
    return line_of(*[piece for part in parts for piece in (separator, part)][1:])


class Writer:
    """Writes expressions as text; a subclass writes them in another notation.

    Args:
        write: how a number is written.
        values: numbers to write in place of names.
    """

    minus, times, dots, more = "−", " × ", "...", "..."  # the last two: left out between signs, and between commas
    factor = POWER  # the precedence that a factor after the first needs

    def __init__(self, write: Write, values: Mapping[Name, float] = NOTHING) -> None:
        self.write, self.values = write, values

    def alone(self, expr: Expr) -> Pieces:
        """Write an expression that has no neighbours: a number keeps its sign without parentheses."""
        if isinstance(expr, Num):
            return (("number", self.numeral(expr.value)[0]),)
        if isinstance(expr, Name) and expr in self.values:
            return (("value", self.numeral(self.values[expr])[0]),)
        return self.at(SUM, expr)

    def at(self, level: int, expr: Expr) -> Pieces:
        """Write an expression, parenthesized if it binds less tightly than its context."""
        line, own = self.line_and_level(expr)
        return self.in_parentheses(line) if own < level else line

    def line_and_level(self, expr: Expr) -> tuple[Pieces, int]:
        """Write an expression; return its precedence too."""
        at = self.at
        match expr:
            case Num(value):
                return self.number("number", value)
            case Name() if expr in self.values:
                return self.number("value", self.values[expr])
            case Name():
                return (line_of(self.dots) if expr is DOTS else self.name(expr)), ATOM
            case Sum(terms):
                first, *others = few(terms)
                parts: list[str | Pieces] = [at(SUM, first)]
                for term in others:
                    if isinstance(term, Minus):
                        parts += f" {self.minus} ", at(PRODUCT, term.of)
                    else:
                        parts += " + ", at(SUM, term)
                return line_of(*parts), SUM
            case Minus(of):
                return line_of(self.minus, at(PRODUCT, of)), SUM
            case Product(factors):
                first, *others = few(factors)
                return _between(self.times, [at(PRODUCT, first), *(at(self.factor, f) for f in others)]), PRODUCT
            case Quotient(a, b):
                return self.quotient(a, b), PRODUCT
            case Power(base, exponent):
                return self.power(base, exponent), POWER
            case Call(op, args):
                return self.call(op, args)
        raise TypeError(f"not an expression: {expr!r}")

    def number(self, role: str, x: float) -> tuple[Pieces, int]:
        """Write a number among others, parenthesized if it has a sign; return its precedence too."""
        written, level = self.numeral(x)
        return ((role, signed(written)),), ATOM if written.startswith("-") else level

    def arguments(self, args: Sequence[Expr]) -> Pieces:
        """Write the arguments of a function."""
        return _between(", ", [line_of(self.more) if arg is DOTS else self.alone(arg) for arg in few(args)])

    # --- what is another in another notation ---

    def numeral(self, x: float) -> tuple[str, int]:
        """Write a number; return its precedence too."""
        return self.write(x), ATOM

    def name(self, name: Name) -> Pieces:
        """Write a name."""
        return (("name", name.text),)

    def in_parentheses(self, line: Pieces) -> Pieces:
        """Put pieces in parentheses."""
        return line_of("(", line, ")")

    def quotient(self, a: Expr, b: Expr) -> Pieces:
        """Write a ÷ b."""
        return line_of(self.at(PRODUCT, a), " ÷ ", self.at(POWER, b))

    def power(self, base: Expr, exponent: Expr) -> Pieces:
        """Write a power."""
        raised = SUPERSCRIPTS.get(exponent.value) if isinstance(exponent, Num) else None
        return line_of(self.at(ATOM, base), *([raised] if raised else ["^", self.at(ATOM, exponent)]))

    def call(self, op: Primitive, args: Sequence[Expr]) -> tuple[Pieces, int]:
        """Write an operation that is none of these; return its precedence too."""
        match args:
            case (of,) if ends := _BRACKETS.fullmatch(op.symbol):
                inside, (left, right) = self.alone(of), ends.groups()
                nested = left in joined(inside) or right in joined(inside)  # ||x|| would be a norm
                left, right = (f"{op.name}(", ")") if nested else (printable(left), printable(right))
                return line_of(left, inside, right), ATOM
            case (a, b) if op.is_infix:  # a sum, never bare beside another sign
                return line_of(self.at(PRODUCT, a), f" {printable(op.symbol)} ", self.at(POWER, b)), SUM
            case (Num(index), *others) if op.variadic and op.selector:
                return line_of(f"{op.name}(", self.arguments(others), f")[{int(index)}]"), ATOM
        return line_of(f"{function_name(op)}(", self.arguments(args), ")"), ATOM


def few(parts: Sequence[Expr]) -> Sequence[Expr]:
    """Return the parts that are written out, with `DOTS` in the place of the others."""
    return parts if len(parts) <= AT_MOST else [*parts[:3], DOTS, parts[-1]]


def function_name(op: Primitive) -> str:
    """Return what an operation is called before the parentheses with its arguments."""
    return op.symbol if op.symbol.isascii() and op.symbol.isidentifier() else printable(op.name)


def sign(op: Primitive, operands: Sequence[Value | float]) -> tuple[str, str, str]:
    """Return an operation's symbol with the constants before it and those after it.

    >>> from autograd.primitives import add, sub
    >>> x = Value(3.0, "x")
    >>> sign(sub, (1, x)), sign(sub, (x, 1)), sign(add, (x, x))
    (('1', '−', ''), ('', '−', '1'), ('', '+', ''))
    """
    constants = [numeral(number(x)) for x in operands if not isinstance(x, Value)]
    shown = ", ".join(constants[:CONSTANTS]) + (", …" if len(constants) > CONSTANTS else "")
    first = len(operands) == 2 and not isinstance(operands[0], Value)
    return (shown, op.symbol, "") if first else ("", op.symbol, shown)
