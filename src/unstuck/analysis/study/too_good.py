"""How much too good the value is that won: the best of many noisy values is lucky as well as good."""

from __future__ import annotations

import math
from dataclasses import dataclass

from unstuck.record.events.study import ConfirmedTrial


@dataclass(frozen=True, slots=True, kw_only=True)
class Confirmation:
    """A trial and what it comes to with other seeds."""

    number: int
    observed: float
    mean: float
    deviation: float
    """of single trainings; 0 where there is one only"""
    trainings: int
    not_finite: int
    """trainings that came to no finite value"""
    too_good: float
    """by which share of the mean the observed value is better; negative where it is worse"""


def confirmation(event: ConfirmedTrial, *, maximize: bool) -> Confirmation:
    """From the values of new seeds; NaN where one of them is not finite."""
    values = event.values
    mean = math.fsum(values) / len(values) if values else math.nan
    deviation = (
        math.sqrt(math.fsum((one - mean) ** 2 for one in values) / (len(values) - 1)) if len(values) > 1 else 0.0
    )
    gain = (event.observed - mean) if maximize else (mean - event.observed)
    return Confirmation(
        number=event.number, observed=event.observed, mean=mean, deviation=deviation, trainings=len(values),
        not_finite=sum(not math.isfinite(one) for one in values),
        too_good=gain / abs(mean) if mean else math.nan,
    )  # fmt: skip
