"""Graphviz: which one draws, and what happens where there is none."""

import contextvars
import errno
import subprocess
import sys
import xml.etree.ElementTree as ElementTree
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from autograd import Value, draw
from autograd.view import RenderError, set_renderer
from autograd.view.drawing.render import render


@pytest.fixture
def loss() -> Value:
    w, x = Value(0.5, "w"), Value(3.0, "x")
    return ((w * x).named("z") ** 2).named("L")


@pytest.fixture
def nothing_installed(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """No `dot` on PATH and no pygraphviz."""
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.setitem(sys.modules, "pygraphviz", None)


def texts(svg: str) -> list[str]:
    return [e.text or "" for e in ElementTree.fromstring(svg).iter("{http://www.w3.org/2000/svg}text")]


def test_pygraphviz_draws_where_dot_is_not_on_the_path(loss, monkeypatch, tmp_path):
    pytest.importorskip("pygraphviz")
    monkeypatch.setenv("PATH", str(tmp_path))
    assert {"w", "z", "L", "1.5"} <= set(texts(draw(loss).svg))


@pytest.mark.usefixtures("nothing_installed")
def test_without_graphviz_the_error_says_how_to_install_it_and_where_the_dot_source_is(loss, tmp_path):
    target = tmp_path / "picture.svg"
    with pytest.raises(RenderError, match="apt install graphviz(.|\n)*pip install(.|\n)*picture.dot"):
        draw(loss).save(target)
    assert not target.exists()
    assert target.with_suffix(".dot").read_text(encoding="utf-8") == draw(loss).dot
    with pytest.raises(RenderError, match=r'apt install graphviz(.|\n)*\.save\("graph\.dot"\) writes the DOT source'):
        _ = draw(loss).svg


@pytest.mark.usefixtures("nothing_installed")
def test_without_graphviz_a_notebook_shows_how_to_install_it_and_dot_can_still_be_saved(loss, tmp_path):
    graph = draw(loss)
    assert graph._repr_svg_() is graph._repr_png_() is None
    assert "<pre>" in (shown := graph._repr_html_()) and "sudo apt install graphviz" in shown
    assert "pip install &quot;pygraphviz" in shown  # it is text, not markup
    assert "Graph of 4 Values" in repr(graph)
    assert graph.save(tmp_path / "picture.dot").exists()


@pytest.mark.usefixtures("nothing_installed")
def test_without_graphviz_a_look_leaves_nothing_behind(loss, monkeypatch, tmp_path):
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    monkeypatch.chdir(tmp_path)
    graph = draw(loss)
    assert [graph._repr_svg_() for _ in range(3)] == [None] * 3 and graph._repr_html_()
    assert not list(tmp_path.iterdir())


def test_what_the_libraries_of_pygraphviz_print_stays_away_from_the_screen(loss, monkeypatch, tmp_path, capfd):
    pytest.importorskip("pygraphviz")
    monkeypatch.setenv("PATH", str(tmp_path))
    broken = tmp_path / "fonts.conf"
    broken.write_text("<fontconfig><no-such-element/></fontconfig>")
    monkeypatch.setenv("FONTCONFIG_FILE", str(broken))
    assert "L" in texts(draw(loss).svg)
    assert capfd.readouterr().err == ""
    noisy = subprocess.run(
        [sys.executable, "-c", "import pygraphviz as p; p.AGraph(string='graph{a}').draw(format='svg', prog='dot')"],
        capture_output=True,
    )
    assert b"no-such-element" in noisy.stderr  # it does print


@pytest.mark.parametrize("installed", [True, False])
def test_source_that_cannot_be_drawn_is_an_error_that_says_so(installed, monkeypatch, tmp_path):
    if not installed:
        pytest.importorskip("pygraphviz")
        monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(RenderError, match="could not"):
        render("digraph {", "svg")


def test_a_notebook_shows_text_whatever_goes_wrong(loss, monkeypatch):
    graph = draw(loss)
    monkeypatch.setattr("autograd.view.drawing.draw.render", lambda dot, kind: 1 / 0)
    assert graph._repr_svg_() is None and "division by zero" in graph._repr_html_()


def test_where_no_process_can_be_started_the_error_names_the_hook(loss, monkeypatch):
    def refuse(*arguments, **options):
        raise OSError(errno.ENOTSUP, "emscripten does not support processes.")

    monkeypatch.setattr(subprocess, "Popen", refuse)
    with pytest.raises(RenderError, match="emscripten does not support processes(.|\n)*autograd.view.set_renderer"):
        _ = draw(loss).svg
    with set_renderer(lambda dot, format: f"<?xml?><svg>{format}</svg>"):
        assert draw(loss).svg.endswith(">svg</svg>")


def test_a_renderer_lays_out_pictures_of_every_format_until_another_one_is_set(loss, tmp_path):
    seen = []

    def renderer(dot: str, format: str) -> bytes:
        seen.append((dot, format))
        return b"<svg/>"

    try:
        set_renderer(renderer)
        graph = draw(loss)
        assert graph.svg.startswith("<svg")
        graph.save(tmp_path / "graph.pdf")
        with set_renderer(None):
            assert draw(loss).svg.count("<text") > 3
    finally:
        set_renderer(None)
    assert seen == [(graph.dot, "svg"), (graph.dot, "pdf")]
    assert draw(loss).svg.count("<text") > 3


def test_a_renderer_holds_in_other_threads_and_contexts(loss):
    with set_renderer(lambda dot, format: "<svg>own</svg>"), ThreadPoolExecutor() as threads:
        assert threads.submit(lambda: draw(loss).svg).result().endswith(">own</svg>")
        assert contextvars.Context().run(lambda: draw(loss).svg).endswith(">own</svg>")
    contextvars.Context().run(set_renderer, lambda dot, format: "<svg>later</svg>")
    with set_renderer(None):
        assert "later" not in draw(loss).svg
    assert draw(loss).svg.endswith(">later</svg>")
    set_renderer(None)


@pytest.mark.parametrize(
    "renderer, message",
    [(lambda dot, format: 1 / 0, "the renderer could not write svg: ZeroDivisionError: division by zero"),
     (lambda dot, format: None, "must return the svg as bytes or a string, but got None"),
     (lambda dot, format: "no picture", "must return the svg as bytes or a string, but got 'no picture'")],
)  # fmt: skip
def test_a_renderer_that_fails_is_an_error_that_says_how(loss, renderer, message, tmp_path):
    with set_renderer(renderer), pytest.raises(RenderError, match=message):
        draw(loss).save(tmp_path / "graph.svg")
    assert [path.name for path in tmp_path.iterdir()] == ["graph.dot"]


def test_what_is_not_a_renderer_is_refused_and_changes_nothing(loss):
    with pytest.raises(TypeError, match=r"a function of DOT source and a format, but got 'dot' of type str: pass"):
        set_renderer("dot")
    assert draw(loss).svg.count("<text") > 3
