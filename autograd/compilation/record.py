"""A run of a function as a list of steps: operations, looks at numbers, and the end.

A step refers to numbers by their places: an argument or a result by how many came before it, a leaf that the function
found elsewhere by its position in a table, a constant by its bits. Two runs that did the same have equal steps.
"""

from __future__ import annotations

import math
import sys
from collections.abc import Sequence
from typing import Any, NamedTuple

from ..evaluation import INPUT
from ..modes import Mode, recorded_by, users_line
from ..primitives import Primitive
from ..value import Value

__all__ = ["Bits", "End", "Guard", "Leaf", "Operation", "Reference", "Run", "Step", "constant"]


class Bits(NamedTuple):
    """A number by its bits, so that 0.0 and -0.0 differ and nan equals itself."""

    bits: str

    @property
    def number(self) -> float:
        return float.fromhex(self.bits)


class Leaf(NamedTuple):
    """A Value that is no argument: the position in the table of those of a function."""

    position: int


Reference = int | Leaf | Bits


class Operation(NamedTuple):
    """An operation on numbers; `stops` if no derivative goes through it."""

    op: Primitive
    operands: tuple[Reference, ...]
    stops: bool


class Guard(NamedTuple):
    """A comparison, or a look at a number, on whose outcome the rest of the run may depend.

    Args:
        relation: "lt", "le", "gt", "ge" or "eq"; "data" if the number itself was read.
        left: what was compared or read.
        right: what it was compared with.
        line: where in the user's code.
    """

    relation: str
    left: Reference
    right: Reference
    line: str


class End(NamedTuple):
    """What the run returned: the numbers, and a description of what they are put into."""

    outputs: tuple[Reference, ...]
    form: Any


Step = Operation | tuple[Guard, Any] | End  # a guard with its outcome


def constant(x: float) -> Bits:
    return Bits(float.hex(float(x)))


class Run:
    """A recorder: one run of a function on Values in place of its arguments.

    Attributes:
        inputs: the Values to call the function with.
        steps: what it did.
        refused: why the run cannot be repeated; "" if it can.
        labels: names that the user gave to Values, by their places.
        lines: where in the user's code the operations were, by the places of their results.
    """

    def __init__(self, numbers: Sequence[float], leaves: list[Value]) -> None:
        self.steps: list[Step] = []
        self.refused = ""
        self.labels: dict[Reference, str] = {}
        self.lines: dict[int, tuple[str, int]] = {}
        self.leaves = leaves
        self.inputs = [Value(x) for x in numbers]
        for value in self.inputs:
            value.op = INPUT  # as in grad: derivatives by other variables that depend on it stay Values
        self._kept: list[Value] = list(self.inputs)  # so that no other Value gets the identity of one
        self._places: dict[int, Reference] = {id(value): i for i, value in enumerate(self.inputs)}
        self._data = {id(leaf): leaf._data for leaf in leaves}
        self._places |= {id(leaf): Leaf(i) for i, leaf in enumerate(leaves)}
        self._count = len(self.inputs)
        self._of_leaves: set[Reference] = set()

    def recording(self) -> Mode:
        return recorded_by(self)

    # --- what the core reports ---

    def forward(self, op: Primitive, operands: Sequence[Any], result: Value) -> None:
        places = tuple([self.place(x) for x in operands])
        self.steps.append(Operation(op, places, result.op is None))
        self._places[id(result)] = self._count
        self.lines[self._count] = users_line()[:2]
        self._kept.append(result)
        if any(isinstance(place, Leaf) or place in self._of_leaves for place in places):
            self._of_leaves.add(self._count)
        self._count += 1

    def looked(self, relation: str, value: Any, other: Any, found: Any) -> None:
        if relation in ("grad", "partials"):
            self.refuse(f"it reads the .{relation} of a Value: pass numbers as arguments, derivatives come from grad")
            return
        left, right = self.place(value), self.place(other) if other is not None else constant(0.0)
        if relation == "ne":  # the pure core asks for equality then
            relation, found = "eq", not found
        outcome = constant(found) if relation == "data" else bool(found)
        if not (isinstance(left, Bits) and isinstance(right, Bits)):
            self.steps.append((Guard(relation, left, right, "{}:{}".format(*users_line()[:2])), outcome))

    def refuse(self, reason: str) -> None:
        self.refused = self.refused or reason

    # --- places ---

    def place(self, x: Any) -> Reference:
        if not isinstance(x, Value):
            return constant(x)
        found = self._places.get(id(x))
        if found is None:
            found = self._places[id(x)] = Leaf(len(self.leaves))
            self.leaves.append(x)
            self._data[id(x)] = x._data
        return found

    def is_of_leaves(self, x: Any) -> bool:
        """Whether x is a Value even if the arguments are floats, as it was computed from other Values."""
        return isinstance(x, Value) and (isinstance(place := self.place(x), Leaf) or place in self._of_leaves)

    def end(self, outputs: Sequence[Any], form: Any) -> None:
        """Close the run; find what it did besides computing."""
        self.steps.append(End(tuple([self.place(x) for x in outputs]), form))
        for value in (*self._kept, *self.leaves):
            notes = value.notes
            if notes is not None and notes.hooks:
                self.refuse("a Value has a hook on its gradient: remove the hook")
            if notes is not None and notes.label:
                self.labels[self._places[id(value)]] = notes.label
        for leaf in self.leaves:
            before = self._data[id(leaf)]
            if before != leaf._data and not (math.isnan(before) and math.isnan(leaf._data)):
                self.refuse("it changes the .data of a Value: do that outside, with the gradient that it returns")

    def without_temporaries(self, known: int) -> list[Step]:
        """Return the steps with constants in the place of leaves that the function made for this run alone.

        Nothing else refers to such a leaf once the results of the run are gone. Drops all Values of the run.

        Args:
            known: the number of leaves in the table before the run.
        """
        self._kept.clear()
        self.inputs.clear()
        changed: dict[Reference, Reference] = {}
        kept = known
        for i in range(known, len(self.leaves)):
            leaf = self.leaves[kept]
            if sys.getrefcount(leaf) <= 3:  # the table, this name, and the argument of the call
                changed[Leaf(i)] = constant(leaf._data)
                del self.leaves[kept]
            else:
                changed[Leaf(i)] = Leaf(kept)
                kept += 1
            del leaf
        if changed:
            self.labels = {changed.get(place, place): label for place, label in self.labels.items()}
            self.steps = [_replaced(step, changed) for step in self.steps]
        return [step for step in self.steps if not _is_certain(step)]


def _replaced(step: Step, changed: dict[Reference, Reference]) -> Step:
    def new(places: Sequence[Reference]) -> tuple[Reference, ...]:
        return tuple([changed.get(place, place) for place in places])

    if isinstance(step, Operation):
        return step._replace(operands=new(step.operands))
    if isinstance(step, End):
        return step._replace(outputs=new(step.outputs))
    guard, outcome = step
    left, right = new((guard.left, guard.right))
    return guard._replace(left=left, right=right), outcome


def _is_certain(step: Step) -> bool:
    """Whether this is a guard on constants."""
    if isinstance(step, (Operation, End)):
        return False
    guard, _ = step
    return isinstance(guard.left, Bits) and isinstance(guard.right, Bits)
