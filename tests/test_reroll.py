"""A run of nests that repeats becomes a loop that does the same, address by address."""

import itertools
import random

import numpy
from hypothesis import given, settings
from hypothesis import strategies as st

from autograd.compilation.nests.nest import Loop, Nest, Stream
from autograd.compilation.nests.reroll import rerolled
from autograd.expressions import Symbol, call

S0, S1 = Symbol("s0"), Symbol("s1")
ADD, MUL = call("add", S0, S1), call("mul", S0, S1)


def scalar(to, a, b, expression=MUL):
    return Nest((), Stream(to), "=", expression, (Stream(a), Stream(b)))


def addresses(stream, dims, t=0):
    found = []
    for indices in itertools.product(*map(range, dims)):
        at = stream.base + sum(i * s for i, s in zip(indices, stream.strides, strict=True))
        found.append((at if stream.table is None else int(stream.table[at])) + stream.step * t)
    return found


def unrolled(items):
    """What items do, in order: one tuple for each nest, without loops."""
    for item in items:
        for t in range(item.times) if isinstance(item, Loop) else (0,):
            for nest in item.body if isinstance(item, Loop) else (item,):
                every = [addresses(s, nest.dims, t) for s in (nest.target, *nest.streams)]
                yield nest.dims, nest.mode, nest.expression, nest.stops, every


def moved(nest, steps, t):
    """A nest with other addresses, in new tables where it has tables."""
    streams = []
    for s, step in zip((nest.target, *nest.streams), steps, strict=True):
        streams.append(s._replace(base=s.base + step * t) if s.table is None else s._replace(table=s.table + step * t))
    return nest._replace(target=streams[0], streams=tuple(streams[1:]))


def repeated(body, steps, times):
    return [moved(nest, step, t) for t in range(times) for nest, step in zip(body, steps, strict=True)]


# --- meaning ---


@st.composite
def streams(draw, dims):
    strides = tuple(draw(st.lists(st.integers(0, 3), min_size=len(dims), max_size=len(dims))))
    base = draw(st.integers(0, 20))
    if draw(st.booleans()):
        return Stream(base, strides)
    table = draw(st.lists(st.integers(0, 30), min_size=40, max_size=40))
    return Stream(base, strides, numpy.array(table, numpy.int64))


@st.composite
def nests(draw):
    dims = tuple(draw(st.lists(st.integers(0, 3), max_size=2)))
    mode = draw(st.sampled_from(["=", "+=", "max="]))
    found = [draw(streams(dims)) for _ in range(3)]
    return Nest(dims, found[0], mode, draw(st.sampled_from([ADD, MUL])), tuple(found[1:]), draw(st.booleans()))


@st.composite
def sequences(draw):
    found = []
    for _ in range(draw(st.integers(1, 4))):
        body = draw(st.lists(nests(), min_size=1, max_size=4))
        steps = [draw(st.lists(st.integers(-2, 2), min_size=3, max_size=3)) for _ in body]
        found += repeated(body, steps, draw(st.integers(1, 9)))
    return found


@settings(max_examples=100, deadline=None)
@given(sequences(), st.lists(st.tuples(st.integers(0, 100), st.integers(0, 100)), max_size=2))
def test_loops_read_and_write_what_the_nests_did_in_the_same_order(items, swaps):
    for i, j in swaps:
        items[i % len(items)], items[j % len(items)] = items[j % len(items)], items[i % len(items)]
    found = rerolled(items)
    assert list(unrolled(found)) == list(unrolled(items))
    assert sum(len(item.body) if isinstance(item, Loop) else 1 for item in found) <= len(items)


def test_a_loop_is_left_as_it_is():
    loop = Loop(5, (scalar(0, 1, 2),))
    items = [loop, *[scalar(9 + i, 1, 2) for i in range(20)], loop, loop, loop, loop]
    found = rerolled(items)
    assert [type(item) for item in found] == [Loop, Loop, Loop, Loop, Loop, Loop]
    assert rerolled(found) == found


def test_items_of_a_few_kinds_are_left_as_they_are():
    assert rerolled([]) == ()
    items = (scalar(5, 1, 2), scalar(6, 5, 2, ADD), scalar(7, 5, 5))
    assert rerolled(items) == items


# --- what is found ---


def test_a_product_is_one_loop_of_one_nest():
    found = rerolled([scalar(1000 + i, 999 + i, i) for i in range(1, 1000)])
    body = Nest((), Stream(1001, step=1), "=", MUL, (Stream(1000, step=1), Stream(1, step=1)))
    assert found == (Loop(999, (body,)),)


def test_addresses_that_move_by_other_steps_end_a_loop():
    items = [scalar(100 + i, i, 50) for i in range(20)] + [scalar(200 + 2 * i, i, 50) for i in range(20)]
    assert [item.times for item in rerolled(items)] == [20, 20]
    items[10] = scalar(110, 10, 51)
    assert [getattr(item, "times", 1) for item in rerolled(items)] == [10, 1, 9, 20]


def test_the_steps_of_time_are_found_between_a_beginning_and_an_end():
    rng = random.Random(0)
    body = [
        scalar(rng.randrange(100), rng.randrange(100), rng.randrange(100), rng.choice([ADD, MUL])) for _ in range(55)
    ]
    steps = [[rng.choice([0, 55, 55]) for _ in range(3)] for _ in body]
    items = [scalar(7, 1, 1), scalar(8, 1, 7, ADD), *repeated(body, steps, 300), scalar(5, 1, 2), scalar(6, 1, 5, ADD)]
    found = rerolled(items)
    assert sum(len(item.body) if isinstance(item, Loop) else 1 for item in found) <= 59
    assert max(item.times for item in found if isinstance(item, Loop)) >= 299


def test_long_periods_of_nests_of_one_kind_are_found():
    rng = random.Random(0)
    body = [scalar(*rng.sample(range(5000), 3), rng.choice([ADD, MUL])) for _ in range(700)]
    steps = [[1, 0, 2] for _ in body]
    assert rerolled(repeated(body, steps, 6))[0].times == 6


def test_tables_move_by_steps_and_need_not_be_the_same_array():
    def gather(t):
        table = numpy.array([3, 1, 4, 1, 5], numpy.int64) + 7 * t
        stream = Stream(0, (1,), table) if t % 2 else Stream(1, (2,), numpy.repeat(table, 2))
        return Nest((5,), Stream(100 + 5 * t, (1,)), "=", S0, (stream,))

    nests = [gather(t) for t in range(12)]
    (loop,) = rerolled(nests)
    assert loop.body[0].streams[0].step == 7 and loop.body[0].target.step == 5
    other = nests[5]._replace(streams=(Stream(0, (1,), numpy.arange(5)),))
    assert len(rerolled([*nests, other])) == 2


def test_of_loops_in_loops_the_one_that_saves_most_is_found():
    items = [scalar(10 + i + 50 * t, i, 3 + t) for t in range(30) for i in range(10)]
    (loop,) = rerolled(items)
    assert (loop.times, len(loop.body)) == (30, 10)
