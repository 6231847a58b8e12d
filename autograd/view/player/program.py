"""The recorded program as JavaScript, so that the page computes values and gradients of other numbers by itself.

The functions come from the table's values and rules by way of `rules` and `writers`, as the kernels in C do: a page
has those of its operations only, and no derivative is written by hand.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from ...expressions import Call, Constant, Expression, Symbol, call, evaluate
from ...nn.parameter import Parameter
from ...primitives import TABLE, Primitive, add, number
from ...rules import Untraceable, on_symbols, operands, partials, trace
from ...rules import partial as partial_of
from ...value import Value
from ...writers import JAVASCRIPT, definitions, entries, function, statements
from ..calculation import Calculation, number_of, same

__all__ = ["program"]

TARGET = JAVASCRIPT._replace(blocked="null")  # 0 * null is 0 also for an infinite gradient: see `passed` in program.js
TOLERANCE = 1e-9  # of the number that a user's function gave, for its expression to be believed


def program(calculation: Calculation) -> tuple[str, dict[str, Any]]:
    """Return the functions of the operations as JavaScript, and for the page's data how they are put together.

    The data has under "steps" for each node None if it is a leaf; else the key of an operation ("do") and its operands
    ("of"), a place in the order or a constant as text; or, of a user's function that is not an expression, its name
    ("own") and the recorded derivatives ("slopes"). "hooked" has the name of a Value with a hook, if there is one,
    and "learns" the places of the leaves that gradient descent is to change.
    """
    place = {node: i for i, node in enumerate(calculation.nodes)}
    functions = _Functions()
    steps: list[dict[str, Any] | None] = []
    for node in calculation.nodes:
        op = calculation.op(node)
        if op is None:
            steps.append(None)
            continue
        xs = calculation.operands(node)
        try:
            key = functions.key(op, xs, node, is_chain=node.op is add and op is not add)
            steps.append({"do": key, "of": [place[x] if isinstance(x, Value) else repr(number_of(x)) for x in xs]})
        except Untraceable:
            steps.append(
                {"own": op.name, "of": [place[x] for x in calculation.parents(node)],
                 "slopes": [repr(float(slope)) for slope in calculation.partials(node)]}
            )  # fmt: skip
    hooked = next((node for node in calculation.order if node.notes is not None and node.notes.hooks), None)
    name = None if hooked is None else calculation.name(hooked).text
    learns = _learning(calculation)
    return functions.source(), {"steps": steps, "hooked": name, "learns": [place[node] for node in learns]}


def _learning(calculation: Calculation) -> list[Value]:
    """Return the leaves that a step of gradient descent changes at first: Parameters, if any, else all but data.

    By custom, data are called x, y, t or target, with more after that.
    """
    leaves = [node for node in calculation.nodes if node.op is None]
    parameters: list[Value] = [node for node in leaves if isinstance(node, Parameter)]
    return parameters or [node for node in leaves if not calculation.names[node].lower().startswith(("x", "y", "t"))]


class _Functions:
    """The functions that have been needed so far: a value and all slopes for each operation."""

    def __init__(self) -> None:
        self.values: dict[str, str] = {}  # what computes the value, by key
        self.slopes: dict[str, tuple[list[Symbol], list[Expression]]] = {}
        self.own: dict[str, str] = {}  # the source code of a user's functions
        self.keys: dict[tuple[Any, ...], str] = {}

    def key(self, op: Primitive, xs: Sequence[Value | float], node: Value, is_chain: bool) -> str:
        """Return the key of an operation in the page.

        Raises:
            Untraceable: it cannot be written as an expression.
        """
        n, indexed = len(xs), op.variadic and op.selector
        if indexed and isinstance(xs[0], Value):
            raise Untraceable(f"the index of {op.name} is a Value")
        index = number(xs[0]) if indexed else None
        known = (op, n, index, is_chain)
        if known not in self.keys:
            self.keys[known] = self._new(op, xs, node, index, is_chain)
        return self.keys[known]

    def _new(self, op: Primitive, xs: Sequence[Value | float], node: Value, index: float | None, chain: bool) -> str:
        n = len(xs)
        symbols = list(operands(op)) if op.arity is not None else [Symbol(f"x{i}") for i in range(n)]
        key = op.name if op.arity is not None else f"{op.name}_{n}" + ("" if index is None else f"_{index:.0f}")
        if chain:
            total: Expression = Constant(0.0)
            for symbol in symbols:
                total = call("add", total, symbol)
            key = f"chain_{n}"
            slopes: list[Expression] = [Constant(1.0) for _ in symbols]
            self.own[key] = function(f"value_{key}", map(repr, symbols), total, TARGET)
            self.values[key] = f"value_{key}"
        elif TABLE.get(op.name) is not op:
            key = f"own_{len(self.own)}"
            value, slopes = _of_user(op, symbols, xs, node)
            self.own[key] = function(f"value_{key}", map(repr, symbols), value, TARGET)
            self.values[key] = f"value_{key}"
        elif op.arity is not None:
            slopes = [partial_of(op, i) for i in range(op.arity)]
            if op.name not in definitions([op.name], TARGET):
                raise Untraceable(f"{op.name} is known to Python only")
            self.values[key] = f"value_{op.name}"
        else:
            slopes = partials(op, symbols if index is None else [index, *symbols[1:]])
            self.values[key] = TARGET.call(op.name)
        statements(slopes, TARGET)  # may be Untraceable
        self.slopes[key] = symbols, slopes
        return key

    def source(self) -> str:
        """Return the source code, which defines `operations`."""
        needed = {value.removeprefix("value_") for value in self.values.values()} & set(TABLE)
        for _, slopes in self.slopes.values():
            needed = needed.union(*(entries(e, TARGET) for e in slopes))
        lines = [*definitions(sorted(needed), TARGET).values(), *self.own.values()]
        table = []
        for key, (symbols, slopes) in self.slopes.items():
            assigned, results = statements(slopes, TARGET)
            lines.append(f"function slopes_{key}({', '.join(map(repr, [Symbol('y'), *symbols]))}) {{")
            lines += [f"    {line}" for line in assigned]
            lines.append(f"    return [{', '.join(results)}];\n}}")
            steps = any(isinstance(e, Call) and e.function == "sign" for e in slopes)
            table.append(f"  {key}: [{self.values[key]}, slopes_{key}, {'true' if steps else 'false'}],")
        return "\n".join([*lines, "const operations = {", *table, "};\n"])


def _of_user(
    op: Primitive, symbols: Sequence[Symbol], xs: Sequence[Value | float], node: Value
) -> tuple[Expression, list[Expression]]:
    """Return the value and the derivatives of a user's operation as expressions."""
    try:
        y = Symbol("y")
        value = trace(on_symbols(op.value), *symbols)
        if op.arity is None:
            slopes = partials(op, symbols)
        else:
            slopes = [trace(on_symbols(rule), y, *symbols) for rule in op.rules]
        recorded: dict[Expression, float] = {y: node.data, **dict(zip(symbols, map(number_of, xs), strict=True))}
        taken = [slope for slope, x in zip(slopes, xs, strict=True) if isinstance(x, Value)]
        pairs = [(value, node.data), *zip(taken, node.partials, strict=True)]
        if not all(same(evaluate(e, recorded), float(x), TOLERANCE) for e, x in pairs):
            raise Untraceable(f"{op.name} gives other numbers than its expression")
        for e in (value, *slopes):
            function("f", [], e, TARGET)
    except Exception as error:  # a user's function may do anything with symbols
        raise Untraceable(f"{op.name} cannot be written as an expression: {error}") from error
    return value, slopes
