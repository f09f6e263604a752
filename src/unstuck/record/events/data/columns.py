"""Columns of a data set in numbers."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from unstuck.core.data_types import ColumnType
from unstuck.record.events.base import Number
from unstuck.record.events.data.base import DataEvent


@dataclass(frozen=True, slots=True, kw_only=True)
class ColumnProfile(DataEvent):
    """Profiles of the columns."""

    kind: ClassVar[str] = "column"
    since: ClassVar[int] = 2
    name: str
    type: ColumnType = ColumnType.NUMBER
    type_given: bool = False
    """the user said so; else it was inferred"""
    count: int = 0
    """values that are present"""
    """infinite ones among them"""
    missing: int = 0
    """empty, null or NaN"""
    infinite: int = 0
    zeros: int = 0
    distinct: int | None = None
    mean: Number = None
    """moments, ``min`` and ``max`` are of finite values"""
    std: Number = None
    """population standard deviation"""
    skewness: Number = None
    """third standardised moment"""
    kurtosis: Number = None
    """fourth standardised moment; 3 for a normal distribution"""
    min: Number = None
    max: Number = None
    quantiles: tuple[float, ...] = ()
    """at `QUANTILES`"""
    most_common: str | None = None
    """the most frequent value, as text"""
    most_common_count: int | None = None
    histogram: tuple[int, ...] = ()
    """counts in `HISTOGRAM_BINS` bins of equal width from ``min`` to ``max``, of finite values"""
    values: tuple[tuple[str, int], ...] = ()
    """of categories: the most frequent values and their counts, at most 50"""
    exact: bool = True
    """False: quantiles, histogram, distinct values and their counts are estimates, as the column is too long to keep"""


HISTOGRAM_BINS = 32
QUANTILES = (0.001, 0.01, 0.05, 0.25, 0.5, 0.75, 0.95, 0.99, 0.999)
