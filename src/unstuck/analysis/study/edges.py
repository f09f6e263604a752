"""Hyper-parameters whose best value lies at an end of their range."""

from __future__ import annotations

import math
from dataclasses import dataclass

from unstuck.analysis.study.view import StudyView
from unstuck.record.events.study import SearchedParameter

NEAR = 0.03
"""share of the range, on the scale on which it is searched"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Edge:
    """One of them."""

    name: str
    value: float
    end: float
    is_low: bool
    importance: float
    """share of the variance that the parameter explains; NaN where it is not known"""


def edges(view: StudyView) -> tuple[Edge, ...]:
    """Of the best trial; of parameters with a range, in the order of their importance."""
    if view.best is None:
        return ()
    found = []
    for parameter in view.parameters:
        value = view.best.setting.get(parameter.name)
        place = _place(parameter, value)
        if place is not None and isinstance(value, int | float) and not NEAR < place < 1.0 - NEAR:
            is_low = place <= NEAR
            end = parameter.low if is_low else parameter.high
            importance = math.nan if parameter.importance is None else parameter.importance
            found.append(
                Edge(
                    name=parameter.name, value=float(value), end=float(end or 0.0), is_low=is_low, importance=importance
                )
            )
    return tuple(found)


def _place(parameter: SearchedParameter, value: object) -> float | None:
    """Where a value lies in its range, from 0 to 1."""
    if parameter.low is None or parameter.high is None or not isinstance(value, int | float):
        return None
    low, high, at = parameter.low, parameter.high, float(value)
    if parameter.log:
        low, high, at = math.log(low), math.log(high), math.log(at)
    return (at - low) / (high - low)
