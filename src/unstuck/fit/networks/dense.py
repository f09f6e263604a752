"""Dense layers on numbers and embeddings of categories."""

from __future__ import annotations

from collections.abc import Sequence

import torch
from torch import nn

NORMS = {"batch": nn.BatchNorm1d, "layer": nn.LayerNorm}


class Dense(nn.Module):
    """Scaled numbers first, then codes of categories, in one matrix."""

    def __init__(
        self, *, numbers: int, categories: Sequence[tuple[int, int]], outputs: int, width: int, depth: int,
        dropout: float, norm: str,
    ) -> None:  # fmt: skip
        """Make it.

        Args:
            numbers: columns of numbers.
            categories: number of codes and width of the embedding of each column of categories.
            outputs: of the network.
            width: units of a hidden layer.
            depth: hidden layers.
            dropout: share of units that is left out in training.
            norm: ``batch``, ``layer`` or "".
        """
        super().__init__()
        self.numbers = numbers
        self.embeddings = nn.ModuleList(nn.Embedding(codes, wide) for codes, wide in categories)
        self.body = hidden(numbers + sum(wide for _, wide in categories), width, depth, dropout, norm)
        self.last = nn.Linear(width if depth else numbers + sum(wide for _, wide in categories), outputs)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        """Scores of classes, or scaled targets."""
        parts = [x[:, : self.numbers]]
        for at, embedding in enumerate(self.embeddings, self.numbers):
            parts.append(embedding(x[:, at].long()))
        output: torch.Tensor = self.last(self.body(torch.cat(parts, dim=1)))
        return output


def hidden(inputs: int, width: int, depth: int, dropout: float, norm: str) -> nn.Sequential:
    """Hidden layers: linear, normalisation, ReLU, dropout."""
    layers: list[nn.Module] = []
    for at in range(depth):
        layers.append(nn.Linear(width if at else inputs, width))
        if norm:
            layers.append(NORMS[norm](width))
        layers.append(nn.ReLU())
        if dropout:
            layers.append(nn.Dropout(dropout))
    return nn.Sequential(*layers)
