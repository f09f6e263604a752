"""Sequences that are packed: are they still in the order of the loader's batch?"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import torch

LEAST_SEQUENCES = 4
LEAST_LENGTHS = 3
"""different lengths: with fewer the order says little"""
MOST_NUMBERS = 1 << 20
"""of a padded batch, whose lengths are counted"""


def is_reordered(lengths: Any, batch: Sequence[torch.Tensor]) -> bool | None:
    """Whether a batch has these lengths in another order; None where it has other ones, or too few.

    Args:
        lengths: as they are handed to ``pack_padded_sequence``.
        batch: what the loader handed out: the lengths themselves, or tokens padded with zeros.
    """
    given = lengths.tolist() if isinstance(lengths, torch.Tensor) else list(lengths)
    if len(given) < LEAST_SEQUENCES or len(set(given)) < LEAST_LENGTHS:
        return None
    found = None
    for tensor in batch:
        own = _lengths(tensor, len(given))
        if own is not None and sorted(own) == sorted(given):
            if own == given:
                return False
            found = True
    return found


def _lengths(tensor: torch.Tensor, count: int) -> list[int] | None:
    """The whole numbers of a row, or how many numbers of each row are not zero."""
    if tensor.is_floating_point() or tensor.is_complex() or tensor.dtype is torch.bool or tensor.device.type != "cpu":
        return None
    if tensor.dim() == 1 and len(tensor) == count:
        return [int(one) for one in tensor.tolist()]
    if tensor.dim() == 2 and tensor.numel() <= MOST_NUMBERS:
        for axis in (1, 0):
            if tensor.shape[1 - axis] == count:
                return [int(one) for one in (tensor != 0).sum(axis).tolist()]
    return None
