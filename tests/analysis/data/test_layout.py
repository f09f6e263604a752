"""Roughness of images with axes that are known, and splits that lie on their side."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.ndimage import gaussian_filter

from unstuck.analysis.data.images import Images
from unstuck.analysis.data.layout import TURNS, in_no_order, layout, nearest, orientations, roughness, turned
from unstuck.analysis.data.sample import DataSet, Sample
from unstuck.core.data_types import Form
from unstuck.core.outcome import TooLittle


def sample_of(pixels, split=0, **fields):
    images = Images(count=len(pixels), load=lambda at: pixels[at], **fields)
    return Sample(split=split, name=f"s{split}", form=Form.IMAGE, rows=np.arange(len(pixels)), images=images)


def smooth(shape, seed=0):
    random = np.random.default_rng(seed)
    return gaussian_filter(random.normal(size=shape), (0, 2, 2, 0)[: len(shape)]).astype(np.float32)


def test_roughness_is_1_for_noise_and_as_computed_by_hand():
    assert roughness(np.random.default_rng(0).normal(size=(200, 20, 20, 1))) == pytest.approx(1, abs=0.02)
    image = np.array([[0.0, 2.0], [0.0, 2.0]])[None, :, :, None]  # rows alike, columns differ by 2; variance 1
    assert roughness(image) == pytest.approx((0 + 4) / 2 / 2)


@pytest.mark.parametrize(
    ("store", "other"),
    [
        (lambda x: x.transpose(0, 3, 1, 2).reshape(x.shape), "channels first"),
        (lambda x: x.reshape(50, 3, 20, 16).transpose(0, 2, 3, 1), "channels last"),
        (lambda x: x.reshape(50, 16, 20, 3), "width and height exchanged"),
        (lambda x: x.transpose(0, 3, 1, 2).reshape(50, 3, 16, 20).transpose(0, 2, 3, 1), "width and height exchanged"),
    ],
    ids=["channels first", "channels last", "width for height", "so with channels first"],
)  # fmt: skip
def test_the_right_reading_is_the_smoothest(store, other):
    pixels = smooth((50, 20, 16, 3))
    sick, clean = layout(sample_of(store(pixels))), layout(sample_of(pixels))
    assert sick.other_reading == other
    assert sick.other_roughness == pytest.approx(clean.roughness, rel=1e-5)
    assert sick.roughness > 1.5 * clean.roughness
    assert clean.roughness < clean.other_roughness


def test_square_gray_images_have_no_other_reading():
    found = layout(sample_of(smooth((50, 20, 20, 1))))
    assert (found.other_reading, found.other_roughness, found.shape) == (None, None, (20, 20, 1))


def test_time_for_examples():
    random = np.random.default_rng(0)
    series = np.cumsum(random.normal(size=(300, 40, 1)), axis=1) + random.normal(size=(300, 40, 12)) * 0.1
    right, wrong = (layout(sample_of(x[..., None])) for x in (series, series.swapaxes(0, 1)))
    assert right.down < 0.2
    assert right.between_examples > 0.8
    assert wrong.down > 0.8
    assert wrong.between_examples < 0.2


def test_files_and_few_images_are_not_judged():
    with pytest.raises(TooLittle, match="array"):
        layout(sample_of(smooth((50, 9, 9, 1)), small=lambda at, side: None))
    with pytest.raises(TooLittle, match="20 images"):
        layout(sample_of(smooth((19, 9, 9, 1))))


@pytest.mark.parametrize("way", range(8))
def test_ways_to_lay_an_image_differ_and_keep_its_pixels(way):
    image = np.arange(9).reshape(3, 3, 1)
    laid = turned(image, way)
    assert sorted(laid.ravel()) == list(range(9))
    assert [other for other in range(8) if np.array_equal(turned(image, other), laid)] == [way]
    assert np.array_equal(laid[..., 0], image[..., 0].T) == (TURNS[way] == "transposed")


def test_nearest_is_the_smallest_distance():
    random = np.random.default_rng(0)
    values, others = random.normal(size=(7, 4)), random.normal(size=(9, 4))
    expected = [min(np.linalg.norm(one - other) for other in others) for one in values]
    assert nearest(values, others) == pytest.approx(expected)


@pytest.mark.parametrize("way", [0, 1, 5])
def test_a_held_out_split_that_lies_on_its_side(way):
    kinds = smooth((6, 16, 16, 1), seed=3)
    random = np.random.default_rng(1)
    pixels = kinds[random.integers(0, 6, 200)] + 0.05 * random.normal(size=(200, 16, 16, 1))
    train, test = pixels[:150].astype(np.float32), turned(pixels[150:], way).astype(np.float32)
    (found,) = orientations(DataSet(samples=(sample_of(train), sample_of(test, 1))))
    assert (found.split, found.other, found.looked_at) == (1, 0, 50)
    undo = {0: 0, 1: 3, 5: 5}[way]
    assert found.best == TURNS[undo]
    assert (found.z > 6) == (way != 0)
    assert (found.distance > 1.02 * found.best_distance) == (way != 0)


def smooth_pictures(count=200, side=16, seed=0):
    """Sums of a few broad spots, the same for all pictures, each as bright as it likes."""
    random = np.random.default_rng(seed)
    row, column = np.mgrid[:side, :side]
    spots = np.stack([
        np.exp(-((row - a) ** 2 + (column - b) ** 2) / 18) for a, b in random.uniform(2, side - 2, (6, 2))
    ])  # fmt: skip
    return np.tensordot(random.uniform(0, 100, (count, 6)), spots, 1) + random.normal(0, 3, (count, side, side))


def test_pixels_in_one_random_order_are_told_from_pictures_and_from_noise():
    random = np.random.default_rng(1)
    pictures = smooth_pictures()
    mixed = pictures.reshape(200, -1)[:, random.permutation(256)].reshape(pictures.shape)
    noise = random.normal(128, 30, pictures.shape)
    noise[:100, :3, :3] = 255
    assert in_no_order(mixed)
    assert not in_no_order(pictures)
    assert not in_no_order(noise)
    assert not in_no_order(random.normal(size=(200, 8, 8)))
    assert not in_no_order(np.zeros((200, 8, 8)))
