"""gradcheck on random functions of the kinds that are hard for it: right derivatives pass, wrong ones do not.

FUZZ_COUNT=5000 FUZZ_SEED=7 python -m pytest tests/test_gradcheck_fuzz.py
"""

import pytest
from fuzzing import seed_and_count
from oracles.measure_gradcheck import ALLOWED, measure

pytestmark = pytest.mark.slow


def test_right_derivatives_pass_and_wrong_ones_that_differences_can_show_are_found(capsys):
    rng, count = seed_and_count(700)
    alarms, missed = measure(count, max(1, count // 8), rng.randrange(10**9), show=5)
    assert alarms <= ALLOWED and missed == 0, capsys.readouterr().out
