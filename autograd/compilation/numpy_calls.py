"""Nests as calls of NumPy on views of one buffer, made once: the back end for machines without a C compiler.

A program becomes a Python function that has its views, index arrays and arrays for results in between at hand. Nests of
few rounds, and those whose rounds depend on each other, are plain Python; products that are added up are matrix
products.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Sequence
from typing import TYPE_CHECKING, Any

from ..expressions import Call, Constant, Symbol
from ..writers import PYTHON, write
from .addresses import addresses, are_distinct, overlaps, reads_come_first, simplified, span
from .array_values import ArrayValues, Operand
from .contraction import Contraction
from .float_code import FloatCode
from .nest import Check, Item, Loop, Nest, NestProgram, Stream
from .record import constant

if TYPE_CHECKING:
    from numpy import float64
    from numpy.typing import NDArray

__all__ = ["prepare"]

FEW = 6  # rounds of a nest that are faster as plain Python
MOST_VIEWS = 100_000  # that are made before a loop, instead of in it


def prepare(program: NestProgram, buffer: NDArray[float64]) -> Callable[[], int]:
    """Return a function that runs a program on its buffer.

    Args:
        program: the program.
        buffer: `program.size` numbers, of which the constants are there already; inputs and leaves are written there
            before each run.

    Returns:
        A function that returns -1, or the position of the first check that fails.
    """
    writer = _Writer(buffer)
    writer.items(program.forward)
    writer.checks(program.checks)
    writer.zeros(*program.zeros)
    writer.items(program.backward)
    return writer.function()


class _Writer:
    def __init__(self, buffer: NDArray[float64]) -> None:
        import numpy

        self.memory = buffer
        self.space: dict[str, Any] = {"math": math, "buffer": memoryview(buffer.data), "errstate": numpy.errstate}
        self.lines: list[str] = []
        self.indent = ""
        self.times = 1
        self.iterators: dict[Any, tuple[str, Any]] = {}  # of a loop: names and what they run over
        self.operands: dict[Any, Operand] = {}
        self.are_zero = numpy.zeros(len(buffer), bool)  # at each address, whether the number is known to be 0.0
        self.floats = FloatCode(self.put, self.bind, self.iterate, "buffer")
        self.arrays = ArrayValues(self.put, self.bind, self.operand)

    # --- lines and names ---

    def put(self, line: str) -> None:
        self.lines.append(self.indent + line)

    def bind(self, x: Any) -> str:
        name = f"n{len(self.space)}"
        self.space[name] = x
        return name

    def iterate(self, x: Any) -> str:
        """Return the name of the item of an iterable in each round of the loop."""
        key = x if isinstance(x, range) else id(x)
        if key not in self.iterators:
            self.iterators[key] = f"i{len(self.iterators)}", x
        return self.iterators[key][0]

    def operand(self, array: Any, moves: bool) -> Operand:
        """Return an array as an operand, by the same name if there is one for the same elements."""
        key = array.__array_interface__["data"], array.shape, array.strides, array.dtype, moves
        if key not in self.operands:
            self.operands[key] = Operand(self.iterate(array) if moves else self.bind(array), array, moves)
        return self.operands[key]

    def view(self, base: int, shape: Sequence[int], strides: Sequence[int], step: int = 0) -> Operand:
        """Return a view of the buffer; if it moves by a step in each round of the loop, all of them."""
        import numpy

        if step:
            shape, strides = (self.times, *shape), (step, *strides)
        array: Any = numpy.ndarray(tuple(shape), float, self.memory, 8 * base, tuple([8 * s for s in strides]))
        return self.operand(array, bool(step))

    def function(self) -> Callable[[], int]:
        space = self.space | self.floats.functions
        lines = ["def run():", " with errstate(all='ignore'):", *[f"  {line}" for line in self.lines], "  return -1"]
        exec(compile("\n".join(lines), "<prepared calls of NumPy>", "exec"), space)
        found: Callable[[], int] = space["run"]
        return found

    # --- the parts of a program ---

    def items(self, items: Iterable[Item]) -> None:
        """Write items; an assignment and the sum that begins with it are written as one."""
        waiting: Nest | None = None
        for item in items:
            if isinstance(item, Loop):
                if waiting is not None:
                    self._nest(waiting)
                waiting = None
                self._loop(item)
                continue
            nest = simplified(item)
            if 0 in nest.dims:
                continue
            if waiting is not None and not self._begins_with(nest, waiting):
                self._nest(waiting)
                waiting = None
            if waiting is None and nest.mode == "=" and self._is_for_arrays(nest):
                waiting = nest
            else:
                self._nest(nest, waiting or self._zeros_of(nest))
                waiting = None
            self._note(nest)
        if waiting is not None:
            self._nest(waiting)

    def _loop(self, loop: Loop) -> None:
        if loop.times < 1:
            return
        outer, indent = self.lines, self.indent
        self.lines, self.times, self.floats.times, self.iterators = [], loop.times, loop.times, {}
        self.indent = indent + " "
        self.floats.forget()
        self.items(loop.body)
        body, self.lines, self.indent = self.lines, outer, indent
        iterables = list(self.iterators.values())
        self.operands = {key: x for key, x in self.operands.items() if not x.moves}
        self.floats.forget()
        names = [name for name, _ in iterables]
        few = loop.times * len(names) <= MOST_VIEWS
        every = [self.bind(x if isinstance(x, range) else _views(x, few)) for _, x in iterables]
        if len(names) > 1:
            self.put(f"for {', '.join(names)} in zip({', '.join(every)}):")
        else:
            self.put(f"for {names[0]} in {every[0]}:" if names else f"for _ in range({loop.times}):")
        self.lines += body or [f"{self.indent} pass"]
        self.times, self.floats.times, self.iterators = 1, 1, {}

    def checks(self, checks: Sequence[Check]) -> None:
        for i, check in enumerate(checks):
            left, right = (self.floats.read(x) if isinstance(x, int) else _number(x) for x in (check.left, check.right))
            if check.guard.relation == "data":
                self.space["constant"] = constant
                self.put(f"if constant({left}) != {self.bind(check.outcome)}: return {i}")
            else:
                found = write(
                    Call(check.guard.relation, (Symbol("a"), Symbol("b"))), PYTHON,
                    {Symbol("a"): left, Symbol("b"): right},
                )  # fmt: skip
                self.put(f"if {f'not {found}' if check.outcome else found}: return {i}")

    def zeros(self, start: int, end: int) -> None:
        if end > start:
            self.floats.forget()
            self.are_zero[start:end] = True
            self.put(f"{self.view(start, [end - start], [1]).text}.fill(0.0)")

    # --- nests ---

    def _nest(self, nest: Nest, first: Nest | None = None) -> None:
        """Write a nest; `first` is the assignment that it adds to."""
        if math.prod(nest.dims) <= FEW:
            self.floats.unrolled(nest)
        elif not self._is_for_arrays(nest):
            self.floats.rolled(nest)
        else:
            self.floats.forget()
            self._of_arrays(nest, first)
            self.arrays.release()

    def _is_for_arrays(self, nest: Nest) -> bool:
        if math.prod(nest.dims) <= FEW or not reads_come_first(nest, self.times):
            return False
        return nest.mode != "=" or are_distinct(*_last(nest)[1:])

    def _begins_with(self, nest: Nest, first: Nest) -> bool:
        """Return whether a nest adds to what another one assigns, all of it, and no stream reads that."""
        if nest.mode != "+=" or not self._is_for_arrays(nest):
            return False
        (target, dims), (other, others) = _moving(nest), (first.target, first.dims)
        here, there = (simplified(Nest(d, s, "=", Constant(0.0))) for s, d in ((target, dims), (other, others)))
        return (
            target.table is None and other.table is None
            and here.dims == there.dims and here.target == there.target and are_distinct(target, dims)
            and not any(overlaps(nest, s, self.times) for s in nest.streams)
            and not any(overlaps(first, s, self.times) for s in first.streams)
        )  # fmt: skip

    def _zeros_of(self, nest: Nest) -> Nest | None:
        """Return an assignment of 0.0 to the targets of a nest that is the first to add to them, if it is."""
        target, dims = _moving(nest)
        if self.times > 1 or nest.mode != "+=" or not self.are_zero[addresses(target, dims)].all():
            return None
        first = Nest(dims, target, "=", Constant(0.0))
        return first if self._begins_with(nest, first) else None

    def _note(self, nest: Nest) -> None:
        """Note whether the targets of a nest are 0.0 now."""
        found = addresses(nest.target, nest.dims)
        if self.times == 1:
            self.are_zero[found] = nest.mode == "=" and nest.expression == Constant(0.0)
        else:
            way = nest.target.step * (self.times - 1)
            self.are_zero[found.min() + min(way, 0) : found.max() + max(way, 0) + 1] = False

    def _of_arrays(self, nest: Nest, first: Nest | None) -> None:
        if nest.mode == "=":
            self._assign(nest)
            return
        target, dims = _moving(nest)
        axes = tuple([d for d, stride in enumerate(nest.target.strides) if not stride])
        if nest.mode != "+=":
            ufunc = self.arrays.numpy("maximum" if nest.mode == "max=" else "minimum")
            found = self._reduced(ufunc, self._leaves_and_value(nest), nest.dims, axes)
            if target.table is None and are_distinct(target, dims):
                to = self._view_of(target, dims).text
                self.put(f"{ufunc}({to}, {found.text}, out={to})")
            else:
                window, index = self._scattered(target, dims)
                self.put(f"{ufunc}.at({window.text}, {self.bind(index)}, {self._full(found, dims).text})")
            return
        if target.table is None and are_distinct(target, dims):
            self._add(nest, axes, self._view_of(target, dims), first)
            return
        found = self._sum(nest, axes, None)
        window, index = self._scattered(target, dims)
        import numpy

        places, inverse = numpy.unique(index, return_inverse=True)
        if len(places) == index.size:
            self.put(f"{window.text}[{self.bind(index)}] += {found.text}")
        else:
            flat = f"{self._full(found, dims).text}.ravel()"
            sums = f"{self.arrays.numpy('bincount')}({self.bind(inverse.ravel())}, {flat}, {len(places)})"
            self.put(f"{window.text}[{self.bind(places)}] += {sums}")

    def _assign(self, nest: Nest) -> None:
        nest, target, dims = _last(nest)
        if target.table is not None:
            window, index = self._scattered(target, dims)
            self.put(f"{window.text}[{self.bind(index)}] = {self._leaves_and_value(nest).text}")
            return
        to = self._view_of(target, dims)
        apart = not any(overlaps(nest, s, self.times) for s in nest.streams)
        found = self._leaves_and_value(nest, to if apart else None)
        if found.text != to.text:
            self.put(f"{self.arrays.numpy('copyto')}({to.text}, {found.text})")

    def _add(self, nest: Nest, axes: tuple[int, ...], to: Operand, first: Nest | None) -> None:
        add = self.arrays.numpy("add")
        found = self._sum(nest, axes, to if first is not None else None)
        if first is None:
            self.put(f"{add}({to.text}, {found.text}, {to.text})")
            return
        if found.text != to.text:
            self.put(f"{self.arrays.numpy('copyto')}({to.text}, {found.text})")
        if first.expression != Constant(0.0):
            start = self._leaves_and_value(first)
            whole = self._view_of(first.target, first.dims).text
            self.put(f"{add}({whole}, {start.text}, {whole})")

    def _sum(self, nest: Nest, axes: tuple[int, ...], out: Operand | None) -> Operand:
        """Write the sum over axes of a nest; return it."""
        e = nest.expression
        if axes and isinstance(e, Call) and e.function == "mul":
            leaves = self._leaves(nest)
            left, right = (self.arrays.compute(x, leaves) for x in e.arguments)
            if left.array is not None and right.array is not None:
                contraction = Contraction(self.arrays, left, right, nest.dims, axes)
                if contraction.is_plain:
                    return contraction.write(out)
        x = self._leaves_and_value(nest, None if axes else out)
        return self._reduced(self.arrays.numpy("add"), x, nest.dims, axes, out)

    def _reduced(
        self, ufunc: str, x: Operand, dims: tuple[int, ...], axes: tuple[int, ...], out: Operand | None = None
    ) -> Operand:
        """Write the sum, maximum or minimum over axes; return it."""
        if not axes:
            return x
        x = self._full(
            x, tuple([n if d in axes else m for d, (n, m) in enumerate(zip(dims, x.shape or dims, strict=True))])
        )
        shape = tuple([n for d, n in enumerate(x.shape) if d not in axes])
        to = out if out is not None and out.shape == shape else self.arrays.new(shape)
        self.put(f"{ufunc}.reduce({x.text}, {axes[0] if len(axes) == 1 else axes}, None, {to.text})")
        return to

    def _full(self, x: Operand, dims: tuple[int, ...]) -> Operand:
        """Return an operand with all of these dimensions."""
        import numpy

        if x.array is None:
            return self.operand(numpy.full(dims, x.number), False)
        if x.shape == dims:
            return x
        return self.operand(numpy.broadcast_to(x.array, (self.times, *dims) if x.moves else dims), x.moves)

    # --- streams ---

    def _leaves_and_value(self, nest: Nest, out: Operand | None = None) -> Operand:
        return self.arrays.compute(nest.expression, self._leaves(nest), out)

    def _leaves(self, nest: Nest) -> dict[Any, Operand]:
        return {Symbol(f"s{k}"): self._stream(s, nest.dims) for k, s in enumerate(nest.streams)}

    def _stream(self, stream: Stream, dims: tuple[int, ...]) -> Operand:
        """Return the numbers of a stream, with a dimension of length 1 where it stays the same."""
        shape = tuple([n if stride else 1 for n, stride in zip(dims, stream.strides, strict=True)])
        if stream.table is None:
            return self.view(stream.base, shape, stream.strides, stream.step)
        window, index = self._scattered(stream, shape)
        found = self.arrays.new(shape)
        self.put(f"{window.text}.take({self.bind(index)}, None, {found.text}, 'clip')")
        return found

    def _view_of(self, target: Stream, dims: tuple[int, ...]) -> Operand:
        return self.view(target.base, dims, target.strides, target.step)

    def _scattered(self, stream: Stream, dims: tuple[int, ...]) -> tuple[Operand, Any]:
        """Return the part of the buffer that a stream is in, and its positions there."""
        low, high = span(stream, dims)
        return self.view(low, [high - low + 1], [1], stream.step), addresses(stream, dims) - low


def _views(array: Any, made: bool) -> Any:
    """Return the views that an array has along its first axis as an iterable; as a list of them if `made`."""
    if array.ndim == 1:  # else they would be numbers
        return [array[t, ...] for t in range(len(array))]
    return list(array) if made else array


def _moving(nest: Nest) -> tuple[Stream, tuple[int, ...]]:
    """Return the target and the dimensions of a nest without those in which the target stays the same."""
    kept = [d for d, stride in enumerate(nest.target.strides) if stride]
    strides = tuple([nest.target.strides[d] for d in kept])
    return nest.target._replace(strides=strides), tuple([nest.dims[d] for d in kept])


def _last(nest: Nest) -> tuple[Nest, Stream, tuple[int, ...]]:
    """Return an assignment without rounds whose results later ones overwrite; its target, and its dimensions."""
    target, dims = _moving(nest)
    streams = []
    for s in nest.streams:
        base = s.base + sum(
            stride * (n - 1)
            for stride, n, moves in zip(s.strides, nest.dims, nest.target.strides, strict=True)
            if not moves
        )
        strides = tuple([x for x, moves in zip(s.strides, nest.target.strides, strict=True) if moves])
        streams.append(s._replace(base=base, strides=strides))
    return nest._replace(dims=dims, target=target, streams=tuple(streams)), target, dims


def _number(x: float) -> str:
    return write(Constant(float(x)), PYTHON)
