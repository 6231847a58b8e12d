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
from typing import TYPE_CHECKING, Any, Literal

from .compilation.arguments import NotCompiled, read
from .compilation.nests.nest import NotNested
from .compilation.program import Unrepeatable
from .compilation.readers import OTHER
from .compilation.recording.draws import drawing
from .compilation.recording.held import read_anew
from .compilation.recording.losses import LossRecordings, source_of
from .compilation.recording.record import Guard
from .compilation.results import AMPLIFIED, Stats, agree
from .compilation.updates import FINITE
from .graph import reverse_sweep
from .modes import UNUSUAL, is_plain
from .native_step import NativeSteps
from .objective import Objective
from .optim.clip import clip_grad_norm_
from .optim.optimizer import at_least_0
from .rules import Untraceable
from .text import given, shown
from .value import Value

if TYPE_CHECKING:
    from .compilation.choice import Backend

__all__ = ["TrainingStep", "training_step"]

MOST_RECORDINGS = 20  # with batches of one form
MOST_FORMS = 200
MOST_REFUSALS = 3


def training_step(
    model: Callable[[Any], Any],
    loss: Callable[[Any, Any], Value],
    optimizer: Any,
    penalty: Callable[..., Value] | None = None,
    *,
    max_norm: float | None = None,
    backend: Backend | None = None,
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
        backend: "c", "numpy" or "python"; by default what is best, see `jit`.

    Returns:
        A function of inputs and targets. It returns the loss of the batch, before the update. If that is nan or
        infinite, there is no update.

    Raises:
        TypeError: an argument is of the wrong kind.
        ValueError: max_norm is below 0, or there is no such back end.
    """
    return TrainingStep(model, loss, optimizer, penalty, max_norm, backend=backend)


class TrainingStep:
    """The result of `training_step`."""

    def __init__(
        self,
        model: Any,
        loss: Any,
        optimizer: Any,
        penalty: Any = None,
        max_norm: Any = None,
        before_step: Callable[[], Any] | None = None,
        backend: Backend | None = None,
    ) -> None:
        self._objective = Objective(model, loss, penalty)
        if not hasattr(optimizer, "param_groups") or not hasattr(optimizer, "step"):
            example = "optim.SGD(model.parameters())"
            raise TypeError(f"training_step's optimizer must be one such as {example}, but got {given(optimizer)}")
        if backend not in (None, "c", "numpy", "python"):
            raise ValueError(f"backend must be 'c', 'numpy', 'python' or None, but got {shown(backend)}")
        self.optimizer = optimizer
        self.max_norm = None if max_norm is None else at_least_0(max_norm, "max_norm")
        self._made_of = model, loss, optimizer, penalty, self.max_norm, before_step, backend
        self._before_step = before_step
        self._recordings: dict[Any, LossRecordings] = {}
        self._native = NativeSteps(optimizer, self.max_norm, before_step, backend)
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
                losses += self._fast(xs, ys, steps - len(losses)) or [self._step(xs, ys)]
            self._calls += len(losses)
        return losses

    def __reduce__(self) -> Any:
        return TrainingStep, self._made_of  # recordings are made anew

    def stats(self) -> Stats:
        """Return what it did so far: steps, recordings, guards, and why steps were not compiled."""
        found = self._recordings.values()
        ways = [way for r in found if r.ways is not None and r.ways.is_ready for way in r.ways.ways]
        as_python = [r.gradient for r in found if r.gradient is not None and (r.ways is None or not r.ways.is_ready)]
        operations = sum(gradient.operations for gradient in as_python)
        operations += sum(len(node.operations) for node in {id(n): n for way in ways for n in way.path}.values())
        backends = [*[way.backend for way in ways], *["python" for _ in as_python]]
        return Stats(
            self._calls, self._compiled, self._recorded, sum(r.count for r in found), operations,
            dict(self._misses), dict(self._reasons), sum(way.nests for way in ways), tuple(dict.fromkeys(backends)),
            sum(way.seconds for way in ways), tuple(self._native.notes),
        )  # fmt: skip

    def source(self, language: Literal["python", "c"] = "python") -> str:
        """Return what was recorded as a program.

        The Python code computes the loss and its gradient, of the parameters and then the numbers of the batch, and
        runs by itself, see `jit`. The C code does whole steps on a buffer that begins with these.

        Args:
            language: "python" or "c".

        Raises:
            RuntimeError: nothing was recorded yet, or it is not written in C.
        """
        if language not in ("python", "c"):
            raise ValueError(f"language must be 'python' or 'c', but got {shown(language)}")
        found = [r for r in self._recordings.values() if r.count]
        if not found:
            reasons = "; ".join(self._reasons) or "there was no step yet"
            raise RuntimeError(f"nothing was recorded ({reasons}): do a step first")
        if language == "python":
            return source_of(found)
        texts = [way.text() for r in found for way in r.known.values()]
        if not texts:
            reasons = "; ".join(self._native.notes) or "a way is compiled when it is gone for the second time"
            raise RuntimeError(f"nothing is written in C ({reasons}): take source('python')")
        return "\n\n".join(texts)

    # --- one step ---

    def _fast(self, xs: Any, ys: Any, steps: int) -> list[float]:
        """Do steps on a buffer, one at least if nothing is in the way; return their losses."""
        if not UNUSUAL or is_plain():
            for recordings in self._recordings.values():
                ways = recordings.ways
                if ways is not None and ways.is_ready and ways.read((xs, ys), {}) is not OTHER:
                    return self._on_buffer(recordings, steps)
        return []

    def _on_buffer(self, recordings: LossRecordings, steps: int) -> list[float]:
        """Do steps with the batch that is in the buffer, as `_fast`."""
        assert recordings.ways is not None
        try:
            losses, guard = self._native.run(recordings.ways, steps, recordings.draws)
        except Untraceable:
            self._drop_ways()
            return []
        self._compiled += len(losses)
        if guard is not None and not losses and guard.line != FINITE:
            self._misses[_shown(guard)] += 1
        return losses

    def _step(self, xs: Any, ys: Any) -> float:
        """Do a step in another way."""
        if not is_plain():
            return self._as_it_is("it was called inside no_grad(), a recording, or something that watches", xs, ys)
        numbers: list[float] = []
        try:
            key = read(xs, "x", numbers, None), read(ys, "y", numbers, None)
            found = self._recordings.get(key)
        except (NotCompiled, TypeError) as error:  # a key that cannot be hashed
            return self._as_it_is(str(error), xs, ys)
        if found is not None and found.ends and not found.change():
            loss = self._with_numbers(found, key, numbers)
            if loss is not None:
                return loss
        is_to_be_tried = found is not None and found.ways is not None and not found.ways.is_ready
        reason = self._stopped or self._too_many(found)
        if reason and not is_to_be_tried:
            return self._as_it_is(reason, xs, ys)
        return self._record(key, xs, ys)

    def _with_numbers(self, recordings: LossRecordings, key: Any, numbers: list[float]) -> float | None:
        """Do a step with the numbers of a batch, if its way is compiled; return the loss."""
        self._build(recordings, key)
        ways = recordings.ways
        if ways is not None and ways.is_ready:
            ways.write(numbers)
            found = self._on_buffer(recordings, 1)
            return found[0] if found else None
        if ways is not None and self._native.poll(ways):
            return None  # a step that is recorded is their trial
        try:
            gradient = recordings.as_python()
        except Unrepeatable as error:
            self._stopped = str(error)
            return None
        read_anew(recordings.leaves)
        parameters = self._native.parameters()
        result = drawing(
            recordings.draws,
            lambda: gradient(parameters, numbers, recordings.leaves),
            lambda found: isinstance(found, Guard) or not math.isfinite(found[0]),
        )
        if isinstance(result, Guard):
            self._misses[_shown(result)] += 1
            return None
        loss: float = result[0]
        if not math.isfinite(loss):
            return None
        self._compiled += 1
        outputs, form = recordings.end(result[-1])
        for attribute in form:
            attribute.write(result)
        self._update(parameters, result[outputs:-1])
        return loss

    def _update(self, parameters: list[Value], gradients: Any) -> None:
        """Give the parameters their gradients and move them."""
        for p, gradient in zip(parameters, gradients, strict=True):
            p._grad = gradient
        if self.max_norm is not None:
            clip_grad_norm_(parameters, self.max_norm)
        if self._before_step is not None:
            self._before_step()
        self.optimizer.step()

    def _as_it_is(self, reason: str, xs: Any, ys: Any) -> float:
        if reason:
            self._reasons[reason] += 1
        return self._with_graph(self._objective(xs, ys))

    def _with_graph(self, value: Value) -> float:
        if math.isfinite(value._data):
            self.optimizer.zero_grad()
            value.backward()
            parameters = self._native.parameters()
            self._update(parameters, [p._grad for p in parameters])
        return value._data

    # --- on buffers ---

    def _build(self, recordings: LossRecordings, key: Any) -> None:
        """Make the ways on buffers, if they can be and are not there."""
        if recordings.is_python or self._native.backend == "python":
            return
        if recordings.ways is not None and len(recordings.ways.ways) == len(recordings.ends):
            return
        try:
            self._native.build(recordings, key)
        except NotNested as error:
            recordings.is_python = True
            self._native.note(f"Python code runs, not loop nests: {error}")
        except Untraceable:  # until the optimizer has done a step
            recordings.ways = None

    def _trial(self, recordings: LossRecordings, numbers: list[float]) -> list[float] | None:
        """Return what a step on a buffer would leave behind, None if there is no trial."""
        ways = recordings.ways
        if ways is None or ways.is_ready or not self._native.poll(ways):
            return None
        try:
            return self._native.trial(ways, numbers)
        except Untraceable:
            self._drop_ways()
            return None

    def _compare(self, recordings: LossRecordings, trial: list[float] | None, loss: float) -> None:
        """Use ways on buffers from now on, if a trial left behind what a step has left behind."""
        if trial is None or recordings.ways is None:
            return
        expected, n = self._native.left_behind(loss), 1 + len(self._native.parameters())
        recordings.ways.is_ready = agree(trial[:n], expected[:n]) and agree(trial[n:], expected[n:], AMPLIFIED)
        if not recordings.ways.is_ready:
            recordings.ways, recordings.is_python = None, True
            self._native.note("loop nests do not run, as their result is another one: please report this")

    def _drop_ways(self) -> None:
        """Forget the ways on buffers, as the optimizer is another one now."""
        self._native.forget()
        for recordings in self._recordings.values():
            recordings.ways = None

    # --- recording ---

    def _record(self, key: Any, xs: Any, ys: Any) -> float:
        """Do a step and write down what the loss does."""
        recordings = self._recordings.setdefault(key, LossRecordings())
        if name := recordings.change():
            self._misses[f"the variable {name}"] += 1
            recordings.forget()
        known, found = len(recordings.leaves), None
        try:
            found = self._objective.recorded(key, (xs, ys), self.optimizer, recordings.leaves, recordings.draws)
        except NotCompiled as error:
            self._note_refusal(str(error))
        if found is None:  # outside of the handler, so that an error of the user's code is shown alone
            return self._as_it_is("", xs, ys)
        run, value, numbers, surroundings = found
        del found  # the last reference to the graph decides which leaves are temporary
        if run.refused or not math.isfinite(value._data):
            del recordings.leaves[known:]
            if run.refused:
                self._note_refusal(run.refused)
            return self._with_graph(value)
        parameters = self._native.parameters()
        slopes, loss = reverse_sweep(value, parameters), value._data
        gradients = [slopes[p] for p in parameters]
        del value, slopes  # else its leaves seem to be in use elsewhere
        recordings.surroundings = surroundings
        self._recorded += 1
        trial = None
        try:
            new, is_compiled = recordings.add(run, known, self._names(xs, ys), len(parameters))
            if new is not None and not recordings.ends:  # else it was counted
                self._misses[_shown(new)] += 1
            if is_compiled:
                self._build(recordings, key)
            trial = self._trial(recordings, numbers)
            if is_compiled:
                if not agree(self._objective.again(run, (xs, ys)), loss):
                    raise Unrepeatable(
                        "its result for floats is not that for Values: avoid isinstance and math in it, and take its "
                        "functions from autograd"
                    )
                if trial is None:
                    self._check(recordings, numbers, [loss, *gradients])
        except Unrepeatable as error:
            recordings.forget()
            self._note_refusal(str(error))
        self._update(parameters, gradients)
        self._compare(recordings, trial, loss)
        return loss

    def _too_many(self, recordings: LossRecordings | None) -> str:
        """Return why batches of a form are not recorded any more, "" if they are; None for a new form."""
        if recordings is None and len(self._recordings) >= MOST_FORMS:
            return f"batches of {MOST_FORMS} forms were recorded, which is too many: pass batches of fewer sizes"
        if recordings is not None and recordings.count >= MOST_RECORDINGS:
            return (
                f"it went {MOST_RECORDINGS} different ways, which is too many to record: write relu(z), maximum(a, b) "
                "or where(condition, a, b) for an `if` on numbers"
            )
        return ""

    def _check(self, recordings: LossRecordings, numbers: list[float], expected: list[float]) -> None:
        """Compare Python code with a run: its loss and its gradient."""
        found = recordings.as_python()(self._native.parameters(), numbers, recordings.leaves)
        if isinstance(found, Guard) or not agree([found[0], *found[-len(expected) : -1]], expected):
            raise Unrepeatable("compiled code gave another result than the model: it may depend on something unseen")

    def _names(self, xs: Any, ys: Any) -> list[str]:
        """Return names for the parameters and the numbers of a batch."""
        names = self._objective.names(self._native.parameters())
        read(xs, "x", [], names)
        read(ys, "y", [], names)
        return names

    def _note_refusal(self, reason: str) -> None:
        self._reasons[reason] += 1
        self._refusals += 1
        if self._refusals >= MOST_REFUSALS:
            self._stopped = reason


def _shown(guard: Guard) -> str:
    return guard.line.replace("\\", "/").rpartition("/")[2]
