"""The pruners by their names: trials that are worse than others at the same point are stopped."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from optuna.pruners import BasePruner

STARTUP_TRIALS = 5
"""trials that run to their end first, so that there is something to compare with"""
WARMUP_STEPS = 2
"""reports of every trial that are not judged"""


def pruner_of(name: str) -> BasePruner:
    """The pruner of a search."""
    from optuna.pruners import HyperbandPruner, MedianPruner, NopPruner

    if name == "median":
        return MedianPruner(n_startup_trials=STARTUP_TRIALS, n_warmup_steps=WARMUP_STEPS)
    if name == "hyperband":
        return HyperbandPruner(min_resource=1, reduction_factor=3)
    return NopPruner()
