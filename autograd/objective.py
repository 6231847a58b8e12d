"""The objective of training: the loss of a model on a batch and a penalty, as it is or recorded."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Sequence
from functools import partial
from typing import Any, NamedTuple

from .compilation.arguments import NotCompiled, objects_in, place, read, values_in
from .compilation.recording.held import attributes
from .compilation.recording.looks import at_call
from .compilation.recording.record import Run
from .compilation.recording.surroundings import Surroundings
from .parallel import one_loss
from .text import given
from .value import Value

__all__ = ["Objective", "Recorded"]


class Recorded(NamedTuple):
    """A run that was written down.

    Args:
        run: the recorder.
        value: the loss.
        numbers: those in the batch.
        surroundings: what it used besides the batch.
    """

    run: Run
    value: Value
    numbers: list[float]
    surroundings: Surroundings


class Objective:
    """loss(model(xs), ys) + penalty(model).

    Raises:
        TypeError: something that is not a function.
    """

    def __init__(self, model: Any, loss: Any, penalty: Any) -> None:
        for name, x in (("model", model), ("loss", loss), *([] if penalty is None else [("penalty", penalty)])):
            if not callable(x):
                raise TypeError(f"training_step's {name} must be a function, but got {given(x)}")
        self.model, self.loss, self.penalty = model, loss, penalty
        self._penalty_takes_model = _takes_one(penalty)

    def __call__(self, xs: Any, ys: Any) -> Value:
        value = one_loss(self.loss(self.model(xs), ys))
        if self.penalty is None:
            return value
        return one_loss(value + (self.penalty(self.model) if self._penalty_takes_model else self.penalty()))

    def again(self, run: Run, batch: tuple[Any, Any]) -> float:
        """Return the loss for floats after a run, with the same random numbers, and change no attribute of a layer."""
        before = [(a.owner, a.name, getattr(a.owner, a.name)) for a in attributes(run.leaves)]
        try:
            with run.drawn_again():
                return self(*batch)._data
        finally:
            for owner, name, found in before:
                setattr(owner, name, found)

    def names(self, parameters: Sequence[Value]) -> list[str]:
        """Return names for parameters."""
        named = getattr(self.model, "named_parameters", None)
        found = {id(p): name for name, p in named()} if named is not None else {}
        return [found.get(id(p)) or f"p{i}" for i, p in enumerate(parameters)]

    def recorded(self, key: Any, batch: tuple[Any, Any], optimizer: Any, leaves: list[Value], draws: Any) -> Recorded:
        """Run on Values in the places of the numbers of a batch.

        Args:
            key: that of the batch.
            batch: inputs and targets.
            optimizer: the optimizer of the parameters.
            leaves: a table for other Values; unchanged if there is an error.
            draws: the random numbers of the runs before; None if there was none.

        Raises:
            NotCompiled: why this cannot be done.
        """
        groups = _groups(optimizer)
        surroundings = Surroundings((self.model, self.loss, self.penalty, groups, *objects_in(key)))
        if surroundings.refused:
            raise NotCompiled(surroundings.refused)
        surroundings.looks.append(at_call("param_groups", partial(_groups, optimizer)))
        parameters, numbers = [p for group in groups for p in group], list[float]()
        for x in batch:
            read(x, "", numbers, None)
        known, run = len(leaves), Run(numbers, leaves, parameters, draws)
        run.has_conditions, run.has_branches = not surroundings.asks_identity, True
        before = [p._data for p in parameters]
        try:
            inputs = run.inputs[len(parameters) :]
            traced = iter(inputs)
            xs, ys = (place(x, traced) for x in batch)
            with run.recording():
                value = self(xs, ys)
            changed = surroundings.change_by_run(run.draws)
            if list(map(id, values_in((xs, ys)))) != list(map(id, inputs)):
                raise NotCompiled("it changes its batch: make a new one")
        except Exception as error:
            run.rewind()
            surroundings.restore()  # what the run did is done by the model itself, which runs now
            del leaves[known:]
            if isinstance(error, NotCompiled):
                raise
            raise NotCompiled(f"with Values for its batch it raises {type(error).__name__}: {error}") from error
        if changed:
            reason = f"it changes {changed}: do that outside of the model"
            if surroundings.restore():
                run.rewind()
                del leaves[known:]
                raise NotCompiled(reason)
            run.refuse(reason)
        if any(a != b and a == a for a, b in zip(before, (p._data for p in parameters), strict=True)):
            run.refuse("it changes the .data of a parameter: do that outside of the model")
        outputs: list[Any] = [value]
        form = run.results(outputs)
        for attribute in form:
            surroundings.let_change(attribute.owner, attribute.name)
        run.end(outputs, form)
        return Recorded(run, value, numbers, surroundings)


def _groups(optimizer: Any) -> tuple[list[Value], ...]:
    return tuple([group["params"] for group in optimizer.param_groups])


def _takes_one(f: Callable[..., Any] | None) -> bool:
    """Whether a function takes an argument."""
    if f is None:
        return False
    try:
        found = inspect.signature(f).parameters.values()
    except (TypeError, ValueError):
        return True
    return any(p.default is p.empty and p.kind not in (p.VAR_KEYWORD, p.KEYWORD_ONLY) for p in found)
