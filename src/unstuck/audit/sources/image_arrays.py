"""Arrays of images: where the channels stand."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from unstuck.analysis.data.sample import Array
from unstuck.core.errors import UsageError

CHANNELS = (1, 3, 4)


class Layout(NamedTuple):
    """How an image is stored."""

    channel_axis: int | None
    """of one image; None: there is none"""


def image_shape(shape: tuple[int, ...], source: str) -> Layout:
    """The layout of images of this shape.

    Raises:
        UsageError: no axis can be that of the channels.
    """
    if 0 in shape:
        raise UsageError(f"The images of {source} have no pixels: their shape is {shape}.")
    if len(shape) == 2:
        return Layout(None)
    if len(shape) == 3 and shape[-1] in CHANNELS and not (shape[0] in CHANNELS and shape[-1] > 4):
        first = shape[0] in CHANNELS and shape[1] == shape[2]
        return Layout(0 if first else 2)
    if len(shape) == 3 and shape[0] in CHANNELS:
        return Layout(0)
    raise UsageError(
        f"Images have 1, 3 or 4 channels. Those of {source} have the shape {shape}. Select channels, or reshape the "
        "array to a table (n, d)."
    )


def pixels(image: Array, layout: Layout) -> Array:
    """An image as (height, width, channels), uint8 or float32."""
    if layout.channel_axis is None:
        image = image[..., None]
    elif layout.channel_axis == 0:
        image = np.moveaxis(image, 0, -1)
    if image.dtype == np.uint8:
        return image
    if image.dtype.kind == "b":
        return image.astype(np.uint8) * np.uint8(255)
    return image.astype(np.float32)
