"""The data of a fit: read as an audit reads it, divided once; the test set is used at the end only.

Shapes: *n* examples, *k* columns of a regression.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from unstuck.analysis.data.images import Images
from unstuck.analysis.data.sample import Sample
from unstuck.audit.settings import AuditSettings
from unstuck.audit.sources.read import read
from unstuck.baseline.folds import folds_of
from unstuck.baseline.problem import Examples
from unstuck.core.data_types import Form, Task
from unstuck.core.errors import UsageError
from unstuck.core.words import count
from unstuck.record.events.data.splits import Split

Array = np.ndarray[Any, Any]
LEAST_ROWS = 40
"""examples with a label, for a network and a held-out part that says anything"""
TEST_PARTS = 5
"""the test set is one of so many parts"""
LEAST_OF_A_CLASS = 5


@dataclass(frozen=True, eq=False, kw_only=True)
class Data:
    """Training and test examples that have a label."""

    task: Task
    form: Form
    classes: tuple[str, ...]
    train: Sample
    test: Sample
    how: str
    """where the test set comes from, in words"""
    split: Split
    columns: tuple[str, ...] = ()
    """of the table, the target included, in their order"""
    positive: int = 1
    """code of the class that precision and recall are about"""
    dropped: int = 0
    """examples without a label"""

    @property
    def y(self) -> Array:
        """Targets of the training examples."""
        return target_of(self.train)

    @property
    def digest(self) -> str:
        """What tells this data from other data: names, sizes, targets, a part of the inputs."""
        found = hashlib.sha256(repr((self.task, self.form, self.classes, len(self.train), len(self.test))).encode())
        for sample in (self.train, self.test):
            found.update(np.ascontiguousarray(target_of(sample)).tobytes())
            for column in sample.columns:
                values = column.values
                found.update(column.name.encode())
                found.update(values.tobytes() if values.dtype != object else "\0".join(map(str, values)).encode())
            found.update(repr(None if sample.texts is None else sample.texts).encode())
        return found.hexdigest()[:16]


def target_of(sample: Sample) -> Array:
    """(n,) codes, or (n, k) numbers."""
    target = sample.target
    assert target is not None
    values = target.values if target.codes is None else target.codes
    assert values is not None
    return values


def read_data(splits: Mapping[str, object], reading: AuditSettings, positive: str | None, progress: Any) -> Data:
    """Read and divide.

    Raises:
        UsageError: nothing can be learned from it; the message says what is missing.
    """
    loaded = {one.split.name: one for one in read(splits, reading, progress)}
    first = next(iter(loaded.values()))
    task, classes = first.split.task, first.split.classes
    if task in (Task.NONE, Task.SEQUENCE):
        raise UsageError(
            f"A fit needs a target for each example: name its column with --target, or give `y`. The task here is "
            f"{task}."
        )
    samples = [one.sample for name, one in loaded.items() if name != "test"]
    train = samples[0]
    whole = len(train)
    train = take(train, labelled(train))
    if len(train) < LEAST_ROWS:
        raise UsageError(
            f"A fit needs at least {LEAST_ROWS} examples with a label. {first.split.source} has {len(train)} of "
            f"{whole}. Use a simple model: `unstuck baseline`."
        )
    dropped = whole - len(train)
    _check_classes(train, task, classes, first.split.source)
    if "test" in loaded:
        test = loaded["test"].sample
        if test.target is None or not len(labelled(test)):
            raise UsageError("The test data has no labels, so nothing could be measured on it. Give labelled data.")
        test, how = take(test, labelled(test)), f"given: {loaded['test'].split.source}"
        _check_same_classes(train, test, task, classes)
    else:
        fit, held = _divided(train, task, reading.seed)
        train, test = take(train, fit), take(train, held)
        how = f"a {_kind(train)} part of the data, set aside before anything else ({count(len(test), 'example')})"
    return Data(
        task=task, form=first.split.form, classes=classes, train=train, test=test, how=how, split=first.split,
        columns=tuple(profile.name for profile in first.profiles),
        positive=_positive(train, task, classes, positive), dropped=dropped,
    )  # fmt: skip


def _check_same_classes(train: Sample, test: Sample, task: Task, classes: tuple[str, ...]) -> None:
    if not task.has_classes:
        return
    known, there = set(target_of(train).tolist()), set(target_of(test).tolist())
    new = [classes[code] for code in sorted(there - known)]
    if new:
        raise UsageError(
            f"The test data has labels that the training data lacks: {', '.join(map(repr, new[:5]))}. Training data: "
            f"{', '.join(repr(classes[code]) for code in sorted(known)[:5])}. Spell the same class in the same way."
        )


def _kind(sample: Sample) -> str:
    return "later" if sample.times is not None else "grouped" if sample.groups is not None else "random"


def _check_classes(train: Sample, task: Task, classes: tuple[str, ...], source: str) -> None:
    if task is Task.REGRESSION:
        values = target_of(train)
        if not (values.std(axis=0) > 0).all():
            raise UsageError(f"All targets of {source} are {values[0, 0]:g}: there is nothing to predict.")
    if not task.has_classes:
        return
    counts = np.bincount(target_of(train), minlength=len(classes))
    present = [name for name, number in zip(classes, counts, strict=True) if number]
    if len(present) < 2:
        raise UsageError(f"All labels of {source} are {present[0]}: there is nothing to predict. Give both classes.")
    few = [f"{name} ({number})" for name, number in zip(classes, counts, strict=True) if 0 < number < LEAST_OF_A_CLASS]
    if few:
        raise UsageError(
            f"Too few examples of {', '.join(few[:5])} in {source}: a class needs {LEAST_OF_A_CLASS}, to be in every "
            "part. Collect more, put rare classes together, or say --task regression where the target is a number."
        )


def _positive(train: Sample, task: Task, classes: tuple[str, ...], wanted: str | None) -> int:
    if wanted is not None:
        if wanted not in classes:
            raise UsageError(f"There is no class {wanted!r} (--positive). Classes: {', '.join(classes[:30])}.")
        return classes.index(wanted)
    if task is not Task.BINARY:
        return 1
    return int(np.argmin(np.bincount(target_of(train), minlength=2)))


def examples_of(sample: Sample, x: Array | None = None) -> Examples:
    """As folds and simple models take them."""
    size = len(sample)
    return Examples(
        split=sample.split, name=sample.name, rows=sample.rows, inside=np.arange(size),
        x=np.zeros((size, 1), np.float32) if x is None else x, y=target_of(sample), texts=sample.texts,
        groups=None if sample.groups is None else sample.groups.astype(str), times=sample.times,
    )  # fmt: skip


def _divided(sample: Sample, task: Task, seed: int) -> tuple[Array, Array]:
    pairs = folds_of(examples_of(sample), task, TEST_PARTS, seed).pairs
    if not pairs:
        raise UsageError("No test set can be set aside: each group or time stands alone. Give one with --test.")
    return pairs[-1]


def labelled(sample: Sample) -> Array:
    """Positions of the examples that have a label."""
    values = target_of(sample)
    return np.flatnonzero(values >= 0 if values.ndim == 1 else np.isfinite(values).all(axis=1))


def take(sample: Sample, rows: Array) -> Sample:
    """Some examples of a sample."""
    target = sample.target
    assert target is not None
    return replace(
        sample, rows=sample.rows[rows], whole=False, facts={}, read_again=None, second=None, by_epoch=(),
        columns=tuple(replace(column, values=column.values[rows]) for column in sample.columns),
        images=None if sample.images is None else _images(sample.images, rows),
        texts=None if sample.texts is None else tuple(sample.texts[at] for at in rows),
        tokens=None if sample.tokens is None else sample.tokens[rows],
        target=replace(
            target, codes=None if target.codes is None else target.codes[rows],
            values=None if target.values is None else target.values[rows],
            as_given=None if target.as_given is None else target.as_given[rows],
        ),
        groups=None if sample.groups is None else sample.groups[rows],
        times=None if sample.times is None else sample.times[rows],
        names=None if sample.names is None else tuple(sample.names[at] for at in rows),
    )  # fmt: skip


def _images(images: Images, rows: Array) -> Images:
    small = images.small
    return replace(
        images, count=len(rows), load=lambda at: images.load(int(rows[at])), cache={},
        paths=None if images.paths is None else tuple(images.paths[at] for at in rows),
        small=None if small is None else lambda at, side: small(int(rows[at]), side),
    )  # fmt: skip
