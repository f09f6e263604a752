"""The half of DAT114 that looks at a data set: labels as they are written, in each split and across them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import NamedTuple

from unstuck.analysis.data.view import DatasetView
from unstuck.core import words
from unstuck.core.finding import Applicability, Confidence, Evidence, Examples, Remedy, Severity
from unstuck.record.events.data.labels import LabelIssue, LabelProblem

SHOWN = 4
"""labels in a message"""


class Said(NamedTuple):
    """What is said about one problem of the labels."""

    severity: Severity
    message: str
    confidence: Confidence
    evidence: tuple[Evidence, ...]
    remedies: tuple[Remedy, ...]
    label: str | None
    examples: Examples | None


def problems(view: DatasetView, by_chance: float, agreement: float) -> Iterator[Said]:
    """What is wrong with the labels of a split, the worst first.

    Args:
        view: the split.
        by_chance: probability in a random split, below which a class in one split only is a fault.
        agreement: share of the examples of exchanged classes that models must give the other class.
    """
    found = [
        problem for problem in view.of(LabelProblem)
        if problem.issue is not LabelIssue.PERMUTED or (problem.agreement_after or 0.0) >= agreement
    ]  # fmt: skip
    exchanged = any(problem.issue is LabelIssue.PERMUTED for problem in found)
    said = [
        _said(view, problem, by_chance)
        for problem in found
        if not (exchanged and problem.issue in (LabelIssue.UNSEEN, LabelIssue.ABSENT))
    ]
    yield from sorted(said, key=lambda one: one.severity.weight)


def _said(view: DatasetView, problem: LabelProblem, by_chance: float) -> Said:
    total = (view.split.looked_at or view.split.rows) if problem.issue is not LabelIssue.ABSENT else 0
    severity, confidence = _SEVERITIES[problem.issue], Confidence.MEASURED
    if problem.chance is not None and problem.chance > by_chance:
        severity, confidence = Severity.INFO, Confidence.SUSPECTED
    share = problem.concerned / total if total else 0.0
    evidence = [Evidence(key="concerned", label="examples concerned", value=float(problem.concerned), unit="examples")]
    if problem.chance is not None:
        evidence.append(Evidence(key="chance", label="probability in a random split", value=problem.chance,
                                 threshold=by_chance))  # fmt: skip
    if problem.agreement is not None and problem.agreement_after is not None:
        evidence += [
            Evidence(key="agreement", label="examples that get the class as given", value=problem.agreement,
                     unit="share of the examples"),
            Evidence(key="agreement_after", label="examples that get the exchanged class",
                     value=problem.agreement_after, unit="share of the examples"),
        ]  # fmt: skip
    examples = None
    if problem.rows:
        examples = view.examples(problem.rows, problem.concerned)
    elif total:
        examples = Examples(of="examples", count=problem.concerned, share=share)
    message = _message(view, problem, total)
    return Said(severity, message, confidence, tuple(evidence), (_REMEDIES[problem.issue],),
                problem.labels[0] if len(problem.labels) == 1 else None, examples)  # fmt: skip


def _message(view: DatasetView, problem: LabelProblem, total: int) -> str:
    labels, count = problem.labels, words.number(problem.concerned)
    train = view.splits[problem.other].name if problem.other is not None else "train"
    match problem.issue:
        case LabelIssue.VARIANTS:
            pairs = _pairs(labels, "{0!r} stands for {1!r}")
            return f"{count} of {total} labels are other spellings of a class: {pairs}"
        case LabelIssue.NOT_ONE_HOT:
            return (
                f"{count} of {total} rows of a one-hot target do not hold exactly one 1: their sums are "
                f"{', '.join(labels)}"
            )
        case LabelIssue.PERMUTED:
            before, after = words.share(problem.agreement or 0.0), words.share(problem.agreement_after or 0.0)
            return (
                f"classes of {view.split.name} are encoded unlike those of {train}: {_pairs(labels, '{0} is {1}')}. "
                f"Neighbours in {train} agree with {before} of these {count} labels as they are, and with {after} "
                "after the exchange"
            )
        case LabelIssue.UNSEEN:
            return (
                f"{count} of {total} labels of {view.split.name} belong to classes that {train} does not have: "
                f"{_some(labels)}"
            )
        case LabelIssue.ABSENT:
            return f"{view.split.name} has no example of {_some(labels)}, of which {train} has {count}"
        case LabelIssue.GAPS:
            verb = "occurs" if len(labels) == 1 else "occur"
            return f"class numbers have gaps: {_some(labels)} never {verb}, and {count} of {total} labels lie above"
        case LabelIssue.MARKER:
            return f"{count} of {total} labels are {labels[0]}, far from all others: a mark for missing labels"
        case LabelIssue.NOT_FROM_ZERO:
            return f"{count} class numbers begin at {labels[0]} and end at {labels[1]}: cross-entropy counts from 0"
        case LabelIssue.FLOATS:
            return f"the class numbers {labels[0]} to {labels[1]} are stored as floats ({count} labels)"


def _pairs(labels: tuple[str, ...], form: str) -> str:
    pairs = list(zip(labels[::2], labels[1::2], strict=False))
    text = ", ".join(form.format(*pair) for pair in pairs[:SHOWN])
    return text + (f", and {len(pairs) - SHOWN} more" if len(pairs) > SHOWN else "")


def _some(labels: tuple[str, ...]) -> str:
    text = ", ".join(labels[:SHOWN])
    return ("class " if len(labels) == 1 else "classes ") + text + (
        f" and {len(labels) - SHOWN} more" if len(labels) > SHOWN else ""
    )


_SEVERITIES: Mapping[LabelIssue, Severity] = {
    LabelIssue.VARIANTS: Severity.ERROR,
    LabelIssue.NOT_ONE_HOT: Severity.ERROR,
    LabelIssue.PERMUTED: Severity.ERROR,
    LabelIssue.UNSEEN: Severity.ERROR,
    LabelIssue.ABSENT: Severity.WARNING,
    LabelIssue.GAPS: Severity.WARNING,
    LabelIssue.MARKER: Severity.WARNING,
    LabelIssue.NOT_FROM_ZERO: Severity.INFO,
    LabelIssue.FLOATS: Severity.INFO,
}


def _manual(name: str, text: str, code: str) -> Remedy:
    return Remedy(name=name, text=text, applicability=Applicability.MANUAL, code=code)


_REMEDIES: Mapping[LabelIssue, Remedy] = {
    LabelIssue.VARIANTS: _manual(
        "one-spelling", "Write each class in one way, in every split.",
        'y = y.str.strip().str.rstrip(".").str.lower()',
    ),
    LabelIssue.NOT_ONE_HOT: _manual(
        "check-one-hot", "Look at these rows: drop them, or use a binary loss for each class if classes do not exclude "
        "each other.", "rows = y[y.sum(1) != 1]",
    ),
    LabelIssue.PERMUTED: _manual(
        "same-encoder", "Encode the labels of all splits with the one encoder that was fitted on training.",
        "encoder = LabelEncoder().fit(y_train)\ny_test = encoder.transform(y_test_names)",
    ),
    LabelIssue.UNSEEN: _manual(
        "same-classes", "Split so that every class stands in training, or map the labels of both splits alike.",
        "train, test = train_test_split(frame, stratify=frame[target])",
    ),
    LabelIssue.ABSENT: _manual(
        "stratify", "Split at random, or stratified by class.",
        "train, test = train_test_split(frame, stratify=frame[target])",
    ),
    LabelIssue.GAPS: _manual(
        "renumber-labels", "Number the classes 0, 1, 2 … without gaps.",
        "classes, y = numpy.unique(y, return_inverse=True)",
    ),
    LabelIssue.MARKER: _manual(
        "drop-unlabelled", "Drop the examples without a label, or leave them out of the loss.",
        "loss = F.cross_entropy(logits, y, ignore_index=255)",
    ),
    LabelIssue.NOT_FROM_ZERO: _manual("number-labels-from-zero", "Number the classes from 0.",
                                      "classes, y = numpy.unique(y, return_inverse=True)"),
    LabelIssue.FLOATS: _manual("label-type", "Use integers as labels of cross-entropy.", "y = y.astype(int)"),
}  # fmt: skip
