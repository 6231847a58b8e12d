"""Slips in words: where the mistake was made, in the formula as it is read."""

from __future__ import annotations

from collections.abc import Mapping

from ..operation import Primitive
from ..primitives import add, mul
from ..view.notation.expression import (
    ONE,
    ZERO,
    Call,
    Expr,
    Minus,
    Name,
    Power,
    Product,
    Quotient,
    Sum,
    replaced,
    simplified,
)  # fmt: skip
from ..view.notation.text import function_name, numeral, text
from .judge import Judge, Judgement
from .mutations import names_in
from .paper import Subject, Written, written
from .slips import Slip

__all__ = ["Sentences", "rounded_like", "shown_like"]

LONGEST = 40  # the longest formula, in characters, that is written in place of a Value without a name


class Sentences:
    """Says what a slip is.

    Args:
        judge: what knows the program.
        words: the sentences of the language.
        digits: how many digits of numbers are shown.
    """

    def __init__(self, judge: Judge, words: Mapping[str, str], digits: int = 4) -> None:
        self.judge, self.words, self.digits = judge, words, digits
        self.calculation, self.slips = judge.calculation, judge.slips
        self._plain: dict[Expr, Expr] = {}
        nodes = judge.replay.nodes
        for i, node in enumerate(nodes):  # Values without a name, as formulas of those that have one
            equation = self.slips.equation(i)
            if equation is not None and not self.calculation.labels[node].strip() and i != judge.output:
                written = self._inlined(equation)
                if len(text(written)) <= LONGEST:
                    self._plain[self.calculation.name(node)] = written

    def is_inlined(self, i: int) -> bool:
        """Return whether a formula is written in place of a node."""
        return self.calculation.name(self.judge.replay.nodes[i]) in self._plain

    def _inlined(self, expr: Expr) -> Expr:
        found: dict[Expr, Expr] = {name: self._plain[name] for name in names_in(expr) if name in self._plain}
        return replaced(expr, found) if found else expr

    # --- what a number is ---

    def verdict(self, number: Written, judgement: Judgement) -> str:
        """Return a verdict as a phrase."""
        given = self._listed(list(map(self.judge.names.title, judgement.given)))
        expected = shown_like(number.text, judgement.expected)
        if judgement.verdict == "given":
            return self.words["given"].format(given=given)
        said = self.words["cut" if judgement.cut else judgement.verdict].format(rounded=rounded_like(number, judgement))
        return said + (self.words["follows"].format(given=given, expected=expected) if given else "")

    def _listed(self, names: list[str]) -> str:
        last = self.words["and"].join(names[-2:])
        return self.words["comma"].join([*names[:-2], last])

    def remark(self, subject: Subject, number: Written, judgement: Judgement) -> str:
        """Return the slips that lead to a wrong number, in a sentence or two; "" for any other number."""
        if judgement.verdict != "wrong":
            return ""
        parts = {"name": self.judge.names.title(subject), "yours": number.text}
        if not judgement.slips:
            exact = shown_like(number.text, judgement.exact)
            return self.words["no slip, more" if judgement.more else "no slip"].format(**parts, exact=exact)
        first, *others = dict.fromkeys(map(self.sentence, judgement.slips))
        more = "".join(self.words["or"].format(slip=other) for other in others)
        return self.words["slip"].format(**parts, slip=first) + more

    # --- the formula of a derivative ---

    def derivative(self, of: int, by: int) -> str:
        """Return the derivative of a node by one of those that it was computed from, past Values that are inlined."""
        return text(self._inlined(self._derivative(of, by)), self._number)

    def _derivative(self, of: int, by: int) -> Expr:
        steps = self.judge.replay.steps
        total: dict[int, Expr] = {of: ONE}
        for i in range(of, by, -1):
            step = steps[i]
            if i in total and step is not None and (i == of or self.is_inlined(i)):
                for j, parent in enumerate(step.parents):
                    part = simplified(mul, (total[i], self.slips.rule(i, j)))
                    total[parent] = simplified(add, (total[parent], part)) if parent in total else part
        return total.get(by, ZERO)

    # --- slips ---

    def sentence(self, slip: Slip) -> str:
        """Return what to do in order to make this slip, as a clause."""
        kind, _, sign = slip.kind.partition(", ")
        parts = {
            "formula": self.formula(slip),
            "slope": self._slope(slip),
            "part": "" if slip.part is None else self._expr(slip.part),
            "used": self._used(slip, numbers=kind in ("name", "value", "updated")),
            "right": "" if not isinstance(slip.part, Name) else self._with_number(slip.part),
            "op": self._op(slip),
            "through": self._edge(slip),
            "amount": f"{slip.amount:.4g}",
        }
        if kind == "minus":
            parts["part"] = ""
        clause = self.words[f"slip {kind}"].format_map(parts)
        return clause + (self.words["and the sign"] if sign else "")

    def formula(self, slip: Slip) -> str:
        """Return the formula in which a slip is made."""
        i, j = slip.node, slip.edge
        if i < 0:
            return ""
        node = self.judge.replay.nodes[i]
        if j >= 0:
            return f"{self._edge(slip)} = {self._expr(self.slips.rule(i, j))}"
        name, equation = self.calculation.name(node), self.slips.equation(i)
        if equation is None:
            return name.text
        written = self._expr(equation)
        return written if name in self._plain else f"{name.text} = {written}"

    def _slope(self, slip: Slip) -> str:
        """The local derivative with its number."""
        if slip.edge < 0:
            return ""
        formula, number = self.formula(slip), self._number(self.judge.replay.run().slopes[slip.node][slip.edge])
        return formula if formula.endswith(f"= {number}") else f"{formula} = {number}"

    def _edge(self, slip: Slip) -> str:
        if slip.edge < 0:
            return ""
        step = self.judge.replay.steps[slip.node]
        assert step is not None
        places = slip.node, step.parents[slip.edge]
        of, by = (self._inlined(self.calculation.name(self.judge.replay.nodes[place])) for place in places)
        return f"d{_atom(of)}/d{_atom(by)}"

    def _op(self, slip: Slip) -> str:
        part = slip.part
        return function_name(part.op) if isinstance(part, Call) else ""

    def _used(self, slip: Slip, numbers: bool) -> str:
        match slip.used:
            case Name():
                if slip.kind.startswith(("updated", "not updated")):
                    return slip.used.text
                return self._with_number(slip.used) if numbers else self._expr(slip.used)
            case Subject():
                return self.judge.names.title(slip.used)
            case Primitive():
                return function_name(slip.used)
        return "" if slip.part is None else self._expr(slip.part)

    def _with_number(self, name: Name) -> str:
        place = next((i for i, x in enumerate(self.judge.replay.nodes) if self.calculation.name(x) == name), None)
        number = "" if place is None else f" = {self._number(self.judge.replay.recorded[place])}"
        return f"{self._expr(name)}{number}"

    def _expr(self, expr: Expr) -> str:
        return text(self._inlined(expr), self._number)

    def _number(self, x: float) -> str:
        return numeral(x, self.digits)


def shown_like(yours: str, x: float) -> str:
    """Return a number with at least four digits, and with one more than another number."""
    return numeral(x, max(4, min(17, written(yours).digits + 1)))


def rounded_like(number: Written, judgement: Judgement) -> str:
    """Return what should have been written, with the same number of digits."""
    return f"{judgement.expected:.{number.places}f}" if number.places < 16 else str(judgement.expected)


def _atom(expr: Expr) -> str:
    return f"({text(expr)})" if isinstance(expr, Sum | Product | Quotient | Power | Minus) else text(expr)
