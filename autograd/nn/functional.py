"""Losses as functions, under PyTorch's names: how far `input` is from `target`.

Both may be one number, a sequence, or nested sequences (a batch), NumPy arrays among them; their shapes must agree, and
nothing is broadcast. `reduction` is "mean", "sum", or "none" for the losses in the shape of the input.

>>> from autograd import Value
>>> from autograd.nn.functional import mse_loss
>>> mse_loss([Value(1.0), Value(2.0)], [1.0, 4.0]).data
2.0
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any, Concatenate, ParamSpec, cast

from .. import functions
from ..modes import recorder
from ..node import record_each
from ..primitives import log_softmax, maximum, number, primitive, where
from ..text import shown
from ..value import Value
from ..whole import Whole, as_number
from .loss_inputs import (
    check_probability,
    class_weight,
    class_weights,
    classes_of,
    flat,
    pairs_of,
    reduced,
    samples_of,
)

if TYPE_CHECKING:
    from ..signatures import ClassLoss, MarginLoss, PairLoss

__all__ = [
    "binary_cross_entropy", "binary_cross_entropy_with_logits", "cross_entropy", "hinge_loss", "huber_loss", "l1_loss",
    "mse_loss", "multi_margin_loss", "nll_loss", "smooth_l1_loss",
]  # fmt: skip

P = ParamSpec("P")


# --- types of the functions, for type checkers alone ---


def _pair_loss(function: Callable[Concatenate[Any, Any, str, P], Any]) -> PairLoss[P]:
    return cast("PairLoss[P]", function)


def _class_loss(function: Callable[Concatenate[Any, Any, Any, int, str, P], Any]) -> ClassLoss[P]:
    return cast("ClassLoss[P]", function)


def _margin_loss(function: Callable[..., Any]) -> MarginLoss:
    return cast("MarginLoss", function)


# --- regression ---


def _elementwise(f: Callable[[Any], Any], input: Any, target: Any, reduction: str, owner: str) -> Any:
    pairs, shape = pairs_of(input, target, owner)
    return reduced([f(x - t) for x, t in pairs], shape, reduction)


@_pair_loss
def mse_loss(input: Any, target: Any, reduction: str = "mean") -> Any:
    """Return (x - t)**2, the squared error.

    >>> mse_loss([1.0, 2.0], [1.0, 4.0], reduction="none")
    [0.0, 4.0]
    """
    return _elementwise(functions.square, input, target, reduction, "mse_loss")


@_pair_loss
def l1_loss(input: Any, target: Any, reduction: str = "mean") -> Any:
    """Return |x - t|, the absolute error; the derivative is 0 at x = t.

    >>> l1_loss([1.0, 2.0], [1.0, 4.0])
    1.0
    """
    return _elementwise(abs, input, target, reduction, "l1_loss")


@_pair_loss
def huber_loss(input: Any, target: Any, reduction: str = "mean", delta: float = 1.0) -> Any:
    """Return d**2 / 2 where |d| < delta, else delta * (|d| - delta / 2), for d = x - t.

    Huber, "Robust estimation of a location parameter", 1964.

    >>> huber_loss([0.5, 3.0], [0.0, 0.0], reduction="none")
    [0.125, 2.5]
    """
    delta = number(delta, "delta")
    if not delta > 0.0:
        raise ValueError(f"delta must be above 0, but got {shown(delta)}")

    def huber(d: Any) -> Any:
        return 0.5 * functions.square(d) if -delta < d < delta else delta * (abs(d) - 0.5 * delta)

    return _elementwise(huber, input, target, reduction, "huber_loss")


@_pair_loss
def smooth_l1_loss(input: Any, target: Any, reduction: str = "mean", beta: float = 1.0) -> Any:
    """Return d**2 / (2 beta) where |d| < beta, else |d| - beta / 2, for d = x - t; with beta = 0 the absolute error.

    Girshick, "Fast R-CNN", ICCV 2015.

    >>> smooth_l1_loss([0.25, 3.0], [0.0, 0.0], reduction="none", beta=0.5)
    [0.0625, 2.75]
    """
    beta = number(beta, "beta")
    if not beta >= 0.0:
        raise ValueError(f"beta must be at least 0, but got {shown(beta)}")

    def smooth(d: Any) -> Any:
        return 0.5 * functions.square(d) / beta if -beta < d < beta else abs(d) - 0.5 * beta

    return _elementwise(smooth, input, target, reduction, "smooth_l1_loss")


# --- two classes ---


def _bounded_log(x: Any) -> Any:
    return maximum(functions.log(x), -100.0)


def _bounded_log1m(x: Any) -> Any:
    return maximum(functions.log1p(-x), -100.0)


# PyTorch's conventions at the ends: the logarithms stop at -100, the denominator of the derivative at 1e-12, which is
# in single precision there
_SMALLEST_VARIANCE = 9.999999960041972e-13
_cross_entropy_of_probability = primitive(
    "binary_cross_entropy",
    lambda x, t: (t - 1) * _bounded_log1m(x) - t * _bounded_log(x),
    [
        lambda y, x, t: (x - t) / maximum((1 - x) * x, _SMALLEST_VARIANCE),
        lambda y, x, t: _bounded_log1m(x) - _bounded_log(x),
    ],
)


@_pair_loss
def binary_cross_entropy(input: Any, target: Any, reduction: str = "mean") -> Any:
    """Return -t * log(x) - (1 - t) * log(1 - x) for probabilities x and t, with logarithms of at least -100.

    If x comes from a sigmoid, `binary_cross_entropy_with_logits` without the sigmoid is more accurate.

    >>> binary_cross_entropy([0.25, 0.0], [0.0, 1.0], reduction="none")
    [0.2876820724517809, 100.0]
    """
    pairs, shape = pairs_of(input, target, "binary_cross_entropy")
    for x, t in pairs:
        check_probability(x, "an input of binary_cross_entropy, a probability,")
        check_probability(t, "a target of binary_cross_entropy")
    return reduced([_cross_entropy_of_probability(x, t) for x, t in pairs], shape, reduction)


@_pair_loss
def binary_cross_entropy_with_logits(
    input: Any, target: Any, reduction: str = "mean", pos_weight: float | Sequence[float] | None = None
) -> Any:
    """Return pos_weight * t * softplus(-x) + (1 - t) * softplus(x): the cross entropy of sigmoid(x), for any x.

    Each term keeps all of its digits; PyTorch's (1 - t) * x + softplus(-x) cancels for x far below 0.

    Args:
        input: numbers x, the logits.
        target: probabilities t.
        reduction: "mean", "sum" or "none".
        pos_weight: a factor for the targets that are 1, one number or one for each entry of the last dimension.

    >>> binary_cross_entropy_with_logits([1000.0, -1000.0], [1.0, 1.0], reduction="none")
    [0.0, 1000.0]
    """
    pairs, shape = pairs_of(input, target, "binary_cross_entropy_with_logits")
    factors, factor_shape = flat(1.0 if pos_weight is None else pos_weight, "pos_weight")
    if factor_shape not in ((), shape[-1:]):
        raise ValueError(f"for an input of shape {shape}, pos_weight is a number or {shape[-1:]}, not {factor_shape}")
    losses = []
    for i, (x, t) in enumerate(pairs):
        check_probability(t, "a target of binary_cross_entropy_with_logits")
        factor = factors[i % len(factors)]
        if isinstance(t, Value) or 0.0 < t < 1.0:
            losses.append(factor * t * functions.softplus(-x) + (1 - t) * functions.softplus(x))
        elif t == 0.0:
            losses.append(functions.softplus(x))
        else:
            loss = functions.softplus(-x)
            losses.append(loss if pos_weight is None else factor * loss)
    return reduced(losses, shape, reduction)


@_pair_loss
def hinge_loss(input: Any, target: Any, reduction: str = "mean", margin: float = 1.0) -> Any:
    """Return max(0, margin - t * x) for scores x and labels t of -1 and 1: the maximal margin of an SVM.

    >>> hinge_loss([2.0, 0.5, -1.0], [1, 1, 1], reduction="none")
    [0.0, 0.5, 2.0]
    """
    margin = number(margin, "margin")
    pairs, shape = pairs_of(input, target, "hinge_loss")
    for _, t in pairs:
        if (isinstance(t, Value) and recorder() is None) or t * t != 1.0:
            raise ValueError(f"a label of hinge_loss is -1 or 1, but got {shown(t)}; turn 0 and 1 into 2 * t - 1")
    return reduced([functions.relu(margin - t * x) for x, t in pairs], shape, reduction)


# --- many classes ---


@_class_loss
def cross_entropy(
    input: Any,
    target: Any,
    weight: Sequence[float] | None = None,
    ignore_index: int = -100,
    reduction: str = "mean",
    label_smoothing: float = 0.0,
) -> Any:
    """Return -log softmax(scores)[class], or the mean of it over the probabilities of all classes.

    Args:
        input: scores of shape (classes,) or (samples, classes).
        target: the index of a class for each sample, or probabilities in the shape of the input.
        weight: a factor for each class; the mean is then over the weights of the classes in the target.
        ignore_index: a class index that leaves its sample out.
        reduction: "mean", "sum" or "none".
        label_smoothing: the part of the target that is spread evenly over all classes.

    >>> f"{cross_entropy([[0.0, 0.0], [1000.0, 0.0]], [0, 1], reduction='sum'):.6f}"
    '1000.693147'
    """
    rows, shape = samples_of(input, "cross_entropy")
    classes = shape[-1]
    weights = class_weights(weight, classes)
    check_probability(label_smoothing, "label_smoothing")

    def factors(probabilities: Sequence[Any]) -> list[Any]:
        smoothed = [(1 - label_smoothing) * t + label_smoothing / classes for t in probabilities]
        return [-w * t for w, t in zip(weights, smoothed, strict=True)]

    def factors_of(c: int) -> list[float]:
        return factors([float(c == i) for i in range(classes)])

    given, target_shape = flat(target, "the target of cross_entropy")
    if target_shape == shape:
        for t in given:
            check_probability(t, "a target of cross_entropy, a probability,")
        losses = [
            _cross_entropy(row, factors(list(map(as_number, given[i * classes : (i + 1) * classes]))))
            for i, row in enumerate(rows)
        ]
        return reduced(losses, shape[:-1], reduction, [1.0] * len(rows))
    indices = classes_of(target, shape, "cross_entropy", ignore_index)
    sample_weights = [class_weight(c, weights, weight is not None) for c in indices]
    losses = []
    for row, c, w in zip(rows, indices, sample_weights, strict=True):
        if c is None:
            losses.append(0.0)
        elif not isinstance(c, Whole) or not all(weights):
            losses.append(_cross_entropy(row, factors_of(int(c))))
        elif label_smoothing:
            losses.append(_cross_entropy(row, functions.take(list(map(factors_of, range(classes))), c)))
        else:
            losses.append(functions.dot([-w], record_each(log_softmax, row, [c])))
    return reduced(losses, shape[:-1], reduction, sample_weights)


def _cross_entropy(scores: list[Any], factors: list[Any]) -> Any:
    """The cross entropy of one sample, without the classes that do not count."""
    used = [i for i, factor in enumerate(factors) if isinstance(factor, Value) or factor]
    return functions.dot([factors[i] for i in used], record_each(log_softmax, scores, used))


@_class_loss
def nll_loss(
    input: Any,
    target: Any,
    weight: Sequence[float] | None = None,
    ignore_index: int = -100,
    reduction: str = "mean",
) -> Any:
    """Return -x[class] for logarithms x of probabilities, such as those of `log_softmax`.

    Arguments are those of `cross_entropy`, the target always class indices.

    >>> nll_loss([[-0.5, -1.0], [-2.0, -0.25]], [0, 1])
    0.375
    """
    rows, shape = samples_of(input, "nll_loss")
    weights = class_weights(weight, shape[-1])
    indices = classes_of(target, shape, "nll_loss", ignore_index)
    sample_weights = [class_weight(c, weights, weight is not None) for c in indices]
    losses = []
    for row, c, w in zip(rows, indices, sample_weights, strict=True):
        is_left_out = c is None or (not all(weights) and not weights[c])
        losses.append(0.0 if is_left_out else -w * functions.take(row, c))
    return reduced(losses, shape[:-1], reduction, sample_weights)


@_margin_loss
def multi_margin_loss(
    input: Any,
    target: Any,
    p: int = 1,
    margin: float = 1.0,
    weight: Sequence[float] | None = None,
    reduction: str = "mean",
) -> Any:
    """Return the sum of max(0, margin - x[class] + x[i])**p over all other classes i, divided by their number plus 1.

    Args:
        input: scores of shape (classes,) or (samples, classes).
        target: the index of a class for each sample.
        p: 1 or 2.
        margin: the distance by which the score of the class should exceed all others.
        weight: a factor for each class.
        reduction: "mean", "sum" or "none".

    >>> multi_margin_loss([0.5, 0.0, 2.0], 2)
    0.0
    >>> multi_margin_loss([0.5, 0.0, 2.0], 0)
    1.0
    """
    if p not in (1, 2):
        raise ValueError(f"p must be 1 or 2, but got {shown(p)}")
    margin = number(margin, "margin")
    rows, shape = samples_of(input, "multi_margin_loss")
    weights = class_weights(weight, shape[-1])
    losses = []
    factors = [w / shape[-1] for w in weights]
    for row, c in zip(rows, classes_of(target, shape, "multi_margin_loss"), strict=True):
        excess = _excess(row, c, margin)
        terms = excess if p == 1 else [functions.square(x) for x in excess]
        losses.append(functions.sum(terms) * functions.take(factors, c))
    return reduced(losses, shape[:-1], reduction)


def _excess(scores: list[Any], c: Any, margin: float) -> list[Any]:
    """Return max(0, margin - x[c] + x[i]) for all other classes i; with 0.0 for c if that is an input."""
    score = functions.take(scores, c)
    if not isinstance(c, Whole):
        return [functions.relu(margin - score + x) for i, x in enumerate(scores) if i != c]
    classes = range(len(scores))
    is_other = functions.take([[float(i != k) for i in classes] for k in classes], c)
    return [where(each, functions.relu(margin - score + x), 0.0) for x, each in zip(scores, is_other, strict=True)]
