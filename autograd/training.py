"""A loop over batches that people can read: `DataLoader` and `fit`."""

from __future__ import annotations

import math
import random
import sys
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from importlib.util import find_spec
from typing import TYPE_CHECKING, Any

from . import parallel
from .nn.arguments import generator
from .optim.clip import clip_grad_norm_
from .optim.optimizer import at_least_0
from .text import given, shown
from .value import Value

if TYPE_CHECKING:
    from concurrent.futures import Executor

    from .compilation.results import Stats
    from .step import TrainingStep

__all__ = ["DataLoader", "History", "fit"]


class DataLoader:
    """Batches of samples and their targets: `for xs, ys in loader`.

    Args:
        samples: a sequence of samples, each a number or a sequence of numbers.
        targets: a sequence of the same length.
        batch_size: the number of samples in a batch; the last batch may have fewer.
        shuffle: use a new order in every epoch.
        drop_last: leave out a last batch that is smaller.
        seed: an int or a `random.Random`, which makes the shuffling reproducible.

    Raises:
        ValueError: there are no samples, the numbers of samples and targets differ, or `batch_size` is below 1.

    >>> for xs, ys in DataLoader([[1.0], [2.0], [3.0]], [0, 1, 0], batch_size=2):
    ...     print(xs, ys)
    [[1.0], [2.0]] [0, 1]
    [[3.0]] [0]
    """

    def __init__(
        self,
        samples: Sequence[Any],
        targets: Sequence[Any],
        batch_size: int = 1,
        *,
        shuffle: bool = False,
        drop_last: bool = False,
        seed: int | random.Random | None = None,
    ) -> None:
        if len(samples) == 0:
            raise ValueError("a DataLoader needs at least one sample, but got none")
        if len(samples) != len(targets):
            raise ValueError(f"each sample needs a target, but got {len(samples)} samples and {len(targets)} targets")
        if isinstance(batch_size, bool) or not isinstance(batch_size, int) or batch_size < 1:
            raise ValueError(f"batch_size must be a whole number of at least 1, but got {shown(batch_size)}")
        self.samples, self.targets, self.batch_size = samples, targets, batch_size
        self.shuffle, self.drop_last = shuffle, drop_last
        self._random = generator(seed)

    def __len__(self) -> int:
        """The number of batches."""
        count = len(self.samples) / self.batch_size
        return math.floor(count) if self.drop_last else math.ceil(count)

    def __iter__(self) -> Iterator[tuple[list[Any], list[Any]]]:
        order = list(range(len(self.samples)))
        if self.shuffle:
            self._random.shuffle(order)
        for start in range(0, len(self) * self.batch_size, self.batch_size):
            batch = order[start : start + self.batch_size]
            yield [self.samples[i] for i in batch], [self.targets[i] for i in batch]


class History:
    """The course of a training.

    Attributes:
        losses: the mean loss of every epoch.
        metrics: the results of `each_epoch`, epoch by epoch.
        stopped: why training ended before its last epoch; "" if it did not.
        compiled: with `compile`, what was compiled and what not, see `training_step`; else None.
    """

    def __init__(self) -> None:
        self.losses: list[float] = []
        self.metrics: list[Any] = []
        self.stopped = ""
        self.compiled: Stats | None = None

    def __repr__(self) -> str:
        ends = f", loss {self.losses[0]:.6g} -> {self.losses[-1]:.6g}" if self.losses else ""
        return f"History({len(self.losses)} epochs{ends}{', stopped: ' + self.stopped if self.stopped else ''})"

    def _repr_html_(self) -> str | None:
        from .view.glance import training_html

        return training_html(self.losses, repr(self)) if self.losses else None


def fit(
    model: Any,
    batches: Iterable[tuple[Any, Any]],
    loss: Callable[[Any, Any], Value],
    optimizer: Any,
    epochs: int = 1,
    *,
    scheduler: Any = None,
    before_step: Callable[[], Any] | None = None,
    max_norm: float | None = None,
    each_epoch: Callable[[int, float], Any] | None = None,
    progress: bool = True,
    executor: Executor | None = None,
    chunks: int | None = None,
    compile: bool = False,
) -> History:
    """Train a model: for every batch forward, loss, backward, step.

    Args:
        model: a module; it is set to training.
        batches: pairs of inputs and targets, such as a `DataLoader`; iterated over once an epoch.
        loss: a function of the outputs and the targets.
        optimizer: an optimizer of its parameters.
        epochs: the number of passes over the batches.
        scheduler: its `step()` is called after every epoch, with the mean loss if it asks for one.
        before_step: called between backward and step, for instance to look at gradients.
        max_norm: clip the gradient of all parameters of the optimizer to this norm, see `clip_grad_norm_`.
        each_epoch: called with the epoch's number and mean loss; its result is appended to `History.metrics`.
        progress: show the progress: a bar if tqdm is installed and stderr is a terminal or a notebook, else a line an
            epoch, which a notebook shows as one line.
        executor: a `concurrent.futures.Executor` whose workers calculate the gradients, see `autograd.parallel`.
        chunks: the number of parts of a batch for the workers; by default, the number of processors of this machine.
        compile: compile the steps, see `training_step`; the history is the same, up to rounding.

    Returns:
        A `History`. A loss that is nan or infinite ends training before the step that it would spoil.

    Raises:
        TypeError: an argument is of the wrong kind, and nothing is changed; or the loss is not one Value.
        ValueError: there are no batches, or `epochs` is below 1; or the model cannot be used with an executor; or both
            `executor` and `compile` are given.
    """
    if isinstance(epochs, bool) or not isinstance(epochs, int) or epochs < 1:
        raise ValueError(f"epochs must be a whole number of at least 1, but got {shown(epochs)}")
    _check("model", model, "a module", "__call__", "train")
    if not hasattr(batches, "__getitem__"):
        _check("batches", batches, "a DataLoader or a list of pairs of inputs and targets", "__iter__")
    _check("loss", loss, "a function of outputs and targets, such as nn.MSELoss()", "__call__")
    _check("optimizer", optimizer, "one such as optim.SGD(model.parameters())", "step", "zero_grad")
    if scheduler is not None:
        _check("scheduler", scheduler, "one such as optim.lr_scheduler.StepLR(optimizer, 10)", "step")
    for name, function in (("before_step", before_step), ("each_epoch", each_epoch)):
        if function is not None:
            _check(name, function, "a function or None", "__call__")
    for batch in batches if isinstance(batches, (list, tuple)) else ():
        _pair(batch)
    if compile and executor is not None:
        raise ValueError("fit compiles its steps or uses an executor, but got both: leave out one of them")
    limit = None if max_norm is None else at_least_0(max_norm, "max_norm")
    compiled = _compiled(model, loss, optimizer, limit, before_step) if compile else None
    step = compiled or _step(_evaluation(model, loss, executor, chunks), optimizer, limit, before_step)
    history = History()
    model.train()
    with _reporting(epochs, progress) as report:
        for epoch in range(epochs):
            total, count = 0.0, 0
            for batch in batches:
                value = step(*_pair(batch))
                if not math.isfinite(value):
                    history.stopped = (
                        f"the loss of batch {count + 1} of epoch {epoch + 1} is {value}: look at the data and at the "
                        "gradients before it (detect_anomaly names the operation), or try a smaller learning rate"
                    )
                    break
                total, count = total + value, count + 1
            if history.stopped:
                break
            if count == 0:
                raise ValueError(
                    "there are no batches to train on; a generator is exhausted after one epoch: pass a list"
                )
            history.losses.append(total / count)
            if scheduler is not None:
                _advance(scheduler, history.losses[-1])
            if each_epoch is not None:
                history.metrics.append(each_epoch(epoch, history.losses[-1]))
            report(epoch, history.losses[-1])
    if compiled is not None:
        history.compiled = compiled.stats()
    if history.stopped and progress:
        print(f"stopped: {history.stopped}")
    return history


Evaluation = Callable[[Any, Any], tuple[float, Callable[[], None]]]  # the loss of a batch, and its backward pass


def _step(
    evaluate: Evaluation, optimizer: Any, max_norm: float | None, before_step: Callable[[], Any] | None
) -> Callable[[Any, Any], float]:
    """Return a function that does a step with a batch, unless its loss is nan or infinite, and returns the loss."""

    def step(inputs: Any, targets: Any) -> float:
        value, backward = evaluate(inputs, targets)
        if math.isfinite(value):
            optimizer.zero_grad()
            backward()
            if max_norm is not None:
                clip_grad_norm_([p for group in optimizer.param_groups for p in group["params"]], max_norm)
            if before_step is not None:
                before_step()
            optimizer.step()
        return value

    return step


def _evaluation(model: Any, loss: Any, executor: Any, chunks: int | None) -> Evaluation:
    """Return how a batch is evaluated: here, or by the workers of an executor."""

    def here(inputs: Any, targets: Any) -> tuple[float, Callable[[], None]]:
        value = parallel.one_loss(loss(model(inputs), targets))
        return value.data, value.backward

    def elsewhere(inputs: Any, targets: Any) -> tuple[float, Callable[[], None]]:
        value, gradients = parallel.value_and_grad(loss, model, inputs, targets, executor=executor, chunks=chunks)

        def backward() -> None:
            for p, gradient in zip(model.parameters(), gradients, strict=True):
                p.grad += gradient

        return value, backward

    if executor is None:
        return here
    parallel.check_executor(executor, chunks)
    parallel.check_model(model, training=True)
    return elsewhere


def _compiled(model: Any, loss: Any, optimizer: Any, max_norm: float | None, before_step: Any) -> TrainingStep:
    from .step import TrainingStep  # takes some time

    return TrainingStep(model, loss, optimizer, None, max_norm, before_step)


def _check(name: str, x: Any, expected: str, *methods: str) -> None:
    """Refuse an object that lacks a method, and a class passed instead of an object."""
    if isinstance(x, type):
        raise TypeError(f"fit takes an object as {name}, but got the class {x.__name__}: make it, {x.__name__}(...)")
    if not all(callable(getattr(x, method, None)) for method in methods):
        raise TypeError(f"fit's {name} must be {expected}, but got {given(x)}")


def _pair(batch: Any) -> tuple[Any, Any]:
    """The inputs and the targets of a batch."""
    try:
        inputs, targets = batch
    except (TypeError, ValueError):
        raise TypeError(
            f"a batch must be a pair of inputs and targets, but got {given(batch)}: "
            "give a list of such pairs, or DataLoader(samples, targets)"
        ) from None
    return inputs, targets


def _advance(scheduler: Any, loss: float) -> None:
    """ReduceLROnPlateau looks at the loss; the others count."""
    if hasattr(scheduler, "patience"):
        scheduler.step(loss)
    else:
        scheduler.step()


@contextmanager
def _reporting(epochs: int, progress: bool) -> Iterator[Callable[[int, float], None]]:
    """Give a function that shows that an epoch is done: it moves a bar, prints a line, or does nothing."""
    is_notebook = _is_notebook()
    if not progress:
        yield lambda epoch, loss: None
    elif find_spec("tqdm") and (is_notebook or sys.stderr.isatty()):
        if is_notebook and find_spec("ipywidgets"):  # without, tqdm.auto gives the same bar as tqdm, after a warning
            from tqdm.auto import tqdm
        else:
            from tqdm import tqdm
        with tqdm(total=epochs, unit="epoch") as bar:

            def move(epoch: int, loss: float) -> None:
                bar.set_postfix_str(f"loss {loss:.6g}", refresh=False)
                bar.update()

            yield move
    else:

        def line(epoch: int, loss: float) -> None:
            end = "\r" if is_notebook and epoch + 1 < epochs else "\n"
            print(f"epoch {epoch + 1}/{epochs}: loss {loss:.6g}", end=end)

        yield line


def _is_notebook() -> bool:
    """Whether the code runs in a kernel of Jupyter, whose output is not a terminal and can be written over."""
    shell = getattr(sys.modules.get("IPython"), "get_ipython", lambda: None)()
    return getattr(shell, "kernel", None) is not None
