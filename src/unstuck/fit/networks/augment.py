"""Random changes of images that leave their class as it is."""

from __future__ import annotations

import torch
from torch.nn import functional

SHIFT = 0.1
"""of the side of an image"""


def augmented(x: torch.Tensor, how: str) -> torch.Tensor:
    """Images (n, c, h, w) or series (n, c, l), each shifted by up to a tenth, and mirrored where that is meant.

    Args:
        x: a batch.
        how: ``shift`` or ``shift-flip``.
    """
    side = x.shape[-1]
    most = max(1, round(SHIFT * side))
    if x.dim() == 4:
        padded = functional.pad(x.float(), (most, most, most, most), mode="replicate")
        rows = torch.randint(0, 2 * most + 1, (2,))
        x = padded[..., rows[0] : rows[0] + x.shape[-2], rows[1] : rows[1] + side].to(x.dtype)
    if how == "shift-flip":
        flip = torch.rand(len(x)) < 0.5
        x = torch.where(flip.view(-1, *[1] * (x.dim() - 1)), x.flip(-1), x)
    return x
