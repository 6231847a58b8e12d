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


# A page in an iframe cannot see the notebook around it, so the notebook tells it the theme, now and after a change.
# Light letters are those of a dark theme, whatever the notebook is called.
_TELL_THEME = """
const tell = () => {
  const [r, g, b] = getComputedStyle(this).color.match(/[\\d.]+/g).map(Number);
  this.contentWindow.postMessage(r + g + b > 382 ? 'dark' : 'light', '*');
};
const watch = new MutationObserver(() => this.isConnected ? tell() : watch.disconnect());
watch.observe(document.body, { attributes: true });
tell();
"""


def picture(svg: str, told: str) -> str:
    """Return HTML that shows an SVG in every notebook, where it is trusted with tooltips, and larger on a click.

    Args:
        svg: the picture, as an `<svg>` element.
        told: what it shows, for those who cannot see it.
    """
    above = _frame(_ABOVE.format(svg), told, "position:absolute;left:0;top:0;height:100%;color-scheme:light", "")
    return f'<div style="position:relative;display:inline-block;max-width:100%">{_image(svg, told)}{above}</div>'


def page(content: str, title: str, still: str, lang: Language | None = None) -> str:
    """Return HTML that shows a page, which can reach neither the notebook nor the network.

    The page is told the theme of the notebook by messages, "light" or "dark". A notebook that is not trusted removes
    it, and shows what is hidden behind it: a picture, and what to do to see the page.

    Args:
        content: the page.
        title: what it is, for those who cannot see it.
        still: the picture, as an `<svg>` element.
        lang: "en" or "zh"; if not given, the language of `autograd.language.speaking`.
    """
    frame = _frame(content, title, "height:clamp(400px,80vh,760px)", "allow-scripts", _TELL_THEME)
    return f"{frame}<div hidden><p>{sentences('notebook', lang)['trust']}</p>{_image(still, title)}</div>"


def _image(svg: str, told: str) -> str:
    data = b64encode(svg.encode("utf-8")).decode("ascii")
    return (
        f'<img style="{FIT};display:block" src="data:image/svg+xml;base64,{data}" alt="{html.escape(printable(told))}">'
    )


def _frame(content: str, title: str, style: str, allowed: str, onload: str = "") -> str:
    then = f' onload="{html.escape(onload)}"' if onload else ""
    return (
        f'<iframe srcdoc="{html.escape(content)}" sandbox="{allowed}" title="{html.escape(printable(title))}" '
        f'style="width:100%;border:0;{style}"{then}></iframe>'
    )
