"""What random transforms do to the images of a data set that the user's code reads."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from unstuck.record.events.base import Number
from unstuck.record.events.data.base import DataEvent


@dataclass(frozen=True, slots=True, kw_only=True)
class Augmentation(DataEvent):
    """Examples read twice, and how the images that are trained on differ from those that are held out."""

    kind: ClassVar[str] = "augmentation"
    since: ClassVar[int] = 2
    looked_at: int = 0
    """examples that were read twice"""
    differing: int = 0
    """of them that differ between the two reads"""
    rows: tuple[int, ...] = ()
    """that differ"""
    other: int | None = None
    """the held-out split that augmented training images are compared with; None where there is none"""
    statistic: str = ""
    """that differs most from the held-out images"""
    difference: Number = None
    """of its means, in standard deviations"""
    upright: Number = None
    """share of the training images that are most like held-out images as they are, not turned or mirrored"""
    upright_held_out: Number = None
    """that share of the held-out images, each compared with the others"""
    z: Number = None
    """difference of the two shares in standard errors"""
    told: Number = None
    """in a run, share of the training images whose most similar image of ``other`` has their label"""
    told_held_out: Number = None
    """that share of the held-out images, each compared with the others"""
    told_by_chance: Number = None
    """share of the most frequent label"""
    likeness: Number = None
    """in a run, median correlation of the training images with their most similar image of ``other``"""
    likeness_held_out: Number = None
    """that of the held-out images, each compared with the others"""
