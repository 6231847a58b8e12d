"""What an operation says of itself: its help, its formula, its derivatives as text, its signature."""

from __future__ import annotations

import inspect
import math
import pydoc
import re
import subprocess
import sys
from typing import Any

import pytest
from test_primitives import ordinary_points

import autograd
from autograd import Value, primitive
from autograd.primitives import TABLE, Primitive

every_operation = pytest.mark.parametrize("name", TABLE)
of_a_fixed_number = pytest.mark.parametrize("name", [name for name, op in TABLE.items() if not op.variadic])
VOCABULARY: dict[str, Any] = {**vars(autograd), "pi": math.pi, "e": math.e, "floor": math.floor}


@of_a_fixed_number
def test_the_derivatives_in_the_help_are_those_of_the_rules(name: str) -> None:
    op = TABLE[name]
    result, *operands = op.names
    assert len(op.slopes) == op.arity
    for xs in ordinary_points(name, 20):
        y = op.value(*xs)
        numbers = {result: y, **dict(zip(operands, xs, strict=True))}
        for i, slope in enumerate(op.slopes):
            expected = op.partial(i, y, xs)
            assert eval(slope, VOCABULARY, numbers) == pytest.approx(expected, rel=1e-9, abs=1e-12), (slope, xs)


def formula(op: Primitive) -> str:
    """The formula that the line of help begins with, "" if it begins with words."""
    said = re.split(r", (?=[a-z ]+\b)|\.$", op.doc.removeprefix("Return "))[0]
    try:
        compile(said, "help", "eval")
    except SyntaxError:
        return ""
    return said


def test_the_formulas_in_the_help_give_the_values() -> None:
    checked = {name: formula(op) for name, op in TABLE.items() if not op.variadic and formula(op)}
    assert {"add", "tanh", "sigmoid", "softplus", "silu", "hypot", "log1p", "mod"} <= set(checked)
    for name, said in checked.items():
        op = TABLE[name]
        for xs in ordinary_points(name, 20):
            numbers = dict(zip(op.names[1:], xs, strict=True))
            assert eval(said, VOCABULARY, numbers) == pytest.approx(op.value(*xs), rel=1e-9, abs=1e-12), (said, xs)


@every_operation
def test_every_operation_has_help_that_python_shows(name: str) -> None:
    op, function = TABLE[name], getattr(autograd, name)
    assert op.doc.startswith("Return ") and op.doc.endswith(".") and "\n" not in op.doc
    assert op.__name__ == op.__qualname__ == name
    shown = pydoc.render_doc(function, renderer=pydoc.plaintext)
    assert inspect.getdoc(function).startswith((f"{name}(", "Return "))
    assert all(slope in shown for slope in op.slopes)
    assert not op.variadic or op.doc in inspect.getdoc(op)


def test_help_of_a_function_a_method_and_the_class_of_operations() -> None:
    assert autograd.sigmoid.__doc__ == (
        "sigmoid(x, /)\n\nReturn 1 / (1 + exp(-x)), the logistic function, between 0 and 1.\n\n"
        "dy/dx = y * (1 - y), with y = sigmoid(x)"
    )
    assert inspect.getdoc(Value.sigmoid) == autograd.sigmoid.__doc__.removeprefix("sigmoid(x, /)\n\n")
    assert "∂r/∂y = x / (x**2 + y**2)" in Value.arctan2.__doc__
    assert Primitive.__doc__.startswith("A differentiable operation")


def test_signatures_are_those_of_calls() -> None:
    assert str(inspect.signature(autograd.sigmoid)) == "(x, /)"
    assert str(inspect.signature(autograd.atan2)) == "(y, x, /)"
    assert str(inspect.signature(autograd.add)) == "(a, b, /)"
    assert str(inspect.signature(autograd.leaky_relu)) == "(x, negative_slope=0.01)"
    assert str(inspect.signature(Value.clip)) == "(self, lo, hi)"
    assert str(inspect.signature(Value.pow)) == "(self, n)"
    assert str(inspect.signature(TABLE["softmax"])) == "(index, /, *xs)"
    assert "partials" in inspect.signature(Primitive).parameters


def test_an_operation_of_the_users_own_has_help_and_a_signature() -> None:
    cube = primitive("cube", lambda x: x**3, [lambda y, u: 3 * u * u], doc="Return u**3.")
    assert cube.__doc__ == "cube(u, /)\n\nReturn u**3."
    assert str(inspect.signature(primitive("total", lambda *xs: 0.0, lambda y, *xs: [0.0 for _ in xs]))) == "(*xs)"
    assert str(inspect.signature(primitive("scale", lambda a, b: a, [1.0, 0.0]))) == "(a, b, /)"
    assert str(inspect.signature(primitive("f", lambda x: x, [TABLE["exp"]]))) == "(x, /)"
    for wrong in ({"doc": 3}, {"latex": 3}, {"symbol": 3}):
        with pytest.raises(TypeError, match=f"{next(iter(wrong))} must be a string, but got 3"):
            primitive("f", lambda x: x, [1.0], **wrong)


def test_help_is_made_on_demand_and_importing_stays_light() -> None:
    program = "import sys, autograd; print(sorted({'inspect', 'autograd.view'} & set(sys.modules)))"
    assert subprocess.run([sys.executable, "-c", program], capture_output=True, text=True).stdout == "[]\n"
