"""The most wrong examples."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from unstuck.core.data_types import Task
from unstuck.core.words import number
from unstuck.evaluate.context import Context
from unstuck.record.events.model.base import ModelEvent
from unstuck.record.events.model.errors import WorstExamples

TITLE = "most wrong examples"
MEASURES: tuple[type[ModelEvent], ...] = (WorstExamples,)
MOST = 100
CONFIDENT = 0.9


def measure(context: Context) -> Iterator[ModelEvent]:
    """By their loss; mistakes only, where there are classes."""
    given = context.given
    if given.several:
        return
    order = np.argsort(-given.loss, kind="stable")
    if given.task is not Task.REGRESSION:
        order = order[given.wrong[order]]
    worst = order[:MOST]
    confidence = given.confidence
    yield WorstExamples(
        rows=tuple(int(context.positions[given.rows[at]]) for at in worst),
        loss=tuple(float(given.loss[at]) for at in worst), truth=tuple(_name(context, given.truth[at]) for at in worst),
        predicted=tuple(_name(context, given.labels[at]) for at in worst),
        confidence=() if confidence is None else tuple(float(confidence[at]) for at in worst),
        doubted=tuple(_doubted(context, int(at)) for at in worst) if context.simple else (),
        confident=0 if confidence is None else int((given.wrong & (confidence >= CONFIDENT)).sum()),
    )  # fmt: skip


def _name(context: Context, value: object) -> str:
    if context.given.task.has_classes:
        return context.class_of(value)
    values = np.atleast_1d(np.asarray(value))
    if context.given.task is Task.MULTI_LABEL:
        return ", ".join(context.class_of(at) for at in np.flatnonzero(values)) or "none"
    return ", ".join(number(float(one)) for one in values[:4])


def _doubted(context: Context, label: int) -> bool:
    """Whether most simple models predict the class that the model predicts."""
    if not context.given.task.has_classes or context.simple_rows is None:
        return False
    at = np.flatnonzero(context.simple_rows == label)
    if not len(at):
        return False
    same = [one.labels[at[0]] == context.given.labels[label] for one in context.simple.values()]
    return sum(map(bool, same)) * 2 > len(same)
