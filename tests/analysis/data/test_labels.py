"""Balance, conflicts, encodings: facts about labels that are counted; each beside a slow, obvious count."""

from __future__ import annotations

import numpy as np
import pytest

from unstuck.analysis.data.class_balance import class_balance
from unstuck.analysis.data.conflicting_labels import conflicting_labels, conflicting_targets
from unstuck.analysis.data.label_encoding import label_encoding, one_class_each, plain, split_classes, written_labels
from unstuck.analysis.data.permuted_classes import exchanged_classes
from unstuck.analysis.data.sample import Sample, Target
from unstuck.core.data_types import Form, Task
from unstuck.core.outcome import TooLittle
from unstuck.record.events.data.labels import LabelEncoding, LabelIssue


def sample(labels, split=0, classes=None, **target):
    """A split with these labels, None where one is missing; classes as a source would name them."""
    given = np.asarray(labels, dtype=object if any(isinstance(one, str) or one is None for one in labels) else None)
    names = [None if one is None else str(int(one)) if isinstance(one, float) else str(one) for one in given.tolist()]
    known = classes or tuple(sorted({name for name in names if name is not None}))
    codes = np.array([known.index(name) if name in known else -1 for name in names], dtype=np.int64)
    task = Task.BINARY if len(known) == 2 else Task.MULTI_CLASS
    made = Target(names=("y",), task=task, classes=known, codes=codes, as_given=given, **target)
    return Sample(split=split, name="train" if split == 0 else "test", form=Form.TABLE, rows=np.arange(len(given)),
                  target=made)  # fmt: skip


def issues(events):
    return [event.issue for event in events if not isinstance(event, LabelEncoding)]


def test_balance_counts_each_class():
    codes = np.array([0, 0, 0, 2, 2, -1, 1])
    found = class_balance(0, codes, ("a", "b", "c", "never"))
    assert found.classes == ("a", "c", "b")
    assert found.counts == (3, 2, 1)
    assert (found.number, found.labelled, found.rarest, found.rarest_count) == (3, 6, "b", 1)


def test_balance_needs_a_label():
    with pytest.raises(TooLittle):
        class_balance(0, np.array([-1, -1]), ("a",))


def conflicts_slowly(groups, codes):
    """Inputs with several labels, rows whose label has at most half of its group, rows that cannot be right."""
    conflicting, concerned, members, lost = set(), set(), 0, 0
    for group in set(groups):
        rows = [row for row in range(len(groups)) if groups[row] == group and codes[row] >= 0]
        labels = [codes[row] for row in rows]
        if len(set(labels)) > 1:
            conflicting.add(group)
            members += len(rows)
            concerned |= {row for row in rows if 2 * labels.count(codes[row]) <= len(rows)}
        lost += len(rows) - max((labels.count(one) for one in labels), default=0)
    return len(conflicting), concerned, members, lost


@pytest.mark.parametrize("seed", range(20))
def test_conflicts_are_those_of_a_slow_count(seed):
    random = np.random.default_rng(seed)
    groups, codes = random.integers(0, 30, 80), random.integers(-1, 3, 80)
    found = conflicting_labels(0, groups, codes, np.arange(80) * 10)
    conflicting, concerned, members, lost = conflicts_slowly(groups.tolist(), codes.tolist())
    assert (found.conflicting, set(found.rows), found.lost) == (conflicting, {10 * row for row in concerned}, lost)
    assert (found.concerned, found.members) == (len(concerned), members)
    for row, other in zip(found.rows, found.other_rows, strict=True):
        assert groups[row // 10] == groups[other // 10]
        assert codes[row // 10] != codes[other // 10]


def test_one_label_against_many_concerns_the_one():
    found = conflicting_labels(0, np.zeros(5, int), np.array([1, 1, 0, 1, 1]), np.arange(5))
    assert (found.rows, found.concerned, found.lost, found.repeated) == ((2,), 1, 1, 1)


def test_targets_conflict_beyond_a_tenth_of_their_spread():
    groups = np.array([0, 0, 1, 1, 2, 3])
    values = np.array([0.0, 5.0, 1.0, 1.001, 10.0, -10.0])[:, None]
    found = conflicting_targets(0, groups, values, np.arange(6))
    assert (found.conflicting, found.repeated, set(found.rows)) == (1, 2, {0, 1})
    assert found.other_rows == tuple(1 - row for row in found.rows)
    assert found.difference == pytest.approx((5.0 + 0.001) / 2 / values.std())


@pytest.mark.parametrize(
    ("label", "same"),
    [
        ("<=50K.", "<=50k"), (" Yes ", "yes"), ("A  b", "a b"), ("1.0", "1"), ("01", "1"), ("-1", "-1"), ("A", "A"),
        (".", "."),
    ],
)  # fmt: skip
def test_plain_spelling(label, same):
    assert plain(label) == same


@pytest.mark.parametrize(
    ("labels", "expected"),
    [
        ([0, 1, 2] * 9, []),
        ([0, 1, 3] * 9, [LabelIssue.GAPS]),
        ([1, 2, 3] * 9, [LabelIssue.NOT_FROM_ZERO]),
        ([-1, 1] * 9, [LabelIssue.NOT_FROM_ZERO]),
        ([0, 1, 2, 255] * 9, [LabelIssue.MARKER]),
        ([0, 1, 2, -1] * 9, [LabelIssue.MARKER]),
        ([10, 20, 30] * 9, []),
        ([0.0, 1.0, 2.0] * 9, [LabelIssue.FLOATS]),
        (["a", "b"] * 9, []),
        (["cat", "dog", "Dog "] * 9, [LabelIssue.VARIANTS]),
        (["A", "a"] * 9, []),
        ([True, False] * 9, []),
    ],
    ids=[
        "0 to 2", "gap", "1 to 3", "signs", "255", "-1", "tens", "floats", "names", "spellings", "letters", "booleans",
    ],
)  # fmt: skip
def test_encodings(labels, expected):
    assert issues(label_encoding(sample(labels))) == expected


def test_spellings_with_their_rows():
    _, event = label_encoding(sample(["cat", "dog", "Dog ", "cat", "dog"]))
    assert (event.labels, event.rows, event.concerned) == (("Dog ", "dog"), (2,), 1)


def test_rows_that_are_not_one_hot():
    values = np.eye(3)[[0, 1, 2] * 20]
    values[4], values[9, 1] = 0, 1
    target = Target(names=("a", "b", "c"), task=Task.MULTI_LABEL, classes=("a", "b", "c"), values=values)
    one = Sample(split=0, name="train", form=Form.TABLE, rows=np.arange(60), target=target)
    _, problem = label_encoding(one)
    assert (problem.issue, problem.concerned, problem.rows, problem.labels) == (
        LabelIssue.NOT_ONE_HOT, int((values.sum(1) != 1).sum()), tuple(np.flatnonzero(values.sum(1) != 1)), ("0", "2"),
    )  # fmt: skip


def test_several_labels_each_are_no_fault():
    values = np.random.default_rng(0).integers(0, 2, (60, 3)).astype(float)
    target = Target(names=("a", "b", "c"), task=Task.MULTI_LABEL, classes=("a", "b", "c"), values=values)
    one = Sample(split=0, name="train", form=Form.TABLE, rows=np.arange(60), target=target)
    assert issues(label_encoding(one)) == []


def test_a_dot_in_one_split_is_another_spelling():
    classes = ("<=50K", ">50K", "<=50K.", ">50K.")
    train = sample(["<=50K", ">50K"] * 20, classes=classes)
    (event,) = split_classes(train, sample(["<=50K.", ">50K."] * 10, 1, classes))
    assert (event.issue, event.other, event.concerned) == (LabelIssue.VARIANTS, 0, 20)
    assert event.labels == ("<=50K.", "<=50K", ">50K.", ">50K")


def test_classes_of_one_split_and_how_likely_that_is():
    classes = ("a", "b", "c", "d")
    train, test = sample(["a", "b", "c"] * 40, classes=classes), sample(["a", "b", "d"] * 20, 1, classes)
    unseen, absent = split_classes(train, test)
    assert (unseen.issue, unseen.labels, unseen.concerned) == (LabelIssue.UNSEEN, ("d",), 20)
    assert unseen.chance == pytest.approx((60 / 180) ** 20)
    assert (absent.issue, absent.labels, absent.chance) == (LabelIssue.ABSENT, ("c",), pytest.approx((120 / 180) ** 40))


def test_a_blank_that_the_source_strips_is_seen_and_marks_are_missing():
    given = np.array(["a", "a ", "?", "b"], dtype=object)
    target = Target(names=("y",), task=Task.BINARY, classes=("a", "b"), codes=np.array([0, 0, -1, 1]), as_given=given)
    assert written_labels(target).tolist() == ["a", "a ", None, "b"]


def test_spellings_are_one_class_and_marks_are_none():
    codes, classes = one_class_each(np.array([0, 1, 2, -1, 1]), ("dog", "cat", "Dog "))
    assert (codes.tolist(), classes) == ([0, 1, 0, -1, 1], ("dog", "cat"))
    codes, classes = one_class_each(np.array([0, 1, 2]), ("0", "1", "255"))
    assert (codes.tolist(), classes) == ([0, 1, -1], ("0", "1"))


def blobs(seed, n=400, classes=3, apart=3.0):
    random = np.random.default_rng(seed)
    y = random.integers(0, classes, n)
    return (random.normal(size=(n, 5)) + apart * np.eye(classes, 5)[y]).astype(np.float32), y


@pytest.mark.parametrize("seed", range(5))
def test_exchanged_classes_are_found_and_others_are_not(seed):
    (x, y), (held_out, z) = blobs(seed), blobs(seed + 100, 200)
    assert exchanged_classes(x, y, held_out, z, 3) is None
    found = exchanged_classes(x, y, held_out, np.array([1, 0, 2])[z], 3)
    assert found is not None
    assert set(found.pairs) == {(0, 1), (1, 0)}
    assert found.agreement < 0.2 < 0.8 < found.agreement_after
    shifted = exchanged_classes(x, y, held_out, z + 1, 4)
    assert shifted is not None
    assert set(shifted.pairs) == {(1, 0), (2, 1), (3, 2)}


def test_without_signal_nothing_is_exchanged():
    for seed in range(20):
        (x, y), (held_out, z) = blobs(seed, classes=2, apart=0.0), blobs(seed + 100, classes=2, apart=0.0)
        assert exchanged_classes(x, y, held_out, 1 - z, 2) is None


def test_inputs_of_another_unit_are_no_exchange_of_classes():
    random = np.random.default_rng(0)
    codes = random.integers(0, 2, 800)
    heights = (165 + 12 * codes + random.normal(0, 6, 800))[:, None]
    metres = heights[600:] / 100
    assert exchanged_classes(heights[:600], codes[:600], metres, codes[600:], 2) is None
    assert exchanged_classes(heights[:600], codes[:600], heights[600:], 1 - codes[600:], 2) is not None
