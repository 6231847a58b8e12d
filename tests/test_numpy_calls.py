"""Nests as calls of NumPy have the results of the plain loops that they mean."""

import itertools
import math
import random

import numpy
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from oracles.special import COMBINATIONS, POINTS

from autograd.compilation.arrays import values as array_values
from autograd.compilation.arrays.calls import prepare
from autograd.compilation.nests.nest import Check, Loop, Nest, NestProgram, Stream
from autograd.compilation.recording.record import Guard
from autograd.expressions import Call, Constant, Symbol, call, substitute
from autograd.primitives import TABLE
from autograd.rules import operands, partial
from tests import nest_oracle
from tests.random_nests import BUFFER, programs

S0, S1 = Symbol("s0"), Symbol("s1")
FIXED = [op for op in TABLE.values() if op.arity is not None]


def after(program, numbers):
    """What a program returns and leaves in the buffer, by NumPy and by the oracle."""
    buffer, expected = numpy.array(numbers, float), list(map(float, numbers))
    return prepare(program, buffer)(), buffer, nest_oracle.run(program, expected), numpy.array(expected)


def of(*items, backward=(), zeros=(0, 0), size=BUFFER):
    return NestProgram(0, 0, items, (), backward, {}, zeros, (), (), size)


def run_random(found, large):
    before, array_values.LARGE = array_values.LARGE, large
    try:
        program, numbers = found
        failed, buffer, expected_failed, expected = after(program, numbers)
        assert failed == expected_failed
        numpy.testing.assert_array_equal(buffer, expected)
    finally:
        array_values.LARGE = before


@settings(max_examples=80, deadline=None)
@given(programs(), st.sampled_from([1, 256]))
def test_random_programs_of_nests_have_the_results_of_plain_loops(found, large):
    run_random(found, large)


@pytest.mark.slow
@settings(max_examples=3000, deadline=None)
@given(programs(), st.sampled_from([1, 256]))
def test_thousands_of_random_programs_of_nests_have_the_results_of_plain_loops(found, large):
    run_random(found, large)


# --- entries of the table ---


def points(op):
    """Special operands of an operation: in every combination, and their neighbours."""
    if op.arity == 1:
        near = {x for point in [*POINTS, math.inf] for x in (point, math.nextafter(point, math.inf))}
        return [(x,) for x in [*sorted(near | {-x for x in near}), -0.0, math.nan]]
    rng = random.Random(op.name)
    found = list(itertools.product(COMBINATIONS, repeat=op.arity))
    return rng.sample(found, min(500, len(found)))


@pytest.mark.parametrize("op", FIXED, ids=lambda op: op.name)
def test_values_and_partials_of_the_table_are_those_of_its_functions(op):
    rows = [(op.value(*xs), *xs) for xs in points(op)]
    symbols = dict(zip([Symbol("y"), *operands(op)], map(Symbol, ["s0", "s1", "s2", "s3"]), strict=False))
    n, k = len(rows), op.arity + 1
    streams = tuple([Stream(i * n, (1,)) for i in range(k)])
    for e in [Call(op.name, operands(op)), *[partial(op, i) for i in range(op.arity)]]:
        nest = Nest((n,), Stream(k * n, (1,)), "=", substitute(e, symbols), streams)
        _, buffer, _, expected = after(of(nest, size=(k + 1) * n), [*numpy.array(rows).T.ravel(), *[0.0] * n])
        for row, x, y in zip(rows, buffer[k * n :].tolist(), expected[k * n :].tolist(), strict=True):
            is_exact = y == 0.0 or math.isinf(y) or math.isnan(y)
            assert repr(x) == repr(y) if is_exact else abs(x - y) <= 1e-14 * abs(y) + 5e-324, (e, row)


def test_a_function_that_numpy_lacks_is_the_one_of_the_table():
    nest = Nest((9,), Stream(20, (1,)), "=", Call("erf", (call("lgamma", S0),)), (Stream(0, (1,)),))
    _, buffer, _, expected = after(of(nest, size=40), [0.3 * i for i in range(40)])
    assert buffer.tolist() == expected.tolist()


def test_constants_in_an_expression_are_computed_beforehand():
    half = call("mul", Call("sigmoid", (Constant(0.0),)), Call("math.exp", (Constant(0.0),)))
    for e in (call("mul", S0, half), half, Call("select", (call("lt", half, S0), half, S0)), Call("relu", (half,))):
        nest = Nest((300,), Stream(300, (1,)), "=", e, (Stream(0, (1,)),))
        _, buffer, _, expected = after(of(nest, size=600), [i / 100 for i in range(600)])
        assert buffer.tolist() == expected.tolist()


# --- order ---


def test_rounds_that_read_what_earlier_ones_wrote_run_one_after_another():
    running = Nest((20,), Stream(1, (1,)), "=", call("add", S0, S1), (Stream(0, (1,)), Stream(1, (1,))))
    _, buffer, _, _ = after(of(running), [float(i) for i in range(BUFFER)])
    assert buffer[:22].tolist() == [*itertools.accumulate(range(21)), 21.0]


def test_rounds_may_read_what_later_ones_write():
    shift = Nest((20,), Stream(0, (1,)), "=", call("neg", S0), (Stream(1, (1,)),))
    doubled = Nest((20,), Stream(40, (1,)), "+=", S0, (Stream(40, (1,)),))
    _, buffer, _, expected = after(of(shift, doubled), [float(i) for i in range(BUFFER)])
    assert buffer.tolist() == expected.tolist()
    assert buffer[:3].tolist() == [-1.0, -2.0, -3.0] and buffer[40] == 80.0


def test_the_last_of_several_assignments_to_an_address_stays():
    rows = Nest((9, 4), Stream(300, (0, 1)), "=", S0, (Stream(0, (4, 1)),))
    table = numpy.array([7, 8, 7, 8, 7, 8, 7, 9], numpy.int64)
    listed = Nest((8,), Stream(0, (1,), table + 300), "=", S0, (Stream(0, (1,)),))
    _, buffer, _, _ = after(of(rows, listed), [float(i) for i in range(BUFFER)])
    assert buffer[300:304].tolist() == [32.0, 33.0, 34.0, 35.0]
    assert buffer[307:310].tolist() == [6.0, 5.0, 7.0]


def test_terms_for_the_same_address_are_all_added():
    table = numpy.array([5, 6, 5, 6, 5, 9, 5, 5], numpy.int64)
    listed = Nest((8,), Stream(0, (1,), table), "+=", S0, (Stream(100, (1,)),))
    spread = Nest((8, 5), Stream(50, (1, 1)), "+=", call("mul", S0, S1), (Stream(100, (1, 0)), Stream(200, (0, 1))))
    _, buffer, _, expected = after(of(listed, spread), [float(i % 7) for i in range(BUFFER)])
    assert buffer.tolist() == expected.tolist()


def test_views_and_tables_move_with_the_rounds_of_a_loop():
    table = numpy.array([3, 1, 4, 1, 5, 9, 2, 6], numpy.int64)
    state = Nest((8,), Stream(108, (1,), step=8), "=", call("add", S0, S1),
                 (Stream(100, (1,), step=8), Stream(0, (1,), table, step=1)))  # fmt: skip
    total = Nest((8,), Stream(60, (0,), step=1), "+=", S0, (Stream(100, (1,), step=8),))
    single = Nest((), Stream(80, step=1), "=", call("mul", S0, S1), (Stream(79, step=1), Stream(60, step=1)))
    loop = Loop(10, (state, total, single))
    _, buffer, _, expected = after(of(loop, backward=(loop,), zeros=(60, 80)), [float(i % 3) for i in range(BUFFER)])
    assert buffer.tolist() == expected.tolist()


def test_a_loop_without_anything_that_moves_runs_as_often():
    loop = Loop(5, (Nest((), Stream(0), "=", call("mul", S0, Constant(2.0)), (Stream(0),)),))
    _, buffer, _, _ = after(of(loop), [1.0] * BUFFER)
    assert buffer[0] == 32.0


def test_variables_are_forgotten_if_another_address_of_a_loop_becomes_theirs():
    first = Nest((), Stream(0, step=1), "=", call("add", S0, Constant(1.0)), (Stream(3),))
    then = Nest((), Stream(10, step=1), "=", call("neg", S0), (Stream(3),))
    _, buffer, _, expected = after(of(Loop(6, (first, then))), [2.0] * BUFFER)
    assert buffer.tolist() == expected.tolist()


# --- sums ---


def product(dims, to, a, b):
    return Nest(dims, Stream(0, to), "+=", call("mul", S0, S1), (Stream(1000, a), Stream(2000, b)))


PRODUCTS = {
    "matrix product": product((9, 8, 7), (8, 1, 0), (7, 0, 1), (0, 1, 8)),
    "transposed": product((9, 8, 7), (1, 9, 0), (7, 0, 1), (0, 7, 1)),
    "rows with a gap": product((9, 8, 7), (10, 1, 0), (9, 0, 1), (0, 1, 12)),
    "no unit stride": product((9, 8, 7), (20, 2, 0), (21, 0, 3), (0, 2, 17)),
    "sum in the middle": product((9, 7, 8), (8, 0, 1), (7, 1, 0), (0, 8, 1)),
    "columns first": product((8, 9, 7), (1, 8, 0), (0, 7, 1), (1, 0, 8)),
    "matrix and vector": product((9, 7), (1, 0), (7, 1), (0, 1)),
    "vector and matrix": product((9, 7), (1, 0), (0, 1), (7, 1)),
    "dot": product((30,), (0,), (1,), (2,)),
    "dot of a matrix": product((5, 7), (0, 0), (7, 1), (20, 2)),
    "outer": product((9, 8), (8, 1), (1, 0), (0, 1)),
    "stack": product((3, 4, 5, 6), (20, 5, 1, 0), (24, 6, 0, 1), (30, 0, 6, 1)),
    "rows of two matrices": product((9, 7), (1, 0), (7, 1), (7, 1)),
    "only one moves": product((9, 8, 7), (1, 0, 0), (7, 0, 1), (0, 1, 0)),
    "none moves": product((9, 8), (1, 0), (1, 0), (2, 0)),
    "two axes of rows": product((3, 4, 8, 7), (32, 8, 1, 0), (28, 7, 0, 1), (0, 0, 7, 1)),
    "two axes apart": product((3, 8, 4, 7), (32, 1, 8, 0), (28, 0, 7, 1), (0, 7, 0, 1)),
    "two sums": product((9, 3, 4), (1, 0, 0), (12, 4, 1), (0, 4, 1)),
    "two sums apart": product((9, 3, 4), (1, 0, 0), (12, 1, 3), (0, 4, 1)),
    "backwards": product((9, 8, 7), (8, 1, 0), (7, 0, 1), (0, 1, -8)),
}


@pytest.mark.parametrize("special", [0.0, math.inf, math.nan], ids=str)
@pytest.mark.parametrize("nest", PRODUCTS.values(), ids=PRODUCTS)
def test_sums_of_products_are_right_whatever_their_axes(nest, special):
    rng = random.Random(0)
    numbers = [rng.uniform(-1.0, 1.0) for _ in range(3000)]
    if special:
        numbers[1005], numbers[2003] = special, -special
    start = Nest(nest.dims, nest.target, "=", call("neg", S0), (Stream(2500, nest.target.strides),))
    for items in ((nest,), (start, nest), (start._replace(expression=Constant(0.0), streams=()), nest)):
        _, buffer, _, expected = after(of(*items, size=3000), numbers)
        numpy.testing.assert_allclose(buffer, expected, 0.0, 1e-14 * math.prod(nest.dims))


def test_maxima_and_minima_keep_nan():
    numbers = [float(i * 7 % 10) for i in range(100)]
    numbers[23] = math.nan
    items = []
    for k, mode in enumerate(["max=", "min="]):
        items.append(Nest((9,), Stream(200 + 10 * k, (1,)), "=", Constant(-math.inf if mode == "max=" else math.inf)))
        items.append(Nest((9, 10), Stream(200 + 10 * k, (1, 0)), mode, S0, (Stream(0, (10, 1)),)))
    _, buffer, _, expected = after(of(*items), [*numbers, *[0.0] * 300])
    numpy.testing.assert_array_equal(buffer, expected)
    assert math.isnan(buffer[202]) and math.isnan(buffer[212])


# --- running ---


@pytest.mark.filterwarnings("error")
def test_arithmetic_warns_of_nothing():
    e = call("div", call("add", call("math.log", S0), call("math.exp", S0)), S0)
    nests = [Nest((n,), Stream(200, (1,)), "=", e, (Stream(0, (1,)),)) for n in (1, 3, 100)]
    _, buffer, _, expected = after(of(*nests), [-1000.0, 0.0, 1000.0, math.inf] * 100)
    numpy.testing.assert_array_equal(buffer, expected)


def test_a_prepared_program_runs_again_and_again_on_what_is_in_the_buffer():
    nest = Nest((20,), Stream(20, (1,)), "=", call("mul", S0, S0), (Stream(0, (1,)),))
    buffer = numpy.zeros(40)
    run = prepare(of(nest, backward=(nest._replace(target=Stream(20, (1,)), mode="+="),), size=40), buffer)
    for i in range(3):
        buffer[:20] = i
        assert run() == -1
        assert buffer[20:].tolist() == [2.0 * i * i] * 20


def test_the_first_check_that_fails_ends_a_run_before_the_backward_part():
    checks = tuple(
        Check(Guard(relation, 0, 0, ""), outcome, 0, 1.5) for relation, outcome in [("gt", False), ("le", True)]
    )
    back = Nest((), Stream(3), "=", Constant(7.0))
    program = of(backward=(back,), zeros=(2, 3), size=4)._replace(checks=checks)
    for x, expected in [(1.0, -1), (1.5, -1), (2.0, 0), (math.nan, 1)]:
        buffer = numpy.array([x, 5.0, 5.0, 5.0])
        assert prepare(program, buffer)() == expected
        assert buffer[2:].tolist() == ([0.0, 7.0] if expected == -1 else [5.0, 5.0])
