"""`python -m autograd`: what it is asked for, by what name it was started, and the language of the locale."""

from __future__ import annotations

import contextlib
import io
import json
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

import autograd
from autograd import __main__ as command_line
from autograd.cells import find_script, following_script, known_scripts
from autograd.language import chosen, from_locale
from autograd.stepper import Stepper
from autograd.view.terminal import width

ROOT = Path(__file__).parents[1]
HERE = {"PYTHONPATH": str(ROOT), "PYTHONUTF8": "1"}


def run(
    *arguments: str, folder: Path, module: str = "autograd", **environment: str
) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", module, *arguments],
        cwd=folder,
        env={**os.environ, **HERE, **environment},
        stdin=subprocess.DEVNULL,
        capture_output=True,
        encoding="utf-8",
        timeout=120,
    )


# --- what it is asked for ---


def test_the_version_names_the_distribution_and_the_core(tmp_path: Path) -> None:
    core = "compiled" if autograd.native else "pure Python"
    shown = f"scalar-autograd {autograd.__version__}, {core} core, Python {sys.version.split()[0]}\n"
    assert run("--version", folder=tmp_path).stdout == shown


@pytest.mark.parametrize(("lang", "usage"), [("en", "usage: "), ("zh", "用法：")])
def test_without_a_command_it_lists_those_there_are(tmp_path: Path, lang: str, usage: str) -> None:
    for arguments in ([], ["--help"]):
        done = run("--lang", lang, *arguments, folder=tmp_path)
        assert done.stdout.startswith(f"{usage}{sys.executable} -m autograd [-h]")
        assert all(f"\n  {command} " in done.stdout for command in command_line.COMMANDS)
        assert done.returncode == 0


@pytest.mark.parametrize(("lang", "wrong"), [("en", "needs a demo, but got none"), ("zh", "需要一个演示")])
@pytest.mark.parametrize("option", [["--run"], ["--notebook", "x.ipynb"]])
def test_what_is_to_be_done_with_a_demo_needs_its_name(
    tmp_path: Path, option: list[str], lang: str, wrong: str
) -> None:
    done = run("demos", *option, "--lang", lang, folder=tmp_path)
    assert done.returncode == 2 and f"{option[0]} {wrong}" in done.stderr and done.stdout == ""
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize("lang", ["en", "zh"])
@pytest.mark.parametrize("columns", [60, 80])
def test_the_help_of_the_demos_fits_the_terminal(tmp_path: Path, columns: int, lang: str) -> None:
    done = run("demos", "--help", "--lang", lang, folder=tmp_path, COLUMNS=f"{columns}")
    _, _, at_prompt = done.stdout.partition(" X.ipynb  ")
    assert ":reset" in at_prompt and all(width(line) <= columns for line in at_prompt.splitlines())


def test_a_notebook_goes_into_a_folder_that_exists(tmp_path: Path) -> None:
    done = run("demos", "forward", "--notebook", "no/x.ipynb", folder=tmp_path)
    assert done.returncode == 2 and "the folder 'no' does not exist: make it, or give another path" in done.stderr


def test_a_reader_who_has_seen_enough_is_not_an_error(tmp_path: Path) -> None:
    script = tmp_path / "long.py"
    script.write_text("# %% many\nfor i in range(100_000):\n    print(i)\n", encoding="utf-8")
    command = [sys.executable, "-m", "autograd", "demos", str(script), "--run"]
    with subprocess.Popen(command, env={**os.environ, **HERE}, stdout=subprocess.PIPE, stderr=subprocess.PIPE) as began:
        assert began.stdout is not None and began.stderr is not None
        began.stdout.readline()
        began.stdout.close()  # as head and less do
        assert began.stderr.read() == b""


@pytest.mark.parametrize(("lang", "described"), [("en", "goes back by one step"), ("zh", "退回一步")])
def test_the_help_of_the_demos_lists_the_options_and_the_commands_of_the_prompt(
    tmp_path: Path, lang: str, described: str
) -> None:
    shown = run("demos", "--lang", lang, "--help", folder=tmp_path).stdout
    for option in ("--run", "--notebook X.ipynb", "--lang {en,zh}", ":back", ":again", ":go 7", ":steps", ":reset"):
        assert f"  {option} " in shown
    assert described in shown
    other = {"en": "\u4e00-\u9fff", "zh": "A-Z"}[lang]
    assert not re.search(rf"^  \S+ +[{other}]+$", shown, re.MULTILINE)


def test_an_unknown_command_is_an_error_that_lists_the_known_ones(tmp_path: Path) -> None:
    done = run("demo", folder=tmp_path)
    assert done.returncode == 2 and "invalid choice: 'demo'" in done.stderr and "demos" in done.stderr


def test_a_demo_runs_by_either_name(tmp_path: Path) -> None:
    ran = [run(*command, "forward", "--run", folder=tmp_path, module=module) for module, *command in
           (("autograd", "demos"), ("demos",))]  # fmt: skip
    for done, name in zip(ran, ("autograd demos", "demos"), strict=True):
        assert done.returncode == 0, done.stderr
        assert done.stdout.endswith(f"\n\nNext: {sys.executable} -m {name} chain_rule --run\n")
    assert len({done.stdout.rpartition("\n\nNext: ")[0] for done in ran}) == 1


def test_a_demo_becomes_a_notebook_that_names_the_next_one(tmp_path: Path) -> None:
    done = run("demos", "9", "--notebook", "nine.ipynb", "--lang", "zh", folder=tmp_path)
    assert done.stdout == f"{(tmp_path / 'nine.ipynb').resolve()}\n"
    last = json.loads((tmp_path / "nine.ipynb").read_text(encoding="utf-8"))["cells"][-1]["source"]
    assert last == ("下一个演示：python -m autograd demos learn_odd_even --notebook learn_odd_even.ipynb --lang zh")


def test_whoever_reads_only_the_beginning_gets_no_traceback(tmp_path: Path) -> None:
    listing = subprocess.Popen(
        [sys.executable, "-m", "autograd", "demos"], cwd=tmp_path, env={**os.environ, **HERE},
        stdout=subprocess.PIPE, stderr=subprocess.PIPE,
    )  # fmt: skip
    assert listing.stdout and listing.stderr
    listing.stdout.close()
    assert listing.stderr.read() == b""
    listing.wait(60)
    listing.stderr.close()


# --- which demos ---


def test_a_foreign_package_called_demos_is_not_taken_for_ours(tmp_path: Path) -> None:
    foreign = tmp_path / "demos"
    foreign.mkdir()
    (foreign / "__init__.py").write_text("raise ImportError('foreign')\n")
    (foreign / "01_strange.py").write_text("# %% strange\n1\n")
    done = run("demos", folder=tmp_path, PYTHONPATH=f"{tmp_path}{os.pathsep}{ROOT}")
    assert "forward" in done.stdout and "strange" not in done.stdout
    assert run("demos", "strange", folder=tmp_path).returncode == 2


def test_an_installed_package_has_its_demos_inside_and_looks_nowhere_else(tmp_path: Path) -> None:
    installed = tmp_path / "site-packages"
    ignored = shutil.ignore_patterns("__pycache__")
    shutil.copytree(ROOT / "autograd", installed / "autograd", ignore=ignored)
    shutil.copytree(ROOT / "demos", installed / "autograd" / "demos", ignore=ignored)
    (installed / "demos").mkdir()
    (installed / "demos" / "01_strange.py").write_text("# %% strange\n1\n")
    done = run("demos", "strange", folder=tmp_path, PYTHONPATH=str(installed))
    assert done.returncode == 2 and "no demo 'strange'" in done.stderr and "forward" in done.stderr
    for module, command in (("autograd", ["demos"]), ("autograd.demos", [])):
        done = run(*command, "forward", "--run", folder=tmp_path, module=module, PYTHONPATH=str(installed))
        assert done.returncode == 0, done.stderr


def test_the_wheel_has_the_demos_inside_the_package() -> None:
    setup = (ROOT / "setup.py").read_text(encoding="utf-8")
    assert 'package_dir={"autograd.demos": "demos"}' in setup and '"autograd.demos"]' in setup


def test_each_demo_is_followed_by_the_next_of_the_list(tmp_path: Path) -> None:
    names = list(known_scripts())
    assert [following_script(find_script(name)) for name in names] == [*names[1:], ""]
    assert following_script(tmp_path / "other.py") == ""


# --- how it was started ---


@pytest.mark.parametrize("typed", ["python", "python3", ".venv/bin/python"])
def test_hints_name_python_as_it_was_typed(monkeypatch: pytest.MonkeyPatch, typed: str) -> None:
    monkeypatch.setattr(sys, "orig_argv", [typed, "-m", "demos"])
    assert command_line.python(windows=False) == typed
    monkeypatch.setattr(sys, "orig_argv", ["/my tools/python", "-m", "demos"])
    assert command_line.python(windows=False) == "'/my tools/python'"


def test_hints_on_windows_name_py_or_the_python_of_an_environment_that_is_not_active(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.chdir(tmp_path)
    environment, executable = tmp_path / ".venv", tmp_path / ".venv" / "Scripts" / "python.exe"
    monkeypatch.setattr(sys, "executable", str(executable))
    monkeypatch.setattr(sys, "orig_argv", ["python", "-m", "demos"])
    assert command_line.python(windows=True) == "python"
    monkeypatch.setattr(sys, "orig_argv", [str(executable), "-m", "demos"])  # what py.exe and environments start
    monkeypatch.setattr(sys, "prefix", sys.base_prefix)
    assert command_line.python(windows=True) == "py"
    monkeypatch.setattr(sys, "prefix", str(environment))
    monkeypatch.delenv("VIRTUAL_ENV", raising=False)
    assert command_line.python(windows=True) == os.path.join(".venv", "Scripts", "python")
    monkeypatch.setenv("VIRTUAL_ENV", str(environment))
    assert command_line.python(windows=True) == "py"


# --- the language of the locale ---


@pytest.mark.parametrize(
    ("variables", "lang"),
    [
        ({}, "en"),
        ({"LANG": "zh_CN.UTF-8"}, "zh"),
        ({"LANG": "zh_TW"}, "zh"),
        ({"LANG": "de_DE.UTF-8"}, "en"),
        ({"LANG": "zh_CN.UTF-8", "LC_MESSAGES": "en_GB.UTF-8"}, "en"),
        ({"LANG": "en_GB.UTF-8", "LC_MESSAGES": "zh_CN.UTF-8"}, "zh"),
        ({"LANG": "zh_CN.UTF-8", "LC_MESSAGES": "zh_CN.UTF-8", "LC_ALL": "C"}, "en"),
        ({"LANG": "zh_CN.UTF-8", "LC_ALL": ""}, "zh"),
    ],
)
def test_the_language_is_that_of_the_first_variable_that_is_set(
    monkeypatch: pytest.MonkeyPatch, variables: dict[str, str], lang: str
) -> None:
    for name in ("LC_ALL", "LC_MESSAGES", "LANG"):
        monkeypatch.delenv(name, raising=False)
    for name, value in variables.items():
        monkeypatch.setenv(name, value)
    assert from_locale() == lang


@pytest.mark.parametrize(("reported", "lang"), [("Chinese (Simplified)_China", "zh"), ("zh_CN", "zh"), (None, "en")])
def test_without_variables_the_language_is_that_which_the_system_reports(
    monkeypatch: pytest.MonkeyPatch, reported: str | None, lang: str
) -> None:
    for name in ("LC_ALL", "LC_MESSAGES", "LANG"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setattr("locale.getlocale", lambda: (reported, "cp936"))
    assert from_locale() == lang


def test_a_chinese_locale_speaks_chinese_on_the_command_line_and_the_argument_wins(tmp_path: Path) -> None:
    chinese = {"LC_ALL": "zh_CN.UTF-8"}
    done = run("demos", folder=tmp_path, **chinese)
    assert "从这里开始：" in done.stdout and "--lang zh" not in done.stdout
    assert "Start with: " in run("demos", "--lang", "en", folder=tmp_path, **chinese).stdout
    done = run("demos", "forward", "--run", folder=tmp_path, **chinese)
    assert done.stdout.endswith(f"\n\n下一个演示：{sys.executable} -m autograd demos chain_rule --run\n")
    done = run("demos", "forward", "--run", "--lang", "en", folder=tmp_path, **chinese)
    assert done.stdout.endswith(f"\n\nNext: {sys.executable} -m autograd demos chain_rule --run --lang en\n")


def test_the_library_speaks_english_in_every_locale(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LC_ALL", "zh_CN.UTF-8")
    assert chosen(None) == "en"
    x = autograd.Value(3.0, "x")
    assert str(autograd.explain(x * x)).startswith("Given")


# --- the terminal ---


def test_without_readline_the_prompt_works_all_the_same(tmp_path: Path) -> None:
    (tmp_path / "readline.py").write_text("raise ImportError('none on Windows')\n")
    program = (
        "import sys; sys.argv[1:] = ['demos', 'forward']; sys.stdin.isatty = lambda: True\n"
        "from autograd.__main__ import main; sys.exit(main())"
    )
    done = subprocess.run(
        [sys.executable, "-c", program],
        cwd=tmp_path,
        env={**os.environ, **HERE},
        input=":go 3\n\n",
        capture_output=True,
        encoding="utf-8",
    )
    assert done.returncode == 0, done.stderr
    assert "\n[3/" in done.stdout and "\n[4/" in done.stdout


@pytest.mark.parametrize(
    ("variables", "bold"),
    [
        ({"TERM": "xterm"}, True),
        ({"TERM": "xterm", "NO_COLOR": "1"}, False),
        ({"TERM": "xterm", "NO_COLOR": ""}, True),
        ({"TERM": "dumb"}, False),
        ({}, False),
    ],
)
def test_titles_are_bold_only_at_a_terminal_that_can_and_may(
    monkeypatch: pytest.MonkeyPatch, variables: dict[str, str], bold: bool
) -> None:
    for name in ("TERM", "NO_COLOR"):
        monkeypatch.delenv(name, raising=False)
    for name, value in variables.items():
        monkeypatch.setenv(name, value)
    terminal, pipe = io.StringIO(), io.StringIO()
    monkeypatch.setattr(terminal, "isatty", lambda: True)
    stepper = Stepper("forward", {})
    for stream in (terminal, pipe):
        with contextlib.redirect_stdout(stream):
            stepper.announce()
    assert ("\x1b[1m" in terminal.getvalue()) == bold
    assert "\x1b" not in pipe.getvalue()
