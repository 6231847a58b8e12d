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

import textwrap
from collections.abc import Iterable, Mapping

from ..language import Language, chosen
from ..value import Value
from .derivation import Condition, Derivation, Step
from .formula import Expr, Num
from .labels import width
from .notation import latex, latex_text, number, rounded, text

__all__ = ["Explanation", "explain"]

WORDS: dict[str, dict[str, str]] = {
    "en": {
        "given": "Given", "forward": "Forward", "local": "Local derivatives", "chain": "Chain rule", "path": "path",
        "because": "since {}", "and": " and ", "direct": "the direct way alone", "unconnected": "{} does not use it",
        "exact": "exact {}, off by {}", "agrees": "backward() finds the same.",
        "differs": "The products differ from what backward() finds, which is shown: inf, nan or rounding is at work.",
        "rounding": "Every result is rounded to {} decimals before it is used again.",
    },
    "zh": {
        "given": "已知", "forward": "前向传播", "local": "局部导数", "chain": "链式法则", "path": "路径",
        "because": "因为 {}", "and": " 且 ", "direct": "仅直接影响", "unconnected": "{} 与它无关",
        "exact": "精确值 {}，偏差 {}", "agrees": "与 backward() 的结果一致。",
        "differs": "连乘的结果与 backward() 不同，以上显示后者：出现了 inf、nan 或舍入误差。",
        "rounding": "每一步的结果都先四舍五入到小数点后 {} 位，再用于下一步。",
    },
}  # fmt: skip


class Explanation:
    """A hand calculation: `print` it, or let a notebook show it.

    Attributes:
        given, forward, local, chain: its lines, as `Step`s with `.name`, `.result` and `.exact`.
        gradients: d(output)/d(input) for every input asked for, by the input's name, without any rounding.
        latex: the calculation as an `aligned` environment, for maths mode.
        markdown: the calculation with headings and formulas between `$$`.
    """

    def __init__(self, derivation: Derivation, digits: int, lang: Language, rounding: int | None) -> None:
        self.given, self.forward = tuple(derivation.given), tuple(derivation.forward)
        self.local, self.chain = tuple(derivation.locals), tuple(derivation.chain)
        self.gradients = derivation.gradients
        self._output = derivation.names[derivation.output]
        self._agrees = derivation.agrees
        self._digits, self._rounding, self._lang, self._words = digits, rounding, lang, WORDS[lang]

    # --- lines, the same for text and LaTeX ---

    def _sections(self) -> list[tuple[str, tuple[Step, ...]]]:
        sections = {"given": self.given, "forward": self.forward, "local": self.local, "chain": self.chain}
        return [(self._words[key], steps) for key, steps in sections.items() if steps]

    def _write(self, x: float) -> str:
        if self._rounding is None:
            return number(x, self._digits)
        short = rounded(x, self._rounding)
        return number(short, 15) if short or not x else number(x, 2)

    def _remark(self, step: Step) -> str:
        words, remarks = self._words, []
        if step.unconnected:
            remarks.append(words["unconnected"].format(self._output.text))
        if step.direct:
            remarks.append(words["direct"])
        if step.because:
            remarks.append(words["because"].format(words["and"].join(map(_condition, step.because))))
        if self._rounding is not None and step.result != step.exact:
            drift = step.result - step.exact
            if abs(drift) > 1e-12 * abs(step.exact):
                remarks.append(words["exact"].format(number(step.exact, max(self._digits, 6)), f"{drift:+.2g}"))
        return ("；" if self._lang == "zh" else "; ").join(remarks)

    def _closing(self) -> list[str]:
        if self._rounding is not None:
            return [self._words["rounding"].format(self._rounding)]
        return [self._words["agrees" if self._agrees else "differs"]]

    # --- text ---

    def text(self, columns: int = 88) -> str:
        """Return the calculation as text, no line longer than so many columns where that can be."""
        blocks = []
        for heading, steps in self._sections():
            if steps is self.given and not any(map(self._remark, steps)):
                lines = self._given_lines(columns)
            else:
                lines = [line for step in steps for line in self._text_lines(step, columns)]
            blocks.append("\n".join([heading, *lines]))
        return "\n\n".join([*blocks, "\n".join(self._closing())])

    def _text_lines(self, step: Step, columns: int) -> list[str]:
        sides = _unrepeated([text(side, self._write) for side in _sides(step)])
        head, remark = f"  {step.name.text}", self._remark(step)
        tail = [] if not remark else [f"（{remark}）" if self._lang == "zh" else f"  ({remark})"]
        line = " = ".join([head, *sides]) + "".join(tail)
        if width(line) <= columns:
            return [line]
        margin = " " * width(head)
        if tail and width(line) - width(tail[0]) <= columns:
            return [" = ".join([head, *sides]), margin + tail[0]]
        room = max(24, columns - width(head) - 3)
        pieces = [textwrap.wrap(side, room, break_long_words=False, break_on_hyphens=False) for side in sides]
        lines = [f"{margin if i or j else head} {' ' if j else '='} {part}" for i, p in enumerate(pieces)
                 for j, part in enumerate(p)]  # fmt: skip
        return [*lines[:-1], lines[-1] + "".join(tail)]

    def _given_lines(self, columns: int) -> list[str]:
        lines: list[str] = []
        for step in self.given:
            (line,) = self._text_lines(step, 10**9)
            if lines and width(lines[-1]) + width(line) < columns:
                lines[-1] += f", {line}"
            else:
                lines.append(line)
        return lines

    def __str__(self) -> str:
        return self.text()

    def __repr__(self) -> str:
        gradients = len(self.gradients)
        return f"<Explanation of {gradients} gradient{'s' * (gradients != 1)}: print(it), .latex, .markdown>"

    # --- LaTeX and Markdown ---

    @property
    def latex(self) -> str:
        """The calculation as one `aligned` environment, for maths mode."""
        rows = []
        for heading, steps in self._sections():
            rows += [rf"&\textbf{{{heading}}}", *self._rows(steps)]
        return _aligned([*rows, *(f"&{latex_text(line)}" for line in self._closing())])

    @property
    def markdown(self) -> str:
        """The calculation with headings, its formulas between `$$`."""
        blocks = [f"**{heading}**\n\n$$\n{_aligned(self._rows(steps))}\n$$" for heading, steps in self._sections()]
        return "\n\n".join([*blocks, *self._closing()]) + "\n"

    def _repr_latex_(self) -> str:
        return rf"$\displaystyle {self.latex}$"

    def _rows(self, steps: Iterable[Step]) -> list[str]:
        return [row for step in steps for row in self._latex_rows(step)]

    def _latex_rows(self, step: Step) -> list[str]:
        sides = _unrepeated([latex(side, self._write) for side in _sides(step)])
        remark = self._remark(step)
        note = rf" \quad \text{{(}}{latex_text(remark)}\text{{)}}" if remark else ""
        if len(text(step.formula or step.name)) > 50:
            first, *others = sides
            rows = [f"{step.name.latex} &= {first}", *(f"&= {side}" for side in others)]
            return [*rows[:-1], rows[-1] + note]
        return [f"{step.name.latex} &= {' = '.join(sides)}{note}"]


def explain(
    output: Value,
    wrt: Value | Iterable[Value] | None = None,
    digits: int = 4,
    lang: Language | None = None,
    rounding: int | None = None,
    names: Mapping[str, object] | None = None,
    max_steps: int = 500,
) -> Explanation:
    """Write out the calculation of `output` and of its gradients as a person does it by hand.

    Forward, each line with its numbers; backward, the local derivatives, as formulas and as numbers; then for each
    input the chain rule: the product along every path from the output to the input, and where several meet, their sum.
    The formulas of the derivatives are the rules of the table of primitives themselves.

    Args:
        output: the result.
        wrt: the inputs, a Value or several; if not given, all leaves that have a name. What does not depend on any of
            them is not derived but given as a number. A gradient that stands here already is used by those after it.
        digits: how many significant digits are shown; the calculation has all.
        lang: "en" or "zh"; if not given, the language of `autograd.language.speaking`.
        rounding: calculate as on paper, every result rounded to so many decimals, a half away from zero, and show how
            far that leads from the exact result.
        names: labels for Values that have none, by the names that they go by there, such as `globals()`.
        max_steps: refuse more local derivatives than this, since nobody would read them.

    Returns:
        An `Explanation`; nothing in the graph is changed, no `backward()` is needed before.

    Raises:
        TypeError: an argument is not of its kind.
        ValueError: there is too much to explain, or a leaf has changed since `output` was computed.

    >>> from autograd import Value
    >>> x = Value(3.0, "x")
    >>> explain(x * x + x).gradients
    {'x': 7.0}
    """
    if not isinstance(output, Value):
        raise TypeError(f"explain takes a Value, the result, but got {output!r} of type {type(output).__name__}")
    inputs = None if wrt is None else [wrt] if isinstance(wrt, Value) else _values(wrt)
    lang = chosen(lang)
    _whole("digits", digits, 1, 17)
    if rounding is not None:
        _whole("rounding", rounding, 0, 15)
    derivation = Derivation(output, inputs, names or {}, rounding, max_steps, WORDS[lang]["path"])
    return Explanation(derivation, digits, lang, rounding)


def _values(wrt: Iterable[Value]) -> list[Value]:
    try:
        values = list(wrt)
    except TypeError:
        values = [wrt]  # type: ignore[list-item]  # refused below
    for value in values:
        if not isinstance(value, Value):
            raise TypeError(f"wrt must be a Value or several, such as [w1, w2], but got {value!r}")
    if not values:
        raise ValueError("wrt is empty: give the inputs whose gradients to explain, or leave it out for all leaves")
    return values


def _whole(what: str, n: object, low: int, high: int) -> None:
    if isinstance(n, bool) or not isinstance(n, int) or not low <= n <= high:
        raise ValueError(f"{what} must be a whole number from {low} to {high}, but got {n!r}")


def _sides(step: Step) -> list[Expr]:
    return [side for side in (step.formula, step.numbers, Num(step.result)) if side is not None]


def _unrepeated(sides: list[str]) -> list[str]:
    return [side for i, side in enumerate(sides) if i == 0 or side not in (sides[i - 1], f"({sides[i - 1]})")]


def _condition(condition: Condition) -> str:
    a, relation, b = condition
    return f"{text(a)} {relation} {text(b)}"


def _aligned(rows: list[str]) -> str:
    return "\\begin{aligned}\n" + " \\\\\n".join(rows) + "\n\\end{aligned}"
