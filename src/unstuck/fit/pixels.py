"""Images as inputs: one size, colours first. Shapes: *n* images, *c* channels, *h* and *w* sides."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from unstuck.analysis.data.images import Images, UnreadableImage
from unstuck.core.errors import UsageError

Array = np.ndarray[Any, Any]
LARGEST_SIDE = 64
"""larger images are made smaller: a subset that fits into memory comes first"""
LOOKED_AT = 200
"""images whose size decides"""


def size_of(images: Images) -> tuple[int, int, int]:
    """Channels, height and width of what the network gets."""
    made = [_loaded(images, at) for at in np.linspace(0, len(images) - 1, min(len(images), LOOKED_AT)).astype(int)]
    channels = 3 if any(one.shape[-1] >= 3 for one in made) else 1
    height, width = (int(np.median([one.shape[axis] for one in made])) for axis in (0, 1))
    factor = min(1.0, LARGEST_SIDE / max(height, width))
    return channels, max(8, round(height * factor)), max(8, round(width * factor))


def pixels_of(images: Images, size: Sequence[int]) -> Array:
    """(n, c, h, w) uint8."""
    channels, height, width = size
    made = np.zeros((len(images), height, width, channels), np.uint8)
    for at in range(len(images)):
        made[at] = _fitted(_loaded(images, at), channels, height, width)
    return np.ascontiguousarray(made.transpose(0, 3, 1, 2))


def _loaded(images: Images, at: int) -> Array:
    try:
        return images.load(int(at))
    except UnreadableImage as broken:
        name = images.paths[at] if images.paths else f"image {at}"
        raise UsageError(f"{name} cannot be read: {broken}. Take it out of the data.") from broken


def _fitted(image: Array, channels: int, height: int, width: int) -> Array:
    if image.dtype != np.uint8:
        top = 255.0 if float(image.max(initial=0.0)) <= 1.0 else 1.0
        image = np.clip(image * top, 0, 255).astype(np.uint8)
    if image.shape[:2] != (height, width):
        from PIL import Image

        bare = image[..., 0] if image.shape[-1] == 1 else image[..., :3]
        image = np.asarray(Image.fromarray(bare).resize((width, height), Image.Resampling.BILINEAR))
        image = image[..., None] if image.ndim == 2 else image
    if channels == 1 and image.shape[-1] >= 3:
        image = np.round(image[..., :3] @ np.array([0.299, 0.587, 0.114])).astype(np.uint8)[..., None]
    return image[..., :3] if channels == 3 and image.shape[-1] >= 3 else np.repeat(image[..., :1], channels, axis=-1)
