"""Other engines: value and gradient of a loss by jax, torch, casadi and C, and one step of training by the first two.

All of them use one thread and float64. Their arguments are in the form that suits them best, made before time is taken:
jax's own arrays, torch's tensors, memory that C reads and writes.
"""

from __future__ import annotations

import ctypes
import os
import subprocess
import sys
import tempfile
from collections.abc import Callable, Sequence
from pathlib import Path
from time import monotonic, sleep
from typing import Any

__all__ = ["Adam", "Jax", "Sgd", "Torch", "c_function", "casadi_function", "is_settled", "settled", "tree_map"]

os.environ.update(
    XLA_FLAGS="--xla_cpu_multi_thread_eigen=false",
    JAX_PLATFORMS="cpu",
    JAX_ENABLE_X64="1",
    OMP_NUM_THREADS="1",
    OPENBLAS_NUM_THREADS="1",
)

FLAGS = ["-O3", "-march=native", "-fno-math-errno", "-fno-trapping-math"]


def tree_map(f: Callable[[Any], Any], x: Any) -> Any:
    """Apply a function to everything in lists and tuples."""
    return [tree_map(f, item) for item in x] if isinstance(x, (list, tuple)) else f(x)


def leaves(x: Any) -> list[Any]:
    return [y for item in x for y in leaves(item)] if isinstance(x, (list, tuple)) else [x]


class Sgd:
    """The update of parameters for engines that have none in their library."""

    def __init__(self, lr: float) -> None:
        self.lr = lr

    def start(self, parameters: list[Any]) -> Any:
        return []

    def update(self, parameters: list[Any], gradients: list[Any], state: Any) -> tuple[list[Any], Any]:
        return [p - self.lr * g for p, g in zip(parameters, gradients)], state


class Adam:
    """Adam as in its paper, with the defaults of PyTorch."""

    def __init__(self, lr: float) -> None:
        self.lr = lr

    def start(self, parameters: list[Any]) -> Any:
        return [0.0, [0.0 * p for p in parameters], [0.0 * p for p in parameters]]

    def update(self, parameters: list[Any], gradients: list[Any], state: Any) -> tuple[list[Any], Any]:
        t, first, second = state[0] + 1.0, state[1], state[2]
        first = [0.9 * m + (1 - 0.9) * g for m, g in zip(first, gradients)]
        second = [0.999 * v + (1 - 0.999) * g * g for v, g in zip(second, gradients)]
        rate, scale = self.lr / (1.0 - 0.9**t), (1.0 - 0.999**t) ** 0.5
        updated = [p - rate * m / (v**0.5 / scale + 1e-8) for p, m, v in zip(parameters, first, second)]
        return updated, [t, first, second]


class Jax:
    """jax.jit, on arrays of its own."""

    def __init__(self) -> None:
        import jax

        self.jax, self.np = jax, jax.numpy
        self.relu, self.sigmoid, self.tanh, self.exp = jax.nn.relu, jax.nn.sigmoid, self.np.tanh, self.np.exp
        self.norm = lambda x: jax.nn.logsumexp(x, axis=-1)
        self.join = lambda *xs: self.np.concatenate(xs, axis=-1)

    def scan(self, f: Any, start: Any, xs: Any = None, length: int | None = None) -> Any:
        return self.jax.lax.scan(lambda state, x: (f(state, x), None), start, xs, length)[0]

    def gradient(self, loss: Callable[..., Any], *arguments: Any) -> Callable[[], Any]:
        """Return the calculation of value and gradient by the first argument."""
        compiled = self.jax.jit(self.jax.value_and_grad(lambda *xs: loss(self, *xs)))
        own = [tree_map(self.np.asarray, x) for x in arguments]
        wait = self.jax.block_until_ready
        return lambda: wait(compiled(*own))

    def training(
        self, loss: Callable[..., Any], optimizer: Any, parameters: Any, *batch: Any, steps: int = 1
    ) -> Callable[[], Any]:
        """Return a training step that changes the parameters and returns the loss; or so many in one `lax.scan`."""
        own = [self.np.asarray(p) for p in leaves(parameters)]
        xs = [self.np.asarray(x) for x in batch]
        slope = self.jax.value_and_grad(lambda ps, *xs: loss(self, _layers(ps), *xs))

        def step(state: Any, xs: Any) -> Any:
            value, gradients = slope(state[0], *xs)
            return list(optimizer.update(state[0], gradients, state[1])), value

        def all_steps(state: Any, xs: Any) -> Any:
            state, values = self.jax.lax.scan(lambda state, _: step(state, xs), state, None, steps)
            return state, values

        compiled = self.jax.jit(step if steps == 1 else all_steps)
        state = [own, self.jax.tree.map(self.np.asarray, optimizer.start(own))]

        def call() -> Any:
            nonlocal state
            state, value = compiled(state, xs)
            return self.jax.block_until_ready((state, value))[1]

        return call


class Torch:
    """torch, one operation at a time."""

    def __init__(self) -> None:
        import torch

        torch.set_num_threads(1)
        self.torch = self.np = torch
        self.relu, self.sigmoid, self.tanh, self.exp = torch.relu, torch.sigmoid, torch.tanh, torch.exp
        self.norm = lambda x: torch.logsumexp(x, -1)
        self.join = lambda *xs: torch.cat(xs, -1)

    def scan(self, f: Any, start: Any, xs: Any = None, length: int | None = None) -> Any:
        for x in [None] * length if length is not None else xs:
            start = f(start, x)
        return start

    def gradient(self, loss: Callable[..., Any], *arguments: Any) -> Callable[[], Any]:
        own = [tree_map(self.torch.tensor, x) for x in arguments]
        wanted = leaves(own[0])
        for p in wanted:
            p.requires_grad_()

        def call() -> Any:
            for p in wanted:
                p.grad = None
            value = loss(self, *own)
            value.backward()
            return value, [p.grad for p in wanted]

        return call

    def training(self, loss: Callable[..., Any], optimizer: Any, parameters: Any, *batch: Any) -> Callable[[], Any]:
        own = [self.torch.tensor(p).requires_grad_() for p in leaves(parameters)]
        xs = [self.torch.tensor(x) for x in batch]
        kind = self.torch.optim.Adam if isinstance(optimizer, Adam) else self.torch.optim.SGD
        update = kind(own, lr=optimizer.lr)

        def call() -> Any:
            update.zero_grad()
            value = loss(self, _layers(own), *xs)
            value.backward()
            update.step()
            return value

        return call


def _layers(parameters: Sequence[Any]) -> list[Any]:
    """Return pairs of weight and bias."""
    return [(parameters[i], parameters[i + 1]) for i in range(0, len(parameters), 2)]


def _build(source: Path, *flags: str) -> Path:
    library = source.with_suffix(".so")
    command = [
        os.environ.get("CC", "gcc"),
        *(flags or FLAGS),
        "-shared",
        "-fPIC",
        "-o",
        str(library),
        str(source),
        "-lm",
    ]
    subprocess.run(command, check=True)
    return library


def c_function(text: str, x: Any, wanted: int, *, repeat: int = 0) -> Callable[[], Any]:
    """Return a call of a C program for value and gradient, written by hand.

    Args:
        text: defines `double f(const double *x, double *g)`, which returns the value and writes the gradient.
        x: an array of all numbers that it reads.
        wanted: the length of the gradient.
        repeat: how often one call does the calculation, inside C; 0 for once, by a call from Python.
    """
    import numpy

    folder = Path(tempfile.mkdtemp())
    source = folder / "f.c"
    loop = "double many(const double *x, double *g, long n) { double y = 0; while (n--) y = f(x, g); return y; }"
    source.write_text(f"#include <math.h>\n__attribute__((noipa)) {text}\n{loop}\n")
    library = ctypes.CDLL(str(_build(source)))
    gradient = numpy.zeros(wanted)
    numbers = numpy.ascontiguousarray(x, dtype=float)
    pointers = [ctypes.c_void_p(numbers.ctypes.data), ctypes.c_void_p(gradient.ctypes.data)]
    library.f.restype = library.many.restype = ctypes.c_double
    library.many.argtypes = [ctypes.c_void_p, ctypes.c_void_p, ctypes.c_long]
    f, many = library.f, library.many

    def once(kept: Any = numbers) -> Any:
        return f(*pointers), gradient

    def often(kept: Any = numbers) -> Any:
        return many(*pointers, repeat), gradient

    return often if repeat else once


def casadi_function(function: Any, *arguments: Any, flags: Sequence[str] = ()) -> Callable[[], Any]:
    """Return a call of a casadi function that was written as C and compiled; it reads and writes fixed memory."""
    import casadi
    import numpy

    folder = Path(tempfile.mkdtemp())
    before = Path.cwd()
    os.chdir(folder)  # the only folder that casadi writes to
    try:
        function.generate("peer.c")
        library = _build(folder / "peer.c", *flags)
        compiled = casadi.external(function.name(), str(library))
    finally:
        os.chdir(before)
    memory, evaluate = compiled.buffer()
    inputs = [numpy.ravel(numpy.asarray(x, dtype=float), order="F") for x in arguments]
    outputs = [numpy.zeros(compiled.nnz_out(i)) for i in range(compiled.n_out())]
    for i, array in enumerate(inputs):
        memory.set_arg(i, memoryview(array))
    for i, array in enumerate(outputs):
        memory.set_res(i, memoryview(array))
    kept = memory, compiled, inputs

    def call() -> Any:
        evaluate()
        return outputs if kept else None

    return call


def is_settled(stats: Any) -> bool:
    """Whether the code that a compiled function runs is final."""
    return bool(stats.compiled) and set(stats.backends) <= {"c", "python"}


def settled(call: Callable[[], Any], stats: Callable[[], Any], seconds: float) -> Callable[[], Any]:
    """Call a compiled function until its code is final, or for some seconds; say on stderr what runs."""
    end = monotonic() + seconds
    for _ in range(4):
        call()
    while not is_settled(stats()) and monotonic() < end:
        sleep(0.05)
        call()
    print(stats(), file=sys.stderr)
    return call


def xad_function(loss: Callable[[Any], Any], x: Any) -> Callable[[], Any]:
    """Return a function that gives the value and the gradient of a loss by the tape of xad."""
    from ..peers import Xad

    tape = Xad()

    def call() -> Any:
        numbers = tape.start(x.tolist())
        value = loss(numbers)
        tape.backward(value)
        answer = value.getValue(), [p.getDerivative() for p in numbers]
        tape.end()
        return answer

    return call
