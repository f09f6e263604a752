"""Splits that were not prepared the same way: other units, scaled or not, inverted, other colour order.

A difference of preparation leaves the shape of a distribution as it is: the quantiles of one split are a straight line
over those of the other. Drift of such a size changes the shape.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import permutations
from typing import NamedTuple

import numpy as np

from unstuck.analysis.data.compared_columns import without_missing
from unstuck.analysis.data.features import image_matrix
from unstuck.analysis.data.image_statistics import image_statistics
from unstuck.analysis.data.kept_statistics import kept_statistics
from unstuck.analysis.data.sample import Array, Column, DataSet, Sample
from unstuck.analysis.data.scaler_fit import standardised
from unstuck.analysis.data.shift import two_samples
from unstuck.analysis.data.transforms import skewness
from unstuck.core.data_types import ColumnType, Form
from unstuck.record.events.data.shift import Mismatch, Preparation

LEVELS = np.linspace(0.05, 0.95, 19)
"""quantiles that are compared"""
LEAST = 20
"""values of a column in each split"""
DISTINCT = 6
"""values of a column: fewer have no shape"""
FACTOR = 1.7
"""of a unit: a column whose spread differs by less may drift"""
AROUND_ZERO = 2.1
"""the same where the column lies around 0: there drift of the spread looks like another unit"""
FAR = 1.0
"""standard deviations: an offset of a whole table"""
FAR_FACTOR = 4.0
"""of the spread of a single column, whatever its offset: another unit of a column that was standardised afterwards"""
VERY_FAR = 6.0
"""standard deviations: an offset of a single column"""
IMAGES_FACTOR = 2.5
"""of the contrast of images: light and cameras differ by less"""
REAL = 1e-4
"""p-value of a difference, corrected for the number of columns"""
LIGHT = frozenset({"brightness", "contrast"})
"""of images, that a random transform keeps which moves and hides nothing"""
MOST_OF_A_TABLE, HALF = 0.8, 0.5
"""share of the columns"""
MOST_NAMES = 100


class Line(NamedTuple):
    """The quantiles of a column of a split as a line over those of the training split."""

    name: str
    factor: float
    through_zero: float
    """the factor without an offset"""
    offset: float
    """difference of the medians in standard deviations of the training split"""
    fits: bool
    """the quantiles are on the line"""
    fits_through_zero: bool
    fits_inverted: bool
    """they are on a line that falls, and not on one that rises"""
    around_zero: bool
    p_value: float


def preparations(dataset: DataSet, number: int) -> Iterator[Preparation]:
    """What was prepared differently in a held-out split; one event without ``what`` if nothing was."""
    train, sample = dataset.train, dataset.samples[number]
    found: list[Preparation] = []
    if train.form is Form.IMAGE:
        found = [*_images(train, sample)]
    elif train.form is Form.TABLE:
        found = [*_table(train, sample)]
    yield from found or [Preparation(split=sample.split, other=train.split)]


def _table(train: Sample, sample: Sample) -> Iterator[Preparation]:
    columns = {column.name: column for column in sample.columns}
    both = [
        (one, columns[one.name]) for one in train.columns
        if one.type is ColumnType.NUMBER and one.name in columns and columns[one.name].type is ColumnType.NUMBER
    ]  # fmt: skip
    lines = [one for pair in both if (one := line(*pair)) is not None]
    if not lines:
        return
    own = _by_own(both)
    if own:
        yield _whole(train, sample, Mismatch.OWN, own, compared=len(both))
        return
    moved = [one for one in lines if one.p_value * len(lines) < REAL and _is_far(one)]
    exact = [_exactly_standard([pair[side] for pair in both]) for side in (0, 1)]
    if exact[0] != exact[1] and len(moved) >= max(2, MOST_OF_A_TABLE / 2 * len(lines)) and not _single(both, moved):
        what = Mismatch.RAW if exact[0] else Mismatch.STANDARDISED
        yield _whole(train, sample, what, *_sizes(moved), len(lines))
        return
    changed = [one for one in lines if one.fits and one.p_value * len(lines) < REAL and _is_far(one)]
    if len(lines) >= 3 and len(changed) >= MOST_OF_A_TABLE * len(lines):
        names, factor, offset = _sizes(changed)
        what = _kind([one for one in both if one[0].name in set(names)])
        yield _whole(train, sample, what, names, factor, offset, len(lines))
        return
    for one in sorted(lines, key=lambda one: -abs(np.log(max(one.factor, 1e-12)))):
        mismatch = _of_one(one) if one.p_value * len(lines) < REAL else None
        if mismatch is not None:
            factor = {Mismatch.UNIT: one.through_zero, Mismatch.INVERTED: -1.0}.get(mismatch, one.factor)
            yield Preparation(
                split=sample.split, other=train.split, what=mismatch, column=one.name, columns=(one.name,),
                concerned=1, compared=len(lines), scale_factor=factor, offset=one.offset,
            )  # fmt: skip


def _sizes(lines: Sequence[Line]) -> tuple[list[str], float, float]:
    """Names, the most different first; the median factor and offset."""
    names = [one.name for one in sorted(lines, key=lambda one: -abs(np.log(one.factor)))]
    factor = float(np.exp(np.median([np.log(one.factor) for one in lines])))
    return names, factor, float(np.median([one.offset for one in lines]))


def _exactly_standard(columns: Sequence[Column]) -> bool:
    """Whether (nearly) all columns have mean 0 and standard deviation 1 up to rounding errors."""
    values = [without_missing(one).values for one in columns]
    exact = [len(one) >= LEAST and bool(standardised(one[:, None])[0]) for one in values]
    return sum(exact) >= max(2, MOST_OF_A_TABLE * len(exact))


def _is_far(one: Line) -> bool:
    return not 1 / FACTOR < one.factor < FACTOR or abs(one.offset) > FAR


def _single(both: Sequence[tuple[Column, Column]], moved: Sequence[Line]) -> bool:
    """Whether some columns have changed, and all others are standardised in both splits."""
    names = {one.name for one in moved}
    others = [_near_standard(side) for pair in both if pair[0].name not in names for side in pair]
    return bool(others) and float(np.mean(others)) >= MOST_OF_A_TABLE


def _of_one(one: Line) -> Mismatch | None:
    least = AROUND_ZERO if one.around_zero else FACTOR
    if one.fits_through_zero and one.through_zero > 0 and not 1 / least < one.through_zero < least:
        return Mismatch.UNIT
    if one.fits_inverted:
        return Mismatch.INVERTED
    far = abs(one.offset) > VERY_FAR or not 1 / FAR_FACTOR < one.factor < FAR_FACTOR
    return Mismatch.WHOLE if one.fits and far else None


def _kind(both: Sequence[tuple[Column, Column]]) -> Mismatch:
    """Whether one of the splits is standardised and the other one is not."""
    theirs, mine = ([_near_standard(column) for column in side] for side in zip(*both, strict=True))
    if np.mean(theirs) >= MOST_OF_A_TABLE and np.mean(mine) < HALF:
        return Mismatch.RAW
    return Mismatch.STANDARDISED if np.mean(mine) >= MOST_OF_A_TABLE and np.mean(theirs) < HALF else Mismatch.WHOLE


def _near_standard(column: Column) -> bool:
    values = without_missing(column).values
    allowed = 4 / np.sqrt(len(values))
    return bool(abs(values.mean()) < allowed and abs(values.std() - 1) < max(0.15, allowed))


def _by_own(both: Sequence[tuple[Column, Column]]) -> list[str]:
    """Columns that have mean 0 and standard deviation 1 exactly in both splits, if nearly all columns have."""
    exact = []
    for theirs, mine in both:
        sides = [without_missing(one).values[:, None] for one in (theirs, mine)]
        if min(len(one) for one in sides) >= LEAST and all(bool(standardised(one)[0]) for one in sides):
            exact.append(theirs.name)
    return exact if len(exact) >= max(2, MOST_OF_A_TABLE * len(both)) else []


def line(theirs: Column, mine: Column) -> Line | None:
    """The quantiles of a column over those of the training split; None where there are too few values."""
    first, second = without_missing(theirs).values, without_missing(mine).values
    if min(len(first), len(second)) < LEAST or min(len(np.unique(first)), len(np.unique(second))) < DISTINCT:
        return None
    low, high = np.quantile(first, LEVELS), np.quantile(second, LEVELS)
    spread, other_spread = float(low.std()), float(high.std())
    if spread <= 0 or other_spread <= 0:
        return None
    limit = 1.2 / np.sqrt(len(first) * len(second) / (len(first) + len(second))) + 0.03
    factor = other_spread / spread
    through = float(low @ high / (low @ low))
    apart = float(np.abs(high - high.mean() - factor * (low - low.mean())).mean() / other_spread)
    turned = float(np.abs(high - high.mean() + factor * (low - low.mean())[::-1]).mean() / other_spread)
    zero = float(np.abs(high - through * low).mean() / other_spread)
    middle = float(np.median(first))
    # The distance from the median shows another spread, which the distribution functions hardly show.
    p_value = 2 * min(two_samples(first, second)[1], two_samples(np.abs(first - middle), np.abs(second - middle))[1])
    return Line(
        name=theirs.name, factor=factor, through_zero=through,
        offset=float((np.median(second) - np.median(first)) / max(float(first.std()), 1e-300)), fits=apart < limit,
        fits_through_zero=zero < limit, fits_inverted=turned < limit and apart > 2 * limit,
        around_zero=abs(float(low.mean())) < 0.5 * spread, p_value=p_value,
    )  # fmt: skip


def _whole(
    train: Sample, sample: Sample, what: Mismatch, names: Sequence[str] = (), factor: float | None = None,
    offset: float | None = None, compared: int = 0, order: str = "",
) -> Preparation:  # fmt: skip
    return Preparation(
        split=sample.split, other=train.split, what=what, columns=tuple(names[:MOST_NAMES]), concerned=len(names),
        compared=compared, scale_factor=factor, offset=offset, order=order,
    )  # fmt: skip


def _images(train: Sample, sample: Sample) -> Iterator[Preparation]:
    if train.images is None or sample.images is None:
        return
    first, second = image_matrix(train.images), image_matrix(sample.images)
    first, second = (one[np.isfinite(one).all(axis=1)] for one in (first, second))
    if min(len(first), len(second)) < LEAST or first.shape[1] != second.shape[1]:
        return
    spread, other_spread = float(first.std()), float(second.std())
    if spread <= 0 or other_spread <= 0:
        return
    factor, offset = other_spread / spread, float(second.mean() - first.mean()) / spread
    sure = two_samples(first.mean(axis=1), second.mean(axis=1))[1] < REAL
    inverted = _inverted(first, second)
    kept = kept_statistics(train)
    if inverted and kept is not None and not kept >= LIGHT:
        inverted = skewness(first.ravel()) * skewness(second.ravel()) < 0  # a transform may have hidden the middle
    if not 1 / IMAGES_FACTOR < factor < IMAGES_FACTOR or (sure and abs(offset) > FAR and not inverted):
        yield _whole(train, sample, Mismatch.WHOLE, factor=factor, offset=offset)
    elif inverted:
        yield _whole(train, sample, Mismatch.INVERTED, factor=-factor, offset=offset)
    else:
        order = _colour_order(train, sample)
        if order:
            yield _whole(train, sample, Mismatch.COLOURS, order=order)


def _inverted(first: Array, second: Array) -> bool:
    """Whether the mean images are negatives of each other, beyond what the noise of the means can do."""
    one, other = (side.mean(axis=0) - side.mean() for side in (first, second))
    away = (side - side.mean(axis=1, keepdims=True) for side in (first, second))
    noise = sum(float(side.var(axis=0).mean()) / len(side) for side in away)
    size = float(np.sqrt((one @ one) * (other @ other)))
    return bool(min(one.std(), other.std()) ** 2 > 4 * noise and one @ other < -0.7 * size)


def _colour_order(train: Sample, sample: Sample) -> str:
    """The order of the channels if it is another one; "" if it is the same or cannot be known."""
    if train.images is None or sample.images is None:
        return ""
    sides = [image_statistics(one.images).means for one in (train, sample) if one.images is not None]
    first, second = (side[np.isfinite(side).all(axis=1)].astype(np.float64) for side in sides)
    coloured = [float(np.abs(side - side.mean(axis=1, keepdims=True)).max()) > 0 for side in (first, second)]
    if not all(coloured):
        return ""

    def worst(order: tuple[int, ...]) -> float:
        """The smallest p-value of the differences between two channels."""
        moved = second[:, order]
        return min(
            two_samples(first[:, a] - first[:, b], moved[:, a] - moved[:, b])[1] for a, b in ((0, 1), (1, 2), (0, 2))
        )

    p_values = {order: worst(order) for order in permutations(range(3))}
    best = max(p_values, key=lambda order: p_values[order])
    if p_values[0, 1, 2] < REAL and p_values[best] > 1e-3:
        return "".join(str(at) for at in best)
    return ""
