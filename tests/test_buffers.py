"""Numbers are copied between Values, lists of floats and buffers alike by both cores."""

from array import array

import numpy
import pytest

from autograd import Value
from autograd import buffers as native_or_pure
from autograd.buffers import (
    floats_from_buffer,
    floats_to_buffer,
    numbers_from_buffer,
    numbers_to_buffer,
    trained_from_buffer,
)

MAKERS = [
    lambda numbers: array("d", numbers),
    lambda numbers: numpy.array(numbers),
    lambda numbers: memoryview(array("d", numbers)),
]


@pytest.fixture(params=["the core in use", "the pure core"], autouse=True)
def core(request, monkeypatch):
    if request.param == "the pure core":
        monkeypatch.setattr(native_or_pure, "compiled", None)


@pytest.mark.parametrize("make", MAKERS)
def test_numbers_of_values_go_to_a_buffer_and_back(make):
    values, buffer = [Value(float(i)) for i in range(3)], make([9.0] * 5)
    numbers_to_buffer(values, buffer, 1)
    assert list(buffer) == [9.0, 0.0, 1.0, 2.0, 9.0]
    buffer[2] = -0.5
    numbers_from_buffer(values, buffer, 1)
    assert [value.data for value in values] == [0.0, -0.5, 2.0]
    numbers_to_buffer([], buffer, 5)


@pytest.mark.parametrize("make", MAKERS)
def test_numbers_and_gradients_of_values_come_from_a_buffer(make):
    x = Value(2.0)
    values = [Value(1.0), x, Value(3.0)]
    (x * x * x).backward(create_graph=True)
    assert isinstance(x.grad, Value)
    buffer = make([9.0, 1.0, 2.0, -0.5, 4.0])
    trained_from_buffer(values, buffer, 2, 1)
    assert [value.grad for value in values] == [1.0, 2.0, -0.5]
    assert [value.data for value in values] == [2.0, -0.5, 4.0]
    for wrong, at, gradients_at in ((values, 3, 0), (values, 0, 3), (values, 0, -1), ([1.0], 0, 0)):
        with pytest.raises((ValueError, TypeError)):
            trained_from_buffer(wrong, buffer, at, gradients_at)
    assert [value.data for value in values] == [2.0, -0.5, 4.0]


@pytest.mark.parametrize("make", MAKERS)
def test_nested_lists_of_floats_go_to_a_buffer_and_back(make):
    buffer = make([9.0] * 6)
    form = (list, ((list, 2), "float", (tuple, ((list, 1),)), (list, 0)))
    x = [[1.0, 2.0], 3.0, ([4.0],), []]
    assert floats_to_buffer(x, form, buffer, 1)
    assert list(buffer) == [9.0, 1.0, 2.0, 3.0, 4.0, 9.0]
    assert floats_from_buffer(form, buffer, 1) == x
    assert floats_from_buffer("float", buffer, 5) == 9.0
    for at in (3, 4, 6):
        with pytest.raises(ValueError, match="fit"):
            floats_from_buffer(form, buffer, at)


class Row(list):
    pass


class Number(float):
    pass


@pytest.mark.parametrize(
    ("x", "form"),
    [
        ([1.0, 2], (list, 2)), ([True], (list, 1)), ([1.0], (list, 2)), ([1.0, 2.0], (list, 1)), ((1.0,), (list, 1)),
        ([1.0], (tuple, 1)), (Row([1.0]), (list, 1)), ([Number(1.0)], (list, 1)), ([1.0], (list, ((list, 1),))),
        ([[1.0]], (list, 1)), (1.0, (list, 1)), ([1.0], "float"), (Number(1.0), "float"), (1, "float"),
        ([Value(1.0)], (list, 1)), ([[1.0], [2.0]], (list, ((list, 1),))), (None, (list, 1)),
        (numpy.float64(1.0), "float"),
    ],
)  # fmt: skip
def test_what_has_another_form_is_told_apart(x, form):
    assert not floats_to_buffer(x, form, array("d", [0.0] * 4), 0)


@pytest.mark.parametrize(
    ("buffer", "at", "error"),
    [
        (array("d", [0.0]), 0, ValueError), (array("d", [0.0] * 4), 3, ValueError),
        (array("d", [0.0] * 4), -1, ValueError),
        (array("f", [0.0] * 4), 0, TypeError), (bytearray(32), 0, TypeError), ([0.0] * 4, 0, TypeError),
        (numpy.zeros((2, 2)), 0, TypeError), (numpy.zeros(8)[::2], 0, TypeError),
    ],
)  # fmt: skip
def test_a_buffer_that_does_not_fit_is_refused_and_nothing_changes(buffer, at, error):
    values = [Value(1.0), Value(2.0)]
    with pytest.raises(error):
        numbers_to_buffer(values, buffer, at)
    with pytest.raises(error):
        numbers_from_buffer(values, buffer, at)
    with pytest.raises(error):
        floats_to_buffer([1.0, 2.0], (list, 2), buffer, at)
    assert [value.data for value in values] == [1.0, 2.0]
    assert not numpy.any(numpy.asarray(memoryview(bytearray(8)) if isinstance(buffer, bytearray) else buffer))


def test_a_buffer_that_cannot_be_written_to_can_be_read():
    numbers, values = numpy.array([1.0]), [Value(0.0)]
    numbers.flags.writeable = False
    numbers_from_buffer(values, numbers, 0)
    assert values[0].data == 1.0
    with pytest.raises(TypeError, match="written"):
        numbers_to_buffer(values, numbers, 0)


def test_only_values_have_numbers_to_copy():
    values, buffer = [Value(1.0), 2.0], array("d", [9.0, 9.0])
    for copy in (numbers_to_buffer, numbers_from_buffer):
        with pytest.raises(TypeError, match="give a Value"):
            copy(values, buffer, 0)
    assert list(buffer) == [9.0, 9.0] and values[0].data == 1.0
