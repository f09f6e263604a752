"""What simple models reach on a data set, as bars with their intervals."""

from __future__ import annotations

from typing import TYPE_CHECKING

from unstuck.core.figure import Axis, Bar, Bars, Level
from unstuck.core.words import number
from unstuck.record.events.data.baselines import BaselineScore, NumberToBeat

if TYPE_CHECKING:
    from unstuck.analysis.data.view import DatasetView

UNBOUNDED = ("rmse", "mae")
"""metrics in the unit of the target; all others reach 1"""


def baseline_bars(view: DatasetView) -> Bars | None:
    """The first metric of every model, in their order; None where none was evaluated."""
    beat = view.one(NumberToBeat)
    scored = [event for event in view.of(BaselineScore) if event.scores]
    if not scored:
        return None
    metric = scored[0].scores[0].metric
    same = [(event, event.scores[0]) for event in scored if event.scores[0].metric == metric]
    bars = tuple(
        Bar(name=event.title or event.model, value=max(0.0, score.value), low=score.low, high=score.high,
            note=number(float(f"{score.value:.3g}")), marked=beat is not None and event.title == beat.model)
        for event, score in same
    )  # fmt: skip
    ends = [end for bar in bars for end in (bar.value, bar.high) if end is not None]
    high = max(ends) if metric in UNBOUNDED else 1.0
    x = Axis(label=metric.replace("_", " "), low=0.0, high=high or 1.0)
    levels = () if beat is None else (Level(y=beat.value, label=f"to beat: {number(float(f'{beat.value:.3g}'))}"),)
    return Bars(
        title=f"Simple models on {view.split.name}",
        description="Scores with their 95 % intervals; the model that sets the number to beat is marked.",
        x=x, bars=bars, levels=levels,
    )  # fmt: skip
