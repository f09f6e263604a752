"""Conflicts that chance lets expect in tables of few values, beside counts of all pairs."""

from __future__ import annotations

from itertools import combinations

import numpy as np
import pytest

from unstuck.analysis.data.chance_conflicts import conflicting_pairs, steps


def pairs(x, y):
    columns = [np.unique(column, return_inverse=True)[1].astype(np.uint64) for column in x.T]
    rows = np.unique(x, axis=0, return_inverse=True)[1].reshape(-1).astype(np.uint64)
    return conflicting_pairs(rows, columns, y)


def slowly(x, y):
    """Pairs with two labels that are equal; and the most that those let expect that are equal but for one column."""
    every = [(x[a] == x[b], y[a] != y[b]) for a, b in combinations(range(len(x)), 2)]
    expected = 0.0
    for column in range(x.shape[1]):
        alike = np.mean([same[column] for same, _ in every])
        near = sum(other and not same[column] and same.sum() == x.shape[1] - 1 for same, other in every)
        expected = max(expected, near * alike / (1 - alike))
    return sum(bool(other and same.all()) for same, other in every), expected


@pytest.mark.parametrize("seed", range(3))
def test_as_counted_pair_by_pair(seed):
    random = np.random.default_rng(seed)
    x, y = random.integers(0, 3, size=(80, 3)), random.integers(0, 2, 80)
    assert pairs(x, y) == pytest.approx(slowly(x, y))


def test_chance_explains_equal_rows_of_coarse_columns_and_not_copies_of_fine_ones():
    random = np.random.default_rng(0)
    coarse, fine, y = random.integers(0, 5, size=(800, 4)), random.normal(size=(800, 4)), random.integers(0, 2, 800)
    found = pairs(coarse, y)
    assert found.by_chance == pytest.approx(found.found, rel=0.25)
    found = pairs(np.concatenate([fine, fine[:10]]), np.concatenate([y, 1 - y[:10]]))
    assert found == (10, 0.0)


def test_a_single_column():
    assert pairs(np.repeat(np.arange(6), 10)[:, None], np.arange(60) % 2) == (6 * 25, 6 * 25.0)
    assert pairs(np.append(np.arange(58), [0, 2])[:, None], np.append(np.zeros(58, int), [1, 1])) == (2, 0.0)


def test_steps_of_numbers():
    codes = steps(np.array([0.0, 0.001, 5.0, np.nan])[:, None])
    assert (codes[0] == codes[1], codes[0] == codes[2], codes[3]) == (True, False, -1)
