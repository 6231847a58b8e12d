"""Value: a number that remembers how it was computed, so that its derivatives can be found.

>>> from autograd import Value
>>> x = Value(3.0, "x")
>>> y = x * x + 2 * x
>>> y.backward()
>>> y.data, x.grad
(15.0, 8.0)
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any, NoReturn, cast

from . import primitives as p
from .graph import reverse_sweep, topological_order
from .primitives import TABLE, Primitive, Traced, number

__all__ = ["Value", "no_grad"]

_recording: ContextVar[bool] = ContextVar("recording", default=True)
_is_recording = _recording.get


@contextmanager
def no_grad() -> Iterator[None]:
    """Inside, results have no parents: for evaluation and for updating parameters. Per thread, nestable.

    >>> from autograd import Value, no_grad
    >>> with no_grad():
    ...     (Value(2.0) * 3).parents
    ()
    """
    token = _recording.set(False)
    try:
        yield
    finally:
        _recording.reset(token)


class Value(Traced):
    """A number, its gradient, and how it was computed.

    Args:
        data: a real number (int, float, NumPy scalar or array of size 1).
        label: a name for drawings and explanations.

    Attributes:
        data: the number; can be set on a leaf, a Value that no operation made.
        grad: d(output)/d(self) after `output.backward()`, 0.0 before.
        op: the `Primitive` that made it, or None for a leaf.
        operands: what the operation was given, constants as plain floats: `x * 2` has `(x, 2.0)`.
        parents: the Values among the operands, in order: `x + x` has two.
        partials: the local derivatives d(self)/d(parent), one for each parent, taken when it was computed.

    Raises:
        TypeError: `data` is not a real number.

    >>> Value(2, "w")
    Value(2.0, label='w')
    """

    __slots__ = ("_data", "_grad", "label", "op", "operands", "parents", "partials")

    def __init__(self, data: Any, label: str = "") -> None:
        self._data: float = data if data.__class__ is float else number(data, "Value's data")
        self._grad: float = 0.0
        self.op: Primitive | None = None
        self.operands: tuple[Value | float, ...] = ()
        self.parents: tuple[Value, ...] = ()
        self.partials: tuple[float, ...] = ()
        self.label = label

    # --- what it is ---

    @property
    def data(self) -> float:
        """The number."""
        return self._data

    @data.setter
    def data(self, data: Any) -> None:
        if self.op is not None:
            raise ValueError(
                f"cannot set the data of a Value that {self.op.name!r} computed: set a leaf's data and compute again, "
                "or start from v.detach()"
            )
        self._data = number(data, "Value.data")

    @property
    def grad(self) -> float:
        """d(output)/d(self) of the latest `backward()`; on a leaf the sum over all of them since `zero_grad()`."""
        return self._grad

    @grad.setter
    def grad(self, grad: Any) -> None:
        self._grad = number(grad, "Value.grad")

    def named(self, label: str) -> Value:
        """Set the label and return the Value itself: `z = (w * x + b).named("z")`."""
        self.label = label
        return self

    def item(self) -> float:
        """Return the number as a float."""
        return self._data

    def detach(self) -> Value:
        """Return a new leaf with the same number, which does not remember where it came from."""
        return Value(self._data, self.label)

    # --- the chain rule ---

    def backward(self) -> None:
        """Find d(self)/d(node) for every node that self was computed from, and put it in `node.grad`.

        Leaves add it to what they have (`zero_grad()` starts again); a node in between shows the latest one.

        >>> a, b = Value(2.0), Value(-3.0)
        >>> (a * b + a).backward()
        >>> a.grad, b.grad
        (-2.0, 2.0)
        """
        for node, gradient in reverse_sweep(self).items():
            node._grad = node._grad + gradient if node.op is None else gradient

    def zero_grad(self) -> None:
        """Set `grad` to 0.0 here and in every node that self was computed from."""
        for node in topological_order(self):
            node._grad = 0.0

    # --- how it is computed ---

    def apply(self, op: Primitive, operands: tuple[Any, ...]) -> Value:
        """Return `op` of the operands, as a Value that remembers them."""
        return _unary(op, self) if len(operands) == 1 else _record(op, operands)

    def __add__(self, other: Any) -> Value:
        return _binary(p.add, self, other)

    def __radd__(self, other: Any) -> Value:
        return _binary(p.add, other, self)

    def __sub__(self, other: Any) -> Value:
        return _binary(p.sub, self, other)

    def __rsub__(self, other: Any) -> Value:
        return _binary(p.sub, other, self)

    def __mul__(self, other: Any) -> Value:
        return _binary(p.mul, self, other)

    def __rmul__(self, other: Any) -> Value:
        return _binary(p.mul, other, self)

    def __truediv__(self, other: Any) -> Value:
        return _binary(p.div, self, other)

    def __rtruediv__(self, other: Any) -> Value:
        return _binary(p.div, other, self)

    def __pow__(self, other: Any) -> Value:
        return _binary(p.pow_, self, other)

    def __rpow__(self, other: Any) -> Value:
        return _binary(p.pow_, other, self)

    def __mod__(self, other: Any) -> Value:
        return _binary(p.mod, self, other)

    def __rmod__(self, other: Any) -> Value:
        return _binary(p.mod, other, self)

    def __floordiv__(self, other: Any) -> Value:
        return _binary(p.floor_divide, self, other)

    def __rfloordiv__(self, other: Any) -> Value:
        return _binary(p.floor_divide, other, self)

    def __neg__(self) -> Value:
        return _unary(p.neg, self)

    def __pos__(self) -> Value:
        return self

    def __abs__(self) -> Value:
        return _unary(p.abs_, self)

    def __getattr__(self, name: str) -> Callable[..., Value]:
        """Every operation of the table is a method too: `x.exp()`, `x.maximum(0)`."""
        op = TABLE.get(name)
        if op is None or op.variadic:
            raise AttributeError(f"Value has no attribute {name!r}; an operation of several numbers is a function")
        from . import functions  # here for the defaults, such as leaky_relu's slope; functions builds on Value

        function: Callable[..., Value] = getattr(functions, name)
        return lambda *arguments, **options: function(self, *arguments, **options)

    def __dir__(self) -> list[str]:
        return sorted({*super().__dir__(), *(name for name, op in TABLE.items() if not op.variadic)})

    # --- as a number: comparisons see data; what would drop the gradient is refused ---

    def __eq__(self, other: object) -> bool:
        return self is other or _compare(self, other, float.__eq__)

    def __ne__(self, other: object) -> bool:
        return not self == other

    def __lt__(self, other: Any) -> Any:
        return _compare(self, other, float.__lt__)

    def __le__(self, other: Any) -> Any:
        return _compare(self, other, float.__le__)

    def __gt__(self, other: Any) -> Any:
        return _compare(self, other, float.__gt__)

    def __ge__(self, other: Any) -> Any:
        return _compare(self, other, float.__ge__)

    __hash__ = object.__hash__

    def __bool__(self) -> bool:
        return self._data != 0.0

    def _refuse(self) -> NoReturn:
        raise TypeError(
            "converting a Value to a plain number would drop its gradient: use autograd.exp, autograd.sin, ... "
            "instead of math.exp, math.sin, ..., or v.data for the number alone"
        )

    def __float__(self) -> float:
        self._refuse()

    def __int__(self) -> int:
        self._refuse()

    def __round__(self, digits: int | None = None) -> NoReturn:
        self._refuse()

    def __format__(self, spec: str) -> str:
        return format(self._data, spec) if spec else str(self)

    def __repr__(self) -> str:
        parts = [repr(self._data)]
        if self._grad:
            parts.append(f"grad={self._grad!r}")
        if self.op is not None:
            parts.append(f"op={self.op.name!r}")
        if self.label:
            parts.append(f"label={self.label!r}")
        return f"{type(self).__name__}({', '.join(parts)})"

    def __reduce__(self) -> tuple[Any, ...]:
        if self.op is not None:
            raise TypeError(
                f"cannot copy or pickle a Value that {self.op.name!r} computed, since its whole graph hangs on it: "
                "copy or pickle the leaves, or v.detach()"
            )
        return _leaf, (type(self), self._data, self._grad, self.label)


def _leaf(kind: type[Value], data: float, grad: float, label: str) -> Value:
    value = kind(data, label)
    value._grad = grad
    return value


def _compare(a: Value, b: object, relation: Callable[[float, float], Any]) -> Any:
    if isinstance(b, Value):
        return relation(a._data, b._data)
    try:
        return relation(a._data, number(b))
    except TypeError:
        return NotImplemented


# --- recording: the only place where nodes are made ---

_new = object.__new__


def _unary(op: Primitive, a: Value) -> Value:
    """The node of an operation on one Value."""
    if not _is_recording() or op.variadic:
        return _record(op, (a,))
    x = a._data
    y = op.value(x)
    result: Value = _new(Value)
    result._data = y
    result._grad = 0.0
    result.label = ""
    result.op = op
    result.operands = result.parents = (a,)
    try:
        result.partials = op.constant or (op.rules[0](y, x),)
    except ArithmeticError:
        return _record(op, (a,))
    return result


def _binary(op: Primitive, a: Any, b: Any) -> Value:
    """The node of an operator. Two Values or a Value and a number are written out: nearly every node is made here."""
    first, second = a.__class__ is Value, b.__class__ is Value
    x = a._data if first else a
    z = b._data if second else b
    if x.__class__ is int:
        a = x = number(x)
    elif z.__class__ is int:
        b = z = number(z)
    if x.__class__ is not float or z.__class__ is not float or not _is_recording():
        return _operator(op, a, b)
    y = op.value(x, z)
    result: Value = _new(Value)
    result._data = y
    result._grad = 0.0
    result.label = ""
    result.op = op
    result.operands = (a, b)
    constant = op.constant
    try:
        if first and second:
            result.parents = result.operands  # type: ignore[assignment]  # both are Values
            result.partials = constant or (op.rules[0](y, x, z), op.rules[1](y, x, z))
        elif first:
            result.parents = (a,)
            result.partials = constant[:1] if constant else (op.rules[0](y, x, z),)
        else:
            result.parents = (b,)
            result.partials = constant[1:] if constant else (op.rules[1](y, x, z),)
    except ArithmeticError:
        return _record(op, (a, b))
    return result


def _operator(op: Primitive, a: Any, b: Any) -> Value:
    """The node of an operator on anything; a type that is not ours gets its turn, as Python's protocol has it."""
    for operand in (a, b):
        if isinstance(operand, Value):
            continue
        if getattr(operand, "ndim", 0):  # an array works element by element
            return cast(Value, NotImplemented)
        try:
            number(operand, f"an operand of {op.symbol}")
        except TypeError:
            if type(operand).__module__ == "builtins":
                raise
            return cast(Value, NotImplemented)
    return _record(op, (a, b))


def _record(op: Primitive, operands: tuple[Any, ...]) -> Value:
    """The node of any operation."""
    cleaned: list[Value | float] = []
    inputs: list[float] = []
    for operand in operands:
        if isinstance(operand, Value):
            cleaned.append(operand)
            inputs.append(operand._data)
        else:
            x = operand if operand.__class__ is float else number(operand, f"an operand of {op.name}")
            cleaned.append(x)
            inputs.append(x)
    result = Value(op.value(*inputs))
    if _is_recording():
        result.op = op
        parents = tuple([operand for operand in cleaned if isinstance(operand, Value)])
        result.parents = parents
        result.operands = parents if len(parents) == len(cleaned) else tuple(cleaned)
        result.partials = _partials(op, result._data, result.operands, inputs)
    return result


def _partials(op: Primitive, y: float, operands: tuple[Value | float, ...], inputs: list[float]) -> tuple[float, ...]:
    """The local derivatives with respect to the Values among the operands; no rule runs for a constant."""
    try:
        if op.variadic:
            found = zip(op.all_partials(y, *inputs), operands, strict=True)
            return tuple([partial for partial, operand in found if isinstance(operand, Value)])
        rules = zip(op.rules, operands, strict=True)
        return tuple([rule(y, *inputs) for rule, operand in rules if isinstance(operand, Value)])
    except ArithmeticError:  # a float raises where IEEE-754 has a result; a Value does not
        with no_grad():
            exact = [op.partial(i, Value(y), [Value(x) for x in inputs]) for i in _value_positions(operands)]
            return tuple([partial._data if isinstance(partial, Value) else float(partial) for partial in exact])


def _value_positions(operands: tuple[Value | float, ...]) -> list[int]:
    return [i for i, operand in enumerate(operands) if isinstance(operand, Value)]
