"""The tree of a function's runs as Python: operations line by line, and an `if` for each guard.

What runs is written like what is shown. The functions of the table that it calls are the table's own, so that results
have the same bits; `prelude` writes their definitions for a program that runs by itself.
"""

from __future__ import annotations

import builtins
import keyword
import math
from collections.abc import Callable, Iterable, Sequence
from linecache import getline
from typing import Any, NamedTuple, Protocol

from ...expressions import Call, Constant, Expression, Symbol
from ...language import say
from ...primitives import TABLE
from ...writers import PYTHON, write
from ..program import (
    Applied,
    Branch,
    Derivatives,
    Formula,
    Slopes,
    Statement,
    add_places,
    paths,
    pruned,
    statement,
    symbol,
)  # fmt: skip
from ..recording.record import Bits, End, Guard, Stopped
from .slopes import SlopesOf

__all__ = ["Names", "Source", "source"]

OPERATORS = {"lt": "<", "le": "<=", "gt": ">", "ge": ">=", "eq": "=="}
BACKWARDS = "backwards: the derivative of the result by each of the numbers above", "反向：结果对上面每个数的导数"
RESERVED = {*keyword.kwlist, *dir(builtins), *TABLE, "math", "leaf", "runner", "args", "kwargs", "OTHER"}
NUMBERED = ("v", "leaf", "given", "known")  # with a number, names of other things than labels


class Names(NamedTuple):
    """The names of the numbers of a program.

    Args:
        inputs: the parameters of the numbers in arguments.
        leaves: the parameters of Values found elsewhere.
    """

    inputs: Sequence[str]
    leaves: Sequence[str]


class Frame(Protocol):
    """The code around the operations of a function that takes and returns the user's own structures."""

    def order(self, end: Branch, outputs: int) -> Sequence[int]:
        """Return which outputs and then slopes of a way are in the result, given their number."""
        ...

    def head(self, inputs: Sequence[str], leaves: Sequence[str]) -> list[str]:
        """Return the lines that assign to the variables of the inputs and the leaves."""
        ...

    def result(self, end: Branch, numbers: Sequence[str]) -> str:
        """Return code for the result of a way."""
        ...

    def miss(self, guard: Guard) -> str:
        """Return code for what is returned if no way has the outcome of a guard."""
        ...


class Source(NamedTuple):
    """A function as Python code.

    Attributes:
        text: the definition of `compiled`.
        functions: what it calls by name.
        guards: the guards in the order of the numbers that it returns if one does not hold.
        operations: how many statements there are.
    """

    text: str
    functions: dict[str, Callable[..., Any]]
    guards: list[Guard]
    operations: int


def source(
    root: Branch,
    names: Names,
    *,
    wanted: Sequence[int] | None = None,
    ends: Sequence[Branch] | None = None,
    to_read: bool = False,
    frame: Frame | None = None,
) -> Source:
    """Return the tree as the function `compiled`, whose parameters are the inputs and then the leaves.

    It returns a tuple of the outputs, the derivatives of the first one by the wanted inputs, and the position of the
    end among `ends`; or the number of a guard if none of the runs had its outcome.

    Args:
        root: the tree.
        names: what its numbers are called.
        wanted: the inputs to differentiate by; None for no derivatives.
        ends: those to write; all by default.
        to_read: add comments, return no position of an end, and raise an error if no run had the outcome of a guard.
        frame: writes a function of a runner, `args` and `kwargs` instead, which returns what the user's function does.
    """
    chosen = [path for path in paths(root) if ends is None or path[-1] in ends]
    order = ends if ends is not None else [path[-1] for path in chosen]
    return _Writer(root, names, wanted, chosen, order, to_read, frame).written()


def _identifier(label: str) -> str:
    name = "".join(c if c.isalnum() else "_" for c in label)
    name = f"_{name}" if not name or name[0].isdigit() else name
    is_numbered = name.rstrip("0123456789") in NUMBERED and name[-1].isdigit()
    return f"{name}_" if name in RESERVED or is_numbered or not name.isidentifier() else name


class _Writer:
    def __init__(
        self,
        root: Branch,
        names: Names,
        wanted: Any,
        chosen: list[list[Branch]],
        ends: Sequence[Branch],
        to_read: bool,
        frame: Frame | None,
    ) -> None:
        self.root, self.names, self.to_read, self.ends, self.frame = root, names, to_read, ends, frame
        self.functions: dict[str, Callable[..., Any]] = {}
        self.guards: list[Guard] = []
        self.lines: list[str] = []
        self.operations = 0
        self.tails: dict[int, tuple[list[Statement], list[Expression]]] = {}
        self.reached = {id(node): sum(node in path for path in chosen) for path in chosen for node in path}
        for path in chosen:
            end = path[-1].last
            assert isinstance(end, End)
            outputs, tail = [symbol(x) for x in end.outputs], list[Statement]()
            if wanted is not None:
                derivatives = Derivatives(path, end.outputs[0], wanted)
                tail = derivatives.statements
                outputs += [derivatives.slopes[place] for place in wanted]
            if frame is not None:
                outputs = [outputs[i] for i in frame.order(path[-1], len(end.outputs))]
            self.tails[id(path[-1])] = tail, outputs
        self.called: dict[Expression, str] = {}
        self.taken = {"largest", "smallest"}  # names of functions, as far as they are not RESERVED, and of numbers
        self._name_parameters({id(node): node for path in chosen for node in path}.values())
        self.bodies = self._live()

    # --- names ---

    def _name_parameters(self, nodes: Iterable[Branch]) -> None:
        """Name the inputs and the leaves."""
        for op in {
            what.op if isinstance(what, Stopped) else what for node in nodes for what in node.operations.happened
        }:
            self.taken |= {f"slopes_of_{op.name}", f"slopes_of_{_identifier(op.name)}", _identifier(op.name)}

        for i, name in enumerate(self.names.inputs):
            self._call(Symbol(f"v{i}"), name)
        for i, name in enumerate(self.names.leaves):
            self._call(Symbol(f"leaf{i}"), name)
        self.parameters = list(self.called.values())

    def _call(self, x: Symbol, label: str) -> Symbol:
        """Name a number, differently from all others."""
        name = base = _identifier(label)
        n = 1
        while name in self.taken:
            n += 1
            name = f"{base}_{n}"
        self.taken.add(name)
        self.called[x] = name
        return x

    def text(self, e: Expression) -> str:
        self._note(e)
        return write(e, PYTHON, self.called)

    def _note(self, e: Expression) -> None:
        """Remember which functions of the table an expression calls."""
        if isinstance(e, Call):
            if e.function in TABLE:
                self.functions[e.function] = TABLE[e.function].value
            for argument in e.arguments:
                self._note(argument)

    # --- what is needed ---

    def _live(self) -> dict[int, list[Statement]]:
        """Return the statements of each node that its guard, its end or a node below needs."""
        order: list[Branch] = []
        stack = [self.root]
        while stack:
            node = stack.pop()
            if id(node) in self.reached:
                order.append(node)
                stack += node.children.values()
        needed: dict[int, set[int]] = {}
        bodies: dict[int, list[Statement]] = {}
        for node in reversed(order):
            live = set[int]().union(*(needed.get(id(child), ()) for child in node.children.values()))
            if isinstance(node.last, Guard):
                live.update(x for x in node.last[1:3] if isinstance(x, int))
            else:
                tail, outputs = self.tails[id(node)]
                for e in outputs:
                    add_places(e, live)
                self.tails[id(node)] = pruned(tail, live), outputs
            bodies[id(node)] = pruned([statement(*item) for item in node.operations], live)
            needed[id(node)] = live
        return bodies

    # --- lines ---

    def written(self) -> Source:
        parameters = ", ".join(self.parameters)
        if self.frame is not None:
            inputs = len(self.names.inputs)
            self.lines += self.frame.head(self.parameters[:inputs], self.parameters[inputs:])
            parameters = "runner, args, kwargs"
        self._node(self.root, 1)
        text = "\n".join([f"def compiled({parameters}):", *self.lines, ""])
        return Source(text, self.functions, self.guards, self.operations)

    def put(self, depth: int, line: str) -> None:
        self.lines.append("    " * depth + line)

    def _node(self, node: Branch, depth: int) -> None:
        """Write a node and what is below it; only the smaller part below a guard is indented."""
        shown, named = None, list[Symbol]()
        while True:
            named += [self._call(Symbol(f"v{place}"), label) for place, label in node.operations.labels.items()]
            lines = dict(zip(node.operations.places, node.operations.lines, strict=True)) if self.to_read else {}
            for item in self.bodies[id(node)]:
                if (line := lines.get(item.place)) not in (None, shown):
                    shown = line
                    if code := getline(*line[:2]).strip():
                        self.put(depth, f"# {code}")
                self._statement(item, depth)
            if not isinstance(node.last, Guard):
                self._end(node, depth)
                break
            children = sorted(
                (self.reached[id(child)], i, outcome, child)
                for i, (outcome, child) in enumerate(node.children.items())
                if id(child) in self.reached
            )
            for _, _, outcome, child in children[:-1]:
                self.put(depth, f"if {self._condition(node.last, outcome)}:")
                self._node(child, depth + 1)
            *_, (_, _, outcome, child) = children
            if isinstance(outcome, Bits) or len(children) == 1:
                self.put(depth, f"if {self._condition(node.last, outcome, holds=False)}:")
                self._miss(node.last, depth + 1)
            node = child
        for x in named:  # other ways have other numbers at these places
            self.taken.remove(self.called.pop(x))

    def _miss(self, guard: Guard, depth: int) -> None:
        self.guards.append(guard)
        if self.frame is not None:
            self.put(depth, f"return {self.frame.miss(guard)}")
            return
        place = guard.line.replace("\\", "/").rpartition("/")[2]
        if self.to_read:
            self.put(depth, f"raise ValueError({f'no run went this way at {place}'!r})")
        else:
            self.put(depth, f"return {len(self.guards) - 1}")

    def _condition(self, guard: Guard, outcome: Any, holds: bool = True) -> str:
        """Return the condition that a guard has, or if not `holds` does not have, this outcome."""
        left = self.text(symbol(guard.left))
        if guard.relation != "data":
            found = f"{left} {OPERATORS[guard.relation]} {self.text(symbol(guard.right))}"
            if guard.relation == "eq":
                return found if outcome is holds else found.replace("==", "!=")
            return found if outcome is holds else f"not {found}"
        x = outcome.number
        if x != x:
            return f"{left} {'!=' if holds else '=='} {left}"
        sign = f" and math.copysign(1.0, {left}) == {math.copysign(1.0, x)}" if x == 0.0 else ""
        found = f"{left} == {self.text(Constant(x))}{sign}"
        return found if holds else f"not ({found})"

    def _statement(self, item: Statement, depth: int) -> None:
        self.operations += 1
        name = self.called.get(Symbol(f"v{item.place}"), f"v{item.place}")
        if isinstance(item, Formula):
            value = self.text(item.expression)
        else:
            value = f"{self._function(item)}({', '.join(map(self.text, item.operands))})"
        self.put(depth, f"{name} = {value}")

    def _function(self, item: Applied | Slopes) -> str:
        op = item.op
        own = {"max": "largest", "min": "smallest"}.get(op.name, op.name)  # Python has other ones of these names
        name = own if TABLE.get(op.name) is op else _identifier(op.name)
        name, function = (name, op.value) if isinstance(item, Applied) else (f"slopes_of_{name}", SlopesOf(op))
        base, n = name, 1
        while self.functions.setdefault(name, function) not in (function,) and not _alike(
            self.functions[name], function
        ):
            n += 1
            name = f"{base}_{n}"
        return name

    def _end(self, node: Branch, depth: int) -> None:
        tail, outputs = self.tails[id(node)]
        if self.to_read and tail:
            self.put(depth, "# " + say(*BACKWARDS))
        for item in tail:
            self._statement(item, depth)
        texts = list(map(self.text, outputs))
        if self.frame is not None:
            self.put(depth, f"return {self.frame.result(node, texts)}")
        elif not self.to_read:
            texts.append(str(self.ends.index(node)))
            self.put(depth, f"return ({', '.join(texts)},)")
        else:
            self.put(depth, f"return {', '.join(texts)}")


def _alike(a: Any, b: Any) -> bool:
    return isinstance(a, SlopesOf) and isinstance(b, SlopesOf) and a.op is b.op
