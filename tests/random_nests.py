"""Random programs of nests on whole numbers, inf and nan, whose results do not depend on the order of sums."""

from __future__ import annotations

import math

import numpy
from hypothesis import strategies as st

from autograd.compilation.nests.nest import Check, Loop, Nest, NestProgram, Stream
from autograd.compilation.recording.record import Guard, constant
from autograd.expressions import Constant, Symbol, call

__all__ = ["BUFFER", "numbers", "programs"]

BUFFER = 400  # numbers
S0, S1, S2 = Symbol("s0"), Symbol("s1"), Symbol("s2")
ZERO, TWO = Constant(0.0), Constant(2.0)
EXPRESSIONS = [
    ZERO,
    TWO,
    S0,
    call("neg", S0),
    call("mul", S0, S1),
    call("mul", S0, S0),
    call("mul", S0, TWO),
    call("mul", call("sub", S0, S1), S2),
    call("mul", call("neg", S2), call("add", S0, S1)),
    call("add", S0, call("mul", S1, S2)),
    call("select", call("le", S0, ZERO), ZERO, S0),
    call("select", call("le", S0, ZERO), ZERO, call("mul", S1, S2)),
    call("select", call("gt", S0, S1), S2, ZERO),
    call("select", call("and", call("lt", S0, S1), call("ne", S2, ZERO)), S0, call("sub", S1, S2)),
    call("select", call("or", call("ge", S0, S1), call("eq", S2, S2)), TWO, S1),
    call("maximum", S0, S1),
    call("relu", S0),
    call("abs", S0),
    call("square", S1),
    call("where", S0, S1, S2),
    call("clip", S0, Constant(-1.0), S1),
    call("sign", S2),
]

numbers = st.tuples(st.integers(0, 2**31), st.sampled_from([0.0, 0.01, 0.2])).map(lambda found: _numbers(*found))


def _numbers(seed: int, specials: float) -> list[float]:
    rng = numpy.random.default_rng(seed)
    found = rng.integers(-2, 3, BUFFER).astype(float)
    odd = rng.random(BUFFER) < specials
    found[odd] = rng.choice([math.inf, -math.inf, math.nan], odd.sum())
    return found.tolist()


@st.composite
def streams(draw, dims, times, least=0, most=BUFFER):
    """A stream within [least, most) for all rounds of a loop."""
    room = most - least
    strides = []
    for n in dims:
        strides.append(draw(st.sampled_from([0, 1, 1, n, 2, 3, 5, 12, -1])))
        while abs(strides[-1]) * (n - 1) >= room:
            strides[-1] = 0
        room -= abs(strides[-1]) * (n - 1)
    step = draw(st.sampled_from([0, 1, -1, 2, 7])) if times > 1 else 0
    if abs(step) * (times - 1) >= room:
        step = 0
    room -= abs(step) * (times - 1)
    base = draw(st.integers(0, room - 1))
    base += sum(-s * (n - 1) for s, n in zip((*strides, step), (*dims, times), strict=True) if s < 0)
    if not draw(st.integers(0, 3)):
        reach = sum(max(s, 0) * (n - 1) for s, n in zip(strides, dims, strict=True))
        low = least + (-step * (times - 1) if step < 0 else 0)
        high = most - (step * (times - 1) if step > 0 else 0)
        table = draw(st.randoms(use_true_random=False)).choices(range(low, high), k=base + reach + 1)
        if draw(st.booleans()) and len(table) <= high - low:
            table = draw(st.randoms(use_true_random=False)).sample(range(low, high), k=len(table))
        return Stream(base, tuple(strides), numpy.array(table, numpy.int64), step)
    return Stream(least + base, tuple(strides), None, step)


@st.composite
def nests(draw, times=1):
    """A nest; half of them write where they do not read."""
    dims = tuple(draw(st.lists(st.sampled_from([1, 2, 3, 4, 5, 12]), max_size=3)))
    mode = draw(st.sampled_from(["=", "+=", "+=", "+=", "max=", "min="]))
    apart = draw(st.booleans())
    target = draw(streams(dims, times, *((0, BUFFER // 2) if apart else (0, BUFFER))))
    if mode == "+=" and dims and draw(st.booleans()) and target.table is None:
        strides = list(target.strides)
        strides[draw(st.integers(0, len(dims) - 1))] = 0
        low = BUFFER // 2 if apart else BUFFER
        target = target._replace(strides=tuple(strides), base=min(max(target.base, 0), low - 1))
        if not _fits(target, dims, times, low):
            target = target._replace(strides=(0,) * len(dims), step=0)
    others = [draw(streams(dims, times, BUFFER // 2 if apart else 0)) for _ in range(3)]
    return Nest(dims, target, mode, draw(st.sampled_from(EXPRESSIONS)), tuple(others))


def _fits(stream, dims, times, most):
    ends = [s * (n - 1) for s, n in zip((*stream.strides, stream.step), (*dims, times), strict=True)]
    return stream.base + sum(min(x, 0) for x in ends) >= 0 and stream.base + sum(max(x, 0) for x in ends) < most


@st.composite
def items(draw, most):
    found = []
    for _ in range(draw(st.integers(1, most))):
        kind = draw(st.sampled_from(["nest", "nest", "sum", "loop"]))
        if kind == "nest":
            found.append(draw(nests()))
        elif kind == "loop":
            times = draw(st.integers(1, 4))
            found.append(Loop(times, tuple(draw(st.lists(nests(times), min_size=1, max_size=2)))))
        else:
            found += draw(sums())
    return tuple(found)


@st.composite
def sums(draw):
    """An assignment and a sum of products that begins with it, such as a layer of a network."""
    m, n, k = (draw(st.sampled_from([1, 2, 3, 5, 9])) for _ in range(3))
    order = draw(st.permutations(range(3)))
    dims = tuple((m, n, k)[d] for d in order)

    def stream(base, *strides):
        return Stream(base, tuple(strides[d] for d in order))

    across = draw(st.booleans())
    gap = draw(st.integers(0, 2))
    to = (n + gap, 1) if across else (1, m + gap)
    start = Nest((m, n), Stream(0, to), "=", draw(st.sampled_from([ZERO, S0])), (Stream(390, (0, 1)),))
    a = draw(st.sampled_from([(k + gap, 0, 1), (1, 0, m + gap)]))
    b = draw(st.sampled_from([(0, 1, n + gap), (0, k + gap, 1), (0, 2, 2 * n)]))
    nest = Nest(dims, stream(0, *to, 0), "+=", call("mul", S0, S1), (stream(100, *a), stream(200, *b)))
    return [start, nest][draw(st.integers(0, 1)) :]


@st.composite
def checks(draw):
    relation = draw(st.sampled_from(["lt", "le", "gt", "ge", "eq", "data"]))
    left = draw(st.integers(0, BUFFER - 1))
    right = draw(st.one_of(st.integers(0, BUFFER - 1), st.sampled_from([0.0, 1.0, math.inf, math.nan])))
    if relation == "data":
        outcome = constant(draw(st.sampled_from([0.0, -0.0, 1.0, 2.0, math.nan, math.inf])))
        return Check(Guard("data", 0, 0, "line"), outcome, left, 0.0)
    return Check(Guard(relation, 0, 0, "line"), draw(st.booleans()), left, right)


@st.composite
def programs(draw):
    """A program and the numbers in its buffer."""
    start = draw(st.integers(0, BUFFER))
    program = NestProgram(
        0, 0, draw(items(2)), tuple(draw(st.lists(checks(), max_size=1))), draw(items(1)), {},
        (start, draw(st.integers(start, BUFFER))), (), (), BUFFER,
    )  # fmt: skip
    return program, draw(numbers)
