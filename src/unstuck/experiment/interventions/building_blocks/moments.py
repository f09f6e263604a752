"""Mean, spread and ends of what the first batches hold, merged batch by batch."""

from __future__ import annotations

import torch

Tensor = torch.Tensor
BATCHES = 20
"""looked at; from then on the numbers stay as they are"""


class Moments:
    """Of each column, or of everything, of a stream of batches.

    Chan, Golub, LeVeque (1979): updating formulae for the variance.
    """

    def __init__(self) -> None:
        self.batches = 0
        self.count = 0
        self.mean = self.squares = self.low = self.high = torch.zeros(())

    def update(self, rows: Tensor) -> None:
        """Merge one batch, (examples, columns) or (examples,); nothing happens once enough have been seen."""
        if self.batches >= BATCHES or not len(rows) or (self.count and rows.shape[1:] != self.mean.shape):
            return
        rows = rows.detach().to(torch.float64 if rows.device.type != "mps" else torch.float32)
        rows = rows[torch.isfinite(rows.reshape(len(rows), -1)).all(1)]
        if not len(rows):
            return
        number, mean = len(rows), rows.mean(0)
        squares = (rows - mean).square().sum(0)
        if not self.count:
            self.mean, self.squares = mean, squares
            self.low, self.high = rows.amin(0), rows.amax(0)
        else:
            whole, off = self.count + number, mean - self.mean
            self.squares = self.squares + squares + off.square() * self.count * number / whole
            self.mean = self.mean + off * number / whole
            self.low, self.high = torch.minimum(self.low, rows.amin(0)), torch.maximum(self.high, rows.amax(0))
        self.count += number
        self.batches += 1

    @property
    def spread(self) -> Tensor:
        """Standard deviation, that of one and the same number 0."""
        return (self.squares / max(1, self.count)).sqrt()
