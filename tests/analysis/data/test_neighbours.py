"""The nearest rows against comparing every pair in float64."""

from __future__ import annotations

import numpy as np
import pytest

from unstuck.analysis.data import neighbours
from unstuck.analysis.data.neighbours import nearest, nearest_within


def by_hand(queries, base, own=None):
    apart = np.array([np.linalg.norm(base.astype(float) - query, axis=1) for query in queries])
    if own is not None:
        apart[np.arange(len(queries)), own] = np.inf
    return apart.min(axis=1), apart.argmin(axis=1)


def rows(count, width, seed=0):
    return np.random.default_rng(seed).normal(size=(count, width)).astype(np.float32)


@pytest.mark.parametrize("width", [1, 3, 40])
def test_every_row_gets_its_nearest(width):
    queries, base = rows(150, width), rows(400, width, seed=1) + 1000
    found = nearest(queries, base)
    distance, row = by_hand(queries, base)
    assert (found.row == row).mean() > 0.99
    np.testing.assert_allclose(found.distance, distance, rtol=1e-5)


def test_a_row_is_not_its_own_neighbour_and_its_copy_is_at_zero():
    base = rows(200, 5)
    base[7] = base[150]
    found = nearest(base, base, own=np.arange(200))
    assert (found.row[7], found.row[150]) == (150, 7)
    assert found.distance[7] == 0
    np.testing.assert_allclose(found.distance, by_hand(base, base, np.arange(200))[0], rtol=1e-5)


def test_blocks_change_nothing(monkeypatch):
    base = rows(300, 6)
    whole = nearest(base, base, own=np.arange(300))
    monkeypatch.setattr(neighbours, "BLOCK", 1000)
    np.testing.assert_array_equal(nearest(base, base, own=np.arange(300)).row, whole.row)


@pytest.mark.parametrize("width", [2, 8, 30, 2500])
@pytest.mark.parametrize("same", [True, False], ids=["itself left out", "other rows"])
def test_within_a_radius_all_pairs_are_found(width, same):
    base = rows(500, width)
    copies = base[:60] + 0.02 * rows(60, width, seed=2)
    base = np.concatenate([base, copies])
    queries = base if same else np.concatenate([copies, rows(50, width, seed=3)])
    own = np.arange(len(base)) if same else None
    radius = 0.1 * np.sqrt(width)
    found, searched = nearest_within(queries, base, radius, own)
    distance, row = by_hand(queries, base, own)
    assert searched == radius
    close = distance < radius
    np.testing.assert_array_equal(np.isfinite(found.distance), close)
    np.testing.assert_array_equal(found.row[close], row[close])
    np.testing.assert_allclose(found.distance[close], distance[close], rtol=1e-5)
    assert close.sum() >= 60


def test_a_radius_with_too_many_neighbours_is_halved_until_it_can_be_searched(monkeypatch):
    monkeypatch.setattr(neighbours, "EVERY_ROW", 10)
    base = rows(3000, 3)
    found, searched = nearest_within(base, base, 1.0, np.arange(3000))
    distance, _ = by_hand(base, base, np.arange(3000))
    assert 1 / 16 <= searched < 1.0
    np.testing.assert_array_equal(np.isfinite(found.distance), distance < searched)


def test_rows_that_are_all_alike_are_not_searched(monkeypatch):
    monkeypatch.setattr(neighbours, "EVERY_ROW", 10)
    base = np.zeros((3000, 3), np.float32)
    found, searched = nearest_within(base, base, 1.0, np.arange(3000))
    assert searched == 0
    assert not np.isfinite(found.distance).any()


def test_without_any_row_there_is_no_neighbour():
    assert nearest(rows(3, 2), rows(0, 2)).row.tolist() == [-1, -1, -1]
    assert nearest(rows(1, 2), rows(1, 2), own=np.array([0])).row.tolist() == [-1]
    assert nearest_within(rows(0, 2), rows(5, 2), 1.0)[0].row.tolist() == []
