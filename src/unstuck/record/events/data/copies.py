"""Copies of examples within a split, and what held-out data shares with training data."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import ClassVar

from unstuck.record.events.base import Number
from unstuck.record.events.data.base import DataEvent


class Sameness(StrEnum):
    """How an example is the same as another."""

    EXACT = "exact"
    """equal values"""
    NEAR = "near"
    """closer than examples of this data set otherwise are"""
    ALIKE = "alike"
    """images with many shades that are equal but for brightness, contrast and rounding"""
    TURNED = "turned"
    """images that are alike once one of them is mirrored or turned by quarters"""
    SHIFTED = "shifted"
    """the same values in a row at another place: windows that overlap"""
    OF_ONE_OBJECT = "of one object"
    """further readings of one person, sample or place"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Copies(DataEvent):
    """What a search for copies has found."""

    sameness: Sameness
    looked_at: int
    """examples of this split that were compared"""
    count: int
    """of these, how many repeat another example"""
    gap: Number = None
    """near: natural logarithm of how much farther the next examples are"""
    expected: Number = None
    """near: how many would be so close by the distances of all others"""
    tail: Number = None
    """near: probability of so many if that many are expected"""
    distance: Number = None
    """near: the largest distance of a copy"""
    typical: Number = None
    """near: the median distance of an example, of the training split if there are two, to its nearest one"""
    rows: tuple[int, ...] = ()
    other_rows: tuple[int, ...] = ()
    """the example that each repeats"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Duplicates(Copies):
    """A search for copies within the split."""

    kind: ClassVar[str] = "duplicates"
    since: ClassVar[int] = 2
    groups: int = 0
    """different examples that are repeated"""
    by_chance: Number = None
    """exact: examples that would repeat an earlier one if the columns of the table were independent"""
    own_share: Number = None
    """near: share of exact copies among the examples; where it is large, the values are coarse"""
    largest: int = 0
    """exact: how often the commonest example stands in the split"""
    largest_row: int | None = None
    """exact: where it stands first"""
    largest_by_chance: Number = None
    """exact: how often it would stand there if the columns of the table were independent"""


@dataclass(frozen=True, slots=True, kw_only=True)
class SharedExamples(Copies):
    """A search for examples of the split among the training examples."""

    kind: ClassVar[str] = "shared_examples"
    since: ClassVar[int] = 2
    other: int = 0
    """the training split"""
    own_share: float = 0.0
    """share of the training examples that have a copy among the other training examples"""
    chance: float = 1.0
    """exact: upper bound of the probability of so many if the split were random"""
    by_own: float = 1.0
    """probability of so many if held-out examples had copies as often as training examples have"""
    conflicting: int = 0
    """of ``count``, how many have another label there"""


@dataclass(frozen=True, slots=True, kw_only=True)
class SharedGroups(DataEvent):
    """Groups of the split and of the training split."""

    kind: ClassVar[str] = "shared_groups"
    since: ClassVar[int] = 2
    other: int = 0
    looked_at: int
    """examples of this split that have a group"""
    count: int
    """of these, how many belong to a group of the training split"""
    groups: int
    """groups in this split"""
    shared: int
    """groups in both splits"""
    names: tuple[str, ...] = ()
    """of shared groups, the largest in this split first; at most 20"""
    rows: tuple[int, ...] = ()
    other_rows: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class TimeOrder(DataEvent):
    """Times of the split and of the training split."""

    kind: ClassVar[str] = "time_order"
    since: ClassVar[int] = 2
    other: int = 0
    looked_at: int
    """examples of this split that have a time"""
    later: float
    """share of the pairs in which the training example is later"""
    count: int
    """examples of this split before the last training example"""
    first: Number = None
    """the first time of this split, in seconds since 1970 or in the units of the column"""
    last_of_training: Number = None
    rows: tuple[int, ...] = ()
    """the earliest first"""
