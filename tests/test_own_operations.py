"""An operation of the user's own is shown, explained and diagnosed as the built-in operation with the same formula."""

from __future__ import annotations

import math
import re
from collections.abc import Callable
from typing import Any

import pytest

import autograd
from autograd import Value, diagnose, draw, explain, nn, primitive, sigmoid, why
from autograd.primitives import TABLE, Primitive
from autograd.view.notation.expression import Name, Num, Product, Sum, as_written
from autograd.view.notation.latex import latex
from autograd.view.notation.text import text
from autograd.view.response import response

A, B, X = Name("a", "a"), Name("b", "b"), Name("x", "x")


def test_latex_may_be_the_name_or_the_whole_expression() -> None:
    arcsine = primitive("arcsine", lambda x: x, [1.0], latex=r"\arcsin")
    floor = primitive("floor", lambda x: x // 1, [0.0], latex=r"\lfloor #1 \rfloor")
    choose = primitive("choose", lambda a, b: a, [1.0, 0.0], latex=r"\binom{#1}{#2}")
    assert latex(as_written(arcsine, [X])) == r"\arcsin(x)"
    assert latex(as_written(floor, [Sum((A, B))])) == r"\lfloor a + b \rfloor"
    assert latex(as_written(choose, [A, B])) == r"\binom{a}{b}"


def test_an_infix_symbol_and_one_that_encloses_its_operand_are_written_so() -> None:
    xor = primitive("xor", lambda a, b: a, [1.0, 1.0], symbol="⊕")
    floor = primitive("floor", lambda x: x // 1, [0.0], symbol="⌊x⌋")
    assert text(as_written(xor, [Sum((A, B)), X])) == "(a + b) ⊕ x"
    assert text(Product((Num(2.0), as_written(xor, [A, B])))) == "2 × (a ⊕ b)"
    assert text(as_written(floor, [Sum((A, B))])) == "⌊a + b⌋"
    assert text(as_written(TABLE["abs"], [as_written(TABLE["abs"], [X])])) == "abs(|x|)"


def test_an_own_operation_with_a_built_in_name_is_not_taken_for_it() -> None:
    add = primitive("add", lambda a, b: a * b, [lambda y, a, b: b, lambda y, a, b: a])
    assert text(as_written(add, [A, B])) == "add(a, b)"
    assert latex(as_written(primitive("exp", lambda x: x, [1.0]), [X])) == r"\operatorname{exp}(x)"


@pytest.mark.parametrize(("x", "formula"), [(-2.0, "y × (1 − y)"), (2.0, "y × (1 − y)"), (9.0, "y × sigmoid(−x)")])
def test_a_derivative_is_the_textbooks_unless_that_cancels(x: float, formula: str) -> None:
    assert f"dy/dx = {formula} = " in str(explain(sigmoid(Value(x, "x")).named("y")))


# --- what the views ask of an operation, they ask of its slopes ---

LIKE = "like_{}".format
COPIES = {name: Primitive(LIKE(name), op.value, op.rules or op.all_partials) for name, op in TABLE.items()}
ACTIVATIONS = [
    "sigmoid",
    "tanh",
    "softplus",
    "relu",
    "gelu",
    "silu",
    "erf",
    "atan",
    "sin",
    "cos",
    "asinh",
    "abs",
    "sign",
]


def network(activation: Callable[[Any], Any]) -> tuple[nn.Sequential, Value]:
    """A deep network and its loss."""

    class Activation(nn.Module):
        def forward(self, x: Any) -> Any:
            return [self.forward(row) for row in x] if isinstance(x, list) else activation(x)

    layers = [layer for i in range(4) for layer in (nn.Linear(3, 3, seed=i), Activation())]
    model = nn.Sequential(*layers, nn.Linear(3, 1, seed=4))
    batch = [[0.3, -1.0, 2.0], [1.5, 0.2, -0.4]]
    return model, sum(((y[0] - 1) ** 2 for y in model(batch)), Value(0.0))


@pytest.mark.parametrize("name", ACTIVATIONS)
def test_a_network_with_an_own_activation_has_the_report_of_the_built_in_one(name: str) -> None:
    ours, theirs = (str(diagnose(*network(f))) for f in (COPIES[name], getattr(autograd, name)))
    assert ours == theirs
    assert "rest" not in ours


@pytest.mark.parametrize("name", ["cos", "asinh", "exp", "square", "cbrt"])
def test_the_doctor_knows_every_activation_of_a_network(name: str) -> None:
    model = nn.MLP(2, [3, 3, 1], name, seed=0)
    report = diagnose(model, (model([0.5, -0.3]) - 1.0) ** 2)
    assert "rest" not in str(report)
    assert all(layer.activation_factor != 1.0 for layer in report.layers[:-1])


def test_flat_units_of_an_own_operation_are_counted() -> None:
    softsign = primitive("softsign", lambda x: x / (1 + abs(x)), [lambda y, x: 1 / (1 + abs(x)) ** 2])
    hard = primitive("hard", lambda x: min(max(x, 0.0), 1.0), [lambda y, x: 1.0 if 0 < x < 1 else 0.0])
    for activation, share in ((softsign, "saturated"), (hard, "dead")):
        model, loss = network(lambda x, f=activation: f(x * 50.0))
        assert any(getattr(layer, share) > 0.0 for layer in diagnose(model, loss).layers)


@pytest.mark.parametrize(
    ("name", "levels_off", "is_activation"),
    [
        ("sigmoid", True, True), ("tanh", True, True), ("softplus", True, True), ("gelu", True, True),
        ("silu", True, True), ("erf", True, True), ("erfc", True, True), ("atan", True, True), ("relu", False, True),
        ("sin", False, True), ("cos", False, True), ("asinh", False, True), ("abs", False, True),
        ("sign", False, True), ("neg", False, False), ("log", False, False), ("sqrt", False, False),
        ("square", False, False), ("cosh", False, False), ("tan", False, False), ("reciprocal", False, False),
    ],
)  # fmt: skip
def test_whether_an_operation_levels_off_or_is_an_activation_is_asked_of_its_slopes(
    name: str, levels_off: bool, is_activation: bool
) -> None:
    x = Value(0.5)
    for op in (TABLE[name], COPIES[name]):
        function = response(op(x), x)
        assert (function.levels_off if is_activation else False, function.is_activation) == (levels_off, is_activation)


def test_an_own_activation_stands_in_its_neurons_frame() -> None:
    for name in ("tanh", "cos", "relu"):
        pictures = []
        for f in (COPIES[name], getattr(autograd, name)):
            w, x = Value(0.5, "w"), Value(2.0, "x")
            pictures.append(draw(f(autograd.dot([w], [x], Value(0.1, "b"))).named("a"), group=True).dot)
        assert re.sub(f"like_{name}|ReLU|{name}", "", pictures[0]) == re.sub(
            f"like_{name}|ReLU|{name}", "", pictures[1]
        )


def zeros() -> list[tuple[str, list[float], int]]:
    """Operations, operands, and the one whose gradient is in question."""
    return [
        ("maximum", [1.0, 2.0], 0), ("minimum", [3.0, 2.0], 0), ("clip", [2.0, 0.0, 1.0], 0), ("max", [1.0, 2.0], 0),
        ("where", [0.0, 2.0, 3.0], 1), ("mul", [2.0, 0.0], 0), ("dot", [2.0, 3.0, 0.0, 4.0], 0),
        ("prod", [2.0, 0.0, 5.0], 0), ("relu", [-3.0], 0), ("sigmoid", [-60.0], 0), ("tanh", [20.0], 0),
        ("softmax", [0.0, -20.0, 20.0], 1), ("log_softmax", [1.0, -20.0, 20.0], 1), ("logsumexp", [-20.0, 20.0], 0),
        ("log", [0.0], 0), ("log2", [0.0], 0), ("reciprocal", [0.0], 0), ("div", [1.0, 0.0], 1),
        ("div", [2.0, 1e-9], 0), ("sqrt", [0.0], 0), ("pow", [0.0, -1.0], 0), ("hypot", [0.0, 3.0], 0),
        ("pow", [1.0, 3.0], 1), ("sign", [2.0], 0), ("sub", [math.inf, math.inf], 0), ("mul", [0.0, math.inf], 0),
        ("sum", [math.inf, -math.inf], 0), ("exp", [800.0], 0), ("leaky_relu", [-2.0, 0.01], 0),
    ]  # fmt: skip


@pytest.mark.parametrize(("name", "numbers", "i"), zeros(), ids=str)
def test_why_gives_the_reason_of_the_built_in_operation(name: str, numbers: list[float], i: int) -> None:
    reasons = []
    for op in (TABLE[name], Primitive(name, TABLE[name].value, TABLE[name].rules or TABLE[name].all_partials,
                                      TABLE[name].symbol, selector=TABLE[name].selector)):  # fmt: skip
        start = 1 if op.selector else 0
        operands: list[Any] = [*numbers[:start], *(Value(x, f"x{k}") for k, x in enumerate(numbers[start:]))]
        reasons.append(str(why(op(*operands).named("y"), operands[i])))
    assert reasons[0] == reasons[1]


@pytest.mark.parametrize(
    ("name", "numbers", "i", "cause"),
    [
        ("maximum", [1.0, 2.0], 0, "choice"), ("clip", [2.0, 0.0, 1.0], 0, "choice"), ("hypot", [0.0, 3.0], 0, "flat"),
        ("pow", [1.0, 3.0], 1, "flat"), ("mul", [2.0, 0.0], 0, "factor"), ("prod", [2.0, 0.0, 5.0], 0, "factor"),
        ("softmax", [0.0, -900.0, 900.0], 1, "spread"), ("logsumexp", [-900.0, 900.0], 0, "spread"),
        ("log10", [0.0], 0, "log of 0"), ("div", [1.0, 0.0], 0, "division by 0"), ("sqrt", [0.0], 0, "pole"),
        ("leaky_relu", [-2.0, 0.0], 0, "flat"), ("where", [0.0, 2.0, math.inf], 1, "choice"),
        ("relu", [-1.0], 0, "dead"), ("sigmoid", [-900.0], 0, "saturated"),
    ],
)  # fmt: skip
def test_the_kind_of_a_cause_is_asked_of_the_operation(name: str, numbers: list[float], i: int, cause: str) -> None:
    op = TABLE[name]
    start = 1 if op.selector else 0
    operands: list[Any] = [*numbers[:start], *(Value(x, f"x{k}") for k, x in enumerate(numbers[start:]))]
    y = op(*operands)
    y = y if y.data == y.data else y * 1.0
    assert why(y, operands[i]).cause == cause
