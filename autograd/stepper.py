"""Step through a script, one `# %%` cell at a time, with Python at hand between any two of them.

The format of such a script is described in `autograd.cells`.

In a Python REPL or a notebook:

    >>> from autograd.stepper import step_through
    >>> step = step_through("odd_even", globals())  # the name of a demo, or the path of any such script

Each `step()` then runs the next cell. `python -m demos` does it in a REPL of its own, `Console`.
"""

from __future__ import annotations

import ast
import code
import codeop
import os
import sys
import textwrap
import traceback
from collections.abc import Callable, Iterable
from types import TracebackType
from typing import Any, NamedTuple

from .cells import Cell, all_cells, find_script, read_cells
from .language import Language, speaking
from .text import did_you_mean, printable, shown

__all__ = ["Console", "Stepper", "step_through"]


class Words(NamedTuple):
    """What the stepper itself says."""

    welcome: str
    failed: str
    end: str


ENGLISH = Words(
    welcome="Enter runs the next step of {name}. Anything else is Python: look at any variable,\n"
    "or change it, and the steps that follow use the change. Ctrl-D leaves.",
    failed="This step failed and is still the next one: repair what it needs, and Enter runs it again.",
    end="That was the last step. Every variable is still here to try; Ctrl-D leaves.",
)
CHINESE = Words(
    welcome="按回车键运行 {name} 的下一步。输入其他内容则作为 Python 执行：\n"
    "可以查看、修改任何变量，后面的步骤会使用修改后的值。按 Ctrl-D 退出。",
    failed="这一步出错了，它仍然是下一步：修正之后按回车键重新运行。",
    end="演示到此结束。所有变量都还在，可以继续尝试；按 Ctrl-D 退出。",
)


# --- running the cells ---


class Stepper:
    """Runs the cells of a script one after another in a namespace; what they say goes to stdout.

    Args:
        script: a demo's name, or the path of a script.
        namespace: the dictionary in which the code runs; `__name__` and `__file__` are set if missing.
        lang: the language of the prose.

    Raises:
        TypeError: an argument of the wrong kind.
        ValueError: no such script, no cells in it, or nothing in it in this language.
    """

    def __init__(self, script: str | os.PathLike[str], namespace: dict[str, Any], lang: str = "en") -> None:
        if not isinstance(namespace, dict):
            raise TypeError(f"namespace must be a dictionary, such as globals(), but got {shown(namespace)}")
        self.path = find_script(script)
        cells = all_cells(self.path)
        languages = {"en", *(spoken for cell in cells for spoken in (cell.lang, *cell.titles) if spoken)}
        if lang not in languages:
            raise ValueError(
                f"{printable(self.path.name)} is written in {', '.join(sorted(languages))}, but got lang={lang!r}"
            )
        self.cells = read_cells(self.path, lang)
        self.position = 0
        self.speaks: Language = "zh" if lang == "zh" else "en"  # what explanations speak that the script asks for
        self.words = CHINESE if self.speaks == "zh" else ENGLISH
        self.namespace = namespace
        namespace.setdefault("__name__", "__main__")
        namespace.setdefault("__file__", str(self.path))
        self._compile: Any = codeop.Compile()  # a `from __future__ import` holds for the cells that follow

    @property
    def finished(self) -> bool:
        """Whether every cell has run."""
        return self.position == len(self.cells)

    def announce(self) -> None:
        """Print the title of the next cell, or that there is none."""
        if self.finished:
            print(f"\n{self.words.end}")
        else:
            print(_bold(f"\n[{self.position + 1}/{len(self.cells)}] {printable(self.cells[self.position].title)}"))

    def run(self) -> None:
        """Print the next cell and, if it is code, run it; one that raises an error stays the next one."""
        cell = self.cells[self.position]
        if cell.is_prose:
            print(_shown(cell.text))
        else:
            print("\n".join(f"│ {line}".rstrip() for line in _shown(cell.text).split("\n")))
            self._execute(cell)
        self.position += 1

    def step(self) -> None:
        """Announce and run the next cell; after the last one, say that it was the last."""
        self.announce()
        if not self.finished:
            try:
                self.run()
            except BaseException as error:
                raise error.with_traceback(self.user_frames(error))

    def _execute(self, cell: Cell) -> None:
        """Run the code; show the value of an expression at its end, as the REPL does."""
        filename = str(self.path)
        module = ast.parse("\n" * cell.line + cell.text, filename)  # with the file's own line numbers
        parts: list[tuple[ast.AST, str]] = [(module, "exec")]
        if module.body and isinstance(module.body[-1], ast.Expr):
            parts.append((ast.Interactive([module.body.pop()]), "single"))
        with speaking(self.speaks):
            for compiled in [self._compile(tree, filename, mode) for tree, mode in parts]:
                exec(compiled, self.namespace)

    def user_frames(self, error: BaseException) -> TracebackType | None:
        """Return the error's traceback from the script's own first frame on; None if the script had not begun."""
        frames = error.__traceback__
        while frames is not None and frames.tb_frame.f_code.co_filename != str(self.path):
            frames = frames.tb_next
        return frames


def step_through(script: str | os.PathLike[str], namespace: dict[str, Any], lang: str = "en") -> Callable[[], None]:
    """Return a function that runs the next cell of a script at each call, for a Python REPL or a notebook.

    Args:
        script: a demo's name, or the path of a script with `# %%` cells.
        namespace: where its variables live; give `globals()`, so that you can see and change them.
        lang: the language of the prose, such as "en" or "zh".

    Raises:
        TypeError: an argument of the wrong kind.
        ValueError: no such script, no cells in it, or nothing in it in this language.

    >>> step = step_through("odd_even", globals())
    """
    return Stepper(script, namespace, lang).step


def _shown(text: str) -> str:
    """The text of a cell, in which no character hides or moves what will run."""
    return printable(text.expandtabs(), lines=True)


def _bold(text: str) -> str:
    plain = not sys.stdout.isatty() or "NO_COLOR" in os.environ or os.environ.get("TERM", "dumb") == "dumb"
    return text if plain else f"\x1b[1m{text}\x1b[0m"


# --- the REPL ---


class Console(code.InteractiveConsole):
    """Python's REPL in the namespace of a script, in which a bare Enter runs the script's next cell."""

    def __init__(self, stepper: Stepper) -> None:
        super().__init__(stepper.namespace)
        self.stepper = stepper
        self.prompting = False
        self.failed = False

    def converse(self) -> None:
        """Talk with somebody at a terminal until Ctrl-D."""
        self.prompting = True
        _use_readline(self.stepper.namespace)
        print(self.stepper.words.welcome.format(name=printable(self.stepper.path.name)))
        self.stepper.announce()
        self.interact(banner="", exitmsg="")

    def obey(self, lines: Iterable[str]) -> int:
        """Take each line as if it were typed, then run the cells that are left; return 1 if anything failed, else 0."""
        for line in lines:
            self.push(line.rstrip("\n"))
        if self.buffer and self.push(""):  # an empty line ends a block, but not an open bracket
            self.write("the input ended in the middle of a statement, which was not run:\n" + "\n".join(self.buffer))
            return 1
        return max(self.run_rest(), int(self.failed))

    def run_rest(self) -> int:
        """Run every cell that is left, up to one that fails; return the exit status, 0 or 1."""
        while not self.stepper.finished:
            if not self.run_next():
                return 1
        return 0

    def run_next(self) -> bool:
        """Run the next cell, show the traceback if it fails, and return whether it went well."""
        if not self.prompting or self.stepper.finished:
            self.stepper.announce()
        if self.stepper.finished:
            return True
        try:
            self.stepper.run()
        except SystemExit:
            raise
        except BaseException as error:
            self._report(error)
            return False
        if self.prompting:
            self.stepper.announce()
        return True

    def runsource(self, source: str, filename: str = "<input>", symbol: str = "single") -> bool:
        """Run what was typed; nothing at all means the next cell. Return whether more lines are needed."""
        if source.strip():
            with speaking(self.stepper.speaks):
                pasted = textwrap.dedent(source)  # from prose, where code is indented
                block, _, last = pasted.rpartition("\n")
                if block and _is_next_statement(block, last):  # which ends the block, as in a file
                    super().runsource(block + "\n", filename, symbol)
                    return super().runsource(last, filename, symbol)
                return super().runsource(pasted, filename, symbol)
        self.run_next()
        return False

    def write(self, data: str) -> None:
        """Write an error to stderr, after what went to stdout before it."""
        self.failed = True
        sys.stdout.flush()
        super().write(data)

    def _report(self, error: BaseException) -> None:
        frames = self.stepper.user_frames(error)
        sys.last_type, sys.last_value, sys.last_traceback = type(error), error, frames  # for pdb.pm(), until 3.11
        setattr(sys, "last_exc", error.with_traceback(frames))  # and from 3.12 on
        self.write("".join(traceback.format_exception(type(error), error, frames)))
        self._suggest(error)
        if self.prompting:
            print(f"\n{self.stepper.words.failed}")
            self.stepper.announce()

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
