"""Series of numbers: blocks of 1-d convolutions, or a GRU."""

from __future__ import annotations

import torch
from torch import nn

KERNEL = 7
CHUNKS = 32
"""steps of the GRU at the most: neighbouring values go in together"""


class Convolutions(nn.Module):
    """Blocks of a convolution, batch norm and ReLU over the columns; each halves the length."""

    def __init__(self, *, length: int, outputs: int, width: int, depth: int, dropout: float) -> None:
        super().__init__()
        layers: list[nn.Module] = []
        for at in range(depth):
            channels = min(256, width * 2**at)
            stride = 2 if length >= 2 * KERNEL else 1
            layers += [nn.Conv1d(1 if not at else min(256, width * 2 ** (at - 1)), channels, KERNEL, stride=stride,
                                 padding=KERNEL // 2, bias=False), nn.BatchNorm1d(channels), nn.ReLU()]  # fmt: skip
            length = -(-length // stride)
        channels = min(256, width * 2 ** (depth - 1))
        self.body = nn.Sequential(*layers, nn.AdaptiveAvgPool1d(4), nn.Flatten())
        self.dropout = nn.Dropout(dropout) if dropout else nn.Identity()
        self.last = nn.Linear(4 * channels, outputs)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        """Scores of classes, or scaled targets, of (n, length)."""
        output: torch.Tensor = self.last(self.dropout(self.body(x.unsqueeze(1))))
        return output


class Recurrent(nn.Module):
    """A GRU over stretches of the series."""

    def __init__(self, *, length: int, outputs: int, width: int, depth: int, dropout: float) -> None:
        super().__init__()
        self.stretch = -(-length // CHUNKS)
        self.steps = -(-length // self.stretch)
        self.length = length
        self.body = nn.GRU(self.stretch, width, num_layers=max(1, depth), batch_first=True)
        self.dropout = nn.Dropout(dropout) if dropout else nn.Identity()
        self.last = nn.Linear(width, outputs)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        """Scores of classes, or scaled targets, of (n, length)."""
        padded = nn.functional.pad(x, (0, self.steps * self.stretch - self.length))
        states, _ = self.body(padded.reshape(-1, self.steps, self.stretch))
        output: torch.Tensor = self.last(self.dropout(states.mean(1)))
        return output
