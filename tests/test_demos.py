"""The demos: each runs from end to end in both languages, and shows the numbers that it should."""

from __future__ import annotations

import atexit
import builtins
import contextlib
import functools
import io
import json
import keyword
import os
import re
import runpy
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any, NamedTuple

import pytest

import autograd
from autograd import nn, optim
from autograd.__main__ import python
from autograd.cells import following_script, known_scripts, read_cells
from autograd.spelling import unreadable
from autograd.stepper import Stepper
from autograd.view import RenderError
from autograd.view.terminal import width
from demos.__main__ import main

ODD_EVEN = known_scripts()["odd_even"]
SLOW = ("moons", "digits", "remedies", "gradient_descent", "learn_odd_even", "microgpt", "compile")  # they train
EVERY_DEMO = pytest.mark.parametrize(
    "name", [pytest.param(name, marks=pytest.mark.slow) if name in SLOW else name for name in known_scripts()]
)


class Told(NamedTuple):
    """What a demo left behind when it ran from end to end."""

    found: dict[str, Any]
    shown: str
    printed: str  # of what was shown, the titles of the code and what the code printed
    errors: str
    folder: Path

    @property
    def pictures(self) -> Path:
        return self.folder / "demo_pictures"


@functools.cache
def told(name: str, lang: str = "en") -> Told:
    """Run a demo in a folder of its own; one run serves all tests that only look."""
    folder = Path(tempfile.mkdtemp(prefix=f"{name}-"))
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    stepper = Stepper(name, {}, lang)
    shown, printed = "", ""
    with contextlib.chdir(folder), contextlib.redirect_stderr(io.StringIO()) as errors:
        while not stepper.finished:
            cell = stepper.cells[stepper.position]
            with contextlib.redirect_stdout(io.StringIO()) as out:
                stepper.step()
            shown += out.getvalue()
            if not cell.is_prose:
                printed += "\n".join(line for line in out.getvalue().split("\n") if line[:1] != "│")
    return Told(stepper.namespace, shown, printed, errors.getvalue(), folder)


def run_until(title: str) -> dict[str, Any]:
    """Run odd_even up to the cell of this title, that cell included, and return its variables."""
    stepper = Stepper("odd_even", {})
    while stepper.cells[stepper.position].title != title:
        stepper.step()
    stepper.step()
    return stepper.namespace


@EVERY_DEMO
@pytest.mark.parametrize("lang", ["en", "zh"])
def test_every_demo_runs_straight_through(name: str, lang: str) -> None:
    last = read_cells(known_scripts()[name], lang)[-1]
    assert f"] {last.title}\n{last.text}\n" in told(name, lang).shown
    assert told(name, lang).errors == ""


@pytest.mark.slow
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
def test_jupytext_knows_every_title_and_writes_a_demo_back_as_it_was(name: str, tmp_path: Path) -> None:
    jupytext = pytest.importorskip("jupytext")
    source = known_scripts()[name].read_text(encoding="utf-8")
    (tmp_path / "demo.py").write_text(source, encoding="utf-8")
    notebook = jupytext.read(tmp_path / "demo.py", fmt="py:percent")
    titles = [line.removeprefix("# %% ") for line in source.split("\n") if re.match("# %% (?!.markdown)", line)]
    code = [cell.metadata for cell in notebook.cells if cell.cell_type == "code"]
    assert [metadata.get("title") for metadata in code] == titles
    languages = [cell.metadata.get("lang") for cell in notebook.cells if cell.cell_type == "markdown"]
    assert languages == [None, "zh"] * (len(languages) // 2)
    jupytext.write(notebook, tmp_path / "demo.py", fmt="py:percent")
    assert (tmp_path / "demo.py").read_text(encoding="utf-8") == source


# Words in a Chinese demo that are no words of a language: names of Python, of the package, of people and of formats.
NAMES = {*dir(builtins), *keyword.kwlist, *autograd.__all__, *dir(autograd), *dir(autograd.Value)}
NAMES |= {name for module in (nn, nn.Module, optim, optim.lr_scheduler) for name in dir(module)}
NAMES |= {"He", "Xavier", "ReLU", "Dropout", "mod", "std", "gamma", "target", "layers", "pip", "install", "matplotlib"}
NAMES |= {"autograd", "fruit", "inf", "linear", "loss", "nan", "numpy", "python", "rounding", "scikit", "learn"}
NAMES |= {
    "attention",
    "dattention",
    "dshare",
    "edge",
    "embedding",
    "GPT",
    "heads",
    "heliu",
    "helu",
    "mlp",
    "scores",
    "share",
}
# Errors are in English, as Python's own are, and names are in no language; these variables hold them.
ELSEWHERE = {"exploding": ("history", "anomaly"), "microscope": ("found", "complaint"), "microgpt": ("some", "told")}
ELSEWHERE |= {"compile": ("code", "hill_code")}


@EVERY_DEMO
def test_every_demo_speaks_chinese_in_all_that_it_prints(name: str) -> None:
    shown, found = told(name, "zh").printed, told(name, "zh").found
    for variable in ELSEWHERE.get(name, ()):
        for line in str(getattr(found[variable], "stopped", found[variable])).split("\n"):
            shown = shown.replace(line, "")
    shown = re.sub(r"(?<=照原样运行) (\d+) 次：.*", "", shown)  # reasons are in English, as errors are
    shown = re.sub(r"<(?:Film|Graph|Explanation|Player) .*>", "", shown)  # what repr() says is for programmers
    shown = re.sub(r"\S*demo_pictures/\S+|/\S+\.svg", "", shown)
    words = re.findall(r"(?<![\w.])[A-Za-z]{3,}(?![\w'])", shown)
    assert {word for word in words if word not in NAMES} == set()


def test_a_demo_speaks_english_where_no_language_is_asked_for() -> None:
    assert {"colour", "roundness", "truth", "says"} <= set(re.findall(r"[a-z]{3,}", told("forward").printed)) - NAMES


@pytest.mark.parametrize("lang", ["en", "zh"])
def test_pictures_are_labelled_in_the_language_of_the_demo(lang: str) -> None:
    picture = told("vanishing", lang).pictures / "06_vanishing.svg"
    texts = re.findall(r">([^<]+)</text>", picture.read_text(encoding="utf-8"))
    words = {"en": {"layers back", "gradient"}, "zh": {"往回的层数", "梯度"}}
    assert words[lang] <= set(texts)
    assert not words["zh" if lang == "en" else "en"] & set(texts)


# --- as notebooks ---


@EVERY_DEMO
@pytest.mark.parametrize("lang", ["en", "zh"])
def test_every_demo_becomes_a_notebook_in_one_language(
    name: str, lang: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    nbformat = pytest.importorskip("nbformat")
    path = tmp_path / "demo.ipynb"
    assert main([name, "--notebook", str(path), "--lang", lang]) == 0
    assert capsys.readouterr().out == f"{path.resolve()}\n"
    notebook = nbformat.read(path, as_version=4)
    nbformat.validate(notebook)
    cells = read_cells(known_scripts()[name], lang)
    if lang == "zh":
        language = notebook.cells.pop(1)
        assert "speaking" in language.source
    assert [cell.source for cell in notebook.cells if cell.cell_type == "code"] == [
        cell.text for cell in cells if not cell.is_prose
    ]
    prose = [cell.source.replace("\n", "") for cell in notebook.cells if cell.cell_type == "markdown"]
    if following := following_script(known_scripts()[name]):
        assert prose.pop().endswith(f"python -m autograd demos {following} --notebook {following}.ipynb --lang {lang}")
    assert prose == [f"# {cell.title}{cell.text}".replace("\n", "") for cell in cells if cell.is_prose]


def test_the_code_of_a_chinese_notebook_answers_in_chinese(tmp_path: Path) -> None:
    path = tmp_path / "demo.ipynb"
    assert main(["odd_even", "--notebook", str(path), "--lang", "zh"]) == 0
    cells = json.loads(path.read_text(encoding="utf-8"))["cells"]
    code = "\n".join(cell["source"] for cell in cells if cell["cell_type"] == "code")
    shown = f"{code}\nprint(on_paper)"  # as a notebook shows the last expression of a cell
    done = subprocess.run([sys.executable, "-c", shown], cwd=tmp_path, capture_output=True, encoding="utf-8")
    assert done.returncode == 0, done.stderr
    assert "局部导数" in done.stdout and "Local derivatives" not in done.stdout


def test_lines_of_chinese_prose_are_joined_in_a_notebook_and_formulas_stay(tmp_path: Path) -> None:
    script, path = tmp_path / "script.py", tmp_path / "script.ipynb"
    script.write_text('# %% [markdown] lang="zh"\n# # 题\n#\n# 一，\n# 二\n# x 三\n#\n#     一\n#     二\n')
    script.write_text("# %% [markdown]\n# One\n# two\n\n" + script.read_text())
    assert main([str(script), "--notebook", str(path), "--lang", "zh"]) == 0
    cells = json.loads(path.read_text(encoding="utf-8"))["cells"]
    assert cells[0]["source"] == "# 题\n\n一，二\nx 三\n\n    一\n    二"
    assert main([str(script), "--notebook", str(path)]) == 0
    cells = json.loads(path.read_text(encoding="utf-8"))["cells"]
    assert [cell["source"] for cell in cells] == ["# One two\n\nOne\ntwo"]


def test_a_notebook_is_not_written_under_another_kind_of_name(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit) as left:
        main(["odd_even", "--notebook", str(tmp_path / "demo.py")])
    assert left.value.code == 2
    assert "give a path that ends in .ipynb, but got" in capsys.readouterr().err
    assert not list(tmp_path.iterdir())


# --- on a terminal ---


@EVERY_DEMO
@pytest.mark.parametrize("lang", ["en", "zh"])
def test_every_cell_fits_a_terminal_of_80_columns(name: str, lang: str) -> None:
    for cell in read_cells(known_scripts()[name], lang):
        for line in cell.text.split("\n"):
            assert width(line) <= (80 if cell.is_prose else 78), line


@EVERY_DEMO
def test_the_list_shows_every_demo_with_its_title(name: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main([]) == 0
    assert f"{name}  {read_cells(known_scripts()[name])[0].title}\n" in re.sub("  +", "  ", capsys.readouterr().out)


def test_the_list_is_in_the_language_that_is_asked_for(capsys: pytest.CaptureFixture[str]) -> None:
    assert main([]) == 0
    assert f"Start with: {python()} -m demos forward\n" in capsys.readouterr().out
    assert main(["--lang", "zh"]) == 0
    listed = capsys.readouterr().out
    assert "01  forward           从苹果到数字：正向传播\n" in listed
    assert f"从这里开始：{python()} -m demos forward --lang zh\n" in listed


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
    assert done.returncode == 0
    assert done.stderr.decode() == unreadable("zh", io.TextIOWrapper(io.BytesIO(), "latin-1")) + "\n"
    assert b"| z1 = w1 * x + b1\n" in done.stdout
    assert b"Next: " in done.stdout and done.stdout.endswith(b"learn_odd_even --run --lang zh\n")


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
    found = run_until("forward()")
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
    assert f"\n{saved}\n" in capsys.readouterr().out
    drawing = saved.read_text(encoding="utf-8")
    for shown in ("z1", "a1", "z2", "a2", "L", "0.08841", "0.2112", "0.2982"):
        assert shown in drawing


def test_odd_even_says_how_to_install_graphviz_where_there_is_none(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def refuse(self: autograd.Graph, path: str) -> Path:
        raise RenderError("install Graphviz so")

    monkeypatch.setattr(autograd.Graph, "save", refuse)
    run_until("autograd.draw(L)")
    assert "\ninstall Graphviz so\n" in capsys.readouterr().out


def test_odd_even_checks_the_lines_of_the_paper_of_which_only_a2_is_off() -> None:
    lines = run_until("check, line by line")["checked"].lines
    assert {line.name: line.verdict for line in lines} == {
        "a2": "digit", "L": "given", "dL/da2": "given", "dL/dw2": "given", "dL/da1": "given", "dL/dw1": "given",
        "w2'": "right", "w1'": "right", "L'": "right",
    }  # fmt: skip


def test_odd_even_calculates_as_on_paper_to_three_digits(capsys: pytest.CaptureFixture[str]) -> None:
    run_until("explain, rounded to 3 places")
    shown = capsys.readouterr().out
    for line in (
        "z2 = w2 × a1 + b2 = 0.8 × 1.7 + (-0.5) = 0.86\n",
        "a2 = sigmoid(z2) = sigmoid(0.86) = 0.703  (exact 0.702661",
        "da2/dz2 = a2 × (1 − a2) = 0.703 × (1 − 0.703) = 0.209\n",
        "dL/dw2 = dL/da2 × da2/dz2 × dz2/dw2 = (-0.594) × 0.209 × 1.7 = -0.211\n",
        "= (-0.594) × 0.209 × 0.8 × 1 × 3\n",
    ):
        assert line in shown
