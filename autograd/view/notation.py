"""How expressions and numbers are written: in text for the terminal, in LaTeX for notebooks; whatever a label holds.

>>> from autograd.view.formula import Num, Product, Sum
>>> text(Product((Num(-0.5), Sum((Num(1.0), Num(2.0))))))
'(-0.5) × (1 + 2)'
"""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Sequence
from decimal import ROUND_HALF_UP, Decimal

from ..primitives import TABLE
from .formula import Call, Expr, Minus, Name, Num, Power, Product, Quotient, Sum
from .labels import printable

__all__ = ["derivative", "latex", "latex_text", "name", "number", "rounded", "text"]

Write = Callable[[float], str]

AT_MOST = 8  # so many terms, factors or arguments are written out; of more, the first ones and the last
SUM, PRODUCT, POWER, ATOM = range(4)  # how tightly an expression holds together
SUPERSCRIPTS = {2.0: "²", 3.0: "³"}


# --- numbers ---


def number(x: float, digits: int = 4) -> str:
    """Return a number with so many significant digits; up to seven before the point are written out."""
    if x == 0 or not math.isfinite(x):
        return "0" if x == 0 else str(x)
    written = f"{x:.{digits}g}"
    return f"{x:.0f}" if "e+" in written and abs(x) < 1e7 else written


def rounded(x: float, places: int) -> float:
    """Return `x` to so many decimals, a half away from zero: of the decimal number that one sees, not of its bits."""
    if not math.isfinite(x):
        return x
    return float(Decimal(f"{x:.15g}").quantize(Decimal(1).scaleb(-places), ROUND_HALF_UP)) if abs(x) < 1e15 else x


# --- names ---

_WORD = re.compile(r"[\w.\[\]′#]+")


def name(label: str) -> Name:
    """Return a user's label as a name: in quotes where it is more than a word, made safe for terminal and LaTeX."""
    label = printable(label)
    return Name(label if _WORD.fullmatch(label) else f'"{_unbroken(label)}"', _latex_name(label))


def _unbroken(label: str) -> str:
    return label.replace(" ", "\N{NO-BREAK SPACE}")


def derivative(of: Name, by: Name, direct: bool = False) -> Name:
    """Return the name of d(of)/d(by); `direct` is what is left when everything in between stays as it is."""
    d = "∂" if direct else "d"
    fraction = rf"\frac{{\partial {of.latex}}}{{\partial {by.latex}}}"
    return Name(f"{d}{of.text}/{d}{by.text}", rf"\left.{fraction}\right|_{{\text{{direct}}}}" if direct else fraction)


def _latex_name(label: str) -> str:
    if match := re.fullmatch(r"([A-Za-z])(\d*)((?:#\d+)?)", label):
        letter, digits, again = match.groups()
        return f"{letter}{f'_{{{digits}}}' if digits else ''}{f'^{{({again[1:]})}}' if again else ''}"
    if match := re.fullmatch(r"([A-Za-z]{2,})(\d*)", label):
        word, digits = match.groups()
        return rf"\mathrm{{{word}}}{f'_{{{digits}}}' if digits else ''}"
    return latex_text(label)


_LATEX_SPECIAL = {
    "\\": r"\backslash ", "{": r"\{", "}": r"\}", "$": r"\$", "&": r"\&", "#": r"\#", "%": r"\%", "_": r"\_",
    "^": r"\wedge ", "~": r"\sim ", "<": r"\lt ", ">": r"\gt ",
}  # fmt: skip


def latex_text(words: str) -> str:
    """Return words for LaTeX's maths, where none of their characters does anything."""
    pieces = re.split(r"([\\{}$&#%_^~<>])", printable(words))
    safe = "".join(_LATEX_SPECIAL.get(piece) or rf"\text{{{piece}}}" for piece in pieces if piece)
    return f"{{{safe}}}"


# --- text ---


def text(expr: Expr, write: Write = number) -> str:
    """Return the expression as a line of text."""
    return write(expr.value) if isinstance(expr, Num) else _text(expr, SUM, write)


def _text(expr: Expr, level: int, write: Write) -> str:
    written, own = _text_and_level(expr, write)
    return f"({written})" if own < level else written


def _text_and_level(expr: Expr, write: Write) -> tuple[str, int]:
    def part(sub: Expr, level: int) -> str:
        return _text(sub, level, write)

    match expr:
        case Num(value):
            written = write(value)
            return (f"({written})" if written.startswith("-") else written), ATOM
        case Name(written):
            return written, ATOM
        case Sum(terms):
            return _sum(terms, part, "−", "..."), SUM
        case Minus(of):
            return f"−{part(of, PRODUCT)}", SUM
        case Product(factors):
            first, *others = _few([part(f, PRODUCT if i == 0 else POWER) for i, f in enumerate(factors)], "...")
            return " × ".join([first, *others]), PRODUCT
        case Quotient(above, below):
            return f"{part(above, PRODUCT)} ÷ {part(below, POWER)}", PRODUCT
        case Power(base, Num(2.0 | 3.0 as n)):
            return part(base, ATOM) + SUPERSCRIPTS[n], POWER
        case Power(base, exponent):
            return f"{part(base, ATOM)}^{part(exponent, ATOM)}", POWER
        case Call("abs", (of,)):
            return f"|{text(of, write)}|", ATOM
        case Call("mod" | "floor_divide" as op, (a, b)):
            return (
                f"{part(a, PRODUCT)} {TABLE[op].symbol} {part(b, POWER)}",
                SUM,
            )  # so that it never stands bare beside a sign
        case Call("softmax" | "log_softmax" as op, (Num(index), *args)):
            return f"{op}({_arguments(args, write)})[{int(index)}]", ATOM
        case Call(op, args):
            return f"{_function(op)}({_arguments(args, write)})", ATOM
    raise TypeError(f"not an expression: {expr!r}")


def _sum(terms: Sequence[Expr], part: Callable[[Expr, int], str], minus: str, dots: str) -> str:
    pieces = [part(terms[0], SUM)]
    for term in terms[1:]:
        pieces.append(f"{minus} {part(term.of, PRODUCT)}" if isinstance(term, Minus) else f"+ {part(term, SUM)}")
    return " ".join(_few(pieces, f"+ {dots}"))


def _few(pieces: list[str], dots: str) -> list[str]:
    return pieces if len(pieces) <= AT_MOST else [*pieces[:3], dots, pieces[-1]]


def _arguments(args: Sequence[Expr], write: Write) -> str:
    return ", ".join(_few([text(arg, write) for arg in args], "..."))


def _function(op: str) -> str:
    symbol = TABLE[op].symbol if op in TABLE else op
    return symbol if symbol.isascii() and symbol.isidentifier() else op


# --- LaTeX ---


def latex(expr: Expr, write: Write = number) -> str:
    """Return the expression in LaTeX, for maths mode."""
    return _latex_number(expr.value, write)[0] if isinstance(expr, Num) else _latex(expr, SUM, write)


def _latex(expr: Expr, level: int, write: Write) -> str:
    written, own = _latex_and_level(expr, write)
    return rf"\left({written}\right)" if own < level else written


def _latex_number(x: float, write: Write) -> tuple[str, int]:
    if math.isnan(x):
        return r"\text{nan}", ATOM
    if math.isinf(x):
        return (r"\infty", ATOM) if x > 0 else (r"-\infty", ATOM)
    mantissa, _, exponent = write(x).partition("e")
    return (rf"{mantissa} \times 10^{{{int(exponent)}}}", PRODUCT) if exponent else (mantissa, ATOM)


def _latex_and_level(expr: Expr, write: Write) -> tuple[str, int]:
    def part(sub: Expr, level: int) -> str:
        return _latex(sub, level, write)

    def arguments(args: Sequence[Expr]) -> str:
        return ", ".join(_few([latex(arg, write) for arg in args], r"\ldots"))

    match expr:
        case Num(value):
            written, level = _latex_number(value, write)
            return (f"({written})", ATOM) if written.startswith("-") else (written, level)
        case Name(latex=written):
            return written, ATOM
        case Sum(terms):
            return _sum(terms, part, "-", r"\cdots"), SUM
        case Minus(of):
            return f"-{part(of, PRODUCT)}", SUM
        case Product(factors):
            return r" \times ".join(_few([part(factor, PRODUCT) for factor in factors], r"\cdots")), PRODUCT
        case Quotient(above, below):
            return rf"\frac{{{latex(above, write)}}}{{{latex(below, write)}}}", PRODUCT
        case Power(base, exponent):
            return f"{{{part(base, ATOM)}}}^{{{latex(exponent, write)}}}", POWER
        case Call("abs", (of,)):
            return rf"\left|{latex(of, write)}\right|", ATOM
        case Call("exp", (of,)):
            return f"e^{{{latex(of, write)}}}", POWER
        case Call("sqrt", (of,)):
            return rf"\sqrt{{{latex(of, write)}}}", ATOM
        case Call("cbrt", (of,)):
            return rf"\sqrt[3]{{{latex(of, write)}}}", ATOM
        case Call("mod", (a, b)):
            return rf"{part(a, PRODUCT)} \bmod {part(b, POWER)}", SUM
        case Call("floor_divide", (a, b)):
            return rf"\left\lfloor\frac{{{latex(a, write)}}}{{{latex(b, write)}}}\right\rfloor", ATOM
        case Call("softmax" | "log_softmax" as op, (Num(index), *args)):
            return rf"\operatorname{{{_operator(op)}}}({arguments(args)})_{{[{int(index)}]}}", ATOM
        case Call("sigmoid", (of,)):
            return rf"\sigma({latex(of, write)})", ATOM
        case Call("sin" | "cos" | "tan" | "sinh" | "cosh" | "tanh" | "log" as op, (of,)):
            return rf"\{op}({latex(of, write)})", ATOM
        case Call(op, args):
            return rf"\operatorname{{{_operator(op)}}}({arguments(args)})", ATOM
    raise TypeError(f"not an expression: {expr!r}")


def _operator(op: str) -> str:
    return re.sub(r"\W", "", _function(op)).replace("_", r"\_")
