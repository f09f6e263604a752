"""Attributes of the appearance of images, and how an image is given the attribute of another one.

Shapes: images are (n, C, H, W) from 0 to 1, with 1 or 3 channels; *k* numbers of an attribute. An attribute that a pair
of images cannot exchange leaves the image as it is.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import NamedTuple

import numpy as np

from unstuck.analysis.model.predictions import Array

RING = 14
"""the border is this part of a side wide, at least one pixel"""
CORNER = 6
"""a corner is this part of a side wide, at least two pixels"""
LEAST = 1e-3
"""of a brightness or a chroma that can be scaled"""
MOST_GAIN = 8.0
NEAR_BACKGROUND = 0.1
"""of the range of values"""
EVEN_BORDER = 0.6
"""share of the border that lies near its median where there is a background of one colour"""


class Attribute(NamedTuple):
    """One attribute: its numbers, and how it is exchanged."""

    measure: Callable[[Array], Array]  # (n, C, H, W) → (n, k)
    give: Callable[[Array, Array], Array]  # images, the images that give → images
    sort: str


def gray_of(images: Array) -> Array:  # (n, H, W)
    """The mean of the channels."""
    return np.asarray(images.mean(axis=1))


def tint(images: Array) -> Array:  # (n, C)
    """Mean difference of each channel from gray, for one unit of gray: the colour of the image as a whole."""
    gray = gray_of(images)
    chroma = (images - gray[:, None]).mean(axis=(2, 3))
    return np.asarray(chroma / np.maximum(gray.mean(axis=(1, 2)), LEAST)[:, None])


def with_tint(images: Array, givers: Array) -> Array:
    """Turned to the hue of the giver, with its strength of colour; the brightness of each pixel stays."""
    if images.shape[1] != 3:
        return images
    own, other = _plane(tint(images)), _plane(tint(givers))
    sizes = np.abs(own), np.abs(other)
    turns = (sizes[0] > LEAST) & (sizes[1] > LEAST)
    factor = np.where(turns, other / np.where(turns, own, 1.0), 1.0)
    factor *= np.minimum(1.0, MOST_GAIN / np.maximum(np.abs(factor), LEAST))
    gray = gray_of(images)
    turned = _channels(_plane_of(images - gray[:, None]) * factor[:, None, None])
    rest = tint(givers) - tint(np.concatenate([turned + gray[:, None]]))
    return np.asarray(np.clip(gray[:, None] + turned + rest[:, :, None, None] * gray[:, None], 0.0, 1.0))


_ROOT = np.exp(2j * np.pi * np.arange(3) / 3)


def _plane(chroma: Array) -> Array:
    """Colours without their gray as complex numbers: the angle is the hue. (n, 3) → (n,)."""
    return np.asarray(chroma @ _ROOT) if chroma.shape[1] == 3 else np.zeros(len(chroma), complex)


def _plane_of(images: Array) -> Array:
    return np.asarray(np.tensordot(_ROOT, images, axes=(0, 1)))


def _channels(plane: Array) -> Array:
    """The colours of the plane, (n, H, W) → (n, 3, H, W)."""
    return np.asarray((plane[:, None] * np.conj(_ROOT)[None, :, None, None]).real * (2.0 / 3.0))


def ends(images: Array) -> Array:  # (n, 2)
    """The darkest and the brightest value of the gray image."""
    flat = gray_of(images).reshape(len(images), -1)
    return np.asarray(np.quantile(flat, (0.01, 0.99), axis=1).T)


def with_ends(images: Array, givers: Array) -> Array:
    """Stretched to the darkest and the brightest value of the giver."""
    own, other = ends(images), ends(givers)
    width = own[:, 1] - own[:, 0]
    gain = np.where(width > LEAST, (other[:, 1] - other[:, 0]) / np.maximum(width, LEAST), 1.0)
    gain = np.clip(gain, 0.0, MOST_GAIN)[:, None, None, None]
    return np.asarray(np.clip((images - own[:, 0, None, None, None]) * gain + other[:, 0, None, None, None], 0.0, 1.0))


def sharpness(images: Array) -> Array:  # (n, 1)
    """Logarithm of the mean square that a small blur takes away, for the mean square of the image around its mean."""
    gray = gray_of(images)[:, None]
    fine = np.square(gray - blurred(gray, 1.0)).mean(axis=(1, 2, 3))
    whole = gray.var(axis=(1, 2, 3))
    return np.asarray(np.log((fine + 1e-8) / (whole + 1e-6))[:, None])


def with_sharpness(images: Array, givers: Array) -> Array:
    """The fine details stronger or weaker, as the giver has them; several times, for they change with the blur."""
    made = images
    for _ in range(3):
        away = np.exp((sharpness(givers) - sharpness(made)) / 2)[:, :, None, None]
        coarse = blurred(made, 1.0)
        made = np.clip(coarse + np.clip(away, 0.0, 4.0) * (made - coarse), 0.0, 1.0)
    return made


def blurred(images: Array, sigma: float) -> Array:
    """With a Gaussian of this many pixels."""
    from scipy.ndimage import gaussian_filter  # type: ignore[attr-defined]

    return np.asarray(gaussian_filter(images, (0, 0, sigma, sigma), mode="nearest"))


def _ring(images: Array) -> Array:  # (H, W) bool
    height, width = images.shape[2:]
    down, across = max(1, height // RING), max(1, width // RING)
    inside = np.zeros((height, width), bool)
    inside[down : height - down, across : width - across] = True
    return ~inside


def border(images: Array) -> Array:  # (n, 2 C)
    """Mean and spread of each channel along the border."""
    ring = images[:, :, _ring(images)]
    return np.concatenate([ring.mean(axis=2), ring.std(axis=2)], axis=1)


def with_border(images: Array, givers: Array) -> Array:
    """With the border of the giver."""
    return np.where(_ring(images), givers, images)


def _corner_mask(images: Array) -> Array:  # (H, W) bool
    height, width = images.shape[2:]
    down, across = max(2, height // CORNER), max(2, width // CORNER)
    rows = (np.arange(height) < down) | (np.arange(height) >= height - down)
    columns = (np.arange(width) < across) | (np.arange(width) >= width - across)
    return np.asarray(rows[:, None] & columns[None])


def corners(images: Array) -> Array:  # (n, 4 C)
    """Mean of each channel in the four corners."""
    height, width = images.shape[2:]
    down, across = max(2, height // CORNER), max(2, width // CORNER)
    cut = (images[:, :, :down, :across], images[:, :, :down, -across:], images[:, :, -down:, :across],
           images[:, :, -down:, -across:])  # fmt: skip
    return np.concatenate([one.mean(axis=(2, 3)) for one in cut], axis=1)


def with_corners(images: Array, givers: Array) -> Array:
    """With the four corners of the giver."""
    return np.where(_corner_mask(images), givers, images)


def background(images: Array) -> Array:  # (n, C)
    """The median colour of the border."""
    return np.asarray(np.median(images[:, :, _ring(images)], axis=2))


def with_background(images: Array, givers: Array) -> Array:
    """What lies near the colour of the background moves to that of the giver, where it is one colour."""
    own, other = background(images), background(givers)
    away = np.abs(images - own[:, :, None, None]).max(axis=1)  # (n, H, W)
    even = (away[:, _ring(images)] < NEAR_BACKGROUND).mean(axis=1) >= EVEN_BORDER
    weight = np.clip(2 - away / NEAR_BACKGROUND, 0.0, 1.0) * even[:, None, None]
    moved = images + (other - own)[:, :, None, None]
    return np.asarray(np.clip(images + weight[:, None] * (moved - images), 0.0, 1.0))


def position(images: Array) -> Array:  # (n, 2)
    """Where the mean of what differs from the background lies, in shares of the sides from the middle."""
    height, width = images.shape[2:]
    away = np.abs(images - background(images)[:, :, None, None]).mean(axis=1)
    away = np.where(away > NEAR_BACKGROUND, away, 0.0) + 1e-9
    mass = away.sum(axis=(1, 2))
    rows, columns = (np.arange(height) + 0.5) / height - 0.5, (np.arange(width) + 0.5) / width - 0.5
    return np.stack([away.sum(axis=2) @ rows / mass, away.sum(axis=1) @ columns / mass], axis=1)


def with_position(images: Array, givers: Array) -> Array:
    """Moved by whole pixels to where the giver has it; what comes in has the colour of the background."""
    height, width = images.shape[2:]
    steps = np.round((position(givers) - position(images)) * (height, width)).astype(int)
    made = np.broadcast_to(background(images)[:, :, None, None], images.shape).copy()
    for at, (down, across) in enumerate(steps):
        to = slice(max(0, down), height + min(0, down)), slice(max(0, across), width + min(0, across))
        of = slice(max(0, -down), height - max(0, down)), slice(max(0, -across), width - max(0, across))
        made[at][:, to[0], to[1]] = images[at][:, of[0], of[1]]
    return made


ATTRIBUTES: Mapping[str, Attribute] = MappingProxyType({
    "colour": Attribute(tint, with_tint, "appearance"),
    "brightness": Attribute(ends, with_ends, "appearance"),
    "sharpness": Attribute(sharpness, with_sharpness, "appearance"),
    "background": Attribute(background, with_background, "appearance"),
    "border": Attribute(border, with_border, "place"),
    "corners": Attribute(corners, with_corners, "place"),
    "position": Attribute(position, with_position, "appearance"),
})  # fmt: skip
"""what an image looks like apart from what it shows"""
