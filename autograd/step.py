"""training_step: forward, backward and update of a model as one function, which is recorded and then compiled.

>>> from autograd import nn, optim
>>> model = nn.Linear(1, 1, seed=0)
>>> step = training_step(model, nn.MSELoss(), optim.SGD(model.parameters(), lr=0.1))
>>> losses = step.run([[0.0], [1.0]], [[1.0], [3.0]], steps=200)
>>> round(model([2.0])[0].data, 3)
5.0
>>> step.stats().compiled
198
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Callable
from threading import RLock
from typing import Any

from .compilation.arguments import NotCompiled, objects_in, place, read, values_in
from .compilation.losses import LossRecordings, recorded_run
from .compilation.prelude import prelude
from .compilation.program import Unrepeatable
from .compilation.record import Guard, Run
from .compilation.results import Stats, agree
from .compilation.surroundings import Surroundings
from .graph import reverse_sweep
from .modes import is_plain
from .optim.clip import clip_grad_norm_
from .optim.optimizer import at_least_0
from .parallel import one_loss
from .text import given, shown
from .value import Value

__all__ = ["TrainingStep", "training_step"]

MOST_RECORDINGS = 20
MOST_REFUSALS = 3


def training_step(
    model: Callable[[Any], Any],
    loss: Callable[[Any, Any], Value],
    optimizer: Any,
    penalty: Callable[..., Value] | None = None,
    *,
    max_norm: float | None = None,
) -> TrainingStep:
    """Return a function of a batch that does a step of training: forward, backward, update. It is compiled.

    The first two steps with batches of one form are recorded; from the third on, compiled code runs. What depends on a
    comparison of numbers is handled as by `jit`. What cannot be compiled runs as it is, and `stats()` says why.

    Parameters and the state of the optimizer are up to date after each step, and are read anew before each; look the
    state up in `optimizer.state` each time. The options of the optimizer, such as `lr`, can change between steps. The
    gradients of its parameters are those of the step, clipped; gradients of other Values are not computed.

    Args:
        model: a function of the inputs of a batch, such as a module.
        loss: a function of the model's outputs and the targets.
        optimizer: an optimizer of the parameters.
        penalty: a function of the model, or of nothing, whose result is added to the loss, such as an L2 term.
        max_norm: clip the gradient of all parameters of the optimizer to this norm, see `clip_grad_norm_`.

    Returns:
        A function of inputs and targets. It returns the loss of the batch, before the update. If that is nan or
        infinite, there is no update.

    Raises:
        TypeError: an argument is of the wrong kind.
        ValueError: max_norm is below 0.
    """
    return TrainingStep(model, loss, optimizer, penalty, max_norm)


class TrainingStep:
    """What `training_step` returns."""

    def __init__(
        self, model: Any, loss: Any, optimizer: Any, penalty: Any = None, max_norm: Any = None, before_step: Any = None
    ) -> None:
        for name, x in (("model", model), ("loss", loss), *([] if penalty is None else [("penalty", penalty)])):
            if not callable(x):
                raise TypeError(f"training_step's {name} must be a function, but got {given(x)}")
        if not hasattr(optimizer, "param_groups") or not hasattr(optimizer, "step"):
            example = "optim.SGD(model.parameters())"
            raise TypeError(f"training_step's optimizer must be one such as {example}, but got {given(optimizer)}")
        self.model, self.loss, self.optimizer, self.penalty = model, loss, optimizer, penalty
        self.max_norm = None if max_norm is None else at_least_0(max_norm, "max_norm")
        self._before_step = before_step
        self._recordings: dict[Any, LossRecordings] = {}
        self._calls = self._compiled = self._recorded = self._refusals = 0
        self._misses: Counter[str] = Counter()
        self._reasons: Counter[str] = Counter()
        self._stopped = ""
        self._lock = RLock()

    def __call__(self, xs: Any, ys: Any) -> float:
        """Do a step with a batch and return its loss."""
        return self.run(xs, ys, 1)[0]

    def run(self, xs: Any, ys: Any, steps: int) -> list[float]:
        """Do several steps with one batch and return its losses; a loss that is nan or infinite is the last one.

        Args:
            xs: the inputs.
            ys: the targets.
            steps: how many steps, at least 1.
        """
        if isinstance(steps, bool) or not isinstance(steps, int) or steps < 1:
            raise ValueError(f"steps must be a whole number of at least 1, but got {shown(steps)}")
        losses: list[float] = []
        with self._lock:
            while len(losses) < steps and (not losses or math.isfinite(losses[-1])):
                losses.append(self._step(xs, ys))
        return losses

    def stats(self) -> Stats:
        """Return what it did so far: steps, recordings, guards, and why steps were not compiled."""
        found = self._recordings.values()
        operations = sum(r.gradient.operations for r in found if r.gradient is not None)
        return Stats(
            self._calls, self._compiled, self._recorded, sum(r.count for r in found), operations,
            dict(self._misses), dict(self._reasons),
        )  # fmt: skip

    def source(self) -> str:
        """Return the loss and its gradient as a Python program, see `jit`: of the parameters, then of the batch.

        Raises:
            RuntimeError: nothing was recorded yet.
        """
        found = [r.to_read() for r in self._recordings.values() if r.count]
        if not found:
            reasons = "; ".join(self._reasons) or "there was no step yet"
            raise RuntimeError(f"nothing was recorded ({reasons}): do a step first")
        functions: dict[str, Any] = {}
        for part in found:
            functions |= part.functions
        texts = [part.text.replace("compiled", f"loss{i + 1 if i else ''}", 1) for i, part in enumerate(found)]
        return "\n\n".join([prelude(functions), *texts]).rstrip() + "\n"

    # --- one step ---

    def _step(self, xs: Any, ys: Any) -> float:
        self._calls += 1
        if not is_plain():
            return self._as_it_is("it was called inside no_grad(), a recording, or something that watches", xs, ys)
        numbers: list[float] = []
        try:
            key = read(xs, "x", numbers, None), read(ys, "y", numbers, None)
            found = self._recordings.get(key)
        except (NotCompiled, TypeError) as error:  # a key that cannot be hashed
            return self._as_it_is(str(error), xs, ys)
        if found is not None and found.gradient is not None and not self._change(found):
            parameters = self._parameters()
            result = found.gradient(parameters, numbers, found.leaves)
            if result.__class__ is not Guard:
                self._compiled += 1
                value: float = result[0]
                if math.isfinite(value):
                    self._update(parameters, result[1 : 1 + len(parameters)])
                return value
            self._misses[_shown(result)] += 1
        if self._stopped:
            return self._as_it_is(self._stopped, xs, ys)
        return self._record(key, xs, ys)

    def _parameters(self) -> list[Value]:
        return [p for group in self.optimizer.param_groups for p in group["params"]]

    def _update(self, parameters: list[Value], gradients: Any) -> None:
        """Give the parameters their gradients and move them."""
        for p, gradient in zip(parameters, gradients, strict=True):
            p._grad = gradient
        if self.max_norm is not None:
            clip_grad_norm_(parameters, self.max_norm)
        if self._before_step is not None:
            self._before_step()
        self.optimizer.step()

    def _loss(self, xs: Any, ys: Any) -> Value:
        value = one_loss(self.loss(self.model(xs), ys))
        return value if self.penalty is None else one_loss(value + self._penalty())

    def _penalty(self) -> Any:
        assert self.penalty is not None
        return self.penalty(self.model) if _takes_one(self.penalty) else self.penalty()

    def _as_it_is(self, reason: str, xs: Any, ys: Any) -> float:
        if reason:
            self._reasons[reason] += 1
        value = self._loss(xs, ys)
        if math.isfinite(value._data):
            self.optimizer.zero_grad()
            value.backward()
            self._update(parameters := self._parameters(), [p._grad for p in parameters])
        return value._data

    # --- recording ---

    def _around(self, key: Any) -> Surroundings:
        groups = [group["params"] for group in self.optimizer.param_groups]
        return Surroundings((self.model, self.loss, self.penalty, groups, *objects_in(key)))

    def _change(self, recordings: LossRecordings) -> str:
        return recordings.surroundings.change() if recordings.surroundings is not None else ""

    def _record(self, key: Any, xs: Any, ys: Any) -> float:
        """Do a step and write down what the loss does."""
        recordings = self._recordings.setdefault(key, LossRecordings())
        if name := self._change(recordings):
            self._misses[f"the variable {name}"] += 1
            recordings.forget()
        surroundings = self._around(key)
        if surroundings.refused:
            return self._refuse(surroundings.refused, xs, ys)
        parameters, numbers, names = self._parameters(), list[float](), self._names()
        read(xs, "x", numbers, names)
        read(ys, "y", numbers, names)
        known, run = len(recordings.leaves), recorded_run(parameters, numbers, recordings.leaves)
        run.has_conditions = not surroundings.asks_identity
        before = [p._data for p in parameters]
        try:
            traced = iter(run.inputs[len(parameters) :])
            batch = place(xs, traced), place(ys, traced)
            with run.recording():
                value = self._loss(*batch)
            changed = surroundings.change_by_run()
            if list(map(id, values_in(batch))) != list(map(id, run.inputs[len(parameters) :])):
                raise NotCompiled("it changes its batch: make a new one")
        except Exception as error:
            del recordings.leaves[known:]
            if not isinstance(error, NotCompiled):
                error = NotCompiled(f"with Values for its batch it raises {type(error).__name__}: {error}")
            return self._refuse(str(error), xs, ys)
        if changed:
            run.refuse(f"it changes {changed}: do that outside of the model")
        if any(a != b and a == a for a, b in zip(before, (p._data for p in parameters), strict=True)):
            run.refuse("it changes the .data of a parameter: do that outside of the model")
        run.end([value], None)
        if not math.isfinite(value._data):
            del recordings.leaves[known:]
            return value._data
        if run.refused:
            self._note_refusal(run.refused)
            self.optimizer.zero_grad()
            value.backward()
            self._update(parameters, [p._grad for p in parameters])
            return value._data
        slopes = reverse_sweep(value, parameters)
        gradients = [slopes[p] for p in parameters]
        found = value._data
        del value, batch, traced
        self._keep(recordings, run, known, names, surroundings, (xs, ys), found, gradients)
        self._update(parameters, gradients)
        return found

    def _keep(
        self, recordings: LossRecordings, run: Run, known: int, names: list[str], surroundings: Surroundings,
        batch: tuple[Any, Any], loss: float, gradients: list[float],
    ) -> None:  # fmt: skip
        """Add a run to the recordings; compare the code, if it is compiled now, with what the loss itself gave."""
        self._recorded += 1
        recordings.surroundings = surroundings
        before = recordings.gradient
        try:
            new = recordings.add(run, known, names, len(gradients))
            if new is not None and before is None:  # else it was counted
                self._misses[_shown(new)] += 1
            if recordings.gradient is not before and recordings.gradient is not None:
                self._check(recordings, batch, loss, gradients)
        except Unrepeatable as error:
            recordings.forget()
            self._note_refusal(str(error))
        if sum(r.count for r in self._recordings.values()) >= MOST_RECORDINGS:
            self._stopped = (
                f"it went {MOST_RECORDINGS} different ways, which is too many to record: write relu(z), maximum(a, b) "
                "or where(condition, a, b) for an `if` on numbers, and pass batches of one size"
            )

    def _check(self, recordings: LossRecordings, batch: tuple[Any, Any], loss: float, gradients: list[float]) -> None:
        """Compare compiled code with the loss itself, on floats too."""
        assert recordings.gradient is not None
        parameters, numbers = self._parameters(), list[float]()
        for x in batch:
            read(x, "", numbers, None)
        found = recordings.gradient(parameters, numbers, recordings.leaves)
        if isinstance(found, Guard) or not agree([*found[: 1 + len(parameters)]], [loss, *gradients]):
            raise Unrepeatable("compiled code gave another result than the model: it may depend on something unseen")
        if not agree([self._loss(*batch)._data], [loss]):
            raise Unrepeatable(
                "its result for floats is not that for Values: avoid isinstance and math in it, and take its functions "
                "from autograd"
            )

    def _names(self) -> list[str]:
        """Return names for the parameters."""
        named = getattr(self.model, "named_parameters", None)
        found = {id(p): name for name, p in named()} if named is not None else {}
        return [found.get(id(p)) or f"p{i}" for i, p in enumerate(self._parameters())]

    def _refuse(self, reason: str, xs: Any, ys: Any) -> float:
        self._note_refusal(reason)
        return self._as_it_is("", xs, ys)

    def _note_refusal(self, reason: str) -> None:
        self._reasons[reason] += 1
        self._refusals += 1
        if self._refusals >= MOST_REFUSALS:
            self._stopped = reason


def _takes_one(f: Callable[..., Any]) -> bool:
    """Whether a function takes an argument."""
    import inspect

    try:
        found = inspect.signature(f).parameters.values()
    except (TypeError, ValueError):
        return True
    return any(p.default is p.empty and p.kind not in (p.VAR_KEYWORD, p.KEYWORD_ONLY) for p in found)


def _shown(guard: Guard) -> str:
    return guard.line.replace("\\", "/").rpartition("/")[2]
