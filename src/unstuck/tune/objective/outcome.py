"""What came of one trial."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING, Any, Protocol

if TYPE_CHECKING:
    from optuna.trial import Trial


class TrialStatus(StrEnum):
    """How a trial ended."""

    COMPLETE = "complete"
    PRUNED = "pruned"
    """stopped early, because others were better at the same point"""
    DIVERGED = "diverged"
    """its result is not finite"""
    FAILED = "failed"
    """its program raised or ended with an error"""
    LOST = "lost"
    """its worker died or was interrupted; its setting is run again"""
    RUNNING = "running"
    WAITING = "waiting"


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """The result with what is known of the run behind it."""

    status: TrialStatus
    values: tuple[float, ...] = ()
    """of its executions"""
    message: str = ""
    """why it failed or diverged, in words"""
    record: str = ""
    """of its (last) run"""
    verdict: str = ""
    """of the run, by our own diagnosis"""
    answer: str = ""
    training_loss: float | None = None
    parameters: int | None = None
    """numbers that were trained"""

    @property
    def value(self) -> float:
        """The mean over the executions; NaN where there is none."""
        return math.fsum(self.values) / len(self.values) if self.values else math.nan


Report = Callable[[int, float], None]
"""step and value so far; raises `optuna.TrialPruned` where the trial is to stop"""


class Objective(Protocol):
    """Runs one trial."""

    def __call__(self, trial: Trial) -> Outcome: ...

    def again(self, setting: Mapping[str, Any], number: int) -> Outcome:
        """Train once more with a setting, with a seed that the search has not used."""
