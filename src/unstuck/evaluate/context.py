"""What a measurement gets: predictions, the data behind them, and what simple models make of it."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING, Any

import numpy as np

from unstuck.analysis.data.measure import Progress, silent
from unstuck.analysis.data.sample import DataSet, Sample
from unstuck.analysis.model.metrics import Scorer
from unstuck.analysis.model.predictions import Array, Predictions
from unstuck.core.outcome import TooLittle
from unstuck.evaluate.settings import EvaluateSettings
from unstuck.record.events.model.base import MOST_ROWS

if TYPE_CHECKING:
    from unstuck.analysis.data.sample import Column
    from unstuck.baseline.problem import Problem
    from unstuck.evaluate.examples import Examples
    from unstuck.evaluate.model import Predictor


@dataclass(eq=False, kw_only=True)
class Context:
    """One evaluation."""

    settings: EvaluateSettings
    given: Predictions
    positions: Array  # (n,)
    """of the examples in the split"""
    metric: str
    positive: int = 1
    dataset: DataSet | None = None
    """the splits as arrays; None where the inputs are no arrays"""
    output_of: tuple[int, ...] = ()
    """the model's output of each class of the data set"""
    has_train: bool = False
    train_truth: Array | None = None
    """labels of the training examples, as the model numbers them"""
    meta: tuple[Column, ...] = ()
    predictor: Predictor | None = None
    examples: Examples | None = None
    train_examples: Examples | None = None
    rival: Predictions | None = None
    """of a second model, on the same examples"""
    rival_name: str = ""
    progress: Progress = silent
    notes: list[str] = field(default_factory=list)
    simple: dict[str, Predictions] = field(default_factory=dict)
    """predictions of simple models that were fitted to the training examples, by their titles"""
    simple_rows: Array | None = None
    """the labels of `given` that simple models predicted"""

    @cached_property
    def scorer(self) -> Scorer:
        """The metrics of the model."""
        return Scorer(self.given, self.positive)

    @property
    def test(self) -> Sample | None:
        """The split that was predicted, as arrays."""
        return None if self.dataset is None else self.dataset.samples[-1]

    @cached_property
    def problem(self) -> Problem:
        """Training and held-out examples as simple models need them.

        Raises:
            TooLittle: there is no training split, or nothing that simple models can use.
        """
        from unstuck.baseline.problem import problem_of
        from unstuck.baseline.settings import BaselineSettings
        from unstuck.core.errors import UsageError

        if self.given.several:
            raise TooLittle("one label for each example, as simple models need it")
        if not self.has_train or self.dataset is None:
            raise TooLittle("training data (--train)")
        try:
            problem = problem_of(self.dataset, BaselineSettings.rows, self.settings.seed)
        except UsageError as error:
            raise TooLittle(f"data that simple models can use ({error})") from error
        if not problem.held_out:
            raise TooLittle("labelled examples that simple models can use")
        return problem

    def rows(self, labels: Array, most: int = MOST_ROWS) -> tuple[int, ...]:
        """The positions in the split of some labels, each example once, in their order.

        Args:
            labels: numbers of labels, worst first.
            most: rows.
        """
        found = dict.fromkeys(self.positions[self.given.rows[labels]].tolist())
        return tuple(int(row) for row in list(found)[:most])

    def class_of(self, code: Any) -> str:
        """The name of a class."""
        return self.given.classes[int(code)]

    def as_outputs(self, codes: Array) -> Array:
        """Classes of the data set as the model numbers them."""
        return np.asarray(np.asarray(self.output_of)[codes]) if self.output_of else codes
