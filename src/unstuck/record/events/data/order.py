"""The order of the examples in a split, and what held-out data can say."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from unstuck.record.events.base import Number
from unstuck.record.events.data.base import DataEvent


@dataclass(frozen=True, slots=True, kw_only=True)
class RowOrder(DataEvent):
    """The labels in the order of the file."""

    kind: ClassVar[str] = "row_order"
    since: ClassVar[int] = 2
    looked_at: int
    z: float
    """standard errors by which neighbouring examples are more alike than at random"""
    excess: float
    """classes: equal labels of neighbours beyond chance, as a share of the largest possible; numbers: correlation of
    the ranks of neighbours"""
    alike: Number = None
    """classes: share of neighbours with equal labels"""
    by_chance: Number = None
    """classes: the same in a random order"""
    tail: float = 0.0
    """how the last fifth differs from the rest: half the sum of the differences of the class shares; numbers: largest
    difference of the distribution functions"""
    absent: tuple[str, ...] = ()
    """classes that are not in the last fifth, though five or more examples of them would be at random"""
    classes: int = 0
    by_folder: bool = False
    """the examples are files, and a folder holds one class: the order is that of the folders"""
    by_time: bool = False
    """the examples are in the order of their times"""


@dataclass(frozen=True, slots=True, kw_only=True)
class HeldOutPower(DataEvent):
    """How well the split can measure a metric."""

    kind: ClassVar[str] = "held_out_power"
    since: ClassVar[int] = 2
    other: int = 0
    looked_at: int
    """examples with a label"""
    interval: float
    """half of the 95 % interval of an accuracy of 0.5 on so many examples"""
    in_all: int | None = None
    """different examples that all trainings of a run held out so, such as the folds of a cross-validation"""
    absent: tuple[str, ...] = ()
    """classes of the training split that it lacks"""
    expected: float = 0.0
    """examples of the most frequent absent class that it would have at the shares of the training split"""
    accuracy: Number = None
    """of the label of the nearest training example; copies are left out"""
    own_accuracy: Number = None
    """the same among training examples"""
    z: Number = None
    """standard errors between the two"""
