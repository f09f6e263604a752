"""Sequences of tags in step and out of step with their tokens."""

from __future__ import annotations

import numpy as np
import pytest

from unstuck.analysis.data.sample import Sample, Target
from unstuck.analysis.data.tag_agreement import has_tags, tag_agreement
from unstuck.core.data_types import Form, Task
from unstuck.core.outcome import TooLittle

COUNT, LENGTH, WORDS = 240, 18, 50
RANDOM = np.random.default_rng(0)
LENGTHS = RANDOM.integers(5, LENGTH + 1, COUNT)
TOKENS = np.where(np.arange(LENGTH) < LENGTHS[:, None], RANDOM.integers(1, WORDS, (COUNT, LENGTH)), 0)
TAGS = np.where(TOKENS > 0, (TOKENS % 3 + (RANDOM.random(TOKENS.shape) < 0.2)) % 3, -100)


def sample(tokens=TOKENS, tags=TAGS, rows=None):
    rows = np.arange(len(tokens)) if rows is None else rows
    target = Target(names=("tag",), task=Task.SEQUENCE, as_given=tags[rows])
    return Sample(split=0, name="", form=Form.TOKENS, rows=rows, tokens=tokens[rows], target=target)


def windows(stride):
    """Text with the next token as the target, cut into windows."""
    text = np.zeros(3000, np.int64)
    for at in range(1, len(text)):
        text[at] = (text[at - 1] * 7 + 3) % 40 + 1 if RANDOM.random() < 0.6 else RANDOM.integers(1, 41)
    starts = np.arange(0, len(text) - 21, stride)
    cut = text[starts[:, None] + np.arange(21)]
    return cut[:, :-1], cut[:, 1:]


def test_what_a_token_mostly_is_counts_in_the_other_half_of_the_sequences():
    event = tag_agreement(sample())
    assert event.lag == 0
    assert event.agreement == pytest.approx(0.8, abs=0.03)  # a fifth of the tags is another one
    assert event.z > 50


@pytest.mark.parametrize("lag", [-2, 1])
@pytest.mark.parametrize("ends", [True, False], ids=["sequences that end", "one length"])
def test_the_shift_is_found(lag, ends):
    tokens = TOKENS if ends else RANDOM.integers(1, WORDS, (COUNT, LENGTH))
    tags = TAGS if ends else tokens % 3
    event = tag_agreement(sample(tokens, np.roll(tags, lag, axis=0)))
    assert (event.lag, abs(event.z) < 4, event.lag_z > 8) == (lag, True, True)


def test_a_stretch_that_slid_is_found():
    tags = TAGS.copy()
    tags[100:150] = TAGS[101:151]
    event = tag_agreement(sample(tags=tags))
    assert (event.lag, abs(event.start - 100) <= 3, abs(event.stop - 150) <= 3) == (0, True, True)
    assert event.stretch_lag == -1
    assert event.stretch_z > 1.3 * event.stretch_shuffled_z


@pytest.mark.parametrize("stride", [1, 5, 20])
def test_the_next_token_is_in_step(stride):
    event = tag_agreement(sample(*windows(stride)))
    assert event.z > 4
    assert event.stretch_agreement - event.chance > 0.4 * (event.stretch_expected - event.chance)


def test_padding_that_has_a_tag_says_nothing_about_where_a_sequence_ends():
    event = tag_agreement(sample(tags=np.maximum(TAGS, 0)))
    assert event.agreement == pytest.approx(0.8, abs=0.03)


def test_tags_of_no_token_agree_at_no_shift():
    tags = np.where(TOKENS > 0, RANDOM.integers(0, 3, TOKENS.shape), 0)
    event = tag_agreement(sample(tags=tags))
    assert max(event.z, event.lag_z) < 8


def test_sequences_sorted_by_their_length_are_in_step():
    order = np.argsort(LENGTHS, kind="stable")
    event = tag_agreement(sample(TOKENS[order], TAGS[order]))
    assert event.lag == 0
    assert event.z > 4


def test_there_must_be_tags_and_sequences_that_follow_each_other():
    assert not has_tags(sample(tags=TAGS[:, :5]))
    assert not has_tags(sample(tags=TAGS.astype(float)))
    for few in (sample(tags=TAGS.astype(float)), sample(rows=np.arange(0, COUNT, 4)), sample(TOKENS[:40], TAGS[:40])):
        with pytest.raises(TooLittle):
            tag_agreement(few)
