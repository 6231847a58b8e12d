"""C of nests gives what nests mean: the numbers of plain loops in Python, up to the rounding of sums and functions."""

import math
import random
from array import array
from itertools import product
from pathlib import Path

import numpy
import pytest

from autograd.compilation.c.compiler import build
from autograd.compilation.c.source import source
from autograd.compilation.nests.nest import Check, Loop, Nest, NestProgram, Stream
from autograd.compilation.recording.record import Guard, constant
from autograd.expressions import Call, Constant, Symbol, call, substitute
from autograd.primitives import TABLE
from autograd.rules import operands, partial
from tests import nest_oracle

S = [Symbol(f"s{k}") for k in range(6)]
SPECIAL = [0.0, -0.0, 1.0, -1.0, 0.5, 2.0, -2.5, 3.0, 1e-310, 1e-8, 40.0, -745.5, 709.9, 1e16, 1e308, -1e308,
           math.inf, -math.inf, math.nan]  # fmt: skip
FLAGS = [[], ["-march=x86-64"], ["-O0"], ["-march=x86-64-v3", "-O2"]]
HAS = [flags for flags in FLAGS if "v3" not in str(flags) or "avx2" in Path("/proc/cpuinfo").read_text()]


def program(forward=(), size=0, inputs=0, checks=(), backward=(), constants=None, zeros=(0, 0), outputs=None):
    """A program; by default all numbers are outputs."""
    outputs = tuple(range(size)) if outputs is None else outputs
    return NestProgram(
        inputs, 0, tuple(forward), tuple(checks), tuple(backward), constants or {}, zeros, outputs, (), size
    )


def run_c(text, numbers, flags=()):
    numbers = array("d", numbers)
    return build(text, list(flags)).result().run(numbers.buffer_info()[0]), list(numbers)


def agree(found, expected, error=0.0):
    """Whether two numbers are alike, up to an absolute error and some roundings; inf, nan and signs of 0.0 exactly."""
    if math.isnan(expected) or math.isinf(expected) or expected == 0.0 == error:
        return repr(found) == repr(expected)
    return abs(found - expected) <= 1e-13 * abs(expected) + error


def check(made, numbers, flags=(), errors=None):
    """Run a program in C and by the oracle; return the C."""
    expected = nest_oracle.buffer_of(made, numbers)
    start = list(expected)
    failed = nest_oracle.run(made, expected)
    text = source(made)
    found_failed, found = run_c(text, start, flags)
    assert found_failed == failed
    for i, (x, y) in enumerate(zip(found, expected, strict=True)):
        assert agree(x, y, errors[i] if errors else 0.0), f"at {i}: {x!r} is not {y!r}\n{text}"
    return text


# --- programs by hand ---


def test_a_single_operation_is_one_statement():
    text = check(program([Nest((), Stream(2), "=", Call("mul", (S[0], S[1])), (Stream(0), Stream(1)))], 3, 2), [3, 4])
    assert "    v[2] = v[0] * v[1];" in text.splitlines()


def test_what_stays_the_same_in_a_loop_is_read_once():
    scaled = Call("mul", (S[0], S[1]))
    nests = [
        Nest((20,), Stream(40, (1,)), "=", scaled, (Stream(0, (1,)), Stream(30, (0,)))),
        Nest((20,), Stream(60, (1,)), "=", scaled, (Stream(40, (1,)), Stream(31, (0,)))),
    ]
    numbers = [0.5 * i for i in range(32)]
    for found, count in ((nests, 2), (nests[:1], 1), ([nests[0]._replace(mode="+=", target=Stream(40, (0,)))], 1)):
        text = check(program(found, 80, 32), numbers)
        assert text.count("const double c") == text.count("v[30]") + text.count("v[31]") == count


def test_what_a_loop_writes_is_read_in_each_round():
    add = Call("add", (S[0], S[1]))
    nest = Nest((20,), Stream(0, (1,)), "=", add, (Stream(0, (1,)), Stream(10, (0,))))
    assert "const double c" not in check(program([nest], 40, 40), [0.5 * i for i in range(40)])


def layer(b, i, o, x, w, z):
    """The nests of a layer of a network: weights in rows, each with a bias at its end."""
    return [
        Nest((b, o), Stream(z, (o, 1)), "=", S[0], (Stream(w + i, (0, i + 1)),)),
        Nest((b, o, i), Stream(z, (o, 1, 0)), "+=", Call("mul", (S[0], S[1])),
             (Stream(x, (i, 0, 1)), Stream(w, (0, i + 1, 1)))),
    ]  # fmt: skip


def network(b, sizes):
    """A network with relu and the derivatives of the sum of its outputs by its weights."""
    n, forward, backward, places = 0, [], [], []
    x, n = n, n + b * sizes[0]
    for i, o in zip(sizes, sizes[1:], strict=False):
        places.append((i, o, n))
        n += (i + 1) * o
    inputs = n
    inner = []
    for i, o, w in places:
        forward += layer(b, i, o, x, w, n)
        forward.append(Nest((b, o), Stream(n + b * o, (o, 1)), "=", Call("relu", (S[0],)), (Stream(n, (o, 1)),)))
        inner.append((x, n))
        x, n = n + b * o, n + 2 * b * o
    zero, size = n, n
    for k in range(len(places) - 1, -1, -1):
        (i, o, w), (x, z) = places[k], inner[k]
        g = size + z
        if k == len(places) - 1:
            backward.append(Nest((b, o), Stream(g + b * o, (o, 1)), "=", Constant(1.0)))
        slope = call("select", call("le", S[0], Constant(0.0)), Constant(0.0), S[1])
        backward += [
            Nest((b, o), Stream(g, (o, 1)), "+=", slope, (Stream(z, (o, 1)), Stream(g + b * o, (o, 1)))),
            Nest((b, o), Stream(size + w + i, (0, i + 1)), "+=", S[0], (Stream(g, (o, 1)),)),
            Nest((b, o, i), Stream(size + w, (0, i + 1, 1)), "+=", Call("mul", (S[0], S[1])),
                 (Stream(g, (o, 1, 0)), Stream(x, (i, 0, 1)))),
            Nest((b, o, i), Stream(size + x, (i, 0, 1)), "+=", Call("mul", (S[0], S[1])),
                 (Stream(g, (o, 1, 0)), Stream(w, (0, i + 1, 1)))),
        ]  # fmt: skip
    return program(forward, 2 * size, inputs, (), backward, zeros=(zero, 2 * size))


@pytest.mark.parametrize("flags", HAS, ids=str)
def test_a_network_and_its_derivatives(flags):
    made = network(13, [5, 18, 7, 1])
    r = random.Random(0)
    text = check(made, [r.uniform(-1, 1) for _ in range(made.inputs)], flags, [1e-13] * made.size)
    assert text.count("products(") > 5


@pytest.mark.parametrize("at", [0, 70])
def test_inf_and_nan_go_through_products_of_matrices(at):
    made = network(4, [5, 8, 7])
    numbers = [0.25] * made.inputs
    numbers[at : at + 3] = [math.inf, math.nan, -math.inf]
    check(made, numbers)


def test_a_loop_with_a_state():
    """Newton's method for square roots of two numbers, and a sum that moves against it."""
    half = Call("mul", (Constant(0.5), Call("add", (S[0], Call("div", (S[1], S[0]))))))
    body = (
        Nest((2,), Stream(4, (1,), step=2), "=", half, (Stream(2, (1,), step=2), Stream(0, (1,)))),
        Nest((), Stream(14), "+=", S[0], (Stream(12, step=-2),)),
    )
    text = check(program([Loop(5, body)], 15, 4, constants={14: 1.0, 12: 3.0, 10: 0.5}), [2.0, 3.0, 1.0, 1.0])
    assert "v2 = v + 2 * t" in text and "v_2 = v - 2 * t" in text


def test_tables_gather_and_scatter():
    table = numpy.array([3, 0, 3, 1, 0, 2])
    made = program(
        [
            Nest((6,), Stream(4, (1,)), "=", Call("mul", (S[0], S[0])), (Stream(0, (1,), table),)),
            Nest((6,), Stream(0, (1,), table + 10), "+=", S[0], (Stream(4, (1,)),)),
            Nest((2, 3), Stream(1, (0, 1), numpy.array([99, 14, 15, 16])), "max=", S[0], (Stream(0, (3, 1), table),)),
        ],
        17, 4, constants=dict.fromkeys(range(10, 17), 0.5),
    )  # fmt: skip
    text = check(made, [1.0, 2.0, 3.0, 4.0])
    assert text.count("static const int table") == 2  # one of three is regular


def test_zeros_are_filled_after_the_checks_and_before_the_backward_part():
    made = program([], 5, 2, [Check(Guard("lt", 0, 1, ""), True, 0, 1)],
                   [Nest((3,), Stream(2, (1,)), "+=", S[0], (Stream(0, (0,)),))], zeros=(2, 5))  # fmt: skip
    check(made, [1.0, 2.0])
    check(made, [2.0, 1.0])


def test_sums_that_are_added_to_zeros_are_assigned():
    made = network(13, [5, 18, 7, 1])
    made = made._replace(outputs=tuple(range(made.inputs)))
    text = source(made)
    assert "// v[" in text and "k] * v[" in text and "] = v[" in text
    assert f"{made.zeros[1] - made.zeros[0]} * sizeof" not in text


def test_zeros_that_something_reads_are_written():
    nests = [
        Nest((9,), Stream(10, (1,)), "=", S[0], (Stream(20, (1,)),)),  # reads zeros
        Nest((9, 9), Stream(20, (1, 0)), "+=", Call("mul", (S[0], S[1])), (Stream(0, (0, 1)), Stream(1, (1, 0)))),
        Nest((9,), Stream(30, (1,)), "max=", S[0], (Stream(0, (1,)),)),
    ]
    made = program([], 40, 10, (), nests, zeros=(20, 40))
    assert "memset(v + 20, 0, 20 * sizeof(double));" in check(made, [-1.0] * 10)


def test_a_comment_says_where_numbers_are():
    nests = [Nest((), Stream(2), "=", Call("mul", (S[0], S[1])), (Stream(0), Stream(1)))]
    made = program(nests, 9, 2, outputs=(2, 1.5))._replace(slopes=(3, 4, 5, 0.0))
    text = source(made, {0: "w*/", 1: "x"})
    assert text.startswith("/* w* / is v[0], x is v[1]\n   results: v[2], 1.5\n   derivatives: v[3] to v[5], 0.0 */\n")
    many = source(program([], 99, 99, outputs=tuple(range(0, 99, 2))), dict(enumerate(map(str, range(99)))))
    assert many.startswith("/* 0 is v[0], 1 is v[1], ..., 98 is v[98]\n   results: v[0], v[2], ")


@pytest.mark.parametrize("flags", HAS, ids=str)
def test_no_compiler_takes_a_function_for_one_without_effects(flags):
    e = Call("mul", (Call("neg", (S[2],)), Call("add", (S[0], S[1]))))
    streams = Stream(336, (2, 5, 0)), Stream(206, (12, 4, 1)), Stream(283, (3, -1, 3))
    made = program([Nest((3, 4, 3), Stream(145, (2, 1, 2)), "+=", e, streams)], 400, 400)
    check(made, [float(i % 7 - 3) for i in range(400)], flags)


# --- checks ---


@pytest.mark.parametrize("relation", ["lt", "le", "gt", "ge", "eq"])
def test_checks_compare_like_floats(relation):
    pairs = list(product([0.0, -0.0, 1.0, math.inf, math.nan], repeat=2))
    guard = Guard(relation, 0, 1, "")
    for outcome in (True, False):
        made = program([], 2, 2, [Check(guard, outcome, 0, 1)])
        text = source(made)
        for numbers in pairs:
            assert run_c(text, numbers)[0] == nest_oracle.run(made, list(numbers))


def test_checks_of_data_compare_bits():
    numbers = [0.0, -0.0, 1.0, 0.1, math.inf, -math.inf, math.nan, 1e-310]
    for x in numbers:
        made = program([], 1, 1, [Check(Guard("data", 0, constant(0.0), ""), constant(x), 0, 0.0)])
        text = source(made)
        for y in [*numbers, -math.nan]:
            assert run_c(text, [y])[0] == nest_oracle.run(made, [y])


def test_the_first_check_that_fails_is_the_one_that_is_returned():
    checks = [Check(Guard("lt", 0, 1, ""), True, 0, 5.0)] * 900
    checks += [Check(Guard("gt", 0, 1, ""), False, 1, math.inf), Check(Guard("le", 0, 1, ""), True, 3.0, 1)]
    text = source(program([], 2, 2, checks))
    assert [run_c(text, x)[0] for x in ([1.0, 4.0], [9.0, 4.0], [1.0, 2.0], [1.0, math.inf])] == [-1, 0, 901, -1]


# --- every entry of the table ---


def formulas():
    for name, op in TABLE.items():
        if op.arity is None:
            continue
        names = dict(zip(operands(op), S, strict=False))
        yield f"{name}", op.arity, Call(name, tuple(S[: op.arity]))
        for i in range(op.arity):
            replaced = {**names, Symbol("y"): Call(name, tuple(S[: op.arity]))}
            yield f"{name}'{i}", op.arity, substitute(partial(op, i), replaced)


FORMULAS = {name: (arity, e) for name, arity, e in formulas()}
ABSOLUTE = 1e-13  # of the functions that subtract inside, near their zeros


@pytest.mark.parametrize("flags", HAS, ids=str)
@pytest.mark.parametrize("is_loop", [True, False])
def test_every_entry_and_every_partial_at_special_values(flags, is_loop):
    n = len(SPECIAL)
    nests, base, cases = [], n, []
    for name, (arity, e) in FORMULAS.items():
        dims = (n,) * min(arity, 2)
        strides = [tuple(int(k == j) for j in range(len(dims))) for k in range(min(arity, 2))]
        for third in range(n) if arity == 3 else [0]:
            if arity == 3 and third % 6:
                continue
            streams = tuple(Stream(0, s) for s in strides) + ((Stream(third, (0,) * len(dims)),) if arity == 3 else ())
            target = Stream(base, (n, 1)[-len(dims) :])
            if is_loop:
                nests.append(Nest(dims, target, "=", e, streams))
            else:
                some = [tuple(random.Random(k).randrange(n) for _ in dims) for k in range(2)]
                nests += [
                    Nest((), Stream(target.base + sum(map(int.__mul__, target.strides, at))), "=", e,
                         tuple(Stream(s.base + sum(map(int.__mul__, s.strides, at))) for s in streams))
                    for at in some
                ]  # fmt: skip
            cases.append((base, base + math.prod(dims), name))
            base += math.prod(dims)
    made = program(nests, base, n)
    expected = nest_oracle.buffer_of(made, SPECIAL)
    start = list(expected)
    nest_oracle.run(made, expected)
    _, found = run_c(source(made), start, flags)
    wrong = {}
    for start, end, name in cases:
        for i in range(start, end):
            if not agree(found[i], expected[i], ABSOLUTE * (expected[i] != 0.0)):
                wrong.setdefault(name, []).append((i - start, found[i], expected[i]))
    assert not wrong, {name: (len(some), some[:4]) for name, some in wrong.items()}


# --- random nests ---

EXPRESSIONS = [
    S[0], Call("mul", (S[0], S[1])), Call("mul", (S[1], S[0])), Call("mul", (S[0], S[0])), Constant(0.25),
    Call("add", (Call("mul", (S[0], S[1])), S[2])), Call("mul", (Call("mul", (S[0], S[1])), S[2])),
    call("select", call("le", S[0], Constant(0.0)), Constant(0.0), S[1]), Call("exp", (S[0],)),
    Call("sigmoid", (Call("mul", (S[0], S[1])),)), Call("mod", (S[0], S[1])),
]  # fmt: skip


def symbols(e):
    return {e.name} if isinstance(e, Symbol) else set().union(*map(symbols, getattr(e, "arguments", ())))


def random_stream(r, dims, low, high, kind, step=0, times=1):
    """A stream with addresses in a range, if there is one."""
    while True:
        if kind == "rows":
            order = r.sample(range(len(dims)), len(dims))
            strides, reach = [0] * len(dims), 1
            for d in order:
                if r.random() < 0.6:
                    strides[d], reach = reach, reach * (dims[d] + r.choice([0, 0, 0, 1]))
        else:
            strides = [r.choice([0, 1, 1, 2, -1, 7]) for _ in dims]
        table = None
        if kind == "table":
            table = numpy.array([r.randrange(low, high) for _ in range(r.choice([3, 20]))])
            strides = [r.choice([0, 1]) for _ in dims]
        last = [(n - 1) * s for n, s in zip(dims, strides, strict=True)]
        lowest, highest = sum(min(x, 0) for x in last), sum(max(x, 0) for x in last)
        moves = (min(step * (times - 1), 0), max(step * (times - 1), 0))
        if table is not None:
            if highest - lowest < len(table) and not step:
                return Stream(-lowest, tuple(strides), table)
        elif high - moves[1] - highest > low - moves[0] - lowest:
            return Stream(r.randrange(low - moves[0] - lowest, high - moves[1] - highest), tuple(strides), None, step)
        kind = "rows" if r.random() < 0.5 else "any"


def random_nest(r, low, high, times, overlapping=False):
    """A nest that reads addresses below 400, and writes in a range."""
    while True:
        dims = tuple(r.choice([1, 2, 3, 4, 8, 17, 33]) for _ in range(r.choice([0, 1, 2, 2, 3, 3, 3, 4])))
        if math.prod(dims) <= 1500:
            break
    e = r.choice(EXPRESSIONS)
    n = max([int(s[1]) + 1 for s in symbols(e)], default=0)
    first, last = (low, high) if overlapping else (0, 400)
    moves = [r.choice([0, 1, -1, 3]) if times > 1 else 0 for _ in range(n + 1)]
    kinds = ["rows", "rows", "rows", "any", "table"]
    streams = tuple(random_stream(r, dims, first, last, r.choice(kinds), moves[k], times) for k in range(n))
    target = random_stream(r, dims, low, high, r.choice(kinds), moves[n], times)
    return Nest(dims, target, r.choice(["=", "+=", "+=", "+=", "max=", "min="]), e, streams)


@pytest.mark.parametrize("flags", HAS, ids=str)
@pytest.mark.parametrize("seed", range(3))
def test_random_nests(seed, flags):
    r = random.Random(f"{seed} {flags}")
    size, room = 400, 600
    items = []
    for k in range(30):
        low = size
        times = r.choice([1, 1, 1, 4])
        nest = random_nest(r, low, low + room, times, overlapping=k % 5 == 4)
        items.append(nest if times == 1 else Loop(times, (nest,)))
        size += room
    made = program(items, size, 400, constants={a: r.choice([0.0, 0.5, -2.0]) for a in range(400, size)})
    numbers = [r.choice(SPECIAL) if r.random() < 0.02 else r.uniform(-2, 2) for _ in range(400)]
    numbers = [x if abs(x) < 1e300 or math.isinf(x) or math.isnan(x) else 1.0 for x in numbers]
    check(made, numbers, flags, [1e-11] * size)


# --- nests in one loop ---


def along(target, e, *bases, mode="=", n=20):
    """A nest along rows of n numbers."""
    return Nest((n,), Stream(target, (1,)), mode, e, tuple(Stream(base, (1,)) for base in bases))


PRODUCT, TOTAL = Call("mul", (S[0], S[1])), Nest((20,), Stream(99, (0,)), "+=", S[0], (Stream(40, (1,)),))


def test_nests_with_the_same_rounds_are_one_loop_and_store_only_what_is_needed():
    nests = [along(20, PRODUCT, 0, 0), along(40, PRODUCT, 20, 0), TOTAL, along(60, PRODUCT, 40, 0)]
    made = program(nests, 100, 20, constants={99: 0.0}, outputs=(99, *range(60, 80)))
    text = source(made)
    numbers = nest_oracle.buffer_of(made, [0.5] * 20)
    expected = list(numbers)
    nest_oracle.run(made, expected)
    found = run_c(text, numbers)[1]
    assert all(agree(found[at], expected[at]) for at in made.outputs)
    assert text.count("for (") == 1 and "v[20 + i] =" not in text and "v[60 + i] =" in text
    assert math.isnan(found[20]) and math.isnan(found[40])


def test_a_nest_that_needs_another_round_is_a_loop_of_its_own():
    text = check(program([along(20, PRODUCT, 0, 0), along(40, PRODUCT, 21, 0, n=19)], 60, 20), [0.5] * 20)
    assert text.count("for (") == 2
    shifted = [along(20, PRODUCT, 0, 0), along(21, PRODUCT, 0, 1, mode="+=")]
    text = check(program(shifted, 60, 30, constants={40: 1.0}), [0.5] * 30)
    assert text.count("for (") == 2


def test_a_nest_that_needs_a_whole_sum_comes_after_it():
    scaled = Nest((20,), Stream(60, (1,)), "=", PRODUCT, (Stream(0, (1,)), Stream(99, (0,))))
    text = check(program([along(40, PRODUCT, 0, 0), TOTAL, scaled], 100, 20, constants={99: 2.0}), [0.5] * 20)
    assert text.count("for (") == 2


def test_an_assignment_goes_before_a_loop_that_does_not_need_it():
    zero = Nest((), Stream(99), "=", Constant(0.0))
    text = check(program([along(40, PRODUCT, 0, 0), zero, TOTAL], 100, 20), [0.5] * 20)
    assert text.count("for (") == 1
    first = Nest((), Stream(99), "=", S[0], (Stream(40),))
    text = check(program([along(40, PRODUCT, 0, 0), first, TOTAL], 100, 20), [0.5] * 20)
    assert text.count("for (") == 2


def test_zeros_are_filled_after_a_forward_part_that_writes_there():
    check(program([along(20, PRODUCT, 0, 0)], 60, 20, (), [along(40, PRODUCT, 20, 0)], zeros=(20, 30)), [0.5] * 20)


def test_derivatives_wait_for_the_checks():
    checks = [Check(Guard("ge", 0, 1, ""), True, 0, 0.0)]
    made = program([along(20, PRODUCT, 0, 0)], 60, 20, checks, [along(40, PRODUCT, 20, 0)])
    assert check(made, [0.5] * 20).count("for (") == 2
    assert check(made._replace(checks=()), [0.5] * 20).count("for (") == 1
    check(made, [-0.5] * 20)


def test_rows_of_a_table_are_rows_of_a_matrix():
    """An embedding: rows of a matrix, chosen by a table, times a matrix."""
    table = numpy.concatenate([numpy.arange(16) + 16 * row for row in (3, 0, 3, 2, 1, 5, 0)])
    nest = Nest((7, 16, 16), Stream(600, (16, 1, 0)), "+=", PRODUCT,
                (Stream(0, (16, 0, 1), table), Stream(200, (0, 16, 1))))  # fmt: skip
    r = random.Random(0)
    text = check(program([nest], 720, 600, constants=dict.fromkeys(range(600, 720), 0.5)),
                 [r.uniform(-1, 1) for _ in range(600)], errors=[1e-13] * 720)  # fmt: skip
    assert "static const int table0[] = {48, 0, 48, 32, 16, 80, 0};" in text and "products" in text


def chain(r, low):
    """Nests on a few arrays of 20 numbers, one after another, that often have the same rounds."""
    arrays = [0, 20, 40, *range(low, low + 240, 20)]
    items, size = [], low
    for _ in range(r.randrange(5, 14)):
        e = r.choice(EXPRESSIONS[:9])
        n = max([int(s[1]) + 1 for s in symbols(e)], default=0)
        known = [a for a in arrays if a < size] or [0]
        kind = r.choice(["all", "all", "all", "rows", "shifted", "sum", "one"])
        mode = r.choice(["=", "=", "+="])
        old = r.choice(known)
        target = size if mode == "=" and size < low + 220 and r.random() < 0.8 else old if old >= low else low
        if kind == "all":
            nest = Nest((20,), Stream(target, (1,)), mode, e, tuple(Stream(r.choice(known), (1,)) for _ in range(n)))
        elif kind == "rows":
            streams = tuple(Stream(r.choice(known), r.choice([(5, 1), (0, 1), (5, 0)])) for _ in range(n))
            nest = Nest((4, 5), Stream(target, (5, 1)), mode, e, streams)
        elif kind == "shifted":
            streams = tuple(Stream(r.choice(known) + r.choice([0, 1]), (1,)) for _ in range(n))
            nest = Nest((19,), Stream(target + r.choice([0, 1]), (1,)), mode, e, streams)
        elif kind == "sum":
            at = low + r.choice([230, 231, r.randrange(220)])
            nest = Nest((20,), Stream(at, (0,)), "+=", e, tuple(Stream(r.choice(known), (1,)) for _ in range(n)))
        else:
            nest = Nest((), Stream(low + r.choice([230, 231, r.randrange(220)])), r.choice(["=", "+=", "max="]), e,
                        tuple(Stream(r.choice([0, 25, low + 230, low + 231, low + 3])) for _ in range(n)))  # fmt: skip
        size = max(size, min(target + 20, low + 220))
        items.append(nest)
    return items


@pytest.mark.parametrize("seed", range(6))
def test_random_chains_of_nests_give_the_same_whatever_is_needed_at_the_end(seed):
    r = random.Random(seed)
    items, needed, low = [], [], 60
    for _ in range(12):
        nests = chain(r, low)
        if r.random() < 0.3:
            move = r.choice([0, 1, -1])
            nests = [
                Loop(3, tuple(n._replace(target=n.target._replace(base=n.target.base + 5, step=move)) for n in nests))
            ]
        items += nests
        needed += r.sample(range(low, low + 240), r.choice([1, 20, 240]))
        low += 250
    half = r.randrange(len(items))
    checks = [Check(Guard("ge", 0, 1, ""), True, 1.0, 0.0)] * r.choice([0, 1])
    made = program(
        items[:half], low, 60, checks, items[half:], {a: 0.25 for a in range(60, low)}, outputs=tuple(needed)
    )
    numbers = [r.uniform(-1, 1) for _ in range(60)]
    expected = nest_oracle.buffer_of(made, numbers)
    start = list(expected)
    nest_oracle.run(made, expected)
    failed, found = run_c(source(made._replace(constants={})), start)
    assert failed == -1
    for at in needed:
        assert agree(found[at], expected[at], 1e-9 * abs(expected[at])), (at, found[at], expected[at])
