"""Two ways to distrust a derivative: compare it with differences, and stop at the first nan or inf.

>>> from autograd import gradcheck
>>> gradcheck(lambda x, y: x**3 * y, (2.0, 3.0), order=2)
True
"""

from __future__ import annotations

import math
import sys
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

from .modes import Mode, no_grad, watched_by
from .primitives import Primitive
from .structure import flatten
from .text import printable
from .transforms import grad
from .value import Value

__all__ = ["GradcheckError", "detect_anomaly", "gradcheck"]


# --- gradcheck ---


class GradcheckError(AssertionError):
    """A derivative differs from the differences; the message says which."""


def gradcheck(
    f: Callable[..., Any],
    inputs: Sequence[Any],
    order: int = 1,
    *,
    rtol: float = 1e-6,
    atol: float = 1e-9,
    raise_exception: bool = True,
) -> bool:
    """Compare the derivatives of `f` with central differences.

    The differences are extrapolated to step 0 (Ridders, "Accurate computation of F'(x) and F'(x) F''(x)", 1982): the
    step is found for each input, and so is the accuracy that can be expected, which is added to the tolerance. At a
    kink any slope between those of its two sides is right.

    Args:
        f: a function whose result is one number, as for `grad`.
        inputs: its arguments: numbers, or lists, tuples, dicts and NumPy arrays of numbers.
        order: 1 checks the gradient, 2 also the gradient of each of its entries, and so on.
        rtol: allowed difference, relative to the larger of the two derivatives.
        atol: allowed difference for derivatives near 0.
        raise_exception: raise an error where they differ; else return False.

    Returns:
        True where all agree.

    Raises:
        GradcheckError: they differ; the message names the input, the derivative and the difference.
        TypeError, ValueError: as `grad` does; also an `order` below 1, or inputs that are not a tuple or list.
    """
    if not isinstance(inputs, (tuple, list)) or not inputs:
        raise TypeError(f"gradcheck takes the inputs as a tuple, one for each argument of f, but got {inputs!r}")
    if not isinstance(order, int) or order < 1:
        raise ValueError(f"order must be a whole number of at least 1, but got {order!r}")
    numbers, structure = flatten(tuple(inputs), "inputs")
    xs = [x.data if isinstance(x, Value) else x for x in numbers]
    everything = tuple(range(len(inputs)))

    def at(values: Sequence[Any]) -> Any:
        return f(*structure.unflatten(values))

    try:
        _compare(at, lambda values: flatten(grad(f, everything)(*structure.unflatten(values)), "")[0],
                 xs, list(structure.paths), order, rtol, atol, "f")  # fmt: skip
    except GradcheckError:
        if raise_exception:
            raise
        return False
    return True


def _compare(
    f: Callable[[Sequence[Any]], Any],
    gradient: Callable[[Sequence[Any]], list[Any]],
    xs: list[float],
    paths: list[str],
    order: int,
    rtol: float,
    atol: float,
    name: str,
) -> None:
    analytic = gradient(xs)
    for i, slope in enumerate(analytic):

        def along(x: float, i: int = i) -> float:
            with no_grad():
                y = f([Value(x) if k == i else Value(v) for k, v in enumerate(xs)])
            return float(getattr(y, "data", y))

        _judge(slope, along, xs[i], f"d{name}/dinputs{paths[i]}", rtol, atol)
    if order > 1:
        for i, path in enumerate(paths):

            def entry(values: Sequence[Any], i: int = i) -> Any:
                return gradient(values)[i]

            def second(values: Sequence[Any], entry: Callable[[Sequence[Any]], Any] = entry) -> list[Any]:
                found: list[Any] = grad(lambda given: entry(given))(list(values))
                return found

            _compare(entry, second, xs, paths, order - 1, rtol, atol, f"(d{name}/dinputs{path})")


def _judge(analytic: float, f: Callable[[float], float], x: float, what: str, rtol: float, atol: float) -> None:
    if not math.isfinite(f(x)) or not math.isfinite(analytic):
        raise GradcheckError(
            f"{what} at {x!r} cannot be compared: f gives {f(x)!r} there and its derivative {analytic!r}; "
            "check at a point where both are finite"
        )
    numeric, doubt = _ridders(f, x)
    allowed = atol + rtol * max(abs(analytic), abs(numeric)) + 10 * doubt
    if abs(analytic - numeric) <= allowed or _is_kink(f, x, analytic):
        return
    raise GradcheckError(
        f"{what} at {x!r}: the derivative is {analytic!r}, but central differences give {numeric!r} "
        f"(allowed difference {allowed:.2g}): look at the rule of the operation that this input enters"
    )


def _ridders(f: Callable[[float], float], x: float) -> tuple[float, float]:
    """Return f'(x) and how far it may be off: of several first steps the one whose extrapolations agree best."""
    tries = [_extrapolated(f, x, (abs(x) or 1.0) * 10.0**-k) for k in range(1, 8)]
    return min(tries, key=lambda found: found[1])


def _extrapolated(f: Callable[[float], float], x: float, h: float) -> tuple[float, float]:
    """Ridders' table of central differences, from a step that shrinks from h."""
    shrink, best, doubt = 1.6, math.nan, math.inf
    previous: list[float] = []
    for _ in range(16):
        up, down = x + h, x - h
        if up == down:
            break
        row = [(f(up) - f(down)) / (up - down)]
        factor = shrink**2
        for older in previous:
            row.append((row[-1] * factor - older) / (factor - 1))
            factor *= shrink**2
            error = max(abs(row[-1] - row[-2]), abs(row[-1] - older))
            if error <= doubt:
                best, doubt = row[-1], error
        if previous and abs(row[-1] - previous[-1]) >= 4 * doubt:
            break
        previous = row
        h /= shrink
    return best, doubt


def _is_kink(f: Callable[[float], float], x: float, analytic: float) -> bool:
    """Whether the slopes on the two sides stay apart as the step shrinks, with the derivative between them."""
    sides = []
    for h in (1e-3, 1e-5):
        step = h * max(1.0, abs(x)) if h * abs(x) < 1.0 else h  # a small part of x, and of the scale of sin
        sides.append(((f(x + step) - f(x)) / step, (f(x) - f(x - step)) / step))
    (right, left), (nearer_right, nearer_left) = sides
    apart, nearer = abs(right - left), abs(nearer_right - nearer_left)
    low, high = sorted((nearer_left, nearer_right))
    slack = 1e-3 * apart
    return nearer > 0.5 * apart > 0.0 and low - slack <= analytic <= high + slack


# --- detect_anomaly ---

HERE = str(Path(__file__).parent)


def detect_anomaly() -> Mode:
    """Inside, the first operation that makes a nan or an inf from finite numbers raises an error, and so does the
    first step of a backward pass that does.

    The message names the operation, its operands and the source line that called it. Operations run slower inside;
    outside nothing is checked and nothing costs.

    Raises:
        RuntimeError: an anomaly was found.

    >>> from autograd import Value
    >>> with detect_anomaly():
    ...     Value(0.0, "p").log()
    Traceback (most recent call last):
        ...
    RuntimeError: log(p = 0.0) gives -inf, from finite numbers, at ...
    """
    return watched_by(_Anomalies())


class _Anomalies:
    """The watcher that stops at the first nan or inf."""

    def forward(self, op: Primitive, operands: Sequence[Any], result: Value) -> None:
        result._notes().source = _users_line()
        if not math.isfinite(result.data) and all(math.isfinite(_number(x)) for x in operands):
            raise RuntimeError(
                f"{_call(op, operands)} gives {result.data}, from finite numbers, at {result._notes().source}"
            )

    def backward(self, gradients: Mapping[Value, Any]) -> None:
        for node in reversed(list(gradients)):
            gradient = _number(gradients[node])
            if node.op is None or not math.isfinite(gradient):
                continue
            for parent, partial in zip(node.parents, node.partials, strict=True):
                if parent in gradients and not math.isfinite(gradient * partial):
                    source = node.notes.source if node.notes is not None else None
                    receiver = printable(parent.label) or parent.data
                    raise RuntimeError(
                        f"the backward pass of {_call(node.op, node.operands)} = {node.data} gives "
                        f"{gradient * partial} to {receiver}: gradient {gradient} x local derivative {partial}, at "
                        f"{source or 'a line outside detect_anomaly()'}"
                    )


def _number(x: Any) -> float:
    return float(x.data if isinstance(x, Value) else x)


def _call(op: Primitive, operands: Sequence[Any]) -> str:
    named = [
        f"{printable(x.label)} = {x.data}" if isinstance(x, Value) and x.label else str(_number(x)) for x in operands
    ]
    shown = named if len(named) <= 6 else [*named[:3], "...", *named[-2:]]
    return f"{printable(op.name)}({', '.join(shown)})"


def _users_line() -> str:
    """The innermost source line outside this package."""
    frame = sys._getframe(1)
    while frame.f_back is not None and frame.f_code.co_filename.startswith(HERE):
        frame = frame.f_back
    return printable(f"{frame.f_code.co_filename}:{frame.f_lineno} in {frame.f_code.co_name}")
