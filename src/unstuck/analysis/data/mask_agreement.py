"""Are images and target images in step? The edges of each image, compared with those of targets some rows away.

Shapes: *n* pairs in the order of the data, *S* side of the square to which both are reduced.
"""

from __future__ import annotations

import numpy as np

from unstuck.analysis.data.agreement_by_shift import Pairs, agreement_by_shift
from unstuck.analysis.data.image_pairs import LEAST_PAIRS, edges
from unstuck.analysis.data.sample import Array, Sample
from unstuck.core.outcome import TooLittle
from unstuck.record.events.data.labels import ComparedWith, LabelAgreement

MOST_PAIRS = 1200
SPARSEST = 2
"""rows of the data for each that is there"""


def mask_agreement(sample: Sample) -> LabelAgreement:
    """At which shift the edges of targets lie upon those of the images, in the first rows of a split.

    Raises:
        TooLittle: too few pairs can be read.
    """
    if sample.images is None or sample.target_images is None:
        raise TooLittle("targets that are images")
    rows = sample.rows[:MOST_PAIRS]
    if not len(rows) or int(rows[-1] - rows[0]) + 1 > SPARSEST * len(rows):
        raise TooLittle("pairs that follow each other in the data")
    images, targets = (
        np.array([edges(pictures, at).reshape(-1) for at in range(len(rows))])
        for pictures in (sample.images, sample.target_images)
    )
    if (np.isfinite(images[:, 0]) & np.isfinite(targets[:, 0])).sum() < LEAST_PAIRS:
        raise TooLittle(f"{LEAST_PAIRS} pairs of an image and a target, neither of one colour")

    def correlation(pairs: Pairs, _: Pairs) -> Array:
        return np.asarray(np.einsum("ij,ij->i", images[pairs.inputs], targets[pairs.targets]))

    return agreement_by_shift(sample.split, rows, correlation, ComparedWith.EDGES)
