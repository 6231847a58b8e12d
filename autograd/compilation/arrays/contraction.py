"""Sums of products of two arrays as matrix products, if their axes allow it, else by einsum."""

from __future__ import annotations

import math
from collections.abc import Sequence

from .buffer_code import Operand
from .values import ArrayValues

__all__ = ["Contraction"]

LETTERS = "abcdefghijklmnopqrstuvwxyz"
NUMBER = 8  # bytes


class Contraction:
    """The sum of left * right over some axes, which have the same positions in both.

    Args:
        arrays: makes the arrays for results in between.
        put: takes a line of code.
        left: an array with all axes; those in which it stays the same have length 1.
        right: another one.
        dims: the lengths of all axes.
        axes: those to sum over.
    """

    def __init__(
        self, arrays: ArrayValues, left: Operand, right: Operand, dims: tuple[int, ...], axes: Sequence[int]
    ) -> None:
        self.arrays, self.put, self.left, self.right, self.dims = arrays, arrays.put, left, right, dims
        ofs = [(left.shape[d] > 1, right.shape[d] > 1) for d in range(len(dims))]
        self.summed = [d for d in axes if ofs[d] == (True, True)]
        self.free = [d for d in range(len(dims)) if d not in axes]
        self.both, self.of_left, self.of_right = (
            [d for d in self.free if ofs[d] == wanted] for wanted in ((True, True), (True, False), (False, True))
        )
        self.is_plain = all(ofs[d][0] == ofs[d][1] for d in axes)  # else sums would be multiplied, not products added
        self.factor = math.prod([dims[d] for d in axes if ofs[d] == (False, False)])
        self.shape = tuple([max(left.shape[d], right.shape[d]) for d in self.free])

    def write(self, out: Operand | None) -> Operand:
        """Write the calls, if the contraction is plain; return the sum, with an axis for each that is not summed over.

        Args:
            out: an array for the result, used if its shape is that of the result.
        """
        to = out if out is not None and out.shape == self.shape else self.arrays.new(self.shape)
        if not self.summed or not self._product(to):
            self._einsum(to)
        if self.factor != 1:
            factor = self.arrays.constant(float(self.factor)).text
            self.put(f"{self.arrays.numpy('multiply')}({to.text}, {factor}, {to.text})")
        return to

    def _einsum(self, to: Operand) -> None:
        names = []
        for x, axes in ((self.left, range(len(self.dims))), (self.right, range(len(self.dims))), (to, self.free)):
            kept = [(i, d) for i, d in enumerate(axes) if x.shape[i] > 1]
            names.append(("".join([LETTERS[d] for _, d in kept]), self._selected(x, [[i] for i, _ in kept])))
        (a, left), (b, right), (c, found) = names
        assert left is not None and right is not None and found is not None
        self.put(f"{self.arrays.numpy('einsum')}('{a},{b}->{c}', {left.text}, {right.text}, out={found.text})")

    def _product(self, to: Operand) -> bool:
        """Write a matrix product, if the axes allow it; return whether they do."""
        rows, columns, left, right = self.of_left, self.of_right, self.left, self.right
        if rows and columns and rows[0] > columns[0]:
            rows, columns, left, right = columns, rows, right, left
        if not rows:
            rows, columns, left, right = columns, rows, right, left
        order = [*self.both, *rows, *columns]
        if order != [d for d in self.free if d in order] or self.both and not (rows and columns):
            return False
        stack = [[d] for d in self.both]
        a = self._selected(left, [*stack, rows, self.summed] if rows else [self.summed])
        b = self._selected(right, [*stack, self.summed, columns] if columns else [*stack, self.summed])
        if a is None or b is None:
            return False
        places = [self.free.index(d) for d in order]
        groups = [[self.free.index(d) for d in group] for group in (*stack, rows, columns) if group]
        found = self._selected(to, groups)
        if found is None or not _suits_blas(found):
            shape = tuple([math.prod([to.shape[i] for i in group]) for group in groups])
            found = self.arrays.new(shape)
        self.put(f"{self.arrays.numpy('matmul')}({self._ready(a).text}, {self._ready(b).text}, {found.text})")
        if found.array.__array_interface__["data"] != to.array.__array_interface__["data"]:
            same = self.arrays.operand(found.array.reshape([to.shape[i] for i in places]), False)
            goal = self._selected(to, [[i] for i in places])
            assert goal is not None
            self.put(f"{self.arrays.numpy('copyto')}({goal.text}, {same.text})")
        return True

    def _ready(self, x: Operand) -> Operand:
        """Write a copy of a matrix if BLAS cannot read it as it is; return it."""
        if _suits_blas(x):
            return x
        copy = self.arrays.new(x.shape)
        self.put(f"{self.arrays.numpy('copyto')}({copy.text}, {x.text})")
        return copy

    def _selected(self, x: Operand, groups: Sequence[Sequence[int]]) -> Operand | None:
        """Return an array with an axis for each group of axes; None if one is not like a single axis."""
        from numpy.lib.stride_tricks import as_strided

        shape: list[int] = list(x.array.shape[:1] if x.moves else ())
        strides: list[int] = list(x.array.strides[:1] if x.moves else ())
        sizes, steps = x.shape, x.array.strides[1:] if x.moves else x.array.strides
        for group in groups:
            for outer, inner in zip(group, group[1:], strict=False):
                if steps[outer] != steps[inner] * sizes[inner]:
                    return None
            shape.append(math.prod([sizes[d] for d in group]))
            strides.append(steps[group[-1]])
        return self.arrays.operand(as_strided(x.array, shape, strides), x.moves)


def _suits_blas(x: Operand) -> bool:
    """Return whether the last two axes of an array are those of a matrix that BLAS can read."""
    if len(x.shape) < 2:
        return True
    (m, n), (outer, inner) = x.shape[-2:], [s // NUMBER for s in x.array.strides[-2:]]
    return bool((inner == 1 and outer >= n) or (outer == 1 and inner >= m))
