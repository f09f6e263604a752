"""Train the best settings again, with other seeds: what won was lucky as well as good."""

from __future__ import annotations

from typing import TYPE_CHECKING

from unstuck.core.errors import UsageError
from unstuck.core.words import clean, count, number
from unstuck.tune.confirmed import keep, kept_of
from unstuck.tune.record_study import best_of
from unstuck.tune.sampler.numbering import all_trials

if TYPE_CHECKING:
    from collections.abc import Callable

    from optuna.study import Study
    from optuna.trial import FrozenTrial

    from unstuck.tune.objective.outcome import Objective, Outcome

TOP = 5
SEEDS = 5


def confirm(
    study: Study,
    objective: Objective,
    top: int = TOP,
    seeds: int = SEEDS,
    told: Callable[[str], object] = lambda _: None,
) -> None:
    """Train the best trials with new seeds; each training is kept with the study as it ends, and never done twice.

    Args:
        study: that was searched.
        objective: trains with a setting.
        top: how many of the best trials.
        seeds: trainings of each.
        told: what has been done.

    Raises:
        UsageError: no trial has come to a finite value.
    """
    if top < 1 or seeds < 1:
        raise UsageError(f"To confirm, at least one trial and one seed are needed. Got {top} and {seeds}.")
    if best_of(study) is None:
        raise UsageError("There is nothing to confirm: no trial came to a finite value.")
    chosen = best_trials(study, top)
    known = kept_of(study)
    left = sum(seed not in known.get(trial.number, {}) for trial in chosen for seed in range(seeds))
    told(f"{left} of {count(len(chosen) * seeds, 'training')} left to confirm the best {len(chosen)}")
    for trial in chosen:
        for seed in range(seeds):
            if seed in kept_of(study).get(trial.number, {}):  # another machine may have done it since
                continue
            outcome = objective.again(trial.params, seed)
            keep(study, trial.number, seed, outcome.value)
            told(f"trial {trial.number} again, seed {seed + 1} of {seeds}  {_said(outcome)}")


def _said(outcome: Outcome) -> str:
    """The value, and why there is none."""
    why = outcome.message.split("\n", 1)[0]
    return f"{number(outcome.value)}{f': {clean(why)}' if why else ''}"


def best_trials(study: Study, top: int) -> list[FrozenTrial]:
    """The best ones with different settings."""
    from unstuck.tune.objective.outcome import TrialStatus
    from unstuck.tune.record_study import status_of

    sign = -1.0 if study.direction.name == "MAXIMIZE" else 1.0
    complete = [one for one in all_trials(study) if status_of(one) is TrialStatus.COMPLETE]
    found: list[FrozenTrial] = []
    for trial in sorted(complete, key=lambda one: sign * float(one.value or 0.0)):
        if all(trial.params != other.params for other in found):
            found.append(trial)
    return found[:top]
