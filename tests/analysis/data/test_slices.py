"""Planted slices are found with their conditions; noise has none."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.stats import ttest_ind

from unstuck.analysis.data.sample import Column
from unstuck.analysis.data.slices import find_slices, welch
from unstuck.core.data_types import ColumnType

TOWNS = np.array(list("abcde"), dtype=object)


def columns(random, rows=4000):
    return [
        Column(name="age", type=ColumnType.NUMBER, values=random.uniform(0, 100, rows)),
        Column(name="weight", type=ColumnType.NUMBER, values=random.normal(70, 10, rows)),
        Column(name="town", type=ColumnType.CATEGORY, values=TOWNS[random.integers(0, 5, rows)]),
        Column(name="key", type=ColumnType.IDENTIFIER, values=np.arange(rows).astype(str).astype(object)),
    ]  # fmt: skip


def loss_of(random, inside, bad=0.5):
    return (random.random(len(inside)) < np.where(inside, bad, 0.1)).astype(float)


@pytest.mark.parametrize("seed", range(5))
def test_a_planted_pair_of_conditions_is_found(seed):
    random = np.random.default_rng(seed)
    given = columns(random)
    truth = (given[0].values > 70) & (given[2].values == "b")
    (found,) = find_slices(given, loss_of(random, truth), seed=seed)
    assert (found.inside & truth).sum() / truth.sum() > 0.85
    assert (found.inside & truth).sum() / found.inside.sum() > 0.9
    assert "town = b" in found.words
    assert any(word.startswith("age > ") for word in found.words)
    assert found.loss == pytest.approx(0.5, abs=0.15)
    assert found.other_loss == pytest.approx(0.1, abs=0.02)


def test_one_condition_stays_one():
    random = np.random.default_rng(1)
    given = columns(random)
    found = find_slices(given, loss_of(random, given[2].values == "d"))
    assert [one.words for one in found] == [("town = d",)]


def test_an_interval_is_two_conditions_on_one_column():
    random = np.random.default_rng(2)
    given = columns(random)
    truth = (given[0].values > 40) & (given[0].values <= 52)
    found = find_slices(given, loss_of(random, truth))
    assert {word.split()[0] + word.split()[1] for word in found[0].words} == {"age>", "age≤"}


def test_two_slices_are_both_found():
    random = np.random.default_rng(3)
    given = columns(random)
    first, second = given[2].values == "a", (given[0].values < 10) & (given[2].values != "a")
    found = find_slices(given, loss_of(random, first, 0.6) + loss_of(random, second, 0.4) - 0.0)
    assert len(found) == 2


@pytest.mark.parametrize("seed", range(8))
def test_noise_has_no_slice(seed):
    random = np.random.default_rng(seed)
    given = columns(random, 1500)
    assert find_slices(given, loss_of(random, np.zeros(1500, bool)), seed=seed) == []
    assert find_slices(given, random.exponential(size=1500), seed=seed) == []


def test_missing_values_can_be_the_condition():
    random = np.random.default_rng(4)
    given = columns(random)
    holes = random.random(4000) < 0.1
    weight = Column(name="weight", type=ColumnType.NUMBER, values=np.where(holes, np.nan, given[1].values))
    found = find_slices([given[0], weight, given[2]], loss_of(random, holes))
    assert found[0].words == ("weight is missing",)


def test_welch_is_that_of_scipy_and_few_rows_prove_nothing():
    random = np.random.default_rng(5)
    inside, outside = random.normal(1, 1, 50), random.normal(0, 2, 300)
    assert welch(inside, outside) == ttest_ind(inside, outside, equal_var=False, alternative="greater").pvalue
    assert welch(inside[:10], outside) == 1.0
    assert find_slices(columns(random, 100), np.ones(100)) == []
