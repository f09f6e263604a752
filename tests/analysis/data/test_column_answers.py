from __future__ import annotations

import math

import numpy as np
import pytest

from unstuck.analysis.data.column_answers import column_answers, least_accuracy, predicted, score_of
from unstuck.analysis.data.sample import Column, Sample, Target
from unstuck.core.data_types import ColumnType, Form, Task
from unstuck.core.outcome import TooLittle

RANDOM = np.random.default_rng(0)
Y = RANDOM.integers(0, 3, 600)
NOISE = RANDOM.normal(size=600)


def numbers(name, values):
    return Column(name=name, type=ColumnType.NUMBER, values=np.asarray(values, dtype=np.float64))


def names(name, values):
    return Column(name=name, type=ColumnType.CATEGORY, values=np.array(values, dtype=object))


def sample(*columns, y=Y, task=Task.MULTI_CLASS):
    if task is Task.REGRESSION:
        target = Target(names=("y",), task=task, values=np.asarray(y, dtype=np.float64).reshape(len(y), -1))
    else:
        target = Target(names=("y",), task=task, classes=tuple("abc"), codes=np.asarray(y))
    return Sample(split=0, name="train", form=Form.TABLE, rows=np.arange(len(y)), columns=columns, target=target)


def test_a_column_that_renames_the_target_is_one_to_one_with_it():
    found = list(column_answers(sample(numbers("noise", NOISE), names("kind", [f"k{code}" for code in Y]))))
    assert [(event.column, event.score, event.one_to_one) for event in found] == [("kind", 1.0, True)]
    assert found[0].majority == pytest.approx(np.bincount(Y).max() / 600)
    assert found[0].next_column == "noise"


def test_the_score_is_the_accuracy_out_of_fold():
    wrong = RANDOM.random(600) < 0.1
    column = np.where(wrong, (Y + 1) % 3, Y).astype(float)
    (event,) = column_answers(sample(numbers("almost", column)))
    assert event.score == pytest.approx(1 - wrong.mean())  # a tree gives back the majority of each of three values
    assert not event.one_to_one


def test_noise_does_not_predict():
    (event,) = column_answers(sample(numbers("noise", NOISE)))
    assert event.score == pytest.approx(event.majority, abs=0.06)


def test_two_columns_with_the_same_answer_are_both_named():
    columns = numbers("code", Y), names("kind", [f"k{code}" for code in Y]), numbers("noise", NOISE)
    found = list(column_answers(sample(*columns)))
    assert {event.column for event in found} == {"code", "kind"}
    assert {event.next_column for event in found} == {"noise"}


def test_a_regression_column_scores_its_share_of_the_variance():
    y = RANDOM.normal(size=2000)
    column = y + 0.5 * RANDOM.normal(size=2000)  # variance explained: 1 / 1.25
    (event,) = column_answers(sample(numbers("noisy", column), y=y, task=Task.REGRESSION))
    assert event.score == pytest.approx(0.8, abs=0.1)
    assert score_of(predicted(3 * y - 2, y, is_class=False), y, is_class=False) > 0.99


def test_missing_labels_and_values_are_left_out():
    y = np.where(np.arange(600) < 100, -1, Y)
    column = np.where(np.arange(600) % 7 == 0, np.nan, Y).astype(float)
    (event,) = column_answers(sample(numbers("holes", column), y=y))
    assert event.looked_at == 500
    assert 0.88 < event.score < 0.97


@pytest.mark.parametrize("given", [sample(y=Y), sample(numbers("x", NOISE[:20]), y=Y[:20])])
def test_too_little(given):
    with pytest.raises(TooLittle):
        list(column_answers(given))


def test_the_answer_is_found_among_many_columns_of_few_rows():
    random = np.random.default_rng(1)
    y = random.integers(0, 2, 200)
    noise = [numbers(f"x{at}", random.normal(size=200)) for at in range(60)]
    (event,) = column_answers(sample(*noise, names("outcome", [f"v{code}" for code in y]), y=y))
    assert (event.column, event.score) == ("outcome", 1.0)


@pytest.mark.parametrize(("right", "n"), [(75, 75), (74, 75), (186, 188)])
def test_the_lower_bound_leaves_one_in_twenty_above(right, n):
    bound = least_accuracy(right / n, n)
    as_good = sum(math.comb(n, k) * bound**k * (1 - bound) ** (n - k) for k in range(right, n + 1))
    assert as_good == pytest.approx(0.05)


def test_a_rare_class_does_not_make_all_columns_the_same_answer():
    y = (np.arange(600) < 12).astype(int)
    found = list(column_answers(sample(numbers("noise", NOISE), numbers("copy", 2.5 * y), y=y)))
    assert [(event.column, event.next_column, event.one_to_one) for event in found] == [("copy", "noise", True)]
    assert found[0].next_score > 0.975


def test_columns_that_miss_other_rows_are_features_and_one_in_another_unit_is_the_same_answer():
    one, other = Y.astype(float), Y.astype(float)
    one[:8], other[100:108] = (Y[:8] + 1) % 3, (Y[100:108] + 1) % 3
    found = list(column_answers(sample(numbers("one", one), numbers("other", other), numbers("unit", 10 * one))))
    assert {event.column for event in found} == {"one", "unit"}
    assert {(event.next_column, event.next_score) for event in found} == {("other", found[0].score)}
