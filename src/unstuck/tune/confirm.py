"""Train the best settings again, with other seeds: what won was lucky as well as good."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from unstuck.core.errors import UsageError
from unstuck.tune.record_study import CONFIRMED, best_of
from unstuck.tune.sampler.numbering import all_trials
from unstuck.tune.search import finite

if TYPE_CHECKING:
    from collections.abc import Callable

    from optuna.study import Study
    from optuna.trial import FrozenTrial

    from unstuck.tune.objective.outcome import Objective

TOP = 5
SEEDS = 5


def confirm(
    study: Study,
    objective: Objective,
    top: int = TOP,
    seeds: int = SEEDS,
    told: Callable[[str], object] = lambda _: None,
) -> list[dict[str, Any]]:
    """The best trials, each with the values of new seeds; kept with the study.

    Args:
        study: that was searched.
        objective: trains with a setting.
        top: how many of the best trials.
        seeds: trainings of each.
        told: what is being done.

    Raises:
        UsageError: no trial has come to a finite value.
    """
    if top < 1 or seeds < 1:
        raise UsageError(f"To confirm, at least one trial and one seed are needed. Got {top} and {seeds}.")
    if best_of(study) is None:
        raise UsageError("There is nothing to confirm: no trial came to a finite value.")
    kept = []
    for trial in best_trials(study, top):
        told(f"trial {trial.number} again, {seeds} seeds")
        values = [objective.again(trial.params, number) for number in range(seeds)]
        kept.append({"number": trial.number, "observed": trial.value, "values": values})
    study.set_user_attr(CONFIRMED, finite(kept))
    return kept


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
