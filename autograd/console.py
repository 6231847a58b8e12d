"""Python's REPL in the namespace of a script, in which a bare Enter runs the script's next cell."""

from __future__ import annotations

import code
import codeop
import re
import sys
import textwrap
import traceback
from collections.abc import Callable, Iterable
from typing import Any

from .hints import COMMANDS, LEAVE, TOOLS, invocation
from .language import speaking
from .stepper import Stepper
from .text import closest, did_you_mean, printable, shown
from .view.terminal import tell

__all__ = ["Console"]

COMMAND = re.compile(r"[:：]\s*([^\W\d]*)\s*(.*)")  # no line of Python begins with a colon, in Chinese letters neither
STOPPED = 130  # the exit status of what Ctrl-C stopped, as shells have it


class Console(code.InteractiveConsole):
    """The prompt of a stepper. `status` is the exit status so far: 0 if all went well."""

    def __init__(self, stepper: Stepper) -> None:
        super().__init__(stepper.namespace)
        self.stepper = stepper
        self.prompting = False
        self.status = 0

    def converse(self) -> None:
        """Talk with somebody at a terminal until they leave."""
        self.prompting = True
        _use_readline(self.stepper.namespace)
        name = printable(self.stepper.path.name)
        moves = ", ".join(invocation(move, "7" if move == "go" else "") for move in COMMANDS if move != "help")
        tools = ", ".join(TOOLS)
        tell(
            self.stepper.say(
                f"Enter runs the next step of {name}. Anything else is Python: look at any\n"
                f"variable, or change it, and the steps that follow use the change. {LEAVE} leaves.\n"
                f"{moves} move between the steps, and :help says how.\n"
                f"{tools} are at hand.",
                f"按回车键运行 {name} 的下一步。输入其他内容则作为 Python 执行：\n"
                f"可以查看、修改任何变量，后面的步骤会使用修改后的值。按 {LEAVE} 退出。\n"
                f"用 {moves} 在各步之间移动，详见 :help。\n"
                f"可以直接使用 {tools}。",
            )
        )
        self.stepper.announce()
        self.interact(banner="", exitmsg="")

    def obey(self, lines: Iterable[str]) -> int:
        """Take each line as if it were typed, then run the cells that are left; return the exit status."""
        for line in lines:
            self.push(line.rstrip("\n"))
        if self.buffer and self.push(""):  # an empty line ends a block, but not an open bracket
            self.write("the input ended in the middle of a statement, which was not run:\n" + "\n".join(self.buffer))
            return self.status
        return self.run_rest()

    def run_rest(self) -> int:
        """Run every cell that is left, up to one that fails; return the exit status."""
        while not self.stepper.finished:
            if not self._attempt(self.stepper.step):
                return self.status
        if self.stepper.following:
            print()
            self.stepper.announce_following()
        return self.status

    def runsource(self, source: str, filename: str = "<input>", symbol: str = "single") -> bool:
        """Run what was typed; nothing at all means the next cell. Return whether more lines are needed."""
        typed = source.strip()
        if not typed:
            titled = self.prompting and not self.stepper.finished  # below the title of the cell
            self._attempt(self.stepper.run if titled else self.stepper.step, announce=titled)
            return False
        if match := COMMAND.fullmatch(typed):
            self._command(match[1].lower(), match[2])
            return False
        with speaking(self.stepper.speaks):
            pasted = textwrap.dedent(source)  # from prose, where code is indented
            block, _, last = pasted.rpartition("\n")
            if block and _is_next_statement(block, last):  # which ends the block, as in a file
                super().runsource(block + "\n", filename, symbol)
                return super().runsource(last, filename, symbol)
            return super().runsource(pasted, filename, symbol)

    def _command(self, name: str, argument: str) -> None:
        """Do what a command asks for, or say what is wrong with it."""
        say, steps = self.stepper.say, len(self.stepper.cells)
        if name not in COMMANDS:
            meant = closest(f":{name}", [f":{command}" for command in COMMANDS])
            hint = say(f"did you mean {meant}? ", f"是不是想输入 {meant}？") if meant else ""
            self.write(say(f":{printable(name)} is not a command; {hint}:help lists them all\n",
                           f"没有命令 :{printable(name)}；{hint}用 :help 查看所有命令\n"))  # fmt: skip
        elif name == "go" and not (argument.isdecimal() and 1 <= int(argument) <= steps):
            self.write(say(f":go takes the number of a step, from 1 to {steps}, as in :go 7; :steps lists them\n",
                           f":go 后面要写步骤的编号，从 1 到 {steps}，如 :go 7；用 :steps 查看步骤\n"))  # fmt: skip
        elif name != "go" and argument:
            self.write(say(f":{name} stands alone, but {shown(argument)} follows it; :go 7 goes to a step\n",
                           f":{name} 后面不能再写 {shown(argument)}；转到第 7 步用 :go 7\n"))  # fmt: skip
        elif name == "go":
            self._attempt(lambda: self.stepper.go(int(argument)))
        else:
            self._attempt(getattr(self.stepper, name), announce=self.prompting and name == "again")

    def _attempt(self, action: Callable[[], None], announce: bool = False) -> bool:
        """Do something that runs cells; if it fails or is stopped, say so. Return whether it went well."""
        try:
            action()
        except SystemExit:
            raise
        except KeyboardInterrupt as error:
            where, *going_on = self.stepper.stopped(error).split("\n")
            self.write("\n".join(["", where, *(going_on if self.prompting else ""), ""]))
            self.status = STOPPED
        except BaseException as error:
            if isinstance(error, BrokenPipeError) and not self.prompting:
                print(flush=True)  # fails again if it is stdout that nobody reads any more
            self._report(error)
            if self.prompting:
                failed = self.stepper.say(
                    "This step failed and is still the next one. Repair what it needs, and Enter\n"
                    "runs it again; :reset undoes all that you changed.",
                    "这一步出错了，它仍然是下一步：修正之后按回车键重新运行；\n用 :reset 撤销你的所有修改。",
                )
                tell(f"\n{failed}")
        else:
            if announce:
                self.stepper.announce()
            return True
        if self.prompting:
            self.stepper.announce()
        return False

    def write(self, data: str) -> None:
        """Write an error to stderr, after what went to stdout before it."""
        self.status = self.status or 1
        sys.stdout.flush()
        super().write(data)

    def _report(self, error: BaseException) -> None:
        frames = self.stepper.user_frames(error)
        sys.last_type, sys.last_value, sys.last_traceback = type(error), error, frames  # for pdb.pm(), until 3.11
        setattr(sys, "last_exc", error.with_traceback(frames))  # and from 3.12 on
        self.write("".join(traceback.format_exception(type(error), error, frames)))
        self._suggest(error)

    def showtraceback(self) -> None:
        """Show the error of a line that was typed."""
        error = sys.exc_info()[1]
        super().showtraceback()
        self._suggest(error)

    def _suggest(self, error: BaseException | None) -> None:
        """Name the attribute that was meant, also for swapped letters, which Python's own suggestions miss."""
        if isinstance(error, AttributeError) and error.name and "did you mean" not in str(error):
            public = [name for name in dir(error.obj) if not name.startswith("_")]
            if hint := did_you_mean(error.name, public):
                self.write(f"{printable(error.name)}{hint}\n")


def _is_next_statement(block: str, line: str) -> bool:
    """Whether a block is complete without the line that follows it, and would be wrong with it."""
    if not line.strip() or line[0].isspace():
        return False
    try:
        codeop.compile_command(f"{block}\n{line}")
    except (SyntaxError, ValueError, OverflowError):
        try:
            return codeop.compile_command(block + "\n") is not None
        except (SyntaxError, ValueError, OverflowError):
            return False
    return False


def _use_readline(namespace: dict[str, Any]) -> None:
    """Give `input` a history and completion with the Tab key, if the platform has readline."""
    try:
        import readline
        import rlcompleter
    except ImportError:
        return
    readline.set_completer(rlcompleter.Completer(namespace).complete)
    is_libedit = "libedit" in (readline.__doc__ or "")
    readline.parse_and_bind("bind ^I rl_complete" if is_libedit else "tab: complete")
