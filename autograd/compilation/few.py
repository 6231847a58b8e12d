"""Groups of a few operations as nests, in plain Python: programs of many small steps have thousands of them."""

from __future__ import annotations

from collections.abc import Sequence

from ..expressions import Call, Constant, Expression
from .builder import ZERO, Builder, S
from .columns import COPY, Group
from .nest import Nest, Stream
from .reductions import REDUCTIONS

__all__ = ["few", "is_small"]

FEW = 4  # operations
SUMS = {"sum", "chain", "mean", "dot", "chain dot"}


def is_small(group: Group) -> bool:
    """Whether a group has a few operations, each of which is a short formula."""
    if group.kind in SUMS:
        return len(group.rows) * len(group.rows[0]) <= 2 * FEW
    return len(group.rows) <= FEW and group.kind not in REDUCTIONS


def few(nests: Builder, group: Group) -> None:
    """Add a nest if the operands are at regular addresses, else one for each operation."""
    at = nests.at
    rows, places = group.rows, group.places
    if len(rows) > 1:
        order = sorted(range(len(rows)), key=lambda i: [at[x] for x in rows[i] if x >= 0])
        rows, places = [rows[i] for i in order], [places[i] for i in order]
    base = nests.claim(places)
    columns = list(zip(*rows, strict=True))
    steps = [_step(nests, column) for column in columns]
    if None not in steps:
        dims = (len(rows),) if len(rows) > 1 else ()
        _add(nests, group, dims, columns, base, steps)
    else:
        for i, row in enumerate(rows):
            _add(nests, group, (), [(x,) for x in row], base + i, [0] * len(row))


def _step(nests: Builder, column: Sequence[int]) -> int | None:
    """Return the step from one address to the next; None if they differ."""
    if len(column) == 1:
        return 0
    found = [nests.at[x] for x in column]
    step = found[1] - found[0]
    return step if all(b - a == step for a, b in zip(found[1:], found[2:], strict=False)) else None


def _add(
    nests: Builder,
    group: Group,
    dims: tuple[int, ...],
    columns: Sequence[Sequence[int]],
    base: int,
    steps: Sequence[int | None],
) -> None:
    streams: list[Stream] = []
    form: list[int] = []  # the number of a stream, or a constant
    known: dict[Stream, int] = {}
    for column, step in zip(columns, steps, strict=True):
        x = column[0]
        if x < 0 and step == 0:
            form.append(x)
            continue
        stream = Stream(nests.at[x], (step,) if dims and step is not None else ())
        k = known.setdefault(stream, len(known))
        if k == len(streams):
            streams.append(stream)
        form.append(k)
    key = (group.kind, *form)
    expression = nests.formulas.get(key)
    if expression is None:
        arguments = [Constant(nests.numbers[-1 - k]) if k < 0 else S[k] for k in form]
        expression = nests.formulas[key] = _formula(group.kind, arguments)
    target = Stream(base, (1,) if dims else ())
    nests.items.append(Nest(dims, target, "=", expression, tuple(streams), group.stops))


def _formula(kind: str, arguments: Sequence[Expression]) -> Expression:
    """Return an operation as an expression."""
    if kind == COPY:
        return arguments[0]
    if kind not in SUMS:
        return Call(kind, tuple(arguments))
    terms = list(arguments)
    if kind in ("dot", "chain dot"):
        n = len(terms) // 2
        products = [Call("mul", pair) for pair in zip(terms[:n], terms[n : 2 * n], strict=True)]
        terms = [*terms[2 * n :], *products]
    total = terms[0]
    for term in terms[1:]:
        total = Call("add", (total, term))
    if kind not in ("chain", "chain dot"):
        total = Call("add", (total, ZERO))  # a sum that is rounded once is never -0.0
    return Call("div", (total, Constant(float(len(terms))))) if kind == "mean" else total
