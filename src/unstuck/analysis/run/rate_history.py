"""The learning rate of every step of an optimiser, beside the schedules that set it.  S = steps."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import PurePath
from typing import Any

import numpy as np

from unstuck.analysis.fact import fact
from unstuck.analysis.run.training import Training
from unstuck.core.finding import Place
from unstuck.record.events import Scheduler
from unstuck.record.schema import Kind

Array = np.ndarray[Any, Any]
SAME = 1e-6
"""relative difference of two rates that are the same"""


@dataclass(frozen=True, slots=True, kw_only=True)
class RateHistory:
    """Of the first parameter group of one optimiser."""

    optimizer: int
    x: Array
    """(S,) backward calls before each step"""
    rate: Array
    """(S,)"""
    nominal: float
    """the rate that was written: by the optimiser's constructor, or as the peak of a schedule"""
    schedules: tuple[Scheduler, ...]
    """as they were made, the first one first"""
    restored: bool
    """the state of one was loaded"""
    changes: Array
    """positions of the steps whose rate is another than that of the step before"""
    inside: float | None
    """share of the changes at which neither an epoch nor an evaluation begins; None where none ever does"""
    place: Place
    """where the last schedule was made, else the optimiser"""

    @property
    def peak(self) -> float:
        """The highest rate of any step."""
        return float(self.rate.max())

    @property
    def schedule(self) -> Scheduler | None:
        """The one schedule that there is; None where there is none, or several."""
        return self.schedules[0] if len(self.schedules) == 1 else None

    @property
    def is_per_step(self) -> bool:
        """Whether the rate changes within epochs."""
        return self.inside is not None and self.inside > 0.5

    def last_above(self, share: float) -> int:
        """Position of the last step with at least a share of the peak."""
        return int(np.flatnonzero(self.rate >= share * self.peak)[-1])

    @property
    def words(self) -> str:
        """``StepLR (step_size=2, gamma=0.5) at train.py:9``; ``the script`` where no schedule was seen."""
        if not self.schedules:
            return "the script"
        return ", ".join(dict.fromkeys(_words(schedule) for schedule in self.schedules))


SHOWN = (
    "step_size", "milestones", "gamma", "T_max", "eta_min", "total_iters", "total_steps", "factor", "patience", "mode",
)  # fmt: skip


def _words(schedule: Scheduler) -> str:
    settings = [f"{key}={_value(schedule.settings[key])}" for key in SHOWN if key in schedule.settings]
    settings = [one for one in settings if one not in ("eta_min=0", "mode=min")]
    told = f" ({', '.join(settings)})" if settings else ""
    where = f" at {PurePath(schedule.file).name}:{schedule.line}" if schedule.file else ""
    return f"{schedule.name}{told}{where}"


def _value(value: object) -> str:
    return f"{value:g}" if isinstance(value, int | float) else str(value)


@fact
def rate_histories(training: Training) -> tuple[RateHistory, ...]:
    """One for each optimiser that made a step with a finite rate above zero."""
    numbers = dict.fromkeys(optimizer.id for optimizer in training.optimizers)
    histories = (_history(training, number) for number in numbers)
    return tuple(history for history in histories if history is not None)


def _history(training: Training, number: int) -> RateHistory | None:
    rows = training.steps_of(number)
    rows = rows[np.isfinite(rows["value"])]
    if not len(rows) or not float(rows["value"].max()) > 0:
        return None
    x, rate = rows["index"].astype(np.float64), rows["value"]
    told = [event for event in training.part.of(Scheduler) if event.optimizer == number]
    made = tuple(event for event in told if not event.restored)
    changes = np.flatnonzero(~np.isclose(rate[1:], rate[:-1], rtol=SAME, atol=0.0)) + 1
    optimizers = [optimizer for optimizer in training.optimizers if optimizer.id == number]
    source = made[-1] if made else optimizers[0]
    return RateHistory(
        optimizer=number, x=x, rate=rate, nominal=_nominal(training, number, made, float(rate[0])), schedules=made,
        restored=len(told) > len(made), changes=changes, inside=_inside(training, x, changes),
        place=Place(file=source.file, line=source.line),
    )


def _nominal(training: Training, number: int, schedules: tuple[Scheduler, ...], first: float) -> float:
    """The peak that a schedule plans; else the rate that the constructor was given."""
    peaks = [float(schedule.peak) for schedule in schedules if schedule.peak is not None]
    if peaks:
        return max(peaks)
    groups = [optimizer.groups[0] for optimizer in training.optimizers if optimizer.id == number and optimizer.groups]
    kept = [group.initial_lr for group in groups if group.initial_lr is not None]
    given = [group.lr for group in groups[:1] if group.lr is not None]
    return float(next(iter([*kept, *given]), first))


def _inside(training: Training, x: Array, changes: Array) -> float | None:
    """Share of the changes with no beginning of an epoch, and no evaluation, since the step before."""
    begins = np.concatenate([training.part.rows(kind)["index"] for kind in (Kind.EPOCH, Kind.EVAL_LOSS)])
    begins = np.unique(begins[(begins > x[0]) & (begins <= x[-1])])
    if not len(begins) or not len(changes):
        return None
    found = np.searchsorted(begins, x[changes], "left") > np.searchsorted(begins, x[changes - 1], "left")
    return 1.0 - float(found.mean())
