"""The share of each hyper-parameter in the variance of the objective."""

from __future__ import annotations

from typing import TYPE_CHECKING

from unstuck.core.figure import Axis, Bar, Bars
from unstuck.core.words import share

if TYPE_CHECKING:
    from unstuck.analysis.study.view import StudyView


def importance_bars(view: StudyView) -> Bars | None:
    """None where they could not be worked out, or there is only one."""
    known = [(one, one.importance) for one in view.parameters if one.importance is not None]
    if len(known) < 2:
        return None
    return Bars(
        title="What mattered",
        description=f"Share of the variance of the {view.setup.objective} by each ({known[0][0].evaluator}).",
        x=Axis(label="importance", low=0.0, high=max(value for _, value in known) or 1.0),
        bars=tuple(Bar(name=one.name, value=value, note=share(value)) for one, value in known),
    )  # fmt: skip
