"""The small pictures of examples: each kind of pixels keeps its brightness, its colours and its sides."""

from __future__ import annotations

import base64
import io

import numpy as np
import pytest
from PIL import Image

from unstuck.analysis.data.image_files import image_files
from unstuck.analysis.data.images import Images
from unstuck.analysis.data.sample import Sample
from unstuck.audit.shown import LARGEST_SIDE, encoded, thumbnail
from unstuck.core.data_types import Form

COLOUR = np.random.default_rng(0).integers(0, 120, (24, 16, 3)).astype(np.uint8)
"""all dark: a stretched picture would be brighter"""


def seen(text):
    return np.asarray(Image.open(io.BytesIO(base64.b64decode(text))))


def picture_of(*arrays):
    """The first of the images of a split as it is shown."""
    images = Images(count=len(arrays), load=lambda at: arrays[at])
    sample = Sample(split=0, name="train", form=Form.IMAGE, rows=np.arange(len(arrays)), images=images)
    return seen(thumbnail(sample, 0))


@pytest.mark.parametrize(
    "change",
    [lambda x: x, lambda x: x / np.float32(255), lambda x: x / np.float32(127.5) - 1, lambda x: x.astype(np.float32)],
    ids=["uint8", "0 to 1", "-1 to 1", "0 to 255"],
)
def test_brightness_is_kept(change):
    brighter = np.full_like(COLOUR, 250)
    assert np.abs(picture_of(change(COLOUR), change(brighter)).astype(int) - COLOUR).max() <= 1


def test_other_numbers_are_stretched_by_what_the_split_holds():
    faint = (COLOUR[..., :1] / 10).astype(np.float32)
    assert (picture_of(faint).min(), picture_of(faint).max()) == (0, 255)
    assert 100 <= picture_of(faint, faint * 2).max() <= 128
    assert picture_of(np.full((8, 8, 1), 4000.0, np.float32)).max() == 0


@pytest.mark.parametrize(("channels", "shape"), [(1, (24, 16)), (3, (24, 16, 3)), (4, (24, 16, 4)), (7, (24, 16))])
def test_channels(channels, shape):
    image = np.random.default_rng(1).integers(0, 256, (24, 16, channels)).astype(np.uint8)
    assert seen(encoded(image)).shape == shape
    assert np.array_equal(seen(encoded(image)).reshape(-1), image[..., : 1 if channels == 7 else None].reshape(-1))


def test_a_split_with_nan_is_shown():
    image = np.full((8, 8, 1), 0.5, np.float32)
    image[0, 0] = np.nan
    assert seen(encoded(image, (0.0, 1.0)))[0, 0] == 0
    assert seen(encoded(image, (0.0, 1.0)))[1, 1] == 128


def test_files_become_small_pictures_and_broken_ones_none(tmp_path):
    Image.fromarray(np.tile(COLOUR, (40, 40, 1))).save(tmp_path / "large.jpg")
    (tmp_path / "cut.jpg").write_bytes((tmp_path / "large.jpg").read_bytes()[:5000])
    images = image_files([tmp_path / "large.jpg", tmp_path / "cut.jpg"])
    sample = Sample(split=0, name="train", form=Form.IMAGE, rows=np.arange(2), images=images)
    assert seen(thumbnail(sample, 0)).shape == (LARGEST_SIDE, LARGEST_SIDE * 2 // 3, 3)
    assert thumbnail(sample, 1) == ""


def test_sixteen_bits_are_stretched(tmp_path):
    Image.fromarray((COLOUR[..., 0].astype(np.uint16) + 1000) * 8).save(tmp_path / "a.png")
    images = image_files([tmp_path / "a.png"])
    sample = Sample(split=0, name="train", form=Form.IMAGE, rows=np.arange(1), images=images)
    picture = seen(thumbnail(sample, 0))
    assert (picture.min(), picture.max()) == (0, 255)
