"""The mean of word embeddings, then dense layers."""

from __future__ import annotations

import torch
from torch import nn

from unstuck.fit.networks.dense import hidden
from unstuck.fit.words import PADDING


class Bag(nn.Module):
    """Numbers of words (n, l), padded."""

    def __init__(self, *, words: int, outputs: int, width: int, depth: int, dropout: float) -> None:
        super().__init__()
        self.embedding = nn.Embedding(words, width, padding_idx=PADDING)
        self.dropout = nn.Dropout(dropout) if dropout else nn.Identity()
        self.body = hidden(width, width, depth, dropout, "")
        self.last = nn.Linear(width, outputs)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        """Scores of classes, or scaled targets."""
        known = (x != PADDING).unsqueeze(2)
        mean = (self.embedding(x) * known).sum(1) / known.sum(1).clamp(min=1)
        output: torch.Tensor = self.last(self.body(self.dropout(mean)))
        return output
