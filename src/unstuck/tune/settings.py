"""What a search is asked for."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from unstuck.core.errors import UsageError
from unstuck.watch.directory import DEFAULT

SAMPLERS = ("gp", "tpe", "random", "grid")
PRUNERS = ("median", "hyperband", "none")


@dataclass(frozen=True, kw_only=True)
class TuneSettings:
    """The options of ``unstuck tune``."""

    trials: int = 50
    sampler: str = "gp"
    pruner: str = "median"
    seed: int = 0
    executions: int = 1
    """trainings of each trial, whose mean counts"""
    workers: int = 1
    storage: str | None = None
    """a path or an address; by default a journal file in the folder of records"""
    study: str | None = None
    """name of the study; by default that of the program and a digest of what is searched"""
    new: bool = False
    """begin a new study even where one of the same search exists"""
    metric: str | None = None
    """None for the held-out loss"""
    maximize: bool = False
    per_second: bool = False
    timeout: float | None = None
    """seconds after which no trial begins"""
    epochs: int = 20
    """of our own training loop"""
    dir: Path = DEFAULT

    def __post_init__(self) -> None:
        for name, least in (("trials", 1), ("executions", 1), ("workers", 1), ("epochs", 1)):
            if getattr(self, name) < least:
                raise UsageError(f"The number of {name} must be {least} or more. Got {getattr(self, name)}.")
        if self.sampler not in SAMPLERS:
            raise UsageError(f"There is no sampler {self.sampler}. Known are {', '.join(SAMPLERS)}.")
        if self.pruner not in PRUNERS:
            raise UsageError(f"There is no pruner {self.pruner}. Known are {', '.join(PRUNERS)}.")
        if self.timeout is not None and self.timeout <= 0:
            raise UsageError(f"The timeout must be above 0 seconds. Got {self.timeout:g}.")
