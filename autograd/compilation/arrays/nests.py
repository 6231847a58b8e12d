"""Nests as calls of NumPy on views of a buffer.

A nest must be one whose rounds may all read before any of them writes. What is read is an array with an axis for each
dimension, of length 1 where it stays the same.
"""

from __future__ import annotations

from typing import Any

from ...expressions import Call, Constant, Symbol
from ..nests.addresses import addresses, are_distinct, overlaps, simplified, span
from ..nests.nest import Nest, Stream
from .buffer_code import BufferCode, Operand
from .contraction import Contraction
from .values import ArrayValues

__all__ = ["ArrayNests", "in_order_of_memory", "last", "moving"]


class ArrayNests:
    """Writes nests as calls of NumPy.

    Args:
        code: takes the lines.
    """

    def __init__(self, code: BufferCode) -> None:
        self.code, self.values = code, ArrayValues(code)

    def write(self, nest: Nest, first: Nest | None = None) -> None:
        """Write a nest; `first` is the assignment that it adds to, to be written with it."""
        self._write(nest, first)
        self.values.release()

    def _write(self, nest: Nest, first: Nest | None) -> None:
        if nest.mode == "=":
            self._assign(nest)
            return
        target, dims = moving(nest)
        axes = tuple([d for d, stride in enumerate(nest.target.strides) if not stride])
        if nest.mode != "+=":
            ufunc = self.values.numpy("maximum" if nest.mode == "max=" else "minimum")
            found = self._reduced(ufunc, self._leaves_and_value(nest), nest.dims, axes)
            if target.table is None and are_distinct(target, dims):
                to = self._view_of(target, dims).text
                self.code.put(f"{ufunc}({to}, {found.text}, out={to})")
            else:
                window, index = self._scattered(target, dims)
                self.code.put(f"{ufunc}.at({window.text}, {self.code.bind(index)}, {self._full(found, dims).text})")
            return
        if target.table is None and are_distinct(target, dims):
            self._add(nest, axes, self._view_of(target, dims), first)
            return
        found = self._sum(nest, axes, None)
        window, index = self._scattered(target, dims)
        import numpy

        places, inverse = numpy.unique(index, return_inverse=True)
        if len(places) == index.size:
            self.code.put(f"{window.text}[{self.code.bind(index)}] += {found.text}")
        else:
            flat = f"{self._full(found, dims).text}.ravel()"
            sums = f"{self.values.numpy('bincount')}({self.code.bind(inverse.ravel())}, {flat}, {len(places)})"
            self.code.put(f"{window.text}[{self.code.bind(places)}] += {sums}")

    def _assign(self, nest: Nest) -> None:
        nest, target, dims = last(nest)
        if target.table is not None:
            window, index = self._scattered(target, dims)
            self.code.put(f"{window.text}[{self.code.bind(index)}] = {self._leaves_and_value(nest).text}")
            return
        to = self._view_of(target, dims)
        apart = not any(overlaps(nest, s, self.code.times) for s in nest.streams)
        found = self._leaves_and_value(nest, to if apart else None)
        if found.text != to.text:
            self.code.put(f"{self.values.numpy('copyto')}({to.text}, {found.text})")

    def _add(self, nest: Nest, axes: tuple[int, ...], to: Operand, first: Nest | None) -> None:
        add = self.values.numpy("add")
        found = self._sum(nest, axes, to if first is not None else None)
        if first is None:
            self.code.put(f"{add}({to.text}, {found.text}, {to.text})")
            return
        if found.text != to.text:
            self.code.put(f"{self.values.numpy('copyto')}({to.text}, {found.text})")
        if first.expression != Constant(0.0):
            start = self._leaves_and_value(first)
            whole = self._view_of(first.target, first.dims).text
            self.code.put(f"{add}({whole}, {start.text}, {whole})")

    def _sum(self, nest: Nest, axes: tuple[int, ...], out: Operand | None) -> Operand:
        """Write the sum over axes of a nest; return it."""
        e = nest.expression
        if axes and isinstance(e, Call) and e.function == "mul":
            leaves = self._leaves(nest)
            left, right = (self.values.compute(x, leaves) for x in e.arguments)
            if left.array is not None and right.array is not None:
                contraction = Contraction(self.values, left, right, nest.dims, axes)
                if contraction.is_plain:
                    return contraction.write(out)
        x = self._leaves_and_value(nest, None if axes else out)
        return self._reduced(self.values.numpy("add"), x, nest.dims, axes, out)

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
        to = out if out is not None and out.shape == shape else self.values.new(shape)
        self.code.put(f"{ufunc}.reduce({x.text}, {axes[0] if len(axes) == 1 else axes}, None, {to.text})")
        return to

    def _full(self, x: Operand, dims: tuple[int, ...]) -> Operand:
        """Return an operand with all of these dimensions."""
        import numpy

        if x.array is None:
            return self.code.operand(numpy.full(dims, x.number), False)
        if x.shape == dims:
            return x
        return self.code.operand(numpy.broadcast_to(x.array, (self.code.times, *dims) if x.moves else dims), x.moves)

    def _leaves_and_value(self, nest: Nest, out: Operand | None = None) -> Operand:
        return self.values.compute(nest.expression, self._leaves(nest), out)

    def _leaves(self, nest: Nest) -> dict[Any, Operand]:
        return {Symbol(f"s{k}"): self._stream(s, nest.dims) for k, s in enumerate(nest.streams)}

    def _stream(self, stream: Stream, dims: tuple[int, ...]) -> Operand:
        """Return the numbers of a stream, with a dimension of length 1 where it stays the same."""
        shape = tuple([n if stride else 1 for n, stride in zip(dims, stream.strides, strict=True)])
        if stream.table is None:
            return self.code.view(stream.base, shape, stream.strides, stream.step)
        window, index = self._scattered(stream, shape)
        found = self.values.new(shape)
        self.code.put(f"{window.text}.take({self.code.bind(index)}, None, {found.text}, 'clip')")
        return found

    def _view_of(self, target: Stream, dims: tuple[int, ...]) -> Operand:
        return self.code.view(target.base, dims, target.strides, target.step)

    def _scattered(self, stream: Stream, dims: tuple[int, ...]) -> tuple[Operand, Any]:
        """Return the part of the buffer that a stream is in, and its positions there."""
        low, high = span(stream, dims)
        return self.code.view(low, [high - low + 1], [1], stream.step), addresses(stream, dims) - low


def in_order_of_memory(nest: Nest) -> Nest:
    """Return a nest with the loops in another order: those with the largest strides are the outermost ones."""
    streams = (nest.target, *nest.streams)
    sizes = [sum(abs(s.strides[d]) for s in streams if s.table is None) for d in range(len(nest.dims))]
    order = sorted(range(len(nest.dims)), key=lambda d: -sizes[d])
    target, *others = [s._replace(strides=tuple([s.strides[d] for d in order])) for s in streams]
    dims = tuple([nest.dims[d] for d in order])
    return simplified(nest._replace(dims=dims, target=target, streams=tuple(others)))


def moving(nest: Nest) -> tuple[Stream, tuple[int, ...]]:
    """Return the target and the dimensions of a nest without those in which the target stays the same."""
    kept = [d for d, stride in enumerate(nest.target.strides) if stride]
    strides = tuple([nest.target.strides[d] for d in kept])
    return nest.target._replace(strides=strides), tuple([nest.dims[d] for d in kept])


def last(nest: Nest) -> tuple[Nest, Stream, tuple[int, ...]]:
    """Return an assignment without rounds whose results later ones overwrite; its target, and its dimensions."""
    target, dims = moving(nest)
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
