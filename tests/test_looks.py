"""Both cores find alike whether variables and containers still hold the same objects."""

from collections import deque

import numpy
import pytest

from autograd import Value
from autograd.compilation.recording import looks as native_or_pure
from autograd.compilation.recording.looks import (
    at_array,
    at_attribute,
    at_call,
    at_cell,
    at_entry,
    at_function,
    at_items,
    first_change,
    is_same,
)  # fmt: skip


@pytest.fixture(params=["the core in use", "the pure core"], autouse=True)
def core(request, monkeypatch):
    if request.param == "the pure core":
        monkeypatch.setattr(native_or_pure, "compiled", None)


class Thing:
    __slots__ = ("part",)
    shared = 1


def function_with_defaults():
    def f(x=1.0, *, y=2.0):
        return x + y

    return f


def cell_of(x):
    return (lambda: x).__closure__[0]


def emptied(cell):
    del cell.cell_contents


def thing(part):
    made = Thing()
    made.part = part
    return made


CHANGES = {
    "a variable": (lambda: cell_of(Value(1.0)), lambda x: at_cell("", x), lambda x: setattr(x, "cell_contents", 2)),
    "a variable without contents": (lambda: cell_of(1.0), lambda x: at_cell("", x), emptied),
    "a global": (lambda: {"a": 1.5}, lambda x: at_entry("", x, "a"), lambda x: x.update(a=2.5)),
    "a global that is gone": (lambda: {"a": 1.5}, lambda x: at_entry("", x, "a"), lambda x: x.clear()),
    "a global that is new": (lambda: {}, lambda x: at_entry("", x, "a"), lambda x: x.update(a=2.5)),
    "an attribute of a class": (
        lambda: type("Kind", (), {"a": 1}), lambda x: at_entry("", vars(x), "a"), lambda x: setattr(x, "a", 2)
    ),
    "an attribute of a class that is new": (
        lambda: type("Kind", (), {}), lambda x: at_entry("", vars(x), "a"), lambda x: setattr(x, "a", 2)
    ),
    "an item": (lambda: [Value(1.0), 2], lambda x: at_items("", x), lambda x: x.__setitem__(0, Value(1.0))),
    "one item more": (lambda: [Value(1.0)], lambda x: at_items("", x), lambda x: x.append(1)),
    "one item less": (lambda: [Value(1.0)], lambda x: at_items("", x), lambda x: x.pop()),
    "an entry": (lambda: {"a": Value(1.0)}, lambda x: at_items("", x), lambda x: x.update(a=Value(1.0))),
    "a key": (lambda: {"a": None}, lambda x: at_items("", x), lambda x: x.update(b=x.pop("a"))),
    "one entry more": (lambda: {"a": None}, lambda x: at_items("", x), lambda x: x.update(b=1)),
    "an item of a deque": (lambda: deque([1, 2]), lambda x: at_items("", x), lambda x: x.rotate()),
    "the code": (
        function_with_defaults, at_function, lambda x: setattr(x, "__code__", (lambda x=1.0, *, y=2.0: x).__code__)
    ),
    "the defaults": (function_with_defaults, at_function, lambda x: setattr(x, "__defaults__", (5.0,))),
    "the defaults by name": (function_with_defaults, at_function, lambda x: setattr(x, "__kwdefaults__", None)),
    "a slot": (lambda: thing(1), lambda x: at_attribute("", x, "part"), lambda x: setattr(x, "part", 2)),
    "a slot that is gone": (lambda: thing(1), lambda x: at_attribute("", x, "part"), lambda x: delattr(x, "part")),
    "a slot that is new": (Thing, lambda x: at_attribute("", x, "part"), lambda x: setattr(x, "part", 2)),
    "a number of an array": (
        lambda: numpy.zeros((2, 3)), lambda x: at_array("", x), lambda x: x.__setitem__((1, 2), -0.0)
    ),
    "a number of an array with steps": (
        lambda: numpy.zeros((6, 2)).T[:, ::2], lambda x: at_array("", x), lambda x: x.__setitem__((1, 2), 1.0)
    ),
    "the shape of an array": (
        lambda: numpy.zeros((2, 3)), lambda x: at_array("", x), lambda x: setattr(x, "shape", (3, 2))
    ),
    "the class of an array's numbers": (
        lambda: numpy.zeros(2), lambda x: at_array("", x), lambda x: setattr(x, "dtype", "i8")
    ),
    "an object in an array": (
        lambda: numpy.array([Value(1.0), None], dtype=object), lambda x: at_array("", x),
        lambda x: x.__setitem__(0, Value(1.0)),
    ),
    "a date in an array": (
        lambda: numpy.array(["2020-01-01"], dtype="M8[D]"), lambda x: at_array("", x),
        lambda x: x.__setitem__(0, numpy.datetime64("2021-01-01")),
    ),
    "what a call finds": (lambda: [1], lambda x: at_call("", lambda: (x[0], len)), lambda x: x.__setitem__(0, 2)),
}  # fmt: skip


@pytest.mark.filterwarnings("ignore:Setting the:DeprecationWarning")
@pytest.mark.parametrize("what", CHANGES)
def test_a_change_is_found_and_nothing_else(what):
    make, look_at, change = CHANGES[what]
    x = make()
    looks = [at_items("", []), look_at(x), at_items("", {}), look_at(x)]
    if what != "a date in an array":  # which has to be compared as a text
        assert first_change(looks, 0) == -1
    assert all(is_same(look.found(), look.expected) for look in looks)
    change(x)
    assert [first_change(looks, i) for i in range(5)] == [1, 1, 3, 3, -1]
    assert not is_same(looks[1].found(), looks[1].expected)


def test_an_error_in_a_look_is_passed_on():
    state = [1]
    looks = [at_call("", lambda: state[0])]
    state.clear()
    with pytest.raises(IndexError):
        first_change(looks, 0)


@pytest.mark.parametrize(
    ("a", "b", "expected"),
    [
        (1.5, 3.0 / 2.0, True), (0.0, -0.0, False), (float("nan"), float("nan"), True), (1, True, False),
        (1, 1.0, False), ("ab", "".join(["a", "b"]), True), ((1.5, "x"), (3.0 / 2.0, "x"), True), ([1], [1], False),
        ((1, 2), (1, 2, 3), False), (Value(1.0), Value(1.0), False),
    ],
)  # fmt: skip
def test_equal_numbers_and_texts_are_the_same_and_other_objects_are_not(a, b, expected):
    assert is_same(a, b) is expected
