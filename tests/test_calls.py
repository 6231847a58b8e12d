"""Calls of compiled functions: generated code reads the same arguments as `read`, or leaves them to it."""

import math
import threading
from collections import OrderedDict, namedtuple
from dataclasses import dataclass, field
from functools import partial

import numpy
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import autograd
from autograd import grad, jit, value_and_grad
from autograd.compilation.arguments import NotCompiled, read
from autograd.compilation.readers import OTHER, Code, NotReadable, count, in_buffer, in_variables

Pair = namedtuple("Pair", "first second")


class Row(list):
    pass


class Number(float):
    pass


@dataclass
class Weights:
    w: object
    b: object


@dataclass(frozen=True)
class Layer:
    w: object
    name: object = field(default="layer", metadata={"static": True})


# --- the generated code against `read` ---

THING = object()
FLOATS = st.sampled_from([0.0, -0.0, 1.5, float("inf"), float("nan")])
ODD = [1, 2**40, True, None, "a", b"a", THING, Number(1.5), numpy.float64(1.5), numpy.float32(1.5), numpy.int64(1), len]
ARRAYS = [
    numpy.array([1.0, 2.0]), numpy.array([3.0, 4.0]), numpy.array([1.0, 2.0, 3.0]), numpy.array([[1.0], [2.0]]),
    numpy.array([1.0, 2.0], dtype="f4"), numpy.array([1.0, 2.0], dtype=">f8"), numpy.array([1, 2]), numpy.array([1, 3]),
    numpy.array([True, False]), numpy.array([]), numpy.array([1.0, 9.0, 2.0])[::2], numpy.array(["a", "b"]),
    numpy.array([1.0, 2.0], dtype="longdouble"), numpy.ma.array([1.0, 2.0]), numpy.array(1.0),
]  # fmt: skip
LAYER = Layer(1.5)
PARTS = st.recursive(
    st.one_of(FLOATS, st.sampled_from([*ODD, *ARRAYS, LAYER])),
    lambda part: st.one_of(
        st.lists(part, max_size=3),
        st.lists(FLOATS, min_size=1, max_size=3),
        st.lists(part, max_size=3).map(tuple),
        st.lists(FLOATS, max_size=2).map(Row),
        st.builds(Pair, part, part),
        st.builds(Weights, part, part),
        st.builds(Layer, part, st.sampled_from(["a", "b"])),
        st.dictionaries(st.sampled_from(["a", "b", 1]), part, max_size=2),
        st.dictionaries(st.just("a"), part).map(OrderedDict),
    ),
    max_leaves=6,
)
CALLS = st.tuples(st.lists(PARTS, max_size=3).map(tuple), st.dictionaries(st.sampled_from("xy"), PARTS, max_size=1))


def read_all(args, kwargs):
    numbers = []
    keys = [read(x, "", numbers, None) for x in args]
    return (*keys, *[(name, read(x, name, numbers, None)) for name, x in kwargs.items()]), numbers


def size_of(key):
    return sum(count(k[1] if isinstance(k[0], str) and k not in ("float", "int") else k) for k in key)


def variables_of(key):
    """Return generated code that returns the numbers in the arguments, or OTHER."""
    code, names = Code(), [f"n{i}" for i in range(size_of(key))]
    in_variables(key, names, code)
    code.put(f"return [{', '.join(names)}]")
    return compiled(code)


def buffer_of(key):
    code, size = Code(), size_of(key)
    in_buffer(key, code)
    code.put("return buffer.tolist()")
    run = compiled(code, "args, kwargs, buffer, numbers, views")

    def call(args, kwargs):
        buffer = numpy.full(size, 9.0)
        views = [buffer[at : at + math.prod(shape)].reshape(shape) for at, shape in code.views]
        return run(args, kwargs, buffer, memoryview(buffer), views)

    return call


def compiled(code, parameters="args, kwargs"):
    space = dict(code.space)
    exec("\n".join([f"def call({parameters}):", *code.lines]), space)
    return space["call"]


@settings(max_examples=200, deadline=None)
@given(CALLS, st.lists(CALLS, max_size=3))
def test_generated_code_reads_what_read_reads_or_leaves_it(first, others):
    try:
        key, expected = read_all(*first)
        readers = [variables_of(key), buffer_of(key)]
    except (NotCompiled, NotReadable):
        return
    for call in (first, *others):
        try:
            found_key, expected = read_all(*call)
        except NotCompiled:
            found_key, expected = None, []
        for reader in readers:
            found = reader(*call)
            if found is not OTHER:
                assert found_key == key
                assert list(map(repr, found)) == list(map(repr, expected))


@pytest.mark.parametrize("buffered", [False, True])
@pytest.mark.parametrize(
    "x",
    [
        1.5, [1.5, 2.5], (1.5, 2.5), [[1.5], (2.5, 3.5), []], {"a": 1.5, "b": [2.5]}, Pair(1.5, [2.5]),
        Weights([1.5], 2.5), LAYER, [1.5, None, "text", 3, THING, True], ARRAYS[0], ARRAYS[3], ARRAYS[4],
        [ARRAYS[6], 1.5], ARRAYS[10], [1.5, {"a": (2.5, [3.5, [4.5]])}],
    ],
    ids=lambda x: str(x).partition(" at 0x")[0],
)  # fmt: skip
def test_usual_arguments_are_read_by_generated_code(x, buffered):
    key, expected = read_all((x, 0.25), {"y": x})
    assert (buffer_of if buffered else variables_of)(key)((x, 0.25), {"y": x}) == expected


# --- whole calls ---


def dot_of(w, x):
    return autograd.dot(w, x, 0.5)


STRUCTURES = {
    "list": (lambda w: w[0] * w[1] + w[2], [[1.0, 2.0, 3.0], [4.0, 5.0, 6.0]]),
    "tuple": (lambda w: w[0] * w[1], [(1.0, 2.0), (3.0, 4.0)]),
    "nested list": (lambda w: w[0][0] * w[0][1] * w[1][0], [[[1.0, 2.0], [3.0]], [[4.0, 5.0], [6.0]]]),
    "dict": (lambda w: w["a"] * w["b"][0], [{"a": 1.0, "b": [2.0]}, {"a": 3.0, "b": [4.0]}]),
    "named tuple": (lambda w: w.first * w.second, [Pair(1.0, 2.0), Pair(3.0, 4.0)]),
    "dataclass": (lambda w: w.w[0] * w.b, [Weights([1.0], 2.0), Weights([3.0], 4.0)]),
    "array": (lambda w: w[0] * w[1], [numpy.array([1.0, 2.0]), numpy.array([3.0, 4.0])]),
    "matrix": (lambda w: w[0, 0] * w[1, 0], [numpy.array([[1.0], [2.0]]), numpy.array([[3.0], [4.0]])]),
    "float32": (lambda w: w[0] * w[1], [numpy.array([1.0, 2.0], dtype="f4"), numpy.array([3.0, 4.0], dtype="f4")]),
    "ints": (lambda w: w[0] * w[1], [[1, 2], [3.0, 4]]),
    "numbers of NumPy": (lambda w: w[0] * w[1], [list(numpy.array([1.0, 2.0])), [3.0, 4.0]]),
}


def equal(a, b):
    if isinstance(a, numpy.ndarray) or isinstance(b, numpy.ndarray):
        return type(a) is type(b) and a.dtype == b.dtype and numpy.array_equal(a, b)
    if isinstance(a, (list, tuple)):
        return type(a) is type(b) and len(a) == len(b) and all(map(equal, a, b))
    if isinstance(a, dict):
        return list(a) == list(b) and all(map(equal, a.values(), b.values()))
    return type(a) is type(b) and a == b


@pytest.mark.parametrize("structure", STRUCTURES)
@pytest.mark.parametrize(
    "transform", [grad, value_and_grad, partial(grad, has_aux=True), partial(value_and_grad, argnums=[0])]
)
def test_gradients_come_back_in_the_structure_of_the_argument(structure, transform):
    f, (first, second) = STRUCTURES[structure]
    if transform.keywords.get("has_aux") if isinstance(transform, partial) else False:
        g = transform(lambda w: (f(w), {"twice": 2.0 * f(w), "name": "f"}))
    else:
        g = transform(f)
    compiled = jit(g)
    for w in (first, second) * 4:
        assert equal(compiled(w), g(w))
    assert compiled.stats().compiled >= 4


@pytest.mark.parametrize("backend", ["python", "numpy"])
def test_numbers_of_other_classes_are_read_by_generated_code(monkeypatch, backend):
    slopes = value_and_grad(lambda w, x: w[0] * w[1] * x)
    compiled = jit(slopes, backend=backend)
    for _ in range(3):
        compiled([2.0, 3.0], 0.5)
    monkeypatch.setattr(compiled, "_other", lambda args, kwargs: pytest.fail("the general way"))
    for w in ([2, 3.0], [True, numpy.int64(3)], [numpy.float64(2.0), Number(3.0)], list(numpy.array([2.0, 3.0]))):
        for x in (0.25, numpy.float64(0.25), Number(0.25)):
            assert equal(compiled(w, x), slopes(w, float(x)))
    monkeypatch.undo()
    for w, x in (([2.0, 3.0], 2), ([2.0, "3"], 0.5), ([2.0, None], 0.5), ([[2.0], 3.0], 0.5)):
        for f in (compiled, slopes):
            try:
                found = f(w, x)
            except Exception as error:
                found = type(error)
            assert found == (12.0, [6.0, 4.0]) if x == 2 else isinstance(found, type)


def test_results_of_calls_share_nothing():
    compiled = jit(value_and_grad(lambda w: w[0] * w[1]))
    found = [compiled([float(i), 2.0]) for i in range(5)]
    found[3][1].append("mine")
    assert found[4] == (8.0, [2.0, 4.0])
    array = jit(grad(lambda w: w[0] * w[1]))
    results = [array(numpy.array([float(i), 2.0])) for i in range(5)]
    assert [x[1] for x in results] == [0.0, 1.0, 2.0, 3.0, 4.0]


def test_arguments_by_name_and_by_position_are_different_calls():
    compiled = jit(lambda x, y=2.0, *, z=3.0: x + 10.0 * y + 100.0 * z)
    for _ in range(4):
        assert compiled(1.0) == 321.0
        assert compiled(1.0, 3.0) == 331.0
        assert compiled(1.0, y=4.0) == 341.0
        assert compiled(1.0, z=5.0, y=4.0) == 541.0
        with pytest.raises(TypeError, match="x"):
            compiled()
        with pytest.raises(TypeError, match="w"):
            compiled(1.0, w=2.0)
    assert compiled.stats().compiled == 8


def test_calls_of_several_structures_alternate():
    compiled = jit(lambda x: autograd.sum([v * v for v in x]))
    for n in (1, 2, 3) * 5:
        assert compiled([2.0] * n) == 4.0 * n
    assert compiled.stats().compiled == 9


def test_a_result_may_have_any_form_that_a_function_returns():
    def f(x):
        return {"a": [x, x * 2.0], "b": (x, None, "text", 3, True), 1: Pair(x, []), "w": Weights(x, 1.0), "l": Layer(x)}

    compiled = jit(f)
    for x in (1.0, 2.0, 3.0, 4.0):
        assert compiled(x) == f(x)
        assert type(compiled(x)["b"][3]) is int
    assert compiled.stats().compiled == 6


def test_a_label_may_be_any_name_that_generated_code_uses():
    def f(args, kwargs, OTHER, known0, given0, numbers, buffer):
        total = args[0] * kwargs + OTHER * known0
        for name in ("len", "float", "known1", "given1", "numbers", "largest", "slopes_of_own", "own", "args"):
            total = autograd.max([own((total * 2.0).named(name), given0), numbers]) + buffer
        return total

    own = autograd.primitive("own", lambda x, y: x * y, [lambda z, x, y: y, lambda z, x, y: x])
    compiled = jit(value_and_grad(f, argnums=(0, 1)))
    for i in range(5):
        arguments = [1.5 + i], 2.0, 3.0, 4.0, 0.5, 6.0, 7.0
        assert compiled(*arguments) == value_and_grad(f, argnums=(0, 1))(*arguments)
    assert compiled.stats().compiled == 3


def test_variables_that_are_equal_but_other_objects_are_no_reason_to_record_again():
    rate = 2.0

    def f(x):
        return x * rate

    compiled = jit(f)
    for i in range(10):
        rate = float("2.0")
        assert compiled(float(i)) == 2.0 * i
    assert compiled.stats().compiled == 8


def test_threads_call_the_same_compiled_function():
    compiled = jit(value_and_grad(lambda w, x: square(dot_of(w, x))))
    square = autograd.square
    expected = {n: value_and_grad(lambda w, x: square(dot_of(w, x)))([1.0, n], [n, 2.0]) for n in map(float, range(8))}
    for _ in range(4):
        compiled([1.0, 2.0], [2.0, 2.0])
    wrong = []

    def work(n):
        for _ in range(300):
            if compiled([1.0, n], [n, 2.0]) != expected[n]:
                wrong.append(n)

    threads = [threading.Thread(target=work, args=(float(n),)) for n in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert not wrong
