"""What the terminal shows while a search goes on: one line for each trial that has ended."""

from __future__ import annotations

from typing import TYPE_CHECKING, TextIO

from unstuck.core.words import clean, count, number
from unstuck.tune.objective.outcome import TrialStatus
from unstuck.tune.reaper import MESSAGE
from unstuck.tune.record_study import best_of, status_of
from unstuck.tune.sampler.numbering import all_trials, logical_number
from unstuck.tune.sampler.observations import LOST

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
        self.study: Study | None = None

    def begun(self, study: Study) -> None:
        """Say what is there from before."""
        self.study = study
        if finished_of(study):
            self.say(f"going on with study {study.study_name}: {self.so_far()}")

    def say(self, text: str) -> None:
        """A line of ours."""
        if self._file is not None:
            self._file.write(f"unstuck: {text}\n")
            self._file.flush()

    def so_far(self) -> str:
        """``12 of 30 trials have ended, the best 0.21 (trial 7)``."""
        if self.study is None:
            return "no trial has ended"
        ended, best = len(finished_of(self.study)), best_of(self.study)
        value = "" if best is None else f", the best {number(best.value or 0.0)} (trial {best.number})"
        return f"{ended} of {count(max(ended, self._trials), 'trial')} {'has' if ended == 1 else 'have'} ended{value}"

    def __call__(self, study: Study, trial: FrozenTrial) -> None:
        self.ended += 1
        if self._file is None:
            return
        self._file.write(f"{line_of(study, trial, self._trials)}\n")
        self._file.flush()


def finished_of(study: Study) -> list[FrozenTrial]:
    """Trials that have ended, without those that were lost and run again."""
    return [one for one in all_trials(study) if one.state.is_finished() and LOST not in one.user_attrs]


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
