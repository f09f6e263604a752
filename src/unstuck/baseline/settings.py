"""What a baseline was asked for, apart from the data."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True, kw_only=True)
class BaselineSettings:
    """The options of `unstuck baseline` that are not about reading the data."""

    metric: str | None = None
    """name of the metric that decides; None: chosen by the task and by how rare the rarest class is"""
    folds: int | None = None
    """of the cross-validation; None: 10 below 1,000 rows, else 5"""
    rows: int = 20_000
    """rows of each split that are used; of a larger split they are drawn at random"""
    seconds: float = 120.0
    """a model that would take longer than what is left of this is skipped"""
    human_error: float | None = None
    """share of examples that a person gets wrong"""
    annotations: Path | None = None
    """a table of rows and labels that a person gave, to work out the human error from"""
    scalers: bool = False
    """also compare nine scalers with eight models"""
    slices: bool = True
    """also look for slices in which the boosted trees fail"""
    seed: int = 0
