"""Adam and AdamW: a step size for each parameter from the first two moments of its gradient."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar

from .. import ieee
from ..primitives import number
from ..text import shown
from .optimizer import Group, Optimizer, Params, State, real, sqrt

__all__ = ["Adam", "AdamW"]


class Adam(Optimizer):
    """Adaptive moment estimation.

        g <- gradient + weight_decay * p                      (-gradient with maximize)
        m <- beta1 * m + (1 - beta1) * g
        v <- beta2 * v + (1 - beta2) * g**2
        p <- p - lr * m / (1 - beta1**t) / (sqrt(v / (1 - beta2**t)) + eps)       in step t = 1, 2, ...

    with the largest v so far in place of v with amsgrad. As `torch.optim.Adam`; Kingma & Ba, "Adam: a method for
    stochastic optimization", ICLR 2015; amsgrad: Reddi et al., "On the convergence of Adam and beyond", ICLR 2018.

    Args:
        params: Values, (name, Value) pairs, or groups, see `Optimizer`.
        lr: the learning rate.
        betas: the parts of the two moments that are kept, each in [0, 1).
        eps: a small number that keeps the denominator above 0.
        weight_decay: the factor of the L2 penalty.
        amsgrad: use the largest second moment so far.
        maximize: ascend instead of descending.
        decoupled_weight_decay: shrink the parameter itself instead, p <- p - lr * weight_decay * p: `AdamW`.

    Raises:
        TypeError, ValueError: see `Optimizer`.

    >>> from autograd import Value
    >>> w = Value(1.0)
    >>> optimizer = Adam([w], lr=0.5, eps=0.0)
    >>> (w * w).backward()
    >>> optimizer.step()
    >>> w.data  # the first step is lr, however large the gradient
    0.5
    """

    nonnegative: ClassVar[tuple[str, ...]] = ("lr", "eps", "weight_decay")
    flags: ClassVar[tuple[str, ...]] = ("amsgrad", "maximize", "decoupled_weight_decay")
    remembered: ClassVar[tuple[str, ...]] = ("step", "exp_avg", "exp_avg_sq", "max_exp_avg_sq")
    squares: ClassVar[tuple[str, ...]] = ("exp_avg_sq", "max_exp_avg_sq")
    optional: ClassVar[tuple[str, ...]] = ("max_exp_avg_sq",)

    def __init__(
        self,
        params: Params,
        lr: float = 1e-3,
        betas: tuple[float, float] = (0.9, 0.999),
        eps: float = 1e-8,
        weight_decay: float = 0.0,
        amsgrad: bool = False,
        *,
        maximize: bool = False,
        decoupled_weight_decay: bool = False,
    ) -> None:
        defaults = {
            "lr": lr,
            "betas": betas,
            "eps": eps,
            "weight_decay": weight_decay,
            "amsgrad": amsgrad,
            "maximize": maximize,
            "decoupled_weight_decay": decoupled_weight_decay,
        }
        super().__init__(params, defaults)

    def checked(self, options: Mapping[str, Any]) -> dict[str, Any]:
        """Return the options as they are used; betas are two numbers in [0, 1)."""
        found = super().checked(options)
        betas = options["betas"]
        if not isinstance(betas, (tuple, list)) or len(betas) != 2:
            raise TypeError(f"betas must be two numbers such as (0.9, 0.999), but got {shown(betas)}")
        found["betas"] = tuple(number(beta, "a beta") for beta in betas)
        for i, beta in enumerate(found["betas"]):
            if not 0.0 <= beta < 1.0:
                raise ValueError(f"betas must be numbers from 0 up to but not including 1, but betas[{i}] is {beta}")
        return found

    def fresh_state(self, group: Group) -> State:
        """Return moments of 0."""
        state = {"step": 0.0, "exp_avg": 0.0, "exp_avg_sq": 0.0}
        return state | {"max_exp_avg_sq": 0.0} if group["amsgrad"] else state

    def update(self, group: Group) -> None:
        """Move the parameters of one group."""
        lr, eps, amsgrad = real(group["lr"]), group["eps"], group["amsgrad"]
        beta1, beta2 = group["betas"]
        decoupled = group["decoupled_weight_decay"]
        kept = 1 - lr * group["weight_decay"] if decoupled else 1.0
        for p, gradient, state in self.gradients(group, 0.0 if decoupled else group["weight_decay"]):
            state["step"] = t = state["step"] + 1
            state["exp_avg"] = m = lerp(state["exp_avg"], gradient, 1 - beta1)
            state["exp_avg_sq"] = v = state["exp_avg_sq"] * beta2 + (1 - beta2) * gradient * gradient
            if amsgrad:
                state["max_exp_avg_sq"] = v = ieee.maximum(state.get("max_exp_avg_sq", 0.0), v)
            denominator = sqrt(v) / (1 - beta2**t) ** 0.5 + eps
            p._data = p._data * kept - ieee.div(lr / (1 - beta1**t) * m, denominator)


def lerp(a: float, b: float, weight: float) -> float:
    """Return a + weight * (b - a), from the nearer end."""
    return a + weight * (b - a) if weight < 0.5 else b - (b - a) * (1 - weight)


class AdamW(Adam):
    """Adam with a weight decay that shrinks the parameters themselves, not through the gradient's moments.

        p <- p - lr * weight_decay * p, then Adam's step without weight decay

    As `torch.optim.AdamW`; Loshchilov & Hutter, "Decoupled weight decay regularization", ICLR 2019. Arguments and
    errors are those of `Adam`.

    >>> from autograd import Value
    >>> w = Value(1.0)
    >>> AdamW([w], lr=0.5, weight_decay=0.5).step()
    >>> w.data
    0.75
    """

    def __init__(
        self,
        params: Params,
        lr: float = 1e-3,
        betas: tuple[float, float] = (0.9, 0.999),
        eps: float = 1e-8,
        weight_decay: float = 1e-2,
        amsgrad: bool = False,
        *,
        maximize: bool = False,
    ) -> None:
        super().__init__(params, lr, betas, eps, weight_decay, amsgrad, maximize=maximize, decoupled_weight_decay=True)
