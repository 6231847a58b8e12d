"""A call of a function on Values, whose operations are recorded."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from ...graph import reverse_sweep
from ...modes import recording
from ...structure import flatten
from ...transforms import Derivative, WithGradient
from ...value import Value
from ..arguments import NotCompiled, values_in
from ..results import Gradients, form_of, made
from .record import Run

__all__ = ["positions", "traced_call"]


def positions(f: Any) -> Sequence[int]:
    """Return the positions of the arguments that a function differentiates by, none if it is no derivative."""
    if not isinstance(f, Derivative):
        return ()
    return (f.argnums,) if isinstance(f.argnums, int) else f.argnums


def traced_call(
    f: Callable[..., Any],
    run: Run,
    called: Sequence[Any],
    named: Mapping[str, Any],
    args: Sequence[Any],
    infers: bool,
) -> tuple[Any, list[int] | None, Gradients | None]:
    """Return the result for the caller, the inputs to derive by, and how a gradient is put together.

    Args:
        f: the function; the outermost gradient is not part of the recording.
        run: the recorder, which is closed.
        called: the arguments with the recorder's inputs in the places of numbers.
        named: those by name.
        args: the arguments as they were given.
        infers: whether Values in the result are wanted, without a graph.

    Raises:
        NotCompiled: compiled code cannot return such a result.
    """
    outputs: list[Any] = []
    if not isinstance(f, WithGradient):
        with recording(), run.recording():
            result = f(*called, **named)
            form = form_of(result, outputs)
        run.end(outputs, form)
        if not isinstance(f, Derivative) and any(run.are_values()):
            if not infers:
                raise NotCompiled(
                    "its result is a Value, as it depends on Values that are not arguments: compile value_and_grad "
                    "of it, with their numbers as an argument, or call it inside no_grad()"
                )
            if run.returns_leaves():
                raise NotCompiled("it returns a Value that it did not compute: return its .data")
            are_values = iter(run.are_values())
            form = form_of(result, [], is_value=lambda x: next(are_values))
            run.returns(form)
        return made(form, iter([getattr(x, "_data", x) for x in outputs])), None, None
    structures = [flatten(args[i], "an argument")[1] for i in positions(f)]
    by = [value for i in positions(f) for value in values_in(called[i])]
    with recording(), run.recording():
        result, aux = f.f(*called, **named), None
        if f.has_aux:
            result, aux = result
        outputs.append(f.number_of(result))
        form = form_of(aux, outputs)
    gradients = Gradients.of(structures, isinstance(f.argnums, int), f.has_aux, f.gives_value)
    slopes = dict.fromkeys(by, 0.0)
    if isinstance(outputs[0], Value):
        slopes |= reverse_sweep(outputs[0], by)
    at = {id(value): i for i, value in enumerate(run.inputs)}  # not by ==, which compares numbers
    wanted = [at[id(value)] for value in by]
    run.end(outputs, form)
    numbers = [getattr(x, "_data", x) for x in (*outputs, *[slopes[x] for x in by])]
    return gradients.assembly(form, len(outputs)).of(numbers), wanted, gradients
