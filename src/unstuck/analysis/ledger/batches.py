"""How the examples were put into batches: batches of one class, and batches that come again.

Shapes: *v* visits, *b* batches.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from unstuck.record.events.data.batches import BatchMix

if TYPE_CHECKING:
    from unstuck.analysis.data.sample import Target
    from unstuck.analysis.ledger.passed import Passed

Array = np.ndarray[Any, Any]


def batch_mix(passed: Passed, target: Target | None, at: Array) -> BatchMix:
    """Of the training batches that were looked at.

    Args:
        passed: training data.
        target: of the examples ``at``; None where there are no classes.
        at: numbers of the examples whose class is known.
    """
    visits = passed.visits
    numbers, which, sizes = np.unique(visits.batch, return_inverse=True, return_counts=True)
    rounds = np.zeros(len(numbers), np.int64)
    rounds[which] = visits.round
    same, apart = _same_as_before(visits.step, passed.example, which, rounds)
    of_one, expected = 0, 0.0
    if target is not None and target.codes is not None and len(target.classes) > 1:
        codes = np.full(len(passed), -1)
        codes[at] = target.codes
        of_one, expected = _of_one_class(codes[passed.example], which, sizes)
    return BatchMix(
        split=0, looked_at=len(numbers), size=float(np.median(sizes)), of_one_class=of_one, expected=expected,
        repeated=int(apart.sum()), distinct=len(passed), visits=int(sizes.sum() - sizes[same & ~apart].sum()),
        available=passed.size,
    )  # fmt: skip


def _of_one_class(codes: Array, which: Array, sizes: Array) -> tuple[int, float]:
    """Batches of two examples or more with a single class, and how many of them chance alone would make."""
    known = codes >= 0
    low, high = np.full(len(sizes), np.iinfo(np.int64).max), np.full(len(sizes), -1)
    np.minimum.at(low, which[known], codes[known])
    np.maximum.at(high, which[known], codes[known])
    several = sizes > 1
    shares = np.bincount(codes[known]) / max(1, int(known.sum()))
    chance = (shares[:, None] ** sizes[several][None, :]).sum(axis=0)
    return int(((low == high) & several).sum()), float(chance.sum())


def _same_as_before(step: Array, example: Array, which: Array, rounds: Array) -> tuple[Array, Array]:
    """Batches that hold the very examples of the one before, in any order; those of them that were drawn anew.

    An optimiser that asks for the loss several times, or steps of an inner loop, use one batch again. (b,), (b,)
    """
    count = len(rounds)
    first = np.full(count, np.iinfo(np.int64).max)
    np.minimum.at(first, which, step)
    order = np.argsort(first, kind="stable")
    mixed = (example.astype(np.uint64) + np.uint64(1)) * np.uint64(0x9E3779B97F4A7C15)
    mixed ^= mixed >> np.uint64(31)
    sums = np.zeros(count, np.uint64)
    np.add.at(sums, which, mixed)
    sizes = np.bincount(which, minlength=count)
    same, apart = np.zeros(count, bool), np.zeros(count, bool)
    before, now = order[:-1], order[1:]
    same[now] = (sums[now] == sums[before]) & (sizes[now] == sizes[before])
    apart[now] = same[now] & (rounds[now] != rounds[before])
    return same, apart
