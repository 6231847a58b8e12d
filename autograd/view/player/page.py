"""Backpropagation as a page that plays: one file, no network, every step forwards and back.

>>> from autograd import Value
>>> from autograd.view import play
>>> w, x = Value(0.5, "w"), Value(3.0, "x")
>>> play(((w * x).named("z") ** 2).named("L"), "backprop.html")
<Player of 4 Values in 6 steps: backprop.html>

Graphviz finds the places of the boxes; the picture itself is drawn here, without any text. Names and numbers travel as
JSON and become text in the browser, so nothing in them can become markup.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from ...files import writable, write
from ...language import LANGUAGES, Language, chosen
from ...modes import recorded_by
from ...nn.module import Module
from ...spelling import spelled
from ...text import given, printable
from ...value import Value
from .. import notebook
from ..calculation import Calculation, excess, whole
from ..drawing.draw import draw
from ..drawing.render import RenderError
from ..network import frames, owners
from ..web.page import STYLE, THEME, self_contained
from ..words import sentences
from .comparisons import Comparisons
from .picture import SCALES, Box, Picture
from .program import program
from .slides import rendered, slides
from .steps import scenes

__all__ = ["Player", "play"]

HERE = Path(__file__).parent
SUFFIXES = (".html", ".htm")


class Player:
    """A page that plays a backward pass.

    Attributes:
        html: the page.
        path: where it was written.

    Shows itself in a notebook, in an iframe that can reach neither the notebook nor the network.
    """

    def __init__(self, page: str, path: Path, pictures: Sequence[str], data: Mapping[str, Any]) -> None:
        self.html = page
        self.path = path
        self._pictures, self._data = pictures, data

    def save(self, path: str | os.PathLike[str]) -> Path:
        """Write the steps as slides, or the page once more, and return the absolute path.

        Slides are in 16:9: the picture with what is known after a step, and below it the line and the sentence, in
        the language that the page opens in. The first one is the start.

        Args:
            path: a folder for an SVG of each step, such as "steps/", which is made if it does not exist; or a file
                that ends in .pdf, with a page for each step, or in .html.

        Raises:
            TypeError: the path is of a wrong type.
            ValueError: the path is empty or has another suffix. Nothing is written.
            FileNotFoundError: the folder in which the file or folder would be does not exist.
            NotADirectoryError: the folder is a file.
            RenderError: nothing that makes a PDF of SVGs is installed. Nothing is written.
        """
        if not isinstance(path, (str, os.PathLike)):
            raise TypeError(f"save takes a path, such as 'steps.pdf' or the folder 'steps/', but got {given(path)}")
        place = Path(path).expanduser()
        suffix = "" if place.is_dir() or os.fspath(path)[-1:] in ("/", os.sep) else place.suffix.lower()
        if not os.fspath(path) or suffix not in ("", ".pdf", *SUFFIXES):
            raise ValueError(
                f"save writes .pdf, .html or a folder of SVGs, but got {os.fspath(path)!r}: "
                "give a path such as 'steps.pdf' or 'steps/'"
            )
        if suffix:
            file = writable(place, suffix)
            return write(file, rendered(list(self._slides()), "pdf") if suffix == ".pdf" else self.html)
        if not place.parent.is_dir():
            raise FileNotFoundError(f"the folder {str(place.parent)!r} does not exist: make it, or give another path")
        if place.exists() and not place.is_dir():
            raise NotADirectoryError(f"{str(place)!r} is a file: give the path of a folder, or one that ends in .pdf")
        place.mkdir(exist_ok=True)
        digits = len(str(len(self._data["scenes"]) - 1))
        for i, slide in enumerate(self._slides()):
            write(place / f"step-{i:0{digits}}.svg", slide)
        return place.resolve()

    def _slides(self, first: int = 0) -> Iterator[str]:
        return slides(self._pictures, self._data, THEME + _template("picture.css"), first)

    def _still(self) -> str:
        return "".join(self._slides(len(self._data["scenes"]) - 1))

    def _repr_html_(self) -> str:
        lang = self._data["lang"]
        return notebook.page(self.html, sentences("play", lang)["title"], self._still(), lang)

    def _repr_png_(self) -> bytes | None:
        try:
            return rendered([self._still()], "png")
        except RenderError:
            return None  # readers without HTML then show what __repr__ says

    def __repr__(self) -> str:
        nodes, steps = len(self._data["nodes"]), len(self._data["scenes"]) - 1
        return f"<Player of {nodes} Values in {steps} steps: {spelled(printable(self.path.name))}>"


def play(
    output: Value | Callable[[], Value],
    path: str | os.PathLike[str] = "backprop.html",
    *,
    names: Mapping[str, object] | None = None,
    lang: Language | None = None,
    group: bool | Module = True,
    max_nodes: int = 500,
) -> Player:
    """Write a page on which forward and backward of `output` play step by step.

    The page needs no network and forbids itself one. It works by mouse, touch and keyboard: → and ← step, Space plays,
    Home and End jump. It has both languages; `lang` is the one that it opens in.

    Its laboratory has a dial for each leaf: the page computes the recorded operations with the new numbers, and takes
    steps of gradient descent. Operations that it cannot compute keep their numbers: those of the user that are more
    than arithmetic and functions of `math`, and all if there is a hook.

    Args:
        output: what to differentiate, such as a loss; or a function without arguments that computes it. The page then
            says if a comparison in that function would come out differently, so that it would take another branch.
        path: the file to write, ending in .html.
        names: a mapping of names to Values, such as `globals()`, used for Values without a label.
        lang: "en" or "zh"; if not given, the language of `autograd.language.speaking`.
        group: put neurons into frames, as `draw` does; with a module in place of True, or modules among `names`,
            layers too, and parameters without a label are called as in the module.
        max_nodes: the largest number of Values, with up to six times as many edges, that are played.

    Returns:
        A `Player`: `.html`, `.path`. It shows itself in a notebook.

    Raises:
        TypeError: `output` is not a Value, or a function with another result; another argument is of a wrong type.
        ValueError: the graph is too large, `lang` is unknown, `max_nodes` is less than 1, or the path does not end
            in .html. Nothing is written.
        FileNotFoundError: the folder does not exist.
        RenderError: no Graphviz is installed; a DOT source is then saved beside the path.
    """
    if not isinstance(output, Value) and not callable(output):
        raise TypeError(f"play takes a Value, such as a loss, but got {given(output)}")
    if not isinstance(path, (str, os.PathLike)):
        raise TypeError(f"play writes a page: give a path that ends in .html after the Value, but got {given(path)}")
    lang = chosen(lang)
    whole("max_nodes", max_nodes, 1)
    owned = owners(group, names)
    path = writable(path, *SUFFIXES)
    comparisons = None if isinstance(output, Value) else Comparisons()
    if not isinstance(output, Value):
        with recorded_by(comparisons):
            output = output()
        if not isinstance(output, Value):
            raise TypeError(f"play takes a function that returns a Value, but its result is {given(output)}")
    if beyond := excess([output], max_nodes):
        raise ValueError(
            f"this graph has more than {beyond}, too many to follow: play the loss of one sample or a smaller network, "
            "or give a larger max_nodes; draw(loss, group=model) shows a large graph as a whole"
        )
    calculation = Calculation.of(output, names, module=group if isinstance(group, Module) else None)
    nodes, told = calculation.nodes, scenes(calculation)
    gradients: list[list[str]] = [[] for _ in nodes]
    for scene in told:
        if "gradient" in scene:
            gradients[scene["to"]].append(scene["gradient"][0])
    boxes = [Box.of(node, calculation, gradients[i]) for i, node in enumerate(nodes)]
    picture = Picture(calculation, boxes, frames(calculation, owned) if group is not False else [])
    try:
        pictures = [picture.svg("LR"), picture.svg("TB")]
    except RenderError as error:
        draw(output, names=names, lang=lang, group=group, max_nodes=max_nodes).keep_source(
            error, path.with_suffix(".dot")
        )
    texts = {each: {**sentences("play", each), "words": sentences("steps", each)} for each in LANGUAGES}
    functions, steps = program(calculation)
    data = {
        "lang": lang, "text": texts, "nodes": [box.data() for box in boxes], "groups": picture.titles, "scenes": told,
        "scales": SCALES, "program": steps, "comparisons": comparisons and comparisons.of(calculation),
    }  # fmt: skip
    page = _page("".join(pictures), data, functions)
    return Player(page, write(path, page), pictures, data)


# --- the page ---


def _page(pictures: str, data: Mapping[str, Any], functions: str) -> str:
    style = f"{THEME}{_template('picture.css')}{STYLE}{_template('laboratory.css')}"
    script = "".join([_template("ieee.js"), functions, *map(_template, ("program.js", "laboratory.js", "page.js"))])
    return self_contained(_template("page.html"), style, script, data, pictures=pictures)


def _template(file: str) -> str:
    return (HERE / file).read_text(encoding="utf-8")
