"""A node of the graph: a number, and how it was computed. This is where `x * y` becomes one.

The general way is `record`: any operation on any numbers. The operators and methods are the same, written out for the
usual cases, since they run for every node. `autograd._native` is a compiled twin of this module, with the same results.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from functools import update_wrapper
from typing import TYPE_CHECKING, Any, Never, Self, TypeVar, cast

from . import primitives as p
from .core import compiled
from .modes import (
    PACKAGE,
    UNUSUAL,
    Tape,
    is_plain,
    is_recording,
    is_unrecorded,
    look,
    looked,
    no_grad,
    recorded_by,
    recorder,
    show_result,
    watched_by,
)  # fmt: skip
from .operation import BLOCKED, Primitive, Traced, is_number, number
from .text import given, shown
from .whole import Whole

if TYPE_CHECKING:
    from .hooks import Notes
    from .value import Value

    Operands = tuple[Value | float, ...]

__all__ = ["Node", "base", "record", "record_each", "unary_method", "use"]

_new = object.__new__
Method = Callable[["Value"], "Value"]
Operator = Callable[["Value", Any], "Value"]
F = TypeVar("F", bound=Callable[..., Any])
RELATIONS = float.__lt__, float.__le__, float.__eq__, float.__ne__, float.__gt__, float.__ge__
EXACT = 2**53  # up to here floats and ints are the same numbers


# --- the general way ---


def record(op: Primitive, operands: tuple[Any, ...], **shared: Any) -> Value:
    """Any operation on any numbers, at least one of them a Value; `shared` goes to its value and its partials."""
    try:
        inputs = [x._data for x in operands]
        parents = operands
    except AttributeError:  # not all of them are Values
        operands = tuple([x if isinstance(x, Value) else _constant(x, op) for x in operands])
        inputs = [x._data if isinstance(x, Value) else x for x in operands]
        parents = tuple([x for x in operands if isinstance(x, Value)])
    y = op.value(*inputs, **shared)
    if not is_recording():
        return show_result(op, operands, Value(y))
    partials = _partials(op, y, operands, parents, inputs, shared)
    return show_result(op, operands, _make(op, y, operands, parents, partials))


def record_each(op: Primitive, numbers: list[Any], indices: Iterable[Any] | None = None) -> list[Any]:
    """Return op(i, *numbers) for every index i, or for some; their common part is computed once."""
    assert op.shared is not None, "an operation without `shared` is called for each index"
    at = [i.number if isinstance(i, Whole) else float(i) for i in (range(len(numbers)) if indices is None else indices)]
    if any(isinstance(x, Traced) and not isinstance(x, Value) for x in numbers):
        return [op(i, *numbers) for i in at]
    numbers = [x if isinstance(x, Value) else _constant(x, op) for x in numbers]
    inputs = [x._data if isinstance(x, Value) else x for x in numbers]
    shared = op.shared(*inputs)
    if any(isinstance(x, Value) for x in (*at, *numbers)):
        return [record(op, (i, *numbers), shared=shared) for i in at]
    return [op.value(i, *inputs, shared=shared) for i in at]


def _constant(x: Any, op: Primitive) -> Any:
    return x if x.__class__ is float else x.number if isinstance(x, Whole) else number(x, f"an operand of {op.name}")


def make(op: Primitive, y: float, operands: Operands, parents: tuple[Value, ...], partials: tuple[float, ...]) -> Value:
    """Return the node of a result; `parents` are the Values among the operands, with a partial for each."""
    if len(operands) > 2:
        return _node(op, y, parents, partials, operands)
    found = iter(partials)
    edges = [(x, next(found) if isinstance(x, Value) else None) for x in operands]
    (left, d_left), (right, d_right) = (*edges, (None, None))[:2]
    return _node(op, y, left, d_left, right, d_right)


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
    operands: Operands,
    parents: tuple[Value, ...],
    inputs: list[float],
    shared: dict[str, Any],
) -> tuple[float, ...]:
    """The local derivatives with respect to the Values among the operands; no rule runs for a constant."""
    try:
        if op.variadic:
            found = op.all_partials(y, *inputs, **shared)
            if operands is parents:
                return tuple(found)
            return tuple([partial for partial, x in zip(found, operands, strict=True) if isinstance(x, Value)])
        rules = zip(op.rules, operands, strict=True)
        return tuple([rule(y, *inputs) for rule, operand in rules if isinstance(operand, Value)])
    except ArithmeticError:  # a float raises although IEEE-754 has a result; a Value does not
        with no_grad(), watched_by(None), recorded_by(None):
            exact = [op.partial(i, Value(y), [Value(x) for x in inputs]) for i in _value_positions(operands)]
            return tuple([partial._data if isinstance(partial, Value) else partial for partial in exact])


def _value_positions(operands: tuple[Value | float, ...]) -> list[int]:
    return [i for i, operand in enumerate(operands) if isinstance(operand, Value)]


# --- the same for the usual cases, written out for speed ---


def unary_method(op: Primitive, name: str) -> Method:
    """Return the method of an operation on one number: `Value.exp` is `unary_method(exp, "exp")`."""
    value, (rule,) = op.value, op.rules

    def method(self: Value) -> Value:
        if not is_plain():
            return record(op, (self,))
        x = self._data
        try:
            y = value(x)
            return _node(op, y, self, rule(y, x))
        except ArithmeticError:
            return record(op, (self,))

    _called(name, method)
    if compiled is not None and (found := compiled.unary_method(op, method)) is not None:
        return cast(Method, update_wrapper(found, method))
    return method


def _called(name: str, function: F) -> F:
    """Set the names of a generated method that messages and `help` show."""
    function.__name__, function.__qualname__, function.__module__ = name, f"Value.{name}", "autograd.value"
    return function


def _operators(op: Primitive, name: str) -> tuple[Operator, Operator]:
    """Return the operator of `op` and the reflected one, which Python calls if the left operand is a number."""
    value, (left, right), constant = op.value, op.rules, op.constant
    least, most = -EXACT, EXACT  # read faster here than as a global

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
            elif is_plain() and (other.__class__ is float or other.__class__ is int and least <= other <= most):
                z = other if other.__class__ is float else float(other)
                y = value(x, z)
                d_left, d_right = left(y, x, z), None
            else:
                return operate(op, self, other)
        except ArithmeticError:
            return record(op, (self, other))
        result: Value = _new(Value)
        result._data = y
        result._grad = 0.0
        result.notes = None
        result.op = op
        result._left, result._d_left = self, d_left
        result._right, result._d_right = other, d_right
        return result

    def reflected(self: Value, other: Any) -> Value:
        if is_plain() and (other.__class__ is float or other.__class__ is int and least <= other <= most):
            x, z = other if other.__class__ is float else float(other), self._data
            try:
                y = value(x, z)
                return _node(op, y, other, None, self, right(y, x, z))
            except ArithmeticError:
                pass
        return operate(op, other, self)

    return _called(f"__{name}__", operator), _called(f"__r{name}__", reflected)


def operate(op: Primitive, a: Any, b: Any) -> Value:
    """An operator on anything; an unknown type gets its turn, as in Python's protocol."""
    for operand in (a, b):
        if isinstance(operand, Value):
            continue
        if getattr(operand, "ndim", 0) or isinstance(operand, Whole):  # an array works element by element
            return cast(Value, NotImplemented)
        try:
            number(operand, f"an operand of {op.symbol}")
        except TypeError:
            if type(operand).__module__ == "builtins":
                raise
            return cast(Value, NotImplemented)
    return record(op, (a, b))


def compare(a: Node, b: object, relation: Callable[[float, float], Any]) -> Any:
    if isinstance(b, Value):
        found = relation(a._data, b._data)
    elif getattr(b, "ndim", 0) or isinstance(b, Whole) or not is_number(b):  # an array compares element by element
        return NotImplemented
    else:
        b = number(b)
        found = relation(a._data, b)
    return found if is_plain() else looked(a, relation.__name__.strip("_"), b, found)


def set_data(node: Node, data: Any) -> None:
    if node.op is not None:
        raise ValueError(
            f"cannot set the data of a Value that {node.op.name!r} computed: set a leaf's data and compute again, "
            "or start from v.detach()"
        )
    if (by := recorder()) is not None:
        by.refuse("it changes the .data of a Value: do that outside, with the gradient that it returns")
    node._data = number(data, "Value.data")


# --- the node ---


class Node(Traced):
    """A number, its gradient, and how it was computed; users use its subclass `Value`.

    The slots of an operation's result hold

        operands          _left      _d_left            _right      _d_right
        one               x          dy/dx              None        None
        two               a          dy/da              b           dy/db          None for a constant's derivative
        more than two     parents    their partials     operands    None           as tuples
        none (a leaf)     None       None               None        None

    One operand or two are in the node itself: without containers it takes half the memory and a third of the cyclic
    garbage collector's time.
    """

    __slots__ = ("_d_left", "_d_right", "_data", "_grad", "_left", "_right", "notes", "op")

    def __init__(self, data: Any, label: str = "", *more: Never, **named: Never) -> None:
        if more or named or (label != "" and isinstance(label, (tuple, set))):  # as in micrograd and PyTorch
            words = [*map(shown, filter(None, (label, *more))), *(f"{name}={shown(named[name])}" for name in named)]
            raise TypeError(
                f"a Value takes a number and a label, but got {', '.join(words) or '()'} after the number: leave it "
                "out, since every Value takes part in derivatives; for an operation of your own, use autograd.primitive"
            )
        self._data: float = data if data.__class__ is float else number(data, "Value's data")
        self._grad: Any = 0.0
        self.notes: Notes | None = None
        self.op: Primitive | None = None
        self._left: Any = None
        self._right: Any = None
        self._d_left: Any = None
        self._d_right: Any = None
        if label != "":
            setattr(self, "label", label)  # a property of Value

    __init__.__qualname__ = "Value.__init__"  # its name in messages

    @property
    def data(self) -> float:
        """The number."""
        return self._data if is_plain() else look(self, "data")

    @data.setter
    def data(self, data: Any) -> None:
        set_data(self, data)

    @property
    def grad(self) -> Any:
        """d(output)/d(self) of the latest `backward()`; on a leaf the sum over all of them since `zero_grad()`.

        A float; a Value after `backward(create_graph=True)`. Setting it to None, as in PyTorch, sets it to 0.0.
        """
        return self._grad if is_plain() else look(self, "grad")

    @grad.setter
    def grad(self, grad: Any) -> None:
        if not is_plain():
            look(self, "grad")
        self._grad = 0.0 if grad is None else grad if isinstance(grad, Value) else number(grad, "Value.grad")

    @property
    def operands(self) -> tuple[Value | float, ...]:
        """The operands of the operation, constants as plain numbers."""
        if self._right is None:
            return () if self._left is None else (self._left,)
        return self._right if self._d_left.__class__ is tuple else (self._left, self._right)

    @property
    def parents(self) -> tuple[Value, ...]:
        """The Values among the operands."""
        return _of_values(self, self._left, self._right)

    @property
    def partials(self) -> tuple[float, ...]:
        """The local derivatives, one for each parent."""
        found = _of_values(self, self._d_left, self._d_right)
        return found if is_plain() else looked(self, "partials", None, found)

    def apply(self, op: Primitive, operands: tuple[Any, ...]) -> Value:
        """Return `op` of the operands, as a Value that remembers them."""
        if op.arity == 1 and is_plain():
            x = self._data
            try:
                y = op.value(x)
                return _node(op, y, self, op.rules[0](y, x))
            except ArithmeticError:
                pass
        return record(op, operands)

    # --- arithmetic ---

    __add__, __radd__ = _operators(p.add, "add")
    __sub__, __rsub__ = _operators(p.sub, "sub")
    __mul__, __rmul__ = _operators(p.mul, "mul")
    __truediv__, __rtruediv__ = _operators(p.div, "truediv")
    __pow__, __rpow__ = _operators(p.pow_, "pow")
    __mod__, __rmod__ = _operators(p.mod, "mod")
    __floordiv__, __rfloordiv__ = _operators(p.floor_divide, "floordiv")
    __neg__ = unary_method(p.neg, "__neg__")
    __abs__ = unary_method(p.abs_, "__abs__")

    def __pos__(self) -> Self:
        return self

    def __bool__(self) -> bool:
        return self._data != 0.0 if is_plain() else look(self, "bool")

    def __eq__(self, other: object) -> Any:
        return compare(self, other, float.__eq__)

    def __lt__(self, other: Any) -> Any:
        return compare(self, other, float.__lt__)

    def __le__(self, other: Any) -> Any:
        return compare(self, other, float.__le__)

    def __gt__(self, other: Any) -> Any:
        return compare(self, other, float.__gt__)

    def __ge__(self, other: Any) -> Any:
        return compare(self, other, float.__ge__)

    __hash__ = object.__hash__


def _of_values(node: Node, left: Any, right: Any) -> tuple[Any, ...]:
    """Return the contents of two slots of a node as a tuple, without those of a constant; see the table in `Node`."""
    if node._d_right is None:
        return left if node._d_left.__class__ is tuple else () if node._left is None else (left,)
    return (right,) if node._d_left is None else (left, right)


# --- the node that runs: this one, or its compiled twin ---

_make: Any = make if compiled is None else compiled.make


def base() -> type[Node]:
    """Return the class that `Value` is built on."""
    if compiled is None:
        return Node
    apply = update_wrapper(lambda self, op, operands: record(op, operands), Node.apply)
    members = {"__slots__": (), "apply": apply}
    return cast("type[Node]", type("Node", (compiled.Node, Traced), members))


def use(kind: type[Value]) -> None:
    """Let results be of this class, which is built on the node that runs."""
    if compiled is not None:
        needed = {
            "UNUSUAL": UNUSUAL, "BLOCKED": BLOCKED, "RELATIONS": RELATIONS, "is_plain": is_plain,
            "is_unrecorded": is_unrecorded, "number": number, "given": given, "init": Node.__init__,
            "record": record, "operate": operate, "compare": compare, "set_data": set_data, "look": look,
            "Tape": Tape, "PACKAGE": PACKAGE,
        }  # fmt: skip
        call = Primitive.__call__
        compiled.setup(kind, p.TABLE, Primitive, needed)
        update_wrapper(Primitive.__call__, call)
    globals()["Value"] = kind
