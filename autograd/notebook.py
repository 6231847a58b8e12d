"""A demo as a Jupyter notebook in one language."""

from __future__ import annotations

import json
import re
from pathlib import Path

from .files import writable, write
from .stepper import Stepper

SPEAK_CHINESE = """\
from contextlib import ExitStack

from autograd.language import speaking

language = ExitStack()
language.enter_context(speaking("zh"))  # 后面各单元的输出也用中文\
"""

CHINESE = "[\u3000-\u9fff\uff00-\uffef“”]"
CHINESE_BREAK = re.compile(f"(?<={CHINESE})\n(?={CHINESE})")  # Markdown would show the end of the line as a space


def write_notebook(stepper: Stepper, path: Path) -> Path:
    """Write the cells of a script to a notebook, none of them run, and return its absolute path.

    Args:
        stepper: a script in one language.
        path: the file, which ends in .ipynb; an existing one is replaced.

    Raises:
        ValueError: the path ends in something else; nothing is written.
        OSError: its folder does not exist, or the file cannot be written.
    """
    path = writable(path, ".ipynb")
    cells = []
    for cell in stepper.cells:
        if cell.is_prose:
            cells.append(_cell("markdown", f"# {cell.title}\n\n{CHINESE_BREAK.sub('', cell.text)}"))
        else:
            cells.append(_cell("code", cell.text, title=cell.title))
    if stepper.following:
        cells.append(_cell("markdown", stepper.following))
    if stepper.speaks == "zh":
        cells.insert(1, _cell("code", SPEAK_CHINESE))
    for number, written in enumerate(cells):
        written["id"] = f"cell-{number}"
    kernel = {"name": "python3", "display_name": "Python 3", "language": "python"}
    notebook = {"cells": cells, "metadata": {"kernelspec": kernel}, "nbformat": 4, "nbformat_minor": 5}
    return write(path, json.dumps(notebook, ensure_ascii=False, indent=1) + "\n")


def _cell(kind: str, source: str, **metadata: str) -> dict[str, object]:
    run: dict[str, object] = {"outputs": [], "execution_count": None} if kind == "code" else {}
    return {"cell_type": kind, "metadata": metadata, "source": source, **run}
