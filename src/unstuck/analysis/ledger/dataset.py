"""What passed, as the data set that facts are worked out from.

Shapes: *n* examples.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from unstuck.analysis.data.sample import Column, DataSet, Sample, Target
from unstuck.analysis.ledger.epochs import by_epoch
from unstuck.analysis.ledger.forms import Shaped, as_images, laid_out, shaped, table
from unstuck.analysis.ledger.passed import Passed
from unstuck.analysis.ledger.splits import Splits
from unstuck.analysis.ledger.targets import targets_of
from unstuck.analysis.ledger.visits import turns
from unstuck.core.data_types import ColumnType, Form, Task
from unstuck.core.outcome import TooLittle
from unstuck.record.events.data.splits import Split

Array = np.ndarray[Any, Any]

MOST_NUMBERS = 10_000_000
"""of all inputs of a split: 3,000 colour images of 32 × 32 pixels"""
MOST_EXAMPLES = 8_000
"""of a split; of more a random part is examined, with what stands in other splits as well: comparisons of all pairs
cost 2 to 5 seconds of a CPU core"""
LEAST = 5
"""examples of a held-out split"""
NEARLY_ALL = 0.98
DIFFERING_KEYS = 0.05
"""share of the examples that came back with another input, from which on a random transform is at work"""


@dataclass(frozen=True, eq=False, kw_only=True)
class Part:
    """One split: what passed, and those of its examples that are examined."""

    passed: Passed
    at: Array  # (n,) numbers of the examples
    sample: Sample
    split: Split


@dataclass(frozen=True, eq=False, kw_only=True)
class Examined:
    """The data of a training."""

    dataset: DataSet
    parts: tuple[Part, ...]

    @property
    def train(self) -> Part:
        """The training data."""
        return self.parts[0]


def examined(splits: Splits) -> Examined:
    """The data set of a training.

    Raises:
        TooLittle: of the training examples no inputs are known.
    """
    if not splits.train.has_label.any():
        raise TooLittle("labels of the training examples")
    all_passed = [splits.train, *splits.held_out]
    kept: list[tuple[Passed, str, Array, Shaped]] = []
    for number, (one, name) in enumerate(zip(all_passed, splits.names, strict=True)):
        at = _chosen(one, [other for other in all_passed if other is not one])
        if one.inputs is None or not len(at):
            if number:
                continue
            raise TooLittle("inputs of the training examples")
        form = shaped(one.inputs[at])
        if number and (len(at) < LEAST or not _comparable(kept[0][3], form)):
            continue
        kept.append((one, name, at, form))
    kept = _same_form(kept)
    targets = targets_of(
        [None if one.labels is None else one.labels[at] for one, _, at, _ in kept],
        [one.has_label[at] for one, _, at, _ in kept], splits.train.function,
    )  # fmt: skip
    parts = tuple(
        _part(number, splits, one, target) for number, (one, target) in enumerate(zip(kept, targets, strict=True))
    )
    return Examined(dataset=DataSet(samples=tuple(part.sample for part in parts)), parts=parts)


def _chosen(one: Passed, others: Sequence[Passed]) -> Array:
    """Numbers of the examples that are examined: with an input; of too many a random part, and what others hold too."""
    at = np.flatnonzero(one.has_input)
    if one.inputs is None or not len(at):
        return at
    most = max(LEAST, min(MOST_EXAMPLES, MOST_NUMBERS // max(1, int(np.prod(one.inputs.shape[1:])))))
    if len(at) <= most:
        return at
    drawn = np.random.default_rng(0).choice(at, most, replace=False)
    return np.union1d(drawn, np.intersect1d(at, _shared(one, others))[:most])


def _shared(one: Passed, others: Sequence[Passed]) -> Array:
    """Numbers of the examples whose content another split holds as well."""
    keys = [other.visits.key[other.visits.keyed] for other in others]
    known = np.unique(np.concatenate(keys)) if keys else np.zeros(0, np.int64)
    return np.unique(one.example[one.visits.keyed & np.isin(one.visits.key, known)])


def _comparable(train: Shaped, other: Shaped) -> bool:
    alike = train.form is other.form and train.shape == other.shape and train.names == other.names
    return alike or {train.form, other.form} == {Form.IMAGE, Form.TABLE}


def _same_form(kept: Sequence[tuple[Passed, str, Array, Shaped]]) -> list[tuple[Passed, str, Array, Shaped]]:
    """Rows that look like flattened images in one split only are rows in all.

    A random transform may hide that training examples are images: then they are what held-out data is.
    """
    if len({form.form for *_, form in kept}) == 1:
        return list(kept)
    shown = next((form for *_, form in kept if form.pixels is not None), None)
    if shown is not None and kept[0][3].form is Form.TABLE and augmented(kept[0][0]):
        return [
            (one, name, at, form if form.pixels is not None or one.inputs is None else laid_out(one.inputs[at], shown))
            for one, name, at, form in kept
        ]
    found = []
    for one, name, at, form in kept:
        assert one.inputs is not None
        if form.form is Form.IMAGE and one.inputs.ndim == 2:
            form = table(one.inputs[at])
        found.append((one, name, at, form))
    first = found[0][3]
    return [one for one in found if one[3].form is first.form and one[3].names == first.names]


def _part(
    number: int, splits: Splits, kept: tuple[Passed, str, Array, Shaped], target: Target | None
) -> Part:
    one, name, at, form = kept
    total = _total(one, splits)
    whole = len(at) == total and bool((one.rows[at] == np.arange(total)).all())
    sample = Sample(
        split=number, name=name, form=form.form, rows=one.rows[at], columns=_columns(form), tokens=form.tokens,
        images=None if form.pixels is None else as_images(form.pixels), target=target, whole=whole,
        target_images=_target_images(one, at, form), augmented=augmented(one), uneven=uneven(one, total),
        second=_second(number, one, name, at, form),
        by_epoch=() if number or target is None else by_epoch(one, target, at),
    )  # fmt: skip
    split = Split(
        id=number, name=name, source=one.source.name, rows=total, looked_at=None if len(at) == total else len(at),
        target=None if target is None else target.names[0], targets=() if target is None else target.names,
        task=Task.NONE if target is None else target.task, form=form.form, shape=form.shape,
        classes=() if target is None else target.classes, notes=tuple(_notes(one, splits)),
        training=splits.training, of_loader=one.source.what == "loader",
        file=one.source.file, line=one.source.line, located=one.located,
    )  # fmt: skip
    return Part(passed=one, at=at, sample=sample, split=split)


def _second(number: int, one: Passed, name: str, at: Array, form: Shaped) -> Sample | None:
    """The examples that are known of two visits, as they were at the second."""
    if one.second is None:
        return None
    examples, inputs = one.second
    there = np.isin(examples, at)
    order = np.argsort(examples[there], kind="stable")
    examples, inputs = examples[there][order], inputs[there][order]
    if form.matrix is not None:
        again = table(inputs.reshape(len(inputs), -1))._replace(names=form.names)
    elif form.pixels is not None and inputs.ndim == 2:
        again = laid_out(inputs, form)
    elif form.pixels is not None and len(inputs):
        again = shaped(inputs)
    else:
        return None
    return Sample(
        split=number, name=name, form=form.form, rows=one.rows[examples], columns=_columns(again),
        images=None if again.pixels is None else as_images(again.pixels),
    )  # fmt: skip


def _total(one: Passed, splits: Splits) -> int:
    """Examples of the split: of a source that several splits are taken from, those that were seen."""
    others = [
        other for other in (splits.train, *splits.held_out) if other is not one and other.source.id == one.source.id
    ]
    if one.size is None or others or not one.located or (len(one) and one.rows[-1] >= one.size):
        return len(one)
    return max(len(one), one.size)


def _columns(form: Shaped) -> tuple[Column, ...]:
    if form.matrix is None:
        return ()
    return tuple(
        Column(name=name, type=ColumnType.NUMBER, values=values)
        for name, values in zip(form.names, np.ascontiguousarray(form.matrix.T, dtype=np.float64), strict=True)
    )


def _target_images(one: Passed, at: Array, form: Shaped) -> Any:
    """Targets that are pictures, such as masks."""
    if form.pixels is None or one.labels is None or one.labels.ndim not in (3, 4) or not one.has_label[at].all():
        return None
    labels = one.labels[at]
    if labels.ndim == 4:
        if labels.shape[1] not in (1, 3):
            return None
        labels = np.moveaxis(labels, 1, -1)
    else:
        labels = labels[..., None]
    return as_images(labels.astype(np.float32)) if labels.shape[1:3] == form.pixels.shape[1:3] else None


def changed(one: Passed) -> tuple[Array, Array]:
    """Numbers of the examples that came back in another pass, and of those whose input was another one then."""
    visits = one.visits
    keyed = visits.keyed & (visits.row >= 0)
    if not one.located or not keyed.any():
        return np.zeros(0, np.int64), np.zeros(0, np.int64)
    example, key, turn = one.example[keyed], visits.key[keyed], visits.round[keyed]
    order = np.lexsort((turn, example))
    example, key, turn = example[order], key[order], turn[order]
    again = (example[1:] == example[:-1]) & (turn[1:] != turn[:-1])
    other = again & (key[1:] != key[:-1])
    return np.unique(example[1:][again]), np.unique(example[1:][other])


def augmented(one: Passed) -> bool:
    """Whether a random transform changes the inputs from one pass to the next."""
    back, other = changed(one)
    return bool(len(back)) and len(other) >= DIFFERING_KEYS * len(back)


def uneven(one: Passed, total: int) -> bool:
    """Whether examples were drawn with replacement, as a weighted sampler does, and not all of them were seen."""
    if not one.located or len(one) >= NEARLY_ALL * total:
        return False
    again = turns(one.visits.round, one.visits.row) > 0
    return bool(again.mean() >= DIFFERING_KEYS)


def _notes(one: Passed, splits: Splits) -> list[str]:
    notes = []
    if splits.number_of_trainings > 1:
        notes.append(f"of training {splits.training}, the longest of {splits.number_of_trainings}")
    if not one.located:
        notes.append("positions are in the order in which the examples were first seen")
    if one.relabelled:
        notes.append(f"{one.relabelled} examples had several labels; the last one counts")
    return notes
