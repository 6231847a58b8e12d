"""Compiled code in place of a function, from the arguments of a call to its result."""

from __future__ import annotations

import math
import os
from collections.abc import Callable, Sequence
from threading import RLock
from typing import TYPE_CHECKING, Any, NamedTuple

from ..core import twin
from ..value import Value
from .python.source import Names, Source, source
from .readers import OTHER, Code, NotReadable, in_variables
from .recording.draws import Draws, drawing
from .recording.looks import first_change
from .recording.record import End, Guard
from .results import Assembly, Gradients, written

if TYPE_CHECKING:
    from .program import Branch
    from .recording.surroundings import Surroundings

__all__ = ["DrawingRunner", "Plan", "PythonRunner", "Runner"]


class Plan(NamedTuple):
    """All runs with arguments of one key, to be compiled.

    Args:
        key: that of the arguments.
        root: the tree of the runs.
        ends: those of the ways that are compiled.
        wanted: the inputs to differentiate by; None for no derivatives.
        names: what inputs, leaves and results are called.
        leaves: the Values that are not arguments.
        surroundings: what the function uses besides its arguments.
        gradients: how a gradient is put together; None for no derivatives.
        title: the name of the function.
    """

    key: Any
    root: Branch
    ends: Sequence[Branch]
    wanted: Sequence[int] | None
    names: Names
    leaves: Sequence[Value]
    surroundings: Surroundings
    gradients: Gradients | None
    title: str

    def assembly(self, end: Branch) -> Assembly:
        """Return how a way ends."""
        last = end.last
        assert isinstance(last, End)
        if self.gradients is None:
            return Assembly(last.form, range(len(last.outputs)))
        return self.gradients.assembly(last.form, len(last.outputs))


class Runner:
    """Compiled code for arguments of one key.

    Attributes:
        call: takes this object, the positional arguments as a tuple and those by name as a dict; it returns the result,
            or a guard: one whose outcome is new, or OTHER if the arguments have another key or variables changed.
        plan: what it was made from.
        operations: the number of operations.
        nests: the number of loop nests, 0 if it has none.
        backend: "python", "numpy" or "c".
        seconds: how long a compiler of C took.
        better: what is to be used in its place from now on, and then `call` returns OTHER; None if there is nothing.
    """

    call: Callable[[Any, tuple[Any, ...], dict[str, Any]], Any]
    operations: int
    nests = 0
    backend = "python"
    seconds = 0.0
    better: Runner | None = None

    def __init__(self, plan: Plan) -> None:
        self.plan = plan

    def run(self, numbers: list[float]) -> Any:
        """Return the result for the numbers in arguments, or the guard whose outcome is new."""
        raise NotImplementedError


class ForkLock:
    """A lock that one thread can take several times, and that is free in a child after a fork, whoever had it."""

    def __init__(self) -> None:
        self._lock, self._process = RLock(), os.getpid()

    def acquired(self, waits: bool = False) -> bool:
        """Take the lock, and return whether it was free."""
        if self._process != os.getpid():
            self._lock, self._process = RLock(), os.getpid()
        return self._lock.acquire(blocking=waits)

    def release(self) -> None:
        self._lock.release()


class DrawingRunner(Runner):
    """Draws random numbers before another runner reads them, one call at a time."""

    def __init__(self, runner: Runner, draws: Draws) -> None:
        super().__init__(runner.plan)
        self.runner, self.draws = runner, draws
        self.operations, self.nests = runner.operations, runner.nests
        self.backend, self.seconds = runner.backend, runner.seconds
        self.call = _call_drawing
        self._lock = ForkLock()

    def run(self, numbers: list[float]) -> Any:
        return self.drawing(lambda: self.runner.run(numbers))

    def drawing(self, run: Callable[[], Any]) -> Any:
        self._lock.acquired(waits=True)
        try:
            found = drawing(self.draws, run, lambda found: found.__class__ is Guard)
            if self.runner.better is not None:
                self.better = DrawingRunner(self.runner.better, self.draws)
            return found
        finally:
            self._lock.release()


def _call_drawing(runner: Any, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
    return runner.drawing(lambda: runner.runner.call(runner.runner, args, kwargs))


class PythonRunner(Runner):
    """All ways as one Python function, which also takes the arguments apart and puts the result together."""

    def __init__(self, plan: Plan) -> None:
        super().__init__(plan)
        self._plain: tuple[Source, Callable[..., Any]] | None = None
        frame = _Frame(plan)
        try:
            found = source(plan.root, plan.names, wanted=plan.wanted, ends=plan.ends, frame=frame)
        except NotReadable:
            self.call = lambda runner, args, kwargs: OTHER
            self.operations = self._compiled()[0].operations
        else:
            self.operations = found.operations
            self.call = _function(found, frame.code.space, plan.title)

    def run(self, numbers: list[float]) -> Any:
        found, run = self._compiled()
        result = run(*numbers, *[leaf._data for leaf in self.plan.leaves])
        if result.__class__ is not tuple:
            return found.guards[result]
        return self.plan.assembly(self.plan.ends[result[-1]]).of(result)

    def _compiled(self) -> tuple[Source, Callable[..., Any]]:
        """Return the function of numbers, which is written when it is needed for the first time."""
        if self._plain is None:
            plan = self.plan
            found = source(plan.root, plan.names, wanted=plan.wanted, ends=plan.ends)
            self._plain = found, _function(found, {}, plan.title)
        return self._plain


def _function(found: Source, space: dict[str, Any], title: str) -> Callable[..., Any]:
    space = {"math": math, **found.functions, **space}
    exec(compile(found.text, f"<jit of {title}>", "exec"), space)
    made: Callable[..., Any] = space.pop("compiled")  # a function that refers to itself would be a cycle
    return made


class _Frame:
    """The code around the operations of Python code."""

    def __init__(self, plan: Plan) -> None:
        self.plan, self.code = plan, Code()

    def order(self, end: Branch, outputs: int) -> Sequence[int]:
        return self.plan.assembly(end).order

    def head(self, inputs: Sequence[str], leaves: Sequence[str]) -> list[str]:
        code, plan = self.code, self.plan
        in_variables(plan.key, inputs, code, plan.wanted)
        if plan.surroundings.looks:
            code.expect([f"{code.known(twin(first_change))}({code.known(plan.surroundings.looks)}, 0) == -1"])
        for name, leaf in zip(leaves, plan.leaves, strict=True):
            code.put(f"{name} = {code.known(leaf)}._data")
        return code.lines

    def result(self, end: Branch, numbers: Sequence[str]) -> str:
        return written(self.plan.assembly(end).form, _Texts(numbers, self.code))

    def miss(self, guard: Guard) -> str:
        return self.code.known(guard)


class _Texts:
    """The numbers of a result as texts."""

    def __init__(self, numbers: Sequence[str], code: Code) -> None:
        self.numbers, self.known = iter(numbers), code.known

    def one(self) -> str:
        return next(self.numbers)

    def nested(self, form: Any, count: int) -> str | None:
        return None

    def array(self, shape: tuple[int, ...]) -> str:
        import numpy

        code = f"{self.known(numpy.array)}([{', '.join([next(self.numbers) for _ in range(math.prod(shape))])}])"
        return code if len(shape) == 1 else f"{code}.reshape({shape!r})"
