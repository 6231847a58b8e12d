"""What is said of a path: the sentence of its cause, and the table of its steps. Counts count what they name.

>>> from autograd.operation import TABLE
>>> shown(TABLE["mul"]), shown(TABLE["sigmoid"]), shown(TABLE["relu"])
('×', 'sigmoid', 'ReLU')
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from functools import cached_property
from itertools import dropwhile

from ...language import Language
from ...nn.module import Parameter
from ...operation import Primitive
from ...value import Value
from ..calculation import Calculation, number_of
from ..network import Owner, Place, owners, places
from ..notation.text import derivative, differential, numeral, signed
from ..response import STEP, overflows, response
from ..verdicts import SMALL, Verdict, word
from ..words import sentences
from .cause import Cause, origin, partner
from .path import Factor, Paths

__all__ = ["Wording", "shown"]

GROUPS = 3  # the largest number of operations that are named one by one; the others are counted together
SHOWN = 12  # the longest path that is shown whole; of a longer one its ends and the culprit
MANY = 10**6  # more paths than this are not counted
FEW = 20  # the largest number of Values without a name that are called v1, v2, ...; of more, nobody would find one


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
        self._calculation, self._paths = calculation, paths
        self._verdict: Verdict = verdict
        self._steps: Sequence[Factor] = paths.steps
        self._lang: Language = lang
        self._words = sentences("why", lang)
        self._has_few = sum(not calculation.labels[node].strip() for node in calculation.nodes) <= FEW

    def title(self) -> str:
        """Return the gradient with its verdict."""
        wrt = self._paths.wrt
        by = differential(self._calculation.name(wrt)) if self._name(wrt) else f"d({self._noun(wrt)})"
        ratio = f"{differential(self._calculation.name(self._paths.output))}/{by}"
        gradient = f"{ratio} = {numeral(self._paths.gradient or 0.0)}"
        return self._words["title"].format(gradient=gradient, verdict=word(self._verdict, self._lang))

    def comparison(self, verdicts: Mapping[Value, Verdict]) -> str:
        """Return how many Values were asked about, and how many of their gradients have the same trouble."""
        if len(verdicts) == 1:
            return ""
        alike = Counter(verdicts.values())[self._verdict] - 1
        parameters = sum(isinstance(value, Parameter) for value in verdicts)
        kind = "parameters" if parameters == len(verdicts) else "values" if parameters else "inputs"
        words = self._words["others" if alike else "no others"]
        return words.format(n=len(verdicts), alike=alike, kind=self._words[kind])

    # --- what Values and steps are called ---

    def _name(self, node: Value) -> str:
        """The name of a Value that the user gave or can find: "" for one of many without, or if its place is known."""
        is_named = node is self._paths.output or self._calculation.labels[node].strip()
        return self._calculation.name(node).text if is_named or (self._has_few and node not in self._places) else ""

    def _noun(self, node: Value) -> str:
        """A Value in a sentence: its name, else its operation and where that is."""
        if self._name(node) or not self._where(node):
            return self._name(node) or self._words["unnamed"].format(x=numeral(node.data))
        return self._what(node)

    def _where(self, node: Value) -> str:
        """Where the operation is that made a Value, such as "in layers.3, neuron 2"; "" if that is unknown."""
        if name := self._name(node):
            return self._words["in name"].format(name=name)
        if (place := self._places.get(node)) is None:
            return self._words["in step"].format(n=self._numbers[node]) if node in self._numbers else ""
        path = place.owner.path or place.owner.title
        path = self._words["layer"].format(path=path) if path[:1].isdigit() else path
        kind = "after layer" if place.is_after else "in layer" if place.neuron is None else "in neuron"
        where = self._words[kind].format(path=path, neuron=place.neuron)
        is_alone = self._alike[self._op(node), place] == 1 or node not in self._numbers
        return where if is_alone else self._words["one of several"].format(here=where, n=self._numbers[node])

    def _op(self, node: Value) -> str:
        return shown(self._calculation.op(node))

    def _what(self, node: Value) -> str:
        """The operation that made a Value, with where it is."""
        op, name, where = self._op(node), self._name(node), self._where(node)
        if name:
            return self._words["op in name"].format(op=op, name=name)
        return self._words["op here"].format(op=op, here=where) if where else op

    @cached_property
    def _owned(self) -> dict[Value, Owner]:
        modules = self._calculation.modules
        return owners(True, modules) if modules else {}

    @cached_property
    def _places(self) -> dict[Value, Place]:
        return places(self._paths.way[::-1], self._owned) if self._owned else {}

    @cached_property
    def _alike(self) -> Counter[tuple[str, Place]]:
        """How many steps have the same operation in the same place, as those of a recurrent layer have."""
        return Counter((self._op(node), place) for node, place in self._places.items())

    @cached_property
    def _numbers(self) -> dict[Value, int]:
        """The numbers of the steps, by their results."""
        return {step.result: n for n, step in enumerate(self._steps, 1) if not step.is_hook}

    # --- the sentence ---

    def sentence(self, cause: Cause) -> str:
        """Return a cause in words, with what to do about it."""
        kind, step = cause.kind, cause.step
        facts = {"output": self._noun(self._paths.output), "wrt": self._noun(self._paths.wrt)}
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
            by = f"{self._noun(factor)} = {by}"
        operands = list(_numbers(step)) or [math.nan]
        choice = next((s for s in self._steps if s.slope == 0), step)
        parts = [0.0] if step.is_hook else self._paths.parts(step.operand)
        x, name = step.operand.data, self._name(step.operand)
        return {
            "op": self._op(step.result), "by": self._noun(step.operand), "result": self._noun(step.result),
            "it": name or self._words["it"], "here": self._where(step.result),
            "what": self._op(step.result) if name else self._what(step.result),
            "at": self._words["at name"].format(by=name) if name else "",
            "makes": self._words["makes name" if self._name(step.result) else "makes here"].format(
                name=self._name(step.result), here=self._where(step.result)
            ),
            "x": numeral(x), "y": numeral(step.result.data), "slope": numeral(step.slope),
            "side": "≤" if x <= 0 else "≥", "arriving": numeral(step.arriving), "gradient": numeral(step.gradient),
            "factor": by, "inputs": _listed(step.result),
            "least": numeral(min(operands)), "most": numeral(max(operands)),
            "count": str(len(parts)), "largest": numeral(max(map(abs, parts))),
            "choice": self._op(choice.result), "branch": self._noun(choice.operand),
        }  # fmt: skip

    def _made(self, node: Value) -> dict[str, str]:
        op, name, y = self._op(node), self._name(node), numeral(node.data)
        made = self._words["name is"].format(name=name, y=y) if name else y
        what, inputs = op if name else self._what(node), _listed(node)
        return {"op": op, "what": what, "result": self._noun(node), "made": made, "y": y, "inputs": inputs}

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
            kind = "hook" if step.is_hook else "" if self._paths.is_product(step) else self._op(step.result)
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
        for n, omitted in self._excerpt(culprit):
            step = self._steps[n]
            what, by = self._row(step, n)
            yield what, numeral(step.slope), numeral(step.product), by + ("  ←" if step is culprit else "")
            if omitted:
                yield (self._words["omitted"].format(n=omitted),)

    def _excerpt(self, culprit: Factor | None) -> list[tuple[int, int]]:
        """The positions of the steps to show, each with how many are left out after it."""
        count = len(self._steps)
        if count <= SHOWN:
            return [(n, 0) for n in range(count)]
        at = next((i for i, step in enumerate(self._steps) if step is culprit), 0)
        kept = sorted({*range(4), *range(max(0, at - 1), min(count, at + 2)), *range(count - 4, count)})
        return [(i, after - i - 1) for i, after in zip(kept, [*kept[1:], count], strict=True)]

    def _row(self, step: Factor, n: int) -> tuple[str, str]:
        """What a row is about, a derivative or else an operation and where it is; and what multiplies the gradient."""
        result, operand = self._paths.output if step.is_hook else step.result, step.operand
        by = self._by(step, "at")
        of, wrt = self._name(result), self._name(operand)
        if of and wrt:
            return derivative(self._calculation.name(result), self._calculation.name(operand)).text, by
        if step.is_hook or not (of or wrt or result in self._places):
            return self._words["row"].format(n=n + 1), by
        is_told = of or result in self._places
        what = self._what(result) if is_told else self._words["op of name"].format(op=self._op(result), name=wrt)
        return what, self._by(step, "at alone")

    def _by(self, step: Factor, at: str) -> str:
        """What multiplies the gradient in a step; `at` is the key of the words for a function of one operand."""
        if step.is_hook:
            return self._words["hooked"].format(before=numeral(step.arriving), after=numeral(step.gradient))
        op, operands = self._calculation.op(step.result), self._calculation.operands(step.result)
        factor, sign = partner(self._paths, step), shown(op)
        if factor is not None and (len(operands) == 2 or at == "at alone"):
            weight = self._owned.get(factor) if isinstance(factor, Value) and step.result in self._places else None
            return f"× {weight.name if weight is not None else numeral(step.slope)}"
        if len(operands) == 2 and not any(map(str.isalnum, sign)):
            left, right = operands
            return f"{sign} {_numeral(right)}" if left is step.operand else f"{_numeral(left)} {sign}"
        if len(operands) == 1 or (at == "at alone" and op is not None and not op.variadic):
            return self._words[at].format(op=sign, x=numeral(step.operand.data))
        return sign

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
