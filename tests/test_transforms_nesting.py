"""Derivatives inside derivatives: whose variable is whose, whatever stands between them."""

from __future__ import annotations

import asyncio
import math
import threading
from collections import namedtuple
from collections.abc import Callable, Iterator
from typing import Any

import numpy as np
import pytest

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
from autograd.modes import is_recording

Function = Callable[..., Any]


# --- perturbation confusion ---


def test_the_inner_variable_is_not_the_outer_one() -> None:
    assert grad(lambda x: x * grad(lambda y: x + y)(1.0))(1.0) == 1.0
    assert grad(lambda x: x * grad(lambda y: x * y)(2.0))(3.0) == 6.0


def test_three_variables_deep() -> None:
    assert grad(lambda x: grad(lambda y: grad(lambda z: x**3 * y**2 * z**2)(1.0))(1.0))(2.0) == 48.0


def test_a_derivative_operator_applied_to_its_own_result() -> None:
    """Manzyuk et al., "Perturbation confusion in forward automatic differentiation of higher-order functions" (2019)"""

    def shifted(f: Function) -> Function:
        return lambda x: grad(lambda s: f(x + s))(0.0)

    assert shifted(shifted(exp))(1.0) == math.exp(1.0)
    assert shifted(shifted(shifted(lambda x: x**4)))(2.0) == 48.0


def test_an_inner_function_uses_intermediate_results_of_the_outer_one() -> None:
    def f(x: Any) -> Any:
        a = sin(x)
        return grad(lambda y: a * y * y)(a)  # 2 sin(x)**2

    assert grad(f)(0.7) == pytest.approx(4 * math.sin(0.7) * math.cos(0.7), rel=1e-15)


def test_closures_over_variables_at_several_depths() -> None:
    def f(x: Any) -> Any:
        def g(y: Any) -> Any:
            return grad(lambda z: x * y * z + x * x * z * z)(x * y)  # x*y + 2*x**3*y

        return grad(g)(x)  # x + 2*x**3

    assert grad(f)(2.0) == 25.0
    assert grad(grad(f))(2.0) == 24.0


def test_one_value_for_two_arguments_gives_each_its_own_derivative() -> None:
    def f(x: Any) -> Any:
        by_p, by_q = grad(lambda p, q: p * q * q, (0, 1))(x, x)
        return by_p + by_q  # 3*x**2

    assert grad(f)(3.0) == 18.0


def test_an_argument_kept_beyond_its_function_is_the_outer_variable_again() -> None:
    def f(x: Any) -> Any:
        kept: list[Any] = []
        slope = grad(lambda y: kept.append(y) or y * y)(x)  # type: ignore[func-returns-value]
        return slope * kept[0]  # 2*x**2

    assert grad(f)(3.0) == 12.0


def test_transforms_of_every_kind_nest_in_each_other() -> None:
    assert jvp(lambda x: jvp(lambda y: y**4, (x,), (1.0,))[1], (2.0,), (1.0,)) == (32.0, 48.0)
    assert grad(lambda t: jvp(lambda y: y**4, (2.0,), (t,))[1])(3.0) == 32.0
    assert grad(lambda v: hvp(lambda p: p[0] ** 2 * p[1], [3.0, 5.0], [v, 1.0])[0])(2.0) == 10.0
    assert jvp(lambda x: vjp(lambda y: x * y**3, 2.0)[1](x)[0], (3.0,), (1.0,)) == (108.0, 72.0)
    assert jacobian(lambda x: hessian(lambda v: v[0] ** 2 * v[1] * x)([3.0, 5.0]))(2.0) == [[10.0, 6.0], [6.0, 0.0]]
    assert value_and_grad(lambda x: value_and_grad(lambda y: y * y * x)(x)[0])(2.0) == (8.0, 12.0)


@pytest.mark.parametrize(
    "inner",
    [
        lambda x: value_and_grad(lambda y: x * x)(1.0)[0],
        lambda x: vjp(lambda y: x * x, 1.0)[0],
        lambda x: vjp(lambda y: [x * x, y], 1.0)[0][0],
        lambda x: jvp(lambda y: [x * x, y], (1.0,), (1.0,))[0][0],
        lambda x: grad(lambda y: (y * y, x * x), has_aux=True)(1.0)[1],
    ],
)
def test_a_result_that_depends_on_the_outer_variable_alone_is_still_its_function(inner: Function) -> None:
    assert grad(inner)(3.0) == 6.0


def test_what_stands_beside_the_result_belongs_to_the_outer_variable() -> None:
    def f(x: Any) -> Any:
        slope, aux = grad(lambda y: (y * y * x, y * x), has_aux=True)(x)
        return slope * aux  # 2*x**4

    assert grad(f)(2.0) == 64.0


def test_numbers_beside_something_that_is_no_number_are_floats_too() -> None:
    assert type(grad(lambda x: (x * x, {"three": 3 * x, "note": "text"}), has_aux=True)(2.0)[1]["three"]) is float


# --- pull-backs ---


def test_a_pull_back_called_inside_an_outer_function_is_its_function() -> None:
    def f(x: Any) -> Any:
        _, pull_back = vjp(lambda y: sin(y) * x, x)
        return pull_back(1.0)[0]  # cos(x) * x

    assert grad(f)(0.5) == pytest.approx(math.cos(0.5) - 0.5 * math.sin(0.5), rel=1e-15)
    assert grad(grad(f))(0.5) == pytest.approx(-2 * math.sin(0.5) - 0.5 * math.cos(0.5), rel=1e-15)
    assert grad(lambda x: vjp(lambda y: x * y * y, 3.0)[1](1.0)[0])(2.0) == 6.0


def test_a_pull_back_is_linear_in_its_weights_inside_another_gradient() -> None:
    _, pull_back = vjp(lambda x: x**3, 2.0)
    assert grad(lambda weight: pull_back(weight)[0])(5.0) == 12.0


def test_a_pull_back_that_outlives_the_gradient_around_it_gives_floats() -> None:
    kept: list[Function] = []

    def f(x: Any) -> Any:
        result, pull_back = vjp(lambda y: x * y * y, 3.0)
        kept.append(pull_back)
        return result

    assert grad(f)(2.0) == 9.0
    assert kept[0](1.0) == (12.0,)


def test_a_pull_back_works_inside_no_grad() -> None:
    _, pull_back = vjp(lambda x: x**3, 2.0)
    with no_grad():
        assert pull_back(1.0) == (12.0,)


# --- no_grad, stop_gradient, hooks and backward() inside ---


def test_what_no_grad_computes_inside_a_function_is_a_constant() -> None:
    def f(x: Any) -> Any:
        with no_grad():
            c = x * x
        return c * x

    assert grad(f)(3.0) == 9.0
    assert grad(grad(f))(3.0) == 0.0


def test_a_derivative_taken_inside_no_grad_is_a_constant() -> None:
    def f(x: Any) -> Any:
        with no_grad():
            d = grad(lambda y: y * y * x)(2.0)  # 4*x
        return d * x

    assert grad(f)(3.0) == 12.0


def test_stop_gradient_stops_every_variable() -> None:
    assert grad(lambda x: x * stop_gradient(grad(lambda y: y * y * x)(x)))(3.0) == 18.0
    assert grad(lambda x: grad(lambda y: stop_gradient(y) * x * y)(2.0))(5.0) == 2.0


def test_backward_inside_a_function_serves_the_leaves_and_disturbs_nothing() -> None:
    w = Value(3.0)

    def f(x: Any) -> Any:
        y = x * w
        y.backward()
        return y * y

    assert grad(f)(2.0) == 36.0
    assert w.grad == 2.0


def test_backward_twice_inside_adds_up_on_the_argument_as_on_every_leaf() -> None:
    def f(x: Any) -> Any:
        (x * x).backward()
        (x * x).backward()
        return x.grad * x

    assert grad(f)(2.0) == 8.0


def test_backward_with_a_graph_inside_gives_a_function_of_the_argument() -> None:
    def f(x: Any) -> Any:
        y = x * x
        y.backward(create_graph=True)
        return x.grad * y  # 2*x**3

    assert grad(f)(2.0) == 24.0


def test_hooks_work_at_every_order() -> None:
    def f(x: Any) -> Any:
        y = x * x
        y.register_hook(lambda gradient: gradient * 10)
        return y

    assert (grad(f)(2.0), hessian(f)(2.0)) == (40.0, 20.0)


def test_a_hook_of_an_argument_outside_is_not_called() -> None:
    x, seen = Value(2.0), []
    x.register_hook(seen.append)
    assert grad(lambda y: y**3)(x) == 12.0
    assert seen == []


# --- ways to compute ---


def test_recursion_that_differentiates() -> None:
    def derivative(f: Function, order: int) -> Function:
        return f if order == 0 else derivative(grad(f), order - 1)

    for order, expected in enumerate([sin, cos, lambda x: -sin(x), lambda x: -cos(x)] * 2):
        assert derivative(sin, order)(0.3) == expected(0.3)


def test_a_while_loop_that_converges_has_the_derivatives_of_what_it_finds() -> None:
    def root(a: Any) -> Any:
        x = a
        while abs(x * x - a) > 1e-14:
            x = x - (x * x - a) / (2 * x)
        return x

    assert grad(root)(2.0) == pytest.approx(0.5 / math.sqrt(2), rel=1e-14)
    assert grad(grad(root))(2.0) == pytest.approx(-0.25 / 2**1.5, rel=1e-13)


def test_a_loop_that_minimises_by_gradients_is_differentiated() -> None:
    def minimiser(a: Any) -> Any:  # of (x - a)**2: three steps of size 1/4 from 0 leave a * (1 - 1/8)
        x = 0.0
        for _ in range(3):
            x = x - grad(lambda x: (x - a) ** 2)(x) / 4
        return x

    assert value_and_grad(minimiser)(2.0) == (1.75, 0.875)


def test_a_generator_suspended_between_two_gradients() -> None:
    def f(x: Any) -> Any:
        def terms() -> Iterator[Any]:
            for k in (1, 2, 3):
                yield grad(lambda y: x * y**k)(2.0)  # k * 2**(k - 1) * x

        total = 0.0
        for term in terms():
            total = total + term * x
        return total

    assert grad(f)(3.0) == 2 * 3 * (1 + 4 + 12)


def test_threads_differentiate_side_by_side_and_inside_a_function() -> None:
    found: dict[float, float] = {}
    barrier = threading.Barrier(4)

    def work(a: float) -> None:
        def f(x: Any) -> Any:
            barrier.wait()
            return grad(lambda y: a * x * y**3)(2.0)

        found[a] = grad(f)(5.0)

    threads = [threading.Thread(target=work, args=(float(a),)) for a in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert found == {a: 12 * a for a in (0.0, 1.0, 2.0, 3.0)}

    def elsewhere(x: Any) -> Any:
        results: list[Any] = []
        thread = threading.Thread(target=lambda: results.append(grad(lambda y: x * y * y)(x)))
        thread.start()
        thread.join()
        return results[0]  # 2*x**2

    assert grad(elsewhere)(3.0) == 12.0


def test_tasks_that_take_turns_do_not_share_no_grad() -> None:
    async def slope(a: float) -> float:
        await asyncio.sleep(0)
        return grad(lambda y: a * y * y)(2.0)  # type: ignore[no-any-return]

    async def parents() -> Any:
        with no_grad():
            await asyncio.sleep(0)
            return (Value(1.0) * 2).parents

    async def together() -> list[Any]:
        return await asyncio.gather(slope(1.0), parents(), slope(2.0), parents(), slope(3.0))

    assert asyncio.run(together()) == [4.0, (), 8.0, (), 12.0]


# --- structures and results at the edge ---


def test_constants_arguments_and_results_given_twice() -> None:
    assert hessian(lambda x: 5)(2.0) == 0.0
    assert hessian(lambda x: x)(2.0) == 0.0
    assert jacobian(lambda v: [1.0, v[0]])([1.0, 2.0]) == [[0.0, 0.0], [1.0, 0.0]]
    assert jacobian(lambda x: [x * x] * 2)(3.0) == [6.0, 6.0]
    assert vjp(lambda x, y: [x, y, x], 1.0, 2.0)[1]([1.0, 2.0, 4.0]) == (5.0, 2.0)
    assert jvp(lambda x: [x, x], (3.0,), (1.0,)) == ([3.0, 3.0], [1.0, 1.0])


def test_empty_structures_have_empty_derivatives() -> None:
    for empty in ([], (), {}):
        assert grad(lambda x: 1.0)(empty) == empty
    assert jacobian(lambda x: [])(1.0) == []
    assert grad(lambda x: 2.0)(np.array([])).shape == (0,)
    assert vjp(lambda: 3.0)[0] == 3.0


def test_named_tuples_dicts_and_arrays_without_dimensions_keep_their_kind() -> None:
    Point = namedtuple("Point", "a b")
    assert grad(lambda p: p.a * p.b**2)(Point(2.0, 3.0)) == Point(9.0, 12.0)
    assert hessian(lambda p: p["a"] * p["b"])({"a": 2.0, "b": 3.0}) == {
        "a": {"a": 0.0, "b": 1.0},
        "b": {"a": 1.0, "b": 0.0},
    }
    assert grad(lambda x: np.array(x * x))(np.array(3.0)) == 6.0


def test_a_function_may_change_the_list_or_array_that_it_is_given() -> None:
    def f(v: Any) -> Any:
        v[0] = v[0] * 2
        return v[0] * v[1]

    for given in ([1.0, 2.0], np.array([1.0, 2.0])):
        assert list(grad(f)(given)) == [4.0, 2.0]
        assert list(given) == [1.0, 2.0]


@pytest.mark.parametrize("argnums", [(0, -2), (1, -1)])
def test_one_argument_by_two_numbers_is_refused(argnums: tuple[int, int]) -> None:
    with pytest.raises(ValueError, match="twice"):
        grad(lambda x, y: x * y, argnums)(3.0, 4.0)


# --- what goes wrong leaves nothing behind ---


@pytest.mark.parametrize("transform", [grad, value_and_grad, jacobian, hessian, lambda f: lambda x: vjp(f, x)])
def test_after_a_function_that_raises_everything_is_as_before(transform: Function) -> None:
    x = Value(2.0)
    z = x * 3

    def fails(y: Any) -> Any:
        with no_grad():
            grad(lambda t: [][y])(y)

    with pytest.raises(TypeError):
        transform(fails)(z)
    assert is_recording()
    assert (z.op.name, z.parents, z.grad, x.grad) == ("mul", (x,), 0.0, 0.0)
    assert grad(lambda y: y * y)(z) == 12.0


def test_a_long_chain_needs_no_recursion() -> None:
    def f(x: Any) -> Any:
        y = x
        for _ in range(20_000):
            y = y * 1.0 + 0.0
        return y * x

    assert (grad(f)(3.0), hessian(f)(3.0)) == (6.0, 2.0)
