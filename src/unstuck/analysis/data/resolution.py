"""How far images can be made smaller before something is lost: to interpolation, and to nearest neighbours.

Shapes: *N* images, *H* height, *W* width, *C* channels.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from unstuck.analysis.data.image_statistics import brightness
from unstuck.analysis.data.images import Array
from unstuck.analysis.data.layout import some_images
from unstuck.analysis.data.sample import Sample
from unstuck.core.outcome import TooLittle
from unstuck.record.events.data.resolution import Resolution

FACTORS = (2, 3, 4, 8)
LEAST_SIDE = 4
"""pixels of the smaller images"""
MOST_IMAGES = 1000
LARGEST_SIDE = 64
"""pixels of the images whose neighbours are asked"""
LEAST_IMAGES = 20
LEAST_WITH_LABEL = 100
NEIGHBOURS = 5
NORMAL = 1.96
"""95 % of a normal distribution are within so many standard errors"""


def resolution(sample: Sample) -> Resolution:
    """What is lost at each factor.

    Raises:
        TooLittle: no images of one shape, or too few.
    """
    if sample.images is None:
        raise TooLittle("images")
    at, pixels = some_images(sample.images, MOST_IMAGES)
    count, height, width, channels = pixels.shape
    if count < LEAST_IMAGES or min(height, width) < 2 * LEAST_SIDE:
        raise TooLittle(f"{LEAST_IMAGES} images of one shape, at least {2 * LEAST_SIDE} pixels a side")
    factors = [one for one in FACTORS if height % one == 0 == width % one and min(height, width) >= LEAST_SIDE * one]
    codes = None if sample.codes is None else sample.codes[at]
    if codes is None or (codes >= 0).sum() < LEAST_WITH_LABEL or max(height, width) > LARGEST_SIDE:
        scores = Scores((None,) * (1 + len(factors)), (None,) * (1 + len(factors)), None, None, None)
    else:
        scores = _scores(pixels[codes >= 0], codes[codes >= 0], factors)
    return Resolution(
        split=sample.split, looked_at=count, height=height, width=width, channels=channels, factors=(1, *factors),
        losses=(0.0, *(interpolation_loss(pixels, factor) for factor in factors)), scores=scores.scores,
        lowest=scores.lowest, gray_score=scores.gray, gray_lowest=scores.gray_lowest, majority_share=scores.majority,
    )  # fmt: skip


class Scores(NamedTuple):
    """Of nearest neighbours on images of each size."""

    scores: tuple[float | None, ...]
    lowest: tuple[float | None, ...]
    gray: float | None
    gray_lowest: float | None
    majority: float | None


def _scores(pixels: Array, codes: Array, factors: list[int]) -> Scores:
    count, height, width, channels = pixels.shape
    full = left_out(pixels.reshape(count, -1), codes)
    right = [full] + [
        left_out(pixels.reshape(count, height // one, one, width // one, one, channels).mean(axis=(2, 4)), codes)
        for one in factors
    ]
    gray = left_out(brightness(pixels.transpose(3, 0, 1, 2)), codes) if channels == 3 else None
    return Scores(
        tuple(float(one.mean()) for one in right), tuple(lower_end(one, full) for one in right),
        None if gray is None else float(gray.mean()), None if gray is None else lower_end(gray, full),
        float(np.bincount(codes).max() / count),
    )  # fmt: skip


def left_out(values: Array, codes: Array) -> Array:
    """Whether the nearest neighbours of each example, itself left out, name its class. (N,) bool."""
    flat = values.reshape(len(values), -1).astype(np.float32)
    squared = np.square(flat).sum(axis=1)
    distances = squared[:, None] - 2 * flat @ flat.T + squared[None]
    np.fill_diagonal(distances, np.inf)
    nearest = np.argpartition(distances, NEIGHBOURS, axis=1)[:, :NEIGHBOURS]
    nearest = np.take_along_axis(nearest, np.take_along_axis(distances, nearest, axis=1).argsort(axis=1), axis=1)
    votes = (codes[nearest][:, :, None] == codes[nearest][:, None, :]).sum(axis=2)
    first = votes.argmax(axis=1)  # the most frequent class; of several the nearest
    named: Array = codes[nearest[np.arange(len(codes)), first]]
    return np.asarray(named == codes)


def lower_end(right: Array, full: Array) -> float:
    """Lower end of the 95 % interval of the paired difference of two scores."""
    difference = right.astype(np.float64) - full
    return float(difference.mean() - NORMAL * difference.std() / np.sqrt(len(difference)))


def interpolation_loss(pixels: Array, factor: int) -> float:
    """Share of the variance within images that no image smaller by this factor gives back by interpolation.

    The smallest over nearest, linear and cubic interpolation: each can make a linear subspace of images, and what is
    lost is the distance from it.
    """
    centred = pixels - pixels.mean(axis=(1, 2), keepdims=True)
    variance = float(np.square(centred).mean())
    if variance == 0:
        return 1.0
    return min(
        float(np.square(centred - _projected(centred, factor, order)).mean()) / variance for order in (0, 1, 3)
    )


def _projected(pixels: Array, factor: int, order: int) -> Array:
    """The nearest images that interpolation can make of smaller ones. (N, H, W, C)."""
    count, height, width, channels = pixels.shape
    down, across = _projection(height, factor, order), _projection(width, factor, order)
    rows = np.matmul(down, pixels.reshape(count, height, width * channels)).reshape(count * height, width, channels)
    projected: Array = np.matmul(across, rows).reshape(pixels.shape)
    return projected


def _projection(size: int, factor: int, order: int) -> Array:
    from scipy.ndimage import zoom  # type: ignore[attr-defined]

    larger = zoom(np.eye(size // factor), (factor, 1), order=order, grid_mode=True, mode="nearest")
    return np.asarray(larger @ np.linalg.pinv(larger), dtype=np.float32)
