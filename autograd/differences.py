"""Slopes from the values of a function alone, with error bars that include the rounding noise of these values.

How a slope is found:

1. The noise of f is measured at nine points that are so close that f is linear there up to the noise: Moré and Wild,
   "Estimating computational noise", 2011. The points are unequally spaced, since a regular grid can miss rounding.
2. The first step is the smallest step with noise below the tolerance. Larger steps follow if the error is mostly noise,
   smaller ones if it is mostly curvature.
3. Central differences are extrapolated to step 0: Ridders, "Accurate computation of F'(x) and F'(x) F''(x)", 1982. The
   error bar is the change that the last extrapolation made plus the noise. The change alone can be small by chance.
4. An estimate counts only if it agrees, within the error bars, with those at all smaller steps. This choice of a step
   is Lepski's, "On a problem of adaptive estimation in Gaussian white noise", 1990.

Before a derivative is reported as wrong, three other explanations are tried: an unlucky extrapolation, which
differences at the smallest useful steps correct; a kink at x; and a rounding error that stays constant near x, so that
the values of f lie on a staircase of lines with another slope than f.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Sequence
from typing import NamedTuple

__all__ = ["MARGIN", "Differences", "Slope", "Verdict"]

MARGIN = 2.0  # the factor of the error bars before a derivative is reported as wrong
STEPS = 24  # the largest number of steps, with two values of f each
OFFSETS = (
    -1201,
    -877,
    -647,
    -233,
    0,
    331,
    581,
    901,
    1213,
)  # of the noise measurement, in units of two ulps of x
GROWTH = 17  # the factor of the unit if f is constant, and from one measurement to the next
SIGNIFICANT = 8.0  # slopes at steps larger than x count from this multiple of their noise


class Slope(NamedTuple):
    """A slope, its error bar, and the part of the error bar that is rounding noise."""

    value: float
    error: float
    noise: float

    def __str__(self) -> str:
        """The significant digits."""
        if not self.value or not 0.0 < self.error < math.inf:
            return repr(self.value)
        digits = math.ceil(math.log10(abs(self.value)) - math.log10(self.error))
        return repr(float(f"{self.value:.{min(max(digits, 1), 17)}g}"))


class Verdict(NamedTuple):
    """Whether a derivative agrees with the slope, and the difference that was allowed."""

    agrees: bool
    slope: Slope
    allowed: float


class Difference(NamedTuple):
    """A central difference: its slope, the noise of the slope, and f(x + h) - 2 f(x) + f(x - h)."""

    slope: float
    noise: float
    bend: float


UNKNOWN = Slope(math.nan, math.inf, math.inf)


class Differences:
    """The differences of a function at x, taken on demand.

    Args:
        f: a function of one number; an ArithmeticError or ValueError counts as nan.
        x: the point.
        y: f(x), which is finite.
        rtol: tolerance relative to the larger of the slope and the derivative.
        atol: tolerance for derivatives near 0.
    """

    def __init__(self, f: Callable[[float], float], x: float, y: float, rtol: float, atol: float) -> None:
        self.f, self.x, self.y, self.rtol, self.atol = f, x, y, rtol, atol
        self.size = _size(x)
        self.near = min(self.size, 1.0)  # the scale of x, and of sin; larger steps leave it
        self.taken: dict[int, Difference | None] = {}  # by exponent; a step is unit * 2**exponent
        self.unit = 1.0
        self.noise, self.span, self.finest = self._measure_noise()

    def judge(self, derivative: float) -> Verdict:
        """Return whether the derivative agrees with the differences of f."""
        verdict = self._search(derivative)
        if verdict.agrees or self._is_kink(derivative):
            return verdict._replace(agrees=True)
        if self._is_same_at_large_steps(verdict.slope):
            return verdict
        noise = max(self._noise_farther_out(), self._jump(verdict.slope.value))
        if noise <= 2 * self.noise:
            return verdict
        self.noise, self.finest, self.taken = noise, UNKNOWN, {}
        again = self._search(derivative)
        apart = abs(again.slope.value - verdict.slope.value)
        return again if again.agrees and MARGIN * again.slope.error < 0.5 * apart else verdict

    # --- noise ---

    def _at(self, x: float) -> float:
        try:
            return self.f(x)
        except (ArithmeticError, ValueError):
            return math.nan

    def _measure_noise(self) -> tuple[float, float, Slope]:
        """Return the largest rounding error to expect, the distance of the outer points, and the slope between them."""
        sigma, span, slope = 0.0, 0.0, UNKNOWN
        for unit in _units(self.x):
            span = unit * OFFSETS[-1]
            first, last = self._at(self.x + unit * OFFSETS[0]), self._at(self.x + span)
            if first == last == self.y:
                slope = Slope(0.0, 0.0, 0.0)
                continue
            ys = [first, *[self._at(self.x + unit * i) if i else self.y for i in OFFSETS[1:-1]], last]
            if not all(map(math.isfinite, ys)):
                continue
            sigma = _noise_of([value - self.y for value in ys])
            outer = (last - first) / (unit * (OFFSETS[-1] - OFFSETS[0]))
            inner = (ys[-3] - ys[2]) / (unit * (OFFSETS[-3] - OFFSETS[2]))
            slope = Slope(outer, abs(outer - inner), 0.0)
            break
        noise = max(3 * sigma, 0.5 * math.ulp(self.y))
        slope = Slope(slope.value, slope.error + 2 * noise / span, 2 * noise / span)
        return noise, span, slope if self._counts(slope, span) else UNKNOWN

    def _noise_farther_out(self) -> float:
        """The noise at larger distances, which includes rounding that is constant or linear at smaller ones."""
        unit = self.span / OFFSETS[-1] * GROWTH**2
        ys = [self._at(self.x + unit * i) for i in OFFSETS]
        return 3 * _noise_of([value - self.y for value in ys]) if all(map(math.isfinite, ys)) else 0.0

    def _counts(self, slope: Slope, step: float) -> bool:
        """Whether a slope is evidence: at steps beyond the scale of x, only one well above its noise."""
        return step <= self.near / 8 or abs(slope.value) > SIGNIFICANT * slope.noise

    # --- differences and their extrapolation ---

    def _step(self, j: int) -> float:
        return math.ldexp(self.unit, j)

    def _take(self, j: int) -> Difference | None:
        """Return the difference at step j, taken once; None if f is not finite there."""
        if j not in self.taken:
            up = self.x + self._step(j)
            h = up - self.x  # exact, so both sides are equally far
            above, below = self._at(up), self._at(self.x - h)
            self.taken[j] = None
            if h > 0.0 and math.isfinite(above) and math.isfinite(below):
                noise = max(self.noise, math.ulp(above), math.ulp(below)) / h
                self.taken[j] = Difference((above - below) / (2 * h), noise, above - 2 * self.y + below)
        return self.taken[j]

    def _estimates(self) -> Iterator[tuple[Slope, int]]:
        """The extrapolated slope of each step that resolves f, from the largest step to the smallest."""
        row: list[float] = []
        coarser: Difference | None = None
        last = 0
        for j in sorted(self.taken, reverse=True):
            difference = self.taken[j]
            if difference is None or j < last - 1:
                row, coarser = [], None
            last = j
            if difference is None:
                continue
            previous, row = row[:4], [difference.slope]
            noise = 1.5 * difference.noise  # the factor of one extrapolation; the error bars cover the later ones
            best = Slope(difference.slope, math.inf, noise)
            for k, older in enumerate(previous, 1):
                row.append((row[-1] * 4**k - older) / (4**k - 1))
                error = max(abs(row[-1] - row[-2]), abs(row[-1] - older)) + noise
                if error < best.error:
                    best = Slope(row[-1], error, noise)
            if coarser is not None and abs(difference.bend) > 0.4 * abs(coarser.bend) + 4 * self.noise:
                row = []  # halving the step quarters the bend if f is smooth, and halves it near a kink
            elif coarser is not None:
                yield best, j
            coarser = difference

    def _best(self) -> tuple[Slope, bool]:
        """The estimate with the smallest error bar of those that agree with all smaller steps; whether all agree."""
        chosen = self.finest
        for found, j in reversed(list(self._estimates())):
            if abs(found.value - chosen.value) > found.error + chosen.error:
                return chosen, False
            if found.error < chosen.error and self._counts(found, self._step(j)):
                chosen = found
        return chosen, True

    def _compare(self, derivative: float, slope: Slope) -> Verdict:
        allowed = self.atol + self.rtol * max(abs(derivative), abs(slope.value)) + MARGIN * slope.error
        return Verdict(abs(derivative - slope.value) <= allowed, slope, allowed)

    def _search(self, derivative: float) -> Verdict:
        """Take differences until the derivative agrees to the tolerance, or no other step improves the error bar."""
        tolerance = self.atol + self.rtol * abs(derivative)
        smallest, largest = min(2 * self.span, self.near / 16), self.size / 2
        first = max(4 * MARGIN * self.noise / tolerance, smallest) if tolerance else largest
        self.unit = min(first, largest / 16)
        low, high = 0, 2
        for j in range(low, high + 1):
            self._take(j)
        while len(self.taken) <= STEPS:
            slope, all_agree = self._best()
            if self._compare(derivative, slope).agrees and MARGIN * slope.error <= tolerance:
                break
            is_noisy = all_agree and slope.noise > 0.25 * slope.error
            if self._step(low - 1) >= smallest and 4 * self.noise / self._step(low - 1) < 0.5 * slope.error:
                low -= 1
                self._take(low)
            elif is_noisy and self._step(high + 1) <= largest and self.taken[high] is not None:
                high += 1
                self._take(high)
            elif is_noisy and largest < 0.5:
                largest = 0.5
            else:
                break
        verdict = self._compare(derivative, self._best()[0])
        if not verdict.agrees and verdict.slope.error < math.inf:
            shows = 8 * MARGIN * self.noise / abs(derivative - verdict.slope.value)
            j = math.ceil(math.log2(max(shows, smallest) / self.unit))
            for k in range(j, min(j + 3, low)):
                self._take(k)
            verdict = self._compare(derivative, self._best()[0])
        return verdict

    # --- kinks and staircases ---

    def _is_kink(self, derivative: float) -> bool:
        """Whether f has a kink at x with the derivative between its slopes, or a jump with the slope of one side."""
        apart = max((abs(d.bend) / self._step(j) for j, d in self.taken.items() if d), default=0.0)
        if apart == 0.0:
            return False
        self.unit, self.taken = max(40 * self.noise / apart, 2 * self.span), {}
        for j in range(3):
            near = self._take(j)
            if near is None or abs(near.bend) < 16 * self.noise:
                continue
            far, h = self._take(j + 5), self._step(j)
            if far is None:
                return False
            half, ratio = (
                abs(near.bend) / (2 * h),
                far.bend / near.bend,
            )  # 32 at a kink, 1024 if f is smooth, 1 at a jump
            off = abs(derivative - near.slope)
            if 0.9 < ratio < 1.1:
                return abs(off - half) <= self.atol + self.rtol * abs(derivative) + near.noise
            return 0.4 * 32 < ratio < 2.5 * 32 and off <= 1.002 * half + near.noise
        return False

    def _is_same_at_large_steps(self, slope: Slope) -> bool:
        """Whether large steps give this slope too, so it is not that of a line of a staircase."""
        self.unit, self.taken = self.near / 64, {}
        for j in range(3):
            self._take(j)
        return all(abs(slope.value - far.value) <= far.error + slope.error for far, _ in self._estimates())

    def _jump(self, slope: float) -> float:
        """The height of a step of the staircase, found by bisection: the rise of f above a line of this slope.

        It is 0 if f is smooth near x, since the rise then shrinks with the distance.
        """
        left, right = self.x, self.x + self.near / 8
        at_left, at_right = self.y, self._at(right)
        rises = []
        while right - left > 8 * math.ulp(max(abs(left), abs(right))):
            middle = (left + right) / 2
            value = self._at(middle)
            if abs(value - at_left - slope * (middle - left)) > abs(at_right - value - slope * (right - middle)):
                right, at_right = middle, value
            else:
                left, at_left = middle, value
            rises.append(abs(at_right - at_left - slope * (right - left)))
        return rises[-1] if len(rises) > 3 and rises[-1] > 0.7 * rises[-4] else 0.0


def _size(x: float) -> float:
    """The size of x, or 1 if x is 0 or too small to divide by a step."""
    return abs(x) if abs(x) > 1e-305 else 1.0


def _units(x: float) -> Iterator[float]:
    """Units of OFFSETS, the smallest first: odd multiples of two ulps, which make the points exact."""
    size = _size(x)
    for base in (size, 1.0) if size < 2**-10 else (size,):
        for k in range(8):
            yield 2 * math.ulp(base) * GROWTH**k


def _weights(order: int) -> list[list[float]]:
    """Weights of the divided differences of values at OFFSETS, scaled so that noise keeps its size."""
    rows = []
    for first in range(len(OFFSETS) - order):
        window = OFFSETS[first : first + order + 1]
        row = [1 / math.prod((a - b) / 1000 for b in window if b != a) for a in window]
        size = math.hypot(*row)
        rows.append([w / size for w in row])
    return rows


WEIGHTS = [_weights(order) for order in range(1, len(OFFSETS) - 1)]


def _noise_of(ys: Sequence[float]) -> float:
    """The standard deviation of the noise in values at OFFSETS.

    It is the size of the differences of the first three consecutive orders of similar size, in which the trend of f has
    vanished; else that of the highest order, which may be too large.
    """
    sizes = []
    for rows in WEIGHTS:
        found = [math.fsum(w * y for w, y in zip(row, ys[i:], strict=False)) for i, row in enumerate(rows)]
        sizes.append(math.hypot(*found) / math.sqrt(len(found)))
    for three in zip(sizes, sizes[1:], sizes[2:], strict=False):
        if max(three) <= 4 * min(three):
            return sorted(three)[1]
    return sizes[-1]
