"""Statistics of images against slow, obvious references on one image at a time."""

from __future__ import annotations

import numpy as np
import pytest
from PIL import Image

from unstuck.analysis.data.image_files import image_files
from unstuck.analysis.data.image_statistics import NOT_FINITE, block_cells, image_statistics, shrunk
from unstuck.analysis.data.images import Images, UnreadableImage


def images_of(arrays):
    def load(at):
        if isinstance(arrays[at], str):
            raise UnreadableImage(arrays[at])
        return arrays[at]

    return Images(count=len(arrays), load=load)


def random_images(count, shape, seed=0):
    random = np.random.default_rng(seed)
    return [random.integers(0, 256, shape).astype(np.uint8) for _ in range(count)]


def gray_of(image):
    colour = image[..., :3].astype(float)
    return colour @ [0.299, 0.587, 0.114] if colour.shape[-1] == 3 else colour[..., 0]


@pytest.mark.parametrize("shape", [(28, 28, 1), (20, 17, 3), (16, 24, 4)], ids=["gray", "colour", "transparent"])
def test_every_number_is_what_one_image_gives(shape):
    arrays = random_images(5, shape)
    found = image_statistics(images_of(arrays))
    for at, image in enumerate(arrays):
        colour = image[..., :3].astype(float)
        gray = gray_of(image)
        three = lambda values: np.broadcast_to(values, 3)  # noqa: E731
        np.testing.assert_allclose(found.means[at], three(colour.mean(axis=(0, 1))), rtol=1e-5)
        np.testing.assert_array_equal(found.lowest[at], three(colour.min(axis=(0, 1))))
        np.testing.assert_array_equal(found.highest[at], three(colour.max(axis=(0, 1))))
        np.testing.assert_allclose(found.spread[at], gray.std(), rtol=1e-5)
        ordered = np.sort(gray.ravel())
        assert found.dark[at] == pytest.approx(ordered[int(0.01 * (gray.size - 1))], rel=1e-5, abs=1e-4)
        assert found.bright[at] == pytest.approx(ordered[int(np.ceil(0.99 * (gray.size - 1)))], rel=1e-5)
        ring = np.ones(shape[:2], bool)
        ring[shape[0] // 8 : -(shape[0] // 8), shape[1] // 8 : -(shape[1] // 8)] = False
        np.testing.assert_allclose(found.edges[at], three(colour[ring].mean(axis=0)), rtol=1e-4)
        counts, _ = np.histogram(gray, bins=64, range=(gray.min(), gray.max()))
        shares = counts[counts > 0] / gray.size
        assert found.entropy[at] == pytest.approx(-(shares * np.log2(shares)).sum(), abs=0.02)
        laplacian = [
            gray[y - 1, x] + gray[y + 1, x] + gray[y, x - 1] + gray[y, x + 1] - 4 * gray[y, x]
            for y in range(1, shape[0] - 1) for x in range(1, shape[1] - 1)
        ]
        slopes = np.square(np.diff(gray, axis=0)).mean() + np.square(np.diff(gray, axis=1)).mean()
        assert found.sharpness[at] == pytest.approx(np.log(np.square(laplacian).mean() / slopes), rel=1e-4)
    assert found.sizes.tolist() == [list(shape[:2])] * 5
    assert found.channels.tolist() == [shape[2]] * 5
    assert found.headers == (None,) * 5


@pytest.mark.parametrize("shape", [(32, 32, 3), (28, 28, 1), (5, 40, 3), (1, 3, 1)])
def test_cells_are_means_of_pixels(shape):
    image = random_images(1, shape)[0].astype(np.float32)
    found = block_cells(image[None], 16)[0]
    for down in range(16):
        for across in range(16):
            ends = [np.linspace(0, size, 17).astype(int) for size in shape[:2]]
            top, left = min(ends[0][down], shape[0] - 1), min(ends[1][across], shape[1] - 1)
            bottom, right = max(ends[0][down + 1], top + 1), max(ends[1][across + 1], left + 1)
            expected = image[top:bottom, left:right].mean(axis=(0, 1))
            np.testing.assert_allclose(found[down, across], expected, rtol=1e-5)


def test_rings_and_corners():
    image = np.full((32, 32, 3), 100, np.uint8)
    image[:, 0] = 40  # left line
    image[-4:, -4:, 1] = 180  # green square in the last corner
    found = image_statistics(images_of([image]))
    frame, corners = found.frame[0].reshape(2, 3), found.corners[0].reshape(8, 3)
    extremes = found.extremes[0].reshape(8, 3)
    assert frame.tolist() == [[40, 40, 40], [100, 180, 100]]
    assert extremes[:2].tolist() == [[40, 40, 40], [100, 100, 100]]
    assert extremes[6:].tolist() == [[100, 100, 100], [100, 180, 100]]
    assert corners[7] == pytest.approx([100, 180, 100])  # last corner, an eighth of the image
    assert corners[3] == pytest.approx([100, 180, 100])  # last corner, 3 pixels
    assert corners[0] == pytest.approx([80, 80, 80])
    assert found.inside[0] == pytest.approx(100)
    contrast = found.contrast[0].reshape(8, 3)
    assert contrast[7] == pytest.approx([0, 80, 0])
    assert contrast[[2, 6]] == pytest.approx(0)
    assert contrast[0] == pytest.approx((80 - 90) * 4 / 3)  # 3 × 3 pixels with the left line, 6 × 6 around them


def test_blurring_lowers_sharpness_and_contrast_does_not():
    from scipy.ndimage import gaussian_filter

    image = random_images(1, (32, 32, 1))[0].astype(np.float32)
    sharp, faint, blurred = image_statistics(
        images_of([image, image * 0.1 + 90, gaussian_filter(image, (1.5, 1.5, 0))])
    ).sharpness
    assert faint == pytest.approx(sharp, rel=1e-3)
    assert blurred < sharp - 1


def test_broken_images_are_nan_and_others_are_measured():
    good = random_images(3, (16, 16, 3))
    nan = np.full((16, 16, 3), np.nan, np.float32)
    found = image_statistics(images_of([good[0], "cut off", good[1], nan, good[2]]))
    assert found.reasons == ("", "cut off", "", NOT_FINITE, "")
    assert np.isnan(found.cells).any(axis=1).tolist() == [False, True, False, True, False]
    assert np.isnan(found.spread).tolist() == [False, True, False, True, False]
    assert found.readable.tolist() == [True, False, True, False, True]
    assert found.cells[4] == pytest.approx(good[2].reshape(-1), rel=1e-5)


def test_no_image_can_be_read():
    found = image_statistics(images_of(["cut off"] * 3))
    assert found.means.shape == (3, 3)
    assert np.isnan(found.means).all()
    assert found.cells.shape == (3, 256)


def test_equal_images_have_equal_digests_and_each_is_read_once():
    arrays = random_images(4, (16, 16, 1))
    arrays.append(arrays[1].copy())
    arrays.append(arrays[1].reshape(8, 32, 1))
    reads = []
    images = Images(count=6, load=lambda at: reads.append(at) or arrays[at])
    digests = image_statistics(images).digests
    image_statistics(images)
    assert digests[4] == digests[1]
    assert len(set(digests.tolist())) == 5
    assert reads == list(range(6))


def test_gray_and_coloured_images_may_be_mixed():
    gray, colour = random_images(1, (16, 16, 1))[0], random_images(1, (16, 16, 3))[0]
    found = image_statistics(images_of([gray, colour]))
    assert found.cells.shape == (2, 768)
    assert found.cells[0].reshape(256, 3) == pytest.approx(np.repeat(gray.reshape(256, 1), 3, axis=1), rel=1e-5)


def test_large_arrays_are_averaged_and_keep_their_size(tmp_path):
    large = np.tile(np.linspace(0, 255, 520).astype(np.uint8)[:, None, None], (1, 390, 1))
    assert shrunk(large[None]).shape == (1, 173, 130, 1)
    assert shrunk(large[None])[0, 1, 0, 0] == pytest.approx(large[3:6].mean())
    Image.fromarray(large[..., 0]).save(tmp_path / "a.jpg", quality=95)
    file, array = image_statistics(image_files([tmp_path / "a.jpg"])), image_statistics(images_of([large]))
    assert file.sizes.tolist() == array.sizes.tolist() == [[520, 390]]
    assert file.means == pytest.approx(array.means, abs=1.0)
    assert file.headers[0].format == "JPEG"
