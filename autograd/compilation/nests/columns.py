"""One way through the tree as groups of operations: what is needed, in which order, and which chains are sums.

Numbers are referred to by whole numbers: inputs and results by their places, leaves after them, and constants by
negative ones, so that they are at the end of every array.
"""

from __future__ import annotations

from array import array
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from typing import Any, NamedTuple

import numpy as np

from ...evaluation import ARGUMENT, INPUT
from ...primitives import TABLE, Primitive
from ..program import Branch
from ..recording.record import Bits, Guard, Leaf, Reference, Stopped
from .nest import NotNested

__all__ = ["COPY", "Columns", "Group", "Row"]

COPY = "copy"
SELECTORS = frozenset([op.name for op in TABLE.values() if op.selector])  # no derivative goes to their first operand
LONG = 16  # operands, from which arrays are faster than lists
Row = Any  # the operands of an operation: a list of ints, or an array of them if there are many


class Group(NamedTuple):
    """Operations that are alike and do not need one another.

    Args:
        kind: the name of the operation; "chain" for a chain of additions, "difference" for a number from which others
            are subtracted, "chain dot" and "difference dot" if what is added or subtracted are products.
        places: of the results.
        rows: the operands of each.
        stops: whether no derivative goes through them, as none was asked for, or the first output does not need them.
    """

    kind: str
    places: list[int]
    rows: list[Row]
    stops: bool


class Columns:
    """The operations along a path of the tree.

    Attributes:
        kinds: the names of the operations, by the places of the results.
        rows: their operands.
        lines: where in the user's code they are.
        stopped: the results through which no derivative goes.
        constants: the numbers of the constants; the i-th one is referred to by -1 - i.
        leaves: the number that refers to the first leaf.
        length: of an array with an element for every number.
        outputs: the results of the function.
        checked: the guards with their outcomes and their two sides.
    """

    def __init__(self, path: Sequence[Branch], inputs: int, leaves: int) -> None:
        self.leaves = max([inputs, *[place + 1 for node in path for place in node.operations.places[-1:]]])
        self.constants: list[float] = []
        self._constants: dict[Bits, int] = {}
        self.kinds: dict[int, str] = {}
        self.rows: dict[int, Row] = {}
        self.lines: dict[int, tuple[Any, ...]] = {}
        self.stopped: set[int] = set()
        known: dict[Primitive | Stopped, str] = {}
        for node in path:
            done = node.operations
            self.lines.update(zip(done.places, done.lines, strict=True))
            for place, what, operands in zip(done.places, done.happened, done.operands, strict=True):
                if what not in known:
                    known[what] = _kind(what.op if isinstance(what, Stopped) else what)
                if what.__class__ is Stopped:
                    self.stopped.add(place)
                self.kinds[place] = known[what]
                self.rows[place] = self._row(operands)
        self.outputs: list[int] = []
        self.checked: list[tuple[Guard, Any, int, int]] = []
        for node, after in zip(path, [*path[1:], None], strict=True):
            if isinstance(node.last, Guard):
                outcome = next(outcome for outcome, child in node.children.items() if child is after)
                self.checked.append((node.last, outcome, self.number(node.last.left), self.number(node.last.right)))
            elif node.last is not None:
                self.outputs = [self.number(x) for x in node.last.outputs]
        self.length = self.leaves + leaves + len(self.constants)

    def number(self, x: Reference) -> int:
        """Return the whole number that refers to an operand."""
        if isinstance(x, int):
            return x
        if isinstance(x, Leaf):
            return self.leaves + x.position
        found = self._constants.get(x)
        if found is None:
            found = self._constants[x] = -1 - len(self.constants)
            self.constants.append(x.number)
        return found

    def _row(self, operands: tuple[Reference, ...]) -> Row:
        if len(operands) >= LONG and operands[0].__class__ is int:
            try:
                return np.array(operands, np.int64)
            except (TypeError, ValueError):  # a constant or a leaf is among them
                pass
        found = [x if isinstance(x, int) else self.number(x) for x in operands]
        return found if len(found) < LONG else np.array(found, np.int64)

    # --- groups ---

    def groups(self) -> list[Group]:
        """Return the operations that an output or a guard needs as groups, each after those that it needs."""
        uses, reached = self._needed()
        stopped = {place for place in self.rows if place in self.stopped or not reached[place]}
        inside = self._join(uses, stopped)
        levels = array("q", bytes(8 * self.length))
        by_level = np.frombuffer(levels, np.int64)
        found: defaultdict[Any, list[int]] = defaultdict(list)
        rows, kinds = self.rows, self.kinds
        for place in rows:
            if not uses[place] or place in inside:
                continue
            row, kind = rows[place], kinds[place]
            if row.__class__ is list:
                level = 1 + max([levels[x] for x in row])
                constants = tuple([x < 0 for x in row]) if len(row) < 4 else None
            else:
                level, constants = 1 + int(by_level[row].max()), None
            levels[place] = level
            found[level, kind, len(row), constants, place in stopped].append(place)
        ordered = sorted(found.items(), key=lambda item: (item[0][0], repr(item[0][1:])))
        return [Group(key[1], places, [rows[x] for x in places], key[4]) for key, places in ordered]

    def _needed(self) -> tuple[array[int], bytearray]:
        """Return how often each number is used, and whether the first output depends on it by derivatives."""
        uses = array("q", bytes(8 * self.length))
        all_uses = np.frombuffer(uses, np.int64)
        reached = bytearray(self.length)
        all_reached = np.frombuffer(reached, np.uint8)
        for x in [*self.outputs, *[x for _, _, *sides in self.checked for x in sides]]:
            uses[x] += 2  # so that it is not a part of a longer sum only
        if self.outputs:
            reached[self.outputs[0]] = 1
        for place, row in reversed(self.rows.items()):
            if not uses[place]:
                continue
            goes_on = reached[place] and place not in self.stopped
            first = self.kinds[place] in SELECTORS  # the first operand that derivatives go to
            if row.__class__ is list:
                for x in row:
                    uses[x] += 1
                if goes_on:
                    for x in row[first:]:
                        reached[x] = 1
            else:
                np.add.at(all_uses, row, 1)
                if goes_on:
                    all_reached[row[first:]] = 1
        return uses, reached

    def _join(self, uses: array[int], stopped: set[int]) -> set[int]:
        """Make one operation of each chain of additions or subtractions; return the results that are inside of one."""
        inside: set[int] = set()
        chains: dict[int, list[int]] = {}
        rows, kinds = self.rows, self.kinds
        for place, kind in kinds.items():
            if kind in ("add", "sub") and uses[place]:
                left, right = rows[place]
                goes_on = uses[left] == 1 and kinds.get(left) == kind and (left in stopped) == (place in stopped)
                before = chains.get(left) if goes_on else None
                if before is None:
                    chains[place] = [left, right]
                else:
                    before.append(right)
                    chains[place] = before
                    del chains[left]
                    inside.add(left)
        for place, terms in chains.items():
            if len(terms) > 2:
                rows[place], kinds[place] = terms, "chain" if kinds[place] == "add" else "difference"
        for place, kind in kinds.items():
            if kind in ("chain", "sum", "difference") and uses[place]:
                terms = list(map(int, rows[place]))
                products = [
                    x for x in terms[kind == "difference" :]
                    if x >= 0 and kinds.get(x) == "mul" and uses[x] == 1 and (x in stopped) == (place in stopped)
                ]  # fmt: skip
                if len(products) > 1 and len(products) >= len(terms) - 1:
                    inside.update(products)
                    known = set(products)
                    terms = [*self._factors(products), *[x for x in terms if x not in known]]
                    kinds[place] = "dot" if kind == "sum" else f"{kind} dot"
                rows[place] = terms if len(terms) < LONG else np.array(terms, np.int64)
        return inside

    def _factors(self, products: Iterable[int]) -> Iterator[int]:
        """Yield the left factors and then the right ones; numbers that were not calculated are on the left."""
        pairs = [self.rows[x] for x in products]
        calculated = self.kinds
        if sum(a in calculated for a, _ in pairs) > sum(b in calculated for _, b in pairs):
            pairs = [(b, a) for a, b in pairs]
        yield from (a for a, _ in pairs)
        yield from (b for _, b in pairs)


def _kind(op: Primitive) -> str:
    if op in (INPUT, ARGUMENT):
        return COPY
    if TABLE.get(op.name) is not op:
        raise NotNested(f"{op.name!r} is known as a Python function only: use operations of the package")
    return op.name
