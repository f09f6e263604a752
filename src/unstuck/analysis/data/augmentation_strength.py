"""What a random transform leaves of the images: does the most similar held-out image still have their label?

Shapes: *N* images, *S* side of the square to which they are reduced.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from unstuck.analysis.data.augmentation import FARTHEST, LEAST, gray_squares
from unstuck.analysis.data.features import features
from unstuck.analysis.data.sample import Array, DataSet

MOST_ASKED, MOST_ANSWERING = 300, 600


class Left(NamedTuple):
    """Of training images that a transform has changed, and of held-out images that it has not."""

    told: float
    """share of the training images whose most similar held-out image has their label"""
    told_held_out: float
    """that share of the held-out images, each compared with the others"""
    by_chance: float
    """share of the most frequent label"""
    likeness: float
    """median correlation with the most similar image"""
    likeness_held_out: float


def what_is_left(dataset: DataSet, number: int) -> Left | None:
    """Between the training split and a held-out one; None where there are no labelled images of both.

    Args:
        dataset: all splits.
        number: of the held-out split.
    """
    train, held_out = dataset.train, dataset.samples[number]
    if train.images is None or held_out.images is None or train.codes is None or held_out.codes is None:
        return None
    some = features(dataset)
    random = np.random.default_rng(0)
    asked = _drawn(some[0].usable & (train.codes >= 0), MOST_ASKED, random)
    base = _drawn(some[number].usable & (held_out.codes >= 0), MOST_ANSWERING, random)
    if min(len(asked), len(base)) < LEAST:
        return None
    squares, others = gray_squares(some[0].values[asked]), gray_squares(some[number].values[base])
    labels = held_out.codes[base]
    told, likeness = most_similar(squares, others)
    own, own_likeness = most_similar(others[:MOST_ASKED], others, themselves=True)
    return Left(
        told=float((labels[told] == train.codes[asked]).mean()),
        told_held_out=float((labels[own] == labels[: len(own)]).mean()),
        by_chance=float(np.bincount(labels).max() / len(labels)),
        likeness=float(np.median(likeness)), likeness_held_out=float(np.median(own_likeness)),
    )  # fmt: skip


def _drawn(there: Array, most: int, random: np.random.Generator) -> Array:
    at = np.flatnonzero(there)
    return at if len(at) <= most else np.sort(random.choice(at, most, replace=False))


def most_similar(squares: Array, others: Array, *, themselves: bool = False) -> tuple[Array, Array]:
    """For each image the most similar other one and their correlation; moves are allowed.

    Args:
        squares: (N, S, S) with mean 0 and length 1.
        others: the same.
        themselves: the two begin with the same images; none is compared with itself.
    """
    spectra = np.conj(np.fft.rfft2(others))
    moves = np.arange(-FARTHEST, FARTHEST + 1)
    best, likeness = np.empty(len(squares), np.int64), np.empty(len(squares))
    for at, spectrum in enumerate(np.fft.rfft2(squares)):
        agreement = np.fft.irfft2(spectrum * spectra, s=squares.shape[1:])
        near = agreement[:, moves[:, None], moves[None]].max(axis=(1, 2))
        if themselves:
            near[at] = -1.0
        best[at] = near.argmax()
        likeness[at] = near[best[at]]
    return best, likeness
