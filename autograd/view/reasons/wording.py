"""The sentence that names a cause. It claims nothing that was not looked up in the graph: counts count what they name.

>>> from autograd.operation import TABLE
>>> shown(TABLE["mul"]), shown(TABLE["sigmoid"]), shown(TABLE["relu"])
('×', 'sigmoid', 'ReLU')
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Mapping, Sequence
from itertools import dropwhile

from ...operation import Primitive
from ...value import Value
from ..calculation import number_of
from ..notation.text import numeral
from ..response import STEP, overflows, response
from ..verdicts import SMALL, Verdict
from .cause import Cause, is_product, origin, partner
from .path import Factor, Paths

__all__ = ["Wording", "shown"]

GROUPS = 3  # the largest number of operations that are named one by one; the others are counted together


def shown(op: Primitive | None) -> str:
    """Return what a sentence calls an operation: its symbol between operands, else its symbol or name in letters."""
    if op is None:
        return ""
    infix = op.arity == 2 and not any(map(str.isalnum, op.symbol))
    return op.symbol if infix or (op.symbol.isascii() and op.symbol.isidentifier()) else op.name


class Wording:
    """Puts a cause into words.

    Args:
        output, wrt: the two ends.
        verdict: what the gradient is.
        paths: what leads from the one to the other; None where nothing does.
        called: gives the name of a Value, and whether it is the user's.
        words: those of a language.
    """

    def __init__(
        self,
        output: Value,
        wrt: Value,
        verdict: Verdict,
        paths: Paths | None,
        called: Callable[[Value], tuple[str, bool]],
        words: Mapping[str, str],
    ) -> None:
        self._output, self._wrt, self._verdict = output, wrt, verdict
        self._paths, self._called, self._words = paths, called, words
        self._steps: Sequence[Factor] = paths.steps if paths is not None else ()

    def of(self, cause: Cause) -> str:
        """Return the sentence of a cause, with what to do about it."""
        kind, step = cause.kind, cause.step
        facts = {"output": self._name(self._output), "wrt": self._name(self._wrt), **self._average()}
        if step is not None:
            facts |= self._facts(step)
        if cause.node is not None:
            facts |= self._made(cause.node)
        sentence = self._words[_wording(cause)].format(**facts)
        if step is not None and self._verdict == "nan" and math.isinf(step.part) and kind != "paths inf - inf":
            sentence += self._then(step)
        if kind == "shrink":
            sentence += self._split()
        if self._verdict == "healthy" and kind in ("saturated", "spread"):
            sentence += self._words["made up for" if self._is_enough() else "added up for"]
        if kind == "balanced" and not self._is_enough():
            sentence = self._words["balanced by paths"].format(**facts)
        if kind == "fine" and (wrong := origin(self._output)) is not None:
            again = Cause("given" if wrong.op is None else "made inf" if math.isinf(wrong.data) else "made nan")
            sentence += self._words["yet"] + self._words[_wording(again, wrong)].format(**self._made(wrong))
        return sentence

    def _name(self, node: Value) -> str:
        return self._called(node)[0]

    def _is_enough(self) -> bool:
        """Whether this path alone passes on a gradient of a healthy size."""
        return abs(self._steps[-1].product) >= SMALL

    # --- what the words are filled with ---

    def _facts(self, step: Factor) -> dict[str, object]:
        factor, by = partner(step), numeral(step.slope)
        if isinstance(factor, Value) and self._called(factor)[1]:
            by = f"{self._name(factor)} = {by}"
        operands = list(_numbers(step)) or [math.nan]
        choice = next((s for s in self._steps if s.slope == 0), step)
        assert self._paths is not None  # there is a step
        parts = [0.0] if step.is_hook else self._paths.parts(step.operand)
        x = step.operand.data
        return {
            "op": shown(step.result.op), "by": self._name(step.operand), "result": self._name(step.result),
            "x": numeral(x), "y": numeral(step.result.data), "slope": numeral(step.slope),
            "side": "≤" if x <= 0 else "≥", "arriving": numeral(step.arriving), "gradient": numeral(step.gradient),
            "factor": by, "inputs": _listed(step.result),
            "least": numeral(min(operands)), "most": numeral(max(operands)),
            "count": len(parts), "largest": numeral(max(map(abs, parts))),
            "choice": shown(choice.result.op), "branch": self._name(choice.operand),
        }  # fmt: skip

    def _made(self, node: Value) -> dict[str, object]:
        inputs = _listed(node)
        return {"op": shown(node.op), "result": self._name(node), "y": numeral(node.data), "inputs": inputs}

    def _average(self) -> dict[str, object]:
        sizes = [abs(step.slope) for step in self._steps] or [1.0]
        factors = [abs(slope) for slopes in self._groups().values() for slope in slopes]
        slopes = [size for size in factors if size > 0.0]
        each = math.exp(math.fsum(map(math.log, slopes)) / len(slopes)) if slopes else 1.0
        product = self._steps[-1].product if self._steps else 1.0
        counted = self._words["factors" if len(factors) == len(self._steps) else "factors and ones"]
        return {
            "factors": counted.format(n=len(factors), ones=len(self._steps) - len(factors)),
            "each": numeral(each, 2), "product": numeral(product),
            "smallest": numeral(min(sizes)), "greatest": numeral(max(sizes)),
        }  # fmt: skip

    def _groups(self) -> dict[str, list[float]]:
        """The factors of the path by what they are: the slopes of an operation, "" for products, "hook" for hooks.

        Operations whose slopes are all 1, such as sums, are left out; of any other each slope counts.
        """
        groups: dict[str, list[float]] = {}
        for step in self._steps:
            kind = "hook" if step.is_hook else "" if is_product(step) else shown(step.result.op)
            groups.setdefault(kind, []).append(step.slope)
        return {kind: slopes for kind, slopes in groups.items() if any(slope != 1.0 for slope in slopes)}

    def _split(self) -> str:
        groups, words = self._groups(), self._words
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
        assert self._paths is not None
        words = self._words
        for step in dropwhile(lambda s: s is not culprit, self._steps):
            if step.gradient != step.gradient:
                if not step.is_hook and {math.inf, -math.inf} <= set(self._paths.parts(step.operand)):
                    return words["then inf - inf"]
                if step is culprit:
                    return ""
                return words["then 0" if step.slope == 0 else "then nan"]
        return words["then nan"]


def _product(slopes: Sequence[float]) -> str:
    """The product as text, also of one that no float can hold."""
    product = math.prod(slopes)
    if 0.0 < abs(product) < math.inf or not all(0.0 < abs(slope) < math.inf for slope in slopes):
        return numeral(product)
    exponent = math.fsum(math.log10(abs(slope)) for slope in slopes)
    sign = math.prod(math.copysign(1.0, slope) for slope in slopes)
    return f"{numeral(sign * 10 ** (exponent % 1), 4)}e{math.floor(exponent):+d}"


def _wording(cause: Cause, node: Value | None = None) -> str:
    """The key of the words for a cause: some say more than its kind where more is so."""
    kind, step = cause.kind, cause.step
    node = node or cause.node
    if kind == "made inf" and node is not None:
        finite = all(math.isfinite(number_of(operand)) for operand in node.operands)
        return "made inf" if overflows(node) else "made pole" if finite else "made"
    if kind == "made nan" and node is not None:
        return kind if all(math.isfinite(number_of(operand)) for operand in node.operands) else "made"
    if step is None:
        return kind
    if kind == "factor":
        if not math.isfinite(step.slope):
            return "factor inf"
        return "factor" if abs(step.slope) >= 1 else "factor small" if step.slope else "factor 0"
    if kind == "pole" and not math.isfinite(response(step.result, step.operand).slope(step.operand.data + STEP)):
        return "pole below"
    if kind == "0 × inf" and is_product(step):
        return "0 × inf factor"
    if kind in ("underflow", "overflow"):
        return f"{kind} here"
    return "undefined at 0" if kind == "undefined" and step.arriving == 0 else kind


def _numbers(step: Factor) -> Iterator[float]:
    """The numbers of the operands among which a share is taken; an index is none of them."""
    op, operands = step.result.op, step.result.operands
    has_index = op is not None and op.variadic and op.selector
    return map(number_of, operands[1:] if has_index else operands)


def _listed(node: Value) -> str:
    numbers = [numeral(number_of(operand)) for operand in node.operands]
    return ", ".join(numbers[:6]) + (", ..." if len(numbers) > 6 else "")
