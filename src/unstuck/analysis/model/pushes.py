"""Inputs that are pushed away from the data step by step: images, and rows of numbers.

Shapes: images are (n, C, H, W) from 0 to 1; tables (n, k).
"""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

import numpy as np

from unstuck.analysis.model.appearance import background, blurred, gray_of
from unstuck.analysis.model.predictions import Array


class Push(NamedTuple):
    """One way to push."""

    way: str
    unit: str
    amounts: tuple[float, ...]
    """0 first"""
    usual: float
    """largest amount that inputs in use have: a camera out of focus, a dark room"""
    move: Callable[[Array, float, np.random.Generator], Array]
    same_class: bool = True
    """the class of the pushed input is still that of the input"""


def noisy(images: Array, amount: float, random: np.random.Generator) -> Array:
    """Gaussian noise on every value."""
    noise = random.normal(size=images.shape)
    return np.asarray(np.clip(images + amount * np.asarray(noise, images.dtype), 0.0, 1.0))


def out_of_focus(images: Array, amount: float, _random: np.random.Generator) -> Array:
    """A Gaussian blur; ``amount`` is its width in shares of the smaller side."""
    return blurred(images, amount * min(images.shape[2:])) if amount else images


def flat(images: Array, amount: float, _random: np.random.Generator) -> Array:
    """Contrast taken away: what is left of the difference from the mean gray is ``1 − amount``."""
    middle = gray_of(images).mean(axis=(1, 2))[:, None, None, None]
    return np.asarray(middle + (1 - amount) * (images - middle))


def brighter(images: Array, amount: float, _random: np.random.Generator) -> Array:
    """Light added everywhere."""
    return np.asarray(np.clip(images + amount, 0.0, 1.0))


def turned(images: Array, amount: float, _random: np.random.Generator) -> Array:
    """Rotated by degrees; what comes in has the colour of the background."""
    from scipy.ndimage import rotate  # type: ignore[attr-defined]

    if not amount:
        return images
    ground = background(images)[:, :, None, None]
    made = rotate(images - ground, amount, axes=(3, 2), reshape=False, order=1, mode="constant", cval=0.0)
    return np.asarray(np.clip(made + ground, 0.0, 1.0))


def larger(images: Array, amount: float, _random: np.random.Generator) -> Array:
    """The middle of the image, ``1 + amount`` times as large."""
    if not amount:
        return images
    height, width = images.shape[2:]
    at = [np.clip(np.round((np.arange(size) - (size - 1) / 2) / (1 + amount) + (size - 1) / 2), 0, size - 1).astype(int)
          for size in (height, width)]  # fmt: skip
    return np.asarray(images[:, :, at[0]][:, :, :, at[1]])


def mixed(values: Array, amount: float, random: np.random.Generator) -> Array:
    """Pixels, or columns, taken from other examples: ``amount`` is their share. 1: nothing goes together any more."""
    made = values.reshape(len(values), values.shape[1] if values.ndim == 4 else 1, -1).copy()
    for place in np.flatnonzero(random.random(made.shape[2]) < amount):
        made[:, :, place] = made[random.permutation(len(made)), :, place]
    return made.reshape(values.shape)


def scrambled(images: Array, amount: float, random: np.random.Generator) -> Array:
    """Pixels that change their places: ``amount`` is their share."""
    made = images.reshape(*images.shape[:2], -1).copy()
    places = np.flatnonzero(random.random(made.shape[2]) < amount)
    made[:, :, places] = made[:, :, random.permutation(places)]
    return made.reshape(images.shape)


OF_IMAGES: tuple[Push, ...] = (
    Push("noise", "of the range of values", (0.0, 0.05, 0.1, 0.2, 0.4, 0.8), 0.1, noisy),
    Push("blur", "of the side", (0.0, 0.02, 0.035, 0.06, 0.1, 0.2), 0.035, out_of_focus),
    Push("loss of contrast", "of the contrast", (0.0, 0.2, 0.4, 0.6, 0.8, 0.95), 0.4, flat),
    Push("brightness", "of the range of values", (0.0, 0.1, 0.2, 0.3, 0.5, 0.8), 0.2, brighter),
    Push("rotation", "degrees", (0.0, 10.0, 20.0, 45.0, 90.0), 20.0, turned, same_class=True),
    Push("enlargement", "of the size", (0.0, 0.1, 0.25, 0.5, 1.0, 2.0), 0.25, larger),
    Push("pixels in other places", "of the pixels", (0.0, 0.25, 0.5, 1.0), 0.0, scrambled, same_class=False),
    Push("pixels of other images", "of the pixels", (0.0, 0.25, 0.5, 1.0), 0.0, mixed, same_class=False),
)


def outward(table: Array, amount: float, _random: np.random.Generator) -> Array:
    """All columns away from their medians: each row ``1 + amount`` times as far."""
    middle = np.median(table, axis=0)
    return np.asarray(middle + (1 + amount) * (table - middle))


def jittered(table: Array, amount: float, random: np.random.Generator) -> Array:
    """Gaussian noise of so many standard deviations of each column."""
    return np.asarray(table + amount * table.std(axis=0) * random.normal(size=table.shape))


OF_TABLES: tuple[Push, ...] = (
    Push("all columns outward", "times the distance from the median", (0.0, 1.0, 3.0, 9.0, 31.0), 0.0, outward,
         same_class=False),
    Push("noise", "standard deviations", (0.0, 0.1, 0.25, 0.5, 1.0, 2.0), 0.25, jittered, same_class=False),
    Push("columns of other rows", "of the columns", (0.0, 0.25, 0.5, 1.0), 0.0, mixed, same_class=False),
)  # fmt: skip
