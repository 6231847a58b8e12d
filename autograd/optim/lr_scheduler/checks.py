"""Checks of the arguments of schedules: each returns the argument as it is kept, or raises an error.

>>> positive_int(0, "step_size")
Traceback (most recent call last):
    ...
ValueError: step_size must be a whole number of at least 1, but got 0
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from ...primitives import number
from ...text import shown
from ..optimizer import finite

__all__ = ["Check", "between", "each", "finite", "flag", "milestone", "one_of", "positive_int", "real", "whole"]

Check = Callable[[Any, str], Any]

LARGEST = 2**63 - 1  # a larger step could leave the range of floats in a formula


def real(x: Any, name: str) -> float:
    """Check any number."""
    return number(x, name)


def between(low: float, high: float, words: str) -> Check:
    """Return the check of a number from `low` to `high`, which `words` describe."""

    def check(x: Any, name: str) -> float:
        found = number(x, name)
        if not low <= found <= high:
            raise ValueError(f"{name} must be {words}, but got {shown(x)}")
        return found

    return check


def whole(low: int) -> Check:
    """Return the check of a whole number from `low` to LARGEST."""

    def check(n: Any, name: str) -> int:
        if isinstance(n, bool) or not isinstance(n, int) or n < low:
            raise ValueError(f"{name} must be a whole number of at least {low}, but got {shown(n)}")
        if n > LARGEST:
            raise ValueError(f"{name} must be at most 2**63 - 1, but got {shown(n)}")
        return n

    return check


positive_int = whole(1)


def milestone(n: Any, name: str) -> Any:
    """Check a whole number, be it a float."""
    if isinstance(n, bool) or not (isinstance(n, int) or number(n, name).is_integer()):
        raise ValueError(f"{name} must be whole numbers, but got {shown(n)}")
    if abs(n) > LARGEST:
        raise ValueError(f"{name} must be at most 2**63 - 1, but got {shown(n)}")
    return n


def one_of(*choices: str) -> Check:
    """Return the check of one of some words."""

    def check(x: Any, name: str) -> Any:
        if x not in choices:
            raise ValueError(f"{name} must be {' or '.join(map(repr, choices))}, but got {shown(x)}")
        return x

    return check


def flag(x: Any, name: str) -> Any:
    """Check True or False."""
    if x not in (False, True):
        raise ValueError(f"{name} must be True or False, but got {shown(x)}")
    return x


def each(check: Check) -> Check:
    """Return the check of a list, from that of its items."""

    def check_all(xs: Any, name: str) -> list[Any]:
        if not isinstance(xs, (list, tuple)):
            raise ValueError(f"{name} must be a list, but got {shown(xs)}")
        return [check(x, name) for x in xs]

    return check_all
