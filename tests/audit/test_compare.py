"""Two versions of a data set: what is reported, and that chance is not."""

from __future__ import annotations

import numpy as np
import pytest

from unstuck.audit.compare import by_chance, drift
from unstuck.core.data_types import ColumnType
from unstuck.core.shares import wilson
from unstuck.record.events.data.columns import QUANTILES, ColumnProfile


def profile(values, **fields):
    counts, _ = np.histogram(values, 32)
    return ColumnProfile(
        split=0, name="a", count=len(values), min=float(values.min()), max=float(values.max()),
        histogram=tuple(counts.tolist()), quantiles=tuple(np.quantile(values, QUANTILES).tolist()), **fields,
    )  # fmt: skip


def distance(first, second):
    """The Kolmogorov-Smirnov distance, from all values."""
    at = np.concatenate([first, second])
    below = [np.searchsorted(np.sort(values), at, side="right") / len(values) for values in (first, second)]
    return float(np.max(np.abs(below[0] - below[1])))


@pytest.mark.parametrize("shift", [0.0, 0.2, 1.0])
def test_the_bound_is_below_the_true_distance_and_near_it(shift):
    chance = np.random.default_rng(0)
    first, second = chance.normal(size=4000), chance.normal(shift, size=3000)
    bound, true = drift(profile(first), profile(second)), distance(first, second)
    assert bound <= true + 1e-3
    assert bound >= 0.6 * true - 0.06


def test_one_far_value_is_no_drift():
    chance = np.random.default_rng(1)
    values = chance.normal(size=5000)
    assert drift(profile(values), profile(np.append(values, 1e6))) < 0.01


def test_values_on_the_bounds_of_bins_are_no_drift():
    chance = np.random.default_rng(2)
    first, second = chance.integers(0, 17, 4000).astype(float), chance.integers(0, 17, 4000).astype(float)
    second[second == 16] = 15.0
    assert drift(profile(first), profile(second)) <= distance(first, second) + 1e-3


def test_two_halves_of_one_column_stay_below_chance():
    above = 0
    for seed in range(200):
        values = np.random.default_rng(seed).lognormal(size=2000)
        above += drift(profile(values[:1500]), profile(values[1500:])) > by_chance(1500, 500)
    assert above == 0


def test_categories_differ_by_their_total_variation():
    first = ColumnProfile(
        split=0, name="a", type=ColumnType.CATEGORY, count=10, values=(("x", 8), ("y", 2))
    )
    second = ColumnProfile(
        split=0, name="a", type=ColumnType.CATEGORY, count=20, values=(("x", 8), ("z", 12))
    )
    assert drift(first, second) == pytest.approx(0.6)


def test_columns_without_values_are_not_compared():
    empty = ColumnProfile(split=0, name="a")
    assert drift(empty, empty) is None


def test_constant_columns_differ_or_do_not():
    two, three = (ColumnProfile(split=0, name="a", min=x, max=x, histogram=(9,)) for x in (2.0, 3.0))
    assert (drift(two, two), drift(two, three)) == (0.0, 1.0)


def test_the_interval_of_a_share_is_wilsons():
    assert wilson(2 / 24, 24) == pytest.approx((0.02315, 0.25847), abs=1e-4)
    assert wilson(0, 10) == pytest.approx((0.0, 0.27753), abs=1e-4)
