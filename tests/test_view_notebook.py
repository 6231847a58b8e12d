"""What a notebook shows of a view: the executed one, and the one that was handed out and is not trusted."""

import base64
import struct
import subprocess
from html.parser import HTMLParser

import pytest

from autograd import Value, draw
from autograd.view import notebook, set_renderer

KEPT = {"div", "img", "p", "pre", "span", "table", "tr", "td", "th", "ul", "li", "b"}
DROPPED_WITH_TEXT = {"script", "style", "textarea", "option"}


class Cleaned(HTMLParser):
    """What is left of HTML in a notebook that is not trusted: JupyterLab's list of tags, as far as views use them."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.images, self.text, self._dropped = [], "", 0
        self.feed(html)

    def handle_starttag(self, tag, attributes):
        self._dropped += tag in DROPPED_WITH_TEXT
        if tag == "img":
            self.images.append(dict(attributes))

    def handle_endtag(self, tag):
        self._dropped -= tag in DROPPED_WITH_TEXT

    def handle_data(self, data):
        self.text += "" if self._dropped else data


@pytest.fixture
def loss() -> Value:
    w, x = Value(0.5, "w"), Value(3.0, "x")
    loss = ((w * x).named("<b>") ** 2).named("L")
    loss.backward()
    return loss


def test_a_notebook_that_is_not_trusted_shows_the_picture_and_nothing_else(loss):
    graph = draw(loss)
    left = Cleaned(graph._repr_html_())
    [image] = left.images
    head, _, data = image["src"].partition(",")
    assert head == "data:image/svg+xml;base64" and base64.b64decode(data).decode("utf-8") == graph.svg
    assert "max-width:100%" in image["style"] and image["alt"] == repr(graph) and left.text == ""


def test_a_notebook_that_is_not_trusted_shows_a_picture_in_place_of_a_page_and_says_what_to_do():
    shown = notebook.page("<p>&amp; it plays</p>", "title", "<svg>last</svg>", "en")
    left = Cleaned(shown)
    assert left.text == "This picture stands still: run this cell, or trust the notebook, to play it."
    assert [base64.b64decode(image["src"].partition(",")[2]) for image in left.images] == [b"<svg>last</svg>"]
    assert "信任此笔记本" in Cleaned(notebook.page("", "", "", "zh")).text
    assert 'srcdoc="&lt;p&gt;&amp;amp; it plays&lt;/p&gt;" sandbox="allow-scripts"' in shown


def test_the_picture_for_readers_without_html_is_twice_as_sharp_as_it_is_large(loss):
    graph = draw(loss)
    png, shown = graph._repr_png_()
    width, height = struct.unpack(">II", png[16:24])
    points = float(graph.svg.partition('width="')[2].partition("pt")[0])
    assert abs(width - 2 * points * 96 / 72) < 4 and shown == {"width": width // 2} and height > 100


def test_a_renderer_without_png_leaves_the_picture_in_html(loss):
    def svg_alone(dot: str, format: str) -> str:
        return {"svg": "<svg>drawn</svg>"}[format]

    with set_renderer(svg_alone):
        graph = draw(loss)
        assert graph._repr_png_() is None and len(Cleaned(graph._repr_html_()).images) == 1


def test_the_picture_fits_its_cell_tells_every_digit_and_grows_on_a_click(loss, visit, tmp_path):
    for _ in range(12):
        loss = loss * 1.0
    page, cell = tmp_path / "cell.html", draw(loss, rankdir="LR")._repr_html_()
    page.write_text(
        f"<!doctype html><meta charset='utf-8'><html style='color-scheme:dark'>{cell}",
        encoding="utf-8",
    )
    tab = visit(page, width=700)
    image, above = tab.locator("img").bounding_box(), tab.locator("iframe").bounding_box()
    assert image["width"] == pytest.approx(684, abs=1) and above == pytest.approx(image, abs=1)
    frame = tab.frames[1]
    assert frame.evaluate("document.documentElement.scrollWidth <= innerWidth")
    shown = "e => getComputedStyle(e).opacity"
    assert frame.locator("svg").evaluate(shown) == "0"
    box = frame.locator("g.node", has=frame.get_by_text("L", exact=True))
    pointed = box.bounding_box()
    told = frame.evaluate(
        "([x, y]) => document.elementFromPoint(x, y).closest('g.node').querySelector('title').textContent",
        [pointed["x"] + pointed["width"] - 3 - above["x"], pointed["y"] + pointed["height"] / 2 - above["y"]],
    )
    assert told == 'L = "<b>"² = 2.25, gradient 1.0'
    tab.mouse.click(image["x"] + 50, image["y"] + 30)
    assert frame.locator("svg").evaluate(shown) == "1"
    assert frame.evaluate("document.documentElement.scrollWidth") > 1000
    tab.mouse.click(image["x"] + 50, image["y"] + 30)
    assert frame.locator("svg").evaluate(shown) == "0"
    assert all("is sandboxed" in line or line.startswith("data:image/svg+xml") for line in tab.complaints)
    tab.complaints.clear()  # what this test itself runs in the frame is refused, as a script of a picture would be


def test_a_look_at_a_graph_in_a_terminal_starts_no_process(loss, monkeypatch):
    monkeypatch.setattr(subprocess, "Popen", None)
    assert repr(draw(loss)).startswith("<Graph of 4 Values")
