"""How a split differs from the training split: its columns, its joint distribution, its preparation."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import ClassVar

from unstuck.record.events.base import Number
from unstuck.record.events.data.base import DataEvent


@dataclass(frozen=True, slots=True, kw_only=True)
class ColumnShift(DataEvent):
    """A comparison of columns with the training split."""

    kind: ClassVar[str] = "column_shift"
    since: ClassVar[int] = 2
    other: int = 0
    column: str
    """or what was measured on each image or text, such as its brightness"""
    target: bool = False
    columns: int = 1
    """how many were compared; the most different ones have an event each"""
    p_value: float = 1.0
    """corrected for the number of columns by Holm's method"""
    distance: float = 0.0
    """largest difference of the distribution functions, of values or of distances from the median; for categories half
    the sum of the differences of shares"""
    shift: Number = None
    """difference of the means in standard deviations of the training split; None for categories"""
    mean: Number = None
    other_mean: Number = None
    missing: float = 0.0
    """share of missing values"""
    other_missing: float = 0.0
    category: str | None = None
    """whose share differs most"""
    share: Number = None
    other_share: Number = None
    association: Number = None
    """share of the variance of the column that the label explains in the training split"""


@dataclass(frozen=True, slots=True, kw_only=True)
class DomainShift(DataEvent):
    """A classifier that was trained to recognise the split."""

    kind: ClassVar[str] = "domain_shift"
    since: ClassVar[int] = 2
    other: int = 0
    auc: float
    """area under its ROC curve on examples that it was not trained on"""
    z: float
    """standard errors above 0.5"""
    looked_at: int
    rows: tuple[int, ...] = ()
    """least like the training split first"""


class Mismatch(StrEnum):
    """How the preparation of two splits differs."""

    UNIT = "unit"
    """multiplied by a factor"""
    WHOLE = "whole"
    """(nearly) all columns have another scale or offset"""
    RAW = "raw"
    """the training split is standardised, this one is not"""
    STANDARDISED = "standardised"
    """this split is standardised, the training split is not"""
    INVERTED = "inverted"
    OWN = "own"
    """each split was scaled by its own statistics"""
    COLOURS = "colours"
    """the colour channels are in another order"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Preparation(DataEvent):
    """A comparison of scales, offsets and colour order with the training split."""

    kind: ClassVar[str] = "preparation"
    since: ClassVar[int] = 2
    other: int = 0
    what: Mismatch | None = None
    """None: nothing differs"""
    column: str | None = None
    """None: the whole split"""
    columns: tuple[str, ...] = ()
    """that are concerned, the worst first; at most 100"""
    concerned: int = 0
    """how many columns are"""
    compared: int = 0
    scale_factor: Number = None
    """values of this split / values of the training split"""
    offset: Number = None
    """mean of this split minus that of the training split, in standard deviations of the training split"""
    order: str = ""
    """the order of the channels that the training split has, as positions in this one: ``210`` for blue, green, red"""


class Scaler(StrEnum):
    """A scaler that leaves exact numbers behind."""

    STANDARD = "standard"
    """mean 0 and standard deviation 1"""
    RANGE = "range"
    """smallest value 0 or -1, largest 1"""


@dataclass(frozen=True, slots=True, kw_only=True)
class ScalerFit(DataEvent):
    """The exact statistics that a scaler leaves behind."""

    kind: ClassVar[str] = "scaler_fit"
    since: ClassVar[int] = 2
    other: int = 0
    scaler: Scaler | None = None
    """that was fitted on all splits together; None: no sign of one"""
    splits: tuple[int, ...] = ()
    """that were scaled together"""
    columns: int = 0
    """that have exact statistics over these splits together"""
    compared: int = 0
    deviation: Number = None
    """standard: root mean square of the means of the training split alone, in standard deviations;
    range: share of the columns whose extremes are not in the training split"""
