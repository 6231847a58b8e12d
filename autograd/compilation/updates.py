"""The update of parameters by their gradients, as nests after a program's backward part: a whole step of training.

Formulas are for one number. They become loops over all parameters of a group; what is the same for all of them, such as
beta**t, is computed once.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import NamedTuple

from ..expressions import Call, Constant, Expression, Symbol, substitute
from .nests.nest import Check, Nest, NestProgram, Stream
from .recording.record import Guard, constant

__all__ = ["FINITE", "LIMIT", "NORM", "Places", "Rule", "with_update"]

NORM, LIMIT = Symbol("norm"), Symbol("limit")
FINITE = "the loss is finite"


class Rule(NamedTuple):
    """How parameters change that are inputs, one after the other.

    Args:
        first: the address of the first one.
        number: how many there are.
        assignments: new numbers, one after the other: of a name in the state, or of the parameter, "p". Symbols are
            these names, "gradient", and the options.
        each: the names in the state that have a number for each parameter.
        shared: those that have one number for all.
        options: the names of numbers that are given for each step.
    """

    first: int
    number: int
    assignments: tuple[tuple[str, Expression], ...]
    each: tuple[str, ...] = ()
    shared: tuple[str, ...] = ()
    options: tuple[str, ...] = ()


class Places(NamedTuple):
    """Where in the buffer of a program with an update numbers are.

    Args:
        gradients: the address of the first derivative; those of all parameters are in their order.
        state: the first address of the state: for each rule what is for each parameter, name by name, then the rest.
        options: the first address of the options, rule by rule.
    """

    gradients: int
    state: int
    options: int


def with_update(
    program: NestProgram,
    rules: Sequence[Rule],
    factor: Expression | None = None,
    limit: float = math.inf,
    carried: Sequence[tuple[int, int | float]] = (),
) -> tuple[NestProgram, Places]:
    """Return a program that also moves its parameters, the first of its inputs; nothing changes unless checks hold.

    The last two checks, with FINITE for the line of their guards, are that the loss is finite.

    Args:
        program: computes a loss and its derivatives by the parameters.
        rules: what to do with the parameters; none for the derivatives alone.
        factor: the factor of all gradients, in terms of their Euclidean NORM and the LIMIT; None for 1.
        limit: the limit of the norm.
        carried: addresses of numbers that the next step begins with, and the outputs that these are.
    """
    writer = _Writer(program)
    writer.collect_gradients()
    if factor is not None:
        writer.clip(factor, limit)
    sizes = [[*[rule.number] * len(rule.each), *[1] * len(rule.shared)] for rule in rules]
    state, options = writer.take(sum(map(sum, sizes))), writer.take(sum([len(rule.options) for rule in rules]))
    places = Places(writer.gradients, state, options)
    for rule in rules:
        starts: dict[str, int] = {}
        for name in (*rule.each, *rule.shared):
            starts[name], state = state, state + (rule.number if name in rule.each else 1)
        for name in rule.options:
            starts[name], options = options, options + 1
        writer.update(rule, starts)
    writer.carry(carried)
    return writer.program(), places


class _Writer:
    def __init__(self, program: NestProgram) -> None:
        self._program = program
        self.constants = dict(program.constants)
        self.nests: list[Nest] = []
        self.size = program.size
        self.gradients = 0

    def take(self, count: int) -> int:
        """Return the address of new numbers."""
        self.size += count
        return self.size - count

    def program(self) -> NestProgram:
        program, loss = self._program, self._program.outputs[0]
        zero = constant(0.0)  # no guard of a run compares two constants
        bounds = (("lt", math.inf), ("gt", -math.inf))
        checks = [Check(Guard(relation, zero, zero, FINITE), True, loss, bound) for relation, bound in bounds]
        return program._replace(
            checks=(*program.checks, *checks), backward=(*program.backward, *self.nests),
            constants=self.constants, size=self.size,
        )  # fmt: skip

    def one(self, target: int, e: Expression, names: Mapping[Expression, Stream] | None = None) -> None:
        self.nests.append(_nest((), Stream(target), "=", e, names or {}))

    def collect_gradients(self) -> None:
        """Bring the gradients together, if they are not."""
        slopes = self._program.slopes
        first = slopes[0] if slopes else 0
        if isinstance(first, int) and slopes == tuple(range(first, first + len(slopes))):
            self.gradients = first
            return
        self.gradients = self._copied(slopes)

    def carry(self, carried: Sequence[tuple[int, int | float]]) -> None:
        """Write outputs to where the next step reads them; all are read before one is written."""
        if carried:
            copy = Stream(self._copied([output for _, output in carried]), (1,))
            targets = _table([address for address, _ in carried])
            self.nests.append(Nest((len(carried),), targets, "=", Symbol("s0"), (copy,)))

    def _copied(self, numbers: Sequence[int | float]) -> int:
        """Return the address of copies of numbers, which are addresses or constants."""
        constants = {x: self.take(1) for x in dict.fromkeys(numbers) if isinstance(x, float)}
        self.constants |= {at: x for x, at in constants.items()}
        found = self.take(len(numbers))
        stream = _table([constants[x] if isinstance(x, float) else x for x in numbers])
        self.nests.append(Nest((len(numbers),), Stream(found, (1,)), "=", Symbol("s0"), (stream,)))
        return found

    def clip(self, factor: Expression, limit: float) -> None:
        """Multiply the gradients by a factor that depends on their norm, which is computed without overflow."""
        n = len(self._program.slopes)
        each, largest, total = Stream(self.gradients, (1,)), self.take(1), self.take(1)
        g, m, s = Symbol("g"), Symbol("m"), Symbol("s")
        names: dict[Expression, Stream] = {g: each, m: Stream(largest, (0,)), s: Stream(total, (0,))}
        scalars: dict[Expression, Stream] = {m: Stream(largest), s: Stream(total)}
        is_usual = Call("and", (Call("lt", (Constant(0.0), m)), Call("lt", (m, Constant(math.inf)))))
        part = Call("div", (g, m))
        square = Call("select", (is_usual, Call("mul", (part, part)), Constant(0.0)))
        norm = Call("select", (is_usual, Call("mul", (m, Call("sqrt", (s,)))), m))
        self.one(largest, Constant(0.0))
        self.nests.append(_nest((n,), names[m], "max=", Call("abs", (g,)), names))
        self.one(total, Constant(0.0))
        self.nests.append(_nest((n,), names[s], "+=", square, names))
        self.one(total, norm, scalars)
        self.one(largest, substitute(factor, {NORM: s, LIMIT: Constant(limit)}), scalars)
        self.nests.append(_nest((n,), each, "=", Call("mul", (g, m)), names))

    def update(self, rule: Rule, starts: Mapping[str, int]) -> None:
        n, first = rule.number, rule.first
        each: dict[Expression, Stream] = {Symbol("p"): Stream(first, (1,))}
        each[Symbol("gradient")] = Stream(self.gradients + first, (1,))
        each |= {Symbol(name): Stream(starts[name], (1,)) for name in rule.each}
        known: dict[Expression, int] = {Symbol(name): starts[name] for name in (*rule.shared, *rule.options)}
        for name, e in rule.assignments:
            scalars = {x: Stream(at) for x, at in known.items()}
            if name in rule.shared:
                self.one(starts[name], e, scalars)
                changed = Symbol(name)
                known = {x: at for x, at in known.items() if x == changed or changed not in set(_symbols(x))}
                continue
            for part in _common(e, each):
                if part not in known:
                    self.one(at := self.take(1), part, scalars)
                    known[part] = at
            parts: dict[Expression, Expression] = {x: Symbol(f"at {at}") for x, at in known.items()}
            names = each | {Symbol(f"at {at}"): Stream(at, (0,)) for at in known.values()}
            self.nests.append(_nest((n,), each[Symbol(name)], "=", substitute(e, parts), names))


def _table(addresses: Sequence[int]) -> Stream:
    import numpy

    return Stream(0, (1,), numpy.array(addresses, numpy.int64))


def _nest(dims: tuple[int, ...], target: Stream, mode: str, e: Expression, names: Mapping[Expression, Stream]) -> Nest:
    used = [symbol for symbol in dict.fromkeys(_symbols(e)) if symbol in names]
    renamed: dict[Expression, Expression] = {symbol: Symbol(f"s{i}") for i, symbol in enumerate(used)}
    streams = tuple([names[symbol] for symbol in used])
    return Nest(dims, target, mode, substitute(e, renamed), streams)  # type: ignore[arg-type]


def _symbols(e: Expression) -> Iterator[Expression]:
    if isinstance(e, Call):
        for a in e.arguments:
            yield from _symbols(a)
    elif isinstance(e, Symbol):
        yield e


def _common(e: Expression, each: Iterable[Expression]) -> Iterator[Expression]:
    """Yield the largest parts that are the same for all parameters, but for single symbols."""
    if isinstance(e, Call):
        symbols = set(_symbols(e))
        if symbols and symbols.isdisjoint(each) and e.function not in ("lt", "le", "gt", "ge", "eq", "ne", "and", "or"):
            yield e
        else:
            for a in e.arguments:
                yield from _common(a, each)
