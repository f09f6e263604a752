"""Are images and target images in step? The edges of each image, compared with those of targets some rows away.

Shapes: *N* pairs in the order of the data.
"""

from __future__ import annotations

import numpy as np

from unstuck.analysis.data.image_pairs import LEAST_PAIRS, SIDE, edges
from unstuck.analysis.data.label_agreement import LAGS, PERMUTATIONS
from unstuck.analysis.data.sample import Array, Sample
from unstuck.core.outcome import TooLittle
from unstuck.record.events.data.labels import LabelAgreement

MOST_PAIRS = 600
SPARSEST = 2
"""rows of the data for each that is there"""


def mask_agreement(sample: Sample) -> LabelAgreement:
    """At which shift the edges of targets lie upon those of the images, in the first rows of a split.

    Rows may be missing: a pair counts where both of its rows are there.

    Raises:
        TooLittle: too few pairs can be read.
    """
    if sample.images is None or sample.target_images is None:
        raise TooLittle("targets that are images")
    count = min(len(sample), MOST_PAIRS)
    place = sample.rows[:count] - sample.rows[0] if count else np.zeros(0, np.int64)
    length = int(place.max(initial=-1)) + 1
    if length > SPARSEST * max(count, 1):
        raise TooLittle("pairs that follow each other in the data")
    images, targets = (
        _at(place, length, [edges(pictures, at).reshape(-1) for at in range(count)])
        for pictures in (sample.images, sample.target_images)
    )
    if (images.any(axis=1) & targets.any(axis=1)).sum() < LEAST_PAIRS:
        raise TooLittle(f"{LEAST_PAIRS} pairs of an image and a target, neither of one colour")
    random = np.random.default_rng(0)
    mixed = [_agreement(images[place], targets[random.permutation(place)]) for _ in range(PERMUTATIONS)]
    chance, spread = float(np.mean(mixed)), max(float(np.std(mixed)), 1e-9)
    lags = [lag for lag in range(-LAGS, LAGS + 1) if abs(lag) < length // 2]
    found = {lag: _agreement(*_shifted(images, targets, lag)) for lag in lags}
    best = max(found, key=lambda lag: (found[lag], -abs(lag)))
    return LabelAgreement(
        split=sample.split, looked_at=count, z=(found[0] - chance) / spread, agreement=found[0], chance=chance,
        lag=best, lag_z=(found[best] - chance) / spread, ordered=True,
    )  # fmt: skip


def _at(place: Array, length: int, some: list[Array]) -> Array:
    """Edges by their rows; 0 where there are none. (length, S²)"""
    found = np.zeros((length, SIDE * SIDE))
    found[place] = np.nan_to_num(np.array(some))
    return found


def _shifted(images: Array, targets: Array, lag: int) -> tuple[Array, Array]:
    """Each image with the target so many rows after it."""
    count = len(images)
    return images[max(0, -lag) : count - max(0, lag)], targets[max(0, lag) : count - max(0, -lag)]


def _agreement(images: Array, targets: Array) -> float:
    """Mean correlation of the edges of the pairs that are there."""
    there = images.any(axis=1) & targets.any(axis=1)
    return float((images[there] * targets[there]).sum(axis=1).mean()) if there.any() else 0.0
