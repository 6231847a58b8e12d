"""Adagrad: the gradient divided by the root of the sum of all squares so far."""

from __future__ import annotations

from typing import ClassVar

from .. import ieee
from .optimizer import Group, Optimizer, Params, State, real, sqrt

__all__ = ["Adagrad"]


class Adagrad(Optimizer):
    """Adaptive gradient: parameters that moved a lot move less and less.

        g <- gradient + weight_decay * p                      (-gradient with maximize)
        s <- s + g**2
        p <- p - lr / (1 + (t - 1) * lr_decay) * g / (sqrt(s) + eps)              in step t = 1, 2, ...

    As `torch.optim.Adagrad`; Duchi et al., "Adaptive subgradient methods for online learning and stochastic
    optimization", JMLR 12, 2011.

    Args:
        params: Values, (name, Value) pairs, or groups, see `Optimizer`.
        lr: the learning rate.
        lr_decay: the rate at which the learning rate falls.
        weight_decay: the factor of the L2 penalty.
        initial_accumulator_value: the initial value of s.
        eps: a small number that keeps the denominator above 0.
        maximize: ascend instead of descending.

    Raises:
        TypeError, ValueError: see `Optimizer`.

    >>> from autograd import Value
    >>> w = Value(1.0)
    >>> optimizer = Adagrad([w], lr=0.5, eps=0.0)
    >>> (w * w).backward()
    >>> optimizer.step()
    >>> w.data
    0.5
    """

    nonnegative: ClassVar[tuple[str, ...]] = ("lr", "lr_decay", "weight_decay", "initial_accumulator_value", "eps")
    remembered: ClassVar[tuple[str, ...]] = ("step", "sum")
    squares: ClassVar[tuple[str, ...]] = ("sum",)

    def __init__(
        self,
        params: Params,
        lr: float = 1e-2,
        lr_decay: float = 0.0,
        weight_decay: float = 0.0,
        initial_accumulator_value: float = 0.0,
        eps: float = 1e-10,
        *,
        maximize: bool = False,
    ) -> None:
        defaults = {
            "lr": lr,
            "lr_decay": lr_decay,
            "eps": eps,
            "weight_decay": weight_decay,
            "initial_accumulator_value": initial_accumulator_value,
            "maximize": maximize,
        }
        super().__init__(params, defaults)

    def fresh_state(self, group: Group) -> State:
        """Return the initial sum of the group."""
        return {"step": 0.0, "sum": group["initial_accumulator_value"]}

    def update(self, group: Group) -> None:
        """Move the parameters of one group."""
        lr, lr_decay, eps = real(group["lr"]), group["lr_decay"], group["eps"]
        for p, gradient, state in self.gradients(group, group["weight_decay"]):
            state["step"] = t = state["step"] + 1
            state["sum"] = total = state["sum"] + gradient * gradient
            rate = lr / (1 + (t - 1) * lr_decay)
            p._data -= ieee.div(rate * gradient, sqrt(total) + eps)
