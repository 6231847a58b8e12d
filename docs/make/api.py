"""Pages for the public modules, written from their docstrings.

A page is made of what a reader of the source sees: signatures as they stand there, and docstrings, whose sections
become lists and whose examples become blocks of code.
"""

from __future__ import annotations

import ast
import importlib
import inspect
import re
import textwrap
from collections import Counter
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from types import ModuleType

from autograd.node import Node
from autograd.value import Value

from . import operations

__all__ = ["PAGES", "make", "pages"]

FOLDER = Path(__file__).resolve().parent.parent / "api"

PAGES = {  # each public module, and for a package the modules whose names it gives, in the order of its page
    "autograd": (
        "value",
        "functions",
        "transforms",
        "checks",
        "modes",
        "operation",
        "compilation.function",
        "compilation.results",
        "training",
        "serialization",
    ),
    "autograd.nn": ("module", "layers", "textbook", "activations", "normalization", "recurrent", "losses"),
    "autograd.nn.functional": (),
    "autograd.nn.init": (),
    "autograd.optim": ("optimizer", "sgd", "adam", "rmsprop", "adagrad", "clip"),
    "autograd.optim.lr_scheduler": ("base", "formulas", "one_cycle", "plateau", "sequential"),
    "autograd.parallel": (),
    "autograd.view": (
        "drawing.draw",
        "drawing.render",
        "explanation.explain",
        "explanation.derivation",
        "reasons.why",
        "reasons.path",
        "player.steps",
        "player.page",
        "doctor.diagnose",
        "doctor.monitor",
    ),  # fmt: skip
    "autograd.learn": ("check", "quiz", "grade", "examine", "watch"),
    "autograd.graph": (),
    "autograd.language": (),
    "autograd.stepper": (),
    "autograd.cells": (),
}
SECTIONS = {
    "Args": "Arguments", "Attributes": "Attributes", "Returns": "Result", "Yields": "Yields", "Raises": "Errors",
}  # fmt: skip
WIDEST = 100  # columns of a signature on one line

Definition = ast.FunctionDef | ast.ClassDef


# --- what there is ---


def homes(name: str) -> list[ModuleType]:
    """The modules in which the names of a page are defined: those listed, then whatever others there are."""
    module = importlib.import_module(name)
    listed = [f"{name}.{part}" for part in PAGES[name]]
    found = {
        getattr(module, item).__module__ for item in module.__all__ if hasattr(getattr(module, item), "__module__")
    }
    others = sorted(home for home in found - set(listed) if home.rpartition(".")[0] == name and PAGES[name])
    return [importlib.import_module(home) for home in (*listed, *others)] or [module]


def public(page: ModuleType, home: ModuleType) -> list[tuple[str, object]]:
    """The classes and functions that are defined in one module and that another one gives to its users."""
    found = [(name, getattr(home, name)) for name in home.__all__]
    return [
        (name, item)
        for name, item in found
        if (inspect.isclass(item) or inspect.isfunction(item))
        and item.__module__ == home.__name__
        and name in definitions(home)
        and getattr(page, name, None) is item
    ]


@cache
def definitions(module: ModuleType) -> dict[str, Definition]:
    """The definitions in the source of a module, by name."""
    tree = ast.parse(inspect.getsource(module))
    return {node.name: node for node in tree.body if isinstance(node, ast.FunctionDef | ast.ClassDef)}


# --- pages ---


def make() -> None:
    """Write all pages."""
    FOLDER.mkdir(exist_ok=True)
    for name, text in pages().items():
        (FOLDER / name).write_text(text, encoding="utf-8")


def pages() -> dict[str, str]:
    """All pages, by the names of their files."""
    return {"README.md": index(), "operations.md": operations.page(), **{f"{name}.md": page(name) for name in PAGES}}


def page(name: str) -> str:
    """The page of a public module."""
    module = importlib.import_module(name)
    sections = [(home, public(module, home)) for home in homes(name)]
    blocks = [f"# {name}", markdown(inspect.getdoc(module) or "")]
    if name == "autograd":
        blocks.append("The operations, each with its derivatives, have [a page of their own](operations.md).")
    blocks.append("\n".join(_contents(item for _, items in sections for item in items)))
    for home, items in sections:
        if home is not module and items:
            blocks += [f"## {home.__name__}", markdown(inspect.getdoc(home) or "")]
        for own, item in items:
            blocks += list(_entry(own, item))
    return "\n\n".join(blocks) + "\n"


def index() -> str:
    """The page that lists the others."""
    rows = [f"| [{name}]({name}.md) | {_summary(importlib.import_module(name))} |" for name in PAGES]
    return "\n".join(
        [
            "# Reference",
            "",
            "Written from the docstrings by `python -m docs.make`.",
            "",
            "| page | what it is about |",
            "| --- | --- |",
            "| [operations](operations.md) | Every operation, with its derivatives. |",
            *rows,
            "",
        ]
    )


def _contents(items: Iterator[tuple[str, object]]) -> Iterator[str]:
    yield from ("| name | what it is |", "| --- | --- |")
    anchors: Counter[str] = Counter()
    for name, item in items:
        anchor, again = name.lower(), anchors[name.lower()]  # the second one of a page gets -1 from GitHub
        anchors[anchor] += 1
        yield f"| [`{name}`](#{anchor}{f'-{again}' if again else ''}) | {_summary(item)} |"


def _summary(item: object) -> str:
    """The first sentence of a docstring."""
    paragraph = (inspect.getdoc(item) or "").split("\n\n")[0]
    sentence = re.split(r"(?<=\.)(?<!al\.)(?<!\.\.)\s+(?=[A-Z])", " ".join(paragraph.split()))[0]
    return escaped(sentence.removesuffix(":")).replace("|", "\\|")


def _entry(name: str, item: object) -> Iterator[str]:
    yield f"### {name}"
    yield _code(_signature(name, item))
    yield markdown(inspect.getdoc(item) or "")
    for member in _members(item) if isinstance(item, type) else ():
        yield f"#### {name}.{member.name}"
        yield _code(_written(member.name, member, drop_self=True))
        yield markdown(ast.get_docstring(member) or "")


def _members(item: type) -> Iterator[ast.FunctionDef]:
    """The methods and properties that a class defines itself, as far as they are public and say what they do.

    Those of `Node` are on the page of `Value`, its only use.
    """
    own = definitions(importlib.import_module(item.__module__))[item.__name__].body
    for node in [*(definitions(importlib.import_module(Node.__module__))["Node"].body if item is Value else ()), *own]:
        if isinstance(node, ast.FunctionDef) and not node.name.startswith("_") and ast.get_docstring(node):
            yield node


def _signature(name: str, item: object) -> str:
    """The definition of a class or function, as it is called."""
    if not isinstance(item, type):
        function = definitions(importlib.import_module(item.__module__))[name]
        assert isinstance(function, ast.FunctionDef)
        return _written(name, function)
    for found in item.__mro__:
        owner = Node if found.__module__ == "autograd._native.core" else found  # the compiled twin has no source
        if "__init__" in vars(owner) and owner.__module__.startswith("autograd"):
            body = definitions(importlib.import_module(owner.__module__))[owner.__name__].body
            made = [node for node in body if isinstance(node, ast.FunctionDef) and node.name == "__init__"]
            if made:  # a dataclass has none: it is given, not made by the user
                return "class " + _written(name, made[0], drop_self=True).removesuffix(" -> None")
            break
    return f"class {name}"


def _written(name: str, function: ast.FunctionDef, drop_self: bool = False) -> str:
    """A signature: on one line where it fits, else one argument a line."""
    result = f" -> {ast.unparse(function.returns)}" if function.returns else ""
    if any(
        isinstance(mark, ast.Name) and mark.id in ("property", "cached_property") for mark in function.decorator_list
    ):
        return f"{name}{result.replace(' -> ', ': ')}"
    arguments = _arguments(function.args)[1 if drop_self else 0 :]
    line = f"{name}({', '.join(arguments)}){result}"
    if len(line) <= WIDEST:
        return line
    return f"{name}(\n" + "".join(f"    {argument},\n" for argument in arguments) + f"){result}"


def _arguments(given: ast.arguments) -> list[str]:
    names = [*given.posonlyargs, *given.args]
    defaults: list[ast.expr | None] = [None] * (len(names) - len(given.defaults)) + list(given.defaults)
    written = [_argument(*pair) for pair in zip(names, defaults, strict=True)]
    if given.posonlyargs:
        written.insert(len(given.posonlyargs), "/")
    if given.vararg or given.kwonlyargs:
        written.append(f"*{ast.unparse(given.vararg) if given.vararg else ''}")
    written += [_argument(*pair) for pair in zip(given.kwonlyargs, given.kw_defaults, strict=True)]
    return written + ([f"**{ast.unparse(given.kwarg)}"] if given.kwarg else [])


def _argument(name: ast.arg, default: ast.expr | None) -> str:
    if default is None:
        return ast.unparse(name)
    value = ast.unparse(default)
    if isinstance(default, ast.Constant) and isinstance(default.value, str):
        value = f'"{default.value}"'  # in the quotes that the source has
    return f"{ast.unparse(name)}{' = ' if name.annotation else '='}{value}"


# --- docstrings ---


def markdown(docstring: str) -> str:
    """A docstring as Markdown."""
    return "\n\n".join(_blocks(re.sub(r"\n\s*\n", "\n\n", docstring).split("\n\n")))


def _blocks(paragraphs: list[str]) -> Iterator[str]:
    for paragraph in filter(None, paragraphs):
        first, _, rest = paragraph.partition("\n")
        if first.endswith(":") and first[:-1] in SECTIONS:
            yield f"**{SECTIONS[first[:-1]]}**"
            yield _section(textwrap.dedent(rest), listed=first not in ("Returns:", "Yields:"))
        elif paragraph.lstrip().startswith(">>>"):
            yield _code(textwrap.dedent(paragraph))
        elif paragraph.startswith("    "):
            yield _code(textwrap.dedent(paragraph), "text")
        else:
            prose, _, formula = paragraph.partition("\n    ")
            yield escaped(" ".join(prose.split()))
            if formula:
                yield _code(textwrap.dedent("    " + formula), "text")


def _section(text: str, listed: bool) -> str:
    if not listed:
        return escaped(" ".join(text.split()))
    entries = [" ".join(entry.split()) for entry in re.split(r"\n(?=\S)", text)]
    return "\n".join("- " + re.sub(r"^([\w., *]+?): ", _names, _after_name(entry)) for entry in entries)


def _after_name(entry: str) -> str:
    name, colon, what = entry.partition(": ")
    return f"{name}{colon}{escaped(what)}"


def _names(match: re.Match[str]) -> str:
    return ", ".join(f"`{name}`" for name in match[1].split(", ")) + ": "


def escaped(text: str) -> str:
    """Plain text as Markdown, so that nothing outside of backticks is markup."""
    pieces = re.split(r"(`[^`]*`)", text)
    return "".join(piece if i % 2 else re.sub(r"([*_<~$])", r"\\\1", piece) for i, piece in enumerate(pieces))


def _code(text: str, language: str = "python") -> str:
    return f"```{language}\n{text}\n```"
