"""What an evaluation was asked for."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from unstuck.core.data_types import Task

SECONDS = 60.0


@dataclass(frozen=True, kw_only=True)
class EvaluateSettings:
    """The options of `unstuck evaluate`, apart from model, data and where the answer goes."""

    target: tuple[str, ...] = ()
    """names of the target columns of a table"""
    task: Task | None = None
    """None: told from outputs and labels"""
    classes: tuple[str, ...] | None = None
    """names in the order of the outputs"""
    metric: str | None = None
    """that decides; None: by the task and by how rare the rarest class is"""
    outputs: str | None = None
    """``logits``, ``probabilities`` or ``log-probabilities``; None: told from the values"""
    batch_size: int = 64
    device: str | None = None
    """None: where the model is"""
    rows: int = 200_000
    """examples that are predicted at most; of a larger split they are drawn at random"""
    human: float | None = None
    """share of examples that a person gets wrong"""
    meta: Path | None = None
    """a table with one row for each example, to look for weak slices in"""
    stages: tuple[str, ...] = ()
    """names of submodules of a composed model, to say which one its error comes from"""
    stage_truth: Path | Mapping[str, Any] | None = None
    """right outputs of stages: an ``.npz``, or arrays by the names of the stages"""
    baselines: bool = True
    """fit simple models to the training data"""
    seconds: float = SECONDS
    """for all simple models together"""
    look: int = 16
    """worst examples to show"""
    inside: tuple[int, ...] = ()
    """rows for which the layers are looked at"""
    landscape: bool = False
    """evaluate the loss around the weights"""
    seed: int = 0
