"""The stepper's commands: typed at a pseudo-terminal in both languages, and called from Python."""

from __future__ import annotations

import re
import signal
import subprocess
import sys
import time
import types
import webbrowser
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from test_stepper import Terminal, demos, environment, open_terminal  # noqa: F401  # a fixture

from autograd import Value, explain
from autograd.hints import COMMANDS, LEAVE, TOOLS, help_text
from autograd.stepper import Stepper, step_through
from autograd.view.terminal import USUAL, width

SCRIPT = """\
# %% [markdown]
# # Twice
#
# First w, then its double.

# %% [markdown] lang="zh"
# # 两倍
#
# 先有 w，再算两倍。

# %% a weight | zh: 一个权重
from autograd import Value

w = Value(0.5, "w")
print("made")

# %% its double | zh: 它的两倍
double = 2 * w
double.data

# %% its slope | zh: 它的斜率
double.backward()
slope = w.grad
w.data += 1
slope
"""
BOTH = pytest.mark.parametrize("lang", ["en", "zh"])
TITLES = {
    "en": ["Twice", "a weight", "its double", "its slope"],
    "zh": ["两倍", "一个权重", "它的两倍", "它的斜率"],
}
AT = {
    lang: [f"\n[{n}/4] {title}\n>>> " for n, title in enumerate(titles, 1)]  # what is shown before a step is run
    for lang, titles in TITLES.items()
}
RAN = {"en": "Running steps 1 to {}, quietly.\n", "zh": "运行第 1 至 {} 步，不显示输出。\n"}
ENDED = {"en": "That was the last step.", "zh": "演示到此结束。"}


@pytest.fixture
def script(tmp_path: Path) -> Path:
    path = tmp_path / "twice.py"
    path.write_text(SCRIPT, encoding="utf-8")
    return path


@pytest.fixture
def terminal(script: Path, lang: str, open_terminal: Callable[..., Terminal]) -> Terminal:  # noqa: F811
    return open_terminal(script, "--lang", lang)


def after(terminal: Terminal, typed: str) -> str:
    """Type a line and return what appears after its echo."""
    return terminal.type(f"{typed}\n").removeprefix(f"{typed}\n")


def run_steps(terminal: Terminal, number: int) -> str:
    return [after(terminal, "") for _ in range(number)][-1]


# --- at the prompt ---


@BOTH
def test_back_makes_the_step_before_the_next_one_and_its_variables_what_they_were(
    terminal: Terminal, lang: str
) -> None:
    run_steps(terminal, 4)
    assert after(terminal, "w.data, slope") == "(1.5, 2.0)\n>>> "
    assert after(terminal, ":back") == RAN[lang].format(3) + AT[lang][3]
    assert after(terminal, "w.data, w.grad") == "(0.5, 0.0)\n>>> "
    assert "NameError" in after(terminal, "slope")
    assert "│ slope\n2.0\n" in after(terminal, "")


@BOTH
def test_back_at_the_first_step_says_that_there_is_none_before(terminal: Terminal, lang: str) -> None:
    said = {"en": "There is no step before this one.", "zh": "前面没有步骤了。"}[lang]
    assert after(terminal, ":back") == f"{said}\n" + AT[lang][0]


@BOTH
def test_again_runs_the_last_step_with_what_the_user_changed(terminal: Terminal, lang: str) -> None:
    run_steps(terminal, 3)
    after(terminal, "w.data = 4")
    said = after(terminal, ":again")
    assert said.startswith(AT[lang][2].removesuffix(">>> ")) and said.endswith(AT[lang][3])
    assert "│ double.data\n8.0\n" in said


@BOTH
def test_go_makes_a_step_the_next_one_whether_it_ran_or_not(terminal: Terminal, lang: str) -> None:
    assert after(terminal, ":go 4") == RAN[lang].format(3) + AT[lang][3]
    assert after(terminal, "double.data") == "1.0\n>>> "
    assert after(terminal, ":go 2") == AT[lang][1]
    assert "NameError" in after(terminal, "double")
    assert "made" in after(terminal, "")


@BOTH
def test_steps_lists_all_titles_with_a_mark_at_the_next_one(terminal: Terminal, lang: str) -> None:
    run_steps(terminal, 2)
    one, two, three, four = TITLES[lang]
    assert after(terminal, ":steps") == f"  1  {one}\n  2  {two}\n> 3  {three}\n  4  {four}\n>>> "


@BOTH
def test_reset_undoes_what_the_user_changed_and_stays_at_the_step(terminal: Terminal, lang: str) -> None:
    run_steps(terminal, 3)
    for typed in ("w = 'broken'", "Value = None", "print = 3", "mine = [1]"):
        after(terminal, typed)
    assert after(terminal, ":reset") == RAN[lang].format(3) + AT[lang][3]
    assert after(terminal, "(w.data, Value.__name__, print.__name__, mine)") == "(0.5, 'Value', 'print', [1])\n>>> "


@BOTH
def test_help_lists_the_commands_and_what_is_at_hand(terminal: Terminal, lang: str) -> None:
    said = after(terminal, ":help")
    assert said == f"{help_text(lang, True, 80)}\n>>> "
    assert all(width(line) <= 80 for line in said.split("\n"))
    for shown in (*(f"  :{name}" for name in COMMANDS), ":go 7", "Ctrl-C", f"  {LEAVE}", *TOOLS):
        assert shown in said


@BOTH
def test_a_command_that_is_unknown_or_incomplete_says_what_to_type(terminal: Terminal, lang: str) -> None:
    said = {
        ":bakc": {
            "en": ":bakc is not a command; did you mean :back? :help lists them all",
            "zh": "没有命令 :bakc；是不是想输入 :back？用 :help 查看所有命令",
        },
        ":qqqq": {
            "en": ":qqqq is not a command; :help lists them all",
            "zh": "没有命令 :qqqq；用 :help 查看所有命令",
        },
        ":back 2": {
            "en": ":back stands alone, but '2' follows it; :go 7 goes to a step",
            "zh": ":back 后面不能再写 '2'；转到第 7 步用 :go 7",
        },
        **dict.fromkeys(
            (":go", ":go 5", ":go 0", ":go two", ":go -1"),
            {
                "en": ":go takes the number of a step, from 1 to 4, as in :go 7; :steps lists them",
                "zh": ":go 后面要写步骤的编号，从 1 到 4，如 :go 7；用 :steps 查看步骤",
            },
        ),
    }
    for typed, answer in said.items():
        assert after(terminal, typed) == f"{answer[lang]}\n>>> "
    assert AT[lang][1] in after(terminal, "")


@BOTH
def test_a_command_may_be_in_capitals_and_have_the_colon_of_a_chinese_keyboard(terminal: Terminal, lang: str) -> None:
    for typed in ("：go 2", " : GO ２", ":Go  2", "：go２"):
        assert after(terminal, typed) == AT[lang][1]
        run_steps(terminal, 1)


@BOTH
def test_a_colon_inside_a_statement_of_several_lines_is_python(terminal: Terminal, lang: str) -> None:
    assert after(terminal, "'abc'[").endswith("... ")
    assert after(terminal, ":2]") == "'ab'\n>>> "


@BOTH
def test_a_step_that_fails_since_a_number_took_the_place_of_a_value_says_so(
    lang: str,
    open_terminal: Callable[..., Terminal],  # noqa: F811
) -> None:
    terminal = open_terminal("odd_even", "--lang", lang)
    after(terminal, ":go 7")
    after(terminal, "w1 = 0.7")
    failed = run_steps(terminal, 4)
    assert "\nKeyError: 0.7\n" in failed
    assert {
        "en": "\nw1 is a float now; :reset brings the Value back, then use w1.data = 0.7\n",
        "zh": "\nw1 现在是 float；先用 :reset 恢复原来的 Value，再用 w1.data = 0.7 修改\n",
    }[lang] in failed
    after(terminal, "w1 = autograd.Value(0.5, 'w1')")
    other = {
        "en": "w1 is another Value now; :reset brings the old one back",
        "zh": "w1 现在是另一个 Value；先用 :reset 恢复",
    }
    assert other[lang] in after(terminal, "")
    after(terminal, ":reset")
    assert "dz1/dw1 = 3 " in after(terminal, "")


@BOTH
def test_ctrl_c_says_what_is_unfinished_and_reset_undoes_it(
    lang: str,
    tmp_path: Path,
    open_terminal: Callable[..., Terminal],  # noqa: F811
) -> None:
    path = tmp_path / "slow.py"
    path.write_text("# %% wait\nimport time\ncount = 0\nwhile True:\n    count += 1\n    time.sleep(0.01)\n")
    if lang == "zh":
        path.write_text(
            path.read_text() + '# %% [markdown]\n# end\n# %% [markdown] lang="zh"\n# 完\n', encoding="utf-8"
        )
    terminal = open_terminal(path, "--lang", lang)
    terminal.press("\n", until=("time.sleep(0.01)\r\n",))
    time.sleep(0.1)
    said = terminal.interrupt()
    assert "Traceback" not in said
    for shown in {
        "en": (
            "Stopped in line ",
            "Step 1 is unfinished",
            "Enter runs it again from its beginning; :reset first undoes",
        ),
        "zh": ("停在第 ", "第 1 步没有运行完", "按回车键从头运行这一步；要先撤销它的改动，用 :reset。"),
    }[lang]:
        assert f"\n{shown}" in said
    assert "True" in after(terminal, "count > 0")
    after(terminal, ":reset")
    assert "NameError" in after(terminal, "count")


@BOTH
def test_ctrl_c_while_steps_run_again_leaves_the_step_that_was_stopped_the_next_one(
    lang: str,
    tmp_path: Path,
    open_terminal: Callable[..., Terminal],  # noqa: F811
) -> None:
    path = tmp_path / "slow.py"
    path.write_text(
        "# %% quick\nimport time\n# %% slow | zh: 慢\ntime.sleep(wait)\n# %% last | zh: 末\n1\n", encoding="utf-8"
    )
    terminal = open_terminal(path, "--lang", lang)
    after(terminal, "wait = 30")
    terminal.press(":go 3\n", until=(RAN[lang].format(2).replace("\n", "\r\n"),))
    time.sleep(0.2)
    said = terminal.interrupt()
    assert {"en": "Step 2 is unfinished", "zh": "第 2 步没有运行完"}[lang] in said
    assert said.endswith({"en": "\n[2/3] slow\n>>> ", "zh": "\n[2/3] 慢\n>>> "}[lang])
    after(terminal, "wait = 0")
    assert after(terminal, "").endswith({"en": "\n[3/3] last\n>>> ", "zh": "\n[3/3] 末\n>>> "}[lang])


def test_a_run_that_is_stopped_ends_with_the_status_that_shells_have_for_it(tmp_path: Path) -> None:
    path = tmp_path / "slow.py"
    path.write_text("# %% wait\nimport time\nprint('begun', flush=True)\ntime.sleep(30)\n")
    program = "import signal; signal.signal(signal.SIGINT, signal.default_int_handler)\n"  # a background job ignores it
    program += f"import sys; from autograd.__main__ import main; sys.exit(main(['demos', {str(path)!r}, '--run']))"
    running = subprocess.Popen(
        [sys.executable, "-c", program], env=environment(), stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    )
    assert running.stdout
    while running.stdout.readline() != "begun\n":
        pass
    running.send_signal(signal.SIGINT)
    _, said = running.communicate(timeout=30)
    assert running.returncode == 130
    assert re.fullmatch(r"\nStopped in line [34]: .*\n", said)


@BOTH
def test_every_demo_has_the_ways_to_look_at_hand(
    lang: str,
    open_terminal: Callable[..., Terminal],  # noqa: F811
) -> None:
    terminal = open_terminal("forward", "--lang", lang)
    after(terminal, "from autograd import Value; q = Value(3.0, 'q'); r = (q * q).named('r'); r.backward()")
    assert {"en": "Local derivatives", "zh": "局部导数"}[lang] in after(terminal, "explain(r)")
    assert "q" in after(terminal, "why(r, q)")
    assert "Graph of" in after(terminal, "draw(r)")
    assert "<function play" in after(terminal, "play") and "<function diagnose" in after(terminal, "diagnose")
    after(terminal, "why = 'mine'")
    assert after(terminal, "why") == "'mine'\n>>> "
    after(terminal, ":reset")
    assert "<function why" in after(terminal, "why")


@BOTH
def test_the_end_names_the_next_demo_as_this_one_was_started(
    lang: str,
    open_terminal: Callable[..., Terminal],  # noqa: F811
) -> None:
    terminal = open_terminal("forward", "--lang", lang)
    after(terminal, f":go {len(Stepper('forward', {}, lang).cells)}")
    said = after(terminal, "")
    leaves = {"en": "still here to try. Ctrl-D leaves.", "zh": "可以继续尝试。按 Ctrl-D 退出。"}[lang]
    assert leaves in said
    following = {"en": "Next: ", "zh": "下一个演示："}[lang]
    assert f"\n{following}{sys.executable} -m demos chain_rule --lang {lang}\n" in said


@pytest.mark.parametrize("lang", ["en", "zh"])
def test_a_command_to_be_copied_stays_on_one_line_of_a_narrow_terminal(
    lang: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("COLUMNS", "40")
    start = "/a/very/long/path/to/an/environment/bin/python -m autograd demos chain_rule --run"
    stepper = Stepper("forward", {}, lang, lambda name: start)
    stepper.position = len(stepper.cells)
    stepper.announce()
    assert capsys.readouterr().out.endswith(f"{start}\n")


def test_commands_work_through_a_pipe_and_a_wrong_one_is_a_failure(script: Path) -> None:
    done = demos(script, piped="\n:go 4\nw.data\n:again\n")
    assert (done.returncode, done.stderr) == (0, "")
    assert "\n0.5\n" in done.stdout
    done = demos(script, piped=":bakc\n")
    assert done.returncode == 1 and "did you mean :back?" in done.stderr


# --- from Python ---


def test_step_through_returns_a_function_that_has_the_commands(
    script: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    namespace: dict[str, Any] = {}
    step = step_through(script, namespace)
    assert repr(step) == "<twice, 0 of 4 steps done: step.help() lists what can be done>"
    for _ in range(4):
        step()
    capsys.readouterr()
    step.back()
    assert capsys.readouterr().out == "Running steps 1 to 3, quietly.\n\n[4/4] its slope\n"
    step()
    assert namespace["w"].data == 1.5
    step.go(3)
    assert "double" not in namespace and namespace["w"].data == 0.5
    namespace["w"].data = 4
    step()
    step.again()
    assert capsys.readouterr().out.endswith("│ double.data\n8.0\n")
    step.reset()
    assert namespace["double"].data == 1.0
    step.steps()
    step.help()
    shown = capsys.readouterr().out
    assert "> 4  its slope\n" in shown and shown.endswith(help_text("en", False, USUAL) + "\n")
    assert "  step.go(7)     goes to step 7\n" in shown and not set(TOOLS) & set(re.findall(r"\w+", shown))
    assert not set(TOOLS) & set(namespace)


def test_going_back_keeps_the_dictionary_and_the_users_names_and_what_they_had_before(script: Path) -> None:
    namespace: dict[str, Any] = {"w": "before", "id": 7, "mine": 1}
    identity = namespace
    step = step_through(script, namespace)
    for _ in range(3):
        step()
    namespace.update(mine=2, other=3, sum=0, id=8, step=step)
    step.go(1)
    assert step.namespace is identity
    expected = {"w": "before", "id": 7, "mine": 2, "other": 3, "step": step}
    assert {name: value for name, value in namespace.items() if name[:2] != "__"} == expected


@pytest.mark.parametrize("wrong", [0, 5, -1, 2.0, "2"])
def test_a_step_that_does_not_exist_is_an_error_that_changes_nothing(script: Path, wrong: Any) -> None:
    step = step_through(script, {})
    step()
    with pytest.raises(ValueError, match=f"numbered from 1 to 4, but got {wrong!r}"):
        step.go(wrong)
    assert step.position == 1


def test_nothing_is_shown_while_steps_run_again(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    opened: list[str] = []
    pyplot = types.ModuleType("matplotlib.pyplot")
    setattr(pyplot, "show", lambda: opened.append("window"))
    monkeypatch.setitem(sys.modules, "matplotlib.pyplot", pyplot)
    monkeypatch.setattr(webbrowser, "open", lambda url: opened.append(url))
    path = tmp_path / "loud.py"
    path.write_text(
        "# %% loud\nimport sys, webbrowser\nprint('out')\nprint('err', file=sys.stderr)\nwebbrowser.open('page')\n"
        "sys.modules['matplotlib.pyplot'].show()\n'value'\n# %% next\n1\n"
    )
    step = step_through(path, {})
    step()
    assert opened == ["page", "window"]
    capsys.readouterr()
    step.reset()
    assert capsys.readouterr() == ("Running steps 1 to 1, quietly.\n\n[2/2] next\n", "")
    assert opened == ["page", "window"]
    webbrowser.open("afterwards")
    assert opened[-1] == "afterwards"


def test_going_back_says_how_long_it_takes_if_that_is_long(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    clock = [0.0]
    monkeypatch.setattr(time, "perf_counter", lambda: clock[0])
    path = tmp_path / "slow.py"
    path.write_text("# %% slow\nclock[0] += 40\n# %% next\n1\n")
    step = step_through(path, {"clock": clock})
    step()
    step.reset()
    assert "\nRunning steps 1 to 1, quietly. About 40 s; Ctrl-C stops it.\n" in capsys.readouterr().out


def test_a_step_that_fails_when_it_runs_again_is_the_next_one(script: Path, tmp_path: Path) -> None:
    path = tmp_path / "once.py"
    path.write_text("# %% one\na = 1\n# %% two\nif once: once.clear()\nelse: raise OSError('gone')\n# %% three\n3\n")
    step = step_through(path, {"once": [True]})
    step()
    step()
    with pytest.raises(OSError, match="gone"):
        step.reset()
    assert step.position == 1 and step.unfinished
    step.namespace["once"].append(True)
    step.again()
    assert step.position == 2


def test_a_future_import_is_forgotten_when_its_step_is_undone(tmp_path: Path) -> None:
    path = tmp_path / "future.py"
    path.write_text("# %% one\ndef f(x: int): pass\n# %% two\nfrom __future__ import annotations\n# %% three\n1\n")
    step = step_through(path, {})
    for _ in range(3):
        step()
    step.go(1)
    step()
    assert step.namespace["f"].__annotations__ == {"x": int}


def test_what_replaced_a_value_is_named_only_if_the_user_did_it_and_a_step_fails(tmp_path: Path) -> None:
    path = tmp_path / "s.py"
    path.write_text(
        "# %% one\nfrom autograd import Value\na, b, c = Value(1.0), Value(2.0), Value(3.0)\n"
        "# %% two\nb = 5.0\n# %% three\nif broken: a.backward()\n"
    )
    step = step_through(path, {"broken": True})
    step()
    step()
    step.namespace.update(a="text", mine=Value(1.0))
    with pytest.raises(AttributeError) as caught:
        step()
    assert caught.value.__notes__ == ["a is a str now; step.reset() brings the Value back, then use a.data = ..."]
    step.namespace["a"] = 3
    with pytest.raises(AttributeError, match="'int'") as caught:
        step()
    assert caught.value.__notes__ == ["a is an int now; step.reset() brings the Value back, then use a.data = 3"]
    step.reset()
    step()


def test_an_interrupted_call_says_how_to_go_on(tmp_path: Path) -> None:
    path = tmp_path / "s.py"
    path.write_text("# %% one\ndone = True\nraise KeyboardInterrupt\n")
    step = step_through(path, {})
    with pytest.raises(KeyboardInterrupt) as caught:
        step()
    assert caught.value.__notes__ == [
        "Stopped in line 3: raise KeyboardInterrupt\n"
        "Step 1 is unfinished: what it did up to this line stays done.\n"
        "step() runs it again from its beginning; step.reset() first undoes what it did."
    ]


def test_the_end_says_how_to_step_through_the_next_demo(capsys: pytest.CaptureFixture[str]) -> None:
    for lang, shown in (
        ("en", 'Next: step = step_through("chain_rule", globals())\n'),
        ("zh", '下一个演示：step = step_through("chain_rule", globals(), lang="zh")\n'),
    ):
        step = step_through("forward", {}, lang)
        step.position = len(step.cells)
        step()
        said = capsys.readouterr().out
        assert said.endswith(shown) and "Ctrl-D" not in said


def test_the_ways_to_look_at_hand_hide_no_name_of_the_user(script: Path) -> None:
    stepper = Stepper(script, {"why": "mine"}, command=str)
    assert stepper.namespace["why"] == "mine" and stepper.namespace["explain"] is explain
