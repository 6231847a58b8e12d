"""What a program of nests means, in plain loops of Python: slow, and easy to believe."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterable, Sequence
from typing import Any

from autograd import Value
from autograd.compilation.nests.grouping import group
from autograd.compilation.nests.nest import Check, Item, Loop, Nest, NestProgram, Stream
from autograd.compilation.nests.reverse import differentiated
from autograd.compilation.program import Branch, insert, paths
from autograd.compilation.recording.record import Run, constant
from autograd.expressions import COMPARISONS, Symbol, evaluate
from autograd.structure import flatten

__all__ = ["buffer_of", "path_of", "program_of", "results", "run", "run_items"]


def path_of(f: Callable[..., Any], *args: Any) -> tuple[list[Branch], list[float], list[Value]]:
    """Run a function once; return its way through the tree, the numbers in its arguments, and the leaves."""
    numbers, structure = flatten(args, "the arguments")
    numbers = [float(x) for x in numbers]
    run = Run(numbers, [])
    with run.recording():
        found = f(*structure.unflatten(run.inputs))
    run.end(found if isinstance(found, (list, tuple)) else [found], None)
    del found  # a leaf that nothing refers to is a constant
    root = Branch()
    insert(root, run.without_temporaries(0), len(numbers))
    (path,) = paths(root)
    return path, numbers, run.leaves


def program_of(f: Callable[..., Any], *args: Any, wanted: Sequence[int] | None = None) -> NestProgram:
    """Return a function of numbers and structures of them as nests, with the derivatives by the wanted inputs, or all.

    The function returns a number, or several, of which the first one is differentiated.
    """
    path, numbers, leaves = path_of(f, *args)
    return differentiated(group(path, len(numbers), len(leaves)), range(len(numbers)) if wanted is None else wanted)


def results(
    program: NestProgram, numbers: Sequence[float], leaves: Sequence[float] = ()
) -> tuple[list[float], list[float]]:
    """Run a program; return the outputs and the derivatives."""
    buffer = buffer_of(program, numbers, leaves)
    assert run(program, buffer) == -1
    outputs, slopes = (
        [buffer[x] if isinstance(x, int) else x for x in found] for found in (program.outputs, program.slopes)
    )
    return outputs, slopes


def buffer_of(program: NestProgram, numbers: Sequence[float], leaves: Sequence[float] = ()) -> list[float]:
    """Return the buffer of a program with its inputs, leaves and constants; all else is nan."""
    buffer = [float("nan")] * program.size
    buffer[: len(numbers) + len(leaves)] = [*numbers, *leaves]
    for address, number in program.constants.items():
        buffer[address] = number
    return buffer


def run(program: NestProgram, buffer: list[float]) -> int:
    """Run a program on its buffer; return -1, or the position of the first check that fails."""
    run_items(program.forward, buffer)
    for i, check in enumerate(program.checks):
        if not _holds(check, buffer):
            return i
    buffer[slice(*program.zeros)] = [0.0] * (program.zeros[1] - program.zeros[0])
    run_items(program.backward, buffer)
    return -1


def run_items(items: Iterable[Item], buffer: list[float]) -> None:
    for item in items:
        if isinstance(item, Loop):
            for t in range(item.times):
                for nest in item.body:
                    _run(nest, buffer, t)
        else:
            _run(item, buffer, 0)


def _run(nest: Nest, buffer: list[float], t: int) -> None:
    for indices in itertools.product(*map(range, nest.dims)):
        found = {Symbol(f"s{k}"): buffer[_address(s, indices, t)] for k, s in enumerate(nest.streams)}
        x, to = evaluate(nest.expression, found), _address(nest.target, indices, t)
        if nest.mode == "=":
            buffer[to] = x
        elif nest.mode == "+=":
            buffer[to] += x
        elif x != x or (x > buffer[to] if nest.mode == "max=" else x < buffer[to]):
            buffer[to] = x


def _address(stream: Stream, indices: Sequence[int], t: int) -> int:
    found = stream.base + sum(i * stride for i, stride in zip(indices, stream.strides, strict=True))
    return (found if stream.table is None else int(stream.table[found])) + stream.step * t


def _holds(check: Check, buffer: Sequence[float]) -> bool:
    left, right = (buffer[x] if isinstance(x, int) else x for x in (check.left, check.right))
    if check.guard.relation == "data":
        return constant(left) == check.outcome
    return COMPARISONS[check.guard.relation](left, right) is check.outcome
