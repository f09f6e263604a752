"""The histograms of a training: weights and gradients at some of the sampled steps."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from unstuck.figures.learning_curve import span
from unstuck.record import schema
from unstuck.record.events import TensorPlace
from unstuck.show.tensorboard.values import Histogram

if TYPE_CHECKING:
    from collections.abc import Iterator

    from unstuck.analysis.run.training import Training

GROUPS = {"weight": "weights", "gradient": "gradients"}
WIDENED = 0.5
"""to each side, where all elements are equal: a bin of no width cannot be drawn"""


def histograms(training: Training) -> Iterator[Histogram]:
    """In order of time; those without a finite element are left out."""
    start = int(span(training)[0])
    places = {place.id: place for place in training.of(TensorPlace) if place.what in GROUPS}
    moments = {
        (track.place.id, int(step)): (float(mean), float(std))
        for track in training.tracks
        for step, mean, std in zip(track.step, track["mean"], track["std"], strict=True)
    }
    for frame in training.part.frames:
        if frame.what != schema.HISTOGRAM_FRAME:
            continue
        for number, row in zip(frame.places.tolist(), frame.values.astype(np.float64), strict=True):
            low, high, counts = float(row[0]), float(row[1]), row[2:]
            place = places.get(number)
            if place is None or not counts.any() or not np.isfinite([low, high]).all():
                continue
            if low == high:
                edges, counts = np.array([low - WIDENED, low + WIDENED]), np.array([counts.sum()])
            else:
                edges = np.linspace(low, high, len(counts) + 1)
            tag = f"{GROUPS[place.what]}/{place.name}"
            mean, std = moments.get((number, frame.step), (np.nan, np.nan))
            yield Histogram(tag, frame.step - start, frame.seconds, edges, counts, mean, std)
