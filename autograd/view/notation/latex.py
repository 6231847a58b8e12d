"""How names and expressions are written in LaTeX, for notebooks.

>>> from autograd.view.notation.expression import Power, Quotient
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
from .expression import Derivative, Expr, Name, Num
from .formula import Condition
from .text import ATOM, POWER, PRODUCT, SUM, Pieces, Write, Writer, function_name, joined, line_of, numeral

__all__ = ["latex", "latex_condition", "latex_text"]

_GREEK = "αβγδεζηθικλμνξπρστυφχψωΓΔΘΛΞΠΣΥΦΨΩ"
_SPELLED = (
    "alpha beta gamma delta epsilon zeta eta theta iota kappa lambda mu nu xi pi rho sigma tau upsilon phi chi psi "
    "omega Gamma Delta Theta Lambda Xi Pi Sigma Upsilon Phi Psi Omega"
)
# Replacements of characters. The brackets of HTML are always followed by a brace, so they begin no tag.
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
    return joined(_Latex(write).alone(expr))


def latex_condition(condition: Condition) -> str:
    """Return a condition in LaTeX, for maths mode."""
    a, relation, b = condition
    return f"{latex(a)} {_RELATIONS.get(relation, relation)} {latex(b)}"


class _Latex(Writer):
    """Writes expressions in LaTeX."""

    minus, times, dots, more = "-", r" \times ", r"\cdots", r"\ldots"
    factor = PRODUCT

    def numeral(self, x: float) -> tuple[str, int]:
        if not math.isfinite(x):
            return r"\text{nan}" if math.isnan(x) else r"\infty" if x > 0 else r"-\infty", ATOM
        mantissa, _, exponent = self.write(x).partition("e")
        return (rf"{mantissa} \times 10^{{{int(exponent)}}}", PRODUCT) if exponent else (mantissa, ATOM)

    def name(self, name: Name) -> Pieces:
        if not isinstance(name, Derivative):
            return line_of(_name(name.label or name.text))
        line = line_of(r"\frac{\partial ", self.name(name.of), r"}{\partial ", self.name(name.by), "}")
        return line_of(r"\left.", line, r"\right|_{\text{direct}}") if name.direct else line

    def in_parentheses(self, line: Pieces) -> Pieces:
        return line_of(r"\left(", line, r"\right)")

    def quotient(self, a: Expr, b: Expr) -> Pieces:
        return line_of(r"\frac{", self.alone(a), "}{", self.alone(b), "}")

    def power(self, base: Expr, exponent: Expr) -> Pieces:
        return line_of("{", self.at(ATOM, base), "}^{", self.alone(exponent), "}")

    def call(self, op: Primitive, args: Sequence[Expr]) -> tuple[Pieces, int]:
        if "#" in (op.latex or ""):
            return self.filled_in(op.latex or "", args)
        match args:
            case (Num(index), *others) if op.variadic and op.selector:
                return line_of(f"{_operator(op)}(", self.arguments(others), f")_{{[{int(index)}]}}"), ATOM
        return line_of(f"{_operator(op)}(", self.arguments(args), ")"), ATOM

    def filled_in(self, template: str, args: Sequence[Expr]) -> tuple[Pieces, int]:
        """Write an expression in which #1, #2, ... are the arguments."""
        infix = template.startswith("#")
        level = SUM if infix else POWER if "^" in template else ATOM

        def written(place: re.Match[str]) -> str:
            i = int(place[1]) - 1
            if i >= len(args):
                return ""
            return joined(self.at(PRODUCT if place.start() == 0 else POWER, args[i]) if infix else self.alone(args[i]))

        return line_of(re.sub(r"#([1-9])", written, template)), level


def _operator(op: Primitive) -> str:
    if op.latex:
        return op.latex
    word = function_name(op)
    if not (word.isascii() and word.isidentifier()):
        return latex_text(word)
    safe = word.replace("_", r"\_")
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
