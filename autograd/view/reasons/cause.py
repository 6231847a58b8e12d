"""Which step of a path is to blame for the gradient at its end, and of what kind the trouble is.

The first step, seen from the output, that makes the gradient 0, inf or nan is to blame for that. For a gradient that
is only small or large it is the first one that shrinks or enlarges it about as much as the worst one does.

>>> from autograd import Value, relu
>>> from autograd.view.calculation import Calculation
>>> x = Value(-3.0, "x")
>>> y = relu(x)
>>> cause_of("zero", Paths(Calculation.of(y), [x])).kind
'dead'
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import takewhile

from ...graph import topological_order
from ...value import Value
from ..calculation import number_of, same
from ..response import Response, moved, overflows, response, signs
from ..verdicts import EXPLODED, SMALL, VANISHED, Verdict
from .path import Factor, Paths

__all__ = ["Cause", "cause_of", "origin", "partner"]


@dataclass(frozen=True)
class Cause:
    """What is to blame.

    Attributes:
        kind: what kind of cause it is, such as "dead".
        step: the step that is to blame, or None if it is none in particular.
        node: the Value that went wrong on the way forward, if the trouble began there.
    """

    kind: str
    step: Factor | None = None
    node: Value | None = None


def cause_of(verdict: Verdict, paths: Paths) -> Cause:
    """Return the cause of a gradient with this verdict."""
    if verdict == "not connected":
        return Cause("swapped" if paths.output in set(topological_order(paths.wrt)) else "unconnected")
    if not paths.steps:
        return Cause("itself")
    if verdict == "zero":
        return _zero(paths)
    if verdict in ("nan", "inf"):
        return _not_finite(paths)
    if verdict == "healthy":
        return _healthy(paths)
    return _size(paths, {"exploded": EXPLODED, "vanished": VANISHED, "small": SMALL}[verdict])


# --- the gradient became 0 ---


def _zero(paths: Paths) -> Cause:
    step = next(step for step in reversed(paths.steps) if step.gradient == 0 != step.arriving)
    if step.is_hook:
        return Cause("hook", step)
    if step.slope == 0:
        return Cause(_kind_of_zero(paths, step), step)
    if step.part:
        return Cause("cancel", step)
    flat = next((s for s in paths.steps if s.slope == 0 and not s.is_hook), None)  # it needs no underflow
    if flat is not None:
        return Cause(_kind_of_zero(paths, flat), flat)
    return Cause("underflow", None if _beyond_floats(paths.steps) < 0 else step)


def _beyond_floats(steps: Sequence[Factor]) -> int:
    """1 if the slopes of the steps multiply to more than the largest float, -1 if to less than the smallest, else 0."""
    slopes = [abs(step.slope) for step in steps]
    if not all(0.0 < slope < math.inf for slope in slopes):
        return 0
    size = math.fsum(map(math.log2, slopes))
    return 1 if size > 1024 else -1 if size < -1075 else 0


def _kind_of_zero(paths: Paths, step: Factor) -> str:
    if paths.is_product(step):
        return "factor"
    if _response(step).is_unchosen:
        return "choice"
    return _shape(step)


def _shape(step: Factor) -> str:
    """How an operation is flat at its operand: told by its slopes elsewhere, so that it holds for a user's own too."""
    operation = _response(step)
    if operation.is_share:
        return "spread"
    x, here = step.operand.data, abs(step.slope)
    if len(step.result.parents) > 1 or not math.isfinite(x):
        return "flat"
    away = x or -1.0  # the side that leads away from 0
    if abs(operation.slope(2 * away)) > 0.49 * here:  # it does not fall faster than 1/x: what saturates is bounded
        return "flat"
    if x and any(abs(operation.slope(x / 2**n)) > here for n in range(1, 12)):
        return "saturated"
    if abs(operation.slope(-away)) > here:
        return "flat" if here else "dead"
    return "step" if not here and operation.jumps else "flat"


# --- it stopped being finite ---


def _not_finite(paths: Paths) -> Cause:
    finite = math.isfinite
    step = next(step for step in reversed(paths.steps) if not finite(step.gradient) and finite(step.arriving))
    if step.is_hook:
        return Cause("hook", step)
    if not math.isfinite(step.slope):
        return _zero_arrives(paths, step) if step.arriving == 0 else _slope_not_finite(paths, step)
    if {math.inf, -math.inf} <= set(paths.parts(step.operand)):
        return Cause("paths inf - inf", step)
    if not math.isinf(step.part):
        return Cause("add up", step)
    return Cause("overflow", None if _beyond_floats(paths.steps) > 0 else step)


def _zero_arrives(paths: Paths, step: Factor) -> Cause:
    before = takewhile(lambda s: s is not step, paths.steps)
    choice = next((s for s in before if s.slope == 0), None)
    if choice is not None and _kind_of_zero(paths, choice) == "choice":
        return Cause("unchosen", step)
    return Cause("0 × inf", step) if math.isinf(step.slope) else _slope_not_finite(paths, step)


def _slope_not_finite(paths: Paths, step: Factor) -> Cause:
    wrong = origin(step.result, paths.steps)
    if wrong is not None and wrong is not step.result:
        return Cause(_kind_of_wrong(wrong), next((s for s in paths.steps if s.result is wrong), None), wrong)
    operands = [number_of(operand) for operand in step.result.operands]
    if not all(map(math.isfinite, operands)) and paths.is_product(step):
        return Cause("factor", step)
    if step.result.data != step.result.data:
        return Cause(_kind_of_wrong(step.result), step, step.result)
    if step.slope != step.slope:
        return Cause("undefined", step)
    operation = _response(step)
    if any(operation.by(i).is_divided_by for i, x in enumerate(operands) if x == 0.0):
        return Cause("division by 0", step)
    if operation.is_logarithm_at_0:
        return Cause("log of 0", step)
    return Cause("made inf", step, step.result) if overflows(step.result) else Cause("pole", step)


def origin(output: Value, steps: Sequence[Factor] = ()) -> Value | None:
    """Return the Value in which numbers stopped being finite on their way to an output, or None.

    Of several it is one on the path, the last one there, or else the first in an order that is not that of operands.
    """
    found, waiting = {output}, [output]
    while waiting:
        new = {x for x in waiting.pop().parents if not math.isfinite(x.data)} - found
        found |= new
        waiting += new
    first = [x for x in found if not math.isfinite(x.data) and all(math.isfinite(y.data) for y in x.parents)]
    way = {value: i for i, step in enumerate(steps) for value in (step.result, step.operand)}

    def order(x: Value) -> tuple[object, ...]:
        numbers = sorted(f"{number_of(operand) + 0.0:.9g}" for operand in x.operands)
        return -way.get(x, -1), x.op.name if x.op is not None else "", str(x.data), numbers, x.label

    return min(first, key=order, default=None)


def _kind_of_wrong(node: Value) -> str:
    """How the first number came about that is not finite."""
    if node.op is None:
        return "given"
    if math.isinf(node.data):
        return "made inf"
    terms = {
        number_of(operand) * sign
        for operand, sign in zip(node.operands, signs(node.op, len(node.operands)), strict=False)
    }
    return "made inf - inf" if {math.inf, -math.inf} <= terms else "made nan"


# --- it became small or large, or is neither ---


def _size(paths: Paths, bound: float) -> Cause:
    """The cause of a gradient that is beyond a bound, without being 0 or infinite."""
    direction = 1 if bound > 1 else -1
    factors = [
        (step, kind, size) for step in paths.steps for kind, size in (("slope", step.slope), ("paths", step.paths))
    ]
    growth = [direction * math.log(abs(size)) if size else 0.0 for _, _, size in factors]
    limit = max(math.log(EXPLODED), max(growth) / 2)  # beyond it a single factor can be the culprit
    for (step, kind, _), grown in zip(factors, growth, strict=True):
        if grown >= limit:
            if step.is_hook:
                return Cause("hook", step)
            if kind == "paths":
                return Cause("add up" if direction > 0 else "cancel", step)
            return Cause(_kind_of_size(paths, step), step)
    alone = abs(paths.steps[-1].product)
    if paths.count(2) == 1 or ((alone > bound) if direction > 0 else (alone < bound)):
        return Cause("shrink")
    return Cause("all add up" if direction > 0 else "all cancel")


def _kind_of_size(paths: Paths, step: Factor) -> str:
    if paths.is_product(step):
        return "factor"
    if abs(step.slope) > 1:
        return "large"
    return "saturated" if _shape(step) == "saturated" else "spread" if _response(step).is_share else "small"


def _healthy(paths: Paths) -> Cause:
    extreme = [step for step in paths.steps if not SMALL <= abs(step.slope) <= EXPLODED]
    flat = next((s for s in extreme if not s.is_hook and _kind_of_size(paths, s) in ("saturated", "spread")), None)
    if flat is not None:
        return Cause(_kind_of_size(paths, flat), flat)
    return Cause("balanced" if extreme else "fine")


def partner(paths: Paths, step: Factor) -> Value | float | None:
    """Return the factor by which a product multiplies the operand, if it is one operand of it."""
    if not paths.is_product(step):
        return None
    operation, operands = _response(step), step.result.operands
    numbers = operation.numbers
    places = [operation.by(i) for i, x in enumerate(operands) if x is step.operand]
    found = []
    for i, by in enumerate(operands):
        other = moved(numbers[i])  # the slope follows it
        for place in places if same(numbers[i], step.slope) else ():
            changed = replace(place, numbers=(*numbers[:i], other, *numbers[i + 1 :]))
            if i != place.at and same(changed.slope_here, other):
                found.append(by)
    return min(found, key=lambda by: by.label if isinstance(by, Value) else "", default=None)


def _response(step: Factor) -> Response:
    return response(step.result, step.operand)
