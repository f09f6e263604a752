"""The learning rate that the user wrote, and what a schedule made of it."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import PurePath

import numpy as np

from unstuck.analysis.run.training import Training
from unstuck.record import events

SAME = 1e-5
"""relative difference of two rates that are the same: the timeline may round"""


@dataclass(frozen=True, slots=True, kw_only=True)
class LearningRate:
    """The rate of the first parameter group of one optimiser."""

    written: float
    """the rate that the user gave, before any schedule"""
    low: float
    high: float
    """over the steps"""
    changed_at: int | None
    """the first step with another rate than the written one, in backward calls before it; None where there is none"""
    schedule: str = ""
    """class and place of the schedule; "" where none was seen"""

    @property
    def words(self) -> str:
        """``1e-06``, ``1e-06 (CosineAnnealingLR at train.py:8 sets it between 5.5e-08 and 1e-06)``."""
        if self.changed_at is None:
            return f"{self.written:.3g}"
        who = self.schedule or f"from step {self.changed_at} on, the script"
        between = f"to {self.low:.3g}" if self.low == self.high else f"between {self.low:.3g} and {self.high:.3g}"
        return f"{self.written:.3g} ({who} sets it {between})"


def learning_rates(training: Training) -> tuple[LearningRate, ...]:
    """One for each optimiser that made a step with a finite rate."""
    numbers = dict.fromkeys(optimizer.id for optimizer in training.optimizers)
    rates = (_rate_of(training, number) for number in numbers)
    return tuple(rate for rate in rates if rate is not None)


def _rate_of(training: Training, number: int) -> LearningRate | None:
    rows = training.steps_of(number)
    rows = rows[np.isfinite(rows["value"])]
    if not len(rows):
        return None
    values = rows["value"]
    written = _written(training, number)
    written = float(values[0]) if written is None else written
    changed = np.flatnonzero(~np.isclose(values, written, rtol=SAME, atol=0.0))
    return LearningRate(
        written=written, low=float(values.min()), high=float(values.max()),
        changed_at=int(rows["index"][changed[0]]) if len(changed) else None,
        schedule=_schedule(training, number),
    )  # fmt: skip


def _written(training: Training, number: int) -> float | None:
    """A schedule keeps the rate that it was given as ``initial_lr``; without one it is the first rate."""
    groups = [optimizer.groups[0] for optimizer in training.optimizers if optimizer.id == number and optimizer.groups]
    kept = [group.initial_lr for group in groups if isinstance(group.initial_lr, int | float)]
    first = [group.lr for group in groups if isinstance(group.lr, int | float)]
    return next((float(rate) for rate in (*kept, *first)), None)


def _schedule(training: Training, number: int) -> str:
    for scheduler in training.part.of(events.Scheduler):
        if scheduler.optimizer == number:
            where = f" at {PurePath(scheduler.file).name}:{scheduler.line}" if scheduler.file else ""
            return f"{scheduler.name}{where}"
    return ""
