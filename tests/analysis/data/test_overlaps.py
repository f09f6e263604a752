"""Windows of one recording on both sides of a split."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from tables import table

from unstuck.analysis.data.overlaps import overlaps, shifted


def windows(series, length, step):
    return np.stack([series[at : at + length].ravel() for at in range(0, len(series) - length + 1, step)])


def recording(rows, channels, seed=0):
    return np.random.default_rng(seed).normal(size=(rows, channels)).astype(np.float32).astype(np.float64)


@pytest.mark.parametrize(("length", "step", "channels"), [(48, 1, 1), (50, 10, 3), (40, 4, 2)])
def test_windows_that_are_dealt_at_random_overlap(length, step, channels):
    rows = np.random.default_rng(1).permutation(windows(recording(400 * step + length, channels), length, step))
    found, partner = shifted(rows[:300], rows[300:])
    assert found.mean() >= 0.8
    for at in np.flatnonzero(found)[:20]:  # slowly: the last values of one stand in the other
        other, last = rows[partner[at]], rows[300 + at][-8:]
        assert any((other[place : place + 8] == last).all() for place in range(len(other) - 8))


def test_a_split_in_time_has_none():
    rows = windows(recording(800, 1), 48, 1)
    assert not shifted(rows[:600], rows[600:])[0].any()


def test_recordings_of_others_have_none():
    assert not shifted(windows(recording(800, 3), 50, 5), windows(recording(400, 3, 1), 50, 5))[0].any()


@pytest.mark.parametrize(
    "series",
    [np.tile(recording(24, 1), (40, 1)), np.zeros((900, 1)), np.random.default_rng(0).integers(0, 2, (900, 1)) * 1.0],
    ids=["a pattern that repeats", "nothing", "bits"],
)
def test_values_that_repeat_say_nothing(series):
    rows = np.random.default_rng(1).permutation(windows(series, 48, 24))
    assert not shifted(rows[: len(rows) // 2], rows[len(rows) // 2 :])[0].any()


def test_copies_at_the_same_place_are_not_shifted():
    rows = np.random.default_rng(0).normal(size=(100, 40))
    assert not shifted(rows, rows[:30])[0].any()


def sample(matrix, split=0):
    return replace(table(**{f"c{at}": column for at, column in enumerate(matrix.T)}), split=split)


def test_the_event_counts_them_and_narrow_tables_have_none():
    rows = np.random.default_rng(1).permutation(windows(recording(500, 1), 48, 1))
    event = overlaps(sample(rows[:300]), sample(rows[300:], 1))
    assert (event.split, event.other, event.looked_at) == (1, 0, len(rows) - 300)
    assert event.count > 0.9 * event.looked_at
    assert len(event.rows) == len(event.other_rows) == event.count
    assert overlaps(sample(rows[:300, :20]), sample(rows[300:, :20], 1)) is None
