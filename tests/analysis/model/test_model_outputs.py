"""Task and probabilities are told from outputs and labels."""

from __future__ import annotations

import numpy as np
import pytest

from unstuck.analysis.model.outputs import Given, predictions_of
from unstuck.core.data_types import Task
from unstuck.core.errors import UsageError

RANDOM = np.random.default_rng(0)
LOGITS = RANDOM.normal(size=(40, 3))
SOFT = np.exp(LOGITS) / np.exp(LOGITS).sum(axis=1, keepdims=True)
CODES = RANDOM.integers(0, 3, 40)


@pytest.mark.parametrize(
    ("outputs", "truth", "task", "how"),
    [
        (LOGITS, CODES, Task.MULTI_CLASS, "logits, by softmax"),
        (SOFT, CODES, Task.MULTI_CLASS, "probabilities"),
        (np.log(SOFT), CODES, Task.MULTI_CLASS, "log-probabilities"),
        (LOGITS, np.eye(3)[CODES], Task.MULTI_CLASS, "logits, by softmax"),
        (LOGITS[:, :2], CODES % 2, Task.BINARY, "logits, by softmax"),
        (LOGITS[:, 0], CODES % 2, Task.BINARY, "logits, by sigmoid"),
        (SOFT[:, :1], (CODES % 2)[:, None].astype(float), Task.BINARY, "probabilities"),
        (LOGITS, RANDOM.integers(0, 2, (40, 3)), Task.MULTI_LABEL, "logits, by sigmoid"),
        (LOGITS[:, 0], RANDOM.normal(size=40), Task.REGRESSION, "a number"),
        (LOGITS, RANDOM.normal(size=(40, 3)), Task.REGRESSION, "3 numbers"),
    ],
)
def test_the_task(outputs, truth, task, how):
    given = predictions_of(outputs, Given(truth=truth))
    assert (given.task, given.outputs) == (task, how)
    assert len(given) == 40
    if given.scores is not None and task.has_classes:
        assert given.scores.sum(axis=1) == pytest.approx(np.ones(40))


@pytest.mark.parametrize("last", [False, True], ids=["classes second", "classes last"])
def test_pixels_are_flattened_and_ignored_labels_left_out(last):
    outputs = RANDOM.normal(size=(5, 3, 4, 6))
    truth = RANDOM.integers(0, 3, (5, 4, 6))
    truth[0, 0, 0] = -100
    given = predictions_of(np.moveaxis(outputs, 1, -1) if last else outputs, Given(truth=truth))
    assert (given.unit, len(given)) == ("pixel", 5 * 4 * 6 - 1)
    assert given.labels[0] == outputs[0, :, 0, 1].argmax()
    assert given.truth[0] == truth[0, 0, 1]
    assert given.rows.tolist() == [0] * 23 + np.repeat(range(1, 5), 24).tolist()


@pytest.mark.parametrize(
    ("outputs", "truth", "said"),
    [
        (LOGITS, CODES + 1, "The label 3 occurs, and the model has 3 outputs"),
        (LOGITS, CODES[:10], "There are 40 predictions and 10 labels"),
        (np.full((40, 3), np.nan), CODES, "NaN or infinity for 40 of 40 examples"),
        (LOGITS, RANDOM.normal(size=(40, 2)), "gives 3 numbers for each example, and there are 2 target"),
        (RANDOM.normal(size=(5, 3, 4)), np.zeros((5, 7), int), "do not go with labels"),
    ],
)
def test_what_does_not_go_together_is_said(outputs, truth, said):
    with pytest.raises(UsageError, match=said):
        predictions_of(outputs, Given(truth=truth))
