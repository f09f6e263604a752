"""The splits as arrays, for simple models, slices and copies: as an audit has them."""

from __future__ import annotations

import math
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

import numpy as np

from unstuck.analysis.data.measure import silent
from unstuck.analysis.data.sample import DataSet
from unstuck.audit.settings import AuditSettings
from unstuck.audit.sources.frames import is_frame
from unstuck.audit.sources.read import read
from unstuck.core.errors import UsageError
from unstuck.record.events.data.splits import Split

if TYPE_CHECKING:
    from unstuck.analysis.model.predictions import Array, Predictions
    from unstuck.audit.sources.loaded import Loaded
    from unstuck.evaluate.sources import Source

MOST_VALUES = 400_000_000
"""numbers of all inputs together: beyond it nothing is worked out of them"""


@dataclass(frozen=True, eq=False, kw_only=True)
class Splits:
    """What is known of the data beside the predictions."""

    events: tuple[Split, ...]
    dataset: DataSet | None = None
    output_of: tuple[int, ...] = ()
    """the model's output of each class of the data set"""
    has_train: bool = False
    notes: tuple[str, ...] = field(default=())


def splits_of(
    test: Source, train: Source | None, given: Predictions, output_of: tuple[int, ...], reading: AuditSettings
) -> Splits:
    """Splits and samples; without samples where the inputs are no arrays of one shape."""
    if test.loaded is not None and (train is None or train.loaded is not None):
        kept = [one.loaded for one in (train, test) if one is not None and one.loaded is not None]
        return _known(kept, output_of, has_train=train is not None)
    found = _from_arrays(test, train, given, output_of, reading)
    if found is not None:
        return found
    names = ["train", "test"] if train is not None else ["test"]
    sources = [one for one in (train, test) if one is not None]
    events = tuple(
        Split(id=at, name=name, source=one.name, rows=len(one.examples), task=given.task, classes=given.classes)
        for at, (name, one) in enumerate(zip(names, sources, strict=True))
    )
    return Splits(events=events)


def _known(kept: list[Loaded], output_of: tuple[int, ...], *, has_train: bool) -> Splits:
    return Splits(
        events=tuple(replace(one.split, id=at) for at, one in enumerate(kept)),
        dataset=DataSet(samples=tuple(replace(one.sample, split=at) for at, one in enumerate(kept))),
        output_of=output_of, has_train=has_train,
    )  # fmt: skip


def _from_arrays(
    test: Source, train: Source | None, given: Predictions, output_of: tuple[int, ...], reading: AuditSettings
) -> Splits | None:
    if given.several:
        return None
    pairs: dict[str, object] = {}
    for name, one in (("train", train), ("test", test)):
        if one is None:
            continue
        x = one.examples.table()
        if x is None or math.prod(x.shape) > MOST_VALUES or one.examples.truth is None:
            return None
        if not is_frame(x) and x.dtype == object:
            return None
        truth = one.examples.truth
        if one.examples.label_names is not None and output_of:
            truth = np.asarray(output_of)[truth]
        hot = given.task.has_classes and truth.ndim == 2 and truth.shape[1] > 1
        pairs[name] = x if is_frame(x) else _as_table(x), truth.argmax(axis=1) if hot else truth
    try:
        loaded = read(pairs, replace(reading, task=given.task, target=(), form=None), silent)
    except UsageError:
        return None
    if any(len(one.sample) != len(pairs[one.split.name][0]) for one in loaded):  # type: ignore[index]
        return None
    sources = [one for one in (train, test) if one is not None]
    events = [
        replace(one.split, source=source.name, classes=given.classes if given.task.has_classes else one.split.classes)
        for one, source in zip(loaded, sources, strict=True)
    ]
    classes = loaded[0].split.classes
    outputs = tuple(int(float(name)) for name in classes) if given.task.has_classes else ()
    samples = tuple(_with_names(one, given) for one in loaded)
    return Splits(
        events=tuple(events), dataset=DataSet(samples=samples), output_of=outputs, has_train=train is not None
    )


def _with_names(one: Loaded, given: Predictions) -> Any:
    """The sample with the names of the model's classes in the place of numbers."""
    target = one.sample.target
    if target is None or not given.task.has_classes:
        return one.sample
    names = tuple(given.classes[int(float(name))] for name in target.classes)
    return replace(one.sample, target=replace(target, classes=names))


def _as_table(x: Array) -> Array:
    """Inputs of odd shapes as rows of numbers; images stay images."""
    if x.ndim <= 2 or (x.ndim in (3, 4) and _is_images(x)):
        return x
    return x.reshape(len(x), -1)


def _is_images(x: Array) -> bool:
    sides = x.shape[1:] if x.ndim == 3 else (x.shape[2:] if x.shape[1] in (1, 3, 4) else x.shape[1:3])
    return bool(min(sides) >= 8)

