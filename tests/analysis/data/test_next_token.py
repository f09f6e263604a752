"""Labels that are the token that follows, and labels that are not."""

from __future__ import annotations

import numpy as np
import pytest

from unstuck.analysis.data.held_out_power import held_out_power
from unstuck.analysis.data.measurements import conflicting_labels, label_encoding
from unstuck.analysis.data.next_token import is_next_token
from unstuck.analysis.data.sample import DataSet, Sample, Target
from unstuck.core.data_types import Form, Task
from unstuck.record.events.data.labels import ConflictingLabels, LabelProblem

BEGIN = 1
"""the token before a text"""


def sample(tokens, labels, split=0):
    kinds, codes = np.unique(labels, return_inverse=True)
    target = Target(names=("y",), task=Task.MULTI_CLASS, classes=tuple(map(str, kinds)), codes=codes, as_given=labels)
    return Sample(split=split, name="s", form=Form.TOKENS, rows=np.arange(len(labels)), tokens=tokens, target=target)


def chain(texts, size=30, length=4, seed=0):
    """Windows of texts in which each token has three followers, and the tokens after them; token 3 is never used."""
    random = np.random.default_rng(seed)
    after = np.random.default_rng(1).integers(4, size, (size, 3))
    windows, labels = [], []
    for _ in range(texts):
        text = [BEGIN] * length
        for _ in range(8):
            text.append(int(after[text[-1], random.integers(3)]))
        for at in range(length, len(text)):
            windows.append(text[at - length : at])
            labels.append(text[at])
    return np.array(windows), np.array(labels)


def test_the_next_token_of_a_text_is_one():
    assert is_next_token(sample(*chain(100)))


def test_the_last_word_may_stand_before_padding():
    windows, labels = chain(100)
    shown = np.random.default_rng(2).integers(1, 5, len(labels))
    moved = np.zeros_like(windows)
    for row, count in enumerate(shown):
        moved[row, :count] = windows[row, 4 - count :]
    assert is_next_token(sample(moved, labels))


@pytest.mark.parametrize(
    "labels_of",
    [
        lambda windows, labels: np.random.default_rng(3).permutation(labels),
        lambda windows, labels: windows[:, 0],
        lambda windows, labels: windows.sum(1) % 7,
        lambda windows, labels: (windows == 9).any(1).astype(int),
    ],
    ids=["out of step", "first token", "sum", "one of two classes"],
)
def test_other_labels_are_none(labels_of):
    windows, labels = chain(100)
    assert not is_next_token(sample(windows, labels_of(windows, labels)))


def test_tokens_without_order_have_no_next_one():
    tokens = np.random.default_rng(0).integers(0, 10, (500, 5))
    assert not is_next_token(sample(tokens, (tokens[:, -1] + 1) % 10))


def test_nothing_is_said_about_the_next_token():
    dataset = DataSet(samples=(sample(*chain(60)), sample(*chain(30, seed=5), split=1)))
    found = [*conflicting_labels.measure(dataset), *label_encoding.measure(dataset)]
    assert not [event for event in found if isinstance(event, (ConflictingLabels, LabelProblem))]
    few = DataSet(samples=(sample(*chain(60)), sample(*(part[:40] for part in chain(30, seed=5)), split=1)))
    assert held_out_power(few, 1).absent == ()


def test_the_same_windows_with_classes_are_judged():
    windows, _ = chain(60)
    labels = np.random.default_rng(0).integers(0, 3, len(windows))
    found = [*conflicting_labels.measure(DataSet(samples=(sample(windows, labels),)))]
    assert [event.conflicting > 0 for event in found] == [True]
