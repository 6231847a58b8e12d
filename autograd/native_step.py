"""Steps of training on buffers, in C or with NumPy, for one optimizer: what is written there before and read after."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any

from .buffers import numbers_to_buffer, trained_from_buffer
from .compilation.nests.nest import NotNested
from .compilation.program import paths
from .compilation.recording.draws import Draws, drawing
from .optim.compiled import CLIP, CompiledUpdate, is_known
from .optim.optimizer import State
from .value import Value

if TYPE_CHECKING:
    from .compilation.choice import Backend
    from .compilation.recording.losses import LossRecordings
    from .compilation.recording.record import Guard
    from .compilation.training import Training, Way, Ways

__all__ = ["NativeSteps"]

WITH_DERIVATIVES = 5  # lines of Python code for each operation


class NativeSteps:
    """Steps on buffers.

    Attributes:
        notes: why something faster does not run.
    """

    def __init__(
        self, optimizer: Any, max_norm: float | None, before_step: Callable[[], Any] | None, backend: Backend | None
    ) -> None:
        self.optimizer, self.max_norm, self.before_step, self.backend = optimizer, max_norm, before_step, backend
        self.notes: list[str] = []
        self._is_updating = before_step is None and is_known(optimizer)
        if before_step is not None:
            self.notes.append("the optimizer's step runs in Python, after before_step: clip with max_norm instead")
        elif not self._is_updating:
            self.notes.append(f"the step of {type(optimizer).__name__} runs in Python, as its formula is not known")
        self._update: CompiledUpdate | None = None
        self._training: Training | None = None
        self._parameters: list[Value] = []
        self._options: list[float] = []
        self._lent: _Lent | None = None

    def parameters(self) -> list[Value]:
        """Return the parameters of the optimizer."""
        return [p for group in self.optimizer.param_groups for p in group["params"]]

    def note(self, note: str) -> None:
        """Write down why something faster does not run."""
        if note not in self.notes:
            self.notes.append(note)

    # --- building ---

    def forget(self) -> None:
        """Look at the optimizer anew before ways are built; those that were built before are of no use any more."""
        self._update = self._training = None

    def _look(self) -> Training:
        from .compilation.training import Training

        if self._is_updating:
            self._update = CompiledUpdate(self.optimizer)
        factor = CLIP if self.max_norm is not None else None
        limit = math.inf if self.max_norm is None else self.max_norm
        self._parameters = self.parameters()
        rules = self._update.rules if self._update is not None else ()
        return Training(len(self._parameters), rules, factor, limit)

    def build(self, recordings: LossRecordings, key: Any) -> None:
        """Make the compiled ways of recordings, those that there are not yet.

        Raises:
            NotNested: the reason why this cannot be.
            Untraceable: the state of the optimizer is not complete yet.
        """
        try:
            from .compilation.training import Way, Ways
        except ImportError as error:
            raise NotNested(f"NumPy cannot be imported ({error}): pip install numpy") from error
        from .compilation.choice import MOST_SINGLES

        if self._training is None:
            self._training = self._look()
        assert recordings.surroundings is not None
        for path in paths(recordings.root):
            end = path[-1]
            known = recordings.known.get(end)
            if end in recordings.ends and (known is None or known.training is not self._training):
                way = Way(path, len(recordings.inputs), recordings.leaves, self._training)
                if way.singles > MOST_SINGLES:
                    raise NotNested(f"{way.singles} operations are in no loop")
                self._choose(way)
                recordings.known[end] = way
        found = [recordings.known[end] for end in recordings.ends]
        recordings.ways = Ways(key, recordings.surroundings.looks, found)

    def _choose(self, way: Way) -> None:
        """Choose what runs; nothing yet if Python code is better until C is ready."""
        from .compilation.choice import MOST_WHILE_WAITING, SLOWNESS

        if self.backend != "numpy" and (self.backend == "c" or way.begin().done()) and self._in_c(way):
            return
        operations = sum(len(node.operations) for node in way.path)
        is_quick = WITH_DERIVATIVES * operations <= min(MOST_WHILE_WAITING, SLOWNESS * way.nests)
        if self.backend is not None or not is_quick:
            way.use_numpy()

    def _in_c(self, way: Way) -> bool:
        from .compilation.c.compiler import NotBuilt

        try:
            way.use_c()
        except NotBuilt as error:
            self.note(f"C does not run: {error}")
            way.has_failed = True
            return False
        return True

    def poll(self, ways: Ways) -> bool:
        """Go over to machine code that is ready by now; return whether all ways can run."""
        for way in ways.ways if ways.is_waiting else ():
            if self._may_be_in_c(way) and way.begin().done():
                if way.backend == "numpy" and not self._agrees(way):
                    way.has_failed = True
                elif not self._in_c(way) and not way.backend:
                    way.use_numpy()
        ways.is_waiting = any(map(self._may_be_in_c, ways.ways))
        return all([way.backend for way in ways.ways])

    def _may_be_in_c(self, way: Way) -> bool:
        return self.backend is None and way.backend != "c" and not way.has_failed

    def _agrees(self, way: Way) -> bool:
        from .compilation.c.compiler import NotBuilt

        try:
            if way.agrees_in_c():
                return True
            self.note("C does not run, as its result is another one: please report this")
        except NotBuilt as error:
            self.note(f"C does not run: {error}")
        return False

    # --- running ---

    def run(self, ways: Ways, steps: int, draws: Draws | None) -> tuple[list[float], Guard | None]:
        """Do steps with the batch in the buffer of the current way, only one if random numbers are drawn.

        Returns:
            The losses of those that were done, and the guard whose outcome was new after them, if there is one.

        Raises:
            Untraceable: the optimizer has changed, so that the ways are of no use any more.
        """
        if draws:
            return drawing(draws, lambda: self._run(ways, 1), lambda found: not found[0])
        return self._run(ways, steps if self._update is not None else 1)

    def _run(self, ways: Ways, steps: int) -> tuple[list[float], Guard | None]:
        if ways.is_waiting:
            self.poll(ways)
        losses: list[float] = []
        while True:
            way = ways.current
            self._load(way, is_trial=False)
            found, failed = way.run(steps - len(losses))
            losses += found
            if found:
                self._store(way)
            if failed < 0:
                return losses, None
            guard = ways.follow(failed)
            if guard is not None:
                return losses, guard

    def trial(self, ways: Ways, numbers: Sequence[float]) -> list[float] | None:
        """Return what a step would leave behind: the loss, and parameters and gradients if it updates them; else None.

        Raises:
            Untraceable: see `run`.
        """
        if self._lent is not None and self.optimizer.lender is self._lent:
            self._lent.bring_back()  # a trial changes what is in the buffer
            self._lent = self.optimizer.lender = None
        ways.write(numbers)
        n = len(self._parameters)
        while True:
            way = ways.current
            self._load(way, is_trial=True)
            losses, failed = way.run(1)
            if failed < 0:
                at = way.places.gradients
                return [*losses, *way.numbers[at : at + n], *(way.numbers[:n] if self._update is not None else ())]
            if ways.follow(failed) is not None:
                return None

    def left_behind(self, loss: float) -> list[float]:
        """Return what a step has left behind, to be compared with a trial."""
        gradients = [p._grad for p in self._parameters]
        return [loss, *gradients, *([p._data for p in self._parameters] if self._update is not None else ())]

    def _load(self, way: Way, is_trial: bool) -> None:
        """Write what a step needs to the buffer of a way; in a trial, attributes are as they were in the last run."""
        numbers = way.numbers
        numbers_to_buffer(self._parameters, numbers, 0)
        if way.leaves:
            numbers_to_buffer(way.leaves, numbers, way.inputs)
            for owner, name, first, count in way.held if not is_trial else ():
                way.buffer[first : first + (count or 1)] = getattr(owner, name)
        update = self._update
        if update is None:
            return
        options = update.options(self.optimizer.param_groups)
        if options is not None:
            self._options = options
        if way.options is not self._options:
            way.options, at = self._options, way.places.options
            way.buffer[at : at + len(self._options)] = self._options
        if not update.size:
            return
        lent, at = self._lent, way.places.state
        if lent is None or self.optimizer.lender is not lent:
            states = update.states_of(self.optimizer)
            way.buffer[at : at + update.size] = update.load(states)
            if not is_trial:
                self._lent = self.optimizer.lender = _Lent(update, states, way)
        elif lent.way is not way:
            before = lent.way.places.state
            way.buffer[at : at + update.size] = lent.way.buffer[before : before + update.size]
            lent.way = way

    def _store(self, way: Way) -> None:
        """Give parameters and gradients what steps have made of them."""
        trained_from_buffer(self._parameters, way.numbers, 0, way.places.gradients)
        for attribute in way.results:
            attribute.write(way.numbers)
        if self._update is not None:
            self.optimizer.has_stepped = True
            return
        if self.before_step is not None:
            self.before_step()
        self.optimizer.step()


class _Lent:
    """The state of an optimizer that is in the buffer of a way."""

    def __init__(self, update: CompiledUpdate, states: list[list[State]], way: Way) -> None:
        self.update, self.states, self.way = update, states, way

    def bring_back(self) -> None:
        at = self.way.places.state
        self.update.store(self.states, self.way.buffer[at : at + self.update.size].tolist())
