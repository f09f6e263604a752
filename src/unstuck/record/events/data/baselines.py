"""What simple models reach on a data set, and what is possible at all."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from unstuck.record.events.base import Number
from unstuck.record.events.data.base import DataEvent


@dataclass(frozen=True, slots=True, kw_only=True)
class Score:
    """A metric with its 95 % interval."""

    metric: str
    value: float
    low: Number = None
    high: Number = None


@dataclass(frozen=True, slots=True, kw_only=True)
class BaselineScore(DataEvent):
    """Scores of simple models."""

    kind: ClassVar[str] = "baseline_score"
    since: ClassVar[int] = 2
    model: str
    """key of the model: ``constant``, ``neighbours``, …"""
    title: str = ""
    """its name in words"""
    features: str = ""
    """what it was given, in words"""
    protocol: str = ""
    """how it was evaluated, in words: "10-fold cross-validation\""""
    trained_on: int = 0
    """rows of each fit, at most"""
    evaluated_on: int = 0
    """rows that were predicted"""
    scores: tuple[Score, ...] = ()
    """the chosen metric first; empty where the model was skipped"""
    seconds: float = 0.0
    skipped: str = ""
    """why it was not evaluated, in words; "" where it was"""


@dataclass(frozen=True, slots=True, kw_only=True)
class BayesBracket(DataEvent):
    """Bounds of the lowest possible error rate (Cover and Hart 1967)."""

    kind: ClassVar[str] = "bayes_bracket"
    since: ClassVar[int] = 2
    lower: float
    upper: float
    """the leave-one-out error of the nearest neighbour, or that of the best simple model if it is less"""
    classes: int
    rows: int
    half_error: Number = None
    """the same error with half of the rows; well above ``upper``: the bracket is still falling with more data"""
    features: str = ""
    note: str = ""
    """what to beware of, in words"""


@dataclass(frozen=True, slots=True, kw_only=True)
class NumberToBeat(DataEvent):
    """The score that a network must beat."""

    kind: ClassVar[str] = "number_to_beat"
    since: ClassVar[int] = 2
    metric: str
    value: float
    low: Number = None
    high: Number = None
    higher_is_better: bool = True
    model: str = ""
    """title of the simple model that reaches it"""
    constant: Number = None
    """what a constant prediction scores"""
    protocol: str = ""
    sentence: str = ""
    warnings: tuple[str, ...] = ()
    """in words: a metric that a constant prediction satisfies, rows that were left out"""
    human_error: Number = None
    human_source: str = ""
    """where the human error comes from, in words"""


@dataclass(frozen=True, slots=True, kw_only=True)
class WeakSlice(DataEvent):
    """A slice of the data in which a simple model fails."""

    kind: ClassVar[str] = "weak_slice"
    since: ClassVar[int] = 2
    model: str
    """title of the model"""
    predicates: tuple[str, ...] = ()
    """conditions that all rows of the slice meet, at most two"""
    count: int = 0
    """rows of the slice among those that were looked at"""
    looked_at: int = 0
    loss: float = 0.0
    """mean in the slice, on rows that did not choose it"""
    other_loss: float = 0.0
    """mean of all other rows, likewise"""
    loss_name: str = ""
    p_value: float = 1.0
    """one-sided, corrected for the number of slices that were tested"""
    rows: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class ScalerScore(DataEvent):
    """Scores of scalers with models."""

    kind: ClassVar[str] = "scaler_score"
    since: ClassVar[int] = 2
    scaler: str
    model: str
    value: float
    """accuracy, or R² of a regression"""
    low: Number = None
    high: Number = None
    metric: str = ""
    protocol: str = ""
