"""Value: a number that remembers how it was computed, so that its derivatives can be found.

>>> from autograd import Value
>>> x = Value(3.0, "x")
>>> y = x * x + 2 * x
>>> y.backward()
>>> y.data, x.grad
(15.0, 8.0)
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any, NoReturn, TypeVar, cast

from . import primitives as p
from .graph import reverse_sweep, topological_order
from .hooks import Hook, HookHandle, Notes, notes_of
from .modes import is_plain, is_recording, no_grad, show_gradients, watched_by, watcher
from .primitives import Primitive, Traced, is_number, number
from .text import shown

if TYPE_CHECKING:
    from .methods import Methods  # a stub: every operation of the table is a method too, set in functions.py
else:
    Methods = Traced

__all__ = ["Value"]

# --- recording: how the operators and methods of Value make a node. The first two are written out for speed ---

_new = object.__new__
Method = Callable[["Value"], "Value"]
Operator = Callable[["Value", Any], "Value"]
F = TypeVar("F", bound=Callable[..., Any])


def unary_method(op: Primitive, name: str) -> Method:
    """Return the method of an operation on one number: `Value.exp` is `unary_method(exp, "exp")`."""
    value, (rule,) = op.value, op.rules

    def method(self: Value) -> Value:
        if not is_plain():
            return _record(op, (self,))
        x = self._data
        try:
            y = value(x)
            return _node(op, y, self, rule(y, x))
        except ArithmeticError:
            return _record(op, (self,))

    return _called(name, method)


def _called(name: str, function: F) -> F:
    """Give a method that was made for several operations the name by which messages and `help` call it."""
    function.__name__, function.__qualname__ = name, f"Value.{name}"
    return function


def _operators(op: Primitive, name: str) -> tuple[Operator, Operator]:
    """Return the operator of `op` and the reflected one, which Python calls where the left operand is a number."""
    value, (left, right), constant = op.value, op.rules, op.constant

    def operator(self: Value, other: Any) -> Value:
        x = self._data
        try:
            if other.__class__ is Value and is_plain():
                z = other._data
                y = value(x, z)
                if constant:
                    d_left, d_right = constant
                else:
                    d_left, d_right = left(y, x, z), right(y, x, z)
            elif (other.__class__ is float or other.__class__ is int) and is_plain():
                y = value(x, other)
                d_left, d_right = left(y, x, other), None
            else:
                return _operator(op, self, other)
        except ArithmeticError:
            return _record(op, (self, other))
        result: Value = _new(Value)
        result._data = y
        result._grad = 0.0
        result.notes = None
        result.op = op
        result._left, result._d_left = self, d_left
        result._right, result._d_right = other, d_right
        return result

    def reflected(self: Value, other: Any) -> Value:
        if (other.__class__ is float or other.__class__ is int) and is_plain():
            z = self._data
            try:
                y = value(other, z)
                return _node(op, y, other, None, self, right(y, other, z))
            except ArithmeticError:
                pass
        return _operator(op, other, self)

    return _called(f"__{name}__", operator), _called(f"__r{name}__", reflected)


def _operator(op: Primitive, a: Any, b: Any) -> Value:
    """An operator on anything; a type that is not ours gets its turn, as Python's protocol has it."""
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
    """Any operation on any numbers, at least one of them a Value."""
    try:
        inputs = [x._data for x in operands]
        parents = operands
    except AttributeError:  # not all of them are Values
        operands = tuple([x if isinstance(x, Value) else _constant(x, op) for x in operands])
        inputs = [x._data if isinstance(x, Value) else x for x in operands]
        parents = tuple([x for x in operands if isinstance(x, Value)])
    y = op.value(*inputs)
    if not is_recording():
        return _watched(op, operands, Value(y))
    partials = _partials(op, y, operands, parents, inputs)
    if len(operands) > 2:
        return _watched(op, operands, _node(op, y, parents, partials, operands))
    found = iter(partials)
    edges = [(x, next(found) if isinstance(x, Value) else None) for x in operands]
    (left, d_left), (right, d_right) = (*edges, (None, None))[:2]
    return _watched(op, operands, _node(op, y, left, d_left, right, d_right))


def _constant(x: Any, op: Primitive) -> float:
    return x if x.__class__ is float else number(x, f"an operand of {op.name}")


def _watched(op: Primitive, operands: Sequence[Value | float], result: Value) -> Value:
    if not is_plain():
        by = watcher()
        if by is not None:
            by.forward(op, operands, result)
    return result


def _node(op: Primitive, y: float, left: Any, d_left: Any, right: Any = None, d_right: Any = None) -> Value:
    result: Value = _new(Value)
    result._data = y
    result._grad = 0.0
    result.notes = None
    result.op = op
    result._left, result._d_left = left, d_left
    result._right, result._d_right = right, d_right
    return result


def _partials(
    op: Primitive,
    y: float,
    operands: tuple[Value | float, ...],
    parents: tuple[Value, ...],
    inputs: list[float],
) -> tuple[float, ...]:
    """The local derivatives with respect to the Values among the operands; no rule runs for a constant."""
    try:
        if op.variadic:
            found = op.all_partials(y, *inputs)
            if operands is parents:
                return tuple(found)
            return tuple([partial for partial, x in zip(found, operands, strict=True) if isinstance(x, Value)])
        rules = zip(op.rules, operands, strict=True)
        return tuple([rule(y, *inputs) for rule, operand in rules if isinstance(operand, Value)])
    except ArithmeticError:  # a float raises where IEEE-754 has a result; a Value does not
        with no_grad(), watched_by(None):
            exact = [op.partial(i, Value(y), [Value(x) for x in inputs]) for i in _value_positions(operands)]
            return tuple([partial._data if isinstance(partial, Value) else partial for partial in exact])


def _value_positions(operands: tuple[Value | float, ...]) -> list[int]:
    return [i for i, operand in enumerate(operands) if isinstance(operand, Value)]


class Value(Methods):
    """A number, its gradient, and how it was computed.

    Args:
        data: a real number (int, float, NumPy scalar or array of size 1).
        label: a name for drawings and explanations.

    Attributes:
        data: the number; can be set on a leaf, a Value that no operation made.
        grad: d(output)/d(self) after `output.backward()`, 0.0 before.
        op: the `Primitive` that made it, or None for a leaf.
        operands: what the operation was given, constants as plain numbers: `x * 2` has `(x, 2)`.
        parents: the Values among the operands, in order: `x + x` has two.
        partials: the local derivatives d(self)/d(parent), one for each parent, taken when it was computed.

    Raises:
        TypeError: `data` is not a real number.

    >>> Value(2, "w")
    Value(2.0, label='w')
    """

    # One operand or two stand in the node itself, each with d(self)/d(operand), which is None for a constant: a node
    # without containers takes half the memory and a third of the cyclic collector's time. Of more than two operands
    # _left holds the parents, _d_left their partials and _right the operands, as tuples.
    __slots__ = ("_d_left", "_d_right", "_data", "_grad", "_left", "_right", "notes", "op")

    def __init__(self, data: Any, label: str = "") -> None:
        self._data: float = data if data.__class__ is float else number(data, "Value's data")
        self._grad: Any = 0.0
        self.notes: Notes | None = None
        self.op: Primitive | None = None
        self._left: Any = None
        self._right: Any = None
        self._d_left: Any = None
        self._d_right: Any = None
        if label != "":
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
    def grad(self) -> Any:
        """d(output)/d(self) of the latest `backward()`; on a leaf the sum over all of them since `zero_grad()`.

        A float; a Value after `backward(create_graph=True)`.
        """
        return self._grad

    @grad.setter
    def grad(self, grad: Any) -> None:
        self._grad = grad if isinstance(grad, Value) else number(grad, "Value.grad")

    @property
    def label(self) -> str:
        """The name for drawings and explanations, "" for none."""
        return self.notes.label if self.notes is not None else ""

    @label.setter
    def label(self, label: str) -> None:
        if not isinstance(label, str):
            raise TypeError(f"a label must be a string, but got {shown(label)} of type {type(label).__name__}")
        self._notes().label = label

    def _notes(self) -> Notes:
        return self.notes or notes_of(self)

    @property
    def operands(self) -> tuple[Value | float, ...]:
        """What the operation was given, constants as plain numbers."""
        if self._d_left.__class__ is tuple:
            return cast("tuple[Value | float, ...]", self._right)
        if self._right is None:
            return () if self._left is None else (self._left,)
        return self._left, self._right

    @property
    def parents(self) -> tuple[Value, ...]:
        """The Values among the operands."""
        if self._d_left.__class__ is tuple:
            return cast("tuple[Value, ...]", self._left)
        if self._d_right is None:
            return () if self._left is None else (self._left,)
        return (self._right,) if self._d_left is None else (self._left, self._right)

    @property
    def partials(self) -> tuple[float, ...]:
        """The local derivatives, one for each parent."""
        if self._d_left.__class__ is tuple:
            return cast("tuple[float, ...]", self._d_left)
        if self._d_right is None:
            return () if self._left is None else (self._d_left,)
        return (self._d_right,) if self._d_left is None else (self._d_left, self._d_right)

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

    def backward(self, *, create_graph: bool = False) -> None:
        """Find d(self)/d(node) for every node that self was computed from, and put it in `node.grad`.

        Leaves add it to what they have (`zero_grad()` starts again); a node in between shows the latest one.

        Args:
            create_graph: make the gradients Values, so that they can be differentiated again. A Value and its gradient
                then refer to each other until `zero_grad()`, or until the cyclic garbage collector finds them.

        >>> a, b = Value(2.0), Value(-3.0)
        >>> (a * b + a).backward()
        >>> a.grad, b.grad
        (-2.0, 2.0)
        """
        gradients = reverse_sweep(self, create_graph=create_graph)
        show_gradients(gradients)
        for node, gradient in gradients.items():
            if node._left is None:  # a leaf
                node._grad = node._grad + gradient
            else:
                node._grad = gradient if gradient.__class__ is float else gradient * 1.0  # never a node of this graph

    def register_hook(self, hook: Hook) -> HookHandle:
        """Have `hook(gradient)` called in every backward pass once the gradient of this Value is complete.

        A number that the hook returns takes the place of the gradient, here and further down; None changes nothing.

        Returns:
            A handle: `handle.remove()` takes the hook away.

        >>> x = Value(2.0)
        >>> y = x * 3
        >>> handle = y.register_hook(lambda gradient: gradient * 10)
        >>> (y * y).backward()
        >>> x.grad
        360.0
        """
        return self._notes().register(hook)

    def zero_grad(self) -> None:
        """Set `grad` to 0.0 here and in every node that self was computed from."""
        for node in topological_order(self):
            node._grad = 0.0

    # --- how it is computed ---

    def apply(self, op: Primitive, operands: tuple[Any, ...]) -> Value:
        """Return `op` of the operands, as a Value that remembers them."""
        if op.arity == 1 and is_plain():
            x = self._data
            try:
                y = op.value(x)
                return _node(op, y, self, op.rules[0](y, x))
            except ArithmeticError:
                pass
        return _record(op, operands)

    __add__, __radd__ = _operators(p.add, "add")
    __sub__, __rsub__ = _operators(p.sub, "sub")
    __mul__, __rmul__ = _operators(p.mul, "mul")
    __truediv__, __rtruediv__ = _operators(p.div, "truediv")
    __pow__, __rpow__ = _operators(p.pow_, "pow")
    __mod__, __rmod__ = _operators(p.mod, "mod")
    __floordiv__, __rfloordiv__ = _operators(p.floor_divide, "floordiv")
    __neg__ = unary_method(p.neg, "__neg__")
    __abs__ = unary_method(p.abs_, "__abs__")

    def __pos__(self) -> Value:
        return self

    def __divmod__(self, other: Any) -> tuple[Value, Value]:
        return self // other, self % other

    def __rdivmod__(self, other: Any) -> tuple[Value, Value]:
        return other // self, other % self

    def conjugate(self) -> Value:
        """Return the Value itself, as NumPy expects of a real number."""
        return self

    # --- as a number: comparisons see data; what would drop the gradient is refused ---

    def __eq__(self, other: object) -> Any:
        return _compare(self, other, float.__eq__)

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

    def __trunc__(self) -> int:
        self._refuse()

    def __round__(self, digits: int | None = None) -> NoReturn:
        self._refuse()

    def __format__(self, spec: str) -> str:
        return format(self._data, spec) if spec else str(self)

    def __repr__(self) -> str:
        parts = [repr(self._data)]
        if self._grad:
            parts.append(f"grad={getattr(self._grad, 'data', self._grad)!r}")
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
        leaf = type(self), self._data, getattr(self._grad, "data", self._grad), self.label
        attributes, slots = cast("tuple[Any, dict[str, Any]]", object.__getstate__(self))
        added = {name: x for name, x in slots.items() if name not in Value.__slots__}  # by a subclass
        return (_leaf, leaf, (attributes, added)) if attributes or added else (_leaf, leaf)


def _leaf(kind: type[Value], data: float, grad: float, label: str) -> Value:
    value = _new(kind)
    Value.__init__(value, data, label)  # not that of a subclass, which may take other arguments
    value._grad = grad
    return value


def _compare(a: Value, b: object, relation: Callable[[float, float], Any]) -> Any:
    if isinstance(b, Value):
        return relation(a._data, b._data)
    if getattr(b, "ndim", 0) or not is_number(b):  # an array compares element by element
        return NotImplemented
    return relation(a._data, number(b))
