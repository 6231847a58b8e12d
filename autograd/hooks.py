"""Optional extras of a Value: a label, hooks on its gradient, and the source line that made it."""

from __future__ import annotations

from collections.abc import Callable
from gc import get_referents
from itertools import islice
from threading import RLock
from types import FunctionType, ModuleType
from typing import TYPE_CHECKING, Any

from .core import compiled
from .primitives import Traced, number
from .text import shown

if TYPE_CHECKING:
    from .value import Value

__all__ = ["Hook", "HookHandle", "Notes", "notes_of", "values_of"]

Hook = Callable[[Any], Any]
_making = RLock()  # so that two threads do not each give a Value notes; re-entrant, since a finalizer may run in it


class Notes:
    """The notes of one Value.

    Attributes:
        label: a name for drawings and explanations.
        hooks: functions of the gradient, by the keys of their handles.
        source: the line of the user's code that made the Value, if there was a watcher.
    """

    __slots__ = ("hooks", "label", "source")

    def __init__(self) -> None:
        self.label = ""
        self.hooks: dict[object, Hook] = {}
        self.source: str | None = None

    def register(self, hook: Hook) -> HookHandle:
        """Add a hook; return the handle that removes it."""
        if not callable(hook):
            raise TypeError(f"register_hook takes a function of the gradient, but got {shown(hook)}")
        key = object()  # never equal to another handle's, whichever threads make them
        self.hooks[key] = hook
        return HookHandle(self.hooks, key)

    def hooked(self, gradient: Any) -> Any:
        """Return the gradient after all hooks."""
        if compiled is not None and self.hooks:
            compiled.track([gradient])  # if it is a Value, a hook may keep it
        for hook in self.hooks.copy().values():  # hooks may come and go meanwhile
            replaced = hook(gradient)
            if replaced is not None:
                gradient = replaced if isinstance(replaced, Traced) else number(replaced, "the result of a hook")
        return gradient


def notes_of(value: Value) -> Notes:
    """Return the notes of a Value; create them if it has none."""
    if value.notes is None:
        made = Notes()
        with _making:
            if value.notes is None:
                value.notes = made
    return value.notes


def values_of(hook: Any) -> list[Traced]:
    """Return the Values that a hook refers to, by its closure, its defaults, its object and containers in them.

    The compiled core asks, so that the garbage collector sees a cycle through a Value that was made before the hook.
    This looks at a thousand objects at most, the nearest first, and at no globals.
    """
    found: list[Traced] = []
    objects, seen = [hook], set()
    for x in islice(objects, 1000):  # the list grows meanwhile
        kind = type(x)  # and not isinstance, which may run the object's own code
        if id(x) in seen or issubclass(kind, (type, ModuleType)):
            continue
        seen.add(id(x))
        if issubclass(kind, Traced):
            found.append(x)
        elif kind is FunctionType:
            objects += [x.__closure__, x.__defaults__, x.__kwdefaults__, x.__dict__]
        else:
            objects += get_referents(x)
    return found


class HookHandle:
    """The handle that `register_hook` returns: `remove()` removes the hook."""

    def __init__(self, hooks: dict[object, Hook], key: object) -> None:
        self._hooks, self._key = hooks, key

    def remove(self) -> None:
        """Remove the hook; a second call does nothing."""
        self._hooks.pop(self._key, None)
