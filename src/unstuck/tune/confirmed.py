"""What further trainings of the best settings came to, as the study keeps it: one attribute for each training.

Two machines that train again at once then write over no value of each other.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from unstuck.record.events.study import ConfirmedTrial
from unstuck.record.writer import finite_json
from unstuck.tune.uninterrupted import uninterrupted

if TYPE_CHECKING:
    from optuna.study import Study

CONFIRMED = "unstuck:confirmed:"
"""attribute of a study, with the number of the trial and that of the seed"""


def keep(study: Study, trial: int, seed: int, value: float) -> None:
    """Keep the value of one training; an interrupt waits until it is written."""
    with uninterrupted():
        study.set_user_attr(f"{CONFIRMED}{trial}:{seed}", finite_json(value))


def kept_of(study: Study) -> dict[int, dict[int, float]]:
    """Values by trial and seed, both in order."""
    found: dict[int, dict[int, float]] = {}
    for name, value in study.user_attrs.items():
        if name.startswith(CONFIRMED):
            trial, seed = map(int, name.removeprefix(CONFIRMED).split(":"))
            found.setdefault(trial, {})[seed] = float(value)
    return {trial: dict(sorted(values.items())) for trial, values in sorted(found.items())}


def confirmed_trials(study: Study) -> list[ConfirmedTrial]:
    """As events."""
    observed = {one.number: one.value for one in study.get_trials(deepcopy=False)}
    return [
        ConfirmedTrial(number=number, observed=_or_nan(observed.get(number)), values=tuple(values.values()))
        for number, values in kept_of(study).items()
    ]


def _or_nan(value: float | None) -> float:
    return math.nan if value is None else value
