"""Data-parallel gradients: a batch in chunks, each on a worker of any `concurrent.futures.Executor`.

>>> from concurrent.futures import ThreadPoolExecutor
>>> from autograd import nn
>>> model = nn.Linear(1, 1, bias=False)
>>> model.load_state_dict({"weight": [[2.0]]})
IncompatibleKeys(missing_keys=[], unexpected_keys=[])
>>> with ThreadPoolExecutor() as executor:
...     value_and_grad(nn.MSELoss(), model, [[1.0], [3.0]], [[0.0], [0.0]], executor=executor)
(20.0, [20.0])

Numbers travel and graphs do not: a worker gets the model, the loss and a chunk, and returns the outputs, the slopes of
its loss by them, and the gradients. The loss of the whole batch and its slopes by the outputs are calculated here, from
the outputs of all chunks. Their ratio to the slopes on the workers is the factor of a chunk's gradients. So it is
measured whether a loss is a mean, a sum or a weighted mean.
"""

from __future__ import annotations

import math
import os
import pickle
from array import array
from collections.abc import Callable, Sequence
from io import BytesIO
from typing import TYPE_CHECKING, Any, NamedTuple

from .functions import dot
from .graph import reverse_sweep
from .modes import recording
from .nn.layers import Dropout
from .nn.module import Module, Parameter
from .nn.normalization import BatchNorm1d
from .structure import flatten
from .text import given, shown
from .value import Value

if TYPE_CHECKING:
    from concurrent.futures import Executor

__all__ = ["value_and_grad"]

EXACT = 1e-13  # a measured factor this close to that of a mean or of a sum is meant to be it
ROUNDING = 1e-9  # slopes that differ by more, relatively, are not proportional


def value_and_grad(
    loss: Callable[[Any, Any], Value],
    model: Module,
    xs: Sequence[Any],
    ys: Sequence[Any],
    *,
    executor: Executor,
    chunks: int | None = None,
) -> tuple[float, list[float]]:
    """Return the loss of a batch and its gradient by every parameter of a model, calculated by the workers of a pool.

    The loss has the bits of `loss(model(xs), ys)`, the gradients are those of its `backward()` up to the order of sums.
    The bits depend on the number of chunks, not on which worker is done first. No `.grad` is changed.

    Args:
        loss: a function of the outputs and the targets.
        model: a module that returns one output for each sample, which depends on this sample alone.
        xs: the samples, a list or an array.
        ys: the targets, one for each sample.
        executor: a `concurrent.futures.Executor`: a pool of processes, Dask's `client.get_executor()`, that of mpi4py.
        chunks: the number of parts of the batch; by default, the number of processors of this machine.

    Returns:
        The loss and the gradients in the order of `model.parameters()`, which are nan if the loss is not finite.

    Raises:
        TypeError: an argument is of the wrong kind, or the model or the loss cannot be pickled.
        ValueError: the batch is empty, samples depend on each other or on chance, or the loss of the whole batch does
            not follow from those of its chunks.
    """
    check_executor(executor, chunks)
    check_model(model, None)
    parts = _parts(xs, ys, chunks or os.cpu_count() or 1)
    parameters = model.parameters()
    work = _packed(model, loss, parameters)
    futures = [executor.submit(_work, work, chunk_xs, chunk_ys) for chunk_xs, chunk_ys in parts]
    try:
        done: list[_Done] = [future.result() for future in futures]
    finally:
        for future in futures:
            future.cancel()  # those that wait, if one failed
    value, slopes, own = _whole(loss, parameters, [output for part in done for output in part.outputs], ys)
    if not math.isfinite(value):
        return value, [math.nan] * len(parameters)
    totals, sizes = own, [len(part.outputs) for part in done]
    for part, size in zip(done, sizes, strict=True):
        of_whole, slopes = slopes[: len(part.slopes)], slopes[len(part.slopes) :]
        factor = _factor(of_whole, part.slopes, size / sum(sizes))
        totals = [total + factor * gradient for total, gradient in zip(totals, part.gradients, strict=True)]
    return value, [_hooked(p, total) for p, total in zip(parameters, totals, strict=True)]


def check_executor(executor: Any, chunks: Any) -> None:
    """Raise an error if there is no executor, or `chunks` is neither None nor a number of chunks."""
    if isinstance(executor, type) or not callable(getattr(executor, "submit", None)):
        raise TypeError(
            f"executor must be a concurrent.futures.Executor, but got {given(executor)}: "
            "make one, such as ProcessPoolExecutor(), or client.get_executor() of Dask"
        )
    if chunks is not None and (isinstance(chunks, bool) or not isinstance(chunks, int) or chunks < 1):
        raise ValueError(f"chunks must be a whole number of at least 1, but got {shown(chunks)}")


def check_model(model: Any, training: bool | None) -> None:
    """Raise an error if the samples of a batch would depend on each other or on chance.

    Args:
        model: a module.
        training: whether it will be training; None if each module's own `training` counts.
    """
    if not isinstance(model, Module):
        raise TypeError(f"the model must be a Module, but got {given(model)}")
    for name, module in model.named_modules():
        trains, where = module.training if training is None else training, f" {shown(name)}" if name else ""
        if isinstance(module, BatchNorm1d) and (trains or not module.track_running_stats):
            raise ValueError(
                f"a batch cannot be split for BatchNorm1d{where}, which normalizes by the statistics of the whole "
                "batch: use LayerNorm, or train without an executor"
            )
        if isinstance(module, Dropout) and trains and module.p:
            raise ValueError(
                f"a batch cannot be split for Dropout{where}, which draws from one stream of random numbers, sample "
                "after sample: set its p to 0, or train without an executor"
            )


# --- on a worker ---


class _Work(NamedTuple):
    """A model and a loss on their way to a worker: a pickle with the places of parameters, and their numbers."""

    pickled: bytes
    numbers: array[float]

    @staticmethod
    def of(kind: Any, model: Module, loss: Any, parameters: list[Value]) -> _Work:
        plain = [p for p in parameters if type(p) is Parameter and not vars(p)]  # others have more than a number
        places, file = {p: i for i, p in enumerate(plain)}, BytesIO()

        def place(pickler: Any, x: Any) -> int | None:
            return places.get(x) if type(x) is Parameter else None

        type("Packer", (kind,), {"persistent_id": place})(file).dump((model, loss))
        return _Work(file.getvalue(), array("d", [p.data for p in plain]))

    def unpacked(self) -> tuple[Module, Any]:
        parameters = [Parameter(x) for x in self.numbers]

        class Unpacker(pickle.Unpickler):
            def persistent_load(self, place: Any) -> Any:
                return parameters[place]

        model, loss = Unpacker(BytesIO(self.pickled)).load()
        return model, loss


class _Done(NamedTuple):
    """What a worker returns for a chunk: numbers alone."""

    outputs: list[Any]
    slopes: list[float]  # of the loss of the chunk, by each number of the outputs
    gradients: list[float]


def _work(work: _Work, xs: Any, ys: Any) -> _Done:
    """The outputs and gradients of a chunk, of a model and a loss of the worker's own."""
    model, loss = work.unpacked()
    parameters, before = model.parameters(), dict(model.named_buffers())
    outputs = model(xs)
    if not hasattr(outputs, "__len__") or len(outputs) != len(xs):
        raise ValueError(
            f"the model must return one output for each sample, but for {len(xs)} samples it returned "
            f"{shown(outputs)}: return a list"
        )
    for name, buffer in model.named_buffers():
        if buffer != before[name]:
            raise ValueError(
                f"a batch cannot be split for this model, which changes its buffer {shown(name)} with every batch: "
                "train without an executor"
            )
    numbers, structure = flatten(outputs, "the outputs")
    leaves = [_leaf(x) for x in numbers]
    one_loss(loss(structure.unflatten(leaves), ys)).backward()
    slopes = [leaf.grad for leaf in leaves]
    for p in parameters:
        p.grad = 0.0  # without what the loss itself has of them, which is calculated once, for the whole batch
    one_loss(dot(numbers, slopes)).backward()
    return _Done(list(structure.unflatten([leaf.data for leaf in leaves])), slopes, [p.grad for p in parameters])


def _leaf(x: Any) -> Value:
    return Value(x.data if isinstance(x, Value) else x)


def one_loss(value: Any) -> Value:
    """Return the loss of a batch if it is one Value."""
    if not isinstance(value, Value):
        raise TypeError(f"the loss must be one Value, but got {shown(value)}: sum or average it, in Values")
    return value


# --- here ---


def _parts(xs: Any, ys: Any, chunks: int) -> list[tuple[Any, Any]]:
    """Chunks of the samples with their targets, of sizes that differ by 1 at most."""
    for name, x in (("xs", xs), ("ys", ys)):
        if not hasattr(x, "__len__") or not hasattr(x, "__getitem__"):
            raise TypeError(f"{name} must be a list or an array, but got {given(x)}")
    count = len(xs)
    if count == 0 or count != len(ys):
        raise ValueError(f"a batch needs samples and a target for each, but got {count} samples and {len(ys)} targets")
    parts = min(chunks, count)
    ends = [count * i // parts for i in range(parts + 1)]
    return [(xs[start:end], ys[start:end]) for start, end in zip(ends, ends[1:], strict=False)]


def _packed(model: Module, loss: Any, parameters: list[Value]) -> _Work:
    """The model and the loss in one piece, so that parameters that the loss refers to are those of the model."""
    try:
        work, reason = _Work.of(pickle.Pickler, model, loss, parameters), ""
    except Exception as error:  # of whatever type the object's own methods raise
        work, reason = None, str(error)
    if work and b"__main__" not in work.pickled:  # what was defined at a prompt is not found by its name elsewhere
        return work
    try:
        import cloudpickle
    except ImportError:
        if work:
            return work
        what = "loss" if _can_be_pickled(model) else "model"
        raise TypeError(
            f"the {what} cannot be sent to another process: {reason}. Define functions and classes at the top level of "
            "a module, without lambda, or pip install cloudpickle"
        ) from None
    return _Work.of(cloudpickle.Pickler, model, loss, parameters)


def _can_be_pickled(x: Any) -> bool:
    try:
        pickle.dumps(x)
    except Exception:
        return False
    return True


def _whole(loss: Any, parameters: list[Value], outputs: list[Any], ys: Any) -> tuple[float, list[float], list[float]]:
    """The loss of all outputs, its slopes by them, and those by the parameters that it refers to itself."""
    numbers, structure = flatten(outputs, "the outputs")
    leaves = [Value(x) for x in numbers]
    with recording():
        value = one_loss(loss(structure.unflatten(leaves), ys))
    slopes = reverse_sweep(value)
    return value.data, [slopes.get(leaf, 0.0) for leaf in leaves], [slopes.get(p, 0.0) for p in parameters]


def _factor(of_whole: list[float], of_chunk: list[float], share: float) -> float:
    """What the gradients of a chunk are multiplied by; `share` is its part of the samples, the factor of a mean."""
    pairs = [pair for pair in zip(of_whole, of_chunk, strict=True) if all(map(math.isfinite, pair))]
    whole, chunk = max(pairs, key=lambda pair: abs(pair[1]), default=(share, 1.0))
    factor = whole / chunk if chunk else 1.0
    tolerance = ROUNDING * max((abs(whole) for whole, _ in pairs), default=0.0)
    if any(abs(whole - factor * chunk) > tolerance for whole, chunk in pairs):
        raise ValueError(
            "the loss of the whole batch does not follow from those of its chunks: its slopes by their outputs are not "
            "proportional. Use a mean or a sum over the samples, or train without an executor"
        )
    return next((usual for usual in (share, 1.0) if abs(factor - usual) <= EXACT * usual), factor)


def _hooked(p: Value, gradient: float) -> float:
    hooked: float = gradient if p.notes is None else p.notes.hooked(gradient)
    return hooked
