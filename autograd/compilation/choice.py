"""Which back end runs a function, and the change to C when that is compiled.

Few operations run as Python code, and so does what cannot be written as loop nests. Everything else is nests: in C if
there is a compiler, else as calls of NumPy. While C is being compiled, one of the others runs.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import suppress
from typing import TYPE_CHECKING, Any, Literal

from .nests.nest import NestProgram, NotNested
from .prepared import count_nests, on_c, on_numpy, singles
from .program import Branch, paths
from .readers import OTHER
from .recording.record import Guard
from .results import agree
from .runners import Plan, PythonRunner, Runner

if TYPE_CHECKING:
    from numpy import float64
    from numpy.typing import NDArray

    from .c.compiler import Build

__all__ = ["BACKENDS", "Backend", "Nested", "TooLong", "chosen", "nested"]

Backend = Literal["python", "numpy", "c"]
BACKENDS: tuple[Backend, ...] = ("python", "numpy", "c")

LEAST_NESTED = 64  # operations: fewer are done before numbers are in a buffer
MOST_AS_PYTHON = 10_000  # operations: more take seconds to compile
MOST_WHILE_WAITING = 2_000  # operations that are compiled as Python until C is ready
MOST_SINGLES = 2_000  # nests without loops: compilers of C take long for straight lines
SLOWNESS = 8  # calls of NumPy for a nest take the time of this number of operations in Python, with their derivatives


class TooLong(Exception):
    """A function is left as it is, for the reason in the message: most often, compiling it would take too long."""


class Nested:
    """One way through a function as a program of nests.

    Attributes:
        path: the nodes of the tree.
        program: what it does.
        build: its C program, if that was begun.
    """

    def __init__(self, path: Sequence[Branch], program: NestProgram) -> None:
        self.path, self.program = path, program
        self.build: Build | None = None

    def begin(self) -> Build:
        """Return its C program, which may not be ready."""
        if self.build is None:
            from .c.compiler import build
            from .c.inlining import inlined
            from .c.source import source

            self.build = build(source(inlined(self.program)))
        return self.build


def nested(plan: Plan, known: dict[Branch, Nested]) -> list[Nested]:
    """Return the ways of a plan as programs; add new ones to `known`, by their ends.

    Raises:
        NotNested: the reason why one cannot be.
    """
    try:
        from .nest_runner import program_of
    except ImportError as error:
        raise NotNested(f"NumPy cannot be imported ({error}): pip install numpy") from error
    for path in paths(plan.root):
        if path[-1] in plan.ends and path[-1] not in known:
            program = program_of(path, len(plan.names.inputs), len(plan.leaves), plan.wanted)
            known[path[-1]] = Nested(path, program)
    return [known[end] for end in plan.ends]


def chosen(plan: Plan, backend: Backend | None, known: dict[Branch, Nested], notes: list[str]) -> Runner:
    """Return compiled code.

    Args:
        plan: what is to be compiled.
        backend: what the user wants; None for what is best.
        known: the ways that were written as nests before.
        notes: the list for the reasons why a better back end is not used.

    Raises:
        TooLong: there are too many operations for what can be used.
    """
    operations = sum([len(node.operations) for node in {id(n): n for path in paths(plan.root) for n in path}.values()])
    if backend == "python" or (backend is None and operations < LEAST_NESTED):
        return _as_python(plan, operations, "")
    try:
        ways = nested(plan, known)
        count = max(singles(way.program) for way in ways)
        if count <= MOST_SINGLES:
            return _on_buffer(plan, backend, ways, operations, notes)
        reason = f"{count} operations are in no loop"
    except NotNested as error:
        reason = str(error)
    except Exception as error:  # a fault of this package, with which the user's program goes on
        reason = f"writing them failed with {error!r}, please report this"
    runner = _as_python(plan, operations, f" ({reason})")
    notes.append(f"Python code runs, not loop nests: {reason}")
    return runner


def _as_python(plan: Plan, operations: int, reason: str) -> Runner:
    if operations > MOST_AS_PYTHON:
        raise TooLong(f"it does {operations} operations, which takes long to compile{reason}: jit a part of it")
    try:
        return PythonRunner(plan)
    except Exception as error:
        raise TooLong(f"writing it as Python code failed with {error!r}, please report this") from error


def _on_buffer(plan: Plan, backend: Backend | None, ways: list[Nested], operations: int, notes: list[str]) -> Runner:
    from .c.compiler import NotBuilt

    if backend != "numpy":
        builds = [way.begin() for way in ways]
        try:
            if backend == "c" or all([build.done() for build in builds]):
                return _in_c(plan, ways)
        except NotBuilt as error:
            notes.append(f"C does not run: {error}")
        else:
            as_python = operations <= min(MOST_WHILE_WAITING, SLOWNESS * max(count_nests(w.program) for w in ways))
            return _Waiting(PythonRunner(plan) if as_python else _with_numpy(plan, ways), ways, notes)
    if backend is None and operations <= min(MOST_AS_PYTHON, SLOWNESS * max(count_nests(w.program) for w in ways)):
        return PythonRunner(plan)
    return _with_numpy(plan, ways)


def _in_c(plan: Plan, ways: list[Nested]) -> Runner:
    from .nest_runner import NestRunner, Way

    built = [way.begin().result() for way in ways]
    found = [Way(way.path, way.program, on_c(b)) for way, b in zip(ways, built, strict=True)]
    return NestRunner(plan, found, "c", sum(b.seconds for b in built))


def _with_numpy(plan: Plan, ways: list[Nested]) -> Runner:
    """Return calls of NumPy, for ways that are not compiled as C."""
    from .nest_runner import NestRunner, Way

    return NestRunner(plan, [Way(way.path, way.program, _bind(way)) for way in ways], "numpy", 0.0)


def _bind(way: Nested) -> Callable[[NDArray[float64]], Callable[[], int]]:
    from .c.compiler import NotBuilt

    if way.build is not None and way.build.done():
        with suppress(NotBuilt):
            return on_c(way.build.result())
    return on_numpy(way.program)


class _Waiting(Runner):
    """Runs other code until C is compiled and has given the same result."""

    def __init__(self, interim: Runner, ways: list[Nested], notes: list[str]) -> None:
        super().__init__(interim.plan)
        self.interim, self.operations, self.nests = interim, interim.operations, interim.nests
        self.backend = f"{interim.backend} until C is compiled"
        self.call = _call_interim
        self._ways, self._notes = ways, notes

    def run(self, numbers: list[float]) -> Any:
        return self.interim.run(numbers)

    def compare(self, found: Any, args: tuple[Any, ...], kwargs: dict[str, Any]) -> None:
        """Make C take over if it is ready and gives what was found."""
        from .c.compiler import NotBuilt

        if not all([way.begin().done() for way in self._ways]):
            return
        self.better = self.interim
        try:
            better = _in_c(self.plan, self._ways)
        except NotBuilt as error:
            self._notes.append(f"C does not run: {error}")
            return
        if agree(better.call(better, args, kwargs), found):
            self.better = better
        else:
            self._notes.append("C does not run, as its result is another one: please report this")


def _call_interim(runner: Any, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
    if runner.better is not None:
        return OTHER
    found = runner.interim.call(runner.interim, args, kwargs)
    if found.__class__ is not Guard:
        runner.compare(found, args, kwargs)
    return found
