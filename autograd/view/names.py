"""What Values are called: by the user, by their paths in a network, or else numbered as one reads.

>>> labels([Value(2.0, "w")], None).values()
dict_values(['w'])
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from itertools import chain, count

from ..nn.module import Module
from ..nn.parameter import outermost
from ..text import given, printable
from ..value import Value

__all__ = ["free_letter", "labels", "networks", "public", "unique_names", "values"]

OUTPUT = ("y", "out")  # names for an output without one: the first of these that is free
LETTERS = "vutsrqp"  # what the names of Values without a name begin with: the first of these that is free


def public(names: Mapping[str, object] | None) -> dict[str, object]:
    """Return what names name, without names that begin with an underscore: at a prompt, _ is whatever came last.

    Raises:
        TypeError: `names` is not a mapping.
    """
    if names is not None and not isinstance(names, Mapping):
        raise TypeError(f"names must be a mapping of names to Values, such as globals(), but got {given(names)}")
    return {word: x for word, x in (names or {}).items() if isinstance(word, str) and not word.startswith("_")}


def labels(nodes: Iterable[Value], names: Mapping[str, object] | None) -> dict[Value, str]:
    """Return what the user calls each node: its label, else its name in `names`, such as `globals()`, else "".

    A module among `names` names its parameters, such as "model.layers.0.weight[0][1]", also in place of labels if these
    do not tell them apart.

    >>> w, x = Value(2.0, "w"), Value(3.0)
    >>> list(labels([w, x], {"w": x, "x": x}).values())
    ['w', 'x']
    """
    words = public(names)
    paths: dict[Value, str] = {}
    alike: set[Value] = set()
    for word, x in words.items():
        if isinstance(x, Module):
            own = {parameter: path for path, parameter in x.named_parameters(word)}
            paths = own | paths
            if max(Counter(parameter.label for parameter in own if parameter.label).values(), default=0) > 1:
                alike.update(own)
    known = paths | values(words)
    return {node: (node.label if node not in alike else "") or known.get(node, "") for node in nodes}


def networks(nodes: Iterable[Value], words: Mapping[str, object]) -> dict[str, Module]:
    """Return the networks among some names, and those that parameters among some nodes belong to.

    The keys begin the paths of their parameters: a network without a name has "" or, if it is not the only one, its
    class.
    """
    found = {word: x for word, x in words.items() if isinstance(x, Module)}
    inside = {module for x in found.values() for module in x.modules()}
    unnamed = [module for module in outermost(nodes) if module not in inside]
    for module in unnamed:
        kind = type(module).__name__ if found or len(unnamed) > 1 else ""
        more = (f"{kind}#{i}" for i in count(2))
        found[next(word for word in chain([kind], more) if word not in words and word not in found)] = module
    return found


def values(words: Mapping[str, object]) -> dict[Value, str]:
    """Return the Values among what is named, with their names."""
    return {x: word for word, x in words.items() if isinstance(x, Value)}


def free_letter(labels: Iterable[str]) -> str:
    """Return the first letter that, with a number, looks like none of the labels: v, else u, t, ...

    >>> free_letter(["w", "x1"]), free_letter(["v11", "u_total", "t"]), free_letter(["v", "u[0]"])
    ('v', 'u', 't')
    """
    taken = {"".join(filter(str.isalpha, label)) for label in set(labels)}
    return next(letter * n for n in count(1) for letter in LETTERS if letter * n not in taken)


def unique_names(nodes: Iterable[Value], labels: Mapping[Value, str], output: Value, letter: str) -> dict[Value, str]:
    """Return a name on one line for every node: what the user calls it, or else v1, v2, ..., counted as one reads.

    The output without a name is y, as in y = f(x), or out if that is taken. No two names are the same: of several
    Values that the user calls w, the second is w#2, as the whole calculation is read.

    Args:
        nodes: what needs a name, in the order of counting.
        labels: what the user calls each of them, in the order of use.
        output: the output.
        letter: in place of v.
    """
    known = {node: printable(label).strip() for node, label in labels.items() if printable(label).strip()}
    first: dict[str, Value] = {}  # who has a name as the user gave it
    for node, label in known.items():
        first.setdefault(label, node)
    free = next((label for label in OUTPUT if label not in first), "")
    if output not in known and free:
        known[output], first[free] = free, output
    numbered = (label for i in count(1) if (label := f"{letter}{i}") not in first)
    found = dict(zip((node for node in nodes if node not in known), numbered, strict=False))
    taken = set(first)
    again: dict[str, count[int]] = {}
    for node, label in known.items():
        unique = label
        if first[label] is not node:
            more = again.setdefault(label, count(2))
            unique = next(other for i in more if (other := f"{label}#{i}") not in taken)
        taken.add(unique)
        found[node] = unique
    return {node: found[node] for node in nodes}
