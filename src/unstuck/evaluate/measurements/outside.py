"""Held-out examples outside the range of the training data: how often the model is right there, and how confident."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

import numpy as np

from unstuck.analysis.data.shortcuts import filled
from unstuck.analysis.model.appearance import border, ends, gray_of, sharpness, tint
from unstuck.analysis.model.ranges import by_distance, distances, range_of
from unstuck.core.outcome import TooLittle
from unstuck.evaluate.context import Context
from unstuck.evaluate.edited_inputs import (
    NO_ARRAYS,
    column_names,
    editable_images,
    editable_table,
    is_single,
    numbers_of,
)
from unstuck.record.events.model.base import MOST_ROWS, ModelEvent
from unstuck.record.events.model.robustness import OutsideRange

if TYPE_CHECKING:
    from unstuck.analysis.model.predictions import Array

TITLE = "examples outside the range of the training data"
MEASURES: tuple[type[ModelEvent], ...] = (OutsideRange,)
LEAST = 100
"""examples of each split"""
MOST_EXAMPLES = 3000
MOST_VALUES = 30_000_000
MOST_COLUMNS = 200
MOST_EVENTS = 12
TOGETHER = "everything together"


def measure(context: Context) -> Iterator[ModelEvent]:
    """Along each number of an image or column of a table, those with the most examples outside first."""
    if not is_single(context) or context.given.confidence is None:
        return
    if context.train_examples is None or context.examples is None:
        raise TooLittle("training data (--train)")
    if min(len(context.train_examples), len(context.examples)) < LEAST:
        raise TooLittle(f"{LEAST} examples of each split")
    random = np.random.default_rng(context.settings.seed)
    one = editable_images(context.examples, np.arange(1))
    most = MOST_EXAMPLES if one is None else min(MOST_EXAMPLES, MOST_VALUES // one.images.size)
    rows, known = (random.permutation(len(some))[:most] for some in (context.examples, context.train_examples))
    mine, theirs = _numbers(context, rows, known)
    if len(mine) > 1:
        away = distances(np.stack(list(theirs.values()), axis=1), np.stack(list(mine.values()), axis=1))
        theirs[TOGETHER], mine[TOGETHER] = away
    found = [_event(context, name, rows, mine[name], theirs[name]) for name in mine]
    found.sort(key=lambda event: (event.along != TOGETHER, -event.outside))
    yield from found[:MOST_EVENTS]


def _numbers(context: Context, rows: Array, known: Array) -> tuple[dict[str, Array], dict[str, Array]]:
    """Numbers of the held-out and of the training examples, by name."""
    assert context.examples is not None
    assert context.train_examples is not None
    mine, theirs = editable_images(context.examples, rows), None
    if mine is not None:
        theirs = editable_images(context.train_examples, known, mine)
        if theirs is None or theirs.images.shape[1] != mine.images.shape[1]:
            raise TooLittle("training images like the held-out ones")
        return _of_images(mine.images), _of_images(theirs.images)
    table, other = editable_table(context.examples, rows), editable_table(context.train_examples, known)
    if table is None or other is None or len(table.names) != len(other.names):
        raise TooLittle(NO_ARRAYS)
    names = column_names(context, table)
    chosen = [at for at in range(len(names)) if table.column(at).dtype.kind in "fiub"][:MOST_COLUMNS]
    found = [
        {names[at]: filled(numbers_of(one.column(at)))[:, 0] for at in chosen if other.column(at).dtype.kind in "fiub"}
        for one in (table, other)
    ]
    if not found[0]:
        raise TooLittle("columns of numbers")
    return found[0], found[1]


def _of_images(images: Array) -> dict[str, Array]:
    ends_of, colours = ends(images), tint(images)
    found = {
        "mean brightness": gray_of(images).mean(axis=(1, 2)), "darkest value": ends_of[:, 0],
        "brightest value": ends_of[:, 1], "sharpness": sharpness(images)[:, 0],
        "brightness of the border": border(images)[:, : images.shape[1]].mean(axis=1),
    }  # fmt: skip
    if images.shape[1] == 3:
        found |= {"red tint": colours[:, 0], "blue tint": colours[:, 2]}
    return found


def _event(context: Context, name: str, rows: Array, mine: Array, theirs: Array) -> OutsideRange:
    given = context.given
    confidence = given.confidence
    assert confidence is not None
    right, sure = ~given.wrong[rows], confidence[rows]
    known = range_of(theirs)
    outside, distance = known.outside(mine), known.distance(mine)
    bins = by_distance(distance, right, sure)
    far = np.flatnonzero(outside)
    far = far[np.argsort(-distance[far], kind="stable")]

    def mean(values: Array, where: Array) -> float | None:
        return float(values[where].mean()) if where.any() else None

    return OutsideRange(
        along=name, low=known.low, high=known.high, outside=len(far), inside=len(rows) - len(far),
        accuracy_outside=mean(right, outside), accuracy_inside=mean(right, ~outside),
        confidence_outside=mean(sure, outside), confidence_inside=mean(sure, ~outside), bin_distance=bins.distance,
        bin_accuracy=bins.accuracy, bin_confidence=bins.confidence, rows=context.rows(rows[far], MOST_ROWS),
    )  # fmt: skip
