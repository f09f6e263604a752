"""What stands out among the values of single columns."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import ClassVar

from unstuck.core.data_types import Form
from unstuck.record.events.base import Number
from unstuck.record.events.data.base import DataEvent


@dataclass(frozen=True, slots=True, kw_only=True)
class ColumnsExamined(DataEvent):
    """Examination of the values of each column."""

    kind: ClassVar[str] = "columns_examined"
    since: ClassVar[int] = 2
    forms: ClassVar[tuple[Form, ...]] = (Form.TABLE,)
    columns: int
    """that were examined; the events below are about those in which something stands out"""
    looked_at: int
    """rows"""


class Sentinel(StrEnum):
    """Why a value is taken for a mark of what is missing."""

    FAR = "far"
    """one repeated value, far from all others"""
    CODE = "code"
    """a usual code such as -999 or 9999, far more frequent than its neighbours"""
    NEGATIVE = "negative"
    """-1, the only negative value"""
    ZEROS = "zeros"
    """zeros apart from values that are clearly positive"""
    MARK = "mark"
    """a usual mark such as ``?`` among names"""
    IMPUTED = "imputed"
    """the mean or the median of the others, far more frequent than any of them"""


@dataclass(frozen=True, slots=True, kw_only=True)
class MissingFacts(DataEvent):
    """Columns in which values are missing, are infinite, or stand for missing ones."""

    kind: ClassVar[str] = "missing_values"
    since: ClassVar[int] = 2
    name: str
    """of the column"""
    missing: int = 0
    """empty, null or NaN"""
    infinite: int = 0
    sentinel: str | None = None
    """the value that stands for a missing one, as text"""
    sentinel_count: int = 0
    found_by: Sentinel | None = None
    distance: Number = None
    """from the sentinel to the nearest other value, in standard deviations of the others"""
    least: Number = None
    """of the other values"""
    greatest: Number = None
    looked_at: int
    """rows"""
    rows: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class OutlierFacts(DataEvent):
    """Columns in which a few values are far from all others."""

    kind: ClassVar[str] = "outliers"
    since: ClassVar[int] = 2
    name: str
    """of the column"""
    count: int
    """values farther than `OUTLYING` spreads from the median"""
    variance_share: float
    """their share of the squared distances from the median"""
    median: float
    spread: float
    """robust: of the middle half, or of the middle 90 % if that is larger"""
    farthest: float
    """the value farthest from the median"""
    looked_at: int
    """values"""
    rows: tuple[int, ...] = ()


OUTLYING = 6.0


class Transform(StrEnum):
    """What makes a skewed column even."""

    LOG = "log"
    LOG1P = "log1p"
    SQUARE_ROOT = "square root"
    SQUARE = "square"
    BOX_COX = "Box-Cox"
    YEO_JOHNSON = "Yeo-Johnson"
    QUANTILE = "quantile"
    BINS = "bins"


@dataclass(frozen=True, slots=True, kw_only=True)
class SkewedColumn(DataEvent):
    """Columns with a long tail on one side, and the transform that shortens it."""

    kind: ClassVar[str] = "skewed_column"
    since: ClassVar[int] = 2
    name: str
    """of the column"""
    target: bool = False
    """it is to be predicted"""
    skewness: float
    spike_share: float = 0.0
    """share of the most frequent value"""
    transform: Transform | None = None
    """None: it was not looked for, as many columns are more skewed"""
    parameter: Number = None
    """of Box-Cox and Yeo-Johnson: their exponent"""
    skewness_after: Number = None
    before: tuple[int, ...] = ()
    """counts in bins of equal width from ``before_range[0]`` to ``before_range[1]``"""
    before_range: tuple[float, float] = (0.0, 0.0)
    after: tuple[int, ...] = ()
    """the same of the transformed values"""
    after_range: tuple[float, float] = (0.0, 0.0)
    looked_at: int
    """values"""


@dataclass(frozen=True, slots=True, kw_only=True)
class RoundedColumn(DataEvent):
    """Columns that look like standardised rounding errors."""

    kind: ClassVar[str] = "rounded_column"
    since: ClassVar[int] = 2
    name: str
    levels: int
    """different values, in even steps"""
    relation: float
    """strongest correlation with another column or the target, in standard errors"""
    looked_at: int
    """rows"""


class Relation(StrEnum):
    """How a column follows from another one."""

    COPY = "copy"
    """the same values"""
    LINEAR = "linear"
    """a multiple of it and an offset, (nearly) exactly"""
    ONE_TO_ONE = "one to one"
    """each value always stands beside the same value of the other column"""


@dataclass(frozen=True, slots=True, kw_only=True)
class RedundantColumn(DataEvent):
    """Columns that follow from another column."""

    kind: ClassVar[str] = "redundant_column"
    since: ClassVar[int] = 2
    name: str
    of: str
    """the column that it follows from, which stands before it"""
    relation: Relation
    correlation: float = 1.0
    looked_at: int
    """rows"""
