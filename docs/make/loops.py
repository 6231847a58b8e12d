"""The picture of a compiled program: its loop nests as boxes, with arrows from what they read."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from math import prod
from pathlib import Path
from typing import Any

import autograd
from autograd.compilation.nests.addresses import addresses
from autograd.compilation.nests.grouping import group
from autograd.compilation.nests.nest import Loop, Nest, NestProgram, Stream
from autograd.compilation.nests.reverse import differentiated
from autograd.compilation.program import Branch, insert, paths
from autograd.compilation.recording.record import Run
from autograd.expressions import Constant, Symbol
from autograd.structure import flatten
from autograd.view.drawing.render import render
from autograd.writers import PYTHON, write

__all__ = ["draw", "program_of", "source"]

STYLE = """\
rankdir=TB; ranksep=0.3; nodesep=0.25; bgcolor=transparent
node [shape=box, style="rounded,filled", fillcolor="#fdebc8", color="#727d89", fontname="Helvetica,Arial,sans-serif"]
node [fontsize=11, margin="0.15,0.08"]
edge [color="#727d89", arrowsize=0.6]"""
INPUT, BACKWARD = 'fillcolor="#dcebf7"', 'fillcolor="#f6d9d5"'
SAMPLES = 20


def draw(folder: Path) -> Path:
    """Save the picture of the network of docs/jit.md in a folder, with its DOT source, and return its path."""
    numbers = {"w": [[0.5, -0.25], [0.25, 1.0], [1.0, 0.5]], "v": [1.0, -1.0, 0.5]}
    points = {"xs": [[0.1 * i, 1.0 - 0.2 * i] for i in range(SAMPLES)], "ys": [float(i % 2) for i in range(SAMPLES)]}
    dot, picture = source(error, numbers | points), folder / "loops.svg"
    picture.with_suffix(".dot").write_text(dot, encoding="utf-8")
    picture.write_bytes(render(dot, "svg"))
    return picture


def error(w: Any, v: Any, xs: Any, ys: Any) -> Any:
    outputs = [autograd.dot(v, [autograd.relu(autograd.dot(row, x)) for row in w]) for x in xs]
    return autograd.mean([autograd.square(output - y) for output, y in zip(outputs, ys, strict=True)])


def program_of(f: Callable[..., Any], arguments: dict[str, Any], wanted: Sequence[int]) -> NestProgram:
    """Return a function as nests, with the derivatives by some of its numbers."""
    numbers, structure = flatten(list(arguments.values()), "the arguments")
    run = Run([float(x) for x in numbers], [])
    with run.recording():
        result = f(*structure.unflatten(run.inputs))
    run.end([result])
    root = Branch()
    insert(root, run.without_temporaries(0), len(numbers))
    return differentiated(group(next(iter(paths(root))), len(numbers), 0), wanted)


def source(f: Callable[..., Any], arguments: dict[str, Any]) -> str:
    """Return the DOT source for a function and the derivatives by its first two arguments."""
    sizes = {name: len(flatten(x, name)[0]) for name, x in arguments.items()}
    wanted = range(sum(list(sizes.values())[:2]))
    program = program_of(f, arguments, wanted)
    owner: dict[int, str] = {}
    for name, size in sizes.items():
        owner |= dict.fromkeys(range(len(owner), len(owner) + size), name)
    lines = [STYLE, *(f'"{name}" [label="{name} ({size})", {INPUT}]' for name, size in sizes.items())]
    names = {**{name: name for name in sizes}, **{f"d{name}": f"dL/d{name}" for name in list(sizes)[:2]}}
    slopes = {address: f"d{owner[i]}" for i, address in zip(wanted, program.slopes, strict=True)}
    nests = [nest for item in (*program.forward, *program.backward) for nest in _nests(item)]
    boxes: dict[str, str] = {name: name for name in sizes}  # of what each name holds
    for i, nest in enumerate(nests):
        target = addresses(nest.target, nest.dims).ravel().tolist()
        reads = [_owner(stream, nest.dims, owner, program) for stream in nest.streams]
        if nest.mode == "=" and nest.expression == Symbol("s0"):  # a copy
            owner |= dict.fromkeys(target, reads[0])
            continue
        if nest.mode == "=" and isinstance(nest.expression, Constant) and nest.expression.number:
            owner |= dict.fromkeys(target, repr(nest.expression.number))
            continue
        name = slopes.get(target[0]) or owner.get(target[0]) or f"t{len(set(owner.values())) - len(sizes) + 1}"
        owner |= dict.fromkeys(target, name)
        if isinstance(nest.expression, Constant):  # 0.0, with which a sum begins
            continue
        symbols = {Symbol(f"s{k}"): names.get(read, read) for k, read in enumerate(reads)}
        size = "" if prod(nest.dims) == 1 else f"\\n{' × '.join(map(str, nest.dims))} times"
        formula = f"{names.get(name, name)} {nest.mode} {write(nest.expression, PYTHON, symbols)}"
        colour = f", {BACKWARD}" if i >= len(list(_forward(program))) else ""
        lines.append(f'"n{i}" [label="{formula}{size}"{colour}]')
        lines += sorted({f'"{boxes[read]}" -> "n{i}"' for read in reads if read in boxes})
        boxes[name] = f"n{i}"
    return "digraph {\n" + "\n".join(lines) + "\n}\n"


def _forward(program: NestProgram) -> Iterator[Nest]:
    for item in program.forward:
        yield from _nests(item)


def _nests(item: Nest | Loop) -> Sequence[Nest]:
    return item.body if isinstance(item, Loop) else (item,)


def _owner(stream: Stream, dims: tuple[int, ...], owner: dict[int, str], program: NestProgram) -> str:
    first = int(addresses(stream, dims).ravel()[0])
    return repr(program.constants[first]) if first in program.constants else owner.get(first, "?")
