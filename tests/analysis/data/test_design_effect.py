"""How many rows say as much as one: known for constant blocks and for an autoregressive series."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from tables import classes_to_predict, table

from unstuck.analysis.data.design_effect import classes_effect, order_effect, unit_size
from unstuck.analysis.data.held_out_power import held_out_power
from unstuck.analysis.data.sample import DataSet
from unstuck.analysis.data.shift import column_shifts


def series(length, seed, keep=0.9):
    random = np.random.default_rng(seed)
    values = np.zeros(length)
    for at in range(1, length):
        values[at] = keep * values[at - 1] + random.normal()
    return values


@pytest.mark.parametrize("values", [np.zeros(500), np.arange(10.0), np.full(99, np.nan)], ids=["same", "few", "none"])
def test_nothing_to_judge_by_is_one(values):
    assert order_effect(values) == 1.0


def test_shuffled_rows_are_independent():
    shuffled = [order_effect(np.random.default_rng(seed).normal(size=1000)) for seed in range(200)]
    assert np.mean(np.array(shuffled) > 1) <= 0.02


def test_each_row_ten_times_counts_ten():
    values = np.repeat(np.random.default_rng(0).normal(size=300), 10)
    assert order_effect(values) == pytest.approx(10, rel=0.4)


def test_a_series_that_keeps_nine_tenths_counts_nineteen():
    found = np.mean([order_effect(series(8000, seed)) for seed in range(10)])
    assert found == pytest.approx((1 + 0.9) / (1 - 0.9), rel=0.25)


def test_a_file_sorted_by_class_is_not_a_series():
    codes = np.repeat([0, 1, 2], 300)
    values = np.random.default_rng(0).normal(size=900) + 3 * codes
    assert order_effect(values) > 10
    assert order_effect(values, codes) == 1.0
    assert classes_effect(codes) == 1.0
    assert classes_effect(np.tile(codes, 8)) > 10
    assert classes_effect(np.random.default_rng(0).permutation(codes)) == 1.0


def of_units(units, each, seed):
    """Rows of units that are alike in ten numbers."""
    random = np.random.default_rng(seed)
    return np.repeat(random.normal(size=(units, 10)), each, axis=0) + 0.1 * random.normal(size=(units * each, 10))


def test_units_that_were_dealt_out_are_counted():
    rows = of_units(100, 6, 0)
    assert unit_size(rows[:450], rows[450:]) == pytest.approx(6, abs=0.8)


def test_units_on_both_sides_are_none():
    rows = np.random.default_rng(1).permutation(of_units(100, 6, 0))
    assert unit_size(rows[:450], rows[450:]) == 1.0


def matrix_sample(matrix, split=0, codes=None):
    target = None if codes is None else classes_to_predict(codes, [str(at) for at in range(int(codes.max()) + 1)])
    return replace(table(target=target, **{f"c{at}": column for at, column in enumerate(matrix.T)}), split=split)


def significant(train, other):
    shifts = column_shifts(DataSet(samples=(matrix_sample(train), matrix_sample(other, 1))), 1)
    return {one.column for one in shifts if one.p_value < 1e-3 and one.distance >= 0.1}


def test_units_in_any_order_are_no_drift():
    alarms = 0
    for seed in range(10):
        random = np.random.default_rng(seed)
        unit, inside = np.repeat(random.normal(size=(80, 40)), 10, axis=0), random.normal(size=(800, 40))
        train, other = (random.permutation((unit + 0.7 * inside)[part]) for part in (slice(600), slice(600, 800)))
        alarms += bool(significant(train, other))
    assert alarms <= 1


def test_a_series_that_wanders_is_no_drift_and_a_step_is():
    quiet = [np.column_stack([series(3000, 10 * seed + at) for at in range(4)]) for seed in range(10)]
    assert sum(bool(significant(one[:2200], one[2200:])) for one in quiet) <= 1
    moved = quiet[0].copy()
    moved[2200:, 1] += 3 * moved[:, 1].std()
    assert "c1" in significant(moved[:2200], moved[2200:])


def test_a_class_that_comes_in_runs_may_be_absent():
    random = np.random.default_rng(1)
    codes = np.repeat(random.permutation(np.arange(60) % 6), 50)
    held_out = matrix_sample(random.normal(size=(60, 3)), 1, random.integers(0, 5, 60))
    names = ("0", "1", "2", "3", "4", "5")
    held_out = replace(held_out, target=replace(held_out.target, classes=names))
    expected = [
        held_out_power(DataSet(samples=(matrix_sample(random.normal(size=(3000, 3)), 0, one), held_out)), 1).expected
        for one in (codes, random.permutation(codes))
    ]
    assert expected[1] == pytest.approx(10)
    assert expected[0] < 1
