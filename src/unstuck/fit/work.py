"""What the rungs of one fit share."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from unstuck.core.data_types import Task
from unstuck.fit.data import Data, target_of
from unstuck.fit.goal import Goal
from unstuck.fit.journal import Journal
from unstuck.fit.narrator import Narrator
from unstuck.fit.plan import Plan
from unstuck.fit.preparation import Preparation
from unstuck.fit.score import Given, Worth, worth
from unstuck.fit.settings import FitSettings

if TYPE_CHECKING:
    from unstuck.audit.settings import AuditSettings
    from unstuck.baseline.folds import Folds
    from unstuck.baseline.problem import Problem
    from unstuck.fit.recipe import Recipe
    from unstuck.fit.training import Examples

Array = np.ndarray[Any, Any]


@dataclass(frozen=True, eq=False, kw_only=True)
class Candidate:
    """A model that could be delivered, with predictions of training examples that it was not fitted on."""

    name: str
    title: str
    kind: str
    """``shallow``, ``network``, ``ensemble`` or ``stack``; in the order of their simplicity"""
    given: Given
    parts: tuple[tuple[str, float], ...] = ()
    """of a stack: names of candidates and their weights"""
    recipe: Recipe | None = None
    members: int = 1
    """networks for each fold"""
    losses: tuple[Array, ...] = ()
    """of the held-out examples of each fold"""


@dataclass(eq=False, kw_only=True)
class Work:
    """One fit, from the data on."""

    settings: FitSettings
    reading: AuditSettings
    goal: Goal
    data: Data
    preparation: Preparation
    folder: Path
    journal: Journal
    narrator: Narrator
    plan: Plan | None = None
    structure: str = "dense"
    candidates: dict[str, Candidate] = field(default_factory=dict)
    facts: dict[str, Any] = field(default_factory=dict)
    """for the report and the model card"""

    @property
    def records(self) -> Path:
        """Folder of the records of the rungs."""
        return self.folder / "records"

    @cached_property
    def y(self) -> Array:
        """Targets of the training examples."""
        return target_of(self.data.train)

    @cached_property
    def problem(self) -> Problem:
        """As simple models take it."""
        from unstuck.baseline.problem import Problem
        from unstuck.fit.data import examples_of

        return Problem(
            task=self.data.task, form=self.data.form, classes=self.data.classes,
            train=examples_of(self.data.train, self.preparation.shallow(self.data.train)),
        )  # fmt: skip

    @cached_property
    def examples(self) -> Examples:
        """As networks take them."""
        import torch

        from unstuck.fit.training import Examples

        y = torch.as_tensor(self.preparation.scaled(self.y))
        return Examples(
            x=torch.as_tensor(self.preparation.inputs(self.data.train)),
            y=y if self.data.task.has_classes else y.float(), task=self.data.task,
        )  # fmt: skip

    @cached_property
    def prior(self) -> Array:
        """(K,) shares of the classes; empty for other tasks."""
        if not self.data.task.has_classes:
            return np.zeros(0)
        return np.bincount(self.y, minlength=len(self.data.classes)) / len(self.y)

    def folds(self, number: int) -> Folds:
        """Pairs of rows to fit on and rows to predict; the same for every model."""
        from unstuck.baseline.folds import Folds, folds_of

        found = folds_of(self.problem.train, self.data.task, max(number, 5 if number == 1 else 2), self.settings.seed)
        if number > 1:
            return found
        return Folds(pairs=found.pairs[-1:], protocol="one held-out part of five")

    def given(self, scores: Array, rows: Array) -> Given:
        """Predictions (n, K) beside the truth of these training examples."""
        return Given(
            task=self.data.task, classes=self.data.classes, truth=self.y[rows], scores=np.asarray(scores, np.float64),
            positive=self.data.positive,
        )  # fmt: skip

    def groups(self, rows: Array) -> Array | None:
        """Groups of training examples."""
        groups = self.data.train.groups
        return None if groups is None else groups[rows].astype(str)

    def worth(self, candidate: Candidate) -> Worth:
        """Of a candidate by the goal."""
        return worth(self.goal, candidate.given)

    @property
    def is_regression(self) -> bool:
        """Whether numbers are predicted."""
        return self.data.task is Task.REGRESSION
