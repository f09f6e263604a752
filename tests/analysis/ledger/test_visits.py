"""Which example each row of a batch is."""

from __future__ import annotations

import numpy as np

from unstuck.analysis.ledger.visits import UNKNOWN, Ledger, groups, main_training, turns, visits_of
from unstuck.record.ledger import Batch, Phase, Stored


def batch(keys=None, rows=None, *, source=0, phase=Phase.TRAINING, turn=0, **given):
    size = len(keys if keys is not None else rows)
    return Batch(
        source=source, phase=phase, round=turn, size=size,
        keys=None if keys is None else np.array(keys), rows=None if rows is None else np.array(rows), **given,
    )


def visits(*entries):
    ledger = Ledger.of(entries)
    return visits_of(ledger, ledger.batches)


def stored(keys, source=0):
    return Stored(source=source, keys=np.array(keys))


def test_turns_count_equal_elements_before():
    random = np.random.default_rng(0)
    a, b = random.integers(0, 4, 60), random.integers(0, 3, 60)
    wanted = [sum((a[j], b[j]) == (a[i], b[i]) for j in range(i)) for i in range(60)]
    assert turns(a, b).tolist() == wanted


def test_groups_are_equal_where_all_columns_are():
    a, b = np.array([1, 1, 2, 1]), np.array([5, 6, 5, 5])
    found = groups(a, b)
    assert [found[i] == found[j] for i in range(4) for j in range(4)] == [
        (a[i], b[i]) == (a[j], b[j]) for i in range(4) for j in range(4)
    ]


def test_given_rows_are_positions():
    assert visits(batch(rows=[4, 2]), batch(rows=[0])).row.tolist() == [4, 2, 0]


def test_keys_are_looked_up_among_the_stored_ones():
    assert visits(stored([10, 11, 12]), batch([12, 10])).row.tolist() == [2, 0]


def test_equal_examples_are_several_within_a_round():
    found = visits(stored([7, 8, 7]), batch([7, 7], turn=0), batch([7, 8, 7], turn=1))
    assert found.row.tolist() == [0, 2, 0, 1, 2]


def test_batches_without_a_source_of_their_own_come_from_where_all_their_keys_are():
    found = visits(stored([10, 11, 12], source=0), batch([12, 11], source=9))
    assert (found.home.tolist(), found.row.tolist()) == ([0, 0], [2, 1])


def test_held_out_data_that_repeats_some_training_examples_stays_by_itself():
    found = visits(stored(range(100), source=0), batch([*range(50), *range(200, 250)], source=5))
    assert set(found.home.tolist()) == {5}
    assert set(found.row.tolist()) == {UNKNOWN}


def test_few_whole_batches_from_another_source_do_not_move_the_rest():
    rest = [batch([50 + i, 70 + i], source=5) for i in range(9)]
    found = visits(stored(range(10), source=0), batch([1, 2], source=5), *rest)
    assert set(found.home.tolist()) == {5}


def test_main_training_is_the_one_of_most_examples():
    few, many = batch([1], training=0), batch([1, 2, 3], training=4)
    assert main_training(Ledger.of([few, many])) == 4
    assert main_training(Ledger.of([batch([1], phase=Phase.EVALUATION)])) is None
