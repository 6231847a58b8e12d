"""What happens around an operation: whether it is recorded, and whether somebody watches. Per thread and per task."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from typing import TYPE_CHECKING, Any, Protocol

if TYPE_CHECKING:
    from .primitives import Primitive
    from .value import Value

__all__ = ["Watcher", "is_plain", "is_recording", "no_grad", "recording", "watched_by", "watcher"]


class Watcher(Protocol):
    """Somebody who is shown every result as it is made, and every backward pass when it is done."""

    def forward(self, op: Primitive, operands: Sequence[Any], result: Value) -> None:
        """See an operation and its result."""

    def backward(self, gradients: Mapping[Value, Any]) -> None:
        """See the gradients of a sweep, in topological order."""


_recording: ContextVar[bool] = ContextVar("recording", default=True)
_watcher: ContextVar[Watcher | None] = ContextVar("watcher", default=None)
_plain: ContextVar[bool] = ContextVar("plain", default=True)  # recording and unwatched: the one question of hot code

is_recording = _recording.get
watcher = _watcher.get
is_plain = _plain.get


@contextmanager
def _mode(record: bool, by: Watcher | None) -> Iterator[None]:
    was_recording, was_watched = _recording.set(record), _watcher.set(by)
    was_plain = _plain.set(record and by is None)
    try:
        yield
    finally:
        _recording.reset(was_recording)
        _watcher.reset(was_watched)
        _plain.reset(was_plain)


@contextmanager
def no_grad() -> Iterator[None]:
    """Inside, results have no parents: for evaluation and for updating parameters. Per thread, nestable.

    >>> from autograd import Value, no_grad
    >>> with no_grad():
    ...     (Value(2.0) * 3).parents
    ()
    """
    with _mode(False, watcher()):
        yield


@contextmanager
def recording() -> Iterator[None]:
    """Inside, results are recorded even within `no_grad()`: what a transform needs to do its own work."""
    with _mode(True, watcher()):
        yield


@contextmanager
def watched_by(by: Watcher | None) -> Iterator[None]:
    """Inside, `by` sees every result and every backward pass; None sends a watcher away."""
    with _mode(is_recording(), by):
        yield
