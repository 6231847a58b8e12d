"""What several ways to look accept: options, and graphs that a person can read."""

from __future__ import annotations

from collections.abc import Collection, Mapping

from ..nn.module import Module
from ..text import given, shown
from ..value import Value
from .calculation import labels

__all__ = ["check", "excess", "whole"]

EDGES = 6  # the most edges for each Value that may be drawn: Graphviz takes minutes for more, and nobody can read them


def whole(what: str, n: object, low: int, high: int | None = None) -> None:
    """Raise a TypeError unless n is a whole number, and a ValueError unless it is at least `low` and at most `high`.

    >>> whole("digits", 0, 1, 17)
    Traceback (most recent call last):
        ...
    ValueError: digits must be a whole number from 1 to 17, but got 0
    """
    accepted = f"a whole number of at least {low}" if high is None else f"a whole number from {low} to {high}"
    if isinstance(n, bool) or not isinstance(n, int):
        raise TypeError(f"{what} must be {accepted}, but got {given(n)}")
    if n < low or (high is not None and n > high):
        raise ValueError(f"{what} must be {accepted}, but got {shown(n)}")


def check(names: Mapping[str, object] | None, group: bool | Module, max_nodes: int) -> None:
    """Refuse wrong options of a picture.

    Raises:
        TypeError: `names` is not a mapping, `group` not a bool or a Module, or `max_nodes` not a whole number.
        ValueError: `max_nodes` is less than 1.
    """
    labels((), names)  # refuses names that are not a mapping
    if not isinstance(group, (bool, Module)):
        raise TypeError(f"group must be True, False or a Module, but got {given(group)}")
    whole("max_nodes", max_nodes, 1)


def excess(outputs: Collection[Value], most: float, edges: float | None = None) -> str:
    """Return what a graph has too much of, in words, or "" if it has not; looks no further than it must.

    Args:
        outputs: what the graph was computed for.
        most: the largest number of Values.
        edges: the largest number of edges; by default what can be drawn with `most` Values.

    >>> x = Value(3.0)
    >>> excess([x * x], 1), excess([x * x], 2)
    ('1 Values', '')
    """
    edges = EDGES * most if edges is None else edges
    seen = set(outputs)
    waiting = list(seen)
    count = 0
    while waiting:
        parents = waiting.pop().parents
        count += len(parents)
        new = set(parents) - seen
        seen |= new
        waiting.extend(new)
        if len(seen) > most:
            return f"{most:,} Values"
        if count > edges:
            return f"{edges:,} edges"
    return ""
