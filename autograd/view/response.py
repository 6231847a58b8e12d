"""What an operation does to one of its operands at other numbers than its own.

It is asked of the operation itself, so that the answers hold for an operation of the user's own too.

>>> from autograd import Value, relu, tanh
>>> z = Value(0.5)
>>> response(relu(z), z).levels_off, response(tanh(z), z).levels_off
(False, True)
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from functools import cached_property

from ..primitives import Primitive, add
from ..value import Value
from .calculation import number_of, same

__all__ = ["Response", "moved", "overflows", "response", "signs"]

NEAR = [n / 4 for n in range(-32, 33)]
FAR = [2.0**n for n in range(4, 21)]
STEEPEST = 100.0  # the slope of an activation is below it everywhere
FALLING = 0.4  # a slope that falls faster than 1/x when x doubles, so that the value has a limit
HUGE = 1e150  # a result this large near by has no singularity here: it grew too large on its way
STEP = 1e-3


@dataclass(frozen=True)
class Response:
    """An operation as a function of one of its operands, while the others keep their numbers.

    What was measured is kept; `measured.setdefault(response, response)` returns the one of equal responses that has it.

    Attributes:
        op: the operation.
        numbers: its operands.
        at: the position of the operand that varies.
    """

    op: Primitive
    numbers: tuple[float, ...]
    at: int

    @property
    def x(self) -> float:
        """The operand's own number."""
        return self.numbers[self.at]

    def with_operand(self, x: float) -> Response:
        """Return the response with another number for the operand."""
        return replace(self, numbers=self._numbers(x))

    def by(self, i: int) -> Response:
        """Return how the operation depends on its operand i."""
        return replace(self, at=i)

    def rough(self) -> Response:
        """Return the response with a power of two for each operand, and 1 for one that is not finite.

        An index and a condition stay what they are.
        """
        numbers = [x if self.op.selector and i == 0 else _power_of_two(x) for i, x in enumerate(self.numbers)]
        return replace(self, numbers=tuple(numbers))

    def value(self, x: float) -> float:
        """The result with x as the operand; nan outside of the domain."""
        return _asked(lambda: self.op.value(*self._numbers(x)))

    def slope(self, x: float) -> float:
        """The derivative with x as the operand; nan outside of the domain."""
        numbers = self._numbers(x)
        return _asked(lambda: float(self.op.partial(self.at, self.op.value(*numbers), numbers)))

    @property
    def slope_here(self) -> float:
        """The derivative at the operands' own numbers."""
        return self.slope(self.x)

    def _numbers(self, x: float) -> tuple[float, ...]:
        return (*self.numbers[: self.at], x, *self.numbers[self.at + 1 :])

    # --- the kind of function ---

    @cached_property
    def is_linear(self) -> bool:
        """Whether its graph is a straight line, sloping or constant; a step function's is not."""
        if self.op.constant is not None:
            return self.op.constant[self.at] != 0.0 or not self.jumps
        first, *others = (self.slope(x) for x in (-2.25, 0.75, 3.5, self.x, -self.x, -64.5, -0.125, 0.25, 129.5))
        return all(math.isclose(slope, first, rel_tol=1e-12) for slope in others) and (first != 0.0 or not self.jumps)

    @cached_property
    def jumps(self) -> bool:
        """Whether the result is another one than here anywhere else, on both sides of 0 and far away."""
        x, here = abs(self.x) or 1.0, self.value(self.x)
        values = [self.value(sign * x * 2.0**n) for sign in (1, -1) for n in range(-12, 13)]
        return any(value == value and not same(value, here) for value in values)

    @cached_property
    def is_activation(self) -> bool:
        """Whether it bends, and is nowhere very steep: then it can be the activation of a neuron."""
        places = (*NEAR, *FAR, *(-x for x in FAR))
        return not self.is_linear and all(abs(self.slope(x)) < STEEPEST for x in places)

    @cached_property
    def levels_off(self) -> bool:
        """Whether its slope falls to 0 little by little on one side, as that of a function that saturates."""
        for sign in (1.0, -1.0):
            slopes = [abs(self.slope(sign * x)) for x in (0.125, 0.25, 0.5, 1.0, 2.0, 4.0, 8.0, *FAR)]
            falls = all(b <= FALLING * a for a, b in zip(slopes[-8:], slopes[-7:], strict=False))
            if falls and len(set(slopes) - {0.0}) > 2:
                return True
        return False

    @cached_property
    def is_loss(self) -> bool:
        """Whether it is positive and ever steeper upward, as softplus is, the cross entropy of a logit."""
        slopes = [self.slope(x) for x in NEAR]
        return all(a <= b for a, b in zip(slopes, slopes[1:], strict=False)) and all(self.value(x) > 0 for x in NEAR)

    # --- its part among several operands ---

    @cached_property
    def is_product(self) -> bool:
        """Whether it multiplies the operand by something that depends on other operands."""
        if len(self.numbers) < 2 or self.op.constant is not None:
            return False
        others = [x if self._is_fixed(i) else moved(x) for i, x in enumerate(self.numbers)]
        other = replace(self, numbers=tuple(others))
        return self.is_linear and other.is_linear and not same(other.slope_here, self.slope_here)

    @property
    def is_unchosen(self) -> bool:
        """Whether the result is another operand, and remains it when this one moves on one side near to that."""
        here = self.value(self.x)
        if self.op.selector and self.at == 0:
            return False
        chosen = [i for i, x in enumerate(self.numbers) if not self._is_fixed(i) and same(x, here)]
        place = here if math.isfinite(here) else self.x
        step = 0.75 + 1e-15 * abs(place)  # not 1, at which 0**n would look like a choice of 0
        near = [self.with_operand(x) for x in (place - step, place + step)]
        return any(self.by(i).slope_here > 0.0 for i in chosen) and any(
            other.slope_here == 0.0 and same(other.value(other.x), here)
            and all(same(other.by(i).slope_here, self.by(i).slope_here) for i in chosen)
            for other in near
        )  # fmt: skip

    @property
    def is_share(self) -> bool:
        """Whether only the distances of the operands count, and the slope depends on them, as with softmax."""
        first = 1 if self.op.selector else 0
        values = self.numbers[first:]
        if len(values) < 2 or self.op.constant is not None:
            return False
        shifted = [(*self.numbers[:first], *(x + shift for x in values)) for shift in (-2.0, 1.0)]
        here = self.slope_here
        return all(
            math.isclose(replace(self, numbers=numbers).slope_here, here, rel_tol=1e-6) for numbers in shifted
        ) and any(not same(self.slope(x), here, 1e-6) for x in (max(values), min(values)))

    def _is_fixed(self, i: int) -> bool:
        """Whether an operand is this one, or an index or a condition."""
        return i == self.at or (self.op.selector and i == 0)

    # --- poles ---

    @property
    def is_logarithm_at_0(self) -> bool:
        """Whether it is infinite at 0 only as a logarithm is: hardly large at numbers that are hardly 0."""
        return self.x == 0.0 and math.isinf(self.value(0.0)) and abs(self.value(1e-300)) < 1e4

    @property
    def is_divided_by(self) -> bool:
        """Whether it divides by this operand, which is 0."""
        small, smaller = self.value(1e-100), self.value(1e-200)
        return self.x == 0.0 and math.isclose(abs(smaller), 1e100 * abs(small), rel_tol=1e-9)


def _power_of_two(x: float) -> float:
    """The largest power of two that is not larger than a number, with its sign; 0 for 0."""
    if not x or not math.isfinite(x):
        return 0.0 if x == 0.0 else 1.0
    return math.copysign(2.0 ** (math.frexp(x)[1] - 1), x)


def moved(x: float) -> float:
    """Return another number, which is finite; it is the same one only for a number that no calculation has."""
    return 2.0 * x + math.e if math.isfinite(x) else 3.0


def response(node: Value, operand: Value) -> Response:
    """Return how the operation that made a node depends on one of its operands.

    A term of a sum that was made by additions, one after the other, is added to the rest.
    """
    assert node.op is not None
    at = next((i for i, x in enumerate(node.operands) if x is operand), None)
    if at is None:
        return Response(add, (operand.data, node.data - operand.data), 0)
    return Response(node.op, tuple(map(number_of, node.operands)), at)


def signs(op: Primitive, count: int) -> Sequence[float]:
    """The slopes of an operation on this number of operands if it is linear in all of them; else none."""
    if op.constant is not None:
        return op.constant
    up = [float(n + 1) for n in range(count)]
    found = [_slopes(op, numbers) for numbers in (up, up[::-1])]
    return found[0] if found[0] == found[1] else ()


def _slopes(op: Primitive, numbers: Sequence[float]) -> list[float]:
    return [Response(op, tuple(numbers), i).slope_here for i in range(len(numbers))]


def overflows(node: Value) -> bool:
    """Whether an infinite result is a number too large for a float: then it is huge for numbers near by as well."""
    op, numbers = node.op, [number_of(operand) for operand in node.operands]
    if op is None or not math.isinf(node.data) or not all(map(math.isfinite, numbers)):
        return False
    shrunk = [x * (1 - STEP) or STEP for x in numbers]
    grown = [x * (1 + STEP) or -STEP for x in numbers]
    value = op.value
    return all(_asked(lambda: abs(value(*near))) > HUGE for near in (shrunk, grown))


def _asked(f: Callable[[], float]) -> float:
    try:
        return f()
    except Exception:  # a user's function may raise anything where it is not defined, such as an IndexError of a table
        return math.nan
