"""Losses: series over time, single calls of loss functions, losses that carry no gradient or are not finite."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import ClassVar

from unstuck.record.events.base import Event, Number
from unstuck.record.events.facts import PositiveFacts, SequenceFacts, TensorFacts, UnreachableFacts

IGNORED_LABEL = -100
"""the label that class losses leave out unless told otherwise"""
NOT_RECORDED = TensorFacts()


@dataclass(frozen=True, slots=True, kw_only=True)
class Series(Event):
    """A loss over time began: its values are rows of the timeline."""

    kind: ClassVar[str] = "series"
    id: int
    """the source number of its rows in the timeline"""
    role: str = "train"
    """``train`` (a backward followed) or ``eval`` (none did)"""
    training: int | None = None
    function: str | None = None
    """canonical name of the loss function; None for a loss written by hand"""
    file: str | None = None
    line: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class LossCall(Event):
    """One call of a loss function. N = examples, C = classes; every field that does not apply is None."""

    kind: ClassVar[str] = "loss_call"
    function: str = ""
    phase: str = "train"
    """``train``, ``eval``, ``other`` (a gradient, but no backward) or ``raised``"""
    training: int | None = None
    series: int | None = None
    file: str | None = None
    line: int | None = None
    input: TensorFacts = NOT_RECORDED
    target: TensorFacts = NOT_RECORDED
    raised: str | None = None
    """the error that the call ended in"""
    reduction: str | None = None
    label_smoothing: Number = None
    ignore_index: int | None = None
    delta: Number = None
    beta: Number = None
    weight: tuple[float, ...] | None = None
    """(C,) class weights"""
    pos_weight: tuple[float, ...] | None = None
    mean: Number = None
    """the loss with its reduction set to the mean"""
    constant: Number = None
    """mean loss of always predicting the batch's median"""
    absolute_deviation: Number = None
    """mean absolute distance of the targets from their median"""
    column_mean: tuple[float, ...] | None = None
    """mean of each target column"""
    column_variance: tuple[float, ...] | float | None = None
    """sample variance of each target column; the mean of them where there are many"""
    classes: int | None = None
    """C, width of the predictions"""
    row_sum_error: Number = None
    """largest |sum over classes - 1| of a prediction"""
    row_min: Number = None
    """smallest element of the predictions"""
    log_normaliser: Number = None
    """mean |log sum exp| of a prediction: 0 for log-probabilities"""
    predicted: Mapping[int, int] | None = None
    """class → examples predicted as it"""
    labels: Mapping[int, int] | None = None
    """class → examples labelled as it"""
    hits: Mapping[int, int] | None = None
    """class → examples of it that were predicted right"""
    positive: PositiveFacts | None = None
    target_row_sum: tuple[float, float] | None = None
    """smallest and largest sum over the classes of a target"""
    one_hot: bool | None = None
    """every target has exactly one 1 and zeros else"""
    distinct: tuple[tuple[float, float], ...] | None = None
    """(value, count) of the distinct target values, where there are few"""
    outside_unit: Number = None
    """share of targets below 0 or above 1"""
    outside_signed_unit: Number = None
    """share of targets below -1 or above 1"""
    negative: Number = None
    """share of targets below 0"""
    unreachable: UnreachableFacts | None = None
    sequences: SequenceFacts | None = None
    """what only `ctc_loss` has"""
    broadcast: tuple[int, ...] | None = None
    """shape that input and target are broadcast to, where their shapes differ"""
    example_losses: tuple[float, ...] | None = None
    """(N,) loss of each example, NaN where it is ignored"""
    loader: int | None = None
    """id of the loader that the batch came from"""
    indices: tuple[int, ...] | None = None
    """(N,) positions of the examples in the loader's data set"""

    @property
    def ignored_label(self) -> int:
        """The label that the loss leaves out."""
        return self.ignore_index if self.ignore_index is not None else IGNORED_LABEL


@dataclass(frozen=True, slots=True, kw_only=True)
class Detached(Event):
    """A loss was computed with gradients enabled and carries none: the graph is cut before it."""

    kind: ClassVar[str] = "detached"
    training: int | None = None
    function: str = ""
    count: int = 0
    """such calls so far"""
    input: TensorFacts | None = None
    training_mode: bool | None = None
    file: str | None = None
    line: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Nonfinite(Event):
    """The first loss of a training that is not finite, and where that comes from."""

    kind: ClassVar[str] = "nonfinite"
    training: int | None = None
    series: int | None = None
    batch: tuple[int, ...] | None = None
    """positions of the batch's examples in the data set"""
    weights: tuple[str, ...] = ()
    """parameters that were not finite already"""
    leaves: int | None = None
    """parameters that the loss reaches"""
    inputs_nonfinite: int | None = None
    """non-finite elements of the data that entered the network"""
    target_nonfinite: int | None = None
    op: str | None = None
    """the first operation that gave a non-finite value"""
    count: int | None = None
    """its non-finite values …"""
    of: int | None = None
    """… of so many"""
    layer: str | None = None
    file: str | None = None
    line: int | None = None
