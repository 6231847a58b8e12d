"""Code over a buffer while it is written: lines of Python, and names for the objects that they use."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, NamedTuple

if TYPE_CHECKING:
    from numpy import float64
    from numpy.typing import NDArray

__all__ = ["BufferCode", "Operand"]

MOST_VIEWS = 100_000  # that are made before a loop, instead of in it


class Operand(NamedTuple):
    """A number or an array in code.

    Args:
        text: what the code calls it.
        array: the array, with an axis for each dimension of the nest, of length 1 where it stays the same; None for a
            number.
        moves: whether it is another array in each round of the loop; then `array` has all, along its first axis.
        number: a number.
    """

    text: str
    array: Any = None
    moves: bool = False
    number: float = float("nan")

    @property
    def shape(self) -> tuple[int, ...]:
        if self.array is None:
            return ()
        found: tuple[int, ...] = self.array.shape
        return found[1:] if self.moves else found


class BufferCode:
    """Lines of Python and what they use.

    Args:
        memory: the buffer; its items are those of `buffer` in the code.

    Attributes:
        times: how often the loop around the lines runs; 1 if there is none.
    """

    def __init__(self, memory: NDArray[float64]) -> None:
        self.memory, self.times = memory, 1
        self.space: dict[str, Any] = {"buffer": memoryview(memory.data)}
        self.lines: list[str] = []
        self._indent = ""
        self._iterators: dict[Any, tuple[str, Any]] = {}  # of a loop: names and what they run over
        self._operands: dict[Any, Operand] = {}

    def put(self, line: str) -> None:
        self.lines.append(self._indent + line)

    def bind(self, x: Any) -> str:
        """Return a new name for an object."""
        name = f"n{len(self.space)}"
        self.space[name] = x
        return name

    def iterate(self, x: Any) -> str:
        """Return the name of the item of an iterable in each round of the loop."""
        key = x if isinstance(x, range) else id(x)
        if key not in self._iterators:
            self._iterators[key] = f"i{len(self._iterators)}", x
        return self._iterators[key][0]

    def operand(self, array: Any, moves: bool = False) -> Operand:
        """Return an array as an operand, by the same name if there is one for the same elements."""
        key = array.__array_interface__["data"], array.shape, array.strides, array.dtype, moves
        if key not in self._operands:
            self._operands[key] = Operand(self.iterate(array) if moves else self.bind(array), array, moves)
        return self._operands[key]

    def view(self, base: int, shape: Sequence[int], strides: Sequence[int], step: int = 0) -> Operand:
        """Return a view of the buffer; if it moves by a step in each round of the loop, all of them."""
        import numpy

        if step:
            shape, strides = (self.times, *shape), (step, *strides)
        array: Any = numpy.ndarray(tuple(shape), float, self.memory, 8 * base, tuple([8 * s for s in strides]))
        return self.operand(array, bool(step))

    @contextmanager
    def loop(self, times: int) -> Iterator[None]:
        """Write what is written meanwhile as the body of a loop."""
        outer, indent = self.lines, self._indent
        self.lines, self.times, self._indent = [], times, indent + " "
        yield
        body, self.lines, self._indent, self.times = self.lines, outer, indent, 1
        names = [name for name, _ in self._iterators.values()]
        few = times * len(names) <= MOST_VIEWS
        every = [self.bind(x if isinstance(x, range) else _views(x, few)) for _, x in self._iterators.values()]
        if len(names) > 1:
            self.put(f"for {', '.join(names)} in zip({', '.join(every)}):")
        else:
            self.put(f"for {names[0]} in {every[0]}:" if names else f"for _ in range({times}):")
        self.lines += body or [f"{indent} pass"]
        self._iterators = {}
        self._operands = {key: x for key, x in self._operands.items() if not x.moves}

    def function(self, space: Mapping[str, Any], head: str, end: str) -> Any:
        """Return the lines as a function of no arguments.

        Args:
            space: further names.
            head: a statement whose block they are.
            end: the last statement.
        """
        names = self.space | dict(space)
        lines = ["def run():", f" {head}", *[f"  {line}" for line in self.lines], f"  {end}"]
        exec(compile("\n".join(lines), "<calls on a buffer>", "exec"), names)
        return names["run"]


def _views(array: Any, made: bool) -> Any:
    """Return the views that an array has along its first axis as an iterable; as a list of them if `made`."""
    if array.ndim == 1:  # else they would be numbers
        return [array[t, ...] for t in range(len(array))]
    return list(array) if made else array
