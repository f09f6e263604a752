"""Small steps against a network: one by the sign of the gradient (FGSM), and many (PGD)."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from torch import Tensor

PGD_STEPS = 10
STEP = 2.5
"""a step of PGD is this part of the size divided by the number of steps"""

Loss = Callable[["Tensor"], "Tensor"]


def gradient(loss: Loss, x: Tensor) -> Tensor:
    """Of the loss of a batch by its inputs; parameters keep no gradient."""
    import torch

    with torch.enable_grad():
        asked = x.detach().clone().requires_grad_(True)
        (found,) = torch.autograd.grad(loss(asked), asked)
    return found


def fgsm(loss: Loss, x: Tensor, size: Tensor, low: Tensor, high: Tensor) -> Tensor:
    """One step of ``size`` up the sign of the gradient (Goodfellow and others, 2015).

    Args:
        loss: of a batch.
        x: the batch.
        size: largest change of a value, for each value of an input.
        low: ends of the range of each value of an input.
        high: the same.
    """
    import torch

    return torch.clamp(x + size * gradient(loss, x).sign(), low, high)


def pgd(loss: Loss, x: Tensor, size: Tensor, low: Tensor, high: Tensor) -> Tensor:
    """Steps up the sign of the gradient, held within ``size`` of the start (Madry and others, 2018)."""
    import torch

    made = x
    for _ in range(PGD_STEPS):
        made = made + STEP / PGD_STEPS * size * gradient(loss, made).sign()
        made = torch.clamp(torch.clamp(made, x - size, x + size), low, high)
    return made
