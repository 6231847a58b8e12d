"""grad and its family: what goes in, what comes out, and what they refuse."""

import array
import collections
from collections import namedtuple

import numpy as np
import pytest

import autograd
from autograd import (
    Value,
    cos,
    exp,
    grad,
    hessian,
    hvp,
    jacobian,
    jvp,
    no_grad,
    sin,
    stop_gradient,
    value_and_grad,
    vjp,
)
from autograd.graph import reverse_sweep

# --- grad ---


def test_grad_of_a_function_of_a_float_is_a_float():
    assert grad(lambda x: x**3)(2.0) == 12.0
    assert type(grad(lambda x: x**3)(2.0)) is float
    assert type(grad(grad(lambda x: x**3))(2)) is float


@pytest.mark.parametrize(
    "argument, expected",
    [
        ([2.0, 3.0], [3.0, 2.0]),
        ((2.0, 3.0), (3.0, 2.0)),
        ({0: 2.0, 1: 3.0}, {0: 3.0, 1: 2.0}),
    ],
)
def test_the_gradient_has_the_structure_of_the_argument(argument, expected):
    assert grad(lambda v: v[0] * v[1])(argument) == expected


def test_structures_nest_and_none_holds_no_number():
    Point = namedtuple("Point", "x y")
    p = {"w": [Point(1.0, 2.0), (3.0, [4.0])], "nothing": None}
    g = grad(lambda p: p["w"][0].x * p["w"][0].y * p["w"][1][0] * p["w"][1][1][0])(p)
    assert g == {"w": [Point(24.0, 12.0), (8.0, [6.0])], "nothing": None}
    assert isinstance(g["w"][0], Point)


def test_numpy_arrays_give_arrays_of_floats():
    x = np.array([[1.0, 2.0], [3.0, 4.0]])
    g = grad(lambda m: (m * m).sum())(x)
    assert g.dtype == float and np.array_equal(g, 2 * x)
    assert np.array_equal(grad(lambda m: m[0, 1] * 3)(x.astype(int)), [[0, 3], [0, 0]])
    assert grad(lambda v: v @ v)(np.array([1.0, 2.0])).shape == (2,)


def test_argnums_picks_arguments_and_a_tuple_gives_a_tuple():
    f = lambda x, y, z: x * y + z  # noqa: E731
    assert grad(f, 1)(2.0, 3.0, 4.0) == 2.0
    assert grad(f, (0, 2))(2.0, 3.0, 4.0) == (3.0, 1.0)
    assert grad(f, -1)(2.0, 3.0, 4.0) == 1.0
    assert grad(f, (1,))(2.0, 3.0, 4.0) == (2.0,)


def test_a_result_may_be_a_numpy_array_without_dimensions():
    assert grad(lambda x: np.array(x * x))(3.0) == 6.0


def test_a_hook_on_an_argument_works_inside():
    def f(x):
        x.register_hook(lambda g: g * 10)
        return x * x

    assert grad(f)(3.0) == 60.0


def test_keyword_arguments_are_passed_through():
    assert grad(lambda x, *, power: x**power)(3.0, power=2) == 6.0


def test_has_aux_hands_through_what_the_function_returns_beside_its_result():
    f = lambda x: (x * x, {"twice": 2 * x, "note": "kept"})  # noqa: E731
    g, aux = grad(f, has_aux=True)(3.0)
    assert g == 6.0 and aux["note"] == "kept"
    (value, (twice, _)), g = value_and_grad(lambda x: (x * x, (2 * x, 1.0)), has_aux=True)(3.0)
    assert (value, twice, g) == (9.0, 6.0, 6.0) and type(twice) is float
    aux = grad(lambda x: (x * x, np.array([x, 2 * x])), has_aux=True)(3.0)[1]
    assert aux.dtype == float and list(aux) == [3.0, 6.0]
    with pytest.raises(TypeError, match="has_aux=True"):
        grad(lambda x: x, has_aux=True)(1.0)


def test_value_and_grad_gives_both_as_floats():
    assert value_and_grad(lambda x: x**3)(2.0) == (8.0, 12.0)
    assert [type(v) for v in value_and_grad(lambda x: x**3)(2.0)] == [float, float]


def test_a_constant_result_has_gradient_zero():
    assert grad(lambda x: 3.0)(1.0) == 0.0
    assert grad(lambda v: Value(3.0))([1.0, 2.0]) == [0.0, 0.0]
    assert hessian(lambda v: v[0])([1.0, 2.0]) == [[0.0, 0.0], [0.0, 0.0]]


def test_an_argument_returned_as_it_is_has_gradient_one():
    assert grad(lambda x: x)(5.0) == 1.0
    assert grad(lambda v: v[1])([1.0, 2.0]) == [0.0, 1.0]


def test_no_grad_attribute_is_touched():
    w = Value(2.0)
    seen = []

    def f(x):
        seen.append(x)
        return w * x * x

    assert grad(f)(3.0) == 12.0
    assert grad(grad(f))(3.0) == 4.0
    assert w.grad == 0.0 and all(x.grad == 0.0 for x in seen)


def test_values_that_a_function_uses_are_constants_to_it():
    w = Value(2.0)
    scaled = w * 3
    assert type(grad(lambda x: scaled * x)(1.0)) is float
    mlp = autograd.nn.MLP(1, [3, 1], "tanh", seed=0)
    assert type(grad(lambda x: mlp([x]))(0.5)) is float


def test_a_value_as_argument_gives_a_value_that_can_be_differentiated_again():
    x, w = Value(3.0), Value(2.0)
    g = grad(lambda y: w * y**3)(x)
    assert g.data == 54.0
    g.backward()
    assert (x.grad, w.grad) == (36.0, 27.0)


def test_loops_branches_recursion_and_while_are_followed_as_they_run():
    def power(x, n):
        return 1.0 if n == 0 else x * power(x, n - 1)

    def root(a):  # Newton's method: the derivative of the loop is that of sqrt
        x = a
        while abs(x * x - a) > 1e-14:
            x = (x + a / x) / 2 if x > 0 else -x
        return x

    assert grad(lambda x: power(x, 5))(2.0) == 80.0
    assert grad(root)(9.0) == pytest.approx(1 / 6, rel=1e-12)


# --- nesting ---


def test_derivatives_of_any_order():
    f, x = (lambda x: sin(x) * exp(x)), 0.7
    for order in range(1, 7):
        f = grad(f)
        assert f(x) == pytest.approx(2 ** (order / 2) * exp(x) * sin(x + order * np.pi / 4), rel=1e-13), order


def test_perturbations_are_not_confused():
    assert grad(lambda x: x * grad(lambda y: x + y)(1.0))(1.0) == 1.0
    assert grad(lambda x: x * grad(lambda y: x * y)(2.0))(3.0) == 6.0
    assert grad(lambda x: grad(lambda y: x * y * y)(x))(3.0) == 12.0
    assert grad(lambda x: grad(lambda y: grad(lambda z: x * y * z)(1.0) * y)(x))(2.0) == 2 * 2 * 2.0


def test_an_inner_gradient_follows_the_variables_of_every_gradient_around_it():
    f = grad(lambda x: x * grad(lambda y: y * grad(lambda z: x * y * z**2)(3.0))(2.0))
    # the innermost is 6xy, the middle d(6xy²)/dy = 12xy = 24x, the outer d(24x²)/dx
    assert f(5.0) == 48 * 5.0


def test_an_outer_gradient_at_a_value_is_followed_too():
    x = Value(3.0)
    g = grad(lambda a: grad(lambda b: a * b)(1.0) * a)(x)  # d(a²)/da = 2a
    g.backward()
    assert (g.data, x.grad) == (6.0, 2.0)


def test_inside_no_grad_derivatives_are_right_and_have_no_history():
    x = Value(3.0)
    with no_grad():
        g = grad(lambda y: y**3)(x)
        assert grad(grad(lambda y: y**3))(2.0) == 12.0
    assert g.data == 27.0 and g.parents == ()


def test_a_function_that_raises_leaves_nothing_behind():
    with pytest.raises(ZeroDivisionError), no_grad():
        grad(lambda x: 1 / 0)(1.0)
    assert (Value(1.0) * 2).parents
    assert grad(lambda x: x * x)(3.0) == 6.0


def test_a_derivative_that_happens_to_be_zero_is_not_forgotten_by_the_next_one():
    assert grad(grad(lambda x: x * sin(x)))(0.0) == 2.0
    assert hessian(lambda v: v[0] * v[1] + v[0] * sin(v[1]))([1.0, 0.0]) == [[0.0, 2.0], [2.0, 0.0]]


def test_a_constant_part_of_a_derivative_is_not_forgotten_by_the_next_one():
    # the inner derivative is 2xy - 1 = 1 at x = y = 1, and d(inner²)/dx = 2 · 1 · 2y
    assert grad(lambda x: grad(lambda y: x * y * y - y)(1.0) ** 2)(1.0) == 4.0


# --- jacobian, hessian, products ---


def test_the_jacobian_has_the_result_outside_and_the_argument_inside():
    f = lambda v: [v[0] * v[1], v[0] + v[1], 3.0]  # noqa: E731
    assert jacobian(f)([2.0, 3.0]) == [[3.0, 2.0], [1.0, 1.0], [0.0, 0.0]]
    assert jacobian(lambda x: {"a": x * x, "b": (x,)})(3.0) == {"a": 6.0, "b": (1.0,)}
    assert jacobian(lambda x, y: [x * y, x], (0, 1))(2.0, 3.0) == ([3.0, 1.0], [2.0, 0.0])


def test_the_jacobian_of_arrays_is_one_array():
    a = np.arange(6.0).reshape(2, 3)
    j = jacobian(lambda x: a @ x)(np.array([1.0, 2.0, 3.0]))
    assert np.array_equal(j, a) and j.dtype == float
    assert jacobian(lambda m: m @ m)(np.ones((2, 2))).shape == (2, 2, 2, 2)


def test_the_hessian_of_a_quadratic_form_is_its_matrix():
    a = np.array([[2.0, 1.0], [1.0, 3.0]])
    h = hessian(lambda x: x @ a @ x / 2)(np.array([0.3, -0.7]))
    assert np.allclose(h, a, rtol=1e-15)
    assert hessian(lambda v: v[0] ** 2 * v[1])([3.0, 5.0]) == [[10.0, 6.0], [6.0, 0.0]]


def test_hvp_is_the_hessian_times_a_vector():
    f = lambda v: sin(v[0] * v[1]) + v[2] ** 3  # noqa: E731
    x, v = [0.4, 1.1, -0.6], [1.0, -2.0, 0.5]
    expected = np.array(hessian(f)(x)) @ v
    assert hvp(f, x, v) == pytest.approx(list(expected), rel=1e-13)


def test_vjp_and_jvp_are_products_with_the_jacobian_from_either_side():
    f = lambda x, y: [x * y, sin(x), y]  # noqa: E731
    jx, jy = jacobian(f, (0, 1))(0.7, 1.3)
    value, pull_back = vjp(f, 0.7, 1.3)
    assert value == f(0.7, 1.3)
    assert pull_back([1.0, 2.0, 3.0]) == pytest.approx((np.dot([1, 2, 3], jx), np.dot([1, 2, 3], jy)))
    value, change = jvp(f, (0.7, 1.3), (10.0, 100.0))
    assert value == f(0.7, 1.3)
    assert change == pytest.approx([10 * a + 100 * b for a, b in zip(jx, jy, strict=True)])


def test_a_pull_back_can_be_used_again_and_late_and_differentiated():
    _, pull_back = vjp(lambda x: x * x, 3.0)
    assert pull_back(1.0) == (6.0,) and pull_back(10.0) == (60.0,)
    assert grad(lambda c: pull_back(c)[0])(2.0) == 6.0
    assert grad(lambda x: vjp(lambda y: x * y * y, 3.0)[1](1.0)[0])(2.0) == 6.0


def test_jvp_nests():
    assert grad(lambda x: jvp(lambda y: x * y * y, (3.0,), (1.0,))[1])(2.0) == 6.0
    assert jvp(lambda x: jvp(lambda y: y**3, (x,), (1.0,))[1], (2.0,), (1.0,)) == (12.0, 12.0)
    assert grad(lambda t: jvp(lambda y: y * y, (3.0,), (t,))[1])(5.0) == 6.0


def test_stop_gradient_makes_a_constant():
    assert grad(lambda x: x * stop_gradient(x))(3.0) == 3.0
    assert stop_gradient(2.0) == 2.0
    assert grad(lambda v: stop_gradient(v)[0] * v[1])([2.0, 3.0]) == [0.0, 2.0]


# --- create_graph ---


def test_backward_with_create_graph_gives_gradients_that_can_be_differentiated():
    x = Value(2.0)
    (x**4).backward(create_graph=True)
    first = x.grad
    assert isinstance(first, Value) and first.data == 32.0
    x.zero_grad()
    first.backward(create_graph=True)
    second = x.grad
    x.zero_grad()
    second.backward()
    assert (second.data, x.grad) == (48.0, 48.0)


def test_a_gradient_is_never_a_node_of_the_graph_itself():
    u, v = Value(2.0) * 1, Value(3.0) * 1
    (u * v).backward(create_graph=True)
    assert u.grad == 3.0 and u.grad is not v and v.grad is not u
    assert repr(u) == "Value(2.0, grad=3.0, op='mul')"
    assert "grad 3" in autograd.draw(u).svg


def test_create_graph_gives_the_same_numbers_as_the_plain_sweep_for_every_operation():
    for name, op in autograd.primitives.TABLE.items():
        count = 4 if op.variadic else len(op.rules)
        leaves = [Value(1.25 if name == "acosh" else 0.3 + 0.1 * i) for i in range(count)]
        if name in ("softmax", "log_softmax", "polygamma"):
            leaves[0] = 1.0
        result = op(*leaves)
        result.backward()
        leaves = [leaf for leaf in leaves if isinstance(leaf, Value)]
        plain = [leaf.grad for leaf in leaves]
        for leaf in leaves:
            leaf.grad = 0.0
        result.backward(create_graph=True)
        assert [getattr(leaf.grad, "data", leaf.grad) for leaf in leaves] == plain, name


@pytest.mark.parametrize("build", [lambda x, y: x * y, lambda x, y: sin(x) + y, lambda x, y: cos(x) * y])
def test_a_leaf_changed_before_create_graph_is_an_error_not_a_wrong_derivative(build):
    x, y = Value(1.0), Value(2.0)
    z = build(x, y)
    x.data = -1.0
    with pytest.raises(RuntimeError, match="new data since this was computed"):
        z.backward(create_graph=True)
    z.backward()  # has the derivatives of the recorded point
    again = Value(1.0), Value(2.0)
    build(*again).backward()
    assert (x.grad, y.grad) == (again[0].grad, again[1].grad)


def test_leaves_changed_so_that_the_other_side_is_taken_with_the_same_result_are_found_too():
    x, y = Value(3.0), Value(2.0)
    z = autograd.maximum(x, y)
    x.data, y.data = 2.0, 3.0
    for wrt in (x, y):
        with pytest.raises(RuntimeError, match="new data"):
            reverse_sweep(z, [wrt], create_graph=True)


def test_a_leaf_that_was_nan_and_is_changed_is_found_too():
    x = Value(float("nan"))
    z = x * x
    x.data = 1.0
    with pytest.raises(RuntimeError, match="new data"):
        z.backward(create_graph=True)


# --- what is refused ---


def test_a_result_that_is_not_one_number_is_refused_with_its_type_and_shape():
    with pytest.raises(TypeError, match=r"returned a list of length 2.*jacobian"):
        grad(lambda x: [x, x])(1.0)
    with pytest.raises(TypeError, match=r"returned a ndarray of shape \(2,\)"):
        grad(lambda x: x * 2)(np.ones(2))
    with pytest.raises(TypeError, match="returned a NoneType"):
        grad(lambda x: None)(1.0)
    with pytest.raises(TypeError, match="returned a str"):
        grad(lambda x: "x")(1.0)


def test_an_argument_that_is_not_numbers_is_refused_with_its_place():
    with pytest.raises(TypeError, match=r"argument 0\[1\]\['a'\] must be a real number.*str"):
        grad(lambda v: v[0])([1.0, {"a": "text"}])
    with pytest.raises(TypeError, match="must be a real number"):
        grad(lambda x: x)(1j)


def test_a_call_instead_of_a_function_is_refused_with_advice():
    with pytest.raises(TypeError, match=r"grad\(f\)\(x\)"):
        grad(3.0)


@pytest.mark.parametrize(
    "argnums, error",
    [
        ("x", TypeError),
        ("01", TypeError),
        (1.0, TypeError),
        (None, TypeError),
        (True, TypeError),
        ((0, True), TypeError),
        ((0, 1.0), TypeError),
        ({0, 1}, TypeError),
        (np.array([0, 1]), TypeError),
        ((0, 0), ValueError),
        ((0, np.int64(0)), ValueError),
    ],
)
def test_argnums_is_checked(argnums, error):
    with pytest.raises(error, match="argnums"):
        grad(lambda x: x, argnums)


def test_an_argument_that_is_not_there_is_refused():
    for argnums in (1, (0, 1), (0, -2), (1, 2)):
        with pytest.raises(ValueError, match="argument -?[12], but f was called with 1 by position$"):
            grad(lambda x: x, argnums)(1.0)
    with pytest.raises(ValueError, match="argument 0, but f was called with 0 by position$"):
        grad(lambda: 1.0)()


@pytest.mark.parametrize("argnums", [1, (0, 1), (0, -2)])
def test_an_argument_given_by_keyword_is_asked_for_by_position(argnums):
    for transform in (grad, value_and_grad, jacobian, hessian):
        with pytest.raises(ValueError, match="but f was called with 1 by position; give y, z by position$"):
            transform(lambda x, y, z: x * y, argnums)(2.0, y=3.0, z=4.0)
        with pytest.raises(ValueError, match=r"twice: \(0, -1\) of 1 by position; give y by position$"):
            transform(lambda x, y: x * y, (0, -1))(2.0, y=3.0)


@pytest.mark.parametrize("argnums, expected", [(np.int64(1), 2.0), ((np.int32(0), 1), (3.0, 2.0)), ([0], (3.0,))])
def test_argnums_may_be_numbers_of_numpy(argnums, expected):
    assert grad(lambda x, y: x * y, argnums)(2.0, 3.0) == expected
    assert jacobian(lambda x, y: x * y, argnums)(2.0, 3.0) == expected


class Series:
    """As much of a pandas Series, or of a tensor, as tells it from an array of NumPy."""

    def __init__(self, converter: str) -> None:
        self.ndim, self.shape, self.size, self.dtype = 1, (2,), 2, np.dtype(float)
        if converter:
            setattr(self, converter, lambda: np.array([1.0, 2.0]))


@pytest.mark.parametrize(
    "converter, advice",
    [
        ("to_numpy", r"give x.to_numpy\(\)$"),
        ("detach", r"give x.detach\(\).numpy\(\)$"),
        ("__array__", r"give numpy.asarray\(x\)$"),
        ("", "give a list$"),
    ],
)
def test_arrays_of_other_packages_are_refused_with_the_way_to_convert_them(converter, advice):
    with pytest.raises(TypeError, match=r"argument 0 must be .*, but got Series of shape \(2,\); " + advice):
        grad(lambda s: s[0])(Series(converter))
    with pytest.raises(TypeError, match=r"argument 0\['a'\]\[1\] must be .*; " + advice):
        grad(lambda d: d["a"][0])({"a": [1.0, Series(converter)]})
    with pytest.raises(TypeError, match="the result of f must be .*; " + advice):
        jacobian(lambda x: Series(converter))(1.0)


class Column:
    """As much of a polars Series as tells it from a number: no ndim, and a dtype without a kind."""

    dtype, shape = object(), (2,)

    def to_numpy(self):
        return np.array([1.0, 2.0])


@pytest.mark.parametrize(
    "x, advice",
    [
        ({1.0, 2.0}, r"give list\(x\)"),
        (frozenset({1.0}), r"give list\(x\)"),
        (map(float, "12"), r"give list\(x\)"),
        (iter([1.0, 2.0]), r"give list\(x\)"),
        ((x for x in (1.0, 2.0)), r"give list\(x\)"),
        (Column(), r"give x.to_numpy\(\)$"),
        (np.ma.masked_array([1.0, 2.0], [False, True]), r"give x.filled\(0.0\) or x.compressed"),
        (np.array([[1.0, 2.0]]).view(np.matrix), r"give numpy.asarray\(x\)$"),
        (np.array([(1.0, 2.0)], dtype=[("a", float), ("b", float)]), "give one number at a time"),
        (np.array(["a", "b"]), "give one number at a time"),
        (np.array(["2020-01-01"], dtype="datetime64[D]"), "give one number at a time"),
        (np.array([1j]), "give one number at a time"),
        ("12", "give one number at a time"),
        (b"12", "give one number at a time"),
        (bytearray(b"12"), "give one number at a time"),
    ],
    ids=lambda x: type(x).__name__,
)
def test_what_is_not_made_of_numbers_is_refused_with_what_was_given_and_what_to_give(x, advice):
    with pytest.raises(TypeError, match=f"argument 0.* must be .*but got .*{advice}"):
        grad(lambda a: a)(x)


def test_numbers_and_sequences_of_other_packages_are_taken_as_they_are():
    assert grad(lambda x: x * x)(np.array(3.0)) == 6.0
    assert grad(lambda x: x * x)(np.array([3.0]).sum()) == 6.0
    assert grad(lambda v: v[0] * v[1])(array.array("d", [2.0, 3.0])) == [3.0, 2.0]
    assert grad(lambda v: v[0] * v[1])(range(2, 4)) == [3.0, 2.0]
    assert grad(lambda v: v[0] * v[1])(collections.deque([2.0, 3.0])) == [3.0, 2.0]
    assert grad(lambda d: d["a"] ** 2)(collections.OrderedDict(a=3.0)) == {"a": 6.0}


def test_tangents_and_cotangents_must_match():
    with pytest.raises(ValueError, match="tangents must have the structure of the primals"):
        jvp(lambda v: v[0], ([1.0, 2.0],), ([1.0],))
    with pytest.raises(ValueError, match="the cotangent must have the structure of the result"):
        vjp(lambda x: [x, x], 1.0)[1](1.0)
    with pytest.raises(TypeError, match="tuple or list"):
        jvp(lambda x: x, 1.0, 1.0)


def test_jvp_adds_from_left_to_right_on_every_python():
    result, change = jvp(lambda p: autograd.sum(p), ([1.0, 1.0, 1.0],), ([1e16, 1.0, -1e16],))
    assert (result, change) == (3.0, 0.0)  # 1e16 + 1.0 is 1e16; a compensated sum would give 1.0
