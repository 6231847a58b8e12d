"""The same operations in PyTorch, on float64 tensors: one tensor for each operand, one element for each case."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

__all__ = ["torch_functions"]


def torch_functions(torch: Any) -> dict[str, Callable[..., Any]]:
    """Return PyTorch's function for every operation of the table that PyTorch has."""
    functional = torch.nn.functional

    def stacked(f: Callable[[Any], Any]) -> Callable[..., Any]:
        return lambda *xs: f(torch.stack(xs, dim=-1))

    def dot(*operands: Any) -> Any:
        n = len(operands) // 2
        products = [w * x for w, x in zip(operands[:n], operands[n : 2 * n], strict=True)]
        return torch.stack([*products, *operands[2 * n :]], -1).sum(-1)

    renamed = {
        "floor_divide": lambda a, b: torch.div(a, b, rounding_mode="floor"),
        "mod": torch.remainder,
        "clip": torch.clamp,
        "relu": torch.relu,
        "softplus": functional.softplus,
        "gelu": functional.gelu,
        "silu": functional.silu,
        "mish": functional.mish,
        "leaky_relu": lambda x, slope: functional.prelu(x[None], slope)[0],
        "elu": lambda x, alpha: torch.stack([functional.elu(u, a.item()) for u, a in zip(x, alpha, strict=True)]),
        "where": lambda condition, a, b: torch.where(condition.bool(), a, b),
        "sum": stacked(lambda xs: xs.sum(-1)),
        "mean": stacked(lambda xs: xs.mean(-1)),
        "prod": stacked(lambda xs: xs.prod(-1)),
        "dot": dot,
        "norm": stacked(lambda xs: torch.linalg.vector_norm(xs, dim=-1)),
        "max": stacked(lambda xs: torch.stack([row.max() for row in xs])),
        "min": stacked(lambda xs: torch.stack([row.min() for row in xs])),
        "logsumexp": stacked(lambda xs: xs.logsumexp(-1)),
        "softmax": lambda index, *xs: stacked(lambda x: x.softmax(-1)[..., 0])(*xs),
        "less": lambda a, b: (a < b) + 0.0 * (a + b),
        "less_equal": lambda a, b: (a <= b) + 0.0 * (a + b),
        "equal": lambda a, b: (a == b) + 0.0 * (a + b),
        "take": lambda index, *xs: xs[0],
        "log_softmax": lambda index, *xs: stacked(lambda x: x.log_softmax(-1)[..., 0])(*xs),
    }
    renamed |= {"rint": torch.round, "radians": torch.deg2rad, "degrees": torch.rad2deg}
    same_name = (
        "floor ceil trunc exp2 logaddexp lgamma digamma "
        "add sub mul div neg pow exp expm1 log log1p log2 log10 sqrt square reciprocal abs sign sin cos tan "
        "asin acos atan atan2 sinh cosh tanh asinh acosh atanh sigmoid erf erfc sinc hypot maximum minimum"
    )
    return renamed | {name: getattr(torch, name) for name in same_name.split()}
