"""A run of a function as a list of steps: operations, looks at numbers, and the end.

A step refers to numbers by their places: an argument or a result by how many came before it, a leaf that the function
found elsewhere by its position in a table, a constant by its bits. Two runs that did the same have equal steps.
"""

from __future__ import annotations

import gc
import math
import random
import sys
from collections.abc import Container, Iterator, Sequence
from contextlib import contextmanager
from typing import Any, NamedTuple, cast

from ...core import compiled
from ...evaluation import INPUT
from ...graph import local_derivatives
from ...modes import Mode, Tape, recorded_by, users_line
from ...primitives import Primitive
from ...value import Value
from ...whole import Condition
from ..arguments import NotCompiled
from .branches import derivatives
from .draws import Draw, Drawn, Draws, States, restore, states_of
from .held import Attribute, attributes, held, read_anew

__all__ = [
    "Bits", "End", "Guard", "Leaf", "Look", "Operation", "Reference", "Run", "Steps", "Stopped", "constant",
    "uncollected",
]  # fmt: skip


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
    """The result of a run: its numbers, and a description of their containers."""

    outputs: tuple[Reference, ...]
    form: Any


def constant(x: float) -> Bits:
    return Bits(float.hex(float(x)))


@contextmanager
def uncollected() -> Iterator[None]:
    """Inside, the cyclic garbage collector rests: it would look at many new objects again and again, which all stay."""
    collects = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if collects:
            gc.enable()


# --- what happened in a run, each with operands ---


class Stopped(NamedTuple):
    """An operation through which no derivative goes; one through which they go is its Primitive."""

    op: Primitive


class Look(NamedTuple):
    """A guard on its two operands."""

    relation: str
    outcome: Any
    line: str


class Returned(NamedTuple):
    """The end of the run, with the outputs for operands."""

    form: Any


class Steps(NamedTuple):
    """A run in columns: numbers are places, or -1 - i for the one at i in `others`.

    Args:
        happened: a Primitive or a Stopped for each result; a Look; at last a Returned.
        operands: of each of these.
        others: the leaves and the constants.
        places: those of the inputs and of the results, in their order.
        lines: where in the user's code these happened.
        labels: names that the user gave to results, by their places.
    """

    happened: list[Any]
    operands: list[tuple[int, ...]]
    others: list[Reference]
    places: list[int]
    lines: list[tuple[Any, ...]]
    labels: dict[int, str]


class Run:
    """A recorder: one run of a function on Values in place of its arguments.

    Attributes:
        inputs: the parameters, and the Values to call the function with.
        tape: what the core wrote down: a result that has operands as it is, anything else as (what, operands, result).
        refused: why the run cannot be repeated; "" if it can.
        has_conditions: whether a comparison is a `Condition` for the program, not a bool; set by who begins the run.
        has_branches: whether rules with branches make guards; set likewise.
        is_careful: whether a nan may be another one than that of the function, see `branches`.
        is_doubtful: whether it looked at such a nan.
        labels: names that the user gave to other Values.
        draws: the random numbers that layers drew; they are leaves.

    Args:
        numbers: the numbers of the arguments.
        leaves: the table of Values that are no arguments; new ones are added.
        parameters: Values that are inputs too, before the arguments.
        draws: those of the runs before this one; None if there was none.
    """

    def __init__(
        self,
        numbers: Sequence[float],
        leaves: list[Value],
        parameters: Sequence[Value] = (),
        draws: Draws | None = None,
    ) -> None:
        self.tape = Tape()
        self.refused = ""
        self.has_conditions, self.has_branches = True, False
        self.is_careful = self.is_doubtful = False
        self.labels: dict[Leaf, str] = {}
        self.leaves = leaves
        self.inputs = [Value(x) for x in numbers]
        for value in self.inputs:
            value.op = INPUT  # as in grad: derivatives by other variables that depend on it stay Values
        self.inputs[:0] = parameters
        read_anew(leaves)
        self._numbers = [leaf._data for leaf in leaves]
        self._steps = Steps([], [], [], [], [], {})
        self._is_usual = True  # only results with operands were written
        self.draws = Draws()
        self._known_draws = draws
        self._states: States = []
        self._may_hold = bool(parameters)  # in training
        self._held: dict[tuple[int, str], Any] = {}
        self._kept: list[Value] = []  # Held ones, which are no temporaries
        self._results: dict[tuple[int, str], tuple[Any, str, Any]] = {}
        for owner, name, at, count in attributes(leaves):
            self._held[id(owner), name] = leaves[at] if count is None else leaves[at : at + count]

    def recording(self) -> Mode:
        return recorded_by(self)

    # --- what the core reports ---

    def forward(self, op: Primitive, operands: Sequence[Any], result: Value) -> None:
        item: Any = result
        if not result.operands:  # one that replaces a constant argument of a derivative will lose its operation
            item, self._is_usual = (Stopped(op) if result.op is None else op, tuple(operands), result), False
        self.tape += (item, users_line())

    def looked(self, relation: str, value: Any, other: Any, found: Any) -> Any:
        if relation in ("lt", "le", "gt", "ge", "eq") and self.has_conditions and not self.is_careful:
            return Condition.of(relation, value, other, lambda: self._looked(relation, value, other, found))
        return self._looked(relation, value, other, found)

    def _looked(self, relation: str, value: Any, other: Any, found: Any) -> Any:
        """Write a guard down; return what was found."""
        if relation in ("grad", "partials"):
            self.refuse(
                f"it reads or sets the .{relation} of a Value: take derivatives by value_and_grad, without backward()"
            )
            return found
        outcome = constant(found) if relation == "data" else bool(found)
        if relation == "ne":  # the pure core asks for equality then
            relation, outcome = "eq", not found
        line, self._is_usual = users_line(), False
        place = "{}:{}".format(*line)
        for x in (value, other):
            if self.is_careful and isinstance(x, Value):
                self.is_doubtful = self.is_doubtful or x._data != x._data
                self.tape += ((Look("eq", True, place), (x, x), None), line)
        self.tape += ((Look(relation, outcome, place), (value, 0.0 if other is None else other), None), line)
        return found

    def refuse(self, reason: str) -> None:
        self.refused = self.refused or reason

    def abandon(self, reason: str) -> None:
        raise NotCompiled(reason)

    def drawn(self, generator: random.Random, draw: Draw) -> Value:
        at, known = len(self.draws), self._known_draws
        if all(generator is not each for each, _ in self._states):
            self._states += states_of([generator])
        if known is not None and at < len(known) and known[at].generator is generator and known[at].draw == draw:
            self.draws.append(known[at])
            known[at].again()
        else:
            self.draws.append(Drawn(generator, draw))
            self.leaves.append(self.draws[at])
        return self.draws[at]

    def rewind(self) -> None:
        """Let the generators of random numbers go back to where they were before the run."""
        restore(self._states)

    @contextmanager
    def drawn_again(self) -> Iterator[None]:
        """Inside, the same random numbers are drawn as in the run; after it, the generators are where they were."""
        after = states_of(generator for generator, _ in self._states)
        self.rewind()
        try:
            yield
        finally:
            restore(after)

    def local_derivatives(self, node: Value, wanted: Container[Any], shared: Any = None) -> list[tuple[Value, Any]]:
        if self.has_branches:
            return local_derivatives(node, wanted, shared)
        found, chooses = derivatives(node, wanted, shared)
        self.is_careful = self.is_careful or chooses
        return found

    def held(self, owner: Any, name: str) -> Any:
        key = id(owner), name
        if key not in self._held:
            self._held[key] = found = held(owner, name)
            new = found if isinstance(found, list) else [found]
            self.leaves += new
            self._kept += new
        return self._held[key]

    def hold(self, owner: Any, name: str, numbers: Any) -> None:
        if not self._may_hold:
            self.refuse(f"it changes {name} of {type(owner).__name__}: call eval(), or compile a training_step")
        self.held(owner, name)
        self._held[id(owner), name] = numbers
        self._results[id(owner), name] = owner, name, numbers

    def results(self, outputs: list[Any]) -> tuple[Attribute, ...]:
        """Return the attributes that the run sets, and append their numbers to its outputs."""
        found = []
        for owner, name, numbers in self._results.values():
            count = len(numbers) if isinstance(numbers, list) else None
            found.append(Attribute(owner, name, len(outputs), count))
            outputs += [numbers] if count is None else numbers
        return tuple(found)

    # --- steps ---

    @uncollected()
    def end(self, outputs: Sequence[Any], form: Any = None) -> None:
        """Close the run; find what it did besides computing.

        Args:
            outputs: the numbers in its result.
            form: what they are put into; `returns` can give another one later.
        """
        held: list[Any] = []
        for attribute in self.results(held):
            attribute.write([getattr(x, "_data", x) for x in held])
        items, lines = self.tape[::2], self.tape[1::2]
        self.tape.lines = None
        self.tape.clear()
        values = [*self.inputs, *items]
        if not self._is_usual:
            values = [item[2] if item.__class__ is tuple else item for item in values]
            values = [value for value in values if value is not None]
        items.append((Returned(form), tuple(outputs), None))
        happened, operands, found, places = numbered(self.inputs, items)
        positions = {id(leaf): i for i, leaf in enumerate(self.leaves)}
        others: list[Reference] = []
        for x in found:
            if not isinstance(x, Value):
                others.append(constant(x))
                continue
            others.append(Leaf(positions.setdefault(id(x), len(self.leaves))))
            if len(positions) > len(self.leaves):
                self.leaves.append(x)
        labels = {i: x.notes.label for i, x in enumerate(values) if x.notes is not None and x.notes.label}
        self._steps = Steps(happened, operands, others, places, lines, labels)
        self.labels = {Leaf(i): x.notes.label for i, x in enumerate(self.leaves) if x.notes is not None}
        if any([x.notes is not None and x.notes.hooks for x in (*values, *self.leaves)]):
            self.refuse("a Value has a hook on its gradient: remove the hook")
        if self._known_draws is not None and list(map(id, self.draws)) != list(map(id, self._known_draws)):
            self.refuse("how many random numbers it draws depends on other numbers: let it draw all in any case")
        for leaf, before in zip(self.leaves, self._numbers, strict=False):
            is_same = before == leaf._data or (math.isnan(before) and math.isnan(leaf._data))
            if not is_same and not isinstance(leaf, Drawn):
                self.refuse("it changes the .data of a Value: do that outside, with the gradient that it returns")

    def returns(self, form: Any) -> None:
        self._steps.happened[-1] = Returned(form)

    def returns_leaves(self) -> bool:
        """Whether a Value that is neither an argument nor computed is in the result."""
        return any(self._is_leaf(self._steps.others[~x]) for x in self._steps.operands[-1] if x < 0)

    def _is_leaf(self, x: Reference) -> bool:
        """Whether this is a Value that the function found elsewhere; it did not if it was drawn."""
        return isinstance(x, Leaf) and not isinstance(self.leaves[x.position], Drawn)

    def are_values(self) -> list[bool]:
        """Return which outputs are Values even if the arguments are floats, as they were computed from other Values."""
        happened, operands, others, *_ = self._steps
        found = {~i for i, x in enumerate(others) if self._is_leaf(x)}
        place = len(self.inputs)
        for what, numbers in zip(happened, operands, strict=True) if found else ():
            if what.__class__ is not Look:
                if not found.isdisjoint(numbers):
                    found.add(place)
                place += 1
        return [x in found for x in operands[-1]]

    def without_temporaries(self, known: int) -> Steps:
        """Return the steps with constants in the place of leaves that the function made for this run alone.

        Nothing else refers to such a leaf once the results of the run are gone. Drops all Values of the run.

        Args:
            known: the number of leaves in the table before the run.
        """
        self.inputs.clear()
        changed: dict[Any, Reference] = {}
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
        moved = {changed.get(leaf, leaf): label for leaf, label in self.labels.items()}
        self.labels = {leaf: label for leaf, label in moved.items() if label and isinstance(leaf, Leaf)}
        return self._steps._replace(others=[changed.get(x, x) for x in self._steps.others])


def numbered(inputs: list[Value], items: list[Any]) -> tuple[list[Any], list[tuple[int, ...]], list[Any], list[int]]:
    """Return what happened, the places of its operands, the Values and numbers that have none, and all places.

    Args:
        inputs: the Values with the first places.
        items: those of a tape; their results have the next places.
    """
    if compiled is not None:
        return cast("tuple[list[Any], list[tuple[int, ...]], list[Any], list[int]]", compiled.numbered(inputs, items))
    places: dict[Any, int] = {id(value): i for i, value in enumerate(inputs)}
    happened, operands, others = list[Any](), list[tuple[int, ...]](), list[Any]()
    place = len(inputs)
    for item in items:
        what, given, result = item if item.__class__ is tuple else (item.op, item.operands, item)
        numbers = []
        for x in given:
            key = id(x) if isinstance(x, Value) else float(x).hex()
            numbers.append(places.setdefault(key, ~len(others)))
            if numbers[-1] == ~len(others):
                others.append(x)
        happened.append(what)
        operands.append(tuple(numbers))
        if result is not None:
            places[id(result)] = place
            place += 1
    return happened, operands, others, list(range(place))
