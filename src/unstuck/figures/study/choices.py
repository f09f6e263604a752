"""The best value that was reached with each choice."""

from __future__ import annotations

from typing import TYPE_CHECKING

from unstuck.core.figure import Axis, Bar, Bars
from unstuck.core.words import count, number

if TYPE_CHECKING:
    from unstuck.analysis.study.view import StudyView
    from unstuck.record.events.study import SearchedParameter


def choice_bars(view: StudyView, parameter: SearchedParameter) -> Bars | None:
    """None where no complete trial made a choice."""
    reached: dict[str, list[float]] = {name: [] for name in parameter.choices}
    for trial in view.complete:
        if parameter.name in trial.setting:
            reached.setdefault(str(trial.setting[parameter.name]), []).append(float(trial.value or 0.0))
    better = max if view.setup.maximize else min
    best = {name: better(values) for name, values in reached.items() if values}
    if not best or min(best.values()) < 0:
        return None
    bars = tuple(
        Bar(
            name=name, value=value,
            note=f"{number(value)} (best of {count(len(reached[name]), 'trial')})",
        )
        for name, value in best.items()
    )  # fmt: skip
    return Bars(
        title=parameter.name, description=f"Best {view.setup.objective} with each choice of {parameter.name}.",
        x=Axis(label=view.setup.objective, low=0.0, high=max(best.values()) or 1.0), bars=bars,
    )  # fmt: skip
