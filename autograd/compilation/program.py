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
from .record import Bits, End, Guard, Leaf, Operation, Reference, Step, constant

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


class Branch:
    """A node of the tree: operations, and what comes after them.

    Attributes:
        operations: with the place of each.
        last: a guard or the end; None of a new node.
        children: of a guard, the nodes by outcome.
        seen: of an end, how many runs came here.
    """

    __slots__ = ("children", "last", "operations", "seen")

    def __init__(self) -> None:
        self.operations: list[tuple[int, Operation]] = []
        self.last: Guard | End | None = None
        self.children: dict[Any, Branch] = {}
        self.seen = 0


def insert(root: Branch, steps: Iterable[Step], inputs: int) -> tuple[Branch, Guard | None]:
    """Add a run to the tree; return its end, and the guard whose outcome was new, if there is one.

    Raises:
        Unrepeatable: it differs from another run that had the same outcomes.
    """
    node, operations, new = root, list[tuple[int, Operation]](), None
    for place, step in _simplified(steps, inputs):
        if isinstance(step, Operation):
            operations.append((place, step))
            continue
        last, outcome = (step, None) if isinstance(step, End) else step
        if node.last is None:
            node.operations, node.last = operations, last
        else:
            _same(node, operations, last)
        if isinstance(last, Guard):
            if node.children and outcome not in node.children:
                new = last
            node, operations = node.children.setdefault(outcome, Branch()), []
    node.seen += 1
    return node, new


def _same(node: Branch, operations: list[tuple[int, Operation]], last: Guard | End) -> None:
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


def _simplified(steps: Iterable[Step], inputs: int) -> Iterator[tuple[int, Step]]:
    """Yield the steps, each with its place, without those that are known already."""
    known: dict[Any, Reference] = {}
    moved: dict[Reference, Reference] = {}
    place = inputs
    for step in steps:
        if isinstance(step, Operation):
            step = step._replace(operands=tuple([moved.get(x, x) for x in step.operands]))
            if step.op in (INPUT, ARGUMENT) and not step.stops:
                moved[place] = step.operands[0]
            elif step in known:
                moved[place] = known[step]
            elif all(isinstance(x, Bits) for x in step.operands) and TABLE.get(step.op.name) is step.op:
                moved[place] = constant(step.op.value(*[x.number for x in step.operands if isinstance(x, Bits)]))
            else:
                known[step] = place
                yield place, step
            place += 1
        elif isinstance(step, End):
            yield place, step._replace(outputs=tuple([moved.get(x, x) for x in step.outputs]))
        else:
            guard, outcome = step
            guard = guard._replace(left=moved.get(guard.left, guard.left), right=moved.get(guard.right, guard.right))
            is_known = isinstance(guard.left, Bits) and isinstance(guard.right, Bits)
            if not is_known and guard[:3] not in known:
                known[guard[:3]] = place
                yield place, (guard, outcome)


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
        for x, slope in zip(step.operands, slopes, strict=True):
            if isinstance(x, int) and x in depends and slope is not None:
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
