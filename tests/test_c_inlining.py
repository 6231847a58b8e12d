"""Formulas in place of numbers in memory: the same results, and less is stored."""

import math
import random

import numpy
from hypothesis import given, settings
from hypothesis import strategies as st
from nest_oracle import buffer_of, program_of, run
from random_nests import BUFFER, programs

import autograd
from autograd import relu
from autograd.compilation.c.inlining import inlined
from autograd.compilation.nests.nest import Nest, NestProgram, Stream
from autograd.expressions import Call, Constant, Symbol

S = [Symbol(f"s{k}") for k in range(3)]


def after(program, numbers, kept):
    """What a program returns, and what is at some addresses then."""
    buffer = list(numbers)
    failed = run(program, buffer)
    return failed, [repr(buffer[x]) for x in kept if isinstance(x, int)] if failed == -1 else []


def stores(program):
    return [nest.target.base for nest in (*program.forward, *program.backward)]


def nests(*found, size, outputs, inputs=1):
    return NestProgram(inputs, 0, found, (), (), {}, (0, 0), outputs, (), size)


@settings(max_examples=30, deadline=None)
@given(programs(), st.lists(st.integers(0, BUFFER - 1), min_size=1, max_size=3), st.integers(0, BUFFER // 2))
def test_programs_whose_nests_overlap_in_all_ways_give_the_same(found, outputs, inputs):
    program, start = found
    program = program._replace(outputs=tuple(outputs), inputs=inputs)
    kept = [*outputs, *range(inputs)]
    assert after(inlined(program), start, kept) == after(program, start, kept)


@settings(max_examples=200, deadline=None)
@given(st.integers(0, 2**31))
def test_chains_of_operations_on_rows_give_the_same(seed):
    """Each nest reads whole or shifted rows of earlier ones, or one number of them."""
    rng = random.Random(seed)
    n, made, end = 12, [], 36
    for _ in range(rng.randint(2, 10)):
        length = rng.choice([n, n, 8, 1])
        streams = []
        for _ in range(2):
            row = rng.randrange(0, end - length + 1)
            streams.append(Stream(row, (rng.choice([1, 1, 1, 0]),)))
        e = rng.choice(
            [Call("mul", (S[0], S[1])), Call("sub", (S[0], S[1])), Call("relu", (S[0],)), Constant(2.0), S[1]]
        )
        mode = rng.choice(["=", "=", "=", "+="])
        target = rng.choice([end, end, end, rng.randrange(0, end - length + 1)])
        made.append(
            Nest((length,), Stream(target, (1 if mode == "=" else rng.choice([0, 1]),)), mode, e, tuple(streams))
        )
        end = max(end, target + n)
    middle = rng.randrange(len(made))
    program = NestProgram(12, 0, tuple(made[:middle]), (), tuple(made[middle:]), {}, (0, 0), (end - 1,), (), end)
    kept = [*range(12), end - 1, *rng.sample(range(end), 2)]
    start = [float(rng.randint(-2, 2)) for _ in range(end)]
    assert after(inlined(program, kept), start, kept) == after(program, start, kept)


def test_a_number_that_one_nest_reads_is_not_stored():
    def f(xs):
        total = 0.0
        for i in range(len(xs) - 1):
            total = total + 100.0 * (xs[i + 1] - xs[i] ** 2) ** 2 + (1.0 - xs[i]) ** 2
        return total

    xs = [0.1 * i for i in range(20)]
    program = program_of(f, xs)
    made = inlined(program)
    assert len(stores(made)) <= 9 < 16 <= len(stores(program))
    start, kept = buffer_of(program, xs), (*program.outputs, *program.slopes)
    (_, found), (_, expected) = after(made, start, kept), after(program, start, kept)
    assert numpy.allclose(list(map(float, found)), list(map(float, expected)), rtol=1e-14)


def test_costly_functions_are_not_called_again():
    def f(xs):
        ys = [autograd.exp(x) for x in xs]
        return autograd.sum([y * y for y in ys]) + autograd.sum([y * x for x, y in zip(xs, ys)])

    program = program_of(f, [0.1 * i for i in range(20)], wanted=[])
    made = inlined(program._replace(backward=()))
    assert sum(str(nest.expression).count("exp") for nest in made.forward) == 1


def test_formulas_are_not_put_into_loops_that_would_compute_them_again_and_again():
    def f(weights, xs):
        hidden = [relu(autograd.dot(row, xs)) for row in weights]
        return autograd.sum([autograd.dot(row, hidden) for row in weights])

    weights = [[math.sin(i + 3 * j) for i in range(8)] for j in range(8)]
    made = inlined(program_of(f, weights, [1.0] * 8))
    products = [nest for nest in made.forward if len(nest.dims) == 2]
    assert products and not any("relu" in str(nest.expression) for nest in products)


def test_nothing_is_put_behind_a_change_of_what_it_is_computed_from():
    double = Nest((), Stream(1), "=", Call("mul", (S[0], Constant(2.0))), (Stream(0),))
    change = Nest((), Stream(0), "=", Constant(5.0))
    read = Nest((), Stream(2), "=", Call("neg", (S[0],)), (Stream(1),))
    start = [3.0, 0.0, 0.0]
    for found, expected in (((double, change, read), [5.0, -6.0]), ((double, read, change), [5.0, -6.0])):
        program = nests(*found, size=3, outputs=(2,))
        assert (
            after(inlined(program), start, (0, 2)) == after(program, start, (0, 2)) == (-1, list(map(repr, expected)))
        )
    assert 1 in stores(inlined(nests(double, change, read, size=3, outputs=(2,))))
    assert 1 not in stores(inlined(nests(double, read, change, size=3, outputs=(2,))))


def test_what_is_kept_is_stored():
    program = nests(
        Nest((), Stream(1), "=", Call("neg", (S[0],)), (Stream(0),)),
        Nest((), Stream(2), "=", Call("neg", (S[0],)), (Stream(1),)),
        size=3, outputs=(2,),
    )  # fmt: skip
    assert stores(inlined(program)) == [2]
    assert stores(inlined(program, kept=[1])) == [1, 2]
