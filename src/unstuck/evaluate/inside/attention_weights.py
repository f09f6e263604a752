"""The weights of attention from what goes into the operation.

Shapes: B = batch, H = heads, L = queries, S = keys, E = width.
"""

from __future__ import annotations

import math

import torch

Tensor = torch.Tensor


def product_weights(
    query: Tensor, key: Tensor, mask: Tensor | None = None, *, causal: bool = False, scale: float | None = None
) -> Tensor:  # (…, L, S)
    """Softmax of the scaled products of queries (…, L, E) and keys (…, S, E), as `scaled_dot_product_attention` has it.

    Args:
        query: of each position that looks.
        key: of each position that is looked at; of fewer heads than queries they are shared by neighbours.
        mask: true, or a number to add, where a key may be looked at.
        causal: no query looks at a later key.
        scale: of the products; by default 1 / √E.
    """
    query, key = query.detach().float(), key.detach().float()
    if query.dim() >= 3 and key.dim() == query.dim() and key.shape[-3] != query.shape[-3]:
        key = key.repeat_interleave(query.shape[-3] // key.shape[-3], dim=-3)
    scores = query @ key.transpose(-1, -2) * (1 / math.sqrt(query.shape[-1]) if scale is None else scale)
    if causal:
        allowed = torch.ones(scores.shape[-2:], dtype=torch.bool, device=scores.device).tril()
        scores = scores.masked_fill(~allowed, -math.inf)
    if mask is not None:
        mask = mask.detach()
        scores = scores.masked_fill(~mask, -math.inf) if mask.dtype == torch.bool else scores + mask.float()
    return torch.softmax(scores, dim=-1).nan_to_num(0.0)
