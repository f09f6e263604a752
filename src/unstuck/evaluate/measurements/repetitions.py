"""Predict once more: the same again, each example alone, and in another order."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

import numpy as np

from unstuck.core.data_types import Task
from unstuck.core.errors import UsageError
from unstuck.core.outcome import TooLittle
from unstuck.evaluate.context import Context
from unstuck.record.events.model.base import ModelEvent
from unstuck.record.events.model.errors import Repetition

if TYPE_CHECKING:
    from unstuck.analysis.model.predictions import Array
    from unstuck.evaluate.model import Predictor

TITLE = "predicting once more"
MEASURES: tuple[type[ModelEvent], ...] = (Repetition,)
MOST_EXAMPLES = 256
ALONE = 64
ROUNDING = 1e-3
"""standard deviations of the outputs: other batch sizes round otherwise"""
CHANGED = 0.1
"""of a regression"""


def measure(context: Context) -> Iterator[ModelEvent]:
    """Again, alone, in another order."""
    if context.predictor is None or context.examples is None:
        raise TooLittle("the model itself (these are predictions from a file)")
    predictor, examples = context.predictor, context.examples
    random = np.random.default_rng(context.settings.seed)
    count = min(len(examples), MOST_EXAMPLES)
    rows = np.arange(count)
    size = context.settings.batch_size
    with predictor.evaluating():
        groups = _groups(examples, rows, size)
        first, again = (_of(predictor, examples, groups, count) for _ in range(2))
        found = [("again", first, again, rows)]
        alone = rows[: min(ALONE, count)]
        if size > 1 and count > 1:
            try:
                single = _of(predictor, examples, [[int(row)] for row in alone], count)[alone]
            except UsageError as error:  # a network that cannot take one example
                context.notes.append(f"one example alone could not be predicted: {error}")
            else:
                found.append(("alone", first[alone], single, alone))
        mixed = random.permutation(count)
        if examples.together(mixed.tolist()) and count > 1:
            shuffled = _groups(examples, mixed, size)
            found.append(("other order", first, _of(predictor, examples, shuffled, count), rows))
    for how, before, after, of in found:
        yield _event(context, how, before, after, of, first)


def _groups(examples: Any, rows: Array, size: int) -> list[list[int]]:
    """Batches of rows that can be together."""
    found: list[list[int]] = []
    for row in rows.tolist():
        if found and len(found[-1]) < size and examples.together([*found[-1], row]):
            found[-1].append(row)
        else:
            found.append([row])
    return found


def _of(predictor: Predictor, examples: Any, groups: list[list[int]], count: int) -> Array:
    made: Array | None = None
    for group in groups:
        given = predictor.outputs(examples.batch(group), len(group))
        if made is None:
            made = np.full((count, *given.shape[1:]), np.nan)
        made[group] = given
    assert made is not None
    return made.reshape(count, -1)


def _event(context: Context, how: str, before: Array, after: Array, rows: Array, whole: Array) -> Repetition:
    spread = whole.std(axis=0).max() or 1.0
    difference = np.abs(after - before).max(axis=1) / spread
    if context.given.task is Task.REGRESSION:
        changed = difference > CHANGED
    elif context.given.task is Task.MULTI_LABEL or before.shape[1] == 1:
        cut = 0.0 if "logits" in context.given.outputs else 0.5
        changed = ((after > cut) != (before > cut)).any(axis=1)
    elif before.shape[1] == len(context.given.classes):
        changed = after.argmax(axis=1) != before.argmax(axis=1)
    else:  # several labels for each example
        changed = difference > CHANGED
    differing = difference > ROUNDING
    worst = rows[np.argsort(-difference, kind="stable")][: int(differing.sum())]
    return Repetition(
        how=how, examples=len(rows), difference=float(difference.max()), changed=int((changed & differing).sum()),
        differing=int(differing.sum()), rows=tuple(int(context.positions[row]) for row in worst[:100]),
        mode="evaluation mode" if context.predictor is not None and context.predictor.is_module else "as given",
        layers=_layers(context.predictor) if differing.any() else (),
    )  # fmt: skip


def _layers(predictor: Predictor | None) -> tuple[str, ...]:
    """Layers that act on the batch whatever the mode."""
    if predictor is None or not predictor.is_module:
        return ()
    return tuple(
        name for name, module in predictor.model.named_modules()
        if "Norm" in type(module).__name__ and getattr(module, "track_running_stats", True) is False
        and "Batch" in type(module).__name__
    )[:10]  # fmt: skip
