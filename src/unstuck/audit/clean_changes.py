"""What the findings of an audit advise to change, row by row."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from enum import StrEnum
from types import MappingProxyType
from typing import TYPE_CHECKING

from unstuck.analysis.data.view import DatasetView, datasets
from unstuck.core.subject import SubjectKind
from unstuck.record.events.data.copies import Duplicates, Sameness, SharedExamples
from unstuck.record.events.data.images import BrokenExamples, Problem
from unstuck.record.events.data.labels import ConfusedClasses, LabelNoise
from unstuck.record.events.data.values import MissingFacts

if TYPE_CHECKING:
    from unstuck.core.diagnosis import Diagnosis
    from unstuck.core.finding import Finding
    from unstuck.record.reader import Record


class Action(StrEnum):
    """What to do with a row."""

    DROP = "drop"
    RELABEL = "relabel"
    BLANK = "blank"
    """a value that stands for a missing one is made empty, in every row"""
    REVIEW = "review"
    """a person must decide; nothing is changed in a copy"""


@dataclass(frozen=True, slots=True, kw_only=True)
class CleanChange:
    """One change; the fields are the columns of the list."""

    split: str
    row: int | None
    """position in the split, from 0; None: every row"""
    name: str = ""
    """path or key of the example"""
    code: str
    """rule that found it"""
    action: Action
    column: str = ""
    before: str = ""
    after: str = ""
    reason: str = ""
    split_id: int = 0


Maker = Callable[[DatasetView, "Finding"], Iterator[CleanChange]]


def changes_of(record: Record, diagnosis: Diagnosis) -> tuple[CleanChange, ...]:
    """The changes that the findings advise, each row and action once: a row that is dropped is not relabelled."""
    views = {view.split.id: view for view in datasets(record)}
    found: dict[tuple[object, ...], CleanChange] = {}
    for ranked in sorted(diagnosis.findings, key=lambda one: one.rank):
        finding = ranked.finding
        maker, view = MAKERS.get(finding.code), views.get(finding.subject.number)
        if maker is None or view is None or finding.subject.kind is not SubjectKind.DATASET:
            continue
        for change in maker(view, finding):
            found.setdefault((change.split_id, change.row, change.column, change.action), change)
    dropped = {(change.split_id, change.row) for change in found.values() if change.action is Action.DROP}
    kept = [
        change for change in found.values()
        if change.action is Action.DROP or (change.split_id, change.row) not in dropped
    ]  # fmt: skip
    return tuple(sorted(kept, key=lambda one: (one.split_id, -1 if one.row is None else one.row, one.column)))


def _rows(view: DatasetView, finding: Finding, action: Action) -> Iterator[CleanChange]:
    """All examples of the finding."""
    if finding.examples is None:
        return
    names = finding.examples.names or ("",) * len(finding.examples.indices)
    for row, name in zip(finding.examples.indices, names, strict=True):
        yield CleanChange(
            split=view.split.name, split_id=view.split.id, row=int(row), name=name, code=finding.code, action=action,
            reason=finding.message,
        )  # fmt: skip


def _mislabelled(view: DatasetView, finding: Finding) -> Iterator[CleanChange]:
    """The class that models predict; which labels are wrong is suspected, so look at them first."""
    likely: dict[int, str] = {}
    for pair in view.of(ConfusedClasses):
        likely |= dict.fromkeys(pair.rows, pair.likely)
    for event in view.of(LabelNoise):
        likely |= dict(zip(event.rows, event.likely, strict=True))
    for change in _rows(view, finding, Action.RELABEL):
        label = likely.get(change.row if change.row is not None else -1)
        yield replace(change, after=label or "", action=Action.RELABEL if label else Action.REVIEW)


def _conflicting(view: DatasetView, finding: Finding) -> Iterator[CleanChange]:
    """Which of the labels is right, a person must say."""
    yield from _rows(view, finding, Action.REVIEW)


def _broken(view: DatasetView, finding: Finding) -> Iterator[CleanChange]:
    """What holds nothing is dropped; whether a dark or blurred image is of use, a person must say."""
    event = view.one(BrokenExamples)
    problems = {} if event is None else dict(zip(event.rows, event.problems, strict=True))
    for change in _rows(view, finding, Action.DROP):
        problem = problems.get(change.row if change.row is not None else -1)
        hopeless = problem in HOPELESS
        yield replace(
            change, action=Action.DROP if hopeless else Action.REVIEW, reason=str(problem or finding.message)
        )


def _sentinels(view: DatasetView, finding: Finding) -> Iterator[CleanChange]:
    """A value that stands for a missing one is made empty wherever the column has it."""
    for event in view.of(MissingFacts):
        if event.name == finding.place.column and event.sentinel is not None:
            yield CleanChange(
                split=view.split.name, split_id=view.split.id, row=None, code=finding.code, action=Action.BLANK,
                column=event.name, before=event.sentinel, reason=f"stands for a missing value {event.sentinel_count} ×",
            )  # fmt: skip


def _copies(view: DatasetView, finding: Finding) -> Iterator[CleanChange]:
    """Exact copies of an earlier row are dropped; near ones may be what they are."""
    for event in (event for event in view.of(Duplicates) if _is_about(finding, event.rows)):
        exact = event.sameness is Sameness.EXACT
        for row, other in zip(event.rows, event.other_rows, strict=True):
            yield CleanChange(
                split=view.split.name, split_id=view.split.id, row=row, name=view.names.get(row, ""),
                code=finding.code, action=Action.DROP if exact else Action.REVIEW,
                reason=f"{event.sameness} copy of row {other}",
            )  # fmt: skip


def _leaked(view: DatasetView, finding: Finding) -> Iterator[CleanChange]:
    """The copy in the training split is dropped: so held-out data stays as it was."""
    for event in (event for event in view.of(SharedExamples) if _is_about(finding, event.rows)):
        if event.sameness in (Sameness.SHIFTED, Sameness.OF_ONE_OBJECT):
            continue  # no row is at fault: windows, or objects, have to be dealt out anew
        other = view.splits[event.other]
        for row, copy in zip(event.rows, event.other_rows, strict=True):
            yield CleanChange(
                split=other.name, split_id=other.id, row=copy, code=finding.code, action=Action.DROP,
                reason=f"{event.sameness} copy of row {row} of {view.split.name}",
            )  # fmt: skip


def _is_about(finding: Finding, rows: tuple[int, ...]) -> bool:
    return finding.examples is not None and finding.examples.indices == rows


HOPELESS = (
    Problem.UNREADABLE, Problem.TRUNCATED, Problem.ABSENT, Problem.NOT_FINITE, Problem.ZERO, Problem.MISSING,
    Problem.EMPTY, Problem.CONSTANT,
)  # fmt: skip
MAKERS: Mapping[str, Maker] = MappingProxyType(
    {"DAT103": _mislabelled, "DAT104": _conflicting, "DAT105": _copies, "DAT106": _broken,
     "DAT107": _sentinels, "SPL101": _leaked}
)
"""what makes changes of a finding, by its code; a rule that is not here advises nothing that can be written"""
