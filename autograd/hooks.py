"""What few Values have beside their number: a label, hooks on their gradient, and the source line that made them."""

from __future__ import annotations

from collections.abc import Callable
from threading import RLock
from typing import TYPE_CHECKING, Any

from .primitives import Traced, number
from .text import shown

if TYPE_CHECKING:
    from .value import Value

__all__ = ["Hook", "HookHandle", "Notes", "notes_of"]

Hook = Callable[[Any], Any]
_making = RLock()  # so that two threads do not each give a Value notes; re-entrant, since a finalizer may run in it


class Notes:
    """The notes of one Value.

    Attributes:
        label: a name for drawings and explanations.
        hooks: functions of the gradient, by the keys of their handles.
        source: where in the user's code the Value was made, if somebody watched.
    """

    __slots__ = ("hooks", "label", "source")

    def __init__(self) -> None:
        self.label = ""
        self.hooks: dict[object, Hook] = {}
        self.source: str | None = None

    def register(self, hook: Hook) -> HookHandle:
        """Add a hook; return the handle that takes it away again."""
        if not callable(hook):
            raise TypeError(f"register_hook takes a function of the gradient, but got {shown(hook)}")
        key = object()  # never equal to another handle's, in whichever threads they are made
        self.hooks[key] = hook
        return HookHandle(self.hooks, key)

    def hooked(self, gradient: Any) -> Any:
        """Return the gradient, or what the hooks made of it."""
        for hook in self.hooks.copy().values():  # hooks may come and go meanwhile
            replaced = hook(gradient)
            if replaced is not None:
                gradient = replaced if isinstance(replaced, Traced) else number(replaced, "what a hook returns")
        return gradient


def notes_of(value: Value) -> Notes:
    """Return the notes of a Value, which gets them here if it has none."""
    if value.notes is None:
        made = Notes()
        with _making:
            if value.notes is None:
                value.notes = made
    return value.notes


class HookHandle:
    """What `register_hook` returns: `remove()` takes the hook away again."""

    def __init__(self, hooks: dict[object, Hook], key: object) -> None:
        self._hooks, self._key = hooks, key

    def remove(self) -> None:
        """Take the hook away; a second time does nothing."""
        self._hooks.pop(self._key, None)
