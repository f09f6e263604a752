"""Values and classes that fall into far-apart groups."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from unstuck.core.data_types import Form
from unstuck.record.events.data.base import DataEvent


@dataclass(frozen=True, slots=True, kw_only=True)
class ColumnGap(DataEvent):
    """Columns of numbers in which a range between many values is empty."""

    kind: ClassVar[str] = "column_gap"
    since: ClassVar[int] = 2
    name: str
    """of the column"""
    below: float
    """last value before the gap"""
    above: float
    """first value after it"""
    widths: float
    """length of the gap, in widths of the wider group, from its 2.5 % to its 97.5 % quantile"""
    logarithm: bool = False
    """it is measured on the logarithms"""
    lower_count: int
    """values below the gap"""
    looked_at: int
    """values"""
    rows: tuple[int, ...] = ()
    """of the smaller group"""


@dataclass(frozen=True, slots=True, kw_only=True)
class ClassClusters(DataEvent):
    """Each class divided into two clusters."""

    kind: ClassVar[str] = "class_clusters"
    since: ClassVar[int] = 2
    forms: ClassVar[tuple[Form, ...]] = (Form.TABLE, Form.IMAGE)
    label: str
    """the class"""
    distance: float
    """between the centres, in standard deviations within the clusters, along the line that joins them; on examples
    that the clusters were not made of. A normal distribution cut in two has 2.65, a uniform one 3.46"""
    between_share: float
    """of these examples, in the middle fifth of the way between the centres"""
    smaller_share: float
    """of these examples, in the smaller cluster"""
    members: int
    """examples of the class that are looked at, in the smaller cluster"""
    looked_at: int
    """examples of the class"""
    columns: tuple[str, ...] = ()
    """in which the clusters differ most, in a table"""
    rows: tuple[int, ...] = ()
    """of the smaller cluster, those near its centre first; none where the clusters lie close together"""
