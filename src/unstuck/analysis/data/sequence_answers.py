"""Target sequences that repeat their input: the answer at a position that the network sees.

Shapes: *n* sequences of one *length*.
"""

from __future__ import annotations

import numpy as np

from unstuck.analysis.data.padding import padding_mask
from unstuck.analysis.data.sample import Array, Sample
from unstuck.core.outcome import TooLittle
from unstuck.record.events.data.answers import SequenceAnswer

LAGS = range(-5, 6)
MOST_SEQUENCES = 2000
LEAST_POSITIONS = 200


def sequence_answer(sample: Sample, seed: int = 0) -> SequenceAnswer:
    """The shift at which the targets repeat the inputs most.

    Raises:
        TooLittle: there are no target sequences of the length of the inputs.
    """
    given = None if sample.target is None else sample.target.as_given
    if sample.tokens is None or given is None or given.shape != sample.tokens.shape or given.dtype.kind not in "iuf":
        raise TooLittle("target sequences as long as the input sequences")
    rows = np.arange(len(sample))
    if len(rows) > MOST_SEQUENCES:
        rows = np.sort(np.random.default_rng(seed).choice(rows, MOST_SEQUENCES, replace=False))
    tokens, targets = sample.tokens[rows], given[rows]
    real, wanted = ~padding_mask(tokens), ~padding_mask(targets.astype(np.int64))
    lags = [lag for lag in LAGS if abs(lag) < tokens.shape[1] // 2]
    agreements = {lag: _agreement(tokens, targets, real, wanted, lag) for lag in lags}
    best = max(agreements, key=lambda lag: (agreements[lag], -abs(lag)))
    return SequenceAnswer(
        split=sample.split, lag=best, agreement=agreements[best], looked_at=len(rows),
        elsewhere=max((value for lag, value in agreements.items() if lag != best), default=0.0),
    )  # fmt: skip


def _agreement(tokens: Array, targets: Array, real: Array, wanted: Array, lag: int) -> float:
    length = tokens.shape[1]
    at = slice(max(0, -lag), length - max(0, lag))
    there = slice(max(0, lag), length - max(0, -lag))
    both = real[:, there] & wanted[:, at]
    if both.sum() < LEAST_POSITIONS:
        return 0.0
    return float(np.mean(tokens[:, there][both] == targets[:, at][both]))
