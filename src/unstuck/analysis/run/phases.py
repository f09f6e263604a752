"""Phases of one training: losses at several lines that train the same weights one after the other."""

from __future__ import annotations

from unstuck.analysis.fact import fact
from unstuck.analysis.run.training import Training


@fact
def main_phase(training: Training) -> tuple[int, int] | None:
    """First and last backward call of the main loss, where another loss comes wholly before or after it; else None.

    So is a network trained that is first pretrained on another task.
    """
    if len(training.losses) < 2:
        return None
    main, *others = training.losses
    low, high = int(main.index[0]), int(main.index[-1])
    apart = any(int(one.index[-1]) < low or int(one.index[0]) > high for one in others)
    return (low, high) if apart else None
