"""Why a gradient is what it is: the path that carries it, factor by factor, and the first step that spoils it.

>>> from autograd import Value, relu
>>> w, x = Value(-2.0, "w"), Value(3.0, "x")
>>> why(relu((w * x).named("z")).named("a"), w)
da/dw = 0: zero
ReLU is dead at z: its input is -6 ≤ 0, so its slope is 0.
<BLANKLINE>
  step    slope   so far   by
  da/dz       0        0   ReLU at -6  ←
  dz/dw       3        0   × 3
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from ...language import Language, chosen
from ...nn.module import Parameter
from ...spelling import readable
from ...text import given
from ...value import Value
from ..calculation import Calculation, several, whole
from ..copies import reduced
from ..terminal import USUAL, for_stdout, html_table, table, width, with_names_above, wrapped
from ..verdicts import WORST_FIRST, Verdict, verdict_of
from .cause import cause_of
from .path import Factor, Paths
from .wording import Wording

__all__ = ["Factor", "Reason", "why"]

NUMBERS = (1, 2)  # the columns of the table that hold numbers


@dataclass(frozen=True, eq=False, repr=False)
class Reason:
    """Why a gradient is what it is. It shows itself at a prompt and in a notebook; `print` prints it.

    Attributes:
        verdict: "zero", "vanished", "small", "healthy", "exploded", "inf", "nan" or "not connected".
        gradient: d(output)/d(wrt).
        wrt: the Value whose gradient it is.
        steps: the path that carries most of it, from the output to the input, as `Factor`s.
        culprit: the step that is to blame, or None if it is none in particular.
        cause: the kind of cause, such as "dead", "saturated", "shrink" or "log of 0".
        sentence: the cause in words.
    """

    verdict: Verdict
    gradient: float
    wrt: Value
    steps: tuple[Factor, ...]
    culprit: Factor | None
    cause: str
    sentence: str
    _lines: tuple[str, ...] = field(default=())  # the lines before the table
    _rows: tuple[tuple[str, ...], ...] = field(default=())  # a row of one cell says how many steps are left out
    _remark: str = field(default="")  # the text after it

    def text(self, columns: int = USUAL) -> str:
        """Return the text in lines of at most `columns` columns if its names allow."""
        whole("columns", columns, 1)
        head = "\n".join(line for long in self._lines for line in wrapped(long, columns))
        foot = "\n".join([*self._table(columns), *wrapped(self._remark, columns)])
        return f"{head}\n\n{foot}" if foot else head

    def _table(self, columns: int) -> list[str]:
        """The lines of the table; of one that is too wide, since its steps have long names, these on their own."""
        rows = [(f"  {first}", *others) for first, *others in self._rows]
        if rows and max(map(width, table(rows, NUMBERS, "   "))) > columns:
            return table(with_names_above(rows, columns), NUMBERS, "   ", columns)
        return table(rows, NUMBERS, "   ", columns)

    def __str__(self) -> str:
        return for_stdout(self.text)

    __repr__ = __str__

    def __reduce__(self) -> tuple[Any, ...]:
        return reduced(self)

    def _repr_html_(self) -> str:
        import html

        title, *others = [html.escape(line) for line in (*self._lines, self._remark) if line]
        paragraphs = [f"<p>{line}</p>" for line in others]
        rows, place = html_table(self._rows, NUMBERS), len(self._lines) - 1
        return "".join([f"<p><strong>{title}</strong></p>", *paragraphs[:place], rows, *paragraphs[place:]])


def why(
    output: Value,
    wrt: Value | Iterable[Value] | None = None,
    *,
    names: Mapping[str, object] | None = None,
    lang: Language | None = None,
) -> Reason:
    """Say why d(output)/d(wrt) is 0, tiny, huge, inf or nan, or that all is well.

    It walks from `wrt` back to `output`, at every node along the operation that passes on the most, and names the
    first step from the output that spoils the gradient.

    Args:
        output: the result, such as the loss.
        wrt: the Value whose gradient is in question; or several, such as `model.parameters()`, of which the one whose
            gradient is worst is explained. If not given, these are the parameters and the Values with a name that
            the output was computed from; if there are none, all its leaves.
        names: a mapping of names to Values, such as `globals()`, used for Values without a label.
        lang: "en" or "zh"; if not given, the language of `autograd.language.speaking`.

    Returns:
        A `Reason`; nothing in the graph is changed, no `backward()` is needed before. Hooks are called once.

    Raises:
        TypeError: `output` or `wrt` is not a Value.
        ValueError: `lang` is unknown, or `wrt` holds no Value.

    >>> from autograd import Value, log
    >>> x = Value(0.0, "x")
    >>> why(log(x), x).sentence
    'the log of 0: log at x is -inf, and its slope divides by 0. Keep x above 0, for example by adding a small number.'
    """
    lang = readable(chosen(lang))
    if not isinstance(output, Value):
        raise TypeError(
            f"why takes the result first and then its inputs, why(loss, weight), but output is {given(output)}"
        )
    asked = None if wrt is None else several(wrt)
    calculation = Calculation.of(output, names, asked or ())
    inputs = _leaves(calculation) if asked is None else asked
    gradients = {value: calculation.gradients.get(value) for value in inputs}
    badness = {value: _badness(gradient) for value, gradient in gradients.items()}
    worst = min(badness.values())
    paths = Paths(calculation, [value for value in gradients if badness[value] == worst])
    verdict = _verdict(paths.gradient)
    cause = cause_of(verdict, paths)
    wording = Wording(calculation, paths, verdict, lang)
    sentence = wording.sentence(cause)
    verdicts: dict[Value, Verdict] = {value: _verdict(gradient) for value, gradient in gradients.items()}
    lines = (wording.title(), wording.comparison(verdicts), sentence)
    return Reason(
        verdict, paths.gradient or 0.0, paths.wrt, paths.steps, cause.step, cause.kind, sentence,
        tuple(filter(None, lines)), tuple(wording.rows(cause.step)), wording.remark(),
    )  # fmt: skip


def _leaves(calculation: Calculation) -> list[Value]:
    leaves = [node for node in calculation.nodes if node.op is None]
    return [leaf for leaf in leaves if calculation.labels[leaf].strip() or isinstance(leaf, Parameter)] or leaves


def _badness(gradient: float | None) -> tuple[int, float]:
    """What sorts the worst gradient first: of those that exploded or vanished, the one that did most.

    Gradients that differ by rounding are equally bad, so that the order of a sum does not decide.
    """
    verdict = _verdict(gradient)
    extreme = -abs(math.log(abs(gradient))) if gradient and math.isfinite(gradient) else 0.0
    rank = WORST_FIRST.index("exploded" if verdict == "vanished" else verdict)
    return rank, round(extreme, 9)


def _verdict(gradient: float | None) -> Verdict:
    return "not connected" if gradient is None else verdict_of(gradient)
