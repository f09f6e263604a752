"""Where a model fails: confused classes, the worst examples, slices, and predictions that do not repeat."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from unstuck.record.events.base import Number
from unstuck.record.events.model.base import ModelEvent


@dataclass(frozen=True, slots=True, kw_only=True)
class Confusion(ModelEvent):
    """Which classes are predicted for which."""

    kind: ClassVar[str] = "confusion"
    since: ClassVar[int] = 2
    counts: tuple[tuple[int, ...], ...] = ()
    """a row for each class of the truth, a column for each prediction"""


@dataclass(frozen=True, slots=True, kw_only=True)
class ConfusedPair(ModelEvent):
    """Two classes, one of which is predicted for the other."""

    kind: ClassVar[str] = "confused_pair"
    since: ClassVar[int] = 2
    truth: str
    predicted: str
    count: int
    of: int
    """examples of the class ``truth``"""
    share: float
    low: float
    """95 % interval of the share (Wilson)"""
    high: float
    usual: float
    """share with which another class is predicted for a class, over all other pairs"""
    back: int = 0
    """times that ``truth`` is predicted for ``predicted``"""
    back_of: int = 0
    rows: tuple[int, ...] = ()
    """that are confused, the most confident first"""
    error: Number = None
    """of the model, between these two classes alone"""
    simple_error: Number = None
    """of simple models that were fitted to the training examples of both classes"""
    within_error: Number = None
    """of simple models that were fitted to other held-out examples of both classes"""
    simple_model: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class WorstExamples(ModelEvent):
    """The examples with the highest loss."""

    kind: ClassVar[str] = "worst_examples"
    since: ClassVar[int] = 2
    rows: tuple[int, ...] = ()
    loss: tuple[float, ...] = ()
    """−log probability of the label; absolute error of a regression"""
    truth: tuple[str, ...] = ()
    predicted: tuple[str, ...] = ()
    confidence: tuple[float, ...] = ()
    """probability of the predicted class; empty for a regression"""
    doubted: tuple[bool, ...] = ()
    """a simple model predicts the same class: the label itself may be wrong"""
    confident: int = 0
    """examples in all that are wrong with a probability of 0.9 or more"""


@dataclass(frozen=True, slots=True, kw_only=True)
class SliceSearch(ModelEvent):
    """A search for slices in which the model fails."""

    kind: ClassVar[str] = "slice_search"
    since: ClassVar[int] = 2
    columns: tuple[str, ...] = ()
    """by which slices were described"""
    looked_at: int = 0
    found: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class ModelSlice(ModelEvent):
    """A part of the data, described in words, in which the model fails."""

    kind: ClassVar[str] = "model_slice"
    since: ClassVar[int] = 2
    predicates: tuple[str, ...] = ()
    """conditions that all its rows meet, at most two"""
    count: int = 0
    looked_at: int = 0
    loss: float = 0.0
    """mean in the slice, on rows that did not choose it"""
    other_loss: float = 0.0
    """mean of all other rows, likewise"""
    loss_name: str = "error rate"
    by_class: Number = None
    """mean loss that the classes in the slice have everywhere; None without classes"""
    p_value: float = 1.0
    """one-sided, corrected for the number of slices that were tested"""
    reference: str = ""
    """a simple model, fitted to other held-out examples; "" where there is none"""
    reference_loss: Number = None
    """its mean in the slice, on rows that it was not fitted on"""
    reference_p: Number = None
    """one-sided p value, on the same rows, that the model is not worse there than the simple one"""
    rows: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Repetition(ModelEvent):
    """The same examples predicted once more: again, alone, in another order."""

    kind: ClassVar[str] = "repetition"
    since: ClassVar[int] = 2
    how: str
    """``again``, ``alone`` or ``other order``"""
    examples: int = 0
    difference: float = 0.0
    """largest difference of an output, in standard deviations of the outputs"""
    changed: int = 0
    """examples whose predicted class is another one; of a regression those that differ by a tenth of the deviation"""
    differing: int = 0
    """examples with any difference beyond rounding"""
    rows: tuple[int, ...] = ()
    """that differ most"""
    mode: str = "evaluation mode"
    """in which the model was; ``as given`` for a function"""
    layers: tuple[str, ...] = ()
    """layers that act at random, or on the batch, whatever the mode"""
