"""Write torch_special.json: PyTorch's values, first and second derivatives at special operands. Needs torch.

python tests/oracles/make_torch_special.py
"""

from __future__ import annotations

import json
import random
import warnings
from collections.abc import Callable, Iterator, Sequence
from itertools import product
from pathlib import Path
from typing import Any

from torch_functions import torch_functions

HERE = Path(__file__).parent
POINTS = [0.0, -0.0, 1.0, -1.0, 0.5, -0.5, 2.0, -2.0, 3.0, 40.0, -40.0, 1e-300, -1e200, 1e308, float("inf"),
          float("-inf"), float("nan")]  # fmt: skip
SOME = [0.0, -0.0, 1.0, -1.0, 0.5, 2.0, -3.0, 1e308, float("inf"), float("nan")]
FEW = [0.0, 1.0, 1.0, -2.0, float("inf"), float("-inf"), float("nan")]
UNARY = (
    "neg exp expm1 log log1p log2 log10 sqrt square reciprocal abs sign sin cos tan asin acos atan sinh cosh tanh "
    "asinh acosh atanh sigmoid softplus relu gelu silu erf erfc floor ceil trunc rint exp2 radians degrees lgamma"
)
BINARY = "add sub mul div pow mod floor_divide atan2 hypot maximum minimum leaky_relu elu logaddexp"
OF_MANY = "sum mean prod norm max min logsumexp"


def cases() -> Iterator[tuple[str, list[tuple[float, ...]]]]:
    """Every operation that PyTorch has, and the operands to ask it about."""
    rng = random.Random(0)
    some = [tuple(rng.choices(FEW, k=n)) for n in (1, 2, 3) for _ in range(12)]
    for name in UNARY.split():
        yield name, [(x,) for x in POINTS]
    for name in BINARY.split():
        yield name, list(product(SOME, repeat=2))
    for name in ("where", "clip"):
        yield name, [tuple(rng.choices(FEW, k=3)) for _ in range(40)]
    for name in OF_MANY.split():
        yield name, some
    yield "dot", [tuple(rng.choices(FEW, k=n)) for n in (2, 3, 4, 5) for _ in range(8)]
    for name in ("softmax", "log_softmax"):
        yield name, [(0.0, *xs) for xs in some]


def answers(torch: Any, function: Callable[..., Any], xs: Sequence[float]) -> dict[str, Any]:
    """Value, gradient and Hessian; an entry is None where PyTorch has no such derivative."""
    operands = [torch.tensor([x], dtype=torch.float64, requires_grad=True) for x in xs]
    result = function(*operands)
    first = torch.autograd.grad(result.sum(), operands, allow_unused=True, create_graph=True)
    second = []
    for gradient in first:
        row: Sequence[Any] = [None] * len(operands)
        if gradient is not None and gradient.requires_grad:
            row = torch.autograd.grad(gradient.sum(), operands, allow_unused=True, retain_graph=True)
        second.append([_plain(entry) for entry in row])
    return {"value": _plain(result), "gradient": [_plain(entry) for entry in first], "hessian": second}


def _plain(x: Any) -> Any:
    """A number as JSON has it: -0.0, nan and the infinities as strings."""
    if x is None:
        return None
    number = x.item()
    return number if abs(number) < float("inf") and str(number) != "-0.0" else str(number)


def main() -> None:
    import torch

    functions = torch_functions(torch)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        rows = [
            {"operation": name, "operands": [_plain(torch.tensor(x, dtype=torch.float64)) for x in xs]}
            | answers(torch, functions[name], xs)
            for name, operands in cases()
            for xs in operands
        ]
    lines = ",\n".join(json.dumps(row) for row in rows)
    text = f'{{"torch": "{torch.__version__.split("+")[0]}", "cases": [\n{lines}\n]}}\n'
    (HERE / "torch_special.json").write_text(text, encoding="utf-8")


if __name__ == "__main__":
    main()
