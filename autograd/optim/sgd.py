"""Stochastic gradient descent, with momentum."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar

from ..primitives import number
from .optimizer import Group, Optimizer, Params, State, real

__all__ = ["SGD"]


class SGD(Optimizer):
    """Stochastic gradient descent, optionally with momentum.

        g <- gradient + weight_decay * p                      (-gradient with maximize)
        b <- momentum * b + (1 - dampening) * g               (b <- g in the first step)
        p <- p - lr * b                                       (- lr * (g + momentum * b) with nesterov)

    As `torch.optim.SGD`; momentum after Sutskever et al., "On the importance of initialization and momentum in deep
    learning", ICML 2013, with PyTorch's learning rate outside of b.

    Args:
        params: Values, (name, Value) pairs, or groups, see `Optimizer`.
        lr: the learning rate.
        momentum: the part of the last step that is kept.
        dampening: the part of a gradient that does not enter the momentum.
        weight_decay: the factor of the L2 penalty.
        nesterov: look ahead along the momentum.
        maximize: ascend instead of descending.

    Raises:
        TypeError, ValueError: see `Optimizer`; nesterov without momentum or with dampening.

    >>> from autograd import Value
    >>> w = Value(1.0)
    >>> optimizer = SGD([w], lr=0.25)
    >>> (w * w).backward()
    >>> optimizer.step()
    >>> w.data
    0.5
    """

    nonnegative: ClassVar[tuple[str, ...]] = ("lr", "momentum", "weight_decay")
    flags: ClassVar[tuple[str, ...]] = ("nesterov", "maximize")
    remembered: ClassVar[tuple[str, ...]] = ("momentum_buffer",)
    optional: ClassVar[tuple[str, ...]] = ("momentum_buffer",)
    unset: ClassVar[tuple[str, ...]] = ("momentum_buffer",)

    def __init__(
        self,
        params: Params,
        lr: float = 1e-3,
        momentum: float = 0.0,
        dampening: float = 0.0,
        weight_decay: float = 0.0,
        nesterov: bool = False,
        *,
        maximize: bool = False,
    ) -> None:
        defaults = {
            "lr": lr,
            "momentum": momentum,
            "dampening": dampening,
            "weight_decay": weight_decay,
            "nesterov": nesterov,
            "maximize": maximize,
        }
        super().__init__(params, defaults)

    def checked(self, options: Mapping[str, Any]) -> dict[str, Any]:
        """Return the options as they are used; nesterov needs momentum, and no dampening."""
        found = super().checked(options)
        found["dampening"] = number(found["dampening"], "dampening")
        if found["nesterov"] and (found["momentum"] == 0 or found["dampening"] != 0):
            raise ValueError(
                "nesterov needs a momentum above 0 and a dampening of 0, "
                f"but got momentum={found['momentum']} and dampening={found['dampening']}"
            )
        return found

    def fresh_state(self, group: Group) -> State:
        """Return no momentum yet."""
        return {"momentum_buffer": None} if group["momentum"] else {}

    def update(self, group: Group) -> None:
        """Move the parameters of one group."""
        lr, momentum, nesterov = real(group["lr"]), group["momentum"], group["nesterov"]
        fresh = 1 - group["dampening"]
        for p, step, state in self.gradients(group, group["weight_decay"]):
            if momentum:
                buffer = state.get("momentum_buffer")
                buffer = step if buffer is None else momentum * buffer + fresh * step
                state["momentum_buffer"] = buffer
                step = step + momentum * buffer if nesterov else buffer
            p._data -= lr * step
