"""Sums that are added to zeros are assigned, so that large parts of the buffer need not be filled with zeros."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

from .blocks import Block, Rounds, locations
from .places import Space

if TYPE_CHECKING:
    from numpy import bool_
    from numpy.typing import NDArray

__all__ = ["with_assigned_sums"]


def with_assigned_sums(
    items: Sequence[Block | Rounds],
    zeros: tuple[int, int],
    is_seen: NDArray[bool_],
    can_be_assigned: Callable[[Block, Space], bool],
) -> tuple[list[Block | Rounds], tuple[int, int]]:
    """Return blocks with the same meaning, up to the sign of zeros, and the smaller range to fill with zeros.

    Args:
        items: the blocks after the range was filled with zeros.
        zeros: the beginning and the end of the range.
        is_seen: for each address whether it is looked at in the end.
        can_be_assigned: whether the sums of a nest in a block can be assigned.
    """
    from numpy import zeros_like

    is_zero, is_needed = zeros_like(is_seen), zeros_like(is_seen)
    is_zero[zeros[0] : zeros[1]] = True
    found: list[Block | Rounds] = []
    for item in items:
        if isinstance(item, Rounds):
            for block in item.blocks:
                for each in block.spaces:
                    for place in (each.target, *each.places):
                        used = locations(place, block.dims, block.times)
                        is_needed[used] |= is_zero[used]  # and it stays what it was: zeros may be needed twice
            for block in item.blocks:
                for each in block.spaces:
                    is_zero[locations(each.target, block.dims, block.times)] = False
            found.append(item)
            continue
        spaces = []
        for each in item.spaces:
            for place in each.places:
                used = locations(place, item.dims, 1)
                is_needed[used] |= is_zero[used]
            target = locations(each.target, item.dims, 1)
            if each.mode == "+=" and is_zero[target].all() and can_be_assigned(item, each):
                each = each._replace(is_assigned=True)
            elif each.mode != "=":
                is_needed[target] |= is_zero[target]
            is_zero[target] = False
            spaces.append(each)
        found.append(item._replace(spaces=tuple(spaces)))
    is_needed |= is_zero & is_seen
    (needed,) = is_needed[zeros[0] : zeros[1]].nonzero()
    if not len(needed):
        return found, (zeros[0], zeros[0])
    return found, (zeros[0] + int(needed[0]), zeros[0] + int(needed[-1]) + 1)
