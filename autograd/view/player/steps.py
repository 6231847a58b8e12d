"""The steps of forward and backward, one at a time, and as scenes: what `backward()` does, slowly enough to read.

>>> from autograd import Value
>>> from autograd.view import backward_steps
>>> w, x = Value(0.5, "w"), Value(3.0, "x")
>>> for step in backward_steps(((w * x).named("z") ** 2).named("L")):
...     print(step)
z = w × x = 0.5 × 3 = 1.5
L = z² = 1.5² = 2.25
dL/dL = 1
dL/dz += dL/dL × dL/dz = 1 × 3 = 3
dL/dw += dL/dz × dz/dw = 3 × 3 = 9
dL/dx += dL/dz × dz/dx = 3 × 0.5 = 1.5
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from itertools import chain, islice
from typing import Any, Literal

from ...language import Language, chosen
from ...spelling import readable
from ...text import given
from ...value import Value
from ..calculation import Calculation, same
from ..copies import reduced
from ..notation.text import AT_MOST, broken, differential, joined, numeral, pieces, signed, text
from ..terminal import for_stdout
from ..words import sentences

__all__ = ["Step", "backward_steps", "scenes"]

Part = tuple[str, ...]  # (role, text), or (role, numerator, denominator) for a derivative
Parts = tuple[Part, ...]
Scene = dict[str, Any]  # a step as JSON

EQUALS, TIMES, PLUS = ("", " = "), ("", " × "), ("", " + ")
SHOWN = 200  # the most steps that are shown as a list


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class Step:
    """One step. Its `str()` is the line that a person would write.

    Attributes:
        kind: "forward" (an operation gives its result), "seed" (the output's own gradient, 1), "backward" (one edge
            passes a gradient on) or "hook" (a hook replaced a gradient that was complete).
        node: the Value that the step is about; going backward, the one whose gradient is passed on.
        parent: going backward, the operand that receives it; else None.
        index: which of the operands that are Values that is, since one Value can be there twice; else None.
        local: the local derivative d(node)/d(parent).
        incoming: d(output)/d(node).
        contribution: incoming × local; for a hook the gradient that it was given.
        accumulated: the gradient of the receiver so far, this step's contribution in it.
        lang: "en" or "zh", for the few words of `str()`.
        parts: the line in pieces, each with its role: what a page colours.
    """

    kind: Literal["forward", "seed", "backward", "hook"]
    node: Value
    parts: Parts
    lang: Language = "en"
    parent: Value | None = None
    index: int | None = None
    local: float | None = None
    incoming: float | None = None
    contribution: float | None = None
    accumulated: float | None = None

    def __str__(self) -> str:
        parts = in_words(self.parts, readable(self.lang))
        line = tuple((part[0], "/".join(part[1:])) for part in parts)
        return for_stdout(lambda columns: "\n    ".join(broken(line, columns - 4)))

    def __repr__(self) -> str:
        return f"<{self.kind}: {self}>"

    def __reduce__(self) -> tuple[Any, ...]:
        return reduced(self)


def in_words(parts: Parts, lang: Language) -> Parts:
    """Return the parts with those that are words in a language."""
    return tuple(("", sentences("steps", lang)[part[1]]) if part[0] == "word" else part for part in parts)


def backward_steps(
    output: Value, *, names: Mapping[str, object] | None = None, lang: Language | None = None
) -> Iterator[Step]:
    """Go through forward and backward one step at a time; changes no Value and no `.grad`.

    Forward, one step for each operation, as one reads them: the left operand before the right one. Then the seed,
    d(output)/d(output) = 1. Backward, one step for each edge, in the order of `backward()`:

        d(output)/d(parent)  +=  d(output)/d(node) × d(node)/d(parent)

    Hooks are called as `backward()` calls them; one that replaces a gradient is a step too.

    Args:
        output: what to differentiate.
        names: a mapping of names to Values, such as `globals()`, used for Values without a label. Without either,
            the output is called y, and any other Value v1, v2, ..., counted as one reads; u1, ... if the user has a v.
        lang: "en" or "zh"; if not given, the language of `autograd.language.speaking`.

    Returns:
        An iterator of `Step`; at a prompt and in a notebook it shows all steps, a line for each.

    Raises:
        TypeError: `output` is not a Value, or `names` is not a mapping.
        ValueError: another language.

    >>> from autograd import Value
    >>> x = Value(3.0, "x")
    >>> *_, last = backward_steps((x * x).named("y"))
    >>> print(last)
    dy/dx += dy/dy × dy/dx = 1 × 3 = 3; with what came before 3 + 3 = 6
    >>> last.accumulated, x.grad
    (6.0, 0.0)
    """
    if not isinstance(output, Value):
        raise TypeError(f"backward_steps takes a Value, but got {given(output)}")
    lang = chosen(lang)
    return Steps(Calculation.of(output, names), lang)


class Steps(Iterator[Step]):
    """The steps of a calculation, one at a time."""

    def __init__(self, calculation: Calculation, lang: Language) -> None:
        self._calculation = calculation
        self._lang: Language = lang
        self._left = _steps(calculation, lang)

    def __next__(self) -> Step:
        return next(self._left)

    def __repr__(self) -> str:
        order = self._calculation.order
        if any(node.notes is not None and node.notes.hooks for node in order):
            return f"<steps of {len(order):,} Values with hooks, which are called on the way: for step in ...>"
        lines = list(map(str, islice(_steps(self._calculation, self._lang), SHOWN + 1)))
        return "\n".join([*lines[:SHOWN], *["…"] * (len(lines) > SHOWN)])


def _steps(calculation: Calculation, lang: Language) -> Iterator[Step]:
    return chain(_forward(calculation, lang), _backward(calculation, lang))


def _forward(calculation: Calculation, lang: Language) -> Iterator[Step]:
    for node in calculation.nodes:
        if node.op is not None:
            yield Step("forward", node, _forward_line(calculation, node), lang)


def _forward_line(calculation: Calculation, node: Value) -> Parts:
    formula = calculation.expression(node)
    line: Parts = (("name", calculation.name(node).text), EQUALS, *pieces(formula), EQUALS)
    if _is_stale(calculation, node):
        return (*line, ("value", numeral(node.data)), ("word", "stale"))
    numbers = pieces(formula, values={calculation.name(parent): parent.data for parent in calculation.parents(node)})
    if joined(numbers) != numeral(node.data):
        line = (*line, *numbers, EQUALS)
    return (*line, ("value", numeral(node.data)))


def _is_stale(calculation: Calculation, node: Value) -> bool:
    leaf = any(parent.op is None for parent in calculation.parents(node))
    return leaf and not same(calculation.now(node), node.data)


def _backward(calculation: Calculation, lang: Language) -> Iterator[Step]:
    output = calculation.output
    sums = {**dict.fromkeys(calculation.nodes, 0.0), output: 1.0}
    reached = {output}

    def d(role: str, of: Value, by: Value) -> Part:
        return role, differential(calculation.name(of)), differential(calculation.name(by))

    seed = (d("gradient", output, output), EQUALS, ("gradient", numeral(1.0)))
    yield Step("seed", output, seed, lang, accumulated=1.0)
    for user in reversed(calculation.order):
        gradient = calculation.gradients[user]
        if user in sums and not same(arrived := sums[user], gradient):
            node = user
            replaced = (d("gradient", output, node), EQUALS, ("gradient", numeral(gradient)))
            line: Parts = (*replaced, ("word", "hook"), ("incoming", numeral(arrived)))
            yield Step("hook", node, line, lang, contribution=arrived, accumulated=gradient)
        for node, i, parent, local in calculation.edges(user):
            before, contribution = sums[parent], gradient * local
            after = sums[parent] = before + contribution
            line = (
                d("gradient", output, parent), ("", " += "), d("incoming", output, node), TIMES,
                d("local", node, parent),
                EQUALS, _number("incoming", gradient), TIMES, _number("local", local),
                EQUALS, ("gradient", numeral(contribution)),
            )  # fmt: skip
            if parent in reached:
                total = (_number("gradient", before), PLUS, _number("gradient", contribution))
                line = (*line, ("word", "sum"), *total, EQUALS, ("gradient", numeral(after)))
            reached.add(parent)
            yield Step("backward", node, line, lang, parent, i, local, gradient, contribution, after)


def _number(role: str, x: float) -> Part:
    return role, signed(numeral(x))


# --- scenes: the start, then one for each step ---


def scenes(calculation: Calculation) -> list[Scene]:
    """Return the start and the steps as the player shows them.

    Values are given by their places in the order, an edge as "node.index". A scene has its phase, the keys of its
    sentences (`say`), the line in parts, and what these are about: the Value that the step goes through (`node`), the
    one that receives something (`to`), the edges in between, and for the backward phase what the first edge (`local`)
    and the receiver (`gradient`) show from then on.
    """
    output = calculation.output
    place = {node: i for i, node in enumerate(calculation.nodes)}
    steps = list(_steps(calculation, "en"))
    last_of = {step.parent: step for step in steps if step.parent is not None}  # completes the gradient of its parent
    question = (("name", calculation.name(output).text), EQUALS, ("value", "?"))
    found: list[Scene] = [{"phase": "start", "say": ["start"], "line": question, "edges": []}]
    arrived: set[Value] = set()
    rules: dict[Value, list[str]] = {}
    for step in steps:
        node = place[step.node]
        scene: Scene = {"phase": "backward", "say": [step.kind], "line": step.parts, "node": node, "to": node}
        scene["edges"] = []
        if step.accumulated is None:
            scene |= {
                "phase": "forward",
                "edges": [f"{node}.{i}" for i, _ in enumerate(calculation.parents(step.node))],
                **_with_places(calculation, step.node, place),
            }
        else:
            scene |= {"gradient": [numeral(step.accumulated), repr(step.accumulated)], "complete": True}
        if step.parent is not None:
            assert step.index is not None and step.local is not None  # as for every edge
            scene |= {"to": place[step.parent], "edges": [f"{node}.{step.index}"], "local": numeral(step.local)}
            if step.node not in rules:
                rules[step.node] = _rules(calculation, step.node)
            rule = rules[step.node][step.index]
            if step.node is output:
                scene["say"] = ["direct" if step.incoming == 1.0 else "directHooked"]
            if rule != scene["local"]:
                scene["rule"] = rule
                scene["say"].append("rule")
            if step.contribution == 0.0:  # 0 times inf is nan, and passed on
                if step.incoming == 0.0:
                    scene["say"].append("nothing")
                elif step.local == 0.0:
                    scene["say"].append("blocked")
            if step.parent in arrived:
                scene["say"].append("again")
            if last_of[step.parent] is step:
                scene["say"].append("complete")
            else:
                del scene["complete"]
            arrived.add(step.parent)
        found.append(scene)
    found[-1]["say"].append("end")
    return found


class _Place(float):
    """A number that will be in a line: that of the Value at this place in the order."""


def _with_places(calculation: Calculation, node: Value, place: Mapping[Value, int]) -> Scene:
    """Return how many parts of the line of a node have no numbers of Values, and the part with these.

    A part is a role and a text or, in place of a number, "value", "", the place in the order, and whether the number is
    without parentheses if it is negative.
    """
    formula = calculation.expression(node)
    values = {calculation.name(parent): _Place(place[parent]) for parent in calculation.parents(node)}
    line = pieces(formula, lambda x: f"-{x:.0f}" if isinstance(x, _Place) else numeral(x), values)
    numbers = [
        (role, "", int(words.strip("()-")), words[0] == "-") if role == "value" else (role, words)
        for role, words in line
    ]
    return {"formula": len(pieces(formula)) + 3, "numbers": numbers}


def _rules(calculation: Calculation, node: Value) -> list[str]:
    """Return the local derivative with respect to each parent as a formula; of many operands, just the numbers."""
    if len(calculation.operands(node)) > AT_MOST:
        return [numeral(partial) for partial in calculation.partials(node)]
    return [text(rule.expr) for rule in calculation.rules(node)]
