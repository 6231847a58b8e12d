"""What is said of a path: the sentence of its cause, and the table of its steps. Counts count what they name.

>>> from autograd.operation import TABLE
>>> shown(TABLE["mul"]), shown(TABLE["sigmoid"]), shown(TABLE["relu"])
('×', 'sigmoid', 'ReLU')
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from functools import cached_property
from itertools import dropwhile

from ...language import Language
from ...operation import Primitive
from ...value import Value
from ..calculation import Calculation, number_of
from ..notation.text import numeral, signed
from ..response import STEP, overflows, response
from ..verdicts import SMALL, Verdict, word
from ..words import sentences
from .cause import Cause, origin, partner
from .path import Factor, Paths

__all__ = ["Wording", "shown"]

GROUPS = 3  # the largest number of operations that are named one by one; the others are counted together
SHOWN = 12  # the longest path that is shown whole; of a longer one its ends and the culprit
MANY = 10**6  # more paths than this are not counted


def shown(op: Primitive | None) -> str:
    """Return what a sentence calls an operation: its symbol between operands, else its symbol or name in letters."""
    if op is None:
        return ""
    infix = op.arity == 2 and not any(map(str.isalnum, op.symbol))
    return op.symbol if infix or (op.symbol.isascii() and op.symbol.isidentifier()) else op.name


class Wording:
    """Puts a path into words.

    Args:
        calculation: that of the output.
        paths: what leads from the output to the Value in question.
        verdict: that on the gradient.
        lang: "en" or "zh".
    """

    def __init__(self, calculation: Calculation, paths: Paths, verdict: Verdict, lang: Language) -> None:
        self._calculation, self._paths, self._verdict = calculation, paths, verdict
        self._steps: Sequence[Factor] = paths.steps
        self._lang: Language = lang
        self._words = sentences("why", lang)

    def title(self) -> str:
        """Return the gradient with its verdict."""
        ratio = f"d{self._name(self._paths.output)}/d{self._name(self._paths.wrt)}"
        gradient = f"{ratio} = {numeral(self._paths.gradient or 0.0)}"
        return self._words["title"].format(gradient=gradient, verdict=word(self._verdict, self._lang))

    def comparison(self, verdicts: Sequence[Verdict]) -> str:
        """Return how many Values were asked about, and how many of their gradients have the same trouble."""
        if len(verdicts) == 1:
            return ""
        alike = verdicts.count(self._verdict) - 1
        return self._words["others" if alike else "no others"].format(n=len(verdicts), alike=alike)

    def _name(self, node: Value) -> str:
        return self._calculation.name(node).text

    # --- the sentence ---

    def sentence(self, cause: Cause) -> str:
        """Return a cause in words, with what to do about it."""
        kind, step = cause.kind, cause.step
        facts = {"output": self._name(self._paths.output), "wrt": self._name(self._paths.wrt)}
        facts |= self._overall() if step is None else self._facts(step)
        if cause.node is not None:
            facts |= self._made(cause.node)
        sentence = self._words[_wording(cause, self._paths)].format(**facts)
        if step is not None and self._verdict == "nan" and math.isinf(step.part) and kind != "paths inf - inf":
            sentence += self._then(step)
        if kind == "shrink":
            sentence += self._split()
        if self._verdict == "healthy" and kind in ("saturated", "spread"):
            sentence += self._words["made up for" if self._is_enough() else "added up for"]
        if kind == "balanced" and not self._is_enough():
            sentence = self._words["balanced by paths"].format(**facts)
        if kind == "fine" and (wrong := origin(self._paths.output)) is not None:
            made = "given" if wrong.op is None else "made inf" if math.isinf(wrong.data) else "made nan"
            made = _wording(Cause(made, node=wrong), self._paths)
            sentence += self._words["yet"] + self._words[made].format(**self._made(wrong))
        return sentence

    def _is_enough(self) -> bool:
        """Whether this path alone passes on a gradient of a healthy size."""
        return abs(self._steps[-1].product) >= SMALL

    def _facts(self, step: Factor) -> dict[str, str]:
        factor, by = partner(self._paths, step), numeral(step.slope)
        if isinstance(factor, Value) and self._calculation.labels[factor].strip():
            by = f"{self._name(factor)} = {by}"
        operands = list(_numbers(step)) or [math.nan]
        choice = next((s for s in self._steps if s.slope == 0), step)
        parts = [0.0] if step.is_hook else self._paths.parts(step.operand)
        x = step.operand.data
        return {
            "op": shown(step.result.op), "by": self._name(step.operand), "result": self._name(step.result),
            "x": numeral(x), "y": numeral(step.result.data), "slope": numeral(step.slope),
            "side": "≤" if x <= 0 else "≥", "arriving": numeral(step.arriving), "gradient": numeral(step.gradient),
            "factor": by, "inputs": _listed(step.result),
            "least": numeral(min(operands)), "most": numeral(max(operands)),
            "count": str(len(parts)), "largest": numeral(max(map(abs, parts))),
            "choice": shown(choice.result.op), "branch": self._name(choice.operand),
        }  # fmt: skip

    def _made(self, node: Value) -> dict[str, str]:
        inputs = _listed(node)
        return {"op": shown(node.op), "result": self._name(node), "y": numeral(node.data), "inputs": inputs}

    def _overall(self) -> dict[str, str]:
        """What is said of the path as a whole."""
        sizes = [abs(step.slope) for step in self._steps] or [1.0]
        factors = [abs(slope) for slopes in self._groups.values() for slope in slopes]
        slopes = [size for size in factors if size > 0.0]
        each = math.exp(math.fsum(map(math.log, slopes)) / len(slopes)) if slopes else 1.0
        product = self._steps[-1].product if self._steps else 1.0
        counted = self._words["factors" if len(factors) == len(self._steps) else "factors and ones"]
        return {
            "factors": counted.format(n=len(factors), ones=len(self._steps) - len(factors)),
            "each": numeral(each, 2), "product": numeral(product),
            "smallest": numeral(min(sizes)), "greatest": numeral(max(sizes)),
        }  # fmt: skip

    @cached_property
    def _groups(self) -> dict[str, list[float]]:
        """The factors of the path by what they are: the slopes of an operation, "" for products, "hook" for hooks.

        Operations whose slopes are all 1, such as sums, are left out; of any other each slope counts.
        """
        groups: dict[str, list[float]] = {}
        for step in self._steps:
            kind = "hook" if step.is_hook else "" if self._paths.is_product(step) else shown(step.result.op)
            groups.setdefault(kind, []).append(step.slope)
        return {kind: slopes for kind, slopes in groups.items() if any(slope != 1.0 for slope in slopes)}

    def _split(self) -> str:
        groups, words = self._groups.copy(), self._words
        if len(groups) < 2:
            return ""
        weights, hooks = groups.pop("", []), groups.pop("hook", [])
        by_count = sorted(groups.items(), key=lambda item: (-len(item[1]), item[0]))
        kinds = [(words["slopes"].format(op=op), slopes) for op, slopes in by_count[:GROUPS]]
        kinds.append((words["other slopes"], [slope for _, slopes in by_count[GROUPS:] for slope in slopes]))
        kinds += [(words["hooks"], hooks), (words["weights"], weights)]
        parts = [(what, len(slopes), _product(slopes)) for what, slopes in kinds if slopes]
        return words["split"].format(
            words["and"].join(
                words["group" if i else "first group"].format(what=what, n=n, product=product)
                for i, (what, n, product) in enumerate(parts)
            )
        )

    def _then(self, culprit: Factor) -> str:
        """How a gradient became nan that is infinite after a step, if not in that step itself."""
        words = self._words
        for step in dropwhile(lambda s: s is not culprit, self._steps):
            if step.gradient != step.gradient:
                if not step.is_hook and {math.inf, -math.inf} <= set(self._paths.parts(step.operand)):
                    return words["then inf - inf"]
                if step is culprit:
                    return ""
                return words["then 0" if step.slope == 0 else "then nan"]
        return words["then nan"]

    # --- the table ---

    def rows(self, culprit: Factor | None) -> Iterator[tuple[str, ...]]:
        """Yield the rows of the table, the culprit marked; a row of one cell says how many steps are left out."""
        if not self._steps:
            return
        yield tuple(self._words[f"{column} column"] for column in ("step", "slope", "product", "by"))
        for step, omitted in self._excerpt(culprit):
            what = f"d{self._name(self._paths.output if step.is_hook else step.result)}/d{self._name(step.operand)}"
            mark = "  ←" if step is culprit else ""
            yield what, numeral(step.slope), numeral(step.product), self._by(step) + mark
            if omitted:
                yield (self._words["omitted"].format(n=omitted),)

    def _excerpt(self, culprit: Factor | None) -> list[tuple[Factor, int]]:
        """The steps to show, each with how many are left out after it."""
        count = len(self._steps)
        if count <= SHOWN:
            return [(step, 0) for step in self._steps]
        at = next((i for i, step in enumerate(self._steps) if step is culprit), 0)
        kept = sorted({*range(4), *range(max(0, at - 1), min(count, at + 2)), *range(count - 4, count)})
        return [(self._steps[i], after - i - 1) for i, after in zip(kept, [*kept[1:], count], strict=True)]

    def _by(self, step: Factor) -> str:
        if step.is_hook:
            return self._words["hooked"].format(before=numeral(step.arriving), after=numeral(step.gradient))
        op, operands = shown(self._calculation.op(step.result)), self._calculation.operands(step.result)
        if len(operands) == 2 and partner(self._paths, step) is not None:
            return f"× {numeral(step.slope)}"
        if len(operands) == 1:
            return self._words["at"].format(op=op, x=numeral(step.operand.data))
        if len(operands) == 2 and not any(map(str.isalnum, op)):
            left, right = operands
            return f"{op} {_numeral(right)}" if left is step.operand else f"{_numeral(left)} {op}"
        return op

    def remark(self) -> str:
        """Return what all paths carry, if it is not what this one carries; else ""."""
        if not self._steps:
            return ""
        product, gradient = self._steps[-1].product, self._steps[-1].gradient
        if product != product or math.isclose(product, gradient, rel_tol=1e-6):
            return ""
        count = self._paths.count(MANY + 1)
        if count < 2:
            return ""
        many = str(count) if count <= MANY else self._words["many"].format(n=f"{MANY:,}")
        return self._words["paths"].format(product=numeral(product), n=many, gradient=numeral(gradient))


def _wording(cause: Cause, paths: Paths) -> str:
    """The key of the words for a cause: some say more than its kind if more is so."""
    kind, step, node = cause.kind, cause.step, cause.node
    if kind in ("made inf", "made nan") and node is not None:
        if kind == "made inf" and overflows(node):
            return "made inf"
        finite = all(math.isfinite(number_of(operand)) for operand in node.operands)
        return "made" if not finite else "made pole" if kind == "made inf" else "made nan"
    if step is None:
        return kind
    if kind == "factor":
        if not math.isfinite(step.slope):
            return "factor inf"
        return "factor" if abs(step.slope) >= 1 else "factor small" if step.slope else "factor 0"
    if kind == "pole" and not math.isfinite(response(step.result, step.operand).slope(step.operand.data + STEP)):
        return "pole below"
    if kind == "0 × inf" and paths.is_product(step):
        return "0 × inf factor"
    if kind in ("underflow", "overflow"):
        return f"{kind} here"
    return "undefined at 0" if kind == "undefined" and step.arriving == 0 else kind


def _product(slopes: Sequence[float]) -> str:
    """The product as text, also of one that no float can hold."""
    product = math.prod(slopes)
    if 0.0 < abs(product) < math.inf or not all(0.0 < abs(slope) < math.inf for slope in slopes):
        return numeral(product)
    exponent = math.fsum(math.log10(abs(slope)) for slope in slopes)
    sign = math.prod(math.copysign(1.0, slope) for slope in slopes)
    return f"{numeral(sign * 10 ** (exponent % 1), 4)}e{math.floor(exponent):+d}"


def _numbers(step: Factor) -> Iterator[float]:
    """The numbers of the operands among which a share is taken; an index is none of them."""
    op, operands = step.result.op, step.result.operands
    has_index = op is not None and op.variadic and op.selector
    return map(number_of, operands[1:] if has_index else operands)


def _listed(node: Value) -> str:
    numbers = [numeral(number_of(operand)) for operand in node.operands]
    return ", ".join(numbers[:6]) + (", ..." if len(numbers) > 6 else "")


def _numeral(operand: Value | float) -> str:
    return signed(numeral(number_of(operand)))
