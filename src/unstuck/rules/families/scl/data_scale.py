"""The halves of SCL101 and SCL102 that judge a data set instead of a training."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from unstuck.analysis.data.view import DatasetView
from unstuck.core.data_types import ColumnType
from unstuck.core.finding import Applicability, Evidence, Finding, Remedy, Severity
from unstuck.core.words import number
from unstuck.record.events.data.amounts import TargetScale
from unstuck.record.events.data.columns import ColumnProfile
from unstuck.rules.rule import Rule


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """Thresholds of SCL101 for tables."""

    ratio: float
    wild_ratio: float
    partly: float
    offset: float
    wild_offset: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Spreads:
    """The spreads of the columns of a table."""

    narrow: ColumnProfile
    wide: ColumnProfile
    far: ColumnProfile
    """the farthest from zero, in its standard deviations"""
    columns: int
    scaled: int
    """columns with mean 0 and standard deviation 1"""

    @property
    def ratio(self) -> float:
        """Largest / smallest standard deviation."""
        return (self.wide.std or 0.0) / (self.narrow.std or 1.0)

    @property
    def offset(self) -> float:
        """Largest |mean| / standard deviation."""
        return _offset(self.far)

    @property
    def partly(self) -> bool:
        """Some columns are standardised, others are not."""
        return self.columns / 2 <= self.scaled < self.columns


STANDARDISED = 0.05
"""distance of mean and standard deviation from 0 and 1 in a column that was standardised"""
MOST_EQUAL = 0.99
"""share of one value above which a spread says nothing"""
LEAST_SPREAD = 1e-5
"""standard deviation / largest absolute value; below it, the column is constant or holds rounding errors"""


def spreads_of(view: DatasetView) -> Spreads | None:
    """Of the columns of numbers that vary; None where there are fewer than two."""
    columns = [column for column in view.features if column.type is ColumnType.NUMBER and _varies(column)]
    if len(columns) < 2:
        return None
    by_spread = sorted(columns, key=lambda column: column.std or 0.0)
    scaled = sum(abs(c.mean or 0.0) <= STANDARDISED and abs((c.std or 0.0) - 1) <= STANDARDISED for c in columns)
    return Spreads(
        narrow=by_spread[0], wide=by_spread[-1], far=max(columns, key=_offset), columns=len(columns), scaled=scaled
    )


def _varies(column: ColumnProfile) -> bool:
    if column.std is None or column.min is None or column.max is None or (column.distinct or 0) < 3:
        return False
    often = (column.most_common_count or 0) > MOST_EQUAL * column.count
    return not often and column.std > LEAST_SPREAD * max(abs(column.min), abs(column.max))


def _offset(column: ColumnProfile) -> float:
    return abs(column.mean or 0.0) / (column.std or 1.0)


def unscaled_columns(rule: Rule[Any], view: DatasetView, limits: Limits) -> Iterator[Finding]:
    """At most one finding on the training data: its columns differ in scale, or one of them is far from zero."""
    spreads = spreads_of(view) if view.split.id == 0 else None
    if spreads is None:
        return
    wild = spreads.ratio > limits.wild_ratio or spreads.offset > limits.wild_offset
    partly = spreads.partly and spreads.ratio > limits.partly
    if not wild and not partly and spreads.ratio <= limits.ratio and spreads.offset <= limits.offset:
        return
    far = spreads.offset > limits.offset and spreads.ratio <= limits.ratio
    yield rule.finding(
        _offset_words(spreads) if far else _ratio_words(spreads, partly=partly),
        view=view, place=view.place(spreads.far.name if far else spreads.wide.name),
        severity=Severity.WARNING if wild or partly else Severity.INFO,
        evidence=(
            Evidence(key="scale_ratio", label="largest / smallest standard deviation", value=spreads.ratio,
                     threshold=limits.partly if partly else limits.ratio),
            Evidence(key="offset", label="largest |mean| / standard deviation", value=spreads.offset,
                     threshold=limits.offset),
            Evidence(key="scaled_columns", label="columns with mean 0 and standard deviation 1",
                     value=float(spreads.scaled), unit=f"of {spreads.columns} columns"),
        ),
        remedies=(_SCALE,),
    )  # fmt: skip


def _ratio_words(spreads: Spreads, *, partly: bool) -> str:
    wide, narrow = spreads.wide, spreads.narrow
    some = f"{spreads.scaled} of {spreads.columns} columns are standardised, others are not: " if partly else ""
    return (
        f"{some}`{wide.name}` has {number(spreads.ratio)} times the standard deviation of `{narrow.name}` "
        f"({number(wide.std or 0.0)} and {number(narrow.std or 0.0)})"
    )


def _offset_words(spreads: Spreads) -> str:
    far = spreads.far
    return (
        f"`{far.name}` is {number(spreads.offset)} standard deviations away from zero: mean {number(far.mean or 0.0)}, "
        f"standard deviation {number(far.std or 0.0)}"
    )


def unscaled_targets(rule: Rule[Any], view: DatasetView, large: float, small: float) -> Iterator[Finding]:
    """Information for each target of a regression whose size is far from 1.

    Trees and linear models do not care, and one line fixes it where a network is trained: the data has no fault.

    Args:
        rule: SCL102.
        view: a split.
        large: root mean square above which it is said.
        small: root mean square below which it is said.
    """
    for target in view.of(TargetScale) if view.split.id == 0 else ():
        rms = math.hypot(target.mean, target.std)
        if rms <= large and not 0 < rms < small:
            continue
        yield rule.finding(
            f"the target `{target.name}` is not scaled: mean {number(target.mean)}, standard deviation "
            f"{number(target.std)} (a network begins with predictions of about 1)",
            view=view, place=view.place(target.name), severity=Severity.INFO,
            evidence=(
                Evidence(key="target_std", label="standard deviation of the target", value=target.std),
                Evidence(key="target_mean", label="mean of the target", value=target.mean),
                Evidence(key="target_rms", label="root mean square of the target", value=rms,
                         threshold=small if rms < small else large),
            ),
            remedies=(_SCALE_TARGET,),
        )  # fmt: skip


_SCALE = Remedy(
    name="standardise-columns",
    text="Standardise the columns with mean and standard deviation of the training set, in all splits.",
    applicability=Applicability.MANUAL,
    code="scaler = StandardScaler().fit(x_train)\nx_train, x_test = map(scaler.transform, (x_train, x_test))",
)
_SCALE_TARGET = Remedy(
    name="standardise-target-column",
    text="Divide the centred target by its standard deviation, and invert this where predictions are used.",
    applicability=Applicability.MANUAL,
    code="mean, std = y_train.mean(), y_train.std()\ny_train = (y_train - mean) / std",
)
