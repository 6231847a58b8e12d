"""Functions of sequences and those with options; every function of the table on floats and on Values."""

import inspect
import math
import pickle
from decimal import Decimal

import numpy as np
import pytest

import autograd
from autograd import Value, detect_anomaly, functions, gradcheck, hessian, jvp, nn, primitive, probabilities
from autograd.graph import reverse_sweep
from autograd.primitives import TABLE, Traced

ISSUED = """
    add sub mul div neg pow exp log log1p expm1 log2 log10 sqrt cbrt square reciprocal abs sign sin cos tan asin acos
    atan atan2 sinh cosh tanh asinh acosh atanh sigmoid softplus relu leaky_relu elu gelu silu erf hypot maximum minimum
    where clip sum mean prod dot max min logsumexp softmax log_softmax
""".split()  # noqa: SIM905


def test_every_operation_that_is_promised_is_in_the_table_and_a_function_of_the_package():
    assert set(ISSUED) <= set(TABLE)
    assert all(callable(getattr(autograd, name)) for name in TABLE)


@pytest.mark.parametrize("name", [n for n, op in TABLE.items() if len(op.rules) == 1])
def test_floats_in_float_out_and_values_in_value_out(name):
    f = getattr(functions, name)
    x = 1.25 if name == "acosh" else 0.75
    assert type(f(x)) is float
    assert type(f(1)) is float
    assert isinstance(f(Value(x)), Value) and f(Value(x)).data == f(x)
    with pytest.raises(TypeError, match=f"operand of {name} must be a real number"):
        f("1")


def test_star_import_shadows_no_builtin():
    namespace: dict[str, object] = {}
    exec("from autograd import *", namespace)
    assert not {"sum", "abs", "max", "min", "pow", "round", "print"} & set(namespace)
    assert {"Value", "exp", "tanh", "draw", "no_grad", "dot"} <= set(namespace)


def test_an_unknown_function_is_an_attribute_error():
    with pytest.raises(AttributeError, match="'tahn'"):
        _ = autograd.tahn


def test_functions_of_a_sequence_are_one_node():
    xs = [Value(1.0), Value(3.0), Value(2.0)]
    for f in (functions.sum, functions.mean, functions.prod, functions.max, functions.min, functions.logsumexp):
        result = f(xs)
        assert len(result.parents) == 3
        assert result.data == f([1.0, 3.0, 2.0]) == f(x.data for x in xs)


def test_the_sequence_may_be_any_iterable_and_mix_values_with_numbers():
    x = Value(2.0)
    total = functions.sum(v for v in (x, 3, 4.5))
    assert total.data == 9.5 and total.parents == (x,)


def test_the_sum_and_product_of_nothing_are_those_of_python_and_the_rest_say_what_is_missing():
    assert (functions.sum([]), functions.prod([])) == (0.0, 1.0)
    for f in (
        functions.mean,
        functions.max,
        functions.min,
        functions.logsumexp,
        functions.softmax,
        functions.log_softmax,
    ):
        with pytest.raises(ValueError, match="empty sequence: give at least one"):
            f([])


def test_one_number_instead_of_a_sequence_is_refused():
    for f in (functions.mean, functions.max, functions.softmax, functions.sum, functions.prod):
        with pytest.raises(TypeError, match="takes one sequence"):
            f(Value(1.0))


def test_the_sum_is_rounded_once():
    assert functions.sum([0.1] * 10) == 1.0
    assert functions.sum([Value(1e100), 1.0, -1e100]).data == 1.0


def test_dot_is_one_node_and_its_gradients_are_the_other_factors():
    w, x, b = [Value(2.0), Value(3.0)], [Value(5.0), Value(7.0)], Value(1.0)
    z = functions.dot(w, x, b)
    z.backward()
    assert z.data == 32.0 and len(z.parents) == 5
    assert [v.grad for v in (*w, *x, b)] == [5.0, 7.0, 2.0, 3.0, 1.0]
    assert functions.dot(w, [5.0, 7.0]).data == 31.0
    assert functions.dot([], [], 2.0) == 2.0 and functions.dot([], []) == 0.0


def test_dot_refuses_numbers_in_place_of_sequences():
    with pytest.raises(TypeError, match="dot takes two sequences of numbers, but got 1.0 and 2.0"):
        functions.dot(1.0, 2.0)


def test_dot_refuses_sequences_of_different_length():
    with pytest.raises(ValueError, match="one length, but got 2 and 1"):
        functions.dot([1.0, 2.0], [1.0])


def test_softmax_gives_probabilities_and_its_logarithm_agrees():
    xs = [Value(1000.0), Value(1001.0), Value(-1000.0)]
    p = functions.softmax(xs)
    assert sum(v.data for v in p) == pytest.approx(1.0, rel=1e-15)
    assert [v.data for v in p[:2]] == pytest.approx([1 / (1 + math.e), math.e / (1 + math.e)])
    assert functions.log_softmax(xs)[2].data == pytest.approx(-2001.0 - math.log1p(math.exp(-1.0)))


def test_the_gradients_of_softmax_sum_to_zero():
    xs = [Value(0.1), Value(-0.7), Value(2.0)]
    functions.softmax(xs)[1].backward()
    assert sum(x.grad for x in xs) == pytest.approx(0.0, abs=1e-16)
    assert xs[1].grad > 0 > xs[0].grad


def test_options_have_pytorchs_names_and_defaults():
    assert functions.leaky_relu(-2.0) == -0.02 and functions.leaky_relu(-2.0, negative_slope=0.5) == -1.0
    assert functions.elu(-1.0) == math.expm1(-1.0) and functions.elu(-1.0, alpha=2.0) == 2 * math.expm1(-1.0)
    assert functions.clip(5.0, 0.0, 1.0) == 1.0 and functions.clip(x=Value(-5.0), lo=0.0, hi=1.0).data == 0.0


def test_where_picks_by_a_condition_that_may_be_a_comparison_of_values():
    x = Value(2.0)
    y = functions.where(x > 1, x * 3, x * 5)
    y.backward()
    assert (y.data, x.grad) == (6.0, 3.0)
    assert functions.where(False, 1.0, 2.0) == 2.0


def test_clip_with_bounds_in_the_wrong_order_gives_the_upper_one_as_numpy_does():
    assert functions.clip(1.0, 2.0, 0.0) == 0.0


def test_operations_name_themselves():
    assert repr(TABLE["tanh"]) == "<primitive tanh>"


def test_a_wrong_number_of_operands_is_refused_with_the_right_number():
    for wrong in ((), (1.0, 2.0), (Value(1.0), 2.0)):
        with pytest.raises(TypeError, match="tanh takes 1 number, but got"):
            functions.tanh(*wrong)
    with pytest.raises(TypeError, match="hypot takes 2 numbers, but got 1"):
        functions.hypot(Value(1.0))


# --- custom operations ---


def test_a_custom_operation_behaves_like_a_built_in_one():
    cube = primitive("cube", lambda x: x * x * x, [lambda y, x: 3 * x * x], symbol="x³")
    x = Value(2.0)
    y = cube(x)
    y.backward()
    assert cube(2.0) == 8.0 and (y.data, x.grad, y.op.symbol) == (8.0, 12.0, "x³")
    assert autograd.grad(autograd.grad(autograd.grad(cube)))(5.0) == 6.0
    assert autograd.gradcheck(cube, (1.5,), order=3)
    assert "x³" in autograd.draw(y).dot


def test_a_custom_operation_may_return_ints_and_take_any_number_of_operands():
    count = primitive("count", lambda *xs: len(xs), lambda y, *xs: [0.0] * len(xs))
    assert type(count(1.0, 2.0)) is float and type(count(Value(1.0), 2.0).data) is float


def test_a_custom_operation_is_checked_when_it_is_made():
    with pytest.raises(TypeError, match="name"):
        primitive(3, math.sin, [1.0])
    with pytest.raises(TypeError, match="value must be a function"):
        primitive("f", 3.0, [1.0])
    with pytest.raises(TypeError, match="partials must be"):
        primitive("f", math.sin, ["x"])
    with pytest.raises(ValueError, match="at least one"):
        primitive("f", math.sin, [])


@pytest.mark.parametrize("partials", [[], [1.0], [1.0, 1.0], [1.0] * 4, (1.0 for _ in "ab"), np.ones(2)])
def test_a_custom_operation_that_returns_too_few_or_too_many_partials_says_how_many_it_needs(partials):
    total = primitive("total", lambda *xs: math.fsum(xs), lambda y, *xs: partials)
    x, y, z = Value(1.0), Value(2.0), Value(3.0)
    with pytest.raises(ValueError, match="total has 3 operands here and so needs 3 partials, but got [0124]: "):
        total(x, y, z)
    partials = [1.0, 2.0]
    with pytest.raises(ValueError, match="needs 3 partials, but got 2"):
        total(1.0, x, 2.0)


def test_partials_may_come_from_a_generator_or_an_array_and_be_any_real_numbers():
    for partials in (lambda xs: (2 * x for x in xs), lambda xs: np.array([2.0, 4.0]), lambda xs: [2, Decimal(4)]):
        squares = primitive("squares", lambda *xs: xs[0] ** 2 + xs[1] ** 2, lambda y, *xs, p=partials: p(xs))
        x, y = Value(1.0), Value(2.0)
        squares(x, y).backward()
        assert (x.grad, y.grad) == (2.0, 4.0) and type(x.grad) is type(y.grad) is float
    squares = primitive("squares", lambda *xs: xs[0] ** 2 + xs[1] ** 2, lambda y, *xs: (2 * x for x in xs))
    assert hessian(lambda v: squares(*v))([1.0, 2.0]) == [[2.0, 0.0], [0.0, 2.0]]


NOT_REAL = [None, "1.5", b"1", 1j, np.complex128(1j), np.array([1.0, 2.0]), np.array([1j]), [1.0], ...]


@pytest.mark.parametrize("wrong", NOT_REAL, ids=repr)
def test_a_custom_operation_returns_real_numbers_or_says_which_of_its_functions_does_not(wrong):
    x = Value(2.0)
    value = primitive("own", lambda x: wrong, [1.0])
    one = primitive("own", lambda x: x, [lambda y, x: wrong])
    second = primitive("own", lambda a, b: a, [1.0, lambda y, a, b: wrong])
    every = primitive("own", lambda *xs: xs[0], lambda y, *xs: [1.0, wrong])
    with pytest.raises(TypeError, match="the value of own must be a real number, but got"):
        value(2.0)
    for compute, what in (
        (lambda: value(x), "the value"),
        (lambda: one(x), "partial 0"),
        (lambda: jvp(one, (2.0,), (1.0,)), "partial 0"),
        (lambda: gradcheck(one, (2.0,)), "partial 0"),
        (lambda: second(1.0, x), "partial 1"),
        (lambda: second(x, x), "partial 1"),
        (lambda: every(x, x), "partial 1"),
    ):
        with pytest.raises(TypeError, match=f"{what} of own must be a real number, but got"):
            compute()


@pytest.mark.parametrize("wrong", NOT_REAL, ids=repr)
def test_a_rule_that_fails_for_values_only_is_named_when_it_is_derived_again(wrong):
    def rule(y, *xs):
        return 1.0 if xs[0].__class__ is float else wrong

    for own in (
        primitive("own", lambda x: x, [rule]),
        primitive("own", lambda *xs: xs[0], lambda y, *xs: [rule(y, *xs)]),
    ):
        assert autograd.grad(own)(2.0) == 1.0
        with pytest.raises(TypeError, match="partial 0 of own must be a real number"):
            own(Value(2.0)).backward(create_graph=True)
        with pytest.raises(TypeError, match="partial 0 of own must be a real number"):
            jvp(autograd.grad(own), (2.0,), (1.0,))


def test_the_partials_of_any_number_of_operands_come_in_a_sequence():
    for wrong in (None, 1.0, "ab", {1.0, 2.0}, {"a": 1.0, "b": 2.0}):
        own = primitive("own", lambda *xs: xs[0], lambda y, *xs, wrong=wrong: wrong)
        with pytest.raises(TypeError, match="the partials of own must be a sequence of numbers, but got"):
            own(Value(1.0), Value(2.0))


def test_a_value_that_a_rule_uses_without_being_given_it_is_refused_since_its_derivative_would_be_lost():
    w = Value(3.0)
    for own in (
        primitive("scaled", lambda x: 3.0 * x, [lambda y, x: w * 1.0]),
        primitive("scaled", lambda *xs: 3.0 * xs[0], lambda y, *xs: [w]),
    ):
        with pytest.raises(TypeError, match="partial 0 of scaled .* make that Value an operand, or take its v.data"):
            own(Value(2.0))
    with pytest.raises(TypeError, match="the value of scaled .* make that Value an operand"):
        primitive("scaled", lambda x: w * x, [3.0])(Value(2.0))


def test_a_rule_without_a_result_in_floats_is_checked_where_it_is_computed_on_values():
    own = primitive("own", lambda x: x, [lambda y, x: (1 / x, None)[x.__class__ is not float]])
    with pytest.raises(TypeError, match="partial 0 of own must be a real number, but got None"):
        own(Value(0.0))


def test_another_kind_of_traced_number_must_say_how_it_records():
    with pytest.raises(TypeError, match="Traced does not say how it records 'exp'"):
        functions.exp(Traced())


def test_a_function_made_of_an_operation_takes_names_shows_its_defaults_and_is_named_in_tracebacks():
    assert functions.leaky_relu(x=-1.0) == functions.leaky_relu(-1.0, negative_slope=0.01) == -0.01
    assert str(inspect.signature(Value.clip)) == "(self, lo, hi)"
    assert pickle.loads(pickle.dumps(functions.elu)) is functions.elu
    with pytest.raises(TypeError, match=r"leaky_relu\(\) missing 1 required positional argument: 'x'"):
        functions.leaky_relu()
    with pytest.raises(TypeError) as caught:
        functions.leaky_relu("a")
    assert "leaky_relu" in [entry.name for entry in caught.traceback]
    with detect_anomaly(), pytest.raises(RuntimeError, match="test_functions.py"):
        Value(1e308).leaky_relu(1e308) + Value(-1e308).leaky_relu(1e308)


def test_an_operation_that_is_given_operands_by_name_says_that_it_takes_them_by_position():
    with pytest.raises(TypeError, match="sigmoid takes its operands by position, but got x=1.0: leave out the names"):
        autograd.sigmoid(x=1.0)


@pytest.mark.parametrize("function", [autograd.softmax, autograd.log_softmax])
def test_all_results_of_softmax_are_those_of_single_calls_and_take_one_exponential_for_each_number(
    function, monkeypatch
):
    op, xs = TABLE[function.__name__], [0.5, Value(-1.25), Value(3.0), 3.0, Value(0.1)]
    together, alone = function(xs), [op(float(i), *xs) for i in range(len(xs))]
    assert [(y.data, y.operands, y.partials) for y in together] == [(y.data, y.operands, y.partials) for y in alone]
    floats = [1.0, -2.0, 700.0]
    assert function(floats) == [op(float(i), *floats) for i in range(3)]
    taken = []
    exp_difference = probabilities.exp_difference
    monkeypatch.setattr(probabilities, "exp_difference", lambda a, b: taken.append(a) or exp_difference(a, b))
    ys = function([Value(float(i)) for i in range(10)])
    assert len(taken) == 10
    taken.clear()
    reverse_sweep(autograd.dot(ys, [float(i) for i in range(10)]), create_graph=True)
    assert len(taken) <= 20  # of the Values, and of their numbers to see whether a leaf has changed
    taken.clear()
    nn.functional.cross_entropy([Value(float(i)) for i in range(10)], 3, label_smoothing=0.1)
    assert len(taken) == 10
