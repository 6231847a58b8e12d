"""Dataclasses as arguments and results of functions that are differentiated."""

import pickle
from dataclasses import InitVar, dataclass, field

import pytest

from autograd import Value, grad, gradcheck, jacobian, jvp, no_grad, stop_gradient, value_and_grad, vjp


@dataclass
class Line:
    slope: float
    offset: float = 0.0

    def at(self, x):
        return self.slope * x + self.offset


@dataclass(frozen=True, slots=True)
class Spring:
    mass: float
    stiffness: list[float] = field(default_factory=list)
    name: str = field(default="spring", metadata={"static": True})

    def __post_init__(self):
        if not self.mass > 0.0:
            raise ValueError("a mass must be positive")


@dataclass
class Circle:
    radius: float
    area: float = field(init=False)

    def __post_init__(self):
        self.area = 3.0 * self.radius**2


def test_the_gradient_of_a_dataclass_is_one_of_the_same_class():
    assert grad(lambda line: line.at(3.0) ** 2)(Line(2.0, 1.0)) == Line(42.0, 14.0)
    assert value_and_grad(lambda line, x: line.at(x), argnums=(0, 1))(Line(2.0), 3.0) == (6.0, (Line(3.0, 1.0), 2.0))


def test_a_frozen_dataclass_with_slots_keeps_constants_and_takes_gradients_that_its_constructor_refuses():
    spring = Spring(2.0, [3.0, 4.0], "left")
    found = grad(lambda s: -s.mass * (s.stiffness[0] + s.stiffness[1]) * len(s.name))(spring)
    assert (found.mass, found.stiffness, found.name) == (-28.0, [-8.0, -8.0], "left") and type(found) is Spring
    with pytest.raises(ValueError, match="a mass must be positive"):
        grad(lambda mass: Spring(-mass).mass)(1.0)


def test_what_a_constructor_computes_is_part_of_the_function():
    found = grad(lambda circle: circle.area)(Circle(2.0))
    assert found.radius == 12.0 and found.area is None
    result, pull_back = vjp(lambda r: Circle(r), 2.0)
    assert result == Circle(2.0) and pull_back(Circle(1.0)) == (1.0,)


def test_dataclasses_nest_with_other_structures_and_to_any_order():
    def f(p):
        return p["line"].at(p["x"][0]) ** 2

    x = {"line": Line(2.0, 1.0), "x": (3.0,)}
    assert grad(f)(x) == {"line": Line(42.0, 14.0), "x": (28.0,)}
    assert grad(lambda line: grad(lambda inner: inner.at(3.0) ** 2)(line).slope)(Line(2.0, 1.0)) == Line(18.0, 6.0)
    assert gradcheck(f, (x,), order=2)


def test_a_dataclass_may_be_the_result():
    def swapped(line):
        return Line(line.offset * 2.0, line.slope * 3.0)

    assert jacobian(swapped)(Line(1.0, 1.0)) == Line(Line(0.0, 2.0), Line(3.0, 0.0))
    assert jvp(swapped, (Line(1.0, 1.0),), (Line(1.0, 10.0),)) == (Line(2.0, 3.0), Line(20.0, 3.0))
    assert stop_gradient(Line(Value(1.0), 2.0)) == Line(1.0, 2.0)


def test_a_dataclass_beside_the_result_comes_out_with_floats():
    (value, aux), slope = value_and_grad(lambda x: (x * x, Line(x, 2 * x)), has_aux=True)(3.0)
    assert (value, slope) == (9.0, 6.0) and aux == Line(3.0, 6.0) and type(aux.offset) is float


def test_a_field_that_is_not_a_number_is_refused_with_how_to_declare_a_constant():
    with pytest.raises(TypeError, match=r"argument 0\.offset must be .* but got 'up' of type str: declare .*'static'"):
        grad(lambda line: line.slope)(Line(1.0, "up"))
    with pytest.raises(TypeError, match=r"argument 0\.slope must be a real number"):
        grad(lambda line: line.offset)(Line({1.0: object()}[1.0], 2.0))


def test_the_class_itself_is_not_an_argument():
    with pytest.raises(TypeError, match="argument 0 must be a real number"):
        grad(lambda line: line)(Line)


def test_structures_are_compared_field_by_field():
    _, pull_back = vjp(lambda x: Line(x, x), 2.0)
    with pytest.raises(ValueError, match=r"2 numbers at '\.slope', '\.offset'.* but got 1"):
        pull_back(Circle(1.0))


def test_a_parameter_of_the_constructor_alone_is_named_by_pythons_error():
    @dataclass
    class Scaled:
        x: float
        by: InitVar[float]

        def __post_init__(self, by):
            self.x *= by

    with pytest.raises((ValueError, TypeError), match="by"):
        grad(lambda s: s.x)(Scaled(1.0, 2.0))


def test_nothing_is_recorded_outside_and_the_argument_stays_as_it_was():
    line = Line(2.0, 1.0)
    with no_grad():
        assert grad(lambda inner: inner.at(3.0))(line) == Line(3.0, 1.0)
    assert line == Line(2.0, 1.0) and type(line.slope) is float
    assert pickle.loads(pickle.dumps(grad(Line.at)))(line, 3.0) == Line(3.0, 1.0)
