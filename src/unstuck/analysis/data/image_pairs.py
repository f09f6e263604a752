"""Whether images and targets that are images went through the same transform, told by their edges.

Shapes: *N* pairs, *S* side of the square to which both are reduced.
"""

from __future__ import annotations

from collections import Counter
from typing import NamedTuple

import numpy as np

from unstuck.analysis.data.image_statistics import block_cells, brightness, colours
from unstuck.analysis.data.images import Array, Images, UnreadableImage
from unstuck.analysis.data.layout import TURNS, turned
from unstuck.analysis.data.sample import Sample
from unstuck.core.outcome import TooLittle
from unstuck.record.events.data.base import MOST_ROWS
from unstuck.record.events.data.pairs import ImagePairs

MOST_PAIRS = 1000
LEAST_PAIRS = 20
SIDE = 32
"""cells to which both are reduced"""
FARTHEST = 8
"""cells that a target may be moved"""
STEADY = 1
"""cells that it may be off: borders of convolutions, half pixels"""
CHANCE = 0.995
CLEARLY = 0.15
"""how much better the edges agree after the transform"""


class Best(NamedTuple):
    """What a target needs."""

    plain: float
    """correlation of the edges without a transform"""
    correlation: float
    """with the best transform"""
    transform: str


def image_pairs(sample: Sample) -> ImagePairs:
    """The pairs that do not fit as they are.

    Raises:
        TooLittle: the targets are no images, or too few pairs can be read.
    """
    if sample.images is None or sample.target_images is None:
        raise TooLittle("targets that are images")
    random = np.random.default_rng(0)
    at = np.arange(len(sample))
    if len(at) > MOST_PAIRS:
        at = np.sort(random.choice(at, MOST_PAIRS, replace=False))
    inputs = np.stack([edges(sample.images, int(one)) for one in at])
    targets = np.stack([edges(sample.target_images, int(one)) for one in at])
    good = np.isfinite(inputs).all(axis=(1, 2)) & np.isfinite(targets).all(axis=(1, 2))
    at, inputs, targets = at[good], inputs[good], targets[good]
    if len(at) < LEAST_PAIRS:
        raise TooLittle(f"{LEAST_PAIRS} pairs of an image and a target, neither of one colour")
    found = [best_transform(image, target) for image, target in zip(inputs, targets, strict=True)]
    others = np.roll(np.arange(len(at)), 1)
    chance = float(np.quantile([best_transform(inputs[one], targets[other]).correlation
                                for one, other in enumerate(others)], CHANCE))  # fmt: skip
    gains = np.array([best.correlation - best.plain for best in found])
    clear = (np.array([max(best.correlation, best.plain) for best in found]) > chance) & (np.abs(gains) > CLEARLY)
    wrong = [int(one) for one in np.nonzero(clear & (gains > 0))[0]]
    wrong.sort(key=lambda one: found[one].plain - found[one].correlation)
    commonest = Counter(found[one].transform for one in wrong).most_common(1)
    listed = wrong[:MOST_ROWS]
    return ImagePairs(
        split=sample.split, looked_at=len(at), correlation=float(np.median([best.plain for best in found])),
        chance=chance, decided=int(clear.sum()), mismatched=len(wrong),
        rows=tuple(int(sample.rows[at[one]]) for one in listed),
        transforms=tuple(found[one].transform for one in listed),
        degrees=tuple(round(found[one].correlation - found[one].plain, 3) for one in listed),
        commonest=commonest[0][0] if commonest else "",
    )  # fmt: skip


def edges(images: Images, at: int) -> Array:
    """Strength of the edges, with mean 0 and length 1; NaN for a broken image or one of one colour. (S, S)."""
    nothing = np.full((SIDE, SIDE), np.nan)
    try:
        pixels = colours(images.load(at)[None]).astype(np.float32)
    except UnreadableImage:
        return nothing
    if min(pixels.shape[1:3]) < SIDE // 4:
        return nothing
    gray = brightness(block_cells(pixels, SIDE).transpose(3, 0, 1, 2))[0].astype(np.float64)
    strength = np.hypot(*np.gradient(gray))
    strength = strength - strength.mean()
    length = np.sqrt(np.square(strength).sum())
    return strength / length if length > 0 else nothing


def best_transform(image: Array, target: Array) -> Best:
    """The way to lay or to move a target in which its edges are most like those of the image.

    Args:
        image: edges (S, S) with mean 0 and length 1.
        target: the same.
    """
    spectrum = np.fft.rfft2(image)
    best, name, plain = -1.0, "", 0.0
    for way, turn in enumerate(TURNS):
        laid = turned(target[..., None], way)[..., 0]
        agreement = np.fft.irfft2(spectrum * np.conj(np.fft.rfft2(laid)), s=image.shape)
        near = _window(agreement, STEADY)
        if way == 0:
            plain = float(near.max())
            far = _window(agreement, FARTHEST).copy()
            middle = FARTHEST - STEADY
            far[middle:-middle, middle:-middle] = -1.0
            down, across = np.unravel_index(int(far.argmax()), far.shape)
            if far[down, across] > best:
                best = float(far[down, across])
                name = f"moved by {int(down) - FARTHEST} rows and {int(across) - FARTHEST} columns of {SIDE}"
        elif near.max() > best:
            best, name = float(near.max()), turn
    return Best(plain, best, name)


def _window(agreement: Array, most: int) -> Array:
    """The agreement for moves of at most so many cells; no move is in the middle."""
    moves = np.arange(-most, most + 1)
    return agreement[np.ix_(moves, moves)]
