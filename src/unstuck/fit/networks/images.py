"""Blocks of a convolution, batch norm and ReLU; each block halves the image and doubles the channels."""

from __future__ import annotations

from collections.abc import Sequence

import torch
from torch import nn

MOST_CHANNELS = 512
LEAST_SIDE = 4
"""below it, a block no longer halves the image"""


class ImageNet(nn.Module):
    """Pixels from 0 to 255, colours first; scaled inside."""

    mean: torch.Tensor
    spread: torch.Tensor

    def __init__(
        self, *, size: Sequence[int], mean: Sequence[float], spread: Sequence[float], outputs: int, width: int,
        depth: int, dropout: float,
    ) -> None:  # fmt: skip
        """Make it.

        Args:
            size: channels, height, width.
            mean: of each channel of the training images.
            spread: standard deviation of each.
            outputs: of the network.
            width: channels of the first block.
            depth: blocks.
            dropout: share of features that is left out in training.
        """
        super().__init__()
        self.register_buffer("mean", torch.tensor(mean).view(1, -1, 1, 1))
        self.register_buffer("spread", torch.tensor(spread).view(1, -1, 1, 1))
        layers: list[nn.Module] = []
        inputs, side = size[0], min(size[1:])
        for at in range(depth):
            channels = min(MOST_CHANNELS, width * 2**at)
            stride = 2 if side >= 2 * LEAST_SIDE else 1
            layers += [nn.Conv2d(inputs, channels, 3, stride=stride, padding=1, bias=False),
                       nn.BatchNorm2d(channels), nn.ReLU()]  # fmt: skip
            side = -(-side // stride)
            inputs = channels
        self.body = nn.Sequential(*layers, nn.AdaptiveAvgPool2d(min(LEAST_SIDE // 2, side)), nn.Flatten())
        self.dropout = nn.Dropout(dropout) if dropout else nn.Identity()
        self.last = nn.Linear(inputs * min(LEAST_SIDE // 2, side) ** 2, outputs)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        """Scores of classes, or scaled targets."""
        output: torch.Tensor = self.last(self.dropout(self.body((x.float() - self.mean) / self.spread)))
        return output
