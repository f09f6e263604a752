"""The ledger comes back as it was written; what is not complete does not count."""

from __future__ import annotations

import numpy as np
import pytest

from unstuck.record.ledger import Batch, Ledger, LedgerWriter, Phase, Source, Stored, claimed, entries


@pytest.fixture
def ledger():
    made = Ledger(1 << 16)
    yield made
    made.close()


def test_entries_come_back(ledger):
    writer = LedgerWriter(ledger.memory)
    chance = np.random.default_rng(0)
    inputs, rows = chance.normal(size=(3, 5)).astype(np.float32), np.array([4, 2, 9])
    writer.write(Source(id=0, what="loader", name="train_loader", size=10), {})
    writer.write(Stored(source=0), {"keys": rows})
    batch = Batch(source=0, phase=Phase.TRAINING, step=7, size=3, function="cross_entropy")
    writer.write(batch, {"rows": rows, "labels": rows % 2, "inputs": inputs})
    source, stored, seen = entries(ledger.memory)
    assert source == Source(id=0, what="loader", name="train_loader", size=10)
    assert stored.keys.tolist() == rows.tolist()
    assert (seen.step, seen.phase, seen.function, seen.outputs) == (7, Phase.TRAINING, "cross_entropy", None)
    assert np.array_equal(seen.rows, rows)
    assert np.array_equal(seen.labels, rows % 2)
    assert np.array_equal(seen.inputs, inputs)


def test_what_was_begun_and_not_ended_is_not_there(ledger):
    writer = LedgerWriter(ledger.memory)
    writer.write(Source(id=0), {})
    assert writer.begin(Source(id=1), {}) is not None
    assert list(entries(ledger.memory)) == [Source(id=0)]
    writer.commit()
    assert list(entries(ledger.memory)) == [Source(id=0), Source(id=1)]


def test_what_does_not_fit_is_refused_and_the_next_may_fit(ledger):
    writer = LedgerWriter(ledger.memory)
    large = np.zeros(1 << 16, np.uint8)
    assert not writer.write(Stored(source=0), {"inputs": large})
    assert writer.write(Stored(source=1), {"inputs": large[:100]})
    assert [entry.source for entry in entries(ledger.memory)] == [1]


def test_nothing_was_written(ledger):
    assert list(entries(ledger.memory)) == []


def test_it_is_claimed_once_and_both_sides_see_the_same(ledger):
    place = ledger.handed_on()
    memory = claimed(place)
    assert claimed(place) is None
    LedgerWriter(memory).write(Source(id=3, name="X"), {})
    assert list(entries(ledger.memory)) == [Source(id=3, name="X")]


def test_another_file_under_the_same_number_is_not_touched(ledger, tmp_path):
    descriptor, device, inode = ledger.handed_on().split(":")
    assert claimed(f"{descriptor}:{device}:{int(inode) + 1}") is None
    assert claimed("1000:1:1") is None
    assert claimed(f"{descriptor}:{device}:{inode}") is not None
