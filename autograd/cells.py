"""Scripts of `# %%` cells: which there are, and what each of their cells says.

A line `# %% a title` begins a cell of code, a line `# %% [markdown]` a cell of prose, written as comments. A prose cell
with a language, `# %% [markdown] lang="zh"`, is a translation of the prose cell before it and takes its place when
that language is asked for. A title has its translation after it, `# %% the loss | zh: 损失`. So a script stays plain
Python: it runs as it is, and editors and notebooks know its cells.

Jupytext writes a script back as it was if no title has an equals sign or a brace, which begin options for it. It also
keeps a translation that is an option, `# %% the loss zh="损失"`, but writes it with escapes.
"""

from __future__ import annotations

import json
import os
import re
import textwrap
import tokenize
from dataclasses import dataclass, field, replace
from pathlib import Path

from .text import did_you_mean, printable

__all__ = ["Cell", "all_cells", "find_script", "following_script", "known_scripts", "read_cells"]

QUOTED = r'"(?:[^"\\]|\\.)*"'  # as jupytext writes the options of a cell: a string of JSON
MARKER = re.compile(
    rf"# ?%%\s*(?P<title>.*?)\s*(?P<prose>\[(?:markdown|md)\])?(?P<options>(?:\s*\b(?:lang|[a-z]{{2}})={QUOTED})*)\s*"
)
OPTION = re.compile(rf"(\w+)=({QUOTED})")
TRANSLATION = re.compile(r"\s+\|\s+([a-z]{2}):\s+")  # between a title and its translation
HEADING = re.compile(r"#+ +(.*)")
NUMBER = re.compile(r"^\d+_")  # in front of a demo's name: its place in the list


@dataclass(frozen=True)
class Cell:
    """A part of a script: prose to read, or code to run.

    Attributes:
        title: what the marker line says; else the prose's heading or the first line of the code.
        text: the prose without comment signs and without the heading that became its title, or the code.
        line: the number of lines in the file before the text.
        is_prose: whether it is prose.
        lang: the language that the marker line names, "" for none.
        titles: the title in other languages, as the marker line gives them.
    """

    title: str
    text: str
    line: int
    is_prose: bool = False
    lang: str = ""
    titles: dict[str, str] = field(default_factory=dict)


def read_cells(path: str | os.PathLike[str], lang: str = "en") -> list[Cell]:
    """Return the cells of a script, prose and titles in the language `lang` if the script has it, else as written.

    Raises:
        OSError: the file cannot be read.
        ValueError: it has no cells, or a prose cell with something else than comments in it.
    """
    cells: list[Cell] = []
    for cell in all_cells(path):
        if not cell.lang:
            cells.append(replace(cell, title=cell.titles.get(lang, cell.title)))
        elif cells and not cells[-1].is_prose:
            raise ValueError(
                f"{printable(path)}, line {cell.line}: a [markdown] cell with a language translates the prose cell "
                "before it, but here code comes before it"
            )
        elif cell.lang == lang:
            cells[-1:] = [cell]
    return cells


def all_cells(path: str | os.PathLike[str]) -> list[Cell]:
    """Return the cells in every language, in the order of the file."""
    try:
        with tokenize.open(path) as file:  # decodes as Python does
            lines = file.read().split("\n")
    except (SyntaxError, UnicodeDecodeError) as error:
        raise ValueError(f"{printable(path)} cannot be read: {error}") from None
    marks = {number: mark for number, line in enumerate(lines) if (mark := MARKER.fullmatch(line))}
    if not marks:
        raise ValueError(
            f"{printable(path)} has no cells: begin each with a line such as '# %% a title' or '# %% [markdown]'"
        )
    ends = [*marks, len(lines)]
    cells = []
    if any(line.strip() and not line.startswith("#") for line in lines[: ends[0]]):
        cells.append(_code_cell("", lines[: ends[0]], 0))
    for (number, mark), end in zip(marks.items(), ends[1:], strict=True):
        body = lines[number + 1 : end]
        titles = {
            key: _option(text, f"{printable(path)}, line {number + 1}") for key, text in OPTION.findall(mark["options"])
        }
        lang = titles.pop("lang", "")
        title, *translations = TRANSLATION.split(mark["title"])
        titles |= dict(zip(translations[::2], translations[1::2], strict=True))
        if mark["prose"]:
            cells.append(replace(_prose_cell(title, body, number + 1, lang, path), titles=titles))
        elif any(line.strip() for line in body):
            cells.append(replace(_code_cell(title, body, number + 1), titles=titles))
    return cells


def _option(text: str, where: str) -> str:
    try:
        return str(json.loads(text))
    except ValueError:
        raise ValueError(f"{where}: {printable(text)} is not a JSON string") from None


def _code_cell(title: str, lines: list[str], first: int) -> Cell:
    while not lines[0].strip():
        lines, first = lines[1:], first + 1
    return Cell(title or lines[0], "\n".join(lines).rstrip(), first)


def _prose_cell(title: str, lines: list[str], first: int, lang: str, path: str | os.PathLike[str]) -> Cell:
    for number, line in enumerate(lines, first + 1):
        if line.strip() and not line.startswith("#"):
            raise ValueError(
                f"{printable(path)}, line {number}: a [markdown] cell holds comment lines alone, but got {line!r}; "
                "begin code with a '# %%' line of its own"
            )
    text = "\n".join(line.removeprefix("#").removeprefix(" ") for line in lines).strip("\n")
    heading, _, rest = text.partition("\n")
    if not title and (match := HEADING.fullmatch(heading)):
        title, text = match[1], rest.strip("\n")
    return Cell(title or textwrap.shorten(text, 60, placeholder=" ..."), text, first, True, lang)


def known_scripts() -> dict[str, Path]:
    """Return the demos by name, in the order of their numbers: `01_forward.py` is "forward"."""
    return {NUMBER.sub("", path.stem): path.resolve() for path in sorted(_demos().glob("[!_]*.py"))}


def _demos() -> Path:
    """The folder of the demos: in a wheel it is inside the package, in a checkout next to it."""
    package = Path(__file__).parent
    inside = package / "demos"
    return inside if inside.is_dir() else package.parent / "demos"


def following_script(path: Path) -> str:
    """Return the name of the demo after the one with this path, "" after the last one and for other scripts."""
    known = known_scripts()
    return dict(zip(known.values(), [*known, ""][1:], strict=True)).get(path, "")


def find_script(script: str | os.PathLike[str]) -> Path:
    """Return the file of a demo's name or number, such as "forward", "01_forward" or "1", or of a path.

    Raises:
        TypeError: `script` is neither a string nor a path.
        ValueError: there is no such demo and no such file; the message lists the demos.
    """
    if not isinstance(script, (str, os.PathLike)):
        raise TypeError(f"a script is given by a demo's name or by its path, but got {script!r}")
    known = known_scripts()
    for name, path in known.items():
        if script in (name, path.stem) or (
            str(script).isdecimal() and path.stem.startswith(f"{str(script).zfill(2)}_")
        ):
            return path
    if Path(script).is_file():
        return Path(script).resolve()
    hint = did_you_mean(str(script), known)
    names = f"known are {', '.join(known)}" if known else "none are installed with this package"
    raise ValueError(f"no demo {str(script)!r}{hint} ({names}; or give the path of a script with '# %%' cells)")
