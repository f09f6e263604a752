"""Are inputs and targets in step? Each input beside its own target, and beside those some rows away.

Shapes: *n* examples in the order of the data, *m* pairs of an input and a target.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import replace
from typing import NamedTuple

import numpy as np

from unstuck.analysis.data.label_agreement import LAG_IN_STRETCH, LAGS, SHUFFLES, Stretch, repetition, worst_stretch
from unstuck.analysis.data.sample import Array
from unstuck.record.events.data.labels import ComparedWith, LabelAgreement

PERMUTATIONS = 50


class Pairs(NamedTuple):
    """Which inputs are compared with which targets."""

    inputs: Array  # (m,) int64
    targets: Array  # (m,) int64


Compare = Callable[[Pairs, Pairs], Array]
"""How well inputs agree with targets, NaN where it cannot be told (m,): the pairs that are compared, and those from
which it is learned what belongs together, where that must be learned"""


def agreement_by_shift(split: int, rows: Array, compare: Compare, compared_with: ComparedWith) -> LabelAgreement:
    """The shift at which inputs and targets agree most, and the stretch of rows in which they agree least.

    Args:
        split: its id.
        rows: (n,) positions in the split, ascending; some may be missing.
        compare: how well inputs agree with targets.
        compared_with: what is compared.
    """
    every = np.arange(len(rows))
    random = np.random.default_rng(0)
    mixed = [_mean(compare, Pairs(every, random.permutation(len(rows)))) for _ in range(PERMUTATIONS)]
    chance, spread = float(np.mean(mixed)), max(float(np.std(mixed)), 1e-9)
    by_shift = {}
    for lag in sorted(range(-LAGS, LAGS + 1), key=abs):
        pairs = shifted(rows, every, lag)
        if len(pairs.inputs) > len(rows) // 2:
            by_shift[lag] = _mean(compare, pairs)
    best = max(by_shift, key=lambda lag: by_shift[lag])
    found = LabelAgreement(
        split=split, looked_at=len(rows), z=(by_shift[0] - chance) / spread, agreement=by_shift[0], chance=chance,
        lag=best, lag_z=(by_shift[best] - chance) / spread, ordered=True, compared_with=compared_with,
    )  # fmt: skip
    return _with_stretch(found, rows, compare, random)


def _with_stretch(
    found: LabelAgreement, rows: Array, compare: Compare, random: np.random.Generator
) -> LabelAgreement:
    every = np.arange(len(rows))
    as_they_are = Pairs(every, every)
    own = compare(as_they_are, as_they_are)
    known = np.flatnonzero(np.isfinite(own))
    worst = worst_stretch(own[known])
    if worst is None:
        return found
    mixed = [worst_stretch(random.permutation(own[known])) for _ in range(SHUFFLES)]
    inside = known[worst.start : worst.stop]
    return replace(
        found, start=int(rows[inside[0]]), stop=int(rows[inside[-1]]) + 1,
        stretch_z=worst.z / math.sqrt(repetition(own[known], worst)),
        stretch_shuffled_z=max(one.z for one in mixed if one is not None), stretch_agreement=float(own[inside].mean()),
        stretch_expected=float(np.delete(own[known], np.arange(worst.start, worst.stop)).mean()),
        stretch_lag=_lag_of(worst, known, rows, own, compare),
    )  # fmt: skip


def _lag_of(worst: Stretch, known: Array, rows: Array, own: Array, compare: Compare) -> int:
    """The shift at which the stretch agrees again; 0: none."""
    every = np.arange(len(rows))
    inside, best, most = known[worst.start : worst.stop], 0, LAG_IN_STRETCH
    for lag in sorted((lag for lag in range(-LAGS, LAGS + 1) if lag), key=abs):
        pairs = shifted(rows, inside, lag)
        gain = compare(pairs, Pairs(every, every)) - own[pairs.inputs]
        gain = gain[np.isfinite(gain)]
        if len(gain) < len(inside) // 2:
            continue
        z = float(gain.mean() / max(1e-9, gain.std() / np.sqrt(len(gain))))
        if z > most:
            best, most = lag, z
    return best


def shifted(rows: Array, inputs: Array, lag: int) -> Pairs:
    """Each of these inputs with the target so many rows after it, where that row is there."""
    wanted = rows[inputs] + lag
    at = np.minimum(np.searchsorted(rows, wanted), len(rows) - 1)
    there = rows[at] == wanted
    return Pairs(inputs[there], at[there])


def _mean(compare: Compare, pairs: Pairs) -> float:
    values = compare(pairs, pairs)
    return float(np.nanmean(values)) if np.isfinite(values).any() else 0.0
