"""Random transforms in the user's data set: where there are any, and how far they lead from held-out images.

Shapes: *N* images, *S* side of the square to which they are reduced.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

import numpy as np

from unstuck.analysis.data.features import features
from unstuck.analysis.data.image_statistics import IMAGE_SIDE, image_statistics
from unstuck.analysis.data.images import Array
from unstuck.analysis.data.layout import TURNS, turned
from unstuck.analysis.data.sample import DataSet, Sample
from unstuck.core.outcome import TooLittle
from unstuck.record.events.data.augmentation import Augmentation

READ_TWICE = 32
STATISTICS = ("means", "dark", "bright", "spread", "sharpness")
"""of images, that flips, crops and mild changes of colour keep"""
MOST_TRAINING, MOST_HELD_OUT = 300, 150
LEAST = 30
FARTHEST = 4
"""cells of 16 that an image may be moved before it is compared"""


class Upright(NamedTuple):
    """How many images are most like others as they are."""

    share: float
    images: int


def augmentation(dataset: DataSet) -> Iterator[Augmentation]:
    """For every split that the user's own code reads.

    Raises:
        TooLittle: no split is read by the user's code.
    """
    if all(sample.read_again is None for sample in dataset.samples):
        raise TooLittle("a data set that is read by the user's code, such as one of torch")
    for sample in dataset.samples:
        if sample.read_again is None:
            continue
        asked, differing = _read_twice(sample)
        found = Augmentation(
            split=sample.split, looked_at=len(asked), differing=len(differing),
            rows=tuple(int(sample.rows[at]) for at in differing),
        )  # fmt: skip
        if sample.split == dataset.train.split and differing and dataset.held_out:
            yield _compared(dataset, found)
        else:
            yield found


def _read_twice(sample: Sample) -> tuple[list[int], list[int]]:
    """Numbers of the examples that were read twice, and of those that differ."""
    assert sample.read_again is not None
    random = np.random.default_rng(0)
    asked = sorted(random.choice(len(sample), min(READ_TWICE, len(sample)), replace=False).tolist())
    differing = []
    for at in asked:
        first, second = sample.read_again(at), sample.read_again(at)
        if first.shape != second.shape or not np.array_equal(first, second, equal_nan=first.dtype.kind == "f"):
            differing.append(at)
    return asked, differing


def _compared(dataset: DataSet, found: Augmentation) -> Augmentation:
    """With what separates the training images from those of the first held-out split."""
    train, held_out = dataset.train, dataset.held_out[0]
    if train.images is None or held_out.images is None or min(len(train), len(held_out)) < LEAST:
        return found
    here, there = image_statistics(train.images), image_statistics(held_out.images)
    differences = {
        name: standardised_difference(_one(getattr(here, name)), _one(getattr(there, name))) for name in STATISTICS
    }
    statistic = max(differences, key=lambda name: abs(differences[name]))
    some = features(dataset)
    random = np.random.default_rng(0)
    squares = [
        _squares(one.values[one.usable], most, random)
        for one, most in ((some[0], MOST_TRAINING), (some[dataset.samples.index(held_out)], MOST_HELD_OUT))
    ]
    trained, kept = upright(squares[0], squares[1]), upright(squares[1], squares[1], themselves=True)
    spread = sum(one.share * (1 - one.share) / max(1, one.images) for one in (trained, kept))
    return Augmentation(
        split=found.split, looked_at=found.looked_at, differing=found.differing, rows=found.rows, other=held_out.split,
        statistic=statistic, difference=differences[statistic], upright=trained.share, upright_held_out=kept.share,
        z=(kept.share - trained.share) / np.sqrt(spread).item() if spread > 0 else 0.0,
    )  # fmt: skip


def _one(values: Array) -> Array:
    return values.mean(axis=1) if values.ndim > 1 else values


def standardised_difference(values: Array, others: Array) -> float:
    """Difference of the means over the mean standard deviation; 0 where there is no spread at all."""
    values, others = values[np.isfinite(values)], others[np.isfinite(others)]
    if not len(values) or not len(others):
        return 0.0
    spread = float(np.sqrt((values.var(dtype=np.float64) + others.var(dtype=np.float64)) / 2))
    return float((values.mean(dtype=np.float64) - others.mean(dtype=np.float64)) / spread) if spread > 0 else 0.0


def _squares(values: Array, most: int, random: np.random.Generator) -> Array:
    some = values if len(values) <= most else values[random.choice(len(values), most, replace=False)]
    return gray_squares(some)


def gray_squares(values: Array) -> Array:
    """Images as features, as gray ones with mean 0 and length 1. (N, S, S)."""
    gray: Array = values.reshape(len(values), IMAGE_SIDE, IMAGE_SIDE, -1).mean(axis=-1, dtype=np.float64)
    gray = gray - gray.mean(axis=(1, 2), keepdims=True)
    gray /= np.maximum(np.sqrt(np.square(gray).sum(axis=(1, 2), keepdims=True)), 1e-12)
    return gray


def upright(squares: Array, others: Array, *, themselves: bool = False) -> Upright:
    """Share of the images whose best match among others needs no turn and no mirror; moves are allowed.

    Args:
        squares: (N, S, S) with mean 0 and length 1.
        others: the same.
        themselves: the two are the same images; none is compared with itself.
    """
    spectra = np.conj(np.fft.rfft2(others))
    moves = np.arange(-FARTHEST, FARTHEST + 1)
    best = np.empty((len(TURNS), len(squares)))
    for way in range(len(TURNS)):
        laid = np.fft.rfft2(turned(squares[..., None], way)[..., 0])
        for at, spectrum in enumerate(laid):
            agreement = np.fft.irfft2(spectrum * spectra, s=squares.shape[1:])
            near = agreement[:, moves[:, None], moves[None]].max(axis=(1, 2))
            if themselves:
                near[at] = -1.0
            best[way, at] = near.max()
    return Upright(float(np.mean(best.argmax(axis=0) == 0)), len(squares))
