"""What PyTorch makes of losses, optimizers, schedules and gradient clipping, in float64.

    python tests/oracles/make_torch_optim.py        writes torch_optim.json beside this file

A case is plain data, and one function runs it in PyTorch or in this package: they have the same names.
"""

from __future__ import annotations

import functools
import json
import math
import random
from collections.abc import Callable
from pathlib import Path
from typing import Any

STORED = Path(__file__).with_name("torch_optim.json")
STEPS = 10
Case = dict[str, Any]

# --- the cases ---

_VALUES = {"input": [0.5, -1.25, 3.0, 1e3, -2e-9, 4.0], "target": [0.5, 1.0, -2.0, 1e3 + 0.1, 1e-9, 3.0]}
_BATCH = {"input": [[0.1, -0.7], [2.5, 0.3], [-1.9, 4.2]], "target": [[1.0, 0.25], [-0.5, 0.3], [0.0, 4.0]]}
_SCORES = [[0.3, -1.2, 2.1, 0.0], [1.5, 1.5, -0.5, 0.25], [-3.0, 0.1, 0.2, 0.7]]
_LARGE = [[1000.0, 0.0, -1000.0, 999.0], [-1e4, -1e4, -1e4 + 1.0, -2e4], [700.0, 750.0, -750.0, 3.0]]
_PROBABILITIES = [[0.1, 0.2, 0.3, 0.4], [0.0, 0.0, 1.0, 0.0], [0.25, 0.25, 0.5, 0.0]]
_WEIGHT = [0.5, 2.0, 1.25, 0.1]


def _loss(loss: str, input: Any, target: Any, **options: Any) -> Case:
    return {"loss": loss, "input": input, "target": target, "options": options}


LOSSES: list[Case] = [
    *(
        _loss(name, data["input"], data["target"], **options)
        for name, options in [
            ("mse_loss", {}),
            ("l1_loss", {}),
            ("huber_loss", {}),
            ("huber_loss", {"delta": 0.25}),
            ("smooth_l1_loss", {}),
            ("smooth_l1_loss", {"beta": 0.25}),
            ("smooth_l1_loss", {"beta": 0.0}),
        ]
        for data in (_VALUES, _BATCH, {"input": 0.75, "target": -0.5}, {"input": 1.0, "target": 0.0})
    ),
    _loss("binary_cross_entropy", [0.3, 0.9, 0.5, 1e-9, 0.999], [0.0, 1.0, 0.3, 1.0, 0.9]),
    _loss("binary_cross_entropy", [[0.0, 1.0], [0.0, 1.0], [1e-20, 1e-60]], [[0.0, 1.0], [1.0, 0.0], [1.0, 0.25]]),
    _loss("binary_cross_entropy", 0.2, 1.0),
    _loss("binary_cross_entropy_with_logits", [0.0, 2.5, -3.0, 0.7, -0.7], [0.0, 1.0, 0.25, 0.0, 1.0]),
    _loss("binary_cross_entropy_with_logits", [1e3, -1e3, 1e3, -1e3, 800.0], [0.0, 1.0, 1.0, 0.0, 0.25]),
    _loss("binary_cross_entropy_with_logits", -0.3, 1.0),
    _loss(
        "binary_cross_entropy_with_logits",
        [[0.4, -1.1], [2.0, 0.6]],
        [[1.0, 0.0], [0.3, 1.0]],
        pos_weight=[3.0, 0.25],
    ),
    _loss("hinge_loss", [0.5, 1.0, -2.0, 1.5, 0.0], [1.0, 1.0, 1.0, -1.0, -1.0]),
    *(
        _loss("cross_entropy", scores, target, **options)
        for scores in (_SCORES, _LARGE)
        for target, options in [
            ([2, 0, 3], {}),
            ([2, 0, 3], {"weight": _WEIGHT}),
            ([2, 1, 3], {"ignore_index": 1}),
            ([2, 0, 3], {"label_smoothing": 0.1}),
            ([2, 1, 3], {"label_smoothing": 0.3, "weight": _WEIGHT, "ignore_index": 1}),
            (_PROBABILITIES, {}),
            (_PROBABILITIES, {"weight": _WEIGHT, "label_smoothing": 0.2}),
        ]
    ),
    _loss("cross_entropy", _SCORES[0], 1),
    _loss("cross_entropy", _SCORES[0], _PROBABILITIES[0]),
    _loss("nll_loss", [[-0.5, -1.5, -2.5], [-3.0, -0.1, -0.2]], [0, 2]),
    _loss("nll_loss", [[-0.5, -1.5, -2.5], [-3.0, -0.1, -0.2]], [0, 2], weight=[0.3, 1.0, 4.0]),
    _loss("nll_loss", [[-0.5, -1.5, -2.5], [-3.0, -0.1, -0.2]], [0, 2], ignore_index=2),
    _loss("nll_loss", [-0.5, -1.5, -2.5], 1),
    _loss("multi_margin_loss", _SCORES, [2, 0, 3]),
    _loss("multi_margin_loss", _SCORES, [0, 1, 2], p=2, margin=0.5),
    _loss("multi_margin_loss", _SCORES, [2, 0, 3], weight=_WEIGHT),
    _loss("multi_margin_loss", [1.0, 0.0, 2.0], 0),
]


def _optimizer(name: str, *groups: dict[str, Any], **options: Any) -> Case:
    return {"optimizer": name, "options": options, "groups": list(groups) or [{}]}


OPTIMIZERS: list[Case] = [
    _optimizer("SGD"),
    _optimizer("SGD", lr=0.1, momentum=0.9),
    _optimizer("SGD", lr=0.1, momentum=0.9, dampening=0.3, weight_decay=0.01),
    _optimizer("SGD", lr=0.05, momentum=0.8, nesterov=True, weight_decay=0.1),
    _optimizer("SGD", lr=0.05, momentum=0.8, maximize=True, weight_decay=0.1),
    _optimizer("SGD", {"lr": 0.3}, {"momentum": 0.5}, lr=0.01),
    *(
        _optimizer(name, **options)
        for name in ("Adam", "AdamW")
        for options in [
            {},
            {"lr": 0.1, "betas": (0.8, 0.95), "eps": 1e-3},
            {"lr": 0.01, "betas": (0.3, 0.4), "weight_decay": 0.2},
            {"lr": 0.01, "amsgrad": True},
            {"lr": 0.02, "maximize": True, "weight_decay": 0.05, "amsgrad": True},
        ]
    ),
    _optimizer("Adam", {"lr": 0.3, "betas": (0.5, 0.9)}, {"weight_decay": 0.1}, lr=0.01),
    _optimizer("RMSprop"),
    _optimizer("RMSprop", lr=0.05, alpha=0.9, eps=1e-4, weight_decay=0.1),
    _optimizer("RMSprop", lr=0.05, alpha=0.3, momentum=0.9),
    _optimizer("RMSprop", alpha=0.9, centered=True),
    _optimizer("RMSprop", alpha=0.4, centered=True, momentum=0.5, weight_decay=0.01, maximize=True),
    _optimizer("Adagrad"),
    _optimizer("Adagrad", lr=0.5, lr_decay=0.1, weight_decay=0.01),
    _optimizer("Adagrad", lr=0.5, initial_accumulator_value=0.3, eps=1e-3, maximize=True),
]


def _schedule(*schedulers: tuple[str, dict[str, Any]], optimizer: str = "SGD", **more: Any) -> Case:
    return {"schedulers": [list(s) for s in schedulers], "optimizer": optimizer, "steps": 40, **more}


SCHEDULES: list[Case] = [
    _schedule(("LambdaLR", {"lr_lambda": "inverse"})),
    _schedule(("LambdaLR", {"lr_lambda": ["inverse", "power"]})),
    _schedule(("StepLR", {"step_size": 7})),
    _schedule(("StepLR", {"step_size": 3, "gamma": 0.9})),
    _schedule(("StepLR", {"step_size": 3, "gamma": 0.9}), resume_after=8),
    _schedule(("MultiStepLR", {"milestones": [30, 5, 5, 12], "gamma": 0.3})),
    _schedule(("ExponentialLR", {"gamma": 0.93})),
    _schedule(("ExponentialLR", {"gamma": 0.93}), resume_after=4),
    _schedule(("LinearLR", {})),
    _schedule(("LinearLR", {"start_factor": 0.01, "total_iters": 25})),
    _schedule(("LinearLR", {"start_factor": 1.0, "end_factor": 0.1, "total_iters": 20}), resume_after=9),
    _schedule(("CosineAnnealingLR", {"T_max": 40})),
    _schedule(("CosineAnnealingLR", {"T_max": 7, "eta_min": 0.001})),
    _schedule(("CosineAnnealingLR", {"T_max": 15, "eta_min": 0.001}), resume_after=6),
    _schedule(("CosineAnnealingLR", {"T_max": 1})),
    _schedule(("LinearLR", {"start_factor": 0.1}), ("ExponentialLR", {"gamma": 0.95})),
    _schedule(("OneCycleLR", {"max_lr": 0.5, "total_steps": 40})),
    _schedule(("OneCycleLR", {"max_lr": [0.5, 0.2], "total_steps": 40, "anneal_strategy": "linear"}), optimizer="Adam"),
    _schedule(("OneCycleLR", {"max_lr": 1.0, "epochs": 8, "steps_per_epoch": 5, "three_phase": True})),
    _schedule(("OneCycleLR", {"max_lr": 1.0, "total_steps": 40, "pct_start": 0.0, "cycle_momentum": False})),
    _schedule(
        (
            "OneCycleLR",
            {"max_lr": 1.0, "total_steps": 40, "div_factor": 5.0, "final_div_factor": 2.0, "max_momentum": [0.9, 0.8]},
        ),
        optimizer="RMSprop",
    ),
    _schedule(("ReduceLROnPlateau", {"patience": 2})),
    _schedule(("ReduceLROnPlateau", {"patience": 1, "cooldown": 3, "factor": 0.5, "min_lr": [0.02, 0.001]})),
    _schedule(("ReduceLROnPlateau", {"mode": "max", "patience": 0, "factor": 0.7, "threshold": 0.1})),
    _schedule(
        ("ReduceLROnPlateau", {"threshold_mode": "abs", "patience": 1, "factor": 0.3, "threshold": 0.2, "eps": 1e-3})
    ),
    _schedule(("ReduceLROnPlateau", {"mode": "max", "threshold_mode": "abs", "patience": 3, "factor": 0.3})),
    _schedule(
        ("LinearLR", {"start_factor": 0.1, "total_iters": 6}),
        ("ExponentialLR", {"gamma": 0.9}),
        ("CosineAnnealingLR", {"T_max": 10}),
        milestones=[6, 20],
    ),
    _schedule(
        ("StepLR", {"step_size": 2}),
        ("MultiStepLR", {"milestones": [2, 9], "gamma": 0.5}),
        ("LambdaLR", {"lr_lambda": "power"}),
        milestones=[5, 25],
    ),
]

CLIPPING: list[Case] = [
    {"gradients": gradients, "norm_type": norm_type, "max_norm": max_norm, "clip_value": max_norm}
    for gradients in ([3.0, -4.0, 12.0], [0.001, -0.02, 0.0], [1e100, -1e100, 5.0], [1.0, "inf", -2.0], [1.0, "nan"])
    for norm_type in (2.0, 1.0, 3.5, "inf")
    for max_norm in (1.0, 0.01)
]

LAMBDAS: dict[str, Callable[[int], float]] = {
    "inverse": lambda step: 1 / (1 + step),
    "power": lambda step: 0.95**step,
}


def stored(section: str) -> list[Case]:
    """Return the cases of a section with PyTorch's results, as they are stored."""
    cases: list[Case] = json.loads(STORED.read_text(encoding="utf-8"))[section]
    return cases


def name(case: Case) -> str:
    """Return what a case is called."""
    if "schedulers" in case:
        return "+".join(scheduler for scheduler, _ in case["schedulers"])
    return str(case["loss"] if "loss" in case else case["optimizer"])


def agree(ours: Any, theirs: Any) -> bool:
    """Whether two numbers, or nested sequences or dicts of numbers, differ by at most 1e-12 of their size."""
    if isinstance(theirs, dict):
        return set(ours) == set(theirs) and all(agree(ours[key], theirs[key]) for key in theirs)
    if isinstance(theirs, list):
        return len(ours) == len(theirs) and all(map(agree, ours, theirs))
    return (ours != ours and theirs != theirs) or math.isclose(ours, theirs, rel_tol=1e-12, abs_tol=1e-300)


# --- how a case runs: `optim` and `parameter` are PyTorch's or ours ---


def train(case: Case, optim: Any, parameter: Callable[[float], Any], gradient: Callable[[float], Any]) -> Case:
    """Return the parameters after each of ten steps with given gradients, and the state at the end."""
    params = [parameter(x) for x in (0.5, -1.25, 3.0, 1e-3)]
    half = len(params) // len(case["groups"])
    groups = [{"params": params[i * half : (i + 1) * half], **group} for i, group in enumerate(case["groups"])]
    optimizer = getattr(optim, case["optimizer"])(groups, **case["options"])
    draw = random.Random(7)
    trajectory = []
    for step in range(STEPS):
        for p in params:
            p.grad = gradient(0.0 if step == 4 else draw.choice([1e-6, 0.1, 1.0, 50.0]) * draw.uniform(-1.0, 1.0))
        optimizer.step()
        trajectory.append([p.item() for p in params])
    states = optimizer.state_dict()["state"]
    state = {str(i): {name: float(x) for name, x in entry.items()} for i, entry in states.items()}
    return {"parameters": trajectory, "state": state}


def schedule(case: Case, optim: Any, parameter: Callable[[float], Any]) -> Case:
    """Return the learning rates, and the momentum or first beta, of both groups in every step."""
    groups = [{"params": [parameter(1.0)]}, {"params": [parameter(2.0)], "lr": 0.02}]
    optimizer = getattr(optim, case["optimizer"])(groups, lr=0.1)

    def made(name: str, options: dict[str, Any], **more: Any) -> Any:
        options = dict(options)
        if "lr_lambda" in options:
            named = options["lr_lambda"]
            options["lr_lambda"] = LAMBDAS[named] if isinstance(named, str) else [LAMBDAS[n] for n in named]
        return getattr(optim.lr_scheduler, name)(optimizer, **options, **more)

    schedulers = [made(name, options) for name, options in case["schedulers"]]
    if "milestones" in case:
        schedulers = [optim.lr_scheduler.SequentialLR(optimizer, schedulers, milestones=case["milestones"])]
    draw = random.Random(3)
    lrs, momenta = [], []
    for step in range(case["steps"]):
        lrs.append([group["lr"] for group in optimizer.param_groups])
        betas = "betas" in optimizer.param_groups[0]
        momenta.append([g["betas"][0] if betas else g["momentum"] for g in optimizer.param_groups])
        optimizer.step()
        if case["schedulers"][0][0] == "ReduceLROnPlateau":
            schedulers[0].step(draw.uniform(1.0, 1.5))
        elif step == case.get("resume_after"):
            name, options = case["schedulers"][0]
            schedulers = [made(name, options, last_epoch=step)]
        else:
            for scheduler in schedulers:
                scheduler.step()
    return {"lrs": lrs, "momenta": momenta if any(name == "OneCycleLR" for name, _ in case["schedulers"]) else None}


def clip(case: Case, utils: Any, parameter: Callable[[float], Any], gradient: Callable[[float], Any]) -> Case:
    """Return the norm and the gradients after both kinds of clipping."""

    def params() -> list[Any]:
        found = []
        for g in case["gradients"]:
            p = parameter(1.0)
            p.grad = gradient(float(g))
            found.append(p)
        return found

    by_norm, by_value = params(), params()
    norm = utils.clip_grad_norm_(by_norm, case["max_norm"], norm_type=float(case["norm_type"]))
    utils.clip_grad_value_(by_value, case["clip_value"])
    return {
        "norm": float(norm),
        "by_norm": [float(p.grad) for p in by_norm],
        "by_value": [float(p.grad) for p in by_value],
    }


# --- PyTorch's results ---


@functools.cache
def reference() -> dict[str, list[Case]]:
    """Return every case with what the installed PyTorch makes of it."""
    import torch

    functional = torch.nn.functional

    def hinge(input: Any, target: Any, reduction: str) -> Any:
        losses = torch.relu(1.0 - target * input)
        return losses if reduction == "none" else getattr(losses, reduction)()

    def tensor(x: Any) -> Any:
        return torch.tensor(x, dtype=torch.float64)

    def parameter(x: float) -> Any:
        return tensor(x).requires_grad_()

    def loss(case: Case, reduction: str) -> Case:
        x = torch.tensor(case["input"], dtype=torch.float64, requires_grad=True)
        holds_classes = not torch.tensor(case["target"]).is_floating_point()
        target = torch.tensor(case["target"], dtype=torch.int64 if holds_classes else torch.float64)
        options = {k: tensor(v) if "weight" in k else v for k, v in case["options"].items()}
        function = hinge if case["loss"] == "hinge_loss" else getattr(functional, case["loss"])
        result = function(x, target, reduction=reduction, **options)
        result.sum().backward()
        return {"value": result.tolist(), "gradient": x.grad.tolist()}

    return {
        "losses": [case | {r: loss(case, r) for r in ("mean", "sum", "none")} for case in LOSSES],
        "optimizers": [case | train(case, torch.optim, parameter, tensor) for case in OPTIMIZERS],
        "schedules": [case | schedule(case, torch.optim, parameter) for case in SCHEDULES],
        "clipping": [case | clip(case, torch.nn.utils, parameter, tensor) for case in CLIPPING],
    }


if __name__ == "__main__":
    sections = [
        f'"{name}": [\n' + ",\n".join(json.dumps(case) for case in cases) + "\n]" for name, cases in reference().items()
    ]
    STORED.write_text("{\n" + ",\n".join(sections) + "\n}\n", encoding="utf-8")
