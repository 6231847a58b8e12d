"""Learning that can be watched: what a model answers, and its loss, over the steps of its training.

>>> from autograd import nn, optim
>>> xs, ys = [[0.0], [1.0], [2.0], [3.0]], [0, 0, 1, 1]
>>> model = nn.Sequential(nn.Linear(1, 1, seed=0), nn.Sigmoid())
>>> optimizer = optim.Adam(model.parameters(), lr=0.1)
>>> film = watch(model, xs, ys)
>>> for _ in range(80):
...     loss = nn.MSELoss()(model(xs), [[y] for y in ys])
...     optimizer.zero_grad()
...     loss.backward()
...     optimizer.step()
...     film.record(loss)
>>> film
<Film of 80 steps in 21 frames, loss 0.252 -> 0.0218>

`film.save("learning.html")` is a page with a slider, `film.save("learning.svg")` a strip of pictures.
"""

from __future__ import annotations

import copy
import math
import os
from base64 import b64encode
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import accumulate
from pathlib import Path
from typing import Any

from ..files import writable, write
from ..language import LANGUAGES, Language, chosen
from ..nn.module import Module
from ..operation import number
from ..text import given, shown
from ..value import Value
from ..view import notebook
from ..view.calculation import whole
from ..view.curves import curves
from ..view.web.page import STYLE, THEME, self_contained
from ..view.words import sentences
from .plot import Look, Plot
from .sight import Answers, Sight
from .strip import axes, box, strip

__all__ = ["Film", "watch"]

HERE = Path(__file__).parent
CONTROLS = (
    "code",
    "other",
    "noscript",
    "controls",
    "first",
    "previous",
    "play",
    "pause",
    "next",
    "last",
    "speed",
    "keys",
)
MOMENTS = 5  # the pictures of a strip


@dataclass(slots=True)
class _Frame:
    step: int
    state: Any  # of the model; None if it was asked at once
    answers: Answers | None = None


class Film:
    """What a model answered, and its loss, over the steps of its training; made by `watch`.

    Call `record(loss)` after every step, or let `fit` do it: `fit(..., each_epoch=film)`.

    Attributes:
        losses: the loss of every step.
    """

    def __init__(
        self, model: Any, xs: Any, ys: Any, frames: int, resolution: int, threshold: float | None, lang: Language
    ) -> None:
        self.losses: list[float] = []
        self._lang: Language = lang
        self._most, self._every = frames, 1
        self._unit = "step"
        self._threshold = threshold
        self._model = model
        self._twin = copy.deepcopy(model).eval() if isinstance(model, Module) else model  # asked in the model's place
        self._sight = Sight(self._twin, xs, ys, resolution)
        self._frames = [self._frame(0)]
        self._latest = self._frames[0]

    # --- recording ---

    def record(self, loss: Any) -> None:
        """Note the loss of a step, and the model after it.

        Raises:
            TypeError: the loss is not a number or a Value.
        """
        self.losses.append(number(loss.data if isinstance(loss, Value) else loss, "the loss that is recorded"))
        step = len(self.losses)
        if step % self._every and not isinstance(self._model, Module):
            return  # a function is asked at once, which takes longer than to keep a state
        self._latest = self._frame(step)
        if step % self._every == 0:
            self._frames.append(self._latest)
        if len(self._frames) > self._most:
            self._every *= 2
            self._frames = [frame for frame in self._frames if frame.step % self._every == 0]

    def __call__(self, epoch: int, loss: float) -> None:
        """Record an epoch; this is what `fit` calls each epoch."""
        self._unit = "epoch"
        self.record(loss)

    def _frame(self, step: int) -> _Frame:
        if self._sight.kind == "loss":
            return _Frame(step, None, Answers([], []))
        if isinstance(self._model, Module):
            return _Frame(step, self._model.state_dict())
        return _Frame(step, None, self._sight.answers(self._model))

    # --- looking ---

    def _developed(self) -> tuple[list[_Frame], Plot, list[Look]]:
        """The frames, the last step included, and what they look like."""
        frames = list(self._frames)
        if frames[-1].step != len(self.losses):
            frames.append(self._latest if self._latest.step == len(self.losses) else self._frame(len(self.losses)))
        answers = []
        for frame in frames:
            if frame.answers is None:
                self._twin.load_state_dict(frame.state)
                frame.answers = self._sight.answers(self._twin)
            answers.append(frame.answers)
        plot = Plot(self._sight, answers, self._threshold)
        return frames, plot, [plot.look(each) for each in answers] if self._sight.kind != "loss" else []

    @property
    def html(self) -> str:
        """The page: a slider over the steps, self-contained, in both languages."""
        frames, plot, looks = self._developed()
        steps = [frame.step for frame in frames]
        data: dict[str, Any] = {
            "lang": self._lang,
            "text": {lang: self._words(lang, plot) for lang in LANGUAGES},
            "scenes": [
                {
                    "step": step,
                    "loss": f"{self.losses[step - 1]:.4g}" if step else "",
                    **(_sent(looks[i]) if looks else {}),
                }
                for i, step in enumerate(steps)
            ],
            "steps": len(self.losses),
            "samples": len(self._sight.classes),
        }
        picture = ""
        if looks:
            data["palette"] = b64encode(bytes(x for color in plot.palette for x in color)).decode("ascii")
            data["size"] = [self._sight.side, self._sight.side if self._sight.dimensions == 2 else 1]
            picture, data["box"] = axes(plot), box(plot)
        loss = curves({"": self.losses}, "", "", [max(step, 1) for step in steps])
        files = {name: (HERE / name).read_text(encoding="utf-8") for name in ("film.html", "film.css", "film.js")}
        style = THEME + STYLE + files["film.css"]
        return self_contained(files["film.html"], style, files["film.js"], data, picture=picture, loss=loss)

    def _words(self, lang: Language, plot: Plot) -> dict[str, str]:
        words, controls = sentences("watch", lang), sentences("play", lang)
        kind = f"{self._sight.kind} {self._sight.dimensions}" if self._sight.kind != "loss" else self._sight.reason
        return {
            **{key: controls[key] for key in CONTROLS},
            **{key: words[key] for key in ("title", "lead", "slider", "start", "right", "position", "between")},
            "lossAxis": words["loss axis"], "caption": words[self._unit], "lossTitle": words[f"{self._unit} loss"],
            "picture": words[kind].format(threshold=f"{plot.threshold:g}"),
        }  # fmt: skip

    @property
    def svg(self) -> str:
        """A strip of pictures: the moments between which equally much has changed; without pictures, the loss."""
        words = sentences("watch", self._lang)
        frames, plot, looks = self._developed()
        if not looks:
            return curves({"": self.losses}, words[f"{self._unit} axis"], words["loss axis"])
        chosen_frames = _telling([frame.answers for frame in frames if frame.answers is not None], plot)
        titles = [self._title(frames[i].step, looks[i].right) for i in chosen_frames]
        return strip(plot, [looks[i] for i in chosen_frames], titles, words["title"])

    def _title(self, step: int, right: int | None) -> list[str]:
        words = sentences("watch", self._lang)
        first = words[self._unit].format(step=step) if step else words["start"]
        second = [f"{words['loss axis']} {self.losses[step - 1]:.3g}"] if step else []
        if right is not None:
            second.append(words["right"].format(right=right, samples=len(self._sight.classes)))
        return [first, words["between"].join(second)]

    def save(self, path: str | os.PathLike[str]) -> Path:
        """Write the page to a file that ends in .html, or the strip to one that ends in .svg; return its absolute path.

        Raises:
            TypeError: the path is of a wrong type.
            ValueError: the path has another suffix. Nothing is written.
            FileNotFoundError: the folder does not exist.
        """
        if not isinstance(path, (str, os.PathLike)):
            raise TypeError(f"save takes a path, such as 'learning.html' or 'learning.svg', but got {given(path)}")
        file = writable(path, ".html", ".htm", ".svg")
        return write(file, self.svg if file.suffix.lower() == ".svg" else self.html)

    def _repr_html_(self) -> str:
        return notebook.page(self.html, sentences("watch", self._lang)["title"], self.svg, self._lang)

    def __repr__(self) -> str:
        ends = f", loss {self.losses[0]:.3g} -> {self.losses[-1]:.3g}" if self.losses else ""
        count = len(self._frames) + (self._frames[-1].step != len(self.losses))
        return f"<Film of {len(self.losses)} {self._unit}s in {count} frames{ends}>"


def watch(
    model: Callable[[Any], Any],
    xs: Any,
    ys: Any,
    *,
    frames: int = 40,
    resolution: int = 25,
    threshold: float | None = None,
    lang: Language | None = None,
) -> Film:
    """Watch a model while it learns: its answers and its loss become a page with a slider, or a strip of pictures.

    With one input, the answers are a curve; with two, colours, with a border between the classes. With more, the loss
    alone is shown. The model is left as it is: a copy of it, set to evaluation, is asked. Of a long training, the
    frames that are kept have equal distances; the first is the model as it is now.

    Args:
        model: a module, or a function of a sample or of a batch of samples. The state of a module is kept, and its
            answers are computed when the film is shown; a function is asked while it is recorded.
        xs: all inputs that the model learns from, such as `[[0.0, 1.0], [1.0, 1.0]]`.
        ys: their targets: 0 and 1 or -1 and 1 for two classes and one output; the number of the class, or a row of 0
            and a single 1, for an output for each class; other numbers for a regression.
        frames: the largest number of moments that are kept, at least 2.
        resolution: the number of points along each side of the field of colours, from 4 to 100.
        threshold: of two classes and one output, the number above which it is the second class; by default 0.5 if all
            answers are from 0 to 1, else 0.
        lang: "en" or "zh"; if not given, the language of `autograd.language.speaking`.

    Returns:
        A `Film`: call `record(loss)` after every step, or give it to `fit` as `each_epoch`. It shows itself in a
        notebook.

    Raises:
        TypeError: the model does not take such samples, or data and arguments are of a wrong type.
        ValueError: the data are empty, ragged or not finite, or an argument is out of its range.
    """
    if isinstance(model, type) or not callable(model):
        raise TypeError(f"watch takes a model, such as nn.MLP(2, [8, 1]), but got {given(model)}: make one and pass it")
    whole("frames", frames, 2)
    whole("resolution", resolution, 4, 100)
    if threshold is not None and not math.isfinite(number(threshold, "threshold")):
        raise ValueError(f"threshold must be finite, but got {shown(threshold)}: give the score between the classes")
    return Film(model, xs, ys, frames, resolution, threshold, chosen(lang))


def _sent(look: Look) -> dict[str, Any]:
    """A moment as the page gets it."""
    field = b64encode(look.field).decode("ascii")
    return {"field": field, "paths": look.paths, **({} if look.right is None else {"right": look.right})}


def _telling(moments: Sequence[Answers], plot: Plot) -> list[int]:
    """The first, the last, and those between that divide what has changed into equal parts."""
    changes = [0.0]
    scale = 2.0 if plot.sight.classes else (plot.high - plot.low) / 2.0
    for before, after in zip(moments, moments[1:], strict=False):
        pairs = [(x, y) for a, b in zip(before.grid, after.grid, strict=True) for x, y in zip(a, b, strict=True)]
        sizes = [abs(math.tanh(x / scale) - math.tanh(y / scale)) for x, y in pairs if not math.isnan(x + y)]
        changes.append(math.fsum(sizes))
    total = list(accumulate(changes))
    last = len(total) - 1
    if last < MOMENTS:
        return list(range(last + 1))
    found = {0, last}
    for parts in range(MOMENTS - 1, last + 1):  # more parts, if the same moment is the end of several
        ends = (total[-1] * part / parts for part in range(1, parts))
        found = {0, last, *(min(range(last), key=lambda i: abs(total[i] - end)) for end in ends)}
        if len(found) >= MOMENTS:
            break
    return sorted(found)
