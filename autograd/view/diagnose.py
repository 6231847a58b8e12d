"""A doctor for networks: where along the layers does the gradient vanish, explode or die, and why?

Between the outputs a of one layer and those of the next, z = W a + b and then a' = f(z), a gradient going backward is
multiplied twice: by f'(z), the activation's part, and by W, the weights' part. Both are measured here, layer by layer,
as ratios of Euclidean norms:

    |dL/da|  =  |dL/da'|  x  |dL/dz| / |dL/da'|  x  |dL/da| / |dL/dz|
                             the activation's part   the weights' part
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from ..graph import reverse_sweep
from ..language import Language, chosen
from ..nn.module import Module
from ..value import Value
from .labels import table

__all__ = ["Diagnosis", "GradientMonitor", "LayerReport", "diagnose"]

VANISHING, EXPLODING = 1e-3, 1e3  # of the last layer's gradient; a layer beyond them hardly learns, or overshoots
FLAT = 0.05  # an activation's slope below this, where it can be 0.25 or 1, is saturated
DEAD_SHARE = 0.5


@dataclass(frozen=True)
class Words:
    """What a diagnosis says in one language."""

    header: tuple[str, ...]
    verdicts: Mapping[str, str]
    remedies: Mapping[str, str]


ENGLISH = Words(
    ("layer", "|grad|", "|param|", "lr step", "dead", "flat", "x activation", "x weights", "verdict"),
    {"healthy": "healthy", "vanishing": "vanishing", "exploding": "exploding", "dead": "dead", "nan": "nan or inf"},
    {
        "vanishing": "the gradient vanishes: use ReLU instead of sigmoid or tanh, residual connections, batch "
        "normalization, or Xavier/He initialization; in a recurrent network LSTM or GRU",
        "exploding": "the gradient explodes: clip it (clip_grad_norm_), start with smaller weights (Xavier/He), or "
        "lower the learning rate",
        "dead": "many units give 0 and learn nothing: use leaky ReLU or ELU, a smaller learning rate, or He "
        "initialization",
        "nan": "a gradient is nan or inf: run it under detect_anomaly() to find the operation, then clip the gradient "
        "or lower the learning rate",
    },
)
CHINESE = Words(
    ("层", "|梯度|", "|参数|", "更新比", "死亡", "饱和", "×激活", "×权重", "结论"),
    {"healthy": "正常", "vanishing": "梯度消失", "exploding": "梯度爆炸", "dead": "死神经元", "nan": "nan 或 inf"},
    {
        "vanishing": "梯度消失：用 ReLU 代替 sigmoid 或 tanh，加入残差连接或批量归一化，使用 Xavier/He 初始化；"
        "循环网络可改用 LSTM 或 GRU",
        "exploding": "梯度爆炸：做梯度裁剪（clip_grad_norm_），减小初始权重（Xavier/He 初始化），或降低学习率",
        "dead": "许多神经元输出恒为 0，不再学习：改用 Leaky ReLU 或 ELU，降低学习率，或使用 He 初始化",
        "nan": "梯度中出现 nan 或 inf：在 detect_anomaly() 中运行以找出是哪个运算，再做梯度裁剪或降低学习率",
    },
)


@dataclass(frozen=True)
class LayerReport:
    """What was measured at one layer.

    Attributes:
        name: the module's name in the model.
        gradient_norm: the norm of dL/d(weights and biases).
        parameter_norm: the norm of the weights and biases.
        update_ratio: gradient_norm / parameter_norm: a step of plain gradient descent, relative, at learning rate 1.
        dead: the share of units whose slope is 0 for every sample.
        saturated: the share of activations whose slope is not 0 but below 0.05.
        activation_factor: |dL/dz| / |dL/da'|; 1 where there is no activation; nan where it cannot be measured.
        weight_factor: |dL/da| / |dL/dz|; nan for the first layer where its inputs are plain numbers.
        gradient_through: |dL/dz|, the gradient that arrives at the layer's weighted sums.
        verdict: "healthy", "vanishing", "exploding", "dead" or "nan".
    """

    name: str
    gradient_norm: float
    parameter_norm: float
    update_ratio: float
    dead: float
    saturated: float
    activation_factor: float
    weight_factor: float
    gradient_through: float
    verdict: str


@dataclass(frozen=True)
class Diagnosis:
    """The layers' reports, first layer first; `str` is a table with remedies."""

    layers: tuple[LayerReport, ...]
    words: Words = ENGLISH

    @property
    def verdict(self) -> str:
        """The worst verdict of any layer."""
        return min(
            (layer.verdict for layer in self.layers), key=["nan", "exploding", "vanishing", "dead", "healthy"].index
        )

    def __str__(self) -> str:
        rows = [self.words.header, *(self._row(layer) for layer in self.layers)]
        found = dict.fromkeys(layer.verdict for layer in self.layers if layer.verdict != "healthy")
        return "\n".join([*table(rows), *(f"- {self.words.remedies[verdict]}" for verdict in found)])

    def _row(self, layer: LayerReport) -> tuple[str, ...]:
        numbers = (layer.gradient_norm, layer.parameter_norm, layer.update_ratio)
        factors = (layer.activation_factor, layer.weight_factor)
        return (
            layer.name,
            *(f"{x:.3g}" for x in numbers),
            f"{layer.dead:.0%}",
            f"{layer.saturated:.0%}",
            *("–" if x != x else f"{x:.3g}" for x in factors),
            self.words.verdicts[layer.verdict],
        )

    def _repr_html_(self) -> str:
        import html

        def cells(row: Sequence[str], tag: str) -> str:
            return "<tr>" + "".join(f"<{tag}>{html.escape(cell)}</{tag}>" for cell in row) + "</tr>"

        body = cells(self.words.header, "th") + "".join(cells(self._row(layer), "td") for layer in self.layers)
        return f"<table>{body}</table>"


def diagnose(model: Module, loss: Value, lang: Language | None = None) -> Diagnosis:
    """Measure how the gradient of a loss travels through the layers of a model.

    A layer is a module with a matrix `weight` whose rows enter `dot` nodes: `Linear`, and the layers of an `MLP`. The
    graph is read, not changed; `backward()` need not have been called.

    Args:
        model: the module that computed the loss.
        loss: the loss of a sample or a batch.
        lang: "en" or "zh", the language of the table; if not given, that of `autograd.language.speaking`.

    Raises:
        TypeError: model is not a Module or loss is not a Value.
        ValueError: the loss was not computed by layers of the model.

    >>> from autograd import nn
    >>> deep = nn.MLP(1, [1] * 11, "sigmoid", seed=0)
    >>> diagnose(deep, deep([1.0])).verdict
    'vanishing'
    """
    if not isinstance(model, Module):
        raise TypeError(f"diagnose takes a Module, but got {model!r} of type {type(model).__name__}")
    if not isinstance(loss, Value):
        raise TypeError(f"diagnose takes the loss as a Value, but got {loss!r} of type {type(loss).__name__}")
    lang = chosen(lang)
    gradients: dict[Value, float] = reverse_sweep(loss)
    measured = [layer for layer in _layers(model) if layer.find(gradients)]
    if not measured:
        raise ValueError("this loss was not computed by a layer of the model: call the model, then diagnose its loss")
    for layer in measured:
        layer.find_activations(gradients)
    last = measured[-1].through(gradients)
    return Diagnosis(tuple(layer.report(gradients, last) for layer in measured), ENGLISH if lang == "en" else CHINESE)


class _Layer:
    """A weight matrix, and the nodes of one graph that it made."""

    def __init__(self, name: str, weight: Sequence[Sequence[Value]], bias: Sequence[Value]) -> None:
        self.name = name
        self.parameters = [w for row in weight for w in row] + list(bias)
        self.rows = {row[0]: i for i, row in enumerate(weight)}
        self.width = len(weight[0])
        self.sums: dict[Value, int] = {}  # the nodes z = W a + b, each with its row
        self.outputs: dict[Value, Value] = {}  # from z to f(z), where an activation follows

    def find(self, nodes: Iterable[Value]) -> bool:
        """Look for the layer's weighted sums; return whether there are any."""
        for node in nodes:
            if node.op is not None and node.op.name == "dot" and node.operands[0] in self.rows:
                self.sums[node] = self.rows[node.operands[0]]  # type: ignore[index]  # a key is a Value
        return bool(self.sums)

    def find_activations(self, nodes: Iterable[Value]) -> None:
        """Look for functions of one number of the sums."""
        for node in nodes:
            if len(node.parents) == 1 and node.parents[0] in self.sums and node.op is not None and node.op.arity:
                self.outputs[node.parents[0]] = node

    def through(self, gradients: Mapping[Value, float]) -> float:
        return _norm(gradients[z] for z in self.sums)

    def report(self, gradients: Mapping[Value, float], last: float) -> LayerReport:
        through = self.through(gradients)
        inputs = {x for z in self.sums for x in z.operands[self.width : 2 * self.width] if isinstance(x, Value)}
        below = _norm(gradients[x] for x in inputs)
        above = _norm(gradients[a] for a in self.outputs.values())
        slopes = {z: self.outputs[z].partials[0] for z in self.outputs}
        by_row: dict[int, list[float]] = {}
        for z, slope in slopes.items():
            by_row.setdefault(self.sums[z], []).append(slope)
        dead = sum(all(s == 0.0 for s in row) for row in by_row.values()) / len(self.rows) if by_row else 0.0
        flat = sum(0.0 < abs(s) < FLAT for s in slopes.values()) / len(slopes) if slopes else 0.0
        gradient = _norm(gradients.get(p, 0.0) for p in self.parameters)
        size = _norm(p.data for p in self.parameters)
        return LayerReport(
            self.name, gradient, size, gradient / size if size else math.nan, dead, flat,
            (through / above if above else math.nan) if self.outputs else 1.0,
            below / through if inputs and through else math.nan,
            through, _verdict(gradient, through, last, dead),
        )  # fmt: skip


def _layers(model: Module) -> list[_Layer]:
    found = []
    for name, module in model.named_modules():
        weight, bias = getattr(module, "weight", None), getattr(module, "bias", None)
        if isinstance(weight, list) and weight and isinstance(weight[0], list) and isinstance(weight[0][0], Value):
            found.append(_Layer(name or type(module).__name__, weight, bias or ()))
    return found


def _norm(numbers: Iterable[float]) -> float:
    return math.hypot(*numbers)


def _verdict(gradient: float, through: float, last: float, dead: float) -> str:
    if not math.isfinite(gradient) or not math.isfinite(through):
        return "nan"
    if dead > DEAD_SHARE:
        return "dead"
    if through > EXPLODING * last:
        return "exploding"
    return "vanishing" if through < VANISHING * last else "healthy"


class GradientMonitor:
    """Keeps the gradient norms of a model while it trains: call `record()` after every backward pass.

    Args:
        model: the module to watch.

    Attributes:
        history: for every layer's name its gradient norms, one for each record.
        alarms: what went wrong, in words: the first nan or inf, and norms that grew a thousandfold at once.

    >>> from autograd import nn
    >>> model = nn.MLP(1, [2, 1], seed=0)
    >>> monitor = GradientMonitor(model)
    >>> model([1.0]).backward()
    >>> monitor.record()
    >>> list(monitor.history)
    ['layers.0', 'layers.1']
    """

    def __init__(self, model: Module) -> None:
        if not isinstance(model, Module):
            raise TypeError(f"GradientMonitor takes a Module, but got {model!r} of type {type(model).__name__}")
        self._owners = {
            name or type(module).__name__: module.parameters(recurse=False) for name, module in model.named_modules()
        }
        self._owners = {name: parameters for name, parameters in self._owners.items() if parameters}
        self.history: dict[str, list[float]] = {name: [] for name in self._owners}
        self.alarms: list[str] = []

    def record(self) -> None:
        """Note the gradient norm of every layer as it is now."""
        for name, parameters in self._owners.items():
            norm = _norm(p.grad for p in parameters)
            norms = self.history[name]
            if not math.isfinite(norm) and all(map(math.isfinite, norms)):
                self.alarms.append(f"step {len(norms) + 1}: the gradient of {name} is {norm}")
            elif norms and norms[-1] > 0.0 and norm > EXPLODING * norms[-1]:
                self.alarms.append(
                    f"step {len(norms) + 1}: the gradient of {name} grew from {norms[-1]:.3g} to {norm:.3g}"
                )
            norms.append(norm)

    def __str__(self) -> str:
        rows: list[tuple[str, ...]] = [("layer", "first", "last", "smallest", "largest")]
        for name, norms in self.history.items():
            ends = (norms[0], norms[-1], min(norms), max(norms)) if norms else ()
            rows.append((name, *(f"{x:.3g}" for x in ends)) if ends else (name, "–", "–", "–", "–"))
        return "\n".join([*table(rows), *self.alarms])

    @property
    def svg(self) -> str:
        """The norms over the steps, on a logarithmic scale, one curve for each layer."""
        from .curves import curves

        return curves(self.history, "step", "|gradient|")

    def _repr_svg_(self) -> str:
        return self.svg
