"""A doctor on duty: what every layer's gradient and parameters do while a network trains."""

from __future__ import annotations

import math
import statistics
from collections.abc import Sequence
from copy import copy
from pathlib import Path

from ...files import writable, write
from ...language import Language, chosen
from ...nn.module import Module
from ...spelling import readable
from ...text import given
from ..curves import curves
from ..notebook import picture
from ..terminal import USUAL, for_stdout
from ..verdicts import compared
from ..words import sentences
from .diagnose import as_html, as_text, short
from .flow import layers_of, norm

__all__ = ["GradientMonitor"]

LEAP = 1e3  # raise an alarm if a gradient exceeds the recent maximum by this factor
DIVERGING = 1.0  # updates larger than the parameters themselves, step after step
STALLED = 1e-3  # of the update ratio of the layer that moves most
RECENT = 10  # verdicts are about medians of this number of records, since single batches differ too much


class GradientMonitor:
    """Keeps the gradients and the parameters of a model's layers while it trains, and says what is wrong with them.

    Call `record()` between `backward()` and the optimizer's step, or let `fit` do it: `fit(..., before_step=
    monitor.record)`. Clip gradients after the record, so that what is kept is what was there. `print(monitor)` shows a
    table with a verdict for each layer and what helps, a notebook shows the curves as well.

    Args:
        model: the module to watch. A layer is a module that has parameters itself.
        lang: "en" or "zh"; if not given, the language of `autograd.language.speaking`.

    Attributes:
        history: for every layer's name the norms of its gradient, one for each record.
        parameter_norms: in the same way the norms of its parameters.
        update_ratios: in the same way |change of the parameters| / |parameters|, since the record before; the first is
            nan. About 1/1000 is usual.

    Raises:
        TypeError: model is not a Module.
        ValueError: the model has no parameters.

    >>> from autograd import nn, optim
    >>> model = nn.MLP(1, [2, 1], seed=0)
    >>> optimizer, monitor = optim.SGD(model.parameters(), lr=0.1), GradientMonitor(model)
    >>> for _ in range(3):
    ...     optimizer.zero_grad()
    ...     (model([1.0]) ** 2).backward()
    ...     monitor.record()
    ...     optimizer.step()
    >>> [len(norms) for norms in monitor.history.values()]
    [3, 3]
    >>> monitor.verdicts
    {'layers.0': 'healthy', 'layers.1': 'healthy'}
    """

    def __init__(self, model: Module, *, lang: Language | None = None) -> None:
        if not isinstance(model, Module):
            raise TypeError(f"GradientMonitor takes a Module, but got {given(model)}")
        layers = layers_of(model)
        if not layers:
            raise ValueError(f"there is nothing to watch: this {type(model).__name__} has no parameters")
        self._model = model
        self._lang: Language = chosen(lang)
        self._titles = {layer.name: layer.title for layer in layers}
        self._before: dict[str, list[float]] = {}
        self._alarms: dict[tuple[str, str], tuple[int, str]] = {}  # what went wrong where, with its step and numbers
        self.history: dict[str, list[float]] = {name: [] for name in self._titles}
        self.parameter_norms: dict[str, list[float]] = {name: [] for name in self._titles}
        self.update_ratios: dict[str, list[float]] = {name: [] for name in self._titles}

    def __bool__(self) -> bool:
        return True  # also before the first record: `if monitor: monitor.record()`

    def __len__(self) -> int:
        """How many records there are."""
        return max(map(len, self.history.values()))

    def record(self) -> None:
        """Note the gradient and the parameters of every layer as they are now."""
        for layer in layers_of(self._model):
            if layer.name not in self.history:
                continue  # added to the model after the monitor began: it has no past to be compared with
            numbers = [p.data for p in layer.parameters]
            gradient = norm(getattr(p.grad, "data", p.grad) for p in layer.parameters)
            self._watch(layer.name, gradient)
            self.history[layer.name].append(gradient)
            self.parameter_norms[layer.name].append(norm(numbers))
            self.update_ratios[layer.name].append(_change(self._before.get(layer.name, []), numbers))
            self._before[layer.name] = numbers
        if all(norms[-1] == 0.0 for norms in self.history.values() if norms):
            self._alarms.setdefault(("no gradient", ""), (len(self), ""))

    def _watch(self, name: str, gradient: float) -> None:
        norms = self.history[name]
        step = len(norms) + 1
        if not math.isfinite(gradient):
            self._alarms.setdefault(("not finite", name), (step, str(gradient)))
        elif norms and 0.0 < (largest := max(norms[-RECENT:])) < gradient / LEAP:
            self._alarms.setdefault(("leap", name), (step, f"{short(largest)} → {short(gradient)}"))

    # --- what it says ---

    @property
    def alarms(self) -> list[str]:
        """What went wrong, in words, each alarm once: a gradient that is nan or inf, one a thousand times
        the largest of late, and records in which no layer has a gradient."""
        words, together = sentences("doctor", self._lang), dict[tuple[int, str, str], list[str]]()
        for (kind, name), (step, numbers) in self._alarms.items():
            together.setdefault((step, kind, numbers), []).append(name)
        return [
            words[f"{kind} alarm"].format(step=step, numbers=numbers, layers=words["and"].join(names))
            for (step, kind, numbers), names in together.items()
        ]

    @property
    def verdicts(self) -> dict[str, str]:
        """For every layer's name "healthy", "vanishing", "exploding", "stalled", "no gradient" or "nan", of late.

        A gradient is compared with that of the model's last layer that has one; a layer whose parameters move a
        thousandth of those that move most, relatively, is stalled although it has a gradient.
        """
        return {name: verdict for name, (verdict, _) in self._judged().items()}

    def _judged(self) -> dict[str, tuple[str, str]]:
        """For every layer the verdict, and what there is a remedy for."""
        if not len(self):
            return {}
        gradients = {name: _recent(norms) for name, norms in self.history.items()}
        updates = {name: _recent(ratios) for name, ratios in self.update_ratios.items()}
        last = next((g for g in reversed(gradients.values()) if g), 0.0)
        most = max((u for u in updates.values() if u < math.inf), default=0.0)

        def judged(name: str) -> tuple[str, str]:
            gradient = gradients[name]
            verdict = compared(gradient, last)
            if not math.isfinite(self.history[name][-1]):
                return "nan", "nan"
            if verdict == "no gradient":
                return verdict, verdict if last else "minimum"
            if verdict != "exploding" and updates[name] > DIVERGING:
                return "exploding", "diverging"
            stalls = verdict == "healthy" and updates[name] < STALLED * most
            return ("stalled", "stalled") if stalls else (verdict, verdict)

        return {name: judged(name) for name, norms in self.history.items() if norms}

    def text(self, columns: int = USUAL) -> str:
        """Return the table and what helps, in lines of at most `columns` columns if the layers' names allow."""
        return as_text(self._rows(), self._notes(), columns)

    def __str__(self) -> str:
        shown = copy(self)
        shown._lang = readable(self._lang)
        return for_stdout(shown.text)

    __repr__ = __str__

    def _rows(self) -> list[tuple[str, ...]]:
        words, verdicts = sentences("doctor", self._lang), self.verdicts
        columns = ("first", "last", "smallest", "largest", "parameters", "update", "verdict")
        rows = [(words["layer"], *(words[column] for column in columns))]
        for name, norms in self.history.items():
            finite = [x for x in norms if not math.isnan(x)] or [math.nan]
            ends = (norms[0], norms[-1], min(finite), max(finite)) if norms else (math.nan,) * 4
            size = self.parameter_norms[name][-1] if norms else math.nan
            shown = ["nan" if norms and math.isnan(x) else short(x) for x in ends]
            verdict = words[verdicts[name]] if name in verdicts else "–"
            rows.append((self._titles[name], *shown, short(size), short(_recent(self.update_ratios[name])), verdict))
        return rows

    def _notes(self) -> list[str]:
        words = sentences("doctor", self._lang)
        if not len(self):
            return [words["no record"]]
        found = dict.fromkeys(remedy for _, remedy in self._judged().values() if remedy != "healthy")
        return [*self.alarms, *(words[f"{remedy} remedy"] for remedy in found)]

    # --- what it shows ---

    @property
    def svg(self) -> str:
        """The norms of the gradients over the steps, on a logarithmic scale, a curve for each layer."""
        words = sentences("doctor", self._lang)
        return curves(
            {self._titles[name]: norms for name, norms in self.history.items()}, words["step"], words["gradient"]
        )

    def save(self, path: str | Path) -> Path:
        """Write `svg` to a file whose suffix is .svg, and return its absolute path.

        Raises:
            ValueError: another suffix.
            FileNotFoundError: the folder does not exist.
        """
        return write(writable(path, ".svg"), self.svg)

    def _repr_html_(self) -> str:
        words, verdicts = sentences("doctor", self._lang), [self.verdicts.get(name, "healthy") for name in self.history]
        drawn = picture(self.svg, f"{words['gradient']}, {words['step']}") if len(self) else ""
        return as_html(self._rows(), verdicts, self._notes()) + drawn


def _change(before: Sequence[float], after: Sequence[float]) -> float:
    """|after - before| / |before|; nan if there is nothing to compare with."""
    size = norm(before)
    if len(before) != len(after) or size == 0.0:
        return math.nan
    return norm(b - a for a, b in zip(before, after, strict=True)) / size


def _recent(numbers: Sequence[float]) -> float:
    """The median of the latest numbers, without those that are nan."""
    found = [x for x in numbers[-RECENT:] if not math.isnan(x)]
    return statistics.median(found) if found else math.nan
