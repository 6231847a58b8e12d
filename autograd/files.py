"""Where files are written: what a path must be for that, said before anything is calculated or changed."""

from __future__ import annotations

import os
from pathlib import Path

__all__ = ["writable"]


def writable(path: str | os.PathLike[str], *suffixes: str) -> Path:
    """Return the path of a file to write, with `~` for the home folder written out.

    Args:
        path: where to write.
        suffixes: what its name may end in, such as ".svg".

    Raises:
        ValueError: another suffix.
        FileNotFoundError: the folder does not exist.

    >>> writable("graph.gif", ".svg", ".png")
    Traceback (most recent call last):
        ...
    ValueError: give a path that ends in .svg or .png, but got 'graph.gif'
    """
    found = Path(path).expanduser()
    if found.suffix.lower() not in suffixes:
        known = " or ".join(filter(None, (", ".join(suffixes[:-1]), suffixes[-1])))
        raise ValueError(f"give a path that ends in {known}, but got {str(path)!r}")
    if not found.parent.is_dir():
        raise FileNotFoundError(f"the folder {str(found.parent)!r} does not exist: make it, or give another path")
    return found
