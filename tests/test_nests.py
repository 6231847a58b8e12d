"""Nests: a recorded function and its derivatives are loops over one buffer that compute what it computes."""

import math
import random

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from nest_oracle import buffer_of, path_of, program_of, results, run

import autograd
from autograd import Value, primitive, value_and_grad
from autograd.compilation.nests.grouping import NotNested, group
from autograd.compilation.nests.reroll import rerolled
from autograd.compilation.nests.reverse import differentiated
from autograd.primitives import TABLE
from autograd.structure import flatten

SPECIAL = [0.0, -0.0, 1.0, -1.0, 2.0, 0.5, math.inf, -math.inf, math.nan, 1e-310, 700.0]
softmax, log_softmax = TABLE["softmax"], TABLE["log_softmax"]


def same(a, b, tolerance=1e-12, scale=1.0):
    return a == b or (a != a and b != b) or abs(a - b) <= tolerance * max(scale, abs(a), abs(b))


def agree(f, *args, tolerance=1e-12, scale=1.0):
    """Whether a function and its gradient by the numbers in a list are those of its nests; return the nests."""
    program = program_of(f, *args)
    path, numbers, _ = path_of(f, *args)
    outputs, slopes = results(program, numbers)
    value, gradients = value_and_grad(f, argnums=tuple(range(len(args))))(*args)
    expected = [value, *flatten(gradients, "the gradients")[0]]
    for a, b in zip(expected, [*outputs, *slopes], strict=True):
        assert same(a, b, tolerance, scale), (a, b, expected, outputs, slopes)
    return program


# --- single operations ---


MANY = ("sum", "mean", "prod", "dot", "max", "min", "logsumexp", "norm")


def points(n, seed):
    """Some points of n numbers, with infinities, zeros and nan in the later ones."""
    rng = random.Random(seed)
    ordinary = [[rng.uniform(-2.0, 2.0) for _ in range(n)] for _ in range(4)]
    return ordinary + [[rng.choice(SPECIAL) for _ in range(n)] for _ in range(20)]


@pytest.mark.parametrize("op", [op for op in TABLE.values() if op.arity is not None], ids=lambda op: op.name)
def test_an_operation_has_the_value_and_derivatives_that_it_has_in_the_table(op):
    for point in points(op.arity, op.name):
        if op.name == "polygamma":
            point[0] = 1.0
        agree(lambda xs: op(*xs), point)


@pytest.mark.parametrize("name", MANY)
@pytest.mark.parametrize("n", [1, 2, 3, 8])
def test_an_operation_on_any_number_of_operands_has_them_too(name, n):
    for point in points(n, name):
        agree(lambda xs: TABLE[name](*xs), point)
        agree(lambda xs: TABLE[name](*xs) * xs[0], point)


@pytest.mark.parametrize("op", [softmax, log_softmax], ids=lambda op: op.name)
def test_probabilities_have_them_too(op):
    for n in (1, 2, 5):
        for i, point in enumerate(points(n, op.name)):
            agree(lambda xs, i=i % n: op(float(i), *xs), point)


def test_equal_largest_numbers_share_the_derivative():
    assert agree(lambda xs: autograd.max(xs), [3.0, 1.0, 3.0, 3.0]).slopes
    agree(lambda xs: autograd.min(xs) * xs[0], [1.0, 1.0, 3.0])


def test_the_index_of_softmax_is_a_number_that_can_change():
    def f(i, xs):
        return softmax(i, *xs) + 2.0 * log_softmax(i, *xs)

    program = program_of(f, 1.0, [0.5, -1.0, 2.0], wanted=[1, 2, 3])
    for i in (0.0, 1.0, 2.0):
        outputs, slopes = results(program, [i, 0.5, -1.0, 2.0])
        value, gradient = value_and_grad(lambda xs, i=i: f(i, xs))([0.5, -1.0, 2.0])
        assert same(outputs[0], value) and all(map(same, slopes, gradient))
    assert results(program, [7.0, 0.5, -1.0, 2.0])[0][0] != results(program, [7.0, 0.5, -1.0, 2.0])[0][0]


def test_a_row_is_taken_by_an_index_that_can_change():
    take = TABLE["take"]

    def f(i, rows):
        picked = [take(i, *column) for column in zip(*rows, strict=True)]
        return picked[0] * picked[1] + autograd.stop_gradient(take(i, *rows[0], *rows[1]))

    rows = [[0.5, -1.0], [2.0, 0.25], [3.0, -0.0]]
    program = program_of(f, 1.0, rows, wanted=range(1, 7))
    for i in (0.0, 1.0, 2.0, -1.0):
        outputs, slopes = results(program, [i, *flatten(rows, "rows")[0]])
        value, gradient = value_and_grad(lambda rows, i=i: f(i, rows))(rows)
        assert same(outputs[0], value) and all(map(same, slopes, flatten(gradient, "gradients")[0]))
    assert math.isnan(results(program, [4.0, *flatten(rows, "rows")[0]])[0][0])


def test_several_probabilities_of_the_same_numbers_have_their_exponentials_in_common():
    def f(xs):
        return autograd.sum([softmax(float(i), *xs) ** 2 for i in range(len(xs))])

    program = agree(f, [0.1 * i for i in range(12)])
    assert sum("exp" in repr(nest.expression) for nest in program.forward) == 1


# --- programs of loops ---


def network(sizes, rng):
    return [
        [[rng.uniform(-1, 1) for _ in range(n)] + [rng.uniform(-0.1, 0.1)] for _ in range(m)]
        for n, m in zip(sizes, sizes[1:], strict=False)
    ]


def forward(layers, x, one_by_one):
    for k, layer in enumerate(layers):
        if one_by_one:
            z = []
            for w in layer:
                total = w[-1]
                for a, b in zip(w, x, strict=False):
                    total = total + a * b
                z.append(total)
        else:
            z = [autograd.dot(w[:-1], x, w[-1]) for w in layer]
        x = [autograd.tanh(v) for v in z] if k < len(layers) - 1 else z
    return x


@pytest.mark.parametrize("one_by_one", [False, True], ids=["dot", "loops of + and *"])
def test_the_layers_of_a_network_on_a_batch_are_matrix_products(one_by_one):
    rng = random.Random(0)

    def loss(layers, batch, targets):
        errors = [forward(layers, x, one_by_one)[0] - t for x, t in zip(batch, targets, strict=True)]
        return autograd.mean([e * e for e in errors]) + 0.01 * sum(
            w * w for layer in layers for row in layer for w in row
        )

    batch = [[rng.uniform(-1, 1) for _ in range(3)] for _ in range(9)]
    program = agree(loss, network([3, 5, 4, 1], rng), batch, [rng.uniform(-1, 1) for _ in range(9)])
    assert all(stream.table is None for nest in program.forward for stream in nest.streams)
    products = [nest for nest in program.forward if repr(nest.expression) == "mul(s0, s1)" and nest.mode == "+="]
    assert [nest.dims for nest in products] == [(5, 3, 9), (4, 5, 9), (4, 9)]
    assert len([nest for nest in program.backward if len(nest.dims) == 3]) == 4
    assert len(program.forward) <= 20 and len(program.backward) <= 25


def test_two_loops_over_points_and_components_are_nests_of_all_of_them():
    rng = random.Random(1)

    def likelihood(means, scales, points):
        terms = []
        for x in points:
            terms.append(
                autograd.logsumexp(
                    [
                        -0.5 * autograd.sum([((a - m) * s) ** 2 for a, m, s in zip(x, mean, scale, strict=True)])
                        for mean, scale in zip(means, scales, strict=True)
                    ]
                )
            )
        return autograd.sum(terms)

    args = [[[rng.uniform(0.5, 2) for _ in range(2)] for _ in range(n)] for n in (5, 5, 30)]
    program = agree(likelihood, *args)
    assert len(program.forward) <= 20 and len(program.backward) <= 20
    assert all(stream.table is None for nest in program.forward for stream in nest.streams)


def test_a_convolution_is_one_nest():
    rng = random.Random(3)

    def convolved(image, kernels):
        n = len(image) - 2
        return autograd.sum(
            [
                autograd.tanh(autograd.sum([image[i + a][j + b] * kernel[a][b] for a in range(3) for b in range(3)]))
                for kernel in kernels
                for i in range(n)
                for j in range(n)
            ]
        )

    image, *kernels = [[[rng.uniform(-1, 1) for _ in range(n)] for _ in range(n)] for n in (8, 3, 3, 3)]
    program = agree(convolved, image, kernels)
    assert max(len(nest.dims) for nest in program.forward) == 5
    assert len(program.forward) <= 6 and all(
        stream.table is None for nest in program.forward for stream in nest.streams
    )


def test_a_number_from_which_many_are_subtracted_is_a_sum():
    def likelihood(w, xs, ts):
        loss = 0.0
        for x, t in zip(xs, ts, strict=True):
            p = autograd.sigmoid(w[0] * x[0] + w[1] * x[1])
            loss -= t * autograd.log(p) + (1.0 - t) * autograd.log(1.0 - p)
        return loss

    xs, ts = [[0.1 * i, 0.5 - 0.07 * i] for i in range(20)], [float(i % 3 == 0) for i in range(20)]
    assert len(agree(likelihood, [0.3, -0.2], xs, ts).forward) <= 15
    agree(lambda xs, y: y - xs[0] * xs[1] - xs[1] * xs[2] - xs[2] * xs[3], [0.5, 1.5, -2.0, 3.0], 0.25)
    agree(lambda xs, y: y - xs[0] - xs[1] - xs[2] - xs[3], [0.5, 1.5, -2.0, 3.0], 0.25)
    agree(lambda xs, y: sum(xs[0] * x - y for x in xs) - sum(xs) - y - y, [0.5, 1.5, -2.0, 3.0], 0.25)


def test_derivatives_in_a_function_are_operations_like_others():
    def curvature(xs):
        slopes = autograd.grad(lambda ys: autograd.tanh(ys[0] * ys[1]) ** 3 + autograd.logsumexp(ys))(xs)
        return autograd.sum([s * s for s in slopes])

    agree(curvature, [0.5, -1.5, 0.25])


def test_neighbours_in_a_list_are_streams_that_begin_at_different_places():
    def rosenbrock(x):
        total = 0.0
        for a, b in zip(x, x[1:], strict=False):
            total = total + (100 * (b - a**2) ** 2 + (1 - a) ** 2)
        return total

    program = agree(rosenbrock, [0.1 * i for i in range(30)], scale=1e4)
    assert len(program.forward) <= 10
    assert (29,) in [nest.dims for nest in program.forward]


def test_steps_in_time_are_nests_for_each_step():
    rng = random.Random(2)

    def last(weights, xs):
        h = [0.0] * 6
        for x in xs:
            z = [autograd.dot(w[:-1], x + h, w[-1]) for w in weights]
            h = [autograd.sigmoid(a) * autograd.tanh(b) for a, b in zip(z[:6], z[6:], strict=True)]
        return autograd.sum(h)

    weights = [[rng.uniform(-1, 1) for _ in range(9)] for _ in range(12)]
    program = agree(last, weights, [[rng.uniform(-1, 1) for _ in range(2)] for _ in range(6)])
    assert len(program.forward) <= 6 * 7 + 2


def test_loops_on_different_lines_are_different_nests():
    def f(a, b, c):
        products = [autograd.tanh(x * y) for x in a for y in b]
        others = [autograd.tanh(x * z) for x, z in zip(a, c, strict=True)]
        return autograd.sum(products) + autograd.sum(others)

    program = agree(f, [0.1 * i for i in range(12)], [0.5, -0.25, 2.0], [1.0 - 0.2 * i for i in range(12)])
    assert all(stream.table is None for nest in program.forward for stream in nest.streams)


def test_powers_with_different_exponents_are_different_nests():
    def f(xs):
        return autograd.sum([x**n for x in xs for n in (2.0, 3.0, 0.5)])

    program = agree(f, [0.1 + 0.2 * i for i in range(10)])
    powers = [repr(nest.expression) for nest in program.forward if "pow" in repr(nest.expression)]
    assert sorted(powers) == ["pow(s0, 0.5)", "pow(s0, 2.0)", "pow(s0, 3.0)"]


def test_other_constants_in_each_step_are_read_from_the_buffer_so_that_steps_become_a_loop():
    rng = random.Random(4)
    data = [rng.random() for _ in range(60)]

    def last(w):
        h = 0.0
        for x in data:
            h = autograd.tanh((w[0] * h + x) * w[1] + w[2])
        return h * h

    program = agree(last, [0.3, -0.2, 0.1])
    assert len(program.forward) > 100 and len(rerolled(program.forward)) < 10 and len(rerolled(program.backward)) < 20


# --- special values ---


def test_special_values_are_those_of_the_operations():
    agree(lambda xs: xs[0] + xs[1] + xs[2], [-0.0, -0.0, -0.0])
    for f in (
        lambda xs: Value(1.0) / (xs[0] + xs[1] + xs[2]),
        lambda xs: Value(1.0) / autograd.sum([xs[0], xs[1], xs[2]]),
        lambda xs: Value(1.0) / autograd.dot([xs[0]], [xs[1]], xs[2]),
        lambda xs: Value(1.0) / (xs[2] + xs[0] * xs[1] + xs[1] * xs[2]),
        lambda xs: autograd.max([xs[0], xs[1], xs[2]]),
        lambda xs: autograd.norm([xs[0], xs[1], xs[2]]),
    ):
        for point in ([-0.0, -0.0, -0.0], [-0.0, 0.0, -0.0], [math.nan, 1.0, 2.0], [math.inf, 1.0, -math.inf]):
            path, numbers, _ = path_of(f, point)
            outputs, _ = results(program_of(f, point), numbers)
            assert repr(outputs[0]) == repr(getattr(f(point), "data", f(point))), (point, outputs[0])


def test_a_branch_that_is_not_taken_hands_on_no_inf():
    agree(lambda xs: autograd.where(xs[0] > 0.5, xs[0], autograd.log(xs[1])), [1.0, 0.0])
    agree(lambda xs: autograd.relu(xs[0] - 2.0) * xs[1], [1.0, math.inf])


def test_what_only_a_guard_needs_has_no_part_in_the_derivatives():
    def f(xs):
        if autograd.log(xs[1]) < 5.0:  # whose derivative at 0 is inf
            return autograd.log(xs[0])
        return xs[0]

    program = agree(f, [2.0, 0.0])
    assert results(program, [2.0, 0.0])[1] == [0.5, 0.0]


def test_what_is_detached_is_a_constant_for_derivatives():
    agree(lambda xs: autograd.stop_gradient(xs[0] * xs[1]) * xs[0], [2.0, 3.0])


def test_a_check_fails_for_another_outcome():
    program = program_of(lambda xs: xs[0] * 2.0 if xs[0] * xs[1] > xs[1] else xs[1], [3.0, 2.0])
    buffer = buffer_of(program, [0.5, 2.0])
    assert run(program, buffer) == 0
    assert results(program, [4.0, 2.0]) == ([8.0], [2.0, 0.0])


def test_a_result_may_be_an_input_or_a_constant():
    assert results(program_of(lambda x, y: y, 1.0, 2.0), [1.0, 2.0]) == ([2.0], [0.0, 1.0])
    assert results(program_of(lambda x: 3.0, 1.0), [1.0]) == ([3.0], [0.0])


def test_only_the_wanted_derivatives_are_computed():
    program = program_of(lambda x, y: autograd.sin(x) * autograd.cos(y), 1.0, 2.0, wanted=[1])
    assert "cos(s0)" not in [repr(nest.expression) for nest in program.backward]
    assert results(program, [1.0, 2.0])[1] == [pytest.approx(-math.sin(1.0) * math.sin(2.0))]


def test_an_operation_of_a_user_is_not_nested():
    cube = primitive("cube", lambda x: x * x * x, [lambda y, x: 3 * x * x])
    path, numbers, _ = path_of(lambda x: cube(x), 2.0)
    with pytest.raises(NotNested, match="cube"):
        group(path, len(numbers), 0)


# --- random programs ---

UNARY = [op for op in TABLE.values() if op.arity == 1]
BINARY = [op for op in TABLE.values() if op.arity == 2 and not op.selector]
SEVERAL = [TABLE[name] for name in (*MANY, "where", "clip")]


@st.composite
def programs(draw):
    """A function of four numbers: operations on lists of earlier results."""
    steps = []
    for _ in range(draw(st.integers(1, 8))):
        kind = draw(st.sampled_from([UNARY, BINARY, SEVERAL]))
        steps.append((draw(st.sampled_from(kind)), draw(st.integers(1, 4)), draw(st.integers(0, 3))))

    def f(xs):
        rows, known = [list(xs)], {}  # an operation that is repeated is done once, also when it is recorded
        for op, n, shift in steps:
            a, b = rows[-1], rows[max(0, len(rows) - 2)]
            made = []
            for i in range(n):
                x, y, z = a[i % len(a)], b[(i + shift) % len(b)], xs[(i * shift) % 4]
                operands = [x, y, z][: op.arity] if op.arity is not None else [x, y, z, *a]
                key = op.name, *map(id, operands)
                if key not in known:
                    known[key] = op(*operands)
                made.append(known[key])
            rows.append(made)
        return autograd.sum([x for row in rows[1:] for x in row])

    f.steps = [(op.name, n, shift) for op, n, shift in steps]
    return f


NUMBERS = st.one_of(st.floats(-3, 3).map(lambda x: round(x, 3)), st.sampled_from(SPECIAL))


def numbers_of(f, xs):
    value, gradient = value_and_grad(f)(xs)
    return [value, *gradient]


def are_close(found, expected, scale):
    return all(same(a, b, 1e-10, scale) for a, b in zip(found, expected, strict=True))


def check(f, xs):
    """Compare a function with its nests, unless it magnifies rounding."""
    path, numbers, _ = path_of(f, xs)
    program = differentiated(group(path, len(xs), 0), range(len(xs)))
    buffer = buffer_of(program, numbers)
    assert run(program, buffer) == -1
    scale = max([1.0, *[abs(x) for x in buffer if math.isfinite(x)]])  # of the terms of sums
    expected = numbers_of(f, xs)
    near = [x * (1.0 + (-1) ** i * 2e-14) for i, x in enumerate(xs)]
    assume(scale < 1e6 and are_close(numbers_of(f, near), expected, scale))  # else the rounding of a sum may decide
    found = [buffer[x] if isinstance(x, int) else x for x in (*program.outputs, *program.slopes)]
    assert are_close(found, expected, scale), (xs, found, expected)


@settings(max_examples=100, deadline=None)
@given(programs(), st.lists(NUMBERS, min_size=4, max_size=4))
def test_nests_compute_what_a_function_computes(f, xs):
    check(f, xs)


def test_a_derivative_of_one_term_is_assigned_and_of_many_is_added_to_zeros():
    def f(xs, w):
        return autograd.sum([autograd.sin(w * x) for x in xs])

    program = agree(f, [0.25 * i for i in range(40)], 0.5)
    of_xs, of_w = program.slopes[:-1], program.slopes[-1]
    targets = {nest.target.base: nest.mode for nest in program.backward}
    assert targets[of_xs[0]] == "=" and targets[of_w] == "+="
    begin, end = program.zeros
    assert begin <= of_w < end and not any(begin <= slope < end for slope in of_xs)


def test_a_derivative_without_terms_is_0():
    program = agree(lambda xs: xs[0] * xs[2] + 0.0 * autograd.floor(xs[1]), [2.0, 3.0, 4.0])
    assert results(program, [2.0, 3.0, 4.0])[1] == [4.0, 0.0, 2.0]


@st.composite
def loops(draw):
    """A function of a list: each line of it makes a new list of earlier ones, by one or two loops."""
    small, op_names = st.integers(0, 6), ["add", "sub", "mul", "tanh", "sigmoid", "relu", "maximum", "square", "where"]
    lines = [
        (
            draw(
                st.sampled_from(
                    ["elementwise", "pairs", "constant", "dot", "sum", "many", "chain", "difference", "take"]
                )
            ),
            TABLE[draw(st.sampled_from(op_names))],
            draw(st.sampled_from(["max", "min", "logsumexp", "norm", "mean", "prod", "softmax", "log_softmax"])),
            [draw(small) for _ in range(6)],
        )
        for _ in range(draw(st.integers(1, 5)))
    ]

    def f(xs):
        rows, known = [list(xs)], {}

        def once(function, *operands):
            key = function, *[id(x) if isinstance(x, Value) else x for x in operands]
            if key not in known:
                known[key] = function(*operands)
            return known[key]

        for kind, op, many, (p, q, r, s, t, u) in lines:
            a, b = rows[p % len(rows)], rows[q % len(rows)]
            n, width = 1 + (5 * r + s) % 23, 2 + t % 4

            def window(a, i, width=width, step=1 + s % 3, start=u):
                return [a[(start + i * step + j) % len(a)] for j in range(width)]

            made = []
            for i in range(n):
                x, y = a[(i * (1 + r % 2) + s) % len(a)], b[(i + t) % len(b)]
                if kind == "elementwise":
                    made.append(once(op, *[x, y, xs[i % len(xs)]][: op.arity]))
                elif kind == "pairs":
                    made += [once(op, *[x, b[j % len(b)], y][: op.arity]) for j in range(width)]
                elif kind == "constant":
                    made.append(once(TABLE["mul"], x, 0.25 * ((i * r) % 5)))
                elif kind == "dot":
                    made.append(once(TABLE["dot"], *window(a, i), *window(b, t * (i // 3)), *[y][: u % 2]))
                elif kind == "sum":
                    made.append(once(TABLE["sum"], *window(a, i)))
                elif kind == "many":
                    index = [float((i + u) % width)] if TABLE[many].selector else []
                    made.append(once(TABLE[many], *index, *window(a, i)))
                elif kind == "take":
                    made.append(once(TABLE["take"], float((i + u) % width), *window(a, i)))
                else:
                    total = y if u % 2 else 0.0
                    for v, w in zip(window(a, i), window(b, i + u), strict=True):
                        term = once(TABLE["mul"], v, w) if s % 2 else v
                        total = once(TABLE["add" if kind == "chain" else "sub"], total, term)
                    made.append(total)
            rows.append([once(TABLE["tanh"], x) for x in made] if u % 3 == 0 else made)
        return autograd.sum([x for row in rows[1:] for x in row])

    f.lines = [(kind, op.name, many, numbers) for kind, op, many, numbers in lines]
    return f


@settings(max_examples=60, deadline=None)
@given(loops(), st.integers(3, 12), st.integers(0, 1000))
def test_nests_of_loops_compute_what_the_loops_compute(f, n, seed):
    rng = random.Random(seed)
    check(f, [rng.choice([-1.5, -0.5, 0.25, 1.0, rng.uniform(-2, 2)]) for _ in range(n)])
