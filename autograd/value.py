"""Value: a number that remembers how it was computed, so that its derivatives can be found.

>>> from autograd import Value
>>> x = Value(3.0, "x")
>>> y = x * x + 2 * x
>>> y.backward()
>>> y.data, x.grad
(15.0, 8.0)
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any, NoReturn

from .core import compiled
from .graph import reverse_sweep, topological_order
from .hooks import Hook, HookHandle, Notes, notes_of, values_of
from .modes import is_plain, no_grad, recorder, show_gradients
from .node import Node, base, use
from .spelling import spelled
from .text import given

if TYPE_CHECKING:
    from .methods import Methods  # a stub: every operation of the table is a method too, set in functions.py
else:
    Methods = base()

__all__ = ["Value"]

MICROGRAD = str.maketrans({"×": "*", "−": "-", "÷": "/", "^": "**"})  # micrograd's symbols, which are Python's


class Value(Methods):
    """A number, its gradient, and how it was computed.

    Args:
        data: a real number (int, float, NumPy scalar or array of size 1).
        label: a name for drawings and explanations.

    Attributes:
        data: the number; can be set on a leaf, a Value that no operation made.
        grad: d(output)/d(self) after `output.backward()`, 0.0 before.
        op: the `Primitive` that made it, or None for a leaf.
        operands: the operands of the operation, constants as plain numbers: `x * 2` has `(x, 2)`.
        parents: the Values among the operands, in order: `x + x` has two.
        partials: the local derivatives d(self)/d(parent), one for each parent, taken when it was computed.

    Raises:
        TypeError: `data` is not a real number.

    >>> Value(2, "w")
    Value(2.0, label='w')
    """

    __slots__ = ()
    __match_args__ = ("data",)

    # --- number and label ---

    @property
    def label(self) -> str:
        """The name for drawings and explanations, "" for none."""
        return self.notes.label if self.notes is not None else ""

    @label.setter
    def label(self, label: str) -> None:
        if not isinstance(label, str):
            raise TypeError(f"a label must be a string, but got {given(label)}")
        self._notes().label = label

    def _notes(self) -> Notes:
        return self.notes or notes_of(self)

    def named(self, label: str) -> Value:
        """Set the label and return the Value itself: `z = (w * x + b).named("z")`."""
        self.label = label
        return self

    def item(self) -> float:
        """Return the number as a float."""
        return self.data

    def detach(self) -> Value:
        """Return a new leaf with the same number, without its history."""
        if recorder() is None:
            return Value(self._data, self.label)
        with no_grad():
            return self.clone().named(self.label)  # an operation without parents, which a recorder sees

    # --- the chain rule ---

    def backward(self, gradient: Any = None, *, retain_graph: bool | None = None, create_graph: bool = False) -> None:
        """Compute d(self)/d(node) for every node that self was computed from, and store it in `node.grad`.

        Leaves accumulate it (`zero_grad()` resets them); a node in between holds the latest one.

        Args:
            gradient: d(result)/d(self) for a result further on; 1.0 if None.
            retain_graph: accepted as in PyTorch; a graph stays as long as its Values in any case.
            create_graph: make the gradients Values, so that they can be differentiated again. A Value and its gradient
                then refer to each other until `zero_grad()`, or until the cyclic garbage collector finds them.

        >>> a, b = Value(2.0), Value(-3.0)
        >>> (a * b + a).backward()
        >>> a.grad, b.grad
        (-2.0, 2.0)
        """
        if gradient is None and compiled is not None and not create_graph and is_plain() and compiled.backward(self):
            return
        if (by := recorder()) is not None:
            by.refuse("it calls backward(), which changes gradients: return the loss, and compile value_and_grad of it")
        if isinstance(gradient, Value) and not create_graph:
            gradient = gradient._data
        gradients = reverse_sweep(self if gradient is None else {self: gradient}, create_graph=create_graph)
        show_gradients(gradients)
        for node, gradient in gradients.items():
            if node._left is None:  # a leaf
                node._grad = node._grad + gradient
            else:
                node._grad = gradient if gradient.__class__ is float else gradient * 1.0  # never a node of this graph

    def register_hook(self, hook: Hook) -> HookHandle:
        """Call `hook(gradient)` in every backward pass, once the gradient of this Value is complete.

        A number that the hook returns replaces the gradient, here and further down; None changes nothing.

        Returns:
            A handle: `handle.remove()` removes the hook.

        >>> x = Value(2.0)
        >>> y = x * 3
        >>> handle = y.register_hook(lambda gradient: gradient * 10)
        >>> (y * y).backward()
        >>> x.grad
        360.0
        """
        if compiled is not None:
            compiled.expect_hook(self)
            compiled.track(values_of(hook))
        return self._notes().register(hook)

    def zero_grad(self) -> None:
        """Set `grad` to 0.0 here and in every node that self was computed from."""
        if (by := recorder()) is not None:
            by.refuse("it calls zero_grad(), which changes gradients: do that outside")
        if compiled is not None and compiled.zero_grad(self):
            return
        for node in topological_order(self):
            node._grad = 0.0

    # --- PyTorch's names for facts about every Value ---

    @property
    def requires_grad(self) -> bool:
        """True: every Value takes part in derivatives."""
        return True

    @requires_grad.setter
    def requires_grad(self, requires_grad: bool) -> None:
        self.requires_grad_(requires_grad)

    def requires_grad_(self, requires_grad: bool = True) -> Value:
        """Return the Value itself; an AttributeError for False."""
        if not requires_grad:
            raise AttributeError(
                f"requires_grad is True for every Value, but got {given(requires_grad)}: for a constant use a float or "
                "stop_gradient(v), to freeze a parameter leave it out of the optimizer, to record nothing use no_grad()"
            )
        return self

    @property
    def is_leaf(self) -> bool:
        """Whether no operation made the Value, so that its data can be set and `backward()` accumulates into it."""
        return self.op is None

    def retain_grad(self) -> None:
        """Do nothing: Values that operations made keep their latest gradient in any case."""

    def clone(self) -> Value:
        """Return a result with the same number, through which gradients flow back."""
        return self * 1.0

    def clamp(self, min: Any = None, max: Any = None) -> Value:
        """Return `self.clip(min, max)`, without a bound that is None."""
        if min is None and max is None:
            raise TypeError("clamp needs a bound, but got neither min nor max: give one, such as v.clamp(min=0.0)")
        return self.clip(-math.inf if min is None else min, math.inf if max is None else max)

    # --- micrograd's names, for programs that draw its graphs ---

    @property
    def _prev(self) -> set[Value]:
        return set(self.parents)

    @property
    def _op(self) -> str:
        return "" if self.op is None else self.op.symbol.translate(MICROGRAD)

    @property
    def _backward(self) -> NoReturn:
        raise AttributeError(
            "a Value has no _backward: its local derivatives are v.partials, by the rules in the table of primitives; "
            "define an operation of your own with autograd.primitive(name, value, partials)"
        )

    @_backward.setter
    def _backward(self, function: Any) -> None:
        self._backward  # raises

    # --- how it is computed ---

    def __divmod__(self, other: Any) -> tuple[Value, Value]:
        return self // other, self % other

    def __rdivmod__(self, other: Any) -> tuple[Value, Value]:
        return other // self, other % self

    def conjugate(self) -> Value:
        """Return the Value itself, as NumPy expects of a real number."""
        return self

    # --- as a number: comparisons see data; conversions that would drop the gradient raise ---

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
        return format(self.data, spec) if spec else str(self)

    def __repr__(self) -> str:
        parts = [repr(self.data)]
        if self._grad:
            parts.append(f"grad={getattr(self._grad, 'data', self._grad)!r}")
        if self.op is not None:
            parts.append(f"op={self.op.name!r}")
        if self.label:
            parts.append(f"label={spelled(repr(self.label))}")
        return f"{type(self).__name__}({', '.join(parts)})"

    def _repr_html_(self) -> str:
        from .view.glance import value_html

        return value_html(self)

    def __reduce__(self) -> tuple[Any, ...]:
        if self.op is not None:
            raise TypeError(
                f"cannot copy or pickle a Value that {self.op.name!r} computed, since its whole graph hangs on it: "
                "copy or pickle the leaves, or v.detach()"
            )
        leaf = type(self), self._data, getattr(self._grad, "data", self._grad), self.label
        state: Any = object.__getstate__(self)
        attributes, slots = state if isinstance(state, tuple) else (state, {})
        added = {name: x for name, x in slots.items() if name not in Node.__slots__}  # by a subclass
        return (_leaf, leaf, (attributes, added)) if attributes or added else (_leaf, leaf)


def _leaf(kind: type[Value], data: float, grad: float, label: str) -> Value:
    value = Value.__new__(kind)
    Value.__init__(value, data, label)  # not that of a subclass, which may take other arguments
    value._grad = grad
    return value


use(Value)
