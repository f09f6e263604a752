"""What is written for TensorBoard, as values.  S = values of one line, B = bins."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np

Array = np.ndarray[Any, Any]
Setting = bool | float | str
"""a hyper-parameter"""


@dataclass(frozen=True, slots=True)
class Line:
    """One curve. Steps count backward calls from the beginning of the training."""

    tag: str
    step: Array
    """(S,)"""
    seconds: Array
    """(S,), since the part began"""
    value: Array
    """(S,)"""


@dataclass(frozen=True, slots=True)
class Histogram:
    """The elements of one tensor at one step, counted."""

    tag: str
    step: int
    seconds: float
    edges: Array
    """(B + 1,)"""
    counts: Array
    """(B,)"""
    mean: float
    """of the whole tensor; NaN where it was not summarised"""
    std: float


class Image(NamedTuple):
    """A PNG."""

    tag: str
    png: bytes
    width: int
    height: int
