"""Target images in step and out of step with their images."""

from __future__ import annotations

import numpy as np
import pytest

from unstuck.analysis.data.images import Images
from unstuck.analysis.data.mask_agreement import mask_agreement
from unstuck.analysis.data.sample import Sample
from unstuck.core.data_types import Form
from unstuck.core.outcome import TooLittle


def pairs(change=lambda masks: masks, count=80, rows=None):
    """Discs in noise, and where they are."""
    random = np.random.default_rng(0)
    across = np.arange(24)
    middle, radius = random.uniform(6, 18, (2, count, 1, 1)), random.uniform(3, 8, (count, 1, 1))
    far = np.hypot(across[:, None] - middle[0], across[None] - middle[1])
    masks = (far < radius).astype(np.float32)[..., None]
    rows = np.arange(count) if rows is None else rows
    images = masks + random.normal(0, 0.3, masks.shape).astype(np.float32)
    images, masks = images[rows % count], change(masks)[rows % count]
    return Sample(
        split=0, name="", form=Form.IMAGE, rows=rows,
        images=Images(count=len(rows), load=lambda at: images[at]),
        target_images=Images(count=len(rows), load=lambda at: masks[at]),
    )  # fmt: skip


def test_in_step_no_shift_is_better():
    event = mask_agreement(pairs())
    assert event.lag == 0
    assert event.z > 8


@pytest.mark.parametrize("lag", [-3, 1, 2])
def test_the_shift_is_found(lag):
    event = mask_agreement(pairs(lambda masks: np.roll(masks, lag, axis=0)))
    assert event.lag == lag
    assert event.lag_z > 8
    assert abs(event.z) < 4


def test_masks_of_other_images_agree_at_no_shift():
    event = mask_agreement(pairs(lambda masks: np.random.default_rng(1).permutation(masks)))
    assert max(event.z, event.lag_z) < 8


def test_rows_may_be_missing():
    rows = np.flatnonzero(np.arange(80) % 7)
    event = mask_agreement(pairs(lambda masks: np.roll(masks, 1, axis=0), rows=rows))
    assert event.lag == 1
    assert event.lag_z > 8
    assert event.looked_at == len(rows)


def test_rows_must_follow_each_other_and_be_enough():
    for sample in (pairs(rows=np.arange(0, 240, 3)), pairs(count=12), pairs(lambda masks: masks * 0)):
        with pytest.raises(TooLittle):
            mask_agreement(sample)


def test_a_stretch_that_slid_is_found_with_its_shift():
    def slid(masks):
        masks = masks.copy()
        masks[120:170] = masks[121:171]
        return masks

    event = mask_agreement(pairs(slid, count=300))
    assert event.lag == 0
    assert (abs(event.start - 120) <= 2, abs(event.stop - 170) <= 2, event.stretch_lag) == (True, True, -1)
    assert event.stretch_z > 2 * event.stretch_shuffled_z
    assert event.stretch_agreement < 0.2 < event.stretch_expected
