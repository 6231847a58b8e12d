"""The player's steps as slides in 16:9: an SVG for each, or a PDF with a page for each.

A slide is the picture of the page with what it shows after that step, in the light colours of the same style sheet,
and the caption below. Text goes into it as the text of elements, which cannot become markup.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from importlib import import_module
from importlib.util import find_spec
from itertools import groupby
from pathlib import Path
from typing import Any, NamedTuple
from xml.etree.ElementTree import Element, SubElement, fromstring, tostring

from ..drawing.render import RenderError
from ..terminal import clipped, wrapped
from .picture import SCALES
from .steps import Scene

__all__ = ["rendered", "slides"]

WIDTH, HEIGHT, MARGIN = 1280, 720, 48
PHASE_SIZE, LINE_SIZE, WORDS_SIZE = 18, 32, 24
SPACING = 1.4  # of the rows of the caption, relative to their size
COLUMN = 0.5  # the width of a character on average, of a Chinese one half, relative to its size
MOST_ROWS, LONGEST_NAME = 4, 40
COLORS = {"forward": "value", "backward": "gradient", "incoming": "gradient"}  # of roles with another's colour
BOLD = ("start", "forward", "backward", "gradient", "named")
HOW_TO_INSTALL = """\
  everywhere:      pip install typst
  Debian, Ubuntu:  sudo apt install librsvg2-bin
  Fedora:          sudo dnf install librsvg2-tools
  macOS:           brew install librsvg"""

Run = tuple[str, str]  # (role, text)


class Row(NamedTuple):
    """A row of the caption: the size of its characters, and its runs."""

    size: int
    runs: list[Run]


def slides(pictures: Sequence[str], data: Mapping[str, Any], style: str, first: int = 0) -> Iterator[str]:
    """Yield the slides of a page, in the language that it opens in.

    Args:
        pictures: the picture from left to right, and from top to bottom, which is shown if the first one is small.
        data: what the script of the page is given.
        style: the style sheet of the pictures.
        first: the step to begin with; 0 is the start.
    """
    look = dict(re.findall(r"--([\w-]+): ([^;]+);", style))
    rules = re.sub(r"var\(--([\w-]+)\)", lambda name: look[name[1]], style[style.index("}") + 1 :])
    captions = [_caption(scene, data) for scene in data["scenes"]]
    top = HEIGHT - MARGIN / 2 - max(sum(SPACING * row.size for row in rows) for rows in captions)
    graph = _Graph(pictures, data, WIDTH - 2 * MARGIN, top - MARGIN)
    for step, (scene, rows) in enumerate(zip(data["scenes"], captions, strict=True)):
        picture = graph.after(scene)
        if step < first:
            continue
        root = Element("svg", {"xmlns": "http://www.w3.org/2000/svg", "viewBox": f"0 0 {WIDTH} {HEIGHT}"})
        position = data["text"][data["lang"]]["position"].format(step=step, steps=len(captions) - 1)
        SubElement(root, "title").text = position
        SubElement(root, "style").text = rules
        SubElement(root, "rect", {"width": f"{WIDTH}", "height": f"{HEIGHT}", "fill": look["panel"]})
        root.append(picture)
        line = {"x1": f"{MARGIN}", "x2": f"{WIDTH - MARGIN}", "y1": f"{top:.1f}", "y2": f"{top:.1f}"}
        SubElement(root, "line", {**line, "stroke": look["line"]})
        y = top
        for row in rows:
            y += SPACING * row.size
            _write(root, row, MARGIN, y, look)
        corner = _write(root, Row(PHASE_SIZE, [("soft", position)]), WIDTH - MARGIN, top + SPACING * PHASE_SIZE, look)
        corner.set("text-anchor", "end")
        yield tostring(root, encoding="unicode")


# --- the caption ---


def _caption(scene: Scene, data: Mapping[str, Any]) -> list[Row]:
    text, nodes = data["text"][data["lang"]], data["nodes"]
    line = [
        (role, text["words"][pieces[0]] if role == "word" else "/".join(clipped(each, LONGEST_NAME) for each in pieces))
        for role, *pieces in scene["line"]
    ]
    node, to = scene.get("node", 0), scene.get("to", 0)
    named = {
        "output": nodes[-1]["written"], "node": nodes[node]["written"], "parent": nodes[to]["written"],
        "operation": nodes[node]["operation"], "rule": scene.get("rule", ""),
    }  # fmt: skip
    sentences = text["between"].join(text[f"say{_capital(key)}"] for key in scene["say"])
    words = [
        ("local" if piece == "rule" else "named", clipped(named[piece], LONGEST_NAME)) if i % 2 else ("", piece)
        for i, piece in enumerate(re.split(r"\{(\w+)\}", sentences))
    ]
    phase = Row(PHASE_SIZE, [(scene["phase"], text[f"phase{_capital(scene['phase'])}"])])
    return [phase, *_rows(line, LINE_SIZE), *_rows(words, WORDS_SIZE)]


def _capital(word: str) -> str:
    return word[0].upper() + word[1:]


def _rows(runs: Sequence[Run], size: int) -> Iterator[Row]:
    """Break runs into rows that are no wider than the slide."""
    words, roles = "".join(part for _, part in runs), [role for role, part in runs for _ in part]
    end = 0
    for row in wrapped(words, round((WIDTH - 2 * MARGIN) / (COLUMN * size)))[:MOST_ROWS]:
        start = words.index(row, end)
        end = start + len(row)
        parts = groupby(zip(roles[start:end], row, strict=True), key=lambda pair: pair[0])
        yield Row(size, [(role, "".join(character for _, character in part)) for role, part in parts])


def _write(root: Element, row: Row, x: float, y: float, look: Mapping[str, str]) -> Element:
    text = SubElement(root, "text", {"x": f"{x}", "y": f"{y:.1f}", "font-size": f"{row.size}", "xml:space": "preserve"})
    text.set("font-family", look["letters"])
    for role, words in row.runs:
        run = SubElement(text, "tspan", {"fill": look.get(COLORS.get(role, role), look["ink"])})
        run.text = words
        if role in BOLD:
            run.set("font-weight", "bold")
    return text


# --- the picture ---


class _Graph:
    """The picture, in which each scene in turn marks and writes what the script of the page does."""

    def __init__(self, pictures: Sequence[str], data: Mapping[str, Any], width: float, height: float) -> None:
        self.nodes, self.width, self.height = data["nodes"], width, height
        drawings = [fromstring(picture) for picture in pictures]
        sizes = [[float(number) for number in drawing.attrib["viewBox"].split()] for drawing in drawings]
        scales = [min(width / size[2], height / size[3], SCALES["largest"]) for size in sizes]
        larger = 0 if scales[0] >= min(SCALES["readable"], scales[1]) else 1
        chosen = larger if scales[larger] >= SCALES["whole"] else 0
        self.root, self.whole = drawings[chosen], sizes[chosen]
        self.scale = scales[chosen] if scales[chosen] >= SCALES["whole"] else SCALES["readable"]
        self.boxes = self._all("data-node")
        self.edges = self._all("data-edge")
        self.kinds = {key: box.attrib["class"] for key, box in self.boxes.items()}
        self.parts = [(part, _extent(part)) for part in self.root]
        self.marked: list[tuple[Element, str]] = []
        for key, box in self.boxes.items():
            node = self.nodes[int(key)]
            _put(box, "name", node["title"])
            _put(box, "value", node["value"][0] if node["leaf"] else "?")
            if not node["leaf"]:
                _put(box, "operation", node["operation"])
        for key, tag in self._all("data-of").items():
            _put(tag, None, self.nodes[int(key)]["title"])
        for key, frame in self._all("data-frame").items():
            _put(frame, None, re.sub(r"^neuron\b", data["text"][data["lang"]]["neuron"], data["groups"][int(key)]))

    def _all(self, attribute: str) -> dict[str, Element]:
        return {element.attrib[attribute]: element for element in self.root.iter("g") if attribute in element.attrib}

    def after(self, scene: Scene) -> Element:
        """Return the picture after a scene, which follows the one before."""
        for element, kind in reversed(self.marked):
            element.set("class", kind)
        self.marked.clear()
        if "to" in scene:
            self._change(scene, f"{scene['node']}", f"{scene['to']}")
        left, top, width, height = window = self._window(scene)
        picture = Element("svg", {"class": self.root.attrib["class"]})
        picture.set("viewBox", _numbers(left, top, width, height))
        picture.set("x", _numbers(MARGIN + (self.width - width * self.scale) / 2))
        picture.set("y", _numbers(MARGIN / 2 + (self.height - height * self.scale) / 2))
        picture.set("width", _numbers(width * self.scale))
        picture.set("height", _numbers(height * self.scale))
        picture.extend(part for part, extent in self.parts if extent is None or _meet(extent, window))
        return picture

    def _change(self, scene: Scene, node: str, to: str) -> None:
        if scene["phase"] == "forward":
            _put(self.boxes[node], "value", self.nodes[int(node)]["value"][0])
        else:
            _put(self.boxes[to], "gradient", scene["gradient"][0])
            self.boxes[to].set("class", self.kinds[to] + (" known complete" if "complete" in scene else " known"))
        if "local" in scene:
            _put(self.edges[scene["edges"][0]], "factor", f"× {scene['local']}")
        self._mark(self.boxes[to], scene["phase"])
        if node != to:
            self._mark(self.boxes[node], "source")
        for edge in scene["edges"]:
            self._mark(self.edges[edge], scene["phase"])

    def _mark(self, element: Element, mark: str) -> None:
        kind = element.attrib["class"]
        self.marked.append((element, kind))
        element.set("class", f"{kind} {mark}")

    def _window(self, scene: Scene) -> tuple[float, float, float, float]:
        """The part to show: all, or what fits around the box that receives something."""
        left, top, whole_width, whole_height = self.whole
        width = min(whole_width, self.width / self.scale)
        height = min(whole_height, self.height / self.scale)
        if "to" in scene:
            box = self.boxes[f"{scene['to']}"].find("rect")
            assert box is not None  # every box has a border
            x = float(box.attrib["x"]) + (float(box.attrib["width"]) - width) / 2
            y = float(box.attrib["y"]) + (float(box.attrib["height"]) - height) / 2
            left, top = min(max(x, left), left + whole_width - width), min(max(y, top), top + whole_height - height)
        return left, top, width, height


def _extent(part: Element) -> tuple[float, float, float, float] | None:
    """Return left, top, width and height of a box, an edge or a frame; None for what is not drawn."""
    for rect in part.findall("rect")[:1]:
        left, top, width, height = (float(rect.attrib[name]) for name in ("x", "y", "width", "height"))
        return left, top, width, height
    for path in part.findall("path"):
        numbers = [float(number) for number in re.findall(r"-?[\d.]+", path.attrib["d"])]
        xs, ys = numbers[::2], numbers[1::2]
        return min(xs), min(ys), max(xs) - min(xs), max(ys) - min(ys)
    return None


def _meet(one: tuple[float, float, float, float], other: tuple[float, float, float, float]) -> bool:
    starts, sizes = (one[:2], other[:2]), (one[2:], other[2:])
    return all(
        starts[0][i] <= starts[1][i] + sizes[1][i] and starts[1][i] <= starts[0][i] + sizes[0][i] for i in (0, 1)
    )


def _numbers(*numbers: float) -> str:
    return " ".join(f"{x:.1f}" for x in numbers)


def _put(element: Element, part: str | None, words: str) -> None:
    place = element.find(f"text[@class='{part}']" if part else "text")
    assert place is not None  # the picture has a place for each name and number
    place.text = words


# --- PDF and PNG ---


def rendered(pages: Sequence[str], kind: str) -> bytes:
    """Return SVGs as the pages of a PDF, or one as a PNG, by a package or a program that is installed.

    Raises:
        RenderError: none is.
    """
    files = {f"{i}.svg": page.encode("utf-8") for i, page in enumerate(pages)}
    if find_spec("typst") is not None:
        typst: Any = import_module("typst")
        size = f"#set page(width: {WIDTH}pt, height: {HEIGHT}pt, margin: 0pt)\n"
        source = size + "".join(f'#page(image("{file}", width: 100%))\n' for file in files)
        made: bytes = typst.compile({"main.typ": source.encode("utf-8"), **files}, format=kind, ppi=72.0)
        return made
    import shutil
    import subprocess  # here, since a browser has no processes
    from tempfile import TemporaryDirectory

    program = shutil.which("rsvg-convert")
    if program is None:
        raise RenderError(
            f"a {kind.upper()} of the steps needs one of these, and none is installed:\n{HOW_TO_INSTALL}\n"
            '.save("steps/") writes SVGs without it, one for each step.'
        )
    with TemporaryDirectory() as folder:
        for file, content in files.items():
            Path(folder, file).write_bytes(content)
        command = [program, f"--format={kind}", f"--width={WIDTH}", f"--height={HEIGHT}", *files]
        done = subprocess.run(command, cwd=folder, capture_output=True)
    if done.returncode:
        raise RenderError(f"rsvg-convert could not write {kind}: {done.stderr.decode('utf-8', 'replace').strip()}")
    return done.stdout
