"""What modules are given: sizes, seeds, and numbers as one sample or a batch of samples."""

from __future__ import annotations

import random
from collections.abc import Callable, Sequence
from typing import Any, TypeVar

from ..primitives import number
from ..text import given, shown
from ..value import Value
from ..whole import Whole

__all__ = ["Seed", "as_list", "generator", "is_sequence", "per_number", "per_sample", "size"]

Seed = int | random.Random | None
R = TypeVar("R")


def size(n: Any, what: str) -> int:
    """Return n if it is a whole number of at least 1, else raise a ValueError."""
    if isinstance(n, bool) or not isinstance(n, int) or n < 1:
        raise ValueError(f"{what} must be a whole number of at least 1, but got {shown(n)}")
    return n


def generator(seed: Seed) -> random.Random:
    """Return `seed` if it is a generator, else a new generator seeded with it; for None with Python's own generator.

    So `random.seed(...)` makes a whole program reproducible, as in other packages.
    """
    if isinstance(seed, random.Random):
        return seed
    if seed is not None and not isinstance(seed, int):
        raise TypeError(f"seed must be an int, a random.Random or None, but got {given(seed)}")
    return random.Random(random.getrandbits(64) if seed is None else seed)


def is_sequence(x: Any) -> bool:
    """Return whether x holds numbers, rather than being one."""
    if x.__class__ is list or x.__class__ is tuple:
        return True
    if x.__class__ is float or isinstance(x, (Value, str, bytes)):
        return False
    return isinstance(x, Sequence) or getattr(x, "ndim", 0) > 0


def as_list(x: Any, owner: str) -> list[Any]:
    """Return a sequence or an array as a list, an array's rows as lists too."""
    if x.__class__ is list:
        return x
    if not is_sequence(x):
        raise TypeError(
            f"{owner} takes a sample (a sequence of numbers) or a batch (a sequence of samples), but got {given(x)}"
        )
    return list(x.tolist() if hasattr(x, "tolist") else x)


def per_sample(f: Callable[[list[Any]], R], x: Any, owner: str, width: int | None = None) -> R | list[Any]:
    """Apply f to every sample of x, along its last dimension as PyTorch does.

    Args:
        f: a function of a sample, a list of floats and Values.
        x: a sample, a batch of samples, or any deeper nesting.
        owner: the name of the module, for messages.
        width: the number of numbers in a sample; None for any.

    Raises:
        TypeError: something in x is not a number.
        ValueError: x is empty, or a sample has another width.

    >>> per_sample(sum, [[1, 2], [3, 4]], "this example")
    [3.0, 7.0]
    """
    xs = as_list(x, owner)
    if not xs:
        numbers = "numbers" if width is None else f"{width} numbers"
        raise ValueError(f"{owner} got nothing: give it a sample ({numbers}) or a batch of at least one sample")
    if is_sequence(xs[0]):
        return [per_sample(f, sample, owner, width) for sample in xs]
    if width is not None and len(xs) != width:
        raise ValueError(f"{owner} takes {width} inputs, but got {len(xs)}: a sample has {width} numbers")
    return f([v if v.__class__ is float or isinstance(v, Value) else _input(v, owner) for v in xs])


def _input(v: Any, owner: str) -> Any:
    return v.number if isinstance(v, Whole) else number(v, f"an input of {owner}")


def per_number(f: Callable[[Any], Any], x: Any, owner: str) -> Any:
    """Apply f to a number, or to every number of a sample or a batch."""
    if is_sequence(x):
        return per_sample(lambda xs: [f(v) for v in xs], x, owner)
    return f(x)
