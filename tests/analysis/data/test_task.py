"""The task follows from the target."""

from __future__ import annotations

import numpy as np
import pytest

from unstuck.analysis.data.task import class_name, class_names, infer_task, united
from unstuck.core.data_types import Task

random = np.random.default_rng(0)


def texts(*values):
    made = np.empty(len(values), dtype=object)
    made[:] = values
    return made


TARGETS = {
    "0 and 1": (np.array([0.0, 1] * 20), Task.BINARY),
    "-1 and 1": (np.array([-1.0, 1] * 20), Task.BINARY),
    "one class": (np.zeros(30), Task.BINARY),
    "ten digits": (np.arange(500.0) % 10, Task.MULTI_CLASS),
    "a hundred even classes": (np.arange(1000.0) % 100, Task.MULTI_CLASS),
    "a count with tails": (np.round(random.gamma(4, 5, 4000)) * 3, Task.REGRESSION),
    "ages": (np.clip(np.round(random.normal(10, 3, 4000)), 1, 29), Task.MULTI_CLASS),
    "numbers": (random.normal(size=100), Task.REGRESSION),
    "whole numbers, few rows": (np.arange(9.0), Task.REGRESSION),
    "many whole numbers": (random.integers(0, 5000, 10_000).astype(float), Task.REGRESSION),
    "words": (texts(*"abc" * 10), Task.MULTI_CLASS),
    "two words": (texts(*"ab" * 10), Task.BINARY),
    "sentences": (texts(*[f"sentence {at}" for at in range(50)]), Task.SEQUENCE),
    "texts of numbers": (texts(*[f"{at / 7}" for at in range(50)]), Task.REGRESSION),
    "one-hot": (np.eye(4)[np.arange(40) % 4], Task.MULTI_CLASS),
    "several labels": ((random.random((40, 4)) < 0.4).astype(float), Task.MULTI_LABEL),
    "several numbers": (random.normal(size=(40, 3)), Task.REGRESSION),
    "missing labels": (np.where(np.arange(40) % 5, np.arange(40) % 2, np.nan), Task.BINARY),
    "empty": (np.zeros(0), Task.BINARY),
}


@pytest.mark.parametrize("name", TARGETS)
def test_the_task_follows_from_the_target(name):
    target, task = TARGETS[name]
    if name == "ages":
        target = np.concatenate([target, np.arange(1.0, 30)])
        task = Task.REGRESSION
    assert infer_task(target) is task


@pytest.mark.parametrize(
    ("value", "name"),
    [(1.0, "1"), ("1.0", "1"), (" a ", "a"), ("'-1'", "-1"), (">50K.", ">50K."), ("007", "007"), (True, "True"),
     ("?", None), (float("nan"), None), (None, None), ("", None), ("0", "0"), (0.5, "0.5")],
)  # fmt: skip
def test_a_class_is_named_alike_however_it_is_written(value, name):
    assert class_name(value) == name


def test_classes_stand_in_the_order_of_their_numbers_and_those_of_training_come_first():
    assert class_names(["10", "9", 2.0]) == ("2", "9", "10")
    assert class_names(["b", "a", None]) == ("a", "b")
    assert united([("b", "c"), ("a", "c")]) == ("b", "c", "a")
