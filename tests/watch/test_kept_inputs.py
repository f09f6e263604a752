"""Which inputs of batches are kept, counted by hand."""

from __future__ import annotations

import pytest

torch = pytest.importorskip("torch")

from unstuck.record.ledger import Phase  # noqa: E402
from unstuck.watch.torch.ledger import kept_inputs  # noqa: E402
from unstuck.watch.torch.ledger.kept_inputs import KeptInputs  # noqa: E402

X = torch.arange(200.0).reshape(100, 2)


def chosen(kept, rows, *, again=False, x=X, phase=Phase.TRAINING):
    rows = torch.tensor(rows)
    at, inputs = kept.chosen(0, phase, x[rows], rows, again=again)
    if inputs is None:
        return []
    assert torch.equal(inputs, x[rows if at is None else rows[at]])
    return (rows if at is None else rows[at]).tolist()


def test_each_example_is_kept_once():
    kept = KeptInputs()
    assert chosen(kept, [3, 1, 2]) == [3, 1, 2]
    assert chosen(kept, [4, 1, 5]) == [4, 5]
    assert chosen(kept, [4, 1, 5]) == []
    assert kept.bytes[Phase.TRAINING] == 5 * 8


def test_in_the_second_epoch_some_are_kept_again(monkeypatch):
    monkeypatch.setattr(kept_inputs, "AGAIN", 70)
    kept = KeptInputs()
    assert chosen(kept, list(range(90))) == list(range(90))
    assert chosen(kept, list(range(50, 100)), again=True) == list(range(50, 100))
    assert chosen(kept, list(range(50)), again=True) == list(range(30))
    assert chosen(kept, list(range(50)), again=True) == []
    assert kept.bytes[Phase.TRAINING] == (90 + 10 + 70) * 8


def test_examples_too_large_to_keep_enough_of_are_not_kept_again(monkeypatch):
    monkeypatch.setattr(kept_inputs, "AGAIN_BYTES", 63 * 8)
    kept = KeptInputs()
    chosen(kept, [1, 2])
    assert chosen(kept, [1, 2], again=True) == []
