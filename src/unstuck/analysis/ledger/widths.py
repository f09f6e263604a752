"""Batches of sequences that were padded to their own longest one, brought to one width."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import replace
from typing import Any

import numpy as np

from unstuck.analysis.data.padding import padding_runs
from unstuck.record.ledger import Batch

Array = np.ndarray[Any, Any]

PADDING, NO_TAG = 0, -100
"""of tokens, where no other one ends them, as most vocabularies have it; of tags, as torch's losses leave them out"""
MOST_BATCHES = 200
"""that are looked at to tell what they are padded with"""
LEAST = 4
"""sequences of such a batch"""


def of_one_width(batches: Iterable[Batch]) -> tuple[Batch, ...]:
    """The same batches; tokens are padded to the longest of all where the width changes within a source.

    Tags that are as many as the tokens are padded with them.
    """
    batches = tuple(batches)
    widths: dict[int, set[int]] = {}
    for batch in batches:
        if (tokens := _tokens(batch)) is not None:
            widths.setdefault(batch.source, set()).add(tokens.shape[1])
    if all(len(some) == 1 for some in widths.values()):
        return batches
    widest = max(max(some) for some in widths.values())
    filled, at_the_start = _padding(batches)
    return tuple(_padded(batch, widest, filled, at_the_start=at_the_start) for batch in batches)


def _padding(batches: Iterable[Batch]) -> tuple[int, bool]:
    """What most batches are padded with, and whether it stands at their start."""
    votes: Counter[tuple[int, bool]] = Counter()
    some = [tokens for batch in batches if (tokens := _tokens(batch)) is not None and len(tokens) >= LEAST]
    for tokens in some[:MOST_BATCHES]:
        token, _, at_the_start = padding_runs(tokens)
        if token is not None:
            votes[token, at_the_start] += 1
    return max(votes, key=lambda one: votes[one], default=(PADDING, False))


def _tokens(batch: Batch) -> Array | None:
    inputs = batch.inputs
    return inputs if inputs is not None and inputs.ndim == 2 and inputs.dtype.kind in "iu" else None


def _padded(batch: Batch, widest: int, filled: int, *, at_the_start: bool) -> Batch:
    tokens = _tokens(batch)
    if tokens is None:
        return batch
    lacking = widest - tokens.shape[1]
    labels = batch.labels
    if labels is not None and labels.ndim == 2 and labels.shape[1] == tokens.shape[1] and labels.dtype.kind in "iu":
        labels = _wider(labels.astype(np.int64), lacking, NO_TAG, at_the_start=at_the_start)
    return replace(batch, inputs=_wider(tokens, lacking, filled, at_the_start=at_the_start), labels=labels)


def _wider(values: Array, lacking: int, filled: int, *, at_the_start: bool) -> Array:
    more = (lacking, 0) if at_the_start else (0, lacking)
    return np.pad(values, ((0, 0), more), constant_values=filled)
