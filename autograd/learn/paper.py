"""What a learner wrote: numbers with their digits, and lines as on paper.

>>> written("-0.300").unit, written("1.7").accepts(1.7026), written("1.7").accepts(1.76)
(0.001, True, False)
>>> list(read("z1 = 0.5*3 + 0.2 = 1.7\\n∂L/∂w2 ≈ −0.212"))
[('z1', '1.7'), ('∂L/∂w2', '-0.212')]
"""

from __future__ import annotations

import math
import re
import unicodedata
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from decimal import ROUND_DOWN, Context, Decimal
from typing import Any, NamedTuple

from ..operation import number
from ..text import closest, given, listed, shown, unquoted
from ..view.calculation import ROUNDING, same

__all__ = ["Names", "Subject", "Written", "read", "written"]

EXACT = Context(prec=400)
NUMBER = re.compile(
    r"([+-]?(?:\d+\.?\d*|\.\d+))(?:e([+-]?\d+)|[*×·]10(?:\^|\*\*)[({]?([+-]?\d+)[)}]?)?(%?)", re.IGNORECASE
)
EQUALS = re.compile(r"[=≈≃≅≐＝~∼]")
NEXT = re.compile(
    r"[,，](?=\s*[^\W\d_]|\s*∂)(?=[^(){}=]*(?:[({][^(){}]*[)}][^(){}=]*)*[=≈≃≅≐＝~∼])"
)  # between two on a line
BULLET = re.compile(r"\s*(?:[*•]\s|\(?\d+[.)]\s|\d+、|[①-⑳])\s*")
BRACES = r"\s*\{((?:[^{}]|\{[^{}]*\})*)\}"  # with one level of braces inside
LATEX = [  # what is written in place of LaTeX
    (re.compile(pattern), instead)
    for pattern, instead in (
        (r"\\\\(?![a-zA-Z])", "\n"),
        (r"\\(?:begin|end)\s*\{[^{}]*\}|\\(?:left|right)\b|\\[,;:! \[\]()]|[$&]", " "),
        (r"\\(?:math[a-z]+|text[a-z]*|operatorname)\s*\{([^{}]*)\}", r"\1"),
        (r"\\[dt]?frac" + BRACES + BRACES, r"\1/\2"),
        (r"\\partial\s*", "∂"),
        (r"\\(?:approx|simeq)\b", "≈"),
        (r"\\(?:cdot|times)\b", "*"),
        (r"\^\{?\\prime\}?", "'"),
    )
]
FEW = 10.0  # whole numbers below this have few digits: 1 is not a way to write 0.6


@dataclass(frozen=True)
class Written:
    """A number as somebody wrote it.

    Attributes:
        text: how it was written.
        number: the number.
        unit: one unit of its last digit.
    """

    text: str
    number: float
    unit: float

    def accepts(self, exact: float, units: float = 0.5, slack: float = 0.0) -> bool:
        """Return whether a number gives this one if it is rounded to as many digits.

        Args:
            exact: the number.
            units: how far it may be, in units of the last digit.
            slack: how much farther it may be.
        """
        if not math.isfinite(exact) or not math.isfinite(self.number):
            return same(exact, self.number)
        if self.number == 0 and self.unit == 1:
            return abs(exact) <= ROUNDING
        unit = 0.1 if self.unit == 1 and abs(self.number) < FEW else self.unit
        return abs(exact - self.number) <= unit * units * (1 + ROUNDING) + ROUNDING * abs(exact) + slack

    def cuts(self, exact: float) -> bool:
        """Return whether the digits of a number were cut off here rather than rounded."""
        if not math.isfinite(exact) or self.number == 0 or self.accepts(exact):
            return False
        unit = Decimal(repr(self.unit))
        return float(Decimal(exact).quantize(unit, ROUND_DOWN, EXACT)) == self.number

    def unit_of(self, x: float) -> float:
        """Return one unit of the last digit of another number that has as many digits."""
        return 10.0 ** (math.floor(math.log10(abs(x))) + 1 - self.digits) if x and math.isfinite(x) else 0.0

    @property
    def places(self) -> int:
        """The number of digits after the point."""
        return max(0, round(-math.log10(self.unit)))

    @property
    def digits(self) -> int:
        """The number of its significant digits."""
        if self.number == 0 or not math.isfinite(self.number):
            return 0
        return max(0, math.floor(math.log10(abs(self.number))) - round(math.log10(self.unit)) + 1)


def written(x: Any) -> Written:
    """Return a number as it was written: a string keeps its digits, a float has those that Python shows.

    Raises:
        TypeError, ValueError: it is not a number.
    """
    if not isinstance(x, str):
        exact = number(x)
        text = str(int(exact)) if isinstance(x, int) and abs(exact) < 1e15 else repr(exact)
        return written(text) if math.isfinite(exact) else Written(text, exact, 1.0)
    text = plain(x).replace(" ", "")
    if text.lower().lstrip("+-") in ("inf", "nan"):
        return Written(text, float(text), 1.0)
    match = NUMBER.fullmatch(text)
    if match is None:
        advice = "write the result last, as in z1 = 2*3 = 6"
        if re.fullmatch(r"[+-]?\d*,\d+", text):
            advice = "write a decimal point, as in 0.7"
        raise ValueError(f"a line must end in a number, but got {shown(x)}: {advice}")
    mantissa, exponent = match[1], int(match[2] or match[3] or 0) - 2 * len(match[4])
    if abs(exponent) > 300:
        raise ValueError(f"a number must be between 1e-300 and 1e300, but got {shown(x)}")
    places = len(mantissa.partition(".")[2])
    return Written(text, float(f"{mantissa}e{exponent}"), float(f"1e{exponent - places}"))


def plain(text: str) -> str:
    """Return text with the signs that are typed: minus signs, primes, digits of any form."""
    return unicodedata.normalize("NFKC", text.replace("′", "'").replace("’", "'")).replace("−", "-").replace("–", "-")


def read(text: str) -> Iterator[tuple[str, str]]:
    """Yield the name and the result of each line; empty lines and lines that begin with # are skipped.

    A line can be LaTeX, begin with a bullet or a number, and hold several results with commas between them.

    Raises:
        ValueError: a line has no equals sign.

    >>> list(read(r"1. $\\frac{\\partial L}{\\partial a_2} \\approx -0.6$, a_2 = 0.7"))
    [('∂L/∂a_2', '-0.6'), ('a_2', '0.7')]
    """
    for pattern, instead in LATEX if "\\" in text or "$" in text else ():
        text = pattern.sub(instead, text)
    lines = (line.partition("#")[0] for line in re.split(r"[\n;；]", text))
    for line in (part for whole in lines for part in NEXT.split(_without_bullet(whole))):
        line = line.strip().rstrip("。，,")
        if not line:
            continue
        name, *others = EQUALS.split(line)
        if others:
            name = re.split(r"[:：]", name)[-1]
        else:
            name, *others = re.split(r"[:：]", line)
        if not others:
            raise ValueError(f"a line must say what is how much, as in dL/dw = -0.3, but got {shown(line)}")
        yield name.strip(), plain(others[-1]).strip()


def _without_bullet(line: str) -> str:
    bullet = BULLET.match(line)
    return line[bullet.end() :] if bullet else line


class Subject(NamedTuple):
    """What a line is about.

    Attributes:
        kind: "value"; "derivative"; "step", a leaf after one step of gradient descent; "after", a value after it.
        of: the place of the node; of a derivative, of what is differentiated.
        by: the place of the node that it is differentiated by.
    """

    kind: str
    of: int
    by: int = -1


class Names:
    """What lines can be about.

    Args:
        names: what each node is called, in topological order.
        leaves: the places of the leaves.
    """

    def __init__(self, names: Iterable[str], leaves: Iterable[int]) -> None:
        self.names = list(names)
        self.leaves = set(leaves)
        self._places = {name: i for i, name in enumerate(self.names)}
        loose = [_loosely(name) for name in self._places]
        uses = Counter(loose)
        self._loose = {
            key: i for key, i in zip(loose, self._places.values(), strict=True) if uses[key] == 1
        }  # without those that can be told apart by their underscores alone

    def title(self, subject: Subject) -> str:
        """Return how a subject is written."""
        name = self.names[subject.of]
        if subject.kind == "derivative":
            return f"d{name}/d{self.names[subject.by]}"
        return name if subject.kind == "value" else f"{name}'"

    def find(self, words: str) -> Subject:
        """Return what a line is about.

        Raises:
            ValueError: nothing has this name.
        """
        found = self._found(words.strip()) or self._found(plain(words).strip())
        if found is None:
            raise ValueError(self._unknown(plain(words).strip()))
        return found

    def place(self, name: str) -> int | None:
        """Return the place of a node by its name, or by the same without underscores and brackets; None if none has it.

        >>> Names(["w_1", "x"], [0, 1]).place("w₁")
        0
        """
        exactly = self._places.get(name, self._places.get(plain(name)))
        return self._loose.get(_loosely(name)) if exactly is None else exactly

    def _found(self, words: str) -> Subject | None:
        if (place := self._places.get(words)) is not None:
            return Subject("value", place)
        if words.endswith(".grad") and (place := self.place(words[:-5])) is not None:
            return Subject("derivative", len(self.names) - 1, place)
        for of, by in _fractions(words):
            if (a := self.place(of)) is not None and (b := self.place(by)) is not None:
                return Subject("derivative", a, b)
        for name in _primed(words):
            if (place := self.place(name)) is not None:
                return Subject("step" if place in self.leaves else "after", place)
        place = self.place(words)
        return None if place is None else Subject("value", place)

    def _unknown(self, words: str) -> str:
        """Return an error that says which name is not known, and which one may be meant."""
        parts = [part for pair in _fractions(words) for part in pair] or [*_primed(words), words]
        unknown = next((part for part in parts if self.place(part) is None), words)
        titles = self.names if len(unknown) > 1 else [name for name in self.names if len(name) < 4]
        close = closest(unknown, titles)
        hint = f"did you mean {close!r}? " if close else ""
        known = listed(self.names, 8, unquoted)
        return (
            f"nothing in this calculation is called {shown(unknown)}; {hint}its names are {known}; give "
            "names=globals() or labels, and write a line as a2 = 0.7, dL/dw1 = -0.3 or w1' = 0.5"
        )


def _loosely(name: str) -> str:
    return re.sub(r"[_{}\s]", "", plain(name))


def _fractions(words: str) -> Iterator[tuple[str, str]]:
    """Yield what may be differentiated by what: dL/dw, ∂L/∂w, and the keyword dL_dw."""
    text = re.sub(r"\s", "", words.replace("∂", "d").replace("\\partial", "d"))
    for separator in ("/d", "_d"):
        for match in re.finditer(re.escape(separator), text):
            of, by = text[: match.start()], text[match.end() :]
            if of.startswith("d") and len(of) > 1 and by:
                yield of[1:].strip("()"), by.strip("()")


def _primed(words: str) -> Iterator[str]:
    """Yield names whose number after an update may be meant."""
    for pattern in (r"(.+)'", r"(.+?)[_\s]?\{?,?new\}?", r"new[_\s](.+)", r"新的?\s*(.+)"):
        if match := re.fullmatch(pattern, words):
            yield match[1].strip("_ ,{")


def entries(lines: Mapping[str, Any] | str | None, numbers: Mapping[str, Any]) -> list[tuple[str, Written]]:
    """Return what was given, by name.

    Raises:
        TypeError, ValueError: it cannot be read.
    """
    if lines is None:
        pairs: list[tuple[str, Any]] = []
    elif isinstance(lines, str):
        pairs = list(read(lines))
    elif isinstance(lines, Mapping):
        pairs = list(lines.items())
    else:
        raise TypeError(
            f"lines must be text such as 'dL/dw = -0.3' or a mapping of names to numbers, but got {given(lines)}"
        )
    found = []
    for name, x in [*pairs, *numbers.items()]:
        if not isinstance(name, str):
            raise TypeError(f"what a number belongs to must be a string such as 'dL/dw', but got {given(name)}")
        try:
            found.append((name, written(x)))
        except ValueError as error:
            raise ValueError(f"{unquoted(name)}: {error}") from None
    if not found:
        raise ValueError("there is nothing to check: give lines, as in check(L, 'dL/dw = -0.3')")
    return found
