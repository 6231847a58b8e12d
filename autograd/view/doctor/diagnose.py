"""A doctor for networks: where along the layers does the gradient vanish, explode or die, and why?

Between one layer's weighted sums z = W a + b and those of the next, z' = W' f(z) + b', a gradient going backward is
multiplied twice: by W', the weights' part, and by f'(z), the activation's part. Both are measured here, as ratios of
Euclidean norms. What else lies between two layers is the rest: normalization, dropout, and the paths around a layer of
a residual connection and around a time step of a recurrent network. So, exactly,

    |dL/dz|  =  |dL/dz'|  x  weights' part of the layer of z'  x  rest  x  activation's part of the layer of z
"""

from __future__ import annotations

import html
import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from ...language import Language, chosen
from ...nn.module import Module
from ...nn.normalization import BatchNorm1d, LayerNorm
from ...nn.recurrent import GRU, LSTM, GRUCell, LSTMCell
from ...primitives import number
from ...spelling import readable
from ...text import given, printable
from ...value import Value
from ..calculation import Calculation, whole
from ..drawing.style import COLORS, INK
from ..terminal import USUAL, Rows, for_stdout, html_table, table, with_names_above, wrapped
from ..verdicts import EXPLODED, LIKE_GRADIENT, SMALL, WORST_LAYER_FIRST, compared
from ..words import sentences
from .flow import Flow, flows, layers_of, norm

__all__ = ["Diagnosis", "LayerReport", "as_html", "as_text", "diagnose", "short"]

NORMALIZATION = (BatchNorm1d, LayerNorm)  # they scale what a layer gives, and their scale says nothing about its health
GATED = (GRU, GRUCell, LSTM, LSTMCell)
DEAD_SHARE = 0.5
ENOUGH = 32  # a unit that is off in fewer samples may be so by chance: in deep networks samples look alike


@dataclass(frozen=True)
class LayerReport:
    """What was measured at one layer; nan if there is nothing to measure.

    Attributes:
        name: the module's name in the model.
        kind: the name of its class.
        gradient_through: |dL/dz|, the gradient that arrives at the layer's operations.
        gradient_norm: the norm of dL/d(parameters).
        parameter_norm: the norm of the parameters.
        update_ratio: lr * gradient_norm / parameter_norm: what a step of plain gradient descent changes, relatively.
        dead: the share of units whose activation has the slope 0 for every sample: meaningful only for a batch.
        saturated: the share of activations whose slope is not 0 but below 0.05, of functions that can be steeper.
        weight_factor: what the layer passes on to its inputs, as a part of |dL/dz|.
        activation_factor: what its activation makes of the gradient; 1 if there is none.
        rest_factor: what all else between this layer and the next makes of it; 1 if there is nothing else.
        steps: how many time steps there are, 1 for a layer that is not recurrent.
        step_factor: what one time step makes of the gradient, the geometric mean from the last step to the first.
        verdict: "healthy", "vanishing", "exploding", "dead", "no gradient" or "nan".
        remedy: what helps, in words; "" for a healthy layer.
    """

    name: str
    kind: str
    gradient_through: float
    gradient_norm: float
    parameter_norm: float
    update_ratio: float
    dead: float
    saturated: float
    weight_factor: float
    activation_factor: float
    rest_factor: float
    steps: int
    step_factor: float
    verdict: str
    remedy: str


@dataclass(frozen=True, repr=False)
class Diagnosis:
    """The layers' reports, in the order in which data pass through them: `print` it, or look at it in a notebook.

    Attributes:
        layers: a `LayerReport` for each.
        lr: the learning rate of the update ratios.
    """

    layers: tuple[LayerReport, ...]
    lr: float
    _titles: tuple[str, ...]
    _lang: Language

    @property
    def verdict(self) -> str:
        """The worst verdict of any layer."""
        return min((layer.verdict for layer in self.layers), key=WORST_LAYER_FIRST.index)

    def text(self, columns: int = USUAL) -> str:
        """Return the table and what helps, in lines of at most `columns` columns if the layers' names allow."""
        return as_text(self._rows(), self._notes(), columns)

    def __str__(self) -> str:
        return for_stdout(self.text)

    __repr__ = __str__

    def _repr_html_(self) -> str:
        return as_html(self._rows(), [layer.verdict for layer in self.layers], self._notes())

    def _rows(self) -> list[tuple[str, ...]]:
        """The table, without the columns that say nothing here."""
        words, layers = sentences("doctor", self._lang), self.layers
        ratio = words["ratio"] if self.lr == 1.0 else f"{self.lr:g}·{words['ratio']}"
        columns: list[tuple[str, Callable[[LayerReport], str], bool]] = [
            ("|dL/dz|", lambda r: short(r.gradient_through), True),
            (words["gradient"], lambda r: short(r.gradient_norm), True),
            (words["parameters"], lambda r: short(r.parameter_norm), True),
            (ratio, lambda r: short(r.update_ratio), True),
            (words["dead column"], lambda r: f"{r.dead:.0%}", any(r.dead for r in layers)),
            (words["saturated"], lambda r: f"{r.saturated:.0%}", any(r.saturated for r in layers)),
            (words["x weights"], lambda r: short(r.weight_factor), True),
            (words["x rest"], lambda r: short(r.rest_factor), not all(map(_is_plain, layers))),
            (words["x activation"], lambda r: short(r.activation_factor), True),
            (words["x step"], _per_step, any(r.steps > 1 for r in layers)),
        ]
        shown = [(head, entry) for head, entry, wanted in columns if wanted]
        return [
            (words["layer"], *(head for head, _ in shown), words["verdict"]),
            *(
                (title, *(entry(r) for _, entry in shown), words[r.verdict])
                for title, r in zip(self._titles, layers, strict=True)
            ),
        ]

    def _notes(self) -> list[str]:
        remedies = dict.fromkeys(layer.remedy for layer in self.layers if layer.remedy)
        return [*self._on_average(), *remedies]

    def _on_average(self) -> list[str]:
        """What one layer does to the gradient: the geometric means of the factors from the last layer to the first."""
        words = sentences("doctor", self._lang)
        parts = {
            words["weights' part"]: [layer.weight_factor for layer in self.layers[1:]],
            words["rest"]: [layer.rest_factor for layer in self.layers[:-1]],
            words["activation's part"]: [layer.activation_factor for layer in self.layers[:-1]],
        }
        factors = [factor for part in parts.values() for factor in part]
        count = len(self.layers) - 1
        if count < 2 or not all(0.0 < factor < math.inf for factor in factors):
            return []
        means = {name: math.exp(math.fsum(map(math.log, part)) / count) for name, part in parts.items()}
        total = short(math.prod(means.values()))
        if all(map(_is_plain, self.layers)):
            del means[words["rest"]]
        return [words["average"].format(total, " × ".join(f"{name} {short(mean)}" for name, mean in means.items()))]


def diagnose(model: Module, loss: Value, *, lang: Language | None = None, lr: float = 1.0) -> Diagnosis:
    """Measure how the gradient of a loss travels back through the layers of a model.

    A layer is a module that has parameters itself, wherever in the model it is; normalization counts as what lies
    between two layers. A layer is judged by the gradient that arrives at it, |dL/dz|, compared with what arrives at the
    outputs of the last layer that has one: below 1/1000 of it is vanishing, above 1000 times it exploding. A recurrent
    layer is judged by its first time step as well, compared with the last one, which shows the effect of time if
    the loss is taken at the end of the sequence. The graph is read, not changed; `backward()` need not have been
    called.

    Args:
        model: the module that computed the loss.
        loss: the loss of a batch. A single sample will do for all but the share of dead units.
        lang: "en" or "zh"; if not given, the language of `autograd.language.speaking`.
        lr: the learning rate of the update ratios.

    Raises:
        TypeError: model is not a Module or loss is not a Value.
        ValueError: the loss was not computed by layers of the model, or lr is not above 0.

    >>> from autograd import nn
    >>> deep = nn.MLP(1, [1] * 11, "sigmoid", seed=0)
    >>> diagnose(deep, deep([1.0])).verdict
    'vanishing'
    """
    if not isinstance(model, Module):
        hint = ": the model comes first, diagnose(model, loss)" if isinstance(loss, Module) else ""
        raise TypeError(f"diagnose takes a Module, but got {given(model)}{hint}")
    if not isinstance(loss, Value):
        raise TypeError(f"diagnose takes the loss as a Value, but got {given(loss)}")
    if not 0.0 < number(lr, "lr") < math.inf:
        raise ValueError(f"lr must be above 0 and finite, but got {lr!r}")
    lang = readable(chosen(lang))
    gradients = Calculation.of(loss).gradients
    layers = [layer for layer in layers_of(model) if not isinstance(layer.module, NORMALIZATION)]
    measured = flows(layers, gradients)
    if not measured:
        raise ValueError(
            "this loss was not computed by a layer of the model (a module with parameters, other than normalization): "
            "call the model, then diagnose its loss"
        )
    last = next((_at_outputs(flow) for flow in reversed(measured) if flow.arriving), 0.0)
    reports = []
    for i, flow in enumerate(measured):
        found = [gradients.get(p, 0.0) for p in flow.layer.parameters]
        after = measured[i + 1] if i + 1 < len(measured) else None
        reports.append(_report(flow, after, last, norm(found), lr, lang))
    return Diagnosis(tuple(reports), lr, tuple(flow.layer.title for flow in measured), lang)


def _report(flow: Flow, after: Flow | None, last: float, gradient: float, lr: float, lang: Language) -> LayerReport:
    size = norm(p.data for p in flow.layer.parameters)
    verdict, remedy = _judged(flow, last, gradient)
    rest = _ratio(flow.arriving, after.leaving * flow.activation) if after is not None and after.follows else math.nan
    each = _ratio(flow.first_step, flow.last_step)
    return LayerReport(
        flow.layer.name, flow.layer.kind, flow.arriving, gradient, size, _ratio(lr * gradient, size),
        flow.dead, flow.saturated, _ratio(flow.leaving, flow.arriving), flow.activation, rest,
        flow.steps, each ** (1.0 / (flow.steps - 1)) if flow.steps > 1 else math.nan,
        verdict, sentences("doctor", lang).get(f"{remedy} remedy", ""),
    )  # fmt: skip


def _at_outputs(flow: Flow) -> float:
    """The gradient that arrives at a layer's outputs, before its activation has changed it."""
    return flow.arriving / flow.activation if flow.activation > 0.0 else flow.arriving


def _judged(flow: Flow, last: float, gradient: float) -> tuple[str, str]:
    """The verdict, and what there is a remedy for."""
    verdict = compared(flow.arriving, last)
    if verdict == "nan" or not math.isfinite(gradient):
        return "nan", "nan"
    if flow.dead == 1.0 or (flow.dead > DEAD_SHARE and flow.uses >= ENOUGH):
        return "dead", "dead"
    if verdict == "no gradient":
        return verdict, verdict if last else "minimum"
    if verdict == "exploding" or flow.first_step > EXPLODED * flow.last_step:
        return "exploding", "exploding"
    if flow.first_step < SMALL * flow.last_step:
        return "vanishing", "forgetting gates" if isinstance(flow.layer.module, GATED) else "forgetting"
    return verdict, verdict


def _ratio(a: float, b: float) -> float:
    return a / b if b else math.nan


def _is_plain(layer: LayerReport) -> bool:
    """Whether nothing lies between this layer and the next but its activation."""
    return math.isnan(layer.rest_factor) or abs(layer.rest_factor - 1.0) < 1e-9


def _per_step(layer: LayerReport) -> str:
    return f"{short(layer.step_factor)}^{layer.steps - 1}" if layer.steps > 1 else "–"


# --- text and HTML ---


def short(x: float) -> str:
    """Return a number in three digits, a dash for one that could not be measured."""
    return "–" if math.isnan(x) else f"{x:.3g}"


def as_text(rows: Rows, notes: Sequence[str], columns: int) -> str:
    """Return the table and the notes for a terminal of a number of columns.

    If the table goes on below itself, the verdicts are in its first part.
    """
    whole("columns", columns, 1)
    rows = [list(map(printable, row)) for row in rows]
    numbers = _numbers(rows)
    lines = table(rows, numbers, room=columns)
    if "" in lines:
        lines = table(with_names_above(rows, columns), numbers, room=columns)
    if "" in lines:
        rows = [(layer, verdict, *others) for layer, *others, verdict in rows]
        lines = table(with_names_above(rows, columns), range(2, len(rows[0])), room=columns)
    for note in notes:
        first, *others = wrapped(printable(note), columns - 2)
        lines += [f"- {first}", *(f"  {other}" for other in others)]
    return "\n".join(lines)


def as_html(rows: Rows, verdicts: Sequence[str], notes: Sequence[str]) -> str:
    """Return the table and the notes for notebooks, light or dark; each verdict has its colour.

    Args:
        rows: the header and a row for each layer.
        verdicts: "healthy" or what else it is, for each layer, whatever language the rows are in.
        notes: sentences.
    """
    colors = [COLORS[LIKE_GRADIENT[verdict]] for verdict in verdicts]
    looks = [f"background: {color}; color: {INK}; border-radius: 4px; padding: 1px 6px" for color in colors]
    items = "".join(f"<li>{html.escape(printable(note))}</li>" for note in notes)
    return html_table(rows, _numbers(rows), looks) + (f"<ul>{items}</ul>" if items else "")


def _numbers(rows: Rows) -> range:
    return range(1, len(rows[0]) - 1)
