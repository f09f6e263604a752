"""Batches of one class, repeated batches: counted by hand."""

from __future__ import annotations

import numpy as np
import pytest

from unstuck.analysis.ledger.examine import examine
from unstuck.record.events.data.batches import BatchMix
from unstuck.record.reader import Record
from unstuck.testing import ledgers, synthetic


def mix(path, order, *, batch=10, epochs=2):
    random = np.random.default_rng(0)
    y = np.arange(100) // 50
    x = (random.normal(size=(100, 4)) + y[:, None]).astype(np.float32)
    record = synthetic.record(path, loss=np.geomspace(0.7, 0.4, 30), function="cross_entropy")
    examine(record.path, ledgers.trained(x, y, order=order, batch=batch, epochs=epochs, name="loader"))
    (event,) = [event for part in Record(record.path).parts for event in part.of(BatchMix)]
    return event


def test_sorted_rows_make_batches_of_one_class(tmp_path):
    event = mix(tmp_path, lambda _: np.arange(100))
    assert (event.looked_at, event.size, event.of_one_class) == (20, 10, 20)
    assert event.expected == pytest.approx(20 * 2 * 0.5**10)
    assert (event.distinct, event.visits, event.available, event.repeated) == (100, 200, 100, 0)


def test_alternating_rows_make_none(tmp_path):
    alternating = np.arange(100).reshape(2, 50).T.reshape(-1)
    assert mix(tmp_path, lambda _: alternating).of_one_class == 0


def test_the_same_batch_drawn_anew_is_repeated(tmp_path):
    event = mix(tmp_path, lambda _: np.arange(10), epochs=7)
    assert (event.distinct, event.visits, event.repeated, event.looked_at) == (10, 70, 6, 7)


def test_a_batch_used_twice_within_a_round_is_counted_once(tmp_path):
    event = mix(tmp_path, lambda _: np.r_[np.arange(10), np.arange(10), np.arange(10, 20)], epochs=3)
    assert (event.distinct, event.visits, event.looked_at) == (20, 60, 9)
