"""My own hand calculation: which line is wrong, and which slip explains it.

>>> from autograd import Value, relu, sigmoid
>>> w, x, y = Value(0.5, "w"), Value(3.0, "x"), Value(1.0, "y")
>>> a = sigmoid((w * x).named("z")).named("a")
>>> L = ((a - y) ** 2).named("L")
>>> check(L, "a = 0.818\\ndL/da = -0.182\\ndL/dw = -0.0813")
line     yours    exact  verdict
a        0.818   0.8176  right
dL/da   -0.182  -0.3649  wrong; from your a follows -0.364
dL/dw  -0.0813  -0.1632  right, given your a and dL/da
<BLANKLINE>
The first wrong line is dL/da.
- dL/da: you get -0.182 if you leave the factor 2 out of dL/d(a − y) = 2 × (a − y).
"""

from __future__ import annotations

import html
from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

from ..language import Language, chosen
from ..spelling import readable
from ..text import printable
from ..value import Value
from ..view import verdicts as gradients
from ..view.drawing.style import COLORS, INK
from ..view.terminal import USUAL, for_stdout, html_table, refilled, table
from ..view.words import sentences
from .judge import Judge, Verdict
from .paper import entries
from .sentences import Sentences, shown_like

__all__ = ["Check", "Line", "check"]

NUMBERS = (1, 2)  # the columns that hold numbers
COLORED_LIKE: dict[Verdict, gradients.Verdict] = {  # the verdict on a gradient that has the colour of each
    "right": "healthy", "given": "healthy", "digit": "small", "rounded": "small", "wrong": "exploded",
}  # fmt: skip


class Line(NamedTuple):
    """A line of a hand calculation, judged.

    Attributes:
        name: what it is about, such as "dL/dw".
        yours: the number as it was written.
        exact: the exact number.
        verdict: "right"; "given", right if earlier numbers are taken as they are; "digit", off in the last digit;
            "rounded", off by no more than roundings on the way; "wrong".
        expected: what follows from the earlier numbers.
        given: the names of the earlier lines that `expected` follows from.
        slips: what leads to a wrong number, the likeliest first: keys such as "factor" or "sign".
        sentence: the verdict in words.
        remark: the slips of a wrong number in words; "" for any other.
    """

    name: str
    yours: str
    exact: float
    verdict: Verdict
    expected: float
    given: tuple[str, ...]
    slips: tuple[str, ...]
    sentence: str
    remark: str


class Check:
    """A hand calculation, judged line by line. It shows itself at a prompt and in a notebook; `print` prints it.

    Attributes:
        lines: the lines, each with its verdict.
        first_wrong: the first line that is wrong; None if none is.
        right: whether each line is right, or right given the earlier ones.
    """

    def __init__(self, lines: Sequence[Line], lang: Language) -> None:
        self.lines = tuple(lines)
        self.first_wrong = next((line for line in lines if line.verdict == "wrong"), None)
        self.right = all(line.verdict in ("right", "given") for line in lines)
        self._lang: Language = lang

    def text(self, columns: int = USUAL) -> str:
        """Return the report in lines of at most `columns` columns if its names allow."""
        first, *others = self._remarks()
        remarks = "\n".join([first, *(f"- {remark}" for remark in others)])
        return "\n".join([*table(self._rows(), NUMBERS, room=columns), "", refilled(remarks, columns)])

    def _rows(self) -> list[tuple[str, ...]]:
        words = sentences("check", self._lang)
        head = (words["line"], words["yours"], words["exact"], words["verdict"])
        return [
            head, *((line.name, line.yours, shown_like(line.yours, line.exact), line.sentence) for line in self.lines)
        ]  # fmt: skip

    def _remarks(self) -> list[str]:
        words = sentences("check", self._lang)
        if self.first_wrong is None:
            return [words["all right" if self.right else "no wrong"]]
        first = words["first wrong"].format(name=self.first_wrong.name)
        return [first, *(line.remark for line in self.lines if line.remark)]

    def __str__(self) -> str:
        return for_stdout(self.text)

    __repr__ = __str__

    def _repr_html_(self) -> str:
        colors = [COLORS[COLORED_LIKE[line.verdict]] for line in self.lines]
        looks = [f"background: {color}; color: {INK}; border-radius: 4px; padding: 1px 6px" for color in colors]
        remarks = "".join(f"<p>{html.escape(printable(remark))}</p>" for remark in self._remarks())
        return html_table(self._rows(), NUMBERS, looks) + remarks


def check(
    output: Value,
    lines: Mapping[str, Any] | str | None = None,
    /,
    *,
    names: Mapping[str, object] | None = None,
    lr: float | None = None,
    lang: Language | None = None,
    **numbers: Any,
) -> Check:
    """Judge a hand calculation: each number with the digits that it was written with, and with the numbers before it.

    For a wrong number, the mistakes that are usual on paper are built into the calculation one after another, which is
    run again: those that lead to this very number are named.

    Args:
        output: the result, such as the loss.
        lines: the steps in their order, as text with one line for each, such as "dL/dw2 = -0.596 * 0.209 * 1.7 =
            -0.212", of which the last number counts; or a mapping such as {"a2": 0.702, "dL/dw2": "-0.2120"}, in which
            a string keeps its digits. "a2" is a value, "dL/dw2" and "da2/dz2" are derivatives, "w2'" is a parameter
            after one step of gradient descent, and "L'" a value that is computed with the parameters whose new numbers
            are among the lines.
        names: a mapping of names to Values, such as `globals()`, used for Values without a label.
        lr: the learning rate, for lines with a prime.
        lang: "en" or "zh"; if not given, the language of `autograd.language.speaking`.
        numbers: further lines by keyword: `dL_dw2=-0.212`, `w2_new=0.821`.

    Returns:
        A `Check`; nothing in the graph is changed, and no `backward()` is needed before. Hooks are not called.

    Raises:
        TypeError: `output` is not a Value, or a number is not a number.
        ValueError: a line cannot be read or nothing has its name, `lr` is missing, a leaf has changed since the result
            was computed, or the calculation has more than 1,000 Values.

    >>> from autograd import Value
    >>> w = Value(3.0, "w")
    >>> check((w * w).named("L"), "dL/dw = 3").first_wrong.remark
    'dL/dw: you get 3 if you forget one of the paths, the one through dL/dw.'
    """
    lang = readable(chosen(lang))
    judge = Judge(output, names, lr)
    found = [(judge.names.find(name), number) for name, number in entries(lines, numbers)]
    judge.expect([subject for subject, _ in found])
    told = Sentences(judge, sentences("check", lang))
    lines_ = []
    for subject, number in found:
        judgement = judge.judge(subject, number)
        lines_.append(
            Line(
                judge.names.title(subject), number.text, judgement.exact, judgement.verdict, judgement.expected,
                tuple(map(judge.names.title, judgement.given)), tuple(slip.kind for slip in judgement.slips),
                told.verdict(number, judgement), told.remark(subject, number, judgement),
            )
        )  # fmt: skip
    return Check(lines_, lang)
