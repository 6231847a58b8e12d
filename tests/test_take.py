"""Whole numbers as inputs of compiled functions: indices, labels, and numbers among others."""

import json
import math
import operator
import random
from dataclasses import dataclass
from typing import NamedTuple

import numpy
import pytest
from hypothesis import given
from hypothesis import strategies as st

import autograd
from autograd import Value, jit, nn, take, value_and_grad
from autograd.compilation.recording.record import Look, Run
from autograd.nn import functional
from autograd.whole import Condition, Whole


def agrees(found, expected):
    value, gradient = found
    assert value == pytest.approx(expected[0], rel=1e-12, abs=1e-12)
    assert numpy.array(gradient) == pytest.approx(numpy.array(expected[1]), rel=1e-11, abs=1e-12)


ROWS = [[0.5, 1.0], [2.0, 3.0], [4.0, 5.0]]

# --- take ---


def test_take_looks_up_rows():
    assert take(ROWS, 1) == [2.0, 3.0]
    assert take([1.0, 2.0], -1) == 2.0
    assert take(ROWS, [0, -1]) == [ROWS[0], ROWS[2]]
    assert take(ROWS, ((0, 1), (2, 2))) == [[ROWS[0], ROWS[1]], [ROWS[2], ROWS[2]]]
    assert take(numpy.array(ROWS), numpy.array([2, 0])) == [ROWS[2], ROWS[0]]
    assert take(ROWS, numpy.int64(1)) == ROWS[1]


def test_take_without_compilation_is_no_operation():
    rows = [[Value(1.0)], [Value(2.0)]]
    assert take(rows, 1) is rows[1]


@pytest.mark.parametrize("i", [3, -4, 2**70])
def test_an_index_outside_of_the_rows_is_an_error(i):
    with pytest.raises(IndexError, match=rf"there is no row {i} among 3: give an index from -3 to 2"):
        take(ROWS, i)


@pytest.mark.parametrize("i", [1.0, "1", None, Value(1.0), [0.5]])
def test_an_index_that_is_not_a_whole_number_is_an_error(i):
    with pytest.raises(TypeError, match="take needs a whole number or a sequence of them as index, but got"):
        take(ROWS, i)


# --- in compiled functions ---


def rows_of(rng, n=4, width=3):
    return [[rng.gauss(0.0, 1.0) for _ in range(width)] for _ in range(n)]


BACKENDS = pytest.mark.parametrize("backend", ["python", "numpy", "c"])


@BACKENDS
def test_an_index_is_an_input_of_compiled_code(backend):
    def loss(rows, i, x):
        return autograd.dot(take(rows, i), x) ** 2

    rng, compiled = random.Random(0), jit(value_and_grad(loss), backend=backend)
    for _ in range(50):
        rows, i, x = rows_of(rng), rng.randrange(4), [1.0, 2.0, 3.0]
        agrees(compiled(rows, i, x), value_and_grad(loss)(rows, i, x))
    stats = compiled.stats()
    assert (stats.recordings, stats.compiled) == (1, 48)


def test_an_index_outside_of_the_rows_is_the_same_error_in_compiled_code():
    compiled = jit(lambda rows, i: take(rows, i)[0] * 2.0)
    assert [compiled(ROWS, i) for i in (0, 1, 2, -1, -3)] == [1.0, 4.0, 8.0, 8.0, 1.0]
    for i in (3, -4, 2**31 + 1, 2**60):
        with pytest.raises(IndexError, match=rf"there is no row {i} among 3"):
            compiled(ROWS, i)
    assert compiled(ROWS, 1) == 4.0


def test_indices_in_lists_and_arrays_are_inputs():
    compiled = jit(lambda rows, at: autograd.sum([take(rows, i)[0] for i in at]))
    for make in (list, tuple, numpy.array):
        for at in ([0, 1], [2, 2], [1, 0], [2, 1]):
            assert compiled(ROWS, make(at)) == sum(ROWS[i][0] for i in at)
    assert compiled.stats().recordings == 3


def test_rows_of_whole_numbers_give_whole_numbers():
    table = [2, 0, 1]
    compiled = jit(lambda rows, i: take(rows, take(table, i))[1])
    for i in (0, 1, 2, 0, 1):
        assert compiled(ROWS, i) == ROWS[table[i]][1]
    assert compiled.stats().recordings == 1


def test_rows_of_other_objects_are_looked_up_by_the_number():
    functions = [autograd.exp, autograd.sin]
    compiled = jit(lambda x, i: take(functions, i)(x))
    for i in (0, 1, 0, 1, 0, 1):
        assert compiled(0.5, i) == functions[i](0.5)
    assert compiled.stats().recordings == 2


def test_a_list_that_is_indexed_has_a_recording_for_each_index_and_stats_says_where():
    compiled = jit(lambda rows, i: rows[i][0] * 2.0)
    for i in (0, 1, 2) * 4:
        assert compiled(ROWS, i) == ROWS[i][0] * 2.0
    stats = compiled.stats()
    assert stats.recordings == 3
    assert all(line.startswith("test_take.py:") for line in stats.misses)


def test_labels_of_minus_one_and_one_are_numbers():
    def loss(w, xs, labels):
        scores = [w[0] * x + w[1] for x in xs]
        return autograd.sum([autograd.relu(1 + -y * s) for y, s in zip(labels, scores)])

    def from_zero_and_one(w, xs, labels):
        return loss(w, xs, [2 * y - 1 for y in labels])

    rng = random.Random(0)
    for f, low in ((loss, -1), (from_zero_and_one, 0)):
        compiled = jit(value_and_grad(f))
        for _ in range(30):
            labels = [rng.choice((low, 1)) for _ in range(4)]
            xs = [rng.gauss(0.0, 1.0) for _ in range(4)]
            w = [rng.gauss(0.0, 1.0), 0.5]
            found, expected = compiled(w, xs, labels), value_and_grad(f)(w, xs, labels)
            assert found[0] == expected[0]
            assert found[1] == pytest.approx(expected[1], rel=1e-12)
        assert compiled.stats().recordings == 1


def test_whole_numbers_stay_whole_numbers_in_results():
    compiled = jit(lambda x, i: (x * i, i, i + 1, [i % 2, -i, i // 2]))
    for i in (0, 1, 2, -3, 5):
        found = compiled(2.0, i)
        assert found == (2.0 * i, i, i + 1, [i % 2, -i, i // 2])
        assert [type(x) for x in (*found[1:3], *found[3])] == [int] * 5
    assert compiled.stats().recordings == 1


def test_numbers_that_floats_cannot_hold_are_exact():
    compiled = jit(lambda x, i: (x * 2.0, i * i, i + 1))
    for i in (3, 2**31, 2**40 + 1, 2**53 + 1, -(2**31), 2**31 - 1, 3, 2**31):
        assert compiled(1.0, i) == (2.0, i * i, i + 1)


def test_true_and_false_are_constants():
    compiled = jit(lambda x, flag: x * 2.0 if flag else x)
    for flag in (True, False) * 3:
        assert compiled(3.0, flag) == (6.0 if flag else 3.0)
    assert compiled.stats().recordings == 2


def test_an_argument_is_an_int_to_those_who_ask():
    def f(x, i):
        if not isinstance(i, int) or isinstance(i, (float, Value)) or operator.index(i) != int(i) != round(i):
            return 0.0
        return x * sum(range(i)) + len("ab" * i) + len(f"{i:03d}") + {3: 1.0, 4: 2.0}[i]

    compiled = jit(f)
    for i in (3, 4) * 3:
        assert compiled(0.5, i) == f(0.5, i) > 0.0
    assert compiled.stats().recordings == 2


OPERATORS = [
    operator.add, operator.sub, operator.mul, operator.mod, operator.floordiv, operator.truediv, operator.pow,
    operator.and_, operator.or_, operator.xor, operator.lshift, operator.rshift, divmod,
    operator.lt, operator.le, operator.eq, operator.ne, operator.gt, operator.ge,
]  # fmt: skip


def result(function, *args):
    try:
        found = function(*args)
    except Exception as error:
        return type(error)
    return found


def as_plain(x):
    if isinstance(x, tuple):
        return tuple(map(as_plain, x))
    if type(x) is Condition:
        return bool(x)
    return int(x) if type(x) is Whole else x.data if isinstance(x, Value) else x


SMALL = st.integers(-40, 40)


@given(st.sampled_from(OPERATORS), SMALL | st.integers(-(2**31), 2**31), SMALL, st.booleans(), st.booleans())
def test_whole_numbers_calculate_as_ints_do(function, a, b, is_left_traced, is_right_traced):
    expected = result(function, a, b)
    run = Run([float(a), float(b)], [])
    with run.recording():
        left = Whole(run.inputs[0]) if is_left_traced else a
        right = Whole(run.inputs[1]) if is_right_traced else b
        found = result(lambda: as_plain(function(left, right)))
    assert found == expected
    assert type(found) is type(expected)
    assert repr(found) == repr(expected)


@given(SMALL, st.floats(allow_nan=False, allow_infinity=False, min_value=-1e6, max_value=1e6))
def test_a_whole_number_and_a_float_calculate_as_an_int_and_a_float_do(i, x):
    run = Run([float(i)], [])
    with run.recording():
        whole = Whole(run.inputs[0])
        for function in (operator.add, operator.sub, operator.mul):
            for a, b in ((i, x), (x, i)):
                found = function(*[whole if each is i else each for each in (a, b)])
                assert found._data == function(a, b)
        for function in (operator.lt, operator.eq, operator.ge):
            assert bool(function(whole, x)) is function(i, x)
            assert bool(function(x, whole)) is function(x, i)
    run.end([], None)
    assert "data" not in [what.relation for what in run.without_temporaries(0).happened if isinstance(what, Look)]


# --- classes, tokens and random numbers in layers and losses ---


OF_CLASSES = [
    lambda x, c: functional.cross_entropy(x, c),
    lambda x, c: functional.cross_entropy(x, c, reduction="sum", label_smoothing=0.1),
    lambda x, c: functional.cross_entropy(x, c, weight=[1.0, 0.5, 2.0]),
    lambda x, c: functional.cross_entropy(x, c, weight=[1.0, 0.5, 2.0], label_smoothing=0.25),
    lambda x, c: functional.nll_loss(x, c),
    lambda x, c: functional.nll_loss(x, c, weight=[1.0, 0.5, 2.0]),
    lambda x, c: functional.multi_margin_loss(x, c),
    lambda x, c: functional.multi_margin_loss(x, c, p=2, margin=0.5, weight=[1.0, 0.5, 2.0]),
]


@pytest.mark.parametrize("loss", OF_CLASSES)
def test_classes_are_inputs_of_losses(loss):
    rng, compiled = random.Random(0), jit(value_and_grad(loss))
    for i in range(24):
        scores = rows_of(rng)
        labels = [rng.randrange(3) for _ in scores]
        given = numpy.array(labels) if i % 2 else labels
        agrees(compiled(scores, given), value_and_grad(loss)(scores, labels))
    assert compiled.stats().recordings == 2  # of a list and of an array


def test_classes_with_weight_0_and_those_that_are_left_out_are_told_apart():
    losses = [
        lambda x, c: functional.cross_entropy(x, c, weight=[1.0, 0.0, 2.0], reduction="sum"),
        lambda x, c: functional.nll_loss(x, c, weight=[1.0, 0.0, 2.0], reduction="sum"),
        lambda x, c: functional.cross_entropy(x, c, reduction="sum"),
        lambda x, c: functional.nll_loss(x, c, ignore_index=1, reduction="sum"),
    ]
    for loss in losses:
        compiled, rng = jit(value_and_grad(loss)), random.Random(1)
        for c in (0, 1, 2, -100) * 4:
            scores = [[rng.gauss(0.0, 1.0) for _ in range(3)]]
            try:
                expected = value_and_grad(loss)(scores, [c])
            except ValueError as error:
                with pytest.raises(ValueError, match="a class index is a whole number from 0 to 2, but") as found:
                    compiled(scores, [c])
                assert str(found.value) == str(error)
            else:
                agrees(compiled(scores, [c]), expected)


@BACKENDS
@pytest.mark.parametrize("loss", [OF_CLASSES[3], OF_CLASSES[7]])
def test_losses_of_classes_are_the_same_on_every_back_end(loss, backend):
    rng, compiled = random.Random(1), jit(value_and_grad(loss), backend=backend)
    for _ in range(10):
        scores, labels = rows_of(rng), [rng.randrange(3) for _ in range(4)]
        agrees(compiled(scores, labels), value_and_grad(loss)(scores, labels))
    assert (compiled.stats().recordings, compiled.stats().compiled) == (1, 8)


def test_labels_of_minus_one_and_one_are_inputs_of_the_hinge_loss():
    def loss(x, labels):
        return functional.hinge_loss(x, labels)

    rng, compiled = random.Random(0), jit(value_and_grad(loss))
    for i in range(20):
        x, labels = [rng.gauss(0.0, 1.0) for _ in range(5)], [rng.choice((-1, 1)) for _ in range(5)]
        given = list(map(float, labels)) if i % 2 else labels
        agrees(compiled(x, given), value_and_grad(loss)(x, labels))
    assert compiled.stats().recordings == 2
    with pytest.raises(ValueError, match="a label of hinge_loss is -1 or 1, but got 0"):
        compiled(x, [1, 1, 1, 1, 0])


def test_a_thousand_calls_with_tokens_and_labels_have_one_recording():
    table, layer = nn.Embedding(5, 3, seed=0), nn.Linear(3, 4, seed=1)

    def loss(x, token, label):
        row = [a + b for a, b in zip(table(token), x, strict=True)]
        return functional.cross_entropy(layer(row), label)

    rng, compiled = random.Random(0), jit(value_and_grad(loss))
    for i in range(1000):
        x, token, label = [rng.gauss(0.0, 1.0) for _ in range(3)], rng.randrange(5), rng.randrange(4)
        found = compiled(x, token, label)
        if i % 50 == 0:
            agrees(found, value_and_grad(loss)(x, token, label))
    assert compiled.stats().recordings == 1
    assert compiled.stats().compiled == 998


def test_an_index_outside_of_an_embedding_is_the_same_error_in_compiled_code():
    table = nn.Embedding(3, 2, seed=0)
    compiled = jit(value_and_grad(lambda x, i: table(i)[0] * x))
    for i in (0, 1, 2, 0):
        assert compiled(2.0, i)[1] == table.weight[i][0].data
    for i in (-1, 3, 2**40):
        with pytest.raises(IndexError, match=f"Embedding has rows 0 to 2, but got {i}: give another index"):
            compiled(2.0, i)
    assert compiled.stats().compiled == 2


def dropping(p, seed=7):
    """A loss with Dropout, its layer, and another generator in the same place."""
    layer, dropout = nn.Linear(3, 4, seed=1), nn.Dropout(p, seed=random.Random(seed))

    def loss(x):
        return autograd.sum([y * y for y in dropout([autograd.tanh(y) for y in layer(dropout(x))])])

    return loss


@BACKENDS
@pytest.mark.parametrize("p", [0.25, 0.5, 1.0])
def test_dropout_is_the_same_for_the_same_seed_as_without_compiling(p, backend):
    eager, compiled = value_and_grad(dropping(p)), jit(value_and_grad(dropping(p)), backend=backend)
    for i in range(40):
        x = [1.0, 0.5 + i, -2.0]
        agrees(compiled(x), eager(x))
    assert (compiled.stats().recordings, compiled.stats().compiled) == (1, 38)


def test_random_numbers_are_neither_lost_nor_drawn_twice_if_another_way_is_gone():
    def way(dropout):
        def f(x, sign):
            y = dropout([x, x + 1.0, x + 2.0])
            return (y[0] + y[1]) * y[2] if sign > 0.0 else y[0] - y[1] * y[2]

        return f

    eager, compiled = (way(nn.Dropout(0.5, seed=3)) for _ in range(2))
    compiled, rng = jit(value_and_grad(compiled)), random.Random(0)
    for _ in range(60):
        x, sign = rng.gauss(0.0, 1.0), rng.choice((-1.0, 1.0))
        agrees(compiled(x, sign), value_and_grad(eager)(x, sign))
    assert compiled.stats().compiled > 50


def test_a_number_that_is_dropped_hands_on_neither_inf_nor_nan():
    compiled = jit(value_and_grad(lambda x, dropout: dropout([x, x])[0] * 1.0))
    eager, layer = nn.Dropout(0.5, seed=0), nn.Dropout(0.5, seed=0)
    for _ in range(12):
        expected = value_and_grad(lambda x: eager([x, x])[0] * Value(1.0))(math.inf)
        assert compiled(math.inf, layer) == expected
        assert expected in ((math.inf, 2.0), (0.0, 0.0))
    assert compiled.stats().compiled == 10


def test_a_function_that_fails_while_it_is_recorded_draws_no_random_numbers_twice():
    layer, eager = nn.Dropout(0.5, seed=0), nn.Dropout(0.5, seed=0)
    compiled = jit(lambda x: sum(layer([math.sin(x)] * 8)))
    for _ in range(6):
        assert compiled(1.0) == sum(eager([math.sin(1.0)] * 8))
    assert compiled.stats().compiled == 0


def test_how_many_numbers_are_drawn_does_not_depend_on_the_way():
    layer, eager = nn.Dropout(0.5, seed=0), nn.Dropout(0.5, seed=0)

    def way(dropout):
        return lambda x: dropout([x, x])[0] if x > 0.0 else x * 1.0

    compiled = jit(way(layer))
    for x in (1.0, -1.0) * 20:
        assert compiled(x) == way(eager)(x)
    assert any("how many random numbers it draws" in reason for reason in compiled.stats().reasons)


def test_random_numbers_of_the_users_own_are_found_beside_those_of_a_layer():
    rng = random.Random(0)
    layer = nn.Dropout(0.5, seed=rng)
    compiled = jit(lambda x: layer([x, x])[0] * rng.random())
    eager = random.Random(0)
    plain = nn.Dropout(0.5, seed=eager)
    for _ in range(6):
        assert compiled(2.0) == plain([2.0, 2.0])[0] * eager.random()
    assert compiled.stats().compiled == 0
    assert any("it changes layer._rng" in reason or "rng" in reason for reason in compiled.stats().reasons)


def test_a_layer_in_evaluation_draws_nothing():
    model = nn.Sequential(nn.Linear(2, 2, seed=0), nn.Dropout(0.5, seed=0))
    compiled = jit(value_and_grad(lambda x: autograd.sum(model(x))))
    for mode in (True, False, True):
        model.train(mode)
        found = [compiled([1.0, 2.0])[0] for _ in range(10)]
        assert (len(set(found)) > 1) is mode
    assert compiled.stats().compiled == 24


# --- what cannot work on stand-ins for ints ---


def test_whole_numbers_are_constants_if_a_function_cannot_take_anything_else():
    programs = [
        lambda x, n: x * len(json.dumps([n])) * 10**n,
        lambda x, n: x * pow(2, n, 7),
        lambda x, n: x * float(numpy.arange(n).sum()),
        lambda x, n: (x * numpy.array([1.0, 2.0, 3.0, 4.0]))[numpy.array([n - 1])][0],
    ]
    for f in programs:
        compiled = jit(f)
        for n in (2, 3, 4) * 4:
            assert compiled(0.5, n) == f(0.5, n)
        assert compiled.stats().recordings == 3
        assert compiled.stats().compiled > 0
        assert compiled.stats().notes[0].startswith("whole numbers are constants: as inputs they lead to ")


def test_integer_arrays_are_constants_if_they_are_indices_of_arrays():
    compiled = jit(lambda x, at: autograd.sum(list((x * numpy.array([1.0, 2.0, 4.0]))[at])))
    for at in ([0, 1], [2, 0]) * 4:
        assert compiled(3.0, numpy.array(at)) == sum(3.0 * 2.0**i for i in at)
    assert compiled.stats().recordings == 2
    assert compiled.stats().compiled > 0


def test_the_class_of_a_whole_number_is_int():
    for f in (
        lambda x, n: x if type(n) is int else 2.0 * x,
        lambda x, n: x if n.__class__ is int else 2.0 * x,
    ):
        compiled = jit(f)
        for n in (1, 2) * 4:
            assert compiled(3.0, n) == 3.0
        assert compiled.stats().recordings == 2


def test_an_error_of_the_functions_own_leaves_whole_numbers_inputs():
    compiled = jit(lambda x, i: [x, 2.0 * x][i])
    with pytest.raises(IndexError):
        compiled(1.0, 2)
    other = jit(lambda x, i: take([x, 2.0 * x], i))
    for i in (0, 1, 0, 1):
        assert other(1.0, i) == 1.0 + i
    assert other.stats().recordings == 1
    assert not compiled.stats().notes


@pytest.mark.parametrize("dtype", ["uint8", "int8", "int32", "uint64"])
def test_ints_that_overflow_are_constants(dtype):
    def f(x, a):
        return x * float((a * 100 - 90).sum())

    compiled = jit(f)
    for k in (1, 2, 3) * 3:
        a = numpy.array([k, k + 2], dtype)
        assert compiled(0.5, a) == f(0.5, a)
    assert compiled.stats().recordings == 3
    scalar = jit(lambda x, n: x * float(n))
    for k in (1, 2, 3) * 3:
        assert scalar(0.5, numpy.array([k], dtype)[0]) == 0.5 * k
    assert (scalar.stats().recordings, scalar.stats().compiled) == (3, 3)


@dataclass
class Sample:
    x: float
    label: int


class Pair(NamedTuple):
    x: float
    label: int


def test_ints_in_dataclasses_named_tuples_dicts_and_by_name_are_inputs():
    scores = [[0.1, 0.2, 0.3], [1.0, 2.0, 3.0]]
    calls = [
        (lambda s: take(scores[0], s.label) * s.x, lambda k: ((Sample(0.5, k),), {})),
        (lambda s: take(scores[0], s.label) * s.x, lambda k: ((Pair(0.5, k),), {})),
        (lambda s: take(scores[1], s["label"]) * s["x"], lambda k: (({"x": 0.5, "label": k},), {})),
        (lambda x, *, label=0: take(scores[1], label) * x, lambda k: ((0.5,), {"label": k})),
        (lambda x, rows: take(rows, x) * 0.5, lambda k: ((numpy.int64(k), scores[0]), {})),
    ]
    for f, arguments in calls:
        compiled = jit(f)
        for k in (0, 1, 2, 0, 2):
            args, kwargs = arguments(k)
            assert compiled(*args, **kwargs) == f(*args, **kwargs)
        assert (compiled.stats().recordings, compiled.stats().compiled) == (1, 3)


class Tagger(nn.Module):
    def __init__(self):
        self.table, self.scores = nn.Embedding(6, 4, seed=0), nn.Linear(8, 3, seed=1)

    def forward(self, tokens):
        return self.scores([x for row in self.table(tokens) for x in row])


def test_a_model_of_tokens_has_one_recording_inside_no_grad():
    model, rng = Tagger(), random.Random(0)
    compiled = jit(model)
    with autograd.no_grad():
        for _ in range(20):
            tokens = [rng.randrange(6), rng.randrange(6)]
            assert [y.data for y in compiled(tokens)] == [y.data for y in model(tokens)]
    assert (compiled.stats().recordings, compiled.stats().compiled) == (1, 18)
