"""Random transforms: examples read twice, training images that no longer look like held-out ones."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.ndimage import gaussian_filter

from unstuck.analysis.data.augmentation import _squares, augmentation, standardised_difference, upright
from unstuck.analysis.data.images import Images
from unstuck.analysis.data.sample import DataSet, Sample
from unstuck.core.data_types import Form
from unstuck.core.outcome import TooLittle

KINDS = gaussian_filter(np.random.default_rng(5).normal(size=(4, 16, 16, 1)), (0, 1.5, 1.5, 0)).astype(np.float32)


def sample_of(count, split, change=None, live=True, seed=0):
    random = np.random.default_rng(seed + split)
    pixels = KINDS[random.integers(0, 4, count)] + 0.02 * random.normal(size=(count, 16, 16, 1)).astype(np.float32)
    read = (lambda at: pixels[at]) if change is None else (lambda at: change(pixels[at], random))
    kept = np.stack([read(at) for at in range(count)])
    images = Images(count=count, load=lambda at: kept[at])
    return Sample(split=split, name=f"s{split}", form=Form.IMAGE, rows=np.arange(count) + 7, images=images,
                  read_again=read if live else None)  # fmt: skip


def noise(image, random):
    return random.random(image.shape).astype(np.float32)


def mirrored(image, random):
    return image[:, ::-1] if random.random() < 0.5 else image


def moved(image, random):
    return np.roll(image, tuple(random.integers(-2, 3, 2)), axis=(0, 1))


def of(train, test=None):
    held_out = sample_of(80, 1) if test is None else test
    return list(augmentation(DataSet(samples=(train, held_out))))


def test_examples_that_stay_the_same():
    train, test = of(sample_of(120, 0))
    assert (train.looked_at, train.differing, train.rows, train.difference) == (32, 0, (), None)
    assert (test.split, test.differing) == (1, 0)


def test_held_out_examples_that_change():
    _, test = of(sample_of(120, 0), sample_of(80, 1, moved))
    assert test.differing > 20
    assert len(test.rows) == test.differing
    assert min(test.rows) >= 7


def test_noise_in_place_of_images_is_far_from_held_out_images():
    train, _ = of(sample_of(120, 0, noise))
    assert train.statistic in ("sharpness", "dark", "bright", "means")
    assert abs(train.difference) > 5
    assert train.other == 1


@pytest.mark.parametrize(("change", "destroyed"), [(mirrored, True), (moved, False)])
def test_mirrored_images_are_less_often_upright_and_moved_ones_are_not(change, destroyed):
    train, _ = of(sample_of(200, 0, change))
    assert train.differing > 5
    assert (train.z > 5) == destroyed
    assert train.upright_held_out > 0.95
    assert train.upright == pytest.approx(0.5 if destroyed else 1.0, abs=0.1)
    assert abs(train.difference) < 5


def test_upright_counts_images_whose_best_match_needs_no_turn():
    squares = _squares(KINDS.reshape(4, -1), 10, np.random.default_rng(0))
    assert np.square(squares).sum(axis=(1, 2)) == pytest.approx(1)
    laid = squares.copy()
    laid[0] = np.rot90(laid[0])
    assert upright(laid, squares) == (0.75, 4)


def test_standardised_difference_by_hand():
    assert standardised_difference(np.array([1.0, 3.0, np.nan]), np.array([0.0, 2.0])) == pytest.approx(1.0)
    assert standardised_difference(np.ones(3), np.ones(3)) == 0.0
    assert standardised_difference(np.array([np.nan]), np.ones(3)) == 0.0


def test_files_and_arrays_have_no_random_transforms():
    with pytest.raises(TooLittle, match="user's code"):
        of(sample_of(50, 0, live=False), sample_of(50, 1, live=False))
