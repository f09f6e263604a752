"""Labels as they are written, and what they mean in each split."""

from __future__ import annotations

from collections.abc import Iterator

from unstuck.analysis.data.label_encoding import label_encoding, split_classes
from unstuck.analysis.data.labelled import Labelled, labelled
from unstuck.analysis.data.next_token import is_next_token
from unstuck.analysis.data.permuted_classes import exchanged_classes
from unstuck.analysis.data.sample import DataSet
from unstuck.analysis.data.tags import exchanged, tags_of
from unstuck.core.outcome import TooLittle
from unstuck.record.events.data.base import DataEvent
from unstuck.record.events.data.labels import LabelEncoding, LabelIssue, LabelProblem
from unstuck.record.events.data.splits import NotMeasured

TITLE = "reading labels"
MEASURES: tuple[type[DataEvent], ...] = (LabelEncoding, LabelProblem)


def measure(dataset: DataSet) -> Iterator[DataEvent]:
    """The encoding within each split, then of each held-out split compared with training."""
    next_token = is_next_token(dataset.train)
    for sample in dataset.samples:
        try:
            found = label_encoding(sample)
            if next_token:  # a token that is never a label, or stands in one split only, is no fault
                yield from (event for event in found if isinstance(event, LabelEncoding))
                continue
            yield from found
            if sample is not dataset.train:
                yield from split_classes(dataset.train, sample)
        except TooLittle as reason:
            yield NotMeasured(split=sample.split, what=LabelEncoding.kind, why=str(reason))
    if next_token:
        return
    parts = labelled(dataset)
    for one, sample in zip(parts[1:], dataset.held_out, strict=True):
        if isinstance(one, Labelled) and isinstance(parts[0], Labelled):
            yield from _exchanged(parts[0], one, sample.split)
    if isinstance(parts[0], Labelled) and parts[0].tags:
        yield from _exchanged_tags(dataset)


def _exchanged_tags(dataset: DataSet) -> Iterator[DataEvent]:
    try:
        tags = tags_of(dataset)
    except TooLittle:
        return
    for one in tags.held_out:
        found = exchanged(tags, one)
        if found is not None:
            names = tags.train.classes
            yield LabelProblem(
                split=dataset.samples[one.number].split, other=0, issue=LabelIssue.PERMUTED,
                agreement=found.agreement, agreement_after=found.agreement_after, concerned=found.concerned,
                labels=tuple(names[tag] for pair in found.pairs for tag in pair),
            )  # fmt: skip


def _exchanged(train: Labelled, held_out: Labelled, split: int) -> Iterator[DataEvent]:
    if train.codes is None or held_out.codes is None:
        return
    number = max(len(train.classes), len(held_out.classes))
    found = exchanged_classes(train.standardised, train.codes, held_out.standardised, held_out.codes, number)
    if found is not None:
        given = {one for one, _ in found.pairs}
        yield LabelProblem(
            split=split, other=0, issue=LabelIssue.PERMUTED, agreement=found.agreement,
            labels=tuple(held_out.classes[code] for pair in found.pairs for code in pair),
            agreement_after=found.agreement_after, concerned=sum(int((held_out.codes == one).sum()) for one in given),
        )  # fmt: skip


measure_run = measure
