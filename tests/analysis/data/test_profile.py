"""Profiles of columns against plain NumPy and scipy; merged profiles against the profile of the whole."""

from __future__ import annotations

from collections import Counter
from functools import reduce
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from unstuck.analysis.data.profile import init, merge, profile, profiles, update, value
from unstuck.core.data_types import ColumnType
from unstuck.record.events.data.columns import HISTOGRAM_BINS, QUANTILES

NUMBERS = st.lists(
    st.one_of(st.floats(-1e6, 1e6, width=32), st.sampled_from([np.nan, np.inf, -np.inf, 0.0, -0.0, 2.0])), max_size=60
)


def reference(values):
    """Every figure of a profile in the most obvious way."""
    values = np.asarray(values, dtype=np.float64)
    finite = values[np.isfinite(values)]
    facts = {
        "count": int((~np.isnan(values)).sum()), "missing": int(np.isnan(values).sum()),
        "infinite": int(np.isinf(values).sum()), "zeros": int((values == 0).sum()),
        "distinct": len(set(finite.tolist())),
    }  # fmt: skip
    if len(finite):
        facts |= {
            "min": finite.min(), "max": finite.max(), "mean": finite.mean(), "std": finite.std(),
            "quantiles": np.quantile(finite, QUANTILES),
            "most_common_count": max(Counter(finite.tolist()).values()),
        }  # fmt: skip
        edges = np.linspace(finite.min(), finite.max(), HISTOGRAM_BINS + 1)
        if finite.max() > finite.min():
            facts["histogram"] = [
                int(((finite >= low) & ((finite < high) if high != edges[-1] else True)).sum())
                for low, high in pairwise(edges)
            ]
    return facts


def assert_is(found, values):
    for key, expected in reference(values).items():
        assert getattr(found, key) == pytest.approx(expected, rel=1e-9, abs=1e-9), key


@given(NUMBERS)
@settings(deadline=None)
def test_a_profile_of_numbers_is_what_numpy_says(values):
    assert_is(profile(np.array(values, dtype=np.float64), "a"), values)


@given(NUMBERS, st.integers(1, 4))
@settings(deadline=None)
def test_a_profile_of_a_matrix_is_that_of_its_columns(values, width):
    rows = len(values) // width
    matrix = np.array(values[: rows * width], dtype=np.float64).reshape(rows, width)
    for at, found in enumerate(profiles(matrix, [f"x{at}" for at in range(width)])):
        assert_is(found, matrix[:, at])


@given(st.lists(NUMBERS, min_size=1, max_size=5))
@settings(deadline=None)
def test_merged_profiles_are_the_profile_of_all_rows(parts):
    states = [update(init(), np.array(part, dtype=np.float64)) for part in parts]
    assert_is(value(reduce(merge, states), "a"), [number for part in parts for number in part])


@pytest.mark.parametrize("offset", [0.0, 1e6, -3e7])
def test_moments_to_the_fourth_are_stable_far_from_zero_and_over_many_blocks(offset):
    from scipy import stats

    values = np.random.default_rng(1).gamma(2.0, size=50_000) + offset
    exact = values - offset
    found = profile(values, "a")
    pieces = value(reduce(merge, [update(init(most=None), part) for part in np.array_split(values, 37)]), "a")
    for some in (found, pieces):
        assert some.std == pytest.approx(exact.std(), rel=1e-7)
        assert some.skewness == pytest.approx(stats.skew(exact), rel=1e-5)
        assert some.kurtosis == pytest.approx(stats.kurtosis(exact, fisher=False), rel=1e-5)


def test_a_column_too_long_to_keep_is_estimated_and_says_so():
    values = np.random.default_rng(2).normal(size=30_000).round(3)
    state = init(most=5_000)
    for part in np.array_split(values, 50):
        state = update(state, part)
    found, exact = value(state, "a"), profile(values, "a")
    assert (found.exact, exact.exact) == (False, True)
    assert (found.count, found.min, found.max) == (exact.count, exact.min, exact.max)
    assert found.mean == pytest.approx(exact.mean, abs=1e-12)
    ranks = np.searchsorted(np.sort(values), found.quantiles) / len(values)
    assert np.abs(ranks - QUANTILES).max() < 4 * 0.5 / np.sqrt(5_000)
    assert found.distinct == exact.distinct  # fewer than the hashes that are kept
    assert sum(found.histogram) == pytest.approx(30_000, rel=0.01)


def test_a_merged_sample_is_drawn_evenly_from_parts_of_any_size():
    sizes = (40_000, 700, 9_300)
    parts = [np.full(size, float(at)) + np.linspace(0, 0.5, size) for at, size in enumerate(sizes)]
    state = reduce(merge, [update(init(most=4_000), part) for part in parts])
    shares = np.bincount(state.sample.values.astype(int), minlength=3) / 4_000
    assert shares == pytest.approx(np.array(sizes) / sum(sizes), abs=0.025)
    assert value(state, "a").distinct == pytest.approx(sum(sizes), rel=0.04)


def test_the_same_data_gives_the_same_profile():
    values = np.random.default_rng(3).normal(size=3_000)
    made = [value(update(init(most=100), values), "a") for _ in range(2)]
    assert made[0] == made[1]


def test_updates_leave_the_state_before_them_alone():
    before = update(init(), np.array([1.0, 2.0]))
    update(before, np.array([5.0]))
    assert value(before, "a").max == 2.0


NAMES = np.array(["red", "blue", None, "red", "green", "red", "blue", None], dtype=object)


@pytest.mark.parametrize("cut", range(9))
def test_categories_are_counted_and_merge(cut):
    parts = [update(init(ColumnType.CATEGORY), part) for part in (NAMES[:cut], NAMES[cut:])]
    found = value(merge(*parts), "colour", 1)
    assert (found.count, found.missing, found.distinct, found.split) == (6, 2, 3, 1)
    assert (found.most_common, found.most_common_count) == ("red", 3)
    assert found.values == (("red", 3), ("blue", 2), ("green", 1))


def test_too_many_categories_keep_the_frequent_ones_and_estimate_the_rest():
    rare = [f"name {at}" for at in range(3_000)]
    values = np.array(rare + ["often"] * 1_000, dtype=object)
    np.random.default_rng(4).shuffle(values)
    state = init(ColumnType.TEXT, most=200)
    for part in np.array_split(values, 20):
        state = update(state, part)
    found = value(state, "text")
    assert not found.exact
    assert (found.most_common, found.distinct) == ("often", 3_001)
    assert found.most_common_count <= 1_000 <= found.most_common_count + state.counts.lost


def test_whole_numbers_and_small_floats_are_written_as_a_person_would():
    assert profile(np.array([2, 2, 3]), "a").most_common == "2"
    assert profile(np.array([0.1, 0.1, 3], dtype=np.float32), "a").most_common == "0.1"
    assert profile(np.array([-0.0, -0.0, 3]), "a").most_common == "0"


def test_profiles_of_different_types_do_not_merge():
    with pytest.raises(ValueError, match="different types"):
        merge(init(ColumnType.NUMBER), init(ColumnType.TEXT))


@pytest.mark.parametrize(
    "values", [[], [np.nan, np.nan], [np.inf, -np.inf]], ids=["no rows", "all missing", "infinite"]
)
def test_without_a_finite_value_there_are_no_moments(values):
    found = profile(np.array(values, dtype=np.float64), "a")
    assert (found.mean, found.std, found.min, found.distinct, found.quantiles) == (None, None, None, 0, ())
