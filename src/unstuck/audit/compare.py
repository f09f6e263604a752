"""What changed between two audits: rows, classes, columns, drift of columns, findings that came and went."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from unstuck.analysis.data.class_counts import class_counts
from unstuck.analysis.data.view import datasets
from unstuck.core.data_types import ColumnType
from unstuck.core.errors import UsageError
from unstuck.core.words import count, number, share
from unstuck.record.events.data.columns import QUANTILES
from unstuck.record.manifest import RecordKind

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from unstuck.analysis.data.view import DatasetView
    from unstuck.core.diagnosis import Diagnosis
    from unstuck.core.finding import Finding
    from unstuck.record.events.data.columns import ColumnProfile
    from unstuck.record.reader import Record

Array = np.ndarray[Any, Any]
SMALLEST_DISTANCE = 0.05
"""largest difference of two distribution functions from which a drift is worth knowing"""
CHANCE = 0.001
"""probability of such a difference between two samples of one distribution"""
SMALLEST_SHARE = 0.01
"""difference of the shares of a class, or of missing values, that is worth knowing"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """One difference, in words."""

    what: str
    """``rows``, ``classes``, ``columns``, ``drift``, ``missing``, ``findings``, ``splits``"""
    split: str
    text: str


def compare(old: Record, new: Record, before: Diagnosis, after: Diagnosis) -> tuple[Change, ...]:
    """Everything that differs, split by split, then the findings.

    Args:
        old: record of the earlier audit.
        new: record of the later one.
        before: what the rules make of the earlier one.
        after: and of the later one.

    Raises:
        UsageError: one of the records is not about data.
    """
    for record in (old, new):
        check_comparable(record)
    first, second = ({view.split.name: view for view in datasets(record)} for record in (old, new))
    return tuple(_changes(first, second, before, after))


def check_comparable(record: Record) -> None:
    """Refuse what is no audit.

    Raises:
        UsageError: the record is not about data.
    """
    if record.manifest.kind is not RecordKind.DATA:
        raise UsageError(f"{record.name} is no record of a data set: only audits can be compared.")


def _changes(
    first: Mapping[str, DatasetView], second: Mapping[str, DatasetView], before: Diagnosis, after: Diagnosis
) -> Iterator[Change]:
    for name in first.keys() - second.keys():
        yield Change(what="splits", split=name, text=f"split {name} is gone")
    for name, view in second.items():
        if name in first:
            yield from _of_split(first[name], view)
        else:
            yield Change(what="splits", split=name, text=f"split {name} is new ({count(view.split.rows, 'row')})")
    yield from _findings(before, after)


def _of_split(old: DatasetView, new: DatasetView) -> Iterator[Change]:
    name = new.split.name
    rows, now = old.split.rows, new.split.rows
    if rows != now:
        relative = f" ({share((now - rows) / rows, signed=True)})" if rows else ""
        yield Change(what="rows", split=name, text=f"{number(rows)} → {number(now)} rows{relative}")
    if old.split.task is not new.split.task:
        yield Change(what="target", split=name, text=f"task {old.split.task} → {new.split.task}")
    yield from (Change(what="classes", split=name, text=text) for text in _classes(old, new))
    columns, current = ({column.name: column for column in view.columns} for view in (old, new))
    for text in _came_and_went(list(columns), list(current), "column"):
        yield Change(what="columns", split=name, text=text)
    for column in current:
        if column in columns:
            yield from _of_column(columns[column], current[column], name)


def _came_and_went(old: list[str], new: list[str], noun: str) -> Iterator[str]:
    for names, others, what in ((old, new, "gone"), (new, old, "new")):
        different = [f"`{name}`" for name in names if name not in others]
        if different:
            yield f"{count(len(different), noun, noun + ('es' if noun == 'class' else 's'))} {what}: {_few(different)}"


def _few(names: list[str], most: int = 10) -> str:
    more = f" and {len(names) - most} more" if len(names) > most else ""
    return f"{', '.join(names[:most])}{more}"


def _classes(old: DatasetView, new: DatasetView) -> Iterator[str]:
    yield from _came_and_went(list(old.split.classes), list(new.split.classes), "class")
    counted, now = dict(class_counts(old)), dict(class_counts(new))
    total, of_new = sum(counted.values()), sum(now.values())
    for name in counted:
        if name not in now:
            continue
        was, is_now = counted[name] / total, now[name] / of_new
        noise = 3 * math.sqrt(was * (1 - was) / total + is_now * (1 - is_now) / of_new)
        if abs(was - is_now) >= max(SMALLEST_SHARE, noise):
            yield f"class `{name}`: {share(was)} → {share(is_now)} of the examples"


def _of_column(old: ColumnProfile, new: ColumnProfile, split: str) -> Iterator[Change]:
    if old.type is not new.type:
        yield Change(what="columns", split=split, text=f"column `{new.name}`: type {old.type} → {new.type}")
        return
    missing, now = (one.missing / max(1, one.missing + one.count) for one in (old, new))
    if abs(missing - now) >= SMALLEST_SHARE:
        text = f"column `{new.name}`: {share(missing)} → {share(now)} of the values are missing"
        yield Change(what="missing", split=split, text=text)
    distance = drift(old, new)
    if distance is not None and distance >= max(SMALLEST_DISTANCE, by_chance(old.count, new.count)):
        means = [number(mean) for mean in (old.mean, new.mean) if mean is not None]
        moved = f", mean {' → '.join(means)}" if len(means) == 2 else ""
        text = f"column `{new.name}`: distributions differ by {share(distance)}{moved}"
        yield Change(what="drift", split=split, text=text)


def by_chance(first: int, second: int) -> float:
    """The Kolmogorov-Smirnov distance that two samples of one distribution exceed with probability `CHANCE`."""
    if not first or not second:
        return math.inf
    return math.sqrt(-0.5 * math.log(CHANCE / 2) * (first + second) / (first * second))


def drift(old: ColumnProfile, new: ColumnProfile) -> float | None:
    """Largest difference of the two distribution functions, as far as the profiles have them; None without values.

    Numbers: a lower bound, from the bins of the histograms and the quantiles. Categories: total variation over the
    values that are counted.
    """
    if old.type is ColumnType.CATEGORY:
        if not old.values or not new.values or not old.count or not new.count:
            return None
        first, second = dict(old.values), dict(new.values)
        both = first.keys() | second.keys()
        return 0.5 * sum(abs(first.get(name, 0) / old.count - second.get(name, 0) / new.count) for name in both)
    known, current = _known(old), _known(new)
    if known is None or current is None:
        return None
    bounds = np.unique(np.concatenate([known.at, current.at]))
    # Between two bounds, so that it does not matter into which bin a value falls that lies on one.
    between = (bounds[:-1] + bounds[1:]) / 2
    if not len(between):
        return float(known.at[0] != current.at[0])
    (low, high), (low_of_new, high_of_new) = known.shares_below(between), current.shares_below(between)
    return float(max(0.0, np.max(low - high_of_new), np.max(low_of_new - high)))


@dataclass(frozen=True)
class _Known:
    """What a profile knows of a distribution function."""

    at: Array  # (p,) points, ascending
    share: Array  # (p,) share of the values below each

    def shares_below(self, x: Array) -> tuple[Array, Array]:
        """Lower and upper bound of the share of the values below each of ``x``."""
        before = np.searchsorted(self.at, x)
        padded = np.concatenate([[0.0], np.maximum.accumulate(self.share), [1.0]])
        return padded[before], padded[before + 1]


def _known(column: ColumnProfile) -> _Known | None:
    low, high, total = column.min, column.max, sum(column.histogram)
    if not total or low is None or high is None or not math.isfinite(high - low):
        return None
    edges = np.linspace(low, high, len(column.histogram) + 1)
    below = np.concatenate([[0.0], np.cumsum(column.histogram)]) / total
    quantiles = QUANTILES if len(column.quantiles) == len(QUANTILES) else ()
    at = np.concatenate([edges, column.quantiles[: len(quantiles)]])
    share = np.concatenate([below, quantiles])
    order = np.lexsort([share, at])
    return _Known(at[order], share[order])


def _findings(before: Diagnosis, after: Diagnosis) -> Iterator[Change]:
    old, new = ({_key(ranked.finding): ranked.finding for ranked in one.findings} for one in (before, after))
    for findings, others, what in ((new, old, "new"), (old, new, "gone")):
        for key, finding in findings.items():
            if key not in others:
                text = f"{what}: {finding.severity} {finding.code} {finding.name}: {finding.message}"
                yield Change(what="findings", split=finding.place.split or finding.subject.name, text=text)


def _key(finding: Finding) -> tuple[str | None, ...]:
    return finding.code, finding.place.split or finding.subject.name, finding.place.column, finding.place.label
