"""The loss curve of a branch, thinned for drawing."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from unstuck.analysis.run.training import trainings
from unstuck.core.experiment import Curve
from unstuck.experiment.search.settings import CURVE_POINTS

if TYPE_CHECKING:
    from unstuck.record.reader import Record


def loss_curve(record: Record, training: int | None, steps: int) -> Curve | None:
    """The training loss over so many backward calls; each point is the mean of a stretch."""
    trained = [cut for one in trainings(record) if (cut := one.cut(steps)).losses]
    if not trained:
        return None
    chosen = [one for one in trained if one.number == training]
    loss = (chosen[0] if chosen else max(trained, key=lambda one: len(one.losses[0].value))).loss
    if loss is None or not len(loss.value):
        return None
    parts = np.array_split(np.arange(len(loss.value)), min(CURVE_POINTS, len(loss.value)))
    return Curve(
        steps=tuple(int(loss.index[part[-1]]) for part in parts),
        losses=tuple(float(loss.value[part].mean()) for part in parts),
    )
