"""Groups of a few operations as single assignments: programs of many small steps have thousands of them."""

from __future__ import annotations

from collections.abc import Sequence

from ...expressions import Call, Constant, Expression
from .builder import ZERO, Builder, S
from .columns import COPY, Group
from .nest import Nest, Stream
from .reductions import REDUCTIONS

__all__ = ["ARITHMETIC", "few", "is_small"]

FEW = 4  # operations
SUMS = {"sum", "chain", "difference", "mean", "dot", "chain dot", "difference dot"}
ARITHMETIC = {"add", "sub", "mul", "div", *SUMS}  # whose derivatives are no simpler for a constant


def is_small(group: Group) -> bool:
    """Whether a group has a few operations, each of which is a short formula."""
    if group.kind in SUMS:
        return len(group.rows) * len(group.rows[0]) <= FEW * (2 if group.kind.endswith("dot") else 1)
    return len(group.rows) <= FEW and group.kind not in REDUCTIONS


def few(nests: Builder, group: Group, is_long: bool) -> None:
    """Add a single assignment for each operation.

    Compilers keep the numbers of assignments in registers, which they do not with those of loops of two rounds.

    Args:
        nests: what to add to.
        group: the operations.
        is_long: whether it is one of many groups, among which those that repeat may become a loop: other constants in
            each round are then streams.
    """
    at, varies = nests.at, is_long and group.kind in ARITHMETIC
    base = nests.claim(group.places)
    for i, row in enumerate(group.rows):
        streams: dict[int, Stream] = {}
        form: list[int] = []  # the number of a stream, or a constant
        for x in row:
            if x >= 0 or varies:
                address = at[x] if x >= 0 else nests.one_constant(nests.numbers[-1 - x])
                if address not in streams:
                    streams[address] = Stream(address)
                x = list(streams).index(address) if len(streams) > 1 else 0
            form.append(x)
        key = (group.kind, *form)
        expression = nests.formulas.get(key)
        if expression is None:
            arguments = [Constant(nests.numbers[-1 - k]) if k < 0 else S[k] for k in form]
            expression = nests.formulas[key] = _formula(group.kind, arguments)
        nests.items.append(Nest((), Stream(base + i), "=", expression, tuple(streams.values()), group.stops))


def _formula(kind: str, arguments: Sequence[Expression]) -> Expression:
    """Return an operation as an expression."""
    if kind == COPY:
        return arguments[0]
    if kind not in SUMS:
        return Call(kind, tuple(arguments))
    terms = list(arguments)
    if kind.endswith("dot"):
        n = len(terms) // 2
        products = [Call("mul", pair) for pair in zip(terms[:n], terms[n : 2 * n], strict=True)]
        terms = [*terms[2 * n :], *products]
    total = terms[0]
    for term in terms[1:]:
        total = Call("sub" if kind.startswith("difference") else "add", (total, term))
    if kind in ("sum", "mean", "dot"):
        total = Call("add", (total, ZERO))  # a sum that is rounded once is never -0.0
    return Call("div", (total, Constant(float(len(terms))))) if kind == "mean" else total
