"""RMSprop: the gradient divided by a running root of its mean square."""

from __future__ import annotations

from typing import ClassVar

from .. import ieee
from .adam import lerp
from .optimizer import Group, Optimizer, Params, State, real, sqrt

__all__ = ["RMSprop"]


class RMSprop(Optimizer):
    """Root mean square propagation.

        g <- gradient + weight_decay * p                      (-gradient with maximize)
        v <- alpha * v + (1 - alpha) * g**2
        a <- alpha * a + (1 - alpha) * g                      (centered; else a = 0)
        p <- p - lr * g / (sqrt(v - a**2) + eps)

    With momentum, b <- momentum * b + g / (sqrt(v - a**2) + eps) and p <- p - lr * b. As `torch.optim.RMSprop`;
    Hinton, "Neural networks for machine learning", lecture 6e, 2012; centered: Graves, "Generating sequences with
    recurrent neural networks", arXiv:1308.0850.

    Args:
        params: Values, (name, Value) pairs, or groups, see `Optimizer`.
        lr: the learning rate.
        alpha: the part of the mean square that is kept.
        eps: a small number that keeps the denominator above 0.
        weight_decay: the factor of the L2 penalty.
        momentum: the part of the last step that is kept.
        centered: divide by the standard deviation of the gradient.
        maximize: ascend instead of descending.

    Raises:
        TypeError, ValueError: see `Optimizer`.

    >>> from autograd import Value
    >>> w = Value(1.0)
    >>> optimizer = RMSprop([w], lr=0.25, alpha=0.75, eps=0.0)
    >>> (w * w).backward()
    >>> optimizer.step()
    >>> w.data  # 1 - 0.25 * 2 / sqrt(0.25 * 2**2)
    0.5
    """

    nonnegative: ClassVar[tuple[str, ...]] = ("lr", "alpha", "eps", "weight_decay", "momentum")
    flags: ClassVar[tuple[str, ...]] = ("centered", "maximize")
    remembered: ClassVar[tuple[str, ...]] = ("step", "square_avg", "momentum_buffer", "grad_avg")
    squares: ClassVar[tuple[str, ...]] = ("square_avg",)
    optional: ClassVar[tuple[str, ...]] = ("momentum_buffer", "grad_avg")

    def __init__(
        self,
        params: Params,
        lr: float = 1e-2,
        alpha: float = 0.99,
        eps: float = 1e-8,
        weight_decay: float = 0.0,
        momentum: float = 0.0,
        centered: bool = False,
        *,
        maximize: bool = False,
    ) -> None:
        defaults = {
            "lr": lr,
            "alpha": alpha,
            "eps": eps,
            "weight_decay": weight_decay,
            "momentum": momentum,
            "centered": centered,
            "maximize": maximize,
        }
        super().__init__(params, defaults)

    def fresh_state(self, group: Group) -> State:
        """Return averages of 0."""
        state = {"step": 0.0, "square_avg": 0.0}
        if group["momentum"]:
            state["momentum_buffer"] = 0.0
        if group["centered"]:
            state["grad_avg"] = 0.0
        return state

    def update(self, group: Group) -> None:
        """Move the parameters of one group."""
        lr, alpha, eps = real(group["lr"]), group["alpha"], group["eps"]
        momentum, centered = group["momentum"], group["centered"]
        for p, gradient, state in self.gradients(group, group["weight_decay"]):
            state["step"] += 1
            state["square_avg"] = v = state["square_avg"] * alpha + (1 - alpha) * gradient * gradient
            if centered:
                state["grad_avg"] = a = lerp(state.get("grad_avg", 0.0), gradient, 1 - alpha)
                v -= a * a
            denominator = sqrt(v) + eps
            if momentum:
                buffer = state.get("momentum_buffer", 0.0) * momentum + ieee.div(gradient, denominator)
                state["momentum_buffer"] = buffer
                p._data -= lr * buffer
            else:
                p._data -= ieee.div(lr * gradient, denominator)
