"""Rung *goal*: what is success, and could a useless model have it, or no model at all?"""

from __future__ import annotations

from typing import Any

import numpy as np

from unstuck.core.data_types import Task
from unstuck.core.errors import UsageError
from unstuck.core.words import count, number, share
from unstuck.fit.goal import Goal
from unstuck.fit.score import Given, Point, worth
from unstuck.fit.work import Work

Array = np.ndarray[Any, Any]
MOST_CLASSES = 5
TWO_ERRORS = 2.0
"""standard errors that a goal may lie beyond what equal inputs allow"""
BETTER = "ask for what a constant cannot do, such as 'recall>=0.9 @ precision>=0.5', 'auroc>=0.9' or a higher threshold"


def say_goal(work: Work) -> None:
    """Print it, with a warning where a constant prediction has it.

    Raises:
        UsageError: no model can reach it on this data.
    """
    rung = work.narrator.begin("goal", "What is success?")
    data = work.data
    rung.found.append(
        f"{work.goal}. {count(len(data.train), 'training example')}, {count(len(data.test), 'test example')} "
        f"({data.how}); the test set is used once, at the end."
    )
    if data.dropped:
        rung.found.append(f"{count(data.dropped, 'example')} without a label are left out.")
    if data.task.has_classes:
        counts = np.bincount(work.y, minlength=len(data.classes))
        parts = [f"{name} {share(n / counts.sum())}" for name, n in zip(data.classes, counts, strict=True)][:8]
        rung.found.append(f"Classes: {', '.join(parts)}{', and others' if len(data.classes) > 8 else ''}.")
    if data.task is Task.BINARY:
        rung.found.append(f"Precision and recall are about {data.classes[data.positive]} (--positive names another).")
    warning = useless(work.goal, work.data.task, work.data.classes, work.y, data.positive)
    if warning:
        rung.found.append(f"Warning: {warning}.")
        work.facts["useless"] = warning
    why = impossible(work)
    if why:
        raise UsageError(why)
    work.narrator.end(rung, "the goal is a number, so the data is looked at next.")


def useless(goal: Goal, task: Task, classes: tuple[str, ...], y: Array, positive: int) -> str:
    """What is wrong with a goal that a constant prediction reaches; "" for a good one."""
    if goal.open:
        return ""
    for given, name in _constants(task, classes, y, positive):
        found = worth(goal, given, Point(margin=0.0) if goal.at and goal.at.metric == "coverage" else Point())
        if found.meets(goal):
            value = number(found.value)
            return f"{name} reaches {goal.first.about.title} {value}, so the goal says nothing about learning; {BETTER}"
    return ""


def _constants(task: Task, classes: tuple[str, ...], y: Array, positive: int) -> list[tuple[Given, str]]:
    if task is Task.REGRESSION:
        mean = np.broadcast_to(y.mean(axis=0), y.shape)
        return [(Given(task=task, classes=classes, truth=y, scores=mean), "always the mean")]
    if not task.has_classes:
        return []
    shares = np.bincount(y, minlength=len(classes)) / len(y)
    made = []
    for code in np.argsort(-shares, kind="stable")[:MOST_CLASSES]:
        scores = np.tile(0.01 * shares, (len(y), 1))
        scores[:, code] += 0.99
        made.append((Given(task=task, classes=classes, truth=y, scores=scores, positive=positive),
                     f"always `{classes[code]}`"))  # fmt: skip
    return made


def impossible(work: Work) -> str:
    """Why no model reaches the goal: equal inputs have different targets; "" where it may."""
    goal, y = work.goal, work.y
    if goal.open or goal.at is not None:
        return ""
    x = work.preparation.inputs(work.data.train)
    if not x.shape[1] or x.dtype == np.uint8:
        return ""
    rows = np.ascontiguousarray(x.reshape(len(x), -1)).view(np.uint8).reshape(len(x), -1)
    of = np.unique(rows, axis=0, return_inverse=True)[1].reshape(-1)
    if len(np.unique(of)) == len(of):
        return ""
    if goal.first.metric == "accuracy" and work.data.task.has_classes:
        table = np.zeros((of.max() + 1, len(work.data.classes)), dtype=np.int64)
        np.add.at(table, (of, y), 1)
        best = table.max(axis=1).sum() / len(y)
        error = (best * (1 - best) / len(y)) ** 0.5
        if best + TWO_ERRORS * error < goal.first.threshold:
            return (
                f"The goal {goal} cannot be reached on this data: examples with equal inputs have different labels, "
                f"so even the best model is right on {share(best)} of them. Lower the goal, add columns that tell "
                "these examples apart, or clean the labels (`unstuck audit`)."
            )
    if goal.first.metric == "rmse" and work.is_regression:
        sizes = np.bincount(of)
        means = np.stack([np.bincount(of, weights=column) / sizes for column in y.T], axis=1)
        least = float(np.mean(np.sqrt(np.mean((y - means[of]) ** 2, axis=0))))
        if least > goal.first.threshold:
            return (
                f"The goal {goal} cannot be reached on this data: examples with equal inputs have different targets, "
                f"so the RMSE of the best model is {number(least)}. Raise the threshold, or add columns."
            )
    return ""
