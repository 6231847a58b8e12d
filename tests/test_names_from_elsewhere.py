"""Names of other packages' Values: they mean here what they mean there, or an error names the one to use."""

import math

import numpy
import pytest

import autograd
from autograd import (
    Value,
    elementwise_grad,
    grad,
    gradcheck,
    hessian,
    jacobian,
    nn,
    no_grad,
    optim,
    primitive,
    value_and_grad,
)

# --- micrograd ---


def trace(root):
    """Return the nodes and edges of a graph, as the function that micrograd's notebooks begin with does."""
    nodes, edges = set(), set()

    def build(v):
        if v not in nodes:
            nodes.add(v)
            for child in v._prev:
                edges.add((child, v))
                build(child)

    build(root)
    return nodes, edges


def test_a_drawing_function_written_for_micrograd_finds_all_nodes_edges_and_symbols():
    a, b = Value(2.0, "a"), Value(-3.0, "b")
    y = ((a * b + a) / b - a**2).tanh().relu()
    nodes, edges = trace(y)
    assert nodes == {*autograd.graph.topological_order(y)}
    assert {(child, node) for node in nodes for child in node.parents} == edges
    assert sorted(v._op for v in nodes) == ["", "", "*", "**", "+", "-", "/", "ReLU", "tanh"]
    assert (-a)._op == "-" and a._prev == set() and (a + a)._prev == {a} and (a * 2.0)._prev == {a}


def test_micrograds_own_trace_of_its_graph_has_the_same_shape():
    engine = pytest.importorskip("micrograd.engine")

    def shape(root):
        nodes, edges = trace(root)
        return sorted(v._op for v in nodes), len(edges)

    def compute(kind):
        a, b = kind(2.0), kind(-3.0)
        return (a * b + b**3 + a).relu()

    ours, edges = shape(compute(Value))
    theirs = shape(compute(engine.Value))
    assert ([op.replace("**3", "**") for op in theirs[0]], theirs[1]) == (ours, edges)


def test_a_backward_function_of_a_node_is_refused_with_where_derivatives_come_from():
    x = Value(1.0)
    with pytest.raises(AttributeError, match=r"v\.partials.*autograd\.primitive"):
        x._backward()
    with pytest.raises(AttributeError, match=r"define an operation of your own with autograd\.primitive"):
        x._backward = lambda: None
    assert not hasattr(x, "_backward")


@pytest.mark.parametrize("rest", [((Value(1.0), Value(2.0)), "+"), ((Value(1.0),), "exp"), (set(), ""), ((),)])
def test_a_value_made_with_operands_as_in_micrograd_is_refused_with_how_to_define_an_operation(rest):
    with pytest.raises(TypeError, match=r"takes a number and a label, but got .* after the number: .*autograd\.primit"):
        Value(3.0, *rest)
    with pytest.raises(TypeError, match=r"but got _children=.* after the number: .*use autograd\.primitive"):
        Value(3.0, _children=rest[0])
    v = Value(1.0, "v")
    with pytest.raises(TypeError, match="takes a number and a label"):
        v.__init__(3.0, *rest)
    assert v.data == 1.0 and v.label == "v"


def test_the_operation_that_the_message_points_to_can_be_defined():
    cube = primitive("cube", lambda x: x**3, [lambda y, x: 3 * x * x])
    assert grad(grad(cube))(2.0) == 12.0


# --- PyTorch ---


def test_a_gradient_set_to_none_is_0():
    w = Value(2.0)
    (w * w).backward()
    w.grad = None
    assert w.grad == 0.0 and type(w.grad) is float
    (w * w).backward(create_graph=True)
    w.grad = None
    assert type(w.grad) is float
    (w * w).backward()
    assert w.grad == 4.0


@pytest.mark.parametrize("set_to_none", [True, False])
def test_zero_grad_takes_pytorchs_argument(set_to_none):
    model = nn.Linear(2, 1)
    optimizer = optim.SGD(model.parameters(), lr=0.1)
    for zero in (model.zero_grad, optimizer.zero_grad):
        model([1.0, 2.0])[0].backward()
        zero(set_to_none=set_to_none)
        assert [p.grad for p in model.parameters()] == [0.0, 0.0, 0.0]


@pytest.mark.parametrize("given", [2.5, 3, Value(2.5), float("inf")])
def test_backward_starts_from_the_gradient_that_it_is_given(given):
    x = Value(3.0)
    y = x * x
    y.backward(given, retain_graph=True)
    expected = given.data if isinstance(given, Value) else given
    assert x.grad == 6.0 * expected and y.grad == expected and type(x.grad) is type(y.grad) is float


def test_a_gradient_that_is_a_value_is_part_of_the_graph_if_one_is_made():
    x, scale = Value(3.0), Value(2.0)
    (x * x).backward(gradient=scale, create_graph=True)
    x.grad.backward()
    assert scale.grad == 6.0


def test_what_is_no_gradient_changes_nothing():
    x = Value(3.0)
    y = x * x
    y.backward()
    with pytest.raises(TypeError, match="a gradient must be a real number .* but got 'one'"):
        y.backward("one")
    assert (x.grad, y.grad) == (6.0, 1.0)


def test_a_graph_is_kept_whatever_retain_graph_says():
    x = Value(3.0)
    y = x * x
    for retain_graph in (False, True, None):
        y.backward(retain_graph=retain_graph)
    assert x.grad == 18.0


def test_a_value_made_with_requires_grad_is_refused_since_all_take_part():
    with pytest.raises(TypeError, match="but got requires_grad=True after the number: leave it out, since every Value"):
        Value(2.0, requires_grad=True)


def test_every_value_requires_a_gradient():
    x = Value(1.0)
    assert x.requires_grad and (x * 2).requires_grad
    x.requires_grad = True
    assert x.requires_grad_() is x
    for refused in (lambda: x.requires_grad_(False), lambda: setattr(x, "requires_grad", False)):
        with pytest.raises(AttributeError, match=r"but got False of type bool: .*stop_gradient.*optimizer.*no_grad"):
            refused()


def test_a_leaf_knows_that_it_is_one():
    x = Value(1.0)
    y = x * 2
    y.retain_grad()
    (y * y).backward()
    assert x.is_leaf and not y.is_leaf and y.detach().is_leaf and y.grad == 4.0 and y.item() == 2.0


def test_a_clone_is_another_value_through_which_gradients_flow():
    x = Value(3.0)
    y = x.clone()
    (y * y).backward()
    assert y is not x and y.data == 3.0 and x.grad == 6.0
    with pytest.raises(ValueError, match="cannot set the data of a Value that 'mul' computed"):
        y.data = 1.0


@pytest.mark.parametrize("bounds, value, slope", [
    ({"min": 0.0}, 0.0, 0.0), ({"max": 0.0}, -2.0, 1.0), ({"min": -3.0, "max": 3.0}, -2.0, 1.0),
    ({"max": -3.0}, -3.0, 0.0), ({"min": -2.0}, -2.0, 1.0),
])  # fmt: skip
def test_clamp_is_clip_with_bounds_that_may_be_left_out(bounds, value, slope):
    x = Value(-2.0)
    y = x.clamp(**bounds)
    y.backward()
    assert (y.data, x.grad) == (value, slope)


def test_clamp_without_a_bound_is_refused():
    with pytest.raises(TypeError, match="neither min nor max: give one"):
        Value(1.0).clamp()


# --- Python ---


def test_a_value_matches_by_its_number():
    match Value(2.0) * 3:
        case Value(6.0 as found):
            assert found == 6.0
        case _:
            raise AssertionError
    match 2.0:
        case Value(_):
            raise AssertionError


# --- HIPS autograd ---


@pytest.mark.parametrize("transform", [grad, value_and_grad, jacobian, hessian, elementwise_grad])
def test_argnum_is_refused_with_the_name_that_it_has_here(transform):
    with pytest.raises(TypeError, match="but got argnum=1; did you mean 'argnums'?"):
        transform(lambda x, y: x * y, argnum=1)
    with pytest.raises(TypeError, match="but got holomorphic=True: leave it out"):
        transform(lambda x, y: x * y, holomorphic=True)


def test_elementwise_grad_gives_the_derivative_of_each_number():
    xs = numpy.array([0.0, 1.0, 2.0])
    assert numpy.array_equal(elementwise_grad(numpy.exp)(xs), numpy.exp(xs))
    assert numpy.array_equal(elementwise_grad(elementwise_grad(lambda x: x**3))(xs), 6 * xs)
    assert elementwise_grad(lambda c, xs: [c * x for x in xs], 1)(3.0, [1.0, 2.0]) == [3.0, 3.0]
    assert elementwise_grad(lambda x: [])(2.0) == 0.0 and elementwise_grad(lambda x: 1.0)(2.0) == 0.0
    with no_grad():
        assert elementwise_grad(lambda x: [x * x, x])(2.0) == 5.0


# --- NumPy ---


@pytest.mark.parametrize("name, slope", [
    ("floor", 0.0), ("ceil", 0.0), ("rint", 0.0), ("trunc", 0.0), ("fabs", -1.0), ("exp2", 2**-1.25 * math.log(2)),
    ("deg2rad", math.pi / 180), ("radians", math.pi / 180), ("rad2deg", 180 / math.pi), ("degrees", 180 / math.pi),
])  # fmt: skip
def test_numpys_functions_of_one_number_work_on_arrays_of_values(name, slope):
    function, x = getattr(numpy, name), Value(-1.25)
    (y,) = function(numpy.array([x], dtype=object))
    y.backward()
    assert y.data == pytest.approx(function(-1.25), rel=1e-15) and x.grad == pytest.approx(slope, rel=1e-15)


def test_logaddexp_works_on_arrays_by_way_of_frompyfunc_since_numpys_own_takes_no_objects():
    logaddexp = numpy.frompyfunc(autograd.logaddexp, 2, 1)
    a, b = Value(1.0), Value(2.0)
    (y,) = logaddexp(numpy.array([a], dtype=object), numpy.array([b], dtype=object))
    assert type(y) is Value and y.data == pytest.approx(numpy.logaddexp(1.0, 2.0), rel=1e-15)


@pytest.mark.parametrize("n", [-1, 0.5, 171, "1", None, Value(1.0), float("nan")])
def test_polygamma_takes_a_whole_number(n):
    with pytest.raises(ValueError, match="polygamma takes a whole number n from 0 to 170, but got"):
        autograd.polygamma(n, 1.0)


def test_polygamma_of_order_0_is_digamma_and_each_order_is_the_derivative_of_the_one_before():
    x = 2.5
    assert autograd.polygamma(0, x) == autograd.digamma(x) == grad(autograd.lgamma)(x)
    for n in range(4):
        assert grad(lambda x, n=n: autograd.polygamma(n, x))(x) == autograd.polygamma(n + 1, x)


# --- SymPy ---


def test_every_function_that_sympy_writes_for_an_expression_is_among_its_names():
    sympy = pytest.importorskip("sympy")
    x, y = sympy.symbols("x y", real=True)
    for expression in (
        sympy.sin(x) * sympy.exp(y) + sympy.sqrt(x) + x ** sympy.Rational(1, 3), sympy.Max(x, y, 0) * sympy.Min(x, y),
        sympy.Abs(x - y) * sympy.sign(x), sympy.Piecewise((x**2, x > y), (y**3, True)), sympy.atan2(x, y) + sympy.pi,
        sympy.loggamma(x) + sympy.digamma(y) * sympy.polygamma(2, x), sympy.erf(x) * sympy.erfc(y) + sympy.E,
        sympy.floor(x) * y + sympy.ceiling(y) * x, sympy.log(x, 2) + sympy.asinh(y) + sympy.sinc(x), x % y,
    ):  # fmt: skip
        f = sympy.lambdify((x, y), expression, modules=[autograd.sympy_names])
        assert f(1.25, 0.75) == pytest.approx(float(expression.subs({x: 1.25, y: 0.75})), rel=1e-14)
        assert gradcheck(f, (1.25, 0.75), order=2), expression


def test_the_numbers_that_tie_share_the_derivative_of_a_maximum_of_sympys_names():
    names = autograd.sympy_names
    assert grad(lambda x: names["max"](x, 1.0) + names["copysign"](1, x))(1.0) == 0.5
    assert names["min"](2.0, 1.0) == 1.0 and names["pi"] == math.pi
