"""Padding: the token that fills sequences up to one length.

Shapes: *n* sequences of one *length*.
"""

from __future__ import annotations

import numpy as np

from unstuck.analysis.data.sample import Array, Sample
from unstuck.core.outcome import TooLittle
from unstuck.record.events.data.base import MOST_ROWS
from unstuck.record.events.data.sequences import Padding

AT_THE_ENDS = 0.9
"""share of a token's positions that belong to runs at one end: below it the token is a word"""
LEAST_SEQUENCES = 10


def padding(sample: Sample) -> Padding | None:
    """The padding of a split; None where nothing is padded.

    Raises:
        TooLittle: there are no sequences.
    """
    if sample.tokens is None:
        raise TooLittle("sequences of tokens")
    if len(sample) < LEAST_SEQUENCES:
        raise TooLittle(f"{len(sample)} sequences (at least {LEAST_SEQUENCES} are needed)")
    token, runs, at_the_start = padding_runs(sample.tokens)
    if token is None:
        return None
    length = sample.tokens.shape[1]
    worst = np.argsort(-runs, kind="stable")[:MOST_ROWS]
    lengths = length - runs
    return Padding(
        split=sample.split, token=token, share=float(runs.sum() / (len(runs) * length)), length=length,
        typical_length=float(np.median(lengths)), long_length=float(np.quantile(lengths, 0.95)),
        longest_length=float(np.quantile(lengths, 0.99)),
        at_the_start=at_the_start, looked_at=len(runs),
        rows=tuple(int(sample.rows[at]) for at in worst if runs[at] > 0),
    )  # fmt: skip


def padding_runs(tokens: Array) -> tuple[int | None, Array, bool]:
    """The padding token, the length of its run in each sequence (n,), and whether runs stand at the start.

    The token is that which ends (or begins) most sequences, hardly occurs elsewhere, and has runs of several lengths.
    """
    for at_the_start in (False, True):
        ordered = tokens if at_the_start else tokens[:, ::-1]
        values, counts = np.unique(ordered[:, 0], return_counts=True)
        token = values[counts.argmax()]
        same = ordered == token
        runs = np.where(same.all(axis=1), tokens.shape[1], same.argmin(axis=1))
        if runs.sum() and runs.sum() >= AT_THE_ENDS * same.sum() and len(np.unique(runs)) > 2 and runs.max() > 1:
            return int(token), runs, at_the_start
    return None, np.zeros(len(tokens), dtype=np.int64), False


def padding_mask(tokens: Array) -> Array:
    """Which positions are padding; (n, length)."""
    token, runs, at_the_start = padding_runs(tokens)
    if token is None:
        return np.zeros(tokens.shape, dtype=bool)
    position = np.arange(tokens.shape[1])
    mask: Array = position < runs[:, None] if at_the_start else position >= tokens.shape[1] - runs[:, None]
    return mask
