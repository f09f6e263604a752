"""Skewed columns, the transforms that suit them, and outliers."""

from __future__ import annotations

import numpy as np
import pytest
from scipy import stats
from tables import numbers_to_predict, table

from unstuck.analysis.data import transforms
from unstuck.analysis.data.skew import OUTLYING, middle, outlying_columns, skewed_columns
from unstuck.analysis.data.transforms import best_transform, binned, skewness
from unstuck.record.events.data.values import Transform

R = np.random.default_rng(0)
NORMAL = R.normal(size=2000)


@pytest.mark.parametrize("values", [NORMAL, np.exp(NORMAL), R.uniform(size=50)], ids=["normal", "lognormal", "uniform"])
def test_skewness_is_that_of_scipy(values):
    assert skewness(values) == pytest.approx(stats.skew(values))


@pytest.mark.parametrize(
    ("values", "transform"),
    [
        (np.exp(NORMAL), Transform.LOG), (np.floor(np.exp(1.2 * NORMAL + 2)), Transform.LOG1P),
        ((NORMAL + 6) ** 2 * (NORMAL > -9), Transform.SQUARE_ROOT), (np.sqrt(R.uniform(size=2000)), Transform.SQUARE),
        ((0.25 * NORMAL + 2).clip(0.5) ** -3.0, Transform.LOG), (R.exponential(size=2000), Transform.BOX_COX),
        (np.sinh(NORMAL + 1), Transform.YEO_JOHNSON), (R.standard_cauchy(2000) ** 3 + 1, Transform.QUANTILE),
        (np.where(R.random(2000) < 0.8, 0.0, np.exp(NORMAL)), Transform.BINS),
    ],
    ids=["lognormal", "counts", "squares", "left", "inverse", "exponential", "both signs", "wild", "mostly zero"],
)  # fmt: skip
def test_the_simplest_transform_that_makes_a_column_even_is_chosen(values, transform):
    best = best_transform(np.asarray(values, dtype=np.float64))
    assert best.by is transform
    assert abs(best.skewness) <= 0.5


@pytest.mark.parametrize(
    ("values", "by_hand"),
    [(np.exp(NORMAL), np.log), ((NORMAL + 6) ** 2, np.sqrt)],
    ids=["log", "square root"],
)
def test_the_skewness_after_is_that_of_the_transformed_values(values, by_hand):
    (event,) = skewed_columns(table(a=values)) if abs(stats.skew(values)) > 0.75 else [None]
    if event is not None:
        assert event.skewness == pytest.approx(stats.skew(values))
        assert event.skewness_after == pytest.approx(stats.skew(by_hand(values)))
        assert sum(event.before) == sum(event.after) == len(values)
        assert event.before_range == pytest.approx((values.min(), values.max()))
        assert event.after_range == pytest.approx((by_hand(values).min(), by_hand(values).max()))


def test_bins_give_the_most_frequent_value_one_of_its_own():
    values = np.r_[np.zeros(60), np.arange(1.0, 41.0)]
    made = binned(values)
    assert np.array_equal(np.unique(made.values), np.arange(9.0))
    assert np.bincount(made.values.astype(int)).tolist() == [60, 5, 5, 5, 5, 5, 5, 5, 5]
    assert made.skewness == pytest.approx(0)


@pytest.mark.parametrize(
    "values",
    [NORMAL, R.uniform(size=2000), R.integers(0, 17, 2000) ** 2 % 13, np.r_[NORMAL[:500], 40.0], np.exp(NORMAL[:40])],
    ids=["normal", "uniform", "few values", "one outlier", "few rows"],
)
def test_a_column_that_is_not_skewed_gives_nothing(values):
    assert list(skewed_columns(table(a=values))) == []


def test_values_that_stand_for_missing_ones_are_left_out():
    values = np.where(R.random(2000) < 0.05, -999.0, NORMAL)
    assert abs(stats.skew(values)) > 2
    assert list(skewed_columns(table(a=values))) == []
    assert list(outlying_columns(table(a=values))) == []


def test_targets_are_judged_too():
    sample = table(a=NORMAL, target=numbers_to_predict(price=np.exp(NORMAL), rooms=NORMAL))
    assert [(event.name, event.target) for event in skewed_columns(sample)] == [("price", True)]


def test_sparse_columns_of_a_sparse_table_are_left_alone_and_a_sparse_column_of_a_dense_one_is_not():
    def sparse(seed):
        r = np.random.default_rng(seed)
        return np.where(r.random(1000) < 0.8, 0.0, r.integers(1, 256, 1000))

    pixels = {f"p{at}": sparse(at) for at in range(6)}
    assert list(skewed_columns(table(**pixels))) == []
    assert [event.name for event in skewed_columns(table(gain=sparse(9), a=NORMAL[:1000], b=NORMAL[1000:]))] == ["gain"]


def test_only_the_most_skewed_columns_of_many_get_a_transform():
    columns = {f"c{at}": np.exp(0.6 * np.random.default_rng(at).normal(size=400)) for at in range(55)}
    events = list(skewed_columns(table(**columns)))
    assert sum(event.transform is None for event in events) == 30
    assert [abs(event.skewness) for event in events] == sorted((abs(event.skewness) for event in events), reverse=True)


def test_the_middle_of_a_normal_distribution_is_its_median_and_standard_deviation():
    median, spread = middle(np.random.default_rng(1).normal(5, 3, 200_000))
    assert (median, spread) == pytest.approx((5, 3), rel=0.02)


@pytest.mark.parametrize("count", [1, 10, 40])
def test_planted_outliers_are_found_worst_first_with_their_rows(count):
    values = NORMAL.copy()
    at = np.random.default_rng(2).choice(2000, count, replace=False)
    values[at] = np.linspace(15, 300, count) * np.where(np.arange(count) % 2, 1, -1)
    (event,) = outlying_columns(table(rows=np.arange(2000) + 7, a=values))
    assert set(event.rows) == set((at + 7).tolist())
    assert event.rows[0] == at[-1] + 7
    distance = np.abs(values - np.median(values))
    assert event.variance_share == pytest.approx((distance[at] ** 2).sum() / (distance**2).sum())
    assert (event.count, event.farthest) == (count, values[at[-1]])
    assert abs(event.farthest - event.median) > OUTLYING * event.spread


@pytest.mark.parametrize(
    "values", [NORMAL, np.exp(1.5 * NORMAL), R.uniform(size=500), np.r_[np.zeros(900), R.integers(1, 99, 100)]],
    ids=["normal", "a tail that a logarithm shortens", "uniform", "sparse"],
)  # fmt: skip
def test_tails_that_a_transform_shortens_are_no_outliers(values):
    assert list(outlying_columns(table(a=values))) == []


@pytest.mark.parametrize("seed", range(4))
def test_exponents_are_those_of_scipy(seed):
    random = np.random.default_rng(seed)
    for values in (np.exp(random.normal(size=300) * (seed + 1)), random.gamma(2, size=200), 1e40 * random.random(400)):
        assert transforms._likeliest(transforms._box_cox_likelihood, values) == pytest.approx(
            stats.boxcox(values)[1], abs=1e-3
        )
    for values in (random.gamma(2, size=200), -random.exponential(size=300), random.standard_t(4, size=500)):
        assert transforms._likeliest(transforms._yeo_johnson_likelihood, values) == pytest.approx(
            stats.yeojohnson(values)[1], abs=1e-3
        )


def test_an_exponent_beyond_use_stays_beyond_it():
    values = np.random.default_rng(0).beta(8, 1, size=900)
    assert abs(stats.yeojohnson(values)[1]) > transforms.MOST_EXPONENT
    assert abs(transforms._likeliest(transforms._yeo_johnson_likelihood, values)) > transforms.MOST_EXPONENT
