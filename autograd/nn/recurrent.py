"""Recurrent networks: modules that read a sequence step by step and remember.

A cell does one step; `RNN`, `LSTM` and `GRU` go through a sequence, with PyTorch's names for the weights, its order of
the gates (rows of one matrix) and its shapes.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any, ClassVar, Generic, TypeVar, cast

from ..functions import dot
from ..text import shown
from . import init
from .arguments import Seed, generator, is_sequence, per_sample, size
from .layers import matrix, vector
from .module import Module

__all__ = ["GRU", "LSTM", "RNN", "GRUCell", "LSTMCell", "RNNCell"]

Vector = Sequence[Any]
State = tuple[Vector, ...]  # (h,), or (h, c) for LSTM
Hidden = list[Any]  # h as it is returned: Values, or a list of these for each sample or layer
R = TypeVar("R", Hidden, tuple[Hidden, Hidden])  # the state as it is returned: h, or (h, c)


class _Weights:
    """The parameters of one layer: from the input and from the state before, to every row of every gate."""

    def __init__(self, module: Module, suffix: str) -> None:
        self.input, self.hidden = getattr(module, f"weight_ih{suffix}"), getattr(module, f"weight_hh{suffix}")
        self.input_bias = getattr(module, f"bias_ih{suffix}")
        self.hidden_bias = getattr(module, f"bias_hh{suffix}")

    def of_both(self, row: int, x: Vector, h: Vector) -> Any:
        """One row of W_ih x + b_ih + W_hh h + b_hh, as one node."""
        weights, numbers = [*self.input[row], *self.hidden[row]], [*x, *h]
        if self.input_bias is None:
            return dot(weights, numbers)
        return dot([*weights, self.hidden_bias[row]], [*numbers, 1.0], self.input_bias[row])

    def of_hidden(self, row: int, h: Vector) -> Any:
        """One row of W_hh h + b_hh."""
        return dot(self.hidden[row], h, None if self.hidden_bias is None else self.hidden_bias[row])

    def of_input(self, row: int, x: Vector, r: Any, hidden: Any) -> Any:
        """One row of W_ih x + b_ih, plus r * hidden."""
        bias = None if self.input_bias is None else self.input_bias[row]
        return dot([*self.input[row], r], [*x, hidden], bias)


class _Recurrent(Module, Generic[R]):
    """The common part of cells and networks: a step, and the sizes and names of its weights."""

    _gates: ClassVar[int] = 1
    _states: ClassVar[tuple[str, ...]] = ("h",)

    def __init__(self, input_size: int, hidden_size: int, bias: bool) -> None:
        self.input_size = size(input_size, "input_size")
        self.hidden_size = size(hidden_size, "hidden_size")
        self.bias = bias

    def _add_weights(self, suffix: str, inputs: int, seed: Seed) -> None:
        rows, rng, bound = self._gates * self.hidden_size, generator(seed), 1.0 / math.sqrt(self.hidden_size)
        setattr(self, f"weight_ih{suffix}", init.uniform_(matrix(rows, inputs), -bound, bound, rng))
        setattr(self, f"weight_hh{suffix}", init.uniform_(matrix(rows, self.hidden_size), -bound, bound, rng))
        for name in (f"bias_ih{suffix}", f"bias_hh{suffix}"):
            setattr(self, name, init.uniform_(vector(rows), -bound, bound, rng) if self.bias else None)

    def _step(self, w: _Weights, x: Vector, state: State) -> State:
        """Return the next state; its first part is the output."""
        raise NotImplementedError

    def _given(self, hx: Any) -> tuple[Any, ...]:
        """The parts of an initial state: (h,), or (h, c)."""
        if len(self._states) == 1:
            return (hx,)
        if not isinstance(hx, (tuple, list)) or len(hx) != len(self._states):
            raise ValueError(f"{type(self).__name__} takes its state as a tuple (h, c), but got a {type(hx).__name__}")
        return tuple(hx)

    def _part(self, x: Any, shape: tuple[int, ...], what: str) -> Any:
        """A part of an initial state, if it has this shape."""
        part = per_sample(list, x, f"{what} of {type(self).__name__}", self.hidden_size)
        found, level = [], part
        while is_sequence(level):
            found.append(len(level))
            level = level[0]
        if tuple(found) != shape:
            raise ValueError(f"{what} of {type(self).__name__} must have the shape {shape}, but has {tuple(found)}")
        return part

    def _zeros(self) -> State:
        return ([0.0] * self.hidden_size,) * len(self._states)

    def _result(self, parts: Sequence[Any]) -> R:
        return cast(R, parts[0] if len(parts) == 1 else tuple(parts))

    def extra_repr(self) -> str:
        return f"{self.input_size}, {self.hidden_size}" + ("" if self.bias else ", bias=False")


class _TanhStep(_Recurrent[Hidden]):
    """h' = tanh(W_ih x + b_ih + W_hh h + b_hh), or with relu."""

    nonlinearity: str

    def _set_nonlinearity(self, name: str) -> None:
        if name not in ("tanh", "relu"):
            raise ValueError(f"nonlinearity must be 'tanh' or 'relu', but got {shown(name)}")
        self.nonlinearity = name

    def _step(self, w: _Weights, x: Vector, state: State) -> State:
        (h,) = state
        zs = [w.of_both(row, x, h) for row in range(self.hidden_size)]
        return ([z.tanh() if self.nonlinearity == "tanh" else z.relu() for z in zs],)


class _LSTMStep(_Recurrent[tuple[Hidden, Hidden]]):
    """Gates i, f, g, o from x and h; c' = f c + i g and h' = o tanh(c')."""

    _gates = 4
    _states = ("h", "c")

    def _step(self, w: _Weights, x: Vector, state: State) -> State:
        (h, c), n = state, self.hidden_size
        i = [w.of_both(row, x, h).sigmoid() for row in range(n)]
        f = [w.of_both(row, x, h).sigmoid() for row in range(n, 2 * n)]
        g = [w.of_both(row, x, h).tanh() for row in range(2 * n, 3 * n)]
        o = [w.of_both(row, x, h).sigmoid() for row in range(3 * n, 4 * n)]
        new_c = [f[k] * c[k] + i[k] * g[k] for k in range(n)]
        return [o[k] * new_c[k].tanh() for k in range(n)], new_c


class _GRUStep(_Recurrent[Hidden]):
    """Gates r, z from x and h; n = tanh(W_in x + b_in + r (W_hn h + b_hn)) and h' = (1 - z) n + z h."""

    _gates = 3

    def _step(self, w: _Weights, x: Vector, state: State) -> State:
        (h,), size = state, self.hidden_size
        r = [w.of_both(row, x, h).sigmoid() for row in range(size)]
        z = [w.of_both(row, x, h).sigmoid() for row in range(size, 2 * size)]
        hidden = [w.of_hidden(row, h) for row in range(2 * size, 3 * size)]
        n = [w.of_input(2 * size + k, x, r[k], hidden[k]).tanh() for k in range(size)]
        return ([n[k] + z[k] * (h[k] - n[k]) for k in range(size)],)


# --- cells: one step ---


class _Cell(_Recurrent[R]):
    def forward(self, x: Any, hx: Any = None) -> R:
        """Return the state after one step, of a sample or of every sample of a batch.

        Args:
            x: `input_size` numbers, or a batch of them.
            hx: the state before: h, or (h, c) for LSTMCell, with a row for each sample of x; zeros if None.
        """
        name = type(self).__name__
        xs, w = per_sample(list, x, name, self.input_size), _Weights(self, "")
        if not is_sequence(xs[0]):
            return self._result(self._step(w, xs, self._initial(hx, (self.hidden_size,))))
        if is_sequence(xs[0][0]):
            raise ValueError(f"{name} takes a sample or a batch of samples, but got a batch of batches")
        if hx is None:
            states = [self._zeros()] * len(xs)
        else:
            states = list(zip(*self._initial(hx, (len(xs), self.hidden_size)), strict=True))
        after = [self._step(w, sample, state) for sample, state in zip(xs, states, strict=True)]
        return self._result([list(part) for part in zip(*after, strict=True)])

    def _initial(self, hx: Any, shape: tuple[int, ...]) -> State:
        if hx is None:
            return self._zeros()
        return tuple(self._part(part, shape, what) for part, what in zip(self._given(hx), self._states, strict=True))


class RNNCell(_Cell[Hidden], _TanhStep):
    """h' = tanh(W_ih x + b_ih + W_hh h + b_hh), or with relu.

    Args:
        input_size: the number of inputs at each step.
        hidden_size: the number of numbers in a state.
        bias: whether to add biases.
        nonlinearity: "tanh" or "relu".
        seed: an int or a `random.Random`; all weights start uniform in [-1, 1] / sqrt(hidden_size), as PyTorch's.

    >>> cell = RNNCell(2, 3, seed=0)
    >>> h = cell([1.0, 2.0])
    >>> h = cell([3.0, 4.0], h)
    >>> len(h)
    3
    """

    def __init__(
        self, input_size: int, hidden_size: int, bias: bool = True, nonlinearity: str = "tanh", *, seed: Seed = None
    ) -> None:
        super().__init__(input_size, hidden_size, bias)
        self._set_nonlinearity(nonlinearity)
        self._add_weights("", input_size, seed)


class LSTMCell(_Cell[tuple[Hidden, Hidden]], _LSTMStep):
    """Long short-term memory (Hochreiter and Schmidhuber 1997): the memory c is added to, not replaced.

    i, f, o = sigmoid(...) and g = tanh(...) of W_ih x + b_ih + W_hh h + b_hh; c' = f c + i g and h' = o tanh(c').
    The state is a tuple (h, c). See `RNNCell` for the arguments.

    >>> h, c = LSTMCell(2, 3, seed=0)([1.0, 2.0])
    """

    def __init__(self, input_size: int, hidden_size: int, bias: bool = True, *, seed: Seed = None) -> None:
        super().__init__(input_size, hidden_size, bias)
        self._add_weights("", input_size, seed)


class GRUCell(_Cell[Hidden], _GRUStep):
    """Gated recurrent unit (Cho et al. 2014).

    r, z = sigmoid(...) of W_ih x + b_ih + W_hh h + b_hh; n = tanh(W_in x + b_in + r (W_hn h + b_hn)) and
    h' = (1 - z) n + z h. See `RNNCell` for the arguments.

    >>> h = GRUCell(2, 3, seed=0)([1.0, 2.0])
    """

    def __init__(self, input_size: int, hidden_size: int, bias: bool = True, *, seed: Seed = None) -> None:
        super().__init__(input_size, hidden_size, bias)
        self._add_weights("", input_size, seed)


# --- networks: a sequence ---


class _Network(_Recurrent[R]):
    def __init__(
        self, input_size: int, hidden_size: int, num_layers: int, bias: bool, batch_first: bool, seed: Seed
    ) -> None:
        super().__init__(input_size, hidden_size, bias)
        self.num_layers = size(num_layers, "num_layers")
        self.batch_first = batch_first
        rng = generator(seed)
        for k in range(num_layers):
            self._add_weights(f"_l{k}", hidden_size if k else input_size, rng)

    def forward(self, x: Any, hx: Any = None) -> tuple[list[Any], R]:
        """Return the outputs of the last layer at every step, and the states of all layers after the last step.

        Args:
            x: a sequence of samples; or a batch of sequences: x[step][i], or x[i][step] with `batch_first`.
            hx: the states before, one for each layer: h[layer], h[layer][i] for a batch, or (h, c) for LSTM; zeros
                if None.

        Returns:
            (output, h_n), for LSTM (output, (h_n, c_n)); output in the order of x, h_n and c_n in that of hx.
        """
        xs = per_sample(list, x, type(self).__name__, self.input_size)
        dimensions, level = 0, xs
        while is_sequence(level):
            dimensions, level = dimensions + 1, level[0]
        if dimensions not in (2, 3):
            raise ValueError(
                f"{type(self).__name__} takes a sequence of samples (2 dimensions) or a batch of sequences (3), "
                f"but got {dimensions} dimension{'s' * (dimensions > 1)}"
            )
        if dimensions == 2:
            output, states = self._run(xs, self._initial(hx, None)[0])
            return output, self._result([list(part) for part in zip(*states, strict=True)])
        lengths = {len(row) for row in xs}
        if len(lengths) > 1:
            raise ValueError(f"the sequences of a batch must have one length, but got {shown(sorted(lengths))}")
        sequences = xs if self.batch_first else _transposed(xs)
        runs = [
            self._run(sequence, state)
            for sequence, state in zip(sequences, self._initial(hx, len(sequences)), strict=True)
        ]
        outputs = [output for output, _ in runs]
        parts = [[[states[k][p] for _, states in runs] for k in range(self.num_layers)] for p in self._positions()]
        return outputs if self.batch_first else _transposed(outputs), self._result(parts)

    def _positions(self) -> range:
        return range(len(self._states))

    def _run(self, sequence: list[Vector], initial: list[State]) -> tuple[list[Vector], list[State]]:
        """Go through one sequence, layer by layer; return the last layer's outputs and every layer's last state."""
        last = []
        for k, state in enumerate(initial):
            w, outputs = _Weights(self, f"_l{k}"), []
            for x in sequence:
                state = self._step(w, x, state)
                outputs.append(state[0])
            last.append(state)
            sequence = outputs
        return sequence, last

    def _initial(self, hx: Any, batch: int | None) -> list[list[State]]:
        """The states before the first step: for every sequence, for every layer."""
        sequences = 1 if batch is None else batch
        if hx is None:
            return [[self._zeros()] * self.num_layers] * sequences
        shape = (self.num_layers, *(() if batch is None else (batch,)), self.hidden_size)
        given = [self._part(part, shape, what) for part, what in zip(self._given(hx), self._states, strict=True)]
        if batch is None:
            given = [[[vector] for vector in part] for part in given]
        return [[tuple(part[k][i] for part in given) for k in range(self.num_layers)] for i in range(sequences)]

    def extra_repr(self) -> str:
        layers = f", num_layers={self.num_layers}" if self.num_layers > 1 else ""
        return super().extra_repr() + layers + (", batch_first=True" if self.batch_first else "")


def _transposed(rows: Sequence[Sequence[Any]]) -> list[list[Any]]:
    return [list(column) for column in zip(*rows, strict=True)]


class RNN(_Network[Hidden], _TanhStep):
    """h' = tanh(W_ih x + b_ih + W_hh h + b_hh) at every step, or with relu; further layers read the layer below.

    Args:
        input_size: the number of inputs at each step.
        hidden_size: the number of numbers in a state.
        num_layers: the number of layers.
        nonlinearity: "tanh" or "relu".
        bias: whether to add biases.
        batch_first: whether a batch is x[i][step] rather than x[step][i].
        seed: an int or a `random.Random`; all weights start uniform in [-1, 1] / sqrt(hidden_size), as PyTorch's.

    Attributes:
        weight_ih_l0, weight_hh_l0, bias_ih_l0, bias_hh_l0: the parameters of the first layer; ..._l1 of the second.

    >>> output, h_n = RNN(1, 2, seed=0)([[0.5], [1.0], [1.5]])
    >>> len(output), len(h_n), output[-1] == h_n[0]
    (3, 1, True)
    """

    def __init__(
        self,
        input_size: int,
        hidden_size: int,
        num_layers: int = 1,
        nonlinearity: str = "tanh",
        bias: bool = True,
        batch_first: bool = False,
        *,
        seed: Seed = None,
    ) -> None:
        self._set_nonlinearity(nonlinearity)
        super().__init__(input_size, hidden_size, num_layers, bias, batch_first, seed)


class LSTM(_Network[tuple[Hidden, Hidden]], _LSTMStep):
    """Long short-term memory over a sequence; see `LSTMCell` for the formula and `RNN` for the arguments.

    >>> output, (h_n, c_n) = LSTM(1, 2, seed=0)([[0.5], [1.0], [1.5]])
    >>> output[-1] == h_n[0]
    True
    """

    def __init__(
        self,
        input_size: int,
        hidden_size: int,
        num_layers: int = 1,
        bias: bool = True,
        batch_first: bool = False,
        *,
        seed: Seed = None,
    ) -> None:
        super().__init__(input_size, hidden_size, num_layers, bias, batch_first, seed)


class GRU(_Network[Hidden], _GRUStep):
    """Gated recurrent units over a sequence; see `GRUCell` for the formula and `RNN` for the arguments.

    >>> output, h_n = GRU(1, 2, num_layers=2, seed=0)([[0.5], [1.0], [1.5]])
    >>> len(h_n), output[-1] == h_n[1]
    (2, True)
    """

    def __init__(
        self,
        input_size: int,
        hidden_size: int,
        num_layers: int = 1,
        bias: bool = True,
        batch_first: bool = False,
        *,
        seed: Seed = None,
    ) -> None:
        super().__init__(input_size, hidden_size, num_layers, bias, batch_first, seed)
