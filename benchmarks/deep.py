"""A chain 10,000,000 Values deep: seconds forward, backward and for freeing it, and resident memory.

    python benchmarks/deep.py
    python benchmarks/deep.py --nodes 1000000

The chain is s = s*a + b, from leaves a and b, whose gradients are compared with sums that need no graph. Nothing here
may depend on the depth but memory: no recursion, and no C stack.
"""

from __future__ import annotations

import argparse
import math
import resource
import sys
from pathlib import Path

from autograd import Value

try:
    from .peers import CORE, pin, seconds
except ImportError:  # run as a file
    from peers import CORE, pin, seconds  # type: ignore[no-redef]

A, B = 0.999, 0.25


def peak() -> float:
    """Return the most memory that this process has had, in bytes."""
    unit = 1 if sys.platform == "darwin" else 1024
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * unit


def resident() -> float:
    """Return the memory that this process has now, in bytes; nan where the system does not tell."""
    try:
        return int(Path("/proc/self/statm").read_text().split()[1]) * resource.getpagesize()
    except OSError:
        return math.nan


def expected(links: int) -> tuple[float, float, float]:
    """Return the result and its derivatives by a and b, by the forward recurrence."""
    s, by_a, by_b = 1.0, 0.0, 0.0
    for _ in range(links):
        s, by_a, by_b = s * A + B, by_a * A + s, by_b * A + 1.0
    return s, by_a, by_b


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--nodes", type=int, default=10_000_000)
    links = parser.parse_args().nodes // 2
    pin()
    print(CORE)
    right = expected(links)
    before, start = resident(), seconds()
    a, b = Value(A), Value(B)
    s = Value(1.0)
    for _ in range(links):
        s = s * a + b
    built, graph = seconds(), resident()
    s.backward()
    differentiated, after = seconds(), resident()
    found = s.data, a.grad, b.grad
    done = seconds()
    del s
    freed = seconds()
    assert all(math.isclose(x, y, rel_tol=1e-9) for x, y in zip(found, right, strict=True)), (found, right)
    forward, backward, free = built - start, differentiated - built, freed - done
    total = forward + backward + free
    print(
        f"{2 * links:,} nodes: forward {forward:.2f} s, backward {backward:.2f}, free {free:.2f}, together {total:.2f}"
    )
    print(
        f"bytes a node {(graph - before) / (2 * links):.0f}, after backward {(after - before) / (2 * links):.0f}; "
        f"peak {peak() / 1e9:.2f} GB"
    )


if __name__ == "__main__":
    main()
