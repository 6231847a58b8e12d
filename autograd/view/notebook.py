"""What a notebook shows, and still shows if it was handed out and is not trusted.

Of such a notebook, JupyterLab shows no SVG, and of its HTML neither scripts nor `<svg>` and `<iframe>`; the text inside
those, and images, it does show.

>>> picture("<svg/>", "a < b").partition(" style")[0]
'<div'
"""

from __future__ import annotations

import html
from base64 import b64encode

from ..language import Language
from ..text import printable
from .words import sentences

__all__ = ["FIT", "page", "picture"]

FIT = "max-width:100%;height:auto"  # no wider than its cell

# Above an image lies the same picture, unseen: it has the tooltips, and a click shows it in its natural size. It has
# the colour scheme of its frame, so that browsers leave its page transparent in a dark notebook too.
_ABOVE = """\
<style>body{{margin:0}}html:not(:has(:checked)){{overflow:hidden}}input{{display:none}}label{{cursor:zoom-in}}\
svg{{display:block;width:100%;opacity:0}}:checked+label{{cursor:zoom-out;display:inline-block;background:#fff}}\
:checked+label svg{{width:auto;max-width:none!important;opacity:1}}</style>\
<input type="checkbox" id="zoom"><label for="zoom">{}</label>"""


def picture(svg: str, told: str) -> str:
    """Return HTML that shows an SVG in every notebook, where it is trusted with tooltips, and larger on a click.

    Args:
        svg: the picture, as an `<svg>` element.
        told: what it shows, for those who cannot see it.
    """
    data = b64encode(svg.encode("utf-8")).decode("ascii")
    above = _frame(_ABOVE.format(svg), told, "position:absolute;left:0;top:0;height:100%;color-scheme:light")
    return (
        f'<div style="position:relative;display:inline-block;max-width:100%"><img style="{FIT};display:block" '
        f'src="data:image/svg+xml;base64,{data}" alt="{html.escape(printable(told))}">{above}</div>'
    )


def page(content: str, title: str, height: int, lang: Language | None = None) -> str:
    """Return HTML that shows a page, which can reach neither the notebook nor the network.

    A notebook that is not trusted says in its place to run the cell or to trust the notebook.

    Args:
        content: the page.
        title: what it is, for those who cannot see it.
        height: in pixels; it is as wide as the cell.
        lang: "en" or "zh"; if not given, the language of `autograd.language.speaking`.
    """
    return _frame(content, title, f"height:{height}px", sentences("notebook", lang)["trust"], "allow-scripts")


def _frame(content: str, title: str, style: str, instead: str = "", allowed: str = "") -> str:
    return (
        f'<iframe srcdoc="{html.escape(content)}" sandbox="{allowed}" title="{html.escape(printable(title))}" '
        f'style="width:100%;border:0;{style}">{instead}</iframe>'
    )
