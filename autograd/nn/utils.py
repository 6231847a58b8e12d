"""Functions on the gradients of a network between `backward()` and `step()`, in the module that PyTorch has for them.

>>> from autograd import nn
>>> from autograd.nn.utils import clip_grad_norm_
>>> model = nn.Linear(1, 1, seed=0)
>>> model([100.0])[0].backward()
>>> norm = clip_grad_norm_(model.parameters(), max_norm=1.0)
>>> f"{norm:.3f}"
'100.005'
"""

from ..optim.clip import clip_grad_norm_, clip_grad_value_, get_total_norm

__all__ = ["clip_grad_norm_", "clip_grad_value_", "get_total_norm"]
