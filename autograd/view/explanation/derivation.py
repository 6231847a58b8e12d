"""A calculation written out: every line with its numbers, the local derivatives, and the chain rule for each input."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from functools import reduce
from itertools import islice
from operator import add

from ...primitives import BLOCKED
from ...value import Value
from ..calculation import ROUNDING, Calculation, number_of, same
from ..notation.expression import ONE, ZERO, Expr, Name, Num, Product, Sum, evaluated, replaced, terms_of
from ..notation.formula import Condition, Formula, Term, decisive
from ..notation.text import derivative, on_paper, rounded
from .lines import Lines

__all__ = ["Derivation", "Line"]

PATHS_ONE_BY_ONE = 8
TINY = 2.0**-1000  # products of which are below all floats


@dataclass(frozen=True)
class Line:
    """One line of a calculation: name = formula = the same with numbers = result.

    Attributes:
        name: what is calculated.
        formula: how; None if the result alone says it.
        numbers: the formula with numbers in place of names.
        result: the number, rounded if rounding was asked for.
        exact: the number without any rounding on the way.
        because: the comparisons that decided which branch of a rule was taken, if the result is just a number.
        direct: whether this is only the part of a derivative that comes straight, not through other lines.
        unconnected: whether the output does not depend on it at all.
        backward: what `backward()` finds, if that is something else.
        apart: why it is: "hook", "inf" (or nan), "rounding", or "" for no reason that is known.
        hooked: the Value whose hook changed a gradient, if that is why.
        blocked: whether an operand that was not taken gets no gradient although that is inf or nan.
    """

    name: Name
    formula: Expr | None
    numbers: Expr | None
    result: float
    exact: float
    because: tuple[Condition, ...] = ()
    direct: bool = False
    unconnected: bool = False
    backward: float | None = None
    apart: str = ""
    hooked: Name | None = None
    blocked: bool = False


class Derivation:
    """The lines of a calculation, forward, backward, and for each of `wrt` the chain rule; see `explain`."""

    def __init__(
        self,
        calculation: Calculation,
        wrt: Sequence[Value] | None,
        rounding: int | None,
        max_steps: int,
        path: str = "path",
    ) -> None:
        self.calculation, self.output = calculation, calculation.output
        self.rounding = rounding
        self.path = path
        layout = Lines(calculation, wrt, max_steps)
        self.targets, self.below = layout.targets, layout.below
        self.operations, self.lines, self.names = layout.operations, layout.lines, layout.names
        self.adjoint = calculation.gradients
        self.shown: dict[Value, Expr] = {}  # a node in formulas: its name, its number or its own formula
        self.written: dict[Value, Expr] = {}  # the formula of a node
        self.number: dict[Value, float] = {}
        self.results: dict[Expr, Expr] = {}  # the numbers of the names
        self.size: dict[Name, float] = {}  # the scale of a derivative's terms; tolerances are relative to it
        self.local: dict[tuple[Value, Value], Line] = {}
        self.users: dict[Value, list[Value]] = {}  # the lines that use a line or a given Value
        self.total: dict[Value, Line] = {}  # gradients that later ones can start from

        self.unnamed = 0  # how many Values are shown as numbers
        self.given: list[Line] = []
        self.forward: list[Line] = []
        self.chain: list[Line] = []
        self._go_forward()
        self._differentiate()
        for target in self.targets:
            self._apply_chain_rule(target)
        self.gradients = {self.names[target].text: self.adjoint.get(target, 0.0) for target in self.targets}

    # --- forward ---

    def _round(self, x: float) -> float:
        return x if self.rounding is None else rounded(x, self.rounding)

    def _go_forward(self) -> None:
        operations = set(self.operations)
        for node in self.operations:
            for parent in self.calculation.parents(node):
                if parent not in operations and parent not in self.shown:
                    self._give(parent)
            self._calculate(node)
        for node in (self.output, *self.targets):
            if node not in self.shown:
                self._give(node)

    def _give(self, node: Value) -> None:
        if node not in self.names:
            self.unnamed += 1
            self.shown[node], self.number[node] = Num(node.data), node.data
            return
        self.number[node] = self._round(node.data)
        self.shown[node] = self.names[node]
        self._remember(Line(self.names[node], None, None, self.number[node], node.data), self.given)

    def _calculate(self, node: Value) -> None:
        op = self.calculation.op(node)
        assert op is not None
        self.written[node] = self.calculation.expression(node, self._term)
        if node in self.lines:
            step = self._add(self.names[node], self.written[node], node.data, self.forward)
            self.shown[node], self.number[node] = step.name, step.result
            return
        self.shown[node], self.number[node] = self.written[node], node.data
        if self.rounding is not None:
            self.number[node] = op.value(*[number for _, number in map(self._term, self.calculation.operands(node))])

    def _term(self, operand: Value | float) -> Term:
        """An operand as formulas write it, and its number."""
        if isinstance(operand, Value):
            return self.shown[operand], self.number[operand]
        x = number_of(operand)
        return Num(x), x

    def _add(self, what: Name, formula: Expr, exact: float, to: list[Line], factors: Iterable[float] = ()) -> Line:
        numbers, result = replaced(formula, self.results), exact
        blocked = not math.isnan(exact) and any(factor is BLOCKED for factor in factors)
        if blocked:
            blocked = math.isnan(evaluated(numbers, float))
        if self.rounding is not None and not blocked:  # with the rounded numbers, as on paper
            result = self._round(evaluated(numbers, self._on_paper))
        return self._remember(Line(what, formula, numbers, result, exact, blocked=blocked), to)

    def _on_paper(self, x: float) -> float:
        assert self.rounding is not None
        return on_paper(x, self.rounding)

    def _remember(self, step: Line, to: list[Line]) -> Line:
        to.append(step)
        self.results[step.name] = Num(step.result)
        return step

    # --- local derivatives ---

    def _differentiate(self) -> None:
        slopes_of = {line: self._contributions(line) for line in reversed(self.lines)}  # from the output back
        uses = Counter(operand for operands in slopes_of.values() for operand in operands)
        for line, operands in slopes_of.items():
            for operand, parts in operands.items():
                slopes = [number for _, number in parts]
                direct = line is self.output and uses[operand] > 1
                what = derivative(self.names[line], self.names[operand], direct)
                exprs = [formula.expr for formula, _ in parts if formula.expr != ZERO] or [ZERO]
                expr = exprs[0] if len(exprs) == 1 else Sum(tuple(t for e in exprs for t in terms_of(e)))
                step = self._add(what, expr, _total(slopes), [], slopes)
                self.size[what] = _total(map(abs, slopes))
                because = decisive([condition for formula, _ in parts for condition in formula.asked])
                self.local[line, operand] = replace(step, direct=direct, because=because)
                self.users.setdefault(operand, []).append(line)

    def _ends(self, node: Value) -> bool:
        return node in self.lines or node not in self.written

    def _contributions(self, line: Value) -> dict[Value, list[tuple[Formula, float]]]:
        """For each input of a line: the product of the partials along every way to it, as formula and as number."""
        found: dict[Value, list[tuple[Formula, float]]] = {}
        waiting: list[tuple[Value, Formula, float]] = [(line, Formula(ONE, 1.0), 1.0)]
        while waiting:
            node, outer, product = waiting.pop()
            if node is not line and self._ends(node):
                found.setdefault(node, []).append((outer, product))
                continue
            inner: list[tuple[Value, Formula, float]] = []
            for partial, rule, operand in self.calculation.slopes(node, self._term, self.below):
                formula = rule if node is line else outer * rule
                formula = Formula(formula.expr, formula.data, [*outer.asked, *_reasons(rule)])
                inner.append((operand, formula, _times(product, partial)))
            waiting.extend(reversed(inner))
        return found

    # --- the chain rule ---

    def _apply_chain_rule(self, target: Value) -> None:
        what = derivative(self.names[self.output], self.names[target])
        if target is self.output or target not in self.users:
            slope = 1.0 if target is self.output else 0.0
            step = Line(what, None, None, slope, slope, unconnected=target is not self.output)
            self.chain.append(self._compared(step, target))
            return
        if target in self.total:
            self.chain.append(self.total[target])
            return
        grouped = len(list(islice(self._paths(target), PATHS_ONE_BY_ONE + 1))) > PATHS_ONE_BY_ONE
        for line in self._above(target) if grouped else ():
            if line is not self.output and line not in self.total:
                self._add_total(line, grouped)
        self._add_total(target, grouped)

    def _above(self, node: Value) -> list[Value]:
        """The lines between the output and a node, the output first."""
        found: set[Value] = set()
        waiting = [node]
        while waiting:
            new = set(self.users.get(waiting.pop(), ())) - found
            found |= new
            waiting.extend(new)
        return [line for line in reversed(self.lines) if line in found]

    def _add_total(self, target: Value, grouped: bool) -> None:
        what = derivative(self.names[self.output], self.names[target])
        paths = list(self._paths(target))
        formulas: list[Expr] = [
            Product(tuple(s.name for s in path)) if len(path) > 1 else path[0].name for path in paths
        ]
        slopes = [math.prod(step.exact for step in path) for path in paths]
        self.size[what] = _total(math.prod(self.size[step.name] for step in path) for path in paths)
        if len(paths) > 1 and not grouped:
            names = [Name(f"{self.path} {i}") for i in range(1, len(paths) + 1)]
            for each, product, slope, path in zip(names, formulas, slopes, paths, strict=True):
                self._add(each, product, slope, self.chain, [step.exact for step in path])
            formulas = list(names)
        gradient, exact = self.adjoint[target], _total(slopes)
        if same(exact, gradient, ROUNDING):
            exact = gradient  # to the last digit
        formula = Sum(tuple(formulas)) if len(formulas) > 1 else formulas[0]
        step = self._add(what, formula, exact, self.chain, [step.exact for path in paths for step in path])
        if formula == what:
            step = replace(step, formula=None, numbers=None)
        self.total[target] = self.chain[-1] = self._compared(step, target)

    def _compared(self, step: Line, target: Value) -> Line:
        """The step of a gradient, with what `backward()` finds where that is something else, and why."""
        gradient, exact = self.adjoint.get(target, 0.0), step.exact
        if same(exact, gradient, ROUNDING):
            return step
        hooked = self._hooked(target)
        if hooked is not None:
            return replace(step, backward=gradient, apart="hook", hooked=hooked)
        size = max(self.size.get(step.name, 0.0), TINY)
        is_rounding = same(exact, gradient, ROUNDING, size)
        apart = "rounding" if is_rounding else "" if math.isfinite(exact) and math.isfinite(gradient) else "inf"
        return replace(step, backward=gradient, apart=apart)

    def _hooked(self, target: Value) -> Name | None:
        """The Value nearest to the output that lies on the way to the target and whose hook changed its gradient."""
        way = (self.output, *self._above(target), target)
        return next((self.names[node] for node in way if self.calculation.is_hooked(node)), None)

    def _paths(self, target: Value) -> Iterator[list[Line]]:
        """Every path, as the derivatives to multiply, from the output or a gradient that is known to the target."""
        waiting: list[tuple[Value, list[Line]]] = [(target, [])]
        while waiting:
            node, path = waiting.pop()
            longer = []
            for user in self.users[node]:
                steps = [self.local[user, node], *path]
                if user is self.output:
                    yield steps
                elif user in self.total:
                    yield [self.total[user], *steps]
                else:
                    longer.append((user, steps))
            waiting.extend(reversed(longer))


def _reasons(rule: Formula) -> Sequence[Condition]:
    """What a rule asked to find a derivative that is just a number; of another one, its formula says enough."""
    return rule.asked if isinstance(rule.expr, Num) else ()


def _times(product: float, partial: float) -> float:
    """The product of slopes; if one of them blocks any gradient, so does the product with finite ones."""
    if partial is BLOCKED or (product is BLOCKED and math.isfinite(partial)):
        return BLOCKED
    return product * partial


def _total(numbers: Iterable[float]) -> float:
    """The sum from left to right, as the sweep adds; sum() of floats compensates since Python 3.12."""
    return reduce(add, numbers)
