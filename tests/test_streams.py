"""Streams: regular addresses are found among many."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from autograd.compilation.nests.addresses import addresses
from autograd.compilation.nests.streams import is_regular, matched, matrix, once, segments


def spread(dims, strides, base):
    found = np.array([base])
    for n, stride in zip(dims, strides, strict=True):
        found = (found[:, None] + np.arange(n) * stride).ravel()
    return found


@st.composite
def nests(draw):
    """Addresses of one to four streams in the same loops, as vectors."""
    dims = draw(st.lists(st.integers(1, 5), min_size=0, max_size=4))
    some = st.lists(st.integers(-7, 30), min_size=len(dims), max_size=len(dims))
    return dims, [spread(dims, draw(some), draw(st.integers(0, 50))) for _ in range(draw(st.integers(1, 4)))]


@given(nests())
def test_the_addresses_of_nested_loops_are_found_again_without_tables(found):
    dims, vectors = found
    loops, streams = matched(vectors)
    assert np.prod(loops) == np.prod(dims) and len(loops) <= sum(n > 1 for n in dims)
    assert all(n > 1 for n in loops)
    for vector, stream in zip(vectors, streams, strict=True):
        assert stream.table is None
        assert addresses(stream, loops).ravel().tolist() == vector.tolist()


@given(nests(), st.randoms(use_true_random=False))
def test_irregular_addresses_are_tables_of_the_same_addresses(found, rng):
    dims, vectors = found
    shuffled = vectors[0].copy()
    rng.shuffle(shuffled)
    loops, streams = matched([shuffled, *vectors])
    for vector, stream in zip([shuffled, *vectors], streams, strict=True):
        assert addresses(stream, loops).ravel().tolist() == vector.tolist()
    assert (streams[0].table is None) == is_regular(shuffled)


def test_a_table_has_no_loop_in_which_it_stays_the_same():
    irregular = np.array([5, 3, 8, 1])
    loops, (table, regular) = matched([np.repeat(irregular, 6), spread((4, 6), (100, 1), 0)])
    assert table.table is not None and len(table.table) == 4 and regular.table is None
    assert addresses(table, loops).ravel().tolist() == np.repeat(irregular, 6).tolist()


@given(st.lists(st.lists(st.integers(0, 4), min_size=7, max_size=7), min_size=1, max_size=3))
def test_segments_have_the_same_steps_in_all_rows(rows):
    found = segments([np.array(rows)], 7)
    assert [a for a, _ in found[1:]] == [b for _, b in found[:-1]] and (found[0][0], found[-1][1]) == (0, 7)
    for a, b in found:
        steps = np.diff(np.array(rows)[:, a:b], axis=1)
        assert not steps.size or (steps == steps[0, 0]).all()


def test_a_boundary_is_apart_from_the_range_after_it():
    assert segments([np.array([[0, 194, 195, 196, 197]])], 4) == [(0, 1), (1, 5)]
    assert segments([np.array([[1, 2, 3, 4, 0]])], 4) == [(0, 4), (4, 5)]
    assert segments([np.array([[0, 1, 10, 11]])], 4) == [(0, 2), (2, 4)]
    assert segments([np.array([[0, 5, 1, 9, 3, 7]])], 2) == [(0, 6)]


def test_a_matrix_is_a_stream_along_two_of_three_loops():
    regular = 5 + 10 * np.arange(4)[:, None] + 2 * np.arange(3)
    assert matrix(regular, (0, 1), (4, 3, 6))[:3] == (5, (10, 2, 0), None)
    assert matrix(regular[:1], (2, 1), (6, 3, 1))[:3] == (5, (0, 2), None)
    mixed = regular.copy()
    mixed[1, 1] = 99
    stream = matrix(mixed, (2, 0), (3, 6, 4))
    assert stream.strides == (1, 0, 3) and addresses(stream, (3, 6, 4))[:, 0, :].T.tolist() == mixed.tolist()
    assert sorted(once(stream, (3, 6, 4)).tolist()) == sorted(mixed.ravel().tolist())
