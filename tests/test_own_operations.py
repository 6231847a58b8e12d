"""An operation of the user's own is shown, explained and diagnosed as the built-in operation with the same formula."""

from __future__ import annotations

import pytest

from autograd import Value, explain, primitive, sigmoid
from autograd.primitives import TABLE
from autograd.view.formulas.formula import Name, Num, Product, Sum, as_written
from autograd.view.formulas.latex import latex
from autograd.view.formulas.notation import text

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
