"""How names and expressions are written in LaTeX, for notebooks.

>>> from autograd.view.notation.text import name
>>> print(latex(Quotient(Power(name("w1"), Num(2.0)), Num(-0.5))))
\\frac{{w_{1}}^{2}}{-0.5}
"""

from __future__ import annotations

import math
import re
from collections.abc import Sequence

from ...primitives import Primitive
from ...text import printable
from .expression import Call, Derivative, Expr, Minus, Name, Num, Power, Product, Quotient, Sum
from .formula import Condition
from .text import ATOM, DOTS, POWER, PRODUCT, SUM, Write, few, function_name, numeral, spelled_sum

__all__ = ["latex", "latex_condition", "latex_text"]

_GREEK = "αβγδεζηθικλμνξπρστυφχψωΓΔΘΛΞΠΣΥΦΨΩ"
_SPELLED = (
    "alpha beta gamma delta epsilon zeta eta theta iota kappa lambda mu nu xi pi rho sigma tau upsilon phi chi psi "
    "omega Gamma Delta Theta Lambda Xi Pi Sigma Upsilon Phi Psi Omega"
)
# What stands for a character. The brackets of HTML are always followed by a brace, so they begin no tag.
_SPECIAL = {
    "\\": r"\backslash ", "{": r"\{", "}": r"\}", "$": r"\$", "&": r"\&", "#": r"\#", "%": r"\%", "_": r"\_",
    "^": r"{\wedge}", "~": r"{\sim}", "<": "{<}", ">": "{>}", "′": "{}'", "−": "-", "×": r"\times ", "∂": r"\partial ",
    "∞": r"\infty ", "→": r"\to ", "≤": r"\le ", "≥": r"\ge ", "≠": r"\ne ",
    **{letter: rf"\{word} " for letter, word in zip(_GREEK, _SPELLED.split(), strict=True)},
    **{digit: f"{{}}^{{{i}}}" for i, digit in enumerate("⁰¹²³⁴⁵⁶⁷⁸⁹")},
    **{digit: f"{{}}_{{{i}}}" for i, digit in enumerate("₀₁₂₃₄₅₆₇₈₉")},
}  # fmt: skip
_PIECES = re.compile(f"([{re.escape(''.join(_SPECIAL))}])")
_RELATIONS = {"≤": r"\le", "≥": r"\ge", "≠": r"\ne"}


def latex(expr: Expr, write: Write = numeral) -> str:
    """Return the expression in LaTeX, for maths mode."""
    return _Latex(write).alone(expr)


def latex_condition(condition: Condition) -> str:
    """Return a condition in LaTeX, for maths mode."""
    a, relation, b = condition
    return f"{latex(a)} {_RELATIONS.get(relation, relation)} {latex(b)}"


class _Latex:
    """Writes expressions in LaTeX."""

    def __init__(self, write: Write) -> None:
        self.write = write

    def at(self, level: int, expr: Expr) -> str:
        """Write an expression, parenthesized if it binds less tightly than its context."""
        written, own = self.written_and_level(expr)
        return rf"\left({written}\right)" if own < level else written

    def alone(self, expr: Expr) -> str:
        """Write an expression that has no neighbours: a number keeps its sign without parentheses."""
        return self.number(expr.value)[0] if isinstance(expr, Num) else self.at(SUM, expr)

    def number(self, x: float) -> tuple[str, int]:
        """Write a number; return its precedence too."""
        if math.isnan(x):
            return r"\text{nan}", ATOM
        if math.isinf(x):
            return (r"\infty", ATOM) if x > 0 else (r"-\infty", ATOM)
        mantissa, _, exponent = self.write(x).partition("e")
        return (rf"{mantissa} \times 10^{{{int(exponent)}}}", PRODUCT) if exponent else (mantissa, ATOM)

    def written_and_level(self, expr: Expr) -> tuple[str, int]:
        """Write an expression; return its precedence too."""
        at, alone = self.at, self.alone
        match expr:
            case Num(value):
                written, level = self.number(value)
                return (f"({written})", ATOM) if written.startswith("-") else (written, level)
            case Derivative(of=of, by=by, direct=direct):
                fraction = rf"\frac{{\partial {alone(of)}}}{{\partial {alone(by)}}}"
                return rf"\left.{fraction}\right|_{{\text{{direct}}}}" if direct else fraction, ATOM
            case Name(words, label):
                return _name(label or words), ATOM
            case Sum(terms):
                return "".join(spelled_sum(terms, at, "-", r"\cdots")), SUM
            case Minus(of):
                return f"-{at(PRODUCT, of)}", SUM
            case Product(factors):
                return r" \times ".join(r"\cdots" if f is DOTS else at(PRODUCT, f) for f in few(factors)), PRODUCT
            case Quotient(a, b):
                return rf"\frac{{{alone(a)}}}{{{alone(b)}}}", PRODUCT
            case Power(base, exponent):
                return f"{{{at(ATOM, base)}}}^{{{alone(exponent)}}}", POWER
            case Call(op, args) if "#" in (op.latex or ""):
                return self.filled_in(op.latex or "", args)
            case Call(op, (Num(index), *args)) if op.variadic and op.selector:
                return rf"{_operator(op)}({self.arguments(args)})_{{[{int(index)}]}}", ATOM
            case Call(op, args):
                return rf"{_operator(op)}({self.arguments(args)})", ATOM
        raise TypeError(f"not an expression: {expr!r}")

    def filled_in(self, template: str, args: Sequence[Expr]) -> tuple[str, int]:
        """Write an expression in which #1, #2, ... are the arguments."""
        infix = template.startswith("#")
        level = SUM if infix else POWER if "^" in template else ATOM

        def written(place: re.Match[str]) -> str:
            i = int(place[1]) - 1
            if i >= len(args):
                return ""
            arg = args[i]
            return self.at(PRODUCT if place.start() == 0 else POWER, arg) if infix else self.alone(arg)

        return re.sub(r"#([1-9])", written, template), level

    def arguments(self, args: Sequence[Expr]) -> str:
        """Write the arguments of a function."""
        return ", ".join(r"\ldots" if arg is DOTS else self.alone(arg) for arg in few(args))


def _operator(op: Primitive) -> str:
    if op.latex:
        return op.latex
    called = function_name(op)
    if not (called.isascii() and called.isidentifier()):
        return latex_text(called)
    safe = called.replace("_", r"\_")
    return rf"\operatorname{{{safe}}}"


def _name(label: str) -> str:
    """Return a label for LaTeX's maths: a letter or a word with its number below, anything else as `latex_text`.

    >>> print(_name("w1"), _name("loss"), _name("w#2"), _name("η"), _name("a_b"))
    w_{1} \\mathrm{loss} w^{(2)} \\eta {\\text{a}\\_\\text{b}}
    """
    match = re.fullmatch(rf"([A-Za-z]+|[{_GREEK}])(\d*)(?:#(\d+))?", label, re.ASCII)
    if not match:
        return latex_text(label)
    word, digits, again = match.groups()
    written = _SPECIAL[word].strip() if word in _SPECIAL else word if len(word) == 1 else rf"\mathrm{{{word}}}"
    return f"{written}{f'_{{{digits}}}' if digits else ''}{f'^{{({again})}}' if again else ''}"


def latex_text(words: str) -> str:
    """Return words for LaTeX's maths, where none of their characters does anything.

    >>> print(latex_text("50% of <b>"))
    {\\text{50}\\%\\text{ of }{<}\\text{b}{>}}
    """
    pieces = [piece for piece in _PIECES.split(printable(words)) if piece]
    safe = "".join(_SPECIAL.get(piece) or rf"\text{{{piece}}}" for piece in pieces)
    return safe if len(pieces) == 1 else f"{{{safe}}}"
