"""Batches with fewer examples, where a step takes long."""

from __future__ import annotations

import math
from dataclasses import replace

import torch

from unstuck.preflight.context import Context

LEAST_SHARE = 0.25
"""of the examples of a batch, that are left"""
FEWEST = 8
"""examples that are left"""
SAME_LOSS = 0.25
"""relative difference of the losses of a batch and of its part; one that is a sum over examples differs more"""


def lighter(context: Context, steps: int, seconds: float) -> Context:
    """The same, with so few examples in each batch that so many steps are made in time; as it is where that fails."""
    size = context.batch.size
    wanted, takes = seconds / steps, context.step_seconds
    rows = max(FEWEST, math.ceil(size * max(LEAST_SHARE, wanted / max(takes, 1e-9))))
    if takes <= wanted or rows >= size:
        return context
    looked = context.batches[: len(context.looks)]
    cut = tuple(batch.rows(range(rows)) if batch.size > rows else batch for batch in looked)
    try:
        with torch.no_grad(), context.kept():
            loss = float(cut[0].loss().sum())
    except Exception:
        return context  # the size of a batch is written into the network or the loop
    whole = context.looks[0].loss
    return replace(context, batches=cut) if abs(loss - whole) <= SAME_LOSS * abs(whole) else context
