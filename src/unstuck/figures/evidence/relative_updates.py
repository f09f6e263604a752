"""OPT101, OPT102: the relative update of each step, compared with usual ones."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np

from unstuck.analysis.run.updates import FIRST_STEPS, relative_updates_of
from unstuck.core.figure import Axis, Band, Curve, Figure, Level, Point
from unstuck.core.words import number
from unstuck.figures.evidence.calls import looks_axis, positions
from unstuck.figures.evidence.evidence_figure import EvidenceFigure, limit_of, numbers

if TYPE_CHECKING:
    from unstuck.analysis.run.training import Training
    from unstuck.analysis.run.updates import RelativeUpdates
    from unstuck.core.finding import Finding

USUAL = Band(low=1e-3, high=1e-1, label="healthy: 0.001 to 0.1")
"""Karpathy's 1e-3 and the healthy runs of docs/log.md"""


def too_small(finding: Finding, training: Training) -> EvidenceFigure | None:
    """OPT101: the typical relative update is far below the usual ones."""
    updates, limit = _updates(training, math.inf), limit_of(finding, "relative_update")
    if updates is None or limit is None:
        return None
    typical, total = updates.typical, updates.total
    levels = (
        Level(y=limit, label=f"too small: below {number(limit)}"),
        Level(y=typical, label=f"median {number(typical)}"),
    )
    return EvidenceFigure(
        figure=_figure(training, updates, levels, (), "Relative updates are too small"),
        sentence=f"A typical update is {number(typical)} × the weight norm. All {number(updates.steps)} steps together "
        f"change the weights by at most {number(total)} × their norm.",
        decided=(("relative_update", typical), ("total_relative_update", total)),
    )


def too_large(finding: Finding, training: Training) -> EvidenceFigure | None:
    """OPT102: the largest relative update is far above the usual ones."""
    loss = training.loss
    nonfinite = loss.index[~np.isfinite(loss.value)] if loss is not None else np.array([])
    single, typical = limit_of(finding, "largest_relative_update"), limit_of(finding, "relative_update")
    updates = _updates(training, float(nonfinite[0]) if len(nonfinite) else math.inf)
    if updates is None or single is None or typical is None:
        return None
    at = int(np.argmax(updates.ratio))
    largest = float(updates.ratio[at])
    levels = (
        Level(y=single, label=f"too large for one step: above {number(single)}"),
        Level(y=typical, label=f"too large for the median: above {number(typical)}"),
    )
    point = Point(
        x=float(positions(training, [updates.step[at]])[0]),
        y=largest,
        label=f"step {number(updates.step[at])}: {number(largest)}",
    )
    return EvidenceFigure(
        figure=_figure(training, updates, levels, (point,), "Relative updates are too large"),
        sentence=f"The update at step {number(updates.step[at])} is {number(largest)} × the weight norm. The first "
        f"{FIRST_STEPS} sampled updates add up to {number(updates.total_of_first_steps)} ×, the median is "
        f"{number(updates.typical)} ×. Healthy updates are 0.001 to 0.1 × the weight norm.",
        decided=(
            ("largest_relative_update", largest),
            ("relative_update", updates.typical),
            ("relative_update_of_first_steps", updates.total_of_first_steps),
        ),
    )


def _updates(training: Training, before: float) -> RelativeUpdates | None:
    updates = relative_updates_of(training)
    if updates is None:
        return None
    updates = updates.before(before)
    return updates if len(updates.ratio) and (updates.ratio > 0).all() else None


def _figure(
    training: Training, updates: RelativeUpdates, levels: tuple[Level, ...], points: tuple[Point, ...], title: str
) -> Figure:
    values = [*updates.ratio.tolist(), USUAL.low / 3, USUAL.high * 3, *(level.y for level in levels)]
    curve = Curve(
        name="median over the layers",
        group=0,
        x=numbers(positions(training, updates.step)),
        y=numbers(updates.ratio),
        dots=True,
        marked=True,
    )
    return Figure(
        title=title,
        description=f"Median {number(updates.typical)}.",
        x=looks_axis(training),
        y=_decades(values),
        curves=(curve,),
        bands=(USUAL,),
        levels=levels,
        points=points,
    )


def _decades(values: list[float]) -> Axis:
    """Whole powers of ten around the values."""
    low, high = math.floor(math.log10(min(values) / 1.5)), math.ceil(math.log10(max(values) * 1.5))
    return Axis(label="relative update", low=10.0**low, high=10.0**high, log=True)
