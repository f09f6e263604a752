"""Whether branches begin where the watched run began: a script that resumes from what the run left does not."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from unstuck.analysis.run.training import trainings

if TYPE_CHECKING:
    from unstuck.record.reader import Record

ALIKE = 0.01
"""of the first loss, by which it may differ: another number of threads rounds otherwise"""


def different_start(record: Record, control: Record) -> tuple[float, float] | None:
    """The first loss of the watched run and of its control, where they are not the same; both have the same start."""
    first, other = first_loss(record), first_loss(control)
    return None if first is None or other is None or _alike(first, other) else (first, other)


def starts_alike(record: Record, control: Record) -> bool:
    """Whether a control has the first loss of the watched run, as far as that has one."""
    first, other = first_loss(record), first_loss(control)
    return first is None or (other is not None and _alike(first, other))


def _alike(first: float, other: float) -> bool:
    return math.isclose(first, other, rel_tol=ALIKE)


def first_loss(record: Record) -> float | None:
    """Of the first training; None where it has none that is a number."""
    first = next((one for one in trainings(record) if one.losses), None)
    found = min(first.losses, key=lambda one: one.index[0], default=None) if first is not None else None
    if found is None or not len(found.value) or not math.isfinite(found.value[0]):
        return None
    return float(found.value[0])
