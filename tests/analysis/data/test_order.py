"""The order of labels against random orders, and what held-out data can measure."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.stats import spearmanr

from unstuck.analysis.data.held_out_power import held_out_power
from unstuck.analysis.data.row_order import agreement, row_order
from unstuck.core.outcome import TooLittle
from unstuck.testing.samples import classes, dataset, numbers, table


def random(seed=0):
    return np.random.default_rng(seed)


def sample(codes, **given):
    return table(np.zeros((len(codes), 1)), classes(codes), **given)


@pytest.mark.parametrize("shares", [[0.5, 0.5], [0.9, 0.1], [0.6, 0.3, 0.1]])
def test_agreement_of_neighbours_as_random_orders_have_it(shares):
    codes = np.repeat(np.arange(len(shares)), [round(200 * share) for share in shares])
    counts = np.bincount(codes).astype(float)
    drawn = []
    for seed in range(3000):
        order = random(seed).permutation(codes)
        drawn.append((order[1:] == order[:-1]).mean())
    _, by_chance, error = agreement(codes, counts)
    assert by_chance == pytest.approx(np.mean(drawn), abs=0.003)
    assert error == pytest.approx(np.std(drawn), rel=0.06)


def test_a_sorted_file_and_a_shuffled_one():
    codes = np.repeat([0, 1, 2, 3], 100)
    found = row_order(sample(codes))
    assert (found.alike, found.by_chance) == (pytest.approx(396 / 399), pytest.approx(99 / 399))
    assert found.excess == pytest.approx((396 - 99) / (399 - 99))
    assert found.z > 10
    assert found.absent == ("c0", "c1", "c2")
    assert found.tail == pytest.approx(100 / 320 * 3)
    shuffled = row_order(sample(random().permutation(codes)))
    assert abs(shuffled.z) < 3
    assert shuffled.absent == ()
    assert shuffled.tail < 0.2


def test_labels_in_turn_are_no_order_of_note():
    assert row_order(sample(np.arange(200) % 4)).z < 0


def test_ties_share_their_rank():
    values = np.round(np.cumsum(random().normal(size=2000)) / 8) ** 3
    reference = spearmanr(values[1:], values[:-1]).statistic
    assert row_order(table(np.zeros((2000, 1)), numbers(values))).excess == pytest.approx(reference, abs=0.005)
    skewed = np.where(random(1).random(2000) < 0.6, 0.0, random(2).pareto(1, 2000))
    skewed[1::2] = np.where(random(3).random(1000) < 0.3, skewed[::2], skewed[1::2])
    reference = spearmanr(skewed[1:], skewed[:-1]).statistic
    assert row_order(table(np.zeros((2000, 1)), numbers(skewed))).excess == pytest.approx(reference, abs=0.003)


def test_numbers():
    target = np.sort(random().normal(size=400))
    ordered = row_order(table(np.zeros((400, 1)), numbers(target)))
    assert (ordered.excess > 0.95, ordered.tail) == (True, 1.0)
    assert abs(row_order(table(np.zeros((400, 1)), numbers(random().permutation(target)))).z) < 3


def test_an_order_by_folder_or_by_time_is_known():
    codes = np.repeat([0, 1], 50)
    names = tuple(f"data/{'ab'[code]}/{at}.txt" for at, code in enumerate(codes))
    assert row_order(sample(codes, names=names)).by_folder
    assert not row_order(sample(codes, names=tuple(f"data/all/{at}.txt" for at in range(100)))).by_folder
    assert row_order(sample(codes, times=np.arange(100.0))).by_time
    assert not row_order(sample(codes, times=random().normal(size=100))).by_time


def test_too_few_labels():
    with pytest.raises(TooLittle):
        row_order(sample(np.arange(10) % 2))
    with pytest.raises(TooLittle):
        row_order(table(np.zeros((100, 1))))


def test_the_interval_and_absent_classes():
    y = np.repeat([0, 1, 2], [60, 30, 10])
    z = np.zeros(40, int)
    x = random().normal(size=(140, 3))
    found = held_out_power(dataset(table(x[:100], classes(y)), table(x[100:], classes(z, 3), split=1)), 1)
    assert found.interval == pytest.approx(1.96 * np.sqrt(0.25 / 40))
    assert (found.absent, found.expected) == (("c1", "c2"), pytest.approx(12))


def test_easy_held_out_data_and_ordinary_data():
    y = np.arange(1200) % 2
    x = random().normal(size=(1200, 4)) + y[:, None]
    margin = np.abs(x.sum(axis=1) - 2)
    easy = np.flatnonzero(margin[800:] > 2) + 800
    train = table(x[:800], classes(y[:800]))

    def power(rows):
        return held_out_power(dataset(train, table(x[rows], classes(y[rows]), split=1)), 1)

    found, ordinary = power(easy), power(np.arange(800, 1200))
    apart = np.linalg.norm(x[:800, None] - x[None, easy], axis=2)
    assert found.accuracy == pytest.approx((y[apart.argmin(axis=0)] == y[easy]).mean(), abs=0.03)
    assert found.z > 4
    assert found.accuracy - found.own_accuracy > 0.05
    assert abs(ordinary.z) < 3
