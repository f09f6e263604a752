"""What a learning-rate schedule was told: read once, when it is made or its state is loaded."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from unstuck.record.events import Scheduler
from unstuck.watch.source import Where

SETTINGS = (
    "step_size", "gamma", "milestones", "_milestones", "T_max", "T_0", "T_mult", "eta_min", "start_factor",
    "end_factor", "total_iters", "total_steps", "factor", "power", "patience", "cooldown", "mode", "min_lrs",
)  # fmt: skip
"""constructor arguments worth keeping, where a schedule has them as plain attributes"""
MOST = 32
"""milestones that are kept"""


def begins_again(optimizer: Any, last_epoch: object) -> bool:
    """Whether a schedule begins at its first step, and the optimiser had one before, here or in a checkpoint."""
    groups: Any = getattr(optimizer, "param_groups", None) or ({},)
    return last_epoch == -1 and bool("initial_lr" in groups[0])


def scheduler_event(
    scheduler: Any, number: int, place: Where, *, step: int, had_schedule: bool = False, restored: bool = False
) -> Scheduler:
    """The event of a schedule of one optimiser."""
    groups: Any = getattr(scheduler.optimizer, "param_groups", None) or ({},)
    return Scheduler(
        step=step, name=type(scheduler).__name__, optimizer=number, **place, settings=_settings(scheduler),
        first_rate=_number(groups[0].get("lr")), peak=_number(groups[0].get("max_lr")), had_schedule=had_schedule,
        restored=restored,
    )


def _settings(scheduler: Any) -> dict[str, object]:
    kept: dict[str, object] = {}
    for name in SETTINGS:
        value = getattr(scheduler, name, None)
        if isinstance(value, bool | int | float | str):
            kept[name.strip("_")] = value
        elif isinstance(value, Mapping | list | tuple):  # milestones are counted: position → how often
            numbers = [_number(item) for item in list(value)[:MOST]]
            if all(number is not None for number in numbers):
                kept[name.strip("_")] = numbers
    return kept


def _number(value: object) -> float | None:
    if isinstance(value, int | float) and not isinstance(value, bool):
        return value
    item = getattr(value, "item", None)  # a rate may be a tensor
    if item is None or getattr(value, "numel", bool)() != 1 or getattr(value, "is_cuda", True):
        return None
    return float(item())
