"""Missing and infinite values, and values that stand for missing ones.

Shapes: *n* rows of a column, *u* different values.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from typing import NamedTuple

import numpy as np

from unstuck.analysis.data.distinct_values import Values, in_even_steps, values_of
from unstuck.analysis.data.imputed import imputed
from unstuck.analysis.data.order import text_of
from unstuck.analysis.data.sample import Array, Column, Sample
from unstuck.analysis.fact import fact
from unstuck.core.data_types import ColumnType
from unstuck.record.events.data.base import MOST_ROWS
from unstuck.record.events.data.values import MissingFacts, Sentinel

MARKS = frozenset(
    {"", "?", "??", "-", "--", ".", "na", "n/a", "#n/a", "nan", "<na>", "null", "nil", "missing", "unknown"}
)
"""in lower case; ``none`` and ``other`` are often categories of their own"""
CODE = re.compile(r"-?(9{2,}|8{3,})|-9")
FAR = 4.0
"""standard deviations from one repeated value to all others; at 3, the bound -1 of a column of ionosphere is one"""
FAR_CODE = 1.0
"""the same for a usual code that is beyond what the others can be"""
POSSIBLE = 2.0
"""times the farthest other value on its side; a nearer code is an honest value as well, such as 99 hours a week. Of a
value that is no usual code, from the median: a column with a tail repeats a value of it"""
WIDER = 3.0
"""times the widest gap between other values; amounts with a long tail lie far apart at its end"""
LEAST_COUNT = 3
LEAST_COUNT_OF_CODE = 2
"""of a usual code that is far from all others"""
LEAST_SHARE, MOST_SHARE = 0.001, 0.5
MOST_SHARE_OF_NO_CODE = 0.2
"""of a value that is no usual code; more are the floor or the ceiling of a measurement"""
LEAST_DISTINCT = 10
"""other values; with fewer, a column is a code or a grade"""
MOST_CODES = 3
MORE_OFTEN = 3
"""times as often as any other value"""


class Found(NamedTuple):
    """A value that stands for missing ones."""

    value: float
    by: Sentinel
    distance: float
    """to the nearest other value, in standard deviations of the others"""


@fact
def sentinels_of(sample: Sample) -> Mapping[str, tuple[Found, ...]]:
    """The values that stand for missing ones in each column of numbers, by its name."""
    numbers = [column for column in sample.columns if column.type is ColumnType.NUMBER]
    found = sentinels([column.values for column in numbers])
    return {column.name: tuple(codes) for column, codes in zip(numbers, found, strict=True)}


def present(column: Column, sample: Sample) -> Array:
    """Which values are finite, and no mark of a missing one. (n,) bool."""
    codes = [code.value for code in sentinels_of(sample).get(column.name, ())]
    finite = np.isfinite(column.values)
    return np.asarray(finite & ~np.isin(column.values, codes)) if codes else finite


def missing_values(sample: Sample) -> Iterator[MissingFacts]:
    """Of each column in which something is missing, is infinite or stands for a missing value."""
    for column in sample.columns:
        yield from _of_names(sample, column) if column.values.dtype == object else _of_numbers(sample, column)


def _of_numbers(sample: Sample, column: Column) -> Iterator[MissingFacts]:
    """What is missing stands in the first event; each sentinel has one."""
    missing, infinite = column.missing, np.isinf(column.values)
    codes: tuple[Found | None, ...] = sentinels_of(sample).get(column.name, ()) or (None,)
    if codes[0] is None and not missing.any() and not infinite.any():
        if column.type is not ColumnType.NUMBER or (filled := imputed(values_of(column.values))) is None:
            return
        codes = (Found(filled.value, Sentinel.IMPUTED, filled.distance),)
    others = column.values[present(column, sample)]
    for at, code in enumerate(codes):
        here = np.zeros(len(sample), bool) if code is None else np.asarray(column.values == code.value)
        lacking = missing | infinite if at == 0 else np.zeros(len(sample), bool)
        yield MissingFacts(
            split=sample.split, name=column.name, missing=int((lacking & missing).sum()),
            infinite=int((lacking & infinite).sum()), looked_at=len(sample), rows=_rows(sample, here | lacking),
            sentinel=None if code is None else text_of(np.float64(code.value)), sentinel_count=int(here.sum()),
            found_by=None if code is None else code.by, distance=None if code is None else code.distance,
            least=float(others.min()) if len(others) else None, greatest=float(others.max()) if len(others) else None,
        )  # fmt: skip


def _rows(sample: Sample, concerned: Array) -> tuple[int, ...]:
    return tuple(sample.rows[np.flatnonzero(concerned)[:MOST_ROWS]].tolist())


def _of_names(sample: Sample, column: Column) -> Iterator[MissingFacts]:
    """Marks among names and texts: the most frequent one, and nulls."""
    missing = column.missing
    given = set(column.values.tolist())
    marks = [one for one in given if isinstance(one, str) and one.strip().lower() in MARKS]
    here = np.isin(column.values.astype(str), marks) & ~missing if marks else np.zeros(len(sample), bool)
    if not here.any() and not missing.any():
        return
    sentinel = max(marks, key=lambda mark: (int((column.values == mark).sum()), mark), default=None)
    yield MissingFacts(
        split=sample.split, name=column.name, missing=int(missing.sum()), looked_at=len(sample), sentinel=sentinel,
        sentinel_count=int(here.sum()), found_by=Sentinel.MARK if marks else None, rows=_rows(sample, here | missing),
    )  # fmt: skip


def sentinels(columns: Sequence[Array]) -> list[list[Found]]:
    """The values that stand for missing ones in each of these columns of numbers (n,) of one table."""
    counted = [values_of(column) for column in columns]
    found = [far_codes(values) for values in counted]
    if is_sparse(counted):
        return found
    zeros = [
        zeros_apart(values, [one.value for one in codes]) for values, codes in zip(counted, found, strict=True)
    ]
    zeros = [
        None if distance is not None and _zero_together(column, columns, zeros) else distance
        for column, distance in zip(columns, zeros, strict=True)
    ]
    if _zeros_are_common(columns, zeros):
        zeros = [None] * len(columns)
    sure = [np.asarray(column == 0) for column, distance in zip(columns, zeros, strict=True) if distance is not None]
    for at, column in enumerate(columns):
        distance = zeros[at]
        if distance is None and sure:
            distance = zeros_beside(column, sure)
        scaled = zero_of_scaled(counted[at], [one.value for one in found[at]])
        if distance is not None:
            found[at].append(Found(0.0, Sentinel.ZEROS, distance))
        elif scaled is not None:
            found[at].append(Found(scaled[0], Sentinel.ZEROS, scaled[1]))
    return found


def is_sparse(columns: Sequence[Values]) -> bool:
    """Whether the least value, mostly 0, is a usual one in this table: counts or weights of words, of purchases."""
    amounts = [values for values in columns if len(values.value) > LEAST_DISTINCT]
    at_floor = sum(int(values.times[0]) > MOST_ZEROS * values.total for values in amounts)
    return at_floor >= max(3, SPARSE * len(amounts))


def far_codes(values: Values) -> list[Found]:
    """Repeated values far from all others, and usual codes that are too frequent."""
    found: list[Found] = []
    while len(found) < MOST_CODES and len(values.value) > LEAST_DISTINCT:
        ends = [(_at_end(values, at), at) for at in (0, -1)]
        code, at = max(ends, key=lambda end: end[0].distance if end[0] is not None else -1.0)
        if code is None:
            break
        found.append(code)
        values = values.without(at)
    return found or _frequent_codes(values)


def _at_end(values: Values, at: int) -> Found | None:
    """The least (0) or the greatest (-1) value, if it stands for a missing one."""
    value, count = float(values.value[at]), int(values.times[at])
    others = values.without(at)
    share, std = count / values.total, others.std
    bounds = others.value[-1] == 1 and others.times[-1] >= count  # those of a correlation, an angle, a signal
    only_negative = value == -1 and others.value[0] >= 0 and not bounds
    usual = _is_code(value) or only_negative
    most = MOST_SHARE if usual else MOST_SHARE_OF_NO_CODE
    if count < (LEAST_COUNT_OF_CODE if usual else LEAST_COUNT) or not LEAST_SHARE <= share <= most:
        return None
    if value == 0 or not std > 0:  # zeros have a test of their own
        return None
    nearest = float(others.value[at])
    distance = abs(value - nearest) / std
    beyond_tail = distance * std >= WIDER * _widest_gap(others.value)
    no_value = usual and count >= LEAST_COUNT and (value * nearest <= 0 or abs(value) >= POSSIBLE * abs(nearest))
    tail = usual or abs(value - others.middle) >= POSSIBLE * abs(nearest - others.middle)
    if beyond_tail and tail and distance >= (FAR_CODE if no_value else FAR):
        return Found(value, Sentinel.FAR, distance)
    if only_negative and share >= 0.005 and count >= LEAST_COUNT:
        often = count >= 2 * np.median(others.times[:5])
        skips_zero = others.value[0] >= 1 and bool(np.all(others.value == np.round(others.value)))
        if often or skips_zero or (distance >= APART and -value + others.value[0] >= SPACES * spacing(others.value)):
            return Found(value, Sentinel.NEGATIVE, distance)
    return None


def _is_code(value: float) -> bool:
    return CODE.fullmatch(text_of(np.float64(value))) is not None


def _widest_gap(values: Array) -> float:
    """Between neighbours of these different values, codes at their ends left out."""
    inner = values[int(_is_code(values[0])) : len(values) - int(_is_code(values[-1]))]
    return float(np.diff(inner).max(initial=0.0))


def spacing(values: Array) -> float:
    """The usual distance between the least of these different values."""
    return float(np.median(np.diff(values[: max(6, len(values) // 20)])))


def _frequent_codes(values: Values) -> list[Found]:
    """Usual codes inside the range of a column of which nearly all values are different.

    A number such as 99 is an honest value as well; a code occurs far more often than any other value.
    """
    total = values.total
    if len(values.value) < total / 2 or total < 100:
        return []
    if values.times.max() < max(5, 0.005 * total):
        return []  # and no number is written out
    codes = np.array([_is_code(value) for value in values.value])
    usual = int(values.times[~codes].max(initial=1))
    often = np.flatnonzero(codes & (values.times >= max(5, 0.005 * total, MORE_OFTEN * usual)))
    found = []
    for at in often:
        others = values.without(int(at))
        distance = float(np.abs(others.value - values.value[at]).min()) / max(others.std, 1e-300)
        found.append(Found(float(values.value[at]), Sentinel.CODE, distance))
    return found[:MOST_CODES]


CLEARLY_POSITIVE = 2.0
"""mean / standard deviation of the values above zero; amounts with honest zeros have about 1 or less"""
ERRORS = 2.0
"""relative standard errors of that ratio, about 1 / √n, which few values need beyond it"""
APART = 0.5
"""standard deviations from zero to the least other value"""
SPACES = 5.0
"""times the usual distance between the least values above zero; counts go on from 0 in even steps"""
MOST_ZEROS = 0.45
SPARSE = 0.5
"""share of the columns of amounts that have their least value in more than `MOST_ZEROS` of the rows"""
SCALED = 0.05
"""from mean 0 and standard deviation 1 at most"""
APART_WHEN_SCALED = 1.0
"""standard deviations of the others"""


def zeros_apart(values: Values, codes: Sequence[float]) -> float | None:
    """How far zeros are from values that are clearly positive, in standard deviations; None where they are honest."""
    keep = ~np.isin(values.value, codes)
    values = Values(values.value[keep], values.times[keep])
    if len(values.value) <= LEAST_DISTINCT or values.value[0] != 0:
        return None
    share, positive = values.times[0] / values.total, values.without(0)
    if values.times[0] < LEAST_COUNT or not LEAST_SHARE <= share <= MOST_ZEROS:
        return None
    least, std = float(positive.value[0]), positive.std
    mean = float(np.average(positive.value, weights=positive.times))
    apart = least >= APART * std and least >= SPACES * spacing(positive.value)
    clearly = CLEARLY_POSITIVE * (1 + ERRORS / positive.total**0.5)
    return least / std if std > 0 and mean >= clearly * std and apart else None


def zero_of_scaled(values: Values, codes: Sequence[float]) -> tuple[float, float] | None:
    """Where zeros lie in a column that was standardised, and how far from the others, if they stand for missing values.

    It is the least value, and repeated. What was zero before is not known, so it has to lie farther from the others
    than zeros have to. A logarithm or a power sets honest zeros of an amount apart as well, so the values must lie in
    even steps.
    """
    if not len(values.value) or values.value[0] >= 0 or values.value[0] in codes:
        return None
    mean = float(np.average(values.value, weights=values.times))
    if abs(mean) > SCALED or abs(values.std - 1) > SCALED or values.times[0] <= 2 * values.times[1:].max(initial=0):
        return None
    distance = zeros_apart(Values(values.value - values.value[0], values.times), [])
    if distance is None or distance < APART_WHEN_SCALED or not in_even_steps(values.value):
        return None
    return float(values.value[0]), distance


MANY_HONEST = 10
"""columns with honest zeros, for each whose zeros lie apart: counts, or what a network made"""


def _zeros_are_common(columns: Sequence[Array], apart: Sequence[float | None]) -> bool:
    """Whether so many columns are amounts with honest zeros that a zero apart is one as well."""
    honest = sum(
        distance is None and bool(np.fmin.reduce(column, initial=np.inf) == 0)
        for column, distance in zip(columns, apart, strict=True)
    )
    return honest >= MANY_HONEST * sum(distance is not None for distance in apart) > 0


def _zero_together(column: Array, columns: Sequence[Array], apart: Sequence[float | None]) -> bool:
    """Whether a column with honest zeros is 0 in exactly the same rows: what both measure is not there."""
    zero = column == 0
    return any(
        distance is None and np.fmin.reduce(other, initial=0.0) == 0 and np.array_equal(other == 0, zero)
        for other, distance in zip(columns, apart, strict=True)
    )


COMMON_ZEROS = 0.9
"""share of the zeros of a column that stands for missing values, in which another one is zero as well"""
MOST_ZEROS_BESIDE = 0.6


def zeros_beside(column: Array, sure: Sequence[Array]) -> float | None:
    """The same for amounts that could have honest zeros, were they not zero where another column lacks its values.

    Args:
        column: numbers (n,).
        sure: of columns whose zeros stand for missing values, where they are zero; (n,) each.
    """
    zero = np.asarray(column == 0)
    positive = column[np.isfinite(column) & ~zero]
    share = zero.mean()
    if len(np.unique(positive)) <= LEAST_DISTINCT or positive.min() <= 0 or not 0.05 <= share <= MOST_ZEROS_BESIDE:
        return None
    for other in sure:
        both = (zero & other).sum()
        if other.sum() >= 30 and both >= COMMON_ZEROS * other.sum() and share <= 0.75 * both / other.sum():
            return float(positive.min() / positive.std())
    return None
