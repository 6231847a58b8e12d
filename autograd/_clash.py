"""The name `autograd` is also that of another project on PyPI (HIPS autograd, for NumPy arrays)."""

from __future__ import annotations

import os
import re
import sys
import warnings

__all__ = ["warn_of_namesake"]


def warn_of_namesake() -> None:
    """Warn if the other project's distribution is installed too: of two packages of one name, one hides the other."""
    for folder in sys.path:
        try:
            names = os.listdir(folder or ".")
        except OSError:
            continue
        if any(re.fullmatch(r"autograd-[\d.]+[^-]*\.(dist|egg)-info", name) for name in names):
            warnings.warn(
                f"PyPI's 'autograd' (HIPS autograd) is installed in {folder} with scalar-autograd, and both are "
                "imported as 'autograd', so each may hide or overwrite parts of the other; use two virtual "
                "environments, or: pip uninstall autograd scalar-autograd, then install the one that you need",
                stacklevel=3,
            )
            return
