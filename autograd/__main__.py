"""The command line: `python -m autograd demos odd_even`, and `python -m autograd --help` for the rest.

It speaks the language of the locale unless `--lang` asks for another one. A command is one function, which is given
how it was started and its arguments, and returns the exit status; `COMMANDS` lists them.
"""

from __future__ import annotations

import argparse
import io
import os
import platform
import shlex
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from . import __version__
from .cells import known_scripts, read_cells
from .console import Console
from .core import FASTER, is_pure_wanted, native
from .hints import help_text
from .language import LANGUAGES, Language, chosen, from_locale, say, speaking
from .learn.examine import examine
from .notebook import write_notebook
from .spelling import spell_on, unreadable
from .stepper import Stepper
from .view.terminal import columns, for_stdout, table

__all__ = ["COMMANDS", "main"]


def demos(program: str, arguments: Sequence[str]) -> int:
    """List the demos, step through one, run it, or write it as a notebook."""
    lang = chosen(None)
    parser, options = _parser(
        program,
        say(
            "Step through a demo: Enter runs the next step, anything else is Python.\nWithout a name: list the demos.",
            "单步运行演示：按回车键运行下一步，输入其他内容则作为 Python 执行。\n不写名称则列出所有演示。",
        ),
        say("at the prompt:\n", "在提示符下：\n") + help_text(lang, True, columns()),
    )
    a_demo = say("a demo's name or number, or a script with '# %%' cells", "演示的名称或编号，或含 '# %%' 单元的脚本")
    options.add_argument("demo", nargs="?", metavar="NAME", help=a_demo.replace("%", "%%"))
    straight = say("run it straight through; exit status 1 if a step fails", "从头到尾直接运行；出错时退出状态为 1")
    options.add_argument("--run", action="store_true", help=straight)
    notebook = say("write it as a Jupyter notebook", "写成 Jupyter 笔记本")
    options.add_argument("--notebook", type=Path, metavar="X.ipynb", help=notebook)
    given = parser.parse_args(arguments)
    if given.demo is None:
        if given.run or given.notebook:
            option = "--notebook" if given.notebook else "--run"
            parser.error(
                say(f"{option} needs a demo, but got none: give its NAME, as {program} lists it",
                    f"{option} 需要一个演示，但没有写：加上它的名称 NAME；{program} 列出所有名称")
            )  # fmt: skip
        _list_demos(program, lang)
        return 0
    language = f" --lang {given.lang}" if given.lang else ""

    def command(name: str) -> str:
        if given.notebook:  # which may be handed to others
            return f"python -m autograd demos {name} --notebook {name}.ipynb{language}"
        return f"{program} {name}{' --run' if given.run else ''}{language}"

    try:
        written = _language(arguments) if given.notebook else lang  # a file can hold what the terminal cannot
        stepper = Stepper(given.demo, {}, written, command)
        if given.notebook:
            print(write_notebook(stepper, given.notebook))
            return 0
    except (OSError, ValueError) as error:
        parser.error(str(error))
    if not native and not is_pure_wanted():
        print(say(*FASTER), file=sys.stderr)
    console = Console(stepper)
    if given.run:
        return console.run_rest()
    if not sys.stdin.isatty():
        return console.obey(sys.stdin)
    console.converse()
    return 0


def _list_demos(program: str, lang: Language) -> None:
    """Print each demo's number, if its file has one, its name and title, and how to begin."""
    scripts = known_scripts()
    rows = []
    for name, path in scripts.items():
        number = path.stem.removesuffix(name).removesuffix("_")
        rows.append((f"{number:2}  {name}", read_cells(path, lang)[0].title))
    print(for_stdout(lambda columns: "\n".join(table(rows, room=columns))))
    language = "" if lang == from_locale() else f" --lang {lang}"
    first = f"{program} {next(iter(scripts), 'NAME')}{language}"
    chinese = "" if unreadable("zh") else "All in Chinese (中文): --lang zh. "
    print(
        say(
            f"\nStart with: {first}\n{chinese}Everything else: {program} --help",
            f"\n从这里开始：{first}\n全部用英文（English）：--lang en。其他用法：{program} --help{language}",
        )
    )


def grade(program: str, arguments: Sequence[str]) -> int:
    """Examine an engine in a file; the exit status is 0 if it passes."""
    described = say(
        "Examine an engine: a class with data, grad and backward(), as in micrograd.\n"
        "The exit status is 0 if it passes, 1 if it makes a mistake, 2 if it cannot be examined.",
        "检查一个自动微分引擎：带有 data、grad 和 backward() 的类，与 micrograd 相同。\n"
        "通过时退出状态为 0，有错误时为 1，无法检查时为 2。",
    )
    parser, options = _parser(program, described, "")
    engine = say("the file and the class, such as my_engine.py:Value", "文件和类，例如 my_engine.py:Value")
    parser.add_argument("engine", metavar="FILE:CLASS", help=engine)
    seconds = say("the time for all of its programs (20)", "所有小程序的总时间（20）")
    options.add_argument("--seconds", type=float, default=20.0, metavar="S", help=seconds)
    given = parser.parse_args(arguments)
    try:
        result = examine(given.engine, seconds=given.seconds)
    except ValueError as error:
        parser.error(str(error))
    print(result)
    return 0 if result.passed else 1


COMMANDS = {  # by name: what does it, and what that is, in English and in Chinese
    "demos": (demos, "list the demos, step through one, or write it as a notebook", "列出演示，单步运行，或写成笔记本"),
    "grade": (grade, "examine an engine of your own: FILE:CLASS", "检查你自己写的引擎：FILE:CLASS"),
}


def main(arguments: Sequence[str] | None = None, command: str = "") -> int:
    """Do what the command line asks for and return the exit status.

    Args:
        arguments: by default those that Python was given.
        command: the command, for a module of its own such as `python -m demos`; by default the first argument.
    """
    for stream in (sys.stdout, sys.stderr):
        spell_on(stream)
    if isinstance(sys.stdin, io.TextIOWrapper):
        sys.stdin.reconfigure(errors="replace")  # what is typed in another encoding must not end the prompt
    given = sys.argv[1:] if arguments is None else arguments
    program = f"{python()} -m {command or 'autograd'}"
    lang = _language(given)
    if notice := unreadable(lang):
        print(notice, file=sys.stderr)
        lang = "en"
    try:
        with speaking(lang):
            return COMMANDS[command][0](program, given) if command else _dispatch(program, given)
    except BrokenPipeError:  # whoever read the output has had enough, as `head` has
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 0


def _dispatch(program: str, arguments: Sequence[str]) -> int:
    """Do what the first argument names, or what can be asked of the package as a whole."""
    rows = [f"  {name:8} {say(en, zh)}" for name, (_, en, zh) in COMMANDS.items()]
    described = say("Scalar automatic differentiation that shows its work.", "标量自动微分，过程一目了然。")
    parser, options = _parser(program, described, say("commands:\n", "命令：\n") + "\n".join(rows))
    core = say("compiled core", "原生核心") if native else say("pure Python core", "纯 Python 核心")
    version = f"scalar-autograd {__version__}, {core}, Python {platform.python_version()}"
    options.add_argument("--version", action="version", version=version, help=say("show the version", "显示版本"))
    parser.add_argument("command", nargs="?", choices=COMMANDS, help=argparse.SUPPRESS)
    parser.add_argument("rest", nargs=argparse.REMAINDER, help=argparse.SUPPRESS)
    given = parser.parse_args(arguments)
    if given.command is None:
        parser.print_help()
        return 0
    return COMMANDS[given.command][0](f"{program} {given.command}", given.rest)


class _Formatter(argparse.RawDescriptionHelpFormatter):
    def add_usage(self, usage: Any, actions: Any, groups: Any, prefix: str | None = None) -> None:
        super().add_usage(usage, actions, groups, say("usage: ", "用法：") if prefix is None else prefix)


def _parser(program: str, description: str, epilog: str) -> tuple[argparse.ArgumentParser, Any]:
    """A parser whose help is in the language spoken here, and its group of options, with those of every command."""
    parser = argparse.ArgumentParser(program, None, description, epilog, add_help=False, formatter_class=_Formatter)
    options = parser.add_argument_group(say("options", "选项"))
    options.add_argument("-h", "--help", action="help", help=say("show this help", "显示这段帮助"))
    lang = say("the language, else that of the locale (LANG)", "语言；不写则取自系统的区域设置（LANG）")
    options.add_argument("--lang", choices=LANGUAGES, help=lang)
    return parser, options


def _language(arguments: Sequence[str]) -> Language:
    """The language that the arguments ask for, else that of the locale; needed before they are parsed."""
    parser = argparse.ArgumentParser(add_help=False)
    parser.add_argument("--lang", nargs="?")
    lang = parser.parse_known_args(arguments)[0].lang
    return lang if lang in LANGUAGES else from_locale()


def python(windows: bool = os.name == "nt") -> str:
    """Return how to start this Python again: as it was typed, and on Windows, where that is not known, as short."""
    typed = sys.orig_argv[0]
    if not windows:
        return shlex.quote(typed)
    if os.path.dirname(typed) == "":
        return typed
    environment = sys.prefix if sys.prefix != sys.base_prefix else None
    if environment in (None, os.environ.get("VIRTUAL_ENV")):
        return "py"  # it finds the environment that is active
    try:
        path = os.path.relpath(sys.executable)  # such as .venv\\Scripts\\python.exe
    except ValueError:  # another drive
        path = sys.executable
    return f'"{path}"' if " " in path else path.removesuffix(".exe")


if __name__ == "__main__":
    sys.exit(main())
