"""What happens around an operation: whether it is recorded, and whether somebody watches. Per thread and per task."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from typing import TYPE_CHECKING, Any, Protocol

if TYPE_CHECKING:
    from .primitives import Primitive
    from .value import Value

__all__ = ["Watcher", "is_plain", "is_recording", "no_grad", "recording", "show_gradients", "watched_by", "watcher"]


class Watcher(Protocol):
    """Somebody who is shown every result as it is made, and every backward pass when it is done."""

    def forward(self, op: Primitive, operands: Sequence[Any], result: Value) -> None:
        """See an operation and its result."""

    def backward(self, gradients: Mapping[Value, Any]) -> None:
        """See the gradients of a sweep, in topological order."""


# How many `no_grad()` are open, and who watches; `_plain` answers for both in one look: nothing special.
_pauses: ContextVar[int] = ContextVar("pauses", default=0)
_watcher: ContextVar[Watcher | None] = ContextVar("watcher", default=None)
_plain: ContextVar[bool] = ContextVar("plain", default=True)

watcher = _watcher.get
is_plain = _plain.get


def show_gradients(gradients: Mapping[Value, Any]) -> None:
    """Show a backward pass that the user asked for to whoever watches; a look at a graph is not one."""
    by = watcher()
    if by is not None:
        by.backward(gradients)


def is_recording() -> bool:
    """Whether results remember how they were made."""
    return _pauses.get() == 0


def _set(pauses: int, by: Watcher | None) -> None:
    _pauses.set(pauses)
    _watcher.set(by)
    _plain.set(pauses == 0 and by is None)


@contextmanager
def no_grad() -> Iterator[None]:
    """Inside, results have no parents: for evaluation and for updating parameters. Per thread, nestable.

    >>> from autograd import Value, no_grad
    >>> with no_grad():
    ...     (Value(2.0) * 3).parents
    ()
    """
    _set(_pauses.get() + 1, watcher())
    try:
        yield
    finally:  # counting down, not back to what was, is right for generators that end in another order too
        _set(max(0, _pauses.get() - 1), watcher())


@contextmanager
def recording() -> Iterator[None]:
    """Inside, results are recorded even within `no_grad()`: what a transform needs to do its own work."""
    pauses = _pauses.get()
    _set(0, watcher())
    try:
        yield
    finally:
        _set(pauses, watcher())


@contextmanager
def watched_by(by: Watcher | None) -> Iterator[None]:
    """Inside, `by` sees every result and every backward pass; None sends a watcher away."""
    before = watcher()
    _set(_pauses.get(), by)
    try:
        yield
    finally:
        _set(_pauses.get(), before)
