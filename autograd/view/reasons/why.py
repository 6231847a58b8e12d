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
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from ...graph import topological_order
from ...language import Language, chosen
from ...nn.module import Parameter
from ...text import given
from ...value import Value
from ..calculation import Calculation, number_of
from ..copies import reduced
from ..notation.text import numeral, signed
from ..terminal import html_table, table, wrapped
from ..verdicts import WORST_FIRST, Verdict, verdict_of, word
from ..words import sentences
from .cause import Cause, cause_of, partner
from .path import Factor, Paths
from .routes import Routes
from .wording import Wording, shown

__all__ = ["Factor", "Reason", "why"]

SHOWN = 12  # the longest path that is shown whole; of a longer one its ends and the culprit
NUMBERS = (1, 2)  # the columns of the table that hold numbers
MANY = 10**6  # more paths than this are not counted


@dataclass(frozen=True, eq=False, repr=False)
class Reason:
    """Why a gradient is what it is. It shows itself at a prompt and in a notebook; `str()` is the text.

    Attributes:
        verdict: "zero", "vanished", "small", "healthy", "exploded", "inf", "nan" or "not connected".
        gradient: d(output)/d(wrt).
        wrt: the Value whose gradient it is.
        steps: the path that carries most of it, from the output to the input, as `Factor`s.
        culprit: the step that is to blame, or None where it is none in particular.
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
    _lines: tuple[str, ...] = field(default=())  # the text above the table
    _rows: tuple[tuple[str, ...], ...] = field(default=())  # a row of one cell says how many steps are left out
    _remark: str = field(default="")  # the text below it

    def __str__(self) -> str:
        above = "\n".join(line for long in self._lines for line in wrapped(long))
        rows = [(f"  {first}", *others) for first, *others in self._rows]
        below = "\n".join([*table(rows, NUMBERS, "   "), *wrapped(self._remark)])
        return f"{above}\n\n{below}" if below else above

    __repr__ = __str__

    def __reduce__(self) -> tuple[Any, ...]:
        return reduced(self)

    def _repr_html_(self) -> str:
        import html

        title, *others = [html.escape(line) for line in (*self._lines, self._remark) if line]
        paragraphs = [f"<p>{line}</p>" for line in others]
        above, rows = len(self._lines) - 1, html_table(self._rows, NUMBERS)
        return "".join([f"<p><strong>{title}</strong></p>", *paragraphs[:above], rows, *paragraphs[above:]])


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
            the output was computed from; where there are none, all its leaves.
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
    lang = chosen(lang)
    if not isinstance(output, Value):
        raise TypeError(
            f"why takes the result first and then its inputs, why(loss, weight), but output is {given(output)}"
        )
    asked = None if wrt is None else _several(wrt)
    calculation = Calculation.of(output, names, asked or ())
    inputs = _leaves(calculation) if asked is None else asked
    gradients = {value: calculation.gradients.get(value) for value in inputs}
    least = min(_badness(gradient) for gradient in gradients.values())
    worst = [value for value, gradient in gradients.items() if _badness(gradient) == least]
    first = worst[0] if len(worst) == 1 else Routes(calculation).first(worst)
    return _Inquiry(calculation, first, lang).reason(gradients)


def _several(wrt: Value | Iterable[Value]) -> tuple[Value, ...]:
    values: tuple[Any, ...]
    try:
        values = (wrt,) if isinstance(wrt, Value) else tuple(wrt)
    except TypeError:
        values = (wrt,)  # refused below
    if not values:
        raise ValueError("wrt holds no Value: give one, as in why(loss, weight), several, or leave it out")
    for value in values:
        if not isinstance(value, Value):
            raise TypeError(
                f"why takes Values, why(loss, weight) or why(loss, model.parameters()), but wrt is {given(value)}"
            )
    return values


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


class _Inquiry:
    """Puts into words why the gradient of one Value is what it is."""

    def __init__(self, calculation: Calculation, wrt: Value, lang: Language) -> None:
        self.calculation = calculation
        self.output, self.wrt = calculation.output, wrt
        self.lang: Language = lang
        self.words = sentences("why", lang)
        gradient = calculation.gradients.get(wrt)
        self.paths = Paths(calculation, wrt) if gradient is not None else None
        self.steps = self.paths.steps if self.paths else ()
        self.gradient = gradient or 0.0
        self.verdict: Verdict = _verdict(gradient)

    def reason(self, gradients: Mapping[Value, float | None]) -> Reason:
        cause = cause_of(self.verdict, self.paths) if self.paths else self._unconnected()
        sentence = Wording(self.output, self.wrt, self.verdict, self.paths, self._called, self.words).of(cause)
        title = f"d{self._name(self.output)}/d{self._name(self.wrt)} = {numeral(self.gradient)}"
        title = self.words["title"].format(gradient=title, verdict=word(self.verdict, self.lang))
        lines = [title, self._choice(gradients), sentence]
        rows = tuple(self._rows(cause.step))
        return Reason(
            self.verdict, self.gradient, self.wrt, self.steps, cause.step, cause.kind, sentence,
            tuple(filter(None, lines)), rows, self._all_paths(),
        )  # fmt: skip

    def _unconnected(self) -> Cause:
        return Cause("swapped" if self.output in set(topological_order(self.wrt)) else "unconnected")

    def _choice(self, gradients: Mapping[Value, float | None]) -> str:
        """How many were asked about, and how many have the same trouble."""
        if len(gradients) == 1:
            return ""
        alike = Counter(map(_verdict, gradients.values()))[self.verdict] - 1
        words = self.words["others" if alike else "no others"]
        return words.format(n=len(gradients), alike=alike)

    # --- the table ---

    def _called(self, node: Value) -> tuple[str, bool]:
        """The name of a node, and whether it is the user's."""
        return self._name(node), bool(self.calculation.labels[node].strip())

    def _name(self, node: Value) -> str:
        return self.calculation.name(node).text

    def _rows(self, culprit: Factor | None) -> Iterator[tuple[str, ...]]:
        if not self.steps:
            return
        yield tuple(self.words[f"{column} column"] for column in ("step", "slope", "product", "by"))
        for step, omitted in self._excerpt(culprit):
            what = f"d{self._name(self.output if step.is_hook else step.result)}/d{self._name(step.operand)}"
            mark = "  ←" if step is culprit else ""
            yield what, numeral(step.slope), numeral(step.product), self._by(step) + mark
            if omitted:
                yield (self.words["omitted"].format(n=omitted),)

    def _excerpt(self, culprit: Factor | None) -> list[tuple[Factor, int]]:
        """The steps to show, each with how many are left out after it."""
        count = len(self.steps)
        if count <= SHOWN:
            return [(step, 0) for step in self.steps]
        at = next((i for i, step in enumerate(self.steps) if step is culprit), 0)
        kept = sorted({*range(4), *range(max(0, at - 1), min(count, at + 2)), *range(count - 4, count)})
        return [(self.steps[i], after - i - 1) for i, after in zip(kept, [*kept[1:], count], strict=True)]

    def _by(self, step: Factor) -> str:
        if step.is_hook:
            return self.words["hooked"].format(before=numeral(step.arriving), after=numeral(step.gradient))
        op, operands = shown(step.result.op), step.result.operands
        if len(operands) == 2 and partner(step) is not None:
            return f"× {numeral(step.slope)}"
        if len(operands) == 1:
            return self.words["at"].format(op=op, x=numeral(step.operand.data))
        if len(operands) == 2 and not any(map(str.isalnum, op)):
            left, right = operands
            return f"{op} {_numeral(right)}" if left is step.operand else f"{_numeral(left)} {op}"
        return op

    def _all_paths(self) -> str:
        product = self.steps[-1].product if self.steps else self.gradient
        if not self.paths or product != product or math.isclose(product, self.gradient, rel_tol=1e-6):
            return ""
        count = self.paths.count(MANY + 1)
        if count < 2:
            return ""
        many = str(count) if count <= MANY else self.words["many"].format(n=f"{MANY:,}")
        return self.words["paths"].format(product=numeral(product), n=many, gradient=numeral(self.gradient))


def _numeral(operand: Value | float) -> str:
    return signed(numeral(number_of(operand)))
