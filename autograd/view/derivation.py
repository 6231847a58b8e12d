"""A calculation written out: every line with its numbers, the local derivatives, and the chain rule for each input."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

from ..graph import reverse_sweep
from ..value import Value
from .formula import ONE, ZERO, Call, Expr, Minus, Name, Num, Product, Sum, as_written, replaced
from .lines import Lines
from .notation import derivative, rounded
from .symbolic import Formula

__all__ = ["Derivation", "Step"]

PATHS_ONE_BY_ONE = 8

Condition = tuple[Expr, str, Expr]


@dataclass(frozen=True)
class Step:
    """One line: name = formula = the same with numbers = result.

    Attributes:
        name: what is calculated.
        formula: how; None where the result alone says it.
        numbers: the formula with numbers in place of names.
        result: the number, rounded where rounding was asked for.
        exact: the number without any rounding on the way.
        because: the comparisons that decided which branch of a rule was taken, where the result is just a number.
        direct: whether this is only the part of a derivative that comes straight, not through other lines.
        unconnected: whether the output does not depend on it at all.
    """

    name: Name
    formula: Expr | None
    numbers: Expr | None
    result: float
    exact: float
    because: tuple[Condition, ...] = ()
    direct: bool = False
    unconnected: bool = False


class Derivation:
    """The lines of a calculation, forward, backward, and for each of `wrt` the chain rule; see `explain`."""

    def __init__(
        self,
        output: Value,
        wrt: Sequence[Value] | None,
        names: Mapping[str, object],
        rounding: int | None,
        max_steps: int,
        path: str = "path",
    ) -> None:
        self.output = output
        self.rounding = rounding
        self.path = path
        layout = Lines(output, wrt, names, max_steps)
        self.nodes, self.targets, self.below = layout.nodes, layout.targets, layout.below
        self.operations, self.lines, self.names = layout.operations, layout.lines, layout.names
        self.adjoint = reverse_sweep(output)
        self.shown: dict[Value, Expr] = {}  # what stands for a node in a formula
        self.written: dict[Value, Expr] = {}  # the formula of a node
        self.number: dict[Value, float] = {}
        self.known: dict[Expr, Expr] = {}  # the numbers of the names
        self.local: dict[tuple[Value, Value], Step] = {}
        self.total: dict[Value, Step] = {}  # gradients that later ones can start from
        self.agrees = True

        self.given: list[Step] = []
        self.forward: list[Step] = []
        self.chain: list[Step] = []
        self._go_forward()
        self._differentiate()
        self.users = self._users()
        for target in self.targets:
            self._apply_chain_rule(target)
        self.gradients = {self.names[target].text: self.adjoint.get(target, 0.0) for target in self.targets}

    # --- forward ---

    def _round(self, x: float) -> float:
        return x if self.rounding is None else rounded(x, self.rounding)

    def _go_forward(self) -> None:
        operations = set(self.operations)
        for node in self.operations:
            for parent in node.parents:
                if parent not in operations and parent not in self.shown:
                    self._give(parent)
            self._calculate(node)
        for node in (self.output, *self.targets):
            if node not in self.shown:
                self._give(node)

    def _give(self, node: Value) -> None:
        if node not in self.names:  # a plain number in the user's code
            self.shown[node], self.number[node] = Num(node.data), node.data
            return
        self.number[node] = self._round(node.data)
        self.shown[node] = self.names[node]
        self._remember(Step(self.names[node], None, None, self.number[node], node.data), self.given)

    def _calculate(self, node: Value) -> None:
        assert node.op is not None
        self.written[node] = as_written(node.op, [self._shown(operand) for operand in node.operands])
        value = node.data
        if self.rounding is not None:
            value = node.op.value(*[self._number(operand) for operand in node.operands])
        if node not in self.lines:
            self.shown[node], self.number[node] = self.written[node], value
            return
        self.number[node] = self._round(value)
        self.shown[node] = self.names[node]
        self._add(self.names[node], self.written[node], self.number[node], node.data, self.forward)

    def _shown(self, operand: Value | float) -> Expr:
        return self.shown[operand] if isinstance(operand, Value) else Num(float(operand))

    def _number(self, operand: Value | float) -> float:
        return self.number[operand] if isinstance(operand, Value) else float(operand)

    def _add(self, what: Name, formula: Expr | None, result: float, exact: float, to: list[Step]) -> Step:
        numbers = None if formula is None else replaced(formula, self.known)
        return self._remember(Step(what, formula, numbers, result, exact), to)

    def _remember(self, step: Step, to: list[Step]) -> Step:
        to.append(step)
        self.known[step.name] = Num(step.result)
        return step

    # --- local derivatives ---

    @property
    def locals(self) -> list[Step]:
        """The local derivatives, from the output back."""
        return list(self.local.values())

    def _differentiate(self) -> None:
        seen = Counter(parent for node in self.lines for parent in self._inputs(node))
        for line in reversed(self.lines):
            for operand, parts in self._contributions(line).items():
                direct = line is self.output and seen[operand] > 1
                what = derivative(self.names[line], self.names[operand], direct)
                exprs = [formula.expr for formula, _ in parts if formula.expr != ZERO] or [ZERO]
                expr = exprs[0] if len(exprs) == 1 else Sum(tuple(t for e in exprs for t in _terms(e)))
                result = self._round(sum(formula.data for formula, _ in parts))
                exact = sum(slope for _, slope in parts)
                if self.rounding is None:
                    result = exact
                step = self._add(what, expr, result, exact, [])
                because = _decisive(parts[0][0].asked) if len(parts) == 1 and isinstance(expr, Num) else ()
                self.local[line, operand] = replace(step, direct=direct, because=because)

    def _inputs(self, line: Value) -> set[Value]:
        """The other lines, and given Values, that a line uses and that depend on what was asked for."""
        found: set[Value] = set()
        waiting = [line]
        while waiting:
            for parent in waiting.pop().parents:
                if parent in self.below:
                    (found.add if self._ends(parent) else waiting.append)(parent)
        return found

    def _ends(self, node: Value) -> bool:
        return node in self.lines or node not in self.written

    def _contributions(self, line: Value) -> dict[Value, list[tuple[Formula, float]]]:
        """For each input of a line: the product of the partials along every way to it, as formula and as number."""
        found: dict[Value, list[tuple[Formula, float]]] = {}
        waiting: list[tuple[Value, Formula, float]] = [(line, Formula(ONE, 1.0), 1.0)]
        while waiting:
            node, outer, slope = waiting.pop()
            if node is not line and self._ends(node):
                found.setdefault(node, []).append((outer, slope))
                continue
            inner: list[tuple[Value, Formula, float]] = []
            for i, partial, operand in self._partials(node):
                rule = self._rule(node, i)
                formula = rule if node is line else outer * rule
                inner.append(
                    (operand, Formula(formula.expr, formula.data, [*outer.asked, *rule.asked]), slope * partial)
                )
            waiting.extend(reversed(inner))
        return found

    def _partials(self, node: Value) -> Iterable[tuple[int, float, Value]]:
        partials = iter(node.partials)
        for i, operand in enumerate(node.operands):
            if isinstance(operand, Value):
                partial = next(partials)
                if operand in self.below:
                    yield i, partial, operand

    def _rule(self, node: Value, i: int) -> Formula:
        """The local derivative by operand i: the rule of the table, run on formulas."""
        assert node.op is not None
        asked: list[Condition] = []
        y = Formula(self.shown[node], self.number[node], asked)
        operands = [Formula(self._shown(o), self._number(o), asked) for o in node.operands]
        formula = y.of(node.op.partial(i, y, operands))
        expr, written = formula.expr, self.written[node]
        if isinstance(written, Call):  # the rule may compute y again, which has a name
            expr = replaced(expr, {written: self.shown[node]})
        return Formula(expr, formula.data, asked)

    # --- the chain rule ---

    def _users(self) -> dict[Value, list[Value]]:
        users: dict[Value, list[Value]] = {}
        for line, operand in self.local:
            users.setdefault(operand, []).append(line)
        return users

    def _apply_chain_rule(self, target: Value) -> None:
        what = derivative(self.names[self.output], self.names[target])
        if target is self.output or target not in self.users:
            slope = 1.0 if target is self.output else 0.0
            self.chain.append(Step(what, None, None, slope, slope, unconnected=target is not self.output))
            return
        above = self._above(target)
        if self._count(target, above) > PATHS_ONE_BY_ONE:
            for line in above:
                if line is not self.output and line not in self.total:
                    self._add_total(line, grouped=True)
            self._add_total(target, grouped=True)
        elif target not in self.total:
            self._add_total(target, grouped=False)
        else:
            self.chain.append(self.total[target])

    def _above(self, node: Value) -> list[Value]:
        """The lines between the output and a node, the output first."""
        found: set[Value] = set()
        waiting = [node]
        while waiting:
            new = set(self.users.get(waiting.pop(), ())) - found
            found |= new
            waiting.extend(new)
        return [line for line in reversed(self.lines) if line in found]

    def _starts(self, line: Value) -> bool:
        return line is self.output or line in self.total

    def _count(self, target: Value, above: list[Value]) -> int:
        """How many paths lead from the output, or a gradient that is known, to the target; without walking them."""
        paths: dict[Value, int] = {}
        for node in [*above, target]:
            paths[node] = sum(1 if self._starts(user) else paths[user] for user in self.users.get(node, ()))
        return paths[target]

    def _add_total(self, target: Value, grouped: bool) -> None:
        what = derivative(self.names[self.output], self.names[target])
        paths = self._paths(target)
        exact = [math.prod(step.exact for step in path) for path in paths]
        products = [math.prod(step.result for step in path) for path in paths]
        formulas: list[Expr] = [
            Product(tuple(s.name for s in path)) if len(path) > 1 else path[0].name for path in paths
        ]
        gradient = self.adjoint[target]
        close = math.isclose(sum(exact), gradient, rel_tol=1e-9, abs_tol=1e-9 * sum(map(abs, exact)))
        self.agrees &= close or (gradient != gradient and sum(exact) != sum(exact))
        if len(paths) > 1 and not grouped:
            names = [self._path_name(i) for i in range(1, len(paths) + 1)]
            for each, formula, product, slope in zip(names, formulas, products, exact, strict=True):
                self._add(each, formula, self._round(product), slope, self.chain)
            products, formulas = [self._round(product) for product in products], list(names)
        formula = Sum(tuple(formulas)) if len(formulas) > 1 else formulas[0]
        result = gradient if self.rounding is None else self._round(sum(products))
        shown = None if formula == what else formula
        self.total[target] = self._add(what, shown, result, gradient, self.chain)

    def _path_name(self, i: int) -> Name:
        return Name(f"{self.path} {i}", rf"\text{{{self.path} {i}}}")

    def _paths(self, target: Value) -> list[list[Step]]:
        """Every path, as the derivatives to multiply, from the output to the target."""
        complete: list[list[Step]] = []
        waiting: list[tuple[Value, list[Step]]] = [(target, [])]
        while waiting:
            node, path = waiting.pop()
            longer = []
            for user in self.users[node]:
                steps = [self.local[user, node], *path]
                if user is self.output:
                    complete.append(steps)
                elif user in self.total:
                    complete.append([self.total[user], *steps])
                else:
                    longer.append((user, steps))
            waiting.extend(reversed(longer))
        return complete


def _terms(expr: Expr) -> tuple[Expr, ...]:
    return expr.terms if isinstance(expr, Sum) else (expr,)


def _decisive(asked: Sequence[Condition]) -> tuple[Condition, ...]:
    """The comparisons that tell something, a ≥ b and a ≠ b as a > b; none where they are too many to help."""
    kept = list(dict.fromkeys(asked))
    for a, relation, b in list(kept):
        if relation == "≠" and any((a, strict, b) in kept for strict in "≥≤"):
            strict = "≥" if (a, "≥", b) in kept else "≤"
            kept.remove((a, relation, b))
            kept[kept.index((a, strict, b))] = (a, ">" if strict == "≥" else "<", b)
    told = [condition for condition in kept if not all(isinstance(_unsigned(e), Num) for e in condition[::2])]
    return tuple(told) if len(told) <= 2 else ()


def _unsigned(expr: Expr) -> Expr:
    return expr.of if isinstance(expr, Minus) else expr
