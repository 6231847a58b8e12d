"""Expressions as source code: one writer, and the syntax of C, JavaScript and Python.

>>> from autograd.primitives import TABLE
>>> from autograd.rules import partial
>>> print(function("slope", ["y", "x"], partial(TABLE["sigmoid"], 0), C))
static double slope(double y, double x) {
    if (x < 1.0) return y * (1.0 - y);
    return y * value_sigmoid(-x);
}
>>> write(partial(TABLE["sigmoid"], 0), PYTHON)
'y * (1.0 - y) if x < 1.0 else y * sigmoid(-x)'
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import NamedTuple

from .expressions import COMPARISONS, CONNECTIVES, Call, Constant, Expression
from .primitives import BLOCKED, TABLE
from .rules import Untraceable, operands, value

__all__ = ["C", "JAVASCRIPT", "PYTHON", "Syntax", "definitions", "entries", "function", "statements", "write"]

SELECT, CONNECT, COMPARE, ADD, MULTIPLY, SIGN, ATOM = range(7)  # how tightly an expression binds
INFIX = {"add": ("+", ADD), "sub": ("-", ADD), "mul": ("*", MULTIPLY), "div": ("/", MULTIPLY)}


class Syntax(NamedTuple):
    """The names and the syntax of a language.

    Args:
        functions: the names of functions such as "pow" and "math.exp"; an operator among them is written as a call.
        entry: the name of the function with the value of an entry of the table.
        direct: whether an entry that is a function of C is called by the name of that function.
        numbers: the names of inf and nan.
        blocked: the derivative by an operand that was not taken.
        conditions: the operators for lt, le, gt, ge, eq, ne, and, or.
        select: a conditional expression of {condition}, {yes} and {no}.
        assign: a statement that names a {value} {name}.
        returns: a statement that returns {value}.
        branch: the opening of a block for a {condition}, and its end.
        define: the opening of a function {name} of {parameters}, and its end.
        parameter: a parameter of a function.
    """

    functions: Mapping[str, str]
    entry: str
    direct: bool
    numbers: tuple[str, str]
    blocked: str
    conditions: Mapping[str, str]
    select: str
    assign: str
    returns: str
    branch: tuple[str, str]
    define: tuple[str, str]
    parameter: str

    def call(self, name: str) -> str:
        """Return the name of a function in this language."""
        if name in self.functions:
            return self.functions[name]
        if name not in TABLE:
            raise Untraceable(f"this language has no function {name}")
        if self.direct:
            found = value(TABLE[name])
            if isinstance(found, Call) and found.arguments == operands(TABLE[name]):
                return self.call(found.function)
        return self.entry.format(name)


_MATH = [
    "exp", "expm1", "log", "log1p", "log2", "log10", "sqrt", "cbrt", "sin", "cos", "tan", "asin", "acos", "atan",
    "atan2", "sinh", "cosh", "tanh", "asinh", "acosh", "atanh", "floor", "ceil", "trunc",
]  # fmt: skip
_CONDITIONS = {"lt": "<", "le": "<=", "gt": ">", "ge": ">=", "eq": "==", "ne": "!=", "and": "&&", "or": "||"}
_BLOCK = ("if ({condition}) {{", "}}")

C = Syntax(
    functions={f"math.{name}": name for name in [*_MATH, "erf", "erfc", "copysign"]}
    | {f"gamma.{name}": f"gamma_{name}" for name in ("lgamma", "digamma", "polygamma")}
    | {"math.hypot": "ieee_hypot", "abs": "fabs", "pow": "pow", "mod": "ieee_mod", "floor_divide": "ieee_floor_divide"},
    entry="value_{}",
    direct=True,
    numbers=("INFINITY", "NAN"),
    blocked="BLOCKED",
    conditions=_CONDITIONS,
    select="{condition} ? {yes} : {no}",
    assign="const double {name} = {value};",
    returns="return {value};",
    branch=_BLOCK,
    define=("static double {name}({parameters}) {{", "}}"),
    parameter="double {}",
)
JAVASCRIPT = Syntax(
    functions={f"math.{name}": f"Math.{name}" for name in [*_MATH, "hypot"]}
    | {f"math.{name}": f"ieee.{name}" for name in ("erf", "erfc", "copysign")}
    | {"abs": "Math.abs", "pow": "ieee.pow", "mod": "ieee.mod", "floor_divide": "ieee.floorDivide"}
    | {name: f"ieee.{name}" for name in ("sum", "mean", "prod", "dot", "max", "min", "logsumexp", "softmax", "norm")}
    | {"log_softmax": "ieee.logSoftmax", "take": "ieee.take"},
    entry="value_{}",
    direct=True,
    numbers=("Infinity", "NaN"),
    blocked="0.0",
    conditions=_CONDITIONS | {"eq": "===", "ne": "!=="},
    select=C.select,
    assign="const {name} = {value};",
    returns="return {value};",
    branch=_BLOCK,
    define=("function {name}({parameters}) {{", "}}"),
    parameter="{}",
)
# Python's operators and its module math raise exceptions: the operators and entries that are called here are functions
# that its programs are given, `{name: op.value for name, op in TABLE.items()}`.
PYTHON = Syntax(
    functions={f"math.{name}": f"math.{name}" for name in vars(math)}
    | {name: name for name in ("abs", "div", "pow", "mod", "floor_divide")},
    entry="{}",
    direct=False,
    numbers=("math.inf", "math.nan"),
    blocked="0.0",
    conditions=_CONDITIONS | {"and": "and", "or": "or"},
    select="{yes} if {condition} else {no}",
    assign="{name} = {value}",
    returns="return {value}",
    branch=("if {condition}:", ""),
    define=("def {name}({parameters}):", ""),
    parameter="{}",
)


def write(expression: Expression, language: Syntax, names: Mapping[Expression, str] | None = None) -> str:
    """Return an expression as source code, parenthesized if necessary.

    Args:
        expression: the expression to write.
        language: C, JAVASCRIPT or PYTHON, or a variant of one.
        names: names for symbols and other parts, such as those in a variable; by default the name of a symbol.

    Raises:
        Untraceable: the language has no function that the expression calls.
    """
    return _write(expression, language, names or {}, SELECT)


def _write(e: Expression, language: Syntax, names: Mapping[Expression, str], least: int) -> str:
    """Write an expression, in parentheses if it binds less tightly than `least`; return it."""

    def part(argument: Expression, least: int) -> str:
        return _write(argument, language, names, least)

    if e in names:
        return names[e]
    if isinstance(e, Constant) and e.number is BLOCKED:
        text, binding = language.blocked, ATOM
    elif isinstance(e, Constant):
        text, binding = _number(float(e.number), language)
    elif not isinstance(e, Call):
        text, binding = e.name, ATOM
    elif e.function == "select":
        condition, yes, no = e.arguments
        text = language.select.format(
            condition=part(condition, CONNECT), yes=part(yes, CONNECT), no=part(no, SELECT)
        )  # fmt: skip
        binding = SELECT
    elif e.function in COMPARISONS:
        left, right = (part(a, ADD) for a in e.arguments)
        text, binding = f"{left} {language.conditions[e.function]} {right}", COMPARE
    elif e.function in CONNECTIVES:
        same = [isinstance(a, Call) and a.function == e.function for a in e.arguments]
        parts = [part(a, CONNECT if alike else COMPARE) for a, alike in zip(e.arguments, same, strict=True)]
        text, binding = f" {language.conditions[e.function]} ".join(parts), CONNECT
    elif e.function in INFIX and (e.function not in language.functions or _divides(e)):
        sign, binding = INFIX[e.function]
        text = f"{part(e.arguments[0], binding)} {sign} {part(e.arguments[1], binding + 1)}"
    elif e.function == "neg":
        text, binding = f"-{part(e.arguments[0], ATOM)}", SIGN
    else:
        text, binding = f"{language.call(e.function)}({', '.join(part(a, SELECT) for a in e.arguments)})", ATOM
    return f"({text})" if binding < least else text


def _number(x: float, language: Syntax) -> tuple[str, int]:
    inf, nan = language.numbers
    text = nan if x != x else inf if x in (math.inf, -math.inf) else repr(abs(x))
    return (f"-{text}", SIGN) if math.copysign(1.0, x) < 0 and x == x else (text, ATOM)


def _divides(e: Call) -> bool:
    """Return whether this is a division by a constant other than 0, which no language refuses."""
    divisor = e.arguments[-1]
    return e.function == "div" and isinstance(divisor, Constant) and divisor.number != 0


def statements(
    expressions: Sequence[Expression],
    language: Syntax,
    names: Mapping[Expression, str] | None = None,
    everywhere: bool = False,
) -> tuple[list[str], list[str]]:
    """Return assignments of common subexpressions to variables t0, t1, ..., and the expressions in terms of them.

    Args:
        expressions: the expressions to write.
        language: C, JAVASCRIPT or PYTHON, or a variant of one.
        names: names for symbols and other parts, as of `write`.
        everywhere: whether also what a single outcome of a comparison needs is assigned, and each call of a
            function, as vectors of numbers with different outcomes require.

    >>> from autograd.expressions import Symbol
    >>> from autograd.rules import trace
    >>> statements([trace(lambda x: (x + 1) / (x + 1 - 2 * x), Symbol("x"))], PYTHON)
    (['t0 = x + 1.0'], ['div(t0, t0 - 2.0 * x)'])
    """
    known = dict(names or {})
    lines = _assign(expressions, language, known, everywhere)
    return lines, [write(e, language, known) for e in expressions]


def _assign(
    expressions: Sequence[Expression], language: Syntax, known: dict[Expression, str], everywhere: bool = False
) -> list[str]:
    """Assign the common subexpressions that are computed whatever the outcome of comparisons; add them to `known`."""
    uses: dict[Expression, int] = {}
    for e in expressions:
        _count(e, known, uses)
    certain = {e for expression in expressions for e in _certain(expression)}
    lines = []
    for e, count in uses.items():  # operands come first
        if not isinstance(e, Call) or e.function in ("neg", *COMPARISONS, *CONNECTIVES):
            continue
        if (count > 1 and (everywhere or e in certain)) or (
            everywhere and e not in certain and e.function in language.functions
        ):
            name = f"t{sum(text[0] == 't' and text[1:].isdigit() for text in known.values())}"
            lines.append(language.assign.format(name=name, value=write(e, language, known)))
            known[e] = name
    return lines


def _count(e: Expression, known: Mapping[Expression, str], uses: dict[Expression, int]) -> None:
    """Count how often each part is used, parts of parts once; a part comes before the whole."""
    if e in uses:
        uses[e] += 1
    elif e not in known:
        for argument in e.arguments if isinstance(e, Call) else ():
            _count(argument, known, uses)
        uses[e] = 1


def _certain(e: Expression) -> set[Expression]:
    """Return the parts that are computed whatever the outcome of comparisons."""
    if not isinstance(e, Call):
        return {e}
    found = [_certain(a) for a in e.arguments]
    if e.function == "select":
        return {e} | found[0] | (found[1] & found[2])
    return {e}.union(*found)


def function(name: str, parameters: Iterable[str], expression: Expression, language: Syntax) -> str:
    """Return the source code of a function that computes an expression; branches are statements in it."""
    opening, end = language.define
    names = ", ".join(language.parameter.format(p) for p in parameters)
    lines = [opening.format(name=name, parameters=names), *_body(expression, language, {}), end.format()]
    return "\n".join(filter(None, lines))


def _body(e: Expression, language: Syntax, known: dict[Expression, str]) -> Iterator[str]:
    known = dict(known)
    for line in _assign([e], language, known):
        yield "    " + line
    if isinstance(e, Call) and e.function == "select" and e not in known:
        condition, yes, no = e.arguments
        opening, end = (text.format(condition=write(condition, language, known)) for text in language.branch)
        inner = list(_body(yes, language, known))
        if len(inner) == 1:
            yield f"    {opening.removesuffix(' {')} {inner[0].strip()}"
        else:
            yield f"    {opening}"
            yield from ("    " + line for line in inner)
            if end:
                yield f"    {end}"
        yield from _body(no, language, known)
    else:
        yield "    " + language.returns.format(value=write(e, language, known))


def definitions(names: Iterable[str], language: Syntax) -> dict[str, str]:
    """Return the functions that have the values of entries of the table, each after those that it calls.

    Args:
        names: the entries; one that is known as a Python function only is left out.
        language: C, JAVASCRIPT or PYTHON, or a variant of one.

    >>> list(definitions(["silu"], C))
    ['sigmoid', 'silu']
    """
    found: dict[str, str] = {}
    for name in names:
        found |= _definition(name, language, found)
    return found


def _definition(name: str, language: Syntax, known: Mapping[str, str]) -> dict[str, str]:
    expression = value(TABLE[name])
    if name in known or expression is None:
        return {}
    found: dict[str, str] = {}
    try:
        for needed in sorted(entries(expression, language)):
            found |= _definition(needed, language, {**known, **found})
            if needed not in known and needed not in found:
                return {}
        symbols = [symbol.name for symbol in operands(TABLE[name])]
        return found | {name: function(language.entry.format(name), symbols, expression, language)}
    except Untraceable:
        return {}


def entries(expression: Expression, language: Syntax) -> set[str]:
    """Return the entries of the table that an expression calls by their `definitions`."""
    if not isinstance(expression, Call):
        return set()
    found: set[str] = set().union(*(entries(a, language) for a in expression.arguments))
    name = expression.function
    written = name in INFIX or name == "neg" or name not in TABLE or name in language.functions
    if not written and language.call(name) == language.entry.format(name):
        found.add(name)
    return found
