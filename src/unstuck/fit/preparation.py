"""What makes the inputs of networks and shallow models of raw examples, and predictions of their outputs: one object.

It is fitted on the training examples, and kept as JSON beside the model. Shapes: *n* examples, *d* numbers.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, replace
from typing import Any

import numpy as np

from unstuck.analysis.data.features import image_matrix
from unstuck.analysis.data.sample import Sample
from unstuck.core.data_types import Form, Task
from unstuck.fit.pixels import pixels_of, size_of
from unstuck.fit.tables import CategoryColumn, NumberColumn, columns_of, matrix, network_inputs
from unstuck.fit.words import codes_of, length_of, vocabulary_of

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
    size: tuple[int, ...] = ()
    """of images: channels, height, width"""
    pixel_mean: tuple[float, ...] = ()
    pixel_spread: tuple[float, ...] = ()
    vocabulary: tuple[str, ...] = ()
    """of texts, the most frequent word first"""
    length: int = 0
    """words of a text that are looked at"""

    def inputs(self, sample: Sample) -> Array:
        """What the network takes; (n, …)."""
        if self.form is Form.IMAGE:
            assert sample.images is not None
            return pixels_of(sample.images, self.size)
        if self.form is Form.TEXT:
            return codes_of(sample.texts or (), self.vocabulary, self.length)
        return network_inputs(self.numbers, self.categories, _values(sample), len(sample))

    def shallow(self, sample: Sample) -> Array:
        """What shallow models take: numbers as they are, indicators of categories; (n, m) float32."""
        if self.form is Form.IMAGE:
            assert sample.images is not None
            return np.asarray(image_matrix(sample.images))
        if self.form is Form.TEXT:
            return np.zeros((len(sample), 1), np.float32)
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
    for name in ("classes", "targets", "all_columns", "target_mean", "target_spread", "size", "pixel_mean",
                 "pixel_spread", "vocabulary"):  # fmt: skip
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
    numbers, categories, left_out = columns_of(train) if train.form is Form.TABLE else ((), (), ())
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
        **_of_form(train),
    )  # fmt: skip


def _of_form(train: Sample) -> dict[str, Any]:
    """What is known of images and texts."""
    if train.images is not None and train.form is Form.IMAGE:
        size = size_of(train.images)
        some = np.linspace(0, len(train) - 1, min(len(train), MOST_MEASURED)).astype(int)
        images = train.images
        part = replace(images, count=len(some), load=lambda at: images.load(int(some[at])), paths=None, cache={})
        pixels = pixels_of(part, size)
        spread = tuple(max(1.0, float(one)) for one in pixels.std(axis=(0, 2, 3)))
        return {"size": size, "pixel_mean": tuple(map(float, pixels.mean(axis=(0, 2, 3)))), "pixel_spread": spread}
    if train.texts is not None and train.form is Form.TEXT:
        return {"vocabulary": vocabulary_of(train.texts), "length": length_of(train.texts)}
    return {}


MOST_MEASURED = 2000
"""images whose colours are measured"""
