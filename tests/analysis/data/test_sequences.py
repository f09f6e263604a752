"""Padding, unknown words, and targets that repeat their input."""

from __future__ import annotations

import numpy as np
import pytest

from unstuck.analysis.data.padding import padding, padding_mask
from unstuck.analysis.data.sample import DataSet, Sample, Target
from unstuck.analysis.data.sequence_answers import sequence_answer
from unstuck.analysis.data.unknown_tokens import unknown_tokens, words_of
from unstuck.core.data_types import Form, Task
from unstuck.core.outcome import TooLittle


def of_tokens(tokens, targets=None, split=0):
    target = None if targets is None else Target(names=("y",), task=Task.SEQUENCE, as_given=targets)
    return Sample(
        split=split, name="s", form=Form.TOKENS, rows=np.arange(len(tokens)), tokens=np.asarray(tokens), target=target
    )  # fmt: skip


def of_texts(texts, split=0):
    return Sample(split=split, name="s", form=Form.TEXT, rows=np.arange(len(texts)), texts=tuple(texts))


def sequences(lengths, width, fill=0, seed=0):
    tokens = np.random.default_rng(seed).integers(5, 400, (len(lengths), width))
    for row, length in enumerate(lengths):
        tokens[row, length:] = fill
    return tokens


@pytest.mark.parametrize("fill", [0, 1, 999])
def test_padding_is_counted(fill):
    lengths = [4, 9, 2, 10, 7, 5, 6, 8, 3, 10]
    event = padding(of_tokens(sequences(lengths, 10, fill)))
    assert (event.token, event.at_the_start) == (fill, False)
    assert event.share == pytest.approx(1 - sum(lengths) / 100)
    assert event.typical_length == np.median(lengths)
    assert event.longest_length == pytest.approx(np.quantile(lengths, 0.99))
    assert event.rows[0] == 2
    assert 3 not in event.rows


def test_padding_at_the_start():
    tokens = sequences([4, 9, 2, 10, 7, 5, 6, 8, 3, 10], 10)[:, ::-1]
    assert padding(of_tokens(tokens)).at_the_start
    assert (padding_mask(tokens) == (tokens == 0)).all()


def test_a_token_that_ends_every_sequence_is_no_padding():
    tokens = sequences([10] * 20, 10)
    tokens[:, -1] = 2
    assert padding(of_tokens(tokens)) is None


def test_a_word_that_stands_everywhere_is_no_padding():
    tokens = np.random.default_rng(0).integers(0, 3, (50, 10))
    assert padding(of_tokens(tokens)) is None


def test_the_shift_of_a_copied_target():
    tokens = np.random.default_rng(0).integers(1, 50, (100, 12))
    following = np.roll(tokens, -1, axis=1)
    for targets, lag in ((tokens, 0), (following, 1), (np.roll(tokens, 2, axis=1), -2)):
        event = sequence_answer(of_tokens(tokens, targets))
        assert event.lag == lag
        assert event.agreement > 0.99
        assert event.elsewhere < 0.1


def test_other_targets_agree_by_chance_only():
    random = np.random.default_rng(0)
    event = sequence_answer(of_tokens(random.integers(1, 50, (100, 12)), random.integers(1, 50, (100, 12))))
    assert event.agreement < 0.05
    with pytest.raises(TooLittle):
        sequence_answer(of_tokens(random.integers(1, 50, (100, 12))))


def test_words():
    assert words_of("The <unk> isn't [UNK], \ufffd\ufffd!") == ["the", "<unk>", "isn", "t", "[unk]", "\ufffd\ufffd"]


def test_signs_for_unknown_words_are_counted():
    texts = ["one two three four <unk>"] * 90 + ["one two three <unk> <unk>"] * 30
    (event,) = unknown_tokens(DataSet(samples=(of_texts(texts),)))
    assert event.token == "<unk>"
    assert event.share == pytest.approx((90 + 60) / 600)
    assert event.rows[0] == 90


def test_an_unknown_token_is_found_by_its_number_and_its_neighbours():
    random = np.random.default_rng(0)
    tokens = random.integers(4, 300, (200, 30))
    tokens[random.random(tokens.shape) < 0.2] = 1
    (event,) = unknown_tokens(DataSet(samples=(of_tokens(tokens),)))
    assert event.token == "1"
    assert event.share == pytest.approx(np.mean(tokens == 1))


def test_a_frequent_word_that_never_follows_itself_is_known():
    tokens = np.random.default_rng(0).integers(4, 300, (200, 30))
    tokens[:, ::5] = 1
    (event,) = unknown_tokens(DataSet(samples=(of_tokens(tokens),)))
    assert (event.token, event.share, event.rows) == ("", 0.0, ())


def test_words_that_training_lacks_are_compared_with_halves_of_it():
    train = [f"common word {at % 40} other thing" for at in range(400)]
    same = [f"common word {at % 40} other thing" for at in range(200)]
    foreign = ["gemeinsam wort 3 anderes ding"] * 200
    dataset = DataSet(samples=(of_texts(train), of_texts(same, 1), of_texts(foreign, 2)))
    events = {event.split: event for event in unknown_tokens(dataset)}
    assert events[0].unseen_share is None
    assert events[1].unseen_share == 0.0
    assert events[2].unseen_share == pytest.approx(4 / 5)
    assert events[2].unseen_expected < 0.11  # numbers of one half that the other lacks


def test_no_texts():
    table = Sample(split=0, name="s", form=Form.TABLE, rows=np.arange(3))
    with pytest.raises(TooLittle):
        list(unknown_tokens(DataSet(samples=(table,))))
    with pytest.raises(TooLittle):
        padding(table)


def test_a_foreign_vocabulary_knows_hardly_any_word():
    random = np.random.default_rng(0)
    tokens = np.where(random.random((200, 12)) < 0.7, 1, random.choice([3, 40, 410, 777], (200, 12)))
    (event,) = unknown_tokens(DataSet(samples=(of_tokens(tokens),)))
    assert event.token == "1"
    assert event.share == pytest.approx((tokens == 1).mean())
