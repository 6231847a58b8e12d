"""What Values are called: by the user, or else counted as one reads; in text and in LaTeX.

>>> labels([Value(2.0, "w")], None).values()
dict_values(['w'])
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from itertools import count

from ...nn.module import Module
from ...text import given, printable
from ...value import Value
from .expression import Name

__all__ = ["derivative", "labels", "latex_name", "latex_text", "name", "order_of_use", "unique_names"]

_WORD = re.compile(r"[\w.\[\]′'#]*[^\W\d][\w.\[\]′'#]*")
OUTPUT = ("y", "out")  # what an output without a name is called: the first of these that is free

_LATEX_SPECIAL = {
    "\\": r"\backslash ", "{": r"\{", "}": r"\}", "$": r"\$", "&": r"\&", "#": r"\#", "%": r"\%", "_": r"\_",
    "^": r"{\wedge}", "~": r"{\sim}", "<": r"{\lt}", ">": r"{\gt}",
}  # fmt: skip


def name(label: str) -> Name:
    """Return a user's label as a name: quoted unless it is an identifier, safe for terminals and LaTeX."""
    label = printable(label)
    plain = _WORD.fullmatch(label) and not _is_number(label)
    return Name(label if plain else f'"{label}"', latex_name(label))


def _is_number(label: str) -> bool:
    try:
        float(label)
    except ValueError:
        return False
    return True


def derivative(of: Name, by: Name, direct: bool = False) -> Name:
    """Return the name of d(of)/d(by); `direct` is what is left when everything in between stays as it is."""
    d = "∂" if direct else "d"
    fraction = rf"\frac{{\partial {of.latex}}}{{\partial {by.latex}}}"
    return Name(f"{d}{of.text}/{d}{by.text}", rf"\left.{fraction}\right|_{{\text{{direct}}}}" if direct else fraction)


def latex_name(label: str) -> str:
    """Return a label for LaTeX's maths: a letter or a word with its number below, anything else as `latex_text`.

    >>> print(latex_name("w1"), latex_name("loss"), latex_name("w#2"), latex_name("a_b"))
    w_{1} \\mathrm{loss} w^{(2)} {\\text{a}\\_\\text{b}}
    """
    if match := re.fullmatch(r"([A-Za-z])(\d*)((?:#\d+)?)", label):
        letter, digits, again = match.groups()
        return f"{letter}{f'_{{{digits}}}' if digits else ''}{f'^{{({again[1:]})}}' if again else ''}"
    if match := re.fullmatch(r"([A-Za-z]{2,})(\d*)", label):
        word, digits = match.groups()
        return rf"\mathrm{{{word}}}{f'_{{{digits}}}' if digits else ''}"
    return latex_text(label)


def latex_text(words: str) -> str:
    """Return words for LaTeX's maths, where none of their characters does anything."""
    pieces = re.split(r"([\\{}$&#%_^~<>])", printable(words))
    safe = "".join(_LATEX_SPECIAL.get(piece) or rf"\text{{{piece}}}" for piece in pieces if piece)
    return f"{{{safe}}}"


def labels(nodes: Iterable[Value], names: Mapping[str, object] | None) -> dict[Value, str]:
    """Return what the user calls each node: its label, else its name in `names`, such as `globals()`, else "".

    Names that begin with an underscore do not count: at a prompt, _ is whatever came last. A module among `names` names
    its parameters, such as "model.layers.0.weight[0][1]".

    Raises:
        TypeError: `names` is not a mapping.
    """
    if names is not None and not isinstance(names, Mapping):
        raise TypeError(f"names must be a mapping of names to Values, such as globals(), but got {given(names)}")
    known: dict[Value, str] = {}
    modules: dict[str, Module] = {}
    for name, value in (names or {}).items():
        if isinstance(name, str) and not name.startswith("_"):
            if isinstance(value, Value):
                known[value] = name
            elif isinstance(value, Module):
                modules[name] = value
    for name, module in modules.items():
        for path, parameter in module.named_parameters(name):
            known.setdefault(parameter, path)
    return {node: node.label or known.get(node, "") for node in nodes}


def order_of_use(nodes: Iterable[Value]) -> dict[Value, None]:
    """Return the nodes of an order and their operands, each operand before what uses it first."""
    return dict.fromkeys(value for node in nodes if node.op is not None for value in (*node.parents, node))


def unique_names(
    nodes: Iterable[Value], names: Mapping[str, object] | None, order: Sequence[Value]
) -> dict[Value, str]:
    """Return a name on one line for every node: what the user calls it, or else v1, v2, ..., counted as one reads.

    The output without a name is y, as in y = f(x), or out where that is taken. No two names are the same: of several
    Values that the user calls w, the second is w#2, as the whole calculation is read. So a Value has the same name in
    an explanation of a part, in the steps and in the player.

    Args:
        nodes: what needs a name.
        names: names for Values that have no label.
        order: the `topological_order` of the whole calculation; the output is its last.
    """
    needed = dict.fromkeys(nodes)
    known = labels(dict.fromkeys((*order_of_use(order), *order, *needed)), names)
    called = {node: label for node, words in known.items() if words and (label := printable(words).strip())}
    first: dict[str, Value] = {}  # who has a name just as the user gave it
    for node, label in called.items():
        first.setdefault(label, node)
    if order and order[-1] not in called and (free := next((label for label in OUTPUT if label not in first), "")):
        called[order[-1]] = free
        first[free] = order[-1]
    unnamed = (node for node in dict.fromkeys((*order, *needed)) if node not in called)
    numbers = (number for number in count(1) if f"v{number}" not in first)
    found = {node: f"v{number}" for node, number in zip(unnamed, numbers, strict=False) if node in needed}
    taken = set(first)
    counters: dict[str, count[int]] = {}
    for node, label in called.items():
        name = label
        if first[label] is not node:
            more = counters.setdefault(label, count(2))
            while name in taken:
                name = f"{label}#{next(more)}"
        found[node] = name
        taken.add(name)
    return {node: found[node] for node in needed}
