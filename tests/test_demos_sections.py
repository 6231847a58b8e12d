"""The demos of the sections of the tutorial: the numbers that they show, their pictures, and what they tell to type.

What holds for every demo alike (both languages, 80 columns, a plain script) is in test_demos.py.
"""

from __future__ import annotations

import ast
import contextlib
import math
import os
import re
import subprocess
import sys
import textwrap
from collections.abc import Callable
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import pytest
from test_demos import Told, told

import autograd
from autograd.cells import find_script, known_scripts, read_cells
from autograd.stepper import Stepper
from autograd.view import RenderError
from demos.__main__ import main

pytestmark = pytest.mark.slow

ROOT = Path(__file__).parent.parent
PICTURES = {
    "forward": ["01_forward.svg"],
    "chain_rule": ["02_chain_rule.svg"],
    "gradients": ["03_contours.svg"],
    "gradient_descent": ["04_first_step.svg", "04_gradient_descent.svg"],
    "backpropagation": ["05_backprop.html", "05_shared.svg", "05_three_layers.svg"],
    "microscope": ["12_microscope.svg"],
}
EVERY_SECTION = pytest.mark.parametrize("name", PICTURES)


def run_alone(name: str, folder: Path, lang: str = "en", path: Path = ROOT) -> subprocess.CompletedProcess[str]:
    """Run a demo in a Python of its own, where a warning is an error."""
    return subprocess.run(
        [sys.executable, "-W", "error", "-m", "demos", name, "--run", "--lang", lang],
        env={**os.environ, "PYTHONPATH": f"{path}{os.pathsep}{ROOT}", "PYTHONIOENCODING": "utf-8"},
        cwd=folder,
        capture_output=True,
        encoding="utf-8",
    )


def run_in(folder: Path, name: str) -> dict[str, Any]:
    """Step through a demo in a folder, and return its variables."""
    stepper = Stepper(name, {})
    with contextlib.chdir(folder):
        while not stepper.finished:
            stepper.step()
    return stepper.namespace


Run = Callable[[str], Told]


@pytest.fixture
def ran() -> Run:
    return told


# --- every section ---


@EVERY_SECTION
@pytest.mark.parametrize("lang", ["en", "zh"])
def test_a_section_runs_straight_through_and_says_where_its_pictures_are(name: str, lang: str, tmp_path: Path) -> None:
    pytest.importorskip("matplotlib")
    done = run_alone(name, tmp_path, lang)
    assert (done.returncode, done.stderr) == (0, "")
    assert [path.name for path in tmp_path.iterdir()] == ["demo_pictures"]
    assert sorted(path.name for path in (tmp_path / "demo_pictures").iterdir()) == PICTURES[name]
    for picture in PICTURES[name]:
        path = tmp_path / "demo_pictures" / picture
        assert f"\n{path.resolve()}\n" in done.stdout
        if path.suffix == ".html":
            continue
        drawing = ElementTree.parse(path).getroot()
        assert drawing.tag == "{http://www.w3.org/2000/svg}svg"
        assert len(list(drawing.iter())) > 20, "an empty picture"


@EVERY_SECTION
def test_a_section_shows_the_same_numbers_in_both_languages(name: str) -> None:
    english, chinese = (read_cells(find_script(name), lang) for lang in ("en", "zh"))
    for original, translation in zip(english, chinese, strict=True):
        found = [sorted(re.findall(r"\d+\.\d+", cell.title + cell.text)) for cell in (original, translation)]
        assert found[0] == found[1], original.title


@EVERY_SECTION
def test_what_a_section_leaves_to_the_reader_can_be_typed(name: str, tmp_path: Path) -> None:
    namespace = run_in(tmp_path, name)
    for lang in ("en", "zh"):
        paragraphs = read_cells(find_script(name), lang)[-1].text.split("\n\n")
        snippets = [
            textwrap.dedent(text) for text in paragraphs if all(line[:4] == "    " for line in text.split("\n"))
        ]
        assert snippets, "a section ends with something to try"
        for snippet in snippets:
            exec(snippet, namespace)


@pytest.mark.parametrize(
    ("name", "steps", "typed"),
    [
        ("forward", 2, "apples.append([0.6, 0.9, 0.8])"),
        ("forward", 8, "w1.data = -2; b1.data = 7"),
        ("chain_rule", 10, "w = -1.0; x = 3.0"),
        ("gradient_descent", 2, "lr = 0.3; w.data = -5"),
        ("backpropagation", 2, "x = -1.0; w2.data = 2; L = None"),
        ("microscope", 2, "w.data = 3; L.backward()"),
    ],
)
def test_a_reader_may_change_a_variable_on_the_way(name: str, steps: int, typed: str, tmp_path: Path) -> None:
    stepper = Stepper(name, {})
    with contextlib.chdir(tmp_path):
        while not stepper.finished:
            stepper.step()
            if stepper.position == steps:
                exec(typed, stepper.namespace)


@EVERY_SECTION
def test_a_section_without_graphviz_says_how_to_install_it(
    name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def refuse(*arguments: Any) -> Any:
        raise RenderError("install Graphviz so")

    monkeypatch.setattr(autograd.Graph, "save", refuse)
    monkeypatch.setattr(autograd, "play", refuse)
    run_in(tmp_path, name)
    assert ("\ninstall Graphviz so\n" in capsys.readouterr().out) == (name != "gradients")  # draws its map by hand


def test_gradient_descent_without_matplotlib_says_what_to_install(tmp_path: Path) -> None:
    absent = tmp_path / "absent"
    absent.mkdir()
    (absent / "matplotlib.py").write_text('raise ImportError("no matplotlib here")\n', encoding="utf-8")
    done = run_alone("gradient_descent", tmp_path, path=absent)
    assert (done.returncode, done.stderr) == (0, "")
    assert "\npip install matplotlib\n" in done.stdout
    assert [path.name for path in (tmp_path / "demo_pictures").iterdir()] == ["04_first_step.svg"]


@EVERY_SECTION
def test_a_section_opens_as_a_notebook(name: str) -> None:
    jupytext = pytest.importorskip("jupytext")
    cells = jupytext.read(find_script(name)).cells
    assert [cell.source for cell in cells if cell.cell_type == "code"] == [
        cell.text for cell in read_cells(find_script(name)) if not cell.is_prose
    ]
    languages = [cell.metadata.get("lang") for cell in cells if cell.cell_type == "markdown"]
    assert languages == [None, "zh"] * (len(languages) // 2)


# --- the list of the demos ---


def test_the_list_shows_numbers_and_short_names_in_order(capsys: pytest.CaptureFixture[str]) -> None:
    assert main([]) == 0
    listed = re.findall(r"^(\d\d)  (\w+)", capsys.readouterr().out, re.MULTILINE)
    numbers = [number for number, _ in listed]
    assert numbers == sorted(numbers)
    assert [name for _, name in listed if name in PICTURES] == list(PICTURES)


def test_a_demo_is_found_with_and_without_its_number_and_not_by_a_wrong_one() -> None:
    path = ROOT / "demos" / "01_forward.py"
    assert find_script("forward") == find_script("01_forward") == find_script(path) == path
    with pytest.raises(ValueError, match="no demo '02_forward'"):
        find_script("02_forward")


# --- what each of them finds ---


def test_forward_tells_the_fruit_apart_and_sends_5_through_two_layers(ran: Run) -> None:
    found = ran("forward").found
    assert [found[name].data for name in ("z1", "a1", "z2")] == [2.7, 2.7, 1.1600000000000001]
    assert math.isclose(found["a2"].data, 1 / (1 + math.exp(-1.16)))
    assert round(found["a2"].data, 2) == 0.76
    assert (found["says"], found["right"]) == ([0, 0, 0, 1, 1, 1, 1, 1, 1, 1], 6)
    assert found["answer"].data == found["a2"].data
    beliefs = [found["forward"](fruit, found["fruit_network"])[0] for fruit in found["apples"] + found["oranges"]]
    assert [belief > 0.5 for belief in beliefs] == [False] * 3 + [True] * 3


def test_forward_finds_the_weights_of_the_fruit_from_its_examples(ran: Run) -> None:
    found, shown = ran("forward").found, ran("forward").shown
    colour, roundness, size = (abs(w.data) for w in found["w_found"])
    assert colour > 3 * max(roundness, size)
    assert "[0.2, 0.93, 0.72]   a = 0.04   🍎\n[0.85, 0.94, 0.78]   a = 0.98   🍊\n" in shown


def test_chain_rule_multiplies_rates_and_adds_ways(ran: Run) -> None:
    found, shown = ran("chain_rule").found, ran("chain_rule").shown
    assert found["t"].grad == pytest.approx(-1.95)
    assert (found["product"], found["first"].grad, found["total"].data) == (-1.0, 0.0, 7.0)
    assert (found["x"], found["z"].data) == (2.0, 0.6)
    a = 1 / (1 + math.exp(-0.6))
    assert found["dL_dw"] == pytest.approx(2 * (a - 1) * a * (1 - a) * 2, rel=1e-15)
    assert found["weight"].grad == pytest.approx(found["dL_dw"], rel=1e-15)
    assert "dy/dx = dy/dg x dg/dx = 48 x 4 = 192\n" in shown
    assert shown.count(" = 3\n") == 3, "three links, at three places"


def test_gradients_are_2x_and_point_up_the_steepest_slope(ran: Run) -> None:
    found = ran("gradients").found
    assert [found["slope"](x) for x in (-2.0, 0.0, 3.0)] == [-4.0, 0.0, 6.0]
    assert (found["x"].grad, found["y"].grad) == (6.0, 8.0)
    assert (found["steepness"], found["steepest"]) == (10.0, 53)
    assert found["direction"] == pytest.approx(math.degrees(math.atan2(4, 3)))
    assert found["miss"] == pytest.approx(math.degrees(math.acos(0.8)))
    assert found["loss"](found["w"]) == pytest.approx(1.44)


def test_the_arrows_of_the_map_cross_the_contours_at_right_angles(ran: Run) -> None:
    lines = (
        ElementTree.parse(ran("gradients").pictures / "03_contours.svg")
        .getroot()
        .findall(".//{*}line[@stroke='steelblue']")
    )
    assert len(lines) == 40
    for k, half in ((1, lines[:20]), (4, lines[20:])):
        for line in half:
            x1, y1, x2, y2 = (float(line.get(name, "")) for name in ("x1", "y1", "x2", "y2"))
            along = (-k * y1, x1)  # of the contour x² + k y²
            assert abs(along[0] * (x2 - x1) + along[1] * (y2 - y1)) < 0.02
            assert x1 * (x2 - x1) + y1 * (y2 - y1) > 0, "uphill"


def test_gradient_descent_goes_from_2_to_1_6_and_on_to_the_minimum(ran: Run) -> None:
    found = ran("gradient_descent").found
    assert (found["first_gradient"], found["w"].data, found["L"].data) == (4.0, 1.6, 4.0)
    assert found["new_L"].data == pytest.approx(2.56, rel=1e-15)
    assert (found["forgotten"], found["w"].grad) == (pytest.approx(7.2), 3.2)
    assert found["walk"][:3] == [2.0, 1.6, pytest.approx(1.28)]
    assert found["walk"][-1] == pytest.approx(2 * 0.8**50)


@pytest.mark.parametrize(("lr", "factor"), [(0.01, 0.98), (0.1, 0.8), (0.5, 0), (0.9, -0.8), (1.0, -1), (1.1, -1.2)])
def test_gradient_descent_multiplies_w_by_1_minus_2_lr(lr: float, factor: float, ran: Run) -> None:
    path = ran("gradient_descent").found["paths"][lr]
    assert path == pytest.approx([2 * factor**step for step in range(21)])


def test_the_first_step_is_drawn_where_it_was_taken(ran: Run) -> None:
    found = ran("gradient_descent").found
    assert (found["first_w"].data, found["first_w"].grad, found["first_L"].data) == (2.0, 4.0, 4.0)


def test_backpropagation_plays_on_a_page(ran: Run) -> None:
    page = (ran("backpropagation").pictures / "05_backprop.html").read_text(encoding="utf-8")
    assert page.startswith("<!doctype html>") and "<svg" in page


def test_backpropagation_by_formula_agrees_with_backward(ran: Run) -> None:
    found = ran("backpropagation").found
    h = 1 / (1 + math.exp(-0.5))
    y = 1 / (1 + math.exp(-(0.6 * h + 0.2)))
    to_z2 = 2 * (y - 1) * y * (1 - y)
    assert found["w2"].grad == pytest.approx(to_z2 * h, rel=1e-14)
    assert found["w1"].grad == pytest.approx(to_z2 * 0.6 * h * (1 - h) * 2, rel=1e-14)
    assert [found["order"].index(label) for label in ("z1", "h", "z2", "y", "L")] == [4, 5, 8, 9, 11]


def test_backpropagation_in_the_wrong_order_fails_on_a_shared_node(ran: Run) -> None:
    found = ran("backpropagation").found
    a, w = found["a"], found["w"]
    assert (found["wrong"][a], found["wrong"][w]) == (9.0, 6.0)
    assert found["again"][w] == 24.0
    assert (found["right"][a], found["right"][w]) == (a.grad, w.grad) == (9.0, 18.0)
    assert (found["nodes"], found["ways"]) == (21, 2**20)
    assert found["too_deep"]
    both = a * a
    assert found["wrong_backward"](both)[w] == 6.0
    assert found["right_backward"](both)[w] == 12.0


def test_backpropagation_in_the_wrong_order_is_right_on_a_chain(ran: Run) -> None:
    found = ran("backpropagation").found
    gradients = found["wrong_backward"](found["L"])
    assert all(gradients[node] == node.grad for node in (found["w1"], found["b1"], found["w2"], found["b2"]))


def test_microscope_finds_what_is_wrong_with_a_gradient(ran: Run) -> None:
    found = ran("microscope").found
    assert found["truth"] == pytest.approx(-0.32427301136295107, rel=1e-15)
    assert found["w"].grad == 2 * found["truth"]
    assert (found["cut"].parents, found["dead"].partials) == ((found["x"],), (0.0,))
    assert math.isnan(found["p"].grad)
    assert f"{ROOT / 'demos' / '12_microscope.py'}:" in found["found"]
    assert "the derivative is 8.0" in found["complaint"]
    assert found["a"].notes is None or not found["a"].notes.hooks


def test_build_grows_an_engine_of_sixty_lines_with_the_gradients_of_the_package(ran: Run) -> None:
    found = ran("build").found
    assert found["same"] == 500
    mine = [parameter.grad for parameter in found["mine"]]
    assert mine == pytest.approx([parameter.grad for parameter in found["theirs"]], rel=1e-14)
    assert mine == pytest.approx([-0.2981890118850329, -0.09939633729501096, -0.21121721675189828, -0.1242454216], 1e-9)
    deep = found["Number"](1.0)
    for _ in range(20000):
        deep = deep * 1.0
    found["backward"](deep)  # the stack of the engine is a list too
    engine = {"as_number", "plus", "times", "in_order", "backward", "minus", "power", "relu", "sigmoid"}
    text = "\n".join(cell.text for cell in read_cells(known_scripts()["build"], "en") if not cell.is_prose)
    parts = [node for node in ast.parse(text).body if getattr(node, "name", "") in {*engine, "Number"}]
    assert len(parts) == len(engine) + 1
    assert sum((node.end_lineno or 0) - node.lineno + 1 for node in parts) <= 60
