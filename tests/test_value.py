"""Value: arithmetic, gradients, and what it refuses."""

import copy
import gc
import inspect
import math
import pickle
import threading
from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import autograd
from autograd import Value, native, no_grad

NAN, INF = math.nan, math.inf
finite = st.floats(-1e3, 1e3)


def same(a: float, b: float) -> bool:
    """Equal to the last bit; the sign of zero counts, one nan equals another."""
    return (a != a and b != b) or (a == b and math.copysign(1, a) == math.copysign(1, b))


# --- what a Value is ---


def test_a_value_starts_as_a_leaf_without_gradient():
    v = Value(2, "w")
    assert (v.data, v.grad, v.label, v.op, v.parents) == (2.0, 0.0, "w", None, ())
    assert type(v.data) is float
    assert v.item() == 2.0


def test_named_sets_the_label_and_returns_the_value_itself():
    v = Value(1.0)
    assert v.named("z1") is v and v.label == "z1"


def test_a_result_remembers_operation_operands_and_parents_in_the_users_order():
    a, b = Value(2.0), Value(3.0)
    assert (a - b).op.name == "sub"
    assert [p is q for p, q in zip((b - a).parents, (b, a), strict=True)] == [True, True]
    assert (a * 2).operands[1] == 2 and len((a * 2).parents) == 1
    assert (2 - a).operands[0] == 2 and (2 - a).operands[1] is a
    assert len((a + a).parents) == 2


def test_the_local_derivatives_stand_beside_the_parents():
    a, b = Value(2.0), Value(3.0)
    assert (a * b).partials == (3.0, 2.0)
    assert (a**3).partials == (12.0,)


def test_detach_gives_a_new_leaf_with_the_same_number():
    a = Value(2.0)
    d = (a * 3).named("z").detach()
    assert (d.data, d.op, d.parents, d.label) == (6.0, None, (), "z")
    (d * a).backward()
    assert a.grad == 6.0


@pytest.mark.parametrize(
    "number",
    [3, True, 2.5, Fraction(1, 4), np.float64(1.5), np.float32(0.5), np.int64(7), np.array(2.0), np.array([4.0])],
)
def test_every_real_number_is_accepted(number):
    assert Value(number).data == float(np.asarray(number, dtype=float).reshape(()))
    v = Value(1.0)
    v.data = number
    assert type(v.data) is float


def test_an_int_beyond_every_float_is_infinite_as_in_ieee_arithmetic():
    assert Value(10**400).data == INF
    assert (Value(1.0) * -(10**400)).data == -INF
    assert (Value(0.5) ** 10**400).data == 0.0


@pytest.mark.parametrize("wrong", ["3", 1j, None, [1.0], np.array([1.0, 2.0]), np.array(["x"]), object(), math])
def test_what_is_not_one_real_number_is_refused_with_its_type_named(wrong):
    with pytest.raises(TypeError, match=f"must be a real number.*{type(wrong).__name__}"):
        Value(wrong)
    v = Value(1.0)
    with pytest.raises(TypeError, match="must be a real number"):
        v.data = wrong
    if wrong is not None:  # which means 0.0, as in PyTorch
        with pytest.raises(TypeError, match="must be a real number"):
            v.grad = wrong
    assert (v.data, v.grad) == (1.0, 0.0)


def test_a_value_cannot_become_the_data_of_another_value():
    with pytest.raises(TypeError, match="must be a real number"):
        Value(Value(1.0))


def test_no_other_attribute_can_be_set():
    with pytest.raises(AttributeError):
        Value(1.0).weight = 3


# --- arithmetic ---

OPERATORS = {
    "+": lambda a, b: a + b,
    "-": lambda a, b: a - b,
    "*": lambda a, b: a * b,
    "/": lambda a, b: a / b,
    "**": lambda a, b: a**b,
    "%": lambda a, b: a % b,
    "//": lambda a, b: a // b,
}


@pytest.mark.parametrize("symbol", OPERATORS)
@given(a=st.floats(0.1, 50), b=st.floats(0.1, 50))
def test_operators_give_pythons_numbers_whichever_side_the_value_is_on(symbol, a, b):
    f = OPERATORS[symbol]
    for result in (
        f(Value(a), Value(b)),
        f(Value(a), b),
        f(a, Value(b)),
        f(Value(a), np.float64(b)),
        f(np.float64(a), Value(b)),
    ):
        assert isinstance(result, Value)
        assert result.data == f(a, b)


@pytest.mark.parametrize("symbol", OPERATORS)
def test_a_constant_operand_gives_the_gradient_that_a_value_would_have(symbol):
    f = OPERATORS[symbol]
    for a, b in [(2.5, 1.5), (3.0, 2.0), (7.0, 4.0)]:
        x, y = Value(a), Value(b)
        f(x, y).backward()
        for left in (Value(a),):
            f(left, b).backward()
            assert left.grad == x.grad
        for right in (Value(b),):
            f(a, right).backward()
            assert right.grad == y.grad


def test_ints_floats_and_bools_may_stand_on_either_side():
    x = Value(3.0)
    assert [(2 * x).data, (x * 2).data, (x - True).data, (1 / x).data, (2**x).data, (x**2).data] == [
        6,
        6,
        2,
        1 / 3,
        8,
        9,
    ]


def test_unary_operators():
    x = Value(-3.0)
    assert [(-x).data, (+x).data, abs(x).data] == [3.0, -3.0, 3.0]
    assert +x is x


def test_operations_are_methods_too_with_the_same_defaults():
    x = Value(-0.5)
    for name, op in autograd.primitives.TABLE.items():
        if len(op.rules) == 1:
            assert same(getattr(x, name)().data, getattr(autograd, name)(x).data), name
    assert x.leaky_relu().data == -0.005 and x.leaky_relu(negative_slope=0.1).data == -0.05
    assert x.clip(0.0, 1.0).data == 0.0
    assert x.maximum(Value(2.0)).data == 2.0
    assert {"tanh", "exp", "clip", "backward"} <= set(dir(x))
    assert "hyperbolic tangent" in Value.tanh.__doc__ and "dy/dx = 1 - y**2" in Value.tanh.__doc__


def test_an_unknown_method_is_an_attribute_error():
    with pytest.raises(AttributeError, match="tahn"):
        Value(1.0).tahn()


@pytest.mark.parametrize("wrong", ["2", None, [1.0], (1.0,), {}, 1j, b"x"])
@pytest.mark.parametrize("symbol", OPERATORS)
def test_an_operand_that_is_not_a_number_is_refused(symbol, wrong):
    f, x = OPERATORS[symbol], Value(1.0)
    with pytest.raises(TypeError):
        f(x, wrong)
    if not (symbol == "%" and isinstance(wrong, str | bytes)):  # "2" % x is Python's own formatting
        with pytest.raises(TypeError):
            f(wrong, x)


def test_a_foreign_type_gets_its_turn_in_an_operator():
    class Foreign:
        def __radd__(self, other):
            return "foreign"

        def __mul__(self, other):
            return "foreign"

    assert Value(1.0) + Foreign() == "foreign"
    assert Foreign() * Value(1.0) == "foreign"
    with pytest.raises(TypeError):
        Value(1.0) - Foreign()


def test_divmod_is_quotient_and_remainder():
    assert [v.data for v in divmod(Value(7.0), 2)] == [3.0, 1.0]
    assert [v.data for v in divmod(7, Value(2.0))] == [3.0, 1.0]


def test_a_huge_constant_is_infinite_wherever_it_is_shown(tmp_path):
    x = Value(1.0, "x")
    y = (10**400) ** x
    assert "inf" in autograd.draw(y).dot
    assert "inf" in str(autograd.explain(y)) and "inf" in str(autograd.why(y, x))
    assert "inf" in str(next(autograd.backward_steps(y)))
    assert "inf" in autograd.play(y, tmp_path / "page.html").html


def test_messages_about_large_things_stay_short():
    for wrong in ([1.0] * 100_000, "x" * 100_000):
        with pytest.raises(TypeError) as error:
            Value(1.0) + wrong
        assert len(str(error.value)) < 500


def test_a_numpy_time_span_is_not_a_number():
    with pytest.raises(TypeError):
        Value(np.timedelta64(1))


@pytest.mark.parametrize("label", [5, None, ["a"], b"w"])
def test_a_label_is_a_string(label):
    with pytest.raises(TypeError, match="label must be a string"):
        Value(1.0, label)
    v = Value(1.0, "w")
    with pytest.raises(TypeError, match="label must be a string"):
        v.named(label)
    assert v.label == "w"


# --- comparisons, hashing, conversion ---


def test_comparisons_see_numbers():
    a, b = Value(1.0), Value(2.0)
    assert a < b and a <= b and b > a and b >= a and a != b and a == Value(1.0)
    assert a < 2 and 0.5 < a and a == 1 and 1.0 == a and a >= np.float64(1.0)  # noqa: SIM300
    assert a != "1" and (a == None) is False  # noqa: E711
    nan = Value(NAN)
    assert nan != nan and not nan == nan  # noqa: SIM201
    with pytest.raises(TypeError):
        a < "1"


def test_comparing_with_something_odd_never_raises_and_arrays_compare_element_by_element():
    class Broken:
        def __repr__(self):
            raise RuntimeError

    assert Value(1.0) != Broken() and Value(1.0) != [10**5000]
    assert list(Value(2.0) < np.array([3.0, 1.0])) == [True, False]
    assert list(np.array([3.0, 1.0]) > Value(2.0)) == [True, False]


def test_hashing_is_by_identity_so_that_equal_numbers_stay_two_keys():
    a, b = Value(1.0), Value(1.0)
    assert len({a, b}) == 2 and {a: "a"}[a] == "a"


def test_truth_is_that_of_the_number():
    assert Value(0.1) and not Value(0.0)


@pytest.mark.parametrize("convert", [float, int, math.exp, math.sqrt, round, lambda v: round(v, 2), complex])
def test_a_conversion_that_would_drop_the_gradient_is_refused_and_names_the_way_out(convert):
    with pytest.raises(TypeError, match=r"autograd\.exp.*v\.data"):
        convert(Value(1.0))


@pytest.mark.parametrize("convert, found", [(math.floor, -3.0), (math.ceil, -2.0), (math.trunc, -2.0)])
def test_the_whole_number_below_above_or_next_to_a_value_is_a_value_that_is_constant(convert, found):
    x = Value(-2.5)
    y = convert(x) * x
    y.backward()
    assert type(convert(x)) is Value and y.data == -2.5 * found and x.grad == found


def test_formatting_shows_the_number():
    v = Value(1.23456, "x")
    assert f"{v:.3f}" == "1.235" and f"{v:>8.2f}" == "    1.23"
    assert f"{v}" == str(v) == repr(v) == "Value(1.23456, label='x')"
    y = v * 2
    y.backward()
    assert repr(y) == "Value(2.46912, grad=1.0, op='mul')"


# --- gradients ---


def test_micrograds_readme_example_gives_its_published_numbers():
    a, b = Value(-4.0), Value(2.0)
    c = a + b
    d = a * b + b**3
    c += c + 1
    c += 1 + c + (-a)
    d += d * 2 + (b + a).relu()
    d += 3 * d + (b - a).relu()
    e = c - d
    f = e**2
    g = f / 2.0
    g += 10.0 / f
    g.backward()
    assert (round(g.data, 4), round(a.grad, 4), round(b.grad, 4)) == (24.7041, 138.8338, 645.5773)


def test_backward_called_twice_exactly_doubles_the_leaves_and_leaves_the_rest_as_it_was():
    x = Value(3.0)
    y = x * x
    z = y * y
    z.backward()
    assert (x.grad, y.grad, z.grad) == (108.0, 18.0, 1.0)
    z.backward()
    assert (x.grad, y.grad, z.grad) == (216.0, 18.0, 1.0)


def test_leaves_accumulate_over_several_graphs_until_zero_grad():
    x = Value(3.0)
    (x * 2).backward()
    y = x * 5
    y.backward()
    assert x.grad == 7.0
    y.zero_grad()
    assert (x.grad, y.grad) == (0.0, 0.0)


def test_backward_of_a_leaf_counts_itself():
    x = Value(3.0)
    x.backward()
    assert x.grad == 1.0


def test_a_leaf_changed_after_the_forward_pass_keeps_the_derivative_at_the_recorded_point():
    x, y = Value(2.0), Value(5.0)
    z = x * y + x**2
    x.data, y.data = 100.0, -7.0
    z.backward()
    assert (x.grad, y.grad) == (5.0 + 4.0, 2.0)


def test_the_data_of_a_computed_value_cannot_be_set_and_stays():
    z = Value(2.0) * 3
    with pytest.raises(ValueError, match=r"'mul' computed.*detach"):
        z.data = 1.0
    assert z.data == 6.0


@given(x=finite, a=finite, b=finite)
def test_differentiation_is_linear(x, a, b):
    def derivative(f):
        v = Value(x)
        f(v).backward()
        return v.grad

    both = derivative(lambda v: a * v.sin() + b * v * v)
    assert both == pytest.approx(a * derivative(Value.sin) + b * derivative(lambda v: v * v), rel=1e-12, abs=1e-9)


@given(x=st.floats(-2, 2))
def test_the_chain_rule_multiplies_derivatives(x):
    v = Value(x)
    inner = v.sin()
    w = Value(inner.data)
    outer, composed = w.exp(), inner.exp()
    for result in (inner, outer, composed):
        v.zero_grad()
        result.backward()
        if result is inner:
            inner_slope = v.grad
    assert v.grad == pytest.approx(w.grad * inner_slope, rel=1e-15)


# --- IEEE-754 instead of exceptions ---


@pytest.mark.parametrize(
    "compute, expected",
    [
        (lambda: Value(1.0) / 0.0, INF),
        (lambda: 1.0 / Value(-0.0), -INF),
        (lambda: Value(0.0) / Value(0.0), NAN),
        (lambda: Value(1e308) * 10, INF),
        (lambda: Value(1e308) ** 2, INF),
        (lambda: Value(-1e308) ** 3, -INF),
        (lambda: Value(-8.0) ** (1 / 3), NAN),
        (lambda: Value(0.0) ** -1, INF),
        (lambda: Value(-0.0) ** -1, -INF),
        (lambda: (-1.0) ** Value(0.5), NAN),
        (lambda: Value(710.0).exp(), INF),
        (lambda: Value(0.0).log(), -INF),
        (lambda: Value(-1.0).log(), NAN),
        (lambda: Value(-1.0).sqrt(), NAN),
        (lambda: Value(INF).sin(), NAN),
        (lambda: Value(5.0) % 0.0, NAN),
        (lambda: Value(5.0) // 0.0, INF),
    ],
)
def test_results_are_ieee_not_exceptions_and_backward_runs(compute, expected):
    result = compute()
    assert same(result.data, expected)
    result.backward()


SPECIAL = [0.0, -0.0, 1.0, -1.0, 0.5, 2.0, -3.0, 1e308, -1e308, 5e-324, INF, -INF, NAN]


@pytest.mark.parametrize("symbol", OPERATORS)
def test_no_operator_raises_on_any_pair_of_special_numbers(symbol):
    f = OPERATORS[symbol]
    for a in SPECIAL:
        for b in SPECIAL:
            both = f(Value(a), Value(b))
            for other in (f(Value(a), b), f(a, Value(b))):
                assert same(other.data, both.data)
                other.backward()
            both.backward()


# --- no_grad ---


def test_inside_no_grad_results_have_no_parents_and_outside_they_do_again():
    x = Value(2.0)
    with no_grad():
        assert all(r.parents == () and r.op is None for r in (x * x, x * 2, 2 * x, -x, x.exp(), autograd.dot([x], [x])))
        with no_grad():
            pass
        assert (x * x).parents == ()
    assert len((x * x).parents) == 2


def test_no_grad_ends_with_an_exception():
    with pytest.raises(RuntimeError), no_grad():
        raise RuntimeError
    assert (Value(1.0) * 2).parents


def test_no_grad_in_generators_that_end_in_another_order_leaves_recording_on():
    def suspended():
        with no_grad():
            yield

    first, second = suspended(), suspended()
    next(first), next(second)
    first.close(), second.close()
    assert (Value(1.0) * 2).parents


def test_no_grad_of_one_thread_is_not_seen_by_another():
    inside, checked, seen = threading.Event(), threading.Event(), []

    def other():
        inside.wait(10)
        seen.append(len((Value(1.0) * Value(2.0)).parents))
        checked.set()

    thread = threading.Thread(target=other)
    thread.start()
    with no_grad():
        inside.set()
        checked.wait(10)
    thread.join()
    assert seen == [2]


# --- NumPy ---


def test_object_arrays_of_values_work_with_numpys_products_and_functions():
    w = np.array([[Value(1.0), Value(2.0)], [Value(3.0), Value(4.0)]])
    x = np.array([0.5, -1.0])
    y = w @ x
    assert [v.data for v in y] == [-1.5, -2.5]
    assert np.dot(w[0], x).data == -1.5
    assert [v.data for v in np.exp(w[0])] == [math.e, math.exp(2.0)]
    assert [v.data for v in np.tanh(w[0])] == [math.tanh(1.0), math.tanh(2.0)]
    loss = (y * y).sum()
    loss.backward()
    assert w[0, 0].grad == 2 * -1.5 * 0.5 and w[1, 1].grad == 2 * -2.5 * -1.0


def test_numpys_own_names_work_on_object_arrays():
    x = np.array([Value(0.5)])
    for f in (np.arcsin, np.arccos, np.arctan, np.arcsinh, np.arctanh, np.sqrt, np.log1p, np.expm1, np.cbrt):
        assert f(x)[0].data == pytest.approx(f(0.5), rel=1e-15)
    assert np.arctan2(x, np.array([Value(2.0)]))[0].data == np.arctan2(0.5, 2.0)
    assert np.std(np.array([Value(1.0), Value(3.0)])).data == 1.0


def test_a_value_times_an_array_works_element_by_element_on_either_side():
    x = Value(2.0)
    for product in (x * np.array([1.0, 3.0]), np.array([1.0, 3.0]) * x):
        assert [v.data for v in product] == [2.0, 6.0]
        assert all(isinstance(v, Value) for v in product)


# --- copying and pickling ---


def test_leaves_and_lists_of_leaves_can_be_copied_and_pickled():
    leaves = [Value(1.5, "w"), Value(-2.0)]
    leaves[0].grad = 3.0
    for twin in (copy.deepcopy(leaves), pickle.loads(pickle.dumps(leaves)), [copy.copy(v) for v in leaves]):
        assert [(v.data, v.grad, v.label) for v in twin] == [(1.5, 3.0, "w"), (-2.0, 0.0, "")]
        assert twin[0] is not leaves[0]


def test_operations_of_the_table_are_copied_and_pickled_as_themselves():
    assert copy.deepcopy(autograd.exp) is autograd.exp is pickle.loads(pickle.dumps(autograd.exp))


@pytest.mark.parametrize("copier", [copy.deepcopy, copy.copy, pickle.dumps])
def test_copying_or_pickling_a_computed_value_is_refused_with_the_way_out(copier):
    with pytest.raises(TypeError, match=r"'add' computed.*detach"):
        copier(Value(1.0) + 1)


# --- size and memory ---


def test_a_chain_of_a_million_operations_works_forward_backward_when_refused_a_copy_and_when_freed():
    x = Value(1.0)
    y = x
    for _ in range(1_000_000):
        y = y + 1.0
    assert y.data == 1_000_001.0
    y.backward()
    assert x.grad == 1.0
    with pytest.raises(TypeError, match="cannot copy or pickle"):
        copy.deepcopy(y)
    with pytest.raises(TypeError, match="cannot copy or pickle"):
        pickle.dumps(y)
    del y


@pytest.mark.slow
def test_a_tree_of_a_million_leaves_works():
    leaves = level = [Value(1.0) for _ in range(1_000_000)]
    while len(level) > 1:
        pairs = zip(level[::2], level[1::2], strict=False)
        level = [a + b for a, b in pairs] + (level[-1:] if len(level) % 2 else [])
    level[0].backward()
    assert level[0].data == 1_000_000.0
    assert all(leaf.grad == 1.0 for leaf in leaves)


@pytest.mark.slow
def test_graphs_are_freed_without_the_cyclic_collector():
    def build():
        x = Value(0.5)
        y = x
        for _ in range(100):
            y = (y * x + 1).tanh() ** 2 / 3 - autograd.dot([x, y], [y, 2.0])
        y.backward()

    gc.collect()
    gc.disable()
    try:
        build()
        before = sum(type(o) is Value for o in gc.get_objects())
        for _ in range(10):
            build()
        assert sum(type(o) is Value for o in gc.get_objects()) == before
        assert gc.collect() == 0
    finally:
        gc.enable()


# --- names in messages ---

DUNDERS = [
    "add", "radd", "sub", "rsub", "mul", "rmul", "truediv", "rtruediv", "pow", "rpow", "mod", "rmod", "floordiv",
    "rfloordiv", "neg", "abs",
]  # fmt: skip


@pytest.mark.parametrize("name", DUNDERS)
def test_an_operator_has_the_name_that_python_calls_it_by(name):
    method = getattr(Value, f"__{name}__")
    assert method.__name__ == f"__{name}__"
    assert method.__qualname__ == f"{'Node' if native else 'Value'}.__{name}__"


def test_no_method_has_an_internal_name():
    methods = {name: x for name, x in vars(Value).items() if inspect.isfunction(x)}
    assert not [name for name, method in methods.items() if "<" in method.__qualname__]
    for name in methods:
        with pytest.raises(TypeError) as refused:
            methods[name](Value(2.0), *[None] * 9)
        assert "<" not in str(refused.value)


def test_a_power_with_a_modulus_is_refused_without_an_internal_name():
    with pytest.raises(TypeError, match=r"^Value.__pow__\(\) takes 2 positional arguments but 3 were given$"):
        pow(Value(2.0), 2, 3)
    with pytest.raises(TypeError, match="unsupported operand|Value.__rpow__"):
        pow(2, Value(2.0), 3)
    assert pow(Value(2.0), 3, None) == 8.0
