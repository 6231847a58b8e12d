"""Numbers of operands, and when two numbers are the same."""

import math

import pytest

from autograd import Value
from autograd.view.calculation import ROUNDING, number_of, same


@pytest.mark.parametrize(("operand", "number"), [(Value(2.5), 2.5), (3, 3.0), (-0.5, -0.5)])
def test_the_number_of_an_operand_is_that_of_the_value_or_the_constant_itself(operand, number):
    assert number_of(operand) == number
    assert type(number_of(operand)) is float


@pytest.mark.parametrize(("a", "b"), [(1.0, 1.0), (0.0, -0.0), (math.inf, math.inf), (math.nan, math.nan)])
def test_equal_numbers_are_the_same_and_so_are_two_nans(a, b):
    assert same(a, b)


@pytest.mark.parametrize(("a", "b"), [(1.0, math.nextafter(1.0, 2.0)), (math.inf, -math.inf), (math.nan, 1.0)])
def test_numbers_that_differ_by_one_bit_are_not_the_same(a, b):
    assert not same(a, b)


def test_a_tolerance_is_relative_to_the_numbers_or_to_the_size_of_what_they_were_summed_from():
    assert same(1.0, 1.0 + 0.9e-9, ROUNDING) and not same(1.0, 1.0 + 1.1e-9, ROUNDING)
    assert same(1e-10, 0.0, ROUNDING, size=1.0) and not same(1e-10, 0.0, ROUNDING, size=0.01)
