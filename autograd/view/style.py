"""How drawings look: colours that are readable on white and on black, and text that DOT and SVG cannot misread."""

from __future__ import annotations

import html
import math

from .labels import printable
from .notation import number

__all__ = [
    "DRAWING", "EDGE", "FAINT", "FRAME", "INK", "INNER", "LEAF", "NODE", "OUTPUT", "SOFT", "TAG",
    "beside", "bold", "chip", "gradient_color", "legend", "table", "text", "tooltip",
]  # fmt: skip

INK, SOFT, FAINT = "#1f2933", "#52606d", "#8a94a0"  # on a box: text, and small text; outside of boxes: everything
LEAF, INNER, OUTPUT = "#dcecfb", "#f4f5f7", "#fdebc8"

ZERO = "#d5d9de"
SCALE = (  # the sizes of gradients: below the limit, this colour, and what the legend says
    (1e-6, "#b9c9f2", "vanished < 1e-6"),
    (1e-3, "#d9e4fb", "small < 1e-3"),
    (1e3, "#d3efd7", "healthy"),
    (1e6, "#fbdfb5", "large > 1e3"),
    (math.inf, "#f5b8b1", "exploded > 1e6"),
)
EXPLODED = SCALE[-1][1]

FONT = {"fontname": "Helvetica,Arial,sans-serif"}
DRAWING = {"bgcolor": "transparent", "nodesep": "0.2", "ranksep": "0.3", "fontsize": "9", **FONT}
NODE = {
    "shape": "box", "style": "filled,rounded", "margin": "0.05,0.03", "width": "0", "height": "0",
    "fontsize": "11", "fontcolor": INK, "color": FAINT, **FONT,
}  # fmt: skip
FRAME = {"style": "rounded,dashed", "color": FAINT, "fontcolor": FAINT, "fontsize": "9", "labelloc": "t", "margin": "6"}
TAG = {"shape": "plain", "style": "", "fontsize": "9", "fontcolor": FAINT}
EDGE = {"color": FAINT, "arrowsize": "0.6", "fontsize": "9", "fontcolor": FAINT, **FONT}


def gradient_color(gradient: float) -> str:
    """Return the colour that tells the size of a gradient."""
    size = abs(gradient)
    if size == 0.0:
        return ZERO
    return next((color for limit, color, _ in SCALE if size < limit), EXPLODED)  # nan is less than nothing


def chip(gradient: float | None, what: str = "grad") -> str:
    """Return a table cell with a gradient on its colour, or a dash where there is none yet."""
    color = "" if gradient is None else f'BGCOLOR="{gradient_color(gradient)}" STYLE="ROUNDED"'
    shown = "–" if gradient is None else number(gradient)
    return f'<TD {color}><FONT POINT-SIZE="9" COLOR="{SOFT}">{what} {shown}</FONT></TD>'


def table(rows: list[str], padding: int = 2) -> str:
    """Return rows, each of them cells, as a table without any lines."""
    inside = "".join(f"<TR>{row}</TR>" for row in rows)
    return f'<TABLE BORDER="0" CELLBORDER="0" CELLSPACING="0" CELLPADDING="{padding}">{inside}</TABLE>'


def beside(operation: str, content: str) -> str:
    """Return an operation, and right of it, behind a line, the content of a box."""
    cells = f'<TD CELLPADDING="5">{operation}</TD>' + (f"<VR/><TD>{content}</TD>" if content else "")
    return f'<TABLE BORDER="0" CELLBORDER="0" CELLSPACING="0" CELLPADDING="2"><TR>{cells}</TR></TABLE>'


def legend() -> str:
    """Return what the colours of gradients mean, as a label."""
    chips = [(ZERO, "0"), *((color, words) for _, color, words in SCALE)]
    cells = "".join(
        f'<TD BGCOLOR="{color}" STYLE="ROUNDED"><FONT COLOR="{INK}"> {text(words)} </FONT></TD>'
        for color, words in chips
    )
    title = f'<TD><FONT COLOR="{FAINT}">gradient: </FONT></TD>'
    return f'<<TABLE BORDER="0" CELLBORDER="0" CELLSPACING="4" CELLPADDING="2"><TR>{title}{cells}</TR></TABLE>>'


def text(words: str) -> str:
    """Escape text for an HTML-like label, where Graphviz also gives a meaning to a backslash."""
    return html.escape(printable(words, lines=True)).replace("\\", "\\\\").replace("\n", "<BR/>")


def bold(words: str) -> str:
    """Return text in bold for an HTML-like label, which must not be empty."""
    return f"<B>{text(words)}</B>" if words else " "


def tooltip(words: str) -> str:
    """Escape text for what a browser shows when the pointer rests on a box."""
    import graphviz

    return str(graphviz.escape(html.escape(printable(words))))
