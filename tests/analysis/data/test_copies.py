"""Copies: planted ones are found, exactly these; what only looks like copies is not."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from unstuck.analysis.data.copies import duplicates, exact_duplicates, near, usual
from unstuck.analysis.data.row_hashes import find_equal, first_equal, row_hashes
from unstuck.analysis.data.sample import Column
from unstuck.core.data_types import ColumnType
from unstuck.record.events.data.copies import Sameness
from unstuck.testing.samples import classes, dataset, pictures, table, texts


def random(seed=0):
    return np.random.default_rng(seed)


def test_hashes_are_equal_where_all_values_are():
    columns = [
        np.array([1.0, 1.0, -0.0, 0.0, np.nan, np.nan, 2.0]),
        np.array(["a", "a", "b", "b", None, None, "a"], dtype=object),
        np.full(7, 5.0),
    ]
    hashes = row_hashes(table(columns))
    assert first_equal(hashes).tolist() == [0, 0, 2, 2, 4, 4, 6]
    # the same values in another split have the same hashes, whatever else stands there
    other = row_hashes(table([np.array([9.0, 1.0]), np.array(["a", "a"], dtype=object), np.full(2, 5.0)], split=1))
    assert find_equal(other, hashes).tolist() == [-1, 0]


def test_values_in_exchanged_columns_are_not_equal():
    assert len(set(row_hashes(table(np.array([[1.0, 2.0], [2.0, 1.0], [1.0, 1.0]]))).tolist())) == 3


def test_broken_examples_equal_nothing():
    rows = np.array([[0.0, 0.0], [0.0, np.nan], [0.0, 0.0], [0.0, 1.0], [0.0, 1.0]])
    assert first_equal(row_hashes(table(rows))).tolist() == [0, 1, 2, 3, 3]
    assert first_equal(row_hashes(table(np.zeros((3, 1))))).tolist() == [0, 0, 0]
    shown = np.zeros((4, 4, 4, 1), np.uint8)
    shown[2:, 0] = 9
    assert first_equal(row_hashes(pictures(shown))).tolist() == [0, 1, 2, 2]


def test_an_empty_text_equals_nothing_and_white_space_does_not_count():
    hashes = row_hashes(texts(["", "", "a  b", " a b\n"]))
    assert first_equal(hashes).tolist() == [0, 1, 2, 2]
    assert find_equal(hashes, hashes).tolist() == [-1, -1, 2, 2]


def test_exact_copies_count_with_their_label():
    x = random().normal(size=(50, 3))
    x[40:] = x[:10]
    y = random(1).integers(0, 2, 50)
    y[40:] = y[:10]
    y[49] = 1 - y[49]
    found = exact_duplicates(table(x, classes(y)))
    assert (found.count, found.groups, found.rows) == (9, 9, tuple(range(40, 49)))
    assert found.other_rows == tuple(range(9))
    assert exact_duplicates(table(x)).count == 10


def test_one_row_that_makes_up_most_of_a_table():
    x = random().normal(size=(100, 3))
    x[20:] = x[7]
    found = exact_duplicates(table(x))
    assert (found.largest, found.largest_row, found.count) == (81, 7, 80)
    assert found.largest_by_chance == pytest.approx(100 * 0.81**3)
    assert exact_duplicates(table(x[:20])).largest == 0


def test_a_coarse_table_repeats_itself_by_chance():
    x = random().integers(1, 4, size=(500, 4)).astype(float)
    found = exact_duplicates(table(x))
    assert found.count == 500 - len(np.unique(x, axis=0))
    assert found.by_chance == pytest.approx(found.count, rel=0.05)


@pytest.mark.parametrize("noise", [0.005, 0.01, 0.03, 0.06])
def test_near_copies_are_found_exactly_with_up_to_six_per_cent_noise(noise):
    x = random().normal(size=(1500, 40)).astype(np.float32)
    x[1400:] = x[:100] + noise * random(1).normal(size=(100, 40))
    rows = random(2).permutation(1500)
    _, found = duplicates(dataset(table(x[rows])))
    place = np.argsort(rows)
    pairs = {tuple(sorted(pair)) for pair in zip(place[1400:], place[:100], strict=True)}
    assert found.sameness is Sameness.NEAR
    assert {tuple(sorted(pair)) for pair in zip(found.rows, found.other_rows, strict=True)} == pairs
    assert (found.count, found.groups) == (100, 100)
    assert found.gap > 1
    assert found.tail < 1e-9
    assert np.all(np.array(found.rows) > np.array(found.other_rows))


def test_without_copies_there_is_no_gap_of_note():
    x = random().normal(size=(1500, 40))
    _, found = duplicates(dataset(table(x)))
    assert found.gap < 0.2
    assert found.tail > 1e-5


def test_large_data_is_searched_with_the_same_result(monkeypatch):
    x = random().normal(size=(3000, 6)).astype(np.float32)
    x[2900:] = x[:100] + 1e-3 * random(1).normal(size=(100, 6))
    own = np.arange(3000)
    all_pairs = near(x, x, usual(x), own)
    monkeypatch.setattr("unstuck.analysis.data.copies.OPERATIONS", 0)
    by_tree = near(x, x, usual(x), own)
    assert set(all_pairs.rows) == set(by_tree.rows) == {*range(100), *range(2900, 3000)}


def test_images_that_are_brighter_noisier_or_encoded_anew_are_near_copies():
    shapes = random().normal(size=(400, 8, 8, 1)).repeat(4, axis=1).repeat(4, axis=2)
    pixels = np.clip(128 + 40 * shapes, 0, 255)
    pixels[300:330] = np.clip(pixels[:30] * 1.15 + 8, 0, 255)
    pixels[330:360] = np.clip(pixels[30:60] + 6 * random(1).normal(size=(30, 32, 32, 1)), 0, 255)
    exact, found = duplicates(dataset(pictures(pixels.astype(np.uint8))))
    assert exact.count == 0
    assert set(found.rows) == set(range(300, 360))


def test_texts_with_a_changed_word_are_near_copies():
    words = [f"word{at}" for at in range(400)]
    lines = [" ".join(random(at).choice(words, 40)) for at in range(300)]
    lines += [line.replace(line.split()[3], "changed", 1) for line in lines[:20]]
    exact, found = duplicates(dataset(texts(lines)))
    assert exact.count == 0
    assert set(found.rows) == set(range(300, 320))


def test_two_rows_or_equal_rows_make_no_gap():
    for x in (np.ones((2, 2)), np.ones((30, 2)), random().normal(size=(2, 3))):
        _, found = duplicates(dataset(table(x)))
        assert (found.count, found.gap) == (0, 0.0)


@pytest.mark.parametrize("kind", [ColumnType.CATEGORY, ColumnType.TEXT, ColumnType.IDENTIFIER])
def test_rows_that_differ_in_what_has_no_distance_are_no_copies(kind):
    x = random().normal(size=(400, 4))
    x[380:] = x[:20] + 1e-4
    codes = [f"word {at}" for at in range(400)]
    for name, copied, count in (("comment", 20, 20), ("comment", 0, 0), ("order_id", 0, 20)):
        if kind is not ColumnType.IDENTIFIER and name == "order_id":
            continue
        own = np.array(codes[: 400 - copied] + codes[:copied], dtype=object)
        sample = table(x)
        columns = (*sample.columns, Column(name=name, type=kind, values=own))
        found = [one for one in duplicates(dataset(replace(sample, columns=columns))) if one.sameness is Sameness.NEAR]
        assert (found[0].count if found[0].gap > 0.3 else 0) == count, name
