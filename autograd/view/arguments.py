"""What the functions of this package are given, and how a message repeats it."""

from __future__ import annotations

from ..text import shown

__all__ = ["given", "whole"]


def given(x: object) -> str:
    """Return what was given and its type, on one short line: of a long list, the first elements.

    >>> given([1.0] * 100_000)
    '[1.0, 1.0, 1.0, 1.0, 1.0, 1.0, ...] of type list'
    """
    return f"{shown(x)} of type {type(x).__name__}"


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
