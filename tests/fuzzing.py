"""How long the random tests run: seconds by default, longer if the environment says so.

FUZZ_COUNT=100000 FUZZ_SEED=7 python -m pytest tests/test_modes_fuzz.py
"""

import os
import random


def seed_and_count(count: int) -> tuple[random.Random, int]:
    """Return a generator seeded with FUZZ_SEED (default 0), and FUZZ_COUNT, or `count` without it."""
    return random.Random(int(os.environ.get("FUZZ_SEED", "0"))), int(os.environ.get("FUZZ_COUNT", count))
