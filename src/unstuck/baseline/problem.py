"""A data set as simple models need it: matrices, targets, and which rows may be used together.

Shapes: *n* examples with a label, *d* features, *k* target columns.
"""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np

from unstuck.analysis.data.features import Features, features
from unstuck.analysis.data.sample import Array, DataSet, Sample
from unstuck.core.data_types import Form, Task
from unstuck.core.errors import UsageError

LEAST_ROWS = 10
MOST_CELLS = 5_000_000
"""rows × features of the training data"""


@dataclass(frozen=True, eq=False, kw_only=True)
class Examples:
    """The examples of one split that are used."""

    split: int
    name: str
    rows: Array  # (n,) positions in the split
    inside: Array  # (n,) positions in the sample
    x: Array  # (n, d) float32
    y: Array  # (n,) codes, or (n, k) numbers
    texts: tuple[str, ...] | None = None
    groups: Array | None = None
    times: Array | None = None
    num_left_out: int = 0
    """examples with a label that were not drawn"""

    def __len__(self) -> int:
        return len(self.rows)


@dataclass(frozen=True, eq=False, kw_only=True)
class Problem:
    """What is to be predicted from what."""

    task: Task
    form: Form
    classes: tuple[str, ...]
    train: Examples
    held_out: tuple[Examples, ...] = ()
    standardise: bool = True
    """for neighbours: standardised features predict better than raw ones"""
    notes: tuple[str, ...] = field(default=())

    @property
    def shares(self) -> tuple[float, ...]:
        """Of the classes that occur in the training data."""
        if not self.task.has_classes:
            return ()
        counts = np.bincount(self.train.y, minlength=len(self.classes))
        return tuple(float(share) for share in counts[counts > 0] / counts.sum())

    @property
    def rarer(self) -> int:
        """The code of the rarest class; 1 where the task has no classes."""
        if not self.task.has_classes:
            return 1
        counts = np.bincount(self.train.y, minlength=len(self.classes))
        return int(np.argmin(np.where(counts > 0, counts, len(self.train) + 1)))


def problem_of(dataset: DataSet, rows: int, seed: int) -> Problem:
    """The data set with its unlabelled and unreadable examples left out, cut down to what simple models can take.

    Raises:
        UsageError: there is no target, or too little that has one.
    """
    target = dataset.train.target
    if target is None or target.task in (Task.NONE, Task.SEQUENCE):
        raise UsageError(
            "A baseline needs a target for each example: name its column with --target, or give `y`. "
            f"The task here is {'none' if target is None else target.task}."
        )
    encoded = features(dataset)
    width = max(1, encoded[0].values.shape[1])
    most = max(LEAST_ROWS, min(rows, MOST_CELLS // width))
    random = np.random.default_rng(seed)
    splits = [
        _examples(sample, made, most, random) for sample, made in zip(dataset.samples, encoded, strict=True)
    ]
    train, held_out = splits[0], tuple(split for split in splits[1:] if len(split))
    if len(train) < LEAST_ROWS:
        raise UsageError(f"A baseline needs at least {LEAST_ROWS} examples with a label. Got {len(train)}.")
    if target.task.has_classes and len(np.unique(train.y)) < 2:
        raise UsageError(f"All labels are {target.classes[int(train.y[0])]}: there is nothing to predict.")
    if width == 1 and encoded[0].values.shape[1] == 0 and train.texts is None:
        raise UsageError("No column can be used as a feature: all are texts or identifiers, or the target itself.")
    notes = tuple(
        f"of {split.name} {len(split):,} of {len(split) + split.num_left_out:,} examples were drawn at random"
        for split in splits if split.num_left_out
    )  # fmt: skip
    return Problem(
        task=target.task, form=dataset.train.form, classes=target.classes, train=train, held_out=held_out,
        standardise=_standardise(train, target.task, seed), notes=notes,
    )  # fmt: skip


def _examples(sample: Sample, made: Features, most: int, random: np.random.Generator) -> Examples:
    target = sample.target
    y: Array
    usable: Array
    if target is None:
        usable, y = np.array([], dtype=np.int64), np.zeros(0)
    elif target.codes is not None:
        y, usable = target.codes, np.flatnonzero((target.codes >= 0) & made.usable)
    else:
        y = np.asarray(target.values, dtype=np.float64).reshape(len(sample), -1)
        usable = np.flatnonzero(np.isfinite(y).all(axis=1) & made.usable)
    chosen = usable if len(usable) <= most else np.sort(random.choice(usable, most, replace=False))
    texts = None if sample.texts is None else tuple(sample.texts[at] for at in chosen)
    return Examples(
        split=sample.split, name=sample.name, rows=sample.rows[chosen], inside=chosen, x=made.values[chosen],
        y=y[chosen], texts=texts, groups=None if sample.groups is None else sample.groups[chosen].astype(str),
        times=None if sample.times is None else sample.times[chosen], num_left_out=len(usable) - len(chosen),
    )  # fmt: skip


def _standardise(train: Examples, task: Task, seed: int) -> bool:
    """Whether the nearest other example agrees more often on standardised features."""
    from sklearn.neighbors import NearestNeighbors

    rows = np.arange(len(train))
    if len(rows) > 2000:
        rows = np.random.default_rng(seed).choice(rows, 2000, replace=False)
    x, y = train.x[rows], train.y[rows]
    spread = x.std(axis=0)
    agreement = []
    for values in (x, x / np.where(spread > 0, spread, 1)):
        nearest = NearestNeighbors(n_neighbors=1, algorithm="brute").fit(values).kneighbors(return_distance=False)[:, 0]
        if task.has_classes:
            agreement.append(float(np.mean(y[nearest] == y)))
        else:
            agreement.append(-float(np.mean(((y[nearest] - y) / (y.std(axis=0) + 1e-30)) ** 2)))
    return agreement[1] >= agreement[0]
