from __future__ import annotations

import numpy as np
import pytest

from unstuck.analysis.data.sample import Sample, Target
from unstuck.analysis.data.token_answers import token_answers
from unstuck.core.data_types import Form, Task
from unstuck.core.outcome import TooLittle

RANDOM = np.random.default_rng(0)
N, WORDS = 400, 9
Y = RANDOM.integers(0, 3, N)
TEXT = RANDOM.integers(10, 60, (N, WORDS))
TEXT[:, 0] = np.where(RANDOM.random(N) < 0.7, 60 + Y, TEXT[:, 0])  # a word that tells the topic of 70 %
TEXT[:, 1] = np.where(RANDOM.random(N) < 0.5, 70 + Y, TEXT[:, 1])
NOISE = RANDOM.integers(10, 60, (N, WORDS))


def sample(tokens, y=Y):
    target = Target(names=("y",), task=Task.MULTI_CLASS, classes=tuple("abc"), codes=np.asarray(y))
    return Sample(split=0, name="s", form=Form.TOKENS, rows=np.arange(len(y)), tokens=np.asarray(tokens), target=target)


def with_token(tokens, values, at=4):
    """The same with a token put in at one place."""
    return np.insert(tokens, at, values, axis=1)


def test_a_token_for_each_class_holds_the_answer():
    (event,) = token_answers(sample(with_token(TEXT, 900 + Y)))
    assert (event.column, event.score, event.tokens) == ("900, 901, 902", 1.0, True)
    assert event.next_score < 0.9
    assert event.majority == pytest.approx(np.bincount(Y).max() / N)


def test_the_words_of_a_topic_are_as_good_as_they_are():
    (event,) = token_answers(sample(with_token(TEXT, RANDOM.integers(900, 903, N))))
    told = TEXT[:, 0] >= 60
    rest = np.bincount(Y[~told]).max()  # without its word the commonest class is said
    assert event.score == pytest.approx((told.sum() + rest) / N)


def test_a_class_may_be_told_by_having_no_token():
    two = np.minimum(Y, 1)
    (event,) = token_answers(sample(with_token(TEXT, np.where(two == 1, 900, 5)), two))
    assert event.score == 1.0


def test_where_only_that_token_says_anything_it_is_the_task():
    with pytest.raises(TooLittle, match="besides one of each class"):
        list(token_answers(sample(with_token(NOISE, 900 + Y))))


@pytest.mark.parametrize("y", [np.full(N, -1), np.zeros(N, np.int64)])
def test_too_few_labels_or_classes(y):
    with pytest.raises(TooLittle):
        list(token_answers(sample(TEXT, y)))
