"""Which attributes predictions follow: colour, brightness, border, position … of images, single columns of tables."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from unstuck.analysis.data.shortcuts import LEAST_OF_A_CLASS, filled, out_of_fold, tree
from unstuck.analysis.model.appearance import ATTRIBUTES
from unstuck.analysis.model.following import Givers, excess, followed, givers_of
from unstuck.core.data_types import Form
from unstuck.core.outcome import TooLittle
from unstuck.evaluate.context import Context
from unstuck.evaluate.edited_inputs import (
    NO_ARRAYS,
    EditableImages,
    EditableTable,
    column_names,
    editable_images,
    editable_table,
    is_single,
    numbers_of,
    predicted,
)
from unstuck.record.events.model.base import MOST_ROWS, ModelEvent
from unstuck.record.events.model.robustness import FollowedAttribute

if TYPE_CHECKING:
    from collections.abc import Callable

    from unstuck.analysis.model.predictions import Array

TITLE = "attributes that predictions follow"
MEASURES: tuple[type[ModelEvent], ...] = (FollowedAttribute,)
LEAST = 200
"""examples"""
MOST_EXAMPLES = 3000
MOST_VALUES = 30_000_000
"""numbers of all images together"""
MOST_EDITED = 400
MOST_COLUMNS = 64
"""that are compared with predictions"""
MOST_EXCHANGED = 6
"""columns that are exchanged"""
VARIES = 1e-3
"""standard deviation of a number of an image that varies"""
CUTS = 6


@dataclass(frozen=True, eq=False, kw_only=True)
class _Asked:
    """What every attribute is compared with."""

    context: Context
    rows: Array
    """numbers of the examples that are looked at"""
    scores: Array
    """probabilities of these"""
    givers: Givers
    """by position in ``rows``"""

    @property
    def truth(self) -> Array:
        return self.context.given.truth[self.rows]


def measure(context: Context) -> Iterator[ModelEvent]:
    """Every attribute that varies; of a table the columns on which predictions depend more than the truth."""
    if not is_single(context):
        return
    given, examples = context.given, context.examples
    assert examples is not None
    if len(given) < LEAST:
        raise TooLittle(f"{LEAST} examples (there are {len(given)})")
    if context.test is not None and context.test.form not in (Form.IMAGE, Form.TABLE):
        raise TooLittle(NO_ARRAYS)
    one = editable_images(examples, np.arange(1))
    most = MOST_EXAMPLES if one is None else min(MOST_EXAMPLES, MOST_VALUES // one.images.size)
    rows = np.random.default_rng(context.settings.seed).permutation(len(given))[:most]
    asked = _asked(context, rows)
    if one is not None:
        images = editable_images(examples, rows)
        assert images is not None
        yield from _of_images(asked, images)
        return
    table = editable_table(examples, rows)
    if table is None:
        raise TooLittle(NO_ARRAYS)
    yield from _of_table(asked, table)


def _asked(context: Context, rows: Array) -> _Asked:
    given = context.given
    givers = givers_of(given.labels[rows], context.settings.seed, MOST_EDITED)
    if givers is None:
        raise TooLittle("examples that are predicted differently")
    scores = np.eye(len(given.classes))[given.labels[rows]] if given.scores is None else given.scores[rows]
    return _Asked(context=context, rows=rows, scores=scores, givers=givers)


def _of_images(asked: _Asked, images: EditableImages) -> Iterator[ModelEvent]:
    train, codes = _train_images(asked.context, len(asked.rows), images)
    for at, (name, attribute) in enumerate(ATTRIBUTES.items()):
        asked.context.progress(name, at / len(ATTRIBUTES))
        values = attribute.measure(images.images)
        if values.std(axis=0).max() < VARIES:
            continue
        known = None if train is None else attribute.measure(train.images)

        def exchanged(givers: Array, give: Callable[[Array, Array], Array] = attribute.give) -> Any:
            return images.back(give(images.images[asked.givers.of], images.images[givers]))

        yield _event(asked, (name, attribute.sort), values, exchanged, known, codes)


def _train_images(context: Context, most: int, images: EditableImages) -> tuple[EditableImages | None, Array | None]:
    """Training images in the same range of values, and their classes."""
    rows = _train_rows(context, most)
    if rows is None:
        return None, None
    assert context.train_examples is not None
    assert context.train_truth is not None
    found = editable_images(context.train_examples, rows, images)
    if found is None or found.images.shape[1] != images.images.shape[1]:
        return None, None
    return found, context.train_truth[rows]


def _train_rows(context: Context, most: int) -> Array | None:
    examples, truth = context.train_examples, context.train_truth
    if examples is None or truth is None or len(truth) != len(examples):
        return None
    return np.random.default_rng(context.settings.seed).permutation(len(truth))[:most]


def _of_table(asked: _Asked, table: EditableTable) -> Iterator[ModelEvent]:
    """The columns by which predictions differ most from the truth, and those on which they depend most."""
    context = asked.context
    names = column_names(context, table)
    values = [filled(numbers_of(table.column(at))) for at in range(len(names))]
    related = [_related(one[:, 0], asked.scores) for one in values]
    columns = [at for at in np.argsort(related)[::-1][:MOST_COLUMNS].tolist() if values[at].std() > 0]
    beyond = {
        at: (found := excess(values[at], asked.scores, asked.truth, context.settings.seed)).value - found.chance
        for at in columns
    }
    chosen = sorted(columns, key=lambda at: -beyond[at])[:MOST_EXCHANGED]
    train, codes = _train_table(context, len(asked.rows), len(names))
    of = asked.givers.of
    for at in chosen:
        whole = table.column(at)

        def exchanged(givers: Array, at: int = at, whole: Array = whole) -> Any:
            from unstuck.evaluate.edited_inputs import taken

            return EditableTable(raw=taken(table.raw, of), names=table.names).with_column(at, whole[givers])

        known = None if train is None else filled(numbers_of(train.column(at)))
        if known is not None and whole.dtype.kind not in "fiub":
            known = None  # categories are numbered in each split apart
        yield _event(asked, (names[at], "column"), values[at], exchanged, known, codes)


def _train_table(context: Context, most: int, columns: int) -> tuple[EditableTable | None, Array | None]:
    rows = _train_rows(context, most)
    if rows is None:
        return None, None
    assert context.train_examples is not None
    assert context.train_truth is not None
    found = editable_table(context.train_examples, rows)
    return (None, None) if found is None or len(found.names) != columns else (found, context.train_truth[rows])


def _related(values: Array, scores: Array) -> float:
    """The largest correlation with the probability of a class."""
    away = values - values.mean()
    size = np.sqrt(np.square(away).sum())
    centred = scores - scores.mean(axis=0)
    sizes = np.sqrt(np.square(centred).sum(axis=0))
    return float((np.abs(away @ centred) / np.maximum(size * sizes, 1e-12)).max())


def _event(
    asked: _Asked, named: tuple[str, str], values: Array, exchanged: Callable[[Array], Any], train: Array | None,
    codes: Array | None,
) -> FollowedAttribute:  # fmt: skip
    """What predictions become with the attribute of another example.

    Args:
        asked: of the evaluation.
        named: attribute and its sort.
        values: of the attribute.
        exchanged: gives the raw inputs of the examples with the attribute of their givers.
        train: the attribute of training examples.
        codes: their classes.
    """
    context, givers = asked.context, asked.givers
    given = context.given
    labels = given.labels[asked.rows]
    rows = asked.rows[givers.of]
    with_other = predicted(context, exchanged(givers.other), rows)
    with_alike = predicted(context, exchanged(givers.alike), rows)
    target = labels[givers.other]
    found = followed(target, with_other.labels, with_alike.labels)
    beyond = excess(values, asked.scores, asked.truth, context.settings.seed)
    hits = np.flatnonzero((with_other.labels == target) & (with_alike.labels != target))
    return FollowedAttribute(
        attribute=named[0], sort=named[1], examples=len(rows), followed=found.share, control=found.control,
        p_value=found.p_value, accuracy=float(np.mean(~given.wrong[rows])),
        accuracy_edited=float(np.mean(~with_other.wrong)), excess=beyond.value, excess_chance=beyond.chance,
        excess_high=beyond.chance_high,
        agreement=beyond.agreement, rows=context.rows(rows[hits], MOST_ROWS),
        **_class_by_attribute(values, asked.truth, train, codes),
    )  # fmt: skip


def _class_by_attribute(values: Array, truth: Array, train: Array | None, codes: Array | None) -> dict[str, Any]:
    """How well a small tree tells the class by the attribute: out of fold in the training data, and here."""
    if train is None or codes is None:
        return {}
    counts = np.bincount(codes)
    kept = counts[codes] >= LEAST_OF_A_CLASS
    if len(np.unique(codes[kept])) < 2 or train.shape[1] != values.shape[1]:
        return {}
    train, codes = filled(train[kept]), codes[kept]
    here = tree(train, codes, CUTS).predict(filled(values))
    return {
        "tells_train": float(np.mean(out_of_fold(train, codes, CUTS) == codes)),
        "tells_here": float(np.mean(here == truth)), "majority": float(np.bincount(codes).max() / len(codes)),
    }  # fmt: skip
