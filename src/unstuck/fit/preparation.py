"""What makes the inputs of networks and shallow models of raw examples, and predictions of their outputs: one object.

It is fitted on the training examples, and kept as JSON beside the model. Shapes: *n* examples, *d* numbers.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from typing import Any

import numpy as np

from unstuck.analysis.data.sample import Sample
from unstuck.core.data_types import Form, Task
from unstuck.fit.tables import CategoryColumn, NumberColumn, columns_of, matrix, network_inputs

Array = np.ndarray[Any, Any]
VERSION = 1


@dataclass(frozen=True, kw_only=True)
class Preparation:
    """Everything that is known about inputs and targets."""

    task: Task
    form: Form
    classes: tuple[str, ...] = ()
    targets: tuple[str, ...] = ()
    """names of the target columns"""
    positive: int = 1
    numbers: tuple[NumberColumn, ...] = ()
    categories: tuple[CategoryColumn, ...] = ()
    left_out: tuple[tuple[str, str], ...] = ()
    """columns that are not used, and why"""
    all_columns: tuple[str, ...] = ()
    """of the training table, the target included, in their order"""
    types: Mapping[str, str] = field(default_factory=dict)
    """of the columns of the training table"""
    target_mean: tuple[float, ...] = ()
    target_spread: tuple[float, ...] = ()

    def inputs(self, sample: Sample) -> Array:
        """What the network takes; (n, …)."""
        return network_inputs(self.numbers, self.categories, _values(sample), len(sample))

    def shallow(self, sample: Sample) -> Array:
        """What shallow models take: numbers as they are, indicators of categories; (n, m) float32."""
        return matrix(self.numbers, self.categories, _values(sample), len(sample))

    def scaled(self, y: Array) -> Array:
        """Targets as the network learns them."""
        if self.task is not Task.REGRESSION:
            return y
        return np.asarray((y - np.array(self.target_mean)) / np.array(self.target_spread), dtype=np.float32)

    def unscaled(self, y: Array) -> Array:
        """Targets in their own unit."""
        return np.asarray(y * np.array(self.target_spread) + np.array(self.target_mean))

    @property
    def outputs(self) -> int:
        """Width of the network's output."""
        return len(self.targets) if self.task is Task.REGRESSION else len(self.classes)

    def to_json(self) -> str:
        """As a text that `from_json` reads."""
        return json.dumps({"version": VERSION, **asdict(self)}, indent=1)


def from_json(text: str) -> Preparation:
    """The preparation that was kept."""
    kept: dict[str, Any] = json.loads(text)
    kept.pop("version")
    for name in ("classes", "targets", "all_columns", "target_mean", "target_spread"):
        kept[name] = tuple(kept[name])
    kept["left_out"] = tuple((name, why) for name, why in kept["left_out"])
    kept["numbers"] = tuple(
        NumberColumn(**{**one, "knots": tuple(one["knots"]), "range": tuple(one["range"])}) for one in kept["numbers"]
    )
    kept["categories"] = tuple(CategoryColumn(**{**one, "values": tuple(one["values"])}) for one in kept["categories"])
    return Preparation(**{**kept, "task": Task(kept["task"]), "form": Form(kept["form"])})


def _values(sample: Sample) -> dict[str, Array]:
    return {column.name: column.values for column in sample.columns}


def prepare(train: Sample, names: tuple[str, ...], classes: tuple[str, ...], positive: int) -> Preparation:
    """The preparation of a training sample.

    Args:
        train: training examples.
        names: all columns of the table in their order.
        classes: of the target.
        positive: code of the class that precision and recall are about.
    """
    target = train.target
    assert target is not None
    numbers, categories, left_out = columns_of(train)
    mean: tuple[float, ...] = ()
    spread: tuple[float, ...] = ()
    if target.task is Task.REGRESSION:
        assert target.values is not None
        mean = tuple(map(float, target.values.mean(axis=0)))
        spread = tuple(float(one) if one > 0 else 1.0 for one in target.values.std(axis=0))
    return Preparation(
        task=target.task, form=train.form, classes=classes, targets=target.names, positive=positive, numbers=numbers,
        categories=categories, left_out=left_out, all_columns=names,
        types={column.name: str(column.type) for column in train.columns}, target_mean=mean, target_spread=spread,
    )  # fmt: skip
