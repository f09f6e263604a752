"""The examples of one split that are looked at, as arrays: what every fact about data is worked out from.

Shapes: *n* examples that are looked at, *k* target columns. All arrays are read-only by convention.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from unstuck.analysis.data.images import Images
from unstuck.core.data_types import ColumnType, Form, Task

Array = np.ndarray[Any, Any]


UNEVEN = "training examples drawn evenly, or all of them"
"""what is lacking to compare held-out data with a training split that was seen in part"""


@dataclass(frozen=True, eq=False, kw_only=True)
class Column:
    """One feature of a table."""

    name: str
    type: ColumnType
    values: Array  # (n,)
    """numbers: float64 with NaN where missing; categories, texts and identifiers: str objects with None where missing;
    time: float64 seconds since 1970"""

    @property
    def missing(self) -> Array:  # (n,)
        """Which values are missing."""
        if self.values.dtype == object:
            return np.array([value is None for value in self.values], dtype=bool)
        return np.isnan(self.values)


@dataclass(frozen=True, eq=False, kw_only=True)
class Target:
    """What is to be predicted for each example."""

    names: tuple[str, ...]
    task: Task
    classes: tuple[str, ...] = ()
    """names of the classes in the order of their codes, the same in every split"""
    codes: Array | None = None  # (n,) int64
    """binary and multi-class: number of the class, -1 where the label is missing"""
    values: Array | None = None  # (n, k) float64
    """regression: the numbers; multi-label: 0 and 1; NaN where missing"""
    as_given: Array | None = None  # (n,) or (n, k), any dtype
    """as the source has it, for rules about encoding"""


@dataclass(frozen=True, eq=False, kw_only=True)
class Sample:
    """The examples of one split that are looked at.

    Exactly one of ``columns``, ``images``, ``texts``, ``tokens`` holds the inputs, as ``form`` says. Images and texts
    may have ``columns`` besides: what a table of paths says about them.
    """

    split: int
    """id; 0 is the training split"""
    name: str
    form: Form
    rows: Array  # (n,) int64
    """position in the split of each example, ascending"""
    columns: tuple[Column, ...] = ()
    images: Images | None = None
    texts: tuple[str, ...] | None = None
    tokens: Array | None = None  # (n, length) int64
    target: Target | None = None
    groups: Array | None = None  # (n,) str objects
    times: Array | None = None  # (n,) float64
    names: tuple[str, ...] | None = None
    """path or key of each example"""
    target_images: Images | None = None
    """targets that are images, such as masks, in the order of the inputs"""
    unlabelled_files: tuple[str, ...] = ()
    """files beside those of the split that no row names"""
    read_again: Callable[[int], Array] | None = None
    """the input of an example of the sample, read once more from the user's own data set, with its transforms; None
    where the source is no code of the user"""
    whole: bool = True
    """all rows of the split are here, in their order"""
    augmented: bool = False
    """a random transform changed the inputs before they were seen"""
    second: Sample | None = None
    """some of the examples as they came back the next time"""
    uneven: bool = False
    """some examples were drawn more often than others, and not all were seen: it is not like the whole split"""
    by_epoch: tuple[Array, ...] = ()
    """(n, K) of each of the first epochs: probabilities of the classes by the network that was trained, NaN for
    examples that were not seen"""
    facts: dict[Callable[..., Any], Any] = field(default_factory=dict, repr=False)
    """for `analysis.fact.fact`"""

    def __len__(self) -> int:
        return len(self.rows)

    @property
    def codes(self) -> Array | None:
        """Number of the class of each example; None where the task has no classes."""
        return None if self.target is None else self.target.codes


@dataclass(frozen=True, eq=False, kw_only=True)
class DataSet:
    """The splits of a data set; the training split is the first."""

    samples: tuple[Sample, ...]
    facts: dict[Callable[..., Any], Any] = field(default_factory=dict, repr=False)

    @property
    def train(self) -> Sample:
        """The training split, or all data where nothing is split."""
        return self.samples[0]

    @property
    def held_out(self) -> tuple[Sample, ...]:
        """All other splits."""
        return self.samples[1:]
