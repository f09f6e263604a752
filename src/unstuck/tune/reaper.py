"""Trials of dead workers: each is ended as lost, and its setting is put first in the queue, to be run again."""

from __future__ import annotations

from contextlib import suppress
from typing import TYPE_CHECKING

from unstuck.tune.sampler.observations import DIVERGED, LOST

if TYPE_CHECKING:
    from optuna.study import Study
    from optuna.trial import FrozenTrial

    from unstuck.tune.liveness import Watchman

RETRY_OF = "unstuck:retry_of"
"""attribute of a trial: number of the lost trial whose setting it runs"""
MOST_RETRIES = 3
"""a setting that has killed so many workers is not tried again"""
MESSAGE = "unstuck:message"
"""attribute of a trial: what became of it, in words"""


def reap(study: Study, watchman: Watchman) -> list[int]:
    """Free the trials whose worker is dead; their numbers."""
    from optuna.trial import TrialState

    running = study.get_trials(deepcopy=False, states=(TrialState.RUNNING,))
    dead = [one for one in running if watchman.is_dead(one._trial_id, one.user_attrs)]
    return [one.number for one in dead if lose(study, one, "its worker died")]


def lose(study: Study, trial: FrozenTrial, why: str) -> bool:
    """End a running trial as lost and queue its setting; False where another process was faster."""
    from optuna.exceptions import UpdateFinishedTrialError
    from optuna.trial import TrialState

    storage = study._storage
    retries = _retries(study, trial)
    with suppress(UpdateFinishedTrialError, KeyError, ValueError):
        again = retries < MOST_RETRIES
        # A setting that kills every worker is a bad setting, and no longer a lost trial.
        storage.set_trial_user_attr(trial._trial_id, LOST if again else DIVERGED, why)
        message = why if again else f"{why}, {retries + 1} times: out of memory?"
        storage.set_trial_user_attr(trial._trial_id, MESSAGE, message)
        if not storage.set_trial_state_values(trial._trial_id, TrialState.FAIL):
            return False
        if again and trial.params:
            study.enqueue_trial(trial.params, user_attrs={RETRY_OF: trial.number})
        return True
    return False


def _retries(study: Study, trial: FrozenTrial) -> int:
    """How often the setting of a trial was lost before it."""
    trials = {one.number: one for one in study.get_trials(deepcopy=False)}
    count, origin = 0, trial.user_attrs.get(RETRY_OF)
    while isinstance(origin, int) and origin in trials:
        count, origin = count + 1, trials[origin].user_attrs.get(RETRY_OF)
    return count
