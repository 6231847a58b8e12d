"""The steps of forward and backward, one at a time: what `backward()` does, slowly enough to read.

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
from itertools import chain, repeat
from typing import Any, Literal

from ...language import Language, chosen
from ...primitives import Primitive
from ...text import given
from ...value import Value
from ..calculation import Calculation, number_of, same
from ..copies import reduced
from ..notation.text import joined, numeral, pieces, signed
from ..words import sentences

__all__ = ["Step", "backward_steps", "steps_of"]

Part = tuple[str, ...]  # (role, text), or (role, numerator, denominator) for a derivative
Parts = tuple[Part, ...]


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class Step:
    """One step. Its `str()` is the line that a person would write.

    Attributes:
        kind: "forward" (an operation gives its result), "seed" (the output's own gradient, 1), "backward" (one edge
            passes a gradient on) or "hook" (a hook replaced a gradient that was complete).
        node: the Value that the step is about; going backward, the one whose gradient is passed on.
        parent: going backward, the operand that receives it; else None.
        index: which of `node.parents` that is, since one Value can be there twice; else None.
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
        return "".join("/".join(part[1:]) for part in in_words(self.parts, self.lang))

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
            the output is called y, and any other Value v1, v2, ..., counted as one reads.
        lang: "en" or "zh"; if not given, the language of `autograd.language.speaking`.

    Returns:
        An iterator of `Step`.

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
    calculation = Calculation.of(output, names)
    _ = calculation.names  # refuses names that are no mapping before the first step
    return steps_of(calculation, lang)


def steps_of(calculation: Calculation, lang: Language) -> Iterator[Step]:
    """Return the steps of a calculation."""
    return chain(_forward(calculation, lang), _backward(calculation, lang))


def _forward(calculation: Calculation, lang: Language) -> Iterator[Step]:
    for node in calculation.nodes:
        if node.op is not None:
            yield Step("forward", node, _forward_line(calculation, node, node.op), lang)


def _backward(calculation: Calculation, lang: Language) -> Iterator[Step]:
    order, output = calculation.nodes, calculation.output
    text = {node: calculation.name(node).text for node in order}
    gradients = dict(zip(order, repeat(0.0)))
    gradients[output] = 1.0
    reached = {output}
    seed = (_derivative("gradient", text[output], text[output]), ("", " = "), ("gradient", numeral(1.0)))
    yield Step("seed", output, seed, lang, accumulated=1.0)
    for node in reversed(order):
        gradient = gradients[node]
        if node.notes is not None and node.notes.hooks:
            hooked = node.notes.hooked(gradient)
            hooked = hooked.data if isinstance(hooked, Value) else hooked
            if not same(hooked, gradient):
                line = _hook_line(text[output], text[node], gradient, hooked)
                yield Step("hook", node, line, lang, contribution=gradient, accumulated=hooked)
            gradient = gradients[node] = hooked
        for i, (parent, local) in enumerate(zip(node.parents, node.partials, strict=True)):
            before = gradients[parent]
            contribution = gradient * local
            after = gradients[parent] = before + contribution
            line = _chain_rule(text[output], text[node], text[parent], gradient, local, contribution)
            if parent in reached:
                line += _addition(before, contribution, after)
            reached.add(parent)
            yield Step("backward", node, line, lang, parent, i, local, gradient, contribution, after)


# --- lines ---


def _derivative(role: str, of: str, by: str) -> Part:
    return role, f"d{of}", f"d{by}"


def _number(role: str, x: float) -> Part:
    return role, signed(numeral(x))


def _chain_rule(output: str, node: str, parent: str, incoming: float, local: float, contribution: float) -> Parts:
    return (
        _derivative("gradient", output, parent), ("", " += "),
        _derivative("incoming", output, node), ("", " × "), _derivative("local", node, parent),
        ("", " = "), _number("incoming", incoming), ("", " × "), _number("local", local),
        ("", " = "), ("gradient", numeral(contribution)),
    )  # fmt: skip


def _addition(before: float, contribution: float, after: float) -> Parts:
    return (
        ("word", "sum"), _number("gradient", before), ("", " + "), _number("gradient", contribution),
        ("", " = "), ("gradient", numeral(after)),
    )  # fmt: skip


def _hook_line(output: str, node: str, before: float, after: float) -> Parts:
    return (
        _derivative("gradient", output, node), ("", " = "), ("gradient", numeral(after)),
        ("word", "hook"), ("incoming", numeral(before)),
    )  # fmt: skip


def _forward_line(calculation: Calculation, node: Value, op: Primitive) -> Parts:
    formula = calculation.expression(node)
    line: Parts = (("name", calculation.name(node).text), ("", " = "), *pieces(formula), ("", " = "))
    if _is_stale(node, op):
        return (*line, ("value", numeral(node.data)), ("word", "stale"))
    numbers = pieces(formula, values={calculation.name(parent): parent.data for parent in node.parents})
    if joined(numbers) != numeral(node.data):
        line = (*line, *numbers, ("", " = "))
    return (*line, ("value", numeral(node.data)))


def _is_stale(node: Value, op: Primitive) -> bool:
    if all(parent.op is not None for parent in node.parents):
        return False
    return not same(op.value(*map(number_of, node.operands)), node.data)
