"""What is lost with smaller images, against images that are known to be enlarged and a slow reference."""

from __future__ import annotations

from collections import Counter

import numpy as np
import pytest
from scipy.ndimage import zoom

from unstuck.analysis.data.images import Images
from unstuck.analysis.data.resolution import interpolation_loss, left_out, lower_end, resolution
from unstuck.analysis.data.sample import Sample, Target
from unstuck.core.data_types import Form, Task
from unstuck.core.outcome import TooLittle

RANDOM = np.random.default_rng(0)
SMALL = RANDOM.normal(size=(40, 8, 8, 3)).astype(np.float32)


def sample_of(pixels, y=None):
    target = None if y is None else Target(names=("y",), task=Task.BINARY, classes=("a", "b"), codes=y)
    images = Images(count=len(pixels), load=lambda at: pixels[at])
    return Sample(split=0, name="t", form=Form.IMAGE, rows=np.arange(len(pixels)), images=images, target=target)


@pytest.mark.parametrize("order", [0, 1, 3])
@pytest.mark.parametrize("factor", [2, 3, 4])
def test_enlarged_images_are_given_back(order, factor):
    large = zoom(SMALL, (1, factor, factor, 1), order=order, grid_mode=True, mode="nearest")
    assert interpolation_loss(large, factor) < 1e-4
    assert interpolation_loss(RANDOM.normal(size=large.shape).astype(np.float32), factor) > 0.5


def test_noise_keeps_the_share_that_fits_into_the_smaller_image():
    noise = RANDOM.normal(size=(300, 16, 16, 1)).astype(np.float32)
    assert interpolation_loss(noise, 2) == pytest.approx(0.75, abs=0.02)
    assert interpolation_loss(np.ones((30, 8, 8, 1), np.float32), 2) == 1.0


def test_neighbours_vote_as_the_slow_way_does():
    values, codes = RANDOM.normal(size=(60, 3)), RANDOM.integers(0, 3, 60)
    for at, right in enumerate(left_out(values, codes)):
        near = sorted((np.linalg.norm(values[at] - values[one]), one) for one in range(60) if one != at)[:5]
        votes = Counter(codes[one] for _, one in near)
        best = next(codes[one] for _, one in near if votes[codes[one]] == max(votes.values()))
        assert right == (best == codes[at])


def test_lower_end_by_hand():
    better, worse = np.array([True, True, True, True]), np.array([True, True, False, False])
    assert lower_end(better, worse) == pytest.approx(0.5 - 1.96 * 0.5 / 2)
    assert lower_end(worse, worse) == 0.0


def test_smaller_images_with_the_same_score():
    y = RANDOM.integers(0, 2, 200)
    coarse = np.zeros((200, 24, 24, 1), np.float32)
    coarse[y == 1, :12] = 1.0
    found = resolution(sample_of(coarse + RANDOM.normal(size=coarse.shape).astype(np.float32), y))
    assert found.factors == (1, 2, 3, 4)
    assert found.scores[0] > 0.95
    assert all(low > -0.02 for low in found.lowest)
    assert found.gray_score is None


def test_colour_that_says_the_class_is_lost_in_gray():
    y = RANDOM.integers(0, 2, 200)
    images = RANDOM.normal(size=(200, 8, 8, 3)).astype(np.float32)
    images[..., 0] += 0.587 * 4 * y[:, None, None]
    images[..., 1] -= 0.299 * 4 * y[:, None, None]
    found = resolution(sample_of(images, y))
    assert found.scores[0] > 0.95 > 0.75 > found.gray_score
    assert found.gray_lowest < -0.2


def test_images_without_labels_are_judged_by_interpolation_only():
    found = resolution(sample_of(SMALL.repeat(2, axis=1).repeat(2, axis=2)))
    assert found.scores == (None,) * len(found.factors)
    assert found.losses[1] < 1e-6
    with pytest.raises(TooLittle, match="20 images"):
        resolution(sample_of(SMALL[:19]))
