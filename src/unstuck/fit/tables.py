"""Columns of a table as numbers: what is fitted on the training rows, and how it is applied to others.

Shapes: *n* examples, *d* columns of numbers, *c* of categories.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from unstuck.analysis.data.features import MOST_CATEGORIES
from unstuck.analysis.data.sample import Column, Sample
from unstuck.analysis.data.skew import is_skewed
from unstuck.core.data_types import ColumnType
from unstuck.core.errors import UsageError

Array = np.ndarray[Any, Any]
KNOTS = 101
"""quantiles of a skewed column"""
FEW_VALUES = 3
"""different values up to which a column of numbers is scaled without quantiles"""
LARGEST = 5.0
"""standard deviations beyond which a scaled number is cut off: outside of the training range nothing is known"""
LEAST_OF_A_VALUE = 3
"""rows of a category that has an embedding of its own; rarer ones share one"""
MOST_VALUES = 1000


@dataclass(frozen=True, kw_only=True)
class NumberColumn:
    """A column of numbers."""

    name: str
    how: str
    """``standard``: mean 0, standard deviation 1; ``quantile``: ranks mapped to a normal distribution"""
    why: str
    mean: float
    spread: float
    fill: float
    """median, in the place of missing values of shallow models"""
    range: tuple[float, ...]
    """lowest and highest training value"""
    knots: tuple[float, ...] = ()
    flag_missing: bool = False
    """a further input says where a value is missing"""

    def scaled(self, values: Array) -> Array:
        """(n,); missing values are 0."""
        if self.how == "quantile":
            from scipy.special import ndtri

            knots, first, many = np.unique(self.knots, return_index=True, return_counts=True)
            share = np.interp(values, knots, (first + (many - 1) / 2) / (len(self.knots) - 1))
            made = ndtri(np.clip(share, 1e-3, 1 - 1e-3))
        else:
            made = np.clip((values - self.mean) / self.spread, -LARGEST, LARGEST)
        return np.asarray(np.where(np.isfinite(values), made, np.sign(np.nan_to_num(values, nan=0.0)) * LARGEST))


@dataclass(frozen=True, kw_only=True)
class CategoryColumn:
    """A column of names."""

    name: str
    values: tuple[str, ...]
    """with a code of their own, the most frequent first; all others have code 0"""
    width: int
    """of the embedding"""

    def codes(self, values: Array) -> Array:
        """(n,) int64; 0 for missing and unknown values."""
        code = {value: at for at, value in enumerate(self.values, 1)}
        return np.array([code.get(value, 0) for value in values], dtype=np.int64)


def columns_of(
    train: Sample,
) -> tuple[tuple[NumberColumn, ...], tuple[CategoryColumn, ...], tuple[tuple[str, str], ...]]:
    """How each column is used.

    Raises:
        UsageError: none can be used.
    """
    numbers, categories, left_out = [], [], []
    for column in train.columns:
        if column.type in (ColumnType.NUMBER, ColumnType.TIME):
            made = _number(column)
            if isinstance(made, str):
                left_out.append((column.name, made))
            else:
                numbers.append(made)
        elif column.type is ColumnType.CATEGORY:
            found = _category(column)
            if found is None:
                left_out.append((column.name, "one value only"))
            else:
                categories.append(found)
        else:
            left_out.append((column.name, f"its values are {_kinds(column.type)}"))
    if train.columns and not numbers and not categories:
        raise UsageError(
            "No column can be used as an input: "
            + "; ".join(f"{name}: {why}" for name, why in left_out[:5])
            + ". Say --type COLUMN=number or COLUMN=category where one is told wrongly."
        )
    return tuple(numbers), tuple(categories), tuple(left_out)


def _kinds(kind: ColumnType) -> str:
    return {"text": "texts", "identifier": "identifiers"}.get(str(kind), str(kind))


def _number(column: Column) -> NumberColumn | str:
    known = column.values[np.isfinite(column.values)].astype(np.float64)
    if not len(known):
        return "no value"
    distinct = np.unique(known)
    if len(distinct) < 2:
        return "one value only"
    missing = bool(np.isnan(column.values).any())
    skewed = len(distinct) > FEW_VALUES and is_skewed(known)
    spread = float(known.std())
    return NumberColumn(
        name=column.name, how="quantile" if skewed else "standard",
        why="long tail on one side" if skewed else "no long tail", mean=float(known.mean()),
        spread=spread if np.isfinite(spread) and spread > 0 else 1.0, fill=float(np.median(known)),
        range=(float(distinct[0]), float(distinct[-1])), flag_missing=missing,
        knots=_knots(known) if skewed else (),
    )  # fmt: skip


def _knots(known: Array) -> tuple[float, ...]:
    """Quantiles; of one that is repeated, the middle share counts."""
    return tuple(map(float, np.quantile(known, np.linspace(0, 1, KNOTS))))


def _category(column: Column) -> CategoryColumn | None:
    known = np.array([value for value in column.values if value is not None], dtype=str)
    values, counts = np.unique(known, return_counts=True)
    if len(values) < 1 or (len(values) == 1 and len(known) == len(column.values)):
        return None
    ordered = values[np.argsort(-counts, kind="stable")][: int((counts >= LEAST_OF_A_VALUE).sum())][:MOST_VALUES]
    width = min(16, max(2, round(1.6 * (len(ordered) + 1) ** 0.56)))
    return CategoryColumn(name=column.name, values=tuple(map(str, ordered)), width=width)


def network_inputs(
    numbers: Sequence[NumberColumn], categories: Sequence[CategoryColumn], values: Mapping[str, Array], size: int
) -> Array:
    """(n, d + flags + c) float32: scaled numbers, flags of missing ones, codes of categories."""
    parts = [one.scaled(_of(one.name, values, size)) for one in numbers]
    parts += [np.isnan(_of(one.name, values, size)) for one in numbers if one.flag_missing]
    parts += [one.codes(_of(one.name, values, size, names=True)) for one in categories]
    return np.stack([part.astype(np.float32) for part in parts], axis=1) if parts else np.zeros((size, 0), np.float32)


def matrix(
    numbers: Sequence[NumberColumn], categories: Sequence[CategoryColumn], values: Mapping[str, Array], size: int
) -> Array:
    """(n, m) float32: numbers with the median where they are missing, an indicator of each frequent category."""
    limit = np.finfo(np.float32).max
    parts = []
    for one in numbers:
        raw = _of(one.name, values, size)
        parts.append(np.where(np.isnan(raw), one.fill, raw).clip(-limit, limit))
    for other in categories:
        given = _of(other.name, values, size, names=True)
        parts += [(given == value).astype(np.float32) for value in other.values[:MOST_CATEGORIES]]
    return np.stack(parts, axis=1).astype(np.float32) if parts else np.zeros((size, 0), np.float32)


def _of(name: str, values: Mapping[str, Array], size: int, *, names: bool = False) -> Array:
    """A column; without any value where there is none of that name."""
    if name in values:
        return values[name]
    return np.full(size, None, dtype=object) if names else np.full(size, np.nan)
