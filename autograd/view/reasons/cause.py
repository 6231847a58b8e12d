"""Which step of a path is to blame for the gradient at its end, and of what kind the trouble is.

The first step, seen from the output, that makes the gradient 0, inf or nan is to blame for that. For a gradient that
is only small or large it is the first one that shrinks or enlarges it about as much as the worst one does.

>>> from autograd import Value, relu
>>> from autograd.graph import reverse_sweep, topological_order
>>> x = Value(-3.0, "x")
>>> y = relu(x)
>>> cause_of("zero", Paths(y, x, topological_order(y), reverse_sweep(y))).kind
'dead'
"""

from __future__ import annotations

import math
from dataclasses import dataclass

from ...graph import topological_order
from ...value import Value
from ..numbers import number_of, same
from ..sizes import EXPLODED, SMALL, VANISHED, Verdict
from .path import Factor, Paths

__all__ = ["Cause", "cause_of", "is_product", "partner"]

WEAK, STRONG = 1e-3, 1e3  # beyond these a single factor can be the culprit

CHOICES = ("where", "maximum", "minimum", "max", "min", "clip")
PRODUCTS = ("mul", "dot", "prod", "div")
SHARES = ("softmax", "log_softmax", "logsumexp")
LOGARITHMS = ("log", "log2", "log10")


@dataclass(frozen=True)
class Cause:
    """What is to blame.

    Attributes:
        kind: the key of its sentence in `why_words`.
        step: the step that is to blame, or None where it is none in particular.
        node: the Value that went wrong on the way forward, where the trouble began there.
    """

    kind: str
    step: Factor | None = None
    node: Value | None = None


def cause_of(verdict: Verdict, paths: Paths) -> Cause:
    """Return the cause of a gradient that was called so."""
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
        return Cause(_kind_of_zero(step), step)
    return Cause("cancel", step) if step.part else Cause("underflow")


def _kind_of_zero(step: Factor) -> str:
    if step.op in PRODUCTS:
        return "factor"
    if step.op in CHOICES:
        return "choice"
    return _shape(step)


def _shape(step: Factor) -> str:
    """How an operation is flat at its operand: told by its slopes elsewhere, so that it holds for a user's own too."""
    if step.op in SHARES:
        return "spread"
    x, here = step.operand.data, abs(step.slope)
    if len(step.result.parents) > 1 or not math.isfinite(x):
        return "flat"
    away = x or -1.0  # the side that leads away from 0
    if _slope_at(step, 2 * away) > 0.49 * here:  # it does not fall faster than 1/x: what saturates is bounded
        return "flat"
    if x and any(_slope_at(step, x / 2**n) > here for n in range(1, 12)):
        return "saturated"
    return "step" if not _slope_at(step, -away) > here else "flat" if here else "dead"


def _slope_at(step: Factor, x: float) -> float:
    """The size of the slope of the step's operation with x in the place of the operand; nan outside of its domain."""
    op, operands = step.result.op, step.result.operands
    assert op is not None  # it has an operand
    at = next(i for i, operand in enumerate(operands) if operand is step.operand)
    numbers = [*map(number_of, operands[:at]), x, *map(number_of, operands[at + 1 :])]
    try:
        return float(abs(op.partial(at, op.value(*numbers), numbers)))
    except (ArithmeticError, TypeError, ValueError):
        return math.nan


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
    return Cause("overflow") if math.isinf(step.part) else Cause("add up", step)


def _zero_arrives(paths: Paths, step: Factor) -> Cause:
    choice = next((s for s in paths.steps if s.slope == 0), None)
    return Cause("unchosen" if choice is not None and choice.op in CHOICES else "0 × inf", step)


def _slope_not_finite(paths: Paths, step: Factor) -> Cause:
    before = topological_order(step.result)
    wrong = next((node for node in before if not math.isfinite(node.data)), None)
    if wrong is not None and wrong is not step.result:
        return Cause(_kind_of_wrong(wrong), next((s for s in paths.steps if s.result is wrong), None), wrong)
    if not all(math.isfinite(number_of(operand)) for operand in step.result.operands):
        return Cause("factor", step)
    x, y = step.operand.data, step.result.data
    if y != y:
        return Cause("made nan", step, step.result)
    if step.slope != step.slope:
        return Cause("undefined", step)
    if step.op in ("div", "reciprocal") and number_of(step.result.operands[-1]) == 0:
        return Cause("division by 0", step)
    if step.op in LOGARITHMS and x == 0:
        return Cause("log of 0", step)
    return Cause("made inf", step, step.result) if math.isinf(y) and abs(x) > 1 else Cause("pole", step)


def _kind_of_wrong(node: Value) -> str:
    """How the first number came about that is not finite."""
    if node.op is None:
        return "given"
    if math.isinf(node.data):
        return "made inf"
    return "made inf - inf" if any(math.isinf(number_of(operand)) for operand in node.operands) else "made nan"


# --- it became small or large, or is neither ---


def _size(paths: Paths, bound: float) -> Cause:
    """The cause of a gradient that is beyond a bound, without being 0 or infinite."""
    direction = 1 if bound > 1 else -1
    factors = [
        (step, kind, size) for step in paths.steps for kind, size in (("slope", step.slope), ("paths", step.paths))
    ]
    growth = [direction * math.log(abs(size)) if size else 0.0 for _, _, size in factors]
    limit = max(math.log(STRONG), max(growth) / 2)
    for (step, kind, _), grown in zip(factors, growth, strict=True):
        if grown >= limit:
            if step.is_hook:
                return Cause("hook", step)
            if kind == "paths":
                return Cause("add up" if direction > 0 else "cancel", step)
            return Cause(_kind_of_size(step), step)
    alone = abs(paths.steps[-1].product)
    if (alone > bound) if direction > 0 else (alone < bound):
        return Cause("shrink")
    return Cause("all add up" if direction > 0 else "all cancel")


def _kind_of_size(step: Factor) -> str:
    if step.op in PRODUCTS:
        return "factor"
    if abs(step.slope) > 1:
        return "large"
    return "saturated" if _shape(step) == "saturated" else "spread" if step.op in SHARES else "small"


def _healthy(paths: Paths) -> Cause:
    extreme = [step for step in paths.steps if not WEAK <= abs(step.slope) <= STRONG]
    flat = next((s for s in extreme if not s.is_hook and _kind_of_size(s) in ("saturated", "spread")), None)
    if flat is not None:
        return Cause(_kind_of_size(flat), flat)
    return Cause("balanced" if extreme else "fine")


# --- what operands are ---


def is_product(step: Factor) -> bool:
    """Whether the step is by a weight or another factor, rather than by an activation."""
    return step.op in PRODUCTS


def partner(step: Factor) -> Value | float | None:
    """Return the factor by which a product multiplies the operand, if it is one operand of it."""
    operands = step.result.operands
    half = len(operands) // 2
    if step.op not in ("mul", "dot"):
        return None
    pairs = zip(operands, (*operands[half : 2 * half], *operands[:half]), strict=False)
    return next((by for x, by in pairs if x is step.operand and same(number_of(by), step.slope)), None)
