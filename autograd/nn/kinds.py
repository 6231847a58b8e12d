"""Kinds of modules by the types of their arguments and results, for type checkers and editors alone.

The last overload of a call is that of `Module`, the type of `forward`, which a subclass may override.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, TypeVar, overload

from .module import Module

if TYPE_CHECKING:
    from typing import ParamSpec

    from ..signatures import Forward, Values
    from ..value import Value

    Number = TypeVar("Number", float, Value)
    P = ParamSpec("P")
    R = TypeVar("R")

    class PerNumber(Module):
        """A number for each number: of a number, a sample or a batch."""

        @overload
        def __call__(self, x: Number) -> Number: ...
        @overload
        def __call__(self, x: Sequence[Number]) -> list[Number]: ...
        @overload
        def __call__(self, x: Sequence[Sequence[Number]]) -> list[list[Number]]: ...
        @overload
        def __call__(self: Forward[P, R], *args: P.args, **kwargs: P.kwargs) -> R: ...
        def __call__(self, *args: Any, **kwargs: Any) -> Any: ...

    class PerSample(Module):
        """Values for the numbers of a sample, or of every sample of a batch."""

        @overload
        def __call__(self, x: Sequence[float | Value]) -> list[Value]: ...
        @overload
        def __call__(self, x: Sequence[Sequence[float | Value]]) -> list[list[Value]]: ...
        @overload
        def __call__(self: Forward[P, R], *args: P.args, **kwargs: P.kwargs) -> R: ...
        def __call__(self, *args: Any, **kwargs: Any) -> Any: ...

    class PerBatch(Module):
        """One number for outputs and targets, unless its reduction is "none"."""

        @overload
        def __call__(self, input: Values, target: Any) -> Value: ...
        @overload
        def __call__(self: Forward[P, R], *args: P.args, **kwargs: P.kwargs) -> R: ...
        def __call__(self, *args: Any, **kwargs: Any) -> Any: ...

    class PerToken(Module):
        """Values for a whole number, or for each of them."""

        @overload
        def __call__(self, x: int) -> list[Value]: ...
        @overload
        def __call__(self, x: Sequence[int]) -> list[list[Value]]: ...
        @overload
        def __call__(self: Forward[P, R], *args: P.args, **kwargs: P.kwargs) -> R: ...
        def __call__(self, *args: Any, **kwargs: Any) -> Any: ...
else:
    PerNumber = PerSample = PerBatch = PerToken = Module
