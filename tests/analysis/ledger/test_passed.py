"""Examples, splits and the data set, from what a recorder saw."""

from __future__ import annotations

import numpy as np
import pytest

from unstuck.analysis.ledger.dataset import augmented, changed, examined
from unstuck.analysis.ledger.held_out import passes
from unstuck.analysis.ledger.outputs import said
from unstuck.analysis.ledger.splits import splits_of
from unstuck.analysis.ledger.visits import Ledger
from unstuck.core.outcome import TooLittle
from unstuck.record.ledger import Batch, Phase, Source, Stored, entries
from unstuck.testing import ledgers
from unstuck.testing.ledgers import Seen

RANDOM = np.random.default_rng(0)
X = RANDOM.normal(size=(90, 5)).astype(np.float32)
Y = (X[:, 0] > 0).astype(np.int64) + (X[:, 1] > 0.5)
X_TEST = RANDOM.normal(size=(40, 5)).astype(np.float32)
Y_TEST = (X_TEST[:, 0] > 0).astype(np.int64) + (X_TEST[:, 1] > 0.5)
WAYS = [
    pytest.param(Seen(), id="keys of all"),
    pytest.param(Seen(rows=True, stored=False), id="rows and inputs in batches"),
    pytest.param(Seen(rows=True, keys=False, stored=False), id="rows without keys"),
    pytest.param(Seen(stored=False, size=False), id="keys alone"),
]


def splits(inputs=X, labels=Y, **given):
    given.setdefault("held_out", {"X_test": (X_TEST, Y_TEST)})
    return splits_of(Ledger.of(entries(ledgers.trained(inputs, labels, size=4 << 20, **given))))


def as_set(inputs, labels):
    return sorted((*map(float, one), int(label)) for one, label in zip(inputs, labels, strict=True))


@pytest.mark.parametrize("seen", WAYS)
def test_every_example_is_there_once_with_its_label(seen):
    found = splits(seen=seen, epochs=3)
    train, (test,) = found.train, found.held_out
    assert as_set(train.inputs, train.labels) == as_set(X, Y)
    assert as_set(test.inputs, test.labels) == as_set(X_TEST, Y_TEST)
    assert found.names == ("training data", "X_test")
    assert np.bincount(train.example).tolist() == [3] * 90


@pytest.mark.parametrize("seen", WAYS[:3])
def test_positions_are_those_of_the_users_data(seen):
    train = splits(seen=seen, epochs=2).train
    assert train.located
    assert (train.inputs[7] == X[7]).all()
    assert train.rows.tolist() == list(range(90))


def test_copies_are_examples_of_their_own():
    found = splits(np.r_[X, X[:10]], np.r_[Y, Y[:10]], seen=Seen(stored=False), epochs=3)
    assert len(found.train) == 100


def test_rows_of_one_tensor_that_were_never_trained_on_are_held_out():
    keys = ledgers.key_of(X)
    batches = []
    parts = ((Phase.TRAINING, slice(60)), (Phase.EVALUATION, slice(60, 90)), (Phase.EVALUATION, slice(60)))
    for epoch in range(2):
        batches += [
            Batch(source=0, phase=phase, keys=keys[at], labels=Y[at], inputs=X[at], round=epoch, size=len(X[at]))
            for phase, at in parts
        ]
    found = splits_of(Ledger.of([Source(id=0, size=90), Stored(source=0, keys=keys), *batches]))
    assert found.train.rows.tolist() == list(range(60))
    assert [one.rows.tolist() for one in found.held_out] == [list(range(60, 90))]
    assert examined(found).parts[1].split.rows == 30


def test_another_loader_over_the_training_examples_is_no_held_out_data():
    assert splits(held_out={"train_again": (X, Y)}).held_out == ()


def test_what_the_user_calls_a_test_is_one_even_if_all_of_it_was_trained_on():
    assert len(splits(held_out={"X_test": (X[:30], Y[:30])}).held_out) == 1


def test_held_out_sets_are_told_apart_by_their_names():
    found = splits(held_out={"X_val": (X_TEST[:20], Y_TEST[:20]), "X_test": (X_TEST[20:], Y_TEST[20:])}, epochs=1)
    assert found.names == ("training data", "X_val", "X_test")
    unnamed = splits(held_out={"": (X_TEST, Y_TEST)}, epochs=1)
    assert unnamed.names[1] == "held-out data"


def test_the_last_label_counts_and_changes_are_counted():
    rows = np.arange(4)
    first, second = np.array([0, 1, 2, 3]), np.array([0, 1, 1, 3])
    given = [Batch(source=0, phase=Phase.TRAINING, rows=rows, labels=one, inputs=X[:4], round=at, size=4)
             for at, one in enumerate((first, second))]  # fmt: skip
    train = splits_of(Ledger.of(given)).train
    assert (train.labels.tolist(), train.relabelled) == ([0, 1, 1, 3], 1)


def test_of_a_batch_that_is_sorted_anew_input_and_label_of_one_visit_stay_together():
    """The loader draws rows 0 to 3 twice; the program sorts the batch another way the second time."""
    first, second = np.array([2, 0, 3, 1]), np.array([1, 3, 0, 2])
    labels = np.array([10, 11, 12, 13])
    given = [Batch(source=0, phase=Phase.TRAINING, rows=np.arange(4), labels=labels[one], inputs=X[one], round=at,
                   keys=ledgers.key_of(X[one]), size=4) for at, one in enumerate((first, second))]  # fmt: skip
    train = splits_of(Ledger.of(given)).train
    assert (train.labels.tolist(), train.relabelled) == (labels[first].tolist(), 4)
    assert (train.inputs == X[first]).all()


def test_a_random_transform_shows_in_the_keys():
    noise = lambda x, random: (x + random.normal(size=x.shape)).astype(np.float32)  # noqa: E731
    found = splits(transform=noise, seen=Seen(rows=True), epochs=3)
    assert augmented(found.train)
    assert not augmented(found.held_out[0])
    back, other = changed(found.train)
    assert len(back) == len(other) == 90


def test_inputs_of_part_of_the_batches_make_a_part():
    rows = np.arange(10)
    kept = np.array([2, 5])
    one = Batch(source=0, phase=Phase.TRAINING, rows=rows, labels=Y[:10], inputs=X[kept], kept=kept, size=10)
    data = examined(splits_of(Ledger.of([Source(id=0, size=50), one])))
    sample, split = data.train.sample, data.train.split
    assert sample.rows.tolist() == [2, 5]
    assert np.stack([column.values for column in sample.columns], axis=1).tolist() == X[[2, 5]].tolist()
    assert (split.rows, split.looked_at, sample.whole) == (50, 2, False)


def drawn(rounds, **given):
    batches = [
        Batch(source=0, phase=Phase.TRAINING, rows=rows, labels=Y[rows], inputs=X[rows], round=number, size=len(rows))
        for number, rows in enumerate(rounds)
    ]
    return examined(splits_of(Ledger.of([Source(id=0, size=90, **given), *batches]))).train


def test_a_part_that_was_drawn_with_replacement_is_uneven():
    random = np.random.default_rng(0)
    favoured = np.r_[random.integers(0, 20, 60), random.integers(20, 90, 10)]
    assert drawn([favoured, favoured]).sample.uneven
    assert not drawn([random.permutation(90)[:40], random.permutation(90)[:40]]).sample.uneven
    assert not drawn([np.r_[np.arange(90), favoured]]).sample.uneven  # all of it was seen


def test_a_part_of_too_many_examples_holds_all_that_stands_in_held_out_data_too(monkeypatch):
    monkeypatch.setattr("unstuck.analysis.ledger.dataset.MOST_EXAMPLES", 20)
    held_out = {"X_test": (np.r_[X_TEST, X[:15]], np.r_[Y_TEST, Y[:15]])}
    data = examined(splits(held_out=held_out, epochs=1))
    train, test = data.dataset.samples
    assert set(range(15)) <= set(train.rows.tolist())
    assert set(range(40, 55)) <= set(test.rows.tolist())
    assert 20 <= len(train) <= 35
    assert data.train.split.looked_at == len(train)


def test_examples_without_labels_are_no_data_set():
    one = Batch(source=0, phase=Phase.TRAINING, rows=np.arange(9), inputs=X[:9], size=9)
    with pytest.raises(TooLittle, match="labels"):
        examined(splits_of(Ledger.of([Source(id=0, size=9), one])))


def test_held_out_passes_have_the_loss_and_accuracy_of_their_outputs():
    found = splits(epochs=3)
    events = list(passes(found.held_out[0], 1, 0))
    assert [one.step for one in events] == [3, 6, 9]
    test = found.held_out[0]
    mine = test.visits.round == 1
    wanted = said(test.outputs[mine], test.visit_labels[mine], "cross_entropy")
    assert events[1].loss == pytest.approx(float(wanted.loss.mean()))
    assert events[1].accuracy == float((test.outputs[mine].argmax(axis=1) == test.visit_labels[mine]).mean())


def test_no_training_and_no_identity_are_too_little():
    with pytest.raises(TooLittle, match="a training"):
        splits_of(Ledger.of([]))
    with pytest.raises(TooLittle, match="told apart"):
        splits_of(Ledger.of([Batch(source=0, phase=Phase.TRAINING, labels=Y, size=90)]))


def test_the_second_input_of_an_example_is_that_of_its_second_visit():
    seen = Seen(rows=True, stored=False)
    found = splits(seen=seen, epochs=3, transform=lambda x, random: x * random.choice([-1, 1], (len(x), 1)))
    examples, inputs = found.train.second
    assert sorted(examples.tolist()) == list(range(90))
    assert np.array_equal(np.abs(inputs), np.abs(X[found.train.rows[examples]]))
    assert 0.2 < (inputs == found.train.inputs[examples]).all(axis=1).mean() < 0.8
    part = examined(found).train.sample
    assert part.augmented
    assert np.array_equal(part.second.rows, np.arange(90))
    assert np.allclose(np.abs(part.second.columns[2].values), np.abs(X[:, 2]))
    assert splits(seen=seen, epochs=1).train.second is None
