"""Image files: what stands in the header, and pixels as small as they may be."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from unstuck.analysis.data.images import Array, ImageHeader, Images, UnreadableImage

if TYPE_CHECKING:
    from PIL.Image import Image

DRAFT_SIDE = 128
"""images of a pass are decoded at the smallest scale of JPEG (1, ½, ¼, ⅛) that has at least that many pixels a side"""
SUFFIXES = (".bmp", ".gif", ".jpeg", ".jpg", ".png", ".ppm", ".pgm", ".tif", ".tiff", ".webp")
CAPTURED = 306
"""number of the EXIF field *DateTime*"""


def image_files(paths: Sequence[Path | str]) -> Images:
    """Images that are read from these files, one after the other, each when it is asked for."""
    files = tuple(Path(path) for path in paths)
    return Images(
        count=len(files), load=lambda at: decode(files[at]), paths=tuple(str(path) for path in files),
        header=lambda at: header(files[at]), small=lambda at, side: decode(files[at], side),
    )  # fmt: skip


def header(path: Path) -> ImageHeader:
    """What the header of a file says, without its pixels.

    Raises:
        UnreadableImage: there is no such file, it is empty, or it is no image.
    """
    with _opened(path) as image:
        return _header(path, image)


def _header(path: Path, image: Image) -> ImageHeader:
    tables = getattr(image, "quantization", None) or {}
    quality = float(np.mean(next(iter(tables.values())))) if tables else None
    return ImageHeader(
        width=image.width, height=image.height, mode=image.mode, format=image.format or "", bytes=path.stat().st_size,
        quantization=quality, captured=str(image.getexif().get(CAPTURED, "")) or None,
    )


def decode(path: Path, side: int | None = None) -> Array:
    """The pixels (height, width, channels) of a file: uint8, or float32 where it has more than 8 bits.

    Args:
        path: the file.
        side: a JPEG may be decoded at a smaller scale, as long as it is at least that wide and high.

    Raises:
        UnreadableImage: it cannot be read, or ends too early.
    """
    with _opened(path) as image:
        if side is not None:
            image.draft(None, (side, side))
        return _pixels(image)


def _pixels(image: Image) -> Array:
    try:
        image.load()
    except Exception as error:
        raise UnreadableImage(_reason(error)) from error
    if image.mode in ("P", "CMYK", "YCbCr", "HSV", "LAB", "PA", "RGBX"):
        image = image.convert("RGBA" if "transparency" in image.info or image.mode == "PA" else "RGB")
    array = np.asarray(image)
    if array.dtype == bool:
        array = array.astype(np.uint8) * np.uint8(255)
    if array.dtype != np.uint8:
        array = array.astype(np.float32)
    if array.ndim == 2:
        array = array[..., None]
    return array[..., :1] if array.shape[-1] == 2 else array


def _opened(path: Path) -> Image:
    from PIL import Image

    try:
        if path.stat().st_size == 0:
            raise UnreadableImage("the file is empty")
        return Image.open(path)
    except FileNotFoundError as error:
        raise UnreadableImage("there is no such file") from error
    except UnreadableImage:
        raise
    except Exception as error:
        raise UnreadableImage(_reason(error)) from error


def _reason(error: Exception) -> str:
    """Why an image cannot be read, in the words of Pillow without the path."""
    text = str(error)
    if "truncated" in text or "premature" in text.lower() or "bytes not processed" in text:
        return "the file is truncated"
    if "cannot identify" in text:
        return "the file is no image"
    return text.split(": '")[0] or type(error).__name__


def peek(images: Images, at: int) -> ImageHeader | None:
    """The header of an image; None for images in arrays.

    Raises:
        UnreadableImage: it has none.
    """
    return images.header(at) if images.header is not None else None


def read_small(images: Images, at: int, side: int = DRAFT_SIDE) -> Array:
    """An image for statistics: a large JPEG at a smaller scale, everything else as it is.

    Raises:
        UnreadableImage: it is broken.
    """
    return images.small(at, side) if images.small is not None else images.load(at)
