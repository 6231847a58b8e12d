"""Writes torch_nn.json: what PyTorch's modules give in float64, forward, backward and in ten steps of training.

    python tests/oracles/make_torch_nn.py

A case is an expression that means a module in `torch.nn` and in `autograd.nn`, and the shapes of what it is given. The
loss is the sum of (output - target)**2 over all numbers that come out, in order; the steps are plain gradient descent.
"""

from __future__ import annotations

import json
import random
from pathlib import Path
from typing import Any

__all__ = ["CASES", "LEARNING_RATE", "reference"]

LEARNING_RATE, SEED, STEPS = 0.02, 20, 10

# expression -> the shapes of the input and of the state, if one is given: h, or h and c
CASES: dict[str, list[list[int]]] = {
    "nn.Linear(3, 2)": [[4, 3]],
    "nn.Linear(2, 3, bias=False)": [[2]],
    "nn.ReLU()": [[2, 3]],
    "nn.LeakyReLU(0.2)": [[2, 3]],
    "nn.ELU(0.7)": [[2, 3]],
    "nn.Sigmoid()": [[2, 3]],
    "nn.Tanh()": [[2, 3]],
    "nn.GELU()": [[2, 3]],
    "nn.GELU('tanh')": [[2, 3]],
    "nn.SiLU()": [[2, 3]],
    "nn.Softplus()": [[2, 3]],
    "nn.Softplus(beta=8.0, threshold=5.0)": [[2, 3]],
    "nn.Softmax(dim=1)": [[2, 3]],
    "nn.LogSoftmax(dim=-1)": [[3]],
    "nn.Identity()": [[2]],
    "Sine(3.0)": [[2, 3]],
    "nn.Dropout(0.0)": [[2, 3]],
    "nn.Dropout(0.5).eval()": [[2, 3]],
    "nn.LayerNorm(4)": [[3, 4]],
    "nn.LayerNorm(3, eps=0.01, bias=False)": [[3]],
    "nn.LayerNorm(3, elementwise_affine=False)": [[2, 3]],
    "nn.BatchNorm1d(2)": [[5, 2]],
    "nn.BatchNorm1d(2, eps=0.01, momentum=None)": [[3, 2]],
    "nn.BatchNorm1d(2, momentum=0.3, affine=False)": [[4, 2]],
    "nn.BatchNorm1d(2, track_running_stats=False)": [[4, 2]],
    "nn.BatchNorm1d(2).eval()": [[1, 2]],
    "nn.Sequential(nn.Linear(2, 4), nn.Tanh(), Residual(nn.Sequential(nn.Linear(4, 4), nn.ReLU())), nn.Linear(4, 1))": [
        [3, 2]
    ],
    "nn.Sequential(nn.Linear(3, 4, bias=False), nn.BatchNorm1d(4), nn.ReLU(), nn.Linear(4, 2), nn.LogSoftmax(1))": [
        [5, 3]
    ],
    "nn.RNNCell(2, 3)": [[2]],
    "nn.RNNCell(2, 3, bias=False, nonlinearity='relu')": [[4, 2], [4, 3]],
    "nn.LSTMCell(2, 3)": [[2], [3], [3]],
    "nn.LSTMCell(2, 2, bias=False)": [[3, 2]],
    "nn.GRUCell(2, 3)": [[2, 2], [2, 3]],
    "nn.GRUCell(2, 2, bias=False)": [[2]],
    "nn.RNN(2, 3)": [[4, 2]],
    "nn.RNN(1, 2, num_layers=2, nonlinearity='relu', batch_first=True)": [[2, 3, 1], [2, 2, 2]],
    "nn.LSTM(2, 3)": [[4, 2]],
    "nn.LSTM(1, 2, num_layers=2)": [[3, 2, 1], [2, 2, 2], [2, 2, 2]],
    "nn.LSTM(1, 2, bias=False, batch_first=True)": [[2, 3, 1]],
    "nn.GRU(2, 3)": [[4, 2], [1, 3]],
    "nn.GRU(1, 2, num_layers=2, bias=False, batch_first=True)": [[2, 3, 1]],
}


def reference(torch: Any, expression: str, shapes: list[list[int]], seed: int) -> dict[str, Any]:
    """Return a case with random inputs, weights and targets, and what PyTorch makes of it."""
    rng = random.Random(f"{seed} {expression}")

    def draw(shape: tuple[int, ...]) -> Any:
        numbers = [rng.uniform(-2.0, 2.0) for _ in range(torch.Size(shape).numel())]
        return torch.tensor(numbers, dtype=torch.float64).reshape(shape)

    module = eval(expression, {"nn": torch.nn, **extras(torch)}).double()
    with torch.no_grad():
        for p in module.parameters():
            p.copy_(draw(p.shape) / 2)
        for name, buffer in module.named_buffers():
            if buffer.is_floating_point():
                buffer.copy_(draw(buffer.shape).abs() + 0.5 if "var" in name else draw(buffer.shape))
    inputs = [draw(tuple(shape)).requires_grad_() for shape in shapes]
    case: dict[str, Any] = {"module": expression, "inputs": plain(inputs), "state": state_of(module)}
    losses: list[float] = []
    for step in range(STEPS):
        output = flat(torch, call(module, inputs))
        if step == 0:
            target = draw(tuple(output.shape))
            case |= {"target": plain(target), "output": plain(output)}
        loss = ((output - target) ** 2).sum()
        losses.append(loss.item())
        for leaf in (*module.parameters(), *inputs):
            leaf.grad = None
        loss.backward()
        if step == 0:
            case["input_gradients"] = plain([x.grad for x in inputs])
            case["gradients"] = {name: plain(p.grad) for name, p in module.named_parameters()}
        with torch.no_grad():
            for p in module.parameters():
                p -= LEARNING_RATE * p.grad
    return case | {"losses": losses, "trained": state_of(module)}


def extras(torch: Any) -> dict[str, Any]:
    """What `autograd.nn` has beyond `torch.nn`."""

    class Residual(torch.nn.Module):
        def __init__(self, module: Any) -> None:
            super().__init__()
            self.module = module

        def forward(self, x: Any) -> Any:
            return self.module(x) + x

    class Sine(torch.nn.Module):
        def __init__(self, frequency: float) -> None:
            super().__init__()
            self.frequency = frequency

        def forward(self, x: Any) -> Any:
            return torch.sin(self.frequency * x)

    return {"Residual": Residual, "Sine": Sine}


def call(module: Any, inputs: list[Any]) -> Any:
    """Call a module with its input, and with its state: h, or (h, c)."""
    x, *state = inputs
    return module(x, *([state[0]] if len(state) == 1 else [tuple(state)] if state else []))


def flat(torch: Any, output: Any) -> Any:
    """All numbers of a tensor, or of a tuple of tensors or tuples, in order, as one tensor."""
    if not isinstance(output, tuple):
        return output.reshape(-1)
    return torch.cat([flat(torch, part) for part in output])


def plain(x: Any) -> Any:
    return [plain(item) for item in x] if isinstance(x, list) else x.tolist()


def state_of(module: Any) -> dict[str, Any]:
    return {name: plain(tensor) for name, tensor in module.state_dict().items()}


def main() -> None:
    import torch

    torch.set_num_threads(1)
    cases = [reference(torch, expression, shapes, SEED) for expression, shapes in CASES.items()]
    lines = ",\n".join(json.dumps(case) for case in cases)
    path = Path(__file__).with_name("torch_nn.json")
    path.write_text(f'{{"torch": "{torch.__version__}", "cases": [\n{lines}\n]}}\n', encoding="utf-8")


if __name__ == "__main__":
    main()
