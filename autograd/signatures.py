"""Types of functions that return floats for floats and Values for Values, for type checkers alone.

Only annotations name these types; nothing here runs.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any, ClassVar, Literal, ParamSpec, Protocol, TypeVar, overload

from .value import Value

__all__ = [
    "ClassLoss", "DotProduct", "ForEach", "Forward", "Gradient", "MarginLoss", "OfOrder", "OfRows", "OfSequence",
    "PairLoss", "Selection", "ValueAndGradient", "Values",
]  # fmt: skip

Floats = float | Sequence[float] | Sequence[Sequence[float]]
Values = Value | Sequence[Value] | Sequence[Sequence[Value]]
Reduced = Literal["mean", "sum"]
P = ParamSpec("P")
R = TypeVar("R")
R_co = TypeVar("R_co", covariant=True)


class OfSequence(Protocol):
    """A number of a sequence of numbers."""

    @overload
    def __call__(self, xs: Iterable[float]) -> float: ...
    @overload
    def __call__(self, xs: Iterable[Value]) -> Value: ...
    @overload
    def __call__(self, xs: Iterable[Any]) -> Any: ...


class ForEach(Protocol):
    """A number for each of a sequence of numbers."""

    @overload
    def __call__(self, xs: Iterable[float]) -> list[float]: ...
    @overload
    def __call__(self, xs: Iterable[Value]) -> list[Value]: ...
    @overload
    def __call__(self, xs: Iterable[Any]) -> list[Any]: ...


class DotProduct(Protocol):
    """`dot`."""

    @overload
    def __call__(self, ws: Iterable[float], xs: Iterable[float], bias: float | None = None) -> float: ...
    @overload
    def __call__(
        self, ws: Iterable[Value], xs: Iterable[Value | float], bias: Value | float | None = None
    ) -> Value: ...
    @overload
    def __call__(
        self, ws: Iterable[Value | float], xs: Iterable[Value], bias: Value | float | None = None
    ) -> Value: ...
    @overload
    def __call__(self, ws: Iterable[Any], xs: Iterable[Any], bias: Value | float | None = None) -> Any: ...


class Selection(Protocol):
    """`where`."""

    @overload
    def __call__(self, condition: Any, a: float, b: float) -> float: ...
    @overload
    def __call__(self, condition: Any, a: Value, b: Value | float) -> Value: ...
    @overload
    def __call__(self, condition: Any, a: float, b: Value) -> Value: ...


class OfOrder(Protocol):
    """`polygamma`."""

    @overload
    def __call__(self, n: int, x: float) -> float: ...
    @overload
    def __call__(self, n: int, x: Value) -> Value: ...


class OfRows(Protocol):
    """`take`."""

    @overload
    def __call__(self, rows: Sequence[R], i: int) -> R: ...
    @overload
    def __call__(self, rows: Sequence[R], i: Sequence[int]) -> list[R]: ...
    @overload
    def __call__(self, rows: Any, i: Any) -> Any: ...


class Dataclass(Protocol):
    """An instance of a dataclass."""

    __dataclass_fields__: ClassVar[dict[str, Any]]


D = TypeVar("D", bound=Dataclass)


class Gradient(Protocol):
    """The gradient by the first argument, which has the structure of that argument."""

    @overload
    def __call__(self, x: float, /, *args: Any, **kwargs: Any) -> float: ...
    @overload
    def __call__(self, x: Value, /, *args: Any, **kwargs: Any) -> Value: ...
    @overload
    def __call__(self, x: list[float], /, *args: Any, **kwargs: Any) -> list[float]: ...
    @overload
    def __call__(self, x: list[Value], /, *args: Any, **kwargs: Any) -> list[Value]: ...
    @overload
    def __call__(self, x: D, /, *args: Any, **kwargs: Any) -> D: ...
    @overload
    def __call__(self, *args: Any, **kwargs: Any) -> Any: ...


class ValueAndGradient(Protocol):
    """The result of a function, and its gradient by the first argument."""

    @overload
    def __call__(self, x: float, /, *args: Any, **kwargs: Any) -> tuple[float, float]: ...
    @overload
    def __call__(self, x: Value, /, *args: Any, **kwargs: Any) -> tuple[Value, Value]: ...
    @overload
    def __call__(self, x: list[float], /, *args: Any, **kwargs: Any) -> tuple[float, list[float]]: ...
    @overload
    def __call__(self, x: list[Value], /, *args: Any, **kwargs: Any) -> tuple[Value, list[Value]]: ...
    @overload
    def __call__(self, *args: Any, **kwargs: Any) -> tuple[Any, Any]: ...


class Forward(Protocol[P, R_co]):
    """An object with a `forward` of these arguments and this result: a call of a module has the type of `forward`."""

    def forward(self, *args: P.args, **kwargs: P.kwargs) -> R_co:
        """Return the result of the module."""
        ...


class PairLoss(Protocol[P]):
    """The loss of outputs and targets that are compared number by number."""

    @overload
    def __call__(
        self, input: Values, target: Any, reduction: Reduced = "mean", *args: P.args, **kwargs: P.kwargs
    ) -> Value: ...
    @overload
    def __call__(
        self, input: Floats, target: Floats, reduction: Reduced = "mean", *args: P.args, **kwargs: P.kwargs
    ) -> float: ...
    @overload
    def __call__(self, input: Any, target: Any, reduction: str = "mean", *args: P.args, **kwargs: P.kwargs) -> Any: ...


class ClassLoss(Protocol[P]):
    """The loss of scores and classes: `cross_entropy`, `nll_loss`."""

    @overload
    def __call__(
        self,
        input: Values,
        target: Any,
        weight: Sequence[float] | None = None,
        ignore_index: int = -100,
        reduction: Reduced = "mean",
        *args: P.args,
        **kwargs: P.kwargs,
    ) -> Value: ...
    @overload
    def __call__(
        self,
        input: Floats,
        target: Floats,
        weight: Sequence[float] | None = None,
        ignore_index: int = -100,
        reduction: Reduced = "mean",
        *args: P.args,
        **kwargs: P.kwargs,
    ) -> float: ...
    @overload
    def __call__(
        self,
        input: Any,
        target: Any,
        weight: Sequence[float] | None = None,
        ignore_index: int = -100,
        reduction: str = "mean",
        *args: P.args,
        **kwargs: P.kwargs,
    ) -> Any: ...


class MarginLoss(Protocol):
    """`multi_margin_loss`."""

    @overload
    def __call__(
        self,
        input: Values,
        target: Any,
        p: int = 1,
        margin: float = 1.0,
        weight: Sequence[float] | None = None,
        reduction: Reduced = "mean",
    ) -> Value: ...
    @overload
    def __call__(
        self,
        input: Floats,
        target: Floats,
        p: int = 1,
        margin: float = 1.0,
        weight: Sequence[float] | None = None,
        reduction: Reduced = "mean",
    ) -> float: ...
    @overload
    def __call__(
        self,
        input: Any,
        target: Any,
        p: int = 1,
        margin: float = 1.0,
        weight: Sequence[float] | None = None,
        reduction: str = "mean",
    ) -> Any: ...
