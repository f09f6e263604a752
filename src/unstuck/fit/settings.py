"""What `unstuck fit` is asked for, apart from the data."""

from __future__ import annotations

import math
from dataclasses import dataclass
from pathlib import Path

from unstuck.core.errors import UsageError

BUDGET = 600.0
LEAST_BUDGET = 10.0
"""seconds; with less, not even the simplest network can be trained once beside the baselines"""
RUNGS = ("audit", "baselines", "ramp", "regularise", "tune", "squeeze", "evaluate")
"""those that can be left out"""
NETWORKS = ("auto", "dense", "convolution", "recurrent")


@dataclass(frozen=True, kw_only=True)
class FitSettings:
    """The options of `unstuck fit`."""

    goal: str = ""
    """such as ``recall>=0.9 @ precision>=0.5``; "" for as good as possible by the metric that fits the task"""
    budget: float = BUDGET
    """seconds, turned once into a plan of trainings"""
    seed: int = 0
    out: Path = Path("fit")
    """folder of the result; an unfinished one of the same request is gone on with"""
    positive: str | None = None
    """class that precision and recall are about; None: the rarer of two"""
    network: str = "auto"
    """structure of the network: by the data, or one of `NETWORKS`"""
    folds: int | None = None
    """of the cross-validation; 1 for a single held-out part; None: by the number of examples"""
    stop_early: bool = True
    """stop where a shallow model meets the goal, or nothing can be learned"""
    plan: Path | None = None
    """a recorded plan to follow, in place of measuring a new one"""
    rungs: tuple[str, ...] = RUNGS
    """that are climbed; `RUNGS` for all"""
    new: bool = False
    """begin afresh where ``out`` holds an earlier fit"""

    def __post_init__(self) -> None:
        if not LEAST_BUDGET <= self.budget < math.inf:
            raise UsageError(
                f"The budget must be {LEAST_BUDGET:g} seconds or more: less does not suffice for the baselines and "
                f"one network. Got {self.budget:g} s. Say for example --budget 10m."
            )
        if self.network not in NETWORKS:
            raise UsageError(f"There is no network {self.network}. Known are {', '.join(NETWORKS)}.")
        if self.folds is not None and self.folds < 1:
            raise UsageError(f"The number of folds must be 1 or more. Got {self.folds}.")


def seconds_of(text: str) -> float:
    """A length of time as people write it: ``90``, ``90s``, ``20m``, ``1.5h``.

    Raises:
        UsageError: it is none.
    """
    units = {"s": 1.0, "m": 60.0, "min": 60.0, "h": 3600.0}
    bare = text.strip().lower().replace(" ", "")
    unit = next((one for one in sorted(units, key=len, reverse=True) if bare.endswith(one)), "")
    try:
        value = float(bare.removesuffix(unit))
    except ValueError as error:
        raise UsageError(f"--budget wants a length of time such as 90s, 20m or 1h. Got {text!r}.") from error
    return value * units.get(unit, 1.0)
