"""Labels that a person gave, compared with those of the data."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from unstuck.record.events.data.base import DataEvent


@dataclass(frozen=True, slots=True, kw_only=True)
class HumanLabels(DataEvent):
    """Labels that a person gave."""

    kind: ClassVar[str] = "human_labels"
    since: ClassVar[int] = 2
    count: int
    """examples that a person labelled, and that have a label in the data"""
    disagreeing: int
    """of these, those with another label in the data"""
    error: float
    """their share: an upper bound of the human error, for the label of the data may be the wrong one"""
    low: float
    """95 % interval of that share (Wilson)"""
    high: float
    rows: tuple[int, ...] = ()
    """those that disagree"""
    given: tuple[str, ...] = ()
    """the label that the person gave to each of ``rows``"""
    labels: tuple[str, ...] = ()
    """the label that the data has for each of ``rows``"""
    unknown: tuple[str, ...] = ()
    """labels given that are no class of the data, at most 20"""
    left_out: int = 0
    """examples that were labelled and are not among those looked at, or have no label in the data"""
