"""Random functions of a list of numbers, and how far rounding may move their values and derivatives.

A function is made of what users write: operations on numbers and lists, loops, layers, steps in time, branches. The
bounds follow from a run of it: every operation is evaluated once more with each operand moved by its own bound, so that
a jump within reach makes the bound infinite.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from fractions import Fraction
from typing import Any

from hypothesis import strategies as st

import autograd
from autograd import Value, primitive
from autograd.compilation.python.slopes import SlopesOf
from autograd.graph import topological_order
from autograd.primitives import BLOCKED, TABLE, Primitive

__all__ = ["NUMBERS", "SPECIAL", "Function", "bounds", "exact_functions", "functions"]

SPECIAL = [0.0, -0.0, 1.0, -1.0, 2.0, 0.5, math.inf, -math.inf, math.nan, 1e-310, 1e308, -1e308, 700.0, 3.0]
NUMBERS = st.one_of(st.floats(-3.0, 3.0), st.floats(-3.0, 3.0), st.sampled_from(SPECIAL))
UNARY = [op for op in TABLE.values() if op.arity == 1]
SMOOTH = [TABLE[name] for name in ("tanh", "sigmoid", "relu", "sin", "square", "softplus", "abs")]
BINARY = [op for op in TABLE.values() if op.arity == 2 and not op.selector]
MANY = [TABLE[name] for name in ("sum", "mean", "prod", "dot", "max", "min", "logsumexp", "norm")]
THREE = [op for op in TABLE.values() if op.arity == 3]
OWN = primitive("own", lambda x: x * abs(x), [lambda y, x: 2 * abs(x)])


class Function:
    """A function of a list of numbers.

    Args:
        steps: what it does: a kind, an operation, the positions of two lists, a length, and a constant.

    Attributes:
        compared: a list for the operands of its comparisons.
    """

    def __init__(self, steps: Sequence[tuple[str, Primitive, int, int, int, float]]) -> None:
        self.steps = steps
        self.compared: list[tuple[Any, Any]] | None = None

    def __repr__(self) -> str:
        return f"Function({[(kind, op.name, i, j, n, c) for kind, op, i, j, n, c in self.steps]})"

    def __call__(self, xs: list[Any]) -> Any:
        lists = [list(xs)]
        for kind, op, i, j, n, c in self.steps:
            lists.append(STEPS[kind](self, op, lists[i % len(lists)], lists[j % len(lists)], n, c))
        return autograd.sum(lists[-1]) + 0.5 * lists[-1][0] + lists[len(lists) // 2][-1]

    def less(self, a: Any, b: Any) -> bool:
        if self.compared is not None:
            self.compared.append((a, b))
        return bool(a < b)


Step = Callable[[Function, Primitive, list[Any], list[Any], int, float], list[Any]]


def _chain(f: Function, op: Primitive, x: list[Any], y: list[Any], n: int, c: float) -> list[Any]:
    found = []
    for j in range(n):
        total: Any = c
        for i, a in enumerate(x):
            total = total + a * y[(i + j) % len(y)]
        found.append(total)
    return found


def _scan(f: Function, op: Primitive, x: list[Any], y: list[Any], n: int, c: float) -> list[Any]:
    found, state = [], y[0]
    for a in x:
        state = state * 0.5 + a
        found.append(state)
    return found


def _steps(f: Function, op: Primitive, x: list[Any], y: list[Any], n: int, c: float) -> list[Any]:
    for _ in range(n + 3):
        x = [op(0.5 * a + b) for a, b in zip(x, [*y, *x[:-1]], strict=False)]
    return x


def _branch(f: Function, op: Primitive, x: list[Any], y: list[Any], n: int, c: float) -> list[Any]:
    if f.less(x[0], y[-1]):
        return [a * y[0] for a in x]
    return [a + c for a in y] if f.less(y[0], c) else x


STEPS: dict[str, Step] = {
    "map": lambda f, op, x, y, n, c: [op(a) for a in x],
    "smooth": lambda f, op, x, y, n, c: [op(a) for a in x],
    "zip": lambda f, op, x, y, n, c: [op(a, y[i % len(y)]) for i, a in enumerate(x)],
    "constant": lambda f, op, x, y, n, c: [op(a, c) if n % 2 else op(c, a) for a in x],
    "neighbours": lambda f, op, x, y, n, c: [op(b, a) for a, b in zip(x, x[1:], strict=False)] or x,
    "layer": lambda f, op, x, y, n, c: [
        TABLE["dot"](*[y[(j * len(x) + i) % len(y)] for i in range(len(x))], *x, y[j % len(y)]) for j in range(n)
    ],
    "chain": _chain,
    "scan": _scan,
    "reduce": lambda f, op, x, y, n, c: [op(*x)],
    "softmax": lambda f, op, x, y, n, c: [op(float(i), *x) for i in range(len(x))],
    "three": lambda f, op, x, y, n, c: [op(a, y[i % len(y)], c if n % 2 else x[0]) for i, a in enumerate(x)],
    "branch": _branch,
    "detach": lambda f, op, x, y, n, c: [autograd.stop_gradient(a) * b for a, b in zip(x, y, strict=False)],
    "steps": _steps,
    "gather": lambda f, op, x, y, n, c: [x[(i * n + 1) % len(x)] for i in range(len(y))],
    "shared": lambda f, op, x, y, n, c: [(a * b) * (a * b) + a for a, b in zip(x, y, strict=False)],
    "own": lambda f, op, x, y, n, c: [OWN(a) for a in x],
}
CHOICES: dict[str, Sequence[Primitive]] = dict.fromkeys(STEPS, ()) | {
    "map": UNARY, "smooth": SMOOTH, "zip": BINARY, "constant": BINARY, "neighbours": BINARY, "reduce": MANY,
    "softmax": [TABLE["softmax"], TABLE["log_softmax"]], "three": THREE, "steps": SMOOTH,
}  # fmt: skip


EXACT_CHOICES = {
    "map": "relu abs square neg sign reciprocal sqrt", "zip": "add sub mul maximum minimum div",
    "constant": "mul maximum minimum leaky_relu pow", "reduce": "sum max min dot prod", "three": "where clip",
    "neighbours": "sub mul maximum", "branch": "", "chain": "", "shared": "", "detach": "", "gather": "", "layer": "",
}  # fmt: skip


@st.composite
def functions(draw: Any, choices: Mapping[str, Sequence[Primitive]] = CHOICES, constants: Any = NUMBERS) -> Function:
    """A function; `choices` are the operations of the kinds that have some."""
    steps = []
    for _ in range(draw(st.integers(1, 6))):
        kind = draw(st.sampled_from(sorted(choices)))
        op = draw(st.sampled_from(choices[kind] or SMOOTH))
        place = st.one_of(st.just(-1), st.integers(0, 5))
        steps.append((kind, op, draw(place), draw(place), draw(st.integers(1, 9)), draw(constants)))
    return Function(steps)


def exact_functions() -> st.SearchStrategy[Function]:
    """A function with kinks, all of whose operations are rounded correctly."""
    choices = {kind: [TABLE[name] for name in names.split()] for kind, names in EXACT_CHOICES.items()}
    return functions(choices, st.sampled_from([0.0, 1.0, -1.0, 2.0, 3.0]))


# --- bounds ---

EPSILON, TINIEST, LARGEST = 2.0**-52, 5e-324, 1e308
ROUNDINGS = 16  # of a function, and of a formula for a derivative
EXPONENTIALS = ("softmax", "log_softmax", "logsumexp", "logaddexp")
EXACT = {
    "neg", "abs", "max", "min", "maximum", "minimum", "where", "relu", "sign", "floor", "ceil", "trunc", "rint", "clip",
}  # fmt: skip


def bounds(f: Function, xs: Sequence[float]) -> tuple[float, list[float]]:
    """Return how far rounding may move the value of a function, and its derivatives; inf if by any amount."""
    inputs = [Value(x) for x in xs]
    f.compared = compared = []
    y = f(inputs)
    f.compared = None
    order = topological_order(y)
    moved: dict[int, float] = {}
    for value in order:
        moved[id(value)] = _moved(value, [moved.get(id(x), 0.0) for x in value.operands]) if value.op else 0.0
    for a, b in compared:
        reach = moved.get(id(a), 0.0) + moved.get(id(b), 0.0)
        if reach and not abs(float(_data(a)) - float(_data(b))) > 2 * reach:
            return math.inf, [math.inf] * len(inputs)
    slopes: dict[int, tuple[float, float]] = {id(y): (1.0, 0.0)}  # with their bounds
    sizes: dict[int, float] = {}
    for value in reversed(order):
        slope, reach = slopes.get(id(value), (0.0, 0.0))
        reach += ROUNDINGS * EPSILON * sizes.get(id(value), 0.0)
        if value.op is None:
            slopes[id(value)] = slope, reach
            continue
        numbers = [float(_data(x)) for x in value.operands]
        for x, (p, e) in zip(value.operands, _partials(value, numbers, moved), strict=True):
            if isinstance(x, Value) and p is not BLOCKED:
                corners = [(slope + s * reach) * (p + t * e) for s in (-1, 0, 1) for t in (-1, 0, 1)]
                before, error = slopes.get(id(x), (0.0, 0.0))
                slopes[id(x)] = before + slope * p, error + max([_distance(c, slope * p) for c in corners])
                sizes[id(x)] = sizes.get(id(x), 0.0) + abs(slope * p)
    return moved[id(y)], [_finite(slopes.get(id(x), (0.0, 0.0))[1]) for x in inputs]


def _data(x: Any) -> float:
    return x.data if isinstance(x, Value) else x


def _finite(x: float) -> float:
    return math.inf if x != x else x


def _distance(a: float, b: float) -> float:
    return 0.0 if a == b or (a != a and b != b) else _finite(abs(a - b))


def _perturbed(numbers: Sequence[float], reaches: Sequence[float]) -> list[list[float]]:
    found = []
    for i, reach in enumerate(reaches):
        if reach:
            found += [[*numbers[:i], x, *numbers[i + 1 :]] for x in (numbers[i] - reach, numbers[i] + reach)]
    return found


def _moved(value: Value, reaches: Sequence[float]) -> float:
    """Return how far an operation's result may be moved if its operands are moved, each by itself."""
    op, y = value.op, value.data
    assert op is not None
    numbers = [float(_data(x)) for x in value.operands]
    found = [_distance(op.value(*xs), y) for xs in _perturbed(numbers, reaches)]
    return _finite(sum(found) + _rounding(op.name, numbers, y))


def _rounding(name: str, numbers: Sequence[float], y: float) -> float:
    if name in EXPONENTIALS:  # nests round the arguments of exp, eager runs do not
        largest = max([abs(x) for x in numbers if math.isfinite(x)], default=0.0)
        size = abs(y) * (1.0 + largest) if name == "softmax" else abs(y) + largest
        return ROUNDINGS * EPSILON * size if math.isfinite(y) else 0.0
    if name in EXACT:
        return 0.0
    if not all(map(math.isfinite, numbers)):  # finite terms may overflow in another order
        size = sum([abs(x) for x in numbers if math.isfinite(x)])
        return math.inf if size > (1e150 if name in ("dot", "prod") else LARGEST) else 0.0
    terms = list(numbers)
    if name in ("mul", "dot"):
        half = len(numbers) // 2
        terms = [*[a * b for a, b in zip(numbers, numbers[half:], strict=False)][:half], *numbers[2 * half :]]
        exact = [Fraction(a) * Fraction(b) for a, b in zip(numbers[:half], numbers[half : 2 * half], strict=True)]
        exact += [Fraction(x) for x in numbers[2 * half :]]
    elif name in ("add", "sub", "sum", "mean"):
        exact = [Fraction(-x if name == "sub" and i else x) for i, x in enumerate(numbers)]
    else:
        return ROUNDINGS * EPSILON * abs(y) + TINIEST * (y != 0.0) if math.isfinite(y) else 0.0
    size = sum(map(abs, terms))
    if not math.isfinite(size):
        return math.inf if len(terms) > 2 or math.isfinite(y) else 0.0
    is_exact = sum(exact) == Fraction(y) * (len(numbers) if name == "mean" else 1)
    is_exact = is_exact and all([abs(e) == Fraction(abs(t)) for t, e in zip(terms, exact, strict=True)])
    if is_exact and (len(terms) <= 2 or all([t == round(t) for t in terms])):
        return 0.0
    return len(terms) * EPSILON * size + TINIEST


def _partials(value: Value, numbers: Sequence[float], moved: dict[int, float]) -> list[tuple[float, float]]:
    """Return the partial derivatives of an operation, and how far they may be moved."""
    op = value.op
    assert op is not None
    slopes = SlopesOf(op)
    reaches = [moved[id(value)], *[moved.get(id(x), 0.0) for x in value.operands]]
    at = list(slopes(value.data, *numbers))
    others = [slopes(*xs) for xs in _perturbed([value.data, *numbers], reaches)]
    found = []
    for i, p in enumerate(at):
        distance = sum([_distance(other[i], p) for other in others])
        if op.name == "prod" and any([1e150 < abs(x) < math.inf for x in numbers]):  # another order may overflow
            distance = math.inf
        if op.name in ("softmax", "log_softmax"):  # nests add terms up to 1 that may cancel
            distance += ROUNDINGS * EPSILON
        rounding = ROUNDINGS * (EPSILON * abs(p) + TINIEST * (p != 0.0)) if math.isfinite(p) else 0.0
        found.append((p, distance + rounding))
    return found
