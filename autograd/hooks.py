"""What few Values have beside their number: a label, hooks on their gradient, and the source line that made them."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from .primitives import Traced, number

__all__ = ["Hook", "HookHandle", "Notes"]

Hook = Callable[[Any], Any]


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
        self.hooks: dict[int, Hook] = {}
        self.source: str | None = None

    def register(self, hook: Hook) -> HookHandle:
        """Add a hook; return the handle that takes it away again."""
        if not callable(hook):
            raise TypeError(f"register_hook takes a function of the gradient, but got {hook!r}")
        key = max(self.hooks, default=0) + 1
        self.hooks[key] = hook
        return HookHandle(self.hooks, key)

    def hooked(self, gradient: Any) -> Any:
        """Return the gradient, or what the hooks made of it."""
        for hook in tuple(self.hooks.values()):
            replaced = hook(gradient)
            if replaced is not None:
                gradient = replaced if isinstance(replaced, Traced) else number(replaced, "what a hook returns")
        return gradient


class HookHandle:
    """What `register_hook` returns: `remove()` takes the hook away again."""

    def __init__(self, hooks: dict[int, Hook], key: int) -> None:
        self._hooks, self._key = hooks, key

    def remove(self) -> None:
        """Take the hook away; a second time does nothing."""
        self._hooks.pop(self._key, None)
