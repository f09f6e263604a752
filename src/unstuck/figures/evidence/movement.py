"""OPT101, OPT102: how far a step moves the weights, against what is usual."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np

from unstuck.analysis.run.updates import relative_updates_of
from unstuck.core.figure import Axis, Band, Curve, Figure, Level, Point
from unstuck.core.words import number
from unstuck.figures.evidence.calls import looks_axis, positions
from unstuck.figures.evidence.evidence_figure import EvidenceFigure, limit_of, numbers

if TYPE_CHECKING:
    from unstuck.analysis.run.training import Training
    from unstuck.analysis.run.updates import RelativeUpdates
    from unstuck.core.finding import Finding

USUAL = Band(low=1e-3, high=1e-1, label="healthy steps: 0.001 to 0.1")
"""Karpathy's 1e-3 and the healthy runs of docs/log.md"""


def too_short(finding: Finding, training: Training) -> EvidenceFigure | None:
    """OPT101: the typical step far below."""
    moved, limit = _moved(training, math.inf), limit_of(finding, "typical step")
    if moved is None or limit is None:
        return None
    typical, path = moved.typical, moved.path
    levels = (
        Level(y=limit, label=f"too short: below {number(limit)}"),
        Level(y=typical, label=f"typical step {number(typical)}"),
    )
    return EvidenceFigure(
        figure=_figure(training, moved, levels, (), "How far a step moves the weights"),
        sentence=f"A typical step changes the weights by {number(typical)} of their length, and all "
        f"{number(moved.steps)} steps "
        f"together by {number(path)}.",
        decided=(("typical step", typical), ("way of the weights", path)),
    )


def too_long(finding: Finding, training: Training) -> EvidenceFigure | None:
    """OPT102: the largest step far above."""
    loss = training.loss
    bad = loss.index[~np.isfinite(loss.value)] if loss is not None else np.array([])
    single, many = limit_of(finding, "largest step"), limit_of(finding, "typical step")
    moved = _moved(training, float(bad[0]) if len(bad) else math.inf)
    if moved is None or single is None or many is None:
        return None
    at = int(np.argmax(moved.ratio))
    top = float(moved.ratio[at])
    levels = (
        Level(y=single, label=f"too long for one step: above {number(single)}"),
        Level(y=many, label=f"for the typical step: above {number(many)}"),
    )
    point = Point(
        x=float(positions(training, [moved.step[at]])[0]),
        y=top,
        label=f"step {number(moved.step[at])}: {number(top)}",
    )
    return EvidenceFigure(
        figure=_figure(training, moved, levels, (point,), "How far a step throws the weights"),
        sentence=f"At step {number(moved.step[at])} the weights moved by {number(top)} times their own length (the "
        f"first three sampled steps together by {number(moved.opening)}, the typical step by "
        f"{number(moved.typical)}); steps that learn move them by a thousandth to a tenth.",
        decided=(
            ("largest step", top),
            ("typical step", moved.typical),
            ("way of the first sampled steps", moved.opening),
        ),
    )


def _moved(training: Training, before: float) -> RelativeUpdates | None:
    moved = relative_updates_of(training)
    if moved is None:
        return None
    moved = moved.before(before)
    return moved if len(moved.ratio) and (moved.ratio > 0).all() else None


def _figure(
    training: Training, moved: RelativeUpdates, levels: tuple[Level, ...], points: tuple[Point, ...], title: str
) -> Figure:
    values = [*moved.ratio.tolist(), USUAL.low / 3, USUAL.high * 3, *(level.y for level in levels)]
    curve = Curve(
        name="median over the layers",
        group=0,
        x=numbers(positions(training, moved.step)),
        y=numbers(moved.ratio),
        dots=True,
        marked=True,
    )
    return Figure(
        title=title,
        description=f"Typical {number(moved.typical)}.",
        x=looks_axis(training),
        y=_decades(values),
        curves=(curve,),
        bands=(USUAL,),
        levels=levels,
        points=points,
    )


def _decades(values: list[float]) -> Axis:
    """Whole powers of ten about the values."""
    low, high = math.floor(math.log10(min(values) / 1.5)), math.ceil(math.log10(max(values) * 1.5))
    return Axis(label="|update| ÷ |weight| of a step", low=10.0**low, high=10.0**high, log=True)
