"""How drawings look: colours that are readable on white and on black, and text that DOT and SVG cannot misread."""

from __future__ import annotations

import html
import math
from collections.abc import Sequence
from typing import TYPE_CHECKING

from ...text import printable
from ..notation.text import numeral
from ..terminal import clipped
from ..verdicts import EXPLODED, SMALL, VANISHED, Verdict, verdict_of, word
from ..words import sentences

if TYPE_CHECKING:
    import graphviz

__all__ = [
    "COLORS", "FAINT", "FRAME", "INK", "INNER", "LEAF", "OUTPUT", "SOFT", "TAG",
    "arrow_label", "beside", "bold", "cell", "chip", "empty", "escaped", "excerpt", "small", "table", "tooltip",
]  # fmt: skip

INK, SOFT, FAINT = "#1f2933", "#52606d", "#727d89"  # on a box: text, and small text; outside of boxes: everything
LEAF, INNER, OUTPUT = "#dcecfb", "#f4f5f7", "#fdebc8"

COLORS: dict[Verdict, str] = {  # of gradients, by size
    "zero": "#d5d9de", "vanished": "#b9c9f2", "small": "#d9e4fb", "healthy": "#d3efd7", "exploded": "#f5b8b1",
    "inf": "#f5b8b1", "nan": "#f5b8b1",
}  # fmt: skip

COLUMNS, LINES = 32, 3  # the largest part of a label in a picture; the tooltip has all of it

FONT = {"fontname": "Helvetica,Arial,sans-serif"}
DRAWING = {
    "bgcolor": "transparent", "nodesep": "0.2", "ranksep": "0.3", "fontsize": "9", **FONT,
    "newrank": "true",  # the data goes one way, where a module is used again after another one too
    "remincross": "false",  # the neurons of a layer stay in their order
}  # fmt: skip
NODE = {
    "shape": "box", "style": "filled,rounded", "margin": "0.07,0.04", "width": "0", "height": "0",
    "fontsize": "11", "fontcolor": INK, "color": FAINT, **FONT,
}  # fmt: skip
FRAME = {
    "style": "rounded,dashed", "color": FAINT, "fontcolor": FAINT, "fontsize": "9", "margin": "6",
    "labelloc": "t", "labeljust": "r",  # where fewer edges come in
}  # fmt: skip
TAG = {"shape": "plain", "style": "", "fontsize": "9", "fontcolor": FAINT}
_ABOVE = '<TR><TD>{}</TD></TR><TR><TD FIXEDSIZE="TRUE" WIDTH="1" HEIGHT="3"></TD></TR>'
EDGE = {"color": FAINT, "arrowsize": "0.6", "fontsize": "9", "fontcolor": FAINT, **FONT}


def empty(rankdir: str, legend: bool) -> graphviz.Digraph:
    """Return a picture with nothing in it but, with `legend`, what the colours of gradients mean."""
    import graphviz

    picture = graphviz.Digraph(graph_attr={"rankdir": rankdir, **DRAWING}, node_attr=NODE, edge_attr=EDGE)
    if legend:
        picture.attr(label=_legend(), labelloc="b")
    return picture


def cell(content: str, *attributes: str) -> str:
    """Return a table cell."""
    return f"<{' '.join(['TD', *filter(None, attributes)])}>{content}</TD>"


def small(words: str) -> str:
    """Return words, escaped already, in small grey letters."""
    return f'<FONT POINT-SIZE="9" COLOR="{SOFT}">{words}</FONT>'


def chip(gradient: float | None, what: str = "{}") -> tuple[str, ...]:
    """Return what a table cell shows of a gradient, a dash if there is none yet, and its colour as an attribute.

    Args:
        gradient: the number, or None.
        what: how the word for it is written, such as "|{}|" for a norm.
    """
    color = "" if gradient is None else f'BGCOLOR="{COLORS[verdict_of(gradient)]}" STYLE="ROUNDED"'
    shown = "–" if gradient is None else numeral(gradient)
    return small(f"{what.format(sentences('draw')['chip'])} {shown}"), color


def table(rows: Sequence[str]) -> str:
    """Return rows, each of them cells, as a table without any lines."""
    inside = "".join(f"<TR>{row}</TR>" for row in rows)
    return f'<TABLE BORDER="0" CELLBORDER="0" CELLSPACING="0" CELLPADDING="2">{inside}</TABLE>'


def beside(operation: str, content: str) -> str:
    """Return an operation, and right of it, behind a line, the content of a box."""
    sign = cell(operation, 'CELLPADDING="6"')
    return table([f"{sign}<VR/>{cell(content)}" if content else sign])


def arrow_label(words: str, rankdir: str) -> str:
    """Return the label of an arrow, with room between them: Graphviz puts it so close that they touch."""
    if rankdir in ("TB", "BT"):  # on the right of the arrow
        return f" {words}"
    return f'<<TABLE BORDER="0" CELLBORDER="0" CELLSPACING="0" CELLPADDING="0">{_ABOVE.format(words)}</TABLE>>'


def _legend() -> str:
    bounds: dict[Verdict, str] = {
        "vanished": f" < {_power(VANISHED)}", "small": f" < {_power(SMALL)}", "healthy": "",
        "exploded": f" > {_power(EXPLODED)}",
    }  # fmt: skip
    zero: tuple[Verdict, str] = ("zero", "0")
    chips = [zero, *((verdict, word(verdict) + bound) for verdict, bound in bounds.items())]
    cells = "".join(
        cell(f'<FONT COLOR="{INK}"> {escaped(words)} </FONT>', f'BGCOLOR="{COLORS[verdict]}" STYLE="ROUNDED"')
        for verdict, words in chips
    )
    title = cell(f'<FONT COLOR="{FAINT}">{sentences("draw")["legend"]}</FONT>')
    return f'<<TABLE BORDER="0" CELLBORDER="0" CELLSPACING="4" CELLPADDING="2"><TR>{title}{cells}</TR></TABLE>>'


def _power(x: float) -> str:
    return f"1e{round(math.log10(x))}"


def escaped(words: str) -> str:
    """Escape text for an HTML-like label, where Graphviz also gives a meaning to a backslash."""
    return html.escape(printable(words, lines=True)).replace("\\", "\\\\").replace("\n", "<BR/>")


def excerpt(words: str) -> str:
    """Escape as much of a label as a picture has room for, with an ellipsis for the rest."""
    lines = words.split("\n")
    return escaped("\n".join([clipped(line, COLUMNS) for line in lines[:LINES]] + ["…"] * (len(lines) > LINES)))


def bold(words: str) -> str:
    """Return a label in bold for an HTML-like label of Graphviz's, which must not be empty."""
    return f"<B>{excerpt(words)}</B>" if words.strip() else " "


def tooltip(words: str) -> str:
    """Escape text for what a browser shows when the pointer rests on a box."""
    import graphviz

    return str(graphviz.escape(html.escape(printable(words, lines=True)))).replace("\n", "\\n")
