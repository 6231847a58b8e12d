"""The demos: each runs from end to end in both languages, and shows the numbers that it should."""

from __future__ import annotations

import os
import re
import runpy
import subprocess
import sys
import unicodedata
from pathlib import Path
from typing import Any

import pytest

import autograd
from autograd.stepper import Stepper, known_scripts, read_cells
from autograd.view import RenderError
from demos.__main__ import main

ODD_EVEN = known_scripts()["odd_even"]
EVERY_DEMO = pytest.mark.parametrize("name", known_scripts())


def columns(line: str) -> int:
    """The width of a line on a terminal, where Chinese characters take two columns."""
    return sum(2 if unicodedata.east_asian_width(character) in "WF" else 1 for character in line)


def run_until(title: str) -> dict[str, Any]:
    """Run odd_even up to the cell of this title, that cell included, and return its variables."""
    stepper = Stepper("odd_even", {})
    while stepper.cells[stepper.position].title != title:
        stepper.step()
    stepper.step()
    return stepper.namespace


@EVERY_DEMO
@pytest.mark.parametrize("lang", ["en", "zh"])
def test_every_demo_runs_straight_through(
    name: str, lang: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    assert main([name, "--run", "--lang", lang]) == 0
    shown = capsys.readouterr()
    last = read_cells(known_scripts()[name], lang)[-1]
    assert f"] {last.title}\n" in shown.out
    assert shown.err == ""


@EVERY_DEMO
def test_every_demo_is_a_plain_script(name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    runpy.run_path(str(known_scripts()[name]), run_name="__main__")


@EVERY_DEMO
def test_every_prose_cell_is_translated(name: str) -> None:
    english, chinese = (read_cells(known_scripts()[name], lang) for lang in ("en", "zh"))
    assert english[0].is_prose, "a demo begins with its title and what it is about"
    for original, translation in zip(english, chinese, strict=True):
        assert original.is_prose == translation.is_prose
        if original.is_prose:
            assert not re.search(r"[\u4e00-\u9fff]", original.title + original.text), original.title
            assert re.search(r"[\u4e00-\u9fff]", translation.title + translation.text), original.title
        else:
            assert original.text == translation.text


@EVERY_DEMO
@pytest.mark.parametrize("lang", ["en", "zh"])
def test_every_cell_fits_a_terminal_of_80_columns(name: str, lang: str) -> None:
    for cell in read_cells(known_scripts()[name], lang):
        for line in cell.text.split("\n"):
            assert columns(line) <= (80 if cell.is_prose else 78), line


@EVERY_DEMO
def test_the_list_shows_every_demo_with_its_title(name: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main([]) == 0
    assert f"{name}  {read_cells(known_scripts()[name])[0].title}\n" in re.sub("  +", "  ", capsys.readouterr().out)


def test_an_unknown_name_lists_the_known_ones_with_status_2(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as left:
        main(["odd_evne"])
    assert left.value.code == 2
    message = capsys.readouterr().err
    assert "no demo 'odd_evne'; did you mean 'odd_even'?" in message
    assert f"known are {', '.join(known_scripts())}" in message


def test_text_that_the_terminal_cannot_show_does_not_stop_a_demo(tmp_path: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "demos", "odd_even", "--run", "--lang", "zh"],
        env={**os.environ, "PYTHONPATH": str(ODD_EVEN.parents[1]), "PYTHONIOENCODING": "latin-1"},
        cwd=tmp_path,
        capture_output=True,
    )
    assert done.returncode == 0, done.stderr
    assert b"? z1 = w1 * x + b1\n" in done.stdout


# --- odd_even ---


def test_odd_even_sends_5_forward() -> None:
    found = run_until("z1, a1, z2, a2")
    assert [found[name].data for name in ("z1", "a1", "z2")] == [2.7, 2.7, 1.1600000000000001]
    assert round(found["a2"].data, 2) == 0.76


def test_odd_even_finds_the_loss() -> None:
    found = run_until("z1, a1, z2, a2, L")
    assert [found[name].data for name in ("z1", "a1", "z2")] == [1.7, 1.7, 0.8600000000000001]
    assert found["a2"].data == 0.7026606543447316
    assert found["L"].data == 0.0884106864747032
    assert [found[name].label for name in ("z1", "a1", "z2", "a2", "L")] == ["z1", "a1", "z2", "a2", "L"]


def test_odd_even_shows_the_local_derivatives_and_their_products(capsys: pytest.CaptureFixture[str]) -> None:
    found = run_until("L.backward()")
    assert found["dL_da2"] == -0.5946786913105369
    assert found["da2_dz2"] == found["a2"].data * (1 - found["a2"].data)
    assert [found[name] for name in ("dz2_dw2", "dz2_da1", "da1_dz1", "dz1_dw1")] == [1.7, 0.8, 1.0, 3.0]
    assert found["dL_dw2"] == found["w2"].grad == -0.21121721675189828
    assert found["dL_da1"] == found["a1"].grad == -0.09939633729501096
    assert found["dL_dw1"] == found["w1"].grad == -0.2981890118850329
    assert "dL/dw2 = dL/da2 x da2/dz2 x dz2/dw2 = (-0.5947) x 0.2089 x 1.7 = -0.2112\n" in capsys.readouterr().out


def test_odd_even_updates_the_weights_alone_and_the_loss_falls() -> None:
    found = run_until("L = forward()")
    assert (found["w2"].data, found["w1"].data) == (0.8211217216751898, 0.5298189011885033)
    assert (found["b1"].data, found["b2"].data) == (0.2, -0.5)
    assert found["new_L"].data == 0.07562925343183712


def test_odd_even_finds_the_same_bits_with_nn() -> None:
    found = run_until("nn.Neuron")
    assert found["nn_L"].data == found["L"].data == 0.0884106864747032
    assert found["same"] == found["bare"] == [
        -0.2981890118850329,
        -0.09939633729501096,
        -0.21121721675189828,
        -0.1242454216187637,
    ]  # fmt: skip


def test_odd_even_saves_the_graph_of_the_first_pass_and_says_where(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    run_until("autograd.draw(L)")
    saved = tmp_path / "odd_even.svg"
    assert capsys.readouterr().out.endswith(f"\n{saved}\n")
    drawing = saved.read_text(encoding="utf-8")
    for shown in ("z1", "a1", "z2", "a2", "L", "0.08841", "0.2112", "0.2982"):
        assert shown in drawing


def test_odd_even_says_how_to_install_graphviz_where_there_is_none(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def refuse(*outputs: autograd.Value) -> autograd.Graph:
        raise RenderError("install Graphviz so")

    monkeypatch.setattr(autograd, "draw", refuse)
    run_until("autograd.draw(L)")
    assert capsys.readouterr().out.endswith("\ninstall Graphviz so\n")
