"""Keep gradients within bounds, between `backward()` and `step()`."""

from __future__ import annotations

import math
from collections.abc import Iterable
from typing import Any

from .. import ieee
from ..primitives import number
from ..text import given, shown
from ..value import Value
from .optimizer import outside_of_compiled

__all__ = ["clip_factor", "clip_grad_norm_", "clip_grad_value_", "get_total_norm"]


def get_total_norm(gradients: Iterable[Any], norm_type: float = 2.0, error_if_nonfinite: bool = False) -> float:
    """Return the norm of numbers taken as one vector: (sum of |g|**n)**(1/n); for n = inf the largest |g|.

    Args:
        gradients: floats or Values.
        norm_type: n; inf, -inf (the smallest |g|) and 0 (how many are not 0) as well.
        error_if_nonfinite: raise a RuntimeError if the norm is nan or inf.

    >>> get_total_norm([3.0, -4.0])
    5.0
    """
    n = number(norm_type, "norm_type")
    if n != n:
        raise ValueError("norm_type must be a number such as 2.0, 1.0 or inf, but got nan")
    sizes = [abs(g if g.__class__ is float else number(getattr(g, "data", g), "a gradient")) for g in gradients]
    norm = _norm(sizes, n)
    if error_if_nonfinite and not math.isfinite(norm):
        raise RuntimeError(
            f"the total norm of order {n} of the gradients is {norm}, so they cannot be clipped: look for the cause, "
            "for example with autograd.detect_anomaly(), or set error_if_nonfinite=False"
        )
    return norm


def _norm(sizes: list[float], n: float) -> float:
    if not sizes:
        return 0.0
    if any(size != size for size in sizes):
        return math.nan
    if math.isinf(n):
        return max(sizes) if n > 0 else min(sizes)
    if n == 0.0:
        return float(sum(size != 0.0 for size in sizes))
    if n == 2.0:
        return math.hypot(*sizes)
    return ieee.pow(ieee.sum(*[ieee.pow(size, n) for size in sizes]), 1.0 / n)


def clip_grad_norm_(
    parameters: Value | Iterable[Value], max_norm: float, norm_type: float = 2.0, error_if_nonfinite: bool = False
) -> float:
    """Shorten the gradient of all parameters, taken as one vector, to `max_norm` if it is longer.

    Every gradient is multiplied by min(1, max_norm / (norm + 1e-6)), as `torch.nn.utils.clip_grad_norm_` does; Pascanu
    et al., "On the difficulty of training recurrent neural networks", ICML 2013.

    Args:
        parameters: Values, changed in place.
        max_norm: the norm that is allowed.
        norm_type: the order of the norm, see `get_total_norm`.
        error_if_nonfinite: raise a RuntimeError, and change nothing, if the norm is nan or inf.

    Returns:
        The norm before clipping.

    >>> from autograd import Value
    >>> a, b = Value(0.0), Value(0.0)
    >>> a.grad, b.grad = 30.0, 40.0
    >>> clip_grad_norm_([a, b], max_norm=5.0)
    50.0
    >>> f"{a.grad:.6f} {b.grad:.6f}"
    '3.000000 4.000000'
    """
    outside_of_compiled("clip_grad_norm_()")
    parameters = _parameters(parameters)
    limit = _limit(max_norm, "max_norm")
    norm = get_total_norm([p._grad for p in parameters], norm_type, error_if_nonfinite)
    factor = clip_factor(norm, limit)
    for p in parameters:
        p._grad = _plain(p._grad) * factor
    return norm


def clip_factor(norm: Any, limit: Any) -> Any:
    """Return the factor of all gradients for their norm."""
    return ieee.minimum(ieee.div(limit, norm + 1e-6), 1.0)


def clip_grad_value_(parameters: Value | Iterable[Value], clip_value: float) -> None:
    """Move every gradient into [-clip_value, clip_value]; nan stays nan. As `torch.nn.utils.clip_grad_value_`.

    >>> from autograd import Value
    >>> a = Value(0.0)
    >>> a.grad = -30.0
    >>> clip_grad_value_([a], clip_value=0.5)
    >>> a.grad
    -0.5
    """
    outside_of_compiled("clip_grad_value_()")
    parameters = _parameters(parameters)
    limit = _limit(clip_value, "clip_value")
    for p in parameters:
        p._grad = ieee.minimum(ieee.maximum(_plain(p._grad), -limit), limit)


def _plain(gradient: Any) -> Any:
    return gradient if gradient.__class__ is float else gradient.data


def _parameters(parameters: Value | Iterable[Value]) -> list[Value]:
    if hasattr(parameters, "parameters"):
        raise TypeError(f"gradients of Values are clipped, such as model.parameters(), but got {given(parameters)}")
    found = [parameters] if isinstance(parameters, Value) else list(dict.fromkeys(parameters))  # shared ones once
    for i, p in enumerate(found):
        if not isinstance(p, Value):
            raise TypeError(f"a parameter is a Value, but parameter {i} is {given(p)}")
    return found


def _limit(x: Any, name: str) -> float:
    limit = number(x, name)
    if not limit >= 0.0:
        raise ValueError(f"{name} must be a number of at least 0, but got {shown(x)}")
    return limit
