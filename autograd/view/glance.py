"""What a notebook shows of a Value, a module or a training that is the last line of a cell, without any sweep.

>>> w, x = Value(0.5, "w"), Value(3.0, "x")
>>> for row in value_rows((w * x).named("z")):
...     print(row)
('z = w × x', '1.5', '', '–')
('w', '0.5', '3', '–')
('x', '3', '0.5', '–')
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import chain

from ..nn.module import Module
from ..primitives import Primitive, add
from ..value import Value
from .calculation import Calculation, number_of
from .curves import curves
from .drawing.style import COLORS, INK
from .notation.expression import Num, as_written
from .notation.text import name, numeral, text
from .notebook import picture
from .terminal import html_table
from .verdicts import verdict_of
from .words import sentences

__all__ = ["module_html", "module_rows", "training_html", "value_html", "value_rows"]

OPERANDS, MODULES = 8, 50  # the most that have a row
ADDITIONS = 10_000  # the most that are looked through for the beginning of a sum
NONE = "–"


def value_html(value: Value) -> str:
    """Return a table of a Value and its operands for a notebook; gradients have their colours."""
    words = sentences("glance")
    rows = value_rows(value)
    nodes = [value, *_last_operation(value).parents(value)[:OPERANDS]]
    looks = [_look(node) if row[-1] != NONE else "" for node, row in zip(nodes, rows, strict=False)]
    header = ("", words["data"], words["local"], words["grad"])
    return html_table([header, *rows], range(1, 4), [*looks, ""])


def value_rows(value: Value) -> list[tuple[str, ...]]:
    """Return the name, number, local derivative and gradient of a Value and of each operand that is a Value.

    An operand without a name is a number in the formula. A gradient is a dash if no backward pass has reached it, as
    far as can be seen here: it is 0, and so is that of the Value.
    """
    calculation = _last_operation(value)
    labels = calculation.labels
    reached = number_of(value.grad) != 0.0

    def row(node: Value, what: str, data: str, local: str = "") -> tuple[str, ...]:
        gradient = number_of(node.grad)
        return what, data, local, numeral(gradient) if reached or gradient != 0.0 else NONE

    what = labels[value]
    op, parents = calculation.op(value), calculation.parents(value)
    if op is not None:
        what = " = ".join(filter(None, [what, _formula(op, calculation.operands(value), labels)]))
    rows = [row(value, what, repr(value.data))]
    for parent, local in list(zip(parents, calculation.partials(value), strict=True))[:OPERANDS]:
        rows.append(row(parent, labels[parent], numeral(parent.data), numeral(local)))
    more = len(parents) - OPERANDS
    return rows if more <= 0 else [*rows, (sentences("glance")["more"].format(more),)]


def _last_operation(value: Value) -> Calculation:
    """The calculation of a Value from its operands alone: the last operation, or all additions of Python's `sum`."""
    additions = [value]
    while additions[-1].op is add and isinstance(first := additions[-1].operands[0], Value):
        if len(additions) == ADDITIONS:
            additions = [value]
            break
        additions.append(first)
    if additions[-1].op is not add:
        additions = [value]
    return Calculation(list(dict.fromkeys(chain(*((*node.parents, node) for node in reversed(additions))))))


def _formula(op: Primitive, operands: Sequence[Value | float], labels: Mapping[Value, str]) -> str:
    if len(operands) > OPERANDS:
        return f"{op.name}(…)"
    known = [labels[x] if isinstance(x, Value) else "" for x in operands]
    terms = [name(label) if label else Num(number_of(x)) for label, x in zip(known, operands, strict=True)]
    return text(as_written(op, terms))


def _look(node: Value) -> str:
    color = COLORS[verdict_of(number_of(node.grad))]
    return f"background: {color}; color: {INK}; border-radius: 4px; padding: 1px 6px"


def module_html(module: Module) -> str:
    """Return a table of the modules inside a module and of their parameters, for a notebook."""
    return html_table(module_rows(module), (2,))


def module_rows(module: Module) -> list[tuple[str, ...]]:
    """Return a header, a row for each module that has parameters or no module inside, and the total.

    >>> from autograd import nn
    >>> module_rows(nn.MLP(2, [4, 1]))[1:]
    [('layers.0', 'Layer(2, 4, relu)', '12'), ('layers.1', 'Layer(4, 1, linear)', '5'), ('', 'MLP', '17')]
    """
    words = sentences("glance")
    rows: list[tuple[str, ...]] = []
    for path, inner in module.named_modules():
        count = sum(1 for _ in inner.named_parameters(recurse=False))
        if count or not any(inner.children()):
            rows.append((path, f"{type(inner).__name__}({inner.extra_repr()})", f"{count:,}" if count else NONE))
    more = len(rows) - MODULES
    rows = rows if more <= 0 else [*rows[:MODULES], (words["more"].format(more),)]
    if len(rows) > 1:
        rows.append(("", type(module).__name__, f"{len(module.parameters()):,}"))
    return [("", words["module"], words["parameters"]), *rows]


def training_html(losses: Sequence[float], told: str) -> str:
    """Return the curve of the losses of a training, epoch by epoch, for a notebook."""
    words = sentences("glance")
    return picture(curves({"": losses}, words["epoch"], words["loss"]), told)
