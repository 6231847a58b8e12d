"""An examination for engines: which classic mistake explains the wrong answers of a class.

>>> from autograd import Value
>>> grade(Value).passed
True
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from itertools import combinations
from typing import Any, NamedTuple

from ..language import Language, chosen
from ..text import given, printable
from ..view.terminal import for_stdout, refilled
from ..view.words import sentences
from .engine import Engine
from .mistakes import MISTAKES, STYLES, Mistake, made_with
from .probes import ENDS, OPERATIONS, PROBES, Outcome, Probe, expected, outcome, same

__all__ = ["Finding", "Grade", "diagnosed", "grade"]


class Finding(NamedTuple):
    """What is wrong with an engine, and the smallest program that shows it.

    Attributes:
        key: the mistake; "no numbers" if no program gives a number; "" if no classic mistake explains the answer.
        op: the operation in which it is made; "" if it is made in all of them, or in none.
        probe: the smallest program with a wrong answer.
        expected: the right answer.
        found: the answer of the engine, or the name of the error that it raised.
        explains: the number of wrong answers that the mistake explains.
        limit: whether the derivatives are right, but at a price.
    """

    key: str
    op: str
    probe: Probe
    expected: Outcome
    found: Outcome
    explains: int
    limit: bool


class Grade:
    """The result of an examination; `print` shows the report.

    Attributes:
        name: the name of the class.
        findings: mistakes, the most telling first, then limits.
        missing: operations that the class does not have; they were not examined.
        asked: the number of programs.
        passed: whether there is no mistake; limits are no mistakes.
    """

    def __init__(
        self, name: str, findings: Sequence[Finding], missing: Sequence[str], asked: int, lang: Language
    ) -> None:
        self.name, self.findings, self.missing, self.asked = name, list(findings), list(missing), asked
        self.lang: Language = lang

    @property
    def passed(self) -> bool:
        return all(finding.limit for finding in self.findings)

    def __str__(self) -> str:
        return for_stdout(lambda columns: "\n".join(_report(self, columns)))

    __repr__ = __str__


def grade(engine: Callable[..., Any], *, lang: Language | None = None) -> Grade:
    """Examine a class of numbers that remember how they were computed.

    Args:
        engine: the class. `engine(2.0)` has `data`, `grad` and `backward()`, as in micrograd; `+` and `*` are
            required. Other operators, `relu()`, `tanh()`, `exp()`, `log()` and `sigmoid()` are examined if it has them.
        lang: the language of the report, "en" or "zh"; by default the one that is spoken.

    Raises:
        TypeError: `engine` cannot be called.

    The programs run in this process, without a time limit: `python -m autograd grade FILE:CLASS` has one.

    >>> class Value:
    ...     pass
    >>> grade(Value).passed
    False
    """
    if not callable(engine):
        raise TypeError(f"grade examines a class such as Value, but got {given(engine)}: give the class itself")
    speaks = chosen(lang)
    return diagnosed(getattr(engine, "__name__", repr(engine)), {p: outcome(p, engine) for p in PROBES}, speaks)


def diagnosed(name: str, answers: Mapping[Probe, Outcome], lang: Language) -> Grade:
    """Return the grade of an engine by its answers alone."""
    missing = [probe.subject for probe in PROBES if probe in answers and probe.is_lacking(answers[probe])]
    answers = {probe: found for probe, found in answers.items() if {probe.subject, *probe.needs}.isdisjoint(missing)}
    right = {probe: expected(probe) for probe in answers}
    wrong = [
        probe for probe in answers if not any(same(answers[probe], good) for good in (right[probe], *probe.accepted))
    ]
    numbers = [probe for probe in wrong if not probe.is_price]
    explained = Evidence(answers, right, numbers, missing).explained() if numbers else []
    for probe in wrong:
        if probe.limit == "cycles" and any(key == "never freed" for key, _, _ in explained):
            continue  # what is never freed is not freed without the collector either
        if probe.is_price and probe.is_typical(answers[probe]):
            explained.append((probe.limit, "", [probe]))
        elif probe.is_price and not numbers:
            explained.append(("", "", [probe]))
    findings = [
        Finding(key, op, first, right[first], answers[first], len(probes), bool(key) and key == first.limit)
        for key, op, probes in explained
        for first in probes[:1]
    ]
    return Grade(name, sorted(findings, key=lambda finding: finding.limit), missing, len(answers), lang)


# --- which mistakes explain the answers ---

HIGHEST = 5  # up to this height of a graph, all orders of operands are tried


class Evidence:
    """The answers of an engine, of which some are wrong.

    Args:
        answers: what it answered.
        right: the right answers.
        wrong: the programs with wrong answers.
        missing: operations that the engine does not have, in which no mistake can be made.
    """

    def __init__(
        self,
        answers: Mapping[Probe, Outcome],
        right: Mapping[Probe, Outcome],
        wrong: Sequence[Probe],
        missing: Sequence[str] = (),
    ) -> None:
        self.possible = [mistake for mistake in MISTAKES if mistake.op not in missing]
        self.answers, self.right, self.wrong = answers, right, wrong
        self.good = [probe for probe in answers if not probe.is_price and probe not in wrong]

    def explained(self) -> list[tuple[str, str, list[Probe]]]:
        """Return the mistakes, their operations, and the programs that show them; "" for a mistake that is unknown.

        They are one mistake, or two together, that explain all answers; else those that explain some of the wrong
        answers and contradict no right one. If every program fails there is nothing to compare.
        """
        if all(isinstance(found, str) for probe, found in self.answers.items() if not probe.is_price):
            return [("no numbers", "", list(self.wrong))]
        for number, ordered in ((1, False), (1, True), (2, False), (2, True)):
            for style in STYLES:
                shown = self._suspects(style, ordered)
                for made in combinations(shown, number):
                    if set().union(*(shown[mistake] for mistake in made)) == set(self.wrong) and self._fits(
                        style, made
                    ):
                        return [(mistake.key, mistake.op, self._sorted(shown[mistake], mistake)) for mistake in made]
        found, left = [], list(self.wrong)
        # an error proves nothing about operations that always fail
        working = {probe.subject for probe in self.good if "backward" in probe.program}
        for style in STYLES:
            for mistake in self._suspects(style, True):
                proven = [
                    probe
                    for probe in left
                    if (not isinstance(self.answers[probe], str) or {probe.subject, *probe.needs} <= working)
                    and self._agrees(probe, made_with(style, mistake))
                ]
                if proven and all(self._agrees(probe, made_with(style, mistake)) for probe in self.good):
                    found.append((mistake.key, mistake.op, self._sorted(proven, mistake)))
                    left = [probe for probe in left if probe not in proven]
        unknown: dict[str, list[Probe]] = {}
        for probe in left:
            unknown.setdefault(probe.subject if probe.subject in OPERATIONS else "", []).append(probe)
        return [*found, *(("", op, probes) for op, probes in unknown.items())]

    def _suspects(self, style: type[Engine], ordered: bool) -> dict[Mistake, list[Probe]]:
        """Return the mistakes that could be made here, and the wrong answers that each changes; the likeliest first.

        Those whose answers depend on the order of operands are among them only if `ordered`: they take longer.
        """
        found = {}
        for mistake in self.possible:
            made = made_with(style, mistake)
            if made.ordered and not ordered:
                continue
            changes = [p for p in self.wrong if any(self._differs(p, answer) for answer in self._outcomes(p, made))]
            if changes and (made.ordered or not any(self._differs(p, outcome(p, made)) for p in self.good)):
                found[mistake] = changes
        return dict(sorted(found.items(), key=lambda item: -len(item[1])))

    def _differs(self, probe: Probe, found: Outcome) -> bool:
        return not same(found, self.right[probe])

    def _fits(self, style: type[Engine], made: Sequence[Mistake]) -> bool:
        return all(self._agrees(probe, made_with(style, *made)) for probe in (*self.wrong, *self.good))

    def _agrees(self, probe: Probe, made: type[Engine]) -> bool:
        """Return whether an engine has the same answer."""
        return any(same(found, self.answers[probe]) for found in self._outcomes(probe, made))

    def _outcomes(self, probe: Probe, made: type[Engine]) -> Iterator[Outcome]:
        """Yield the answers of an engine, for all orders of operands if these can matter."""
        yield outcome(probe, made)
        height = outcome(probe._replace(asked=("y.height",)), Engine) if made.ordered else "no matter"
        if not isinstance(height, str):
            for flips in range(2, 2 ** (min(int(height[0]), HIGHEST) + 1), 2):
                yield outcome(probe, type("Value", (made,), {"flips": flips}))

    def _sorted(self, shown: Sequence[Probe], mistake: Mistake) -> list[Probe]:
        """Return programs, those about the operation of a mistake first."""
        return sorted(shown, key=lambda probe: probe.subject != mistake.op)


# --- the report ---


def _report(grade: Grade, columns: int) -> list[str]:
    words = sentences("grade", grade.lang)
    mistakes = [finding for finding in grade.findings if not finding.limit]
    limits = [finding for finding in grade.findings if finding.limit]
    head = "passed" if grade.passed else "one mistake" if len(mistakes) == 1 else "mistakes"
    paragraphs = [words[head].format(name=printable(grade.name), asked=grade.asked, n=len(mistakes))]
    for number, finding in enumerate(mistakes, 1):
        paragraphs.append(f"{number}. {_sentence(finding, words)}\n\n{_evidence(finding, words)}")
    if limits:
        paragraphs.append(words["limits"])
    for finding in limits:
        paragraphs.append(f"- {_sentence(finding, words)}\n\n{_evidence(finding, words)}")
    if grade.missing and not any(finding.key == "no numbers" for finding in mistakes):
        paragraphs.append(words["missing"].format(", ".join(map(written, grade.missing))))
    return refilled("\n\n".join(paragraphs), columns).split("\n")


def _sentence(finding: Finding, words: Mapping[str, str]) -> str:
    op = written(finding.op)
    if finding.key in ("no reflection", "reflected order"):
        op = op.replace("a", "3").replace("b", "a")
    place = words["in"].format(op) if op else ""
    return words[finding.key or "unexplained"].format(op=op, place=place)


def _evidence(finding: Finding, words: Mapping[str, str]) -> str:
    """The program, and for each number that is wrong the right one and the one that was found."""
    asked = ", ".join(finding.probe.asked)
    if isinstance(finding.found, str) or isinstance(finding.expected, str):
        remark = words[str(finding.found) if finding.found in ENDS else "raised"]
        remarks = [f"{asked}  # {remark.format(_number(finding.expected), _number(finding.found))}"]
    else:
        remarks = [
            f"{asked}  # {words['found'].format(_number((right,)), _number((found,)))}"
            for asked, right, found in zip(finding.probe.asked, finding.expected, finding.found, strict=True)
            if not same((right,), (found,))
        ]
    return "\n".join(f"    {line}" for line in [*finding.probe.program.split("\n"), *remarks])


def _number(answer: Outcome) -> str:
    return printable(answer) if isinstance(answer, str) else ", ".join(f"{number:.6g}" for number in answer)


def written(op: str) -> str:
    """Return an operation as a program writes it, such as "a * b"."""
    return OPERATIONS.get(op, op)
