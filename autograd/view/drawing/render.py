"""What lays pictures out: `dot` on PATH, else the Graphviz inside pygraphviz's wheels; or a function of the user's."""

from __future__ import annotations

import importlib.util
import re
import sys
from collections.abc import Callable
from contextlib import ExitStack

from ...text import given
from ..notebook import FIT

__all__ = ["RenderError", "render", "set_renderer"]

HOW_TO_INSTALL = """\
  Debian, Ubuntu:  sudo apt install graphviz
  Fedora:          sudo dnf install graphviz
  macOS:           brew install graphviz
  Windows:         winget install graphviz
  everywhere:      pip install "pygraphviz>=2.0.4"  (its wheels carry Graphviz)"""

# In a process of its own, as `dot` is: what its C libraries print about the fonts of a system stays away from the
# user's screen, and a crash of theirs from the user's session.
PYGRAPHVIZ = """\
import sys, pygraphviz
graph = pygraphviz.AGraph(string=sys.stdin.buffer.read().decode("utf-8"))
sys.stdout.buffer.write(graph.draw(format=sys.argv[1], prog="dot"))
"""

# An id of Graphviz's, and, where there is one, the tooltip behind it.
_TITLE = re.compile(r'<title>[^<]*</title>(?:\s*(<g id="a_[^"]*"><a) xlink:title="([^"]*)">)?')

Renderer = Callable[[str, str], bytes | str]


class RenderError(RuntimeError):
    """A picture could not be made; the message says why, what to install and where the DOT source is."""


_renderer: Renderer | None = None  # not a context variable: each cell of a notebook may run in a context of its own


def set_renderer(renderer: Renderer | None) -> ExitStack:
    """Lay pictures out by a function of yours in place of Graphviz, from now on, in every thread.

    In a browser (Pyodide, JupyterLite) no program can be started; a JavaScript build of Graphviz can take its place.

    Args:
        renderer: called with DOT source and a format ("svg", "png", "pdf" or, for the player, "plain"); it returns the
            picture as bytes or a string, and raises any exception for a format that it cannot write. None brings
            Graphviz back.

    Returns:
        A context manager: the renderer before this one is back at the end of `with set_renderer(...):`.

    Raises:
        TypeError: `renderer` is not a function.

    >>> from autograd import Value, draw
    >>> with set_renderer(lambda dot, format: f"<svg>{format}</svg>"):
    ...     print(draw(Value(1.0)).svg)
    <svg style="max-width:100%;height:auto">svg</svg>
    """
    if renderer is not None and not callable(renderer):
        raise TypeError(
            f"a renderer must be a function of DOT source and a format, but got {given(renderer)}: pass a function "
            "that returns the picture as bytes, or None for Graphviz"
        )
    undo = ExitStack()
    undo.callback(_set, _renderer)
    _set(renderer)
    return undo


def _set(renderer: Renderer | None) -> None:
    global _renderer
    _renderer = renderer


def render(dot: str, kind: str) -> bytes:
    """Return the picture of DOT source in a format of Graphviz's, such as "svg", "png", "pdf" or "plain".

    An SVG is one element that fits into a page, whose titles are the tooltips.

    Raises:
        RenderError: there is no Graphviz, or it could not draw this.
    """
    picture = _by_graphviz(dot, kind) if _renderer is None else _by_function(_renderer, dot, kind)
    return _embeddable(picture) if kind == "svg" else picture


def _by_function(renderer: Renderer, dot: str, kind: str) -> bytes:
    try:
        picture = renderer(dot, kind)
    except Exception as error:
        raise RenderError(f"the renderer could not write {kind}: {type(error).__name__}: {error}") from error
    if not isinstance(picture, (bytes, str)) or (kind == "svg" and "<svg" not in str(picture)):
        raise RenderError(f"the renderer must return the {kind} as bytes or a string, but got {given(picture)}")
    return picture.encode("utf-8") if isinstance(picture, str) else picture


def _by_graphviz(dot: str, kind: str) -> bytes:
    import graphviz

    try:
        picture: bytes = graphviz.Source(dot).pipe(format=kind)
        return picture
    except graphviz.ExecutableNotFound:
        pass
    except graphviz.CalledProcessError as error:
        raise RenderError(f"Graphviz could not draw the graph: {error.stderr!r}") from None
    except OSError as error:
        raise _no_process(error) from error
    if importlib.util.find_spec("pygraphviz") is None:
        raise RenderError(f"drawing needs Graphviz, which is not installed:\n{HOW_TO_INSTALL}")
    import subprocess

    try:
        command = [sys.executable, "-c", PYGRAPHVIZ, kind]
        done = subprocess.run(command, input=dot.encode("utf-8"), capture_output=True)
    except OSError as error:
        raise _no_process(error) from error
    if done.returncode or not done.stdout:
        said = done.stderr.decode("utf-8", "replace").strip().rpartition("\n")[2]
        raise RenderError(
            f"the Graphviz inside pygraphviz could not write {kind}: {said}; a full one can:\n{HOW_TO_INSTALL}"
        )
    return done.stdout


def _no_process(error: OSError) -> RenderError:
    return RenderError(
        f"Graphviz is a program, and none can be started here: {error}; pass a function that lays pictures out to "
        "autograd.view.set_renderer"
    )


def _embeddable(svg: bytes) -> bytes:
    """Cut an SVG to its element, and put the tooltips in place of the titles, which are ids of Graphviz's."""

    def title(found: re.Match[str]) -> str:
        link, told = found.groups()
        return f"<title>{told}</title>\n{link}>" if told else ""

    text = svg.decode("utf-8")
    return _TITLE.sub(title, text[text.index("<svg") :].replace("<svg", f'<svg style="{FIT}"', 1)).encode("utf-8")
