"""DAT106 on events: what is said of each kind, and which doubtful images are enough."""

from __future__ import annotations

import pytest

from unstuck.analysis.data.view import datasets
from unstuck.core.data_types import Form
from unstuck.core.finding import Confidence, Severity
from unstuck.record.events.data.images import BrokenExamples, Problem
from unstuck.record.events.data.splits import Split
from unstuck.rules.families.dat.broken_example import BrokenExample
from unstuck.testing import synthetic

TRAIN = Split(id=0, name="train", source="photos", rows=1000, form=Form.IMAGE)


def findings(path, **fields):
    event = BrokenExamples(split=0, looked_at=1000, **fields)
    (view,) = datasets(synthetic.data_record(path, [TRAIN], [event]))
    return list(BrokenExample().check(view))


def test_paths_are_named_and_counted(tmp_path):
    (finding,) = findings(
        tmp_path, rows=(7, 3, 5), names=("c.jpg", "a.jpg", "b.jpg"), degrees=(0.0,) * 3,
        problems=(Problem.UNREADABLE, Problem.TRUNCATED, Problem.TRUNCATED),
        counts=((Problem.UNREADABLE, 1), (Problem.TRUNCATED, 2)),
    )
    assert finding.message == "3 of 1000 images are truncated (2), unreadable (1); the worst is c.jpg"
    assert (finding.severity, finding.confidence) == (Severity.WARNING, Confidence.MEASURED)
    assert finding.measured("broken_share").value == 0.003
    assert finding.examples.names == ("c.jpg", "a.jpg", "b.jpg")
    assert finding.place.row == 7


@pytest.mark.parametrize(("degree", "number", "fires"), [(5.5, 3, True), (5.5, 2, False), (4.5, 30, False)])
def test_dark_images_must_be_far_out_and_several(tmp_path, degree, number, fires):
    found = findings(
        tmp_path, rows=tuple(range(number)), degrees=(degree,) * number, problems=(Problem.DARK,) * number,
        counts=((Problem.DARK, number),),
    )
    assert len(found) == fires
    if fires:
        assert found[0].confidence is Confidence.SUSPECTED
        assert found[0].measured("degree").value == degree


def test_doubtful_images_that_are_near_the_rest_are_not_counted(tmp_path):
    (finding,) = findings(
        tmp_path, rows=tuple(range(6)), degrees=(9.0, 8.0, 7.0, 6.0, 4.0, 3.1), problems=(Problem.BLURRED,) * 6,
        counts=((Problem.BLURRED, 6),),
    )
    assert (finding.examples.count, finding.examples.indices) == (4, (0, 1, 2, 3))


@pytest.mark.parametrize(("number", "more", "severity"), [
    (2, (), Severity.INFO), (3, (), Severity.WARNING), (1, ((Problem.ZERO, 1),), Severity.WARNING),
])
def test_one_or_two_images_with_an_empty_lower_part_are_a_note(tmp_path, number, more, severity):
    counts = ((Problem.CUT, number), *more)
    problems = tuple(problem for problem, times in counts for _ in range(times))
    (finding,) = findings(
        tmp_path, rows=tuple(range(len(problems))), degrees=(0.0,) * len(problems), problems=problems, counts=counts,
    )
    assert finding.severity is severity


def test_more_than_are_listed_are_counted(tmp_path):
    (finding,) = findings(
        tmp_path, rows=(0, 1), degrees=(0.0, 0.0), problems=(Problem.ZERO,) * 2, counts=((Problem.ZERO, 400),)
    )
    assert finding.examples.count == 400
    assert finding.message.startswith("400 of 1000 images are all zero")


def test_another_size_is_a_note(tmp_path):
    (finding,) = findings(
        tmp_path, rows=(9,), degrees=(0.0,), problems=(Problem.OTHER_SIZE,), counts=((Problem.OTHER_SIZE, 1),)
    )
    assert finding.severity is Severity.INFO
    assert finding.message == "1 of 1000 images is of another size than the rest; the worst is row 9"


def test_files_without_a_label_are_a_note(tmp_path):
    (finding,) = findings(tmp_path, unlabelled_files=("x.jpg",), unlabelled_count=250)
    assert finding.message == "250 files beside the data have no label, such as x.jpg"
    assert finding.measured("unlabelled_share").value == 0.2


def test_nothing_broken_nothing_said(tmp_path):
    assert findings(tmp_path) == []


def test_doubtful_images_of_which_none_is_listed_are_not_said(tmp_path):
    counts = ((Problem.CONSTANT, 1600), (Problem.BLURRED, 13))
    (finding,) = findings(tmp_path, rows=(4,), degrees=(0.0,), problems=(Problem.CONSTANT,), counts=counts)
    assert finding.message == "1600 of 1000 images are of one value; the worst is row 4"
