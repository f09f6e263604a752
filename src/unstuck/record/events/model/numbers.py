"""How well a model does: metrics with intervals, classes, comparisons, calibration, abstaining."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from unstuck.record.events.base import Number
from unstuck.record.events.model.base import ModelEvent


@dataclass(frozen=True, slots=True, kw_only=True)
class MetricScore(ModelEvent):
    """Metrics of the model."""

    kind: ClassVar[str] = "metric_score"
    since: ClassVar[int] = 2
    metric: str
    value: float
    low: Number = None
    """ends of the 95 % interval"""
    high: Number = None
    how: str = ""
    """the interval was worked out: ``Wilson`` or ``bootstrap``"""
    constant: Number = None
    """what the best constant prediction scores"""
    constant_name: str = ""
    """that prediction in words: ``always no``"""


@dataclass(frozen=True, slots=True, kw_only=True)
class ClassScore(ModelEvent):
    """Scores of single classes."""

    kind: ClassVar[str] = "class_score"
    since: ClassVar[int] = 2
    label: str
    count: int = 0
    """labels that are this class"""
    predicted: int = 0
    """predictions of it"""
    precision: Number = None
    precision_low: Number = None
    precision_high: Number = None
    recall: Number = None
    recall_low: Number = None
    recall_high: Number = None
    f1: Number = None
    auroc: Number = None
    """of this class against all others"""
    calibration_error: Number = None
    """of the probability of this class, in bins of equal mass"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Compared(ModelEvent):
    """The same examples predicted by something else: a constant, a simple model, another model, a person."""

    kind: ClassVar[str] = "compared"
    since: ClassVar[int] = 2
    against: str
    """in words"""
    sort: str
    """``constant``, ``simple``, ``model`` or ``human``"""
    metric: str
    value: float
    """of the model, on the examples that both predicted"""
    other: float
    """of what it is compared with"""
    difference: float
    """``value − other``"""
    low: Number = None
    """ends of the 95 % interval of the difference, paired bootstrap"""
    high: Number = None
    p_worse: Number = None
    """one-sided p value that the model is not worse on the metric"""
    examples: int = 0
    only_model: int = 0
    """examples that the model alone predicts correctly"""
    only_other: int = 0
    p_mcnemar: Number = None
    """two-sided p value of McNemar's exact test; None without classes"""
    skipped: str = ""
    """why it was not compared, in words"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Calibration(ModelEvent):
    """Whether confidence is accuracy."""

    kind: ClassVar[str] = "calibration"
    since: ClassVar[int] = 2
    error: float
    """mean over the bins of |confidence − accuracy| of the predicted class"""
    chance: float
    """mean of the same, were every probability right: what so few examples cost"""
    chance_high: float
    """99 % quantile of it"""
    confidence: float
    """mean probability of the predicted class"""
    accuracy: float
    bins: int = 0
    """of equal mass"""
    bin_confidence: tuple[float, ...] = ()
    bin_accuracy: tuple[float, ...] = ()
    bin_low: tuple[float, ...] = ()
    """95 % intervals of the accuracies (Wilson)"""
    bin_high: tuple[float, ...] = ()
    bin_count: tuple[int, ...] = ()
    temperature: Number = None
    """by which the scores are divided, fitted on one half of the examples"""
    error_after: Number = None
    """of the other half, with the temperature"""
    error_before: Number = None
    """of the other half, without"""
    log_loss_before: Number = None
    log_loss_after: Number = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Abstaining(ModelEvent):
    """What is gained by leaving out the examples of least confidence."""

    kind: ClassVar[str] = "abstaining"
    since: ClassVar[int] = 2
    coverage: tuple[float, ...] = ()
    """share of the examples that are predicted, descending"""
    accuracy: tuple[float, ...] = ()
    """of these"""
    low: tuple[float, ...] = ()
    high: tuple[float, ...] = ()
    threshold: tuple[float, ...] = ()
    """least confidence of these"""
