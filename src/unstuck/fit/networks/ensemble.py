"""Several networks as one module: the mean of their probabilities, or of their scaled targets."""

from __future__ import annotations

from collections.abc import Sequence

import torch
from torch import nn


class Ensemble(nn.Module):
    """Prepared inputs in, one prediction out."""

    def __init__(self, members: Sequence[nn.Module], *, classes: bool) -> None:
        super().__init__()
        self.members = nn.ModuleList(members)
        self.classes = classes

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        """(n, K)."""
        given = [member(x) for member in self.members]
        if self.classes:
            given = [torch.softmax(one, dim=1) for one in given]
        return torch.stack(given).mean(0)
