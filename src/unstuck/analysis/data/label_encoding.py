"""Labels as they are written: their type, spellings of one class, gaps in class numbers, classes of one split only."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence

import numpy as np

from unstuck.analysis.data.sample import Array, Sample, Target
from unstuck.core.outcome import TooLittle
from unstuck.record.events.data.base import MOST_ROWS
from unstuck.record.events.data.labels import LabelEncoding, LabelIssue, LabelProblem

MOST_LABELS = 20
MOSTLY_ONE = 0.9
"""share of rows with one 1 above which 0-1 targets are meant to be one-hot, if some rows have none"""
NEARLY_ONE = 0.98
"""the same if no row is without a 1: an example may have two labels"""
MARKERS = frozenset({88, 97, 98, 99, 255, 888, 998, 999, 9999, 65535, 99999, 999999})
"""numbers that often stand for a missing label"""


def written_labels(target: Target) -> Array:
    """(n,) The label of each example as it is written, blanks included; None where it is missing.

    Raises:
        TooLittle: the target is not a class.
    """
    if target.codes is None:
        raise TooLittle("a target with classes")
    names = np.array([*target.classes, None], dtype=object)
    found = names[np.where(target.codes < 0, len(target.classes), target.codes)]
    given = target.as_given
    if given is not None and given.ndim == 1 and given.dtype.kind in "OU":
        for at in np.flatnonzero(target.codes >= 0):
            if isinstance(given[at], str):
                found[at] = str(given[at])
    return found


def label_encoding(sample: Sample) -> Iterator[LabelEncoding | LabelProblem]:
    """What the labels of one split are, and what is unusual about them.

    Raises:
        TooLittle: there are no labels, or they are not classes.
    """
    target = sample.target
    if target is None:
        raise TooLittle("a target")
    if target.codes is None:
        yield from _one_hot(sample, target)
        return
    counts = Counter(label for label in written_labels(target) if label is not None)
    dtype = _dtype(target.as_given)
    yield LabelEncoding(
        split=sample.split, dtype=dtype, number=len(counts), labels=tuple(sorted(counts)[:MOST_LABELS])
    )
    yield from _variants(sample, target, counts)
    yield from _numbers(sample, target, counts, dtype)


def _dtype(given: Array | None) -> str:
    if given is None:
        return "text"
    if given.ndim == 2 and given.shape[1] > 1:
        return "one-hot"
    return {"b": "boolean", "i": "integer", "u": "integer", "f": "float"}.get(given.dtype.kind, "text")


def _one_hot(sample: Sample, target: Target) -> Iterator[LabelEncoding | LabelProblem]:
    values = target.values
    if values is None or values.shape[1] < 3 or not np.isin(values, (0.0, 1.0)).all():
        raise TooLittle("a target with classes")
    yield LabelEncoding(
        split=sample.split, dtype="one-hot", number=values.shape[1], labels=target.classes[:MOST_LABELS]
    )
    sums = values.sum(axis=1)
    wrong = np.nonzero(sums != 1)[0]
    enough = MOSTLY_ONE if (sums == 0).any() else NEARLY_ONE
    if len(wrong) and 1 - len(wrong) / len(sums) >= enough:
        yield LabelProblem(
            split=sample.split, issue=LabelIssue.NOT_ONE_HOT, concerned=len(wrong),
            labels=tuple(str(int(one)) for one in np.unique(sums[wrong])[:MOST_LABELS]),
            rows=tuple(int(row) for row in sample.rows[wrong[:MOST_ROWS]]),
        )  # fmt: skip


def plain(label: str) -> str:
    """A label without blanks at its ends, capitals, a dot at the end, and decimals of a whole number."""
    text = " ".join(label.split())
    number = re.fullmatch(r"([+-]?\d+)(\.0*)?", text)
    if number:
        return str(int(number[1]))
    text = text.rstrip(".") or text
    return text.casefold() if len(text) > 1 else text


def _variants(sample: Sample, target: Target, counts: Mapping[str, int]) -> Iterator[LabelProblem]:
    """Spellings of one class: each with the most frequent one."""
    spelled: dict[str, list[str]] = {}
    for label in sorted(counts, key=lambda one: (-counts[one], one)):
        spelled.setdefault(plain(label), []).append(label)
    pairs = [(other, same[0]) for same in spelled.values() for other in same[1:]]
    if pairs:
        rare = {other for other, _ in pairs}
        yield LabelProblem(
            split=sample.split, issue=LabelIssue.VARIANTS, labels=tuple(label for pair in pairs for label in pair),
            concerned=sum(counts[other] for other in rare), rows=rows_of(sample, target, rare),
        )  # fmt: skip


def rows_of(sample: Sample, target: Target, labels: set[str]) -> tuple[int, ...]:
    """Positions in the split of examples with one of these labels."""
    at = [at for at, label in enumerate(written_labels(target)) if label in labels]
    return tuple(int(row) for row in sample.rows[at[:MOST_ROWS]])


def one_class_each(codes: Array, classes: Sequence[str]) -> tuple[Array, tuple[str, ...]]:
    """The same labels with one class for all spellings of it, and none (-1) for a mark of missing labels.

    Args:
        codes: (n,) classes.
        classes: their names.
    """
    occurring = [classes[code] for code in np.unique(codes[codes >= 0])]
    mark = _marker(whole_numbers(occurring))
    same = {name: plain(name) for name in classes if mark is None or name != str(mark)}
    kinds = tuple(dict.fromkeys(same.values()))
    shown = {kind: next(name for name in classes if same.get(name) == kind) for kind in kinds}
    number = np.array([kinds.index(same[name]) if name in same else -1 for name in classes] + [-1])
    return number[codes], tuple(shown.values())


def _marker(numbers: list[int]) -> int | None:
    """The one number that stands outside all others, which follow each other from 0 or 1."""
    for candidate in (numbers[-1], numbers[0]) if numbers else ():
        rest = [one for one in numbers if one != candidate]
        regular = len(rest) > 1 and rest[0] in (0, 1) and rest[-1] - rest[0] + 1 == len(rest)
        if regular and (candidate < 0 or (candidate in MARKERS and candidate > 2 * rest[-1])):
            return candidate
    return None


def _numbers(sample: Sample, target: Target, counts: Mapping[str, int], dtype: str) -> Iterator[LabelProblem]:
    """Gaps between class numbers, numbers that do not begin at 0, floats."""
    numbers = whole_numbers(counts)
    if sample.split != 0 or len(numbers) < 2 or dtype == "text":
        return
    marker = _marker(numbers)
    if marker is not None:
        yield LabelProblem(
            split=0, issue=LabelIssue.MARKER, labels=(str(marker),), concerned=counts[str(marker)],
            rows=rows_of(sample, target, {str(marker)}),
        )
        numbers.remove(marker)
    low, high = numbers[0], numbers[-1]
    lacking = sorted(set(range(low, high + 1)) - set(numbers))
    if lacking and low in (0, 1) and len(lacking) <= max(1, len(numbers) // 5):
        yield LabelProblem(
            split=0, issue=LabelIssue.GAPS, labels=tuple(str(one) for one in lacking[:MOST_LABELS]),
            concerned=sum(counts[str(one)] for one in numbers if one > lacking[0]),
        )
    if low == 1 or low < 0:
        yield LabelProblem(
            split=0, issue=LabelIssue.NOT_FROM_ZERO, labels=(str(low), str(high)), concerned=sum(counts.values())
        )
    if dtype == "float":
        yield LabelProblem(
            split=0, issue=LabelIssue.FLOATS, labels=(str(low), str(high)), concerned=sum(counts.values())
        )


def whole_numbers(labels: Mapping[str, int] | Sequence[str]) -> list[int]:
    """The labels as ascending whole numbers; none if one of them is no such number."""
    if not all(re.fullmatch(r"-?\d{1,9}", label) for label in labels):
        return []
    return sorted(int(label) for label in labels)


def split_classes(train: Sample, sample: Sample) -> Iterator[LabelProblem]:
    """Classes that only one of two splits has; other spellings of a class of the training split."""
    if train.target is None or sample.target is None:
        raise TooLittle("a target")
    there = Counter(label for label in written_labels(train.target) if label is not None)
    here = Counter(label for label in written_labels(sample.target) if label is not None)
    known = {plain(label): label for label in there}
    if not here or not there:
        raise TooLittle("examples with a label")
    variants = {label: known[plain(label)] for label in sorted(here) if label not in there and plain(label) in known}
    if variants:
        yield LabelProblem(
            split=sample.split, other=train.split, issue=LabelIssue.VARIANTS,
            labels=tuple(one for pair in variants.items() for one in pair),
            concerned=sum(here[label] for label in variants), rows=rows_of(sample, sample.target, set(variants)),
        )  # fmt: skip
    n_there, n_here = sum(there.values()), sum(here.values())
    unseen = sorted((label for label in here if plain(label) not in known), key=lambda one: (-here[one], one))
    if unseen:
        yield LabelProblem(
            split=sample.split, other=train.split, issue=LabelIssue.UNSEEN, labels=tuple(unseen[:MOST_LABELS]),
            concerned=sum(here[label] for label in unseen), rows=rows_of(sample, sample.target, set(unseen)),
            chance=min(1.0, sum((n_here / (n_here + n_there)) ** here[label] for label in unseen)),
        )  # fmt: skip
    if sum(here[label] for label in unseen) == n_here:
        return  # other names for all classes
    present = {plain(label) for label in here}
    absent = sorted(
        (label for label in there if plain(label) not in present and there[label] * n_here >= 10 * n_there),
        key=lambda one: (-there[one], one),
    )
    if absent:
        yield LabelProblem(
            split=sample.split, other=train.split, issue=LabelIssue.ABSENT, labels=tuple(absent[:MOST_LABELS]),
            concerned=sum(there[label] for label in absent),
            chance=min(1.0, sum((n_there / (n_here + n_there)) ** there[label] for label in absent)),
        )  # fmt: skip
