"""The modes of an operation: whether it is recorded, and who watches. Per thread and per task.

A mode holds exactly as long as its context is open, in whatever order contexts end: two generators can each hold one
open, and another task can close an asynchronous generator. Of the contexts on one subject, the latest that is still
open decides.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Container, Mapping, Sequence
from contextvars import ContextVar
from functools import wraps
from typing import TYPE_CHECKING, Any, Literal, ParamSpec, Protocol, TypeVar

if TYPE_CHECKING:
    from random import Random

    from .primitives import Primitive
    from .value import Value

__all__ = [
    "Mode", "PACKAGE", "Recorder", "Tape", "Watcher", "decision", "is_plain", "is_recording", "is_unrecorded", "look",
    "looked", "no_grad", "recorded_by", "recorder", "recording", "show_gradients", "show_result", "users_line",
    "watched_by", "watcher",
]  # fmt: skip

PACKAGE = os.path.dirname(__file__)
RUNS_LATER = 0x20 | 0x80 | 0x200  # flags of generator, async and async generator functions: a call only prepares them

P = ParamSpec("P")
R = TypeVar("R")


class Watcher(Protocol):
    """An observer of every result and of every backward pass."""

    def forward(self, op: Primitive, operands: Sequence[Any], result: Value) -> None:
        """See an operation and its result."""

    def backward(self, gradients: Mapping[Value, Any]) -> None:
        """See the gradients of a sweep, in topological order."""


class Tape(list[Any]):
    """The list in which a recorder writes, each entry followed by the user's line.

    A result of an operation is there itself. It is false, so that only who knows tapes takes it for the usual case.

    Attributes:
        lines: the lines, as (file, number, ...), by keys that identify them; None once it is closed.
    """

    __slots__ = ("lines",)

    def __init__(self) -> None:
        self.lines: dict[Any, tuple[Any, ...]] | None = {}

    def __bool__(self) -> bool:
        return False


class Recorder(Protocol):
    """A recorder of a run of a function, which can then be repeated without the function's code."""

    @property
    def tape(self) -> Tape | None:
        """If there is one, the compiled core writes most results to it and does not call `forward`."""

    def forward(self, op: Primitive, operands: Sequence[Any], result: Value) -> None:
        """See an operation and its result."""

    def looked(self, relation: str, value: Any, other: Any, found: Any) -> Any:
        """See a number leave the graph: what a comparison with `other` found, or what was read; return it."""

    def refuse(self, reason: str) -> None:
        """See something that cannot be repeated."""

    def abandon(self, reason: str) -> None:
        """See what comes next and cannot be repeated; may raise an exception, so that it does not come."""

    def drawn(self, generator: Random, draw: Callable[[Random, int], list[float]]) -> Any:
        """Return a number that is drawn: as a float, or as a Value if a repetition has to draw it anew.

        Args:
            generator: where it comes from.
            draw: a function of the generator and a count that returns numbers.
        """

    def held(self, owner: Any, name: str) -> Any:
        """Return the numbers in an attribute, one or a list, as Values that are read anew in each run."""

    def hold(self, owner: Any, name: str, numbers: Any) -> None:
        """Set such an attribute to results, when the run has ended."""

    def local_derivatives(self, node: Value, wanted: Container[Any], shared: Any = None) -> list[tuple[Value, Any]]:
        """Return what `graph.local_derivatives` does."""
        ...


# --- the mechanism: the only place where a mode begins or ends ---

# Restoring on exit the state found on entry could revive a context that has ended in the meantime. So a context adds
# an entry and removes it again. Threads and tasks may hold copies of the tuple: they see that a context has
# ended because the end empties a list in the entry itself.

Subject = Literal["recording", "watcher", "recorder", "language"]
Entry = tuple[Subject, Any, list[bool]]  # a subject, its value in a context, and a list, empty once that has ended

_entries: ContextVar[tuple[Entry, ...]] = ContextVar("entries", default=())
_plain: ContextVar[bool | list[bool] | Tape] = ContextVar("plain", default=True)

# The open contexts, of all threads, in which operations may not be plain. While there is none, the compiled core does
# not even look at a context variable.
UNUSUAL: set[int] = set()

# True if results are recorded and nobody watches or writes them down, so that the fast path reads one variable; a tape
# if they are written down and nothing else is unusual. It may be False too often, after a context has ended in another
# thread or task: `is_recording`, `watcher` and `recorder` then look at the entries.
is_plain = _plain.get


class Mode:
    """A context that sets a subject, used by `with` or as a decorator; it opens once."""

    __slots__ = ("_open", "says", "subject")

    def __init__(self, subject: Subject, says: Any) -> None:
        self.subject: Subject = subject
        self.says = says
        self._open: list[bool] | None = None

    def __enter__(self) -> None:
        if self._open is not None:
            raise RuntimeError("this context was opened before: make one for each `with`, as in `with no_grad():`")
        self._open = [True]
        if self.subject != "language" and self.says not in (True, None):
            UNUSUAL.add(id(self._open))
        _hold((*_entries.get(), (self.subject, self.says, self._open)))

    def __exit__(self, *error: object) -> None:
        if self._open:
            self._close()
            _hold(_entries.get())

    def __del__(self) -> None:
        self._close()  # nobody can end it any more; Python 3.11 may crash if a finalizer sets a context variable

    def _close(self) -> None:
        if self._open:
            self._open.clear()
            UNUSUAL.discard(id(self._open))

    def __call__(self, function: Callable[P, R]) -> Callable[P, R]:
        """Return a function that does all of its work in such a context."""
        if getattr(getattr(function, "__code__", None), "co_flags", 0) & RUNS_LATER:
            raise TypeError(
                f"a decorator would end its context before the generator or async function {function.__name__!r} "
                "runs: open the context by `with` inside that function"
            )

        @wraps(function)
        def inside(*args: P.args, **kwargs: P.kwargs) -> R:
            with Mode(self.subject, self.says):
                return function(*args, **kwargs)

        return inside


def decision(subject: Subject, otherwise: Any) -> Any:
    """Return the value of a subject in the latest open context, or `otherwise` without one."""
    entries = _entries.get()
    for about, says, is_open in reversed(entries):
        if not is_open:  # it ended elsewhere
            _hold(entries)
        elif about == subject:
            return says
    return otherwise


def _hold(entries: tuple[Entry, ...]) -> None:
    """Keep those of the entries that are open, and find whether operations are plain among them."""
    watched = ended = False
    recorder: Recorder | None = None  # the latest
    records: bool | list[bool] = True  # the list of a context that covers a no_grad(), True if there is none
    for subject, says, is_open in entries:
        if not is_open:
            ended = True
        elif subject == "watcher":
            watched = watched or says is not None
        elif subject == "recorder":
            recorder = says
        elif subject == "recording":
            records = (records is True or is_open) if says else False
    if watched:
        _plain.set(False)
    elif recorder is None:
        _plain.set(records)
    else:
        _plain.set(recorder.tape if records and recorder.tape is not None else False)
    _entries.set(tuple([entry for entry in entries if entry[2]]) if ended else entries)


# --- the modes ---


def is_recording() -> bool:
    """Whether results remember how they were made."""
    return True if is_plain() else decision("recording", True)


def is_unrecorded() -> bool:
    """Whether results have no parents, and there is neither a watcher nor a recorder."""
    return not is_recording() and watcher() is None and recorder() is None


def watcher() -> Watcher | None:
    """Return the watcher, or None."""
    return None if is_plain() else decision("watcher", None)


def recorder() -> Recorder | None:
    """Return the recorder, or None."""
    return None if is_plain() else decision("recorder", None)


def show_result(op: Primitive, operands: Sequence[Any], result: Value) -> Value:
    """Report a result to the watcher and the recorder, and return it."""
    if not is_plain():
        for by in (watcher(), recorder()):
            if by is not None:
                by.forward(op, operands, result)
    return result


def looked(node: Any, relation: str, other: Any, found: Any) -> Any:
    """Report what a look at the number of a node found to the recorder, and return it, perhaps in its form of it."""
    by = recorder()
    return found if by is None else by.looked(relation, node, other, found)


def look(node: Any, what: str, found: Any = None) -> Any:
    """Return the "data", the "grad" or the "partials" of a node, or whether it is true; a recorder writes it down."""
    if what == "bool":
        return looked(node, "ne", 0.0, node._data != 0.0)
    return looked(node, what, None, {"data": node._data, "grad": node._grad}.get(what, found))


def users_line() -> tuple[str, int, str]:
    """Return the innermost line outside this package: its file, its number, and the name of its function."""
    frame = sys._getframe()
    while frame.f_back is not None and frame.f_code.co_filename.startswith(PACKAGE):
        frame = frame.f_back
    return frame.f_code.co_filename, frame.f_lineno, frame.f_code.co_name


def show_gradients(gradients: Mapping[Value, Any]) -> None:
    """Report a backward pass to the watcher; passes that `view` runs internally are not reported."""
    by = watcher()
    if by is not None:
        by.backward(gradients)


def no_grad() -> Mode:
    """Inside, results have no parents: for evaluation and for updating parameters. Per thread and task, nestable.

    >>> from autograd import Value, no_grad
    >>> with no_grad():
    ...     (Value(2.0) * 3).parents
    ()
    """
    return Mode("recording", False)


def recording() -> Mode:
    """Inside, results are recorded even within `no_grad()`, as transforms need."""
    return Mode("recording", True)


def watched_by(by: Watcher | None) -> Mode:
    """Inside, `by` sees every result and every backward pass; None stops watching."""
    return Mode("watcher", by)


def recorded_by(by: Recorder | None) -> Mode:
    """Inside, `by` writes down every operation and every look at a number; None writes down nothing."""
    return Mode("recorder", by)
