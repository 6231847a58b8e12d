"""Linear layers, embeddings, containers of modules (Sequential, ModuleList, Residual), and Dropout."""

from __future__ import annotations

import math
import operator
import random
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from ..functions import dot, take
from ..modes import recorder
from ..primitives import number, where
from ..text import given, shown
from ..value import Value
from . import init
from .arguments import Seed, as_list, generator, is_sequence, per_number, per_sample, size
from .kinds import PerNumber, PerSample, PerToken
from .module import Module, Parameter

__all__ = ["Dropout", "Embedding", "Linear", "ModuleList", "Residual", "Sequential"]


def matrix(rows: int, columns: int) -> list[list[Parameter]]:
    """Return a weight matrix of zeros: a row for each output, a column for each input."""
    return [vector(columns) for _ in range(rows)]


def vector(n: int, value: float = 0.0) -> list[Parameter]:
    """Return n parameters with the same number."""
    return [Parameter(value) for _ in range(n)]


class Linear(PerSample):
    """y = W x + b: every output is one `dot` node.

    Args:
        in_features: the number of numbers in a sample.
        out_features: the number of outputs.
        bias: whether to add b.
        seed: an int or a `random.Random`; all numbers start uniform in [-1, 1] / sqrt(in_features), as PyTorch's.

    Attributes:
        weight: W, a list with a list of Parameters for every output.
        bias: b, a list of Parameters, or None.

    >>> layer = Linear(2, 1)
    >>> layer.load_state_dict({"weight": [[3.0, -1.0]], "bias": [0.5]})
    IncompatibleKeys(missing_keys=[], unexpected_keys=[])
    >>> layer([1.0, 2.0])[0].data
    1.5
    >>> [[y.data] for [y] in layer([[1.0, 2.0], [0.0, 0.0]])]
    [[1.5], [0.5]]
    """

    weight: list[list[Value]]
    bias: list[Value] | None

    def __init__(self, in_features: int, out_features: int, bias: bool = True, *, seed: Seed = None) -> None:
        self.in_features = size(in_features, "in_features")
        self.out_features = size(out_features, "out_features")
        rng, bound = generator(seed), 1.0 / math.sqrt(in_features)
        self.weight = init.uniform_(matrix(out_features, in_features), -bound, bound, rng)
        self.bias = init.uniform_(vector(out_features), -bound, bound, rng) if bias else None

    def forward(self, x: Any) -> list[Any]:
        """Return the outputs of a sample, or of every sample of a batch."""
        return per_sample(self._outputs, x, "Linear", self.in_features)

    def _outputs(self, xs: list[Any]) -> list[Any]:
        if self.bias is None:
            return [dot(row, xs) for row in self.weight]
        return [dot(row, xs, b) for row, b in zip(self.weight, self.bias, strict=True)]

    def extra_repr(self) -> str:
        return f"in_features={self.in_features}, out_features={self.out_features}, bias={self.bias is not None}"


class Embedding(PerToken):
    """A row of numbers for each whole number, such as a token: `weight[i]`.

    Args:
        num_embeddings: the number of rows.
        embedding_dim: the number of numbers in a row.
        seed: an int or a `random.Random`; all numbers start normal, with mean 0 and standard deviation 1, as PyTorch's.

    Attributes:
        weight: a list with a list of Parameters for every whole number.

    >>> layer = Embedding(3, 2)
    >>> layer.load_state_dict({"weight": [[0.5, 1.0], [2.0, 3.0], [4.0, 5.0]]})
    IncompatibleKeys(missing_keys=[], unexpected_keys=[])
    >>> [[x.data for x in row] for row in layer([2, 0])]
    [[4.0, 5.0], [0.5, 1.0]]
    """

    weight: list[list[Value]]

    def __init__(self, num_embeddings: int, embedding_dim: int, *, seed: Seed = None) -> None:
        self.num_embeddings = size(num_embeddings, "num_embeddings")
        self.embedding_dim = size(embedding_dim, "embedding_dim")
        self.weight = init.normal_(matrix(num_embeddings, embedding_dim), 0.0, 1.0, generator(seed))

    def forward(self, x: Any) -> list[Any]:
        """Return the row of a whole number, or the rows of a sequence of them, as nested as that is.

        Raises:
            IndexError: a number is negative, or there is no such row.
        """
        if is_sequence(x):
            return [self.forward(i) for i in as_list(x, "Embedding")]
        if isinstance(x, bool) or not hasattr(x, "__index__"):
            raise TypeError(f"Embedding takes whole numbers, but got {given(x)}: give indices of rows")
        if x < 0 or x >= self.num_embeddings:
            raise IndexError(
                f"Embedding has rows 0 to {self.num_embeddings - 1}, but got {x}: give another index, or make it larger"
            )
        found: list[Any] = take(self.weight, x if isinstance(x, int) else operator.index(x))
        return found

    def extra_repr(self) -> str:
        return f"{self.num_embeddings}, {self.embedding_dim}"


class _Modules(Module):
    """Modules with names or positions."""

    _items: dict[str, Module]

    def _members(self) -> Iterator[tuple[str, Any]]:
        yield from self._items.items()

    def __len__(self) -> int:
        return len(self._items)

    def __iter__(self) -> Iterator[Module]:
        return iter(self._items.values())

    def __getitem__(self, index: Any) -> Any:
        """Return the module at a position; for a slice another container of the same modules."""
        found = list(self._items.values())[index]
        if not isinstance(index, slice):
            return found
        part = type(self)()
        part._items = _numbered(found)
        return part

    def append(self, module: Module) -> None:
        """Put a module at the end."""
        self._items = _numbered([*self, _module(module)])


class Sequential(_Modules):
    """Modules in a chain: each gets the result of the one before it.

    Args:
        modules: the modules, or one dict of them with their names.

    >>> Sequential(Linear(2, 3, seed=0), Dropout(0.2))
    Sequential(
      (0): Linear(in_features=2, out_features=3, bias=True)
      (1): Dropout(p=0.2)
    )  # 9 parameters
    """

    def __init__(self, *modules: Module | Mapping[str, Module]) -> None:
        if len(modules) == 1 and isinstance(modules[0], Mapping):
            self._items = {name: _module(module) for name, module in modules[0].items()}
        else:
            self._items = _numbered(modules)

    def forward(self, x: Any) -> Any:
        """Return the result of the last module."""
        for module in self._items.values():
            x = module(x)
        return x


class ModuleList(_Modules):
    """A list of modules; without forward(), since it does not say how they go together."""

    def __init__(self, modules: Iterable[Module] = ()) -> None:
        self._items = _numbered(modules)

    def extend(self, modules: Iterable[Module]) -> None:
        """Put modules at the end."""
        self._items = _numbered([*self, *modules])

    def insert(self, index: int, module: Module) -> None:
        """Put a module before the one at a position."""
        items = list(self)
        items.insert(index, module)
        self._items = _numbered(items)

    def __setitem__(self, index: int, module: Module) -> None:
        items = list(self)
        items[index] = module
        self._items = _numbered(items)


def _module(x: Any) -> Module:
    if not isinstance(x, Module):
        hint = "; for a function there are modules such as nn.ReLU()" if callable(x) else ""
        raise TypeError(f"expected a Module, but got {given(x)}{hint}")
    return x


def _numbered(modules: Iterable[Any]) -> dict[str, Module]:
    return {str(i): _module(module) for i, module in enumerate(modules)}


class Residual(Module):
    """y = F(x) + x: the gradient comes through the sum undiminished, whatever F does (He et al. 2015).

    Args:
        module: F; it has the same number of outputs and inputs.

    >>> block = Residual(Linear(2, 2, bias=False))
    >>> weight = init.zeros_(block.module.weight)
    >>> [y.data for y in block([3.0, 4.0])]
    [3.0, 4.0]
    """

    def __init__(self, module: Module) -> None:
        self.module = _module(module)

    def forward(self, x: Any) -> Any:
        """Return F(x) + x."""
        return _sum(self.module(x), x)


def _sum(a: Any, b: Any) -> Any:
    if not (is_sequence(a) and is_sequence(b)):
        return a + b
    xs, ys = as_list(a, "Residual"), as_list(b, "Residual")
    if len(xs) != len(ys):
        raise ValueError(f"Residual takes a module that keeps the width, but it made {len(xs)} numbers of {len(ys)}")
    return [_sum(x, y) for x, y in zip(xs, ys, strict=True)]


class Dropout(PerNumber):
    """In training every number becomes 0 with probability p, the others are divided by 1 - p; else nothing happens.

    So the expected value of every output is its input (Srivastava et al. 2014).

    Args:
        p: the probability, from 0 to 1.
        seed: an int or a `random.Random`.

    >>> Dropout(0.5, seed=1)([1.0, 1.0, 1.0, 1.0])
    [0.0, 2.0, 2.0, 0.0]
    >>> Dropout(0.5).eval()([1.0, 1.0])
    [1.0, 1.0]
    """

    def __init__(self, p: float = 0.5, *, seed: Seed = None) -> None:
        self.p = number(p, "p")
        if not 0.0 <= self.p <= 1.0:
            raise ValueError(f"p must be a probability from 0 to 1, but got {shown(p)}")
        self._rng = generator(seed)

    def forward(self, x: Any) -> Any:
        """Return x, in training with some of its numbers dropped."""
        if not self.training or self.p == 0.0:
            return x
        if (by := recorder()) is None:
            random, p = self._rng.random, self.p
            scale = 1.0 / (1.0 - p) if p < 1.0 else 0.0
            return per_number(lambda v: 0.0 if random() < p else v * scale, x, "Dropout")

        def dropped(v: Any) -> Any:
            factor = by.drawn(self._rng, self._factors)
            if isinstance(factor, Value):
                return where(factor, v * factor, 0.0)
            return v * factor if factor else 0.0

        return per_number(dropped, x, "Dropout")

    def _factors(self, rng: random.Random, count: int) -> list[float]:
        """Draw what numbers are multiplied by."""
        draw, p = rng.random, self.p
        scale = 1.0 / (1.0 - p) if p < 1.0 else 0.0
        return [0.0 if draw() < p else scale for _ in range(count)]

    def extra_repr(self) -> str:
        return f"p={self.p}"
