"""Profiles of columns that merge: ``init``, ``update`` with a block, ``merge`` two, ``value``. All are pure.

Count, moments and range are always exact. Quantiles, histogram and frequent values are exact while a column has at
most ``most`` values (`MOST_VALUES` when streamed; no bound for arrays in memory), and beyond that estimated from a
uniform random sample; the profile's field ``exact`` says which. Shapes: *n* rows, *d* columns.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace

import numpy as np

from unstuck.analysis.data.counts import NO_COUNTS, Counts, counted, joined_counts
from unstuck.analysis.data.moments import Moments, merged, moments, none
from unstuck.analysis.data.order import Order, order, text_of
from unstuck.analysis.data.sample import Array
from unstuck.analysis.data.sketch import Drawn, distinct, drawn, hashes, joined, joined_hashes
from unstuck.core.data_types import ColumnType
from unstuck.record.events.data.columns import ColumnProfile

MOST_VALUES = 200_000
"""values of a column that are kept while it is streamed"""
BLOCK_VALUES = 2**18
"""values of a block that is summed at once: it fits into the cache"""
BLOCK_ROWS = (64, 16_384)
"""the fewest and the most rows of such a block"""
BLOCK_COLUMNS = 16
"""columns that are copied out of a matrix at once: as many as share a cache line"""
MOST_SHOWN = 50
LONGEST_VALUE = 80
"""characters of a frequent value that are kept"""
NUMBERS = (ColumnType.NUMBER, ColumnType.TIME)


@dataclass(frozen=True, eq=False, kw_only=True)
class ProfileState:
    """What is known of a column so far."""

    type: ColumnType
    most: int | None
    rows: int = 0
    missing: int = 0
    infinite: int = 0
    zeros: int = 0
    moments: Moments = field(default_factory=none)
    min: float = np.inf
    max: float = -np.inf
    blocks: tuple[Array, ...] = ()
    """all finite values, while they are few enough"""
    sample: Drawn | None = None
    """in place of ``blocks`` where there are too many"""
    hashes: Array | None = None
    """of the different values, beside ``sample``"""
    counts: Counts = NO_COUNTS
    """of categories and texts"""


def init(type: ColumnType = ColumnType.NUMBER, *, most: int | None = MOST_VALUES) -> ProfileState:  # noqa: A002
    """A column without values.

    Args:
        type: of the column.
        most: values that are kept; None: all, and every figure is exact.
    """
    return ProfileState(type=type, most=most)


def update(state: ProfileState, values: Array) -> ProfileState:
    """With a block of values: numbers with NaN, or objects with None, where they are missing."""
    if state.type not in NUMBERS:
        found, missing = counted(values, state.most)
        return merge(state, replace(init(state.type, most=state.most), rows=len(values), missing=missing, counts=found))
    numbers = values if values.dtype.kind == "f" else values.astype(np.float64)
    present = numbers[~np.isnan(numbers)]
    finite = present[np.isfinite(present)]
    new = ProfileState(
        type=state.type, most=state.most, rows=len(numbers), missing=len(numbers) - len(present),
        infinite=len(present) - len(finite), zeros=int((finite == 0).sum()), moments=_summed(finite),
        min=float(finite.min()) if len(finite) else np.inf, max=float(finite.max()) if len(finite) else -np.inf,
        blocks=(finite,) if len(finite) else (),
    )  # fmt: skip
    return merge(state, new)


def _summed(values: Array) -> Moments:
    """Of all rows, block by block."""
    rows = int(np.clip(BLOCK_VALUES // max(1, values[:1].size), *BLOCK_ROWS))
    sums = none(values.shape[1:])
    for at in range(0, len(values), rows):
        sums = merged(sums, moments(values[at : at + rows]))
    return sums


def merge(a: ProfileState, b: ProfileState) -> ProfileState:
    """Of the rows of both.

    Raises:
        ValueError: they are not of one type.
    """
    if a.type is not b.type:
        raise ValueError(f"Profiles of different types do not merge. Got {a.type} and {b.type}.")
    most = a.most if b.most is None else b.most if a.most is None else min(a.most, b.most)
    whole = replace(
        a, most=most, rows=a.rows + b.rows, missing=a.missing + b.missing, infinite=a.infinite + b.infinite,
        zeros=a.zeros + b.zeros, moments=merged(a.moments, b.moments), min=min(a.min, b.min), max=max(a.max, b.max),
        counts=joined_counts(a.counts, b.counts, most),
    )  # fmt: skip
    kept = sum(map(len, (*a.blocks, *b.blocks)))
    if a.sample is None and b.sample is None and (most is None or kept <= most):
        return replace(whole, blocks=(*a.blocks, *b.blocks))
    limit = kept if most is None else most
    below = min(_highest(a, limit), _highest(b, limit))
    (sample_a, hashes_a), (sample_b, hashes_b) = _sketched(a, limit, below), _sketched(b, limit, below)
    return replace(whole, blocks=(), sample=joined(sample_a, sample_b, limit), hashes=joined_hashes(hashes_a, hashes_b))


def _highest(state: ProfileState, most: int) -> float:
    """No value with a higher priority can be in the sample of a merged column."""
    full = state.sample is not None and len(state.sample.values) >= most
    return float(state.sample.priorities.max()) if full and state.sample is not None else 1.0


def _sketched(state: ProfileState, most: int, below: float) -> tuple[Drawn, Array]:
    if state.sample is not None and state.hashes is not None:
        return state.sample, state.hashes
    values = np.concatenate(state.blocks) if state.blocks else np.zeros(0)
    return drawn(values, most, below), hashes(values)


def value(state: ProfileState, name: str, split: int = 0) -> ColumnProfile:
    """The profile of the column."""
    present = state.rows - state.missing
    if state.type not in NUMBERS:
        frequent = [(text[:LONGEST_VALUE], count) for text, count in state.counts.frequent(MOST_SHOWN)]
        most, most_count = frequent[0] if frequent else (None, None)
        return ColumnProfile(
            split=split, name=name, type=state.type, count=present, missing=state.missing,
            distinct=state.counts.distinct, most_common=most, most_common_count=most_count,
            exact=state.counts.exact, values=tuple(frequent),
        )  # fmt: skip
    if state.sample is None:
        ordered = np.sort(np.concatenate(state.blocks)) if state.blocks else np.zeros(0)
        return _profile(state, name, split, order(ordered, state.min, state.max))
    ordered = np.sort(state.sample.values)
    found = order(ordered, state.min, state.max).scaled(float(state.moments.n) / max(1, len(ordered)))
    if state.hashes is not None:
        found = found._replace(distinct=max(found.distinct, distinct(state.hashes)))
    return _profile(state, name, split, found)


def _profile(state: ProfileState, name: str, split: int, found: Order) -> ColumnProfile:
    some = float(state.moments.n) > 0
    return ColumnProfile(
        split=split, name=name, type=state.type, count=state.rows - state.missing, missing=state.missing,
        infinite=state.infinite, zeros=state.zeros, distinct=found.distinct,
        mean=_number(state.moments.mean) if some else None, std=_number(state.moments.std),
        skewness=_number(state.moments.skewness), kurtosis=_number(state.moments.kurtosis),
        min=state.min if some else None, max=state.max if some else None, quantiles=found.quantiles,
        most_common=None if found.most_common is None else text_of(found.most_common),
        most_common_count=found.most_common_count, histogram=found.histogram, exact=state.sample is None,
    )  # fmt: skip


def _number(of: Array) -> float | None:
    number = float(of)
    return number if np.isfinite(number) else None


def profile(values: Array, name: str, split: int = 0, type: ColumnType = ColumnType.NUMBER) -> ColumnProfile:  # noqa: A002
    """The exact profile of one column in memory."""
    return value(update(init(type, most=None), values), name, split)


def profiles(matrix: Array, names: Sequence[str], split: int = 0) -> tuple[ColumnProfile, ...]:
    """The exact profiles of all columns of a matrix of numbers (n, d) in memory."""
    numbers = matrix if matrix.dtype.kind == "f" else matrix.astype(np.float64)
    sums = _summed(numbers)
    made: list[ColumnProfile] = []
    for first in range(0, numbers.shape[1], BLOCK_COLUMNS):
        columns = np.ascontiguousarray(numbers[:, first : first + BLOCK_COLUMNS].T)
        columns.sort(axis=1)
        for at, column in enumerate(columns, first):
            state = _of_sorted(column, Moments(*(one[at] for one in sums)))
            finite = column[np.searchsorted(column, -np.inf, "right") : np.searchsorted(column, np.inf, "left")]
            made.append(_profile(state, names[at], split, order(finite, state.min, state.max)))
    return tuple(made)


def _of_sorted(column: Array, sums: Moments) -> ProfileState:
    """All but the values, from a sorted column; NaN stands at its end."""
    infinity = column.dtype.type(np.inf)
    low, high = np.searchsorted(column, -infinity, "right"), np.searchsorted(column, infinity, "left")
    present = int(np.searchsorted(column, infinity, "right"))
    some = high > low
    return ProfileState(
        type=ColumnType.NUMBER, most=None, rows=len(column), missing=len(column) - present,
        infinite=int(low + present - high), moments=sums,
        zeros=int(np.searchsorted(column[:high], 0, "right") - np.searchsorted(column[:high], 0, "left")),
        min=float(column[low]) if some else np.inf, max=float(column[high - 1]) if some else -np.inf,
    )  # fmt: skip
