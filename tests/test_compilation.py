"""jit: a compiled function gives what the function gives, whatever way it goes, or runs as it is and says why."""

import math
import operator
import pickle
import random
import threading
from dataclasses import dataclass

import numpy
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import autograd
from autograd import Value, grad, hessian, jit, nn, primitive, value_and_grad
from autograd.primitives import TABLE

SPECIAL = [0.0, -0.0, 1.0, -1.0, 2.0, 0.5, math.inf, -math.inf, math.nan, 1e-310, 1e308, -1e308, 700.0]


def same(a, b):
    """Whether two results have the same numbers; the sign of zero and of nan is not looked at."""
    if isinstance(a, (list, tuple)):
        return type(a) is type(b) and len(a) == len(b) and all(map(same, a, b))
    return a == b or (a != a and b != b)


def close(a, b, scale=1.0):
    """Whether derivatives agree to some roundings: compiled code may add their terms in another order."""
    if isinstance(a, (list, tuple)):
        return len(a) == len(b) and all(close(x, y, scale) for x, y in zip(a, b, strict=True))
    return same(a, b) or abs(a - b) <= 1e-12 * max(scale, abs(a), abs(b))


# --- random programs ---

UNARY = [op for op in TABLE.values() if op.arity == 1]
BINARY = [op for op in TABLE.values() if op.arity == 2 and not op.selector]
MANY = [TABLE[name] for name in ("sum", "mean", "prod", "dot", "max", "min", "logsumexp", "norm", "where", "clip")]
cube = primitive("cube", lambda x: x * x * x, [lambda y, x: 3 * x * x])
scaled = primitive("scaled up", lambda a, b: a * abs(b), [lambda y, a, b: abs(b), lambda y, a, b: a if b > 0 else -a])


@st.composite
def programs(draw):
    """A function of three numbers: operations on earlier results, with constants, branches and loops."""
    steps = []
    for i in range(draw(st.integers(1, 12))):
        kind = draw(st.sampled_from(["unary", "binary", "many", "constant", "branch", "own", "loop", "detach"]))
        at = [draw(st.integers(0, 2 + i)) for _ in range(4)]
        ops = {"unary": UNARY, "binary": BINARY, "many": MANY, "own": [cube, scaled]}
        steps.append((kind, draw(st.sampled_from(ops.get(kind, BINARY))), at, draw(st.sampled_from(SPECIAL))))

    def run(a, b, c):
        xs = [a, b, c]
        for kind, op, at, constant in steps:
            x, y, z, w = (xs[i] for i in at)
            if kind == "unary":
                result = op(x)
            elif kind == "own":
                result = op(*[x, y][: op.arity])
            elif kind == "binary":
                result = op(x, y)
            elif kind == "constant":
                result = op(x, constant)
            elif kind == "many":
                result = op(*[x, y, z][: op.arity], *([w] if op.arity is None else []))
            elif kind == "branch":
                result = x * z if x < y else y + w
            elif kind == "loop":
                result = x
                for _ in range(3):
                    result = result * 0.5 + y
            else:
                result = x * autograd.stop_gradient(y)
            xs.append(result)
        return xs[-1]

    run.steps = steps
    return run


NUMBERS = st.one_of(st.floats(-3.0, 3.0), st.sampled_from(SPECIAL))


@settings(max_examples=300, deadline=None)
@given(programs(), st.lists(st.tuples(NUMBERS, NUMBERS, NUMBERS), min_size=1, max_size=4))
def test_random_programs_have_the_bits_of_the_function_and_its_derivatives(f, points):
    compiled, slopes = jit(f), jit(value_and_grad(f, (0, 1, 2)))
    for point in points * 3:
        expected = f(*point)
        assert same(compiled(*point), expected)
        value, gradient = slopes(*point)
        eager_value, eager = value_and_grad(f, (0, 1, 2))(*point)
        assert same(value, eager_value)
        scale = max([1.0, *[abs(x) for x in eager if math.isfinite(x)]])
        assert close(gradient, eager, scale) or any(abs(x) > 1e15 or x != x for x in eager)


# --- programs whose way depends on their numbers ---


def newton(a, b):
    x = abs(a) + 1.0
    while abs(x * x - abs(b)) > 1e-6 * (1.0 + abs(b)):
        x = 0.5 * (x + abs(b) / x)
    return x


def sort_three(a, b):
    xs = sorted([a, b, a - b])
    return xs[0] + 2.0 * xs[1] + 3.0 * xs[2]


def largest_by_comparison(a, b):
    best = a
    for x in [b, a * b, b - a]:
        if x > best:
            best = x
    return best * best


def relu_by_if(a, b):
    total = 0.0
    for w in (0.5, -1.0, 2.0):
        z = w * a + b
        total = total + (z if z > 0 else 0.0 * z)
    return total


def builtin_max_and_min(a, b):
    return max(a, b, 0.5) * 3.0 - min(a, b, -0.5)


def a_read(a, b):
    if isinstance(a, Value):
        return a * (1.0 if round(a.data) % 2 == 0 else -1.0) + b
    return a * (1.0 if round(a) % 2 == 0 else -1.0) + b


def early_return(a, b):
    for i in range(4):
        if a > i:
            return a * i + b
    return b


def recursion(a, b):
    return b if abs(a) < 0.5 else recursion(a * 0.5, a + b)


def truth(a, b):
    return (a and a * b) or b


def chained(a, b):
    return a if -1.0 < a <= b else b if a == b or not b >= 0.0 else autograd.sin(a)


def not_equal(a, b):
    return a * b if a != b else a + b


WAYS = [
    newton, sort_three, largest_by_comparison, relu_by_if, builtin_max_and_min, a_read, early_return, recursion, truth,
    chained, not_equal,
]  # fmt: skip


@pytest.mark.parametrize("f", WAYS, ids=lambda f: f.__name__)
def test_whatever_way_a_program_goes_the_result_and_the_gradient_are_right(f):
    rng, compiled, slopes = random.Random(7), jit(f), jit(value_and_grad(f, (0, 1)))
    for i in range(1000):
        a, b = rng.uniform(-4.0, 4.0), rng.choice([rng.uniform(-4.0, 4.0), 0.0, 1.0, -2.0])
        a = rng.choice([a, a, b, 2.0])
        assert same(compiled(a, b), f(a, b))
        if i % 4 == 0:
            value, gradient = slopes(a, b)
            assert same(value, value_and_grad(f, (0, 1))(a, b)[0])
            assert close(gradient, value_and_grad(f, (0, 1))(a, b)[1])
    assert compiled.stats().compiled > 0 or "different ways" in str(compiled.stats())


def test_a_function_with_too_many_ways_stops_recording_and_says_what_to_write_instead():
    def count(xs):
        return [x * 2.0 if x > 0 else x for x in xs]

    rng, compiled = random.Random(1), jit(count)
    for _ in range(100):
        xs = [rng.uniform(-1.0, 1.0) for _ in range(8)]
        assert same(compiled(xs), count(xs))
    stats = compiled.stats()
    assert stats.recordings == 20
    assert "relu(z)" in str(stats)
    assert any(line.startswith("test_compilation.py:") for line in stats.misses)


# --- what a function uses besides its arguments ---

RATE = 2.0


def test_variables_around_a_function_are_compared_at_each_call():
    global RATE
    factors, settings_of = [1.0, 2.0], {"shift": 1.0}
    factor = 3.0

    class Shift:
        by = 0.25

    shift = Shift()

    def f(x):
        return x * RATE + factors[1] * x + settings_of["shift"] + factor + shift.by

    compiled = jit(f)

    def check():
        for x in (1.0, 2.0, 3.0):
            assert compiled(x) == f(x)

    try:
        check()
        assert compiled.stats().compiled == 1
        RATE = 5.0
        check()
        factors[1] = 7.0
        check()
        settings_of["shift"] = -0.0
        check()
        factor = 4.0
        check()
        Shift.by = 0.5
        check()
        shift.by = 0.75
        check()
        assert compiled.stats().compiled == 7
    finally:
        RATE = 2.0


def test_a_helper_that_is_defined_anew_is_recorded_anew():
    space = {}
    exec("def helper(x): return x * 2.0\ndef f(x): return helper(x) + 1.0", space)
    compiled = jit(space["f"])
    assert [compiled(x) for x in (1.0, 2.0, 3.0)] == [3.0, 5.0, 7.0]
    exec("def helper(x): return x * 3.0", space)
    assert [compiled(x) for x in (1.0, 2.0, 3.0)] == [4.0, 7.0, 10.0]


def test_what_properties_and_methods_of_classes_use_is_compared():
    factors = {"property": 1.0, "static": 1.0, "class": 1.0}

    class Scale:
        @property
        def by(self):
            return factors["property"]

        @staticmethod
        def once(x):
            return x * factors["static"]

        @classmethod
        def twice(cls, x):
            return x * factors["class"]

    scale = Scale()
    for name in ("property", "static", "class"):
        compiled = jit(lambda x: scale.once(scale.twice(x)) * scale.by)
        factors.update({"property": 1.0, "static": 1.0, "class": 1.0})
        assert [compiled(1.0) for _ in range(3)] == [1.0] * 3
        factors[name] = 10.0
        assert [compiled(1.0) for _ in range(3)] == [10.0] * 3
        assert compiled.stats().compiled == 2


def test_modules_that_are_imported_inside_are_compared():
    import sys
    import types

    module = sys.modules["a_module_of_the_user"] = types.ModuleType("a_module_of_the_user")
    module.rate = 2.0

    def f(x):
        import a_module_of_the_user

        return x * a_module_of_the_user.rate

    try:
        for compiled in (jit(f), jit(lambda x: x * operator.attrgetter("rate")(module))):
            module.rate = 2.0
            assert [compiled(1.0) for _ in range(3)] == [2.0] * 3
            module.rate = 3.0
            assert [compiled(1.0) for _ in range(3)] == [3.0] * 3
            assert compiled.stats().compiled == 2
    finally:
        del sys.modules["a_module_of_the_user"]


def test_a_function_that_looks_at_all_variables_is_not_compiled():
    space = {"rate": 2.0}
    exec("def f(x): return x * globals()['rate']", space)
    compiled = jit(space["f"])
    assert [compiled(1.0) for _ in range(4)] == [2.0] * 4
    space["rate"] = 3.0
    assert compiled(1.0) == 3.0
    assert "globals()" in reasons(compiled)


def test_other_code_and_other_defaults_of_a_function_are_noticed():
    def f(x, factor=2.0):
        return x * factor

    def other(x, factor=2.0):
        return x + factor

    compiled = jit(f)
    assert [compiled(1.0) for _ in range(3)] == [2.0] * 3
    f.__defaults__ = (3.0,)
    assert [compiled(1.0) for _ in range(3)] == [3.0] * 3
    f.__code__ = other.__code__
    assert [compiled(1.0) for _ in range(3)] == [4.0] * 3


def test_values_that_a_function_uses_are_read_anew():
    w = Value(2.0, "w")
    compiled = jit(grad(lambda x: w * x * x + Value(1.0) * x))
    assert [compiled(x) for x in (1.0, 2.0, 3.0)] == [5.0, 9.0, 13.0]
    w.data = 3.0
    assert compiled(1.0) == 7.0
    assert compiled.stats().compiled == 2
    w = Value(4.0)  # another Value in its place
    assert [compiled(x) for x in (1.0, 2.0, 3.0)] == [9.0, 17.0, 25.0]


def test_a_network_gives_the_same_gradients_while_it_learns():
    model = nn.Sequential(nn.Linear(2, 4, seed=0), nn.Tanh(), nn.Linear(4, 1, seed=1))

    def loss(x):
        return nn.functional.mse_loss(model(x), [0.5])

    compiled = jit(value_and_grad(loss))
    for i in range(6):
        x = [0.1 * i, -0.5]
        value, gradient = compiled(x)
        eager, eager_gradient = value_and_grad(loss)(x)
        assert same(value, eager)
        assert close(gradient, eager_gradient)
        for p in model.parameters():
            p.data = p.data - 0.01
    assert compiled.stats().compiled == 4


# --- what is not compiled runs as it is ---


def reasons(compiled):
    return " ".join(compiled.stats().reasons)


def test_random_numbers_are_not_compiled():
    own = random.Random(3)
    for draw in (random.random, own.random, numpy.random.default_rng(0).random, numpy.random.random):
        compiled = jit(lambda x, draw=draw: x * float(draw()))
        assert len({compiled(1.0) for _ in range(10)}) == 10
        assert compiled.stats().compiled == 0
        assert compiled.stats().reasons


def test_a_number_that_comes_from_nowhere_is_not_compiled():
    import itertools

    tick = itertools.count().__next__

    compiled = jit(lambda x: x * float(tick()))
    assert [compiled(1.0) for _ in range(6)] == [0.0, 1.0, 2.0, 3.0, 4.0, 5.0]
    assert compiled.stats().compiled == 0


def test_a_function_that_changes_something_is_not_compiled():
    seen = []

    def f(x):
        seen.append(1)
        return x * 2.0

    compiled = jit(f)
    assert [compiled(x) for x in (1.0, 2.0, 3.0, 4.0, 5.0)] == [2.0, 4.0, 6.0, 8.0, 10.0]
    assert len(seen) == 5
    assert "it changes seen" in reasons(compiled)


def test_a_function_that_changes_its_argument_is_not_compiled():
    def f(xs):
        xs[0] = xs[0] * 2.0
        return xs[0]

    compiled = jit(f)
    for _ in range(4):
        xs = [1.0, 2.0]
        assert compiled(xs) == 2.0
        assert xs == [2.0, 2.0]
    assert "it changes its arguments" in reasons(compiled)


def test_a_function_that_changes_parameters_is_not_compiled():
    w = Value(1.0)

    def step(x):
        w.data = w.data * 0.5
        return x

    compiled = jit(step)
    for i in range(4):
        compiled(1.0)
        assert w.data == 0.5 ** (i + 1)
    assert "changes the .data" in reasons(compiled)


def test_backward_inside_is_not_compiled():
    w = Value(3.0)

    def f(x):
        w.grad = 0.0
        (w * x).backward()
        return w.grad * x

    compiled = jit(f)
    assert [compiled(x) for x in (1.0, 2.0, 3.0, 4.0)] == [1.0, 4.0, 9.0, 16.0]
    assert "backward()" in reasons(compiled)


def test_a_gradient_that_was_left_by_others_is_not_a_constant():
    w = Value(3.0)
    compiled = jit(lambda x: w.grad * x)
    for i in range(5):
        w.grad = float(i)
        assert compiled(2.0) == 2.0 * i
    assert ".grad" in reasons(compiled)


def test_hooks_are_not_compiled():
    def f(x):
        y = x * x
        if isinstance(y, Value):
            y.register_hook(lambda g: g * 10.0)
        return y

    compiled = jit(grad(f))
    assert [compiled(1.0) for _ in range(4)] == [20.0] * 4
    assert "hook" in reasons(compiled)


def test_results_that_are_values_stay_values():
    w = Value(3.0)
    compiled = jit(lambda x: w * x)
    for _ in range(4):
        w.zero_grad()
        compiled(2.0).backward()
        assert w.grad == 2.0
    assert "Value" in reasons(compiled)


def test_arguments_that_are_values_are_differentiated_through():
    compiled = jit(lambda x: x * x)
    assert [grad(compiled)(x) for x in (1.0, 2.0, 3.0)] == [2.0, 4.0, 6.0]
    assert jit(grad(compiled))(3.0) == 6.0


def test_derivatives_of_what_uses_parameters_inside_do_not_freeze_them():
    w = Value(2.0)
    compiled = jit(lambda x: x * grad(lambda u: w * u)(1.0))
    for i in range(8):
        w.data = float(i)
        assert compiled(3.0) == 3.0 * i


def test_an_error_in_a_function_is_the_same_error():
    def f(x):
        if x > 2:
            raise KeyError("too large")
        return math.sin(x)

    compiled = jit(f)
    assert compiled(1.0) == math.sin(1.0)
    with pytest.raises(KeyError, match="too large"):
        compiled(3.0)
    assert "autograd.sin" in reasons(compiled)


# --- arguments and results ---


@dataclass
class Point:
    x: float
    y: float


@pytest.mark.parametrize(
    ("f", "args"),
    [
        (lambda p: p["a"] * p["b"][1], ({"a": 2.0, "b": [3.0, 4.0]},)),
        (lambda p: p.x * p.y, (Point(2.0, 3.0),)),
        (lambda x, y: (x * y, [x, y], {"z": x - y, "n": None, "k": 3}), (2.0, 3.0)),
        (lambda x, n: x**n + n, (2.0, 3)),
        (lambda x, name: x * len(name), (2.0, "abc")),
        (lambda xs: [x * 2.0 for x in xs], ([1.0, 2.0],)),
        (lambda p: Point(p.x + 1.0, p.y), (Point(1.0, 2.0),)),
        (lambda x: 3.0, (1.0,)),
        (lambda x: x, (1.0,)),
    ],
)
def test_arguments_and_results_have_any_structure(f, args):
    compiled = jit(f)
    for _ in range(4):
        assert compiled(*args) == f(*args)
    assert compiled.stats().compiled == 2


def test_arrays_go_in_and_come_out():
    rng = numpy.random.default_rng(0)
    weights, slopes = rng.normal(size=(3, 2)), jit(grad(lambda w, x: ((w @ x) ** 2).sum()))
    product = jit(lambda w, x: w @ x)
    for _ in range(4):
        x = rng.normal(size=2)
        found = slopes(weights, x)
        assert isinstance(found, numpy.ndarray)
        assert found.shape == (3, 2)
        numpy.testing.assert_allclose(found, 2.0 * numpy.outer(weights @ x, x), rtol=1e-12)
        numpy.testing.assert_allclose(product(weights, x), weights @ x, rtol=1e-12)
    assert slopes.stats().compiled == product.stats().compiled == 2


def test_a_whole_number_that_decides_how_often_a_loop_runs_has_a_recording_for_each():
    compiled = jit(lambda x, n: autograd.sum([x**i for i in range(n)]))
    for _ in range(4):
        assert [compiled(2.0, n) for n in (1, 2, 3)] == [1.0, 3.0, 7.0]
    assert compiled.stats().recordings == 3


def test_whole_numbers_to_differentiate_by_are_inputs():
    compiled = jit(grad(lambda p: p[0] * p[1]))
    assert [compiled([1, x]) for x in (2, 3, 4, 5)] == [[2.0, 1.0], [3.0, 1.0], [4.0, 1.0], [5.0, 1.0]]
    assert compiled.stats().compiled == 2


def test_auxiliary_results_come_along():
    compiled = jit(value_and_grad(lambda x: (x * x, {"double": x + x}), has_aux=True))
    assert [compiled(x) for x in (1.0, 2.0, 3.0)][-1] == ((9.0, {"double": 6.0}), 6.0)
    assert compiled.stats().compiled == 1


def test_higher_derivatives_and_those_inside_a_function_are_compiled():
    def f(v):
        return autograd.exp(v[0] * v[1]) / v[2] + v[0] ** 3

    for make in (hessian, lambda f: grad(lambda v: autograd.hvp(f, v, [1.0, 2.0, 3.0])[0]), autograd.jacobian):
        compiled = jit(make(f))
        for x in (1.0, 2.0, 0.5, 3.0):
            assert close(compiled([x, 1.0, 2.0]), make(f)([x, 1.0, 2.0]), 100.0)
        assert compiled.stats().compiled == 2


def test_methods_can_be_compiled():
    class Model:
        def __init__(self, w):
            self.w = w

        @jit
        def __call__(self, x):
            return self.w * x

    model, other = Model(2.0), Model(3.0)
    for _ in range(3):
        assert (model(2.0), other(2.0)) == (4.0, 6.0)
    model.w = 5.0
    assert [model(2.0) for _ in range(3)] == [10.0] * 3


def polynomial(x):
    return x**3 - x


def test_compiled_functions_are_pickled_without_their_recordings():
    compiled = jit(polynomial)
    compiled(2.0)
    copy = pickle.loads(pickle.dumps(compiled))
    assert copy(3.0) == 24.0
    assert copy.stats().calls == 1


def test_threads_call_it_at_the_same_time():
    compiled, wrong = jit(value_and_grad(lambda x: newton(x, 2.0) * x)), []

    def work(seed):
        rng = random.Random(seed)
        for _ in range(200):
            x = rng.uniform(-5.0, 5.0)
            if not same(compiled(x)[0], newton(x, 2.0) * x):
                wrong.append(x)

    threads = [threading.Thread(target=work, args=(i,)) for i in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert not wrong
    assert compiled.stats().compiled > 0


def test_what_is_not_a_function_is_refused():
    with pytest.raises(TypeError, match=r"jit takes a function, but got 2.0: write jit\(f\)\(x\)"):
        jit(2.0)
    with pytest.raises(RuntimeError, match="call it first"):
        jit(polynomial).source()


# --- the source ---


@pytest.mark.parametrize("name", [name for name, op in TABLE.items() if op.arity in (1, 2) and not op.selector])
def test_the_source_of_an_operation_runs_by_itself(name):
    op = TABLE[name]
    compiled = jit(value_and_grad(lambda xs: op(*xs)))
    for x in (0.7, 0.3, -1.5, 2.5, 0.0, math.inf):
        xs = [x, 0.6][: op.arity]
        expected = compiled(xs)
        space = {}
        try:
            exec(compiled.source(), space)
            found = space["f"](*xs)
        except ValueError as error:
            assert "no run went this way" in str(error)
            continue
        assert same(found[0], expected[0])
        assert close(list(found[1:]), expected[1])


def test_the_source_of_the_odd_even_network_is_backpropagation_to_read():
    def loss(w, x, target):
        z = (w[0] * x + w[1]).named("z")
        h = autograd.relu(z).named("h")
        y = autograd.sigmoid(w[2] * h + w[3]).named("y")
        return autograd.square(y - target)

    compiled = jit(value_and_grad(loss))
    w = [0.5, -0.25, 1.0, 0.125]
    value, gradient = compiled(w, 3.0, 1.0)
    source = compiled.source()
    assert '    # z = (w[0] * x + w[1]).named("z")\n' in source
    assert "    h = 0.0 if z <= 0.0 else z\n" in source
    space = {}
    exec(source, space)
    assert space["loss"](*w, 3.0, 1.0) == (value, *gradient)
    assert set(space) - {"__builtins__"} == {"math", "sigmoid", "loss"}


def test_a_gradient_of_zero_meets_infinity_as_without_compiling():
    def f(a, b):
        return autograd.max([a, b * autograd.stop_gradient(autograd.exp(a * 1000.0))])

    compiled = jit(grad(f, (0, 1)))
    for a, b in [(2.0, -1.0)] * 4:
        assert same(compiled(a, b), grad(f, (0, 1))(a, b))
    assert compiled.stats().compiled == 2


def test_a_label_never_names_two_numbers():
    def f(v):
        a = (v[0] * 2.0).named("v1")
        b = (v[1] * 3.0).named("exp")
        c = (a * b).named("leaf0")
        return autograd.exp(c).named("class") + a * Value(1.5).named("v_0")

    compiled = jit(value_and_grad(f))
    for v in ([0.1, 0.2], [0.3, 0.4], [0.5, 0.6]):
        assert close(compiled(v), value_and_grad(f)(v))
    assert compiled.stats().compiled == 1
    space = {}
    exec(compiled.source(), space)
    assert space["f"](0.5, 0.6)[0] == compiled([0.5, 0.6])[0]


def test_a_method_with_the_name_of_a_builtin_that_looks_at_variables_is_not_that_builtin():
    class Model:
        def eval(self, x):
            return x * x

        vars = eval

    model = Model()
    compiled = jit(lambda x: model.eval(x) + model.vars(x))
    assert [compiled(x) for x in (1.0, 2.0, 3.0)] == [2.0, 8.0, 18.0]
    assert compiled.stats().compiled == 1


def test_a_builtin_that_looks_at_variables_is_found_in_inner_functions_too():
    compiled = jit(lambda x: (lambda: x * eval("RATE"))())
    for x in (1.0, 2.0, 3.0):
        assert compiled(x) == x * RATE
    assert "eval()" in reasons(compiled)


# --- nothing is assumed that was not seen ---


def test_a_function_that_asks_for_floats_is_not_compiled():
    compiled = jit(lambda x: x * 2.0 if isinstance(x, float) else x * 3.0)
    compiled(1.0)
    for _ in range(6):
        compiled(1.0)
    assert compiled.stats().compiled == 0
    assert "isinstance" in reasons(compiled)
    assert compiled(1.0) == 2.0


def test_local_derivatives_that_a_function_reads_are_not_constants():
    def f(x):
        return x * (x * x).partials[0] if isinstance(x, Value) else x * x

    compiled = jit(grad(f))
    for x in (1.0, 1.0, 1.0, 2.0):
        assert compiled(x) == grad(f)(x)
    assert ".partials" in reasons(compiled)


def test_a_name_that_hides_a_builtin_is_noticed():
    space = {}
    exec("def f(x): return max(x, 2.0) * x", space)
    compiled = jit(space["f"])
    assert [compiled(x) for x in (3.0, 4.0, 5.0)] == [9.0, 16.0, 25.0]
    space["max"] = min
    assert [compiled(x) for x in (3.0, 4.0, 5.0)] == [6.0, 8.0, 10.0]


def test_other_collections_are_compared_too():
    from collections import deque

    numbers = deque([1.0, 2.0])
    compiled = jit(lambda x: x * numbers[0])
    assert [compiled(x) for x in (3.0, 4.0, 5.0)] == [3.0, 4.0, 5.0]
    numbers.rotate()
    assert [compiled(x) for x in (3.0, 4.0, 5.0)] == [6.0, 8.0, 10.0]


def test_a_compiled_function_in_a_compiled_function_is_recorded_with_it():
    inner = jit(lambda x: x * x)
    outer = jit(lambda x: inner(x) + 1.0)
    assert [outer(x) for x in (1.0, 2.0, 3.0)] == [2.0, 5.0, 10.0]
    assert outer.stats().compiled == 1


def test_inside_no_grad_a_model_is_compiled_and_its_results_are_values_without_a_graph():
    model = nn.MLP(2, [4, 1])
    compiled = jit(lambda x: {"scores": [model(x), x[0] * 2.0], "label": "a"})
    for k in range(6):
        x = [0.1 * k, -0.2]
        with autograd.no_grad():
            found, expected = compiled(x), model(x)
        assert found == {"scores": [expected, x[0] * 2.0], "label": "a"}
        assert [type(score) for score in found["scores"]] == [Value, float]
        assert found["scores"][0].parents == ()
        for p in model.parameters():
            p.data = p.data * 0.9
    assert compiled.stats().compiled == 4
    compiled([0.5, 0.5])["scores"][0].backward()
    assert any(p.grad for p in model.parameters())


def test_inside_no_grad_gradients_are_compiled_too():
    compiled = jit(value_and_grad(lambda x: x * x))
    with autograd.no_grad():
        assert [compiled(x) for x in (1.0, 2.0, 3.0)] == [(1.0, 2.0), (4.0, 4.0), (9.0, 6.0)]
    assert compiled.stats().compiled == 1


def test_a_parameter_that_is_returned_stays_the_parameter():
    w = Value(3.0)
    compiled = jit(lambda x: [w, x])
    with autograd.no_grad():
        assert all(compiled(1.0)[0] is w for _ in range(4))
    assert "did not compute" in reasons(compiled)


def test_constants_of_results_without_parents_have_no_derivative():
    def f(x):
        with autograd.no_grad():
            y = x * x
        return y * x + autograd.stop_gradient(x) * x

    compiled = jit(grad(f))
    for x in (1.0, 2.0, 3.0):
        assert compiled(x) == grad(f)(x) == x * x + x


def test_both_cores_report_the_same_looks():
    from autograd.compilation.recording.record import Run, Stopped, constant

    run = Run([2.0], [])
    run.has_conditions = False
    with run.recording():
        x = run.inputs[0]
        found = [x < 3.0, x <= 3, x == 2.0, x != 2.0, x < 1, x >= x, bool(x), x.data, x.item(), f"{x:.1f}"]
        x.detach()
    assert found == [True, True, True, False, False, True, True, 2.0, 2.0, "2.0"]
    run.end([2.0], None)
    del x
    happened = run.without_temporaries(0).happened
    relations = ["lt", "le", "eq", "eq", "lt", "ge", "eq", "data", "data", "data"]
    assert [look.relation for look in happened[:-2]] == relations
    assert [look.outcome for look in happened[:-2]] == [True, True, True, True, False, True, False] + [
        constant(2.0)
    ] * 3
    assert isinstance(happened[-2], Stopped)
    assert not run.refused
    run = Run([2.0], [])
    with run.recording():
        assert run.inputs[0].grad == 0.0
    assert ".grad" in run.refused


def test_source_names_the_numbers_and_shows_the_lines_of_each_way():
    def hill(x):
        if x > 0:
            return (4.0 - x * x).named("up")
        return (4.0 + 2.0 * x).named("down")

    slope = jit(value_and_grad(hill))
    for x in (1.0, -1.0) * 2:
        slope(x)
    code = slope.source()
    assert code.startswith("import math\n\n\ndef hill(x):")
    lines = [line.strip() for line in code.splitlines()]
    for way in ('return (4.0 - x * x).named("up")', 'return (4.0 + 2.0 * x).named("down")'):
        assert lines.count(f"# {way}") == 1
    assert [line.partition(" = ")[0] for line in lines if "4.0" in line and line[0] != "#"] == ["up", "down"]
    space = {}
    exec(code, space)
    assert space["hill"](-1.0) == (2.0, 2.0)


@pytest.mark.parametrize("change", [lambda w: setattr(w, "grad", 1.0), lambda w: w.zero_grad()])
def test_a_function_that_changes_gradients_is_not_compiled(change):
    w = Value(2.0)

    def f(x):
        change(w)
        return x * 2.0

    compiled = jit(f)
    for x in (1.0, 2.0, 3.0, 4.0):
        w.grad = 5.0
        assert compiled(x) == 2.0 * x
        assert w.grad != 5.0
    assert "grad" in reasons(compiled)
