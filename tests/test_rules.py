"""Values and partial derivatives as expressions: how Python code is traced, and what is written in other languages."""

from __future__ import annotations

import itertools
import json
import math
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest
from oracles.special import COMBINATIONS, POINTS

import autograd
from autograd import Value, exp, maximum, primitive
from autograd.expressions import Call, Constant, Expression, Symbol, call, evaluate, substitute
from autograd.primitives import TABLE, Primitive
from autograd.rules import Untraceable, operands, partial, trace, value
from autograd.writers import JAVASCRIPT, PYTHON, C, definitions, function, statements, write
from docs.make.kernels import may_choose

FIXED = [op for op in TABLE.values() if op.arity is not None]
every_operation = pytest.mark.parametrize("op", FIXED, ids=lambda op: op.name)
x, y, z = Symbol("x"), Symbol("y"), Symbol("z")
inf, nan = math.inf, math.nan
TARGETS = [C, JAVASCRIPT, PYTHON]


def points(op: Primitive) -> list[tuple[float, ...]]:
    special: list[float] = [*COMBINATIONS, *POINTS] if op.arity == 1 else COMBINATIONS
    return list(itertools.product(special, repeat=op.arity or 0))


def numbers(op: Primitive, xs: tuple[float, ...]) -> dict[Expression, float]:
    return {**dict(zip(operands(op), xs, strict=True)), y: op.value(*xs)}


def same(found: float, expected: float) -> bool:
    return repr(float(found)) == repr(float(expected))


# --- tracing ---


@every_operation
def test_expressions_of_the_table_have_the_bits_of_its_code(op: Primitive) -> None:
    expression = value(op)
    assert expression is not None
    partials = [partial(op, i) for i in range(op.arity or 0)]
    for xs in points(op):
        known = numbers(op, xs)
        assert same(evaluate(expression, known), op.value(*xs)), xs
        for found, expected in zip(partials, op(*map(Value, xs)).partials, strict=True):
            assert same(evaluate(found, known), expected), (xs, found)


@every_operation
def test_a_rule_for_a_constant_operand_is_the_rule_with_the_number_in_it(op: Primitive) -> None:
    for i in range(op.arity or 0):
        whole = partial(op, i)
        for constant in (0.0, -0.0, 2.0, -1.0, nan, inf):
            arguments = [*operands(op)[:-1], Constant(constant)]
            special = partial(op, i, arguments)
            replaced = substitute(whole, {operands(op)[-1]: Constant(constant)})
            for xs in points(op)[:: 1 + len(points(op)) // 300]:
                known = numbers(op, (*xs[:-1], constant))
                assert same(evaluate(special, known), evaluate(whole, known)), (i, xs, constant)
                assert same(evaluate(replaced, known), evaluate(whole, known)), (i, xs, constant)


def test_a_constant_exponent_leaves_a_rule_without_comparisons() -> None:
    assert str(partial(TABLE["pow"], 0, [x, Constant(2.0)])) == "mul(2.0, x)"
    assert str(partial(TABLE["maximum"], 0, [Constant(1.0), Constant(2.0)])) == "0.0"


def test_both_outcomes_of_every_comparison_are_followed() -> None:
    def sign(a: Any) -> Any:
        if a > 0:
            return 1.0
        return -1.0 if a < 0 else a

    assert str(trace(sign, x)) == "select(gt(x, 0.0), 1.0, select(lt(x, 0.0), -1.0, x))"
    assert evaluate(trace(sign, x), {x: -0.0}) == 0.0 and math.isnan(evaluate(trace(sign, x), {x: nan}))


def test_a_comparison_that_was_decided_is_not_asked_again() -> None:
    assert str(trace(lambda a: (1.0 if a < 2 else 2.0) + (1.0 if a < 2 else 2.0), x)) == "select(lt(x, 2.0), 2.0, 4.0)"


def test_a_number_is_true_unless_it_is_zero_and_python_can_choose_by_any_comparison() -> None:
    assert str(trace(lambda a: 1.0 if a else 2.0, x)) == "select(ne(x, 0.0), 1.0, 2.0)"
    assert str(trace(lambda a: 1.0 if not a else 2.0, x)) == "select(ne(x, 0.0), 2.0, 1.0)"
    assert str(trace(lambda a, b: max(a, b), x, z)) == "select(gt(z, x), z, x)"
    assert str(trace(lambda a: 1.0 if a in (2.0, 3.0) else a, x)) == "select(or(eq(x, 2.0), eq(x, 3.0)), 1.0, x)"
    assert str(trace(lambda a: 1.0 if 0 < a <= 2 else a, x)) == "select(and(gt(x, 0.0), le(x, 2.0)), 1.0, x)"


def test_operators_entries_of_the_table_and_numbers_mix() -> None:
    found = trace(lambda a: 2 - a / 3 + (-a) ** 2 % 5 // 7 + abs(+a) * maximum(1.0, exp(a)), x)
    assert evaluate(found, {x: 1.5}) == 2 - 1.5 / 3 + (-1.5) ** 2 % 5 // 7 + 1.5 * math.exp(1.5)


@pytest.mark.parametrize(
    "code",
    [
        lambda a: math.exp(a),
        lambda a: float(a),
        lambda a: (a > 0) - (a < 0),
        lambda a: "a",
        lambda a: [a, a],
        lambda a: a.data,
        lambda a: next(n for n in itertools.count() if a < n),
        lambda a: next(n for n in itertools.count() if a > n or a < -n),
        lambda a: sum(1.0 if a > n else 2.0 for n in range(20)),
    ],
)
def test_what_cannot_be_an_expression_is_refused(code: Any) -> None:
    with pytest.raises(Untraceable):
        trace(code, x)


def test_a_float_of_a_special_class_stays_one() -> None:
    class Special(float):
        pass

    found = trace(lambda a: Special(0.0) if a > 0 else 0.0, x)
    assert type(evaluate(found, {x: 1.0})) is Special and type(evaluate(found, {x: -1.0})) is float
    assert write(found, C) == "x > 0.0 ? 0.0 : 0.0"
    assert may_choose(found) and not may_choose(call("add", x, Constant(0.0)))


def test_a_users_operation_has_rules_but_no_value() -> None:
    twice = primitive("twice", lambda a: 2 * a, [lambda y, a: 2 + 0 * a])
    assert value(twice) is None and str(partial(twice, 0)) == "add(2.0, mul(0.0, x))"
    impostor = primitive("sin", math.sin, [lambda y, a: 2.0])
    assert value(impostor) is None


def test_an_operation_on_any_number_of_operands_has_no_expression() -> None:
    assert value(TABLE["sum"]) is None
    with pytest.raises(Untraceable, match="any number"):
        partial(TABLE["sum"], 0)


# --- simplification ---


@pytest.mark.parametrize(
    ("made", "simplified"),
    [
        (call("mul", x, Constant(1.0)), "x"),
        (call("mul", Constant(-1.0), x), "neg(x)"),
        (call("div", x, Constant(1.0)), "x"),
        (call("pow", x, Constant(1.0)), "x"),
        (call("neg", call("neg", x)), "x"),
        (call("select", call("lt", x, z), z, z), "z"),
        (call("select", call("lt", Constant(nan), Constant(1.0)), x, z), "z"),
        (call("div", Constant(1.0), Constant(-0.0)), "-inf"),
        (call("and", call("lt", Constant(0.0), Constant(1.0)), call("lt", x, z)), "lt(x, z)"),
        (call("or", call("lt", x, z), call("lt", Constant(0.0), Constant(1.0))), "1.0"),
        # these would change the sign of a zero, or a nan
        (call("add", x, Constant(0.0)), "add(x, 0.0)"),
        (call("mul", x, Constant(0.0)), "mul(x, 0.0)"),
        (call("pow", x, Constant(2.0)), "pow(x, 2.0)"),
        (call("sub", x, x), "sub(x, x)"),
        (call("div", x, x), "div(x, x)"),
        (call("neg", call("sub", x, z)), "neg(sub(x, z))"),
    ],
)
def test_only_exact_simplifications_are_made(made: Expression, simplified: str) -> None:
    assert str(made) == simplified


def test_expressions_are_equal_if_they_say_the_same_and_zeros_have_signs() -> None:
    assert call("exp", x) == call("exp", Symbol("x")) and len({call("exp", x), call("exp", x)}) == 1
    assert Constant(0.0) != Constant(-0.0) and Constant(nan) == Constant(nan) and x != y and x != Constant(1.0)


# --- writing ---


def shown(expression: Expression) -> list[str]:
    return [write(expression, language) for language in TARGETS]


def test_parentheses_keep_the_order_of_operations() -> None:
    assert write(trace(lambda a, b: (a + b) + (a + b * (a - b)), x, z), C) == "x + z + (x + z * (x - z))"
    assert write(trace(lambda a, b: a - (b - a) - b, x, z), C) == "x - (z - x) - z"
    assert write(trace(lambda a, b: a / (b * a) / b, x, z), C) == "x / (z * x) / z"
    assert write(trace(lambda a, b: -(a * b) - -(-2.0 * b), x, z), C) == "-(x * z) - -(-2.0 * z)"
    relu = trace(lambda a: a if a > 0 else 0.0, x)
    assert shown(call("mul", relu, relu))[1:] == [
        "(x > 0.0 ? x : 0.0) * (x > 0.0 ? x : 0.0)",
        "(x if x > 0.0 else 0.0) * (x if x > 0.0 else 0.0)",
    ]
    assert write(call("select", call("lt", x, z), relu, relu), C) == "x > 0.0 ? x : 0.0"
    assert shown(trace(lambda a, b: 1.0 if a == 1 and (b != 1 or b < a) else b, x, z)) == [
        "x == 1.0 && (z != 1.0 || z < x) ? 1.0 : z",
        "x === 1.0 && (z !== 1.0 || z < x) ? 1.0 : z",
        "1.0 if x == 1.0 and (z != 1.0 or z < x) else z",
    ]


def test_numbers_are_written_with_all_of_their_digits() -> None:
    for number in (0.1, 5e-324, 1.7976931348623157e308, 1 / 3, -0.0, 1e22):
        for text in shown(Constant(number)):
            assert same(eval(text), number)
    assert shown(Constant(-inf)) == ["-INFINITY", "-Infinity", "-math.inf"]
    assert shown(Constant(nan)) == ["NAN", "NaN", "math.nan"]
    assert write(Call("sub", (x, Constant(-0.5))), C) == "x - -0.5"
    assert write(Call("neg", (Constant(-0.5),)), C) == "-(-0.5)"


def test_what_is_needed_twice_is_computed_once_if_it_is_computed_anyway() -> None:
    twice = trace(lambda a: exp(a) * exp(a) + exp(a), x)
    assert statements([twice, call("exp", x)], C) == (["const double t0 = exp(x);"], ["t0 * t0 + t0", "t0"])
    either = trace(lambda a: exp(a) * exp(a) if a > 0 else a, x)
    assert statements([either], JAVASCRIPT) == ([], ["x > 0.0 ? Math.exp(x) * Math.exp(x) : x"])
    assert function("f", ["x"], either, C).splitlines() == [
        "static double f(double x) {",
        "    if (x > 0.0) {",
        "        const double t0 = exp(x);",
        "        return t0 * t0;",
        "    }",
        "    return x;",
        "}",
    ]


def test_a_function_that_a_language_lacks_is_refused() -> None:
    with pytest.raises(Untraceable, match="math.gamma"):
        write(Call("math.gamma", (x,)), C)


def test_variables_can_have_other_names() -> None:
    assert write(trace(lambda a, b: a * exp(b), x, z), C, {x: "buffer[3]", call("exp", z): "e"}) == "buffer[3] * e"


@every_operation
def test_written_python_has_the_bits_of_the_table(op: Primitive) -> None:
    names = {name: entry.value for name, entry in TABLE.items()} | {"math": math}
    for i in range(op.arity or 0):
        code = function("f", ["y", *map(str, operands(op))], partial(op, i), PYTHON)
        exec(code, names)
        for xs in points(op):
            assert same(names["f"](op.value(*xs), *xs), op(*map(Value, xs)).partials[i]), (code, xs)


# --- JavaScript ---

RUN = """
for (const [name, row, expected] of CASES) {
  const number = (text) => Number(text.replace("inf", "Infinity"));
  const found = functions[name](...row.map(number)), right = number(expected);
  const close = Math.abs(found - right) <= 1e-12 * Math.abs(right) + 1e-321;
  if (!Object.is(found, right) && !(close && Object.is(Math.sign(found), Math.sign(right)))) {
    console.log(name, row.join(" "), "gave", found, "and not", expected);
  }
}
"""


def test_written_javascript_has_twelve_digits_of_the_table_and_its_special_values(tmp_path: Path) -> None:
    node = shutil.which("node")
    if node is None:
        pytest.skip("node is not on PATH")
    runtime = Path(autograd.__file__).parent / "view" / "player" / "ieee.js"
    written = definitions(TABLE, JAVASCRIPT)
    ops = [op for op in FIXED if op.name not in ("lgamma", "digamma", "polygamma")]  # C and Python alone have these
    assert set(written) == {op.name for op in ops}
    source, names, cases = [runtime.read_text(encoding="utf-8"), *written.values()], [], []
    for op in ops:
        names.append(f"value_{op.name}")
        cases += [(names[-1], [*map(repr, xs)], repr(float(op.value(*xs)))) for xs in points(op)]
        for i in range(op.arity or 0):
            names.append(f"partial_{op.name}_{i}")
            source.append(function(names[-1], ["y", *map(str, operands(op))], partial(op, i), JAVASCRIPT))
            for xs in points(op):
                expected = op(*map(Value, xs)).partials[i]
                cases.append((names[-1], [repr(op.value(*xs)), *map(repr, xs)], repr(float(expected))))
    source += [f"const functions = {{{', '.join(names)}}}, CASES = {json.dumps(cases)};", RUN]
    program = tmp_path / "program.js"
    program.write_text("\n".join(source), encoding="utf-8")
    assert subprocess.run([node, str(program)], capture_output=True, text=True, check=True).stdout == ""
