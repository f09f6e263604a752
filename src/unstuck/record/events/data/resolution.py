"""How much of the pixels of images carries information."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from unstuck.core.data_types import Form
from unstuck.record.events.base import Number
from unstuck.record.events.data.base import DataEvent


@dataclass(frozen=True, slots=True, kw_only=True)
class Resolution(DataEvent):
    """What is lost when images are made smaller or gray.

    ``factors``, ``losses``, ``scores`` and ``lowest`` belong together. Scores are accuracies of nearest neighbours,
    each example left out once.
    """

    kind: ClassVar[str] = "resolution"
    since: ClassVar[int] = 2
    forms: ClassVar[tuple[Form, ...]] = (Form.IMAGE,)
    looked_at: int = 0
    height: int = 0
    width: int = 0
    channels: int = 0
    factors: tuple[int, ...] = ()
    """by which height and width are divided; 1 first"""
    losses: tuple[float, ...] = ()
    """share of the variance within images that interpolation from the smaller ones does not give back"""
    scores: tuple[Number, ...] = ()
    """None where there are no classes"""
    lowest: tuple[Number, ...] = ()
    """difference of the score from that at factor 1: lower end of its paired interval (95 %)"""
    majority_share: Number = None
    gray_score: Number = None
    """of gray images of the size at factor 1; None where they are gray"""
    gray_lowest: Number = None
    """difference from the score in colour: lower end of its paired interval"""
