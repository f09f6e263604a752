"""DAT113 on events: which nuisances are too good, and which honest cues are not."""

from __future__ import annotations

import pytest

from unstuck.analysis.data.view import datasets
from unstuck.core.finding import Confidence, Severity
from unstuck.core.outcome import Skipped
from unstuck.record.events.data.shortcuts import LostColumn, Nuisance, Shortcut
from unstuck.record.events.data.splits import NotMeasured, Split
from unstuck.rules.engine import run_rule
from unstuck.rules.families.dat.shortcut_feature import ShortcutFeature
from unstuck.testing import synthetic

TRAIN = Split(id=0, name="train", source="photos", rows=1000, target="y", classes=tuple("abcdef"))
TEST = Split(id=1, name="test", source="photos", rows=300, target="y", classes=tuple("abcdef"))


def shortcut(nuisance=Nuisance.MARK, **fields):
    return Shortcut(**{"split": 0, "nuisance": nuisance, "looked_at": 1000, "accuracy": 0.3, "majority_share": 0.2,
                       "null_accuracy": 0.21, "label": "c", "of_class": 200, "correlation": 0.8, "recall": 0.95,
                       "precision": 0.7, "rows": (4, 9), **fields})  # fmt: skip


def findings(path, *events):
    views = datasets(synthetic.data_record(path, [TRAIN, TEST], events))
    return [finding for view in views for finding in ShortcutFeature().check(view)]


def test_a_mark_is_reported_with_its_class(tmp_path):
    (finding,) = findings(tmp_path, shortcut(contrast=0.7))
    assert finding.message == (
        "class c is predicted by a mark in a corner alone: 95 % of its examples are recognised, "
        "70 % of those predicted as it are right"
    )
    assert (finding.severity, finding.confidence) == (Severity.WARNING, Confidence.SUSPECTED)
    assert finding.place.label == "c"
    assert finding.measured("shortcut_accuracy").value == 0.3
    assert finding.measured("majority_share").value == 0.2
    assert (finding.examples.count, finding.examples.indices) == (190, (4, 9))


@pytest.mark.parametrize(
    "honest",
    [
        shortcut(Nuisance.FRAME, control=0.7),
        shortcut(contrast=0.3),
        shortcut(contrast=0.7, constant=0.3),
        shortcut(correlation=0.4),
        shortcut(null_accuracy=0.35),
        shortcut(null_accuracy=None),
        shortcut(Nuisance.COLOUR, correlation=0.75),
        shortcut(Nuisance.BRIGHTNESS, correlation=0.55),
        shortcut(Nuisance.BYTES, correlation=0.7, accuracy=0.7),
    ],
    ids=["the image says it too", "nothing stands out", "no mark holds one value", "weak", "chance does it", "not asked", "colour", "brightness", "file size"],
)
def test_honest_cues_are_not(tmp_path, honest):
    assert findings(tmp_path, honest) == []


def test_a_tint_of_every_class_counts_by_its_accuracy(tmp_path):
    assert len(findings(tmp_path, shortcut(Nuisance.COLOUR, correlation=0.75, accuracy=0.7))) == 1


def test_of_the_pixels_the_strongest_is_named_and_others_beside_it(tmp_path):
    found = findings(
        tmp_path, shortcut(correlation=0.8), shortcut(Nuisance.FRAME, correlation=0.9),
        shortcut(Nuisance.FORMAT, correlation=0.6), shortcut(Nuisance.SOURCE, column="site", correlation=0.7),
    )  # fmt: skip
    assert ["outermost" in found[0].message, found[1].place.column, "format" in found[2].message] == [True, "site", True]
    assert 'columns="site"' in found[1].remedies[0].code


def lost(column="stamp", **fields):
    return LostColumn(**{"split": 1, "column": column, "training_accuracy": 0.97, "accuracy": 0.52, "looked_at": 300,
                         "training_majority": 0.5, "majority_share": 0.5, "telling_columns": 3, **fields})  # fmt: skip


def test_a_column_that_tells_the_label_in_training_only(tmp_path):
    (finding,) = findings(tmp_path, shortcut(correlation=0.1), lost(), lost("other", accuracy=0.95))
    assert finding.message == (
        "column `stamp` tells the label in training only: accuracy 97 % there, 52 % in test (most frequent class 50 %)"
    )
    assert (finding.place.column, finding.place.split) == ("stamp", "test")


@pytest.mark.parametrize(
    "events",
    [[lost(accuracy=0.9)], [lost(looked_at=4)], [lost("a"), lost("b")], [lost(column=None)]],
    ids=["a little worse", "too few", "the whole split is off", "no column tells"],
)
def test_columns_that_keep_their_word_or_share_their_fate(tmp_path, events):
    assert findings(tmp_path, shortcut(correlation=0.1), *events) == []


def test_without_labels_it_is_skipped(tmp_path):
    views = datasets(synthetic.data_record(tmp_path, [TRAIN], [
        NotMeasured(split=0, what="shortcut", why="a label for each example")
    ]))  # fmt: skip
    assert run_rule(ShortcutFeature, views) == Skipped("DAT113", ("a label for each example",))
