"""Derivations: the hand calculation of a result and its gradients, written out line by line.

>>> from autograd import Value
>>> w, x = Value(0.5, "w"), Value(3.0, "x")
>>> print(explain((w * x).named("z") ** 2, wrt=w))
Given
  w = 0.5,   x = 3
<BLANKLINE>
Forward
  z = w × x = 0.5 × 3 = 1.5
  y = z² = 1.5² = 2.25
<BLANKLINE>
Local derivatives
  dy/dz = 2 × z = 2 × 1.5 = 3
  dz/dw = x = 3
<BLANKLINE>
Chain rule
  dy/dw = dy/dz × dz/dw = 3 × 3 = 9
<BLANKLINE>
backward() finds the same.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Mapping, Sequence
from copy import copy
from typing import Never, TypeVar

from ...language import Language, chosen
from ...spelling import readable, unreadable
from ...text import given
from ...value import Value
from ..calculation import Calculation, excess, several, whole
from ..notation.expression import Expr, Name, Num
from ..notation.formula import Condition
from ..notation.latex import latex, latex_condition, latex_text
from ..notation.text import Pieces, broken, joined, numeral, on_paper, pieces, text
from ..terminal import USUAL, for_stdout, width, wrapped
from ..words import sentences
from .derivation import Derivation, Line
from .lines import too_large

__all__ = ["Explanation", "explain"]

T = TypeVar("T")
Part = str | Name | Condition


class Explanation:
    """A hand calculation: it shows itself, at a prompt as text, in a notebook as formulas; `print` prints it.

    Attributes:
        given, forward, local, chain: its lines, tuples of `Line`: `.name`, `.formula`, `.result`, `.exact` and more.
        gradients: d(output)/d(input) for every input asked for, by the input's name, without any rounding.
        latex: the calculation as an `aligned` environment, for maths mode.
        markdown: the calculation with headings and formulas between `$$`.
    """

    def __init__(self, derivation: Derivation, digits: int, lang: Language, rounding: int | None) -> None:
        self.given, self.forward = tuple(derivation.given), tuple(derivation.forward)
        self.local, self.chain = tuple(derivation.local.values()), tuple(derivation.chain)
        self._unnamed = derivation.unnamed
        self.gradients = derivation.gradients
        self._output = derivation.names[derivation.output]
        self._digits, self._rounding, self._words = digits, rounding, sentences("explain", lang)
        self._lang: Language = lang

    # --- lines, the same for text and LaTeX ---

    def _sections(self) -> list[tuple[str, tuple[Line, ...]]]:
        sections = {"given": self.given, "forward": self.forward, "local": self.local, "chain": self.chain}
        return [(self._words[key], steps) for key, steps in sections.items() if steps]

    def _write(self, x: float) -> str:
        if self._rounding is None:
            return numeral(x, self._digits)
        return numeral(on_paper(x, self._rounding), 15)

    def _remark(self, step: Line, write: Callable[[Part], str]) -> str:
        """What there is to say about a line; `write` turns words, names and conditions into text or LaTeX."""
        words = self._words
        remarks: list[list[Part]] = []
        if step.unconnected:
            remarks.append(_filled(words["unconnected"], [self._output]))
        if step.direct:
            remarks.append([words["direct"]])
        if step.because:
            first, *others = step.because
            conditions = [first, *(part for condition in others for part in (words["and"], condition))]
            remarks.append(_filled(words["because"], conditions))
        if step.blocked:
            remarks.append([words["blocked"]])
        if self._rounding is not None and step.result != step.exact:
            drift = step.result - step.exact
            if abs(drift) > 1e-12 * abs(step.exact):
                exact = numeral(on_paper(step.exact, self._rounding + 3), 15)
                remarks.append([words["exact"].format(exact, f"{drift:+.2g}")])
        if step.backward is not None:
            found = numeral(step.backward, self._digits)
            if step.apart != "rounding" or found != self._write(step.result):
                remarks.append(_filled(words["hook" if step.hooked else "found"], [found], [step.hooked or ""]))
        return write(words["remarks"]).join("".join(map(write, remark)) for remark in remarks)

    def _closing(self) -> list[str]:
        words, places, n = self._words, self._rounding, self._unnamed
        unnamed = [words["unnamed" if n == 1 else "many unnamed"].format(n)] if n else []
        if places is not None:
            return [*unnamed, words["rounding" if places else "whole"].format(places, s="s" * (places != 1))]
        found = [step for step in self.chain if step.backward is not None]
        if not found:
            return [*unnamed, words["agrees"]]
        reasons = sorted({step.apart for step in found})
        because = [words[f"by {reason}"] for reason in reasons] if "" not in reasons else []
        return [*unnamed, words["differs"].format(words["or"].join(because) or words["by line"])]

    # --- text ---

    def text(self, columns: int = USUAL) -> str:
        """Return the calculation as text, in lines of at most `columns` columns if its names allow.

        Raises:
            TypeError: columns is not a whole number.
            ValueError: it is less than 1.
        """
        whole("columns", columns, 1)
        blocks = []
        for heading, steps in self._sections():
            if steps is self.given and not any(self._remark(step, _as_text) for step in steps):
                lines = self._given_lines(columns)
            else:
                lines = [line for step in steps for line in self._text_lines(step, columns)]
            blocks.append("\n".join([heading, *lines]))
        closing = [line for sentence in self._closing() for line in wrapped(sentence, columns)]
        return "\n\n".join([*blocks, "\n".join(closing)])

    def _text_lines(self, step: Line, columns: int) -> list[str]:
        lines = _unrepeated([pieces(side, self._write) for side in _sides(step)])
        sides = [joined(line) for line in lines]
        head, remark = f"  {step.name.text}", self._remark(step, _as_text)
        tail = "" if not remark else self._words["remark"].format(remark)
        line = " = ".join([head, *sides])
        if width(line + tail) <= columns:
            return [line + tail]
        written, margin = [line], width(head) if width(head) <= columns // 2 else 4
        if width(line) > columns:
            written = _sides_below(lines, columns - margin)
            if margin + max(map(width, written)) > columns:  # a name or a number is too long for that
                margin = 4
                written = _sides_below(lines, columns - margin)
            if margin < width(head):
                written = [head, *(" " * margin + part for part in written)]
            else:
                written = [(" " * margin if i else head) + part for i, part in enumerate(written)]
        indent = " " * (margin + len(tail) - len(tail.lstrip()))
        below = [indent + words for words in wrapped(tail, columns - width(indent))]
        fits = width(written[-1] + tail) <= columns
        return [*written[:-1], written[-1] + tail] if fits else [*written, *below]

    def _given_lines(self, columns: int) -> list[str]:
        lines: list[str] = []
        for step in self.given:
            (line,) = self._text_lines(step, 10**9)
            if lines and width(f"{lines[-1]}, {line}") <= columns:
                lines[-1] += f", {line}"
            else:
                lines.append(line)
        return lines

    def __repr__(self) -> str:
        try:
            shown = copy(self)
            shown._words = sentences("explain", readable(self._lang))
            return for_stdout(shown.text)
        except Exception as error:  # what a prompt shows must not fail
            return f"<Explanation that cannot be shown: {error!r}>"

    # --- LaTeX and Markdown ---

    @property
    def latex(self) -> str:
        """The calculation as one `aligned` environment, for maths mode: of LaTeX with amsmath, of MathJax or of KaTeX.

        Labels in other scripts than Latin and Greek, and Chinese sentences, need XeLaTeX or LuaLaTeX.
        """
        rows = []
        for heading, steps in self._sections():
            rows += [rf"&\textbf{{{heading}}}", *self._rows(steps)]
        return _aligned([*rows, *(f"&{latex_text(line)}" for line in self._closing())])

    @property
    def markdown(self) -> str:
        """The calculation with headings, its formulas between `$$`."""
        blocks = [f"**{heading}**\n\n$$\n{_aligned(self._rows(steps))}\n$$" for heading, steps in self._sections()]
        return "\n\n".join([*blocks, *self._closing()]) + "\n"

    def _repr_latex_(self) -> str | None:
        try:
            return rf"$\displaystyle {self.latex}$"
        except Exception:  # a notebook then shows the text
            return None

    def _rows(self, steps: Iterable[Line]) -> list[str]:
        return [row for step in steps for row in self._latex_rows(step)]

    def _latex_rows(self, step: Line) -> list[str]:
        sides = _unrepeated([latex(side, self._write) for side in _sides(step)])
        remark = self._remark(step, _as_latex)
        note = rf" \quad \text{{(}}{remark}\text{{)}}" if remark else ""
        if len(text(step.formula or step.name)) > 50:
            first, *others = sides
            rows = [f"{latex(step.name)} &= {first}", *(f"&= {side}" for side in others)]
            return [*rows[:-1], rows[-1] + note]
        return [f"{latex(step.name)} &= {' = '.join(sides)}{note}"]


def explain(
    output: Value,
    wrt: Value | Iterable[Value] | None = None,
    *more: Never,
    names: Mapping[str, object] | None = None,
    lang: Language | None = None,
    digits: int = 4,
    rounding: int | None = None,
    max_steps: int = 500,
) -> Explanation:
    """Write out the calculation of `output` and of its gradients as a person does it by hand.

    Forward, each line with its numbers; backward, the local derivatives, as formulas and as numbers; then for each
    input the chain rule: the product along every path from the output to the input, and where several meet, their sum.
    The formulas of the derivatives are the rules of the table of primitives themselves.

    Args:
        output: the result.
        wrt: the inputs, a Value or several in a list; if not given, all leaves that have a name. What does not depend
            on any of them is not derived but given as a number. A gradient that is listed earlier is used by
            the later ones.
        more: not accepted; pass several inputs as a list and all other arguments by keyword.
        names: a mapping of names to Values, such as `globals()`, used for Values without a label.
        lang: "en" or "zh"; if not given, the language of `autograd.language.speaking`.
        digits: how many significant digits are shown; the calculation has all.
        rounding: calculate as on paper, every number rounded to this number of decimals, a half away from zero, before
            it is used, and show the distance to the exact result.
        max_steps: the largest number of local derivatives to explain.

    Returns:
        An `Explanation`; nothing in the graph is changed, no `backward()` is needed before. Hooks are called, as
        `backward()` calls them, so that gradients changed by a hook can be pointed out.

    Raises:
        TypeError: an argument is not of its kind.
        ValueError: a number or a word is not accepted, `wrt` is empty, there is too much to explain,
            or a leaf has changed since `output` was computed.

    >>> from autograd import Value
    >>> x = Value(3.0, "x")
    >>> explain(x * x + x).gradients
    {'x': 7.0}
    """
    if not isinstance(output, Value):
        raise TypeError(f"explain takes a Value, the result, but got {given(output)}")
    if more:
        raise TypeError(
            "explain takes the result and its inputs, several of these in a list, explain(L, [a, b]), and all else by "
            f"name, such as digits=6, but got {given(more[0])} behind wrt"
        )
    inputs = None if wrt is None else several(wrt)
    lang = chosen(lang)
    whole("digits", digits, 1, 17)
    if rounding is not None:
        whole("rounding", rounding, 0, 15)
    whole("max_steps", max_steps, 1)
    if inputs is None and excess([output], math.inf, max_steps):
        raise ValueError(too_large(max_steps))
    calculation = Calculation.of(output, names, inputs or ())
    path = sentences("explain", "en" if unreadable(lang) else lang)["path"]  # a name in lines, whoever shows them
    derivation = Derivation(calculation, inputs, rounding, max_steps, path)
    return Explanation(derivation, digits, lang, rounding)


def _sides(step: Line) -> list[Expr]:
    return [side for side in (step.formula, step.numbers, Num(step.result)) if side is not None]


def _unrepeated(sides: list[T]) -> list[T]:
    return [side for i, side in enumerate(sides) if i == 0 or side != sides[i - 1]]


def _sides_below(sides: list[Pieces], room: int) -> list[str]:
    """Return each side on lines of at most `room` columns, below the side before it."""
    return [f" {' ' if i else '='} {part}" for side in sides for i, part in enumerate(broken(side, room - 3))]


def _filled(words: str, *places: Sequence[Part]) -> list[Part]:
    """The parts of a sentence, with what its places are filled with."""
    first, *others = words.split("{}")
    return [first, *(part for place, after in zip(places, others, strict=False) for part in (*place, after))]


def _as_text(part: Part) -> str:
    if isinstance(part, tuple):
        a, relation, b = part
        return f"{text(a)} {relation} {text(b)}"
    return part.text if isinstance(part, Name) else part


def _as_latex(part: Part) -> str:
    if isinstance(part, tuple):
        return latex_condition(part)
    return latex(part) if isinstance(part, Name) else latex_text(part) if part else ""


def _aligned(rows: list[str]) -> str:
    return "\\begin{aligned}\n" + " \\\\[4pt]\n".join(rows) + "\n\\end{aligned}"
