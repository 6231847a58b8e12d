"""The operations of one way through a function, as loop nests: the user's own loops, found again.

Operations that are alike and do not need one another are a group. Sorted by their operands, their addresses are mostly
those of nested loops. All dot products of the rows of one matrix with those of another are a matrix product.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

import numpy as np

from ..expressions import Call, Constant, Expression
from .builder import Builder, S
from .columns import COPY, Columns, Group
from .dots import dots
from .nest import Check, NestProgram, NotNested
from .program import Branch
from .reductions import REDUCTIONS

if TYPE_CHECKING:
    from numpy import int64
    from numpy.typing import NDArray

__all__ = ["NotNested", "group"]

KINDS: dict[str, Callable[[Builder, Group, NDArray[int64]], None]] = {**REDUCTIONS, "dot": dots, "chain dot": dots}


def group(path: Sequence[Branch], inputs: int, leaves: int) -> NestProgram:
    """Return one way through a function as nests, without derivatives.

    Args:
        path: the nodes of the tree from the root to an end.
        inputs: the number of arguments.
        leaves: the number of other Values.

    Raises:
        NotNested: an operation is not in the table.
    """
    columns = Columns(path, inputs, leaves)
    nests = Builder(columns, inputs, leaves)
    for each in columns.groups():
        ids = np.array(each.rows, np.int64).reshape(len(each.rows), -1)
        KINDS.get(each.kind, _elementwise)(nests, each, ids)

    def where(x: int) -> int | float:
        return columns.constants[-1 - x] if x < 0 else int(nests.address[x])

    checks = [Check(guard, outcome, where(a), where(b)) for guard, outcome, a, b in columns.checked]
    return NestProgram(
        inputs, leaves, tuple(nests.items), tuple(checks), (), nests.constants, (nests.size, nests.size),
        tuple(map(where, columns.outputs)), (), nests.size,
    )  # fmt: skip


def _elementwise(nests: Builder, group: Group, ids: NDArray[int64]) -> None:
    """Add operations on a fixed number of operands."""
    keys = [nests.address[column] for column in ids.T if (column >= 0).any()]
    order = np.lexsort(keys[::-1]) if keys else np.arange(len(ids))
    operands: list[NDArray[int64]] = []
    arguments: list[Expression] = []
    for column in ids[order].T:
        found = nests.operand(column)
        if isinstance(found, Constant):
            arguments.append(found)
            continue
        same = [k for k, other in enumerate(operands) if np.array_equal(found, other)]
        if not same:
            operands.append(found)
        arguments.append(S[same[0] if same else len(operands) - 1])
    expression = arguments[0] if group.kind == COPY else Call(group.kind, tuple(arguments))
    nests.nest("=", nests.results(group, order), expression, operands, group.stops)
