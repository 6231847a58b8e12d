"""Step through a script, one `# %%` cell at a time, with Python at hand between any two of them.

The format of such a script is described in `autograd.cells`.

In a Python REPL or a notebook:

    >>> from autograd.stepper import step_through
    >>> step = step_through("odd_even", globals())  # the name of a demo, or the path of any such script

Each `step()` then runs the next cell; `step.back()`, `step.go(7)` and `step.reset()` go back, and `step.help()` lists
what else there is. `python -m autograd demos` does it at a prompt of its own, where these are `:back`, `:go 7`, ...
"""

from __future__ import annotations

import ast
import builtins
import codeop
import io
import os
import symtable
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager, redirect_stderr, redirect_stdout
from functools import partial
from types import TracebackType
from typing import Any

from .cells import Cell, all_cells, find_script, following_script, read_cells
from .hints import LEAVE, TOOLS, help_text, invocation, replaced, stopped
from .language import Language, speaking
from .spelling import readable, spelled
from .text import printable, shown
from .value import Value
from .view.terminal import clipped, for_stdout, tell

__all__ = ["Stepper", "step_through"]


class Stepper:
    """Runs the cells of a script one after another in a namespace; what they say goes to stdout.

    Going back runs the steps before the one that is wanted again, from the first on and quietly. Names that the script
    binds anywhere are set back before, and names that hide a builtin, such as `sum = 0`, are removed. Other names of
    the user, and the files that the steps wrote, stay.

    Args:
        script: a demo's name, or the path of a script.
        namespace: the dictionary in which the code runs; `__name__` and `__file__` are set if missing.
        lang: the language of the prose.
        command: how a shell starts another demo, given its name; None if the methods are called from Python. With it,
            the namespace also has `check`, `diagnose`, `draw`, `explain`, `play`, `quiz` and `why`, if it has no such
            names.

    Raises:
        TypeError: an argument of the wrong kind.
        ValueError: no such script, no cells in it, or nothing in it in this language.
    """

    def __init__(
        self,
        script: str | os.PathLike[str],
        namespace: dict[str, Any],
        lang: str = "en",
        command: Callable[[str], str] | None = None,
    ) -> None:
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
        self.speaks: Language = "zh" if lang == "zh" else "en"  # what explanations speak that the script asks for
        self.command, self.at_prompt = command, command is not None
        self.namespace = namespace
        namespace.setdefault("__name__", "__main__")
        namespace.setdefault("__file__", str(self.path))
        tools = TOOLS if self.at_prompt else {}
        for name, tool in tools.items():
            namespace.setdefault(name, tool)
        self._names = {*tools, *(name for cell in self.cells for name in _bound(cell))}
        self._before = {name: namespace[name] for name in self._ours()}
        self._seconds: dict[int, float] = {}
        self._start()

    def _start(self) -> None:
        """Begin at the first cell, knowing nothing of the cells that ran."""
        self.position = 0
        self.unfinished = False  # whether the next cell has begun and failed or was stopped
        self._compile: Any = codeop.Compile()  # a `from __future__ import` holds for the cells that follow
        self._values: dict[str, int] = {}  # the Value that each name had after the cell that ran last, by its id
        self._replaced: set[str] = set()  # names that had a Value until the user gave them something else

    def __repr__(self) -> str:
        done = f"{self.path.stem}, {self.position} of {len(self.cells)} steps done"
        return f"<{spelled(done)}: {invocation('help', prompt=self.at_prompt)} lists what can be done>"

    @property
    def finished(self) -> bool:
        """Whether every cell has run."""
        return self.position == len(self.cells)

    def say(self, en: str, zh: str) -> str:
        """Return the one of two texts that is in the language of this stepper."""
        return zh if self.speaks == "zh" else en

    # --- one step after another ---

    def announce(self) -> None:
        """Print the title of the next cell, or that there is none."""
        if self.finished:
            leaves = self.say(f" {LEAVE} leaves.", f"按 {LEAVE} 退出。") if self.at_prompt else ""
            ended = self.say("That was the last step. Every variable is still here to try.",
                             "演示到此结束。所有变量都还在，可以继续尝试。")  # fmt: skip
            tell(f"\n{ended}{leaves}")
            self.announce_following()
        else:
            tell(f"\n[{self.position + 1}/{len(self.cells)}] {printable(self.cells[self.position].title)}", bold=True)

    def announce_following(self) -> None:
        """Print how to start the demo that follows, on one line at any width, so that it can be copied."""
        if self.following:
            print(for_stdout(lambda _: self.following))

    @property
    def following(self) -> str:
        """A sentence on how to start the demo that follows this one; "" if none does."""
        name = following_script(self.path)
        if not name:
            return ""
        lang = "" if self.speaks == "en" else ', lang="zh"'
        start = self.command(name) if self.command else f'step = step_through("{name}", globals(){lang})'
        return self.say(f"Next: {start}", f"下一个演示：{start}")

    def run(self) -> None:
        """Print the next cell and, if it is code, run it; one that raises an error stays the next one."""
        cell = self.cells[self.position]
        if cell.is_prose:
            tell(_shown(cell.text))
        else:
            print(spelled("\n".join(f"│ {line}".rstrip() for line in _shown(cell.text).split("\n"))))
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

    __call__ = step

    def _execute(self, cell: Cell, silent: bool = False) -> None:
        """Run the code; show the value of an expression at its end, as the REPL does, unless all is to be silent."""
        self._replaced |= self._newly_replaced() & self._names
        self.unfinished = True
        begin = time.perf_counter()
        filename = str(self.path)
        module = ast.parse("\n" * cell.line + cell.text, filename)  # with the file's own line numbers
        parts: list[tuple[ast.AST, str]] = [(module, "exec")]
        if module.body and isinstance(module.body[-1], ast.Expr) and not silent:
            parts.append((ast.Interactive([module.body.pop()]), "single"))
        try:
            with speaking(self.speaks):
                for compiled in [self._compile(tree, filename, mode) for tree, mode in parts]:
                    exec(compiled, self.namespace)
        except KeyboardInterrupt as error:
            error.add_note(self.stopped(error))
            raise
        except Exception as error:
            found = {name: self.namespace[name] for name in sorted(self._replaced & self.namespace.keys())}
            for note in replaced(found, self.speaks, self.at_prompt):
                error.add_note(note)
            raise
        finally:
            self._values = {name: id(value) for name, value in self.namespace.items() if isinstance(value, Value)}
        self._seconds[self.position] = time.perf_counter() - begin
        self.unfinished = False
        self._replaced -= _bound(cell)

    def user_frames(self, error: BaseException) -> TracebackType | None:
        """Return the error's traceback from the script's own first frame on; None if the script had not begun."""
        frames = error.__traceback__
        while frames is not None and frames.tb_frame.f_code.co_filename != str(self.path):
            frames = frames.tb_next
        return frames

    # --- back and forth ---

    def back(self) -> None:
        """Go back by one step."""
        if not self.position:
            tell(self.say("There is no step before this one.", "前面没有步骤了。"))
        self._replay(max(self.position - 1, 0))

    def again(self) -> None:
        """Run the last step once more with the variables as they are: an unfinished one, or the one that ended last."""
        if self.position and not self.unfinished:
            self.position -= 1
        self.step()

    def go(self, number: int) -> None:
        """Make the step of this number, counted from 1, the next one, with the variables as the steps before make them.

        Raises:
            ValueError: no such step.
        """
        if not isinstance(number, int) or not 1 <= number <= len(self.cells):
            raise ValueError(
                self.say(f"steps are numbered from 1 to {len(self.cells)}, but got {shown(number)}",
                         f"步骤编号从 1 到 {len(self.cells)}，但得到的是 {shown(number)}")
            )  # fmt: skip
        self._replay(number - 1)

    def steps(self) -> None:
        """List the titles of all steps, with a mark at the next one."""
        for number, cell in enumerate(self.cells, 1):
            mark = ">" if number == self.position + 1 else " "
            title = f"{mark} {number:{len(str(len(self.cells)))}}  {printable(cell.title)}"
            print(for_stdout(partial(clipped, title)))

    def reset(self) -> None:
        """Set the variables to what the steps before the next one make them."""
        self._replay(self.position)

    def help(self) -> None:
        """List the commands."""
        print(for_stdout(lambda columns: help_text(self.speaks, self.at_prompt, columns)))

    def _replay(self, position: int) -> None:
        """Run the steps before a position again, from the first on, showing nothing, and announce the next one."""
        self._restore()
        if steps := [i for i, cell in enumerate(self.cells[:position]) if not cell.is_prose]:
            seconds = round(sum(self._seconds.get(i, 0.0) for i in steps))
            begins = self.say(f"Running steps 1 to {position}, quietly.", f"运行第 1 至 {position} 步，不显示输出。")
            how_long = self.say(f" About {seconds} s; Ctrl-C stops it.", f"大约 {seconds} 秒；按 Ctrl-C 停止。")
            tell(begins + (how_long if seconds else ""))
            sys.stdout.flush()
        try:
            with _silence():
                self._run_silently(position)
        except BaseException as error:
            raise error.with_traceback(self.user_frames(error))
        self.announce()

    def _run_silently(self, position: int) -> None:
        while self.position < position:
            cell = self.cells[self.position]
            if not cell.is_prose:
                self._execute(cell, silent=True)
            self.position += 1

    def _restore(self) -> None:
        """Set back the names that the script binds, and those that hide a builtin."""
        for name in self._ours():
            del self.namespace[name]
        self.namespace.update(self._before)
        self._start()

    def _ours(self) -> set[str]:
        """The names that going back sets back."""
        hiding = {name for name in self.namespace if hasattr(builtins, name) and not name.startswith("_")}
        return (self._names | hiding) & self.namespace.keys()

    # --- what may have gone wrong ---

    def _newly_replaced(self) -> set[str]:
        return {name for name, value in self._values.items() if id(self.namespace.get(name)) != value}

    def stopped(self, error: BaseException) -> str:
        """Return what is to be said when Ctrl-C stopped the next cell."""
        return stopped(self.position + 1, self.user_frames(error), self.speaks, self.at_prompt)


def step_through(script: str | os.PathLike[str], namespace: dict[str, Any], lang: str = "en") -> Stepper:
    """Return a `Stepper`, a function that runs the next cell of a script at each call, for a REPL or a notebook.

    Args:
        script: a demo's name, or the path of a script with `# %%` cells.
        namespace: where its variables live; give `globals()`, so that you can see and change them.
        lang: the language of the prose, such as "en" or "zh".

    Raises:
        TypeError: an argument of the wrong kind.
        ValueError: no such script, no cells in it, or nothing in it in this language.

    >>> step = step_through("odd_even", globals())
    >>> step
    <09_odd_even, 0 of 27 steps done: step.help() lists what can be done>
    """
    return Stepper(script, namespace, readable("zh") if lang == "zh" else lang)


def _bound(cell: Cell) -> set[str]:
    """Return the names to which a cell of code gives something, none if it is not valid Python."""
    if cell.is_prose:
        return set()
    try:
        symbols = symtable.symtable(cell.text, cell.title, "exec").get_symbols()
    except (SyntaxError, ValueError):
        return set()
    return {symbol.get_name() for symbol in symbols if symbol.is_assigned() or symbol.is_imported()}


class _Nowhere(io.TextIOBase):
    """A stream that drops what is written."""

    def write(self, text: str) -> int:
        return len(text)


@contextmanager
def _silence() -> Iterator[None]:
    """Show nothing: no output, no page in a browser and no window of Matplotlib."""
    with ExitStack() as stack:
        for redirect in (redirect_stdout, redirect_stderr):
            stack.enter_context(redirect(_Nowhere()))
        for name, function in {"webbrowser": "open", "matplotlib.pyplot": "show"}.items():
            if module := sys.modules.get(name):
                stack.callback(setattr, module, function, getattr(module, function))
                setattr(module, function, lambda *args, **kwargs: None)
        yield


def _shown(text: str) -> str:
    """The text of a cell, in which no character hides or moves what will run."""
    return printable(text.expandtabs(), lines=True)
