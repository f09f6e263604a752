"""What the terminal shows while a search goes on: one line for each trial that has ended."""

from __future__ import annotations

from typing import TYPE_CHECKING, TextIO

from unstuck.core.words import clean, number
from unstuck.tune.objective.outcome import TrialStatus
from unstuck.tune.reaper import MESSAGE
from unstuck.tune.record_study import best_of, status_of
from unstuck.tune.sampler.numbering import all_trials, logical_number

if TYPE_CHECKING:
    from optuna.study import Study
    from optuna.trial import FrozenTrial

MOST_MESSAGE = 100


class Progress:
    """Writes to standard error, so that the answer alone is on standard output; to no file it only counts."""

    def __init__(self, file: TextIO | None, trials: int) -> None:
        self._file = file
        self._trials = trials
        self.ended = 0
        """trials that ended since"""

    def __call__(self, study: Study, trial: FrozenTrial) -> None:
        self.ended += 1
        if self._file is None:
            return
        self._file.write(f"{line_of(study, trial, self._trials)}\n")
        self._file.flush()


def line_of(study: Study, trial: FrozenTrial, trials: int) -> str:
    """``trial 6 (7 of 50)  0.21  lr 0.003, width 64`` or why there is no value; Optuna's number first."""
    at = logical_number(trial.number, all_trials(study)) + 1
    status = status_of(trial)
    best = best_of(study)
    said = number(trial.value) if status is TrialStatus.COMPLETE and trial.value is not None else str(status)
    mark = "  best so far" if best is not None and best.number == trial.number else ""
    setting = ", ".join(f"{name} {in_short(value)}" for name, value in trial.params.items())
    why = str(trial.user_attrs.get(MESSAGE, ""))
    message = f": {clean(why.split(chr(10), 1)[0][:MOST_MESSAGE])}" if why else ""
    return f"trial {trial.number} ({at} of {trials})  {said}{message}  {clean(setting)}{mark}"


def in_short(value: object) -> str:
    """A value of a setting for people."""
    return number(value) if isinstance(value, float) else str(value)
