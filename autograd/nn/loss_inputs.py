"""What losses are given, checked, and how the losses of many numbers become one."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from .. import functions
from ..primitives import number
from ..text import shown
from ..value import Value
from ..whole import Whole, as_number
from .arguments import as_list, is_sequence

__all__ = [
    "Shape", "check_probability", "check_reduction", "class_weight", "class_weights", "classes_of", "flat", "pairs_of",
    "reduced", "samples_of",
]  # fmt: skip

Shape = tuple[int, ...]
REDUCTIONS = ("mean", "sum", "none")


def flat(x: Any, what: str) -> tuple[list[Any], Shape]:
    """Return the numbers in x, floats, Values or Wholes, and its shape."""
    level: list[Any] = [x]
    shape: Shape = ()
    while is_sequence(level[0]):
        rows = [as_list(row, what) if is_sequence(row) else None for row in level]
        widths = {None if row is None else len(row) for row in rows}
        if len(widths) > 1:
            raise ValueError(f"{what} is ragged below shape {shape}: pad the rows or split the batch")
        level = [item for row in rows if row is not None for item in row]
        shape += (len(level) // len(rows),)
        if not level:
            raise ValueError(f"{what} is empty, its shape is {shape}: a loss needs at least one number")
    numbers = [
        v if v.__class__ is float or isinstance(v, (Value, Whole)) else number(v, f"a number of {what}") for v in level
    ]
    return numbers, shape


def pairs_of(input: Any, target: Any, owner: str) -> tuple[list[tuple[Any, Any]], Shape]:
    """Return each number of the input with its target."""
    xs, shape = flat(input, f"the input of {owner}")
    ts, target_shape = flat(target, f"the target of {owner}")
    if shape != target_shape:
        raise ValueError(
            f"{owner} takes an input and a target of the same shape, but got {shape} and {target_shape}; "
            "nothing is broadcast"
        )
    return [(as_number(x), as_number(t)) for x, t in zip(xs, ts, strict=True)], shape


def samples_of(input: Any, owner: str) -> tuple[list[list[Any]], Shape]:
    """Return the scores of each sample, one for each class."""
    xs, shape = flat(input, f"the input of {owner}")
    if len(shape) not in (1, 2):
        raise ValueError(f"{owner} takes an input of shape (classes,) or (samples, classes), but got {shape}")
    classes = shape[-1]
    return [list(map(as_number, xs[i : i + classes])) for i in range(0, len(xs), classes)], shape


def classes_of(target: Any, shape: Shape, owner: str, ignore_index: int | None = None) -> list[int | Whole | None]:
    """Return the class of each sample, None for one that is left out."""
    found, target_shape = flat(target, f"the target of {owner}")
    if target_shape != shape[:-1]:
        raise ValueError(
            f"for an input of shape {shape}, {owner} takes class indices of shape {shape[:-1]}, but got {target_shape}"
        )
    return [_class(t, shape[-1], owner, ignore_index) for t in found]


def _class(t: Any, classes: int, owner: str, ignore_index: int | None) -> int | Whole | None:
    if isinstance(t, Whole):
        c: Any = t
        is_class = not c < 0 and c < classes
        if is_class and (ignore_index not in range(classes) or c != ignore_index):
            return t
        t = int(t)
    if isinstance(t, Value) or not (t in range(classes) or t == ignore_index):
        raise ValueError(f"a class index is a whole number from 0 to {classes - 1}, but {owner} got {shown(t)}")
    return None if t == ignore_index else int(t)


def class_weight(c: int | Whole | None, weights: Sequence[float], are_given: bool = True) -> Any:
    """Return the weight of a sample by its class; 1.0 if weights are not given."""
    return 0.0 if c is None else functions.take(weights, c) if are_given else 1.0


def class_weights(weight: Sequence[float] | None, classes: int) -> list[float]:
    """Return a weight for each class, 1.0 if none are given."""
    found = [1.0] * classes if weight is None else [number(w, "a class weight") for w in weight]
    if len(found) != classes or not all(w >= 0.0 for w in found):
        raise ValueError(f"weight takes a number of at least 0 for each of {classes} classes, but got {shown(weight)}")
    return found


def check_probability(t: Any, what: str) -> None:
    """Raise a ValueError if t is not in [0, 1]."""
    if not 0.0 <= t <= 1.0:
        raise ValueError(f"{what} must be from 0 to 1, but got {shown(t)}")


def reduced(losses: list[Any], shape: Shape, reduction: str, weights: list[Any] | None = None) -> Any:
    """Return the mean (divided by the sum of the weights, if given), the sum, or all losses in their shape."""
    check_reduction(reduction)
    if reduction == "none":
        for width in reversed(shape[1:]):
            losses = [losses[i : i + width] for i in range(0, len(losses), width)]
        return losses if shape else losses[0]
    if reduction == "sum" or weights is not None:
        total = functions.sum(losses)
        if reduction == "sum":
            return total
        if not (divisor := functions.sum(weights or ())):
            raise ValueError("a mean needs at least one sample, but all are ignored or have weight 0: give others")
        return total / divisor
    return functions.mean(losses)


def check_reduction(reduction: Any) -> None:
    """Raise a ValueError for an unknown reduction."""
    if reduction not in REDUCTIONS:
        raise ValueError(f"reduction must be 'mean', 'sum' or 'none', but got {shown(reduction)}")
