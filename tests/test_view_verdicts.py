"""What a gradient is called by its size."""

import math
from typing import get_args

import pytest

from autograd.view.verdicts import Verdict, verdict_of, word


@pytest.mark.parametrize("sign", [1.0, -1.0])
@pytest.mark.parametrize(
    ("size", "verdict"),
    [
        (0.0, "zero"),
        (5e-324, "vanished"),
        (math.nextafter(1e-6, 0.0), "vanished"),
        (1e-6, "small"),
        (math.nextafter(1e-3, 0.0), "small"),
        (1e-3, "healthy"),
        (1e3, "healthy"),
        (math.nextafter(1e3, math.inf), "exploded"),
        (1.7e308, "exploded"),
        (math.inf, "inf"),
        (math.nan, "nan"),
    ],
)
def test_a_verdict_begins_where_the_legend_says_whatever_the_sign(size, verdict, sign):
    assert verdict_of(sign * size) == verdict


def test_every_verdict_has_a_word_of_its_own_in_each_language():
    verdicts = get_args(Verdict)
    for lang in ("en", "zh"):
        assert len({word(verdict, lang) for verdict in verdicts}) == len(verdicts)
    assert all(any("\u4e00" <= c <= "\u9fff" for c in word(verdict, "zh")) for verdict in verdicts)
