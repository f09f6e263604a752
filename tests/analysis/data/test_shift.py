"""Drift of columns against scipy, Holm by hand, and a classifier of splits."""

from __future__ import annotations

import numpy as np
import pytest
from scipy import stats

from unstuck.analysis.data.domain import area, domain_shift, quadratic
from unstuck.analysis.data.shift import association, column_shifts, holm, two_samples
from unstuck.record.events.data.shift import ColumnShift
from unstuck.testing.samples import classes, dataset, numbers, pictures, table, texts


def random(seed=0):
    return np.random.default_rng(seed)


@pytest.mark.parametrize("decimals", [6, 0], ids=["continuous", "many ties"])
def test_two_samples_are_compared_as_scipy_does(decimals):
    first = np.round(random().normal(size=400), decimals)
    second = np.round(random(1).normal(size=150) + 0.2, decimals)
    distance, p_ks, p_ranks = two_samples(first, second)
    reference = stats.ks_2samp(first, second, method="asymp")
    assert distance == pytest.approx(reference.statistic)
    assert p_ks == pytest.approx(reference.pvalue, rel=0.2)
    assert p_ranks == pytest.approx(stats.mannwhitneyu(first, second, method="asymptotic").pvalue, rel=0.02)


def test_two_constant_samples_do_not_differ():
    assert two_samples(np.ones(20), np.ones(30)) == (0.0, 1.0, 1.0)


def test_holm_by_hand():
    raw = [0.01, 0.04, 0.03, 0.005]
    corrected = holm([ColumnShift(split=1, column=str(at), p_value=p) for at, p in enumerate(raw)])
    assert [round(one.p_value, 6) for one in corrected] == [0.03, 0.06, 0.06, 0.02]


def found(train, test):
    return {one.column: one for one in column_shifts(dataset(train, test), 1)}


def test_only_the_column_that_moved_is_found_with_its_size():
    x, z = random().normal(size=(1000, 20)), random(1).normal(size=(200, 20))
    z[:, 7] += 0.5
    by_column = found(table(x), table(z, split=1))
    assert [name for name, one in by_column.items() if one.p_value < 1e-3] == ["x7"]
    moved = by_column["x7"]
    assert moved.shift == pytest.approx((z[:, 7].mean() - x[:, 7].mean()) / x[:, 7].std())
    assert moved.distance == pytest.approx(stats.ks_2samp(x[:, 7], z[:, 7]).statistic)
    assert moved.columns == 20


def test_a_column_that_is_constant_in_training_has_no_difference_in_standard_deviations():
    x, z = random().normal(size=(300, 2)), random(1).normal(size=(200, 2))
    x[:, 0], z[:, 0] = 1.0, 2.0
    month = found(table(x), table(z, split=1))["x0"]
    assert (month.shift, month.mean, month.other_mean, month.distance) == (None, 2.0, 1.0, 1.0)


def test_random_splits_are_silent():
    fired = 0
    for seed in range(200):
        x = random(seed).normal(size=(300, 20))
        fired += min(one.p_value for one in found(table(x[:200]), table(x[200:], split=1)).values()) < 1e-3
    assert fired <= 1


def test_categories_and_missing_values():
    kinds = random().choice(["a", "b", "c"], 600, p=[0.5, 0.3, 0.2]).astype(object)
    other = random(1).choice(["a", "b", "c"], 300, p=[0.2, 0.3, 0.5]).astype(object)
    value, gone = random(2).normal(size=600), random(3).normal(size=300)
    gone[:60] = np.nan
    by_column = found(table([kinds, value]), table([other, gone], split=1))
    shares = [[np.mean(side == kind) for kind in "abc"] for side in (kinds, other)]
    drift = by_column["x0"]
    assert drift.distance == pytest.approx(np.abs(np.subtract(*shares)).sum() / 2)
    assert drift.category in ("a", "c")
    assert drift.shift is None
    assert drift.p_value < 1e-9
    assert by_column["x1"].missing == pytest.approx(0.2)
    assert by_column["x1"].other_missing == 0
    assert by_column["x1"].p_value < 1e-9


def test_the_mix_of_the_classes_is_compared():
    x = random().normal(size=(900, 3))
    y, z = np.repeat([0, 1], 300), np.repeat([0, 1], [60, 240])
    by_column = found(table(x[:600], classes(y)), table(x[600:], classes(z), split=1))
    assert by_column["y"].target
    assert (by_column["y"].distance, by_column["y"].p_value < 1e-9) == (pytest.approx(0.3), True)
    target = random().normal(size=900)
    assert found(table(x[:600], numbers(target[:600])), table(x[600:], numbers(target[600:] + 1), split=1))["y"].target


def test_what_the_label_explains_of_a_column():
    y = np.repeat([0, 1], 500)
    x = np.stack([y + 0.01 * random().normal(size=1000), random(1).normal(size=1000)], axis=1)
    strong, none = (association(column, classes(y)) for column in table(x).columns)
    assert strong == pytest.approx(0.75, abs=0.01)  # ranks: two uniform halves have a quarter of the variance each
    assert none < 0.01
    kinds = np.where(y == 0, "a", "b").astype(object)
    assert association(table([kinds]).columns[0], classes(y)) == pytest.approx(1.0, abs=0.01)


def test_equal_values_share_their_rank_in_a_file_sorted_by_label():
    flag = (random().random(400) < 0.25).astype(float)
    assert association(table([flag]).columns[0], classes(np.repeat(np.arange(4), 100))) < 0.05
    values = np.round(random(1).normal(size=400))
    ranks, label = stats.rankdata(values), random(2).integers(0, 3, 400)
    between = sum((label == one).sum() * (ranks[label == one].mean() - ranks.mean()) ** 2 for one in range(3))
    plain, by_chance = between / 400 / ranks.var(), 2 / 399
    expected = max(0.0, (plain - by_chance) / (1 - by_chance))
    assert association(table([values]).columns[0], classes(label)) == pytest.approx(expected)


def test_another_correlation_is_recognised_though_no_column_moves():
    x = random().normal(size=(800, 5))
    z = random(1).normal(size=(400, 5))
    z[:, 1] = 0.8 * z[:, 0] + 0.6 * z[:, 1]
    splits = dataset(table(x), table(z, split=1))
    assert min(one.p_value for one in column_shifts(splits, 1)) > 1e-3
    found = domain_shift(splits, 1)
    assert found.auc > 0.6
    assert found.z > 5
    same = domain_shift(dataset(table(x[:500]), table(x[500:], split=1)), 1)
    assert abs(same.z) < 4


def test_the_area_counts_pairs():
    scores, domain = np.array([1.0, 2.0, 2.0, 3.0]), np.array([0, 1, 0, 1])
    assert area(scores, domain) == (1 + 0.5 + 1 + 1) / 4


def test_many_features_are_reduced_first():
    assert quadratic(random().normal(size=(60, 3000))).shape == (60, 50 + 55)


def test_images_and_texts_are_described():
    pixels = random().integers(0, 256, size=(120, 8, 8, 3)).astype(np.uint8)
    dark = (random(1).integers(0, 256, size=(60, 8, 8, 3)) // 2).astype(np.uint8)
    by_column = found(pictures(pixels), pictures(dark, split=1))
    assert by_column["brightness"].p_value < 1e-9
    assert by_column["brightness"].shift < -2
    assert by_column["width"].p_value == 1
    long, short = ["one two three four five " * (2 + at % 3) for at in range(60)], ["one two"] * 60
    assert found(texts(long), texts(short, split=1))["words in a text"].p_value < 1e-9


def test_a_value_that_stands_for_missing_ones_is_missing():
    sides = [random(seed).normal(size=(size, 2)) for seed, size in ((3, 900), (4, 300))]
    for side, every in zip(sides, (50, 8), strict=True):
        side[::every, 0] = -999
    column = found(table(sides[0]), table(sides[1], split=1))["x0"]
    assert abs(column.shift) < 0.2
    assert (column.missing, column.other_missing) == pytest.approx((38 / 300, 18 / 900))
