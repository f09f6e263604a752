"""One worker: it takes trials from the storage and runs them until the search has as many as were asked for."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from unstuck.core.errors import UsageError
from unstuck.tune.liveness import WORKER, Heartbeat, Watchman, this_worker
from unstuck.tune.objective.outcome import Objective, Outcome, TrialStatus
from unstuck.tune.reaper import MESSAGE, lose, reap
from unstuck.tune.sampler.numbering import all_trials, logical_number
from unstuck.tune.sampler.observations import DIVERGED, LOST
from unstuck.tune.samplers import USED_UP
from unstuck.tune.uninterrupted import uninterrupted

if TYPE_CHECKING:
    from optuna.study import Study
    from optuna.trial import FrozenTrial, Trial

OUTCOME = "unstuck:outcome"
"""attribute of a trial: what is known of its run"""
WAIT = 0.5
"""seconds between two looks at trials that others run"""
FAILURES = 3
"""so many trials that fail from the start, without one that does not, end the search"""
SURPLUS = "one too many"


@dataclass(kw_only=True)
class Search:
    """What a worker needs to know."""

    study: Study
    objective: Objective
    trials: int
    """that are asked for, those that other workers run included"""
    deadline: float | None = None
    """by `time.monotonic`: after it no trial begins"""
    watchman: Watchman = field(default_factory=Watchman)
    left: Callable[[], bool] = lambda: False
    """whether whoever started this worker has gone, so that nobody waits for more"""
    ended: Callable[[FrozenTrial], object] = lambda _: None
    """is called with every trial that this worker has ended"""

    def work(self) -> None:
        """Until nothing is left to do.

        Raises:
            UsageError: the search cannot go on; the message says why.
        """
        while True:
            reap(self.study, self.watchman)
            check_failures(self.study)
            if self.left() or (self.deadline is not None and time.monotonic() > self.deadline):
                return
            state = self._state()
            if state == "done":
                return
            if state == "wait":
                time.sleep(WAIT)
                continue
            self._one()

    def _state(self) -> str:
        """``free`` where a trial can be taken, ``wait`` where others run the last ones, else ``done``."""
        from optuna.trial import TrialState

        trials = [one for one in all_trials(self.study) if LOST not in one.user_attrs]
        waiting = any(one.state == TrialState.WAITING for one in trials)
        used_up = USED_UP in self.study.user_attrs
        if waiting or (len(trials) < self.trials and not used_up):
            return "free"
        return "wait" if any(one.state == TrialState.RUNNING for one in trials) else "done"

    def _one(self) -> None:
        trial: Trial | None = None
        try:
            with uninterrupted():
                trial = self._asked()
                if logical_number(trial.number, all_trials(self.study)) >= self.trials:
                    self._give_back(trial)
                    return
            with Heartbeat(self.study._storage, trial._trial_id):
                outcome = self.objective(trial)
        except UsageError as error:
            if trial is not None:
                self._tell(trial, Outcome(status=TrialStatus.FAILED, message=str(error)))
            raise
        except BaseException as error:
            if trial is not None:
                ended = isinstance(error, KeyboardInterrupt | SystemExit)
                with uninterrupted():
                    why = "interrupted" if ended else f"{type(error).__name__}: {error}"
                    lose(self.study, self._frozen(trial), why)
            raise
        with uninterrupted():
            self._tell(trial, outcome)
            self.ended(self._frozen(trial))

    def _asked(self) -> Trial:
        try:
            trial = self.study.ask()
        except ValueError as error:
            raise UsageError(f"The sampler cannot be used on this space: {error}") from error
        trial.set_user_attr(WORKER, this_worker())
        return trial

    def _give_back(self, trial: Trial) -> None:
        """Two workers took the last trial at once: the later one ends, and does not count."""
        from optuna.trial import TrialState

        trial.set_user_attr(LOST, SURPLUS)
        self.study.tell(trial, state=TrialState.FAIL)

    def _frozen(self, trial: Trial) -> FrozenTrial:
        return self.study._storage.get_trial(trial._trial_id)

    def _tell(self, trial: Trial, outcome: Outcome) -> None:
        """Keep the outcome; nothing where another worker has called this one dead and ended the trial."""
        from optuna.exceptions import UpdateFinishedTrialError
        from optuna.trial import TrialState

        kept = {
            "status": str(outcome.status), "values": list(outcome.values), "record": outcome.record,
            "verdict": outcome.verdict, "answer": outcome.answer, "training_loss": outcome.training_loss,
            "parameters": outcome.parameters,
        }  # fmt: skip
        try:
            trial.set_user_attr(OUTCOME, finite(kept))
            if outcome.message:
                trial.set_user_attr(MESSAGE, outcome.message)
            if outcome.status is TrialStatus.COMPLETE:
                self.study.tell(trial, outcome.value)
            elif outcome.status is TrialStatus.PRUNED:
                self.study.tell(trial, state=TrialState.PRUNED)
            else:
                trial.set_user_attr(DIVERGED, True)
                self.study.tell(trial, state=TrialState.FAIL)
        except (UpdateFinishedTrialError, ValueError) as error:
            if self._frozen(trial).state == TrialState.RUNNING:
                raise UsageError(f"The result of trial {trial.number} cannot be kept: {error}") from error


def finite(value: object) -> object:
    """As JSON can have it: numbers that are not finite as texts."""
    from unstuck.record.writer import finite_json

    return finite_json(value)


def check_failures(study: Study) -> None:
    """End a search in which nothing works.

    Raises:
        UsageError: the first trials all failed.
    """
    from optuna.trial import TrialState

    trials = [one for one in all_trials(study) if LOST not in one.user_attrs and one.state.is_finished()]
    failed = [one for one in trials if one.state == TrialState.FAIL and _status(one) == TrialStatus.FAILED]
    if len(failed) >= FAILURES and len(failed) == len(trials):
        last = failed[-1]
        setting = ", ".join(f"{name}={value}" for name, value in last.params.items())
        raise UsageError(
            f"Each of the first {len(failed)} trials failed, so the search was ended. The last one said: "
            f"{last.user_attrs.get(MESSAGE, 'nothing')}. Its setting was {setting or 'empty'}. "
            "Once it is repaired, begin afresh with --new: these trials are kept."
        )


def _status(trial: FrozenTrial) -> str:
    kept = trial.user_attrs.get(OUTCOME)
    return str(kept.get("status", "")) if isinstance(kept, dict) else ""
