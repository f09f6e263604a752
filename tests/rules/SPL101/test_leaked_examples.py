"""SPL101 on copies, groups and times, and on data through the whole audit."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

import unstuck
from unstuck.analysis.data.view import datasets
from unstuck.core.finding import Applicability, Severity
from unstuck.record.events.data.copies import Duplicates, Sameness, SharedExamples, SharedGroups, TimeOrder
from unstuck.record.events.data.splits import Split
from unstuck.rules.engine import diagnose
from unstuck.rules.families.spl.leaked_examples import LeakedExamples
from unstuck.testing import synthetic

SPLITS = (
    Split(id=0, name="train", source="a.csv", rows=1000, group_column="patient"),
    Split(id=1, name="test", source="b.csv", rows=200, group_column="patient"),
)


def shared(**facts):
    return SharedExamples(**{"split": 1, "sameness": Sameness.EXACT, "looked_at": 200, "count": 20, "by_own": 1e-9,
                             "chance": 1e-9, "rows": (3, 4), "other_rows": (7, 8), **facts})  # fmt: skip


def near(**facts):
    return shared(**{"sameness": Sameness.NEAR, "gap": 1.0, "tail": 1e-9, "distance": 0.1, "typical": 2.0,
                     "chance": 1.0, **facts})  # fmt: skip


def findings(path, *events, splits=SPLITS):
    views = datasets(synthetic.data_record(path, splits, events))
    return [finding for view in views for finding in LeakedExamples().check(view)]


def test_images_that_are_copies_though_training_repeats_itself(tmp_path):
    (finding,) = findings(tmp_path, shared(by_own=1.0), shared(sameness=Sameness.ALIKE, by_own=1.0, typical=0.9))
    assert finding.message == "20 of 200 examples (10 %) of `test` are copies of examples of `train`"
    assert finding.measured("leaked_share").value == 0.1
    assert findings(tmp_path / "few", shared(sameness=Sameness.ALIKE, count=9)) == []
    (once,) = findings(tmp_path / "both", shared(), shared(sameness=Sameness.ALIKE))
    assert once.measured("by_own")


def test_mirrored_images(tmp_path):
    (finding,) = findings(tmp_path, shared(sameness=Sameness.TURNED, looked_at=100, count=5))
    assert finding.message == "5 of 100 examples (5 %) of `test` are mirrored or turned copies of examples of `train`"
    assert finding.examples.count == 10  # of 200 rows, of which half were looked at
    assert findings(tmp_path / "few", shared(sameness=Sameness.TURNED, count=2)) == []


def test_exact_copies(tmp_path):
    (finding,) = findings(tmp_path, shared(conflicting=2, own_share=0.05))
    assert finding.severity is Severity.ERROR
    assert finding.message == (
        "20 of 200 examples (10 %) of `test` are copies of examples of `train` (within `train` 5 % have a copy); "
        "2 of them have another label there"
    )
    assert finding.measured("leaked_share").value == pytest.approx((0.1 - 0.05) / 0.95)
    assert (finding.place.split, finding.examples.indices) == ("test", (3, 4))


def test_near_copies(tmp_path):
    (finding,) = findings(tmp_path, near())
    assert finding.message == (
        "20 of 200 examples (10 %) of `test` are near copies of examples of `train`: "
        "their distance is at most 0.1, usually it is 2"
    )


@pytest.mark.parametrize(("count", "fires"), [(190, True), (41, True), (39, False)])
def test_windows_that_overlap(tmp_path, count, fires):
    found = findings(tmp_path, shared(sameness=Sameness.SHIFTED, count=count, by_own=1.0, chance=1.0))
    assert len(found) == fires
    for finding in found:
        assert f"{count} of 200 examples" in finding.message
        assert "overlap examples of `train`" in finding.message
        assert finding.measured("leaked_share").value == count / 200
        assert finding.remedies[0].name == "split-recordings"


def test_in_a_run_copies_are_left_out_by_row_and_windows_are_split_anew(tmp_path):
    splits = tuple(replace(split, training=0, group_column=None) for split in SPLITS)
    (copies,) = findings(tmp_path / "copies", shared(), splits=splits)
    (windows,) = findings(tmp_path / "windows", shared(sameness=Sameness.SHIFTED, count=190), splits=splits)
    told = [(one.remedies[0].name, one.remedies[0].applicability) for one in (copies, windows)]
    assert told == [("drop-leaked", Applicability.TRIAL), ("split-recordings", Applicability.MANUAL)]


def test_few_copies_in_large_data_are_a_warning(tmp_path):
    (finding,) = findings(tmp_path, shared(looked_at=10_000))
    assert finding.severity is Severity.WARNING


@pytest.mark.parametrize(
    "event",
    [
        shared(count=2),
        shared(by_own=0.2),
        shared(chance=0.2),
        shared(chance=0.01, own_share=0.02),
        near(gap=0.1),
        near(tail=0.01),
        near(by_own=0.01),
        SharedGroups(split=1, looked_at=200, count=0, groups=9, shared=0),
        TimeOrder(split=1, looked_at=200, later=0.001, count=1),
    ],
    ids=["two", "as in training", "as at random", "twins by nature", "no gap", "expected", "near as in training", "groups", "time"],
)
def test_a_sound_split_is_not_reported(tmp_path, event):
    assert findings(tmp_path, event) == []


def test_groups(tmp_path):
    (finding,) = findings(tmp_path, SharedGroups(split=1, looked_at=200, count=30, groups=12, shared=2, rows=(8,)))
    assert finding.message == "2 of 12 groups (`patient`) of `test` are also in `train`: 30 of 200 examples (15 %)"
    assert finding.measured("group_count").value == 2


def test_time(tmp_path):
    (finding,) = findings(tmp_path, TimeOrder(split=1, looked_at=200, later=0.5, count=199, rows=(8,)))
    assert finding.message == (
        "199 of 200 examples (99.50 %) of `test` are earlier than the last example of `train`: "
        "in 50 % of pairs the training example is the later one"
    )


@pytest.mark.parametrize("noise", [0.0, 0.02])
def test_planted_copies_of_a_tenth_are_found_with_their_rows(tmp_path, noise):
    random = np.random.default_rng(5)
    y = random.integers(0, 3, 900)
    x = random.normal(size=(900, 12)) + y[:, None]
    x[650:675], y[650:675] = x[100:125] + noise * random.normal(size=(25, 12)), y[100:125]
    run = unstuck.audit(x[:650], y[:650], test=(x[650:], y[650:]), dir=tmp_path)
    (finding,) = [one for one in diagnose(run.record).findings if one.finding.code == "SPL101"]
    assert set(finding.finding.examples.indices) == set(range(25))
    assert finding.finding.measured("leaked_share").value == pytest.approx(0.1)


def test_random_splits_of_rows_that_repeat_are_silent(tmp_path):
    for seed in range(5):
        random = np.random.default_rng(seed)
        x = np.round(random.normal(size=(800, 3)), 0)
        run = unstuck.audit(x[:600], x[:600, 0] > 0, test=(x[600:], x[600:, 0] > 0), dir=tmp_path)
        assert [one for one in diagnose(run.record).findings if one.finding.code == "SPL101"] == []


@pytest.mark.parametrize(
    ("facts", "within", "count"),
    [({}, 0.9, 1), ({"tail": 1e-9}, 0.9, 0), ({"by_own": 1e-5}, 0.9, 0), ({"count": 30}, 0.9, 0), ({}, 0.6, 0)],
    ids=["moved copies", "chance", "training is as close", "few", "held-out data of one kind"],
)
def test_many_near_copies_without_a_gap(tmp_path, facts, within, count):
    event = near(**{"gap": 0.1, "tail": 1e-200, "by_own": 1e-200, "count": 150, "distance": 0.5, "typical": 0.8, **facts})
    own = Duplicates(split=1, sameness=Sameness.NEAR, looked_at=200, count=0, typical=within)
    assert len(findings(tmp_path, event, own)) == count


def test_readings_of_one_object(tmp_path):
    event = shared(sameness=Sameness.OF_ONE_OBJECT, count=190, by_own=1.0, gap=np.log(5), distance=0.3, other_rows=())
    (finding,) = findings(tmp_path, event)
    assert "190 of 200 examples (95 %) of `test` lie by an example of `train`" in finding.message
    assert finding.remedies[0].name == "split-by-group"
