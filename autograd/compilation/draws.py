"""Random numbers that layers draw, such as those of Dropout: inputs of a program, drawn anew at each call.

They are drawn from the layers' own generators in the order of the run, so that compiled code and the function itself
get the same numbers for the same seed. If compiled code turns out not to be right, the generators go back to where they
were, and the function draws the same numbers.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Iterable, Sequence
from typing import Any, TypeVar

from ..value import Value

__all__ = ["Draw", "Drawn", "States", "drawing", "moved", "restore", "states_of"]

R = TypeVar("R")
Draw = Callable[[random.Random], float]
States = list[tuple[random.Random, Any]]


class Drawn(Value):
    """A Value whose number is drawn.

    Args:
        generator: where it comes from.
        draw: a function of the generator that returns a number; those that draw alike are equal.
    """

    __slots__ = ("draw", "generator")

    def __init__(self, generator: random.Random, draw: Draw) -> None:
        super().__init__(draw(generator))
        self.generator, self.draw = generator, draw

    def again(self) -> None:
        """Draw another number."""
        self._data = self.draw(self.generator)


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
        each.draw(copy)
    return copy.getstate()


def drawing(draws: Sequence[Drawn], run: Callable[[], R], is_undone: Callable[[R], bool]) -> R:
    """Return the result of `run` after all draws; if that does not count, they did not happen.

    Args:
        draws: the draws, whose numbers `run` reads.
        run: what needs them.
        is_undone: whether a result does not count.
    """
    states = states_of(each.generator for each in draws)
    counts = False
    try:
        for each in draws:
            each.again()
        result = run()
        counts = not is_undone(result)
    finally:
        if not counts:
            restore(states)
    return result
