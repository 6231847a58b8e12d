"""List the demos, or step through one: `python -m demos odd_even`."""

from __future__ import annotations

import argparse
import io
import os
import sys
from collections.abc import Sequence
from pathlib import Path

from autograd.cells import known_scripts, read_cells
from autograd.core import FASTER, is_pure_wanted, native
from autograd.language import say, speaking
from autograd.stepper import Console, Stepper
from demos._notebook import write_notebook

USAGE = """
python -m demos NAME                      step through a demo, by its name or number:
                                          Enter runs the next step, anything else is Python
python -m demos NAME --run                run it straight through
python -m demos NAME --notebook X.ipynb   write it as a Jupyter notebook
--lang zh                                 all of it in Chinese (中文)

Start with: python -m demos forward\
"""
USAGE_ZH = """
python -m demos 名称 --lang zh            一步一步地看演示（写名称或编号都行）：
                                          按回车键运行下一步，输入其他内容则作为 Python 执行
python -m demos 名称 --lang zh --run      从头到尾直接运行
python -m demos 名称 --lang zh --notebook X.ipynb
                                          写成 Jupyter 笔记本
不加 --lang zh                            全部用英文（English）

从这里开始：python -m demos forward --lang zh\
"""


def main(arguments: Sequence[str] | None = None) -> int:
    """Do what the command line asks; return the exit status."""
    if isinstance(sys.stdout, io.TextIOWrapper):
        sys.stdout.reconfigure(errors="replace")  # where a terminal lacks a character, "?" is better than a traceback
    parser = argparse.ArgumentParser(prog="python -m demos", description="Demos to step through, in a REPL.")
    parser.add_argument("demo", nargs="?", help="a demo's name or number, or the path of a script with '# %%%%' cells")
    parser.add_argument("--run", action="store_true", help="run straight through; exit status 1 if a step fails")
    parser.add_argument("--notebook", type=Path, metavar="X.ipynb", help="write the demo as a Jupyter notebook")
    parser.add_argument("--lang", choices=["en", "zh"], default="en", help="the language of the text")
    given = parser.parse_args(arguments)
    if given.demo is None:
        with speaking(given.lang):
            list_demos(given.lang)
        return 0
    try:
        console = Console(Stepper(given.demo, {}, given.lang))
        if given.notebook:
            print(write_notebook(console.stepper, given.notebook))
            return 0
    except (OSError, ValueError) as error:
        parser.error(str(error))
    if not native and not is_pure_wanted():
        print(FASTER[given.lang], file=sys.stderr)
    if given.run:
        return console.run_rest()
    if not sys.stdin.isatty():
        return console.obey(sys.stdin)
    console.converse()
    return 0


def list_demos(lang: str) -> None:
    """Print each demo's number, if its file has one, its name and title, and how to run it."""
    scripts = known_scripts()
    width = max(map(len, scripts), default=0)
    for name, path in scripts.items():
        number = path.stem.removesuffix(name).removesuffix("_")
        print(f"{number:2}  {name:{width}}  {read_cells(path, lang)[0].title}")
    print(say(USAGE, USAGE_ZH))


if __name__ == "__main__":
    try:
        sys.exit(main())
    except BrokenPipeError:  # whoever read the output has had enough, as `head` has
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
