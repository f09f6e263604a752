"""Image files: headers, pixels, small decoding, and everything that may be wrong with a file."""

from __future__ import annotations

import numpy as np
import pytest
from PIL import Image

from unstuck.analysis.data.image_files import decode, decode_small, image_files, read_small
from unstuck.analysis.data.images import Images, UnreadableImage

PIXELS = np.arange(24 * 16 * 3, dtype=np.uint8).reshape(24, 16, 3)


def written(path, array, **options):
    Image.fromarray(array).save(path, **options)
    return path


def test_a_file_without_loss_is_read_as_it_is(tmp_path):
    path = written(tmp_path / "a.png", PIXELS)
    assert np.array_equal(decode(path), PIXELS)
    head, pixels = decode_small(path, 4)
    assert np.array_equal(pixels, PIXELS)
    assert (head.width, head.height, head.mode, head.format) == (16, 24, "RGB", "PNG")
    assert head.bytes == path.stat().st_size
    assert (head.quantization, head.captured) == (None, None)


@pytest.mark.parametrize(
    ("array", "shape", "dtype"),
    [
        (PIXELS[..., 0], (24, 16, 1), np.uint8),
        (np.dstack([PIXELS, PIXELS[..., :1]]), (24, 16, 4), np.uint8),
        (PIXELS[..., 0].astype(np.uint16) * 200, (24, 16, 1), np.float32),
        (PIXELS[..., 0] > 100, (24, 16, 1), np.uint8),
    ],
    ids=["gray", "with transparency", "16 bit", "black and white"],
)
def test_modes(tmp_path, array, shape, dtype):
    pixels = decode(written(tmp_path / "a.png", array))
    assert (pixels.shape, pixels.dtype) == (shape, dtype)
    assert pixels.max() == (array.max() * 255 if array.dtype == bool else array.max())


def test_a_palette_becomes_colours(tmp_path):
    Image.fromarray(PIXELS).convert("P").save(tmp_path / "a.png")
    assert decode(tmp_path / "a.png").shape == (24, 16, 3)


def test_a_jpeg_says_its_quality_and_the_time_it_was_taken(tmp_path):
    exif = Image.Exif()
    exif[306] = "2024:01:02 03:04:05"
    good, _ = decode_small(written(tmp_path / "good.jpg", PIXELS, quality=95, exif=exif), 4)
    bad, _ = decode_small(written(tmp_path / "bad.jpg", PIXELS, quality=30), 4)
    assert good.captured == "2024:01:02 03:04:05"
    assert bad.quantization > 3 * good.quantization > 0


def test_a_large_jpeg_is_decoded_small_and_a_png_is_not(tmp_path):
    large = np.tile(np.linspace(0, 255, 1000).astype(np.uint8)[:, None, None], (1, 800, 3))
    header, small = decode_small(written(tmp_path / "a.jpg", large), 128)
    assert (header.width, header.height) == (800, 1000)
    assert 128 <= min(small.shape[:2]) < 400
    assert np.allclose(small.mean(), large.mean(), atol=2)
    assert decode_small(written(tmp_path / "a.png", large), 128)[1].shape == (1000, 800, 3)


def test_broken_files_say_why_and_others_are_read(tmp_path):
    whole = written(tmp_path / "whole.jpg", np.random.default_rng(0).integers(0, 255, (64, 64, 3)).astype(np.uint8))
    png = written(tmp_path / "whole.png", np.random.default_rng(0).integers(0, 255, (64, 64, 3)).astype(np.uint8))
    contents = {"cut.jpg": whole.read_bytes()[:2000], "cut.png": png.read_bytes()[:2000], "empty.jpg": b"",
                "text.jpg": b"not an image at all", "head.png": png.read_bytes()[:20]}  # fmt: skip
    for name, content in contents.items():
        (tmp_path / name).write_bytes(content)
    names = ["cut.jpg", "cut.png", "empty.jpg", "text.jpg", "absent.jpg", "head.png", "whole.jpg"]
    images = image_files([tmp_path / name for name in names])
    reasons = [str(image) if isinstance(image, UnreadableImage) else image.shape for image in images]
    assert reasons[:5] == [
        "the file is truncated", "the file is truncated", "the file is empty", "the file is no image",
        "there is no such file",
    ]  # fmt: skip
    assert isinstance(reasons[5], str)
    assert reasons[6] == (64, 64, 3)
    with pytest.raises(UnreadableImage, match="no such file"):
        read_small(images, 4)


def test_images_of_arrays_have_no_header_and_are_read_as_they_are():
    images = Images(count=1, load=lambda at: PIXELS)
    assert read_small(images, 0) == (None, PIXELS)
