"""The examination of a file: it runs in a process that is stopped if it takes too long.

>>> examine("autograd.value:Value").passed
True
"""

from __future__ import annotations

import importlib
import json
import os
import runpy
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from ..language import Language, chosen
from ..text import did_you_mean, printable, shown
from .grade import Grade, diagnosed
from .probes import PROBES, Outcome, Probe, outcome

__all__ = ["answer", "examine"]

LOADED = -1  # the number with which the process says that it has the class
STOPS = 3  # the number of programs that may take too long or end the process; the others are not asked after that


def examine(engine: str, *, seconds: float = 20.0, lang: Language | None = None) -> Grade:
    """Examine a class of a file or of a module in another process.

    Args:
        engine: the file and the class, such as "my_engine.py:Value", or a module and a class, such as
            "micrograd.engine:Value"; the class is `Value` if none is named.
        seconds: the time for all programs; one that takes longer is stopped and counts as wrong.
        lang: the language of the report; by default the one that is spoken.

    Raises:
        ValueError: the file or the class does not exist, or the file raises an error, takes too long or ends the
            process when it is run.
    """
    if not seconds > 0:
        raise ValueError(f"seconds must be positive, but got {seconds}: give the time for all programs, such as 20")
    speaks = chosen(lang)
    source, _, name = engine.rpartition(":")
    if not source or name.endswith(".py"):
        source, name = engine, "Value"
    answers: dict[Probe, Outcome] = {}
    waiting = list(range(len(PROBES)))
    for _ in range(STOPS):
        given, ended = _asked(source, name, waiting, seconds)
        if given.pop(LOADED, None) is None:
            what = f"is not finished after {seconds:g} s" if ended == "time" else "ends the process"
            raise ValueError(
                f"{printable(source)} {what} when it is run: keep the class in the file, and move everything else "
                'under if __name__ == "__main__"'
            )
        answers |= {PROBES[number]: found for number, found in given.items()}
        waiting = [number for number in waiting if number not in given]
        if not waiting:
            break
        answers[PROBES[waiting.pop(0)]] = ended
    return diagnosed(name, answers, speaks)


def _asked(source: str, name: str, numbers: Sequence[int], seconds: float) -> tuple[dict[int, Outcome], str]:
    """Ask an engine in another process; return its answers, and what ended the process before the last one."""
    import subprocess  # which a browser does not have

    program = "from autograd.learn.examine import answer; answer()"
    command = [sys.executable, "-c", program, source, name, json.dumps(numbers)]
    path = os.pathsep.join(filter(None, sys.path))  # the process finds the same packages
    environment = os.environ | {"PYTHONPATH": path}
    try:
        done = subprocess.run(
            command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, timeout=seconds, env=environment, check=False
        )
        written, ended = done.stdout, "crash"
    except OSError as error:
        raise ValueError(f"no process can be started here ({error}): import the class and call grade(Value)") from error
    except subprocess.TimeoutExpired as late:
        written, ended = late.stdout or b"", "time"
    answers: dict[int, Outcome] = {}
    for line in written.decode().splitlines():
        number, found = json.loads(line)
        if number is None:
            raise ValueError(found)
        answers[number] = found if isinstance(found, str) else tuple(found)
    return answers, ended


# --- in the other process ---


def answer() -> None:
    """Answer the questions whose numbers are on the command line, a line of JSON for each."""
    source, name, numbers = sys.argv[1:]
    answers = os.fdopen(os.dup(1), "w")
    os.dup2(2, 1)

    def write(number: int | None, found: Outcome) -> None:
        print(json.dumps([number, found]), file=answers, flush=True)

    try:
        engine = _loaded(source, name)
    except Exception as error:
        write(None, str(error))
        return
    write(LOADED, ())
    for number in json.loads(numbers):
        write(number, outcome(PROBES[number], engine))


def _loaded(source: str, name: str) -> Any:
    """Return the class of that name."""
    if source.endswith(".py") or Path(source).exists():
        if not Path(source).is_file():
            raise ValueError(f"there is no file {printable(source)}: give the path of a Python file and its class")
        sys.path.insert(0, str(Path(source).resolve().parent))
    try:
        space = runpy.run_path(source) if source.endswith(".py") else vars(importlib.import_module(source))
    except SystemExit:
        raise ValueError(
            f'{printable(source)} calls exit() when it is run: move that under if __name__ == "__main__"'
        ) from None
    except Exception as error:
        raise ValueError(f"{printable(source)} cannot be run: {type(error).__name__}: {printable(error)}") from error
    if not callable(space.get(name)):
        classes = [key for key, found in space.items() if isinstance(found, type) and not key.startswith("_")]
        raise ValueError(
            f"{printable(source)} has no class {shown(name)}{did_you_mean(name, classes)}; "
            f"give FILE:CLASS, such as {printable(source)}:{classes[0] if classes else 'Value'}"
        )
    return space[name]
