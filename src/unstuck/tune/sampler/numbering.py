"""The number of a trial for random choices: lost trials do not count, so that a search that was left goes on alike."""

from __future__ import annotations

from collections.abc import Sequence

from optuna.study import Study
from optuna.trial import FrozenTrial

from unstuck.tune.sampler.observations import LOST


def all_trials(study: Study) -> list[FrozenTrial]:
    """Every trial, those too that a pruner hides from the sampler."""
    return study._storage.get_all_trials(study._study_id, deepcopy=False)


def logical_number(number: int, trials: Sequence[FrozenTrial]) -> int:
    """The number of a trial without those before it that were lost and are run again."""
    return number - sum(LOST in one.user_attrs for one in trials if one.number < number)
