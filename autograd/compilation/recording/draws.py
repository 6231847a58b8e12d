"""Random numbers that layers draw, such as those of Dropout: inputs of a program, drawn anew at each call.

They are drawn from the layers' own generators in the order of the run, so that compiled code and the function itself
get the same numbers for the same seed. If compiled code turns out not to be right, the generators go back to where they
were, and the function draws the same numbers.
"""

from __future__ import annotations

import random
from array import array
from collections.abc import Callable, Iterable
from itertools import groupby
from typing import Any, TypeVar

from ...buffers import numbers_from_buffer
from ...value import Value

__all__ = ["Draw", "Drawn", "Draws", "States", "drawing", "moved", "restore", "states_of"]

R = TypeVar("R")
Draw = Callable[[random.Random, int], list[float]]
States = list[tuple[random.Random, Any]]


class Drawn(Value):
    """A Value whose number is drawn.

    Args:
        generator: where it comes from.
        draw: a function of the generator and a count that returns numbers; those that draw alike are equal.
    """

    __slots__ = ("draw", "generator")

    def __init__(self, generator: random.Random, draw: Draw) -> None:
        super().__init__(0.0)
        self.generator, self.draw = generator, draw
        self.again()

    def again(self) -> None:
        """Draw another number."""
        (self._data,) = self.draw(self.generator, 1)


class Draws(list[Drawn]):
    """The draws of a run in their order."""

    def __init__(self) -> None:
        super().__init__()
        self._groups: list[tuple[random.Random, Draw, list[Value]]] = []

    def groups(self) -> list[tuple[random.Random, Draw, list[Value]]]:
        """Return those in a row that draw alike together; there are no further ones after this call."""
        if not self._groups:
            for _, each in groupby(self, lambda x: (id(x.generator), x.draw)):
                together: list[Value] = [first := next(each), *each]
                self._groups.append((first.generator, first.draw, together))
        return self._groups

    def again(self) -> None:
        """Draw other numbers."""
        for generator, draw, values in self.groups():
            numbers_from_buffer(values, array("d", draw(generator, len(values))), 0)


def states_of(generators: Iterable[random.Random]) -> States:
    """Return where generators are, each once."""
    return [(each, each.getstate()) for each in {id(each): each for each in generators}.values()]


def restore(states: States) -> None:
    """Let generators go back to where they were."""
    for generator, state in states:
        generator.setstate(state)


def moved(state: Any, draws: Iterable[Drawn]) -> Any:
    """Return the state of a generator after draws from it."""
    copy = random.Random()
    copy.setstate(state)
    for each in draws:
        each.draw(copy, 1)
    return copy.getstate()


def drawing(draws: Draws | None, run: Callable[[], R], is_undone: Callable[[R], bool]) -> R:
    """Return the result of `run` after all draws; if that does not count, they did not happen.

    Args:
        draws: the draws, whose numbers `run` reads.
        run: what needs them.
        is_undone: whether a result does not count.
    """
    if not draws:
        return run()
    states = states_of(generator for generator, _, _ in draws.groups())
    counts = False
    try:
        draws.again()
        result = run()
        counts = not is_undone(result)
    finally:
        if not counts:
            restore(states)
    return result
