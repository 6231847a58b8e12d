"""Numbers that a layer holds in an attribute and moves in each run, such as the statistics of BatchNorm1d.

They are Values in the table of those that are no arguments, read from the attribute before each run, and results of the
run, written to the attribute after it.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from itertools import groupby
from typing import Any, NamedTuple

from ...value import Value

__all__ = ["Attribute", "Held", "attributes", "held", "read_anew"]


class Held(Value):
    """A number in an attribute.

    Args:
        owner: the object with the attribute.
        name: that of the attribute.
        index: the position in a list; None if the attribute is the number.
    """

    __slots__ = ("index", "name", "owner")

    def __init__(self, owner: Any, name: str, index: int | None) -> None:
        super().__init__(0.0)
        self.owner, self.name, self.index = owner, name, index
        self.again()

    def again(self) -> None:
        """Read the number from the attribute."""
        found = getattr(self.owner, self.name)
        self._data = float(found if self.index is None else found[self.index])


class Attribute(NamedTuple):
    """An attribute whose numbers are next to each other.

    Args:
        owner: the object with the attribute.
        name: that of the attribute.
        at: the position of the first number.
        size: how many there are; None for a number that is in no list.
    """

    owner: Any
    name: str
    at: int
    size: int | None

    def write(self, numbers: Sequence[float]) -> None:
        """Set the attribute; an int stays one."""
        if self.size is not None:
            setattr(self.owner, self.name, list(numbers[self.at : self.at + self.size]))
            return
        is_int = isinstance(getattr(self.owner, self.name), int)
        setattr(self.owner, self.name, int(numbers[self.at]) if is_int else numbers[self.at])


def held(owner: Any, name: str) -> Any:
    """Return the numbers in an attribute as Values: one, or a list of them."""
    found = getattr(owner, name)
    return [Held(owner, name, i) for i in range(len(found))] if isinstance(found, list) else Held(owner, name, None)


def read_anew(values: Iterable[Value]) -> None:
    """Read those of the Values that are numbers in attributes."""
    for value in values:
        if isinstance(value, Held):
            value.again()


def attributes(values: Iterable[Value]) -> Iterator[Attribute]:
    """Yield the attributes whose numbers are in a sequence of Values, with their positions in it."""
    for (_, name), group in groupby(enumerate(values), lambda item: _key(item[1])):
        if name:
            at, first = next(group)
            assert isinstance(first, Held)
            yield Attribute(first.owner, name, at, None if first.index is None else 1 + sum(1 for _ in group))


def _key(value: Value) -> tuple[int, str]:
    return (id(value.owner), value.name) if isinstance(value, Held) else (0, "")
