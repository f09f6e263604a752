"""Predictions of new data by a delivered model: read as the training data was read, the target may be missing.

Shapes: *n* examples, *K* classes.
"""

from __future__ import annotations

import csv
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np

from unstuck.analysis.data.sample import Sample
from unstuck.audit.settings import AuditSettings
from unstuck.audit.sources.draft import Draft
from unstuck.audit.sources.finish import finish
from unstuck.audit.sources.objects import parts_of
from unstuck.audit.sources.parts import Asked
from unstuck.core.data_types import ColumnType, Form, Task
from unstuck.core.errors import UsageError
from unstuck.fit.delivered import Delivered, load
from unstuck.fit.preparation import Preparation
from unstuck.record.events.data.columns import ColumnProfile

Array = np.ndarray[Any, Any]
MOST_CLASSES = 50
"""whose probabilities are written"""


@dataclass(frozen=True, eq=False, kw_only=True)
class Predicted:
    """Predictions of new examples."""

    values: Array
    """(n,) names of classes, None where the model abstains; (n, k) numbers of a regression"""
    scores: Array
    """(n, K) probabilities; the numbers of a regression"""
    names: tuple[str, ...]
    """classes, or targets of a regression"""
    outside: Array
    """(n,) columns whose value lies outside of the training range"""
    task: Task

    def __len__(self) -> int:
        return len(self.values)

    def write_csv(self, path: Path) -> None:
        """One row for each example."""
        with path.open("w", newline="", encoding="utf-8") as file:
            writer = csv.writer(file)
            regression = self.task is Task.REGRESSION
            shown = () if regression else self.names[:MOST_CLASSES]
            head = list(self.names) if regression else ["prediction", *(f"probability {name}" for name in shown)]
            writer.writerow([*head, "outside"])
            for at in range(len(self)):
                if regression:
                    row = [repr(float(one)) for one in self.values[at]]
                else:
                    value = self.values[at]
                    row = ["" if value is None else value, *(f"{one:.6g}" for one in self.scores[at, : len(shown)])]
                writer.writerow([*row, int(self.outside[at])])


def predict(folder: Path | str, data: object) -> Predicted:
    """Predictions of new examples: ``unstuck.predict("fit", "new.csv").values``.

    Args:
        folder: of the result.
        data: in the same form as the training data; the target may be missing.

    Raises:
        UsageError: the data lacks columns, or the folder holds no model.
    """
    delivered = load(Path(folder))
    return predict_sample(delivered, read_new(data, delivered.preparation))


def predict_sample(delivered: Delivered, sample: Sample) -> Predicted:
    """Predictions of examples that were read."""
    preparation = delivered.preparation
    scores = delivered.scores(sample)
    given = delivered.given(sample, np.zeros(len(sample), np.int64))
    point = delivered.point
    values: Array
    if preparation.task is Task.REGRESSION:
        values = scores
    else:
        names = np.array(preparation.classes, dtype=object)
        if preparation.task is Task.MULTI_LABEL:
            values = np.empty(len(sample), dtype=object)
            values[:] = [" ".join(names[row >= 0.5]) for row in scores]
        else:
            values = names[scores.argmax(axis=1)]
            if point.threshold is not None:
                other = names[1 - preparation.positive]
                said = scores[:, preparation.positive] >= point.threshold
                values = np.where(said, names[preparation.positive], other)
            if point.margin is not None:
                values = np.array(values, dtype=object)
                values[given.margin < point.margin] = None
    return Predicted(
        values=values, scores=scores, task=preparation.task, outside=outside(preparation, sample),
        names=preparation.targets if preparation.task is Task.REGRESSION else preparation.classes,
    )  # fmt: skip


def outside(preparation: Preparation, sample: Sample) -> Array:
    """(n,) columns outside of the training range: beyond the extremes, or names that were not there."""
    values = {column.name: column.values for column in sample.columns}
    found = np.zeros(len(sample), dtype=np.int64)
    for one in preparation.numbers:
        if one.name in values:
            found += (values[one.name] < one.range[0]) | (values[one.name] > one.range[1])
    for other in preparation.categories:
        if other.name in values:
            known = set(other.values)
            found += np.array([value is not None and value not in known for value in values[other.name]])
    return found


def read_new(data: object, preparation: Preparation) -> Sample:
    """New examples, with the column types of the training data.

    Raises:
        UsageError: they lack columns of the training data.
    """
    table = preparation.form is Form.TABLE
    settings = AuditSettings(target=preparation.targets if table else (), task=None if table else Task.NONE, look=0)
    asked = Asked(settings=settings, progress=lambda *_: None)
    parts = parts_of(data, asked)
    if len(parts) != 1:
        raise UsageError(f"The new data holds the splits {', '.join(parts)}. Give one of them.")
    opener = next(iter(parts.values()))
    try:
        draft = opener(1, _as_trained(preparation, preparation.all_columns))
    except UsageError:
        features = tuple(name for name in preparation.all_columns if name not in preparation.targets)
        draft = opener(1, _as_trained(preparation, features))  # without the column of the target
    loaded = finish({"new": replace(draft, labels=None, label_names=())}, replace(settings, target=(), task=Task.NONE))
    sample = loaded[0].sample
    if table:
        known = {column.name for column in sample.columns}
        used = [*(one.name for one in preparation.numbers), *(one.name for one in preparation.categories)]
        lost = [name for name in used if name not in known]
        if lost:
            raise UsageError(
                f"The new data lacks {len(lost)} columns that the model was trained on: {', '.join(lost[:8])}. It has "
                f"{', '.join(sorted(known)[:8])}."
            )
    return sample


def _as_trained(preparation: Preparation, names: tuple[str, ...]) -> Draft:
    """A training split with the columns and types that the model was trained on, and without rows."""
    return Draft(
        source="the training data", total=0, rows=np.zeros(0, np.int64), form=preparation.form, names_of_all=names,
        profiles=tuple(
            ColumnProfile(split=0, name=name, type=ColumnType(kind)) for name, kind in preparation.types.items()
        ),
    )  # fmt: skip
