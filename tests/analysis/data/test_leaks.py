"""What is shared between splits, against slow references."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from unstuck.analysis.data.leaks import (
    chance_of_copies,
    near_copies,
    random_split_bound,
    shared_examples,
    shared_groups,
    time_orders,
)
from unstuck.testing.samples import classes, dataset, numbers, pictures, table


def random(seed=0):
    return np.random.default_rng(seed)


def test_copies_across_splits_and_their_labels():
    x = random().normal(size=(300, 5))
    held_out = random(1).normal(size=(100, 5))
    held_out[10:20] = x[50:60]
    y, z = np.zeros(300, int), np.zeros(100, int)
    y[0] = z[12] = 1
    exact, near = shared_examples(dataset(table(x, classes(y)), table(held_out, classes(z, 2), split=1)))
    assert (exact.split, exact.other, exact.looked_at, exact.count) == (1, 0, 100, 10)
    assert dict(zip(exact.rows, exact.other_rows, strict=True)) == {10 + at: 50 + at for at in range(10)}
    assert (exact.conflicting, exact.rows[0], exact.own_share) == (1, 12, 0.0)
    assert exact.chance == pytest.approx((2 * 0.25 * 0.75) ** 10, rel=0.05)  # each pair is split, at random
    assert exact.by_own < 1e-5
    assert near.looked_at == 90
    assert near.by_own > 1e-3


def test_how_often_training_repeats_itself_is_known_by_its_few_pairs_only():
    assert chance_of_copies(4, 0, 1000, 300) < 1e-3
    assert chance_of_copies(30, 6, 1000, 1490) > 1e-2  # three pairs of training rows; as a known rate: 5e-7
    pairs = random(3).poisson(10, 4000)  # in training; at this rate, 30 of 1500 held-out rows have a twin there
    copies = random(4).poisson(30, 4000)
    chances = [chance_of_copies(int(k), 2 * int(p), 1000, 1500) for k, p in zip(copies, pairs, strict=True)]
    assert np.mean(np.array(chances) < 1e-3) < 5e-3


@pytest.mark.parametrize("noise", [0.01, 0.03, 0.06])
def test_near_copies_are_found_row_by_row(noise):
    x = random().normal(size=(600, 30))
    held_out = random(1).normal(size=(200, 30))
    held_out[:20] = x[:20] + noise * random(2).normal(size=(20, 30))
    _, near = shared_examples(dataset(table(x, numbers(x[:, 0])), table(held_out, numbers(held_out[:, 0]), split=1)))
    assert dict(zip(near.rows, near.other_rows, strict=True)) == {at: at for at in range(20)}
    assert near.gap > 1
    assert max(near.by_own, near.tail) < 1e-9


def test_when_all_held_out_rows_are_near_copies_all_are_found():
    x = random().normal(size=(400, 20))
    _, near = shared_examples(dataset(table(x), table(x[:80] + 0.01 * random(1).normal(size=(80, 20)), split=1)))
    assert (near.count, near.looked_at) == (80, 80)


def test_the_bound_is_never_below_the_share_of_random_splits_and_not_far_above():
    groups = np.repeat(np.arange(1, 61, dtype=np.uint64), random().choice([1, 2, 3, 5], 60))

    def shared(rows):
        held = np.zeros(len(groups), bool)
        held[rows] = True
        return np.isin(groups[held], groups[~held]).sum(), groups[~held], groups[held]

    count = len(groups) // 4
    drawn = np.array([shared(random(seed).permutation(len(groups))[:count])[0] for seed in range(4000)])
    for seed in range(20):
        seen, train, held_out = shared(random(10_000 + seed).permutation(len(groups))[:count])
        share, bound = (drawn >= seen).mean(), random_split_bound(train, held_out)
        assert bound >= share - 0.02
    # the two copies of each of 12 rows on different sides: at random this happens with a probability of 2 p q each
    train, held_out = np.arange(1, 101, dtype=np.uint64), np.arange(1, 13, dtype=np.uint64)
    p = 12 / 112
    assert random_split_bound(train, held_out) == pytest.approx((2 * p * (1 - p)) ** 12, rel=0.05)


def test_a_random_split_of_rows_that_repeat_is_no_surprise():
    x = random().integers(0, 4, size=(1000, 4)).astype(float)
    exact, _ = shared_examples(dataset(table(x[:700]), table(x[700:], split=1)))
    assert exact.count > 200
    assert exact.own_share == pytest.approx(exact.count / 300, abs=0.05)
    assert exact.chance > 0.05


def test_groups_on_both_sides():
    groups = np.array([f"p{at // 10}" for at in range(100)], dtype=object)
    x = random().normal(size=(150, 3))
    other = np.array(["p3"] * 5 + ["q"] * 40 + ["p7"] * 4 + [None], dtype=object)
    (found,) = shared_groups(dataset(table(x[:100], groups=groups), table(x[100:], split=1, groups=other)))
    assert (found.looked_at, found.count, found.groups, found.shared) == (49, 9, 3, 2)
    assert found.names == ("p3", "p7")
    assert (found.rows[:5], found.other_rows[0]) == ((0, 1, 2, 3, 4), 30)
    assert list(shared_groups(dataset(table(x[:100]), table(x[100:], split=1, groups=other)))) == []


def test_the_order_in_time():
    train, test = np.array([1.0, 2.0, 3.0, 4.0, np.nan]), np.array([5.0, 3.5, 4.0, 0.5])
    x = random().normal(size=(9, 2))
    (found,) = time_orders(dataset(table(x[:5], times=train), table(x[5:], split=1, times=test)))
    later = np.mean([[other > mine for other in train[:4]] for mine in test])
    assert (found.later, found.count, found.rows) == (pytest.approx(later), 2, (3, 1))
    assert (found.first, found.last_of_training) == (0.5, 4.0)


def test_near_copies_are_found_though_training_images_were_mirrored():
    random = np.random.default_rng(0)
    rough = random.normal(size=(280, 24, 24, 3))
    smooth = rough + np.roll(rough, 1, 1) + np.roll(rough, 1, 2)
    train, held_out = smooth[:200].copy(), smooth[200:]
    held_out[:20] = train[:20] + random.normal(0, 0.05, (20, 24, 24, 3))
    train[::2] = train[::2, :, ::-1]
    plain, other = pictures(train.astype(np.float32)), pictures(held_out.astype(np.float32), split=1)
    assert near_copies(dataset(plain, other), 1).count == 10
    found = near_copies(dataset(replace(plain, augmented=True), other), 1)
    assert sorted(found.rows) == list(range(20))
    assert found.rows == found.other_rows
    assert found.own_share == 0
