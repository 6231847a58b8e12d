"""The table of operations as a page: the rules of autograd/primitives.py, run on formulas, say what they calculate."""

from __future__ import annotations

import itertools
import math
import re
from collections.abc import Iterator, Sequence

from autograd.primitives import NAMED_NUMBERS, TABLE, Primitive
from autograd.view.notation.expression import Expr, Name, Num, as_written, replaced
from autograd.view.notation.formula import Condition, decisive, rules
from autograd.view.notation.text import derivative, name, text

__all__ = ["page"]

HEAD = """\
# Operations

Every operation that `autograd` can differentiate, with its partial derivatives. This page is written by
`python -m docs.make` from the table that the package calculates with,
[autograd/primitives.py](../../autograd/primitives.py): its rules are run on formulas instead of numbers.

An operation is a function, `autograd.sigmoid(x)`, and most operations of a fixed number of operands are methods as
well, `x.sigmoid()`. *y* is the result, and a derivative that is written with *y* uses it instead of calculating it
again. Where a rule has several cases, each stands with its condition. What holds at kinks, ties and poles stands in
[conventions](../conventions.md).
"""
SYMBOLS = "| name | in drawings | formula | returns | derivatives |\n| --- | --- | --- | --- | --- |"
SEQUENCES = """\
## Of a sequence

These take any number of operands, in one node; the formulas are those for a sequence of two. `softmax` and
`log_softmax` have one node for each element of their result, here for the first one.
"""

SAMPLES = (0.7, 2.0, -0.7, 0.0)  # numbers at which rules are asked which case holds; the first ones are the usual case
USUAL = (0.7, 2.0, 0.5, -0.7, 0.1)
CONSTANTS: dict[Expr, Expr] = {Num(number): Name(written) for number, written in NAMED_NUMBERS.items()}
BAR = "\\|"  # inside a table


def page() -> str:
    """The page: a table of the operations of so many operands, and one of those of a sequence."""
    fixed = [_row(op) for op in TABLE.values() if not op.variadic]
    sequences = [_row(op) for op in TABLE.values() if op.variadic]
    return "\n".join([HEAD, SYMBOLS, *fixed, "", SEQUENCES, SYMBOLS, *sequences, ""])


def _row(op: Primitive) -> str:
    result, names = _names(op)
    first = [Num(0.0)] if _has_index(op) else []
    written = f"{result.text} = {text(as_written(op, [*first, *names]))}"
    derivatives = [f"`{line}`" for line in _derivatives(op, result, names, len(first))]
    words = re.sub(r"[*_]", r"\\\g<0>", op.doc.removeprefix("Return ").removesuffix("."))
    defaults = zip(names[::-1], (op.defaults or ())[::-1], strict=False)
    words += "".join(f"; by default `{of.text}` is {default}" for of, default in defaults)
    cells = [f"`{op.name}`", f"`{op.symbol}`", f"`{written}`", words, "<br>".join(derivatives)]
    return f"| {' | '.join(cell.replace('|', BAR) for cell in cells)} |"


def _has_index(op: Primitive) -> bool:
    return op.variadic and op.selector


def _names(op: Primitive) -> tuple[Name, list[Name]]:
    """Names for the result and the operands."""
    result, *names = op.names
    return name(result), [name(word) for word in (op.example if op.variadic else names)]


def _derivatives(op: Primitive, result: Name, names: Sequence[Name], skipped: int) -> Iterator[str]:
    """The partial derivatives, one line for each operand and each of its cases; the last case is the rest."""
    for i in range(1 if op.variadic and len(names) == 2 else len(names)):
        cases = _cases(op, result, names, i + skipped, skipped)
        what = derivative(result, names[i], direct=len(names) > 1).text
        *others, (rest, _) = sorted(cases.items(), key=lambda case: len(case[1]))
        for expr, (asked, *_) in others:
            yield f"{what} = {text(expr)} if {_told(asked)}"
        yield f"{what} = {text(rest)}{' otherwise' if others else ''}"


def _cases(
    op: Primitive, result: Name, names: Sequence[Name], i: int, skipped: int
) -> dict[Expr, list[tuple[Condition, ...]]]:
    """The formulas that a rule can give, each with what it may have asked before it gave that."""
    cases: dict[Expr, list[tuple[Condition, ...]]] = {}
    samples = itertools.product(SAMPLES, repeat=len(names)) if len(names) < 4 else [USUAL]
    for sample in samples:
        numbers = (*[0.0] * skipped, *sample)
        y = op.value(*numbers)
        if math.isnan(y):
            continue
        operands = zip([*map(Num, numbers[:skipped]), *names], numbers, strict=True)
        (rule,) = rules(op, (result, y), list(operands), {i: math.nan})
        expr = replaced(rule.expr, CONSTANTS)
        told = decisive(rule.asked)
        if not cases or (told and told not in cases.setdefault(expr, [])):
            cases.setdefault(expr, []).append(told)
    return cases


def _told(asked: Sequence[Condition]) -> str:
    return " and ".join(f"{text(a)} {relation} {text(b)}" for a, relation, b in asked)
