"""What predicts the label without being meant to."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import ClassVar

from unstuck.record.events.base import Number
from unstuck.record.events.data.base import DataEvent


class Nuisance(StrEnum):
    """Something about an example that does not show what it is. The values follow "the label is predicted by"."""

    COLOUR = "the tint of the image alone"
    BRIGHTNESS = "the darkest and the brightest value alone"
    FRAME = "the outermost line of pixels alone"
    MARK = "a mark in a corner alone"
    SIZE = "width and height alone"
    MODE = "the number of colour channels alone"
    FORMAT = "the file format alone"
    QUALITY = "the JPEG quality alone"
    BYTES = "the file size alone"
    NAME = "the kind of file name alone"
    TIME = "the time stamp alone"
    KEY = "a key alone"
    LENGTH = "the length of the text alone"
    SOURCE = "where the data comes from alone"


@dataclass(frozen=True, slots=True, kw_only=True)
class Shortcut(DataEvent):
    """How well each nuisance predicts the label.

    ``rows`` are examples of the class that it predicts best, correctly predicted.
    """

    kind: ClassVar[str] = "shortcut"
    since: ClassVar[int] = 2
    nuisance: Nuisance
    column: str | None = None
    """that holds it"""
    looked_at: int = 0
    accuracy: float = 0.0
    """of a small tree that sees the nuisance only, cross-validated"""
    majority_share: float = 0.0
    """accuracy of the most frequent class"""
    null_accuracy: Number = None
    """the best of trees fitted to permuted labels; None where the nuisance predicts too little to ask"""
    label: str = ""
    """the class that it predicts best"""
    of_class: int = 0
    """examples of that class among those looked at"""
    correlation: float = 0.0
    """Matthews correlation of *predicted as this class* with *is of this class*"""
    recall: float = 0.0
    """share of this class that is predicted as such"""
    precision: float = 0.0
    """share of the examples predicted as this class that are of it"""
    control: Number = None
    """that correlation for what the image shows beside the nuisance: further in than a frame"""
    contrast: Number = None
    """that correlation for how the nuisance stands out from what is around it: a mark in a corner"""
    constant: Number = None
    """share of the examples that are rightly predicted which hold one value in one corner, backgrounds excepted"""
    rows: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class LostColumn(DataEvent):
    """Whether what single columns say about the label in training holds in this split."""

    kind: ClassVar[str] = "lost_column"
    since: ClassVar[int] = 2
    other: int = 0
    """the training split"""
    column: str | None = None
    """None: no column of the training split says much alone"""
    training_accuracy: float = 0.0
    """of a small tree that sees the column only, cross-validated on the training split"""
    accuracy: float = 0.0
    """of that tree on this split"""
    training_majority: float = 0.0
    majority_share: float = 0.0
    """accuracy of the most frequent class of the training split on this split"""
    looked_at: int = 0
    telling_columns: int = 0
    """columns that say as much about the label in training"""
