"""Forward and backward one step at a time: the lines, their numbers, and that they are those of backward()."""

import math
import random

import pytest

import autograd
from autograd import Value, nn
from autograd.graph import reverse_sweep, topological_order
from autograd.view import Step, backward_steps


def odd_even() -> Value:
    x, y = Value(3, "x"), Value(1, "y")
    w1, b1, w2, b2 = Value(0.5, "w1"), Value(0.2, "b1"), Value(0.8, "w2"), Value(-0.5, "b2")
    z1 = ((w1 * x).named("p1") + b1).named("z1")
    z2 = ((w2 * z1.relu().named("a1")).named("p2") + b2).named("z2")
    return ((z2.sigmoid().named("a2") - y).named("e") ** 2).named("L")


def lines(output: Value, **options) -> list[str]:
    return [str(step) for step in backward_steps(output, **options)]


def test_the_odd_even_network_is_written_out_as_on_paper():
    assert lines(odd_even()) == [
        "p1 = w1 × x = 0.5 × 3 = 1.5",
        "z1 = p1 + b1 = 1.5 + 0.2 = 1.7",
        "a1 = ReLU(z1) = ReLU(1.7) = 1.7",
        "p2 = w2 × a1 = 0.8 × 1.7 = 1.36",
        "z2 = p2 + b2 = 1.36 + (-0.5) = 0.86",
        "a2 = sigmoid(z2) = sigmoid(0.86) = 0.7027",
        "e = a2 − y = 0.7027 − 1 = -0.2973",
        "L = e² = (-0.2973)² = 0.08841",
        "dL/dL = 1",
        "dL/de += dL/dL × dL/de = 1 × (-0.5947) = -0.5947",
        "dL/da2 += dL/de × de/da2 = (-0.5947) × 1 = -0.5947",
        "dL/dy += dL/de × de/dy = (-0.5947) × (-1) = 0.5947",
        "dL/dz2 += dL/da2 × da2/dz2 = (-0.5947) × 0.2089 = -0.1242",
        "dL/dp2 += dL/dz2 × dz2/dp2 = (-0.1242) × 1 = -0.1242",
        "dL/db2 += dL/dz2 × dz2/db2 = (-0.1242) × 1 = -0.1242",
        "dL/dw2 += dL/dp2 × dp2/dw2 = (-0.1242) × 1.7 = -0.2112",
        "dL/da1 += dL/dp2 × dp2/da1 = (-0.1242) × 0.8 = -0.0994",
        "dL/dz1 += dL/da1 × da1/dz1 = (-0.0994) × 1 = -0.0994",
        "dL/dp1 += dL/dz1 × dz1/dp1 = (-0.0994) × 1 = -0.0994",
        "dL/db1 += dL/dz1 × dz1/db1 = (-0.0994) × 1 = -0.0994",
        "dL/dw1 += dL/dp1 × dp1/dw1 = (-0.0994) × 3 = -0.2982",
        "dL/dx += dL/dp1 × dp1/dx = (-0.0994) × 0.5 = -0.0497",
    ]


def random_graph(seed: int) -> Value:
    draw = random.Random(seed)
    values = [Value(draw.uniform(-2, 2)) for _ in range(4)]
    for _ in range(30):
        a, b = draw.choices(values, k=2)
        values.append(draw.choice([a + b, a - b, a * b, a.tanh(), a.sin() * 3, autograd.dot([a, b], [b, a], bias=a)]))
    return autograd.sum(values)


@pytest.mark.parametrize("seed", range(20))
def test_the_totals_are_those_of_the_reverse_sweep_to_the_last_bit(seed):
    output = random_graph(seed)
    totals: dict[Value, float | None] = {}
    for step in backward_steps(output):
        if step.kind == "seed":
            totals[step.node] = step.accumulated
        elif step.kind == "backward":
            assert step.parent is step.node.parents[step.index]
            assert step.local == step.node.partials[step.index]
            assert step.incoming == totals[step.node]
            assert step.contribution == step.incoming * step.local
            totals[step.parent] = step.accumulated
    assert {node: total.hex() for node, total in totals.items()} == {
        node: gradient.hex() for node, gradient in reverse_sweep(output).items()
    }


def test_every_operation_is_a_step_forward_and_every_edge_a_step_backward():
    output = random_graph(0)
    nodes = topological_order(output)
    kinds = [step.kind for step in backward_steps(output)]
    forward, backward = sum(node.op is not None for node in nodes), sum(len(node.parents) for node in nodes)
    assert kinds == ["forward"] * forward + ["seed"] + ["backward"] * backward


def test_nothing_in_the_graph_changes():
    output = odd_even()
    output.backward()
    nodes = topological_order(output)
    before = [(node.data, node.grad, node.label, node.parents, node.partials) for node in nodes]
    assert len(list(backward_steps(output))) == 22
    assert [(node.data, node.grad, node.label, node.parents, node.partials) for node in nodes] == before


def test_a_leaf_alone_has_only_the_seed():
    assert lines(Value(2.0, "x")) == ["dx/dx = 1"]


def test_several_paths_to_one_value_add_up():
    x = Value(3.0, "x")
    y = (x * x).named("y")
    assert lines(y)[2:] == [
        "dy/dx += dy/dy × dy/dx = 1 × 3 = 3",
        "dy/dx += dy/dy × dy/dx = 1 × 3 = 3; with what came before 3 + 3 = 6",
    ]
    assert lines(y, lang="zh")[-1] == "dy/dx += dy/dy × dy/dx = 1 × 3 = 3；加上之前的贡献 3 + 3 = 6"


def test_a_value_without_a_name_is_called_by_its_place_in_topological_order():
    x = Value(3.0, "x")
    y = (x * x + 1).named("y")
    order = topological_order(y)
    assert lines(y)[0] == f"v{order.index(y.parents[0])} = x × x = 3 × 3 = 9"


@pytest.mark.parametrize(("label", "called"), [("a", "y"), ("y", "out")])
def test_an_output_without_a_name_is_called_the_same_in_steps_and_explanations(label, called):
    a, b = Value(2.0, label), Value(-3.0, "b")
    output = (a * b).sin() * (a * b + 1)
    assert f"d{called}/d{called} = 1" in lines(output)
    assert lines(output)[-1].startswith(f"d{called}/db += ")
    assert f"  d{called}/db = " in str(autograd.explain(output, b))


def test_names_name_what_has_no_label():
    p, q = Value(1.0), Value(2.0, "kept")
    assert lines(p + q, names={"p": p, "q": q, "total": 3})[0] == "y = p + kept = 1 + 2 = 3"


def test_a_made_up_name_is_never_one_that_is_taken():
    unnamed = Value(1.0)
    first, second = lines(unnamed * Value(2.0, "v1")), lines(unnamed * Value(2.0, "v0"))
    assert {first[0], second[0]} == {"y = u1 × v1 = 1 × 2 = 2", "y = u1 × v0 = 1 × 2 = 2"}


@pytest.mark.parametrize(
    "make, expected",
    [
        (lambda a, b: a + b, "a + b = 2 + (-3) = -1"),
        (lambda a, b: b - a, "b − a = (-3) − 2 = -5"),
        (lambda a, b: 2 / b, "2 ÷ b = 2 ÷ (-3) = -0.6667"),
        (lambda a, b: -b, "−b = −(-3) = 3"),
        (lambda a, b: abs(b), "|b| = |-3| = 3"),
        (lambda a, b: b.exp(), "exp(b) = exp(-3) = 0.04979"),
        (lambda a, b: autograd.maximum(a, b), "maximum(a, b) = maximum(2, -3) = 2"),
        (lambda a, b: autograd.clip(b, 0, 1), "clip(b, 0, 1) = clip(-3, 0, 1) = 0"),
        (lambda a, b: autograd.dot([a, b], [b, 4.0], bias=a), "a × b + b × 4 + a = 2 × (-3) + (-3) × 4 + 2 = -16"),
        (lambda a, b: autograd.sum([a, b, 1.0]), "a + b + 1 = 2 + (-3) + 1 = 0"),
        (lambda a, b: autograd.prod([a, b]), "a × b = 2 × (-3) = -6"),
        (lambda a, b: autograd.softmax([a, b])[1], "softmax(a, b)[1] = softmax(2, -3)[1] = 0.006693"),
        (lambda a, b: autograd.sum([a] * 50), "a + a + a + ... + a = 2 + 2 + 2 + ... + 2 = 100"),
    ],
)
def test_an_operation_is_written_as_on_paper(make, expected):
    result = make(Value(2.0, "a"), Value(-3.0, "b")).named("y")
    assert lines(result)[0] == f"y = {expected}"


def test_a_name_that_is_no_word_stands_in_quotes():
    assert lines((Value(2.0, "learning rate") * 3).named("w/b")) == [
        '"w/b" = "learning rate" × 3 = 2 × 3 = 6',
        'd"w/b"/d"w/b" = 1',
        'd"w/b"/d"learning rate" += d"w/b"/d"w/b" × d"w/b"/d"learning rate" = 1 × 3 = 3',
    ]


@pytest.mark.parametrize("label", ["two\nlines", "\x1b[31mred", "\u202eright to left", "\ud800", "\x00"])
def test_a_line_stays_one_line_and_obeys_no_control_character_of_a_label(label):
    for line in lines(Value(2.0, label) * 3):
        assert line.isprintable()
        line.encode("utf-8")


def test_a_hook_that_replaces_a_gradient_is_a_step_and_the_totals_stay_those_of_the_sweep():
    x = Value(2.0, "x")
    z = (3 * x).named("z")
    z.register_hook(lambda gradient: gradient * 10)
    y = (z * z).named("y")
    steps = list(backward_steps(y))
    assert "dy/dz = 120 after a hook, before it 12" in map(str, steps)
    assert steps[-1].accumulated == reverse_sweep(y)[x] == 360.0
    assert lines(y, lang="zh").count("dy/dz = 120，由钩子（hook）修改，原为 12") == 1


def test_a_hook_that_only_looks_is_no_step():
    x = Value(2.0, "x")
    x.register_hook(lambda gradient: None)
    assert {step.kind for step in backward_steps(x * x)} == {"forward", "seed", "backward"}


def test_a_line_forward_does_not_claim_numbers_that_were_changed_since():
    x = Value(2.0, "x")
    y = (x * x).named("y")
    x.data = 5.0
    assert lines(y)[0] == "y = x × x = 4 (recorded before a leaf got new data)"


def test_inf_and_nan_are_shown_as_they_are():
    x = Value(0.0, "x")
    shown = lines((x.log() * 0).named("y"))
    assert shown[0] == "v1 = log(x) = log(0) = -inf"
    assert shown[-1] == "dy/dx += dy/dv1 × dv1/dx = 0 × inf = nan"
    *_, last = backward_steps(x.log() * 0)
    assert math.isnan(last.accumulated)


def test_a_step_shows_itself_and_cannot_be_changed():
    step = next(backward_steps((Value(2.0, "a") * Value(3.0, "b")).named("c")))
    assert repr(step) == "<forward: c = a × b = 2 × 3 = 6>"
    assert isinstance(step, Step)
    with pytest.raises(AttributeError):
        step.kind = "seed"


@pytest.mark.slow
def test_a_chain_of_any_length_is_gone_through_one_step_at_a_time():
    x = Value(1.0, "x")
    y = x
    for _ in range(50_000):
        y = y + 1.0
    steps = backward_steps(y)
    assert str(next(steps)) == "v1 = x + 1 = 1 + 1 = 2"
    *_, last = steps
    assert last.parent is x and last.accumulated == 1.0


def test_bad_arguments_are_refused_at_the_call():
    with pytest.raises(TypeError, match=r"backward_steps takes a Value, but got 3\.0 of type float"):
        backward_steps(3.0)
    with pytest.raises(ValueError, match="'en', 'zh', but got 'fr'"):
        backward_steps(Value(1.0), lang="fr")
    with pytest.raises(TypeError, match="names must be a mapping of names to Values"):
        backward_steps(Value(1.0), names=["x"])


def test_a_message_repeats_no_more_of_an_argument_than_can_be_read():
    with pytest.raises(TypeError, match=r"but got \[.*\.\.\.\] of type list") as caught:
        backward_steps([Value(1.0)] * 100_000)
    assert len(str(caught.value)) < 500


def test_forward_goes_from_left_to_right_as_one_reads():
    a, b, c, d = (Value(x, label) for x, label in ((1.0, "a"), (2.0, "b"), (3.0, "c"), (4.0, "d")))
    assert lines((a * b + c * d).named("y"))[:3] == [
        "v1 = a × b = 1 × 2 = 2", "v2 = c × d = 3 × 4 = 12", "y = v1 + v2 = 2 + 12 = 14",
    ]  # fmt: skip
    steps = backward_steps(nn.MLP(1, [3, 1], "tanh", seed=0)([1.0]))
    assert [str(next(steps)).split(" = ")[1].split(" ")[0] for _ in range(5)][::2] == ["w1", "w1#2", "w1#3"]
