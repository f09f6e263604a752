"""Edges of images and masks: which transform brings them together."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.ndimage import gaussian_filter

from unstuck.analysis.data.image_pairs import image_pairs
from unstuck.analysis.data.images import Images, UnreadableImage
from unstuck.analysis.data.layout import TURNS, turned
from unstuck.analysis.data.sample import Sample
from unstuck.core.data_types import Form
from unstuck.core.outcome import TooLittle


def pairs(count=60, seed=0):
    random = np.random.default_rng(seed)
    masks = (gaussian_filter(random.normal(size=(count, 32, 32, 1)), (0, 3, 3, 0)) > 0.02).astype(np.float32)
    return (100 + 50 * masks + 5 * random.normal(size=masks.shape)).astype(np.float32), masks


def sample_of(images, masks):
    def load(arrays):
        def one(at):
            if arrays[at] is None:
                raise UnreadableImage("cut off")
            return arrays[at]

        return Images(count=len(arrays), load=one)

    return Sample(split=0, name="train", form=Form.IMAGE, rows=np.arange(len(images)) + 100, images=load(images),
                  target_images=load(masks))  # fmt: skip


@pytest.mark.parametrize("way", range(1, 8))
def test_the_transform_that_a_target_needs(way):
    images, masks = pairs()
    wrong = np.arange(0, 60, 6)
    masks[wrong] = turned(masks[wrong], way)
    found = image_pairs(sample_of(images, masks))
    undo = {1: 3, 3: 1}.get(way, way)
    assert set(found.rows) == set(wrong + 100)
    assert (found.mismatched, found.decided) == (10, 60)
    assert set(found.transforms) == {TURNS[undo]}
    assert found.commonest == TURNS[undo]
    assert list(found.degrees) == sorted(found.degrees, reverse=True)


def test_a_target_that_was_moved():
    images, masks = pairs()
    found = image_pairs(sample_of(images, np.roll(masks, (4, -3), axis=(1, 2))))
    assert found.mismatched > 50
    assert found.commonest == "moved by -4 rows and 3 columns of 32"


@pytest.mark.parametrize("move", [(0, 0), (1, 0), (0, -1)])
def test_pairs_that_fit(move):
    images, masks = pairs()
    found = image_pairs(sample_of(images, np.roll(masks, move, axis=(1, 2))))
    assert (found.mismatched, found.rows, found.commonest) == (0, (), "")
    assert found.correlation > 0.5 > found.chance


def test_unrelated_targets_are_not_decided():
    images, _ = pairs(200)
    _, masks = pairs(200, seed=1)
    found = image_pairs(sample_of(images, masks))
    assert found.decided <= 5


def test_broken_images_and_empty_masks_are_left_out():
    images, masks = map(list, pairs(30))
    images[3], masks[5], masks[7] = None, None, np.zeros((32, 32, 1), np.float32)
    assert image_pairs(sample_of(images, masks)).looked_at == 27
    with pytest.raises(TooLittle, match="20 pairs"):
        image_pairs(sample_of(images[:21], masks[:21]))


def test_other_targets_are_not_judged():
    with pytest.raises(TooLittle, match="targets that are images"):
        image_pairs(Sample(split=0, name="a", form=Form.IMAGE, rows=np.arange(3)))
