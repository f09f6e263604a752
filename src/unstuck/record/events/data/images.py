"""Images of a data set, and examples that are broken."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import ClassVar

from unstuck.record.events.base import Number
from unstuck.record.events.data.base import DataEvent


class Problem(StrEnum):
    """What is wrong with an example. The values follow "12 examples are"."""

    UNREADABLE = "unreadable"
    TRUNCATED = "truncated"
    ABSENT = "without a file"
    NOT_FINITE = "with NaN or infinity"
    ZERO = "all zero"
    MISSING = "without any value"
    EMPTY = "empty"
    GARBLED = "garbled"
    CONSTANT = "of one value"
    BLANK = "blank"
    CUT = "cut off, with the rest of one colour"
    DARK = "too dark"
    BRIGHT = "too bright"
    BLURRED = "blurred"
    OTHER_SIZE = "of another size than the rest"
    OTHER_MODE = "of another colour mode than the rest"


@dataclass(frozen=True, slots=True, kw_only=True)
class BrokenExamples(DataEvent):
    """A check of single examples: what can be read, what is empty, constant, dark, blurred.

    ``rows``, ``problems``, ``degrees`` and ``names`` belong together.
    """

    kind: ClassVar[str] = "broken_examples"
    since: ClassVar[int] = 2
    looked_at: int = 0
    rows: tuple[int, ...] = ()
    """the worst first"""
    problems: tuple[Problem, ...] = ()
    degrees: tuple[float, ...] = ()
    """how far from the rest, in robust standard deviations of the data set; 0 where that is not the question"""
    names: tuple[str, ...] = ()
    """paths or keys; empty where examples have none"""
    counts: tuple[tuple[Problem, int], ...] = ()
    """of each problem in all, also beyond those in ``rows``"""
    unlabelled_files: tuple[str, ...] = ()
    """files beside the data that no label names, at most 1000"""
    unlabelled_count: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class ImageSummary(DataEvent):
    """Statistics of the images."""

    kind: ClassVar[str] = "image_summary"
    since: ClassVar[int] = 2
    looked_at: int = 0
    readable: int = 0
    sizes: tuple[tuple[int, int, int], ...] = ()
    """(height, width, number of images) of the most frequent sizes, at most 20"""
    modes: tuple[tuple[str, int], ...] = ()
    """colour mode, number of images"""
    formats: tuple[tuple[str, int], ...] = ()
    """of the files"""
    means: tuple[float, ...] = ()
    """of each channel, over the images"""
    sharpness: Number = None
    """median over the images of log(squared Laplacian / squared differences of neighbours)"""
    entropy: Number = None
    """median bits of the histogram of the brightness in 64 bins"""
