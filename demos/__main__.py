"""`python -m demos`, in a checkout: the same as `python -m autograd demos`."""

from __future__ import annotations

import sys
from collections.abc import Sequence

from autograd import __main__ as command_line


def main(arguments: Sequence[str] | None = None) -> int:
    """Do what the command line asks for and return the exit status."""
    return command_line.main(arguments, "demos")


if __name__ == "__main__":
    sys.exit(main())
