"""Two ways to distrust a derivative: compare it with differences, and stop at the first nan or inf.

>>> from autograd import gradcheck
>>> gradcheck(lambda x, y: x**3 * y, (2.0, 3.0), order=2)
True
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from .differences import MARGIN, Differences
from .modes import Mode, no_grad, users_line, watched_by
from .primitives import Primitive
from .structure import flatten
from .text import given, printable
from .transforms import vjp
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

    The rounding noise of `f` is measured (Moré and Wild, "Estimating computational noise", 2011). The step follows from
    it, for each input, and the differences are extrapolated to step 0 (Ridders, "Accurate computation of F'(x) and
    F'(x) F''(x)", 1982). The error that remains is added to the tolerance, so a wrong derivative is not found if the
    noise of `f` hides the error. At a kink any slope between those of the two sides is accepted.

    Args:
        f: a function whose result is a number, or lists, tuples, dicts and NumPy arrays of numbers.
        inputs: its arguments: numbers, or lists, tuples, dicts and NumPy arrays of numbers.
        order: 1 checks the gradient of each number in the result, 2 also the gradient of each entry, and so on.
        rtol: allowed difference, relative to the larger of the two derivatives.
        atol: allowed difference for derivatives near 0.
        raise_exception: raise an error if they differ; else return False.

    Returns:
        True if all agree.

    Raises:
        GradcheckError: they differ, and the message names the output, the input, the derivative and the difference; or
            `f` gives another result when it is called again.
        TypeError, ValueError: as `jacobian` does; also an `order` below 1, or inputs that are not a tuple or list.
    """
    if not isinstance(inputs, (tuple, list)) or not inputs:
        raise TypeError(f"gradcheck takes the inputs as a tuple, one for each argument of f, but got {given(inputs)}")
    if not isinstance(order, int) or order < 1:
        raise ValueError(f"order must be a whole number of at least 1, but got {given(order)}")
    numbers, structure = flatten(tuple(inputs), "inputs")
    xs = [x.data if isinstance(x, Value) else x for x in numbers]

    def outputs(values: Sequence[Any]) -> list[Any]:
        return flatten(f(*structure.unflatten(values)), "the result of f")[0]

    with no_grad():
        result = f(*structure.unflatten(map(Value, xs)))
    names = [f"f{path}" for path in flatten(result, "the result of f")[1].paths]
    if not names:
        raise TypeError(f"f must return at least one number, but it returned {given(result)}: return what to check")
    g: _Vector = outputs
    try:
        for _ in range(order):
            derivatives = _derivatives_of(g)
            _compare(g, derivatives(xs), xs, names, structure.paths, rtol, atol)
            g, names = derivatives, [f"(d{name}/dinputs{path})" for name in names for path in structure.paths]
    except GradcheckError:
        if raise_exception:
            raise
        return False
    return True


_Vector = Callable[[Sequence[Any]], list[Any]]  # a function of several numbers, with several results


def _derivatives_of(g: _Vector) -> _Vector:
    """The function that returns the derivatives of the first result by each input, then those of the second ..."""

    def derivatives(values: Sequence[Any]) -> list[Any]:
        results, pull_back = vjp(g, list(values))
        units = ([float(i == k) for i in range(len(results))] for k in range(len(results)))
        return [derivative for unit in units for derivative in pull_back(unit)[0]]

    return derivatives


def _compare(
    g: _Vector,
    derivatives: Sequence[float],
    xs: Sequence[float],
    names: Sequence[str],
    paths: Sequence[str],
    rtol: float,
    atol: float,
) -> None:
    def numbers(values: Sequence[float]) -> list[float]:
        with no_grad():
            return [float(y.data if isinstance(y, Value) else y) for y in g(list(map(Value, values)))]

    ys = numbers(xs)
    for again in (numbers(xs), numbers(xs), numbers(xs)):  # a dropped number may be the same by chance
        for name, first, second in zip(names, ys, again, strict=True):
            if first != second and not math.isnan(first):
                raise GradcheckError(
                    f"{name} cannot be checked: f gives {first!r} and then {second!r} for the same inputs; "
                    "seed its random numbers inside f, and call eval() on modules with dropout"
                )
    for i, path in enumerate(paths):
        known: dict[float, list[float]] = {}
        for k, name in enumerate(names):

            def along(x: float, i: int = i, k: int = k, known: dict[float, list[float]] = known) -> float:
                if x not in known:
                    known[x] = numbers([*xs[:i], x, *xs[i + 1 :]])
                return known[x][k]

            derivative = derivatives[k * len(xs) + i]
            _judge(derivative, along, xs[i], ys[k], f"d{name}/dinputs{path}", rtol, atol)


def _judge(
    derivative: float, f: Callable[[float], float], x: float, y: float, what: str, rtol: float, atol: float
) -> None:
    if not math.isfinite(y) or not math.isfinite(derivative):
        raise GradcheckError(
            f"{what} at {x!r} cannot be compared: f gives {y!r} there and its derivative {derivative!r}; "
            "check at a point where both are finite"
        )
    agrees, slope, allowed = Differences(f, x, y, rtol, atol).judge(derivative)
    if agrees:
        return
    if math.isnan(slope.value):
        raise GradcheckError(
            f"{what} at {x!r} cannot be compared: f is {y!r} there, but not finite on both sides; "
            "check at a point inside the domain of f"
        )
    noise = f", most of it for the rounding noise of f, {slope.noise:.2g}" if MARGIN * slope.noise > allowed / 2 else ""
    raise GradcheckError(
        f"{what} at {x!r}: the derivative is {derivative!r}, but central differences give {slope}, "
        f"{abs(derivative - slope.value):.2g} apart (allowed difference {allowed:.2g}{noise}): "
        "look at the rule of the operation that this input enters"
    )


# --- detect_anomaly ---


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
        result._notes().source = printable("{}:{} in {}".format(*users_line()))
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
