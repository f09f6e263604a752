"""What random transforms leave of signs whose classes are known."""

from __future__ import annotations

import numpy as np

from unstuck.analysis.data.augmentation_strength import most_similar, what_is_left
from unstuck.analysis.data.images import Images
from unstuck.analysis.data.sample import DataSet, Sample, Target
from unstuck.core.data_types import Form, Task

RANDOM = np.random.default_rng(0)
SIGNS = np.kron(RANDOM.normal(size=(4, 6, 6)), np.ones((3, 3)))


def sample(split, transform=lambda pixels: pixels, count=120):
    codes = RANDOM.integers(0, 4, count)
    pixels = transform(SIGNS[codes] + RANDOM.normal(0, 0.5, (count, 18, 18)))[..., None].astype(np.float32)
    target = Target(names=("label",), task=Task.MULTI_CLASS, classes=tuple("abcd"), codes=codes)
    return Sample(split=split, name="", form=Form.IMAGE, rows=np.arange(count), target=target,
                  images=Images(count=count, load=lambda at: pixels[at]))  # fmt: skip


def left(transform):
    return what_is_left(DataSet(samples=(sample(0, transform), sample(1))), 1)


def test_moves_leave_all():
    found = left(lambda pixels: np.roll(pixels, 3, axis=1))
    assert found.told > 0.95
    assert found.told_held_out > 0.95
    assert found.likeness > 0.85 * found.likeness_held_out
    assert 0.25 <= found.by_chance < 0.4


def test_noise_over_the_images_leaves_nothing():
    found = left(lambda pixels: pixels * 0 + RANDOM.normal(size=pixels.shape))
    assert found.told < 0.45
    assert found.likeness < 0.6 * found.likeness_held_out


def test_without_labels_nothing_is_said():
    plain = sample(1)
    without = Sample(split=1, name="", form=Form.IMAGE, rows=plain.rows, images=plain.images)
    assert what_is_left(DataSet(samples=(sample(0), without)), 1) is None
    assert what_is_left(DataSet(samples=(sample(0), sample(1, count=20))), 1) is None


def test_the_most_similar_is_found_where_it_was_moved_to():
    squares = RANDOM.normal(size=(9, 16, 16))
    squares -= squares.mean(axis=(1, 2), keepdims=True)
    squares /= np.linalg.norm(squares, axis=(1, 2), keepdims=True)
    which, likeness = most_similar(np.roll(squares[[4, 7]], (2, -3), axis=(1, 2)), squares)
    assert which.tolist() == [4, 7]
    assert np.allclose(likeness, 1)
    own, _ = most_similar(squares, squares, themselves=True)
    assert not (own == np.arange(9)).any()
