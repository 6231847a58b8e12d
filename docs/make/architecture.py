"""The picture of the layers: which modules there are, and which layer imports which, read from the source."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

import autograd
from autograd.view.drawing.render import render

__all__ = ["LAYERS", "draw", "imports", "layer_of", "source"]

PACKAGE = Path(autograd.__file__).parent

# From the bottom up: a module imports from its own layer and from those below it.
LAYERS: dict[str, tuple[str, ...]] = {
    "shared": ("text", "files", "modes", "language", "spelling", "_lazy", "_clash"),
    "the table": ("ieee", "gamma", "operation", "probabilities", "primitives"),
    "source code from the table": ("expressions", "rules", "writers"),
    "the graph": ("core", "_native", "node", "graph", "hooks", "whole", "value", "buffers"),
    "functions": ("signatures", "functions"),
    "derivatives of functions": ("structure", "evaluation", "transforms", "differences", "checks"),
    "compiled functions": ("compilation",),
    "networks": ("optim", "nn", "parallel", "training", "step", "objective", "native_step", "dtypes", "serialization"),
    "ways to look": ("view",),
    "learning by doing": ("learn",),
    "the prompt": ("cells", "hints", "stepper", "console", "notebook", "__main__"),
}
STYLE = """\
rankdir=TB; ranksep=0.35; nodesep=0.3; bgcolor=transparent
node [shape=box, style="rounded,filled", fillcolor="#fdebc8", color="#727d89", fontname="Helvetica,Arial,sans-serif"]
node [fontsize=11, margin="0.15,0.08"]
edge [color="#727d89", arrowsize=0.6]"""


def draw(folder: Path) -> Path:
    """Save the picture in a folder, with its DOT source next to it, and return its path."""
    dot, picture = source(), folder / "architecture.svg"
    picture.with_suffix(".dot").write_text(dot, encoding="utf-8")
    picture.write_bytes(render(dot, "svg"))
    return picture


def layer_of(module: str) -> str:
    """Return the layer of a module, given by its full name."""
    part = module.split(".")[1]
    return next(layer for layer, modules in LAYERS.items() if part in modules)


def imports() -> dict[str, set[str]]:
    """Return what each module of the package imports from it when it is itself imported, by their full names."""
    files = {_name(file): file for file in PACKAGE.rglob("*.py")}
    return {name: set(_imported(name, file, files)) for name, file in sorted(files.items())}


def _name(file: Path) -> str:
    return ".".join(("autograd", *file.relative_to(PACKAGE).with_suffix("").parts)).removesuffix(".__init__")


def _imported(name: str, file: Path, files: dict[str, Path]) -> Iterator[str]:
    package = name if file.name == "__init__.py" else name.rpartition(".")[0]
    for node in _statements(ast.parse(file.read_text(encoding="utf-8")).body):
        if isinstance(node, ast.ImportFrom) and node.level:
            parts = package.split(".")[: len(package.split(".")) - node.level + 1]
            module = ".".join([*parts, *([node.module] if node.module else [])])
            for alias in node.names:
                yield f"{module}.{alias.name}" if f"{module}.{alias.name}" in files else module


def _statements(body: list[ast.stmt]) -> Iterator[ast.stmt]:
    """Yield the statements that run on import, without those for type checkers alone."""
    for node in body:
        if isinstance(node, ast.If):
            checking = isinstance(node.test, ast.Name) and node.test.id == "TYPE_CHECKING"
            yield from _statements([*([] if checking else node.body), *node.orelse])
        else:
            yield node


def source() -> str:
    """Return the picture as DOT: arrows from each layer to those that it imports, without those that follow."""
    below: dict[str, set[str]] = {layer: set() for layer in LAYERS}
    for module, imported in imports().items():
        if module != "autograd":
            below[layer_of(module)] |= {layer_of(other) for other in imported if other != "autograd"}
    for layer in LAYERS:
        below[layer].discard(layer)
    lines = ["digraph layers {", STYLE]
    for layer, modules in LAYERS.items():
        shown = " ".join(module for module in modules if not module.startswith("_") or module == "_native")
        lines.append(f'"{layer}" [label=<<b>{layer}</b><br/>{shown}>]')
        through = {far for near in below[layer] for far in _reached(near, below)}
        lines += [f'"{layer}" -> "{other}"' for other in LAYERS if other in below[layer] - through]
    return "\n".join([*lines, "}", ""])


def _reached(layer: str, below: dict[str, set[str]]) -> set[str]:
    return below[layer].union(*(_reached(other, below) for other in below[layer]))
