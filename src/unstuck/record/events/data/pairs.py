"""Pairs of an image and a target that is an image."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from unstuck.core.data_types import Form
from unstuck.record.events.base import Number
from unstuck.record.events.data.base import DataEvent


@dataclass(frozen=True, slots=True, kw_only=True)
class ImagePairs(DataEvent):
    """How the edges of images and of their targets lie upon each other.

    ``rows``, ``transforms`` and ``degrees`` belong together: pairs whose edges agree only after the target is
    transformed.
    """

    kind: ClassVar[str] = "image_pairs"
    since: ClassVar[int] = 2
    forms: ClassVar[tuple[Form, ...]] = (Form.IMAGE,)
    looked_at: int = 0
    correlation: Number = None
    """of the edges of an image and its target, median over the pairs"""
    chance: Number = None
    """the best over all transforms that 99.5 % of the pairs of an image with the target of another stay below"""
    decided: int = 0
    """pairs whose edges agree better than chance, and clearly better with or without a transform"""
    mismatched: int = 0
    """those of them that agree better after a transform"""
    rows: tuple[int, ...] = ()
    """the worst first"""
    transforms: tuple[str, ...] = ()
    """that the target needs"""
    degrees: tuple[float, ...] = ()
    """correlation after the transform minus that without one"""
    commonest: str = ""
    """the transform that most of the mismatched pairs need"""
