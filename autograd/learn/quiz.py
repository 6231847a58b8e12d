"""Questions about the user's own graph: local derivatives, and the products that the chain rule makes of them.

>>> from autograd import Value
>>> w, x = Value(0.5, "w"), Value(3.0, "x")
>>> L = ((w * x).named("z") ** 2).named("L")
>>> said = iter(["1.5", "3", "0.5", "", "3", "q"])
>>> quiz(L, ask=lambda question: next(said))
Not yet. You get 1.5 if you leave the factor 2 out of dL/dz = 2 × z.
Hint: dL/dz = 2 × z.
Right: 3.
Right: 0.5.
Hint: dz/dw = x.
Right: 3.
1 of 3 at once, 2 after a hint.
Score(right=1, later=2, asked=3)
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import NamedTuple

from ..language import Language, chosen
from ..spelling import readable
from ..text import given
from ..value import Value
from ..view.calculation import whole
from ..view.terminal import tell
from ..view.words import sentences
from .judge import Judge, Judgement
from .paper import Subject, Written, written
from .sentences import Sentences, shown_like

__all__ = ["Score", "quiz"]

TRIES = 2  # after the first there is a hint, after the second the answer
STOP = ("q", "quit", "stop", "exit")


class Score(NamedTuple):
    """The result of a quiz.

    Attributes:
        right: the number of questions that were answered at once.
        later: the number of those that were answered after a hint.
        asked: the number of questions.
    """

    right: int
    later: int
    asked: int


class Question(NamedTuple):
    """A question.

    Attributes:
        subject: the derivative that is asked for.
        hint: how it is found.
    """

    subject: Subject
    hint: str


def quiz(
    output: Value,
    *,
    names: Mapping[str, object] | None = None,
    most: int = 12,
    ask: Callable[[str], str] | None = None,
    lang: Language | None = None,
) -> Score:
    """Ask for the derivatives of a calculation, from the result backward, and keep score.

    A wrong answer is told its slip, as by `check`. Then comes a hint, and after a second wrong answer the right one.
    Enter alone asks for the hint, and q ends the quiz.

    Args:
        output: the result, such as the loss.
        names: a mapping of names to Values, such as `globals()`, used for Values without a label. Questions are about
            Values with a label or a name.
        most: the largest number of questions, at least 1.
        ask: a function that is given each question and returns the answer; by default `input`.
        lang: "en" or "zh"; if not given, the language of `autograd.language.speaking`.

    Returns:
        The `Score`.

    Raises:
        TypeError: `output` is not a Value, or another argument is of the wrong kind.
        ValueError: there is nothing to ask, or the calculation has more than 1,000 Values.
    """
    lang = readable(chosen(lang))
    whole("most", most, 1)
    if ask is not None and not callable(ask):
        raise TypeError(f"ask must be a function that is given a question and returns the answer, but got {given(ask)}")
    judge = Judge(output, names, None)
    round_ = _Round(judge, lang, ask or input)
    asked = round_.questions()[:most]
    if not asked:
        raise ValueError(
            "there is nothing to ask: no Value that the result was computed from has a name; "
            "give names=globals() or labels, as in z.named('z')"
        )
    return round_.run(asked)


class _Round:
    """One quiz."""

    def __init__(self, judge: Judge, lang: Language, ask: Callable[[str], str]) -> None:
        self.judge, self.ask = judge, ask
        self.words = sentences("quiz", lang)
        self.told = Sentences(judge, sentences("check", lang))

    def questions(self) -> list[Question]:
        """Return the questions: for each named Value, backward, the local derivatives and then the gradients."""
        end, found = self.judge.output, list[Question]()
        operands: dict[int, list[int]] = {}
        reached = {end}  # what the result depends on
        for of in range(end, -1, -1):
            if of in reached and self.judge.replay.steps[of] is not None:
                operands[of] = self._named_operands(of)
                reached.update(operands[of])
        users = {by: [of for of in operands if by in operands[of]] for by in reached}
        for of, found_in in operands.items():
            found += [question for by in found_in for question in self._local(of, by)]
            found += [question for by in found_in if of == users[by][-1] for question in self._product(by, users[by])]
        return found

    def _named_operands(self, of: int) -> list[int]:
        """Return the nearest Values from which one was computed, past those that have no name and are inlined."""
        named, steps = set(self.judge.slips.named), self.judge.replay.steps
        waiting, found = [of], dict[int, None]()
        while waiting:
            step = steps[waiting.pop()]
            for parent in step.parents if step is not None else ():
                if self.told.is_inlined(parent):
                    waiting.append(parent)
                elif steps[parent] is not None or parent in named:
                    found[parent] = None
        return sorted(found, key=lambda k: (steps[k] is None, -k))  # leaves last

    def _local(self, of: int, by: int) -> list[Question]:
        formula = self.told.derivative(of, by)
        if formula in ("1", "-1") and len(self.judge.replay.nodes) > 2:  # of a sum
            step = self.judge.replay.steps[of]
            if step is not None and step.op.constant is not None:
                return []
        return [Question(Subject("derivative", of, by), formula)]

    def _product(self, by: int, users: list[int]) -> list[Question]:
        """Return the question for the gradient, unless it is a local derivative of the output."""
        title, end = self.judge.names.title, self.judge.output
        if not users or users == [end]:
            return []
        terms = []
        for user in users:
            local = title(Subject("derivative", user, by))
            terms.append(local if user == end else f"{title(Subject('derivative', end, user))} × {local}")
        return [Question(Subject("derivative", end, by), " + ".join(terms))]

    def run(self, questions: list[Question]) -> Score:
        """Ask the questions and return the score."""
        right = later = asked = 0
        for n, question in enumerate(questions, 1):
            attempts = self._attempts(question, n, len(questions))
            if attempts is None:
                break
            asked += 1
            right += attempts == 1
            later += attempts == TRIES
        score = Score(right, later, asked)
        tell(self.words["score"].format(**score._asdict()))
        return score

    def _attempts(self, question: Question, n: int, count: int) -> int | None:
        """Ask one question; return how many answers it took, more than `TRIES` if none was right, None to stop."""
        name = self.judge.names.title(question.subject)
        prompt = self.words["question"].format(n=n, all=count, name=name)
        exact = self.judge.number(question.subject)
        for attempt in range(1, TRIES + 1):
            answer = self._answer(prompt)
            if answer is None:
                return None
            if isinstance(answer, Written):
                judgement = self.judge.judge(question.subject, answer, remember=False)
                if judgement.verdict != "wrong":
                    self.judge.judge(question.subject, answer)
                    said = "right" if judgement.verdict in ("right", "given") else "nearly"
                    tell(self.words[said].format(exact=shown_like(answer.text, exact)))
                    return attempt
                tell(self.words["wrong"].format(why=self._why(answer, judgement)))
            key = "hint" if attempt < TRIES else "answer"
            tell(self.words[key].format(name=name, formula=question.hint, exact=f"{exact:.6g}"))
        return TRIES + 1

    def _why(self, answer: Written, judgement: Judgement) -> str:
        if not judgement.slips:
            return self.words["no slip"].format(yours=answer.text)
        return self.words["slip"].format(yours=answer.text, slip=self.told.sentence(judgement.slips[0]))

    def _answer(self, prompt: str) -> Written | str | None:
        """Return a number, "" for a wish for a hint, or None for the wish to stop."""
        while True:
            try:
                said = self.ask(prompt).strip()
            except (EOFError, KeyboardInterrupt):
                tell("")  # the cursor is behind the question
                return None
            if said.lower() in STOP:
                return None
            if not said:
                return said
            try:
                return written(said.rpartition("=")[2])
            except ValueError:
                tell(self.words["not a number"])
