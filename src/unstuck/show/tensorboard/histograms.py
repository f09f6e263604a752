"""The histograms of a record: weights and gradients at some of the sampled steps.  B = bins."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from unstuck.figures.learning_curve import span
from unstuck.record import events, schema

if TYPE_CHECKING:
    from collections.abc import Iterator

    from unstuck.analysis.run.training import Training

Array = np.ndarray[Any, Any]
GROUPS = {"weight": "weights", "gradient": "gradients"}
WIDENED = 0.5
"""to each side, where all elements are equal: a bin of no width cannot be drawn"""


@dataclass(frozen=True, slots=True)
class Histogram:
    """The elements of one tensor at one step, counted."""

    tag: str
    step: int
    seconds: float
    edges: Array
    """(B + 1,)"""
    counts: Array
    """(B,)"""
    mean: float
    """of the whole tensor; NaN where it was not summarised"""
    std: float


def histograms(training: Training) -> Iterator[Histogram]:
    """In order of time; those without a finite element are left out."""
    start = int(span(training)[0])
    places = {event["id"]: event for event in training.of(events.TensorPlace) if event["what"] in GROUPS}
    moments = {
        (int(track.place["id"]), int(step)): (float(mean), float(std))
        for track in training.tracks
        for step, mean, std in zip(track.step, track["mean"], track["std"], strict=True)
    }
    for frame in training.part.frames:
        if frame.what != schema.HISTOGRAM_FRAME:
            continue
        for place, row in zip(frame.places.tolist(), frame.values.astype(np.float64), strict=True):
            low, high, counts = float(row[0]), float(row[1]), row[2:]
            if place not in places or not counts.any() or not np.isfinite([low, high]).all():
                continue
            if low == high:
                edges, counts = np.array([low - WIDENED, low + WIDENED]), np.array([counts.sum()])
            else:
                edges = np.linspace(low, high, len(counts) + 1)
            tag = f"{GROUPS[places[place]['what']]}/{places[place]['name']}"
            mean, std = moments.get((place, frame.step), (np.nan, np.nan))
            yield Histogram(tag, frame.step - start, frame.seconds, edges, counts, mean, std)
