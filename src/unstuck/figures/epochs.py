"""The epochs of a training, or equal parts of it where it has none.  K = parts, N = values."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from unstuck.figures.learning_curve import span
from unstuck.record.events import Loader
from unstuck.record.schema import Kind

if TYPE_CHECKING:
    from unstuck.analysis.run.training import Training

Array = np.ndarray[Any, Any]
EQUAL = 20
"""parts of a training without epochs"""
FEWEST = 4
"""values that a part needs on average"""
MOST = 240
"""more epochs than this are taken together by twos, threes …"""


@dataclass(frozen=True, slots=True)
class Epochs:
    """Where each part begins, in backward calls as the record counts them, and where the last one ends."""

    edges: Array
    """(K + 1,)"""
    per_part: int
    """epochs in one part; 0 where the training has no epochs"""

    @property
    def name(self) -> str:
        """``epoch``, ``5 epochs`` or ``part``."""
        return "part" if not self.per_part else "epoch" if self.per_part == 1 else f"{self.per_part} epochs"

    def __len__(self) -> int:
        return len(self.edges) - 1

    def means(self, index: Array, value: Array) -> Array:
        """(K,) the mean of what was recorded in each part, non-finite values left out; NaN where there is none."""
        at = np.searchsorted(self.edges, index, side="right") - 1
        use = np.isfinite(value) & (at >= 0) & (at < len(self))
        counts = np.bincount(at[use], minlength=len(self))
        with np.errstate(all="ignore"):
            mean: Array = np.bincount(at[use], weights=value[use], minlength=len(self)) / counts
        return np.where(np.isfinite(mean), mean, np.nan)

    @property
    def middles(self) -> Array:
        """(K,) the middle of each part."""
        middle: Array = (self.edges[1:] + self.edges[:-1]) / 2
        return middle


def epochs_of(training: Training) -> Epochs | None:
    """Epochs where a loader was iterated twice or more, else equal parts; None for a very short training."""
    low, high = span(training)
    begins = epoch_begins(training)
    if len(begins) >= 2:
        every = -(-len(begins) // MOST)
        return Epochs(np.append(begins[::every], high), every)
    steps = sum(len(series.index) for series in training.losses[:1])
    many = min(EQUAL, steps // FEWEST)
    if many < 2:
        return None
    return Epochs(np.linspace(low, high, many + 1), 0)


def epoch_begins(training: Training) -> Array:
    """The backward counts at which the loader of this training was iterated again; empty where there was none."""
    loss = training.loss
    if loss is None:
        return np.array([])
    low, high = span(training)
    rows = training.part.rows(Kind.EPOCH)
    rows = rows[(rows["index"] >= low) & (rows["index"] < high)]
    if not len(rows):
        return np.array([])
    # A script may make a new loader for each epoch: the line that makes it identifies it.
    lines = {loader.id: (loader.file, loader.line) for loader in training.part.of(Loader)}
    begins = rows["index"].astype(np.float64)
    ends = np.append(begins[1:], high)
    fed = np.searchsorted(loss.index, ends) - np.searchsorted(loss.index, begins)
    by_line: dict[object, int] = {}
    for source, calls in zip(rows["source"].tolist(), fed.tolist(), strict=True):
        key = lines.get(source, source)
        by_line[key] = by_line.get(key, 0) + calls
    best = max(by_line, key=lambda key: by_line[key])
    mine = np.array([lines.get(source, source) == best for source in rows["source"].tolist()])
    found: Array = np.unique(begins[mine & (fed > 0)])
    return found
