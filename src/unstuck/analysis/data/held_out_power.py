"""What a held-out split can measure: its size, its classes, and whether it is easier than the training data."""

from __future__ import annotations

import math

import numpy as np

from unstuck.analysis.data.copies import comparable, usual
from unstuck.analysis.data.design_effect import classes_effect, order_effect
from unstuck.analysis.data.neighbours import nearest
from unstuck.analysis.data.next_token import is_next_token
from unstuck.analysis.data.sample import DataSet, Target
from unstuck.record.events.data.order import HeldOutPower

MOST = 2_000
"""held-out examples whose nearest training example is looked for"""
COPY = 0.3
"""of the usual distance: closer examples may be copies and are left out on both sides"""
LEAST = 10
"""examples whose neighbours are looked at"""
NORMAL = 1.96
"""standard errors of a 95 % interval"""


def held_out_power(dataset: DataSet, number: int) -> HeldOutPower:
    """How well this split can measure a metric."""
    sample, train = dataset.samples[number], dataset.train
    labels = _known(sample.target, len(sample))
    absent, expected = ((), 0.0) if is_next_token(train) else _absent(train.target, sample.target)
    accuracy, own, z = _easy(dataset, number)
    return HeldOutPower(
        split=sample.split, other=train.split, looked_at=labels, interval=NORMAL * 0.5 / math.sqrt(max(1, labels)),
        absent=absent, expected=expected, accuracy=accuracy, own_accuracy=own, z=z,
    )  # fmt: skip


def _known(target: Target | None, rows: int) -> int:
    if target is None:
        return rows
    if target.codes is not None:
        return int((target.codes >= 0).sum())
    return rows if target.values is None else int(np.isfinite(target.values).all(axis=1).sum())


def _absent(theirs: Target | None, mine: Target | None) -> tuple[tuple[str, ...], float]:
    """Classes of the training split that the other one lacks, the most frequent first."""
    if theirs is None or mine is None or theirs.codes is None or mine.codes is None:
        return (), 0.0
    width = max(len(theirs.classes), 1)
    counts, there = (np.bincount(codes[codes >= 0], minlength=width) for codes in (theirs.codes, mine.codes))
    lacking = [at for at in np.argsort(-counts, kind="stable") if counts[at] and not there[at]]
    if not lacking or not there.sum():
        return (), 0.0
    expected = float(counts[lacking[0]] / counts.sum() * there.sum())
    # A class that comes in long runs may be absent from a stretch of the file by chance.
    return tuple(theirs.classes[at] for at in lacking), expected / classes_effect(theirs.codes, int(lacking[0]))


def _easy(dataset: DataSet, number: int) -> tuple[float | None, float | None, float | None]:
    """Accuracy of the nearest training example's label, for held-out and for training examples; standard errors."""
    codes, own_codes = dataset.samples[number].codes, dataset.train.codes
    if codes is None or own_codes is None:
        return None, None, None
    (train, usable), (mine, mine_usable) = comparable(dataset)[0], comparable(dataset)[number]
    base = np.flatnonzero(usable & (own_codes >= 0))
    rows = np.flatnonzero(mine_usable & (codes >= 0))
    if min(len(base), len(rows)) < LEAST:
        return None, None, None
    rows = rows[:: max(1, len(rows) // MOST)]
    how = usual(train[base])
    own = nearest(train[base[how.rows]], train[base], own=how.rows)
    found = nearest(mine[rows], train[base])
    far = [one.distance >= COPY * how.typical for one in (own, found)]
    right = own_codes[base[own.row]] == own_codes[base[how.rows]], own_codes[base[found.row]] == codes[rows]
    first, second = (one[there] for one, there in zip(right, far, strict=True))
    if min(len(first), len(second)) < LEAST:
        return None, None, None
    one, other = float(first.mean()), float(second.mean())
    # The share of both together: a held-out split of which every example is right has no error of its own.
    pooled = (first.sum() + second.sum()) / (len(first) + len(second))
    effect = max(order_effect(first), order_effect(second))
    error = math.sqrt(effect * max(pooled * (1 - pooled), 1e-6) * (1 / len(first) + 1 / len(second)))
    return other, one, (other - one) / error
