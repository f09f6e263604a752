"""A number for the content of each example, so that one comes back as the same. The key is new in every run."""

from __future__ import annotations

import os

import torch

Tensor = torch.Tensor
CHUNK = 1 << 22
"""numbers hashed at one time"""
PATTERNS = {
    torch.float32: torch.int32, torch.float64: torch.int64, torch.float16: torch.int16, torch.bfloat16: torch.int16,
}  # fmt: skip
"""type of the numbers → integers of the same width"""


class Keys:
    """Hashes examples: the sum of their numbers' bit patterns times secret odd integers, modulo 2⁶⁴."""

    def __init__(self) -> None:
        self._factors = torch.empty(0, dtype=torch.int64)

    def of(self, examples: Tensor) -> Tensor:
        """One key an example.

        Args:
            examples: (n, …) on the CPU.

        Returns:
            (n,) int64.
        """
        rows = examples.detach().reshape(len(examples), -1).contiguous()
        pattern = PATTERNS.get(rows.dtype)
        if pattern is not None:
            rows = rows.view(pattern)
        factors = self._of_width(rows.shape[1])
        step = max(1, CHUNK // max(1, rows.shape[1]))
        if len(rows) <= step:
            return (rows.long() * factors).sum(1)
        return torch.cat([(rows[at : at + step].long() * factors).sum(1) for at in range(0, len(rows), step)])

    def _of_width(self, width: int) -> Tensor:
        lacking = width - len(self._factors)
        if lacking > 0:
            more = torch.frombuffer(bytearray(os.urandom(8 * lacking)), dtype=torch.int64) | 1
            self._factors = torch.cat([self._factors, more])
        return self._factors[:width]
