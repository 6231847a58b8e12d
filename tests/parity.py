"""Random programs whose results are printed to the last bit: one run with each core, and the outputs are compared.

    FUZZ_SEED=3 FUZZ_COUNT=100000 python -m tests.parity > compiled.txt
    AUTOGRAD_PURE_PYTHON=1 FUZZ_SEED=3 FUZZ_COUNT=100000 python -m tests.parity > pure.txt
    cmp compiled.txt pure.txt

A program starts from a few leaves and applies operators, methods and functions to what it has so far, with special
numbers, constants of several types, modes, hooks and gradients of gradients among them.
"""

from __future__ import annotations

import math
import operator
import random
from collections.abc import Callable
from typing import Any

import numpy

import autograd
from autograd import Value, no_grad
from autograd.graph import reverse_sweep, topological_order
from autograd.primitives import TABLE
from tests.fuzzing import seed_and_count

SPECIAL = [
    0.0, -0.0, 1.0, -1.0, 0.5, -0.5, 2.0, math.inf, -math.inf, math.nan, 5e-324, -5e-324, 2.0**-1022,
    1.7976931348623157e308, -1.7976931348623157e308, 1e-160,
    1e160, 700.0, -745.2, 709.8, 40.0, -40.0, 1e9, -1e9, math.pi, 0.1, 1 / 3,
]  # fmt: skip
OPERATORS = [
    operator.add, operator.sub, operator.mul, operator.truediv, operator.pow, operator.mod, operator.floordiv, divmod,
]  # fmt: skip
COMPARISONS = [operator.lt, operator.le, operator.eq, operator.ne, operator.gt, operator.ge]
SEQUENCES = ["sum", "mean", "prod", "max", "min", "logsumexp", "softmax", "log_softmax"]
TWICE = autograd.primitive("twice", lambda x: 2 * x, [2.0])
FIXED = [op for op in TABLE.values() if op.arity is not None]
METHODS = [name for op in FIXED if op.arity == 1 for name in op.methods]


def number(rng: random.Random) -> float:
    kind = rng.random()
    if kind < 0.25:
        return rng.choice(SPECIAL)
    if kind < 0.35:
        return math.nextafter(rng.choice(SPECIAL), rng.choice((-math.inf, math.inf)))
    if kind < 0.5:
        return rng.uniform(-1, 1) * 10.0 ** rng.randint(-300, 300)
    return rng.gauss(0, 3)


def constant(rng: random.Random) -> Any:
    kinds: list[Callable[[], Any]] = [
        lambda: number(rng), lambda: rng.randint(-3, 4), lambda: rng.choice([2**53, 2**53 + 1, -(2**70), 10**400]),
        lambda: rng.random() < 0.5, lambda: numpy.float64(rng.gauss(0, 1)), lambda: numpy.int64(rng.randint(-3, 3)),
        lambda: numpy.array(rng.gauss(0, 1)), lambda: "text", lambda: None, lambda: 1j,
    ]  # fmt: skip
    return kinds[rng.choices(range(len(kinds)), [40, 20, 3, 2, 3, 2, 2, 1, 1, 1])[0]]()


def step(rng: random.Random, values: list[Value]) -> Any:
    """Apply something to values: the newer ones more often."""

    def pick() -> Value:
        return values[-1 - min(int(rng.expovariate(0.4)), len(values) - 1)]

    def operand() -> Any:
        return pick() if rng.random() < 0.7 else constant(rng)

    kind = rng.random()
    if kind < 0.4:
        a, b = (pick(), operand()) if rng.random() < 0.7 else (operand(), pick())
        return rng.choice(OPERATORS)(a, b)
    if kind < 0.6:
        return getattr(pick(), rng.choice(METHODS))()
    if kind < 0.75:
        op = rng.choice(FIXED)
        return op(*[operand() for _ in range(op.arity or 0)])
    if kind < 0.85:
        return getattr(autograd, rng.choice(SEQUENCES))([operand() for _ in range(rng.randint(1, 6))])
    if kind < 0.92:
        n = rng.randint(1, 70 if rng.random() < 0.1 else 5)
        bias = (operand(),) if rng.random() < 0.5 else ()
        return autograd.dot([operand() for _ in range(n)], [operand() for _ in range(n)], *bias)
    if kind < 0.95:
        return rng.choice([operator.neg, abs, operator.pos, TWICE, lambda v: v.detach()])(pick())
    return rng.choice(COMPARISONS)(pick(), operand())


def bits(x: Any) -> str:
    if isinstance(x, Value):
        return f"V({bits(x.data)})"
    if isinstance(x, (float, int)):  # an int operand stays one if nothing goes wrong
        return "nan" if x != x else "inf" if x > 1.7976931348623157e308 else float(x).hex()
    if isinstance(x, (tuple, list)):
        return f"[{' '.join(map(bits, x))}]"
    return repr(x)


def told(values: list[Value], index: dict[Value, int]) -> list[str]:
    def name(x: Any) -> str:
        return f"#{index[x]}" if isinstance(x, Value) and x in index else bits(x)

    return [
        f"{getattr(v.op, 'name', None)} {bits(v.data)} {' '.join(map(name, v.operands))} : "
        f"{' '.join(map(name, v.parents))} : {bits(list(v.partials))}"
        for v in values
    ]


def program(rng: random.Random) -> list[str]:
    """Run one program; return what it found."""
    values = [Value(number(rng)) for _ in range(rng.randint(1, 4))]
    leaves = list(values)
    lines = []
    for _ in range(rng.randint(1, 25)):
        try:
            if rng.random() < 0.05:
                with no_grad():
                    found = step(rng, values)
            else:
                found = step(rng, values)
        except Exception as error:
            lines.append(f"{type(error).__name__}: {error}")
            continue
        new = [v for v in (found if isinstance(found, (tuple, list)) else [found]) if isinstance(v, Value)]
        values += new
        if not new:
            lines.append(bits(found))
    index = {v: i for i, v in enumerate(values)}
    lines += told(values, index)
    output = values[-1]
    lines.append(" ".join(str(index.get(v, "?")) for v in topological_order(output)))
    if rng.random() < 0.3:
        rng.choice(values).register_hook(rng.choice([lambda g: g * 2.0, lambda g: None, lambda g: g + 1.0]))
    for _ in range(rng.randint(1, 2)):
        output.backward()
    lines.append(" ".join(bits(v.grad) for v in values))
    inputs = rng.sample(values, min(len(values), rng.randint(0, 3)))
    swept = reverse_sweep({output: number(rng), rng.choice(values): 1.0}, inputs)
    lines.append(" ".join(f"{index.get(v, '?')}={bits(g)}" for v, g in swept.items()))
    output.zero_grad()
    try:
        output.backward(create_graph=True)
        slope = leaves[0].grad
        leaves[0].zero_grad()
        if isinstance(slope, Value):
            slope.backward()
    except RuntimeError as error:
        lines.append(str(error))
    lines.append(" ".join(bits(v.grad) for v in leaves))
    for v in values:
        v.grad = 0.0
    return lines


def main() -> None:
    rng, count = seed_and_count(300)
    for i in range(count):
        seed = rng.getrandbits(64)
        print(f"--- program {i}, seed {seed}")
        print("\n".join(program(random.Random(seed))))


if __name__ == "__main__":
    main()
