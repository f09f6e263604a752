"""Patches of one picture on both sides of a split: cut with a window that moves by less than its width.

Two patches overlap where a part of one is, but for brightness and contrast, a part of the other at another place.
Compared are mixed differences of neighbouring pixels: in smooth pictures they are rounding, in others the very grain.

Shapes: *n* training images, *m* held-out images, *S* × *S* pixels.
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from unstuck.analysis.data.image_statistics import brightness, colours
from unstuck.analysis.data.images import UnreadableImage
from unstuck.analysis.data.sample import Array, Sample
from unstuck.record.events.data.base import MOST_ROWS
from unstuck.record.events.data.copies import Sameness, SharedExamples

LEAST_TRAINING, LEAST_HELD_OUT = 100, 20
MOST_TRAINING, MOST_HELD_OUT = 1000, 40
"""images that are compared"""
LEAST_SIDE, MOST_SIDE = 16, 64
SAME = 0.9
"""correlation of the parts: of the same pixels 1, less after a lossy format"""
OWN = 0.5
"""correlation of an image with itself, moved, from which on it repeats itself"""
CONTENT = 0.5
"""of the differences that a part of its size should have: an empty part is like any other"""


def image_overlaps(train: Sample, held_out: Sample) -> SharedExamples | None:
    """Held-out patches of which a part stands in a training patch at another place; None where none can be compared."""
    if train.images is None or held_out.images is None:
        return None
    random = np.random.default_rng(0)
    at, base = _some(len(held_out), MOST_HELD_OUT, random), _some(len(train), MOST_TRAINING, random)
    if len(at) < LEAST_HELD_OUT or len(base) < LEAST_TRAINING:
        return None
    mine, theirs = differences(held_out, at), differences(train, base)
    if mine is None or theirs is None or mine.shape[1:] != theirs.shape[1:]:
        return None
    best, partner = overlapping(mine, theirs)
    found = best >= SAME
    return SharedExamples(
        split=held_out.split, other=train.split, sameness=Sameness.SHIFTED, looked_at=len(at), count=int(found.sum()),
        rows=tuple(held_out.rows[at[found]][:MOST_ROWS].tolist()),
        other_rows=tuple(train.rows[base[partner[found]]][:MOST_ROWS].tolist()),
    )  # fmt: skip


def differences(sample: Sample, at: Array) -> Array | None:
    """Mixed differences of the brightness, (k, S − 1, S − 1); None where images differ in size, or are too large."""
    assert sample.images is not None
    pixels: list[Array] = []
    for one in at:
        try:
            pixels.append(colours(np.asarray(sample.images.load(int(one)))))
        except UnreadableImage:
            return None
        shape = pixels[0].shape
        if pixels[-1].shape != shape or not LEAST_SIDE <= min(shape[:2]) <= max(shape[:2]) <= MOST_SIDE:
            return None
    gray = brightness(np.stack(pixels).astype(np.float32).transpose(3, 0, 1, 2))
    mixed: Array = gray[:, :-1, :-1] - gray[:, 1:, :-1] - gray[:, :-1, 1:] + gray[:, 1:, 1:]
    return mixed.astype(np.float32)


def overlapping(mine: Array, theirs: Array) -> tuple[Array, Array]:
    """(m,) the highest correlation of a part with a part of a training image, and (m,) that image.

    Args:
        mine: (m, S, S) differences of held-out images.
        theirs: (n, S, S) of training images.
    """
    best, partner = np.full(len(mine), -1.0), np.zeros(len(mine), np.int64)
    for axis in (1, 2):
        for move in range(1, (mine.shape[axis] + 1) // 2 + 1):
            for first, second in _parts(axis, move):
                part, own = _unit(mine, first), _unit(mine, second)
                other = _unit(theirs, second)
                match = part @ other.T
                match[np.abs((part * own).sum(axis=1)) >= OWN] = -1.0
                row = match.argmax(axis=1)
                value = match[np.arange(len(mine)), row]
                partner = np.where(value > best, row, partner)
                best = np.maximum(best, value)
    return best, partner


def _parts(axis: int, move: int) -> Iterator[tuple[tuple[slice, ...], tuple[slice, ...]]]:
    """The part of one image, and that of the other, which it is moved by so many pixels from; both ways."""
    whole = slice(None)
    late, early = slice(move, None), slice(None, -move)
    for one, other in ((late, early), (early, late)):
        if axis == 1:
            yield (whole, one, whole), (whole, other, whole)
        else:
            yield (whole, whole, one), (whole, whole, other)


def _unit(images: Array, part: tuple[slice, ...]) -> Array:
    """The parts as vectors of length 1; zeros where a part holds too little of its image."""
    cut = images[part].reshape(len(images), -1)
    power, whole = np.square(cut).sum(axis=1), np.square(images).sum(axis=(1, 2))
    enough = power >= CONTENT * whole * cut.shape[1] / (images.shape[1] * images.shape[2])
    length = np.sqrt(np.where(enough & (power > 0), power, np.inf))
    unit: Array = cut / length[:, None]
    return unit


def _some(count: int, most: int, random: np.random.Generator) -> Array:
    return np.arange(count) if count <= most else np.sort(random.choice(count, most, replace=False))
