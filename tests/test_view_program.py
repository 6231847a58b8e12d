"""The page computes the recorded program with other numbers, and gets what the engine gets."""

import math
import random
import re

import pytest
from oracles.special import POINTS

from autograd import Value, primitive
from autograd.graph import reverse_sweep, topological_order
from autograd.primitives import TABLE
from autograd.view import play
from autograd.view.notation.text import numeral

pytestmark = pytest.mark.slow

SPECIAL = [
    0.0,
    -0.0,
    1.0,
    -1.0,
    0.5,
    2.0,
    -3.0,
    5e-324,
    -2e-310,
    1e-30,
    1e300,
    math.inf,
    -math.inf,
    math.nan,
    *POINTS[::5],
]
CLOSE = 1e-12
NAMES = [name for name in TABLE if name not in ("lgamma", "digamma", "polygamma")]  # C and Python alone have these

# Each case is the inputs that the page is given, and what it must find: what differs is returned.
COMPARE = """(cases) => cases.flatMap(([inputs, values, locals, gradients]) => {
    const found = evaluate(Object.fromEntries(inputs.map(([i, x]) => [i, number(x)])));
    const reached = gradientsOf(found).gradients, wrong = [];
    const compare = (what, x, text) => {
        const right = number(text), off = Math.abs(x - right);
        const close = off <= CLOSE * Math.abs(right) + 1e-320 || Object.is(x, right) || (x === 0 && right === 0);
        if (!close) wrong.push(`of ${inputs.map(([, x]) => x)}: ${what} is ${x}, not ${text}`);
    };
    values.forEach((text, i) => compare(`value ${i}`, found.values[i], text));
    for (const [edge, text] of locals) compare(`local ${edge}`, found.locals.get(edge) ?? 0, text);
    gradients.forEach((text, i) => compare(`gradient ${i}`, reached[i], text));
    return wrong;
})""".replace("CLOSE", repr(CLOSE))


def random_graph(rng, numbers, operations=9):
    """Return leaves and a function that computes an output of them, with operations of the table drawn at random."""
    names = [rng.choice(NAMES) for _ in range(operations)]
    plan = []
    for k, name in enumerate(names):
        op = TABLE[name]
        n = op.arity or rng.randrange(1, 5)
        picks = [
            rng.randrange(len(numbers) + k) if rng.random() < 0.85 else rng.choice([0.5, 2.0, -1.5]) for _ in range(n)
        ]
        if all(isinstance(p, float) for p in picks):
            picks[0] = 0
        if op.selector and op.variadic:
            picks = [float(rng.randrange(n)), *picks]
        plan.append((op, picks))

    def compute(leaves):
        made = list(leaves)
        for op, picks in plan:
            made.append(op(*[made[p] if isinstance(p, int) else p for p in picks]))
        return TABLE["dot"](*made[len(leaves) :], *[1.0] * len(plan))

    return [Value(x, f"p{i}") for i, x in enumerate(numbers)], compute


def case(leaves, compute, numbers):
    """What the engine finds for numbers."""
    for leaf, x in zip(leaves, numbers, strict=True):
        leaf.data = x
    output = compute(leaves)
    order, gradients = topological_order(output), reverse_sweep(output)
    place = {node: i for i, node in enumerate(order)}
    inputs = [[place[leaf], repr(x)] for leaf, x in zip(leaves, numbers, strict=True) if leaf in place]
    locals_ = [[f"{place[node]}.{k}", repr(float(p))] for node in order for k, p in enumerate(node.partials)]
    return inputs, [repr(node.data) for node in order], locals_, [repr(float(gradients[node])) for node in order]


@pytest.mark.parametrize("seed", range(12))
def test_the_page_computes_random_graphs_of_all_operations_as_the_engine_does(visit, tmp_path, seed):
    rng = random.Random(seed)
    leaves, compute = random_graph(rng, [rng.uniform(-2, 2) for _ in range(4)])
    tab = visit(play(compute(leaves), tmp_path / "graph.html").path)
    cases = [case(leaves, compute, [rng.uniform(-2, 2) for _ in leaves]) for _ in range(10)]
    assert tab.evaluate(COMPARE, cases) == []


@pytest.mark.parametrize("name", NAMES)
def test_the_page_computes_each_operation_at_special_values_as_the_engine_does(visit, tmp_path, name):
    op, rng = TABLE[name], random.Random(name)
    n = op.arity or 3
    leaves = [Value(0.7 + i / 8, f"p{i}") for i in range(n)]
    index = [1.0] if op.variadic and op.selector else []

    def compute(xs):
        return op(*index, *xs)

    tab = visit(play(compute(leaves), tmp_path / "graph.html").path)
    points = [[x] * n for x in SPECIAL] + [[rng.choice(SPECIAL) for _ in range(n)] for _ in range(60)]
    assert tab.evaluate(COMPARE, [case(leaves, compute, point) for point in points]) == []


def test_the_numbers_in_the_page_are_written_as_python_writes_them(page, visit):
    rng = random.Random(0)
    numbers = [
        *SPECIAL,
        2.0625,
        2.0635,
        12345.5,
        12346.5,
        1e7,
        9999999.5,
        1e16,
        1e15,
        1e-4,
        9.9999e-5,
        9999.6,
        -0.03125,
    ]
    numbers += [rng.uniform(-1, 1) * 10 ** rng.randrange(-12, 20) for _ in range(500)]
    written = visit(page().path).evaluate(
        "xs => xs.map(number).map(x => [exact(x), numeral(x)])", list(map(repr, numbers))
    )
    assert written == [[repr(x), numeral(x)] for x in numbers]


def test_a_page_has_only_the_functions_of_its_operations(page):
    text = page((Value(2.0, "x") * 3).tanh()).html
    assert "slopes_mul" in text and "slopes_tanh" in text
    assert not re.search(r"slopes_(?!mul|tanh)|value_(?!mul|tanh)", text)


CUBE = primitive("cube", lambda x: x * x * x, [lambda y, x: 3 * x * x])
GAMMA = primitive("gamma", math.gamma, [lambda y, x: 7.0])


def test_a_function_of_the_user_is_computed_if_it_can_be_written_as_an_expression(visit, tmp_path):
    leaves = [Value(2.0, "x"), Value(3.0, "b")]
    tab = visit(play(CUBE(leaves[0]) * leaves[1], tmp_path / "graph.html").path)
    points = [[0.5, 2.0], [-1.5, math.inf]]
    assert tab.evaluate(COMPARE, [case(leaves, lambda xs: CUBE(xs[0]) * xs[1], point) for point in points]) == []
    own = visit(play(GAMMA(Value(4.0, "x")) * leaves[1], tmp_path / "own.html").path)
    assert own.evaluate("program.steps[1]") == {"own": "gamma", "of": [0], "slopes": ["7.0"]}
    assert own.evaluate("evaluate({2: 5}).values") == [4, 6, 5, 30]


def test_an_operation_that_javascript_lacks_stays_as_recorded(visit, tmp_path):
    x, b = Value(4.5, "x"), Value(2.0, "b")
    tab = visit(play(TABLE["lgamma"](x) * b, tmp_path / "graph.html").path)
    assert tab.evaluate("program.steps[1].own") == "lgamma"
    assert tab.evaluate("evaluate({2: 3}).values.at(-1)") == TABLE["lgamma"](4.5) * 3


def test_what_sum_of_python_adds_is_added_in_that_order(visit, tmp_path):
    leaves = [Value(x, f"p{i}") for i, x in enumerate((1.0, 1e100, 1.0, -1e100))]
    tab = visit(play(sum(leaves), tmp_path / "graph.html").path)
    assert tab.evaluate("evaluate({0: 5}).values.at(-1)") == 0.0
    assert tab.evaluate("evaluate({1: 2, 3: 0.5}).values.at(-1)") == 4.5
