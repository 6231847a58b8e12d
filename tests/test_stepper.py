"""Stepping through `# %%` scripts: at a terminal, through a pipe, and from a REPL of one's own."""

from __future__ import annotations

import os
import re
import select
import signal
import subprocess
import sys
import time
import traceback
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from autograd.cells import find_script, known_scripts, read_cells
from autograd.stepper import step_through

pty = pytest.importorskip("pty", reason="pseudo-terminals need a POSIX system")

ROOT = Path(__file__).parents[1]
DEADLINE = 30.0  # seconds without an answer before a test gives up

SCRIPT = """\
# %% [markdown]
# # Twice
#
# First a, then its double.

# %% [markdown] lang="zh"
# # 两倍
#
# 先有 a，再算两倍。

# %% the number
a = 2

# %%
def twice(n):
    return 2 * int(n)


b = twice(a)
b
"""
BAD_LINE = SCRIPT.split("\n").index("b = twice(a)") + 1


@pytest.fixture
def script(tmp_path: Path) -> Path:
    path = tmp_path / "twice.py"
    path.write_text(SCRIPT, encoding="utf-8")
    return path


def environment() -> dict[str, str]:
    path = os.pathsep.join(filter(None, [str(ROOT), os.environ.get("PYTHONPATH")]))
    return {**os.environ, "PYTHONPATH": path, "TERM": "dumb", "PYTHONUTF8": "1", "COLUMNS": "80"}


def demos(*arguments: str | Path, piped: str = "") -> subprocess.CompletedProcess[str]:
    """Run `python -m demos` with its stdin at a pipe."""
    command = [sys.executable, "-m", "demos", *map(str, arguments)]
    return subprocess.run(command, input=piped, capture_output=True, encoding="utf-8", env=environment(), timeout=60)


# --- at a terminal ---


class Terminal:
    """`python -m demos` at a pseudo-terminal."""

    def __init__(self, *arguments: str | Path) -> None:
        command = [sys.executable, "-m", "demos", *map(str, arguments)]
        self.pid, self.fd = pty.fork()
        if self.pid == 0:
            signal.signal(signal.SIGINT, signal.SIG_DFL)  # a shell's background jobs inherit that it is ignored
            os.execve(command[0], command, environment())
        self.welcome = self.read()

    def type(self, text: str) -> str:
        """Type the text and return what appears up to the next prompt, or to the end of the process."""
        os.write(self.fd, text.encode())
        return self.read()

    def press(self, text: str, until: tuple[str, ...]) -> str:
        """Type the text and return what appears up to one of these texts."""
        os.write(self.fd, text.encode())
        return self.read(until)

    def interrupt(self) -> str:
        """Press Ctrl-C, again where Python was just between its prompt and its waiting, and return what appears."""
        for _ in range(10):
            os.write(self.fd, b"\x03")
            if select.select([self.fd], [], [], 2.0)[0]:
                return self.read()
        raise AssertionError("Ctrl-C is not heard")

    def read(self, until: tuple[str, ...] = (">>> ", "... ")) -> str:
        """Return what appears up to one of these texts, or to the end of the process."""
        seen = b""
        end = time.monotonic() + DEADLINE
        while not seen.decode(errors="ignore").endswith(until):
            if not select.select([self.fd], [], [], max(0.0, end - time.monotonic()))[0]:
                raise AssertionError(f"no prompt within {DEADLINE} s after:\n{seen.decode(errors='replace')}")
            try:
                chunk = os.read(self.fd, 65536)
            except OSError:  # Linux reports the end of a terminal so
                break
            if not chunk:
                break
            seen += chunk
        return seen.decode(errors="replace").replace("\r\n", "\n")

    def exit_status(self) -> int:
        """Wait for the process, which should be leaving, and return its exit status."""
        end = time.monotonic() + DEADLINE
        while time.monotonic() < end:
            pid, status = os.waitpid(self.pid, os.WNOHANG)
            if pid:
                self.pid = 0
                return os.waitstatus_to_exitcode(status)
            time.sleep(0.01)
        raise AssertionError("the process did not leave")

    def close(self) -> None:
        os.close(self.fd)
        if self.pid:
            os.kill(self.pid, 9)
            os.waitpid(self.pid, 0)


@pytest.fixture
def open_terminal() -> Iterator[Callable[..., Terminal]]:
    opened: list[Terminal] = []

    def start(*arguments: str | Path) -> Terminal:
        opened.append(Terminal(*arguments))
        return opened[-1]

    yield start
    for terminal in opened:
        terminal.close()


@pytest.fixture
def terminal(script: Path, open_terminal: Callable[..., Terminal]) -> Terminal:
    return open_terminal(script)


def test_the_welcome_says_what_to_do_and_names_the_commands_and_the_first_step(terminal: Terminal) -> None:
    first, second, commands, tools, *rest = terminal.welcome.split("\n")
    assert first.startswith("Enter runs the next step of twice.py.")
    assert "Ctrl-D leaves" in second
    assert commands == ":back, :again, :go 7, :steps, :reset move between the steps, and :help says how."
    assert tools == "explain, why, draw, play, diagnose, check, quiz are at hand."
    assert rest == ["", "[1/3] Twice", ">>> "]


def test_enter_shows_prose_then_code_then_its_result(terminal: Terminal) -> None:
    assert terminal.type("\n") == "\nFirst a, then its double.\n\n[2/3] the number\n>>> "
    assert terminal.type("\n") == "\n│ a = 2\n\n[3/3] def twice(n):\n>>> "
    assert "│ b = twice(a)\n│ b\n4\n" in terminal.type("\n")


def test_an_expression_is_answered_and_the_next_step_stays_the_same(terminal: Terminal) -> None:
    terminal.type("\n")
    terminal.type("\n")
    assert terminal.type("a * 50\n") == "a * 50\n100\n>>> "
    assert "│ b = twice(a)" in terminal.type("\n")


def test_a_later_cell_uses_a_variable_that_the_user_changed(terminal: Terminal) -> None:
    terminal.type("\n")
    terminal.type("\n")
    terminal.type("a = 21\n")
    assert "│ b\n42\n" in terminal.type("\n")
    assert "\n42\n" in terminal.type("b\n")


def test_a_block_of_several_lines_ends_with_an_empty_line_and_runs_no_cell(terminal: Terminal) -> None:
    assert terminal.type("for i in (7, 8):\n").endswith("\n... ")
    assert terminal.type("    print(i * 11)\n").endswith("\n... ")
    assert terminal.type("\n") == "\n77\n88\n>>> "
    assert "First a" in terminal.type("\n")


def test_a_traceback_names_the_real_file_and_line_and_shows_only_the_scripts_frames(
    terminal: Terminal, script: Path
) -> None:
    terminal.type("\n")
    terminal.type("\n")
    terminal.type("a = None\n")
    shown = terminal.type("\n")
    assert f'File "{script}", line {BAD_LINE}, in <module>\n    b = twice(a)' in shown
    assert ", in twice\n    return 2 * int(n)" in shown
    assert shown.count('  File "') == 2


def test_what_is_typed_in_another_encoding_does_not_end_the_prompt(terminal: Terminal) -> None:
    os.write(terminal.fd, b"a = '\xce\xd2'\n")  # in GBK, at a prompt in UTF-8
    terminal.read()
    assert terminal.type("set(a) == {chr(0xFFFD)}\n").endswith("True\n>>> ")


def test_a_cell_that_fails_stays_the_next_one_and_runs_again_after_a_repair(terminal: Terminal) -> None:
    terminal.type("\n")
    terminal.type("\n")
    terminal.type("a = None\n")
    assert terminal.type("\n").endswith("still the next one. Repair what it needs, and Enter\n"
                                        "runs it again; :reset undoes all that you changed.\n"
                                        "\n[3/3] def twice(n):\n>>> ")  # fmt: skip
    terminal.type("a = 5\n")
    assert "│ b\n10\n" in terminal.type("\n")


def test_after_the_last_cell_it_says_so_and_the_repl_stays_open(terminal: Terminal) -> None:
    terminal.type("\n")
    terminal.type("\n")
    for _ in range(2):
        assert "\nThat was the last step." in terminal.type("\n")
    assert "\n16\n" in terminal.type("twice(8)\n")


def test_ctrl_d_leaves(terminal: Terminal) -> None:
    terminal.type("\x04")
    assert terminal.exit_status() == 0


@pytest.mark.parametrize(("typed", "status"), [("quit()\n", 0), ("exit()\n", 0), ("exit(3)\n", 3)])
def test_exit_and_quit_leave(terminal: Terminal, typed: str, status: int) -> None:
    terminal.type(typed)
    assert terminal.exit_status() == status


def test_a_translation_that_follows_code_is_refused_since_it_would_take_its_place(tmp_path: Path) -> None:
    script = tmp_path / "s.py"
    script.write_text('# %% two\nb = 2\n# %% [markdown] lang="zh"\n# 你好\n', encoding="utf-8")
    for lang in ("en", "zh"):
        with pytest.raises(ValueError, match="line 3: a .markdown. cell with a language translates the prose"):
            read_cells(script, lang)


@pytest.mark.parametrize("margin", ["", "    "])
def test_a_line_below_a_block_that_is_pasted_runs_without_an_empty_line_between(tmp_path: Path, margin: str) -> None:
    script = tmp_path / "s.py"
    script.write_text("# %% one\n1\n")
    pasted = [
        "for i in range(3):",
        "    if i == 1:",
        "        print('one')",
        "    else:",
        "        print('other')",
        "i + 40",
    ]
    done = demos(script, piped="".join(f"{margin}{line}\n" for line in pasted))
    assert done.stdout.split()[:4] == ["other", "one", "other", "42"], done.stdout + done.stderr
    assert done.returncode == 0


def test_what_cannot_be_read_as_a_script_is_refused_with_its_name(tmp_path: Path) -> None:
    script = tmp_path / "latin.py"
    script.write_bytes("# %% [markdown]\n# café\n".encode("latin-1"))
    with pytest.raises(ValueError, match="latin.py cannot be read"):
        read_cells(script)
    script.write_text('# %% one zh="a\\q"\n1\n')
    with pytest.raises(ValueError, match=r'latin.py, line 1: "a\\q" is not a JSON string'):
        read_cells(script)
    with pytest.raises(ValueError, match="no demo"):
        find_script("9" * 50)
    done = demos(script, "--run")
    assert done.returncode == 2 and "is not a JSON string" in done.stderr and "Traceback" not in done.stderr


def test_indented_lines_that_are_pasted_together_keep_their_shape(tmp_path: Path) -> None:
    script = tmp_path / "s.py"
    script.write_text("# %% one\n1\n")
    pasted = "    if True:\n        print('yes')\n    else:\n        print('no')\n\n    print('end')\n"
    done = demos(script, piped=pasted)
    assert "yes" in done.stdout and "end" in done.stdout and "no" not in done.stdout.split(), done.stderr


def test_ctrl_c_only_drops_the_line(terminal: Terminal) -> None:
    terminal.type("for i in range(3):\n")
    assert "KeyboardInterrupt" in terminal.interrupt()
    assert terminal.type("1 + 1\n") == "1 + 1\n2\n>>> "
    assert "First a" in terminal.type("\n")


def test_ctrl_c_stops_a_cell_which_stays_the_next_one(tmp_path: Path, open_terminal: Callable[..., Terminal]) -> None:
    script = tmp_path / "slow.py"
    script.write_text(
        "# %% wait\nimport time\nwaiting = globals().get('waiting', True)\nprint('begun')\n"
        "while waiting:\n    time.sleep(0.01)\n'over'\n"
    )
    terminal = open_terminal(script)
    terminal.press("\n", until=("\nbegun\r\n",))
    shown = terminal.type("\x03")
    assert "Traceback" not in shown and "KeyboardInterrupt" not in shown
    stopped, unfinished, going_on, *rest = shown.split("\n")[1:]
    assert re.fullmatch(r"Stopped in line [456]: (print\('begun'\)|while waiting:|time.sleep\(0.01\))", stopped)
    assert unfinished == "Step 1 is unfinished: what it did up to this line stays done."
    assert going_on == "Enter runs it again from its beginning; :reset first undoes what it did."
    assert rest == ["", "[1/1] wait", ">>> "]
    terminal.type("waiting = False\n")
    assert "'over'\n" in terminal.type("\n")


def test_chinese_prose_comes_with_chinese_words_of_the_stepper(
    script: Path, open_terminal: Callable[..., Terminal]
) -> None:
    terminal = open_terminal(script, "--lang", "zh")
    assert terminal.welcome.startswith("按回车键运行 twice.py 的下一步")
    assert "[1/3] 两倍" in terminal.welcome
    assert "先有 a，再算两倍。" in terminal.type("\n")


# --- through a pipe, and straight through ---


def test_each_piped_line_is_obeyed_and_the_rest_of_the_script_runs_at_the_end(script: Path) -> None:
    done = demos(script, piped="\n\na = 21\na + 1\n")
    assert done.stdout.endswith("│ a = 2\n22\n\n[3/3] def twice(n):\n│ def twice(n):\n│     return 2 * int(n)\n│\n│\n"
                                "│ b = twice(a)\n│ b\n42\n")  # fmt: skip
    assert (done.returncode, done.stderr) == (0, "")


def test_an_empty_pipe_runs_the_script_as_run_does(script: Path) -> None:
    piped, run = demos(script), demos(script, "--run")
    assert piped.stdout == run.stdout
    assert piped.returncode == run.returncode == 0
    assert run.stdout.endswith("│ b\n4\n")


def test_a_piped_block_ends_with_the_pipe_and_an_error_in_a_line_does_not_stop_the_rest(script: Path) -> None:
    done = demos(script, piped="1 / 0\nfor i in (7, 8):\n    print(i * 11)\n")
    assert "ZeroDivisionError" in done.stderr
    assert done.stdout.startswith("77\n88\n\n[1/3] Twice\n") and done.stdout.endswith("│ b\n4\n")


def test_a_pipe_that_ends_inside_a_bracket_is_an_error(script: Path) -> None:
    done = demos(script, piped="print(\n")
    assert done.returncode == 1
    assert done.stderr.startswith("the input ended in the middle of a statement")
    assert done.stdout == ""


def test_run_stops_at_a_cell_that_fails_with_its_traceback_and_status_1(tmp_path: Path) -> None:
    script = tmp_path / "fails.py"
    script.write_text("# %% one\nprint('before')\n\n# %% two\nx = {}\nx['y']\n\n# %% three\nprint('after')\n")
    done = demos(script, "--run")
    assert done.returncode == 1
    assert "before\n" in done.stdout and "after" not in done.stdout
    lines = done.stderr.splitlines()
    assert lines[:3] == ["Traceback (most recent call last):", f'  File "{script}", line 6, in <module>', "    x['y']"]
    assert lines[-1] == "KeyError: 'y'"
    assert done.stderr.count('  File "') == 1


def test_a_syntax_error_in_a_cell_names_the_real_line(tmp_path: Path) -> None:
    script = tmp_path / "typo.py"
    script.write_text("# %% one\nx = 1\n\n# %% two\nprint(x)\nx = = 2\n")
    done = demos(script, "--run")
    assert done.returncode == 1
    assert done.stderr.startswith(f'  File "{script}", line 6\n    x = = 2\n')
    assert "│ print(x)\n│ x = = 2\n" in done.stdout and "\n1\n" not in done.stdout


# --- in a REPL of one's own ---


def test_step_runs_one_cell_at_each_call_in_the_given_namespace(
    script: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    namespace: dict[str, Any] = {}
    step = step_through(script, namespace)
    step()
    assert capsys.readouterr().out == "\n[1/3] Twice\nFirst a, then its double.\n"
    step()
    assert namespace["a"] == 2
    namespace["a"] = 50
    step()
    assert namespace["b"] == 100
    assert capsys.readouterr().out.endswith("│ b\n100\n")
    step()
    assert capsys.readouterr().out.startswith("\nThat was the last step.")


def test_step_raises_a_cells_error_and_the_cell_stays_the_next_one(script: Path) -> None:
    namespace: dict[str, Any] = {}
    step = step_through(script, namespace)
    step()
    step()
    namespace["a"] = "none"
    with pytest.raises(ValueError, match="invalid literal") as caught:
        step()
    files = [Path(frame.filename).name for frame in traceback.extract_tb(caught.value.__traceback__)]
    assert files == ["test_stepper.py", "stepper.py", "twice.py", "twice.py"]
    namespace["a"] = "3"
    step()
    assert namespace["b"] == 6


def test_the_namespace_knows_the_scripts_name_and_file_unless_it_has_its_own(script: Path) -> None:
    empty: dict[str, Any] = {}
    own = {"__name__": "notebook", "__file__": "notebook.py"}
    step_through(script, empty)
    step_through(script, own)
    assert empty == {"__name__": "__main__", "__file__": str(script)}
    assert own == {"__name__": "notebook", "__file__": "notebook.py"}


def test_a_demo_is_found_by_its_name() -> None:
    assert find_script("odd_even") == known_scripts()["odd_even"] == ROOT / "demos" / "09_odd_even.py"


def test_a_demo_is_found_by_its_number() -> None:
    assert find_script("9") == find_script("09") == ROOT / "demos" / "09_odd_even.py"
    assert find_script("12") == ROOT / "demos" / "12_microscope.py"
    with pytest.raises(ValueError, match="no demo '99'"):
        find_script("99")


@pytest.mark.parametrize(
    ("arguments", "error", "message"),
    [
        (("no_such_demo", {}), ValueError, "known are .*odd_even.*give the path"),
        ((3, {}), TypeError, "demo's name or by its path, but got 3"),
        (("odd_even", None), TypeError, r"such as globals\(\), but got None"),
        (("odd_even", {}, "fr"), ValueError, r"09_odd_even\.py is written in en, zh, but got lang='fr'"),
    ],
)
def test_a_wrong_argument_is_explained(arguments: tuple[Any, ...], error: type[Exception], message: str) -> None:
    with pytest.raises(error, match=message):
        step_through(*arguments)


# --- cells ---


def write(folder: Path, text: str) -> Path:
    path = folder / "cells.py"
    path.write_text(text, encoding="utf-8")
    return path


def test_a_translation_takes_the_place_of_the_prose_before_it(script: Path) -> None:
    assert [cell.title for cell in read_cells(script)] == ["Twice", "the number", "def twice(n):"]
    assert [cell.title for cell in read_cells(script, "zh")] == ["两倍", "the number", "def twice(n):"]


def test_prose_without_a_translation_stays_as_written(tmp_path: Path) -> None:
    path = write(tmp_path, '# %% [markdown]\n# one\n# %% [markdown]\n# two\n# %% [md] lang="zh"\n# 二\n')
    assert [cell.text for cell in read_cells(path, "zh")] == ["one", "二"]


def test_a_title_may_have_brackets_and_a_prose_cell_may_have_a_title(tmp_path: Path) -> None:
    path = write(tmp_path, "# %% w = [1, 2]\nw = [1, 2]\n# %% Why [markdown]\n# because\n")
    assert [(cell.title, cell.is_prose) for cell in read_cells(path)] == [("w = [1, 2]", False), ("Why", True)]


def test_a_title_has_its_translation_beside_it(tmp_path: Path) -> None:
    path = write(tmp_path, '# %% the loss | zh: 损失 | fr: la perte\nL = 1\n# %% L = "a" | b\nL = 2\n')
    assert [[cell.title for cell in read_cells(path, lang)] for lang in ("en", "zh", "fr", "de")] == [
        ["the loss", 'L = "a" | b'],
        ["损失", 'L = "a" | b'],
        ["la perte", 'L = "a" | b'],
        ["the loss", 'L = "a" | b'],
    ]
    assert [cell.text for cell in read_cells(path, "zh")] == ["L = 1", "L = 2"]
    step_through(path, {}, "fr")
    with pytest.raises(ValueError, match="is written in en, fr, zh, but got lang='de'"):
        step_through(path, {}, "de")


def test_translations_that_are_options_survive_jupytext_which_keeps_them_as_metadata(tmp_path: Path) -> None:
    jupytext = pytest.importorskip("jupytext")
    path = write(
        tmp_path,
        '# %% the loss zh="损失 \\"L\\""\nL = 1\n\n# %% [markdown]\n# why\n\n# %% [markdown] lang="zh"\n# 说明\n',
    )
    notebook = jupytext.read(path, fmt="py:percent")
    assert notebook.cells[0].metadata == {"title": "the loss", "zh": '损失 "L"'}
    jupytext.write(notebook, path, fmt="py:percent")
    assert [cell.title for cell in read_cells(path, "zh")] == ['损失 "L"', "说明"]


def test_code_before_the_first_marker_is_a_cell_and_comments_there_are_not(tmp_path: Path) -> None:
    assert [cell.text for cell in read_cells(write(tmp_path, "# a licence\nx = 1\n# %%\ny = 2\n"))] == [
        "# a licence\nx = 1",
        "y = 2",
    ]
    assert [cell.text for cell in read_cells(write(tmp_path, "# a licence\n\n# %%\ny = 2\n"))] == ["y = 2"]


def test_code_in_a_prose_cell_is_an_error_that_names_the_line(tmp_path: Path) -> None:
    path = write(tmp_path, "# %% [markdown]\n# prose\nx = 1\n")
    with pytest.raises(ValueError, match=r"cells\.py, line 3: .*comment lines alone, but got 'x = 1'"):
        read_cells(path)


def test_a_script_without_cells_is_an_error_that_shows_how_to_begin_one(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="has no cells: begin each with a line such as '# %% a title'"):
        read_cells(write(tmp_path, "x = 1\n"))


def test_only_an_expression_at_the_end_of_a_cell_is_shown_and_none_is_not(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    step = step_through(write(tmp_path, "# %% one\n1 + 1\n3 + 3\n# %% two\nNone\n"), {})
    step()
    step()
    assert capsys.readouterr().out == "\n[1/2] one\n│ 1 + 1\n│ 3 + 3\n6\n\n[2/2] two\n│ None\n"


def test_a_future_import_holds_for_the_cells_after_it_and_not_before(tmp_path: Path) -> None:
    function = "def {}(x: int): pass\n"
    script = f"# %%\n{function.format('f')}# %%\nfrom __future__ import annotations\n# %%\n{function.format('g')}"
    namespace: dict[str, Any] = {}
    step = step_through(write(tmp_path, script), namespace)
    for _ in range(3):
        step()
    assert namespace["f"].__annotations__ == {"x": int}
    assert namespace["g"].__annotations__ == {"x": "int"}


def test_a_misspelt_attribute_gets_the_one_that_was_meant(script: Path) -> None:
    found = demos(script, piped="from autograd import Value\nv = Value(2.0)\nv.garde\nv.lable\nv._hidden\n")
    assert "garde; did you mean 'grad'?" in found.stderr
    assert "lable; did you mean 'label'?" in found.stderr
    assert found.stderr.count("did you mean") == 2
