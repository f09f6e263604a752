"""Images of a data set: each is read when it is asked for, and small copies of all are kept."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any

import numpy as np

Array = np.ndarray[Any, Any]


class UnreadableImage(Exception):  # noqa: N818 - a fact about the file, not a fault of the program
    """An image cannot be read; the text says why."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ImageHeader:
    """What a file says about its image, without the pixels."""

    width: int
    height: int
    mode: str
    """of Pillow: ``L``, ``RGB``, ``RGBA``, ``I;16`` …"""
    format: str
    """``JPEG``, ``PNG`` …"""
    bytes: int
    """size of the file"""
    quantization: float | None = None
    """mean of the quantisation table of a JPEG: the larger, the lower its quality"""
    captured: str | None = None
    """time stamp in the file"""


@dataclass(frozen=True, eq=False, kw_only=True)
class Images:
    """A sequence of images.

    ``load(i)`` gives image *i* as uint8 or float32 of shape (height, width, channels) with 1, 3 or 4 channels, and
    raises `UnreadableImage` where it is broken.
    """

    count: int
    load: Callable[[int], Array]
    paths: tuple[str, ...] | None = None
    """file of each; None for images in an array"""
    small: Callable[[int, int], tuple[ImageHeader, Array]] | None = None
    """header of image *i* and its pixels at a smaller scale, with at least that many of them a side if the file has as
    many; None for images in an array"""
    cache: dict[Any, Any] = field(default_factory=dict, repr=False)
    """small copies, by size"""

    def __len__(self) -> int:
        return self.count

    def __iter__(self) -> Iterator[Array | UnreadableImage]:
        """Every image; for a broken one the reason."""
        for at in range(self.count):
            try:
                yield self.load(at)
            except UnreadableImage as broken:
                yield broken
