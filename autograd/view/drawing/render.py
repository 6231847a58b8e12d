"""Graphviz, which lays pictures out: the `dot` on PATH if there is one, else the copy inside pygraphviz's wheels."""

from __future__ import annotations

import importlib.util
import re
import subprocess
import sys

__all__ = ["RenderError", "render"]

HOW_TO_INSTALL = """\
  Debian, Ubuntu:  sudo apt install graphviz
  Fedora:          sudo dnf install graphviz
  macOS:           brew install graphviz
  Windows:         winget install graphviz
  without a system package:  pip install "pygraphviz>=2.0.4"  (its wheels carry Graphviz)"""

# In a process of its own, as `dot` is: what its C libraries print about the fonts of a system stays away from the
# user's screen, and a crash of theirs from the user's session.
PYGRAPHVIZ = """\
import sys, pygraphviz
graph = pygraphviz.AGraph(string=sys.stdin.buffer.read().decode("utf-8"))
sys.stdout.buffer.write(graph.draw(format=sys.argv[1], prog="dot"))
"""

# An id of Graphviz's, and, where there is one, the tooltip behind it.
_TITLE = re.compile(r'<title>[^<]*</title>(?:\s*(<g id="a_[^"]*"><a) xlink:title="([^"]*)">)?')


class RenderError(RuntimeError):
    """A picture could not be made; the message says why, what to install and where the DOT source is."""


def render(dot: str, kind: str) -> bytes:
    """Return the picture of DOT source in a format of Graphviz's, such as "svg", "png", "pdf" or "plain".

    An SVG is one element that a page can hold, whose titles are the tooltips.

    Raises:
        RenderError: there is no Graphviz, or it could not draw this.
    """
    picture = _laid_out(dot, kind)
    return _embeddable(picture) if kind == "svg" else picture


def _laid_out(dot: str, kind: str) -> bytes:
    import graphviz

    try:
        picture: bytes = graphviz.Source(dot).pipe(format=kind)
        return picture
    except graphviz.ExecutableNotFound:
        pass
    except graphviz.CalledProcessError as error:
        raise RenderError(f"Graphviz could not draw the graph: {error.stderr!r}") from None
    if importlib.util.find_spec("pygraphviz") is None:
        raise RenderError(f"drawing needs Graphviz, which is not installed:\n{HOW_TO_INSTALL}")
    done = subprocess.run([sys.executable, "-c", PYGRAPHVIZ, kind], input=dot.encode("utf-8"), capture_output=True)
    if done.returncode or not done.stdout:
        said = done.stderr.decode("utf-8", "replace").strip().rpartition("\n")[2]
        raise RenderError(
            f"the Graphviz inside pygraphviz could not write {kind}: {said}; a full one can:\n{HOW_TO_INSTALL}"
        )
    return done.stdout


def _embeddable(svg: bytes) -> bytes:
    """Cut an SVG to its element, and put the tooltips in place of the titles, which are ids of Graphviz's."""

    def title(found: re.Match[str]) -> str:
        link, told = found.groups()
        return f"<title>{told}</title>\n{link}>" if told else ""

    return _TITLE.sub(title, svg[svg.index(b"<svg") :].decode("utf-8")).encode("utf-8")
