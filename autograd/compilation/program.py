"""All runs of a function as one tree: operations, then a guard with a subtree for each outcome, or the end.

Common subexpressions are computed once, and only what a guard or a result needs is computed at all. Derivatives are
further formulas at the end of a path: the chain rule, with the partials that `rules` reads from the table.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import Any, NamedTuple

from ..evaluation import ARGUMENT, INPUT
from ..expressions import Call, Constant, Expression, Symbol, substitute
from ..primitives import TABLE, Primitive
from ..rules import operands, value
from .chain_rule import Partials, times
from .recording.record import (
    Bits,
    End,
    Guard,
    Leaf,
    Look,
    Operation,
    Reference,
    Returned,
    Steps,
    Stopped,
    constant,
    uncollected,
)

__all__ = [
    "Applied", "Branch", "Derivatives", "Formula", "Slopes", "Statement", "Unrepeatable", "insert", "paths",
    "add_places", "pruned", "statement", "symbol",
]  # fmt: skip

ADVICE = "pass numbers that change from call to call as arguments"
MOST_TERMS = 8  # of a sum in one formula


class Unrepeatable(Exception):
    """Two runs differ, and no guard says why."""


class Formula(NamedTuple):
    """The number at a place, as an expression."""

    place: int
    expression: Expression


class Applied(NamedTuple):
    """The number at a place, as the value of an operation that is known as a function only."""

    place: int
    op: Primitive
    operands: tuple[Expression, ...]


class Slopes(NamedTuple):
    """All partial derivatives of an operation with result y, as its function returns them; `slope` refers to one."""

    place: int
    op: Primitive
    operands: tuple[Expression, ...]  # y first


Statement = Formula | Applied | Slopes


class Operations:
    """Operations with their places, in columns; an iteration gives a pair of place and `Operation` for each."""

    __slots__ = ("happened", "labels", "lines", "operands", "places")

    def __init__(self) -> None:
        self.places: list[int] = []
        self.happened: list[Primitive | Stopped] = []
        self.operands: list[tuple[Reference, ...]] = []
        self.lines: list[tuple[Any, ...]] = []  # of the user's code, as (file, number, ...)
        self.labels: dict[int, str] = {}  # by the places

    def __len__(self) -> int:
        return len(self.places)

    def __iter__(self) -> Iterator[tuple[int, Operation]]:
        for place, what, given in zip(self.places, self.happened, self.operands, strict=True):
            stops = isinstance(what, Stopped)
            yield place, Operation(what.op if isinstance(what, Stopped) else what, given, stops)

    def __eq__(self, other: object) -> bool:
        return (
            isinstance(other, Operations)
            and self.places == other.places
            and self.happened == other.happened
            and self.operands == other.operands
        )

    __hash__ = None  # type: ignore[assignment]


class Branch:
    """A node of the tree: operations, and what comes after them.

    Attributes:
        operations: with the place of each.
        last: a guard or the end; None of a new node.
        children: of a guard, the nodes by outcome.
        seen: of an end, how many runs came here.
        runs: of the root, the runs that are the only ones that came to an end, with that.
    """

    __slots__ = ("children", "last", "operations", "runs", "seen")

    def __init__(self) -> None:
        self.operations = Operations()
        self.last: Guard | End | None = None
        self.children: dict[Any, Branch] = {}
        self.seen = 0
        self.runs: list[tuple[Steps, Branch]] = []


@uncollected()
def insert(root: Branch, steps: Steps, inputs: int) -> tuple[Branch, Guard | None]:
    """Add a run to the tree; return its end, and the guard whose outcome was new, if there is one.

    Raises:
        Unrepeatable: it differs from another run that had the same outcomes.
    """
    for i, (before, end) in enumerate(root.runs):
        if before[:3] == steps[:3]:  # much faster than what follows
            end.seen += 1
            del root.runs[i]
            return end, None
    node, new = root, None
    for operations, last, outcome in _simplified(steps, inputs):
        if node.last is None:
            node.operations, node.last = operations, last
        else:
            _same(node, operations, last)
        if isinstance(last, Guard):
            if node.children and outcome not in node.children:
                new = last
            node = node.children.setdefault(outcome, Branch())
    node.seen += 1
    if node.seen == 1:
        root.runs.append((steps, node))
    return node, new


def _same(node: Branch, operations: Operations, last: Guard | End) -> None:
    if node.operations != operations:
        for (_, a), (_, b) in zip(node.operations, operations, strict=False):
            if a != b:
                numbers = [x.number for x in (*a.operands, *b.operands) if isinstance(x, Bits)]
                hint = f", with constants {', '.join(map(repr, numbers[:4]))}" if numbers else ""
                raise Unrepeatable(f"two runs differ in {b.op.name!r}{hint}: {ADVICE}")
        raise Unrepeatable(
            f"one run did {len(node.operations)} operations where another did {len(operations)}: {ADVICE}"
        )
    found = node.last
    if isinstance(last, Guard) and isinstance(found, Guard):
        if found[:3] != last[:3]:
            raise Unrepeatable(f"two runs compared different numbers, at {found.line} and {last.line}: {ADVICE}")
    elif found != last:
        raise Unrepeatable(f"two runs returned different constants or forms: {ADVICE}")


def _simplified(steps: Steps, inputs: int) -> Iterator[tuple[Operations, Guard | End, Any]]:
    """Yield the operations up to each guard and the end, the guard or end, and its outcome.

    Operations and guards that came before in the run, or are on constants alone, are left out.
    """
    references: list[Any] = [*steps.places, *reversed(steps.others)]  # -1 - i counts from the end
    reference = references.__getitem__
    known: dict[Any, int] = {}
    labels = steps.labels
    operations = Operations()
    place = inputs
    for what, numbers, line in zip(steps.happened, steps.operands, (*steps.lines, ()), strict=True):
        given: tuple[Reference, ...] = tuple(map(reference, numbers))
        if what.__class__ is Look:
            key = what.relation, given
            if key not in known and not all([isinstance(x, Bits) for x in given]):
                known[key] = place
                left, right = given
                yield operations, Guard(what.relation, left, right, what.line), what.outcome
                operations = Operations()
            continue
        if what.__class__ is Returned:
            yield operations, End(given, what.form), None
            return
        if given == numbers:
            given = numbers  # one of two tuples is enough
        first = known.setdefault((what, given), place)
        if first != place:
            references[place] = references[first]
        elif what is INPUT or what is ARGUMENT:
            references[place] = given[0]
        elif given[0].__class__ is Bits and (number := _folded(what, given)) is not None:
            references[place] = number
        else:
            operations.places.append(references[place])
            operations.happened.append(what)
            operations.operands.append(given)
            operations.lines.append(line)
            if place in labels:
                operations.labels[place] = labels[place]
        place += 1


def _folded(what: Primitive | Stopped, operands: Sequence[Reference]) -> Bits | None:
    """Return the result of an operation on constants, None if one is not."""
    op = what.op if isinstance(what, Stopped) else what
    numbers = [x.number for x in operands if isinstance(x, Bits)]
    return constant(op.value(*numbers)) if len(numbers) == len(operands) and TABLE.get(op.name) is op else None


def paths(root: Branch) -> Iterator[list[Branch]]:
    """Yield the nodes from the root to each end."""
    stack = [[root]]
    while stack:
        path = stack.pop()
        if isinstance(path[-1].last, End):
            yield path
        stack += [[*path, child] for child in path[-1].children.values()]


# --- statements ---


def symbol(x: Reference) -> Expression:
    """Return the expression of a number."""
    if x.__class__ is int:
        return Symbol(f"v{x}")
    return Constant(x.number) if isinstance(x, Bits) else Symbol(f"leaf{x.position}" if isinstance(x, Leaf) else "")


def statement(place: int, step: Operation) -> Statement:
    """Return an operation as a statement."""
    op, arguments = step.op, tuple(map(symbol, step.operands))
    if op.name in ("add", "sub", "mul", "div", "neg", "abs", "pow", "mod", "floor_divide") and op is TABLE[op.name]:
        return Formula(place, Call(op.name, arguments))
    expression = value(op) if op.arity is not None else None
    if expression is None or _calls_c(expression):
        return Applied(place, op, arguments)
    return Formula(place, substitute(expression, dict(zip(operands(op), arguments, strict=True))))


def _calls_c(e: Expression) -> bool:
    return isinstance(e, Call) and ("." in e.function or any(map(_calls_c, e.arguments)))


class Derivatives:
    """The chain rule along a path of the tree: statements for the derivatives of an output by inputs."""

    def __init__(self, path: Sequence[Branch], output: Reference, wanted: Iterable[int]) -> None:
        steps = [step for node in path for step in node.operations]
        self.statements: list[Statement] = []
        self._partials = Partials()
        self._next = max([place for place, _ in steps] + list(wanted), default=0) + 1
        self._terms: dict[Reference, list[Expression]] = {output: [Constant(1.0)]}
        depends = set(wanted)
        for place, step in steps:
            if not step.stops and not depends.isdisjoint(x for x in step.operands if isinstance(x, int)):
                depends.add(place)
        for place, step in reversed(steps):
            if place in self._terms and place in depends:
                self._hand_on(place, step, depends)
        self.slopes = {place: self._total(place) for place in wanted}

    def _total(self, place: Reference) -> Expression:
        """Return the complete derivative by the number at a place, as a symbol or a number."""
        terms = self._terms.get(place, [Constant(0.0)])
        while len(terms) > 1 or isinstance(terms[0], Call):
            total = terms[0]
            for term in terms[1:MOST_TERMS]:
                total = Call("add", (total, term))
            terms = [self._assign(total), *terms[MOST_TERMS:]]
        self._terms[place] = terms
        return terms[0]

    def _assign(self, expression: Expression) -> Expression:
        self.statements.append(Formula(self._new_place(), expression))
        return Symbol(f"v{self._next - 1}")

    def _new_place(self) -> int:
        self._next += 1
        return self._next - 1

    def _hand_on(self, place: int, step: Operation, depends: set[int]) -> None:
        gradient, arguments = self._total(place), tuple(map(symbol, step.operands))
        slopes = self._partials.of(step.op, symbol(place), arguments, [x in depends for x in step.operands])
        if slopes is None:
            every = Slopes(self._new_place(), step.op, (symbol(place), *arguments))
            self.statements.append(every)
            slopes = [Symbol(f"v{every.place}[{i}]") for i in range(len(arguments))]
        for i, (x, slope) in enumerate(zip(step.operands, slopes, strict=True)):
            if isinstance(x, int) and x in depends and slope is not None and not (step.op.selector and i == 0):
                self._terms.setdefault(x, []).append(times(gradient, slope))


def add_places(e: Expression, found: set[int]) -> None:
    """Add the places of the numbers that an expression needs."""
    if isinstance(e, Call):
        for argument in e.arguments:
            add_places(argument, found)
    elif isinstance(e, Symbol) and e.name[0] == "v":
        found.add(int(e.name[1:].partition("[")[0]))


def pruned(statements: Iterable[Statement], needed: set[int]) -> list[Statement]:
    """Return the statements that `needed` needs, and add to it what these need."""
    kept = []
    for item in reversed(list(statements)):
        if item.place in needed:
            kept.append(item)
            for e in (item.expression,) if isinstance(item, Formula) else item.operands:
                add_places(e, needed)
    return kept[::-1]
