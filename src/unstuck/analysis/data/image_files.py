"""Image files: what stands in the header, and pixels as small as they may be."""

from __future__ import annotations

import io
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from unstuck.analysis.data.images import Array, ImageHeader, Images, UnreadableImage

if TYPE_CHECKING:
    from PIL.Image import Image

DRAFT_SIDE = 128
"""images of a pass are decoded at the smallest scale of JPEG (1, ½, ¼, ⅛) that has at least that many pixels a side"""
SUFFIXES = (".bmp", ".gif", ".jpeg", ".jpg", ".pgm", ".png", ".ppm", ".tif", ".tiff", ".webp")
"""of image files"""
CAPTURED = 306
"""number of the EXIF field *DateTime*"""


def image_files(paths: Sequence[Path | str]) -> Images:
    """Images that are read from these files, one after the other, each when it is asked for."""
    files = tuple(Path(path) for path in paths)
    return Images(
        count=len(files), load=lambda at: decode(files[at]), paths=tuple(str(path) for path in files),
        small=lambda at, side: decode_small(files[at], side),
    )  # fmt: skip


def image_bytes(read: Callable[[int], bytes], names: Sequence[str]) -> Images:
    """Images whose files are read by a function, such as the members of an archive."""
    return Images(
        count=len(names), load=lambda at: decode(_content(read, at)), paths=tuple(names),
        small=lambda at, side: decode_small(_content(read, at), side),
    )  # fmt: skip


def _content(read: Callable[[int], bytes], at: int) -> bytes:
    try:
        return read(at)
    except Exception as error:  # a damaged archive raises errors of many kinds
        raise UnreadableImage(f"the file cannot be read: {error}") from error


def decode(path: Path | bytes) -> Array:
    """The pixels (height, width, channels) of a file: uint8, or float32 where it has more than 8 bits.

    Raises:
        UnreadableImage: there is no such file, it is empty, is no image, or ends too early.
    """
    with _opened(path) as image:
        return _pixels(image)


def decode_small(path: Path | bytes, side: int) -> tuple[ImageHeader, Array]:
    """The header of a file and its pixels; a JPEG at a smaller scale, as long as it has that many pixels a side.

    Raises:
        UnreadableImage: see `decode`.
    """
    with _opened(path) as image:
        tables = getattr(image, "quantization", None) or {}
        header = ImageHeader(
            width=image.width, height=image.height, mode=image.mode, format=image.format or "",
            bytes=_size(path), captured=_captured(image),
            quantization=float(np.mean(next(iter(tables.values())))) if tables else None,
        )  # fmt: skip
        image.draft(None, (side, side))
        return header, _pixels(image)


def _size(path: Path | bytes) -> int:
    return len(path) if isinstance(path, bytes) else path.stat().st_size


def _captured(image: Image) -> str | None:
    if not image.info.get("exif"):
        return None
    try:
        return str(image.getexif().get(CAPTURED, "")) or None
    except Exception:  # a damaged EXIF block is read by nobody else
        return None


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


def _opened(path: Path | bytes) -> Image:
    from PIL import Image

    try:
        if not _size(path):
            raise UnreadableImage("the file is empty")
        return Image.open(io.BytesIO(path) if isinstance(path, bytes) else path)
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


def read_small(images: Images, at: int, side: int = DRAFT_SIDE) -> tuple[ImageHeader | None, Array]:
    """An image for statistics: a large JPEG at a smaller scale, everything else as it is; with its header, if any.

    Raises:
        UnreadableImage: it is broken.
    """
    return images.small(at, side) if images.small is not None else (None, images.load(at))
