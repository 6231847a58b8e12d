"""Why a gradient is what it is: the path that carries it, factor by factor, and the first step that spoils it.

>>> from autograd import Value, relu
>>> w, x = Value(-2.0, "w"), Value(3.0, "x")
>>> print(why(relu((w * x).named("z")).named("a"), w))
da/dw = 0: zero
ReLU is dead at z: its input is -6 ≤ 0, so its slope is 0.
<BLANKLINE>
  step    slope   so far   by
  da/dz   0       0        ReLU at -6  ←
  dz/dw   3       0        × 3
"""

from __future__ import annotations

import math
import textwrap
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

from ..graph import descendants, reverse_sweep, topological_order
from ..language import Language, chosen
from ..primitives import Primitive
from ..value import Value
from .labels import labels, width
from .notation import name, number
from .why_words import WORDS

__all__ = ["Factor", "Reason", "why"]

Verdict = Literal["zero", "vanished", "healthy", "exploded", "inf", "nan", "not connected"]

VANISHED, EXPLODED = 1e-6, 1e3  # beyond these a gradient is called so
SMALL, LARGE = 1e-3, 1e3  # a single factor beyond these is the culprit by itself
SHOWN = 12  # so many steps of a path are shown; of a longer one its ends and the culprit

STEPS = {"sign", "floor_divide"}
CHOICES = {"where", "maximum", "minimum", "max", "min", "clip"}
SATURATING = {"sigmoid", "tanh", "erf", "erfc", "softmax", "log_softmax", "atan", "softplus", "gelu", "silu", "elu"}
ARITHMETIC = {"add", "sub", "mul", "div", "neg", "pow", "mod", "floor_divide"}
WEIGHTS = {"mul", "dot", "prod", "div"}


@dataclass(frozen=True)
class Factor:
    """One step of a path, from a result to one of its operands.

    Attributes:
        result, operand: the two Values.
        slope: d(result)/d(operand).
        product: the slopes of all steps from the output up to this one, multiplied.
    """

    result: Value
    operand: Value
    slope: float
    product: float

    @property
    def op(self) -> str:
        """The operation, as people see it."""
        return _shown(self.result.op)


@dataclass(frozen=True)
class Reason:
    """Why a gradient is what it is: `print` it.

    Attributes:
        verdict: "zero", "vanished", "healthy", "exploded", "inf", "nan" or "not connected".
        gradient: d(output)/d(wrt).
        steps: the path that carries most of it, from the output to the input.
        culprit: the step that is to blame, or None where it is none in particular.
        cause: the kind of cause, such as "dead", "saturated", "shrink" or "log of 0".
        sentence: the cause in words.
    """

    verdict: Verdict
    gradient: float
    steps: tuple[Factor, ...]
    culprit: Factor | None
    cause: str
    sentence: str
    _lang: str = field(repr=False, default="en")
    _title: str = field(repr=False, default="")
    _table: str = field(repr=False, default="")

    def __str__(self) -> str:
        colon = "：" if self._lang == "zh" else ": "
        head = f"{self._title} = {number(self.gradient)}{colon}{WORDS[self._lang][self.verdict]}"
        head += f"\n{_wrapped(self.sentence)}"
        return f"{head}\n\n{self._table}" if self._table else head

    def __repr__(self) -> str:
        return f"<Reason: {self.verdict}, {self.cause}: print(it)>"


def why(output: Value, wrt: Value, lang: Language | None = None, names: Mapping[str, object] | None = None) -> Reason:
    """Say why d(output)/d(wrt) is 0, tiny, huge, inf or nan, or that all is well.

    It walks from `wrt` back to `output`, at every node along the operation that passes on the most, and names the
    first step from the output that spoils the gradient.

    Args:
        output: the result, such as the loss.
        wrt: the Value whose gradient is in question.
        lang: "en" or "zh"; if not given, the language of `autograd.language.speaking`.
        names: labels for Values that have none, by the names that they go by there, such as `globals()`.

    Returns:
        A `Reason`; nothing in the graph is changed, no `backward()` is needed before.

    Raises:
        TypeError: `output` or `wrt` is not a Value.
        ValueError: `lang` is unknown.

    >>> from autograd import Value, log
    >>> x = Value(0.0, "x")
    >>> why(log(x), x).sentence
    'the log of 0: log at x is -inf, and its slope there is 1 ÷ 0.'
    """
    for what, value in (("output", output), ("wrt", wrt)):
        if not isinstance(value, Value):
            raise TypeError(f"why takes two Values, why(loss, weight), but {what} is {value!r}")
    return _Inquiry(output, wrt, chosen(lang), names or {}).reason()


class _Inquiry:
    def __init__(self, output: Value, wrt: Value, lang: str, names: Mapping[str, object]) -> None:
        self.output, self.wrt, self.lang, self.words = output, wrt, lang, WORDS[lang]
        self.nodes = topological_order(output)
        self.adjoint = reverse_sweep(output, order=self.nodes)
        self.gradient: float = self.adjoint.get(wrt, 0.0)
        below = descendants(self.nodes, [wrt])
        self.uses: dict[Value, list[tuple[Value, float]]] = {}
        for node in self.nodes:
            if node in below:
                for parent, slope in zip(node.parents, node.partials, strict=True):
                    if parent in below:
                        self.uses.setdefault(parent, []).append((node, slope))
        self.path = self._path() if wrt in self.adjoint else ()
        self.labels = labels((*self.nodes, wrt), names)
        self.names: dict[Value, str] = {}
        self.unnamed = 0

    # --- the path ---

    def _path(self) -> tuple[Factor, ...]:
        """From the input up, at each node along the operation that passes on the most; then the other way round."""
        steps: list[tuple[Value, Value, float]] = []
        node = self.wrt
        while node is not self.output:
            user, slope = max(self.uses[node], key=self._weight)
            steps.append((user, node, slope))
            node = user
        product, path = 1.0, []
        for user, node, slope in reversed(steps):
            product *= slope
            path.append(Factor(user, node, slope, product))
        return tuple(path)

    def _weight(self, use: tuple[Value, float]) -> tuple[bool, float, float, float]:
        user, slope = use
        arriving = self.adjoint[user]
        part = arriving * slope
        return (math.isnan(part), _size(part), _size(arriving), _size(slope))

    # --- the verdict and the cause ---

    def reason(self) -> Reason:
        verdict = self._verdict()
        culprit, cause, facts = self._cause(verdict)
        sentence = self.words[cause].format(**facts)
        if verdict == "nan" and cause in ("pole", "log of 0", "division by 0"):
            sentence += self.words["then nan"]
        if cause == "shrink":
            sentence += self._parts()
        title = f"d{self._name(self.output)}/d{self._name(self.wrt)}"
        return Reason(
            verdict, self.gradient, self.path, culprit, cause, sentence, self.lang, title, self._table(culprit)
        )

    def _verdict(self) -> Verdict:
        size = abs(self.gradient)
        if self.wrt not in self.adjoint:
            return "not connected"
        if size != size:
            return "nan"
        if size == math.inf:
            return "inf"
        return "zero" if size == 0 else "vanished" if size < VANISHED else "exploded" if size > EXPLODED else "healthy"

    def _cause(self, verdict: Verdict) -> tuple[Factor | None, str, dict[str, object]]:
        names = {"output": self._name(self.output), "wrt": self._name(self.wrt)}
        if verdict == "not connected":
            return None, "unconnected", dict(names)
        if not self.path:
            return None, "itself", dict(names)
        if verdict in ("nan", "inf"):
            return self._not_finite()
        if verdict == "healthy":
            return None, "fine", {}
        return self._size_cause(verdict)

    def _not_finite(self) -> tuple[Factor | None, str, dict[str, object]]:
        for step in self.path:
            if math.isinf(step.slope) and math.isfinite(step.operand.data):
                return self._infinite_slope(step)
            if not math.isfinite(step.slope):
                return self._forward(step)
        for step in self.path:
            if not math.isfinite(self.adjoint[step.operand]):
                parts = {self.adjoint[user] * slope for user, slope in self.uses[step.operand]}
                if {math.inf, -math.inf} <= parts:
                    return self._blame(step, "paths inf - inf")
                break
        return None, "overflow", self._average()

    def _infinite_slope(self, step: Factor) -> tuple[Factor | None, str, dict[str, object]]:
        if self.adjoint[step.result] == 0:
            return self._blame(step, "0 × inf")
        if self._op(step) in ("div", "reciprocal"):
            return self._blame(step, "division by 0")
        if self._op(step) in ("log", "log2", "log10"):
            return self._blame(step, "log of 0")
        if self._op(step) in WEIGHTS:
            return self._blame(step, "large")
        if abs(step.operand.data) > 1 and math.isinf(step.result.data):
            return self._made(step.result)
        return self._blame(step, "pole")

    def _forward(self, step: Factor) -> tuple[Factor | None, str, dict[str, object]]:
        """The first number on the way forward that is not finite."""
        wrong = next((node for node in self.nodes if not math.isfinite(node.data)), None)
        return self._blame(step, "undefined") if wrong is None else self._made(wrong)

    def _made(self, node: Value) -> tuple[Factor | None, str, dict[str, object]]:
        if node.op is None:
            return None, "given", {"result": self._name(node), "y": number(node.data)}
        step = next((step for step in self.path if step.result is node), None)
        inputs = [o.data if isinstance(o, Value) else float(o) for o in node.operands]
        infinite = any(map(math.isinf, inputs))
        cause = "made inf" if math.isinf(node.data) else "inf - inf" if infinite else "made nan"
        shown = ", ".join(number(x) for x in inputs[:6]) + (", ..." if len(inputs) > 6 else "")
        facts: dict[str, object] = {
            "op": _shown(node.op),
            "result": self._name(node),
            "y": number(node.data),
            "inputs": shown,
        }
        return step, cause, facts

    def _size_cause(self, verdict: Verdict) -> tuple[Factor | None, str, dict[str, object]]:
        for step in self.path:
            if cancelled := self._cancelled(step):
                return cancelled
            if step.slope == 0:
                return self._blame(step, self._kind_of_zero(step))
            if verdict != "exploded" and abs(step.slope) < SMALL:
                return self._blame(step, "saturated" if self._op(step) in SATURATING else "small")
            if verdict == "exploded" and abs(step.slope) > LARGE:
                return self._blame(step, "large")
        return None, "underflow" if verdict == "zero" else "shrink", self._average()

    def _cancelled(self, step: Factor) -> tuple[Factor, str, dict[str, object]] | None:
        parts = [self.adjoint[user] * slope for user, slope in self.uses[step.operand]]
        largest, total = max(map(abs, parts)), self.adjoint[step.operand]
        if len(parts) < 2 or abs(total) > 1e-9 * largest or largest == 0:
            return None
        facts = {"count": len(parts), "total": number(total), "largest": number(largest)}
        return step, "cancel", {**self._facts(step), **facts}

    def _kind_of_zero(self, step: Factor) -> str:
        op = self._op(step)
        if op == "relu":
            return "dead"
        if op in STEPS:
            return "step"
        if op in CHOICES:
            return "choice"
        if op in SATURATING:
            return "saturated"
        return "factor 0" if op in WEIGHTS else "flat"

    def _op(self, step: Factor) -> str:
        return step.result.op.name if step.result.op else ""

    def _blame(self, step: Factor, cause: str) -> tuple[Factor, str, dict[str, object]]:
        return step, cause, self._facts(step)

    def _facts(self, step: Factor) -> dict[str, object]:
        by, result = self._name(step.operand), self._name(step.result)
        return {
            "op": step.op, "at": by, "by": by, "result": result, "x": number(step.operand.data),
            "y": number(step.result.data), "slope": number(step.slope),
            "arriving": number(self.adjoint[step.result]),
        }  # fmt: skip

    def _average(self) -> dict[str, object]:
        logs = [math.log(abs(step.slope)) for step in self.path if step.slope]
        counted = [x for x in logs if x != 0] or [0.0]
        return {
            "count": len(counted),
            "each": number(math.exp(sum(counted) / len(counted)), 2),
            "product": number(self.path[-1].product),
        }

    def _parts(self) -> str:
        slopes = {True: [1.0], False: [1.0]}
        for step in self.path:
            if abs(step.slope) != 1:
                slopes[self._op(step) in WEIGHTS].append(step.slope)
        if min(map(len, slopes.values())) == 1:
            return ""
        return self.words["parts"].format(
            n=len(slopes[False]) - 1, activations=number(math.prod(slopes[False])),
            m=len(slopes[True]) - 1, weights=number(math.prod(slopes[True])),
        )  # fmt: skip

    # --- the table ---

    def _name(self, node: Value) -> str:
        if node not in self.names:
            label = self.labels[node]
            if not label:
                self.unnamed += node is not self.output and node is not self.wrt
                label = "y" if node is self.output else "x" if node is self.wrt else f"v{self.unnamed}"
            self.names[node] = name(label).text
        return self.names[node]

    def _table(self, culprit: Factor | None) -> str:
        if not self.path:
            return ""
        columns = [self.words[f"{column} column"] for column in ("step", "slope", "product", "by")]
        rows = [columns]
        for step, omitted in self._excerpt(culprit):
            what = f"d{self._name(step.result)}/d{self._name(step.operand)}"
            mark = "  ←" if step is culprit else ""
            rows.append([what, number(step.slope), number(step.product), self._by(step) + mark])
            if omitted:
                rows.append([self.words["omitted"].format(n=omitted)])
        widths = [max(width(row[i]) for row in rows if len(row) > 1) for i in range(3)]
        return "\n".join(_row(row, widths) for row in rows) + self._all_paths()

    def _excerpt(self, culprit: Factor | None) -> list[tuple[Factor, int]]:
        """The steps to show, each with how many are left out after it."""
        count = len(self.path)
        if count <= SHOWN:
            return [(step, 0) for step in self.path]
        at = next((i for i, step in enumerate(self.path) if step is culprit), 0)
        kept = sorted({*range(4), *range(max(0, at - 1), min(count, at + 2)), *range(count - 4, count)})
        return [(self.path[i], after - i - 1) for i, after in zip(kept, [*kept[1:], count], strict=True)]

    def _by(self, step: Factor) -> str:
        if self._op(step) == "mul":
            return f"× {number(step.slope)}"
        one = len(step.result.operands) == 1
        return self.words["at"].format(op=step.op, x=number(step.operand.data)) if one else step.op

    def _all_paths(self) -> str:
        product = self.path[-1].product
        if product == self.gradient or math.isclose(product, self.gradient, rel_tol=1e-6) or product != product:
            return ""
        paths = self._count()
        if paths < 2:
            return ""
        shown = str(paths) if paths <= 10**6 else self.words["many"].format(n="1,000,000")
        return "\n" + self.words["paths"].format(product=number(product), n=shown, gradient=number(self.gradient))

    def _count(self) -> int:
        """How many paths lead from the output to the input, as far as it matters."""
        paths = {self.output: 1}
        for node in reversed(self.nodes):
            if node in self.uses:
                paths[node] = min(sum(paths.get(user, 0) for user, _ in self.uses[node]), 10**6 + 1)
        return paths[self.wrt]


def _shown(op: Primitive | None) -> str:
    if op is None:
        return ""
    return op.symbol if op.name in ARITHMETIC or (op.symbol.isascii() and op.symbol.isidentifier()) else op.name


def _size(x: float) -> float:
    return math.inf if x != x else abs(x)


def _wrapped(sentence: str) -> str:
    return "\n".join(textwrap.wrap(sentence, 88, break_long_words=False, break_on_hyphens=False))


def _row(row: list[str], widths: list[int]) -> str:
    cells = [cell + " " * (room - width(cell)) for cell, room in zip(row, widths, strict=False)]
    return "  " + "   ".join([*cells, *row[3:]]).rstrip()
