"""Is a number right, does it follow from the numbers before it, and if not, which slip leads to it?"""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from functools import cached_property
from typing import Literal

from ..text import given, shown
from ..value import Value
from ..view.calculation import ROUNDING, Calculation, excess, same
from .paper import Names, Subject, Written
from .replay import Pins, Replay, Run
from .slips import OutOfWork, Slip, Slips

__all__ = ["MOST", "Judge", "Judgement", "Verdict"]

Verdict = Literal["right", "given", "digit", "rounded", "wrong"]
Known = Sequence[tuple[Subject, float]]

MOST = 1000  # the most Values of a calculation that can be checked
WORK = 400_000  # the most Values that are computed again for one line
SEEN = 0.01  # a parameter that changes by less, relative to itself, may be the old one when rounded
DIGITS = {2: 4, 3: 5, 4: 6}  # the fewest digits for which a far-fetched slip is more than a coincidence, by its rank
OFFERED = 3  # the most slips that are named for one number


@dataclass(frozen=True)
class Judgement:
    """What a number is.

    Attributes:
        verdict: "right"; "given", right if earlier numbers are taken as they are; "digit", off in the last digit;
            "rounded", as far off as roundings on the way can explain; "wrong".
        exact: the exact number.
        expected: what follows from earlier numbers.
        given: the earlier numbers that it follows from.
        cut: whether digits were cut off rather than rounded.
        slips: what leads to this number, the likeliest first.
        more: whether there were more slips to try than time for them.
    """

    verdict: Verdict
    exact: float
    expected: float
    given: tuple[Subject, ...] = ()
    cut: bool = False
    slips: tuple[Slip, ...] = ()
    more: bool = False


class Judge:
    """Judges the numbers of one calculation, one after another.

    Args:
        output: the result.
        names: a mapping of names to Values, for Values without a label.
        rate: the learning rate; None if there is none.

    Raises:
        TypeError, ValueError: an argument cannot be used, or the calculation is too large.
    """

    def __init__(self, output: Value, names: Mapping[str, object] | None, rate: float | None) -> None:
        if not isinstance(output, Value):
            raise TypeError(f"the result must be a Value, as in check(L, ...), but got {given(output)}")
        if rate is not None and (
            isinstance(rate, bool) or not isinstance(rate, (int, float)) or not math.isfinite(rate)
        ):
            raise TypeError(f"lr must be a number such as 0.1, but got {given(rate)}")
        if too_many := excess([output], MOST):
            raise ValueError(
                f"the calculation is too large to be checked: it has more than {too_many}; check that of one sample, "
                "or a smaller network"
            )
        self.calculation = Calculation.of(output, names)
        self.replay = Replay(self.calculation)
        nodes = self.replay.nodes
        leaves = [i for i, node in enumerate(nodes) if node.op is None]
        self.names = Names((self.calculation.names[node] for node in nodes), leaves)
        self.rate = rate
        self.slips = Slips(self.calculation, self.replay, rate)
        self.output = len(nodes) - 1
        self.updated: set[int] = set()  # the parameters that a step of gradient descent changes
        self.known: dict[Subject, tuple[Written, Judgement]] = {}

    def expect(self, subjects: Sequence[Subject]) -> None:
        """Take note of all that will be judged: the parameters with new numbers are those that are updated.

        Raises:
            ValueError: a new number has no learning rate, or a value after the step no parameters.
        """
        self.updated |= {subject.of for subject in subjects if subject.kind == "step"}
        for subject in subjects:
            title = self.names.title(subject)
            if subject.kind in ("step", "after") and self.rate is None:
                raise ValueError(
                    f"{shown(title)} is a number after one step of gradient descent, but the learning rate is missing: "
                    "give it, as in lr=0.1"
                )
            if subject.kind == "after" and not self.updated:
                leaf = next((self.names.names[i] for i in sorted(self.names.leaves)), "w")
                raise ValueError(
                    f"{shown(title)} is computed with new parameters, but no new parameter is given: write their lines "
                    f"too, as in {leaf}' = 0.5"
                )

    def judge(self, subject: Subject, number: Written, remember: bool = True) -> Judgement:
        """Return what a number is, and take it as given from now on."""
        found = self._judged(subject, number)
        if remember:
            self.known[subject] = number, found
        return found

    # --- numbers ---

    @cached_property
    def _exact(self) -> Run:
        return self.replay.run()

    def number(self, subject: Subject, known: Known = ()) -> float:
        """Return the number of a line that follows from some known ones; the exact one without any."""
        run = self._run(known)
        match subject.kind:
            case "value":
                return run.values[subject.of]
            case "derivative":
                return run.derivative(subject.of, subject.by)
            case "step":
                return self._stepped(run, subject.of)
        return self._after(run, known).values[subject.of]

    def _run(self, known: Known, places: int | None = None) -> Run:
        values = {subject.of: x for subject, x in known if subject.kind == "value"}
        derivatives = {(subject.of, subject.by): x for subject, x in known if subject.kind == "derivative"}
        if not values and not derivatives and places is None:
            return self._exact
        return self.replay.run(Pins(values, derivatives), places)

    def _stepped(self, run: Run, leaf: int) -> float:
        return run.values[leaf] - (self.rate or 0.0) * run.derivative(self.output, leaf)

    def _after(self, run: Run, known: Known) -> Run:
        new = {leaf: self._stepped(run, leaf) for leaf in self.updated}
        new |= {subject.of: x for subject, x in known if subject.kind in ("step", "after")}
        leaves = {i: run.values[i] for i in self.names.leaves}
        return self.replay.run(Pins(leaves | new))

    # --- judging ---

    def _judged(self, subject: Subject, number: Written) -> Judgement:
        exact = self.number(subject)
        known = [(other, x.number) for other, (x, _) in self.known.items() if other != subject]
        if self._is_unmoved(subject, number, known):
            return Judgement("wrong", exact, exact, slips=(self.slips.unmoved(subject.of),))
        if number.accepts(exact):
            return Judgement("right", exact, exact)
        for some in _subsets(known):
            if number.accepts(follows := self.number(subject, some)):
                return Judgement("given", exact, follows, self._needed(subject, number, some))
        follows = self.number(subject, known)
        needed = self._needed_for(subject, known)
        slack = self._slack(subject, known)
        if number.accepts(follows, 0.5, slack) and (from_these := self._needed(subject, number, known, slack)):
            return Judgement("given", exact, follows, from_these)
        bases = [(follows, known, needed), *([(exact, [], ())] if known else [])]
        for base, _, names in bases:
            if number.cuts(base) and number.digits > 1:
                return Judgement("digit", exact, base, names, cut=True)
        slips, more = self._found(subject, number, [some for _, some, _ in bases])
        for base, some, names in bases:
            if number.digits > 2 and number.accepts(base, 1.5):
                return Judgement("digit", exact, base, names)
            if number.digits > 2 and number.accepts(base, 0.5, self._drift(subject, number, some)):
                return Judgement("rounded", exact, base, names)
        return Judgement("wrong", exact, follows, needed, slips=slips, more=more)

    def _is_unmoved(self, subject: Subject, number: Written, known: Known) -> bool:
        """Return whether a parameter after a step is the old one, although the step is large enough to be seen."""
        old = self.replay.recorded[subject.of]
        if subject.kind != "step" or number.number != old:
            return False
        return not any(same(self.number(subject, some), old, SEEN) for some in ([], known))

    def _slack(self, subject: Subject, known: Known) -> float:
        """Return how much a number moves if the known ones were not rounded.

        What a wrong one was before it was rounded is not known: it is within half a unit.
        """
        follows, total = self.number(subject, known), 0.0
        for other, x in known:
            written, found = self.known[other]
            unrounded = found.exact if found.verdict == "right" else x + written.unit / 2
            moved = [(item, unrounded if item == other else y) for item, y in known]
            total += abs(self.number(subject, moved) - follows)
        return total if math.isfinite(total) else 0.0

    def _needed(self, subject: Subject, number: Written, some: Known, slack: float = 0.0) -> tuple[Subject, ...]:
        """Return the known numbers without which another one does not follow."""
        kept = list(some)
        for item in some:
            fewer = [other for other in kept if other is not item]
            if number.accepts(self.number(subject, fewer), 0.5, slack):
                kept = fewer
        return tuple(other for other, _ in kept)

    def _needed_for(self, subject: Subject, some: Known) -> tuple[Subject, ...]:
        """Return the known numbers that change what another one should be."""
        full = self.number(subject, some)
        others = {other: self.number(subject, [item for item in some if item[0] != other]) for other, _ in some}
        return tuple(other for other, x in others.items() if not same(x, full, ROUNDING))

    def _drift(self, subject: Subject, number: Written, known: Known) -> float:
        """Return how far roundings of the numbers on the way lead, if these have as many digits or decimals."""
        base, total, taken = self.number(subject, known), 0.0, {other for other, _ in known}
        run = self._run(known)
        gradients = run.gradients(self.output) if subject.kind != "value" else {}
        for i in self.slips.named[-50:]:
            for other, x in (
                (Subject("value", i), run.values[i]),
                (Subject("derivative", self.output, i), gradients.get(i)),
            ):
                if x and other not in taken and other != subject and i not in self.names.leaves and i != self.output:
                    half = max(number.unit, number.unit_of(x)) / 2
                    total += abs(self.number(subject, [*known, (other, x + half)]) - base)
        return total if math.isfinite(total) else 0.0

    def _found(self, subject: Subject, number: Written, bases: Sequence[Known]) -> tuple[tuple[Slip, ...], bool]:
        """Return the slips that lead to a number, the likeliest first, and whether there were more to try."""
        exactly: dict[tuple[object, ...], Slip] = {}
        nearly: dict[tuple[object, ...], Slip] = {}
        more = False
        for known in bases:
            right = self.number(subject, known)
            drift = self._drift(subject, number, known) / abs(right) if right and number.digits > 2 else 0.0
            self.slips.left = WORK // len(bases)
            for slip in self._tried(subject, known):
                if slip.number == right or not math.isfinite(slip.number) or number.digits < DIGITS.get(slip.rank, 0):
                    continue
                key = (slip.kind,) if slip.kind == "other" else (slip.kind, slip.node, slip.edge, slip.part, slip.used)
                if number.accepts(slip.number):
                    exactly.setdefault(key, slip)
                elif number.digits > 2 and number.accepts(slip.number, 1.5, drift * abs(slip.number)):
                    nearly.setdefault(key, slip)
                elif number.digits > 2 and number.accepts(-slip.number):
                    nearly.setdefault((*key, "sign"), slip._replace(kind=f"{slip.kind}, sign", far=slip.far + 1))
            more |= self.slips.left < 0
        found = list((exactly or nearly).values())
        best = min((slip.rank for slip in found), default=0)
        return tuple(slip for slip in found if slip.rank == best)[:OFFERED], more and not exactly

    def _tried(self, subject: Subject, known: Known) -> Iterator[Slip]:
        with suppress(OutOfWork):
            yield from self._slips(subject, known)

    def _slips(self, subject: Subject, known: Known) -> Iterator[Slip]:
        run = self._run(known)
        right = self.number(subject, known)
        for power in (1, -1, 2, -2, 3, -3):
            yield Slip("point", right * 10.0**power)
        if subject.kind == "value":
            yield from self.slips.of_value(run, subject.of)
            yield from self.slips.others(run, subject)
            if self.rate is not None and subject.of in self.names.leaves:
                yield Slip("other", self._stepped(run, subject.of), used=Subject("step", subject.of))
        elif subject.kind == "derivative":
            news = {} if self.rate is None else {leaf: self._stepped(run, leaf) for leaf in sorted(self.updated)}
            news |= {other.of: x for other, x in known if other.kind == "step"}
            yield from self.slips.of_derivative(run, subject.of, subject.by, news)
            yield from self.slips.others(run, subject)
        elif subject.kind == "step":
            yield from self.slips.of_step(run, subject.of)
        else:
            before = {leaf: run.values[leaf] for leaf in sorted(self.updated)}
            labelled = [i for i in self.slips.named if i in self.names.leaves and i not in self.updated]
            others = {leaf: self._stepped(run, leaf) for leaf in labelled}
            yield from self.slips.of_after(self._after(run, known), subject.of, before, others)
        for places in range(1, 5):
            rounded = self._run(known, places)
            if subject.kind == "derivative":
                yield Slip("rounded", rounded.derivative(subject.of, subject.by), amount=places)
            elif subject.kind == "value":
                yield Slip("rounded", rounded.value(subject.of), amount=places)


def _subsets(known: Known) -> Iterator[Known]:
    """Yield the known numbers, all together, each alone, all but one, and the first ones."""
    if known:
        yield known
        if len(known) > 1:
            yield from ([item] for item in reversed(known))
            yield from ([item for item in known if item is not left] for left in known)
